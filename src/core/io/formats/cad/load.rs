//! Loading a drawing: limits, the decoder in a thread of its own, and what of its result can be trusted.

use super::encoding;
use super::explode::plan;
use super::plan::Plan;
use super::{clean, notes, refuse};
use crate::i18n::{count, tr};
use crate::io::formats::{Bytes, FormatError, Input, Note, ReadHints};
use crate::progress::Progress;
use acadrust::{CadDocument, DwgReadOptions, DwgReader, DxfReader, EntityType, ReadOutcome};
use encoding_rs::Encoding;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The largest file that is read: the decoder holds a drawing whole, at several times its size.
const LARGEST: u64 = 512 << 20;
/// What the sections of a DWG file may be unpacked to.
const MOST_UNPACKED: usize = 2 << 30;
/// The stack of the decoder's thread.
const STACK: usize = 256 << 20;

/// The two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Text or binary DXF.
    Dxf,
    /// DWG.
    Dwg,
}

/// A drawing in memory.
#[derive(Debug)]
pub(super) struct Drawing {
    /// As decoded.
    pub document: CadDocument,
    /// Its rows.
    pub plan: Plan,
    /// The encoding of its texts.
    pub encoding: Option<String>,
    /// What was doubtful while it was loaded.
    pub notes: Vec<Note>,
}

impl Drawing {
    /// Its entities in order.
    pub(super) fn entities(&self) -> Vec<&EntityType> {
        self.document.entities().collect()
    }
}

/// Loads a drawing.
///
/// # Errors
/// Where it is too large, damaged, of a version that is not read, or loading was cancelled.
pub(super) fn load(
    input: &Input,
    kind: Kind,
    hints: &ReadHints,
    progress: Option<&Progress>,
) -> Result<Drawing, FormatError> {
    let hint = hints.encoding.as_deref().map(encoding::by_label).transpose()?;
    let file = input.open()?;
    if file.len() > LARGEST {
        let (size, most) = (file.len() >> 20, LARGEST >> 20);
        return Err(refuse(|lang| tr!(lang, "format.cad.too_large", size = size, most = most).into_owned()));
    }
    let bytes = whole(&*file, progress)?;
    let (outcome, encoding, mut notes) = match kind {
        Kind::Dxf => dxf(&bytes, hint, progress)?,
        Kind::Dwg => dwg(bytes, hint, progress)?,
    };
    let ReadOutcome { document, stats } = outcome;
    let skipped = stats.skipped_source_records;
    if skipped > 0 {
        let first = stats.diagnostics.first().map(|diagnostic| diagnostic.message.clone()).unwrap_or_default();
        let n = count(skipped);
        notes.push(notes::doubt("format.cad.skipped", None, |lang| {
            tr!(lang, "format.cad.skipped", n = n, cause = first).into_owned()
        }));
    }
    let entities: Vec<&EntityType> = document.entities().collect();
    let plan = plan(&document, &entities)?;
    Ok(Drawing { document, plan, encoding, notes })
}

fn whole(file: &dyn Bytes, progress: Option<&Progress>) -> Result<Vec<u8>, FormatError> {
    let length = file.len() as usize;
    let mut bytes = vec![0; length];
    if let Some(progress) = progress {
        // The other half of the way is the decoder's.
        progress.start(2 * file.len().max(1));
    }
    for (index, piece) in bytes.chunks_mut(4 << 20).enumerate() {
        let read = piece.len() as u64;
        file.read_at((index * (4 << 20)) as u64, piece)?;
        progress.map_or(Ok(()), |progress| progress.advance(read))?;
    }
    Ok(bytes)
}

type Loaded = (ReadOutcome, Option<String>, Vec<Note>);

fn dxf(bytes: &[u8], hint: Option<&'static Encoding>, progress: Option<&Progress>) -> Result<Loaded, FormatError> {
    if bytes.is_empty() {
        return Err(damaged("—"));
    }
    let cleaned = clean::clean(bytes, hint)?;
    let text: Arc<[u8]> = cleaned.text.into();
    let strict = decode(bytes.len(), progress, {
        let text = Arc::clone(&text);
        move |watch| read_dxf(&text, false, watch)
    });
    let outcome = match strict {
        Err(Failure::Decoder(_)) => decode(bytes.len(), progress, move |watch| read_dxf(&text, true, watch)),
        other => other,
    };
    let outcome = outcome.map_err(Failure::into_error)?;
    // A section that broke off is more than a record.
    let broken = outcome
        .stats
        .diagnostics
        .iter()
        .find(|one| matches!(one.code.as_str(), "section-read-failed" | "stream-read-failed"));
    if let Some(broken) = broken {
        return Err(damaged(&broken.message));
    }
    Ok((outcome, Some(encoding::title(cleaned.encoding).to_owned()), cleaned.notes))
}

fn read_dxf(text: &Arc<[u8]>, is_failsafe: bool, watch: Watch) -> Result<ReadOutcome, acadrust::DxfError> {
    let configuration = acadrust::io::dxf::DxfReaderConfiguration { failsafe: is_failsafe, default_encoding: None };
    let source = Watched { bytes: Cursor::new(Arc::clone(text)), watch };
    DxfReader::from_reader(source)?.with_configuration(configuration).read_with_stats()
}

fn dwg(
    mut bytes: Vec<u8>,
    hint: Option<&'static Encoding>,
    progress: Option<&Progress>,
) -> Result<Loaded, FormatError> {
    let version = check_version(&bytes)?;
    let is_unicode = version.as_str() >= "AC1021";
    let mut all = Vec::new();
    if let Some(hint) = hint
        && !is_unicode
        && !set_page(&mut bytes, hint)
    {
        let name = hint.name();
        all.push(notes::doubt("format.cad.encoding_unused", None, |lang| {
            tr!(lang, "format.cad.encoding_unused", encoding = name).into_owned()
        }));
    }
    let length = bytes.len();
    let shared: Arc<[u8]> = bytes.into();
    let mut outcome = decode_dwg(&shared, length, progress)?;
    let page = outcome.document.header.code_page.clone();
    let is_western = matches!(page.to_ascii_lowercase().as_str(), "ansi_1252" | "iso8859-1" | "ascii" | "us_ascii");
    let is_misread =
        !is_unicode && hint.is_none() && is_western && encoding::is_chinese_misread(texts(&outcome.document));
    let mut encoding = if is_unicode {
        Some("UTF-16".to_owned())
    } else {
        encoding::of_code_page(&page).map(encoding::title).map(str::to_owned)
    };
    if is_misread {
        let mut bytes = shared.to_vec();
        if set_page(&mut bytes, encoding_rs::GBK) {
            drop(outcome);
            outcome = decode_dwg(&bytes.into(), length, progress)?;
            all.push(encoding::guessed(&page, encoding_rs::GBK));
            encoding = Some("GBK".to_owned());
        }
    }
    Ok((outcome, encoding, all))
}

/// Names and texts, to judge an encoding by.
fn texts(document: &CadDocument) -> impl Iterator<Item = &str> {
    let names = document.layers.iter().map(|layer| layer.name.as_str());
    names.chain(document.entities().filter_map(|entity| match entity {
        EntityType::Text(text) => Some(text.value.as_str()),
        EntityType::MText(text) => Some(text.value.as_str()),
        EntityType::Insert(insert) => Some(insert.block_name.as_str()),
        _ => None,
    }))
}

/// Writes another code page into the header of a DWG file; false where versions or encodings have no such number.
fn set_page(bytes: &mut [u8], encoding: &'static Encoding) -> bool {
    let has_page = bytes.starts_with(b"AC101");
    match (encoding::page_index(encoding), bytes.get_mut(0x13..0x15)) {
        (Some(index), Some(page)) if has_page => {
            page.copy_from_slice(&index.to_le_bytes());
            true
        }
        _ => false,
    }
}

/// The version of a DWG file.
fn check_version(bytes: &[u8]) -> Result<String, FormatError> {
    let version = String::from_utf8_lossy(&bytes[..bytes.len().min(6)]).into_owned();
    const KNOWN: [&str; 9] = ["AC1009", "AC1012", "AC1014", "AC1015", "AC1018", "AC1021", "AC1024", "AC1027", "AC1032"];
    if KNOWN.contains(&version.as_str()) {
        if bytes.len() < 128 {
            return Err(refuse(|lang| tr!(lang, "format.cad.only_signature", version = version).into_owned()));
        }
        return Ok(version);
    }
    let is_newer = version.as_str() > "AC1032" && version.starts_with("AC10");
    Err(refuse(|lang| match is_newer {
        true => tr!(lang, "format.cad.too_new", version = version).into_owned(),
        false => tr!(lang, "format.cad.too_old", version = version).into_owned(),
    }))
}

fn decode_dwg(bytes: &Arc<[u8]>, length: usize, progress: Option<&Progress>) -> Result<ReadOutcome, FormatError> {
    let most = MOST_UNPACKED.min((64 << 20) + 64 * length);
    let read = |is_failsafe: bool| {
        let bytes = Arc::clone(bytes);
        move |watch: Watch| {
            let options =
                DwgReadOptions { failsafe: is_failsafe, ..DwgReadOptions::default() }.with_max_decompressed_bytes(most);
            let source = Watched { bytes: Cursor::new(bytes), watch: watch.clone() };
            let mut reader = DwgReader::from_stream_with_options(source, options);
            reader.set_progress_callback(Arc::new(move |thousandth| watch.step(thousandth)));
            reader.read_with_stats()
        }
    };
    let outcome = match decode(length, progress, read(false)) {
        Err(Failure::Decoder(_)) => decode(length, progress, read(true)),
        other => other,
    };
    let outcome = outcome.map_err(Failure::into_error)?;
    let stats = &outcome.stats;
    let is_whole = stats.record_stream_read || stats.source_version == "AC1009";
    let broken = stats.diagnostics.iter().find(|one| {
        one.code.ends_with("-extract-failed")
            || one.code.ends_with("-init-failed")
            || matches!(one.code.as_str(), "handles-decode-failed" | "file-header-read-failed" | "legacy-read-failed")
    });
    match broken {
        Some(broken) => Err(damaged(&broken.message)),
        None if !is_whole => Err(damaged("AcDb:AcDbObjects")),
        None => Ok(outcome),
    }
}

/// How a decoder's thread is watched.
#[derive(Clone, Debug, Default)]
struct Watch {
    is_stopped: Arc<AtomicBool>,
    thousandth: Arc<AtomicU16>,
}

impl Watch {
    /// Called by the DWG decoder as it goes; leaves it where it is to stop (it catches unwinding).
    fn step(&self, thousandth: u16) {
        self.thousandth.store(thousandth, Relaxed);
        if self.is_stopped.load(Relaxed) {
            std::panic::resume_unwind(Box::new("stopped"));
        }
    }
}

/// Bytes that can no longer be read once the reader is to stop.
struct Watched {
    bytes: Cursor<Arc<[u8]>>,
    watch: Watch,
}

impl std::io::Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.watch.is_stopped.load(Relaxed) {
            return Err(std::io::Error::other("stopped"));
        }
        let read = self.bytes.read(into)?;
        let length = self.bytes.get_ref().len().max(1) as u64;
        self.watch.thousandth.store((self.bytes.position() * 1_000 / length) as u16, Relaxed);
        Ok(read)
    }
}

impl std::io::Seek for Watched {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

enum Failure {
    /// What the decoder says.
    Decoder(String),
    /// Anything else.
    Other(FormatError),
}

impl Failure {
    fn into_error(self) -> FormatError {
        match self {
            Self::Decoder(cause) => damaged(&cause),
            Self::Other(error) => error,
        }
    }
}

fn damaged(cause: &str) -> FormatError {
    let cause: String = cause.chars().take(200).collect();
    refuse(|lang| tr!(lang, "format.cad.damaged", cause = cause).into_owned())
}

/// Runs the decoder in a thread with a large stack, so that nested records do not end the program, and in a limited time.
fn decode<F>(length: usize, progress: Option<&Progress>, read: F) -> Result<ReadOutcome, Failure>
where
    F: FnOnce(Watch) -> Result<ReadOutcome, acadrust::DxfError> + Send + 'static,
{
    let watch = Watch::default();
    let (sender, receiver) = channel();
    let inner = watch.clone();
    let thread = std::thread::Builder::new().name("cad".to_owned()).stack_size(STACK).spawn(move || {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(inner)));
        // The watcher may have left.
        let _ = sender.send(match outcome {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(panic_text(&*panic)),
        });
    });
    thread.map_err(|error| Failure::Other(error.into()))?;
    let started = Instant::now();
    let most = Duration::from_secs(20) + Duration::from_secs(3) * (length >> 20) as u32;
    let mut shown = 0;
    loop {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(Ok(outcome)) => return Ok(outcome),
            Ok(Err(cause)) => return Err(Failure::Decoder(cause)),
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Decoder("—".to_owned())),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let done = length as u64 * u64::from(watch.thousandth.load(Relaxed).min(1_000)) / 1_000;
        let step = done.saturating_sub(shown);
        shown = shown.max(done);
        if let Some(Err(cancelled)) = progress.map(|progress| progress.advance(step)) {
            watch.is_stopped.store(true, Relaxed);
            return Err(Failure::Other(cancelled.into()));
        }
        if started.elapsed() > most {
            watch.is_stopped.store(true, Relaxed);
            return Err(Failure::Other(refuse(|lang| tr!(lang, "format.cad.too_slow").into_owned())));
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap_or_else(|| "—".to_owned())
}
