//! Two versions of a layer of areas: what land was lost, gained, or given another function; which units vanished, are new, or
//! were only renamed; whether the three promises are kept (面积不减少、功能不降低、性质不改变).
//!
//! Land is that of the unions: what several units of one version cover counts once. Pieces too thin or small are slivers,
//! counted apart.

use super::answer::is_area;
use super::overlay::{Contour, Operation, Plane, Polygons, overlay, polygons_area_m2};
use super::quality::{Qualities, fallen};
use super::slivers::Sifted;
use super::{AskError, FEATURES_AT_ONCE, provenance};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, OutGeometry, SEPARATOR, free_names, push_head, push_tail};
use crate::model::Layer;
use crate::progress::Progress;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// A change of land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LandChange {
    /// 调出: in the old version and not in the new.
    Lost,
    /// 调入: in the new version and not in the old.
    Gained,
    /// In both, under another function.
    Function,
    /// In both, and no longer core.
    Downgraded,
}

impl LandChange {
    /// Its name in the plans' words.
    pub fn term(self) -> &'static str {
        match self {
            Self::Lost => "调出",
            Self::Gained => "调入",
            Self::Function => "功能改变",
            Self::Downgraded => "性质降低",
        }
    }
}

/// A piece of changed land: a part of a row of the old version (lost) or of the new one.
#[derive(Clone, Debug)]
pub struct AuditPiece {
    /// What became of it.
    pub change: LandChange,
    /// The row, in the old version where it is lost, else in the new.
    pub row: usize,
    /// Its ground.
    pub polygons: Polygons,
    /// Its area; m².
    pub area_m2: f64,
    /// True where nobody knows one of the values that say so.
    pub is_doubtful: bool,
}

/// Whether the promises are kept; `None` where that cannot be judged (未判定).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// 面积不减少: the new version has no less land.
    pub area: Option<bool>,
    /// 功能不降低: no land lost its main function, or fell in rank.
    pub function: Option<bool>,
    /// 性质不改变: no land is core no longer.
    pub nature: Option<bool>,
}

/// Why a promise could not be judged although nothing that was compared breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unjudged {
    /// The old version has no land.
    NothingBefore,
    /// The new version has none.
    NothingAfter,
    /// The versions have no land in common.
    NothingCommon,
    /// So many features of the old version have no area.
    LeftOutBefore(usize),
    /// Of the new version.
    LeftOutAfter(usize),
}

/// One unit in both versions, by its key.
#[derive(Clone, Debug, Serialize)]
pub struct AuditUnit {
    /// Its key.
    pub key: String,
    /// Its land before and after; m².
    pub before_m2: f64,
    /// After.
    pub after_m2: f64,
    /// The key that it has in the other version, where only that changed.
    pub renamed: Option<String>,
}

/// What two versions differ in.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// Features of both versions.
    pub features_in: usize,
    /// Land of the old version and of the new; m².
    pub before_m2: f64,
    /// Of the new.
    pub after_m2: f64,
    /// Land lost; m².
    pub lost_m2: f64,
    /// Land gained; m².
    pub gained_m2: f64,
    /// Land under another function; m².
    pub changed_m2: f64,
    /// Land that is core no longer; m².
    pub downgraded_m2: f64,
    /// Keys that only the old version has.
    pub units_lost: Vec<String>,
    /// Keys that only the new one has.
    pub units_new: Vec<String>,
    /// The promises.
    pub kept: Kept,
    /// Why one of them could not be judged.
    #[serde(skip)]
    pub unjudged: Vec<Unjudged>,
    /// Pieces too thin or small.
    pub slivers: usize,
    /// Their ground among what was lost; m². Before, less what is lost and this, more what is gained and the next, is after.
    pub slivers_lost_m2: f64,
    /// Among what was gained; m².
    pub slivers_gained_m2: f64,
    /// Features that are no usable areas.
    pub left_out: usize,
    /// The units.
    pub units: Vec<AuditUnit>,
    /// The land that changed.
    #[serde(skip)]
    pub pieces: Vec<AuditPiece>,
}

/// What an audit goes by.
#[derive(Clone, Debug, Default)]
pub struct AuditBy {
    /// The column that names a unit, where there are units.
    pub key: Option<String>,
    /// The column of its function, where there is one.
    pub function: Option<String>,
    /// What is known of it.
    pub functions: Option<Arc<Qualities>>,
    /// Which rows are core, where that is known.
    pub cores: Option<Arc<Qualities>>,
}

/// Less land than this is rounding, m²; a share of the whole as well.
const ROUNDING_M2: f64 = 1.0;

/// Holds a new version of a layer against an old one.
///
/// Cost: logarithmic in the layers, and what overlaps.
///
/// # Errors
/// [`AskError::NoColumn`] where a version lacks the key; cancelled.
pub fn audit(
    before: &IndexedLayer,
    after: &IndexedLayer,
    by: &AuditBy,
    progress: &Progress,
) -> Result<Audit, AskError> {
    for (layer, key) in [before, after].iter().zip(by.key.iter().cycle()) {
        if layer.layer().attributes.column(key).is_none() && !layer.layer().is_empty() {
            return Err(AskError::NoColumn(key.clone()));
        }
    }
    let lost = pieces(before, LandChange::Lost, progress, |row| ground(before, row, &[(after, &|_| true)]))?;
    let gained = pieces(after, LandChange::Gained, progress, |row| ground(after, row, &[(before, &|_| true)]))?;
    let fallen = |change: LandChange, qualities: &Option<Arc<Qualities>>| -> Result<Found, AskError> {
        let Some(of) = qualities else { return Ok(Found::default()) };
        let mut found = pieces(after, change, progress, |row| fallen(before, after, row, of, true))?;
        let mut open = pieces(after, change, progress, |row| fallen(before, after, row, of, false))?;
        open.pieces.iter_mut().for_each(|piece| piece.is_doubtful = true);
        found.pieces.append(&mut open.pieces);
        found.slivers += open.slivers;
        Ok(found)
    };
    let changed = fallen(LandChange::Function, &by.functions)?;
    let nature = fallen(LandChange::Downgraded, &by.cores)?;

    let sum = |pieces: &Found| pieces.pieces.iter().filter(|p| !p.is_doubtful).fold(0.0, |sum, p| sum + p.area_m2);
    let (lost_m2, gained_m2) = (sum(&lost), sum(&gained));
    let own_m2 = |layer: &IndexedLayer| -> f64 {
        let rows: Vec<usize> = layer.rows().filter(|row| is_area(layer.layer(), *row)).collect();
        let own: Vec<f64> = rows.into_par_iter().map(|row| polygons_area_m2(&ground(layer, row, &[]))).collect();
        own.into_iter().fold(0.0, |sum, m2| sum + m2)
    };
    let (before_m2, after_m2) = (own_m2(before), own_m2(after));
    let (units, units_lost, units_new) = units(before, after, by);
    let [left_before, left_after] = [before, after].map(|l| l.feature_count() - areas(l).count());
    let common_m2 = before_m2 - lost_m2 - lost.slivers_m2;
    let unjudged = unjudged([before_m2, after_m2, common_m2], [left_before, left_after]);
    // Of what lies nowhere nobody knows what became; what was not compared is not kept.
    let kept_by = |found: &Found, qualities: &Option<Arc<Qualities>>| match qualities {
        None => None,
        Some(_) if found.pieces.iter().any(|piece| !piece.is_doubtful) => Some(false),
        Some(_) => (found.pieces.is_empty() && unjudged.is_empty()).then_some(true),
    };
    let is_compared = before_m2 > 0.0 && (common_m2 > ROUNDING_M2 || after_m2 == 0.0);
    let area = match after_m2 + ROUNDING_M2 >= before_m2 {
        // What has no area may have been more land, or be more of it.
        true => (is_compared && left_before == 0).then_some(true),
        false => (left_after == 0).then_some(false),
    };
    let kept = Kept { area, function: kept_by(&changed, &by.functions), nature: kept_by(&nature, &by.cores) };
    Ok(Audit {
        features_in: before.feature_count() + after.feature_count(),
        before_m2,
        after_m2,
        lost_m2,
        gained_m2,
        changed_m2: sum(&changed),
        downgraded_m2: sum(&nature),
        units_lost,
        units_new,
        kept,
        unjudged,
        slivers: [&lost, &gained, &changed, &nature].iter().map(|found| found.slivers).sum(),
        slivers_lost_m2: lost.slivers_m2,
        slivers_gained_m2: gained.slivers_m2,
        left_out: left_before + left_after,
        units,
        pieces: [lost.pieces, gained.pieces, changed.pieces, nature.pieces].concat(),
    })
}

/// What stands in the way of a promise, of versions with so much land, so much in common, and so many features without area.
fn unjudged([before_m2, after_m2, common_m2]: [f64; 3], [left_before, left_after]: [usize; 2]) -> Vec<Unjudged> {
    let mut why = Vec::new();
    match (before_m2 > 0.0, after_m2 > 0.0) {
        (false, _) => why.push(Unjudged::NothingBefore),
        (true, false) => why.push(Unjudged::NothingAfter),
        (true, true) if common_m2 <= ROUNDING_M2 => why.push(Unjudged::NothingCommon),
        (true, true) => {}
    }
    why.extend((left_before > 0).then_some(Unjudged::LeftOutBefore(left_before)));
    why.extend((left_after > 0).then_some(Unjudged::LeftOutAfter(left_after)));
    why
}

fn areas(layer: &IndexedLayer) -> impl Iterator<Item = usize> + '_ {
    layer.rows().filter(|row| is_area(layer.layer(), *row))
}

/// Pieces of one kind, and how many were slivers.
#[derive(Default)]
struct Found {
    pieces: Vec<AuditPiece>,
    slivers: usize,
    /// Their ground, rounding along shared borders included; m².
    slivers_m2: f64,
}

fn pieces(
    layer: &IndexedLayer,
    change: LandChange,
    progress: &Progress,
    ground: impl Fn(usize) -> Polygons + Sync,
) -> Result<Found, AskError> {
    let rows: Vec<usize> = areas(layer).collect();
    let of_rows: Vec<(usize, Polygons)> = rows
        .into_par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(0)?;
            Ok((row, ground(row)))
        })
        .collect::<Result<_, AskError>>()?;
    let mut found = Found { pieces: Vec::new(), slivers: 0, slivers_m2: 0.0 };
    for (row, polygons) in of_rows {
        let Sifted { polygons, area_m2, slivers, thin_m2 } = Sifted::new(polygons);
        found.slivers_m2 += thin_m2;
        found.slivers += slivers.len();
        if !polygons.is_empty() {
            found.pieces.push(AuditPiece { change, row, polygons, area_m2, is_doubtful: false });
        }
    }
    Ok(found)
}

/// A row's ground that no row before it covers, and none of those `others` name.
fn ground(layer: &IndexedLayer, row: usize, others: &[(&IndexedLayer, &dyn Fn(usize) -> bool)]) -> Polygons {
    let bounds = layer.layer().geometries.bounds(row);
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    let contours = |indexed: &IndexedLayer, is_meant: &dyn Fn(usize) -> bool| -> Vec<Contour> {
        let mut contours = Vec::new();
        let near = indexed.rows_in(&bounds).into_iter().filter(|r| is_meant(*r) && is_area(indexed.layer(), *r));
        near.for_each(|r| plane.row(indexed.layer(), r, &window, &mut contours));
        contours
    };
    let mut own = Vec::new();
    plane.row(layer.layer(), row, &window, &mut own);
    let mut taken = contours(layer, &|r| r < row);
    others.iter().for_each(|(indexed, is_meant)| taken.extend(contours(indexed, *is_meant)));
    match taken.is_empty() {
        true => plane.overlay(&own, &[], Operation::Union),
        false => plane.overlay(&own, &taken, Operation::Difference),
    }
}

/// A row's ground that no row before it covers and that rows of the other version cover for which `is_meant` holds.
fn common(
    layer: &IndexedLayer,
    row: usize,
    other: &IndexedLayer,
    is_meant: &(impl Fn(usize, usize) -> bool + Sync),
) -> Polygons {
    let bounds = layer.layer().geometries.bounds(row);
    let meant: Vec<usize> =
        other.rows_in(&bounds).into_iter().filter(|old| is_area(other.layer(), *old) && is_meant(row, *old)).collect();
    if meant.is_empty() {
        return Vec::new();
    }
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    let (mut own, mut earlier, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    plane.row(layer.layer(), row, &window, &mut own);
    let before = layer.rows_in(&bounds).into_iter().filter(|r| *r < row && is_area(layer.layer(), *r));
    before.for_each(|r| plane.row(layer.layer(), r, &window, &mut earlier));
    meant.iter().for_each(|old| plane.row(other.layer(), *old, &window, &mut theirs));
    if !earlier.is_empty() {
        own = overlay(&own, &earlier, Operation::Difference).concat();
    }
    plane.overlay(&own, &theirs, Operation::Intersection)
}

/// The units of both versions; keys that only one has, but for those whose land another unit has now.
fn units(before: &IndexedLayer, after: &IndexedLayer, by: &AuditBy) -> (Vec<AuditUnit>, Vec<String>, Vec<String>) {
    let Some(key) = &by.key else { return (Vec::new(), Vec::new(), Vec::new()) };
    let by_key = |layer: &IndexedLayer| -> BTreeMap<String, Vec<usize>> {
        let mut units: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for row in areas(layer) {
            let key = layer.layer().attributes.get(row, key).display().into_owned();
            units.entry(key).or_default().push(row);
        }
        units
    };
    let (old, new) = (by_key(before), by_key(after));
    let area = |layer: &IndexedLayer, rows: Option<&Vec<usize>>| -> f64 {
        let rows = rows.into_iter().flatten();
        rows.fold(0.0, |sum, row| sum + super::overlay::row_area_m2(layer.layer(), *row))
    };
    // A unit whose key is gone, and whose land lies for the most part in one whose key is new.
    let renamed = |rows: &[usize], layer: &IndexedLayer, other: &IndexedLayer, keys: &BTreeMap<String, Vec<usize>>| {
        let own_m2: f64 = rows.iter().map(|row| super::overlay::row_area_m2(layer.layer(), *row)).sum();
        keys.iter().find_map(|(key, theirs)| {
            let is_theirs = |_: usize, r: usize| theirs.contains(&r);
            let shared: f64 = rows.iter().map(|row| polygons_area_m2(&common(layer, *row, other, &is_theirs))).sum();
            let their_m2 = area(other, Some(theirs));
            (shared > 0.5 * own_m2 && shared > 0.5 * their_m2).then(|| key.clone())
        })
    };
    let only = |a: &BTreeMap<String, Vec<usize>>, b: &BTreeMap<String, Vec<usize>>| -> BTreeMap<String, Vec<usize>> {
        a.iter().filter(|(key, _)| !b.contains_key(*key)).map(|(key, rows)| (key.clone(), rows.clone())).collect()
    };
    let (only_old, only_new) = (only(&old, &new), only(&new, &old));
    let (mut units, mut lost, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let renamed = match (only_old.get(key), only_new.get(key)) {
            (Some(rows), _) => renamed(rows, before, after, &only_new),
            (_, Some(rows)) => renamed(rows, after, before, &only_old),
            _ => None,
        };
        if renamed.is_none() {
            lost.extend(only_old.contains_key(key).then(|| key.clone()));
            added.extend(only_new.contains_key(key).then(|| key.clone()));
        }
        let (before_m2, after_m2) = (area(before, old.get(key)), area(after, new.get(key)));
        units.push(AuditUnit { key: key.clone(), before_m2, after_m2, renamed });
    }
    (units, lost, added)
}

impl Audit {
    /// Writes the land that changed: each piece with the properties of its unit, what became of it and its area.
    ///
    /// # Errors
    /// Where it cannot be written, or an input's file cannot be read or is no longer what it was.
    pub fn write_geojson(
        &self,
        before: &IndexedLayer,
        after: &IndexedLayer,
        by: &AuditBy,
        time: &str,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        let stated = serde_json::json!({
            "rule": "audit",
            "clause": null,
            "parameters": {"key": by.key, "function": by.function},
            "inputs": [provenance::input("before", before)?, provenance::input("after", after)?],
            "summary": self,
            "engine": crate::ENGINE,
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
        });
        let mut text = Vec::new();
        push_head(&mut text, "audit", &stated);
        for (i, piece) in self.pieces.iter().enumerate() {
            if i > 0 {
                text.extend_from_slice(SEPARATOR);
            }
            let layer: &Layer = if piece.change == LandChange::Lost { before.layer() } else { after.layer() };
            let names = free_names(Some(layer), &["change", "area_m2"]);
            let mut writer = FeatureWriter { layer, other: None, names: &names, texts: &[], out: Vec::new() };
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            let values = [Added::Word(piece.change.term()), super::answer::area(piece.area_m2)];
            // One unit may have several pieces: its id is the unit's, not theirs.
            let id = format!("\"{}-{}\"", piece.change.term(), i + 1);
            writer.feature(piece.row, Some(&id), &values, &geometry)?;
            text.append(&mut writer.out);
        }
        push_tail(&mut text, self.pieces.is_empty());
        out.write_all(&text)
    }
}
