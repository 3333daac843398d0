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

    /// False where a ball is certainly further than the limit: from the run's own ball, and from each of its edges.
    fn may_reach(&self, (middle, radius_m): (Geocentric, f64), limit_m: f64) -> bool {
        let reach_m = limit_m + self.radius_m + radius_m;
        if chord_2(self.middle, middle) > reach_m * reach_m {
            return false;
        }
        let reach_m = limit_m + radius_m + self.bent_m;
        self.edges[..self.path.len() - 1].iter().any(|edge| edge.distance_2(middle) <= reach_m * reach_m)
    }
}

impl<'a> FarRuns<'a> {
    /// Runs of one path, with their boxes.
    pub(super) fn new(origin: LonLat, runs: impl Iterator<Item = (&'a [LonLat], LonLatBox)>) -> Self {
        let from = ChordsFrom::new(origin);
        let runs = runs.map(|(path, bounds)| FarRun::new(&from, path, from.ball(&bounds))).collect();
        Self { from, runs }
    }

    /// True where one of the runs may be within the limit of what lies in a box.
    pub(super) fn may_reach(&self, area: &LonLatBox, limit_m: f64) -> bool {
        let ball = self.from.ball(area);
        self.runs.iter().any(|ours| ours.may_reach(ball, limit_m))
    }

    /// As [`super::sieve::Sieve::pairs`], for a run far away.
    pub(super) fn pairs(&self, theirs: &[LonLat], area: &LonLatBox, mut limit_m: f64) -> SmallVec<[Pair; 32]> {
        let mut pairs = SmallVec::new();
        let ball = self.from.ball(area);
        if !self.runs.iter().any(|ours| ours.may_reach(ball, limit_m)) {
            return pairs;
        }
        let theirs = FarRun::new(&self.from, theirs, ball);
        for ours in self.runs.iter() {
            if ours.may_reach(ball, limit_m) {
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
