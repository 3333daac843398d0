//! How lines hang together: pieces whose ends meet within a tolerance, and the missing links that would join most.
//!
//! Two pieces hang together where an end of one lies within the tolerance of the other (at its end or anywhere along it),
//! or where they cross or share a corner. Distances are geodesic.

use super::AskError;
use super::answer::is_line;
use crate::geodesy::{LonLat, LonLatBox, crossing, distance_m, nearest_on_edge, path_length_m};
use crate::index::{EdgeRun, IndexedLayer};
use crate::progress::Progress;
use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Pieces that hang together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Component {
    /// The rows that have a piece in it.
    pub rows: Vec<usize>,
    /// Metres.
    pub length_m: f64,
    /// Loops in it: ways round that come back without turning.
    pub loops: usize,
}

/// A way that is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Its ends, the western first: the end of a piece, and the nearest place on another.
    pub ends: [LonLat; 2],
    /// The rows at its ends.
    pub rows: [usize; 2],
    /// Metres.
    pub length_m: f64,
    /// What would hang together by it; metres.
    pub joins_m: f64,
    /// True where both ends hang together already: it closes a loop.
    pub closes_loop: bool,
}

/// How lines hang together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Network {
    /// Features.
    pub features_in: usize,
    /// All of them; metres.
    pub length_m: f64,
    /// What hangs together, the longest first.
    pub components: Vec<Component>,
    /// What is missing: first what joins most, then what closes a loop, the shortest first.
    pub links: Vec<Link>,
    /// Features that are no lines.
    pub left_out: usize,
    /// The component of each row that has one; of several, the longest.
    #[serde(skip)]
    pub component_of: BTreeMap<usize, usize>,
}

/// A place on another piece that an end comes near.
#[derive(Clone, Copy)]
struct Touch {
    end: usize,
    piece: usize,
    at: LonLat,
    distance_m: f64,
}

impl Link {
    /// With the western end first (of two as far west the southern one), and its row.
    fn western_first(mut self) -> Self {
        if place(self.ends[1]) < place(self.ends[0]) {
            self.ends.reverse();
            self.rows.reverse();
        }
        self
    }

    /// Where its ends are.
    fn place(&self) -> [[i64; 2]; 2] {
        self.ends.map(place)
    }
}

/// A position to 1e-7 degrees, to be compared.
fn place(p: LonLat) -> [i64; 2] {
    [p.lon, p.lat].map(|deg| (deg * 1e7).round() as i64)
}

/// Links whose lengths differ by no more are as long; metres.
const SAME_LENGTH_M: f64 = 1e-6;

/// Corners nearer to a line than this lie on it; metres.
const SAME_M: f64 = 1e-3;

/// Looks how the lines of a layer hang together; ends within `snap_m` meet, links up to `link_m` are looked for.
///
/// Cost: logarithmic in the layer for each end, and what lies near it.
///
/// # Errors
/// Cancelled.
pub fn network(lines: &IndexedLayer, snap_m: f64, link_m: f64, progress: &Progress) -> Result<Network, AskError> {
    let pieces = Pieces::new(lines);
    let touches = pieces.touches(snap_m.max(link_m), progress)?;
    let mut joined = Joined::new(&pieces, snap_m, progress)?;
    joined.touch(&pieces, &touches, snap_m);
    let components = joined.components(&pieces);
    let mut links = joined.joining(&pieces, &touches, &components, link_m);
    links.extend(joined.closing(&pieces, &components, link_m, progress)?);

    let mut components: Vec<Component> = components.into_values().collect();
    components.sort_by(|a, b| b.length_m.total_cmp(&a.length_m));
    let mut component_of = BTreeMap::new();
    for (number, component) in components.iter().enumerate() {
        for row in &component.rows {
            component_of.entry(*row).or_insert(number);
        }
    }
    Ok(Network {
        features_in: lines.feature_count(),
        length_m: components.iter().fold(0.0, |sum, c| sum + c.length_m),
        components,
        links,
        left_out: lines.feature_count() - pieces.of_row.len(),
        component_of,
    })
}

/// The paths of lines. Each has two ends: 2k and 2k + 1 are those of piece k.
struct Pieces<'a> {
    lines: &'a IndexedLayer,
    /// The row of each, and the path.
    all: Vec<(usize, &'a [LonLat])>,
    /// The pieces of a row, by where they stand in the layer's positions.
    of_row: BTreeMap<usize, Vec<(Range<usize>, usize)>>,
}

impl<'a> Pieces<'a> {
    fn new(lines: &'a IndexedLayer) -> Self {
        let layer = lines.layer();
        let mut pieces = Self { lines, all: Vec::new(), of_row: BTreeMap::new() };
        for row in lines.rows().filter(|row| is_line(layer, *row)) {
            let own = pieces.of_row.entry(row).or_default();
            for (range, path) in layer.geometries.path_ranges(row).zip(layer.geometries.paths(row)) {
                own.push((range, pieces.all.len()));
                pieces.all.push((row, path));
            }
        }
        pieces
    }

    /// The piece that a run of edges is of.
    fn of_run(&self, run: &EdgeRun) -> Option<usize> {
        let paths = self.of_row.get(&(run.row as usize))?;
        paths.iter().find(|(range, _)| range.contains(&(run.start as usize))).map(|(_, piece)| *piece)
    }

    fn end(&self, end: usize) -> LonLat {
        let path = self.all[end / 2].1;
        path[if end.is_multiple_of(2) { 0 } else { path.len() - 1 }]
    }

    /// The nearest place on every other piece that an end comes near.
    fn touches(&self, reach_m: f64, progress: &Progress) -> Result<Vec<Touch>, AskError> {
        progress.start(self.all.len() as u64);
        let of_end = |end: usize| {
            progress.advance(u64::from(end.is_multiple_of(2)))?;
            let p = self.end(end);
            let mut near: BTreeMap<usize, Touch> = BTreeMap::new();
            self.lines.runs_in(&LonLatBox::of(&[p]).padded(reach_m), |run, _| {
                let Some(piece) = self.of_run(run).filter(|piece| *piece != end / 2) else { return };
                for edge in run.of(self.lines.layer()).windows(2) {
                    if let Some(foot) = nearest_on_edge(p, edge[0], edge[1], reach_m) {
                        let touch = Touch { end, piece, at: foot.position, distance_m: foot.distance_m };
                        let best = near.entry(piece).or_insert(touch);
                        if touch.distance_m < best.distance_m {
                            *best = touch;
                        }
                    }
                }
            });
            Ok(near.into_values().collect())
        };
        let touches: Vec<Vec<Touch>> =
            (0..self.all.len() * 2).into_par_iter().map(of_end).collect::<Result<_, AskError>>()?;
        Ok(touches.concat())
    }
}

/// What hangs together, as far as it is known.
struct Joined {
    /// Pieces that do.
    pieces: UnionFind<usize>,
    /// Ends that are one node.
    ends: UnionFind<usize>,
    /// Places inside two pieces or more where they cross or share a corner: each adds a node, and splits them all.
    places: BTreeMap<[i64; 2], BTreeSet<usize>>,
    /// Ends that meet a piece between its ends, and that piece: they split it.
    splits: BTreeSet<(usize, usize)>,
    /// Ends that meet nothing.
    is_free: Vec<bool>,
}

impl Joined {
    /// By places where pieces cross or share a corner, and closed paths.
    fn new(pieces: &Pieces<'_>, snap_m: f64, progress: &Progress) -> Result<Self, AskError> {
        let count = pieces.all.len();
        let mut joined = Self {
            pieces: UnionFind::new(count),
            ends: UnionFind::new(count * 2),
            places: BTreeMap::new(),
            splits: BTreeSet::new(),
            is_free: vec![true; count * 2],
        };
        for (piece, (_, path)) in pieces.all.iter().enumerate() {
            progress.advance(0)?;
            joined.cross(pieces, piece);
            joined.share_corners(pieces, piece, snap_m);
            if distance_m(path[0], path[path.len() - 1]) <= snap_m && path.len() > 2 {
                joined.ends.union(2 * piece, 2 * piece + 1);
            }
        }
        Ok(joined)
    }

    fn meet(&mut self, place: LonLat, pieces: [usize; 2]) {
        self.pieces.union(pieces[0], pieces[1]);
        let place = [place.lon, place.lat].map(|deg| (deg * 1e8).round() as i64);
        self.places.entry(place).or_default().extend(pieces);
    }

    /// Joins a piece with later ones that it crosses.
    fn cross(&mut self, pieces: &Pieces<'_>, piece: usize) {
        for edge in pieces.all[piece].1.windows(2) {
            pieces.lines.runs_in(&LonLatBox::of(edge), |run, _| {
                let Some(other) = pieces.of_run(run).filter(|other| *other > piece) else { return };
                for theirs in run.of(pieces.lines.layer()).windows(2) {
                    if let Some(t) = crossing(edge[0], edge[1], theirs[0], theirs[1]) {
                        self.meet(edge[0].lerp(edge[1], t), [piece, other]);
                    }
                }
            });
        }
    }

    /// Joins a piece with others that pass its corners.
    fn share_corners(&mut self, pieces: &Pieces<'_>, piece: usize, snap_m: f64) {
        let path = pieces.all[piece].1;
        for corner in &path[1..path.len() - 1] {
            pieces.lines.runs_in(&LonLatBox::of(&[*corner]).padded(SAME_M), |run, _| {
                let Some(other) = pieces.of_run(run).filter(|other| *other != piece) else { return };
                let on = |theirs: &[LonLat]| {
                    nearest_on_edge(*corner, theirs[0], theirs[1], SAME_M).is_some_and(|foot| foot.distance_m <= SAME_M)
                };
                // Where the other ends there, its end tells.
                let ends = [2 * other, 2 * other + 1].map(|e| distance_m(pieces.end(e), *corner) <= snap_m);
                if run.of(pieces.lines.layer()).windows(2).any(on) && ends == [false, false] {
                    self.meet(*corner, [piece, other]);
                }
            });
        }
    }

    /// Joins pieces whose ends touch others.
    fn touch(&mut self, pieces: &Pieces<'_>, touches: &[Touch], snap_m: f64) {
        for touch in touches.iter().filter(|touch| touch.distance_m <= snap_m) {
            self.pieces.union(touch.end / 2, touch.piece);
            self.is_free[touch.end] = false;
            let theirs = [2 * touch.piece, 2 * touch.piece + 1];
            match theirs.into_iter().find(|e| distance_m(pieces.end(*e), pieces.end(touch.end)) <= snap_m) {
                Some(e) => drop(self.ends.union(touch.end, e)),
                None => drop(self.splits.insert((touch.end, touch.piece))),
            }
        }
        // Ends that are one node split a piece once.
        let splits = std::mem::take(&mut self.splits);
        self.splits = splits.into_iter().map(|(end, piece)| (self.ends.find(end), piece)).collect();
        for piece in 0..pieces.all.len() {
            if self.ends.equiv(2 * piece, 2 * piece + 1) {
                (self.is_free[2 * piece], self.is_free[2 * piece + 1]) = (false, false);
            }
        }
    }

    /// What hangs together, by the piece that stands for it. Loops are counted by Euler's formula.
    fn components(&self, pieces: &Pieces<'_>) -> BTreeMap<usize, Component> {
        let mut splits_of = vec![0; pieces.all.len()];
        self.splits.iter().for_each(|(_, piece)| splits_of[*piece] += 1);
        // A place where k pieces meet inside splits each of them and is one node.
        let mut crossed: BTreeMap<usize, usize> = BTreeMap::new();
        for of in self.places.values() {
            let Some(piece) = of.first() else { continue };
            *crossed.entry(self.pieces.find(*piece)).or_default() += of.len() - 1;
        }
        let mut components: BTreeMap<usize, Component> = BTreeMap::new();
        let (mut edges, mut nodes): (BTreeMap<usize, usize>, BTreeMap<usize, BTreeSet<usize>>) = Default::default();
        for (piece, (row, path)) in pieces.all.iter().enumerate() {
            let root = self.pieces.find(piece);
            let component = components.entry(root).or_default();
            component.length_m += path_length_m(path);
            component.rows.push(*row);
            *edges.entry(root).or_default() += 1 + splits_of[piece];
            let ends = [2 * piece, 2 * piece + 1].map(|end| self.ends.find(end));
            nodes.entry(root).or_default().extend(ends);
        }
        for (root, component) in &mut components {
            component.rows.dedup();
            let crossed = crossed.get(root).copied().unwrap_or_default();
            component.loops = (edges[root] + crossed + 1).saturating_sub(nodes[root].len());
        }
        components
    }

    /// Between two components the shortest way, first what joins most.
    fn joining(
        &self,
        pieces: &Pieces<'_>,
        touches: &[Touch],
        components: &BTreeMap<usize, Component>,
        link_m: f64,
    ) -> Vec<Link> {
        let mut links: BTreeMap<[usize; 2], Link> = BTreeMap::new();
        for touch in touches.iter().filter(|touch| touch.distance_m <= link_m) {
            let (own, other) = (touch.end / 2, touch.piece);
            let (a, b) = (self.pieces.find(own), self.pieces.find(other));
            let between = [a.min(b), a.max(b)];
            if a == b || links.get(&between).is_some_and(|known| known.length_m + SAME_LENGTH_M < touch.distance_m) {
                continue;
            }
            let link = Link {
                ends: [pieces.end(touch.end), touch.at],
                rows: [pieces.all[own].0, pieces.all[other].0],
                length_m: touch.distance_m,
                joins_m: components[&a].length_m + components[&b].length_m,
                closes_loop: false,
            };
            let link = link.western_first();
            match links.get_mut(&between) {
                // Of two as long, the one further west, in whatever order the features stand.
                Some(known) if (known.length_m - link.length_m).abs() <= SAME_LENGTH_M => {
                    if link.place() < known.place() {
                        *known = link;
                    }
                }
                _ => drop(links.insert(between, link)),
            }
        }
        let mut links: Vec<Link> = links.into_values().collect();
        links.sort_by(|a, b| {
            b.joins_m.total_cmp(&a.joins_m).then(a.length_m.total_cmp(&b.length_m)).then(a.place().cmp(&b.place()))
        });
        links
    }

    /// In one component the ways from a free end to the nearest other, the shortest first.
    fn closing(
        &self,
        pieces: &Pieces<'_>,
        components: &BTreeMap<usize, Component>,
        link_m: f64,
        progress: &Progress,
    ) -> Result<Vec<Link>, AskError> {
        let free: Vec<usize> = (0..self.is_free.len()).filter(|end| self.is_free[*end]).collect();
        // Each pair once, whichever of the two is the other's nearest.
        let mut closing: BTreeMap<[usize; 2], Link> = BTreeMap::new();
        for end in &free {
            progress.advance(0)?;
            let own = end / 2;
            let nearest = free
                .iter()
                .filter(|other| *other != end && self.pieces.equiv(own, **other / 2))
                .map(|other| (distance_m(pieces.end(*end), pieces.end(*other)), *other))
                .filter(|(d, other)| *d <= link_m && (*d < path_length_m(pieces.all[own].1) || other / 2 != own))
                .min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| place(pieces.end(a.1)).cmp(&place(pieces.end(b.1)))));
            if let Some((length_m, other)) = nearest {
                let link = Link {
                    ends: [pieces.end(*end), pieces.end(other)],
                    rows: [pieces.all[own].0, pieces.all[other / 2].0],
                    length_m,
                    joins_m: components[&self.pieces.find(own)].length_m,
                    closes_loop: true,
                };
                closing.entry([*end.min(&other), *end.max(&other)]).or_insert_with(|| link.western_first());
            }
        }
        let mut closing: Vec<Link> = closing.into_values().collect();
        closing.sort_by(|a, b| a.length_m.total_cmp(&b.length_m).then(a.place().cmp(&b.place())));
        Ok(closing)
    }
}
