//! The header of a FlatGeobuf file: columns, counts, system.

use super::flat::{Broken, Table, Tables};
use super::index::Levels;
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::raw_kind;
use crate::io::formats::{Bytes, Field, FieldKind, FormatError, FormatPlace, LayerInfo};

/// How files begin; the byte behind it is the patch version.
pub(super) const MAGIC: &[u8; 7] = b"fgb\x03fgb";
/// The most bytes of a header, as the format's own libraries have it.
const MOST_HEADER: usize = 10 << 20;
/// The most columns: more than any database has, few enough that a small file cannot ask for millions of cells.
pub(super) const MOST_COLUMNS: usize = 4_096;

/// Types of columns, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Byte,
    UByte,
    Bool,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    Float,
    Double,
    String,
    Json,
    DateTime,
    Binary,
}

impl ColumnKind {
    const ALL: [Self; 15] = [
        Self::Byte,
        Self::UByte,
        Self::Bool,
        Self::Short,
        Self::UShort,
        Self::Int,
        Self::UInt,
        Self::Long,
        Self::ULong,
        Self::Float,
        Self::Double,
        Self::String,
        Self::Json,
        Self::DateTime,
        Self::Binary,
    ];

    /// What its cells are called.
    fn kind(self) -> FieldKind {
        match self {
            Self::Bool => FieldKind::Bool,
            Self::Float | Self::Double => FieldKind::Real,
            Self::String | Self::Binary => FieldKind::Text,
            Self::Json => FieldKind::Json,
            Self::DateTime => FieldKind::DateTime,
            // Half of its range is beyond 64 bits with a sign.
            Self::ULong => FieldKind::Decimal,
            _ => FieldKind::Integer,
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) kind: ColumnKind,
    pub(super) field: Field,
}

/// What a file says of itself.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) title: Option<String>,
    /// The type of all geometries, 0 where each has its own.
    pub(super) kind: u8,
    /// True where positions have times, which are not taken.
    pub(super) has_times: bool,
    pub(super) columns: Vec<Column>,
    /// 0 where it is not known.
    pub(super) count: u64,
    /// The index; `None` where there is none.
    pub(super) levels: Option<Levels>,
    pub(super) crs: Option<String>,
    /// True where coordinates are degrees.
    pub(super) is_degrees: bool,
    /// What stands for the system where that is nothing we know: `ESRI:102100`.
    pub(super) unknown_crs: Option<String>,
    /// Where the index begins.
    pub(super) index_at: u64,
    /// Where features begin.
    pub(super) features_at: u64,
    /// True where it says how far features extend.
    pub(super) has_envelope: bool,
}

/// A refusal of a damaged file.
pub(super) fn damaged(place: Option<FormatPlace>) -> FormatError {
    let refusal = FormatError::refused(Said::told(|lang| tr!(lang, "format.flatgeobuf.damaged").into_owned()));
    match place {
        Some(place) => refusal.at(place),
        None => refusal,
    }
}

/// A refusal of a file that ends too early.
pub(super) fn cut_short(place: FormatPlace) -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.flatgeobuf.cut_short").into_owned())).at(place)
}

impl Header {
    /// Reads it.
    ///
    /// # Errors
    /// Where the file is of another version, damaged, or shorter than its header and index.
    pub(super) fn read(bytes: &dyn Bytes) -> Result<Self, FormatError> {
        let head = bytes.stretch(0, 12)?;
        if head.len() < 12 {
            return Err(cut_short(FormatPlace::Byte(head.len() as u64)));
        }
        if !head.starts_with(MAGIC) {
            let is_other = head.starts_with(b"fgb") && head[4..7] == *b"fgb";
            let version = head[3];
            return Err(FormatError::refused(Said::told(|lang| {
                if is_other {
                    tr!(lang, "format.flatgeobuf.version", version = version)
                } else {
                    tr!(lang, "format.flatgeobuf.magic")
                }
                .into_owned()
            })));
        }
        let size = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
        let left = bytes.len() - 12;
        if !(8..=MOST_HEADER).contains(&size) {
            return Err(damaged(Some(FormatPlace::Byte(8))));
        }
        if size as u64 > left {
            return Err(cut_short(FormatPlace::Byte(bytes.len())));
        }
        let buffer = bytes.stretch(12, size)?;
        let mut header = Self::of(&buffer).map_err(|Broken| damaged(Some(FormatPlace::Byte(12))))?;
        header.index_at = 12 + size as u64;
        header.features_at = header.index_at;
        if let Some(levels) = &header.levels {
            if levels.bytes() > bytes.len() - header.index_at {
                return Err(cut_short(FormatPlace::Byte(bytes.len())));
            }
            header.features_at += levels.bytes();
        }
        Ok(header)
    }

    fn of(buffer: &[u8]) -> Result<Self, Broken> {
        let table = Table::root(buffer)?;
        let count = table.u64(8, 0)?;
        let node_size = table.u16(9, 16)?;
        let levels = match (count, node_size) {
            (0, _) | (_, 0) => None,
            (_, 1) => return Err(Broken),
            _ => Some(Levels::new(count, node_size).ok_or(Broken)?),
        };
        let mut header = Self {
            name: text(table.string(0)?).unwrap_or_default(),
            title: text(table.string(11)?).filter(|title| !title.is_empty()),
            kind: table.u8(2, 0)?,
            has_times: table.u8(5, 0)? != 0 || table.u8(6, 0)? != 0,
            columns: columns(&table.tables(7)?, buffer.len())?,
            count,
            levels,
            crs: None,
            is_degrees: false,
            unknown_crs: None,
            index_at: 0,
            features_at: 0,
            has_envelope: table.vector(1, 8)?.len() >= 32,
        };
        if let Some(crs) = table.table(10)? {
            header.take_crs(&crs)?;
        }
        Ok(header)
    }

    fn take_crs(&mut self, crs: &Table<'_>) -> Result<(), Broken> {
        let (organization, code) = (text(crs.string(0)?), crs.i32(1, 0)?);
        let wkt = text(crs.string(4)?).map(|wkt| wkt.trim().to_owned()).filter(|wkt| !wkt.is_empty());
        let other = text(crs.string(5)?).filter(|code| !code.is_empty());
        let is_epsg = organization.as_ref().is_none_or(|name| name.is_empty() || name.eq_ignore_ascii_case("EPSG"));
        let start = wkt.as_ref().map(|wkt| wkt.to_ascii_uppercase()).unwrap_or_default();
        self.is_degrees = start.starts_with("GEOG")
            || start.starts_with("GEODCRS")
            || is_epsg && matches!(code, 4000..=4999) && start.is_empty();
        match wkt {
            _ if code > 0 && is_epsg => self.crs = Some(format!("EPSG:{code}")),
            Some(wkt) => self.crs = Some(wkt),
            None if code > 0 || other.is_some() => {
                let code = other.unwrap_or_else(|| code.to_string());
                self.unknown_crs = Some(format!("{}:{code}", organization.unwrap_or_default()));
            }
            None => {}
        }
        Ok(())
    }

    /// The count, where the file could hold so many: a feature takes at least 16 bytes.
    pub(super) fn rows(&self, bytes: &dyn Bytes) -> Option<u64> {
        let most = bytes.len().saturating_sub(self.features_at) / 16;
        Some(self.count).filter(|count| *count > 0 && *count <= most || bytes.len() == self.features_at)
    }

    /// What is told of the file before it is read.
    pub(super) fn info(&self, bytes: &dyn Bytes, is_table: bool) -> LayerInfo {
        LayerInfo {
            name: self.name.clone(),
            title: self.title.clone(),
            kinds: raw_kind(u32::from(self.kind)).into_iter().collect(),
            is_table,
            rows: self.rows(bytes),
            crs: self.crs.clone(),
        }
    }
}

/// Text as UTF-8, else as GB 18030, else with letters replaced.
fn text(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    })
}

/// Reads columns. Texts of a buffer may be shared, but not so that a small one makes gigabytes.
pub(super) fn columns(tables: &Tables<'_>, buffer: usize) -> Result<Vec<Column>, Broken> {
    if tables.len() > MOST_COLUMNS {
        return Err(Broken);
    }
    let mut room = 65_536 + 4 * buffer;
    let mut columns = Vec::with_capacity(tables.len());
    for table in tables.iter() {
        let table = table?;
        let kind = *ColumnKind::ALL.get(usize::from(table.u8(1, 0)?)).ok_or(Broken)?;
        let (name, title, metadata) = (table.string(0)?.ok_or(Broken)?, table.string(2)?, table.string(10)?);
        room = room.checked_sub(name.len() + title.map_or(0, <[u8]>::len)).ok_or(Broken)?;
        let mut field = Field::new(text(Some(name)).unwrap_or_default(), kind.kind());
        field.title = text(title).filter(|title| !title.is_empty() && *title != field.name);
        // What this program writes where the format has no type of its own.
        field.kind = match (kind, metadata) {
            (ColumnKind::DateTime, Some(br#"{"kind":"date"}"#)) => FieldKind::Date,
            (ColumnKind::String, Some(br#"{"kind":"time"}"#)) => FieldKind::Time,
            (ColumnKind::String, Some(br#"{"kind":"decimal"}"#)) => FieldKind::Decimal,
            _ => field.kind,
        };
        let size = |field| Ok::<_, Broken>(u32::try_from(table.i32(field, -1)?).ok().filter(|size| *size > 0));
        match kind {
            ColumnKind::String => field.width = size(4)?,
            ColumnKind::Float | ColumnKind::Double => (field.width, field.decimals) = (size(5)?, size(6)?),
            _ => {}
        }
        columns.push(Column { kind, field });
    }
    Ok(columns)
}
