//! `inspect`: what lies in a zone, of every layer of a folder.

use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{Lang, count, number, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, OutGeometry, SEPARATOR, push_head, push_tail};
use crate::io::read_layer;
use crate::model::Role;
use crate::query::{AskError, Inside, Inspection, inspect};
use crate::report::{AreaUnit, area_text, timestamp};
use crate::session::project::Project;
use std::borrow::Cow;
use std::io::Write;
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
    output.write(|out| write_geojson(&found, &zone_layer, &layers, &time, out))?;
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

/// The zone with what was found, then every feature that meets it, as it is written in its file.
fn write_geojson(
    found: &Inspection,
    zone: &IndexedLayer,
    layers: &[(Role, Arc<IndexedLayer>)],
    time: &str,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let input = |role: &str, indexed: &IndexedLayer| -> std::io::Result<serde_json::Value> {
        let source = &indexed.layer().source;
        let features = indexed.layer().feature_count();
        Ok(
            serde_json::json!({"input": role, "file": source.file_name, "features": features, "sha256": source.digest.sha256()?}),
        )
    };
    let mut inputs = vec![input("zone", zone)?];
    for (role, indexed) in layers {
        inputs.push(input(role.id(), indexed)?);
    }
    let provenance = serde_json::json!({
        "question": {"kind": "inspect"},
        "inputs": inputs,
        "summary": found,
        "engine": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "time": time,
    });
    let mut text = Vec::new();
    push_head(&mut text, "inspect", &provenance);
    out.write_all(&text)?;
    let names = [Cow::Borrowed("role")];
    let mut is_first = true;
    let met = found.met.iter().map(|(which, row)| (layers[*which].0.id(), &*layers[*which].1, *row));
    for (role, indexed, row) in zone.rows().map(|row| ("zone", zone, row)).chain(met) {
        let mut writer = FeatureWriter { layer: indexed.layer(), other: None, names: &names, out: Vec::new() };
        if !std::mem::take(&mut is_first) {
            writer.out.extend_from_slice(SEPARATOR);
        }
        writer.feature(row, None, &[Added::Word(role)], &OutGeometry::Unchanged)?;
        out.write_all(&writer.out)?;
    }
    text.clear();
    push_tail(&mut text, is_first);
    out.write_all(&text)
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
