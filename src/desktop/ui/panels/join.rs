//! The dialog that joins a table to a layer by a key: what would meet and what would not is told before it is done.

use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::query::{JoinError, Joined, joined_rows};
use crate::report::joined_lines;
use crate::session::{Command, Key, TableJoin};
use crate::ui::context::Context;
use crate::ui::dialogs::window;
use crate::ui::later::Later;
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, RichText, Ui};
use std::sync::Arc;

/// Width of a choice, points.
const FIELD: f32 = 300.0;

/// What is chosen in the dialog, and what would come of it.
#[derive(Default)]
pub struct JoinDialog {
    /// The layer that it is about, while it is open.
    layer: Option<Key>,
    table: Option<Key>,
    on: String,
    with: String,
    /// What the last look was at, and its result once it is there.
    looked: Option<Look>,
}

/// A look at what would come of a join.
struct Look {
    of: Asked,
    coming: Option<Later<Result<Joined, JoinError>>>,
    result: Option<Result<Joined, JoinError>>,
}

/// What a look is at: the states of the layer and the table, and the columns.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    states: [u64; 2],
    on: String,
    with: String,
}

impl JoinDialog {
    /// Opens it, about a layer.
    pub fn open(&mut self, layer: Key) {
        *self = Self { layer: Some(layer), ..Self::default() };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.layer.is_some()
    }

    /// True while it is worked out what would come of a join.
    pub fn is_working(&self) -> bool {
        self.looked.as_ref().is_some_and(|look| look.coming.is_some())
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some((key, layer)) = self.layer.and_then(|key| Some((key, cx.session.layer(key)?))) else {
            self.layer = None;
            return;
        };
        let (indexed, is_editable) = (Arc::clone(&layer.indexed), layer.is_editable);
        let title = cx.session.title(layer, lang);
        let (mut open, mut is_done) = (true, false);
        window(&tr!(lang, "join.title"), &mut open).id(egui::Id::unique("join")).show(ctx, |ui| {
            ui.set_width(460.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            if !is_editable {
                ui.add(egui::Label::new(tr!(lang, "join.read_only", layer = title)).wrap());
                if widgets::actions(ui, |ui| widgets::primary_button(ui, &tr!(lang, "tool.allow"), "", true).clicked())
                {
                    cx.command(Command::SetEditable(key, true));
                }
                return;
            }
            egui::Grid::new("join_choices").num_columns(2).spacing([12.0, 8.0]).show(ui, |ui| {
                self.choices(ui, cx, key, &indexed);
            });
            let table = self.table.and_then(|table| cx.session.layer(table)).map(|open| Arc::clone(&open.indexed));
            let Some(table) = table else { return };
            let joined = self.look(ctx, &indexed, &table);
            let ready = told(ui, joined, lang);
            if widgets::actions(ui, |ui| widgets::primary_button(ui, &tr!(lang, "join.do"), "", ready).clicked()) {
                let join = TableJoin { on: self.on.clone(), table, with: self.with.clone() };
                cx.command(Command::Join(key, Box::new(join)));
                is_done = true;
            }
        });
        let escape = ctx.input(|i| i.key_pressed(egui::Key::Escape));
        if !open || escape || is_done {
            self.layer = None;
        }
    }

    /// The table and the columns whose values are to be the same.
    fn choices(&mut self, ui: &mut Ui, cx: &Context<'_>, key: Key, layer: &IndexedLayer) {
        let lang = cx.lang;
        let others: Vec<(Key, &str)> =
            cx.session.layers().iter().filter(|l| l.key != key).map(|l| (l.key, &*l.layer().name)).collect();
        if others.is_empty() {
            widgets::quiet(ui, tr!(lang, "join.no_table"));
            return;
        }
        let named = |key: Key| others.iter().find(|(own, _)| *own == key).map_or("", |(_, name)| name);
        let before = self.table;
        row(ui, &tr!(lang, "join.table"), "join_table", self.table.map_or("", named), |ui| {
            for (own, name) in &others {
                ui.selectable_value(&mut self.table, Some(*own), *name);
            }
        });
        let Some(table) = self.table.and_then(|table| cx.session.layer(table)) else { return };
        let (own, theirs) = (layer.layer().attributes.names(), table.layer().attributes.names());
        if self.table != before {
            // The first column that both have, as most ledgers have the layer's code.
            let both = own.iter().find(|name| theirs.contains(name));
            self.on = both.map(ToString::to_string).unwrap_or_default();
            self.with.clone_from(&self.on);
        }
        for (label, salt, chosen, names) in
            [("join.on", "join_on", &mut self.on, own), ("join.with", "join_with", &mut self.with, theirs)]
        {
            row(ui, &tr!(lang, label), salt, &chosen.clone(), |ui| {
                for name in names {
                    ui.selectable_value(chosen, name.to_string(), &**name);
                }
            });
        }
    }

    /// What would come of it; worked out beside the window.
    fn look(
        &mut self,
        ctx: &egui::Context,
        layer: &Arc<IndexedLayer>,
        table: &Arc<IndexedLayer>,
    ) -> Option<&Result<Joined, JoinError>> {
        if self.on.is_empty() || self.with.is_empty() {
            return None;
        }
        let of = Asked { states: [layer.id(), table.id()], on: self.on.clone(), with: self.with.clone() };
        if self.looked.as_ref().is_none_or(|look| look.of != of) {
            let (layer, table, own) = (Arc::clone(layer), Arc::clone(table), of.clone());
            let work = move || joined_rows(layer.layer(), &own.on, table.layer(), &own.with);
            self.looked = Some(Look { of, coming: Some(Later::start(ctx, work)), result: None });
        }
        let look = self.looked.as_mut()?;
        if let Some(Ok(result)) = look.coming.as_ref().map(Later::take) {
            (look.coming, look.result) = (None, result);
        }
        look.result.as_ref()
    }
}

/// What would come of it; true where something would.
fn told(ui: &mut Ui, joined: Option<&Result<Joined, JoinError>>, lang: Lang) -> bool {
    match joined {
        None => {
            widgets::quiet(ui, "…");
            false
        }
        Some(Ok(joined)) => {
            for line in joined_lines(joined, false, lang) {
                widgets::quiet(ui, line);
            }
            widgets::quiet(ui, tr!(lang, "join.hint"));
            !joined.pairs.is_empty()
        }
        Some(Err(e)) => {
            ui.label(RichText::new(e.message(lang)).color(theme::palette(ui).ban.0));
            false
        }
    }
}

/// A name and a choice beside it.
fn row(ui: &mut Ui, name: &str, salt: &str, chosen: &str, choices: impl FnOnce(&mut Ui)) {
    let label = ui.label(RichText::new(name).color(theme::palette(ui).quiet));
    let choice = ComboBox::from_id_salt(salt).selected_text(chosen).width(FIELD).show_ui(ui, choices);
    choice.response.labelled_by(label.id);
    ui.end_row();
}
