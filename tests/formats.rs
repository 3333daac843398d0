//! Files of all formats as a planner meets them: written and read back, by layer, edited, joined, asked.

use crate::common::{finish, maps, read, sample};
use crate::program::*;
use serde_json::{Value, json};
use shanshui::geodesy::distance_m;
use shanshui::io::geojson::{Put, edited};
use shanshui::io::{ReadCause, ReadOptions, layers_of, read_layer};
use shanshui::model::{Layer, ReadAs};
use shanshui::progress::Progress;
use shanshui::session::{Command, Event, Session, save_layer};
use std::path::Path;

fn opened(path: &Path) -> Layer {
    read_layer(path, &ReadOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// For each row of a layer the row of another that says the same: a FlatGeobuf is written in the order of its index.
fn rows_alike(a: &Layer, b: &Layer) -> Vec<usize> {
    let said = |layer: &Layer, row: usize| -> Vec<String> {
        let names = a.attributes.names().iter();
        names.map(|name| layer.attributes.get(row, name).display().into_owned()).collect()
    };
    let mut taken = vec![false; b.len()];
    let mut row_of = |row: usize| {
        let own = said(a, row);
        let found = (0..b.len()).find(|other| !taken[*other] && said(b, *other) == own);
        let found = found.unwrap_or_else(|| panic!("{own:?} is not in {}", b.source.file_name));
        taken[found] = true;
        found
    };
    (0..a.len()).map(&mut row_of).collect()
}

/// Rows of two layers hold the same positions, within a millimetre.
fn lies_alike(a: &Layer, b: &Layer, rows: usize) {
    in_rows_alike(a, b, &(0..rows).collect::<Vec<_>>());
}

/// The same where the other's rows stand in this order.
fn in_rows_alike(a: &Layer, b: &Layer, rows: &[usize]) {
    for (row, at) in rows.iter().enumerate() {
        let (own, other) = (a.geometries.positions_of(row), b.geometries.positions_of(*at));
        assert_eq!(own.len(), other.len(), "row {row} of {}", b.source.file_name);
        for p in own {
            // Rings may begin elsewhere and run the other way.
            let nearest = other.iter().map(|q| distance_m(*p, *q)).fold(f64::INFINITY, f64::min);
            assert!(nearest < 1.1e-3, "row {row} of {}: {nearest} m", b.source.file_name);
        }
    }
}

#[test]
fn what_is_written_is_read_back_in_every_format_and_system() {
    let folder = tempfile::tempdir().expect("a folder");
    // A layer of each shape; where a format does not hold the third, it is not asked to.
    for (name, endings) in [
        ("outlet", &["gpkg", "fgb", "shp", "csv", "xlsx", "kml", "wkt", "dxf"][..]),
        ("river", &["gpkg", "fgb", "shp", "csv", "kml", "wkt", "dxf"]),
        ("district", &["gpkg", "fgb", "shp", "csv", "kml", "wkt"]),
    ] {
        let input = maps().join(format!("baoshan/{name}.geojson"));
        let before = opened(&input);
        let located: Vec<usize> = (0..before.len()).filter(|row| before.geometries.kind(*row).is_some()).collect();
        for ending in endings {
            for crs in ["EPSG:4326", "EPSG:4549", "EPSG:4528"] {
                // Degrees alone.
                let is_degrees_alone = matches!(*ending, "kml" | "csv" | "xlsx" | "wkt" | "dxf");
                if is_degrees_alone && crs != "EPSG:4326" {
                    continue;
                }
                let out = format!("{name}-{}.{ending}", &crs[5..]);
                let arguments = ["convert", &input.display().to_string(), &out, "--to-crs", crs];
                let written = run(folder.path(), &arguments);
                assert_eq!(status(&written), 0, "{out}: {}", stderr(&written));
                let after = opened(&folder.path().join(&out));
                if *ending == "dxf" {
                    // A drawing holds what has a place, each part by itself.
                    assert!(after.len() >= located.len(), "{out}");
                    continue;
                }
                assert_eq!(after.len(), before.len(), "{out}");
                let rows = if *ending == "fgb" { rows_alike(&before, &after) } else { (0..before.len()).collect() };
                in_rows_alike(&before, &after, &rows);
                if matches!(*ending, "gpkg" | "csv" | "xlsx") {
                    for (column, own) in before.attributes.names().iter().enumerate() {
                        for row in 0..before.len() {
                            let (was, is) = (before.attributes.value(row, column), after.attributes.get(row, own));
                            assert_eq!(was.display(), is.display(), "{out}: row {row}, {own}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn codes_keep_their_digits_and_chinese_its_letters() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = json!({"type": "FeatureCollection", "name": "排污口", "features": [
        {"type": "Feature", "properties": {"排污口编码": 310_113_001_000_000_001_i64, "文本编码": "0310113", "名称": "南港镕口", "建成": "2024-02-29", "流量": 0.1},
         "geometry": {"type": "Point", "coordinates": [121.5, 31.4]}},
        {"type": "Feature", "properties": {"排污口编码": null, "文本编码": "", "名称": null, "建成": null, "流量": null},
         "geometry": {"type": "Point", "coordinates": [121.6, 31.3]}}]});
    std::fs::write(folder.path().join("in.geojson"), text.to_string()).expect("writable");
    for ending in ["gpkg", "fgb", "shp", "csv", "xlsx", "kml"] {
        let out = format!("out.{ending}");
        let written = run(folder.path(), &["convert", "in.geojson", &out]);
        assert_eq!(status(&written), 0, "{ending}: {}", stderr(&written));
        let layer = opened(&folder.path().join(&out));
        // Names of a shapefile are cut, which is said.
        let cell = |start: &str, row: usize| {
            let column =
                layer.attributes.names().iter().position(|name| start.starts_with(&**name) || name.starts_with(start));
            layer.attributes.value(row, column.unwrap_or_else(|| panic!("{ending}: {start}"))).display().into_owned()
        };
        assert_eq!(cell("排污口编码", 0), "310113001000000001", "{ending}");
        assert_eq!((cell("文本编码", 0), cell("名称", 0)), ("0310113".into(), "南港镕口".into()), "{ending}");
        assert_eq!((cell("建成", 0), cell("流量", 0)), ("2024-02-29".into(), "0.1".into()), "{ending}");
        assert_eq!(cell("排污口编码", 1), "", "{ending}");
        if ending == "shp" {
            assert!(stderr(&written).contains("排污口编码"), "{}", stderr(&written));
        }
    }
}

#[test]
fn a_question_is_answered_alike_whatever_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, out) in [("outlet", "outlet.shp"), ("shoreline", "shoreline.gpkg")] {
        let input = maps().join(format!("baoshan/{name}.geojson")).display().to_string();
        let written = run(folder.path(), &["convert", &input, out, "--to-crs", "EPSG:4549"]);
        assert_eq!(status(&written), 0, "{}", stderr(&written));
    }
    let asked = run(
        folder.path(),
        &["within", "outlet.shp", "--of", "shoreline.gpkg", "--distance", "2000", "-o", "near.geojson", "--json"],
    );
    assert_eq!(summary(&asked)["matched"], 54, "{}", stderr(&asked));
}

#[test]
fn layers_of_containers_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    // An archive of two layers, as it comes by mail.
    let archive = folder.path().join("数据.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).expect("writable"));
    let options = zip::write::SimpleFileOptions::default();
    for name in ["outlet", "park"] {
        zip.start_file(format!("图层/{name}.geojson"), options).expect("writable");
        let bytes = std::fs::read(maps().join(format!("baoshan/{name}.geojson"))).expect("there");
        std::io::Write::write_all(&mut zip, &bytes).expect("writable");
    }
    zip.start_file("说明.txt", options).expect("writable");
    zip.finish().expect("writable");
    let names: Vec<String> =
        layers_of(&archive, &ReadOptions::default()).expect("listed").into_iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["图层/outlet", "图层/park"]);
    let told = run(folder.path(), &["info", "数据.zip", "--json"]);
    let told: Value = summary(&told);
    let files = told["files"].as_array().expect("a list");
    assert_eq!((files.len(), &files[1]["file"], files[0]["features"].as_u64()), (2, &json!("数据.zip"), Some(244)));
    // Which of them has to be said, and how is said.
    let which = run(folder.path(), &["convert", "数据.zip", "out.geojson"]);
    assert_eq!(status(&which), 3);
    assert!(stderr(&which).contains("图层/park") && stderr(&which).contains("--layer"), "{}", stderr(&which));
    for arguments in [
        &["convert", "数据.zip", "a.geojson", "--layer", "图层/park"][..],
        &["convert", "数据.zip/图层/park", "b.geojson"],
    ] {
        let written = run(folder.path(), arguments);
        assert_eq!(status(&written), 0, "{arguments:?}: {}", stderr(&written));
    }
    assert_eq!(opened(&folder.path().join("a.geojson")).len(), sample("baoshan/park.geojson").layer().len());
}

#[test]
fn a_geopackage_takes_edits_and_keeps_what_others_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/park.geojson").display().to_string();
    let written = run(folder.path(), &["convert", &input, "park.gpkg", "--to-crs", "EPSG:4549"]);
    assert_eq!(status(&written), 0, "{}", stderr(&written));
    let path = folder.path().join("park.gpkg");
    let layer = opened(&path);
    let name = |layer: &Layer, row: usize| layer.attributes.get(row, "name").display().into_owned();
    let renamed = |layer: &Layer, row: usize, name: &str| {
        let change = edited(layer, row, None, &[("name".to_owned(), Put::Value(name.into()))]).expect("a row");
        layer.with_edits(&[(row, Some(change))])
    };
    let mine = renamed(&layer, 3, "新公园");
    save_layer(&mine, &path, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let now = opened(&path);
    assert_eq!((name(&now, 3), name(&now, 4)), ("新公园".to_owned(), name(&layer, 4)));
    lies_alike(&layer, &now, layer.len());
    let bits = |layer: &Layer| -> Vec<[u64; 2]> {
        layer.geometries.positions_of(3).iter().map(|p| [p.lon.to_bits(), p.lat.to_bits()]).collect()
    };
    assert_eq!(bits(&layer), bits(&now), "a name moves nothing, in metres too");
    // Another desk read it before: its change of the same row is refused and nothing is lost, of another row it is taken.
    let error =
        save_layer(&renamed(&layer, 3, "别的名字"), &path, &Progress::default()).expect_err("changed meanwhile");
    assert!(error.to_string().contains("park.gpkg"), "{error}");
    assert_eq!(name(&opened(&path), 3), "新公园");
    save_layer(&renamed(&layer, 5, "第三个"), &path, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let now = opened(&path);
    assert_eq!((name(&now, 3), name(&now, 5)), ("新公园".into(), "第三个".into()));
}

#[test]
fn a_shapefile_is_saved_whole_in_its_own_system() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    let written = run(folder.path(), &["convert", &input, "outlet.shp", "--to-crs", "EPSG:4549"]);
    assert_eq!(status(&written), 0, "{}", stderr(&written));
    let path = folder.path().join("outlet.shp");
    let definition = std::fs::read_to_string(folder.path().join("outlet.prj")).expect("beside it");
    let layer = opened(&path);
    let change = edited(&layer, 0, None, &[("name".to_owned(), Put::Value("改名排口".into()))]).expect("a row");
    save_layer(&layer.with_edits(&[(0, Some(change))]), &path, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let now = opened(&path);
    assert_eq!(now.attributes.get(0, "name").display(), "改名排口");
    assert_eq!(std::fs::read_to_string(folder.path().join("outlet.prj")).expect("beside it"), definition);
    lies_alike(&layer, &now, layer.len());
    // Beside another's table nothing is written over.
    std::fs::write(folder.path().join("mine.dbf"), "my table").expect("writable");
    let refused = run(folder.path(), &["convert", &input, "mine.shp"]);
    assert_eq!(status(&refused), 2, "{}", stderr(&refused));
    assert_eq!(std::fs::read(folder.path().join("mine.dbf")).expect("there"), b"my table");
    assert!(!folder.path().join("mine.shp").exists());
}

#[test]
fn a_ledger_is_joined_by_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"A1","status":"整治中"},"geometry":{"type":"Point","coordinates":[121.5,31.4]}},
        {"type":"Feature","properties":{"code":"A2","status":"待溯源"},"geometry":{"type":"Point","coordinates":[121.6,31.4]}},
        {"type":"Feature","properties":{"code":"007","status":"待溯源"},"geometry":{"type":"Point","coordinates":[121.7,31.4]}}]}"#;
    std::fs::write(folder.path().join("outlet.geojson"), outlets).expect("writable");
    std::fs::write(
        folder.path().join("台账.csv"),
        "编号,status,责任人\nA2,已溯源,张三\nA9,已销号,李四\n7,已溯源,王五\n",
    )
    .expect("writable");
    let joined =
        run(folder.path(), &["join", "outlet.geojson", "台账.csv", "--on", "code=编号", "-o", "out.geojson", "--json"]);
    assert_eq!(status(&joined), 0, "{}", stderr(&joined));
    let told: Value = summary(&joined);
    assert_eq!((&told["matched"], &told["layer_only"], &told["table_only"]), (&json!(1), &json!(2), &json!(2)));
    assert_eq!(told["zeros"], json!([["007", "7"]]));
    let layer = opened(&folder.path().join("out.geojson"));
    assert_eq!(layer.attributes.get(1, "status").display(), "已溯源");
    assert_eq!(
        (layer.attributes.get(1, "责任人").display(), layer.attributes.get(0, "status").display()),
        ("张三".into(), "整治中".into())
    );
    let wrong = run(folder.path(), &["join", "outlet.geojson", "台账.csv", "--on", "code", "-o", "b.geojson"]);
    assert_eq!(status(&wrong), 2, "{}", stderr(&wrong));
}

#[test]
fn what_is_said_of_a_file_stays_with_it_in_a_project() {
    let folder = tempfile::tempdir().expect("a folder");
    // Metres without a word where they lie, as a survey gives them.
    let table = "编号,东坐标,北坐标\nA1,345678.9,3476543.2\nA2,346000,3477000\n";
    std::fs::write(folder.path().join("outlet.csv"), table).expect("writable");
    let path = folder.path().join("outlet.csv");
    let mut session = Session::new(ReadOptions::default(), std::sync::Arc::new(|| {}));
    session.execute(Command::Open(vec![path.clone()], None));
    let events = finish(&mut session);
    assert!(session.layers().is_empty());
    let examined = events.iter().find_map(|event| match event {
        Event::Undecided(examined) => Some(examined.clone()),
        _ => None,
    });
    let examined = examined.expect("it asks where it lies");
    assert!(examined.layers[0].needs_crs() && !examined.layers[0].readings.is_empty());
    let crs = "EPSG:4549".to_owned();
    let read_as = ReadAs { crs: Some(crs), ..examined.layers[0].read_as.clone() };
    session.execute(Command::Import(vec![(path, read_as)]));
    finish(&mut session);
    let at = session.layers()[0].layer().geometries.positions_of(0)[0];
    assert!((at.lon - 118.3).abs() < 0.2 && (at.lat - 31.4).abs() < 0.1, "{at:?}");
    let project = folder.path().join("p.shanshui.json");
    let view = shanshui::session::project::ProjectView { center: at, scale: 1.0 };
    session.execute(Command::SaveProject(project.clone(), view));
    finish(&mut session);
    let mut again = Session::new(ReadOptions::default(), std::sync::Arc::new(|| {}));
    again.execute(Command::Open(vec![project], None));
    finish(&mut again);
    assert_eq!(again.layers()[0].layer().geometries.positions_of(0)[0], at);
}

#[test]
fn a_folder_of_four_offices_opens_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (name, out, crs) in [
        ("outlet", "outlet.shp", "EPSG:4549"),
        ("park", "park.gpkg", "EPSG:4528"),
        ("residential", "residential.fgb", "EPSG:4326"),
        ("shoreline", "shoreline.kml", "EPSG:4326"),
    ] {
        let input = maps().join(format!("baoshan/{name}.geojson")).display().to_string();
        let written = run(folder.path(), &["convert", &input, &at(out), "--to-crs", crs]);
        assert_eq!(status(&written), 0, "{out}: {}", stderr(&written));
    }
    std::fs::write(folder.path().join("人口.csv"), "街道,人口\n友谊路,12000\n").expect("writable");
    std::fs::write(folder.path().join("说明.txt"), "图层由四家单位提供").expect("writable");
    let ran = run(folder.path(), &["run", ".", "park-500-gaps", "-o", "answers", "--json"]);
    assert_eq!(status(&ran), 0, "{}", stderr(&ran));
    let told: Value = summary(&ran);
    let mut layers: Vec<&str> =
        told["layers"].as_array().expect("a list").iter().filter_map(|layer| layer["role"].as_str()).collect();
    layers.sort_unstable();
    assert_eq!(layers, ["outlet", "park", "residential", "shoreline"]);
    let ignored = told["ignored"].to_string();
    assert!(ignored.contains("人口.csv") && ignored.contains("table") && !ignored.contains("说明"), "{ignored}");
    let whole = run(
        folder.path(),
        &["run", &maps().join("baoshan").display().to_string(), "park-500-gaps", "-o", "others", "--json"],
    );
    let figure = |told: &Value| told["rules"][0]["features"].clone();
    assert_eq!(figure(&told), figure(&summary(&whole)));
}

#[test]
fn what_is_recognised_and_not_read_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes, word) in [
        ("a.tab", &b"!table\n!version 300\n"[..], "GeoPackage"),
        (
            "b.json",
            br#"{"geometryType":"esriGeometryPoint","features":[{"attributes":{},"geometry":{"x":1,"y":2}}]}"#,
            "GeoPackage",
        ),
        ("c.tif", b"II*\0\x08\0\0\0", "base map"),
        ("d.mdb", b"\0\x01\0\0Standard Jet DB\0", "shapefile"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        let error = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect_err("not read");
        assert!(matches!(error.cause, ReadCause::Format(_)), "{name}: {error}");
        assert!(error.to_string().contains(word), "{name}: {error}");
    }
    // A layer of text stays one.
    assert_eq!(read(br#"{"type":"FeatureCollection","features":[]}"#).len(), 0);
}

#[test]
fn a_folder_names_the_folders_and_archives_in_it_that_hold_layers() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["outlet.geojson", "shoreline.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), at(name)).expect("copied");
    }
    for name in ["去年", "文档", "空"] {
        std::fs::create_dir(at(name)).expect("a folder");
    }
    std::fs::copy(at("outlet.geojson"), at("去年/outlet.geojson")).expect("copied");
    std::fs::write(at("文档/说明.docx"), "").expect("writable");
    std::fs::write(at("图.mif"), "Version 300\nCharset \"WindowsSimpChinese\"\n").expect("writable");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(at("岸线.zip")).expect("writable"));
    zip.start_file("a.geojson", zip::write::SimpleFileOptions::default()).expect("writable");
    std::io::Write::write_all(&mut zip, &std::fs::read(at("shoreline.geojson")).expect("there")).expect("writable");
    zip.finish().expect("writable");
    for _ in 0..2 {
        // The second time there are answers, which are no layers.
        let ran = run(folder.path(), &["run", ".", "outlets-near-yangtze", "-o", "answers", "--json"]);
        assert_eq!(status(&ran), 0, "{}", stderr(&ran));
        let told = summary(&ran);
        let mut ignored: Vec<(String, String)> = told["ignored"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| (one["file"].as_str().unwrap_or("").to_owned(), one["reason"].as_str().unwrap_or("").to_owned()))
            .collect();
        ignored.sort();
        let expected = [("去年", "folder"), ("图.mif", "unread"), ("岸线.zip", "folder")];
        let mut expected = expected.map(|(file, why)| (file.to_owned(), why.to_owned())).to_vec();
        expected.sort();
        assert_eq!(ignored, expected);
        assert_eq!(told["rules"][0]["features"], 54);
    }
}

/// Definitions that cannot be used, as offices hand them over, and what is told of each.
const UNUSABLE: [(&str, &str); 6] = [
    ("None", "None"),
    ("LOCAL_CS[\"某市独立坐标系\",UNIT[\"metre\",1]]", "某市独立坐标系"),
    (
        "PROJCS[\"Xian_1980_3_Degree_GK_CM_120E\",GEOGCS[\"GCS_Xian_1980\",DATUM[\"D_Xian_1980\",SPHEROID[\"Xian_1980\",6378140.0,298.257]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",120.0],PARAMETER[\"Scale_Factor\",1.0],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]",
        "Xian_1980",
    ),
    (
        "PROJCS[\"Beijing_1954_3_Degree_GK_CM_120E\",GEOGCS[\"GCS_Beijing_1954\",DATUM[\"D_Beijing_1954\",SPHEROID[\"Krasovsky_1940\",6378245.0,298.3]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",120.0],PARAMETER[\"Scale_Factor\",1.0],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]",
        "Beijing_1954",
    ),
    ("PROJCS[\"cut off", "cut off"),
    ("地方坐标系", "地方坐标系"),
];

#[test]
fn an_archive_names_its_members_that_are_not_read() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = std::fs::read(maps().join("baoshan/outlet.geojson")).expect("readable");
    let packed = |members: &[(&str, &[u8])]| -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
            archive.write_all(bytes).expect("in memory");
        }
        archive.finish().expect("in memory").into_inner()
    };
    // An archive in an archive is read; one in that is not.
    let deeper = packed(&[("wetland.geojson", &outlets)]);
    let inner = packed(&[("river.geojson", &outlets), ("更深.zip", &deeper)]);
    let all = packed(&[
        ("排污口/outlet.geojson", &outlets),
        ("排污口/说明.txt", "交付说明".as_bytes()),
        ("排污口/照片.jpg", b"\xff\xd8\xff\xe0"),
        ("旧系统/plots.tab", b"!table\n!version 300\n"),
        ("旧系统/plots.dat", b"\x03"),
        ("旧系统/台账.mdb", b"\0\x01\0\0Standard Jet DB\0"),
        ("river.rar", b"Rar!\x1a\x07\x01\0"),
        ("河道.zip", &inner),
    ]);
    let path = folder.path().join("交付.zip");
    std::fs::write(&path, all).expect("writable");
    let named = ["plots.tab", "台账.mdb", "river.rar", "更深.zip"];
    for command in ["rules", "info"] {
        let told = run(folder.path(), &[command, "交付.zip"]);
        assert_eq!(status(&told), 0, "{}", stderr(&told));
        for name in named {
            assert!(stderr(&told).contains(name), "{command} {name}: {}", stderr(&told));
        }
        for name in ["说明", "照片", "plots.dat"] {
            assert!(!stderr(&told).contains(name), "{command} {name}: {}", stderr(&told));
        }
    }
    run(folder.path(), &["run", "交付.zip", "outlet-ledger", "-o", "out"]);
    let summary = std::fs::read(folder.path().join("out/summary.json")).expect("written");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    let ignored = summary["ignored"].to_string();
    assert!(named.iter().all(|name| ignored.contains(name)), "{ignored}");
    // A member that cannot be opened is told by its name, and the layers beside it are read.
    let mut locked = packed(&[("outlet.geojson", &outlets), ("旧图.mdb", b"Access"), ("说明.bin", b"x")]);
    for name in ["旧图.mdb", "说明.bin"] {
        let places: Vec<usize> = (46..locked.len()).filter(|at| locked[*at..].starts_with(name.as_bytes())).collect();
        for at in places {
            // The bit that says that a password is needed: of the member itself, and in the directory.
            if locked[at - 30..].starts_with(b"PK\x03\x04") {
                locked[at - 30 + 6] |= 1;
            } else if locked[at - 46..].starts_with(b"PK\x01\x02") {
                locked[at - 46 + 8] |= 1;
            }
        }
    }
    std::fs::write(&path, locked).expect("writable");
    let told = run(folder.path(), &["info", "交付.zip"]);
    assert_eq!(status(&told), 0, "{}", stderr(&told));
    assert!(stderr(&told).contains("旧图.mdb") && !stderr(&told).contains("说明"), "{}", stderr(&told));
}

#[test]
fn a_system_that_cannot_be_used_is_named_and_gives_way_to_one_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    let written = run(folder.path(), &["convert", &input, "a.shp", "--to-crs", "EPSG:4549"]);
    assert_eq!(status(&written), 0, "{}", stderr(&written));
    let bounds = opened(&folder.path().join("a.shp")).bounds;
    for (definition, word) in UNUSABLE {
        std::fs::write(folder.path().join("a.prj"), definition).expect("writable");
        let refused = run(folder.path(), &["info", "a.shp", "--json"]);
        assert_eq!(status(&refused), 3, "{definition}");
        assert!(stderr(&refused).contains(word), "{definition}: {}", stderr(&refused));
        let told: Value = serde_json::from_slice(&refused.stdout).expect("JSON");
        let told = told["files"][0].clone();
        // Never taken for longitude and latitude.
        assert_eq!((&told["crs"], &told["bounds"]), (&Value::Null, &Value::Null), "{definition}: {told}");
        assert!(told["unusable_crs"].as_str().is_some_and(|name| name.contains(word)), "{definition}: {told}");
        let read = run(folder.path(), &["info", "a.shp", "--json", "--crs", "EPSG:4549"]);
        assert_eq!(status(&read), 0, "{definition}: {}", stderr(&read));
        let told = summary(&read)["files"][0].clone();
        assert_eq!(told["crs"], "EPSG:4549", "{definition}");
        assert!(told["health"].to_string().contains("format.crs_instead"), "{definition}: {told}");
        let options = ReadOptions { crs: Some("EPSG:4549".to_owned()), ..ReadOptions::default() };
        let layer = read_layer(&folder.path().join("a.shp"), &options, &Progress::default()).expect("read");
        assert_eq!(layer.bounds, bounds, "{definition}");
        // It is kept with the layer, for projects and for reading it anew.
        assert_eq!(layer.source.read_as.crs.as_deref(), Some("EPSG:4549"), "{definition}");
    }
    // An empty one says nothing.
    for nothing in ["", " \r\n", "\u{feff}"] {
        std::fs::write(folder.path().join("a.prj"), nothing).expect("writable");
        let refused = run(folder.path(), &["info", "a.shp"]);
        assert_eq!(status(&refused), 3, "{nothing:?}");
        assert!(stderr(&refused).contains("--crs"), "{nothing:?}: {}", stderr(&refused));
    }
}

#[test]
fn a_zone_with_the_wrong_prefix_gives_way_to_the_one_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    for (name, crs) in [("with", "EPSG:4528"), ("without", "EPSG:4549")] {
        let written = run(folder.path(), &["convert", &input, &format!("{name}.shp"), "--to-crs", crs]);
        assert_eq!(status(&written), 0, "{}", stderr(&written));
    }
    let at = |name: &str| folder.path().join(name);
    let bounds = opened(&at("with.shp")).bounds;
    let definition = |name: &str| std::fs::read(at(name)).expect("there");
    let (with, without) = (definition("with.prj"), definition("without.prj"));
    for (name, wrong, right) in [("with", without, "EPSG:4528"), ("without", with, "EPSG:4549")] {
        std::fs::write(at(&format!("{name}.prj")), wrong).expect("writable");
        let file = format!("{name}.shp");
        let read = |crs: Option<&str>| {
            let options = ReadOptions { crs: crs.map(str::to_owned), ..ReadOptions::default() };
            read_layer(&at(&file), &options, &Progress::default())
        };
        assert!(read(None).is_err(), "{name}");
        let layer = read(Some(right)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!((layer.bounds.min.lon - bounds.min.lon).abs() < 1e-9, "{name}");
    }
    // One that serves goes before what is said of files that say nothing.
    let input = at("kept.gpkg");
    let written = run(
        folder.path(),
        &[
            "convert",
            &maps().join("baoshan/outlet.geojson").display().to_string(),
            "kept.gpkg",
            "--to-crs",
            "EPSG:4528",
        ],
    );
    assert_eq!(status(&written), 0, "{}", stderr(&written));
    let options = ReadOptions { crs: Some("GCJ-02".to_owned()), ..ReadOptions::default() };
    let layer = read_layer(&input, &options, &Progress::default()).expect("read");
    assert_eq!((layer.declared_crs.as_deref(), layer.source.read_as.crs), (Some("EPSG:4528"), None));
}

#[test]
fn geojson_that_names_a_system_that_cannot_be_used_is_read_as_was_said() {
    let text =
        br#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2385"}},
        "features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[640000,3476000]}}]}"#;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.geojson");
    std::fs::write(&path, text).expect("writable");
    let read = |crs: Option<&str>| {
        let options = ReadOptions { crs: crs.map(str::to_owned), ..ReadOptions::default() };
        read_layer(&path, &options, &Progress::default())
    };
    assert!(matches!(read(None).expect_err("unusable").cause, ReadCause::Crs(_)));
    let layer = read(Some("EPSG:4549")).expect("read");
    assert!((layer.bounds.min.lon - 121.47).abs() < 0.1, "{:?}", layer.bounds);
    assert!(layer.problems.iter().any(|problem| problem.kind.code() == "format.crs_instead"), "{:?}", layer.problems);
}

#[test]
fn rings_of_other_formats_run_as_theirs_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/park.geojson").display().to_string();
    for out in ["park.shp", "park.gpkg", "park.fgb", "park.kml"] {
        let written = run(folder.path(), &["convert", &input, out]);
        assert_eq!(status(&written), 0, "{}", stderr(&written));
        let layer = opened(&folder.path().join(out));
        let told: Vec<_> = layer.problems.iter().filter(|problem| problem.kind.code() == "wrong-winding").collect();
        assert!(told.is_empty(), "{out}: {told:?}");
    }
}

#[test]
fn tables_tell_their_system_in_their_headings() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    let before = opened(Path::new(&input)).bounds;
    for ending in ["csv", "tsv", "xlsx"] {
        for crs in ["EPSG:4549", "EPSG:4528", "EPSG:32651", "GCJ-02", "BD-09"] {
            let out = format!("{}.{ending}", crs.replace(':', "-"));
            let written = run(folder.path(), &["convert", &input, &out, "--to-crs", crs]);
            assert_eq!(status(&written), 0, "{out}: {}", stderr(&written));
            let after = opened(&folder.path().join(&out));
            assert_eq!(after.declared_crs.as_deref(), Some(crs), "{out}");
            let ends = [(before.min, after.bounds.min), (before.max, after.bounds.max)];
            assert!(ends.iter().all(|(a, b)| distance_m(*a, *b) < 0.02), "{out}: {ends:?}");
        }
    }
}

#[test]
fn what_an_office_wrote_of_its_system_stays_when_its_file_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = maps().join("baoshan/outlet.geojson").display().to_string();
    let written = run(folder.path(), &["convert", &input, "a.shp", "--to-crs", "EPSG:4549"]);
    assert_eq!(status(&written), 0, "{}", stderr(&written));
    let (path, beside) = (folder.path().join("a.shp"), folder.path().join("a.prj"));
    let options = ReadOptions { crs: Some("EPSG:4549".to_owned()), ..ReadOptions::default() };
    let read = || read_layer(&path, &options, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    for (definition, _) in UNUSABLE {
        std::fs::write(&beside, definition).expect("writable");
        let layer = read();
        let change = edited(&layer, 0, None, &[("name".to_owned(), Put::Value("改名".into()))]).expect("a row");
        save_layer(&layer.with_edits(&[(0, Some(change))]), &path, &Progress::default())
            .unwrap_or_else(|e| panic!("{definition}: {e}"));
        assert_eq!(std::fs::read_to_string(&beside).expect("there"), definition);
        let now = read();
        assert_eq!(now.attributes.get(0, "name").display(), "改名", "{definition}");
        lies_alike(&layer, &now, layer.len());
    }
}
