//! A window that goes on and on: keys, clicks on whatever control is there, tools on the map, questions, rules, steps back, other
//! sizes, languages and themes, layers that are closed and opened, sessions that end and are taken up again, at random. In the long
//! form windows that are held to a model (`soak_held.rs`) take turns with it.
//!
//! `SHANSHUI_SOAK_WINDOW=3600 cargo test --release --test window -- --nocapture a_window_goes_on` goes on for an hour; some steps of one
//! seed without. A run is repeated with its seed, which is told (`SHANSHUI_SOAK_SEED`).

use super::common::memory;
use super::frames::Frames;
use super::soak_held::HeldWindow;
use super::{Window, window};
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, pos2, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use shanshui::cli::WindowOptions;
use shanshui::i18n::Lang;
use shanshui::io::geojson::write_layer;
use shanshui::query::{Question, Side};
use shanshui::session::{Command, Key as LayerKey, Operands};
use shanshui::ui::ThemeChoice;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A sequence that looks random and is the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// Layers of the sample, small ones of many kinds.
const LAYERS: [&str; 9] = [
    "outlet.geojson",
    "shoreline.geojson",
    "park.geojson",
    "wetland.geojson",
    "red_line.geojson",
    "water_source_zone.geojson",
    "district.geojson",
    "river.geojson",
    "facility.geojson",
];

/// The short form takes so many steps of one seed, whatever the machine.
const SHORT: usize = 60;
/// A window is closed after so many steps at most.
const STEPS: usize = 120;
/// Windows after which memory is measured first.
const WARM: usize = 3;
/// Between windows the program may hold so much more than it did after the first few; bytes.
const GROWTH: u64 = 16 << 20;
/// A step back through all that was done takes no more than so many.
const HISTORY: usize = 5_000;

/// What leads out of the window: the system's dialogs and folders, and services on a network.
const OUTSIDE: [&str; 12] = [
    "Browse",
    "浏览",
    "Choose a f",
    "选择文件",
    "Open folder",
    "打开文件夹",
    "Add base map",
    "添加底图",
    "Base map settings",
    "底图设置",
    "Quit",
    "退出",
];

/// What is typed into fields that take no path.
const WORDS: [&str; 9] =
    ["outlet", "排污口", "500", "-1e9", "class = '工业排污口'", "(((", "甲\u{202e}乙", "121.4, 31.4", "é"];

/// A window that goes on.
struct Soak {
    folder: PathBuf,
    window: Window,
    size: [f32; 2],
    dice: Dice,
    /// The layers that were open in the beginning, as text.
    begun: BTreeMap<LayerKey, Vec<u8>>,
    frames: Frames,
    /// Pictures drawn by the graphics driver.
    pictures: Frames,
}

fn text(soak: &Window, key: LayerKey) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    write_layer(soak.state().workbench().session().layer(key)?.layer(), &mut text).expect("in memory");
    Some(text)
}

fn fresh(folder: &Path, lang: Lang, size: [f32; 2], dark: bool) -> Window {
    let options = WindowOptions {
        paths: vec![folder.join("layers")],
        lang: Some(lang),
        journals: Some(folder.join("journal")),
        settings: Some(folder.join("settings")),
        ..WindowOptions::default()
    };
    window(options, size, dark)
}

impl Soak {
    fn begin(folder: &Path, seed: u64) -> Self {
        let layers = folder.join("layers");
        std::fs::create_dir_all(&layers).expect("a folder");
        for name in LAYERS {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan").join(name);
            std::fs::copy(from, layers.join(name)).expect("copied");
        }
        let size = [1280.0, 800.0];
        let window = fresh(folder, Lang::En, size, false);
        let mut soak = Self {
            folder: folder.to_owned(),
            window,
            size,
            dice: Dice(seed),
            begun: BTreeMap::new(),
            frames: Frames::default(),
            pictures: Frames::default(),
        };
        soak.start();
        soak
    }

    /// What the window holds in the beginning; what an ended one left is taken up, given up, or left.
    fn start(&mut self) {
        self.settle();
        let choice = self.dice.of(&[["Recover", "恢复"], ["Discard", "丢弃"], ["Later", "以后再说"]]);
        let places: Vec<Rect> = {
            let found = self.window.query_all_by(|n| choice.iter().any(|word| n.label().as_deref() == Some(*word)));
            found.map(|n| n.rect()).collect()
        };
        if let Some(place) = places.first() {
            self.click(place.center(), PointerButton::Primary);
        }
        self.settle();
        self.key(Modifiers::NONE, Key::Escape);
        self.settle();
        let keys: Vec<LayerKey> =
            self.window.state().workbench().session().layers().iter().map(|open| open.key).collect();
        self.begun = keys.into_iter().filter_map(|key| Some((key, text(&self.window, key)?))).collect();
    }

    fn frame(&mut self) {
        self.frames.step(&mut self.window);
    }

    /// Frames until nothing runs and everything is drawn.
    fn settle(&mut self) {
        self.frames.settle(&mut self.window);
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.frame();
    }

    fn move_to(&mut self, at: Pos2) {
        self.window.event(Event::PointerMoved(at));
        self.frame();
    }

    fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) {
        self.window.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        self.frame();
    }

    fn click(&mut self, at: Pos2, button: PointerButton) {
        self.move_to(at);
        self.button(at, button, true);
        self.button(at, button, false);
    }

    /// Somewhere on the map, or in the window where there is none.
    fn place(&mut self) -> Pos2 {
        let [width, height] = self.size;
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(width, height));
        let map = {
            let found: Vec<Rect> = self.window.query_all_by_label("Map").map(|n| n.rect()).collect();
            found.first().copied().unwrap_or(all)
        };
        let (x, y) = (self.dice.below(1_000) as f32 / 1e3, self.dice.below(1_000) as f32 / 1e3);
        pos2(map.min.x + map.width() * x, map.min.y + map.height() * y)
    }

    /// A control that is in sight; what it is called.
    fn control(&mut self) -> Option<(String, Rect, bool)> {
        const ROLES: [Access; 10] = [
            Access::Button,
            Access::CheckBox,
            Access::RadioButton,
            Access::ComboBox,
            Access::TextInput,
            Access::SpinButton,
            Access::Slider,
            Access::ColorWell,
            Access::MenuItem,
            Access::Label,
        ];
        let [width, height] = self.size;
        let is_inside = |at: Pos2| at.x > 0.0 && at.y > 0.0 && at.x < width && at.y < height;
        let found: Vec<(String, Rect, bool)> = {
            let nodes = self.window.query_all_by(|n| ROLES.contains(&n.role()) && !n.is_disabled());
            let parts = nodes.map(|n| {
                let node = n.accesskit_node();
                let called = node.label().or_else(|| node.value()).unwrap_or_default();
                (called, n.rect(), node.role() == Access::TextInput)
            });
            parts
                .filter(|(called, rect, _)| {
                    rect.is_positive() && is_inside(rect.center()) && !OUTSIDE.iter().any(|word| called.contains(word))
                })
                .collect()
        };
        (!found.is_empty()).then(|| self.dice.of(&found))
    }

    /// True where a path is asked for: what is typed there would be written.
    fn asks_for_a_path(&self) -> bool {
        let mut fields = self.window.query_all_by(|n| n.role() == Access::TextInput);
        fields.any(|n| {
            let (label, value) = (n.accesskit_node().label(), n.accesskit_node().value());
            let (label, value) = (label.unwrap_or_default().to_lowercase(), value.unwrap_or_default());
            value.contains('/') || ["file", "path", "文件", "路径"].iter().any(|word| label.contains(word))
        })
    }

    /// Types where the keyboard is.
    fn type_text(&mut self, text: &str) {
        self.window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.window.event(Event::Text(text.to_owned()));
        self.frame();
    }

    /// One step, at random; what it was.
    fn step(&mut self) -> String {
        let layers: Vec<LayerKey> =
            self.window.state().workbench().session().layers().iter().map(|open| open.key).collect();
        match self.dice.below(48) {
            0..=14 => {
                let Some((called, rect, is_field)) = self.control() else { return "no control".to_owned() };
                let which = if self.dice.below(12) == 0 { PointerButton::Secondary } else { PointerButton::Primary };
                self.click(rect.center(), which);
                if is_field && !self.asks_for_a_path() {
                    let word = self.dice.of(&WORDS);
                    self.type_text(word);
                    if self.dice.below(2) == 0 {
                        self.key(Modifiers::NONE, Key::Enter);
                    }
                }
                format!("click {called:?}")
            }
            15..=19 => {
                const TOOLS: [Key; 16] = [
                    Key::Num1,
                    Key::Num2,
                    Key::Num3,
                    Key::Num4,
                    Key::Num5,
                    Key::Num6,
                    Key::V,
                    Key::L,
                    Key::M,
                    Key::T,
                    Key::X,
                    Key::H,
                    Key::P,
                    Key::E,
                    Key::N,
                    Key::Q,
                ];
                let tool = self.dice.of(&TOOLS);
                self.key(Modifiers::NONE, tool);
                for _ in 0..self.dice.below(5) {
                    let at = self.place();
                    self.click(at, PointerButton::Primary);
                }
                let end = self.dice.of(&[Key::Enter, Key::Enter, Key::Escape, Key::Backspace]);
                self.key(Modifiers::NONE, end);
                format!("tool {tool:?}, {end:?}")
            }
            20..=22 => {
                let (from, to) = (self.place(), self.place());
                self.move_to(from);
                self.button(from, PointerButton::Primary, true);
                self.move_to(from + (to - from) * 0.5);
                self.move_to(to);
                self.button(to, PointerButton::Primary, false);
                "drag".to_owned()
            }
            23..=25 => {
                let at = self.place();
                self.move_to(at);
                let delta = vec2(0.0, self.dice.below(400) as f32 - 200.0);
                let unit = MouseWheelUnit::Point;
                self.window.event(Event::MouseWheel {
                    unit,
                    delta,
                    modifiers: Modifiers::NONE,
                    phase: TouchPhase::Move,
                    source: MouseWheelSource::Unknown,
                });
                self.frame();
                "wheel".to_owned()
            }
            26..=30 => {
                let both = Modifiers::COMMAND.plus(Modifiers::SHIFT);
                let (modifiers, key) = self.dice.of(&[
                    (Modifiers::COMMAND, Key::Z),
                    (both, Key::Z),
                    (Modifiers::COMMAND, Key::A),
                    (both, Key::I),
                    (Modifiers::NONE, Key::Delete),
                    (Modifiers::COMMAND, Key::Num0),
                    (Modifiers::ALT, Key::ArrowLeft),
                    (Modifiers::NONE, Key::F1),
                    (Modifiers::COMMAND, Key::F),
                    (Modifiers::COMMAND, Key::P),
                    (Modifiers::COMMAND, Key::O),
                    (Modifiers::COMMAND, Key::B),
                    (Modifiers::COMMAND, Key::Enter),
                    (Modifiers::NONE, Key::Tab),
                    (Modifiers::NONE, Key::ArrowDown),
                ]);
                self.key(modifiers, key);
                format!("key {modifiers:?} {key:?}")
            }
            31..=33 => {
                self.key(Modifiers::NONE, Key::Escape);
                "escape".to_owned()
            }
            34 => {
                self.key(Modifiers::COMMAND, Key::K);
                let word = self.dice.of(&["style", "dark", "light", "公园", "rule", "xyz", "121.4 31.4", "table"]);
                self.type_text(word);
                let end = self.dice.of(&[Key::Enter, Key::Escape]);
                self.key(Modifiers::NONE, end);
                format!("palette {word:?}, {end:?}")
            }
            35 | 36 => {
                self.size =
                    self.dice.of(&[[1280.0, 800.0], [1600.0, 1000.0], [1024.0, 640.0], [640.0, 400.0], [320.0, 240.0]]);
                self.window.set_size(self.size.into());
                format!("size {:?}", self.size)
            }
            37 => {
                let settings = self.window.state_mut().workbench_mut().settings_mut();
                settings.lang = if settings.lang == Lang::En { Lang::Zh } else { Lang::En };
                "language".to_owned()
            }
            38 => {
                let theme = self.dice.of(&[ThemeChoice::Light, ThemeChoice::Dark, ThemeChoice::System]);
                self.window.state_mut().workbench_mut().settings_mut().theme = theme;
                format!("theme {theme:?}")
            }
            39 => {
                let name = self.dice.of(&LAYERS);
                let path = self.folder.join("layers").join(name);
                self.window.state_mut().workbench_mut().open(vec![path]);
                format!("open {name}")
            }
            40..=42 if !layers.is_empty() => {
                let key = self.dice.of(&layers);
                let command = match self.dice.below(5) {
                    0 => Command::Reload(key),
                    1 => Command::SetVisible(key, self.dice.below(2) == 0),
                    2 => Command::Delete(key, vec![self.dice.below(3)]),
                    3 => {
                        let path = self.folder.join(format!("saved-{}.geojson", self.dice.below(3)));
                        Command::Save { layer: key, path, over: true }
                    }
                    _ => Command::SetEditable(key, true),
                };
                let told = format!("{command:?}");
                self.window.state_mut().workbench_mut().session_mut().execute(command);
                told
            }
            43 | 44 if !layers.is_empty() => {
                let operands = Operands {
                    subject: self.dice.of(&layers),
                    reference: Some(self.dice.of(&layers)),
                    ..Operands::default()
                };
                let distance_m = self.dice.of(&[100.0, 2_000.0, 0.0]);
                let question = Question::Within { distance_m, side: Side::Within };
                self.window.state_mut().workbench_mut().session_mut().execute(Command::Ask(question, operands));
                "ask".to_owned()
            }
            45 | 46 => {
                let workbench = self.window.state_mut().workbench_mut();
                let lang = workbench.settings().lang;
                let rules: Vec<String> =
                    workbench.session().catalogue().rules.iter().map(|rule| rule.id.clone()).collect();
                let rule = self.dice.of(&rules);
                let workbench = self.window.state_mut().workbench_mut();
                workbench.session_mut().execute(Command::RunRules(vec![rule.clone()], lang));
                format!("rule {rule}")
            }
            _ => "rest".to_owned(),
        }
    }

    /// A picture is drawn of what there is.
    fn draw(&mut self) {
        self.pictures.doing.clone_from(&self.frames.doing);
        let picture = self.pictures.measure(|| self.window.render().expect("a picture"));
        assert!(picture.width() > 0 && picture.height() > 0);
    }

    /// Everything is taken back: what was open in the beginning is as it was. The window ends, and the next begins.
    fn end(&mut self) {
        self.frames.name("the end".to_owned());
        for _ in 0..8 {
            self.key(Modifiers::NONE, Key::Escape);
        }
        self.settle();
        self.frames.name("all steps taken back".to_owned());
        for n in 0.. {
            let session = self.window.state_mut().workbench_mut().session_mut();
            if session.history().0.count() == 0 {
                break;
            }
            session.execute(Command::Undo);
            self.settle();
            assert!(n < HISTORY, "steps back do not end");
        }
        for (key, before) in &self.begun {
            let now = text(&self.window, *key).unwrap_or_else(|| panic!("{key:?} did not come back"));
            assert!(now == *before, "{}", String::from_utf8_lossy(&now));
        }
        if self.dice.below(2) == 0 {
            self.window.state_mut().workbench_mut().end();
        }
        let lang = self.dice.of(&[Lang::En, Lang::Zh]);
        let dark = self.dice.below(2) == 0;
        self.size = [1280.0, 800.0];
        self.frames.name("a new window".to_owned());
        // The old one goes first: its journal is held while it lives.
        self.window = window(WindowOptions::default(), [64.0, 64.0], false);
        self.window = fresh(&self.folder, lang, self.size, dark);
        self.start();
    }

    /// A window that is held to a model, beside this one, with a folder of its own; how many steps.
    fn held(&mut self, told: &mut Vec<String>, goes_on: &dyn Fn() -> bool) -> usize {
        let folder = tempfile::tempdir().expect("a folder");
        let points = self.dice.of(&POINTS);
        told.push(format!("a window of {points} points"));
        self.frames.name(told.last().expect("pushed").clone());
        let mut held = HeldWindow::begin(folder.path(), points, &mut self.frames, &mut self.dice);
        let mut steps = 0;
        while steps < HELD_STEPS && goes_on() {
            steps += 1;
            told.push("…".to_owned());
            let what = held.step();
            *told.last_mut().expect("pushed") = what.to_owned();
        }
        steps
    }
}

/// So many steps of a window that is held to a model, over a layer of any of these sizes.
const HELD_STEPS: usize = 60;
const POINTS: [usize; 4] = [50, 2_000, 20_000, 100_000];

pub fn a_window_goes_on_and_on() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = number("SHANSHUI_SOAK_WINDOW").map(Duration::from_secs);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |now| now.as_secs());
    // The short form is the same at every run.
    let seed = number("SHANSHUI_SOAK_SEED").unwrap_or(if time.is_some() { now } else { 1 });
    println!("seed {seed}");
    let folder = tempfile::tempdir().expect("a folder");
    let mut soak = Soak::begin(folder.path(), seed);
    let (start, mut steps, mut windows) = (Instant::now(), 0_usize, 1_usize);
    let mut grown = Vec::new();
    let goes_on = |steps: usize| time.map_or(steps < SHORT, |time| start.elapsed() < time);
    let mut told: Vec<String> = Vec::new();
    while goes_on(steps) {
        told.clear();
        let mut each = |soak: &mut Soak, told: &mut Vec<String>| {
            for _ in 0..soak.dice.below(STEPS) + 1 {
                if !goes_on(steps) {
                    break;
                }
                steps += 1;
                told.push("…".to_owned());
                soak.frames.doing.clear();
                let what = soak.step();
                soak.frames.name(what.clone());
                *told.last_mut().expect("pushed") = what;
                soak.settle();
                if steps.is_multiple_of(5) {
                    soak.draw();
                }
            }
            told.push("the end".to_owned());
            soak.end();
            if time.is_some() {
                steps += soak.held(told, &|| goes_on(steps));
            }
        };
        if catch_unwind(AssertUnwindSafe(|| each(&mut soak, &mut told))).is_err() {
            panic!("seed {seed}, step {steps}; since the window began: {told:#?}");
        }
        windows += 1;
        // Other tests have their memory in the same process: it is looked at where this one runs alone.
        if windows > WARM
            && let (Some(memory), Some(_)) = (memory::held(), time)
        {
            grown.push(memory);
            let first = grown[0];
            assert!(memory < first + GROWTH, "seed {seed}, step {steps}: {first} bytes of memory became {memory}");
        }
    }
    println!("{steps} steps, {windows} windows");
    soak.frames.tell("steps");
    soak.pictures.tell("pictures");
    // A tenth of the time each.
    let tenths =
        grown.chunks((grown.len() / 10).max(1)).map(|part| (part.iter().sum::<u64>() / part.len() as u64) >> 20);
    println!("memory held between windows, MiB: {:?}", tenths.collect::<Vec<_>>());
}
