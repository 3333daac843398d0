//! Work that the interface does not wait for: on a thread of its own, collected when it is done.

use eframe::egui;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Something that is being worked out.
pub struct Later<T>(Receiver<T>);

impl<T: Send + 'static> Later<T> {
    /// Begins; the window is drawn again when it is done.
    pub fn start(ctx: &egui::Context, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(work());
            ctx.request_repaint();
        });
        Self(receiver)
    }

    /// What it came to: `Err` while it is worked out, `Ok(None)` where it broke down.
    pub fn take(&self) -> Result<Option<T>, Waiting> {
        match self.0.try_recv() {
            Ok(done) => Ok(Some(done)),
            Err(TryRecvError::Empty) => Err(Waiting),
            Err(TryRecvError::Disconnected) => Ok(None),
        }
    }
}

/// It is still being worked out.
#[derive(Clone, Copy, Debug)]
pub struct Waiting;
