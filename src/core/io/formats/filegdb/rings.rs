//! Which rings of an area are exterior and which are holes of which: told by containment, whatever their winding and order.

/// Groups the rings of one area after the other; keeps its room between them.
#[derive(Debug, Default)]
pub(super) struct Rings {
    rings: Vec<Ring>,
    /// Edges (the place of their first position, their ring) by horizontal strips.
    strips: Vec<(u32, u32)>,
    strip_ends: Vec<u32>,
    /// For each ring, whether the point in question is inside, and the query that this was said for.
    inside: Vec<(u32, bool)>,
    touched: Vec<u32>,
    crossings: Vec<f64>,
    /// The rings in their new order: each exterior one, then its holes.
    pub(super) order: Vec<u32>,
    /// Ends of areas in `order`.
    pub(super) part_ends: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    from: u32,
    end: u32,
    /// Twice its area; below 0 where it runs clockwise.
    area: f64,
    low: f64,
    high: f64,
    /// The smallest ring around it.
    parent: Option<u32>,
    depth: u32,
}

/// Work allowed for each position of an area: natural ones need a hundredth of it.
const EFFORT: u64 = 512;
/// And for a whole area, beside 32 for each position.
const MOST_EFFORT: u64 = 60_000_000;
/// Below this many pairs of rings and positions strips do not pay.
const FEW: usize = 4096;

impl Rings {
    /// Groups closed rings that do not cross: `ends` are their ends in `xy`. Of two equal rings that run the same way neither is a hole.
    ///
    /// False where so many rings overlap that containment cannot be told in reasonable time: then those that run clockwise are
    /// exterior, and the others holes of the one before them, as Esri's rules have it.
    ///
    /// Cost: O(n log n) for n positions of natural areas; at most 512 n, and at most 60 million + 32 n.
    pub(super) fn group(&mut self, xy: &[[f64; 2]], ends: &[u32]) -> bool {
        self.rings.clear();
        let mut from = 0;
        for end in ends {
            self.rings.push(Ring::of(xy, from, *end));
            from = *end;
        }
        let is_told = self.tell_parents(xy);
        if is_told {
            self.tell_depths();
        } else {
            self.by_winding();
        }
        self.put_in_order();
        is_told
    }

    fn tell_parents(&mut self, xy: &[[f64; 2]]) -> bool {
        let low = self.rings.iter().map(|ring| ring.low).fold(f64::INFINITY, f64::min);
        let high = self.rings.iter().map(|ring| ring.high).fold(f64::NEG_INFINITY, f64::max);
        let count = if self.rings.len() * xy.len() <= FEW { 1 } else { self.build_strips(xy, low, high) };
        let strip_of = strip(low, high, count);
        self.inside.clear();
        self.inside.resize(self.rings.len(), (u32::MAX, false));
        let mut effort = (EFFORT * xy.len() as u64 + 1000).min(MOST_EFFORT + 32 * xy.len() as u64);
        for index in 0..self.rings.len() {
            let ring = self.rings[index];
            let Some(point) = interior_point(xy, ring, &mut self.crossings) else { continue };
            self.touched.clear();
            let mut cross = |at: u32, of: u32| {
                let [a, b] = [xy[at as usize], xy[at as usize + 1]];
                if (a[1] > point[1]) != (b[1] > point[1]) {
                    let x = a[0] + (point[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                    if x < point[0] {
                        let inside = &mut self.inside[of as usize];
                        if inside.0 != index as u32 {
                            *inside = (index as u32, false);
                            self.touched.push(of);
                        }
                        inside.1 = !inside.1;
                    }
                }
            };
            let looked_at = if count == 1 {
                for (of, ring) in self.rings.iter().enumerate() {
                    (ring.from..ring.end.saturating_sub(1)).for_each(|at| cross(at, of as u32));
                }
                xy.len()
            } else {
                let strip = strip_of(point[1]);
                let from = if strip == 0 { 0 } else { self.strip_ends[strip - 1] };
                let edges = &self.strips[from as usize..self.strip_ends[strip] as usize];
                edges.iter().for_each(|(at, of)| cross(*at, *of));
                edges.len()
            };
            effort = match effort.checked_sub(looked_at as u64 + 1) {
                Some(effort) => effort,
                None => return false,
            };
            let around = self.touched.iter().copied().filter(|of| self.inside[*of as usize].1 && *of != index as u32);
            let around = around.filter(|of| encloses(self.rings[*of as usize], ring, *of < index as u32));
            let smallest = around.min_by(|a, b| {
                let area = |of: &u32| self.rings[*of as usize].area.abs();
                area(a).total_cmp(&area(b)).then(b.cmp(a))
            });
            self.rings[index].parent = smallest;
        }
        true
    }

    /// Sorts edges into strips; gives how many there are.
    fn build_strips(&mut self, xy: &[[f64; 2]], low: f64, high: f64) -> usize {
        let edges = |rings: &[Ring], strip_of: &dyn Fn(f64) -> usize, take: &mut dyn FnMut(usize, usize, u32, u32)| {
            for (of, ring) in rings.iter().enumerate() {
                for at in ring.from..ring.end.saturating_sub(1) {
                    let (a, b) = (xy[at as usize][1], xy[at as usize + 1][1]);
                    take(strip_of(a.min(b)), strip_of(a.max(b)), at, of as u32);
                }
            }
        };
        // Long edges stand in many strips: fewer strips then, so that the room stays within eight times the edges.
        let mut count = (xy.len() / 4).clamp(1, 1 << 16);
        loop {
            let mut room = 0;
            edges(&self.rings, &strip(low, high, count), &mut |from, to, _, _| room += to - from + 1);
            if room <= 8 * xy.len() || count == 1 {
                break;
            }
            count = (count / 4).max(1);
        }
        let strip_of = strip(low, high, count);
        self.strip_ends.clear();
        self.strip_ends.resize(count + 1, 0);
        edges(&self.rings, &strip_of, &mut |from, to, _, _| (from..=to).for_each(|s| self.strip_ends[s + 1] += 1));
        for s in 0..count {
            self.strip_ends[s + 1] += self.strip_ends[s];
        }
        self.strips.clear();
        self.strips.resize(self.strip_ends[count] as usize, (0, 0));
        // Each start moves to its end as its strip fills, and is then what `strip_ends` is named for.
        edges(&self.rings, &strip_of, &mut |from, to, at, of| {
            for s in from..=to {
                self.strips[self.strip_ends[s] as usize] = (at, of);
                self.strip_ends[s] += 1;
            }
        });
        count
    }

    fn tell_depths(&mut self) {
        let mut by_area: Vec<u32> = (0..self.rings.len() as u32).collect();
        by_area.sort_by(|a, b| {
            let area = |of: &u32| self.rings[*of as usize].area.abs();
            area(b).total_cmp(&area(a)).then(a.cmp(b))
        });
        for index in by_area {
            let depth = self.rings[index as usize].parent.map_or(0, |parent| self.rings[parent as usize].depth + 1);
            self.rings[index as usize].depth = depth;
        }
    }

    fn by_winding(&mut self) {
        let mut exterior = None;
        for index in 0..self.rings.len() {
            let is_hole = self.rings[index].area > 0.0 && exterior.is_some();
            self.rings[index].depth = u32::from(is_hole);
            self.rings[index].parent = exterior.filter(|_| is_hole);
            if !is_hole {
                exterior = Some(index as u32);
            }
        }
    }

    /// Exterior rings in the order of the file, each before its holes.
    fn put_in_order(&mut self) {
        let owner = |index: usize| match self.rings[index] {
            Ring { parent: Some(parent), depth, .. } if depth % 2 == 1 => (parent, 1, index as u32),
            _ => (index as u32, 0, index as u32),
        };
        let mut keys: Vec<(u32, u8, u32)> = (0..self.rings.len()).map(owner).collect();
        keys.sort_unstable();
        self.order.clear();
        self.order.extend(keys.iter().map(|key| key.2));
        self.part_ends.clear();
        for (place, pair) in keys.windows(2).enumerate() {
            if pair[0].0 != pair[1].0 {
                self.part_ends.push(place as u32 + 1);
            }
        }
        self.part_ends.extend((!keys.is_empty()).then_some(keys.len() as u32));
    }

    /// True where a hole runs the same way round as its exterior ring, which Esri's rules do not allow.
    pub(super) fn has_hole_of_same_winding(&self) -> bool {
        self.rings.iter().any(|ring| {
            let parent = ring.parent.filter(|_| ring.depth % 2 == 1).map(|parent| self.rings[parent as usize]);
            parent.is_some_and(|parent| (parent.area > 0.0) == (ring.area > 0.0))
        })
    }

    /// True where the rings stand in the right order already.
    pub(super) fn is_in_order(&self) -> bool {
        self.order.iter().enumerate().all(|(place, ring)| place == *ring as usize)
    }
}

impl Ring {
    fn of(xy: &[[f64; 2]], from: u32, end: u32) -> Self {
        let positions = &xy[from as usize..end as usize];
        let [x0, y0] = positions.first().copied().unwrap_or_default();
        let cross = |pair: &[[f64; 2]]| (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0);
        let area = positions.windows(2).map(cross).sum();
        let low = positions.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
        let high = positions.iter().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
        Self { from, end, area, low, high, parent: None, depth: 0 }
    }
}

/// True where a ring that has a point inside `outer` is inside it altogether. Equal rings: the later is in the earlier where they
/// run opposite ways.
fn encloses(outer: Ring, inner: Ring, is_earlier: bool) -> bool {
    let (out, inn) = (outer.area.abs(), inner.area.abs());
    if (out - inn).abs() <= 1e-12 * out {
        return is_earlier && (outer.area > 0.0) != (inner.area > 0.0);
    }
    out > inn
}

/// The strip of a height, of `count` equal ones.
fn strip(low: f64, high: f64, count: usize) -> impl Fn(f64) -> usize {
    let scale = if high > low { count as f64 / (high - low) } else { 0.0 };
    move |y| (((y - low) * scale) as usize).min(count - 1)
}

/// A point well inside a ring: the middle of the widest stretch of a level between two of its positions. `None` where it has no inside.
fn interior_point(xy: &[[f64; 2]], ring: Ring, crossings: &mut Vec<f64>) -> Option<[f64; 2]> {
    let positions = &xy[ring.from as usize..ring.end as usize];
    let middle = ring.low + (ring.high - ring.low) / 2.0;
    let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
    for [_, y] in positions {
        if *y <= middle {
            below = below.max(*y);
        } else {
            above = above.min(*y);
        }
    }
    let level = below + (above - below) / 2.0;
    if !(below < level && level < above && level.is_finite()) {
        return None;
    }
    crossings.clear();
    for pair in positions.windows(2) {
        let [a, b] = [pair[0], pair[1]];
        if (a[1] > level) != (b[1] > level) {
            crossings.push(a[0] + (level - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
        }
    }
    crossings.sort_unstable_by(f64::total_cmp);
    let widest = crossings.chunks_exact(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
    (widest[1] > widest[0]).then(|| [widest[0] + (widest[1] - widest[0]) / 2.0, level])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square by its lower left corner and side; clockwise where `side` is above 0.
    fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
        let s = side.abs();
        let mut ring = vec![[x, y], [x, y + s], [x + s, y + s], [x + s, y], [x, y]];
        if side < 0.0 {
            ring.reverse();
        }
        ring
    }

    fn grouped(rings: &[Vec<[f64; 2]>]) -> (String, bool) {
        let xy: Vec<[f64; 2]> = rings.concat();
        let ends: Vec<u32> = rings
            .iter()
            .scan(0, |end, ring| {
                *end += ring.len() as u32;
                Some(*end)
            })
            .collect();
        let mut all = Rings::default();
        let is_told = all.group(&xy, &ends);
        let mut text = String::new();
        for (place, ring) in all.order.iter().enumerate() {
            text += &format!("{ring}{}", if all.part_ends.contains(&(place as u32 + 1)) { "|" } else { " " });
        }
        (text, is_told)
    }

    #[test]
    fn rings_are_grouped_by_containment() {
        for (rings, wanted) in [
            (vec![square(0.0, 0.0, 9.0)], "0|"),
            (vec![square(0.0, 0.0, 9.0), square(2.0, 2.0, -3.0)], "0 1|"),
            // the hole before its exterior ring; both wound the same way
            (vec![square(2.0, 2.0, 3.0), square(0.0, 0.0, 9.0)], "1 0|"),
            // holes of two islands, all holes last
            (
                vec![square(0.0, 0.0, 9.0), square(20.0, 0.0, 9.0), square(22.0, 2.0, -2.0), square(2.0, 2.0, -2.0)],
                "0 3|1 2|",
            ),
            // an island in a hole, and a hole in it
            (
                vec![
                    square(0.0, 0.0, 90.0),
                    square(10.0, 10.0, -50.0),
                    square(20.0, 20.0, 30.0),
                    square(25.0, 25.0, -5.0),
                ],
                "0 1|2 3|",
            ),
            // a hole that touches its exterior ring in a corner and along a side
            (vec![square(0.0, 0.0, 9.0), square(0.0, 0.0, -3.0), square(9.0, 9.0, 3.0)], "0 1|2|"),
            // equal rings: the same way round, and opposite
            (vec![square(0.0, 0.0, 9.0), square(0.0, 0.0, 9.0)], "0|1|"),
            (vec![square(0.0, 0.0, 9.0), square(0.0, 0.0, -9.0)], "0 1|"),
            // without an inside: stands by itself
            (vec![square(0.0, 0.0, 9.0), vec![[1.0, 1.0], [2.0, 1.0], [1.0, 1.0]]], "0|1|"),
            (vec![square(0.0, 0.0, 9.0), vec![]], "0|1|"),
            (vec![square(0.0, 0.0, 9.0), vec![[f64::NAN; 2]; 4]], "0|1|"),
            (vec![], ""),
        ] {
            assert_eq!(grouped(&rings), (wanted.to_owned(), true));
        }
    }

    #[test]
    fn strips_give_what_a_look_at_all_edges_gives() {
        // 40 × 40 islands, each with a hole that holds an island; holes stand apart from their rings
        let mut rings = Vec::new();
        for side in [8.0, -6.0, 2.0] {
            for n in 0..1600 {
                let inset = (8.0 - f64::abs(side)) / 2.0;
                rings.push(square(f64::from(n % 40) * 10.0 + inset, f64::from(n / 40) * 10.0 + inset, side));
            }
        }
        let (text, is_told) = grouped(&rings);
        assert!(is_told);
        assert!(text.starts_with("0 1600|1 1601|2 1602|") && text.ends_with("|4798|4799|"), "{text}");
    }

    #[test]
    fn a_large_ring_with_many_holes_is_quick() {
        let around = 400_000;
        let circle = |n: i32| f64::from(n) / f64::from(around) * -std::f64::consts::TAU;
        let mut rings =
            vec![(0..=around).map(|n| circle(n % around)).map(|a| [1e4 * a.cos(), 1e4 * a.sin()]).collect::<Vec<_>>()];
        rings.extend(
            (0..5000).map(|n| square(f64::from(n % 100) * 100.0 - 5000.0, f64::from(n / 100) * 100.0 - 2500.0, -9.0)),
        );
        let started = std::time::Instant::now();
        let (text, is_told) = grouped(&rings);
        assert!(is_told && text.matches('|').count() == 1);
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn too_many_overlapping_rings_are_told_by_winding() {
        let rings: Vec<_> =
            (0..20_000).map(|n| square(f64::from(n), 0.0, if n % 2 == 0 { 1e6 } else { -1e6 })).collect();
        let (text, is_told) = grouped(&rings);
        assert!(!is_told && text.starts_with("0 1|2 3|"));
    }
}
