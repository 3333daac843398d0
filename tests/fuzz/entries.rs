//! Whatever reads a stranger's file, as a function of bytes: nothing that stands in them ends the program, and what was read can be
//! written and read again. Fuzzing and the replay of its corpus put bytes into the same functions.

use shanshui::geodesy::{LonLat, LonLatBox};
use shanshui::index::IndexedLayer;
use shanshui::io::formats::{Cell, FORMATS, FormatError, InMemory, Note, RawGeometry, ReadHints, RowSink, Schema};
use shanshui::io::geojson::write_anew;
use shanshui::io::store::{StoreUrl, read_stream, shown};
use shanshui::io::{OutOfRange, ReadError, ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::{Layer, Value};
use shanshui::progress::Progress;
use shanshui::query::expression::Expression;
use shanshui::raster::{self, Backdrop, Opening, Template, TileId, Tiles};
use shanshui::rules::findings::{self, Findings};
use shanshui::rules::{Catalogue, Plan};
use shanshui::session::{Limits, journal, project::Project, unpack};
use shanshui::ui::settings_file;
use shanshui::vocabulary::{self, Vocabulary, words_of};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The entries by the names of their corpora.
pub const ENTRIES: [(&str, fn(&[u8])); 15] = [
    ("address", address),
    ("archive", archive),
    ("condition", condition),
    ("files", files),
    ("findings", findings),
    ("geodatabase", geodatabase),
    ("geojson", geojson),
    ("journal", journal),
    ("project", project),
    ("raster", raster),
    ("rule", rule),
    ("settings", settings),
    ("store", store),
    ("table", table),
    ("words", words),
];

/// A file of these bytes in a folder of its own, which goes with the first value.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn read(bytes: &[u8]) -> Result<Layer, ReadError> {
    let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    read_layer_bytes(bytes, "fuzz.geojson", &options, &Progress::default())
}

/// A layer can be named, written, and read again with as many features.
fn written(layer: &Layer) {
    let rows: Vec<usize> = layer.rows().collect();
    rows.iter().for_each(|row| drop((layer.label(*row), layer.id_text(*row))));
    let mut text = Vec::new();
    write_anew(layer, &rows, &mut text).expect("written to memory");
    let again = read(&text).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&text)));
    assert_eq!(again.feature_count(), rows.len(), "{}", String::from_utf8_lossy(&text));
}

/// A layer: read, indexed, named, written and read again.
pub fn geojson(bytes: &[u8]) {
    let Ok(layer) = read(bytes) else { return };
    written(&layer);
    let indexed = IndexedLayer::new(Arc::new(layer));
    if let Ok(all) = Expression::parse("area_m2() >= 0 OR length_m() >= 0 OR lon() > 0") {
        let _ = all.rows(&indexed);
    }
}

/// Takes rows, and looks at their geometries.
struct Rows;

impl RowSink for Rows {
    fn schema(&mut self, _: &Schema) -> Result<(), FormatError> {
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, _: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        // Ends point into what is there.
        geometry.into_iter().flat_map(RawGeometry::parts).flatten().for_each(|path| assert!(path.start <= path.end));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        assert!(!note.said.zh.is_empty() && !note.said.en.is_empty());
    }
}

/// A file of whatever format takes it: its layers listed, and each read to its end.
pub fn files(bytes: &[u8]) {
    let hints = ReadHints::default();
    for format in FORMATS {
        for ending in format.extensions() {
            let name = format!("a.{ending}");
            let input = InMemory::default().with(&name, bytes.to_vec()).input(&name);
            let is_it = format.is_it(&input, &bytes[..bytes.len().min(4_096)]);
            let layers = format.layers(&input, &hints).unwrap_or_default();
            for layer in &layers {
                let _ = format.read(&input, &layer.name, &hints, &mut Rows, &Progress::default());
            }
            // As the program reads them: a layer of rows.
            if is_it || !layers.is_empty() {
                let (_folder, path) = file(&name, bytes);
                for layer in layers.iter().take(4) {
                    let options = ReadOptions {
                        layer: Some(layer.name.clone()).filter(|name| !name.is_empty()),
                        out_of_range: OutOfRange::Keep,
                        ..ReadOptions::default()
                    };
                    if let Ok(layer) = read_layer(&path, &options, &Progress::default()) {
                        written(&layer);
                    }
                }
            }
        }
    }
}

/// A table of a file geodatabase: its length in four bytes, the table, and the file of its offsets.
pub fn geodatabase(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return };
    let (table, offsets) = rest.split_at(rest.len().min(u32::from_le_bytes(*length) as usize));
    let (_folder, path) = file("a00000009.gdbtable", table);
    std::fs::write(path.with_extension("gdbtablx"), offsets).expect("written");
    let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    if let Ok(layer) = read_layer(&path, &options, &Progress::default()) {
        written(&layer);
    }
}

/// A condition: read and worked out.
pub fn condition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(expression) = Expression::parse(text) else { return };
    let _ = (expression.columns(), expression.literals());
    let layer = read(
        r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":1,"properties":{"n":1,"name":"甲","on":true},"geometry":{"type":"Point","coordinates":[121,31]}},
        {"type":"Feature","id":"x","properties":{"n":null,"name":"乙"},"geometry":null},
        {"type":"Feature","properties":{"n":1e300,"name":"2024-03-01T08:00:00+08:00"},
         "geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,2],[2,2],[1,1]]]}},
        {"type":"Feature","properties":{"n":99999999999999999999,"name":"ǅß","list":[1]},
         "geometry":{"type":"MultiLineString","coordinates":[[[0,0],[9,9],[0,9]],[[-180,-90],[180,90]]]}}]}"#
            .as_bytes(),
    );
    let layer = layer.expect("readable");
    if let Ok(over) = expression.over(&layer) {
        layer.rows().for_each(|row| drop(over.value(row)));
    }
    assert_eq!(Expression::parse(expression.text()), Ok(expression.clone()));
}

/// What an ended session left.
pub fn journal(bytes: &[u8]) {
    let (folder, _) = file("1.jsonl", bytes);
    let _ = journal::left_in(folder.path());
}

/// A project: read, its files named, written and read again.
pub fn project(bytes: &[u8]) {
    let (folder, path) = file("p.shanshui.json", bytes);
    let Ok(project) = Project::read(&path) else { return };
    project.layers.iter().for_each(|layer| drop(Project::file(layer, folder.path())));
    let _ = project.targets(None, folder.path());
    project.write(&path).expect("written");
    assert!(Project::read(&path).is_ok());
}

/// A planner's own rule.
pub fn rule(bytes: &[u8]) {
    let (folder, _) = file("own.toml", bytes);
    let mut catalogue = Catalogue::default();
    let errors = catalogue.add_folder(folder.path());
    assert_eq!(catalogue.rules.len() + errors.len(), 1, "a file is a rule or an error");
}

/// A packed project: nothing is written but in its folder.
pub fn archive(bytes: &[u8]) {
    let outside = tempfile::tempdir().expect("a folder");
    let inside = outside.path().join("inside");
    std::fs::create_dir(&inside).expect("a folder");
    let path = inside.join("a.shanshui.zip");
    std::fs::write(&path, bytes).expect("written");
    let _ = unpack(&path, &Limits::default(), &Progress::default());
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(outside.path()), ["inside"]);
    assert!(names(&inside).iter().all(|name| name == "a.shanshui.zip" || name == "a"), "{:?}", names(&inside));
    assert_eq!(std::fs::read(&path).expect("still there"), bytes);
}

/// Findings that somebody else kept: read, written, read again, and put before those that are here.
pub fn findings(bytes: &[u8]) {
    let (_folder, path) = file(findings::FILE, bytes);
    let Ok(theirs) = Findings::read(&path) else { return };
    theirs.write(&path).expect("written");
    let again = Findings::read(&path).unwrap_or_else(|e| panic!("{e}: {}", theirs.to_geojson()));
    assert_eq!(again.all.len(), theirs.all.len());
    let both = again.behind(theirs);
    assert!(both.all.iter().filter(|finding| finding.is_overdue("2026-01-01")).count() <= both.all.len());
}

/// A planner's own words, and targets.
pub fn table(bytes: &[u8]) {
    let (folder, path) = file(vocabulary::FILE, bytes);
    if let Ok(words) = words_of(folder.path()) {
        let _ = Vocabulary::builtin().with_words(&words);
    }
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    if let Ok(plan) = Plan::find(&name, folder.path()) {
        assert_eq!(plan.standings(&[]).len(), plan.targets.len());
    }
}

/// A planner's own words: those that are taken mean what they say, whatever else is read.
pub fn words(bytes: &[u8]) {
    let (folder, _) = file(vocabulary::FILE, bytes);
    let Ok(words) = words_of(folder.path()) else { return };
    let all = Vocabulary::builtin().with_words(&words);
    for word in &words {
        assert_eq!(Vocabulary::builtin().fault_of(word), None, "a word with a fault was taken: {word:?}");
        let property = all.property(word.role, &word.property).expect("a property that there is");
        for text in [&word.value, &word.is] {
            let _ = property.read(&Value::Text(Cow::Borrowed(text)), &word.property);
        }
    }
}

/// A picture with places: as a file of whatever format, and as a tile of a folder.
pub fn raster(bytes: &[u8]) {
    let (folder, path) = file("a.png", bytes);
    std::fs::write(folder.path().join("a.pgw"), "1e-4\n0\n0\n-1e-4\n121\n31\n").expect("written");
    let tiles = folder.path().join("tiles");
    std::fs::create_dir_all(tiles.join("0/0")).expect("a folder");
    std::fs::write(tiles.join("0/0/0.png"), bytes).expect("written");
    for file in [path, tiles] {
        let backdrop = Backdrop { file: Some(file), crs: Some("EPSG:4490".to_owned()), ..Backdrop::default() };
        let Ok(source) = raster::open(&backdrop, &Opening::default()) else { continue };
        let about = source.about();
        let [first, last] = about.levels;
        assert!(first <= last && !about.bounds.is_empty(), "{about:?}");
        let LonLatBox { min, max } = about.bounds;
        let middle = LonLat::new((min.lon + max.lon) / 2.0, (min.lat + max.lat) / 2.0);
        let within = |view, level| about.grid.tiles(view, about.bounds, level, 64);
        for level in [first, last] {
            let tiles = match within(about.bounds, level) {
                Tiles::TooMany => within(LonLatBox { min: middle, max: middle }, level),
                tiles => tiles,
            };
            let Tiles::These(tiles) = tiles else { continue };
            for tile in tiles.into_iter().take(4).chain([TileId { level, x: u32::MAX, y: u32::MAX }]) {
                if let Ok(Some(pixels)) = source.tile(tile, &AtomicBool::new(false)) {
                    assert_eq!(pixels.rgba.len(), 4 * pixels.size[0] * pixels.size[1]);
                }
            }
        }
    }
}

/// The window's settings: those that cannot be read are kept beside, the others are the same when they are written.
pub fn settings(bytes: &[u8]) {
    let (folder, path) = file("settings.ron", bytes);
    let here = folder.path();
    match settings_file::keep_unreadable(here) {
        Some(unread) => {
            assert_eq!(std::fs::read(unread.kept.expect("kept")).expect("there"), bytes);
            assert!(settings_file::read(here).is_none());
        }
        None => {
            let (text, settings) = settings_file::read(here).expect("what can be read");
            settings_file::write(&path, &settings, Some(&text)).expect("written");
            let (_, again) = settings_file::read(here).expect("what was written");
            // Compared as text: a number that is none equals nothing.
            assert_eq!(format!("{again:?}"), format!("{settings:?}"));
        }
    }
}

/// What a server of the shared store sends.
pub fn store(bytes: &[u8]) {
    if let Ok(layer) = read_stream(bytes) {
        written(&layer);
    }
}

/// The address of a store, and that of a service of tiles: what is kept of one is read as the same.
pub fn address(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let path = Path::new(text);
    let _ = (StoreUrl::parse(path), shown(path));
    if let Ok((template, _)) = Template::parse(text) {
        let (again, key) = Template::parse(template.text()).unwrap_or_else(|e| panic!("{e:?}: {}", template.text()));
        assert_eq!((again.text(), again.origin()), (template.text(), template.origin()));
        assert!(key.is_empty(), "a key was kept: {}", template.text());
    }
}
