//! What has to be said of files before they are read: one page for all of them, where their layers, their readings and their first rows
//! are seen. Nothing else waits for it.

mod choice;
mod readings;
mod sketch;
mod table;

use crate::geodesy::LonLatBox;
use crate::geodesy::crs::nearest_first;
use crate::i18n::{Lang, Said, bracketed, count, tr};
use crate::io::file_name;
use crate::io::formats::{Examined, ExaminedLayer};
use crate::session::{Command, Session};
use crate::ui::context::{Act, Context};
use crate::ui::dialogs::{scroll_list, window};
use crate::ui::{theme, widgets};
use choice::Choice;
use eframe::egui::{self, Label, RichText, Ui};
use sketch::Reference;
use std::sync::Arc;

/// Width of the page; points.
const WIDTH: f32 = 640.0;

/// Files that wait for a word.
#[derive(Default)]
pub struct Import {
    files: Vec<Choice>,
}

impl Import {
    /// True where the page is open.
    pub fn is_open(&self) -> bool {
        !self.files.is_empty()
    }

    /// Lets them all be.
    pub fn close(&mut self) {
        self.files.clear();
    }

    /// Takes a file, or one that was looked into once more.
    /// Readings that put it nearest to `around`, where the open layers lie, come first; the system that was said of files of its folder
    /// the last time, where it is one of them, is chosen.
    pub fn take(&mut self, examined: &Arc<Examined>, around: LonLatBox, said_before: Option<&str>) {
        let mut examined = Examined::clone(examined);
        if !around.is_empty() {
            examined.layers.iter_mut().for_each(|layer| nearest_first(&mut layer.readings, around));
        }
        let examined = Arc::new(examined);
        match self.files.iter_mut().find(|known| known.examined.path == examined.path) {
            Some(known) => {
                let several = known.examined.layers.len() > examined.layers.len();
                let whole = several.then(|| known.with_layers(&examined)).flatten();
                known.renew(whole.map_or(examined, Arc::new));
            }
            None => self.files.push(Choice::new(examined, said_before)),
        }
    }

    /// Notes for each file whether what was said of it could be said of another.
    fn look_at_others(&mut self) {
        let can = |at: usize, crs: &str| {
            let mut others = self.files.iter().enumerate().filter(|(other, _)| *other != at);
            others.any(|(_, file)| file.has_reading(crs) && file.said().as_deref() != Some(crs))
        };
        let said = self.files.iter().map(Choice::said).enumerate();
        let found: Vec<bool> = said.map(|(at, crs)| crs.is_some_and(|crs| can(at, &crs))).collect();
        self.files.iter_mut().zip(found).for_each(|(file, found)| file.goes_for_others = found);
    }

    /// What was said of one file goes for the others that have the same reading, where somebody wants it so.
    fn pass_on(&mut self) {
        let wanted = self.files.iter_mut().find_map(|file| std::mem::take(&mut file.goes_for_all).then(|| file.said()));
        let Some(crs) = wanted.flatten() else { return };
        self.files.iter_mut().for_each(|file| file.choose_if_there(&crs));
    }

    /// Shows the page.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        if !self.is_open() {
            return;
        }
        let lang = cx.lang;
        let reference = Reference::of(cx.session);
        let mut open = true;
        let mut done = false;
        window(&tr!(lang, "import.title"), &mut open).show(ctx, |ui| {
            ui.set_width(WIDTH);
            let room = (ctx.content_rect().height() - 340.0).clamp(160.0, 420.0);
            scroll_list(room).show(ui, |ui| {
                self.look_at_others();
                for (at, file) in self.files.iter_mut().enumerate() {
                    if at > 0 {
                        ui.add_space(8.0);
                        ui.separator();
                    }
                    ui.push_id(at, |ui| show_file(ui, file, &reference, cx));
                }
            });
            self.pass_on();
            widgets::actions(ui, |ui| {
                let layers: usize = self.files.iter().map(Choice::wanted_layers).sum();
                let is_ready = layers > 0 && self.files.iter().all(Choice::is_decided);
                let text = tr!(lang, "import.open", n = count(layers));
                if widgets::primary_button(ui, &text, "", is_ready).clicked() {
                    for file in &self.files {
                        let said = file.said().map(|crs| (file.examined.path.clone(), crs));
                        cx.acts.extend(said.map(|(path, crs)| Act::RememberCrs(path, crs)));
                    }
                    let layers = self.files.iter().flat_map(Choice::decided).collect();
                    cx.command(Command::Import(layers));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "menu.cancel"), true).clicked() {
                    done = true;
                }
                if !self.files.iter().all(Choice::is_decided) {
                    widgets::quiet(ui, tr!(lang, "import.undecided"));
                }
            });
        });
        if done || !open {
            self.close();
        }
    }
}

/// Where the open layers lie: what readings are seen against.
pub fn around(session: &Session) -> LonLatBox {
    session.layers().iter().fold(LonLatBox::EMPTY, |all, open| all.union(open.layer().bounds))
}

fn show_file(ui: &mut Ui, file: &mut Choice, reference: &Reference, cx: &mut Context<'_>) {
    let lang = cx.lang;
    let examined = Arc::clone(&file.examined);
    ui.horizontal(|ui| {
        ui.label(RichText::new(file_name(&examined.path)).font(theme::bold(14.0)));
        widgets::quiet(ui, examined.format);
    });
    if examined.layers.len() > 1 {
        show_layers(ui, file, &examined, lang);
    }
    for layer in &examined.layers {
        if let Some(e) = &layer.failed {
            let text = RichText::new(e.message(lang)).size(theme::SMALL).color(theme::palette(ui).ban.0);
            ui.add(Label::new(text).wrap());
        }
    }
    if let Some(layer) = file.asked() {
        readings::show(ui, file, &layer, reference, lang);
    }
    let Some(shown) = file.shown().map(|at| &examined.layers[at]) else { return };
    table::show_encoding(ui, file, shown, cx);
    table::show_columns(ui, file, shown, cx);
    table::show_rows(ui, shown);
    table::show_failing(ui, shown, lang);
    // Rows without a position stand above, with their lines.
    let is_told =
        |doubt: &Said| shown.table.as_ref().is_some_and(|table| table.failing.iter().any(|row| row.said == *doubt));
    for doubt in shown.doubts.iter().filter(|doubt| !is_told(doubt)) {
        let text = RichText::new(doubt.text(lang)).size(theme::SMALL).color(theme::palette(ui).review.0);
        ui.add(Label::new(text).wrap());
    }
}

/// The layers of a container, each to be taken or left.
fn show_layers(ui: &mut Ui, file: &mut Choice, examined: &Examined, lang: Lang) {
    ui.horizontal(|ui| {
        widgets::quiet(ui, tr!(lang, "import.layers", n = count(examined.layers.len())));
        if ui.link(tr!(lang, "import.all")).clicked() {
            file.take_all(true);
        }
        if ui.link(tr!(lang, "import.none")).clicked() {
            file.take_all(false);
        }
    });
    for (at, layer) in examined.layers.iter().enumerate() {
        ui.horizontal(|ui| {
            let info = &layer.info;
            let name = match info.title.as_deref().filter(|title| *title != info.name) {
                Some(title) => format!("{title}{}", bracketed(&info.name, lang)),
                None => info.name.clone(),
            };
            let mut is_wanted = file.wanted[at];
            ui.add_enabled(layer.failed.is_none(), egui::Checkbox::new(&mut is_wanted, name));
            file.wanted[at] = is_wanted;
            widgets::quiet(ui, about(layer, lang));
            // Its rows and columns are below.
            if layer.table.is_some() && layer.failed.is_none() && !layer.rows.is_empty() {
                let is_shown = file.shown() == Some(at);
                if ui.selectable_label(is_shown, tr!(lang, "import.look")).clicked() {
                    file.looked_at = Some(at);
                }
            }
        });
    }
}

/// What a layer is: kind, rows, system.
fn about(layer: &ExaminedLayer, lang: Lang) -> String {
    let info = &layer.info;
    let mut parts: Vec<String> = Vec::new();
    if info.is_table {
        parts.push(tr!(lang, "import.table").into_owned());
    }
    parts.extend(info.kinds.iter().map(|kind| sketch::kind_text(*kind, lang)));
    parts.extend(info.rows.map(|rows| tr!(lang, "import.rows", n = count(rows as usize)).into_owned()));
    if let Some(crs) = &info.crs {
        parts.push(crate::geodesy::crs::Crs::parse(crs).map_or_else(|e| e.name, |crs| crs.title(lang)));
    }
    parts.join(" · ")
}
