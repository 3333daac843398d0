//! A layer's health list: what is wrong, where in the file, what was done, and the way to the place.

use super::context::{Act, Context};
use super::{dialogs, icons, theme};
use crate::geodesy::LonLatBox;
use crate::i18n::tr;
use crate::model::{Layer, Severity};
use crate::session::Key;
use crate::ui::map::picking::Hit;
use crate::ui::widgets;
use eframe::egui::{self, Align2, Label, Layout, RichText, ScrollArea, Ui, vec2};

/// A layer's health list, each entry with "go there".
pub fn show(ctx: &egui::Context, cx: &mut Context<'_>, key: Key, title: &str, layer: &Layer, open: &mut bool) {
    let lang = cx.lang;
    dialogs::window(&tr!(lang, "health.title", layer = title), open)
        // Low in the window, so that the place it leads to is seen above it.
        .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -40.0))
        .show(ctx, |ui| {
            ui.set_width(620.0);
            let palette = theme::palette(ui);
            if layer.problems.is_empty() {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(icons::CIRCLE_CHECK).font(theme::icon_font(16.0)).color(palette.met.0));
                    ui.label(tr!(lang, "info.healthy"));
                });
                return;
            }
            let left_out = layer.unusable.iter().filter(|u| **u).count();
            widgets::quiet(
                ui,
                tr!(
                    lang,
                    "health.summary",
                    file = layer.source.file_name,
                    n = layer.problems.len(),
                    left_out = left_out
                ),
            );
            ui.add_space(8.0);
            ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show_rows(
                ui,
                44.0,
                layer.problems.len(),
                |ui, rows| {
                    for problem in &layer.problems[rows] {
                        health_row(ui, cx, key, layer, problem);
                    }
                },
            );
        });
}

fn health_row(ui: &mut Ui, cx: &mut Context<'_>, key: Key, layer: &Layer, problem: &crate::model::Problem) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 40.0), Layout::left_to_right(egui::Align::Center), |ui| {
        let (icon, ink) = match problem.kind.severity() {
            Severity::LeftOut => (icons::CIRCLE_X, palette.ban.0),
            Severity::Warning => (icons::TRIANGLE_ALERT, palette.review.0),
            Severity::Note => (icons::INFO, palette.quiet),
        };
        ui.label(RichText::new(icon).font(theme::icon_font(16.0)).color(ink));
        let width = ui.available_width() - 88.0;
        ui.allocate_ui_with_layout(vec2(width, 40.0), Layout::top_down(egui::Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add(Label::new(RichText::new(problem.kind.message(lang)).color(palette.text)).truncate());
            let place = match (problem.row, problem.place) {
                (Some(row), Some(p)) => {
                    tr!(lang, "health.place", n = row + 1, label = layer.label(row), line = p.line, column = p.column)
                }
                _ => tr!(lang, "health.whole_file"),
            };
            let place = format!("{place} · {}", problem.kind.done(lang));
            ui.add(Label::new(RichText::new(place).size(theme::SMALL).color(palette.quiet)).truncate());
        });
        let spot = problem.kind.position().map(|p| LonLatBox { min: p, max: p }.padded(60.0));
        let bounds = problem.row.map(|row| layer.geometries.bounds(row)).filter(|b| !b.is_empty());
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if let (Some(row), true) = (problem.row, spot.is_some() || bounds.is_some())
                && ui.button(tr!(lang, "health.go_there")).clicked()
            {
                cx.acts.push(Act::GoTo(Hit { key, row }));
                cx.acts.extend(spot.map(Act::GoToPlace));
            }
        });
    });
}
