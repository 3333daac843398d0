//! A window that is held to a model kept beside it: points are drawn, moved, taken out and named by hand, questions asked, steps taken
//! back and made again, files and projects saved; the window ends without a word and the next takes up what it left.

use super::frames::Frames;
use super::soak::Dice;
use super::{Window, window};
use crate::common::karney;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use egui_kittest::kittest::Queryable as _;
use shanshui::cli::WindowOptions;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::query::{Question, Side};
use shanshui::session::project::{Project, ProjectView};
use shanshui::session::{Command, Key as LayerKey, Operands, Session};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A point, and its name.
type Feature = (LonLat, String);

/// Positions of files have so many decimals at least; degrees.
const SAME: f64 = 1e-7;
/// A point is drawn to what is so near; screen points.
const SNAPS: f32 = 12.0;
/// The layer is held to about so many features more than in the beginning.
const MORE: usize = 200;
const DISTANCE_M: f64 = 2_000.0;
const FROM: LonLat = LonLat { lon: 121.4, lat: 31.4 };

/// What the layer holds, by row; and the row that each step which can be taken back or made again would leave.
#[derive(Default)]
struct Model {
    rows: BTreeMap<usize, Feature>,
    undo: Vec<(usize, Option<Feature>)>,
    redo: Vec<(usize, Option<Feature>)>,
    /// What the file holds.
    file: Vec<Feature>,
}

impl Model {
    /// Puts a feature in its row, or takes it out; what leads back.
    fn put(&mut self, (row, feature): (usize, Option<Feature>)) -> (usize, Option<Feature>) {
        let before = match feature {
            Some(feature) => self.rows.insert(row, feature),
            None => self.rows.remove(&row),
        };
        (row, before)
    }
}

fn sorted(mut features: Vec<Feature>) -> Vec<Feature> {
    features.sort_by(|a, b| a.0.lon.total_cmp(&b.0.lon).then(a.0.lat.total_cmp(&b.0.lat)).then(a.1.cmp(&b.1)));
    features
}

/// Refuses what is not the same.
fn hold(what: &str, found: Vec<Feature>, expected: Vec<Feature>) {
    let (found, expected) = (sorted(found), sorted(expected));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(&expected) {
        let is_same = (a.0.lon - b.0.lon).abs() < SAME && (a.0.lat - b.0.lat).abs() < SAME && a.1 == b.1;
        assert!(is_same, "{what}: {a:?} is there, {b:?} should be");
    }
}

/// The features of a file, by a reader that is no part of the program.
fn parsed(text: &[u8]) -> Vec<Feature> {
    let all: serde_json::Value = serde_json::from_slice(text).expect("JSON");
    let feature = |feature: &serde_json::Value| {
        let number = |n: usize| feature["geometry"]["coordinates"][n].as_f64().expect("a number");
        (LonLat::new(number(0), number(1)), feature["properties"]["name"].as_str().unwrap_or_default().to_owned())
    };
    all["features"].as_array().expect("a list").iter().map(feature).collect()
}

fn content(session: &Session, key: LayerKey) -> BTreeMap<usize, Feature> {
    let layer = session.layer(key).expect("open").layer();
    let name = layer.attributes.column("name");
    let feature = |row: usize| {
        let at = layer.geometries.positions_of(row)[0];
        let name = name.map(|column| layer.attributes.value(row, column).display().into_owned());
        (row, (at, name.unwrap_or_default()))
    };
    layer.rows().map(feature).collect()
}

/// A window that goes on, and what it should hold.
pub struct HeldWindow<'a> {
    folder: PathBuf,
    window: Window,
    key: LayerKey,
    model: Model,
    frames: &'a mut Frames,
    dice: &'a mut Dice,
    /// Features in the beginning.
    begun: usize,
    made: usize,
}

impl<'a> HeldWindow<'a> {
    /// A window over a layer of so many points, in a folder of its own.
    pub fn begin(folder: &Path, points: usize, frames: &'a mut Frames, dice: &'a mut Dice) -> Self {
        std::fs::create_dir_all(folder.join("layers")).expect("a folder");
        let collection = |features: &[Feature]| {
            let feature = |(at, name): &Feature| {
                serde_json::json!({"type": "Feature", "properties": {"name": name},
                    "geometry": {"type": "Point", "coordinates": [at.lon, at.lat]}})
                .to_string()
            };
            let all: Vec<String> = features.iter().map(feature).collect();
            format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", all.join(",\n"))
        };
        let mut part = |middle: f64| middle + dice.below(60_000) as f64 / 1e6 - 0.03;
        let features: Vec<Feature> =
            (0..points).map(|n| (LonLat::new(part(FROM.lon), part(FROM.lat)), format!("点{n}"))).collect();
        std::fs::write(folder.join("layers/points.geojson"), collection(&features)).expect("writable");
        std::fs::write(folder.join("layers/from.geojson"), collection(&[(FROM, String::new())])).expect("writable");
        let mut held = Self {
            folder: folder.to_owned(),
            window: fresh(folder, true),
            key: LayerKey::default(),
            model: Model { file: features, ..Model::default() },
            frames,
            dice,
            begun: points,
            made: 0,
        };
        held.start();
        hold("what was read", held.rows(), held.model.file.clone());
        held
    }

    fn path(&self) -> PathBuf {
        self.folder.join("layers/points.geojson")
    }

    fn session(&self) -> &Session {
        self.window.state().workbench().session()
    }

    fn execute(&mut self, command: Command) {
        self.window.state_mut().workbench_mut().session_mut().execute(command);
        self.settle();
    }

    fn rows(&self) -> Vec<Feature> {
        self.model.rows.values().cloned().collect()
    }

    /// The layers are open, the points are looked at and may be edited.
    fn start(&mut self) {
        self.settle();
        let of = |held: &Self, name: &str| {
            let layers = held.session().layers().iter().filter(|open| open.layer().source.file_name == name);
            layers.map(|open| open.key).collect::<Vec<_>>()
        };
        assert_eq!((of(self, "points.geojson").len(), of(self, "from.geojson").len()), (1, 1));
        self.key = of(self, "points.geojson")[0];
        self.execute(Command::SetEditable(self.key, true));
        self.model.rows = content(self.session(), self.key);
        (self.model.undo, self.model.redo) = (Vec::new(), Vec::new());
    }

    fn frame(&mut self) {
        self.frames.step(&mut self.window);
    }

    fn settle(&mut self) {
        self.frames.settle(&mut self.window);
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn pointer(&mut self, at: Pos2, pressed: Option<bool>) {
        let button = PointerButton::Primary;
        self.window.event(match pressed {
            Some(pressed) => Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE },
            None => Event::PointerMoved(at),
        });
        self.frame();
    }

    /// A click, far enough in time from the one before it to be no double click.
    fn tap(&mut self, at: Pos2) {
        for _ in 0..30 {
            self.frame();
        }
        self.pointer(at, None);
        self.pointer(at, Some(true));
        self.pointer(at, Some(false));
        self.settle();
    }

    /// Looks at the points.
    fn look(&mut self) {
        let label = self.session().layer(self.key).expect("open").layer().name.clone();
        let place = {
            let found: Vec<Rect> = self.window.query_all_by_label(&label).map(|n| n.rect()).collect();
            *found.first().expect("in the list")
        };
        self.tap(place.center());
        self.keys(Modifiers::NONE, Key::V);
    }

    /// The part of the map that nothing covers.
    fn map(&self) -> Rect {
        let map = self.window.get_by_label("Map").rect();
        Rect::from_min_max(map.min + map.size() * 0.3, map.min + map.size() * 0.7)
    }

    fn place(&mut self) -> Pos2 {
        let map = self.map();
        let (x, y) = (self.dice.below(1_000) as f32 / 1e3, self.dice.below(1_000) as f32 / 1e3);
        pos2(map.min.x + map.width() * x, map.min.y + map.height() * y)
    }

    /// Where features stand on the screen.
    fn on_screen(&self) -> Vec<(usize, Pos2)> {
        let map = self.window.state().workbench().map();
        let own = self.model.rows.iter().map(|(row, feature)| (*row, map.screen_from_world(feature.0)));
        own.chain([(usize::MAX, map.screen_from_world(FROM))]).collect()
    }

    /// A feature within the map that stands by itself.
    fn alone(&mut self) -> Option<(usize, Pos2)> {
        let (map, all) = (self.map(), self.on_screen());
        let inside: Vec<_> = all.iter().filter(|(row, at)| *row != usize::MAX && map.contains(*at)).collect();
        for _ in 0..20 {
            let (row, at) = **inside.get(self.dice.below(inside.len()))?;
            if all.iter().all(|(other, there)| *other == row || there.distance(at) > 2.0 * SNAPS) {
                return Some((row, at));
            }
        }
        None
    }

    /// Selects a feature by a click: what an answer draws over it may be meant too.
    fn select(&mut self, row: usize, at: Pos2) -> bool {
        self.tap(at);
        let lead = self.window.state().workbench().selection().lead();
        lead.is_some_and(|hit| (hit.key, hit.row) == (self.key, row))
    }

    /// The feature's new place is where it was let go, or at what is near to that.
    fn placed(&self, row: usize, at: Pos2) -> LonLat {
        let (map, layer) =
            (self.window.state().workbench().map(), self.session().layer(self.key).expect("open").layer());
        let placed = layer.geometries.positions_of(row)[0];
        let off = map.screen_from_world(placed).distance(at);
        assert!(off < SNAPS, "{off} beside the click");
        let snapped = |(_, there): &(usize, Pos2)| there.distance(map.screen_from_world(placed)) < 0.1;
        assert!(off < 1.5 || self.on_screen().iter().any(snapped), "{off} beside the click, and at nothing");
        placed
    }

    /// An edit was made: one step that can be taken back, which leaves this in a row.
    fn edited(&mut self, what: &str, steps: usize, row: usize, feature: Option<Feature>) {
        assert_eq!(self.steps(), steps + 1, "{what}: one step; told: {:?}", self.window.state().workbench().error());
        let back = self.model.put((row, feature));
        self.model.undo.push(back);
        self.model.redo.clear();
    }

    fn steps(&self) -> usize {
        self.session().history().0.count()
    }

    /// One step, at random; what it was.
    pub fn step(&mut self) -> &'static str {
        self.frames.doing.clear();
        let what = self.any_step();
        self.frames.name(format!("{what} ({} points)", self.begun));
        self.settle();
        self.check();
        what
    }

    fn any_step(&mut self) -> &'static str {
        let steps = self.steps();
        match self.dice.below(36) {
            0..=7 if self.model.rows.len() < self.begun + MORE => {
                self.look();
                self.keys(Modifiers::NONE, Key::Num1);
                let (at, row) = (self.place(), self.session().layer(self.key).expect("open").layer().len());
                self.tap(at);
                let drawn = (self.placed(row, at), String::new());
                self.edited("draw", steps, row, Some(drawn));
                self.keys(Modifiers::NONE, Key::Escape);
                "draw"
            }
            8..=11 => {
                self.look();
                let Some((row, at)) = self.alone() else { return "move nothing" };
                self.keys(Modifiers::NONE, Key::M);
                if !self.select(row, at) {
                    return "select something else";
                }
                let to = self.place();
                self.pointer(at, None);
                self.pointer(at, Some(true));
                for n in 1..=4 {
                    self.pointer(at + (to - at) * (n as f32 / 4.0), None);
                }
                self.pointer(to, Some(false));
                self.settle();
                let placed = self.placed(row, to);
                if self.steps() == steps && placed == self.model.rows[&row].0 {
                    return "move nowhere";
                }
                let name = self.model.rows[&row].1.clone();
                self.edited("move", steps, row, Some((placed, name)));
                self.keys(Modifiers::NONE, Key::V);
                "move"
            }
            12 | 13 => {
                self.look();
                let Some((row, at)) = self.alone() else { return "delete nothing" };
                if !self.select(row, at) {
                    return "select something else";
                }
                self.keys(Modifiers::NONE, Key::Delete);
                self.edited("delete", steps, row, None);
                "delete"
            }
            14 | 15 => {
                let of: Vec<usize> = self.model.rows.keys().copied().collect();
                let row = self.dice.of(&of);
                self.made += 1;
                let name = format!("名{}号", self.made);
                let named = (self.model.rows[&row].0, name.clone());
                self.execute(Command::SetProperty(self.key, row, "name".to_owned(), name));
                self.edited("name", steps, row, Some(named));
                "name"
            }
            16..=19 => {
                let earlier = self.model.undo.pop();
                self.keys(Modifiers::COMMAND, Key::Z);
                if let Some(earlier) = earlier {
                    let again = self.model.put(earlier);
                    self.model.redo.push(again);
                }
                "take back"
            }
            20..=22 => {
                let later = self.model.redo.pop();
                self.keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
                if let Some(later) = later {
                    let back = self.model.put(later);
                    self.model.undo.push(back);
                }
                "make again"
            }
            23..=25 => self.ask(),
            26..=28 => self.save(),
            29 => self.save_project(),
            30 | 31 => {
                let at = self.place();
                self.pointer(at, None);
                let modifiers = Modifiers::COMMAND;
                self.window.event(Event::Zoom(if self.dice.below(2) == 0 { 1.5 } else { 0.75 }));
                self.settle();
                if self.dice.below(2) == 0 {
                    self.keys(modifiers, Key::Num0);
                }
                "zoom"
            }
            32..=34 => self.recover(),
            _ => "rest",
        }
    }

    /// A question, held to distances worked out one by one.
    fn ask(&mut self) -> &'static str {
        let from = self.session().layers().iter().find(|open| open.key != self.key).map(|open| open.key);
        let operands = Operands { subject: self.key, reference: from, ..Operands::default() };
        self.execute(Command::Ask(Question::Within { distance_m: DISTANCE_M, side: Side::Within }, operands));
        let distances: Vec<f64> = self.model.rows.values().map(|(at, _)| karney(*at, FROM)).collect();
        if distances.iter().all(|d| (d - DISTANCE_M).abs() > 1e-3) {
            let near = distances.iter().filter(|d| **d < DISTANCE_M).count();
            let answers = self.session().answers();
            assert_eq!((answers.len(), answers[0].answer.summary.matched), (1, near));
        }
        "ask"
    }

    fn save(&mut self) -> &'static str {
        self.look();
        self.keys(Modifiers::COMMAND, Key::S);
        assert!(!self.session().layer(self.key).expect("open").is_unsaved(), "saved");
        self.model.file = parsed(&std::fs::read(self.path()).expect("written"));
        hold("the file", self.model.file.clone(), self.rows());
        "save"
    }

    fn save_project(&mut self) -> &'static str {
        let path = self.folder.join("p.shanshui.json");
        self.execute(Command::SaveProject(path.clone(), ProjectView { center: FROM, scale: 3_000.0 }));
        assert!(!self.session().is_project_unsaved());
        assert_eq!(Project::read(&path).expect("readable").layers.len(), 2);
        "save the project"
    }

    /// The window ends without a word; what stood there is in the next, which was offered it.
    fn recover(&mut self) -> &'static str {
        self.window.state_mut().workbench_mut().session_mut().journal_mut().sync();
        let is_unsaved = self.session().layer(self.key).expect("open").is_unsaved();
        let expected = self.rows();
        // The old one goes first: its journal is held while it lives.
        self.window = window(WindowOptions::default(), [64.0, 64.0], false);
        let opens = !is_unsaved || self.dice.below(2) == 0;
        self.window = fresh(&self.folder, opens);
        self.settle();
        let place = {
            let found: Vec<Rect> = self.window.query_all_by_label("Recover").map(|n| n.rect()).collect();
            found.first().copied()
        };
        // A step that was taken back leaves nothing to be taken up.
        let is_as_saved = sorted(expected.clone()) == sorted(self.model.file.clone());
        assert!(place.is_some() || !is_unsaved || is_as_saved, "nothing is offered");
        if let Some(place) = place {
            self.tap(place.center());
        }
        self.open_what_is_missing();
        self.start();
        hold("what was recovered", self.rows(), expected);
        "recover"
    }

    /// A layer without edits is in no journal.
    fn open_what_is_missing(&mut self) {
        for name in ["points.geojson", "from.geojson"] {
            if !self.session().layers().iter().any(|open| open.layer().source.file_name == name) {
                self.execute(Command::Open(vec![self.folder.join("layers").join(name)], None));
            }
        }
    }

    /// Holds after every step.
    fn check(&self) {
        let open = self.session().layer(self.key).expect("open");
        hold("the layer", content(self.session(), self.key).into_values().collect(), self.rows());
        if !open.is_unsaved() {
            hold("what is not told as unsaved", self.rows(), self.model.file.clone());
        }
        assert_eq!(self.session().layers().len(), 2);
        assert_eq!(self.window.state().workbench().error(), None);
    }
}

fn fresh(folder: &Path, opens: bool) -> Window {
    let options = WindowOptions {
        paths: if opens { vec![folder.join("layers")] } else { Vec::new() },
        lang: Some(Lang::En),
        journals: Some(folder.join("journal")),
        settings: Some(folder.join("settings")),
        ..WindowOptions::default()
    };
    window(options, [1280.0, 800.0], false)
}

/// The short form: the same steps at every run. The long one is among `a_window_goes_on_and_on`.
pub fn a_window_is_held_to_a_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut frames, mut dice) = (Frames::default(), Dice(1));
    let mut held = HeldWindow::begin(folder.path(), 50, &mut frames, &mut dice);
    let mut done = BTreeMap::new();
    for _ in 0..80 {
        *done.entry(held.step()).or_insert(0) += 1;
    }
    println!("{done:?}");
    for what in ["draw", "move", "delete", "name", "take back", "make again", "ask", "save", "recover"] {
        assert!(done.contains_key(what), "no {what}: {done:?}");
    }
}
