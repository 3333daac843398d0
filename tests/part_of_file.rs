//! Files of which only what lies in a box is read: which features that are, what is said of it, and what keeps it.

use crate::common::{finish, maps};
use crate::program::*;
use serde_json::{Value, json};
use shanshui::geodesy::{LonLat, LonLatBox};
use shanshui::io::geojson::{Put, edited};
use shanshui::io::{ReadCause, ReadOptions, Room, read_layer};
use shanshui::model::{Bbox, Layer, ProblemKind};
use shanshui::progress::Progress;
use shanshui::session::{Command, Session, save_layer};
use std::path::Path;

const BOX: &str = "121.40,31.30,121.46,31.40";

fn opened(path: &Path, bbox: Option<Bbox>) -> Layer {
    let options = ReadOptions { bbox, ..ReadOptions::default() };
    read_layer(path, &options, &Progress::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// What features say, one text each, in one order.
fn said<'l>(layer: &'l Layer, rows: impl Iterator<Item = usize> + 'l) -> Vec<String> {
    let columns = layer.attributes.names().len();
    let of = |row: usize| {
        let cells: Vec<_> =
            (0..columns).map(|column| layer.attributes.value(row, column).display().into_owned()).collect();
        let at = layer.geometries.positions_of(row).first().map(|p| format!("{:.7} {:.7}", p.lon, p.lat));
        format!("{cells:?} {at:?} {}", layer.geometries.positions_of(row).len())
    };
    let mut all: Vec<String> = rows.map(of).collect();
    all.sort();
    all
}

fn is_in(layer: &Layer, row: usize, bbox: &Bbox) -> bool {
    layer.geometries.kind(row).is_some() && bbox.meets(&layer.geometries.bounds(row))
}

#[test]
fn what_meets_the_box_is_read_in_every_format_and_system_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let bbox: Bbox = BOX.parse().expect("a box");
    for (name, endings) in [
        ("outlet", &["gpkg", "fgb", "shp", "csv", "xlsx", "kml", "wkt"][..]),
        ("river", &["gpkg", "fgb", "shp", "csv"]),
        ("residential", &["gpkg", "fgb", "shp", "kml", "dxf"]),
    ] {
        let input = maps().join(format!("baoshan/{name}.geojson")).display().to_string();
        for ending in endings {
            for crs in ["EPSG:4326", "EPSG:4549", "GCJ-02"] {
                if crs != "EPSG:4326" && !matches!(*ending, "gpkg" | "fgb" | "shp") {
                    continue;
                }
                // What no file can declare is said when it is read.
                let out = format!("{name}-{}.{ending}", &crs[..3]);
                let written = run(folder.path(), &["convert", &input, &out, "--to-crs", crs, "--overwrite"]);
                assert_eq!(status(&written), 0, "{out}: {}", stderr(&written));
                let path = folder.path().join(&out);
                let said_crs = (crs == "GCJ-02").then(|| crs.to_owned());
                let options = ReadOptions { crs: said_crs, ..ReadOptions::default() };
                let whole = read_layer(&path, &options, &Progress::default()).unwrap_or_else(|e| panic!("{out}: {e}"));
                let options = ReadOptions { bbox: Some(bbox), ..options };
                let part = read_layer(&path, &options, &Progress::default()).unwrap_or_else(|e| panic!("{out}: {e}"));
                let expected = said(&whole, (0..whole.len()).filter(|row| is_in(&whole, *row, &bbox)));
                assert!(!expected.is_empty() && expected.len() < whole.len(), "{out}");
                assert_eq!(said(&part, 0..part.len()), expected, "{out}");
                let is_told = |kind: &ProblemKind| matches!(kind, ProblemKind::OfFormat { code: "format.bbox", .. });
                assert!(part.problems.iter().any(|problem| is_told(&problem.kind)), "{out}");
                assert!(!whole.problems.iter().any(|problem| is_told(&problem.kind)), "{out}");
            }
        }
    }
}

#[test]
fn doubts_of_rows_go_with_their_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    // Every third position cannot be read; rows outside of the box come before and between.
    let row = |i: usize| match i % 3 {
        0 => format!("{i},{},31.35\n", 121.0 + i as f64 * 0.001),
        1 => format!("{i},{},31.35\n", 121.4 + i as f64 * 0.0001),
        _ => format!("{i},不详,31.35\n"),
    };
    let table = format!("编号,经度,纬度\n{}", (0..60).map(row).collect::<String>());
    let path = folder.path().join("outlet.csv");
    std::fs::write(&path, table).expect("writable");
    let (whole, part) = (opened(&path, None), opened(&path, Some(BOX.parse().expect("a box"))));
    assert_eq!(whole.len(), 60);
    assert!(whole.problems.iter().any(|problem| problem.row == Some(2)));
    let number = |layer: &Layer, row: usize| layer.attributes.get(row, "编号").display().parse::<usize>().expect("one");
    assert!((0..part.len()).all(|row| number(&part, row) % 3 == 1), "what has no place lies in no box");
    assert_eq!(part.len(), 20);
    for problem in part.problems.iter() {
        assert!(problem.row.is_none_or(|row| row < part.len()));
    }
}

#[test]
fn a_geopackage_takes_edits_of_a_part_and_a_shapefile_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    let bbox: Bbox = BOX.parse().expect("a box");
    for ending in ["gpkg", "shp", "fgb"] {
        let path = folder.path().join(format!("outlet.{ending}"));
        let written = run(folder.path(), &["convert", &input, &path.display().to_string(), "--to-crs", "EPSG:4549"]);
        assert_eq!(status(&written), 0, "{}", stderr(&written));
        let (whole, part) = (opened(&path, None), opened(&path, Some(bbox)));
        let bytes = std::fs::read(&path).expect("there");
        let change = edited(&part, 1, None, &[("name".to_owned(), Put::Value("改名".into()))]).expect("a row");
        let was = part.attributes.get(1, "name").display().into_owned();
        let saved = save_layer(&part.with_edits(&[(1, Some(change))]), &path, &Progress::default());
        if ending == "gpkg" {
            saved.unwrap_or_else(|e| panic!("{e}"));
            let now = opened(&path, None);
            let names = |layer: &Layer| -> Vec<String> {
                (0..layer.len()).map(|row| layer.attributes.get(row, "name").display().into_owned()).collect()
            };
            let expected: Vec<String> =
                names(&whole).into_iter().map(|name| if name == was { "改名".to_owned() } else { name }).collect();
            assert_eq!(names(&now), expected);
        } else {
            let error = saved.expect_err("it holds more than was read");
            assert!(error.to_string().contains("另存") || error.to_string().contains("another name"), "{error}");
            assert_eq!(std::fs::read(&path).expect("there"), bytes, "{ending}");
            // Beside it all is well.
            let beside = folder.path().join(format!("part.{ending}"));
            save_layer(&part, &beside, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(opened(&beside, None).len(), part.len());
        }
    }
}

#[test]
fn the_box_is_an_option_of_commands_and_stands_in_the_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet", "shoreline"] {
        let input = maps().join(format!("baoshan/{name}.geojson")).display().to_string();
        let written = run(folder.path(), &["convert", &input, &format!("{name}.gpkg")]);
        assert_eq!(status(&written), 0, "{}", stderr(&written));
    }
    let asked =
        ["within", "outlet.gpkg", "--of", "shoreline.gpkg", "--distance", "2000", "-o", "near.geojson", "--json"];
    let whole = summary(&run(folder.path(), &asked));
    let output = run(folder.path(), &[&asked[..], &["--bbox", BOX, "--overwrite"]].concat());
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let part = summary(&output);
    assert!(part["features_in"].as_u64() < whole["features_in"].as_u64(), "{part}");
    let answer: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("near.geojson")).expect("there")).expect("JSON");
    assert_eq!(answer["shanshui"]["inputs"][0]["bbox"], json!([121.40, 31.30, 121.46, 31.40]), "{answer}");
    // West of Greenwich and south of the equator as well.
    let none = run(folder.path(), &["info", "outlet.gpkg", "--bbox", "-71.5,-34,-70,-33", "--json"]);
    assert_eq!(status(&none), 0, "{}", stderr(&none));
    assert_eq!(summary(&none)["files"][0]["features"], 0);
    // What is read whole says so, and a box that is none is refused.
    let geojson = maps().join("baoshan/outlet.geojson").display().to_string();
    let refused = run(folder.path(), &["info", &geojson, "--bbox", BOX]);
    assert_eq!(status(&refused), 3);
    assert!(stderr(&refused).contains("GeoPackage"), "{}", stderr(&refused));
    for wrong in ["121.40,31.40,121.46,31.30", "121,31", "31.3,121.4,31.4,121.5"] {
        assert_eq!(status(&run(folder.path(), &["info", "outlet.gpkg", "--bbox", wrong])), 2, "{wrong}");
    }
    assert_eq!(status(&run(folder.path(), &["rules", "--bbox", BOX])), 2);
}

#[test]
fn a_part_is_remembered_with_its_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    assert_eq!(status(&run(folder.path(), &["convert", &input, "outlet.fgb"])), 0);
    let (path, bbox) = (folder.path().join("outlet.fgb"), BOX.parse::<Bbox>().expect("a box"));
    let mut session = Session::new(ReadOptions::default(), std::sync::Arc::new(|| {}));
    session.execute(Command::OpenWithin(vec![path.clone()], None, bbox));
    finish(&mut session);
    let part = session.layers()[0].layer().len();
    assert!(part > 0 && part < 244);
    let project = folder.path().join("p.shanshui.json");
    let view = shanshui::session::project::ProjectView { center: LonLat::new(121.4, 31.3), scale: 1.0 };
    session.execute(Command::SaveProject(project.clone(), view));
    finish(&mut session);
    assert!(std::fs::read_to_string(&project).expect("there").contains("\"bbox\""));
    let mut again = Session::new(ReadOptions::default(), std::sync::Arc::new(|| {}));
    again.execute(Command::Open(vec![project], None));
    finish(&mut again);
    assert_eq!(again.layers()[0].layer().len(), part);
    // Opened whole, it takes the place of the part.
    again.execute(Command::Open(vec![path], None));
    finish(&mut again);
    assert_eq!(again.layers().iter().map(|layer| layer.layer().len()).collect::<Vec<_>>(), [244]);
}

#[test]
fn a_layer_that_outgrows_what_is_left_is_refused_whatever_its_file_promised() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: String = (0..700_000).map(|i| format!("{i},{},31.35\n", 121.0 + f64::from(i) * 1e-6)).collect();
    let path = folder.path().join("outlet.csv");
    std::fs::write(&path, format!("编号,经度,纬度\n{rows}")).expect("writable");
    // Less and less is left, as others take it.
    let left = std::sync::atomic::AtomicU64::new(2);
    let room = Room::new(move || left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed).saturating_sub(1) << 30);
    let everything = LonLatBox { min: LonLat::new(-180.0, -90.0), max: LonLat::new(180.0, 90.0) };
    let options = ReadOptions { room: Some(room), bbox: Some(Bbox::from(&everything)), ..ReadOptions::default() };
    let error = read_layer(&path, &options, &Progress::default()).expect_err("more than is left");
    assert!(
        matches!(error.cause, ReadCause::NeedsMemory { needs, room } if needs > room && room == 1 << 30),
        "{error}"
    );
    let enough = ReadOptions { room: Some(Room::new(|| 1 << 30)), ..options };
    assert_eq!(read_layer(&path, &enough, &Progress::default()).expect("a layer").len(), 700_000);
}
