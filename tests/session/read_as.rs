//! What a planner named of a file (its coordinate system, its encoding) is kept wherever the file is: in projects, in
//! journals, and until the file is written anew.

use super::{finish, session};
use shanshui::geodesy::LonLat;
use shanshui::io::ReadOptions;
use shanshui::model::{Geometry, GeometryKind};
use shanshui::session::journal::left_in;
use shanshui::session::project::{Project, ProjectView};
use shanshui::session::{Command, EditKind, Session};
use std::path::Path;
use std::sync::Arc;

const VIEW: ProjectView = ProjectView { center: LonLat::new(121.5, 31.2), scale: 1_000.0 };

fn features(name: &str) -> [String; 2] {
    [(121.5, 31.2), (121.51, 31.21)].map(|(lon, lat)| {
        format!(
            r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
    })
}

fn collection(name: &str) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features(name).join(",\n"))
}

fn point(lon: f64, lat: f64) -> Geometry {
    Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(lon, lat)]]] }
}

fn session_of(crs: Option<&str>) -> Session {
    let options = ReadOptions { crs: crs.map(str::to_owned), ..ReadOptions::default() };
    Session::new(options, Arc::new(|| {}))
}

fn done(session: &mut Session, command: Command) {
    session.execute(command);
    finish(session);
}

fn opened(path: &Path, crs: Option<&str>) -> Session {
    let mut session = session();
    done(&mut session, Command::Open(vec![path.to_owned()], crs.map(str::to_owned)));
    session
}

fn positions(session: &Session) -> Vec<LonLat> {
    assert_eq!(session.layers().len(), 1);
    let layer = session.layers()[0].layer();
    layer.rows().map(|row| layer.geometries.positions_of(row)[0]).collect()
}

fn assert_near(session: &Session, meant: &[LonLat], what: &str) {
    let own = positions(session);
    // Nine decimals are written.
    let is_near = |(a, b): (&LonLat, &LonLat)| (a.lon - b.lon).abs() < 2e-9 && (a.lat - b.lat).abs() < 2e-9;
    assert!(own.len() == meant.len() && own.iter().zip(meant).all(is_near), "{what}: {own:?} {meant:?}");
}

/// Moves the first point.
fn edit(session: &mut Session) {
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    done(session, Command::Reshape(key, vec![(0, point(121.6, 31.3))], EditKind::MoveVertex));
}

fn save(session: &mut Session, path: &Path) {
    let layer = session.layers()[0].key;
    done(session, Command::Save { layer, path: path.to_owned(), over: false });
    assert!(!session.layers()[0].is_unsaved());
}

#[test]
fn a_named_coordinate_system_is_kept_in_the_project_and_used_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, project) = (folder.path().join("a.geojson"), folder.path().join("p.shanshui.json"));
    std::fs::write(&file, collection("a")).expect("writable");
    let mut first = opened(&file, Some("GCJ-02"));
    let meant = positions(&first);
    assert!((meant[0].lon - 121.5).abs() > 1e-3, "hundreds of metres");
    done(&mut first, Command::SaveProject(project.clone(), VIEW));
    assert_eq!(Project::read(&project).expect("a project").layers[0].read_as.crs.as_deref(), Some("GCJ-02"));
    assert_near(&opened(&project, None), &meant, "from the project");
    let key = first.layers()[0].key;
    done(&mut first, Command::Reload(key));
    assert_near(&first, &meant, "reloaded");
    assert!(!first.is_project_unsaved());

    // Saved, the file is longitude and latitude, whoever still takes it for GCJ-02.
    edit(&mut first);
    save(&mut first, &file);
    let meant = positions(&first);
    assert_near(&opened(&file, None), &meant, "plain");
    assert_near(&opened(&file, Some("GCJ-02")), &meant, "named once more");
    assert_near(&opened(&project, None), &meant, "from the project as it was written before");
    assert!(first.is_project_unsaved(), "the project is to be written, too");
    done(&mut first, Command::Reload(key));
    assert_near(&first, &meant, "reloaded once more");
    done(&mut first, Command::SaveProject(project.clone(), VIEW));
    assert_eq!(Project::read(&project).expect("a project").layers[0].read_as.crs, None);
    assert_near(&opened(&project, None), &meant, "from the project as it is now");
}

#[test]
fn what_undo_brings_back_of_a_saved_layer_is_known_to_be_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, project) = (folder.path().join("a.geojsonl"), folder.path().join("p.shanshui.json"));
    // One feature a line: there is no member that could say what the positions are.
    std::fs::write(&file, features("a").join("\n")).expect("writable");
    let mut session = opened(&file, Some("GCJ-02"));
    let key = session.layers()[0].key;
    done(&mut session, Command::Reload(key));
    edit(&mut session);
    save(&mut session, &file);
    let meant = positions(&session);
    done(&mut session, Command::SaveProject(project.clone(), VIEW));
    assert_near(&opened(&project, None), &meant, "saved");
    // Back before the reloading: the layer is as it was, its file is as it was saved.
    session.execute(Command::Undo);
    session.execute(Command::Undo);
    done(&mut session, Command::SaveProject(project.clone(), VIEW));
    assert_near(&opened(&project, None), &meant, "taken back");
}

#[test]
fn what_a_session_says_of_all_files_is_not_said_of_those_that_it_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, project) = (folder.path().join("a.geojsonl"), folder.path().join("p.shanshui.json"));
    std::fs::write(&file, features("a").join("\n")).expect("writable");
    let mut session = session_of(Some("GCJ-02"));
    done(&mut session, Command::Open(vec![file.clone()], None));
    edit(&mut session);
    save(&mut session, &file);
    let meant = positions(&session);
    let key = session.layers()[0].key;
    done(&mut session, Command::Reload(key));
    assert_near(&session, &meant, "reloaded");
    done(&mut session, Command::SaveProject(project.clone(), VIEW));
    let mut next = session_of(Some("GCJ-02"));
    done(&mut next, Command::OpenProject(project));
    assert_near(&next, &meant, "from the project");
}

#[test]
fn a_recovered_layer_is_read_as_it_was() {
    // Edited; edited and saved; edited, saved and taken back.
    for (is_saved, is_undone) in [(false, false), (true, false), (true, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("a.geojson", collection("a")), ("a.geojsonl", features("a").join("\n"))] {
            let (file, journals) = (folder.path().join(name), folder.path().join("journals"));
            std::fs::write(&file, text).expect("writable");
            let mut first = session();
            first.keep_journal(journals.clone());
            done(&mut first, Command::Open(vec![file.clone()], Some("GCJ-02".to_owned())));
            edit(&mut first);
            if is_saved {
                save(&mut first, &file);
                match is_undone {
                    true => first.execute(Command::Undo),
                    false => edit_again(&mut first),
                }
            }
            let meant = positions(&first);
            first.journal_mut().flush();
            drop(first);
            // Whatever the next session says of files that say nothing.
            for crs in [None, Some("BD-09")] {
                let what = format!("{name} {is_saved} {is_undone} {crs:?}");
                let mut next = session_of(crs);
                let left = left_in(&journals);
                assert_eq!(left.len(), 1, "{what}");
                // Without a journal of its own it leaves this one where it is.
                left.into_iter().for_each(|left| done(&mut next, Command::Recover(Box::new(left))));
                assert_near(&next, &meant, &what);
                assert_eq!(next.layers()[0].path.as_deref(), Some(&*file), "{what}");
                let copy = folder.path().join(format!("copy-{name}"));
                save(&mut next, &copy);
                assert_near(&opened(&copy, None), &meant, &what);
            }
            std::fs::remove_dir_all(&journals).expect("there");
        }
    }
}

fn edit_again(session: &mut Session) {
    let key = session.layers()[0].key;
    done(session, Command::Reshape(key, vec![(1, point(121.7, 31.4))], EditKind::MoveVertex));
}

#[test]
fn a_named_encoding_is_kept_until_the_file_is_written_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, project) = (folder.path().join("a.geojson"), folder.path().join("p.shanshui.json"));
    let text = collection("河濱公園");
    std::fs::write(&file, encoding_rs::BIG5.encode(&text).0).expect("writable");
    let options = ReadOptions { encoding: Some("big5".to_owned()), ..ReadOptions::default() };
    let mut first = Session::new(options, Arc::new(|| {}));
    done(&mut first, Command::Open(vec![file.clone()], None));
    done(&mut first, Command::SaveProject(project.clone(), VIEW));
    let name = |session: &Session| {
        let layer = session.layers()[0].layer();
        layer.attributes.get(1, "name").display().into_owned()
    };
    assert_eq!(name(&first), "河濱公園");
    assert_eq!(name(&opened(&project, None)), "河濱公園");
    edit(&mut first);
    save(&mut first, &file);
    let key = first.layers()[0].key;
    done(&mut first, Command::Reload(key));
    assert_eq!(name(&first), "河濱公園");
    done(&mut first, Command::SaveProject(project.clone(), VIEW));
    assert_eq!(name(&opened(&project, None)), "河濱公園");
}
