//! Scenarios: which there are, which is on, what it changes, and what the rules say with it.

use super::compared;
use crate::i18n::{Lang, count, text_of, tr};
use crate::session::scenarios::{DrawnKind, DrawnRow};
use crate::session::{Command, JobKind, Key, OpenScenario, ScenarioCommand};
use crate::ui::context::{Act, Context};
use crate::ui::map::picking::Hit;
use crate::ui::theme::{self, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Button, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use std::collections::BTreeSet;

/// Changed features in the list at most; the others are counted.
const MOST: usize = 200;

/// What is typed, ticked and open.
#[derive(Default)]
pub struct ScenariosPanel {
    /// Scenarios that are not to be compared.
    unticked: BTreeSet<u64>,
    /// The scenario that is being called otherwise, and how.
    renaming: Option<(u64, String)>,
    /// The note of the one that is on, while it is typed.
    note: Option<(u64, String)>,
    /// The rule whose comparison is open.
    open: Option<String>,
    /// What the scenario that is on changes, and of which states that was found out.
    drawn: (Vec<(Key, u64, u64)>, Vec<DrawnRow>),
}

impl ScenariosPanel {
    /// Shows them.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let session = cx.session;
        self.follow(cx);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            if session.scenarios().is_empty() {
                ui.add(egui::Label::new(RichText::new(tr!(lang, "scenario.about"))).wrap());
                ui.add_space(4.0);
            } else {
                self.list(ui, cx);
            }
            self.begin(ui, cx);
            if let Some(on) = session.scenario_on() {
                ui.add_space(8.0);
                self.on(ui, cx, on);
            }
            if !session.scenarios().is_empty() {
                ui.add_space(8.0);
                self.compare(ui, cx);
            }
        });
    }

    /// Takes in what is drawn now.
    fn follow(&mut self, cx: &Context<'_>) {
        let layers = cx.session.layers().iter();
        let of: Vec<_> = layers.map(|layer| (layer.key, layer.own().id(), layer.indexed.id())).collect();
        if self.drawn.0 != of {
            self.drawn = (of, cx.session.drawn_rows());
        }
    }

    /// The button that begins one.
    fn begin(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let can = !cx.session.layers().is_empty();
        if widgets::secondary_button(ui, &tr!(lang, "scenario.new"), can).clicked() {
            let numbered = (1..).map(|n: usize| tr!(lang, "scenario.name", n = numeral(n, lang)).into_owned());
            let mut free = numbered.filter(|name| cx.session.scenario_named(name).is_none());
            let name = free.next().unwrap_or_default();
            cx.command(Command::Scenario(ScenarioCommand::Add(name)));
        }
    }

    /// What stands, and the scenarios: one of them is on.
    fn list(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let (lang, session) = (cx.lang, cx.session);
        let on = session.scenario_on().map(|one| one.id);
        let is_switching = session.jobs().iter().any(|job| matches!(job.kind, JobKind::Switching(_)));
        ui.add_enabled_ui(!is_switching, |ui| {
            if widgets::radio(ui, on.is_none(), tr!(lang, "compare.before")).clicked() && on.is_some() {
                cx.command(Command::Scenario(ScenarioCommand::Switch(None)));
            }
            for one in session.scenarios() {
                self.line(ui, cx, one, on == Some(one.id));
            }
        });
    }

    fn line(&mut self, ui: &mut Ui, cx: &mut Context<'_>, one: &OpenScenario, is_on: bool) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            if let Some((id, name)) = &mut self.renaming
                && *id == one.id
            {
                let hint = tr!(lang, "scenario.rename");
                let field = ui.add(TextEdit::singleline(name).desired_width(200.0));
                field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
                if field.lost_focus() {
                    if !ui.input(|i| i.key_pressed(egui::Key::Escape)) {
                        cx.command(Command::Scenario(ScenarioCommand::Rename(one.id, name.clone())));
                    }
                    self.renaming = None;
                } else {
                    field.request_focus();
                }
                return;
            }
            let room = (ui.available_width() - 104.0).max(60.0);
            let named = ui.allocate_ui(vec2(room, 24.0), |ui| {
                ui.set_max_width(room);
                widgets::radio(ui, is_on, &one.name)
            });
            let radio = if one.note.is_empty() { named.inner } else { named.inner.on_hover_text(&one.note) };
            if radio.clicked() && !is_on {
                cx.command(Command::Scenario(ScenarioCommand::Switch(Some(one.id))));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let more = ui.menu_button(RichText::new("…").color(palette.quiet), |ui| {
                    if ui.button(tr!(lang, "scenario.rename")).clicked() {
                        self.renaming = Some((one.id, one.name.clone()));
                        ui.close();
                    }
                    if ui.button(tr!(lang, "scenario.copy")).clicked() {
                        cx.command(Command::Scenario(ScenarioCommand::Copy(one.id, one.name.clone())));
                        ui.close();
                    }
                    if ui.button(tr!(lang, "scenario.remove")).clicked() {
                        cx.command(Command::Scenario(ScenarioCommand::Remove(one.id)));
                        ui.close();
                    }
                });
                let name = tr!(lang, "scenario.more", name = one.name).into_owned();
                more.response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &*name));
                let mut ticked = !self.unticked.contains(&one.id);
                let name = tr!(lang, "scenario.tick", name = one.name).into_owned();
                let tick = widgets::checkbox(ui, &mut ticked, "").on_hover_text(&*name);
                tick.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, ticked, &*name));
                if tick.changed() {
                    if ticked {
                        self.unticked.remove(&one.id)
                    } else {
                        self.unticked.insert(one.id)
                    };
                }
                let n = cx.session.scenario_changes(one.id);
                ui.label(RichText::new(tr!(lang, "scenario.n", n = count(n))).size(SMALL).color(palette.quiet));
            });
        });
    }

    /// The scenario that is on: its note, and what it changes.
    fn on(&mut self, ui: &mut Ui, cx: &mut Context<'_>, on: &OpenScenario) {
        let lang = cx.lang;
        widgets::section(ui, &tr!(lang, "scenario.drawn", name = on.name));
        if self.note.as_ref().is_none_or(|(id, _)| *id != on.id) {
            self.note = Some((on.id, on.note.clone()));
        }
        if let Some((_, note)) = &mut self.note {
            let hint = tr!(lang, "scenario.note");
            let field = TextEdit::singleline(note).hint_text(&*hint).desired_width(f32::INFINITY);
            let field = ui.add(field);
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            if field.lost_focus() && *note != on.note {
                cx.command(Command::Scenario(ScenarioCommand::Note(on.id, note.clone())));
            } else if !field.has_focus() && *note != on.note {
                note.clone_from(&on.note);
            }
        }
        for doubt in &on.doubts {
            let text = RichText::new(doubt.text(lang)).size(SMALL).color(theme::palette(ui).review.0);
            ui.add(egui::Label::new(text).wrap());
        }
        let drawn = std::mem::take(&mut self.drawn.1);
        if drawn.is_empty() {
            let is_open = cx.session.layers().iter().any(|layer| layer.is_editable);
            widgets::quiet(ui, tr!(lang, if is_open { "scenario.draw" } else { "scenario.open_first" }));
        }
        let mut layer = None;
        for row in drawn.iter().take(MOST) {
            if layer != Some(row.layer) {
                layer = Some(row.layer);
                let title = cx.session.layer(row.layer).map(|layer| cx.session.title(layer, lang));
                widgets::quiet(ui, title.unwrap_or_default());
            }
            drawn_line(ui, cx, row);
        }
        if drawn.len() > MOST {
            widgets::quiet(ui, tr!(lang, "report.more", n = count(drawn.len() - MOST)));
        }
        if !drawn.is_empty() {
            let adopt = Button::new(tr!(lang, "scenario.adopt"));
            if ui.add(adopt).on_hover_text(tr!(lang, "scenario.adopt_hint")).clicked() {
                cx.command(Command::Scenario(ScenarioCommand::Adopt));
            }
        }
        self.drawn.1 = drawn;
    }

    /// Rules without and with the scenarios that are ticked.
    fn compare(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let (lang, session) = (cx.lang, cx.session);
        let palette = theme::palette(ui);
        let all = session.scenarios().iter().map(|one| one.id);
        let ids: Vec<u64> = all.filter(|id| !self.unticked.contains(id)).collect();
        let busy = session.jobs().iter().any(|job| matches!(job.kind, JobKind::Comparing(_)));
        let text = tr!(lang, "compare.run");
        if widgets::primary_button(ui, &text, "", !busy && !ids.is_empty()).clicked() {
            cx.command(Command::Scenario(ScenarioCommand::Compare(ids, lang)));
        }
        let Some(kept) = session.comparison() else {
            widgets::quiet(ui, tr!(lang, "compare.about"));
            return;
        };
        ui.add_space(4.0);
        if session.is_comparison_out_of_date(kept) {
            let text = RichText::new(tr!(lang, "report.out_of_date")).size(SMALL).color(palette.review.0);
            ui.add(egui::Label::new(text).wrap());
        }
        compared::show(ui, cx, &kept.comparison, &mut self.open);
        let has_run = !session.rule_results().is_empty();
        let hint = tr!(lang, "compare.report_hint");
        let button = widgets::secondary_button(ui, &tr!(lang, "report.write"), has_run);
        if button.on_hover_text(&*hint).clicked() {
            cx.acts.push(Act::ReportDialog);
        }
    }
}

/// 一, 二, 三; 1, 2, 3.
fn numeral(n: usize, lang: Lang) -> String {
    const ZH: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    match (lang, n.checked_sub(1).and_then(|n| ZH.get(n))) {
        (Lang::Zh, Some(numeral)) => (*numeral).to_owned(),
        _ => n.to_string(),
    }
}

fn drawn_line(ui: &mut Ui, cx: &mut Context<'_>, row: &DrawnRow) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let (key, tone) = match row.kind {
            DrawnKind::Added => ("scenario.added", palette.met),
            DrawnKind::Moved => ("scenario.moved", (palette.accent, palette.selection)),
            DrawnKind::Changed => ("scenario.changed", (palette.accent, palette.selection)),
            DrawnKind::Gone => ("scenario.gone", palette.ban),
        };
        widgets::chip(ui, &text_of(lang, key), tone);
        let room = (ui.available_width() - 32.0).max(40.0);
        let name = ui.allocate_ui(vec2(room, 24.0), |ui| ui.add(Button::new(&row.name).frame(false).truncate())).inner;
        if name.clicked() {
            match row.kind {
                DrawnKind::Gone => cx.acts.push(Act::GoToGround(row.bounds)),
                _ => cx.acts.push(Act::GoTo(Hit { key: row.layer, row: row.row })),
            }
        }
        let restore = tr!(lang, "scenario.restore", name = row.name).into_owned();
        if widgets::icon_button(ui, icons::X, &restore).clicked() {
            cx.command(Command::Scenario(ScenarioCommand::Restore(row.layer, vec![row.row])));
        }
    });
}
