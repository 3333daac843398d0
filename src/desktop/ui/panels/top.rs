//! The top bar: name, menus, project, language, panels, the search for everything.

use super::history;
use super::keys;
use crate::i18n::{Lang, text_of, tr};
use crate::report::AreaUnit;
use crate::session::Command;
use crate::ui::context::{Act, Context, Looking, Tab};
use crate::ui::help::Topic;
use crate::ui::map::views::Turn;
use crate::ui::search::Search;
use crate::ui::settings::{SCALES, Settings, ThemeChoice};
use crate::ui::{icons, theme, widgets};
use eframe::egui::{self, Align, Button, KeyboardShortcut, Layout, RichText, Ui, UiBuilder};

/// Letters of a scenario's name that have room here.
const NAME: usize = 12;

/// Shows the bar; `turns` says whether there is a view to go back to, and on to.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    settings: &mut Settings,
    looking: &Looking,
    search: &mut Search,
    turns: (bool, bool),
) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new(tr!(lang, "app.name")).font(theme::bold(15.0)).color(palette.text));
        ui.add_space(8.0);
        // The bar of menus takes all of the width: what stands at its right is told where it ends.
        let menus = egui::MenuBar::new().ui(ui, |ui| {
            ui.menu_button(tr!(lang, "menu.file"), |ui| file(ui, cx, settings, looking));
            ui.menu_button(tr!(lang, "menu.edit"), |ui| edit(ui, cx, looking));
            ui.menu_button(tr!(lang, "menu.selection"), |ui| selection(ui, cx, looking));
            ui.menu_button(tr!(lang, "menu.view"), |ui| view(ui, cx, settings, looking, turns));
            ui.menu_button(tr!(lang, "menu.help"), |ui| {
                if item(ui, &tr!(lang, "menu.palette"), Some(&keys::PALETTE), true) {
                    cx.acts.push(Act::Palette);
                }
                if item(ui, &tr!(lang, "help.title"), Some(&keys::HELP), true) {
                    cx.acts.push(Act::Help(Topic::Start));
                }
                if item(ui, &tr!(lang, "tour.take"), None, true) {
                    cx.acts.push(Act::Tour);
                }
                if item(ui, &tr!(lang, "menu.shortcuts"), None, true) {
                    cx.acts.push(Act::Shortcuts);
                }
                ui.separator();
                widgets::quiet(ui, tr!(lang, "app.about", version = env!("CARGO_PKG_VERSION")));
            });
            if let Some(open) = cx.session.open_project() {
                ui.add_space(8.0);
                let state = match cx.session.unsaved().next() {
                    Some(_) => tr!(lang, "project.edited"),
                    None if cx.session.is_project_unsaved() => tr!(lang, "project.changed"),
                    None => tr!(lang, "project.saved"),
                };
                // What stands at the right keeps its room.
                let beside = if cx.session.scenario_on().is_some() { 550.0 } else { 400.0 };
                let room = (ui.available_width() - beside).max(48.0);
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    let text = RichText::new(format!("{} · {state}", open.name())).color(palette.quiet);
                    ui.add(egui::Label::new(text).truncate()).on_hover_text(open.path.display().to_string());
                });
            }
            if let Some(on) = cx.session.scenario_on() {
                // Whoever looks at the map is to know that it is no longer what stands.
                ui.add_space(8.0);
                let text = tr!(lang, "scenario.is_on", name = on.name).into_owned();
                let is_long = on.name.chars().count() > NAME;
                let name: String = on.name.chars().take(if is_long { NAME - 1 } else { NAME }).collect();
                let name = if is_long { name + "…" } else { name };
                let short = tr!(lang, "scenario.is_on", name = name);
                let chip = widgets::chip(ui, &short, (palette.on_accent, palette.accent));
                chip.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &*text));
                let hint = format!("{text}\n{}", tr!(lang, "scenario.is_on_hint"));
                if chip.on_hover_text(hint).clicked() {
                    cx.acts.push(Act::Tab(Tab::Scenarios));
                }
            }
            ui.cursor().left()
        });
        let mut room = ui.max_rect();
        // In a window as small as a stamp it lies over the menus.
        room.min.x = menus.inner.min(room.max.x - 120.0);
        let right = UiBuilder::new().max_rect(room).layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(right, |ui| {
            search.field(ui, lang);
            ui.add_space(4.0);
            for (icon, key, open) in [
                (icons::PANEL_RIGHT, "menu.right_panel", &mut settings.right_open),
                (icons::PANEL_BOTTOM, "menu.bottom_panel", &mut settings.bottom_open),
                (icons::PANEL_LEFT, "menu.left_panel", &mut settings.left_open),
            ] {
                if widgets::icon_button(ui, icon, &tr!(lang, key)).clicked() {
                    *open = !*open;
                }
            }
            let other = match lang {
                Lang::Zh => ("English", Lang::En),
                Lang::En => ("中文", Lang::Zh),
            };
            if ui.add(Button::new(RichText::new(other.0).color(palette.quiet)).frame(false)).clicked() {
                settings.lang = other.1;
            }
        });
    });
}

fn item(ui: &mut Ui, text: &str, shortcut: Option<&KeyboardShortcut>, enabled: bool) -> bool {
    let mut button = Button::new(text);
    if let Some(shortcut) = shortcut {
        button = button.shortcut_text(keys::text(shortcut));
    }
    let clicked = ui.add_enabled(enabled, button).clicked();
    if clicked {
        ui.close();
    }
    clicked
}

fn file(ui: &mut Ui, cx: &mut Context<'_>, settings: &Settings, looking: &Looking) {
    let lang = cx.lang;
    ui.set_min_width(220.0);
    if item(ui, &tr!(lang, "menu.open"), Some(&keys::OPEN), true) {
        cx.acts.push(Act::OpenDialog);
    }
    if item(ui, &tr!(lang, "menu.open_store"), None, true) {
        cx.acts.push(Act::StoreDialog);
    }
    if item(ui, &tr!(lang, "menu.cluster"), None, true) {
        cx.acts.push(Act::ClusterDialog);
    }
    if item(ui, &tr!(lang, "backdrop.add"), None, true) {
        cx.acts.push(Act::BackdropDialog(None));
    }
    if item(ui, &tr!(lang, "menu.sample"), None, true) {
        cx.command(Command::OpenSample);
    }
    if !settings.recent.is_empty() {
        ui.menu_button(tr!(lang, "menu.recent"), |ui| {
            for path in &settings.recent {
                let name = crate::io::file_name(path);
                if ui.button(name).on_hover_text(path.display().to_string()).clicked() {
                    cx.command(Command::Open(vec![path.clone()], None));
                    ui.close();
                }
            }
        });
    }
    ui.separator();
    if item(ui, &tr!(lang, "menu.save_project"), Some(&keys::SAVE_PROJECT), !cx.session.layers().is_empty()) {
        cx.acts.push(Act::SaveProject);
    }
    if item(ui, &tr!(lang, "menu.save_project_as"), Some(&keys::SAVE_PROJECT_AS), !cx.session.layers().is_empty()) {
        cx.acts.push(Act::SaveProjectAs);
    }
    let layer = keys::current_layer(cx.session, looking);
    if item(ui, &tr!(lang, "menu.save"), Some(&keys::SAVE), layer.is_some()) {
        cx.acts.extend(layer.map(Act::Save));
    }
    if item(ui, &tr!(lang, "menu.save_as"), Some(&keys::SAVE_AS), layer.is_some()) {
        cx.acts.extend(layer.map(Act::SaveAs));
    }
    let shown = keys::current(cx.session, looking);
    if item(ui, &tr!(lang, "export.open"), None, shown.is_some()) {
        cx.acts.extend(shown.map(Act::ExportAsDialog));
    }
    if item(ui, &tr!(lang, "menu.pack"), None, !cx.session.layers().is_empty()) {
        cx.acts.push(Act::PackDialog);
    }
    if item(ui, &tr!(lang, "menu.print"), Some(&keys::PRINT), !cx.session.layers().is_empty()) {
        cx.acts.push(Act::PrintDialog);
    }
    let answer = keys::current_answer(cx.session, looking);
    if item(ui, &tr!(lang, "menu.export"), Some(&keys::EXPORT), answer.is_some()) {
        cx.acts.extend(answer.map(Act::ExportDialog));
    }
    ui.separator();
    if item(ui, &tr!(lang, "menu.quit"), Some(&keys::QUIT), true) {
        cx.acts.push(Act::Quit);
    }
}

fn edit(ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking) {
    let lang = cx.lang;
    ui.set_min_width(220.0);
    let (undo, redo) = history::texts(cx.session, lang);
    let named = |key: &str, step: Option<&String>| match step {
        Some(step) => format!("{}  {step}", text_of(lang, key)),
        None => text_of(lang, key),
    };
    if item(ui, &named("menu.undo", undo.first()), Some(&keys::UNDO), cx.session.can_undo()) {
        cx.command(Command::Undo);
    }
    if item(ui, &named("menu.redo", redo.first()), Some(&keys::REDO), cx.session.can_redo()) {
        cx.command(Command::Redo);
    }
    ui.add_enabled_ui(!undo.is_empty() || !redo.is_empty(), |ui| {
        ui.menu_button(tr!(lang, "menu.history"), |ui| history::show(ui, cx, &undo, &redo));
    });
    ui.separator();
    if item(ui, &tr!(lang, "menu.remove"), Some(&keys::REMOVE), looking.active.is_some())
        && let Some(key) = looking.active
    {
        cx.acts.push(Act::Remove(key));
    }
    let works = !cx.session.jobs().is_empty() || looking.writing.is_some();
    if item(ui, &tr!(lang, "menu.cancel"), Some(&keys::CANCEL), works) {
        cx.acts.push(Act::CancelAll);
    }
}

fn selection(ui: &mut Ui, cx: &mut Context<'_>, looking: &Looking) {
    let lang = cx.lang;
    ui.set_min_width(220.0);
    let active = looking.active.is_some();
    for (key, shortcut, can, act) in [
        ("menu.copy_features", &keys::COPY, !looking.selection.is_empty(), Act::CopyFeatures),
        ("menu.paste_features", &keys::PASTE, true, Act::PasteWanted),
    ] {
        if item(ui, &text_of(lang, key), Some(shortcut), can) {
            cx.acts.push(act);
        }
    }
    ui.separator();
    for (key, shortcut, can, act) in [
        ("menu.select", Some(&keys::SELECT), active, Act::SelectDialog),
        ("menu.select_all", Some(&keys::SELECT_ALL), active, Act::SelectAll),
        ("menu.select_invert", Some(&keys::SELECT_INVERT), active, Act::SelectInvert),
        ("menu.select_none", None, !looking.selection.is_empty(), Act::SelectOne(None)),
    ] {
        if item(ui, &text_of(lang, key), shortcut, can) {
            cx.acts.push(act);
        }
    }
}

/// Views with names: one more, and where each leads.
fn bookmarks(ui: &mut Ui, cx: &mut Context<'_>, settings: &Settings) {
    let lang = cx.lang;
    ui.set_min_width(220.0);
    if item(ui, &tr!(lang, "bookmark.add"), Some(&keys::BOOKMARK), !cx.session.layers().is_empty()) {
        cx.acts.push(Act::AddBookmark);
    }
    ui.separator();
    if settings.bookmarks.is_empty() {
        widgets::quiet(ui, tr!(lang, "bookmark.none"));
    }
    // The newest first.
    for (number, bookmark) in settings.bookmarks.iter().enumerate().rev() {
        ui.horizontal(|ui| {
            let remove = tr!(lang, "bookmark.remove", name = bookmark.name);
            if ui.add(Button::new(&bookmark.name).frame(false)).clicked() {
                cx.acts.push(Act::GoToBookmark(number));
                ui.close();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::icon_button(ui, icons::X, &remove).clicked() {
                    cx.acts.push(Act::RemoveBookmark(number));
                }
            });
        });
    }
}

fn view(ui: &mut Ui, cx: &mut Context<'_>, settings: &mut Settings, looking: &Looking, turns: (bool, bool)) {
    let lang = cx.lang;
    ui.set_min_width(220.0);
    if item(ui, &tr!(lang, "menu.fit"), Some(&keys::FIT), true) {
        cx.acts.push(Act::FitAll);
    }
    if item(ui, &tr!(lang, "menu.view_back"), Some(&keys::VIEW_BACK), turns.0) {
        cx.acts.push(Act::View(Turn::Back));
    }
    if item(ui, &tr!(lang, "menu.view_on"), Some(&keys::VIEW_ON), turns.1) {
        cx.acts.push(Act::View(Turn::On));
    }
    ui.menu_button(tr!(lang, "bookmark.title"), |ui| bookmarks(ui, cx, settings));
    let some = !cx.session.layers().is_empty();
    if item(ui, &tr!(lang, "map.copy_picture"), Some(&keys::COPY_PICTURE), some) {
        cx.acts.push(Act::CopyPicture);
    }
    let answer = crate::ui::map::shown::is_answer(cx.session, looking.active);
    if item(ui, &tr!(lang, "menu.quieten"), Some(&keys::QUIETEN), answer) {
        cx.acts.push(Act::Quieten);
    }
    ui.separator();
    widgets::checkbox(ui, &mut settings.left_open, tr!(lang, "menu.left_panel"));
    widgets::checkbox(ui, &mut settings.right_open, tr!(lang, "menu.right_panel"));
    widgets::checkbox(ui, &mut settings.bottom_open, tr!(lang, "menu.bottom_panel"));
    ui.separator();
    widgets::checkbox(ui, &mut settings.snapping.features, tr!(lang, "menu.snap"));
    widgets::checkbox(ui, &mut settings.snapping.grid, tr!(lang, "menu.snap_grid"));
    ui.separator();
    ui.menu_button(tr!(lang, "menu.theme"), |ui| {
        for (choice, key) in [
            (ThemeChoice::System, "theme.system"),
            (ThemeChoice::Light, "theme.light"),
            (ThemeChoice::Dark, "theme.dark"),
            (ThemeChoice::Contrast, "theme.contrast"),
            (ThemeChoice::ContrastDark, "theme.contrast_dark"),
        ] {
            widgets::radio_value(ui, &mut settings.theme, choice, tr!(lang, key));
        }
    });
    ui.menu_button(tr!(lang, "menu.scale"), |ui| {
        for percent in SCALES {
            widgets::radio_value(ui, &mut settings.percent, percent, format!("{percent} %"));
        }
    });
    ui.menu_button(tr!(lang, "menu.area_unit"), |ui| {
        for unit in AreaUnit::ALL {
            widgets::radio_value(ui, &mut settings.area_unit, unit, unit.name(lang));
        }
    });
    ui.menu_button(tr!(lang, "menu.language"), |ui| {
        widgets::radio_value(ui, &mut settings.lang, Lang::Zh, "中文");
        widgets::radio_value(ui, &mut settings.lang, Lang::En, "English");
    });
}
