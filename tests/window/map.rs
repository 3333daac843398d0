//! The map and its cards: what is selected, what lies under it, quiet layers, verdicts, groups, hexagons, bookmarks.

use super::following::tab;
use super::hands::{keys, look};
use super::tools::{key, tap};
use super::*;
use eframe::egui::{
    ColorImage, Event, MouseWheelSource, MouseWheelUnit, OutputCommand, PointerButton, Pos2, TouchPhase, Vec2,
    ViewportCommand,
};
use shanshui::model::Role as LayerRole;

fn labels(window: &Window, label: &str) -> usize {
    window.query_all_by_label(label).count()
}

/// Where on the map the first outlet stands.
fn outlet(window: &Window) -> (shanshui::session::Key, Pos2) {
    let workbench = window.state().workbench();
    let layer = workbench.session().by_role(LayerRole::Outlet).expect("open");
    (layer.key, workbench.map().screen_from_world(layer.layer().geometries.positions_of(0)[0]))
}

pub fn clicks_go_through_what_lies_under_the_cursor() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let (outlets, at) = outlet(&window);
    let lead = |window: &Window| window.state().workbench().selection().lead();
    tap(&mut window, at, PointerButton::Primary);
    let first = lead(&window).expect("an outlet");
    assert_eq!(first.key, outlets);
    // The card stands at the top of every tab, with the way to what lies below.
    for name in ["Inspect", "Rules", "Findings", "Targets", "Ask"] {
        tab(&mut window, name);
        assert_eq!(labels(&window, "Next feature here"), 1, "{name}");
        let card = window.get_by_label("Clear selection").rect();
        assert!(card.top() < 140.0, "{name}: {card:?}");
    }
    window.get_by_label_contains("1 of ");
    picture(&mut window, "card");
    let mut seen = vec![first];
    loop {
        tap(&mut window, at, PointerButton::Primary);
        let next = lead(&window).expect("something lies there");
        if next == first {
            break;
        }
        assert!(!seen.contains(&next) && seen.len() < 30, "{seen:?} {next:?}");
        seen.push(next);
    }
    let roles: Vec<_> =
        seen.iter().filter_map(|hit| window.state().workbench().session().layer(hit.key)?.role).collect();
    assert!(roles.contains(&LayerRole::Town) && roles.contains(&LayerRole::District), "{roles:?}");
    click(&mut window, "Next feature here");
    assert_eq!(lead(&window), Some(seen[1]));
    click(&mut window, "Clear selection");
    assert_eq!(lead(&window), None);
    assert_eq!(labels(&window, "Clear selection"), 0);
}

pub fn an_answer_is_eased_to_and_other_layers_quieten() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    // Far away from everything.
    window.state_mut().workbench_mut().map_mut().camera.pan(Vec2::new(4_000.0, 900.0));
    settle(&mut window);
    click(&mut window, "Run");
    let workbench = window.state().workbench();
    let bounds = workbench.session().answers()[0].table.indexed.layer().bounds;
    assert!(workbench.map().visible().contains_box(&bounds) && workbench.is_quiet());
    // Where the map is before and after: eased, not in one frame.
    let camera = workbench.map().camera;
    picture(&mut window, "quiet");
    let quiet = window.render().expect("a picture");
    key(&mut window, Key::Q);
    assert!(!window.state().workbench().is_quiet());
    let loud = window.render().expect("a picture");
    let changed = quiet.pixels().zip(loud.pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > 20_000, "{changed} pixels");
    click(&mut window, "Quieten other layers");
    assert!(window.state().workbench().is_quiet());
    assert_eq!(window.state().workbench().map().camera, camera, "nothing moves by itself");
    // Once answered the form folds; a click unfolds it, and another question does.
    let distance = |window: &Window| window.query_all_by_label("Distance").count();
    assert_eq!(distance(&window), 0);
    click(&mut window, "Parameters");
    assert!(distance(&window) > 0);
    // A layer that no answer read is as firm as ever where no answer is looked at.
    look(&mut window, "Outlets");
    assert!(!window.state().workbench().is_quiet());
}

pub fn a_rules_card_opens_with_its_verdict_and_chips_filter() {
    for (dark, name) in [(false, "verdict"), (true, "verdict-dark")] {
        let mut window = demo(Lang::En, [1280.0, 800.0], dark);
        tab(&mut window, "Rules");
        click(&mut window, "Outlets in drinking-water protection zones");
        click(&mut window, "Run");
        let result = window.state().workbench().session().rule_result("outlets-in-source-zones").expect("ran").clone();
        let (all, bans) = (result.answer.features.len(), result.answer.count(shanshui::rules::Verdict::Ban));
        let reviews = result.answer.count(shanshui::rules::Verdict::Review);
        assert!(bans == 14 && reviews > 0 && bans + reviews == all);
        // The verdict stands above the clause.
        let verdict = window.get_by_label(&format!("14 possible breaches, {reviews} to review")).rect();
        let clause = window.get_by_label_contains("水污染防治法第六十四条").rect();
        assert!(verdict.bottom() <= clause.top(), "{verdict:?} {clause:?}");
        picture(&mut window, name);
        let rows = format!("{reviews} of {all} rows");
        assert_eq!(labels(&window, &rows), 0);
        let before = window.render().expect("a picture");
        click(&mut window, &format!("Review {reviews}"));
        assert_eq!(labels(&window, &rows), 1, "the table shows the reviews");
        window.remove_cursor();
        settle(&mut window);
        let after = window.render().expect("a picture");
        assert!(before.pixels().zip(after.pixels()).filter(|(a, b)| a != b).count() > 500, "the map too");
        // The same chip once more shows all of them.
        click(&mut window, &format!("Review {reviews}"));
        assert_eq!(labels(&window, &rows), 0);
    }
}

pub fn layers_are_grouped_shown_alone_and_made_clear() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    assert_eq!(labels(&window, "Waters and shores"), 0);
    click(&mut window, "Group by theme");
    window.get_by_label("Waters and shores");
    picture(&mut window, "groups");
    let visible = |window: &Window| {
        let layers = window.state().workbench().session().layers();
        layers.iter().filter(|layer| layer.visible).count()
    };
    let all = visible(&window);
    click(&mut window, "Hide the group: Waters and shores");
    assert!(visible(&window) < all);
    click(&mut window, "Show the group: Waters and shores");
    assert_eq!(visible(&window), all);
    // Folded, a theme keeps its place.
    click(&mut window, "Waters and shores");
    assert_eq!(labels(&window, "Rivers"), 0);
    click(&mut window, "Waters and shores");
    click(&mut window, "Group by theme");
    // Alt shows one alone, and the others again.
    let alt = |window: &mut Window, label: &str| {
        window.get_by_label(label).click_modifiers(Modifiers::ALT);
        settle(window);
    };
    alt(&mut window, "Hide Parks");
    assert_eq!(visible(&window), 1);
    alt(&mut window, "Hide Parks");
    assert_eq!(visible(&window), all);
    // How firm a layer is drawn is a step that is taken back.
    let parks =
        |window: &Window| window.state().workbench().session().by_role(LayerRole::Park).expect("open").style.opacity;
    window.get_by(|n| n.role() == Role::Button && n.label().as_deref() == Some("Parks")).click_secondary();
    settle(&mut window);
    let slider = window.get_by(|n| n.role() == Role::Slider && n.label().as_deref() == Some("Opacity"));
    slider.focus();
    window.step();
    window.key_press(Key::ArrowLeft);
    settle(&mut window);
    assert!(parks(&window).is_some_and(|opacity| opacity < 1.0), "{:?}", parks(&window));
    window.key_press(Key::Escape);
    settle(&mut window);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(parks(&window), None);
}

pub fn the_menu_of_a_place_copies_marks_and_remembers() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    let (_, at) = outlet(&window);
    let open = |window: &mut Window| tap(window, at, PointerButton::Secondary);
    open(&mut window);
    window.get_by_label("Features here");
    picture(&mut window, "menu");
    // What lies there is selected by its name.
    let layer = window.state().workbench().session().by_role(LayerRole::Outlet).expect("open").layer().clone();
    click(&mut window, &format!("{} · Outlets", layer.label(0)));
    assert!(window.state().workbench().selection().lead().is_some());
    open(&mut window);
    click(&mut window, "Add a bookmark");
    let bookmarks = window.state().workbench().settings().bookmarks.clone();
    assert_eq!(bookmarks.len(), 1);
    let kept = window.state().workbench().map().camera;
    window.state_mut().workbench_mut().map_mut().camera.pan(Vec2::new(700.0, 0.0));
    settle(&mut window);
    click(&mut window, "View");
    window.get_by_label_contains("Bookmarks").click();
    settle(&mut window);
    click(&mut window, &bookmarks[0].name);
    let now = window.state().workbench().map().camera;
    assert!((now.center.lon - kept.center.lon).abs() < 1e-9 && (now.scale / kept.scale - 1.0).abs() < 1e-9);
    // A picture of the map goes to the clipboard.
    window.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
    let mut copied = None;
    for _ in 0..30 {
        window.step();
        let commands = window.output().viewport_output.values().flat_map(|view| view.commands.clone());
        for command in commands.collect::<Vec<_>>() {
            if let ViewportCommand::Screenshot(callback) = command {
                callback.complete(std::sync::Arc::new(ColorImage::filled([1280, 800], eframe::egui::Color32::RED)));
            }
        }
        let commands = &window.output().platform_output.commands;
        let image = commands.iter().find_map(|command| match command {
            OutputCommand::CopyImage(image) => Some(image.size),
            _ => None,
        });
        copied = copied.or(image);
    }
    let map = window.get_by_label("Map").rect();
    let [width, height] = copied.expect("a picture");
    assert!((width as f32 - map.width()).abs() < 2.0 && (height as f32 - map.height()).abs() < 2.0, "{width}x{height}");
    window.get_by_label_contains("on the clipboard");
}

pub fn many_points_are_hexagons_that_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("outlet.geojson");
    let points: Vec<String> = (0..30_000_u32)
        .map(|i| {
            let (a, b) = ((f64::from(i) * 0.618_034).fract(), (f64::from(i) * 0.754_878).fract());
            let (lon, lat) = (121.0 + a * a, 31.0 + b * b * 0.7);
            format!(
                r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{lon:.6},{lat:.6}]}}}}"#
            )
        })
        .collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, points.join(","));
    std::fs::write(&path, text).expect("writable");
    for (dark, pixels, name) in
        [(false, 1.0, "hexes"), (true, 1.0, "hexes-dark"), (true, 2.0, "hexes-dark-2x"), (false, 2.0, "hexes-2x")]
    {
        let options = WindowOptions { paths: vec![path.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
        let mut window = window_at(options, [1024.0, 700.0], dark, pixels);
        settle(&mut window);
        assert_eq!(window.state().workbench().counted(), 30_000);
        // What the map says of it stands in the room that the right panel leaves, clear of the scale.
        let remarks = window.state().workbench().map().remarks.clone();
        let panel = window.get_by_label("Ask").rect().left() - 16.0;
        assert!(remarks.len() == 1 && remarks[0].right() < panel && remarks[0].left() > 264.0, "{remarks:?} {panel}");
        picture(&mut window, name);
        // A click opens a cell, until what it counts stands there one by one.
        let mut scale = window.state().workbench().map().camera.scale;
        for _ in 0..6 {
            if window.state().workbench().counted() == 0 {
                break;
            }
            let at = window.state().workbench().map().screen_from_world(shanshui::geodesy::LonLat::new(121.01, 31.01));
            tap(&mut window, at, PointerButton::Primary);
            let now = window.state().workbench().map().camera.scale;
            assert!(now > scale * 1.5, "{now} after {scale}");
            scale = now;
        }
        assert_eq!(window.state().workbench().counted(), 0, "opened");
        assert!(window.state().workbench().selection().is_empty());
    }
}

fn scroll(window: &mut Window, at: Pos2, by: f32) {
    window.event(Event::PointerMoved(at));
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, by),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..30 {
        window.step();
    }
    settle(window);
}

pub fn each_table_keeps_its_place() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Run");
    // Rows by their first column: the code of the nearest is in sight, and gone once the table is scrolled.
    let top = "WP-310113-0901-GY";
    let at = window.get_by_label(top).rect().center();
    scroll(&mut window, at, -600.0);
    assert_eq!(labels(&window, top), 0);
    // Another answer begins at its top, and the first stands where it was left.
    choose(&mut window, "Question", "Service gaps");
    click(&mut window, "Run");
    assert!(labels(&window, "杨行镇居住区258") >= 1, "the largest gap, at the top");
    click(&mut window, "outlets within 2,000 m of 长江岸线（宝山段）");
    assert_eq!(labels(&window, top), 0);
    scroll(&mut window, at, 6_000.0);
    assert_eq!(labels(&window, top), 1);
}

pub fn a_feature_too_small_to_be_seen_is_gone_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.geojson");
    let square = |name: &str, lon: f64, half: f64| {
        let [a, b, c, d] = [lon - half, lon + half, 31.0 - half, 31.0 + half];
        format!(
            r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"Polygon","coordinates":[[[{a},{c}],[{b},{c}],[{b},{d}],[{a},{d}],[{a},{c}]]]}}}}"#
        )
    };
    // Six metres across, and sixty kilometres.
    let features = [square("speck", 121.0, 3e-5), square("wide", 121.5, 0.3)].join(",");
    std::fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)).expect("writable");
    let options = WindowOptions { paths: vec![path], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    let scale = |window: &Window| window.state().workbench().map().camera.scale;
    let before = scale(&window);
    click(&mut window, "wide");
    assert_eq!(scale(&window), before, "what can be seen keeps the scale");
    click(&mut window, "speck");
    assert!(scale(&window) > before * 20.0, "{} after {before}", scale(&window));
}

pub fn the_smallest_window_has_room_for_help() {
    for lang in [Lang::En, Lang::Zh] {
        let mut window = demo(lang, [1024.0, 700.0], lang == Lang::Zh);
        picture(&mut window, if lang == Lang::En { "small" } else { "small-zh" });
        window.key_press(Key::F1);
        settle(&mut window);
        let tour = if lang == Lang::En { "Tour in five steps" } else { "五步入门" };
        let button = window.get_by_label(tour).rect();
        assert!(button.bottom() < 690.0 && button.top() > 300.0, "{button:?}");
        picture(&mut window, if lang == Lang::En { "help-small" } else { "help-small-zh" });
    }
}

pub fn a_bar_selects_and_bars_that_are_brushed_filter_the_table() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Run");
    let plot = |window: &Window| {
        let canvas = eframe::egui::accesskit::Role::Canvas;
        window.get_by(|n| n.role() == canvas && n.label().as_deref() != Some("Map")).rect()
    };
    let distances = |window: &Window| {
        let workbench = window.state().workbench();
        let answer = &workbench.session().answers()[0];
        let column = answer.table.indexed.layer().attributes.column("distance_m").expect("there");
        let value =
            |row: &usize| answer.table.indexed.layer().attributes.value(*row, column).as_number().expect("a number");
        workbench.selection().rows().iter().map(value).collect::<Vec<f64>>()
    };
    let rect = plot(&window);
    let at = |share: f32| Pos2::new(rect.left() + rect.width() * share, rect.bottom() - 4.0);
    tap(&mut window, at(0.06), PointerButton::Primary);
    let one = distances(&window);
    let spread = one.iter().copied().fold(0.0, f64::max) - one.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(!one.is_empty() && one.len() < 54 && spread <= 200.0, "{one:?}");
    // Dragged over: the table shows what lies between.
    for (n, share) in [0.3_f32, 0.4, 0.5, 0.6].into_iter().enumerate() {
        window.event(Event::PointerMoved(at(share)));
        window.step();
        if n == 0 {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            window.event(Event::PointerButton { pos: at(share), button, pressed: true, modifiers });
            window.step();
        }
    }
    picture(&mut window, "chart-brush");
    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
    window.event(Event::PointerButton { pos: at(0.6), button, pressed: false, modifiers });
    settle(&mut window);
    let many = distances(&window);
    assert!(!many.is_empty() && many.iter().all(|d| (400.0..=1_600.0).contains(d)), "{many:?}");
    assert!(many.len() != one.len() || many != one);
    picture(&mut window, "chart-brushed");
}
