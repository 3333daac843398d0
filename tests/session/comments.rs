//! Comments without a window: beside the project, in packs, in the journal, never written over.

use super::{finish, maps, session};
use shanshui::comments::{Comment, CommentState, Comments, FILE};
use shanshui::geodesy::LonLat;
use shanshui::io::Form;
use shanshui::session::journal::left_in;
use shanshui::session::project::ProjectView;
use shanshui::session::{Command, CommentCommand, Event, Own, Session};
use std::path::{Path, PathBuf};

const VIEW: ProjectView = ProjectView { center: LonLat { lon: 121.4, lat: 31.4 }, scale: 1e4 };
const PLACE: LonLat = LonLat { lon: 121.41, lat: 31.39 };

fn project(folder: &Path) -> PathBuf {
    std::fs::copy(maps().join("baoshan/outlet.geojson"), folder.join("outlet.geojson")).expect("copied");
    let project = folder.join("p.shanshui.json");
    std::fs::write(&project, r#"{"shanshui":1,"layers":[{"file":"outlet.geojson","role":"outlet"}]}"#)
        .expect("written");
    project
}

fn opened(project: &Path) -> Session {
    let mut session = session();
    session.execute(Command::OpenProject(project.to_owned()));
    finish(&mut session);
    session
}

fn comment(session: &mut Session, command: CommentCommand) {
    session.execute(Command::Comment(command));
    finish(session);
}

fn add(session: &mut Session, text: &str) -> String {
    comment(session, CommentCommand::Add(PLACE, text.into(), "张".into()));
    session.comments().all.last().expect("added").id.clone()
}

#[test]
fn they_go_along_with_a_packed_project_and_into_one_that_is_saved_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project(folder.path()));
    let id = add(&mut session, "一起带走");
    comment(&mut session, CommentCommand::State(id, CommentState::Resolved));
    let packed = folder.path().join("p.shanshui.zip");
    session.execute(Command::Pack(packed.clone(), VIEW));
    finish(&mut session);
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("writable");
    session.execute(Command::SaveProject(elsewhere.join("q.shanshui.json"), VIEW));
    finish(&mut session);
    assert_eq!(Comments::read(&elsewhere.join(FILE)).expect("readable").shown().count(), 1);
    let mut other = super::session();
    other.execute(Command::Open(vec![packed], None));
    finish(&mut other);
    let all: Vec<&Comment> = other.comments().shown().collect();
    assert_eq!((all.len(), all[0].text.as_str(), all[0].state), (1, "一起带走", CommentState::Resolved));
}

#[test]
fn a_step_that_is_taken_back_counts_on_the_other_desk_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let mut one = opened(&project);
    let id = add(&mut one, "先写");
    let mut other = opened(&project);
    comment(&mut other, CommentCommand::Text(id.clone(), "改过".into()));
    comment(&mut one, CommentCommand::Refresh);
    assert_eq!(one.comments().get(&id).expect("there").text, "改过");
    other.execute(Command::Undo);
    finish(&mut other);
    comment(&mut one, CommentCommand::Refresh);
    assert_eq!(one.comments().get(&id).expect("there").text, "先写");
    // Taken out on one desk while the other answers: it stays out, and the answer is not lost where it comes back.
    comment(&mut one, CommentCommand::Delete(id.clone()));
    comment(&mut other, CommentCommand::Reply(id.clone(), "还在".into(), "李".into()));
    assert!(other.comments().get(&id).expect("kept").is_deleted);
    one.execute(Command::Undo);
    finish(&mut one);
    let back = one.comments().get(&id).expect("there");
    assert!(!back.is_deleted && back.answers().any(|reply| reply.text == "还在"));
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, file) = (project(folder.path()), folder.path().join(FILE));
    std::fs::write(&file, "{ broken").expect("writable");
    let mut session = session();
    session.execute(Command::OpenProject(project));
    let events = finish(&mut session);
    let told =
        |event: &Event| matches!(event, Event::Told(said) if said.zh.contains(FILE) && said.en.contains("line 1"));
    assert!(events.iter().any(told), "{events:?}");
    add(&mut session, "不丢");
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), "{ broken");
    assert!(session.is_project_unsaved());
    // And nothing else is written to it.
    session.may_write(Own::Nothing, &file, Form::GeoJson).expect_err("what people wrote stands nowhere else");
}

#[test]
fn what_no_file_holds_comes_back_from_the_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journals");
    let mut session = session();
    session.keep_journal(journals.clone());
    session.execute(Command::Open(vec![maps().join("baoshan/outlet.geojson")], None));
    finish(&mut session);
    add(&mut session, "没有项目");
    session.journal_mut().sync();
    session.journal_mut().flush();
    drop(session);
    let mut next = super::session();
    next.keep_journal(journals.clone());
    left_in(&journals).into_iter().for_each(|left| next.execute(Command::Recover(Box::new(left))));
    finish(&mut next);
    assert_eq!(next.comments().shown().map(|one| one.text.as_str()).collect::<Vec<_>>(), ["没有项目"]);
    // Saved with a project they are in no journal any more.
    next.execute(Command::SaveProject(folder.path().join("p.shanshui.json"), VIEW));
    finish(&mut next);
    assert!(folder.path().join(FILE).exists() && !next.is_project_unsaved());
}

#[test]
fn many_comments_are_written_beside_the_window_and_none_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let file = folder.path().join(FILE);
    let comment = |n: u32| Comment::new(PLACE, &format!("第{n}条"), "张", "2026-01-01T08:00:00.000000000Z");
    Comments::of((0..1_500).map(comment).collect()).write(&file).expect("writable");
    let mut session = opened(&project);
    assert_eq!(session.comments().shown().count(), 1_500);
    // Several while the first is written.
    let mut begin = |n: usize| {
        session.execute(Command::Comment(CommentCommand::Add(PLACE, format!("新{n}"), "张".into())));
        session.comments().all.last().expect("added").id.clone()
    };
    let ids: Vec<String> = (0..5).map(&mut begin).collect();
    assert!(!session.jobs().is_empty(), "a job writes them");
    assert!(ids.iter().all(|id| session.comments().get(id).is_some()), "they are there at once");
    // Meanwhile another desk's is in the file, too.
    finish(&mut session);
    let mut other = Comments::read(&file).expect("readable");
    assert!(ids.iter().all(|id| other.get(id).is_some()), "all of them are in the file");
    assert_eq!(other.shown().count(), 1_505);
    other.add(comment(9_999));
    other.write(&file).expect("writable");
    self::comment(&mut session, CommentCommand::State(ids[0].clone(), CommentState::Resolved));
    finish(&mut session);
    let both = Comments::read(&file).expect("readable");
    assert_eq!(both.shown().count(), 1_506);
    assert_eq!(both.get(&ids[0]).map(|one| one.state), Some(CommentState::Resolved));
    assert_eq!(session.comments().shown().count(), 1_506);
    // Taking back is written, too.
    session.execute(Command::Undo);
    finish(&mut session);
    assert_eq!(Comments::read(&file).expect("readable").get(&ids[0]).map(|one| one.state), Some(CommentState::Open));
}
