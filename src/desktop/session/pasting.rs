//! Features copied from a layer or an answer, or from another program, put into a layer: GeoJSON on the clipboard.

use super::jobs::Event;
use super::{Change, Edit, EditKind, EditName, Key, Session};
use crate::i18n::{Said, count, tr};
use crate::io::geojson::{read_feature, write_anew};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Edited, Layer};
use crate::progress::Progress;
use crate::rules::scenario::MOST_CHANGES;
use std::collections::HashSet;
use std::sync::Arc;

/// Features that are copied at most, and the longest text that is pasted; bytes. More is for files.
pub const MOST_COPIED: usize = 5_000;
const MOST_BYTES: usize = 32 << 20;

/// Features of a layer as a GeoJSON text, in longitude and latitude.
///
/// # Errors
/// Where what was left in the layer's file cannot be read back.
pub fn copied(layer: &Layer, rows: &[usize]) -> std::io::Result<String> {
    let mut text = Vec::new();
    write_anew(layer, rows, &mut text)?;
    String::from_utf8(text).map_err(|e| std::io::Error::other(e.to_string()))
}

/// The features of a text; an id that the layer has already is left out.
fn features_of(text: &str, into: Option<&Layer>) -> Option<Vec<Edited>> {
    let read = read_layer_bytes(text.as_bytes(), "clipboard", &ReadOptions::default(), &Progress::default()).ok()?;
    let known: HashSet<String> =
        into.into_iter().flat_map(|layer| layer.rows().filter_map(|row| layer.id_text(row))).collect();
    let read = Arc::new(read);
    let feature = |row: usize| match read.id_text(row).is_some_and(|id| known.contains(&id)) {
        false => Some(Edited::Feature(Arc::clone(&read), row as u32)),
        true => {
            let text = copied(&read, &[row]).ok()?;
            let mut json: serde_json::Value = serde_json::from_str(&text).ok()?;
            let mut feature = json.get_mut("features")?.get_mut(0)?.take();
            feature.as_object_mut()?.remove("id");
            read_feature(feature.to_string().into_bytes()).ok()
        }
    };
    let features: Vec<Edited> = read.rows().filter_map(feature).collect();
    (!features.is_empty()).then_some(features)
}

impl Session {
    /// Puts the features of a text into a layer that may be edited, else into a new one of this name: one step. Text that is no
    /// GeoJSON is told.
    pub(super) fn paste(&mut self, into: Option<Key>, text: &str, name: &str) {
        let layer = into.and_then(|key| self.layer(key)).filter(|layer| layer.is_editable);
        let told = |key: &'static str| Event::Told(Said::of(key));
        if text.len() > MOST_BYTES {
            return self.report(told("paste.too_large"));
        }
        let Some(features) = features_of(text, layer.map(|layer| layer.layer())) else {
            return self.report(told("paste.nothing"));
        };
        let Some(layer) = layer else { return self.paste_apart(text, name) };
        if !self.has_room_for(layer, features.len()) {
            let said = |lang| tr!(lang, "scenario.too_many", n = count(MOST_CHANGES)).into_owned();
            return self.report(Event::Told(Said::told(said)));
        }
        let (key, first, of) = (layer.key, layer.layer().len(), layer.layer().name.clone());
        let rows = features.into_iter().enumerate().map(|(i, feature)| (first + i, Some(feature))).collect();
        let name = EditName { kind: EditKind::Paste, of };
        self.change(Change::Edit(Edit { layer: key, rows, name, swap: None }));
    }

    fn paste_apart(&mut self, text: &str, name: &str) {
        let read = read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default());
        let Ok(mut layer) = read else { return };
        // What it is a copy of has the role.
        (layer.name, layer.guessed_role) = (name.to_owned(), None);
        let key = self.add_made(layer);
        self.report(Event::LayerAdded(key));
    }
}
