//! `inspect`: what lies in a zone, of every layer of a folder.

use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{Lang, count, number, tr};
use crate::index::IndexedLayer;
use crate::io::read_layer;
use crate::model::Role;
use crate::query::{AskError, Inside, Inspection, inspect};
use crate::report::{AreaUnit, area_text, timestamp};
use crate::session::project::Project;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub(super) fn run(common: &Common, project: &[PathBuf], zone: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let mut files = Vec::new();
    for path in project {
        files.extend(Project::files_of(path).map_err(|e| Failure::Input(e.message(lang)))?);
    }
    let output = Output::new(common, out, files.iter().map(|(file, _)| file.as_path()).chain([zone]))?;
    let watched = Watched::new();
    let options = common.read_options();
    let started = Instant::now();
    let read = |path: &Path| -> Result<IndexedLayer, Failure> {
        Ok(IndexedLayer::new(Arc::new(read_layer(path, &options, watched.progress())?)))
    };
    let zone_layer = read(zone)?;
    let mut layers: Vec<(Role, Arc<IndexedLayer>)> = Vec::new();
    for (file, role) in &files {
        let indexed = read(file)?;
        match role.or(indexed.layer().guessed_role) {
            Some(role) => layers.push((role, Arc::new(indexed))),
            None => eprintln!("{}", tr!(lang, "inspect.no_role", file = indexed.layer().source.file_name)),
        }
    }
    let read_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let found = inspect(&zone_layer, &layers, watched.progress()).map_err(|e| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        _ => Failure::Usage(tr!(lang, "inspect.no_area", file = zone.display()).into_owned()),
    })?;
    let query_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    watched.begin_saving();
    let time = timestamp();
    output.write(|out| found.write_geojson(&zone_layer, &layers, &time, out))?;
    let write_seconds = started.elapsed().as_secs_f64();
    drop(watched);

    let text = if common.json {
        let mut json = serde_json::json!(found);
        json["seconds"] = serde_json::json!({ "read": read_seconds, "query": query_seconds, "write": write_seconds });
        format!("{json}\n")
    } else {
        told(&found, lang)
    };
    output.print(&text)
}

/// What was found, for people.
fn told(found: &Inspection, lang: Lang) -> String {
    let mut lines = Vec::new();
    let area = area_text(found.area_m2, AreaUnit::Hectare, lang);
    lines.push(tr!(lang, "inspect.zone", area = area, perimeter = number(found.perimeter_m, 1)).into_owned());
    if found.people > 0.0 {
        lines.push(tr!(lang, "inspect.people", n = number(found.people, 0)).into_owned());
    }
    let title = |id: &str| Role::parse(id).map_or(id, |role| role.title(lang)).to_owned();
    // In the order of the catalogue.
    for (role, inside) in Role::ALL.iter().filter_map(|role| Some((role.id(), found.layers.get(role.id())?))) {
        let measure = match inside.inside {
            Some(Inside::AreaM2(m2)) => area_text(m2, AreaUnit::Hectare, lang),
            Some(Inside::LengthM(m)) => format!("{} m", number(m, 1)),
            None => String::new(),
        };
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
    lines.join("\n") + "\n"
}
