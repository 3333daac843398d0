//! The dialog for a shared store: where it is, whether it answers, which of its tables to open.

use super::{scroll_list, window};
use crate::i18n::{count, tr};
use crate::io::store::{StoreError, StoreTable, StoreUrl, list};
use crate::session::{Command, Wake};
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Grid, Label, RichText, Ui};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

/// What is typed, and what the server said.
#[derive(Default)]
pub struct StoreDialog {
    is_open: bool,
    fields: [String; 5],
    /// The answer that is waited for, and the last one.
    asked: Option<Receiver<Answer>>,
    answer: Option<Answer>,
    /// The tables that are chosen, by their place in the list.
    chosen: Vec<bool>,
}

/// What was asked with, and the tables there.
struct Answer {
    url: StoreUrl,
    tables: Result<Vec<StoreTable>, StoreError>,
}

/// The fields in their order: their texts, and what stands in them where nothing is typed.
const FIELDS: [(&str, &str); 5] = [
    ("store.dialog.host", "localhost"),
    ("store.dialog.port", "5432"),
    ("store.dialog.database", ""),
    ("store.dialog.user", ""),
    ("store.dialog.schema", "public"),
];

/// The column of the fields' names; points.
const NAMES: f32 = 96.0;

impl StoreDialog {
    /// Opens it, with what was typed last.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// What is typed, as an address; what is wrong with it otherwise.
    fn url(&self) -> Result<StoreUrl, &'static str> {
        let field = |at: usize| {
            let text = self.fields[at].trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let port = field(1).map(|text| text.parse::<u16>().map_err(|_| "store.dialog.wrong_port")).transpose()?;
        let database = field(2).ok_or("store.dialog.no_database")?;
        let host = field(0).unwrap_or_else(|| FIELDS[0].1.to_owned());
        Ok(StoreUrl {
            host: Some(host),
            port,
            database: Some(database),
            user: field(3),
            schema: field(4),
            ..StoreUrl::default()
        })
    }

    /// Asks the server on a thread of its own.
    fn ask(&mut self, url: StoreUrl, wake: &Wake) {
        let (sender, receiver) = channel();
        let wake = std::sync::Arc::clone(wake);
        self.answer = None;
        self.asked = Some(receiver);
        std::thread::spawn(move || {
            let tables = list(&url.address());
            // A window that is gone no longer listens.
            let _ = sender.send(Answer { url, tables });
            wake();
        });
    }

    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, wake: &Wake) {
        if let Some(Ok(answer)) = self.asked.as_ref().map(Receiver::try_recv) {
            self.chosen = answer.tables.as_ref().map_or_else(|_| Vec::new(), |tables| vec![false; tables.len()]);
            (self.answer, self.asked) = (Some(answer), None);
        }
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        let mut open = true;
        window(&tr!(lang, "store.dialog.title"), &mut open).show(ctx, |ui| {
            let screen = ui.ctx().content_rect();
            ui.set_width(560.0_f32.min(screen.width() - 80.0));
            ui.add(Label::new(tr!(lang, "store.dialog.text")).wrap());
            ui.add_space(6.0);
            let typed = self.fields(ui, lang);
            ui.add_space(6.0);
            let url = self.url();
            widgets::actions(ui, |ui| {
                let may = url.is_ok() && self.asked.is_none();
                let label = tr!(lang, "store.dialog.connect");
                // Once tables are listed, opening them is what comes next.
                let is_listed = self.answer.as_ref().is_some_and(|answer| answer.tables.is_ok());
                let connect = match is_listed {
                    true => widgets::secondary_button(ui, &label, may),
                    false => widgets::primary_button(ui, &label, "", may),
                };
                if (connect.clicked() || typed && may)
                    && let Ok(url) = &url
                {
                    self.ask(url.clone(), wake);
                }
                if self.asked.is_some() {
                    ui.add(egui::Spinner::new().size(16.0));
                    widgets::quiet(ui, tr!(lang, "store.dialog.waits"));
                } else if let Err(key) = url {
                    widgets::quiet(ui, tr!(lang, key));
                }
            });
            self.answered(ui, cx, screen.height());
        });
        self.is_open &= open;
    }

    /// The fields; true where Enter was pressed in one.
    fn fields(&mut self, ui: &mut Ui, lang: crate::i18n::Lang) -> bool {
        let mut is_entered = false;
        ui.spacing_mut().item_spacing.y = 6.0;
        for (text, (key, usual)) in self.fields.iter_mut().zip(FIELDS) {
            let field = widgets::named(ui, NAMES, &tr!(lang, key), |ui, label| {
                ui.add(widgets::field(text).hint_text(usual)).labelled_by(label)
            });
            is_entered |= field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        }
        is_entered
    }

    /// What the server said: why not, or its tables to choose from.
    fn answered(&mut self, ui: &mut Ui, cx: &mut Context<'_>, height: f32) {
        let lang = cx.lang;
        let Some(Answer { url, tables }) = &self.answer else { return };
        let palette = theme::palette(ui);
        ui.separator();
        let tables = match tables {
            Ok(tables) => tables,
            Err(e) => {
                ui.add(Label::new(RichText::new(e.message(lang)).color(palette.ban.0)).wrap());
                return;
            }
        };
        if tables.is_empty() {
            widgets::quiet(ui, tr!(lang, "store.dialog.empty", schema = url.schema()));
            return;
        }
        scroll_list((height - 500.0).max(120.0)).show(ui, |ui| {
            Grid::new("store-tables").num_columns(4).spacing([16.0, 4.0]).show(ui, |ui| {
                for key in ["store.dialog.table", "store.dialog.type", "store.dialog.rows", "store.dialog.crs"] {
                    ui.label(RichText::new(tr!(lang, key)).color(palette.quiet).small());
                }
                ui.end_row();
                for (table, chosen) in tables.iter().zip(&mut self.chosen) {
                    let role = table.role.map(|role| format!(" · {}", role.title(lang))).unwrap_or_default();
                    ui.add_enabled_ui(table.is_readable, |ui| {
                        widgets::checkbox(ui, chosen, format!("{}{role}", table.table))
                    });
                    ui.label(table.geometry.as_deref().unwrap_or("—"));
                    let about = if table.is_estimate { "≈" } else { "" };
                    ui.label(match table.rows {
                        Some(rows) => format!("{about}{}", count(rows as usize)),
                        None => tr!(lang, "store.dialog.denied").into_owned(),
                    });
                    ui.label(table.srid.map_or_else(|| "—".to_owned(), |srid| format!("EPSG:{srid}")));
                    ui.end_row();
                }
            });
        });
        let chosen: Vec<PathBuf> = tables
            .iter()
            .zip(&self.chosen)
            .filter(|(_, chosen)| **chosen)
            .map(|(table, _)| StoreUrl { table: Some(table.table.clone()), ..url.clone() }.address())
            .collect();
        let all = StoreUrl { table: None, ..url.clone() }.address();
        let mut is_done = false;
        widgets::actions(ui, |ui| {
            let label = tr!(lang, "store.dialog.open", n = chosen.len());
            if widgets::primary_button(ui, &label, "", !chosen.is_empty()).clicked() {
                cx.command(Command::Open(chosen, None));
                is_done = true;
            }
            if widgets::secondary_button(ui, &tr!(lang, "store.dialog.open_all"), true).clicked() {
                cx.command(Command::Open(vec![all], None));
                is_done = true;
            }
        });
        self.is_open &= !is_done;
    }
}
