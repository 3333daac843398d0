//! Which features lie within (or beyond) a distance of a reference, how far, on which side of the water.

use super::answer::{id_of, length, name_of};
use super::nearest::nearest_of_each;
use super::{Answer, AnswerFeature, AskError, Figures, Layers, Question, Side};
use crate::geodesy::LonLat;
use crate::index::{IndexedLayer, Nearest, contains};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Value;
use crate::progress::Progress;

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
    for (row, nearest) in rows.into_iter().zip(found) {
        let is_within = nearest.is_some_and(|n| n.distance_m <= distance_m);
        if is_within != (side == Side::Within) {
            continue;
        }
        let values = match nearest {
            Some(n) => {
                max_distance_m = Some(max_distance_m.unwrap_or(0.0).max(n.distance_m));
                vec![
                    length(n.distance_m),
                    id_of(reference.layer(), n.row),
                    name_of(reference.layer(), n.row),
                    Added::Text(side_of_water(layers, row, reference, &n).to_owned()),
                ]
            }
            // Nothing to be near to: beyond every distance.
            None => vec![Added::Null, Added::Null, Added::Null, Added::Text(String::new())],
        };
        answer.features.push(AnswerFeature { row: Some(row), id: None, geometry: OutGeometry::Unchanged, values });
    }
    answer.summary.matched = answer.features.len();
    answer.summary.figures = Figures::Within { max_distance_m, min_distance_m };
    Ok(answer)
}

const LAND: &str = "陆域";
const WATER: &str = "水域";

/// 陆域 or 水域, from the reference's `water_side` or a polygon of its water; empty where neither tells.
fn side_of_water(layers: &Layers, row: usize, reference: &IndexedLayer, nearest: &Nearest) -> &'static str {
    let Some(p) = layers.subject.layer().geometries.positions_of(row).first().copied() else { return "" };
    let line = reference.layer();
    if let (Value::Text(side), Some((a, b))) = (line.attributes.get(nearest.row, "water_side"), nearest.edge) {
        let left = left_of(a, b, p);
        return match (&*side, left) {
            (_, 0.0) => "",
            ("left" | "左", l) => {
                if l > 0.0 {
                    WATER
                } else {
                    LAND
                }
            }
            ("right" | "右", l) => {
                if l > 0.0 {
                    LAND
                } else {
                    WATER
                }
            }
            _ => "",
        };
    }
    let Some(water) = &layers.water else { return "" };
    let value = line.attributes.get(nearest.row, "water");
    let name = value.display();
    if name.is_empty() {
        return "";
    }
    let polygons = water.layer();
    let of_this_water = |r: usize| polygons.attributes.get(r, "name").display().contains(&*name);
    if !water.rows().any(of_this_water) {
        return "";
    }
    let here = crate::geodesy::LonLatBox { min: p, max: p };
    let wet = water.rows_in(&here).into_iter().any(|r| of_this_water(r) && contains(polygons, r, p));
    if wet { WATER } else { LAND }
}

fn left_of(a: LonLat, b: LonLat, p: LonLat) -> f64 {
    let coord = |q: LonLat| robust::Coord { x: q.lon, y: q.lat };
    robust::orient2d(coord(a), coord(b), coord(p))
}
