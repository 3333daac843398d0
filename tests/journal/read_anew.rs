//! A file read anew, taken out, brought back and saved in any order: what the journal gives another session is what stood
//! in the layer, and stands in the file's layer, not in one of its own.

use super::{Dice, editing, features, saved, session, settle};
use shanshui::session::journal::{TakenUp, left_in};
use shanshui::session::{Change, Command, EditKind, Event, Key, Session};
use std::path::Path;

/// One step of a case.
#[derive(Clone, Copy, Debug)]
enum Step {
    Draw,
    Delete,
    Move,
    Save,
    Reload,
    TakeOut,
    Undo,
    Redo,
}

use Step::*;

fn take(session: &mut Session, file: Key, path: &Path, step: Step, dice: &mut Dice) {
    let row = session.layer(file).and_then(|open| open.layer().rows().next());
    let commands = match step {
        Draw => vec![Command::Draw(Some(file), Box::new(dice.geometry()), String::new())],
        Delete => vec![Command::Delete(file, vec![row.expect("a row")])],
        Move => vec![Command::Reshape(file, vec![(row.expect("a row"), dice.geometry())], EditKind::Move)],
        Save => vec![Command::Save { layer: file, path: path.to_owned(), over: true }],
        Reload => vec![Command::Reload(file)],
        TakeOut => vec![Command::Change(Change::Remove(file))],
        Undo => vec![Command::Undo],
        Redo => vec![Command::Redo],
    };
    for command in commands {
        session.execute(command);
        settle(session);
    }
}

/// What another session takes up of the journal as it stands, and what it is told.
fn taken_up(folder: &Path) -> (Session, Vec<TakenUp>) {
    let mut other = session();
    for left in left_in(folder) {
        assert!(left.is_whole(), "{left:?}");
        other.execute(Command::Recover(Box::new(left)));
    }
    let mut told = Vec::new();
    while !other.jobs().is_empty() {
        told.extend(other.poll());
    }
    told.extend(other.poll());
    let told = told.into_iter().filter_map(|event| match event {
        Event::TakenUp(taken_up) => Some(taken_up),
        _ => None,
    });
    (other, told.collect())
}

#[test]
fn what_is_read_anew_and_brought_back_is_taken_up_where_it_stood() {
    let cases: &[&[Step]] = &[
        // The file has another number of rows than was read: the layer that comes back is one of the file as it was saved.
        &[Draw, Save, Draw, Reload, Undo],
        &[Draw, Draw, Save, Move, Reload, Undo],
        &[Delete, Save, Move, Reload, Undo],
        // As many rows as were read, but others: an edit would come to the wrong feature.
        &[Delete, Draw, Save, Move, Reload, Undo],
        &[Delete, Draw, Save, Move, Reload, Undo, Move, Delete],
        // Saved again after it came back.
        &[Draw, Save, Draw, Reload, Undo, Save, Move],
        &[Draw, Save, Draw, Reload, Undo, Draw, Save, Delete],
        // Both readings are edited, and one or the other comes back.
        &[Delete, Save, Move, Reload, Draw, Undo, Undo],
        &[Delete, Save, Move, Reload, Draw, Undo, Undo, Redo, Redo],
        &[Delete, Save, Reload, Draw, Save, Delete, Reload, Undo, Move],
        // Taken out and brought back, with what was saved before.
        &[Draw, Save, Delete, TakeOut, Undo],
        &[Draw, Save, Undo, TakeOut, Undo, Move],
        &[Delete, Save, Undo, Reload, Undo],
        // What was taken back to what was read, after the file was written without it.
        &[Move, Save, Undo, Reload, Undo, Redo, Undo],
    ];
    for steps in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plots.geojson");
        std::fs::write(&path, features(5)).expect("writable");
        let (mut session, file) = editing(folder.path(), &path);
        let mut dice = Dice(7);
        for step in *steps {
            take(&mut session, file, &path, *step, &mut dice);
        }
        session.journal_mut().sync();
        // Its lock is this process's: the other session reads a copy.
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(folder.path().join("journal")).expect("a journal") {
            let entry = entry.expect("an entry");
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("writable");
        }
        let open = session.layer(file).expect("open");
        let (other, told) = taken_up(copy.path());
        if !open.is_unsaved() {
            assert!(other.layers().is_empty(), "{steps:?}: {told:?}");
            continue;
        }
        assert!(told.is_empty(), "{steps:?}: {told:?}");
        assert_eq!(other.layers().len(), 1, "{steps:?}");
        let again = &other.layers()[0];
        assert_eq!(again.path.as_deref(), Some(&*path), "{steps:?}");
        assert_eq!(saved(again.layer()), saved(open.layer()), "{steps:?}");
    }
}
