//! The plan's targets beside what layers measure and what is typed in: met, close, missed; how they went by year.

use super::rules::{state_key, state_tone};
use crate::i18n::{Lang, number, text_of, tr};
use crate::report::unknown_text;
use crate::rules::{PLANS, Plan, RuleAnswer, Source, Standing, Target, TargetState, Typed};
use crate::session::{Command, JobKind};
use crate::ui::context::Context;
use crate::ui::later::Later;
use crate::ui::theme::{self, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, ComboBox, DragValue, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use egui_plot::{Line, Plot, PlotPoints, Points};
use std::path::PathBuf;

/// Room for the button beside the field of a table; points.
const BROWSE: f32 = 96.0;

/// What is typed.
#[derive(Default)]
pub struct TargetsPanel {
    table: String,
    picking: Option<Later<Option<PathBuf>>>,
    open: Option<String>,
    year: i32,
    value: String,
}

impl TargetsPanel {
    /// Shows them.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let lang = cx.lang;
        self.choose(ui, cx);
        let session = cx.session;
        let Some(plan) = session.plan() else {
            widgets::quiet(ui, tr!(lang, "targets.choose"));
            return;
        };
        if !plan.title.is_empty() {
            widgets::quiet(ui, plan.called().text(lang));
        }
        let answers: Vec<&RuleAnswer> = session.rule_results().iter().map(|result| &*result.answer).collect();
        let standings = plan.standings(&answers);
        self.counts(ui, cx, &standings);
        ui.add_space(6.0);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            for standing in &standings {
                self.line(ui, cx, plan, standing);
            }
        });
    }

    fn choose(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let lang = cx.lang;
        ui.horizontal(|ui| {
            let title = tr!(lang, "targets.plan").into_owned();
            ui.label(RichText::new(&title).color(theme::palette(ui).quiet));
            let now = cx.session.plan_name().map(str::to_owned);
            let none = tr!(lang, "targets.none").into_owned();
            let combo = ComboBox::from_id_salt("plan").selected_text(now.clone().unwrap_or(none.clone())).width(90.0);
            let combo = combo.show_ui(ui, |ui| {
                if ui.selectable_label(now.is_none(), &none).clicked() {
                    cx.acts.push(crate::ui::context::Act::Session(Command::SetPlan(None)));
                }
                for id in PLANS {
                    let is_taken = now.as_deref() == Some(id);
                    let title = Plan::builtin(id).map(|plan| plan.called().text(lang).to_owned()).unwrap_or_default();
                    if ui.selectable_label(is_taken, format!("{id} {title}")).clicked() {
                        cx.acts.push(crate::ui::context::Act::Session(Command::SetPlan(Some(id.to_owned()))));
                    }
                }
            });
            combo.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &title));
            let hint = tr!(lang, "targets.own_table");
            let room = (ui.available_width() - BROWSE).max(60.0);
            let field = ui.add(TextEdit::singleline(&mut self.table).desired_width(room).hint_text(&*hint));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            if field.lost_focus() && !self.table.trim().is_empty() {
                cx.command(Command::SetPlan(Some(self.table.trim().to_owned())));
                self.table.clear();
            }
            if let Some(Ok(picked)) = self.picking.as_ref().map(Later::take) {
                self.picking = None;
                if let Some(path) = picked.flatten() {
                    // Beside the project it goes by its name, as typed: the project may be moved with it.
                    let folder = cx.session.open_project().and_then(|open| open.path.parent());
                    let name = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(&path);
                    cx.command(Command::SetPlan(Some(name.display().to_string())));
                }
            }
            let browse = tr!(lang, "dialog.browse");
            let can = self.picking.is_none();
            if widgets::secondary_button(ui, &browse, can).clicked() {
                let pick = || rfd::FileDialog::new().add_filter("TOML", &["toml"]).pick_file();
                self.picking = Some(Later::start(ui.ctx(), pick));
            }
        });
    }

    fn counts(&self, ui: &mut Ui, cx: &mut Context<'_>, standings: &[Standing<'_>]) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        ui.horizontal_wrapped(|ui| {
            let states = [Some(TargetState::Met), Some(TargetState::Close), Some(TargetState::Missed), None];
            for state in states {
                let is_of = |standing: &&Standing<'_>| standing.state == state && !is_undecided(standing);
                let n = standings.iter().filter(is_of).count();
                let key = state.map_or("targets.unknown", state_key);
                widgets::chip(ui, &format!("{} {n}", text_of(lang, key)), state_tone(state, palette));
            }
            let open = standings.iter().filter(|standing| is_undecided(standing)).count();
            if open > 0 {
                let text = format!("{} {open}", text_of(lang, "targets.undecided"));
                widgets::chip(ui, &text, palette.review);
            }
            // What layers can measure and nobody has: one click.
            let busy = cx.session.jobs().iter().any(|job| matches!(job.kind, JobKind::Ruling(_)));
            let wanted: Vec<String> = standings
                .iter()
                .filter(|standing| standing.value.is_none())
                .filter_map(|standing| standing.target.rule.clone())
                .filter(|id| cx.session.rule_result(id).is_none())
                .collect();
            if !wanted.is_empty() && widgets::secondary_button(ui, &tr!(lang, "targets.measure"), !busy).clicked() {
                cx.command(Command::RunRules(wanted, lang));
            }
        });
    }

    fn line(&mut self, ui: &mut Ui, cx: &mut Context<'_>, plan: &Plan, standing: &Standing<'_>) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let target = standing.target;
        let is_open = self.open.as_deref() == Some(&target.indicator);
        ui.horizontal(|ui| {
            let none = || if is_undecided(standing) { text_of(lang, "targets.undecided") } else { "—".to_owned() };
            let text = standing.value.map_or_else(none, |value| number(value, 2));
            let wanted = target.wanted().text(lang).to_owned();
            let beside = widgets::text_width(ui, &wanted, egui::FontId::proportional(SMALL));
            // What is wanted is cut where the name would have no room.
            let beside = widgets::chip_width(ui, &text) + beside.min(120.0) + 20.0;
            let room = (ui.available_width() - beside).max(60.0);
            let called = target.called();
            let title = RichText::new(called.text(lang)).color(palette.text);
            let button = ui
                .allocate_ui(vec2(room, theme::ROW), |ui| ui.add(egui::Button::new(title).frame(false).truncate()))
                .inner;
            if button.on_hover_text(called.text(lang)).clicked() {
                self.open = (!is_open).then(|| target.indicator.clone());
                self.year = target.year;
                self.value.clear();
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let tone = if is_undecided(standing) { palette.review } else { state_tone(standing.state, palette) };
                let chip = widgets::chip(ui, &text, tone);
                if let Some(why) = standing.why.as_ref().filter(|_| is_undecided(standing)) {
                    chip.on_hover_text(why.text(lang));
                }
                let wanted = RichText::new(wanted).size(SMALL).color(palette.quiet);
                ui.add(egui::Label::new(wanted).truncate());
            });
        });
        if is_open {
            let margin = egui::Margin { left: 10, bottom: 8, ..Default::default() };
            egui::Frame::new().inner_margin(margin).show(ui, |ui| self.opened(ui, cx, plan, standing));
        }
    }

    fn opened(&mut self, ui: &mut Ui, cx: &mut Context<'_>, plan: &Plan, standing: &Standing<'_>) {
        let lang = cx.lang;
        let target = standing.target;
        let [binding, began] = [target.binding(), target.began()].map(|said| said.text(lang).to_owned());
        let began = if began.is_empty() { began } else { tr!(lang, "targets.began", base = began).into_owned() };
        let mut about = vec![target.year.to_string(), binding, began];
        about.push(match standing.source {
            Some(Source::Measured) => text_of(lang, "targets.measured"),
            Some(Source::Typed(year)) => format!("{} {year}", text_of(lang, "targets.typed")),
            None => String::new(),
        });
        let rule = target.rule.as_ref().map(|id| {
            let known = cx.session.catalogue().get(id);
            known.map_or_else(|| id.clone(), |rule| rule.title.text(lang).to_owned())
        });
        about.extend(rule);
        about.retain(|text| !text.is_empty());
        widgets::quiet(ui, about.join(" · "));
        if let Some(why) = &standing.why {
            widgets::quiet(ui, why.text(lang));
        }
        if let Some(result) = target.rule.as_ref().and_then(|id| cx.session.rule_result(id)) {
            let unknown = cx.session.unknown_now(result);
            if !unknown.is_empty() {
                widgets::quiet(ui, unknown_text(&unknown, cx.session.vocabulary(), lang));
            }
        }
        let own: Vec<&Typed> = plan.typed.iter().filter(|typed| typed.indicator == target.indicator).collect();
        trend(ui, target, &own, standing, lang);
        for typed in &own {
            ui.horizontal(|ui| {
                let judged = typed.judged.map(|state| text_of(lang, state_key(state))).unwrap_or_default();
                let value = typed.value.map(|value| number(value, 2)).unwrap_or_default();
                let unit = crate::rules::unit_text(&target.unit, lang);
                widgets::quiet(ui, format!("{}  {value} {unit} {judged}", typed.year));
                let name = tr!(lang, "targets.delete", year = typed.year);
                if widgets::icon_button(ui, icons::X, &name).clicked() {
                    let (indicator, year) = (typed.indicator.clone(), typed.year);
                    cx.command(Command::TypeValue(Typed { indicator, year, value: None, judged: None }));
                }
            });
        }
        let value = self.value.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new(tr!(lang, "targets.year")).size(SMALL));
            ui.add(DragValue::new(&mut self.year).range(1990..=2100)).labelled_by(label.id);
            let hint = tr!(lang, "targets.value");
            let field = ui.add(TextEdit::singleline(&mut self.value).desired_width(70.0).hint_text(&*hint));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            let unit = crate::rules::unit_text(&target.unit, lang);
            if !unit.is_empty() {
                widgets::quiet(ui, unit);
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let keep = |judged| Typed { indicator: target.indicator.clone(), year: self.year, value, judged };
            let kept = widgets::secondary_button(ui, &tr!(lang, "targets.keep"), value.is_some()).clicked();
            if kept || (entered && value.is_some()) {
                cx.command(Command::TypeValue(keep(None)));
            }
        });
        if target.value.is_none() {
            ui.horizontal(|ui| {
                widgets::quiet(ui, tr!(lang, "targets.judge"));
                for state in [TargetState::Met, TargetState::Close, TargetState::Missed] {
                    if ui.selectable_label(standing.state == Some(state), text_of(lang, state_key(state))).clicked() {
                        let indicator = target.indicator.clone();
                        let judged = Some(state);
                        cx.command(Command::TypeValue(Typed { indicator, year: self.year, value, judged }));
                    }
                }
            });
        }
    }
}

/// True where a rule ran for it, or a value is there, and how it stands is open.
fn is_undecided(standing: &Standing<'_>) -> bool {
    standing.state.is_none() && (standing.source.is_some() || standing.is_undecided)
}

/// What was typed in by year, and the target; nothing for fewer than two values.
fn trend(ui: &mut Ui, target: &Target, typed: &[&Typed], standing: &Standing<'_>, lang: Lang) {
    let mut points: Vec<[f64; 2]> =
        typed.iter().filter_map(|typed| Some([f64::from(typed.year), typed.value?])).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    if points.len() < 2 {
        return;
    }
    let palette = theme::palette(ui);
    let wanted = target.value.map(|value| [f64::from(target.year), value]);
    let measured = standing.value.filter(|_| standing.source == Some(Source::Measured));
    let plot = Plot::new(("trend", &target.indicator))
        .height(120.0)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .show_grid([false, true])
        .x_axis_formatter(
            |mark, _| if mark.value.fract() == 0.0 { format!("{:.0}", mark.value) } else { String::new() },
        );
    plot.show(ui, |plot| {
        plot.line(
            Line::new(text_of(lang, "targets.typed"), PlotPoints::from(points.clone()))
                .color(palette.accent)
                .width(2.0),
        );
        plot.points(
            Points::new(text_of(lang, "targets.typed"), PlotPoints::from(points.clone()))
                .color(palette.accent)
                .radius(3.0),
        );
        if let Some(at) = wanted {
            let name = text_of(lang, "targets.target");
            plot.points(Points::new(name, PlotPoints::from(vec![at])).color(palette.met.0).radius(5.0));
        }
        if let (Some(value), Some(last)) = (measured, points.last()) {
            let name = text_of(lang, "targets.measured");
            plot.points(
                Points::new(name, PlotPoints::from(vec![[last[0], value]])).color(palette.review.0).radius(4.0),
            );
        }
    });
}
