//! What an executor does with a task: reads its rows, does the work, and gives a receipt, whatever goes wrong.

use crate::groups::Groups;
use crate::identity;
use crate::task::{Failed, Receipt, Task};
use shanshui_core::progress::Progress;
use shanshui_core::query::done_for;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Does tasks for one executor; several at once where it is asked to.
#[derive(Debug)]
pub struct Worker {
    name: String,
    build: String,
    groups: Groups,
}

impl Worker {
    /// By the name of the executor; keeps row groups of so many bytes.
    ///
    /// # Errors
    /// Where the program cannot read its own file, which tells its build.
    pub fn new(name: impl Into<String>, keeps_bytes: usize) -> std::io::Result<Self> {
        Ok(Self::of_build(name, keeps_bytes, identity::id()?))
    }

    /// As if it were of this build.
    pub fn of_build(name: impl Into<String>, keeps_bytes: usize, build: &str) -> Self {
        Self { name: name.into(), build: build.to_owned(), groups: Groups::new(keeps_bytes) }
    }

    /// Bytes of row groups that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.groups.bytes()
    }

    /// Does a task, given as bytes.
    pub fn receipt_for(&self, task: &[u8]) -> Receipt {
        self.receipt_by(task, |task| self.done(task))
    }

    /// As [`Self::receipt_for`], where something else does the work.
    pub fn receipt_by(&self, task: &[u8], done: impl FnOnce(&Task) -> Result<Vec<u8>, Failed>) -> Receipt {
        let started = Instant::now();
        let mut receipt = Receipt {
            tile: None,
            data: String::new(),
            build: self.build.clone(),
            executor: self.name.clone(),
            owned: 0,
            read: 0,
            seconds: 0.0,
            found: Ok(Vec::new()),
        };
        receipt.found = match Task::of_bytes(task) {
            Err(e) => Err(Failed::Task(e.to_string())),
            Ok(task) => {
                (receipt.tile, receipt.owned) = (Some(task.tile), task.owned);
                receipt.read = task.layers.iter().map(|layer| layer.rows.len() as u32).sum();
                receipt.data.clone_from(&task.data);
                if task.build == self.build {
                    // What it panics on it has of the task alone, which is not used again.
                    catch_unwind(AssertUnwindSafe(|| done(&task)))
                        .unwrap_or_else(|panic| Err(Failed::Panic(said(&*panic))))
                } else {
                    Err(Failed::Build { asked: task.build, own: self.build.clone() })
                }
            }
        };
        receipt.seconds = started.elapsed().as_secs_f64();
        receipt
    }

    fn done(&self, task: &Task) -> Result<Vec<u8>, Failed> {
        let layers =
            task.layers.iter().map(|rows| self.groups.rows(&task.data, rows)).collect::<Result<Vec<_>, _>>()?;
        done_for(&task.question, layers, &Progress::default()).map_err(|e| Failed::Work(e.to_string()))
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
