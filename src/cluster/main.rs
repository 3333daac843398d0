//! The program `shanshui-cluster`; docs/cluster.md tells how it is used.

use clap::Parser;
use shanshui_cluster::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    shanshui_core::report::note_local_offset();
    Cli::parse().run()
}
