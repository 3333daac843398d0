//! The menu of a layer in the list: what is done with it, how firm it is drawn, what it counts as.

use crate::i18n::tr;
use crate::model::{LayerStyle, ReadAs, Role};
use crate::session::{Change, Command, Key, OpenLayer};
use crate::ui::context::{Act, Context};
use crate::ui::map::split::{self, Split};
use crate::ui::widgets;
use eframe::egui::{self, ScrollArea, Slider, Ui};
use std::sync::Arc;

/// Shows the menu of the layer in this place of the list.
pub(super) fn show(ui: &mut Ui, cx: &mut Context<'_>, layer: &OpenLayer, i: usize) {
    let lang = cx.lang;
    ui.set_min_width(180.0);
    if ui.button(tr!(lang, "layers.zoom_to")).clicked() {
        cx.acts.push(Act::ZoomTo(layer.key));
        ui.close();
    }
    if ui.button(tr!(lang, "layers.health")).clicked() {
        cx.acts.push(Act::Health(layer.key));
        ui.close();
    }
    let mut editable = layer.is_editable;
    if widgets::checkbox(ui, &mut editable, tr!(lang, "layers.editable")).clicked() {
        cx.command(Command::SetEditable(layer.key, editable));
        ui.close();
    }
    if ui.add_enabled(layer.is_unsaved(), egui::Button::new(tr!(lang, "menu.save"))).clicked() {
        cx.acts.push(Act::Save(layer.key));
        ui.close();
    }
    if ui.button(tr!(lang, "menu.save_as")).clicked() {
        cx.acts.push(Act::SaveAs(layer.key));
        ui.close();
    }
    if ui.button(tr!(lang, "export.open")).clicked() {
        cx.acts.push(Act::ExportAsDialog(layer.key));
        ui.close();
    }
    // What goes into its file is read as it was; edits that no file holds would go.
    let path = layer.path.clone().filter(|_| layer.layer().as_read.table.is_some() && !layer.is_unsaved());
    if ui.add_enabled(path.is_some(), egui::Button::new(tr!(lang, "import.again"))).clicked() {
        let read_as = ReadAs { layer: layer.read_as.layer.clone(), ..ReadAs::default() };
        path.into_iter().for_each(|path| cx.command(Command::Examine(path, read_as.clone())));
        ui.close();
    }
    if ui.button(tr!(lang, "menu.style")).clicked() {
        cx.acts.push(Act::StyleDialog(layer.key));
        ui.close();
    }
    opacity(ui, cx, layer);
    compare(ui, cx, layer.key);
    if ui.button(tr!(lang, "layers.rename")).clicked() {
        cx.acts.push(Act::RenameDialog(layer.key));
        ui.close();
    }
    if ui.button(tr!(lang, "mapping.open")).clicked() {
        cx.acts.push(Act::MappingDialog(layer.key));
        ui.close();
    }
    ui.menu_button(tr!(lang, "layers.role"), |ui| {
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            let none = std::iter::once(None);
            for role in none.chain(Role::ALL.iter().copied().map(Some)) {
                let name = role.map_or_else(|| tr!(lang, "layers.no_role").into_owned(), |r| r.title(lang).to_owned());
                if widgets::radio(ui, layer.role == role, name).clicked() {
                    cx.command(Command::Change(Change::SetRole(layer.key, role)));
                    ui.close();
                }
            }
        });
    });
    if layer.is_apart && layer.role.is_none() && ui.button(tr!(lang, "layers.count")).clicked() {
        cx.command(Command::Change(Change::SetApart(layer.key, false)));
        ui.close();
    }
    for (key, to) in [("layers.up", i.checked_sub(1)), ("layers.down", Some(i + 1))] {
        let to = to.filter(|to| *to < cx.session.layers().len());
        if ui.add_enabled(to.is_some(), egui::Button::new(tr!(lang, key))).clicked() {
            if let Some(to) = to {
                cx.command(Command::Change(Change::Move(layer.key, to)));
            }
            ui.close();
        }
    }
    ui.separator();
    if ui.button(tr!(lang, "layers.remove")).clicked() {
        cx.acts.push(Act::Remove(layer.key));
        ui.close();
    }
}

/// What it can be held beside on the map.
pub(super) fn compare(ui: &mut Ui, cx: &mut Context<'_>, key: Key) {
    let others = split::others(cx.session, key);
    ui.add_enabled_ui(!others.is_empty(), |ui| {
        ui.menu_button(tr!(cx.lang, "split.with"), |ui| {
            ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                for other in others {
                    let name = split::called(cx.session, other, cx.lang).unwrap_or_default();
                    if ui.add(egui::Button::new(name).wrap_mode(egui::TextWrapMode::Extend)).clicked() {
                        cx.acts.push(Act::Compare(Some(Split::new(key, other))));
                        ui.close();
                    }
                }
            });
        });
    });
}

/// How firm it is drawn, in percent; what changes while the button is down is one step.
fn opacity(ui: &mut Ui, cx: &mut Context<'_>, layer: &OpenLayer) {
    let mut percent = (layer.style.strength() * 100.0).round();
    ui.horizontal(|ui| {
        let name = ui.label(tr!(cx.lang, "layers.opacity"));
        let slider = Slider::new(&mut percent, 0.0..=100.0).step_by(5.0).show_value(false);
        let slider = widgets::slider(ui, slider).labelled_by(name.id);
        ui.label(format!("{percent:.0} %"));
        if slider.changed() {
            let opacity = (percent < 100.0).then_some(percent / 100.0);
            let style = LayerStyle { opacity, ..LayerStyle::clone(&layer.style) };
            let continues = ui.input(|i| i.pointer.any_down()) && !slider.drag_started();
            cx.command(Command::Style(layer.key, Arc::new(style), continues));
        }
    });
}
