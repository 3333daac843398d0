//! Files that leave something open: which of their layers are wanted, where they lie, how they are written. They are looked into
//! before they are read, and what a person says about them goes along with each layer.

use super::contents::{self, Depth, Failed};
use super::copies::is_mere_table;
use super::jobs::{Event, Outcome};
use super::members::is_folder;
use super::opening::{Opened, prepare_all};
use super::project::Project;
use super::{JobKind, Session};
use crate::geodesy::crs::is_in_china;
use crate::io::formats::{Examined, ExaminedLayer, examine};
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

/// True for a layer of cells that may be longitude and latitude as a web map shows them, and for one of a drawing, of which nothing
/// says where it lies: looking into its file tells more.
fn may_lie_elsewhere(one: &contents::ReadLayer<'_>) -> bool {
    let layer = &one.layer;
    let is_named = layer.declared_crs.is_some() || layer.source.read_as.crs.is_some();
    let is_in_china = !layer.bounds.is_empty() && is_in_china(layer.bounds.center());
    let is_drawing = one.path.extension().is_some_and(|e| ["dxf", "dwg"].iter().any(|own| e.eq_ignore_ascii_case(own)));
    !is_named && (is_drawing || is_in_china && is_mere_table(&one.path))
}

/// What has to be said of files of a folder, a file each: layers that could not be read because nobody knows where they lie, and
/// tables of longitude and latitude, whose numbers do not tell whether a web map shifted them. Takes them out of what was read.
pub(super) fn undecided_of(
    read: &mut contents::Read<'_>,
    is_folder: bool,
    options: &ReadOptions,
    progress: &Progress,
) -> Vec<Examined> {
    let mut asked: Vec<(PathBuf, Vec<Option<String>>)> = Vec::new();
    let mut ask = |path: &Path, layer: Option<String>| match asked.iter_mut().find(|(known, _)| known == path) {
        Some((_, layers)) => layers.push(layer),
        None => asked.push((path.to_owned(), vec![layer])),
    };
    let (placeless, failed) = std::mem::take(&mut read.failed)
        .into_iter()
        .partition(|failed: &Failed| failed.error.is_about_place() && failed.path.exists());
    read.failed = failed;
    placeless.iter().for_each(|failed: &Failed| ask(&failed.path, failed.layer.clone()));
    let is_doubtful = |one: &contents::ReadLayer<'_>| is_folder && may_lie_elsewhere(one);
    for one in read.layers.iter().filter(|one| is_doubtful(one)) {
        ask(&one.path, one.layer.source.read_as.layer.clone());
    }
    let mut examined = Vec::new();
    for (path, layers) in asked {
        let Ok(Some(mut file)) = examine(&path, options, progress) else {
            // What cannot be looked into is told as it was.
            continue;
        };
        let is_asked = |name: &String| layers.iter().any(|layer| layer.as_ref().is_none_or(|layer| layer == name));
        file.layers.retain(|layer| is_asked(&layer.info.name));
        if file.layers.iter().any(ExaminedLayer::asks_crs) {
            examined.push(file);
        }
    }
    let is_asked = |path: &Path| examined.iter().any(|file| file.path == path);
    read.failed.extend(placeless.into_iter().filter(|failed| !is_asked(&failed.path)));
    let mut taken_out = Vec::new();
    read.layers.retain(|one| {
        let is_out = is_doubtful(one) && is_asked(&one.path);
        taken_out.extend(is_out.then(|| one.layer.source.file_name.clone()));
        !is_out
    });
    read.contents.layers.retain(|taken| !taken_out.contains(&taken.file));
    read.contents.ignored.retain(|ignored| !taken_out.contains(&ignored.file));
    examined
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
        let dressing = self.dressing();
        self.spawn(JobKind::Reading(title), move |progress, tell| {
            for (path, read_as) in layers {
                let project = Project::default();
                let read = contents::read(&path, Depth::Alone, &project, &read.with(&read_as), &vocabulary, progress);
                for Failed { error: e, .. } in read.failed {
                    let is_stopped = e.cause == ReadCause::Cancelled;
                    tell(Event::of_reading(e).into());
                    if is_stopped {
                        return;
                    }
                }
                let layers = prepare_all(read.layers, &open, &[]);
                let opened = Opened { layers, contents: read.contents, folder: None, is_said: true };
                let looked = dressing.look(opened.layers.iter().map(|(layer, _)| layer), progress);
                tell(Outcome::then(|session| session.with_looked(looked, |session| session.take_opened(opened))));
            }
        });
    }
}
