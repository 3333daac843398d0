//! Which features lie within (or beyond) a distance of a reference, how far, on which side of the water.

use super::engine::{By, Kind, RowWork, rows_by};
use super::{Answer, AskError, Bank, Features, Figures, Layers, Match, Question, ROWS_AT_ONCE, Side, for_blocks};
use crate::geodesy::{LonLat, LonLatBox, side_of_line};
use crate::index::{IndexedLayer, Nearest, NearestOf, contains, nearest_feature};
use crate::model::{Layer, Role};
use crate::progress::Progress;
use crate::vocabulary::{Reading, Vocabulary};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Decides on the geodesic distance itself, good to 1 mm; the distance is included.
///
/// A match carries `distance_m`, `nearest_id`, `nearest_name` and `side`. O((n + m) log m).
pub(super) fn ask(
    distance_m: f64,
    side: Side,
    layers: &Layers,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<Answer, AskError> {
    let rows: Vec<usize> = layers.subject.rows().collect();
    let told = Arc::new(Told::of(reference, layers.water.as_deref()));
    let work = |kind: Kind| {
        let water = layers.water.as_deref().filter(|_| matches!(kind, Kind::Within { .. }));
        RowWork::new(kind, &layers.subject, [Some(reference), water].into_iter().flatten())
    };
    let mut all = rows_by(by, &work(Kind::Within { distance_m, side, told }), &rows)?.matches()?;
    if all.min_distance_m.is_none() && side == Side::Within {
        // A planner who gets no match wants to know how far off the nearest is.
        all.min_distance_m = rows_by(by, &work(Kind::Least), &rows)?.least()?;
    }
    drop(rows);
    let figures = Figures::Within { max_distance_m: all.max_distance_m, min_distance_m: all.min_distance_m };
    let columns = vec!["distance_m", "nearest_id", "nearest_name", "side"];
    let mut answer = Answer::new(Question::Within { distance_m, side }, layers, columns, figures);
    answer.summary.matched = all.matches.len();
    answer.features = Features::Matched(all.matches);
    Ok(answer)
}

/// Of some rows of the subject, in rising order, those that are asked for, in the same order.
pub(super) fn matches(
    (distance_m, side): (f64, Side),
    subject: &IndexedLayer,
    (reference, water, told): (&IndexedLayer, Option<&IndexedLayer>, &Told),
    rows: &[usize],
    progress: &Progress,
) -> Result<Matches, AskError> {
    let subject = subject.layer();
    let sides = Sides { reference, water, told };
    let is_asked =
        |nearest: Option<&Nearest>| nearest.is_some_and(|n| n.distance_m <= distance_m) == (side == Side::Within);
    // Nothing beyond the distance needs its own when only what lies within is asked for.
    let limit_m = if side == Side::Within { distance_m } else { f64::INFINITY };
    let near = NearestOf::new(reference, limit_m, rows.len());
    let visits = near.visits(subject, rows);
    let found = for_blocks(&visits, progress, |block| {
        let mut found = Matches { matches: Vec::with_capacity(block.len()), ..Matches::default() };
        for visit in block {
            let (row, nearest) = (visit.row(), near.to_visit(subject, visit));
            found.see(nearest.as_ref());
            if is_asked(nearest.as_ref()) {
                let at = visit.alone().or_else(|| first_position(subject, row));
                found.take(row, nearest.as_ref(), at.zip(nearest).map_or(Bank::Unknown, |(p, n)| sides.of(p, &n)));
            }
        }
        found
    })?;
    let of_all = |of: fn(&Matches) -> Option<f64>, better: fn(Option<f64>, Option<f64>) -> Option<f64>| {
        found.iter().map(of).fold(None, better)
    };
    let max_distance_m = of_all(|found| found.max_distance_m, greater);
    let min_distance_m = of_all(|found| found.min_distance_m, lesser);
    // Back into the order of the rows: by row, which of the matches it has, counted from 1.
    let mut match_of = vec![0_u32; rows.last().map_or(0, |last| last + 1)];
    for (block, found) in found.iter().enumerate() {
        for (i, one) in found.matches.iter().enumerate() {
            match_of[one.row as usize] = (block * ROWS_AT_ONCE + i + 1) as u32;
        }
    }
    // Written over where a row has none, without a branch.
    let (mut order, mut count) = (vec![0_u32; found.iter().map(|found| found.matches.len()).sum::<usize>() + 1], 0);
    for of in match_of {
        order[count] = of;
        count += usize::from(of > 0);
    }
    order.truncate(count);
    let at = |of: &u32| {
        let of = *of as usize - 1;
        found[of / ROWS_AT_ONCE].matches[of % ROWS_AT_ONCE]
    };
    Ok(Matches { matches: order.par_iter().map(at).collect(), max_distance_m, min_distance_m })
}

/// What rows match, with the greatest distance of a match and the smallest of all that was measured; metres.
#[derive(Clone, Debug, Default)]
pub(super) struct Matches {
    pub(super) matches: Vec<Match>,
    pub(super) max_distance_m: Option<f64>,
    pub(super) min_distance_m: Option<f64>,
}

impl Matches {
    fn see(&mut self, nearest: Option<&Nearest>) {
        self.min_distance_m = lesser(self.min_distance_m, nearest.map(|n| n.distance_m));
    }

    fn take(&mut self, row: usize, nearest: Option<&Nearest>, bank: Bank) {
        self.max_distance_m = greater(self.max_distance_m, nearest.map(|n| n.distance_m));
        self.matches.push(Match::new(row, nearest.map(|n| (n.row, n.distance_m)), Some(bank)));
    }
}

pub(super) fn lesser(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).min_by(f64::total_cmp)
}

pub(super) fn greater(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).max_by(f64::total_cmp)
}

/// The smallest distance of some rows from the reference; metres.
pub(super) fn least(
    subject: &Layer,
    reference: &IndexedLayer,
    rows: &[usize],
    progress: &Progress,
) -> Result<Option<f64>, AskError> {
    let found = for_blocks(rows, progress, |block| {
        block.iter().fold(None, |least, row| {
            // What is further off than the least so far does not matter.
            let limit_m = least.unwrap_or(f64::INFINITY);
            lesser(least, nearest_feature(subject, *row, reference, limit_m).map(|n| n.distance_m))
        })
    })?;
    Ok(found.into_iter().fold(None, lesser))
}

fn first_position(layer: &Layer, row: usize) -> Option<LonLat> {
    layer.geometries.positions_of(row).first().copied()
}

/// What lines, and polygons of their water, say of their sides: worked out once for a question, wherever its rows are worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Of lines that say on which of their sides the water lies, whether that is the left one; `None` for a word that nobody
    /// knows.
    pub(super) said: HashMap<usize, Option<bool>>,
    /// Of other lines, the number of their water in [`Self::polygons`], where it has polygons.
    pub(super) water_of: HashMap<usize, usize>,
    /// By water: the rows of its polygons.
    pub(super) polygons: Vec<HashSet<usize>>,
}

impl Told {
    /// Of lines, and polygons of water that are called like what the lines name.
    fn of(reference: &IndexedLayer, water: Option<&IndexedLayer>) -> Self {
        let mut told = Self { said: water_sides(reference), ..Self::default() };
        let Some(water) = water else { return told };
        let name_of = |row: usize| reference.layer().attributes.get(row, "water").display().into_owned();
        let names: BTreeSet<String> = reference.rows().map(name_of).filter(|name| !name.is_empty()).collect();
        let mut of_name: BTreeMap<&str, HashSet<usize>> = BTreeMap::new();
        for row in water.rows() {
            let polygon = water.layer().attributes.get(row, "name");
            let polygon = polygon.display();
            for name in names.iter().filter(|name| polygon.contains(name.as_str())) {
                of_name.entry(name).or_default().insert(row);
            }
        }
        if !of_name.is_empty() {
            let numbers: HashMap<&str, usize> = of_name.keys().enumerate().map(|(at, name)| (*name, at)).collect();
            let number = |row: usize| numbers.get(&*name_of(row)).map(|at| (row, *at));
            told.water_of = reference.rows().filter_map(number).collect();
            told.polygons = of_name.into_values().collect();
        }
        told
    }
}

/// Tells 陆域 from 水域: by the reference's `water_side`, or by polygons of its water.
struct Sides<'a> {
    reference: &'a IndexedLayer,
    water: Option<&'a IndexedLayer>,
    told: &'a Told,
}

/// What the `water_side` of each line says, read as any other cell: 左, 左侧 and left are one.
fn water_sides(lines: &IndexedLayer) -> HashMap<usize, Option<bool>> {
    const COLUMN: &str = "water_side";
    let layer = lines.layer();
    // First: reading the vocabulary takes longer than many a question.
    if layer.attributes.column(COLUMN).is_none() {
        return HashMap::new();
    }
    let Some(property) = Vocabulary::builtin().property(Role::Shoreline, COLUMN) else { return HashMap::new() };
    let of = |row: usize| match property.read(&layer.attributes.get(row, COLUMN), COLUMN) {
        Reading::Empty => None,
        Reading::Terms(terms) => match (terms.has("left"), terms.has("right")) {
            (Some(true), Some(false)) => Some((row, Some(true))),
            (Some(false), Some(true)) => Some((row, Some(false))),
            _ => Some((row, None)),
        },
        _ => Some((row, None)),
    };
    lines.rows().filter_map(of).collect()
}

impl Sides<'_> {
    /// The side of a position.
    fn of(&self, p: LonLat, nearest: &Nearest) -> Bank {
        let line = self.reference.layer();
        if let (Some(water_is_left), Some(edge)) = (self.told.said.get(&nearest.row), nearest.edge) {
            return match (*water_is_left, is_left(line, nearest, edge, p)) {
                (Some(water), Some(left)) if water == left => Bank::Water,
                (Some(_), Some(_)) => Bank::Land,
                _ => Bank::Unknown,
            };
        }
        let rows = self.told.water_of.get(&nearest.row).and_then(|of| self.told.polygons.get(*of));
        let (Some(water), Some(rows)) = (self.water, rows) else { return Bank::Unknown };
        let here = LonLatBox { min: p, max: p };
        let wet = water.rows_in(&here).into_iter().any(|row| rows.contains(&row) && contains(water.layer(), row, p));
        if wet { Bank::Water } else { Bank::Land }
    }
}

/// Left of the line (true), right (false), or on it, by the edge nearest to `p`; at a corner by both its edges.
fn is_left(line: &Layer, nearest: &Nearest, (a, b): (LonLat, LonLat), p: LonLat) -> Option<bool> {
    let corner = line
        .geometries
        .paths(nearest.row)
        .find_map(|path| path.windows(3).find(|w| w[1] == nearest.at && (w[..2] == [a, b] || w[1..] == [a, b])));
    let Some(corner) = corner else {
        let left = side_of_line(a, b, p);
        return (left != 0.0).then_some(left > 0.0);
    };
    let (coming, going) = (side_of_line(corner[0], corner[1], p) > 0.0, side_of_line(corner[1], corner[2], p) > 0.0);
    let turns_left = side_of_line(corner[0], corner[1], corner[2]) >= 0.0;
    Some(if turns_left { coming && going } else { coming || going })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};

    #[test]
    fn at_a_sharp_corner_both_edges_tell_the_side() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"water_side":"left"},
            "geometry":{"type":"LineString","coordinates":[[121.0,31.0],[121.01,31.0],[121.0,31.002]]}}]}"#;
        let layer =
            read_layer_bytes(text.as_bytes(), "shoreline.geojson", &ReadOptions::default(), &Progress::default());
        let shoreline = IndexedLayer::new(Arc::new(layer.expect("readable")));
        let told = Told::of(&shoreline, None);
        let sides = Sides { reference: &shoreline, water: None, told: &told };
        for (lon, lat, side) in [
            (121.015, 31.000_5, Bank::Land),
            (121.015, 31.0, Bank::Land),
            (121.015, 30.999, Bank::Land),
            (121.005, 31.000_4, Bank::Water),
            (121.005, 30.999, Bank::Land),
            (121.005, 31.003, Bank::Land),
        ] {
            let p = LonLat::new(lon, lat);
            let point = format!(r#"{{"type":"Point","coordinates":[{lon},{lat}]}}"#);
            let point = read_layer_bytes(point.as_bytes(), "p.geojson", &ReadOptions::default(), &Progress::default());
            let nearest = crate::index::nearest_feature(&point.expect("readable"), 0, &shoreline, f64::INFINITY);
            assert_eq!(sides.of(p, &nearest.expect("one")), side, "{lon} {lat}");
        }
    }

    #[test]
    fn the_side_of_the_water_is_read_as_offices_write_it() {
        for (said, side) in [
            ("left", Bank::Water),
            ("左", Bank::Water),
            ("左侧", Bank::Water),
            ("左岸", Bank::Water),
            (" Ｌ ", Bank::Water),
            ("right", Bank::Land),
            ("右侧", Bank::Land),
            ("右岸", Bank::Land),
            ("东侧", Bank::Unknown),
            ("左侧、右侧", Bank::Unknown),
            ("", Bank::Unknown),
        ] {
            let text = format!(
                r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"water_side":"{said}"}},
                "geometry":{{"type":"LineString","coordinates":[[121.0,31.0],[121.01,31.0]]}}}}]}}"#
            );
            let read = |text: &str, name: &str| {
                read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default())
                    .expect("readable")
            };
            let shoreline = IndexedLayer::new(Arc::new(read(&text, "shoreline.geojson")));
            let point = read(r#"{"type":"Point","coordinates":[121.005,31.001]}"#, "p.geojson");
            let nearest = crate::index::nearest_feature(&point, 0, &shoreline, f64::INFINITY).expect("one");
            let told = Told::of(&shoreline, None);
            let sides = Sides { reference: &shoreline, water: None, told: &told };
            assert_eq!(sides.of(LonLat::new(121.005, 31.001), &nearest), side, "{said}");
        }
    }
}
