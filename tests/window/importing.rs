//! Files that leave something open, on the page that asks about them.

use super::*;
use std::path::PathBuf;

/// A table in metres, and an archive of two layers.
fn files(folder: &std::path::Path) -> [PathBuf; 2] {
    let (table, archive) = (folder.join("测点.csv"), folder.join("两层.zip"));
    let text = "名称,东坐标,北坐标\n甲,345678.9,3476543.2\n乙,346000,3477000\n丙,346500.5,3477500\n";
    std::fs::write(&table, text).expect("writable");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).expect("writable"));
    for name in ["outlet", "park"] {
        zip.start_file(format!("{name}.geojson"), zip::write::SimpleFileOptions::default()).expect("writable");
        let bytes = std::fs::read(format!("maps/baoshan/{name}.geojson")).expect("there");
        std::io::Write::write_all(&mut zip, &bytes).expect("writable");
    }
    zip.finish().expect("writable");
    [archive, table]
}

pub fn files_are_opened_once_what_is_open_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    let before = window.state().workbench().session().layers().len();
    window.state_mut().workbench_mut().open(files(folder.path()).to_vec());
    settle(&mut window);
    // Nothing is read as degrees, and nothing is asked one by one.
    assert_eq!(window.state().workbench().session().layers().len(), before);
    window.get_by_label_contains("测点.csv");
    window.get_by_label_contains("两层.zip");
    picture(&mut window, "importing");
    // One of the layers stays out; a reading is chosen by its name.
    window.get_by(|n| n.role() == Role::CheckBox && n.label().as_deref() == Some("park")).click();
    settle(&mut window);
    let zone = |n: &egui_kittest::kittest::AccessKitNode<'_>| {
        n.role() == Role::RadioButton && n.label().is_some_and(|label| label.contains("121.5") || label.contains("120"))
    };
    window.get_all_by(zone).next().expect("a reading").click();
    settle(&mut window);
    click(&mut window, "Open 2 layers");
    let session = window.state().workbench().session();
    let names: Vec<String> = session.layers().iter().map(|open| open.layer().source.file_name.clone()).collect();
    assert!(names.iter().any(|name| name == "测点.csv"), "{names:?}");
    assert!(session.layers().len() > before, "{names:?}");
    let table = session.layers().iter().find(|open| open.layer().source.file_name == "测点.csv").expect("open");
    assert!(table.layer().declared_crs.is_some() && table.read_as.crs.is_some());
}

pub fn a_page_that_is_closed_reads_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window(WindowOptions { lang: Some(Lang::Zh), ..WindowOptions::default() }, [1280.0, 800.0], true);
    settle(&mut window);
    window.state_mut().workbench_mut().open(files(folder.path()).to_vec());
    settle(&mut window);
    picture(&mut window, "importing-zh-dark");
    click(&mut window, "取消");
    assert!(window.state().workbench().session().layers().is_empty());
}
