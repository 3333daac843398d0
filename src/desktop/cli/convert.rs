//! `convert`: a layer into another file, in the format of its ending: GeoJSON by RFC 7946 or another, in any coordinate system.

use super::output::{Output, check_replaced, refusal};
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::geodesy::crs::Crs;
use crate::i18n::{count, tr};
use crate::index::IndexedLayer;
use crate::io::formats::{self, LayerRows};
use crate::io::geojson::write_converted;
use crate::io::{Form, Guard, read_layer};
use crate::model::Layer;
use crate::progress::Progress;
use crate::query::expression::Expression;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(common: &Common, input: &Path, out: &Path, to_crs: Option<&str>) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, &Guard::new([input]), Form::Layer)?;
    let crs = Crs::parse(to_crs.unwrap_or("EPSG:4326")).map_err(|e| {
        let text = tr!(lang, "read.crs", name = e.name, cause = e.said.text(lang));
        Failure::Usage(text.into_owned())
    })?;
    let is_geojson = output.file().and_then(formats::writer_of).is_none();
    if is_geojson && !crs.is_lon_lat() {
        return Err(Failure::Usage(tr!(lang, "convert.geojson_is_lon_lat").into_owned()));
    }
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
    output.begin(&watched);
    write(common, &output, layer, &rows, &crs, &Guard::new([input]), watched.progress())?;
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

/// Writes rows of a layer where an output says, in the format of its ending. What will not survive is said before.
pub(super) fn write(
    common: &Common,
    output: &Output<'_>,
    layer: &Layer,
    rows: &[usize],
    crs: &Crs,
    guard: &Guard,
    progress: &Progress,
) -> Result<(), Failure> {
    let Some((out, writer)) = output.file().and_then(|out| Some((out, formats::writer_of(out)?))) else {
        return output.write(|out| write_converted(layer, rows, out));
    };
    formats::check_fields(writer, layer, out).map_err(|e| refusal(common, e))?;
    let source = LayerRows::new(layer, rows, crs);
    for loss in writer.losses(&source) {
        say::warn(loss.what.text(common.lang()));
    }
    let may_write = |path: &Path| match path == out {
        true => Ok(()),
        // What belongs to a file that somebody named is named with it.
        false => guard.beside(path).and_then(|()| match common.overwrite {
            true => Ok(()),
            false => Guard::replaces_ours(path),
        }),
    };
    check_replaced(common, out)?;
    formats::write(writer, &source, out, &may_write, progress).map_err(|e| refusal(common, e))
}
