//! Backdrops as values: what a project keeps of them, and that none of a service is on unasked.

use super::{finish, session};
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::raster::Backdrop;
use shanshui::session::project::ProjectView;
use shanshui::session::{BackdropCommand, Command, Event, Session};
use std::path::Path;

const URL: &str = "https://t{s}.tianditu.gov.cn/img_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=s3cr3t";
const VIEW: ProjectView = ProjectView { center: LonLat::new(121.4, 31.4), scale: 3_000.0 };

fn command(session: &mut Session, command: BackdropCommand) {
    session.execute(Command::Backdrop(command));
}

fn with_both(folder: &Path) -> Session {
    let mut session = session();
    let local =
        Backdrop { title: "规划图".into(), file: Some(folder.join("图/a.tif")), on: true, ..Backdrop::default() };
    let online =
        Backdrop { title: "影像".into(), url: Some(URL.into()), on: true, opacity: 0.5, ..Backdrop::default() };
    command(&mut session, BackdropCommand::Add(Box::new(local)));
    command(&mut session, BackdropCommand::Add(Box::new(online)));
    session
}

fn told(events: &[Event]) -> Vec<String> {
    let of = |event: &Event| match event {
        Event::Told(said) => Some(said.text(Lang::En).to_owned()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

fn state(session: &Session) -> Vec<(String, bool)> {
    session.backdrops().iter().map(|open| (open.backdrop.title.clone(), open.backdrop.on)).collect()
}

#[test]
fn a_project_keeps_backdrops_without_keys_and_opens_services_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = with_both(folder.path());
    assert_eq!(state(&first), [("影像".to_owned(), true), ("规划图".to_owned(), true)]);
    let file = folder.path().join("p.shanshui.json");
    first.execute(Command::SaveProject(file.clone(), VIEW));
    finish(&mut first);
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(!text.contains("s3cr3t") && text.contains("tk={key}"), "{text}");
    assert!(text.contains("\"file\": \"图/a.tif\""), "{text}");
    assert!(!first.is_project_unsaved());
    let online = first.backdrops()[0].key;
    command(&mut first, BackdropCommand::Turn(online, false));
    assert!(!first.is_project_unsaved(), "what is merely shown is not saved");
    let mut second = session();
    second.execute(Command::OpenProject(file.clone()));
    let told = told(&finish(&mut second));
    assert_eq!(state(&second), [("影像".to_owned(), false), ("规划图".to_owned(), true)]);
    assert!(told.iter().any(|text| text.contains("影像") && text.contains("nothing was downloaded")), "{told:?}");
    assert_eq!(second.backdrops()[1].backdrop.file.as_deref(), Some(&*folder.path().join("图/a.tif")));
    assert!((second.backdrops()[0].backdrop.opacity - 0.5).abs() < 1e-6);
    // Members that are not known stay, and the file is the same again.
    second.execute(Command::SaveProject(file.clone(), VIEW));
    finish(&mut second);
    let again = std::fs::read_to_string(&file).expect("written");
    assert_eq!(again.replace("\"on\": false", "\"on\": true"), text);
}

#[test]
fn steps_back_turn_no_service_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = with_both(folder.path());
    let [online, local] = [0, 1].map(|n| session.backdrops()[n].key);
    command(&mut session, BackdropCommand::Remove(online));
    session.execute(Command::Undo);
    assert_eq!(state(&session), [("影像".to_owned(), false), ("规划图".to_owned(), true)]);
    let fainter = Backdrop { opacity: 0.25, ..Backdrop::clone(&session.backdrops()[1].backdrop) };
    command(&mut session, BackdropCommand::Set(local, Box::new(fainter.clone()), false));
    command(&mut session, BackdropCommand::Set(local, Box::new(Backdrop { opacity: 0.2, ..fainter }), true));
    session.execute(Command::Undo);
    assert!((session.backdrop(local).expect("there").backdrop.opacity - 1.0).abs() < 1e-6, "one step");
    command(&mut session, BackdropCommand::Move(local, 0));
    assert_eq!(session.backdrops()[0].key, local);
    command(&mut session, BackdropCommand::Turn(online, true));
    session.execute(Command::Undo);
    assert_eq!(state(&session), [("影像".to_owned(), true), ("规划图".to_owned(), true)], "turning on is no step");
    for _ in 0..9 {
        session.execute(Command::Undo);
    }
    assert!(session.backdrops().is_empty());
    for _ in 0..9 {
        session.execute(Command::Redo);
    }
    assert!(session.backdrops().iter().all(|open| !open.backdrop.is_online() || !open.backdrop.on));
}

#[test]
fn an_address_without_a_server_or_with_a_password_is_kept_as_it_is_and_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.shanshui.json");
    let text =
        r#"{"shanshui":1,"layers":[],"backdrops":[{"title":"坏","url":"ftp://x","on":true},{"title":"空","on":true}]}"#;
    std::fs::write(&file, text).expect("writable");
    let mut session = session();
    session.execute(Command::OpenProject(file));
    finish(&mut session);
    assert_eq!(state(&session), [("坏".to_owned(), false), ("空".to_owned(), true)]);
}

#[test]
fn a_packed_project_takes_services_along_and_names_the_files_it_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = with_both(folder.path());
    let packed = folder.path().join("p.shanshui.zip");
    first.execute(Command::Pack(packed.clone(), VIEW));
    let told = told(&finish(&mut first));
    assert!(told.iter().any(|text| text.contains("规划图")), "{told:?}");
    let archive = std::fs::File::open(&packed).expect("written");
    let mut archive = zip::ZipArchive::new(archive).expect("an archive");
    let name = archive.file_names().find(|name| name.ends_with(".shanshui.json")).expect("a project").to_owned();
    let text = std::io::read_to_string(archive.by_name(&name).expect("there")).expect("text");
    assert!(text.contains("影像") && !text.contains("规划图") && !text.contains("s3cr3t"), "{text}");
}
