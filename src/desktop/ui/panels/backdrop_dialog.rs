//! The dialog that adds a backdrop or sets one otherwise: a file is looked into before it is taken, a service is asked for nothing.

use super::style_dialog::named;
use crate::i18n::{Lang, Said, text_of, tr};
use crate::raster::{
    About, Backdrop, Opening, RasterError, RasterErrorKind, ServiceKey, Shift, Template, Tiling, open,
};
use crate::session::{Key, Session};
use crate::ui::context::{Act, Context};
use crate::ui::dialogs::{typed_path, window};
use crate::ui::later::Later;
use crate::ui::settings::Settings;
use crate::ui::{theme, widgets};
use eframe::egui::{self, DragValue, RichText, ScrollArea, Ui, WidgetInfo};
use std::path::PathBuf;

/// 天地图's layers in Web Mercator, with the keys of their names.
const TIANDITU: [(&str, &str); 6] = [
    ("img", "backdrop.tianditu_img"),
    ("cia", "backdrop.tianditu_cia"),
    ("vec", "backdrop.tianditu_vec"),
    ("cva", "backdrop.tianditu_cva"),
    ("ter", "backdrop.tianditu_ter"),
    ("cta", "backdrop.tianditu_cta"),
];

/// The address of one of them; `{{` is `{`.
fn tianditu(layer: &str) -> String {
    format!(
        "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}\
         &STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
    )
}

/// A look into a file.
struct Look {
    of: Backdrop,
    later: Option<Later<Result<About, RasterError>>>,
    found: Option<Result<About, RasterError>>,
}

/// What is typed in the dialog.
#[derive(Default)]
pub struct BackdropDialog {
    is_open: bool,
    /// The backdrop that is set otherwise; none where one is added.
    of: Option<Key>,
    online: bool,
    path: String,
    key: String,
    /// What is set; the title as typed, where it was.
    backdrop: Backdrop,
    look: Option<Look>,
    picking: Option<Later<Option<PathBuf>>>,
}

impl BackdropDialog {
    /// Opens it: for a new backdrop, or for one of the session.
    pub fn open(&mut self, session: &Session, of: Option<Key>) {
        let known = of.and_then(|key| session.backdrop(key)).map(|open| Backdrop::clone(&open.backdrop));
        let backdrop = known.unwrap_or_else(|| Backdrop { on: true, ..Backdrop::default() });
        *self = Self { is_open: true, of, ..Self::default() };
        self.fill(backdrop);
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// True while a file is looked into.
    pub fn is_working(&self) -> bool {
        self.look.as_ref().is_some_and(|look| look.later.is_some())
    }

    fn fill(&mut self, backdrop: Backdrop) {
        self.online = backdrop.is_online();
        self.path = backdrop.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
        self.backdrop = backdrop;
    }

    /// Shows it; keys that are known stand in the settings.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, settings: &Settings) {
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        if let Some(Ok(picked)) = self.picking.as_ref().map(Later::take) {
            self.picking = None;
            if let Some(path) = picked.flatten() {
                self.path = path.display().to_string();
            }
        }
        let title = if self.of.is_some() { "backdrop.edit" } else { "backdrop.add" };
        let mut open = true;
        let mut is_done = false;
        window(tr!(lang, title).trim_end_matches('…'), &mut open).id(egui::Id::unique("backdrop")).show(ctx, |ui| {
            ui.set_width(500.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            ui.horizontal(|ui| {
                widgets::radio_value(ui, &mut self.online, false, tr!(lang, "backdrop.of_file"));
                ui.add_space(12.0);
                widgets::radio_value(ui, &mut self.online, true, tr!(lang, "backdrop.of_service"));
                if self.of.is_none() && !settings.backdrops.is_empty() {
                    ui.add_space(12.0);
                    ui.menu_button(tr!(lang, "backdrop.used"), |ui| self.used(ui, settings));
                }
            });
            let ready = if self.online { self.service(ui, lang, settings) } else { self.file(ui, lang) };
            field(ui, &tr!(lang, "backdrop.name"), &mut self.backdrop.title, false);
            field(ui, &tr!(lang, "backdrop.attribution"), &mut self.backdrop.attribution, false);
            let name = if self.of.is_some() { "backdrop.apply" } else { "backdrop.do" };
            if widgets::actions(ui, |ui| widgets::primary_button(ui, &tr!(lang, name), "", ready.is_some()).clicked())
                && let Some((backdrop, key)) = ready
            {
                cx.acts.push(Act::SetBackdrop(self.of, Box::new(backdrop), key));
                is_done = true;
            }
        });
        let escape = ctx.input(|i| i.key_pressed(egui::Key::Escape));
        self.is_open = open && !escape && !is_done;
    }

    /// Backdrops of other days.
    fn used(&mut self, ui: &mut Ui, settings: &Settings) {
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for known in &settings.backdrops {
                if ui.button(&known.title).clicked() {
                    self.fill(Backdrop { on: true, ..known.clone() });
                    ui.close();
                }
            }
        });
    }

    /// A file or a folder; what is to be added, once it was looked into.
    fn file(&mut self, ui: &mut Ui, lang: Lang) -> Option<(Backdrop, Option<(String, ServiceKey)>)> {
        widgets::quiet(ui, tr!(lang, "backdrop.file_hint"));
        field(ui, &tr!(lang, "backdrop.path"), &mut self.path, false);
        named(ui, "", |ui, _| {
            let can = self.picking.is_none();
            // The system's dialog may never answer: the field always works.
            if widgets::secondary_button(ui, &tr!(lang, "backdrop.pick_file"), can).clicked() {
                self.picking = Some(Later::start(ui.ctx(), || rfd::FileDialog::new().pick_file()));
            }
            if widgets::secondary_button(ui, &tr!(lang, "backdrop.pick_folder"), can).clicked() {
                self.picking = Some(Later::start(ui.ctx(), || rfd::FileDialog::new().pick_folder()));
            }
        });
        let path = typed_path(&self.path);
        let is_there = !self.path.trim().is_empty() && path.exists();
        let crs = self.backdrop.crs.clone().filter(|crs| !crs.trim().is_empty());
        let wanted = Backdrop {
            // A relative path would mean something else at the next start.
            file: std::path::absolute(&path).ok(),
            url: None,
            crs,
            title: if self.backdrop.title.trim().is_empty() {
                crate::io::file_name(&path)
            } else {
                self.backdrop.title.clone()
            },
            ..self.backdrop.clone()
        };
        if !is_there {
            self.look = None;
            if !self.path.trim().is_empty() {
                widgets::quiet(ui, tr!(lang, "backdrop.not_there"));
            }
            return None;
        }
        if self.look.as_ref().is_none_or(|look| !look.of.has_same_source(&wanted)) {
            let of = wanted.clone();
            let later =
                Later::start(ui.ctx(), move || open(&of, &Opening::default()).map(|source| source.about().clone()));
            self.look = Some(Look { of: wanted.clone(), later: Some(later), found: None });
        }
        let look = self.look.as_mut()?;
        if let Some(Ok(found)) = look.later.as_ref().map(Later::take) {
            look.later = None;
            // A reader that breaks down gives nothing.
            let broken = RasterError {
                of: wanted.title.clone(),
                tile: None,
                kind: RasterErrorKind::Source,
                why: Said::of("raster.broke_down"),
            };
            look.found = Some(found.unwrap_or(Err(broken)));
        }
        let Some(found) = &look.found else {
            widgets::quiet(ui, tr!(lang, "backdrop.opening"));
            return None;
        };
        let is_image = match found {
            Ok(about) => {
                ui.add(egui::Label::new(RichText::new(about.what.text(lang))).wrap());
                about.notes.iter().for_each(|note| drop(widgets::quiet(ui, note.text(lang))));
                matches!(about.grid, crate::raster::Grid::Image(_))
            }
            Err(e) => {
                ui.add(egui::Label::new(RichText::new(e.message(lang)).color(theme::palette(ui).ban.0)).wrap());
                e.kind == RasterErrorKind::NeedsSystem
            }
        };
        let is_ok = found.is_ok();
        if is_image {
            let mut crs = self.backdrop.crs.take().unwrap_or_default();
            field(ui, &tr!(lang, "backdrop.crs"), &mut crs, false);
            self.backdrop.crs = Some(crs).filter(|crs| !crs.is_empty());
        } else if is_ok {
            self.shift(ui, lang);
        }
        is_ok.then_some((wanted, None))
    }

    fn shift(&mut self, ui: &mut Ui, lang: Lang) {
        let mut is_shifted = self.backdrop.shift == Shift::Gcj02;
        if widgets::checkbox(ui, &mut is_shifted, tr!(lang, "backdrop.shifted")).changed() {
            self.backdrop.shift = if is_shifted { Shift::Gcj02 } else { Shift::None };
        }
    }

    /// A service; what is to be added, and the key that is new.
    fn service(
        &mut self,
        ui: &mut Ui,
        lang: Lang,
        settings: &Settings,
    ) -> Option<(Backdrop, Option<(String, ServiceKey)>)> {
        ui.horizontal(|ui| {
            ui.menu_button(tr!(lang, "backdrop.tianditu"), |ui| {
                for (layer, name) in TIANDITU {
                    if ui.button(text_of(lang, name)).clicked() {
                        self.backdrop = Backdrop {
                            title: text_of(lang, name),
                            url: Some(tianditu(layer)),
                            min_zoom: Some(1),
                            max_zoom: Some(18),
                            attribution: tr!(lang, "backdrop.tianditu_credit").into_owned(),
                            on: true,
                            ..Backdrop::default()
                        };
                        ui.close();
                    }
                }
            });
        });
        let mut url = self.backdrop.url.take().unwrap_or_default();
        let before = url.clone();
        field(ui, &tr!(lang, "backdrop.url"), &mut url, false);
        let parsed = Template::parse(&url);
        if let (Ok((template, key)), true) = (&parsed, url != before) {
            // A key that was pasted with the address stands in its own field from here on.
            if !key.is_empty() {
                self.key.clone_from(&key.0);
                template.text().clone_into(&mut url);
            }
            (self.backdrop.tiling, self.backdrop.shift) = (template.guessed_tiling(), template.guessed_shift());
        }
        self.backdrop.url = Some(url.clone()).filter(|url| !url.is_empty());
        let (template, own) = match parsed {
            Ok(parsed) => parsed,
            Err(e) => {
                if !url.trim().is_empty() {
                    ui.add(egui::Label::new(RichText::new(e.message(lang)).color(theme::palette(ui).ban.0)).wrap());
                }
                widgets::quiet(ui, tr!(lang, "backdrop.url_hint"));
                return None;
            }
        };
        let known = settings.backdrop_keys.get(template.origin()).filter(|key| !key.is_empty());
        if template.needs_key() {
            field(ui, &tr!(lang, "backdrop.key"), &mut self.key, true);
            let hint = if known.is_some() { "backdrop.key_known" } else { "backdrop.key_hint" };
            widgets::quiet(ui, tr!(lang, hint, server = template.host()));
        }
        named(ui, &tr!(lang, "backdrop.levels"), |ui, _| {
            let mut levels = [self.backdrop.min_zoom.unwrap_or(0), self.backdrop.max_zoom.unwrap_or(18)];
            for (n, name) in ["backdrop.first_level", "backdrop.last_level"].into_iter().enumerate() {
                let value = ui.add(DragValue::new(&mut levels[n]).range(0..=24));
                value.widget_info(|| WidgetInfo::labeled(egui::Role::SpinButton, true, text_of(lang, name)));
                if n == 0 {
                    ui.label("–");
                }
            }
            (self.backdrop.min_zoom, self.backdrop.max_zoom) = (Some(levels[0].min(levels[1])), Some(levels[1]));
        });
        named(ui, &tr!(lang, "backdrop.tiling"), |ui, _| {
            widgets::radio_value(ui, &mut self.backdrop.tiling, Tiling::Mercator, tr!(lang, "backdrop.mercator"));
            widgets::radio_value(ui, &mut self.backdrop.tiling, Tiling::Geographic, tr!(lang, "backdrop.geographic"));
        });
        self.shift(ui, lang);
        widgets::quiet(ui, tr!(lang, "backdrop.asks", server = template.host()));
        let typed = if own.is_empty() { ServiceKey(self.key.trim().to_owned()) } else { own };
        let has_key = !template.needs_key() || !typed.is_empty() || known.is_some();
        let key = (!typed.is_empty()).then(|| (template.origin().to_owned(), typed));
        let title = if self.backdrop.title.trim().is_empty() {
            template.host().to_owned()
        } else {
            self.backdrop.title.clone()
        };
        let backdrop = Backdrop { title, file: None, crs: None, ..self.backdrop.clone() };
        has_key.then_some((backdrop, key))
    }
}

/// A name and a field of text beside it.
fn field(ui: &mut Ui, name: &str, text: &mut String, is_secret: bool) {
    named(ui, name, |ui, _| {
        let field = ui.add(widgets::field(text).password(is_secret));
        let role = if is_secret { egui::Role::PasswordInput } else { egui::Role::TextInput };
        field.widget_info(|| WidgetInfo::labeled(role, true, name));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_offered_are_addresses() {
        for (layer, _) in TIANDITU {
            let (template, key) = Template::parse(&tianditu(layer)).expect("a template");
            assert!(key.is_empty() && template.needs_key());
            assert_eq!(
                (template.origin(), template.text()),
                ("https://t{s}.tianditu.gov.cn", tianditu(layer).as_str())
            );
        }
    }
}
