//! The catalogue of rules: which can run and what the others lack, their parameters, what they came to.

use super::{mapping, pointing, rule_card, rule_groups, rule_values};
use crate::i18n::{Lang, asked, between, comma, count, number, text_of, tr};
use crate::model::Role;
use crate::report::{answers_text, local_text, unknown_text, why_text};
use crate::rules::{Rule, RuleAnswer, RuleFigure, Status, TargetState, Theme, Verdict};
use crate::session::{Command, JobKind, RuleResult, RunChanges, Session};
use crate::ui::context::{Act, Context, Looking, Tab};
use crate::ui::theme::{self, SMALL};
use crate::ui::widgets;
use crate::vocabulary::Vocabulary;
use eframe::egui::{self, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

/// What is typed: words looked for; which rule is open.
#[derive(Default)]
pub struct RulesPanel {
    wanted: String,
    open: Option<String>,
    /// True where what was opened is to be brought into view.
    scrolls: bool,
}

/// The themes with the keys of their titles.
const THEMES: [(Theme, &str); 6] = [
    (Theme::Water, "theme.water"),
    (Theme::Green, "theme.green"),
    (Theme::Ecology, "theme.ecology"),
    (Theme::Soil, "theme.soil"),
    (Theme::Risk, "theme.risk"),
    (Theme::Plan, "theme.plan"),
];

impl RulesPanel {
    /// Opens a rule, and brings it into view.
    pub fn open(&mut self, id: &str) {
        (self.wanted, self.open, self.scrolls) = (String::new(), Some(id.to_owned()), true);
    }

    /// True where this rule is open.
    pub fn is_open(&self, id: &str) -> bool {
        self.open.as_deref() == Some(id)
    }

    /// Shows the catalogue.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking) {
        let lang = cx.lang;
        let roles = cx.session.roles();
        let busy = cx.session.jobs().iter().any(|job| matches!(job.kind, JobKind::Ruling(_)));
        ui.horizontal(|ui| {
            let hint = tr!(lang, "rules.search");
            let field = TextEdit::singleline(&mut self.wanted).desired_width(132.0).margin(vec2(8.0, 5.0));
            let field = ui.add(field.hint_text(&*hint).min_size(vec2(0.0, 30.0)).align(egui::Align2::LEFT_CENTER));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            if widgets::primary_button(ui, &tr!(lang, "rules.run_all"), "", !busy).clicked() {
                cx.command(Command::RunRules(cx.session.catalogue().runnable(&roles), lang));
            }
            let some = !cx.session.rule_results().is_empty();
            let can_report = some && !busy && looking.writing.is_none();
            if widgets::secondary_button(ui, &tr!(lang, "report.write"), can_report).clicked() {
                cx.acts.push(Act::ReportDialog);
            }
        });
        ui.add_space(6.0);
        let rules = cx.session.catalogue().rules.clone();
        let wanted = self.wanted.trim().to_lowercase();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            for (theme, title) in THEMES {
                let has = |rule: &&Rule| {
                    let text = format!("{} {} {}", rule.title.text(lang), rule.clause, rule.id).to_lowercase();
                    rule.theme == theme && text.contains(&wanted)
                };
                let of_theme: Vec<&Rule> = rules.iter().filter(has).collect();
                if of_theme.is_empty() {
                    continue;
                }
                widgets::section(ui, &text_of(lang, title));
                for rule in of_theme {
                    self.rule(ui, cx, looking, rule, &lacks(rule, &roles), busy);
                }
                ui.add_space(8.0);
            }
        });
    }

    fn rule(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        looking: &Looking,
        rule: &Rule,
        lacking: &[Vec<Role>],
        busy: bool,
    ) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let is_open = self.open.as_deref() == Some(&rule.id);
        let result = cx.session.rule_result(&rule.id).cloned();
        let can_run = lacking.is_empty();
        ui.horizontal(|ui| {
            let ink = if can_run { palette.text } else { palette.quiet };
            let title = RichText::new(rule.title.text(lang)).color(ink);
            let is_stale = result.as_ref().is_some_and(|result| cx.session.is_rule_out_of_date(result));
            // The red pill counts bans and nothing else.
            let bans = result.as_ref().map_or(0, |result| result.answer.count(Verdict::Ban));
            let is_all = result.as_ref().is_some_and(|result| bans > 0 && is_bans(&result.answer));
            let is_doubtful = result.as_ref().is_some_and(|result| is_doubtful(cx.session, result));
            let mut chips = Vec::new();
            if let Some(result) = &result {
                chips.extend((!is_all).then(|| open_text(result, lang)));
                chips.extend((bans > 0).then(|| count(bans)));
                chips.extend(is_doubtful.then(|| "?".to_owned()));
                chips.extend(is_stale.then(|| text_of(lang, "rules.stale")));
            }
            let beside: f32 = chips.iter().map(|text| widgets::chip_width(ui, text) + 4.0).sum();
            let room = (ui.available_width() - beside - 8.0).max(40.0);
            let button = ui
                .allocate_ui(vec2(room, theme::ROW), |ui| ui.add(egui::Button::new(title).frame(false).truncate()))
                .inner;
            let button = match can_run {
                true => button,
                false => button.on_hover_text(tr!(lang, "rules.lacks", roles = pointing::lacking_text(lacking, lang))),
            };
            if button.clicked() {
                self.open = (!is_open).then(|| rule.id.clone());
                self.scrolls = !is_open;
                if let Some(result) = result.as_ref().filter(|_| !is_open) {
                    cx.acts.push(Act::Activate(result.key));
                }
            }
            if let Some(result) = &result {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    if !is_all {
                        let name = match result.answer.status {
                            Status::NeedsInput => text_of(lang, "rules.lacks_column"),
                            Status::MissingLayer | Status::Error => {
                                why_text(&result.answer, cx.session.vocabulary(), lang)
                            }
                            Status::Answered if is_mixed(&result.answer) => text_of(lang, "verdict.review"),
                            Status::Answered => String::new(),
                        };
                        let chip = widgets::chip(ui, &open_text(result, lang), tone(result, palette));
                        if !name.is_empty() {
                            chip.on_hover_text(name);
                        }
                    }
                    if bans > 0 {
                        widgets::chip(ui, &count(bans), palette.ban).on_hover_text(tr!(lang, "verdict.ban"));
                    }
                    if is_doubtful {
                        // No row reads as all clear where something was not known or not looked at.
                        let name = tr!(lang, "rules.open_of", rule = rule.title.text(lang)).into_owned();
                        let mark = widgets::chip(ui, "?", palette.review);
                        mark.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &*name));
                        mark.on_hover_ui(|ui| {
                            ui.label(doubts_text(cx.session, result, lang));
                        });
                    }
                    if is_stale {
                        stale_chip(ui, lang);
                    }
                });
            }
        });
        if !is_open {
            return;
        }
        let frame = egui::Frame::new().inner_margin(egui::Margin { left: 10, bottom: 8, ..Default::default() });
        let shown = frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            if let Some(result) = &result {
                self.head(ui, cx, looking, result);
            }
            rule_card::clause(ui, rule, &answers_text(rule, lang), result.is_some(), lang);
            let text = tr!(lang, if result.is_some() { "ask.again" } else { "ask.run" });
            let runs = (can_run && !rule.is_on_demand()).then_some((&*text, !busy));
            rule_values::show(ui, cx, rule, runs);
            if let Some(result) = &result {
                self.result(ui, cx, looking, result);
            }
            if rule.is_on_demand() {
                // What it comes to stands in a tab or a page of its own.
                let key = if rule.id == "one-map" { "print.one_map" } else { "findings.title" };
                if widgets::secondary_button(ui, &text_of(lang, key), true).clicked() {
                    let act = if rule.id == "one-map" { Act::PrintDialog } else { Act::Tab(Tab::Findings) };
                    cx.acts.push(act);
                }
            } else if !can_run {
                pointing::layers(ui, cx, lacking);
            }
        });
        if std::mem::take(&mut self.scrolls) {
            shown.response.scroll_to_me(None);
        }
    }

    /// The verdict, before anything else is said.
    fn head(&self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking, result: &RuleResult) {
        if cx.session.is_rule_out_of_date(result) {
            stale_chip(ui, cx.lang);
        }
        let answer = &result.answer;
        if answer.status != Status::Answered {
            return;
        }
        let figures = figures_text(answer, cx.lang);
        // A rule that found nothing says so; one of figures alone opens with them.
        let nothing = empty_text(result, cx.session.vocabulary(), cx.lang);
        let otherwise = if answer.rule.steps.is_empty() && !figures.is_empty() { &figures } else { &nothing };
        rule_card::verdict(ui, answer, otherwise, cx.lang);
        if !answer.features.is_empty() || answer.aim.is_some() {
            rule_card::chips(ui, cx, looking, result);
        }
    }

    fn result(&self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking, result: &RuleResult) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let answer = &result.answer;
        let is_stale = cx.session.is_rule_out_of_date(result);
        match answer.status {
            Status::NeedsInput => return pointing::columns(ui, cx, result),
            Status::Error | Status::MissingLayer => {
                let text = why_text(answer, cx.session.vocabulary(), lang);
                ui.label(RichText::new(text).color(palette.review.0));
                return;
            }
            Status::Answered => {}
        }
        let figures = figures_text(answer, lang);
        // A rule of figures alone has opened with them.
        let is_said = answer.rule.steps.is_empty() && rule_card::sentence(answer, lang).is_none();
        if !figures.is_empty() && !is_said {
            ui.add(egui::Label::new(RichText::new(figures).color(palette.text)).wrap().selectable(true));
        }
        rule_groups::show(ui, cx, answer);
        let mut notes = vec![local_text(&result.time)];
        notes.extend(answer.all_notes().map(|note| note.text(lang).to_owned()));
        if let Some(RunChanges { new, gone }) =
            result.changes.as_ref().filter(|c| !c.new.is_empty() || !c.gone.is_empty())
        {
            notes.push(tr!(lang, "rules.changes", new = count(new.len()), gone = count(gone.len())).into_owned());
        }
        notes.extend(rule_values::ran_with(answer, lang));
        if is_stale {
            notes.push(tr!(lang, "report.out_of_date").into_owned());
        }
        super::unknown_words::show(ui, cx, result);
        let read = pointing::read_by(cx.session, &answer.rule);
        mapping::button(ui, cx, &read);
        for note in notes {
            widgets::quiet(ui, note);
        }
        left_out(ui, result, lang);
        if let Some(changes) = &result.changes {
            changed(ui, changes, lang);
        }
        ui.horizontal_wrapped(|ui| {
            let mut visible = result.visible;
            if widgets::checkbox(ui, &mut visible, tr!(lang, "rules.on_map")).clicked() {
                cx.command(Command::SetVisible(result.key, visible));
            }
            let is_shown = looking.active == Some(result.key);
            if widgets::secondary_button(ui, &tr!(lang, "rules.table"), !is_shown).clicked() {
                cx.acts.push(Act::Activate(result.key));
            }
            if widgets::secondary_button(ui, &tr!(lang, "ask.export"), true).clicked() {
                cx.acts.push(Act::ExportDialog(result.key));
            }
            if answer.rule.id == "outlet-ledger"
                && widgets::secondary_button(ui, &tr!(lang, "cards.write"), true).clicked()
            {
                cx.acts.push(Act::CardsDialog);
            }
        });
    }
}

/// What is new and what is gone since the run before, by name.
fn changed(ui: &mut Ui, changes: &RunChanges, lang: Lang) {
    const MOST: usize = 12;
    for (names, key) in [(&changes.new, "rules.new"), (&changes.gone, "rules.gone")] {
        if !names.is_empty() {
            let more = if names.len() > MOST { "…" } else { "" };
            let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
            widgets::quiet(ui, format!("{}{}{more}", text_of(lang, key), shown.join(between(lang))));
        }
    }
}

/// True where something of a result is open: a value that nobody knows, what was not looked at.
fn is_doubtful(session: &Session, result: &RuleResult) -> bool {
    let answer = &result.answer;
    !answer.not_checked.is_empty() || answer.unknown_values.iter().any(|value| !session.is_told(value))
}

/// What that is, a line each.
fn doubts_text(session: &Session, result: &RuleResult, lang: Lang) -> String {
    let unknown = session.unknown_now(result);
    let unknown = (!unknown.is_empty()).then(|| unknown_text(&unknown, session.vocabulary(), lang));
    let not_checked = result.answer.not_checked.iter().map(|told| told.why.text(lang).to_owned());
    unknown.into_iter().chain(not_checked).collect::<Vec<_>>().join("\n")
}

/// Features that could not be used: how many, and which.
fn left_out(ui: &mut Ui, result: &RuleResult, lang: Lang) {
    const MOST: usize = 50;
    let n = result.answer.left_out;
    if n == 0 {
        return;
    }
    let name = |(role, row, name): &(Role, usize, String)| format!("{} {} {name}", role.title(lang), count(row + 1));
    let mut names: Vec<String> = result.left_out.iter().take(MOST).map(name).collect();
    if result.left_out.len() > MOST {
        names.push(tr!(lang, "contents.more", n = count(result.left_out.len() - MOST)).into_owned());
    }
    let title = RichText::new(tr!(lang, "rules.left_out", n = count(n))).size(SMALL);
    let shown = egui::CollapsingHeader::new(title).id_salt(("left-out", &result.answer.rule.id)).show(ui, |ui| {
        for name in &names {
            widgets::quiet(ui, name.clone());
        }
    });
    shown.header_response.on_hover_text(names.join("\n"));
}

/// The figures of an answer in a line, with how many were found where no figure says so.
fn figures_text(answer: &RuleAnswer, lang: Lang) -> String {
    let mut said: Vec<String> =
        answer.figures.iter().map(|f| format!("{} {}", f.title.text(lang), f.text(lang))).collect();
    let found = answer.features.len();
    // A number that a figure tells is not told twice.
    let is_told = answer.figures.iter().any(|f| f.value == Some(found as f64) && figure_is_count(f));
    if (!answer.rule.steps.is_empty() || answer.rule.work.is_some()) && !is_told {
        said.push(tr!(lang, "rules.found", n = count(found)).into_owned());
    }
    said.join(comma(lang))
}

/// The key of what a state is called.
pub fn state_key(state: TargetState) -> &'static str {
    match state {
        TargetState::Met => "targets.met",
        TargetState::Close => "targets.close",
        TargetState::Missed => "targets.missed",
    }
}

/// The colours of a state.
pub fn state_tone(state: Option<TargetState>, palette: &theme::Palette) -> (egui::Color32, egui::Color32) {
    match state {
        Some(TargetState::Met) => palette.met,
        Some(TargetState::Close) => palette.review,
        Some(TargetState::Missed) => palette.ban,
        None => (palette.quiet, palette.surface),
    }
}

/// Roles of which none is open, one set a need.
fn lacks(rule: &Rule, roles: &[Role]) -> Vec<Vec<Role>> {
    rule.needs().into_iter().filter(|any| !any.iter().any(|role| roles.contains(role))).collect()
}

fn figure_text(result: &RuleResult, lang: Lang) -> String {
    match (result.answer.status, result.answer.figure()) {
        (Status::NeedsInput, _) => text_of(lang, "rules.chip_column"),
        (Status::MissingLayer, _) => text_of(lang, "rules.chip_layer"),
        (Status::Error, _) => text_of(lang, "rules.chip_error"),
        (_, Some(figure)) => figure.text(lang),
        (_, None) => tr!(lang, "rules.found", n = count(result.answer.features.len())).into_owned(),
    }
}

/// The figure beside the number of bans: where it is that of all findings, that of those to be looked at, so that none is counted
/// in both.
fn open_text(result: &RuleResult, lang: Lang) -> String {
    match is_mixed(&result.answer) {
        true => count(result.answer.count(Verdict::Review)),
        false => figure_text(result, lang),
    }
}

/// True where the findings are bans and findings to be looked at, and the figure is that of both.
fn is_mixed(answer: &RuleAnswer) -> bool {
    let (bans, reviews, all) = (answer.count(Verdict::Ban), answer.count(Verdict::Review), answer.features.len());
    let counts_all = |f: &RuleFigure| f.value == Some(all as f64) && figure_is_count(f);
    bans > 0 && reviews > 0 && bans + reviews == all && answer.figure().is_none_or(counts_all)
}

/// True where the figure that stands for a rule is the number of its bans, which the red pill says.
fn is_bans(answer: &RuleAnswer) -> bool {
    let bans = answer.count(Verdict::Ban);
    answer.figure().map_or(bans == answer.features.len(), |f| f.value == Some(bans as f64) && figure_is_count(f))
}

/// True for a number of features.
fn figure_is_count(figure: &RuleFigure) -> bool {
    matches!(figure.unit.as_str(), "" | "个" | "处")
}

/// Says that something changed since a rule ran.
fn stale_chip(ui: &mut Ui, lang: Lang) {
    let tone = theme::palette(ui).review;
    widgets::chip(ui, &tr!(lang, "rules.stale"), tone).on_hover_text(tr!(lang, "report.out_of_date"));
}

/// What a result without features says in their place: what it lacks, or how near the nearest came.
pub fn empty_text(result: &RuleResult, vocabulary: &Vocabulary, lang: Lang) -> String {
    let answer = &result.answer;
    if answer.status != Status::Answered {
        return why_text(answer, vocabulary, lang);
    }
    if answer.rule.steps.is_empty() && answer.rule.work.is_none() {
        return text_of(lang, "rules.figures_only");
    }
    let nearest = answer.summaries.iter().filter_map(|told| told["min_distance_m"].as_f64()).reduce(f64::min);
    let mut limits = answer.rule.parameters.iter().filter(|p| p.unit == "m");
    match (nearest, limits.next(), limits.next()) {
        (Some(nearest), Some(limit), None) => {
            let limit = asked(answer.rule.value(&limit.name, &answer.values));
            tr!(lang, "rules.nearest", nearest = number(nearest, 1), limit = limit).into_owned()
        }
        _ => text_of(lang, "rules.nothing_found"),
    }
}

/// The colours of the figure that stands for a rule: never red, which is for bans.
fn tone(result: &RuleResult, palette: &theme::Palette) -> (egui::Color32, egui::Color32) {
    let answer = &result.answer;
    let list = (palette.accent, palette.selection);
    match answer.aim.as_ref().and_then(|aim| aim.state) {
        Some(TargetState::Met) => palette.met,
        Some(TargetState::Close | TargetState::Missed) => palette.review,
        None if answer.status != Status::Answered || is_mixed(answer) => palette.review,
        None if answer.count(Verdict::Review) > 0 && answer.count(Verdict::Review) == answer.features.len() => {
            palette.review
        }
        None => list,
    }
}
