//! DXF as this program writes it: R2000 (AC1015) in GBK (`ANSI_936`). AutoCAD of any language and its Chinese kin decode it by
//! that name, and so does GDAL, which takes the code page even of R2007 for granted, where texts are UTF-8.

use super::Dxf;
use super::frame::{self, Head};
use super::losses::{self, layer_name};
use super::tags::{Tags, cut, width_of};
use super::xdata::APPLICATION;
use crate::io::formats::{
    Cell, FieldKind, FormatError, Loss, Output, RawGeometry, RawKind, RowSource, Schema, WriteFormat,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::collections::HashSet;

/// Bytes of extended data that an entity may hold (the limit is 16,383).
pub(super) const MOST_XDATA: usize = 16_000;
/// Bytes of one string of extended data (the limit is 255).
const PIECE: usize = 240;

impl WriteFormat for Dxf {
    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        losses::losses(rows)
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let roles = Roles::of(rows.schema());
        let mut head = Head::new(losses::is_geographic(rows));
        let mut layers: HashSet<String> = HashSet::new();
        progress.start(2 * rows.len().max(1) as u64);
        rows.each(&mut |cells, geometry| {
            let layer = roles.layer(cells, rows.schema());
            if layers.insert(layer.to_lowercase()) && layer != "0" {
                head.layers.push(layer);
            }
            if let Some(geometry) = geometry {
                each_simple(geometry, &mut |geometry| geometry.xy.iter().for_each(|at| head.include(*at)));
            }
            Ok(progress.advance(1)?)
        })?;
        let mut tags = Tags::new(out.create(name)?);
        let seed = frame::begin(&mut tags, &head)?;
        let mut writer = Writer { schema: rows.schema(), roles, tags: &mut tags };
        rows.each(&mut |cells, geometry| {
            if let Some(geometry) = geometry {
                let mut written = Ok(());
                each_simple(geometry, &mut |geometry| {
                    if written.is_ok() {
                        written = writer.row(cells, geometry);
                    }
                });
                written?;
            }
            Ok(progress.advance(1)?)
        })?;
        frame::end(&mut tags, seed)?;
        Ok(())
    }
}

/// Calls for a geometry, or for each member of a collection; those nested deeper than 32 are not reached.
pub(super) fn each_simple(geometry: &RawGeometry, each: &mut dyn FnMut(&RawGeometry)) {
    fn inner(geometry: &RawGeometry, depth: u32, each: &mut dyn FnMut(&RawGeometry)) {
        match geometry.kind {
            RawKind::Collection if depth < 32 => {
                geometry.members.iter().for_each(|member| inner(member, depth + 1, each))
            }
            RawKind::Collection => {}
            RawKind::Simple(_) => each(geometry),
        }
    }
    inner(geometry, 0, each);
}

/// Fields that have a place of their own in a drawing.
pub(super) struct Roles {
    layer: Option<usize>,
    color: Option<usize>,
    kind: Option<usize>,
    text: Option<usize>,
    height: Option<usize>,
    rotation: Option<usize>,
}

impl Roles {
    /// By name, as the reader calls them; the layer also as `图层`.
    pub(super) fn of(schema: &Schema) -> Self {
        let find = |names: &[&str]| {
            let is_it = |name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
            schema.fields.iter().position(|field| is_it(&field.name))
        };
        Self {
            layer: find(&["layer", "图层"]).filter(|index| schema.fields[*index].kind == FieldKind::Text),
            color: find(&["color"]),
            kind: find(&["type"]),
            text: find(&["text"]),
            height: find(&["text_height"]),
            rotation: find(&["rotation"]),
        }
    }

    /// The name of a row's layer as it is written.
    pub(super) fn layer(&self, cells: &[Cell<'_>], schema: &Schema) -> String {
        let own = self.layer.and_then(|index| text(cells.get(index)?)).filter(|name| !name.trim().is_empty());
        layer_name(own.unwrap_or(&schema.name))
    }

    /// The name that a row's layer should have and the one it gets, where they differ.
    pub(super) fn renamed(&self, cells: &[Cell<'_>], schema: &Schema) -> Option<(String, String)> {
        let own = self.layer.and_then(|index| text(cells.get(index)?)).filter(|name| !name.trim().is_empty());
        let wanted = own.unwrap_or(&schema.name);
        let written = layer_name(wanted);
        (written != wanted && !wanted.is_empty()).then(|| (wanted.to_owned(), written))
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> Option<&'a str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

fn number(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Real(number) => Some(*number),
        Cell::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

struct Writer<'a, 'b> {
    schema: &'a Schema,
    roles: Roles,
    tags: &'a mut Tags<'b>,
}

impl Writer<'_, '_> {
    fn row(&mut self, cells: &[Cell<'_>], geometry: &RawGeometry) -> Result<(), FormatError> {
        let RawKind::Simple(kind) = geometry.kind else { return Ok(()) };
        match kind {
            GeometryKind::Point | GeometryKind::MultiPoint => {
                for index in 0..geometry.xy.len() {
                    self.point(cells, geometry, index)?;
                }
            }
            GeometryKind::LineString | GeometryKind::MultiLineString => {
                for path in geometry.parts().flatten() {
                    self.path(cells, geometry, path, false)?;
                }
            }
            GeometryKind::Polygon | GeometryKind::MultiPolygon => {
                let parts: Vec<_> = geometry.parts().filter(|part| part.iter().any(|path| path.len() > 1)).collect();
                match parts.as_slice() {
                    [] => {}
                    [part] if part.len() == 1 => self.path(cells, geometry, part[0].clone(), true)?,
                    parts => self.hatch(cells, geometry, parts)?,
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, kind: &str, cells: &[Cell<'_>]) -> Result<u64, FormatError> {
        let layer = self.roles.layer(cells, self.schema);
        let handle = self.tags.entity(kind, frame::MODEL, &layer)?;
        let color = self.roles.color.and_then(|index| text(cells.get(index)?)).unwrap_or("");
        let rgb =
            color.strip_prefix('#').filter(|rgb| rgb.len() == 6).and_then(|rgb| u32::from_str_radix(rgb, 16).ok());
        if let Some(rgb) = rgb {
            self.tags.whole(420, i64::from(rgb))?;
        } else if let Ok(index @ 1..=255) = color.parse::<u8>() {
            self.tags.whole(62, i64::from(index))?;
        }
        Ok(handle)
    }

    fn point(&mut self, cells: &[Cell<'_>], geometry: &RawGeometry, index: usize) -> Result<(), FormatError> {
        let at = |this: &mut Self, z: f64| -> Result<(), FormatError> {
            let [x, y] = geometry.xy[index];
            Ok(this.tags.position(10, [x, y, z])?)
        };
        let z = height(geometry, index);
        let kind = self.roles.kind.and_then(|index| text(cells.get(index)?)).unwrap_or("");
        let label = self.roles.text.and_then(|index| text(cells.get(index)?)).filter(|label| !label.is_empty());
        let size =
            self.roles.height.and_then(|index| number(cells.get(index)?)).filter(|size| *size > 0.0).unwrap_or(2.5);
        let angle = self.roles.rotation.and_then(|index| number(cells.get(index)?)).unwrap_or(0.0);
        match label.filter(|_| matches!(kind, "TEXT" | "MTEXT" | "ATTDEF" | "ATTRIB")) {
            Some(label) if label.contains(['\n', '\r']) || kind == "MTEXT" => {
                self.begin("MTEXT", cells)?;
                self.tags.text(100, "AcDbMText")?;
                at(self, z)?;
                self.tags.real(40, size)?;
                // 7: the point is the lower left corner.
                self.tags.whole(71, 7)?;
                let escaped = label.replace('\\', "\\\\").replace('{', "\\{").replace('}', "\\}");
                let lines = escaped.replace("\r\n", "\n").replace(['\n', '\r'], "\\P").replace("%%", "%%%%%%");
                let mut rest = lines.as_str();
                while cut(rest, PIECE) < rest.len() {
                    let end = cut(rest, PIECE);
                    self.tags.text(3, &rest[..end])?;
                    rest = &rest[end..];
                }
                self.tags.text(1, rest)?;
                self.tags.real(50, angle)?;
            }
            Some(label) => {
                self.begin("TEXT", cells)?;
                self.tags.text(100, "AcDbText")?;
                at(self, z)?;
                self.tags.real(40, size)?;
                self.tags.text(1, &label.replace("%%", "%%%%%%"))?;
                self.tags.real(50, angle)?;
                self.tags.text(100, "AcDbText")?;
            }
            None => {
                self.begin("POINT", cells)?;
                self.tags.text(100, "AcDbPoint")?;
                at(self, z)?;
            }
        }
        self.xdata(cells)
    }

    /// A path of one height as LWPOLYLINE, of several as a 3D POLYLINE.
    fn path(
        &mut self,
        cells: &[Cell<'_>],
        geometry: &RawGeometry,
        path: std::ops::Range<usize>,
        is_ring: bool,
    ) -> Result<(), FormatError> {
        let xy = &geometry.xy;
        let is_closed = is_ring && path.len() > 1 && xy[path.start] == xy[path.end - 1];
        let path = path.start..path.end - usize::from(is_closed);
        let is_level = path.clone().all(|index| height(geometry, index) == height(geometry, path.start));
        if is_level {
            self.begin("LWPOLYLINE", cells)?;
            self.tags.text(100, "AcDbPolyline")?;
            self.tags.whole(90, path.len() as i64)?;
            self.tags.whole(70, i64::from(is_ring))?;
            let z = if path.is_empty() { 0.0 } else { height(geometry, path.start) };
            if z != 0.0 {
                self.tags.real(38, z)?;
            }
            for [x, y] in &xy[path] {
                self.tags.real(10, *x)?;
                self.tags.real(20, *y)?;
            }
            return self.xdata(cells);
        }
        let owner = self.begin("POLYLINE", cells)?;
        self.tags.text(100, "AcDb3dPolyline")?;
        self.tags.position(10, [0.0; 3])?;
        self.tags.whole(70, 8 + i64::from(is_ring))?;
        self.xdata(cells)?;
        let layer = self.roles.layer(cells, self.schema);
        for index in path {
            self.tags.entity("VERTEX", owner, &layer)?;
            self.tags.text(100, "AcDbVertex")?;
            self.tags.text(100, "AcDb3dPolylineVertex")?;
            let [x, y] = xy[index];
            self.tags.position(10, [x, y, height(geometry, index)])?;
            self.tags.whole(70, 32)?;
        }
        self.tags.entity("SEQEND", owner, &layer)?;
        Ok(())
    }

    /// An area with holes, or several areas, as one solid HATCH.
    fn hatch(
        &mut self,
        cells: &[Cell<'_>],
        geometry: &RawGeometry,
        parts: &[Vec<std::ops::Range<usize>>],
    ) -> Result<(), FormatError> {
        self.begin("HATCH", cells)?;
        self.tags.text(100, "AcDbHatch")?;
        let first = parts.iter().flatten().next().map_or(0, |path| path.start);
        self.tags.position(10, [0.0, 0.0, height(geometry, first)])?;
        self.tags.position(210, [0.0, 0.0, 1.0])?;
        self.tags.text(2, "SOLID")?;
        self.tags.whole(70, 1)?;
        self.tags.whole(71, 0)?;
        let rings = || parts.iter().flat_map(|part| part.iter().enumerate()).filter(|(_, path)| path.len() > 1);
        self.tags.whole(91, rings().count() as i64)?;
        for (index, path) in rings() {
            let is_closed = geometry.xy[path.start] == geometry.xy[path.end - 1];
            let path = path.start..path.end - usize::from(is_closed);
            // External and polyline; holes are polyline alone.
            self.tags.whole(92, if index == 0 { 3 } else { 2 })?;
            self.tags.whole(72, 0)?;
            self.tags.whole(73, 1)?;
            self.tags.whole(93, path.len() as i64)?;
            for [x, y] in &geometry.xy[path] {
                self.tags.real(10, *x)?;
                self.tags.real(20, *y)?;
            }
            self.tags.whole(97, 0)?;
        }
        self.tags.whole(75, 0)?;
        self.tags.whole(76, 1)?;
        self.tags.whole(98, 1)?;
        self.tags.real(10, 0.0)?;
        self.tags.real(20, 0.0)?;
        self.xdata(cells)
    }

    /// Fields as extended data: name and value in turn.
    fn xdata(&mut self, cells: &[Cell<'_>]) -> Result<(), FormatError> {
        let mut size = 0;
        for (field, cell) in self.schema.fields.iter().zip(cells) {
            let Some(value) = Value::of(cell) else { continue };
            let grown = size + value.size(&field.name);
            if grown > MOST_XDATA {
                continue;
            }
            if size == 0 {
                self.tags.text(1001, APPLICATION)?;
            }
            size = grown;
            let name = field_name(&field.name);
            match value {
                Value::Whole(number) => {
                    self.tags.text(1000, name)?;
                    self.tags.whole(1071, i64::from(number))?;
                }
                Value::Real(number) => {
                    self.tags.text(1000, name)?;
                    self.tags.real(1040, number)?;
                }
                Value::Text(text) => {
                    let mut rest = &*text;
                    loop {
                        let end = cut(rest, PIECE);
                        self.tags.text(1000, name)?;
                        self.tags.text(1000, &rest[..end])?;
                        rest = &rest[end..];
                        if rest.is_empty() {
                            break;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn field_name(name: &str) -> &str {
    &name[..cut(name, PIECE)]
}

/// A value as extended data has it.
pub(super) enum Value<'a> {
    /// 32 bits.
    Whole(i32),
    /// A double.
    Real(f64),
    /// Everything else.
    Text(std::borrow::Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// `None` for what is not there.
    pub(super) fn of(cell: &'a Cell<'_>) -> Option<Self> {
        use std::borrow::Cow;
        Some(match cell {
            Cell::Missing | Cell::Null => return None,
            Cell::Bool(is) => Self::Text(Cow::Borrowed(if *is { "true" } else { "false" })),
            Cell::Integer(number) => match i32::try_from(*number) {
                Ok(number) => Self::Whole(number),
                Err(_) => Self::Text(Cow::Owned(number.to_string())),
            },
            Cell::Real(number) => Self::Real(*number),
            Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text) => Self::Text(Cow::Borrowed(text)),
            Cell::Date(date) => Self::Text(Cow::Owned(losses::date(*date))),
            Cell::Time(time) => Self::Text(Cow::Owned(losses::time(*time))),
            Cell::DateTime(moment) => Self::Text(Cow::Owned(losses::moment(*moment))),
        })
    }

    /// Bytes that it takes with its name.
    pub(super) fn size(&self, name: &str) -> usize {
        let name = width_of(field_name(name)) + 4;
        match self {
            Self::Whole(_) => name + 8,
            Self::Real(_) => name + 12,
            Self::Text(text) => {
                let width = width_of(text);
                // A piece may be shorter by one character, which takes up to 14 bytes.
                width + (name + 4) * width.div_ceil(PIECE - 14).max(1)
            }
        }
    }
}

fn height(geometry: &RawGeometry, index: usize) -> f64 {
    geometry.z.get(index).copied().filter(|z| z.is_finite()).unwrap_or(0.0)
}
