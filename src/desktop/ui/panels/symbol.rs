//! Fields for a sign: colours, lines, hatches, marks.

use super::style_dialog::named;
use crate::i18n::{Lang, tr};
use crate::model::{Mark, Pattern, Rgba, Shape, Symbol};
use crate::ui::{theme, widgets};
use eframe::egui::{ComboBox, DragValue, Response, Role, Stroke, StrokeKind, Ui, WidgetInfo};

/// The colour that says most about a sign.
pub fn color_field(ui: &mut Ui, symbol: &mut Symbol, shape: Option<Shape>, name: &str) {
    let color = match shape {
        Some(Shape::Lines) => &mut symbol.stroke,
        _ => &mut symbol.fill,
    };
    if let Some(Rgba(rgba)) = color {
        let button = well(ui, rgba);
        button.widget_info(|| WidgetInfo::labeled(Role::ColorWell, true, name));
    }
}

/// A colour to be changed, with a border so that white is seen on white.
fn well(ui: &mut Ui, rgba: &mut [u8; 4]) -> Response {
    let button = ui.color_edit_button_srgba_unmultiplied(rgba);
    let line = Stroke::new(1.0, theme::palette(ui).line);
    ui.painter().rect_stroke(button.rect, ui.visuals().widgets.inactive.corner_radius, line, StrokeKind::Inside);
    button
}

fn color(ui: &mut Ui, name: &str, color: &mut Option<Rgba>) {
    named(ui, name, |ui, label| {
        let mut has = color.is_some();
        if widgets::checkbox(ui, &mut has, "").labelled_by(label).clicked() {
            *color = has.then_some(Rgba([0x3D, 0x7E, 0xA6, 0xFF]));
        }
        if let Some(Rgba(rgba)) = color {
            well(ui, rgba).labelled_by(label);
        }
    });
}

fn size(ui: &mut Ui, name: &str, value: &mut f32, most: f32) {
    named(ui, name, |ui, label| {
        ui.add(DragValue::new(value).range(0.0..=most).speed(0.1).max_decimals(1)).labelled_by(label);
    });
}

/// Every field that a shape needs.
pub fn symbol_editor(ui: &mut Ui, symbol: &mut Symbol, shape: Option<Shape>, lang: Lang) {
    let (points, lines) = (shape == Some(Shape::Points), shape == Some(Shape::Lines));
    if !lines {
        color(ui, &tr!(lang, "symbol.fill"), &mut symbol.fill);
    }
    if !lines && !points {
        named(ui, &tr!(lang, "symbol.pattern"), |ui, label| {
            let name = |pattern| match pattern {
                Pattern::Solid => tr!(lang, "symbol.solid"),
                Pattern::Hatch => tr!(lang, "symbol.hatch"),
                Pattern::DenseHatch => tr!(lang, "symbol.dense_hatch"),
            };
            ComboBox::from_id_salt("pattern")
                .selected_text(name(symbol.pattern))
                .show_ui(ui, |ui| {
                    for pattern in [Pattern::Solid, Pattern::Hatch, Pattern::DenseHatch] {
                        ui.selectable_value(&mut symbol.pattern, pattern, name(pattern));
                    }
                })
                .response
                .labelled_by(label);
        });
    }
    color(ui, &tr!(lang, "symbol.stroke"), &mut symbol.stroke);
    if points {
        named(ui, &tr!(lang, "symbol.mark"), |ui, label| {
            let name = |mark| match mark {
                Mark::Circle => tr!(lang, "symbol.circle"),
                Mark::Square => tr!(lang, "symbol.square"),
                Mark::Triangle => tr!(lang, "symbol.triangle"),
                Mark::Diamond => tr!(lang, "symbol.diamond"),
            };
            ComboBox::from_id_salt("mark")
                .selected_text(name(symbol.mark))
                .show_ui(ui, |ui| {
                    for mark in [Mark::Circle, Mark::Square, Mark::Triangle, Mark::Diamond] {
                        ui.selectable_value(&mut symbol.mark, mark, name(mark));
                    }
                })
                .response
                .labelled_by(label);
        });
        size(ui, &tr!(lang, "symbol.radius"), &mut symbol.radius, 40.0);
        return;
    }
    size(ui, &tr!(lang, "symbol.width"), &mut symbol.width, 20.0);
    size(ui, &tr!(lang, "symbol.dash"), &mut symbol.dash, 60.0);
    color(ui, &tr!(lang, "symbol.casing"), &mut symbol.casing);
}
