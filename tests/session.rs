//! A session without a window: commands in, events out, cancelling leaves everything as it was.

mod archives;
mod backdrops;
mod comments;
mod history;
mod kept_findings;
mod names;
mod offices;
mod opening;
mod read_as;
mod scenarios;
mod set;

use crate::common::{finish, maps, sample};
use shanshui::geodesy::{LonLat, LonLatBox};
use shanshui::i18n::Lang;
use shanshui::io::{ReadCause, ReadOptions, SaveCause, read_layer};
use shanshui::model::{Edited, Geometry, GeometryKind, LayerStyle, Role};
use shanshui::progress::{Cancelled, Progress};
use shanshui::query::expression::Expression;
use shanshui::query::{AskError, Dissolve, Layers, Question, Side, ZoneView, ask};
use shanshui::rules::{Status, Verdict};
use shanshui::session::journal::{left_in, replay};
use shanshui::session::project::ProjectView;
use shanshui::session::{Change, Command, Construct, EditKind, Event, JobKind, Key, Operands, Session};
use std::sync::Arc;

fn session() -> Session {
    Session::new(ReadOptions::default(), Arc::new(|| {}))
}

fn outlets_near_the_yangtze(session: &Session) -> Command {
    let key = |role| session.by_role(role).expect("open").key;
    let operands =
        Operands { subject: key(Role::Outlet), reference: Some(key(Role::Shoreline)), ..Operands::default() };
    Command::Ask(Question::Within { distance_m: 2_000.0, side: Side::Within }, operands)
}

#[test]
fn a_folder_is_opened_asked_exported_and_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session();
    session.execute(Command::Open(vec![maps().join("jinshan")], None));
    finish(&mut session);
    assert_eq!(session.layers().len(), 7);
    session.execute(Command::Open(
        vec![maps().join("baoshan/outlet.geojson"), maps().join("baoshan/shoreline.geojson")],
        None,
    ));
    finish(&mut session);
    // Points are drawn above lines, lines above areas.
    let roles: Vec<_> = session.layers().iter().filter_map(|l| l.role).collect();
    let place = |role| roles.iter().position(|r| *r == role).expect("open");
    assert!(place(Role::Outlet) < place(Role::Shoreline) && place(Role::Shoreline) < place(Role::District));

    let mut one = Session::new(ReadOptions::default(), Arc::new(|| {}));
    one.execute(Command::Open(
        vec![maps().join("baoshan/outlet.geojson"), maps().join("baoshan/shoreline.geojson")],
        None,
    ));
    finish(&mut one);
    one.execute(outlets_near_the_yangtze(&one));
    let events = finish(&mut one);
    let Some(Event::Answered(key)) = events.iter().find(|e| matches!(e, Event::Answered(_))) else {
        panic!("{events:?}")
    };
    let answer = one.answer(*key).expect("kept").clone();
    assert_eq!(answer.answer.summary.matched, 54);
    assert!(answer.zone.is_none(), "nobody looks at the map");
    let file = folder.path().join("near.geojson");
    one.execute(Command::Export(*key, file.clone()));
    finish(&mut one);
    assert_eq!(std::fs::read(&file).expect("written"), answer.table.to_geojson().expect("readable"));
    assert_eq!(one.answer(*key).and_then(|a| a.saved_to.clone()), Some(file));
    // Asked again, it takes the old answer's place.
    one.execute(outlets_near_the_yangtze(&one));
    finish(&mut one);
    assert_eq!(one.answers().len(), 1);
}

/// Commands that no dialog stands before are held to the same: nothing is written over what the session reads.
#[test]
fn no_command_of_a_session_writes_over_what_it_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("rules")).expect("a folder");
    for name in ["outlet.geojson", "shoreline.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), at(name)).expect("copied");
    }
    let findings = r#"{"type":"FeatureCollection","features":[]}"#;
    let project = r#"{"shanshui":1,"plan":"own.toml","layers":[{"file":"outlet.geojson","role":"outlet"},
        {"file":"shoreline.geojson","role":"shoreline"},{"file":"gone.geojson"}]}"#;
    for (name, text) in [
        ("findings.geojson", findings),
        ("rules/mine.toml", ""),
        ("rules/vocabulary.toml", ""),
        ("own.toml", "title = { zh = \"甲\", en = \"A\" }\nindicators = []\n"),
        ("p.shanshui.json", project),
    ] {
        std::fs::write(at(name), text).expect("writable");
    }
    let state = || {
        let names =
            ["outlet.geojson", "shoreline.geojson", "findings.geojson", "rules/mine.toml", "rules/vocabulary.toml"];
        let all = names.iter().chain(&["own.toml", "p.shanshui.json"]);
        all.map(|name| std::fs::read(at(name)).expect("there")).collect::<Vec<_>>()
    };
    let before = state();
    let view = ProjectView { center: LonLat::new(121.4, 31.4), scale: 1e4 };
    for open in ["p.shanshui.json", "."] {
        let mut session = session();
        session.execute(Command::Open(vec![at(open)], None));
        finish(&mut session);
        session.execute(outlets_near_the_yangtze(&session));
        finish(&mut session);
        let layer = session.by_role(Role::Outlet).expect("open").key;
        let answer = session.answers().first().expect("asked").key;
        let has_project = open != ".";
        for name in
            ["shoreline.geojson", "./rules/../shoreline.geojson", "findings.geojson", "rules/mine.toml", "own.toml"]
        {
            for command in [
                Command::Save { layer, path: at(name), over: true },
                Command::Export(answer, at(name)),
                Command::SaveProject(at(name), view),
                Command::Pack(at(name), view),
            ] {
                let told = format!("{open}: {command:?}");
                session.execute(command);
                let events = finish(&mut session);
                let is_refused = |event: &Event| match event {
                    Event::SaveFailed(_, e) | Event::ExportFailed(e) => matches!(e.cause, SaveCause::Refused(_)),
                    _ => false,
                };
                assert!(events.iter().any(is_refused), "{told}: {events:?}");
                assert!(state() == before, "{told}");
            }
        }
        // Its own file it writes, and new ones.
        session.execute(Command::Save { layer, path: at("outlet.geojson"), over: false });
        session.execute(Command::Export(answer, at(&format!("near{}.geojson", u8::from(has_project)))));
        session.execute(Command::Pack(at("all.shanshui.zip"), view));
        let events = finish(&mut session);
        assert!(
            !events.iter().any(|event| matches!(event, Event::SaveFailed(..) | Event::ExportFailed(_))),
            "{events:?}"
        );
        assert!(state() == before, "{open}");
        assert!(at("all.shanshui.zip").is_file());
    }
}

/// A file that is open twice is written by whichever saves it first; the other sees that it changed.
#[test]
fn a_layer_that_is_open_twice_is_saved_to_its_own_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("outlet.geojson");
    std::fs::copy(maps().join("baoshan/outlet.geojson"), &file).expect("copied");
    let mut session = session();
    for _ in 0..2 {
        session.execute(Command::Open(vec![file.clone()], None));
        finish(&mut session);
    }
    let keys: Vec<_> = session.layers().iter().map(|layer| layer.key).collect();
    session.execute(Command::Save { layer: keys[0], path: file.clone(), over: false });
    let events = finish(&mut session);
    assert!(events.iter().any(|event| matches!(event, Event::Saved(..))), "{events:?}");
}

/// A view of the mouth of the Yangtze, some 50 km wide, so many times moved by its own width and so many times finer.
fn zone_view(moved: f64, finer: f64) -> (LonLatBox, ZoneView) {
    let (west, half) = (121.2 + moved * 0.5, 0.25 / finer);
    let seen = LonLatBox { min: LonLat::new(west, 31.2), max: LonLat::new(west + 2.0 * half, 31.2 + 2.0 * half) };
    (seen, ZoneView { window: seen.padded(8_000.0 / finer), cell_m: 40.0 / finer })
}

#[test]
fn a_zone_is_asked_for_views_and_forgotten_with_what_it_stands_beside() {
    let mut session = sample_session();
    session.execute(outlets_near_the_yangtze(&session));
    finish(&mut session);
    let key = session.answers()[0].key;
    let kept = session.answer(key).expect("kept").table.to_geojson().expect("readable");
    let (seen, here) = zone_view(0.0, 1.0);
    assert_eq!(session.zones_wanted(&seen, &here), [key]);
    session.execute(Command::DrawZone(key, here));
    // Asked for, it is not asked for again; and nothing is drawn yet, or what was drawn before.
    assert!(session.zones_wanted(&seen, &here).is_empty());
    finish(&mut session);
    let zone = |session: &Session| session.answer(key).expect("kept").zone.clone();
    let first = zone(&session).expect("drawn");
    assert_eq!((first.view, first.is_left_out), (here, false));
    let layer = first.layer.clone().expect("the Yangtze is in view");
    assert!(here.window.contains_box(&layer.layer().bounds));
    // A small move and a small change of scale are served by it, others are not.
    let small = LonLatBox { min: seen.min, max: LonLat::new(seen.max.lon + 0.02, seen.max.lat) };
    assert!(session.zones_wanted(&small, &ZoneView { cell_m: 44.0, ..here }).is_empty());
    for (moved, finer) in [(1.0, 1.0), (-1.0, 1.0), (0.0, 2.0), (0.0, 0.5), (3.0, 4.0)] {
        let (seen, there) = zone_view(moved, finer);
        assert_eq!(session.zones_wanted(&seen, &there), [key], "{moved} {finer}");
    }
    // One view after another: the last one counts, and nobody is told that the others were given up.
    for moved in 0..20 {
        session.execute(Command::DrawZone(key, zone_view(f64::from(moved) * 0.01, 4.0).1));
        assert!(zone(&session).is_some(), "the last one stays until the next is there");
    }
    let events = finish(&mut session);
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(zone(&session).expect("drawn").view, zone_view(0.19, 4.0).1);
    // The zone is no part of what is exported.
    assert_eq!(session.answer(key).expect("kept").table.to_geojson().expect("readable"), kept);

    // Hidden, it is forgotten, and asked for again when it is shown.
    session.execute(Command::DrawZone(key, here));
    finish(&mut session);
    let alive = std::sync::Arc::downgrade(&zone(&session).and_then(|zone| zone.layer).expect("in view"));
    session.execute(Command::SetVisible(key, false));
    assert!(zone(&session).is_none() && alive.upgrade().is_none(), "its memory is given back");
    assert!(session.zones_wanted(&seen, &here).is_empty());
    session.execute(Command::SetVisible(key, true));
    assert_eq!(session.zones_wanted(&seen, &here), [key]);
    session.execute(Command::DrawZone(key, here));
    finish(&mut session);
    // Removed while another view is drawn: nothing stays, not even for the way back.
    let alive = std::sync::Arc::downgrade(&zone(&session).and_then(|zone| zone.layer).expect("in view"));
    session.execute(Command::DrawZone(key, zone_view(0.0, 2.0).1));
    session.execute(Command::Change(Change::Remove(key)));
    assert!(alive.upgrade().is_none());
    assert!(finish(&mut session).is_empty());
    session.execute(Command::Undo);
    assert!(zone(&session).is_none());
    assert_eq!(session.zones_wanted(&seen, &here), [key]);
    // Asked again, the new answer begins without one.
    session.execute(Command::DrawZone(key, here));
    session.execute(outlets_near_the_yangtze(&session));
    finish(&mut session);
    assert!(zone(&session).is_none());
    // And what has no zone never wants one.
    let key = |role| session.by_role(role).expect("open").key;
    let operands =
        Operands { subject: key(Role::Outlet), reference: Some(key(Role::Shoreline)), ..Operands::default() };
    session.execute(Command::Ask(Question::Within { distance_m: 2_000.0, side: Side::Beyond }, operands));
    finish(&mut session);
    assert!(session.zones_wanted(&seen, &here).is_empty());
}

#[test]
fn a_zone_that_cannot_be_seen_is_left_out_and_said_to_be() {
    let mut session = sample_session();
    session.execute(outlets_near_the_yangtze(&session));
    finish(&mut session);
    let key = session.answers()[0].key;
    let world = LonLatBox { min: LonLat::new(-170.0, -80.0), max: LonLat::new(170.0, 80.0) };
    session.execute(Command::DrawZone(key, ZoneView { window: world, cell_m: 20_000.0 }));
    finish(&mut session);
    assert!(session.leaves_out_zones());
    let zone = session.answer(key).and_then(|a| a.zone.clone()).expect("asked for");
    assert!(zone.is_left_out && zone.layer.is_none());
    session.execute(Command::DrawZone(key, zone_view(0.0, 1.0).1));
    finish(&mut session);
    assert!(!session.leaves_out_zones());
}

#[test]
fn what_needs_more_than_half_of_the_memory_is_asked_about_first() {
    let mut session = sample_session();
    // A machine of sixteen megabytes: it is full already.
    session.set_memory(16 << 20);
    let key = |session: &Session, role| session.by_role(role).expect("open").key;
    let homes = Operands { subject: key(&session, Role::Residential), ..Operands::default() };
    let question = Question::Buffer { distance_m: 500.0, dissolve: Dissolve::Union };
    session.execute(Command::Ask(question.clone(), homes.clone()));
    let events = finish(&mut session);
    let [Event::TooLarge(again, why)] = &events[..] else { panic!("{events:?}") };
    assert!(why.needs > 1 << 20 && why.memory.total == 16 << 20, "{why:?}");
    assert!(matches!(&**again, Command::Ask(q, o) if *q == question && *o == homes));
    assert!(session.answers().is_empty());
    // The same of a layer that is to be made of what is selected.
    let rows: Vec<usize> = (0..1_000).collect();
    session.execute(Command::Buffer(homes.subject, rows, 500.0, "near".to_owned()));
    let events = finish(&mut session);
    assert!(matches!(&events[..], [Event::TooLarge(again, _)] if matches!(**again, Command::Buffer(..))), "{events:?}");
    // And of rules: all of them stay in the window.
    session.execute(Command::RunRules(vec!["green-300-park-500".to_owned()], Lang::Zh));
    let events = finish(&mut session);
    let [Event::TooLarge(rules, _)] = &events[..] else { panic!("{events:?}") };
    assert!(session.rule_results().is_empty());
    session.execute(Command::Anyway(rules.clone()));
    finish(&mut session);
    assert!(session.rule_result("green-300-park-500").is_some());
    assert!(session.check_report(&["green-300-park-500".to_owned()]).is_err());
    // A small question is answered on whatever machine.
    session.execute(outlets_near_the_yangtze(&session));
    assert!(finish(&mut session).iter().any(|e| matches!(e, Event::Answered(_))));
    // And the large one where the planner says so.
    session.execute(Command::Anyway(again.clone()));
    assert!(finish(&mut session).iter().any(|e| matches!(e, Event::Answered(_))));
    assert_eq!(session.answers().len(), 2);
}

/// The sample map.
fn sample_session() -> Session {
    let mut session = session();
    session.execute(Command::OpenSample);
    finish(&mut session);
    session
}

#[test]
fn changes_are_taken_back_and_made_again() {
    let mut session = session();
    session.execute(Command::OpenSample);
    finish(&mut session);
    let state = |s: &Session| s.layers().iter().map(|l| (l.key, l.role)).collect::<Vec<_>>();
    let mut states = vec![state(&session)];
    let key = session.layers()[3].key;
    for change in [Change::SetRole(key, Some(Role::Wetland)), Change::Move(key, 0), Change::Remove(key)] {
        session.execute(Command::Change(change));
        assert_ne!(state(&session), *states.last().expect("one"));
        states.push(state(&session));
    }
    for wanted in states.iter().rev().skip(1) {
        session.execute(Command::Undo);
        assert_eq!(state(&session), *wanted);
    }
    for wanted in &states[1..] {
        session.execute(Command::Redo);
        assert_eq!(state(&session), *wanted);
    }
    assert!(!session.can_redo());
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_session_as_it_was() {
    let mut session = session();
    session.execute(Command::Open(
        vec![maps().join("baoshan/park.geojson"), maps().join("broken/truncated.geojson")],
        None,
    ));
    let events = finish(&mut session);
    assert_eq!(session.layers().len(), 1);
    assert!(
        events.iter().any(|e| matches!(e, Event::ReadFailed(e) if e.file == "truncated.geojson" && e.place.is_some()))
    );
    // A copy shifted to GCJ-02 is noticed beside the true layer.
    session.execute(Command::Open(vec![maps().join("broken/gcj02_parks.geojson")], None));
    finish(&mut session);
    let shifted = session.layers().iter().find(|l| l.layer().source.file_name == "gcj02_parks.geojson").expect("open");
    assert_eq!(shifted.layer().problems[0].kind.code(), "datum-shift-suspected");
}

#[test]
fn every_question_and_the_reader_stop_when_asked() {
    let stopped = || {
        let progress = Progress::default();
        progress.cancel();
        progress
    };
    let file = maps().join("baoshan/residential.geojson");
    assert_eq!(
        read_layer(&file, &ReadOptions::default(), &stopped()).expect_err("stopped").cause,
        ReadCause::Cancelled
    );
    let layers = Layers::of(sample("baoshan/residential.geojson")).and(sample("baoshan/park.geojson"));
    for question in [
        Question::Within { distance_m: 500.0, side: Side::Within },
        Question::Nearest { max_m: None },
        Question::Gaps { radius_m: 500.0, min_area_m2: 0.0, people: None },
        Question::Overlap,
        Question::Buffer { distance_m: 10.0, dissolve: Dissolve::Each },
        Question::Buffer { distance_m: 10.0, dissolve: Dissolve::Union },
    ] {
        assert_eq!(
            ask(&question, &layers, &stopped()).expect_err("stopped"),
            AskError::Cancelled(Cancelled),
            "{question:?}"
        );
    }
}

#[test]
fn a_cancelled_job_leaves_no_trace() {
    let mut session = session();
    session.execute(Command::OpenSample);
    session.execute(Command::CancelAll);
    let events = finish(&mut session);
    let added = events.iter().filter(|e| matches!(e, Event::LayerAdded(_))).count();
    assert_eq!(session.layers().len(), added, "what had been read stays, nothing half-read is added");
    let layers = session.layers().len();
    session.execute(Command::OpenSample);
    finish(&mut session);
    session.execute(outlets_near_the_yangtze(&session));
    session.execute(Command::CancelAll);
    finish(&mut session);
    assert!(session.layers().len() >= layers && session.answers().len() <= 1);
}

fn view() -> ProjectView {
    ProjectView { center: LonLat::new(121.4, 31.4), scale: 3_000.0 }
}

#[test]
fn what_no_project_holds_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet", "shoreline"] {
        let from = maps().join("baoshan").join(format!("{name}.geojson"));
        std::fs::copy(from, folder.path().join(format!("{name}.geojson"))).expect("copied");
    }
    let file = folder.path().join("p.shanshui.json");
    let open = |path: &std::path::Path| {
        let mut session = session();
        session.execute(Command::Open(vec![path.to_owned()], None));
        finish(&mut session);
        session
    };
    let mut session = open(folder.path());
    assert!(!session.is_project_unsaved(), "looking at layers is nothing to be saved");
    let outlets = session.by_role(Role::Outlet).expect("open").key;
    let hidden = Arc::new(LayerStyle { smallest: Some(5e5), ..LayerStyle::default() });
    session.execute(Command::Style(outlets, Arc::clone(&hidden), false));
    assert!(session.is_project_unsaved());
    session.execute(Command::SaveProject(file.clone(), view()));
    assert!(!session.is_project_unsaved());

    // A question that is still being answered is written too.
    session.execute(outlets_near_the_yangtze(&session));
    assert!(session.is_project_unsaved());
    session.execute(Command::SaveProject(file.clone(), view()));
    finish(&mut session);
    assert!(!session.is_project_unsaved());
    let mut session = open(&file);
    assert_eq!(session.answers().len(), 1);
    assert!(!session.is_project_unsaved(), "nothing was done since it was opened");
    session.execute(Command::SetVisible(outlets, false));
    assert!(!session.is_project_unsaved());
    let answer = session.answers()[0].key;
    session.execute(Command::Change(Change::Remove(answer)));
    assert!(session.is_project_unsaved());

    // A layer that was open before the project is in none.
    let mut session = self::session();
    session.execute(Command::Open(vec![maps().join("baoshan/park.geojson")], None));
    finish(&mut session);
    let park = session.layers()[0].key;
    session.execute(Command::Style(park, hidden, false));
    session.execute(Command::OpenProject(file));
    finish(&mut session);
    assert_eq!(session.layers().len(), 3);
    assert!(session.is_project_unsaved());
}

#[test]
fn what_another_program_wrote_is_taken_and_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("park.geojson");
    std::fs::copy(maps().join("baoshan/park.geojson"), &file).expect("copied");
    let mut session = session();
    session.keep_journal(folder.path().join("journal"));
    session.execute(Command::Open(vec![file.clone()], None));
    finish(&mut session);
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    session.execute(Command::SetProperty(key, 0, "name".to_owned(), "我们的".to_owned()));
    let written = std::fs::read_to_string(&file).expect("there").replacen("顾村公园", "他们的", 1);
    std::fs::write(&file, written).expect("writable");
    let names = |session: &Session| {
        let layer = session.layer(key).expect("open").layer();
        layer
            .rows()
            .map(|row| layer.label(row))
            .filter(|name| ["我们的", "他们的"].contains(&&**name))
            .collect::<Vec<_>>()
    };
    let [mine, theirs] = ["我们的", "他们的"].map(|name| vec![name.to_owned()]);
    assert_eq!(names(&session), mine);
    session.execute(Command::Reload(key));
    finish(&mut session);
    let layer = session.layer(key).expect("in its place");
    assert!(layer.is_editable && !layer.is_unsaved() && !layer.is_overtaken());
    assert_eq!(names(&session), theirs);
    session.execute(Command::Undo);
    assert_eq!(names(&session), mine);
    let layer = session.layer(key).expect("in its place");
    assert!(layer.is_unsaved() && layer.is_overtaken(), "and it is not saved over theirs unasked");
    // In the journal stands what is open: mine, and after it was given up for theirs nothing.
    let is_left = |session: &mut Session| {
        session.journal_mut().sync();
        let text =
            std::fs::read_dir(folder.path().join("journal")).expect("there").next().expect("one").expect("there");
        let left = replay(&std::fs::read(text.path()).expect("readable"));
        left.iter().map(|layer| layer.rows.len()).sum::<usize>()
    };
    assert_eq!(is_left(&mut session), 1);
    session.execute(Command::Redo);
    assert_eq!(names(&session), theirs);
    assert_eq!(is_left(&mut session), 0);
}

/// A session with 60,000 numbered points that may be edited, and a journal in a folder.
fn many_points(folder: &std::path::Path) -> (Session, Key) {
    let feature = |n: usize| {
        let (lon, lat) = (121.0 + (n % 300) as f64 * 1e-3, 31.0 + (n / 300) as f64 * 1e-3);
        format!(
            r#"{{"type":"Feature","properties":{{"n":{n}}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
    };
    let features: Vec<String> = (0..60_000).map(feature).collect();
    let file = folder.join("points.geojson");
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(",\n"));
    std::fs::write(&file, text).expect("room");
    let mut session = session();
    session.keep_journal(folder.join("journal"));
    session.execute(Command::Open(vec![file], None));
    finish(&mut session);
    let key = session.layers()[0].key;
    session.execute(Command::SetEditable(key, true));
    (session, key)
}

fn fill(key: Key, column: &str, text: &str) -> Command {
    let expression = Expression::parse(text).expect("an expression");
    Command::Fill(key, (0..60_000).collect(), column.to_owned(), Box::new(expression))
}

fn number(session: &Session, key: Key, row: usize, column: &str) -> Option<f64> {
    session.layer(key).expect("open").layer().attributes.get(row, column).as_number()
}

#[test]
fn rows_taken_out_meanwhile_are_no_hindrance_to_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = || (0..3_000).collect::<Vec<usize>>();
    let (column, text) = ("m".to_owned(), "n * 2");
    let expression = || Box::new(Expression::parse(text).expect("an expression"));
    let commands: [(&str, &dyn Fn(Key) -> Command); 4] = [
        ("filled", &|key| Command::Fill(key, rows(), column.clone(), expression())),
        ("copied", &|key| Command::Construct(key, rows(), Construct::Duplicate([0.5, 0.5]))),
        ("simplified", &|key| Command::Construct(key, rows(), Construct::Simplify(1.0))),
        ("taken out", &|key| Command::Delete(key, rows())),
    ];
    for (what, command) in commands {
        let (mut session, key) = many_points(folder.path());
        let before = session.layer(key).expect("open").layer().feature_count();
        session.execute(command(key));
        assert_eq!(session.jobs().len(), 1, "{what}: beside the window");
        session.execute(Command::Delete(key, vec![0, 17, 2_999]));
        let events = finish(&mut session);
        assert!(!events.iter().any(Event::is_failure), "{what}: {events:?}");
        let layer = session.layer(key).expect("open").layer().clone();
        assert!([0, 17, 2_999].iter().all(|row| layer.is_gone(*row)), "{what}");
        let left = match what {
            "copied" => before - 3 + 2_997,
            "taken out" => before - 3_000,
            _ => before - 3,
        };
        assert_eq!(layer.feature_count(), left, "{what}");
        if what == "filled" {
            assert_eq!(number(&session, key, 18, "m"), Some(36.0));
        }
        // Two steps, to be taken back one after the other.
        session.execute(Command::Undo);
        assert_eq!(session.layer(key).expect("open").layer().feature_count(), before - 3, "{what}");
    }
}

#[test]
fn many_features_are_changed_beside_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut session, key) = many_points(folder.path());
    session.execute(fill(key, "m", "n * 2"));
    assert!(matches!(session.jobs(), [job] if matches!(job.kind, JobKind::Editing(_))));
    assert_eq!(number(&session, key, 8, "m"), None);
    // Nothing waits for it, and it is worked out again of what was edited meanwhile.
    session.execute(Command::SetProperty(key, 7, "n".to_owned(), "1000".to_owned()));
    assert_eq!(number(&session, key, 7, "n"), Some(1_000.0));
    finish(&mut session);
    let all = |session: &Session| [7, 8, 59_999].map(|row| number(session, key, row, "m"));
    assert_eq!(all(&session), [Some(2_000.0), Some(16.0), Some(119_998.0)]);

    session.execute(Command::Undo);
    assert_eq!(all(&session), [None; 3]);
    let layer = session.layer(key).expect("open");
    assert_eq!(layer.layer().attributes.names().iter().map(|n| &**n).collect::<Vec<_>>(), ["n"]);
    assert_eq!(number(&session, key, 7, "n"), Some(1_000.0));
    session.execute(Command::Redo);
    assert_eq!(all(&session), [Some(2_000.0), Some(16.0), Some(119_998.0)]);

    // What is edited on top of it is taken back to the same state.
    let state = session.layer(key).expect("open").indexed.id();
    session.execute(Command::SetProperty(key, 3, "m".to_owned(), "5".to_owned()));
    assert_eq!(number(&session, key, 3, "m"), Some(5.0));
    session.execute(Command::Undo);
    assert_eq!(session.layer(key).expect("open").indexed.id(), state);

    // Features that are put elsewhere twice are where they were put last, and what was moved meanwhile stays.
    let moved = |by: f64| {
        let to = |row: usize| {
            let p = LonLat::new(121.0 + by, 31.0 + row as f64 * 1e-5);
            (row, Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![p]]] })
        };
        Command::Reshape(key, (0..3_000).map(to).collect(), EditKind::Move)
    };
    session.execute(moved(0.5));
    let Command::Reshape(_, one, kind) = moved(0.7) else { unreachable!("a move") };
    session.execute(Command::Reshape(key, one[..1].to_vec(), kind));
    finish(&mut session);
    let lon = |session: &Session, row| {
        session.layer(key).expect("open").layer().geometries.positions_of(row).first().map(|p| p.lon)
    };
    assert_eq!([lon(&session, 0), lon(&session, 1)], [Some(121.7), Some(121.5)]);
    session.execute(Command::Undo);
    session.execute(Command::Undo);
    assert_eq!([lon(&session, 0), lon(&session, 1)], [Some(121.0), Some(121.001)]);

    // One that is stopped changes nothing.
    session.execute(fill(key, "m", "n * 3"));
    session.execute(Command::CancelAll);
    let events = finish(&mut session);
    assert!(matches!(events[..], [Event::Cancelled(JobKind::Editing(_))]), "{events:?}");
    assert_eq!(all(&session), [Some(2_000.0), Some(16.0), Some(119_998.0)]);

    // All of it is in the journal.
    session.journal_mut().flush();
    let mut left = left_in(&folder.path().join("journal"));
    assert_eq!(left.len(), 1);
    let mut again = self::session();
    again.execute(Command::Recover(Box::new(left.remove(0))));
    finish(&mut again);
    let recovered = again.layers()[0].key;
    assert_eq!([7, 59_999].map(|row| number(&again, recovered, row, "m")), [Some(2_000.0), Some(119_998.0)]);
    assert!(again.layers()[0].is_unsaved());
}

#[test]
fn many_features_stand_once_more_and_share_their_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut session, key) = many_points(folder.path());
    session.execute(Command::Construct(key, (0..60_000).rev().collect(), Construct::Duplicate([0.5, 0.0])));
    finish(&mut session);
    let layer = session.layer(key).expect("open").layer();
    assert_eq!(layer.feature_count(), 120_000);
    for (row, of) in [(60_000, 59_999), (70_000, 49_999), (119_999, 0)] {
        assert_eq!(number(&session, key, row, "n"), Some(of as f64));
        let [copy, own] = [row, of].map(|row| layer.geometries.positions_of(row)[0]);
        assert!((copy.lon - own.lon - 0.5).abs() < 1e-9 && copy.lat == own.lat, "{copy:?} {own:?}");
    }
    let text = |(_, edited): (usize, &Edited)| match edited {
        Edited::Feature(layer, _) => Some(Arc::as_ptr(layer)),
        Edited::Gone => None,
    };
    let mut texts: Vec<_> = layer.edits.iter().filter_map(text).collect();
    texts.sort_unstable();
    texts.dedup();
    assert!(texts.len() <= 60_000 / 4_000, "{} texts", texts.len());
    session.execute(Command::Undo);
    assert_eq!(session.layer(key).expect("open").layer().feature_count(), 60_000);
}

#[test]
fn the_filter_of_many_rows_is_followed_beside_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut session, key) = many_points(folder.path());
    let shown = |session: &Session| {
        let shown = session.layer(key).expect("open").shown.as_ref();
        shown.map(|shown| (0..60_000).filter(|row| shown.contains(*row)).count())
    };
    let style = |filter: &str| LayerStyle { filter: Some(filter.to_owned()), ..LayerStyle::default() };
    session.execute(Command::Style(key, Arc::new(style("n >= 59990")), false));
    assert_eq!(shown(&session), None);
    finish(&mut session);
    assert_eq!(shown(&session), Some(10));
    // One row is judged at once, also while many others are on the way.
    session.execute(Command::SetProperty(key, 0, "n".to_owned(), "60000".to_owned()));
    assert_eq!(shown(&session), Some(11));
    session.execute(fill(key, "n", "n + 5"));
    while session.layer(key).is_some_and(|layer| layer.layer().edits.count() < 60_000) {
        session.poll();
    }
    session.execute(Command::SetProperty(key, 0, "n".to_owned(), "1".to_owned()));
    finish(&mut session);
    assert_eq!(shown(&session), Some(15));
    session.execute(Command::Undo);
    session.execute(Command::Undo);
    finish(&mut session);
    assert_eq!(shown(&session), Some(11));

    // A filter of a column that is not there leaves all; nobody stops one.
    session.execute(Command::Style(key, Arc::new(style("extra < 3")), false));
    finish(&mut session);
    assert_eq!(shown(&session), None);
    session.execute(fill(key, "extra", "n"));
    finish(&mut session);
    session.execute(Command::CancelAll);
    finish(&mut session);
    assert_eq!(shown(&session), Some(2));
    session.execute(Command::Undo);
    finish(&mut session);
    assert_eq!(shown(&session), None);
}

#[test]
fn an_answer_of_some_rows_of_an_edited_layer_is_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut session, key) = many_points(folder.path());
    session.execute(Command::SetProperty(key, 0, "n".to_owned(), "7".to_owned()));
    let operands = Operands { subject: key, subject_where: Some("n < 50".to_owned()), ..Operands::default() };
    session.execute(Command::Ask(Question::Buffer { distance_m: 10.0, dissolve: Dissolve::Each }, operands));
    finish(&mut session);
    assert!(!session.is_out_of_date(&session.answers()[0]));
    session.execute(Command::SetProperty(key, 0, "n".to_owned(), "8".to_owned()));
    assert!(session.is_out_of_date(&session.answers()[0]));
}

#[test]
fn rules_that_read_a_national_database_can_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, properties: &str| {
        let square = "[[[121.4,31.3],[121.41,31.3],[121.41,31.31],[121.4,31.31],[121.4,31.3]]]";
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","id":1,"properties":{properties},"geometry":{{"type":"Polygon","coordinates":{square}}}}}]}}"#
        );
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        path
    };
    let red_line = write("STBHHX.geojson", r#"{"HXBM":"1","HXMC":"红"}"#);
    let plot = write("plot.geojson", r#"{"name":"项目","use":"工业用地"}"#);
    let mut session = session();
    session.execute(Command::Open(vec![red_line, plot], None));
    finish(&mut session);
    assert!(session.by_role(Role::RedLine).is_none(), "it is read as one, and has no role of its own");
    let roles = session.roles();
    assert_eq!(roles.len(), 2);
    assert!(roles.contains(&Role::RedLine) && roles.contains(&Role::Plot), "{roles:?}");
    let runnable = session.catalogue().runnable(&roles);
    assert!(runnable.iter().any(|id| id == "red-line-encroachment"), "{runnable:?}");
    session.execute(Command::RunRules(vec!["red-line-encroachment".to_owned()], Lang::Zh));
    finish(&mut session);
    let answer = session.rule_result("red-line-encroachment").expect("it ran").answer.clone();
    assert_eq!((answer.status, answer.count(Verdict::Review)), (Status::Answered, 1));
}
