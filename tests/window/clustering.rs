//! Runs on a cluster, started by labels. A script stands for the program `shanshui-cluster`, whose own tests hold its answers.

use super::*;
#[cfg(unix)]
use std::path::{Path, PathBuf};

/// A program that takes the arguments of `shanshui-cluster local` and does this with them.
#[cfg(unix)]
fn program(folder: &Path, name: &str, body: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    let own = env!("CARGO_BIN_EXE_shanshui");
    std::fs::write(&path, format!("#!/bin/sh\nPRODUCT='{own}'\n{body}\n")).expect("writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("made");
    path
}

#[cfg(unix)]
fn fill(window: &mut Window, field: &str, text: &str) {
    let field = window.get_by(|n| n.role() == Role::TextInput && n.label().as_deref() == Some(field));
    field.focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text(text.to_owned()));
    settle(window);
}

#[cfg(unix)]
fn is_running(window: &Window) -> bool {
    !window.state().workbench().session().jobs().is_empty()
}

#[cfg(not(unix))]
pub fn rules_are_run_on_a_cluster_and_its_answers_opened() {
    println!("the program that stands for the cluster's is a script of Unix: not tried");
}

#[cfg(unix)]
pub fn rules_are_run_on_a_cluster_and_its_answers_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = r#"[ "$1 $2 $3 $7 $8" = "local --workers 2 --progress json" ] || { echo "wrong: $*" >&2; exit 2; }
echo '{"event":"scheduler","address":"127.0.0.1:1"}' >&2
echo '{"event":"work","work":1}' >&2
"$PRODUCT" run "$4" park-500-gaps plot-burdens -o "$6" || exit 4
echo '{"event":"done","works":31,"tiles":496}' >&2"#;
    let works = program(folder.path(), "works", answers);
    let fails = program(folder.path(), "fails", "echo '调度器 10.0.0.1:50050 没有回应' >&2\nexit 3");
    let waits = program(folder.path(), "waits", "echo '{\"event\":\"work\",\"work\":1}' >&2\nexec sleep 600");
    for (lang, size, dark) in [(Lang::Zh, [1280.0, 800.0], false), (Lang::En, [1024.0, 700.0], true)] {
        let options = WindowOptions { lang: Some(lang), ..WindowOptions::default() };
        let mut window = window(options, size, dark);
        settle(&mut window);
        let of = |zh, en| if lang == Lang::Zh { zh } else { en };
        click(&mut window, of("文件", "File"));
        click(&mut window, of("在集群上运行规则…", "Run rules on a cluster…"));
        let out = folder.path().join(of("zh", "en"));
        let [project, answers, program] = match lang {
            Lang::Zh => ["项目或文件夹", "结果文件夹", "程序"],
            Lang::En => ["Project or folder", "Folder for answers", "Program"],
        };
        // What is missing is said, and nothing runs.
        fill(&mut window, program, &folder.path().join("none").display().to_string());
        window.get_by_label_contains(of("找不到程序", "was not found"));
        fill(&mut window, program, &fails.display().to_string());
        fill(&mut window, project, "maps/baoshan");
        fill(&mut window, answers, &out.display().to_string());
        click(&mut window, of("运行", "Run"));
        settle(&mut window);
        window.get_by_label_contains("10.0.0.1:50050");
        window.get_by_label_contains(of("没有得到结果", "There is no answer"));
        assert!(!out.exists());
        // It is given up, and its process with it.
        fill(&mut window, program, &waits.display().to_string());
        window.get_by_label(of("运行", "Run")).click();
        let started = Instant::now();
        while window.query_all_by_label_contains(of("已完成 1 项", "1 task done")).next().is_none() {
            assert!(started.elapsed() < Duration::from_secs(60), "it tells nothing");
            std::thread::sleep(Duration::from_millis(20));
            window.step();
        }
        picture(&mut window, of("cluster-running-zh-light", "cluster-running-en-dark"));
        window.get_all_by_label(of("取消", "Cancel")).next().expect("a button").click();
        settle(&mut window);
        assert!(!is_running(&window));
        fill(&mut window, program, &works.display().to_string());
        click(&mut window, of("运行", "Run"));
        settle(&mut window);
        window.get_by_label_contains(of("31 项运算，496 个分块", "31 tasks in 496 tiles"));
        picture(&mut window, of("cluster-done-zh-light", "cluster-done-en-dark"));
        assert!(out.join("summary.json").is_file());
        let title = window.state().workbench().session().catalogue().get("park-500-gaps").expect("known");
        let title = title.title.text(lang).to_owned();
        click(&mut window, &title);
        click(&mut window, of("打开选中的 1 个结果", "Open 1 answer"));
        settle(&mut window);
        let session = window.state().workbench().session();
        let names: Vec<&str> = session.layers().iter().map(|layer| &*layer.layer().source.file_name).collect();
        assert_eq!(names, ["park-500-gaps.geojson"]);
    }
}
