//! The window goes on and on, by its keys and labels: points are drawn, moved, deleted and taken back, asked about, saved; it
//! ends with edits that nobody saved, and the next one recovers them. What it holds is held to a model kept beside it after every
//! step, its memory does not grow, and no frame takes longer than [`FRAME`] of the processor but for drawing, which is the
//! rasteriser's here.

use super::common::slow_distance;
use super::{Dice, Feature, GROWTH, memory, parsed, sorted};
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, pos2, vec2,
};
use egui_kittest::{Harness, kittest::Queryable as _};
use shanshui::cli::WindowOptions;
use shanshui::geodesy::{LonLat, distance_m};
use shanshui::i18n::Lang;
use shanshui::io::geojson::write_layer;
use shanshui::session::{Command, Key as LayerKey, OpenLayer, Session};
use shanshui::ui::App;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Steps of the short form.
const STEPS: usize = 24;
/// A window ends after so many steps at most.
const LONGEST: usize = 60;
/// The longest that a frame may take without drawing.
const FRAME: Duration = Duration::from_millis(100);
/// Windows after which memory is measured first.
const WARM: usize = 3;
/// The layer is held to about so many features.
const FEATURES: usize = 120;
/// Where the map is on the window, clear of everything that lies over it.
const ROOM: [Pos2; 2] = [pos2(430.0, 150.0), pos2(800.0, 460.0)];
/// Drawn this near to where it was pointed at, it is right: it may have snapped to what is there; points.
const SNAPPED: f32 = 16.0;
/// The line that distances are asked to, and the distance; metres.
const LINE: [LonLat; 2] = [LonLat { lon: 121.37, lat: 31.40 }, LonLat { lon: 121.43, lat: 31.41 }];
const DISTANCE_M: f64 = 2_000.0;

/// The processor's time that this thread took; `None` where the system does not tell.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

/// What frames took.
#[derive(Default)]
struct Frames {
    number: usize,
    /// Of the processor, and by the clock: the longest, and how many took longer than [`FRAME`].
    longest: [Duration; 2],
    long: [usize; 2],
    /// What the longest of the processor did.
    what: String,
    sum: Duration,
}

impl Frames {
    fn take(&mut self, took: [Duration; 2], what: &str) {
        self.number += 1;
        self.sum += took[0];
        if took[0] > self.longest[0] {
            self.what = what.to_owned();
        }
        for (n, time) in took.into_iter().enumerate() {
            self.longest[n] = self.longest[n].max(time);
            self.long[n] += usize::from(time > FRAME);
        }
    }
}

struct Soak {
    folder: PathBuf,
    window: Harness<'static, App>,
    key: LayerKey,
    rows: BTreeMap<usize, LonLat>,
    undo: Vec<BTreeMap<usize, LonLat>>,
    redo: Vec<BTreeMap<usize, LonLat>>,
    dice: Dice,
    frames: Frames,
    doing: &'static str,
}

fn new_window(folder: &Path) -> Harness<'static, App> {
    let options =
        WindowOptions { journals: Some(folder.join("journal")), lang: Some(Lang::En), ..WindowOptions::default() };
    // A click is none after another half a second later.
    let builder = Harness::builder().with_size([1440.0, 900.0]).with_max_steps(64).with_step_dt(0.1).wgpu();
    builder.build_eframe(move |cc| App::new(cc, &options))
}

fn file_of<'a>(session: &'a Session, name: &str) -> Option<&'a OpenLayer> {
    session.layers().iter().find(|open| open.layer().source.file_name == name)
}

impl Soak {
    fn begin(folder: &Path, seed: u64) -> Self {
        let feature = |geometry: serde_json::Value| {
            serde_json::json!({"type": "Feature", "properties": {"name": ""}, "geometry": geometry}).to_string()
        };
        let put = |name: &str, features: &[String]| {
            let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n"));
            std::fs::write(folder.join(name), text).expect("writable");
        };
        let mut dice = Dice(seed);
        let mut at = |from: f64| (from * 1e5 + dice.below(6_000) as f64).round() / 1e5;
        let points: Vec<String> = (0..40)
            .map(|_| feature(serde_json::json!({"type": "Point", "coordinates": [at(121.37), at(31.37)]})))
            .collect();
        put("outlet.geojson", &points);
        let line: Vec<[f64; 2]> = LINE.iter().map(|p| [p.lon, p.lat]).collect();
        put("shoreline.geojson", &[feature(serde_json::json!({"type": "LineString", "coordinates": line}))]);
        let window = new_window(folder);
        let mut soak = Self {
            folder: folder.to_owned(),
            window,
            key: LayerKey::default(),
            rows: BTreeMap::new(),
            undo: Vec::new(),
            redo: Vec::new(),
            dice,
            frames: Frames::default(),
            doing: "start",
        };
        soak.start();
        soak
    }

    fn session(&self) -> &Session {
        self.window.state().workbench().session()
    }

    fn execute(&mut self, command: Command) {
        self.window.state_mut().workbench_mut().session_mut().execute(command);
        self.settle();
    }

    /// One frame, and what it took.
    fn step(&mut self) {
        let (from, clock) = (processor_time(), Instant::now());
        self.window.step();
        let took = clock.elapsed();
        let of_processor = processor_time().zip(from).map_or(took, |(now, from)| now - from);
        self.frames.take([of_processor, took], self.doing);
    }

    fn settle(&mut self) {
        let start = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            self.step();
            quiet = if self.window.state().workbench().is_settled() { quiet + 1 } else { 0 };
            assert!(start.elapsed() < Duration::from_secs(300), "the window does not settle");
            if quiet == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn to(&mut self, at: Pos2) {
        self.window.event(Event::PointerMoved(at));
        self.step();
    }

    fn button(&mut self, pos: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.window.event(Event::PointerButton { pos, button, pressed, modifiers });
        self.step();
    }

    fn tap(&mut self, at: Pos2) {
        (0..6).for_each(|_| self.step());
        self.to(at);
        self.button(at, true);
        self.button(at, false);
        self.settle();
    }

    fn drag(&mut self, from: Pos2, by: Pos2) {
        self.to(from);
        self.button(from, true);
        for step in 1..=4 {
            self.to(from + (by - from) * (step as f32 / 4.0));
        }
        self.button(by, false);
        self.settle();
    }

    fn screen(&self, at: LonLat) -> Pos2 {
        self.window.state().workbench().map().screen_from_world(at)
    }

    /// A place on the map.
    fn place(&mut self) -> Pos2 {
        let size = ROOM[1] - ROOM[0];
        let mut part = || self.dice.below(1_000) as f32 / 1_000.0;
        ROOM[0] + vec2(size.x * part(), size.y * part())
    }

    /// The whole of the map in view.
    fn fit(&mut self) {
        let (min, max) = (LonLat::new(121.37, 31.37), LonLat::new(121.43, 31.43));
        self.window.state_mut().workbench_mut().map_mut().fit(shanshui::geodesy::LonLatBox { min, max });
        self.settle();
    }

    /// Looks at the layer that is edited.
    fn look(&mut self) {
        self.window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some("outlet")).click();
        self.settle();
    }

    /// A window takes up what the last one left, or opens the files.
    fn start(&mut self) {
        self.settle();
        if self.window.query_by_label("Recover").is_some() {
            self.window.get_by_label("Recover").click();
            self.settle();
        }
        for name in ["outlet.geojson", "shoreline.geojson"] {
            if file_of(self.session(), name).is_none() {
                let path = self.folder.join(name);
                self.window.state_mut().workbench_mut().open(vec![path]);
                self.settle();
            }
        }
        assert_eq!(self.window.state().workbench().error(), None);
        assert_eq!(self.session().layers().len(), 2, "what was recovered stands in its own layer");
        self.key = file_of(self.session(), "outlet.geojson").expect("open").key;
        self.execute(Command::SetEditable(self.key, true));
        self.rows = self.positions();
        (self.undo, self.redo) = (Vec::new(), Vec::new());
        self.fit();
        self.look();
    }

    /// Where the features of the layer are, by row.
    fn positions(&self) -> BTreeMap<usize, LonLat> {
        let layer = self.session().layer(self.key).expect("open").layer();
        layer.rows().map(|row| (row, layer.geometries.positions_of(row)[0])).collect()
    }

    fn features(&self) -> Vec<Feature> {
        let round = |degrees: f64| (degrees * 1e5).round() as i64;
        sorted(self.rows.values().map(|p| (round(p.lon), round(p.lat), String::new())).collect())
    }

    fn content(&self) -> Vec<Feature> {
        let mut text = Vec::new();
        write_layer(self.session().layer(self.key).expect("open").layer(), &mut text).expect("in memory");
        sorted(parsed(&text))
    }

    /// Notes what an edit made of the rows.
    fn edited(&mut self, rows: BTreeMap<usize, LonLat>) {
        self.undo.push(std::mem::replace(&mut self.rows, rows));
        self.redo.clear();
    }

    /// Taps a feature; its row, where it is one of the layer's.
    fn take_one(&mut self) -> Option<usize> {
        let n = self.dice.below(self.rows.len());
        let at = self.screen(*self.rows.values().nth(n)?);
        if !eframe::egui::Rect::from_two_pos(ROOM[0], ROOM[1]).contains(at) {
            return None;
        }
        self.look();
        self.key(Modifiers::NONE, Key::V);
        self.tap(at);
        let lead = self.window.state().workbench().selection().lead();
        lead.filter(|hit| hit.key == self.key).map(|hit| hit.row)
    }

    /// One step, at random; what it was.
    fn act(&mut self) -> &'static str {
        match self.dice.below(20) {
            0..=5 if self.rows.len() < FEATURES => self.draw(),
            6..=8 => self.shift(),
            0..=5 | 9 => self.delete(),
            10..=12 => self.take_back(),
            13 => self.make_again(),
            14 | 15 => self.ask(),
            16 => self.save(),
            17 => self.wander(),
            _ => self.see(),
        }
    }

    fn draw(&mut self) -> &'static str {
        self.look();
        let at = self.place();
        self.key(Modifiers::NONE, Key::Num1);
        self.tap(at);
        let now = self.positions();
        let row = *now.keys().next_back().expect("drawn");
        assert!(!self.rows.contains_key(&row), "a point was drawn");
        let off = self.screen(now[&row]).distance(at);
        assert!(off < SNAPPED, "{off} points beside the click");
        let mut rows = self.rows.clone();
        rows.insert(row, now[&row]);
        self.edited(rows);
        self.key(Modifiers::NONE, Key::V);
        "draw"
    }

    fn shift(&mut self) -> &'static str {
        let Some(row) = self.take_one() else { return "take nothing" };
        let (from, to) = (self.screen(self.rows[&row]), self.place());
        self.key(Modifiers::NONE, Key::M);
        self.drag(from, to);
        self.key(Modifiers::NONE, Key::V);
        let now = self.positions();
        if now == self.rows {
            return "move nothing";
        }
        let off = self.screen(now[&row]).distance(to);
        assert!(off < SNAPPED, "{off} points beside the place that it was moved to");
        let mut rows = self.rows.clone();
        rows.insert(row, now[&row]);
        self.edited(rows);
        "move"
    }

    fn delete(&mut self) -> &'static str {
        let Some(row) = self.take_one() else { return "take nothing" };
        self.key(Modifiers::NONE, Key::Delete);
        let mut rows = self.rows.clone();
        rows.remove(&row);
        self.edited(rows);
        "delete"
    }

    fn take_back(&mut self) -> &'static str {
        let Some(earlier) = self.undo.pop() else { return "nothing to take back" };
        self.key(Modifiers::COMMAND, Key::Z);
        self.redo.push(std::mem::replace(&mut self.rows, earlier));
        "undo"
    }

    fn make_again(&mut self) -> &'static str {
        let Some(later) = self.redo.pop() else { return "nothing to make again" };
        self.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
        self.undo.push(std::mem::replace(&mut self.rows, later));
        "redo"
    }

    /// A question, held to distances worked out one by one.
    fn ask(&mut self) -> &'static str {
        self.look();
        self.window.get_by_label("Run").click();
        self.settle();
        assert_eq!(self.window.state().workbench().error(), None);
        let distances: Vec<f64> = self.rows.values().map(|p| slow_distance(*p, LINE[0], LINE[1])).collect();
        let answer = self.session().answers().first().expect("answered").answer.clone();
        if distances.iter().all(|d| (d - DISTANCE_M).abs() > 0.01) {
            assert_eq!(answer.summary.matched, distances.iter().filter(|d| **d < DISTANCE_M).count());
        }
        "ask"
    }

    fn save(&mut self) -> &'static str {
        self.look();
        self.key(Modifiers::COMMAND, Key::S);
        assert!(!self.session().layer(self.key).expect("open").is_unsaved());
        let text = std::fs::read(self.folder.join("outlet.geojson")).expect("there");
        assert_eq!(sorted(parsed(&text)), self.features(), "what was saved");
        "save"
    }

    /// In and out with the wheel, and back.
    fn wander(&mut self) -> &'static str {
        let at = self.place();
        self.to(at);
        for turn in [60.0, 60.0, 60.0, -40.0, -120.0] {
            let (unit, modifiers, phase) = (MouseWheelUnit::Point, Modifiers::NONE, TouchPhase::Move);
            let (delta, source) = (vec2(0.0, turn), MouseWheelSource::Unknown);
            self.window.event(Event::MouseWheel { unit, delta, phase, source, modifiers });
            (0..4).for_each(|_| self.step());
        }
        self.fit();
        "wander"
    }

    /// What is drawn is drawn: the rasteriser's time is not the frame's.
    fn see(&mut self) -> &'static str {
        self.window.render().expect("a picture");
        "see"
    }

    /// The window ends without being asked, and the next recovers what it held.
    fn end(&mut self) {
        self.doing = "end";
        if self.dice.below(4) == 0 {
            self.save();
        }
        let expected = self.features();
        self.window.state_mut().workbench_mut().end();
        self.window = new_window(&self.folder);
        self.start();
        assert_eq!(self.content(), expected, "the next window");
    }

    fn check(&self) {
        assert_eq!(self.content(), self.features());
        assert!(self.session().jobs().is_empty());
        assert_eq!(self.session().layers().len(), 2);
        let open = self.session().layer(self.key).expect("open");
        for (row, p) in &self.rows {
            assert!(distance_m(open.layer().geometries.positions_of(*row)[0], *p) < 1e-6);
        }
    }
}

fn has_driver() -> bool {
    let found = std::panic::catch_unwind(egui_kittest::wgpu::WgpuTestRenderer::new).is_ok();
    let is_required = std::env::var("SHANSHUI_REQUIRE_GPU").is_ok_and(|v| v == "1");
    assert!(found || !is_required, "SHANSHUI_REQUIRE_GPU=1 and no driver was found");
    found
}

#[test]
fn a_window_goes_on_and_on() {
    if !has_driver() {
        return eprintln!("not tested, there is no graphics driver");
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = number("SHANSHUI_SOAK").map(Duration::from_secs);
    let seed = number("SHANSHUI_SOAK_SEED").unwrap_or(1);
    let folder = tempfile::tempdir().expect("a folder");
    let mut soak = Soak::begin(folder.path(), seed);
    let (start, mut steps, mut windows) = (Instant::now(), 0_usize, 1_usize);
    let is_over = |steps: usize| time.map_or(steps >= STEPS, |time| start.elapsed() >= time);
    let (mut first, mut most) = (None, 0);
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    while !is_over(steps) {
        let length = soak.dice.below(if time.is_some() { LONGEST } else { STEPS }) + 1;
        for _ in 0..length {
            soak.doing = "step";
            let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let what = soak.act();
                soak.check();
                what
            }));
            let Ok(what) = acted else { panic!("seed {seed}, step {steps}") };
            *done.entry(what).or_default() += 1;
            steps += 1;
            if is_over(steps) {
                break;
            }
        }
        soak.end();
        soak.check();
        windows += 1;
        if windows > WARM
            && let Some(memory) = memory()
        {
            let first = *first.get_or_insert(memory);
            most = most.max(memory.saturating_sub(first));
            assert!(memory < first + GROWTH, "seed {seed}, step {steps}: {first} bytes of memory became {memory}");
        }
    }
    let Frames { number: frames, longest, long, what, sum } = &soak.frames;
    println!("{steps} steps, {windows} windows, seed {seed}: {done:?}; memory grew by {} MiB at most", most >> 20);
    println!(
        "{frames} frames, {:.1} ms each; the longest {:.1} ms ({what}), {} longer than {FRAME:?}; by the clock {:.1} ms, {}",
        sum.as_secs_f64() * 1e3 / *frames as f64,
        longest[0].as_secs_f64() * 1e3,
        long[0],
        longest[1].as_secs_f64() * 1e3,
        long[1],
    );
    // Without optimisation nothing is promised about time.
    assert!(cfg!(debug_assertions) || long[0] == 0, "frames took up to {:?} in: {what}", longest[0]);
    assert!(steps >= STEPS || time.is_some());
}
