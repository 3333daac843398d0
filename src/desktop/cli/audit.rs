//! `audit`: two versions of a layer of areas, and whether the promises about it are kept.

use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure, memory, say};
use crate::i18n::{Lang, between, count, tr};
use crate::index::IndexedLayer;
use crate::io::{Form, Guard, read_layer};
use crate::model::Role;
use crate::query::{AskError, Audit, AuditBy, LandChange, Qualities, Quality, Unjudged, audit, memory_needed_by_audit};
use crate::report::{AreaUnit, area_text, timestamp};
use crate::vocabulary::{Reading, Vocabulary};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

pub(super) fn run(
    common: &Common,
    before: &Path,
    after: &Path,
    by: &AuditBy,
    core: Option<&str>,
    out: &Path,
) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, &Guard::new([before, after]), Form::GeoJson)?;
    let watched = Watched::new();
    let started = Instant::now();
    let options = common.read_options().in_one_snapshot();
    let read = |path: &Path| -> Result<IndexedLayer, Failure> {
        let layer = read_layer(path, &options, watched.progress())?;
        common.check_layer(&layer)?;
        Ok(IndexedLayer::new(Arc::new(layer)))
    };
    let (old, new) = (read(before)?, read(after)?);
    // Whether land is core is told by the data's own column, where there is one.
    let core = core.unwrap_or("core");
    let by = AuditBy {
        functions: by.function.as_deref().map(|name| functions(&old, &new, name)).transpose()?,
        cores: cores(&old, &new, core),
        ..by.clone()
    };
    let read_seconds = started.elapsed().as_secs_f64();
    let compares = usize::from(by.functions.is_some()) + usize::from(by.cores.is_some());
    memory::check(common, memory_needed_by_audit(&old, &new, compares), "cli.too_large_layers")?;
    let started = Instant::now();
    let found = audit(&old, &new, &by, watched.progress()).map_err(|e| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        e => Failure::Usage(e.to_string()),
    })?;
    let query_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    output.begin(&watched);
    output.write(|out| found.write_geojson(&old, &new, &by, &timestamp(), out))?;
    let write_seconds = started.elapsed().as_secs_f64();
    drop(watched);
    let why = not_judged(&found, &by, [&old, &new], core, lang);
    let text = if common.json {
        let mut json = serde_json::json!(found);
        json["not_judged"] = serde_json::json!(why);
        json["matched"] = found.pieces.len().into();
        json["seconds"] = serde_json::json!({ "read": read_seconds, "query": query_seconds, "write": write_seconds });
        format!("{json}\n")
    } else {
        told(&found, why, lang)
    };
    output.print(&text)
}

/// What both versions say in a column.
fn functions(old: &IndexedLayer, new: &IndexedLayer, column: &str) -> Result<Arc<Qualities>, Failure> {
    let found = Qualities::of_columns(old.layer(), new.layer(), column);
    found.map(Arc::new).ok_or_else(|| Failure::Usage(AskError::NoColumn(column.to_owned()).to_string()))
}

/// Which land is core, where both versions have that column.
fn cores(old: &IndexedLayer, new: &IndexedLayer, column: &str) -> Option<Arc<Qualities>> {
    let property = Vocabulary::builtin().property(Role::RedLine, "core")?;
    let of = |indexed: &IndexedLayer| {
        let layer = indexed.layer();
        let column = layer.attributes.column(column)?;
        let read = |row: usize| property.read(&layer.attributes.value(row, column), &property.name);
        let core = || Some("core".to_owned());
        let quality = |row: usize| match read(row) {
            Reading::Truth(true) => Quality { main: core(), all: core().into_iter().collect(), ..Quality::default() },
            Reading::Truth(false) => Quality::default(),
            _ => Quality { is_unknown: true, ..Quality::default() },
        };
        Some((0..layer.len()).map(quality).collect::<Vec<_>>())
    };
    Some(Arc::new(Qualities { before: of(old)?, after: of(new)? }))
}

/// Why promises are not judged, each reason once.
fn not_judged(found: &Audit, by: &AuditBy, [old, new]: [&IndexedLayer; 2], core: &str, lang: Lang) -> Vec<String> {
    let file = |layer: &IndexedLayer| layer.layer().source.file_name.clone();
    let mut why = Vec::new();
    if [found.kept.area, found.kept.function, found.kept.nature].contains(&None) {
        why.extend(found.unjudged.iter().map(|of| match *of {
            Unjudged::NothingBefore => tr!(lang, "audit.why_nothing", file = file(old)),
            Unjudged::NothingAfter => tr!(lang, "audit.why_nothing", file = file(new)),
            Unjudged::NothingCommon => tr!(lang, "audit.why_nothing_common"),
            Unjudged::LeftOutBefore(n) => tr!(lang, "audit.why_left_out", file = file(old), n = count(n)),
            Unjudged::LeftOutAfter(n) => tr!(lang, "audit.why_left_out", file = file(new), n = count(n)),
        }));
    }
    let doubtful_m2 = |change: LandChange| {
        let pieces = found.pieces.iter().filter(|piece| piece.change == change && piece.is_doubtful);
        Some(pieces.fold(0.0, |sum, piece| sum + piece.area_m2)).filter(|m2| *m2 > 0.0)
    };
    let area = |m2: f64| area_text(m2, AreaUnit::Hectare, lang);
    if found.kept.function.is_none() {
        let unknown = doubtful_m2(LandChange::Function);
        why.extend(by.functions.is_none().then(|| tr!(lang, "audit.why_no_function")));
        why.extend(unknown.map(|m2| tr!(lang, "audit.why_function_unknown", area = area(m2))));
    }
    if found.kept.nature.is_none() {
        let lacking = [old, new].into_iter().filter(|layer| layer.layer().attributes.column(core).is_none());
        let lacking: Vec<String> = lacking.map(file).collect();
        let files = lacking.join(between(lang));
        why.extend((!lacking.is_empty()).then(|| tr!(lang, "audit.why_no_core", files = files, column = core)));
        let unknown = doubtful_m2(LandChange::Downgraded);
        why.extend(unknown.map(|m2| tr!(lang, "audit.why_core_unknown", area = area(m2))));
    }
    why.into_iter().map(std::borrow::Cow::into_owned).collect()
}

fn told(found: &Audit, why: Vec<String>, lang: Lang) -> String {
    let area = |m2: f64| area_text(m2, AreaUnit::Hectare, lang);
    let yes = |kept: Option<bool>| match kept {
        Some(true) => tr!(lang, "audit.yes"),
        Some(false) => tr!(lang, "audit.no"),
        None => tr!(lang, "targets.undecided"),
    };
    let mut lines = vec![
        tr!(
            lang,
            "audit.area",
            before = area(found.before_m2),
            after = area(found.after_m2),
            kept = yes(found.kept.area)
        ),
        tr!(lang, "audit.land", lost = area(found.lost_m2), gained = area(found.gained_m2)),
        tr!(lang, "audit.function", area = area(found.changed_m2), kept = yes(found.kept.function)),
        tr!(lang, "audit.nature", area = area(found.downgraded_m2), kept = yes(found.kept.nature)),
    ];
    lines.extend(why.into_iter().map(Into::into));
    for (key, units) in [("audit.units_lost", &found.units_lost), ("audit.units_new", &found.units_new)] {
        if !units.is_empty() {
            lines.push(tr!(lang, key, units = units.join("、")));
        }
    }
    let renamed: Vec<String> =
        found.units.iter().filter_map(|u| Some(format!("{} → {}", u.key, u.renamed.as_ref()?))).collect();
    if !renamed.is_empty() {
        lines.push(tr!(lang, "audit.renamed", units = renamed.join("、")));
    }
    if found.slivers > 0 {
        let (lost, gained) = (area(found.slivers_lost_m2), area(found.slivers_gained_m2));
        lines.push(tr!(lang, "audit.slivers", n = count(found.slivers), lost = lost, gained = gained));
    }
    lines.iter().fold(String::new(), |mut text, line| {
        say::line(&mut text, line);
        text
    })
}
