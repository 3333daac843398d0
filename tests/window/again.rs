//! What was seen once in the window and must not be seen again: each by its labels and the pointer.

use super::following::tab;
use super::hands::field;
use super::tools::{PLACE, key, tap};
use super::{Window, click, demo, picture, settle, type_path, window};
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{Event, Key, Modifiers, PointerButton, pos2};
use egui_kittest::kittest::Queryable as _;
use shanshui::cli::WindowOptions;
use shanshui::i18n::Lang;
use shanshui::model::Role;
use shanshui::session::Command;
use shanshui::ui::map::picking::Hit;
use shanshui::ui::tools::Tool;

fn keys(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// Chooses what stands in an open menu, with its shortcut beside it.
fn item(window: &mut Window, text: &str) {
    window.get_by_label_contains(text).click();
    settle(window);
}

/// Draws an area, and selects it.
fn drawn(window: &mut Window) {
    key(window, Key::Num3);
    PLACE.into_iter().for_each(|at| tap(window, at, PointerButton::Primary));
    key(window, Key::Enter);
    key(window, Key::V);
    tap(window, pos2(380.0, 460.0), PointerButton::Primary);
}

pub fn delete_is_for_what_is_selected_on_the_map() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let layers = |window: &Window| window.state().workbench().session().layers().len();
    let features = |window: &Window| window.state().workbench().session().layers()[0].layer().feature_count();
    let before = layers(&window);
    drawn(&mut window);
    assert_eq!((layers(&window), features(&window)), (before + 1, 1));
    key(&mut window, Key::Delete);
    assert_eq!((layers(&window), features(&window)), (before + 1, 0));
    // Nothing is selected any more: the layer stays, however often the key is pressed.
    (0..3).for_each(|_| key(&mut window, Key::Delete));
    assert_eq!(layers(&window), before + 1);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(features(&window), 1);

    // The layer goes by its own command, and since no file holds it that is asked about.
    keys(&mut window, Modifiers::COMMAND, Key::D);
    window.get_by_label("Remove “Drawn”?");
    picture(&mut window, "remove");
    click(&mut window, "Keep it");
    assert_eq!(layers(&window), before + 1);
    keys(&mut window, Modifiers::COMMAND, Key::D);
    key(&mut window, Key::Escape);
    assert_eq!(layers(&window), before + 1);
    keys(&mut window, Modifiers::COMMAND, Key::D);
    click(&mut window, "Remove anyway");
    assert_eq!(layers(&window), before);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((layers(&window), features(&window)), (before + 1, 1));

    // What is not open for editing keeps its features, and that is said.
    let outlets = window.state().workbench().session().by_role(Role::Outlet).expect("open").clone();
    window.state_mut().workbench_mut().go_to(Hit { key: outlets.key, row: 0 });
    settle(&mut window);
    key(&mut window, Key::Delete);
    window.get_by_label_contains("“Outlets” is not open for editing");
    assert_eq!(window.state().workbench().session().by_role(Role::Outlet).expect("open").layer().edits.count(), 0);
    // What a file holds goes at once, and comes back.
    keys(&mut window, Modifiers::COMMAND, Key::D);
    assert!(window.state().workbench().session().by_role(Role::Outlet).is_none());
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(window.state().workbench().session().by_role(Role::Outlet).is_some());
}

const PROJECT_HINT: &str = "Project file (.shanshui.json): layers by relative path, roles, questions, view";

pub fn a_project_is_saved_under_another_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = folder.path().join("outlet.geojson");
    std::fs::copy("maps/baoshan/outlet.geojson", &outlets).expect("copied");
    let options = WindowOptions { paths: vec![outlets], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let [first, second] = ["a", "b"].map(|name| folder.path().join(format!("{name}.shanshui.json")));
    keys(&mut window, Modifiers::COMMAND.plus(Modifiers::ALT), Key::S);
    type_path(&mut window, PROJECT_HINT, &first.display().to_string());
    let kept = std::fs::read(&first).expect("saved");
    // It has a file: Save asks no more, Save as does.
    click(&mut window, "File");
    item(&mut window, "Save project as…");
    type_path(&mut window, PROJECT_HINT, &second.display().to_string());
    assert!(second.exists());
    assert_eq!(std::fs::read(&first).expect("still there"), kept);
    let open = window.state().workbench().session().open_project().expect("open").path.clone();
    assert_eq!(open, second);
    // It is saved, and called so.
    window.get_by_label_contains("Saved");
    assert!(window.query_by_label_contains("Exported").is_none());
    picture(&mut window, "saved-as");
    keys(&mut window, Modifiers::COMMAND.plus(Modifiers::ALT).plus(Modifiers::SHIFT), Key::S);
    window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(PROJECT_HINT));
    key(&mut window, Key::Escape);
}

/// A key with what it types, down and up.
fn typed(key: Key, text: &str) -> Vec<Event> {
    let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
    let text = (!text.is_empty()).then(|| Event::Text(text.to_owned()));
    [event(true)].into_iter().chain(text).chain([event(false)]).collect()
}

pub fn keys_typed_fast_into_a_field_choose_no_tool() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let tool = |window: &Window| window.state().workbench().map().tools.tool();
    let layers = window.state().workbench().session().layers().len();
    let label = "Filter of the features";
    let focus = |window: &mut Window| {
        window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(label)).focus();
        window.step();
    };
    // All in one frame, as a slow machine brings them: what leaves the field, and what was typed behind it.
    for end in [Key::Enter, Key::Escape, Key::Tab] {
        focus(&mut window);
        let all = [
            typed(Key::Num1, "1"),
            typed(Key::Num2, "2"),
            typed(end, ""),
            typed(Key::Num3, "3"),
            typed(Key::Delete, ""),
        ];
        window.input_mut().events.extend(all.concat());
        window.step();
        settle(&mut window);
        assert_eq!(tool(&window), Tool::Select, "{end:?}");
    }
    assert_eq!(window.state().workbench().session().layers().len(), layers);
    // Without a field they are the map's again.
    key(&mut window, Key::Escape);
    key(&mut window, Key::Num5);
    assert_ne!(tool(&window), Tool::Select);
    // Digits that begin a figure all belong to it.
    tap(&mut window, pos2(380.0, 350.0), PointerButton::Primary);
    let all = [typed(Key::Num3, "3"), typed(Key::Num0, "0"), typed(Key::Num0, "0")];
    window.input_mut().events.extend(all.concat());
    window.step();
    window.step();
    window.event(Event::Text(" m".to_owned()));
    window.step();
    key(&mut window, Key::Enter);
    let circle = super::tools::on_top(&window, 0);
    let area_m2 = shanshui::geodesy::ring_area_m2(&circle.parts[0][0]);
    assert!((area_m2 / (std::f64::consts::PI * 90_000.0) - 1.0).abs() < 1e-4, "{area_m2}");
}

pub fn what_stands_for_what_is_a_table_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = folder.path().join("outlet.geojson");
    let text = std::fs::read_to_string("maps/baoshan/outlet.geojson").expect("readable");
    let text = text.replace("\"status\":", "\"现状\":").replacen("\"class\":\"工业排污口\"", "\"class\":\"第九类\"", 1);
    std::fs::write(&outlets, text).expect("writable");
    for dark in [false, true] {
        let options = WindowOptions { paths: vec![outlets.clone()], lang: Some(Lang::Zh), ..WindowOptions::default() };
        let mut window = window(options, [1440.0, 1500.0], dark);
        settle(&mut window);
        let names = |window: &Window| {
            window.state().workbench().session().layers()[0].layer().attributes.column_names().clone()
        };
        let title = "“入河排污口”的字段对应";
        // From the layer.
        window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some("入河排污口")).click_secondary();
        settle(&mut window);
        click(&mut window, "字段对应…");
        window.get_by_label(title);
        // Chinese words, never the rules' own; the value that nobody knows stands beside its column.
        assert!(window.query_by_label("status").is_none());
        picture(&mut window, if dark { "mapping-dark" } else { "mapping" });
        assert!(window.query_all_by_label_contains("种不认识").count() >= 1);
        let combo = "“整治状态”对应的列";
        let pick = |window: &mut Window, entry: &str| {
            window.get_by(|n| n.role() == Access::ComboBox && n.label().as_deref() == Some(combo)).click();
            settle(window);
            window.get_all_by_label(entry).last().expect("an entry").click();
            settle(window);
        };
        pick(&mut window, "现状");
        assert_eq!(names(&window).get("status").map(String::as_str), Some("现状"));
        // It can be changed again, and taken back.
        pick(&mut window, "按同名列");
        assert!(names(&window).is_empty());
        pick(&mut window, "现状");
        key(&mut window, Key::Escape);
        assert!(window.query_by_label(title).is_none());
        keys(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(names(&window).is_empty());

        // From the rule that lacks the column, which runs again once it is pointed to.
        tab(&mut window, "规则");
        field(&mut window, "查找规则", "outlet-ledger");
        let rule =
            window.state().workbench().session().catalogue().get("outlet-ledger").expect("there").title.zh.clone();
        click(&mut window, &rule);
        click(&mut window, "运行");
        assert!(window.query_all_by_label_contains("整治状态").count() >= 1);
        click(&mut window, "字段对应…");
        window.get_by_label(title);
        pick(&mut window, "现状");
        key(&mut window, Key::Escape);
        // And from its answer.
        click(&mut window, "重新运行");
        let status = window.state().workbench().session().rule_result("outlet-ledger").expect("ran").answer.status;
        assert_eq!(status, shanshui::rules::Status::Answered);
        click(&mut window, "字段对应…");
        window.get_by_label(title);
        key(&mut window, Key::Escape);
    }
}

pub fn a_deadline_is_typed_in_any_usual_form() {
    let mut window = demo(Lang::Zh, [1440.0, 900.0], false);
    tab(&mut window, "规则");
    field(&mut window, "查找规则", "outlets-in-source-zones");
    let session = window.state().workbench().session();
    let rule = session.catalogue().get("outlets-in-source-zones").expect("there").title.zh.clone();
    click(&mut window, &rule);
    click(&mut window, "运行");
    tab(&mut window, "处置");
    let first = window.state().workbench().session().findings().all[0].clone();
    let scale = window.state().workbench().map().camera.scale;
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(first.name.as_str())).click();
    settle(&mut window);
    // The map goes there and keeps its scale: the surroundings are seen.
    let camera = window.state().workbench().map().camera;
    let at = shanshui::io::geojson::geometry_of(&first.geometry).expect("a place").bounds().center();
    assert!(camera.scale == scale && shanshui::geodesy::distance_m(camera.center, at) < 1.0, "{camera:?}");
    // It is selected where it was found.
    let workbench = window.state().workbench();
    let (of, row) = workbench.session().place_of(&first).expect("it was found just now");
    assert_eq!((workbench.selection().key(), workbench.selection().rows()), (Some(of), &[row][..]));
    let kept = |window: &Window| {
        let all = &window.state().workbench().session().findings().all;
        all.iter().find(|finding| finding.id == first.id).expect("it stays").deadline.clone()
    };
    let value = |window: &Window| {
        let field = window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some("期限"));
        field.value().unwrap_or_default()
    };
    let deadline = |window: &mut Window, text: &str| {
        field(window, "期限", text);
        key(window, Key::Enter);
    };
    for (typed, day) in [
        ("2027/12/20", "2027-12-20"),
        ("2028年2月29日", "2028-02-29"),
        ("2027.1.5", "2027-01-05"),
        ("2027年底", "2027-12-31"),
    ] {
        deadline(&mut window, typed);
        assert_eq!((kept(&window), value(&window)), (day.to_owned(), day.to_owned()), "{typed}");
    }
    // What is not understood stays in the field, and why is said; what holds is what was there.
    deadline(&mut window, "尽快");
    assert_eq!((kept(&window).as_str(), value(&window).as_str()), ("2027-12-31", "尽快"));
    window.get_by_label_contains("“尽快”不是日期，没有保存，期限仍是 2027-12-31");
    picture(&mut window, "deadline");
    // Left and come back to, it still stands there.
    field(&mut window, "备注", "电话联系");
    key(&mut window, Key::Enter);
    assert_eq!(value(&window), "尽快");
    deadline(&mut window, "2027-12-31");
    assert!(window.query_by_label_contains("不是日期").is_none());
    deadline(&mut window, "");
    assert_eq!(kept(&window), "");
}

pub fn a_layer_is_called_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ["2024年排口.geojson", "2025年排口.geojson"].map(|name| folder.path().join(name));
    let text = std::fs::read_to_string("maps/baoshan/outlet.geojson").expect("readable");
    std::fs::write(&files[0], &text).expect("writable");
    std::fs::write(&files[1], text.replacen("工业排污口", "其他排口", 1)).expect("writable");
    let options = WindowOptions { paths: files.to_vec(), lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    let titles = |window: &Window| {
        let session = window.state().workbench().session();
        session.layers().iter().map(|layer| session.title(layer, Lang::Zh)).collect::<Vec<_>>()
    };
    // The one that counts goes by its role; which file it is can be told where it is pointed at.
    assert!(titles(&window).contains(&"入河排污口".to_owned()), "{:?}", titles(&window));
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some("入河排污口")).hover();
    (0..60).for_each(|_| window.step());
    let said = window
        .get_all_by_label_contains("2024年排口.geojson")
        .find_map(|n| n.value().filter(|text| text.contains("244")));
    let said = said.expect("what is pointed at is told");
    assert!(said.contains("244") && said.contains("WGS 84"), "{said}");
    picture(&mut window, "layers");
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some("入河排污口")).click_secondary();
    settle(&mut window);
    click(&mut window, "重命名…");
    let dialog = window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some("图层名称"));
    assert!(dialog.is_focused());
    field(&mut window, "图层名称", "去年的排口");
    picture(&mut window, "rename");
    key(&mut window, Key::Enter);
    assert!(titles(&window).contains(&"去年的排口".to_owned()));
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some("去年的排口"));
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(titles(&window).contains(&"入河排污口".to_owned()));
}

pub fn many_features_are_summed_beside_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.geojson");
    let square = |n: usize| {
        let (x, y) = (121.0 + (n % 200) as f64 * 1e-3, 31.0 + (n / 200) as f64 * 1e-3);
        let ring: Vec<String> = [(0.0, 0.0), (5e-4, 0.0), (5e-4, 5e-4), (0.0, 5e-4), (0.0, 0.0)]
            .iter()
            .map(|(dx, dy)| format!("[{:.4},{:.4}]", x + dx, y + dy))
            .collect();
        format!(
            r#"{{"type":"Feature","properties":{{"n":{n}}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
            ring.join(",")
        )
    };
    let all: Vec<String> = (0..25_000).map(square).collect();
    std::fs::write(&file, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))).expect("room");
    let options = WindowOptions { paths: vec![file], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let session = window.state_mut().workbench_mut().session_mut();
    let key_of = session.layers()[0].key;
    session.execute(Command::SetEditable(key_of, true));
    settle(&mut window);
    keys(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(window.state().workbench().selection().rows().len(), 25_000);
    // How many at once; what they come to when it is known.
    let said = window.query_all_by_label_contains("25,000 selected · ").count();
    assert!(said >= 1, "an area beside the number");
    // All of them go in one step, and come back.
    key(&mut window, Key::Delete);
    let features = |window: &Window| window.state().workbench().session().layers()[0].layer().feature_count();
    assert_eq!(features(&window), 0);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(features(&window), 25_000);
}
