//! Everything by the keyboard with a visible ring, names for every control in both languages, high contrast, sizes.

use super::hands::{keys, unnamed};
use super::tools::key;
use super::*;

pub fn the_ring_of_the_keyboard_is_seen() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    // A ring is seen: its colour stands round the control.
    super::following::tab(&mut window, "Comments");
    window.get_by_label("Find in comments").focus();
    window.step();
    window.step();
    let ring = window.state().workbench().focus_ring().expect("a ring");
    let image = window.render().expect("a picture");
    let accent: [u8; 3] = [0x2b, 0x6c, 0xb0];
    let is_accent = |x: f32, y: f32| {
        let pixel = image.get_pixel(x as u32, y as u32).0;
        accent.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) < 40)
    };
    let row = (0..image.width()).filter(|x| is_accent(*x as f32, ring.top().round())).count();
    assert!(row > ring.width() as usize / 2, "{row} of {}", ring.width());
    picture(&mut window, "focus-ring");
}

pub fn every_control_of_every_panel_has_a_name_in_both_languages() {
    for (lang, tabs) in [
        (Lang::Zh, ["提问", "检查", "规则", "处置", "指标", "方案", "批注"]),
        (Lang::En, ["Ask", "Inspect", "Rules", "Findings", "Targets", "Scenarios", "Comments"]),
    ] {
        let mut window = demo(lang, [1280.0, 800.0], false);
        for tab in tabs {
            super::following::tab(&mut window, tab);
            assert_eq!(unnamed(&window), Vec::<String>::new(), "{tab}");
        }
        for open in [Key::P, Key::O, Key::F, Key::K] {
            keys(&mut window, Modifiers::COMMAND, open);
            assert_eq!(unnamed(&window), Vec::<String>::new(), "{lang:?} {open:?}");
            key(&mut window, Key::Escape);
        }
        key(&mut window, Key::F1);
        assert_eq!(unnamed(&window), Vec::<String>::new(), "{lang:?} help");
    }
}

pub fn high_contrast_and_sizes_are_chosen_and_seen() {
    let mut window = demo(Lang::Zh, [1280.0, 800.0], false);
    click(&mut window, "运行");
    for (theme, name) in [(ThemeChoice::Contrast, "contrast-light-zh"), (ThemeChoice::ContrastDark, "contrast-dark-zh")]
    {
        window.state_mut().workbench_mut().settings_mut().theme = theme;
        settle(&mut window);
        picture(&mut window, name);
    }
    window.state_mut().workbench_mut().settings_mut().theme = ThemeChoice::Light;
    settle(&mut window);
    // By Ctrl K, as everything.
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(eframe::egui::Event::Text("界面大小：130 %".to_owned()));
    settle(&mut window);
    key(&mut window, Key::Enter);
    assert_eq!(window.state().workbench().settings().percent, 130);
    settle(&mut window);
    picture(&mut window, "size-130-zh");
    let screen = window.ctx.content_rect();
    assert!((screen.width() - 1280.0 / 1.3).abs() < 2.0, "{screen:?}");
}

pub fn the_table_is_searched_in_a_small_window_and_bookmarks_are_found() {
    let mut window = demo(Lang::En, [1024.0, 700.0], false);
    let screen = window.ctx.content_rect();
    let search = window.get_by_label("Search");
    let place = search.rect();
    assert!(screen.contains_rect(place) && place.width() >= 60.0, "{place:?}");
    // Nothing lies over it.
    let panel = window.get_by_label("Ask").rect();
    assert!(place.right() < panel.left(), "{place:?} under {panel:?}");
    search.click();
    settle(&mut window);
    window.event(eframe::egui::Event::Text("0901".to_owned()));
    settle(&mut window);
    window.get_by_label_contains(" of 244 rows");
    picture(&mut window, "table-search-1024");
    key(&mut window, Key::Escape);
    window.state_mut().workbench_mut().settings_mut().keep_view(shanshui::ui::Bookmark {
        name: "the mouth".to_owned(),
        center: [121.49, 31.41],
        scale: 90_000.0,
    });
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(eframe::egui::Event::Text("mouth".to_owned()));
    settle(&mut window);
    window.get_by_label_contains("the mouth");
    key(&mut window, Key::Enter);
    let center = window.state().workbench().map().camera.center;
    assert!((center.lon - 121.49).abs() < 1e-6 && (center.lat - 31.41).abs() < 1e-6, "{center:?}");
}

/// Pictures of the whole at the sizes, for a person to look at.
pub fn the_window_is_pictured_at_every_size() {
    for (size, pixels) in
        [([1024.0, 700.0], 1.0), ([1280.0, 800.0], 1.0), ([1600.0, 1000.0], 1.0), ([1280.0, 800.0], 2.0)]
    {
        for lang in [Lang::Zh, Lang::En] {
            for dark in [false, true] {
                let options = WindowOptions { demo: true, lang: Some(lang), ..WindowOptions::default() };
                let mut window = window_at(options, size, dark, pixels);
                settle(&mut window);
                let session = window.state_mut().workbench_mut().session_mut();
                for (dx, text) in [(0.0, "这段驳岸有新排口，请核对。"), (0.03, "与规划绿线不一致")]
                {
                    let at = shanshui::geodesy::LonLat::new(121.40 + dx, 31.41);
                    let comment = shanshui::session::CommentCommand::Add(at, text.into(), "张工".into());
                    session.execute(shanshui::session::Command::Comment(comment));
                }
                click(&mut window, if lang == Lang::Zh { "批注" } else { "Comments" });
                let screen = window.ctx.content_rect();
                let tabs = if lang == Lang::Zh { ["提问", "批注"] } else { ["Ask", "Comments"] };
                for tab in tabs {
                    assert!(screen.contains_rect(window.get_by_label(tab).rect()), "{tab} at {size:?}");
                }
                let name = format!(
                    "all-{}x{}-{pixels}-{}-{}",
                    size[0],
                    size[1],
                    lang.code(),
                    if dark { "dark" } else { "light" }
                );
                picture(&mut window, &name);
            }
        }
    }
}
