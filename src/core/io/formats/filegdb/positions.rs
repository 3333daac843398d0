//! Paths of positions while a geometry is built: curves stepped, rings closed and put in order.

use super::curves::{Modifier, Span};

/// Positions with the values that go with each, in paths.
#[derive(Debug, Default)]
pub(super) struct Positions {
    pub(super) xy: Vec<[f64; 2]>,
    /// Heights and measures: one a position, or none at all.
    pub(super) z: Vec<f64>,
    pub(super) m: Vec<f64>,
    /// Ends of paths.
    pub(super) ends: Vec<u32>,
}

/// How curves were stepped.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stepped {
    /// Positions that were added.
    pub(super) added: u64,
    /// True where there was a curve.
    pub(super) has_curves: bool,
    /// True where a curve starts at no segment, two at one, or its numbers describe none.
    pub(super) has_lost: bool,
    /// The distance kept, where the room did not do for the one wanted.
    pub(super) coarse: Option<f64>,
}

impl Positions {
    fn clear(&mut self) {
        self.xy.clear();
        self.z.clear();
        self.m.clear();
        self.ends.clear();
    }

    /// Adds a stretch of other positions; its path does not end.
    fn extend(&mut self, from: &Self, stretch: std::ops::Range<usize>) {
        self.xy.extend_from_slice(&from.xy[stretch.clone()]);
        self.z.extend_from_slice(from.z.get(stretch.clone()).unwrap_or(&[]));
        self.m.extend_from_slice(from.m.get(stretch).unwrap_or(&[]));
    }

    fn end_path(&mut self) {
        self.ends.push(self.xy.len() as u32);
    }

    /// The paths as stretches of positions.
    fn paths(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut from = 0;
        self.ends.iter().map(move |end| std::mem::replace(&mut from, *end as usize)..*end as usize)
    }

    /// Puts positions on curves so that no straight piece is further than `tolerance` from its curve, and no more than about `room`
    /// altogether: where that does not do, the distance grows. `modifiers` are sorted by where they start; `spare` is any other room.
    pub(super) fn step(
        &mut self,
        modifiers: &mut Vec<Modifier>,
        tolerance: f64,
        room: u64,
        spare: &mut Self,
    ) -> Stepped {
        let mut stepped = Stepped::default();
        let before = modifiers.len();
        modifiers.retain(|modifier| {
            let path = self.ends.partition_point(|end| *end <= modifier.start);
            self.ends.get(path).is_some_and(|end| modifier.start + 1 < *end)
        });
        modifiers.dedup_by_key(|modifier| modifier.start);
        stepped.has_lost = modifiers.len() < before || modifiers.iter().any(|modifier| modifier.curve.is_unknown());
        let span = |modifier: &Modifier| {
            let start = modifier.start as usize;
            Span::of(modifier.curve, self.xy[start], self.xy[start + 1])
        };
        let needed: f64 = modifiers.iter().map(|modifier| span(modifier).pieces(tolerance)).sum();
        let room = room.max(1) as f64;
        // Pieces go with one over the root of the distance.
        let coarser = (needed / room).max(1.0).powi(2);
        let tolerance = tolerance * coarser;
        stepped.coarse = (coarser > 1.0).then_some(tolerance);
        spare.clear();
        let mut from = 0;
        let mut paths = self.paths().peekable();
        for modifier in modifiers.iter() {
            let start = modifier.start as usize;
            while let Some(path) = paths.next_if(|path| path.end <= start) {
                spare.extend(self, from..path.end);
                spare.end_path();
                from = path.end;
            }
            spare.extend(self, from..start + 1);
            from = start + 1;
            let span = span(modifier);
            // With the room used up, a curve still has its shape.
            let pieces = span.pieces(tolerance).min(room.max(16.0)) as u32;
            let between = |from: &[f64], part: f64, to: &mut Vec<f64>| {
                if let [a, b] = from.get(start..start + 2).unwrap_or(&[]) {
                    to.push(a + part * (b - a));
                }
            };
            span.each(pieces, |part, position| {
                spare.xy.push(position);
                between(&self.z, part, &mut spare.z);
                between(&self.m, part, &mut spare.m);
                stepped.added += 1;
            });
            stepped.has_curves |= span != Span::Straight;
        }
        for path in paths {
            spare.extend(self, from..path.end);
            spare.end_path();
            from = path.end;
        }
        std::mem::swap(self, spare);
        stepped
    }

    /// Repeats the first position of paths at their ends where it is not there; gives whether one was missing.
    pub(super) fn close(&mut self, spare: &mut Self) -> bool {
        let is_open = |path: &std::ops::Range<usize>| self.xy[path.start] != self.xy[path.end - 1];
        if !self.paths().any(|path| is_open(&path)) {
            return false;
        }
        spare.clear();
        for path in self.paths() {
            let first = path.start;
            let is_open = is_open(&path);
            spare.extend(self, path);
            if is_open {
                spare.extend(self, first..first + 1);
            }
            spare.end_path();
        }
        std::mem::swap(self, spare);
        true
    }

    /// Puts paths into another order: `order` holds the number of each.
    pub(super) fn reorder(&mut self, order: &[u32], spare: &mut Self) {
        spare.clear();
        for path in order.iter().map(|path| *path as usize) {
            let from = path.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
            spare.extend(self, from..self.ends[path] as usize);
            spare.end_path();
        }
        std::mem::swap(self, spare);
    }
}
