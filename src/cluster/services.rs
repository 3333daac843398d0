//! Scheduler and executor: Ballista's own, with the function that does our work, and with timeouts that notice lost machines soon.

use crate::function;
use crate::worker::Worker;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::extension::SessionConfigExt;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Messages of at most so many bytes: what is found for a tile is one.
pub const MESSAGE: u32 = 1 << 30;

/// An executor that was not heard of for so long is lost; seconds. Idle ones are heard of every 50 ms, busy ones every five seconds.
const LOST_SECONDS: u64 = 15;

/// How often is looked for lost ones; seconds.
const LOOK_SECONDS: u64 = 1;

/// A job fails when there has been no executor at all for so long; seconds.
const ALONE_SECONDS: u64 = 20;

/// How sessions are configured wherever plans are made: what Ballista decides by measuring is off.
pub fn session_config() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_adaptive_query_planner(false)
        .with_ballista_grpc_client_max_message_size(MESSAGE as usize)
        .set_usize("ballista.scheduler.max_partitions_per_task", 1)
        .set_u64("ballista.client.grpc_http2_keepalive_interval_seconds", 10)
        .set_bool("datafusion.execution.collect_statistics", false)
        .set_bool("datafusion.optimizer.repartition_file_scans", false)
}

/// Why a service ended, or did not start.
pub type ServiceError = Box<dyn std::error::Error + Send + Sync>;

/// Runs the scheduler on an address until it fails; `ready` is told where it listens, which matters where the port is 0.
///
/// # Errors
/// Where the address is taken or the scheduler fails.
pub async fn scheduler(bind: SocketAddr, ready: impl FnOnce(SocketAddr)) -> Result<(), ServiceError> {
    let listener = tokio::net::TcpListener::bind(bind).await?;
    let address = listener.local_addr()?;
    let config = SchedulerConfig {
        namespace: "shanshui".to_owned(),
        // Executors ask for work: each has one port, and the scheduler calls none of them.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        external_host: address.ip().to_string(),
        executor_timeout_seconds: LOST_SECONDS,
        expire_dead_executor_interval_seconds: LOOK_SECONDS,
        no_executors_grace_period_seconds: ALONE_SECONDS,
        grpc_server_max_decoding_message_size: MESSAGE,
        grpc_server_max_encoding_message_size: MESSAGE,
        grpc_client_max_message_size: MESSAGE,
        override_config_producer: Some(Arc::new(session_config)),
        override_session_builder: Some(Arc::new(|config| {
            let mut state = default_session_builder(config)?;
            datafusion::execution::FunctionRegistry::register_udf(&mut state, Arc::new(function::planned()))?;
            Ok(state)
        })),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await?;
    ready(address);
    Ok(start_grpc_service_with_listener(listener, scheduler).await?)
}

/// How an executor is run.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// The scheduler's host and port.
    pub scheduler: (String, u16),
    /// Where it hands results out.
    pub bind: SocketAddr,
    /// By which name others reach it; the address without it.
    pub host: Option<String>,
    /// Tasks at once.
    pub slots: usize,
    /// Row groups are kept of so many bytes.
    pub keeps_bytes: usize,
    /// A folder of its own for results that were not fetched yet.
    pub folder: PathBuf,
    /// How long it waits for a scheduler; seconds.
    pub patience_seconds: u16,
}

/// Runs an executor until it is told to stop.
///
/// # Errors
/// Where it cannot start, or no scheduler is there.
pub async fn executor(options: ExecutorOptions) -> Result<(), ServiceError> {
    let name =
        format!("{}:{}", options.host.clone().unwrap_or_else(|| options.bind.ip().to_string()), options.bind.port());
    let worker = Arc::new(Worker::new(format!("{name} (process {})", std::process::id()), options.keeps_bytes)?);
    let mut functions = BallistaFunctionRegistry::default();
    functions.scalar_functions.insert(function::NAME.to_owned(), Arc::new(function::worked_by(worker)));
    let config = ExecutorProcessConfig {
        // Unlike that of an earlier one at the same address.
        executor_id: format!("{name}-{}-{}", std::process::id(), started()),
        bind_host: options.bind.ip().to_string(),
        external_host: options.host.or_else(|| Some(options.bind.ip().to_string())),
        port: options.bind.port(),
        scheduler_host: options.scheduler.0,
        scheduler_port: options.scheduler.1,
        scheduler_connect_timeout_seconds: options.patience_seconds,
        vcores: options.slots,
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: Some(options.folder.display().to_string()),
        grpc_max_decoding_message_size: MESSAGE,
        grpc_max_encoding_message_size: MESSAGE,
        executor_heartbeat_interval_seconds: 2,
        override_function_registry: Some(Arc::new(functions)),
        override_config_producer: Some(Arc::new(session_config)),
        ..ExecutorProcessConfig::default()
    };
    Ok(start_executor_process(Arc::new(config)).await?)
}

/// Nanoseconds that tell this start from others.
fn started() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}
