//! Ten desks read while one writes: what each reads is one state, of one table and of several.

use super::rows::{of_text, read};
use super::server::Server;
use crate::common::finish;
use serde_json::json;
use shanshui::io::store::{PutOptions, put};
use shanshui::io::{ReadOptions, read_layer};
use shanshui::model::Layer;
use shanshui::progress::Progress;
use shanshui::session::{Command, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![("ten_read_while_one_writes", ten_read_while_one_writes)]
}

const ROWS: usize = 400;
const READERS: usize = 10;

/// What every row of a layer says; one value where it is of one state.
fn said(layer: &Layer) -> BTreeSet<String> {
    layer.rows().map(|row| layer.attributes.get(row, "round").display().into_owned()).collect()
}

/// A table in which every row says a round, and lies that many billionths of a degree further north.
fn made(server: &Server, table: &str) -> PathBuf {
    let features: Vec<_> = (0..ROWS)
        .map(|n| {
            json!({"type": "Feature", "properties": {"name": format!("{table} {n}"), "round": 0},
                   "geometry": {"type": "Point", "coordinates": [121.0 + n as f64 * 1e-4, 31.0]}})
        })
        .collect();
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    let url = PathBuf::from(server.url("crowd", &format!("?table=plan.{table}")));
    put(&url, &of_text(&text), PutOptions::default(), &Progress::default()).expect("put");
    url
}

/// Reads for as long as the writer writes; how often.
fn reads(urls: &[PathBuf; 2], is_over: &AtomicBool) -> usize {
    let mut times = 0;
    while !is_over.load(Ordering::Relaxed) || times == 0 {
        let options = ReadOptions::default().in_one_snapshot();
        let [one, other] =
            urls.each_ref().map(|url| read_layer(url, &options, &Progress::default()).expect("readable"));
        let (rounds, others) = (said(&one), said(&other));
        assert_eq!(one.len(), ROWS);
        assert!(rounds.len() == 1 && rounds == others, "torn: {rounds:?} {others:?}");
        // The geometry is of the same state as the attributes.
        let round: f64 = rounds.iter().next().and_then(|round| round.parse().ok()).expect("a number");
        let lat = one.geometries.positions_of(0)[0].lat;
        assert!((lat - (31.0 + round * 1e-9)).abs() < 1e-10, "{lat} in round {round}");
        times += 1;
    }
    times
}

/// A desk that has the first table open, and sees what others change.
fn watches(url: &Path, is_over: &AtomicBool) -> BTreeSet<String> {
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.execute(Command::Open(vec![url.to_owned()], None));
    finish(&mut session);
    let mut seen = BTreeSet::new();
    let mut look = |session: &mut Session| {
        session.poll();
        let [open] = session.layers() else { panic!("one layer") };
        let rounds = said(open.layer());
        assert_eq!(rounds.len(), 1, "torn on the map: {rounds:?}");
        seen.extend(rounds);
    };
    while !is_over.load(Ordering::Relaxed) {
        look(&mut session);
        std::thread::sleep(Duration::from_millis(20));
    }
    // What was written last comes in.
    let until = Instant::now() + Duration::from_secs(30);
    let last = said(&read(&url.display().to_string()));
    while session.layers().first().is_none_or(|open| said(open.layer()) != last) {
        assert!(Instant::now() < until, "the last round did not come");
        look(&mut session);
        std::thread::sleep(Duration::from_millis(20));
    }
    seen
}

/// `SHANSHUI_CROWD=60` lets them read and write for a minute; a few seconds without it.
fn ten_read_while_one_writes(server: &Server) {
    let seconds: u64 = std::env::var("SHANSHUI_CROWD").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(4);
    let mut client = server.database("crowd");
    let urls = [made(server, "outlet"), made(server, "park")];
    let (is_over, read_times) = (AtomicBool::new(false), AtomicUsize::new(0));
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut rounds = 0;
    let seen = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| scope.spawn(|| read_times.fetch_add(reads(&urls, &is_over), Ordering::Relaxed)))
            .collect();
        let watcher = scope.spawn(|| watches(&urls[0], &is_over));
        while Instant::now() < until {
            rounds += 1;
            let mut transaction = client.transaction().expect("begun");
            for table in ["outlet", "park"] {
                // A row after another, so that a reader could see half of them.
                let update = format!(
                    "UPDATE plan.{table} SET round = {rounds}, \
                     geom = ST_SetSRID(ST_MakePoint(ST_X(geom), 31.0 + {rounds} * 1e-9), ST_SRID(geom))"
                );
                transaction.batch_execute(&update).expect("written");
            }
            transaction.commit().expect("committed");
        }
        is_over.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| {
            reader.join().expect("no reading was torn");
        });
        watcher.join().expect("nothing on the map was torn")
    });
    let times = read_times.load(Ordering::Relaxed);
    println!(
        "{times} readings of two tables by {READERS} desks beside {rounds} rounds in {seconds} s; the map saw {}",
        seen.len()
    );
    assert!(rounds > 1 && times >= READERS && seen.len() > 1, "{rounds} {times} {seen:?}");
}
