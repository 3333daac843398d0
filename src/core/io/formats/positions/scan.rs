//! What the values of position columns show: degrees or metres, which is north, which zone.

use super::angle::{Angle, Side, read_angle, read_pair};
use super::names::Candidate;
use crate::io::formats::tabular::Raw;
use crate::io::formats::wkt::read_wkt;
use crate::io::formats::{RawGeometry, RawKind};

/// What one axis's values are, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisScan {
    /// Values that were read.
    pub read: u64,
    /// At most 90.
    pub within_90: u64,
    /// Over 90, at most 180.
    pub within_180: u64,
    /// Longitudes of China: 73 to 136.
    pub china_longitude: u64,
    /// Latitudes of China: 3 to 54.
    pub china_latitude: u64,
    /// Northings of China: 1,500 to 6,200 km.
    pub north: u64,
    /// Eastings without a zone: 50 to 950 km.
    pub east: u64,
    /// Eastings with a zone in front: 13 to 46 thousand km.
    pub zoned: u64,
    /// The least and greatest zone in front.
    pub zones: Option<(u32, u32)>,
    /// With digits behind the point.
    pub fractions: u64,
    /// Written as degrees, minutes and seconds.
    pub dms: u64,
    /// Marked as a longitude.
    pub east_west: u64,
    /// Marked as a latitude.
    pub north_south: u64,
}

impl AxisScan {
    fn see(&mut self, angle: Angle) {
        let (value, size) = (angle.degrees, angle.degrees.abs());
        self.read += 1;
        self.within_90 += u64::from(size <= 90.0);
        self.within_180 += u64::from(size > 90.0 && size <= 180.0);
        self.china_longitude += u64::from((73.0..=136.0).contains(&value));
        self.china_latitude += u64::from((3.0..=54.0).contains(&value));
        self.north += u64::from((1.5e6..6.2e6).contains(&value));
        self.east += u64::from((5e4..9.5e5).contains(&value));
        if let Some(zone) = zone_of(value) {
            self.zoned += 1;
            let (least, most) = self.zones.unwrap_or((zone, zone));
            self.zones = Some((least.min(zone), most.max(zone)));
        }
        self.fractions += u64::from(value.fract() != 0.0);
        self.dms += u64::from(angle.is_dms);
        self.east_west += u64::from(angle.side == Some(Side::Longitude));
        self.north_south += u64::from(angle.side == Some(Side::Latitude));
    }

    /// True where at least half of the values are among `n`.
    pub fn mostly(&self, n: u64) -> bool {
        self.read > 0 && n * 2 >= self.read
    }

    /// True where all values are among `n`, and there are some.
    pub fn all(&self, n: u64) -> bool {
        self.read > 0 && n == self.read
    }

    /// True where most values can be degrees.
    pub fn is_degrees(&self) -> bool {
        self.mostly(self.within_90 + self.within_180)
    }
}

/// The zone in front of an easting (`40512345.6` is in zone 40).
pub fn zone_of(easting: f64) -> Option<u32> {
    let zone = (easting / 1e6).floor();
    let is_zone = (13.0..=23.0).contains(&zone) || (25.0..=45.0).contains(&zone);
    is_zone.then_some(zone as u32)
}

/// What the position columns of a table were seen to hold.
#[derive(Clone, Debug)]
pub struct PositionScan {
    /// The columns.
    pub candidate: Candidate,
    /// The first axis.
    pub x: AxisScan,
    /// The second axis.
    pub y: AxisScan,
    /// Rows whose cells of the position are all empty.
    pub blank: u64,
    /// Rows that tell no position though something is written.
    pub failed: u64,
    /// The EPSG number that the first WKT names.
    pub srid: Option<u32>,
    /// The geometry types of WKT.
    pub kinds: Vec<RawKind>,
    scratch: RawGeometry,
}

/// What a cell says of an axis.
pub(super) enum Told {
    Blank,
    Unreadable,
    Value(Angle),
}

/// What a cell tells as a number or angle.
pub(super) fn told(raw: &Raw<'_>) -> Told {
    match raw {
        Raw::Empty => Told::Blank,
        Raw::Number(value) if value.is_finite() => Told::Value(Angle { degrees: *value, side: None, is_dms: false }),
        Raw::Text(text) if text.trim().is_empty() => Told::Blank,
        Raw::Text(text) => read_angle(text).map_or(Told::Unreadable, Told::Value),
        _ => Told::Unreadable,
    }
}

/// What three cells tell as degrees, minutes and seconds; and which of them does not tell a number.
pub(super) fn told_parts(cells: &[Raw<'_>], columns: &[usize; 3]) -> Result<Told, usize> {
    let mut values = [0.0_f64; 3];
    let mut blank = 0;
    for (value, column) in values.iter_mut().zip(columns) {
        match told(cells.get(*column).unwrap_or(&Raw::Empty)) {
            Told::Blank => blank += 1,
            Told::Value(angle) if !angle.is_dms => *value = angle.degrees,
            _ => return Err(*column),
        }
    }
    if blank == 3 {
        return Ok(Told::Blank);
    }
    let [degrees, minutes, seconds] = values;
    for (value, column) in [(minutes, columns[1]), (seconds, columns[2])] {
        if !(0.0..=60.0).contains(&value) {
            return Err(column);
        }
    }
    let size = degrees.abs() + minutes / 60.0 + seconds / 3600.0;
    let degrees = if degrees.is_sign_negative() { -size } else { size };
    Ok(Told::Value(Angle { degrees, side: None, is_dms: true }))
}

impl PositionScan {
    /// Nothing seen yet.
    pub fn new(candidate: Candidate) -> Self {
        Self {
            candidate,
            x: AxisScan::default(),
            y: AxisScan::default(),
            blank: 0,
            failed: 0,
            srid: None,
            kinds: Vec::new(),
            scratch: RawGeometry::new(RawKind::Collection),
        }
    }

    /// Looks at a row.
    pub fn see(&mut self, cells: &[Raw<'_>]) {
        let cell = |column: usize| cells.get(column).unwrap_or(&Raw::Empty);
        let (x, y) = match &self.candidate {
            Candidate::Pair { x, y, .. } => (told(cell(*x)), told(cell(*y))),
            Candidate::Parts { x, y } => {
                (told_parts(cells, x).unwrap_or(Told::Unreadable), told_parts(cells, y).unwrap_or(Told::Unreadable))
            }
            Candidate::Single { column, .. } => match cell(*column) {
                Raw::Text(text) if !text.trim().is_empty() => match read_pair(text) {
                    Some((x, y)) => (Told::Value(x), Told::Value(y)),
                    None => (Told::Unreadable, Told::Unreadable),
                },
                Raw::Text(_) | Raw::Empty => (Told::Blank, Told::Blank),
                _ => (Told::Unreadable, Told::Unreadable),
            },
            Candidate::Wkt { column } => {
                match cell(*column) {
                    Raw::Text(text) if !text.trim().is_empty() => self.see_wkt(text),
                    Raw::Text(_) | Raw::Empty => self.blank += 1,
                    _ => self.failed += 1,
                }
                return;
            }
        };
        match (x, y) {
            (Told::Value(x), Told::Value(y)) => {
                self.x.see(x);
                self.y.see(y);
            }
            (Told::Blank, Told::Blank) => self.blank += 1,
            _ => self.failed += 1,
        }
    }

    fn see_wkt(&mut self, text: &str) {
        match read_wkt(text, &mut self.scratch) {
            Ok(read) => {
                if self.x.read == 0 {
                    self.srid = read.srid;
                }
                self.x.read += 1;
                if !self.kinds.contains(&self.scratch.kind) {
                    self.kinds.push(self.scratch.kind);
                }
                if let Some([x, y]) = self.scratch.xy.first() {
                    let read = self.x.read;
                    self.x.see(Angle { degrees: *x, side: None, is_dms: false });
                    self.y.see(Angle { degrees: *y, side: None, is_dms: false });
                    self.x.read = read;
                }
            }
            Err(_) => self.failed += 1,
        }
    }

    /// Rows that tell a position.
    pub fn read(&self) -> u64 {
        self.x.read
    }
}
