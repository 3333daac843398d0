//! What planners do with features besides drawing: copy them from layer to layer, choose known values, look at photos.

use super::following::tab;
use super::hands::edit;
use super::tools::key;
use super::*;
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{Event, OutputCommand};
use egui_kittest::kittest::NodeT as _;
use shanshui::model::Role as LayerRole;
use shanshui::ui::map::picking::Hit;

/// Presses Ctrl C; what is on the clipboard then.
fn copied(window: &mut Window) -> Option<String> {
    window.event(Event::Copy);
    window.step();
    let commands = window.output().platform_output.commands.clone();
    settle(window);
    commands.into_iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text),
        _ => None,
    })
}

fn paste(window: &mut Window, text: &str) {
    window.event(Event::Paste(text.to_owned()));
    settle(window);
}

fn count(window: &Window, role: LayerRole) -> usize {
    window.state().workbench().session().by_role(role).expect("open").layer().feature_count()
}

pub fn features_are_copied_from_layer_to_layer_and_from_other_programs() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    let outlets = window.state().workbench().session().by_role(LayerRole::Outlet).expect("open").clone();
    window.state_mut().workbench_mut().go_to(Hit { key: outlets.key, row: 0 });
    settle(&mut window);
    let text = copied(&mut window).expect("on the clipboard");
    let json: serde_json::Value = serde_json::from_str(&text).expect("GeoJSON");
    assert_eq!(json["features"].as_array().map(Vec::len), Some(1));
    window.get_by_label_contains("1 feature copied as GeoJSON");
    // Into the layer that is looked at, where that may be edited.
    let before = count(&window, LayerRole::Outlet);
    edit(&mut window, LayerRole::Outlet);
    paste(&mut window, &text);
    assert_eq!(count(&window, LayerRole::Outlet), before + 1);
    let session = window.state().workbench().session();
    let layer = session.by_role(LayerRole::Outlet).expect("open").layer().clone();
    let row = layer.rows().last().expect("the pasted one");
    assert_eq!(layer.attributes.get(row, "code").display(), layer.attributes.get(0, "code").display());
    assert_eq!(layer.id_text(row), None, "its id is another's");
    assert_eq!(window.state().workbench().selection().rows(), [row], "what was pasted is selected");
    picture(&mut window, "pasted");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(count(&window, LayerRole::Outlet), before, "one step");
    // What another program copied goes into a layer of its own where the one looked at may not be edited.
    super::hands::look(&mut window, "Parks");
    let layers = window.state().workbench().session().layers().len();
    let other =
        r#"{"type":"Feature","properties":{"名称":"别处"},"geometry":{"type":"Point","coordinates":[121.4,31.4]}}"#;
    paste(&mut window, other);
    assert_eq!(window.state().workbench().session().layers().len(), layers + 1);
    assert!(window.query_all_by_label("Pasted features").count() >= 1);
    // What is no feature is told, and nothing changes.
    paste(&mut window, "121.4, 31.4");
    window.get_by_label_contains("There are no features (GeoJSON) on the clipboard");
    assert_eq!(window.state().workbench().session().layers().len(), layers + 1);
    // In the menu, too.
    click(&mut window, "Select");
    window.get_by_label_contains("Copy features");
    window.get_by_label_contains("Paste features");
    key(&mut window, Key::Escape);
    // A field keeps what is pasted into it.
    tab(&mut window, "Comments");
    window.get_by_label("Find in comments").focus();
    window.step();
    paste(&mut window, other);
    assert_eq!(window.state().workbench().session().layers().len(), layers + 1);
}

pub fn known_values_are_chosen_beside_the_field() {
    for (lang, dark) in [(Lang::Zh, false), (Lang::En, true)] {
        let mut window = demo(lang, [1280.0, 800.0], dark);
        let outlets = edit(&mut window, LayerRole::Outlet);
        window.state_mut().workbench_mut().go_to(Hit { key: outlets, row: 0 });
        settle(&mut window);
        let class = |window: &Window| {
            let layer = window.state().workbench().session().by_role(LayerRole::Outlet).expect("open").layer().clone();
            layer.attributes.get(0, "class").display().into_owned()
        };
        let before = class(&window);
        let label = if lang == Lang::Zh {
            "“排污口类型”的已有取值"
        } else {
            "Known values of “Outlet class”"
        };
        let opens: Vec<_> = window
            .query_all_by(|n| {
                n.role() == Access::Button
                    && n.label().is_some_and(|l| l.contains("已有取值") || l.contains("Known values of"))
            })
            .map(|n| n.accesskit_node().label().unwrap_or_default())
            .collect();
        assert!(opens.len() >= 5, "{label}: {opens:?}");
        let of_class =
            opens.iter().find(|label| label.contains("class") || label.contains("类型") || label.contains("Class"));
        let of_class = of_class.unwrap_or_else(|| panic!("{opens:?}")).clone();
        click(&mut window, &of_class);
        picture(&mut window, &format!("pick-list-{}", lang.code()));
        let other = if before == "城镇雨洪排口" { "大中型灌区排口" } else { "城镇雨洪排口" };
        // The first of that name: the list stands over what is under it.
        let is_offered = |n: &egui_kittest::kittest::AccessKitNode<'_>| {
            n.role() == Access::Button && n.label().as_deref() == Some(other)
        };
        window.get_all_by(is_offered).last().expect("offered").click();
        settle(&mut window);
        assert_eq!(class(&window), other);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut window);
        assert_eq!(class(&window), before);
    }
}

pub fn photos_beside_the_layer_are_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("照片")).expect("a folder");
    let photo = image::RgbImage::from_fn(1_200, 800, |x, y| image::Rgb([(x / 5) as u8, (y / 4) as u8, 90]));
    photo.save(folder.path().join("照片/口一.png")).expect("writable");
    let path = folder.path().join("outlet.geojson");
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"口一","photos":["照片/口一.png","照片/没有.jpg","../外.png"]},"geometry":{"type":"Point","coordinates":[121.4,31.4]}}]}"#;
    std::fs::write(&path, text).expect("writable");
    let options = WindowOptions { paths: vec![path], lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let key = window.state().workbench().session().layers()[0].key;
    window.state_mut().workbench_mut().go_to(Hit { key, row: 0 });
    settle(&mut window);
    let place = window.get_by(|n| n.role() == Access::Image && n.label().as_deref() == Some("口一.png")).rect();
    assert!(place.width() > 100.0 && place.height() > 60.0 && place.width() > place.height(), "{place:?}");
    window.get_by_label_contains("没有.jpg：");
    assert!(window.query_by_label_contains("外.png：").is_none(), "nothing outside of the folder is looked for");
    picture(&mut window, "photos");
}

pub fn every_stop_of_the_keyboard_has_its_ring_in_sight() {
    let mut window = demo(Lang::Zh, [1024.0, 700.0], false);
    click(&mut window, "运行");
    let screen = window.ctx.content_rect();
    let mut rings = Vec::new();
    for stop in 0..150 {
        window.key_press(Key::Tab);
        (0..6).for_each(|_| window.step());
        settle(&mut window);
        let focused = window.ctx.memory(|memory| memory.focused());
        let Some(id) = focused else { continue };
        let ring = window.state().workbench().focus_ring();
        let what = window.ctx.read_response(id).map(|response| response.rect);
        assert!(ring.is_some_and(|ring| screen.expand(2.0).contains_rect(ring)), "stop {stop}: {ring:?} of {what:?}");
        rings.push(id);
    }
    rings.dedup();
    assert!(rings.len() > 90, "{} stops", rings.len());
    // Cells of the table far to the right among them: it scrolled across to them.
    picture(&mut window, "ring-last");
}

pub fn a_dialog_has_the_window_to_itself() {
    for (lang, dark, size) in [(Lang::En, false, [1280.0, 800.0]), (Lang::Zh, true, [1024.0, 700.0])] {
        let mut window = demo(lang, size, dark);
        let tone = |window: &mut Window| {
            let image = window.render().expect("a picture");
            let pixel = image.get_pixel(image.width() - 200, image.height() - 60).0;
            pixel[..3].iter().map(|v| u32::from(*v)).sum::<u32>()
        };
        window.remove_cursor();
        settle(&mut window);
        let before = tone(&mut window);
        keys(&mut window, Modifiers::COMMAND, Key::O);
        let dimmed = tone(&mut window);
        assert!(dimmed < before, "{dimmed} after {before}: dimmed");
        picture(&mut window, &format!("dialog-{}", size[0]));
        // The button that opens stands at the right, and a click beside the dialog does nothing.
        let open = window.get_by_label(if lang == Lang::Zh { "打开" } else { "Open" }).rect();
        let hint = if lang == Lang::Zh { "浏览…" } else { "Browse…" };
        let browse = window.get_by_label(hint).rect();
        assert!(open.left() > browse.right(), "{open:?} {browse:?}");
        let selected = window.state().workbench().selection().rows().len();
        super::tools::tap(&mut window, eframe::egui::pos2(420.0, 120.0), eframe::egui::PointerButton::Primary);
        assert_eq!(window.state().workbench().selection().rows().len(), selected);
        key(&mut window, Key::Escape);
        assert_eq!(tone(&mut window), before);
    }
}
