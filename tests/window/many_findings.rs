//! Many findings in the window: what is remarked on them holds no frame, and is in the file when the window is closed.

use super::frames::Frames;
use super::{Window, settle, window};
use eframe::egui::accesskit::Role as Access;
use egui_kittest::kittest::Queryable as _;
use shanshui::cli::WindowOptions;
use shanshui::i18n::Lang;
use shanshui::rules::findings::{FILE, Finding, Findings, Remark, State};
use shanshui::session::Command;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A project with so many findings in this folder.
pub fn project_of(folder: &Path, findings: usize) -> PathBuf {
    let one = |n: usize| -> Finding {
        let json = serde_json::json!({"id": format!("r/outlet/WP-{n:07}"), "rule": "r", "role": "outlet", "subject": format!("WP-{n:07}"),
            "name": format!("WP-{n:07}"), "with": "长江饮用水水源一级保护区", "verdict": "ban", "state": "发现",
            "reason": "位于饮用水水源一级保护区内（《中华人民共和国水污染防治法》第六十四条）",
            "found_on": "2026-01-01", "seen_on": "2026-01-01", "history": [{"on": "2026-01-01", "what": "发现"}]});
        let at = [121.3 + (n % 1_000) as f64 / 2e3, 31.2 + (n / 1_000) as f64 / 2e3];
        let geometry = serde_json::json!({"type": "Point", "coordinates": at});
        Finding { geometry, ..serde_json::from_value(json).expect("a finding") }
    };
    Findings::of((0..findings).map(one).collect()).write(&folder.join(FILE)).expect("writable");
    let project = folder.join("p.shanshui.json");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("maps/baoshan/district.geojson");
    std::fs::copy(from, folder.join("district.geojson")).expect("copied");
    std::fs::write(&project, r#"{"shanshui":1,"layers":[{"file":"district.geojson"}]}"#).expect("writable");
    project
}

fn opened(project: &Path, frames: &mut Frames) -> Window {
    let options = WindowOptions {
        paths: vec![project.to_owned()],
        lang: Some(Lang::En),
        journals: Some(project.with_file_name("journal")),
        settings: Some(project.with_file_name("settings")),
        ..WindowOptions::default()
    };
    let mut window = window(options, [1440.0, 900.0], false);
    frames.name("open".to_owned());
    rest(&mut window, frames);
    window
}

/// Measured frames until nothing runs.
fn rest(window: &mut Window, frames: &mut Frames) {
    let (start, mut quiet) = (Instant::now(), 0);
    while quiet < 4 {
        frames.step(window);
        quiet = if window.state().workbench().is_settled() { quiet + 1 } else { 0 };
        assert!(start.elapsed() < Duration::from_secs(600), "the window does not come to rest");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// `SHANSHUI_FINDINGS=100000 cargo test --release --test window -- --nocapture remarks_on_many` tells what frames take.
pub fn remarks_on_many_findings_hold_no_frame() {
    let findings = std::env::var("SHANSHUI_FINDINGS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let folder = tempfile::tempdir().expect("a folder");
    let project = project_of(folder.path(), findings);
    let mut frames = Frames::default();
    let mut window = opened(&project, &mut frames);
    assert_eq!(window.state().workbench().session().findings().all.len(), findings);
    let tabs: Vec<_> = window.query_all_by_label("Findings").collect();
    tabs.into_iter().next().expect("a tab").click();
    frames.name("the tab".to_owned());
    rest(&mut window, &mut frames);
    for n in 0..4 {
        let name = format!("WP-{n:07}");
        window.get_by(|node| node.role() == Access::Button && node.label().as_deref() == Some(&*name)).click();
        frames.name("a finding opened".to_owned());
        rest(&mut window, &mut frames);
        window.get_by(|node| node.role() == Access::Button && node.label().as_deref() == Some("Passed on")).click();
        frames.name("passed on".to_owned());
        for _ in 0..3 {
            frames.step(&mut window);
        }
        // The next while the first is on its way.
        let remark = Command::Remark(format!("r/outlet/{name}"), Remark::Owner(format!("张{n}")));
        frames.name("owner".to_owned());
        frames.measure(|| window.state_mut().workbench_mut().session_mut().execute(remark));
        frames.step(&mut window);
        frames.name("on its way".to_owned());
        rest(&mut window, &mut frames);
        window.get_by(|node| node.role() == Access::Button && node.label().as_deref() == Some(&*name)).click();
        rest(&mut window, &mut frames);
    }
    frames.tell(&format!("{findings} findings"));
    // What a remark took on the window's thread before.
    let mut once = Frames::default();
    once.measure(|| {
        let file = folder.path().join(FILE);
        let own = window.state().workbench().session().findings().clone();
        own.behind(Findings::read(&file).expect("readable")).write(&file).expect("writable");
    });
    once.tell("reading, merging and writing them once");
    let kept = Findings::read(&folder.path().join(FILE)).expect("readable");
    assert_eq!(kept.all.len(), findings);
    for n in 0..4 {
        assert_eq!((kept.all[n].state, kept.all[n].owner.clone()), (State::PassedOn, format!("张{n}")));
    }
    assert!(!window.state().workbench().session().is_project_unsaved());
    settle(&mut window);
}
