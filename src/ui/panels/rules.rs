//! The catalogue of rules: which can run and what the others lack, their parameters, what they came to.

use crate::i18n::{Lang, count, number, tr};
use crate::model::Role;
use crate::rules::{Answers, Rule, Status, Theme, Values, Verdict};
use crate::session::{Command, JobKind, RuleResult};
use crate::ui::context::{Act, Context, Looking};
use crate::ui::theme::{self, SENTENCE, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, DragValue, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};
use std::collections::BTreeMap;

/// What is typed: words looked for, values of parameters by rule.
#[derive(Default)]
pub struct RulesPanel {
    wanted: String,
    open: Option<String>,
    values: BTreeMap<String, Values>,
}

/// The themes with the keys of their titles.
const THEMES: [(Theme, &str); 5] = [
    (Theme::Water, "theme.water"),
    (Theme::Green, "theme.green"),
    (Theme::Ecology, "theme.ecology"),
    (Theme::Soil, "theme.soil"),
    (Theme::Risk, "theme.risk"),
];

impl RulesPanel {
    /// Shows the catalogue.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking) {
        let lang = cx.lang;
        let roles: Vec<Role> = cx.session.layers().iter().filter_map(|l| l.role).collect();
        let busy = cx.session.jobs().iter().any(|job| matches!(job.kind, JobKind::Ruling(_)));
        ui.horizontal(|ui| {
            let hint = tr!(lang, "rules.search");
            let field = TextEdit::singleline(&mut self.wanted).desired_width(132.0).margin(vec2(8.0, 4.0));
            let field = ui.add(field.hint_text(&*hint));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            if widgets::primary_button(ui, &tr!(lang, "rules.run_all"), "", !busy).clicked() {
                let runnable = cx.session.catalogue().rules.iter().filter(|rule| lacks(rule, &roles).is_empty());
                let ids = runnable.map(|rule| (rule.id.clone(), self.values_of(rule))).collect();
                cx.command(Command::RunRules(ids, lang));
            }
            let some = !cx.session.rule_results().is_empty();
            if widgets::secondary_button(ui, &tr!(lang, "report.write"), some && !busy).clicked() {
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
                widgets::section(ui, &crate::i18n::text_of(lang, title));
                for rule in of_theme {
                    self.rule(ui, cx, looking, rule, &lacks(rule, &roles), busy);
                }
                ui.add_space(8.0);
            }
        });
    }

    fn values_of(&self, rule: &Rule) -> Values {
        self.values.get(&rule.id).cloned().unwrap_or_default()
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
            let chip = result.as_ref().map(|result| figure_text(result, lang));
            let room = ui.available_width() - if chip.is_some() { 110.0 } else { 8.0 };
            let button =
                ui.allocate_ui(vec2(room, 24.0), |ui| ui.add(egui::Button::new(title).frame(false).truncate())).inner;
            if button.clicked() {
                self.open = (!is_open).then(|| rule.id.clone());
                if let Some(result) = result.as_ref().filter(|_| !is_open) {
                    cx.acts.push(Act::Activate(result.key));
                }
            }
            if let (Some(text), Some(result)) = (chip, &result) {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widgets::chip(ui, &text, tone(result, palette));
                });
            }
        });
        if !is_open {
            return;
        }
        egui::Frame::new().inner_margin(egui::Margin { left: 10, bottom: 8, ..Default::default() }).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            widgets::quiet(ui, format!("{} · {}", rule.clause, good_for(rule, lang)));
            if let Some(result) = &result {
                self.result(ui, cx, looking, result);
            }
            widgets::quiet(ui, rule.method.text(lang));
            self.parameters(ui, rule, lang);
            if can_run {
                let text = tr!(lang, if result.is_some() { "ask.again" } else { "ask.run" });
                if widgets::secondary_button(ui, &text, !busy).clicked() {
                    cx.command(Command::RunRules(vec![(rule.id.clone(), self.values_of(rule))], lang));
                }
            } else {
                let names: Vec<String> = lacking
                    .iter()
                    .map(|any| any.iter().map(|role| role.title(lang)).collect::<Vec<_>>().join(" / "))
                    .collect();
                let text = tr!(lang, "rules.lacks_layers", roles = names.join("、"));
                ui.label(RichText::new(text).size(SMALL).color(palette.review.0));
            }
        });
    }

    fn result(&self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking, result: &RuleResult) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let answer = &result.answer;
        if answer.status == Status::NeedsInput {
            let text = tr!(lang, "rules.needs_column", column = answer.missing.join("、"));
            ui.label(RichText::new(text).color(palette.review.0));
            return;
        }
        let mut said = Vec::new();
        for (name, value, unit) in &answer.figures {
            let known = answer.rule.figures.iter().find(|f| f.name == *name).map(|f| f.title.text(lang).to_owned());
            let title = known.unwrap_or_else(|| step_title(name, lang));
            said.push(format!("{title} {} {unit}", number(*value, 2)));
        }
        if !answer.rule.steps.is_empty() || answer.rule.audit.is_some() {
            said.push(tr!(lang, "rules.found", n = count(answer.features.len())).into_owned());
        }
        ui.add(egui::Label::new(RichText::new(said.join("，")).size(SENTENCE).color(palette.text)).wrap());
        ui.horizontal_wrapped(|ui| {
            for (verdict, key, tone) in [
                (Verdict::Ban, "verdict.ban", palette.ban),
                (Verdict::Review, "verdict.review", palette.review),
                (Verdict::List, "verdict.list", (palette.accent, palette.selection)),
            ] {
                let n = answer.count(verdict);
                if n > 0 {
                    widgets::chip(ui, &format!("{} {}", crate::i18n::text_of(lang, key), count(n)), tone);
                }
            }
        });
        let mut notes = vec![result.time.clone()];
        if answer.left_out > 0 {
            notes.push(tr!(lang, "rules.left_out", n = count(answer.left_out)).into_owned());
        }
        if let Some((new, gone)) = result.changes {
            notes.push(tr!(lang, "rules.changes", new = count(new), gone = count(gone)).into_owned());
        }
        if cx.session.is_rule_out_of_date(result) {
            notes.push(tr!(lang, "ask.out_of_date").into_owned());
        }
        widgets::quiet(ui, notes.join(" · "));
        ui.horizontal(|ui| {
            let mut visible = result.visible;
            if ui.checkbox(&mut visible, tr!(lang, "rules.on_map")).clicked() {
                cx.command(Command::SetVisible(result.key, visible));
            }
            let is_shown = looking.active == Some(result.key);
            if widgets::secondary_button(ui, &tr!(lang, "rules.table"), !is_shown).clicked() {
                cx.acts.push(Act::Activate(result.key));
            }
            if widgets::secondary_button(ui, &tr!(lang, "ask.export"), true).clicked() {
                cx.acts.push(Act::ExportDialog(result.key));
            }
        });
    }

    fn parameters(&mut self, ui: &mut Ui, rule: &Rule, lang: Lang) {
        if rule.parameters.is_empty() {
            return;
        }
        let values = self.values.entry(rule.id.clone()).or_default();
        for parameter in &rule.parameters {
            ui.horizontal(|ui| {
                let label = ui.label(RichText::new(parameter.title.text(lang)).color(theme::palette(ui).quiet));
                let mut value = values.get(&parameter.name).copied().unwrap_or(parameter.default);
                let drag = DragValue::new(&mut value)
                    .range(parameter.min..=parameter.max)
                    .suffix(format!(" {}", parameter.unit))
                    .max_decimals(1);
                if ui.add(drag).labelled_by(label.id).changed() {
                    values.insert(parameter.name.clone(), value);
                }
                if parameter.software_default {
                    widgets::quiet(ui, tr!(lang, "rules.software_default"));
                }
            });
        }
        if !values.is_empty() && widgets::secondary_button(ui, &tr!(lang, "rules.reset"), true).clicked() {
            values.clear();
        }
    }
}

/// Roles of which none is open, one set a need.
fn lacks(rule: &Rule, roles: &[Role]) -> Vec<Vec<Role>> {
    rule.needs().into_iter().filter(|any| !any.iter().any(|role| roles.contains(role))).collect()
}

fn good_for(rule: &Rule, lang: Lang) -> String {
    let word = |answer: &Answers| match answer {
        Answers::List => tr!(lang, "verdict.list"),
        Answers::Ban => tr!(lang, "verdict.ban"),
        Answers::Review => tr!(lang, "verdict.review"),
        Answers::Figure => tr!(lang, "verdict.figure"),
    };
    rule.answer.iter().map(|answer| word(answer).into_owned()).collect::<Vec<_>>().join(" / ")
}

/// The figure of a step by the name that it has in files.
pub fn step_title(name: &str, lang: Lang) -> String {
    let of_audit = [
        ("net_m2", "rules.net_m2"),
        ("lost_m2", "rules.lost_m2"),
        ("gained_m2", "rules.gained_m2"),
        ("changed_m2", "rules.changed_m2"),
        ("downgraded_m2", "rules.downgraded_m2"),
    ];
    if let Some((_, key)) = of_audit.iter().find(|(known, _)| *known == name) {
        return crate::i18n::text_of(lang, key);
    }
    let (stem, step) = name.rsplit_once('_').unwrap_or((name, ""));
    let key = match stem {
        "covered_share" => "rules.covered_share",
        "people_unserved" => "rules.people_unserved",
        _ => "rules.people_share",
    };
    format!("{} {step}", crate::i18n::text_of(lang, key))
}

fn figure_text(result: &RuleResult, lang: Lang) -> String {
    match (result.answer.status, result.answer.figure()) {
        (Status::NeedsInput | Status::Error | Status::MissingLayer, _) => tr!(lang, "rules.lacks_column").into_owned(),
        (_, Some((value, unit))) => format!("{} {unit}", number(value, 2)),
        (_, None) => tr!(lang, "rules.found", n = count(result.answer.features.len())).into_owned(),
    }
}

fn tone(result: &RuleResult, palette: &theme::Palette) -> (egui::Color32, egui::Color32) {
    let answer = &result.answer;
    if answer.count(Verdict::Ban) > 0 {
        palette.ban
    } else if answer.count(Verdict::Review) > 0 || answer.status != Status::Answered {
        palette.review
    } else {
        (palette.accent, palette.selection)
    }
}
