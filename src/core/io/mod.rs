//! Files to layers and answers to files: one file a format, honest errors, atomic saving.

pub mod disk;
mod encoding;
mod endings;
pub mod formats;
pub mod geojson;
pub mod guard;
mod held;
pub mod mark;
mod names;
mod read_error;
mod room;
mod save;
mod source;
mod stdout;
pub mod store;
mod temporary;
mod together;

pub use crate::model::FileStamp;
pub use encoding::{EncodingError, is_encoding};
pub use endings::{
    EXTENSIONS, endings, is_boundary_points, is_layer_ending, is_layer_folder, unread_members, why_unread,
};
pub use guard::{Form, Guard, Refusal};
pub use held::Held;
pub use mark::is_ours;
pub use names::{is_device_name, is_safe_name, safe_name};
pub use read_error::{ReadCause, ReadError};
pub use room::Room;
pub use save::{SaveCause, SaveError, is_stdout, save_atomically, target_of, write_out};
pub use source::{NoFile, is_short_hash, short_hash};
pub use stdout::{note_closed_output, write_stdout};
pub use temporary::{TEMPORARY, remove_temporaries};
pub use together::Together;

use crate::geodesy::LonLat;
use crate::i18n::{Said, tr};
use crate::model::{Bbox, Digest, Layer, Origin, ReadAs, Source};
use crate::progress::Progress;
use source::SourceFile;
use std::path::Path;
use std::sync::Arc;

/// How files are to be read, where they do not say it themselves.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The coordinate system of files that declare none, or one that cannot be used or puts them nowhere.
    pub crs: Option<String>,
    /// True where that goes before what the file declares: which was tried, and has no place for it.
    pub crs_goes_first: bool,
    /// The encoding.
    pub encoding: Option<String>,
    /// The layer that is wanted, in files of several.
    pub layer: Option<String>,
    /// The columns that hold positions, in tables.
    pub columns: Option<Vec<String>>,
    /// What stands between the cells of a text table.
    pub delimiter: Option<char>,
    /// Only features whose box meets this one are wanted; others are not read. Stores and GeoJSON are read whole, and refused.
    pub bbox: Option<Bbox>,
    /// What to do where most positions are no longitude and latitude.
    pub out_of_range: OutOfRange,
    /// True where the SHA-256 of a file will be asked for: it is worked out on the way, from the bytes that are read, or beside them.
    pub is_hashed: bool,
    /// The connections to shared stores, where several layers are to be of one moment; each layer has its own without them.
    pub snapshots: Option<Arc<store::Snapshots>>,
    /// What a reading may take; without it whatever it needs.
    pub room: Option<Room>,
}

impl ReadOptions {
    /// These options for several layers: those of one shared store are read in one snapshot of it, which lasts as long as they do.
    pub fn in_one_snapshot(&self) -> Self {
        let snapshots = self.snapshots.clone().unwrap_or_default();
        Self { snapshots: Some(snapshots), ..self.clone() }
    }

    /// These options for a file of which something is known: that goes before what is said of all files.
    pub fn with(&self, known: &ReadAs) -> Self {
        Self {
            crs: known.crs.clone().or_else(|| self.crs.clone()),
            encoding: known.encoding.clone().or_else(|| self.encoding.clone()),
            layer: known.layer.clone().or_else(|| self.layer.clone()),
            columns: known.columns.clone().or_else(|| self.columns.clone()),
            delimiter: known.delimiter.or(self.delimiter),
            bbox: known.bbox.or(self.bbox),
            ..self.clone()
        }
    }

    /// These options for a file of which everything is known.
    pub fn only(&self, known: &ReadAs) -> Self {
        let ReadAs { crs, encoding, layer, columns, delimiter, bbox } = known.clone();
        Self { crs, encoding, layer, columns, delimiter, bbox, ..self.clone() }
    }

    /// What is kept of them with a layer: how its file is to be read again.
    pub(crate) fn read_as(&self) -> ReadAs {
        ReadAs {
            crs: self.crs.clone(),
            encoding: self.encoding.clone(),
            layer: self.layer.clone(),
            columns: self.columns.clone(),
            delimiter: self.delimiter,
            bbox: self.bbox,
        }
    }

    /// What the reader of a format is told.
    fn hints(&self) -> formats::ReadHints {
        let Self { encoding, columns, delimiter, .. } = self.clone();
        formats::ReadHints { encoding, columns, delimiter, window: None }
    }

    /// How a file that this program wrote is to be read: longitude and latitude, UTF-8. Said only where these options would
    /// have it read otherwise.
    pub fn of_saved(&self) -> ReadAs {
        ReadAs {
            crs: self.crs.as_ref().map(|_| "CRS84".to_owned()),
            encoding: self.encoding.as_ref().map(|_| "UTF-8".to_owned()),
            ..ReadAs::default()
        }
    }
}

impl From<ReadAs> for ReadOptions {
    fn from(known: ReadAs) -> Self {
        Self::default().only(&known)
    }
}

/// What to do with a layer whose positions are mostly out of the range of longitude and latitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfRange {
    /// Refuse the file: it is not WGS 84 and nothing may be drawn or asked.
    #[default]
    Refuse,
    /// Read what can be read, each such feature without geometry and named.
    Keep,
}

/// Files from this size on are read in blocks, and their long coordinates are not kept as text; bytes.
const IN_BLOCKS_FROM: u64 = 4 << 20;

/// Reads a layer from a file, with its health list. What is read is one state of the file: where its size, its time or the
/// file itself is another afterwards, it is read once more, and then refused.
///
/// # Errors
/// [`ReadError`], which names the file, the place, the cause and the way out; a cancelled reading too.
///
/// `x.gdb/DLTB` is the layer `DLTB` of the container `x.gdb`; `postgres://…` is a table of a shared store ([`store`]).
pub fn read_layer(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    if store::is_store(path) {
        return match options.bbox {
            Some(_) => Err(whole_alone(path)),
            None => store::read_layer(path, options, progress),
        };
    }
    if let Some((container, layer)) = member_of(path) {
        let layer = Some(layer);
        return read_layer(container, &ReadOptions { layer, ..options.clone() }, progress);
    }
    match read_once(path, options, progress) {
        // Most writers are done when the next reading begins.
        Err(e) if e.cause == ReadCause::Changed => read_once(path, options, progress),
        read => read,
    }
}

/// Reads every layer of a file, or the one that the options name, in the order of the file.
pub fn read_layers(path: &Path, options: &ReadOptions, progress: &Progress) -> Vec<Result<Layer, ReadError>> {
    if options.layer.is_some() || member_of(path).is_some() {
        return vec![read_layer(path, options, progress)];
    }
    let options = &options.in_one_snapshot();
    match layers_of(path, options) {
        Err(e) => vec![Err(e)],
        Ok(layers) if layers.len() < 2 => vec![read_layer(path, options, progress)],
        Ok(layers) => {
            let one = |layer: formats::LayerInfo| {
                let layer = Some(layer.name);
                read_layer(path, &ReadOptions { layer, ..options.clone() }, progress)
            };
            layers.into_iter().map(one).collect()
        }
    }
}

/// The container and the layer that a path names where nothing is there but the container.
fn member_of(path: &Path) -> Option<(&Path, String)> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let container = path.ancestors().skip(1).find(|above| above.is_file() || is_layer_folder(above))?;
    // Names of layers in archives have folders in them.
    let parts = path.strip_prefix(container).ok()?.components().map(|part| part.as_os_str().to_string_lossy());
    Some((container, parts.collect::<Vec<_>>().join("/")))
}

fn read_once(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    // Before it is opened: what is written meanwhile is another state.
    let stamp = FileStamp::of(path).ok();
    let mut layer = read_of(path, options, progress)?;
    layer.source.stamp = stamp;
    Ok(layer)
}

fn read_of(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    if !is_called_geojson(path) {
        return match formats::find(path)? {
            Some(found) => formats::read(&found, path, options, progress),
            None => Err(ReadError { file: file_name(path), place: None, cause: ReadCause::UnknownFormat }),
        };
    }
    let read = read_geojson(path, options, progress);
    match &read {
        // Other formats are JSON, too.
        Err(e) if matches!(e.cause, ReadCause::NotGeoJson | ReadCause::NoFeatures) => match formats::find(path)? {
            Some(found) => formats::read(&found, path, options, progress),
            None => read,
        },
        _ => read,
    }
}

/// True for a path that is GeoJSON by its name, or has no ending.
fn is_called_geojson(path: &Path) -> bool {
    path.extension().is_none_or(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// The layers of a file, before any is read; one without a name where the format holds one alone.
///
/// # Errors
/// As [`read_layer`].
pub fn layers_of(path: &Path, options: &ReadOptions) -> Result<Vec<formats::LayerInfo>, ReadError> {
    if store::is_store(path) {
        let alone = store::Snapshots::default();
        return Ok(store::layers(path, options.snapshots.as_deref().unwrap_or(&alone))?);
    }
    let is_geojson = is_called_geojson(path);
    match if is_geojson { None } else { formats::find(path)? } {
        Some(found) => found.layers(options),
        None => Ok(vec![formats::LayerInfo::default()]),
    }
}

/// True for files of which a part can be read ([`ReadOptions::bbox`]): neither GeoJSON nor a store.
pub fn is_read_in_part(path: &Path) -> bool {
    !store::is_store(path) && !is_called_geojson(path)
}

/// What is read whole or not at all, though a box was asked for.
fn whole_alone(path: &Path) -> ReadError {
    let cause = ReadCause::Format(Said::told(|lang| tr!(lang, "read.whole_alone").into_owned()));
    ReadError { file: file_name(path), place: None, cause }
}

fn read_geojson(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    let file = file_name(path);
    let fail = |cause| ReadError { file: file.clone(), place: None, cause };
    if options.bbox.is_some() {
        return Err(whole_alone(path));
    }
    let source = match SourceFile::open(path) {
        Ok(Err(no_file)) => return Err(fail(ReadCause::NoFile(no_file))),
        Ok(Ok(source)) => source,
        Err(e) => return Err(fail(e.into())),
    };
    let needs = || room::times(path.metadata().map_or(0, |file| file.len()), room::GEOJSON);
    if let Some(needs) = options.room.as_ref().and_then(|room| room.lacks(needs)) {
        return Err(fail(needs));
    }
    let read = read_source(&source, path, options, progress);
    // A text that is half of one state and half of another need not be JSON.
    let is_cancelled = matches!(&read, Err(e) if e.cause == ReadCause::Cancelled);
    if !is_cancelled && let Err(e) = source.check_read(path) {
        return Err(fail(e.into()));
    }
    read.map_err(|e| ReadError { file: file.clone(), ..e })
}

fn read_source(
    source: &Arc<SourceFile>,
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Layer, ReadError> {
    let of_file = |digest, read_as| Source {
        path: Some(path.to_owned()),
        file_name: file_name(path),
        bytes: source.len,
        digest,
        stamp: None,
        unplaced: None,
        store: None,
        read_as,
    };
    if source.len >= IN_BLOCKS_FROM {
        progress.start(source.len);
        if let Some(mut layer) = geojson::read_file(source, path_stem(path), options, progress)? {
            let digest = match std::mem::take(&mut layer.source.digest) {
                digest if digest.is_known() => digest,
                _ => Digest::of(Arc::clone(source) as Arc<dyn Origin>),
            };
            layer.source = of_file(digest, std::mem::take(&mut layer.source.read_as));
            return Ok(layer);
        }
    }
    // Parsing takes about as long again as reading.
    progress.start(source.len * 2);
    let bytes = source.read_all(|read| progress.advance(read).map_err(|_| ReadCause::Cancelled));
    let bytes = bytes.map_err(|cause| ReadError { file: String::new(), place: None, cause })?;
    let mut layer = geojson::read(&bytes, path_stem(path), options, progress)?;
    let read_as = std::mem::take(&mut layer.source.read_as);
    layer.source = of_file(Digest::known(source::sha256_of(&bytes)), read_as);
    Ok(layer)
}

/// Reads a layer from bytes that stand for a file of this name (a sample, an answer, a test).
///
/// # Errors
/// As [`read_layer`].
pub fn read_layer_bytes(
    bytes: &[u8],
    file_name: &str,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Layer, ReadError> {
    let mut layer = geojson::read(bytes, path_stem(Path::new(file_name)), options, progress)
        .map_err(|e| ReadError { file: file_name.to_owned(), ..e })?;
    layer.source = Source {
        path: None,
        file_name: file_name.to_owned(),
        bytes: bytes.len() as u64,
        digest: Digest::known(source::sha256_of(bytes)),
        stamp: None,
        unplaced: None,
        store: None,
        read_as: std::mem::take(&mut layer.source.read_as),
    };
    Ok(layer)
}

/// The file's name for people; of a shared store its URL.
pub fn file_name(path: &Path) -> String {
    if store::is_store(path) {
        return store::shown(path);
    }
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn path_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The first position out of range as written, for an error.
fn as_written(p: LonLat) -> (String, String) {
    (p.lon.to_string(), p.lat.to_string())
}
