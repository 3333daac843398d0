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
use crate::query::expression::Expression;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(common: &Common, input: &Path, out: &Path, to_crs: Option<&str>) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, &Guard::new([input]), Form::Layer)?;
    let crs = Crs::parse(to_crs.unwrap_or("CRS84")).map_err(|e| {
        let text = tr!(lang, "read.crs", name = e.name, cause = e.said.text(lang));
        Failure::Usage(text.into_owned())
    })?;
    let writer = output.file().and_then(formats::writer_of);
    if writer.is_none() && !crs.is_lon_lat() {
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
    watched.begin_saving();
    match writer {
        None => output.write(|out| write_converted(layer, &rows, out))?,
        Some(writer) => {
            let source = LayerRows::new(layer, &rows, &crs);
            for loss in writer.losses(&source) {
                say::warn(loss.what.text(lang));
            }
            let may_write = |path: &Path| match path == out {
                true => Ok(()),
                false => Guard::new([input]).part(path).and_then(|()| match common.overwrite {
                    true => Ok(()),
                    false => Guard::replaces_ours(path),
                }),
            };
            check_replaced(common, out)?;
            let written = formats::write(writer, &source, out, &may_write, watched.progress());
            written.map_err(|e| refusal(common, e))?;
        }
    }
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
