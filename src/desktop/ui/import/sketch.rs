//! A small sketch of where a reading puts a file, against what is open.

use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, tr};
use crate::io::formats::RawKind;
use crate::model::Shape;
use crate::session::Session;
use crate::ui::theme;
use eframe::egui::{Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// Its size; points.
pub(super) const SIZE: Vec2 = vec2(190.0, 130.0);

/// China, roughly: what stands for the surroundings where nothing is open.
const CHINA: LonLatBox = LonLatBox { min: LonLat { lon: 73.0, lat: 18.0 }, max: LonLat { lon: 135.0, lat: 54.0 } };

/// What is open, as readings are seen against it.
pub(super) struct Reference {
    bounds: LonLatBox,
    /// Some places of its features.
    places: Vec<LonLat>,
}

/// Layers and features of each that stand for what is open.
const LAYERS: usize = 8;
const FEATURES: usize = 60;

impl Reference {
    pub(super) fn of(session: &Session) -> Self {
        let mut places = Vec::new();
        for open in session.layers().iter().take(LAYERS) {
            let layer = open.layer();
            let rows = (0..layer.len()).step_by((layer.len() / FEATURES).max(1));
            places.extend(rows.filter_map(|row| layer.geometries.positions_of(row).first().copied()));
        }
        Self { bounds: super::around(session), places }
    }
}

/// Draws the surroundings, and the places of a reading in them.
pub(super) fn show(ui: &mut Ui, reference: &Reference, places: &[LonLat]) {
    let (room, _) = ui.allocate_exact_size(SIZE, Sense::hover());
    let palette = theme::palette(ui);
    let painter = ui.painter_at(room);
    painter.rect(room, 6.0, palette.land, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let around = if reference.bounds.is_empty() { CHINA } else { reference.bounds };
    let bounds = LonLatBox::of(places);
    let all = if bounds.is_empty() { around } else { around.union(bounds) };
    let (width, height) = ((all.max.lon - all.min.lon).max(1e-6), (all.max.lat - all.min.lat).max(1e-6));
    // Degrees of longitude are shorter than those of latitude.
    let shrink = ((all.min.lat + all.max.lat) / 2.0).to_radians().cos().max(0.1);
    let inner = room.shrink(10.0);
    let scale = (f64::from(inner.width()) / (width * shrink)).min(f64::from(inner.height()) / height);
    let at = |p: LonLat| -> Pos2 {
        let x = (p.lon - (all.min.lon + all.max.lon) / 2.0) * shrink * scale;
        let y = (p.lat - (all.min.lat + all.max.lat) / 2.0) * scale;
        pos2(inner.center().x + x as f32, inner.center().y - y as f32)
    };
    let rect = |b: LonLatBox| Rect::from_two_pos(at(b.min), at(b.max));
    let fill = palette.line.gamma_multiply(0.4);
    painter.rect(rect(around), 0.0, fill, Stroke::new(1.0, palette.quiet), StrokeKind::Inside);
    for place in &reference.places {
        painter.circle_filled(at(*place), 1.2, palette.quiet);
    }
    if bounds.is_empty() {
        return;
    }
    // Where it would be a dot it is still seen.
    let shown = rect(bounds);
    let shown = Rect::from_center_size(shown.center(), shown.size().max(vec2(5.0, 5.0)));
    let fill = palette.accent.gamma_multiply(0.2);
    painter.rect(shown, 0.0, fill, Stroke::new(1.5, palette.accent), StrokeKind::Middle);
    for place in places {
        painter.circle_filled(at(*place), 1.5, palette.accent);
    }
}

/// A box in words: `121.1–121.9°E，30.7–31.9°N`.
pub(super) fn extent_text(b: LonLatBox) -> String {
    format!("{:.3}–{:.3}°E  {:.3}–{:.3}°N", b.min.lon, b.max.lon, b.min.lat, b.max.lat)
}

/// What a kind of geometry is called.
pub(super) fn kind_text(kind: RawKind, lang: Lang) -> String {
    match kind {
        RawKind::Simple(kind) => match kind.shape() {
            Shape::Points => tr!(lang, "import.points"),
            Shape::Lines => tr!(lang, "import.lines"),
            Shape::Polygons => tr!(lang, "import.areas"),
        },
        RawKind::Collection => tr!(lang, "import.mixed"),
    }
    .into_owned()
}
