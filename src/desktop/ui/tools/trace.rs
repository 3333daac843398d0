//! The way along a border between two places on it.

use crate::geodesy::{LonLat, path_length_m};
use crate::model::{Layer, Shape};

/// How near an edge a place must lie to lie on it, degrees: what rounding leaves.
const ON: f64 = 2e-9;

/// Where a place lies on a path: the edge, and the share along it.
fn on_path(path: &[LonLat], at: LonLat) -> Option<(usize, f64)> {
    path.windows(2).enumerate().find_map(|(i, edge)| {
        let (dx, dy) = (edge[1].lon - edge[0].lon, edge[1].lat - edge[0].lat);
        let (x, y) = (at.lon - edge[0].lon, at.lat - edge[0].lat);
        let length_2 = dx * dx + dy * dy;
        let share = if length_2 > 0.0 { ((x * dx + y * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        ((x - dx * share).hypot(y - dy * share) <= ON).then_some((i, share))
    })
}

/// The corners of a feature's border between two places on it, without them; the shorter way round a ring. `None` where
/// they do not lie on one path.
pub fn trace(layer: &Layer, row: usize, from: LonLat, to: LonLat) -> Option<Vec<LonLat>> {
    let closed = layer.geometries.kind(row)?.shape() == Shape::Polygons;
    layer.geometries.paths(row).find_map(|path| {
        let (a, b) = (on_path(path, from)?, on_path(path, to)?);
        let is_forward = (a.0, a.1) <= (b.0, b.1);
        let (first, last) = if is_forward { (a, b) } else { (b, a) };
        let mut between: Vec<LonLat> = path[first.0 + 1..=last.0].to_vec();
        if closed {
            // The ring's last position is its first.
            let around: Vec<LonLat> = path[last.0 + 1..].iter().chain(&path[1..=first.0]).copied().collect();
            let (start, end) = if is_forward { (from, to) } else { (to, from) };
            let length = |ends: [LonLat; 2], way: &[LonLat]| path_length_m(&[&ends[..1], way, &ends[1..]].concat());
            if length([end, start], &around) < length([start, end], &between) {
                between = around.into_iter().rev().collect();
            }
        }
        if !is_forward {
            between.reverse();
        }
        between.retain(|p| *p != from && *p != to);
        Some(between)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    #[test]
    fn borders_are_followed_the_shorter_way() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,1],[0,1],[0,0]]]}},
            {"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[0,0],[1,1],[2,0],[3,1]]}}]}"#;
        let layer =
            read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default()).expect("readable");
        let at = LonLat::new;
        let ring = |a, b| trace(&layer, 0, a, b).expect("on the ring");
        assert_eq!(ring(at(1.0, 0.0), at(3.0, 0.0)), []);
        assert_eq!(ring(at(3.0, 0.0), at(4.0, 0.5)), [at(4.0, 0.0)]);
        assert_eq!(ring(at(4.0, 0.5), at(3.0, 0.0)), [at(4.0, 0.0)]);
        // Over the ring's first corner.
        assert_eq!(ring(at(0.5, 0.0), at(0.5, 1.0)), [at(0.0, 0.0), at(0.0, 1.0)]);
        assert_eq!(ring(at(0.5, 1.0), at(0.5, 0.0)), [at(0.0, 1.0), at(0.0, 0.0)]);
        let line = |a, b| trace(&layer, 1, a, b).expect("on the line");
        assert_eq!(line(at(0.5, 0.5), at(2.5, 0.5)), [at(1.0, 1.0), at(2.0, 0.0)]);
        assert_eq!(line(at(2.5, 0.5), at(0.5, 0.5)), [at(2.0, 0.0), at(1.0, 1.0)]);
        assert_eq!(trace(&layer, 1, at(0.5, 0.5), at(9.0, 9.0)), None);
    }
}
