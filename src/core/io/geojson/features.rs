//! A stretch of a `features` array: coordinates into flat arrays, attributes into cells, no tree between.
//!
//! A feature that is JSON but no usable geometry keeps its bytes and its row, and is named in the health list.

use super::coordinates::string_value;
use super::once::{plain, twice};
use super::scanner::{Scanner, SyntaxError};
use crate::geodesy::LonLat;
use crate::geodesy::crs::Crs;
use crate::health;
use crate::model::{AttributesBuilder, Cell, Geometries, GeometryFault, Lines, ProblemKind, Severity, Span, reserve};
use smallvec::SmallVec;

/// Positions that are no longitude and latitude.
#[derive(Clone, Debug)]
pub(super) struct OutOfRangeCount {
    pub(super) features: usize,
    /// Of them, those that would be in range the other way round.
    pub(super) swappable: usize,
    /// Of them, those with longitudes a turn too far.
    pub(super) turned: usize,
    pub(super) first: LonLat,
    /// Where the first such geometry stands in the stretch.
    pub(super) first_offset: usize,
}

/// A problem and where it stands.
pub(super) struct Found {
    pub(super) row: Option<usize>,
    pub(super) lines: Lines,
    pub(super) kind: ProblemKind,
}

/// How a stretch ended.
#[derive(Debug)]
pub(super) enum End {
    /// Behind a comma, at the last byte: the next stretch goes on.
    Comma,
    /// The array was closed; the byte behind its bracket.
    Closed(usize),
    /// The text stops being JSON.
    Broken(SyntaxError),
}

/// What is kept of features, row by row. Spans count in the text that is kept.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) spans: Vec<Span>,
    pub(super) id_cells: Vec<Cell>,
    pub(super) property_cells: Vec<Cell>,
    pub(super) geometries: Geometries,
    pub(super) attributes: AttributesBuilder,
    pub(super) unusable: Vec<bool>,
    /// Rows in whose text a member stands more than once, or its name with escapes.
    pub(super) odd: Vec<usize>,
}

impl Rows {
    /// Adds the rows of a text that stands `by` bytes into this one's.
    pub(super) fn append(&mut self, other: &Self, by: usize) {
        if !other.id_cells.is_empty() {
            self.id_cells.resize(self.spans.len(), Cell::MISSING);
            self.id_cells.extend(other.id_cells.iter().map(|cell| cell.moved(by)));
        }
        self.odd.extend(other.odd.iter().map(|row| row + self.spans.len()));
        self.spans.extend(other.spans.iter().map(|s| Span { start: s.start + by, end: s.end + by }));
        self.property_cells.extend(other.property_cells.iter().map(|cell| cell.moved(by)));
        self.attributes.append(&other.attributes, by);
        self.geometries.append(&other.geometries);
        self.unusable.extend_from_slice(&other.unusable);
    }

    /// Takes the rows out and keeps the room.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.id_cells.clear();
        self.property_cells.clear();
        self.geometries.clear();
        self.attributes.clear();
        self.unusable.clear();
        self.odd.clear();
    }

    /// Gives back what was reserved and not needed; the attributes' own when they are finished.
    pub(super) fn shrink(&mut self) {
        self.spans.shrink_to_fit();
        self.id_cells.shrink_to_fit();
        self.property_cells.shrink_to_fit();
        self.geometries.shrink();
        self.unusable.shrink_to_fit();
    }

    /// Makes room for so many times as much as is there.
    pub(super) fn reserve(&mut self, times: f64) {
        reserve(&mut self.spans, times);
        reserve(&mut self.id_cells, times);
        reserve(&mut self.property_cells, times);
        self.attributes.reserve(times);
        self.geometries.reserve(times);
        reserve(&mut self.unusable, times);
    }
}

/// What a stretch holds. Offsets count in the stretch, spans in what is kept of it.
pub(super) struct Features {
    pub(super) end: End,
    pub(super) rows: Rows,
    pub(super) problems: Vec<Found>,
    /// Stretches of the text that are not kept, in rising order.
    pub(super) cuts: Vec<Span>,
    /// The first third coordinate.
    pub(super) third_coordinate: Option<Lines>,
    pub(super) out_of_range: Option<OutOfRangeCount>,
    pub(super) located: usize,
}

pub(super) struct Reader<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) crs: Option<&'a Crs>,
    pub(super) cuts_coordinates: bool,
    /// Bytes cut so far.
    removed: usize,
    cuts: Vec<Span>,
    pub(super) rows: Rows,
    /// The properties object of the feature being read, in what is kept.
    properties: Option<Span>,
    /// The same in the stretch, where it has members.
    properties_read: Option<Span>,
    /// True where the text of the feature being read is not to be written as it stands.
    pub(super) is_odd: bool,
    /// Problems with the byte they stand at.
    pub(super) problems: Vec<(usize, Option<usize>, ProblemKind)>,
    pub(super) third_coordinate: Option<usize>,
    pub(super) out_of_range: Option<OutOfRangeCount>,
    pub(super) located: usize,
}

impl<'a> Reader<'a> {
    /// Over a stretch. With `cuts_coordinates` the inside of long coordinates is not kept. `rows` are empty, and give
    /// their room.
    pub(super) fn new(text: &'a [u8], crs: Option<&'a Crs>, cuts_coordinates: bool, rows: Rows) -> Self {
        Self {
            scanner: Scanner::new(text),
            crs,
            cuts_coordinates,
            removed: 0,
            cuts: Vec::new(),
            rows,
            properties: None,
            properties_read: None,
            is_odd: false,
            problems: Vec::new(),
            third_coordinate: None,
            out_of_range: None,
            located: 0,
        }
    }

    /// Features from the first byte (behind the opening bracket, or a comma) to the end of the stretch or of the array.
    pub(super) fn features(mut self, may_be_empty: bool) -> Features {
        let end = match self.elements(may_be_empty) {
            Ok(end) => end,
            Err(e) => End::Broken(e),
        };
        self.finish(end)
    }

    /// A text that is one feature.
    pub(super) fn lone_feature(mut self) -> Features {
        let end = match self.feature() {
            Ok(()) => End::Closed(self.scanner.position()),
            Err(e) => End::Broken(e),
        };
        self.finish(end)
    }

    /// A text that is a geometry is read as a feature without properties.
    pub(super) fn lone_geometry(mut self) -> Features {
        self.scanner.peek();
        let start = self.scanner.position();
        let end = match self.geometry(0) {
            Ok(()) => End::Closed(self.scanner.position()),
            Err(e) => End::Broken(e),
        };
        self.end_feature(start, None);
        self.finish(end)
    }

    fn elements(&mut self, may_be_empty: bool) -> Result<End, SyntaxError> {
        if may_be_empty && self.scanner.take(b']') {
            return Ok(End::Closed(self.scanner.position()));
        }
        loop {
            self.feature()?;
            if self.scanner.take(b']') {
                return Ok(End::Closed(self.scanner.position()));
            }
            self.scanner.expect(b',')?;
            if self.scanner.peek().is_none() {
                return Ok(End::Comma);
            }
        }
    }

    fn feature(&mut self) -> Result<(), SyntaxError> {
        let first = self.scanner.peek();
        let start = self.scanner.position();
        let kept_start = start - self.removed;
        let row = self.rows.spans.len();
        let mut id = None;
        let mut geometry_seen = false;
        let mut before = self.before_geometry();
        // Names of members that are not read.
        let mut others: SmallVec<[&[u8]; 4]> = SmallVec::new();
        let mut is_feature = false;
        let problems_before = self.problems.len();
        let (mut has_type, mut has_properties, mut has_id) = (false, false, false);
        if first == Some(b'{') {
            let text = self.scanner.text();
            self.scanner.expect(b'{')?;
            let mut more = !self.scanner.take(b'}');
            while more {
                if self.scanner.take_bytes(b"\"type\":\"Feature\",") {
                    // As nearly all features begin; at least one member follows.
                    if std::mem::replace(&mut has_type, true) {
                        self.told_twice(row, b"type");
                    }
                    is_feature = true;
                    continue;
                }
                let name = self.scanner.string()?;
                self.scanner.expect(b':')?;
                let called = plain(name.of(text));
                self.is_odd |= matches!(called, std::borrow::Cow::Owned(_));
                let seen = match &*called {
                    b"type" => Some(&mut has_type),
                    b"properties" => Some(&mut has_properties),
                    b"id" => Some(&mut has_id),
                    b"geometry" => Some(&mut geometry_seen),
                    _ => None,
                };
                if seen.is_some_and(|seen| std::mem::replace(seen, true)) {
                    self.told_twice(row, &called);
                    match &*called {
                        b"properties" => self.take_properties_back(),
                        b"geometry" => self.take_geometry_back(row, &before),
                        _ => {}
                    }
                }
                match &*called {
                    b"type" => is_feature = string_value(&mut self.scanner)? == Some(b"Feature"),
                    b"geometry" => {
                        before = self.before_geometry();
                        self.geometry(row)?;
                        before.behind = self.problems.len();
                    }
                    b"properties" if self.scanner.peek() == Some(b'{') => self.properties()?,
                    b"properties" => {
                        let span = self.scanner.value()?;
                        if span.of(text) != b"null" {
                            self.problems.push((span.start, Some(row), ProblemKind::BadProperties));
                        }
                    }
                    b"id" => {
                        let span = self.scanner.value()?;
                        id = (text[span.start] != b'n').then(|| self.kept(span));
                    }
                    _ => {
                        others.push(name.of(text));
                        self.scanner.value()?;
                    }
                }
                more = !self.scanner.take(b'}');
                if more {
                    self.scanner.expect(b',')?;
                }
            }
            for name in twice(&mut others) {
                self.told_twice(row, name);
            }
        } else {
            self.scanner.value()?;
        }
        if !is_feature {
            self.properties = None;
        }
        if !is_feature && geometry_seen {
            // The geometry of something that is no Feature is not used.
            self.problems.truncate(problems_before);
        }
        if !geometry_seen {
            self.rows.geometries.abandon_row();
            self.rows.geometries.end_row(None);
            self.rows.unusable.push(true);
            let kind = if is_feature {
                ProblemKind::MissingGeometry
            } else {
                ProblemKind::BadGeometry(GeometryFault::NotAFeature)
            };
            self.problems.push((start, Some(row), kind));
        } else if !is_feature {
            self.rows.unusable[row] = true;
            self.problems.push((start, Some(row), ProblemKind::BadGeometry(GeometryFault::NotAFeature)));
        }
        self.end_feature(kept_start, id);
        Ok(())
    }

    /// Notes a member that stands more than once in the feature being read.
    pub(super) fn told_twice(&mut self, row: usize, name: &[u8]) {
        self.is_odd = true;
        let name = String::from_utf8_lossy(name).into_owned();
        self.problems.push((self.scanner.position(), Some(row), ProblemKind::MemberTwice { name }));
    }

    /// What reading a geometry changes beside the geometries, as it is now.
    fn before_geometry(&self) -> Before {
        let problems = self.problems.len();
        Before {
            problems,
            behind: problems,
            third_coordinate: self.third_coordinate,
            out_of_range: self.out_of_range.clone(),
            located: self.located,
        }
    }

    /// Takes back the geometry that was read: another one follows, and counts.
    fn take_geometry_back(&mut self, row: usize, before: &Before) {
        self.problems.drain(before.problems..before.behind);
        self.third_coordinate = before.third_coordinate;
        self.out_of_range.clone_from(&before.out_of_range);
        self.located = before.located;
        self.rows.geometries.take_back(row);
        self.rows.unusable.truncate(row);
    }

    /// Takes back the properties that were read: others follow, and count.
    fn take_properties_back(&mut self) {
        self.properties = None;
        let Some(span) = self.properties_read.take() else { return };
        let text = span.of(self.scanner.text());
        // The text was read before, so it scans.
        let _ = Scanner::new(text).members(|s, name| {
            self.rows.attributes.abandon(name.of(text));
            s.value().map(drop)
        });
    }

    fn end_feature(&mut self, start: usize, id: Option<Span>) {
        self.rows.spans.push(Span { start, end: self.scanner.position() - self.removed });
        if let Some(id) = id {
            self.rows.id_cells.resize(self.rows.spans.len() - 1, Cell::MISSING);
            self.rows.id_cells.push(Cell::new(id));
        }
        self.rows.property_cells.push(self.properties.take().map_or(Cell::MISSING, Cell::new));
        self.properties_read = None;
        if std::mem::take(&mut self.is_odd) {
            self.rows.odd.push(self.rows.spans.len() - 1);
        }
        self.rows.attributes.end_row();
    }

    fn properties(&mut self) -> Result<(), SyntaxError> {
        let text = self.scanner.text();
        let start = self.scanner.position();
        self.scanner.expect(b'{')?;
        let mut more = !self.scanner.take(b'}');
        while more {
            if self.rows.attributes.expected().is_some_and(|name| self.scanner.take_name(name)) {
                let value = self.scanner.value()?;
                if self.rows.attributes.push_expected(self.kept(value)) {
                    let name = self.rows.attributes.last_name().unwrap_or_default().to_owned();
                    self.told_twice(self.rows.spans.len(), name.as_bytes());
                }
            } else {
                let name = self.scanner.string()?;
                self.scanner.expect(b':')?;
                let value = self.scanner.value()?;
                if self.rows.attributes.push(name.of(text), self.kept(value)) {
                    self.told_twice(self.rows.spans.len(), &plain(name.of(text)));
                }
            }
            more = !self.scanner.take(b'}');
            if more {
                self.scanner.expect(b',')?;
            }
        }
        let read = Span { start, end: self.scanner.position() };
        (self.properties, self.properties_read) = (Some(self.kept(read)), Some(read));
        Ok(())
    }

    /// Where a span behind everything cut so far stands in what is kept.
    fn kept(&self, span: Span) -> Span {
        Span { start: span.start - self.removed, end: span.end - self.removed }
    }

    /// Leaves a stretch, which ends before the next byte, out of what is kept.
    pub(super) fn cut(&mut self, span: Span) {
        self.removed += span.end - span.start;
        self.cuts.push(span);
    }

    /// Checks the geometry and places what was found.
    fn finish(mut self, end: End) -> Features {
        let text = self.scanner.text();
        self.problems.sort_by_key(|(offset, ..)| *offset);
        let mut lines = LinesUpTo { text, read: 0, lines: Lines::default() };
        let mut problems: Vec<Found> = std::mem::take(&mut self.problems)
            .into_iter()
            .map(|(offset, row, kind)| Found { row, lines: lines.of(offset), kind })
            .collect();
        let mut cut = self.cuts.iter().peekable();
        let (mut removed, mut lines) = (0, LinesUpTo { text, read: 0, lines: Lines::default() });
        let mut left_out = Vec::new();
        for row in 0..self.rows.spans.len() {
            if self.rows.unusable[row] {
                continue;
            }
            let checked = health::check_geometry(&self.rows.geometries, row);
            if !checked.left_out.is_empty() {
                left_out.push((row, checked.left_out));
            }
            for kind in checked.problems {
                self.rows.unusable[row] |= kind.severity() == Severity::LeftOut;
                // Back from what is kept to where it stood.
                let start = self.rows.spans[row].start;
                while let Some(earlier) = cut.next_if(|cut| cut.start - removed <= start) {
                    removed += earlier.end - earlier.start;
                }
                problems.push(Found { row: Some(row), lines: lines.of(start + removed), kind });
            }
        }
        if !left_out.is_empty() {
            self.rows.geometries = self.rows.geometries.without(&left_out);
        }
        let lines_up_to = |offset: usize| Lines::of(&text[..offset]);
        Features {
            end,
            rows: self.rows,
            problems,
            cuts: self.cuts,
            third_coordinate: self.third_coordinate.map(lines_up_to),
            out_of_range: self.out_of_range,
            located: self.located,
        }
    }
}

/// What reading a geometry changes beside the geometries, as it was before.
struct Before {
    problems: usize,
    /// How many problems there were behind it.
    behind: usize,
    third_coordinate: Option<usize>,
    out_of_range: Option<OutOfRangeCount>,
    located: usize,
}

/// Line breaks before bytes asked for in rising order.
struct LinesUpTo<'a> {
    text: &'a [u8],
    read: usize,
    lines: Lines,
}

impl LinesUpTo<'_> {
    fn of(&mut self, offset: usize) -> Lines {
        self.lines = self.lines.then(Lines::of(&self.text[self.read..offset]));
        self.read = offset;
        self.lines
    }
}
