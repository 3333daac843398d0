//! What a rule matched, as findings need it: read of its answer and of the text of that as it is exported.

use super::exported::features;
use super::findings::Finding;
use super::{MatchKey, RuleAnswer, RuleInput, Verdict};
use serde_json::Value;

/// A match of a rule, as findings need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is known by.
    pub key: MatchKey,
    /// What earlier versions knew it by.
    pub former: Vec<MatchKey>,
    /// What it is called.
    pub name: String,
    /// What it is held against.
    pub with: String,
    /// What it is good for.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who the feature says it belongs to.
    pub owner: String,
    /// Where it is: a GeoJSON geometry; null where it is only listed.
    pub geometry: Value,
}

impl Found {
    /// True where a finding has its name, or is where it is. What a rule made is known by its geometry.
    pub(super) fn is_like(&self, finding: &Finding) -> bool {
        self.key.role.is_none() || finding.name == self.name || finding.geometry == self.geometry
    }
}

/// The matches of an answer; `exported` is the text of the answer as it is written, with its features in their order. What
/// is only listed has no geometry here: it is no finding.
///
/// # Errors
/// Where that text is no such answer.
pub fn found_by(answer: &RuleAnswer, input: &RuleInput, exported: &[u8]) -> serde_json::Result<Vec<Found>> {
    let is_finding = |at: usize| answer.features.get(at).is_some_and(|of| of.verdict != Verdict::List);
    let features = features(exported, is_finding)?;
    let keys = answer.keys(input).into_iter().zip(answer.former_keys(input));
    let found = keys.zip(&answer.features).zip(features).map(|(((key, former), of), feature)| {
        let text = |name: &str| feature.text(name).to_owned();
        let first = |names: [&str; 2]| names.into_iter().map(text).find(|name| !name.is_empty());
        // What a rule made between two has the names of both.
        let between = || Some(format!("{}—{}", text("from_name"), text("with_name"))).filter(|_| key.role.is_none());
        let named = first(["name", "code"]).or_else(|| between().filter(|_| !text("from_name").is_empty()));
        Found {
            name: named.unwrap_or_else(|| key.subject.clone()),
            with: first(["with_name", "nearest_name"]).unwrap_or_default(),
            verdict: of.verdict,
            reason: text("reason"),
            owner: text("owner"),
            geometry: feature.geometry,
            key,
            former,
        }
    });
    Ok(found.collect())
}
