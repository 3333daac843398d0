//! The real window, driven by its labels on a software rasteriser.
//!
//! A machine without a driver skips these tests and says so, unless `SHANSHUI_REQUIRE_GPU=1`.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Margin, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use egui_kittest::{SnapshotOptions, SnapshotResults};
use shanshui::cli::WindowOptions;
use shanshui::i18n::Lang;
use shanshui::io::{ReadOptions, read_layer};
use shanshui::progress::Progress;
use shanshui::query::Figures;
use shanshui::ui::{App, ThemeChoice};
use std::time::{Duration, Instant};

#[path = "window/access.rs"]
mod access;
#[path = "window/again.rs"]
mod again;
#[path = "window/backdrops.rs"]
mod backdrops;
#[path = "window/clustering.rs"]
mod clustering;
#[path = "window/comments.rs"]
mod comments;
mod common;
#[path = "window/editing.rs"]
mod editing;
#[path = "window/exporting.rs"]
mod exporting;
#[path = "window/following.rs"]
mod following;
#[path = "window/frames.rs"]
mod frames;
#[path = "window/hands.rs"]
mod hands;
#[path = "window/importing.rs"]
mod importing;
#[path = "window/joining.rs"]
mod joining;
#[path = "window/many_findings.rs"]
mod many_findings;
#[path = "window/map.rs"]
mod map;
#[path = "window/merging.rs"]
mod merging;
#[path = "window/notices.rs"]
mod notices;
#[path = "window/panels.rs"]
mod panels;
#[path = "window/recovery.rs"]
mod recovery;
#[path = "window/reports.rs"]
mod reports;
#[path = "window/scenarios.rs"]
mod scenarios;
#[path = "window/search.rs"]
mod search;
#[path = "window/second_edition.rs"]
mod second_edition;
#[path = "window/series.rs"]
mod series;
#[path = "window/soak.rs"]
mod soak;
#[path = "window/soak_held.rs"]
mod soak_held;
#[path = "window/split.rs"]
mod split;
#[path = "window/start.rs"]
mod start;
#[path = "window/stored.rs"]
mod stored;
#[path = "window/tools.rs"]
mod tools;
#[path = "window/zones.rs"]
mod zones;
use access::*;
use again::*;
use backdrops::*;
use clustering::*;
use comments::*;
use editing::*;
use exporting::*;
use following::*;
use hands::*;
use importing::*;
use joining::*;
use many_findings::*;
use map::*;
use merging::*;
use notices::*;
use panels::*;
use recovery::*;
use reports::*;
use scenarios::*;
use search::*;
use second_edition::*;
use series::*;
use soak::*;
use soak_held::*;
use split::*;
use start::*;
use stored::*;
use tools::*;
use zones::*;

/// A layer read back from a file.
fn read(path: &std::path::Path) -> shanshui::model::Layer {
    read_layer(path, &ReadOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"))
}

type Window = Harness<'static, App>;

/// True where a Vulkan, Metal or Direct3D driver is there.
fn driver() -> bool {
    let found = std::panic::catch_unwind(egui_kittest::wgpu::WgpuTestRenderer::new).is_ok();
    let required = std::env::var("SHANSHUI_REQUIRE_GPU").is_ok_and(|v| v == "1");
    assert!(found || !required, "SHANSHUI_REQUIRE_GPU=1 and no driver was found");
    found
}

fn window(options: WindowOptions, size: [f32; 2], dark: bool) -> Window {
    window_at(options, size, dark, 1.0)
}

/// The same on a screen of so many pixels to a point.
fn window_at(options: WindowOptions, size: [f32; 2], dark: bool, pixels: f32) -> Window {
    let builder = Harness::builder().with_size(size).with_pixels_per_point(pixels).with_max_steps(64);
    builder.wgpu().build_eframe(move |cc| {
        let mut app = App::new(cc, &options);
        app.workbench_mut().settings_mut().theme = if dark { ThemeChoice::Dark } else { ThemeChoice::Light };
        app
    })
}

fn demo(lang: Lang, size: [f32; 2], dark: bool) -> Window {
    let mut window = window(WindowOptions { demo: true, lang: Some(lang), ..WindowOptions::default() }, size, dark);
    settle(&mut window);
    window
}

/// Frames until nothing runs and everything is drawn.
fn settle(window: &mut Window) {
    let start = Instant::now();
    let mut quiet = 0;
    while quiet < 4 {
        window.step();
        quiet = if window.state().workbench().is_settled() { quiet + 1 } else { 0 };
        assert!(start.elapsed() < Duration::from_secs(120), "the window does not settle");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    settle(window);
}

/// Saves a picture for a person to look at, where `SHANSHUI_PICTURES` names a folder.
fn picture(window: &mut Window, name: &str) {
    let Some(folder) = std::env::var_os("SHANSHUI_PICTURES") else { return };
    let image = window.render().expect("a picture");
    image.save(std::path::Path::new(&folder).join(format!("{name}.png"))).expect("writable");
}

/// Chooses an entry of a choice.
fn choose(window: &mut Window, choice: &str, entry: &str) {
    window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice)).click();
    settle(window);
    window.get_by_label(entry).click();
    settle(window);
}

/// Types into the field that a dialog has put the keyboard into, and presses Enter.
fn type_path(window: &mut Window, label: &str, path: &str) {
    let field = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some(label));
    field.focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(path.to_owned()));
    window.step();
    window.key_press(Key::Enter);
    settle(window);
}

const OPEN_HINT: &str = "Path of a file (GeoJSON, Shapefile, GDB, GeoPackage, Excel, DWG …) or a folder";
const EXPORT_HINT: &str = "File for the answer (GeoJSON)";

fn both_questions_are_answered_from_the_demo() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    picture(&mut window, "demo");
    // One action for the first question.
    click(&mut window, "Run");
    let kept = window.state().workbench().session().answers()[0].clone();
    assert_eq!(kept.answer.summary.matched, 54);
    assert_eq!(kept.answer.summary.left_out, 1);
    window.get_by_label_contains("54 of 243 outlets lie within 2,000 m of 长江岸线（宝山段）; nearest 0 m");
    // Land and water side are told by the water polygons that are open.
    let side = kept.table.indexed.layer().attributes.column("side").expect("a column");
    let sides: Vec<String> =
        (0..54).map(|row| kept.table.indexed.layer().attributes.value(row, side).display().into_owned()).collect();
    assert!(sides.iter().any(|s| s == "陆域") && sides.iter().all(|s| s == "陆域" || s == "水域"), "{sides:?}");
    picture(&mut window, "within");

    // Three for the second.
    choose(&mut window, "Question", "Service gaps");
    click(&mut window, "Run");
    let kept = window.state().workbench().session().answers()[0].clone();
    assert_eq!(kept.answer.summary.matched, 1_720);
    let Figures::Gaps { covered_share, people_unserved, .. } = kept.answer.summary.figures else { panic!("gaps") };
    assert!((covered_share - 0.359_359_5).abs() < 2e-5, "{covered_share}");
    assert!((people_unserved.expect("population is chosen by itself") - 1_402_015.0).abs() < 50.0);
    let curve = kept.curve.expect("drawn after the answer");
    assert!(curve.windows(2).all(|w| w[0].area_share <= w[1].area_share), "{curve:?}");
    picture(&mut window, "gaps");
}

fn the_table_sorts_and_leads_to_the_map() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Run");
    // By distance, nearest first, to begin with; then farthest first.
    window.get_by_label("WP-310113-0901-GY");
    click(&mut window, "Distance (m)");
    let farthest = "WP-310113-0902-QT";
    window.get_by_label(farthest).click();
    settle(&mut window);
    let workbench = window.state().workbench();
    let hit = workbench.selection().lead().expect("the row clicked");
    let layer = workbench.session().indexed(hit.key).expect("open").layer().clone();
    assert_eq!(layer.attributes.get(hit.row, "code").display(), farthest);
    let at = layer.geometries.positions_of(hit.row)[0];
    let center = workbench.map().camera.center;
    assert!(shanshui::geodesy::distance_m(at, center) < 50.0, "the map went there");
    assert!(window.query_all_by_label("1,999.9").count() >= 1);
    picture(&mut window, "selected");
}

fn an_answer_is_exported_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("near.geojson");
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    click(&mut window, "Run");
    click(&mut window, "Export GeoJSON");
    type_path(&mut window, EXPORT_HINT, &file.display().to_string());
    assert!(window.query_all_by_label_contains("Exported to").count() >= 1);
    let layer = read_layer(&file, &ReadOptions::default(), &Progress::default()).expect("what was written");
    assert_eq!(layer.len(), 54);
    assert!(layer.problems.is_empty(), "{:?}", layer.problems);
    let kept = &window.state().workbench().session().answers()[0];
    assert_eq!(std::fs::read(&file).expect("readable"), kept.table.to_geojson().expect("readable"));
    picture(&mut window, "exported");

    // Where it cannot be written, that is said and nothing is lost.
    click(&mut window, "Export GeoJSON");
    let missing = folder.path().join("missing").join("near.geojson");
    type_path(&mut window, EXPORT_HINT, &missing.display().to_string());
    window.get_by_label_contains("cannot be written");
    assert_eq!(window.state().workbench().session().answers().len(), 1);
}

fn layers_are_opened_judged_removed_and_brought_back() {
    let mut window = window(WindowOptions { lang: Some(Lang::En), ..WindowOptions::default() }, [1280.0, 800.0], false);
    settle(&mut window);
    picture(&mut window, "empty");
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    settle(&mut window);
    type_path(&mut window, OPEN_HINT, "maps/broken/self_intersecting.geojson");
    assert_eq!(window.state().workbench().session().layers().len(), 1);
    // The health mark opens the list, which leads to the place.
    click(&mut window, "损坏样例：自相交多边形: 1 unusable");
    window.get_by_label_contains("polygon crosses itself at 121.356695, 31.356653");
    picture(&mut window, "health");
    click(&mut window, "Go there");
    let center = window.state().workbench().map().camera.center;
    // In the middle of what the legend leaves of the map.
    assert!((center.lon - 121.356_695).abs() < 1e-3 && (center.lat - 31.356_653).abs() < 1e-4, "{center:?}");
    window.key_press(Key::Escape);
    settle(&mut window);

    // A file that cannot be understood leaves everything as it was.
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    settle(&mut window);
    type_path(&mut window, OPEN_HINT, "maps/broken/truncated.geojson");
    window.get_by_label_contains("truncated.geojson: line 4, column");
    assert_eq!(window.state().workbench().session().layers().len(), 1);
    picture(&mut window, "error");

    // What is refused as WGS 84 opens in the system that the planner names.
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    settle(&mut window);
    let field = window.get_by(|n| {
        n.role() == Role::TextInput && n.label().as_deref() == Some("Coordinate system, where the file names none")
    });
    field.focus();
    window.step();
    window.event(eframe::egui::Event::Text("LATLON".to_owned()));
    window.step();
    type_path(&mut window, OPEN_HINT, "maps/broken/lat_lon_swapped.geojson");
    let layers = |window: &Window| window.state().workbench().session().layers().len();
    assert_eq!(layers(&window), 2);
    // Opening is no step, and Delete is for what is selected on the map.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    window.key_press(Key::Delete);
    settle(&mut window);
    assert_eq!(layers(&window), 2);

    // A layer goes by its own command, and Ctrl Z brings it back.
    for left in [1, 0] {
        window.key_press_modifiers(Modifiers::COMMAND, Key::D);
        settle(&mut window);
        assert_eq!(layers(&window), left);
    }
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(layers(&window), 1);
}

fn clicking_the_map_identifies_and_hiding_a_layer_hides_it() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let workbench = window.state().workbench();
    let outlets = workbench.session().by_role(shanshui::model::Role::Outlet).expect("in the sample").clone();
    let rect = window.get_by_label("Map").rect();
    let at = workbench.map().camera.screen_from_world(rect, outlets.layer().geometries.positions_of(0)[0]);
    window.hover_at(at);
    settle(&mut window);
    assert_eq!(window.state().workbench().map().hover.map(|h| h.key), Some(outlets.key));
    window.drag_at(at);
    window.drop_at(at);
    settle(&mut window);
    let hit = window.state().workbench().selection().lead().expect("clicked");
    assert_eq!(hit.key, outlets.key);
    click(&mut window, "Hide Outlets");
    window.hover_at(at);
    settle(&mut window);
    assert_ne!(window.state().workbench().map().hover.map(|h| h.key), Some(outlets.key));
}

fn the_language_is_switched_in_place() {
    let mut window = demo(Lang::En, [1280.0, 800.0], true);
    click(&mut window, "中文");
    click(&mut window, "运行");
    window.get_by_label_contains("243 处排污口中有 54 处位于长江岸线（宝山段） 2,000 米以内，最近 0 米");
    picture(&mut window, "zh-dark");
    assert_eq!(window.state().workbench().settings().lang, Lang::Zh);
}

/// Pictures of the whole window, compared with those in `tests/snapshots`.
fn the_window_looks_as_it_did() {
    // Rasterisers differ in the last bit of an edge, not in what stands where.
    let options = SnapshotOptions::new().threshold(1.2).max_failed_pixels(200);
    let mut results = SnapshotResults::new();
    for (name, lang, dark, size) in [
        ("demo-zh-light", Lang::Zh, false, [1600.0, 1000.0]),
        ("demo-en-dark", Lang::En, true, [1280.0, 800.0]),
        ("small-zh-light", Lang::Zh, false, [1024.0, 700.0]),
    ] {
        let mut window = demo(lang, size, dark);
        click(&mut window, if lang == Lang::Zh { "运行" } else { "Run" });
        window.remove_cursor();
        settle(&mut window);
        picture(&mut window, name);
        // Seconds and memory differ from run to run, in length too: the first grow to the right, the second to the left.
        let longer = Margin::symmetric(48, 0);
        for changing in ["WGS 84 椭球测地距离", "geodesic on the WGS 84 ellipsoid", " MB"] {
            let places: Vec<_> = window.query_all_by_label_contains(changing).map(|n| n.rect() + longer).collect();
            places.into_iter().for_each(|place| window.mask(place));
        }
        window.snapshot_options(name, &options);
        results.extend_harness(&mut window);
    }
}

fn keys_stay_in_the_dialog_that_is_open() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    let layers = window.state().workbench().session().layers().len();
    click(&mut window, "Run");
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut window);
    // Undo belongs to the field, Delete to the text, Ctrl O to nobody.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.key_press(Key::Delete);
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    settle(&mut window);
    let session = window.state().workbench().session();
    assert_eq!((session.layers().len(), session.answers().len()), (layers, 1));
    window.get_by_label(EXPORT_HINT);
    // Escape closes it.
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label(EXPORT_HINT).is_none());
    assert_eq!(window.state().workbench().session().answers().len(), 1);
}

fn an_answer_never_replaces_a_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan").join(name);
    let mut paths = Vec::new();
    for name in ["outlet.geojson", "shoreline.geojson"] {
        paths.push(folder.path().join(name));
        std::fs::copy(map(name), &paths[paths.len() - 1]).expect("copied");
    }
    let before = std::fs::read(&paths[0]).expect("readable");
    let options = WindowOptions { paths: paths.clone(), lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    assert_eq!(window.state().workbench().settings().recent.len(), 2, "files of the command line are remembered too");
    click(&mut window, "Run");
    click(&mut window, "Export GeoJSON");
    type_path(&mut window, EXPORT_HINT, &paths[0].display().to_string());
    window.get_by_label_contains("would overwrite an input");
    assert_eq!(std::fs::read(&paths[0]).expect("readable"), before);

    // Any other file is replaced only when it is asked for twice.
    let other = folder.path().join("notes.geojson");
    std::fs::write(&other, "mine").expect("writable");
    type_path(&mut window, EXPORT_HINT, &other.display().to_string());
    window.get_by_label_contains("notes.geojson already exists");
    assert_eq!(std::fs::read(&other).expect("readable"), b"mine");
    // Enter once more is enough.
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_ne!(std::fs::read(&other).expect("readable"), b"mine");
}

fn figures_of_an_answer_are_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        path
    };
    // Outlets that carry a distance from elsewhere.
    let point = |i: i32| {
        format!(
            r#"{{"type":"Feature","id":{i},"properties":{{"distance_m":777}},"geometry":{{"type":"Point","coordinates":[121.{i}1,31.0]}}}}"#
        )
    };
    let points: Vec<String> = (1..6).map(point).collect();
    let outlets =
        file("outlet.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, points.join(",")));
    let shore = file("shoreline.geojson", r#"{"type":"LineString","coordinates":[[121.0,31.001],[122.0,31.001]]}"#);
    let options = WindowOptions { paths: vec![outlets, shore], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    click(&mut window, "Run");
    let kept = &window.state().workbench().session().answers()[0];
    assert_eq!(kept.answer.summary.matched, 5);
    assert_eq!(kept.added[0], ("distance_m_2".to_owned(), "distance_m"));
    // Both columns stand under their names, the answer's with a metre's decimals.
    assert!(window.query_all_by_label("110.9").count() >= 1);
    assert!(window.query_all_by_label("777").count() >= 1);
}

fn an_older_answer_comes_back_with_its_question() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Run");
    choose(&mut window, "Question", "Service gaps");
    click(&mut window, "Run");
    let visible = |window: &Window| {
        let answers = window.state().workbench().session().answers();
        answers.iter().map(|a| (a.answer.question.kind(), a.visible)).collect::<Vec<_>>()
    };
    assert_eq!(visible(&window), [("gaps", true), ("within", false)]);
    click(&mut window, "outlets within 2,000 m of 长江岸线（宝山段）");
    assert_eq!(visible(&window), [("gaps", false), ("within", true)]);
    window.get_by(|n| n.role() == Role::ComboBox && n.value().as_deref() == Some("Within a distance"));
    // Asked again, it keeps its place and its name.
    let key = window.state().workbench().session().answers()[1].key;
    click(&mut window, "Run again");
    let answers = window.state().workbench().session().answers();
    assert_eq!((answers.len(), answers[1].key), (2, key));
    // Ctrl Enter held down asks once.
    for _ in 0..5 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    }
    settle(&mut window);
    assert_eq!(window.state().workbench().session().answers().len(), 2);
}

fn the_window_is_drawn_without_a_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan").display().to_string();
    let run = |arguments: &[&str]| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"));
        { program }.args(arguments).current_dir(folder.path()).output().expect("the program runs")
    };
    let status = |output: &std::process::Output| output.status.code();
    let output =
        run(&["view", &map, "--size", "900x600", "--screenshot", "a.png", "--tour", "8", "--timings", "t.json"]);
    assert_eq!(status(&output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let picture = image::open(folder.path().join("a.png")).expect("a PNG").to_rgb8();
    assert_eq!(picture.dimensions(), (900, 600));
    let colours: std::collections::HashSet<_> = picture.pixels().collect();
    assert!(colours.len() > 200, "a map, not a blank: {} colours", colours.len());
    let timings: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("t.json")).expect("written")).expect("JSON");
    assert_eq!(timings["frames"].as_array().map(Vec::len), Some(8));
    assert!(timings["first_frame_ms"].as_f64().is_some_and(|ms| ms > 0.0));
    assert!(timings["frames"][0]["ui_ms"].is_number() && timings["frames"][0]["total_ms"].is_number());
    let output = run(&["print", &map, "-o", "map.pdf", "--paper", "a3", "--title", "宝山", "--scale", "50000"]);
    assert_eq!(status(&output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read(folder.path().join("map.pdf")).expect("a page");
    assert!(page.starts_with(b"%PDF-") && String::from_utf8_lossy(&page).contains("1190.55"), "A3, landscape");
    // What is not on the map is said beside it, and a picture of ours is drawn anew.
    let told = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told(&output).contains("入河排污口 (1)") || told(&output).contains("入河排污口（1）"),
        "one has no position: {}",
        told(&output)
    );
    let project = serde_json::json!({"shanshui": 1, "layers": [
        {"file": format!("{map}/outlet.geojson"), "role": "outlet", "style": {"filter": "code = 'no such code'"}},
        {"file": format!("{map}/park.geojson"), "role": "park", "visible": false},
        {"file": format!("{map}/town.geojson"), "role": "town"},
    ]});
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    for command in [
        &["view", "p.shanshui.json", "--size", "900x600", "--screenshot", "a.png", "--lang", "en"][..],
        &["print", "p.shanshui.json", "-o", "map.pdf", "--lang", "en"],
    ] {
        let output = run(command);
        assert_eq!(status(&output), Some(0), "{}", told(&output));
        for words in [
            "layers that are not shown: 宝山区 公园绿地",
            "a filter hides: 宝山区 入河排污口 (244)",
            "cannot be used",
            "3 layers",
        ] {
            assert!(told(&output).contains(words), "{command:?}: {}", told(&output));
        }
    }
    let output = run(&["report", &map, "-o", "report.html", "--lang", "zh", "--json"]);
    assert_eq!(status(&output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("what was written, as JSON");
    let count = |key: &str| told[key].as_array().map(Vec::len);
    assert_eq!((told["file"].as_str(), told["workbook"].as_str()), (Some("report.html"), Some("report.xlsx")));
    assert!(count("rules").is_some_and(|n| n > 10) && count("not_run").is_some_and(|n| n > 0), "{told}");
    assert!(told["not_run"][0]["why"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
    let report = std::fs::read_to_string(folder.path().join("report.html")).expect("a report");
    // What the project consists of, in the report, in what is told, and on standard error.
    assert!(report.contains("项目文件清单") && count("layers") == Some(40) && count("ignored") == Some(0), "{told}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("图层 40 个"));
    assert!(report.contains("水源保护区内的排污口") && report.matches("data:image/png").count() > 10);
    // What a person signs: where and when, what did not run and why, who each row is.
    for said in
        ["宝山区", "未运行的规则", "入海排污口", "编号", "街镇", "位置（经度，纬度）", "疑似违反", "简称", "总表"]
    {
        assert!(report.contains(said), "{said}");
    }
    let workbook = std::fs::read(folder.path().join("report.xlsx")).expect("a workbook");
    let mut workbook = zip::ZipArchive::new(std::io::Cursor::new(workbook)).expect("a zip");
    let styles = std::io::read_to_string(workbook.by_name("xl/styles.xml").expect("styles")).expect("text");
    assert!(styles.contains(r#"formatCode="0.00%""#), "shares are percentages: {styles}");
    assert_eq!(status(&run(&["view", &map])), Some(2));
    assert_eq!(status(&run(&["view", "missing.geojson", "--screenshot", "b.png"])), Some(3));
}

/// A test, and its name.
type Case = (&'static str, fn());

macro_rules! cases {
    ($($name:ident),* $(,)?) => { [$((stringify!($name), $name as fn()),)*] };
}

fn main() -> std::process::ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let driver = arguments.list || driver();
    if !driver {
        eprintln!("no graphics driver on this machine: the tests of the window are skipped");
    }
    let cases: Vec<Case> = cases![
        both_questions_are_answered_from_the_demo,
        a_zone_follows_the_view,
        a_large_question_is_asked_about,
        the_table_sorts_and_leads_to_the_map,
        an_answer_is_exported_and_read_back,
        layers_are_opened_judged_removed_and_brought_back,
        clicking_the_map_identifies_and_hiding_a_layer_hides_it,
        the_language_is_switched_in_place,
        the_window_looks_as_it_did,
        keys_stay_in_the_dialog_that_is_open,
        an_answer_never_replaces_a_layer,
        figures_of_an_answer_are_its_own,
        an_older_answer_comes_back_with_its_question,
        the_window_is_drawn_without_a_screen,
        what_an_ended_session_left_is_offered,
        recovery_is_within_reach_whatever_is_left,
        a_layer_that_moved_is_pointed_to_where_it_is,
        a_journal_without_anything_that_can_be_read_is_kept,
        what_broke_down_and_what_could_not_be_read_is_told_at_the_start,
        a_project_comes_back_as_it_was_left,
        a_file_that_another_program_wrote_is_not_replaced_unasked,
        closing_asks_about_all_that_would_be_lost,
        an_area_is_drawn_taken_back_and_saved,
        figures_are_typed_while_drawing,
        corners_are_dragged_added_and_taken_out,
        a_layer_that_was_read_is_edited_only_where_that_is_allowed,
        drawing_snaps_to_what_is_there,
        lines_are_squared_measured_and_lead_along_borders,
        an_area_is_led_along_a_line,
        what_crosses_itself_is_kept_only_when_asked_twice,
        properties_are_typed_and_keep_their_type,
        a_zone_is_inspected_while_it_is_drawn,
        an_area_that_crosses_itself_is_repaired_by_command,
        an_answer_says_when_it_is_out_of_date,
        features_are_selected_by_box_lasso_and_keys,
        areas_are_split_merged_and_pierced,
        a_free_line_becomes_an_area_where_it_closes,
        the_table_is_searched_filtered_and_filled,
        a_cell_is_typed_into_where_it_stands,
        a_layer_is_drawn_as_its_planner_wants,
        the_map_is_put_on_paper_and_the_project_into_one_file,
        everything_is_found_by_its_name,
        a_zone_is_written_as_features_and_as_a_page,
        a_question_is_put_to_some_features_only,
        every_control_has_a_name,
        every_rule_is_run_by_its_name,
        every_rule_of_a_whole_map_is_run_by_its_label,
        a_planner_says_what_a_value_means,
        rules_of_the_second_edition_answer_as_the_command_line_does,
        what_a_value_means_is_kept_with_the_project,
        an_edit_marks_the_answer_of_a_rule,
        a_report_has_what_was_typed_in_for_the_plan,
        copied_cells_are_text_when_they_are_pasted,
        a_rule_that_finds_nothing_says_how_near_it_came,
        findings_follow_what_rules_find,
        the_palette_finds_rules_and_tabs,
        findings_are_kept_beside_their_project,
        edits_of_a_store_are_written_and_conflicts_decided,
        rules_are_run_on_a_cluster_and_its_answers_opened,
        a_zone_shows_what_rules_say_in_it,
        targets_stand_beside_what_is_measured_and_typed,
        figures_by_town_are_shaded_on_the_map,
        what_follows_fits_the_smallest_window,
        columns_of_other_names_serve_rules,
        notices_cover_no_control_and_are_few,
        a_rule_that_left_something_open_is_marked,
        a_file_that_is_open_is_not_opened_again,
        files_are_opened_once_what_is_open_is_said,
        a_page_that_is_closed_reads_nothing,
        a_folder_of_four_offices_asks_two_questions_on_one_page,
        columns_and_delimiters_are_chosen_on_the_page,
        every_sheet_of_a_workbook_has_columns_of_its_own,
        of_a_large_file_what_the_map_shows_is_read,
        a_copy_in_another_format_tells_what_it_loses,
        saving_into_a_format_that_loses_something_asks_before,
        a_ledger_is_joined_to_a_layer_and_taken_back,
        the_empty_window_answers_both_questions_in_one_action,
        the_empty_window_fits_every_size_in_both_languages_and_themes,
        projects_opened_last_are_shown_with_their_pictures,
        the_tour_has_five_steps_and_can_be_skipped,
        help_opens_at_what_is_in_use,
        a_map_on_paper_is_called_what_it_shows,
        delete_is_for_what_is_selected_on_the_map,
        a_project_is_saved_under_another_name,
        keys_typed_fast_into_a_field_choose_no_tool,
        what_stands_for_what_is_a_table_of_its_own,
        a_deadline_is_typed_in_any_usual_form,
        a_layer_is_called_otherwise,
        many_features_are_summed_beside_the_window,
        the_search_is_in_the_top_bar,
        commands_are_found_by_other_words_and_by_their_sound,
        positions_are_gone_to,
        every_finding_in_a_report_names_its_own_party,
        a_backdrop_is_added_seen_and_turned_off,
        a_project_with_a_service_asks_nothing_until_it_is_turned_on,
        a_backdrop_is_on_the_page_and_in_the_picture,
        clicks_go_through_what_lies_under_the_cursor,
        an_answer_is_eased_to_and_other_layers_quieten,
        a_rules_card_opens_with_its_verdict_and_chips_filter,
        layers_are_grouped_shown_alone_and_made_clear,
        the_menu_of_a_place_copies_marks_and_remembers,
        many_points_are_hexagons_that_open,
        each_table_keeps_its_place,
        a_feature_too_small_to_be_seen_is_gone_to,
        the_smallest_window_has_room_for_help,
        a_window_goes_on_and_on,
        a_window_is_held_to_a_model,
        remarks_on_many_findings_hold_no_frame,
        the_ring_of_the_keyboard_is_seen,
        a_bar_selects_and_bars_that_are_brushed_filter_the_table,
        the_window_is_pictured_at_every_size,
        every_panel_and_dialog_fits_every_size,
        every_control_of_every_panel_has_a_name_in_both_languages,
        high_contrast_and_sizes_are_chosen_and_seen,
        the_table_is_searched_in_a_small_window_and_bookmarks_are_found,
        findings_of_two_desks_are_seen_side_by_side_and_merged_in_one_step,
        merging_fits_a_small_window_in_chinese_and_dark,
        a_page_a_town_is_printed_with_an_index,
        what_is_printed_is_chosen_and_seen_before,
        a_series_is_stopped_and_leaves_nothing,
        features_are_copied_from_layer_to_layer_and_from_other_programs,
        known_values_are_chosen_beside_the_field,
        photos_beside_the_layer_are_shown,
        every_stop_of_the_keyboard_has_its_ring_in_sight,
        a_dialog_has_the_window_to_itself,
        two_layers_are_swiped_and_seen_side_by_side,
        two_answers_are_compared_by_the_search_and_a_hidden_one_ends_it,
        a_comment_is_pinned_answered_resolved_and_taken_back,
        comments_are_found_filtered_edited_moved_and_deleted,
        comments_stand_beside_the_project_and_two_desks_lose_nothing,
        comments_without_a_project_are_kept_by_the_journal,
        a_scenario_is_drawn_switched_and_compared_by_labels,
        scenarios_fit_every_size_in_both_languages_and_themes,
    ]
    .into();
    let trials = cases.into_iter().map(|(name, case)| {
        let run = move || {
            case();
            Ok(())
        };
        // Without a driver a test counts as ignored, not as passed.
        libtest_mimic::Trial::test(name, run).with_ignored_flag(!driver)
    });
    let done = libtest_mimic::run(&arguments, trials.collect());
    // Threads of the driver may still run while its own handlers of the exit take it apart, which ended the process now and then after
    // all tests had passed: another program takes its place before.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let _ = std::io::Write::flush(&mut std::io::stdout());
        let status = if done.has_failed() { "exit 101" } else { "exit 0" };
        // Where there is no shell, it ends as it did.
        let _ = std::process::Command::new("sh").args(["-c", status]).exec();
    }
    done.exit_code()
}
