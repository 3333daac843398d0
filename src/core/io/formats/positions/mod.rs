//! Positions in tables: which columns tell them, how they are spelled, and a geometry for each row. Texts, spreadsheets and other
//! tables share it.

mod angle;
mod choose;
mod names;
mod scan;
mod systems;
#[cfg(test)]
mod tests;

pub use angle::{Angle, Side, read_angle, read_number, read_pair};
pub(super) use choose::decide;
pub use choose::{Choice, choose};
pub use names::{Candidate, Named, candidates};
pub use scan::{AxisScan, PositionScan, zone_of};
pub use systems::{Datum, ZoneWidth, named_system};

use super::tabular::Raw;
use super::wkt::{WktError, WktRead, read_wkt};
use super::{RawGeometry, RawKind};
use crate::i18n::{Said, tr};
use crate::model::GeometryKind;
use scan::{Told, told, told_parts};

/// Why a row that has something written has no position.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The column it is about.
    pub column: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// It is neither a number nor an angle.
    Unreadable,
    /// One of two cells is empty.
    Half,
    /// No longitude or latitude is so large.
    Range,
    /// Longitude and latitude seem to have changed places.
    Swapped,
    /// It is no WKT.
    Wkt(WktError),
    /// Its WKT names another system than the first row's.
    Srid(u32),
}

impl FaultKind {
    /// The key of its text.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Unreadable => "format.position.unreadable",
            Self::Half => "format.position.half",
            Self::Range => "format.position.range",
            Self::Swapped => "format.position.swapped",
            Self::Wkt(_) => "format.position.wkt",
            Self::Srid(_) => "format.position.srid",
        }
    }

    /// What is wrong with the text of a cell, which is at `place`.
    pub fn said(&self, place: &Said, text: &str) -> Said {
        let why = match self {
            Self::Wkt(fault) => Some(fault.said()),
            _ => None,
        };
        Said::told(|lang| {
            let place = place.text(lang);
            match self {
                Self::Unreadable => tr!(lang, "format.position.unreadable", place = place, text = text),
                Self::Half => tr!(lang, "format.position.half", place = place),
                Self::Range => tr!(lang, "format.position.range", place = place, text = text),
                Self::Swapped => tr!(lang, "format.position.swapped", place = place, text = text),
                Self::Wkt(_) => {
                    let why = why.as_ref().map_or("", |why| why.text(lang));
                    tr!(lang, "format.position.wkt", place = place, text = text, why = why)
                }
                Self::Srid(srid) => tr!(lang, "format.position.srid", place = place, srid = srid),
            }
            .into_owned()
        })
    }
}

/// How the columns of a table become geometries.
#[derive(Clone, Debug)]
pub struct Placing {
    /// The columns.
    pub candidate: Candidate,
    /// True where the first of two numbers is the northing or latitude.
    pub swap: bool,
    /// True where positions are metres.
    pub projected: bool,
    /// The EPSG number that WKT names.
    pub srid: Option<u32>,
}

/// A row's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The geometry was filled.
    Yes,
    /// The geometry was filled; rings that were open have been closed.
    Closed,
    /// Nothing is written.
    Blank,
    /// It is 0, 0: filled, and doubtful.
    Zero,
}

impl Placing {
    /// Fills `geometry` from a row's cells.
    ///
    /// # Errors
    /// Where something is written that tells no position.
    pub fn place(&self, cells: &[Raw<'_>], geometry: &mut RawGeometry) -> Result<Placed, Fault> {
        let cell = |column: usize| cells.get(column).unwrap_or(&Raw::Empty);
        let fault = |column: usize, kind| Err(Fault { column, kind });
        let (first, second, columns) = match &self.candidate {
            Candidate::Pair { x, y, .. } => (told(cell(*x)), told(cell(*y)), [*x, *y]),
            Candidate::Parts { x, y } => {
                let parts = |columns| {
                    told_parts(cells, columns).map_err(|column| Fault { column, kind: FaultKind::Unreadable })
                };
                (parts(x)?, parts(y)?, [x[0], y[0]])
            }
            Candidate::Single { column, .. } => match cell(*column) {
                Raw::Empty => return Ok(Placed::Blank),
                Raw::Text(text) if text.trim().is_empty() => return Ok(Placed::Blank),
                Raw::Text(text) => match read_pair(text) {
                    Some((x, y)) => (Told::Value(x), Told::Value(y), [*column; 2]),
                    None => return fault(*column, FaultKind::Unreadable),
                },
                _ => return fault(*column, FaultKind::Unreadable),
            },
            Candidate::Wkt { column } => {
                let text = match cell(*column) {
                    Raw::Empty => return Ok(Placed::Blank),
                    Raw::Text(text) if text.trim().is_empty() => return Ok(Placed::Blank),
                    Raw::Text(text) => text,
                    _ => return fault(*column, FaultKind::Unreadable),
                };
                return match read_wkt(text, geometry) {
                    Ok(WktRead { srid: Some(srid), .. }) if self.srid.is_some_and(|first| first != srid) => {
                        fault(*column, FaultKind::Srid(srid))
                    }
                    Ok(WktRead { closed: 0, .. }) => Ok(Placed::Yes),
                    Ok(_) => Ok(Placed::Closed),
                    Err(e) => fault(*column, FaultKind::Wkt(e)),
                };
            }
        };
        let (first, second) = match (first, second) {
            (Told::Value(first), Told::Value(second)) => (first, second),
            (Told::Blank, Told::Blank) => return Ok(Placed::Blank),
            (Told::Unreadable, _) => return fault(columns[0], FaultKind::Unreadable),
            (_, Told::Unreadable) => return fault(columns[1], FaultKind::Unreadable),
            (Told::Blank, _) => return fault(columns[0], FaultKind::Half),
            (_, Told::Blank) => return fault(columns[1], FaultKind::Half),
        };
        // A letter beside the number goes before the column it stands in.
        let marked = match (first.side, second.side) {
            (Some(Side::Latitude), Some(Side::Longitude)) => Some(true),
            (Some(Side::Longitude), Some(Side::Latitude)) => Some(false),
            _ => None,
        };
        let swap = marked.unwrap_or(self.swap);
        let ([x, y], columns) = match swap {
            true => ([second.degrees, first.degrees], [columns[1], columns[0]]),
            false => ([first.degrees, second.degrees], columns),
        };
        if !self.projected {
            if y.abs() > 90.0 && y.abs() <= 180.0 && x.abs() <= 90.0 {
                return fault(columns[1], FaultKind::Swapped);
            }
            if y.abs() > 90.0 {
                return fault(columns[1], FaultKind::Range);
            }
            if x.abs() > 180.0 {
                return fault(columns[0], FaultKind::Range);
            }
        }
        geometry.reset(RawKind::Simple(GeometryKind::Point));
        geometry.xy.push([x, y]);
        geometry.end_path();
        geometry.end_part();
        Ok(if x == 0.0 && y == 0.0 { Placed::Zero } else { Placed::Yes })
    }
}
