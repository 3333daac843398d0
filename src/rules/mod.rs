//! The catalogue of rules: a clause of a plan as data. A rule is a list of questions put to roles, with parameters, and says
//! what its answer is good for. Nothing in it names a file, a screen or an engine.

mod catalogue;
mod figure;
mod input;
mod run;

pub use catalogue::{Catalogue, RuleError};
pub use figure::{Figure, Measure};
pub use input::{RoleLayers, RuleInput};
pub use run::{RuleAnswer, RuleFeature, Status, run};

use crate::i18n::Lang;
use crate::model::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// 中文。
    pub zh: String,
    /// English.
    pub en: String,
}

impl Said {
    /// In the reader's language.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// What a match is good for, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A survey list, no judgement.
    List,
    /// A match needs a person's look.
    Review,
    /// A match breaks a rule.
    Ban,
}

impl Verdict {
    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Review => "review",
            Self::Ban => "ban",
        }
    }
}

/// A parameter with the plan's own value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: Said,
    /// Its unit.
    pub unit: String,
    /// The value where nobody says another.
    pub default: f64,
    /// The least that it may be.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// True where no plan gives the default: 软件默认值.
    #[serde(default)]
    pub software_default: bool,
}

/// The question that a step puts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Within the distance.
    Within,
    /// Further away than the distance.
    Beyond,
    /// In it, or touching it.
    Inside,
    /// The nearest one, within the distance.
    Nearest,
    /// Ground in common.
    Overlap,
    /// Ground further away than the distance from every facility.
    Gaps,
    /// Features for which the condition is true.
    Match,
}

/// One question of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The question.
    pub kind: StepKind,
    /// Roles asked about, each by itself.
    pub subject: Vec<Role>,
    /// Only features of them for which this CQL2 text is true.
    #[serde(default)]
    pub subject_where: Option<String>,
    /// Roles that they are held against, together.
    #[serde(default)]
    pub reference: Vec<Role>,
    /// Only features of them for which this CQL2 text is true.
    #[serde(default)]
    pub reference_where: Option<String>,
    /// The parameter that holds the distance; metres.
    #[serde(default)]
    pub distance: Option<String>,
    /// The parameter that holds the least area of a facility; m².
    #[serde(default)]
    pub min_area: Option<String>,
    /// The column that holds the number of people.
    #[serde(default)]
    pub people: Option<String>,
    /// What a match is good for.
    pub verdict: Verdict,
    /// Why, in words.
    #[serde(default)]
    pub reason: Option<Said>,
    /// True where the rule runs without it.
    #[serde(default)]
    pub optional: bool,
    /// True where it only marks what an earlier step found.
    #[serde(default)]
    pub marks: bool,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in files and on the command line.
    pub id: String,
    /// What it is called.
    pub title: Said,
    /// The clauses that it comes from.
    pub clause: String,
    /// What it is about: the heading that it stands under.
    pub theme: Theme,
    /// The kind of its question.
    pub kind: String,
    /// What its answer is good for.
    pub answer: Vec<Answers>,
    /// How it is worked out.
    pub method: Said,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Its questions.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Its figures.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// Two versions of a layer that it holds against one another.
    #[serde(default)]
    pub audit: Option<AuditStep>,
}

/// Two versions of a layer of areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditStep {
    /// The old version.
    pub before: Role,
    /// The new version.
    pub after: Role,
    /// The column that names a unit.
    pub key: String,
    /// The column of its function.
    pub function: String,
    /// The column that says whether it is core.
    pub core: String,
    /// What to call land that is lost, gained, under another function, and no longer core.
    pub reasons: [Said; 4],
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Outlets and waters.
    Water,
    /// Parks, green land, services.
    Green,
    /// Red lines, reserves, wetlands.
    Ecology,
    /// Soil and farmland.
    Soil,
    /// Risks and neighbours.
    Risk,
}

/// What an answer is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// A survey list.
    List,
    /// A match breaks a rule.
    Ban,
    /// A match needs a look.
    Review,
    /// A number against a target.
    Figure,
}

/// Values of parameters by name; the defaults for those that are not there.
pub type Values = BTreeMap<String, f64>;

impl Rule {
    /// Roles without which it cannot run: of each step that is not optional one of those asked about, and one of those
    /// that they are held against.
    pub fn needs(&self) -> Vec<Vec<Role>> {
        let of_steps = self.steps.iter().filter(|step| !step.optional);
        let both = of_steps.flat_map(|step| [step.subject.clone(), step.reference.clone()]);
        let of_figures = self.figures.iter().filter(|figure| !figure.optional).flat_map(Figure::needs);
        let of_audit = self.audit.iter().flat_map(|audit| [vec![audit.before], vec![audit.after]]);
        let mut needs: Vec<Vec<Role>> =
            both.chain(of_figures).chain(of_audit).filter(|roles| !roles.is_empty()).collect();
        needs.sort();
        needs.dedup();
        needs
    }

    /// Every role that it reads.
    pub fn roles(&self) -> Vec<Role> {
        let of_steps = self.steps.iter().flat_map(|step| step.subject.iter().chain(&step.reference)).copied();
        let of_audit = self.audit.iter().flat_map(|audit| [audit.before, audit.after]);
        let of_figures = self.figures.iter().flat_map(Figure::roles);
        let mut roles: Vec<Role> = of_steps.chain(of_figures).chain(of_audit).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// A parameter's value.
    pub fn value(&self, name: &str, values: &Values) -> f64 {
        let default = || self.parameters.iter().find(|p| p.name == name).map_or(0.0, |p| p.default);
        values.get(name).copied().unwrap_or_else(default)
    }

    /// A condition with the parameters in their places (`{name}`).
    fn with_values(&self, text: &str, values: &Values) -> String {
        self.parameters.iter().fold(text.to_owned(), |text, p| {
            text.replace(&format!("{{{}}}", p.name), &self.value(&p.name, values).to_string())
        })
    }
}
