//! `convert`: a layer in longitude and latitude, UTF-8, by RFC 7946.

use super::output::Output;
use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{count, tr};
use crate::io::geojson::write_anew;
use crate::io::read_layer;
use std::path::Path;

pub(super) fn run(common: &Common, input: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, [input])?;
    let watched = Watched::new();
    let layer = read_layer(input, &common.read_options(), watched.progress())?;
    common.check_layer(&layer)?;
    watched.begin_saving();
    output.write(|out| write_anew(&layer, out))?;
    drop(watched);
    let features = layer.feature_count();
    let text = if common.json {
        let left_out = layer.rows().filter(|row| layer.unusable[*row]).count();
        format!("{}\n", serde_json::json!({"features_in": features, "matched": features, "left_out": left_out}))
    } else {
        format!("{}\n", tr!(lang, "convert.done", n = count(features), file = out.display()))
    };
    output.print(&text)
}
