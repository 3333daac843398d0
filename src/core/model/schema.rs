//! What the columns of a table are: names, titles, types, coded values.

use std::sync::Arc;

/// What a field's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// `true` and `false`.
    Bool,
    /// Whole numbers that fit into 64 bits.
    Integer,
    /// Binary floating point numbers.
    Real,
    /// Decimal numbers, as they are written (`310113001000000001`, `0.10`); exact at any length.
    Decimal,
    /// Text.
    Text,
    /// Days.
    Date,
    /// Times of day.
    Time,
    /// Days and times.
    DateTime,
    /// Lists and objects, as JSON.
    Json,
}

/// What the values of a field stand for, by code.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Its name in the file.
    pub name: String,
    /// Codes as they are written in cells, with what they mean.
    pub values: Vec<(String, String)>,
}

/// A field of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the file, whole.
    pub name: String,
    /// Its title for people (an alias), where it has one other than its name.
    pub title: Option<String>,
    /// What its cells are.
    pub kind: FieldKind,
    /// The most characters or digits that the file allows, where it says so.
    pub width: Option<u32>,
    /// Digits behind the decimal point, where the file says so.
    pub decimals: Option<u32>,
    /// What its codes stand for.
    pub domain: Option<Arc<Domain>>,
}

impl Field {
    /// A field of a name and a kind, nothing else known.
    pub fn new(name: impl Into<String>, kind: FieldKind) -> Self {
        Self { name: name.into(), title: None, kind, width: None, decimals: None, domain: None }
    }
}

/// What a layer's rows hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The layer's name in the file; empty where it has none.
    pub name: String,
    /// Its title for people.
    pub title: Option<String>,
    /// Fields in the order of the file. Names may repeat or be empty: the sink tells them apart.
    pub fields: Vec<Field>,
    /// The coordinate system as the file says it: `EPSG:4547`, or the text of a WKT definition, or a PROJ string; `None` where it
    /// says nothing.
    pub crs: Option<String>,
    /// The encoding of its text, as a person calls it: `GBK`, `UTF-8`.
    pub encoding: Option<String>,
    /// True where the rows' `id` below are ids of the file (FID, OBJECTID) that are worth keeping.
    pub has_ids: bool,
    /// True where the layer is a table without geometry.
    pub is_table: bool,
    /// Rows to come, where known.
    pub rows: Option<u64>,
}
