//! The card of what is selected, at the top of every tab of the right panel: its name, what it is of, what lies under it.

use super::feature::{self, Measured};
use super::selected::SelectedPanel;
use crate::i18n::tr;
use crate::report::AreaUnit;
use crate::ui::context::{Act, Context, Looking};
use crate::ui::map::picking::Hit;
use crate::ui::theme::{self, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Align, Button, Id, Label, Layout, RichText, ScrollArea, Ui};

/// What of the panel's height the card takes at most.
const SHARE: f32 = 0.42;

/// Shows the card; nothing where nothing is selected. `stack` is the place of what leads the selection among what lies under
/// the last click, how many that are, and the next of them.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    looking: &Looking,
    measured: &mut Measured,
    chosen: &mut SelectedPanel,
    unit: AreaUnit,
    stack: Option<(usize, usize, Hit)>,
) {
    let session = cx.session;
    let is_there = |hit: &Hit| {
        let layer = session.indexed(hit.key).map(|indexed| indexed.layer());
        layer.is_some_and(|layer| hit.row < layer.len() && !layer.is_gone(hit.row))
    };
    let lead = looking.selection.lead().filter(is_there);
    let Some((lead, indexed)) = lead.and_then(|lead| Some((lead, session.indexed(lead.key)?))) else {
        return measured.close();
    };
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let id = Id::unique("card of the selection");
    let mut is_open = ui.data(|data| data.get_temp(id).unwrap_or(true));
    let name = indexed.layer().label(lead.row);
    let most = ui.available_height() * SHARE;
    let frame = egui::Frame::new()
        .fill(palette.surface)
        .stroke(egui::Stroke::new(1.0, palette.line))
        .corner_radius(6.0)
        .inner_margin(egui::Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal(|ui| {
            let (ink, _) = palette.chosen;
            // The ink of the map's outline says which feature this is.
            let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 24.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 4.0, ink);
            let room = (ui.available_width() - if stack.is_some() { 124.0 } else { 92.0 }).max(40.0);
            ui.allocate_ui_with_layout(egui::vec2(room, 24.0), Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(&name).font(theme::bold(theme::BODY)).color(palette.text);
                ui.add(Label::new(text).truncate());
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                if widgets::icon_button(ui, icons::X, &tr!(lang, "feature.clear")).clicked() {
                    cx.acts.push(Act::SelectOne(None));
                }
                let arrow = if is_open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
                if widgets::icon_button(ui, arrow, &tr!(lang, "feature.title")).clicked() {
                    is_open = !is_open;
                    ui.data_mut(|data| data.insert_temp(id, is_open));
                }
                if widgets::icon_button(ui, icons::LOCATE, &tr!(lang, "feature.go_to")).clicked() {
                    cx.acts.push(Act::GoTo(lead));
                }
                if let Some((_, _, next)) = stack
                    && widgets::icon_button(ui, icons::ARROW_DOWN, &tr!(lang, "feature.next")).clicked()
                {
                    cx.acts.push(Act::SelectOne(Some(next)));
                }
            });
        });
        if let Some((i, n, next)) = stack {
            let text = RichText::new(tr!(lang, "feature.one_of", i = i + 1, n = n)).size(SMALL).color(palette.accent);
            if ui.add(Button::new(text).frame(false)).clicked() {
                cx.acts.push(Act::SelectOne(Some(next)));
            }
        }
        if !is_open {
            measured.close();
        }
        if is_open {
            ScrollArea::vertical().id_salt("card").max_height(most).show(ui, |ui| {
                feature::show(ui, cx, lead, measured, unit);
                ui.add_space(6.0);
                chosen.show(ui, cx, &looking.selection, unit);
            });
        }
    });
    ui.add_space(8.0);
}
