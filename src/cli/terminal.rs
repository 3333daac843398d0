//! The terminal: progress on standard error, Ctrl C as cancel.

use crate::progress::Progress;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A progress that Ctrl C cancels, shown on standard error where that is a terminal.
pub(super) struct Watched {
    progress: Arc<Progress>,
    stop: Arc<AtomicBool>,
    printer: Option<std::thread::JoinHandle<()>>,
}

impl Watched {
    pub(super) fn new() -> Self {
        let progress = Arc::new(Progress::default());
        let on_interrupt = Arc::clone(&progress);
        // A second handler in one process is refused; then Ctrl C ends the process as usual.
        if let Err(e) = ctrlc::set_handler(move || on_interrupt.cancel()) {
            tracing::debug!("no Ctrl C handler: {e}");
        }
        let stop = Arc::new(AtomicBool::new(false));
        let printer = std::io::stderr().is_terminal().then(|| {
            let (progress, stop) = (Arc::clone(&progress), Arc::clone(&stop));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(200));
                    if let Some(share) = progress.share() {
                        eprint!("\r{:3.0} % ", share * 100.0);
                    }
                }
                eprint!("\r      \r");
                // Nothing depends on the last blank reaching the terminal.
                let _ = std::io::stderr().flush();
            })
        });
        Self { progress, stop, printer }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(printer) = self.printer.take() {
            // The printer only prints; how it ended does not matter.
            let _ = printer.join();
        }
    }
}
