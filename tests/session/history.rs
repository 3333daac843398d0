//! What the history holds of what was taken out.

use super::{finish, session};
use shanshui::geodesy::LonLat;
use shanshui::model::{Geometry, GeometryKind};
use shanshui::session::{Change, Command, Event, Session};
use std::path::Path;

/// A layer of some two megabytes.
fn opened(session: &mut Session, folder: &Path, name: &str) {
    let feature = |n: usize| {
        let (lon, lat) = (121.0 + n as f64 * 1e-5, 31.0);
        format!(
            r#"{{"type":"Feature","properties":{{"n":{n}}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
    };
    let features: Vec<String> = (0..20_000).map(feature).collect();
    let file = folder.join(format!("{name}.geojson"));
    std::fs::write(&file, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")))
        .expect("room");
    session.execute(Command::Open(vec![file], None));
    finish(session);
}

/// Takes a layer out; how many steps were let go for that.
fn take_out(session: &mut Session, name: &str) -> usize {
    let key = session.layers().iter().find(|layer| layer.layer().name == name).expect("open").key;
    session.execute(Command::Change(Change::Remove(key)));
    let let_go = |event: &Event| match event {
        Event::StepsLetGo(steps) => *steps,
        _ => 0,
    };
    finish(session).iter().map(let_go).sum()
}

fn steps(session: &Session) -> usize {
    session.history().0.count()
}

#[test]
fn layers_taken_out_are_let_go_where_there_is_no_room_for_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session();
    // Room for two of them.
    session.set_memory(48 << 20);
    for name in ["a", "b", "c", "d"] {
        opened(&mut session, folder.path(), name);
    }
    assert_eq!((take_out(&mut session, "a"), take_out(&mut session, "b"), steps(&session)), (0, 0, 2));
    // The first that was taken out.
    assert_eq!((take_out(&mut session, "c"), steps(&session)), (1, 2));
    session.execute(Command::Undo);
    session.execute(Command::Undo);
    assert!(!session.can_undo());
    let names: Vec<&str> = session.layers().iter().map(|layer| layer.layer().name.as_str()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&"b") && names.contains(&"c") && names.contains(&"d"), "{names:?}");
}

#[test]
fn edits_that_no_file_has_are_never_let_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session();
    session.set_memory(8 << 20);
    opened(&mut session, folder.path(), "a");
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    let point = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.5, 31.5)]]] };
    session.execute(Command::Draw(Some(key), Box::new(point), String::new()));
    assert_eq!(take_out(&mut session, "a"), 0);
    for name in ["b", "c"] {
        opened(&mut session, folder.path(), name);
        assert_eq!(take_out(&mut session, name), 0, "{name}");
    }
    while session.can_undo() && session.layers().iter().all(|layer| layer.layer().name != "a") {
        session.execute(Command::Undo);
    }
    let kept = session.layers().iter().find(|layer| layer.layer().name == "a").expect("taken back");
    assert!(kept.is_unsaved() && kept.layer().feature_count() == 20_001);
}
