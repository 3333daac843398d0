//! The shared store against a real PostgreSQL with PostGIS, which these tests start for themselves.
//!
//! A machine without one (Debian: postgresql-15, postgresql-15-postgis-3) skips these tests and says so, unless
//! `SHANSHUI_REQUIRE_POSTGIS=1`.

mod common;
mod program;

#[cfg(unix)]
#[path = "store"]
mod store {
    pub mod crowd;
    pub mod edits;
    pub mod faults;
    pub mod maps;
    pub mod refusals;
    pub mod rows;
    pub mod server;
}

#[cfg(not(unix))]
fn main() {
    println!("the store's tests need Unix: they run a server as another user");
}

#[cfg(unix)]
fn main() {
    use libtest_mimic::{Arguments, Trial};
    use std::sync::{Arc, Mutex};
    use store::server::Server;

    let arguments = Arguments::from_args();
    let server = if arguments.list { None } else { Server::start() };
    let is_required = std::env::var("SHANSHUI_REQUIRE_POSTGIS").is_ok_and(|v| v == "1");
    if !arguments.list && server.is_none() {
        assert!(!is_required, "SHANSHUI_REQUIRE_POSTGIS=1 and no PostgreSQL with PostGIS was found");
        println!("no PostgreSQL with PostGIS was found: the store's tests are skipped");
    }
    let is_there = server.is_some();
    let server = Arc::new(Mutex::new(server));
    let all: Vec<(&str, fn(&Server))> = [
        store::crowd::all(),
        store::edits::all(),
        store::faults::all(),
        store::maps::all(),
        store::rows::all(),
        store::refusals::all(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let trials = all.into_iter().map(|(name, test)| {
        let server = Arc::clone(&server);
        let run = move || {
            let server = server.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            test(server.as_ref().expect("ignored without one"));
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!is_there && !arguments.list)
    });
    let trials = trials.collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Before the program ends, which drops nothing.
    drop(server.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    conclusion.exit();
}
