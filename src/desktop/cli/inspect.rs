//! `inspect`: what lies in a zone, of every layer of a folder.

use super::output::Output;
use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure, memory, say};
use crate::i18n::{Lang, count, number, text_of, tr};
use crate::index::IndexedLayer;
use crate::io::{Form, read_layer};
use crate::model::Role;
use crate::query::{AskError, Inspection, inspect};
use crate::report::{AreaUnit, area_text, inside_text, timestamp};
use crate::rules::{
    RoleLayers, Rule, RuleInput, Values, ZoneVerdict, memory_needed_in, verdicts_as_plot, zone_verdicts,
};
use crate::session::guard_of;
use crate::vocabulary::Vocabulary;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub(super) fn run(common: &Common, project: &[PathBuf], zone: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let guard = guard_of(project.iter().map(PathBuf::as_path), common.plan.as_deref()).and([zone]);
    let output = Output::new(common, out, &guard, Form::GeoJson)?;
    let watched = Watched::new();
    let started = Instant::now();
    let zone_layer = read_layer(zone, &common.read_options(), watched.progress())?;
    common.check_layer(&zone_layer)?;
    let zone_layer = Arc::new(IndexedLayer::new(Arc::new(zone_layer)));
    let mut layers: RoleLayers = Vec::new();
    let mut rules: Vec<(Rule, Values)> = Vec::new();
    let mut vocabulary = Arc::clone(Vocabulary::builtin());
    let mut given = Vec::new();
    for path in project {
        let own = catalogue(Some(path), lang);
        let mut opened = Opened::read(common, path, &own, &watched)?;
        opened.leave_out_given(&mut given);
        opened.tell(path, lang);
        // The rules of the first: several layers of one project are given, not several projects.
        if rules.is_empty() {
            vocabulary = Arc::clone(&opened.vocabulary);
            rules = own.rules.iter().map(|rule| opened.with_values(rule)).collect();
        }
        layers.extend(opened.layers);
    }
    let read_seconds = started.elapsed().as_secs_f64();
    let needs = memory_needed_in(&rules, &layers, &zone_layer.layer().bounds);
    memory::check(common, needs, "cli.too_large_zone")?;

    let started = Instant::now();
    let found = inspect(&zone_layer, &layers, watched.progress()).map_err(|e| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        _ => Failure::Usage(tr!(lang, "inspect.no_area", file = zone.display()).into_owned()),
    })?;
    let failed = |e: AskError| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        e => Failure::Input(e.to_string()),
    };
    let input = RuleInput::with_vocabulary(layers, vocabulary);
    let verdicts = zone_verdicts(&zone_layer, &rules, &input, watched.progress()).map_err(failed)?;
    let as_plot = verdicts_as_plot(&zone_layer, &rules, &input, watched.progress()).map_err(failed)?;
    let layers = input.layers;
    let query_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    watched.begin_saving();
    let time = timestamp();
    output.write(|out| found.write_geojson(&zone_layer, &layers, &time, out))?;
    let write_seconds = started.elapsed().as_secs_f64();
    drop(watched);

    let text = if common.json {
        let mut json = serde_json::json!(found);
        // The rule under both names that scripts know it by.
        let told = |of: &ZoneVerdict| serde_json::json!({"rule": of.id, "id": of.id, "verdict": of.verdict, "count": of.count});
        json["verdicts"] = verdicts.iter().map(told).collect();
        json["as_plot"] = as_plot.iter().map(told).collect();
        json["seconds"] = serde_json::json!({ "read": read_seconds, "query": query_seconds, "write": write_seconds });
        format!("{json}\n")
    } else {
        let title = |id: &String| {
            let known = rules.iter().find(|(rule, _)| rule.id == *id);
            known.map_or_else(|| id.clone(), |(rule, _)| rule.title.text(lang).to_owned())
        };
        let line = |key: &str, of: &ZoneVerdict| {
            let verdict = text_of(lang, &format!("verdict.{}", of.verdict.id()));
            say::shown(&tr!(lang, key, rule = title(&of.id), verdict = verdict, n = count(of.count))).into_owned()
                + "\n"
        };
        let inside = verdicts.iter().map(|of| line("inspect.verdict", of));
        told(&found, lang) + &inside.chain(as_plot.iter().map(|of| line("inspect.as_plot", of))).collect::<String>()
    };
    output.print(&text)
}

/// What was found, for people.
fn told(found: &Inspection, lang: Lang) -> String {
    let mut lines = Vec::new();
    let area = area_text(found.area_m2, AreaUnit::Hectare, lang);
    lines.push(tr!(lang, "inspect.zone", area = area, perimeter = number(found.perimeter_m, 1)).into_owned());
    if let Some(people) = found.people.filter(|people| *people > 0.0) {
        lines.push(tr!(lang, "inspect.people", n = number(people, 0)).into_owned());
    }
    if found.people_unread > 0 {
        lines.push(tr!(lang, "told.people_unread", n = found.people_unread).into_owned());
    }
    let title = |id: &str| Role::parse(id).map_or(id, |role| role.title(lang)).to_owned();
    // In the order of the catalogue.
    for (role, inside) in Role::ALL.iter().filter_map(|role| Some((role.id(), found.layers.get(role.id())?))) {
        let measure = inside_text(inside.inside, AreaUnit::Hectare, lang);
        let by: Vec<String> = inside.by.iter().map(|(class, n)| format!("{class} {}", count(*n))).collect();
        lines.push(
            format!("  {:<24} {:>8}  {measure}  {}", title(role), count(inside.count), by.join("、"))
                .trim_end()
                .to_owned(),
        );
    }
    for (role, distance_m) in &found.distances_m {
        lines.push(tr!(lang, "inspect.distance", role = title(role), distance = number(*distance_m, 1)).into_owned());
    }
    lines.iter().fold(String::new(), |mut text, line| {
        say::line(&mut text, line);
        text
    })
}
