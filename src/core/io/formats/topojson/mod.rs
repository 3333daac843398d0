//! TopoJSON: our own reader. The text is held in memory (512 MiB at most); each object is a layer.
//!
//! TopoJSON does not say its coordinate system; one is given where the old `crs` member names it.

mod json;
mod rows;
mod topology;

use super::{
    Cell, Field, FieldKind, Format, FormatError, FormatPlace, Input, LayerInfo, Note, RawGeometry, RawKind, ReadHints,
};
use super::{RowSink, Schema};
use crate::i18n::{Said, tr};
use crate::progress::Progress;
use json::Json;
use rows::{Builder, Columns, Fault, Parts, each_row};
use std::borrow::Cow;
use topology::Topology;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 512 * 1024 * 1024;

/// TopoJSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct TopoJson;

/// The text of a file, the name of its encoding, and a note where it is doubtful.
fn text_of(input: &Input, hints: &ReadHints) -> Result<(String, &'static str, Option<Note>), FormatError> {
    let bytes = input.open()?;
    if bytes.len() > LARGEST {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.topojson.large").into_owned())));
    }
    let bytes = bytes.stretch(0, bytes.len() as usize)?;
    if let Some(label) = &hints.encoding {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            FormatError::refused(Said::told(|lang| {
                tr!(lang, "format.topojson.unknown_label", label = label).into_owned()
            }))
        })?;
        let (text, bad) = encoding.decode_with_bom_removal(&bytes);
        let note = bad.then(|| bad_bytes(encoding.name()));
        return Ok((text.into_owned(), encoding.name(), note));
    }
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(&bytes) {
        let (text, bad) = encoding.decode_without_bom_handling(&bytes[length..]);
        return Ok((text.into_owned(), encoding.name(), bad.then(|| bad_bytes(encoding.name()))));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, "UTF-8", None)),
        Err(e) => {
            let (text, bad) = encoding_rs::GB18030.decode_without_bom_handling(e.as_bytes());
            let said = Said::told(|lang| tr!(lang, "format.topojson.guessed").into_owned());
            let guessed = Note { row: None, said, kind: "format.topojson.guessed", is_doubt: true };
            Ok((text.into_owned(), "GB18030", Some(if bad { bad_bytes("GB18030") } else { guessed })))
        }
    }
}

fn bad_bytes(encoding: &str) -> Note {
    let said = Said::told(|lang| tr!(lang, "format.topojson.bad_bytes", encoding = encoding).into_owned());
    Note { row: None, said, kind: "format.topojson.bad_bytes", is_doubt: true }
}

impl Format for TopoJson {
    fn name(&self) -> &'static str {
        "TopoJSON"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["topojson"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if !text.starts_with('{') {
            return false;
        }
        let squeezed = text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        // In a large file the type may stand behind the arcs.
        squeezed.contains("\"type\":\"Topology\"")
            || input.extension() == "topojson"
            || squeezed.starts_with("{\"arcs\":[") && !squeezed.contains("\"FeatureCollection\"")
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let (text, ..) = text_of(input, hints)?;
        let topology = Topology::of(&text, input.stem())?;
        let info = |object: &topology::Object| {
            let columns = Columns::of(&text, &object.rows)?;
            Ok(LayerInfo {
                name: object.name.clone(),
                title: None,
                kinds: columns.kinds,
                is_table: false,
                rows: Some(columns.rows),
                crs: topology.crs.clone(),
            })
        };
        topology.objects.iter().map(info).collect()
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let (text, encoding, note) = text_of(input, hints)?;
        let topology = Topology::of(&text, input.stem())?;
        let Some(at) = topology.objects.iter().position(|object| object.name == layer) else {
            let said = Said::told(|lang| tr!(lang, "format.topojson.no_layer", layer = layer).into_owned());
            return Err(FormatError::refused(said));
        };
        let object = &topology.objects[at];
        let columns = Columns::of(&text, &object.rows)?;
        progress.start(columns.rows);
        let kinds = columns.all.iter().map(|column| column.kind()).collect::<Vec<_>>();
        let field = |(column, kind): (&rows::Column, &FieldKind)| Field::new(column.name.clone(), *kind);
        sink.schema(&Schema {
            name: layer.to_owned(),
            title: None,
            fields: columns.all.iter().zip(&kinds).map(field).collect(),
            crs: topology.crs.clone(),
            encoding: Some(encoding.to_owned()),
            has_ids: false,
            is_table: false,
            rows: Some(columns.rows),
        })?;
        if let Some(note) = note {
            sink.note(note);
        }
        layer_notes(&topology, &columns, at == 0, sink);
        let mut builder = Builder::new(&text, &topology);
        let mut geometry = RawGeometry::new(RawKind::Collection);
        let mut row = 0;
        let mut cells = Vec::new();
        each_row(&text, &object.rows, |json| {
            let place = json.place();
            progress.advance(1)?;
            let parts = rows::parts(json)?;
            cells.clear();
            cells.resize(kinds.len(), Cell::Missing);
            let Some(parts) = parts else {
                sink.note(fault_note(row, &Fault::Malformed));
                sink.row(None, &cells, None)?;
                row += 1;
                return Ok(());
            };
            fill(&text, &parts, &columns, &kinds, &mut cells).map_err(|e| e.at(FormatPlace::Byte(place as u64)))?;
            if parts.has_bad_properties {
                let said = Said::told(|lang| tr!(lang, "format.topojson.bad_properties").into_owned());
                sink.note(Note { row: Some(row), said, kind: "format.topojson.bad_properties", is_doubt: true });
            }
            let built = shape(&mut builder, &parts, &mut geometry, row, sink)?;
            sink.row(None, &cells, built.then_some(&geometry))?;
            row += 1;
            Ok(())
        })
    }
}

/// Builds a row's geometry and says what is doubtful of it; false where there is none.
fn shape(
    builder: &mut Builder<'_>,
    parts: &Parts<'_>,
    geometry: &mut RawGeometry,
    row: usize,
    sink: &mut dyn RowSink,
) -> Result<bool, FormatError> {
    // `"type": null` is a row without geometry.
    if parts.kind.as_deref() == Some("") {
        return Ok(false);
    }
    (builder.has_gap, builder.has_open_ring) = (false, false);
    if let Err(fault) = builder.build(parts, geometry)? {
        sink.note(fault_note(row, &fault));
        return Ok(false);
    }
    let mut note = |kind, said| sink.note(Note { row: Some(row), said, kind, is_doubt: true });
    if builder.has_gap {
        note("format.topojson.gap", Said::told(|lang| tr!(lang, "format.topojson.gap").into_owned()));
    }
    if builder.has_open_ring {
        note("format.topojson.open_ring", Said::told(|lang| tr!(lang, "format.topojson.open_ring").into_owned()));
    }
    if geometry.is_empty() {
        note("format.topojson.empty", Said::told(|lang| tr!(lang, "format.topojson.empty").into_owned()));
        return Ok(false);
    }
    Ok(true)
}

fn fault_note(row: usize, fault: &Fault) -> Note {
    let (kind, said) = match fault {
        Fault::Arc(arc) => {
            ("format.topojson.bad_arc", Said::told(|lang| tr!(lang, "format.topojson.bad_arc", arc = arc).into_owned()))
        }
        Fault::Malformed => {
            ("format.topojson.bad_geometry", Said::told(|lang| tr!(lang, "format.topojson.bad_geometry").into_owned()))
        }
        Fault::Type(name) => (
            "format.topojson.unknown_type",
            Said::told(|lang| tr!(lang, "format.topojson.unknown_type", name = name).into_owned()),
        ),
    };
    Note { row: Some(row), said, kind, is_doubt: true }
}

/// What is said of the whole layer.
fn layer_notes(topology: &Topology, columns: &Columns, is_first: bool, sink: &mut dyn RowSink) {
    let mut note = |kind, is_doubt, said| sink.note(Note { row: None, said, kind, is_doubt });
    if topology.has_trailing_comma {
        let said = Said::told(|lang| tr!(lang, "format.topojson.trailing_comma").into_owned());
        note("format.topojson.trailing_comma", false, said);
    }
    if is_first && topology.bad_objects > 0 {
        let n = topology.bad_objects;
        let said = Said::told(|lang| tr!(lang, "format.topojson.bad_object", n = n).into_owned());
        note("format.topojson.bad_object", true, said);
    }
    for column in columns.all.iter().filter(|column| column.is_mixed()) {
        let said = Said::told(|lang| tr!(lang, "format.topojson.mixed", field = column.name).into_owned());
        note("format.topojson.mixed", true, said);
    }
}

/// Puts a row's id and properties into their cells.
fn fill<'a>(
    text: &'a str,
    parts: &Parts<'a>,
    columns: &Columns,
    kinds: &[FieldKind],
    cells: &mut [Cell<'a>],
) -> Result<(), FormatError> {
    if let Some(id) = parts.id {
        cells[0] = cell(kinds[0], &mut Json::at(id, 0))?;
    }
    let Some(at) = parts.properties else { return Ok(()) };
    Json::at(text, at).object(|json, key| {
        if let Some(at) = columns.by_name.get(key.as_ref()) {
            cells[*at] = cell(kinds[*at], json)?;
            return Ok(());
        }
        json.raw().map(|_| ())
    })
}

/// The cell of a value in a column of a kind.
fn cell<'a>(kind: FieldKind, json: &mut Json<'a>) -> Result<Cell<'a>, FormatError> {
    let value = json.kind()?;
    if kind == FieldKind::Text && value == json::Kind::Text {
        return Ok(Cell::Text(json.string()?));
    }
    let raw = json.raw()?;
    // The kinds were told by these very texts.
    Ok(match kind {
        _ if value == json::Kind::Null => Cell::Null,
        FieldKind::Integer => raw.parse().map_or(Cell::Null, Cell::Integer),
        FieldKind::Real => raw.parse().ok().filter(|x: &f64| x.is_finite()).map_or(Cell::Null, Cell::Real),
        FieldKind::Decimal => Cell::Decimal(Cow::Borrowed(raw)),
        FieldKind::Bool => Cell::Bool(raw == "true"),
        FieldKind::Json => Cell::Json(Cow::Borrowed(raw)),
        _ => Cell::Text(Cow::Borrowed(raw)),
    })
}

#[cfg(test)]
mod tests;
