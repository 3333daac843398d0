//! Two desks' findings side by side: what differs, what is taken, one step back.

use super::hands::{keys, unnamed};
use super::tools::key;
use super::*;
use eframe::egui::accesskit::Role as Access;
use shanshui::rules::findings::{FILE, Findings, Remark};

fn baoshan(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan").join(name)
}

fn radio(window: &mut Window, label: &str) {
    window.get_by(|n| n.role() == Access::RadioButton && n.label().as_deref() == Some(label)).click();
    settle(window);
}

pub fn findings_of_two_desks_are_seen_side_by_side_and_merged_in_one_step() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet.geojson", "water_source_zone.geojson"] {
        std::fs::copy(baoshan(name), folder.path().join(name)).expect("copied");
    }
    let project = folder.path().join("p.shanshui.json");
    let layers = r#"{"shanshui":1,"layers":[{"file":"outlet.geojson","role":"outlet"},
        {"file":"water_source_zone.geojson","role":"water_source_zone"}]}"#;
    std::fs::write(&project, layers).expect("writable");
    let options = WindowOptions { paths: vec![project.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    click(&mut window, "Rules");
    click(&mut window, "Outlets in drinking-water protection zones");
    click(&mut window, "Run");
    let own = folder.path().join(FILE);
    // A colleague took a copy, and both went on.
    let mut theirs = Findings::read(&own).expect("written");
    let (id, name) = (theirs.all[0].id.clone(), theirs.all[0].name.clone());
    theirs.all[0].remark(Remark::Owner("Li".into()), "2099-01-01", "2099-01-01T09:00:00.000000000Z");
    theirs.all[0].remark(Remark::Note("theirs".into()), "2020-01-01", "2020-01-01T09:00:00.000000000Z");
    let mut new = theirs.all[1].clone();
    (new.id, new.name) = ("r/outlet/new".into(), "from another desk".into());
    theirs.all.push(new);
    let session = window.state_mut().workbench_mut().session_mut();
    for remark in [Remark::Owner("Zhang".into()), Remark::Note("mine".into())] {
        session.execute(shanshui::session::Command::Remark(id.clone(), remark));
    }
    let n = session.findings().all.len();
    let other = folder.path().join("findings-li.geojson");
    theirs.write(&other).expect("written");
    let before = std::fs::read(&other).expect("readable");
    let owner = |window: &Window| {
        let all = &window.state().workbench().session().findings().all;
        let one = all.iter().find(|one| one.id == id).expect("there").clone();
        (one.owner, one.note, all.len())
    };

    // It is opened like any file, and is no layer.
    keys(&mut window, Modifiers::COMMAND, Key::O);
    type_path(&mut window, OPEN_HINT, &other.display().to_string());
    window.get_by_label("Merge findings");
    window.get_by_label_contains("1 differs, 1 is only theirs");
    window.get_by_label_contains("from another desk");
    assert_eq!(window.query_all_by_label_contains("later").count(), 4, "one for each field, the rule, the button");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "merging");
    key(&mut window, Key::Escape);
    assert_eq!(owner(&window), ("Zhang".into(), "mine".into(), n));

    // By time.
    let open = |window: &mut Window| {
        keys(window, Modifiers::COMMAND, Key::O);
        type_path(window, OPEN_HINT, &other.display().to_string());
    };
    open(&mut window);
    click(&mut window, "Merge");
    assert_eq!(owner(&window), ("Li".into(), "mine".into(), n + 1));
    assert_eq!(Findings::read(&own).expect("readable").all.len(), n + 1, "in the file, too");
    // One step back, in the file too.
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(owner(&window), ("Zhang".into(), "mine".into(), n));
    assert_eq!(Findings::read(&own).expect("readable").all.len(), n);

    // Field by field.
    open(&mut window);
    radio(&mut window, &format!("{name} · Note · Theirs: theirs"));
    radio(&mut window, &format!("{name} · Owner · Here: Zhang"));
    picture(&mut window, "merging-chosen");
    click(&mut window, "Merge");
    assert_eq!(owner(&window), ("Zhang".into(), "theirs".into(), n + 1));
    assert_eq!(std::fs::read(&other).expect("readable"), before, "theirs stays as it is");
    assert_eq!(window.state().workbench().session().layers().len(), 2);
}

pub fn merging_fits_a_small_window_in_chinese_and_dark() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::Zh, [1024.0, 700.0], true);
    click(&mut window, "规则");
    click(&mut window, "饮用水水源保护区内的排污口");
    click(&mut window, "运行");
    let mut theirs = window.state().workbench().session().findings().clone();
    for finding in theirs.all.iter_mut().take(12) {
        finding.remark(Remark::Owner("李工".into()), "2099-01-01", "2099-01-01T09:00:00.000000000Z");
        finding.remark(Remark::Note("现场已看，拟年底前并管".into()), "2099-01-01", "2099-01-01T09:00:00.000000000Z");
    }
    let other = folder.path().join("findings.geojson");
    theirs.write(&other).expect("written");
    window.state_mut().workbench_mut().open(vec![other]);
    settle(&mut window);
    window.get_by_label("合并问题清单");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "merging-zh-dark");
    let screen = window.ctx.content_rect();
    assert!(screen.contains_rect(window.get_by_label("合并").rect()), "the button is in sight");
}
