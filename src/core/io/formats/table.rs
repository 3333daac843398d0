//! Rows as formats give and take them: typed cells.

use super::{FormatError, RawGeometry};
use crate::i18n::Said;
pub use crate::model::{Domain, Field, FieldKind, Schema};
use std::borrow::Cow;

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// 0 to 999,999,999.
    pub nanosecond: u32,
}

/// A day and a time, with the distance from UTC where the file says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time.
    pub time: Time,
    /// Minutes east of UTC; `None` where the file does not say.
    pub offset_minutes: Option<i16>,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// The row has no such member (formats whose rows differ).
    Missing,
    /// No value.
    Null,
    /// A truth.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A floating point number; never NaN or infinite (those are null with a note).
    Real(f64),
    /// A decimal as written: digits with an optional sign, point and exponent, as JSON has it.
    Decimal(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A day and a time.
    DateTime(DateTime),
    /// A JSON text.
    Json(Cow<'a, str>),
}

/// Something doubtful about a row or the whole, said beside the layer: never passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The row it is about, counted from 0 in the order given to the sink; `None` for the layer.
    pub row: Option<usize>,
    /// What, in both languages, with the way out where there is one. Without the row's number.
    pub said: Said,
    /// Notes of the same kind are counted together: a key of the text (`shapefile.null_shape`).
    pub kind: &'static str,
    /// True where something of the file is not in the layer as it should be (lost, changed, guessed); false for information.
    pub is_doubt: bool,
}

/// Takes the rows of a layer.
pub trait RowSink {
    /// What the rows will hold. Called once, before the first row.
    ///
    /// # Errors
    /// Where the sink cannot take them.
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError>;

    /// A row: a cell a field in the order of the schema, and its geometry (`None`: it has none). `id` is the file's own id of the row.
    ///
    /// # Errors
    /// Where the sink cannot take more (memory), or the planner stopped.
    fn row(&mut self, id: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError>;

    /// Something doubtful.
    fn note(&mut self, note: Note);
}

/// Gives the rows of a layer to a writer, in the coordinates wanted.
pub trait RowSource {
    /// What the rows hold. `crs` is the system of the geometries given.
    fn schema(&self) -> &Schema;

    /// The text of a WKT definition (ESRI's WKT1) of the system, for a `.prj`; and its EPSG number where it has one.
    fn crs_definition(&self) -> (Option<String>, Option<u32>);

    /// Number of rows.
    fn len(&self) -> usize;

    /// True where there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `each` for every row in order, with its cells and geometry. May be called several times.
    ///
    /// # Errors
    /// Those of `each`; where a row cannot be read back.
    fn each(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError>;
}
