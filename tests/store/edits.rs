//! Edits of a layer of the store: they go back to its table and change nothing else; what two desks did to one row is shown to the
//! second and decided there; a connection that is cut loses no edit.

use super::refusals::{Counted, cut_after};
use super::rows::{of_text, read};
use super::server::Server;
use crate::common::finish;
use shanshui::geodesy::LonLat;
use shanshui::io::ReadOptions;
use shanshui::io::geojson::feature_text;
use shanshui::io::store::{Conflict, PutOptions, put};
use shanshui::model::{Geometry, GeometryKind};
use shanshui::progress::Progress;
use shanshui::session::{Command, EditKind, Event, Key, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![
        ("edits_change_their_rows_and_nothing_else", edits_change_their_rows_and_nothing_else),
        ("two_desks_that_edit_one_row_are_told", two_desks_that_edit_one_row_are_told),
        ("rows_taken_out_on_one_side_are_decided_too", rows_taken_out_on_one_side_are_decided_too),
        ("tables_of_other_programs_take_edits", tables_of_other_programs_take_edits),
        ("a_system_that_was_named_is_that_of_the_edits_too", a_system_that_was_named_is_that_of_the_edits_too),
        ("what_cannot_be_written_is_refused_whole", what_cannot_be_written_is_refused_whole),
        ("what_others_change_comes_in", what_others_change_comes_in),
        ("changes_of_a_table_without_triggers_come_in_too", changes_of_a_table_without_triggers_come_in_too),
        ("a_project_names_the_store", a_project_names_the_store),
        ("a_connection_that_is_cut_loses_no_edit", a_connection_that_is_cut_loses_no_edit),
    ]
}

/// A desk with one layer open that may be edited.
struct Desk {
    session: Session,
    layer: Key,
}

impl Desk {
    fn at(url: &Path) -> Self {
        let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
        session.execute(Command::Open(vec![url.to_owned()], None));
        let events = finish(&mut session);
        let [layer] = session.layers() else { panic!("{events:?}") };
        let layer = layer.key;
        session.execute(Command::SetEditable(layer, true));
        Self { session, layer }
    }

    /// The features as they are here.
    fn features(&self) -> Vec<String> {
        let layer = self.session.layer(self.layer).expect("open").layer();
        let text = |row| String::from_utf8(feature_text(layer, row).expect("in memory").into_owned()).expect("UTF-8");
        layer.rows().map(text).collect()
    }

    fn set(&mut self, row: usize, name: &str, value: &str) {
        self.session.execute(Command::SetProperty(self.layer, row, name.to_owned(), value.to_owned()));
        let events = finish(&mut self.session);
        assert!(!events.iter().any(Event::is_failure), "{events:?}");
    }

    fn put_at(&mut self, row: usize, lon: f64, lat: f64) {
        self.session.execute(Command::Reshape(self.layer, vec![(row, point(lon, lat))], EditKind::Move));
        finish(&mut self.session);
    }

    fn delete(&mut self, row: usize) {
        self.session.execute(Command::Delete(self.layer, vec![row]));
        finish(&mut self.session);
    }

    fn store_with(&mut self, ours: &[usize], theirs: &[usize]) -> Vec<Event> {
        let set = |rows: &[usize]| rows.iter().copied().collect::<BTreeSet<usize>>();
        self.session.execute(Command::Store { layer: self.layer, ours: set(ours), theirs: set(theirs) });
        finish(&mut self.session)
    }

    /// Writes the edits; how many rows were changed, added, taken out.
    fn stored(&mut self) -> [usize; 3] {
        rows_of(&self.store_with(&[], &[]))
    }

    fn is_unsaved(&self) -> bool {
        self.session.layer(self.layer).expect("open").is_unsaved()
    }
}

fn rows_of(events: &[Event]) -> [usize; 3] {
    let rows = events.iter().find_map(|event| match event {
        Event::Stored(_, written) => Some(written.rows),
        _ => None,
    });
    rows.unwrap_or_else(|| panic!("{events:?}"))
}

fn conflicts_of(events: &[Event]) -> Vec<Conflict> {
    let found = events.iter().find_map(|event| match event {
        Event::Conflicts(_, conflicts) => Some(conflicts.to_vec()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{events:?}"))
}

fn failure_of(events: &[Event]) -> String {
    let found = events.iter().find_map(|event| match event {
        Event::SaveFailed(_, e) => Some(e.to_string()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{events:?}"))
}

fn point(lon: f64, lat: f64) -> Geometry {
    Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(lon, lat)]]] }
}

/// Outlets as a file has them: ids, an 18-digit code, a null, a member of its own, a height.
const OUTLETS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","id":"a","properties":{"name":"甲","code":310113001000000001,"flow":1.50,"note":null},"geometry":{"type":"Point","coordinates":[121.1,31.1]}},
{"type":"Feature","id":"b","properties":{"name":"乙","code":310113001000000002,"flow":2,"note":"n"},"geometry":{"type":"Point","coordinates":[121.2,31.2,4.5]}},
{"type":"Feature","id":"c","properties":{"name":"丙","code":310113001000000003,"flow":3},"source":{"by":"所"},"geometry":{"type":"Point","coordinates":[121.3,31.3]}},
{"type":"Feature","id":"d","properties":{"name":"丁","code":310113001000000004,"flow":4},"geometry":null}]}"#;

/// A table of them in a database of its own.
fn outlets(server: &Server, database: &str) -> PathBuf {
    server.database(database);
    let url = PathBuf::from(server.url(database, "?table=plan.outlet"));
    put(&url, &of_text(OUTLETS), PutOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    url
}

fn edits_change_their_rows_and_nothing_else(server: &Server) {
    let url = outlets(server, "edit_rows");
    let mut desk = Desk::at(&url);
    let before = desk.features();
    desk.set(0, "name", "甲二");
    desk.put_at(1, 121.25, 31.25);
    desk.delete(2);
    desk.session.execute(Command::Draw(Some(desk.layer), Box::new(point(121.5, 31.5)), "x".to_owned()));
    finish(&mut desk.session);
    let feed = read(&url.display().to_string()).source.store.expect("of a store").feed.expect("watched");
    assert_eq!(desk.stored(), [2, 1, 1]);
    assert!(!desk.is_unsaved(), "what is in the table is saved");
    let after = desk.features();
    assert_eq!(after[0], before[0].replace("甲", "甲二"), "the code, the number as it was written and the null stay");
    assert_eq!(
        after[1],
        before[1].replace("[121.2,31.2,4.5]", "[121.25,31.25]"),
        "a corner that moved has the height of its old place no more"
    );
    assert_eq!(after[2], before[3], "the third is gone");
    assert!(after[3].contains("[121.5,31.5]"), "{}", after[3]);
    // Another desk reads the same, and the change is counted.
    let other = read(&url.display().to_string());
    assert_eq!(other.feature_count(), 4);
    assert!(other.source.store.expect("of a store").feed > Some(feed));
    assert_eq!(Desk::at(&url).features(), after);
    // There is nothing more to write.
    assert_eq!(desk.stored(), [0, 0, 0]);
    // Undo goes back to what was edited, which the table does not have: another change, written like any other.
    desk.set(0, "name", "甲");
    assert_eq!(desk.stored(), [1, 0, 0]);
    assert_eq!(desk.features()[0], before[0]);
}

fn two_desks_that_edit_one_row_are_told(server: &Server) {
    let url = outlets(server, "edit_two");
    let (mut one, mut two) = (Desk::at(&url), Desk::at(&url));
    one.set(0, "name", "一");
    one.set(1, "flow", "7");
    assert_eq!(one.stored(), [2, 0, 0]);
    // Another row is nobody's business; the same cell is; the same value in it is not.
    two.set(2, "name", "三");
    assert_eq!(two.stored(), [1, 0, 0]);
    assert!(two.features()[0].contains("一"), "what others did comes in with it: {:?}", two.features());
    let (mut two, mut three) = (Desk::at(&url), Desk::at(&url));
    two.set(0, "name", "二");
    two.put_at(1, 121.21, 31.21);
    three.set(0, "name", "三家");
    three.set(1, "name", "乙");
    three.set(2, "name", "同");
    two.set(2, "name", "同");
    assert_eq!(two.stored(), [3, 0, 0]);
    let before = Desk::at(&url).features();
    three.set(1, "flow", "8");
    let found = conflicts_of(&three.store_with(&[], &[]));
    let told: Vec<(usize, &str)> = found.iter().map(|one| (one.row, &*one.label)).collect();
    assert_eq!(told, [(0, "三家"), (1, "乙")], "the row that both called the same is no conflict");
    let name = found[0].cells.iter().find(|cell| cell.column == "name").expect("the name");
    assert_eq!((&*name.was, &*name.ours, &*name.theirs), ("一", "三家", "二"));
    assert_eq!((found[1].moved, found[1].gone), ([false, true], [false, false]));
    assert_eq!(Desk::at(&url).features(), before, "nothing was written");
    assert!(three.is_unsaved());
    // One of each: mine in the first, theirs in the second, which can be taken back.
    assert_eq!(rows_of(&three.store_with(&[0], &[1])), [1, 0, 0]);
    let after = three.features();
    assert!(
        after[0].contains("三家") && after[1].contains("[121.21,31.21]") && after[1].contains("\"flow\":7"),
        "{after:?}"
    );
    assert_eq!(Desk::at(&url).features(), after);
}

fn rows_taken_out_on_one_side_are_decided_too(server: &Server) {
    let url = outlets(server, "edit_gone");
    let (mut one, mut two) = (Desk::at(&url), Desk::at(&url));
    one.delete(0);
    one.set(1, "name", "乙一");
    one.delete(2);
    assert_eq!(one.stored(), [1, 0, 2]);
    two.set(0, "name", "甲二");
    two.delete(1);
    two.delete(2);
    let found = conflicts_of(&two.store_with(&[], &[]));
    let told: Vec<(usize, [bool; 2])> = found.iter().map(|one| (one.row, one.gone)).collect();
    assert_eq!(told, [(0, [false, true]), (1, [true, false])], "what both took out is gone");
    assert_eq!(rows_of(&two.store_with(&[0, 1], &[])), [0, 1, 1], "mine: added again, and taken out");
    let left = two.features();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().any(|text| text.contains("甲二") && text.contains("\"id\":\"a\"")), "{left:?}");
    // Theirs: the edit is given up, and what they made of it is here.
    let (mut one, mut two) = (Desk::at(&url), Desk::at(&url));
    let row = one.features().iter().position(|text| text.contains("甲二")).expect("there");
    one.set(row, "name", "甲三");
    one.stored();
    two.delete(row);
    conflicts_of(&two.store_with(&[], &[]));
    assert_eq!(rows_of(&two.store_with(&[], &[row])), [0, 0, 0]);
    assert_eq!(two.features(), one.features());
}

fn tables_of_other_programs_take_edits(server: &Server) {
    let mut client = server.database("edit_other");
    client
        .batch_execute(
            r#"CREATE TABLE plots (
                 objectid integer PRIMARY KEY, "用途" varchar(8), area numeric(10, 2), seen timestamptz, kind text DEFAULT 'x',
                 shape geometry(MultiPolygonZ, 4549));
               INSERT INTO plots VALUES (7, '住宅', 1.50, '2024-01-01 08:00+08', 'a',
                 'SRID=4549;MULTIPOLYGONZ(((500000 3450000 3, 500100 3450000 3, 500100 3450100 3, 500000 3450100 3, 500000 3450000 3)))');
               INSERT INTO plots VALUES (9, '商业', 2, NULL, 'b', NULL);
               CREATE TABLE sites (gid bigserial PRIMARY KEY, name text, tags text[], at geography(Point, 4326));
               INSERT INTO sites (name, tags, at) VALUES ('一', '{a,b}', 'SRID=4326;POINT(121 31)');"#,
        )
        .expect("tables");
    let mut plots = Desk::at(Path::new(&server.url("edit_other", "?table=plots")));
    let shape = |client: &mut postgres::Client| -> String {
        client
            .query_one("SELECT encode(ST_AsEWKB(shape), 'hex') FROM plots WHERE objectid = 7", &[])
            .expect("it")
            .get(0)
    };
    let before = shape(&mut client);
    plots.set(0, "用途", "工业");
    assert_eq!(plots.stored(), [1, 0, 0]);
    assert_eq!(shape(&mut client), before, "a geometry that nobody moved keeps its bytes, in metres and with heights");
    // A drawing becomes what the column declares, and the key is one more where the server makes none.
    let ring = [(114.0, 31.0), (114.001, 31.0), (114.001, 31.001), (114.0, 31.0)];
    let ring = ring.iter().map(|(lon, lat)| LonLat::new(*lon, *lat)).collect();
    let drawn = Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] };
    plots.session.execute(Command::Draw(Some(plots.layer), Box::new(drawn), "x".to_owned()));
    finish(&mut plots.session);
    assert_eq!(plots.stored(), [0, 1, 0]);
    let row = client
        .query_one(
            "SELECT objectid, kind, ST_GeometryType(shape), ST_SRID(shape), ST_NDims(shape)::int FROM plots ORDER BY 1 DESC LIMIT 1",
            &[],
        )
        .expect("one");
    let of: (i32, Option<String>, String, i32, i32) = (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    assert_eq!(of, (10, Some("x".to_owned()), "ST_MultiPolygon".to_owned(), 4549, 3));
    // What the server rounds is told.
    plots.set(1, "area", "2.346");
    let events = plots.store_with(&[], &[]);
    let told = events.iter().find_map(|event| match event {
        Event::Stored(_, written) => Some(written.altered.len()),
        _ => None,
    });
    assert_eq!(told, Some(1), "{events:?}");
    assert!(plots.features()[1].contains("\"area\":2.35"), "{:?}", plots.features());
    // A list that nobody touched stays.
    let mut sites = Desk::at(Path::new(&server.url("edit_other", "?table=sites")));
    sites.set(0, "name", "二");
    sites.put_at(0, 121.5, 31.5);
    assert_eq!(sites.stored(), [1, 0, 0]);
    let row = client.query_one("SELECT name, tags::text, ST_AsText(at) FROM sites", &[]).expect("one");
    let of: (String, String, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(of, ("二".to_owned(), "{a,b}".to_owned(), "POINT(121.5 31.5)".to_owned()));
}

fn a_system_that_was_named_is_that_of_the_edits_too(server: &Server) {
    let mut client = server.database("edit_named");
    client
        .batch_execute(
            "CREATE TABLE mars (fid serial PRIMARY KEY, name text, geom geometry(Point));
             INSERT INTO mars (name, geom) VALUES ('a', ST_MakePoint(121.5, 31.25));",
        )
        .expect("a table");
    let url = PathBuf::from(server.url("edit_named", "?table=mars"));
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.execute(Command::Open(vec![url], Some("GCJ-02".to_owned())));
    let events = finish(&mut session);
    let [layer] = session.layers() else { panic!("{events:?}") };
    let layer = layer.key;
    session.execute(Command::SetEditable(layer, true));
    let mut desk = Desk { session, layer };
    let place = |client: &mut postgres::Client| -> String {
        client.query_one("SELECT name || ' ' || ST_AsText(geom) FROM mars", &[]).expect("it").get(0)
    };
    desk.set(0, "name", "b");
    assert_eq!(desk.stored(), [1, 0, 0], "nobody else changed it");
    assert_eq!(
        place(&mut client),
        "b POINT(121.5 31.25)",
        "the place is as it was written, in the system that was named"
    );
}

fn what_cannot_be_written_is_refused_whole(server: &Server) {
    let mut client = server.database("edit_no");
    client
        .batch_execute(
            "CREATE TABLE keyless (name text, geom geometry(Point, 4326));
             INSERT INTO keyless VALUES ('a', 'SRID=4326;POINT(121 31)');
             CREATE TABLE named (name text PRIMARY KEY, geom geometry(Point, 4326));
             INSERT INTO named SELECT * FROM keyless;
             CREATE TABLE short (fid serial PRIMARY KEY, name varchar(3), grade text CHECK (grade IN ('1', '2')), geom geometry(Point, 4326));
             INSERT INTO short (name, grade, geom) VALUES ('a', '1', 'SRID=4326;POINT(121 31)'), ('b', '2', 'SRID=4326;POINT(122 31)');
             CREATE VIEW seen AS SELECT * FROM short;
             CREATE ROLE looker LOGIN; GRANT SELECT ON short TO looker;",
        )
        .expect("tables");
    let url = |table: &str| PathBuf::from(server.url("edit_no", &format!("?table={table}")));
    for (table, word) in
        [("keyless", "no integer primary key of one column"), ("named", "no integer primary key"), ("seen", "key")]
    {
        let mut desk = Desk::at(&url(table));
        desk.set(0, "name", "b");
        let failure = failure_of(&desk.store_with(&[], &[]));
        assert!(failure.contains(word), "{table}: {failure}");
        assert!(desk.is_unsaved(), "{table}");
    }
    // One row that does not fit keeps all out.
    let mut desk = Desk::at(&url("short"));
    desk.set(0, "name", "ok");
    desk.set(1, "name", "much too long");
    let failure = failure_of(&desk.store_with(&[], &[]));
    assert!(failure.contains("too long"), "{failure}");
    desk.set(1, "name", "b");
    desk.set(1, "grade", "3");
    let failure = failure_of(&desk.store_with(&[], &[]));
    assert!(failure.contains("violates check"), "{failure}");
    let names = |client: &mut postgres::Client| -> String {
        client.query_one("SELECT string_agg(name || grade, ',' ORDER BY fid) FROM short", &[]).expect("it").get(0)
    };
    assert_eq!(names(&mut client), "a1,b2");
    desk.set(1, "grade", "1");
    assert_eq!(desk.stored(), [2, 0, 0]);
    assert_eq!(names(&mut client), "ok1,b1");
    // Who may only look changes nothing, and is told.
    let address = url("short").display().to_string().replace("owner@", "looker@");
    let mut looker = Desk::at(Path::new(&address));
    looker.set(0, "name", "no");
    let failure = failure_of(&looker.store_with(&[], &[]));
    assert!(failure.contains("permission denied"), "{failure}");
    assert_eq!(names(&mut client), "ok1,b1");
}

fn a_connection_that_is_cut_loses_no_edit(server: &Server) {
    let url = outlets(server, "edit_cut");
    let mut client = server.client("edit_cut");
    let state = |client: &mut postgres::Client| -> String {
        client.query_one("SELECT string_agg(name, ',' ORDER BY fid) FROM plan.outlet", &[]).expect("it").get(0)
    };
    let (mut cut, mut done) = (0, 0);
    for round in 0_usize.. {
        let before = state(&mut client);
        // Read in peace; what is written goes through a relay that ends after so many bytes.
        let mut desk = Desk::at(&url);
        let (first, second) = (format!("甲{round}"), format!("乙{round}"));
        desk.set(0, "name", &first);
        desk.set(1, "name", &second);
        let port = cut_after(server.port, 60 + round * 301, Counted::Client);
        let address = PathBuf::from(format!("postgres://owner@127.0.0.1:{port}/edit_cut?table=plan.outlet"));
        let layer = Arc::clone(desk.session.layer(desk.layer).expect("open").indexed.layer());
        match shanshui::io::store::write_changes(&address, &layer, &BTreeSet::new(), &Progress::default()) {
            Ok(_) => done += 1,
            Err(e) => {
                cut += 1;
                let e = e.to_string();
                let is_told =
                    ["lost", "cannot be reached", "in use", "not known whether"].iter().any(|word| e.contains(word));
                assert!(is_told, "{round}: {e}");
                // All of it or nothing; and the edits are still here, to be written when the server is back.
                let now = state(&mut client);
                let after = format!("{first},{second},丙,丁");
                assert!(now == before || now == after, "{round}: {before} {now}");
                assert!(desk.is_unsaved());
                if now == before {
                    assert_eq!(desk.stored(), [2, 0, 0]);
                }
            }
        }
        assert_eq!(state(&mut client), format!("{first},{second},丙,丁"), "{round}");
        if done >= 2 {
            break;
        }
        assert!(round < 200, "so many bytes are not enough");
    }
    assert!(cut > 4, "{cut}");
}

/// Polls until something holds; how long that took.
fn wait_for(desk: &mut Desk, what: &str, holds: impl Fn(&Desk, &[Event]) -> bool) -> Duration {
    let (started, mut events) = (Instant::now(), Vec::new());
    loop {
        events.extend(finish(&mut desk.session));
        if holds(desk, &events) {
            return started.elapsed();
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{what}: {events:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn told(events: &[Event], word: &str) -> usize {
    events.iter().filter(|event| matches!(event, Event::Told(said) if said.en.contains(word))).count()
}

fn what_others_change_comes_in(server: &Server) {
    let url = outlets(server, "edit_watch");
    let (mut one, mut two) = (Desk::at(&url), Desk::at(&url));
    one.set(0, "name", "一");
    assert_eq!(one.stored(), [1, 0, 0]);
    let took = wait_for(&mut two, "read again", |desk, events| {
        desk.features()[0].contains("一") && told(events, "read again") == 1
    });
    println!("another desk's change is here after {took:?}");
    // One's own is no news, however long it is waited.
    two.session.execute(Command::SetEditable(two.layer, true));
    two.set(1, "name", "二");
    let mut events = two.store_with(&[], &[]);
    assert_eq!(rows_of(&events), [1, 0, 0]);
    wait_for(&mut one, "the other desk", |desk, _| desk.features()[1].contains("二"));
    events.extend(finish(&mut two.session));
    assert_eq!(told(&events, "Others changed"), 0, "{events:?}");
    // What is edited here is not read anew, and that is told once.
    two.session.execute(Command::SetEditable(two.layer, true));
    two.set(2, "name", "三");
    one.session.execute(Command::SetEditable(one.layer, true));
    one.set(0, "name", "甲甲");
    assert_eq!(one.stored(), [1, 0, 0]);
    wait_for(&mut two, "told", |desk, events| told(events, "not read again") == 1 && desk.features()[0].contains("一"));
    assert!(two.is_unsaved());
    assert_eq!(two.stored(), [1, 0, 0]);
    assert!(two.features()[0].contains("甲甲") && two.features()[2].contains("三"), "{:?}", two.features());
}

fn changes_of_a_table_without_triggers_come_in_too(server: &Server) {
    let mut client = server.database("edit_polled");
    let table = "CREATE TABLE site (fid serial PRIMARY KEY, name text, geom geometry(Point, 4326));
        INSERT INTO site (name, geom) SELECT '点' || n, ST_SetSRID(ST_MakePoint(121 + n * 0.1, 31), 4326) FROM generate_series(1, 3) n;
        CREATE VIEW seen AS SELECT * FROM site;";
    client.batch_execute(table).expect("a table");
    let url = |table: &str| PathBuf::from(server.url("edit_polled", &format!("?table=public.{table}")));
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.execute(Command::Open(vec![url("site")], None));
    let mut events = finish(&mut session);
    let layer = session.layers()[0].key;
    let mut desk = Desk { session, layer };
    let names = |desk: &Desk| -> Vec<String> {
        let layer = desk.session.layer(desk.layer).expect("open").layer();
        layer.rows().map(|row| layer.attributes.get(row, "name").display().into_owned()).collect()
    };
    // That it is looked at is told, once.
    events.extend(finish(&mut desk.session));
    assert_eq!(told(&events, "no triggers"), 1, "{events:?}");
    // A change, a row more, a row less, a row in the place of another: each is seen.
    for (sql, expected) in [
        ("UPDATE site SET name = '改' WHERE fid = 1", &["改", "点2", "点3"][..]),
        ("INSERT INTO site (name) VALUES ('新')", &["改", "点2", "点3", "新"]),
        ("DELETE FROM site WHERE fid = 2", &["改", "点3", "新"]),
        ("DELETE FROM site WHERE fid = 3; INSERT INTO site (name) VALUES ('换')", &["改", "新", "换"]),
    ] {
        client.batch_execute(sql).expect("changed");
        let took = wait_for(&mut desk, sql, |desk, events| {
            let mut now = names(desk);
            let mut expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
            now.sort();
            expected.sort();
            now == expected && told(events, "read again") == 1
        });
        println!("{sql}: here after {took:?}");
    }
    // One's own is no news.
    desk.session.execute(Command::SetEditable(desk.layer, true));
    desk.set(0, "name", "本机");
    let mut events = desk.store_with(&[], &[]);
    assert_eq!(rows_of(&events), [1, 0, 0]);
    let until = Instant::now() + std::time::Duration::from_secs(3);
    while Instant::now() < until {
        events.extend(finish(&mut desk.session));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(told(&events, "Others changed"), 0, "{events:?}");
    // Of a view it is told that nothing is seen.
    let mut view = Session::new(ReadOptions::default(), Arc::new(|| {}));
    view.execute(Command::Open(vec![url("seen")], None));
    let (started, mut events) = (Instant::now(), Vec::new());
    while told(&events, "is a view") == 0 {
        assert!(started.elapsed().as_secs() < 60, "{events:?}");
        events.extend(finish(&mut view));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn a_project_names_the_store(server: &Server) {
    let url = outlets(server, "edit_project");
    let mut desk = Desk::at(&url);
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("plan.shanshui.json");
    let view = shanshui::session::project::ProjectView { center: LonLat::new(121.0, 31.0), scale: 1.0 };
    desk.session.execute(Command::SaveProject(project.clone(), view));
    let events = finish(&mut desk.session);
    assert!(events.iter().any(|event| matches!(event, Event::ProjectSaved(_))), "{events:?}");
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.execute(Command::OpenProject(project));
    let events = finish(&mut session);
    let [layer] = session.layers() else { panic!("{events:?}") };
    assert_eq!(layer.store(), Some(&*url));
    let layer = layer.key;
    session.execute(Command::SetEditable(layer, true));
    let mut other = Desk { session, layer };
    other.set(0, "name", "由项目");
    assert_eq!(other.stored(), [1, 0, 0]);
}
