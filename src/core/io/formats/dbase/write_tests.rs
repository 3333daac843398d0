//! Tests of writing tables: types, widths, names, losses, what is read back.

use super::super::{
    Cell, Date, DateTime, Field, FieldKind, Format, FormatError, InMemory, Loss, Output, ReadHints, Schema, Time,
    WriteFormat, WriteSeek,
};
use super::tests::Kept;
use super::{Dbase, DbaseWriter, TableEncoding};
use crate::progress::Progress;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Files in memory, as they are written.
#[derive(Default)]
pub(in crate::io::formats) struct Written(pub(in crate::io::formats) BTreeMap<String, Vec<u8>>);

impl Output for Written {
    fn create(&mut self, name: &str) -> std::io::Result<Box<dyn WriteSeek + '_>> {
        let file = self.0.entry(name.to_owned()).or_default();
        file.clear();
        Ok(Box::new(Cursor::new(file)))
    }

    fn path(&mut self, name: &str) -> std::path::PathBuf {
        name.into()
    }
}

impl Written {
    pub(in crate::io::formats) fn folder(&self) -> InMemory {
        self.0.iter().fold(InMemory::default(), |folder, (name, bytes)| folder.with(name, bytes.clone()))
    }
}

/// Rows of one field.
fn column(name: &str, kind: FieldKind, cells: &[Cell<'static>]) -> Kept {
    let schema = Schema { fields: vec![Field::new(name, kind)], ..Schema::default() };
    Kept { schema, rows: cells.iter().map(|cell| (vec![cell.clone()], None)).collect(), notes: Vec::new() }
}

fn written(rows: &Kept, encoding: TableEncoding) -> Result<(Written, Vec<Loss>), FormatError> {
    let writer = DbaseWriter { encoding };
    let losses = writer.losses(rows);
    let mut out = Written::default();
    writer.write(rows, "x.dbf", &mut out, &Progress::default())?;
    Ok((out, losses))
}

fn again(rows: &Kept, encoding: TableEncoding) -> (Kept, usize) {
    let (out, losses) = written(rows, encoding).expect("it is written");
    let mut kept = Kept::default();
    let read = Dbase.read(&out.folder().input("x.dbf"), "", &ReadHints::default(), &mut kept, &Progress::default());
    read.expect("it is read");
    assert!(!kept.has_doubt(), "{:?}", kept.notes);
    (kept, losses.len())
}

fn text(text: &str) -> Cell<'static> {
    Cell::Text(text.to_owned().into())
}

fn decimal(text: &str) -> Cell<'static> {
    Cell::Decimal(text.to_owned().into())
}

#[test]
fn values_come_back() {
    let date = Date { year: 2024, month: 2, day: 29 };
    let time = Time { hour: 1, minute: 2, second: 3, nanosecond: 40_000_000 };
    let moment = Cell::DateTime(DateTime { date, time, offset_minutes: Some(480) });
    let long = i64::MIN;
    type Case = (FieldKind, Vec<Cell<'static>>, Vec<Cell<'static>>, usize);
    let table: Vec<Case> = vec![
        (FieldKind::Bool, vec![Cell::Bool(true), Cell::Null, Cell::Bool(false)], vec![], 0),
        (FieldKind::Integer, vec![Cell::Integer(310_113_001_000_000_001), Cell::Null, Cell::Integer(-1)], vec![], 0),
        (FieldKind::Integer, vec![Cell::Integer(long), Cell::Null], vec![text("-9223372036854775808"), Cell::Null], 1),
        (
            FieldKind::Real,
            vec![Cell::Real(0.1), Cell::Real(-1.234_567_890_123_456_7e-308), Cell::Real(1e300), Cell::Null],
            vec![],
            0,
        ),
        (
            FieldKind::Real,
            vec![Cell::Real(121.471_234_567_890_12), Cell::Integer(5)],
            vec![Cell::Real(121.471_234_567_890_12), Cell::Real(5.0)],
            0,
        ),
        (FieldKind::Decimal, vec![decimal("31011300100000000123")], vec![text("31011300100000000123")], 1),
        (FieldKind::Decimal, vec![decimal("310113001000000001")], vec![Cell::Integer(310_113_001_000_000_001)], 0),
        (FieldKind::Decimal, vec![decimal("0.10"), decimal("12")], vec![Cell::Real(0.1), Cell::Real(12.0)], 1),
        (FieldKind::Decimal, vec![decimal("1e5")], vec![text("1e5")], 1),
        (FieldKind::Text, vec![text("宝山区"), Cell::Null, text(" x")], vec![], 0),
        (FieldKind::Text, vec![text(""), text("a ")], vec![Cell::Null, text("a")], 2),
        (FieldKind::Date, vec![Cell::Date(date), Cell::Null], vec![], 0),
        (FieldKind::DateTime, vec![moment], vec![text("2024-02-29T01:02:03.04+08:00")], 1),
        (FieldKind::Time, vec![Cell::Time(time)], vec![text("01:02:03.04")], 1),
        (FieldKind::Json, vec![Cell::Json("[1]".into()), Cell::Missing], vec![text("[1]"), Cell::Null], 1),
        (FieldKind::Integer, vec![Cell::Integer(1), text("一")], vec![text("1"), text("一")], 1),
        (FieldKind::Integer, vec![Cell::Null], vec![], 0),
        (FieldKind::Text, vec![], vec![], 0),
    ];
    for encoding in [TableEncoding::Utf8, TableEncoding::Gbk] {
        for (kind, cells, expected, losses) in &table {
            let (kept, lost) = again(&column("名称", *kind, cells), encoding);
            let got: Vec<_> = kept.rows.iter().map(|(cells, _)| cells[0].clone()).collect();
            let expected = if expected.is_empty() { cells } else { expected };
            assert_eq!((&got, lost), (expected, *losses), "{kind:?} {encoding:?}");
            assert_eq!(kept.schema.fields[0].name, "名称");
        }
    }
}

#[test]
fn names_are_cut_between_letters_and_made_different() {
    let cases: &[(TableEncoding, &[&str], &[&str])] = &[
        (TableEncoding::Utf8, &["排污口名称", "排污口编号"], &["排污口", "排污_1"]),
        (TableEncoding::Gbk, &["排污口名称", "排污口编号"], &["排污口名称", "排污口编号"]),
        (TableEncoding::Gbk, &["A排污口名称", "A排污口名字"], &["A排污口名", "A排污口_1"]),
        (
            TableEncoding::Utf8,
            &["longer_than_ten", "longer_than", "longer_tha"],
            &["longer_t_1", "longer_t_2", "longer_tha"],
        ),
        (TableEncoding::Utf8, &["name", "NAME", "Name"], &["name", "NAME_1", "Name_2"]),
        (TableEncoding::Utf8, &["", " ", "a\nb"], &["FIELD_1", "FIELD_2", "a_b"]),
        (TableEncoding::Gbk, &["😀"], &["FIELD_1"]),
        (TableEncoding::Utf8, &["0123456789", "01234567890"], &["0123456789", "01234567_1"]),
    ];
    for (encoding, names, expected) in cases {
        let got = super::names::proposed(names.iter().copied(), *encoding);
        assert_eq!(&got, expected);
        let schema = Schema {
            fields: names.iter().map(|name| Field::new(*name, FieldKind::Text)).collect(),
            ..Schema::default()
        };
        let rows = Kept { schema, ..Kept::default() };
        let (kept, lost) = again(&rows, *encoding);
        let read: Vec<_> = kept.schema.fields.iter().map(|field| field.name.clone()).collect();
        assert_eq!(&read, expected);
        assert_eq!(lost, names.iter().zip(*expected).filter(|(name, written)| name != written).count());
    }
    let many: Vec<String> = (0..300).map(|at| format!("very_long_field_name_{at}")).collect();
    let got = super::names::proposed(many.iter().map(String::as_str), TableEncoding::Utf8);
    let different: std::collections::HashSet<_> = got.iter().collect();
    assert!(different.len() == 300 && got.iter().all(|name| name.len() <= 10));
}

#[test]
fn long_text_is_cut_between_letters_and_said() {
    let long = "宝山".repeat(60);
    for (encoding, letters) in [(TableEncoding::Utf8, 84), (TableEncoding::Gbk, 120)] {
        let (kept, lost) = again(&column("a", FieldKind::Text, &[text(&long), text("b")]), encoding);
        let Cell::Text(back) = &kept.rows[0].0[0] else { panic!("text") };
        assert_eq!((back.chars().count(), lost), (letters, usize::from(letters < 120)));
        assert!(long.starts_with(back.as_ref()));
    }
}

#[test]
fn encodings_are_said_in_both_ways_and_nothing_is_a_question_mark() {
    let rows = column("名称", FieldKind::Text, &[text("顾村镇")]);
    for (encoding, cpg, driver) in [(TableEncoding::Utf8, "UTF-8", 0), (TableEncoding::Gbk, "GBK", 0x4d)] {
        let (out, _) = written(&rows, encoding).expect("written");
        assert_eq!((out.0["x.cpg"].as_slice(), out.0["x.dbf"][29]), (cpg.as_bytes(), driver));
        assert_eq!(out.0["x.dbf"].len(), 32 + 32 + 1 + out.0["x.dbf"][10] as usize + 1);
    }
    let rows = column("a", FieldKind::Text, &[text("ok"), text("地块😀")]);
    let refused = written(&rows, TableEncoding::Gbk).err().expect("refused");
    assert!(
        matches!(refused, FormatError::Refused { place: Some(super::super::FormatPlace::Row(2)), .. }),
        "{refused:?}"
    );
    assert_eq!(DbaseWriter { encoding: TableEncoding::Gbk }.losses(&rows).len(), 1);
    assert_eq!(again(&rows, TableEncoding::Utf8).0.rows[1].0[0], text("地块😀"));
}

#[test]
fn what_a_table_cannot_hold_is_refused() {
    let fields = (0..3000).map(|at| Field::new(format!("f{at}"), FieldKind::Bool)).collect();
    let rows = Kept { schema: Schema { fields, ..Schema::default() }, ..Kept::default() };
    assert!(written(&rows, TableEncoding::Utf8).is_err());
    assert!(DbaseWriter::default().losses(&rows).len() >= 2);
    // No field at all: rows are numbered.
    let rows = Kept { rows: vec![(vec![], None), (vec![], None)], ..Kept::default() };
    let (kept, lost) = again(&rows, TableEncoding::Utf8);
    assert_eq!((kept.rows[1].0[0].clone(), lost), (Cell::Integer(1), 1));
}
