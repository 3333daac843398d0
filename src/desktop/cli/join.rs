//! `join`: a layer with the values of a table, by a key.

use super::convert::write;
use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, between, count, tr};
use crate::io::{Form, Guard, read_layer};
use crate::query::{JoinError, Joined, join_table};
use std::path::Path;

/// Keys that stand twice and are named.
const NAMED: usize = 10;

pub(super) fn run(common: &Common, layer: &Path, table: &Path, on: &str, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let guard = Guard::new([layer, table]);
    let output = Output::new(common, out, &guard, Form::Layer)?;
    let (own, theirs) = on.split_once('=').unwrap_or((on, on));
    let watched = Watched::new();
    let options = common.read_options();
    let subject = read_layer(layer, &options, watched.progress())?;
    // The name of a layer is that of the first file's.
    let table = read_layer(table, &crate::io::ReadOptions { layer: None, ..options }, watched.progress())?;
    common.check_layer(&subject)?;
    let (joined, changes) = join_table(&subject, own, &table, theirs, watched.progress()).map_err(|e| match e {
        JoinError::NoColumn { layer, column } => {
            Failure::Usage(tr!(lang, "join.no_column", layer = layer, column = column).into_owned())
        }
        JoinError::Edit(crate::io::geojson::EditError::Cancelled(_)) => Failure::Cancelled,
        JoinError::Edit(e) => Failure::Input(e.message(lang)),
    })?;
    let now = subject.with_edits(&changes);
    let rows: Vec<usize> = now.rows().collect();
    watched.begin_saving();
    write(common, &output, &now, &rows, &Crs::wgs84(), &guard, watched.progress())?;
    drop(watched);
    let text = match common.json {
        true => format!("{}\n", to_json(&joined, rows.len(), table.len())),
        false => to_text(&joined, lang),
    };
    output.print(&text)
}

fn to_json(joined: &Joined, features: usize, rows: usize) -> serde_json::Value {
    let keys = |twice: &[(String, Vec<usize>)]| twice.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    serde_json::json!({
        "features_in": features,
        "rows_in": rows,
        "matched": joined.pairs.len(),
        "layer_only": joined.only_layer.len(),
        "table_only": joined.only_table.len(),
        "layer_without_key": joined.layer_without_key.len(),
        "table_without_key": joined.table_without_key.len(),
        "layer_twice": keys(&joined.layer_twice),
        "table_twice": keys(&joined.table_twice),
        "zeros": joined.zeros,
        "left_out": 0,
    })
}

fn to_text(joined: &Joined, lang: Lang) -> String {
    let mut lines = String::new();
    let n = |rows: &[usize]| count(rows.len());
    say::line(&mut lines, tr!(lang, "join.matched", n = count(joined.pairs.len())));
    for (key, rows) in [
        ("join.layer_only", &joined.only_layer),
        ("join.table_only", &joined.only_table),
        ("join.layer_without_key", &joined.layer_without_key),
        ("join.table_without_key", &joined.table_without_key),
    ] {
        if !rows.is_empty() {
            say::line(&mut lines, tr!(lang, key, n = n(rows)));
        }
    }
    for (key, twice) in [("join.layer_twice", &joined.layer_twice), ("join.table_twice", &joined.table_twice)] {
        if !twice.is_empty() {
            let keys: Vec<&str> = twice.iter().take(NAMED).map(|(key, _)| &**key).collect();
            say::line(&mut lines, tr!(lang, key, n = count(twice.len()), keys = keys.join(between(lang))));
        }
    }
    if !joined.zeros.is_empty() {
        let pairs = joined.zeros.iter().take(NAMED).map(|(own, theirs)| format!("{own} ≠ {theirs}"));
        say::line(&mut lines, tr!(lang, "join.zeros", keys = pairs.collect::<Vec<_>>().join(between(lang))));
    }
    lines
}
