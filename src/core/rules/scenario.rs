//! Scenarios (方案): named sets of drawn changes over the features of layers, as a project's file keeps them. A feature is
//! named by what it is known by ([`Identities`]), never by its row, so that a file written anew keeps its scenario.

use super::Identities;
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{EditError, geometry_json, read_features, saved_text};
use crate::io::short_hash;
use crate::model::{Edited, FileStamp, Layer};
use crate::progress::{Cancelled, Progress};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Features of one layer that a scenario may change: more are another version of the layer, and no drawing.
pub const MOST_CHANGES: usize = 20_000;

/// Names that are told; more are counted.
const NAMED: usize = 6;

/// A scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What it is called; no two of a project alike.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What it changes, layer by layer.
    #[serde(default)]
    pub layers: Vec<DrawnLayer>,
}

/// What a scenario changes in a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnLayer {
    /// The layer's file, as the project names it.
    pub file: String,
    /// The layer of it, where it holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The file's size and time when the changes were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<FileStamp>,
    /// The changes: of features of the file first.
    #[serde(default)]
    pub changes: Vec<DrawnChange>,
}

/// A feature that a scenario adds, changes or takes out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnChange {
    /// What it is known by in its layer; none of one that is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Which of those it is that are alike in everything, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub nth: usize,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A hash of its geometry and properties before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The feature as it is in the scenario (GeoJSON, longitude and latitude); none where it is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
}

fn is_first(nth: &usize) -> bool {
    *nth == 0
}

impl DrawnChange {
    /// What people call it, or what it is known by.
    fn called(&self) -> String {
        let known = || self.of.clone().unwrap_or_default();
        if self.name.is_empty() { known() } else { self.name.clone() }
    }
}

/// What must be said where a scenario is put over a layer that is not as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// The layer's file.
    pub file: String,
    /// True where the file is of another size.
    pub is_other_file: bool,
    /// Features that are not there any more: their changes are left out, and kept in the scenario.
    pub missing: Vec<String>,
    /// Features that were changed in the file since: the scenario's stand in their places.
    pub differing: Vec<String>,
    /// Changes whose features cannot be read; left out, and kept.
    pub unreadable: Vec<String>,
}

impl Doubts {
    /// True where there is nothing to say.
    pub fn is_empty(&self) -> bool {
        !self.is_other_file && self.missing.is_empty() && self.differing.is_empty() && self.unreadable.is_empty()
    }

    /// What there is to say, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let names = |all: &[String]| {
            let more = all.len().saturating_sub(NAMED);
            let mut names: Vec<String> = all.iter().take(NAMED).cloned().collect();
            if more > 0 {
                names.push(tr!(lang, "recovery.more", n = count(more)).into_owned());
            }
            names.join(between(lang))
        };
        let mut said = vec![match self.is_other_file {
            true => tr!(lang, "scenario.other_file", file = self.file).into_owned(),
            false => tr!(lang, "scenario.of_file", file = self.file).into_owned(),
        }];
        let all = [
            ("scenario.missing", &self.missing),
            ("scenario.differing", &self.differing),
            ("scenario.unreadable", &self.unreadable),
        ];
        for (key, of) in all.into_iter().filter(|(_, of)| !of.is_empty()) {
            said.push(tr!(lang, key, n = count(of.len()), names = names(of)).into_owned());
        }
        if self.missing.is_empty() && self.differing.is_empty() && self.unreadable.is_empty() {
            said.push(tr!(lang, "scenario.fits").into_owned());
        }
        said.join(if lang == Lang::Zh { "" } else { " " })
    }
}

/// Changes put to the rows of a layer.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// Rows in their states, for [`IndexedLayer::with_edits`]; those added stand behind the last.
    pub rows: Vec<(usize, Option<Edited>)>,
    /// Changes that could not be put to a row: the scenario keeps them.
    pub left: Vec<DrawnChange>,
    /// What must be said.
    pub doubts: Doubts,
}

/// A hash of what a feature is, whatever format its file has.
fn fingerprint(layer: &Layer, row: usize) -> String {
    let geometry = layer.geometries.geometry(row).map(|geometry| geometry_json(&geometry).to_string());
    let names = layer.attributes.names();
    let cells: BTreeMap<&str, String> = layer
        .attributes
        .columns_of(row)
        .into_iter()
        .map(|column| (&*names[column], layer.attributes.value(row, column).display().into_owned()))
        .collect();
    short_hash(format!("{}{cells:?}", geometry.unwrap_or_default()).as_bytes())
}

/// A place as a key: features alike in everything lie in one.
fn place(layer: &Layer, row: usize) -> [u64; 4] {
    let bounds = layer.geometries.bounds(row);
    [bounds.min.lon, bounds.min.lat, bounds.max.lon, bounds.max.lat].map(f64::to_bits)
}

/// What rows are known by, each with which of those it is that are alike in everything.
fn named(base: &Arc<IndexedLayer>, rows: &[usize]) -> Vec<(String, usize)> {
    let (identities, layer) = (Identities::of(base), base.layer());
    let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
    let nameless = rows.iter().filter(|row| identities.own_name(**row).is_none());
    let places: BTreeSet<[u64; 4]> = nameless.map(|row| place(layer, *row)).collect();
    if !places.is_empty() {
        for row in layer.rows().filter(|row| places.contains(&place(layer, *row))) {
            alike.entry(identities.subject(row)).or_default().push(row);
        }
    }
    let of = |row: &usize| {
        let subject = identities.subject(*row);
        let nth = alike.get(&subject).and_then(|rows| rows.iter().position(|own| own == row));
        (subject, nth.unwrap_or(0))
    };
    rows.iter().map(of).collect()
}

/// What a state of a layer changes of the one below it. Cost: the rows of the layer, where one of its features is changed.
///
/// # Errors
/// [`EditError`]: a feature's bytes cannot be read back from its file.
pub fn changes_of(base: &Arc<IndexedLayer>, state: &IndexedLayer) -> Result<Vec<DrawnChange>, EditError> {
    let (below, layer) = (base.layer(), state.layer());
    let is_there = |row: usize| row < below.len() && !below.is_gone(row);
    let changed = layer.edits.since(&below.edits).into_iter();
    let (own, added): (Vec<usize>, Vec<usize>) =
        changed.filter(|row| is_there(*row) || !layer.is_gone(*row)).partition(|row| is_there(*row));
    let text = |row: usize| -> Result<Option<String>, EditError> {
        if layer.is_gone(row) {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&saved_text(layer, row)?).into_owned()))
    };
    let known = if own.is_empty() { Vec::new() } else { named(base, &own) };
    let mut changes = Vec::with_capacity(own.len() + added.len());
    for (row, (of, nth)) in own.into_iter().zip(known) {
        changes.push(DrawnChange {
            of: Some(of),
            nth,
            name: below.label(row),
            was: Some(fingerprint(below, row)),
            feature: text(row)?,
        });
    }
    for row in added {
        changes.push(DrawnChange { feature: text(row)?, ..DrawnChange::default() });
    }
    Ok(changes)
}

/// The rows that subjects stand for. Cost: the rows of the layer; twice where some are known by their geometry alone.
fn rows_known_by<'c>(
    base: &Arc<IndexedLayer>,
    wanted: &BTreeSet<&'c str>,
    progress: &Progress,
) -> Result<HashMap<&'c str, Vec<usize>>, Cancelled> {
    let (identities, layer) = (Identities::of(base), base.layer());
    let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut nameless = Vec::new();
    for (n, row) in layer.rows().enumerate() {
        if n % 4_096 == 0 {
            progress.advance(0)?;
        }
        match identities.own_name(row) {
            Some(name) => {
                if let Some(wanted) = wanted.get(&*name) {
                    found.entry(wanted).or_default().push(row);
                }
            }
            None => nameless.push(row),
        }
    }
    if found.len() == wanted.len() {
        return Ok(found);
    }
    for (n, row) in nameless.into_iter().enumerate() {
        if n % 4_096 == 0 {
            progress.advance(0)?;
        }
        if let Some(wanted) = wanted.get(&*identities.subject(row)) {
            found.entry(wanted).or_default().push(row);
        }
    }
    Ok(found)
}

/// Features of texts, each by itself where one of them is none.
fn read_each(texts: &[&str]) -> Vec<Option<Edited>> {
    match read_features(texts) {
        Ok(read) => read.into_iter().map(Some).collect(),
        Err(_) if texts.len() < 2 => texts.iter().map(|_| None).collect(),
        Err(_) => {
            let (one, other) = texts.split_at(texts.len() / 2);
            let mut all = read_each(one);
            all.extend(read_each(other));
            all
        }
    }
}

/// Puts the changes of a scenario to the rows of a layer as it is now.
///
/// # Errors
/// Where it was stopped.
pub fn resolved(base: &Arc<IndexedLayer>, drawn: &DrawnLayer, progress: &Progress) -> Result<Resolved, Cancelled> {
    let layer = base.layer();
    let mut doubts = Doubts { file: layer.source.file_name.clone(), ..Doubts::default() };
    let now = layer.source.stamp;
    doubts.is_other_file = matches!((drawn.stamp, now), (Some(then), Some(now)) if then.bytes != now.bytes);
    // One object a text, so that none of them passes for a part of another.
    let is_object =
        |text: &str| text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let texts: Vec<&str> = drawn.changes.iter().filter_map(|c| c.feature.as_deref()).filter(|t| is_object(t)).collect();
    let mut features = if texts.is_empty() { Vec::new() } else { read_each(&texts) }.into_iter();
    let wanted: BTreeSet<&str> = drawn.changes.iter().filter_map(|change| change.of.as_deref()).collect();
    let known = if wanted.is_empty() { HashMap::new() } else { rows_known_by(base, &wanted, progress)? };
    let mut resolved = Resolved::default();
    let (mut taken, mut next) = (BTreeSet::new(), layer.len());
    for change in &drawn.changes {
        let feature = change.feature.as_deref().map(|text| match is_object(text) {
            true => features.next().flatten(),
            false => None,
        });
        let row = match &change.of {
            None => Some(next),
            Some(of) => known.get(&**of).and_then(|rows| rows.get(change.nth)).copied(),
        };
        let is_odd = matches!(feature, Some(None)) || (change.of.is_none() && feature.is_none());
        let Some(row) = row.filter(|row| !is_odd && !taken.contains(row)) else {
            if is_odd { &mut doubts.unreadable } else { &mut doubts.missing }.push(change.called());
            resolved.left.push(change.clone());
            continue;
        };
        if change.of.is_none() {
            next += 1;
        } else if drawn.stamp != now && change.was.as_ref().is_some_and(|was| *was != fingerprint(layer, row)) {
            doubts.differing.push(change.called());
        }
        taken.insert(row);
        resolved.rows.push((row, Some(feature.flatten().unwrap_or(Edited::Gone))));
    }
    resolved.rows.sort_by_key(|(row, _)| *row);
    resolved.doubts = doubts;
    Ok(resolved)
}

/// The changes of a state over one base, put over another base of the same layer: by rows, which a layer keeps for as long as
/// it is open; rows that the other base lacks go behind its last.
pub fn carried(base: &Layer, state: &Layer, to: &Layer) -> Vec<(usize, Option<Edited>)> {
    let mut next = to.len();
    let mut rows = Vec::new();
    for row in state.edits.since(&base.edits) {
        let edited = state.edits.get(row).cloned();
        let was_there = row < base.len() && !base.is_gone(row);
        if was_there && !to.is_gone(row) {
            rows.push((row, edited));
        } else if !was_there && matches!(edited, Some(Edited::Feature(..))) {
            rows.push((next, edited));
            next += 1;
        }
    }
    rows
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
