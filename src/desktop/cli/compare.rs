//! `compare`: rules without and with scenarios of a project, side by side.

use super::output::{Output, check_replaced, refusal};
use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure, memory, say};
use crate::i18n::{Lang, Said, tr};
use crate::io::{Form, Guard, SaveCause, SaveError, Together};
use crate::report::{ReportFiles, comparison_lines, comparison_page, comparison_workbook, timestamp};
use crate::rules::comparison::{ComparedScenario, Comparison};
use crate::rules::{Rule, RunFor, Values, memory_needed};
use crate::session::guard_of;
use crate::session::scenarios::compared_answers;
use serde_json::json;
use std::path::Path;
use std::time::Instant;

/// True where a comparison is to be a document.
fn is_document(out: &Path) -> bool {
    out.extension().is_some_and(|ending| ["html", "htm"].iter().any(|own| ending.eq_ignore_ascii_case(own)))
}

/// Refuses a document in a place where it, or its workbook, may not be written.
fn check_document(common: &Common, guard: &Guard, out: &Path) -> Result<(), Failure> {
    let guard = guard.clone().keeping(crate::rules::findings::FILE).keeping(crate::comments::FILE);
    let files = ReportFiles::of(out);
    let workbook = files.root.join(&files.workbook);
    guard.file(out, Form::Html).and_then(|()| guard.part(&workbook)).map_err(|e| refusal(common, e))?;
    check_replaced(common, out)
}

/// Puts rules to a project without and with scenarios of it.
pub(super) fn run(
    common: &Common,
    project: &Path,
    wanted: &[String],
    names: &[String],
    out: Option<&Path>,
) -> Result<(), Failure> {
    let lang = common.lang();
    let guard = guard_of([project], common.plan.as_deref());
    let (document, output) = match out {
        Some(out) if is_document(out) => {
            check_document(common, &guard, out)?;
            (Some(out), None)
        }
        Some(out) => (None, Some(Output::new(common, out, &guard, Form::Json)?)),
        None => (None, None),
    };
    if let Some(name) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)).map(|(_, name)| name) {
        return Err(Failure::Usage(tr!(lang, "scenario.named_twice", name = name).into_owned()));
    }
    let catalogue = catalogue(Some(project), lang);
    let mut rules: Vec<&Rule> = Vec::new();
    for id in wanted {
        let known = catalogue.get(id).filter(|rule| !rule.is_on_demand());
        rules.push(known.ok_or_else(|| match (catalogue.wrong_file_of(id), catalogue.get(id)) {
            (Some(_), _) => Failure::Input(tr!(lang, "rules.file_wrong", id = id).into_owned()),
            (None, Some(_)) => Failure::Usage(tr!(lang, "scenario.not_of_findings").into_owned()),
            (None, None) => Failure::Usage(tr!(lang, "rules.unknown", id = id).into_owned()),
        })?);
    }
    // What is put together from the others' answers needs them, whether they were asked for or not.
    if rules.is_empty() || rules.iter().any(|rule| rule.is_derived()) {
        let more = catalogue.rules.iter().filter(|rule| !rule.is_on_demand() && !wanted.contains(&rule.id));
        rules.extend(more);
    }
    let (watched, started) = (Watched::new(), Instant::now());
    let mut opened = Opened::read(common, project, &catalogue, &watched)?;
    opened.tell(project, lang);
    let with_values: Vec<(Rule, Values)> = rules.iter().map(|rule| opened.with_values(rule)).collect();
    let base = std::mem::take(&mut opened.layers);
    memory::check(common, memory_needed(&with_values, &base, RunFor::Files), "cli.too_large_rules")?;
    // Every scenario is looked at before the first rule runs: what is wrong with one is known at once.
    let mut under = Vec::new();
    for name in names {
        let scenario = opened.scenario(name, lang)?;
        let (layers, doubts) = opened.under(scenario, lang, &watched)?;
        doubts.iter().for_each(|doubt| say::warn(format!("{name}: {}", doubt.message(lang))));
        let changes = scenario.layers.iter().map(|drawn| drawn.changes.len()).sum();
        let doubts = doubts.into_iter().map(|doubt| Said::told(|lang| doubt.message(lang))).collect();
        under.push((ComparedScenario { name: name.clone(), note: scenario.note.clone(), changes, doubts }, layers));
    }
    let read_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let answers = |layers, scenario: Option<&str>| {
        let with = (opened.plan.as_ref(), scenario);
        compared_answers(&with_values, layers, &opened.vocabulary, with, watched.progress())
            .map_err(|why| why.map_or(Failure::Cancelled, Failure::Input))
    };
    let before = answers(base, None)?;
    let mut noted = Vec::new();
    for (scenario, layers) in under {
        let after = answers(layers, Some(&scenario.name))?;
        noted.push((scenario, after));
    }
    let mut comparison = Comparison::of(&before, noted, timestamp());
    comparison.rules.retain(|rule| wanted.is_empty() || wanted.contains(&rule.rule.id));
    let query_seconds = started.elapsed().as_secs_f64();
    let mut json = comparison.json(lang);
    json["plan"] = json!(opened.plan.as_ref().map(|plan| &plan.id));
    json["seconds"] = json!({ "read": read_seconds, "query": query_seconds });
    let text = format!("{json}\n");
    watched.begin_saving();
    if let Some(out) = document {
        write_document(&comparison, out, lang)?;
    }
    if let Some(output) = &output {
        output.write(|file| file.write_all(text.as_bytes()))?;
    }
    drop(watched);
    let mut lines = String::new();
    comparison_lines(&comparison, lang).into_iter().for_each(|told| say::line(&mut lines, told));
    let told = if common.json { &text } else { &lines };
    match &output {
        Some(output) => output.print(told),
        None => say::summary(common, told),
    }
}

/// The document, with its workbook beside it: both or neither.
fn write_document(comparison: &Comparison, out: &Path, lang: Lang) -> Result<(), Failure> {
    let files = ReportFiles::of(out);
    let mut together = Together::begin(&files.root)?;
    let title = tr!(lang, "compare.title");
    let (workbook, told) = comparison_workbook(comparison, lang).map_err(|e| SaveError {
        file: files.root.join(&files.workbook).display().to_string(),
        cause: SaveCause::System(e.to_string()),
    })?;
    told.iter().for_each(say::warn);
    together.write(&files.workbook, |out| out.write_all(&workbook))?;
    together.write(&files.document, |to| to.write_all(comparison_page(comparison, &title, lang).as_bytes()))?;
    Ok(together.commit()?)
}
