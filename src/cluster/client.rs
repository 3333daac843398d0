//! Jobs for the scheduler: tasks in files, receipts back.

use crate::function;
use crate::services::session_config;
use crate::task::Receipt;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use datafusion::arrow::array::{Array, ArrayRef, BinaryArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::col;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use parquet::arrow::ArrowWriter;
use shanshui_core::io::disk;
use shanshui_core::progress::Progress;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why a job came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// Somebody stopped it.
    #[error("cancelled")]
    Cancelled,
    /// It took longer than it may.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// The scheduler does not answer, or says this.
    #[error("{0}")]
    Failed(String),
    /// What came back cannot be read.
    #[error("an executor's answer cannot be read: {0}")]
    Receipt(String),
}

/// Asks a scheduler.
pub struct Client {
    scheduler: (String, u16),
    runtime: tokio::runtime::Runtime,
    timeout: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("scheduler", &self.scheduler).finish_non_exhaustive()
    }
}

fn schema() -> Schema {
    Schema::new(vec![Field::new("tile", DataType::Int64, false), Field::new("task", DataType::Binary, false)])
}

/// Writes a task's file, by which the scheduler makes one task of the job of it.
///
/// # Errors
/// What the system says.
pub fn write_task(path: &Path, tile: u32, task: &[u8]) -> std::io::Result<()> {
    let failed = |e: &dyn std::fmt::Display| std::io::Error::other(e.to_string());
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Int64Array::from(vec![i64::from(tile)])), Arc::new(BinaryArray::from(vec![task]))];
    let schema = Arc::new(schema());
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| failed(&e))?;
    let file = disk::File::create_new_readable(path)?;
    let mut writer = ArrowWriter::try_new(file, schema, None).map_err(|e| failed(&e))?;
    writer.write(&batch).map_err(|e| failed(&e))?;
    writer.close().map(drop).map_err(|e| failed(&e))
}

impl Client {
    /// Of the scheduler at a host and port; a job may take so long.
    ///
    /// # Errors
    /// Where no threads can be started.
    pub fn new(scheduler: (String, u16), timeout: Duration) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { scheduler, runtime, timeout })
    }

    /// The scheduler's host and port.
    pub fn scheduler(&self) -> String {
        format!("{}:{}", self.scheduler.0, self.scheduler.1)
    }

    /// Has every task of a folder done, each of a file; their receipts in any order.
    ///
    /// # Errors
    /// [`JobError`]
    pub fn run(&self, folder: &Path, tasks: usize, progress: &Progress) -> Result<Vec<Receipt>, JobError> {
        let started = Instant::now();
        let job = self.job(folder, tasks);
        let watch = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if progress.is_cancelled() {
                    return JobError::Cancelled;
                }
                if started.elapsed() > self.timeout {
                    return JobError::Timeout(self.timeout.as_secs());
                }
            }
        };
        let batches = self.runtime.block_on(async {
            tokio::select! {
                done = job => done.map_err(|e| JobError::Failed(plain(&e))),
                why = watch => Err(why),
            }
        })?;
        let mut receipts = Vec::with_capacity(tasks);
        for batch in batches {
            let Some(all) = batch.column(0).as_any().downcast_ref::<BinaryArray>() else {
                return Err(JobError::Receipt(format!("a column of {}", batch.column(0).data_type())));
            };
            for receipt in all {
                let receipt = Receipt::of_bytes(receipt.unwrap_or_default());
                receipts.push(receipt.map_err(|e| JobError::Receipt(e.to_string()))?);
            }
        }
        Ok(receipts)
    }

    async fn job(&self, folder: &Path, tasks: usize) -> datafusion::error::Result<Vec<RecordBatch>> {
        let url = format!("http://{}:{}", self.scheduler.0, self.scheduler.1);
        // A partition is a task: one of each file.
        let config = session_config().with_target_partitions(tasks.max(1)).with_ballista_job_name("shanshui");
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let session = SessionContext::new_with_state(state.upgrade_for_ballista(url)?);
        session.register_udf(function::planned());
        let schema = schema();
        let options = ParquetReadOptions::default().schema(&schema);
        let all = session.read_parquet(format!("{}/", folder.display()), options).await?;
        all.select(vec![function::planned().call(vec![col("task")])])?.collect().await
    }
}

/// An error without what only says through how many hands it went.
fn plain(e: &datafusion::error::DataFusionError) -> String {
    let text = e.to_string();
    let mut text = text.as_str();
    for head in ["External error: ", "Execution error: ", "Arrow error: ", "Internal error: "] {
        text = text.strip_prefix(head).unwrap_or(text);
    }
    text.lines().next().unwrap_or_default().chars().take(600).collect()
}
