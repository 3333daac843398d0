//! How far a long job is, and the wish to stop it: shared between the worker and whoever watches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The watcher's and the worker's common counter. Cheap to update from many threads.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

/// The job was stopped by the planner; everything is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Progress {
    /// A job of `total` steps begins.
    pub fn start(&self, total: u64) {
        self.total.store(total, Relaxed);
        self.done.store(0, Relaxed);
    }

    /// `steps` more are done.
    ///
    /// # Errors
    /// [`Cancelled`] where somebody asked to stop: the worker passes it on and leaves.
    pub fn advance(&self, steps: u64) -> Result<(), Cancelled> {
        self.done.fetch_add(steps, Relaxed);
        if self.cancelled.load(Relaxed) { Err(Cancelled) } else { Ok(()) }
    }

    /// Asks the worker to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
    }

    /// True once somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Relaxed)
    }

    /// The part that is done, 0 to 1; `None` before the worker knows its total.
    pub fn share(&self) -> Option<f32> {
        let total = self.total.load(Relaxed);
        (total > 0).then(|| (self.done.load(Relaxed) as f64 / total as f64).min(1.0) as f32)
    }
}
