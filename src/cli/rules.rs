//! `rules` and `run`: the catalogue, and its rules put to a project.

use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{Lang, count, number, tr};
use crate::index::IndexedLayer;
use crate::io::{SaveError, read_layer, save_atomically};
use crate::model::Role;
use crate::report::timestamp;
use crate::rules::{Answers, Catalogue, RoleLayers, Rule, RuleAnswer, RuleInput, Status, Values, Verdict, run as put};
use crate::session::project::Project;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The rules of the program, of the planner's configuration, and of the project's folder.
fn catalogue(project: Option<&Path>, lang: Lang) -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    let config = directories::ProjectDirs::from("", "", "shanshui").map(|dirs| dirs.config_dir().join("rules"));
    let folder = project.map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) });
    for folder in config.into_iter().chain(folder.map(|folder| folder.join("rules"))) {
        catalogue.add_folder(&folder).iter().for_each(|e| eprintln!("{}", e.message(lang)));
    }
    catalogue
}

/// Reads the layers of a project that have a role.
fn read(common: &Common, project: &Path, watched: &Watched) -> Result<RoleLayers, Failure> {
    let lang = common.lang();
    let files = Project::files_of(project).map_err(|e| Failure::Input(e.message(lang)))?;
    let mut layers = Vec::new();
    for (file, role) in files {
        let layer = read_layer(&file, &common.read_options(), watched.progress())?;
        match role.or(layer.guessed_role) {
            Some(role) => layers.push((role, Arc::new(IndexedLayer::new(Arc::new(layer))))),
            None => eprintln!("{}", tr!(lang, "inspect.no_role", file = layer.source.file_name)),
        }
    }
    Ok(layers)
}

fn answer_text(rule: &Rule) -> String {
    let word = |answer: &Answers| match answer {
        Answers::List => "list",
        Answers::Ban => "ban",
        Answers::Review => "review",
        Answers::Figure => "figure",
    };
    rule.answer.iter().map(word).collect::<Vec<_>>().join(" / ")
}

/// Roles that a rule lacks: of each set of which one would do.
fn missing(rule: &Rule, roles: &[Role]) -> Vec<String> {
    let lacks = rule.needs().into_iter().filter(|any| !any.iter().any(|role| roles.contains(role)));
    lacks.map(|any| any.iter().map(|role| role.id()).collect::<Vec<_>>().join("|")).collect()
}

/// Prints the catalogue; with a project what of it can run.
pub(super) fn list(common: &Common, project: Option<&Path>) -> Result<(), Failure> {
    let lang = common.lang();
    let catalogue = catalogue(project, lang);
    let roles: Option<Vec<Role>> = match project {
        None => None,
        Some(project) => {
            let watched = Watched::new();
            Some(read(common, project, &watched)?.into_iter().map(|(role, _)| role).collect())
        }
    };
    let mut lines = String::new();
    let mut all = Vec::new();
    for rule in &catalogue.rules {
        let lacks = roles.as_ref().map(|roles| missing(rule, roles));
        let mut one = json!({
            "id": rule.id,
            "title": rule.title.text(lang),
            "clause": rule.clause,
            "kind": rule.kind,
            "roles": rule.roles().iter().map(|role| role.id()).collect::<Vec<_>>(),
            "parameters": rule.parameters.iter().map(|p| json!({"name": p.name, "unit": p.unit, "default": p.default})).collect::<Vec<_>>(),
            "answer": answer_text(rule),
        });
        if let Some(lacks) = &lacks {
            one["runnable"] = lacks.is_empty().into();
            one["missing"] = json!(lacks);
        }
        let state = match &lacks {
            Some(lacks) if !lacks.is_empty() => tr!(lang, "rules.lacks", roles = lacks.join(", ")).into_owned(),
            _ => answer_text(rule),
        };
        lines += &format!("{:<28} {}  [{}]  {state}\n", rule.id, rule.title.text(lang), rule.clause);
        all.push(one);
    }
    let text = if common.json { format!("{}\n", Value::Array(all)) } else { lines };
    print(&text)
}

/// Puts rules to a project; one file a rule, and a summary.
pub(super) fn run(
    common: &Common,
    project: &Path,
    wanted: &[String],
    folder: &Path,
    strict: bool,
) -> Result<Outcome, Failure> {
    let lang = common.lang();
    let catalogue = catalogue(Some(project), lang);
    let mut rules: Vec<&Rule> = Vec::new();
    for id in wanted {
        let known = catalogue.get(id);
        rules.push(known.ok_or_else(|| Failure::Usage(tr!(lang, "rules.unknown", id = id).into_owned()))?);
    }
    if wanted.is_empty() {
        rules.extend(&catalogue.rules);
    }
    let watched = Watched::new();
    let started = Instant::now();
    let layers = read(common, project, &watched)?;
    let input = RuleInput::new(layers).map_err(|e| Failure::Input(e.to_string()))?;
    let read_seconds = started.elapsed().as_secs_f64();
    std::fs::create_dir_all(folder)
        .map_err(|e| Failure::Save(SaveError { file: folder.display().to_string(), cause: e.into() }))?;
    let time = timestamp();
    let mut told = Vec::new();
    let mut lines = String::new();
    let mut outcome = Outcome::Done;
    for rule in rules {
        let started = Instant::now();
        let answer = put(rule, &input, &Values::new(), watched.progress()).map_err(|_| Failure::Cancelled)?;
        let file = (answer.status == Status::Answered).then(|| format!("{}.geojson", rule.id));
        if let Some(file) = &file {
            save_atomically(&folder.join(file), |out| answer.write_geojson(&input, &time, lang, out))?;
        }
        if answer.status == Status::Error {
            outcome = Outcome::Error;
        } else if strict && answer.count(Verdict::Ban) > 0 && outcome == Outcome::Done {
            outcome = Outcome::Ban;
        }
        lines += &line(&answer, lang);
        told.push(summary(&answer, file.as_deref(), started.elapsed().as_secs_f64()));
    }
    watched.begin_saving();
    let text = json!({ "rules": told, "seconds": { "read": read_seconds } }).to_string();
    save_atomically(&folder.join("summary.json"), |out| out.write_all(format!("{text}\n").as_bytes()))?;
    drop(watched);
    let printed = if common.json { format!("{text}\n") } else { lines };
    print(&printed)?;
    Ok(outcome)
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

fn summary(answer: &RuleAnswer, file: Option<&str>, seconds: f64) -> Value {
    let figures: Vec<Value> =
        answer.figures.iter().map(|(name, value, unit)| json!({"name": name, "value": value, "unit": unit})).collect();
    let figure = answer.figure();
    json!({
        "id": answer.rule.id,
        "status": answer.status,
        "missing": answer.missing,
        "error": answer.error,
        "answer": answer_text(&answer.rule),
        "features": answer.features.len(),
        "ban": answer.count(Verdict::Ban),
        "review": answer.count(Verdict::Review),
        "figure": figure.map(|(value, _)| value),
        "unit": figure.map(|(_, unit)| unit),
        "figures": figures,
        "target": null,
        "met": null,
        "left_out": answer.left_out,
        "file": file,
        "summary": answer.summaries.first(),
        "steps": answer.summaries,
        "seconds": seconds,
    })
}

fn line(answer: &RuleAnswer, lang: Lang) -> String {
    let said = match answer.status {
        Status::MissingLayer => tr!(lang, "rules.lacks", roles = answer.missing.join(", ")).into_owned(),
        Status::NeedsInput => tr!(lang, "rules.needs_column", column = answer.missing.join(", ")).into_owned(),
        Status::Error => answer.error.clone().unwrap_or_default(),
        Status::Answered => {
            let figure = answer.figure().map(|(value, unit)| format!("{} {unit}", number(value, 2)));
            let found = tr!(lang, "rules.found", n = count(answer.features.len())).into_owned();
            let bans = answer.count(Verdict::Ban);
            let bans = (bans > 0).then(|| tr!(lang, "rules.bans", n = count(bans)).into_owned());
            [figure, Some(found), bans].into_iter().flatten().collect::<Vec<_>>().join("  ")
        }
    };
    format!("{:<28} {}  {said}\n", answer.rule.id, answer.rule.title.text(lang))
}
