//! What the map shows of what is open, and where it looks: quiet layers, one verdict of a rule, one layer alone, bookmarks.

use super::Workbench;
use crate::i18n::tr;
use crate::model::Role;
use crate::rules::Verdict;
use crate::session::{Command, Key};
use crate::ui::context::OfVerdict;
use crate::ui::map::camera::Camera;
use crate::ui::map::overlay::{position_text, scale_denominator, scale_text};
use crate::ui::map::picking::{Hit, pick_or_ground};
use crate::ui::map::scene::{self, Shown};
use crate::ui::map::shown::{hide_minor, is_answer, quieten};
use crate::ui::map::split::Split;
use crate::ui::map::style::Emphasis;
use crate::ui::settings::Bookmark;
use eframe::egui::{Context, Pos2, Rect, vec2};

/// The layer that is shown alone, and those that were shown before it.
pub(super) type Solo = Option<(Key, Vec<Key>)>;

impl Workbench {
    /// True where the layers beside an answer are quiet.
    pub fn is_quiet(&self) -> bool {
        self.looking.is_quiet && is_answer(&self.session, self.looking.active)
    }

    /// Points that the map counts in hexagons.
    pub fn counted(&self) -> usize {
        self.scene.hexes().iter().map(|(_, hexes)| hexes.total()).sum()
    }

    /// What is drawn in this frame, from the bottom to the top.
    pub(super) fn shown(&mut self, ctx: &Context) -> Vec<Shown> {
        let denominator = scale_denominator(&self.map.camera);
        let (session, looking) = (&self.session, &mut self.looking);
        let mut shown = scene::shown(session, &looking.selection, looking.active, denominator);
        hide_minor(session, &mut shown, denominator);
        // Below what is selected, above everything else.
        let top = shown.iter().position(|what| what.emphasis == Emphasis::Chosen).unwrap_or(shown.len());
        shown.splice(top..top, self.drawn.follow(session).iter().cloned());
        // A rule that ran again has other rows.
        let result = |key: Key| session.rule_results().iter().find(|result| result.key == key);
        let stale = looking.verdict.as_ref().map(|only| (only.key, only.verdict, only.of));
        if let Some((key, verdict, of)) = stale
            && result(key).is_none_or(|result| result.table.indexed.id() != of)
        {
            looking.verdict = result(key).and_then(|result| OfVerdict::of(result, verdict));
        }
        if let Some(only) = &looking.verdict {
            for what in shown.iter_mut().filter(|s| s.key == only.key && s.emphasis == Emphasis::Verdict) {
                what.only = Some(only.shown.clone());
            }
        }
        let wanted = looking.is_quiet && is_answer(session, looking.active);
        let quiet = self.map.quiet(ctx, wanted);
        quieten(session, &mut shown, looking.active, quiet);
        // Where one of both is gone or hidden there is nothing to compare.
        let is_shown = |key: Key| shown.iter().any(|what| what.key == key);
        looking.split = looking.split.filter(|split| is_shown(split.left) && is_shown(split.right));
        if let Some(split) = looking.split {
            shown.iter_mut().for_each(|what| what.side = split.side(what.key));
        }
        shown
    }

    /// What is compared on the map.
    pub fn split(&self) -> Option<Split> {
        self.looking.split
    }

    /// Holds two layers or answers beside one another on the map: both are shown.
    pub(super) fn compare(&mut self, split: Option<Split>) {
        let is_new =
            split.map(|split| (split.left, split.right)) != self.looking.split.map(|split| (split.left, split.right));
        for key in split.into_iter().filter(|_| is_new).flat_map(|split| [split.left, split.right]) {
            self.session.execute(Command::SetVisible(key, true));
        }
        self.looking.split = split;
    }

    /// Selects a feature and brings it into view.
    pub fn go_to(&mut self, hit: Hit) {
        self.looking.selection.set(Some(hit));
        // The table follows.
        self.looking.active = Some(hit.key);
        let scale = scale_denominator(&self.map.camera);
        // Answers are drawn at every scale.
        let is_drawn = self.session.layer(hit.key).is_none_or(|layer| layer.visible && layer.style.shows_at(scale));
        if let Some(layer) = self.session.indexed(hit.key) {
            let geometries = &layer.layer().geometries;
            let is_point = geometries.kind(hit.row).is_some_and(|kind| kind.shape() == crate::model::Shape::Points);
            self.map.go_to(geometries.bounds(hit.row), is_point, is_drawn);
        }
    }

    /// Brings what was just answered into view, with the other layers quiet beside it.
    pub(super) fn show_answer(&mut self, key: Key) {
        self.looking.is_quiet = true;
        if let Some(indexed) = self.session.indexed(key) {
            self.map.ease_to(indexed.layer().bounds);
        }
    }

    /// Shows one verdict of what a rule found, or all of it.
    pub(super) fn show_verdict(&mut self, key: Key, verdict: Option<Verdict>) {
        let result = self.session.rule_results().iter().find(|result| result.key == key);
        self.looking.verdict = result.zip(verdict).and_then(|(result, verdict)| OfVerdict::of(result, verdict));
        self.looking.active = Some(key);
    }

    /// Shows a layer alone; once more, the others as they were.
    pub(super) fn solo(&mut self, key: Key) {
        let is_shown = |session: &crate::session::Session| -> Vec<Key> {
            session.layers().iter().filter(|layer| layer.visible).map(|layer| layer.key).collect()
        };
        let back = self.solo.take().filter(|(alone, _)| *alone == key && is_shown(&self.session) == [key]);
        let wanted = match &back {
            Some((_, before)) => before.clone(),
            None => vec![key],
        };
        if back.is_none() {
            self.solo = Some((key, is_shown(&self.session)));
        }
        let all: Vec<(Key, bool)> = self.session.layers().iter().map(|layer| (layer.key, layer.visible)).collect();
        for (layer, visible) in all {
            let wants = wanted.contains(&layer);
            if wants != visible {
                self.session.execute(Command::SetVisible(layer, wants));
            }
        }
    }

    /// Keeps where the map looks, by the name of the town there and the scale.
    pub(super) fn add_bookmark(&mut self) {
        let camera = self.map.camera;
        let towns: Vec<Shown> = scene::shown(&self.session, &Default::default(), None, 0.0)
            .into_iter()
            .filter(|what| matches!(what.role, Some(Role::Town | Role::District)))
            .collect();
        let view = Rect::from_min_size(Pos2::ZERO, vec2(100.0, 100.0));
        let town = pick_or_ground(&towns, &camera, view, view.center());
        let town = town.and_then(|hit| Some(self.session.indexed(hit.key)?.layer().label(hit.row)));
        let name = format!("{} · {}", town.unwrap_or_else(|| position_text(camera.center)), scale_text(&camera));
        let center = [camera.center.lon, camera.center.lat];
        self.settings.keep_view(Bookmark { name: name.clone(), center, scale: camera.scale });
        let told =
            crate::i18n::Said::told(|lang| format!("{}{}{name}", tr!(lang, "bookmark.add"), crate::i18n::colon(lang)));
        self.dialogs.notices.tell(crate::ui::notices::Notice::Told(told));
    }

    /// Looks where a bookmark says, eased.
    pub(super) fn go_to_bookmark(&mut self, number: usize) {
        let Some(Bookmark { center: [lon, lat], scale, .. }) = self.settings.bookmarks.get(number).cloned() else {
            return;
        };
        // The settings are a file that people can write: what is no place is not gone to.
        if lon.is_finite() && lat.is_finite() && scale.is_finite() && scale > 0.0 {
            let center = crate::geodesy::LonLat::new(lon.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0));
            self.map.fly(Camera { center, scale });
        }
    }
}
