//! GPX 1.0 and 1.1: waypoints, routes and tracks as three layers, our own reader on a stream of XML.
//!
//! Two passes, as for KML: one tells columns, one gives rows. Positions are WGS 84; heights are Z. Times of positions are kept as the
//! columns `begin` and `end`; texts of extensions are columns.

mod feature;

use super::xml::{Charset, Column, Xml, bad_bytes_note, cell, guessed_note, root_of};
use super::{Bytes, Cell, Format, FormatError, Input, LayerInfo, Note, RawKind, ReadHints, RowSink, Schema};
use crate::i18n::{Said, tr};
use crate::model::GeometryKind;
use crate::progress::Progress;
use feature::{Feature, Want, declared};
use std::collections::HashMap;
use std::sync::Arc;

/// The layers: element, name, kind.
const LAYERS: [(&str, &str, GeometryKind); 3] = [
    ("wpt", "waypoints", GeometryKind::Point),
    ("rte", "routes", GeometryKind::LineString),
    ("trk", "tracks", GeometryKind::MultiLineString),
];

/// The most columns of a layer.
const MOST_FIELDS: usize = 1000;

/// GPX.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gpx;

/// What the first pass tells of a layer.
#[derive(Debug, Default)]
struct Found {
    rows: u64,
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
}

/// The first pass.
struct Scan {
    charset: Charset,
    declared: Option<Charset>,
    has_bad_bytes: bool,
    layers: [Found; 3],
    unknown: Option<String>,
}

impl Scan {
    fn of(bytes: &Arc<dyn Bytes>, hints: &ReadHints, progress: Option<&Progress>) -> Result<Self, FormatError> {
        let charset = Charset::of(bytes.as_ref(), hints)?;
        let (scan, is_doubtful) = Self::in_charset(bytes, charset, progress)?;
        if is_doubtful
            && let Some(other) = charset.other()
            && let Ok((better, false)) = Self::in_charset(bytes, other, progress)
        {
            return Ok(Self { declared: Some(charset), ..better });
        }
        Ok(scan)
    }

    fn in_charset(
        bytes: &Arc<dyn Bytes>,
        charset: Charset,
        progress: Option<&Progress>,
    ) -> Result<(Self, bool), FormatError> {
        let mut xml = Xml::new(Arc::clone(bytes), charset, &[]);
        let mut scan =
            Self { charset, declared: None, has_bad_bytes: false, layers: Default::default(), unknown: None };
        let mut feature = Feature::default();
        let mut unknown = None;
        each(&mut xml, &mut unknown, progress, |xml, at| {
            let layer = &mut scan.layers[at];
            layer.rows += 1;
            feature.read(xml, LAYERS[at].2, Want::Fields)?;
            for (name, value) in feature.pairs() {
                let column = match layer.by_name.get(name) {
                    Some(column) => *column,
                    None if layer.columns.len() == MOST_FIELDS => {
                        let said = Said::told(|lang| tr!(lang, "format.gpx.many_fields").into_owned());
                        return Err(FormatError::refused(said).at(xml.line()));
                    }
                    None => {
                        let mut column = Column { name: name.clone(), ..Column::default() };
                        column.seen.declare(declared(name));
                        layer.by_name.insert(name.clone(), layer.columns.len());
                        layer.columns.push(column);
                        layer.columns.len() - 1
                    }
                };
                layer.columns[column].seen.observe(value);
            }
            Ok(())
        })?;
        scan.unknown = unknown;
        scan.has_bad_bytes = xml.has_bad_bytes();
        Ok((scan, xml.is_encoding_doubtful()))
    }
}

/// Calls `take` for each feature that was just opened, with its layer's number.
fn each(
    xml: &mut Xml,
    unknown: &mut Option<String>,
    progress: Option<&Progress>,
    mut take: impl FnMut(&mut Xml, usize) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    xml.root()?;
    if xml.name() != "gpx" {
        let name = xml.name().chars().take(60).collect::<String>();
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.gpx.not_gpx", name = name).into_owned())));
    }
    let mut told = 0;
    while xml.child()? {
        match LAYERS.iter().position(|(element, ..)| *element == xml.name()) {
            Some(at) => take(xml, at)?,
            None => {
                let is_about_file =
                    ["metadata", "extensions", "name", "desc", "author", "email", "url", "urlname", "time"]
                        .iter()
                        .chain(&["keywords", "bounds", "link", "copyright"])
                        .any(|name| *name == xml.name());
                if !is_about_file && unknown.is_none() {
                    *unknown = Some(xml.name().chars().take(60).collect());
                }
                xml.skip()?;
            }
        }
        if let Some(progress) = progress {
            let at = xml.at();
            progress.advance(at - told)?;
            told = at;
        }
    }
    xml.finish()
}

impl Format for Gpx {
    fn name(&self) -> &'static str {
        "GPX"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["gpx"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        match root_of(head) {
            Some(root) => root == "gpx",
            // A long comment before the root.
            None => input.extension() == "gpx" && memchr::memchr(b'<', head).is_some(),
        }
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let scan = Scan::of(&input.open()?, hints, None)?;
        let is_empty = scan.layers.iter().all(|layer| layer.rows == 0);
        let layers = scan.layers.iter().zip(LAYERS).filter(|(layer, _)| layer.rows > 0 || is_empty);
        let info = |(layer, (_, name, kind)): (&Found, (&str, &str, GeometryKind))| LayerInfo {
            name: name.to_owned(),
            title: None,
            kinds: vec![RawKind::Simple(kind)],
            is_table: false,
            rows: Some(layer.rows),
            crs: Some("EPSG:4326".to_owned()),
        };
        Ok(layers.map(info).collect())
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let bytes = input.open()?;
        progress.start(bytes.len().saturating_mul(2));
        let Some(wanted) = LAYERS.iter().position(|(_, name, _)| *name == layer) else {
            let said = Said::told(|lang| tr!(lang, "format.gpx.no_layer", layer = layer).into_owned());
            return Err(FormatError::refused(said));
        };
        let scan = Scan::of(&bytes, hints, Some(progress))?;
        let found = &scan.layers[wanted];
        let kinds = found.columns.iter().map(|column| column.seen.kind()).collect::<Vec<_>>();
        sink.schema(&Schema {
            name: layer.to_owned(),
            title: None,
            fields: found.columns.iter().map(Column::field).collect(),
            crs: Some("EPSG:4326".to_owned()),
            encoding: Some(scan.charset.name().to_owned()),
            has_ids: false,
            is_table: false,
            rows: Some(found.rows),
        })?;
        layer_notes(&scan, found, sink);
        let mut xml = Xml::new(bytes, scan.charset, &[]);
        let mut feature = Feature::default();
        let mut row = 0;
        each(&mut xml, &mut None, Some(progress), |xml, at| {
            if at != wanted {
                return xml.skip();
            }
            feature.read(xml, LAYERS[at].2, Want::All)?;
            let mut cells = vec![Cell::Missing; kinds.len()];
            let mut unfit = None;
            for (name, value) in feature.pairs() {
                let Some(at) = found.by_name.get(name).copied() else { continue };
                cells[at] = cell(kinds[at], value).unwrap_or_else(|| {
                    unfit = Some((name, value));
                    Cell::Null
                });
            }
            if let Some((field, value)) = unfit {
                let value = value.chars().take(40).collect::<String>();
                let said = Said::told(|lang| tr!(lang, "format.gpx.value", field = field, value = value).into_owned());
                sink.note(Note { row: Some(row), said, kind: "format.gpx.value", is_doubt: true });
            }
            row_notes(&feature, row, sink);
            xml.notes(Some(row), |note| sink.note(note));
            row += 1;
            sink.row(None, &cells, (!feature.doubts.is_empty).then_some(&feature.geometry))
        })
    }
}

/// What is said of the whole layer.
fn layer_notes(scan: &Scan, found: &Found, sink: &mut dyn RowSink) {
    if let Some(declared) = scan.declared {
        sink.note(guessed_note(declared, scan.charset));
    }
    if scan.has_bad_bytes {
        sink.note(bad_bytes_note(scan.charset));
    }
    for column in found.columns.iter().filter(|column| column.seen.is_other_than_declared()) {
        let said = Said::told(|lang| tr!(lang, "format.gpx.field_kind", field = column.name).into_owned());
        sink.note(Note { row: None, said, kind: "format.gpx.field_kind", is_doubt: true });
    }
    if let Some(name) = &scan.unknown {
        let said = Said::told(|lang| tr!(lang, "format.gpx.unknown", name = name).into_owned());
        sink.note(Note { row: None, said, kind: "format.gpx.unknown", is_doubt: true });
    }
}

/// What is said of a row.
fn row_notes(feature: &Feature, row: usize, sink: &mut dyn RowSink) {
    let doubts = feature.doubts;
    macro_rules! note {
        ($holds:expr, $key:literal $(, $name:ident = $value:expr)*) => {
            if $holds {
                let said = Said::told(|lang| tr!(lang, $key $(, $name = $value)*).into_owned());
                sink.note(Note { row: Some(row), said, kind: $key, is_doubt: true });
            }
        };
    }
    note!(doubts.bad_positions > 0, "format.gpx.bad_position", n = doubts.bad_positions);
    note!(doubts.is_out_of_range, "format.gpx.out_of_range");
    note!(doubts.bad_heights > 0, "format.gpx.bad_height", n = doubts.bad_heights);
    note!(doubts.is_empty && doubts.bad_positions == 0, "format.gpx.empty");
    note!(doubts.has_times, "format.gpx.times");
    note!(doubts.has_values, "format.gpx.values");
    note!(doubts.has_repeated, "format.gpx.repeated");
}

#[cfg(test)]
mod tests;
