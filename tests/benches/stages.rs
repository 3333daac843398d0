//! Every stage on generated data: reading, indexing, each question, writing, drawing. `cargo bench`; a name after it
//! picks some. BENCHMARKS.md holds whole processes beside what a planner would use instead.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use eframe::egui::{self, Color32, Pos2, Rect, vec2};
use shanshui::cli::WindowOptions;
use shanshui::geodesy::{FromPosition, LonLat, LonLatBox, distance_m, exact_distance_m, ring_area_m2};
use shanshui::index::{IndexedLayer, NearestOf};
use shanshui::io::geojson::edited;
use shanshui::io::{ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::LayerStyle;
use shanshui::progress::Progress;
use shanshui::query::expression::Expression;
use shanshui::query::{Dissolve, Layers, Question, Side, ask};
use shanshui::session::{Command, Key, Session};
use shanshui::ui::map::Gpu;
use shanshui::ui::map::camera::Camera;
use shanshui::ui::map::detail::Detail;
use shanshui::ui::map::frame::MapFrame;
use shanshui::ui::map::picking::{Hit, pick};
use shanshui::ui::map::scene::{Shown, Strength};
use shanshui::ui::map::style::{Emphasis, Styler};
use shanshui::ui::map::tessellate::{tessellate, tessellate_edited};
use shanshui::ui::order::{Wanted, ordered};
use shanshui::ui::{Settings, Workbench};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

fn main() {
    divan::main();
}

/// A sequence that looks random and is the same everywhere (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn between(&mut self, min: f64, max: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        min + (max - min) * ((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }

    fn place(&mut self) -> LonLat {
        LonLat::new(self.between(120.8, 122.0), self.between(30.7, 31.6))
    }
}

fn collection(features: impl Iterator<Item = String>) -> String {
    let features: Vec<String> = features.collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"))
}

fn outlets(n: usize) -> String {
    let mut dice = Dice(1);
    collection((0..n).map(|i| {
        let p = dice.place();
        format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{:.7},{:.7}]}},\
             \"properties\":{{\"id\":{i},\"code\":\"WR-{i:07}\",\"class\":\"农业排口\",\"flow\":{}.5}}}}",
            p.lon,
            p.lat,
            i % 90
        )
    }))
}

/// Paths that wander along the lower Yangtze.
fn shorelines(paths: usize, positions: usize) -> String {
    let mut dice = Dice(2);
    collection((0..paths).map(|i| {
        let mut at = dice.place();
        let mut line = String::new();
        for k in 0..positions {
            at = LonLat::new(at.lon + dice.between(-1e-3, 1.2e-3), at.lat + dice.between(-1e-3, 1e-3));
            let _ = write!(line, "{}[{:.7},{:.7}]", if k == 0 { "" } else { "," }, at.lon, at.lat);
        }
        format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"LineString\",\"coordinates\":[{line}]}},\
             \"properties\":{{\"id\":{i}}}}}"
        )
    }))
}

/// Jagged areas of about so many degrees.
fn areas(n: usize, size_deg: f64, seed: u64) -> String {
    let mut dice = Dice(seed);
    collection((0..n).map(|i| {
        let center = dice.place();
        let corners = 18;
        let mut ring: Vec<[f64; 2]> = (0..corners)
            .map(|k| {
                let (s, c) = (f64::from(k) / f64::from(corners) * std::f64::consts::TAU).sin_cos();
                let r = size_deg * dice.between(0.6, 1.4);
                [center.lon + r * c, center.lat + r * s]
            })
            .collect();
        ring.push(ring[0]);
        let ring: Vec<String> = ring.iter().map(|[x, y]| format!("[{x:.7},{y:.7}]")).collect();
        format!(
            "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}},\
             \"properties\":{{\"id\":{i},\"name\":\"{i}\"}}}}",
            ring.join(",")
        )
    }))
}

fn layer(text: &str) -> Arc<IndexedLayer> {
    let layer = read_layer_bytes(text.as_bytes(), "bench.geojson", &ReadOptions::default(), &Progress::default());
    Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))))
}

static OUTLETS: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&outlets(100_000)));
static SHORE: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&shorelines(40, 500)));
static COAST: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&shorelines(200, 5_000)));
static PARKS: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&areas(2_000, 0.0006, 3)));
static HOMES: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&areas(5_000, 0.0012, 4)));
static COUNTIES: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&areas(60, 0.08, 5)));

/// The same layer without the trees that an earlier round built.
fn fresh(layer: &Arc<IndexedLayer>) -> Arc<IndexedLayer> {
    Arc::new(IndexedLayer::new(Arc::clone(layer.layer())))
}

#[divan::bench(args = ["points", "lines", "areas"])]
fn read(bencher: Bencher<'_, '_>, kind: &str) {
    let text = match kind {
        "points" => outlets(100_000),
        "lines" => shorelines(200, 5_000),
        _ => areas(20_000, 0.001, 6),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bench.geojson");
    std::fs::write(&path, &text).expect("writable");
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable"));
}

#[divan::bench]
fn index_features(bencher: Bencher<'_, '_>) {
    let homes = &*HOMES;
    bencher.counter(ItemsCount::new(homes.layer().len())).with_inputs(|| fresh(homes)).bench_values(|l| l.build());
}

#[divan::bench]
fn index_edges(bencher: Bencher<'_, '_>) {
    let positions = COAST.layer().geometries.position_count();
    bencher.counter(ItemsCount::new(positions)).with_inputs(|| fresh(&COAST)).bench_values(|l| l.build_edges());
}

fn bench_question(
    bencher: Bencher<'_, '_>,
    question: &Question,
    subject: &Arc<IndexedLayer>,
    other: &Arc<IndexedLayer>,
) {
    bencher
        .counter(ItemsCount::new(subject.layer().len()))
        .with_inputs(|| Layers::of(fresh(subject)).and(fresh(other)))
        .bench_values(|layers| ask(question, &layers, &Progress::default()).expect("an answer"));
}

#[divan::bench]
fn ask_within(bencher: Bencher<'_, '_>) {
    bench_question(bencher, &Question::Within { distance_m: 2_000.0, side: Side::Within }, &OUTLETS, &SHORE);
}

#[divan::bench]
fn ask_nearest(bencher: Bencher<'_, '_>) {
    bench_question(bencher, &Question::Nearest { max_m: None }, &OUTLETS, &SHORE);
}

#[divan::bench]
fn ask_gaps(bencher: Bencher<'_, '_>) {
    let question = Question::Gaps { radius_m: 500.0, min_area_m2: 0.0, people: None };
    bench_question(bencher, &question, &HOMES, &PARKS);
}

#[divan::bench]
fn ask_overlap(bencher: Bencher<'_, '_>) {
    bench_question(bencher, &Question::Overlap, &HOMES, &COUNTIES);
}

#[divan::bench]
fn ask_buffer(bencher: Bencher<'_, '_>) {
    bench_question(bencher, &Question::Buffer { distance_m: 500.0, dissolve: Dissolve::Each }, &PARKS, &PARKS);
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let layers = Layers::of(Arc::clone(&OUTLETS)).and(Arc::clone(&SHORE));
    let question = Question::Within { distance_m: 2_000.0, side: Side::Within };
    let answer = ask(&question, &layers, &Progress::default()).expect("an answer");
    let length = answer.to_geojson("bench", &layers, "t").expect("in memory").len();
    bencher
        .counter(BytesCount::new(length))
        .bench(|| answer.write_geojson("bench", &layers, "t", &mut std::io::sink()).expect("a sink"));
}

const VIEW: Rect = Rect { min: Pos2::ZERO, max: Pos2::new(1_600.0, 1_000.0) };

/// A large layer for a view of all of it, of a town, and of a street.
#[divan::bench(args = [1.0, 16.0, 1_000.0])]
fn draw_lines(bencher: Bencher<'_, '_>, zoom: f64) {
    let layer = COAST.layer();
    let styler = Styler::new(layer, &LayerStyle::default(), None, Emphasis::Plain, false, 0);
    let mut camera = Camera::fitting(&layer.bounds, vec2(1_600.0, 1_000.0)).expect("not empty");
    camera.scale *= zoom;
    let detail = Detail::wanted(layer, &camera, VIEW);
    bencher
        .counter(ItemsCount::new(layer.geometries.position_count()))
        .bench(|| tessellate(layer, &styler, &detail, &|_| true));
}

#[divan::bench]
fn draw_marks(bencher: Bencher<'_, '_>) {
    let layer = OUTLETS.layer();
    let styler = Styler::new(layer, &LayerStyle::default(), None, Emphasis::Plain, false, 0);
    let camera = Camera::fitting(&layer.bounds, vec2(1_600.0, 1_000.0)).expect("not empty");
    let detail = Detail::wanted(layer, &camera, VIEW);
    bencher.counter(ItemsCount::new(layer.len())).bench(|| tessellate(layer, &styler, &detail, &|_| true));
}

/// A vertex of one of 200,000 features put elsewhere, as often as it is dragged: its bytes made and read, the layer's
/// next state with its trees, what is near it found, its picture built. `edited` rows were edited before.
#[divan::bench(args = [1, 1_000])]
fn move_vertex(bencher: Bencher<'_, '_>, edited_before: usize) {
    static MANY: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&areas(200_000, 0.0005, 9)));
    let moved = |layer: &IndexedLayer, row: usize, by: f64| {
        let mut geometry = layer.layer().geometries.geometry(row).expect("an area");
        geometry.parts[0][0][1].lon += by;
        (row, edited(layer.layer(), row, Some(&geometry), &[]).ok())
    };
    MANY.build();
    MANY.build_edges();
    MANY.shown_rows_in(&LonLatBox::EMPTY);
    let before: Vec<_> = (0..edited_before).map(|k| moved(&MANY, k * 7, 1e-6)).collect();
    let mut now = MANY.with_edits(&before);
    let mut by = 1e-6;
    bencher.bench_local(|| {
        by = -by;
        now = now.with_edits(&[moved(&now, 0, by)]);
        let near = now.shown_rows_in(&now.layer().geometries.bounds(0).padded(20.0)).len();
        let styler = Styler::new(now.layer(), &LayerStyle::default(), None, Emphasis::Plain, false, 0);
        (near, tessellate_edited(now.layer(), &styler, &|_| true).lists.len())
    });
}

/// A session with a million outlets that may be edited, and a column of all of them filled.
fn filled_session() -> (Session, Key, tempfile::TempDir) {
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("outlets.geojson");
    std::fs::write(&file, outlets(1_000_000)).expect("room");
    session.execute(Command::Open(vec![file], None));
    finish(&mut session);
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    fill_all(&mut session, key, "flow * 2");
    (session, key, folder)
}

fn fill_all(session: &mut Session, key: Key, text: &str) {
    let expression = Expression::parse(text).expect("an expression");
    session.execute(Command::Fill(key, (0..1_000_000).collect(), "double".to_owned(), Box::new(expression)));
    finish(session);
}

fn finish(session: &mut Session) {
    while !session.jobs().is_empty() {
        session.poll();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// A column of a million features filled by an expression, beside the window.
#[divan::bench(sample_count = 5)]
fn fill_a_million(bencher: Bencher<'_, '_>) {
    let (mut session, key, _folder) = filled_session();
    let mut n = 2;
    bencher.bench_local(|| {
        n += 1;
        fill_all(&mut session, key, &format!("flow * {n}"));
    });
}

/// That taken back and made again: on the window's thread.
#[divan::bench(sample_count = 20)]
fn undo_and_redo_a_million(bencher: Bencher<'_, '_>) {
    let (mut session, _, _folder) = filled_session();
    bencher.bench_local(|| {
        session.execute(Command::Undo);
        session.execute(Command::Redo);
    });
}

/// One property set after that: on the window's thread.
#[divan::bench(sample_count = 100)]
fn set_one_of_a_million(bencher: Bencher<'_, '_>) {
    let (mut session, key, _folder) = filled_session();
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        session.execute(Command::SetProperty(key, n % 100, "flow".to_owned(), n.to_string()));
    });
}

/// What a frame puts together for the GPU.
#[divan::bench]
fn frame(bencher: Bencher<'_, '_>) {
    let layer = HOMES.layer();
    let styler = Styler::new(layer, &LayerStyle::default(), None, Emphasis::Plain, false, 0);
    let camera = Camera::fitting(&layer.bounds, vec2(1_600.0, 1_000.0)).expect("not empty");
    let frame = MapFrame {
        rect: VIEW,
        pixels_per_point: 1.0,
        camera,
        background: Color32::WHITE,
        lists: tessellate(layer, &styler, &Detail::WHOLE, &|_| true)
            .lists
            .into_iter()
            .map(|list| (Arc::new(list), Strength::FULL))
            .collect(),
        parting: None,
        coming: Vec::new(),
    };
    bencher.bench(|| frame.draws().len());
}

/// What lies under the cursor, of a hundred thousand.
#[divan::bench]
fn rows_under_the_cursor(bencher: Bencher<'_, '_>) {
    let layer = &*OUTLETS;
    layer.shown_rows_in(&LonLatBox::EMPTY);
    let mut dice = Dice(7);
    bencher.bench_local(|| {
        let p = dice.place();
        layer.shown_rows_in(&LonLatBox { min: p, max: p }.padded(100.0)).len()
    });
}

/// What lies under the cursor on a line of a million corners, in a view of all of it and of a street.
#[divan::bench(args = [1.0, 2_000.0])]
fn pick_on_a_long_line(bencher: Bencher<'_, '_>, zoom: f64) {
    static LINE: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| {
        // Round and round, a little farther out each time.
        let corner = |k: usize| {
            let (s, c) = (k as f64 * 0.01).sin_cos();
            let far = 0.1 + k as f64 * 4e-7;
            format!("[{:.7},{:.7}]", 121.4 + far * c, 31.2 + far * s)
        };
        let corners: Vec<String> = (0..1_000_000).map(corner).collect();
        layer(&format!(
            "{{\"type\":\"Feature\",\"properties\":{{}},\"geometry\":{{\"type\":\"LineString\",\"coordinates\":[{}]}}}}",
            corners.join(",")
        ))
    });
    LINE.shown_rows_in(&LonLatBox::EMPTY);
    LINE.build_edges();
    let layer = LINE.layer();
    let mut camera = Camera::fitting(&layer.bounds, vec2(1_600.0, 1_000.0)).expect("not empty");
    camera.center = layer.geometries.positions_of(0)[500_000];
    camera.scale *= zoom;
    let key = Key(1);
    let shown = [Shown::plain(key, Arc::clone(&LINE), None, Emphasis::Plain)];
    bencher.bench(|| pick(&shown, &camera, VIEW, VIEW.center()).expect("on the line"));
}

#[divan::bench(args = [true, false])]
fn distance(bencher: Bencher<'_, '_>, short: bool) {
    let mut dice = Dice(8);
    bencher.bench_local(|| {
        let p = dice.place();
        let q = LonLat::new(p.lon + 0.01, p.lat + 0.01);
        if short { distance_m(p, q) } else { exact_distance_m(p, q) }
    });
}

#[divan::bench]
fn distance_to_edge(bencher: Bencher<'_, '_>) {
    let mut dice = Dice(9);
    bencher.bench_local(|| {
        let p = dice.place();
        let a = LonLat::new(p.lon + 0.005, p.lat - 0.01);
        FromPosition::new(p).nearest_on_edge(a, LonLat::new(a.lon, a.lat + 0.02), 5_000.0)
    });
}

#[divan::bench]
fn nearest_of_one(bencher: Bencher<'_, '_>) {
    let near = NearestOf::new(&SHORE, f64::INFINITY, 1);
    let outlets = OUTLETS.layer();
    let mut row = 0;
    bencher.bench_local(|| {
        row = (row + 7_919) % outlets.len();
        near.to(outlets, row)
    });
}

#[divan::bench]
fn area(bencher: Bencher<'_, '_>) {
    let homes = HOMES.layer();
    let mut row = 0;
    bencher.bench_local(|| {
        row = (row + 1) % homes.len();
        ring_area_m2(homes.geometries.positions_of(row))
    });
}

/// CPU of a frame of the whole window while a corner of one of 200,000 features is dragged: panels, table, snapping, the
/// edit's picture; without the GPU.
#[divan::bench(sample_count = 200)]
fn drag_a_vertex_in_the_window(bencher: Bencher<'_, '_>) {
    let path = std::env::temp_dir().join(format!("shanshui-bench-{}.geojson", std::process::id()));
    std::fs::write(&path, areas(200_000, 0.0005, 9)).expect("writable");
    let ctx = egui::Context::default();
    let options = WindowOptions { paths: vec![path.clone()], ..WindowOptions::default() };
    let mut window = Workbench::new(&ctx, Gpu::None, Settings::default(), &options);
    let mut time = 0.0;
    let mut frame = |window: &mut Workbench, events: Vec<egui::Event>| {
        time += 1.0 / 60.0;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(1600.0, 1000.0)));
        let input = egui::RawInput { screen_rect, time: Some(time), events, focused: true, ..Default::default() };
        drop(ctx.run_ui(input, |ui| window.show(ui)));
    };
    let settled = |window: &mut Workbench, frame: &mut dyn FnMut(&mut Workbench, Vec<egui::Event>)| {
        while !window.is_settled() || window.session().layers().is_empty() {
            frame(window, Vec::new());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        (0..20).for_each(|_| frame(window, Vec::new()));
    };
    settled(&mut window, &mut frame);
    let key = window.session().layers()[0].key;
    window.session_mut().execute(Command::SetEditable(key, true));
    window.go_to(Hit { key, row: 100_000 });
    settled(&mut window, &mut frame);
    let layer = window.session().layers()[0].layer().clone();
    let corner = window.map().screen_from_world(layer.geometries.positions_of(100_000)[1]);
    let button = |pos: Pos2, pressed: bool| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let key_n = egui::Event::Key {
        key: egui::Key::N,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    frame(&mut window, vec![key_n, egui::Event::PointerMoved(corner)]);
    frame(&mut window, vec![button(corner, true)]);
    let mut turn = 0.0_f32;
    bencher.bench_local(|| {
        turn += 0.3;
        let at = corner + vec2(40.0 * turn.cos(), 40.0 * turn.sin());
        frame(&mut window, vec![egui::Event::PointerMoved(at)]);
    });
    frame(&mut window, vec![button(corner + vec2(30.0, 10.0), false)]);
    settled(&mut window, &mut frame);
    assert!(window.session().layers()[0].is_unsaved(), "the corner was dragged");
    window.session_mut().journal_mut().discard();
    // A leftover in the folder for such files harms nobody.
    let _ = std::fs::remove_file(path);
}

/// A million rows put in order by a column of numbers, and those found for which an expression is true.
#[divan::bench]
fn order_a_million_rows(bencher: Bencher<'_, '_>) {
    static MILLION: LazyLock<Arc<IndexedLayer>> = LazyLock::new(|| layer(&outlets(1_000_000)));
    let wanted = Wanted {
        sort: Some((3, true)),
        filter: Expression::parse("flow > 20 AND code LIKE 'WR-0%'").ok(),
        ..Wanted::default()
    };
    bencher.bench_local(|| ordered(&MILLION, &wanted).rows.len());
}
