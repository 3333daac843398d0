//! Two versions or two answers side by side on the map: swiped, and each in a half of its own.

use super::tools::{drag, key, tap};
use super::*;
use eframe::egui::{PointerButton, pos2, vec2};
use shanshui::model::Role as LayerRole;
use shanshui::ui::map::picking::Hit;

/// Chooses from the menu of a layer what it is to be held beside.
fn compare(window: &mut Window, layer: &str, other: &str) {
    window.get_by(|n| n.role() == Role::Button && n.label().as_deref() == Some(layer)).click_secondary();
    settle(window);
    window.get_by_label_contains("Compare with").click();
    settle(window);
    window
        .get_all_by(|n| n.role() == Role::Button && n.label().as_deref() == Some(other))
        .max_by(|a, b| a.rect().left().total_cmp(&b.rect().left()))
        .expect("right of the list of layers, which has it too")
        .click();
    settle(window);
}

pub fn two_layers_are_swiped_and_seen_side_by_side() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let of = |window: &Window, role| window.state().workbench().session().by_role(role).expect("open").clone();
    let (parks, homes) = (of(&window, LayerRole::Park), of(&window, LayerRole::Residential));
    // Nothing else is in the way.
    let others: Vec<_> = window.state().workbench().session().layers().iter().map(|layer| layer.key).collect();
    for key in others.into_iter().filter(|key| ![parks.key, homes.key].contains(key)) {
        let hide = shanshui::session::Command::SetVisible(key, false);
        window.state_mut().workbench_mut().session_mut().execute(hide);
    }
    settle(&mut window);
    compare(&mut window, "Parks", "Residential land");
    let split = window.state().workbench().split().expect("compared");
    assert_eq!((split.left, split.right, split.is_apart), (parks.key, homes.key, false));
    window.remove_cursor();
    settle(&mut window);
    picture(&mut window, "swipe");
    let map = window.get_by_label("Map").rect();
    let line = window.get_by_label("Swipe line").rect();
    assert!((line.center().x - map.center().x).abs() < 2.0, "{line:?} of {map:?}");
    let before = window.render().expect("a picture");
    // A park right of the line is not there, and what lies left of it is no home.
    let at = |window: &Window, layer: &shanshui::session::OpenLayer, row: usize| {
        window.state().workbench().map().screen_from_world(layer.layer().geometries.bounds(row).center())
    };
    let clicked = |window: &mut Window, place| {
        tap(window, place, PointerButton::Primary);
        let hit = window.state().workbench().selection().lead();
        key(window, Key::Escape);
        hit.map(|hit| hit.key)
    };
    // Those whose middle is inside.
    let rows = |layer: &shanshui::session::OpenLayer| {
        let layer = layer.layer();
        let is_inside = |row: &usize| shanshui::index::contains(layer, *row, layer.geometries.bounds(*row).center());
        layer.rows().filter(is_inside).collect::<Vec<_>>()
    };
    let is_clear = |place: eframe::egui::Pos2| {
        map.shrink(60.0).contains(place) && place.x < map.right() - 240.0 && place.x > map.left() + 70.0
    };
    let left =
        rows(&homes).into_iter().map(|row| at(&window, &homes, row)).find(|p| is_clear(*p) && p.x < line.left() - 20.0);
    let right = rows(&homes)
        .into_iter()
        .map(|row| at(&window, &homes, row))
        .find(|p| is_clear(*p) && p.x > line.right() + 20.0);
    assert_ne!(clicked(&mut window, left.expect("a home left of the line")), Some(homes.key));
    assert_eq!(clicked(&mut window, right.expect("a home right of it")), Some(homes.key));
    // The line is dragged, and by the keyboard.
    drag(&mut window, line.center(), pos2(map.left() + 250.0, line.center().y));
    let moved = window.get_by_label("Swipe line").rect();
    assert!((moved.center().x - map.left() - 250.0).abs() < 12.0, "{moved:?}");
    let after = window.render().expect("a picture");
    let changed = before.pixels().zip(after.pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > 5_000, "{changed} pixels");
    window.get_by_label("Swipe line").focus();
    window.step();
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    assert!(window.get_by_label("Swipe line").rect().center().x > moved.center().x + 5.0);
    // Side by side: the same ground twice.
    click(&mut window, "Side by side");
    assert!(window.state().workbench().split().is_some_and(|split| split.is_apart));
    assert!(window.query_by_label("Swipe line").is_none());
    window.remove_cursor();
    settle(&mut window);
    picture(&mut window, "side-by-side");
    let quarter = vec2(map.width() / 4.0, 0.0);
    let park = rows(&parks)
        .into_iter()
        .max_by(|a, b| {
            let area = |row: &usize| {
                let bounds = parks.layer().geometries.bounds(*row);
                (bounds.max.lon - bounds.min.lon) * (bounds.max.lat - bounds.min.lat)
            };
            area(a).total_cmp(&area(b))
        })
        .expect("parks");
    window.state_mut().workbench_mut().go_to(Hit { key: parks.key, row: park });
    settle(&mut window);
    window.state_mut().workbench_mut().map_mut().look(parks.layer().geometries.bounds(park).center(), 20_000.0);
    settle(&mut window);
    let there = at(&window, &parks, park);
    let hover = |window: &mut Window, place| {
        window.hover_at(place);
        settle(window);
        window.state().workbench().map().hover.map(|hit| hit.key)
    };
    assert_eq!(hover(&mut window, there - quarter), Some(parks.key), "on the left as it is in the middle of the left");
    assert_ne!(hover(&mut window, there + quarter), Some(parks.key), "on the right there are none");
    picture(&mut window, "side-by-side-near");
    click(&mut window, "End the comparison");
    assert!(window.state().workbench().split().is_none());
}

pub fn two_answers_are_compared_by_the_search_and_a_hidden_one_ends_it() {
    let mut window = demo(Lang::Zh, [1280.0, 800.0], true);
    click(&mut window, "运行");
    choose(&mut window, "分析类型", "服务盲区");
    click(&mut window, "运行");
    let keys: Vec<_> = window.state().workbench().session().answers().iter().map(|answer| answer.key).collect();
    super::hands::keys(&mut window, Modifiers::COMMAND, Key::K);
    window.event(eframe::egui::Event::Text("卷帘".to_owned()));
    settle(&mut window);
    assert!(window.get_all_by_label_contains("左右对比：").count() > 5, "found by another word");
    // The answers among them, by their name.
    let both = "左右对比：公园绿地 500 米服务盲区 | 长江岸线";
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(both.to_owned()));
    settle(&mut window);
    window.get_all_by_label_contains(both).last().expect("found by its name").click();
    settle(&mut window);
    let split = window.state().workbench().split().expect("compared");
    assert_eq!([split.left, split.right], [keys[0], keys[1]], "the answer that is looked at, and the one before it");
    assert!(window.state().workbench().session().answers().iter().all(|answer| answer.visible));
    window.remove_cursor();
    settle(&mut window);
    picture(&mut window, "swipe-zh-dark");
    assert_eq!(super::hands::unnamed(&window), Vec::<String>::new());
    let hide = shanshui::session::Command::SetVisible(keys[1], false);
    window.state_mut().workbench_mut().session_mut().execute(hide);
    settle(&mut window);
    assert!(window.state().workbench().split().is_none());
}
