//! What is drawn beside an answer, and what is asked before a large question.

use super::{Window, choose, click, demo, settle};
use eframe::egui::{Key, vec2};
use egui_kittest::kittest::Queryable as _;
use shanshui::i18n::Lang;
use shanshui::session::KeptZone;

fn zone(window: &Window) -> Option<KeptZone> {
    window.state().workbench().session().answers()[0].zone.clone()
}

pub fn a_zone_follows_the_view() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Run");
    let first = zone(&window).expect("settled with its zone");
    assert!(!first.is_left_out && first.layer.is_some());
    let visible = window.state().workbench().map().visible();
    assert!(first.view.window.contains_box(&visible));
    // A small step is served by what is there; a long way and another scale are not.
    window.state_mut().workbench_mut().map_mut().camera.pan(vec2(60.0, 20.0));
    settle(&mut window);
    assert_eq!(zone(&window).expect("drawn").view, first.view);
    window.state_mut().workbench_mut().map_mut().camera.pan(vec2(900.0, 0.0));
    settle(&mut window);
    let moved = zone(&window).expect("drawn").view;
    assert_ne!(moved, first.view);
    window.state_mut().workbench_mut().map_mut().camera.scale *= 4.0;
    settle(&mut window);
    let finer = zone(&window).expect("drawn").view;
    assert!((finer.cell_m * 4.0 / moved.cell_m - 1.0).abs() < 0.01, "{finer:?} after {moved:?}");
    // From so far away nobody could see it: the map says that it is left out.
    window.state_mut().workbench_mut().map_mut().camera.scale = 2.0;
    settle(&mut window);
    assert!(zone(&window).expect("asked for").is_left_out && window.state().workbench().session().leaves_out_zones());
    // Back where it was, it is drawn as it was.
    window.state_mut().workbench_mut().map_mut().fit(visible);
    settle(&mut window);
    let back = zone(&window).and_then(|zone| zone.layer).expect("drawn");
    assert!(back.layer().bounds.intersects(&first.layer.expect("drawn").layer().bounds));
}

pub fn a_large_question_is_asked_about() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    window.state_mut().workbench_mut().session_mut().set_memory(16 << 20);
    choose(&mut window, "Question", "Service gaps");
    click(&mut window, "Run");
    assert!(window.state().workbench().session().answers().is_empty());
    window.get_by_label_contains("This needs about");
    click(&mut window, "Cancel");
    assert!(window.query_by_label_contains("This needs about").is_none());
    assert!(window.state().workbench().session().answers().is_empty());
    click(&mut window, "Run");
    window.key_press(Key::Escape);
    settle(&mut window);
    assert!(window.query_by_label_contains("This needs about").is_none());
    click(&mut window, "Run");
    click(&mut window, "Go on");
    assert_eq!(window.state().workbench().session().answers()[0].answer.summary.matched, 1_720);
    assert!(window.state().workbench().session().answers()[0].curve.is_none(), "nobody asked for a curve");
}
