//! What a rule matched, as findings need it: read of its answer and of the rows of that.

use super::findings::Finding;
use super::{MatchKey, RuleAnswer, RuleInput, Verdict};
use crate::io::geojson::feature_text;
use crate::model::{Layer, Value as Cell};
use serde::Deserialize;
use serde_json::Value;
use std::io;

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

/// The matches of an answer, of which these are the rows ([`RuleAnswer::rows`]). What is only listed has no geometry here: it is
/// no finding.
///
/// # Errors
/// Where what was left in an input's file cannot be read back.
pub fn found_by(answer: &RuleAnswer, input: &RuleInput, rows: &Layer) -> io::Result<Vec<Found>> {
    let keys = answer.keys(input).into_iter().zip(answer.former_keys(input));
    let found = keys.zip(&answer.features).enumerate().map(|(row, ((key, former), of))| {
        let text = |name: &str| match rows.attributes.get(row, name) {
            Cell::Text(text) => text.into_owned(),
            _ => String::new(),
        };
        let first = |names: [&str; 2]| names.into_iter().map(text).find(|name| !name.is_empty());
        // What a rule made between two has the names of both.
        let between = || Some(format!("{}—{}", text("from_name"), text("with_name"))).filter(|_| key.role.is_none());
        let named = first(["name", "code"]).or_else(|| between().filter(|_| !text("from_name").is_empty()));
        Ok(Found {
            name: named.unwrap_or_else(|| key.subject.clone()),
            with: first(["with_name", "nearest_name"]).unwrap_or_default(),
            verdict: of.verdict,
            reason: text("reason"),
            owner: text("owner"),
            geometry: if of.verdict == Verdict::List { Value::Null } else { geometry_of(rows, row)? },
            key,
            former,
        })
    });
    found.collect()
}

/// The geometry of a row as it is exported.
fn geometry_of(rows: &Layer, row: usize) -> io::Result<Value> {
    /// A feature of which nothing else is kept.
    #[derive(Deserialize)]
    struct Located {
        geometry: Value,
    }
    let located: Located = serde_json::from_slice(&feature_text(rows, row)?)?;
    Ok(located.geometry)
}
