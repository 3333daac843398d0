//! The columns of a table: what they are called, what their values are, how they are read.

use super::connect::Connection;
use super::{StoreError, binary, literal, quoted};
use crate::io::formats::{Cell, Field, FieldKind};
use std::borrow::Cow;

/// How the bytes of a field are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decode {
    Bool,
    Integer,
    Real,
    Text,
    Decimal,
    Json,
    Date,
    Time,
    /// A day and a time of no place.
    Local,
    /// A moment.
    Moment,
}

impl Decode {
    /// All of them.
    pub(super) const ALL: [Self; 10] = [
        Self::Bool,
        Self::Integer,
        Self::Real,
        Self::Text,
        Self::Decimal,
        Self::Json,
        Self::Date,
        Self::Time,
        Self::Local,
        Self::Moment,
    ];

    /// What its values are.
    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::Bool => FieldKind::Bool,
            Self::Integer => FieldKind::Integer,
            Self::Real => FieldKind::Real,
            Self::Text => FieldKind::Text,
            Self::Decimal => FieldKind::Decimal,
            Self::Json => FieldKind::Json,
            Self::Date => FieldKind::Date,
            Self::Time => FieldKind::Time,
            Self::Local | Self::Moment => FieldKind::DateTime,
        }
    }
}

/// What a value could not be kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// NaN, an infinity, a day without an end.
    NotFinite,
}

/// A column whose values are read.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) field: Field,
    /// What is selected.
    pub(super) sql: String,
    pub(super) decode: Decode,
    /// What the table calls it, whatever the layer does.
    pub(super) own: String,
    /// True where a text of a value is what the server takes for it: not of lists, which are read as JSON.
    pub(super) is_writable: bool,
    /// True where an empty cell is a member that was not there.
    pub(super) is_absent: bool,
}

/// A column of geometries.
#[derive(Clone, Debug)]
pub(super) struct GeometryColumn {
    pub(super) name: String,
    /// What is selected.
    pub(super) sql: String,
    /// The SRID that it declares; 0 where it declares none.
    pub(super) srid: i32,
    /// The type that it declares: `MultiPolygonZ`; `Geometry` where it declares none.
    pub(super) kind: String,
    /// `geometry` or `geography`.
    pub(super) of: String,
}

/// All columns of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) values: Vec<Column>,
    pub(super) geometries: Vec<GeometryColumn>,
    /// Columns whose values are not read: bytes.
    pub(super) binary: Vec<String>,
    /// The columns of its key, in their order.
    pub(super) key: Vec<String>,
    /// The one column of the key, where it is a whole number.
    pub(super) integer_key: Option<String>,
}

/// The columns of a table by its number in the catalogue.
pub(super) fn columns(connection: &mut Connection, store: &str, oid: u32) -> Result<Columns, StoreError> {
    let typmod = match &connection.postgis {
        Some(schema) => {
            let schema = quoted(schema);
            format!(
                "CASE WHEN b.typname IN ('geometry', 'geography') THEN {schema}.postgis_typmod_srid(a.atttypmod) END, \
                 CASE WHEN b.typname IN ('geometry', 'geography') THEN {schema}.postgis_typmod_type(a.atttypmod) END"
            )
        }
        None => "NULL::int4, NULL::text".to_owned(),
    };
    let sql = format!(
        "SELECT a.attname::text, b.typname::text, b.typcategory::text, b.typtype::text, n.nspname::text, \
         col_description(a.attrelid, a.attnum), \
         (SELECT array_position(i.indkey::int2[], a.attnum) FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary), \
         {typmod} \
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
         JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END \
         JOIN pg_namespace n ON n.oid = b.typnamespace \
         WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    );
    let rows = connection.client.query(&sql, &[&oid]).map_err(|e| StoreError::of_server(store, &e))?;
    let mut all = Columns::default();
    let mut key: Vec<(i32, String, bool)> = Vec::new();
    for row in rows {
        let (name, typname, category): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let (typtype, namespace, title): (String, String, Option<String>) = (row.get(3), row.get(4), row.get(5));
        let own = quoted(&name);
        let is_of_system = namespace == "pg_catalog";
        if let Some(place) = row.get::<_, Option<i32>>(6) {
            let is_integer = is_of_system && matches!(&*typname, "int2" | "int4" | "int8");
            key.push((place, name.clone(), is_integer));
        }
        if let (Some(srid), Some(kind)) = (row.get::<_, Option<i32>>(7), row.get::<_, Option<String>>(8)) {
            let schema = connection.postgis.as_deref().unwrap_or_default();
            // Of the sphere or of the plane: the same bytes.
            let sql = if typname == "geography" { format!("{own}::{}.geometry", quoted(schema)) } else { own };
            all.geometries.push(GeometryColumn { name, sql, srid, kind, of: typname });
            continue;
        }
        let cast = |to: &str| format!("{own}::{to}");
        let (sql, decode) = match (&*typname, &*category) {
            _ if !is_of_system && typtype != "b" => (cast("text"), Decode::Text),
            ("bytea", _) => {
                all.binary.push(name);
                continue;
            }
            ("bool", _) => (own.clone(), Decode::Bool),
            ("int2" | "int4" | "int8", _) => (own.clone(), Decode::Integer),
            ("oid", _) => (cast("int8"), Decode::Integer),
            ("float4" | "float8", _) => (own.clone(), Decode::Real),
            ("numeric", _) => (cast("text"), Decode::Decimal),
            ("json" | "jsonb", _) => (cast("text"), Decode::Json),
            ("date", _) => (own.clone(), Decode::Date),
            ("time", _) => (own.clone(), Decode::Time),
            ("timestamp", _) => (own.clone(), Decode::Local),
            ("timestamptz", _) => (own.clone(), Decode::Moment),
            // Lists as JSON has them.
            (_, "A") => (format!("pg_catalog.to_json({own})::text"), Decode::Json),
            // What else there is has a text.
            _ => (cast("text"), Decode::Text),
        };
        let (own, is_writable) = (name.clone(), category != "A");
        let field = Field { title: title.filter(|title| *title != name), ..Field::new(name, decode.kind()) };
        all.values.push(Column { field, sql, decode, own, is_writable, is_absent: false });
    }
    key.sort();
    all.integer_key = match &key[..] {
        [(_, name, true)] => Some(name.clone()),
        _ => None,
    };
    all.key = key.into_iter().map(|(_, name, _)| name).collect();
    Ok(all)
}

impl Column {
    /// A value of the column from its bytes.
    ///
    /// # Errors
    /// Where the bytes are no value of its type.
    pub(super) fn cell<'a>(&self, bytes: Option<&'a [u8]>) -> std::io::Result<(Cell<'a>, Option<Odd>)> {
        let Some(bytes) = bytes else {
            return Ok((if self.is_absent { Cell::Missing } else { Cell::Null }, None));
        };
        let odd = |cell: Option<Cell<'a>>| match cell {
            Some(cell) => (cell, None),
            None => (Cell::Null, Some(Odd::NotFinite)),
        };
        Ok(match self.decode {
            Decode::Bool => (Cell::Bool(binary::truth(bytes)?), None),
            Decode::Integer => (Cell::Integer(binary::integer(bytes)?), None),
            Decode::Real => odd(Some(binary::real(bytes)?).filter(|n| n.is_finite()).map(Cell::Real)),
            Decode::Text => (Cell::Text(Cow::Borrowed(binary::text(bytes)?)), None),
            Decode::Decimal => {
                let text = binary::text(bytes)?;
                let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && !text.ends_with('y');
                odd(is_number.then_some(Cell::Decimal(Cow::Borrowed(text))))
            }
            Decode::Json => match binary::text(bytes)?.trim_ascii() {
                "null" => (Cell::Null, None),
                text => (Cell::Json(Cow::Borrowed(text)), None),
            },
            Decode::Date => odd(binary::day(bytes)?.map(Cell::Date)),
            Decode::Time => odd(binary::time(bytes)?.map(Cell::Time)),
            Decode::Local => odd(binary::moment(bytes, false)?.map(Cell::DateTime)),
            Decode::Moment => odd(binary::moment(bytes, true)?.map(Cell::DateTime)),
        })
    }
}

/// What the register says of a table's columns.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Registered {
    /// The columns in their order.
    pub(super) columns: Vec<RegisteredColumn>,
    /// The column that holds the features' ids; in no layer a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// The column that holds the order of members, and other members than id, properties and geometry; in no layer a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) frame: Option<String>,
    /// The column that numbers the rows; in no layer a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// True where positions are written as they stand: digits and winding of the file that they came from.
    #[serde(default)]
    pub(super) is_exact: bool,
    /// The encoding of the file that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
}

/// A column that this program made.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct RegisteredColumn {
    /// What the table calls it.
    pub(super) column: String,
    /// What the layer calls it, where that is another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// True where an empty cell is a member that was not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_absent: bool,
}

impl Registered {
    /// As it is entered.
    pub(super) fn json(&self) -> String {
        // Plain names and truths; there is nothing that JSON cannot hold.
        literal(&serde_json::to_string(self).unwrap_or_default())
    }
}
