//! `within`, `nearest`, `gaps`, `overlap`, `buffer`: read, ask, write, summarise.

use super::output::Output;
use super::terminal::Watched;
use super::{Command, Common, Failure, memory, say};
use crate::i18n::{Lang, between, tr};
use crate::index::IndexedLayer;
use crate::io::{Form, Guard, ReadOptions, read_layer};
use crate::query::expression::Expression;
use crate::query::{Answer, AnswerFor, AskError, Dissolve, Layers, Question, Side, ask, memory_needed};
use crate::report::{AreaUnit, Subject, left_out_reason_text, left_out_text, sentence, timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// A question as the command line puts it.
struct Asked {
    question: Question,
    subject: PathBuf,
    reference: Option<PathBuf>,
    entrances: Option<PathBuf>,
    water: Option<PathBuf>,
    out: PathBuf,
}

fn asked(command: Command) -> Option<Asked> {
    let (question, subject, reference, entrances, water, out) = match command {
        Command::Within { subject, of, distance, beyond, water, out } => {
            let side = if beyond { Side::Beyond } else { Side::Within };
            (Question::Within { distance_m: distance, side }, subject, Some(of), None, water, out)
        }
        Command::Nearest { subject, to, max, out } => {
            (Question::Nearest { max_m: max }, subject, Some(to), None, None, out)
        }
        Command::Gaps { demand, from, radius, min_area, entrances, people, out } => {
            let question = Question::Gaps { radius_m: radius, min_area_m2: min_area, people };
            (question, demand, Some(from), entrances, None, out)
        }
        Command::Overlap { subject, with, out } => (Question::Overlap, subject, Some(with), None, None, out),
        Command::Buffer { subject, distance, union, out } => {
            let dissolve = if union { Dissolve::Union } else { Dissolve::Each };
            (Question::Buffer { distance_m: distance, dissolve }, subject, None, None, None, out)
        }
        Command::Audit { .. }
        | Command::Cards { .. }
        | Command::Report { .. }
        | Command::Rules { .. }
        | Command::Run { .. }
        | Command::Convert { .. }
        | Command::Join { .. }
        | Command::Demo
        | Command::Info { .. }
        | Command::Inspect { .. }
        | Command::Print { .. }
        | Command::Store { .. }
        | Command::Compare { .. }
        | Command::View { .. } => return None,
    };
    Some(Asked { question, subject, reference, entrances, water, out })
}

pub(super) fn run(common: &Common, command: Command) -> Result<(), Failure> {
    let lang = common.lang();
    let Some(asked) = asked(command) else { return Ok(()) };
    let inputs = [Some(&asked.subject), asked.reference.as_ref(), asked.entrances.as_ref(), asked.water.as_ref()];
    let output = Output::new(common, &asked.out, &Guard::new(inputs.into_iter().flatten()), Form::GeoJson)?;

    let watched = Watched::new();
    // The provenance tells them.
    let options = ReadOptions { is_hashed: true, ..common.read_options() }.in_one_snapshot();
    let started = Instant::now();
    let mut undeclared = Vec::new();
    let mut read = |path: &Path| -> Result<Arc<IndexedLayer>, Failure> {
        let layer = read_layer(path, &options, watched.progress())?;
        common.check_layer(&layer)?;
        if layer.declared_crs.is_none() {
            undeclared.push(layer.source.file_name.clone());
        }
        Ok(Arc::new(IndexedLayer::new(Arc::new(layer))))
    };
    let only = |layer: Arc<IndexedLayer>, filter: &Option<String>| match filter {
        None => Ok(layer),
        Some(text) => {
            let chosen = Expression::parse(text).and_then(|e| e.chosen(&layer));
            chosen.map(Arc::new).map_err(|e| Failure::Usage(e.message(lang)))
        }
    };
    let layers = Layers {
        subject: only(read(&asked.subject)?, &common.subject_where)?,
        reference: match asked.reference.as_deref() {
            Some(path) => Some(only(read(path)?, &common.reference_where)?),
            None => None,
        },
        entrances: asked.entrances.as_deref().map(&mut read).transpose()?,
        water: asked.water.as_deref().map(&mut read).transpose()?,
    };
    if !undeclared.is_empty() {
        let files = undeclared.join(between(lang));
        say::warn(tr!(lang, "cli.taken_as_wgs84", files = files));
    }
    warn_of_shift(&layers, lang);
    let read_seconds = started.elapsed().as_secs_f64();

    let needs = memory_needed(&asked.question, &layers, AnswerFor::File);
    memory::check(common, needs, ways(&asked.question))?;
    let started = Instant::now();
    let answer = ask(&asked.question, &layers, watched.progress()).map_err(|e| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        AskError::NoReference | AskError::NoLayer(_) => Failure::Usage(e.to_string()),
        AskError::Pole => Failure::Usage(tr!(lang, "ask.pole").into_owned()),
        AskError::Input(cause) | AskError::Engine(cause) => Failure::Input(cause),
        AskError::Expression(e) => Failure::Usage(e.message(lang)),
        AskError::NoColumn(name) | AskError::Lacks(_, name) => Failure::Usage(
            tr!(lang, "cli.no_column", name = name, file = layers.subject.layer().source.file_name).into_owned(),
        ),
    })?;
    let query_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    if watched.progress().is_cancelled() {
        return Err(Failure::Cancelled);
    }
    output.begin(&watched);
    let (name, time) = (output_name(&asked.out, &asked.question), timestamp());
    output.write(|out| answer.write_geojson(&name, &layers, &time, out))?;
    let write_seconds = started.elapsed().as_secs_f64();
    drop(watched);

    let seconds = serde_json::json!({ "read": read_seconds, "query": query_seconds, "write": write_seconds });
    let printed = print(common, &answer, &layers, seconds, &output);
    // The process ends here: millions of small pieces need not be given back one by one.
    std::mem::forget((answer, layers));
    printed
}

/// What would need less than a question.
fn ways(question: &Question) -> &'static str {
    match question {
        Question::Nearest { .. } => "cli.too_large_nearest",
        Question::Buffer { .. } => "cli.too_large_buffer",
        Question::Within { .. } | Question::Gaps { .. } | Question::Overlap => "cli.too_large",
    }
}

/// Prints the summary: one JSON object, or sentences (on standard error where the answer took standard output).
fn print(
    common: &Common,
    answer: &Answer,
    layers: &Layers,
    seconds: serde_json::Value,
    output: &Output<'_>,
) -> Result<(), Failure> {
    let lang = common.lang();
    let mut text = String::new();
    if common.json {
        let mut summary = serde_json::json!(answer.summary);
        summary["seconds"] = seconds;
        text.push_str(&summary.to_string());
        text.push('\n');
    } else {
        let named = |l: &Arc<IndexedLayer>| (Arc::clone(l.layer()), l.layer().guessed_role);
        let (subject, role) = named(&layers.subject);
        let reference = layers.reference.as_ref().map(named);
        let names = Subject::of((&subject, role), reference.as_ref().map(|(l, r)| (&**l, *r)), lang);
        let mut line = |s: String| say::line(&mut text, s);
        line(sentence(answer, &names, AreaUnit::Hectare, lang));
        if let Some(left_out) = left_out_text(answer, lang) {
            let all = answer.left_out.iter().take(10);
            let names: Vec<_> =
                all.map(|l| format!("{} ({})", l.label, left_out_reason_text(&l.reason, lang))).collect();
            let more = if answer.left_out.len() > names.len() { " …" } else { "" };
            line(format!("{left_out}: {}{more}", names.join("; ")));
        }
        answer.notes.iter().for_each(|note| line(note.message(lang)));
        for sliver in answer.slivers.iter().take(10) {
            line(
                tr!(
                    lang,
                    "cli.sliver",
                    feature = sliver.feature,
                    with = sliver.with,
                    area = crate::i18n::number(sliver.area_m2, 2),
                    width = crate::i18n::number(sliver.mean_width_m, 3)
                )
                .into_owned(),
            );
        }
        if let Some(out) = output.file() {
            line(tr!(lang, "cli.written", file = out.display()).into_owned());
        }
    }
    output.print(&text)
}

/// Says on standard error where two inputs show the same features a datum shift apart.
fn warn_of_shift(layers: &Layers, lang: Lang) {
    let Some(reference) = &layers.reference else { return };
    let (a, b) = (layers.subject.layer(), reference.layer());
    for (layer, other) in [(a, b), (b, a)] {
        if let Some(problem) = crate::health::suspect_shift(layer, other) {
            say::warn(format!("{}: {}", layer.source.file_name, problem.message(lang)));
        }
    }
}

/// The collection's name: the file's stem, or the kind of the question.
fn output_name(out: &Path, question: &Question) -> String {
    if let Some(table) = super::store::table_of(out) {
        return table;
    }
    match out.file_stem() {
        Some(stem) if out.as_os_str() != "-" => stem.to_string_lossy().into_owned(),
        _ => question.kind().to_owned(),
    }
}
