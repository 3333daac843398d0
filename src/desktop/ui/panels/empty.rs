//! The window with nothing open: what it can do, the two headline questions on the sample, what was open last.

use crate::i18n::{Lang, text_of, tr};
use crate::session::Command;
use crate::ui::context::{Act, Headline};
use crate::ui::thumbnails::{self, Thumbnails};
use crate::ui::{icons, theme, widgets};
use eframe::egui::{
    self, Align, Align2, Button, Color32, FontId, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use std::path::{Path, PathBuf};

/// Width of the page; points.
const WIDTH: f32 = 560.0;
/// How many projects and files are shown.
const SHOWN: usize = 6;
/// Projects in a row.
const IN_A_ROW: usize = 3;

/// Shows what to do next.
pub fn show(ui: &mut Ui, lang: Lang, recent: &[PathBuf], thumbnails: &mut Thumbnails, acts: &mut Vec<Act>) {
    let palette = theme::palette(ui);
    let room = ui.max_rect();
    drop_here(ui, room);
    // In a window as small as a stamp it lies under what is beside it.
    let width = WIDTH.min(room.width() - 64.0).max(200.0);
    let page = Rect::from_min_max(pos2(room.center().x - width / 2.0, room.top() + 24.0), room.max - vec2(0.0, 24.0));
    let page = page.with_max_x(room.center().x + width / 2.0);
    ui.scope_builder(UiBuilder::new().max_rect(page), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_width(width);
            ui.add_space(((page.height() - 520.0) * 0.4).max(0.0));
            ui.vertical_centered(|ui| {
                if let Some(icon) = thumbnails.icon(ui.ctx()) {
                    ui.add(egui::Image::new((icon.id(), egui::Vec2::splat(56.0))));
                }
                ui.add_space(6.0);
                ui.label(RichText::new(tr!(lang, "empty.title")).font(theme::bold(20.0)).color(palette.text));
                ui.add_space(2.0);
                ui.label(RichText::new(tr!(lang, "empty.hint")).color(palette.quiet));
            });
            ui.add_space(16.0);
            buttons(ui, lang, acts);
            ui.add_space(24.0);
            widgets::section(ui, &tr!(lang, "empty.try"));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let each = (width - 12.0) / 2.0;
                ui.spacing_mut().item_spacing.x = 12.0;
                for headline in Headline::ALL {
                    if question(ui, &text_of(lang, headline.key()), &tr!(lang, "empty.on_sample"), each) {
                        acts.push(Act::Headline(headline));
                    }
                }
            });
            opened_last(ui, lang, recent, thumbnails, width, acts);
        });
    });
}

/// The ground on which files can be dropped; it lights up while some are held over it.
fn drop_here(ui: &Ui, room: Rect) {
    let palette = theme::palette(ui);
    let is_held = ui.input(|i| !i.raw.hovered_files.is_empty());
    let ground = room.shrink(12.0);
    if is_held {
        ui.painter().rect_filled(ground, 10.0, palette.selection);
    }
    let stroke = Stroke::new(if is_held { 2.0 } else { 1.0 }, if is_held { palette.accent } else { palette.line });
    let corners =
        [ground.left_top(), ground.right_top(), ground.right_bottom(), ground.left_bottom(), ground.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, stroke, 6.0, 5.0));
}

fn buttons(ui: &mut Ui, lang: Lang, acts: &mut Vec<Act>) {
    ui.vertical_centered(|ui| {
        let id = ui.scope_id().with("buttons");
        // Its width is known from the frame before, so that it stands in the middle.
        let known = ui.ctx().data(|data| data.get_temp::<f32>(id)).unwrap_or(320.0);
        let row = ui.allocate_ui_with_layout(vec2(known, 32.0), Layout::left_to_right(Align::Center), |ui| {
            if widgets::primary_button(ui, &tr!(lang, "empty.open"), &super::keys::text(&super::keys::OPEN), true)
                .clicked()
            {
                acts.push(Act::OpenDialog);
            }
            if widgets::secondary_button(ui, &tr!(lang, "empty.sample"), true).clicked() {
                acts.push(Act::Session(Command::OpenSample));
            }
            if widgets::secondary_button(ui, &tr!(lang, "tour.take"), true).clicked() {
                acts.push(Act::Tour);
            }
            ui.min_rect().width()
        });
        ui.ctx().data_mut(|data| data.insert_temp(id, row.inner));
    });
}

/// A question that is asked by one click.
fn question(ui: &mut Ui, text: &str, below: &str, width: f32) -> bool {
    let palette = theme::palette(ui);
    let mut job = egui::text::LayoutJob::default();
    let format = |font_id: FontId, color: Color32| egui::TextFormat { font_id, color, ..Default::default() };
    job.append(text, 0.0, format(theme::bold(theme::BODY), palette.text));
    job.append("\n", 0.0, format(FontId::proportional(theme::BODY), palette.text));
    job.append(below, 0.0, format(FontId::proportional(theme::SMALL), palette.quiet));
    job.wrap.max_width = width - 28.0;
    let button = Button::new(job).wrap().fill(palette.panel).stroke(Stroke::new(1.0, palette.line)).corner_radius(8.0);
    let response = ui.add_sized(vec2(width, 68.0), button.min_size(vec2(width, 68.0)));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, text));
    response.clicked()
}

/// Projects with their pictures, other files below them.
fn opened_last(
    ui: &mut Ui,
    lang: Lang,
    recent: &[PathBuf],
    thumbnails: &mut Thumbnails,
    width: f32,
    acts: &mut Vec<Act>,
) {
    if recent.is_empty() {
        return;
    }
    let is_project = |path: &&PathBuf| path.to_string_lossy().ends_with(crate::session::project::ENDING);
    let projects: Vec<&PathBuf> = recent.iter().filter(is_project).take(SHOWN).collect();
    let files: Vec<&PathBuf> = recent.iter().filter(|path| !is_project(path)).take(SHOWN).collect();
    ui.add_space(20.0);
    widgets::section(ui, &tr!(lang, "menu.recent"));
    ui.add_space(4.0);
    let mut open = |path: &Path| acts.push(Act::Session(Command::Open(vec![path.to_owned()], None)));
    for row in projects.chunks(IN_A_ROW) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let each = (width - 12.0 * (IN_A_ROW - 1) as f32) / IN_A_ROW as f32;
            for path in row {
                if project(ui, path, thumbnails, each) {
                    open(path);
                }
            }
        });
        ui.add_space(8.0);
    }
    for path in files {
        let text = RichText::new(crate::io::file_name(path)).color(theme::palette(ui).accent);
        let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        ui.horizontal(|ui| {
            let button = ui.add(Button::new(text).frame(false).truncate()).on_hover_text(path.display().to_string());
            ui.add(
                egui::Label::new(RichText::new(folder).size(theme::SMALL).color(theme::palette(ui).quiet)).truncate(),
            );
            if button.clicked() {
                open(path);
            }
        });
    }
}

/// A project's picture over its name.
fn project(ui: &mut Ui, path: &Path, thumbnails: &mut Thumbnails, width: f32) -> bool {
    let palette = theme::palette(ui);
    let name = crate::io::file_name(path).trim_end_matches(crate::session::project::ENDING).to_owned();
    let (wide, high) = thumbnails::SIZE;
    let size = vec2(width, width * high as f32 / wide as f32 + 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    let painter = ui.painter();
    let ink = if response.hovered() || response.has_focus() { palette.accent } else { palette.line };
    painter.rect_filled(rect, 8.0, palette.panel);
    let picture = rect.with_max_y(rect.bottom() - 30.0).shrink(1.0);
    match thumbnails.of(ui.ctx(), path) {
        Some(texture) => {
            let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(texture.id(), picture, whole, Color32::WHITE);
        }
        None => {
            painter.rect_filled(picture, 7.0, palette.land);
            let font = theme::icon_font(24.0);
            painter.text(picture.center(), Align2::CENTER_CENTER, icons::MAP, font, palette.quiet);
        }
    }
    let room = Rect::from_min_max(pos2(rect.left() + 10.0, picture.bottom()), rect.max - vec2(10.0, 0.0));
    widgets::ellipsised(ui, room, &name, FontId::proportional(theme::BODY), palette.text);
    ui.painter().rect_stroke(rect, 8.0, Stroke::new(1.0, ink), StrokeKind::Inside);
    response.on_hover_text(path.display().to_string()).clicked()
}
