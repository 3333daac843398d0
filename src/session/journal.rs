//! The journal: every edit is on disk before the next frame is long over, line by line, and nothing in it is ever
//! changed. After a crash, a kill or a power cut the next start reads it back and offers what was done.
//!
//! A session writes one file of JSON lines in the folder for journals and holds a lock on it while it runs. A line that
//! cannot be read (a power cut left half of it, a newer version wrote it, a byte was flipped) is skipped and named, and the
//! journal is then kept beside (`.kept`) and not deleted.

pub use super::line::{BadRow, Line, State, Unread, UnreadLine};
pub use super::recovering::{Apart, Lost, TakenUp};
pub use super::replay::{Left, Numbering, Recovered, Replay, Saving, kept_path, left_in, replay, replay_from};
use super::settings::Settings;
use super::{Edit, Key};
use crate::io::FileStamp;
use crate::model::{Edited, FeatureText, Layer};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// Rows edited, for a line that the writer makes: of many rows it takes its time.
#[derive(Debug)]
struct Edits {
    key: u64,
    rows: Vec<(usize, Option<Edited>)>,
    as_read: Arc<FeatureText>,
    /// True where the layer's file is not the one that was read: a row as it was read is written out then.
    is_saved: bool,
}

impl Edits {
    fn line(&self) -> Line {
        let FeatureText { text, spans, .. } = &*self.as_read;
        let owned = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let as_read = |row: usize| {
            let text = self.is_saved.then(|| text.restored(spans[row]).ok()).flatten();
            text.map_or(State::AsRead(None), |text| State::Text(owned(&text)))
        };
        let state = |row: usize, edited: &Option<Edited>| match edited {
            Some(edited) => edited.text().map_or(State::Gone(true), |text| State::Text(owned(text))),
            // A row that was added and is no longer.
            None if row >= spans.len() => State::Gone(true),
            None => as_read(row),
        };
        Line::Edit { key: self.key, rows: self.rows.iter().map(|(row, edited)| (*row, state(*row, edited))).collect() }
    }
}

/// What the writer is told.
#[derive(Debug)]
enum Task {
    Write(Line),
    Edit(Edits),
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
    known: BTreeSet<Key>,
    /// Layers whose file is not the one that was read: a row as it was read is written out for them.
    saved: BTreeSet<Key>,
    path: Option<PathBuf>,
    writer: Option<std::thread::JoinHandle<()>>,
    /// Why edits are not on the disk, where they are not.
    trouble: Arc<Mutex<Option<String>>>,
    /// What of it was told.
    told: Option<String>,
}

fn set(trouble: &Mutex<Option<String>>, to: Option<String>) {
    *trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
}

impl Journal {
    /// In a folder; nothing is written before the first edit.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::default() }
    }

    /// Notes an edit of a layer, before which it stood in `file`.
    pub(super) fn edit(&mut self, edit: &Edit, layer: &Layer, file: Option<&Path>, stamp: Option<FileStamp>) {
        if self.known.insert(edit.layer) {
            self.line(Line::Layer {
                key: edit.layer.0,
                name: layer.name.clone(),
                file: file.and_then(|path| std::path::absolute(path).ok()),
                stamp,
                rows: layer.as_read.spans.len(),
                more: serde_json::Map::new(),
            });
        }
        let (as_read, is_saved) = (Arc::clone(&layer.as_read), self.saved.contains(&edit.layer));
        self.task(Task::Edit(Edits { key: edit.layer.0, rows: edit.rows.clone(), as_read, is_saved }));
    }

    /// Notes that a layer is being saved as it is now.
    pub(super) fn saving(&mut self, key: Key, state: u64, file: &Path) {
        if self.known.contains(&key) {
            self.saved.insert(key);
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            self.line(Line::Saving { key: key.0, state, file });
        }
    }

    /// Notes that a layer was saved as it was when that saving began.
    pub(super) fn saved(&mut self, key: Key, state: u64, stamp: Option<FileStamp>) {
        if self.known.contains(&key) {
            self.line(Line::Saved { key: key.0, state, stamp });
        }
    }

    /// Lets go what was noted of a layer: another state of it begins anew.
    pub(super) fn forget(&mut self, key: Key) {
        self.open(key, false);
        self.known.remove(&key);
        self.saved.remove(&key);
    }

    /// Removes an older journal once everything noted so far is on the disk; or renames it, where not all of it could be
    /// taken over. False where no journal is kept: then it stays as it is.
    pub(super) fn take_over(&mut self, left: &Left, kept: Option<PathBuf>) -> bool {
        let path = left.path.clone();
        self.task(match kept {
            None => Task::Remove(path),
            Some(kept) => Task::Keep(path, kept),
        });
        self.tasks.is_some()
    }

    /// Why edits are not on the disk, where they are not and that was not told yet.
    pub(super) fn news(&mut self) -> Option<String> {
        let now = self.trouble.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let is_new = now.is_some() && now != self.told;
        self.told = now;
        self.told.clone().filter(|_| is_new)
    }

    /// Waits until everything noted so far is on the disk.
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

    /// Notes that a layer was taken out or brought back.
    pub(super) fn open(&mut self, key: Key, is_open: bool) {
        if self.known.contains(&key) {
            self.line(Line::Open(key.0, is_open));
        }
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
        let Some(folder) = &self.folder else { return };
        let name = format!("{}-{}", crate::report::timestamp().replace(':', "-"), std::process::id());
        let (path, file) = match begun(folder, &name) {
            Ok(begun) => begun,
            Err(e) => {
                set(&self.trouble, Some(format!("{}: {e}", folder.display())));
                self.folder = None;
                return;
            }
        };
        let (sender, tasks) = channel();
        self.tasks = Some(sender);
        self.path = Some(path);
        let mut writer =
            Writer { file, length: 0, waiting: Vec::new(), older: Vec::new(), trouble: Arc::clone(&self.trouble) };
        self.writer = Some(std::thread::spawn(move || {
            tasks.iter().for_each(|task| writer.carry_out(task));
            // What the disk did not take then, it may take now.
            writer.write();
        }));
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
        if let Some(path) = self.path.take() {
            // What cannot be removed is offered once more: nothing is lost by that.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A new journal, held by this session, and its path.
fn begun(folder: &Path, name: &str) -> std::io::Result<(PathBuf, File)> {
    std::fs::create_dir_all(folder)?;
    let mut names = std::iter::once(format!("{name}.jsonl")).chain((2..100).map(|n| format!("{name}-{n}.jsonl")));
    loop {
        let Some(name) = names.next() else { return Err(std::io::ErrorKind::AlreadyExists.into()) };
        let path = folder.join(name);
        let file = match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        file.lock()?;
        // Before it is held, a session that starts may take it for an empty one of an ended session, and remove it.
        if path.try_exists()? {
            return Ok((path, file));
        }
    }
}

/// What the writer's thread knows.
struct Writer {
    file: File,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that the disk did not take stand here until it does.
    waiting: Vec<u8>,
    /// What becomes of older journals once the disk has taken everything.
    older: Vec<Task>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Writer {
    fn carry_out(&mut self, task: Task) {
        let line = match task {
            Task::Write(line) => line,
            Task::Edit(edits) => edits.line(),
            Task::Remove(_) | Task::Keep(..) => {
                self.older.push(task);
                return self.write();
            }
            Task::Tell(sender) => {
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
        if !self.waiting.is_empty() {
            if let Err(e) = self.file.write_all(&self.waiting).and_then(|()| self.file.sync_data()) {
                // No half of a line stays in the file. Where it cannot be cut off it ends there, so that it spoils no other.
                let is_cut = self.file.set_len(self.length).is_ok();
                let is_half = || self.file.metadata().map_or(true, |file| file.len() != self.length);
                if !is_cut && self.waiting.first() != Some(&b'\n') && is_half() {
                    self.waiting.insert(0, b'\n');
                }
                return set(&self.trouble, Some(e.to_string()));
            }
            self.length += self.waiting.len() as u64;
            self.waiting = Vec::new();
            set(&self.trouble, None);
        }
        for task in self.older.drain(..) {
            // A journal that stays is offered once more.
            let _ = match task {
                Task::Remove(path) => std::fs::remove_file(path),
                Task::Keep(path, kept) => std::fs::rename(path, kept),
                Task::Write(_) | Task::Edit(_) | Task::Tell(_) => Ok(()),
            };
        }
    }
}
