//! Files that leave something open, on the page that asks about them.

use super::*;
use egui_kittest::kittest::NodeT as _;
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

/// A folder as four offices hand it over: what is read without a word, a ledger, and a drawing.
fn four_offices(folder: &std::path::Path) {
    for (name, out, crs) in [
        ("outlet", "生态局/排污口.shp", "EPSG:4549"),
        ("park", "省厅/公园.gpkg", "EPSG:4528"),
        ("river", "设计院/河道.dxf", "EPSG:4549"),
    ] {
        let path = folder.join(out);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        let input = format!("maps/baoshan/{name}.geojson");
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
            .args(["convert", &input, &path.display().to_string(), "--to-crs", crs])
            .output();
        assert!(program.expect("runs").status.success(), "{out}");
    }
    std::fs::create_dir_all(folder.join("水务局")).expect("writable");
    let ledger = "编号,名称,经度,纬度,X,Y\nA1,南港,121.4,31.3,1,2\nA2,北港,121.41,31.31,3,4\nA3,东港,没有,31.32,5,6\n";
    std::fs::write(folder.join("水务局/台账.csv"), ledger).expect("writable");
}

fn radios(window: &Window) -> Vec<String> {
    window.get_all_by(|n| n.role() == Role::RadioButton).filter_map(|node| node.accesskit_node().label()).collect()
}

pub fn a_folder_of_four_offices_asks_two_questions_on_one_page() {
    let folder = tempfile::tempdir().expect("a folder");
    four_offices(folder.path());
    let options = WindowOptions { lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 1000.0], false);
    settle(&mut window);
    window.state_mut().workbench_mut().open(vec![folder.path().to_owned()]);
    settle(&mut window);
    // What needs no word lies there already; what does is on one page, the likeliest reading chosen.
    let open = |window: &Window| window.state().workbench().session().layers().len();
    assert_eq!(open(&window), 2);
    window.get_by_label("河道.dxf");
    window.get_by_label("台账.csv");
    let labels = radios(&window);
    assert!(labels.iter().any(|label| label.contains("中央经线 120°")), "{labels:?}");
    assert!(labels.iter().any(|label| label.contains("GCJ-02")), "{labels:?}");
    picture(&mut window, "four-offices-zh-light");
    // The row without a position is named with its line.
    assert!(window.query_all_by_label_contains("没有").next().is_some());
    // It may lie further down on the page.
    let shifted = |n: &egui_kittest::kittest::AccessKitNode<'_>| {
        n.role() == Role::RadioButton && n.label().is_some_and(|label| label.contains("GCJ-02"))
    };
    window.get_by(shifted).scroll_to_me();
    settle(&mut window);
    window.get_by(shifted).click();
    settle(&mut window);
    picture(&mut window, "four-offices-ledger-zh-light");
    let button = window.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with("打开 ")));
    button.click();
    settle(&mut window);
    let session = window.state().workbench().session();
    let layer = |name: &str| {
        session.layers().iter().find(|open| open.layer().source.file_name.contains(name)).expect("open").layer().clone()
    };
    let at = layer("台账").geometries.positions_of(0)[0];
    assert!((at.lon - 121.4).abs() > 0.003 && (at.lon - 121.4).abs() < 0.006, "shifted back: {at:?}");
    let (rivers, outlets) = (layer("河道").bounds, layer("排污口").bounds);
    assert!(rivers.intersects(&outlets), "{rivers:?} {outlets:?}");
    picture(&mut window, "four-offices-open-zh-light");
    // The same office again: what was said is chosen.
    let again = folder.path().join("水务局/台账二.csv");
    std::fs::write(&again, "编号,经度,纬度\nB1,121.42,31.35\n").expect("writable");
    window.state_mut().workbench_mut().open(vec![again]);
    settle(&mut window);
    let chosen = window.get_by(|n| n.role() == Role::RadioButton && n.label().is_some_and(|l| l.contains("GCJ-02")));
    assert_eq!(chosen.accesskit_node().toggled(), Some(eframe::egui::accesskit::Toggled::True));
}

pub fn columns_and_delimiters_are_chosen_on_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("测点.csv");
    let text = "编号;甲;乙;丙;丁\n1;345678.9;3476543.2;445678.9;3376543.2\n2;346000;3477000.5;446000;3377000.5\n";
    std::fs::write(&path, text).expect("writable");
    let options = WindowOptions { lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    window.state_mut().workbench_mut().open(vec![path]);
    settle(&mut window);
    picture(&mut window, "columns-en-light");
    let shown = |window: &Window, choice: &str| {
        let combo = window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice));
        combo.accesskit_node().value().unwrap_or_default()
    };
    const X: &str = "Longitude / X column";
    const Y: &str = "Latitude / Y column";
    // Taken by their values; chosen otherwise, the sample and the readings are of the others.
    assert_eq!([shown(&window, "Delimiter"), shown(&window, X), shown(&window, Y)], [";", "甲", "乙"]);
    window.get_by_label_contains("x 345678.900");
    for (choice, column) in [(X, "丙"), (Y, "丁")] {
        window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice)).click();
        settle(&mut window);
        // The heading of the sample is called so too.
        window.get_by(|n| n.role() == Role::Button && n.label().as_deref() == Some(column)).click();
        settle(&mut window);
    }
    assert_eq!([shown(&window, X), shown(&window, Y)], ["丙", "丁"]);
    window.get_by_label_contains("x 445678.900");
    click(&mut window, "Open 1 layer");
    let session = window.state().workbench().session();
    let columns = session.layers()[0].read_as.columns.clone();
    assert_eq!(columns, Some(vec!["丙".to_owned(), "丁".to_owned()]));
}

pub fn every_sheet_of_a_workbook_has_columns_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    // An archive of two tables with other headings, as sheets of a workbook are.
    let path = folder.path().join("台账.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("writable"));
    for (name, head, by) in [("一月", "编号,甲,乙,丙,丁", 0.0), ("二月", "序号,东,北,东二,北二", 10_000.0)]
    {
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).expect("writable");
        let row = |i: f64| {
            format!("{i},{},{},{},{}\n", 345_678.9 + by + i, 3_476_543.2 + i, 445_678.9 + by + i, 3_376_543.2 + i)
        };
        let text = format!("{head}\n{}{}{}", row(1.0), row(2.0), row(3.0));
        std::io::Write::write_all(&mut zip, text.as_bytes()).expect("writable");
    }
    zip.finish().expect("writable");
    let options = WindowOptions { lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    window.state_mut().workbench_mut().open(vec![path]);
    settle(&mut window);
    let take = |window: &mut Window, choice: &str, column: &str| {
        window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice)).click();
        settle(window);
        window.get_by(|n| n.role() == Role::Button && n.label().as_deref() == Some(column)).click();
        settle(window);
    };
    const X: &str = "经度 / X 列";
    const Y: &str = "纬度 / Y 列";
    for (sheet, [x, y]) in [(0, ["丙", "丁"]), (1, ["东二", "北二"])] {
        window.get_all_by_label("查看各行").nth(sheet).expect("two").click();
        settle(&mut window);
        take(&mut window, X, x);
        take(&mut window, Y, y);
    }
    picture(&mut window, "columns-of-sheets-zh-light");
    click(&mut window, "打开 2 个图层");
    let session = window.state().workbench().session();
    let mut columns: Vec<_> = session.layers().iter().filter_map(|layer| layer.read_as.columns.clone()).collect();
    columns.sort();
    assert_eq!(columns, [["丙", "丁"], ["东二", "北二"]].map(|names| names.map(str::to_owned).to_vec()));
    assert!(session.layers().iter().all(|layer| layer.layer().geometries.kind(0).is_some()));
}

pub fn of_a_large_file_what_the_map_shows_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = |i: usize| format!("{i},{},{}\n", 121.0 + (i % 600) as f64 * 0.005, 30.5 + (i / 600) as f64 * 0.003);
    let rows: String = (0..300_000).map(row).collect();
    std::fs::write(folder.path().join("large.csv"), format!("编号,经度,纬度\n{rows}")).expect("writable");
    let path = folder.path().join("large.fgb");
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .current_dir(folder.path())
        .args(["convert", "large.csv", "large.fgb", "--crs", "EPSG:4326"])
        .output();
    assert!(program.expect("runs").status.success());
    // Nothing is left for what is not small.
    let read = ReadOptions { room: Some(shanshui::io::Room::new(|| 0)), ..ReadOptions::default() };
    let paths = vec!["maps/baoshan/outlet.geojson".into()];
    let options = WindowOptions { lang: Some(Lang::Zh), read, paths, ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    window.state_mut().workbench_mut().open(vec![path]);
    settle(&mut window);
    window.get_by_label_contains("需要大量内存");
    picture(&mut window, "part-of-file-zh-light");
    click(&mut window, "只读地图所示范围");
    settle(&mut window);
    let session = window.state().workbench().session();
    let part = session.layers().iter().find(|layer| layer.layer().source.file_name == "large.fgb").expect("open");
    let bbox = part.read_as.bbox.expect("a part");
    assert!(part.layer().len() > 100 && part.layer().len() < 200_000, "{}", part.layer().len());
    assert!((0..part.layer().len()).all(|row| bbox.meets(&part.layer().geometries.bounds(row))));
    assert!(part.layer().problems.iter().any(|problem| problem.row.is_none()));
}
