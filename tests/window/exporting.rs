//! A copy of a layer in another format and system: what is lost is told before.

use super::*;
use egui_kittest::kittest::NodeT as _;
use shanshui::model::Role as LayerRole;

fn combo(window: &Window, choice: &str) -> String {
    let combo = window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice));
    combo.accesskit_node().value().unwrap_or_default()
}

fn take(window: &mut Window, choice: &str, entry: &str) {
    window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice)).click();
    settle(window);
    window.get_all_by_label_contains(entry).last().expect("in the list").click();
    settle(window);
}

pub fn a_copy_in_another_format_tells_what_it_loses() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::Zh, [1440.0, 900.0], false);
    look(&mut window, "入河排污口");
    click(&mut window, "文件");
    click(&mut window, "导出为其他格式或坐标系…");
    assert!(combo(&window, "格式").contains("gpkg"), "{}", combo(&window, "格式"));
    take(&mut window, "格式", "Shapefile");
    take(&mut window, "坐标系", "中央经线 120°（坐标不含带号）");
    let path = folder.path().join("排污口.shp");
    let field = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some("文件"));
    field.focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(path.display().to_string()));
    settle(&mut window);
    window.get_by_label_contains("写成这种格式会改变或丢失");
    picture(&mut window, "export-zh-light");
    click(&mut window, "导出");
    let copy = read(&path);
    assert_eq!((copy.len(), copy.declared_crs.as_deref()), (244, Some("EPSG:4549")));
    // The layer is where it was.
    let session = window.state().workbench().session();
    assert!(session.by_role(LayerRole::Outlet).expect("open").path.is_none());
}

pub fn saving_into_a_format_that_loses_something_asks_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("排污口.shp");
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .args(["convert", "maps/baoshan/outlet.geojson", &path.display().to_string()])
        .output();
    assert!(program.expect("runs").status.success());
    let options = WindowOptions { lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], true);
    settle(&mut window);
    window.state_mut().workbench_mut().open(vec![path.clone()]);
    settle(&mut window);
    let key = window.state().workbench().session().layers()[0].key;
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(shanshui::session::Command::SetEditable(key, true));
    let column = "入河排污口整治措施".to_owned();
    session.execute(shanshui::session::Command::SetProperty(key, 0, column, "已封堵".to_owned()));
    settle(&mut window);
    let before = std::fs::read(path.with_extension("dbf")).expect("there");
    keys(&mut window, Modifiers::COMMAND, Key::S);
    window.get_by_label_contains("Saving changes or loses");
    // In the table behind, and in what is told.
    assert!(window.query_all_by_label_contains("入河排污口整治措施").count() >= 2);
    picture(&mut window, "losing-en-dark");
    assert_eq!(std::fs::read(path.with_extension("dbf")).expect("there"), before);
    click(&mut window, "Save anyway");
    assert_ne!(std::fs::read(path.with_extension("dbf")).expect("there"), before);
    assert!(!window.state().workbench().session().layers()[0].is_unsaved());
}
