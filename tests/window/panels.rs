//! Every panel and every dialog at every size: within the window, with names, and pictured where `SHANSHUI_PICTURES` says so.

use super::following::tab;
use super::hands::{keys, look, unnamed};
use super::tools::key;
use super::*;
use eframe::egui::accesskit::Role as Access;
use egui_kittest::kittest::NodeT as _;
use shanshui::i18n::text_of;

const TABS: [&str; 7] =
    ["ask.title", "inspect.title", "rules.title", "findings.title", "targets.title", "scenario.title", "comment.title"];

/// What opens a dialog when it is found by Ctrl K.
const DIALOGS: [&str; 13] = [
    "menu.open",
    "menu.open_store",
    "backdrop.add",
    "menu.save_project",
    "export.open",
    "menu.print",
    "menu.select",
    "join.title",
    "menu.style",
    "layers.rename",
    "mapping.open",
    "menu.shortcuts",
    "help.title",
];

/// Sizes of windows, and pixels to a point.
const SIZES: [([f32; 2], f32); 4] =
    [([1024.0, 700.0], 1.0), ([1280.0, 800.0], 1.0), ([1600.0, 1000.0], 1.0), ([1280.0, 800.0], 2.0)];

fn open(window: &mut Window, lang: Lang, dialog: &str) {
    keys(window, Modifiers::COMMAND, Key::K);
    window.event(eframe::egui::Event::Text(text_of(lang, dialog)));
    settle(window);
    key(window, Key::Enter);
    settle(window);
}

/// Dialogs that are open: their titles and places.
fn dialogs(window: &Window) -> Vec<(String, eframe::egui::Rect)> {
    let all = window.query_all_by(|n| n.role() == Access::Window && n.label().is_some_and(|label| !label.is_empty()));
    all.map(|n| (n.accesskit_node().label().unwrap_or_default(), n.rect())).collect()
}

pub fn every_panel_and_dialog_fits_every_size() {
    // All of them for whoever looks; else the smallest window, in both languages and themes.
    let is_looked_at = std::env::var_os("SHANSHUI_PICTURES").is_some();
    for ((size, pixels), lang, dark) in SIZES
        .into_iter()
        .flat_map(|size| [Lang::Zh, Lang::En].map(|lang| (size, lang)))
        .flat_map(|(size, lang)| [false, true].map(|dark| (size, lang, dark)))
        .filter(|((size, _), lang, dark)| is_looked_at || (size[0] < 1100.0 && (*lang == Lang::Zh) == *dark))
    {
        let options = WindowOptions { demo: true, lang: Some(lang), ..WindowOptions::default() };
        let mut window = window_at(options, size, dark, pixels);
        settle(&mut window);
        let of = format!("{}x{}-{pixels}-{}-{}", size[0], size[1], lang.code(), if dark { "dark" } else { "light" });
        let rules = vec!["outlets-in-source-zones".to_owned(), "park-500-gaps".to_owned()];
        let run = shanshui::session::Command::RunRules(rules, lang);
        window.state_mut().workbench_mut().session_mut().execute(run);
        settle(&mut window);
        look(&mut window, shanshui::model::Role::Outlet.title(lang));
        let screen = window.ctx.content_rect();
        for title in TABS {
            tab(&mut window, &text_of(lang, title));
            assert_eq!(unnamed(&window), Vec::<String>::new(), "{title} {of}");
            picture(&mut window, &format!("panel-{title}-{of}"));
        }
        for dialog in DIALOGS {
            open(&mut window, lang, dialog);
            let shown = dialogs(&window);
            assert_eq!(shown.len(), 1, "{dialog} {of}: {shown:?}");
            assert!(screen.expand(1.0).contains_rect(shown[0].1), "{dialog} {of}: {shown:?} of {screen:?}");
            assert_eq!(unnamed(&window), Vec::<String>::new(), "{dialog} {of}");
            picture(&mut window, &format!("dialog-{dialog}-{of}"));
            for _ in 0..3 {
                if dialogs(&window).is_empty() {
                    break;
                }
                key(&mut window, Key::Escape);
            }
            if !dialogs(&window).is_empty() {
                // The style stays open beside the map until it is closed.
                window.get_all_by_label("Close window").next().expect("its cross").click();
                settle(&mut window);
            }
            assert!(dialogs(&window).is_empty(), "{dialog} {of}");
        }
    }
}
