//! Cutting a few contours in general position: where borders cross, and which of their stretches bound the result.
//!
//! What a general engine spends on a hundred edges goes into making them safe to cut: it splits, snaps and merges until
//! nothing touches. Most homes and parks do not touch to begin with. Here every pair of edges is looked at once; a
//! contour is then followed from crossing to crossing with the winding numbers on its right, which change by one at
//! each, and the stretches that have the result on one side only are stitched together (the idea is that of Weiler and
//! Atherton 1977, with winding numbers for entry and exit). Neighbours may share corners, and edges from corner to
//! corner. Where anything else touches, or passes within a step of the grid of touching, nothing is said and the
//! general engine decides.

mod edges;

use super::overlay::{Contour, Operation};
use edges::{APART, Box2, Cross, Crossings, Edge, Edges, MARGIN, NONE, Unsure};
use smallvec::SmallVec;

/// A polygon on the grid: exterior counter-clockwise, holes clockwise, not closed.
pub(super) type GridPolygon = Vec<Vec<[f64; 2]>>;

/// The result of an operation under the non-zero rule; `None` where the contours are not in general position, or too
/// many.
///
/// Contours may have been clipped to a window that leaves [`MARGIN`] around the result: only what lies near the result
/// is looked at.
pub(super) fn cut(subject: &[Contour], clip: &[Contour], operation: Operation) -> Option<Vec<GridPolygon>> {
    let place = match operation {
        Operation::Intersection => Box2::of(subject).intersection(&Box2::of(clip)),
        Operation::Difference | Operation::Union => Box2::of(subject),
    };
    if place.is_empty() {
        return Some(Vec::new());
    }
    let mut edges = Edges::new([subject, clip], &place.padded(MARGIN))?;
    let mut crossings = edges.crossings(false);
    if matches!(crossings, Err(Unsure::Shared)) {
        edges.share_corners();
        crossings = edges.crossings(true);
    }
    let crossings = crossings.ok()?;
    Stretches::new(&edges, &crossings, operation)?.polygons(&crossings)
}

/// A stretch of border from crossing to crossing, the result on its left.
struct Stretch {
    from: u32,
    to: u32,
    /// Its corners without the crossings: where in `Stretches::corners`.
    corners: [u32; 2],
}

/// The stretches of all contours that bound the result.
struct Stretches {
    all: Vec<Stretch>,
    corners: Vec<[f64; 2]>,
    /// Contours that nothing crosses and that bound the result.
    whole: Vec<Vec<[f64; 2]>>,
}

/// What a walk along a contour knows where it stands.
struct Walk {
    operation: Operation,
    /// Winding numbers on the right, and how many more there are on the left.
    winding: [i32; 2],
    step: [i32; 2],
}

impl Walk {
    /// Whether the result is on the left, and on the right.
    fn result(&self) -> [bool; 2] {
        let left = [self.winding[0] + self.step[0], self.winding[1] + self.step[1]];
        [left, self.winding].map(|[subject, clip]| match self.operation {
            Operation::Union => subject != 0,
            Operation::Intersection => subject != 0 && clip != 0,
            Operation::Difference => subject != 0 && clip == 0,
        })
    }

    fn cross(&mut self, cross: &Cross) {
        (0..2).for_each(|side| self.winding[side] += cross.step[side]);
    }
}

impl Stretches {
    fn new(edges: &Edges, crossings: &Crossings, operation: Operation) -> Option<Self> {
        let (all, corners) = (Vec::with_capacity(crossings.nodes.len()), Vec::with_capacity(edges.near.len()));
        let mut stretches = Self { all, corners, whole: Vec::new() };
        let mut first = 0;
        while first < edges.all.len() {
            // A contour's last edge leads back to its first.
            let count = edges.all[first..].iter().position(|e| e.next as usize == first)? + 1;
            let contour = first as u32..(first + count) as u32;
            if edges.all[first..first + count].iter().all(|e| e.goes_on) {
                let start = contour.clone().find(|e| !crossings.of(*e).is_empty());
                stretches.follow_closed(edges, crossings, operation, start.unwrap_or(contour.start), count)?;
            } else {
                for edge in contour.clone() {
                    let Edge { is_near, before, .. } = edges.all[edge as usize];
                    if is_near && !edges.all[before as usize].goes_on {
                        stretches.follow_open(edges, crossings, operation, edge)?;
                    }
                }
            }
            first += count;
        }
        Some(stretches)
    }

    /// A contour that stays near the result, from its first crossing round to it.
    fn follow_closed(
        &mut self,
        edges: &Edges,
        crossings: &Crossings,
        operation: Operation,
        start: u32,
        count: usize,
    ) -> Option<()> {
        let crosses = crossings.of(start);
        let step = edges.all[start as usize].step;
        let Some(first) = crosses.first() else {
            let walk = Walk { operation, step, winding: edges.winding_right_of(start, 0.5)? };
            let [left, right] = walk.result();
            if left != right {
                let mut ring = Vec::with_capacity(count);
                let mut at = start;
                for _ in 0..count {
                    ring.push(edges.all[at as usize].b);
                    at = edges.all[at as usize].next;
                }
                if right {
                    ring.reverse();
                }
                self.whole.push(ring);
            }
            return Some(());
        };
        let mut walk = Walk { operation, step, winding: edges.winding_right_of(start, first.t / 2.0)? };
        walk.cross(first);
        let mut node = first.node;
        let mut from = self.corners.len();
        let mut rest = &crosses[1..];
        let mut at = start;
        for _ in 0..=count {
            for cross in rest {
                self.end(&walk, node, cross.node, from);
                walk.cross(cross);
                (node, from) = (cross.node, self.corners.len());
                if cross.node == first.node && cross.edge == start {
                    return Some(());
                }
            }
            self.corners.push(edges.all[at as usize].b);
            at = edges.all[at as usize].next;
            rest = crossings.of(at);
        }
        None
    }

    /// A contour from where it comes near the result to where it leaves.
    fn follow_open(&mut self, edges: &Edges, crossings: &Crossings, operation: Operation, start: u32) -> Option<()> {
        let edge = &edges.all[start as usize];
        let Some([enter, leave]) = edges.inside(edge) else { return Some(()) };
        let first = crossings.of(start).iter().find(|c| enter <= c.t).map_or(leave, |c| c.t.min(leave));
        if (first - enter) * edge.length < APART {
            return None;
        }
        let winding = edges.winding_right_of(start, (enter + first) / 2.0)?;
        let mut walk = Walk { operation, step: edge.step, winding };
        // The node it came from, once there is one.
        let mut node = Some(edge.nodes[0]).filter(|node| *node != NONE && enter <= 0.0);
        let mut from = self.corners.len();
        let mut at = start;
        loop {
            let edge = &edges.all[at as usize];
            // Beside the place not every crossing is known.
            let [enter, leave] = edges.inside(edge).unwrap_or([0.0, 0.0]);
            for cross in crossings.of(at).iter().filter(|c| enter <= c.t && c.t <= leave) {
                match node {
                    Some(node) => self.end(&walk, node, cross.node, from),
                    // The result does not reach the border of what is looked at.
                    None if walk.result()[0] != walk.result()[1] => return None,
                    None => {}
                }
                walk.cross(cross);
                (node, from) = (Some(cross.node), self.corners.len());
            }
            if edge.nodes[1] != NONE && leave >= 1.0 {
                match node {
                    Some(node) => self.end(&walk, node, edge.nodes[1], from),
                    None if walk.result()[0] != walk.result()[1] => return None,
                    None => {}
                }
                return Some(());
            }
            if !edge.goes_on {
                break;
            }
            self.corners.push(edge.b);
            at = edge.next;
        }
        (walk.result()[0] == walk.result()[1]).then_some(())
    }

    /// Keeps what was followed since `node` if the result is on one side of it only.
    fn end(&mut self, walk: &Walk, node: u32, to: u32, from_corner: usize) {
        let [left, right] = walk.result();
        if left == right {
            self.corners.truncate(from_corner);
            return;
        }
        let corners = [from_corner as u32, self.corners.len() as u32];
        if left {
            self.all.push(Stretch { from: node, to, corners });
        } else {
            self.corners[from_corner..].reverse();
            self.all.push(Stretch { from: to, to: node, corners });
        }
    }

    /// Rings of the stretches, holes with the exteriors that hold them.
    fn polygons(self, crossings: &Crossings) -> Option<Vec<GridPolygon>> {
        let mut leaving = vec![NONE; crossings.nodes.len()];
        for (i, stretch) in self.all.iter().enumerate() {
            // Two that leave one crossing are two ways on.
            if std::mem::replace(&mut leaving[stretch.from as usize], i as u32) != NONE {
                return None;
            }
        }
        let mut rings = self.whole;
        let mut room = self.all.len() + self.corners.len();
        for start in 0..self.all.len() {
            if leaving[self.all[start].from as usize] == NONE {
                continue;
            }
            let mut ring = Vec::with_capacity(room);
            let mut node = self.all[start].from;
            loop {
                let next = std::mem::replace(&mut leaving[node as usize], NONE);
                if next == NONE {
                    break;
                }
                let stretch = &self.all[next as usize];
                ring.push(crossings.nodes[node as usize]);
                ring.extend(&self.corners[stretch.corners[0] as usize..stretch.corners[1] as usize]);
                node = stretch.to;
            }
            if node != self.all[start].from {
                return None;
            }
            room -= ring.len();
            rings.push(ring);
        }
        nested(rings)
    }
}

/// Twice the signed area of a ring; positive counter-clockwise.
fn twice_area(ring: &[[f64; 2]]) -> f64 {
    let [x, y] = ring[0];
    ring.windows(2).map(|e| (e[0][0] - x) * (e[1][1] - y) - (e[0][1] - y) * (e[1][0] - x)).sum()
}

/// Exteriors, each with the holes that it holds.
fn nested(rings: Vec<Vec<[f64; 2]>>) -> Option<Vec<GridPolygon>> {
    let (holes, exteriors): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| twice_area(ring) < 0.0);
    let mut polygons: Vec<GridPolygon> = exteriors.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let holding: SmallVec<[usize; 4]> = match polygons.len() {
            1 => smallvec::smallvec![0],
            _ => (0..polygons.len()).filter(|i| holds(&polygons[*i][0], hole[0])).collect(),
        };
        let area = |i: &usize| twice_area(&polygons[*i][0]);
        let smallest = holding.into_iter().min_by(|a, b| area(a).total_cmp(&area(b)))?;
        polygons[smallest].push(hole);
    }
    Some(polygons)
}

/// Whether a ring holds a position that is not on it.
fn holds(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    edges.filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])).count() % 2
        == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::overlay::clip_contour;
    use i_overlay::core::fill_rule::FillRule;
    use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
    use i_overlay::i_float::int::point::IntPoint;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    /// Steps of the tests: metres that are whole.
    const STEP: i64 = 1 << 16;

    fn contour(corners: &[(i64, i64)]) -> Contour {
        corners.iter().map(|(x, y)| IntPoint { x: x * STEP, y: y * STEP }).collect()
    }

    fn square(x: i64, y: i64, size: i64) -> Contour {
        contour(&[(x, y), (x + size, y), (x + size, y + size), (x, y + size)])
    }

    fn hole(x: i64, y: i64, size: i64) -> Contour {
        square(x, y, size).into_iter().rev().collect()
    }

    /// Rings of each polygon with their signed areas in square units.
    fn areas(polygons: &[GridPolygon]) -> Vec<Vec<f64>> {
        let unit = 2.0 * (STEP * STEP) as f64;
        polygons.iter().map(|rings| rings.iter().map(|ring| (twice_area(ring) / unit).round()).collect()).collect()
    }

    #[test]
    fn squares_that_cross() {
        let (a, b) = (square(0, 0, 10), square(5, 7, 10));
        let cut =
            |operation| areas(&cut(std::slice::from_ref(&a), std::slice::from_ref(&b), operation).expect("general"));
        assert_eq!(cut(Operation::Intersection), [[15.0]]);
        assert_eq!(cut(Operation::Difference), [[85.0]]);
    }

    #[test]
    fn what_is_not_crossed_is_whole_a_hole_or_gone() {
        let (large, small, far) = (square(0, 0, 10), square(3, 3, 4), square(50, 50, 5));
        let cut = |a: &Contour, b: &Contour, operation| {
            areas(&cut(std::slice::from_ref(a), std::slice::from_ref(b), operation).expect("general"))
        };
        assert_eq!(cut(&large, &small, Operation::Difference), [[100.0, -16.0]]);
        assert_eq!(cut(&large, &small, Operation::Intersection), [[16.0]]);
        assert_eq!(cut(&small, &large, Operation::Intersection), [[16.0]]);
        assert!(cut(&small, &large, Operation::Difference).is_empty());
        assert!(cut(&large, &far, Operation::Intersection).is_empty());
        assert_eq!(cut(&large, &far, Operation::Difference), [[100.0]]);
    }

    #[test]
    fn holes_go_with_the_smallest_ring_around_them() {
        // A ring of land, an island in it with a pond, another island beside.
        let land = [square(0, 0, 100), hole(10, 10, 80), square(20, 20, 40), hole(30, 30, 10), square(70, 70, 10)];
        let mut got = areas(&cut(&land, &[], Operation::Union).expect("general"));
        got.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert_eq!(got, [vec![100.0], vec![1600.0, -100.0], vec![10_000.0, -6400.0]]);
    }

    #[test]
    fn neighbours_share_corners_and_edges() {
        let a = square(0, 0, 10);
        let cut = |b: Contour, operation| areas(&cut(std::slice::from_ref(&a), &[b], operation).expect("shared"));
        assert!(cut(square(10, 0, 10), Operation::Intersection).is_empty());
        assert!(cut(square(10, 10, 5), Operation::Intersection).is_empty());
        assert_eq!(cut(square(10, 0, 10), Operation::Difference), [[100.0]]);
        assert_eq!(cut(a.clone(), Operation::Intersection), [[100.0]]);
        assert!(cut(a.clone(), Operation::Difference).is_empty());
        let corner = contour(&[(0, 0), (10, 0), (10, 10)]);
        assert_eq!(cut(corner.clone(), Operation::Intersection), [[50.0]]);
        assert_eq!(cut(corner, Operation::Difference), [[50.0]]);
        let spike = contour(&[(0, 0), (10, 0), (10, 10), (5, 10), (5, 20), (5, 10), (0, 10)]);
        assert_eq!(
            areas(&super::cut(&[spike], &[square(2, 2, 30)], Operation::Intersection).expect("shared")),
            [[64.0]]
        );
        // Two that share a border are one, as are two that lie on one another; of three corners that meet in one
        // place the sweep must tell.
        let union = |contours: &[Contour]| super::cut(contours, &[], Operation::Union).map(|p| areas(&p));
        assert_eq!(union(&[a.clone(), square(10, 0, 10)]), Some(vec![vec![200.0]]));
        assert_eq!(union(&[a.clone(), a.clone()]), Some(vec![vec![100.0]]));
        assert_eq!(union(&[a.clone(), square(10, 10, 10)]), None);
    }

    #[test]
    fn what_touches_otherwise_is_left_to_the_sweep() {
        let a = square(0, 0, 10);
        for other in [square(2, 0, 3), square(10, 5, 10), square(10, 2, 3), square(0, 0, 5)] {
            assert!(cut(std::slice::from_ref(&a), &[other], Operation::Intersection).is_none());
        }
        let near =
            contour(&[(20, 3), (30, 0), (30, 10)]).into_iter().map(|p| IntPoint { x: p.x - 10 * STEP + 1, y: p.y });
        assert!(cut(&[a], &[near.collect()], Operation::Difference).is_none());
    }

    /// The judge: i_overlay over the same contours.
    fn swept(subject: &[Contour], clip: &[Contour], operation: Operation) -> Vec<GridPolygon> {
        let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_output_points() };
        let mut overlay = Overlay::<i64>::from_subj_and_clip_custom(subject, clip, options, Default::default());
        let shapes = overlay.overlay(operation.rule(), FillRule::NonZero);
        let ring = |contour: Vec<IntPoint<i64>>| contour.iter().map(|p| [p.x as f64, p.y as f64]).collect();
        shapes.into_iter().map(|shape| shape.into_iter().map(ring).collect()).collect()
    }

    /// Corners on a coarse grid share many; on a fine one none.
    fn contours(most: usize, coarse: bool) -> impl Strategy<Value = Vec<Contour>> {
        let ordinate = move || (-1_000_i64..1_000).prop_map(move |v| if coarse { v / 300 * 300_007 } else { v * 1013 });
        let one = (proptest::collection::vec((ordinate(), ordinate()), 3..9), ordinate(), ordinate()).prop_map(
            move |(mut corners, x, y)| {
                // Most run once round their middle, as rings do; some wind as they like.
                if x % 4 != 0 {
                    let n = corners.len() as f64;
                    let [x, y] = corners.iter().fold([0.0, 0.0], |m, c| [m[0] + c.0 as f64 / n, m[1] + c.1 as f64 / n]);
                    let angle = |c: &(i64, i64)| (c.1 as f64 - y).atan2(c.0 as f64 - x);
                    corners.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
                }
                // Not quite straight lines, so that what is on one line is so by its corners.
                let bent = |x: i64, y: i64| if coarse { x * x / 7_000_000 + y * y * 3 / 11_000_000 } else { 0 };
                let point = |c: (i64, i64)| (c.0 + x, c.1 + y);
                let bend = |(x, y): (i64, i64)| IntPoint { x: (x + bent(x, y)) * 999, y: (y - bent(y, x)) * 999 };
                corners.into_iter().map(|c| bend(point(c))).collect()
            },
        );
        proptest::collection::vec(one, 1..most)
    }

    /// Exteriors and holes by their areas, largest first.
    fn told(polygons: &[GridPolygon]) -> Vec<Vec<f64>> {
        let mut all: Vec<Vec<f64>> = polygons
            .iter()
            .map(|rings| {
                let mut holes: Vec<f64> = rings[1..].iter().map(|ring| twice_area(ring)).collect();
                holes.sort_by(f64::total_cmp);
                std::iter::once(twice_area(&rings[0])).chain(holes).collect()
            })
            .collect();
        all.sort_by(|a, b| b[0].total_cmp(&a[0]));
        all
    }

    /// What both say, without pieces that rounding makes and unmakes; `None` where the cutter says nothing.
    fn both(subject: &[Contour], clip: &[Contour], operation: Operation) -> Option<[Vec<Vec<f64>>; 2]> {
        let large = |all: Vec<Vec<f64>>| -> Vec<Vec<f64>> { all.into_iter().filter(|r| r[0] > SLACK).collect() };
        let ours = large(told(&cut(subject, clip, operation)?));
        Some([ours, large(told(&swept(subject, clip, operation)))])
    }

    /// Crossings are rounded to a step by one of them, along some ten million steps of border.
    const SLACK: f64 = 1e11;

    #[test]
    fn cuts_as_the_sweep_does() {
        use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
        for coarse in [false, true] {
            let mut runner =
                TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let (mut told, mut asked) = (0, 0);
            for case in 0..3000 {
                let operation = [Operation::Union, Operation::Intersection, Operation::Difference][case % 3];
                let pick =
                    |runner: &mut TestRunner, most| contours(most, coarse).new_tree(runner).expect("a value").current();
                let subject = pick(&mut runner, 4);
                let clip = if operation == Operation::Union { Vec::new() } else { pick(&mut runner, 5) };
                // Beyond a window about the subject the clip may be cut off.
                let place = Box2::of(&subject).padded(4.0 * MARGIN);
                let [min, max] = [place.min, place.max].map(|[x, y]| IntPoint { x: x as i64, y: y as i64 });
                let clipped: Vec<Contour> =
                    clip.iter().filter_map(|contour| clip_contour(contour.clone(), min, max)).collect();
                for clip in [&clip, &clipped] {
                    asked += 1;
                    let Some([ours, theirs]) = both(&subject, clip, operation) else { continue };
                    told += 1;
                    assert_eq!(ours.len(), theirs.len(), "{operation:?} {subject:?} {clip:?}");
                    for (a, b) in ours.iter().zip(&theirs) {
                        let apart = (a.iter().sum::<f64>() - b.iter().sum::<f64>()).abs();
                        assert!(apart <= SLACK, "{operation:?} {subject:?} {clip:?}: {a:?} {b:?}");
                    }
                }
            }
            assert!(told * if coarse { 4 } else { 2 } > asked, "{told} of {asked}");
        }
    }
}
