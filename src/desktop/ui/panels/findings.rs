//! Findings and what becomes of them: how many stand at which step, a list with filters, one finding with its history.

use super::deadline::deadline;
use crate::i18n::{Lang, count, text_of, tr};
use crate::model::Geometry;
use crate::report::{event_text, state_text};
use crate::rules::Verdict;
use crate::rules::findings::{Finding, FindingList, Remark, State};
use crate::session::Command;
use crate::ui::context::{Act, Context};
use crate::ui::map::picking::Hit;
use crate::ui::theme::{self, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, ComboBox, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use std::collections::HashSet;

/// What is shown of them, and what is typed.
#[derive(Default)]
pub struct FindingsPanel {
    state: Option<State>,
    rule: Option<String>,
    gone: bool,
    wanted: String,
    open: Option<String>,
    /// Owner, passed to, deadline, note of the open one while they are typed.
    typed: [String; 4],
    /// What was last made of all of them.
    seen: Option<Seen>,
    /// The finding in whose field for the deadline something stands that is no day, and what.
    wrong: Option<(String, String)>,
}

/// Files with findings elsewhere that have a button of their own at most.
const OTHERS: usize = 3;

/// Findings in the list at most; the filters tell the rest apart.
const MOST: usize = 300;

/// More than so many are not gone through in every frame, but after a click or a key, and so often.
const MANY: usize = 20_000;
const AGAIN_SECONDS: f64 = 2.0;

/// What a list of findings comes to: gone through once.
struct Seen {
    /// What it was made of: how many findings there were, and the filters.
    of: (usize, Option<State>, Option<String>, bool, String),
    /// When, by the window's clock; seconds.
    at: f64,
    /// Of each state how many stand at it, and how many of those are past their deadline.
    states: [(usize, usize); State::ALL.len()],
    /// The rules that found them.
    rules: Vec<String>,
    /// The first that the filters leave, and how many they leave.
    first: Vec<usize>,
    shown: usize,
}

impl FindingsPanel {
    /// Shows them.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let session = cx.session;
        let all = &session.findings().all;
        if all.is_empty() {
            widgets::quiet(ui, tr!(lang, "findings.none"));
            return;
        }
        let today = crate::report::today();
        let seen = self.seen(ui, all, &today);
        self.board(ui, &seen.states, lang);
        ui.add_space(6.0);
        self.filters(ui, cx, &seen.rules);
        match cx.session.findings_file() {
            Some(file) => widgets::quiet(ui, tr!(lang, "findings.kept", file = crate::io::file_name(&file))),
            None => widgets::quiet(ui, tr!(lang, "findings.not_kept")),
        };
        ui.add_space(4.0);
        if widgets::secondary_button(ui, &tr!(lang, "merging.open"), true).clicked() {
            cx.acts.push(Act::OpenDialog);
        }
        let others = cx.session.findings_elsewhere();
        if !others.is_empty() {
            widgets::quiet(ui, tr!(lang, "findings.others", files = others.join(crate::i18n::between(lang))));
            let folder = cx.session.findings_file().and_then(|file| file.parent().map(std::path::Path::to_owned));
            for file in others.iter().take(OTHERS) {
                let text = tr!(lang, "merging.with", file = file);
                let button = ui.add(egui::Button::new(text).truncate());
                if let (true, Some(folder)) = (button.clicked(), &folder) {
                    cx.command(Command::CompareFindings(folder.join(file)));
                }
            }
        }
        ui.add_space(4.0);
        if seen.shown == 0 {
            widgets::quiet(ui, tr!(lang, "findings.no_match"));
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            for finding in seen.first.iter().filter_map(|at| all.get(*at)) {
                self.line(ui, cx, finding, &today);
            }
            if seen.shown > MOST {
                widgets::quiet(ui, tr!(lang, "findings.more", n = count(seen.shown - MOST)));
            }
        });
        self.seen = Some(seen);
    }

    /// What the findings come to with the filters of now: the last of it, where they are many and nobody did anything since.
    fn seen(&mut self, ui: &Ui, all: &FindingList, today: &str) -> Seen {
        let of = (all.len(), self.state, self.rule.clone(), self.gone, self.wanted.clone());
        let (now, is_idle) = ui.input(|input| {
            let is_act = |event: &egui::Event| {
                !matches!(
                    event,
                    egui::Event::PointerMoved(_) | egui::Event::MouseMoved(_) | egui::Event::MouseWheel { .. }
                )
            };
            (input.time, !input.events.iter().any(is_act))
        });
        let last = self.seen.take();
        let is_new = |seen: &Seen| seen.of == of && is_idle && now - seen.at < AGAIN_SECONDS;
        last.filter(|seen| all.len() > MANY && is_new(seen)).unwrap_or_else(|| self.looked_at(all, today, of, now))
    }

    fn looked_at(
        &self,
        all: &FindingList,
        today: &str,
        of: (usize, Option<State>, Option<String>, bool, String),
        at: f64,
    ) -> Seen {
        let mut seen = Seen { of, at, states: Default::default(), rules: Vec::new(), first: Vec::new(), shown: 0 };
        let mut rules: HashSet<&str> = HashSet::new();
        for (at, finding) in all.iter().enumerate() {
            rules.insert(&finding.rule);
            if finding.gone_on.is_none()
                && let Some(state) = State::ALL.iter().position(|state| *state == finding.state)
            {
                seen.states[state].0 += 1;
                seen.states[state].1 += usize::from(finding.is_overdue(today));
            }
            if self.shows(finding) {
                seen.shown += 1;
                if seen.first.len() < MOST {
                    seen.first.push(at);
                }
            }
        }
        seen.rules = rules.into_iter().map(str::to_owned).collect();
        seen.rules.sort();
        seen
    }

    fn shows(&self, finding: &Finding) -> bool {
        let wanted = self.wanted.trim().to_lowercase();
        let text = || format!("{} {} {} {}", finding.name, finding.with, finding.owner, finding.note).to_lowercase();
        finding.gone_on.is_some() == self.gone
            && self.state.is_none_or(|state| finding.state == state)
            && self.rule.as_ref().is_none_or(|rule| finding.rule == *rule)
            && (wanted.is_empty() || text().contains(&wanted))
    }

    /// The steps beside one another, with how many stand at each; a click shows those alone.
    fn board(&mut self, ui: &mut Ui, states: &[(usize, usize)], lang: Lang) {
        let palette = theme::palette(ui);
        let width = (ui.available_width() - 16.0) / 5.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (state, (number_of, overdue)) in State::ALL.into_iter().zip(states.iter().copied()) {
                let is_taken = self.state == Some(state);
                let (rect, response) = ui.allocate_exact_size(vec2(width, 46.0), egui::Sense::click());
                let ground = if is_taken { palette.selection } else { palette.surface };
                ui.painter().rect_filled(rect, 6.0, ground);
                let line = if is_taken { palette.accent } else { palette.line };
                ui.painter().rect_stroke(rect, 6.0, egui::Stroke::new(1.0, line), egui::StrokeKind::Inside);
                let number = rect.center_top() + vec2(0.0, 15.0);
                let ink = if overdue > 0 { palette.ban.0 } else { palette.text };
                ui.painter().text(number, egui::Align2::CENTER_CENTER, count(number_of), theme::bold(16.0), ink);
                let name = state_text(state, lang);
                let room = egui::Rect::from_min_max(rect.min + vec2(3.0, 26.0), rect.max - vec2(3.0, 3.0));
                let font = egui::FontId::proportional(SMALL - 1.0);
                let galley = ui.painter().layout_no_wrap(name.clone(), font.clone(), palette.quiet);
                if galley.size().x <= room.width() {
                    let at = egui::Align2::CENTER_CENTER.align_size_within_rect(galley.size(), room).min;
                    ui.painter().galley(at, galley, palette.quiet);
                } else {
                    widgets::ellipsised(ui, room, &name, font, palette.quiet);
                }
                let label = format!("{name} {}", count(number_of));
                response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, is_taken, &label));
                let hint =
                    if overdue > 0 { tr!(lang, "findings.overdue", n = overdue).into_owned() } else { label.clone() };
                if response.on_hover_text(hint).clicked() {
                    self.state = (!is_taken).then_some(state);
                }
            }
        });
    }

    fn filters(&mut self, ui: &mut Ui, cx: &Context<'_>, rules: &[String]) {
        let lang = cx.lang;
        ui.horizontal(|ui| {
            let hint = tr!(lang, "findings.search");
            let field = TextEdit::singleline(&mut self.wanted).desired_width(96.0).margin(vec2(8.0, 4.0));
            let field = ui.add(field.hint_text(&*hint));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            let title = |id: &str| {
                cx.session.catalogue().get(id).map_or_else(|| id.to_owned(), |rule| rule.title.text(lang).to_owned())
            };
            let every = tr!(lang, "findings.every_rule").into_owned();
            let shown = self.rule.as_deref().map_or(every.clone(), title);
            // What is left beside the box to tick.
            let gone = tr!(lang, "findings.gone");
            let ticked = widgets::text_width(ui, &gone, egui::FontId::proportional(theme::BODY)) + 40.0;
            let width = (ui.available_width() - ticked).max(72.0);
            let combo = ComboBox::from_id_salt("findings-rule").selected_text(shown).width(width).truncate();
            let combo = combo.show_ui(ui, |ui| {
                ui.selectable_value(&mut self.rule, None, &every);
                for rule in rules {
                    ui.selectable_value(&mut self.rule, Some(rule.clone()), title(rule));
                }
            });
            combo.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &every));
            widgets::checkbox(ui, &mut self.gone, gone).on_hover_text(tr!(lang, "findings.gone_hint"));
        });
    }

    fn line(&mut self, ui: &mut Ui, cx: &mut Context<'_>, finding: &Finding, today: &str) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let is_open = self.open.as_deref() == Some(&finding.id);
        let row = vec2(ui.available_width(), 28.0);
        ui.allocate_ui_with_layout(row, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            let (key, tone) = match finding.verdict {
                Verdict::Ban => ("verdict.ban", palette.ban),
                _ => ("verdict.review", palette.review),
            };
            // Names begin below one another.
            let room = ["verdict.ban", "verdict.review"].map(|key| widgets::chip_width(ui, &text_of(lang, key)));
            ui.allocate_ui_with_layout(
                vec2(room[0].max(room[1]), theme::ROW),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(room[0].max(room[1]));
                    widgets::chip(ui, &text_of(lang, key), tone);
                },
            );
            let name = if finding.name.is_empty() { finding.id.as_str() } else { &finding.name };
            let ink = if finding.is_overdue(today) { palette.ban.0 } else { palette.text };
            let state = state_text(finding.state, lang);
            let said = widgets::text_width(ui, &state, egui::FontId::proportional(SMALL));
            let room = (ui.available_width() - said - 12.0).max(40.0);
            let text = RichText::new(name).color(ink);
            let inner = egui::Layout::left_to_right(egui::Align::Center);
            let button = ui
                .allocate_ui_with_layout(vec2(room, theme::ROW), inner, |ui| {
                    ui.add(egui::Button::new(text).frame(false).truncate())
                })
                .inner;
            if button.on_hover_text(cx.session.reason_of(finding, lang)).clicked() {
                self.open = (!is_open).then(|| finding.id.clone());
                self.wrong = None;
                let Finding { owner, passed_to, deadline, note, .. } = finding;
                self.typed = [owner.clone(), passed_to.clone(), deadline.clone(), note.clone()];
                match cx.session.place_of(finding) {
                    Some((key, row)) => cx.acts.push(Act::GoTo(Hit { key, row })),
                    // Of a run of another day only the ground is known.
                    None => {
                        cx.acts.push(Act::SelectOne(None));
                        cx.acts.extend(bounds_of(finding).map(Act::GoToGround));
                    }
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(state).size(SMALL).color(palette.quiet));
            });
        });
        if is_open {
            let margin = egui::Margin { left: 10, bottom: 8, ..Default::default() };
            egui::Frame::new().inner_margin(margin).show(ui, |ui| self.opened(ui, cx, finding, today));
        }
    }

    fn opened(&mut self, ui: &mut Ui, cx: &mut Context<'_>, finding: &Finding, today: &str) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let rule = cx.session.catalogue().get(&finding.rule).map(|rule| rule.title.text(lang).to_owned());
        let about =
            [rule.unwrap_or_else(|| finding.rule.clone()), cx.session.reason_of(finding, lang), finding.with.clone()];
        let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
        widgets::quiet(ui, about.join(" · "));
        if finding.is_overdue(today) {
            let text = tr!(lang, "findings.is_overdue", on = finding.deadline);
            ui.label(RichText::new(text).size(SMALL).color(palette.ban.0));
        }
        let remark = |cx: &mut Context<'_>, remark| cx.command(Command::Remark(finding.id.clone(), remark));
        ui.horizontal_wrapped(|ui| {
            // All five in a row.
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding.x = 7.0;
            for state in State::ALL {
                let is_taken = finding.state == state;
                if ui.selectable_label(is_taken, state_text(state, lang)).clicked() && !is_taken {
                    remark(cx, Remark::State(state));
                }
            }
        });
        let keys = ["findings.owner", "findings.passed_to", "findings.deadline", "findings.note"];
        let make: [fn(String) -> Remark; 4] = [Remark::Owner, Remark::PassedTo, Remark::Deadline, Remark::Note];
        let known = [&finding.owner, &finding.passed_to, &finding.deadline, &finding.note];
        for (i, key) in keys.into_iter().enumerate() {
            ui.horizontal(|ui| {
                let label = ui.add_sized(
                    vec2(64.0, 20.0),
                    egui::Label::new(RichText::new(text_of(lang, key)).size(SMALL).color(palette.quiet)),
                );
                let field = TextEdit::singleline(&mut self.typed[i]).desired_width(ui.available_width() - 8.0);
                let field = if i == 2 { field.hint_text("2026-12-31") } else { field };
                let field = ui.add(field).labelled_by(label.id);
                let is_wrong = i == 2 && self.wrong.as_ref().is_some_and(|(id, _)| *id == finding.id);
                if is_wrong && !field.has_focus() {
                    let pen = egui::Stroke::new(1.5, palette.ban.0);
                    ui.painter().rect_stroke(field.rect, 4.0, pen, egui::StrokeKind::Inside);
                }
                if field.lost_focus() && (is_wrong || self.typed[i] != *known[i]) {
                    let meant = match i {
                        2 => deadline(&self.typed[i], today),
                        _ => Some(self.typed[i].clone()),
                    };
                    match meant {
                        // What is no day stays where it was typed, marked; what holds is what was there before.
                        None => self.wrong = Some((finding.id.clone(), self.typed[i].clone())),
                        Some(meant) => {
                            self.wrong = self.wrong.take().filter(|_| i != 2);
                            self.typed[i].clone_from(&meant);
                            if meant != *known[i] {
                                remark(cx, make[i](meant));
                            }
                        }
                    }
                }
            });
        }
        if let Some((_, text)) = self.wrong.as_ref().filter(|(id, _)| *id == finding.id) {
            let before = if finding.deadline.is_empty() { "—" } else { &finding.deadline };
            let text = tr!(lang, "findings.not_a_day", text = text, before = before);
            ui.label(RichText::new(text).size(SMALL).color(palette.ban.0));
        }
        for event in finding.history.iter().rev() {
            widgets::quiet(ui, format!("{}  {}", event.on, event_text(&event.what, lang)));
        }
    }
}

/// Where a finding is.
fn bounds_of(finding: &Finding) -> Option<crate::geodesy::LonLatBox> {
    let geometry: Geometry = crate::io::geojson::geometry_of(&finding.geometry)?;
    Some(geometry.bounds())
}
