//! The Ask panel: an answer read from the top (sentence, what was left out, how it was measured), then the question.

use super::ask_form::{AskForm, Kind};
use super::feature;
use crate::i18n::{Lang, count, number, text_of, tr};
use crate::query::expression::Expression;
use crate::query::{AskError, Dissolve, Question, Side};
use crate::report::{AreaUnit, Subject, left_out_reason_text, left_out_text, sentence};
use crate::session::{Command, JobKind, KeptAnswer, Key};
use crate::ui::context::{Act, Context, Looking};
use crate::ui::theme::{self, SENTENCE, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, ComboBox, DragValue, RichText, ScrollArea, Ui, vec2};

/// The names that stand in an answer's sentence and title.
fn names(kept: &KeptAnswer, lang: Lang) -> Subject {
    let reference = kept.layers.reference.as_ref().map(|l| (&**l.layer(), kept.roles.1));
    Subject::of((kept.layers.subject.layer(), kept.roles.0), reference, lang)
}

/// The short name of an answer in the list of results.
pub fn title(answer: &KeptAnswer, lang: Lang) -> String {
    let names = names(answer, lang);
    let (subject, reference) = (names.subject, names.reference);
    match &answer.answer.question {
        Question::Within { distance_m, side } => {
            let key = if *side == Side::Within { "title.within" } else { "title.beyond" };
            tr!(lang, key, subject = subject, reference = reference, distance = crate::i18n::asked(*distance_m))
        }
        Question::Gaps { radius_m, .. } => {
            tr!(lang, "title.gaps", reference = reference, distance = crate::i18n::asked(*radius_m))
        }
        Question::Nearest { .. } => tr!(lang, "title.nearest", subject = subject, reference = reference),
        Question::Overlap => tr!(lang, "title.overlap", subject = subject, reference = reference),
        Question::Buffer { distance_m, .. } => {
            tr!(lang, "title.buffer", subject = subject, distance = crate::i18n::asked(*distance_m))
        }
    }
    .into_owned()
}

/// Why a question has no answer, in words.
pub fn error_text(error: &AskError, lang: Lang) -> String {
    match error {
        AskError::Cancelled(_) => tr!(lang, "read.cancelled"),
        AskError::NoReference => tr!(lang, "ask.no_reference"),
        AskError::Pole => tr!(lang, "ask.pole"),
        AskError::NoColumn(name) | AskError::Lacks(_, name) => tr!(lang, "ask.no_column", name = name),
        AskError::Expression(e) => return e.message(lang),
        AskError::NoLayer(role) => tr!(lang, "rules.lacks_layers", roles = crate::report::role_text(*role, lang)),
        AskError::Input(cause) | AskError::Engine(cause) => return cause.clone(),
    }
    .into_owned()
}

/// Shows the panel.
pub fn show(ui: &mut Ui, cx: &mut Context<'_>, form: &mut AskForm, unit: AreaUnit, looking: &Looking) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let answer = looking.active.and_then(|k| cx.session.answer(k));
        if let Some(answer) = answer {
            answer_card(ui, cx, answer, unit);
            ui.add_space(12.0);
        }
        // The form folds once it was answered; what is asked otherwise unfolds it.
        let of = answer.map(|answer| answer.table.indexed.id());
        let is_answered = answer.is_some_and(|answer| form.is_of(cx.session, answer));
        let is_folded = is_answered && form.unfolded != of;
        question(ui, cx, form, is_folded);
        if is_folded && unfold(ui, cx, form) {
            form.unfolded = of;
        }
        ui.add_space(8.0);
        actions(ui, cx, form, answer);
        if looking.selection.is_empty() {
            ui.add_space(16.0);
            feature::none(ui, cx.lang);
        }
    });
}

/// The sentence, what was left out, how it was measured, what must be said beside it.
fn answer_card(ui: &mut Ui, cx: &mut Context<'_>, kept: &KeptAnswer, unit: AreaUnit) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let answer = &kept.answer;
    let names = names(kept, lang);
    let top = ui.cursor().top();
    let left = ui.cursor().left();
    egui::Frame::new().inner_margin(egui::Margin { left: 12, ..Default::default() }).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let text = sentence(answer, &names, unit, lang);
        ui.add(egui::Label::new(RichText::new(text).size(SENTENCE).color(palette.text)).wrap().selectable(true));
        let mut how = Vec::new();
        let chosen = [&kept.operands.subject_where, &kept.operands.reference_where].into_iter().flatten();
        how.extend(chosen.map(|text| tr!(lang, "ask.only_where", text = text).into_owned()));
        how.extend(left_out_text(answer, lang));
        how.push(tr!(lang, "ask.how", seconds = number(kept.seconds, 2)).into_owned());
        widgets::quiet(ui, how.join(" · "));
    });
    let bar = egui::Rect::from_min_max(egui::pos2(left, top), egui::pos2(left + 3.0, ui.cursor().top() - 4.0));
    ui.painter().rect_filled(bar, 1.0, palette.accent);
    ui.horizontal_wrapped(|ui| {
        widgets::chip(
            ui,
            &tr!(lang, "ask.listed", n = count(answer.features.len())),
            (palette.accent, palette.selection),
        );
        if !answer.left_out.is_empty() {
            let chip =
                widgets::chip(ui, &tr!(lang, "ask.left_out_chip", n = count(answer.left_out.len())), palette.review);
            chip.on_hover_ui(|ui| {
                for l in answer.left_out.iter().take(12) {
                    ui.label(format!("{}: {}", l.label, left_out_reason_text(&l.reason, lang)));
                }
            });
        }
        if !answer.slivers.is_empty() {
            widgets::chip(ui, &tr!(lang, "ask.slivers_chip", n = count(answer.slivers.len())), palette.review)
                .on_hover_ui(|ui| {
                    for s in answer.slivers.iter().take(12) {
                        ui.label(tr!(
                            lang,
                            "cli.sliver",
                            feature = s.feature,
                            with = s.with,
                            area = number(s.area_m2, 2),
                            width = number(s.mean_width_m, 3)
                        ));
                    }
                });
        }
    });
    if cx.session.is_out_of_date(kept) {
        let (ink, ground) = palette.review;
        egui::Frame::new().fill(ground).corner_radius(6.0).inner_margin(8.0).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(tr!(lang, "ask.out_of_date")).color(ink));
                if widgets::secondary_button(ui, &tr!(lang, "ask.ask_again"), true).clicked() {
                    cx.command(Command::Ask(answer.question.clone(), kept.operands.clone()));
                }
            });
        });
    }
    for note in &answer.notes {
        widgets::quiet(ui, note.message(lang));
    }
    if answer.features.is_empty() {
        egui::Frame::new().fill(palette.raised).corner_radius(6.0).inner_margin(10.0).show(ui, |ui| {
            widgets::quiet(ui, tr!(lang, "ask.nothing"));
        });
    }
    if let Some(path) = &kept.saved_to {
        widgets::quiet(ui, tr!(lang, "ask.saved", file = path.display()));
    }
}

/// What the folded part of the form holds; true where it is to be unfolded.
fn unfold(ui: &mut Ui, cx: &Context<'_>, form: &AskForm) -> bool {
    let (lang, palette) = (cx.lang, theme::palette(ui));
    let titles = [form.subject, form.reference.filter(|_| form.kind != Kind::Buffer)];
    let titles = titles.into_iter().flatten().filter_map(|key| cx.session.layer(key));
    let mut parts: Vec<String> = titles.map(|layer| cx.session.title(layer, lang)).collect();
    let metres = match form.kind {
        Kind::Within => Some(form.distance_m),
        Kind::Gaps => Some(form.radius_m),
        Kind::Buffer => Some(form.buffer_m),
        Kind::Nearest | Kind::Overlap => None,
    };
    parts.extend(metres.map(|m| format!("{} {}", crate::i18n::asked(m), crate::ui::map::overlay::metres_name(lang))));
    let name = tr!(lang, "ask.parameters");
    let text = RichText::new(format!("{} {name}", icons::CHEVRON_RIGHT)).color(palette.accent);
    ui.horizontal(|ui| {
        let button = ui.add(egui::Button::new(text).frame(false));
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &*name));
        let said = RichText::new(parts.join(" · ")).size(SMALL).color(palette.quiet);
        ui.add(egui::Label::new(said).truncate());
        button.clicked()
    })
    .inner
}

fn question(ui: &mut Ui, cx: &mut Context<'_>, form: &mut AskForm, is_folded: bool) {
    let lang = cx.lang;
    let before = form.kind;
    field(ui, &tr!(lang, "ask.question"), |ui, label| {
        combo(ui, label, "kind", &text_of(lang, &format!("question.{}", form.kind.id())), |ui| {
            for kind in Kind::ALL {
                ui.selectable_value(&mut form.kind, kind, text_of(lang, &format!("question.{}", kind.id())));
            }
        });
    });
    if form.kind != before {
        form.suggest(cx.session);
    }
    if is_folded {
        return;
    }
    ui.add_space(2.0);
    widgets::quiet(ui, text_of(lang, &format!("question.{}.method", form.kind.id())));
    ui.add_space(2.0);
    let mut chosen = layer_field(ui, cx, &tr!(lang, "ask.subject"), "subject", &mut form.subject, None);
    if chosen {
        form.subject_chosen(cx.session);
    }
    where_field(ui, cx, form.subject, &mut form.subject_where, "ask.subject_where");
    if form.kind != Kind::Buffer {
        let label = if form.kind == Kind::Gaps { "ask.facilities" } else { "ask.reference" };
        let other = layer_field(ui, cx, &tr!(lang, label), "reference", &mut form.reference, None);
        if other {
            form.facilities_chosen(cx.session);
        }
        chosen |= other;
        where_field(ui, cx, form.reference, &mut form.reference_where, "ask.reference_where");
    }
    form.chosen |= chosen;
    let metres = crate::ui::map::overlay::metres_name(lang);
    match form.kind {
        Kind::Within => {
            number_field(ui, &tr!(lang, "ask.distance"), &mut form.distance_m, metres, 0.0);
            field(ui, &tr!(lang, "ask.side"), |ui, label| {
                let name = |side| tr!(lang, if side == Side::Within { "ask.within" } else { "ask.beyond" });
                combo(ui, label, "side", &name(form.side), |ui| {
                    for side in [Side::Within, Side::Beyond] {
                        ui.selectable_value(&mut form.side, side, name(side));
                    }
                });
            });
        }
        Kind::Gaps => {
            number_field(ui, &tr!(lang, "ask.radius"), &mut form.radius_m, metres, 1.0);
            number_field(ui, &tr!(lang, "ask.min_area"), &mut form.min_area_m2, "m²", 0.0);
            let none = tr!(lang, "ask.none").into_owned();
            layer_field(ui, cx, &tr!(lang, "ask.entrances"), "entrances", &mut form.entrances, Some(&none));
            let columns: Vec<String> = form
                .subject
                .and_then(|k| cx.session.layer(k))
                .map(|l| l.layer().attributes.names().iter().map(|n| n.to_string()).collect())
                .unwrap_or_default();
            field(ui, &tr!(lang, "ask.people"), |ui, label| {
                let shown = form.people.clone().unwrap_or_else(|| none.clone());
                combo(ui, label, "people", &shown, |ui| {
                    ui.selectable_value(&mut form.people, None, &none);
                    for column in columns {
                        ui.selectable_value(&mut form.people, Some(column.clone()), column);
                    }
                });
            });
        }
        Kind::Nearest => {
            let mut max = form.max_m.unwrap_or(0.0);
            number_field(ui, &tr!(lang, "ask.max"), &mut max, metres, 0.0);
            form.max_m = (max > 0.0).then_some(max);
        }
        Kind::Overlap => {}
        Kind::Buffer => {
            number_field(ui, &tr!(lang, "ask.distance"), &mut form.buffer_m, metres, 0.1);
            field(ui, &tr!(lang, "ask.dissolve"), |ui, label| {
                let name = |d| tr!(lang, if d == Dissolve::Each { "ask.each" } else { "ask.union" });
                combo(ui, label, "dissolve", &name(form.dissolve), |ui| {
                    for d in [Dissolve::Each, Dissolve::Union] {
                        ui.selectable_value(&mut form.dissolve, d, name(d));
                    }
                });
            });
        }
    }
}

/// A field for an expression that chooses features of a layer; empty for all.
fn where_field(ui: &mut Ui, cx: &Context<'_>, key: Option<Key>, text: &mut String, name: &str) {
    let name = text_of(cx.lang, name);
    let hint = tr!(cx.lang, "ask.all_features");
    field(ui, &tr!(cx.lang, "ask.where"), |ui, _| {
        let edit =
            egui::TextEdit::singleline(text).desired_width(f32::INFINITY).margin(vec2(8.0, 4.0)).hint_text(&*hint);
        ui.add(edit).widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name));
    });
    // What the map shows of the layer is one click away.
    let shown = key.and_then(|key| cx.session.layer(key)).and_then(|layer| layer.style.filter.clone());
    if let Some(filter) = shown.filter(|filter| filter != text) {
        let label = tr!(cx.lang, "ask.as_on_map");
        let button =
            egui::Button::new(RichText::new(&*label).size(SMALL).color(theme::palette(ui).accent)).frame(false);
        if ui.add(button).on_hover_text(&filter).clicked() {
            *text = filter;
        }
    }
    let Some(layer) = key.and_then(|key| cx.session.indexed(key)).filter(|_| !text.trim().is_empty()) else { return };
    if let Err(e) = Expression::parse(text).and_then(|e| e.over(layer.layer()).map(drop)) {
        ui.label(RichText::new(e.message(cx.lang)).size(SMALL).color(theme::palette(ui).ban.0));
    }
}

/// A label and a control beside it.
fn field(ui: &mut Ui, label: &str, control: impl FnOnce(&mut Ui, egui::Id)) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let text = egui::Label::new(RichText::new(label).color(palette.quiet)).truncate();
        let room = vec2(84.0, 30.0);
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let label = ui.allocate_ui_with_layout(room, layout, |ui| {
            ui.set_min_size(room);
            ui.add(text)
        });
        control(ui, label.inner.id);
    });
}

fn combo(ui: &mut Ui, label: egui::Id, id: &str, selected: &str, items: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    ComboBox::from_id_salt(id)
        .width(width)
        .height(420.0)
        .truncate()
        .selected_text(selected)
        .show_ui(ui, items)
        .response
        .labelled_by(label);
}

fn number_field(ui: &mut Ui, label: &str, value: &mut f64, suffix: &str, min: f64) {
    field(ui, label, |ui, label| {
        let drag = DragValue::new(value)
            .range(min..=2_000_000.0)
            .speed(10.0)
            .max_decimals(2)
            .suffix(format!(" {suffix}"))
            .custom_formatter(|v, _| number(v, if v.fract() == 0.0 { 0 } else { 2 }))
            .custom_parser(|text| text.replace([',', '，', ' '], "").parse().ok());
        ui.add_sized([ui.available_width(), 28.0], drag).labelled_by(label);
    });
}

/// A choice among open layers; true where the planner chose another.
fn layer_field(
    ui: &mut Ui,
    cx: &Context<'_>,
    label: &str,
    id: &str,
    value: &mut Option<Key>,
    none: Option<&str>,
) -> bool {
    let lang = cx.lang;
    let before = *value;
    let describe = |key: Key| {
        cx.session.layer(key).map_or_else(String::new, |l| {
            format!("{}  {}", cx.session.title(l, lang), count(l.layer().feature_count()))
        })
    };
    let selected =
        value.map(describe).or_else(|| none.map(str::to_owned)).unwrap_or_else(|| tr!(lang, "ask.choose").into_owned());
    field(ui, label, |ui, label| {
        combo(ui, label, id, &selected, |ui| {
            if let Some(none) = none {
                ui.selectable_value(value, None, none);
            }
            for layer in cx.session.layers() {
                ui.selectable_value(value, Some(layer.key), describe(layer.key));
            }
        });
    });
    *value != before
}

fn actions(ui: &mut Ui, cx: &mut Context<'_>, form: &AskForm, answer: Option<&KeptAnswer>) {
    let lang = cx.lang;
    let question = form.question(cx.session);
    let asking = cx.session.jobs().iter().find(|j| matches!(j.kind, JobKind::Asking(_)));
    ui.horizontal_wrapped(|ui| {
        if let Some(job) = asking.filter(|j| j.elapsed().as_millis() > 300) {
            let id = job.id;
            let share = job.share().unwrap_or(0.0);
            if widgets::secondary_button(
                ui,
                &tr!(lang, "ask.stop", percent = number(f64::from(share) * 100.0, 0)),
                true,
            )
            .clicked()
            {
                cx.command(Command::Cancel(id));
            }
        } else {
            let ready = question.is_ok() && asking.is_none();
            let again = answer.zip(question.as_ref().ok());
            let again = again.is_some_and(|(a, (q, o))| *q == a.answer.question && *o == a.operands);
            let text = tr!(lang, if again { "ask.again" } else { "ask.run" });
            if widgets::primary_button(ui, &text, &super::keys::text(&super::keys::RUN), ready).clicked() {
                cx.acts.push(Act::Run);
            }
        }
        if let Some(answer) = answer
            && widgets::secondary_button(ui, &tr!(lang, "ask.export"), true).clicked()
        {
            cx.acts.push(Act::ExportDialog(answer.key));
        }
    });
    if let Err(lacking) = question {
        ui.label(RichText::new(text_of(lang, lacking.key())).size(SMALL).color(theme::palette(ui).review.0));
    }
}
