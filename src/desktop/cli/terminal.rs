//! The terminal: progress on standard error, Ctrl C as cancel.

use super::say;
use crate::progress::Progress;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a cancelled question may take to notice.
const PATIENCE: Duration = Duration::from_millis(150);

/// A progress that Ctrl C cancels, shown on standard error where that is a terminal.
pub(super) struct Watched {
    progress: Arc<Progress>,
    saving: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    printer: Option<std::thread::JoinHandle<()>>,
}

impl Watched {
    pub(super) fn new() -> Self {
        let progress = Arc::new(Progress::default());
        let saving = Arc::new(AtomicBool::new(false));
        let (on_interrupt, is_saving) = (Arc::clone(&progress), Arc::clone(&saving));
        let handler = move || {
            on_interrupt.cancel();
            std::thread::sleep(PATIENCE);
            // One large overlay does not look up from its work. Nothing is being written, so nothing is lost.
            if !is_saving.load(Ordering::SeqCst) {
                crate::io::remove_temporaries();
                std::process::exit(i32::from(super::status::CANCELLED));
            }
        };
        // A second handler in one process is refused; then Ctrl C ends the process as usual.
        if let Err(e) = ctrlc::set_handler(handler) {
            tracing::debug!("no Ctrl C handler: {e}");
        }
        let stop = Arc::new(AtomicBool::new(false));
        let printer = std::io::stderr().is_terminal().then(|| {
            let (progress, stop) = (Arc::clone(&progress), Arc::clone(&stop));
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(200));
                    if let Some(share) = progress.share() {
                        say::progress(&format!("{:3.0} % ", share * 100.0));
                    }
                }
                say::progress("      \r");
            })
        });
        Self { progress, saving, stop, printer }
    }

    /// From here on the answer is being written, and is finished.
    pub(super) fn begin_saving(&self) {
        self.saving.store(true, Ordering::SeqCst);
    }

    /// Between one answer that was written and the next: nothing is lost where it is stopped.
    pub(super) fn end_saving(&self) {
        self.saving.store(false, Ordering::SeqCst);
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
