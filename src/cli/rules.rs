//! `rules` and `run`: the catalogue, and its rules put to a project.

use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, count, tr};
use crate::io::{SaveError, save_atomically};
use crate::report::{figure_value, timestamp, unknown_text};
use crate::rules::findings::{self, Findings};
use crate::rules::{
    Answers, Parameter, Rule, RuleAnswer, RuleInput, Status, TargetState, Values, Verdict, Work, figure_json, lacking,
    run_each, unknown_values,
};
use crate::vocabulary::Vocabulary;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn answer_text(rule: &Rule) -> String {
    let word = |answer: &Answers| match answer {
        Answers::List => "list",
        Answers::Ban => "ban",
        Answers::Review => "review",
        Answers::Figure => "figure",
    };
    rule.answer.iter().map(word).collect::<Vec<_>>().join(" / ")
}

/// A parameter; 软件默认值 is said where no plan gives its value.
fn parameter(p: &Parameter) -> Value {
    json!({"name": p.name, "unit": p.unit, "default": p.default, "software_default": p.software_default})
}

/// Prints the catalogue; with a project what of it can run.
pub(super) fn list(common: &Common, project: Option<&Path>) -> Result<(), Failure> {
    let lang = common.lang();
    let catalogue = catalogue(project, lang);
    let watched = Watched::new();
    let opened = match project {
        None => None,
        Some(project) => {
            let mut opened = Opened::read(common, project, &watched)?;
            let input = opened.input()?;
            Some((opened, input))
        }
    };
    let input = opened.as_ref().map(|(_, input)| input);
    let mut lines = String::new();
    let mut all = Vec::new();
    for rule in &catalogue.rules {
        let lacks = match &opened {
            None => None,
            Some((opened, input)) => {
                let (rule, values) = opened.with_values(rule);
                Some(lacking(&rule, input, &values, watched.progress()).map_err(|_| Failure::Cancelled)?)
            }
        };
        let mut one = json!({
            "id": rule.id,
            "title": rule.title.text(lang),
            "clause": rule.clause,
            "kind": rule.kind,
            "roles": rule.roles().iter().map(|role| role.id()).collect::<Vec<_>>(),
            "parameters": rule.parameters.iter().map(parameter).collect::<Vec<_>>(),
            "answer": answer_text(rule),
        });
        if let Some((status, lacks)) = &lacks {
            one["runnable"] = (*status == Status::Answered).into();
            one["missing"] = json!(lacks);
        }
        let unknown = input.map(|input| unknown_values(rule, input)).unwrap_or_default();
        if input.is_some() {
            one["unknown_values"] = json!(unknown);
        }
        let state = match &lacks {
            Some((Status::MissingLayer, lacks)) => tr!(lang, "rules.lacks", roles = lacks.join(", ")).into_owned(),
            Some((Status::NeedsInput, lacks)) => {
                tr!(lang, "rules.needs_column", column = lacks.join(", ")).into_owned()
            }
            _ => answer_text(rule),
        };
        say::line(&mut lines, format!("{:<28} {}  [{}]  {state}", rule.id, rule.title.text(lang), rule.clause));
        if let (Some(input), false) = (input, unknown.is_empty()) {
            say::line(&mut lines, format!("{:<28} {}", "", unknown_text(&unknown, input.vocabulary(), lang)));
        }
        all.push(one);
    }
    drop(watched);
    let text = if common.json { format!("{}\n", Value::Array(all)) } else { lines };
    say::summary(common, &text)
}

/// Puts rules to a project; one file a rule, and a summary. Gives how it ended, and whether the one map is to be drawn.
pub(super) fn run(
    common: &Common,
    project: &Path,
    wanted: &[String],
    folder: &Path,
    strict: bool,
) -> Result<(Outcome, bool), Failure> {
    let lang = common.lang();
    let catalogue = catalogue(Some(project), lang);
    let mut rules: Vec<&Rule> = Vec::new();
    for id in wanted {
        let known = catalogue.get(id);
        rules.push(known.ok_or_else(|| Failure::Usage(tr!(lang, "rules.unknown", id = id).into_owned()))?);
    }
    if wanted.is_empty() {
        rules.extend(catalogue.rules.iter().filter(|rule| !rule.is_on_demand()));
    }
    let watched = Watched::new();
    let started = Instant::now();
    let mut opened = Opened::read(common, project, &watched)?;
    let input = opened.input()?;
    let read_seconds = started.elapsed().as_secs_f64();
    std::fs::create_dir_all(folder)
        .map_err(|e| Failure::Save(SaveError { file: folder.display().to_string(), cause: e.into() }))?;
    // What is put together from the others' answers needs them, whether they were asked for or not.
    let mut to_run: Vec<&Rule> = rules.clone();
    if rules.iter().any(|rule| rule.is_derived()) {
        let more = catalogue.rules.iter().filter(|rule| !rule.is_derived() && !rules.iter().any(|r| r.id == rule.id));
        to_run.extend(more);
    }
    let with_values: Vec<(Rule, Values)> = to_run.iter().map(|rule| opened.with_values(rule)).collect();
    let mut written = Written {
        input: &input,
        folder,
        wanted: &rules,
        lang,
        strict,
        time: timestamp(),
        told: BTreeMap::new(),
        outcome: Outcome::Done,
        draws: false,
        findings: None,
        seconds: 0.0,
    };
    if rules.iter().any(|rule| matches!(rule.work, Some(Work::Findings))) {
        written.findings = Some(earlier_findings(&opened, folder)?);
    }
    // Sums by area are of where others found what.
    let with_features = rules.iter().any(|rule| matches!(rule.work, Some(Work::ByGrid(_))));
    let started = Instant::now();
    run_each(&with_values, &input, &[], opened.plan.as_ref(), watched.progress(), |answer| {
        watched.begin_saving();
        let taken = written.take(&answer);
        watched.end_saving();
        taken.map(|()| Arc::new(answer.for_others(with_features)))
    })?;
    watched.begin_saving();
    let Written { told, outcome, draws, seconds: write_seconds, .. } = written;
    let query_seconds = (started.elapsed().as_secs_f64() - write_seconds).max(0.0);
    let in_order = rules.iter().filter_map(|rule| told.get(&rule.id).cloned());
    let (lines, told): (Vec<String>, Vec<Value>) = in_order.unzip();
    let text = json!({
        "rules": told,
        "plan": opened.plan.as_ref().map(|plan| &plan.id),
        "seconds": { "read": read_seconds, "query": query_seconds, "write": write_seconds },
    })
    .to_string();
    save_atomically(&folder.join("summary.json"), |out| out.write_all(format!("{text}\n").as_bytes()))?;
    drop(watched);
    let printed = if common.json { format!("{text}\n") } else { lines.concat() };
    say::summary(common, &printed)?;
    Ok((outcome, draws))
}

/// The file of the one map.
pub(super) const ONE_MAP: &str = "one-map.pdf";

/// What was written of the answers, and what is said of them at the end.
struct Written<'a> {
    input: &'a RuleInput,
    folder: &'a Path,
    /// The rules that were asked for.
    wanted: &'a [&'a Rule],
    lang: Lang,
    strict: bool,
    time: String,
    /// By rule what is printed and what stands in the summary.
    told: BTreeMap<String, (String, Value)>,
    outcome: Outcome,
    draws: bool,
    /// The findings as far as the answers are there, where they were asked for.
    findings: Option<Findings>,
    seconds: f64,
}

impl Written<'_> {
    /// Writes an answer, and notes what is said of it.
    fn take(&mut self, answer: &RuleAnswer) -> Result<(), Failure> {
        let started = Instant::now();
        self.find(answer)?;
        if self.wanted.iter().any(|rule| rule.id == answer.rule.id) {
            let (file, features) = self.write(answer)?;
            if answer.status == Status::Error {
                self.outcome = Outcome::Error;
            } else if self.strict && answer.count(Verdict::Ban) > 0 && self.outcome == Outcome::Done {
                self.outcome = Outcome::Ban;
            }
            let said = line(answer, features, self.input.vocabulary(), self.lang);
            let told = summary(answer, features, file.as_deref(), self.lang);
            self.told.insert(answer.rule.id.clone(), (said, told));
        }
        self.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }

    /// Writes an answer's file; its name, and how many features are in it.
    fn write(&mut self, answer: &RuleAnswer) -> Result<(Option<String>, usize), Failure> {
        let features = answer.features.len();
        Ok(match (answer.status, &answer.rule.work) {
            (Status::Answered, Some(Work::OneMap)) => {
                self.draws = true;
                (Some(ONE_MAP.to_owned()), features)
            }
            (Status::Answered, Some(Work::Findings)) => {
                let all = self.findings.take().unwrap_or_default();
                all.write(&self.folder.join(findings::FILE))?;
                (Some(findings::FILE.to_owned()), all.all.len())
            }
            (Status::Answered, _) => {
                let file = format!("{}.geojson", answer.rule.id);
                let (input, time, lang) = (self.input, &self.time, self.lang);
                save_atomically(&self.folder.join(&file), |out| answer.write_geojson(input, time, lang, out))?;
                (Some(file), features)
            }
            _ => (None, features),
        })
    }

    /// Takes what was found into the findings.
    fn find(&mut self, answer: &RuleAnswer) -> Result<(), Failure> {
        let Some(all) = self.findings.as_mut().filter(|_| answer.status == Status::Answered) else { return Ok(()) };
        if answer.rule.is_derived() {
            return Ok(());
        }
        let today = self.time.get(..10).unwrap_or(&self.time);
        let mut text = Vec::new();
        answer
            .write_geojson(self.input, &self.time, self.lang, &mut text)
            .map_err(|e| Failure::Input(e.to_string()))?;
        let exported = serde_json::from_slice(&text).map_err(|e| Failure::Input(e.to_string()))?;
        all.update(&answer.rule.id, &findings::found_by(answer, self.input, &exported), today);
        Ok(())
    }
}

/// The project's findings with what was typed into those of an earlier run in the same folder. The project's own file is
/// read and left alone.
fn earlier_findings(opened: &Opened, folder: &Path) -> Result<Findings, Failure> {
    let read = |folder: &Path| Findings::read(&folder.join(findings::FILE)).map_err(|e| Failure::Input(e.to_string()));
    let (own, earlier) = (read(&opened.folder)?, read(folder)?);
    Ok(if own == Findings::default() { earlier } else { own.behind(earlier) })
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Everything is in order.
    Done,
    /// A ban was found, and that was asked for.
    Ban,
    /// A rule went wrong.
    Error,
}

fn summary(answer: &RuleAnswer, features: usize, file: Option<&str>, lang: Lang) -> Value {
    let figures: Vec<Value> = answer.figures.iter().map(|figure| figure_json(figure, lang)).collect();
    let figure = answer.figure();
    let aim = answer.aim.as_ref();
    // A number where the plan gives one, else its words.
    let target = aim.map(|aim| aim.value.map_or_else(|| Value::from(aim.text.clone()), Value::from));
    json!({
        "id": answer.rule.id,
        "status": answer.status,
        "missing": answer.missing,
        "error": answer.error,
        "answer": answer_text(&answer.rule),
        "features": features,
        "ban": answer.count(Verdict::Ban),
        "review": answer.count(Verdict::Review),
        "figure": figure.and_then(|figure| figure.value),
        "unit": figure.map(|figure| &figure.unit),
        "figures": figures,
        "groups": answer.groups_json(lang),
        "notes": answer.all_notes().map(|note| note.text(lang)).collect::<Vec<_>>(),
        "unknown_values": answer.unknown_values,
        "not_checked": answer.not_checked_json(lang),
        "target": target,
        "target_figure": aim.map(|aim| &aim.figure),
        "target_value": aim.and_then(|aim| aim.measured),
        "target_why": aim.and_then(|aim| aim.why.as_ref()).map(|why| why.text(lang)),
        "met": aim.and_then(|aim| aim.state).map(|state| state == TargetState::Met),
        "left_out": answer.left_out,
        "file": file,
        "summary": answer.summary(),
        "steps": answer.summaries,
    })
}

fn line(answer: &RuleAnswer, features: usize, vocabulary: &Vocabulary, lang: Lang) -> String {
    let said = match answer.status {
        Status::MissingLayer => tr!(lang, "rules.lacks", roles = answer.missing.join(", ")).into_owned(),
        Status::NeedsInput => tr!(lang, "rules.needs_column", column = answer.missing.join(", ")).into_owned(),
        Status::Error => answer.error.clone().unwrap_or_default(),
        Status::Answered => {
            let figure =
                answer.figure().map(|figure| format!("{} {}", figure.title.text(lang), figure_value(figure, lang)));
            let found = tr!(lang, "rules.found", n = count(features)).into_owned();
            let bans = answer.count(Verdict::Ban);
            let bans = (bans > 0).then(|| tr!(lang, "rules.bans", n = count(bans)).into_owned());
            [figure, Some(found), bans].into_iter().flatten().collect::<Vec<_>>().join("  ")
        }
    };
    let mut text = String::new();
    say::line(&mut text, format!("{:<28} {}  {said}", answer.rule.id, answer.rule.title.text(lang)));
    if !answer.unknown_values.is_empty() {
        say::line(&mut text, format!("{:<28} {}", "", unknown_text(&answer.unknown_values, vocabulary, lang)));
    }
    text
}
