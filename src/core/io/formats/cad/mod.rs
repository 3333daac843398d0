//! Drawings: DXF (text and binary) and DWG, read with the crate `acadrust`; DXF written.
//!
//! A layer of the program is what one CAD layer holds of one shape: a CAD layer with points alone, lines alone or areas alone
//! keeps its name, a mixed one becomes `名·点`, `名·线`, `名·面`. Points are POINT, texts and inserted blocks; areas are closed
//! polylines, circles, whole ellipses, closed splines, hatches and faces. An INSERT gives a point (with its attributes as
//! columns) and its block's entities, each a row with the same attributes; entities of layer 0 in a block are on the layer of
//! the INSERT. Coordinates are in metres where the drawing's unit is known; there is never a coordinate system.

mod clean;
mod curve;
mod draw;
mod encoding;
mod explode;
mod frame;
mod hatch;
mod kind;
mod load;
mod losses;
mod mesh;
mod notes;
mod pairs;
mod plan;
mod ring;
mod rows;
mod space;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod troubles;
mod units;
mod write;
mod xdata;

use super::{Format, FormatError, FormatPlace, Input, LayerInfo, RawKind, ReadHints, RowSink};
use crate::i18n::{Lang, Said, tr};
use crate::io::room::times;
use crate::model::GeometryKind;
use crate::progress::Progress;
use kind::Shape;
use load::{Drawing, Kind};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// DXF: drawings as text or its binary form, all versions. Also writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dxf;

/// DWG: drawings of AutoCAD R12 to 2018 and later.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dwg;

impl Format for Dxf {
    fn name(&self) -> &'static str {
        "DXF"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dxf"]
    }

    fn can_say_where(&self) -> bool {
        false
    }

    fn is_it(&self, _: &Input, head: &[u8]) -> bool {
        if head.starts_with(b"AutoCAD Binary DXF") {
            return true;
        }
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let mut lines =
            head.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        loop {
            match (lines.next(), lines.next()) {
                (Some(b"999"), Some(_)) => {}
                (Some(b"0"), Some(b"SECTION")) => return true,
                _ => return false,
            }
        }
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        // Every entity is held with its tags before it is drawn.
        times(input.size(), 9.0)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        layers(input, Kind::Dxf, hints)
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        read(input, Kind::Dxf, layer, hints, sink, progress)
    }
}

impl Format for Dwg {
    fn name(&self) -> &'static str {
        "DWG"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dwg"]
    }

    fn can_say_where(&self) -> bool {
        false
    }

    fn is_it(&self, _: &Input, head: &[u8]) -> bool {
        let is_release = |head: &[u8]| head.iter().all(u8::is_ascii_digit);
        head.get(..6).is_some_and(|head| {
            (head.starts_with(b"AC10") && is_release(&head[4..]))
                || head.starts_with(b"AC1.")
                || head.starts_with(b"AC2.")
        })
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        // As the same drawing in text, which is some three times as long.
        times(input.size(), 27.0)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        layers(input, Kind::Dwg, hints)
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        read(input, Kind::Dwg, layer, hints, sink, progress)
    }
}

/// A refusal.
fn refuse(say: impl Fn(Lang) -> String) -> FormatError {
    FormatError::refused(Said::told(say))
}

/// Which file a drawing is of: path, length, time of change and a hash of its start and end;
/// or a hash of the whole where it has no path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    kind: Kind,
    encoding: Option<String>,
    length: u64,
    path: Option<std::path::PathBuf>,
    changed: Option<std::time::SystemTime>,
    hash: [u64; 2],
}

/// The drawing that was listed last, with the layers that were not read yet: a drawing is decoded whole, and its layers are
/// read one after another. It is dropped with the last of them, or for the next drawing.
struct Held {
    identity: Identity,
    drawing: Arc<Drawing>,
    left: HashSet<String>,
}

static HELD: Mutex<Option<Held>> = Mutex::new(None);

fn identity(input: &Input, kind: Kind, hints: &ReadHints) -> Result<Identity, FormatError> {
    use std::hash::Hasher;
    let file = input.open()?;
    let path = file.path().map(std::path::Path::to_owned);
    let changed = path.as_ref().and_then(|path| std::fs::metadata(path).ok()?.modified().ok());
    let mut hashers = [std::hash::DefaultHasher::new(), std::hash::DefaultHasher::new()];
    hashers[1].write_u8(1);
    let mut at = 0;
    while at < file.len() {
        let piece = file.stretch(at, 1 << 18)?;
        hashers.iter_mut().for_each(|hasher| hasher.write(&piece));
        at += piece.len() as u64;
        // With a path and a time, the start and the end tell two versions apart.
        if changed.is_some() {
            at = at.max(file.len().saturating_sub(1 << 16));
        }
    }
    let hash = hashers.map(|hasher| hasher.finish());
    Ok(Identity { kind, encoding: hints.encoding.clone(), length: file.len(), path, changed, hash })
}

fn layers(input: &Input, kind: Kind, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
    let identity = identity(input, kind, hints)?;
    let drawing = Arc::new(load::load(input, kind, hints, None)?);
    rows::check(&drawing)?;
    let infos: Vec<LayerInfo> = if drawing.plan.sheets.is_empty() {
        vec![info("0", Vec::new(), 0)]
    } else {
        drawing
            .plan
            .sheets
            .iter()
            .map(|sheet| info(&sheet.name, kinds(sheet.shape, sheet.has_multi), sheet.rows))
            .collect()
    };
    let left = infos.iter().map(|info| info.name.clone()).collect();
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held { identity, drawing, left });
    Ok(infos)
}

fn info(name: &str, kinds: Vec<RawKind>, rows: u64) -> LayerInfo {
    LayerInfo { name: name.to_owned(), title: None, kinds, is_table: false, rows: Some(rows), crs: None }
}

fn kinds(shape: Shape, has_multi: bool) -> Vec<RawKind> {
    let (one, many) = match shape {
        Shape::Point => (GeometryKind::Point, None),
        Shape::Line => (GeometryKind::LineString, has_multi.then_some(GeometryKind::MultiLineString)),
        Shape::Area => (GeometryKind::Polygon, has_multi.then_some(GeometryKind::MultiPolygon)),
    };
    std::iter::once(one).chain(many).map(RawKind::Simple).collect()
}

fn read(
    input: &Input,
    kind: Kind,
    layer: &str,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let identity = identity(input, kind, hints)?;
    let held = {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.as_mut().filter(|held| held.identity == identity);
        let drawing = found.map(|held| {
            held.left.remove(layer);
            (Arc::clone(&held.drawing), held.left.is_empty())
        });
        if drawing.as_ref().is_some_and(|(_, is_last)| *is_last) {
            *held = None;
        }
        drawing.map(|(drawing, _)| drawing)
    };
    let drawing = match held {
        Some(drawing) => drawing,
        None => Arc::new(load::load(input, kind, hints, Some(progress))?),
    };
    rows::check(&drawing)?;
    rows::give(&drawing, layer, sink, progress)
}

/// The refusal of a layer that is not in the drawing.
fn no_layer(name: &str) -> FormatError {
    refuse(|lang| tr!(lang, "format.cad.no_layer", name = name).into_owned()).at(FormatPlace::Member(name.to_owned()))
}
