//! A session that goes on and on: it draws, moves, deletes, renames, undoes, asks, saves, reloads, packs and ends at random,
//! and is held to a model kept beside it after every step. Its memory does not grow.
//!
//! `SHANSHUI_SOAK=3600 cargo test --release --test soak -- --nocapture` goes on for an hour; some hundred steps without. A run is
//! repeated with its seed, which is told (`SHANSHUI_SOAK_SEED`).

mod common;

use common::{finish, karney, memory};
use shanshui::geodesy::LonLat;
use shanshui::io::geojson::write_layer;
use shanshui::io::{ReadOptions, SaveCause};
use shanshui::model::{Geometry, GeometryKind};
use shanshui::progress::Progress;
use shanshui::query::{Question, Side};
use shanshui::session::journal::left_in;
use shanshui::session::project::{Project, ProjectView};
use shanshui::session::{Command, EditKind, Event, Key, Limits, Operands, Session, unpack};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A sequence that looks random and is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }
}

/// A point in steps of 1e-5 degrees, and its name.
type Feature = (i64, i64, String);

fn position(feature: &Feature) -> LonLat {
    LonLat::new(feature.0 as f64 / 1e5, feature.1 as f64 / 1e5)
}

/// What the layer holds, by row; and what it held before each step that can be taken back or made again.
#[derive(Default)]
struct Model {
    rows: BTreeMap<usize, Feature>,
    undo: Vec<BTreeMap<usize, Feature>>,
    redo: Vec<BTreeMap<usize, Feature>>,
    /// What the file holds, in order.
    file: Vec<Feature>,
}

impl Model {
    fn features(&self) -> Vec<Feature> {
        sorted(self.rows.values().cloned().collect())
    }
}

fn sorted(mut features: Vec<Feature>) -> Vec<Feature> {
    features.sort();
    features
}

/// The features of a text.
fn parsed(text: &[u8]) -> Vec<Feature> {
    let all: serde_json::Value = serde_json::from_slice(text).expect("JSON");
    let feature = |feature: &serde_json::Value| {
        let number =
            |n: usize| (feature["geometry"]["coordinates"][n].as_f64().expect("a number") * 1e5).round() as i64;
        (number(0), number(1), feature["properties"]["name"].as_str().unwrap_or_default().to_owned())
    };
    all["features"].as_array().expect("a list").iter().map(feature).collect()
}

const VIEW: ProjectView = ProjectView { center: LonLat { lon: 121.4, lat: 31.4 }, scale: 3_000.0 };
/// The one point that distances are asked to, and the distance; metres.
const REFERENCE: Feature = (12_140_000, 3_140_000, String::new());
const DISTANCE_M: f64 = 2_000.0;
/// A session ends after so many steps at most: what can be taken back is kept, and has its memory.
const STEPS: usize = 300;
/// The layer is held to about so many features.
const FEATURES: usize = 300;
/// Between sessions the program may hold so much more than it did after the first few; bytes.
const GROWTH: u64 = 16 << 20;
/// Sessions after which memory is measured first.
const WARM: usize = 3;

fn point(feature: &Feature) -> Geometry {
    Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![position(feature)]]] }
}

/// A session that goes on, and what it should hold.
struct Soak {
    folder: PathBuf,
    session: Session,
    key: Key,
    model: Model,
    dice: Dice,
    /// For names: no two are the same.
    made: usize,
}

impl Soak {
    fn begin(folder: &Path, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let collection = |features: &[Feature]| {
            let feature = |f: &Feature| {
                let at = [f.0 as f64 / 1e5, f.1 as f64 / 1e5];
                serde_json::json!({"type": "Feature", "properties": {"name": f.2},
                    "geometry": {"type": "Point", "coordinates": at}})
                .to_string()
            };
            let all: Vec<String> = features.iter().map(feature).collect();
            format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", all.join(",\n"))
        };
        let features: Vec<Feature> = (0..50).map(|n| made_up(&mut dice, format!("点{n}"))).collect();
        std::fs::write(folder.join("points.geojson"), collection(&features)).expect("writable");
        std::fs::write(folder.join("from.geojson"), collection(&[REFERENCE])).expect("writable");
        let session = Session::new(ReadOptions::default(), Arc::new(|| {}));
        let model = Model { file: features, ..Model::default() };
        let mut soak = Self { folder: folder.to_owned(), session, key: Key::default(), model, dice, made: 0 };
        soak.start();
        soak
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A new session takes up what the last one left, or opens the file.
    fn start(&mut self) {
        self.session = Session::new(ReadOptions::default(), Arc::new(|| {}));
        let left = left_in(&self.path("journal"));
        self.session.keep_journal(self.path("journal"));
        assert!(left.iter().all(|left| left.is_whole()) && left.len() <= 1, "{left:?}");
        for left in left {
            self.session.execute(Command::Recover(Box::new(left)));
        }
        self.settled();
        if self.session.layers().is_empty() {
            self.session.execute(Command::Open(vec![self.path("points.geojson")], None));
            self.settled();
        }
        // What was set of the other file is taken up with that file.
        let of = |soak: &Self, file: &str| {
            let layers = soak.session.layers().iter();
            layers.filter(|open| open.layer().source.file_name == file).map(|open| open.key).collect::<Vec<_>>()
        };
        let points = of(self, "points.geojson");
        assert_eq!(points.len(), 1);
        self.key = points[0];
        self.session.execute(Command::SetEditable(self.key, true));
        if of(self, "from.geojson").is_empty() {
            self.session.execute(Command::Open(vec![self.path("from.geojson")], None));
            self.settled();
        }
        assert_eq!((self.session.layers().len(), of(self, "from.geojson").len()), (2, 1));
        self.session.journal_mut().sync();
        self.take_rows();
        (self.model.undo, self.model.redo) = (Vec::new(), Vec::new());
    }

    /// Takes over the numbers that rows have in a layer just read; they stand for nothing by themselves.
    fn take_rows(&mut self) {
        let layer = self.session.layer(self.key).expect("open").layer();
        let feature = |row: usize| {
            let at = layer.geometries.geometry(row).expect("a point").parts[0][0][0];
            let name = layer.attributes.get(row, "name").display().into_owned();
            (row, ((at.lon * 1e5).round() as i64, (at.lat * 1e5).round() as i64, name))
        };
        self.model.rows = layer.rows().map(feature).collect();
    }

    /// Waits for jobs; none of them failed.
    fn settled(&mut self) -> Vec<Event> {
        let events = finish(&mut self.session);
        let is_bad =
            |event: &Event| event.is_failure() || matches!(event, Event::JournalFailed(_) | Event::ReadFailed(_));
        assert!(!events.iter().any(is_bad), "{events:?}");
        events
    }

    fn content(&self) -> Vec<Feature> {
        content(&self.session, self.key)
    }

    /// A row that is there.
    fn row(&mut self) -> Option<usize> {
        let n = self.dice.below(self.model.rows.len());
        self.model.rows.keys().nth(n).copied()
    }

    /// Carries out an edit, which leaves these rows; it is one step that can be taken back.
    fn edit(&mut self, command: Command, rows: BTreeMap<usize, Feature>) {
        let before = self.session.history().0.count();
        self.session.execute(command);
        self.settled();
        assert_eq!(self.session.history().0.count(), before + 1);
        let earlier = std::mem::replace(&mut self.model.rows, rows);
        self.model.undo.push(earlier);
        self.model.redo.clear();
    }

    /// One step, at random; what it was.
    fn step(&mut self) -> &'static str {
        let key = self.key;
        let row = self.row();
        let is_full = self.model.rows.len() >= FEATURES;
        match (self.dice.below(40), row) {
            (0..=9, _) if !is_full => {
                // What is drawn has no name.
                let feature = made_up(&mut self.dice, String::new());
                let row = self.session.layer(key).expect("open").layer().len();
                let mut rows = self.model.rows.clone();
                let command = Command::Draw(Some(key), Box::new(point(&feature)), String::new());
                rows.insert(row, feature);
                self.edit(command, rows);
                "draw"
            }
            (10..=14, Some(row)) => {
                let name = self.model.rows[&row].2.clone();
                let feature = made_up(&mut self.dice, name);
                let command = Command::Reshape(key, vec![(row, point(&feature))], EditKind::Move);
                let mut rows = self.model.rows.clone();
                rows.insert(row, feature);
                self.edit(command, rows);
                "move"
            }
            (15..=17, Some(row)) => {
                self.made += 1;
                let name = format!("名{}号", self.made);
                let mut rows = self.model.rows.clone();
                rows.entry(row).and_modify(|feature| feature.2.clone_from(&name));
                self.edit(Command::SetProperty(key, row, "name".to_owned(), name), rows);
                "rename"
            }
            (0..=9 | 18..=20, Some(row)) => {
                let mut rows = self.model.rows.clone();
                rows.remove(&row);
                self.edit(Command::Delete(key, vec![row]), rows);
                "delete"
            }
            (21..=25, _) => {
                if let Some(earlier) = self.model.undo.pop() {
                    self.session.execute(Command::Undo);
                    self.settled();
                    let now = std::mem::replace(&mut self.model.rows, earlier);
                    self.model.redo.push(now);
                }
                "undo"
            }
            (26..=28, _) => {
                if let Some(later) = self.model.redo.pop() {
                    self.session.execute(Command::Redo);
                    self.settled();
                    let now = std::mem::replace(&mut self.model.rows, later);
                    self.model.undo.push(now);
                }
                "redo"
            }
            (29..=31, _) => self.ask(),
            (32 | 33, _) => self.save(),
            (34, _) => self.reload(),
            (35, _) => self.save_project(),
            (36, _) => self.pack(),
            (37 | 38, _) => self.replay(),
            _ => "rest",
        }
    }

    /// A question, held to distances worked out one by one.
    fn ask(&mut self) -> &'static str {
        let reference = self.session.layers().iter().find(|layer| layer.key != self.key).map(|layer| layer.key);
        let operands = Operands { subject: self.key, reference, ..Operands::default() };
        self.session.execute(Command::Ask(Question::Within { distance_m: DISTANCE_M, side: Side::Within }, operands));
        let events = self.settled();
        if self.model.rows.is_empty() {
            return "ask nothing";
        }
        assert!(events.iter().any(|event| matches!(event, Event::Answered(_))), "{events:?}");
        assert_eq!(self.session.answers().len(), 1, "asked again, it takes the place of the one before");
        let from = position(&REFERENCE);
        let distances: Vec<f64> = self.model.rows.values().map(|f| karney(position(f), from)).collect();
        if distances.iter().all(|d| (d - DISTANCE_M).abs() > 1e-3) {
            let near = distances.iter().filter(|d| **d < DISTANCE_M).count();
            assert_eq!(self.session.answers()[0].answer.summary.matched, near);
        }
        "ask"
    }

    fn save(&mut self) -> &'static str {
        let path = self.path("points.geojson");
        let save = |over| Command::Save { layer: self.key, path: path.clone(), over };
        let commands = [save(false), save(true)];
        let [first, second] = commands;
        self.session.execute(first);
        let events = finish(&mut self.session);
        // A reloading that was taken back has the stamp of an older file.
        let is_overtaken = |e: &Event| matches!(e, Event::SaveFailed(_, e) if e.cause == SaveCause::ChangedOnDisk);
        if events.iter().any(is_overtaken) {
            self.session.execute(second);
            self.settled();
        } else {
            assert!(events.iter().any(|event| matches!(event, Event::Saved(..))), "{events:?}");
        }
        assert!(!self.session.layer(self.key).expect("open").is_unsaved());
        self.model.file = parsed(&std::fs::read(&path).expect("written"));
        assert_eq!(sorted(self.model.file.clone()), self.model.features());
        "save"
    }

    fn reload(&mut self) -> &'static str {
        let before = self.session.history().0.count();
        self.session.execute(Command::Reload(self.key));
        self.settled();
        assert_eq!(self.session.history().0.count(), before + 1);
        let earlier = self.model.rows.clone();
        self.take_rows();
        self.model.undo.push(earlier);
        self.model.redo.clear();
        assert_eq!(self.model.features(), sorted(self.model.file.clone()));
        "reload"
    }

    fn save_project(&mut self) -> &'static str {
        let path = self.path("p.shanshui.json");
        self.session.execute(Command::SaveProject(path.clone(), VIEW));
        let events = self.settled();
        assert!(events.iter().any(|event| matches!(event, Event::ProjectSaved(_))), "{events:?}");
        assert!(!self.session.is_project_unsaved());
        assert_eq!(Project::read(&path).expect("readable").layers.len(), 2);
        "save the project"
    }

    /// What is packed is what is open.
    fn pack(&mut self) -> &'static str {
        let path = self.path("x.shanshui.zip");
        self.session.execute(Command::Pack(path.clone(), VIEW));
        let events = self.settled();
        assert!(events.iter().any(|event| matches!(event, Event::Packed(_))), "{events:?}");
        let project = unpack(&path, &Limits::default(), &Progress::default()).expect("what was packed");
        let mut other = Session::new(ReadOptions::default(), Arc::new(|| {}));
        other.execute(Command::OpenProject(project.clone()));
        finish(&mut other);
        let layer = other.layers().iter().find(|layer| layer.layer().name == self.name()).expect("packed");
        assert_eq!(content(&other, layer.key), self.model.features());
        std::fs::remove_dir_all(project.parent().expect("a folder of its own")).expect("there");
        "pack"
    }

    fn name(&self) -> String {
        self.session.layer(self.key).expect("open").layer().name.clone()
    }

    /// True where the file was written after what stands here was read: a reloading was taken back.
    fn is_overtaken(&self) -> bool {
        self.session.layer(self.key).expect("open").is_overtaken()
    }

    /// The journal as it stands on the disk gives another session what stands here.
    fn replay(&mut self) -> &'static str {
        if self.is_overtaken() {
            // Its rows are those of a file that is no more: they would stand in a layer of their own.
            return "replay nothing";
        }
        self.session.journal_mut().sync();
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(self.path("journal")).into_iter().flatten() {
            let entry = entry.expect("an entry");
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("writable");
        }
        let left = left_in(copy.path());
        assert!(left.iter().all(|left| left.is_whole()) && left.len() <= 1, "{left:?}");
        match left.into_iter().next() {
            // Everything is in the file.
            None => assert_eq!(sorted(self.model.file.clone()), self.model.features()),
            Some(left) => {
                let mut other = Session::new(ReadOptions::default(), Arc::new(|| {}));
                other.execute(Command::Recover(Box::new(left)));
                finish(&mut other);
                assert_eq!(content(&other, other.layers()[0].key), self.model.features());
            }
        }
        "replay"
    }

    /// The session ends: with everything saved, or with its journal.
    fn end(&mut self) {
        let is_unsaved = self.session.unsaved().next().is_some();
        if self.is_overtaken() || (is_unsaved && self.dice.below(2) == 0) {
            self.save();
        }
        let is_unsaved = self.session.unsaved().next().is_some();
        match is_unsaved {
            true => self.session.journal_mut().flush(),
            false => self.session.journal_mut().discard(),
        }
        let expected = self.model.features();
        self.start();
        assert_eq!(self.content(), expected, "the next session");
    }

    /// Holds after every step.
    fn check(&self) {
        let open = self.session.layer(self.key).expect("open");
        let features = self.model.features();
        assert_eq!(open.layer().feature_count(), features.len());
        assert_eq!(self.content(), features);
        let is_told = open.is_unsaved() || open.is_overtaken();
        assert!(is_told || features == sorted(self.model.file.clone()), "an edit that would not be saved");
        assert!(self.session.jobs().is_empty());
        assert_eq!(self.session.layers().len(), 2);
    }
}

fn made_up(dice: &mut Dice, name: String) -> Feature {
    (12_137_000 + dice.below(6_000) as i64, 3_137_000 + dice.below(6_000) as i64, name)
}

fn content(session: &Session, key: Key) -> Vec<Feature> {
    let mut text = Vec::new();
    write_layer(session.layer(key).expect("open").layer(), &mut text).expect("in memory");
    sorted(parsed(&text))
}

/// The short form takes so many steps, whatever the machine: more or fewer by the clock would be another run.
const SHORT: usize = 1_000;

#[test]
fn a_session_goes_on_and_on() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = Duration::from_secs(number("SHANSHUI_SOAK").unwrap_or(4));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |now| now.as_secs());
    // The short form is the same at every run.
    let seed = number("SHANSHUI_SOAK_SEED").unwrap_or(if time > Duration::from_secs(60) { now } else { 1 });
    println!("seed {seed}, {} s", time.as_secs());
    let folder = tempfile::tempdir().expect("a folder");
    let mut soak = Soak::begin(folder.path(), seed);
    let (start, mut steps, mut sessions) = (Instant::now(), 0_usize, 1_usize);
    let (mut first, mut most) = (None, 0);
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let goes_on = |steps: usize| match number("SHANSHUI_SOAK") {
        Some(_) => start.elapsed() < time,
        None => steps < SHORT,
    };
    while goes_on(steps) {
        for _ in 0..soak.dice.below(STEPS) + 1 {
            let what = soak.step();
            *done.entry(what).or_default() += 1;
            steps += 1;
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| soak.check())).is_err() {
                panic!("seed {seed}, step {steps}: {what}");
            }
            if !goes_on(steps) {
                break;
            }
        }
        soak.end();
        soak.check();
        sessions += 1;
        // No temporary file, no second journal, nothing unpacked is left.
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| {
                !["points.geojson", "from.geojson", "p.shanshui.json", "x.shanshui.zip", "journal"].contains(&&**name)
            })
            .collect();
        assert!(names.is_empty(), "seed {seed}, step {steps}: {names:?}");
        let journals = std::fs::read_dir(soak.path("journal")).map_or(0, Iterator::count);
        assert!(journals <= 1, "seed {seed}, step {steps}: {journals} journals");
        if sessions > WARM
            && let Some(memory) = memory::held()
        {
            let first = *first.get_or_insert(memory);
            most = most.max(memory.saturating_sub(first));
            assert!(memory < first + GROWTH, "seed {seed}, step {steps}: {first} bytes of memory became {memory}");
        }
    }
    match memory::held() {
        Some(_) => println!("memory grew by {} MiB at most", most >> 20),
        None => println!("this system does not tell how much memory a process has: that was not looked at"),
    }
    println!("{steps} steps, {sessions} sessions: {done:?}");
    assert!(steps > 10);
}
