//! The dialog for the map on paper: what is on it, and how it will look.

use super::style_dialog::named;
use crate::geodesy::{LonLat, LonLatBox, distance_m};
use crate::i18n::{Lang, count, number, text_of, tr};
use crate::ui::context::{Act, Context};
use crate::ui::dialogs::window;
use crate::ui::map::canvas::bounds_of;
use crate::ui::paper::preview::Preview;
use crate::ui::paper::series::{self, SeriesOf};
use crate::ui::paper::{Content, Paper, PaperSize, camera};
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, DragValue, Ui, WidgetInfo, vec2};

/// Width of the form and of the picture of the page, points.
const FORM: f32 = 430.0;
const PREVIEW: f32 = 300.0;

/// What of the ground is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Extent {
    /// What the window shows.
    #[default]
    View,
    /// Everything that is shown.
    All,
    /// What is selected: a drawn frame, a town.
    Selected(LonLatBox),
}

impl Extent {
    /// What the page is to show, of what the window shows.
    pub fn of(self, content: Content) -> Content {
        let bounds = match self {
            Self::View => return content,
            Self::All => {
                let shown: Vec<_> = content.shown.iter().map(|(what, _)| what.clone()).collect();
                bounds_of(&shown)
            }
            Self::Selected(bounds) => bounds,
        };
        if bounds.is_empty() {
            return content;
        }
        // Not at the very edge, and a point has the ground about it.
        let across_m = distance_m(bounds.min, bounds.max);
        Content { bounds: bounds.padded((across_m * 0.02).max(50.0)), ..content }
    }
}

/// What is typed about the page.
#[derive(Default)]
pub struct PrintDialog {
    is_open: bool,
    /// The page.
    pub paper: Paper,
    /// The scale that was typed.
    pub scale: Option<f64>,
    /// What is on it.
    pub extent: Extent,
    /// The ground of what was selected when the dialog opened.
    selected: Option<LonLatBox>,
    /// Upright or lying was said here; else it follows what is on the page.
    is_turned: bool,
    /// A page of each of these, instead of one of the whole.
    pub series: Option<SeriesOf>,
    preview: Preview,
}

/// True for ground that is higher than it is wide.
fn is_upright(bounds: LonLatBox) -> bool {
    let center = bounds.center();
    let wide = distance_m(LonLat::new(bounds.min.lon, center.lat), LonLat::new(bounds.max.lon, center.lat));
    distance_m(LonLat::new(center.lon, bounds.min.lat), LonLat::new(center.lon, bounds.max.lat)) > wide
}

impl PrintDialog {
    /// Opens it with what was printed last; `own` is what the map is called by itself, which takes the place of a title that was
    /// given to another map; `selected` is the ground of what is selected.
    pub fn open(&mut self, paper: &Paper, own: String, selected: Option<LonLatBox>, series: Option<SeriesOf>) {
        let is_of_this_map = own.is_empty() || paper.title_of == own;
        let title = if is_of_this_map && !paper.title.is_empty() { paper.title.clone() } else { own.clone() };
        let paper = Paper { title, title_of: own, ..paper.clone() };
        *self = Self { is_open: true, paper, selected, series, ..Self::default() };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// True while the picture of the page is drawn.
    pub fn is_working(&self) -> bool {
        self.is_open && self.preview.is_working()
    }

    /// Shows it; `content` is what the map shows.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, content: impl FnOnce(Option<f64>) -> Content) {
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        let content = self.extent.of(content(self.scale));
        if !self.is_turned && self.series.is_none() {
            self.paper.portrait = is_upright(content.bounds);
        }
        let mut open = true;
        window(tr!(lang, "menu.print").trim_end_matches('…'), &mut open).id(egui::Id::unique("print")).show(
            ctx,
            |ui| {
                ui.set_width(FORM + PREVIEW + 16.0);
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 16.0;
                    ui.vertical(|ui| {
                        ui.set_width(FORM);
                        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                        self.form(ui, cx, &content);
                    });
                    ui.vertical(|ui| {
                        ui.set_width(PREVIEW);
                        self.picture(ui, cx, &content);
                    });
                });
                if widgets::actions(ui, |ui| widgets::primary_button(ui, &tr!(lang, "paper.save"), "", true).clicked())
                {
                    cx.acts.push(Act::PrintWhere);
                }
            },
        );
        self.is_open = open && !ctx.input(|i| i.key_pressed(egui::Key::Escape));
        if !self.is_open {
            self.preview = Preview::default();
        }
    }

    fn form(&mut self, ui: &mut Ui, cx: &Context<'_>, content: &Content) {
        let lang = cx.lang;
        self.page(ui, lang);
        self.choose_extent(ui, lang);
        self.choose_series(ui, cx);
        // About the room that a page leaves to its map.
        let (_, denominator) = camera(content, self.paper.points() * 0.72);
        self.pages(ui, cx, content);
        named(ui, &tr!(lang, "paper.scale"), |ui, label| {
            let mut value = self.scale.unwrap_or(denominator);
            ui.label("1 :");
            let drag = DragValue::new(&mut value).range(1.0..=1e9).speed(denominator / 200.0).max_decimals(0);
            let drag = drag.custom_formatter(|v, _| number(v, 0));
            if ui.add(drag).labelled_by(label).changed() {
                self.scale = Some(value);
            }
            if self.scale.is_some() && widgets::secondary_button(ui, &tr!(lang, "paper.fit"), true).clicked() {
                self.scale = None;
            }
        });
        for (key, text) in [
            ("paper.title", &mut self.paper.title),
            ("paper.unit", &mut self.paper.unit),
            ("paper.map_number", &mut self.paper.map_number),
            ("paper.secrecy", &mut self.paper.secrecy),
            ("paper.source", &mut self.paper.source),
            ("paper.date", &mut self.paper.date),
        ] {
            let name = text_of(lang, key);
            named(ui, &name, |ui, _| {
                ui.add(widgets::field(text)).widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &name));
            });
        }
        if cx.session.comments().shown().next().is_some() {
            widgets::checkbox(ui, &mut self.paper.comments, tr!(lang, "paper.comments"));
        }
        widgets::quiet(ui, tr!(lang, "paper.hint"));
        if cx.session.backdrops().iter().any(|open| open.backdrop.on) {
            widgets::quiet(ui, tr!(lang, "backdrop.printed"));
        }
    }

    /// What of the ground is on the page.
    fn choose_extent(&mut self, ui: &mut Ui, lang: Lang) {
        named(ui, &tr!(lang, "paper.extent"), |ui, _| {
            ui.spacing_mut().item_spacing.x = 16.0;
            widgets::radio_value(ui, &mut self.extent, Extent::View, tr!(lang, "paper.extent_view"));
            widgets::radio_value(ui, &mut self.extent, Extent::All, tr!(lang, "paper.extent_all"));
            ui.add_enabled_ui(self.selected.is_some(), |ui| {
                let of = Extent::Selected(self.selected.unwrap_or(LonLatBox::EMPTY));
                let radio = widgets::radio_value(ui, &mut self.extent, of, tr!(lang, "paper.extent_selected"));
                radio.on_disabled_hover_text(tr!(lang, "paper.extent_none"));
            });
        });
    }

    /// How the page will look: of a series its first.
    fn picture(&mut self, ui: &mut Ui, cx: &Context<'_>, content: &Content) {
        let lang = cx.lang;
        widgets::section(ui, &tr!(lang, "paper.preview"));
        let first = self.series.and_then(|of| series::series(cx.session, of).sheets.into_iter().next());
        let (mut paper, mut content) = (self.paper.clone(), content.clone());
        if let Some(sheet) = first {
            let title = [paper.title.as_str(), &sheet.name].join(" · ");
            (paper.title, content.bounds) = (title, sheet.bounds);
        }
        let points = paper.points();
        let size = points * (PREVIEW / points.max_elem()).min(PREVIEW / points.x);
        let (place, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        let name = text_of(lang, "paper.preview");
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &name));
        let palette = theme::palette(ui);
        match self.preview.follow(ui.ctx(), paper, content, lang, size.x) {
            Some(texture) => {
                egui::Image::from_texture((texture, size)).paint_at(ui, place);
            }
            None => {
                ui.painter().rect_filled(place, 0.0, egui::Color32::WHITE);
            }
        }
        ui.painter().rect_stroke(place, 0.0, egui::Stroke::new(1.0, palette.control), egui::StrokeKind::Outside);
        let said = match (self.preview.is_working(), self.preview.error(lang)) {
            (true, _) => text_of(lang, "paper.previewing"),
            (false, Some(error)) => error,
            (false, None) => String::new(),
        };
        // The line keeps its room.
        ui.allocate_ui(vec2(PREVIEW, 20.0), |ui| drop(widgets::quiet(ui, said)));
    }

    /// One page, or a series of what.
    fn choose_series(&mut self, ui: &mut Ui, cx: &Context<'_>) {
        let (lang, session) = (cx.lang, cx.session);
        let layers = series::layers(session);
        let has_findings = series::has_findings(session);
        if layers.is_empty() && !has_findings {
            self.series = None;
            return;
        }
        let title = |of: Option<SeriesOf>| match of {
            None => text_of(lang, "series.none"),
            Some(SeriesOf::Findings) => text_of(lang, "series.findings"),
            Some(SeriesOf::Layer(key)) => {
                let layer = session.layer(key).map(|layer| session.title(layer, lang)).unwrap_or_default();
                tr!(lang, "series.layer", layer = layer).into_owned()
            }
        };
        let name = text_of(lang, "series.title");
        named(ui, &name, |ui, _| {
            let combo = ComboBox::from_id_salt("series").selected_text(title(self.series)).truncate();
            let combo = combo.width(ui.available_width());
            let combo = combo.show_ui(ui, |ui| {
                ui.selectable_value(&mut self.series, None, title(None));
                if has_findings {
                    let of = Some(SeriesOf::Findings);
                    ui.selectable_value(&mut self.series, of, title(of));
                }
                for key in layers {
                    let of = Some(SeriesOf::Layer(key));
                    ui.selectable_value(&mut self.series, of, title(of));
                }
            });
            combo.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, &name));
        });
    }

    /// The pages of a series, with their scales.
    fn pages(&mut self, ui: &mut Ui, cx: &Context<'_>, content: &Content) {
        let Some(of) = self.series else { return };
        let lang = cx.lang;
        let series = series::series(cx.session, of);
        let n = series.sheets.len() + usize::from(self.paper.index);
        ui.horizontal(|ui| {
            widgets::checkbox(ui, &mut self.paper.index, tr!(lang, "series.with_index"));
            widgets::checkbox(ui, &mut self.paper.inset, tr!(lang, "series.with_inset"));
        });
        widgets::quiet(ui, tr!(lang, "series.pages", n = count(n)));
        if let Some(left_out) = series.left_out(lang) {
            ui.label(egui::RichText::new(left_out).color(theme::palette(ui).review.0));
        }
        let room = self.paper.points() * 0.72;
        // The button below stays in sight in a low window, too.
        let height = (ui.ctx().content_rect().height() - 690.0).clamp(44.0, 120.0);
        egui::ScrollArea::vertical().id_salt("pages").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            for (at, sheet) in series.sheets.iter().enumerate() {
                let own = Content { bounds: sheet.bounds, shown: Vec::new(), ..content.clone() };
                let (_, denominator) = camera(&own, room);
                let text = format!("{}  {}  1 : {}", at + 1, sheet.name, number(denominator, 0));
                ui.add(egui::Label::new(egui::RichText::new(text).size(theme::SMALL)).truncate());
            }
        });
    }

    /// Closes it.
    pub fn close(&mut self) {
        (self.is_open, self.preview) = (false, Preview::default());
    }

    fn page(&mut self, ui: &mut Ui, lang: Lang) {
        named(ui, &tr!(lang, "paper.size"), |ui, _| {
            ui.spacing_mut().item_spacing.x = 16.0;
            widgets::radio_value(ui, &mut self.paper.size, PaperSize::A4, "A4");
            widgets::radio_value(ui, &mut self.paper.size, PaperSize::A3, "A3");
            ui.add_space(16.0);
            for (portrait, key) in [(false, "paper.landscape"), (true, "paper.portrait")] {
                let radio = widgets::radio_value(ui, &mut self.paper.portrait, portrait, tr!(lang, key));
                self.is_turned |= radio.clicked();
            }
        });
    }
}
