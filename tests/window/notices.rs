//! What the window tells: notices that cover no control, rows that do not read as all clear, what is open already.

use super::following::tab;
use super::*;
use eframe::egui::Rect;
use egui_kittest::kittest::NodeT as _;
use std::path::PathBuf;

pub fn notices_cover_no_control_and_are_few() {
    for size in [[1024.0, 700.0], [1280.0, 800.0], [1440.0, 900.0]] {
        let mut window = demo(Lang::En, size, false);
        let buttons = |window: &Window, is_close: bool| -> Vec<Rect> {
            let all = window.get_all_by(|n| n.role() == Role::Button && n.label().is_some());
            let wanted = all.filter(|n| (n.accesskit_node().label().as_deref() == Some("Close")) == is_close);
            wanted.map(|n| n.rect()).filter(|rect| rect.is_positive()).collect()
        };
        let files: Vec<PathBuf> = (0..5).map(|n| PathBuf::from(format!("/nowhere/{n}.geojson"))).collect();
        window.state_mut().workbench_mut().open(files);
        settle(&mut window);
        picture(&mut window, &format!("notices-{}", size[0]));
        let closes = buttons(&window, true);
        assert_eq!(closes.len(), 3, "{size:?}");
        window.get_by_label_contains("2 more");
        let whole = Rect::from_min_size(eframe::egui::Pos2::ZERO, size.into());
        for close in &closes {
            assert!(whole.contains_rect(*close), "{close:?} at {size:?}");
            for other in buttons(&window, false) {
                assert!(!other.intersects(*close), "{close:?} covers {other:?} at {size:?}");
            }
        }
        for left in [4, 3, 2, 1, 0_usize] {
            window.get_all_by_label("Close").next().expect("a notice").click();
            settle(&mut window);
            assert_eq!(window.query_all_by_label("Close").count(), left.min(3), "{size:?}");
        }
    }
}

pub fn a_rule_that_left_something_open_is_marked() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    tab(&mut window, "Rules");
    click(&mut window, "Run all");
    let session = window.state().workbench().session();
    let is_open = |result: &&shanshui::session::RuleResult| {
        !result.answer.not_checked.is_empty() || !result.answer.unknown_values.is_empty()
    };
    let open = session.rule_results().iter().filter(is_open).count();
    assert!(open > 0 && open < session.rule_results().len(), "{open}");
    let marks = window.query_all_by_label_contains("some values are unknown or something was not checked").count();
    assert!(marks > 0 && marks <= open, "{marks} of {open}");
    picture(&mut window, "rules-open");
}

pub fn a_file_that_is_open_is_not_opened_again() {
    let mut window = window(WindowOptions { lang: Some(Lang::En), ..WindowOptions::default() }, [1280.0, 800.0], false);
    settle(&mut window);
    let file = PathBuf::from("maps/baoshan/outlet.geojson");
    for _ in 0..2 {
        window.state_mut().workbench_mut().open(vec![file.clone()]);
        settle(&mut window);
    }
    assert_eq!(window.state().workbench().session().layers().len(), 1);
    window.get_by_label_contains("the same file as outlet.geojson");
}
