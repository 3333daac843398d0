//! The program: a command line, or the window.

use shanshui::cli::{Cli, Outcome, printed, say, status};
use shanshui::i18n::Lang;
use shanshui::ui::{self, ViewError};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    shanshui::allocator::set_up();
    shanshui::report::note_local_offset();
    let start = Instant::now();
    #[cfg(target_os = "linux")]
    if early::is_output_closed() {
        shanshui::io::note_closed_output();
    }
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("SHANSHUI_LOG"))
        .log_internal_errors(false)
        .with_writer(|| say::Log)
        .init();
    if let Some(folder) = ui::crash_folder() {
        shanshui::session::crash::install(folder, |text| say::fail(text));
    }
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let lang = cli.lang();
    match cli.run() {
        Outcome::Done(code) => code,
        Outcome::Window(options) => match ui::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => fail(&e, status::OUTPUT),
        },
        Outcome::View(options) => drawn(ui::view(&options, start), lang),
        Outcome::Report(options) => match ui::report(&options) {
            Ok(told) if options.json => printed(say::print_json(&format!("{told}\n")), lang),
            done => drawn(done.map(drop), lang),
        },
        Outcome::Print(options) => drawn(ui::print(&options), lang),
        Outcome::PrintThenFinish(options, rest) => match ui::print(&options) {
            Ok(()) => rest.finish(),
            Err(e) => drawn(Err(e), lang),
        },
    }
}

fn drawn(done: Result<(), ViewError>, lang: Option<Lang>) -> ExitCode {
    let said = |e: ViewError| e.message(lang.unwrap_or_else(Lang::of_system));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e @ ViewError::Condition(_)) => fail(&said(e), status::USAGE),
        Err(e @ ViewError::Input(_)) => fail(&said(e), status::INPUT),
        Err(e) => fail(&said(e), status::OUTPUT),
    }
}

fn fail(text: &str, code: u8) -> ExitCode {
    say::fail(text);
    ExitCode::from(code)
}

/// What can only be seen before Rust's own start: it opens the null device where a standard stream is closed, and then
/// everything that is printed seems to be taken.
#[cfg(target_os = "linux")]
mod early {
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicBool, Ordering};

    static IS_CLOSED: AtomicBool = AtomicBool::new(false);

    unsafe extern "C" {
        fn fcntl(descriptor: c_int, command: c_int, ...) -> c_int;
    }

    /// `F_GETFD` of Linux.
    const FLAGS: c_int = 1;

    extern "C" fn look() {
        // SAFETY: only the flags of a descriptor are asked for; one that is not open is an error that is given back.
        if unsafe { fcntl(1, FLAGS) } < 0 {
            IS_CLOSED.store(true, Ordering::Relaxed);
        }
    }

    // SAFETY: the loader calls what stands in this section, once, before `main`; `look` needs nothing of Rust's runtime.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;

    /// True where the process was started without a standard output.
    pub fn is_output_closed() -> bool {
        IS_CLOSED.load(Ordering::Relaxed)
    }
}
