//! A change shown before it is made: what it would leave, over what is there.

use super::context::{Act, Context};
use super::map::camera::Camera;
use super::theme::{self, Palette};
use super::widgets;
use crate::i18n::{count, tr};
use crate::model::{Geometry, Shape};
use crate::query::construct::simplified;
use crate::query::{polygons_area_m2, repaired};
use crate::report::{AreaUnit, area_text};
use crate::session::{Command, Construct, Key, Session};
use eframe::egui::{self, Painter, Pos2, Rect, RichText, Stroke, Ui, vec2};

/// More features than this are changed without being shown first.
pub const MOST: usize = 500;

/// A change and what it would leave.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What is done if the planner says so.
    command: Command,
    key: Key,
    /// The state of the layer that it was worked out of.
    state: u64,
    before: Vec<Geometry>,
    after: Vec<Geometry>,
}

impl Preview {
    fn of(
        session: &Session,
        key: Key,
        rows: &[usize],
        command: Command,
        to: impl Fn(&Geometry) -> Option<Geometry>,
    ) -> Option<Self> {
        let indexed = session.indexed(key)?;
        let geometry = |row: &usize| indexed.layer().geometries.geometry(*row);
        let before: Vec<Geometry> = rows.iter().take(MOST).filter_map(geometry).collect();
        let after = before.iter().map(|own| to(own).unwrap_or_else(|| own.clone())).collect();
        Some(Self { command, key, state: indexed.id(), before, after })
    }

    /// Rows with fewer corners.
    pub fn simplify(session: &Session, key: Key, rows: Vec<usize>, tolerance_m: f64) -> Option<Self> {
        let command = Command::Construct(key, rows.clone(), Construct::Simplify(tolerance_m));
        Self::of(session, key, &rows, command, |own| Some(simplified(own, tolerance_m)))
    }

    /// An area made valid.
    pub fn repair(session: &Session, key: Key, row: usize) -> Option<Self> {
        Self::of(session, key, &[row], Command::Repair(key, row), repaired)
    }

    /// True while the layer is as it was worked out of.
    pub fn is_current(&self, session: &Session) -> bool {
        session.indexed(self.key).is_some_and(|indexed| indexed.id() == self.state)
    }

    /// What is done.
    pub fn command(&self) -> Command {
        self.command.clone()
    }

    /// Draws what it would leave.
    pub fn paint(&self, painter: &Painter, palette: &Palette, camera: &Camera, view: Rect) {
        let in_sight = camera.visible(view);
        let pen = Stroke::new(2.0, palette.accent);
        for geometry in self.after.iter().filter(|geometry| geometry.bounds().intersects(&in_sight)) {
            for path in geometry.parts.iter().flatten() {
                let points: Vec<Pos2> = path.iter().map(|p| camera.screen_from_world(view, *p)).collect();
                if points.len() < 400 {
                    for at in &points {
                        painter.circle_filled(*at, 2.6, palette.accent);
                    }
                }
                painter.line(points, pen);
            }
        }
    }

    /// The card that says what changes, and asks.
    pub fn card(&self, ui: &mut Ui, cx: &mut Context<'_>, view: Rect, unit: AreaUnit) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let corners =
            |all: &[Geometry]| -> usize { all.iter().flat_map(|g| g.parts.iter().flatten()).map(Vec::len).sum() };
        let parts = |all: &[Geometry]| -> usize { all.iter().map(|g| g.parts.len()).sum() };
        let ground = |all: &[Geometry]| -> f64 {
            let areas = all.iter().filter(|g| g.kind.shape() == Shape::Polygons);
            areas.map(|g| polygons_area_m2(&g.parts)).sum()
        };
        let mut said = vec![
            tr!(lang, "preview.corners", before = count(corners(&self.before)), after = count(corners(&self.after)))
                .into_owned(),
        ];
        if parts(&self.before) != parts(&self.after) {
            let (before, after) = (count(parts(&self.before)), count(parts(&self.after)));
            said.push(tr!(lang, "preview.parts", before = before, after = after).into_owned());
        }
        if ground(&self.after) > 0.0 {
            let text = |m2: f64| area_text(m2, unit, lang);
            let (before, after) = (text(ground(&self.before)), text(ground(&self.after)));
            said.push(tr!(lang, "preview.area", before = before, after = after).into_owned());
        }
        let card = Rect::from_center_size(
            view.center_bottom() - vec2(0.0, 84.0),
            vec2(620.0_f32.min(view.width() - 24.0), 44.0),
        );
        ui.interact(card, egui::Id::unique("preview"), egui::Sense::click_and_drag());
        ui.painter().rect(card, 6.0, palette.panel, Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let place = egui::UiBuilder::new().max_rect(card.shrink2(vec2(12.0, 6.0))).layout(layout);
        ui.scope_builder(place, |ui| {
            if widgets::secondary_button(ui, &tr!(lang, "preview.cancel"), true).clicked() {
                cx.acts.push(Act::EndPreview);
            }
            if widgets::secondary_button(ui, &tr!(lang, "preview.apply"), true).clicked() {
                cx.command(self.command());
                cx.acts.push(Act::EndPreview);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(said.join("  ·  ")).color(palette.text)).truncate());
            });
        });
    }
}
