//! A session that ended without saving, and the next.

use super::{Window, click, picture, settle};
use eframe::egui::{Key, Modifiers, ViewportCommand};
use egui_kittest::kittest::Queryable as _;
use shanshui::cli::WindowOptions;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::io::ReadOptions;
use shanshui::model::{Geometry, GeometryKind, LayerStyle};
use shanshui::query::expression::Expression;
use shanshui::session::journal::left_in;
use shanshui::session::{Command, Session};
use std::path::Path;
use std::sync::Arc;

fn next(journals: &Path) -> Window {
    let options =
        WindowOptions { journals: Some(journals.to_owned()), lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1280.0, 800.0], false);
    settle(&mut window);
    window
}

fn session_that_ends(journals: &Path) {
    let at = |lon, lat| LonLat::new(lon, lat);
    let ring = vec![at(121.40, 31.40), at(121.42, 31.40), at(121.42, 31.42), at(121.40, 31.40)];
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.keep_journal(journals.to_owned());
    let geometry = Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] };
    session.execute(Command::Draw(None, Box::new(geometry), "Drawn".to_owned()));
    session.journal_mut().flush();
}

pub fn what_an_ended_session_left_is_offered() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journal");
    session_that_ends(&journals);
    let mut window = next(&journals);
    window.get_by_label("Edits that were not saved");
    picture(&mut window, "recovery");
    click(&mut window, "Recover");
    let layers = window.state().workbench().session().layers();
    assert_eq!((layers.len(), layers[0].layer().name.as_str(), layers[0].layer().feature_count()), (1, "Drawn", 1));
    assert!(layers[0].is_unsaved());
    // The edits stand in the new session's journal now, and the old one is gone.
    window.state_mut().workbench_mut().session_mut().journal_mut().sync();
    assert_eq!(std::fs::read_dir(&journals).expect("there").count(), 1);

    // Closed by itself with nothing saved it would leave them again; given up, nothing.
    window.state_mut().workbench_mut().end();
    drop(window);
    assert_eq!(left_in(&journals).len(), 1);
    let mut window = next(&journals);
    click(&mut window, "Discard");
    assert!(left_in(&journals).is_empty());
}

/// A window over journals, of this size.
fn sized(journals: &Path, size: [f32; 2]) -> Window {
    let options =
        WindowOptions { journals: Some(journals.to_owned()), lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, size, false);
    settle(&mut window);
    window
}

fn layer_lines(name: &str, file: &str) -> String {
    let feature = r#"{\"type\":\"Feature\",\"properties\":{\"name\":\"edited\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[121.4,31.4]}}"#;
    format!(
        "{{\"layer\":{{\"key\":1,\"name\":\"{name}\",\"file\":{file},\"stamp\":null,\"rows\":1}}}}\n\
         {{\"edit\":{{\"key\":1,\"rows\":[[0,\"{feature}\"]]}}}}\n"
    )
}

pub fn recovery_is_within_reach_whatever_is_left() {
    for (size, journals) in [([640.0, 400.0], 60), ([640.0, 400.0], 1), ([1400.0, 900.0], 300), ([1024.0, 640.0], 20)] {
        let folder = tempfile::tempdir().expect("a folder");
        for n in 0..journals {
            // Names of any length.
            let lines = layer_lines(&format!("layer {n} {}", "长".repeat(n % 7 * 20)), "\"/nowhere/t.geojson\"");
            std::fs::write(folder.path().join(format!("j{n:03}.jsonl")), lines).expect("writable");
        }
        let mut window = sized(folder.path(), size);
        for label in ["Edits that were not saved", "Recover", "Discard", "Later"] {
            let place = window.get_by_label(label).rect();
            let is_within =
                place.min.x >= 0.0 && place.min.y >= 0.0 && place.max.x <= size[0] && place.max.y <= size[1];
            assert!(is_within, "{label} of {journals} at {size:?}: {place:?}");
        }
        if journals == 60 {
            picture(&mut window, "recovery-small");
        }
        // Escape leaves everything for later; nothing is touched.
        window.key_press(Key::Escape);
        settle(&mut window);
        assert!(window.query_by_label("Recover").is_none());
        assert_eq!(left_in(folder.path()).len(), journals);
        drop(window);
        // Enter takes everything up.
        if journals <= 20 {
            let mut window = sized(folder.path(), size);
            window.key_press(Key::Enter);
            settle(&mut window);
            assert_eq!(window.state().workbench().session().layers().len(), journals);
            window.state_mut().workbench_mut().session_mut().journal_mut().sync();
            let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
            let mut names = std::fs::read_dir(folder.path()).expect("there").map(name);
            assert!(!names.any(|name| name.to_string_lossy().starts_with("j0")), "taken over");
        }
    }
}

pub fn a_layer_that_moved_is_pointed_to_where_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journal");
    std::fs::create_dir(&journals).expect("a folder");
    let now = folder.path().join("now.geojson");
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Point","coordinates":[121.4,31.4]}}]}"#;
    std::fs::write(&now, text).expect("writable");
    std::fs::write(journals.join("a.jsonl"), layer_lines("Moved", "\"/nowhere/t.geojson\"") + "XX\n")
        .expect("writable");
    let mut window = next(&journals);
    window.get_by_label_contains("/nowhere/t.geojson · file not there");
    window.get_by_label_contains("line 3: cannot be read");
    window.get_by_label("Choose the file of Moved");
    picture(&mut window, "recovery-moved");
    let field = eframe::egui::accesskit::Role::TextInput;
    window.get_by(|n| n.role() == field && n.label().as_deref() == Some("Present file of “Moved”")).focus();
    window.step();
    window.event(eframe::egui::Event::Text(now.display().to_string()));
    window.step();
    // The key ends the typing, and takes nothing up yet.
    window.key_press(Key::Enter);
    settle(&mut window);
    assert!(window.state().workbench().session().layers().is_empty());
    click(&mut window, "Recover");
    let layers = window.state().workbench().session().layers();
    assert_eq!((layers.len(), layers[0].path.as_deref()), (1, Some(&*now)));
    assert_eq!(layers[0].layer().attributes.get(0, "name").display(), "edited");
    // One line could not be read: the journal is kept, and that is said.
    let told = window.state().workbench().error().expect("told");
    assert!(told.contains("a.jsonl.kept") && told.contains("line 3"), "{told}");
    window.state_mut().workbench_mut().session_mut().journal_mut().sync();
    assert!(journals.join("a.jsonl.kept").exists() && !journals.join("a.jsonl").exists());
}

pub fn a_journal_without_anything_that_can_be_read_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.jsonl"), "XX\n").expect("writable");
    let mut window = next(folder.path());
    window.get_by_label_contains("a.jsonl: 1 line not wholly readable");
    assert!(window.query_by_label("Recover").is_none());
    click(&mut window, "Later");
    assert!(folder.path().join("a.jsonl").exists());
    drop(window);
    let mut window = next(folder.path());
    click(&mut window, "Keep the journal");
    assert!(window.state().workbench().error().expect("told").contains("a.jsonl.kept"));
    assert_eq!(std::fs::read(folder.path().join("a.jsonl.kept")).expect("kept"), b"XX\n");
}

pub fn what_broke_down_and_what_could_not_be_read_is_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let (journals, crashes) = (folder.path().join("journal"), folder.path().join("crash"));
    session_that_ends(&journals);
    std::fs::create_dir(&crashes).expect("a folder");
    std::fs::write(crashes.join("crash-1.txt"), "Shanshui crash report\nplace: src/a.rs:1:2").expect("writable");
    let kept = folder.path().join("app.ron.kept");
    let start = || {
        let options = WindowOptions {
            journals: Some(journals.clone()),
            crashes: Some(crashes.clone()),
            unread_settings: Some(shanshui::cli::UnreadSettingsOptions { kept: Some(kept.clone()) }),
            lang: Some(Lang::En),
            ..WindowOptions::default()
        };
        let mut window = super::window(options, [640.0, 400.0], false);
        settle(&mut window);
        window
    };
    let mut window = start();
    assert!(window.state().workbench().error().expect("told").contains("app.ron.kept"));
    // One thing after another.
    assert!(window.query_by_label("The program crashed").is_none());
    click(&mut window, "Later");
    for label in ["The program crashed", "Copy the report", "Open folder", "Dismiss"] {
        let place = window.get_by_label(label).rect();
        assert!(place.min.y >= 0.0 && place.max.y <= 400.0 && place.max.x <= 640.0, "{label}: {place:?}");
    }
    picture(&mut window, "crash");
    window.get_by_label("Copy the report").click();
    window.step();
    let copied = |window: &Window| {
        window.output().platform_output.commands.iter().any(
            |command| matches!(command, eframe::egui::OutputCommand::CopyText(text) if text.contains("src/a.rs:1:2")),
        )
    };
    assert!((0..3).any(|_| copied(&window) || {
        window.step();
        copied(&window)
    }));
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label("Dismiss").is_none());
    drop(window);
    // It is offered until it is dismissed.
    let mut window = start();
    click(&mut window, "Later");
    click(&mut window, "Dismiss");
    assert!(crashes.join("crash-1.seen").exists());
    drop(window);
    let mut window = start();
    click(&mut window, "Later");
    assert!(window.query_by_label("Dismiss").is_none());
}

pub fn a_project_comes_back_as_it_was_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let maps = folder.path().join("图层");
    std::fs::create_dir(&maps).expect("writable");
    for name in ["outlet", "shoreline", "park"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("maps/baoshan/{name}.geojson"));
        std::fs::copy(from, maps.join(format!("{name}.geojson"))).expect("copied");
    }
    let options = WindowOptions { paths: vec![maps], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1440.0, 900.0], false);
    settle(&mut window);
    click(&mut window, "Run");
    let park = window.state().workbench().session().by_role(shanshui::model::Role::Park).expect("parks").key;
    window.state_mut().workbench_mut().session_mut().execute(Command::SetVisible(park, false));
    let project = folder.path().join("宝山.shanshui.json");
    window.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::ALT), Key::S);
    settle(&mut window);
    let hint = "Project file (.shanshui.json): layers by relative path, roles, questions, view";
    super::type_path(&mut window, hint, &project.display().to_string());
    window.get_by_label("宝山 · saved");
    let camera = window.state().workbench().map().camera;
    let text = std::fs::read_to_string(&project).expect("saved");
    assert!(text.contains("\"图层/outlet.geojson\""), "{text}");

    // Moved as a whole it still opens, and looks as it was left.
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("writable");
    std::fs::rename(folder.path().join("图层"), elsewhere.join("图层")).expect("moved");
    let moved = elsewhere.join("宝山.shanshui.json");
    std::fs::rename(&project, &moved).expect("moved");
    let options = WindowOptions { paths: vec![moved.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1440.0, 900.0], false);
    settle(&mut window);
    picture(&mut window, "project");
    let workbench = window.state().workbench();
    assert_eq!((workbench.error(), workbench.session().layers().len()), (None, 3));
    assert_eq!(workbench.session().answers()[0].answer.summary.matched, 54);
    assert!(!workbench.session().by_role(shanshui::model::Role::Park).expect("parks").visible);
    assert_eq!(workbench.map().camera, camera);

    // What is no project says where.
    std::fs::write(&moved, "{\"shanshui\": 1,\n \"layers\": 7}").expect("writable");
    let options = WindowOptions { paths: vec![moved], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let error = window.state().workbench().error().expect("told");
    assert!(error.contains("line 2, column"), "{error}");
}

/// The window is to be closed: true where it would be.
fn closes(window: &mut Window) -> bool {
    let viewport = window.input_mut().viewports.entry(eframe::egui::ViewportId::ROOT).or_default();
    viewport.events.push(eframe::egui::ViewportEvent::Close);
    window.step();
    let output = &window.output().viewport_output;
    let stays = output.values().any(|viewport| viewport.commands.contains(&ViewportCommand::CancelClose));
    window.input_mut().viewports.values_mut().for_each(|viewport| viewport.events.clear());
    // A dialog is measured in its first frame and seen in its second.
    (0..2).for_each(|_| window.step());
    !stays
}

/// True where the window asks by itself to be closed, once nothing runs.
fn closes_by_itself(window: &mut Window) -> bool {
    (0..2_000).any(|_| {
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let output = &window.output().viewport_output;
        output.values().any(|viewport| viewport.commands.contains(&ViewportCommand::Close))
    })
}

pub fn closing_asks_about_all_that_would_be_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("outlet.geojson");
    let point = |k: usize| {
        let lon = 121.0 + k as f64 / 1e4;
        format!(
            r#"{{"type":"Feature","properties":{{"n":{k}}},"geometry":{{"type":"Point","coordinates":[{lon},31.4]}}}}"#
        )
    };
    let points: Vec<String> = (0..5_000).map(point).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, points.join(","));
    std::fs::write(&path, text).expect("writable");
    let options = WindowOptions { paths: vec![path.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1280.0, 800.0], false);
    settle(&mut window);
    assert!(closes(&mut window), "nothing would be lost");

    // A change of many rows, still being worked out.
    let seven = Expression::parse("7").expect("a number");
    let session = window.state_mut().workbench_mut().session_mut();
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    session.execute(Command::Fill(key, (0..5_000).collect(), "n".to_owned(), Box::new(seven)));
    assert_eq!(session.on_the_way().count(), 1);
    assert!(!closes(&mut window), "a change is on its way");
    window.get_by_label("Before closing");
    settle(&mut window);
    picture(&mut window, "closing");
    click(&mut window, "Go back");
    assert!(!closes(&mut window), "edits are not saved");
    window.get_by_label("Save and close").click();
    assert!(closes_by_itself(&mut window));
    let sevens = std::fs::read_to_string(&path).expect("saved").matches("\"n\":7}").count();
    assert_eq!(sevens, 5_000);

    // A style that no project holds; a project that cannot be written keeps the window open.
    let session = window.state_mut().workbench_mut().session_mut();
    let style = LayerStyle { smallest: Some(1e9), ..Default::default() };
    session.execute(Command::Style(key, Arc::new(style), false));
    assert!(!closes(&mut window));
    window.get_by_label("Save and close").click();
    settle(&mut window);
    let hint = "Project file (.shanshui.json): layers by relative path, roles, questions, view";
    let nowhere = folder.path().join("nowhere/plan.shanshui.json");
    super::type_path(&mut window, hint, &nowhere.display().to_string());
    assert!(window.state().workbench().error().expect("told").contains("plan.shanshui.json"));
    assert!(window.query_by_label(hint).is_none(), "not asked again by itself");
    assert!(!closes(&mut window));
    window.get_by_label("Save and close").click();
    settle(&mut window);
    super::type_path(&mut window, hint, &folder.path().join("plan.shanshui.json").display().to_string());
    assert!(closes(&mut window), "everything is saved");
    window.get_by_label("plan · saved");
}

pub fn a_file_that_another_program_wrote_is_not_replaced_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("park.geojson");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan/park.geojson");
    std::fs::copy(&from, &path).expect("copied");
    let options = WindowOptions { paths: vec![path.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = super::window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let session = window.state_mut().workbench_mut().session_mut();
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    session.execute(Command::Delete(key, vec![0]));
    let theirs = std::fs::read_to_string(&path).expect("there").replacen("顾村公园", "他们改的公园", 1);
    std::fs::write(&path, &theirs).expect("writable");
    window.event(eframe::egui::Event::WindowFocused(true));
    settle(&mut window);
    assert!(window.state().workbench().error().expect("told").contains("park.geojson"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut window);
    window.get_by_label("The file was changed by another program");
    picture(&mut window, "overtaken");
    assert_eq!(std::fs::read_to_string(&path).expect("there"), theirs, "not replaced");
    click(&mut window, "Open beside");
    assert_eq!(window.state().workbench().session().layers().len(), 2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut window);
    click(&mut window, "Replace");
    assert_eq!(super::read(&path).len() + 1, super::read(&from).len());
}
