//! Rules put to maps.

use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer};
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleInput, Values, Verdict, run};
use std::path::Path;
use std::sync::Arc;

/// The layers of a sample map, by their roles.
pub fn map(name: &str) -> RuleInput {
    let mut layers = Vec::new();
    for entry in std::fs::read_dir(Path::new("maps").join(name)).expect("a folder") {
        let path = entry.expect("an entry").path();
        let layer = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable");
        if let Some(role) = layer.guessed_role {
            layers.push((role, Arc::new(IndexedLayer::new(Arc::new(layer)))));
        }
    }
    RuleInput::new(layers)
}

/// A rule of the catalogue put to a map.
pub fn answer(id: &str, input: &RuleInput) -> RuleAnswer {
    let catalogue = Catalogue::builtin();
    let rule = catalogue.get(id).unwrap_or_else(|| panic!("no rule {id}"));
    run(rule, input, &Values::new(), &Progress::default()).expect("nobody stopped it")
}

/// Values of a column of what was found with a verdict, sorted.
pub fn found(answer: &RuleAnswer, input: &RuleInput, column: &str, verdict: Option<Verdict>) -> Vec<String> {
    let of = answer.features.iter().filter(|f| verdict.is_none_or(|v| f.verdict == v));
    let mut all: Vec<String> = of
        .filter_map(|f| f.of)
        .map(|(role, row)| {
            input.together(role).expect("asked").layer().attributes.get(row, column).display().into_owned()
        })
        .collect();
    all.sort();
    all
}
