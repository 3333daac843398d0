//! What is selected: how many, what it comes to, and what can be done with it.

use crate::i18n::{Lang, count, number, tr};
use crate::model::Shape;
use crate::query::{Totals, totals};
use crate::report::{AreaUnit, area_text};
use crate::session::{Command, Construct, OpenLayer, Session};
use crate::ui::context::{Act, Context as Panel};
use crate::ui::later::Later;
use crate::ui::map::overlay::metres_name;
use crate::ui::preview::Preview;
use crate::ui::selection::Selection;
use crate::ui::{theme, widgets};
use eframe::egui::{Context, DragValue, RichText, Ui};
use std::sync::Arc;

/// More features than this are summed beside the window.
const AT_ONCE: usize = 20_000;

/// Sums of the selection, worked out once a change; and what is typed for what is done with it.
pub struct SelectedPanel {
    of: Option<(u64, u64)>,
    totals: Totals,
    /// Sums that are worked out beside the window.
    coming: Option<Later<Totals>>,
    buffer_m: f64,
    tolerance_m: f64,
}

impl Default for SelectedPanel {
    fn default() -> Self {
        Self { of: None, totals: Totals::default(), coming: None, buffer_m: 100.0, tolerance_m: 5.0 }
    }
}

impl SelectedPanel {
    /// Sums of what is selected; of many features only how many they are, until the rest is worked out beside the window.
    pub fn totals(&mut self, ctx: &Context, session: &Session, selection: &Selection) -> Option<Totals> {
        let indexed = session.indexed(selection.key()?)?;
        let of = Some((indexed.id(), selection.revision()));
        if self.of != of {
            (self.of, self.coming) = (of, None);
            let is_there = |row: &&usize| **row < indexed.layer().len();
            let rows: Vec<usize> = selection.rows().iter().filter(is_there).copied().collect();
            if rows.len() <= AT_ONCE {
                self.totals = totals(indexed.layer(), &rows);
            } else {
                self.totals = Totals { count: rows.len(), ..Totals::default() };
                let indexed = Arc::clone(indexed);
                self.coming = Some(Later::start(ctx, move || totals(indexed.layer(), &rows)));
            }
        }
        if let Some(Ok(done)) = self.coming.as_ref().map(Later::take) {
            self.totals = done.unwrap_or(self.totals);
            self.coming = None;
        }
        Some(self.totals)
    }

    /// True while sums are worked out.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }

    /// The sums in a line.
    pub fn text(
        &mut self,
        ctx: &Context,
        session: &Session,
        selection: &Selection,
        unit: AreaUnit,
        lang: Lang,
    ) -> Option<String> {
        let sums = self.totals(ctx, session, selection)?;
        let mut said = vec![tr!(lang, "selected.count", n = count(sums.count)).into_owned()];
        if sums.area_m2 > 0.0 {
            said.push(area_text(sums.area_m2, unit, lang));
        }
        if sums.length_m > 0.0 {
            said.push(format!("{} km", number(sums.length_m / 1_000.0, 3)));
        }
        Some(said.join(" · "))
    }

    /// Shows the sums and what can be done; nothing where nothing is selected.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Panel<'_>, selection: &Selection, unit: AreaUnit) {
        let lang = cx.lang;
        let Some(text) = self.text(ui.ctx(), cx.session, selection, unit, lang) else { return };
        let Some(key) = selection.key() else { return };
        let palette = theme::palette(ui);
        widgets::section(ui, &tr!(lang, "selected.title"));
        ui.label(RichText::new(text).color(palette.text));
        let editable = cx.session.layer(key).is_some_and(|layer| layer.is_editable);
        let rows = || selection.led_rows();
        let many = selection.rows().len() > 1;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if editable {
                let mut make = |ui: &mut Ui, text: &str, enabled: bool, what: Construct| {
                    if widgets::secondary_button(ui, &tr!(lang, text), enabled).clicked() {
                        cx.command(Command::Construct(key, rows(), what));
                    }
                };
                make(ui, "step.merge", many, Construct::Merge);
                make(ui, "step.subtract", many, Construct::Subtract);
                make(ui, "step.duplicate", true, Construct::Duplicate([2e-4, -2e-4]));
                if widgets::secondary_button(ui, &tr!(lang, "step.delete"), true).clicked() {
                    cx.command(Command::Delete(key, rows()));
                }
            } else if cx.session.layer(key).is_some()
                && widgets::secondary_button(ui, &tr!(lang, "tool.allow"), true).clicked()
            {
                cx.command(Command::SetEditable(key, true));
            }
        });
        let metres = metres_name(lang);
        ui.horizontal(|ui| {
            if widgets::secondary_button(ui, &tr!(lang, "selected.buffer"), true).clicked() {
                let name = tr!(lang, "selected.buffer_name", distance = number(self.buffer_m, 0)).into_owned();
                cx.command(Command::Buffer(key, rows(), self.buffer_m, name));
            }
            let drag = DragValue::new(&mut self.buffer_m).range(0.1..=1e6).speed(5.0).suffix(format!(" {metres}"));
            ui.add(drag);
        });
        let has_corners = |layer: &OpenLayer| layer.layer().kinds.iter().any(|kind| kind.shape() != Shape::Points);
        if editable && cx.session.layer(key).is_some_and(has_corners) {
            ui.horizontal(|ui| {
                if widgets::secondary_button(ui, &tr!(lang, "selected.simplify"), true).clicked() {
                    let preview = Preview::simplify(cx.session, key, rows(), self.tolerance_m);
                    cx.acts.extend(preview.map(|preview| Act::Preview(Box::new(preview))));
                }
                let drag =
                    DragValue::new(&mut self.tolerance_m).range(0.01..=1e5).speed(0.5).suffix(format!(" {metres}"));
                ui.add(drag);
            });
        }
        ui.add_space(12.0);
    }
}
