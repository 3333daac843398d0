//! What the positions of a file may mean: each reading with the place where it puts the file, over what is open.

use super::WIDTH;
use super::choice::Choice;
use super::sketch::{self, Reference};
use crate::geodesy::LonLat;
use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, count, tr};
use crate::io::formats::ExaminedLayer;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Label, RichText, Ui, vec2};

/// Readings that are shown before somebody asks for more.
const READINGS: usize = 3;

/// Shows the readings of a layer, and where the one under the pointer, else the one that is chosen, puts it.
pub(super) fn show(ui: &mut Ui, file: &mut Choice, layer: &ExaminedLayer, reference: &Reference, lang: Lang) {
    ui.add_space(6.0);
    widgets::section(ui, &tr!(lang, "import.where"));
    let why = match (&layer.unusable, layer.needs_crs(), layer.extent) {
        (Some(e), ..) => e.said.text(lang).to_owned(),
        (None, is_needed, Some([x, y])) if is_needed || layer.is_drawing => {
            let numbers = format!("x {:.3} – {:.3}   y {:.3} – {:.3}", x[0], x[1], y[0], y[1]);
            tr!(lang, "import.numbers", numbers = numbers).into_owned()
        }
        (None, _, None) => String::new(),
        (None, ..) => tr!(lang, "import.shifted").into_owned(),
    };
    if !why.is_empty() {
        let text = RichText::new(why).size(theme::SMALL).color(theme::palette(ui).quiet);
        ui.add(Label::new(text).wrap());
    }
    let chosen = file.reading();
    let mut looked_at = file.crs();
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(WIDTH - sketch::SIZE.x - 24.0);
            let at = chosen.as_deref().and_then(|crs| layer.readings.iter().position(|reading| reading.crs == crs));
            let few = READINGS.max(at.map_or(0, |at| at + 1));
            let shown = if file.shows_all { layer.readings.len() } else { few };
            for reading in layer.readings.iter().take(shown) {
                let is_chosen = chosen.as_deref() == Some(&*reading.crs);
                let text = format!("{}\n{}", reading.name(lang), sketch::extent_text(reading.bounds));
                let radio = widgets::radio(ui, is_chosen, text);
                if radio.hovered() {
                    looked_at = Some(reading.crs.clone());
                }
                if radio.clicked() {
                    file.choose(&reading.crs);
                }
            }
            let more = layer.readings.len().saturating_sub(shown);
            if more > 0 && ui.link(tr!(lang, "import.more", n = count(more))).clicked() {
                file.shows_all = true;
            }
            ui.horizontal(|ui| {
                let label = widgets::quiet(ui, tr!(lang, "import.other"));
                let edit = egui::TextEdit::singleline(&mut file.typed).desired_width(200.0).margin(vec2(8.0, 4.0));
                let field = ui.add(edit.hint_text("EPSG:4549")).labelled_by(label.id);
                field.on_hover_text(tr!(lang, "dialog.crs_hint"));
            });
            if let Some(e) = file.typed_error() {
                let text = RichText::new(e.said.text(lang)).size(theme::SMALL).color(theme::palette(ui).ban.0);
                ui.add(Label::new(text).wrap());
            }
            if file.goes_for_others && ui.link(tr!(lang, "import.for_all")).clicked() {
                file.goes_for_all = true;
            }
        });
        sketch::show(ui, reference, &placed(layer, looked_at.as_deref()));
    });
}

/// Where a reading puts the positions that were looked at.
fn placed(layer: &ExaminedLayer, crs: Option<&str>) -> Vec<LonLat> {
    let Some(crs) = crs.and_then(|crs| Crs::parse(crs).ok()) else { return Vec::new() };
    let places = layer.sample.iter().filter_map(|[x, y]| crs.to_wgs84(*x, *y));
    places.filter(|p| p.is_in_range()).collect()
}
