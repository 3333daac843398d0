//! A layer into a file of another format: all its parts together, or none.

use super::{FormatError, LayerRows, Loss, Output, RowSource, WRITERS, WriteFormat, WriteSeek};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, count, tr};
use crate::io::disk::File;
use crate::io::{SaveCause, SaveError, Together, file_name};
use crate::model::Layer;
use crate::progress::Progress;
use std::path::{Path, PathBuf};

/// The writer for the ending of a path; `None` for GeoJSON and for what is not written.
pub fn writer_of(path: &Path) -> Option<&'static dyn WriteFormat> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    WRITERS.iter().find(|(endings, _)| endings.contains(&&*ending)).map(|(_, writer)| *writer)
}

/// Whether a layer has no more fields than a format holds.
///
/// # Errors
/// [`SaveError`] with both numbers.
pub fn check_fields(writer: &dyn WriteFormat, layer: &Layer, path: &Path) -> Result<(), SaveError> {
    let (fields, most) = (layer.attributes.names().len(), writer.most_fields());
    if fields <= most {
        return Ok(());
    }
    let (n, most) = (count(fields), count(most));
    let said = Said::told(|lang| tr!(lang, "format.many_fields", n = n, most = most).into_owned());
    Err(SaveError { file: path.display().to_string(), cause: SaveCause::Format(said) })
}

/// What would be lost or changed by writing rows of a layer to a path; nothing where its format is GeoJSON.
pub fn losses(layer: &Layer, rows: &[usize], crs: &Crs, path: &Path) -> Vec<Loss> {
    writer_of(path).map_or_else(Vec::new, |writer| writer.losses(&LayerRows::new(layer, rows, crs)))
}

/// Writes rows of a layer to a path, in the format of its ending and a coordinate system. `may_write` decides about each file that a
/// format writes beside it (`roads.dbf`).
///
/// # Errors
/// [`SaveError`]; nothing is written then.
pub fn write(
    writer: &dyn WriteFormat,
    rows: &LayerRows<'_>,
    path: &Path,
    may_write: &dyn Fn(&Path) -> Result<(), SaveError>,
    progress: &Progress,
) -> Result<(), SaveError> {
    let fail = |cause| SaveError { file: path.display().to_string(), cause };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder is not made on the way: its name may be misspelt.
    std::fs::metadata(folder).map_err(|e| fail(e.into()))?;
    let mut files = Files { together: Together::begin(folder)?, names: Vec::new(), failed: None };
    progress.start(rows.len() as u64);
    let written = writer.write(rows, &file_name(path), &mut files, progress);
    if let Some(e) = files.failed {
        return Err(e);
    }
    written.map_err(|e| match e {
        FormatError::Refused { said, .. } => fail(SaveCause::Format(said)),
        FormatError::System(text) => fail(SaveCause::System(text)),
        other => fail(SaveCause::System(other.to_string())),
    })?;
    files.names.iter().try_for_each(|name| may_write(&folder.join(name)))?;
    files.together.commit()
}

/// The files of a format in a temporary place.
struct Files {
    together: Together,
    names: Vec<String>,
    failed: Option<SaveError>,
}

impl Files {
    fn place(&mut self, name: &str) -> Result<PathBuf, SaveError> {
        if !self.names.iter().any(|own| own == name) {
            self.names.push(name.to_owned());
        }
        self.together.place(name)
    }
}

impl Output for Files {
    fn create(&mut self, name: &str) -> std::io::Result<Box<dyn WriteSeek + '_>> {
        let place = self.place(name).map_err(|e| std::io::Error::other(e.to_string()))?;
        // Writers hold what they write back themselves, and flush it: a second buffer would lose what it holds without a word
        // when it is dropped.
        Ok(Box::new(File::create(&place)?))
    }

    fn path(&mut self, name: &str) -> PathBuf {
        self.place(name).unwrap_or_else(|e| {
            self.failed = Some(e);
            PathBuf::from(name)
        })
    }
}
