//! Standard output as the place that an answer goes to. What is said to people goes through the command line's own writer.

use super::disk;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// True where the process was started without a standard output.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Notes that standard output was closed before the process began: Rust puts the null device in its place, which takes
/// everything.
pub fn note_closed_output() {
    IS_CLOSED.store(true, Ordering::Relaxed);
}

/// Writes bytes to standard output and flushes them.
///
/// # Errors
/// Where it is full or closed; [`io::ErrorKind::BrokenPipe`] where the reader went away.
pub fn write_stdout(write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
    if IS_CLOSED.load(Ordering::Relaxed) {
        return Err(io::Error::other("it is closed"));
    }
    let mut out = io::BufWriter::with_capacity(1 << 20, Judged(io::stdout()));
    write(&mut out)?;
    out.flush()
}

/// Standard output, as it is written to where a test judges that.
struct Judged(io::Stdout);

impl Write for Judged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        disk::write(&mut self.0, Path::new("-"), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
