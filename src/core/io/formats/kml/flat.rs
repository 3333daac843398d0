//! A placemark's geometry as it is built: coordinates to positions, several geometries to one.

use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// A point.
    Point,
    /// A line.
    Line,
    /// An area.
    Area,
}

/// How a text of coordinates was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// As KML says.
    Plain,
    /// Another way of separating them was assumed.
    Guessed,
    /// A piece is no position; nothing was taken.
    Bad,
}

/// Geometries of a placemark, one part after another. Used for many placemarks: its room is kept.
#[derive(Debug)]
pub struct Flat {
    geometry: RawGeometry,
    bases: Vec<Base>,
    is_multi: bool,
    /// True where a position lies outside of longitude and latitude.
    pub is_out_of_range: bool,
}

impl Default for Flat {
    fn default() -> Self {
        let geometry = RawGeometry::new(RawKind::Collection);
        Self { geometry, bases: Vec::new(), is_multi: false, is_out_of_range: false }
    }
}

impl Flat {
    /// Empties it.
    pub fn reset(&mut self) {
        self.geometry.reset(RawKind::Collection);
        self.bases.clear();
        (self.is_multi, self.is_out_of_range) = (false, false);
    }

    /// Says that several geometries are meant, though there may be one.
    pub fn set_multi(&mut self) {
        self.is_multi = true;
    }

    /// Number of positions.
    pub fn positions(&self) -> usize {
        self.geometry.xy.len()
    }

    /// Takes what was added behind this many positions back.
    pub fn truncate(&mut self, positions: usize) {
        self.geometry.xy.truncate(positions);
        self.geometry.z.truncate(positions);
    }

    /// Adds a position; `z` is NaN where it has no height.
    pub fn position(&mut self, x: f64, y: f64, z: f64) {
        let geometry = &mut self.geometry;
        self.is_out_of_range |= !(x.abs() <= 360.0 && y.abs() <= 90.0);
        if !z.is_nan() || !geometry.z.is_empty() {
            geometry.z.resize(geometry.xy.len(), f64::NAN);
            geometry.z.push(z);
        }
        geometry.xy.push([x, y]);
    }

    /// Adds the positions of `<coordinates>`: `longitude,latitude[,height]` with white space between them.
    pub fn coordinates(&mut self, text: &str) -> Coordinates {
        let before = self.positions();
        if self.tuples(text, CommaSpace::Continues) {
            return Coordinates::Plain;
        }
        self.truncate(before);
        // `1,2, 3,4, 5,6`: a comma between positions too.
        if self.tuples(text, CommaSpace::Ends) {
            return Coordinates::Guessed;
        }
        self.truncate(before);
        // `121.5 31.2` or `121.5 31.2 4`: one position without commas.
        let mut numbers = [f64::NAN; 3];
        let mut count = 0;
        for piece in text.split_ascii_whitespace() {
            match (numbers.get_mut(count), number(piece.as_bytes())) {
                (Some(slot), Some(value)) => *slot = value,
                _ => return Coordinates::Bad,
            }
            count += 1;
        }
        if count < 2 {
            return Coordinates::Bad;
        }
        self.position(numbers[0], numbers[1], numbers[2]);
        Coordinates::Guessed
    }

    /// False where a piece is no position.
    fn tuples(&mut self, text: &str, comma_space: CommaSpace) -> bool {
        let bytes = text.as_bytes();
        let mut at = 0;
        let skip_space = |at: &mut usize| {
            while bytes.get(*at).is_some_and(u8::is_ascii_whitespace) {
                *at += 1;
            }
        };
        skip_space(&mut at);
        while at < bytes.len() {
            let mut numbers = [f64::NAN; 3];
            let mut count = 0;
            loop {
                let from = at;
                while bytes.get(at).is_some_and(|b| *b != b',' && !b.is_ascii_whitespace()) {
                    at += 1;
                }
                if at > from {
                    let Some(slot) = numbers.get_mut(count) else { return false };
                    let Some(value) = number(&bytes[from..at]) else { return false };
                    *slot = value;
                    count += 1;
                } else if count < 2 {
                    // Nothing before a comma.
                    return false;
                }
                skip_space(&mut at);
                if bytes.get(at) != Some(&b',') {
                    break;
                }
                at += 1;
                let before_space = at;
                skip_space(&mut at);
                if count >= 2 && (at == bytes.len() || comma_space == CommaSpace::Ends && at > before_space) {
                    break;
                }
            }
            if count < 2 {
                return false;
            }
            self.position(numbers[0], numbers[1], numbers[2]);
        }
        true
    }

    /// Ends a path that began at this position; closes it where it is a ring. True where it was open.
    pub fn end_path(&mut self, from: usize, is_ring: bool) -> bool {
        let geometry = &mut self.geometry;
        let is_open = is_ring && geometry.xy.len() > from + 1 && geometry.xy.last() != geometry.xy.get(from);
        if is_open {
            geometry.xy.push(geometry.xy[from]);
            if let Some(z) = geometry.z.get(from).copied() {
                geometry.z.push(z);
            }
        }
        geometry.end_path();
        is_open
    }

    /// Makes points of the positions of the last path, where it is the one that follows this many and has several of them; true
    /// where it does.
    pub fn split_points(&mut self, paths: usize) -> bool {
        let ends = &mut self.geometry.path_ends;
        if ends.len() != paths + 1 {
            return false;
        }
        let from = if paths == 0 { 0 } else { ends[paths - 1] };
        let end = ends[paths];
        if end <= from + 1 {
            return false;
        }
        ends.truncate(paths);
        for at in from..end {
            self.geometry.path_ends.push(at + 1);
            self.end_part(Base::Point);
        }
        true
    }

    /// Ends a part.
    pub fn end_part(&mut self, base: Base) {
        self.geometry.end_part();
        self.bases.push(base);
    }

    /// Puts the last path of the part being built, which began with this path, before its others: the exterior ring goes first.
    pub fn last_path_first(&mut self, first_path: usize) {
        let geometry = &mut self.geometry;
        let ends = &mut geometry.path_ends;
        let Some(last) = ends.len().checked_sub(2).filter(|before| *before >= first_path) else { return };
        let from = if first_path == 0 { 0 } else { ends[first_path - 1] as usize };
        let moved = (ends[last + 1] - ends[last]) as usize;
        geometry.xy[from..].rotate_right(moved);
        if geometry.z.len() > from {
            geometry.z.resize(geometry.xy.len(), f64::NAN);
            geometry.z[from..].rotate_right(moved);
        }
        let lengths = ends[first_path..].windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
        let first_length = ends[first_path] - from as u32;
        let mut end = (from + moved) as u32;
        ends[first_path] = end;
        for (slot, length) in ends[first_path + 1..].iter_mut().zip(std::iter::once(first_length).chain(lengths)) {
            end += length;
            *slot = end;
        }
    }

    /// Takes paths behind this many, and positions behind this many, back.
    pub fn truncate_paths(&mut self, paths: usize, positions: usize) {
        self.geometry.path_ends.truncate(paths);
        self.truncate(positions);
    }

    /// Number of paths so far.
    pub fn paths(&self) -> usize {
        self.geometry.path_ends.len()
    }

    /// What the whole is; `None` where there is no part.
    pub fn kind(&self) -> Option<RawKind> {
        let first = *self.bases.first()?;
        if self.bases.iter().any(|base| *base != first) {
            return Some(RawKind::Collection);
        }
        Some(RawKind::Simple(match (first, self.is_multi || self.bases.len() > 1) {
            (Base::Point, false) => GeometryKind::Point,
            (Base::Point, true) => GeometryKind::MultiPoint,
            (Base::Line, false) => GeometryKind::LineString,
            (Base::Line, true) => GeometryKind::MultiLineString,
            (Base::Area, false) => GeometryKind::Polygon,
            (Base::Area, true) => GeometryKind::MultiPolygon,
        }))
    }

    /// The whole; `None` where there is no position.
    pub fn finish(&mut self) -> Option<&RawGeometry> {
        self.geometry.kind = self.kind()?;
        if self.geometry.xy.is_empty() {
            return None;
        }
        if !self.geometry.z.is_empty() {
            self.geometry.z.resize(self.geometry.xy.len(), f64::NAN);
        }
        if self.geometry.kind == RawKind::Collection {
            self.divide();
        }
        Some(&self.geometry)
    }

    /// Makes members of parts that differ.
    fn divide(&mut self) {
        let flat = std::mem::replace(&mut self.geometry, RawGeometry::new(RawKind::Collection));
        let (mut path, mut from) = (0, 0);
        for (base, part_end) in self.bases.iter().zip(&flat.part_ends) {
            let mut member = RawGeometry::new(RawKind::Simple(match base {
                Base::Point => GeometryKind::Point,
                Base::Line => GeometryKind::LineString,
                Base::Area => GeometryKind::Polygon,
            }));
            for end in &flat.path_ends[path..*part_end as usize] {
                member.xy.extend_from_slice(&flat.xy[from..*end as usize]);
                if !flat.z.is_empty() {
                    member.z.extend_from_slice(&flat.z[from..*end as usize]);
                }
                member.end_path();
                from = *end as usize;
            }
            path = *part_end as usize;
            member.end_part();
            self.geometry.members.push(member);
        }
    }
}

/// What a comma with white space behind it means, once there are two numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CommaSpace {
    Continues,
    Ends,
}

/// A finite number.
pub fn number(bytes: &[u8]) -> Option<f64> {
    std::str::from_utf8(bytes).ok()?.parse().ok().filter(|value: &f64| value.is_finite())
}
