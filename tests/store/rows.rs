//! Rows of all kinds: what is in a table is in the layer, and what was in a file comes back.

use super::server::Server;
use crate::program::{run, status, stderr};
use serde_json::{Value, json};
use shanshui::geodesy::LonLat;
use shanshui::geodesy::crs::Crs;
use shanshui::io::geojson::feature_text;
use shanshui::io::store::{PutOptions, init, list, put};
use shanshui::io::{ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::{GeometryKind, Layer, ProblemKind, Role};
use shanshui::progress::Progress;
use std::path::Path;

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![
        ("values_of_every_type", values_of_every_type),
        ("geometries_of_every_type", geometries_of_every_type),
        ("projected_tables_are_converted_by_us", projected_tables_are_converted_by_us),
        ("tables_without_geometries", tables_without_geometries),
        ("what_is_put_comes_back_to_the_byte", what_is_put_comes_back_to_the_byte),
        ("what_does_not_come_back_is_said", what_does_not_come_back_is_said),
        ("changes_are_counted", changes_are_counted),
        ("order_and_hash_are_those_of_the_rows", order_and_hash_are_those_of_the_rows),
    ]
}

pub fn read(url: &str) -> Layer {
    read_layer(Path::new(url), &ReadOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"))
}

pub fn of_text(text: &str) -> Layer {
    read_layer_bytes(text.as_bytes(), "layer.geojson", &ReadOptions::default(), &Progress::default())
        .unwrap_or_else(|e| panic!("{e}"))
}

fn features(layer: &Layer) -> Vec<String> {
    let text = |row| String::from_utf8(feature_text(layer, row).expect("in memory").into_owned()).expect("UTF-8");
    layer.rows().map(text).collect()
}

fn codes(layer: &Layer) -> Vec<&str> {
    layer.problems.iter().map(|problem| problem.kind.code()).collect()
}

fn values_of_every_type(server: &Server) {
    let mut client = server.database("types");
    client
        .batch_execute(
            r#"CREATE SCHEMA 规划;
            CREATE TYPE grade AS ENUM ('市管', '区管');
            CREATE DOMAIN code AS text;
            CREATE TABLE 规划.排污口 (
              gid serial PRIMARY KEY, "编码" bigint, name text, is_open boolean, i2 smallint, i4 integer, f4 real, f8 double precision,
              n numeric, n2 numeric(12, 2), v varchar(20), c char(6), d date, t time, ts timestamp, tz timestamptz, j jsonb, js json,
              u uuid, a text[], e grade, dom code, ip inet, b bytea, iv interval, geom geometry(Point, 4326));
            COMMENT ON COLUMN 规划.排污口."编码" IS '排污口编码';
            INSERT INTO 规划.排污口 VALUES
              (1, 310113001000000001, '蕰藻浜“一”' || chr(10) || '\', true, -7, 2147483647, 0.1, 1e21, 12345678901234567890.10, 0.5, 'v', 'ab',
               '2024-02-29', '08:30:15.25', '2024-02-29 08:30:15', '2024-02-29 08:30:15.123456+08', '{"b": [1, "二"]}', '"text"',
               '12345678-1234-1234-1234-1234567890ab', ARRAY['甲', 'b"'], '市管', 'x', '10.0.0.1', '\x00ff', '1 day',
               'SRID=4326;POINT(121.5 31.25)'),
              (2, 9007199254740993, NULL, NULL, NULL, NULL, 'NaN', '-Infinity', 'NaN', NULL, NULL, NULL, 'infinity', '24:00', '-infinity',
               '4713-01-01 BC', 'null', '[1]', NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL);"#,
        )
        .expect("a table");
    let layer = read(&server.url("types", "?table=规划.排污口"));
    let rows: Vec<Value> = features(&layer).iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    assert_eq!(rows[0]["id"], 1, "the number that a program gave the row");
    assert_eq!(rows[0]["geometry"], json!({"type": "Point", "coordinates": [121.5, 31.25]}));
    let text = features(&layer);
    for part in [
        r#""编码":310113001000000001"#,
        r#""name":"蕰藻浜“一”\n\\""#,
        r#""is_open":true"#,
        r#""i2":-7,"i4":2147483647"#,
        r#""f4":0.1,"f8":1e+21"#,
        r#""n":12345678901234567890.10,"n2":0.50"#,
        r#""v":"v","c":"ab""#,
        r#""d":"2024-02-29","t":"08:30:15.250","ts":"2024-02-29T08:30:15","tz":"2024-02-29T00:30:15.123456Z""#,
        r#""j":{"b": [1, "二"]},"js":"text""#,
        r#""u":"12345678-1234-1234-1234-1234567890ab","a":["甲","b\""],"e":"市管","dom":"x","ip":"10.0.0.1/32","iv":"P1D""#,
    ] {
        assert!(text[0].contains(part), "{part} is not in {}", text[0]);
    }
    assert!(!text[0].contains("gid") && !text[0].contains("\"b\":\""), "{}", text[0]);
    let second = &rows[1]["properties"];
    assert_eq!((&second["编码"], &second["a"]), (&json!(9_007_199_254_740_993_i64), &json!([])));
    for name in ["name", "f4", "f8", "n", "d", "t", "ts", "tz", "j", "e"] {
        assert_eq!(second[name], Value::Null, "{name}");
    }
    // What could not be kept is said.
    let told = codes(&layer);
    assert_eq!(told.iter().filter(|code| **code == "store.note.not_finite").count(), 7, "{told:?}");
    assert!(told.contains(&"store.note.binary"), "{told:?}");
    let code = layer.attributes.column("编码").expect("a column");
    assert_eq!(layer.field(code).and_then(|field| field.title.as_deref()), Some("排污口编码"));
    assert_eq!((layer.declared_crs.as_deref(), layer.reprojected), (Some("EPSG:4326"), false));
}

fn geometries_of_every_type(server: &Server) {
    let mut client = server.database("shapes");
    client
        .batch_execute(
            "CREATE TABLE shapes (n int PRIMARY KEY, geom geometry);
             INSERT INTO shapes SELECT n, ST_GeomFromEWKT('SRID=4490;' || w) FROM (VALUES
               (1, 'POINT(121 31)'), (2, 'MULTIPOINT((121 31),(122 32))'), (3, 'LINESTRING Z (121 31 5,122 32 6.5)'),
               (4, 'MULTILINESTRING((121 31,122 32),(120 30,120 31))'),
               (5, 'POLYGON((121 31,122 31,122 32,121 32,121 31),(121.2 31.2,121.2 31.4,121.4 31.4,121.4 31.2,121.2 31.2))'),
               (6, 'MULTIPOLYGON(((121 31,122 31,122 32,121 31)),((118 31,119 31,119 32,118 31)))'),
               (7, 'GEOMETRYCOLLECTION(POINT(121 31),LINESTRING(121 31,122 32))'), (8, 'POINT ZM (121 31 3 4)'),
               (9, 'CURVEPOLYGON(CIRCULARSTRING(121 31,122 32,123 31,122 30,121 31))'), (10, 'POINT EMPTY'),
               (11, 'POLYGON EMPTY'), (12, 'TRIANGLE((121 31,122 31,122 32,121 31))')) AS v(n, w);
             INSERT INTO shapes VALUES (13, NULL);
             CREATE TABLE globe (n int PRIMARY KEY, place geography(Point), other geometry(Point, 4326));
             INSERT INTO globe VALUES (1, 'POINT(121 31)', 'SRID=4326;POINT(1 2)');",
        )
        .expect("tables");
    let layer = read(&server.url("shapes", "?table=shapes"));
    use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    let kinds: Vec<Option<GeometryKind>> = (0..13).map(|row| layer.geometries.kind(row)).collect();
    let simple = [Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon].map(Some);
    assert_eq!(kinds[..6], simple);
    assert_eq!(kinds[6..], [None, Some(Point), Some(Polygon), None, None, Some(Polygon), None]);
    let texts = features(&layer);
    assert!(texts[2].contains("[[121,31,5],[122,32,6.5]]"), "{}", texts[2]);
    assert!(texts[6].contains("GeometryCollection") && texts[7].contains("[121,31,3]"), "{} {}", texts[6], texts[7]);
    assert!(layer.geometries.positions_of(8).len() > 100, "an arc becomes segments");
    let told = codes(&layer);
    for code in ["missing-geometry", "format.measures", "format.wkb.stepped"] {
        assert!(told.contains(&code), "{code} in {told:?}");
    }
    assert_eq!(layer.declared_crs.as_deref(), Some("EPSG:4490"));
    let globe = read(&server.url("shapes", "?table=globe"));
    assert_eq!(globe.geometries.positions_of(0).first(), Some(&LonLat::new(121.0, 31.0)));
    assert!(codes(&globe).contains(&"store.note.geometries"));
    let other = read(&server.url("shapes", "?table=globe&geometry=other"));
    assert_eq!(other.geometries.positions_of(0).first(), Some(&LonLat::new(1.0, 2.0)));
}

fn projected_tables_are_converted_by_us(server: &Server) {
    let mut client = server.database("projected");
    let places = [LonLat::new(121.4035841, 31.4106151), LonLat::new(120.2, 30.9), LonLat::new(118.5, 31.0)];
    for (srid, epsg) in [(4547, "EPSG:4547"), (3857, "EPSG:3857")] {
        let crs = Crs::parse(epsg).expect("known");
        client
            .batch_execute(&format!("CREATE TABLE of_{srid} (n int PRIMARY KEY, geom geometry(Point, {srid}))"))
            .expect("a table");
        for (n, place) in places.iter().enumerate() {
            let (x, y) = crs.from_wgs84(*place).expect("in range");
            client
                .execute(
                    &format!("INSERT INTO of_{srid} VALUES ($1, ST_SetSRID(ST_MakePoint($2, $3), {srid}))"),
                    &[&(n as i32), &x, &y],
                )
                .expect("a row");
        }
        let layer = read(&server.url("projected", &format!("?table=of_{srid}")));
        assert!(layer.reprojected && layer.declared_crs.as_deref() == Some(epsg));
        for (row, place) in places.iter().enumerate() {
            let read = layer.geometries.positions_of(row)[0];
            let off = (read.lon - place.lon).abs().max((read.lat - place.lat).abs());
            assert!(off < 1e-10, "{epsg} {row}: {off}");
        }
    }
    // A definition without EPSG's number, under a number of the office's own.
    client
        .batch_execute(
            "INSERT INTO spatial_ref_sys (srid, srtext) SELECT 990001, srtext FROM spatial_ref_sys WHERE srid = 4547;
             CREATE TABLE own (n int PRIMARY KEY, geom geometry(Point, 990001));
             INSERT INTO own SELECT n, ST_SetSRID(geom, 990001) FROM of_4547;",
        )
        .expect("a table");
    let (own, known) = (read(&server.url("projected", "?table=own")), read(&server.url("projected", "?table=of_4547")));
    let off = |row: usize| {
        let (a, b) = (own.geometries.positions_of(row)[0], known.geometries.positions_of(row)[0]);
        (a.lon - b.lon).abs().max((a.lat - b.lat).abs())
    };
    assert!((0..3).all(|row| off(row) < 1e-11));
    // Nobody says where: as a file that declares nothing.
    client
        .batch_execute("CREATE TABLE nowhere (n int PRIMARY KEY, geom geometry); INSERT INTO nowhere VALUES (1, 'POINT(500000 3400000)')")
        .expect("a table");
    let url = server.url("projected", "?table=nowhere");
    let e = read_layer(Path::new(&url), &ReadOptions::default(), &Progress::default()).expect_err("out of range");
    assert!(e.to_string().contains("nowhere"), "{e}");
    let named = ReadOptions { crs: Some("EPSG:4547".to_owned()), ..ReadOptions::default() };
    let layer = read_layer(Path::new(&url), &named, &Progress::default()).expect("named");
    assert!(layer.geometries.positions_of(0)[0].is_in_range());
}

fn tables_without_geometries(server: &Server) {
    let mut client = server.database("tables");
    client
        .batch_execute(
            "CREATE TABLE budget (code text PRIMARY KEY, sum numeric); INSERT INTO budget VALUES ('b', 2), ('a', 1.50);
             CREATE TABLE outlet (code text PRIMARY KEY, geom geometry(Point, 4326));
             INSERT INTO outlet VALUES ('a', 'SRID=4326;POINT(121 31)'), ('b', 'SRID=4326;POINT(121 32)');",
        )
        .expect("tables");
    let layer = read(&server.url("tables", "?table=budget"));
    assert_eq!(
        features(&layer),
        [
            r#"{"type":"Feature","properties":{"code":"a","sum":1.50},"geometry":null}"#,
            r#"{"type":"Feature","properties":{"code":"b","sum":2},"geometry":null}"#
        ]
    );
    assert!(layer.problems.is_empty(), "{:?}", codes(&layer));
    let folder = tempfile::tempdir().expect("a folder");
    let done = run(folder.path(), &["run", &server.url("tables", ""), "-o", "out", "--json"]);
    let summary: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(summary["ignored"], json!([{"file": "budget", "reason": "table"}]), "{}", stderr(&done));
    assert_eq!(summary["layers"], json!([{"role": "outlet", "file": "outlet", "reason": "name"}]));
    let [layer, table] = ["outlet", "budget"].map(|name| server.url("tables", &format!("?table={name}")));
    let joined = run(folder.path(), &["join", &layer, &table, "--on", "code", "-o", "joined.geojson"]);
    assert_eq!(status(&joined), 0, "{}", stderr(&joined));
    let text = std::fs::read_to_string(folder.path().join("joined.geojson")).expect("written");
    assert!(text.contains(r#""code":"a","sum":1.50"#), "{text}");
}

/// Features that try what a table cannot say of itself.
const HARD: &str = r#"{"type":"FeatureCollection","name":"宝山区 排污口","features":[
{"type":"Feature","id":"b-2","properties":{"code":310113001000000001,"n":12.50,"mixed":"甲","gone":1,"geom":"x","fid":7,"id":null,"xmin":1.5,"t":"a\tb\\c\nd"},"geometry":{"type":"Polygon","coordinates":[[[121.40358412345,31.41],[121.5,31.5],[121.5,31.41],[121.40358412345,31.41]]]}},
{"type":"Feature","id":"a-1","properties":{"code":9007199254740993,"n":1e3,"mixed":12.0,"geom":null,"fid":8,"id":null,"xmin":2,"t":"\u7532\u0000"},"geometry":{"type":"Point","coordinates":[121.1,31,-0.25]}},
{"type":"Feature","id":7,"properties":{"code":null,"n":-0,"mixed":[1, {"a":null}],"gone":null,"geom":"","fid":-9,"id":null,"xmin":0.1,"t":""},"geometry":null}
]}"#;

fn what_is_put_comes_back_to_the_byte(server: &Server) {
    drop(server.database("bytes"));
    let layer = of_text(HARD);
    let url = server.url("bytes", "?table=plan.hard");
    let options = PutOptions { role: Some(Role::Outlet), ..PutOptions::default() };
    let done = put(Path::new(&url), &layer, options, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((done.rows, done.without_geometry, done.respelled, done.not_whole), (3, 1, 0, 0));
    assert!(done.made_register && !done.replaced && done.table == "plan.hard");
    let back = read(&url);
    assert_eq!(features(&back), features(&layer));
    assert_eq!((back.name.as_str(), back.guessed_role), ("宝山区 排污口", Some(Role::Outlet)));
    // Other programs see columns of types.
    let mut client = server.client("bytes");
    let types = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute \
                 WHERE attrelid = 'plan.hard'::regclass AND attnum > 0";
    let types: String = client.query_one(types, &[]).expect("a table").get(0);
    for part in [
        "fid_2 bigint",
        "id_2 json",
        "code bigint",
        "n json",
        "mixed json",
        "gone json",
        "xmin_2 double precision",
        "geom_2 geometry",
    ] {
        assert!(types.contains(part), "{part} in {types}");
    }
    // With a plain layer all is plain.
    let plain = of_text(
        r#"{"type":"FeatureCollection","name":"p","features":[
{"type":"Feature","id":5,"properties":{"d":"2024-02-29","k":0.5},"geometry":{"type":"Point","coordinates":[121.1,31]}},
{"type":"Feature","id":3,"properties":{"d":"x","k":2},"geometry":{"type":"Point","coordinates":[121.2,31]}}]}"#,
    );
    let url = server.url("bytes", "?schema=plan&table=plain");
    put(Path::new(&url), &plain, PutOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(features(&read(&url)), features(&plain));
    let types = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute \
                 WHERE attrelid = 'plan.plain'::regclass AND attnum > 0";
    let types: String = client.query_one(types, &[]).expect("a table").get(0);
    assert_eq!(types, "fid bigint, id bigint, d text, k double precision, geom geometry(Point,4326)");
}

fn what_does_not_come_back_is_said(server: &Server) {
    drop(server.database("losses"));
    let layer = of_text(
        r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"a": 1,"b":2},"geometry":{"type":"Point","coordinates":[121.10,31]}},
{"type":"Feature","properties":{"b":2,"a":1},"geometry":{"type":"Point","coordinates":[121.1,31]}},
{"type":"Feature","properties":{"a":1,"b":2},"geometry":{"type":"Point","coordinates":[121.1,31]},"bbox":[0,0,1,1],"more":[1, 2]},
{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[121.1,31]}}]}"#,
    );
    let url = server.url("losses", "?table=plan.lossy");
    let done =
        put(Path::new(&url), &layer, PutOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((done.respelled, done.not_whole, done.first_not_whole.as_deref()), (2, 1, Some("#4")));
    assert_eq!(features(&read(&url))[2], features(&layer)[2], "other members are kept");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lossy.geojson");
    std::fs::write(
        &file,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,"geometry":null,"more":1}]}"#,
    )
    .expect("writable");
    let told = run(folder.path(), &["store", "put", "lossy.geojson", &server.url("losses", "?schema=other"), "--json"]);
    assert_eq!(status(&told), 0, "{}", stderr(&told));
    assert!(stderr(&told).contains("not kept whole"), "{}", stderr(&told));
    let json: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!((&json["table"], &json["not_whole"]), (&json!("other.lossy"), &json!(1)));
}

fn changes_are_counted(server: &Server) {
    let mut client = server.database("feed");
    client
        .batch_execute(
            "CREATE SCHEMA plan; CREATE TABLE plan.own (n int PRIMARY KEY, geom geometry(Point, 4326));
             CREATE TABLE plan.plain (n int); INSERT INTO plan.own VALUES (1, 'SRID=4326;POINT(121 31)');",
        )
        .expect("tables");
    let url = server.url("feed", "?schema=plan");
    let feed = || {
        let tables = list(Path::new(&url)).unwrap_or_else(|e| panic!("{e}"));
        let own = tables.into_iter().find(|table| table.table == "own").expect("there");
        assert_eq!((own.srid, own.geometry.as_deref()), (Some(4326), Some("Point")));
        (own.feed, own.changed)
    };
    assert_eq!(feed(), (None, None), "nothing counts yet");
    assert_eq!(read(&server.url("feed", "?table=plan.own")).source.store.as_ref().and_then(|store| store.feed), None);
    let done = init(Path::new(&url)).unwrap_or_else(|e| panic!("{e}"));
    assert!(done.is_new && done.watched == ["plan.own"] && done.known.is_empty(), "{done:?}");
    let again = init(Path::new(&url)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!again.is_new && again.known == ["plan.own"] && again.watched.is_empty(), "{again:?}");
    let (first, at) = feed();
    for (sql, by) in [
        ("INSERT INTO plan.own SELECT n, 'SRID=4326;POINT(121 31)' FROM generate_series(2, 9) n", 1),
        ("UPDATE plan.own SET n = n + 100 WHERE n = 9", 1),
        ("UPDATE plan.own SET n = n WHERE n = -1", 0),
        ("DELETE FROM plan.own WHERE n = -1", 0),
        ("DELETE FROM plan.own WHERE n > 5", 1),
        ("TRUNCATE plan.own", 1),
    ] {
        let before = feed().0.expect("counted");
        client.batch_execute(sql).expect("a change");
        assert_eq!(feed().0, Some(before + by), "{sql}");
    }
    assert_eq!(feed().0, first.map(|first| first + 4));
    assert!(feed().1 > at);
    assert_eq!(
        read(&server.url("feed", "?table=plan.own")).source.store.as_ref().and_then(|store| store.feed),
        feed().0
    );
    // Who may change the table and not the register is counted too.
    client
        .batch_execute("GRANT USAGE ON SCHEMA plan TO reader; GRANT INSERT ON plan.own TO reader; SET ROLE reader")
        .expect("granted");
    client.batch_execute("INSERT INTO plan.own VALUES (1, NULL)").expect("a row");
    client.batch_execute("UPDATE shanshui.layer SET seq = 0").expect_err("not theirs");
    assert_eq!(feed().0, first.map(|first| first + 5));
}

fn order_and_hash_are_those_of_the_rows(server: &Server) {
    let mut client = server.database("ordered");
    client
        .batch_execute(
            "CREATE TABLE keyed (b text, a int, geom geometry(Point, 4326), PRIMARY KEY (a, b));
             INSERT INTO keyed SELECT 'b' || n % 3, n / 3, ST_SetSRID(ST_MakePoint(120 + n / 100.0, 31), 4326)
               FROM generate_series(0, 99) n ORDER BY random();
             CREATE TABLE bare AS SELECT * FROM keyed; CREATE VIEW seen AS SELECT * FROM keyed;",
        )
        .expect("tables");
    let [keyed, bare, seen] = ["keyed", "bare", "seen"].map(|name| server.url("ordered", &format!("?table={name}")));
    let layer = read(&keyed);
    let longitudes: Vec<f64> = (0..100).map(|row| layer.geometries.positions_of(row)[0].lon).collect();
    assert!(longitudes.is_sorted(), "in the order of the key");
    let hash = |url: &str| read(url).source.digest.sha256().expect("known").to_owned();
    let before = hash(&keyed);
    assert_eq!(before, hash(&keyed));
    client.batch_execute("UPDATE keyed SET geom = geom WHERE a = 1").expect("the same");
    assert_eq!(before, hash(&keyed), "where rows are stored is no part of it");
    client.batch_execute("UPDATE keyed SET geom = ST_Translate(geom, 1e-9, 0) WHERE a = 1").expect("another");
    assert_ne!(before, hash(&keyed));
    assert!(codes(&read(&bare)).contains(&"store.note.no_key") && codes(&read(&seen)).contains(&"store.note.view"));
    assert!(!layer.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::OfFormat { .. })));
    assert_eq!(hash(&bare), hash(&bare));
}
