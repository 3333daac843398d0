//! Rules without and with scenarios, side by side: the figures, the verdicts, and the features of which a rule says something
//! else.

use crate::i18n::{Lang, count, text_of, tr};
use crate::report::{became_text, change_text, comparison_sentences, numbers_text, side_text};
use crate::rules::Verdict;
use crate::rules::comparison::{After, Became, ComparedRule, Comparison, FeatureChange, Side};
use crate::ui::context::{Act, Context};
use crate::ui::theme::{self, Palette, SENTENCE, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, Button, Color32, Grid, Label, RichText, Ui, vec2};

/// Features of a rule that are listed at most; the report has all.
const MOST: usize = 100;

/// Shows a comparison; `open` is the rule that is unfolded.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, comparison: &Comparison, open: &mut Option<String>) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    for said in comparison_sentences(comparison, lang) {
        ui.add(Label::new(RichText::new(said).font(theme::bold(SENTENCE)).color(palette.text)).wrap());
    }
    for scenario in &comparison.scenarios {
        for doubt in &scenario.doubts {
            let text = format!("{}: {}", scenario.name, doubt.text(lang));
            ui.add(Label::new(RichText::new(text).size(SMALL).color(palette.review.0)).wrap());
        }
    }
    for rule in comparison.rules.iter().filter(|rule| rule.differs()) {
        let is_open = open.as_deref() == Some(&rule.rule.id);
        ui.horizontal(|ui| {
            let room = (ui.available_width() - 92.0).max(80.0);
            let title = RichText::new(rule.rule.title.text(lang)).color(palette.text);
            let button =
                ui.allocate_ui(vec2(room, 24.0), |ui| ui.add(Button::new(title).frame(false).truncate())).inner;
            if button.on_hover_text(&*rule.rule.clause_in(lang)).clicked() {
                *open = (!is_open).then(|| rule.rule.id.clone());
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for after in rule.after.iter().rev() {
                    let (text, tone) = balance(after, palette);
                    widgets::chip(ui, &text, tone).on_hover_text(became_text(after, lang));
                }
            });
        });
        if is_open {
            let margin = egui::Margin { left: 10, bottom: 8, ..Default::default() };
            egui::Frame::new().inner_margin(margin).show(ui, |ui| unfolded(ui, cx, comparison, rule));
        }
    }
    let same = comparison.rules.len() - comparison.differing();
    widgets::quiet(ui, tr!(lang, "compare.unchanged", n = count(same)));
}

/// What a scenario does to a rule in a chip: matches more and fewer, the gravest in their colour.
fn balance(after: &After, palette: &Palette) -> (String, (Color32, Color32)) {
    let (new, gone) = (after.count(Became::New), after.count(Became::Gone));
    let is_graver = after.count(Became::Graver) > 0;
    let has_ban =
        |c: &FeatureChange| matches!(c.became, Became::New | Became::Graver) && c.verdicts[1] == Some(Verdict::Ban);
    let tone = if after.changes.iter().any(has_ban) {
        palette.ban
    } else if new > 0 || is_graver {
        palette.review
    } else if gone > 0 {
        palette.met
    } else {
        (palette.accent, palette.selection)
    };
    let parts = [(new, "+"), (gone, "−")].into_iter().filter(|(n, _)| *n > 0);
    let parts: Vec<String> = parts.map(|(n, sign)| format!("{sign}{}", count(n))).collect();
    (if parts.is_empty() { "≠".to_owned() } else { parts.join(" ") }, tone)
}

fn unfolded(ui: &mut Ui, cx: &mut Context<'_>, comparison: &Comparison, rule: &ComparedRule) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    side_by_side(ui, comparison, rule, lang);
    for (after, scenario) in rule.after.iter().zip(&comparison.scenarios) {
        if !after.differs {
            continue;
        }
        let text = format!("{}: {}", scenario.name, became_text(after, lang));
        ui.add(Label::new(RichText::new(text).size(SMALL).color(palette.text)).wrap());
        for change in after.changes.iter().take(MOST) {
            changed(ui, cx, change);
        }
        if after.changes.len() > MOST {
            widgets::quiet(ui, tr!(lang, "report.more", n = count(after.changes.len() - MOST)));
        }
    }
}

/// The rule's figures and counts: before, and under every scenario.
fn side_by_side(ui: &mut Ui, comparison: &Comparison, rule: &ComparedRule, lang: Lang) {
    let palette = theme::palette(ui);
    let sides: Vec<&Side> = std::iter::once(&rule.before).chain(rule.after.iter().map(|after| &after.side)).collect();
    let width = ((ui.available_width() - 100.0) / sides.len() as f32 - 8.0).clamp(56.0, 160.0);
    let cell = |ui: &mut Ui, text: &str, color: Color32, is_bold: bool| {
        let text = RichText::new(text).color(color);
        let text = if is_bold { text.font(theme::bold(SMALL)) } else { text.size(SMALL) };
        ui.add_sized(vec2(width, 18.0), Label::new(text).truncate().halign(egui::Align::Max));
    };
    let head = |ui: &mut Ui, text: &str| {
        ui.add_sized(
            vec2(92.0, 18.0),
            Label::new(RichText::new(text).size(SMALL).color(palette.quiet)).truncate().halign(egui::Align::Min),
        );
    };
    Grid::new(("compared", &rule.rule.id)).num_columns(sides.len() + 1).spacing(vec2(8.0, 2.0)).show(ui, |ui| {
        head(ui, "");
        cell(ui, &text_of(lang, "compare.before"), palette.quiet, false);
        for scenario in &comparison.scenarios {
            cell(ui, &scenario.name, palette.quiet, false);
        }
        ui.end_row();
        if sides.iter().any(|side| side.status != crate::rules::Status::Answered) {
            head(ui, &text_of(lang, "compare.outcome"));
            sides.iter().for_each(|side| cell(ui, &side_text(side, lang), palette.text, false));
            ui.end_row();
        }
        let longest = sides.iter().max_by_key(|side| side.figures.len());
        for (at, figure) in longest.map(|side| side.figures.iter().enumerate()).into_iter().flatten().take(8) {
            let texts: Vec<String> =
                sides.iter().map(|side| side.figures.get(at).map_or_else(|| "—".into(), |f| f.text(lang))).collect();
            if at > 0 && texts.iter().all(|text| *text == texts[0]) {
                continue;
            }
            head(ui, figure.title.text(lang));
            texts.iter().for_each(|text| cell(ui, text, palette.text, *text != texts[0]));
            ui.end_row();
        }
        for verdict in [Verdict::Ban, Verdict::Review, Verdict::List] {
            if sides.iter().all(|side| side.count(verdict) == 0) {
                continue;
            }
            head(ui, &text_of(lang, &format!("verdict.{}", verdict.id())));
            let first = sides[0].count(verdict);
            for side in &sides {
                cell(ui, &count(side.count(verdict)), palette.text, side.count(verdict) != first);
            }
            ui.end_row();
        }
        if sides.iter().any(|side| side.state().is_some()) {
            head(ui, &text_of(lang, "report.target"));
            for side in &sides {
                let state = side.state().map(|state| text_of(lang, &format!("targets.{}", state.id())));
                cell(ui, state.as_deref().unwrap_or("—"), palette.text, side.state() != sides[0].state());
            }
            ui.end_row();
        }
    });
}

/// A feature of which the rule says something else; a click goes there.
fn changed(ui: &mut Ui, cx: &mut Context<'_>, change: &FeatureChange) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let tone = match change.became {
            Became::New | Became::Graver if change.verdicts[1] == Some(Verdict::Ban) => palette.ban,
            Became::New | Became::Graver => palette.review,
            Became::Gone | Became::Milder => palette.met,
            Became::Altered => (palette.accent, palette.selection),
        };
        widgets::chip(ui, &change_text(change, lang), tone);
        let name = if change.name.is_empty() { change.key.subject.as_str() } else { &change.name };
        let button = ui.add(Button::new(RichText::new(name).size(SMALL)).frame(false).truncate());
        let numbers = numbers_text(change, lang);
        let about = [change.reason.text(lang), &numbers].into_iter().filter(|text| !text.is_empty());
        let about = about.collect::<Vec<_>>().join("\n");
        let button = if about.is_empty() { button } else { button.on_hover_text(about) };
        if button.clicked() && !change.bounds.is_empty() {
            cx.acts.push(Act::GoToGround(change.bounds));
        }
    });
}
