//! `rules` and `run`: the catalogue, and its rules put to a project.

use super::earlier::{self, ONE_MAP};
use super::elsewhere::{self, Elsewhere};
use super::findings::earlier_findings;
use super::output::{check_replaced, refusal};
use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure, memory, say, status};
use crate::i18n::{Lang, count, semicolon, tr};
use crate::io::{Form, Guard, Held, Together, is_ours};
use crate::progress::Progress;
use crate::query::AskError;
use crate::report::{ReportFiles, answers_text, lacks_text, roles_text, timestamp, unknown_text, why_text};
use crate::rules::findings::{self, Findings};
use crate::rules::{
    Answers, Catalogue, Parameter, Rule, RuleAnswer, RuleInput, RunFor, Status, TargetState, Values, Verdict, Work,
    areas_of_sums, figure_json, lacking, memory_needed, run_each, unknown_values,
};
use crate::session::{FindingsFiles, guard_of};
use crate::vocabulary::Vocabulary;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
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
            let mut opened = Opened::read(common, project, &catalogue, &watched)?;
            opened.tell(project, lang);
            let input = opened.input();
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
            Some((Status::MissingLayer, lacks)) => {
                tr!(lang, "rules.lacks", roles = roles_text(lacks, lang)).into_owned()
            }
            Some((Status::NeedsInput, lacks)) => {
                let vocabulary = input.map_or(Vocabulary::builtin(), |input| input.vocabulary());
                lacks_text(lacks, Status::NeedsInput, vocabulary, lang)
            }
            _ => answers_text(rule, lang),
        };
        say::line(
            &mut lines,
            format!("{:<28} {}  [{}]  {state}", rule.id, rule.title.text(lang), rule.clause_in(lang)),
        );
        if let (Some(input), false) = (input, unknown.is_empty()) {
            say::line(&mut lines, format!("{:<28} {}", "", unknown_text(&unknown, input.vocabulary(), lang)));
        }
        all.push(one);
    }
    drop(watched);
    let text = if common.json { format!("{}\n", Value::Array(all)) } else { lines };
    say::summary(common, &text)
}

/// Whether a report of a project may be written, with its workbook and its rows.
pub(super) fn check_report(
    common: &Common,
    project: &Path,
    findings: Option<&Path>,
    out: &Path,
) -> Result<(), Failure> {
    let mut catalogue = Catalogue::builtin();
    // What cannot be read of it is told when the rules run.
    crate::session::contents::rule_folders(Some(project)).for_each(|folder| drop(catalogue.add_folder(&folder)));
    let guard = guard_of([project], common.plan.as_deref()).and(findings.map(Path::to_owned));
    let checked = ReportFiles::of(out).check(&guard, catalogue.rules.iter().map(|rule| &*rule.id));
    checked.map_err(|e| refusal(common, e))?;
    check_replaced(common, out)
}

/// Refuses a folder in which a file of these rules would take the place of an input, or of what this program did not make.
fn check_folder(common: &Common, project: &Path, rules: &[&Rule], folder: &Path) -> Result<(), Failure> {
    let guard = guard_of([project], common.plan.as_deref());
    let check = || {
        Guard::folder(folder)?;
        for rule in rules {
            match &rule.work {
                // Findings are no answer: what was typed into them is taken along, also where they stand beside the layers.
                Some(Work::Findings) => {
                    Guard::new(Vec::<PathBuf>::new()).file(&folder.join(findings::FILE), Form::GeoJson)?
                }
                Some(Work::OneMap) => guard.part(&folder.join(ONE_MAP))?,
                _ => guard.part(&folder.join(answer_file(rule)))?,
            }
        }
        guard.part(&folder.join(SUMMARY))
    };
    check().map_err(|e| refusal(common, e))
}

/// Where a run writes, under what, and what it takes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Into<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// True where a ban ends with a status of its own.
    pub strict: bool,
    /// The scenario of the project.
    pub scenario: Option<&'a str>,
    /// Findings that a run into another folder left.
    pub findings: Option<&'a Path>,
    /// Who does the work on rows, where this process does not.
    pub elsewhere: Option<&'a dyn Elsewhere>,
}

/// Puts rules to a project; one file a rule, and a summary. Nothing is in its place yet; where the map is wanted, its file
/// is to be written first.
pub(super) fn run(
    common: &Common,
    project: &Path,
    wanted: &[String],
    Into { folder, strict, scenario, findings: given, elsewhere }: Into<'_>,
) -> Result<(Done, Option<PathBuf>), Failure> {
    let lang = common.lang();
    let catalogue = catalogue(Some(project), lang);
    let mut rules: Vec<&Rule> = Vec::new();
    for id in wanted {
        let known = catalogue.get(id);
        rules.push(known.ok_or_else(|| match catalogue.wrong_file_of(id) {
            // Why was said above, with its place.
            Some(_) => Failure::Input(tr!(lang, "rules.file_wrong", id = id).into_owned()),
            None => Failure::Usage(tr!(lang, "rules.unknown", id = id).into_owned()),
        })?);
    }
    if wanted.is_empty() {
        rules.extend(catalogue.rules.iter().filter(|rule| !rule.is_on_demand()));
    }
    check_folder(common, project, &rules, folder)?;
    let watched = Watched::new();
    let started = Instant::now();
    let mut opened = Opened::read(common, project, &catalogue, &watched)?;
    opened.tell(project, lang);
    let is_of_base = |rule: &&Rule| matches!(rule.work, Some(Work::Findings | Work::OneMap));
    let doubts = match scenario {
        // Findings are of what stands, and the map is drawn of the project's files.
        Some(_) if rules.iter().any(is_of_base) => {
            return Err(Failure::Usage(tr!(lang, "scenario.not_of_findings").into_owned()));
        }
        Some(name) => opened.put_under(name, lang, &watched)?,
        None => Vec::new(),
    };
    let input = elsewhere::put_on(opened.input().under(scenario), elsewhere);
    let read_seconds = started.elapsed().as_secs_f64();
    let together = Together::begin(folder)?;
    // What is put together from the others' answers needs them, whether they were asked for or not.
    let mut to_run: Vec<&Rule> = rules.clone();
    if rules.iter().any(|rule| rule.is_derived()) {
        let more = catalogue.rules.iter().filter(|rule| !rule.is_derived() && !rules.iter().any(|r| r.id == rule.id));
        to_run.extend(more);
    }
    let with_values: Vec<(Rule, Values)> = to_run.iter().map(|rule| opened.with_values(rule)).collect();
    memory::check(common, memory_needed(&with_values, &input.layers, RunFor::Files), "cli.too_large_rules")?;
    let mut written = Written {
        input: &input,
        folder,
        together,
        wanted: &rules,
        lang,
        strict,
        time: timestamp(),
        told: BTreeMap::new(),
        // Where all rules were asked for, one that cannot be read is one that went wrong.
        outcome: if wanted.is_empty() && !catalogue.wrong.is_empty() { Outcome::Error } else { Outcome::Done },
        map: None,
        findings: None,
        seconds: 0.0,
    };
    let mut findings_files = Value::Null;
    if rules.iter().any(|rule| matches!(rule.work, Some(Work::Findings))) {
        written.together.reads(findings::FILE);
        let (earlier, read) = earlier_findings(&opened, folder, given, lang)?;
        let files = FindingsFiles::of(&opened.folder, &read);
        files.told(lang).iter().for_each(say::warn);
        findings_files = files.json();
        written.findings = Some(earlier);
    }
    // Sums by area are of where others found what.
    let areas = areas_of_sums(&with_values, &input);
    let started = Instant::now();
    run_each(&with_values, &input, &[], opened.plan.as_ref(), watched.progress(), |answer| {
        elsewhere::failed(elsewhere)?;
        watched.begin_saving();
        let taken = written.take(&answer);
        watched.end_saving();
        taken?;
        let kept = answer.for_others(areas.as_deref(), &input, watched.progress());
        kept.map(Arc::new).map_err(failed_to_keep)
    })?;
    watched.begin_saving();
    let Written { told, outcome, map, seconds: write_seconds, mut together, .. } = written;
    let query_seconds = (started.elapsed().as_secs_f64() - write_seconds).max(0.0);
    let in_order = rules.iter().filter_map(|rule| told.get(&rule.id).cloned());
    let (lines, told): (Vec<String>, Vec<Value>) = in_order.unzip();
    let earlier = earlier::answers(folder, rules.iter().map(|rule| rule.id.as_str()));
    if !earlier.is_empty() {
        say::warn(earlier::text(&earlier, folder, lang));
    }
    let mut text = json!({
        "rules": told,
        "earlier": earlier,
        "findings": findings_files,
        "layers": opened.contents.layers_json(),
        "ignored": opened.contents.ignored_json(),
        "own_rules": catalogue.own.iter().map(|(id, file)| json!({ "id": id, "file": file })).collect::<Vec<_>>(),
        "wrong_rules": catalogue.wrong.iter().map(|e| e.message(lang)).collect::<Vec<_>>(),
        "plan": opened.plan.as_ref().map(|plan| &plan.id),
        "engine": elsewhere::named(elsewhere),
        "seconds": { "read": read_seconds, "query": query_seconds, "write": write_seconds },
    });
    if let Some(name) = scenario {
        text["scenario"] = name.into();
        text["scenario_doubts"] = doubts.iter().map(|doubt| doubt.message(lang)).collect::<Vec<_>>().into();
    }
    let text = text.to_string();
    together.write(SUMMARY, |out| out.write_all(format!("{text}\n").as_bytes()))?;
    if map.is_some() {
        watched.end_saving();
    }
    drop(watched);
    let told = if common.json { format!("{text}\n") } else { lines.concat() };
    let has_findings = rules.iter().any(|rule| matches!(rule.work, Some(Work::Findings)));
    let findings = has_findings.then(|| folder.join(findings::FILE)).filter(|file| file.exists());
    Ok((Done { together, told, outcome, findings }, map))
}

/// Nobody stopped it: a file could not be read again.
fn failed_to_keep(e: AskError) -> Failure {
    match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        e => Failure::Input(e.to_string()),
    }
}

/// A run whose files are written and stand in no place yet.
#[derive(Debug)]
pub(super) struct Done {
    together: Together,
    told: String,
    outcome: Outcome,
    /// The findings that are replaced.
    findings: Option<PathBuf>,
}

impl Done {
    /// Puts all files in their places, or none; and says what was found.
    pub(super) fn finish(self, common: &Common) -> Result<ExitCode, Failure> {
        let _held = self
            .findings
            .as_deref()
            .map(|file| Held::hold_patiently(file, Held::LONG))
            .transpose()
            .map_err(|e| refusal(common, e))?;
        // Refused at this moment: somebody put something there since.
        self.together.commit().map_err(|e| refusal(common, e))?;
        say::summary(common, &self.told)?;
        Ok(match self.outcome {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Ban => ExitCode::from(status::BAN),
            Outcome::Error => ExitCode::from(status::INPUT),
        })
    }
}

/// The file of an answer.
fn answer_file(rule: &Rule) -> String {
    earlier::answer_file(&rule.id)
}

/// The file of what a run came to.
const SUMMARY: &str = "summary.json";

/// What was written of the answers, and what is said of them at the end.
struct Written<'a> {
    input: &'a RuleInput,
    folder: &'a Path,
    together: Together,
    /// The rules that were asked for.
    wanted: &'a [&'a Rule],
    lang: Lang,
    strict: bool,
    time: String,
    /// By rule what is printed and what stands in the summary.
    told: BTreeMap<String, (String, Value)>,
    outcome: Outcome,
    /// Where the one map is to be drawn.
    map: Option<PathBuf>,
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
                self.map = Some(self.together.place(ONE_MAP)?);
                (Some(ONE_MAP.to_owned()), features)
            }
            (Status::Answered, Some(Work::Findings)) => {
                let all = self.findings.take().unwrap_or_default();
                self.together.write(findings::FILE, |out| all.write_geojson(out))?;
                (Some(findings::FILE.to_owned()), all.all.len())
            }
            (Status::Answered, _) => {
                let file = answer_file(&answer.rule);
                let (input, time, lang) = (self.input, &self.time, self.lang);
                self.together.write(&file, |out| answer.write_geojson(input, time, lang, out))?;
                (Some(file), features)
            }
            (_, work) => {
                // What an earlier run found is not what this one says.
                let file =
                    if matches!(work, Some(Work::OneMap)) { ONE_MAP.to_owned() } else { answer_file(&answer.rule) };
                if !matches!(work, Some(Work::Findings)) && is_ours(&self.folder.join(&file)) {
                    self.together.remove(file);
                }
                (None, features)
            }
        })
    }

    /// Takes what was found into the findings.
    fn find(&mut self, answer: &RuleAnswer) -> Result<(), Failure> {
        let Some(all) = self.findings.as_mut().filter(|_| answer.status == Status::Answered) else { return Ok(()) };
        if answer.rule.is_derived() {
            return Ok(());
        }
        let today = self.time.get(..10).unwrap_or(&self.time);
        let rows = answer.rows(self.input, self.lang, &Progress::default()).map_err(failed_to_keep)?;
        let found = findings::found_by(answer, self.input, rows.layer()).map_err(|e| Failure::Input(e.to_string()))?;
        all.update(&answer.rule.id, &found, today);
        Ok(())
    }
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
    let target = aim.map(|aim| aim.value.map_or_else(|| Value::from(aim.text.text(lang)), Value::from));
    json!({
        "id": answer.rule.id,
        "status": answer.status,
        "missing": answer.missing,
        "error": answer.error.as_ref().map(|error| error.text(lang)),
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
        Status::MissingLayer => tr!(lang, "rules.lacks", roles = roles_text(&answer.missing, lang)).into_owned(),
        Status::NeedsInput => why_text(answer, vocabulary, lang),
        Status::Error => answer.error.as_ref().map(|error| error.text(lang).to_owned()).unwrap_or_default(),
        Status::Answered => {
            let figure = answer.figure().map(|figure| format!("{} {}", figure.title.text(lang), figure.text(lang)));
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
    if answer.status == Status::Answered && !answer.not_checked.is_empty() {
        let why: Vec<&str> = answer.not_checked.iter().map(|told| told.why.text(lang)).collect();
        say::line(&mut text, format!("{:<28} {}", "", why.join(semicolon(lang))));
    }
    text
}
