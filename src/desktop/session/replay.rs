//! What journals of ended sessions hold that no file holds. A line that cannot be read is skipped and named; a journal with
//! such a line is not deleted.

use super::line::{self, BadRow, Line, State, Understood, Unread, UnreadLine, still_bad};
use super::settings::Settings;
use crate::io::FileStamp;
use crate::io::disk::{self, File};
use crate::model::ReadAs;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::TryLockError;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Whose the numbers of recovered rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// Those of a file with so many rows; what stands behind its last was added.
    Of(usize),
    /// Those of a file of which the journal does not tell any more how many rows it had.
    Unknown,
    /// Nobody's: lines are lost that would tell where the rows stand in the file.
    Lost,
}

/// What a session that ended without saving left of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// The layer's name; empty where that is lost.
    pub name: String,
    /// The file it was saved in, or read from.
    pub file: Option<PathBuf>,
    /// That file's size and time then.
    pub stamp: Option<FileStamp>,
    /// How that file is to be read; `None` where the journal does not say.
    pub read_as: Option<ReadAs>,
    /// Whose the numbers of the rows are.
    pub numbering: Numbering,
    /// Rows of the file in their new states; those behind its last were added.
    pub rows: BTreeMap<usize, State>,
    /// Rows whose states cannot be read.
    pub bad: Vec<BadRow>,
    /// A saving that was begun, and whose end is not told.
    pub saving: Option<Saving>,
    /// The file that the planner says it is now.
    pub pointed: Option<PathBuf>,
}

impl Recovered {
    /// True where its rows belong to features of a file, which is the one that they were edited in no more, and another can
    /// be named.
    pub fn wants_file(&self) -> bool {
        let has_file = self.file.is_some() || self.numbering == Numbering::Unknown;
        has_file && self.numbering != Numbering::Lost && !self.is_file_there()
    }

    /// True where its file is as it was when it was edited.
    pub fn is_file_there(&self) -> bool {
        let stamp = self.file.as_deref().and_then(|file| FileStamp::of(file).ok());
        stamp.is_some() && stamp == self.stamp && matches!(self.numbering, Numbering::Of(_))
    }
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
    /// Lines that could not be read.
    pub unread: Vec<UnreadLine>,
    /// What was set and in no project.
    pub settings: Option<Box<Settings>>,
}

impl Left {
    /// The journal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True where everything in it was read.
    pub fn is_whole(&self) -> bool {
        self.unread.is_empty() && self.layers.iter().all(|layer| layer.bad.is_empty())
    }

    /// The planner gives up what it offers: the journal is offered no more, and kept under another name, which is returned.
    /// Who did not mean it finds it there. `None` where it could not be renamed: then it is offered once more.
    pub fn give_up(&self) -> Option<PathBuf> {
        let kept = kept_path(&self.path);
        disk::rename(&self.path, &kept).ok().map(|()| kept)
    }
}

/// Where a file is kept that could not be read: beside, under a name that nothing has.
pub fn kept_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let named = |ending: String| {
        let mut name = name.to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    let numbered = (2..).map(|n| named(format!(".{n}.kept")));
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err_and(|e| e.kind() == ErrorKind::NotFound);
    let mut names = std::iter::once(named(".kept".to_owned())).chain(numbered.take(10_000));
    names.find(is_free).unwrap_or_else(|| named(format!(".{}.kept", std::process::id())))
}

/// The journals in a folder that ended sessions left, oldest first. Those that were read to their end and hold nothing unsaved
/// are removed.
pub fn left_in(folder: &Path) -> Vec<Left> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    paths.sort();
    let unreadable = |path: &Path, e: std::io::Error| {
        let unread = vec![UnreadLine { line: 1, why: Unread::System(e.to_string()) }];
        Some(Left { path: path.to_owned(), layers: Vec::new(), unread, settings: None })
    };
    paths.iter().filter_map(|path| left_at(path).unwrap_or_else(|e| unreadable(path, e))).collect()
}

/// What a journal holds; `None` where it is a running session's, or nothing unsaved is in it.
fn left_at(path: &Path) -> std::io::Result<Option<Left>> {
    let is_gone = |e: &std::io::Error| e.kind() == ErrorKind::NotFound;
    match path.metadata() {
        // A pipe or a folder under a journal's name is none.
        Ok(metadata) if !metadata.is_file() => return Ok(None),
        Err(e) if is_gone(&e) => return Ok(None),
        _ => {}
    }
    let file = match File::open_to_read(path) {
        Err(e) if is_gone(&e) => return Ok(None),
        file => file?,
    };
    // A session that runs holds its journal. It is held here too until it is read, and removed where it is done with.
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(e)) => return Err(e),
    }
    let Replay { layers, unread, settings } = replay_from(BufReader::with_capacity(1 << 20, &file));
    if layers.is_empty() && unread.is_empty() && settings.is_none() {
        // One that stays is looked at once more.
        let _ = disk::remove_file(path);
        return Ok(None);
    }
    Ok(Some(Left { path: path.to_owned(), layers, unread, settings }))
}

/// Rows that a layer may have; a journal that tells of more tells nothing.
const MOST_ROWS: usize = u32::MAX as usize;

/// Which rows of a session its file holds: those that were read without those taken out, then those added.
#[derive(Clone, Debug)]
struct InFile {
    read: usize,
    gone: BTreeSet<usize>,
    added: BTreeSet<usize>,
}

impl InFile {
    fn of(read: usize) -> Self {
        Self { read, gone: BTreeSet::new(), added: BTreeSet::new() }
    }

    /// It was saved with these edits. Cost: those, whatever was edited before.
    fn save(&mut self, edited: &BTreeMap<usize, State>) {
        for (row, state) in edited {
            match (state, *row < self.read) {
                (State::Gone(_), true) => drop(self.gone.insert(*row)),
                (State::Gone(_), false) => drop(self.added.remove(row)),
                (State::Text(_), true) => drop(self.gone.remove(row)),
                (State::Text(_), false) => drop(self.added.insert(*row)),
                (State::AsRead(_), _) => {}
            }
        }
    }

    fn len(&self) -> usize {
        self.read - self.gone.len() + self.added.len()
    }

    /// The places of its rows.
    fn places(&self) -> Places {
        let in_order = |rows: &BTreeSet<usize>| rows.iter().copied().collect();
        Places { read: self.read, gone: in_order(&self.gone), added: in_order(&self.added) }
    }
}

/// Where rows of a session stand in a file: the rows that it lacks and those added, in rising order.
struct Places {
    read: usize,
    gone: Vec<usize>,
    added: Vec<usize>,
}

impl Places {
    /// The place of a row in the file.
    fn of(&self, row: usize) -> Option<usize> {
        let kept = self.read - self.gone.len();
        match row < self.read {
            true => self.gone.binary_search(&row).err().map(|before| row - before),
            false => self.added.binary_search(&row).ok().map(|at| kept + at),
        }
    }

    /// States by rows of the file; those of rows that it does not hold behind its last.
    fn by_file(&self, edited: &BTreeMap<usize, State>) -> BTreeMap<usize, State> {
        let mut added = self.read - self.gone.len() + self.added.len();
        let mut rows = BTreeMap::new();
        for (row, state) in edited {
            match (self.of(*row), state) {
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
}

/// One layer while its journal is read. A line costs what stands in it, whatever stands before it: a journal may have many.
struct Replayed {
    layer: Recovered,
    in_file: InFile,
    is_open: bool,
    /// What was edited since the saving that was begun, or else since the last that was told of.
    edited: BTreeMap<usize, State>,
    /// Rows of which a good state came, after so many of the bad ones that may still become good.
    good: HashMap<usize, usize>,
    saving: Option<Begun>,
    /// Lines, or parts of them, that were lost before the layer's own.
    lost_before: usize,
}

/// A saving that was begun.
struct Begun {
    state: u64,
    file: PathBuf,
    /// What was edited before it.
    before: BTreeMap<usize, State>,
    /// Bad rows before it.
    bad: usize,
    /// True where nothing is lost that would tell which rows it wrote.
    is_sure: bool,
}

impl Replayed {
    fn new(name: String, file: Option<PathBuf>, stamp: Option<FileStamp>, rows: Option<usize>, lost: usize) -> Self {
        let rows = rows.filter(|rows| *rows <= MOST_ROWS);
        let layer = Recovered {
            name,
            file,
            stamp,
            read_as: None,
            numbering: rows.map_or(Numbering::Unknown, Numbering::Of),
            rows: BTreeMap::new(),
            bad: Vec::new(),
            saving: None,
            pointed: None,
        };
        let (in_file, edited) = (InFile::of(rows.unwrap_or(MOST_ROWS)), BTreeMap::new());
        Self { layer, in_file, is_open: true, edited, good: HashMap::new(), saving: None, lost_before: lost }
    }

    /// A layer whose own line is lost.
    fn of_nothing(lost: usize) -> Self {
        Self::new(String::new(), None, None, None, lost)
    }

    /// How many of the bad rows stand before the saving that was begun: what comes later makes them good no more.
    fn kept(&self) -> usize {
        self.saving.as_ref().map_or(0, |begun| begun.bad)
    }

    fn edit(&mut self, rows: Vec<(usize, State)>, bad: Vec<BadRow>) {
        let after = self.layer.bad.len() - self.kept();
        if after > 0 {
            self.good.extend(rows.iter().map(|(row, _)| (*row, after)));
        }
        self.layer.bad.extend(bad);
        self.edited.extend(rows);
    }

    /// Leaves out bad rows of which a good state came later.
    fn settle_bad(&mut self) {
        let good = std::mem::take(&mut self.good);
        if !good.is_empty() {
            let bad = self.layer.bad.split_off(self.kept());
            self.layer.bad.extend(still_bad(bad, &good));
        }
    }

    fn saving(&mut self, state: u64, file: PathBuf, lost: usize) {
        self.settle_bad();
        let mut before = self.saving.take().map(|begun| begun.before).unwrap_or_default();
        before.extend(std::mem::take(&mut self.edited));
        let is_sure = lost == self.lost_before;
        self.saving = Some(Begun { state, file, before, bad: self.layer.bad.len(), is_sure });
    }

    /// The saving that was begun was done.
    fn saved(&mut self, stamp: Option<FileStamp>) {
        self.settle_bad();
        let Some(begun) = self.saving.take() else { return };
        self.in_file.save(&begun.before);
        self.layer.numbering = match self.layer.numbering {
            Numbering::Of(_) if begun.is_sure => Numbering::Of(self.in_file.len()),
            _ => Numbering::Lost,
        };
        self.layer.bad.drain(..begun.bad);
        (self.layer.file, self.layer.stamp) = (Some(begun.file), stamp);
        // What this program writes is longitude and latitude, UTF-8.
        self.layer.read_as = Some(ReadAs::default());
    }

    fn recovered(mut self) -> Option<Recovered> {
        self.settle_bad();
        let saving = self.saving.take();
        // What the file holds that was read, or that a saving is known to have written, lacks all of it.
        let lacking = saving.as_ref().map(|begun| {
            let mut all = begun.before.clone();
            all.extend(self.edited.iter().map(|(row, state)| (*row, state.clone())));
            all
        });
        let is_of_file = matches!(self.layer.numbering, Numbering::Of(_));
        if let Some(begun) = saving.filter(|begun| begun.is_sure && is_of_file) {
            let mut in_file = self.in_file.clone();
            in_file.save(&begun.before);
            let there = in_file.places();
            let text = |(row, state): (&usize, &State)| match state {
                State::Text(text) => there.of(*row).map(|at| (at, text.clone())),
                State::Gone(_) | State::AsRead(_) => None,
            };
            self.layer.saving = Some(Saving {
                file_rows: in_file.len(),
                texts: begun.before.iter().filter_map(text).collect(),
                rows: there.by_file(&self.edited),
                file: begun.file,
            });
        }
        self.layer.rows = self.in_file.places().by_file(lacking.as_ref().unwrap_or(&self.edited));
        let holds = !self.layer.rows.is_empty() || !self.layer.bad.is_empty();
        (self.is_open && holds).then_some(self.layer)
    }
}

/// What a journal says of layers whose edits no file holds, and what of it could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// The layers.
    pub layers: Vec<Recovered>,
    /// The lines that could not be read, or not wholly.
    pub unread: Vec<UnreadLine>,
    /// What was set and in no project.
    pub settings: Option<Box<Settings>>,
}

/// What a journal says of layers whose edits no file holds.
pub fn replay(text: &[u8]) -> Vec<Recovered> {
    replay_from(text).layers
}

/// Lines longer than this are skipped; bytes.
const LONGEST: u64 = 4 << 30;

/// The next line without its end, into `text`; `None` at the end of the file. A line that is too long is read past.
fn next_line(from: &mut impl BufRead, text: &mut Vec<u8>) -> std::io::Result<Option<Result<(), Unread>>> {
    text.clear();
    if from.by_ref().take(LONGEST).read_until(b'\n', text)? == 0 {
        return Ok(None);
    }
    if text.pop_if(|b| *b == b'\n').is_some() {
        return Ok(Some(Ok(())));
    }
    if (text.len() as u64) < LONGEST {
        return Ok(Some(Err(Unread::Cut)));
    }
    *text = Vec::new();
    from.skip_until(b'\n')?;
    Ok(Some(Err(Unread::TooLong)))
}

/// The same of a file, with what could not be read. Lines are read one after another, so that memory goes by the longest.
pub fn replay_from(mut from: impl BufRead) -> Replay {
    let mut layers: BTreeMap<u64, Replayed> = BTreeMap::new();
    // Layers whose key another took over without a word.
    let mut more: Vec<Replayed> = Vec::new();
    let (mut unread, mut text, mut lost, mut settings) = (Vec::new(), Vec::new(), 0, None);
    for number in 1.. {
        let line = match next_line(&mut from, &mut text) {
            Ok(None) => break,
            Ok(Some(line)) => line.and_then(|()| line::read(&text)),
            Err(e) => {
                unread.push(UnreadLine { line: number, why: Unread::System(e.to_string()) });
                break;
            }
        };
        let Understood { line, bad, unknown } = match line {
            Ok(understood) => understood,
            Err(why) => {
                lost += 1;
                unread.push(UnreadLine { line: number, why });
                continue;
            }
        };
        unread.extend(unknown.map(|why| UnreadLine { line: number, why }));
        lost += usize::from(!bad.is_empty());
        match line {
            Line::Layer { key, name, file, stamp, rows, read_as, .. } => {
                let mut replayed = Replayed::new(name, file, stamp, Some(rows), lost);
                replayed.layer.read_as = read_as.map(|read_as| *read_as);
                let before = layers.insert(key, replayed);
                more.extend(before.filter(|before| before.is_open));
            }
            Line::Edit { key, rows } => {
                layers.entry(key).or_insert_with(|| Replayed::of_nothing(lost)).edit(rows, bad);
            }
            Line::Saving { key, state, file } => {
                layers.entry(key).or_insert_with(|| Replayed::of_nothing(lost)).saving(state, file, lost);
            }
            Line::Saved { key, state, stamp } => {
                let Some(replayed) = layers.get_mut(&key) else { continue };
                if replayed.saving.as_ref().is_some_and(|begun| begun.state == state) {
                    replayed.saved(stamp);
                }
            }
            Line::Settings(of) => settings = Some(of).filter(|of| !of.is_empty()),
            Line::Open(key, is_open) => {
                if let Some(replayed) = layers.get_mut(&key) {
                    replayed.is_open = is_open;
                }
            }
        }
    }
    let layers = more.into_iter().chain(layers.into_values()).filter_map(Replayed::recovered).collect();
    Replay { layers, unread, settings }
}
