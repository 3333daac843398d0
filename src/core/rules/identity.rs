//! What a feature is known by from one run to the next, so that what people note of it stays with it when a file is written
//! anew, its features are put in another order, or another layer has the same numbers.

use crate::index::IndexedLayer;
use crate::io::geojson::geometry_json;
use crate::io::short_hash;
use crate::model::Layer;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Columns of the code by which offices know a feature.
const CODES: [&str; 2] = ["code", "编码"];

/// Columns of its name.
const NAMES: [&str; 2] = ["name", "名称"];

/// What the features of a layer (of all layers of a role together) are known by.
#[derive(Clone, Debug)]
pub struct Identities {
    indexed: Arc<IndexedLayer>,
    shared: Arc<FxHashSet<u64>>,
}

impl Identities {
    /// Of a layer, some of whose names are shared.
    pub(super) fn new(indexed: &Arc<IndexedLayer>, shared: Arc<FxHashSet<u64>>) -> Self {
        Self { indexed: Arc::clone(indexed), shared }
    }

    /// Of a layer by itself. Cost: its rows.
    pub fn of(indexed: &Arc<IndexedLayer>) -> Self {
        Self::new(indexed, Arc::new(shared_names(indexed.layer())))
    }

    /// The code or the id of a feature, where no other of the layer has it.
    pub fn own_name(&self, row: usize) -> Option<String> {
        let is_its_own = |name: &String| !self.shared.contains(&FxBuildHasher.hash_one(name));
        names(self.indexed.layer(), row).into_iter().find(is_its_own)
    }

    /// What a feature is known by: its code, else its id (with its name where the id is a number), else a hash of its name and
    /// its geometry. What several features of the layer have tells none of them apart, and is passed over.
    pub fn subject(&self, row: usize) -> String {
        let layer = self.indexed.layer();
        self.own_name(row).unwrap_or_else(|| {
            // Not its number among the others, which another order changes.
            of_geometry(&cell(layer, row, &NAMES).unwrap_or_default(), layer, row)
        })
    }
}

/// Hashes of the codes and ids that several features of a layer have.
pub(super) fn shared_names(layer: &Layer) -> FxHashSet<u64> {
    let (mut seen, mut shared) = (FxHashSet::default(), FxHashSet::default());
    for hash in layer.rows().flat_map(|row| names(layer, row)).map(|name| FxBuildHasher.hash_one(&name)) {
        if !seen.insert(hash) {
            shared.insert(hash);
        }
    }
    shared
}

/// The first of some cells that is not empty.
fn cell(layer: &Layer, row: usize, columns: &[&str]) -> Option<String> {
    let text = |column: &&str| layer.attributes.get(row, column).display().into_owned();
    columns.iter().map(text).find(|text| !text.trim().is_empty())
}

/// The names by which a feature may be known, the best first.
fn names(layer: &Layer, row: usize) -> Vec<String> {
    let mut names: Vec<String> = cell(layer, row, &CODES).into_iter().collect();
    if let Some(id) = layer.id_text(row) {
        // A number that a file counted its features by: another file has it too, and the same one written anew may give it to
        // another feature.
        let is_number = id.parse::<f64>().is_ok();
        let name = cell(layer, row, &NAMES).filter(|_| is_number);
        names.push(name.map_or_else(|| id.clone(), |name| format!("{id} {name}")));
    }
    names.dedup();
    names
}

/// What the areas of a layer are called, by their rows: towns of one name are told apart by their codes or their numbers in
/// the layer, but for parts of one town, which have its code.
pub(super) fn names_apart(layer: &Layer) -> BTreeMap<usize, String> {
    let mut by_name: BTreeMap<String, Vec<(usize, Option<String>)>> = BTreeMap::new();
    for row in layer.rows() {
        by_name.entry(layer.label(row)).or_default().push((row, cell(layer, row, &CODES)));
    }
    let mut names = BTreeMap::new();
    for (name, rows) in by_name {
        let is_one = match &rows[..] {
            [_] => true,
            [(_, first), others @ ..] => first.is_some() && others.iter().all(|(_, code)| code == first),
            [] => continue,
        };
        names.extend(rows.into_iter().map(|(row, code)| match is_one {
            true => (row, name.clone()),
            false => (row, format!("{name} · {}", code.unwrap_or_else(|| format!("#{}", row + 1)))),
        }));
    }
    names
}

/// What earlier versions knew a feature by, and answers tell: its id, else its code, else a hash of its name and geometry.
pub fn id_or_code(layer: &Layer, row: usize) -> String {
    let code = || Some(layer.attributes.get(row, "code").display().into_owned()).filter(|code| !code.is_empty());
    layer.id_text(row).or_else(code).unwrap_or_else(|| of_geometry(&layer.label(row), layer, row))
}

/// What a feature is called in the id of a pair: its id, else its code or its name, else a hash of its geometry.
pub(super) fn known_as(layer: &Layer, row: usize) -> String {
    let own = || cell(layer, row, &CODES).or_else(|| cell(layer, row, &NAMES));
    layer.id_text(row).or_else(own).unwrap_or_else(|| of_geometry("", layer, row))
}

fn of_geometry(name: &str, layer: &Layer, row: usize) -> String {
    let geometry = layer.geometries.geometry(row).map(|g| geometry_json(&g).to_string()).unwrap_or_default();
    short_hash(format!("{name}{geometry}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::Role;
    use crate::progress::Progress;
    use crate::rules::RuleInput;

    fn layer(features: &[(&str, &str, f64)]) -> Arc<IndexedLayer> {
        let features: Vec<String> = features
            .iter()
            .map(|(id, properties, x)| {
                format!(
                    r#"{{"type":"Feature"{id},"properties":{{{properties}}},"geometry":{{"type":"Point","coordinates":[{x},31.0]}}}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "outlet.geojson", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))))
    }

    /// What every feature is known by, by its place.
    fn known(layers: &[&Arc<IndexedLayer>]) -> BTreeMap<String, String> {
        let layers = layers.iter().map(|layer| (Role::Outlet, Arc::clone(layer))).collect();
        let input = RuleInput::new(layers);
        let together = input.together(Role::Outlet).expect("outlets");
        let identities = input.identities(together);
        let place = |row: usize| together.layer().geometries.positions_of(row)[0].lon.to_string();
        let known: BTreeMap<String, String> =
            together.layer().rows().map(|row| (place(row), identities.subject(row))).collect();
        let mut all: Vec<&String> = known.values().collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), known.len(), "no two alike: {known:?}");
        known
    }

    #[test]
    fn a_code_goes_before_a_number() {
        let known = known(&[&layer(&[
            (r#","id":1"#, r#""code":"WP-1","name":"甲""#, 1.0),
            (r#","id":2"#, r#""name":"乙""#, 2.0),
            (r#","id":"bs-3""#, r#""name":"丙""#, 3.0),
            (r#","id":"4""#, r#""编码":7"#, 4.0),
            (r#","id":5"#, "", 5.0),
            ("", r#""name":"丁""#, 6.0),
        ])]);
        let told: Vec<&str> = known.values().map(String::as_str).take(5).collect();
        assert_eq!(told, ["WP-1", "2 乙", "bs-3", "7", "5"]);
        assert_eq!(known["6"].len(), 16, "a hash");
    }

    #[test]
    fn layers_that_count_from_one_do_not_change_places() {
        let one = layer(&[
            (r#","id":1"#, r#""name":"甲""#, 1.0),
            (r#","id":2"#, "", 2.0),
            (r#","id":3"#, r#""code":"A""#, 3.0),
            ("", "", 8.0),
        ]);
        let two = layer(&[
            (r#","id":1"#, r#""name":"乙""#, 4.0),
            (r#","id":2"#, "", 5.0),
            (r#","id":3"#, r#""code":"B""#, 6.0),
            ("", "", 9.0),
        ]);
        assert_eq!(known(&[&one, &two]), known(&[&two, &one]));
        // Written anew, the first counted otherwise: whoever has a code or a name keeps it.
        let again = layer(&[(r#","id":9"#, r#""code":"A""#, 3.0), (r#","id":1"#, r#""name":"丙""#, 7.0)]);
        let (before, after) = (known(&[&one]), known(&[&again]));
        assert_eq!(before["3"], after["3"]);
        assert_ne!(before["1"], after["7"]);
    }

    #[test]
    fn towns_of_one_name_are_told_apart() {
        let towns = layer(&[
            ("", r#""name":"城关镇","code":"310113""#, 1.0),
            ("", r#""name":"城关镇","code":"310114""#, 2.0),
            ("", r#""name":"罗店镇""#, 3.0),
            // Two parts of one, and two of which nothing tells whether they are one.
            ("", r#""name":"月浦镇","code":"7""#, 4.0),
            ("", r#""name":"月浦镇","code":"7""#, 5.0),
            ("", r#""name":"新镇""#, 6.0),
            ("", r#""name":"新镇","code":"8""#, 7.0),
        ]);
        let names: Vec<String> = names_apart(towns.layer()).into_values().collect();
        assert_eq!(
            names,
            ["城关镇 · 310113", "城关镇 · 310114", "罗店镇", "月浦镇", "月浦镇", "新镇 · #6", "新镇 · 8"]
        );
    }

    #[test]
    fn what_several_have_tells_none_of_them_apart() {
        // A code that was copied, an id that is another's code, features that are alike but for where they are.
        let layer = layer(&[
            (r#","id":"a""#, r#""code":"X""#, 1.0),
            (r#","id":"b""#, r#""code":"X""#, 2.0),
            (r#","id":"Y""#, "", 3.0),
            (r#","id":"c""#, r#""code":"Y""#, 4.0),
            ("", "", 5.0),
            ("", "", 6.0),
        ]);
        let known = known(&[&layer]);
        assert_eq!([&known["1"], &known["2"], &known["4"]], ["a", "b", "c"]);
    }
}
