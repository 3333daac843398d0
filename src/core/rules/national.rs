//! A layer of a national database as layers by role: its columns under the names of rules, its features by their codes.

use super::input::{RoleLayers, joined_as};
use super::told::first_names;
use crate::i18n::{Lang, between, tr};
use crate::index::IndexedLayer;
use crate::model::{Layer, Role, Source, Unplaced};
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

/// The national layer that a layer is, by its own name or its file's: the database's name of it, or its Chinese one where
/// it has the database's columns too.
pub fn national_of<'a>(layer: &Layer, vocabulary: &'a Vocabulary) -> Option<&'a NationalLayer> {
    let names = [stem_of(layer), layer.name.as_str()];
    let is_named = |known: &&NationalLayer| names.iter().any(|name| known.is_named(name));
    let is_titled = |known: &&NationalLayer| names.iter().any(|name| known.is_titled(name, &layer.attributes));
    vocabulary.layers().iter().find(is_named).or_else(|| vocabulary.layers().iter().find(is_titled))
}

fn stem_of(layer: &Layer) -> &str {
    layer.source.file_name.split('.').next().unwrap_or_default()
}

/// The role of all of a national layer, or of an earlier version of it where its name says that it is one.
fn whole_role(layer: &Layer, role: Role) -> Role {
    match (role, Role::guess(stem_of(layer), &layer.name, &layer.attributes, None)) {
        (Role::RedLine, Some(Role::RedLineBefore)) => Role::RedLineBefore,
        _ => role,
    }
}

/// True where a layer is one of a national database that means another role than a guess from names, or several.
pub fn is_national_otherwise(layer: &Layer, guess: Role, vocabulary: &Vocabulary) -> bool {
    let known = national_of(layer, vocabulary);
    known.is_some_and(|known| known.role.map(|role| whole_role(layer, role)) != Some(guess))
}

/// A layer whose role is known, with the columns of the national databases that stand for what rules call otherwise
/// (HXMC for the name of a red line); the same where it has none of them.
pub fn named_as_national(role: Role, indexed: &Arc<IndexedLayer>, vocabulary: &Vocabulary) -> Arc<IndexedLayer> {
    let layer = indexed.layer();
    let whole = if role == Role::RedLineBefore { Role::RedLine } else { role };
    let mut names = layer.attributes.column_names().clone();
    let before = names.len();
    for known in vocabulary.layers() {
        let part = known.parts.iter().find(|part| part.role == whole);
        if known.role != Some(whole) && part.is_none() {
            continue;
        }
        for (name, own) in known.column_names(part, &layer.attributes) {
            names.entry(name).or_insert(own);
        }
    }
    match names.len() == before {
        true => Arc::clone(indexed),
        false => Arc::new(indexed.with_column_names(names)),
    }
}

/// A layer of a national database by its roles; `None` where it is none. What it is read as is a guess that is said.
pub fn as_national(indexed: &Arc<IndexedLayer>, vocabulary: &Vocabulary, lang: Lang) -> Option<AsNational> {
    let layer = indexed.layer();
    let known = national_of(layer, vocabulary)?;
    let called = |role: Role, n: usize| format!("{} {n}", role.title(lang));
    let file = &layer.source.file_name;
    if let Some(role) = known.role {
        let role = whole_role(layer, role);
        let names = merged(layer, known.column_names(None, &layer.attributes));
        let one = Arc::new(indexed.with_column_names(names));
        let what = called(role, layer.feature_count());
        let told = tr!(lang, "national.read_as", file = file, what = what).into_owned();
        return Some(AsNational { layers: vec![(role, one)], told, others: 0 });
    }
    let column = known.code_column(&layer.attributes)?;
    let mut rows: BTreeMap<Role, Vec<usize>> = BTreeMap::new();
    let mut unplaced = Unplaced { column: layer.attributes.names()[column].to_string(), codes: BTreeMap::new() };
    for row in layer.rows() {
        let code = layer.attributes.value(row, column).display().into_owned();
        let parts = known.parts_of(&code);
        parts.iter().for_each(|part| rows.entry(part.role).or_default().push(row));
        if parts.is_empty() {
            *unplaced.codes.entry(code).or_default() += 1;
        }
    }
    let others = unplaced.features();
    let unplaced = (others > 0).then(|| Arc::new(unplaced));
    // Every rule that reads a part of it says what of the file is in none.
    let source = Source { unplaced: unplaced.clone(), ..layer.source.clone() };
    let (mut layers, mut what) = (RoleLayers::new(), Vec::new());
    for (role, rows) in rows {
        what.push(called(role, rows.len()));
        let part = known.parts.iter().find(|part| part.role == role);
        let names = merged(layer, known.column_names(part, &layer.attributes));
        let own = Arc::new(IndexedLayer::of_rows(Arc::clone(layer), rows).with_column_names(names));
        layers.push((role, Arc::new(joined_as(role, &own, &source))));
    }
    if let Some(unplaced) = unplaced {
        let codes = codes_text(&unplaced, lang);
        what.push(tr!(lang, "national.others", n = others, codes = codes).into_owned());
    }
    let what = what.join(between(lang));
    let told = tr!(lang, "national.read_as", file = file, what = what).into_owned();
    Some(AsNational { layers, told, others })
}

/// The first codes that have no role, those without one as —.
pub(super) fn codes_text(unplaced: &Unplaced, lang: Lang) -> String {
    let code = |code: &String| if code.is_empty() { "—".to_owned() } else { code.clone() };
    first_names(&unplaced.codes.keys().map(code).collect::<Vec<_>>(), lang)
}

/// Names of columns with those that planners gave: theirs stand.
fn merged(layer: &Layer, mut names: BTreeMap<String, String>) -> BTreeMap<String, String> {
    names.extend(layer.attributes.column_names().iter().map(|(name, own)| (name.clone(), own.clone())));
    names
}
