//! What layers are called, and what is a step that can be taken back: opening is none.

use super::{finish, session};
use crate::common::maps;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::io::ReadOptions;
use shanshui::model::{ColumnNames, Geometry, GeometryKind, Role};
use shanshui::session::journal::left_in;
use shanshui::session::project::ProjectView;
use shanshui::session::{Change, Command, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VIEW: ProjectView = ProjectView { center: LonLat::new(121.4, 31.4), scale: 3_000.0 };

fn done(session: &mut Session, command: Command) {
    session.execute(command);
    finish(session);
}

fn steps(session: &Session) -> usize {
    session.history().0.count()
}

/// The outlets of the sample in a folder of their own.
fn outlets(folder: &Path) -> PathBuf {
    let file = folder.join("outlet.geojson");
    std::fs::copy(maps().join("baoshan/outlet.geojson"), &file).expect("copied");
    file
}

fn point() -> Box<Geometry> {
    Box::new(Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.4, 31.4)]]] })
}

#[test]
fn opening_is_no_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = outlets(folder.path());
    let journals = folder.path().join("journals");
    let mut first = session();
    first.keep_journal(journals.clone());
    done(&mut first, Command::Open(vec![file.clone()], None));
    done(&mut first, Command::OpenSample);
    assert!(!first.can_undo(), "files and the sample");
    // An edit of a file, for the next session.
    let key = first.layers().iter().find(|layer| layer.path.as_ref() == Some(&file)).expect("open").key;
    first.execute(Command::SetEditable(key, true));
    first.execute(Command::SetProperty(key, 0, "name".to_owned(), "改".to_owned()));
    assert_eq!(steps(&first), 1);
    first.journal_mut().flush();
    drop(first);

    let mut next = Session::new(ReadOptions::default(), Arc::new(|| {}));
    done(&mut next, Command::Open(vec![file.clone()], None));
    let left = left_in(&journals);
    assert!(!left.is_empty());
    left.into_iter().for_each(|left| done(&mut next, Command::Recover(Box::new(left))));
    assert_eq!(next.unsaved().count(), 1, "the edit is back");
    assert!(!next.can_undo(), "and taking a step back does not lose it");

    // What was done before stays a step, and can be made again, whatever is opened meanwhile.
    let mut third = session();
    done(&mut third, Command::Open(vec![file], None));
    let key = third.layers()[0].key;
    third.execute(Command::Change(Change::SetRole(key, Some(Role::Wetland))));
    third.execute(Command::Undo);
    done(&mut third, Command::Open(vec![maps().join("baoshan/park.geojson")], None));
    assert!(third.can_redo());
    third.execute(Command::Redo);
    assert_eq!((third.layer(key).and_then(|layer| layer.role), third.layers().len()), (Some(Role::Wetland), 2));
}

#[test]
fn what_undo_brings_back_does_not_count_beside_what_was_opened_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = outlets(folder.path());
    let mut session = session();
    done(&mut session, Command::Open(vec![file.clone()], None));
    let key = session.layers()[0].key;
    session.execute(Command::Change(Change::Remove(key)));
    done(&mut session, Command::Open(vec![file], None));
    assert_eq!(session.layers()[0].role, Some(Role::Outlet));
    session.execute(Command::Undo);
    let roles: Vec<_> = session.layers().iter().map(|layer| (layer.key == key, layer.role, layer.is_apart)).collect();
    assert!(roles.contains(&(true, None, true)) && roles.contains(&(false, Some(Role::Outlet), false)), "{roles:?}");
}

#[test]
fn a_layer_keeps_the_name_that_a_planner_gave_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, project) = (outlets(folder.path()), folder.path().join("p.shanshui.json"));
    let journals = folder.path().join("journals");
    let mut first = session();
    first.keep_journal(journals.clone());
    done(&mut first, Command::Open(vec![file], None));
    let key = first.layers()[0].key;
    let title = |session: &Session| session.title(&session.layers()[0], Lang::Zh);
    assert_eq!(title(&first), "入河排污口");
    first.execute(Command::Change(Change::Rename(key, Some("北片排口".to_owned()))));
    assert_eq!(title(&first), "北片排口");
    assert!(first.is_project_unsaved(), "no project holds it");
    first.execute(Command::Undo);
    assert_eq!(title(&first), "入河排污口");
    first.execute(Command::Redo);
    first.journal_mut().flush();
    drop(first);
    // Offered by the journal, kept by the project.
    let mut next = session();
    left_in(&journals).into_iter().for_each(|left| done(&mut next, Command::Recover(Box::new(left))));
    assert_eq!(title(&next), "北片排口");
    done(&mut next, Command::SaveProject(project.clone(), VIEW));
    assert!(!next.is_project_unsaved());
    let mut opened = session();
    done(&mut opened, Command::OpenProject(project));
    assert_eq!(title(&opened), "北片排口");
    assert!(!opened.can_undo() && !opened.is_project_unsaved());
}

#[test]
fn a_drawing_that_was_saved_is_called_like_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for (lang, name) in [(Lang::Zh, "绘制"), (Lang::En, "Drawn")] {
        let file = folder.path().join(format!("北片-{name}.geojson"));
        let mut first = session();
        first.execute(Command::Draw(None, point(), name.to_owned()));
        let key = first.layers()[0].key;
        assert_eq!(first.title(&first.layers()[0], lang), name);
        done(&mut first, Command::Save { layer: key, path: file.clone(), over: false });
        let mut next = session();
        done(&mut next, Command::Open(vec![file], None));
        for session in [&first, &next] {
            assert_eq!(session.title(&session.layers()[0], lang), format!("北片-{name}"));
        }
    }
}

#[test]
fn columns_that_stand_for_words_are_a_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session();
    done(&mut session, Command::Open(vec![outlets(folder.path())], None));
    let key = session.layers()[0].key;
    let names = |session: &Session| session.layers()[0].layer().attributes.column_names().clone();
    let said: ColumnNames = [("status".to_owned(), "class".to_owned())].into();
    session.execute(Command::SetColumnNames(key, said.clone()));
    assert_eq!((names(&session), steps(&session)), (said.clone(), 1));
    // Said once more it is no step.
    session.execute(Command::SetColumnNames(key, said.clone()));
    assert_eq!(steps(&session), 1);
    session.execute(Command::Undo);
    assert!(names(&session).is_empty() && session.unsaved().next().is_none());
    session.execute(Command::Redo);
    assert_eq!(names(&session), said);
}
