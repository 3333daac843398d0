//! The dialog that selects by attribute or by place.

use super::style_dialog::named;
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::progress::Progress;
use crate::query::expression::Expression;
use crate::query::{Layers, Question, Side, ask};
use crate::session::{Key, Session};
use crate::ui::context::{Act, Context, Looking};
use crate::ui::dialogs::window;
use crate::ui::later::Later;
use crate::ui::map::overlay::metres_name;
use crate::ui::selection::How;
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, DragValue, RichText, Ui, WidgetInfo};
use std::sync::Arc;

/// By what is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    /// An expression.
    #[default]
    Expression,
    /// A distance to features of a layer.
    Within,
    /// The nearest ones to features of a layer.
    Nearest,
}

/// What is typed in the dialog.
#[derive(Default)]
pub struct SelectDialog {
    is_open: bool,
    by: By,
    how: How,
    layer: Option<Key>,
    expression: String,
    other: Option<Key>,
    /// Only the other layer's selected features count.
    of_selected: bool,
    distance_m: f64,
    nearest: usize,
    coming: Option<(Key, How, Later<Vec<usize>>)>,
}

impl SelectDialog {
    /// Opens it about the layer that is looked at.
    pub fn open(&mut self, session: &Session, looking: &Looking) {
        let is_offered = |key: &Key| session.layer(*key).is_some() || session.answer(*key).is_some();
        let other = looking.selection.key().filter(is_offered);
        // What a rule found is not selected in; its layer is.
        let first = || session.layers().first().map(|layer| layer.key);
        let layer = looking.active.filter(is_offered).or_else(first);
        let (distance_m, nearest) = (self.distance_m, self.nearest.max(1));
        let expression = std::mem::take(&mut self.expression);
        let of_selected = other.is_some();
        *self = Self { is_open: true, layer, other, of_selected, distance_m, nearest, expression, ..Self::default() };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it, and takes in what was found.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, looking: &Looking) {
        if let Some((key, how, later)) = &self.coming
            && let Ok(found) = later.take()
        {
            cx.acts.push(Act::Select(*key, found.unwrap_or_default(), *how));
            self.coming = None;
        }
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        let mut open = true;
        window(&tr!(lang, "select.title"), &mut open).id(egui::Id::unique("select")).show(ctx, |ui| {
            ui.set_width(440.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            self.form(ui, cx, looking, lang);
        });
        self.is_open = open && !ctx.input(|i| i.key_pressed(egui::Key::Escape));
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking, lang: Lang) {
        layer_choice(ui, cx, &tr!(lang, "select.layer"), "select layer", &mut self.layer);
        ui.horizontal(|ui| {
            for (by, key) in [
                (By::Expression, "select.by_expression"),
                (By::Within, "select.by_distance"),
                (By::Nearest, "select.by_nearest"),
            ] {
                ui.selectable_value(&mut self.by, by, tr!(lang, key));
            }
        });
        let error = match self.by {
            By::Expression => self.expression_field(ui, cx, lang),
            By::Within | By::Nearest => {
                self.place_fields(ui, cx, looking, lang);
                None
            }
        };
        ui.horizontal(|ui| {
            for (how, key) in [
                (How::Replace, "select.replace"),
                (How::Add, "select.add"),
                (How::Remove, "select.remove"),
                (How::Keep, "select.keep"),
            ] {
                ui.selectable_value(&mut self.how, how, tr!(lang, key));
            }
        });
        if let Some(error) = &error {
            ui.label(RichText::new(error).color(theme::palette(ui).ban.0));
        }
        let ready = self.work(cx, looking).filter(|_| error.is_none() && self.coming.is_none());
        if widgets::actions(ui, |ui| {
            widgets::primary_button(ui, &tr!(lang, "select.run"), "", ready.is_some()).clicked()
        }) && let (Some(key), Some(work)) = (self.layer, ready)
        {
            self.coming = Some((key, self.how, Later::start(ui.ctx(), work)));
        }
    }

    fn expression_field(&mut self, ui: &mut Ui, cx: &Context<'_>, lang: Lang) -> Option<String> {
        let name = tr!(lang, "columns.expression");
        let field = ui.add(widgets::field(&mut self.expression).hint_text(tr!(lang, "columns.example")));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*name));
        let layer = self.layer.and_then(|key| cx.session.indexed(key))?;
        if self.expression.trim().is_empty() {
            return None;
        }
        let parsed = Expression::parse(&self.expression);
        parsed.and_then(|e| e.over(layer.layer()).map(drop)).err().map(|e| e.message(lang))
    }

    fn place_fields(&mut self, ui: &mut Ui, cx: &Context<'_>, looking: &Looking, lang: Lang) {
        layer_choice(ui, cx, &tr!(lang, "select.other"), "select other", &mut self.other);
        let has_selected = self.other.is_some() && looking.selection.key() == self.other;
        ui.add_enabled_ui(has_selected, |ui| {
            widgets::checkbox(ui, &mut self.of_selected, tr!(lang, "select.of_selected"));
        });
        ui.horizontal(|ui| match self.by {
            By::Within => {
                ui.label(tr!(lang, "select.distance"));
                let suffix = format!(" {}", metres_name(lang));
                ui.add(DragValue::new(&mut self.distance_m).range(0.0..=2e6).speed(5.0).suffix(suffix));
                widgets::quiet(ui, tr!(lang, "select.touching"));
            }
            _ => {
                ui.label(tr!(lang, "select.nearest"));
                ui.add(DragValue::new(&mut self.nearest).range(1..=1_000_000));
            }
        });
    }

    /// What finds the rows, where the form is complete.
    fn work(&self, cx: &Context<'_>, looking: &Looking) -> Option<Box<dyn FnOnce() -> Vec<usize> + Send>> {
        let subject = Arc::clone(cx.session.indexed(self.layer?)?);
        if self.by == By::Expression {
            let expression = Expression::parse(&self.expression).ok()?;
            return Some(Box::new(move || expression.rows(&subject).unwrap_or_default()));
        }
        let other = self.other?;
        let chosen = self.of_selected && looking.selection.key() == Some(other);
        if other == self.layer? && !chosen {
            return None;
        }
        let all = cx.session.indexed(other)?;
        let reference = match chosen {
            false => Arc::clone(all),
            true => {
                let rows = looking.selection.rows().iter().copied();
                Arc::new(IndexedLayer::of_rows(Arc::clone(all.layer()), rows))
            }
        };
        let (distance_m, nearest) = (self.distance_m, (self.by == By::Nearest).then_some(self.nearest));
        Some(Box::new(move || near(subject, reference, distance_m, nearest)))
    }
}

/// The rows of a layer within a distance of another's, or so many of the nearest; in rising order.
fn near(
    subject: Arc<IndexedLayer>,
    reference: Arc<IndexedLayer>,
    distance_m: f64,
    nearest: Option<usize>,
) -> Vec<usize> {
    let question = match nearest {
        None => Question::Within { distance_m, side: Side::Within },
        Some(_) => Question::Nearest { max_m: None },
    };
    let layers = Layers::of(subject).and(reference);
    let Ok(answer) = ask(&question, &layers, &Progress::default()) else { return Vec::new() };
    let column = answer.columns.iter().position(|name| *name == "distance_m");
    let distance = |i: usize| column.and_then(|c| answer.features.at(i)?.values[c].number()).unwrap_or(f64::INFINITY);
    let mut found: Vec<usize> = (0..answer.features.len()).collect();
    if let Some(nearest) = nearest {
        found.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        found.truncate(nearest);
    }
    let mut rows: Vec<usize> = found.into_iter().filter_map(|i| answer.features.at(i)?.row).collect();
    rows.sort_unstable();
    rows
}

fn layer_choice(ui: &mut Ui, cx: &Context<'_>, name: &str, id: &str, value: &mut Option<Key>) {
    let lang = cx.lang;
    let title = |key: Key| match cx.session.layer(key) {
        Some(layer) => cx.session.title(layer, lang),
        None => cx.session.answer(key).map_or_else(String::new, |answer| super::ask::title(answer, lang)),
    };
    named(ui, name, |ui, label| {
        ComboBox::from_id_salt(id)
            .width(ui.available_width())
            .truncate()
            .selected_text(value.map(title).unwrap_or_else(|| tr!(lang, "ask.choose").into_owned()))
            .show_ui(ui, |ui| {
                let layers = cx.session.layers().iter().map(|l| l.key);
                for key in layers.chain(cx.session.answers().iter().map(|a| a.key)) {
                    ui.selectable_value(value, Some(key), title(key));
                }
            })
            .response
            .labelled_by(label);
    });
}
