//! Copies of layers and answers in any format and coordinate system; what a format does not hold is told before.

use super::jobs::Event;
use super::{JobKind, Key, Own, Session};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, tr};
use crate::io::formats::{self, LayerRows};
use crate::io::geojson::write_converted;
use crate::io::{Form, Guard, SaveCause, SaveError, file_name, save_atomically};
use crate::model::Layer;
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A copy that is wanted.
#[derive(Clone, Debug)]
pub struct Export {
    /// The layer or answer.
    pub of: Key,
    /// Where it goes; its ending says in which format.
    pub path: PathBuf,
    /// The coordinate system, as [`Crs::parse`] reads it.
    pub crs: String,
    /// Which rows; all where `None`.
    pub rows: Option<Arc<Vec<usize>>>,
}

fn refuse(path: &Path, said: Said) -> SaveError {
    SaveError { file: path.display().to_string(), cause: SaveCause::Format(said) }
}

/// The system of a copy; GeoJSON and KML hold longitude and latitude alone.
fn crs_of(path: &Path, crs: &str) -> Result<Crs, SaveError> {
    let crs = Crs::parse(crs).map_err(|e| refuse(path, e.said))?;
    let needs_degrees = holds_degrees_alone(path) && !crs.is_lon_lat();
    match needs_degrees {
        true => Err(refuse(path, Said::told(|lang| tr!(lang, "export.degrees_alone").into_owned()))),
        false => Ok(crs),
    }
}

/// True where the format of a path holds longitude and latitude on WGS 84 alone.
pub fn holds_degrees_alone(path: &Path) -> bool {
    let is_kml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("kml"));
    is_kml || formats::writer_of(path).is_none()
}

/// What a copy of rows of a layer would not hold of them, before it is written: names that are cut, types, sizes. Cost: a pass over the
/// rows.
///
/// # Errors
/// [`SaveError`] where it cannot be written at all: the system is none, or the format has no room for the columns.
pub fn losses_of(layer: &Layer, rows: Option<&[usize]>, crs: &str, path: &Path) -> Result<Vec<Said>, SaveError> {
    let crs = crs_of(path, crs)?;
    let Some(writer) = formats::writer_of(path) else { return Ok(Vec::new()) };
    formats::check_fields(writer, layer, path)?;
    let all: Vec<usize>;
    let rows = match rows {
        Some(rows) => rows,
        None => {
            all = layer.rows().collect();
            &all
        }
    };
    Ok(writer.losses(&LayerRows::new(layer, rows, &crs)).into_iter().map(|loss| loss.what).collect())
}

impl Session {
    /// Writes a copy of a layer or an answer. What is open stays in its own file.
    pub(super) fn start_exporting(&mut self, export: Export) {
        let Export { of, path, crs, rows } = export;
        let Some(indexed) = self.indexed(of).map(Arc::clone) else {
            let file = path.display().to_string();
            return self.report(Event::ExportFailed(SaveError { file, cause: SaveCause::Gone }));
        };
        if let Err(e) = self.may_write(Own::Nothing, &path, Form::Layer) {
            return self.report(Event::ExportFailed(e));
        }
        let guard = self.guard(Own::Nothing);
        self.spawn(JobKind::Exporting(file_name(&path)), move |progress, tell| {
            let layer = indexed.layer();
            let rows = rows.map_or_else(|| layer.rows().collect(), |rows| rows.to_vec());
            match write(layer, &rows, &crs, &path, &guard, progress) {
                Ok(()) => tell(Event::Exported(of, path).into()),
                Err(e) => tell(Event::ExportFailed(e).into()),
            }
        });
    }
}

fn write(
    layer: &Layer,
    rows: &[usize],
    crs: &str,
    path: &Path,
    guard: &Guard,
    progress: &Progress,
) -> Result<(), SaveError> {
    let crs = crs_of(path, crs)?;
    let Some(writer) = formats::writer_of(path) else {
        return save_atomically(path, |out| {
            let mut out = std::io::BufWriter::with_capacity(1 << 20, out);
            write_converted(layer, rows, &mut out)?;
            std::io::Write::flush(&mut out)
        });
    };
    formats::check_fields(writer, layer, path)?;
    // Where the main file was there, its replacement was agreed to, and its parts go with it.
    let was_there = path.exists();
    let may_write = |part: &Path| match part == path || was_there {
        true => guard.beside(part),
        false => guard.beside(part).and_then(|()| Guard::replaces_ours(part)),
    };
    formats::write(writer, &LayerRows::new(layer, rows, &crs), path, &may_write, progress)
}
