//! Affine maps of space: object coordinate systems and the placing of blocks.

use acadrust::Vector3;

/// A position or direction.
pub(super) type Xyz = [f64; 3];

/// An affine map: three columns and a shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    columns: [Xyz; 3],
    shift: Xyz,
}

impl Affine {
    /// The map that changes nothing.
    pub(super) const IDENTITY: Self =
        Self { columns: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], shift: [0.0; 3] };

    /// Where a position goes.
    pub(super) fn position(&self, [x, y, z]: Xyz) -> Xyz {
        let [a, b, c] = self.columns;
        std::array::from_fn(|i| a[i] * x + b[i] * y + c[i] * z + self.shift[i])
    }

    /// Where a direction goes.
    pub(super) fn direction(&self, [x, y, z]: Xyz) -> Xyz {
        let [a, b, c] = self.columns;
        std::array::from_fn(|i| a[i] * x + b[i] * y + c[i] * z)
    }

    /// This map after another.
    pub(super) fn after(&self, first: &Self) -> Self {
        Self { columns: first.columns.map(|column| self.direction(column)), shift: self.position(first.shift) }
    }

    /// The largest stretching of a direction of the axes.
    pub(super) fn scale(&self) -> f64 {
        self.columns.iter().map(|[x, y, z]| (x * x + y * y + z * z).sqrt()).fold(0.0, f64::max)
    }

    /// True where all numbers are finite.
    pub(super) fn is_finite(&self) -> bool {
        self.columns.iter().chain([&self.shift]).flatten().all(|number| number.is_finite())
    }

    /// A shift.
    pub(super) fn shift(shift: Xyz) -> Self {
        Self { shift, ..Self::IDENTITY }
    }

    /// Scales along the axes, then a rotation about z (radians, counter-clockwise).
    pub(super) fn scaled_and_turned([x, y, z]: Xyz, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { columns: [[cos * x, sin * x, 0.0], [-sin * y, cos * y, 0.0], [0.0, 0.0, z]], shift: [0.0; 3] }
    }

    /// From an object coordinate system to that of the world, by the arbitrary axis algorithm of the DXF reference.
    pub(super) fn of_normal(normal: Vector3) -> Self {
        let n = [normal.x, normal.y, normal.z];
        let length = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
        if n == [0.0, 0.0, 1.0] || !length.is_finite() || length == 0.0 {
            return Self::IDENTITY;
        }
        let n = n.map(|number| number / length);
        let is_near_z = n[0].abs() < 1.0 / 64.0 && n[1].abs() < 1.0 / 64.0;
        let x = unit(cross(if is_near_z { [0.0, 1.0, 0.0] } else { [0.0, 0.0, 1.0] }, n));
        Self { columns: [x, cross(n, x), n], shift: [0.0; 3] }
    }
}

/// The cross product.
pub(super) fn cross(a: Xyz, b: Xyz) -> Xyz {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// A direction of length 1; itself where it has no length.
pub(super) fn unit(a: Xyz) -> Xyz {
    let length = (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt();
    if length > 0.0 { a.map(|number| number / length) } else { a }
}

/// A vector of the decoder.
pub(super) fn xyz(vector: Vector3) -> Xyz {
    [vector.x, vector.y, vector.z]
}
