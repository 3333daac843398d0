//! The head of a table file (`.gdbtable`): how its rows are stored and what fields they have.

use super::super::{Bytes, FormatError, FormatPlace};
use super::cursor::Cursor;
use super::files::Files;
use super::said;
use std::sync::Arc;

/// A table, its rows not read.
#[derive(Debug)]
pub(super) struct Table {
    /// The file's name: `a00000009.gdbtable`.
    pub(super) file: String,
    pub(super) bytes: Arc<dyn Bytes>,
    /// Rows, as the head says.
    pub(super) rows: u64,
    /// True where the file is of the kind with OBJECTIDs of 64 bits (ArcGIS Pro 3.2).
    pub(super) is_64_bit: bool,
    /// True where texts are UTF-8, false where they are UTF-16.
    pub(super) is_utf8: bool,
    /// What the geometry field holds: 1 points, 2 multipoints, 3 lines, 4 areas, 9 multipatches; 0 without one.
    pub(super) geometry_type: u8,
    pub(super) fields: Vec<TableField>,
    /// Bytes of null flags at the start of each row.
    pub(super) null_bytes: usize,
}

/// A field as the table file describes it.
#[derive(Debug)]
pub(super) struct TableField {
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) kind: Kind,
    pub(super) is_nullable: bool,
    /// The most characters of a text; 0 where the file says nothing.
    pub(super) width: u32,
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Kind {
    Int16,
    Int32,
    Float32,
    Float64,
    Text,
    DateTime,
    ObjectId,
    Geometry(GeometryField),
    Binary,
    /// True where rows hold the number of a raster, false where they hold a path or the raster itself.
    Raster(bool),
    Guid,
    Xml,
    Int64,
    Date,
    Time,
    DateTimeOffset,
}

/// How coordinates are stored: `coordinate = whole number / scale + origin`.
#[derive(Debug, Clone, Default)]
pub(super) struct GeometryField {
    /// The coordinate system as WKT (Esri's); empty where unknown.
    pub(super) wkt: String,
    pub(super) x_origin: f64,
    pub(super) y_origin: f64,
    pub(super) xy_scale: f64,
    pub(super) z_origin: f64,
    pub(super) z_scale: f64,
    pub(super) m_origin: f64,
    pub(super) m_scale: f64,
    /// Min x, min y, max x, max y; NaN where unknown.
    pub(super) extent: [f64; 4],
}

/// The head's bytes.
const HEAD: usize = 40;
/// No description of fields is longer (65,534 fields of 128 characters never occur together).
const LONGEST_DESCRIPTION: u64 = 10 << 20;

impl Table {
    /// Reads the head of a table file.
    ///
    /// # Errors
    /// A refusal where the file is missing, ends early, is of an unknown version or does not describe its fields.
    pub(super) fn open(files: &Files, file: &str) -> Result<Self, FormatError> {
        let bytes = files.need(file)?;
        Self::read(bytes, file).map_err(|e| e.of_file(file))
    }

    fn read(bytes: Arc<dyn Bytes>, file: &str) -> Result<Self, FormatError> {
        let head = bytes.stretch(0, HEAD)?;
        if head.len() < HEAD {
            return Err(said::truncated().at(FormatPlace::Byte(bytes.len())));
        }
        let mut cursor = Cursor::new(&head);
        let version = cursor.i32().unwrap_or(0);
        let (is_64_bit, rows) = match version {
            3 => (false, cursor.i32().and_then(|rows| u64::try_from(rows).ok())),
            4 => (true, Cursor::new(&head[16..]).i64().and_then(|rows| u64::try_from(rows).ok())),
            _ => return Err(said::version(version)),
        };
        let rows = rows.ok_or_else(said::damaged_head)?;
        let at = Cursor::new(&head[32..]).u64().unwrap_or(0).min(bytes.len());
        let fixed = bytes.stretch(at, 14)?;
        let mut cursor = Cursor::new(&fixed);
        let fixed = (|| Some((cursor.u32()?, cursor.u32()?, cursor.u32()?, cursor.u16()?)))();
        let Some((length, _version, flags, count)) = fixed else {
            return Err(said::truncated().at(FormatPlace::Byte(at)));
        };
        if !(10..=LONGEST_DESCRIPTION).contains(&u64::from(length)) {
            return Err(said::damaged_head().at(FormatPlace::Byte(at)));
        }
        let description = bytes.stretch(at.saturating_add(14), length as usize - 10)?;
        if description.len() + 10 < length as usize {
            return Err(said::truncated().at(FormatPlace::Byte(bytes.len())));
        }
        let is_utf8 = flags & 0x100 != 0;
        let (has_m, has_z) = (flags & 1 << 30 != 0, flags & 1 << 31 != 0);
        let mut cursor = Cursor::new(&description);
        let mut fields = Vec::new();
        for _ in 0..count {
            let place = FormatPlace::Byte(at + 14 + cursor.passed() as u64);
            fields.push(field(&mut cursor, has_z, has_m).map_err(|e| e.at(place))?);
        }
        let several = |is: fn(&Kind) -> bool| fields.iter().filter(|field: &&TableField| is(&field.kind)).count() > 1;
        if several(|kind| matches!(kind, Kind::Geometry(_))) || several(|kind| matches!(kind, Kind::ObjectId)) {
            return Err(said::damaged_fields());
        }
        let null_bytes = fields.iter().filter(|field| field.is_nullable).count().div_ceil(8);
        let geometry_type = (flags & 0xFF) as u8;
        Ok(Self { file: file.to_owned(), bytes, rows, is_64_bit, is_utf8, geometry_type, fields, null_bytes })
    }

    /// Its geometry field, where it has one.
    pub(super) fn geometry(&self) -> Option<&GeometryField> {
        self.fields.iter().find_map(|field| match &field.kind {
            Kind::Geometry(geometry) => Some(geometry),
            _ => None,
        })
    }

    /// The place of a field by its name in any case.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The name of its file of row offsets.
    pub(super) fn offsets_file(&self) -> String {
        self.file.replace(".gdbtable", ".gdbtablx")
    }
}

/// The description of one field.
fn field(cursor: &mut Cursor<'_>, has_z: bool, has_m: bool) -> Result<TableField, FormatError> {
    let mut names = || {
        let name = cursor.u8().and_then(|units| cursor.utf16(units.into()))?;
        let alias = cursor.u8().and_then(|units| cursor.utf16(units.into()))?;
        Some((name, alias, cursor.u8()?))
    };
    let (name, alias, code) = names().ok_or_else(said::damaged_fields)?;
    let plain = |kind: Kind, cursor: &mut Cursor<'_>| {
        let (_width, flags) = (cursor.u8()?, cursor.u8()?);
        default_value(cursor, flags, |cursor| cursor.u8().map(usize::from))?;
        Some((kind, flags, 0))
    };
    let short = |kind: Kind, cursor: &mut Cursor<'_>| {
        let (_width, flags) = (cursor.u8()?, cursor.u8()?);
        Some((kind, flags, 0))
    };
    let described = match code {
        0 => plain(Kind::Int16, cursor),
        1 => plain(Kind::Int32, cursor),
        2 => plain(Kind::Float32, cursor),
        3 => plain(Kind::Float64, cursor),
        4 => text(cursor),
        5 => plain(Kind::DateTime, cursor),
        6 => short(Kind::ObjectId, cursor).map(|(kind, ..)| (kind, 0, 0)),
        7 => geometry(cursor, has_z, has_m).map(|(geometry, flags)| (Kind::Geometry(geometry), flags, 0)),
        8 => short(Kind::Binary, cursor),
        9 => raster(cursor),
        10 | 11 => short(Kind::Guid, cursor),
        12 => short(Kind::Xml, cursor),
        13 => plain(Kind::Int64, cursor),
        14 => plain(Kind::Date, cursor),
        15 => plain(Kind::Time, cursor),
        16 => plain(Kind::DateTimeOffset, cursor),
        other => return Err(said::field_type(&name, other)),
    };
    let (kind, flags, width) = described.ok_or_else(said::damaged_fields)?;
    if let Kind::Geometry(geometry) = &kind
        && !(geometry.xy_scale.is_finite() && geometry.xy_scale > 0.0)
    {
        return Err(said::damaged_fields());
    }
    Ok(TableField { name, alias, kind, is_nullable: flags & 1 != 0, width })
}

/// Passes the default value of new rows, which existing rows do not need: its length always stands there, the value only where flagged.
fn default_value<'a>(
    cursor: &mut Cursor<'a>,
    flags: u8,
    length: impl Fn(&mut Cursor<'a>) -> Option<usize>,
) -> Option<()> {
    let length = length(cursor)?;
    if flags & 4 != 0 {
        cursor.take(length)?;
    }
    Some(())
}

fn text(cursor: &mut Cursor<'_>) -> Option<(Kind, u8, u32)> {
    let (width, flags) = (cursor.u32()?, cursor.u8()?);
    default_value(cursor, flags, |cursor| usize::try_from(cursor.varuint()?).ok())?;
    Some((Kind::Text, flags, width))
}

fn geometry(cursor: &mut Cursor<'_>, has_z: bool, has_m: bool) -> Option<(GeometryField, u8)> {
    let (_unknown, flags) = (cursor.u8()?, cursor.u8()?);
    let mut geometry = GeometryField { wkt: wkt(cursor)?, ..GeometryField::default() };
    let stored = cursor.u8()?;
    precision(cursor, stored, &mut geometry)?;
    for side in &mut geometry.extent {
        *side = cursor.f64()?;
    }
    let further = 2 * (usize::from(has_z) + usize::from(has_m));
    cursor.take(8 * further + 1)?;
    let grids = cursor.u32()?;
    cursor.take(8 * usize::try_from(grids).ok().filter(|grids| *grids <= 3)?)?;
    Some((geometry, flags))
}

fn raster(cursor: &mut Cursor<'_>) -> Option<(Kind, u8, u32)> {
    let (_unknown, flags) = (cursor.u8()?, cursor.u8()?);
    let units = cursor.u8()?;
    cursor.utf16(units.into())?;
    wkt(cursor)?;
    let stored = cursor.u8()?;
    if stored > 0 {
        precision(cursor, stored, &mut GeometryField::default())?;
    }
    let is_number = cursor.u8()? == 1;
    Some((Kind::Raster(is_number), flags, 0))
}

/// The text of a coordinate system; empty where it is the mark of an unknown one.
fn wkt(cursor: &mut Cursor<'_>) -> Option<String> {
    let bytes = cursor.u16()?;
    let text = cursor.utf16(usize::from(bytes / 2))?;
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    Some(if text.starts_with('{') { String::new() } else { text.to_owned() })
}

/// Origins, scales and tolerances; bit 1 of `stored` says that those of M are there, bit 2 those of Z.
fn precision(cursor: &mut Cursor<'_>, stored: u8, geometry: &mut GeometryField) -> Option<()> {
    let (has_m, has_z) = (stored & 2 != 0, stored & 4 != 0);
    (geometry.x_origin, geometry.y_origin, geometry.xy_scale) = (cursor.f64()?, cursor.f64()?, cursor.f64()?);
    if has_m {
        (geometry.m_origin, geometry.m_scale) = (cursor.f64()?, cursor.f64()?);
    }
    if has_z {
        (geometry.z_origin, geometry.z_scale) = (cursor.f64()?, cursor.f64()?);
    }
    cursor.take(8 * (1 + usize::from(has_m) + usize::from(has_z)))?;
    Some(())
}
