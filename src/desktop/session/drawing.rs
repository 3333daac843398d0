//! What is drawn beside an answer, after the answer is shown: a zone as the map's view shows it, a curve. The table waits for
//! neither, the next puts an end to it, and nothing of it is kept of an answer that is hidden or gone.

use super::jobs::{Job, Outcome};
use super::{JobKind, KeptAnswer, KeptZone, Key, Session};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::IndexedLayer;
use crate::model::{Geometry, GeometryKind};
use crate::query::construct::layer_of;
use crate::query::{
    AnswerFor, Polygons, Question, Side, ViewedZone, ZoneBounds, ZoneView, coverage_curve, memory_needed, zone_in_view,
};
use std::sync::Arc;

/// Radii of a coverage curve, as shares of the radius asked for.
const CURVE: [f64; 10] = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0];

impl KeptAnswer {
    /// What its zone is drawn round, and how far; `None` where it has none.
    pub fn zone_around(&self) -> Option<(&Arc<IndexedLayer>, f64)> {
        match self.answer.question {
            Question::Within { distance_m, side: Side::Within } if distance_m > 0.0 => {
                self.layers.reference.as_ref().map(|reference| (reference, distance_m))
            }
            _ => None,
        }
    }

    /// True where its zone was asked for a view that serves what is seen, as finely as `wanted` says.
    fn has_zone_for(&self, seen: &LonLatBox, wanted: &ZoneView) -> bool {
        self.zone_asked.as_ref().is_some_and(|asked| asked.serves(seen, wanted))
    }

    /// Its zone is no longer wanted.
    pub(super) fn forget_zone(&mut self) {
        (self.zone, self.zone_asked) = (None, None);
    }
}

impl Session {
    /// The answers on the map whose zones are to be asked for `wanted`: what they were asked for does not serve what is seen.
    pub fn zones_wanted(&self, seen: &LonLatBox, wanted: &ZoneView) -> Vec<Key> {
        let lacks = |a: &&KeptAnswer| a.visible && a.zone_around().is_some() && !a.has_zone_for(seen, wanted);
        self.answers.iter().filter(lacks).map(|a| a.key).collect()
    }

    /// True where the zone of an answer on the map is left out at the scale of its view.
    pub fn leaves_out_zones(&self) -> bool {
        self.answers.iter().any(|a| a.visible && a.zone.as_ref().is_some_and(|zone| zone.is_left_out))
    }

    /// Draws the zone of an answer for a view; what was begun for another view is given up. The last one stays until it is
    /// there.
    pub(super) fn start_zone(&mut self, key: Key, view: ZoneView) {
        self.stop_drawing(key);
        let Some(answer) = self.answers.iter_mut().find(|a| a.key == key) else { return };
        let Some((reference, distance_m)) = answer.zone_around().map(|(layer, m)| (Arc::clone(layer), m)) else {
            return;
        };
        answer.zone_asked = Some(view);
        self.spawn(JobKind::Drawing(key), move |progress, tell| {
            let Ok(zone) = zone_in_view(&reference, distance_m, &view, ZoneBounds::WINDOW, progress) else { return };
            let zone = KeptZone::new(view, zone);
            tell(Outcome::done(move |session| session.take_zone(key, zone)));
        });
    }

    /// Takes in a zone that is still wanted.
    pub(super) fn take_zone(&mut self, key: Key, zone: KeptZone) {
        let wants = |a: &&mut KeptAnswer| a.key == key && a.zone_asked == Some(zone.view);
        if let Some(answer) = self.answers.iter_mut().find(wants) {
            answer.zone = Some(zone);
        }
    }

    /// Gives back the memory of zones that are not on the map.
    pub(super) fn forget_hidden_zones(&mut self) {
        let hidden: Vec<Key> = self.answers.iter().filter(|a| !a.visible).map(|a| a.key).collect();
        for key in hidden {
            let is_zone = self.answer(key).is_some_and(|a| a.zone_asked.is_some());
            if is_zone {
                self.stop_drawing(key);
            }
        }
        self.answers.iter_mut().filter(|a| !a.visible).for_each(KeptAnswer::forget_zone);
    }

    /// Works out the curve of a `gaps` answer, unless it is there or on its way.
    pub(super) fn start_curve(&mut self, key: Key) {
        let Some(answer) = self.answer(key).filter(|a| a.curve.is_none()) else { return };
        let Question::Gaps { radius_m, .. } = answer.answer.question else { return };
        if self.jobs.running.iter().any(|j| j.kind == JobKind::Drawing(key) && j.goes_on()) {
            return;
        }
        let (question, layers) = (answer.answer.question.clone(), answer.layers.clone());
        let memory = self.memory();
        self.spawn(JobKind::Drawing(key), move |progress, tell| {
            // Asked for by nobody: where its widest question passes what the program takes by itself, there is none.
            let widest = Question::Gaps { radius_m: radius_m * CURVE[CURVE.len() - 1], min_area_m2: 0.0, people: None };
            if memory.check(memory_needed(&widest, &layers, AnswerFor::File)).is_err() {
                return;
            }
            let radii: Vec<f64> = CURVE.iter().map(|share| share * radius_m).collect();
            if let Ok(curve) = coverage_curve(&question, &layers, &radii, progress) {
                let curve = Arc::new(curve);
                tell(Outcome::done(move |session| {
                    session
                        .answers
                        .iter_mut()
                        .filter(|a| a.key == key)
                        .for_each(|a| a.curve = Some(Arc::clone(&curve)));
                }));
            }
        });
    }

    /// Stops what draws an answer that is gone, or that is drawn anew.
    pub(super) fn stop_drawing(&mut self, key: Key) {
        self.jobs.running.iter_mut().filter(|j| j.kind == JobKind::Drawing(key)).for_each(Job::supersede);
    }

    /// Puts off curves that are being worked out: they ask a question ten times, and another is asked now.
    pub(super) fn stop_curves(&mut self) {
        let curves: Vec<Key> = self.answers.iter().filter(|a| a.zone_around().is_none()).map(|a| a.key).collect();
        curves.into_iter().for_each(|key| self.stop_drawing(key));
    }
}

impl KeptZone {
    /// What was found for a view.
    pub fn new(view: ZoneView, zone: ViewedZone) -> Self {
        let is_left_out = zone == ViewedZone::TooSmall;
        let layer = match zone {
            ViewedZone::Drawn(polygons) if !polygons.is_empty() => layer_of(&geometry(polygons)).map(Arc::new),
            _ => None,
        };
        Self { view, layer, is_left_out }
    }
}

/// Polygons as one geometry, their rings closed.
fn geometry(polygons: Polygons) -> Geometry {
    let closed = |mut ring: Vec<LonLat>| {
        ring.extend(ring.first().copied());
        ring
    };
    let parts = polygons.into_iter().map(|rings| rings.into_iter().map(closed).collect()).collect();
    Geometry { kind: GeometryKind::MultiPolygon, parts }
}
