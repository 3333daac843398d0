//! What is drawn, from the bottom to the top: layers, zones, answers, what a rule found, what is selected.

use super::camera::Camera;
use super::overlay::scale_denominator;
use super::split::Side;
use super::style::{Class, Emphasis, Styler};
use crate::index::IndexedLayer;
use crate::model::{LayerStyle, Role, Shape};
use crate::query::Question;
use crate::session::{KeptAnswer, Key, OpenLayer, Session, ShownRows};
use crate::ui::selection::Selection;
use std::sync::{Arc, LazyLock};

/// One thing drawn, bottom first.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The layer or answer.
    pub key: Key,
    /// What is drawn.
    pub indexed: Arc<IndexedLayer>,
    /// In which role.
    pub role: Option<Role>,
    /// How it is meant.
    pub emphasis: Emphasis,
    /// In which style.
    pub style: Arc<LayerStyle>,
    /// The rows that are shown, where not all are.
    pub only: Option<ShownRows>,
    /// Opacity, from 0 (clear) to 1.
    pub opacity: f32,
    /// On which side of a map that is parted.
    pub side: Side,
    /// Its place among the layers of its role: each has a shade of its own.
    pub nth: usize,
}

/// With which share of its ink a draw list is drawn, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Fills and marks.
    pub all: f32,
    /// Lines.
    pub lines: f32,
    /// Size of marks, as a share of their own.
    pub marks: f32,
    /// On which side of a map that is parted.
    pub side: Side,
}

impl Strength {
    /// All of it.
    pub const FULL: Self = Self { all: 1.0, lines: 1.0, marks: 1.0, side: Side::Both };
}

/// Marks of layers have their own size at this scale and larger ones, and the least share of it at the other.
const MARKS: [f64; 2] = [60_000.0, 300_000.0];
const LEAST_MARK: f64 = 0.62;

/// Outlines of gaps are whole at this scale and larger ones, and gone at the other and smaller ones: one to so many.
const GAP_OUTLINES: [f64; 2] = [40_000.0, 110_000.0];

/// What of the other layers is left while an answer is looked at.
const QUIET: f32 = 1.0 / 3.0;

/// Scale from which on (one to so many) layers of minor points are drawn, where their planner says nothing about scales.
const MINOR_FROM: f64 = 150_000.0;

/// The scale, one to so many, below which a layer is not drawn though no planner said so: points that say nothing beside
/// a whole district.
pub fn hidden_below(role: Option<Role>, style: &LayerStyle) -> Option<f64> {
    let is_minor = matches!(role, Some(Role::ParkEntrance | Role::Service | Role::Facility));
    let is_said = style.smallest.is_some() || style.largest.is_some() || style.by.is_some();
    (is_minor && !is_said).then_some(MINOR_FROM)
}

impl Shown {
    /// Of a layer as it is drawn by its role.
    pub fn plain(key: Key, indexed: Arc<IndexedLayer>, role: Option<Role>, emphasis: Emphasis) -> Self {
        static BY_ROLE: LazyLock<Arc<LayerStyle>> = LazyLock::new(Arc::default);
        Self {
            key,
            indexed,
            role,
            emphasis,
            style: Arc::clone(&BY_ROLE),
            only: None,
            opacity: 1.0,
            side: Side::Both,
            nth: 0,
        }
    }

    /// The zone of an answer.
    pub fn zone(answer: Key, zone: Arc<IndexedLayer>) -> Self {
        Self::plain(answer, zone, None, Emphasis::Zone)
    }

    /// True for a row that is on the map.
    pub fn shows(&self, row: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(row))
    }

    /// The classes of what is on the map.
    pub fn classes(&self, dark: bool) -> Vec<Class> {
        self.styler(dark).classes(self.indexed.layer(), &|row| self.shows(row))
    }

    /// How many features are on the map.
    pub fn count(&self) -> usize {
        let layer = self.indexed.layer();
        match &self.only {
            None => layer.feature_count(),
            Some(_) => layer.rows().filter(|row| self.shows(*row)).count(),
        }
    }

    /// How it is drawn.
    pub fn styler(&self, dark: bool) -> Styler {
        let layer = self.indexed.layer();
        Styler::new(layer, &self.style, self.role, self.emphasis, dark, self.seed())
    }

    /// What tells it from others that look alike: its place among the layers of its role; its key where it has none.
    pub(super) fn seed(&self) -> usize {
        self.role.map_or(self.key.0 as usize, |_| self.nth)
    }

    /// With how much ink it is drawn in a view, and how large its marks: gaps read as areas where they are small, so their
    /// outlines fade; points of layers shrink from afar.
    pub fn strength(&self, camera: &Camera) -> Strength {
        let lines = match self.emphasis {
            Emphasis::Gap => {
                let [whole, gone] = GAP_OUTLINES;
                ((gone - scale_denominator(camera)) / (gone - whole)).clamp(0.0, 1.0) as f32
            }
            _ => 1.0,
        };
        // What was asked for keeps its size; the others make room for it, and for one another.
        let marks = match self.emphasis {
            Emphasis::Plain | Emphasis::Behind => {
                let [whole, least] = MARKS;
                let far = ((scale_denominator(camera) - whole) / (least - whole)).clamp(0.0, 1.0);
                (1.0 - (1.0 - LEAST_MARK) * far) as f32
            }
            _ => 1.0,
        };
        Strength { all: self.opacity, lines: self.opacity * lines, marks, side: self.side }
    }

    /// True for what is made of points alone.
    pub fn is_points(&self) -> bool {
        self.indexed.layer().kinds.iter().all(|kind| kind.shape() == Shape::Points)
    }
}

/// What is drawn at a scale of one to `denominator`, from the bottom to the top: the layers, the visible answers, what is
/// selected. A scale of 0 draws every layer that its planner does not hide there.
pub fn shown(session: &Session, selection: &Selection, looked_at: Option<Key>, denominator: f64) -> Vec<Shown> {
    let answers: Vec<&KeptAnswer> = session.answers().iter().filter(|a| a.visible).collect();
    let behind = |key: Key| answers.iter().any(|a| a.operands.subject == key);
    let mut shown = Vec::new();
    for layer in session.layers().iter().rev().filter(|l| l.visible && l.style.shows_at(denominator)) {
        let emphasis = if behind(layer.key) { Emphasis::Behind } else { Emphasis::Plain };
        let plain = Shown::plain(layer.key, Arc::clone(&layer.indexed), layer.role, emphasis);
        let (style, only) = (Arc::clone(&layer.style), layer.shown.clone());
        shown.push(Shown { opacity: style.strength(), style, only, nth: nth_of_role(session, layer), ..plain });
    }
    let place = place_of_zones(&shown);
    let zones = answers.iter().filter_map(|answer| Some((answer.key, answer.zone.as_ref()?.layer.as_ref()?)));
    let zones: Vec<Shown> = zones.map(|(key, zone)| Shown::zone(key, Arc::clone(zone))).collect();
    shown.splice(place..place, zones);
    for answer in answers.iter().rev() {
        let gap = matches!(answer.answer.question, Question::Gaps { .. });
        let made = matches!(answer.answer.question, Question::Buffer { .. } | Question::Overlap);
        let role = if made { None } else { answer.roles.0 };
        let emphasis = if gap { Emphasis::Gap } else { Emphasis::Answer };
        shown.push(Shown::plain(answer.key, Arc::clone(&answer.table.indexed), role, emphasis));
    }
    let active = |result: &&crate::session::RuleResult| result.visible && looked_at == Some(result.key);
    if let Some(result) = session.rule_results().iter().find(active) {
        // Only the one that is looked at: the others would cover it.
        let plain = Shown::plain(result.key, Arc::clone(&result.table.indexed), result.points_of, Emphasis::Verdict);
        shown.push(Shown { style: Arc::clone(&result.style), ..plain });
    }
    shown.extend(selection.shown(session));
    shown
}

/// A layer's place among those of its role, in the order in which they were opened. Waters are one ground, in however many files.
pub fn nth_of_role(session: &Session, layer: &OpenLayer) -> usize {
    if layer.role == Some(Role::WaterBody) {
        return 0;
    }
    let is_before = |other: &&OpenLayer| other.role.is_some() && other.role == layer.role && other.key < layer.key;
    session.layers().iter().filter(is_before).count()
}

/// Takes out layers of minor points whose scale is not reached; their keys and the scale from which on they are drawn.
pub fn hide_minor(session: &Session, shown: &mut Vec<Shown>, denominator: f64) {
    let is_hidden = |what: &Shown| {
        what.emphasis == Emphasis::Plain
            && session.layer(what.key).is_some()
            && hidden_below(what.role, &what.style).is_some_and(|from| denominator > from)
    };
    shown.retain(|what| !is_hidden(what));
}

/// Draws what is not of the answer or rule looked at with less ink; `quiet` from 0 (as ever) to 1 (a third).
pub fn quieten(session: &Session, shown: &mut [Shown], looked_at: Option<Key>, quiet: f32) {
    if quiet <= 0.0 {
        return;
    }
    let read = read_by(session, looked_at);
    for what in shown.iter_mut().filter(|what| what.emphasis == Emphasis::Plain && !read.contains(&what.key)) {
        what.opacity *= 1.0 - (1.0 - QUIET) * quiet;
    }
}

/// True where something is looked at beside which other layers can be quiet.
pub fn is_answer(session: &Session, looked_at: Option<Key>) -> bool {
    looked_at.is_some_and(|key| {
        session.answer(key).is_some_and(|answer| answer.visible)
            || session.rule_results().iter().any(|result| result.key == key && result.visible)
    })
}

/// The layers that an answer or a rule read.
fn read_by(session: &Session, looked_at: Option<Key>) -> Vec<Key> {
    let Some(key) = looked_at else { return Vec::new() };
    if let Some(answer) = session.answer(key) {
        let operands = &answer.operands;
        return [Some(operands.subject), operands.reference, operands.entrances].into_iter().flatten().collect();
    }
    let Some(result) = session.rule_results().iter().find(|result| result.key == key) else { return Vec::new() };
    let roles = result.answer.rule.roles();
    let reads = |layer: &&crate::session::OpenLayer| layer.role.is_some_and(|role| roles.contains(&role));
    session.layers().iter().filter(reads).map(|layer| layer.key).collect()
}

/// Where zones stand among what is shown: over areas and lines, under points and answers.
pub fn place_of_zones(shown: &[Shown]) -> usize {
    let is_above = |what: &Shown| match what.emphasis {
        Emphasis::Plain | Emphasis::Behind => what.is_points(),
        _ => true,
    };
    shown.iter().position(is_above).unwrap_or(shown.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LonLat;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    fn point(role: Option<Role>, emphasis: Emphasis) -> Shown {
        let text = br#"{"type":"Point","coordinates":[121.3,31.05]}"#;
        let layer = read_layer_bytes(text, "p.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        Shown::plain(Key(7), indexed, role, emphasis)
    }

    #[test]
    fn outlines_of_gaps_fade_with_the_scale_and_others_stay() {
        let camera = |scale: f64| Camera { center: LonLat::new(121.0, 31.0), scale };
        let lines = |emphasis: Emphasis, scale: f64| point(None, emphasis).strength(&camera(scale)).lines;
        let (near, far) = (20_000.0, 2_000.0);
        assert!(scale_denominator(&camera(near)) < GAP_OUTLINES[0]);
        assert!(scale_denominator(&camera(far)) > GAP_OUTLINES[1]);
        assert_eq!([near, far].map(|scale| lines(Emphasis::Gap, scale)), [1.0, 0.0]);
        assert!((0.1..0.9).contains(&lines(Emphasis::Gap, 5_500.0)));
        assert_eq!([near, far].map(|scale| lines(Emphasis::Answer, scale)), [1.0, 1.0]);
        assert_eq!(point(None, Emphasis::Gap).strength(&camera(far)).all, 1.0, "the ground stays");
        let marks = |emphasis: Emphasis, scale: f64| point(None, emphasis).strength(&camera(scale)).marks;
        assert_eq!(marks(Emphasis::Plain, near), 1.0);
        assert!((0.6..0.8).contains(&marks(Emphasis::Plain, far)));
        assert_eq!(marks(Emphasis::Answer, far), 1.0, "what was asked for keeps its size");
    }

    #[test]
    fn an_opacity_is_of_the_layer_and_what_is_no_answer_quietens_to_a_third() {
        let session = Session::new(ReadOptions::default(), Arc::new(|| {}));
        let mut shown = [point(Some(Role::Park), Emphasis::Plain), point(None, Emphasis::Answer)];
        shown[0].opacity = 0.5;
        quieten(&session, &mut shown, None, 1.0);
        assert!((shown[0].opacity - 0.5 / 3.0).abs() < 1e-6 && shown[1].opacity == 1.0);
        let style = |opacity| LayerStyle { opacity, ..LayerStyle::default() }.strength();
        let given = [None, Some(0.25), Some(-1.0), Some(7.0), Some(f32::NAN)];
        assert_eq!(given.map(style), [1.0, 0.25, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn minor_points_are_hidden_where_nobody_said_otherwise() {
        let plain = LayerStyle::default();
        assert_eq!(hidden_below(Some(Role::ParkEntrance), &plain), Some(MINOR_FROM));
        assert_eq!(hidden_below(Some(Role::Outlet), &plain), None);
        let said = LayerStyle { smallest: Some(1e6), ..LayerStyle::default() };
        assert_eq!(hidden_below(Some(Role::ParkEntrance), &said), None);
    }
}
