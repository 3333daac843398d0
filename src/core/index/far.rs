//! Runs of edges far from one another: pairs of a position and an edge told apart by straight lines through the ellipsoid.

use super::RUN;
use super::sieve::{MOST, Pair, TOGETHER};
use crate::geodesy::{
    ChordEdge, ChordsFrom, Geocentric, LonLat, LonLatBox, chord_2, geodesic_least_m, geodesic_most_m,
};
use smallvec::SmallVec;

/// A stretch of a path as chords have it.
pub(super) struct FarRuns<'a> {
    from: ChordsFrom,
    runs: SmallVec<[FarRun<'a>; TOGETHER]>,
}

/// A run by its chords.
struct FarRun<'a> {
    path: &'a [LonLat],
    /// A ball that all of it lies in.
    middle: Geocentric,
    radius_m: f64,
    positions: [Geocentric; MOST],
    edges: [ChordEdge; RUN],
    /// How far an edge leaves its chord at most; metres.
    bent_m: f64,
}

impl<'a> FarRun<'a> {
    fn new(from: &ChordsFrom, path: &'a [LonLat], (middle, radius_m): (Geocentric, f64)) -> Self {
        let mut positions = [Geocentric::default(); MOST];
        path.iter().zip(&mut positions).for_each(|(p, place)| *place = from.place(*p));
        let mut edges = [ChordEdge::default(); RUN];
        for ((edge, ends), places) in edges.iter_mut().zip(path.windows(2)).zip(positions.windows(2)) {
            *edge = ChordEdge::between((ends[0], places[0]), (ends[1], places[1]));
        }
        let bent_m = edges.iter().fold(0.0, |most, edge| edge.bent_m.max(most));
        Self { path, middle, radius_m, positions, edges, bent_m }
    }
}

impl<'a> FarRuns<'a> {
    /// Runs of one path, with their boxes.
    pub(super) fn new(origin: LonLat, runs: impl Iterator<Item = (&'a [LonLat], LonLatBox)>) -> Self {
        let from = ChordsFrom::new(origin);
        let runs = runs.map(|(path, bounds)| FarRun::new(&from, path, from.ball(&bounds))).collect();
        Self { from, runs }
    }

    /// As [`super::sieve::Sieve::pairs`], for a run far away.
    pub(super) fn pairs(&self, theirs: &[LonLat], area: &LonLatBox, mut limit_m: f64) -> SmallVec<[Pair; 32]> {
        let mut pairs = SmallVec::new();
        let ball = self.from.ball(area);
        let may_reach = |ours: &FarRun, limit_m: f64| {
            let reach_m = limit_m + ours.radius_m + ball.1;
            chord_2(ours.middle, ball.0) <= reach_m * reach_m
        };
        if !self.runs.iter().any(|ours| may_reach(ours, limit_m)) {
            return pairs;
        }
        let theirs = FarRun::new(&self.from, theirs, ball);
        for ours in self.runs.iter() {
            if may_reach(ours, limit_m) {
                add(&mut pairs, (true, ours, &theirs), &mut limit_m);
                add(&mut pairs, (false, &theirs, ours), &mut limit_m);
            }
        }
        pairs
    }
}

/// Adds positions of one run with edges of another that may be within the limit, which becomes what the nearest of them can be
/// at most.
fn add(pairs: &mut SmallVec<[Pair; 32]>, (is_ours, from, to): (bool, &FarRun, &FarRun), limit_m: &mut f64) {
    for (place, position) in from.positions.iter().zip(from.path) {
        let reach_m = *limit_m + to.radius_m;
        if chord_2(*place, to.middle) > reach_m * reach_m {
            continue;
        }
        let most_m = *limit_m + to.bent_m;
        for (edge, ends) in to.edges.iter().zip(to.path.windows(2)) {
            // A chord is no longer than its geodesic.
            let distance_2 = edge.distance_2(*place);
            if distance_2 > most_m * most_m {
                continue;
            }
            let chord_m = distance_2.sqrt();
            let least_m = geodesic_least_m(chord_m - edge.bent_m);
            if least_m <= *limit_m {
                pairs.push(Pair { least_m, position: *position, edge: [ends[0], ends[1]], is_ours });
                *limit_m = limit_m.min(geodesic_most_m(chord_m + edge.bent_m));
            }
        }
    }
}
