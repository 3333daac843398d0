//! The left panel: layers in drawing order, results under them.

use super::{layer_groups, layer_menu};
use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, bracketed, count, number, tr};
use crate::model::Severity;
use crate::session::contents::Ignored;
use crate::session::{Change, Command, KeptAnswer, Key, OpenLayer};
use crate::ui::context::{Act, Context, Looking};
use crate::ui::map::backdrop::Backdrops;
use crate::ui::map::legend::{Legend, swatch};
use crate::ui::map::scene::Shown;
use crate::ui::map::shown::{hidden_below, nth_of_role};
use crate::ui::map::style::Emphasis;
use crate::ui::theme::{self, ROW, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{
    self, Align, Align2, FontId, Id, Layout, Rect, Response, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2,
};
use std::sync::Arc;

/// Shows the lists; by theme where that is wanted, or nobody said and they are many. `denominator` is of the map's scale.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    legend: &mut Legend,
    looking: &Looking,
    backdrops: &Backdrops,
    by_theme: &mut Option<bool>,
    denominator: f64,
) {
    let lang = cx.lang;
    let is_grouped = by_theme.unwrap_or(cx.session.layers().len() > layer_groups::FROM);
    heading(ui, &tr!(lang, "layers.title"), |ui| {
        let name = tr!(lang, "layers.by_theme");
        let text = RichText::new(&*name).size(SMALL);
        if cx.session.layers().len() > 1
            && ui.add(egui::Button::selectable(is_grouped, text).min_size(vec2(0.0, 24.0))).clicked()
        {
            *by_theme = Some(!is_grouped);
        }
        let open =
            ui.add(egui::Button::new(RichText::new(tr!(lang, "layers.open")).size(SMALL)).min_size(vec2(0.0, 24.0)));
        if open.clicked() {
            cx.acts.push(Act::OpenDialog);
        }
    });
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let session = cx.session;
        let mut row = |ui: &mut Ui, cx: &mut Context<'_>, i: usize| {
            layer_row(ui, cx, legend, &session.layers()[i], i, looking, denominator);
        };
        match is_grouped {
            true => layer_groups::show(ui, cx, &mut row),
            false => (0..session.layers().len()).for_each(|i| row(ui, cx, i)),
        }
        if session.layers().is_empty() {
            padded(ui, |ui| drop(widgets::quiet(ui, tr!(lang, "layers.none"))));
        }
        let left_out = &session.contents().ignored;
        if !left_out.is_empty() {
            padded(ui, |ui| {
                let why = |one: &Ignored| format!("{}{}", one.file, bracketed(&one.why.text(lang), lang));
                let all = left_out.iter().map(why).collect::<Vec<_>>().join("\n");
                let text = tr!(lang, "contents.left_out", n = count(left_out.len()));
                widgets::quiet(ui, text).on_hover_text(all);
            });
        }
        if !session.answers().is_empty() {
            ui.add_space(12.0);
            heading(ui, &tr!(lang, "layers.results"), |_| {});
            for answer in session.answers() {
                answer_row(ui, cx, legend, answer, looking);
            }
        }
        super::backdrops::show(ui, cx, backdrops);
    });
}

pub(super) fn heading(ui: &mut Ui, text: &str, trailing: impl FnOnce(&mut Ui)) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::hover());
    let inner = rect.shrink2(vec2(14.0, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)), |ui| {
        widgets::section(ui, text);
        ui.with_layout(Layout::right_to_left(Align::Center), trailing);
    });
}

pub(super) fn padded(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    egui::Frame::new().inner_margin(egui::Margin::symmetric(14, 6)).show(ui, contents);
}

/// What one row shows.
struct Row<'a> {
    key: Key,
    title: &'a str,
    count: usize,
    visible: bool,
    active: bool,
    mark: Option<(String, Severity)>,
    shown: Shown,
    /// What stands under the title, in small letters: the file.
    under: Option<String>,
    /// What is said of it where it is pointed at.
    about: Option<String>,
}

/// Draws a row: eye, swatch, name, health mark, count. Returns the response of the whole.
fn row(ui: &mut Ui, cx: &mut Context<'_>, legend: &mut Legend, row: &Row<'_>) -> Response {
    let palette = theme::palette(ui);
    let lang = cx.lang;
    let height = if row.under.is_some() { ROW + 10.0 } else { ROW };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let response = ui.interact(rect, Id::unique(("row", row.key)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, row.active, row.title));
    if row.active || response.hovered() {
        ui.painter().rect_filled(rect, 0.0, if row.active { palette.selection } else { palette.raised });
    }
    let middle = rect.center().y;
    let eye = Rect::from_center_size(egui::pos2(rect.left() + 22.0, middle), vec2(22.0, 22.0));
    let eye_response = ui.interact(eye, Id::unique(("eye", row.key)), Sense::click());
    let eye_name = tr!(lang, if row.visible { "layers.hide" } else { "layers.show" }, name = row.title).into_owned();
    eye_response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, eye_name.as_str()));
    let icon = if row.visible { icons::EYE } else { icons::EYE_OFF };
    ui.painter().text(eye.center(), Align2::CENTER_CENTER, icon, theme::icon_font(14.0), palette.quiet);
    if eye_response.clicked() {
        let alone = ui.input(|i| i.modifiers.alt) && cx.session.layer(row.key).is_some();
        cx.acts.push(match alone {
            true => Act::Solo(row.key),
            false => Act::Session(Command::SetVisible(row.key, !row.visible)),
        });
    }
    if cx.session.layer(row.key).is_some() {
        eye_response.on_hover_text(tr!(lang, "layers.solo_hint"));
    }
    let place = Rect::from_center_size(egui::pos2(rect.left() + 48.0, middle), vec2(18.0, 14.0));
    let shape = row.shown.indexed.layer().shape();
    if let Some(style) = legend.style_of(ui.ctx(), &row.shown, ui.visuals().dark_mode) {
        swatch(ui.painter(), place, &style, shape);
    }
    let color = if row.visible { palette.text } else { palette.quiet };
    let font = FontId::proportional(theme::BODY);
    let number = ui.painter().text(
        egui::pos2(rect.right() - 14.0, middle),
        Align2::RIGHT_CENTER,
        count(row.count),
        FontId::proportional(SMALL),
        palette.quiet,
    );
    let mut right = number.left() - 8.0;
    if let Some((text, severity)) = &row.mark {
        let tone = if *severity == Severity::Note { (palette.quiet, palette.raised) } else { palette.review };
        let galley = ui.painter().layout_no_wrap(text.clone(), FontId::proportional(11.0), tone.0);
        let mark = Rect::from_min_max(
            egui::pos2(right - galley.size().x - 12.0, middle - 9.0),
            egui::pos2(right, middle + 9.0),
        );
        let mark_response = ui.interact(mark, Id::unique(("health", row.key)), Sense::click());
        let name = tr!(lang, "layers.health_of", name = row.title, problem = text).into_owned();
        mark_response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name.as_str()));
        ui.painter().rect_filled(mark, 4.0, tone.1);
        ui.painter().galley(mark.min + vec2(6.0, 9.0 - galley.size().y / 2.0), galley, tone.0);
        if mark_response.on_hover_text(tr!(lang, "layers.health_hint")).clicked() {
            cx.acts.push(Act::Health(row.key));
        }
        right = mark.left() - 6.0;
    }
    let room = Rect::from_min_max(egui::pos2(rect.left() + 66.0, rect.top()), egui::pos2(right, rect.bottom()));
    let cut = match &row.under {
        None => widgets::ellipsised(ui, room, row.title, font, color),
        Some(under) => {
            let part = room.height() / 2.0;
            let upper = Rect::from_min_max(room.min + vec2(0.0, 3.0), egui::pos2(room.max.x, room.min.y + part + 2.0));
            let lower = Rect::from_min_max(egui::pos2(room.min.x, upper.max.y - 1.0), room.max - vec2(0.0, 3.0));
            let cut = widgets::ellipsised(ui, upper, row.title, font, color);
            widgets::ellipsised(ui, lower, under, FontId::proportional(10.5), palette.quiet) || cut
        }
    };
    if response.clicked() {
        cx.acts.push(Act::Activate(row.key));
    }
    if response.double_clicked() {
        cx.acts.push(Act::ZoomTo(row.key));
    }
    match &row.about {
        Some(about) => response.on_hover_text(format!("{}\n{about}", row.title)),
        None if cut => response.on_hover_text(row.title),
        None => response,
    }
}

/// Says that a layer has edits that no file holds.
fn unsaved_mark(layer: &OpenLayer, lang: crate::i18n::Lang) -> Option<(String, Severity)> {
    layer.is_unsaved().then(|| (tr!(lang, "layers.unsaved").into_owned(), Severity::Warning))
}

fn health_mark(layer: &OpenLayer, lang: crate::i18n::Lang) -> Option<(String, Severity)> {
    let problems = &layer.layer().problems;
    let worst = problems.iter().map(|p| p.kind.severity()).max()?;
    let n = problems.iter().filter(|p| p.kind.severity() == worst).count();
    let key = match worst {
        Severity::LeftOut => "layers.left_out",
        Severity::Warning => "layers.warnings",
        Severity::Note => "layers.notes",
    };
    Some((tr!(lang, key, n = count(n)).into_owned(), worst))
}

/// The file of a layer, where its title does not say it. What is in no file has none: its mark, or the sample's name, says so.
fn under(layer: &OpenLayer, title: &str) -> Option<String> {
    let path = layer.path.as_ref()?;
    let file = crate::io::file_name(path);
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    (file != title && stem.as_deref() != Some(title)).then_some(file)
}

/// Where a layer is, how much it holds, and in which system it was read.
fn about(layer: &OpenLayer, lang: Lang) -> String {
    let file = match &layer.path {
        Some(path) => path.display().to_string(),
        None => match (layer.store(), &layer.layer().source.store) {
            (Some(address), Some(store)) => format!("{}\n{}", crate::io::store::shown(address), store.table),
            _ => tr!(lang, "layers.in_no_file").into_owned(),
        },
    };
    let features = tr!(lang, "status.features", n = count(layer.layer().feature_count()));
    let crs = layer.read_as.crs.as_deref().and_then(|name| Crs::parse(name).ok()).unwrap_or_else(Crs::wgs84);
    let part = layer.read_as.bbox.map(|bbox| format!("\n{}", tr!(lang, "layers.part", bbox = bbox)));
    format!("{file}\n{features} · {}{}", crs.title(lang), part.unwrap_or_default())
}

fn layer_row(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    legend: &mut Legend,
    layer: &OpenLayer,
    i: usize,
    looking: &Looking,
    denominator: f64,
) {
    let lang = cx.lang;
    let title = cx.session.title(layer, lang);
    // Points that the map leaves out at this scale are named here, not lost.
    let later = hidden_below(layer.role, &layer.style).filter(|from| layer.visible && denominator > *from);
    let later = later.map(|from| tr!(lang, "layers.when_zoomed_in", scale = number(from, 0)).into_owned());
    let response = row(
        ui,
        cx,
        legend,
        &Row {
            key: layer.key,
            title: &title,
            count: layer.layer().feature_count(),
            visible: layer.visible,
            active: looking.active == Some(layer.key),
            mark: unsaved_mark(layer, lang).or_else(|| health_mark(layer, lang)),
            under: later.or_else(|| under(layer, &title)),
            about: Some(about(layer, lang)),
            shown: Shown {
                style: Arc::clone(&layer.style),
                nth: nth_of_role(cx.session, layer),
                ..Shown::plain(layer.key, Arc::clone(&layer.indexed), layer.role, Emphasis::Plain)
            },
        },
    );
    // Dragging a row moves it in the drawing order.
    response.dnd_set_drag_payload(layer.key);
    if let Some(dragged) = response.dnd_hover_payload::<Key>() {
        let y = if response.rect.center().y > ui.input(|inp| inp.pointer.hover_pos()).map_or(0.0, |p| p.y) {
            response.rect.top()
        } else {
            response.rect.bottom()
        };
        ui.painter().hline(response.rect.x_range(), y, egui::Stroke::new(2.0, theme::palette(ui).accent));
        if ui.input(|inp| inp.pointer.any_released()) && *dragged != layer.key {
            let from = cx.session.layers().iter().position(|l| l.key == *dragged).unwrap_or(i);
            let below = y == response.rect.bottom();
            let to = i + usize::from(below);
            cx.command(Command::Change(Change::Move(*dragged, if from < to { to - 1 } else { to })));
        }
    }
    // What it is read as where nobody said what it is: a guess, which the menu changes.
    let (told, _) = if layer.role.is_none() { cx.session.national(layer) } else { Default::default() };
    if let Some(told) = told {
        padded(ui, |ui| drop(widgets::quiet(ui, told.text(lang))));
    }
    response.context_menu(|ui| layer_menu::show(ui, cx, layer, i));
}

fn answer_row(ui: &mut Ui, cx: &mut Context<'_>, legend: &mut Legend, answer: &KeptAnswer, looking: &Looking) {
    let lang = cx.lang;
    let title = super::ask::title(answer, lang);
    let emphasis = match answer.answer.question {
        crate::query::Question::Gaps { .. } => Emphasis::Gap,
        _ => Emphasis::Answer,
    };
    let response = row(
        ui,
        cx,
        legend,
        &Row {
            key: answer.key,
            title: &title,
            count: answer.answer.features.len(),
            visible: answer.visible,
            active: looking.active == Some(answer.key),
            mark: None,
            under: None,
            about: None,
            shown: Shown::plain(answer.key, Arc::clone(&answer.table.indexed), answer.roles.0, emphasis),
        },
    );
    response.context_menu(|ui| {
        ui.set_min_width(180.0);
        if ui.button(tr!(lang, "layers.zoom_to")).clicked() {
            cx.acts.push(Act::ZoomTo(answer.key));
            ui.close();
        }
        if ui.button(tr!(lang, "ask.export")).clicked() {
            cx.acts.push(Act::ExportDialog(answer.key));
            ui.close();
        }
        if ui.button(tr!(lang, "export.open")).clicked() {
            cx.acts.push(Act::ExportAsDialog(answer.key));
            ui.close();
        }
        layer_menu::compare(ui, cx, answer.key);
        ui.separator();
        if ui.button(tr!(lang, "layers.remove")).clicked() {
            cx.acts.push(Act::Remove(answer.key));
            ui.close();
        }
    });
}
