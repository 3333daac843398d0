//! A plan's table of targets: what it wants by when, beside what layers measure and what planners typed in.

use super::RuleFigure;
use super::answer::{Aim, RuleAnswer, Status};
use super::plan_words::InEnglish;
use super::told::lacks_of;
use super::{Said, Values};
use crate::i18n::{Lang, between, tr};
use crate::model::field_said;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The plans whose targets are built in.
pub const PLANS: [&str; 5] = ["BS", "SY", "PT", "TZ", "JS"];

static TABLE: &str = include_str!("../../../assets/targets.toml");

/// How a value stands to its target.
/// The worse the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It is reached.
    Met,
    /// It is missed by at most a twentieth of it (软件默认值).
    Close,
    /// It is missed by more.
    Missed,
}

impl TargetState {
    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Close => "close",
            Self::Missed => "missed",
        }
    }
}

/// A target is close where a value misses it by at most this share of it.
const CLOSE: f64 = 0.05;

/// How a value must stand to the number of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
    /// More than.
    Above,
    /// Less than.
    Below,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// By when.
    pub year: i32,
    /// What.
    pub indicator: String,
    /// The same in English.
    #[serde(default)]
    pub in_english: InEnglish,
    /// As the plan says it.
    pub text: String,
    /// How a value must stand to `value`; at least, where nothing is said.
    #[serde(default)]
    pub is: Option<Is>,
    /// The number; none where the plan speaks in words.
    #[serde(default)]
    pub value: Option<f64>,
    /// Its unit.
    #[serde(default)]
    pub unit: String,
    /// Where it began, as the plan says it.
    #[serde(default)]
    pub base: Option<String>,
    /// 约束, 预期, or nothing.
    #[serde(default)]
    pub kind: String,
    /// The rule that measures it.
    #[serde(default)]
    pub rule: Option<String>,
    /// Parameters of the rule that the target speaks of: measured with others, the figure is another one.
    #[serde(default)]
    pub with: Values,
    /// The rule's figure; its first, where nothing is said.
    #[serde(default)]
    pub figure: Option<String>,
}

impl Target {
    /// How a value stands to it; `None` where the plan speaks in words.
    pub fn state(&self, value: f64) -> Option<TargetState> {
        let wanted = self.value?;
        let is = self.is.unwrap_or(Is::AtLeast);
        // What differs by less than this is rounding of a measured share.
        let hair = wanted.abs() * 1e-9;
        let is_met = match is {
            Is::AtLeast => value >= wanted - hair,
            Is::AtMost => value <= wanted + hair,
            Is::Above => value > wanted,
            Is::Below => value < wanted,
        };
        Some(if is_met {
            TargetState::Met
        } else if (value - wanted).abs() <= wanted.abs() * CLOSE {
            TargetState::Close
        } else {
            TargetState::Missed
        })
    }
}

/// A value that a planner typed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// The indicator.
    pub indicator: String,
    /// The year that it is of.
    pub year: i32,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What a planner judged where the plan speaks in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<TargetState>,
}

/// A plan's targets, and what was typed in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its short name; that of its file, where nothing is said.
    #[serde(default)]
    pub id: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// The same in English.
    #[serde(default)]
    pub in_english: String,
    /// What it wants.
    #[serde(default, rename = "target")]
    pub targets: Vec<Target>,
    /// What planners typed in.
    #[serde(skip)]
    pub typed: Vec<Typed>,
}

#[derive(Deserialize)]
struct Table {
    plan: Vec<Plan>,
}

/// Why there is no table of targets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct TargetError {
    /// The file.
    pub file: String,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub cause: Said,
}

impl TargetError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self.line {
            Some(line) => tr!(lang, "targets.wrong_at", file = self.file, line = line, cause = self.cause.text(lang)),
            None => tr!(lang, "targets.wrong", file = self.file, cause = self.cause.text(lang)),
        }
        .into_owned()
    }
}

/// Where a value of a target is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A rule measured it.
    Measured,
    /// It was typed in, for this year.
    Typed(i32),
}

/// How the plan stands with one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing<'a> {
    /// The target.
    pub target: &'a Target,
    /// The value; none where nobody measured or typed one.
    pub value: Option<f64>,
    /// Its unit: the target's own, or that in which it was measured where the plan speaks in words.
    pub unit: &'a str,
    /// Where it is from.
    pub source: Option<Source>,
    /// How it stands.
    pub state: Option<TargetState>,
    /// Why it is not judged, where a rule should measure it.
    pub why: Option<Said>,
    /// True where the rule ran and says nothing that could be judged.
    pub is_undecided: bool,
}

impl Plan {
    /// A plan whose targets are built in.
    pub fn builtin(id: &str) -> Option<Self> {
        // A test reads the table.
        let table: Table = toml::from_str(TABLE).ok()?;
        table.plan.into_iter().find(|plan| plan.id.eq_ignore_ascii_case(id))
    }

    /// A plan by its short name, or a planner's own table (TOML).
    ///
    /// # Errors
    /// [`TargetError`] with the file and the line.
    pub fn find(name: &str, folder: &Path) -> Result<Self, TargetError> {
        match Self::builtin(name) {
            Some(plan) => Ok(plan),
            None => Self::read(&folder.join(name)),
        }
    }

    fn read(path: &Path) -> Result<Self, TargetError> {
        let file = crate::io::file_name(path);
        let wrong = |line, cause: Said| TargetError { file: file.clone(), line, cause };
        let text = crate::model::small_text(path).map_err(|e| wrong(None, Said::as_is(e.to_string())))?;
        let mut plan: Self = toml::from_str(&text).map_err(|e| {
            let line = e.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(line, field_said(e.message()))
        })?;
        if plan.id.is_empty() {
            plan.id = file.clone();
        }
        Ok(plan)
    }

    /// What was typed in last for an indicator.
    pub fn typed(&self, indicator: &str) -> Option<&Typed> {
        self.typed.iter().filter(|typed| typed.indicator == indicator).max_by_key(|typed| typed.year)
    }

    /// How the plan stands: what rules measured, else what was typed in last.
    pub fn standings<'a>(&'a self, answers: &[&'a RuleAnswer]) -> Vec<Standing<'a>> {
        self.targets.iter().map(|target| self.standing(target, answers)).collect()
    }

    fn standing<'a>(&'a self, target: &'a Target, answers: &[&'a RuleAnswer]) -> Standing<'a> {
        let of = |answer: &&&'a RuleAnswer| Some(&answer.rule.id) == target.rule.as_ref();
        let unit = target.unit.as_str();
        let answer = answers.iter().find(of);
        let typed = self.typed(&target.indicator);
        let is_undecided = answer.is_some();
        let (measured, why) = match answer.map(|answer| figure_of(target, answer)) {
            Some(Ok(figure)) => (Some(figure), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, target.rule.as_ref().map(|_| Said::of("targets.why_not_run"))),
        };
        match (measured, typed) {
            (Some(figure), _) => {
                // A target in words, or one whose figure is open, stays for a planner to judge.
                let (value, source) = (figure.value, Some(Source::Measured));
                let unit = if unit.is_empty() { figure.unit.as_str() } else { unit };
                let judged = typed.and_then(|typed| typed.judged);
                match target.judge(figure) {
                    Ok(state) => {
                        let state = state.or(judged);
                        let why = state.is_none().then(|| {
                            Said::told(|lang| {
                                tr!(lang, "targets.why_words", text = target.wanted().text(lang)).into_owned()
                            })
                        });
                        Standing { target, value, unit, source, state, why, is_undecided: state.is_none() }
                    }
                    Err(why) => {
                        let is_undecided = judged.is_none();
                        Standing { target, value, unit, source, state: judged, why: Some(why), is_undecided }
                    }
                }
            }
            (None, Some(typed)) => Standing {
                target,
                value: typed.value,
                unit,
                source: Some(Source::Typed(typed.year)),
                state: typed.judged.or_else(|| target.state(typed.value?)),
                why: None,
                is_undecided: false,
            },
            (None, None) => Standing { target, value: None, unit, source: None, state: None, why, is_undecided },
        }
    }

    fn of_rule<'a>(&'a self, answer: &'a RuleAnswer) -> impl Iterator<Item = &'a Target> {
        self.targets.iter().filter(move |target| target.rule.as_ref() == Some(&answer.rule.id))
    }

    /// What the plan wants of a rule: a number rather than words.
    pub(super) fn aim(&self, answer: &RuleAnswer) -> Option<Aim> {
        let target = self.of_rule(answer).min_by_key(|target| target.value.is_none())?;
        let (measured, judged) = match figure_of(target, answer) {
            Ok(figure) => (figure.value, target.judge(figure)),
            Err(why) => (None, Err(why)),
        };
        Some(Aim {
            value: target.value,
            text: target.wanted(),
            year: target.year,
            figure: target.figure_name(answer).unwrap_or_default().to_owned(),
            measured,
            state: judged.as_ref().ok().copied().flatten(),
            why: judged.err().filter(|_| target.value.is_some()),
        })
    }

    /// Parameters with which targets of a rule that ran mean it, where it ran with others; each once.
    pub(super) fn meant_otherwise(&self, answer: &RuleAnswer) -> Vec<Values> {
        let mut all: Vec<Values> = Vec::new();
        if answer.status != Status::Answered {
            return all;
        }
        for target in self.of_rule(answer).filter(|target| !target.is_meant_by(answer)) {
            if !all.contains(&target.with) {
                all.push(target.with.clone());
            }
        }
        all
    }

    /// What must be said beside a rule of the targets that are about it: measured with other parameters, or not judged.
    pub(super) fn said_of(&self, answer: &RuleAnswer) -> Vec<Said> {
        let mut said = Vec::new();
        if answer.status != Status::Answered {
            return said;
        }
        for target in self.of_rule(answer).filter(|target| target.value.is_some()) {
            let indicator = target.called();
            let figure = figure_of(target, answer);
            if let (Ok(figure), false) = (&figure, target.is_meant_by(answer)) {
                said.push(Said::told(|lang| {
                    let with = target.with_text(answer, lang);
                    let value = figure.text(lang);
                    tr!(lang, "targets.measured_with", indicator = indicator.text(lang), with = with, value = value)
                        .into_owned()
                }));
            }
            if let Err(why) = figure.and_then(|figure| target.judge(figure)) {
                said.push(Said::told(|lang| {
                    tr!(lang, "targets.not_judged", indicator = indicator.text(lang), why = why.text(lang)).into_owned()
                }));
            }
        }
        said
    }
}

impl Target {
    /// The name of the figure that it is about: the one that it names, else the first of its rule.
    fn figure_name<'a>(&'a self, answer: &'a RuleAnswer) -> Option<&'a str> {
        let first = || answer.rule.figures.first().map(|figure| figure.name.as_str());
        self.figure.as_deref().or_else(first).or_else(|| answer.figure().map(|figure| figure.name.as_str()))
    }

    /// True where the rule ran with the parameters that the target means.
    fn is_meant_by(&self, answer: &RuleAnswer) -> bool {
        self.with.iter().all(|(name, value)| answer.rule.value(name, &answer.values) == *value)
    }

    /// The parameters that it means, in words.
    fn with_text(&self, answer: &RuleAnswer, lang: Lang) -> String {
        let of = |(name, value): (&String, &f64)| {
            let Some(p) = answer.rule.parameters.iter().find(|p| p.name == *name) else {
                return format!("{name} {value}");
            };
            match p.choices.get(value.max(0.0) as usize) {
                Some(choice) => format!("{} {}", p.title.text(lang), choice.text(lang)),
                None => format!("{} {value} {}", p.title.text(lang), p.unit).trim_end().to_owned(),
            }
        };
        self.with.iter().map(of).collect::<Vec<_>>().join(between(lang))
    }

    /// How a figure stands to it; why not, where features of which nobody knows whether they count would decide that.
    fn judge(&self, figure: &RuleFigure) -> Result<Option<TargetState>, Said> {
        let Some([low, high]) = figure.between else { return Ok(figure.value.and_then(|value| self.state(value))) };
        match (self.state(low), self.state(high)) {
            (Some(one), Some(other)) if (one == TargetState::Met) != (other == TargetState::Met) => {
                let [low, high] = [low, high].map(|bound| crate::i18n::number(bound, 2));
                let unit = &figure.unit;
                Err(Said::told(|lang| {
                    tr!(lang, "targets.why_bounds", low = low, high = high, unit = unit).into_owned()
                }))
            }
            // Whatever the open values are, it is met, or it is not: the state of what is certain, else of the worse end.
            (one, other) => Ok(figure.value.map_or(one.max(other), |value| self.state(value))),
        }
    }
}

/// What a rule comes to with the parameters that a target means, where it ran with others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meant {
    /// The parameters.
    with: Values,
    /// Its figures with them.
    figures: Vec<RuleFigure>,
    /// Why it has none.
    why: Option<Said>,
}

impl Meant {
    /// Of an answer with those parameters.
    pub(super) fn of(with: Values, answer: RuleAnswer) -> Self {
        let why = (answer.status != Status::Answered).then(|| lacks_of(&answer));
        Self { with, figures: answer.figures, why }
    }
}

/// The figure of an answer that a target is about, measured with the parameters that the target means; why there is none,
/// where the rule lacks something, the figure is undecided, or of another unit.
fn figure_of<'a>(target: &Target, answer: &'a RuleAnswer) -> Result<&'a RuleFigure, Said> {
    if answer.status != Status::Answered {
        return Err(lacks_of(answer));
    }
    let figures = match answer.meant.iter().find(|meant| meant.with == target.with) {
        _ if target.is_meant_by(answer) => &answer.figures,
        Some(Meant { why: Some(why), .. }) => {
            return Err(Said::told(|lang| {
                let with = target.with_text(answer, lang);
                tr!(lang, "targets.why_with", with = with, why = why.text(lang)).into_owned()
            }));
        }
        Some(meant) => &meant.figures,
        None => {
            return Err(Said::told(|lang| {
                tr!(lang, "targets.why_other", with = target.with_text(answer, lang)).into_owned()
            }));
        }
    };
    let name = target.figure_name(answer).unwrap_or_default();
    let Some(figure) = figures.iter().find(|figure| figure.name == name) else {
        return Err(Said::of("targets.why_no_figure"));
    };
    if !(target.unit.is_empty() || figure.unit.is_empty() || target.unit == figure.unit) {
        return Err(Said::told(|lang| tr!(lang, "targets.why_unit", unit = figure.unit).into_owned()));
    }
    if figure.value.is_none() {
        return Err(Said::of("targets.why_open"));
    }
    Ok(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    #[test]
    fn the_table_is_read_and_names_rules_that_are_there() {
        let catalogue = Catalogue::builtin();
        let mut all = 0;
        for id in PLANS {
            let plan = Plan::builtin(id).unwrap_or_else(|| panic!("{id}"));
            all += plan.targets.len();
            for target in &plan.targets {
                assert!(!target.text.is_empty() && target.year >= 2023, "{target:?}");
                assert_eq!(target.value.is_none(), target.state(1.0).is_none(), "{target:?}");
                if let Some(rule) = &target.rule {
                    assert!(catalogue.get(rule).is_some(), "{id}: no rule {rule}");
                }
            }
        }
        assert!(all >= 60, "{all}");
    }

    #[test]
    fn what_a_planners_table_has_too_much_is_told_with_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |text: &str| {
            std::fs::write(folder.path().join("t.toml"), text).expect("writable");
            Plan::find("t.toml", folder.path())
        };
        let target = "year = 2030\nindicator = \"1\"\ntext = \"建成\"\n";
        let plan = read(&format!("title = \"甲\"\n[[target]]\n{target}")).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((plan.id.as_str(), plan.targets.len()), ("t.toml", 1));
        for (text, line, key, meant) in [
            (format!("title = \"甲\"\n[[targets]]\n{target}"), 2, "targets", "target"),
            (format!("titel = \"甲\"\n[[target]]\n{target}"), 1, "titel", "title"),
            (format!("[[target]]\n{target}vaule = 3.0\n"), 5, "vaule", "value"),
            (format!("[[target]]\n{target}[[target]]\n{target}figures = \"n\"\n"), 9, "figures", "figure"),
        ] {
            let error = read(&text).expect_err(key);
            for lang in [Lang::Zh, Lang::En] {
                let told = error.message(lang);
                let words = ["t.toml".to_owned(), format!("{line}"), format!("`{key}`"), format!("`{meant}`")];
                assert!(words.iter().all(|word| told.contains(word)), "{told}");
            }
        }
    }

    #[test]
    fn values_stand_to_targets() {
        let target = |is, value| Target {
            year: 2025,
            indicator: "甲".into(),
            in_english: InEnglish::default(),
            text: "—".into(),
            is,
            value,
            unit: String::new(),
            base: None,
            kind: String::new(),
            rule: None,
            with: Values::new(),
            figure: None,
        };
        for (is, wanted, value, state) in [
            (None, Some(18.0), 18.0, Some(TargetState::Met)),
            (None, Some(18.0), 17.2, Some(TargetState::Close)),
            (None, Some(18.0), 17.0, Some(TargetState::Missed)),
            (Some(Is::AtMost), Some(30.0), 31.0, Some(TargetState::Close)),
            (Some(Is::Below), Some(19.2), 19.2, Some(TargetState::Close)),
            (Some(Is::Above), Some(97.8), 97.9, Some(TargetState::Met)),
            (None, None, 1.0, None),
        ] {
            assert_eq!(target(is, wanted).state(value), state, "{is:?} {wanted:?} {value}");
        }
        let typed = |year, value| Typed { indicator: "甲".into(), year, value: Some(value), judged: None };
        let targets = vec![target(None, Some(10.0))];
        let plan =
            Plan { targets, typed: vec![typed(2024, 8.0), typed(2025, 10.5), typed(2023, 1.0)], ..Plan::default() };
        let standing = &plan.standings(&[])[0];
        assert_eq!(
            (standing.value, standing.source, standing.state),
            (Some(10.5), Some(Source::Typed(2025)), Some(TargetState::Met))
        );
    }

    #[test]
    fn a_wrong_table_names_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("own.toml"), "id = \"我区\"\n[[target]]\nyear = \"x\"\n").expect("writable");
        let error = Plan::find("own.toml", folder.path()).expect_err("wrong");
        assert_eq!((error.line, error.file.as_str()), (Some(3), "own.toml"));
    }
}
