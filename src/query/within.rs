//! Which features lie within (or beyond) a distance of a reference, how far, on which side of the water.

use super::answer::{id_of, length, name_of};
use super::nearest::nearest_of_each;
use super::{Answer, AnswerFeature, AskError, Figures, Layers, Question, Side};
use crate::geodesy::{LonLat, LonLatBox, side_of_line};
use crate::index::{IndexedLayer, Nearest, contains};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::{Layer, Value};
use crate::progress::Progress;
use std::collections::{HashMap, HashSet};

/// Decides on the geodesic distance itself, good to 1 mm; the distance is included.
///
/// A match carries `distance_m`, `nearest_id`, `nearest_name` and `side`. O((n + m) log m).
pub(super) fn ask(
    distance_m: f64,
    side: Side,
    layers: &Layers,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Answer, AskError> {
    let subject = layers.subject.layer();
    let rows: Vec<usize> = layers.subject.rows().collect();
    let search = |limit_m: f64| nearest_of_each(subject, &rows, reference, limit_m, progress);
    let nearest_of_all =
        |found: &[Option<Nearest>]| found.iter().flatten().map(|n| n.distance_m).min_by(f64::total_cmp);
    // Nothing beyond the distance needs its own when only what lies within is asked for.
    let found = search(if side == Side::Within { distance_m } else { f64::INFINITY })?;
    let min_distance_m = match nearest_of_all(&found) {
        // A planner who gets no match wants to know how far off the nearest is.
        None if side == Side::Within => nearest_of_all(&search(f64::INFINITY)?),
        nearest => nearest,
    };
    let question = Question::Within { distance_m, side };
    let columns = vec!["distance_m", "nearest_id", "nearest_name", "side"];
    let mut answer = Answer::new(question, layers, columns, Figures::Within { max_distance_m: None, min_distance_m });
    let mut max_distance_m: Option<f64> = None;
    let sides = Sides::new(reference, layers.water.as_deref());
    for (row, nearest) in rows.into_iter().zip(found) {
        progress.advance(0)?;
        let is_within = nearest.is_some_and(|n| n.distance_m <= distance_m);
        if is_within != (side == Side::Within) {
            continue;
        }
        let values = match nearest {
            Some(n) => {
                max_distance_m = Some(max_distance_m.unwrap_or(0.0).max(n.distance_m));
                vec![
                    length(n.distance_m),
                    id_of(n.row),
                    name_of(n.row),
                    Added::Word(first_position(subject, row).map_or("", |p| sides.of(p, &n))),
                ]
            }
            // Nothing to be near to: beyond every distance.
            None => vec![Added::Null, Added::Null, Added::Null, Added::Word("")],
        };
        answer.features.push(AnswerFeature { row: Some(row), id: None, geometry: OutGeometry::Unchanged, values });
    }
    answer.summary.matched = answer.features.len();
    answer.summary.figures = Figures::Within { max_distance_m, min_distance_m };
    Ok(answer)
}

fn first_position(layer: &Layer, row: usize) -> Option<LonLat> {
    layer.geometries.positions_of(row).first().copied()
}

const LAND: &str = "陆域";
const WATER: &str = "水域";

/// Tells 陆域 from 水域: by the reference's `water_side`, or by polygons of its water.
struct Sides<'a> {
    reference: &'a IndexedLayer,
    water: Option<&'a IndexedLayer>,
    /// By the name of a water: the rows of its polygons.
    polygons: HashMap<String, HashSet<usize>>,
}

impl<'a> Sides<'a> {
    fn new(reference: &'a IndexedLayer, water: Option<&'a IndexedLayer>) -> Self {
        let mut polygons: HashMap<String, HashSet<usize>> = HashMap::new();
        if let Some(water) = water {
            let names: HashSet<String> = reference
                .rows()
                .map(|row| reference.layer().attributes.get(row, "water").display().into_owned())
                .filter(|name| !name.is_empty())
                .collect();
            for row in water.rows() {
                let polygon = water.layer().attributes.get(row, "name");
                let polygon = polygon.display();
                for name in names.iter().filter(|name| polygon.contains(name.as_str())) {
                    polygons.entry(name.clone()).or_default().insert(row);
                }
            }
        }
        Self { reference, water, polygons }
    }

    /// The side of a position; empty where neither tells.
    fn of(&self, p: LonLat, nearest: &Nearest) -> &'static str {
        let line = self.reference.layer();
        if let (Value::Text(side), Some(edge)) = (line.attributes.get(nearest.row, "water_side"), nearest.edge) {
            let left = is_left(line, nearest, edge, p);
            return match (&*side, left) {
                ("left" | "左", Some(true)) | ("right" | "右", Some(false)) => WATER,
                ("left" | "左", Some(false)) | ("right" | "右", Some(true)) => LAND,
                _ => "",
            };
        }
        let name = line.attributes.get(nearest.row, "water");
        let (Some(water), Some(rows)) = (self.water, self.polygons.get(&*name.display())) else { return "" };
        let here = LonLatBox { min: p, max: p };
        let wet = water.rows_in(&here).into_iter().any(|row| rows.contains(&row) && contains(water.layer(), row, p));
        if wet { WATER } else { LAND }
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
    use std::sync::Arc;

    #[test]
    fn at_a_sharp_corner_both_edges_tell_the_side() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"water_side":"left"},
            "geometry":{"type":"LineString","coordinates":[[121.0,31.0],[121.01,31.0],[121.0,31.002]]}}]}"#;
        let layer =
            read_layer_bytes(text.as_bytes(), "shoreline.geojson", &ReadOptions::default(), &Progress::default());
        let shoreline = IndexedLayer::new(Arc::new(layer.expect("readable")));
        let sides = Sides::new(&shoreline, None);
        for (lon, lat, side) in [
            (121.015, 31.000_5, LAND),
            (121.015, 31.0, LAND),
            (121.015, 30.999, LAND),
            (121.005, 31.000_4, WATER),
            (121.005, 30.999, LAND),
            (121.005, 31.003, LAND),
        ] {
            let p = LonLat::new(lon, lat);
            let point = format!(r#"{{"type":"Point","coordinates":[{lon},{lat}]}}"#);
            let point = read_layer_bytes(point.as_bytes(), "p.geojson", &ReadOptions::default(), &Progress::default());
            let nearest = crate::index::nearest_feature(&point.expect("readable"), 0, &shoreline, f64::INFINITY);
            assert_eq!(sides.of(p, &nearest.expect("one")), side, "{lon} {lat}");
        }
    }
}
