//! Selecting several, changing them with tools and commands, and the map's own looks.

use super::tools::{PLACE, drag, key, on_top, tap};
use super::{Window, click, demo, picture, settle, type_path};
use eframe::egui::accesskit::Role as Access;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, pos2};
use egui_kittest::kittest::Queryable as _;
use shanshui::geodesy::ring_area_m2;
use shanshui::i18n::Lang;
use shanshui::model::{GeometryKind, Role};
use shanshui::session::Command;

const PAGE_HINT: &str = "PDF or PNG file, 300 dpi";
const PACK_HINT: &str = "One file (.shanshui.zip) with the project and all its layers, unsaved edits among them";

pub fn field(window: &mut Window, name: &str, text: &str) {
    let field = window.get_by(|n| n.role() == Access::TextInput && n.label().as_deref() == Some(name));
    field.focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    match text {
        "" => window.key_press(Key::Delete),
        text => window.event(Event::Text(text.to_owned())),
    }
    window.step();
    settle(window);
}

fn selected(window: &Window) -> usize {
    window.state().workbench().selection().rows().len()
}

pub(super) fn keys(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// Looks at a layer of the list.
pub(super) fn look(window: &mut Window, layer: &str) {
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(layer)).click();
    settle(window);
}

/// Draws an area with clicks.
fn draw(window: &mut Window, tool: Key, corners: &[Pos2]) {
    key(window, tool);
    for at in corners {
        tap(window, *at, PointerButton::Primary);
    }
    key(window, Key::Enter);
}

/// Looks at the layer of a role, open for editing.
pub(super) fn edit(window: &mut Window, role: Role) -> shanshui::session::Key {
    let layer = window.state().workbench().session().by_role(role).expect("open").key;
    window.state_mut().workbench_mut().session_mut().execute(Command::SetEditable(layer, true));
    settle(window);
    layer
}

fn count(window: &Window) -> usize {
    window.state().workbench().session().layers()[0].layer().feature_count()
}

pub fn features_are_selected_by_box_lasso_and_keys() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    look(&mut window, "Outlets");
    key(&mut window, Key::L);
    // A lasso round the north-west.
    let line = [pos2(470.0, 90.0), pos2(640.0, 90.0), pos2(640.0, 200.0), pos2(480.0, 210.0)];
    window.event(Event::PointerMoved(line[0]));
    window.step();
    window.event(Event::PointerButton {
        pos: line[0],
        button: PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    window.step();
    for at in &line[1..] {
        window.event(Event::PointerMoved(*at));
        window.step();
    }
    picture(&mut window, "lasso");
    window.event(Event::PointerButton {
        pos: line[3],
        button: PointerButton::Primary,
        pressed: false,
        modifiers: Modifiers::NONE,
    });
    settle(&mut window);
    let lassoed = selected(&window);
    assert!((10..200).contains(&lassoed), "{lassoed}");
    // Beside the map, and in the status bar.
    assert_eq!(window.query_all_by_label_contains(&format!("{lassoed} selected")).count(), 2);
    picture(&mut window, "lassoed");

    keys(&mut window, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::I);
    assert_eq!(selected(&window), 244 - lassoed);
    keys(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window), 244);

    // By attribute, in the dialog, from the keyboard.
    keys(&mut window, Modifiers::COMMAND, Key::F);
    field(&mut window, "Expression", "class = '工业排污口'");
    picture(&mut window, "select-dialog");
    window.query_all_by_label("Select").last().expect("the button").click();
    settle(&mut window);
    assert_eq!(selected(&window), 53);
    field(&mut window, "Expression", "class = ");
    window.get_by_label_contains("line 1, column");
    key(&mut window, Key::Escape);
}

pub fn areas_are_split_merged_and_pierced() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    draw(&mut window, Key::Num3, &PLACE);
    let whole = ring_area_m2(&on_top(&window, 0).parts[0][0]);
    key(&mut window, Key::V);
    tap(&mut window, pos2(380.0, 460.0), PointerButton::Primary);
    assert_eq!(selected(&window), 1);
    draw(&mut window, Key::X, &[pos2(330.0, 460.0), pos2(432.0, 462.0)]);
    assert_eq!(count(&window), 2);
    let halves: Vec<f64> = (0..2).map(|row| ring_area_m2(&on_top(&window, row).parts[0][0])).collect();
    assert!((halves.iter().sum::<f64>() / whole - 1.0).abs() < 1e-6, "{halves:?} {whole}");
    picture(&mut window, "split");

    // Both, merged again.
    key(&mut window, Key::V);
    keys(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&window), 2);
    click(&mut window, "Merge");
    assert_eq!(count(&window), 1);
    assert!((ring_area_m2(&on_top(&window, 0).parts[0][0]) / whole - 1.0).abs() < 1e-6);

    draw(&mut window, Key::H, &[pos2(360.0, 450.0), pos2(380.0, 450.0), pos2(370.0, 470.0)]);
    assert_eq!(on_top(&window, 0).parts[0].len(), 2, "a hole");
    // One that is not inside is refused, and said.
    draw(&mut window, Key::H, &[pos2(300.0, 450.0), pos2(380.0, 452.0), pos2(370.0, 475.0)]);
    window.get_by_label_contains("the hole does not lie wholly inside");
    draw(&mut window, Key::P, &[pos2(440.0, 450.0), pos2(460.0, 450.0), pos2(450.0, 480.0)]);
    assert_eq!(on_top(&window, 0).kind, GeometryKind::MultiPolygon);
    picture(&mut window, "pierced");

    // Turned, doubled, simplified with a look before.
    key(&mut window, Key::T);
    let before = on_top(&window, 0);
    drag(&mut window, pos2(430.0, 440.0), pos2(430.0, 500.0));
    assert_ne!(on_top(&window, 0), before);
    click(&mut window, "Duplicate");
    assert_eq!(count(&window), 2);
    key(&mut window, Key::V);
    click(&mut window, "Simplify…");
    window.get_all_by_label_contains("vertices").next().expect("how many there were");
    picture(&mut window, "simplify");
    click(&mut window, "Leave as it is");
    // Every step back is one.
    for _ in 0..6 {
        keys(&mut window, Modifiers::COMMAND, Key::Z);
    }
    assert_eq!((count(&window), on_top(&window, 0).kind), (1, GeometryKind::Polygon));
}

pub fn a_free_line_becomes_an_area_where_it_closes() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    key(&mut window, Key::Num6);
    let around: Vec<Pos2> = (0..=40)
        .map(|k| {
            let turn = std::f32::consts::TAU * k as f32 / 40.0;
            pos2(360.0 + 50.0 * turn.cos(), 460.0 + 30.0 * turn.sin())
        })
        .collect();
    let button = |window: &mut Window, at: Pos2, pressed: bool| {
        window.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.step();
    };
    window.event(Event::PointerMoved(around[0]));
    window.step();
    button(&mut window, around[0], true);
    for at in &around[1..] {
        window.event(Event::PointerMoved(*at));
        window.step();
    }
    button(&mut window, around[40], false);
    settle(&mut window);
    let drawn = on_top(&window, 0);
    assert_eq!(drawn.kind, GeometryKind::Polygon);
    assert!((8..42).contains(&drawn.parts[0][0].len()), "{}", drawn.parts[0][0].len());
}

pub fn the_table_is_searched_filtered_and_filled() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    look(&mut window, "Outlets");
    field(&mut window, "Filter: class = '工业排污口'", "class = '工业排污口'");
    window.get_by_label("53 of 244 rows");
    field(&mut window, "Search", "gy");
    picture(&mut window, "filtered");
    field(&mut window, "Search", "");
    // What is typed wrong is said; what was found stays.
    field(&mut window, "Filter: class = '工业排污口'", "class = '工业排污口' AND nothing > 3");
    window.get_by_label_contains("The layer has no column “nothing”");
    window.get_by_label("53 of 244 rows");
    field(&mut window, "Filter: class = '工业排污口'", "class = '工业排污口'");
    click(&mut window, "Select these rows");
    assert_eq!(selected(&window), 53);
    click(&mut window, "Filter the map by this too");
    let layer = window.state().workbench().session().by_role(Role::Outlet).expect("outlets").clone();
    assert_eq!(layer.shown.expect("some rows").is_in.iter().filter(|is_in| **is_in).count(), 53);
    picture(&mut window, "filtered-map");
    click(&mut window, "Show all features on the map again");

    edit(&mut window, Role::Outlet);
    click(&mut window, "Columns…");
    field(&mut window, "Column to fill", "level");
    field(&mut window, "Expression", "length(code) * 2 + 0.5");
    picture(&mut window, "columns");
    click(&mut window, "Fill 53 rows");
    key(&mut window, Key::Escape);
    let outlets = |window: &Window| window.state().workbench().session().by_role(Role::Outlet).expect("open").clone();
    let layer = outlets(&window);
    let level = layer.layer().attributes.column("level").expect("a column");
    let filled = (0..244).filter(|row| layer.layer().attributes.json(*row, level).is_some()).count();
    assert_eq!((filled, layer.layer().edits.count()), (53, 53));
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(outlets(&window).layer().edits.is_empty());
}

pub fn a_cell_is_typed_into_where_it_stands() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    edit(&mut window, Role::Outlet);
    look(&mut window, "Outlets");
    let outlet = window.state().workbench().session().by_role(Role::Outlet).expect("open").clone();
    let code = outlet.layer().attributes.get(0, "code").display().into_owned();
    let cell = window.get_by_label(&code).rect().center();
    tap(&mut window, cell, PointerButton::Primary);
    tap(&mut window, cell, PointerButton::Primary);
    picture(&mut window, "cell");
    field(&mut window, "code ✎", "WP-新");
    key(&mut window, Key::Enter);
    let outlet = window.state().workbench().session().by_role(Role::Outlet).expect("open").clone();
    assert_eq!(outlet.layer().attributes.get(0, "code").display(), "WP-新");
}

pub fn a_layer_is_drawn_as_its_planner_wants() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let key_of = window.state().workbench().session().by_role(Role::Residential).expect("homes").key;
    look(&mut window, "Residential land");
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("style".to_owned()));
    settle(&mut window);
    picture(&mut window, "palette");
    key(&mut window, Key::Enter);
    window.get_by_label("Style of Residential land");
    window.get_by(|n| n.role() == Access::ComboBox && n.value().as_deref() == Some("Its role (default)")).click();
    settle(&mut window);
    click(&mut window, "Classes of numbers");
    let style = |window: &Window| window.state().workbench().session().layer(key_of).expect("open").style.clone();
    assert!(matches!(style(&window).by, Some(shanshui::model::StyleBy::Graduated { .. })), "{:?}", style(&window));
    picture(&mut window, "style");
    click(&mut window, "Labels");
    assert!(style(&window).labels.is_some());
    settle(&mut window);
    picture(&mut window, "graduated");
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(style(&window).is_default());
}

pub fn the_map_is_put_on_paper_and_the_project_into_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    draw(&mut window, Key::Num3, &PLACE);
    keys(&mut window, Modifiers::COMMAND, Key::P);
    field(&mut window, "Title", "宝山区");
    picture(&mut window, "print");
    click(&mut window, "Save…");
    let page = folder.path().join("map.pdf");
    type_path(&mut window, PAGE_HINT, &page.display().to_string());
    let start = std::time::Instant::now();
    while !page.exists() {
        window.step();
        assert!(start.elapsed().as_secs() < 60, "no page");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let bytes = std::fs::read(&page).expect("a page");
    assert!(bytes.starts_with(b"%PDF-") && bytes.len() > 50_000, "{}", bytes.len());

    // Packed with what no file holds, and opened from it.
    let packed = folder.path().join("plan.shanshui.zip");
    click(&mut window, "File");
    click(&mut window, "Pack the project…");
    type_path(&mut window, PACK_HINT, &packed.display().to_string());
    let layers = window.state().workbench().session().layers().len();
    let mut other = super::window(
        shanshui::cli::WindowOptions { lang: Some(Lang::En), paths: vec![packed], ..Default::default() },
        [1280.0, 800.0],
        false,
    );
    settle(&mut other);
    let session = other.state().workbench().session();
    assert_eq!(session.layers().len(), layers);
    assert_eq!(session.layers()[0].layer().feature_count(), 1);
    assert!(session.unsaved().next().is_none() && folder.path().join("plan").join("layers").is_dir());
}

pub fn everything_is_found_by_its_name() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("顾村公园".to_owned()));
    settle(&mut window);
    for _ in 0..20 {
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    picture(&mut window, "found");
    key(&mut window, Key::Enter);
    let workbench = window.state().workbench();
    let hit = workbench.selection().lead().expect("a feature");
    assert!(workbench.session().indexed(hit.key).expect("open").layer().label(hit.row).contains("顾村公园"));
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(Event::Text("dark".to_owned()));
    settle(&mut window);
    key(&mut window, Key::Enter);
    assert_eq!(window.state().workbench().settings().theme, shanshui::ui::ThemeChoice::Dark);
    picture(&mut window, "dark-by-palette");
}

pub fn a_zone_is_written_as_features_and_as_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Inspect");
    draw(&mut window, Key::Num4, &[pos2(640.0, 250.0), pos2(760.0, 330.0)]);
    key(&mut window, Key::V);
    tap(&mut window, pos2(700.0, 300.0), PointerButton::Primary);
    let wait = |window: &mut Window, path: &std::path::Path| {
        let start = std::time::Instant::now();
        while !path.exists() {
            window.step();
            assert!(start.elapsed().as_secs() < 60, "nothing written");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        settle(window);
    };
    let features = folder.path().join("zone.geojson");
    click(&mut window, "Export GeoJSON…");
    type_path(&mut window, "The zone and what lies in it (GeoJSON)", &features.display().to_string());
    wait(&mut window, &features);
    assert!(super::read(&features).len() > 10);
    let page = folder.path().join("zone.html");
    click(&mut window, "One-page report…");
    type_path(&mut window, "Report about the zone (HTML, printable to PDF)", &page.display().to_string());
    wait(&mut window, &page);
    let text = std::fs::read_to_string(&page).expect("written");
    assert!(text.contains("Residential land") && text.contains("data:image/png;base64,") && text.contains("SHA-256"));
    if let Some(pictures) = std::env::var_os("SHANSHUI_PICTURES") {
        std::fs::copy(&page, std::path::Path::new(&pictures).join("zone.html")).expect("writable");
    }
}

pub fn a_question_is_put_to_some_features_only() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    field(&mut window, "Filter of the features", "class = '工业排污口'");
    click(&mut window, "Run");
    let kept = window.state().workbench().session().answers()[0].clone();
    assert_eq!(kept.answer.summary.features_in, 53);
    assert!(kept.answer.summary.matched < 54 && kept.answer.summary.left_out == 0);
    assert!(kept.table.provenance.to_string().contains("工业排污口'"), "the provenance says so");
    window.get_by_label_contains("only where class = '工业排污口'");
    // Once answered the form is folded.
    click(&mut window, "Parameters");
    field(&mut window, "Filter of the features", "klass = 1");
    window.get_by_label_contains("no column “klass”");
    window.get_by_label_contains("Correct the condition");
    assert!(window.query_by_label_contains("two different layers").is_none(), "the layers are not what is wrong");
    picture(&mut window, "where");
}

/// Controls without a name: nobody who does not see them can use them.
pub fn unnamed(window: &Window) -> Vec<String> {
    let roles = [
        Access::Button,
        Access::CheckBox,
        Access::RadioButton,
        Access::ComboBox,
        Access::TextInput,
        Access::SpinButton,
        Access::ColorWell,
        Access::Slider,
    ];
    let found = window.query_all_by(move |n| {
        // `labelled_by` gives its words to the name.
        roles.contains(&n.role()) && n.label().unwrap_or_default().trim().is_empty()
    });
    found.map(|n| format!("{n:?}")).collect()
}

pub fn every_control_has_a_name() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    edit(&mut window, Role::Outlet);
    look(&mut window, "Outlets");
    keys(&mut window, Modifiers::COMMAND, Key::A);
    assert_eq!(unnamed(&window), Vec::<String>::new(), "the window");
    for kind in ["Service gaps", "Nearest feature", "Overlap"] {
        super::choose(&mut window, "Question", kind);
        assert_eq!(unnamed(&window), Vec::<String>::new(), "{kind}");
    }
    click(&mut window, "Columns…");
    assert_eq!(unnamed(&window), Vec::<String>::new(), "columns");
    key(&mut window, Key::Escape);
    keys(&mut window, Modifiers::COMMAND, Key::F);
    click(&mut window, "By distance");
    assert_eq!(unnamed(&window), Vec::<String>::new(), "select");
    key(&mut window, Key::Escape);
    keys(&mut window, Modifiers::COMMAND, Key::P);
    assert_eq!(unnamed(&window), Vec::<String>::new(), "print");
    key(&mut window, Key::Escape);
    keys(&mut window, Modifiers::COMMAND, Key::K);
    assert_eq!(unnamed(&window), Vec::<String>::new(), "palette");
    window.event(Event::Text("style".to_owned()));
    settle(&mut window);
    key(&mut window, Key::Enter);
    for by in ["Categories", "Classes of numbers", "Conditions"] {
        super::choose(&mut window, "Drawn by", by);
        assert_eq!(unnamed(&window), Vec::<String>::new(), "{by}");
    }
    keys(&mut window, Modifiers::COMMAND, Key::O);
    assert_eq!(unnamed(&window), Vec::<String>::new(), "open");
}
