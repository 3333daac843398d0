//! What a rule came to: features with verdicts and reasons, figures, breakdowns.

use super::identity::id_or_code;
use super::targets::Meant;
use super::told::{NotChecked, UnknownValue};
use super::work::AreasMet;
use super::{Rule, RuleFigure, RuleInput, Said, Values, Verdict, figure_json};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, semicolon};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::io::short_hash;
use crate::model::Role;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a rule ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It did.
    Answered,
    /// A layer is missing.
    MissingLayer,
    /// A column is missing.
    NeedsInput,
    /// It went wrong.
    Error,
}

/// A value that a rule adds to a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleValue {
    /// A number, a word of the program's own, or what another feature is called.
    Plain(Added),
    /// A text in the reader's language.
    Said(Said),
    /// A text as it stands in a file.
    Text(String),
}

impl From<Added> for RuleValue {
    fn from(added: Added) -> Self {
        Self::Plain(added)
    }
}

impl RuleValue {
    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Plain(added) => added.number(),
            _ => None,
        }
    }

    /// A number rounded to so many decimals.
    pub(super) fn rounded(n: f64, decimals: i32) -> Self {
        let power = 10_f64.powi(decimals);
        Self::Plain(Added::Number((n * power).round() / power))
    }
}

/// A match.
#[derive(Clone, Debug)]
pub struct RuleFeature {
    /// The role and the row that it is of; none where the rule made it.
    pub of: Option<(Role, usize)>,
    /// What the match is good for.
    pub verdict: Verdict,
    /// Steps of the rule that found it.
    pub(super) steps: Vec<usize>,
    /// Why, beside what the steps say.
    pub(super) because: Vec<Said>,
    /// What tells it from other matches of its row, where its reference does not.
    pub(super) tag: Option<&'static str>,
    /// An id of its own (JSON), where its row is matched several times.
    pub(super) id: Option<String>,
    pub(super) geometry: OutGeometry,
    /// Columns and what stands in them.
    pub(super) values: Vec<(&'static str, RuleValue)>,
    /// What the values speak of.
    pub(super) reference: Option<Arc<IndexedLayer>>,
}

impl RuleFeature {
    /// A feature of a layer, or one that the rule made, with why.
    pub(super) fn new(of: Option<(Role, usize)>, verdict: Verdict, because: Said, geometry: OutGeometry) -> Self {
        Self {
            of,
            verdict,
            steps: Vec::new(),
            because: vec![because],
            tag: None,
            id: None,
            geometry,
            values: Vec::new(),
            reference: None,
        }
    }

    /// The same with values.
    pub(super) fn with(self, values: Vec<(&'static str, RuleValue)>) -> Self {
        Self { values, ..self }
    }

    /// The number in a column that the rule added.
    pub fn number(&self, column: &str) -> Option<f64> {
        self.values.iter().find(|(name, _)| *name == column).and_then(|(_, value)| value.number())
    }
}

/// What a match is known by from one run to the next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchKey {
    /// The role of the feature; none where the rule made it.
    pub role: Option<Role>,
    /// The feature: its code, else its id, else a hash of its geometry ([`super::Identities`]).
    pub subject: String,
    /// What it is held against, and what else tells it apart.
    pub with: String,
}

impl std::fmt::Display for MatchKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.role.map_or("made", Role::id), self.subject)?;
        if self.with.is_empty() { Ok(()) } else { write!(f, "+{}", self.with) }
    }
}

/// What a geometry that a rule made is known by: of lines their positions to 1e-7 degrees, whichever end comes first.
fn shape_text(geometry: &OutGeometry) -> String {
    let OutGeometry::Lines(lines) = geometry else { return format!("{geometry:?}") };
    let text = |p: &LonLat| format!("{:.7} {:.7}", p.lon, p.lat);
    let line = |line: &Vec<LonLat>| {
        let there: Vec<String> = line.iter().map(text).collect();
        let back: Vec<String> = there.iter().rev().cloned().collect();
        there.min(back).join(",")
    };
    let mut lines: Vec<String> = lines.iter().map(line).collect();
    lines.sort_unstable();
    lines.join(";")
}

/// Figures of a part: of a town, a class, a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What the parts are by: a role or a column.
    pub by: String,
    /// What that is called.
    pub title: Said,
    /// The part: as its layer names it, or a name of the program.
    pub name: Said,
    /// The role and the row of the area that it is, where it is one.
    pub area: Option<(Role, usize)>,
    /// Its figures.
    pub figures: Vec<RuleFigure>,
}

/// What the plan wants of a figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aim {
    /// The plan's number; none where it wants something in words.
    pub value: Option<f64>,
    /// As the plan says it.
    pub text: Said,
    /// The year.
    pub year: i32,
    /// The figure that it is about.
    pub figure: String,
    /// The figure, measured as the target means it.
    pub measured: Option<f64>,
    /// How the figure stands to it; none where the plan speaks in words, or where that is open.
    pub state: Option<super::TargetState>,
    /// Why a number of the plan is not judged.
    pub why: Option<Said>,
}

/// The ground that a step about gaps left: as a layer, with the rows that its features are of.
#[derive(Clone, Debug)]
pub(super) struct LeftGround {
    pub(super) layer: Arc<IndexedLayer>,
    pub(super) rows: Vec<usize>,
    /// The columns that the question added: what each is called there, and what it was asked as.
    pub(super) names: Vec<(String, &'static str)>,
    /// What it began with: m², and people.
    pub(super) of: [f64; 2],
}

/// What a rule came to.
#[derive(Clone, Debug)]
pub struct RuleAnswer {
    /// The rule.
    pub rule: Rule,
    /// The values that it ran with.
    pub values: Values,
    /// Whether it ran.
    pub status: Status,
    /// What is missing: roles, or columns.
    pub missing: Vec<String>,
    /// What went wrong.
    pub error: Option<Said>,
    /// Why looking for a column that is missing is of no use, where that is known: its national database never holds it.
    pub lacks_because: Option<Said>,
    /// What it found, the gravest first.
    pub features: Vec<RuleFeature>,
    /// Its figures, the first of which stands for it.
    pub figures: Vec<RuleFigure>,
    /// Its figures by town, class, kind.
    pub groups: Vec<Group>,
    /// What must be said beside it.
    pub notes: Vec<Said>,
    /// Values that nobody knows.
    pub unknown_values: Vec<UnknownValue>,
    /// What was not looked at, and why.
    pub not_checked: Vec<NotChecked>,
    /// Roles that conditions refer to, and whether any of their features was chosen.
    pub(super) referred: BTreeMap<Role, bool>,
    /// The conditions by which features of roles were chosen.
    pub(super) chose: BTreeSet<(Role, String)>,
    /// What the plan wants, where it says so.
    pub aim: Option<Aim>,
    /// Features that could not be used.
    pub left_out: usize,
    pub(super) unused: BTreeSet<(Role, usize)>,
    /// What steps about gaps left, by their numbers.
    pub(super) left: BTreeMap<usize, LeftGround>,
    /// The summaries of its questions.
    pub summaries: Vec<serde_json::Value>,
    /// What they come to together.
    pub(super) whole: serde_json::Map<String, serde_json::Value>,
    /// By roles the rows that its steps asked about.
    pub(super) asked: BTreeMap<Role, Vec<bool>>,
    /// What it comes to with the parameters that targets mean, where those are others.
    pub(super) meant: Vec<Meant>,
    /// The areas that its features meet, where their geometry is not kept.
    pub(super) met: Option<AreasMet>,
}

impl RuleAnswer {
    pub(super) fn of(rule: &Rule, values: &Values) -> Self {
        Self {
            rule: rule.clone(),
            values: values.clone(),
            status: Status::Answered,
            missing: Vec::new(),
            error: None,
            lacks_because: None,
            features: Vec::new(),
            figures: Vec::new(),
            groups: Vec::new(),
            notes: Vec::new(),
            unknown_values: Vec::new(),
            not_checked: Vec::new(),
            referred: BTreeMap::new(),
            chose: BTreeSet::new(),
            aim: None,
            left_out: 0,
            unused: BTreeSet::new(),
            left: BTreeMap::new(),
            summaries: Vec::new(),
            whole: serde_json::Map::new(),
            asked: BTreeMap::new(),
            meant: Vec::new(),
            met: None,
        }
    }

    /// Matches of a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.features.iter().filter(|feature| feature.verdict == verdict).count()
    }

    /// The figure that stands for the rule.
    pub fn figure(&self) -> Option<&RuleFigure> {
        self.figures.first()
    }

    /// What every match is known by, in their order; no two alike.
    pub fn keys(&self, input: &RuleInput) -> Vec<MatchKey> {
        self.keys_by(input, |indexed, row| input.identities(indexed).subject(row), shape_text)
    }

    /// What earlier versions knew every match by: lines that a rule made by either of their ends as the first.
    pub(super) fn former_keys(&self, input: &RuleInput) -> Vec<Vec<MatchKey>> {
        let former = |shape: fn(&OutGeometry) -> String| {
            self.keys_by(input, |indexed, row| id_or_code(indexed.layer(), row), shape)
        };
        let mut keys: Vec<Vec<MatchKey>> =
            former(|geometry| format!("{geometry:?}")).into_iter().map(|key| vec![key]).collect();
        let is_line = |feature: &RuleFeature| feature.of.is_none() && matches!(feature.geometry, OutGeometry::Lines(_));
        if self.features.iter().any(is_line) {
            let turned = former(|geometry| match geometry {
                OutGeometry::Lines(lines) => {
                    let turned = lines.iter().map(|line| line.iter().rev().copied().collect()).collect();
                    format!("{:?}", OutGeometry::Lines(turned))
                }
                geometry => format!("{geometry:?}"),
            });
            for (known, key) in keys.iter_mut().zip(turned) {
                if !known.contains(&key) {
                    known.push(key);
                }
            }
        }
        keys
    }

    fn keys_by(
        &self,
        input: &RuleInput,
        subject: impl Fn(&Arc<IndexedLayer>, usize) -> String,
        shape: impl Fn(&OutGeometry) -> String,
    ) -> Vec<MatchKey> {
        let mut taken: BTreeMap<MatchKey, usize> = BTreeMap::new();
        let key = |feature: &RuleFeature| {
            let of = feature.of.and_then(|(role, row)| Some((role, subject(input.together(role)?, row))));
            let mut key = match of {
                Some((role, own)) => {
                    MatchKey { role: Some(role), subject: own, with: self.held_against(feature, &subject) }
                }
                None => MatchKey {
                    role: None,
                    subject: short_hash(shape(&feature.geometry).as_bytes()),
                    with: String::new(),
                },
            };
            // Two of one key: the same feature twice, or features alike in everything.
            let n = taken.entry(key.clone()).or_default();
            *n += 1;
            if *n > 1 {
                key.with += &format!("#{n}");
            }
            key
        };
        self.features.iter().map(key).collect()
    }

    /// What a feature is held against, and what else tells it apart.
    fn held_against(&self, feature: &RuleFeature, subject: &impl Fn(&Arc<IndexedLayer>, usize) -> String) -> String {
        let other = feature.reference.as_ref();
        let with = feature.values.iter().find_map(|(name, value)| match (value, other) {
            (RuleValue::Plain(Added::IdOf(row) | Added::NameOf(row)), Some(other)) if name.starts_with("with") => {
                Some(subject(other, *row as usize))
            }
            (RuleValue::Text(text), _) if *name == "with_id" => Some(text.clone()),
            _ => None,
        });
        [with.as_deref(), feature.tag].into_iter().flatten().collect::<Vec<_>>().join("+")
    }

    /// Why a feature was matched, in words.
    pub fn reason(&self, feature: &RuleFeature, lang: Lang) -> String {
        let of_steps = feature.steps.iter().filter_map(|step| self.rule.steps[*step].reason.as_ref());
        let mut said: Vec<&str> = of_steps.chain(&feature.because).map(|reason| reason.text(lang)).collect();
        said.dedup();
        said.join(semicolon(lang))
    }

    /// Features that could not be used.
    pub fn unused_rows(&self) -> impl Iterator<Item = (Role, usize)> {
        self.unused.iter().copied()
    }

    /// Its breakdowns as JSON.
    pub fn groups_json(&self, lang: Lang) -> Vec<serde_json::Value> {
        let of = |group: &Group| {
            let figures: Vec<_> = group.figures.iter().map(|f| figure_json(f, lang)).collect();
            serde_json::json!({"by": group.by, "name": group.name.zh, "figures": figures})
        };
        self.groups.iter().map(of).collect()
    }
}
