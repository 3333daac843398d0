//! The parameters of a rule: fields for them, the buttons below, and what a rule ran with.

use crate::i18n::{Lang, asked, comma, tr};
use crate::rules::{Parameter, Rule, RuleAnswer, Values, unit_text};
use crate::session::Command;
use crate::ui::context::Context;
use crate::ui::theme;
use crate::ui::widgets;
use eframe::egui::{self, ComboBox, DragValue, RichText, Ui, WidgetInfo};

/// Shows the fields, and below them what runs the rule and what takes its values back; `runs` is the name of what runs it,
/// and whether it can now.
pub(super) fn show(ui: &mut Ui, cx: &mut Context<'_>, rule: &Rule, runs: Option<(&str, bool)>) {
    let lang = cx.lang;
    let mut values = cx.session.rule_values(&rule.id);
    let before = values.clone();
    for parameter in &rule.parameters {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(RichText::new(parameter.title.text(lang)).color(theme::palette(ui).quiet));
            let value = values.get(&parameter.name).copied().unwrap_or(parameter.default);
            let typed = match parameter.choices.is_empty() {
                true => number_field(ui, parameter, value, label.id, lang),
                false => choice(ui, &rule.id, parameter, value, lang),
            };
            if let Some(value) = typed {
                values.insert(parameter.name.clone(), value);
            }
            if parameter.software_default {
                let text = RichText::new(tr!(lang, "rules.software_default")).size(theme::SMALL);
                ui.label(text.color(theme::palette(ui).quiet));
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        if let Some((text, can)) = runs
            && widgets::secondary_button(ui, text, can).clicked()
        {
            cx.command(Command::RunRules(vec![rule.id.clone()], lang));
        }
        // It stays where it is: nothing takes the place of another button.
        let is_changed = !values.is_empty();
        if !rule.parameters.is_empty() && widgets::secondary_button(ui, &tr!(lang, "rules.reset"), is_changed).clicked()
        {
            values = Values::new();
        }
    });
    if values != before {
        cx.command(Command::SetRuleValues(rule.id.clone(), values));
    }
}

fn number_field(ui: &mut Ui, parameter: &Parameter, mut value: f64, label: egui::Id, lang: Lang) -> Option<f64> {
    let drag = DragValue::new(&mut value)
        .range(parameter.min..=parameter.max)
        .suffix(format!(" {}", unit_text(&parameter.unit, lang)))
        .max_decimals(1)
        .custom_formatter(|n, _| if parameter.unit == "年" { format!("{n:.0}") } else { asked(n) })
        .custom_parser(|text| text.replace([',', '，', ' '], "").parse().ok());
    ui.add(drag).labelled_by(label).changed().then_some(value)
}

fn choice(ui: &mut Ui, rule: &str, parameter: &Parameter, value: f64, lang: Lang) -> Option<f64> {
    let mut chosen = value.max(0.0) as usize;
    let name = |i: usize| parameter.choices.get(i).map_or("", |said| said.text(lang));
    let combo = ComboBox::from_id_salt((rule, &parameter.name)).selected_text(name(chosen)).width(150.0);
    let shown = combo.show_ui(ui, |ui| {
        for i in 0..parameter.choices.len() {
            ui.selectable_value(&mut chosen, i, name(i));
        }
    });
    let title = parameter.title.text(lang);
    shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, title));
    (chosen as f64 != value).then_some(chosen as f64)
}

/// The values that a rule ran with, where they are not its defaults.
pub(super) fn ran_with(answer: &RuleAnswer, lang: Lang) -> Option<String> {
    let other = answer.rule.parameters.iter().filter_map(|p| {
        let value = *answer.values.get(&p.name)?;
        (value != p.default).then(|| format!("{} {}", p.title.text(lang), p.value_text(value, lang)))
    });
    let other: Vec<String> = other.collect();
    (!other.is_empty()).then(|| other.join(comma(lang)))
}
