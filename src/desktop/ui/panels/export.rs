//! The dialog that writes a copy of a layer or an answer in another format or coordinate system: what that would lose is told before.

use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, Said, count, tr};
use crate::index::IndexedLayer;
use crate::io::{SaveError, safe_name};
use crate::session::exporting::{Export, holds_degrees_alone, losses_of};
use crate::session::{Command, Key, Session};
use crate::ui::context::Context;
use crate::ui::dialogs::{documents, free_path, typed_path, window};
use crate::ui::later::Later;
use crate::ui::selection::Selection;
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, Label, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Width of the dialog, points.
const WIDTH: f32 = 560.0;
/// The column of the fields' names; points.
const NAMES: f32 = 128.0;

/// Formats that are written: the ending, and what people call it; `None` for what has a name of its own in each language.
const FORMATS: [(&str, Option<&str>); 11] = [
    ("gpkg", Some("GeoPackage")),
    ("shp", Some("Shapefile")),
    ("geojson", Some("GeoJSON")),
    ("xlsx", Some("Excel (XLSX)")),
    ("csv", Some("CSV")),
    ("kml", Some("KML")),
    ("dxf", Some("AutoCAD DXF")),
    ("txt", None),
    ("fgb", Some("FlatGeobuf")),
    ("wkt", Some("WKT")),
    ("dbf", Some("dBASE (DBF)")),
];

fn format_name(ending: &str, lang: Lang) -> String {
    let name = FORMATS.iter().find(|(own, _)| *own == ending).and_then(|(_, name)| *name);
    let name = name.map_or_else(|| tr!(lang, "export.points").into_owned(), str::to_owned);
    format!("{name} (.{ending})")
}

/// What is chosen in the dialog, and what would come of it.
#[derive(Default)]
pub struct ExportDialog {
    /// The layer or answer that it is about, while it is open.
    of: Option<Key>,
    path: String,
    crs: String,
    /// A system typed in; it goes before the one of the list.
    typed: String,
    only_selected: bool,
    /// A file that would be replaced: asked for once more.
    replacing: Option<PathBuf>,
    /// What the system's dialog is waited for.
    picking: Option<Later<Option<PathBuf>>>,
    /// What the last look was at, and its result once it is there.
    looked: Option<Look>,
}

/// A look at what a copy would lose.
struct Look {
    of: Asked,
    coming: Option<Later<Result<Vec<Said>, SaveError>>>,
    result: Option<Result<Vec<Said>, SaveError>>,
}

/// What a look is at: the state of the layer, the rows, the system, the format.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    state: u64,
    rows: Option<Arc<Vec<usize>>>,
    crs: String,
    ending: String,
}

impl ExportDialog {
    /// Opens it, about a layer or an answer.
    pub fn open(&mut self, of: Key, session: &Session) {
        let Some(indexed) = session.indexed(of) else { return };
        let layer = indexed.layer();
        let beside = session.layer(of).and_then(|open| open.path.as_deref()?.parent().map(Path::to_owned));
        let folder = beside.or_else(documents).unwrap_or_default();
        let path = free_path(&folder, &format!("{}.gpkg", safe_name(&layer.name)));
        let own = layer.declared_crs.clone().filter(|crs| Crs::parse(crs).is_ok());
        let crs = own.unwrap_or_else(|| "EPSG:4326".to_owned());
        *self = Self { of: Some(of), path: path.display().to_string(), crs, ..Self::default() };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.of.is_some()
    }

    /// True while it is worked out what would be lost.
    pub fn is_working(&self) -> bool {
        self.looked.as_ref().is_some_and(|look| look.coming.is_some())
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, selection: &Selection) {
        let lang = cx.lang;
        let Some((key, indexed)) = self.of.and_then(|key| Some((key, Arc::clone(cx.session.indexed(key)?)))) else {
            self.of = None;
            return;
        };
        let selected = (selection.key() == Some(key) && !selection.rows().is_empty()).then(|| selection.rows());
        let (mut open, mut is_done) = (true, false);
        window(&tr!(lang, "export.title"), &mut open).id(egui::Id::unique("export")).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            self.choose_format(ui, lang);
            self.choose_crs(ui, &indexed, lang);
            self.choose_path(ui, lang);
            if let Some(selected) = selected {
                widgets::checkbox(ui, &mut self.only_selected, tr!(lang, "export.selected", n = count(selected.len())));
            }
            if let Some(own) = cx.session.layer(key).and_then(|layer| layer.path.as_deref()) {
                widgets::quiet(ui, tr!(lang, "export.copy", file = crate::io::file_name(own)));
            }
            let rows = selected.filter(|_| self.only_selected).map(|rows| Arc::new(rows.to_vec()));
            let crs = self.chosen_crs();
            let ready = match Crs::parse(&crs) {
                Ok(_) => self.told(ui, ctx, &indexed, rows.clone(), &crs, lang),
                Err(e) => {
                    warn(ui, e.said.text(lang), theme::palette(ui).ban.0);
                    false
                }
            };
            let path = typed_path(&self.path);
            let is_replacing = self.replacing.as_deref() == Some(&path);
            if is_replacing {
                let text = tr!(lang, "dialog.exists", file = crate::io::file_name(&path));
                warn(ui, &text, theme::palette(ui).review.0);
            }
            let key_of_button = if is_replacing { "dialog.replace" } else { "dialog.export_button" };
            let text = crate::i18n::text_of(lang, key_of_button);
            let can = ready && !self.path.trim().is_empty();
            let (mut is_asked, mut browses) = (false, false);
            widgets::actions(ui, |ui| {
                is_asked = widgets::primary_button(ui, &text, "", can).clicked();
                browses = widgets::secondary_button(ui, &tr!(lang, "dialog.browse"), self.picking.is_none()).clicked();
            });
            if browses {
                self.browse(ctx);
            }
            if is_asked {
                if path.exists() && !is_replacing {
                    self.replacing = Some(path);
                } else {
                    cx.command(Command::ExportAs(Box::new(Export { of: key, path, crs, rows })));
                    is_done = true;
                }
            }
        });
        let escape = ctx.input(|i| i.key_pressed(egui::Key::Escape));
        if !open || escape || is_done {
            self.of = None;
        }
    }

    fn ending(&self) -> String {
        typed_path(&self.path).extension().unwrap_or_default().to_string_lossy().to_lowercase()
    }

    /// The system typed in, else the one of the list; longitude and latitude where the format holds nothing else.
    fn chosen_crs(&self) -> String {
        match self.typed.trim() {
            _ if holds_degrees_alone(&typed_path(&self.path)) => "EPSG:4326".to_owned(),
            "" => self.crs.clone(),
            typed => typed.to_owned(),
        }
    }

    fn choose_format(&mut self, ui: &mut Ui, lang: Lang) {
        let ending = self.ending();
        widgets::named(ui, NAMES, &tr!(lang, "export.format"), |ui, label| {
            let combo = ComboBox::from_id_salt("export_format").width(ui.available_width());
            let response = combo.selected_text(format_name(&ending, lang)).show_ui(ui, |ui| {
                for (own, _) in FORMATS {
                    if ui.selectable_label(own == ending, format_name(own, lang)).clicked() {
                        self.path = typed_path(&self.path).with_extension(own).display().to_string();
                        self.replacing = None;
                    }
                }
            });
            response.response.labelled_by(label);
        });
    }

    fn choose_crs(&mut self, ui: &mut Ui, indexed: &IndexedLayer, lang: Lang) {
        let is_degrees = holds_degrees_alone(&typed_path(&self.path));
        widgets::named(ui, NAMES, &tr!(lang, "export.crs"), |ui, label| {
            if is_degrees {
                ui.add(Label::new(tr!(lang, "export.degrees_alone")).wrap());
                return;
            }
            let title = |crs: &str| Crs::parse(crs).map_or_else(|_| crs.to_owned(), |known| known.title(lang));
            let combo = ComboBox::from_id_salt("export_crs").width(ui.available_width());
            let response = combo.selected_text(title(&self.crs)).show_ui(ui, |ui| {
                for crs in offered(indexed) {
                    let name = title(&crs);
                    if ui.selectable_label(self.crs == crs, name).clicked() {
                        self.crs = crs;
                        self.typed.clear();
                    }
                }
            });
            response.response.labelled_by(label);
        });
        if !is_degrees {
            widgets::named(ui, NAMES, &tr!(lang, "import.other"), |ui, label| {
                let edit = widgets::field(&mut self.typed).hint_text("EPSG:4549");
                ui.add(edit).labelled_by(label).on_hover_text(tr!(lang, "dialog.crs_hint"));
            });
        }
    }

    fn choose_path(&mut self, ui: &mut Ui, lang: Lang) {
        if let Some(Ok(picked)) = self.picking.as_ref().map(Later::take) {
            self.picking = None;
            if let Some(path) = picked.flatten() {
                (self.path, self.replacing) = (path.display().to_string(), None);
            }
        }
        widgets::named(ui, NAMES, &tr!(lang, "export.file"), |ui, label| {
            if ui.add(widgets::field(&mut self.path)).labelled_by(label).changed() {
                self.replacing = None;
            }
        });
    }

    /// Asks the system for a place. Its dialog may never answer: the field always works.
    fn browse(&mut self, ctx: &egui::Context) {
        let before = typed_path(&self.path);
        self.picking = Some(Later::start(ctx, move || {
            let name = before.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut dialog = rfd::FileDialog::new().set_file_name(name);
            if let Some(folder) = before.parent() {
                dialog = dialog.set_directory(folder);
            }
            dialog.save_file()
        }));
    }

    /// Tells what the copy would lose; true where it can be written.
    fn told(
        &mut self,
        ui: &mut Ui,
        ctx: &egui::Context,
        indexed: &Arc<IndexedLayer>,
        rows: Option<Arc<Vec<usize>>>,
        crs: &str,
        lang: Lang,
    ) -> bool {
        let palette = theme::palette(ui);
        let asked = Asked { state: indexed.id(), rows, crs: crs.to_owned(), ending: self.ending() };
        if self.looked.as_ref().is_none_or(|look| look.of != asked) {
            let (layer, of) = (Arc::clone(indexed), asked.clone());
            let path = Path::new("copy").with_extension(&of.ending);
            let coming = Later::start(ctx, move || {
                let rows = of.rows.as_deref().map(Vec::as_slice);
                losses_of(layer.layer(), rows, &of.crs, &path)
            });
            self.looked = Some(Look { of: asked, coming: Some(coming), result: None });
        }
        let Some(look) = &mut self.looked else { return false };
        if let Some(Ok(done)) = look.coming.as_ref().map(Later::take) {
            (look.coming, look.result) = (None, done);
        }
        match &look.result {
            None => {
                widgets::quiet(ui, tr!(lang, "export.looking"));
                false
            }
            Some(Err(e)) => {
                warn(ui, &e.message(lang), palette.ban.0);
                false
            }
            Some(Ok(losses)) if losses.is_empty() => {
                widgets::quiet(ui, tr!(lang, "export.whole"));
                true
            }
            Some(Ok(losses)) => {
                widgets::section(ui, &tr!(lang, "export.loses", n = count(losses.len())));
                ScrollArea::vertical().max_height(180.0).auto_shrink([false, true]).show(ui, |ui| {
                    losses.iter().for_each(|said| warn(ui, said.text(lang), palette.review.0));
                });
                true
            }
        }
    }
}

fn warn(ui: &mut Ui, text: &str, color: egui::Color32) {
    ui.add(Label::new(RichText::new(text).size(theme::SMALL).color(color)).wrap());
}

/// Systems that a layer is often wanted in: its own, longitude and latitude, the zone of CGCS2000 where it lies (with and without its
/// number in front of eastings), Web Mercator.
fn offered(indexed: &IndexedLayer) -> Vec<String> {
    let layer = indexed.layer();
    let mut all: Vec<String> = layer.declared_crs.clone().filter(|crs| Crs::parse(crs).is_ok()).into_iter().collect();
    all.extend(["EPSG:4490", "EPSG:4326"].map(str::to_owned));
    if !layer.bounds.is_empty() {
        #[expect(clippy::cast_possible_truncation, reason = "a longitude")]
        let zone = (layer.bounds.center().lon / 3.0).round() as i64;
        if (25..=45).contains(&zone) {
            all.extend([4_534 + zone - 25, 4_513 + zone - 25].map(|number| format!("EPSG:{number}")));
        }
    }
    all.push("EPSG:3857".to_owned());
    let mut seen = Vec::new();
    all.retain(|crs| {
        !seen.contains(crs) && {
            seen.push(crs.clone());
            true
        }
    });
    all
}
