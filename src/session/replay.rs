//! What journals of ended sessions hold that no file holds.

use super::journal::{Line, State};
use crate::io::FileStamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

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
    pub(super) path: PathBuf,
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
