//! Tests of GeoPackages: round trips, the traps of real files, edits, damage. Files are made with SQL as other programs leave them.

use super::super::flatgeobuf::tests::{Held, KINDS, example, geometry};
use super::super::{Cell, DateTime, Domain, FieldKind, Format, FormatError, InMemory, OnDisk, ReadHints, wkb};
use super::{CellChange, GeoPackage, GeometryChange, RowChange, apply, write};
use crate::model::GeometryKind;
use crate::progress::Progress;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn written(held: &Held, folder: &Path) -> PathBuf {
    let path = folder.join("x.gpkg");
    write::write(held, "x", &path, &Progress::default()).expect("written");
    path
}

fn read_with(path: &Path, layer: &str, hints: &ReadHints) -> Result<Held, FormatError> {
    let mut held = Held::default();
    GeoPackage.read(&OnDisk::input(path).expect("there"), layer, hints, &mut held, &Progress::default())?;
    Ok(held)
}

fn read(path: &Path, layer: &str) -> Held {
    read_with(path, layer, &ReadHints::default()).expect("read")
}

fn names(path: &Path) -> Vec<String> {
    let layers = GeoPackage.layers(&OnDisk::input(path).expect("there"), &ReadHints::default()).expect("layers");
    layers.into_iter().map(|layer| layer.name).collect()
}

fn kinds(held: &Held) -> Vec<&'static str> {
    held.notes.iter().map(|note| note.kind).collect()
}

fn sql(path: &Path, batch: &str) {
    let db = Connection::open(path).expect("open");
    super::sql::register(&db).expect("functions");
    // Other programs do not keep to the references.
    db.execute_batch("PRAGMA foreign_keys = OFF").expect("sql");
    db.execute_batch(batch).expect("sql");
}

/// Moments as the format has them: in UTC.
fn in_utc(held: &Held) -> Held {
    let mut held = held.clone();
    for cell in held.rows.iter_mut().flat_map(|row| &mut row.0) {
        if let Cell::DateTime(moment) = cell {
            let utc: DateTime = super::super::iso8601::in_utc(*moment);
            *cell = Cell::DateTime(utc);
        }
        // Types that the format lacks come back as text.
        if let Cell::Time(time) = cell {
            *cell = Cell::Text(super::super::iso8601::write_time(*time).into());
        }
        if let Cell::Decimal(text) = cell {
            *cell = Cell::Text(text.clone());
        }
    }
    held
}

#[test]
fn layers_come_back_whole() {
    for kinds in KINDS.iter().map(|kind| vec![*kind]).chain([KINDS.to_vec()]) {
        let folder = tempfile::tempdir().expect("folder");
        let mut held = example(&kinds, 40);
        let values = vec![("1".to_owned(), "一级".to_owned()), ("2".to_owned(), "二级".to_owned())];
        held.schema.fields[1].domain = Some(Arc::new(Domain { name: "级别".to_owned(), values }));
        let path = written(&held, folder.path());
        let back = read(&path, "图层");
        assert_eq!(back.rows, in_utc(&held).rows);
        assert!(back.ids.iter().copied().eq((1..=40).map(Some)) && back.schema.has_ids);
        assert_eq!(back.notes, []);
        assert_eq!((back.schema.title.as_deref(), back.schema.crs.as_deref()), (Some("一个图层"), Some("EPSG:4547")));
        assert_eq!(back.schema.fields[1], held.schema.fields[1]);
        assert_eq!(back.schema.fields[8].kind, FieldKind::Json);
        // By the index and without it: the same rows.
        let window = Some([40_500_100.0, 3_450_100.0, 40_500_500.0, 3_450_500.0]);
        let hints = ReadHints { window, ..ReadHints::default() };
        let by_index = read_with(&path, "图层", &hints).expect("read").rows;
        sql(&path, "DROP TRIGGER \"rtree_图层_geom_insert\"; DROP TRIGGER \"rtree_图层_geom_delete\"; DELETE FROM \"rtree_图层_geom\";
                    DROP TRIGGER \"rtree_图层_geom_update2\"; DROP TRIGGER \"rtree_图层_geom_update4\"; DROP TRIGGER \"rtree_图层_geom_update5\"");
        assert_eq!(by_index, read_with(&path, "图层", &hints).expect("read").rows);
        assert!(!by_index.is_empty() && by_index.len() < 20);
        let files: Vec<_> = std::fs::read_dir(folder.path()).expect("folder").collect();
        assert_eq!(files.len(), 1, "nothing is left beside it");
    }
}

#[test]
fn a_stale_index_hides_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = written(&example(&[GeometryKind::Point], 40), folder.path());
    let hints = ReadHints { window: Some([0.0, 0.0, 1e9, 1e9]), ..ReadHints::default() };
    let all = read_with(&path, "图层", &hints).expect("read").rows.len();
    for id in [40, 1, 12] {
        sql(&path, &format!("DELETE FROM \"rtree_图层_geom\" WHERE id = {id}"));
        assert_eq!(read_with(&path, "图层", &hints).expect("read").rows.len(), all, "{id}");
    }
}

/// A bare file as other programs leave it: the catalogue and no more.
fn bare(folder: &Path) -> PathBuf {
    let path = folder.join("bare.gpkg");
    sql(&path, super::sql::CATALOGUE);
    sql(
        &path,
        "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'epsg', 4326, 'GEOGCS[]', NULL), ('mine', 7, 'NONE', 7, 'PROJCS[\"mine\"]', NULL)",
    );
    path
}

fn point(x: f64, srs_id: i32) -> String {
    let mut blob = Vec::new();
    wkb::write_geopackage(&geometry(GeometryKind::Point, &[&[&[[x, 2.0]]]]), srs_id, &mut blob);
    blob.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn traps_of_real_files() {
    let folder = tempfile::tempdir().expect("folder");
    let path = bare(folder.path());
    let p = point(1.0, 0);
    sql(&path, &format!("
        INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES
          ('Roads', 'features', '道路', -1), ('t', 'attributes', 't', NULL), ('v', 'features', 'v', 7), ('gone', 'features', 'gone', 0),
          ('pics', 'tiles', 'pics', 0), ('ns', 'features', 'ns', 4326);
        INSERT INTO gpkg_geometry_columns VALUES ('ROADS', 'GEOM', 'GEOMETRY', 0, 0, 0), ('v', 'g', 'POINT', 7, 0, 0), ('ns', 'geom', 'POINT', 4326, 0, 0);
        CREATE TABLE roads (fid INTEGER PRIMARY KEY, geom BLOB, b BOOLEAN, i MEDIUMINT, d DOUBLE, s TEXT(8), k BLOB, day DATE, at DATETIME, n NUMERIC, u);
        INSERT INTO roads VALUES (1, x'{p}', 1, 9223372036854775807, 0.5, '汉字', x'00', '2024-02-29', '2024-02-29T01:02:03.000Z', 310113001000000001, 'x');
        INSERT INTO roads VALUES (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO roads VALUES (7, x'00', 2, 'abc', 9e999, CAST(x'BABA' AS TEXT), 'text', '29.2.2024', '2024-02-29', 0.1, 5);
        CREATE TABLE t (地块编号 INTEGER PRIMARY KEY, a TEXT);
        INSERT INTO t VALUES (42, '');
        CREATE VIEW v AS SELECT fid AS OGC_FID, geom AS g, i + 1 AS sum FROM roads WHERE fid = 1;
        CREATE TABLE lost (id TEXT PRIMARY KEY, shape BLOB) WITHOUT ROWID;
        INSERT INTO lost VALUES ('a', x'{p}');
        CREATE TABLE ns (fid INTEGER PRIMARY KEY, geom POINT);
        INSERT INTO ns VALUES (1, x'{}');", point(1.0, 99)));
    assert_eq!(names(&path), ["Roads", "t", "v", "ns", "lost"]);
    let roads = read(&path, "roads");
    assert_eq!(roads.schema.title.as_deref(), Some("道路"));
    assert_eq!((roads.schema.crs.clone(), roads.schema.has_ids), (None, true));
    assert_eq!(roads.ids, [Some(1), Some(5), Some(7)]);
    assert_eq!(roads.schema.fields[3].width, Some(8));
    let day = super::super::Date { year: 2024, month: 2, day: 29 };
    let [(first, one), (second, none), (third, bad)] = &roads.rows[..] else { panic!("three rows") };
    assert!(one.is_some() && none.is_none() && bad.is_none());
    assert_eq!(first[..4], [Cell::Bool(true), Cell::Integer(i64::MAX), Cell::Real(0.5), Cell::Text("汉字".into())]);
    assert_eq!((&first[4], &first[5]), (&Cell::Null, &Cell::Date(day)));
    assert_eq!(first[7], Cell::Decimal("310113001000000001".into()));
    assert!(second.iter().all(|cell| *cell == Cell::Null));
    assert_eq!(third[..4], [Cell::Integer(2), Cell::Text("abc".into()), Cell::Null, Cell::Text("汉".into())]);
    assert_eq!(third[4..7], [Cell::Text("text".into()), Cell::Text("29.2.2024".into()), Cell::Date(day)]);
    assert_eq!(third[7..], [Cell::Decimal("0.1".into()), Cell::Integer(5)]);
    let mut told = kinds(&roads);
    told.sort_unstable();
    let wanted = [
        "format.geopackage.binary",
        "format.geopackage.encoding",
        "format.geopackage.missing",
        "format.geopackage.not_finite",
        "format.geopackage.other_type",
        "format.geopackage.other_type",
        "format.geopackage.other_type",
        "format.geopackage.other_type",
        "format.geopackage.tiles",
        "format.wkb.unreadable",
    ];
    assert_eq!(told, wanted);
    let table = read(&path, "t");
    assert!(table.schema.is_table && table.schema.fields[0].name == "地块编号");
    assert_eq!(table.rows[0].0, [Cell::Integer(42), Cell::Text("".into())]);
    let view = read(&path, "v");
    assert_eq!(
        (view.schema.crs.as_deref(), view.rows.len(), view.schema.fields.len()),
        (Some("PROJCS[\"mine\"]"), 1, 1)
    );
    let lost = read(&path, "lost");
    assert!(lost.rows[0].1.is_some() && lost.ids == [None] && kinds(&lost) == ["format.geopackage.unregistered"]);
    let ns = read(&path, "ns");
    assert_eq!((ns.schema.crs.as_deref(), kinds(&ns)), (Some("EPSG:4326"), vec!["format.geopackage.other_system"]));
    // From an archive it is the same.
    let input = InMemory::default().with("a/bare.gpkg", std::fs::read(&path).expect("bytes")).input("a/bare.gpkg");
    let mut held = Held::default();
    GeoPackage.read(&input, "Roads", &ReadHints::default(), &mut held, &Progress::default()).expect("read");
    assert_eq!(held.rows, roads.rows);
}

#[test]
fn files_of_other_programs_are_not_touched() {
    let folder = tempfile::tempdir().expect("folder");
    let path = bare(folder.path());
    let p = point(1.0, 4326);
    sql(
        &path,
        &format!(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('a', 'features', 'a', 4326);
        INSERT INTO gpkg_geometry_columns VALUES ('a', 'g', 'POINT', 4326, 0, 0);
        CREATE TABLE a (fid INTEGER PRIMARY KEY, g BLOB); INSERT INTO a VALUES (1, x'{p}');"
        ),
    );
    let listing = || {
        let mut all: Vec<_> = std::fs::read_dir(folder.path())
            .expect("folder")
            .flatten()
            .map(|entry| (entry.file_name(), entry.metadata().expect("there").len()))
            .collect();
        all.sort();
        all
    };
    let bytes = || std::fs::read(&path).expect("bytes");
    // WAL mode, and nobody has it open.
    sql(&path, "PRAGMA journal_mode = WAL");
    let (before, files) = (bytes(), listing());
    assert_eq!(read(&path, "a").rows.len(), 1);
    assert!(bytes() == before && listing() == files && files.len() == 1);
    // Another program has it open and has not yet worked its changes in.
    let other = Connection::open(&path).expect("open");
    other.execute_batch(&format!("INSERT INTO a VALUES (2, x'{p}')")).expect("sql");
    let (before, files) = (bytes(), listing());
    assert!(files.len() == 3);
    assert_eq!(read(&path, "a").rows.len(), 2);
    assert!(bytes() == before && listing() == files);
    // It died: the changes lie beside the file, without its shared memory.
    let copy = folder.path().join("died.gpkg");
    std::fs::copy(&path, &copy).expect("copy");
    std::fs::copy(folder.path().join("bare.gpkg-wal"), folder.path().join("died.gpkg-wal")).expect("copy");
    let files = listing();
    assert_eq!(read(&copy, "a").rows.len(), 2);
    assert!(listing() == files);
    drop(other);
    // In the old mode, while another program writes.
    sql(&path, "PRAGMA journal_mode = DELETE");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN EXCLUSIVE").expect("sql");
    let error = read_with(&path, "a", &ReadHints::default()).expect_err("locked").to_string();
    assert!(error.contains("Another program"), "{error}");
}

#[test]
fn edits_are_all_or_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = written(&example(&[GeometryKind::Point], 10), folder.path());
    let before = read(&path, "图层");
    let new = geometry(GeometryKind::Point, &[&[&[[1.0, 2.0]]]]);
    let far = geometry(GeometryKind::Point, &[&[&[[-5e6, 2e6]]]]);
    let go = |changes: &[RowChange<'_>]| apply(&path, "图层", changes, &Progress::default());
    let name = |was: Cell<'static>, now: &'static str| CellChange { field: "名称", was, now: Cell::Text(now.into()) };
    let changes = [
        RowChange::Update {
            id: 2,
            cells: vec![name(before.rows[1].0[1].clone(), "改了")],
            geometry: Some(GeometryChange { was: before.rows[1].1.as_ref(), now: Some(&new) }),
        },
        RowChange::Delete {
            id: 3,
            was: vec![("编码", before.rows[2].0[0].clone())],
            geometry: Some(before.rows[2].1.as_ref()),
        },
        RowChange::Insert {
            cells: vec![("编码", Cell::Integer(999_999_999_999_999_999)), ("日", before.rows[0].0[5].clone())],
            geometry: Some(&far),
        },
        RowChange::Insert { cells: vec![], geometry: None },
    ];
    assert_eq!(go(&changes).expect("applied"), [11, 12]);
    let after = read(&path, "图层");
    assert_eq!(after.ids, [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(Some));
    assert_eq!((&after.rows[1].0[1], &after.rows[1].1), (&Cell::Text("改了".into()), &Some(new)));
    assert_eq!((&after.rows[9].0[0], &after.rows[9].1), (&Cell::Integer(999_999_999_999_999_999), &Some(far)));
    let hints = |window| ReadHints { window: Some(window), ..ReadHints::default() };
    for window in [[0.0, 0.0, 3.0, 3.0], [-6e6, 0.0, -4e6, 3e6]] {
        assert_eq!(read_with(&path, "图层", &hints(window)).expect("read").rows.len(), 1, "the index has it");
    }
    // Old values that are no longer so; a row that is gone; values that do not fit; fields that are not there.
    let good = RowChange::Delete { id: 1, was: vec![], geometry: None };
    let wrong: [(RowChange<'_>, &str); 6] = [
        (
            RowChange::Update { id: 4, cells: vec![name(Cell::Text("其他".into()), "x")], geometry: None },
            "changed by another",
        ),
        (
            RowChange::Update { id: 4, cells: vec![], geometry: Some(GeometryChange { was: None, now: None }) },
            "changed by another",
        ),
        (RowChange::Delete { id: 3, was: vec![], geometry: None }, "deleted by another"),
        (RowChange::Insert { cells: vec![("没有", Cell::Null)], geometry: None }, "no field"),
        (RowChange::Insert { cells: vec![("面积", Cell::Integer(i64::MAX))], geometry: None }, "exactly"),
        (RowChange::Update { id: 99, cells: vec![], geometry: None }, "deleted by another"),
    ];
    let bytes = std::fs::read(&path).expect("bytes");
    for (change, what) in wrong {
        let error = go(&[good.clone(), change]).expect_err("refused").to_string();
        assert!(error.contains(what), "{error}");
        assert!(std::fs::read(&path).expect("bytes") == bytes, "nothing was written");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1);
}

#[test]
fn damaged_files_are_refused_and_never_hang() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("small.gpkg");
    let p = point(1.0, 4326);
    let db = Connection::open(&path).expect("open");
    db.execute_batch(&format!("PRAGMA page_size = 512; {} INSERT INTO gpkg_spatial_ref_sys VALUES ('w', 4326, 'EPSG', 4326, 'GEOGCS[]', NULL);
        INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('a', 'features', 'a', 4326);
        INSERT INTO gpkg_geometry_columns VALUES ('a', 'g', 'POINT', 4326, 0, 0);
        CREATE TABLE a (fid INTEGER PRIMARY KEY, g BLOB, s TEXT);
        WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO a SELECT i, x'{p}', 'text' FROM n;", super::sql::CATALOGUE)).expect("sql");
    drop(db);
    let whole = std::fs::read(&path).expect("bytes");
    let try_it = |bytes: &[u8]| -> Result<usize, FormatError> {
        let input = InMemory::default().with("small.gpkg", bytes.to_vec()).input("small.gpkg");
        let layers = GeoPackage.layers(&input, &ReadHints::default())?;
        let mut held = Held::default();
        for layer in &layers {
            GeoPackage.read(&input, &layer.name, &ReadHints::default(), &mut held, &Progress::default())?;
        }
        Ok(held.rows.len())
    };
    assert_eq!(try_it(&whole).expect("whole"), 40);
    let start = Instant::now();
    for end in (0..whole.len()).step_by(97) {
        assert!(try_it(&whole[..end]).is_err(), "cut at {end}");
    }
    for at in (0..whole.len()).step_by(3) {
        let mut wrong = whole.clone();
        wrong[at] ^= 0xFF;
        let one = Instant::now();
        let _ = try_it(&wrong);
        assert!(one.elapsed() < Duration::from_secs(5), "byte {at}: {:?}", one.elapsed());
    }
    assert!(start.elapsed() < Duration::from_secs(300));
    // A view without an end, and one that makes things up.
    for view in [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "SELECT zeroblob(900000000)",
    ] {
        std::fs::write(&path, &whole).expect("write");
        sql(&path, &format!("CREATE VIEW v AS {view}"));
        let one = Instant::now();
        let error = read_with(&path, "v", &ReadHints::default()).expect_err("refused").to_string();
        assert!(error.contains("view"), "{error}");
        assert!(one.elapsed() < Duration::from_secs(10), "{:?}", one.elapsed());
    }
}

#[test]
fn what_is_no_geopackage_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("x.gpkg");
    for (batch, what) in [
        ("CREATE TABLE geometry_columns (a)", "SpatiaLite"),
        ("CREATE TABLE t (a)", "gpkg_contents"),
        (
            "CREATE TABLE gpkg_contents (table_name, data_type, identifier, srs_id); INSERT INTO gpkg_contents VALUES ('p', 'tiles', 'p', 0)",
            "base map",
        ),
    ] {
        let _ = std::fs::remove_file(&path);
        sql(&path, batch);
        let error =
            GeoPackage.layers(&OnDisk::input(&path).expect("there"), &ReadHints::default()).expect_err("refused");
        assert!(error.to_string().contains(what), "{error}");
    }
    for bytes in [&b""[..], b"SQLite format 3\0", b"PK"] {
        std::fs::write(&path, bytes).expect("write");
        assert!(GeoPackage.layers(&OnDisk::input(&path).expect("there"), &ReadHints::default()).is_err());
    }
}

#[test]
fn names_that_the_format_cannot_have_are_told_before() {
    let mut held = example(&[GeometryKind::Point], 2);
    for (field, name) in held.schema.fields.iter_mut().zip(["FID", "geom", "", "A", "a", "a_2", "日", "x\"y", "z"]) {
        field.name = name.to_owned();
    }
    let plans: Vec<_> = write::plans(&held.schema).into_iter().map(|plan| plan.name).collect();
    assert_eq!(plans, ["FID_2", "geom_2", "field_3", "A", "a_2", "a_2_2", "日", "x\"y", "z"]);
    let folder = tempfile::tempdir().expect("folder");
    let back = read(&written(&held, folder.path()), "图层");
    assert_eq!(back.schema.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>(), plans);
    assert!(write::losses(&held).len() >= 5);
}

#[test]
fn a_count_that_the_file_keeps_is_taken_and_one_that_nobody_keeps_is_not() {
    let told = |keeps: &[&str], count: &str| {
        let folder = tempfile::tempdir().expect("folder");
        let path = written(&example(&KINDS, 40), folder.path());
        sql(&path, "CREATE TABLE gpkg_ogr_contents (table_name TEXT PRIMARY KEY, feature_count INTEGER DEFAULT NULL)");
        sql(&path, &format!("INSERT INTO gpkg_ogr_contents VALUES ('图层', {count})"));
        for event in keeps {
            let step = if event.ends_with("INSERT") { "+ 1" } else { "- 1" };
            sql(
                &path,
                &format!(
                    "CREATE TRIGGER \"count_{event}\" {event} ON \"图层\" BEGIN UPDATE gpkg_ogr_contents
                     SET feature_count = feature_count {step} WHERE lower(table_name) = lower('图层'); END"
                ),
            );
        }
        let layers = GeoPackage.layers(&OnDisk::input(&path).expect("there"), &ReadHints::default()).expect("layers");
        let back = read(&path, "图层");
        // Whatever is told, every row is read.
        assert_eq!((back.rows.len(), back.schema.rows), (40, layers[0].rows));
        layers[0].rows
    };
    let both = ["AFTER INSERT", "AFTER DELETE"];
    assert_eq!(told(&both, "39"), Some(39), "as the file says");
    // More than there are ids, unknown, kept by halves, kept by nobody: counted.
    for (keeps, count) in
        [(&both[..], "41"), (&both, "NULL"), (&both, "-1"), (&both[..1], "39"), (&both[1..], "39"), (&[], "39")]
    {
        assert_eq!(told(keeps, count), Some(40), "{keeps:?} {count}");
    }
}
