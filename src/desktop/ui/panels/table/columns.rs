//! The dialog about a layer's columns: filled by an expression, added, renamed, taken out.

use crate::i18n::{count, tr};
use crate::query::expression::Expression;
use crate::session::{ColumnChange, Command, Key};
use crate::ui::context::Context;
use crate::ui::dialogs::window;
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, RichText, TextEdit, Ui, WidgetInfo, vec2};

/// What is typed in the dialog.
#[derive(Default)]
pub struct ColumnsDialog {
    is_open: bool,
    /// The rows that were shown when it was opened.
    rows: Vec<usize>,
    target: String,
    expression: String,
    column: String,
    new_name: String,
}

impl ColumnsDialog {
    /// Opens it, about these rows.
    pub(super) fn open(&mut self, rows: Vec<usize>) {
        *self = Self { is_open: true, rows, ..Self::default() };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it.
    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, key: Key) {
        let lang = cx.lang;
        let Some(layer) = cx.session.layer(key).filter(|_| self.is_open) else { return };
        let names: Vec<String> = layer.layer().attributes.names().iter().map(|n| n.to_string()).collect();
        let editable = layer.is_editable;
        let mut open = true;
        window(&tr!(lang, "columns.title"), &mut open).id(egui::Id::unique("columns")).show(ctx, |ui| {
            ui.set_width(420.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            if !editable {
                widgets::quiet(ui, tr!(lang, "tool.read_only"));
                if widgets::secondary_button(ui, &tr!(lang, "tool.allow"), true).clicked() {
                    cx.command(Command::SetEditable(key, true));
                }
                return;
            }
            self.fill(ui, cx, key);
            ui.separator();
            self.change(ui, cx, key, &names);
        });
        let escape = ctx.input(|i| i.key_pressed(egui::Key::Escape));
        self.is_open = open && !escape;
    }

    fn fill(&mut self, ui: &mut Ui, cx: &mut Context<'_>, key: Key) {
        let lang = cx.lang;
        let Some(layer) = cx.session.layer(key) else { return };
        widgets::section(ui, &tr!(lang, "columns.fill"));
        field(ui, &tr!(lang, "columns.target"), &mut self.target, 200.0);
        field(ui, &tr!(lang, "columns.expression"), &mut self.expression, f32::INFINITY);
        widgets::quiet(ui, tr!(lang, "columns.fill_hint"));
        let parsed = Expression::parse(&self.expression);
        let over = parsed.as_ref().map_err(Clone::clone).and_then(|e| {
            let first = self.rows.first().copied();
            let over = e.over(layer.layer())?;
            Ok(first.filter(|row| *row < layer.layer().len()).map(|row| over.value(row).display().into_owned()))
        });
        match &over {
            _ if self.expression.trim().is_empty() => {}
            Ok(Some(first)) => drop(widgets::quiet(ui, tr!(lang, "columns.first", value = first))),
            Ok(None) => {}
            Err(e) => drop(ui.label(RichText::new(e.message(lang)).color(theme::palette(ui).ban.0))),
        }
        let ready = over.is_ok() && !self.target.trim().is_empty() && !self.rows.is_empty();
        let text = tr!(lang, "columns.fill_rows", n = count(self.rows.len()));
        if widgets::secondary_button(ui, &text, ready).clicked()
            && let Ok(expression) = parsed
        {
            let target = self.target.trim().to_owned();
            cx.command(Command::Fill(key, self.rows.clone(), target, Box::new(expression)));
        }
    }

    fn change(&mut self, ui: &mut Ui, cx: &mut Context<'_>, key: Key, names: &[String]) {
        let lang = cx.lang;
        widgets::section(ui, &tr!(lang, "columns.change"));
        let chosen = tr!(lang, "columns.column");
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new(&*chosen).color(theme::palette(ui).quiet));
            ComboBox::from_id_salt("column")
                .selected_text(&self.column)
                .width(180.0)
                .show_ui(ui, |ui| {
                    for name in names {
                        ui.selectable_value(&mut self.column, name.clone(), name);
                    }
                })
                .response
                .labelled_by(label.id);
        });
        field(ui, &tr!(lang, "columns.new_name"), &mut self.new_name, 200.0);
        let known = names.contains(&self.column);
        let to = self.new_name.trim().to_owned();
        ui.horizontal(|ui| {
            if widgets::secondary_button(ui, &tr!(lang, "columns.rename"), known && !to.is_empty()).clicked() {
                cx.command(Command::Column(key, std::mem::take(&mut self.column), ColumnChange::Rename(to)));
            }
            if widgets::secondary_button(ui, &tr!(lang, "columns.remove"), known).clicked() {
                cx.command(Command::Column(key, std::mem::take(&mut self.column), ColumnChange::Remove));
            }
        });
    }
}

/// A name and a field beside it.
fn field(ui: &mut Ui, name: &str, text: &mut String, width: f32) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme::palette(ui).quiet));
        let field = ui.add(TextEdit::singleline(text).desired_width(width).margin(vec2(6.0, 4.0)));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, name));
    });
}
