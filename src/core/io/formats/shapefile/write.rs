//! Writing a shapefile: shapes, index, attributes, coordinate system, encoding.

use super::super::dbase::{STEP, Survey as TableSurvey, TableEncoding, beside, write_cpg};
use super::super::{FormatError, Loss, Output, RawGeometry, RowSource, WriteFormat};
use super::record::{Dims, ShapeType};
use super::survey::{Survey, is_open};
use crate::i18n::{Said, tr};
use crate::progress::Progress;
use std::io::{BufWriter, Write};
use std::ops::Range;

/// What stands for a measure that a position lacks.
const NO_MEASURE: f64 = -1e39;

/// Writes rows as a shapefile: `.shp`, `.shx`, `.dbf`, `.cpg`, and `.prj` where the system has a definition.
/// Exterior rings are clockwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShapefileWriter {
    /// The encoding of attributes.
    pub encoding: TableEncoding,
}

impl WriteFormat for ShapefileWriter {
    fn most_fields(&self) -> usize {
        crate::io::formats::dbase::MOST_FIELDS
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let (mut table, mut shapes) = (TableSurvey::new(&rows.schema().fields, self.encoding), Survey::default());
        // A row that cannot be read is said when the file is written.
        let _ = rows.each(&mut |cells, geometry| {
            table.row(cells);
            shapes.row(geometry);
            Ok(())
        });
        let mut losses = table.losses(&table.plan());
        losses.extend(shapes.losses());
        if rows.crs_definition().0.is_none() {
            let what = Said::told(|lang| tr!(lang, "format.shapefile.loss_crs").into_owned());
            losses.push(Loss { what, field: None });
        }
        losses
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        progress.start(rows.len() as u64 * 3);
        let (mut table, mut shapes) = (TableSurvey::new(&rows.schema().fields, self.encoding), Survey::default());
        let mut counted = Counted { row: 0, progress };
        rows.each(&mut |cells, geometry| {
            table.row(cells);
            shapes.row(geometry);
            counted.next()
        })?;
        let plan = table.plan();
        table.check(&plan)?;
        let shape = shapes.check()?;
        let lengths = write_shapes(rows, &mut *out.create(&beside(name, "shp"))?, &shapes, shape, progress)?;
        write_index(&lengths, &mut *out.create(&beside(name, "shx"))?, &shapes, shape)?;
        plan.write(rows, &mut *out.create(&beside(name, "dbf"))?, progress)?;
        if let Some(definition) = rows.crs_definition().0 {
            out.create(&beside(name, "prj"))?.write_all(definition.as_bytes())?;
        }
        write_cpg(self.encoding, name, out)
    }
}

/// Counts rows, and says how far it is from time to time.
struct Counted<'a> {
    row: u64,
    progress: &'a Progress,
}

impl Counted<'_> {
    fn next(&mut self) -> Result<(), FormatError> {
        self.row += 1;
        if self.row.is_multiple_of(STEP) {
            self.progress.advance(STEP)?;
        }
        Ok(())
    }
}

/// The header of a `.shp` or `.shx` file of so many bytes.
fn header(size: u64, shapes: &Survey, shape: ShapeType) -> Vec<u8> {
    let mut header = 9994_u32.to_be_bytes().to_vec();
    header.resize(24, 0);
    header.extend(((size / 2) as u32).to_be_bytes());
    header.extend(1000_u32.to_le_bytes());
    header.extend(shape.code().to_le_bytes());
    // What has no extent is written as 0.
    let [x, y, z, m] = shapes.extent.map(|range| if range[0] <= range[1] { range } else { [0.0; 2] });
    let z = if shape.dims() == Dims::Xyzm { z } else { [0.0; 2] };
    for value in [x[0], y[0], x[1], y[1], z[0], z[1], m[0], m[1]] {
        header.extend(value.to_le_bytes());
    }
    header
}

/// Writes the records; gives the length of each, in words.
fn write_shapes(
    rows: &dyn RowSource,
    out: &mut dyn Write,
    shapes: &Survey,
    shape: ShapeType,
    progress: &Progress,
) -> Result<Vec<u32>, FormatError> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    out.write_all(&header(shapes.size(shape), shapes, shape))?;
    let mut lengths = Vec::with_capacity(rows.len());
    let mut record = Record { shape, has_m: shapes.has_measures(), bytes: Vec::new(), rings: Vec::new() };
    let mut counted = Counted { row: 0, progress };
    rows.each(&mut |_, geometry| {
        counted.next()?;
        record.make(geometry.filter(|geometry| !geometry.is_empty()));
        let words = (record.bytes.len() / 2) as u32;
        lengths.push(words);
        out.write_all(&(lengths.len() as u32).to_be_bytes())?;
        out.write_all(&words.to_be_bytes())?;
        Ok(out.write_all(&record.bytes)?)
    })?;
    out.flush()?;
    Ok(lengths)
}

fn write_index(lengths: &[u32], out: &mut dyn Write, shapes: &Survey, shape: ShapeType) -> Result<(), FormatError> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    out.write_all(&header(100 + lengths.len() as u64 * 8, shapes, shape))?;
    let mut offset = 50_u32;
    for words in lengths {
        out.write_all(&offset.to_be_bytes())?;
        out.write_all(&words.to_be_bytes())?;
        offset += 4 + words;
    }
    Ok(out.flush()?)
}

/// The content of a record being made.
struct Record {
    shape: ShapeType,
    has_m: bool,
    bytes: Vec<u8>,
    rings: Vec<Ring>,
}

/// A path to be written: its positions, backwards where a ring runs the wrong way, with its first once more where
/// it is open.
struct Ring {
    range: Range<usize>,
    is_backwards: bool,
    is_open: bool,
}

impl Ring {
    fn length(&self) -> usize {
        self.range.len() + usize::from(self.is_open)
    }

    /// Positions in the order of writing.
    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        let Range { start, end } = self.range;
        let (is_backwards, is_open) = (self.is_backwards, self.is_open);
        let run = (start..end).map(move |at| if is_backwards { start + (end - 1 - at) } else { at });
        let closing = if is_backwards { end - 1 } else { start };
        run.chain(is_open.then_some(closing))
    }
}

impl Record {
    fn make(&mut self, geometry: Option<&RawGeometry>) {
        self.bytes.clear();
        let Some(geometry) = geometry else {
            self.bytes.extend(0_u32.to_le_bytes());
            return;
        };
        self.bytes.extend(self.shape.code().to_le_bytes());
        self.order(geometry);
        if let ShapeType::Point(dims) = self.shape {
            self.places(geometry);
            if dims == Dims::Xyzm {
                self.bytes.extend(height(geometry, 0).to_le_bytes());
            }
            if dims != Dims::Xy {
                self.bytes.extend(measure(geometry, 0).to_le_bytes());
            }
            return;
        }
        let mut envelope = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for [x, y] in &geometry.xy {
            envelope = [envelope[0].min(*x), envelope[1].min(*y), envelope[2].max(*x), envelope[3].max(*y)];
        }
        envelope.iter().for_each(|value| self.bytes.extend(value.to_le_bytes()));
        let count: usize = self.rings.iter().map(Ring::length).sum();
        if !matches!(self.shape, ShapeType::MultiPoint(_)) {
            self.bytes.extend((self.rings.len() as u32).to_le_bytes());
            self.bytes.extend((count as u32).to_le_bytes());
            let mut start = 0_u32;
            for ring in &self.rings {
                self.bytes.extend(start.to_le_bytes());
                start += ring.length() as u32;
            }
        } else {
            self.bytes.extend((count as u32).to_le_bytes());
        }
        self.places(geometry);
        if self.shape.dims() == Dims::Xyzm {
            self.values(|at| height(geometry, at));
        }
        if self.has_m {
            self.values(|at| measure(geometry, at));
        }
    }

    /// The paths in order; of areas exterior rings clockwise and holes counterclockwise.
    fn order(&mut self, geometry: &RawGeometry) {
        self.rings.clear();
        let is_area = matches!(self.shape, ShapeType::Polygon(_));
        for paths in geometry.parts() {
            for (at, range) in paths.into_iter().enumerate() {
                let is_counterclockwise = is_area && doubled_area(&geometry.xy[range.clone()]) > 0.0;
                let is_clockwise = is_area && doubled_area(&geometry.xy[range.clone()]) < 0.0;
                let is_backwards = if at == 0 { is_counterclockwise } else { is_clockwise };
                let is_open = is_area && is_open(geometry, &range);
                self.rings.push(Ring { range, is_backwards, is_open });
            }
        }
    }

    fn places(&mut self, geometry: &RawGeometry) {
        for at in self.rings.iter().flat_map(Ring::positions) {
            let [x, y] = geometry.xy[at];
            self.bytes.extend(x.to_le_bytes());
            self.bytes.extend(y.to_le_bytes());
        }
    }

    /// A range, then a value for each position.
    fn values(&mut self, value: impl Fn(usize) -> f64) {
        let range_at = self.bytes.len();
        self.bytes.extend([0; 16]);
        let mut range = [f64::INFINITY, f64::NEG_INFINITY];
        for at in self.rings.iter().flat_map(Ring::positions) {
            let value = value(at);
            if value > NO_MEASURE {
                range = [range[0].min(value), range[1].max(value)];
            }
            self.bytes.extend(value.to_le_bytes());
        }
        let range = if range[0] <= range[1] { range } else { [NO_MEASURE; 2] };
        self.bytes[range_at..range_at + 8].copy_from_slice(&range[0].to_le_bytes());
        self.bytes[range_at + 8..range_at + 16].copy_from_slice(&range[1].to_le_bytes());
    }
}

/// A height; 0 where a position lacks it (a shapefile cannot say so).
fn height(geometry: &RawGeometry, at: usize) -> f64 {
    geometry.z.get(at).copied().filter(|z| z.is_finite()).unwrap_or(0.0)
}

fn measure(geometry: &RawGeometry, at: usize) -> f64 {
    geometry.m.get(at).copied().filter(|m| m.is_finite()).unwrap_or(NO_MEASURE)
}

/// Twice the area of a ring; positive where it is counterclockwise.
fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    let Some([x0, y0]) = ring.first() else { return 0.0 };
    let (mut area, mut before) = (0.0, [0.0; 2]);
    for [x, y] in ring {
        let here = [x - x0, y - y0];
        area += before[0] * here[1] - here[0] * before[1];
        before = here;
    }
    area
}
