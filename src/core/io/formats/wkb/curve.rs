//! Circular arcs as straight segments: for readers of formats that have curves.

use std::f64::consts::TAU;

/// How far a step may lie beside its arc where coordinates are metres: 0.1 mm.
pub const STEP_METRES: f64 = 1e-4;
/// The same where coordinates are degrees (a degree of latitude is 111.3 km at most).
pub const STEP_DEGREES: f64 = STEP_METRES / 111_700.0;

/// Steps of half an arc at most: enough for a whole circle of 80 km at 0.1 mm.
const MOST_STEPS: f64 = 65_536.0;

/// A position: x, y, z, m. NaN for z or m that is not there.
pub type Position = [f64; 4];

/// Steps arcs of one geometry.
#[derive(Clone, Debug)]
pub struct Stepper {
    /// How far a step may lie beside its arc, in units of coordinates.
    tolerance: f64,
    /// Positions that may still be made: hostile files are small and ask for thousands a byte.
    left: usize,
    /// True once an arc was stepped.
    pub stepped: bool,
    /// True once an arc had to be stepped coarser than asked.
    pub coarse: bool,
}

impl Stepper {
    /// A stepper for one geometry with this tolerance, in units of coordinates.
    pub fn new(tolerance: f64) -> Self {
        Self { tolerance, left: 1_000_000, stepped: false, coarse: false }
    }

    /// Gives the positions of the arc behind `from`: through `via` to `to`, both given exactly. Where `to` is `from` it is the circle
    /// on which `via` lies opposite (ISO 19125, SQL/MM). Three positions in a line give two segments. Heights and
    /// measures run evenly between the three.
    pub fn arc(&mut self, from: Position, via: Position, to: Position, mut each: impl FnMut(Position)) {
        self.stepped = true;
        let Some((centre, radius, turn)) = circle(from, via, to) else {
            each(via);
            each(to);
            return;
        };
        for (a, b) in [(from, via), (via, to)] {
            let start = (a[1] - centre[1]).atan2(a[0] - centre[0]);
            let end = (b[1] - centre[1]).atan2(b[0] - centre[0]);
            let mut sweep = (end - start) * turn;
            if sweep < 0.0 {
                sweep += TAU;
            }
            let steps = self.steps(a, b, radius, sweep);
            for step in 1..steps {
                let part = step as f64 / steps as f64;
                let angle = start + turn * sweep * part;
                let between = |i: usize| a[i] + (b[i] - a[i]) * part;
                let (x, y) = (centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin());
                each([x, y, between(2), between(3)]);
            }
            each(b);
        }
    }

    /// How many segments from `a` to `b` on a circle. A sagitta of `t` takes an angle of 2·acos(1 − t/r).
    fn steps(&mut self, a: Position, b: Position, radius: f64, sweep: f64) -> usize {
        let chord = (b[0] - a[0]).hypot(b[1] - a[1]);
        // A flat arc: its own sagitta is small enough, and its angle is lost in rounding.
        if sweep < TAU / 2.0 && chord * chord / (8.0 * radius) <= self.tolerance || sweep <= 0.0 {
            return 1;
        }
        let angle = 2.0 * (1.0 - (self.tolerance / radius).min(1.0)).acos();
        let wanted = (sweep / angle).ceil().max(1.0);
        let steps = wanted.min(MOST_STEPS).min(1.0 + self.left as f64);
        self.coarse |= steps < wanted;
        self.left = self.left.saturating_sub(steps as usize);
        steps as usize
    }
}

/// The circle through three positions: centre, radius, and 1 where it is run counter-clockwise, −1 else; `None` where they lie in a line.
fn circle(from: Position, via: Position, to: Position) -> Option<([f64; 2], f64, f64)> {
    // From the first position on: coordinates of millions of metres leave no digits for squares.
    let (ax, ay) = (via[0] - from[0], via[1] - from[1]);
    let (bx, by) = (to[0] - from[0], to[1] - from[1]);
    if bx == 0.0 && by == 0.0 {
        let radius = ax.hypot(ay) / 2.0;
        return (radius > 0.0).then_some(([from[0] + ax / 2.0, from[1] + ay / 2.0], radius, 1.0));
    }
    let twice = 2.0 * (ax * by - ay * bx);
    let (a, b) = (ax * ax + ay * ay, bx * bx + by * by);
    let (x, y) = ((by * a - ay * b) / twice, (ax * b - bx * a) / twice);
    let radius = x.hypot(y);
    // Beyond this the centre is so far that nothing but a line is left at double precision.
    (radius.is_finite() && radius < 1e9 * a.max(b).sqrt()).then_some((
        [from[0] + x, from[1] + y],
        radius,
        twice.signum(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Position {
        [x, y, f64::NAN, f64::NAN]
    }

    /// The positions, and the farthest that a segment's middle lies from the circle around `centre`.
    fn stepped(three: [Position; 3], tolerance: f64, centre: [f64; 2], radius: f64) -> (Vec<Position>, f64) {
        let mut all = vec![three[0]];
        Stepper::new(tolerance).arc(three[0], three[1], three[2], |position| all.push(position));
        let far = all.windows(2).map(|two| {
            let (x, y) = (f64::midpoint(two[0][0], two[1][0]), f64::midpoint(two[0][1], two[1][1]));
            ((x - centre[0]).hypot(y - centre[1]) - radius).abs()
        });
        let far = far.fold(0.0, f64::max);
        (all, far)
    }

    #[test]
    fn steps_stay_within_the_tolerance() {
        let (x, y) = (40_500_000.0, 3_450_000.0);
        for radius in [0.05, 1.0, 30.0, 1_000.0, 20_000.0] {
            let three = [at(x + radius, y), at(x, y + radius), at(x - radius, y)];
            let (all, far) = stepped(three, STEP_METRES, [x, y], radius);
            assert!(far <= STEP_METRES * 1.001 + 2e-8, "{radius}: {far}");
            assert!(all.iter().any(|position| position[0] == three[1][0] && position[1] == three[1][1]));
            assert!(all.len() < 70_000);
            assert!(all.iter().all(|position| position[1] >= y - 1e-8), "the wrong half at {radius}");
            // The other way round it is the lower half.
            let lower = [three[0], at(x, y - radius), three[2]];
            assert!(stepped(lower, STEP_METRES, [x, y], radius).0.iter().all(|position| position[1] <= y + 1e-8));
        }
    }

    #[test]
    fn whole_circles_and_lines() {
        let (all, far) = stepped([at(0.0, 0.0), at(2.0, 0.0), at(0.0, 0.0)], 1e-4, [1.0, 0.0], 1.0);
        assert!(far <= 1.001e-4 && all.len() > 100);
        let straight = [at(0.0, 0.0), at(1.0, 1.0), at(3.0, 3.0)];
        let (all, _) = stepped(straight, 1e-4, [0.0, 0.0], 1.0);
        assert_eq!(all.iter().map(|p| [p[0], p[1]]).collect::<Vec<_>>(), [[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]]);
        let (all, _) = stepped([at(5.0, 5.0), at(5.0, 5.0), at(5.0, 5.0)], 1e-4, [0.0, 0.0], 1.0);
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn hostile_arcs_stay_small() {
        let mut stepper = Stepper::new(1e-4);
        let mut made = 0;
        for _ in 0..100_000 {
            stepper.arc(at(0.0, 0.0), at(1e200, 0.0), at(0.0, 0.0), |_| made += 1);
        }
        assert!(made < 1_500_000 && stepper.coarse);
        for wild in [f64::MAX, f64::MIN_POSITIVE, 1e308] {
            Stepper::new(1e-4).arc(at(wild, -wild), at(-wild, wild), at(wild, wild), |_| {});
        }
    }
}
