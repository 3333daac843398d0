//! Whatever is done to a session in whatever order, taking every step back ends where it began, and making every step
//! again where it ended: what the file would hold, what is found, how it is drawn.

use proptest::prelude::*;
use shanshui::geodesy::LonLat;
use shanshui::io::ReadOptions;
use shanshui::io::geojson::write_layer;
use shanshui::model::{Geometry, GeometryKind, LayerStyle, StyleBy, Symbol};
use shanshui::query::expression::Expression;
use shanshui::session::{Change, ColumnChange, Command, Construct, EditKind, Key, Session};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Draw(i32, i32),
    Move(usize, i32),
    Delete(usize),
    Split(i32),
    Merge(usize, usize),
    Subtract(usize, usize),
    Hole(usize),
    Duplicate(usize),
    Simplify(usize),
    Reshape(usize),
    Fill(u8),
    Rename(bool),
    Remove,
    Style(Option<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let row = || 0..40_usize;
    prop_oneof![
        (-40..40_i32, -40..40_i32).prop_map(|(x, y)| Step::Draw(x, y)),
        (row(), -9..9_i32).prop_map(|(row, by)| Step::Move(row, by)),
        row().prop_map(Step::Delete),
        (-40..40_i32).prop_map(Step::Split),
        (row(), row()).prop_map(|(a, b)| Step::Merge(a, b)),
        (row(), row()).prop_map(|(a, b)| Step::Subtract(a, b)),
        row().prop_map(Step::Hole),
        row().prop_map(Step::Duplicate),
        row().prop_map(Step::Simplify),
        row().prop_map(Step::Reshape),
        (0..3_u8).prop_map(Step::Fill),
        any::<bool>().prop_map(Step::Rename),
        Just(Step::Remove),
        proptest::option::of(0..3_u8).prop_map(Step::Style),
    ]
}

fn at(x: f64, y: f64) -> LonLat {
    LonLat::new(121.4 + x * 1e-3, 31.3 + y * 1e-3)
}

fn square(x: f64, y: f64) -> Geometry {
    let ring = vec![at(x, y), at(x + 6.0, y), at(x + 6.0, y + 5.0), at(x, y + 5.0), at(x, y)];
    Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] }
}

fn command(step: &Step, session: &Session, key: Key) -> Option<Command> {
    let layer = session.layer(key)?.layer();
    let rows: Vec<usize> = layer.rows().collect();
    let row = |n: usize| rows.get(n % rows.len().max(1)).copied();
    let construct = |rows: Vec<usize>, what| Some(Command::Construct(key, rows, what));
    match step {
        Step::Draw(x, y) => {
            Some(Command::Draw(Some(key), Box::new(square(f64::from(*x), f64::from(*y))), String::new()))
        }
        Step::Move(n, by) => {
            let moved = layer.geometries.geometry(row(*n)?)?.map(|p| LonLat::new(p.lon + f64::from(*by) * 1e-3, p.lat));
            Some(Command::Reshape(key, vec![(row(*n)?, moved)], EditKind::Move))
        }
        Step::Delete(n) => Some(Command::Delete(key, vec![row(*n)?])),
        Step::Split(x) => {
            let x = f64::from(*x) + 0.37;
            construct(rows, Construct::Split(vec![at(x, -99.0), at(x + 3.0, 99.0)]))
        }
        Step::Merge(a, b) if row(*a) != row(*b) => construct(vec![row(*a)?, row(*b)?], Construct::Merge),
        Step::Subtract(a, b) if row(*a) != row(*b) => construct(vec![row(*a)?, row(*b)?], Construct::Subtract),
        Step::Merge(..) | Step::Subtract(..) => None,
        Step::Hole(n) => {
            let middle = layer.geometries.bounds(row(*n)?).center();
            let corner = |x: f64, y: f64| LonLat::new(middle.lon + x * 1e-4, middle.lat + y * 1e-4);
            let ring = vec![corner(0.0, 0.0), corner(1.0, 0.0), corner(0.0, 1.0), corner(0.0, 0.0)];
            construct(vec![row(*n)?], Construct::Hole(ring))
        }
        Step::Duplicate(n) => construct(vec![row(*n)?], Construct::Duplicate([1e-3, 2e-3])),
        Step::Simplify(n) => construct(vec![row(*n)?], Construct::Simplify(80.0)),
        Step::Reshape(n) => {
            let b = layer.geometries.bounds(row(*n)?);
            let (w, y) = (b.min.lon - 1e-3, (b.min.lat + b.max.lat) / 2.0);
            let line = vec![LonLat::new(w, y), LonLat::new(b.center().lon, y + 1e-4), LonLat::new(w, b.max.lat + 1e-3)];
            construct(vec![row(*n)?], Construct::Reshape(line))
        }
        Step::Fill(n) => {
            let text = ["round(area_m2(), 1)", "coalesce(area, 0) + 1", "concat('块', id())"][usize::from(*n)];
            let expression = Expression::parse(text).expect("readable");
            Some(Command::Fill(key, rows, "area".to_owned(), Box::new(expression)))
        }
        Step::Rename(back) => {
            let (from, to) = if *back { ("面积", "area") } else { ("area", "面积") };
            Some(Command::Column(key, from.to_owned(), ColumnChange::Rename(to.to_owned())))
        }
        Step::Remove => Some(Command::Column(key, "area".to_owned(), ColumnChange::Remove)),
        Step::Style(n) => {
            let filter = n.map(|n| format!("area_m2() > {}", u32::from(n) * 100_000));
            let by = n.map(|_| StyleBy::Single { symbol: Symbol::default() });
            let style = LayerStyle { by, filter, ..LayerStyle::default() };
            Some(Command::Change(Change::SetStyle(key, Arc::new(style))))
        }
    }
}

/// Everything that a step may change: the file, what is found, the style, what the filter leaves.
fn state(session: &Session, key: Key) -> String {
    let open = session.layer(key).expect("open");
    let mut file = Vec::new();
    write_layer(open.layer(), &mut file).expect("in memory");
    let found = open.indexed.shown_rows_in(&shanshui::geodesy::LonLatBox { min: at(-20.0, -20.0), max: at(9.0, 9.0) });
    let there: Vec<usize> = found.into_iter().filter(|row| !open.layer().is_gone(*row)).collect();
    let shown: Option<Vec<usize>> =
        open.shown.as_ref().map(|shown| open.layer().rows().filter(|row| shown.contains(*row)).collect());
    let style = serde_json::to_string(&*open.style).expect("JSON");
    format!("{}{there:?}{shown:?}{style}", String::from_utf8(file).expect("UTF-8"))
}

fn settle(session: &mut Session) {
    while !session.jobs().is_empty() {
        session.poll();
        std::thread::sleep(Duration::from_micros(200));
    }
    session.poll();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_step_is_taken_back_and_made_again(steps in prop::collection::vec(step(), 1..25)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plots.geojson");
        let feature = |i: i32| {
            let text = serde_json::to_string(&square(f64::from(i) * 9.0 - 20.0, f64::from(i % 2) * 3.0).parts[0][0]
                .iter().map(|p| [p.lon, p.lat]).collect::<Vec<_>>()).expect("JSON");
            format!(r#"{{ "type":"Feature", "id":{i}, "properties":{{"name":"地块{i}"}}, "geometry":{{"type":"Polygon","coordinates":[{text}]}}}}"#)
        };
        let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", (0..5).map(feature).collect::<Vec<_>>().join(",\n"));
        std::fs::write(&path, text).expect("writable");
        let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
        session.execute(Command::Open(vec![path], None));
        settle(&mut session);
        let key = session.layers()[0].key;
        session.execute(Command::SetEditable(key, true));
        let mut states = vec![state(&session, key)];
        for step in &steps {
            let Some(command) = command(step, &session, key) else { continue };
            let before = session.history().0.count();
            session.execute(command);
            // What was refused changed nothing.
            let done = session.history().0.count();
            prop_assert!(done == before || done == before + 1);
            let now = state(&session, key);
            if done == before {
                prop_assert_eq!(&now, states.last().expect("one"));
            } else {
                states.push(now);
            }
        }
        for earlier in states.iter().rev().skip(1) {
            session.execute(Command::Undo);
            prop_assert_eq!(&state(&session, key), earlier);
        }
        for later in &states[1..] {
            session.execute(Command::Redo);
            prop_assert_eq!(&state(&session, key), later);
        }
    }
}
