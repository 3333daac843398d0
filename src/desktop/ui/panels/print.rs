//! The dialog for the map on paper.

use super::style_dialog::named;
use crate::i18n::{Lang, count, number, text_of, tr};
use crate::ui::context::{Act, Context};
use crate::ui::dialogs::window;
use crate::ui::paper::series::{self, SeriesOf};
use crate::ui::paper::{Content, Paper, PaperSize, camera};
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, DragValue, TextEdit, Ui, WidgetInfo, vec2};

/// What is typed about the page.
#[derive(Default)]
pub struct PrintDialog {
    is_open: bool,
    /// The page.
    pub paper: Paper,
    /// The scale that was typed.
    pub scale: Option<f64>,
    /// A page of each of these, instead of one of the whole.
    pub series: Option<SeriesOf>,
}

impl PrintDialog {
    /// Opens it with what was printed last; `own` is what the map is called by itself, which takes the place of a title that was
    /// given to another map.
    pub fn open(&mut self, paper: &Paper, own: String) {
        let is_of_this_map = own.is_empty() || paper.title_of == own;
        let title = if is_of_this_map && !paper.title.is_empty() { paper.title.clone() } else { own.clone() };
        *self =
            Self { is_open: true, paper: Paper { title, title_of: own, ..paper.clone() }, scale: None, series: None };
    }

    /// True where it wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Shows it; `content` is what the map shows.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, content: impl FnOnce(Option<f64>) -> Content) {
        if !self.is_open {
            return;
        }
        let lang = cx.lang;
        let mut open = true;
        window(tr!(lang, "menu.print").trim_end_matches('…'), &mut open).id(egui::Id::unique("print")).show(
            ctx,
            |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                ui.set_width(440.0);
                self.page(ui, lang);
                self.choose_series(ui, cx);
                let content = content(self.scale);
                // About the room that a page leaves to its map.
                let (_, denominator) = camera(&content, self.paper.points() * 0.72);
                self.pages(ui, cx, &content);
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
                    let name = crate::i18n::text_of(lang, key);
                    named(ui, &name, |ui, _| {
                        let field = TextEdit::singleline(text).desired_width(f32::INFINITY).margin(vec2(6.0, 4.0));
                        ui.add(field).widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &name));
                    });
                }
                if cx.session.comments().shown().next().is_some() {
                    ui.checkbox(&mut self.paper.comments, tr!(lang, "paper.comments"));
                }
                widgets::quiet(ui, tr!(lang, "paper.hint"));
                if cx.session.backdrops().iter().any(|open| open.backdrop.on) {
                    widgets::quiet(ui, tr!(lang, "backdrop.printed"));
                }
                if widgets::primary_button(ui, &tr!(lang, "paper.save"), "", true).clicked() {
                    cx.acts.push(Act::PrintWhere);
                }
            },
        );
        self.is_open = open && !ctx.input(|i| i.key_pressed(egui::Key::Escape));
    }

    /// One page, or a series of what.
    fn choose_series(&mut self, ui: &mut Ui, cx: &Context<'_>) {
        let (lang, session) = (cx.lang, cx.session);
        let layers = series::layers(session);
        let has_findings = session.findings().all.iter().any(|one| one.gone_on.is_none());
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
            let combo = ComboBox::from_id_salt("series").selected_text(title(self.series)).width(280.0).truncate();
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
            ui.checkbox(&mut self.paper.index, tr!(lang, "series.with_index"));
            ui.checkbox(&mut self.paper.inset, tr!(lang, "series.with_inset"));
        });
        widgets::quiet(ui, tr!(lang, "series.pages", n = count(n)));
        if let Some(left_out) = series.left_out(lang) {
            ui.label(egui::RichText::new(left_out).color(theme::palette(ui).review.0));
        }
        let room = self.paper.points() * 0.72;
        // The button below stays in sight in a low window, too.
        let height = (ui.ctx().content_rect().height() - 650.0).clamp(44.0, 120.0);
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
        self.is_open = false;
    }

    fn page(&mut self, ui: &mut Ui, lang: Lang) {
        named(ui, &tr!(lang, "paper.size"), |ui, _| {
            ui.radio_value(&mut self.paper.size, PaperSize::A4, "A4");
            ui.radio_value(&mut self.paper.size, PaperSize::A3, "A3");
            ui.add_space(16.0);
            ui.radio_value(&mut self.paper.portrait, false, tr!(lang, "paper.landscape"));
            ui.radio_value(&mut self.paper.portrait, true, tr!(lang, "paper.portrait"));
        });
    }
}
