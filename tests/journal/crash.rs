//! A fault leaves a report without data, and the program ends as it would have.

use shanshui::session::crash;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The child: breaks down in several ways, with a planner's data in what it says.
fn child(folder: PathBuf, how: &str) {
    crash::install(folder, |text| eprintln!("{text}"));
    let secret = "/home/li/排污口.geojson";
    match how {
        "text" => panic!("{secret}: cannot be read"),
        "index" => {
            let rows: Vec<u8> = secret.bytes().take(3).collect();
            let at = secret.len();
            println!("{}", rows[at]);
        }
        "expect" => drop(std::fs::File::open(secret).expect(secret)),
        "slice" => println!("{}", &secret[..std::env::args().count() % 2 + 10]),
        "again" => {
            // A fault that comes again and again in jobs.
            for _ in 0..50 {
                let _ = std::panic::catch_unwind(|| panic!("again"));
            }
        }
        "thread" => {
            let ended = std::thread::Builder::new().name("map".to_owned()).spawn(|| panic!("on a thread"));
            assert!(ended.expect("started").join().is_err());
        }
        _ => unreachable!("one of those"),
    }
}

#[test]
fn a_fault_leaves_a_report_without_data() {
    if let Some(folder) = std::env::var_os("SHANSHUI_CRASH_CHILD") {
        return child(folder.into(), &std::env::var("SHANSHUI_CRASH_HOW").expect("how"));
    }
    for how in ["text", "index", "expect", "slice", "again", "thread"] {
        let folder = tempfile::tempdir().expect("a folder");
        let crashes = folder.path().join("crash");
        let output = Command::new(std::env::current_exe().expect("this test"))
            .args([
                &*crate::common::named(module_path!(), "a_fault_leaves_a_report_without_data"),
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("SHANSHUI_CRASH_CHILD", &crashes)
            .env("SHANSHUI_CRASH_HOW", how)
            .stdout(Stdio::null())
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("crash report: "), "{how}: {said}");
        assert!(said.contains("panicked"), "it is told as it was: {said}");
        let reports = crash::reports_in(&crashes);
        assert_eq!(reports.len(), if how == "again" { 3 } else { 1 }, "{how}");
        let text = &reports[0].text;
        for part in ["version: ", "system: ", "place: tests/journal/crash.rs:", "message: ", "crash"] {
            assert!(text.contains(part), "{how}: {part} in {text}");
        }
        for data in ["/home/li", "排污口", "geojson"] {
            assert!(!text.contains(data), "{how}: {text}");
        }
        assert_eq!(text.contains("index out of bounds: the len is 3"), how == "index", "{text}");
        reports.iter().for_each(crash::looked_at);
        assert!(crash::reports_in(&crashes).is_empty());
    }
}

/// Where no report can be written the fault is told all the same.
#[test]
fn a_folder_that_cannot_be_made_hides_no_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "a file where the folder should be").expect("writable");
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args([
            &*crate::common::named(module_path!(), "a_fault_leaves_a_report_without_data"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_CRASH_CHILD", blocked.join("crash"))
        .env("SHANSHUI_CRASH_HOW", "text")
        .output()
        .expect("started");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
