//! 拐点坐标: the text in which land offices exchange boundary points of parcels, in and out.

mod lines;
mod rings;
mod system;
#[cfg(test)]
mod tests;
mod write;

use super::tabular::{Lex, RowNotes, lex};
use super::text::{TextEncoding, detect};
use super::{
    Bytes, Cell, Field, FieldKind, Format, FormatError, FormatPlace, Input, LayerInfo, RawGeometry, RawKind, ReadHints,
    RowSink, Schema,
};
use crate::i18n::{Said, tr};
use crate::model::GeometryKind;
use crate::progress::Progress;
use lines::{Line, each_line, read_line};
use rings::Points;
use std::borrow::Cow;
use system::Told;

/// 拐点坐标 txt.
#[derive(Clone, Copy, Debug, Default)]
pub struct BoundaryPoints;

/// The cells of a parcel's line, and the kinds of their fields.
const FIELDS: [(&str, FieldKind); 8] = [
    ("界址点数", FieldKind::Integer),
    ("地块面积", FieldKind::Decimal),
    ("地块编号", FieldKind::Text),
    ("地块名称", FieldKind::Text),
    ("记录图形属性", FieldKind::Text),
    ("图幅号", FieldKind::Text),
    ("地块用途", FieldKind::Text),
    ("地类编码", FieldKind::Text),
];

/// True where the first bytes of a file are of a 拐点坐标 text in any of its encodings.
pub fn looks_like_boundary_points(head: &[u8]) -> bool {
    let encodings = match encoding_rs::Encoding::for_bom(head) {
        Some((encoding, _)) => [Some(encoding), None],
        None => [Some(encoding_rs::UTF_8), Some(encoding_rs::GB18030)],
    };
    encodings.into_iter().flatten().any(|encoding| {
        let (text, _) = encoding.decode_without_bom_handling(head);
        text.contains("[属性描述]")
            || text.contains("[地块坐标]")
            || text
                .lines()
                .take(3)
                .any(|line| matches!(read_line(line), Line::Parcel(cells) if (7..=12).contains(&cells.len())))
    })
}

/// A text, its encoding told and looked through once.
struct Source {
    bytes: std::sync::Arc<dyn Bytes>,
    encoding: TextEncoding,
    told: Told,
    kinds: Vec<RawKind>,
    parcels: u64,
    /// Cells of a parcel's line, at most.
    width: usize,
}

fn kind_of(word: &str) -> Option<GeometryKind> {
    match word {
        "点" => Some(GeometryKind::Point),
        "线" => Some(GeometryKind::LineString),
        "面" | "" => Some(GeometryKind::Polygon),
        _ => None,
    }
}

impl Source {
    fn open(input: &Input, hints: &ReadHints, progress: &Progress) -> Result<Self, FormatError> {
        let bytes = input.open()?;
        progress.start(bytes.len().saturating_mul(3));
        let encoding = detect(&*bytes, hints.encoding.as_deref(), u64::MAX, progress)?;
        let mut source = Self {
            bytes: std::sync::Arc::clone(&bytes),
            encoding,
            told: Told::default(),
            kinds: Vec::new(),
            parcels: 0,
            width: 0,
        };
        let mut is_ours = false;
        let mut loose = 0_u64;
        each_line(&*bytes, &encoding, progress, &mut |text, number, _| {
            match read_line(text) {
                Line::Section(name) => is_ours |= name.contains("属性描述") || name.contains("地块坐标"),
                Line::Description(key, value) if source.parcels == 0 => {
                    if source.told.description.len() < 100 {
                        source.told.description.push((key.to_owned(), value.to_owned()));
                    }
                }
                Line::Parcel(cells) => {
                    is_ours = true;
                    source.parcels += 1;
                    source.width = source.width.max(cells.len());
                    let kind = kind_of(cells.get(4).copied().unwrap_or_default()).map(RawKind::Simple);
                    if let Some(kind) = kind
                        && !source.kinds.contains(&kind)
                    {
                        source.kinds.push(kind);
                    }
                }
                Line::Point { first, second, .. } => {
                    loose += u64::from(source.parcels == 0);
                    source.told.see(first, second);
                }
                Line::Description(..) | Line::Blank | Line::Unknown(_) => {}
            }
            if source.width > 64 {
                let said = Said::told(|lang| tr!(lang, "format.points.many_cells").into_owned());
                return Err(FormatError::refused(said).at(FormatPlace::Line(number)));
            }
            Ok(())
        })?;
        if !is_ours || (loose > 0 && source.parcels > 0) {
            let said = Said::told(|lang| tr!(lang, "format.points.no_parcel").into_owned());
            return Err(FormatError::refused(said));
        }
        if source.parcels == 0 && loose > 0 {
            let said = Said::told(|lang| tr!(lang, "format.points.no_parcel").into_owned());
            return Err(FormatError::refused(said));
        }
        Ok(source)
    }

    fn fields(&self) -> Vec<Field> {
        let named = FIELDS.iter().map(|(name, kind)| Field::new(*name, *kind));
        // Cells that the format does not know.
        let more = (FIELDS.len()..self.width).map(|n| Field::new(format!("field_{}", n + 1), FieldKind::Text));
        named.chain(more).collect()
    }
}

/// A parcel being read.
#[derive(Default)]
struct Parcel {
    line: u64,
    cells: Vec<String>,
    points: Points,
    /// Points, closing ones included.
    count: u64,
    /// The first line of it that is no point.
    unknown: Option<(u64, String)>,
}

impl Format for BoundaryPoints {
    fn name(&self) -> &'static str {
        "拐点坐标"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
    }

    fn is_it(&self, _input: &Input, head: &[u8]) -> bool {
        looks_like_boundary_points(head)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let source = Source::open(input, hints, &Progress::default())?;
        Ok(vec![LayerInfo {
            name: String::new(),
            title: None,
            kinds: source.kinds,
            is_table: false,
            rows: Some(source.parcels),
            crs: source.told.system().0,
        }])
    }

    fn read(
        &self,
        input: &Input,
        _layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let source = Source::open(input, hints, progress)?;
        let (crs, notes) = source.told.system();
        let fields = source.fields();
        sink.schema(&Schema {
            fields: fields.clone(),
            crs,
            encoding: Some(source.encoding.name()),
            rows: Some(source.parcels),
            ..Schema::default()
        })?;
        source.encoding.notes().into_iter().chain(notes).for_each(|note| sink.note(note));
        let is_flipped = source.told.is_flipped();
        let mut giver =
            Giver { sink, notes: RowNotes::default(), row: 0, geometry: RawGeometry::new(RawKind::Collection), fields };
        let mut parcel: Option<Parcel> = None;
        let (mut is_cut, mut before, mut length) = (false, 0, 0);
        each_line(&*source.bytes, &source.encoding, progress, &mut |text, number, is_last| {
            is_cut = is_last;
            (before, length) = (length, text.len());
            match read_line(text) {
                Line::Parcel(cells) => {
                    if let Some(mut whole) = parcel.take() {
                        giver.give(&mut whole)?;
                    }
                    let cells = cells.into_iter().map(str::to_owned).collect();
                    parcel = Some(Parcel { line: number, cells, ..Parcel::default() });
                }
                Line::Point { ring, first, second, .. } => {
                    if let Some(parcel) = &mut parcel {
                        // The first number is the northing.
                        let position = if is_flipped { [first, second] } else { [second, first] };
                        parcel.points.push(ring, position);
                        parcel.count += 1;
                    }
                }
                Line::Unknown(text) | Line::Description(text, _) => {
                    if let Some(parcel) = &mut parcel {
                        parcel.unknown.get_or_insert((number, text.chars().take(40).collect()));
                    }
                }
                Line::Section(_) | Line::Blank => {}
            }
            Ok(())
        })?;
        if let Some(mut last) = parcel {
            let declared: Option<u64> = last.cells.first().and_then(|count| count.parse().ok());
            // A file that ends in the middle of a line and of a parcel was cut off: points are missing, or the last is shorter
            // than the one before.
            let missing = declared.map_or(0, |declared| declared.saturating_sub(last.count));
            if is_cut && (last.unknown.is_some() || missing > 1 || (missing == 1 && length < before)) {
                let said = Said::told(|lang| tr!(lang, "format.points.cut_off").into_owned());
                return Err(FormatError::refused(said).at(FormatPlace::Line(last.line)));
            }
            giver.give(&mut last)?;
        }
        let Giver { notes, sink, .. } = giver;
        notes.finish(sink);
        Ok(())
    }
}

/// Gives parcels to a sink.
struct Giver<'s> {
    sink: &'s mut dyn RowSink,
    notes: RowNotes,
    row: usize,
    geometry: RawGeometry,
    fields: Vec<Field>,
}

impl Giver<'_> {
    fn tell(&mut self, kind: &'static str, say: impl Fn(crate::i18n::Lang) -> String) {
        self.notes.tell(self.sink, self.row, kind, true, || Said::told(say));
    }

    fn give(&mut self, parcel: &mut Parcel) -> Result<(), FormatError> {
        let line = parcel.line;
        let word = parcel.cells.get(4).cloned().unwrap_or_default();
        let kind = kind_of(&word).unwrap_or_else(|| {
            self.tell("format.points.unknown_kind", |lang| {
                tr!(lang, "format.points.unknown_kind", line = line, word = word).into_owned()
            });
            GeometryKind::Polygon
        });
        let mut has_geometry = parcel.count > 0 && parcel.unknown.is_none();
        if let Some((line, text)) = &parcel.unknown {
            self.tell("format.points.no_point", |lang| {
                tr!(lang, "format.points.no_point", line = line, text = text).into_owned()
            });
        } else if parcel.count == 0 {
            self.tell("format.points.empty", |lang| tr!(lang, "format.points.empty", line = line).into_owned());
        } else {
            has_geometry = match kind {
                GeometryKind::Point => {
                    parcel.points.points(&mut self.geometry);
                    true
                }
                GeometryKind::LineString => parcel.points.lines(&mut self.geometry),
                _ => parcel.points.areas(&mut self.geometry),
            };
            if !has_geometry {
                let n = rings::RINGS;
                self.tell("format.points.few_points", |lang| {
                    tr!(lang, "format.points.few_points", line = line, n = n).into_owned()
                });
            }
        }
        let declared: Option<u64> = parcel.cells.first().and_then(|count| count.parse().ok());
        // The closing point of each ring may be counted, or not.
        let rings = if has_geometry { self.geometry.path_ends.len() as u64 } else { 1 };
        let fewest = if has_geometry { self.geometry.xy.len() as u64 } else { parcel.count }.min(parcel.count);
        if let Some(declared) = declared
            && !(fewest.saturating_sub(rings)..=fewest.max(parcel.count) + rings).contains(&declared)
        {
            let n = parcel.count;
            self.tell("format.points.other_count", |lang| {
                tr!(lang, "format.points.other_count", line = line, n = n, declared = declared).into_owned()
            });
        }
        let mut damaged = Vec::new();
        let cells: Vec<Cell<'_>> = self
            .fields
            .iter()
            .enumerate()
            .map(|(n, field)| {
                let text = parcel.cells.get(n).map_or("", String::as_str);
                match field.kind {
                    _ if text.is_empty() => Cell::Null,
                    FieldKind::Integer => text.parse().map_or_else(
                        |_| {
                            damaged.push((field.name.clone(), text.to_owned()));
                            Cell::Null
                        },
                        Cell::Integer,
                    ),
                    FieldKind::Decimal if matches!(lex(text), Lex::Integer | Lex::Real | Lex::Decimal) => {
                        let text = text.trim();
                        match text.starts_with('.') || text.ends_with('.') {
                            true => Cell::Decimal(Cow::Owned(
                                text.parse().map_or(String::new(), |value: f64| value.to_string()),
                            )),
                            false => Cell::Decimal(Cow::Borrowed(text)),
                        }
                    }
                    FieldKind::Decimal => {
                        damaged.push((field.name.clone(), text.to_owned()));
                        Cell::Null
                    }
                    _ => Cell::Text(Cow::Borrowed(text)),
                }
            })
            .collect();
        self.sink.row(None, &cells, has_geometry.then_some(&self.geometry))?;
        drop(cells);
        for (name, text) in damaged {
            self.tell("format.points.no_number", |lang| {
                tr!(lang, "format.points.no_number", line = line, name = name, text = text).into_owned()
            });
        }
        self.row += 1;
        Ok(())
    }
}
