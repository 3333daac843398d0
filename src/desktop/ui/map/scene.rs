//! Draw lists of what is open: built on background threads, kept until something they show changes.

use super::builder::{Told, lists_of, run};
use super::camera::Camera;
use super::detail::Detail;
use super::draw_list::DrawList;
use super::hexes::Hexes;
pub use super::shown::{Shown, Strength, place_of_zones, shown};
use super::sketch::sketch;
use super::style::{Emphasis, Styler};
use super::tessellate::{Drawn, SLICE_ELEMENTS, tessellate_edited};
use crate::model::{Layer, LayerStyle, Role};
use crate::session::{Key, Wake};
use eframe::egui::Rect;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

/// Everything a draw list depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    key: Key,
    /// The rows that were edited, or the others.
    pub(super) edited: bool,
    layer: u64,
    role: Option<Role>,
    emphasis: Emphasis,
    dark: bool,
    style: StyleKey,
    /// The rows that are shown, where not all are.
    only: Option<u64>,
    seed: usize,
}

/// A style by how it draws: another opacity, other labels and scales need no other lists.
#[derive(Clone, Debug)]
struct StyleKey(Arc<LayerStyle>);

impl PartialEq for StyleKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.by == other.0.by
    }
}

impl Eq for StyleKey {}

impl std::hash::Hash for StyleKey {
    // Looks of one layer in two styles are few: its key and state tell them apart well enough.
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Look {
    /// Of one thing shown: what is as it was read, and what was edited over it.
    fn of(what: &Shown, dark: bool) -> impl Iterator<Item = Self> {
        let Shown { key, role, emphasis, ref indexed, ref style, ref only, .. } = *what;
        let style = StyleKey(Arc::clone(style));
        let only = only.as_ref().map(|only| only.id);
        let read = Self {
            key,
            edited: false,
            layer: indexed.settled_id(),
            role,
            emphasis,
            dark,
            style,
            only,
            seed: what.seed(),
        };
        let edited = (indexed.layer().edits.recent_count() > 0).then(|| Self {
            edited: true,
            layer: indexed.id(),
            ..read.clone()
        });
        std::iter::once(read).chain(edited)
    }

    /// Where on the map it stands: an answer and its zone share a key, and so do a layer and what is chosen of it.
    fn place(&self) -> Place {
        (self.key, self.edited, (!self.emphasis.is_pointed_at()).then_some(self.emphasis))
    }

    /// The other rows of the same thing: those edited, or those that are as they were read.
    fn other(&self) -> Self {
        Self { edited: !self.edited, ..self.clone() }
    }

    /// The style for it.
    pub(super) fn styler(&self, layer: &Layer) -> Styler {
        Styler::new(layer, &self.style.0, self.role, self.emphasis, self.dark, self.seed)
    }
}

type Place = (Key, bool, Option<Emphasis>);

/// What was built of one look.
#[derive(Clone)]
struct Built {
    detail: Detail,
    lists: Arc<Vec<Arc<DrawList>>>,
    thinned: Option<(usize, usize)>,
    hexes: Option<Arc<Hexes>>,
}

impl Built {
    fn new(detail: Detail, drawn: Drawn) -> Self {
        let lists = Arc::new(drawn.lists.into_iter().map(Arc::new).collect::<Vec<_>>());
        Self { detail, lists, thinned: drawn.thinned, hexes: drawn.hexes }
    }
}

/// Edited rows of at most so many positions are put into lists at once.
const EDITED_AT_ONCE: usize = 20_000;

/// Positions of a layer's recent rows.
fn edited_positions(layer: &Layer) -> usize {
    layer.edits.recent().map(|row| layer.geometries.positions_of(row).len()).sum()
}

/// A look with the detail it is wanted in.
pub(super) struct Order {
    pub(super) look: Look,
    pub(super) detail: Detail,
    pub(super) what: Shown,
}

/// One look: what there is of it, and what is on the way.
#[derive(Default)]
struct Entry {
    built: Option<Built>,
    /// What takes its place once the GPU has it, and how many of its lists it has.
    coming: Option<(Built, usize)>,
    ordered: Option<Detail>,
}

/// Elements of lists that are handed to the GPU in one frame, about: some four megabytes.
const ELEMENTS_A_FRAME: usize = 3 * SLICE_ELEMENTS;

/// As many as that many quick frames a frame hands over at most: some hundred megabytes.
const MOST_FRAMES: f64 = 24.0;

/// What a frame draws, from the bottom to the top, and what is handed to the GPU for a later one.
#[derive(Default)]
pub struct Lists {
    /// Drawn, each with its share of ink.
    pub drawn: Vec<(Arc<DrawList>, Strength)>,
    /// Not yet.
    pub coming: Vec<Arc<DrawList>>,
}

/// The draw lists that are ready, and those on the way.
pub struct Scene {
    entries: HashMap<Look, Entry>,
    latest: HashMap<Place, Built>,
    wanted: Sender<Order>,
    finished: Receiver<Told>,
    is_ready: bool,
    is_shown: bool,
    thinned: Option<(usize, usize)>,
    /// What of what is drawn is counted in hexagons.
    hexes: Vec<(Key, Arc<Hexes>)>,
    /// True where nobody looks.
    is_asleep: bool,
    /// When the last frame was put together.
    last_frame: Option<Instant>,
    /// Layers that could not be drawn, until that is told.
    failed: Vec<String>,
    wake: Wake,
}

impl Scene {
    /// Nothing yet; `wake` is called when a list is ready.
    ///
    /// Lists are built one after another on a thread of their own, so that a question that keeps every core busy
    /// does not hold the map back. An order that another for the same look follows is passed over.
    pub fn new(wake: Wake) -> Self {
        Self::building(wake, lists_of)
    }

    /// The same, whose lists are built by `build`.
    fn building(wake: Wake, build: impl Fn(&Order) -> Drawn + Send + 'static) -> Self {
        let again = Arc::clone(&wake);
        let (wanted, orders) = channel::<Order>();
        let (sender, finished) = channel();
        std::thread::spawn(move || {
            let tell = |told| {
                let is_heard = sender.send(told).is_ok();
                wake();
                is_heard
            };
            run(&orders, tell, build);
        });
        Self {
            entries: HashMap::new(),
            latest: HashMap::new(),
            wanted,
            finished,
            is_ready: true,
            is_shown: true,
            thinned: None,
            hexes: Vec::new(),
            is_asleep: false,
            last_frame: None,
            failed: Vec::new(),
            wake: again,
        }
    }

    /// From here on nothing is built or drawn: nobody looks at the map.
    pub fn sleep(&mut self) {
        self.is_asleep = true;
    }

    /// True where nobody looks at the map.
    pub fn is_asleep(&self) -> bool {
        self.is_asleep
    }

    /// True where everything asked for last is there in the detail it is wanted in.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// True where everything asked for last is drawn, in whatever detail.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Marks drawn of how many in sight, where some stand for others.
    pub fn thinned(&self) -> Option<(usize, usize)> {
        self.thinned
    }

    /// Layers and answers whose points the last frame counted in hexagons.
    pub fn hexes(&self) -> &[(Key, Arc<Hexes>)] {
        &self.hexes
    }

    /// The names of layers that could not be drawn since this was asked last.
    pub fn take_failed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.failed)
    }

    /// How many elements a frame hands over: more where frames take long anyway, so that what is ready waits for few of them.
    fn room(&mut self) -> usize {
        let now = Instant::now();
        let frames = self.last_frame.replace(now).map_or(1.0, |last| (now - last).as_secs_f64() * 60.0);
        (ELEMENTS_A_FRAME as f64 * frames.clamp(1.0, MOST_FRAMES)) as usize
    }

    /// The lists of what is shown, as far as they are ready; the rest is begun.
    pub fn lists(&mut self, shown: &[Shown], dark: bool, camera: &Camera, view: Rect) -> Lists {
        if self.is_asleep {
            return Lists::default();
        }
        while let Ok(told) = self.finished.try_recv() {
            let (look, detail, drawn) = match told {
                Told::Drawn(look, detail, drawn) => (look, detail, drawn),
                Told::Rows => continue,
                Told::Failed(layer) => {
                    self.failed.push(layer);
                    continue;
                }
            };
            let built = Built::new(detail, drawn);
            let entry = self.entries.entry(look).or_default();
            entry.coming = Some((built, 0));
            entry.ordered = entry.ordered.filter(|ordered| *ordered != detail);
        }
        let looks: Vec<(&Shown, Look)> =
            shown.iter().flat_map(|what| Look::of(what, dark).map(move |look| (what, look))).collect();
        let mut lists = Lists::default();
        let mut room = self.room();
        (self.is_ready, self.is_shown, self.thinned) = (true, true, None);
        self.hexes.clear();
        for (what, look) in &looks {
            let layer = what.indexed.layer();
            let wanted = if look.edited { Detail::WHOLE } else { Detail::wanted(layer, camera, view) };
            let serves = |detail: &Detail| detail.serves(&wanted, camera, view);
            if !look.edited && layer.edits.recent_count() == 0 && !self.entries.contains_key(look) {
                self.take_in_edited(look);
            }
            let entry = self.entries.entry(look.clone()).or_default();
            if look.edited && entry.built.is_none() && edited_positions(layer) <= EDITED_AT_ONCE {
                // What is under the planner's hands is drawn in the frame in which it changes.
                let built = Built::new(wanted, tessellate_edited(layer, &look.styler(layer), &|row| what.shows(row)));
                *entry = Entry { built: Some(built), ..Entry::default() };
            }
            if let Some((built, handed)) = &mut entry.coming {
                // In slices, so that no frame waits for all of it.
                while *handed < built.lists.len() && room > 0 {
                    let next = &built.lists[*handed];
                    room = room.saturating_sub(next.count());
                    lists.coming.push(Arc::clone(next));
                    *handed += 1;
                }
                if *handed == built.lists.len() {
                    entry.built = entry.coming.take().map(|(built, _)| built);
                } else {
                    (self.wake)();
                }
            }
            let is_there = entry.built.as_ref().is_some_and(|built| serves(&built.detail));
            // Names and pointing need the tree of rows, which the map's thread builds after the picture.
            self.is_ready &= is_there && what.indexed.has_rows_at_hand();
            let is_coming = entry.coming.as_ref().is_some_and(|(built, _)| serves(&built.detail));
            if !is_there && !is_coming && !entry.ordered.as_ref().is_some_and(serves) {
                let order = Order { look: look.clone(), detail: wanted, what: (*what).clone() };
                if self.wanted.send(order).is_err() {
                    // The thread ends with the scene; one that is gone before draws nothing any more.
                    self.failed.push(layer.name.clone());
                }
                entry.ordered = Some(wanted);
            }
            // Until what is wanted is ready the last one stays, or a sketch.
            if let Some(built) = &entry.built {
                self.latest.insert(look.place(), built.clone());
            } else if let (false, Some(detail)) = (self.latest.contains_key(&look.place()), wanted.sketch(layer)) {
                let start = Instant::now();
                let drawn = sketch(layer, &look.styler(layer), &detail, &|row| what.shows(row));
                tracing::debug!("a sketch of {} in {:?}", layer.name, start.elapsed());
                self.latest.insert(look.place(), Built::new(detail, drawn));
            }
            let Some(built) = self.latest.get(&look.place()) else {
                self.is_shown = false;
                continue;
            };
            let strength = what.strength(camera);
            lists.drawn.extend(built.lists.iter().map(|list| (Arc::clone(list), strength)));
            self.hexes.extend(built.hexes.iter().map(|hexes| (what.key, Arc::clone(hexes))));
            // What is selected stands in its layer already.
            if let Some((drawn, of)) = built.thinned.filter(|_| look.emphasis.is_pointed_at()) {
                let (all_drawn, all) = self.thinned.unwrap_or_default();
                self.thinned = Some((all_drawn + drawn, all + of));
            }
        }
        // What is no longer shown is forgotten, but for lists still on their way.
        if self.entries.len() > looks.len() + 16 {
            self.entries.retain(|look, entry| {
                entry.ordered.is_some() || entry.coming.is_some() || looks.iter().any(|(_, l)| l == look)
            });
        }
        self.latest.retain(|place, _| looks.iter().any(|(_, look)| look.place() == *place));
        lists
    }

    /// No row is recent any more: settled, or taken back. The last picture of those that were stays with the others' last
    /// until the new one is there.
    fn take_in_edited(&mut self, look: &Look) {
        let edited = self.latest.remove(&look.other().place());
        if let (Some(edited), Some(last)) = (edited, self.latest.get_mut(&look.place())) {
            last.lists = Arc::new(last.lists.iter().chain(&*edited.lists).cloned().collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LonLat;
    use crate::index::IndexedLayer;
    use crate::io::geojson::made;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::{Geometry, GeometryKind};
    use crate::progress::Progress;
    use eframe::egui::{Pos2, vec2};
    use std::time::Duration;

    struct Seen {
        scene: Scene,
        camera: Camera,
    }

    impl Seen {
        fn elements(&mut self, indexed: &Arc<IndexedLayer>) -> usize {
            let shown = Shown::plain(Key::default(), Arc::clone(indexed), None, Emphasis::Plain);
            let view = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0));
            let lists = self.scene.lists(&[shown], false, &self.camera, view);
            lists.drawn.iter().map(|(list, _)| list.count()).sum()
        }
    }

    #[test]
    fn a_large_layer_is_on_the_map_in_the_frame_in_which_it_comes() {
        let corner = |i: u32| format!("[{},{}]", 121.0 + f64::from(i) * 1e-5, 31.0 + f64::from(i % 100) * 1e-3);
        let corners: Vec<String> = (0..60_000).map(corner).collect();
        let text = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, corners.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "l.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        let camera = Camera { center: LonLat::new(121.3, 31.05), scale: 1_000.0 };
        let mut seen = Seen { scene: Scene::new(Arc::new(|| {})), camera };
        let at_once = seen.elements(&indexed);
        assert!(at_once > 0 && seen.scene.is_shown());
        let start = Instant::now();
        while !seen.scene.is_ready() {
            assert!(start.elapsed() < Duration::from_secs(60), "never ready");
            std::thread::sleep(Duration::from_millis(1));
            assert!(seen.elements(&indexed) > 0 && seen.scene.is_shown());
        }
        assert!(seen.elements(&indexed) > at_once, "the sketch is still there");
    }

    #[test]
    fn a_map_that_nobody_looks_at_is_ready_without_being_built() {
        let text = br#"{"type":"Point","coordinates":[121.3,31.05]}"#;
        let layer = read_layer_bytes(text, "p.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        let camera = Camera { center: LonLat::new(121.3, 31.05), scale: 1_000.0 };
        let mut seen = Seen { scene: Scene::new(Arc::new(|| {})), camera };
        seen.scene.sleep();
        assert_eq!(seen.elements(&indexed), 0);
        assert!(seen.scene.is_ready() && seen.scene.is_shown());
    }

    #[test]
    fn a_layer_that_cannot_be_drawn_is_told_and_the_others_are_drawn() {
        let layer = |name: &str| {
            let text = format!(
                r#"{{"type":"FeatureCollection","name":"{name}","features":[{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[121.3,31.05]}}}}]}}"#
            );
            let layer = read_layer_bytes(text.as_bytes(), "p", &ReadOptions::default(), &Progress::default());
            Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))))
        };
        let (broken, sound) = (layer("broken"), layer("sound"));
        let build = |order: &Order| match &*order.what.indexed.layer().name {
            "broken" => panic!("a test"),
            _ => lists_of(order),
        };
        let camera = Camera { center: LonLat::new(121.3, 31.05), scale: 1_000.0 };
        let mut seen = Seen { scene: Scene::building(Arc::new(|| {}), build), camera };
        let start = Instant::now();
        let mut failed = Vec::new();
        for indexed in [&broken, &sound, &broken, &sound] {
            loop {
                let elements = seen.elements(indexed);
                failed.extend(seen.scene.take_failed());
                if seen.scene.is_ready() {
                    assert_eq!(elements > 0, Arc::ptr_eq(indexed, &sound));
                    break;
                }
                assert!(start.elapsed() < Duration::from_secs(60), "never ready");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert!(!failed.is_empty() && failed.iter().all(|name| name == "broken"), "{failed:?}");
    }

    #[test]
    fn nothing_is_missing_while_edited_rows_are_settled() {
        let text = br#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121.1,31.1]}},
            {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121.2,31.2]}},
            {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121.3,31.3]}}]}"#;
        let layer = read_layer_bytes(text, "p.geojson", &ReadOptions::default(), &Progress::default());
        let read = IndexedLayer::new(Arc::new(layer.expect("readable")));
        let point = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.4, 31.4)]]] };
        let edited = read.with_edits(&[(1, made(&point, &[]).ok())]);
        let settled = edited.settled();
        let camera = Camera { center: LonLat::new(121.2, 31.2), scale: 1_000.0 };
        let mut seen = Seen { scene: Scene::new(Arc::new(|| {})), camera };
        let mut all = None;
        for state in [read, edited, settled].map(Arc::new) {
            let at_once = seen.elements(&state);
            let start = Instant::now();
            let ready = loop {
                let elements = seen.elements(&state);
                if seen.scene.is_ready() {
                    break elements;
                }
                assert!(start.elapsed() < Duration::from_secs(60), "never ready");
                std::thread::sleep(Duration::from_millis(1));
            };
            match all {
                None => all = Some(ready),
                Some(all) => {
                    assert!(at_once >= all, "{at_once} of {all} elements while it was built");
                    assert_eq!(ready, all);
                }
            }
        }
    }
}
