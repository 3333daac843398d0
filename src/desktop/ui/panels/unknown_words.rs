//! Values that nobody knows, under an answer: which they are, and what a planner says that they mean.

use crate::i18n::{Lang, text_of, tr};
use crate::report::unknown_text;
use crate::rules::UnknownValue;
use crate::session::{Change, Command, RuleResult, Session};
use crate::ui::context::Context;
use crate::ui::theme::{self, SMALL};
use crate::vocabulary::{Kind, Word};
use eframe::egui::{self, ComboBox, RichText, Ui, WidgetInfo};

/// The line under an answer, and for each value a choice of what it means; choosing runs the rule again. Undo takes it back.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, result: &RuleResult) {
    let (answer, values) = (&result.answer, cx.session.unknown_now(result));
    if values.is_empty() {
        return;
    }
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let vocabulary = std::sync::Arc::clone(cx.session.vocabulary());
    let text = unknown_text(&values, &vocabulary, lang);
    ui.add(egui::Label::new(RichText::new(text).size(SMALL).color(palette.review.0)).wrap());
    let title = RichText::new(text_of(lang, "words.say")).size(SMALL);
    egui::CollapsingHeader::new(title).id_salt(("say", &answer.rule.id)).show(ui, |ui| {
        for value in &values {
            if let Some(is) = choice(ui, cx, value, lang) {
                cx.command(Command::Change(Change::SetWords(with(cx.session, value, is))));
                cx.command(Command::RunRules(vec![answer.rule.id.clone()], lang));
            }
        }
    });
}

/// The words of a session with what a value means, in place of what was said of it.
pub(super) fn with(session: &Session, value: &UnknownValue, is: String) -> Vec<Word> {
    let mut words: Vec<Word> = session.words().to_vec();
    let same = |word: &Word| word.role == value.role && word.property == value.property && word.value == value.value;
    words.retain(|word| !same(word));
    let (property, text) = (value.property.clone(), value.value.clone());
    words.push(Word { role: value.role, property, value: text, is });
    words
}

/// What a planner chose that a value means.
pub(super) fn choice(ui: &mut Ui, cx: &Context<'_>, value: &UnknownValue, lang: Lang) -> Option<String> {
    let property = cx.session.vocabulary().property(value.role, &value.property)?;
    let said = tr!(lang, "words.is_meant", property = property.called(lang), value = value.value);
    let label = tr!(lang, "words.means", value = value.value).into_owned();
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(&*said).size(SMALL)).on_hover_text(value.role.title(lang));
        if matches!(property.kind, Kind::Number | Kind::Year | Kind::Date) {
            // A number is mended in the data: it is no word.
            ui.label(RichText::new(text_of(lang, "words.mend")).size(SMALL));
            return;
        }
        let combo = ComboBox::from_id_salt(("means", value.role, &value.property, &value.value)).selected_text("—");
        let shown = combo.width(150.0).show_ui(ui, |ui| {
            for is in property.choices() {
                let text = match is {
                    "true" => text_of(lang, "words.true"),
                    "false" => text_of(lang, "words.false"),
                    is => is.to_owned(),
                };
                if ui.selectable_label(false, text).clicked() {
                    chosen = Some(is.to_owned());
                }
            }
            if property.kind == Kind::Terms && ui.selectable_label(false, text_of(lang, "words.nothing")).clicked() {
                chosen = Some(String::new());
            }
        });
        shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &*label));
    });
    chosen
}
