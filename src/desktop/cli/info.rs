//! `info`: what is in files, and what is wrong with them.

use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, between, bracketed, count, number, tr};
use crate::io::{OutOfRange, ReadCause, ReadError, ReadOptions, file_name, read_layers};
use crate::model::{Layer, Problem, ProblemKind, Severity, Value};
use crate::progress::Progress;
use crate::session::contents::{Contents, unread_in};
use rayon::prelude::*;
use serde_json::json;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn run(common: &Common, files: &[PathBuf]) -> Result<(), Failure> {
    let lang = common.lang();
    let watched = Watched::new();
    // `info` is where a planner looks what is wrong, so positions out of range are told and not refused
    // before anything is said; the status still is that of an input that cannot be used.
    let options = ReadOptions { out_of_range: OutOfRange::Keep, is_hashed: common.json, ..common.read_options() };
    let mut layers: Vec<Layer> = Vec::new();
    let mut failed: Option<ReadError> = None;
    for read in read_all(files, &options, watched.progress()) {
        match read {
            Ok(layer) => {
                common.check_layer(&layer)?;
                layers.push(layer);
            }
            Err(e) if e.cause == ReadCause::Cancelled => return Err(Failure::Cancelled),
            Err(e) => {
                if let Some(earlier) = failed.replace(e) {
                    say::fail(earlier.message(lang));
                }
            }
        }
    }
    for file in files {
        let contents = Contents { ignored: unread_in(file).collect(), ..Contents::default() };
        contents.ignored_text(lang).into_iter().for_each(say::warn);
    }
    drop(watched);
    let pairs = comparable(&layers);
    for i in 0..layers.len() {
        let mut others = pairs.range((i, 0)..(i + 1, 0)).map(|(_, k)| *k);
        let shift = others.find_map(|k| crate::health::suspect_shift(&layers[i], &layers[k]));
        if let Some(kind) = shift {
            Arc::make_mut(&mut layers[i].problems).insert(0, Problem { row: None, place: None, kind });
        }
    }
    let text = if common.json {
        let mut objects: Vec<_> = layers.par_iter().map(|l| to_json(l, lang)).collect();
        let mut top = if objects.len() == 1 { objects[0].clone() } else { json!({}) };
        top["files"] = objects.drain(..).collect();
        format!("{top}\n")
    } else {
        layers.par_iter().map(|l| to_text(l, lang)).collect::<Vec<_>>().join("\n")
    };
    say::summary(common, &text)?;
    match failed {
        Some(e) => Err(Failure::Read(e)),
        None => {
            let placed = layers.iter().find_map(|layer| placeless(layer).or_else(|| mostly_out_of_range(layer)));
            placed.map_or(Ok(()), |e| Err(Failure::Read(e)))
        }
    }
}

/// The ids of a layer's features, by row.
fn ids(layer: &Layer) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    (0..layer.len()).filter_map(move |row| Some((row, layer.id_json(row)?)))
}

/// Which layers have a feature of the same id and name, so that one can be held against the other; each two both ways. Every
/// layer is gone through once, not once for each of the others.
fn comparable(layers: &[Layer]) -> BTreeSet<(usize, usize)> {
    if layers.len() < 2 {
        return BTreeSet::new();
    }
    // Which layer has an id; none where several have it.
    let mut layer_of: HashMap<Cow<'_, str>, Option<usize>> = HashMap::new();
    for (at, layer) in layers.iter().enumerate() {
        for (_, id) in ids(layer) {
            let of = layer_of.entry(id).or_insert(Some(at));
            if *of != Some(at) {
                *of = None;
            }
        }
    }
    let mut known: HashMap<(Cow<'_, str>, String), Vec<usize>> = HashMap::new();
    for (at, layer) in layers.iter().enumerate() {
        for (row, id) in ids(layer).filter(|(_, id)| layer_of.get(id) == Some(&None)) {
            let of = known.entry((id, layer.label(row))).or_default();
            if of.last() != Some(&at) {
                of.push(at);
            }
        }
    }
    let both = |of: &Vec<usize>| -> Vec<(usize, usize)> {
        let pairs = of.iter().flat_map(|a| of.iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| a != b).collect()
    };
    known.values().flat_map(both).collect()
}

/// Reads files side by side; what they hold, or why they cannot be read, in their order.
fn read_all(files: &[PathBuf], options: &ReadOptions, progress: &Progress) -> Vec<Result<Layer, ReadError>> {
    let (next, read) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let reader = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(at) else { return };
            let one = read_layers(file, options, progress);
            read.lock().unwrap_or_else(PoisonError::into_inner).push((at, one));
        }
    };
    let readers = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    std::thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(reader);
        }
    });
    let mut read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
    read.sort_by_key(|(at, _)| *at);
    read.into_iter().flat_map(|(_, one)| one).collect()
}

/// The error that any other command gives for a layer whose coordinate system cannot be used.
fn placeless(layer: &Layer) -> Option<ReadError> {
    let file = layer.source.file_name.clone();
    layer.problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::Placeless(e) => {
            Some(ReadError { file: file.clone(), place: None, cause: ReadCause::Crs(e.clone()) })
        }
        _ => None,
    })
}

/// The error that any other command gives for a layer whose positions are mostly out of range.
fn mostly_out_of_range(layer: &Layer) -> Option<ReadError> {
    let out: Vec<_> = layer
        .problems
        .iter()
        .filter_map(|p| match p.kind {
            ProblemKind::OutOfRange { at } => Some((p.place, at)),
            _ => None,
        })
        .collect();
    let located = (0..layer.len()).filter(|r| layer.geometries.kind(*r).is_some()).count();
    let (place, first) = out.first().copied()?;
    (out.len() > located).then(|| ReadError {
        file: layer.source.file_name.clone(),
        place,
        cause: ReadCause::OutOfRange {
            features: out.len(),
            of: layer.len(),
            first: (first.lon.to_string(), first.lat.to_string()),
            swapped: layer.problems.iter().any(|p| p.kind == ProblemKind::Swapped),
            turned: out.iter().filter(|(_, at)| at.is_in_range_but_for_a_turn()).count() * 2 > out.len(),
        },
    })
}

/// Counts of geometry types by name, in order of first appearance; `null` for features without one.
fn types(layer: &Layer) -> Vec<(&'static str, usize)> {
    let mut types: Vec<(&'static str, usize)> = Vec::new();
    for row in 0..layer.len() {
        let name = layer.geometries.kind(row).map_or("null", |k| k.name());
        match types.iter_mut().find(|(n, _)| *n == name) {
            Some((_, n)) => *n += 1,
            None => types.push((name, 1)),
        }
    }
    types
}

/// A column's JSON type: that of its values, `mixed` where they differ.
fn column_type(layer: &Layer, column: usize) -> (&'static str, usize) {
    let mut kind = None;
    let mut present = 0;
    for row in layer.attributes.rows_of(column, layer.len()) {
        let name = match layer.attributes.value(row, column) {
            Value::Missing => continue,
            Value::Null => {
                present += 1;
                continue;
            }
            Value::Bool(_) => "boolean",
            Value::Number(..) => "number",
            Value::Text(_) => "string",
            Value::Json(_) => "json",
        };
        present += 1;
        kind = Some(match kind {
            None => name,
            Some(earlier) if earlier == name => name,
            Some(_) => "mixed",
        });
    }
    (kind.unwrap_or("null"), present)
}

fn to_json(layer: &Layer, lang: Lang) -> serde_json::Value {
    let bounds = (!layer.bounds.is_empty()).then_some([
        layer.bounds.min.lon,
        layer.bounds.min.lat,
        layer.bounds.max.lon,
        layer.bounds.max.lat,
    ]);
    let properties: Vec<_> = layer
        .attributes
        .names()
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (kind, present) = column_type(layer, i);
            let mut property = json!({ "name": &**name, "type": kind, "present": present });
            let field = layer.as_read.table.as_ref().and_then(|table| table.schema.fields.get(i));
            if let Some(title) = field.and_then(|field| field.title.as_deref()) {
                property["title"] = title.into();
            }
            if let Some(domain) = field.and_then(|field| field.domain.as_deref()) {
                let values = domain.values.iter().map(|(code, meaning)| (code.clone(), json!(meaning)));
                property["domain"] = serde_json::Value::Object(values.collect());
            }
            property
        })
        .collect();
    let health: Vec<_> = layer
        .problems
        .iter()
        .map(|p| {
            json!({
                "feature": p.row.map(|r| r + 1),
                "id": p.row.and_then(|r| layer.id_text(r)),
                "line": p.place.map(|p| p.line),
                "column": p.place.map(|p| p.column),
                "problem": p.kind.code(),
                "at": p.kind.position().map(|p| [p.lon, p.lat]),
                "message": p.kind.message(lang),
                "done": p.kind.done(lang),
                "left_out": p.kind.severity() == Severity::LeftOut,
            })
        })
        .collect();
    let file = layer.source.path.as_deref().map_or_else(|| layer.source.file_name.clone(), file_name);
    let mut object = json!({
        "file": file,
        "name": layer.name,
        "features": layer.len(),
        "types": types(layer).into_iter().map(|(k, n)| (k.to_owned(), json!(n))).collect::<serde_json::Map<_, _>>(),
        "vertices": layer.geometries.position_count(),
        "bounds": bounds,
        "role": layer.guessed_role.map(|r| r.id()),
        "crs": match layer.as_read.table.as_ref().is_some_and(|table| table.schema.is_table) {
            true => None,
            false => match unusable_crs(layer) {
                Some(_) => None,
                None => Some(layer.declared_crs.as_deref().unwrap_or("WGS 84")),
            },
        },
        "unusable_crs": unusable_crs(layer),
        "bytes": layer.source.bytes,
        "sha256": layer.source.digest.sha256().ok(),
        "properties": properties,
        "left_out": layer.unusable.iter().filter(|u| **u).count(),
        "health": health,
    });
    if let Some(table) = &layer.as_read.table {
        object["layer"] = layer.source.read_as.layer.clone().into();
        object["title"] = table.schema.title.clone().into();
        object["encoding"] = layer.encoding.clone().into();
        object["is_table"] = table.schema.is_table.into();
    }
    object
}

/// The system that a file declares and that cannot be used, where it does: nothing of it lies anywhere.
fn unusable_crs(layer: &Layer) -> Option<&str> {
    layer.problems.iter().find_map(|problem| match &problem.kind {
        ProblemKind::Placeless(e) => Some(&*e.name),
        _ => None,
    })
}

fn to_text(layer: &Layer, lang: Lang) -> String {
    let mut lines = String::new();
    say::line(&mut lines, format!("{}  {}", layer.source.file_name, layer.name));
    let mut line = |label: &str, text: String| say::line(&mut lines, format!("  {}  {text}", tr!(lang, label)));
    let types: Vec<_> = types(layer).into_iter().map(|(k, n)| format!("{k} {}", count(n))).collect();
    let types = bracketed(&types.join(between(lang)), lang);
    line("info.features", format!("{}{types}", count(layer.len())));
    if !layer.bounds.is_empty() {
        let b = layer.bounds;
        let range = |a: f64, b: f64| format!("{} – {}", number(a, 6), number(b, 6));
        line("info.extent", format!("{}°E, {}°N", range(b.min.lon, b.max.lon), range(b.min.lat, b.max.lat)));
    }
    if let Some(role) = layer.guessed_role {
        line("info.role", format!("{}{}", role.title(lang), bracketed(role.id(), lang)));
    }
    let named = match unusable_crs(layer) {
        Some(name) => Some(tr!(lang, "info.crs_unusable", name = name).into_owned()),
        None => layer.declared_crs.clone(),
    };
    line("info.crs", named.unwrap_or_else(|| tr!(lang, "info.crs_assumed").into_owned()));
    let columns: Vec<_> = layer
        .attributes
        .names()
        .iter()
        .enumerate()
        .map(|(i, name)| format!("{name}: {}", column_type(layer, i).0))
        .collect();
    if !columns.is_empty() {
        line("info.properties", columns.join(", "));
    }
    if layer.problems.is_empty() {
        line("info.health", tr!(lang, "info.healthy").into_owned());
    } else {
        line("info.health", tr!(lang, "info.problems", n = count(layer.problems.len())).into_owned());
    }
    layer.problems.iter().for_each(|p| say::line(&mut lines, format!("    {}", problem_text(layer, p, lang))));
    lines
}

fn problem_text(layer: &Layer, problem: &Problem, lang: Lang) -> String {
    let what = format!("{} ({})", problem.kind.message(lang), problem.kind.done(lang));
    match (problem.row, problem.place) {
        (Some(row), Some(place)) => tr!(
            lang,
            "info.problem",
            n = row + 1,
            label = layer.label(row),
            line = place.line,
            column = place.column,
            what = what
        )
        .into_owned(),
        (Some(row), None) => {
            tr!(lang, "info.problem_row", n = row + 1, label = layer.label(row), what = what).into_owned()
        }
        (None, _) => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::read_layer_bytes;

    #[test]
    fn layers_are_held_against_those_that_share_features_with_them() {
        let layer = |name: &str, features: &[(usize, &str)]| {
            let feature = |(id, called): &(usize, &str)| {
                format!(r#"{{"type":"Feature","id":{id},"properties":{{"name":"{called}"}},"geometry":null}}"#)
            };
            let features: Vec<String> = features.iter().map(feature).collect();
            let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
            let read = read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default());
            read.expect("readable")
        };
        let layers = [
            layer("a", &[(1, "甲"), (2, "乙"), (2, "乙")]),
            layer("b", &[(1, "丙"), (3, "丁")]),
            layer("c", &[(2, "乙"), (3, "丁")]),
            layer("d", &[(9, "甲")]),
        ];
        let pairs: Vec<_> = comparable(&layers).into_iter().collect();
        assert_eq!(pairs, [(0, 2), (1, 2), (2, 0), (2, 1)]);
    }
}
