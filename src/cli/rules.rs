//! `rules` and `run`: the catalogue, and its rules put to a project.

use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{Lang, count, tr};
use crate::io::{SaveError, save_atomically};
use crate::report::{figure_value, timestamp, unknown_text};
use crate::rules::findings::{self, Findings};
use crate::rules::{
    Answers, Parameter, Rule, RuleAnswer, RuleInput, Status, TargetState, Values, Verdict, Work, figure_json, lacking,
    run_all, unknown_values,
};
use crate::vocabulary::Vocabulary;
use serde_json::{Value, json};
use std::io::Write;
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
        lines += &format!("{:<28} {}  [{}]  {state}\n", rule.id, rule.title.text(lang), rule.clause);
        if let (Some(input), false) = (input, unknown.is_empty()) {
            lines += &format!("{:<28} {}\n", "", unknown_text(&unknown, input.vocabulary(), lang));
        }
        all.push(one);
    }
    drop(watched);
    let text = if common.json { format!("{}\n", Value::Array(all)) } else { lines };
    print(&text)
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
    let started = Instant::now();
    let answers = run_all(&with_values, &input, &[], opened.plan.as_ref(), watched.progress(), |_| ())
        .map_err(|_| Failure::Cancelled)?;
    let query_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    watched.begin_saving();
    let time = timestamp();
    let mut told = Vec::new();
    let mut lines = String::new();
    let mut outcome = Outcome::Done;
    let mut draws = false;
    let of_rule = |rule: &&Rule| answers.iter().find(|answer| answer.rule.id == rule.id);
    for answer in rules.iter().filter_map(of_rule) {
        let mut features = answer.features.len();
        let file = match (answer.status, &answer.rule.work) {
            (Status::Answered, Some(Work::OneMap)) => {
                draws = true;
                Some(ONE_MAP.to_owned())
            }
            (Status::Answered, Some(Work::Findings)) => {
                features = findings(&answers, &input, &opened, folder, &time, lang)?;
                Some(findings::FILE.to_owned())
            }
            (Status::Answered, _) => {
                let file = format!("{}.geojson", answer.rule.id);
                save_atomically(&folder.join(&file), |out| answer.write_geojson(&input, &time, lang, out))?;
                Some(file)
            }
            _ => None,
        };
        if answer.status == Status::Error {
            outcome = Outcome::Error;
        } else if strict && answer.count(Verdict::Ban) > 0 && outcome == Outcome::Done {
            outcome = Outcome::Ban;
        }
        lines += &line(answer, features, input.vocabulary(), lang);
        told.push(summary(answer, features, file.as_deref(), lang));
    }
    let write_seconds = started.elapsed().as_secs_f64();
    let text = json!({
        "rules": told,
        "plan": opened.plan.as_ref().map(|plan| &plan.id),
        "seconds": { "read": read_seconds, "query": query_seconds, "write": write_seconds },
    })
    .to_string();
    save_atomically(&folder.join("summary.json"), |out| out.write_all(format!("{text}\n").as_bytes()))?;
    drop(watched);
    let printed = if common.json { format!("{text}\n") } else { lines };
    print(&printed)?;
    Ok((outcome, draws))
}

/// The file of the one map.
pub(super) const ONE_MAP: &str = "one-map.pdf";

/// Writes the project's findings with what the rules found. The project's own file is read and left alone; what was typed
/// into the findings of an earlier run in the same folder is kept. Gives how many there are.
fn findings(
    answers: &[Arc<RuleAnswer>],
    input: &RuleInput,
    opened: &Opened,
    folder: &Path,
    time: &str,
    lang: Lang,
) -> Result<usize, Failure> {
    let read = |folder: &Path| Findings::read(&folder.join(findings::FILE)).map_err(|e| Failure::Input(e.to_string()));
    let (own, earlier) = (read(&opened.folder)?, read(folder)?);
    let mut all = if own == Findings::default() { earlier } else { own.behind(earlier) };
    let today = time.get(..10).unwrap_or(time);
    for answer in answers.iter().filter(|a| a.status == Status::Answered && !a.rule.is_derived()) {
        let mut text = Vec::new();
        answer.write_geojson(input, time, lang, &mut text).map_err(|e| Failure::Input(e.to_string()))?;
        let exported = serde_json::from_slice(&text).map_err(|e| Failure::Input(e.to_string()))?;
        all.update(&answer.rule.id, &findings::found_by(answer, input, &exported), today);
    }
    all.write(&folder.join(findings::FILE))?;
    Ok(all.all.len())
}

fn print(text: &str) -> Result<(), Failure> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::Print(e.to_string()))
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
    let mut text = format!("{:<28} {}  {said}\n", answer.rule.id, answer.rule.title.text(lang));
    if !answer.unknown_values.is_empty() {
        text += &format!("{:<28} {}\n", "", unknown_text(&answer.unknown_values, vocabulary, lang));
    }
    text
}
