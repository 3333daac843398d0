//! The program: a command line, or the window.

use clap::Parser;
use shanshui::cli::{Cli, Outcome, status};
use shanshui::ui::{self, ViewError};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    shanshui::report::note_local_offset();
    let start = Instant::now();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SHANSHUI_LOG"))
        .with_writer(std::io::stderr)
        .init();
    if let Some(folder) = ui::crash_folder() {
        shanshui::session::crash::install(folder);
    }
    match Cli::parse().run() {
        Outcome::Done(code) => code,
        Outcome::Window(options) => match ui::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => fail(&e, status::OUTPUT),
        },
        Outcome::View(options) => drawn(ui::view(&options, start)),
        Outcome::Report(options) => match ui::report(&options) {
            Ok(told) if options.json => match writeln!(std::io::stdout(), "{told}") {
                Ok(()) => ExitCode::SUCCESS,
                Err(e) => fail(&e.to_string(), status::OUTPUT),
            },
            done => drawn(done.map(drop)),
        },
        Outcome::Print(options) => drawn(ui::print(&options)),
        Outcome::PrintThenFinish(options, rest) => match ui::print(&options) {
            Ok(()) => rest.finish(),
            Err(e) => drawn(Err(e)),
        },
    }
}

fn drawn(done: Result<(), ViewError>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e @ ViewError::Input(_)) => fail(&e.to_string(), status::INPUT),
        Err(e) => fail(&e.to_string(), status::OUTPUT),
    }
}

fn fail(text: &str, code: u8) -> ExitCode {
    eprintln!("shanshui: {text}");
    ExitCode::from(code)
}
