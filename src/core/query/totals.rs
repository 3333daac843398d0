//! What chosen features come to: how many, their ground, their length.

use super::overlay::row_area_m2;
use crate::geodesy::path_length_m;
use crate::model::{Layer, Shape};
use rayon::prelude::*;

/// Sums over features. Ground that two of them cover counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// How many features.
    pub count: usize,
    /// Ground of areas; m².
    pub area_m2: f64,
    /// Length of lines; metres.
    pub length_m: f64,
    /// Features without a geometry that can be measured.
    pub unusable: usize,
}

/// Sums over rows of a layer, on the ellipsoid; on all cores.
pub fn totals(layer: &Layer, rows: &[usize]) -> Totals {
    let of = |row: &usize| {
        let mut one = Totals { count: 1, ..Totals::default() };
        match layer.geometries.kind(*row).filter(|_| !layer.unusable[*row]).map(|kind| kind.shape()) {
            Some(Shape::Polygons) => one.area_m2 = row_area_m2(layer, *row),
            Some(Shape::Lines) => one.length_m = layer.geometries.paths(*row).map(path_length_m).sum(),
            Some(Shape::Points) => {}
            None => one.unusable = 1,
        }
        one
    };
    let add = |a: Totals, b: Totals| Totals {
        count: a.count + b.count,
        area_m2: a.area_m2 + b.area_m2,
        length_m: a.length_m + b.length_m,
        unusable: a.unusable + b.unusable,
    };
    // Added up in the rows' order: whoever works when, the last digit is the same.
    let each: Vec<Totals> = rows.par_iter().with_min_len(64).map(of).collect();
    each.into_iter().fold(Totals::default(), add)
}
