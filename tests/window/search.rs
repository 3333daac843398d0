//! The search in the top bar: what is typed, by whatever it is called, and where it leads.

use super::tools::key;
use super::{Window, demo, picture, settle};
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::kittest::Queryable as _;
use shanshui::geodesy::{LonLat, distance_m};
use shanshui::i18n::Lang;

const HINT: [&str; 2] = ["查找命令、图层、要素、地名、坐标", "Find commands, layers, places, coordinates"];

/// Opens the search by its key, and types.
fn search(window: &mut Window, text: &str) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(window);
    if !text.is_empty() {
        window.event(Event::Text(text.to_owned()));
    }
    settle(window);
}

/// What is listed, as far as it is in sight, from the top.
fn listed(window: &Window, lang: Lang) -> Vec<String> {
    let hint = HINT[usize::from(lang == Lang::En)];
    let field = window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(hint)).rect();
    // Rows of the list lie below the field, and nothing else is as wide.
    let rows = window.query_all_by(|n| n.role() == Access::Button);
    let mut rows: Vec<_> = rows.map(|n| (n.rect(), n.accesskit_node().label().unwrap_or_default())).collect();
    rows.retain(|(rect, _)| rect.width() > 480.0 && rect.top() > field.bottom() && rect.right() <= field.right() + 1.0);
    rows.sort_by(|a, b| a.0.top().total_cmp(&b.0.top()));
    rows.into_iter().map(|(_, label)| label).collect()
}

pub fn the_search_is_in_the_top_bar() {
    for (lang, dark, size) in
        [(Lang::Zh, false, [1600.0, 1000.0]), (Lang::En, true, [1280.0, 800.0]), (Lang::Zh, true, [1024.0, 700.0])]
    {
        let mut window = demo(lang, size, dark);
        let hint = HINT[usize::from(lang == Lang::En)];
        let field = |window: &Window| {
            window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(hint)).rect()
        };
        let place = field(&window);
        assert!(place.bottom() <= 36.0 && place.right() <= size[0], "{place:?} in the bar");
        // By the pointer.
        window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(hint)).click();
        settle(&mut window);
        let all = listed(&window, lang).len();
        assert!(all >= 10, "{all} rows");
        // After a narrow search the list is as high as before.
        window.event(Event::Text("xqzv".to_owned()));
        settle(&mut window);
        assert_eq!(listed(&window, lang).len(), 0);
        (0..4).for_each(|_| window.key_press(Key::Backspace));
        settle(&mut window);
        assert_eq!(listed(&window, lang).len(), all);
        window.event(Event::Text(if lang == Lang::Zh { "岸线" } else { "shore" }.to_owned()));
        settle(&mut window);
        picture(&mut window, &format!("search-{lang:?}-{dark}-{}", size[0]));
        assert_eq!(field(&window), place, "it stays where it is");
        key(&mut window, Key::Escape);
        assert!(listed(&window, lang).is_empty());
        // A click elsewhere closes it too, and keys are the map's again.
        search(&mut window, "a");
        window.get_by_label(if lang == Lang::Zh { "地图" } else { "Map" }).click();
        settle(&mut window);
        assert!(listed(&window, lang).is_empty());
        key(&mut window, Key::R);
        use shanshui::ui::tools::{Tool, sketch::SketchKind};
        assert_eq!(window.state().workbench().map().tools.tool(), Tool::Sketch(SketchKind::Measure));
    }
}

pub fn commands_are_found_by_other_words_and_by_their_sound() {
    let mut windows = [Lang::Zh, Lang::En].map(|lang| demo(lang, [1440.0, 900.0], false));
    for (lang, typed, found) in [
        (Lang::Zh, "bcxm", "保存项目…"),
        (Lang::Zh, "分幅", "图册"),
        (Lang::Zh, "字号", "文字与界面大小"),
        (Lang::Zh, "挂接", "连接表格"),
        (Lang::Zh, "转到坐标", "转到坐标"),
        (Lang::Zh, "皮肤", "主题"),
        (Lang::En, "atlas", "Map series"),
        (Lang::En, "font size", "Text and interface size"),
        (Lang::En, "labels", "Style…"),
        (Lang::En, "shapefile", "Export"),
        (Lang::En, "chinese", "中文"),
        (Lang::Zh, "导入", "打开图层…"),
        (Lang::Zh, "import", "打开图层…"),
        (Lang::Zh, "save project", "保存项目…"),
        (Lang::Zh, "daochu", "导出结果…"),
        (Lang::Zh, "全图", "显示全部"),
        (Lang::Zh, "shangyi", "上一视图"),
        (Lang::Zh, "符号", "样式…"),
        (Lang::Zh, "paiwukou", "看图层：入河排污口"),
        (Lang::Zh, "outlet.geojson", "看图层：入河排污口"),
        (Lang::Zh, "ziduan", "字段对应…"),
        (Lang::En, "zoom full", "Show everything"),
        (Lang::En, "保存项目", "Save project…"),
        (Lang::En, "dissolve", "Merge"),
        (Lang::En, "rhpwk", "Look at Outlets"),
        (Lang::En, "gucun", "顾村公园"),
    ] {
        let window = &mut windows[usize::from(lang == Lang::En)];
        search(window, typed);
        let all = listed(window, lang);
        assert!(all.iter().any(|title| title.contains(found)), "{typed}: {all:?}");
        key(window, Key::Escape);
    }
}

pub fn positions_are_gone_to() {
    let mut window = demo(Lang::Zh, [1440.0, 900.0], false);
    let there = LonLat::new(121.36, 31.4);
    for text in ["121.36, 31.4", "31.4 121.36", "121°21′36″E 31°24′00″N"] {
        window.state_mut().workbench_mut().map_mut().look(LonLat::new(121.45, 31.35), 3_000.0);
        settle(&mut window);
        search(&mut window, text);
        let all = listed(&window, Lang::Zh);
        assert!(all[0].contains("121.3600000°E 31.4000000°N"), "{text}: {all:?}");
        // As web maps of China mean it, too.
        assert!(all.iter().take(3).any(|title| title.contains("GCJ-02") || title.contains("火星")), "{all:?}");
        key(&mut window, Key::Enter);
        let map = window.state().workbench().map();
        assert!(distance_m(map.camera.center, there) < 1.0, "{text}: {:?}", map.camera.center);
        assert_eq!(map.marked, Some(map.camera.center));
    }
    picture(&mut window, "position");
    // The mark goes with Escape, the view before comes back.
    key(&mut window, Key::Escape);
    assert_eq!(window.state().workbench().map().marked, None);
    // Metres of a plane about the map.
    search(&mut window, "344263.7, 3475190.6");
    let all = listed(&window, Lang::Zh);
    assert!(all.iter().any(|title| title.contains("CGCS2000")), "{all:?}");
    picture(&mut window, "position-metres");
    key(&mut window, Key::Escape);
}
