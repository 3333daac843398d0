//! The server goes, the connection is cut, the disk is full: half a layer, half a table and half an answer are nowhere, and what
//! stood before stands.

use super::refusals::{Counted, cut_after};
use super::rows::of_text;
use super::server::Server;
use crate::program::{run, status, stderr};
use shanshui::io::store::{PutOptions, put};
use shanshui::progress::Progress;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![
        ("a_put_that_is_cut_anywhere_leaves_the_old_table", a_put_that_is_cut_anywhere_leaves_the_old_table),
        ("an_end_that_is_cut_is_told_as_unknown", an_end_that_is_cut_is_told_as_unknown),
        ("a_server_that_ends_takes_no_answer_with_it", a_server_that_ends_takes_no_answer_with_it),
        ("a_server_that_says_nothing_more_is_left", a_server_that_says_nothing_more_is_left),
        ("a_table_in_use_is_told_and_left", a_table_in_use_is_told_and_left),
        ("a_full_disk_leaves_the_old_answers", a_full_disk_leaves_the_old_answers),
    ]
}

fn through(port: u16, database: &str, rest: &str) -> PathBuf {
    PathBuf::from(format!("postgres://owner@127.0.0.1:{port}/{database}{rest}"))
}

/// A layer of so many points, all of this name.
fn points(count: usize, name: &str) -> String {
    let point = |n: usize| {
        let lon = 121.0 + n as f64 * 1e-5;
        format!(
            r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"Point","coordinates":[{lon:.5},31]}}}}"#
        )
    };
    let all: Vec<String> = (0..count).map(point).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","))
}

/// How many rows a table has, and what they are called; `None` where there is none. A cut transaction may still be ending.
fn there(client: &mut postgres::Client, table: &str) -> Option<(i64, String)> {
    let is_there: bool =
        client.query_one("SELECT to_regclass($1::text) IS NOT NULL", &[&table]).expect("an answer").get(0);
    is_there.then(|| {
        let row = client.query_one(&format!("SELECT count(*), coalesce(min(name), '') FROM {table}"), &[]);
        let row = row.expect("an answer");
        (row.get(0), row.get(1))
    })
}

fn a_put_that_is_cut_anywhere_leaves_the_old_table(server: &Server) {
    let mut client = server.database("cut_put");
    let new = of_text(&points(500, "new"));
    let overwrite = PutOptions { overwrite: true, ..PutOptions::default() };
    // How much a whole one says, found by cutting later and later.
    let mut done = 0;
    let mut cut = 0;
    for round in 0_usize.. {
        let bytes = 60 + round * 1_999;
        let table = format!("plan.t{}", round % 2);
        // Into nothing, and in the place of a table.
        if round % 2 == 1 && there(&mut client, &table).is_none_or(|(_, name)| name != "old") {
            put(
                Path::new(&server.url("cut_put", &format!("?table={table}"))),
                &of_text(&points(3, "old")),
                overwrite,
                &Progress::default(),
            )
            .unwrap_or_else(|e| panic!("{e}"));
        }
        let before = there(&mut client, &table);
        let url = through(cut_after(server.port, bytes, Counted::Client), "cut_put", &format!("?table={table}"));
        match put(&url, &new, overwrite, &Progress::default()) {
            Ok(_) => done += 1,
            Err(e) => {
                cut += 1;
                let e = e.to_string();
                // The server may still be ending the one that was cut before.
                let is_told = ["lost", "cannot be reached", "in use"].iter().any(|word| e.contains(word));
                assert!(is_told, "{bytes}: {e}");
                // What the server still does with a connection that went takes a moment.
                let started = Instant::now();
                while there(&mut client, &table) != before && started.elapsed() < Duration::from_secs(5) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                assert_eq!(there(&mut client, &table), before, "cut after {bytes} bytes: {e}");
            }
        }
        if done >= 2 {
            break;
        }
        assert!(round < 400, "{bytes} bytes are not enough");
    }
    assert!(cut > 6, "{cut}");
    assert_eq!(there(&mut client, "plan.t0").map(|(rows, _)| rows), Some(500));
    assert_eq!(there(&mut client, "plan.t1"), Some((500, "new".to_owned())));
}

/// The server's last word, that the transaction ended, does not come: it may be done, or not.
fn an_end_that_is_cut_is_told_as_unknown(server: &Server) {
    server.database("cut_end");
    let layer = of_text(&points(3, "new"));
    let mut told = 0;
    // The register is there, and every table that is put from here on takes the place of one.
    let url = server.url("cut_end", "?table=plan.t");
    put(Path::new(&url), &layer, PutOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    // Behind the reading back and before the end of the talk there is nothing but COMMIT.
    let whole = {
        let mut bytes = 2_000;
        loop {
            let url = through(cut_after(server.port, bytes, Counted::Server), "cut_end", "?table=plan.t");
            match put(&url, &layer, PutOptions { overwrite: true, ..PutOptions::default() }, &Progress::default()) {
                Ok(_) => break bytes,
                Err(_) => bytes += 64,
            }
            assert!(bytes < 200_000);
        }
    };
    // The last word is eighteen bytes long; what goes before it differs by some digits.
    for bytes in (whole.saturating_sub(200)..=whole + 32).rev().step_by(5) {
        let url = through(cut_after(server.port, bytes, Counted::Server), "cut_end", "?table=plan.t");
        let options = PutOptions { overwrite: true, ..PutOptions::default() };
        if let Err(e) = put(&url, &layer, options, &Progress::default()) {
            let e = e.to_string();
            // Never told as not written where that is not known.
            told += usize::from(e.contains("it is not known whether") && e.contains("store list"));
            if told > 0 {
                break;
            }
        }
    }
    assert!(told > 0);
}

const MANY: &str = "CREATE TABLE outlet (n int PRIMARY KEY, geom geometry(Point, 4326), name text);
    INSERT INTO outlet SELECT n, ST_SetSRID(ST_MakePoint(121, 31), 4326), repeat('甲', 400) FROM generate_series(1, 20000) n;";

/// The whole server's connection ends in the middle of a table: a run, questions, copies and cards are given up.
fn a_server_that_ends_takes_no_answer_with_it(server: &Server) {
    let mut client = server.database("ends");
    client.batch_execute(MANY).expect("a table");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.geojson"), points(1, "b")).expect("writable");
    let mut old: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let commands: [&[&str]; 7] = [
        &["run", "SCHEMA", "-o", "out"],
        &["within", "TABLE", "--of", "b.geojson", "--distance", "9", "-o", "a.geojson"],
        &["nearest", "b.geojson", "--to", "TABLE", "-o", "a.geojson"],
        &["convert", "TABLE", "a.gpkg"],
        &["convert", "TABLE", "a.geojson"],
        &["cards", "SCHEMA", "-o", "a.html"],
        &["info", "TABLE"],
    ];
    for command in commands {
        for bytes in [100_000, 3_000_000] {
            let port = cut_after(server.port, bytes, Counted::Server);
            let (table, schema) = (through(port, "ends", "?table=outlet"), through(port, "ends", "?schema=public"));
            let (table, schema) = (table.display().to_string(), schema.display().to_string());
            let arguments: Vec<&str> = command
                .iter()
                .map(|part| match *part {
                    "TABLE" => &*table,
                    "SCHEMA" => &*schema,
                    part => part,
                })
                .collect();
            let done = run(folder.path(), &arguments);
            let told = stderr(&done);
            let is_told = told.contains("lost") || told.contains("cannot be reached");
            assert!(status(&done) == 3 && is_told, "{command:?}: {told}");
            old.clear();
            for entry in std::fs::read_dir(folder.path()).expect("a folder") {
                let path = entry.expect("an entry").path();
                old.push((path.clone(), std::fs::read(&path).unwrap_or_default()));
            }
            assert_eq!(old.len(), 1, "{command:?} left something: {old:?}");
        }
    }
    // An administrator ends the connection.
    let url = server.url("ends", "?table=outlet");
    let child = Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .args(["convert", &url, "a.geojson", "--lang", "en"])
        .current_dir(folder.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it runs");
    let started = Instant::now();
    let mut ended = 0_i64;
    while ended == 0 && started.elapsed() < Duration::from_secs(20) {
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'shanshui' AND datname = 'ends'";
        ended = client.query_one(sql, &[]).expect("an answer").get(0);
    }
    let done = child.wait_with_output().expect("it ends");
    assert!(ended > 0 && done.status.code() == Some(3), "{ended}: {}", stderr(&done));
    assert!(!folder.path().join("a.geojson").exists());
}

/// A server that passes on so many bytes of what another says, keeps the line, and says nothing more.
fn silent_after(port: u16, bytes: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let Ok((mut near, _)) = listener.accept() else { return };
        let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)) else { return };
        let (Ok(mut from_near), Ok(mut to_far)) = (near.try_clone(), far.try_clone()) else { return };
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from_near, &mut to_far);
            // Whoever waited is gone.
            let _ = to_far.shutdown(Shutdown::Both);
        });
        let mut buffer = [0; 1_024];
        let mut left = bytes;
        while left > 0 {
            let wanted = left.min(buffer.len());
            match far.read(&mut buffer[..wanted]) {
                Ok(read @ 1..) if near.write_all(&buffer[..read]).is_ok() => left -= read,
                _ => return,
            }
        }
        // Both lines stay open until the other thread ends them.
        let _ = far.read_to_end(&mut Vec::new());
    });
    own
}

/// Whoever waits for a server that keeps the line and says nothing more can go (Ctrl C): reading, and putting.
fn a_server_that_says_nothing_more_is_left(server: &Server) {
    let mut client = server.database("silent");
    client.batch_execute(MANY).expect("a table");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.geojson"), points(2_000, "b")).expect("writable");
    let address = |bytes, rest: &str| through(silent_after(server.port, bytes), "silent", rest).display().to_string();
    let b = "b.geojson".to_owned();
    for arguments in [
        vec!["convert".to_owned(), address(200_000, "?table=outlet"), "a.geojson".to_owned()],
        vec!["convert".to_owned(), b.clone(), address(1_500, "?table=plan.new")],
        vec!["store".to_owned(), "put".to_owned(), b.clone(), address(1_500, "?table=plan.new")],
        vec![
            "buffer".to_owned(),
            b,
            "--distance".to_owned(),
            "9".to_owned(),
            "-o".to_owned(),
            address(1_500, "?table=plan.new"),
        ],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shanshui"))
            .args(&arguments)
            .args(["--lang", "en"])
            .current_dir(folder.path())
            .spawn()
            .expect("it runs");
        std::thread::sleep(Duration::from_millis(2_000));
        assert!(child.try_wait().expect("asked").is_none(), "{arguments:?}: it waits for the server");
        let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
        assert!(interrupted.success());
        let from = Instant::now();
        let ended = loop {
            if let Some(ended) = child.try_wait().expect("asked") {
                break ended;
            }
            if from.elapsed() > Duration::from_secs(5) {
                child.kill().expect("ours");
                panic!("{arguments:?}: Ctrl C does not end it");
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(!ended.success());
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "{arguments:?}");
    }
    assert_eq!(there(&mut client, "plan.new"), None);
}

/// Somebody reads the table that is to be replaced; or this very command does, by another name of the same server.
fn a_table_in_use_is_told_and_left(server: &Server) {
    let mut client = server.database("in_use");
    let url = server.url("in_use", "?table=plan.t");
    put(Path::new(&url), &of_text(&points(3, "old")), PutOptions::default(), &Progress::default())
        .unwrap_or_else(|e| panic!("{e}"));
    let mut reader = server.client("in_use");
    reader.batch_execute("BEGIN; SELECT count(*) FROM plan.t").expect("a reader");
    let overwrite = PutOptions { overwrite: true, ..PutOptions::default() };
    let e = put(Path::new(&url), &of_text(&points(4, "new")), overwrite, &Progress::default()).expect_err("in use");
    assert!(e.to_string().contains("in use"), "{e}");
    reader.batch_execute("COMMIT").expect("a reader");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.geojson"), points(1, "b")).expect("writable");
    let other = url.replace("127.0.0.1", "localhost");
    for arguments in [
        &["convert", &url, &other, "--where", "name = 'no'"][..],
        &["within", &url, "--of", "b.geojson", "--distance", "1", "-o", &other],
        &["within", "b.geojson", "--of", &other, "--distance", "1", "-o", &url],
    ] {
        let done = run(folder.path(), &[arguments, &["--overwrite"]].concat());
        assert_eq!(status(&done), 2, "{arguments:?}: {}", stderr(&done));
    }
    assert_eq!(there(&mut client, "plan.t"), Some((3, "old".to_owned())));
}

/// Answers from a store go to a disk that is full: the old ones stand, and the store is as it was.
fn a_full_disk_leaves_the_old_answers(server: &Server) {
    let mut client = server.database("disk_full");
    client.batch_execute(MANY).expect("a table");
    let url = server.url("disk_full", "?table=outlet");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.geojson"), points(1, "b")).expect("writable");
    let program = env!("CARGO_BIN_EXE_shanshui");
    let within = format!("within '{url}' --of b.geojson --distance 99000 -o a.geojson");
    for arguments in [&*within, &format!("convert '{url}' a.geojson"), &format!("convert '{url}' a.gpkg")] {
        let text = format!("trap '' XFSZ; ulimit -c 0; ulimit -f 64; exec '{program}' {arguments} --lang en");
        let failed = Command::new("sh").args(["-c", &text]).current_dir(folder.path()).output().expect("a shell");
        assert_eq!(failed.status.code(), Some(4), "{arguments}: {}", stderr(&failed));
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["b.geojson"], "{arguments}");
    }
    assert_eq!(there(&mut client, "outlet").map(|(rows, _)| rows), Some(20_000));
}
