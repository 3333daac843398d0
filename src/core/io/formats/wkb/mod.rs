//! Well-known binary: ISO 13249-3 WKB, PostGIS's EWKB and the GeoPackage's binary geometries, read and written.

mod curve;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use curve::{Position, STEP_DEGREES, STEP_METRES, Stepper};
pub(super) use read::{close_ring, pad, put};
pub use read::{read, read_geopackage};
pub use write::{write, write_ewkb, write_geopackage};

use super::{Note, RawGeometry, RawKind};
use crate::i18n::{Said, tr};
use crate::model::GeometryKind;

/// Collections nest so deep at most.
const DEPTH: usize = 32;

/// What a geometry was, and what had to be changed so that it could be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// The SRID of an EWKB, the `srs_id` of a GeoPackage's geometry.
    pub srid: Option<i32>,
    /// Arcs became segments.
    pub stepped: bool,
    /// Arcs became segments coarser than asked: there were too many.
    pub coarse: bool,
    /// An open ring was closed.
    pub closed: bool,
    /// A polyhedral surface or a TIN became a multipolygon.
    pub surface: bool,
    /// Members without any position were left out.
    pub empty_parts: bool,
}

impl Taken {
    /// True where nothing had to be changed.
    pub fn is_plain(&self) -> bool {
        *self == Self { srid: self.srid, ..Self::default() }
    }

    /// Gives a note for each thing that was changed.
    pub fn notes(&self, row: Option<usize>, mut each: impl FnMut(Note)) {
        let mut note = |kind: &'static str, is_doubt: bool, said: Said| each(Note { row, said, kind, is_doubt });
        if self.stepped {
            let said = Said::told(|lang| tr!(lang, "format.wkb.stepped").into_owned());
            note("format.wkb.stepped", false, said);
        }
        if self.coarse {
            let said = Said::told(|lang| tr!(lang, "format.wkb.coarse").into_owned());
            note("format.wkb.coarse", true, said);
        }
        if self.closed {
            let said = Said::told(|lang| tr!(lang, "format.wkb.closed").into_owned());
            note("format.wkb.closed", true, said);
        }
        if self.surface {
            let said = Said::told(|lang| tr!(lang, "format.wkb.surface").into_owned());
            note("format.wkb.surface", false, said);
        }
        if self.empty_parts {
            let said = Said::told(|lang| tr!(lang, "format.wkb.empty_parts").into_owned());
            note("format.wkb.empty_parts", false, said);
        }
    }
}

/// Why bytes are no geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// They end too early, or a count is larger than what is left.
    Short,
    /// No GeoPackage binary: it does not begin with `GP` and version 0, or its envelope is of a kind that is not defined.
    Header,
    /// A GeoPackage binary of another program's extension.
    Extended,
    /// The byte order is neither 0 nor 1.
    Order(u8),
    /// A type that is not known.
    Kind(u32),
    /// A member of a type that does not belong there.
    Member(u32),
    /// Collections nest deeper than 32.
    Depth,
    /// A coordinate is no finite number.
    NotFinite,
    /// An arc string with an even number of positions.
    Arc,
    /// A polygon with holes and without an exterior ring.
    Exterior,
}

/// Why bytes are no geometry, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said().en)]
pub struct WkbError {
    /// Why.
    pub fault: Fault,
    /// At which byte.
    pub at: usize,
}

impl WkbError {
    /// The cause in both languages, without an end stop.
    pub fn said(&self) -> Said {
        let at = self.at;
        Said::told(|lang| {
            match self.fault {
                Fault::Short => tr!(lang, "format.wkb.short", at = at),
                Fault::Header => tr!(lang, "format.wkb.header"),
                Fault::Extended => tr!(lang, "format.wkb.extended"),
                Fault::Order(order) => tr!(lang, "format.wkb.order", at = at, order = order),
                Fault::Kind(kind) => tr!(lang, "format.wkb.kind", at = at, kind = kind),
                Fault::Member(kind) => tr!(lang, "format.wkb.member", at = at, kind = kind),
                Fault::Depth => tr!(lang, "format.wkb.depth"),
                Fault::NotFinite => tr!(lang, "format.wkb.not_finite", at = at),
                Fault::Arc => tr!(lang, "format.wkb.arc", at = at),
                Fault::Exterior => tr!(lang, "format.wkb.exterior", at = at),
            }
            .into_owned()
        })
    }

    /// The note for a row whose geometry cannot be read: the row is kept without it.
    pub fn note(&self, row: Option<usize>) -> Note {
        let cause = self.said();
        let said = Said::told(|lang| tr!(lang, "format.wkb.unreadable", cause = cause.text(lang)).into_owned());
        Note { row, said, kind: "format.wkb.unreadable", is_doubt: true }
    }
}

/// What a type's number (1 to 17, without dimensions) becomes; `None` for numbers of no type with geometries.
pub fn raw_kind(number: u32) -> Option<RawKind> {
    Some(RawKind::Simple(match number {
        1 => GeometryKind::Point,
        2 | 8 | 9 => GeometryKind::LineString,
        3 | 10 | 17 => GeometryKind::Polygon,
        4 => GeometryKind::MultiPoint,
        5 | 11 => GeometryKind::MultiLineString,
        6 | 12 | 15 | 16 => GeometryKind::MultiPolygon,
        7 => return Some(RawKind::Collection),
        _ => return None,
    }))
}

/// The kind for a type's name as catalogues write it (`MULTIPOLYGON`, `CurvePolygon`, `POINT Z`); `None` where it
/// stands for any geometry.
pub fn kind_named(name: &str) -> Option<RawKind> {
    let name = name.trim().to_ascii_uppercase();
    let name = name.split_whitespace().next().unwrap_or_default();
    let name = ["ZM", "Z", "M"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    raw_kind(match name {
        "POINT" => 1,
        "LINESTRING" => 2,
        "POLYGON" => 3,
        "MULTIPOINT" => 4,
        "MULTILINESTRING" => 5,
        "MULTIPOLYGON" => 6,
        "GEOMETRYCOLLECTION" | "GEOMCOLLECTION" => 7,
        "CIRCULARSTRING" | "COMPOUNDCURVE" | "CURVE" => 8,
        "CURVEPOLYGON" | "SURFACE" => 10,
        "MULTICURVE" => 11,
        "MULTISURFACE" => 12,
        "POLYHEDRALSURFACE" | "TIN" => 15,
        "TRIANGLE" => 17,
        _ => return None,
    })
}

/// The envelope of a geometry: min x, min y, max x, max y; `None` where it has no position.
pub fn envelope(geometry: &RawGeometry) -> Option<[f64; 4]> {
    let mut all = None;
    extend(geometry, &mut all);
    all
}

fn extend(geometry: &RawGeometry, all: &mut Option<[f64; 4]>) {
    if let Some([x, y]) = geometry.xy.first() {
        let mut e = all.unwrap_or([*x, *y, *x, *y]);
        for [x, y] in &geometry.xy {
            e = [e[0].min(*x), e[1].min(*y), e[2].max(*x), e[3].max(*y)];
        }
        *all = Some(e);
    }
    for member in &geometry.members {
        extend(member, all);
    }
}

/// True where two geometries have the same shape and positions, but for what converting them to another coordinate system and back
/// changes (micrometres). Measures are not compared where one has none.
pub fn is_alike(a: &RawGeometry, b: &RawGeometry) -> bool {
    const SHARE: f64 = 1e-11;
    let near = |a: &f64, b: &f64| (a - b).abs() <= SHARE * (1.0 + a.abs()) || a.is_nan() && b.is_nan();
    let alike = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b));
    let of_some = |a: &[f64], b: &[f64]| a.is_empty() || b.is_empty() || alike(a, b);
    a.kind == b.kind
        && alike(a.xy.as_flattened(), b.xy.as_flattened())
        && of_some(&a.z, &b.z)
        && of_some(&a.m, &b.m)
        && a.path_ends == b.path_ends
        && a.part_ends == b.part_ends
        && a.members.len() == b.members.len()
        && a.members.iter().zip(&b.members).all(|(a, b)| is_alike(a, b))
}

/// True where two geometries are the same to the last bit (NaN is NaN).
pub fn is_same(a: &RawGeometry, b: &RawGeometry) -> bool {
    let same =
        |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
    a.kind == b.kind
        && same(a.xy.as_flattened(), b.xy.as_flattened())
        && same(&a.z, &b.z)
        && same(&a.m, &b.m)
        && a.path_ends == b.path_ends
        && a.part_ends == b.part_ends
        && a.members.len() == b.members.len()
        && a.members.iter().zip(&b.members).all(|(a, b)| is_same(a, b))
}
