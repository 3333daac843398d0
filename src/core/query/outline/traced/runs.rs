//! The curves between their crossings, those of them that bound the region, and the loops that they make.
//!
//! Where one curve enters the region of another, that other leaves the region of the first: the outline turns from the one
//! to the other there. So a run of curves can bound the region only from a place where it leaves another's to one where
//! it enters another's, and between two crossings either all of it does or nothing.

use super::curve::{Coincide, Curve, Of, Point, cross};
use super::hidden::Curves;
use crate::geodesy::LonLatBox;
use crate::index::PackedTree;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Curves, or passes, that a thread looks at at a time.
const BLOCK: usize = 1_024;

/// Why loops are not looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untraced {
    /// Two curves lie along one another.
    Coincide,
    /// There are more crossings than are held in memory at a time; fewer rings have fewer.
    TooMany,
}

impl From<Coincide> for Untraced {
    fn from(_: Coincide) -> Self {
        Self::Coincide
    }
}

/// So many crossings are held in memory at a time: with their curves some 400 MB.
const CROSSINGS_AT_ONCE: usize = 1_500_000;

/// Part of a curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) of: Of,
    /// Parameters of the whole curve.
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A crossing as one of its two curves passes it.
#[derive(Clone, Copy, Debug)]
struct Pass {
    curve: u32,
    at: f64,
    crossing: u32,
    /// Into the other's region.
    enters: bool,
}

/// The passes of all curves, in their order.
struct Passes {
    all: Vec<Pass>,
    /// Where each curve's begin, and the end.
    first: Vec<u32>,
    crossings: usize,
}

impl Passes {
    /// `None` where curves cross so often that other ways are quicker.
    ///
    /// # Errors
    /// [`Untraced`].
    fn new(curves: &Curves) -> Result<Option<Self>, Untraced> {
        const CROSSINGS_A_CURVE: usize = 24;
        let boxes: Vec<LonLatBox> = curves.all.iter().map(Curve::bounds).collect();
        let (tree, order) = PackedTree::new(&boxes);
        let most = 1_000 + CROSSINGS_A_CURVE * curves.all.len();
        let at_once = most.min(CROSSINGS_AT_ONCE);
        let count = AtomicUsize::new(0);
        let of_block = |block: Range<usize>| -> Result<Vec<[(u32, f64, bool); 2]>, Untraced> {
            let mut found = Vec::new();
            let mut told = Ok(());
            for i in block {
                let (curve, before) = (&curves.all[i], found.len());
                tree.search(&boxes[i], |item| {
                    let k = order[item] as usize;
                    let follow = curves.next[i] == k as u32 || curves.next[k] == i as u32;
                    if k <= i || follow || !boxes[i].intersects(&boxes[k]) {
                        return;
                    }
                    let other = &curves.all[k];
                    let crossed = curve.crossings(other, |t, u| {
                        let enters = cross(other.heading(u), curve.heading(t)) > 0.0;
                        found.push([(i as u32, t, enters), (k as u32, u, !enters)]);
                    });
                    told = told.and(crossed);
                });
                told?;
                if count.fetch_add(found.len() - before, Ordering::Relaxed) > at_once {
                    return Err(Untraced::TooMany);
                }
            }
            Ok(found)
        };
        // Blocks are put together in their order: what is numbered does not depend on who was quicker.
        let blocks = (0..curves.all.len().div_ceil(BLOCK)).into_par_iter();
        let blocks = blocks.map(|n| of_block(n * BLOCK..((n + 1) * BLOCK).min(curves.all.len())));
        let found: Vec<Vec<_>> = match blocks.collect::<Result<_, Untraced>>() {
            Err(Untraced::TooMany) if at_once == most => return Ok(None),
            told => told?,
        };
        let crossings: usize = found.iter().map(Vec::len).sum();
        let mut first = vec![0_u32; curves.all.len() + 1];
        for (curve, ..) in found.iter().flatten().flatten() {
            first[*curve as usize + 1] += 1;
        }
        for i in 0..curves.all.len() {
            first[i + 1] += first[i];
        }
        // By curve, and then each curve's in its order.
        let mut free = first.clone();
        let mut passes = vec![Pass { curve: 0, at: 0.0, crossing: 0, enters: false }; 2 * crossings];
        for (crossing, both) in found.into_iter().flatten().enumerate() {
            for (curve, at, enters) in both {
                let place = &mut free[curve as usize];
                passes[*place as usize] = Pass { curve, at, crossing: crossing as u32, enters };
                *place += 1;
            }
        }
        let in_order = |of_one: &mut [Pass]| {
            of_one.sort_unstable_by(|a, b| a.at.total_cmp(&b.at).then(a.crossing.cmp(&b.crossing)));
        };
        // A block of curves is a stretch of passes.
        let mut stretches = Vec::with_capacity(curves.all.len().div_ceil(BLOCK));
        let mut rest = &mut passes[..];
        for block in first[..curves.all.len()].chunks(BLOCK).enumerate().map(|(n, _)| n * BLOCK) {
            let end = (block + BLOCK).min(curves.all.len());
            let (own, more) = rest.split_at_mut((first[end] - first[block]) as usize);
            stretches.push(own);
            rest = more;
        }
        stretches.into_par_iter().for_each(|own| own.chunk_by_mut(|a, b| a.curve == b.curve).for_each(in_order));
        Ok(Some(Self { all: passes, first, crossings }))
    }

    fn of(&self, curve: usize) -> Range<usize> {
        self.first[curve] as usize..self.first[curve + 1] as usize
    }
}

/// Of curves one after another: the number of each, and from where to where.
type Path = Vec<(usize, f64, f64)>;

/// The run from a pass on, and the pass where it ends; `None` where its end is hidden or it goes round.
fn run_from<'p>(start: usize, curves: &Curves, passes: &'p Passes, path: &mut Path) -> Option<&'p Pass> {
    path.clear();
    let Pass { curve, at, .. } = passes.all[start];
    let (mut curve, mut from, mut next_pass) = (curve as usize, at, start + 1);
    loop {
        if next_pass < passes.of(curve).end {
            let pass = &passes.all[next_pass];
            path.push((curve, from, pass.at));
            return Some(pass);
        }
        path.push((curve, from, curves.all[curve].end()));
        if curves.next[curve] == Curves::NONE || path.len() > curves.all.len() {
            return None;
        }
        curve = curves.next[curve] as usize;
        (from, next_pass) = (0.0, passes.of(curve).start);
    }
}

/// Whether a run bounds the region, by the middle of one curve in so many; `None` where they do not agree.
fn bounds(path: &Path, curves: &Curves, is_covered: &(impl Fn(Point) -> bool + Sync)) -> Option<bool> {
    const EVERY: usize = 48;
    let looked_at = path.len().div_ceil(EVERY);
    let covered = (0..looked_at).filter(|k| {
        let (curve, from, to) = path[(2 * k + 1) * path.len() / (2 * looked_at)];
        is_covered(curves.all[curve].at(f64::midpoint(from, to)))
    });
    match covered.count() {
        0 => Some(true),
        all if all == looked_at => Some(false),
        _ => None,
    }
}

fn stretches<'a>(path: &'a Path, curves: &'a Curves) -> impl Iterator<Item = Stretch> + 'a {
    path.iter().map(|(curve, from, to)| {
        let Curve { of, offset, .. } = curves.all[*curve];
        Stretch { of, from: offset + from, to: offset + to }
    })
}

/// The loops that bound the region: outer ones counter-clockwise, those of holes clockwise. `None` where it cannot be told
/// from these curves: they cross very often, or do not close.
///
/// Cost: n log n in curves and crossings, and a look for what covers each run.
///
/// # Errors
/// [`Untraced`].
pub(super) fn loops(
    curves: &Curves,
    is_covered: &(impl Fn(Point) -> bool + Sync),
) -> Result<Option<Vec<Vec<Stretch>>>, Untraced> {
    Ok(Passes::new(curves)?.and_then(|passes| closed(curves, &passes, is_covered)))
}

fn closed(curves: &Curves, passes: &Passes, is_covered: &(impl Fn(Point) -> bool + Sync)) -> Option<Vec<Vec<Stretch>>> {
    let mut runs: Vec<(Vec<Stretch>, u32)> = Vec::new();
    // By crossing, the run that begins there.
    let mut beginning = vec![Curves::NONE; passes.crossings];
    let of_pass = |path: &mut Path, (i, pass): (usize, &Pass)| -> Option<Option<(u32, Vec<Stretch>, u32)>> {
        let end = (!pass.enters).then(|| run_from(i, curves, passes, path)).flatten();
        let Some(end) = end.filter(|end| end.enters) else { return Some(None) };
        let stretches = || stretches(path, curves).collect();
        Some(bounds(path, curves, is_covered)?.then(|| (pass.crossing, stretches(), end.crossing)))
    };
    let all = passes.all.par_iter().enumerate().with_min_len(BLOCK);
    let found: Vec<Option<_>> = all.map_init(Path::new, of_pass).collect::<Option<_>>()?;
    for (begin, stretches, end) in found.into_iter().flatten() {
        beginning[begin as usize] = runs.len() as u32;
        runs.push((stretches, end));
    }
    let mut loops = joined(&runs, &beginning)?;
    loops.extend(uncrossed(curves, passes, is_covered)?);
    Some(loops)
}

/// Runs, each with the crossing where it ends, joined to loops; `None` where one leads nowhere.
fn joined(runs: &[(Vec<Stretch>, u32)], beginning: &[u32]) -> Option<Vec<Vec<Stretch>>> {
    let mut loops = Vec::new();
    let mut is_used = vec![false; runs.len()];
    for first in 0..runs.len() {
        if is_used[first] {
            continue;
        }
        let (mut own, mut run) = (Vec::new(), first);
        loop {
            if std::mem::replace(&mut is_used[run], true) {
                return None;
            }
            own.extend_from_slice(&runs[run].0);
            let next = beginning[runs[run].1 as usize];
            if next == Curves::NONE {
                return None;
            }
            run = next as usize;
            if run == first {
                break;
            }
        }
        loops.push(own);
    }
    Some(loops)
}

/// Loops of whole rings that nothing crosses.
fn uncrossed(
    curves: &Curves,
    passes: &Passes,
    is_covered: &(impl Fn(Point) -> bool + Sync),
) -> Option<Vec<Vec<Stretch>>> {
    let mut loops = Vec::new();
    let mut is_seen = vec![false; curves.all.len()];
    let mut path = Path::new();
    for first in 0..curves.all.len() {
        path.clear();
        let mut curve = first;
        let closes = loop {
            if is_seen[curve] || !passes.of(curve).is_empty() || curves.next[curve] == Curves::NONE {
                break false;
            }
            is_seen[curve] = true;
            path.push((curve, 0.0, curves.all[curve].end()));
            curve = curves.next[curve] as usize;
            if curve == first {
                break true;
            }
        };
        if closes && bounds(&path, curves, is_covered)? {
            loops.push(stretches(&path, curves).collect());
        }
    }
    Some(loops)
}
