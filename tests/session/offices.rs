//! A folder as it came from several offices: folders within, archives, what is asked and what is named; copies for each office.

use super::{finish, session};
use crate::common::maps;
use shanshui::geodesy::distance_m;
use shanshui::i18n::Lang;
use shanshui::io::formats::Examined;
use shanshui::io::{ReadOptions, SaveCause, read_layer};
use shanshui::model::{Layer, ReadAs, Role};
use shanshui::progress::Progress;
use shanshui::session::contents::Contents;
use shanshui::session::exporting::{Export, losses_of};
use shanshui::session::{Command, Event, Key, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn read(path: &Path) -> Layer {
    read_layer(path, &ReadOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn copied(session: &mut Session, of: Key, path: &Path, crs: &str, rows: Option<Vec<usize>>) -> Vec<Event> {
    let export = Export { of, path: path.to_owned(), crs: crs.to_owned(), rows: rows.map(Arc::new) };
    session.execute(Command::ExportAs(Box::new(export)));
    finish(session)
}

/// Writes a layer of the sample in another format and system.
fn put(name: &str, path: &Path, crs: &str) {
    let mut session = session();
    session.execute(Command::Open(vec![maps().join(format!("baoshan/{name}.geojson"))], None));
    finish(&mut session);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    let of = session.layers()[0].key;
    let events = copied(&mut session, of, path, crs, None);
    assert!(events.iter().any(|event| matches!(event, Event::Exported(..))), "{events:?}");
}

fn told(events: &[Event]) -> (Vec<Arc<Examined>>, Contents) {
    let mut contents = Contents::default();
    let mut asked = Vec::new();
    for event in events {
        match event {
            Event::Contents(own) => contents.extend(Contents::clone(own)),
            Event::Undecided(examined) => asked.push(Arc::clone(examined)),
            _ => {}
        }
    }
    (asked, contents)
}

fn file_names(session: &Session) -> Vec<String> {
    let mut names: Vec<String> = session.layers().iter().map(|open| open.layer().source.file_name.clone()).collect();
    names.sort();
    names
}

/// The ledger of an office: longitudes and latitudes, of which nothing says what they are.
const LEDGER: &str = "编号,名称,经度,纬度\nA1,南港,121.4,31.3\nA2,北港,121.41,31.31\nA3,东港,121.42,31.32\n";
/// Metres without a word where they lie.
const POINTS: &str = "编号,东坐标,北坐标\nA1,345678.9,3476543.2\nA2,346000,3477000\n";

#[test]
fn a_folder_of_folders_opens_as_one_and_asks_once_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    put("outlet", &at("生态局/排污口.shp"), "EPSG:4549");
    put("park", &at("省厅/2026/公园.gpkg"), "EPSG:4528");
    std::fs::create_dir_all(at("水务局")).expect("writable");
    for (name, text) in [
        ("水务局/台账.csv", LEDGER),
        ("水务局/测点.csv", POINTS),
        ("人口.csv", "街道,人口\n友谊路,12000\n"),
        ("水务局/图.tab", "!table\n!version 300\n"),
        ("说明.txt", "四家单位移交"),
    ] {
        std::fs::write(at(name), text).expect("writable");
    }
    let mut zip = zip::ZipWriter::new(std::fs::File::create(at("岸线.zip")).expect("writable"));
    zip.start_file("岸线/岸线.geojson", zip::write::SimpleFileOptions::default()).expect("writable");
    let bytes = std::fs::read(maps().join("baoshan/shoreline.geojson")).expect("there");
    std::io::Write::write_all(&mut zip, &bytes).expect("writable");
    zip.finish().expect("writable");

    let mut session = session();
    session.execute(Command::Open(vec![folder.path().to_owned()], None));
    let events = finish(&mut session);
    let (asked, contents) = told(&events);
    assert_eq!(file_names(&session), ["公园.gpkg", "岸线.zip", "排污口.shp"]);
    // One question a file, after what needs none is open.
    let mut names: Vec<String> = asked.iter().map(|file| shanshui::io::file_name(&file.path)).collect();
    names.sort();
    assert_eq!(names, ["台账.csv", "测点.csv"]);
    let place = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).expect("told");
    let first_asked = place(&|event| matches!(event, Event::Undecided(_)));
    assert!(first_asked > place(&|event| matches!(event, Event::LayerAdded(_))));
    let ledger = asked.iter().find(|file| file.path.ends_with("台账.csv")).expect("asked");
    assert!(ledger.layers[0].may_be_shifted() && !ledger.layers[0].needs_crs());
    // What is not read is named, with the way out.
    let ignored = contents.ignored_text(Lang::En).expect("some");
    assert!(ignored.contains("水务局/图.tab") && ignored.contains("MapInfo"), "{ignored}");
    assert!(ignored.contains("人口.csv") && !ignored.contains("说明"), "{ignored}");

    let said = |file: &Arc<Examined>, crs: &str| {
        let read_as = ReadAs { crs: Some(crs.to_owned()), ..file.layers[0].read_as.clone() };
        (file.path.clone(), read_as)
    };
    let points = asked.iter().find(|file| file.path.ends_with("测点.csv")).expect("asked");
    session.execute(Command::Import(vec![said(ledger, "GCJ-02"), said(points, "EPSG:4549")]));
    finish(&mut session);
    let open = session.layers().iter().find(|open| open.layer().source.file_name == "台账.csv").expect("open");
    let off = distance_m(open.layer().geometries.positions_of(0)[0], shanshui::geodesy::LonLat::new(121.4, 31.3));
    assert!((300.0..900.0).contains(&off), "{off} m");
    // What was said stays, and is not asked again.
    assert_eq!(open.read_as.crs.as_deref(), Some("GCJ-02"));
}

#[test]
fn files_that_say_where_they_lie_open_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, crs) in [
        ("a.shp", "EPSG:4549"),
        ("b.shp", "EPSG:4528"),
        ("c.gpkg", "EPSG:4549"),
        ("d.fgb", "EPSG:4528"),
        ("e.kml", "EPSG:4326"),
        ("f.geojson", "EPSG:4326"),
        ("g.shp", "EPSG:4490"),
    ] {
        let path = folder.path().join(name);
        put("outlet", &path, crs);
        let mut session = session();
        session.execute(Command::Open(vec![path], None));
        let (asked, _) = told(&finish(&mut session));
        assert_eq!((asked.len(), session.layers().len()), (0, 1), "{name}");
    }
    // A drawing never says it, whatever its numbers are.
    for (name, crs) in [("a.dxf", "EPSG:4549"), ("b.dxf", "EPSG:4326")] {
        let path = folder.path().join(name);
        put("river", &path, crs);
        let mut session = session();
        session.execute(Command::Open(vec![path], None));
        let (asked, _) = told(&finish(&mut session));
        assert_eq!((asked.len(), session.layers().len()), (1, 0), "{name}");
    }
}

#[test]
fn tables_that_say_where_they_lie_are_not_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, is_asked) in [
        ("a.csv", "编号,经度,纬度\nA,121.4,31.3\n", true),
        ("b.csv", "编号,经度（WGS84）,纬度（WGS84）\nA,121.4,31.3\n", false),
        ("c.csv", "编号,高德经度,高德纬度\nA,121.4,31.3\n", false),
        ("d.csv", "编号,CGCS2000经度,CGCS2000纬度\nA,121.4,31.3\n", false),
        ("e.csv", "id,lon,lat\nA,-0.1,51.5\n", false),
        ("f.csv", "编号,人口\nA,12\n", false),
        ("g.csv", "编号,geom\nA,SRID=4490;POINT(121.4 31.3)\n", false),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        let mut session = session();
        session.execute(Command::Open(vec![path], None));
        let (asked, _) = told(&finish(&mut session));
        assert_eq!(asked.len(), usize::from(is_asked), "{name}");
        assert_eq!(session.layers().len(), usize::from(!is_asked), "{name}");
    }
}

#[test]
fn a_copy_goes_out_in_any_format_and_system_and_the_layer_stays_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::copy(maps().join("baoshan/outlet.geojson"), at("outlet.geojson")).expect("copied");
    let mut session = session();
    session.execute(Command::Open(vec![at("outlet.geojson")], None));
    finish(&mut session);
    let of = session.layers()[0].key;
    let before = session.layers()[0].layer().clone();
    let rows = vec![3, 7, 8];
    for (name, crs) in [
        ("a.shp", "EPSG:4549"),
        ("a.gpkg", "EPSG:4528"),
        ("a.fgb", "EPSG:4490"),
        ("a.csv", "EPSG:4326"),
        ("a.xlsx", "EPSG:4326"),
        ("a.kml", "EPSG:4326"),
        ("a.geojson", "EPSG:4326"),
    ] {
        let events = copied(&mut session, of, &at(name), crs, Some(rows.clone()));
        assert!(events.iter().any(|event| matches!(event, Event::Exported(..))), "{name}: {events:?}");
        let copy = read(&at(name));
        assert_eq!(copy.len(), rows.len(), "{name}");
        for row in &rows {
            let own = before.geometries.positions_of(*row)[0];
            let nearest = (0..copy.len()).map(|at| distance_m(own, copy.geometries.positions_of(at)[0]));
            assert!(nearest.fold(f64::INFINITY, f64::min) < 1e-3, "{name}, row {row}");
        }
    }
    assert_eq!(read(&at("a.shp")).declared_crs.as_deref(), Some("EPSG:4549"));
    let open = &session.layers()[0];
    assert_eq!((open.path.as_deref(), open.is_unsaved()), (Some(&*at("outlet.geojson")), false));
    // Never over what is open, nor in a system that the format does not hold, nor one that is none; nothing is left of such.
    let taken = std::fs::read(at("outlet.geojson")).expect("there");
    for (name, crs) in
        [("outlet.geojson", "EPSG:4326"), ("b.kml", "EPSG:4549"), ("b.geojson", "EPSG:4549"), ("b.shp", "EPSG:2385")]
    {
        let events = copied(&mut session, of, &at(name), crs, None);
        assert!(events.iter().any(|event| matches!(event, Event::ExportFailed(_))), "{name}: {events:?}");
    }
    assert_eq!(std::fs::read(at("outlet.geojson")).expect("there"), taken);
    assert!(["b.kml", "b.geojson", "b.shp", "b.dbf"].iter().all(|name| !at(name).exists()));
}

#[test]
fn what_a_copy_would_lose_is_told_before_and_is_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"入河排污口名称":"甲","入河排污口类型":"乙","备注":"LONG"},"geometry":{"type":"Point","coordinates":[121.4,31.3]}},
        {"type":"Feature","properties":{"入河排污口名称":"丙","入河排污口类型":"丁","备注":""},"geometry":{"type":"LineString","coordinates":[[121.4,31.3],[121.5,31.3]]}}]}"#;
    let path = folder.path().join("in.geojson");
    std::fs::write(&path, text.replace("LONG", &"长".repeat(200))).expect("writable");
    let layer = read(&path);
    let told = |ending: &str, rows: Option<&[usize]>| {
        let out = PathBuf::from("copy").with_extension(ending);
        let said = losses_of(&layer, rows, "EPSG:4490", &out).unwrap_or_else(|e| panic!("{e}"));
        said.iter().map(|said| said.text(Lang::En).to_owned()).collect::<Vec<_>>().join("\n")
    };
    let shapefile = told("shp", Some(&[0]));
    for word in ["入河排污口名称", "入河排污口类型", "备注", "254"] {
        assert!(shapefile.contains(word), "{word}: {shapefile}");
    }
    assert_ne!(shapefile, told("shp", Some(&[1])), "a short text loses nothing");
    assert_eq!(told("geojson", None), "");
    assert!(!told("gpkg", Some(&[0])).contains("备注"), "{}", told("gpkg", Some(&[0])));
    // Several kinds of geometry are none that a shapefile holds together.
    assert!(told("shp", None).len() > shapefile.len(), "{}", told("shp", None));
}

#[test]
fn saving_that_loses_something_is_told_before_and_done_where_it_is_agreed_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("outlet.shp");
    put("outlet", &path, "EPSG:4549");
    let mut session = session();
    session.execute(Command::Open(vec![path.clone()], None));
    finish(&mut session);
    let layer = session.layers()[0].key;
    assert_eq!(session.layers()[0].role, Some(Role::Outlet));
    session.execute(Command::SetEditable(layer, true));
    session.execute(Command::SetProperty(layer, 0, "入河排污口整治措施".to_owned(), "已封堵".to_owned()));
    finish(&mut session);
    let before = std::fs::read(path.with_extension("dbf")).expect("there");
    session.execute(Command::Save { layer, path: path.clone(), over: false });
    let events = finish(&mut session);
    let losses = events.iter().find_map(|event| match event {
        Event::SaveFailed(_, e) => match &e.cause {
            SaveCause::Loses(losses) => Some(losses.clone()),
            _ => None,
        },
        _ => None,
    });
    let losses = losses.unwrap_or_else(|| panic!("{events:?}"));
    assert!(losses.iter().any(|said| said.text(Lang::Zh).contains("入河排污口整治措施")), "{losses:?}");
    assert_eq!(std::fs::read(path.with_extension("dbf")).expect("there"), before);
    assert!(session.layers()[0].is_unsaved());
    session.execute(Command::SaveLossy(layer, path.clone()));
    let events = finish(&mut session);
    assert!(events.iter().any(|event| matches!(event, Event::Saved(..))), "{events:?}");
    let names = read(&path).attributes.names().to_vec();
    assert!(names.iter().any(|name| "入河排污口整治措施".starts_with(&**name)), "{names:?}");
    assert!(!session.layers()[0].is_unsaved());
}
