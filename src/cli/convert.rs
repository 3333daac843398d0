//! `convert`: a layer in longitude and latitude, UTF-8, by RFC 7946.

use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::write_converted;
use crate::io::{Form, Guard, read_layer};
use crate::query::expression::Expression;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(common: &Common, input: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, &Guard::new([input]), Form::GeoJson)?;
    let watched = Watched::new();
    let layer = read_layer(input, &common.read_options(), watched.progress())?;
    common.check_layer(&layer)?;
    let indexed = IndexedLayer::new(Arc::new(layer));
    let layer = indexed.layer();
    let rows: Vec<usize> = match &common.subject_where {
        None => layer.rows().collect(),
        Some(text) => Expression::parse(text)
            .and_then(|condition| condition.rows(&indexed))
            .map_err(|e| Failure::Usage(e.message(lang)))?,
    };
    watched.begin_saving();
    output.write(|out| write_converted(layer, &rows, out))?;
    drop(watched);
    let features = layer.feature_count();
    let text = if common.json {
        let left_out = rows.iter().filter(|row| layer.unusable[**row]).count();
        format!("{}\n", serde_json::json!({"features_in": features, "matched": rows.len(), "left_out": left_out}))
    } else {
        let mut line = String::new();
        say::line(&mut line, tr!(lang, "convert.done", n = count(rows.len()), file = out.display()));
        line
    };
    output.print(&text)
}
