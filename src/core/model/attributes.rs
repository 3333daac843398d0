//! Attributes in columns, each cell a stretch of the layer's text that is decoded when asked for.

use super::column::Column;
use super::lent::LentColumn;
use super::typed::TypedColumn;
use super::value::Value;
use super::{Cell, Edited, Edits, Layer, Span, Text};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// Names of a role's columns with the columns of a layer that stand for them: `class` is called `排口类型` here.
pub type ColumnNames = BTreeMap<String, String>;

/// The attribute table of a layer: columns in order of first appearance, cells by row.
#[derive(Clone, Debug)]
pub struct Attributes {
    names: Vec<Arc<str>>,
    /// How many edited rows bring each of the names behind those that were read.
    brought: Vec<usize>,
    cells: Arc<Cells>,
    edits: Edits,
    called: Arc<ColumnNames>,
    by_name: ByName,
}

/// The numbers of columns by their names where there are many, made when a name is first asked for.
type ByName = OnceLock<Arc<HashMap<Arc<str>, usize>>>;

/// From so many columns on they are not looked through for a name.
const MANY: usize = 48;

/// The column of a name.
fn position(names: &[Arc<str>], by_name: &ByName, name: &str) -> Option<usize> {
    if names.len() < MANY {
        return names.iter().position(|own| &**own == name);
    }
    let numbered = || names.iter().enumerate().rev().map(|(at, name)| (Arc::clone(name), at));
    by_name.get_or_init(|| Arc::new(numbered().collect())).get(name).copied()
}

/// The cells as they were read.
#[derive(Debug)]
struct Cells {
    text: Arc<Text>,
    columns: Vec<Stored>,
    by_row: OnceLock<ByRow>,
}

/// A column as it was read.
#[derive(Debug)]
enum Stored {
    /// Stretches of the layer's text.
    Json(Column),
    /// Values of one type.
    Typed(TypedColumn),
    /// Cells of other layers.
    Lent(LentColumn),
}

impl Stored {
    /// The rows that have a cell, where only those are kept.
    fn rows(&self) -> Option<&[u32]> {
        match self {
            Self::Json(column) => column.rows(),
            Self::Typed(_) | Self::Lent(_) => None,
        }
    }

    /// True where a row has a cell.
    fn is_there(&self, row: usize) -> bool {
        match self {
            Self::Json(column) => column.get(row) != Cell::MISSING,
            Self::Typed(column) => column.value(row) != Value::Missing,
            Self::Lent(column) => column.value(row) != Value::Missing,
        }
    }
}

/// Which columns rows have cells in; made when that is first asked for.
#[derive(Debug, Default)]
struct ByRow {
    /// Columns with a cell a row.
    full: Vec<u32>,
    /// Of each row, where its columns of the others end.
    ends: Vec<u32>,
    columns: Vec<u32>,
}

impl Cells {
    /// The text of a cell.
    fn written(&self, column: &Column, row: usize) -> Option<&str> {
        let text = self.text.kept();
        std::str::from_utf8(column.get(row).span(text)?.of(text)).ok()
    }

    fn by_row(&self) -> &ByRow {
        self.by_row.get_or_init(|| {
            let numbered = || self.columns.iter().enumerate().map(|(number, column)| (number as u32, column.rows()));
            let full = numbered().filter(|(_, rows)| rows.is_none()).map(|(number, _)| number).collect();
            let thin = || numbered().filter_map(|(number, rows)| Some((number, rows?)));
            let rows = thin().filter_map(|(_, rows)| rows.last()).max().map_or(0, |last| *last as usize + 1);
            // Where each row's begin, counted first.
            let mut ends = vec![0_u32; rows];
            thin().for_each(|(_, rows)| rows.iter().for_each(|row| ends[*row as usize] += 1));
            let mut before = 0;
            for end in &mut ends {
                before += std::mem::replace(end, before);
            }
            let mut columns = vec![0; before as usize];
            for (number, rows) in thin() {
                for row in rows {
                    let end = &mut ends[*row as usize];
                    columns[*end as usize] = number;
                    *end += 1;
                }
            }
            ByRow { full, ends, columns }
        })
    }

    /// The columns in which a row has a cell, in rising order.
    fn columns_of(&self, row: usize) -> Vec<usize> {
        let ByRow { full, ends, columns } = self.by_row();
        let is_there = |column: &u32| self.columns[*column as usize].is_there(row);
        let mut found: Vec<usize> = full.iter().filter(|c| is_there(c)).map(|c| *c as usize).collect();
        if let Some(end) = ends.get(row) {
            let start = row.checked_sub(1).map_or(0, |before| ends[before]);
            found.extend(columns[start as usize..*end as usize].iter().map(|c| *c as usize));
            found.sort_unstable();
        }
        found
    }
}

impl Attributes {
    /// With these edits: of rows changed, what became of each before and after. What members edited rows have more is
    /// in columns behind.
    pub(super) fn with<'a>(&self, edits: Edits, changed: impl Iterator<Item = [Option<&'a Edited>; 2]>) -> Self {
        let own = self.cells.columns.len();
        let (mut names, mut brought) = (self.names.clone(), self.brought.clone());
        let mut by_name: HashMap<Arc<str>, usize> = HashMap::new();
        // Rows changed together come from one layer.
        let mut last: Option<(&Arc<Layer>, SmallVec<[usize; 4]>)> = None;
        for (edited, comes) in changed.flat_map(|[before, after]| [(before, false), (after, true)]) {
            let Some(Edited::Feature(layer, _)) = edited else { continue };
            let columns = match last.take() {
                Some((of, columns)) if Arc::ptr_eq(of, layer) => columns,
                _ => {
                    if by_name.is_empty() {
                        by_name.extend(names.iter().enumerate().rev().map(|(at, name)| (Arc::clone(name), at)));
                    }
                    let column = |name: &Arc<str>| {
                        *by_name.entry(Arc::clone(name)).or_insert_with(|| {
                            names.push(Arc::clone(name));
                            brought.push(0);
                            names.len() - 1
                        })
                    };
                    layer.attributes.names.iter().map(column).filter(|column| *column >= own).collect()
                }
            };
            for column in &columns {
                let count = &mut brought[column - own];
                *count = if comes { *count + 1 } else { count.saturating_sub(1) };
            }
            last = Some((layer, columns));
        }
        let is_kept = |column: usize| column < own || brought[column - own] > 0;
        let names = names.into_iter().enumerate().filter(|(column, _)| is_kept(*column)).map(|(_, name)| name);
        let names: Vec<Arc<str>> = names.collect();
        brought.retain(|count| *count > 0);
        let (cells, called) = (Arc::clone(&self.cells), Arc::clone(&self.called));
        // Names are the same in most edits.
        let by_name = if names == self.names { self.by_name.clone() } else { ByName::new() };
        Self { names, brought, cells, edits, called, by_name }
    }

    /// As they were read.
    pub(super) fn unedited(&self) -> Self {
        let names = self.names[..self.cells.columns.len()].to_vec();
        let (cells, called) = (Arc::clone(&self.cells), Arc::clone(&self.called));
        Self { names, brought: Vec::new(), cells, edits: Edits::default(), called, by_name: ByName::new() }
    }

    /// With other columns standing for names that questions use.
    pub(super) fn with_column_names(self, called: ColumnNames) -> Self {
        Self { called: Arc::new(called), ..self }
    }

    /// The columns that stand for names that questions use.
    pub fn column_names(&self) -> &ColumnNames {
        &self.called
    }

    /// The columns' names.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The number of the column of this name, or of the one that stands for it.
    pub fn column(&self, name: &str) -> Option<usize> {
        let name = self.called.get(name).map_or(name, String::as_str);
        position(&self.names, &self.by_name, name)
    }

    /// The columns in which a row has a cell, in rising order. Cost: the columns that most rows have, and those cells.
    pub fn columns_of(&self, row: usize) -> Vec<usize> {
        match self.edits.get(row) {
            None => self.cells.columns_of(row),
            Some(Edited::Gone) => Vec::new(),
            Some(Edited::Feature(feature, own)) => {
                let own = feature.attributes.columns_of(*own as usize);
                let name = |column: usize| &feature.attributes.names[column];
                let mut columns: Vec<usize> =
                    own.into_iter().filter_map(|c| position(&self.names, &self.by_name, name(c))).collect();
                columns.sort_unstable();
                columns
            }
        }
    }

    /// The rows of a layer (of so many) that may have a cell in a column: all where most have one, else those that do and
    /// those that were edited. In no order.
    pub fn rows_of(&self, column: usize, rows: usize) -> Vec<usize> {
        let Some(thin) = self.cells.columns.get(column).and_then(Stored::rows) else { return (0..rows).collect() };
        let as_read = thin.iter().map(|row| *row as usize).filter(|row| self.edits.get(*row).is_none());
        as_read.chain(self.edits.iter().map(|(row, _)| row)).collect()
    }

    /// A cell's JSON, where the feature has the member: as written, or as its value is written where the layer is no text.
    pub fn json(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        match self.edits.get(row) {
            None => match self.cells.columns.get(column)? {
                Stored::Json(column) => self.cells.written(column, row).map(Cow::Borrowed),
                Stored::Typed(column) => column.json(row).map(Cow::Owned),
                Stored::Lent(column) => column.json(row),
            },
            Some(Edited::Gone) => None,
            Some(Edited::Feature(feature, row)) => {
                feature.attributes.json(*row as usize, feature.attributes.column(self.names.get(column)?)?)
            }
        }
    }

    /// A cell's value.
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        match self.edits.get(row) {
            None => match self.cells.columns.get(column) {
                Some(Stored::Json(column)) => self.cells.written(column, row).map_or(Value::Missing, Value::of_json),
                Some(Stored::Typed(column)) => column.value(row),
                Some(Stored::Lent(column)) => column.value(row),
                None => Value::Missing,
            },
            Some(Edited::Gone) => Value::Missing,
            Some(Edited::Feature(feature, row)) => {
                let own = self.names.get(column).and_then(|name| feature.attributes.column(name));
                own.map_or(Value::Missing, |column| feature.attributes.value(*row as usize, column))
            }
        }
    }

    /// A cell's value by column name; missing where there is no such column.
    pub fn get(&self, row: usize, name: &str) -> Value<'_> {
        self.column(name).map_or(Value::Missing, |column| self.value(row, column))
    }

    /// Bytes that columns of values take beside the layer's text, about.
    pub fn bytes(&self) -> usize {
        let typed = self.cells.columns.iter().map(|column| match column {
            Stored::Json(_) => 0,
            Stored::Typed(column) => column.bytes(),
            Stored::Lent(column) => column.bytes(),
        });
        typed.sum()
    }
}

impl Attributes {
    /// A table of columns of values, in this order; names are told apart.
    pub fn typed(columns: Vec<(Arc<str>, TypedColumn)>) -> Self {
        Self::stored(columns.into_iter().map(|(name, column)| (name, Stored::Typed(column))))
    }

    /// A table of columns whose cells are those of other layers, in this order; names are told apart.
    pub fn lent(columns: Vec<(Arc<str>, LentColumn)>) -> Self {
        Self::stored(columns.into_iter().map(|(name, column)| (name, Stored::Lent(column))))
    }

    fn stored(columns: impl Iterator<Item = (Arc<str>, Stored)>) -> Self {
        let (names, columns) = columns.unzip();
        Self {
            names,
            brought: Vec::new(),
            cells: Arc::new(Cells { text: Arc::default(), columns, by_row: OnceLock::new() }),
            edits: Edits::default(),
            called: Arc::default(),
            by_name: ByName::new(),
        }
    }
}

/// Collects cells row by row while a file is read.
#[derive(Debug, Default)]
pub struct AttributesBuilder {
    names: Vec<Arc<str>>,
    /// True for names that are written without escapes.
    is_plain: Vec<bool>,
    by_name: HashMap<Arc<str>, usize>,
    columns: Vec<Column>,
    /// Columns of rows that were taken out, for their room.
    spare: Vec<Column>,
    rows: usize,
    next: usize,
}

impl AttributesBuilder {
    /// The name of the member that comes next if this row is like those before it, where it has no escapes.
    pub fn expected(&self) -> Option<&[u8]> {
        let name = self.names.get(self.next)?.as_bytes();
        self.is_plain[self.next].then_some(name)
    }

    /// A value of the member that was [expected](Self::expected).
    pub fn push_expected(&mut self, value: Span) -> bool {
        self.push_to(self.next, value)
    }

    /// The name of the member that was pushed last.
    pub fn last_name(&self) -> Option<&str> {
        self.names.get(self.next.checked_sub(1)?).map(|name| &**name)
    }

    /// Takes back what was pushed of the row being read under a name, as written between its quotes.
    pub fn abandon(&mut self, name: &[u8]) {
        if let Some(column) = self.by_name.get(&*decoded(name)) {
            self.columns[*column].forget(self.rows);
        }
        self.next = 0;
    }

    /// A member of the row being read; `name` as written between its quotes. A member named twice keeps its last
    /// value, as JSON parsers do.
    ///
    /// True where the row has that member already.
    pub fn push(&mut self, name: &[u8], value: Span) -> bool {
        // Features of one layer nearly always list their members in one order.
        let column = match self.names.get(self.next) {
            Some(expected) if expected.as_bytes() == name && self.is_plain[self.next] => self.next,
            _ => self.column(&decoded(name)),
        };
        self.push_to(column, value)
    }

    fn push_to(&mut self, column: usize, value: Span) -> bool {
        self.next = column + 1;
        self.columns[column].put(self.rows, Cell::new(value))
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(&column) = self.by_name.get(name) {
            return column;
        }
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.is_plain.push(!name.bytes().any(|b| matches!(b, b'\\' | b'"' | 0..0x20)));
        self.by_name.insert(name, self.columns.len());
        self.columns.push(self.spare.pop().unwrap_or_default());
        self.columns.len() - 1
    }

    /// Takes rows and columns out and keeps the room.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Column::clear);
        self.spare.extend(self.columns.drain(..).rev());
        self.names.clear();
        self.is_plain.clear();
        self.by_name.clear();
        (self.rows, self.next) = (0, 0);
    }

    /// Makes room for so many times as many rows as are there, where there is so much memory.
    pub fn reserve(&mut self, times: f64) {
        self.columns.iter_mut().for_each(|cells| cells.reserve(times));
    }

    /// Adds the rows of a table whose text stands `by` bytes into this one's.
    pub fn append(&mut self, other: &Self, by: usize) {
        for (name, cells) in other.names.iter().zip(&other.columns) {
            let column = self.column(name);
            self.columns[column].append(self.rows, cells, other.rows, by);
        }
        self.rows += other.rows;
    }

    /// The row is complete.
    pub fn end_row(&mut self) {
        self.rows += 1;
        self.next = 0;
    }

    /// The table, over the text that the spans point into.
    pub fn finish(mut self, text: Arc<Text>) -> Attributes {
        self.columns.iter_mut().for_each(|cells| cells.finish(self.rows));
        let cells = Arc::new(Cells {
            text,
            columns: self.columns.into_iter().map(Stored::Json).collect(),
            by_row: OnceLock::new(),
        });
        Attributes {
            names: self.names,
            brought: Vec::new(),
            cells,
            edits: Edits::default(),
            called: Arc::default(),
            by_name: ByName::new(),
        }
    }
}

/// A name as it is meant.
fn decoded(name: &[u8]) -> Cow<'_, str> {
    if name.contains(&b'\\') {
        let quoted = [b"\"", name, b"\""].concat();
        if let Ok(decoded) = serde_json::from_slice::<String>(&quoted) {
            return Cow::Owned(decoded);
        }
    }
    String::from_utf8_lossy(name)
}

#[cfg(test)]
mod tests {
    use super::super::Written;
    use super::*;

    #[test]
    fn cells_decode_to_what_json_says() {
        let text = br#""a\"b" 1.50 null true [1,2] "1E5""#;
        let mut builder = AttributesBuilder::default();
        let span = |start: usize, end: usize| Span { start, end };
        builder.push(b"s", span(0, 6));
        builder.push(b"n", span(7, 11));
        builder.end_row();
        builder.push(b"n", span(12, 16));
        builder.push(b"b", span(17, 21));
        builder.push(b"j", span(22, 27));
        builder.push(b"s", span(28, 33));
        builder.end_row();
        builder.end_row();
        let table = builder.finish(Arc::new(Text::whole(text.to_vec())));
        assert_eq!(table.names().iter().map(|n| &**n).collect::<Vec<_>>(), ["s", "n", "b", "j"]);
        assert_eq!(table.get(0, "s"), Value::Text("a\"b".into()));
        assert_eq!(table.get(0, "n"), Value::Number(1.5, Written::Text("1.50")));
        assert_eq!(table.get(1, "n"), Value::Null);
        assert_eq!(table.get(1, "b"), Value::Bool(true));
        assert_eq!(table.get(1, "j"), Value::Json("[1,2]"));
        // An opaque code that looks like a number stays the text it is.
        assert_eq!(table.get(1, "s").display(), "1E5");
        assert_eq!(table.get(2, "s"), Value::Missing);
        assert_eq!(table.get(0, "j"), Value::Missing);
    }

    #[test]
    fn typed_values_keep_their_type() {
        let json = |value: Value<'_>, text: &str| value.retyped(text).to_string();
        assert_eq!(json(Value::Number(1.0, Written::Text("1")), "2.50"), "2.5");
        assert_eq!(json(Value::Number(1.0, Written::Text("1")), "none"), "\"none\"");
        assert_eq!(json(Value::Number(1.0, Written::Text("1")), " "), "null");
        assert_eq!(json(Value::Text("007".into()), "008"), "\"008\"");
        assert_eq!(json(Value::Text("a".into()), ""), "\"\"");
        assert_eq!(json(Value::Bool(true), "false"), "false");
        assert_eq!(json(Value::Null, "3"), "3");
        assert_eq!(json(Value::Missing, "红线"), "\"红线\"");
        assert_eq!(json(Value::Json("[1]"), "[1,2]"), "[1,2]");
    }

    #[test]
    fn a_member_named_twice_keeps_its_last_value() {
        let mut builder = AttributesBuilder::default();
        builder.push(b"a", Span { start: 0, end: 1 });
        builder.push(b"a", Span { start: 1, end: 2 });
        builder.end_row();
        let table = builder.finish(Arc::new(Text::whole(b"12".to_vec())));
        assert_eq!(table.get(0, "a"), Value::Number(2.0, Written::Text("2")));
    }

    #[test]
    fn a_table_of_many_columns_costs_its_cells_and_knows_those_of_a_row() {
        const ROWS: usize = 4_000;
        let mut builder = AttributesBuilder::default();
        for row in 0..ROWS {
            builder.push(b"all", Span { start: 0, end: 1 });
            builder.push(format!("p{row}").as_bytes(), Span { start: row % 7, end: row % 7 + 1 });
            builder.end_row();
        }
        let table = builder.finish(Arc::new(Text::whole(b"1234567".to_vec())));
        let bytes_of = |column: &Stored| match column {
            Stored::Json(column) => column.bytes(),
            Stored::Typed(column) => column.bytes(),
            Stored::Lent(column) => column.bytes(),
        };
        let bytes: usize = table.cells.columns.iter().map(bytes_of).sum();
        // A cell a row and column would be 128 MB; the first columns have a cell a row of the first few rows.
        assert!(bytes < 200 * ROWS, "{bytes}");
        assert_eq!(table.names().len(), ROWS + 1);
        for row in [0, 1, 63, 64, 65, 3_999] {
            let own = table.column(&format!("p{row}")).expect("there");
            assert_eq!(table.columns_of(row), [0, own], "row {row}");
            assert_eq!(table.value(row, own).display(), format!("{}", row % 7 + 1));
            assert_eq!(table.value((row + 1) % ROWS, own), Value::Missing);
            assert!(table.rows_of(own, ROWS).contains(&row));
        }
        assert_eq!((table.column("p4000"), table.columns_of(ROWS).len()), (None, 0));
        assert_eq!(table.rows_of(0, ROWS).len(), ROWS);
    }

    #[test]
    fn what_is_taken_back_leaves_no_cell() {
        let span = |start: usize| Span { start, end: start + 1 };
        let mut builder = AttributesBuilder::default();
        builder.push(b"a", span(0));
        builder.push(b"\\u0062", span(1));
        builder.abandon(b"a");
        builder.abandon(b"b");
        builder.push(b"c", span(2));
        builder.end_row();
        let table = builder.finish(Arc::new(Text::whole(b"123".to_vec())));
        assert_eq!((table.get(0, "a"), table.get(0, "b")), (Value::Missing, Value::Missing));
        assert_eq!((table.get(0, "c"), table.columns_of(0)), (Value::Number(3.0, Written::Text("3")), vec![2]));
    }

    #[test]
    fn tables_are_put_behind_one_another() {
        let span = |start: usize, end: usize| Span { start, end };
        let (mut a, mut b) = (AttributesBuilder::default(), AttributesBuilder::default());
        a.push(b"x", span(0, 1));
        a.end_row();
        a.end_row();
        b.push(b"y", span(0, 1));
        b.push(b"x", span(1, 2));
        b.end_row();
        a.append(&b, 1);
        let table = a.finish(Arc::new(Text::whole(b"123".to_vec())));
        assert_eq!((table.get(0, "x"), table.get(1, "x")), (Value::Number(1.0, Written::Text("1")), Value::Missing));
        assert_eq!(
            (table.get(2, "x"), table.get(2, "y")),
            (Value::Number(3.0, Written::Text("3")), Value::Number(2.0, Written::Text("2")))
        );
        assert_eq!(table.get(0, "y"), Value::Missing);
    }
}
