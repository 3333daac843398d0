//! The backdrops in the left panel: which there are, which are on, and what becomes of them.

use super::layers::{heading, padded};
use crate::i18n::tr;
use crate::raster::Backdrop;
use crate::session::{BackdropCommand, Command, OpenBackdrop};
use crate::ui::context::{Act, Context};
use crate::ui::map::backdrop::{Backdrops, Status};
use crate::ui::theme::{self, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Align, Label, Layout, RichText, Slider, Ui, WidgetInfo};

/// Shows the list.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, backdrops: &Backdrops) {
    let lang = cx.lang;
    ui.add_space(12.0);
    heading(ui, &tr!(lang, "backdrop.title"), |ui| {
        let add = ui.add(
            egui::Button::new(RichText::new(tr!(lang, "backdrop.add_short")).size(SMALL))
                .min_size(egui::vec2(0.0, 24.0)),
        );
        add.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, tr!(lang, "backdrop.add")));
        if add.clicked() {
            cx.acts.push(Act::BackdropDialog(None));
        }
    });
    let session = cx.session;
    if session.backdrops().is_empty() {
        padded(ui, |ui| drop(widgets::quiet(ui, tr!(lang, "backdrop.none"))));
    }
    for (at, open) in session.backdrops().iter().enumerate() {
        padded(ui, |ui| row(ui, cx, backdrops, open, at));
    }
}

/// What becomes of one, where that is to be said.
fn told(status: &Status, backdrop: &Backdrop, lang: crate::i18n::Lang) -> Option<String> {
    Some(match status {
        Status::Off if backdrop.is_online() => tr!(lang, "backdrop.is_off_online").into_owned(),
        Status::Off | Status::Shown => return None,
        Status::Opening => tr!(lang, "backdrop.opening").into_owned(),
        Status::TooFar => tr!(lang, "backdrop.zoom_in").into_owned(),
        Status::Waiting(e) | Status::Failed(e) => e.message(lang),
    })
}

fn row(ui: &mut Ui, cx: &mut Context<'_>, backdrops: &Backdrops, open: &OpenBackdrop, at: usize) {
    let (lang, key, backdrop) = (cx.lang, open.key, &open.backdrop);
    let palette = theme::palette(ui);
    let command = |command| Act::Session(Command::Backdrop(command));
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.horizontal(|ui| {
        let icon = if backdrop.on { icons::EYE } else { icons::EYE_OFF };
        let name = if backdrop.on { "backdrop.turn_off" } else { "backdrop.turn_on" };
        if widgets::icon_button(ui, icon, &tr!(lang, name, name = backdrop.title)).clicked() {
            cx.acts.push(command(BackdropCommand::Turn(key, !backdrop.on)));
        }
        let ink = if backdrop.on { palette.text } else { palette.quiet };
        let about = backdrops.about(key).map(|about| about.what.text(lang).to_owned());
        // From the right: the title takes what the menu leaves, and makes the panel no wider.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let more = ui.menu_button("…", |ui| menu(ui, cx, backdrops, open, at));
            more.response.widget_info(|| {
                WidgetInfo::labeled(egui::Role::Button, true, tr!(lang, "backdrop.more", name = backdrop.title))
            });
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = ui.add(Label::new(RichText::new(&backdrop.title).color(ink)).truncate());
                if let Some(about) = about {
                    label.on_hover_text(about);
                }
            });
        });
    });
    if let Some(text) = told(&backdrops.status(key), backdrop, lang) {
        widgets::quiet(ui, text);
    }
}

fn menu(ui: &mut Ui, cx: &mut Context<'_>, backdrops: &Backdrops, open: &OpenBackdrop, at: usize) {
    let (lang, key) = (cx.lang, open.key);
    let command = |command| Act::Session(Command::Backdrop(command));
    ui.set_min_width(200.0);
    let mut percent = f64::from((open.backdrop.opacity() * 100.0).round());
    let label = ui.label(tr!(lang, "backdrop.opacity"));
    let slider = Slider::new(&mut percent, 0.0..=100.0).suffix(" %").max_decimals(0);
    let slider = widgets::slider(ui, slider).labelled_by(label.id);
    if slider.changed() {
        let changed = Backdrop { opacity: percent as f32 / 100.0, ..Backdrop::clone(&open.backdrop) };
        cx.acts.push(command(BackdropCommand::Set(key, Box::new(changed), true)));
    }
    ui.separator();
    let about = backdrops.about(key);
    if ui.add_enabled(about.is_some(), egui::Button::new(tr!(lang, "layers.zoom_to"))).clicked() {
        cx.acts.extend(about.map(|about| Act::GoToPlace(about.bounds)));
        ui.close();
    }
    if ui.button(tr!(lang, "backdrop.edit")).clicked() {
        cx.acts.push(Act::BackdropDialog(Some(key)));
        ui.close();
    }
    for (text, to) in [("layers.up", at.checked_sub(1)), ("layers.down", Some(at + 1))] {
        let to = to.filter(|to| *to < cx.session.backdrops().len());
        if ui.add_enabled(to.is_some(), egui::Button::new(tr!(lang, text))).clicked() {
            cx.acts.extend(to.map(|to| command(BackdropCommand::Move(key, to))));
            ui.close();
        }
    }
    ui.separator();
    if ui.button(tr!(lang, "layers.remove")).clicked() {
        cx.acts.push(command(BackdropCommand::Remove(key)));
        ui.close();
    }
}
