//! What cannot be done: said with cause and way out, with no password and no half layer.

use super::rows::{of_text, read};
use super::server::{LOCKED, PASSWORD, Server};
use crate::program::{run, status, stderr};
use shanshui::io::store::{PutOptions, put};
use shanshui::io::{ReadOptions, read_layer};
use shanshui::progress::Progress;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![
        ("passwords_come_from_their_places_and_are_never_shown", passwords_come_from_their_places_and_are_never_shown),
        ("what_is_not_there_is_named", what_is_not_there_is_named),
        ("missing_rights_are_named", missing_rights_are_named),
        ("systems_that_nobody_knows_are_refused", systems_that_nobody_knows_are_refused),
        ("a_connection_that_is_cut_gives_no_half_layer", a_connection_that_is_cut_gives_no_half_layer),
        ("a_table_is_replaced_only_when_asked", a_table_is_replaced_only_when_asked),
        ("a_put_that_fails_leaves_everything_as_it_was", a_put_that_fails_leaves_everything_as_it_was),
        ("a_standby_serves_readers", a_standby_serves_readers),
        ("addresses_that_are_none_are_refused", addresses_that_are_none_are_refused),
    ]
}

const POINT: &str = "CREATE TABLE outlet (n int PRIMARY KEY, geom geometry(Point, 4326)); INSERT INTO outlet VALUES (1, 'SRID=4326;POINT(121 31)');";

fn failure(url: &str) -> String {
    read_layer(Path::new(url), &ReadOptions::default(), &Progress::default()).expect_err(url).to_string()
}

/// `info` of the table as the user with a password.
fn info(server: &Server, variables: &[(&str, &str)], rest: &str) -> (i32, String) {
    let url = format!("postgres://{LOCKED}@127.0.0.1:{}/secret?table=outlet{rest}", server.port);
    let mut command = Command::new(env!("CARGO_BIN_EXE_shanshui"));
    command.args(["info", &url, "--lang", "en"]).env_remove("PGPASSWORD").env("HOME", "/nonexistent");
    command.envs(variables.iter().copied());
    let output = command.output().expect("it runs");
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(!all.contains(PASSWORD) && !all.contains("wr0ng"), "{all}");
    (output.status.code().expect("a status"), all)
}

fn passwords_come_from_their_places_and_are_never_shown(server: &Server) {
    let mut client = server.database("secret");
    client.batch_execute(&format!("{POINT} GRANT SELECT ON outlet TO {LOCKED}")).expect("a table");
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(info(server, &[("PGPASSWORD", PASSWORD)], "").0, 0);
    let (status, told) = info(server, &[("PGPASSWORD", "wr0ng")], "");
    assert!(status == 3 && told.contains("refused the password of “locked”"), "{told}");
    let (status, told) = info(server, &[], "");
    assert!(status == 3 && told.contains("none was found") && told.contains(".pgpass"), "{told}");
    let file = folder.path().join("pass");
    let line = format!("127.0.0.1:{}:*:{LOCKED}:{PASSWORD}\n", server.port);
    std::fs::write(&file, line).expect("writable");
    let permit = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(&file, mode).expect("ours");
    };
    permit(0o600);
    let path = file.display().to_string();
    assert_eq!(info(server, &[("PGPASSFILE", &path)], "").0, 0);
    permit(0o644);
    let (status, told) = info(server, &[("PGPASSFILE", &path)], "");
    assert!(status == 3 && told.contains("chmod 600"), "{told}");
    let services = folder.path().join("services");
    std::fs::write(&services, format!("[plan]\npassword={PASSWORD}\n")).expect("writable");
    let services = services.display().to_string();
    assert_eq!(info(server, &[("PGSERVICEFILE", &services), ("PGSERVICE", "plan")], "").0, 0);
    assert_eq!(info(server, &[("PGSERVICEFILE", &services)], "&service=plan").0, 0);
    let (status, told) = info(server, &[("PGPASSWORD", PASSWORD)], "&sslmode=require");
    assert!(status == 3 && told.contains("no TLS") && told.contains("SSH tunnel"), "{told}");
}

fn what_is_not_there_is_named(server: &Server) {
    let mut client = server.database("there");
    client.batch_execute(POINT).expect("a table");
    let e = failure(&server.url("there", "?table=outlets"));
    assert!(e.contains("public.outlets") && e.contains("The schema has outlet"), "{e}");
    let e = failure(&server.url("there", "?table=plan.outlet"));
    assert!(e.contains("plan.outlet") && e.contains("empty or not there"), "{e}");
    let e = failure(&server.url("there", "?table=outlet&geometry=shape"));
    assert!(e.contains("“shape”"), "{e}");
    let e = failure(&server.url("no_such", "?table=outlet"));
    assert!(e.contains("no database “no_such”"), "{e}");
    client.batch_execute("CREATE TABLE river AS SELECT * FROM outlet").expect("a table");
    let e = failure(&server.url("there", ""));
    assert!(e.contains("outlet, river") && e.contains("--layer"), "{e}");
    let layer = ReadOptions { layer: Some("river".to_owned()), ..ReadOptions::default() };
    let url = server.url("there", "");
    assert_eq!(read_layer(Path::new(&url), &layer, &Progress::default()).expect("named").name, "river");
    // Nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let e = failure(&format!("postgres://owner@127.0.0.1:{free}/there?table=outlet"));
    assert!(e.contains("cannot be reached") && e.contains(&free.to_string()), "{e}");
}

fn missing_rights_are_named(server: &Server) {
    let mut client = server.database("rights");
    client.batch_execute(&format!("CREATE SCHEMA plan; SET search_path = plan, public; {POINT}")).expect("a table");
    let of_reader = |rest: &str| server.url("rights", rest).replace("owner@", "reader@");
    let e = failure(&of_reader("?table=plan.outlet"));
    assert!(e.contains("plan.outlet") && e.contains("GRANT SELECT"), "{e}");
    let folder = tempfile::tempdir().expect("a folder");
    let done = run(folder.path(), &["run", &of_reader("?schema=plan"), "-o", "out"]);
    assert!(status(&done) == 3 && stderr(&done).contains("GRANT SELECT"), "{}", stderr(&done));
    assert!(!folder.path().join("out").exists());
    let listed = run(folder.path(), &["store", "list", &of_reader("?schema=plan")]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("may not be read"), "{}", stderr(&listed));
    client.batch_execute("GRANT USAGE ON SCHEMA plan TO reader; GRANT SELECT ON outlet TO reader").expect("granted");
    assert_eq!(read(&of_reader("?table=plan.outlet")).len(), 1);
    // Who may only read can neither put nor make the register.
    for arguments in [&["store", "init"][..], &["store", "put", "a.geojson"]] {
        std::fs::write(folder.path().join("a.geojson"), r#"{"type":"Point","coordinates":[121,31]}"#)
            .expect("writable");
        let url = of_reader("?schema=plan");
        let done = run(folder.path(), &[arguments, &[&url]].concat());
        assert!(status(&done) == 3 && stderr(&done).contains("store init"), "{}", stderr(&done));
    }
    // With a register of the owner's, rights on the schema are what is missing.
    assert_eq!(status(&run(folder.path(), &["store", "init", &server.url("rights", "?schema=plan")])), 0);
    let done = run(folder.path(), &["store", "put", "a.geojson", &of_reader("?schema=plan")]);
    assert!(status(&done) == 3 && stderr(&done).contains("Rights are missing"), "{}", stderr(&done));
    client.batch_execute("GRANT CREATE ON SCHEMA plan TO reader").expect("granted");
    let done = run(folder.path(), &["store", "put", "a.geojson", &of_reader("?schema=plan")]);
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    // Nobody enters another's table.
    let mut reader = postgres::Client::connect(
        &format!("host=127.0.0.1 port={} user=reader dbname=rights", server.port),
        postgres::NoTls,
    )
    .expect("a connection");
    let e =
        reader.batch_execute("SELECT shanshui.enter('plan', 'outlet', 'x', NULL, NULL, true)").expect_err("not theirs");
    assert_eq!(e.code().map(|code| code.code().to_owned()).as_deref(), Some("42501"));
}

fn systems_that_nobody_knows_are_refused(server: &Server) {
    let mut client = server.database("systems");
    client
        .batch_execute(
            "CREATE TABLE secret (n int PRIMARY KEY, geom geometry(Point, 2437)); INSERT INTO secret VALUES (1, 'SRID=2437;POINT(500000 3400000)');
             CREATE TABLE mixed (n int PRIMARY KEY, geom geometry);
             INSERT INTO mixed VALUES (1, 'SRID=4326;POINT(121 31)'), (2, 'SRID=4490;POINT(121 31)');
             INSERT INTO spatial_ref_sys (srid, srtext) VALUES (990002, 'NONSENSE');
             CREATE TABLE odd (n int PRIMARY KEY, geom geometry(Point, 990002)); INSERT INTO odd VALUES (1, 'SRID=990002;POINT(1 2)');
             CREATE TABLE gone (n int PRIMARY KEY, geom geometry(Point, 990003)); INSERT INTO gone VALUES (1, 'SRID=990003;POINT(1 2)');",
        )
        .expect("tables");
    for (table, parts) in [
        ("secret", &["EPSG:2437"][..]),
        ("mixed", &["4326, 4490", "view"]),
        ("odd", &["NONSENSE"]),
        ("gone", &["990003", "spatial_ref_sys"]),
    ] {
        let e = failure(&server.url("systems", &format!("?table={table}")));
        assert!(parts.iter().all(|part| e.contains(part)), "{table}: {e}");
    }
}

/// Whose bytes a relay counts.
#[derive(Clone, Copy)]
pub(super) enum Counted {
    /// Those of the server behind it.
    Server,
    /// Those of who asks.
    Client,
}

/// A server that passes on what two say to one another until one has said so many bytes, and then hangs up on both.
pub(super) fn cut_after(port: u16, bytes: usize, counted: Counted) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let Ok((near, _)) = listener.accept() else { return };
        let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { return };
        let (mut from, mut to) = match counted {
            Counted::Server => (far, near),
            Counted::Client => (near, far),
        };
        let (Ok(mut back_from), Ok(mut back_to)) = (to.try_clone(), from.try_clone()) else { return };
        std::thread::spawn(move || {
            // Ends with either side.
            let _ = std::io::copy(&mut back_from, &mut back_to);
        });
        let mut left = bytes;
        let mut buffer = [0; 4_096];
        while left > 0 {
            let wanted = left.min(buffer.len());
            match from.read(&mut buffer[..wanted]) {
                Ok(read @ 1..) if to.write_all(&buffer[..read]).is_ok() => left -= read,
                _ => break,
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
    own
}

fn a_connection_that_is_cut_gives_no_half_layer(server: &Server) {
    let mut client = server.database("cut");
    client
        .batch_execute(
            "CREATE TABLE outlet (n int PRIMARY KEY, geom geometry(Point, 4326), name text);
             INSERT INTO outlet SELECT n, ST_SetSRID(ST_MakePoint(121, 31), 4326), repeat('甲', 50) FROM generate_series(1, 2000) n;",
        )
        .expect("a table");
    let read_through = |bytes| {
        let port = cut_after(server.port, bytes, Counted::Server);
        let url = format!("postgres://owner@127.0.0.1:{port}/cut?table=outlet");
        read_layer(Path::new(&url), &ReadOptions::default(), &Progress::default())
    };
    assert_eq!(read_through(usize::MAX).map(|layer| layer.len()).ok(), Some(2_000));
    let mut whole = 0;
    for bytes in (50..4_000).step_by(397).chain([20_000, 200_000, 300_000, 360_000]) {
        match read_through(bytes) {
            // What came last may have been no row any more.
            Ok(layer) => {
                assert_eq!(layer.len(), 2_000);
                whole += 1;
            }
            Err(e) => {
                let e = e.to_string();
                assert!(e.contains("lost") || e.contains("cannot be reached"), "{bytes}: {e}");
            }
        }
    }
    assert!(whole <= 1, "{whole}");
    // A run is given up as a whole.
    let folder = tempfile::tempdir().expect("a folder");
    let port = cut_after(server.port, 100_000, Counted::Server);
    let url = format!("postgres://owner@127.0.0.1:{port}/cut?schema=public");
    let done = run(folder.path(), &["run", &url, "-o", "out"]);
    assert!(status(&done) == 3 && stderr(&done).contains("lost"), "{}", stderr(&done));
    assert!(!folder.path().join("out").exists(), "nothing is written");
}

const ONE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[121,31]}}]}"#;

fn a_table_is_replaced_only_when_asked(server: &Server) {
    let mut client = server.database("replaced");
    let url = server.url("replaced", "?table=plan.outlet");
    let path = Path::new(&url);
    let (one, two) = (of_text(ONE), of_text(&ONE.replace("\"a\":1", "\"a\":2")));
    put(path, &one, PutOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let e = put(path, &two, PutOptions::default(), &Progress::default()).expect_err("it is there").to_string();
    assert!(e.contains("plan.outlet") && e.contains("--overwrite"), "{e}");
    let cell = || read(&url).attributes.json(0, 0).map(|json| json.into_owned());
    assert_eq!(cell().as_deref(), Some("1"));
    let feed = || read(&url).source.store.as_ref().and_then(|store| store.feed);
    let before = feed().expect("counted");
    let options = PutOptions { overwrite: true, ..PutOptions::default() };
    assert!(put(path, &two, options, &Progress::default()).unwrap_or_else(|e| panic!("{e}")).replaced);
    assert_eq!(cell().as_deref(), Some("2"));
    assert!(feed() > Some(before), "replacing is a change");
    // What others built on a table is not taken away with it.
    client.batch_execute("CREATE VIEW plan.seen AS SELECT * FROM plan.outlet").expect("a view");
    let e = put(path, &one, options, &Progress::default()).expect_err("a view depends on it").to_string();
    assert!(e.contains("depend"), "{e}");
    let view = server.url("replaced", "?table=plan.seen");
    let e = put(Path::new(&view), &one, options, &Progress::default()).expect_err("a view").to_string();
    assert!(e.contains("not a plain table"), "{e}");
    assert_eq!(cell().as_deref(), Some("2"));
}

fn a_put_that_fails_leaves_everything_as_it_was(server: &Server) {
    let mut client = server.database("failing");
    let layer = of_text(ONE);
    let long = server.url("failing", &format!("?table={}", "表".repeat(22)));
    let e =
        put(Path::new(&long), &layer, PutOptions::default(), &Progress::default()).expect_err("too long").to_string();
    assert!(e.contains("63"), "{e}");
    let progress = Progress::default();
    progress.cancel();
    let url = server.url("failing", "?table=plan.outlet");
    put(Path::new(&url), &layer, PutOptions::default(), &progress).expect_err("cancelled");
    let schemas: i64 = client
        .query_one("SELECT count(*) FROM pg_namespace WHERE nspname IN ('plan', 'shanshui')", &[])
        .expect("a count")
        .get(0);
    assert_eq!(schemas, 0);
    // Without PostGIS there is no place for it.
    server.client("postgres").batch_execute("CREATE DATABASE without").expect("a database");
    let url = server.url("without", "?table=plan.outlet");
    let e =
        put(Path::new(&url), &layer, PutOptions::default(), &Progress::default()).expect_err("no PostGIS").to_string();
    assert!(e.contains("CREATE EXTENSION postgis"), "{e}");
}

fn a_standby_serves_readers(server: &Server) {
    let mut client = server.database("kept");
    client.batch_execute(POINT).expect("a table");
    let standby = server.standby();
    let url = standby.url("kept", "?table=outlet");
    let layer = read(&url);
    assert_eq!(
        (layer.len(), layer.source.digest.sha256().ok()),
        (1, read(&server.url("kept", "?table=outlet")).source.digest.sha256().ok())
    );
    let folder = tempfile::tempdir().expect("a folder");
    let done = run(folder.path(), &["run", &standby.url("kept", ""), "-o", "out"]);
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    let e = put(
        Path::new(&standby.url("kept", "?table=plan.x")),
        &of_text(ONE),
        PutOptions::default(),
        &Progress::default(),
    )
    .expect_err("it only reads")
    .to_string();
    assert!(e.contains("standby"), "{e}");
}

fn addresses_that_are_none_are_refused(server: &Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = format!("postgres://owner:{PASSWORD}@127.0.0.1:{}/x", server.port);
    for arguments in [
        &["info", &wrong][..],
        &["run", &wrong, "-o", "out"],
        &["within", &wrong, "--of", "a.geojson", "--distance", "1", "-o", "b.geojson"],
        &["store", "list", &wrong],
        &["view", &wrong, "--screenshot", "a.png"],
        &["report", &wrong, "-o", "a.html"],
        &["inspect", "a", "--zone", &wrong, "-o", "b.geojson"],
        &[&wrong],
    ] {
        let done = run(folder.path(), arguments);
        assert_eq!(status(&done), 2, "{arguments:?}: {}", stderr(&done));
        assert!(stderr(&done).contains("no password") && !stderr(&done).contains(PASSWORD), "{}", stderr(&done));
    }
    for arguments in [
        &["store", "list", "plan.geojson"][..],
        &["run", "a", "-o", "postgres://owner@h/d?schema=plan"],
        &["report", "a", "-o", "postgres://owner@h/d?table=plan.x"],
        &["within", "a", "--of", "b", "--distance", "1", "-o", "postgres://owner@h/d?schema=plan"],
        &["store", "put", "a.geojson", "postgres://owner@h/d", "--role", "no-such-role"],
        &["info", "postgres://owner@h/d?shema=plan"],
        &["store", "list", "postgres://owner@h/d", "--overwrite"],
        &["store", "init", "postgres://owner@h/d", "--crs", "EPSG:4547"],
    ] {
        let done = run(folder.path(), arguments);
        assert_eq!(status(&done), 2, "{arguments:?}: {}", stderr(&done));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was written");
}
