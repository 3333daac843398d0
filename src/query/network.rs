//! How lines hang together: pieces whose ends meet within a tolerance, and the missing links that would join most.
//!
//! Two pieces hang together where an end of one lies within the tolerance of the other (at its end or anywhere along it),
//! or where they cross or share a corner. Distances are geodesic.

use super::AskError;
use super::answer::is_line;
use crate::geodesy::{LonLat, LonLatBox, crossing, distance_m, nearest_on_edge, path_length_m};
use crate::index::IndexedLayer;
use crate::progress::Progress;
use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Its ends: the end of a piece, and the nearest place on another.
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

/// Corners nearer to a line than this lie on it; metres.
const SAME_M: f64 = 1e-3;

/// Looks how the lines of a layer hang together; ends within `snap_m` meet, links up to `link_m` are looked for.
///
/// Cost: logarithmic in the layer for each end, and what lies near it.
///
/// # Errors
/// Cancelled.
pub fn network(lines: &IndexedLayer, snap_m: f64, link_m: f64, progress: &Progress) -> Result<Network, AskError> {
    let layer = lines.layer();
    let rows: Vec<usize> = lines.rows().filter(|row| is_line(layer, *row)).collect();
    // A piece is a path: the row, the path, and where it begins in the row's positions.
    let mut pieces: Vec<(usize, &[LonLat])> = Vec::new();
    let mut of_row: BTreeMap<usize, Vec<(std::ops::Range<usize>, usize)>> = BTreeMap::new();
    for row in &rows {
        for (range, path) in layer.geometries.path_ranges(*row).zip(layer.geometries.paths(*row)) {
            of_row.entry(*row).or_default().push((range, pieces.len()));
            pieces.push((*row, path));
        }
    }
    let piece_of = |row: usize, position: usize| {
        let paths = of_row.get(&row)?;
        paths.iter().find(|(range, _)| range.contains(&position)).map(|(_, piece)| *piece)
    };
    let end = |end: usize| {
        let path = pieces[end / 2].1;
        path[if end.is_multiple_of(2) { 0 } else { path.len() - 1 }]
    };
    let reach_m = snap_m.max(link_m);
    progress.start(pieces.len() as u64);
    let touches: Vec<Vec<Touch>> = (0..pieces.len() * 2)
        .into_par_iter()
        .map(|e| {
            progress.advance(u64::from(e % 2 == 0))?;
            let p = end(e);
            let mut near: BTreeMap<usize, Touch> = BTreeMap::new();
            lines.runs_in(&LonLatBox::of(&[p]).padded(reach_m), |run, _| {
                let Some(piece) = piece_of(run.row as usize, run.start as usize) else { return };
                if piece == e / 2 {
                    return;
                }
                for edge in run.of(layer).windows(2) {
                    if let Some(foot) = nearest_on_edge(p, edge[0], edge[1], reach_m) {
                        let touch = Touch { end: e, piece, at: foot.position, distance_m: foot.distance_m };
                        let best = near.entry(piece).or_insert(touch);
                        if touch.distance_m < best.distance_m {
                            *best = touch;
                        }
                    }
                }
            });
            Ok(near.into_values().collect())
        })
        .collect::<Result<_, AskError>>()?;

    let mut together = UnionFind::<usize>::new(pieces.len());
    let mut clusters = UnionFind::<usize>::new(pieces.len() * 2);
    // Places inside two pieces or more where they cross or share a corner: each adds a node, and splits them all.
    let mut places: BTreeMap<[i64; 2], BTreeSet<usize>> = BTreeMap::new();
    let mut meet = |place: LonLat, pieces: [usize; 2], together: &mut UnionFind<usize>| {
        together.union(pieces[0], pieces[1]);
        places.entry([place.lon, place.lat].map(|deg| (deg * 1e8).round() as i64)).or_default().extend(pieces);
    };
    for (piece, (_, path)) in pieces.iter().enumerate() {
        progress.advance(0)?;
        for edge in path.windows(2) {
            lines.runs_in(&LonLatBox::of(edge), |run, _| {
                let other = piece_of(run.row as usize, run.start as usize).filter(|other| *other > piece);
                let Some(other) = other else { return };
                for theirs in run.of(layer).windows(2) {
                    if let Some(t) = crossing(edge[0], edge[1], theirs[0], theirs[1]) {
                        meet(edge[0].lerp(edge[1], t), [piece, other], &mut together);
                    }
                }
            });
        }
        for corner in &path[1..path.len() - 1] {
            lines.runs_in(&LonLatBox::of(&[*corner]).padded(SAME_M), |run, _| {
                let other = piece_of(run.row as usize, run.start as usize).filter(|other| *other != piece);
                let Some(other) = other else { return };
                let on = |theirs: &[LonLat]| {
                    nearest_on_edge(*corner, theirs[0], theirs[1], SAME_M).is_some_and(|foot| foot.distance_m <= SAME_M)
                };
                // Where the other ends there, its end tells.
                let ends = [2 * other, 2 * other + 1].map(|e| distance_m(end(e), *corner) <= snap_m);
                if run.of(layer).windows(2).any(on) && ends == [false, false] {
                    meet(*corner, [piece, other], &mut together);
                }
            });
        }
        if distance_m(path[0], path[path.len() - 1]) <= snap_m && path.len() > 2 {
            clusters.union(2 * piece, 2 * piece + 1);
        }
    }
    // An end that meets a piece between its ends splits it.
    let mut splits: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut is_free = vec![true; pieces.len() * 2];
    for touch in touches.iter().flatten().filter(|touch| touch.distance_m <= snap_m) {
        together.union(touch.end / 2, touch.piece);
        is_free[touch.end] = false;
        let theirs = [2 * touch.piece, 2 * touch.piece + 1];
        match theirs.into_iter().find(|e| distance_m(end(*e), end(touch.end)) <= snap_m) {
            Some(e) => drop(clusters.union(touch.end, e)),
            None => drop(splits.insert((touch.end, touch.piece))),
        }
    }
    let splits: BTreeSet<(usize, usize)> = splits.into_iter().map(|(e, piece)| (clusters.find(e), piece)).collect();
    for piece in 0..pieces.len() {
        if clusters.equiv(2 * piece, 2 * piece + 1) {
            (is_free[2 * piece], is_free[2 * piece + 1]) = (false, false);
        }
    }

    let mut splits_of = vec![0; pieces.len()];
    splits.iter().for_each(|(_, piece)| splits_of[*piece] += 1);
    // A place where k pieces meet inside splits each of them and is one node.
    let mut crossed: BTreeMap<usize, usize> = BTreeMap::new();
    for of in places.values() {
        let Some(piece) = of.first() else { continue };
        *crossed.entry(together.find(*piece)).or_default() += of.len() - 1;
    }
    let mut roots: BTreeMap<usize, Component> = BTreeMap::new();
    let (mut edges, mut nodes): (BTreeMap<usize, usize>, BTreeMap<usize, BTreeSet<usize>>) = Default::default();
    for (piece, (row, path)) in pieces.iter().enumerate() {
        let root = together.find(piece);
        let component = roots.entry(root).or_default();
        component.length_m += path_length_m(path);
        component.rows.push(*row);
        *edges.entry(root).or_default() += 1 + splits_of[piece];
        let ends = [2 * piece, 2 * piece + 1].map(|e| clusters.find(e));
        nodes.entry(root).or_default().extend(ends);
    }
    for (root, component) in &mut roots {
        component.rows.dedup();
        let crossed = crossed.get(root).copied().unwrap_or_default();
        component.loops = (edges[root] + crossed + 1).saturating_sub(nodes[root].len());
    }
    let length_of = |piece: usize| roots[&together.find(piece)].length_m;

    // Between two components the shortest way; in one, from free end to free end.
    let mut links: BTreeMap<(usize, usize), Link> = BTreeMap::new();
    let mut keep = |key: (usize, usize), link: Link| match links.get(&key) {
        Some(known) if known.length_m <= link.length_m => {}
        _ => drop(links.insert(key, link)),
    };
    for touch in touches.iter().flatten().filter(|touch| touch.distance_m <= link_m) {
        let (own, other) = (touch.end / 2, touch.piece);
        let (a, b) = (together.find(own), together.find(other));
        if a != b {
            let link = Link {
                ends: [end(touch.end), touch.at],
                rows: [pieces[own].0, pieces[other].0],
                length_m: touch.distance_m,
                joins_m: length_of(own) + length_of(other),
                closes_loop: false,
            };
            keep((a.min(b), a.max(b)), link);
        }
    }
    let free: Vec<usize> = (0..is_free.len()).filter(|e| is_free[*e]).collect();
    let mut closing: Vec<Link> = Vec::new();
    for (i, e) in free.iter().enumerate() {
        progress.advance(0)?;
        let own = e / 2;
        let nearest = free[i + 1..]
            .iter()
            .filter(|other| together.equiv(own, **other / 2))
            .map(|other| (distance_m(end(*e), end(*other)), *other))
            .filter(|(d, other)| *d <= link_m && (*d < path_length_m(pieces[own].1) || other / 2 != own))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((length_m, other)) = nearest {
            closing.push(Link {
                ends: [end(*e), end(other)],
                rows: [pieces[own].0, pieces[other / 2].0],
                length_m,
                joins_m: length_of(own),
                closes_loop: true,
            });
        }
    }
    let mut links: Vec<Link> = links.into_values().collect();
    links.sort_by(|a, b| b.joins_m.total_cmp(&a.joins_m).then(a.length_m.total_cmp(&b.length_m)));
    closing.sort_by(|a, b| a.length_m.total_cmp(&b.length_m));
    links.extend(closing);

    let mut order: Vec<(usize, Component)> = roots.iter().map(|(root, c)| (*root, c.clone())).collect();
    order.sort_by(|a, b| b.1.length_m.total_cmp(&a.1.length_m));
    let mut component_of = BTreeMap::new();
    for (number, (_, component)) in order.iter().enumerate() {
        for row in &component.rows {
            component_of.entry(*row).or_insert(number);
        }
    }
    Ok(Network {
        features_in: lines.feature_count(),
        length_m: order.iter().fold(0.0, |sum, (_, c)| sum + c.length_m),
        components: order.into_iter().map(|(_, component)| component).collect(),
        links,
        left_out: lines.feature_count() - rows.len(),
        component_of,
    })
}
