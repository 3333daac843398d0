//! The features of a text, stretch by stretch on all cores, put together in the order of the file.

use super::blocks::{Splitter, Stretch};
use super::features::{End, Features, OutOfRangeCount, Reader, Rows};
use super::scanner::{SyntaxCause, SyntaxError};
use crate::geodesy::crs::Crs;
use crate::io::source::Input;
use crate::model::{Cut, Lines, Place, Problem, ProblemKind, reserve};
use crate::progress::{Cancelled, Progress};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Bytes that one core reads at a time: few enough to stay in its cache, enough that splitting costs nothing.
const BLOCK: usize = 1 << 20;

/// Why a text could not be read to its end.
pub(super) enum Stop {
    Syntax(Place, SyntaxCause),
    /// The bytes are not UTF-8.
    Encoding,
    System(std::io::Error),
    Cancelled,
    /// The text is not laid out so that it can be read from a file block by block: it has to be in memory.
    Irregular,
}

impl From<std::io::Error> for Stop {
    fn from(e: std::io::Error) -> Self {
        Self::System(e)
    }
}

impl From<Cancelled> for Stop {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What was read of a text so far: everything up to a byte.
pub(super) struct Collected {
    /// What is kept of the text, where it is read from a file; nothing where it is in memory.
    pub(super) kept: Vec<u8>,
    pub(super) cuts: Vec<Cut>,
    /// Bytes of the text that are collected, and their lines.
    pub(super) read: usize,
    pub(super) lines: Lines,
    /// True where the text is kept; else it is in memory anyway.
    keeps: bool,
    /// Takes every byte, where a hash is wanted.
    pub(super) hasher: Option<Sha256>,
    pub(super) rows: Rows,
    pub(super) problems: Vec<Problem>,
    pub(super) out_of_range: Option<(OutOfRangeCount, Place)>,
    pub(super) located: usize,
    third_coordinate: bool,
}

impl Collected {
    /// Nothing yet. `keeps` the text where it will not be in memory otherwise; `hasher` has what stands before it.
    pub(super) fn new(keeps: bool, hasher: Option<Sha256>) -> Self {
        Self {
            kept: Vec::new(),
            cuts: Vec::new(),
            read: 0,
            lines: Lines::default(),
            keeps,
            hasher,
            rows: Rows::default(),
            problems: Vec::new(),
            out_of_range: None,
            located: 0,
            third_coordinate: false,
        }
    }

    /// Takes the features back that were read: others follow, and count. Their text is kept.
    pub(super) fn take_features_back(&mut self) {
        self.rows.clear();
        self.problems.clear();
        self.out_of_range = None;
        self.located = 0;
        self.third_coordinate = false;
    }

    /// Text without features: kept as it is.
    pub(super) fn pass(&mut self, text: &[u8]) {
        if self.keeps {
            self.kept.extend_from_slice(text);
        }
        self.take(text);
    }

    fn take(&mut self, text: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(text);
        }
        self.lines = self.lines.then(Lines::of(text));
        self.read += text.len();
    }

    /// A stretch of features that stands at the next byte. `skip` bytes of the file are before the text.
    pub(super) fn append(&mut self, text: &[u8], features: &Features, skip: u64) {
        let before = self.lines;
        let place = |lines: Lines| before.then(lines).end();
        if let (Some(lines), false) = (features.third_coordinate, self.third_coordinate) {
            self.third_coordinate = true;
            self.problems.push(Problem { row: None, place: Some(place(lines)), kind: ProblemKind::ThirdCoordinate });
        }
        let first_row = self.rows.spans.len();
        let problems = features.problems.iter().map(|found| Problem {
            row: found.row.map(|row| row + first_row),
            place: Some(place(found.lines)),
            kind: found.kind.clone(),
        });
        self.problems.extend(problems);
        if let Some(out) = &features.out_of_range {
            match &mut self.out_of_range {
                Some((all, _)) => {
                    all.features += out.features;
                    all.swappable += out.swappable;
                    all.turned += out.turned;
                }
                None => self.out_of_range = Some((out.clone(), place(Lines::of(&text[..out.first_offset])))),
            }
        }
        let base = if self.keeps { self.kept.len() } else { self.read };
        self.rows.append(&features.rows, base);
        self.located += features.located;
        if self.keeps {
            let mut from = 0;
            for cut in &features.cuts {
                self.kept.extend_from_slice(&text[from..cut.start]);
                let place = skip + (self.read + cut.start) as u64;
                self.cuts.push(Cut::new(self.kept.len(), place, cut.of(text)));
                from = cut.end;
            }
            self.kept.extend_from_slice(&text[from..]);
        }
        self.take(text);
    }

    /// Makes room for what so many bytes more will bring, if they are like those read so far.
    fn expect(&mut self, bytes: usize) {
        // A few hundredths for those that are not.
        let times = bytes as f64 / self.read.max(1) as f64 * 1.03;
        self.rows.reserve(times);
        reserve(&mut self.kept, times);
        reserve(&mut self.cuts, times);
    }
}

/// Reads the features of an array, from the byte behind its bracket, where `collected` stands, to the byte behind the
/// bracket that closes it.
pub(super) fn features(
    input: &Input<'_>,
    crs: Option<&Crs>,
    progress: &Progress,
    collected: &mut Collected,
) -> Result<(), Stop> {
    in_blocks(BLOCK, input, crs, progress, collected)
}

/// The same of an array that stands behind others in a text that is in memory: on one core. Cost: its bytes.
pub(super) fn features_again(
    input: &Input<'_>,
    crs: Option<&Crs>,
    progress: &Progress,
    collected: &mut Collected,
) -> Result<(), Stop> {
    let start = collected.read;
    let pass = Pass { block: BLOCK, input, crs, progress, splitter: None, start, is_first: true };
    // Nothing is split, so that it ends with the array.
    pass.read_on(collected).map(drop)
}

fn in_blocks(
    block: usize,
    input: &Input<'_>,
    crs: Option<&Crs>,
    progress: &Progress,
    collected: &mut Collected,
) -> Result<(), Stop> {
    let mut beginning = vec![0; (input.len() - collected.read).min(BLOCK)];
    input.read(collected.read, &mut beginning)?;
    let splitter = Splitter::learn(&beginning);
    let start = collected.read;
    let mut pass = Pass { block, input, crs, progress, splitter: splitter.as_ref(), start, is_first: true };
    let mut reached = match splitter {
        Some(_) => pass.run(collected)?,
        // Empty, or no objects: nothing to split.
        None => pass.read_on(collected)?,
    };
    while let Reached::FalseSplit = reached {
        pass.is_first &= collected.read == pass.start;
        pass.start = collected.read;
        reached = pass.read_on(collected)?;
        if let Reached::Split = reached {
            pass.start = collected.read;
            pass.is_first = false;
            reached = pass.run(collected)?;
        }
    }
    Ok(())
}

/// How far reading came.
enum Reached {
    /// The array was closed.
    End,
    /// The end of a stretch.
    Split,
    /// What looked like the end of a stretch is none: it has to be read on.
    FalseSplit,
}

/// A stretch as one core read it.
struct Read {
    stretch: Stretch,
    buffer: Vec<u8>,
    /// `None` where the bytes are not UTF-8.
    features: Option<Features>,
}

/// Room that a stretch was read into, to be used again.
#[derive(Default)]
struct Room {
    buffer: Vec<u8>,
    rows: Rows,
}

impl From<Read> for Room {
    fn from(read: Read) -> Self {
        let mut rows = read.features.map(|features| features.rows).unwrap_or_default();
        rows.clear();
        Self { buffer: read.buffer, rows }
    }
}

/// A pass over the blocks from a byte on.
struct Pass<'a> {
    /// Bytes of a block.
    block: usize,
    input: &'a Input<'a>,
    crs: Option<&'a Crs>,
    progress: &'a Progress,
    splitter: Option<&'a Splitter>,
    start: usize,
    /// True where the array begins here.
    is_first: bool,
}

/// What the cores of a pass share.
struct Shared<'a> {
    collected: &'a mut Collected,
    /// Blocks that were read before those in front of them.
    waiting: BTreeMap<usize, Result<Option<Read>, Stop>>,
    /// The block to be collected next.
    next: usize,
    reached: Option<Result<Reached, Stop>>,
    rooms: Vec<Room>,
}

impl Pass<'_> {
    /// Reads blocks on all cores until the array ends or a split turns out to be none.
    fn run(&self, collected: &mut Collected) -> Result<Reached, Stop> {
        let shared =
            Mutex::new(Shared { collected, waiting: BTreeMap::new(), next: 0, reached: None, rooms: Vec::new() });
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|_| self.work(&next, &is_over, &shared));
            }
        });
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The last block ends the array or breaks off; nothing reached means that somebody asked to stop.
        shared.reached.unwrap_or(Err(Stop::Cancelled))
    }

    fn work(&self, next: &AtomicUsize, is_over: &AtomicBool, shared: &Mutex<Shared<'_>>) {
        while !is_over.load(Relaxed) {
            let block = next.fetch_add(1, Relaxed);
            let from = self.start + block * self.block;
            if from >= self.input.len() {
                return;
            }
            let room = lock(shared).rooms.pop().unwrap_or_default();
            let read = self.read((from, block == 0), from + self.block, room);
            let mut shared = lock(shared);
            shared.waiting.insert(block, read);
            while let (next, None) = (shared.next, &shared.reached)
                && let Some(read) = shared.waiting.remove(&next)
            {
                shared.next += 1;
                shared.reached = match read {
                    Ok(Some(read)) => match self.collect(&read, shared.collected) {
                        Ok(Reached::Split) => {
                            // What the rest will bring is told the better the more is read: again at 1, 4, 16 … blocks.
                            let blocks = next + 1;
                            if blocks.is_power_of_two() && blocks.trailing_zeros().is_multiple_of(2) {
                                let left = self.input.len() - shared.collected.read;
                                shared.collected.expect(left);
                            }
                            shared.rooms.push(read.into());
                            None
                        }
                        other => Some(other),
                    },
                    Ok(None) => None,
                    Err(stop) => Some(Err(stop)),
                };
            }
            is_over.fetch_or(shared.reached.is_some(), Relaxed);
        }
    }

    fn read(&self, from: (usize, bool), to: usize, room: Room) -> Result<Option<Read>, Stop> {
        let Room { mut buffer, rows } = room;
        let stretch = match self.splitter {
            Some(splitter) => Stretch::find(self.input, splitter, from, to, &mut buffer)?,
            None => Some(Stretch::rest(self.input, from.0, &mut buffer)?),
        };
        self.progress.advance((to.min(self.input.len()) - from.0) as u64)?;
        let Some(stretch) = stretch else { return Ok(None) };
        let text = stretch.of(self.input, &buffer);
        let (is_file, is_first) = (matches!(self.input, Input::File { .. }), self.is_first && from.1);
        let is_text = !is_file || std::str::from_utf8(text).is_ok();
        let features = is_text.then(|| Reader::new(text, self.crs, is_file, rows).features(is_first));
        Ok(Some(Read { stretch, buffer, features }))
    }

    /// Reads one stretch, however far it goes.
    fn read_on(&self, collected: &mut Collected) -> Result<Reached, Stop> {
        let mut room = self.block;
        loop {
            let to = (self.start + room).min(self.input.len());
            if let Some(read) = self.read((self.start, true), to, Room::default())? {
                match self.collect(&read, collected)? {
                    Reached::FalseSplit => room = (read.stretch.end - self.start) * 2,
                    reached => return Ok(reached),
                }
            }
        }
    }

    /// Adds a stretch that begins where `collected` ends.
    fn collect(&self, read: &Read, collected: &mut Collected) -> Result<Reached, Stop> {
        debug_assert_eq!(read.stretch.start, collected.read);
        let text = read.stretch.of(self.input, &read.buffer);
        let Some(features) = &read.features else { return Err(Stop::Encoding) };
        let skip = match self.input {
            Input::Memory(_) => 0,
            Input::File { skip, .. } => *skip,
        };
        let error = match &features.end {
            End::Closed(end) => {
                collected.append(&text[..*end], features, skip);
                return Ok(Reached::End);
            }
            End::Comma if !read.stretch.is_last => {
                collected.append(text, features, skip);
                return Ok(Reached::Split);
            }
            End::Comma => SyntaxError { offset: text.len(), cause: SyntaxCause::UnexpectedEnd },
            End::Broken(e) if e.cause == SyntaxCause::UnexpectedEnd && !read.stretch.is_last => {
                return Ok(Reached::FalseSplit);
            }
            End::Broken(e) => e.clone(),
        };
        let lines = collected.lines.then(Lines::of(&text[..error.offset]));
        Err(Stop::Syntax(lines.end(), error.cause))
    }
}

fn lock<'m, T>(mutex: &'m Mutex<T>) -> std::sync::MutexGuard<'m, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::source::SourceFile;
    use crate::model::Text;
    use std::io::Write;
    use std::sync::Arc;

    /// Everything that was read, in words.
    fn told(outcome: Result<(), Stop>, mut read: Collected, text: Text) -> String {
        // As the layer sorts them.
        read.problems.sort_by_key(|problem| problem.row);
        let rows: Vec<String> = (0..read.rows.spans.len())
            .map(|row| {
                let feature = text.restored(read.rows.spans[row]).expect("readable");
                let id = read
                    .rows
                    .id_cells
                    .get(row)
                    .and_then(|cell| cell.span(text.kept()))
                    .map(|span| String::from_utf8_lossy(span.of(text.kept())).into_owned());
                let positions = read.rows.geometries.positions_of(row);
                format!("{} {id:?} {positions:?} {}", String::from_utf8_lossy(&feature), read.rows.unusable[row])
            })
            .collect();
        match outcome {
            Ok(()) => {}
            // What was read before is dropped.
            Err(Stop::Syntax(place, cause)) => return format!("{place:?} {cause:?}"),
            Err(_) => return "stopped".to_owned(),
        }
        let out_of_range = read.out_of_range.as_ref().map(|(out, place)| (out.features, out.swappable, *place));
        let (lines, located, problems) = (read.lines, read.located, &read.problems);
        let (at, attributes) = (read.read, read.rows.attributes.finish(Arc::new(text)));
        let cells: Vec<_> = (0..rows.len())
            .flat_map(|row| (0..attributes.names().len()).map(move |column| (row, column)))
            .map(|(row, column)| attributes.json(row, column))
            .collect();
        let names = attributes.names();
        format!("{at} {lines:?} {located} {problems:?} {out_of_range:?} {names:?} {cells:?}\n{}", rows.join("\n"))
    }

    fn in_memory(text: &str, block: usize) -> String {
        let mut read = Collected::new(false, None);
        let outcome = in_blocks(block, &Input::Memory(text.as_bytes()), None, &Progress::default(), &mut read);
        told(outcome, read, Text::whole(text.as_bytes().to_vec()))
    }

    fn in_file(text: &str, block: usize) -> String {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("writable");
        let source = SourceFile::open(file.path()).expect("there").expect("a regular file");
        let mut read = Collected::new(true, None);
        let input = Input::File { file: &source, skip: 0 };
        let outcome = in_blocks(block, &input, None, &Progress::default(), &mut read);
        let text = Text::with_cuts(std::mem::take(&mut read.kept), std::mem::take(&mut read.cuts), source);
        told(outcome, read, text)
    }

    #[test]
    fn blocks_of_any_size_read_what_one_block_reads() {
        let long = (0..40).map(|i| format!("[{i}.5,{}.25]", i % 7)).collect::<Vec<_>>().join(",\n");
        let ring = "[[0.5,0.5],[1.5,0.5],[0.5,1.5],[1.5,1.5],[0.5,0.5]]";
        let features = [
            format!(r#"{{"type":"Feature","id":"a","properties":{{"n":1}},"geometry":{{"type":"LineString","coordinates":[{long}]}}}}"#),
            // What looks like the next feature stands in a string, and in a member of its own.
            r#"{"type":"Feature","properties":{"n":"},{\"type\":\"Feature\"","k":[{},{"type":"Feature"}]},"geometry":null}"#.into(),
            r#"{"type":"Feature","x":[{"a":1},{"type":"Feature"},{"type":"Feature"}],"geometry":{"type":"Point","coordinates":[1,2,3]}}"#.into(),
            format!("{{\"type\":\"Feature\",\n\"geometry\":{{\"coordinates\":[{long}],\n\"type\":\"LineString\"}},\n\"id\":7,\"properties\":{{\"k\":true}}}}"),
            r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[200.5,1.5]}}"#.into(),
            format!(r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":[{ring}]}},"properties":{{"z":"山"}}}}"#),
            "17".into(),
        ];
        let whole = features.join(" ,\n ");
        for text in [
            format!("{whole}]}}"),
            format!("{whole},{whole}], \"x\":[{{}},{whole}]}}"),
            format!("{whole},]}}"),
            format!("{whole} {whole}]}}"),
            whole.clone(),
            whole[..whole.len() - 30].to_owned(),
            format!("{whole},{}", &whole[..700]),
            whole.replace("true", "NaN") + "]",
            "]}".to_owned(),
            " 1 , 2 ]".to_owned(),
            String::new(),
        ] {
            let expected = in_memory(&text, text.len() + 1);
            for block in [1, 7, 64, 150, 333, 1_000, 5_000] {
                assert_eq!(in_memory(&text, block), expected, "blocks of {block}");
                assert_eq!(in_file(&text, block), expected, "blocks of {block} of a file");
            }
        }
    }
}
