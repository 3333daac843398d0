//! Tests of reading tables: values, encodings, names.

use super::super::{
    Cell, Date, DateTime, Field, FieldKind, Format, FormatError, InMemory, Note, RawGeometry, ReadHints, RowSink,
    RowSource, Schema, Time,
};
use super::Dbase;
use crate::progress::Progress;
use std::borrow::Cow;

/// A sink that keeps all, and a source that gives it again.
#[derive(Debug, Default)]
pub(in crate::io::formats) struct Kept {
    pub(in crate::io::formats) schema: Schema,
    pub(in crate::io::formats) rows: Vec<(Vec<Cell<'static>>, Option<RawGeometry>)>,
    pub(in crate::io::formats) notes: Vec<Note>,
}

impl Kept {
    pub(in crate::io::formats) fn kinds(&self) -> Vec<&'static str> {
        self.notes.iter().map(|note| note.kind).collect()
    }

    pub(in crate::io::formats) fn has_doubt(&self) -> bool {
        self.notes.iter().any(|note| note.is_doubt)
    }

    pub(super) fn cells(&self) -> Vec<Vec<Cell<'static>>> {
        self.rows.iter().map(|(cells, _)| cells.clone()).collect()
    }
}

pub(in crate::io::formats) fn owned(cell: &Cell<'_>) -> Cell<'static> {
    let text = |text: &Cow<'_, str>| Cow::Owned(text.to_string());
    match cell {
        Cell::Missing => Cell::Missing,
        Cell::Null => Cell::Null,
        Cell::Bool(value) => Cell::Bool(*value),
        Cell::Integer(value) => Cell::Integer(*value),
        Cell::Real(value) => Cell::Real(*value),
        Cell::Decimal(value) => Cell::Decimal(text(value)),
        Cell::Text(value) => Cell::Text(text(value)),
        Cell::Json(value) => Cell::Json(text(value)),
        Cell::Date(value) => Cell::Date(*value),
        Cell::Time(value) => Cell::Time(*value),
        Cell::DateTime(value) => Cell::DateTime(*value),
    }
}

impl RowSink for Kept {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        assert!(self.schema == Schema::default(), "the schema is given once");
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.schema.fields.len());
        self.rows.push((cells.iter().map(owned).collect(), geometry.cloned()));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        assert!(!note.said.zh.contains("format.") && !note.said.en.contains("%{"), "{note:?}");
        self.notes.push(note);
    }
}

impl RowSource for Kept {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        (self.schema.crs.clone(), None)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn each(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.rows.iter().try_for_each(|(cells, geometry)| each(cells, geometry.as_ref()))
    }
}

/// A field: name, letter, width, decimals.
type Described<'a> = (&'a [u8], u8, u8, u8);

/// The bytes of a table: each row is its deletion mark and its fields' bytes, padded with spaces.
pub(in crate::io::formats) fn table(version: u8, driver: u8, fields: &[Described<'_>], rows: &[&[&[u8]]]) -> Vec<u8> {
    let record: usize = 1 + fields.iter().map(|field| usize::from(field.2)).sum::<usize>();
    let mut bytes = vec![version, 124, 1, 2];
    bytes.extend((rows.len() as u32).to_le_bytes());
    bytes.extend((33 + 32 * fields.len() as u16).to_le_bytes());
    bytes.extend((record as u16).to_le_bytes());
    bytes.resize(32, 0);
    bytes[29] = driver;
    for (name, letter, width, decimals) in fields {
        let start = bytes.len();
        bytes.extend_from_slice(name);
        bytes.resize(start + 32, 0);
        bytes[start + 11] = *letter;
        bytes[start + 16] = *width;
        bytes[start + 17] = *decimals;
    }
    bytes.push(0x0d);
    for row in rows {
        let start = bytes.len();
        bytes.push(row[0].first().copied().unwrap_or(b' '));
        for (value, field) in row[1..].iter().zip(fields) {
            let at = bytes.len();
            bytes.extend_from_slice(value);
            bytes.resize(at + usize::from(field.2), b' ');
        }
        bytes.resize(start + record, b' ');
    }
    bytes.push(0x1a);
    bytes
}

pub(super) fn read_with(bytes: Vec<u8>, cpg: Option<&[u8]>, encoding: Option<&str>) -> Result<Kept, FormatError> {
    let mut folder = InMemory::default().with("x.dbf", bytes);
    if let Some(cpg) = cpg {
        folder = folder.with("X.CPG", cpg.to_vec());
    }
    let hints = ReadHints { encoding: encoding.map(str::to_owned), ..ReadHints::default() };
    let mut kept = Kept::default();
    Dbase.read(&folder.input("x.dbf"), "", &hints, &mut kept, &Progress::default()).map(|()| kept)
}

pub(super) fn read(bytes: Vec<u8>) -> Kept {
    read_with(bytes, None, None).expect("it is read")
}

/// One value of a field: its cell, and the kinds of notes.
fn value((letter, width, decimals): (u8, u8, u8), value: &[u8]) -> (Cell<'static>, Vec<&'static str>) {
    let kept = read(table(3, 0, &[(b"F", letter, width, decimals)], &[&[b" ", value]]));
    (kept.rows[0].0[0].clone(), kept.kinds())
}

pub(super) fn text(text: &str) -> Cell<'static> {
    Cell::Text(Cow::Owned(text.to_owned()))
}

fn decimal(text: &str) -> Cell<'static> {
    Cell::Decimal(Cow::Owned(text.to_owned()))
}

fn day(year: i32, month: u8, day: u8) -> Cell<'static> {
    Cell::Date(Date { year, month, day })
}

#[test]
fn values_are_typed_exactly() {
    let bad = "format.dbase.not_a_value";
    let table: &[((u8, u8, u8), &[u8], Cell<'static>, &[&str])] = &[
        ((b'N', 18, 0), b"310113001000000001", Cell::Integer(310_113_001_000_000_001), &[]),
        ((b'N', 18, 0), b"-99999999999999999", Cell::Integer(-99_999_999_999_999_999), &[]),
        ((b'N', 19, 0), b" 310113001000000001", decimal("310113001000000001"), &[]),
        ((b'N', 20, 0), b"31011300100000000123", decimal("31011300100000000123"), &[]),
        ((b'F', 20, 0), b"00011300100000000123", decimal("11300100000000123"), &[]),
        ((b'N', 20, 0), b"-0", decimal("-0"), &[]),
        ((b'N', 20, 0), b"+12.50", decimal("12.50"), &[]),
        ((b'N', 20, 0), b".5e3", decimal("0.5e3"), &[]),
        ((b'N', 20, 0), b"5.", decimal("5"), &[]),
        ((b'N', 20, 0), b"1e", Cell::Null, &[bad]),
        ((b'N', 20, 0), b"1-2", Cell::Null, &[bad]),
        ((b'N', 20, 0), b"1,5", decimal("1.5"), &["format.dbase.comma"]),
        ((b'N', 9, 0), b"  42", Cell::Integer(42), &[]),
        ((b'N', 9, 0), b"0042\0zz", Cell::Integer(42), &[]),
        ((b'N', 9, 0), b"12.000", Cell::Integer(12), &[]),
        ((b'N', 9, 0), b"12.5", Cell::Real(12.5), &["format.dbase.not_whole"]),
        ((b'N', 9, 0), b"1,234", Cell::Null, &[bad]),
        ((b'N', 9, 0), b"abc", Cell::Null, &[bad]),
        ((b'N', 9, 0), b"NaN", Cell::Null, &[bad]),
        ((b'N', 9, 0), b"inf", Cell::Null, &[bad]),
        ((b'N', 9, 0), b"-", Cell::Null, &[bad]),
        ((b'N', 9, 0), b"", Cell::Null, &[]),
        ((b'N', 9, 0), b"*********", Cell::Null, &["format.dbase.asterisks"]),
        ((b'N', 9, 2), b"3,25", Cell::Real(3.25), &["format.dbase.comma"]),
        ((b'N', 9, 3), b"1,234", Cell::Real(1.234), &["format.dbase.comma"]),
        ((b'N', 9, 3), b"1,2,3", Cell::Null, &[bad]),
        ((b'F', 20, 11), b"1.50000000000e+003", Cell::Real(1500.0), &[]),
        ((b'F', 20, 11), b"1e999", Cell::Null, &[bad]),
        ((b'F', 9, 3), b"\0\0\0\0\0\0\0\0\0", Cell::Null, &[]),
        ((b'L', 1, 0), b"y", Cell::Bool(true), &[]),
        ((b'L', 1, 0), b"F", Cell::Bool(false), &[]),
        ((b'L', 1, 0), b"?", Cell::Null, &[]),
        ((b'L', 1, 0), b"x", Cell::Null, &[bad]),
        ((b'D', 8, 0), b"20240229", day(2024, 2, 29), &[]),
        ((b'D', 8, 0), b"20230229", Cell::Null, &[bad]),
        ((b'D', 8, 0), b"20241301", Cell::Null, &[bad]),
        ((b'D', 8, 0), b"00000000", Cell::Null, &[]),
        ((b'D', 8, 0), b"\0\0\0\0\0\0\0\0", Cell::Null, &[]),
        ((b'D', 10, 0), b"2024-02-29", day(2024, 2, 29), &[]),
        ((b'D', 10, 0), b"2024/2/9", day(2024, 2, 9), &[]),
        ((b'D', 8, 0), b"1/2/2024", Cell::Null, &[bad]),
        ((b'C', 9, 0), b"  a b", text("  a b"), &[]),
        ((b'C', 9, 0), b"", Cell::Null, &[]),
        ((b'C', 9, 0), b"ab\0cd", text("ab"), &[]),
        ((b'C', 9, 0), b"??", text("??"), &["format.dbase.question_marks"]),
        ((b'Z', 9, 0), b"odd", text("odd"), &["format.dbase.odd_type"]),
        ((b'M', 10, 0), b"3", Cell::Null, &["format.dbase.not_read"]),
        ((b'I', 4, 0), &(-7_i32).to_le_bytes(), Cell::Integer(-7), &[]),
        ((b'+', 4, 0), &9_i32.to_le_bytes(), Cell::Integer(9), &[]),
        ((b'O', 8, 0), &2.5_f64.to_le_bytes(), Cell::Real(2.5), &[]),
        ((b'O', 8, 0), &f64::NAN.to_le_bytes(), Cell::Null, &[bad]),
        ((b'Y', 8, 0), &(-12_345_i64).to_le_bytes(), decimal("-1.2345"), &[]),
        ((b'T', 8, 0), &[0; 8], Cell::Null, &[]),
        ((b'T', 8, 0), b"garbage!", Cell::Null, &[bad]),
        ((b'T', 14, 0), b"20240101120000", text("20240101120000"), &["format.dbase.odd_type"]),
    ];
    for (field, bytes, cell, kinds) in table {
        let got = value(*field, bytes);
        assert_eq!(
            (&got.0, got.1.as_slice()),
            (cell, *kinds),
            "{} {:?}",
            char::from(field.0),
            String::from_utf8_lossy(bytes)
        );
    }
    // 2024-02-29 is the Julian day 2,460,370.
    let mut moment = 2_460_370_i32.to_le_bytes().to_vec();
    moment.extend(45_296_007_u32.to_le_bytes());
    let time = Time { hour: 12, minute: 34, second: 56, nanosecond: 7_000_000 };
    let date = Date { year: 2024, month: 2, day: 29 };
    for letter in [b'T', b'@'] {
        assert_eq!(value((letter, 8, 0), &moment).0, Cell::DateTime(DateTime { date, time, offset_minutes: None }));
    }
}

#[test]
fn kinds_follow_the_width() {
    let kinds = [
        ((b'N', 18, 0), FieldKind::Integer),
        ((b'N', 19, 0), FieldKind::Decimal),
        ((b'F', 18, 0), FieldKind::Integer),
        ((b'N', 19, 11), FieldKind::Real),
        ((b'D', 8, 0), FieldKind::Date),
        ((b'B', 8, 0), FieldKind::Text),
    ];
    for ((letter, width, decimals), kind) in kinds {
        let kept = read(table(3, 0, &[(b"F", letter, width, decimals)], &[]));
        assert_eq!(kept.schema.fields[0].kind, kind);
    }
    // In Visual FoxPro a B is a floating point number.
    let kept = read(table(0x30, 0, &[(b"F", b'B', 8, 4)], &[&[b" ", &0.1_f64.to_le_bytes()]]));
    assert_eq!((kept.schema.fields[0].kind, kept.cells()), (FieldKind::Real, vec![vec![Cell::Real(0.1)]]));
}

#[test]
fn visual_foxpro_bits_say_what_is_null_and_how_long() {
    let mut bytes = table(
        0x32,
        0,
        &[(b"A", b'V', 6, 0), (b"B", b'I', 4, 0), (b"_NullFlags", b'0', 1, 0)],
        &[&[b" ", b"abc  \x03", &5_i32.to_le_bytes(), &[1]], &[b" ", b"abcdef", &6_i32.to_le_bytes(), &[2]]],
    );
    bytes[32 + 32 + 18] = 2;
    bytes[32 + 64 + 18] = 5;
    let kept = read(bytes);
    assert_eq!(kept.cells(), [[text("abc"), Cell::Integer(5)], [text("abcdef"), Cell::Null]]);
}

#[test]
fn deleted_rows_are_left_out_without_a_shift() {
    let kept = read(table(
        3,
        0,
        &[(b"A", b'C', 2, 0), (b"B", b'N', 2, 0)],
        &[&[b" ", b"a", b"1"], &[b"*", b"b", b"2"], &[b" ", b"c", b"3"], &[b"*"], &[b" ", b"d", b"x"]],
    ));
    let expected = [[text("a"), Cell::Integer(1)], [text("c"), Cell::Integer(3)], [text("d"), Cell::Null]];
    assert_eq!(kept.cells(), expected);
    assert_eq!(kept.kinds(), ["format.dbase.not_a_value", "format.dbase.deleted"]);
    assert_eq!(kept.notes[0].row, Some(2));
}

const GBK_NAME: &[u8] = b"\xc5\xc5\xce\xdb\xbf\xda\xc3\xfb\xb3\xc6";

#[test]
fn encodings_go_by_the_order_of_their_sources() {
    let gbk: &[u8] = b"\xb1\xa6\xc9\xbd\xc7\xf8";
    let utf8 = "宝山区".as_bytes();
    let table_of: &[(u8, Option<&[u8]>, Option<&str>, &[u8], &str, &str)] = &[
        (0, None, None, gbk, "宝山区", "GB 18030"),
        (0x57, None, None, gbk, "宝山区", "GB 18030"),
        (1, None, None, gbk, "宝山区", "GB 18030"),
        (3, None, None, utf8, "宝山区", "UTF-8"),
        (0x4d, None, None, gbk, "宝山区", "GBK"),
        (0x7a, None, None, gbk, "宝山区", "GBK"),
        (0x4d, None, None, utf8, "宝山区", "GBK"),
        (0x4d, Some(b"UTF-8"), None, utf8, "宝山区", "UTF-8"),
        (0, Some(b"GBK\r\n"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"cp936\0"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"ANSI 936"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"OEM_936"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"936"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"ANSI_936"), None, gbk, "宝山区", "GBK"),
        (0, Some(b"gb-18030"), None, gbk, "宝山区", "GB 18030"),
        (0, Some(b"54936"), None, gbk, "宝山区", "GB 18030"),
        (0, Some(b"\xef\xbb\xbf\"utf_8\""), None, utf8, "宝山区", "UTF-8"),
        (0, Some(b"65001"), None, utf8, "宝山区", "UTF-8"),
        (0, Some(b"UTF-8"), None, gbk, "宝山区", "UTF-8"),
        (0, Some(b"GBK"), None, utf8, "宝山区", "GBK"),
        (0, Some(b"<!DOCTYPE html>UTF-8"), None, gbk, "宝山区", "GB 18030"),
        (0x4d, Some(b"klingon"), None, gbk, "宝山区", "GBK"),
        (0, Some(b""), None, gbk, "宝山区", "GB 18030"),
        (0, Some(b"8859_1"), None, b"D\xe9cret", "Décret", "windows-1252"),
        (0, Some(b"88591"), None, b"D\xe9cret", "Décret", "windows-1252"),
        (0, Some(b"BIG-5"), None, b"\xa4\xa4", "中", "Big5"),
        (0, Some(b"GBK"), Some("utf-8"), utf8, "宝山区", "UTF-8"),
        (0x4d, Some(b"UTF-8"), Some("gb18030"), gbk, "宝山区", "GB 18030"),
        (0x57, None, None, b"n\xba81, D\xe9cret", "nº81, Décret", "windows-1252"),
    ];
    for (driver, cpg, hint, bytes, shown, name) in table_of {
        let kept = read_with(table(3, *driver, &[(b"N", b'C', 20, 0)], &[&[b" ", bytes]]), *cpg, *hint).expect("read");
        let got = (kept.cells()[0][0].clone(), kept.schema.encoding.clone());
        assert_eq!(got, (text(shown), Some((*name).to_owned())), "{driver} {cpg:?} {hint:?}");
    }
    assert!(read_with(table(3, 0, &[], &[]), None, Some("klingon")).is_err());
}

#[test]
fn text_that_does_not_fit_is_said() {
    let mixed = "format.dbase.mixed";
    let gbk: &[u8] = b"\xb1\xa6\xc9\xbd\xc7\xf8";
    let rows: &[(&[u8], &[u8], &str, &[&str])] = &[
        // GBK and UTF-8 in one column without a declaration.
        (gbk, "宝山区".as_bytes(), "宝山区", &["format.dbase.guessed", mixed]),
        (gbk, "顾村，a".as_bytes(), "顾村，a", &["format.dbase.guessed", mixed]),
        // Destroyed before: never 锟斤拷.
        (gbk, b"\xef\xbf\xbd\xef\xbf\xbd", "\u{fffd}\u{fffd}", &["format.dbase.guessed", "format.dbase.lost"]),
        (gbk, b"a\xef\xbf\xbd", "a\u{fffd}", &["format.dbase.guessed", "format.dbase.lost"]),
        (
            gbk,
            b"\xef\xbf\xbd\xef\xbf\xbd\xd5\xf2",
            "\u{fffd}\u{fffd}镇",
            &["format.dbase.guessed", "format.dbase.lost"],
        ),
        // 张锟江 is a person.
        (gbk, b"\xd5\xc5\xef\xbf\xbd\xad", "张锟江", &["format.dbase.guessed"]),
        ("区".as_bytes(), b"\xef\xbf\xbd", "\u{fffd}", &["format.dbase.guessed", "format.dbase.lost"]),
        // Cut by the width of 12 bytes.
        ("区".as_bytes(), "村1宝山区路".as_bytes(), "村1宝山", &["format.dbase.guessed", "format.dbase.text_cut"]),
        (
            gbk,
            b"1\xb1\xa6\xc9\xbd\xc7\xf8\xb1\xa6\xc9\xbd\xc7",
            "1宝山区宝山",
            &["format.dbase.guessed", "format.dbase.text_cut"],
        ),
        (gbk, b"\xff\xfe\xff", "\u{fffd}\u{fffd}", &["format.dbase.guessed", "format.dbase.invalid"]),
    ];
    for (first, bytes, shown, kinds) in rows {
        let bytes = &bytes[..bytes.len().min(12)];
        let kept = read(table(3, 0, &[(b"N", b'C', 12, 0)], &[&[b" ", first], &[b" ", first], &[b" ", bytes]]));
        assert_eq!((kept.cells()[2][0].clone(), kept.kinds()), (text(shown), kinds.to_vec()), "{shown}");
        assert!(!format!("{kept:?}").contains('斤'));
    }
    let kept = read_with(table(3, 0, &[(b"N", b'C', 12, 0)], &[&[b" ", gbk]]), None, Some("UTF-8")).expect("read");
    assert_eq!(kept.kinds(), ["format.dbase.invalid"], "the planner's word is not bettered");
}

#[test]
fn names_lose_their_half_letters_and_stay_apart() {
    let names: &[(&[u8], u8, &str)] = &[
        (GBK_NAME, 0x4d, "排污口名称"),
        (&GBK_NAME[..9], 0x4d, "排污口名"),
        (b"A\xc5\xc5\xce\xdb\xbf\xda\xc3\xfb\xb3", 0, "A排污口名"),
        (b"NAME\0junk", 0, "NAME"),
        (b"NAME     ", 0, "NAME"),
    ];
    for (bytes, driver, name) in names {
        let kept = read(table(3, *driver, &[(bytes, b'C', 4, 0)], &[&[b" ", b"\xc5\xc5"]]));
        let bytes = String::from_utf8_lossy(bytes);
        assert_eq!(kept.schema.fields[0].name, *name, "{bytes}");
    }
    let utf8 = "排污口名称".as_bytes();
    let kept = read(table(3, 0, &[(&utf8[..10], b'C', 4, 0)], &[&[b" ", b"a"]]));
    assert_eq!((kept.schema.fields[0].name.as_str(), kept.kinds()[1]), ("排污口", "format.dbase.name_cut"));
    let alike: &[Described<'_>] =
        &[(b"AREA", b'N', 2, 0), (b"B", b'N', 2, 0), (b"AREA", b'N', 2, 0), (b"A", b'N', 2, 0)];
    let kept = read(table(3, 0, alike, &[&[b" ", b"1", b"2", b"3", b"4"]]));
    let names: Vec<_> = kept.schema.fields.iter().map(|field: &Field| field.name.as_str()).collect();
    assert_eq!(names, ["AREA", "B", "AREA", "A"]);
    assert_eq!(kept.cells(), [[1, 2, 3, 4].map(Cell::Integer)]);
}
