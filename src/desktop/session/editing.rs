//! Editing layers: what the planner does to features becomes changes that can be taken back; files take them in when they
//! are saved.

use super::jobs::{Event, Outcome};
use super::open::Reading;
use super::saving::{losses, save_layer};
use super::scenarios::Under;
use super::{Change, Edit, EditKind, EditName, JobKind, Key, OpenLayer, Own, Session};
use crate::index::IndexedLayer;
use crate::io::geojson::{EditError, made};
use crate::io::{FileStamp, Form, ReadOptions, SaveCause, SaveError, read_layer, read_layer_bytes};
use crate::model::{Edited, Geometry, Layer, ReadAs};
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl OpenLayer {
    /// A layer just opened or made.
    pub(super) fn new(key: Key, indexed: Arc<IndexedLayer>) -> Self {
        let layer = indexed.layer();
        let path = layer.source.path.clone();
        let stamp = layer.source.stamp;
        let role = layer.guessed_role;
        let read_as = layer.source.read_as.clone();
        Self {
            key,
            reading: Reading(indexed.id()),
            role,
            is_apart: false,
            title: None,
            visible: true,
            is_editable: false,
            path,
            stamp,
            read_as,
            style: Arc::default(),
            shown: None,
            saved: None,
            under: None,
            indexed,
        }
    }

    /// A layer just read.
    pub(super) fn read(key: Key, layer: Layer) -> Self {
        Self::new(key, Arc::new(IndexedLayer::new(Arc::new(layer))))
    }

    /// True where there are edits that no file holds.
    pub fn is_unsaved(&self) -> bool {
        // What a scenario draws is the project's.
        match self.saved {
            Some(id) => id != self.own().id(),
            None => !self.own().layer().edits.is_empty(),
        }
    }

    /// True where another program wrote the layer's file since it was read or saved.
    pub fn is_overtaken(&self) -> bool {
        let now = self.path.as_deref().and_then(|path| FileStamp::of(path).ok());
        self.stamp.is_some() && now.is_some() && now != self.stamp
    }
}

impl Session {
    /// What the next undo takes back, and the next redo makes again, in order.
    pub fn history(&self) -> (impl Iterator<Item = &Change>, impl Iterator<Item = &Change>) {
        (self.history.undo.iter().rev(), self.history.redo.iter().rev())
    }

    /// The change that draws a geometry: into a layer that may be edited, else into a new one of this name.
    pub(super) fn drawing(&mut self, into: Option<Key>, geometry: &Geometry, name: &str) -> Result<Change, EditError> {
        let feature = made(geometry, &[])?;
        if let Some(layer) = into.and_then(|key| self.layer(key)).filter(|layer| layer.is_editable) {
            let (row, of) = (layer.layer().len(), layer.layer().name.clone());
            let name = EditName { kind: EditKind::Draw, of };
            return Ok(Change::Edit(Edit { layer: layer.key, rows: vec![(row, Some(feature))], name, swap: None }));
        }
        let key = self.new_key();
        let empty = Arc::new(IndexedLayer::new(Arc::new(empty_layer(name)?)));
        let indexed = Arc::new(empty.with_edits(&[(0, Some(feature))]));
        // Under a scenario what is drawn is the scenario's; the layer is empty without it.
        let under = self.scenario_on().map(|_| Under { base: empty, left: Arc::default(), dressed: None });
        let layer = OpenLayer { is_editable: true, under, ..OpenLayer::new(key, indexed) };
        Ok(Change::InsertLayer(0, Box::new(layer)))
    }

    /// Writes a layer's file as the layer is now. A file that another program wrote since is only written `over` it.
    pub(super) fn start_saving(&mut self, key: Key, path: PathBuf, over: bool, is_told: bool) {
        if let Err(e) = self.may_write(Own::Layer(key), &path, Form::Layer) {
            return self.report(Event::SaveFailed(key, e));
        }
        let Some(layer) = self.layer(key) else { return };
        let (indexed, stamp, reading) = (Arc::clone(layer.own()), layer.stamp, layer.reading);
        let known = layer.path.as_deref() == Some(&path);
        self.journal.saving(reading, indexed.id(), &path);
        self.spawn(JobKind::Exporting(crate::io::file_name(&path)), move |progress, tell| {
            if known && !over && FileStamp::of(&path).is_ok_and(|now| Some(now) != stamp) {
                let file = path.display().to_string();
                return tell(Event::SaveFailed(key, SaveError { file, cause: SaveCause::ChangedOnDisk }).into());
            }
            let losses = if is_told { Vec::new() } else { losses(indexed.layer(), &path) };
            if !losses.is_empty() {
                let file = path.display().to_string();
                return tell(Event::SaveFailed(key, SaveError { file, cause: SaveCause::Loses(losses) }).into());
            }
            match save_layer(indexed.layer(), &path, progress) {
                Ok(()) => {
                    let stamp = FileStamp::of(&path).ok();
                    let id = indexed.id();
                    tell(Outcome::then(move |session| {
                        session.note_saved(reading, &path, id, stamp);
                        Some(Event::Saved(key, path))
                    }));
                }
                Err(e) => tell(Event::SaveFailed(key, e).into()),
            }
        });
    }
}

impl Session {
    /// Reads a layer's file as it is now.
    pub(super) fn start_reloading(&mut self, key: Key) {
        let Some(open) = self.layer(key) else { return };
        let Some(path) = self.place_of_layer(key) else { return };
        let names = open.layer().attributes.column_names().clone();
        let options = self.read.with(&open.read_as);
        let dressing = self.dressing();
        self.spawn(JobKind::Reading(crate::io::file_name(&path)), move |progress, tell| {
            match read_layer(&path, &options, progress) {
                Ok(layer) => {
                    let layer = layer.with_column_names(names);
                    let looked = dressing.look(std::iter::once(&layer), progress);
                    tell(Outcome::done(move |session| {
                        session.with_looked(looked, |session| session.take_reloaded(key, layer));
                    }));
                }
                Err(e) => tell(Event::of_reading(e).into()),
            }
        });
    }

    /// Puts what a layer's file holds now in the place of what was open; that can be taken back.
    pub(super) fn take_reloaded(&mut self, key: Key, mut layer: Layer) {
        layer.guessed_role = self.guess_of(&layer);
        let Some(open) = self.layer(key) else { return };
        let (role, is_apart, visible, is_editable) = (open.role, open.is_apart, open.visible, open.is_editable);
        let (style, title) = (Arc::clone(&open.style), open.title.clone());
        let read = OpenLayer::read(key, layer);
        let layer = OpenLayer { role, is_apart, title, visible, is_editable, style, ..read };
        self.change(Change::Replace(Box::new(layer)));
    }

    /// Open layers, and those that undoing or redoing would bring back.
    fn kept_layers_mut(&mut self) -> impl Iterator<Item = &mut OpenLayer> {
        let kept = self.history.undo.iter_mut().chain(&mut self.history.redo).filter_map(|change| match change {
            Change::InsertLayer(_, layer) | Change::Replace(layer) => Some(&mut **layer),
            _ => None,
        });
        self.layers.iter_mut().chain(kept)
    }

    /// A state of a layer was written to this file, which then looked like this; the layer may have been taken out, or its
    /// file read anew, since that began.
    pub(super) fn note_saved(&mut self, reading: Reading, path: &Path, id: u64, stamp: Option<FileStamp>) {
        let mut is_converted = false;
        for layer in self.kept_layers_mut().filter(|layer| layer.reading == reading) {
            (layer.path, layer.stamp, layer.saved) = (Some(path.to_owned()), stamp, Some(id));
            is_converted |= layer.layer().reprojected;
        }
        self.note_written(path, is_converted);
        self.journal.saved(reading, id, stamp);
    }

    /// A layer was written to this file: what was named of the file is so no more, in whatever layer it is kept.
    pub(super) fn note_written(&mut self, path: &Path, is_converted: bool) {
        let now = self.read.of_saved();
        for layer in self.kept_layers_mut().filter(|layer| layer.path.as_deref() == Some(path)) {
            if crate::io::formats::writer_of(path).is_some() {
                // Such a file says all of it itself.
                layer.read_as = ReadAs::default();
                continue;
            }
            layer.read_as.encoding.clone_from(&now.encoding);
            if is_converted {
                layer.read_as.crs.clone_from(&now.crs);
            }
        }
    }

    /// Puts a layer that comes with edits into the journal, or tells it that one it knows is back.
    pub(super) fn note_inserted(&mut self, layer: &OpenLayer) {
        let is_known = self.journal.open(layer.reading, true);
        if !is_known && layer.is_unsaved() {
            let rows = layer.own().layer().edits.iter().map(|(row, edited)| (row, Some(edited.clone()))).collect();
            let name = EditName { kind: EditKind::Draw, of: layer.layer().name.clone() };
            let edit = Edit { layer: layer.key, rows, name, swap: None };
            self.journal.edit(&edit, layer);
        }
    }

    /// Adds a layer with edits of an ended session, to be saved. That is no step: taking it back would lose them again.
    pub(super) fn add_recovered(&mut self, indexed: IndexedLayer) -> Key {
        let key = self.new_key();
        self.insert_edited(OpenLayer { is_editable: true, ..OpenLayer::new(key, Arc::new(indexed)) }).0
    }

    /// Adds a layer that was worked out, to be edited and saved.
    pub(super) fn add_made(&mut self, layer: Layer) -> Key {
        let (empty, layer) = (empty_layer(&layer.name), Arc::new(layer));
        // As edits of an empty layer, so that the journal has them.
        let feature = |row: usize| (row, Some(Edited::Feature(Arc::clone(&layer), row as u32)));
        let changes: Vec<_> = (0..layer.len()).map(feature).collect();
        let empty = empty.map(|mut empty| {
            empty.guessed_role = layer.guessed_role;
            IndexedLayer::new(Arc::new(empty))
        });
        let indexed = empty.map_or_else(|_| IndexedLayer::new(layer), |empty| empty.with_edits(&changes));
        let key = self.new_key();
        let (key, back) = self.insert_edited(OpenLayer { is_editable: true, ..OpenLayer::new(key, Arc::new(indexed)) });
        if let Some(back) = back {
            self.step(back);
        }
        key
    }
}

/// A layer without features.
pub(super) fn empty_layer(name: &str) -> Result<Layer, EditError> {
    let name_json = serde_json::Value::from(name);
    let text = format!("{{\"type\":\"FeatureCollection\",\"name\":{name_json},\"features\":[]}}\n");
    let mut layer = read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default())
        .map_err(|e| EditError::NotAFeature(e.to_string()))?;
    // That it is empty is no fault of one just made.
    layer.problems = Arc::default();
    Ok(layer)
}
