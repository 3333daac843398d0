//! The head of a rule's card: the verdict in a sentence, the clause it comes from, chips that show one verdict on map and
//! table.

use super::rules::{state_key, state_tone};
use crate::i18n::{Lang, comma, count, text_of, tr};
use crate::rules::{Rule, RuleAnswer, Verdict};
use crate::session::RuleResult;
use crate::ui::context::{Act, Context, Looking};
use crate::ui::theme::{self, Palette, SENTENCE, SMALL};
use crate::ui::widgets;
use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Color32, FontId, Label, RichText, Ui, WidgetInfo};

/// The verdicts, the gravest first, with the keys of what a sentence says of them and of their names.
const VERDICTS: [(Verdict, &str, &str); 3] = [
    (Verdict::Ban, "rules.said_ban", "verdict.ban"),
    (Verdict::Review, "rules.said_review", "verdict.review"),
    (Verdict::List, "rules.said_list", "verdict.list"),
];

/// The colours of a verdict: text and its ground.
fn tone(verdict: Verdict, palette: &Palette) -> (Color32, Color32) {
    match verdict {
        Verdict::Ban => palette.ban,
        Verdict::Review => palette.review,
        Verdict::List => (palette.accent, palette.selection),
    }
}

/// What a rule found, as a sentence: “14 possible breaches, 10 to review”; `None` where it found no features.
pub(super) fn sentence(answer: &RuleAnswer, lang: Lang) -> Option<String> {
    let said = VERDICTS.iter().filter_map(|(verdict, key, _)| {
        let n = answer.count(*verdict);
        (n > 0).then(|| tr!(lang, key, n = count(n)).into_owned())
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join(comma(lang)))
}

/// The verdict first, in the colour of the gravest.
pub(super) fn verdict(ui: &mut Ui, answer: &RuleAnswer, otherwise: &str, lang: Lang) {
    let palette = theme::palette(ui);
    let gravest = VERDICTS.iter().find(|(verdict, ..)| answer.count(*verdict) > 0).map(|(verdict, ..)| *verdict);
    let (ink, bar) = match gravest {
        Some(Verdict::List) | None => (palette.text, palette.accent),
        Some(verdict) => (tone(verdict, palette).0, tone(verdict, palette).0),
    };
    let text = sentence(answer, lang).unwrap_or_else(|| otherwise.to_owned());
    let (top, left) = (ui.cursor().top(), ui.cursor().left());
    egui::Frame::new().inner_margin(egui::Margin { left: 10, ..Default::default() }).show(ui, |ui| {
        ui.add(Label::new(RichText::new(text).font(theme::bold(SENTENCE)).color(ink)).wrap().selectable(true));
    });
    let place = egui::Rect::from_min_max(egui::pos2(left, top), egui::pos2(left + 3.0, ui.cursor().top() - 3.0));
    ui.painter().rect_filled(place, 1.0, bar);
}

/// The clause that a rule comes from, and how the rule reads it, as a quotation; of a rule that ran its first lines, and all
/// of it where the pointer rests.
pub(super) fn clause(ui: &mut Ui, rule: &Rule, good_for: &str, is_short: bool, lang: Lang) {
    let palette = theme::palette(ui);
    egui::Frame::new().fill(palette.raised).corner_radius(6.0).inner_margin(8.0).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        let head = format!("{} · {good_for}", rule.clause_in(lang));
        ui.add(Label::new(RichText::new(head).font(theme::bold(SMALL)).color(palette.text)).wrap());
        let method = rule.method.text(lang);
        let font = FontId::proportional(SMALL);
        let mut job = LayoutJob::simple(method.to_owned(), font, palette.text, ui.available_width());
        if is_short {
            (job.wrap.max_rows, job.wrap.overflow_character) = (2, Some('…'));
        }
        let said = ui.add(Label::new(job).selectable(!is_short));
        if is_short {
            said.on_hover_text(method);
        }
    });
}

/// How many of each verdict, each a button that shows these alone on the map and in the table; and how the rule stands to
/// its target.
pub(super) fn chips(ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking, result: &RuleResult) {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let answer = &result.answer;
    let only = looking.verdict.as_ref().filter(|only| only.key == result.key).map(|only| only.verdict);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (verdict, _, key) in VERDICTS {
            let n = answer.count(verdict);
            if n == 0 {
                continue;
            }
            let name = text_of(lang, key);
            let text = format!("{name} {}", count(n));
            let is_only = only == Some(verdict);
            let (ink, ground) = tone(verdict, palette);
            // What is shown alone is full; beside it the others are pale.
            let (ink, ground) = if is_only { (palette.panel, ink) } else { (ink, ground) };
            let chip = widgets::chip(ui, &text, (ink, ground));
            chip.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, is_only, &*text));
            if chip.hovered() {
                ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
            }
            if chip.clicked() {
                cx.acts.push(Act::OnlyVerdict(result.key, (!is_only).then_some(verdict)));
            }
            chip.on_hover_text(match is_only {
                true => text_of(lang, "rules.all"),
                false => tr!(lang, "rules.only", verdict = name).into_owned(),
            });
        }
        if let Some(aim) = &answer.aim {
            let state = aim.state.map(|state| text_of(lang, state_key(state)));
            let text = tr!(lang, "rules.aim", year = aim.year, target = aim.text.text(lang)).into_owned();
            let text = state.map_or_else(|| text.clone(), |state| format!("{text} · {state}"));
            widgets::chip(ui, &text, state_tone(aim.state, palette));
        }
    });
}
