//! Jobs for the scheduler: tasks in files, receipts back.

use crate::function;
use crate::services::session_config;
use crate::task::Receipt;
use ballista_core::execution_plans::DistributedQueryExec;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use ballista_core::serde::protobuf::CancelJobParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use datafusion::arrow::array::{Array, ArrayRef, BinaryArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SessionStateBuilder, TaskContext};
use datafusion::logical_expr::col;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use datafusion_proto::protobuf::LogicalPlanNode;
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
    /// Of the scheduler at a host and port.
    ///
    /// # Errors
    /// Where no threads can be started.
    pub fn new(scheduler: (String, u16)) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { scheduler, runtime })
    }

    /// The scheduler's host and port.
    pub fn scheduler(&self) -> String {
        format!("{}:{}", self.scheduler.0, self.scheduler.1)
    }

    fn url(&self) -> String {
        format!("http://{}:{}", self.scheduler.0, self.scheduler.1)
    }

    /// Has every task of a folder done, each of a file, within a time; their receipts in any order. A job that is given up is stopped.
    ///
    /// # Errors
    /// [`JobError`]
    pub fn run(
        &self,
        (folder, tasks): (&Path, usize),
        timeout: Duration,
        progress: &Progress,
    ) -> std::result::Result<Vec<Receipt>, JobError> {
        let started = Instant::now();
        let watch = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if progress.is_cancelled() {
                    return JobError::Cancelled;
                }
                if started.elapsed() > timeout {
                    return JobError::Timeout(timeout.as_secs());
                }
            }
        };
        let batches = self.runtime.block_on(async {
            let failed = |e: DataFusionError| JobError::Failed(plain(&e));
            let (plan, context) = self.plan(folder, tasks).await.map_err(failed)?;
            let why = tokio::select! {
                done = collect(Arc::clone(&plan), context) => return done.map_err(failed),
                why = watch => why,
            };
            self.stop(&plan).await;
            Err(why)
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

    /// The plan of a job: of each file a partition, which is a task.
    async fn plan(&self, folder: &Path, tasks: usize) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>)> {
        let config = session_config().with_target_partitions(tasks.max(1)).with_ballista_job_name("shanshui");
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let session = SessionContext::new_with_state(state.upgrade_for_ballista(self.url())?);
        session.register_udf(function::planned());
        let schema = schema();
        let options = ParquetReadOptions::default().schema(&schema);
        let all = session.read_parquet(format!("{}/", folder.display()), options).await?;
        let receipts = all.select(vec![function::planned().call(vec![col("task")])])?;
        Ok((receipts.create_physical_plan().await?, session.task_ctx()))
    }

    /// Tells the scheduler that nobody waits for a job any more.
    async fn stop(&self, plan: &Arc<dyn ExecutionPlan>) {
        let job = plan.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>().and_then(DistributedQueryExec::job_id);
        let Some(job_id) = job.map(String::from) else { return };
        let stopped = async {
            let mut scheduler = SchedulerGrpcClient::connect(self.url()).await.ok()?;
            scheduler.cancel_job(CancelJobParams { job_id }).await.ok()
        };
        // Whether it could be told or not, the job is given up.
        let _ = tokio::time::timeout(Duration::from_secs(2), stopped).await;
    }
}

/// An error without what only says through how many hands it went.
fn plain(e: &DataFusionError) -> String {
    let text = e.to_string();
    let mut text = text.as_str();
    for head in ["External error: ", "Execution error: ", "Arrow error: ", "Internal error: "] {
        text = text.strip_prefix(head).unwrap_or(text);
    }
    text.lines().next().unwrap_or_default().chars().take(600).collect()
}
