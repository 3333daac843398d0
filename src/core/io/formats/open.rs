//! Which format a path is of, which layers it holds, and a layer of it.

use super::on_disk::{OnDisk, Set, cause_of};
use super::{FORMATS, Format, FormatError, FormatPlace, Input, LayerBuilder, LayerInfo, ReadHints, RowSink};
use crate::i18n::{Said, tr};
use crate::io::{ReadCause, ReadError, ReadOptions, file_name};
use crate::model::{Digest, Layer, Origin, Source};
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file by which its format is told.
const HEAD: usize = 4_096;

/// A file whose format is known.
pub(in crate::io) struct Found {
    path: PathBuf,
    format: &'static dyn Format,
    folder: Arc<OnDisk>,
    input: Input,
}

/// The format of a path that is no GeoJSON by its name; `None` where none is known. What is recognised and not read is an error with
/// the way out.
///
/// # Errors
/// [`ReadError`]
pub(in crate::io) fn find(path: &Path) -> Result<Option<Found>, ReadError> {
    let fail = |cause| ReadError { file: file_name(path), place: None, cause };
    let (folder, input) = OnDisk::at(path).map_err(|e| fail(e.into()))?;
    let head = match path.is_dir() {
        true => Vec::new(),
        false => {
            let bytes = input.open().map_err(|e| fail(cause_of(e)))?;
            bytes.stretch(0, HEAD).map_err(|e| fail(e.into()))?
        }
    };
    let ending = input.extension();
    let by_content = FORMATS.iter().find(|format| format.is_it(&input, &head));
    let by_name = || FORMATS.iter().find(|format| format.extensions().contains(&&*ending));
    // A folder is of a format by what is in it alone.
    let format = if path.is_dir() { by_content } else { by_content.or_else(by_name) };
    Ok(format.map(|format| Found { path: path.to_owned(), format: *format, folder, input }))
}

/// True for a text that holds boundary points, by its content.
pub(in crate::io) fn is_boundary_points(path: &Path) -> bool {
    let Ok(input) = OnDisk::input(path) else { return false };
    let head = input.open().and_then(|bytes| bytes.stretch(0, HEAD));
    head.is_ok_and(|head| super::boundary_points::BoundaryPoints.is_it(&input, &head))
}

impl Found {
    fn fail(&self, error: FormatError) -> ReadError {
        error.in_file(&file_name(Path::new(&self.input.name)))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What its format is called.
    pub(super) fn format_name(&self) -> &'static str {
        self.format.name()
    }

    /// Gives the rows of a layer.
    pub(super) fn read_rows(
        &self,
        layer: &str,
        options: &ReadOptions,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        self.format.read(&self.input, layer, &options.hints(), sink, progress)
    }

    /// Its layers.
    ///
    /// # Errors
    /// [`ReadError`]
    pub(in crate::io) fn layers(&self, options: &ReadOptions) -> Result<Vec<LayerInfo>, ReadError> {
        self.format.layers(&self.input, &options.hints()).map_err(|e| self.fail(e))
    }
}

/// Reads the layer that the options name, or the only one.
///
/// # Errors
/// [`ReadError`]
pub(in crate::io) fn read(
    found: &Found,
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Layer, ReadError> {
    let Found { format, folder, input, .. } = found;
    let hints: ReadHints = options.hints();
    let mut layers = found.layers(options)?;
    let named = options.layer.as_deref();
    let fail = |said| found.fail(FormatError::refused(said));
    let is_named = |layer: &LayerInfo| named.is_some_and(|name| layer.name == name);
    // A geodatabase's layers are known by name whatever the case, where one alone has that name.
    let is_like = |layer: &LayerInfo| named.is_some_and(|name| layer.name.eq_ignore_ascii_case(name));
    let at = match (layers.iter().position(is_named), &layers[..]) {
        (Some(at), _) => at,
        (None, [_]) if named.is_none() => 0,
        (None, []) => return Err(fail(Said::told(|lang| tr!(lang, "format.no_layers").into_owned()))),
        (None, many) if many.iter().filter(|layer| is_like(layer)).count() == 1 => {
            many.iter().position(is_like).unwrap_or_default()
        }
        (None, many) => {
            let names: Vec<&str> = many.iter().map(|layer| &*layer.name).collect();
            let said = Said::told(|lang| {
                let names = names.join(crate::i18n::between(lang));
                match named {
                    None => tr!(lang, "format.which_layer", names = names).into_owned(),
                    Some(name) => tr!(lang, "format.no_such_layer", name = name, names = names).into_owned(),
                }
            });
            return Err(fail(said));
        }
    };
    let info = layers.swap_remove(at);
    let mut builder = LayerBuilder::new(options);
    let read = format.read(input, &info.name, &hints, &mut builder, progress);
    // What is half of one state and half of another need not be of the format.
    if !matches!(read, Err(FormatError::Cancelled)) {
        folder.check_read().map_err(|e| found.fail(e.into()))?;
    }
    read.map_err(|e| found.fail(e))?;
    let is_one_of_many = !layers.is_empty();
    let stem = if is_one_of_many { info.name.clone() } else { input.stem().to_owned() };
    let mut layer = builder.finish(&stem, progress).map_err(|e| ReadError { file: file_name(path), ..e })?;
    let set = Set::new(file_name(path), folder.opened());
    layer.source = Source {
        path: Some(path.to_owned()),
        file_name: match is_one_of_many {
            true => format!("{} › {}", file_name(path), info.name),
            false => file_name(path),
        },
        bytes: set.bytes(),
        digest: Digest::of(Arc::new(set) as Arc<dyn Origin>),
        unplaced: None,
        read_as: std::mem::take(&mut layer.source.read_as),
    };
    layer.source.read_as.layer = (!info.name.is_empty()).then_some(info.name);
    Ok(layer)
}

impl FormatError {
    /// What a person is told of the file that it was met in.
    pub(in crate::io) fn in_file(self, main: &str) -> ReadError {
        let (file, place, cause) = match self {
            Self::Refused { file, place, said } => (file, place, ReadCause::Format(said)),
            Self::System(text) => (None, None, ReadCause::System(text)),
            Self::Changed => (None, None, ReadCause::Changed),
            Self::TooLarge => (None, None, ReadCause::TooLarge),
            Self::Cancelled => (None, None, ReadCause::Cancelled),
            Self::Crs(e) => (None, None, ReadCause::Crs(e)),
        };
        let file = match file {
            Some(member) if member != main => format!("{main} › {member}"),
            _ => main.to_owned(),
        };
        let cause = match (cause, place) {
            (ReadCause::Format(said), Some(place)) => ReadCause::Format(Said::told(|lang| {
                let place = match &place {
                    FormatPlace::Row(row) => tr!(lang, "format.place.row", row = row),
                    FormatPlace::Line(line) => tr!(lang, "format.place.line", line = line),
                    FormatPlace::Byte(byte) => tr!(lang, "format.place.byte", byte = byte),
                    FormatPlace::Member(member) => std::borrow::Cow::Borrowed(&**member),
                };
                format!("{place}{}{}", crate::i18n::colon(lang), said.text(lang))
            })),
            (cause, _) => cause,
        };
        ReadError { file, place: None, cause }
    }
}
