//! Curves as positions: arcs, elliptic arcs, bulges and NURBS, stepped so that no chord is further from its curve than a
//! tolerance.

use super::space::Xyz;
use std::f64::consts::TAU;

/// Steps that one curve may take.
const MOST_STEPS: usize = 50_000;
/// Positions of curves that one layer may hold at full precision; beyond, curves are stepped coarsely.
const MOST_POSITIONS: usize = 4_000_000;
/// Steps of a full circle where they are coarse.
const COARSE_STEPS: f64 = 64.0;

/// How curves are stepped.
#[derive(Clone, Debug)]
pub(super) struct Stepping {
    /// The largest distance between a chord and its curve, in the units of the curve.
    pub tolerance: f64,
    left: usize,
    /// True once a curve was stepped coarsely.
    pub is_coarse: bool,
}

impl Stepping {
    /// A new layer's stepping.
    pub(super) fn new() -> Self {
        Self { tolerance: 1e-4, left: MOST_POSITIONS, is_coarse: false }
    }

    /// Steps that an arc takes; at least one for each eighth of a turn.
    fn steps(&mut self, radius: f64, sweep: f64) -> usize {
        let least = (sweep.abs() / TAU * 8.0).ceil().max(1.0);
        let ratio = self.tolerance / radius.abs();
        // Angle of a chord whose sagitta is the tolerance; the series keeps digits where the ratio is tiny.
        let angle = if ratio < 1e-6 { (8.0 * ratio).sqrt() } else { 2.0 * (1.0 - ratio.min(1.0)).acos() };
        let wanted = if angle > 0.0 { (sweep.abs() / angle).ceil().max(least) } else { f64::INFINITY };
        // A whole turn meets the axes, so that its envelope is exact.
        let wanted = if sweep.abs() == TAU { (wanted / 4.0).ceil() * 4.0 } else { wanted };
        if wanted.is_finite() && wanted as usize <= MOST_STEPS.min(self.left) {
            self.left -= wanted as usize;
            return wanted as usize;
        }
        self.is_coarse = true;
        if !sweep.is_finite() {
            return 1;
        }
        (sweep.abs() / TAU * COARSE_STEPS).ceil().clamp(1.0, COARSE_STEPS * 4.0) as usize
    }

    /// An arc about a centre, from an angle on (radians, counter-clockwise positive). The end is given exactly once.
    pub(super) fn arc(&mut self, [x, y]: [f64; 2], radius: f64, from: f64, sweep: f64, out: &mut Vec<[f64; 2]>) {
        let steps = self.steps(radius, sweep);
        out.extend((0..=steps).map(|step| {
            let (sin, cos) = (from + sweep * step as f64 / steps as f64).sin_cos();
            [x + radius * cos, y + radius * sin]
        }));
    }

    /// An elliptic arc by its half axes (directions with their lengths) and parameters.
    pub(super) fn ellipse(&mut self, centre: Xyz, axes: [Xyz; 2], from: f64, sweep: f64, out: &mut Vec<Xyz>) {
        let [major, minor] = axes;
        let length = |axis: Xyz| axis.iter().map(|number| number * number).sum::<f64>().sqrt();
        let steps = self.steps(length(major).max(length(minor)), sweep);
        out.extend((0..=steps).map(|step| {
            let (sin, cos) = (from + sweep * step as f64 / steps as f64).sin_cos();
            std::array::from_fn(|i| centre[i] + major[i] * cos + minor[i] * sin)
        }));
    }

    /// What is between two positions joined by a bulge (the tangent of a quarter of the arc's angle), then the second.
    pub(super) fn bulge(&mut self, from: [f64; 2], to: [f64; 2], bulge: f64, out: &mut Vec<[f64; 2]>) {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let chord = dx.hypot(dy);
        if bulge != 0.0 && bulge.is_finite() && bulge.abs() * chord / 2.0 > self.tolerance * 0.01 {
            let shift = (1.0 - bulge * bulge) / (4.0 * bulge);
            let centre = [(from[0] + to[0]) / 2.0 - dy * shift, (from[1] + to[1]) / 2.0 + dx * shift];
            let radius = (from[0] - centre[0]).hypot(from[1] - centre[1]);
            let start = (from[1] - centre[1]).atan2(from[0] - centre[0]);
            let kept = out.len();
            self.arc(centre, radius, start, 4.0 * bulge.atan(), out);
            // Both ends are given by the vertices, to the last digit.
            out.remove(kept);
            out.pop();
        }
        out.push(to);
    }

    /// A curve by its positions at parameters, halved until it is straight enough.
    ///
    /// `cost` is what one position costs beside one of an arc.
    fn halve(&mut self, at: &dyn Fn(f64) -> Xyz, [from, to]: [f64; 2], cost: usize, out: &mut Vec<Xyz>) {
        let mut open = vec![(from, at(from), to, at(to), 0_u32)];
        while let Some((from, start, to, end, depth)) = open.pop() {
            let middle = (from + to) / 2.0;
            let centre = at(middle);
            let is_straight = [centre, at((from + middle) / 2.0), at((middle + to) / 2.0)]
                .iter()
                .all(|position| distance_to_segment(*position, start, end) <= self.tolerance);
            let is_finite = start.iter().chain(&end).chain(&centre).all(|number| number.is_finite());
            let is_out = self.left < 2 * cost || depth >= 16 || !is_finite;
            if (is_straight && depth > 0) || is_out {
                self.is_coarse |= is_out && !is_straight;
                self.left = self.left.saturating_sub(cost);
                out.push(end);
            } else {
                open.push((middle, centre, to, end, depth + 1));
                open.push((from, start, middle, centre, depth + 1));
            }
        }
    }

    /// A NURBS curve; false where its numbers make none.
    pub(super) fn nurbs(&mut self, curve: &Nurbs<'_>, out: &mut Vec<Xyz>) -> bool {
        let (degree, points) = (curve.degree, curve.points);
        let is_sound = (1..=25).contains(&degree)
            && points.len() > degree
            && curve.knots.len() > points.len() + degree
            && curve.knots.iter().all(|knot| knot.is_finite())
            && curve.knots.windows(2).all(|pair| pair[0] <= pair[1])
            && (curve.weights.is_empty() || curve.weights.len() == points.len());
        let domain = (curve.knots.get(degree).copied(), curve.knots.get(points.len()).copied());
        let (true, (Some(from), Some(to))) = (is_sound, domain) else { return false };
        if from >= to {
            return false;
        }
        let mut is_begun = false;
        for span in degree..points.len() {
            let (from, to) = (curve.knots[span], curve.knots[span + 1]);
            if from < to {
                if !std::mem::replace(&mut is_begun, true) {
                    out.push(curve.at(span, from));
                }
                self.halve(&|parameter| curve.at(span, parameter), [from, to], 1 + degree * degree / 8, out);
            }
        }
        true
    }

    /// The cubic spline through positions with chord-length parameters, with given tangents at its ends or none.
    pub(super) fn through(&mut self, points: &[Xyz], tangents: [Option<Xyz>; 2], out: &mut Vec<Xyz>) {
        let mut points = points.to_vec();
        points.dedup();
        let Some(first) = points.first() else { return };
        out.push(*first);
        if points.len() == 2 && tangents == [None, None] {
            out.push(points[1]);
        }
        if points.len() < 2 || (points.len() == 2 && tangents == [None, None]) {
            return;
        }
        let lengths: Vec<f64> = points.windows(2).map(|pair| distance(pair[0], pair[1])).collect();
        let slopes = slopes(&points, &lengths, tangents);
        for i in 0..lengths.len() {
            let (p, q, h) = (points[i], points[i + 1], lengths[i]);
            let (s, t) = (slopes[i], slopes[i + 1]);
            let at = |u: f64| -> Xyz {
                let (u2, u3) = (u * u, u * u * u);
                std::array::from_fn(|k| {
                    p[k] * (2.0 * u3 - 3.0 * u2 + 1.0)
                        + q[k] * (3.0 * u2 - 2.0 * u3)
                        + h * (s[k] * (u3 - 2.0 * u2 + u) + t[k] * (u3 - u2))
                })
            };
            self.halve(&at, [0.0, 1.0], 1, out);
        }
    }
}

/// The derivatives of a cubic spline at its positions: continuous second derivatives, zero at an end without a tangent.
fn slopes(points: &[Xyz], lengths: &[f64], tangents: [Option<Xyz>; 2]) -> Vec<Xyz> {
    let n = points.len();
    let chord = |i: usize| -> Xyz { std::array::from_fn(|k| (points[i + 1][k] - points[i][k]) / lengths[i]) };
    // Rows of a tridiagonal system: below, diagonal, above, right side.
    let mut rows: Vec<(f64, f64, f64, Xyz)> = Vec::with_capacity(n);
    rows.push(match tangents[0] {
        Some(tangent) => (0.0, 1.0, 0.0, super::space::unit(tangent)),
        None => (0.0, 2.0, 1.0, chord(0).map(|number| 3.0 * number)),
    });
    for i in 1..n - 1 {
        let (before, after) = (lengths[i - 1], lengths[i]);
        let (c, d) = (chord(i - 1), chord(i));
        let right = std::array::from_fn(|k| 3.0 * (after * c[k] + before * d[k]));
        rows.push((after, 2.0 * (before + after), before, right));
    }
    rows.push(match tangents[1] {
        Some(tangent) => (0.0, 1.0, 0.0, super::space::unit(tangent)),
        None => (1.0, 2.0, 0.0, chord(n - 2).map(|number| 3.0 * number)),
    });
    for i in 1..n {
        let (_, diagonal, above, right) = rows[i - 1];
        let factor = rows[i].0 / diagonal;
        rows[i].1 -= factor * above;
        rows[i].3 = std::array::from_fn(|k| rows[i].3[k] - factor * right[k]);
    }
    let mut found = vec![[0.0; 3]; n];
    for i in (0..n).rev() {
        let (_, diagonal, above, right) = rows[i];
        let next = found.get(i + 1).copied().unwrap_or([0.0; 3]);
        found[i] = std::array::from_fn(|k| (right[k] - above * next[k]) / diagonal);
    }
    found
}

/// A non-uniform rational B-spline.
#[derive(Debug)]
pub(super) struct Nurbs<'a> {
    /// Its degree.
    pub degree: usize,
    /// Knots: as many as control points, the degree and one.
    pub knots: &'a [f64],
    /// Control points.
    pub points: &'a [Xyz],
    /// Their weights; empty where all are one.
    pub weights: &'a [f64],
}

impl Nurbs<'_> {
    /// The position at a parameter within a span of knots (de Boor's algorithm in homogeneous coordinates).
    fn at(&self, span: usize, parameter: f64) -> Xyz {
        let mut d = [[0.0; 4]; 26];
        for (j, row) in d.iter_mut().enumerate().take(self.degree + 1) {
            let index = span + j - self.degree;
            let [x, y, z] = self.points[index];
            let weight = self.weights.get(index).copied().unwrap_or(1.0);
            *row = [x * weight, y * weight, z * weight, weight];
        }
        for r in 1..=self.degree {
            for j in (r..=self.degree).rev() {
                let low = self.knots[span + j - self.degree];
                let high = self.knots[span + 1 + j - r];
                let share = if high > low { (parameter - low) / (high - low) } else { 0.0 };
                let before = d[j - 1];
                d[j] = std::array::from_fn(|k| before[k] * (1.0 - share) + d[j][k] * share);
            }
        }
        let [x, y, z, weight] = d[self.degree];
        [x / weight, y / weight, z / weight]
    }
}

/// Knots, control points and weights of a closed curve whose ends DWG files do not repeat (one knot more than points): the knots
/// go on with their period on both sides, the points from the last `degree` on. `None` for other numbers.
pub(super) fn unwrapped(
    degree: usize,
    knots: &[f64],
    points: &[Xyz],
    weights: &[f64],
) -> Option<(Vec<f64>, Vec<Xyz>, Vec<f64>)> {
    let n = points.len();
    if knots.len() != n + 1 || n < degree.max(2) || degree == 0 || (!weights.is_empty() && weights.len() != n) {
        return None;
    }
    let (period, n_signed, before) = (knots[n] - knots[0], n as isize, degree as isize);
    let all = (-before..=n_signed + before)
        .map(|index| knots[index.rem_euclid(n_signed) as usize] + period * index.div_euclid(n_signed) as f64);
    let order = || (0..n + degree).map(|index| (index + n - degree) % n);
    let weights = if weights.is_empty() { Vec::new() } else { order().map(|index| weights[index]).collect() };
    Some((all.collect(), order().map(|index| points[index]).collect(), weights))
}

fn distance(a: Xyz, b: Xyz) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

fn distance_to_segment(position: Xyz, start: Xyz, end: Xyz) -> f64 {
    let along: f64 = (0..3).map(|k| (end[k] - start[k]) * (position[k] - start[k])).sum();
    let square: f64 = (0..3).map(|k| (end[k] - start[k]).powi(2)).sum();
    let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
    distance(position, std::array::from_fn(|k| start[k] + share * (end[k] - start[k])))
}
