//! The ground of the pieces that the steps of a rule found.

use super::RuleInput;
use super::answer::{RuleAnswer, RuleFeature};
use super::run::Asking;
use crate::geodesy::LonLat;
use crate::index::IndexedLayer;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{common_ground, polygons_area_m2};
use std::collections::BTreeMap;

/// The grounds of the pieces that were found, of layers that do not overlap themselves.
pub(super) fn found_pieces<'a>(
    roles: &'a [Role],
    asking: &'a Asking<'_>,
    answer: &'a RuleAnswer,
) -> impl Iterator<Item = Vec<Vec<Vec<LonLat>>>> + 'a {
    // What depends on a value is not known to be a piece.
    let sure = answer.features.iter().filter(|feature| !feature.steps.is_empty());
    sure.filter(move |feature| feature.of.is_some_and(|(role, _)| roles.contains(&role)))
        .filter_map(move |feature| ground_of_feature(asking.input, feature))
}

/// The ground of what may be such a piece; m².
pub(super) fn open_pieces_m2(roles: &[Role], asking: &Asking<'_>, answer: &RuleAnswer) -> f64 {
    let open = answer.features.iter().filter(|feature| feature.steps.is_empty());
    let own = open.filter(|feature| feature.of.is_some_and(|(role, _)| roles.contains(&role)));
    own.filter_map(|feature| ground_of_feature(asking.input, feature)).map(|ground| polygons_area_m2(&ground)).sum()
}

/// The ground of pieces by the areas of a layer that it lies in; m².
pub(super) fn pieces_by_area(
    areas: &IndexedLayer,
    roles: &[Role],
    asking: &Asking<'_>,
    answer: &RuleAnswer,
) -> BTreeMap<usize, f64> {
    let mut by = BTreeMap::new();
    for polygons in found_pieces(roles, asking, answer) {
        for one in common_ground(areas, &polygons).0 {
            *by.entry(one.row).or_insert(0.0) += one.area_m2;
        }
    }
    by
}

/// The ground of a feature that was found: a piece, or all of its row.
pub(super) fn ground_of_feature(input: &RuleInput, feature: &RuleFeature) -> Option<Vec<Vec<Vec<LonLat>>>> {
    if let OutGeometry::Polygons(polygons) = &feature.geometry {
        return Some(polygons.clone());
    }
    let (role, row) = feature.of?;
    let layer = input.together(role)?.layer();
    Some(layer.geometries.parts(row).map(|part| part.open_rings()).collect())
}
