//! Rows of a shared store that were changed here and by somebody else: both states side by side, and whose is to stand.

use super::{scroll_list, window};
use crate::i18n::{Lang, tr};
use crate::io::store::Conflict;
use crate::session::{Command, Key};
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Grid, Label, RichText, Ui};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rows that are asked about, and what was said of each.
#[derive(Default)]
pub struct Conflicts {
    asked: Option<(Key, Arc<Vec<Conflict>>)>,
    /// True where the planner's own edit is to stand, by the place in the list; nothing where nobody decided.
    ours: Vec<Option<bool>>,
}

impl Conflicts {
    /// Asks about rows of a layer.
    pub fn ask(&mut self, layer: Key, conflicts: Arc<Vec<Conflict>>) {
        self.ours = vec![None; conflicts.len()];
        self.asked = Some((layer, conflicts));
    }

    /// True where something is asked.
    pub(super) fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Leaves everything as it is: the edits stay, and are in no store.
    pub(super) fn close(&mut self) {
        self.asked = None;
    }

    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let Some((key, conflicts)) = self.asked.clone() else { return };
        let Some(layer) = cx.session.layer(key) else {
            self.asked = None;
            return;
        };
        let (lang, name) = (cx.lang, cx.session.title(layer, cx.lang));
        let (mut open, mut done) = (true, false);
        window(&tr!(lang, "conflict.title"), &mut open).show(ctx, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width(640.0_f32.min(screen.width() - 80.0));
            ui.add(Label::new(tr!(lang, "conflict.text", layer = name, n = conflicts.len())).wrap());
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if widgets::secondary_button(ui, &tr!(lang, "conflict.all_mine"), true).clicked() {
                    self.ours.fill(Some(true));
                }
                if widgets::secondary_button(ui, &tr!(lang, "conflict.all_theirs"), true).clicked() {
                    self.ours.fill(Some(false));
                }
            });
            ui.separator();
            // The buttons below stay in sight, however many rows there are.
            scroll_list(screen.height() - 340.0).show(ui, |ui| {
                for (at, conflict) in conflicts.iter().enumerate() {
                    one(ui, lang, (at, conflict), &mut self.ours[at]);
                    ui.separator();
                }
            });
            let open = self.ours.iter().filter(|one| one.is_none()).count();
            widgets::actions(ui, |ui| {
                if widgets::primary_button(ui, &tr!(lang, "conflict.write"), "", open == 0).clicked() {
                    let rows = |ours: bool| -> BTreeSet<usize> {
                        let of = self.ours.iter().zip(conflicts.iter()).filter(|(one, _)| **one == Some(ours));
                        of.map(|(_, conflict)| conflict.row).collect()
                    };
                    cx.command(Command::Store { layer: key, ours: rows(true), theirs: rows(false) });
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "conflict.later"), true).clicked() {
                    done = true;
                }
                if open > 0 {
                    widgets::quiet(ui, tr!(lang, "conflict.open", n = open));
                }
            });
        });
        if done || !open {
            self.asked = None;
        }
    }
}

/// A row: what differs, as it was read, here and there.
fn one(ui: &mut Ui, lang: Lang, (at, conflict): (usize, &Conflict), ours: &mut Option<bool>) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(&conflict.label).strong());
    let [gone_here, gone_there] = conflict.gone;
    let [moved_here, moved_there] = conflict.moved;
    for (is_so, key) in [
        (gone_here, "conflict.gone_here"),
        (gone_there, "conflict.gone_there"),
        (moved_here, "conflict.moved_here"),
        (moved_there, "conflict.moved_there"),
    ] {
        if is_so {
            widgets::quiet(ui, tr!(lang, key));
        }
    }
    if !conflict.cells.is_empty() {
        Grid::new(("conflict", at)).num_columns(4).spacing([16.0, 4.0]).show(ui, |ui| {
            for key in ["conflict.column", "conflict.was", "conflict.ours", "conflict.theirs"] {
                ui.label(RichText::new(tr!(lang, key)).color(palette.quiet).small());
            }
            ui.end_row();
            for cell in &conflict.cells {
                let title = crate::report::column_title(&cell.column, "m²", lang);
                ui.label(title.unwrap_or_else(|| cell.column.clone()));
                ui.label(RichText::new(&cell.was).color(palette.quiet));
                for side in [&cell.ours, &cell.theirs] {
                    let text = RichText::new(side);
                    ui.label(if *side == cell.was { text.color(palette.quiet) } else { text.strong() });
                }
                ui.end_row();
            }
        });
    }
    ui.horizontal(|ui| {
        widgets::radio_value(ui, ours, Some(true), tr!(lang, "conflict.mine"));
        widgets::radio_value(ui, ours, Some(false), tr!(lang, "conflict.their"));
    });
}
