//! Which outer sides of a region's pieces others hide.

use super::super::AskError;
use super::super::region::{Bend, Heading, Wanted};
use super::cells::{Cells, rings_of_cells};
use super::{Rings, share_off};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, Ruler, Steps};
use crate::progress::Progress;
use rayon::prelude::*;
use smallvec::SmallVec;
use std::f64::consts::{PI, TAU};

/// What nothing is known to hide at a corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Open {
    /// Halves of the outer side of the edge that begins there, a bit each.
    edge: u8,
    /// Of the sector there, from where to where; radians.
    sector: [f32; 2],
}

impl Open {
    const BOTH_HALVES: u8 = 0b11;

    fn has_sector(&self) -> bool {
        self.sector[0] < self.sector[1]
    }

    pub(super) fn is_any(&self) -> bool {
        self.edge != 0 || self.has_sector()
    }
}

/// The outer sides at a corner: rulers at the ends of the halves beside the edge, and of the sector's open part.
struct Outer {
    edge: SmallVec<[Ruler; 3]>,
    /// As [`Sight::surely_2`], for all between the ends beside the edge: it bends.
    beside_2: f64,
    around: Steps,
    start: Heading,
    sector: Option<[Ruler; 2]>,
}

/// Wider than this, or nearer to a pole, nothing is left out: the plane's error is not small.
const WIDEST_M: f64 = 100_000.0;
const NEAREST_TO_POLE_DEG: f64 = 78.0;

/// Which stretches of rings can bound a region.
pub(super) struct Sight<'a> {
    rings: &'a Rings,
    middle: Steps,
    distance_m: f64,
    /// What is nearer than this to a corner lies within the distance for certain; squared.
    surely_2: f64,
    /// What is nearer than this lies within the polygon that is drawn for the distance; squared.
    deeply_2: f64,
    /// So many radians a metre directions in the plane about a corner turn from those of geodesics, at most.
    bending: f64,
}

impl<'a> Sight<'a> {
    /// `None` where nothing can be left out, or little would be.
    pub(super) fn new(rings: &'a Rings, bounds: &LonLatBox, distance_m: f64) -> Option<Self> {
        let extreme = bounds.min.lat.abs().max(bounds.max.lat.abs()) + distance_m / 111_000.0;
        if distance_m > WIDEST_M || extreme > NEAREST_TO_POLE_DEG || rings.positions.len() < 8 {
            return None;
        }
        let tan = extreme.to_radians().tan();
        let radians = distance_m / 6.35e6;
        // What rulers and series can be off, and a hair.
        let margin = 2e-5 + 4.0 * radians * radians * (1.0 + tan * tan);
        let surely_m = distance_m * (1.0 - margin);
        let middle = Steps::from(bounds.center());
        let deeply_m = distance_m * (1.0 - share_off(bounds, distance_m));
        let (surely_2, deeply_2) = (surely_m * surely_m, deeply_m * deeply_m);
        Some(Self { rings, middle, distance_m, surely_2, deeply_2, bending: (1.0 + tan) / 6.35e6 })
    }

    /// All that is at a corner of a ring.
    fn all_at(&self, ring: &[LonLat], i: usize) -> Open {
        if ring.len() == 1 {
            return Open { edge: 0, sector: [0.0, TAU as f32] };
        }
        match self.bend(&self.middle.from_beside(ring[i]), ring, i) {
            Some(Bend::Left(_, turn)) => Open { edge: Open::BOTH_HALVES, sector: [0.0, turn as f32] },
            _ => Open { edge: Open::BOTH_HALVES, sector: [0.0; 2] },
        }
    }

    fn bend(&self, around: &Steps, ring: &[LonLat], i: usize) -> Option<Bend> {
        let n = ring.len();
        Bend::new(around, ring[if i == 0 { n - 1 } else { i - 1 }], ring[i], ring[if i + 1 == n { 0 } else { i + 1 }])
    }

    /// A ruler at the end of the distance in a direction.
    fn end(&self, from: &Steps, square: Heading) -> Ruler {
        Ruler::from_beside(from, from.about(self.distance_m * square.east, self.distance_m * square.north))
    }

    fn ends_of_sector(&self, around: &Steps, start: Heading, open: &Open) -> [Ruler; 2] {
        open.sector.map(|angle| {
            let (sin, cos) = f64::from(angle).sin_cos();
            self.end(around, start.turned(sin, cos))
        })
    }

    /// What is open of the outer sides at a corner.
    fn outer(&self, ring: &[LonLat], i: usize, open: &Open) -> Outer {
        let n = ring.len();
        let around = self.middle.from_beside(ring[i]);
        let (mut edge, mut beside_2) = (SmallVec::new(), self.surely_2);
        if open.edge != 0 {
            let (a, b) = (ring[i], ring[if i + 1 == n { 0 } else { i + 1 }]);
            let [x, y] = around.metres(b.lon - a.lon, b.lat - a.lat);
            let surely_m = self.surely_2.sqrt() - 0.5 * self.bending * (x * x + y * y);
            beside_2 = surely_m.max(0.0).powi(2);
            for at in [a, a.lerp(b, 0.5), b] {
                let from = self.middle.from_beside(at);
                edge.extend(Heading::new(&from, a, b).map(|heading| self.end(&from, heading.right())));
            }
        }
        let east = Heading { east: 1.0, north: 0.0 };
        let start = match (open.has_sector(), n) {
            (true, 1) => Some(east),
            (true, _) => match self.bend(&around, ring, i) {
                Some(Bend::Left(start, _)) => Some(start),
                _ => None,
            },
            _ => None,
        };
        let sector = start.map(|start| self.ends_of_sector(&around, start, open));
        Outer { edge, beside_2, around, start: start.unwrap_or(east), sector }
    }

    /// Closes what one of some other corners hides.
    fn hide(&self, outer: &mut Outer, open: &mut Open, by: impl IntoIterator<Item = LonLat>) {
        for corner in by {
            let is_in = |end: &Ruler| end.distance_2(corner) < self.surely_2;
            let mut before = false;
            for (k, end) in outer.edge.iter().enumerate() {
                let is_in = end.distance_2(corner) < outer.beside_2;
                if is_in && before {
                    open.edge &= !(1 << (k - 1));
                }
                before = is_in;
            }
            if let Some([first, last]) = &outer.sector {
                let are_in = [is_in(first), is_in(last)];
                if are_in[0] || are_in[1] {
                    self.narrow(outer, open, corner, are_in);
                }
            }
            if !open.is_any() {
                return;
            }
        }
    }

    /// Takes from a sector what another corner hides from its ends on.
    fn narrow(&self, outer: &mut Outer, open: &mut Open, corner: LonLat, are_in: [bool; 2]) {
        let [from, to] = open.sector.map(f64::from);
        let p = outer.around.position();
        let [x, y] = outer.around.metres(corner.lon - p.lon, corner.lat - p.lat);
        let length = x.hypot(y);
        // Half of the angle under which the part of the circle appears that lies within the distance of the other.
        let cos =
            (self.distance_m * self.distance_m + length * length - self.surely_2) / (2.0 * self.distance_m * length);
        if are_in == [true, true] && to - from < 0.5 * PI {
            open.sector = [0.0; 2];
        } else if cos < 1.0 {
            let half = cos.max(-1.0).acos() - 1e-4 - 1.5 * self.bending * length;
            let start = outer.start;
            let toward = (start.east * y - start.north * x).atan2(start.east * x + start.north * y);
            let near = |angle: f64| toward + ((angle - toward) / TAU).round() * TAU;
            if are_in[0] {
                open.sector[0] = open.sector[0].max((near(from) + half) as f32);
            }
            if are_in[1] {
                open.sector[1] = open.sector[1].min((near(to) - half) as f32);
            }
        }
        if open.has_sector() {
            outer.sector = Some(self.ends_of_sector(&outer.around, outer.start, open));
        } else {
            open.sector = [0.0; 2];
            outer.sector = None;
        }
    }

    /// What can bound the region, for every position of the rings: first what nothing hides, then how much of that is to
    /// be drawn so that its ends lie deep enough for what hides them to cover them, arcs being polygons.
    pub(super) fn look(mut self, progress: &Progress) -> Result<Vec<Open>, AskError> {
        let mut open: Vec<Open> = vec![Open::default(); self.rings.positions.len()];
        self.by_ring(&mut open).into_par_iter().with_max_len(256).for_each(|(ring, open)| {
            open.par_iter_mut().with_min_len(1_024).enumerate().for_each(|(i, open)| *open = self.all_at(ring, i));
        });
        self.close(&mut open, progress)?;
        self.surely_2 = self.deeply_2;
        // Those beside it too, and those beside what of them is open: what is drawn must end where it is deep.
        let mut is_asked = vec![false; open.len()];
        while self.ask_beside(&mut open, &mut is_asked) {
            self.close(&mut open, progress)?;
        }
        Ok(open)
    }

    /// Opens what is or lies beside open corners and has not been asked yet; false where there is none.
    fn ask_beside(&self, open: &mut [Open], is_asked: &mut [bool]) -> bool {
        let mut rest = is_asked;
        let mut rings = Vec::new();
        for (ring, open) in self.by_ring(open) {
            let (own, after) = rest.split_at_mut(ring.len());
            rings.push((ring, open, own));
            rest = after;
        }
        let ask = |(ring, open, is_asked): (&[LonLat], &mut [Open], &mut [bool])| {
            let n = ring.len();
            let beside = |i: usize| [if i == 0 { n - 1 } else { i - 1 }, i, if i + 1 == n { 0 } else { i + 1 }];
            let is_next = |i: usize| !is_asked[i] && beside(i).iter().any(|k| open[*k].is_any());
            let next: Vec<usize> = (0..n).filter(|i| is_next(*i)).collect();
            for i in &next {
                open[*i] = self.all_at(ring, *i);
                is_asked[*i] = true;
            }
            !next.is_empty()
        };
        rings.into_par_iter().with_max_len(256).map(ask).reduce(|| false, |a, b| a | b)
    }

    /// Closes what others hide, as far as they are asked.
    fn close(&self, open: &mut [Open], progress: &Progress) -> Result<(), AskError> {
        self.by_ring(open).into_par_iter().with_max_len(256).try_for_each(|(ring, open)| {
            progress.advance(0)?;
            self.along(ring, open);
            self.among_the_open(ring, open);
            Ok::<_, AskError>(())
        })?;
        self.by_cells(open, progress)
    }

    /// Each ring, and its own of a number a position.
    fn by_ring<'o>(&self, mut open: &'o mut [Open]) -> Vec<(&'a [LonLat], &'o mut [Open])> {
        let mut rings = Vec::with_capacity(self.rings.ends.len());
        for ring in self.rings.all() {
            let (own, rest) = open.split_at_mut(ring.len());
            rings.push((ring, own));
            open = rest;
        }
        rings
    }

    /// Looks at every corner of a ring from others of it.
    fn along(&self, ring: &[LonLat], open: &mut [Open]) {
        let corners = open.par_iter_mut().with_min_len(1_024).enumerate();
        corners.filter(|(_, open)| open.is_any()).for_each(|(i, open)| {
            let mut outer = self.outer(ring, i, open);
            self.hide(&mut outer, open, strides(ring.len(), i).map(|k| ring[k]));
        });
    }

    /// Looks again from what is left, as long as that helps: corners that stand out hide most.
    fn among_the_open(&self, ring: &[LonLat], open: &mut [Open]) {
        let mut left: Vec<u32> = (0..open.len() as u32).filter(|i| open[*i as usize].is_any()).collect();
        while left.len() > 16 {
            let looked = |(k, i): (usize, &u32)| {
                let mut own = open[*i as usize];
                let by = strides(left.len(), k).map(|k| ring[left[k] as usize]);
                let mut outer = self.outer(ring, *i as usize, &own);
                self.hide(&mut outer, &mut own, by);
                own
            };
            let seen: Vec<Open> = left.par_iter().with_min_len(1_024).enumerate().map(looked).collect();
            for (i, seen) in left.iter().zip(seen) {
                open[*i as usize] = seen;
            }
            let before = left.len();
            left.retain(|i| open[*i as usize].is_any());
            if left.len() * 32 > before * 31 {
                break;
            }
        }
    }

    /// Looks from two corners of each cell of a grid near by: what other borders hide.
    fn by_cells(&self, open: &mut [Open], progress: &Progress) -> Result<(), AskError> {
        const CELLS_A_DISTANCE: f64 = 4.0;
        let frame = LocalFrame::at(self.middle.position());
        let cell = |p: LonLat| frame.to_xy(p).map(|v| (v * CELLS_A_DISTANCE / self.distance_m).floor() as i32);
        let left = self.rings.positions.iter().zip(&*open).filter(|(_, open)| open.is_any());
        let left: Vec<([i32; 2], LonLat)> = left.map(|(p, _)| (cell(*p), *p)).collect();
        let cells = Cells::new(&left);
        let far = CELLS_A_DISTANCE as i32;
        self.by_ring(open).into_par_iter().with_max_len(256).try_for_each(|(ring, open)| {
            progress.advance(0)?;
            open.par_iter_mut().with_min_len(256).enumerate().filter(|(_, open)| open.is_any()).for_each(
                |(i, open)| {
                    let mut outer = self.outer(ring, i, open);
                    let ends = outer.edge.iter().chain(outer.sector.iter().flatten());
                    let mut at: SmallVec<[[i32; 2]; 8]> = ends.map(|end| cell(end.position())).collect();
                    if open.sector[1] - open.sector[0] > 1.0 {
                        // Between its ends it bulges.
                        at.extend([[-1, 0], [1, 0], [0, -1], [0, 1]].map(|[x, y]| {
                            let [own_x, own_y] = cell(ring[i]);
                            [own_x + x * far, own_y + y * far]
                        }));
                    }
                    let spread = |axis: usize| {
                        let of = || at.iter().map(|cell| cell[axis]);
                        (of().min().unwrap_or(0), of().max().unwrap_or(0))
                    };
                    let ([west, east], [south, north]) = (spread(0).into(), spread(1).into());
                    let middle = [(west + east) / 2, (south + north) / 2];
                    let reach = far + (east - west).max(north - south) / 2 + 1;
                    let by = rings_of_cells(reach).filter_map(|[dx, dy]| cells.get([middle[0] + dx, middle[1] + dy]));
                    self.hide(&mut outer, open, by.flatten().copied());
                },
            );
            Ok(())
        })
    }
}

/// Places one, two, four, … from `i` along a ring of so many, either way.
fn strides(of: usize, i: usize) -> impl Iterator<Item = usize> {
    let steps = std::iter::successors(Some(1_usize), |step| Some(step * 2)).take_while(move |step| step * 2 <= of);
    steps.flat_map(move |step| [(i + step) % of, (i + of - step) % of])
}

/// What of one ring is open.
pub(super) struct Seen<'a>(pub(super) &'a [Open]);

impl Wanted for Seen<'_> {
    fn edge(&self, i: usize, _: LonLat, _: LonLat) -> bool {
        self.0[i].edge != 0
    }

    fn corner(&self, i: usize, _: LonLat) -> bool {
        self.0[i].has_sector()
    }

    fn sector(&self, i: usize, _: LonLat, _: [f64; 2], turn: f64) -> Option<[f64; 2]> {
        self.0[i].has_sector().then(|| self.0[i].sector.map(|angle| (f64::from(angle) / turn).clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A closed border of corners so many metres from a place, and what of it is left to be drawn.
    fn looked_at(shares: &[f64], distance_m: f64) -> (Rings, Vec<Open>) {
        let frame = LocalFrame::at(LonLat::new(107.5, 31.0));
        let corner = |(k, share): (usize, &f64)| {
            let (sin, cos) = (-(k as f64) * TAU / shares.len() as f64).sin_cos();
            frame.to_lon_lat([20_000.0 * share * cos, 20_000.0 * share * sin])
        };
        let positions: Vec<LonLat> = shares.iter().enumerate().map(corner).collect();
        let rings = Rings { ends: vec![positions.len() as u32], positions };
        let open = {
            let sight = Sight::new(&rings, &LonLatBox::of(&rings.positions), distance_m).expect("a border to look at");
            sight.look(&Progress::default()).expect("not stopped")
        };
        (rings, open)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_drawn_ends_beside_what_is_drawn_or_deep(
            shares in prop::collection::vec(0.9..1.0_f64, 100..1_000),
            distance_m in 500.0..4_000.0_f64,
        ) {
            let (rings, open) = looked_at(&shares, distance_m);
            let sight = Sight::new(&rings, &LonLatBox::of(&rings.positions), distance_m).expect("a border to look at");
            let ring = rings.ring(0);
            let n = ring.len();
            let is_deep = |end: &Ruler| ring.iter().any(|corner| end.distance_2(*corner) < sight.deeply_2);
            for (i, open_here) in open.iter().enumerate() {
                let all = sight.outer(ring, i, &sight.all_at(ring, i));
                let [first, second] = [open_here.edge & 1 != 0, open_here.edge & 2 != 0];
                prop_assert!(first == second || is_deep(&all.edge[1]), "half of edge {i}");
                let Some([start, end]) = &all.sector else { continue };
                let before = open[(i + n - 1) % n].edge & 2 != 0;
                let whole = sight.all_at(ring, i).sector;
                let (mut starts, mut ends) = (false, false);
                if open_here.has_sector() {
                    let around = sight.middle.from_beside(ring[i]);
                    let drawn = sight.ends_of_sector(&around, all.start, open_here);
                    (starts, ends) = (open_here.sector[0] == whole[0], open_here.sector[1] == whole[1]);
                    prop_assert!((starts || is_deep(&drawn[0])) && (ends || is_deep(&drawn[1])), "sector {i}");
                }
                prop_assert!(before == starts || is_deep(start), "where the sector begins at {i}");
                prop_assert!(first == ends || is_deep(end), "where the sector ends at {i}");
            }
        }
    }
}
