//! Which parts of wide arcs the corners about them hide: of dense points most circles are hidden whole.

use super::super::cells::{Cells, rings_of_cells};
use super::curve::{Curve, Point, cross, dot, minus};
use super::hidden::Corners;
use crate::geodesy::LonLat;
use smallvec::SmallVec;
use std::f64::consts::TAU;

/// Cells of the grid to a distance.
const CELLS: f64 = 2.0;
/// The others' distance is taken so much shorter, and what they hide as so much less, radians: so where the arc crosses
/// their curves stays open.
const SHORTER: f64 = 1.0 - 4e-5;
const LESS: f64 = 1e-6;

/// Corners by their places.
pub(super) struct Near {
    cells: Cells,
    side: f64,
}

/// Parts of an arc, from where to where.
pub(super) type Parts = SmallVec<[[f64; 2]; 4]>;

impl Near {
    pub(super) fn new(corners: &Corners) -> Self {
        let side = corners.radius.iter().copied().fold(f64::MAX, f64::min) / CELLS;
        let placed: Vec<([i32; 2], LonLat)> =
            corners.at.iter().map(|p| (cell(*p, side), LonLat::new(p[0], p[1]))).collect();
        Self { cells: Cells::new(&placed), side }
    }

    /// What the corners about an arc leave open of it.
    pub(super) fn open(&self, arc: &Curve) -> Parts {
        let [x, y] = cell(arc.center, self.side);
        let reach = (2.0 * arc.radius / self.side).ceil() as i32;
        let mut hidden = Parts::new();
        for [dx, dy] in rings_of_cells(reach) {
            for p in self.cells.get([x + dx, y + dy]).into_iter().flatten() {
                if hide(arc, minus([p.lon, p.lat], arc.center), &mut hidden) {
                    return Parts::new();
                }
            }
        }
        let mut open = Parts::new();
        let mut from = 0.0;
        for [start, end] in hidden {
            if start > from {
                open.push([from, start]);
            }
            from = end;
        }
        if from < arc.turn {
            open.push([from, arc.turn]);
        }
        open
    }
}

fn cell(p: Point, side: f64) -> [i32; 2] {
    p.map(|v| (v / side).floor() as i32)
}

/// Adds what a corner, seen from the arc's centre, hides; true where all of the arc is hidden now.
fn hide(arc: &Curve, corner: Point, hidden: &mut Parts) -> bool {
    let far_2 = dot(corner, corner);
    if far_2 == 0.0 {
        return false;
    }
    let (far, other) = (far_2.sqrt(), arc.radius * SHORTER);
    let cos = (arc.radius * arc.radius + far_2 - other * other) / (2.0 * arc.radius * far);
    if cos >= 1.0 {
        return false;
    }
    let half = cos.acos() - LESS;
    let toward = cross(arc.start, corner).atan2(dot(arc.start, corner));
    for turns in [0.0, TAU] {
        let part = [(toward + turns - half).max(0.0), (toward + turns + half).min(arc.turn)];
        if part[0] < part[1] {
            add(part, hidden);
        }
    }
    matches!(hidden[..], [[start, end]] if start <= 0.0 && end >= arc.turn)
}

/// Adds a part to parts in their order that do not meet.
fn add([mut start, mut end]: [f64; 2], parts: &mut Parts) {
    let first = parts.iter().take_while(|part| part[1] < start).count();
    while parts.get(first).is_some_and(|part| part[0] <= end) {
        let met = parts.remove(first);
        (start, end) = (start.min(met[0]), end.max(met[1]));
    }
    parts.insert(first, [start, end]);
}

#[cfg(test)]
mod tests {
    use super::super::curve::{Of, along};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_hidden_lies_within_the_distance_and_what_crosses_stays(
            places in prop::collection::vec((-2.5..2.5_f64, -2.5..2.5_f64), 1..40),
            from in 0.0..TAU,
            turn in 0.5..TAU,
        ) {
            let corners = Corners {
                at: places.iter().map(|(x, y)| [100.0 * x, 100.0 * y]).chain([[0.0; 2]]).collect(),
                radius: vec![100.0; places.len() + 1],
                ends: (1..=places.len() as u32 + 1).collect(),
            };
            let (sin, cos) = from.sin_cos();
            let start = [cos, sin];
            let end = along([0.0; 2], start, 100.0);
            let arc = Curve { of: Of::Arc(0), from: end, to: end, center: [0.0; 2], radius: 100.0, start, turn, offset: 0.0 };
            let open = Near::new(&corners).open(&arc);
            let near = |p: Point| {
                let others = &corners.at[..places.len()];
                others.iter().map(|c| minus(*c, p)).map(|d| dot(d, d).sqrt()).fold(f64::MAX, f64::min)
            };
            for k in 0..=200 {
                let t = turn * f64::from(k) / 200.0;
                let is_open = open.iter().any(|part| part[0] <= t && t <= part[1] + 1e-12);
                // At most two corners of a cell are looked at: what is open may be hidden, what is hidden is.
                prop_assert!(is_open || near(arc.at(t)) < 100.0, "{t}");
            }
        }
    }
}
