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

/// The passes of [`BLOCK`] curves, in their order.
struct OfBlock {
    all: Vec<Pass>,
    /// Where each curve's begin, and the end.
    first: Vec<u32>,
}

/// The passes of all curves.
struct Passes {
    blocks: Vec<OfBlock>,
    crossings: usize,
}

/// Crossings that were found from the curves of one block, two passes each: on its own curves, and on those of others by their blocks.
struct Found {
    own: Vec<Pass>,
    others: Vec<Pass>,
}

impl Found {
    fn new(own: Vec<Pass>, mut others: Vec<Pass>) -> Self {
        others.sort_by_key(|pass| pass.curve as usize / BLOCK);
        Self { own, others }
    }

    fn crossings(&self) -> usize {
        (self.own.len() + self.others.len()) / 2
    }

    /// The others, and which block's they are.
    fn parts(&self) -> impl Iterator<Item = (usize, &[Pass])> {
        let parts = self.others.chunk_by(|a, b| a.curve as usize / BLOCK == b.curve as usize / BLOCK);
        parts.map(|part| (part[0].curve as usize / BLOCK, part))
    }
}

impl OfBlock {
    /// The passes of some curves, given in parts with the number of the first crossing of each.
    fn gathered(curves: Range<usize>, parts: &[(u32, &[Pass])]) -> Self {
        let of = |pass: &Pass| pass.curve as usize - curves.start;
        let mut first = vec![0_u32; curves.len() + 1];
        for pass in parts.iter().flat_map(|(_, part)| *part) {
            first[of(pass) + 1] += 1;
        }
        for i in 0..curves.len() {
            first[i + 1] += first[i];
        }
        // By curve, and then each curve's in its order.
        let mut free = first.clone();
        let mut all = vec![Pass { curve: 0, at: 0.0, crossing: 0, enters: false }; first[curves.len()] as usize];
        for (before, part) in parts {
            for pass in *part {
                let place = &mut free[of(pass)];
                all[*place as usize] = Pass { crossing: before + pass.crossing, ..*pass };
                *place += 1;
            }
        }
        let in_order = |own: &mut [Pass]| {
            own.sort_unstable_by(|a, b| a.at.total_cmp(&b.at).then(a.crossing.cmp(&b.crossing)));
        };
        all.chunk_by_mut(|a, b| a.curve == b.curve).for_each(in_order);
        Self { all, first }
    }
}

impl Passes {
    /// `None` where curves cross so often that other ways are quicker.
    ///
    /// # Errors
    /// [`Untraced`].
    fn new(curves: &Curves) -> Result<Option<Self>, Untraced> {
        const CROSSINGS_A_CURVE: usize = 24;
        let boxes: Vec<LonLatBox> = curves.all.par_iter().map(Curve::bounds).collect();
        let (tree, order) = PackedTree::new(&boxes);
        let most = 1_000 + CROSSINGS_A_CURVE * curves.all.len();
        let at_once = most.min(CROSSINGS_AT_ONCE);
        let count = AtomicUsize::new(0);
        let of_block = |block: Range<usize>| -> Result<Found, Untraced> {
            let (mut own, mut others) = (Vec::new(), Vec::new());
            let mut told = Ok(());
            for i in block.clone() {
                let (curve, before) = (&curves.all[i], own.len() + others.len());
                tree.search(&boxes[i], |item| {
                    let k = order[item] as usize;
                    let follow = curves.next[i] == k as u32 || curves.next[k] == i as u32;
                    if k <= i || follow || !boxes[i].intersects(&boxes[k]) {
                        return;
                    }
                    let other = &curves.all[k];
                    let crossed = curve.crossings(other, |t, u| {
                        let enters = cross(other.heading(u), curve.heading(t)) > 0.0;
                        let crossing = (own.len() + others.len()) as u32 / 2;
                        own.push(Pass { curve: i as u32, at: t, crossing, enters });
                        let its = if block.contains(&k) { &mut own } else { &mut others };
                        its.push(Pass { curve: k as u32, at: u, crossing, enters: !enters });
                    });
                    told = told.and(crossed);
                });
                told?;
                let more = (own.len() + others.len() - before) / 2;
                if count.fetch_add(more, Ordering::Relaxed) + more > at_once {
                    return Err(Untraced::TooMany);
                }
            }
            Ok(Found::new(own, others))
        };
        let blocks = curves.all.len().div_ceil(BLOCK);
        let curves_of = |block: usize| block * BLOCK..((block + 1) * BLOCK).min(curves.all.len());
        let found: Vec<Found> = match (0..blocks).into_par_iter().map(|block| of_block(curves_of(block))).collect() {
            Err(Untraced::TooMany) if at_once == most => return Ok(None),
            told => told?,
        };
        // Blocks are put together in their order: what is numbered does not depend on who was quicker.
        let mut crossings = 0;
        let mut sources: Vec<Vec<(u32, &[Pass])>> = vec![Vec::new(); blocks];
        for (block, own) in found.iter().enumerate() {
            let before = crossings as u32;
            sources[block].push((before, &own.own));
            own.parts().for_each(|(block, part)| sources[block].push((before, part)));
            crossings += own.crossings();
        }
        let gathered = |(block, parts): (usize, Vec<_>)| OfBlock::gathered(curves_of(block), &parts);
        let blocks = sources.into_par_iter().enumerate().map(gathered).collect();
        Ok(Some(Self { blocks, crossings }))
    }

    fn of(&self, curve: usize) -> &[Pass] {
        let OfBlock { all, first } = &self.blocks[curve / BLOCK];
        let own = curve % BLOCK;
        &all[first[own] as usize..first[own + 1] as usize]
    }
}

/// Of curves one after another: the number of each, and from where to where.
type Path = Vec<(usize, f64, f64)>;

/// A run of curves from one crossing to another.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The curve on which it begins, and which of that curve's passes is its first.
    curve: u32,
    pass: u32,
    begin: u32,
    end: u32,
}

/// The path of the run from a curve's pass on, and the pass where it ends; `None` where its end is hidden or it goes round.
fn run_from<'p>(curve: usize, pass: usize, curves: &Curves, passes: &'p Passes, path: &mut Path) -> Option<&'p Pass> {
    path.clear();
    let own = passes.of(curve);
    let (mut curve, mut from, mut rest) = (curve, own[pass].at, &own[pass + 1..]);
    loop {
        if let Some(pass) = rest.first() {
            path.push((curve, from, pass.at));
            return Some(pass);
        }
        path.push((curve, from, curves.all[curve].end()));
        if curves.next[curve] == Curves::NONE || path.len() > curves.all.len() {
            return None;
        }
        curve = curves.next[curve] as usize;
        (from, rest) = (0.0, passes.of(curve));
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
    let of_pass = |path: &mut Path, pass: &Pass, number: usize| -> Option<Option<Run>> {
        let end = (!pass.enters).then(|| run_from(pass.curve as usize, number, curves, passes, path)).flatten();
        let Some(end) = end.filter(|end| end.enters) else { return Some(None) };
        let run = Run { curve: pass.curve, pass: number as u32, begin: pass.crossing, end: end.crossing };
        Some(bounds(path, curves, is_covered)?.then_some(run))
    };
    let of_block = |path: &mut Path, block: &OfBlock| -> Option<Vec<Run>> {
        let of_curve = block.all.chunk_by(|a, b| a.curve == b.curve).flat_map(|own| own.iter().enumerate());
        let found: Vec<Option<Run>> =
            of_curve.map(|(number, pass)| of_pass(path, pass, number)).collect::<Option<_>>()?;
        Some(found.into_iter().flatten().collect())
    };
    let runs: Vec<Vec<Run>> = passes.blocks.par_iter().map_init(Path::new, of_block).collect::<Option<_>>()?;
    let runs: Vec<Run> = runs.into_iter().flatten().collect();
    let drawn = |path: &mut Path, own: &Vec<u32>| {
        let mut found = Vec::new();
        for Run { curve, pass, .. } in own.iter().map(|run| runs[*run as usize]) {
            run_from(curve as usize, pass as usize, curves, passes, path);
            found.extend(stretches(path, curves));
        }
        found
    };
    let joined = joined(&runs, passes.crossings)?;
    let mut loops: Vec<Vec<Stretch>> = joined.par_iter().map_init(Path::new, drawn).collect();
    loops.extend(uncrossed(curves, passes, is_covered)?);
    Some(loops)
}

/// Which runs make a loop each, every run in one; `None` where one leads nowhere.
fn joined(runs: &[Run], crossings: usize) -> Option<Vec<Vec<u32>>> {
    // By crossing, the run that begins there.
    let mut beginning = vec![Curves::NONE; crossings];
    for (number, run) in runs.iter().enumerate() {
        beginning[run.begin as usize] = number as u32;
    }
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
            own.push(run as u32);
            let next = beginning[runs[run].end as usize];
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
    let mut paths: Vec<Path> = Vec::new();
    let mut is_seen = vec![false; curves.all.len()];
    for first in 0..curves.all.len() {
        let (mut path, mut curve) = (Path::new(), first);
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
        if closes {
            paths.push(path);
        }
    }
    let own = |path: &Path| Some(bounds(path, curves, is_covered)?.then(|| stretches(path, curves).collect()));
    let found: Vec<Option<Vec<Stretch>>> = paths.par_iter().map(own).collect::<Option<_>>()?;
    Some(found.into_iter().flatten().collect())
}
