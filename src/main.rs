//! The program: a command line, or the window.

use clap::Parser;
use shanshui::cli::{Cli, Outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SHANSHUI_LOG"))
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().run() {
        Outcome::Done(code) => code,
        Outcome::Window(_options) => ExitCode::SUCCESS,
        Outcome::View(_options) => ExitCode::SUCCESS,
    }
}
