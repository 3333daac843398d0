//! Curved segments as vertices: circular arcs, Bézier curves and arcs of ellipses, stepped to a distance from the curve.

use super::cursor::Cursor;
use std::f64::consts::{PI, TAU};

/// A segment that is not straight: which one, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Modifier {
    /// The position that it starts from.
    pub(super) start: u32,
    pub(super) curve: Curve,
}

/// A curve between two positions, as it is stored (Esri, "Extended shapefile record format").
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    /// Its centre, or a point on it; flags.
    Arc([f64; 2], u32),
    /// The two control points between its ends.
    Bezier([f64; 2], [f64; 2]),
    /// Centre, rotation of the long axis (radians), long half axis, short by long; flags.
    Ellipse { centre: [f64; 2], rotation: f64, long: f64, ratio: f64, flags: u32 },
}

const ARC_EMPTY: u32 = 1;
const ARC_CCW: u32 = 1 << 3;
const ARC_MINOR: u32 = 1 << 4;
const ARC_LINE: u32 = 1 << 5;
const ARC_POINT: u32 = 1 << 6;
const ARC_BY_POINT: u32 = 1 << 7;
const ELLIPSE_EMPTY: u32 = 1;
const ELLIPSE_LINE: u32 = 1 << 6;
const ELLIPSE_POINT: u32 = 1 << 7;
const ELLIPSE_CENTRE_TO: u32 = 1 << 9;
const ELLIPSE_CENTRE_FROM: u32 = 1 << 10;
const ELLIPSE_CCW: u32 = 1 << 11;
const ELLIPSE_MINOR: u32 = 1 << 12;
const ELLIPSE_COMPLETE: u32 = 1 << 13;

impl Modifier {
    /// Reads one; `None` where it ends early or is of a kind that is not described (spirals).
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let start = u32::try_from(cursor.varuint()?).ok()?;
        let kind = cursor.varuint()?;
        let mut pair = || Some([cursor.f64()?, cursor.f64()?]);
        let curve = match kind {
            1 => Curve::Arc(pair()?, cursor.u32()?),
            4 => Curve::Bezier(pair()?, pair()?),
            5 => {
                let centre = pair()?;
                let [rotation, long] = pair()?;
                Curve::Ellipse { centre, rotation, long, ratio: cursor.f64()?, flags: cursor.u32()? }
            }
            _ => return None,
        };
        Some(Self { start, curve })
    }
}

impl Curve {
    /// True where its numbers describe no curve that could be drawn: not finite ones, or an ellipse by one of its own ends.
    pub(super) fn is_unknown(self) -> bool {
        let is_finite = |numbers: &[f64]| numbers.iter().all(|n| n.is_finite());
        match self {
            Self::Arc(point, flags) => flags & (ARC_EMPTY | ARC_LINE | ARC_POINT) == 0 && !is_finite(&point),
            Self::Bezier(a, b) => !is_finite(&[a, b].concat()),
            Self::Ellipse { flags, .. } if flags & (ELLIPSE_EMPTY | ELLIPSE_LINE | ELLIPSE_POINT) != 0 => false,
            Self::Ellipse { centre: [x, y], rotation, long, ratio, flags } => {
                flags & (ELLIPSE_CENTRE_TO | ELLIPSE_CENTRE_FROM) != 0 || !is_finite(&[x, y, rotation, long, ratio])
            }
        }
    }
}

/// A curve between its ends, ready to be stepped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Span {
    Straight,
    /// An ellipse (or circle): `centre + R(rotation) · (a cos v, b sin v)`, v from `from` by `sweep`; `scale` brings the ends, which
    /// are rounded to the file's resolution, onto themselves.
    Round {
        centre: [f64; 2],
        axes: [f64; 2],
        rotation: f64,
        from: f64,
        sweep: f64,
        scale: [f64; 2],
    },
    Bezier([[f64; 2]; 4]),
}

impl Span {
    /// The span of a curve between two positions.
    pub(super) fn of(curve: Curve, a: [f64; 2], b: [f64; 2]) -> Self {
        let span = match curve {
            Curve::Arc(_, flags) if flags & (ARC_EMPTY | ARC_LINE | ARC_POINT) != 0 => Some(Self::Straight),
            Curve::Arc(point, flags) if flags & ARC_BY_POINT != 0 => through(a, point, b, flags & ARC_CCW != 0),
            Curve::Arc(centre, flags) => {
                let radius = distance(a, centre);
                let turn = Turn { is_ccw: flags & ARC_CCW != 0, is_minor: flags & ARC_MINOR != 0, is_whole: a == b };
                round(centre, [radius; 2], 0.0, a, b, turn)
            }
            Curve::Bezier(c, d) => Some(Self::Bezier([a, c, d, b])),
            Curve::Ellipse { flags, .. }
                if flags & (ELLIPSE_EMPTY | ELLIPSE_LINE | ELLIPSE_POINT | ELLIPSE_CENTRE_TO | ELLIPSE_CENTRE_FROM)
                    != 0 =>
            {
                Some(Self::Straight)
            }
            Curve::Ellipse { centre, rotation, long, ratio, flags } => {
                let is_whole = flags & ELLIPSE_COMPLETE != 0 || a == b;
                let turn = Turn { is_ccw: flags & ELLIPSE_CCW != 0, is_minor: flags & ELLIPSE_MINOR != 0, is_whole };
                round(centre, [long, long * ratio], rotation, a, b, turn)
            }
        };
        span.filter(Self::is_finite).unwrap_or(Self::Straight)
    }

    fn is_finite(&self) -> bool {
        match self {
            Self::Straight => true,
            Self::Round { centre, axes, rotation, from, sweep, scale } => {
                let numbers = [*rotation, *from, *sweep];
                [*centre, *axes, *scale].as_flattened().iter().chain(&numbers).all(|n| n.is_finite() && n.abs() < 1e15)
            }
            Self::Bezier(points) => points.as_flattened().iter().all(|n| n.is_finite() && n.abs() < 1e15),
        }
    }

    /// Straight pieces needed so that none is further than `tolerance` from the curve.
    pub(super) fn pieces(&self, tolerance: f64) -> f64 {
        let pieces = match self {
            Self::Straight => 1.0,
            Self::Round { axes: [a, b], sweep, .. } => {
                // A chord of a circle of radius r over the angle h stays within r (1 - cos(h / 2)); an ellipse is a circle of its
                // longer half axis pressed together, which brings chords no further away.
                let radius = a.abs().max(b.abs());
                let angle = if tolerance < radius { 2.0 * (1.0 - tolerance / radius).acos() } else { PI };
                (sweep.abs() / angle.max(1e-7)).ceil().max((sweep.abs() / PI * 2.0).ceil())
            }
            Self::Bezier(p) => {
                // A chord over the part h of the parameter stays within h² / 8 of the greatest second derivative.
                let bend = |i: usize| {
                    let second = |axis: usize| p[i][axis] - 2.0 * p[i + 1][axis] + p[i + 2][axis];
                    6.0 * second(0).hypot(second(1))
                };
                (bend(0).max(bend(1)) / (8.0 * tolerance)).sqrt().ceil()
            }
        };
        pieces.max(1.0)
    }

    /// Calls `take` with the part (0 to 1) and the position of each place between the ends where `pieces` equal parts meet.
    pub(super) fn each(&self, pieces: u32, mut take: impl FnMut(f64, [f64; 2])) {
        let part = |n: u32| f64::from(n) / f64::from(pieces);
        match self {
            Self::Straight => {}
            Self::Round { centre, axes, rotation, from, sweep, scale } => {
                let (sin, cos) = rotation.sin_cos();
                // Turned by the same angle from place to place, which is quicker than a sine each; set anew before errors add up.
                const ANEW: u32 = 32;
                let (turn_sin, turn_cos) = (sweep / f64::from(pieces)).sin_cos();
                let mut at = (0.0, 1.0);
                for n in 1..pieces {
                    at = if n % ANEW == 1 {
                        (from + part(n) * sweep).sin_cos()
                    } else {
                        (at.0 * turn_cos + at.1 * turn_sin, at.1 * turn_cos - at.0 * turn_sin)
                    };
                    let scale = scale[0] + part(n) * (scale[1] - scale[0]);
                    let (x, y) = (axes[0] * at.1 * scale, axes[1] * at.0 * scale);
                    take(part(n), [centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos]);
                }
            }
            Self::Bezier([a, b, c, d]) => {
                for n in 1..pieces {
                    let (t, u) = (part(n), 1.0 - part(n));
                    let axis = |i: usize| {
                        u * u * u * a[i] + 3.0 * u * u * t * b[i] + 3.0 * u * t * t * c[i] + t * t * t * d[i]
                    };
                    take(t, [axis(0), axis(1)]);
                }
            }
        }
    }
}

/// Which of the arcs between two points of an ellipse is meant.
#[derive(Clone, Copy)]
struct Turn {
    is_ccw: bool,
    /// Not more than half of it.
    is_minor: bool,
    /// All of it.
    is_whole: bool,
}

fn round(centre: [f64; 2], axes: [f64; 2], rotation: f64, a: [f64; 2], b: [f64; 2], turn: Turn) -> Option<Span> {
    if axes.iter().any(|axis| !axis.is_finite() || *axis <= 0.0) {
        return None;
    }
    let (sin, cos) = rotation.sin_cos();
    // A position as an angle and a distance on the circle that the ellipse is pressed from.
    let on_circle = |p: [f64; 2]| {
        let (x, y) = (p[0] - centre[0], p[1] - centre[1]);
        let (u, v) = ((x * cos + y * sin) / axes[0], (y * cos - x * sin) / axes[1]);
        (v.atan2(u), u.hypot(v))
    };
    let ((from, start), (to, end)) = (on_circle(a), on_circle(b));
    let mut sweep = if turn.is_whole { TAU } else { (to - from).rem_euclid(TAU) };
    if !turn.is_ccw && sweep > 0.0 {
        sweep -= TAU;
        if turn.is_whole {
            sweep = -TAU;
        }
    }
    // Ends so close that rounding turned them round: a short arc is not a whole circle.
    if turn.is_minor && !turn.is_whole && sweep.abs() > 1.5 * PI {
        return None;
    }
    Some(Span::Round { centre, axes, rotation, from, sweep, scale: [start, end] })
}

/// The arc from `a` to `b` through a point between them; `None` where they are in a line.
fn through(a: [f64; 2], point: [f64; 2], b: [f64; 2], is_ccw: bool) -> Option<Span> {
    if a == b {
        let centre = [(a[0] + point[0]) / 2.0, (a[1] + point[1]) / 2.0];
        return round(centre, [distance(a, centre); 2], 0.0, a, b, Turn { is_ccw, is_minor: false, is_whole: true });
    }
    let (px, py) = (point[0] - a[0], point[1] - a[1]);
    let (bx, by) = (b[0] - a[0], b[1] - a[1]);
    let cross = px * by - py * bx;
    let (pp, bb) = (px * px + py * py, bx * bx + by * by);
    if cross.abs() <= 1e-12 * pp.max(bb) {
        return None;
    }
    let centre = [a[0] + (by * pp - py * bb) / (2.0 * cross), a[1] + (px * bb - bx * pp) / (2.0 * cross)];
    round(centre, [distance(a, centre); 2], 0.0, a, b, Turn { is_ccw: cross > 0.0, is_minor: false, is_whole: false })
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stepped(curve: Curve, a: [f64; 2], b: [f64; 2], tolerance: f64) -> Vec<[f64; 2]> {
        let span = Span::of(curve, a, b);
        let pieces = span.pieces(tolerance) as u32;
        let mut line = vec![a];
        span.each(pieces, |_, position| line.push(position));
        line.push(b);
        line
    }

    #[test]
    fn arcs_keep_to_their_circle_within_the_tolerance_on_the_right_side() {
        let (a, b) = ([10.0, 0.0], [0.0, 10.0]);
        for (curve, a, b, length) in [
            (Curve::Arc([0.0, 0.0], ARC_CCW | ARC_MINOR), a, b, 5.0 * PI),
            (Curve::Arc([0.0, 0.0], 0), a, b, 15.0 * PI),
            (Curve::Arc([0.0, 0.0], ARC_MINOR), b, a, 5.0 * PI),
            (Curve::Arc([0.0, 0.0], ARC_CCW), a, a, 20.0 * PI),
            (Curve::Arc([0.0, 0.0], 0), a, a, 20.0 * PI),
            (Curve::Arc([50.0_f64.sqrt(), 50.0_f64.sqrt()], ARC_BY_POINT), a, b, 5.0 * PI),
            (Curve::Arc([-10.0, 0.0], ARC_BY_POINT), a, b, 15.0 * PI),
            (Curve::Arc([-10.0, 0.0], ARC_BY_POINT | ARC_CCW), a, a, 20.0 * PI),
            (
                Curve::Ellipse {
                    centre: [0.0; 2],
                    rotation: 0.3,
                    long: 10.0,
                    ratio: 1.0,
                    flags: ELLIPSE_CCW | ELLIPSE_MINOR,
                },
                a,
                b,
                5.0 * PI,
            ),
            (
                Curve::Ellipse { centre: [0.0; 2], rotation: 0.3, long: 10.0, ratio: 1.0, flags: ELLIPSE_COMPLETE },
                a,
                a,
                20.0 * PI,
            ),
        ] {
            let line = stepped(curve, a, b, 1e-4);
            let middles = line.windows(2).map(|p| [(p[0][0] + p[1][0]) / 2.0, (p[0][1] + p[1][1]) / 2.0]);
            assert!(middles.clone().all(|p| (p[0].hypot(p[1]) - 10.0).abs() <= 1e-4), "{curve:?}");
            let got: f64 = line.windows(2).map(|p| distance(p[0], p[1])).sum();
            assert!((got - length).abs() < 1e-3, "{curve:?}: {got}");
        }
    }

    #[test]
    fn what_is_no_curve_is_straight() {
        let (a, b) = ([0.0, 0.0], [10.0, 0.0]);
        for curve in [
            Curve::Arc([5.0, 5.0], ARC_LINE | ARC_BY_POINT),
            Curve::Arc([5.0, 5.0], ARC_EMPTY),
            Curve::Arc([5.0, 0.0], ARC_BY_POINT),
            Curve::Arc([f64::NAN, 0.0], ARC_CCW),
            Curve::Arc([f64::MAX, 1.0], ARC_CCW),
            Curve::Arc([-1e6, 0.0], ARC_MINOR | ARC_CCW), // ends turned round by rounding
            Curve::Bezier([f64::INFINITY, 0.0], [1.0, 1.0]),
            Curve::Ellipse { centre: [0.0; 2], rotation: 0.0, long: 0.0, ratio: 1.0, flags: 0 },
            Curve::Ellipse { centre: [0.0; 2], rotation: 0.0, long: 5.0, ratio: 0.0, flags: ELLIPSE_LINE },
        ] {
            let line = stepped(
                curve,
                a,
                [10.0, if curve == Curve::Arc([-1e6, 0.0], ARC_MINOR | ARC_CCW) { -1e-9 } else { 0.0 }],
                1e-4,
            );
            assert!(line.len() == 2, "{curve:?} {b:?} {}", line.len());
        }
    }

    #[test]
    fn bezier_curves_and_ellipses_stay_within_the_tolerance() {
        let bezier = Curve::Bezier([0.0, 40.0], [100.0, -40.0]);
        let ellipse = Curve::Ellipse { centre: [0.0, 0.0], rotation: 0.5, long: 80.0, ratio: 0.25, flags: ELLIPSE_CCW };
        let end = |v: f64| {
            let [x, y] = [80.0 * v.cos(), 20.0 * v.sin()];
            [x * 0.5_f64.cos() - y * 0.5_f64.sin(), x * 0.5_f64.sin() + y * 0.5_f64.cos()]
        };
        for (curve, a, b) in [(bezier, [0.0, 0.0], [100.0, 0.0]), (ellipse, end(0.2), end(4.0))] {
            let span = Span::of(curve, a, b);
            let line = stepped(curve, a, b, 1e-4);
            let mut fine = Vec::new();
            span.each(20_000, |_, position| fine.push(position));
            for p in &fine {
                let near = line.windows(2).map(|s| to_segment(*p, s[0], s[1])).fold(f64::INFINITY, f64::min);
                assert!(near <= 1.001e-4, "{curve:?} {near}");
            }
        }
    }

    fn to_segment(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let t = (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        distance(p, [a[0] + t * dx, a[1] + t * dy])
    }
}
