//! Drawing and editing with the pointer and the keyboard.

use super::{Window, demo, picture, settle, type_path};
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, pos2};
use egui_kittest::kittest::Queryable as _;
use shanshui::geodesy::{LonLat, azimuth_deg, distance_m, ring_area_m2};
use shanshui::i18n::Lang;
use shanshui::io::geojson::feature_text;
use shanshui::model::{Geometry, GeometryKind, Role};

const SAVE_HINT: &str = "Saved as GeoJSON; features nobody edited keep every byte";

fn to(window: &mut Window, at: Pos2) {
    window.event(Event::PointerMoved(at));
    window.step();
}

fn button(window: &mut Window, at: Pos2, button: PointerButton, pressed: bool) {
    window.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    window.step();
}

/// A click, far enough in time from the one before it to be no double click.
pub fn tap(window: &mut Window, at: Pos2, which: PointerButton) {
    for _ in 0..40 {
        window.step();
    }
    to(window, at);
    button(window, at, which, true);
    button(window, at, which, false);
    settle(window);
}

pub fn drag(window: &mut Window, from: Pos2, by: Pos2) {
    to(window, from);
    button(window, from, PointerButton::Primary, true);
    for step in 1..=4 {
        let share = step as f32 / 4.0;
        to(window, pos2(from.x + (by.x - from.x) * share, from.y + (by.y - from.y) * share));
    }
    button(window, by, PointerButton::Primary, false);
    settle(window);
}

pub fn key(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

/// The geometry of a row of the layer on top.
pub fn on_top(window: &Window, row: usize) -> Geometry {
    let layer = &window.state().workbench().session().layers()[0];
    layer.layer().geometries.geometry(row).expect("drawn")
}

fn world(window: &Window, at: Pos2) -> LonLat {
    window.state().workbench().map().world_from_screen(at)
}

/// Somewhere without a corner near: empty land at the left of the map.
pub const PLACE: [Pos2; 4] = [pos2(340.0, 430.0), pos2(420.0, 430.0), pos2(420.0, 490.0), pos2(340.0, 500.0)];

pub fn an_area_is_drawn_taken_back_and_saved() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let layers = window.state().workbench().session().layers().len();
    key(&mut window, Key::Num3);
    for at in PLACE {
        tap(&mut window, at, PointerButton::Primary);
    }
    picture(&mut window, "drawing");
    key(&mut window, Key::Enter);
    let session = window.state().workbench().session();
    assert_eq!(session.layers().len(), layers + 1, "a layer of its own");
    assert!(session.layers()[0].is_unsaved() && session.layers()[0].layer().name == "Drawn");
    let drawn = on_top(&window, 0);
    assert_eq!((drawn.kind, drawn.parts[0][0].len()), (GeometryKind::Polygon, 5));
    let corner = world(&window, PLACE[0]);
    let nearest = drawn.parts[0][0].iter().map(|p| distance_m(*p, corner)).fold(f64::MAX, f64::min);
    assert!(nearest < 1e-3, "{nearest} m beside the click");

    // The next one goes into the same layer; both are taken back one by one.
    key(&mut window, Key::Num4);
    tap(&mut window, pos2(360.0, 300.0), PointerButton::Primary);
    tap(&mut window, pos2(440.0, 340.0), PointerButton::Primary);
    let count = |window: &Window| window.state().workbench().session().layers()[0].layer().feature_count();
    assert_eq!(count(&window), 2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(count(&window), 1);
    window.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    settle(&mut window);
    assert_eq!(count(&window), 2);

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("drawn.geojson");
    window.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut window);
    type_path(&mut window, SAVE_HINT, &path.display().to_string());
    let text = std::fs::read_to_string(&path).expect("saved");
    assert_eq!(super::read(&path).len(), 2, "{text}");
    assert!(!window.state().workbench().session().layers()[0].is_unsaved());
}

pub fn figures_are_typed_while_drawing() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    key(&mut window, Key::Num5);
    tap(&mut window, pos2(380.0, 350.0), PointerButton::Primary);
    to(&mut window, pos2(400.0, 380.0));
    // A figure typed on the map goes into its field.
    window.event(Event::Text("3".to_owned()));
    window.step();
    window.step();
    window.event(Event::Text("00 m".to_owned()));
    window.step();
    picture(&mut window, "circle");
    window.key_press(Key::Enter);
    settle(&mut window);
    let circle = on_top(&window, 0);
    let area_m2 = ring_area_m2(&circle.parts[0][0]);
    assert!((area_m2 / (std::f64::consts::PI * 90_000.0) - 1.0).abs() < 1e-4, "{area_m2}");
}

pub fn corners_are_dragged_added_and_taken_out() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    key(&mut window, Key::Num3);
    for at in PLACE {
        tap(&mut window, at, PointerButton::Primary);
    }
    key(&mut window, Key::Enter);
    key(&mut window, Key::N);
    tap(&mut window, pos2(380.0, 460.0), PointerButton::Primary);
    assert!(window.state().workbench().selection().lead().is_some());
    picture(&mut window, "corners");
    let before = on_top(&window, 0);
    drag(&mut window, PLACE[1], pos2(460.0, 410.0));
    let after = on_top(&window, 0);
    let moved: Vec<&LonLat> = after.parts[0][0].iter().filter(|p| !before.parts[0][0].contains(p)).collect();
    // Where it was let go, or at what is drawn within ten points of there: it snaps.
    let [there, beside] = [pos2(460.0, 410.0), pos2(470.0, 410.0)].map(|at| world(&window, at));
    assert!(moved.len() == 1 && distance_m(*moved[0], there) < distance_m(beside, there), "{moved:?} {there:?}");

    // The middle of the edge from the third to the fourth corner.
    drag(&mut window, pos2(380.0, 495.0), pos2(380.0, 520.0));
    assert_eq!(on_top(&window, 0).parts[0][0].len(), 6);
    tap(&mut window, pos2(380.0, 520.0), PointerButton::Secondary);
    assert_eq!(on_top(&window, 0).parts[0][0].len(), 5);

    // As a whole, and out.
    key(&mut window, Key::M);
    drag(&mut window, pos2(380.0, 460.0), pos2(395.0, 450.0));
    assert_ne!(on_top(&window, 0), after);
    key(&mut window, Key::Delete);
    assert_eq!(window.state().workbench().session().layers()[0].layer().feature_count(), 0);
    for _ in 0..5 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut window);
    }
    assert_eq!(on_top(&window, 0), before);
}

pub fn a_layer_that_was_read_is_edited_only_where_that_is_allowed() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let parks_of = |window: &Window| window.state().workbench().session().by_role(Role::Park).expect("parks").clone();
    let parks = parks_of(&window);
    let row = (0..parks.layer().len())
        .max_by(|a, b| {
            let area = |row: &usize| ring_area_m2(parks.layer().geometries.paths(*row).next().unwrap_or_default());
            area(a).total_cmp(&area(b))
        })
        .expect("a park");
    let bounds = parks.layer().geometries.bounds(row);
    window.state_mut().workbench_mut().map_mut().fit(bounds.padded(300.0));
    settle(&mut window);
    key(&mut window, Key::N);
    let inside = window.state().workbench().map().screen_from_world(parks.layer().geometries.bounds(row).center());
    tap(&mut window, inside, PointerButton::Primary);
    window.get_by_label("This layer is not open for editing");
    window.query_all_by_label("Allow editing").next().expect("offered").click();
    settle(&mut window);
    let corner = parks.layer().geometries.positions_of(row)[0];
    let at = window.state().workbench().map().screen_from_world(corner);
    drag(&mut window, at, at + eframe::egui::vec2(12.0, 9.0));
    let now = parks_of(&window);
    assert!(now.is_unsaved() && now.layer().edits.count() == 1);
    assert_ne!(now.layer().geometries.positions_of(row), parks.layer().geometries.positions_of(row));
    picture(&mut window, "edited");
    // Every other park keeps its bytes.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("parks.geojson");
    shanshui::session::save_layer(now.layer(), &path, &shanshui::progress::Progress::default()).expect("saved");
    let (old, new) = (parks.layer(), super::read(&path));
    for other in (0..old.len()).filter(|other| *other != row) {
        assert_eq!(feature_text(old, other).expect("there"), feature_text(&new, other).expect("there"));
    }
}

pub fn drawing_snaps_to_what_is_there() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let shoreline = window.state().workbench().session().by_role(Role::Shoreline).expect("a shoreline").clone();
    let corner = shoreline.layer().geometries.positions_of(0)[0];
    window
        .state_mut()
        .workbench_mut()
        .map_mut()
        .fit(shanshui::geodesy::LonLatBox { min: corner, max: corner }.padded(400.0));
    settle(&mut window);
    let at = window.state().workbench().map().screen_from_world(corner);
    key(&mut window, Key::Num1);
    tap(&mut window, at + eframe::egui::vec2(5.0, -4.0), PointerButton::Primary);
    let drawn = on_top(&window, 0).parts[0][0][0];
    assert!(distance_m(drawn, corner) < 1e-3, "{drawn:?} {corner:?}");
    picture(&mut window, "snapped");
}

/// A click with a key held down.
fn tap_holding(window: &mut Window, held: Modifiers, at: Pos2) {
    window.event(Event::ModifiersChanged(held));
    tap(window, at, PointerButton::Primary);
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.step();
}

pub fn lines_are_squared_measured_and_lead_along_borders() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    key(&mut window, Key::R);
    tap(&mut window, PLACE[0], PointerButton::Primary);
    to(&mut window, PLACE[1]);
    let length_m = distance_m(world(&window, PLACE[0]), world(&window, PLACE[1]));
    window.get_by_label_contains(&format!("{} m ∠ 90", shanshui::i18n::number(length_m, 1)));
    picture(&mut window, "measured");
    key(&mut window, Key::Escape);

    // A right angle while Shift is held, though the pointer is beside it.
    key(&mut window, Key::Num2);
    tap(&mut window, PLACE[0], PointerButton::Primary);
    tap(&mut window, PLACE[1], PointerButton::Primary);
    tap_holding(&mut window, Modifiers::SHIFT, pos2(428.0, 490.0));
    key(&mut window, Key::Enter);
    let line = on_top(&window, 0);
    let [a, b, c] = line.parts[0][0][..] else { panic!("three corners: {line:?}") };
    let turn = (azimuth_deg(b, a) - azimuth_deg(b, c)).abs();
    assert!((turn - 90.0).abs() < 1e-4, "{turn}");

    // Along the shoreline while Alt is held.
    let shoreline = window.state().workbench().session().by_role(Role::Shoreline).expect("a shoreline").clone();
    let shore = &shoreline.layer().geometries.positions_of(0)[..4];
    let bounds = shanshui::geodesy::LonLatBox::of(shore).padded(300.0);
    window.state_mut().workbench_mut().map_mut().fit(bounds);
    settle(&mut window);
    let [first, last] = [shore[0], shore[3]].map(|p| window.state().workbench().map().screen_from_world(p));
    key(&mut window, Key::Num2);
    tap(&mut window, first, PointerButton::Primary);
    tap_holding(&mut window, Modifiers::ALT, last);
    key(&mut window, Key::Enter);
    assert_eq!(on_top(&window, 1).parts[0][0], shore);
    picture(&mut window, "traced");
}

pub fn an_area_is_led_along_a_line() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let draw = |window: &mut Window, tool: Key, corners: &[Pos2]| {
        key(window, tool);
        corners.iter().for_each(|at| tap(window, *at, PointerButton::Primary));
        key(window, Key::Enter);
    };
    draw(&mut window, Key::Num3, &PLACE);
    let before = ring_area_m2(&on_top(&window, 0).parts[0][0]);
    key(&mut window, Key::V);
    tap(&mut window, pos2(380.0, 460.0), PointerButton::Primary);
    let [from, over, along, to] = [pos2(360.0, 450.0), pos2(360.0, 410.0), pos2(400.0, 410.0), pos2(400.0, 450.0)];
    draw(&mut window, Key::E, &[from, over, along, to]);
    let [a, b] = [over, pos2(400.0, 430.0)].map(|at| world(&window, at));
    let added = ring_area_m2(&[a, LonLat::new(b.lon, a.lat), b, LonLat::new(a.lon, b.lat), a]);
    let after = ring_area_m2(&on_top(&window, 0).parts[0][0]);
    assert!(((after - before) / added - 1.0).abs() < 1e-3, "{before} {after} {added}");
}

pub fn what_crosses_itself_is_kept_only_when_asked_twice() {
    let mut window = demo(Lang::Zh, [1440.0, 900.0], true);
    key(&mut window, Key::Num3);
    for i in [0, 2, 1, 3] {
        tap(&mut window, PLACE[i], PointerButton::Primary);
    }
    let layers = window.state().workbench().session().layers().len();
    picture(&mut window, "crossing");
    key(&mut window, Key::Enter);
    window.get_by_label("自相交的面不计入分析；再按 Enter 仍然保留");
    assert_eq!(window.state().workbench().session().layers().len(), layers);
    key(&mut window, Key::Enter);
    assert_eq!(window.state().workbench().session().layers().len(), layers + 1);
    key(&mut window, Key::Escape);
}

pub fn properties_are_typed_and_keep_their_type() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let parks = window.state().workbench().session().by_role(Role::Park).expect("parks").clone();
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(shanshui::session::Command::SetEditable(parks.key, true));
    let hit = shanshui::ui::map::picking::Hit { key: parks.key, row: 0 };
    window.state_mut().workbench_mut().go_to(hit);
    settle(&mut window);
    let field = |window: &mut Window, name: &str, text: &str| {
        let field = window
            .get_by(|n| n.role() == eframe::egui::accesskit::Role::TextInput && n.label().as_deref() == Some(name));
        field.focus();
        window.step();
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(text.to_owned()));
        window.step();
    };
    field(&mut window, "Name", "新公园");
    key(&mut window, Key::Enter);
    field(&mut window, "+ column", "note");
    field(&mut window, "note", "12");
    picture(&mut window, "properties");
    key(&mut window, Key::Enter);
    let layer = window.state().workbench().session().by_role(Role::Park).expect("parks").layer().clone();
    assert_eq!((layer.label(0).as_str(), layer.attributes.get(0, "note").as_number()), ("新公园", Some(12.0)));
    assert_eq!(layer.geometries.positions_of(0), parks.layer().geometries.positions_of(0));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    let layer = window.state().workbench().session().by_role(Role::Park).expect("parks").layer().clone();
    assert!(layer.attributes.column("note").is_none(), "{:?}", layer.attributes.names());
}

pub fn a_zone_is_inspected_while_it_is_drawn() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    super::click(&mut window, "Inspect");
    window.get_by_label("Draw an area, or select one, to see what lies in it.");
    key(&mut window, Key::Num4);
    tap(&mut window, pos2(640.0, 250.0), PointerButton::Primary);
    to(&mut window, pos2(760.0, 330.0));
    settle(&mut window);
    let found = |window: &Window| window.state().workbench().session().inspection().expect("inspected").found.clone();
    let drawn = found(&window);
    assert!(drawn.layers["residential"].count > 10 && drawn.people > Some(1_000.0), "{drawn:?}");
    picture(&mut window, "inspect");
    // It follows the cursor, and the zone once it is kept.
    to(&mut window, pos2(800.0, 360.0));
    settle(&mut window);
    assert!(found(&window).area_m2 > drawn.area_m2 * 1.3);
    tap(&mut window, pos2(800.0, 360.0), PointerButton::Primary);
    key(&mut window, Key::V);
    tap(&mut window, pos2(770.0, 350.0), PointerButton::Primary);
    assert!(window.state().workbench().selection().lead().is_some());
}

pub fn an_area_that_crosses_itself_is_repaired_by_command() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    key(&mut window, Key::Num3);
    for i in [0, 2, 1, 3] {
        tap(&mut window, PLACE[i], PointerButton::Primary);
    }
    key(&mut window, Key::Enter);
    key(&mut window, Key::Enter);
    let usable = |window: &Window| !window.state().workbench().session().layers()[0].layer().unusable[0];
    assert!(!usable(&window));
    let drawn = window.state().workbench().session().layers()[0].clone();
    let hit = shanshui::ui::map::picking::Hit { key: drawn.key, row: 0 };
    window.state_mut().workbench_mut().go_to(hit);
    settle(&mut window);
    picture(&mut window, "before-repair");
    super::click(&mut window, "Repair");
    // It is shown before it is made.
    window.get_by_label_contains("parts 1 → 2");
    picture(&mut window, "repair-preview");
    super::click(&mut window, "Apply");
    assert!(usable(&window) && on_top(&window, 0).kind == GeometryKind::MultiPolygon);
    picture(&mut window, "after-repair");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert!(!usable(&window));
}

pub fn an_answer_says_when_it_is_out_of_date() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    super::click(&mut window, "Run");
    let outlets = window.state().workbench().session().by_role(Role::Outlet).expect("outlets").clone();
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(shanshui::session::Command::SetEditable(outlets.key, true));
    let away = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.0, 31.0)]]] };
    let answer = session.answers()[0].clone();
    let near = answer.table.indexed.layer().lent_from(0).expect("an outlet").1;
    session.execute(shanshui::session::Command::Reshape(
        outlets.key,
        vec![(near, away)],
        shanshui::session::EditKind::Move,
    ));
    settle(&mut window);
    assert_eq!(window.state().workbench().session().answers()[0].answer.summary.matched, 54, "as it was asked");
    window.get_by_label("A layer was edited since; this answer is out of date");
    picture(&mut window, "out-of-date");
    // The form's own button, and that of the notice.
    window.get_all_by_label("Run again").next().expect("a button").click();
    settle(&mut window);
    assert_eq!(window.state().workbench().session().answers()[0].answer.summary.matched, 53);
    assert!(window.query_by_label("A layer was edited since; this answer is out of date").is_none());
    // The history names every step; a click goes back to before it.
    super::click(&mut window, "Edit");
    picture(&mut window, "edit-menu");
    super::click(&mut window, "History");
    picture(&mut window, "history");
    let label = outlets.layer().label(near);
    super::click(&mut window, &format!("Move {label}"));
    let now = window.state().workbench().session().by_role(Role::Outlet).expect("outlets").clone();
    assert!(now.layer().edits.is_empty());
}
