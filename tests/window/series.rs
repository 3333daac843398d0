//! Map series: chosen in the print dialog, one PDF of many pages, numbered pictures.

use super::hands::{keys, unnamed};
use super::*;

const PAGE_HINT: &str = "PDF or PNG file, 300 dots to the inch";

fn written(window: &mut Window, file: &std::path::Path) {
    let start = Instant::now();
    while !file.exists() || window.query_all_by_label_contains("Exported to").count() == 0 {
        window.step();
        std::thread::sleep(Duration::from_millis(20));
        assert!(start.elapsed() < Duration::from_secs(240), "{} is not written", file.display());
    }
    settle(window);
}

pub fn a_page_a_town_is_printed_with_an_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1280.0, 800.0], false);
    keys(&mut window, Modifiers::COMMAND, Key::P);
    choose(&mut window, "Map series", "A page a feature: Towns");
    window.get_by_label_contains("13 pages");
    assert!(window.query_all_by_label_contains("1 : ").count() >= 12, "the pages with their scales");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "series-dialog");
    click(&mut window, "Save…");
    let file = folder.path().join("series.pdf");
    type_path(&mut window, PAGE_HINT, &file.display().to_string());
    written(&mut window, &file);
    let bytes = std::fs::read(&file).expect("readable");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("/Count 13") && text.ends_with("%%EOF"));
}
