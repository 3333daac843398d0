//! The columns that rules add to the features that they found.

use super::{RuleAnswer, RuleInput};
use crate::io::geojson::free_names;
use crate::model::Role;

impl RuleAnswer {
    /// The columns of what it found, in the order in which they first stand.
    pub(super) fn own_columns(&self) -> Vec<&'static str> {
        let mut columns: Vec<&'static str> = Vec::new();
        for (at, (name, _)) in self.features.iter().flat_map(|feature| feature.values.iter().enumerate()) {
            // Most features have the columns of the one before, in their order.
            if columns.get(at) != Some(name) && !columns.contains(name) {
                columns.push(name);
            }
        }
        columns
    }

    /// What it adds to features as they are exported: every column under its name in the file, with what it stands for.
    pub fn added_columns(&self, input: &RuleInput) -> Vec<(String, &'static str)> {
        let mut columns = self.own_columns();
        columns.extend(["verdict", "reason"]);
        let mut roles: Vec<Option<Role>> = self.features.iter().map(|f| f.of.map(|(role, _)| role)).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut added: Vec<(String, &'static str)> = Vec::new();
        for role in roles {
            // A layer that has such a name has its own value under it.
            let layer = role.and_then(|role| input.together(role)).map(|indexed| &**indexed.layer());
            for (own, name) in free_names(layer, &columns).into_iter().zip(&columns) {
                let pair = (own.into_owned(), *name);
                if !added.contains(&pair) {
                    added.push(pair);
                }
            }
        }
        added
    }
}
