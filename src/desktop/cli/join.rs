//! `join`: a layer with the values of a table, by a key.

use super::convert::write;
use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::geodesy::crs::Crs;
use crate::io::geojson::EditError;
use crate::io::{Form, Guard, read_layer};
use crate::query::{JoinError, Joined, join_table};
use crate::report::joined_lines;
use std::path::Path;

pub(super) fn run(common: &Common, layer: &Path, table: &Path, on: &str, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let guard = Guard::new([layer, table]);
    let output = Output::new(common, out, &guard, Form::Layer)?;
    let (own, theirs) = on.split_once('=').unwrap_or((on, on));
    let watched = Watched::new();
    let options = common.read_options().in_one_snapshot();
    let subject = read_layer(layer, &options, watched.progress())?;
    // The name of a layer is that of the first file's.
    let table = read_layer(table, &crate::io::ReadOptions { layer: None, ..options }, watched.progress())?;
    common.check_layer(&subject)?;
    let (joined, changes) = join_table(&subject, own, &table, theirs, watched.progress()).map_err(|e| match e {
        JoinError::Edit(EditError::Cancelled(_)) => Failure::Cancelled,
        JoinError::NoColumn { .. } => Failure::Usage(e.message(lang)),
        JoinError::Edit(_) => Failure::Input(e.message(lang)),
    })?;
    let now = subject.with_edits(&changes);
    let rows: Vec<usize> = now.rows().collect();
    output.begin(&watched);
    write(common, &output, &now, &rows, &Crs::wgs84(), &guard, watched.progress())?;
    drop(watched);
    let text = match common.json {
        true => format!("{}\n", to_json(&joined, rows.len(), table.len())),
        false => joined_lines(&joined, true, lang).iter().fold(String::new(), |mut text, line| {
            say::line(&mut text, line);
            text
        }),
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
