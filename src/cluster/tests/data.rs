//! Data sets: geometries come back bit for bit, and nothing is ever written over.

use crate::common::{PROGRAM, ingest, map};
use proptest::prelude::*;
use shanshui_cluster::data::{DataSet, MANIFEST};
use shanshui_cluster::groups::Groups;
use shanshui_cluster::layer_file::{CORNERS, GIANT, NOWHERE, groups_of, write};
use shanshui_cluster::task::{Failed, Rows};
use shanshui_core::geodesy::LonLat;
use shanshui_core::i18n::Lang;
use shanshui_core::model::{Geometries, GeometryKind, Layer};
use std::path::Path;
use std::process::Command;

type Shape = (GeometryKind, Vec<Vec<Vec<LonLat>>>);

fn put(shape: Option<&Shape>, to: &mut Geometries) {
    for part in shape.iter().flat_map(|(_, parts)| parts) {
        for path in part {
            path.iter().for_each(|p| to.push_position(*p));
            to.end_path();
        }
        to.end_part();
    }
    to.end_row(shape.map(|(kind, _)| *kind));
}

fn layer(shapes: &[Option<Shape>]) -> Layer {
    let mut geometries = Geometries::default();
    shapes.iter().for_each(|shape| put(shape.as_ref(), &mut geometries));
    let bounds = geometries.all_bounds();
    Layer::of_geometries(geometries, bounds)
}

/// Everything of some geometries, with all bits.
fn bits(geometries: &Geometries) -> Vec<String> {
    let row = |row: usize| {
        let parts: Vec<Vec<Vec<(u64, u64)>>> = geometries
            .parts(row)
            .map(|part| {
                part.paths().map(|path| path.iter().map(|p| (p.lon.to_bits(), p.lat.to_bits())).collect()).collect()
            })
            .collect();
        format!("{:?} {parts:?}", geometries.kind(row))
    };
    (0..geometries.len()).map(row).collect()
}

fn position() -> impl Strategy<Value = LonLat> {
    let lon = prop_oneof![Just(-0.0), Just(180.0), Just(5e-324), -180.0..180.0_f64];
    (lon, prop_oneof![Just(-0.0), -90.0..90.0_f64]).prop_map(|(lon, lat)| LonLat::new(lon, lat))
}

fn shape() -> impl Strategy<Value = Option<Shape>> {
    use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    let path = || prop::collection::vec(position(), 1..6);
    let rings = || prop::collection::vec(path(), 1..4);
    let point = || position().prop_map(|p| vec![vec![p]]);
    let line = || path().prop_map(|path| vec![path]);
    prop_oneof![
        Just(None),
        point().prop_map(|part| Some((Point, vec![part]))),
        line().prop_map(|part| Some((LineString, vec![part]))),
        rings().prop_map(|part| Some((Polygon, vec![part]))),
        prop::collection::vec(point(), 0..4).prop_map(|parts| Some((MultiPoint, parts))),
        prop::collection::vec(line(), 0..4).prop_map(|parts| Some((MultiLineString, parts))),
        prop::collection::vec(rings(), 0..4).prop_map(|parts| Some((MultiPolygon, parts))),
    ]
}

/// Rows of a layer's file, read as executors do.
fn read(path: &Path, rows: &[usize], all: usize) -> Geometries {
    let group_of = groups_of(path, all).expect("readable");
    let mut groups: Vec<u32> = rows.iter().map(|row| group_of[*row]).collect();
    groups.sort_unstable();
    groups.dedup();
    let rows = rows.iter().map(|row| *row as u32).collect();
    Groups::new(1 << 20).rows("", &Rows { file: path.display().to_string(), groups, rows }).expect("readable")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn geometries_come_back_bit_for_bit(shapes in prop::collection::vec(shape(), 0..40), step in 1_usize..4) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("0.parquet");
        let layer = layer(&shapes);
        let written = write(&layer, &path).expect("writable");
        prop_assert_eq!(&written.group_of, &groups_of(&path, shapes.len()).expect("readable"));
        let rows: Vec<usize> = (0..shapes.len()).step_by(step).collect();
        let mut expected = Geometries::default();
        rows.iter().for_each(|row| put(shapes[*row].as_ref(), &mut expected));
        prop_assert_eq!(bits(&read(&path, &rows, shapes.len())), bits(&expected));
    }
}

#[test]
fn giants_stand_apart_and_row_groups_are_bounded() {
    let line = |x: f64, corners: usize| -> Option<Shape> {
        let path = (0..corners).map(|i| LonLat::new(121.0 + x, 31.0 + i as f64 * 1e-6)).collect();
        Some((GeometryKind::LineString, vec![vec![path]]))
    };
    let mut shapes: Vec<Option<Shape>> = (0..300).map(|i| line(f64::from(i) * 1e-3, 1_000)).collect();
    shapes[17] = line(0.017, GIANT + 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("0.parquet");
    let written = write(&layer(&shapes), &path).expect("writable");
    let last = written.groups.last().expect("groups");
    assert_eq!((last.rows, last.corners), (1, GIANT + 1));
    assert_eq!(written.group_of[17] as usize, written.groups.len() - 1);
    assert!(written.groups.iter().all(|group| group.corners <= CORNERS), "{:?}", written.groups);
    assert!(written.groups.len() > 4 && !written.group_of.contains(&NOWHERE));
    // Neighbours are together: a row group spans a part of the layer alone.
    let widths = written.groups.iter().map(|group| group.bounds[2] - group.bounds[0]);
    assert!(widths.clone().all(|width| width < 0.2), "{:?}", widths.collect::<Vec<_>>());
    // What is kept stays within what may be.
    let keeps = Groups::new(2 << 20);
    for (number, _) in written.groups.iter().enumerate() {
        let rows = (0..300).filter(|row| written.group_of[*row as usize] as usize == number).collect();
        let wanted = Rows { file: path.display().to_string(), groups: vec![number as u32], rows };
        keeps.rows("", &wanted).expect("readable");
        assert!(keeps.bytes() <= 2 << 20, "{}", keeps.bytes());
    }
    // Another data set under the same path is another.
    std::fs::remove_file(&path).expect("gone");
    let other = write(&layer(&shapes[..2]), &path).expect("writable");
    let both = Rows { file: path.display().to_string(), groups: vec![0], rows: vec![0, 1] };
    assert_eq!((other.groups.len(), keeps.rows("other", &both).expect("readable").len()), (1, 2));
    let lacks = Rows { file: path.display().to_string(), groups: vec![0], rows: vec![17] };
    assert!(matches!(keeps.rows("other", &lacks), Err(Failed::Data { cause, .. }) if cause.contains("row 17")));
    let behind = Rows { file: path.display().to_string(), groups: vec![999], rows: vec![0] };
    assert!(matches!(keeps.rows("other", &behind), Err(Failed::Data { cause, .. }) if cause.contains("row group 999")));
}

#[test]
fn a_data_set_is_the_project_byte_for_byte_and_its_layers() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    ingest(&map("jinshan"), &data);
    let set = DataSet::open(&data, Lang::En).expect("a data set");
    assert!(!set.manifest.layers.is_empty() && set.project().is_dir());
    for (name, sha256) in &set.manifest.files {
        let bytes = std::fs::read(set.project().join(name)).expect("there");
        assert!(bytes == std::fs::read(map("jinshan").join(name)).expect("there") && sha256.len() == 64, "{name}");
    }
    for layer in &set.manifest.layers {
        assert!(data.join(&layer.file).is_file() && !layer.roles.is_empty(), "{layer:?}");
        assert_eq!(layer.written.groups.iter().map(|group| group.corners).sum::<usize>(), layer.written.corners);
    }
}

/// Ingests and is refused; what was said.
fn refused(project: &Path, data: &Path) -> (Option<i32>, String) {
    let made = Command::new(PROGRAM).args(["ingest", "--lang", "en"]).args([project, data]).output().expect("started");
    (made.status.code(), String::from_utf8_lossy(&made.stderr).into_owned())
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    std::fs::create_dir(&project).expect("writable");
    let text = r#"{"type":"FeatureCollection","features":[]}"#;
    std::fs::write(project.join("outlet.geojson"), text).expect("writable");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("writable");
    std::fs::write(data.join("mine.txt"), "mine").expect("writable");
    let (status, said) = refused(&project, &data);
    assert!(status == Some(4) && said.contains("holds something already"), "{status:?} {said}");
    for within in [project.clone(), project.join("data")] {
        let (status, said) = refused(&project, &within);
        assert_eq!(status, Some(4), "{said}");
        assert!(!project.join(MANIFEST).exists() && !project.join("data").exists());
    }
    let (status, said) = refused(&folder.path().join("nowhere"), &folder.path().join("new"));
    assert!(status == Some(3) && said.contains("nowhere"), "{status:?} {said}");
    let (status, said) = refused(Path::new("postgres://me@host/plan"), &folder.path().join("new"));
    assert!(status == Some(3) && said.contains("shared store"), "{status:?} {said}");
    // A layer that cannot be read leaves nothing either.
    std::fs::write(project.join("park.geojson"), "{\"type\":").expect("writable");
    let (status, said) = refused(&project, &folder.path().join("new"));
    assert!(status == Some(3) && said.contains("park.geojson"), "{status:?} {said}");
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("there").map(|entry| entry.expect("one").file_name()).collect();
    left.sort();
    assert_eq!(left, ["data", "project"]);
    assert_eq!(std::fs::read_to_string(data.join("mine.txt")).expect("there"), "mine");
}

#[test]
fn a_project_takes_along_what_it_names_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| {
        let path = folder.path().join("own").join(name);
        std::fs::create_dir_all(path.parent().expect("one")).expect("writable");
        std::fs::write(path, text).expect("writable");
    };
    let layer = r#"{"type":"FeatureCollection","features":[]}"#;
    put("layers/outlet.geojson", layer);
    put("layers/park.geojson", layer);
    put("secret.txt", "secret");
    put("a.shanshui.json", r#"{"shanshui":1,"layers":[{"file":"layers/outlet.geojson","role":"outlet"}]}"#);
    let data = folder.path().join("data");
    ingest(&folder.path().join("own/a.shanshui.json"), &data);
    let set = DataSet::open(&data, Lang::En).expect("a data set");
    let files: Vec<&str> = set.manifest.files.keys().map(String::as_str).collect();
    assert_eq!(files, ["a.shanshui.json", "layers/outlet.geojson"]);
    assert!(set.project().is_file());
    put("b.shanshui.json", r#"{"shanshui":1,"layers":[{"file":"../own/layers/outlet.geojson","role":"outlet"}]}"#);
    let (status, said) = refused(&folder.path().join("own/b.shanshui.json"), &folder.path().join("new"));
    assert!(status == Some(3) && said.contains("lies outside"), "{status:?} {said}");
}
