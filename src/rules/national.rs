//! A layer of a national database as layers by role: its columns under the names of rules, its features by their codes.

use super::input::{RoleLayers, joined_as};
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::model::{Layer, Role};
use crate::vocabulary::{NationalLayer, Vocabulary};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a layer of a national database was read as.
#[derive(Debug)]
pub struct AsNational {
    /// Its parts by role.
    pub layers: RoleLayers,
    /// How it was read, for people.
    pub told: String,
    /// Features of codes that have no role.
    pub others: usize,
}

/// The national layer that a layer is, by its own name or its file's.
pub fn national_of<'a>(layer: &Layer, vocabulary: &'a Vocabulary) -> Option<&'a NationalLayer> {
    let stem = layer.source.file_name.split('.').next().unwrap_or_default();
    vocabulary.layers().iter().find(|known| known.is_named(stem) || known.is_named(&layer.name))
}

/// A layer of a national database by its roles; `None` where it is none. What it is read as is a guess that is said.
///
/// # Errors
/// Where the layer's file cannot be read any more.
pub fn as_national(
    indexed: &Arc<IndexedLayer>,
    vocabulary: &Vocabulary,
    lang: Lang,
) -> std::io::Result<Option<AsNational>> {
    let layer = indexed.layer();
    let Some(known) = national_of(layer, vocabulary) else { return Ok(None) };
    let called = |role: Role, n: usize| format!("{} {n}", role.title(lang));
    let file = &layer.source.file_name;
    if let Some(role) = known.role {
        let names = merged(layer, known.column_names(None, &layer.attributes));
        let one = Arc::new(indexed.with_column_names(names));
        let what = called(role, layer.feature_count());
        let told = tr!(lang, "national.read_as", file = file, what = what).into_owned();
        return Ok(Some(AsNational { layers: vec![(role, one)], told, others: 0 }));
    }
    let Some(column) = known.code_column(&layer.attributes) else { return Ok(None) };
    let mut rows: BTreeMap<Role, Vec<usize>> = BTreeMap::new();
    let mut others = 0;
    for row in layer.rows() {
        match known.part_of(&layer.attributes.value(row, column).display()) {
            Some(part) => rows.entry(part.role).or_default().push(row),
            None => others += 1,
        }
    }
    let (mut layers, mut what) = (RoleLayers::new(), Vec::new());
    for (role, rows) in rows {
        what.push(called(role, rows.len()));
        let part = known.parts.iter().find(|part| part.role == role);
        let names = merged(layer, known.column_names(part, &layer.attributes));
        let own = Arc::new(IndexedLayer::of_rows(Arc::clone(layer), rows).with_column_names(names));
        layers.push((role, Arc::new(joined_as(role, &own, &layer.source)?)));
    }
    if others > 0 {
        what.push(tr!(lang, "national.others", n = others).into_owned());
    }
    let what = what.join(if lang == Lang::Zh { "、" } else { ", " });
    let told = tr!(lang, "national.read_as", file = file, what = what).into_owned();
    Ok(Some(AsNational { layers, told, others }))
}

/// Names of columns with those that planners gave: theirs stand.
fn merged(layer: &Layer, mut names: BTreeMap<String, String>) -> BTreeMap<String, String> {
    names.extend(layer.attributes.column_names().iter().map(|(name, own)| (name.clone(), own.clone())));
    names
}
