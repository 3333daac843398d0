//! How much memory a question takes beside the layers it reads, told before it is asked.
//!
//! Estimates from numbers of features and corners, the distance, and how borders bend, of what the process holds at most
//! beside its layers; mostly too large, by less than a factor of three. What was measured (MB): 20,000 parks 500 m each 90,
//! dissolved 270; 224,200 homes 500 m dissolved 470; 300,000 points each 780, dissolved 90 where they lie close (500 m) and
//! 3,460 where they do not; 2,875 counties of four million corners 2 km each 200, dissolved 300; roads of 41 MB 480; ragged
//! borders of 20,000 corners at 30 m 18 and at 3 km 33, of a million at 100 m 530. Cost: a look at
//! every feature's box, and at some ten thousand corners.

use super::{Dissolve, Layers, Question};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox};
use crate::index::IndexedLayer;
use crate::model::Shape;

/// Steps to a whole turn of an outline.
const STEPS: f64 = 134.0;
/// A corner of an answer, and its share of what holds it.
const CORNER_BYTES: f64 = 20.0;
/// A feature of an answer with its figures.
const FEATURE_BYTES: f64 = 320.0;
/// A corner of an answer in the table that the window shows, beside the answer that it is made of.
const SHOWN_CORNER_BYTES: f64 = 24.0;
/// A row of such a table with what is added to it.
const SHOWN_FEATURE_BYTES: f64 = 200.0;
/// A row that matches as it is.
const MATCH_BYTES: f64 = 48.0;
/// A corner in a tree of borders that has yet to be built.
const TREE_BYTES: f64 = 10.0;
/// A corner of a piece while pieces are joined to one region.
const PIECE_BYTES: f64 = 450.0;
/// A corner of borders of what is joined to one region, whether it bounds it or not.
const HIDDEN_BYTES: f64 = 450.0;
/// A corner of which the outline of many features is traced; so many bytes at most are taken at a time.
const TRACED_BYTES: f64 = 430.0;
const TRACED_MOST: f64 = 500e6;
/// A corner of an outline of many features: as it is drawn, on the grid, settled and written.
const OUTLINE_BYTES: f64 = 90.0;
/// No outline of many features has fewer corners than this share of those round each by itself.
const LEAST_OUTLINE: f64 = 0.02;
/// Corners that are looked at to see how borders bend.
const LOOKED_AT: usize = 60_000;
/// Rows that are looked at to see how many pairs of boxes meet.
const PAIRS_LOOKED_AT: usize = 512;

/// For whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFor {
    /// A file: it is written from what was worked out.
    File,
    /// The window: it is kept as a table.
    Window,
}

/// What of a layer decides how much is worked out from it.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    features: f64,
    /// Rings, paths and points.
    parts: f64,
    corners: f64,
    /// Corners of the largest feature.
    largest: f64,
    /// Distance in corners as they follow one another, were the borders plain.
    crowding: f64,
    /// Steps of arcs at a corner.
    steps: f64,
    /// How often the ground would be covered by what lies within the distance, were features spread evenly over their box.
    cover: f64,
}

impl Size {
    /// Of the rows of a layer, seen from a distance.
    fn of(indexed: &IndexedLayer, distance_m: f64) -> Self {
        let geometries = &indexed.layer().geometries;
        let mut size = Self::default();
        let (mut length_m, mut bounds) = (0.0, LonLatBox::EMPTY);
        let every = geometries.position_count().div_ceil(LOOKED_AT).max(1);
        let (mut turned, mut looked_at) = (0.0, 0.0);
        for (i, row) in indexed.rows().enumerate() {
            let Some(kind) = geometries.kind(row) else { continue };
            let corners = geometries.positions_of(row).len() as f64;
            let is_points = kind.shape() == Shape::Points;
            bounds = bounds.union(geometries.bounds(row));
            size.features += 1.0;
            size.parts += if is_points { corners } else { geometries.paths(row).count() as f64 };
            size.corners += corners;
            size.largest = size.largest.max(corners);
            if is_points {
                continue;
            }
            // About as long as three times across.
            length_m += 3.0 * diagonal_m(&geometries.bounds(row));
            if i % every == 0 || corners > LOOKED_AT as f64 / 4.0 {
                for path in geometries.paths(row) {
                    // A stretch of a long one is as good as all of it.
                    let path = &path[..path.len().min(LOOKED_AT)];
                    turned += path.windows(3).map(bend).sum::<f64>();
                    looked_at += path.len() as f64;
                }
            }
        }
        // Half of the bends open a sector; lines have two sides, so all of theirs do.
        size.steps = if looked_at > 0.0 { turned / looked_at / std::f64::consts::TAU * STEPS / 2.0 } else { 0.0 };
        let [wide_m, high_m] = extent_m(&bounds);
        let reached_m2 = std::f64::consts::PI * distance_m * distance_m * size.parts + 2.0 * distance_m * length_m;
        size.cover = reached_m2 / ((wide_m + 2.0 * distance_m) * (high_m + 2.0 * distance_m)).max(1.0);
        size.crowding = if length_m > 0.0 { distance_m * size.corners / length_m } else { 0.0 };
        size
    }

    /// Corners of the regions round features, each by itself.
    fn corners_of_regions(&self) -> f64 {
        (3.0 + self.steps) * self.corners / (1.0 + self.crowding / 3.0) + STEPS * self.parts
    }

    /// Corners of the region round all features: where they lie close most of each one's outline lies within the others'.
    fn corners_of_region(&self) -> f64 {
        self.corners_of_regions() * (-self.cover).exp().max(LEAST_OUTLINE)
    }

    /// Bytes while so many of its corners are joined to one region.
    fn joined_bytes(&self, corners: f64) -> f64 {
        corners * ((3.0 + self.steps) * PIECE_BYTES / (1.0 + self.crowding / 1.4) + HIDDEN_BYTES)
    }
}

/// By how much a path bends at a corner, radians: in the plane of longitudes and latitudes, which is near enough.
fn bend(corner: &[LonLat]) -> f64 {
    let [a, b, c] = corner else { return 0.0 };
    let narrow = b.lat.to_radians().cos();
    let ([ux, uy], [vx, vy]) = ([(b.lon - a.lon) * narrow, b.lat - a.lat], [(c.lon - b.lon) * narrow, c.lat - b.lat]);
    (ux * vy - uy * vx).atan2(ux * vx + uy * vy).abs()
}

fn extent_m(bounds: &LonLatBox) -> [f64; 2] {
    if bounds.is_empty() {
        return [0.0; 2];
    }
    LocalFrame::at(bounds.center()).to_xy_delta(bounds.max.lon - bounds.min.lon, bounds.max.lat - bounds.min.lat)
}

fn diagonal_m(bounds: &LonLatBox) -> f64 {
    let [x, y] = extent_m(bounds);
    x.hypot(y)
}

/// How many bytes answering a question takes at most at a time, beside the layers themselves.
pub fn memory_needed(question: &Question, layers: &Layers, answer_for: AnswerFor) -> u64 {
    let subject = Size::of(&layers.subject, distance_of(question));
    let reference = layers.reference.as_deref().map(|layer| Size::of(layer, distance_of(question))).unwrap_or_default();
    let tree = |layer: Option<&IndexedLayer>, corners: f64| match layer {
        Some(layer) if !layer.has_edges() => corners * TREE_BYTES,
        _ => 0.0,
    };
    let trees = tree(layers.reference.as_deref(), reference.corners);
    let threads = rayon::current_num_threads() as f64;
    // At work, and of the answer: features, and corners that are its own.
    let (work, features, corners) = match question {
        Question::Within { .. } | Question::Nearest { .. } => {
            (trees + subject.features * MATCH_BYTES, subject.features, 0.0)
        }
        Question::Gaps { .. } => {
            // A part of a home has its own corners and a few arcs of what lies round it.
            let corners = 2.0 * subject.corners + STEPS / 2.0 * subject.features;
            let outlines = reference.corners * (CORNER_BYTES + TREE_BYTES);
            (trees + outlines + reference.joined_bytes(reference.largest) * threads, subject.features, corners)
        }
        Question::Overlap => {
            let pairs = pairs(layers);
            let mean = |size: &Size| size.corners / size.features.max(1.0);
            let corners = pairs * (2.0 * mean(&subject).min(mean(&reference)) + 16.0);
            (trees, pairs, corners)
        }
        Question::Buffer { dissolve: Dissolve::Each, .. } => {
            let work = subject.joined_bytes(subject.largest) * threads;
            (work, subject.features, subject.corners_of_regions())
        }
        Question::Buffer { dissolve: Dissolve::Union, .. } => {
            let corners = subject.corners_of_region();
            ((subject.corners * TRACED_BYTES).min(TRACED_MOST) + corners * OUTLINE_BYTES, 1.0, corners)
        }
    };
    let is_made = !matches!(question, Question::Within { .. } | Question::Nearest { .. });
    let own = if is_made { features * FEATURE_BYTES + corners * CORNER_BYTES } else { 0.0 };
    let shown = match answer_for {
        AnswerFor::File => 0.0,
        // Features that are given as they are keep their corners.
        AnswerFor::Window => {
            let kept = if is_made { corners } else { subject.corners };
            features * SHOWN_FEATURE_BYTES + kept * SHOWN_CORNER_BYTES
        }
    };
    (work + own + shown) as u64
}

/// How many bytes holding two versions of a layer against one another takes at most at a time, beside them: pieces of both,
/// and of what fell where functions and cores are told.
pub fn memory_needed_by_audit(before: &IndexedLayer, after: &IndexedLayer, compares: usize) -> u64 {
    let sizes = [before, after].map(|layer| Size::of(layer, 0.0));
    let tree = |layer: &IndexedLayer, size: &Size| if layer.has_edges() { 0.0 } else { size.corners * TREE_BYTES };
    let pieces = |size: &Size| size.features * FEATURE_BYTES + 2.0 * size.corners * CORNER_BYTES;
    // Pieces as they are found and once more as one list, and their text.
    let own: f64 = sizes.iter().map(|size| 2.0 * pieces(size) + size.corners * SHOWN_CORNER_BYTES).sum();
    let fallen = 2.0 * compares as f64 * pieces(&sizes[1]);
    (tree(before, &sizes[0]) + tree(after, &sizes[1]) + own + fallen) as u64
}

fn distance_of(question: &Question) -> f64 {
    match question {
        Question::Within { distance_m, .. } | Question::Buffer { distance_m, .. } => *distance_m,
        Question::Gaps { radius_m, .. } => *radius_m,
        Question::Nearest { .. } | Question::Overlap => 0.0,
    }
}

/// About how many pairs of features may overlap: by the boxes that some of the subject's meet.
fn pairs(layers: &Layers) -> f64 {
    let Some(reference) = &layers.reference else { return 0.0 };
    let rows: Vec<usize> = layers.subject.rows().collect();
    let every = rows.len().div_ceil(PAIRS_LOOKED_AT).max(1);
    let subject = &layers.subject.layer().geometries;
    let looked_at: Vec<usize> = rows.iter().step_by(every).copied().collect();
    let met: usize = looked_at.iter().map(|row| reference.rows_in(&subject.bounds(*row)).len()).sum();
    met as f64 / looked_at.len().max(1) as f64 * rows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use std::sync::Arc;

    fn layer(geometries: &[String]) -> Arc<IndexedLayer> {
        let features: Vec<String> =
            geometries.iter().map(|g| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{g}}}"#)).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "p.geojson", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(read.expect("readable"))))
    }

    /// A plain or ragged area of so many corners, some 30 km across.
    fn area(corners: usize, ragged: f64) -> String {
        let corner = |i: usize| {
            let (s, c) = (i as f64 / corners as f64 * std::f64::consts::TAU).sin_cos();
            let r = 0.15 * (1.0 + if i % 2 == 1 { ragged } else { 0.0 });
            format!("[{},{}]", 121.0 + r * c, 31.0 + r * s)
        };
        let ring: Vec<String> = (0..corners).chain([0]).map(corner).collect();
        format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","))
    }

    fn buffer(distance_m: f64, dissolve: Dissolve) -> Question {
        Question::Buffer { distance_m, dissolve }
    }

    fn needed(question: &Question, subject: &Arc<IndexedLayer>, reference: Option<&Arc<IndexedLayer>>) -> u64 {
        let layers = Layers { reference: reference.cloned(), ..Layers::of(Arc::clone(subject)) };
        memory_needed(question, &layers, AnswerFor::File)
    }

    #[test]
    fn more_of_the_same_needs_as_much_more_and_the_window_needs_more_than_a_file() {
        let points = |n: usize| {
            let point = |i: usize| {
                format!(r#"{{"type":"Point","coordinates":[{},{}]}}"#, 121.0 + i as f64 * 1e-3, 31.0 + i as f64 * 1e-3)
            };
            layer(&(0..n).map(point).collect::<Vec<_>>())
        };
        let (few, many) = (points(100), points(1_000));
        let gaps = Question::Gaps { radius_m: 500.0, min_area_m2: 0.0, people: None };
        let within = Question::Within { distance_m: 500.0, side: super::super::Side::Within };
        let nearest = Question::Nearest { max_m: None };
        let all = [buffer(500.0, Dissolve::Each), buffer(500.0, Dissolve::Union), gaps, within, nearest];
        for question in &all {
            let (least, most) = (needed(question, &few, Some(&few)), needed(question, &many, Some(&many)));
            let times = most as f64 / least as f64;
            // A dissolve goes by how close features lie, too.
            let is_dissolved = matches!(question, Question::Buffer { dissolve: Dissolve::Union, .. });
            let told = if is_dissolved { 4.0..25.0 } else { 8.0..12.0 };
            assert!(told.contains(&times), "{question:?}: {times}");
            let layers = Layers::of(Arc::clone(&many)).and(Arc::clone(&many));
            assert!(memory_needed(question, &layers, AnswerFor::Window) > most, "{question:?}");
        }
        // What meets is paired: here each with itself.
        assert!(needed(&Question::Overlap, &many, Some(&many)) < 2_000_000);
    }

    #[test]
    fn a_disc_of_each_point_is_told_and_pairs_are_told_by_their_boxes() {
        // 300,000 points, 500 m each: 0.8 GB were taken.
        let points: Vec<String> = (0..3_000)
            .map(|i| format!(r#"{{"type":"Point","coordinates":[121,{}]}}"#, 30.0 + i as f64 * 1e-3))
            .collect();
        let each = needed(&buffer(500.0, Dissolve::Each), &layer(&points), None) * 100;
        assert!((700_000_000..1_600_000_000).contains(&each), "{each}");
        // A hundred areas over one another: ten thousand pairs.
        let over = layer(&vec![area(100, 0.0); 100]);
        let all = needed(&Question::Overlap, &over, Some(&over));
        assert!((10_000 * 2_000..10_000 * 10_000).contains(&all), "{all}");
    }

    #[test]
    fn ragged_borders_need_more_than_plain_ones_and_wide_regions_less_than_narrow_ones() {
        let (plain, ragged) = (layer(&[area(20_000, 0.0)]), layer(&[area(20_000, 0.002)]));
        let need = |of: &Arc<IndexedLayer>, distance_m: f64| needed(&buffer(distance_m, Dissolve::Union), of, None);
        assert!(need(&ragged, 30.0) > 2 * need(&plain, 30.0));
        assert!(need(&ragged, 3_000.0) < need(&ragged, 30.0) / 2);
        // 18 MB were taken of a ragged one at 30 m, and 33 at 3 km.
        let (narrow, wide) = (need(&ragged, 30.0), need(&ragged, 3_000.0));
        assert!((15_000_000..120_000_000).contains(&narrow), "{narrow}");
        assert!((8_000_000..60_000_000).contains(&wide), "{wide}");
    }

    #[test]
    fn points_that_lie_close_have_a_short_outline_together() {
        let points = |step_deg: f64| {
            let point = |i: usize| {
                let (x, y) = (121.0 + (i % 100) as f64 * step_deg, 31.0 + (i / 100) as f64 * step_deg);
                format!(r#"{{"type":"Point","coordinates":[{x},{y}]}}"#)
            };
            layer(&(0..10_000).map(point).collect::<Vec<_>>())
        };
        let need = |of: &Arc<IndexedLayer>| needed(&buffer(500.0, Dissolve::Union), of, None);
        let (close, apart) = (need(&points(0.001)), need(&points(0.1)));
        // 300,000 that lay apart took 3.5 GB, and that close 0.1.
        assert!((100_000_000..300_000_000).contains(&apart), "{apart}");
        assert!(close < apart / 10, "{close}");
    }

    #[test]
    fn an_audit_of_more_needs_more() {
        let (few, many) = (layer(&vec![area(100, 0.0); 20]), layer(&vec![area(100, 0.0); 200]));
        let times = memory_needed_by_audit(&many, &many, 0) as f64 / memory_needed_by_audit(&few, &few, 0) as f64;
        assert!((9.0..11.0).contains(&times), "{times}");
        assert!(memory_needed_by_audit(&many, &many, 2) > memory_needed_by_audit(&many, &many, 0));
    }

    #[test]
    fn what_has_no_corners_needs_nothing() {
        let nothing = layer(&[]);
        assert!(memory_needed_by_audit(&nothing, &nothing, 2) < 1_000_000);
        for question in [buffer(500.0, Dissolve::Each), Question::Overlap, Question::Nearest { max_m: None }] {
            assert!(needed(&question, &nothing, Some(&nothing)) < 1_000_000, "{question:?}");
        }
    }

    #[test]
    fn rows_that_were_not_chosen_do_not_count() {
        let all = layer(&vec![area(1_000, 0.0); 50]);
        let one = Arc::new(IndexedLayer::of_rows(Arc::clone(all.layer()), [7]));
        let question = buffer(100.0, Dissolve::Union);
        assert!(needed(&question, &one, None) * 20 < needed(&question, &all, None));
    }
}
