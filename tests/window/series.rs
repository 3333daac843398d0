//! Map series: chosen in the print dialog, one PDF of many pages, numbered pictures.

use super::hands::{keys, unnamed};
use super::tools::key;
use super::*;
use egui_kittest::kittest::NodeT as _;

const PAGE_HINT: &str = "PDF or PNG file, 300 dpi";

fn written(window: &mut Window, file: &std::path::Path) {
    let start = Instant::now();
    while !file.exists() || window.query_all_by_label_contains("Exported to").count() == 0 {
        window.step();
        std::thread::sleep(Duration::from_millis(20));
        assert!(start.elapsed() < Duration::from_secs(240), "{} is not written", file.display());
    }
    settle(window);
}

pub fn a_page_a_town_is_printed_with_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    keys(&mut window, Modifiers::COMMAND, Key::P);
    choose(&mut window, "Map series", "One page per feature: Towns");
    window.get_by_label_contains("13 pages");
    assert!(window.query_all_by_label_contains("1 : ").count() >= 12, "the pages with their scales");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "series-dialog");
    click(&mut window, "Save…");
    let file = folder.path().join("series.pdf");
    type_path(&mut window, PAGE_HINT, &file.display().to_string());
    written(&mut window, &file);
    let bytes = std::fs::read(&file).expect("readable");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/Count 13") && text.ends_with("%%EOF"));
}

/// The scale that the dialog says, one to this.
fn scale(window: &Window) -> f64 {
    let field = window.get_by(|n| n.role() == Role::SpinButton && n.label().as_deref() == Some("Scale"));
    let text: String = field.value().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

pub fn what_is_printed_is_chosen_and_seen_before() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    // A town is selected, and looked at closely.
    let towns = window.state().workbench().session().by_role(shanshui::model::Role::Town).expect("open").key;
    window.state_mut().workbench_mut().go_to(shanshui::ui::map::picking::Hit { key: towns, row: 0 });
    settle(&mut window);
    keys(&mut window, Modifiers::COMMAND, Key::P);
    let radio = |window: &Window, label: &str| {
        let all = window.query_all_by(|n| n.role() == Role::RadioButton && n.label().as_deref() == Some(label));
        all.filter(|n| n.accesskit_node().toggled() == Some(eframe::egui::accesskit::Toggled::True)).count() == 1
    };
    let preview =
        |window: &Window| window.get_by(|n| n.role() == Role::Image && n.label().as_deref() == Some("Preview")).rect();
    assert!(radio(&window, "Current view"));
    // The page lies as the ground does: the district is higher than it is wide.
    click(&mut window, "All layers");
    assert!(radio(&window, "Portrait"));
    let (upright, all) = (preview(&window), scale(&window));
    assert!(upright.height() > upright.width(), "{upright:?}");
    picture(&mut window, "print-all");
    let paper = window.render().expect("a picture");
    let colours: std::collections::HashSet<_> = (0..upright.width() as u32)
        .map(|x| paper.get_pixel(upright.left() as u32 + x, upright.center().y as u32).0)
        .collect();
    assert!(colours.len() > 20, "a map, and no blank page: {}", colours.len());
    click(&mut window, "What is selected");
    let one = scale(&window);
    assert!(one < all, "{one} is larger than {all}");
    click(&mut window, "Landscape");
    let lying = preview(&window);
    assert!(lying.width() > lying.height(), "{lying:?}");
    picture(&mut window, "print-selected");
    // What was said stays, whatever is printed.
    click(&mut window, "All layers");
    assert!(radio(&window, "Landscape"));
    assert_eq!(unnamed(&window), Vec::<String>::new());
    key(&mut window, Key::Escape);
    for (lang, dark, size) in [(Lang::Zh, true, [1024.0, 700.0]), (Lang::Zh, false, [1600.0, 1000.0])] {
        let mut window = demo(lang, size, dark);
        keys(&mut window, Modifiers::COMMAND, Key::P);
        let screen = window.ctx.content_rect();
        let save = window.get_by_label("保存…").rect();
        assert!(screen.contains_rect(save), "{save:?} at {size:?}");
        picture(&mut window, &format!("print-{}", size[0]));
    }
}

pub fn a_series_is_stopped_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    for name in ["series.pdf", "series.png"] {
        keys(&mut window, Modifiers::COMMAND, Key::P);
        choose(&mut window, "Map series", "One page per feature: Towns");
        click(&mut window, "Save…");
        type_path(&mut window, PAGE_HINT, &folder.path().join(name).display().to_string());
        window.get_by_label_contains("Writing");
        picture(&mut window, "series-writing");
        let start = Instant::now();
        window.get_by(|n| n.role() == Role::Button && n.label().as_deref() == Some("Cancel")).click();
        while window.query_all_by_label_contains("everything is as it was").count() == 0 {
            window.step();
            assert!(start.elapsed() < Duration::from_secs(60), "it goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0, "nothing is left of {name}");
        settle(&mut window);
        while window.query_all_by_label("Close").count() > 0 {
            window.get_all_by_label("Close").next().expect("a notice").click();
            settle(&mut window);
        }
    }
}
