//! Comments pinned to places: by the menu of the map, the tool and Ctrl K; opened, answered, resolved, taken back, kept.

use super::hands::{field, keys, unnamed};
use super::tools::key;
use super::*;
use eframe::egui::Pos2;
use eframe::egui::accesskit::Role as Access;
use shanshui::comments::{CommentState, Comments, FILE};

fn button(window: &mut Window, label: &str) {
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(label)).click();
    settle(window);
}

/// Clicks the map with the other button.
fn secondary(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.step();
    for pressed in [true, false] {
        let (button, modifiers) = (eframe::egui::PointerButton::Secondary, Modifiers::NONE);
        window.event(eframe::egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        window.step();
    }
    settle(window);
}

/// Types into the field of a comment.
fn write(window: &mut Window, label: &str, text: &str) {
    window.get_by(|n| n.role() == Access::MultilineTextInput && n.label().as_deref() == Some(label)).focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(text.to_owned()));
    settle(window);
}

fn comments(window: &Window) -> Comments {
    window.state().workbench().session().comments().clone()
}

fn middle(window: &Window) -> Pos2 {
    let rect = window.get_by_label("Map").rect();
    rect.left_top() + eframe::egui::vec2(rect.width() * 0.4, rect.height() * 0.6)
}

pub fn a_comment_is_pinned_answered_resolved_and_taken_back() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let at = middle(&window);
    secondary(&mut window, at);
    click(&mut window, "Comment here");
    window.get_by_label("New comment");
    write(&mut window, "Comment text", "Look at this bank");
    field(&mut window, "Your name", "Zhang");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "comment-writing");
    write(&mut window, "Comment text", "Look at this bank");
    keys(&mut window, Modifiers::COMMAND, Key::Enter);
    let all = comments(&window);
    assert_eq!(
        (all.all.len(), all.all[0].text.as_str(), all.all[0].author.as_str()),
        (1, "Look at this bank", "Zhang")
    );
    let place = window.state().workbench().map().screen_from_world(all.all[0].at);
    assert!(place.distance(at) < 1.0);
    // Its pin opens it.
    let pin = place + eframe::egui::vec2(4.0, -15.0);
    window.hover_at(pin);
    settle(&mut window);
    window.drag_at(pin);
    window.drop_at(pin);
    settle(&mut window);
    assert_eq!(window.state().workbench().pinned().selected.as_ref(), Some(&all.all[0].id));
    assert!(window.state().workbench().selection().lead().is_none(), "the pin lies over the map");
    write(&mut window, "Write a reply", "Seen it.");
    button(&mut window, "Reply");
    assert_eq!(comments(&window).all[0].answers().count(), 1);
    picture(&mut window, "comment-open");
    button(&mut window, "Resolve");
    assert_eq!(comments(&window).all[0].state, CommentState::Resolved);
    picture(&mut window, "comment-resolved");
    // Every step is taken back, one by one; the comment itself, too.
    for (state, replies, n) in [(CommentState::Open, 1, 1), (CommentState::Open, 0, 1), (CommentState::Open, 0, 0)] {
        keys(&mut window, Modifiers::COMMAND, Key::Z);
        let all = comments(&window);
        assert_eq!((all.all[0].state, all.all[0].answers().count(), all.shown().count()), (state, replies, n));
    }
    keys(&mut window, Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert_eq!(comments(&window).shown().count(), 1);
}

pub fn comments_are_found_filtered_edited_moved_and_deleted() {
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    let at = middle(&window);
    for (n, text) in ["first", "second"].into_iter().enumerate() {
        // The tool, by its key.
        key(&mut window, Key::C);
        assert!(window.state().workbench().map().tools.takes_clicks(), "the tool is in hand");
        let at = at + eframe::egui::vec2(60.0 * n as f32, 0.0);
        window.hover_at(at);
        window.step();
        window.drag_at(at);
        window.drop_at(at);
        settle(&mut window);
        write(&mut window, "Comment text", text);
        keys(&mut window, Modifiers::COMMAND, Key::Enter);
    }
    assert_eq!(comments(&window).shown().count(), 2);
    // By Ctrl K.
    keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(eframe::egui::Event::Text("second".to_owned()));
    settle(&mut window);
    key(&mut window, Key::Enter);
    let second = comments(&window).all[1].id.clone();
    assert_eq!(window.state().workbench().pinned().selected.as_ref(), Some(&second));
    click(&mut window, "Edit comment");
    write(&mut window, "Comment text", "second, changed");
    button(&mut window, "Save");
    assert_eq!(comments(&window).all[1].text, "second, changed");
    // Elsewhere.
    let to = at + eframe::egui::vec2(-40.0, -60.0);
    secondary(&mut window, to);
    click(&mut window, "Move “second, changed” here");
    let moved = comments(&window).all[1].at;
    assert!(window.state().workbench().map().screen_from_world(moved).distance(to) < 1.0);
    button(&mut window, "Resolve");
    click(&mut window, "Open 1");
    assert!(window.query_by_label("second, changed").is_none());
    click(&mut window, "All 2");
    field(&mut window, "Find in comments", "changed");
    assert!(window.query_by_label("first").is_none());
    click(&mut window, "Hide comments on the map");
    picture(&mut window, "comments-filtered");
    click(&mut window, "Show comments on the map");
    button(&mut window, "Delete comment");
    assert_eq!(comments(&window).shown().count(), 1);
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(comments(&window).shown().count(), 2);
}

pub fn comments_stand_beside_the_project_and_two_desks_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet.geojson", "shoreline.geojson"] {
        let map = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan").join(name);
        std::fs::copy(map, folder.path().join(name)).expect("copied");
    }
    let project = folder.path().join("p.shanshui.json");
    let layers = r#"{"shanshui":1,"layers":[{"file":"outlet.geojson","role":"outlet"},{"file":"shoreline.geojson","role":"shoreline"}]}"#;
    std::fs::write(&project, layers).expect("writable");
    let open = || {
        let options = WindowOptions { paths: vec![project.clone()], lang: Some(Lang::Zh), ..WindowOptions::default() };
        let mut window = window(options, [1280.0, 800.0], false);
        settle(&mut window);
        window
    };
    let pin = |window: &mut Window, dx: f32, text: &str| {
        let rect = window.get_by_label("地图").rect();
        let at = rect.center() + eframe::egui::vec2(dx, 60.0);
        secondary(window, at);
        click(window, "在此批注");
        write(window, "批注内容", text);
        keys(window, Modifiers::COMMAND, Key::Enter);
    };
    let (mut one, mut other) = (open(), open());
    pin(&mut one, 0.0, "甲的批注");
    pin(&mut other, 40.0, "乙的批注");
    let kept = Comments::read(&folder.path().join(FILE)).expect("readable");
    let texts: Vec<&str> = kept.shown().map(|comment| comment.text.as_str()).collect();
    assert_eq!(texts, ["甲的批注", "乙的批注"]);
    picture(&mut other, "comments-zh");
    // The first desk sees the other's when its window is looked at again.
    assert_eq!(comments(&one).shown().count(), 1);
    one.event(eframe::egui::Event::WindowFocused(true));
    settle(&mut one);
    assert_eq!(comments(&one).shown().count(), 2);
    assert!(!one.state().workbench().session().is_project_unsaved());
    // The file is no layer of its folder.
    let options = WindowOptions { paths: vec![folder.path().to_owned()], ..WindowOptions::default() };
    let mut third = window(options, [1024.0, 700.0], false);
    settle(&mut third);
    assert_eq!(third.state().workbench().session().layers().len(), 2);
    assert_eq!(comments(&third).shown().count(), 2);
}

pub fn comments_without_a_project_are_kept_by_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journals");
    let options = || WindowOptions {
        demo: true,
        lang: Some(Lang::En),
        journals: Some(journals.clone()),
        ..WindowOptions::default()
    };
    let mut first = window(options(), [1280.0, 800.0], false);
    settle(&mut first);
    let at = middle(&first);
    secondary(&mut first, at);
    click(&mut first, "Comment here");
    write(&mut first, "Comment text", "not lost");
    keys(&mut first, Modifiers::COMMAND, Key::Enter);
    first.get_by_label_contains("Not saved to a file yet");
    first.state_mut().workbench_mut().session_mut().journal_mut().sync();
    // It breaks down: nothing is given back but the lock.
    first.state_mut().workbench_mut().session_mut().journal_mut().flush();
    drop(first);
    let mut next = window(options(), [1280.0, 800.0], false);
    settle(&mut next);
    next.get_by_label_contains("1 comment");
    click(&mut next, "Recover");
    assert_eq!(comments(&next).all[0].text, "not lost");
}
