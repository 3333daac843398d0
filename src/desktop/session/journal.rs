//! The journal: every edit is on disk before the next frame is long over, line by line, and nothing in it is ever
//! changed. After a crash, a kill or a power cut the next start reads it back and offers what was done.
//!
//! A session writes one file of JSON lines in the folder for journals and holds a lock on it while it runs. A line that
//! cannot be read (a power cut left half of it, a newer version wrote it, a byte was flipped) is skipped and named, and the
//! journal is then kept beside (`.kept`) and not deleted.

pub use super::line::{BadRow, Line, State, Unread, UnreadLine};
use super::open::Reading;
pub use super::recovering::{Apart, Lost, TakenUp};
pub use super::replay::{Left, Numbering, Recovered, Replay, Saving, kept_path, left_in, replay, replay_from};
use super::settings::Settings;
use super::{Edit, OpenLayer};
use crate::io::FileStamp;
use crate::io::disk::{self, File};
use crate::io::geojson::saved_text;
use crate::model::{Edited, Layer};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Rows edited, for a line that the writer makes: of many rows it takes its time.
#[derive(Debug)]
struct Edits {
    key: u64,
    rows: Vec<(usize, Option<Edited>)>,
    /// Rows that were read.
    as_read: usize,
    /// The layer as it was read, where its file is not the one that was read: such a row is written out then.
    written_out: Option<Layer>,
}

impl Edits {
    fn line(&self) -> Line {
        let owned = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let as_read = |row: usize| {
            // As the file has it: in longitude and latitude, whatever it was read from.
            let text = self.written_out.as_ref().and_then(|layer| saved_text(layer, row).ok());
            text.map_or(State::AsRead(None), |text| State::Text(owned(&text)))
        };
        let state = |row: usize, edited: &Option<Edited>| match edited {
            Some(edited) => edited.text().map_or(State::Gone(true), |text| State::Text(owned(text))),
            // A row that was added and is no longer.
            None if row >= self.as_read => State::Gone(true),
            None => as_read(row),
        };
        Line::Edit { key: self.key, rows: self.rows.iter().map(|(row, edited)| (*row, state(*row, edited))).collect() }
    }
}

/// What the writer is told.
#[derive(Debug)]
enum Task {
    Write(Line),
    Edit(Box<Edits>),
    /// Everything before it is on the disk: an older journal whose edits were taken over goes.
    Remove(PathBuf),
    /// The same for one of which something could not be taken over: it gets this other name.
    Keep(PathBuf, PathBuf),
    /// Everything before it is on the disk: say so.
    Tell(Sender<()>),
}

/// Writes lines on a thread of its own, each flushed to the disk.
#[derive(Debug, Default)]
pub struct Journal {
    folder: Option<PathBuf>,
    tasks: Option<Sender<Task>>,
    known: BTreeSet<Reading>,
    /// Layers whose file is not the one that was read: a row as it was read is written out for them.
    saved: BTreeSet<Reading>,
    /// The journal's file, once it could be made.
    path: Arc<Mutex<Option<PathBuf>>>,
    writer: Option<std::thread::JoinHandle<()>>,
    /// Why edits are not on the disk, where they are not.
    trouble: Arc<Mutex<Option<String>>>,
    /// What of it was told.
    told: Option<String>,
}

fn set<T>(of: &Mutex<Option<T>>, to: Option<T>) {
    *of.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

fn get<T: Clone>(of: &Mutex<Option<T>>) -> Option<T> {
    of.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// After so long what the disk did not take is offered to it again, also where nobody edits.
const AGAIN: Duration = Duration::from_secs(2);

impl Journal {
    /// In a folder; nothing is written before the first edit.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::default() }
    }

    /// Notes an edit of a layer, before which it stood in its file.
    pub(super) fn edit(&mut self, edit: &Edit, open: &OpenLayer) {
        let layer = open.layer();
        let as_read = layer.as_read.len();
        if self.known.insert(open.reading) {
            self.line(Line::Layer {
                key: open.reading.0,
                name: layer.name.clone(),
                file: open.path.as_deref().and_then(|path| std::path::absolute(path).ok()),
                stamp: open.stamp,
                rows: as_read,
                read_as: Some(Box::new(open.read_as.clone())),
                more: serde_json::Map::new(),
            });
        }
        let written_out = self.saved.contains(&open.reading).then(|| layer.unedited());
        self.task(Task::Edit(Box::new(Edits { key: open.reading.0, rows: edit.rows.clone(), as_read, written_out })));
    }

    /// Notes that a layer is being saved as it is now.
    pub(super) fn saving(&mut self, key: Reading, state: u64, file: &Path) {
        if self.known.contains(&key) {
            self.saved.insert(key);
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            self.line(Line::Saving { key: key.0, state, file });
        }
    }

    /// Notes that a layer was saved as it was when that saving began.
    pub(super) fn saved(&mut self, key: Reading, state: u64, stamp: Option<FileStamp>) {
        if self.known.contains(&key) {
            self.line(Line::Saved { key: key.0, state, stamp });
        }
    }

    /// Removes an older journal once everything noted so far is on the disk; or renames it, where not all of it could be
    /// taken over. False where no journal is kept, or none could be made: then it stays as it is, for the time being.
    pub(super) fn take_over(&mut self, left: &Left, kept: Option<PathBuf>) -> bool {
        let path = left.path.clone();
        self.task(match kept {
            None => Task::Remove(path),
            Some(kept) => Task::Keep(path, kept),
        });
        self.tasks.is_some() && get(&self.path).is_some()
    }

    /// Why edits are not on the disk, where they are not and that was not told yet.
    pub(super) fn news(&mut self) -> Option<String> {
        let now = get(&self.trouble);
        let is_new = now.is_some() && now != self.told;
        self.told = now;
        self.told.clone().filter(|_| is_new)
    }

    /// Waits until everything noted so far is on the disk, or was refused by it, which is told as an event.
    pub fn sync(&mut self) {
        let (sender, told) = channel();
        self.task(Task::Tell(sender));
        // Without a writer nobody tells.
        let _ = told.recv();
    }

    /// Notes what is set and in no project.
    pub(super) fn settings(&mut self, settings: &Settings) {
        self.line(Line::Settings(Box::new(settings.clone())));
    }

    /// Notes that a layer was taken out or brought back. True where it is one that was edited here: all its edits stand in
    /// the journal already.
    pub(super) fn open(&mut self, key: Reading, is_open: bool) -> bool {
        let is_known = self.known.contains(&key);
        if is_known {
            self.line(Line::Open(key.0, is_open));
        }
        is_known
    }

    fn line(&mut self, line: Line) {
        self.task(Task::Write(line));
    }

    fn task(&mut self, task: Task) {
        if self.tasks.is_none() {
            self.begin();
        }
        if let Some(tasks) = &self.tasks {
            // The writer ends only with the journal.
            let _ = tasks.send(task);
        }
    }

    fn begin(&mut self) {
        let Some(folder) = self.folder.clone() else { return };
        let name = format!("{}-{}", crate::report::timestamp().replace(':', "-"), std::process::id());
        let (sender, tasks) = channel();
        let mut writer = Writer {
            folder,
            name,
            file: None,
            path: Arc::clone(&self.path),
            length: 0,
            is_flushed: true,
            waiting: Vec::new(),
            older: Vec::new(),
            trouble: Arc::clone(&self.trouble),
        };
        // Once here: that there is no journal is told with the first edit. The writer tries again.
        if let Err(e) = writer.open() {
            set(&self.trouble, Some(e));
        }
        self.tasks = Some(sender);
        self.writer = Some(std::thread::spawn(move || writer.run(&tasks)));
    }

    /// Waits until everything noted is on the disk.
    pub fn flush(&mut self) {
        self.tasks = None;
        if let Some(writer) = self.writer.take() {
            // A writer that broke down has said so.
            let _ = writer.join();
        }
        self.known.clear();
        self.folder = None;
    }

    /// Ends the journal of a session that leaves nothing unsaved, or whose planner gave it up.
    pub fn discard(&mut self) {
        self.flush();
        if let Some(path) = get(&self.path) {
            // What cannot be removed is offered once more: nothing is lost by that.
            let _ = disk::remove_file(&path);
            set(&self.path, None);
        }
    }
}

/// A new journal, held by this session.
fn begun(folder: &Path, name: &str) -> std::io::Result<File> {
    disk::create_dir_all(folder)?;
    let mut names = std::iter::once(format!("{name}.jsonl")).chain((2..100).map(|n| format!("{name}-{n}.jsonl")));
    loop {
        let Some(name) = names.next() else { return Err(ErrorKind::AlreadyExists.into()) };
        let path = folder.join(name);
        let file = match File::append_new(&path) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        match file.lock().and_then(|()| path.try_exists()) {
            Ok(true) => {
                disk::sync_folder(Some(folder));
                return Ok(file);
            }
            // Before it was held, a session that started took it for an empty one of an ended session, and removed it.
            Ok(false) => {}
            Err(e) => {
                // It is empty: the next session removes it where it stays.
                let _ = disk::remove_file(&path);
                return Err(e);
            }
        }
    }
}

/// What the writer's thread knows.
struct Writer {
    folder: PathBuf,
    /// What the file is to be called, but for its ending.
    name: String,
    file: Option<File>,
    path: Arc<Mutex<Option<PathBuf>>>,
    /// Bytes of the file that stay as they are.
    length: u64,
    /// True where all of it is on the disk.
    is_flushed: bool,
    /// Lines that the disk did not take stand here until it does.
    waiting: Vec<u8>,
    /// What becomes of older journals once the disk has taken everything.
    older: Vec<Task>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Writer {
    /// Carries out what it is told until the journal ends.
    fn run(mut self, tasks: &Receiver<Task>) {
        loop {
            let task = match self.is_behind() {
                true => tasks.recv_timeout(AGAIN),
                false => tasks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match task {
                Ok(task) => self.carry_out(task),
                Err(RecvTimeoutError::Timeout) => self.write(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // What the disk did not take then, it may take now.
        self.write();
    }

    fn is_behind(&self) -> bool {
        !self.waiting.is_empty() || !self.is_flushed || !self.older.is_empty()
    }

    /// Makes the file, where that could not be done before.
    fn open(&mut self) -> Result<(), String> {
        if self.file.is_none() {
            let file = begun(&self.folder, &self.name).map_err(|e| format!("{}: {e}", self.folder.display()))?;
            set(&self.path, Some(file.path().to_owned()));
            self.file = Some(file);
        }
        Ok(())
    }

    fn carry_out(&mut self, task: Task) {
        let line = match task {
            Task::Write(line) => line,
            Task::Edit(edits) => edits.line(),
            Task::Remove(_) | Task::Keep(..) => {
                self.older.push(task);
                return self.write();
            }
            Task::Tell(sender) => {
                if self.is_behind() {
                    self.write();
                }
                // Who asked may be gone.
                let _ = sender.send(());
                return;
            }
        };
        match serde_json::to_vec(&line) {
            Ok(text) => {
                self.waiting.extend(text);
                self.waiting.push(b'\n');
                self.write();
            }
            Err(e) => set(&self.trouble, Some(e.to_string())),
        }
    }

    /// Writes what waits; then older journals are done with.
    fn write(&mut self) {
        if let Err(trouble) = self.write_waiting() {
            return set(&self.trouble, Some(trouble));
        }
        let mut trouble = None;
        self.older.retain(|task| {
            let (path, done) = match task {
                Task::Remove(path) => (path, disk::remove_file(path)),
                Task::Keep(path, kept) => (path, disk::rename(path, kept)),
                Task::Write(_) | Task::Edit(_) | Task::Tell(_) => return false,
            };
            match done {
                // A journal that stays is offered once more; that is told, and tried again.
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    trouble = Some(format!("{}: {e}", path.display()));
                    true
                }
                _ => false,
            }
        });
        set(&self.trouble, trouble);
    }

    fn write_waiting(&mut self) -> Result<(), String> {
        if self.waiting.is_empty() && self.is_flushed {
            return Ok(());
        }
        self.open()?;
        let Some(file) = &mut self.file else { return Ok(()) };
        self.is_flushed = false;
        if let Err(e) = file.write_all(&self.waiting).and_then(|()| file.sync_data()) {
            // No half of a line stays in the file. Where it cannot be cut off, it is gone on with where it ends: what stood
            // there twice would be taken for two layers.
            if file.set_len(self.length).is_err()
                && let Ok(found) = file.metadata()
            {
                let taken = found.len().saturating_sub(self.length).min(self.waiting.len() as u64);
                self.waiting.drain(..taken as usize);
                self.length += taken;
            }
            return Err(format!("{}: {e}", file.path().display()));
        }
        self.length += self.waiting.len() as u64;
        self.waiting = Vec::new();
        self.is_flushed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::TryLockError;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A session that starts removes empty journals that nobody holds.
    #[test]
    fn a_new_journal_is_held_and_there_whoever_tidies_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        let is_over = Arc::new(AtomicBool::new(false));
        let tidy = {
            let (folder, is_over) = (folder.path().to_owned(), Arc::clone(&is_over));
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                        let Ok(file) = std::fs::File::open(entry.path()) else { continue };
                        if file.try_lock().is_ok() {
                            let _ = std::fs::remove_file(entry.path());
                        }
                    }
                }
            })
        };
        let mut held = Vec::new();
        for n in 0..200 {
            let name = format!("session-{n}");
            let file = begun(folder.path(), &name).expect("a journal");
            let is_there = |path: &PathBuf| {
                let other = std::fs::File::open(path).expect("there");
                matches!(other.try_lock(), Err(TryLockError::WouldBlock))
            };
            let names = std::iter::once(format!("{name}.jsonl")).chain((2..100).map(|k| format!("{name}-{k}.jsonl")));
            let found = names.map(|name| folder.path().join(name)).find(|path| path.exists()).expect("one is there");
            assert!(is_there(&found), "{found:?} is held");
            held.push(file);
        }
        is_over.store(true, Ordering::Relaxed);
        tidy.join().expect("the tidying thread");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), held.len());
    }
}
