//! A file looked at before it is opened: its layers, some of their rows, and what its positions may mean.

use super::builder::text_of;
use super::open::{Found, Member, find};
use super::tabular::Preview;
use super::{Cell, FormatError, LayerInfo, Note, RawGeometry, RowSink, Schema};
use crate::geodesy::LonLatBox;
use crate::geodesy::crs::{Crs, CrsError, Reading, ReadingKind, readings};
use crate::i18n::Said;
use crate::io::{ReadError, ReadOptions, file_name};
use crate::model::ReadAs;
use crate::progress::Progress;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a layer that are looked at.
const ROWS: usize = 200;
/// Positions of them.
const POSITIONS: usize = 2_000;
/// Those that are kept, to be sketched.
const SKETCHED: usize = 200;
/// Rows that are shown.
const SHOWN: usize = 5;
/// Layers of a container whose rows are looked at: what a person would go through.
const LAYERS: usize = 50;

/// A file before it is opened.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Where it is.
    pub path: PathBuf,
    /// What its format is called.
    pub format: &'static str,
    /// Its layers, in its order.
    pub layers: Vec<ExaminedLayer>,
}

/// A layer before it is read.
#[derive(Clone, Debug)]
pub struct ExaminedLayer {
    /// What the file says of it.
    pub info: LayerInfo,
    /// How it was looked at.
    pub read_as: ReadAs,
    /// What its positions may mean, best first.
    pub readings: Vec<Reading>,
    /// Where the positions looked at lie as the file has them: x from and to, y from and to.
    pub extent: Option<[[f64; 2]; 2]>,
    /// Some of those positions, as the file has them.
    pub sample: Vec<[f64; 2]>,
    /// Why the system that the file names cannot be used.
    pub unusable: Option<Box<CrsError>>,
    /// What its columns are called.
    pub columns: Vec<String>,
    /// The first rows, a text a column.
    pub rows: Vec<Vec<String>>,
    /// Texts with letters beyond ASCII, by which an encoding is known: three at most.
    pub letters: Vec<String>,
    /// The encoding that they were read in.
    pub encoding: Option<String>,
    /// What was doubtful in those rows, each kind once.
    pub doubts: Vec<Said>,
    /// Why it cannot be looked into.
    pub failed: Option<ReadError>,
    /// True for a layer of a drawing: nothing in it can say where it lies.
    pub is_drawing: bool,
    /// Of a table of cells: its columns, what stands between cells, the rows whose positions cannot be read.
    pub table: Option<Arc<Preview>>,
}

impl ExaminedLayer {
    /// True for a table of longitudes and latitudes in China that names no system: whether a web map (GCJ-02, BD-09) shifted them by
    /// some 500 m cannot be told from the numbers.
    pub fn may_be_shifted(&self) -> bool {
        let is_named = self.read_as.crs.is_some() || self.info.crs.is_some();
        let is_degrees = || self.readings.iter().any(|reading| reading.kind == ReadingKind::WebMap);
        self.table.is_some() && !self.info.is_table && !is_named && is_degrees()
    }

    /// True where somebody has to say, or should, where it lies.
    pub fn asks_crs(&self) -> bool {
        self.needs_crs() || self.may_be_shifted() || self.is_drawing && self.read_as.crs.is_none()
    }

    /// True where where it lies has to be said: nothing names a system that can be used, and its positions are not plainly
    /// longitude and latitude.
    pub fn needs_crs(&self) -> bool {
        let named = self.read_as.crs.as_deref().or(self.info.crs.as_deref());
        let is_known = named.is_some_and(|named| Crs::parse(named).is_ok());
        let is_degrees = self.extent.is_none_or(|[x, y]| {
            let bounds = LonLatBox::of(&[[x[0], y[0]], [x[1], y[1]]].map(|[x, y]| crate::geodesy::LonLat::new(x, y)));
            bounds.min.is_in_range() && bounds.max.is_in_range()
        });
        // Positions of a named system that land nowhere: another was meant.
        let is_declared = |reading: &Reading| reading.kind == ReadingKind::Declared;
        let lands = !is_known || self.readings.iter().any(is_declared) || self.extent.is_none();
        let is_placed = if named.is_some() { is_known && lands } else { is_degrees };
        !self.info.is_table && !is_placed
    }
}

impl Examined {
    /// True where a person has to say something before it is opened: which layers, or where one lies.
    pub fn is_undecided(&self) -> bool {
        self.layers.len() > 1 || self.layers.iter().any(ExaminedLayer::asks_crs)
    }
}

/// Looks at a file of another format than GeoJSON; `None` where it is GeoJSON or of no known format.
///
/// # Errors
/// [`ReadError`]: it is damaged, or of a kind that is not read.
///
/// Cost: the beginning of each of its layers.
pub fn examine(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Option<Examined>, ReadError> {
    let Some(found) = find(path)? else { return Ok(None) };
    let members = found.members(options)?;
    let looked = |(at, member): (usize, &Member<'_>)| {
        let is_wanted = options.layer.as_ref().is_none_or(|name| *name == member.info.name);
        is_wanted.then(|| look(&found, member, at < LAYERS, options, progress))
    };
    let layers = members.iter().enumerate().filter_map(looked).collect();
    Ok(Some(Examined { path: path.to_owned(), format: found.format_name(), layers }))
}

fn look(
    found: &Found,
    member: &Member<'_>,
    is_looked_into: bool,
    options: &ReadOptions,
    progress: &Progress,
) -> ExaminedLayer {
    let info = member.info.clone();
    let mut sample = Sample::default();
    let read_as = ReadAs { layer: (!info.name.is_empty()).then(|| info.name.clone()), ..options.read_as() };
    let read = match is_looked_into {
        true => Found::read_rows(member, options, &mut sample, progress),
        false => Ok(()),
    };
    let failed = match read {
        // The sample stops when it has enough.
        Err(FormatError::Cancelled) if sample.is_full => None,
        Err(e) => Some(e.in_file(&file_name(found.path()))),
        Ok(()) => None,
    };
    let named = read_as.crs.as_deref().or(sample.schema.crs.as_deref());
    let parsed = named.map(Crs::parse).transpose();
    let unusable = parsed.as_ref().err().cloned().map(Box::new);
    let declared = parsed.ok().flatten();
    let step = sample.positions.len().div_ceil(SKETCHED).max(1);
    let range = |axis: usize| {
        let of = sample.positions.iter().map(|p| p[axis]);
        of.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)])
    };
    ExaminedLayer {
        readings: readings(&sample.positions, declared.as_ref()),
        extent: (!sample.positions.is_empty()).then(|| [range(0), range(1)]),
        sample: sample.positions.iter().step_by(step).copied().collect(),
        unusable,
        columns: sample.schema.fields.iter().map(|field| field.name.clone()).collect(),
        encoding: sample.schema.encoding.clone(),
        rows: sample.rows,
        letters: sample.letters,
        doubts: sample.doubts,
        is_drawing: Found::is_drawing(member),
        table: is_looked_into.then(|| found.table_of(member, options)).flatten().map(Arc::new),
        info,
        read_as,
        failed,
    }
}

/// The first rows of a layer.
#[derive(Default)]
struct Sample {
    schema: Schema,
    count: usize,
    rows: Vec<Vec<String>>,
    letters: Vec<String>,
    positions: Vec<[f64; 2]>,
    doubts: Vec<Said>,
    kinds: Vec<&'static str>,
    is_full: bool,
}

impl RowSink for Sample {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        if self.rows.len() < SHOWN {
            self.rows.push(cells.iter().map(|cell| text_of(cell).chars().take(80).collect()).collect());
        }
        for cell in cells {
            if let Cell::Text(text) = cell
                && self.letters.len() < 3
                && !text.is_ascii()
                && !self.letters.iter().any(|known| known == text)
            {
                self.letters.push(text.chars().take(40).collect());
            }
        }
        if let Some(geometry) = geometry {
            let room = POSITIONS - self.positions.len();
            let step = (geometry.xy.len() / 20).max(1);
            let finite = geometry.xy.iter().step_by(step).filter(|[x, y]| x.is_finite() && y.is_finite());
            self.positions.extend(finite.take(room));
        }
        self.count += 1;
        self.is_full = self.count >= ROWS || self.positions.len() >= POSITIONS;
        if self.is_full { Err(FormatError::Cancelled) } else { Ok(()) }
    }

    fn note(&mut self, note: Note) {
        if note.is_doubt && !self.kinds.contains(&note.kind) {
            self.kinds.push(note.kind);
            self.doubts.push(note.said);
        }
    }
}
