//! Pieces of an answer that are too thin or too small to be one.

use super::overlay::{Polygons, polygons_area_m2};
use crate::geodesy::{distance_m, path_length_m};

/// A piece that is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thin {
    /// Its area; m².
    pub(super) area_m2: f64,
    /// 2·area/perimeter; metres.
    pub(super) mean_width_m: f64,
}

impl Thin {
    /// Below 1 m² or with a mean width below 0.1 m.
    fn is_sliver(&self) -> bool {
        self.area_m2 < 1.0 || self.mean_width_m < 0.1
    }

    /// Below this mean width it is the grid's rounding along a shared border: the two only touch.
    fn is_touch(&self) -> bool {
        const TOUCH_WIDTH_M: f64 = 1e-5;
        self.mean_width_m <= TOUCH_WIDTH_M
    }
}

/// Pieces, and those among them that are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sifted {
    /// What is left.
    pub(super) polygons: Polygons,
    /// Its area; m².
    pub(super) area_m2: f64,
    /// Slivers; what the grid's rounding leaves along a shared border is not even that.
    pub(super) slivers: Vec<Thin>,
    /// The area of all that was taken out, so that figures add up; m².
    pub(super) thin_m2: f64,
}

impl Sifted {
    /// Judges each piece by itself.
    pub(super) fn new(pieces: Polygons) -> Self {
        let mut sifted = Self::default();
        for piece in pieces {
            let thin = Thin::of(std::slice::from_ref(&piece));
            if !thin.is_sliver() {
                sifted.area_m2 += thin.area_m2;
                sifted.polygons.push(piece);
                continue;
            }
            sifted.thin_m2 += thin.area_m2;
            if !thin.is_touch() {
                sifted.slivers.push(thin);
            }
        }
        sifted
    }
}

impl Thin {
    /// How large and how wide polygons are.
    fn of(polygons: &[Vec<Vec<crate::geodesy::LonLat>>]) -> Self {
        let area_m2 = polygons_area_m2(polygons);
        let closing_m = |ring: &[_]| ring.first().zip(ring.last()).map_or(0.0, |(a, b)| distance_m(*b, *a));
        let perimeter_m: f64 = polygons.iter().flatten().map(|ring| path_length_m(ring) + closing_m(ring)).sum();
        Self { area_m2, mean_width_m: if perimeter_m > 0.0 { 2.0 * area_m2 / perimeter_m } else { 0.0 } }
    }
}
