//! Geometry objects: types, nesting and positions straight into the flat arrays, faults told with their place.

use super::features::{OutOfRangeCount, Reader};
use super::once::plain;
use super::scanner::{Scanner, SyntaxError};
use crate::geodesy::{LonLat, LonLatBox};
use crate::model::{GeometryFault, GeometryKind, ProblemKind, Span};

/// A geometry that could not be read: its text's fault, or the whole text's.
enum Fault {
    Geometry(usize, GeometryFault),
    Syntax(SyntaxError),
    /// A member stands there more than once, or its name is written with escapes.
    Odd,
}

impl From<SyntaxError> for Fault {
    fn from(e: SyntaxError) -> Self {
        Self::Syntax(e)
    }
}

/// Coordinates longer than this are left in the file, where there is one.
const CUT_ABOVE: usize = 256;

impl Reader<'_> {
    /// A `geometry` member's value: ends the row, with a kind where it could be read.
    pub(super) fn geometry(&mut self, row: usize) -> Result<(), SyntaxError> {
        self.scanner.peek();
        let start = self.scanner.position();
        if self.scanner.null() {
            self.end_without_geometry(row, start, ProblemKind::MissingGeometry);
            return Ok(());
        }
        let third_coordinate = self.third_coordinate;
        let read = match self.geometry_object() {
            Err(Fault::Odd | Fault::Geometry(..)) => {
                // Once more, whatever the order of its members, and with the last of each.
                self.scanner.rewind(start);
                self.rows.geometries.abandon_row();
                self.third_coordinate = third_coordinate;
                self.odd_geometry_object(row)
            }
            read => read,
        };
        match read {
            Ok((kind, coordinates)) => {
                if self.cuts_coordinates && coordinates.end - coordinates.start > CUT_ABOVE {
                    self.cut(Span { start: coordinates.start + 1, end: coordinates.end - 1 });
                }
                let in_row = self.rows.geometries.row_in_progress();
                let bounds = LonLatBox::of(in_row);
                let all_in_range = bounds.min.is_in_range() && bounds.max.is_in_range();
                let outside = if all_in_range { None } else { in_row.iter().copied().find(|p| !p.is_in_range()) };
                if in_row.is_empty() {
                    self.end_without_geometry(row, start, ProblemKind::MissingGeometry);
                } else if let Some(first) = outside {
                    let swapped = in_row.iter().all(|p| LonLat::new(p.lat, p.lon).is_in_range());
                    let turned = in_row.iter().all(|p| p.is_in_range_but_for_a_turn());
                    let out = self.out_of_range.get_or_insert(OutOfRangeCount {
                        features: 0,
                        swappable: 0,
                        turned: 0,
                        first,
                        first_offset: start,
                    });
                    out.features += 1;
                    out.swappable += usize::from(swapped);
                    out.turned += usize::from(turned);
                    self.end_without_geometry(row, start, ProblemKind::OutOfRange { at: first });
                } else {
                    self.located += 1;
                    self.rows.geometries.end_row(Some(kind));
                    self.rows.unusable.push(false);
                }
                Ok(())
            }
            Err(Fault::Syntax(e)) => Err(e),
            Err(Fault::Odd) => {
                self.end_without_geometry(row, start, ProblemKind::MissingGeometry);
                Ok(())
            }
            Err(Fault::Geometry(offset, fault)) => {
                // The rest must still be JSON.
                self.scanner.rewind(start);
                self.scanner.value()?;
                self.end_without_geometry(row, offset, ProblemKind::BadGeometry(fault));
                Ok(())
            }
        }
    }

    fn end_without_geometry(&mut self, row: usize, offset: usize, kind: ProblemKind) {
        self.rows.geometries.abandon_row();
        self.rows.geometries.end_row(None);
        self.rows.unusable.push(true);
        self.problems.push((offset, Some(row), kind));
    }

    /// The type, and the span of the coordinates.
    fn geometry_object(&mut self) -> Result<(GeometryKind, Span), Fault> {
        let text = self.scanner.text();
        self.scanner.peek();
        let start = self.scanner.position();
        if self.scanner.peek() != Some(b'{') {
            self.scanner.value()?;
            return Err(Fault::Geometry(start, GeometryFault::UnknownType(String::new())));
        }
        let mut kind: Option<(usize, &[u8])> = None;
        let mut coordinates = None;
        let mut done = None;
        self.scanner.expect(b'{')?;
        let mut more = !self.scanner.take(b'}');
        while more {
            let name = self.scanner.string()?;
            self.scanner.expect(b':')?;
            match name.of(text) {
                b"type" if kind.is_none() => {
                    self.scanner.peek();
                    let at = self.scanner.position();
                    kind = Some((at, string_value(&mut self.scanner)?.unwrap_or_default()));
                }
                b"coordinates" if done.is_none() && coordinates.is_none() => {
                    match kind.and_then(|(_, k)| GeometryKind::parse(k)) {
                        Some(kind) => done = Some((kind, self.coordinates_value(kind)?)),
                        // Coordinates before their type wait for it.
                        None => coordinates = Some(self.scanner.value()?),
                    }
                }
                b"type" | b"coordinates" => return Err(Fault::Odd),
                name if name.contains(&b'\\') => return Err(Fault::Odd),
                _ => drop(self.scanner.value()?),
            }
            more = !self.scanner.take(b'}');
            if more {
                self.scanner.expect(b',')?;
            }
        }
        if let Some(done) = done {
            return Ok(done);
        }
        let end = self.scanner.position();
        self.of_members(start, end, kind, coordinates)
    }

    /// The same of an object whose members stand there more than once, in any order: the last of each counts.
    fn odd_geometry_object(&mut self, row: usize) -> Result<(GeometryKind, Span), Fault> {
        let text = self.scanner.text();
        self.scanner.peek();
        let start = self.scanner.position();
        if self.scanner.peek() != Some(b'{') {
            self.scanner.value()?;
            return Err(Fault::Geometry(start, GeometryFault::UnknownType(String::new())));
        }
        let (mut kind, mut coordinates): (Option<(usize, &[u8])>, Option<Span>) = (None, None);
        self.scanner.expect(b'{')?;
        let mut more = !self.scanner.take(b'}');
        while more {
            let name = self.scanner.string()?;
            self.scanner.expect(b':')?;
            self.scanner.peek();
            let at = self.scanner.position();
            let called = plain(name.of(text));
            match &*called {
                b"type" => {
                    let value = string_value(&mut self.scanner)?.unwrap_or_default();
                    if kind.replace((at, value)).is_some() {
                        self.told_twice(row, b"type");
                    }
                }
                b"coordinates" => {
                    let value = self.scanner.value()?;
                    if coordinates.replace(value).is_some() {
                        self.told_twice(row, b"coordinates");
                    }
                }
                _ => drop(self.scanner.value()?),
            }
            if matches!(called, std::borrow::Cow::Owned(_)) {
                self.is_odd = true;
            }
            more = !self.scanner.take(b'}');
            if more {
                self.scanner.expect(b',')?;
            }
        }
        let end = self.scanner.position();
        self.of_members(start, end, kind, coordinates)
    }

    /// A geometry of its type and its coordinates, which were not looked at yet; the object begins and ends here.
    fn of_members(
        &mut self,
        start: usize,
        end: usize,
        kind: Option<(usize, &[u8])>,
        coordinates: Option<Span>,
    ) -> Result<(GeometryKind, Span), Fault> {
        let (at, name) = kind.unwrap_or((start, b""));
        let kind = match GeometryKind::parse(name) {
            Some(kind) => kind,
            None if name == b"GeometryCollection" => return Err(Fault::Geometry(start, GeometryFault::Collection)),
            None => {
                let name = String::from_utf8_lossy(name).into_owned();
                return Err(Fault::Geometry(at, GeometryFault::UnknownType(name)));
            }
        };
        let span = coordinates.ok_or(Fault::Geometry(start, GeometryFault::NoCoordinates))?;
        self.scanner.rewind(span.start);
        let span = self.coordinates_value(kind)?;
        self.scanner.rewind(end);
        Ok((kind, span))
    }

    fn coordinates_value(&mut self, kind: GeometryKind) -> Result<Span, Fault> {
        self.scanner.peek();
        let start = self.scanner.position();
        self.coordinates(kind)?;
        Ok(Span { start, end: self.scanner.position() })
    }

    fn coordinates(&mut self, kind: GeometryKind) -> Result<(), Fault> {
        match kind {
            GeometryKind::Point => {
                if self.is_empty_array() {
                    return Ok(());
                }
                self.position(kind)?;
                self.rows.geometries.end_path();
                self.rows.geometries.end_part();
            }
            GeometryKind::MultiPoint => self.array(kind, |r| {
                r.position(kind)?;
                r.rows.geometries.end_path();
                r.rows.geometries.end_part();
                Ok(())
            })?,
            GeometryKind::LineString => {
                self.path(kind)?;
                self.rows.geometries.end_part();
            }
            GeometryKind::MultiLineString => self.array(kind, |r| {
                r.path(kind)?;
                r.rows.geometries.end_part();
                Ok(())
            })?,
            GeometryKind::Polygon => {
                self.array(kind, |r| r.path(kind))?;
                self.rows.geometries.end_part();
            }
            GeometryKind::MultiPolygon => self.array(kind, |r| {
                r.array(kind, |r| r.path(kind))?;
                r.rows.geometries.end_part();
                Ok(())
            })?,
        }
        Ok(())
    }

    fn is_empty_array(&mut self) -> bool {
        let mut ahead = self.scanner.clone();
        let empty = ahead.take(b'[') && ahead.take(b']');
        if empty {
            self.scanner = ahead;
        }
        empty
    }

    fn path(&mut self, kind: GeometryKind) -> Result<(), Fault> {
        self.array(kind, |r| r.positions(kind))?;
        self.rows.geometries.end_path();
        Ok(())
    }

    /// At least one position, and all plain ones that follow it without white space.
    #[inline]
    fn positions(&mut self, kind: GeometryKind) -> Result<(), Fault> {
        if self.crs.is_some() {
            return self.position(kind);
        }
        while let Some([lon, lat]) = self.scanner.plain_position() {
            self.rows.geometries.push_position(LonLat::new(lon, lat));
            let end = self.scanner.position();
            if !self.scanner.take_plain(b',') {
                return Ok(());
            }
            if self.scanner.text().get(self.scanner.position()) != Some(&b'[') {
                // The comma is the caller's, and what follows it too.
                self.scanner.rewind(end);
                return Ok(());
            }
        }
        self.position(kind)
    }

    #[inline]
    fn array(&mut self, kind: GeometryKind, mut each: impl FnMut(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.scanner.peek() != Some(b'[') {
            return Err(self.not_an_array(kind)?);
        }
        self.scanner.expect(b'[')?;
        if self.scanner.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.scanner.take(b']') {
                return Ok(());
            }
            self.scanner.expect(b',')?;
        }
    }

    /// The fault of a value that should have been an array, once it is known to be JSON at all.
    fn not_an_array(&mut self, kind: GeometryKind) -> Result<Fault, SyntaxError> {
        let at = self.scanner.position();
        self.scanner.value()?;
        Ok(Fault::Geometry(at, GeometryFault::WrongNesting(kind.name())))
    }

    #[inline]
    fn position(&mut self, kind: GeometryKind) -> Result<(), Fault> {
        if self.scanner.peek() != Some(b'[') {
            return Err(self.not_an_array(kind)?);
        }
        self.scanner.expect(b'[')?;
        let x = self.ordinate(kind)?;
        if !self.scanner.take(b',') {
            let at = self.scanner.position();
            self.scanner.expect(b']')?;
            return Err(Fault::Geometry(at, GeometryFault::ShortPosition));
        }
        let y = self.ordinate(kind)?;
        while self.scanner.take(b',') {
            let at = self.scanner.position();
            self.ordinate(kind)?;
            self.third_coordinate.get_or_insert(at);
        }
        self.scanner.expect(b']')?;
        let position = match &self.crs {
            None => LonLat::new(x, y),
            Some(crs) => {
                crs.to_wgs84(x, y).ok_or(Fault::Geometry(self.scanner.position(), GeometryFault::NotProjected))?
            }
        };
        self.rows.geometries.push_position(position);
        Ok(())
    }

    #[inline]
    fn ordinate(&mut self, kind: GeometryKind) -> Result<f64, Fault> {
        match self.scanner.peek() {
            Some(b'-' | b'0'..=b'9') => Ok(self.scanner.number()?),
            _ => {
                let at = self.scanner.position();
                let nested = self.scanner.peek() == Some(b'[');
                if self.scanner.peek() == Some(b']') {
                    return Err(Fault::Geometry(at, GeometryFault::ShortPosition));
                }
                self.scanner.value()?;
                let fault = if nested { GeometryFault::WrongNesting(kind.name()) } else { GeometryFault::NotANumber };
                Err(Fault::Geometry(at, fault))
            }
        }
    }
}

/// Takes a value; its text where it is a string without escapes.
pub(super) fn string_value<'a>(scanner: &mut Scanner<'a>) -> Result<Option<&'a [u8]>, SyntaxError> {
    let text = scanner.text();
    let span = scanner.value()?;
    Ok((text[span.start] == b'"').then(|| &text[span.start + 1..span.end - 1]))
}
