//! The command line of `shanshui-cluster`. Its names are fixed; scripts rely on them.

use crate::say::Form;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use shanshui_core::i18n::Lang;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Shanshui's rules on a cluster (Apache DataFusion Ballista): the answers of the desktop, to the byte.
#[derive(Debug, Parser)]
#[command(name = "shanshui-cluster", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Language of texts; the system's without it
    #[arg(long, global = true, value_parser = language())]
    pub(crate) lang: Option<Lang>,
}

fn language() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new(["zh", "en"]).map(|name| if name == "zh" { Lang::Zh } else { Lang::En })
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an immutable data set of a project
    Ingest {
        /// A project, or a folder of ROLE.geojson files
        project: PathBuf,
        /// The data set: a folder that is not there, or empty
        folder: PathBuf,
        #[command(flatten)]
        reading: Reading,
        /// How progress is told on standard error; lines for people on a terminal without it
        #[arg(long, value_name = "FORM")]
        progress: Option<Form>,
    },
    /// Serve as the scheduler
    Scheduler {
        /// Where it listens; whoever reaches it can have work done: a trusted network
        #[arg(long, default_value = "127.0.0.1:50050", value_name = "ADDRESS:PORT")]
        bind: SocketAddr,
        #[command(flatten)]
        child: Child,
    },
    /// Serve as an executor
    Executor {
        /// The scheduler
        #[arg(long, value_name = "HOST:PORT")]
        scheduler: String,
        /// Where it hands out what it found; port 0 is a free one
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
        bind: SocketAddr,
        /// By which name others reach it; the address without it
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
        /// Tasks at once; the number of cores without it
        #[arg(long, value_name = "N")]
        slots: Option<usize>,
        #[command(flatten)]
        memory: Memory,
        #[command(flatten)]
        child: Child,
    },
    /// Put the rules to a data set, on a cluster
    Run {
        /// The data set, under the same path on every machine
        folder: PathBuf,
        /// The rules; all of them without any
        #[arg(value_name = "RULE")]
        rules: Vec<String>,
        /// The scheduler
        #[arg(long, value_name = "HOST:PORT")]
        scheduler: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// All of it on this machine: data set, scheduler and executors in a temporary folder and on free ports, gone afterwards
    Local {
        /// Executors
        #[arg(long, value_name = "N")]
        workers: usize,
        /// A project, or a folder of ROLE.geojson files
        project: PathBuf,
        /// The rules; all of them without any
        #[arg(value_name = "RULE")]
        rules: Vec<String>,
        #[command(flatten)]
        memory: Memory,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        asked: Asked,
    },
}

/// How files are read that do not say it themselves.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reading {
    /// Coordinate system of inputs that declare none: EPSG:N, a PROJ string, GCJ-02, BD-09, LATLON
    #[arg(long, value_name = "CRS")]
    pub(crate) crs: Option<String>,
    /// Encoding of the inputs
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
}

/// What an executor keeps.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Row groups that an executor keeps (MB); what it works on comes on top: docs/cluster.md
    #[arg(long = "keep", default_value_t = 256, value_name = "MB")]
    pub(crate) keep_mb: usize,
}

/// Of a service that another process started.
#[derive(Args, Clone, Debug)]
pub(crate) struct Child {
    /// End when standard input does, and take this folder away
    #[arg(long, hide = true, value_name = "FOLDER")]
    pub(crate) of_parent: Option<PathBuf>,
}

/// What is asked, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct Asked {
    /// The folder of the answers; made where it is missing
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Exit with status 1 where a ban was found
    #[arg(long)]
    pub(crate) strict: bool,
    /// With the changes of this scenario of the project
    #[arg(long, value_name = "NAME")]
    pub(crate) scenario: Option<String>,
    /// Take on states and remarks from these findings too, which a run into another folder left
    #[arg(long, value_name = "FILE")]
    pub(crate) findings: Option<PathBuf>,
    /// The plan whose targets the project is held to: BS, SY, PT, TZ, JS, or a table of your own (TOML)
    #[arg(long, value_name = "PLAN")]
    pub(crate) plan: Option<String>,
    /// Ask even where more than half of the memory would be needed
    #[arg(long)]
    pub(crate) any_size: bool,
    /// Reckon with so much memory of this machine (GB); the machine's without it
    #[arg(long, value_name = "GB")]
    pub(crate) memory: Option<f64>,
    /// Print the summary as one JSON object and nothing else on standard output; progress is JSON too
    #[arg(long)]
    pub(crate) json: bool,
    /// How progress is told on standard error; lines for people on a terminal without it
    #[arg(long, value_name = "FORM")]
    pub(crate) progress: Option<Form>,
    /// Tiles of each work; by its size without it
    #[arg(long, value_name = "N")]
    pub(crate) tiles: Option<usize>,
    /// Work on rows of fewer corners than this is done by this process: a job costs about a tenth of a second
    #[arg(long, default_value_t = crate::engine::HERE_BELOW, value_name = "CORNERS")]
    pub(crate) here_below: usize,
    /// A job that takes longer has failed (seconds)
    #[arg(long, default_value_t = 3_600, value_name = "SECONDS")]
    pub(crate) timeout: u64,
}
