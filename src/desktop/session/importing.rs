//! Files that leave something open: which of their layers are wanted, where they lie, how they are written. They are looked into
//! before they are read, and what a person says about them goes along with each layer.

use super::contents::{self};
use super::jobs::{Event, Outcome};
use super::members::is_folder;
use super::opening::{Opened, prepare_all};
use super::project::Project;
use super::{JobKind, Session};
use crate::io::formats::{Examined, examine};
use crate::io::{ReadCause, ReadError, ReadOptions, file_name};
use crate::model::ReadAs;
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What has to be said of a file before it is read; `None` where nothing has.
///
/// # Errors
/// [`ReadError`]: it cannot be read whatever is said.
pub(super) fn undecided(
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Option<Examined>, ReadError> {
    // A layer that was named by its path is decided.
    if is_folder(path) || options.layer.is_some() || !path.exists() {
        return Ok(None);
    }
    Ok(examine(path, options, progress)?.filter(Examined::is_undecided))
}

/// What has to be said of a file of a folder that could not be read; `None` where that is another matter.
pub(super) fn undecided_in(
    folder: &Path,
    e: &ReadError,
    options: &ReadOptions,
    progress: &Progress,
) -> Option<Examined> {
    let is_placeless = matches!(e.cause, ReadCause::OutOfRange { .. } | ReadCause::Crs(_));
    let path = folder.join(e.file.split('/').next()?);
    let examined = (is_placeless && path.exists()).then(|| examine(&path, options, progress))?;
    examined.ok().flatten()
}

impl Session {
    /// Looks into a file once more, as somebody says it is to be read.
    pub(super) fn start_examining(&mut self, path: PathBuf, read_as: &ReadAs) {
        let options = self.read.with(read_as);
        self.spawn(JobKind::Reading(file_name(&path)), move |progress, tell| {
            match examine(&path, &options, progress) {
                Ok(Some(examined)) => tell(Event::Undecided(Arc::new(examined)).into()),
                Ok(None) => {}
                Err(e) => tell(Event::of_reading(e).into()),
            }
        });
    }

    /// Reads layers of files as somebody said, and adds them.
    pub(super) fn start_importing(&mut self, layers: Vec<(PathBuf, ReadAs)>) {
        let Some((first, _)) = layers.first() else { return };
        let title = if layers.len() > 1 { format!("{} …", file_name(first)) } else { file_name(first) };
        let read = self.read.clone();
        let open: Vec<_> = self.layers.iter().map(|layer| Arc::clone(&layer.indexed)).collect();
        let vocabulary = Arc::clone(&self.rules.vocabulary);
        self.spawn(JobKind::Reading(title), move |progress, tell| {
            for (path, read_as) in layers {
                let project = Project::default();
                let read = contents::read(&path, &project, &read.with(&read_as), &vocabulary, progress);
                for e in read.failed {
                    let is_stopped = e.cause == ReadCause::Cancelled;
                    tell(Event::of_reading(e).into());
                    if is_stopped {
                        return;
                    }
                }
                let layers = prepare_all(read.layers, &open, &[]);
                let opened = Opened { layers, contents: read.contents, folder: None };
                tell(Outcome::then(|session| session.take_opened(opened)));
            }
        });
    }
}
