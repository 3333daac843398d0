//! The catalogue of rules: a clause of a plan as data. A rule is a list of questions put to roles, with parameters, and says
//! what its answer is good for. Nothing in it names a file, a screen or an engine.

mod answer;
mod bank;
pub mod beside;
mod catalogue;
mod choose;
mod clause;
mod columns;
pub mod comparison;
mod deciding;
mod distances;
mod estimate;
mod figure;
mod finding_list;
pub mod findings;
mod findings_text;
mod forbids;
mod found;
mod gaps;
mod groups;
mod identity;
mod input;
mod inside;
mod lacking;
mod matched;
mod measure;
mod merging;
mod national;
mod nearby;
mod parameters;
mod pieces;
mod plan_words;
mod rule_figure;
mod run;
pub mod scenario;
mod step;
mod targets;
mod told;
mod whole;
mod work;
mod written;

pub use answer::{Aim, Group, MatchKey, RuleAnswer, RuleFeature, RuleValue, Status};
pub use catalogue::{Catalogue, RuleError};
pub use estimate::{RunFor, memory_needed, memory_needed_in};
pub use figure::{Figure, Measure};
pub use forbids::{Forbids, Pair};
pub use groups::GroupBy;
pub use identity::{Identities, id_or_code};
pub use input::{RoleLayers, RuleInput};
pub use inside::{ZoneVerdict, verdicts_as_plot, verdicts_in, zone_verdicts};
pub use lacking::lacking;
pub use merging::{Changed, Field as FindingField, FieldSet, moment};
pub use national::{AsNational, as_national, is_national_otherwise, named_as_national, national_of};
pub use parameters::{Given, GivenValue, ParameterFault, ValueError, given_once};
pub use plan_words::InEnglish;
pub use rule_figure::{RuleFigure, figure_json, unit_text};
pub use run::{run, run_all, run_each};
pub use targets::{PLANS, Plan, Source, Standing, Target, TargetError, TargetState, Typed};
pub use told::{NotChecked, UnknownValue, unknown_values};
pub use work::{Beside, Work, areas_of_sums};

pub use crate::i18n::Said;
use crate::i18n::{Lang, semicolon};
use crate::model::Role;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

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
    /// What its values 0, 1, … mean, where it is a choice.
    #[serde(default)]
    pub choices: Vec<Said>,
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
    /// As `inside`, with every area that it lies in and not the nearest alone.
    Meets,
    /// The nearest one, within the distance.
    Nearest,
    /// Ground in common.
    Overlap,
    /// Ground further away than the distance from every facility.
    Gaps,
    /// Features for which the condition is true.
    Match,
    /// Ground of areas that no reference covers.
    Outside,
    /// Ground of areas within the distance of a reference.
    Near,
}

/// One question of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The question.
    pub kind: StepKind,
    /// What it is called where a rule has several.
    #[serde(default)]
    pub title: Option<Said>,
    /// Roles asked about, each by itself.
    pub subject: Vec<Role>,
    /// Only features of them for which this CQL2 text is true.
    #[serde(default)]
    pub subject_where: Option<String>,
    /// Not those for which this CQL2 text surely holds; all of a layer that lacks its columns.
    #[serde(default)]
    pub subject_but: Option<String>,
    /// Of one role only features for which this other CQL2 text is true.
    #[serde(default)]
    pub subject_only: BTreeMap<Role, String>,
    /// What those that are not found have, where a rule has several titles: 见绿.
    #[serde(default)]
    pub served: Option<Said>,
    /// Matches between which and the reference a feature of this role stands are listed apart, not judged.
    #[serde(default)]
    pub unless_between: Option<Role>,
    /// Only the ground that this earlier step about gaps left, by its number from 1.
    #[serde(default)]
    pub left_by: Option<usize>,
    /// Roles that they are held against, together.
    #[serde(default)]
    pub reference: Vec<Role>,
    /// Only features of them for which this CQL2 text is true.
    #[serde(default)]
    pub reference_where: Option<String>,
    /// Roles of the reference that count only where a parameter says so (1).
    #[serde(default)]
    pub reference_if: BTreeMap<Role, String>,
    /// The parameter that holds the distance; metres.
    #[serde(default)]
    pub distance: Option<String>,
    /// The parameter that holds the least area of a facility; m².
    #[serde(default)]
    pub min_area: Option<String>,
    /// The column that holds the number of people.
    #[serde(default)]
    pub people: Option<String>,
    /// Only pairs in which the reference forbids what the subject is.
    #[serde(default)]
    pub forbids: Option<Forbids>,
    /// Columns of the reference that a match takes over.
    #[serde(default)]
    pub copy: Vec<String>,
    /// The parameter that says (1) that distances are measured from entrances.
    #[serde(default)]
    pub entrances: Option<String>,
    /// True where a match says on which side of the shore it lies.
    #[serde(default)]
    pub sides: bool,
    /// What a match is good for.
    pub verdict: Verdict,
    /// Why, in words.
    #[serde(default)]
    pub reason: Option<Said>,
    /// True where the rule runs without it.
    #[serde(default)]
    pub optional: bool,
    /// True where pairs that an earlier step found are not found again.
    #[serde(default)]
    pub new_pairs: bool,
    /// True where a reference without the column that its condition reads is one whose cells are empty: that something is
    /// met is certain, and only how grave it is depends on the column.
    #[serde(default)]
    pub absent_is_open: bool,
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
    /// What it breaks its features down by.
    #[serde(default)]
    pub groups: Vec<GroupBy>,
    /// What it does beside asking.
    #[serde(default)]
    pub work: Option<Work>,
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
    /// What all of them come to: targets, sums, findings.
    Plan,
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

impl Answers {
    /// The verdict that its matches have; `None` for a number.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::List => Some(Verdict::List),
            Self::Ban => Some(Verdict::Ban),
            Self::Review => Some(Verdict::Review),
            Self::Figure => None,
        }
    }
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
        let of_work = self.work.iter().flat_map(Work::needs);
        let mut needs: Vec<Vec<Role>> =
            both.chain(of_figures).chain(of_work).filter(|roles| !roles.is_empty()).collect();
        needs.sort();
        needs.dedup();
        needs
    }

    /// Every role that it reads.
    pub fn roles(&self) -> Vec<Role> {
        let of_steps = self.steps.iter().flat_map(|step| step.subject.iter().chain(&step.reference)).copied();
        let entrances = self.steps.iter().filter(|step| step.entrances.is_some()).map(|_| Role::ParkEntrance);
        let sides = self.steps.iter().filter(|step| step.sides).map(|_| Role::WaterBody);
        let between = self.steps.iter().filter_map(|step| step.unless_between);
        let of_work = self.work.iter().flat_map(Work::roles);
        let of_figures = self.figures.iter().flat_map(Figure::roles);
        let of_groups = self.groups.iter().flat_map(GroupBy::roles);
        let mut roles: Vec<Role> = of_steps
            .chain(entrances)
            .chain(sides)
            .chain(between)
            .chain(of_figures)
            .chain(of_work)
            .chain(of_groups)
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Roles whose geometry it reads: a match, a count and a sum go by attributes alone.
    pub(crate) fn roles_by_geometry(&self) -> Vec<Role> {
        let of_steps = self.steps.iter().filter(|step| step.kind != StepKind::Match);
        let of_steps = of_steps.flat_map(|step| step.subject.iter().chain(&step.reference)).copied();
        let of_work = self.work.iter().flat_map(Work::roles);
        let of_figures = self.figures.iter().flat_map(Figure::roles_by_geometry);
        let mut roles: Vec<Role> = of_steps.chain(of_figures).chain(of_work).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Columns of a role that its conditions and lists read.
    pub fn columns_read_of(&self, role: Role) -> Vec<String> {
        let of_role = self.columns_read().into_iter().filter(|(roles, _)| roles.contains(&role));
        of_role.flat_map(|(_, columns)| columns).collect()
    }

    /// Columns that its conditions and lists read, with the roles that they are read of.
    pub(crate) fn columns_read(&self) -> Vec<(Vec<Role>, Vec<String>)> {
        let columns = |text: &String| -> Vec<String> {
            let text = self.with_values(text, &Values::new());
            let expression = crate::query::expression::Expression::parse(&text);
            expression.map(|e| e.columns().into_iter().map(str::to_owned).collect()).unwrap_or_default()
        };
        self.read_with(&columns)
    }

    /// What its conditions and lists read, with the roles: of conditions what `columns` finds in their texts.
    fn read_with(&self, columns: &dyn Fn(&String) -> Vec<String>) -> Vec<(Vec<Role>, Vec<String>)> {
        let mut read = Vec::new();
        for step in &self.steps {
            read.extend(step.subject_where.iter().map(|text| (step.subject.clone(), columns(text))));
            read.extend(step.reference_where.iter().map(|text| (step.reference.clone(), columns(text))));
            read.extend(step.subject_only.iter().map(|(role, text)| (vec![*role], columns(text))));
            if let Some(forbids) = &step.forbids {
                read.push((step.subject.clone(), forbids.subject.clone()));
                read.push((step.reference.clone(), vec![forbids.reference.clone()]));
            }
            read.extend(step.people.iter().map(|name| (step.subject.clone(), vec![name.clone()])));
        }
        read.extend(self.figures.iter().flat_map(|figure| figure.columns_read(columns)));
        read.extend(self.work.iter().flat_map(|work| work.columns_read(columns)));
        read
    }

    /// A reason that was told in either language, in another: as far as it is made of the rule's own words.
    pub fn reason_in(&self, reason: &str, lang: Lang) -> String {
        let own: Vec<&Said> = self.steps.iter().filter_map(|step| step.reason.as_ref()).collect();
        let other = |part: &str| {
            let said = own.iter().find(|said| said.zh == part || said.en == part);
            said.map_or(part, |said| said.text(lang)).to_owned()
        };
        let parts = reason.split(semicolon(Lang::Zh)).flat_map(|part| part.split(semicolon(Lang::En)));
        parts.map(other).collect::<Vec<_>>().join(semicolon(lang))
    }

    /// True for what is put together from what other rules found.
    pub fn is_derived(&self) -> bool {
        self.work.as_ref().is_some_and(Work::is_derived)
    }

    /// True for what is put together from others, or has a row for everything that there is: no find of its own.
    pub(crate) fn lists_everything(&self) -> bool {
        self.is_derived() || matches!(self.work, Some(Work::Burdens(_) | Work::Supply(_)))
    }

    /// True for what runs only where it is named.
    pub fn is_on_demand(&self) -> bool {
        matches!(self.work, Some(Work::Findings | Work::OneMap))
    }

    /// CQL2 texts in it.
    fn conditions(&self) -> impl Iterator<Item = &String> {
        let of_steps = self.steps.iter().flat_map(|step| [&step.subject_where, &step.reference_where]).flatten();
        let of_steps = of_steps.chain(self.steps.iter().flat_map(|step| step.subject_only.values()));
        of_steps
            .chain(self.figures.iter().flat_map(Figure::conditions))
            .chain(self.work.iter().flat_map(Work::conditions))
    }

    /// Parameters that it names.
    fn named(&self) -> Vec<&String> {
        let of_steps = self.steps.iter().flat_map(|step| [&step.distance, &step.min_area, &step.entrances]).flatten();
        let of_steps = of_steps.chain(self.steps.iter().flat_map(|step| step.reference_if.values()));
        let of_figures = self.figures.iter().flat_map(Figure::named);
        of_steps.chain(of_figures).chain(self.work.iter().flat_map(Work::named)).collect()
    }

    /// A parameter's value.
    pub fn value(&self, name: &str, values: &Values) -> f64 {
        let default = || self.parameters.iter().find(|p| p.name == name).map_or(0.0, |p| p.default);
        values.get(name).copied().unwrap_or_else(default)
    }

    /// A condition with the parameters in their places (`{name}`). Cost: its length, and the parameters where it names any.
    fn with_values(&self, text: &str, values: &Values) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        // Of parameters of one name the first counts.
        let defaults: HashMap<&str, f64> = self.parameters.iter().rev().map(|p| (p.name.as_str(), p.default)).collect();
        let mut out = String::with_capacity(text.len());
        // What is not written yet, and the last bracket that is open.
        let (mut from, mut open) = (0, None);
        for (at, sign) in text.match_indices(['{', '}']) {
            if sign == "{" {
                open = Some(at);
            } else if let Some(start) = open.take() {
                let name = &text[start + 1..at];
                if let Some(default) = defaults.get(name) {
                    out.push_str(&text[from..start]);
                    out.push_str(&values.get(name).unwrap_or(default).to_string());
                    from = at + 1;
                }
            }
        }
        out.push_str(&text[from..]);
        out
    }
}
