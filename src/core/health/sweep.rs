//! A sweep over edges that tells whether any two cross, touch or run along one another. Sides are decided exactly.
//!
//! Edges that lie side by side over all of their length are pairs by the square of their number: of those only so many are looked
//! at, and what was not is told.

use crate::geodesy::{LonLat, LonLatBox, side_of_line as side};

/// How much may still be looked at for one row: steps of a nanosecond or two. More than any ring needs that was drawn; a text made
/// to take long ends there.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
    is_spent: bool,
}

impl Work {
    /// For a row of so many positions.
    pub(super) fn of(positions: usize) -> Self {
        Self { left: (1 << 25) + 2_000 * positions as u64, is_spent: false }
    }

    /// Takes so many steps; false where there are not so many.
    pub(super) fn take(&mut self, steps: usize) -> bool {
        match self.left.checked_sub(steps as u64) {
            Some(left) => self.left = left,
            None => self.is_spent = true,
        }
        !self.is_spent
    }

    /// Takes what a union of rings may take: its edges for each that lies beside one, on the average.
    pub(super) fn take_union<'a>(&mut self, rings: impl Iterator<Item = &'a [LonLat]>) -> bool {
        let (mut whole, mut wide, mut high, mut edges) = (LonLatBox::EMPTY, 0.0, 0.0, 0.0);
        for ring in rings {
            whole = whole.union(LonLatBox::of(ring));
            for edge in ring.windows(2) {
                wide += (edge[1].lon - edge[0].lon).abs();
                high += (edge[1].lat - edge[0].lat).abs();
                edges += 1.0;
            }
        }
        let beside = wide / (whole.max.lon - whole.min.lon) + high / (whole.max.lat - whole.min.lat);
        // Without width or height there is little to unite.
        !beside.is_finite() || self.take((edges * beside) as usize)
    }

    /// True where something was not looked at.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }
}

/// Looking at a pair of edges takes so many steps.
const LOOK: usize = 16;

/// True where fewer pairs of boxes are met in a sweep to the north than in one to the east. Cost: n log n.
pub(super) fn is_swept_northwards(boxes: &[LonLatBox]) -> bool {
    let pairs = |axis: fn(LonLat) -> f64| {
        let sorted = |corner: fn(&LonLatBox) -> LonLat| {
            let mut all: Vec<f64> = boxes.iter().map(|own| axis(corner(own))).collect();
            all.sort_unstable_by(f64::total_cmp);
            all
        };
        let (starts, ends) = (sorted(|own| own.min), sorted(|own| own.max));
        let mut ended = 0;
        let beside = |(begun, start): (usize, &f64)| {
            while ends[ended] < *start {
                ended += 1;
            }
            begun - ended
        };
        starts.iter().enumerate().map(beside).sum::<usize>()
    };
    boxes.len() > FEW && pairs(|p| p.lat) < pairs(|p| p.lon)
}

/// A box with its axes exchanged where it is `northwards`.
pub(super) fn turned(own: LonLatBox, northwards: bool) -> LonLatBox {
    let turned = |p: LonLat| LonLat::new(p.lat, p.lon);
    if northwards { LonLatBox { min: turned(own.min), max: turned(own.max) } } else { own }
}

/// An edge with the position before it in the ring, zero-length edges left out.
#[derive(Clone, Copy)]
struct Edge {
    before: LonLat,
    a: LonLat,
    b: LonLat,
}

/// What a sweep over the edges of a polygon finds.
#[derive(Default)]
pub(super) struct Swept {
    /// A place where two edges cross.
    pub(super) crossing: Option<LonLat>,
    /// A place where two edges run along one another.
    pub(super) shared: Option<LonLat>,
    /// True where a corner lies on an edge that it is no end of, or on another corner.
    pub(super) touches: bool,
}

/// Looks for edges that cross or share a stretch, as far as the work allows. Sorted sweep: n log n for rings as drawn.
pub(super) fn sweep(rings: &[&[LonLat]], work: &mut Work) -> Swept {
    let mut swept = Swept::default();
    if let [ring] = rings
        && is_star(ring)
    {
        return swept;
    }
    let mut edges = Vec::new();
    for ring in rings {
        let mut corners: Vec<LonLat> = ring[..ring.len() - 1].to_vec();
        corners.dedup();
        while corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        let n = corners.len();
        edges.extend((0..n).map(|i| Edge { before: corners[(i + n - 1) % n], a: corners[i], b: corners[(i + 1) % n] }));
    }
    let mut boxes: Vec<LonLatBox> = edges.iter().map(|e| LonLatBox::of(&[e.a, e.b])).collect();
    if edges.len() <= FEW {
        for (i, edge) in edges.iter().enumerate() {
            let own = boxes[i];
            for (other, b) in edges[..i].iter().zip(&boxes) {
                let apart = (b.min.lat > own.max.lat)
                    | (b.max.lat < own.min.lat)
                    | (b.min.lon > own.max.lon)
                    | (b.max.lon < own.min.lon);
                if !apart && !follow(edge, other) && swept.look(edge, other) {
                    return swept;
                }
            }
        }
        return swept;
    }
    // To the east first; nearly every ring is done with so much.
    let mut some = Work { left: work.left.min(256 * edges.len() as u64), is_spent: false };
    let before = some.left;
    swept.go(&edges, &boxes, &mut some);
    if work.take((before - some.left) as usize) && some.is_spent {
        let northwards = is_swept_northwards(&boxes);
        boxes.iter_mut().for_each(|own| *own = turned(*own, northwards));
        swept = Swept::default();
        swept.go(&edges, &boxes, work);
    }
    swept
}

/// True for a closed ring all of which is seen from its middle, as of most plots and buildings: it goes round that once, ever on, so
/// that no edge meets another but in the corner between them. Exact; false tells nothing. Cost: its length.
fn is_star(ring: &[LonLat]) -> bool {
    let corners = &ring[..ring.len() - 1];
    let n = corners.len() as f64;
    let sum = corners.iter().fold([0.0; 2], |[lon, lat], p| [lon + (p.lon - ring[0].lon), lat + (p.lat - ring[0].lat)]);
    let middle = LonLat::new(ring[0].lon + sum[0] / n, ring[0].lat + sum[1] / n);
    let turn = side(middle, ring[0], ring[1]).signum();
    let mut rounds = 0;
    for edge in ring.windows(2) {
        let at = side(middle, edge[0], edge[1]);
        if at == 0.0 || at.signum() != turn {
            return false;
        }
        // One way round it passes the middle's parallel upwards once a round, on the same side.
        rounds += u32::from(edge[0].lat < middle.lat && edge[1].lat >= middle.lat);
    }
    rounds == 1
}

/// Up to so many edges every pair is looked at.
const FEW: usize = 40;

fn in_box(a: LonLat, b: LonLat, p: LonLat) -> bool {
    p.lon >= a.lon.min(b.lon) && p.lon <= a.lon.max(b.lon) && p.lat >= a.lat.min(b.lat) && p.lat <= a.lat.max(b.lat)
}

/// True where one edge follows the other with a bend between them: they share that corner and nothing else.
fn follow(e: &Edge, f: &Edge) -> bool {
    let bends = |first: &Edge, then: &Edge| {
        first.b == then.a && first.a == then.before && side(first.a, first.b, then.b) != 0.0
    };
    bends(e, f) || bends(f, e)
}

impl Swept {
    /// Sweeps over edges by their boxes, until two cross or the work is spent.
    fn go(&mut self, edges: &[Edge], boxes: &[LonLatBox], work: &mut Work) {
        let mut order: Vec<u32> = (0..edges.len() as u32).collect();
        order.sort_unstable_by(|e, f| boxes[*e as usize].min.lon.total_cmp(&boxes[*f as usize].min.lon));
        // Boxes of edges that the sweep is in, one behind another in memory.
        let mut active: Vec<(LonLatBox, u32)> = Vec::new();
        for number in order {
            let (edge, own) = (&edges[number as usize], boxes[number as usize]);
            if !work.take(active.len()) {
                return;
            }
            let mut k = 0;
            while let Some((b, other)) = active.get(k) {
                if b.max.lon < own.min.lon {
                    active.swap_remove(k);
                    continue;
                }
                k += 1;
                if b.min.lat > own.max.lat || b.max.lat < own.min.lat {
                    continue;
                }
                let other = &edges[*other as usize];
                if !work.take(LOOK) || (!follow(edge, other) && self.look(edge, other)) {
                    return;
                }
            }
            active.push((own, number));
        }
    }

    /// Looks at two edges; true where they cross.
    fn look(&mut self, e: &Edge, f: &Edge) -> bool {
        let touch;
        (self.crossing, touch) = crossing(e, f);
        self.touches |= touch;
        if self.crossing.is_none() {
            self.shared = self.shared.or_else(|| shared_stretch(e, f));
        }
        self.crossing.is_some()
    }
}

/// A place where two edges run along one another for more than a point.
fn shared_stretch(e: &Edge, f: &Edge) -> Option<LonLat> {
    if side(f.a, f.b, e.a) != 0.0 || side(f.a, f.b, e.b) != 0.0 {
        return None;
    }
    let ends = [e.a, e.b].into_iter().filter(|p| in_box(f.a, f.b, *p));
    let mut on_both = ends.chain([f.a, f.b].into_iter().filter(|p| in_box(e.a, e.b, *p)));
    let first = on_both.next()?;
    on_both.any(|p| p != first).then_some(first)
}

/// Where the boundary crosses itself at these two edges, and whether they touch there or elsewhere.
fn crossing(e: &Edge, f: &Edge) -> (Option<LonLat>, bool) {
    let (ea, eb) = (side(f.a, f.b, e.a), side(f.a, f.b, e.b));
    let (fa, fb) = (side(e.a, e.b, f.a), side(e.a, e.b, f.b));
    if ea * eb < 0.0 && fa * fb < 0.0 {
        let t = ea / (ea - eb);
        return (Some(LonLat::new(e.a.lon + (e.b.lon - e.a.lon) * t, e.a.lat + (e.b.lat - e.a.lat) * t)), true);
    }
    let (e_on_f, f_on_e) = (ea == 0.0 && in_box(f.a, f.b, e.a), fa == 0.0 && in_box(e.a, e.b, f.a));
    // A corner of one on the other: crossing only if the path goes through, told once, at the start of an edge.
    if e_on_f && e.a != f.b {
        let (from, to) = if e.a == f.a { (f.before, f.b) } else { (f.a, f.b) };
        if passes_through(e.a, e.before, e.b, from, to) {
            return (Some(e.a), true);
        }
    }
    if f_on_e && f.a != e.b && f.a != e.a && passes_through(f.a, f.before, f.b, e.a, e.b) {
        return (Some(f.a), true);
    }
    (None, e_on_f || f_on_e)
}

/// True where the path `in1`–`at`–`out1` is crossed at `at` by `in2`–`at`–`out2`; false where they only
/// touch or share a stretch.
fn passes_through(at: LonLat, in1: LonLat, out1: LonLat, in2: LonLat, out2: LonLat) -> bool {
    let same_way = |p: LonLat, q: LonLat| {
        side(at, p, q) == 0.0 && (p.lon - at.lon) * (q.lon - at.lon) + (p.lat - at.lat) * (q.lat - at.lat) > 0.0
    };
    if [in2, out2].iter().any(|p| same_way(*p, in1) || same_way(*p, out1)) || same_way(in1, out1) {
        return false;
    }
    let left_of_path = |p: LonLat| {
        let (before, after) = (side(in1, at, p) > 0.0, side(at, out1, p) > 0.0);
        if side(in1, at, out1) >= 0.0 { before && after } else { before || after }
    };
    left_of_path(in2) != left_of_path(out2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A comb of so many long teeth that touch nowhere, turned by an angle; two of its teeth cross at `crossed`.
    fn comb(teeth: usize, turn: f64, crossed: Option<usize>) -> Vec<LonLat> {
        let (sin, cos) = turn.sin_cos();
        let corner = |x: f64, k: usize| {
            let y = k as f64 / teeth as f64;
            LonLat::new(x * cos - y * sin, x * sin + y * cos)
        };
        let tooth = |k: usize| {
            let tip = if crossed == Some(k) { k + 1 } else { k };
            [corner(0.1, 2 * k), corner(1.0, 2 * tip), corner(1.0, 2 * k + 1), corner(0.1, 2 * k + 1)]
        };
        let mut ring: Vec<LonLat> = (0..teeth).flat_map(tooth).collect();
        ring.extend([corner(0.0, 2 * teeth), corner(0.0, 0)]);
        ring.push(ring[0]);
        ring
    }

    #[test]
    fn what_is_seen_from_its_middle_is_found_as_the_sweep_finds_it() {
        // Rings of random corners in a few places: stars, crossings, touches, turns back, several rounds.
        let mut state = 1_u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let (mut stars, mut others) = (0, 0);
        for _ in 0..20_000 {
            let (n, rounds) = (3 + below(9) as usize, 1 + below(8) / 7);
            let corner = |i: usize, radius: u64| {
                let (sin, cos) = (i as f64 / n as f64 * std::f64::consts::TAU * rounds as f64).sin_cos();
                LonLat::new(121.0 + (cos * radius as f64).round() * 1e-3, 31.0 + (sin * radius as f64).round() * 1e-3)
            };
            let mut ring: Vec<LonLat> = (0..n).map(|i| corner(i, 2 + below(9))).collect();
            if below(2) == 0 {
                ring.reverse();
            }
            ring.push(ring[0]);
            if !is_star(&ring) {
                others += 1;
                continue;
            }
            stars += 1;
            let edges: Vec<Edge> =
                (0..n).map(|i| Edge { before: ring[(i + n - 1) % n], a: ring[i], b: ring[i + 1] }).collect();
            let boxes: Vec<LonLatBox> = edges.iter().map(|e| LonLatBox::of(&[e.a, e.b])).collect();
            let mut swept = Swept::default();
            swept.go(&edges, &boxes, &mut Work::of(n));
            assert!(swept.crossing.is_none() && swept.shared.is_none(), "{ring:?}");
        }
        assert!(stars > 2_000 && others > 2_000, "{stars} {others}");
    }

    #[test]
    fn rings_that_go_round_twice_or_back_are_no_stars() {
        let at = |x: f64, y: f64| LonLat::new(121.0 + x, 31.0 + y);
        let square = [at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)];
        let ring = |corners: &[LonLat]| [corners, &corners[..1]].concat();
        assert!(is_star(&ring(&square)));
        assert!(!is_star(&ring(&[square, square].concat())), "twice round");
        assert!(!is_star(&ring(&[at(0.0, 0.0), at(1.0, 1.0), at(1.0, 0.0), at(0.0, 1.0)])), "a bow");
        assert!(!is_star(&ring(&[at(0.0, 0.0), at(1.0, 0.0), at(1.0, 0.0), at(0.0, 1.0)])), "a corner twice");
        assert!(!is_star(&ring(&[at(0.0, 0.0), at(1.0, 0.0), at(2.0, 0.0)])), "flat");
    }

    #[test]
    fn a_comb_is_swept_along_its_teeth_and_one_askew_ends() {
        for turn in [0.0, std::f64::consts::FRAC_PI_2] {
            for (crossed, found) in [(None, false), (Some(19_000), true)] {
                let ring = comb(20_000, turn, crossed);
                let mut work = Work::of(ring.len());
                let left = work.left;
                assert_eq!(sweep(&[&ring], &mut work).crossing.is_some(), found, "{turn} {crossed:?}");
                assert!(!work.is_spent() && left - work.left < 600 * ring.len() as u64, "{turn}: {}", left - work.left);
            }
        }
        let ring = comb(20_000, 0.7, None);
        let mut work = Work::of(ring.len());
        assert!(sweep(&[&ring], &mut work).crossing.is_none() && work.is_spent());
        // As many as people draw are looked at however they lie.
        for (crossed, found) in [(None, false), (Some(900), true)] {
            let ring = comb(1_000, 0.7, crossed);
            let mut work = Work::of(ring.len());
            assert_eq!(sweep(&[&ring], &mut work).crossing.is_some(), found);
            assert!(!work.is_spent());
        }
    }
}
