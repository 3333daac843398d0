//! What lies in a zone: every layer's features by role, counted, measured and classed; people; how far the nearest
//! shoreline, source zone, red line, park and sensitive site are.

use super::answer::is_area;
use super::engine::{By, Kind, RowWork, rows_by};
use super::overlay::{Contour, Operation, Plane, overlay, polygons_area_m2, row_area_m2};
use super::{AskError, provenance};
use crate::geodesy::{LonLat, LonLatBox, distance_m, path_length_m};
use crate::index::{IndexedLayer, contains, nearest_feature};
use crate::io::geojson::{Added, FeatureWriter, OutGeometry, SEPARATOR, push_head, push_tail};
use crate::model::{Layer, Role, Shape};
use crate::progress::Progress;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// How much of a role's features lies in a zone; nothing of points. Features of a role may be drawn as areas and as lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Inside {
    /// Of areas: the ground that they cover together, m²; `None` where the role has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<f64>,
    /// Of lines: metres; `None` where the role has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
}

/// What a zone has of one role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleInside {
    /// Features that meet the zone; touching is meeting.
    pub count: usize,
    /// How much of them lies in it.
    #[serde(flatten)]
    pub inside: Inside,
    /// The values of the role's class column with the number of features that have them.
    pub by: BTreeMap<String, usize>,
    /// Features that could not be used.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What lies in a zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Geodesic area of the zone, m²; where its parts overlap, once.
    pub area_m2: f64,
    /// Length of its borders, metres.
    pub perimeter_m: f64,
    /// People of the homes in it, by the share of each home's ground; `None` where no layer of homes says how many, or
    /// where those of a home in it cannot be read.
    pub people: Option<f64>,
    /// Homes in it whose people cannot be read.
    #[serde(skip_serializing_if = "is_zero")]
    pub people_unread: usize,
    /// By role.
    pub layers: BTreeMap<&'static str, RoleInside>,
    /// Metres to the nearest feature of roles that matter everywhere; 0 where one meets the zone.
    pub distances_m: BTreeMap<&'static str, f64>,
    /// Rows of the layers that meet the zone: the number of the layer, and the row.
    #[serde(skip)]
    pub met: Vec<(usize, usize)>,
}

impl Inspection {
    /// Writes the zone with what was found, then every feature that meets it, as it is written in its file.
    ///
    /// # Errors
    /// Where it cannot be written, or an input's file cannot be read or is no longer what it was.
    pub fn write_geojson(
        &self,
        zone: &IndexedLayer,
        layers: &[(Role, Arc<IndexedLayer>)],
        time: &str,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        let mut inputs = vec![provenance::input("zone", zone)?];
        for (role, indexed) in layers {
            inputs.push(provenance::input(role.id(), indexed)?);
        }
        let stated = serde_json::json!({
            "question": {"kind": "inspect"},
            "inputs": inputs,
            "summary": self,
            "engine": crate::ENGINE,
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
        });
        let mut text = Vec::new();
        push_head(&mut text, "inspect", &stated);
        out.write_all(&text)?;
        let names = [Cow::Borrowed("role")];
        let mut is_first = true;
        let met = self.met.iter().map(|(which, row)| (layers[*which].0.id(), &*layers[*which].1, *row));
        for (role, indexed, row) in zone.rows().map(|row| ("zone", zone, row)).chain(met) {
            let mut writer =
                FeatureWriter { layer: indexed.layer(), other: None, names: &names, texts: &[], out: Vec::new() };
            if !std::mem::take(&mut is_first) {
                writer.out.extend_from_slice(SEPARATOR);
            }
            writer.feature(row, None, &[Added::Word(role)], &OutGeometry::Unchanged)?;
            out.write_all(&writer.out)?;
        }
        text.clear();
        push_tail(&mut text, is_first);
        out.write_all(&text)
    }
}

/// Roles whose nearest feature is told.
const FAR: [Role; 5] = [Role::Shoreline, Role::WaterSourceZone, Role::RedLine, Role::Park, Role::SensitiveSite];

/// Inspects a zone: all usable areas of a layer together.
///
/// Layers of one role are read together. Cost: logarithmic in the layers, and what meets the zone.
///
/// # Errors
/// [`AskError::NoReference`] where the zone has no area; cancelled.
pub fn inspect(
    zone: &IndexedLayer,
    layers: &[(Role, Arc<IndexedLayer>)],
    progress: &Progress,
) -> Result<Inspection, AskError> {
    let zone_layer = zone.layer();
    let zone_rows: Vec<usize> = zone.rows().filter(|row| is_area(zone_layer, *row)).collect();
    if zone_rows.is_empty() {
        return Err(AskError::NoReference);
    }
    let bounds = zone_rows.iter().fold(LonLatBox::EMPTY, |all, row| all.union(zone_layer.geometries.bounds(*row)));
    let plane = Plane::about(&bounds);
    let mut contours = Vec::new();
    zone_rows.iter().for_each(|row| plane.row(zone_layer, *row, &bounds, &mut contours));
    let ground = if zone_rows.len() > 1 {
        polygons_area_m2(&plane.overlay(&contours, &[], Operation::Union))
    } else {
        row_area_m2(zone_layer, zone_rows[0])
    };
    let perimeter_m = zone_rows.iter().flat_map(|row| zone_layer.geometries.paths(*row)).map(path_length_m).sum();

    let mut found = Inspection {
        area_m2: ground,
        perimeter_m,
        people: None,
        people_unread: 0,
        layers: BTreeMap::new(),
        distances_m: BTreeMap::new(),
        met: Vec::new(),
    };
    for role in Role::ALL {
        let of_role: Vec<usize> = (0..layers.len()).filter(|i| layers[*i].0 == *role).collect();
        if of_role.is_empty() {
            continue;
        }
        let together: Vec<&IndexedLayer> = of_role.iter().map(|i| &*layers[*i].1).collect();
        let mut rows: Vec<(usize, usize)> = Vec::new();
        for (which, indexed) in together.iter().enumerate() {
            progress.advance(0)?;
            let near = indexed.rows_in(&bounds);
            let meets = |row: &usize| nearest_feature(indexed.layer(), *row, zone, 0.0).is_some();
            let met: Vec<usize> = near.into_par_iter().filter(meets).collect();
            rows.extend(met.into_iter().map(|row| (which, row)));
        }
        let pieces = pieces(&together, &rows, zone, progress)?;
        let mut by = BTreeMap::new();
        for (which, row) in &rows {
            let layer = together[*which].layer();
            if let Some(class) = role.class_column().and_then(|name| layer.attributes.column(name)) {
                *by.entry(layer.attributes.value(*row, class).display().into_owned()).or_insert(0) += 1;
            }
        }
        if *role == Role::Residential {
            let says = |indexed: &&IndexedLayer| {
                let layer = indexed.layer();
                layer.is_empty() || layer.attributes.column("population").is_some()
            };
            let mut people = together.iter().any(says).then_some(0.0);
            // What only touches the zone has nobody in it.
            for ((which, row), piece) in rows.iter().zip(&pieces).filter(|(_, piece)| piece.share > 1e-9) {
                let layer = together[*which].layer();
                let column = layer.attributes.column("population");
                match column.and_then(|column| super::gaps::count_of(layer, *row, column)) {
                    Some(own) => people = people.map(|sum: f64| sum + own * piece.share),
                    None => found.people_unread += 1,
                }
            }
            found.people = people.filter(|_| found.people_unread == 0);
        }
        let inside = inside_of(&together, &pieces);
        let unusable = |l: &&IndexedLayer| {
            let layer = l.layer();
            // Most layers have none, which is seen in a fraction of the time.
            if layer.unusable.iter().filter(|is_so| **is_so).count() == 0 {
                return 0;
            }
            layer.unusable.iter().enumerate().filter(|(row, is_so)| **is_so && !layer.is_gone(*row)).count()
        };
        let left_out = together.iter().map(unusable).sum();
        found.layers.insert(role.id(), RoleInside { count: rows.len(), inside, by, left_out });
        found.met.extend(rows.iter().map(|(which, row)| (of_role[*which], *row)));
        if FAR.contains(role) {
            let nearest = |indexed: &&IndexedLayer| {
                let of_rows =
                    zone_rows.iter().filter_map(|row| nearest_feature(zone_layer, *row, indexed, f64::INFINITY));
                of_rows.map(|n| n.distance_m).min_by(f64::total_cmp)
            };
            if let Some(distance_m) = together.iter().filter_map(nearest).min_by(f64::total_cmp) {
                found.distances_m.insert(role.id(), distance_m);
            }
        }
    }
    Ok(found)
}

/// How much of layers lies in a zone, as [`inspect`] says it of one role; nothing is counted or classed on the way.
///
/// Cost: logarithmic in the layers, and what meets the zone's box.
///
/// # Errors
/// As [`inspect`].
pub fn measured_inside(
    zone: &IndexedLayer,
    layers: &[Arc<IndexedLayer>],
    progress: &Progress,
) -> Result<Inside, AskError> {
    let geometries = &zone.layer().geometries;
    let areas = zone.rows().filter(|row| is_area(zone.layer(), *row));
    let bounds = areas.fold(LonLatBox::EMPTY, |all, row| all.union(geometries.bounds(row)));
    if bounds.is_empty() {
        return Err(AskError::NoReference);
    }
    let together: Vec<&IndexedLayer> = layers.iter().map(|layer| &**layer).collect();
    let of = |(which, indexed): (usize, &&IndexedLayer)| -> Vec<(usize, usize)> {
        indexed.rows_in(&bounds).into_iter().map(|row| (which, row)).collect()
    };
    let rows: Vec<(usize, usize)> = together.iter().enumerate().flat_map(of).collect();
    let pieces = pieces(&together, &rows, zone, progress)?;
    Ok(inside_of(&together, &pieces))
}

/// What of features, each by the number of its layer and its row, lies in the zone; on all cores.
fn pieces(
    together: &[&IndexedLayer],
    rows: &[(usize, usize)],
    zone: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<Piece>, AskError> {
    if !rows.is_empty() {
        // Before the rows are parted among the cores.
        zone.build_edges();
        zone.build_features();
        together.iter().for_each(|indexed| indexed.build_features());
    }
    let of = |(which, row): &(usize, usize)| -> Result<Piece, AskError> {
        progress.advance(0)?;
        Ok(piece(together, *which, *row, zone))
    };
    rows.par_iter().with_max_len(super::FEATURES_AT_ONCE).map(of).collect()
}

/// What pieces of layers come to, of each shape that any of them has.
fn inside_of(together: &[&IndexedLayer], pieces: &[Piece]) -> Inside {
    let has = |shape: Shape| together.iter().any(|layer| layer.layer().kinds.iter().any(|kind| kind.shape() == shape));
    let sum = |of: fn(&Piece) -> f64| pieces.iter().map(of).sum::<f64>();
    Inside {
        area_m2: has(Shape::Polygons).then(|| sum(|piece| piece.added_m2)),
        length_m: has(Shape::Lines).then(|| sum(|piece| piece.length_m)),
    }
}

/// The ground that the areas of layers cover, counted once; m². Added up in the order of rows: whoever works when, the last
/// digit is the same.
///
/// # Errors
/// Cancelled; what the engine says.
pub fn union_area_m2(layers: &[Arc<IndexedLayer>], by: By<'_>) -> Result<f64, AskError> {
    let mut all_m2 = 0.0;
    for (which, indexed) in layers.iter().enumerate() {
        let rows: Vec<usize> = indexed.rows().filter(|row| is_area(indexed.layer(), *row)).collect();
        let work = RowWork::new(Kind::Ground, indexed, layers[..which].iter().map(|earlier| &**earlier));
        all_m2 += rows_by(by, &work, &rows)?.areas_m2()?.into_iter().sum::<f64>();
    }
    Ok(all_m2)
}

/// Of each of some areas the ground that no row before it covers, nor any layer before; m².
///
/// # Errors
/// Cancelled.
pub(super) fn grounds_m2(
    subject: &IndexedLayer,
    before: &[&IndexedLayer],
    rows: &[usize],
    progress: &Progress,
) -> Result<Vec<f64>, AskError> {
    let together: Vec<&IndexedLayer> = before.iter().copied().chain([subject]).collect();
    together.iter().for_each(|indexed| indexed.build_features());
    let of = |row: &usize| {
        progress.advance(0)?;
        Ok(own_ground_m2(&together, before.len(), *row))
    };
    rows.par_iter().with_max_len(super::FEATURES_AT_ONCE).map(of).collect()
}

/// An area's ground that no feature before it covers; m².
fn own_ground_m2(together: &[&IndexedLayer], which: usize, row: usize) -> f64 {
    let layer = together[which].layer();
    let bounds = layer.geometries.bounds(row);
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    let mut earlier = Vec::new();
    for (other, indexed) in together[..=which].iter().enumerate() {
        let before = |r: &usize| (other < which || *r < row) && is_area(indexed.layer(), *r);
        let rows = indexed.rows_in(&bounds).into_iter().filter(before);
        rows.for_each(|r| plane.row(indexed.layer(), r, &window, &mut earlier));
    }
    if earlier.is_empty() {
        return row_area_m2(layer, row);
    }
    let mut own = Vec::new();
    plane.row(layer, row, &window, &mut own);
    polygons_area_m2(&plane.overlay(&own, &earlier, Operation::Difference))
}

/// What of a feature lies in the zone.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    /// Ground that no feature before it covers.
    added_m2: f64,
    /// The share of its own ground.
    share: f64,
    length_m: f64,
}

fn piece(together: &[&IndexedLayer], which: usize, row: usize, zone: &IndexedLayer) -> Piece {
    let layer = together[which].layer();
    match layer.geometries.kind(row).map(|kind| kind.shape()) {
        Some(Shape::Polygons) => ground(together, which, row, zone),
        Some(Shape::Lines) => {
            let length_m = layer.geometries.paths(row).map(|path| length_inside_m(path, zone)).sum();
            Piece { length_m, ..Piece::default() }
        }
        Some(Shape::Points) | None => Piece::default(),
    }
}

/// An area's ground in the zone; what features before it cover there is theirs.
fn ground(together: &[&IndexedLayer], which: usize, row: usize, zone: &IndexedLayer) -> Piece {
    let layer = together[which].layer();
    let bounds = layer.geometries.bounds(row);
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    let contours_of = |layer: &Layer, rows: &mut dyn Iterator<Item = usize>| -> Vec<Contour> {
        let mut contours = Vec::new();
        rows.filter(|row| is_area(layer, *row)).for_each(|row| plane.row(layer, row, &window, &mut contours));
        contours
    };
    let own = || {
        let mut own = Vec::new();
        plane.row(layer, row, &window, &mut own);
        own
    };
    let own_m2 = row_area_m2(layer, row);
    let mut is_at_border = false;
    zone.runs_in(&window, |_, _| is_at_border = true);
    // What of it lies in the zone; none where that is all of it.
    let (inside, inside_m2) = if is_at_border {
        let zones = contours_of(zone.layer(), &mut zone.rows_in(&bounds).into_iter());
        let inside = overlay(&own(), &zones, Operation::Intersection);
        let inside_m2 = polygons_area_m2(&plane.positions(&inside));
        (Some(inside.concat()), inside_m2)
    } else {
        // No border comes near: all of its ground lies in the zone, or none.
        match layer.geometries.positions_of(row).first() {
            Some(first) if zone.polygon_at(*first).is_some() => (None, own_m2),
            _ => return Piece::default(),
        }
    };
    let mut earlier = Vec::new();
    if inside.as_ref().is_none_or(|inside| !inside.is_empty()) {
        for (other, indexed) in together[..=which].iter().enumerate() {
            let before = |r: &usize| other < which || *r < row;
            earlier.extend(contours_of(indexed.layer(), &mut indexed.rows_in(&bounds).into_iter().filter(before)));
        }
    }
    let added_m2 = if earlier.is_empty() {
        inside_m2
    } else {
        polygons_area_m2(&plane.overlay(&inside.unwrap_or_else(own), &earlier, Operation::Difference))
    };
    Piece { added_m2, share: if own_m2 > 0.0 { (inside_m2 / own_m2).min(1.0) } else { 0.0 }, length_m: 0.0 }
}

/// The length of a path's stretches in the zone; an edge is straight in longitude and latitude.
fn length_inside_m(path: &[LonLat], zone: &IndexedLayer) -> f64 {
    length_in_m(path, zone, None)
}

/// The length of a path's stretches in one row of a layer of areas.
pub(super) fn length_in_row_m(path: &[LonLat], zone: &IndexedLayer, row: usize) -> f64 {
    length_in_m(path, zone, Some(row))
}

fn length_in_m(path: &[LonLat], zone: &IndexedLayer, only: Option<usize>) -> f64 {
    let is_inside = |p: LonLat| match only {
        None => zone.polygon_at(p).is_some(),
        Some(row) => contains(zone.layer(), row, p),
    };
    let mut inside_m = 0.0;
    let mut cuts = Vec::new();
    for edge in path.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        let at = |t: f64| LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t);
        cuts.clear();
        cuts.extend([0.0, 1.0]);
        zone.runs_in(&LonLatBox::of(edge), |run, _| {
            if only.is_none_or(|row| run.row as usize == row) {
                cuts.extend(run.of(zone.layer()).windows(2).filter_map(|border| crossing(a, b, border[0], border[1])));
            }
        });
        cuts.sort_unstable_by(f64::total_cmp);
        for stretch in cuts.windows(2).filter(|stretch| stretch[1] > stretch[0]) {
            if is_inside(at((stretch[0] + stretch[1]) / 2.0)) {
                inside_m += distance_m(at(stretch[0]), at(stretch[1]));
            }
        }
    }
    inside_m
}

/// Where along `a`–`b`, from 0 to 1, the line of another edge crosses it.
fn crossing(a: LonLat, b: LonLat, c: LonLat, d: LonLat) -> Option<f64> {
    let (rx, ry) = (b.lon - a.lon, b.lat - a.lat);
    let (sx, sy) = (d.lon - c.lon, d.lat - c.lat);
    let across = rx * sy - ry * sx;
    let (x, y) = (c.lon - a.lon, c.lat - a.lat);
    let (t, u) = ((x * sy - y * sx) / across, (x * ry - y * rx) / across);
    (across != 0.0 && (0.0..=1.0).contains(&t) && (-1e-9..=1.0 + 1e-9).contains(&u)).then_some(t)
}
