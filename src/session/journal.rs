//! The journal: every edit is on disk before the next frame is long over, line by line, and nothing in it is ever
//! changed. After a crash, a kill or a power cut the next start reads it back and offers what was done.
//!
//! A session writes one file of JSON lines in the folder for journals and holds a lock on it while it runs. A line
//! that a power cut left half-written is the last one and is dropped.

use super::{Edit, Key};
use crate::io::FileStamp;
use crate::model::{Edited, FeatureText, Layer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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

/// What a session that ended without saving left of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// The layer's name.
    pub name: String,
    /// The file it was saved in, or read from.
    pub file: Option<PathBuf>,
    /// That file's size and time then.
    pub stamp: Option<FileStamp>,
    /// Rows of the file in their new states; those behind its last were added.
    pub rows: BTreeMap<usize, State>,
    /// A saving that was begun, and whose end is not told.
    pub saving: Option<Saving>,
}

/// A saving: how the file can be known that it wrote, and what was edited since.
#[derive(Clone, Debug, PartialEq)]
pub struct Saving {
    /// Into this file.
    pub file: PathBuf,
    /// Rows in the file.
    pub file_rows: usize,
    /// Texts of some of them.
    pub texts: BTreeMap<usize, String>,
    /// Rows of that file in their new states.
    pub rows: BTreeMap<usize, State>,
}

/// A journal that no running session holds, and what is in it that no file holds.
#[derive(Clone, Debug)]
pub struct Left {
    path: PathBuf,
    /// The layers.
    pub layers: Vec<Recovered>,
}

impl Left {
    /// Removes the journal: its edits were taken over, or given up.
    pub fn remove(&self) {
        // A journal that stays is offered once more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The journals in a folder that ended sessions left, oldest first. Those without anything unsaved are removed.
pub fn left_in(folder: &Path) -> Vec<Left> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    paths.sort();
    let mut left = Vec::new();
    for path in paths {
        // A session that runs holds its journal.
        let is_free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        let Ok(text) = std::fs::read(&path) else { continue };
        if is_free {
            let found = Left { layers: replay(&text), path };
            if found.layers.is_empty() { found.remove() } else { left.push(found) }
        }
    }
    left
}

/// One layer while its journal is read.
struct Replayed {
    layer: Recovered,
    /// Where rows stand in the file now, by their number in the session; `None` as long as they stand where they were read.
    in_file: Option<BTreeMap<usize, usize>>,
    file_rows: usize,
    is_open: bool,
    edited: BTreeMap<usize, State>,
    saving: Option<Begun>,
}

/// A saving that was begun.
struct Begun {
    state: u64,
    file: PathBuf,
    /// What was edited before it, and since.
    before: BTreeMap<usize, State>,
    since: BTreeMap<usize, State>,
}

impl Replayed {
    /// The rows of the session that a file saved with these edits holds, in its order.
    fn rows_saved(&self, edited: &BTreeMap<usize, State>) -> Vec<usize> {
        let read: BTreeSet<usize> = match &self.in_file {
            None => (0..self.file_rows).collect(),
            Some(in_file) => in_file.keys().copied().collect(),
        };
        let mut rows: BTreeSet<usize> = read;
        for (row, state) in edited {
            match state {
                State::Gone(_) => drop(rows.remove(row)),
                State::Text(_) => drop(rows.insert(*row)),
                State::AsRead(_) => {}
            }
        }
        rows.into_iter().collect()
    }

    /// States by rows of the file; those of rows that it does not hold behind its last.
    fn by_file(
        in_file: Option<&BTreeMap<usize, usize>>,
        file_rows: usize,
        edited: &BTreeMap<usize, State>,
    ) -> BTreeMap<usize, State> {
        let mut added = file_rows;
        let mut rows = BTreeMap::new();
        for (row, state) in edited {
            let number = match in_file {
                None => Some(*row).filter(|row| *row < file_rows),
                Some(in_file) => in_file.get(row).copied(),
            };
            match (number, state) {
                (_, State::AsRead(_)) => {}
                (Some(number), _) => drop(rows.insert(number, state.clone())),
                (None, State::Text(_)) => {
                    rows.insert(added, state.clone());
                    added += 1;
                }
                // It never came into the file.
                (None, State::Gone(_)) => {}
            }
        }
        rows
    }

    fn saved(&mut self, begun: Begun, stamp: Option<FileStamp>) {
        let there = self.rows_saved(&begun.before);
        self.file_rows = there.len();
        self.in_file = Some(there.into_iter().enumerate().map(|(now, row)| (row, now)).collect());
        self.edited = begun.since;
        (self.layer.file, self.layer.stamp) = (Some(begun.file), stamp);
    }

    fn recovered(mut self) -> Option<Recovered> {
        if let Some(begun) = self.saving.take() {
            let there = self.rows_saved(&begun.before);
            let in_file: BTreeMap<usize, usize> = there.iter().enumerate().map(|(now, row)| (*row, now)).collect();
            let text = |(row, state): (&usize, &State)| match state {
                State::Text(text) => Some((in_file[row], text.clone())),
                State::Gone(_) | State::AsRead(_) => None,
            };
            self.layer.saving = Some(Saving {
                file_rows: there.len(),
                texts: begun.before.iter().filter_map(text).collect(),
                rows: Self::by_file(Some(&in_file), there.len(), &begun.since),
                file: begun.file,
            });
        }
        self.layer.rows = Self::by_file(self.in_file.as_ref(), self.file_rows, &self.edited);
        (self.is_open && !self.layer.rows.is_empty()).then_some(self.layer)
    }
}

/// What a journal says of layers whose edits no file holds.
pub fn replay(text: &[u8]) -> Vec<Recovered> {
    let mut layers: BTreeMap<u64, Replayed> = BTreeMap::new();
    for line in text.split_inclusive(|b| *b == b'\n') {
        // The last line may be half-written: it has no end, or is no JSON.
        let Some(line) = line.strip_suffix(b"\n").and_then(|line| serde_json::from_slice(line).ok()) else { break };
        match line {
            Line::Layer { key, name, file, stamp, rows } => {
                let layer = Recovered { name, file, stamp, rows: BTreeMap::new(), saving: None };
                let edited = BTreeMap::new();
                let replayed = Replayed { layer, in_file: None, file_rows: rows, is_open: true, edited, saving: None };
                layers.insert(key, replayed);
            }
            Line::Edit { key, rows } => {
                let Some(replayed) = layers.get_mut(&key) else { continue };
                if let Some(begun) = &mut replayed.saving {
                    begun.since.extend(rows.iter().cloned());
                }
                replayed.edited.extend(rows);
            }
            Line::Saving { key, state, file } => {
                let Some(replayed) = layers.get_mut(&key) else { continue };
                let before = replayed.edited.clone();
                replayed.saving = Some(Begun { state, file, before, since: BTreeMap::new() });
            }
            Line::Saved { key, state, stamp } => {
                let Some(replayed) = layers.get_mut(&key) else { continue };
                if let Some(begun) = replayed.saving.take_if(|begun| begun.state == state) {
                    replayed.saved(begun, stamp);
                }
            }
            Line::Open(key, is_open) => {
                if let Some(replayed) = layers.get_mut(&key) {
                    replayed.is_open = is_open;
                }
            }
        }
    }
    layers.into_values().filter_map(Replayed::recovered).collect()
}
