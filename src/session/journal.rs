//! The journal: every edit is on disk before the next frame is long over, line by line, and nothing in it is ever
//! changed. After a crash, a kill or a power cut the next start reads it back and offers what was done.
//!
//! A session writes one file of JSON lines in the folder for journals and holds a lock on it while it runs. A line
//! that a power cut left half-written is the last one and is dropped.

pub use super::replay::{Left, Recovered, Saving, left_in, replay};
use super::{Edit, Key};
use crate::io::FileStamp;
use crate::model::{Edited, FeatureText, Layer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum State {
    /// It was taken out.
    Gone(bool),
    /// Its feature's text.
    Text(String),
    /// As it was read.
    AsRead(Option<()>),
}

impl State {
    /// The text of a feature that is there.
    pub(super) fn text(&self) -> Option<&String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Gone(_) | Self::AsRead(_) => None,
        }
    }
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A layer that is edited from here on.
    Layer {
        /// Its key in the session.
        key: u64,
        /// Its name.
        name: String,
        /// Its file, where it has one.
        file: Option<PathBuf>,
        /// The file's size and time when it was read or saved.
        stamp: Option<FileStamp>,
        /// Rows that the file has.
        rows: usize,
    },
    /// Rows in their new states.
    Edit {
        /// The layer.
        key: u64,
        /// Row and state.
        rows: Vec<(usize, State)>,
    },
    /// The layer is being saved as it is after the lines before this one.
    Saving {
        /// The layer.
        key: u64,
        /// Which saving it is.
        state: u64,
        /// Into this file.
        file: PathBuf,
    },
    /// It was saved.
    Saved {
        /// The layer.
        key: u64,
        /// Which saving it was.
        state: u64,
        /// Which then looked like this.
        stamp: Option<FileStamp>,
    },
    /// The layer was taken out by the planner (false) or brought back (true).
    Open(u64, bool),
}

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

    /// Removes an older journal once everything noted so far is on the disk.
    pub(super) fn take_over(&mut self, left: &Left) {
        self.task(Task::Remove(left.path.clone()));
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
        let path =
            folder.join(format!("{}-{}.jsonl", crate::report::timestamp().replace(':', "-"), std::process::id()));
        let open = || -> std::io::Result<File> {
            std::fs::create_dir_all(folder)?;
            let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        let mut file = match open() {
            Ok(file) => file,
            Err(e) => {
                set(&self.trouble, Some(format!("{}: {e}", path.display())));
                self.folder = None;
                return;
            }
        };
        let trouble = Arc::clone(&self.trouble);
        let (sender, tasks) = channel();
        self.tasks = Some(sender);
        self.path = Some(path.clone());
        self.writer = Some(std::thread::spawn(move || {
            // Lines that the disk did not take stand here until it does; no half of one stays in the file.
            let (mut waiting, mut length) = (Vec::new(), 0);
            for task in tasks {
                let line = match task {
                    Task::Write(line) => line,
                    Task::Edit(edits) => edits.line(),
                    // What stays is offered once more; who asked may be gone.
                    Task::Remove(path) => {
                        let _ = std::fs::remove_file(path);
                        continue;
                    }
                    Task::Tell(sender) => {
                        let _ = sender.send(());
                        continue;
                    }
                };
                waiting.extend(serde_json::to_vec(&line).unwrap_or_default());
                waiting.push(b'\n');
                match file.write_all(&waiting).and_then(|()| file.sync_data()) {
                    Ok(()) => {
                        length += waiting.len() as u64;
                        waiting = Vec::new();
                        set(&trouble, None);
                    }
                    Err(e) => {
                        // What cannot be cut off is cut off by the reader: it stops at a line that is none.
                        let _ = file.set_len(length);
                        set(&trouble, Some(e.to_string()));
                    }
                }
            }
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
