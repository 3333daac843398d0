//! What can be wrong with a layer: the health list that nothing repairs in silence.

use super::Place;
use crate::geodesy::LonLat;
use crate::geodesy::crs::CrsError;
use crate::i18n::{Lang, Said, count, tr};

/// One entry of a layer's health list.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The feature's row, counted from 0; `None` where it is the file's.
    pub row: Option<usize>,
    /// Where in the file.
    pub place: Option<Place>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// How much a problem matters to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the answer is not touched.
    Note,
    /// The planner should look; the feature is used.
    Warning,
    /// The feature is kept, shown where it can be, exported unchanged, and left out of questions.
    LeftOut,
}

/// A datum that Chinese web maps shift positions to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    /// The shift of AMap, Tencent and Google in China.
    Gcj02,
    /// Baidu's, on top of it.
    Bd09,
}

impl Datum {
    /// Its name, as `--crs` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcj02 => "GCJ-02",
            Self::Bd09 => "BD-09",
        }
    }
}

/// Why a geometry's JSON does not say a geometry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeometryFault {
    /// An array level is missing or there is one too many for the type.
    WrongNesting(&'static str),
    /// A position holds something that is not a number.
    NotANumber,
    /// A position has fewer than two numbers.
    ShortPosition,
    /// The type is missing or none of RFC 7946's.
    UnknownType(String),
    /// There are no coordinates.
    NoCoordinates,
    /// A GeometryCollection: kept, but no question is defined on it.
    Collection,
    /// The element of `features` is not a Feature object.
    NotAFeature,
    /// The projection has no answer for the position.
    NotProjected,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// `geometry` is null, missing or empty.
    MissingGeometry,
    /// `geometry` could not be understood.
    BadGeometry(GeometryFault),
    /// A position outside ±180, ±90, or a number too large for a float.
    OutOfRange {
        /// The first such position, as written.
        at: LonLat,
    },
    /// A path with fewer than two, or a ring with fewer than four positions.
    TooShort,
    /// A ring whose last position is not its first.
    NotClosed,
    /// A ring that crosses itself or another of its polygon.
    SelfIntersection {
        /// Where.
        at: LonLat,
    },
    /// A hole outside its shell.
    HoleOutside {
        /// A position of the hole.
        at: LonLat,
    },
    /// Holes that overlap or repeat one another: what is ground and what is not cannot be told.
    HolesOverlap {
        /// A position of one of them.
        at: LonLat,
    },
    /// An area without extent.
    NoArea,
    /// Parts or holes that cannot be used; the rest of the feature is.
    PartsLeftOut {
        /// How many.
        count: usize,
        /// How many parts the feature has, the holes among those left out besides.
        of: usize,
        /// What is wrong with the first.
        cause: Box<ProblemKind>,
    },
    /// Parts of one feature that overlap, lie in one another or stand twice: an inner one may be meant as a hole. Their
    /// ground is counted once.
    PartsOverlap {
        /// A position of one of them.
        at: LonLat,
    },
    /// So many edges or parts lie side by side that not all pairs were looked at: some may cross.
    NotAllChecked,
    /// An edge more than half way round the earth: not cut at the antimeridian, perhaps.
    WideEdge {
        /// Where it begins.
        at: LonLat,
    },
    /// A ring wound against the right-hand rule; area and answers do not depend on it.
    WrongWinding,
    /// A member of an object stands there more than once (RFC 8259 §4 leaves open which one counts).
    MemberTwice {
        /// Its name.
        name: String,
    },
    /// Another feature has the same id.
    DuplicateId(String),
    /// Positions have a third number, which is kept in the file and not used.
    ThirdCoordinate,
    /// The collection has no features.
    Empty,
    /// Points, lines and areas in one layer.
    MixedTypes,
    /// Latitude and longitude look swapped.
    Swapped,
    /// The file's `crs` member names a system that is not WGS 84; positions were converted.
    Reprojected(String),
    /// The file names a coordinate system that cannot be used: none of its positions has a place.
    Placeless(Box<CrsError>),
    /// The file has a `crs` member that names no system; positions were taken as WGS 84.
    UnknownCrs(String),
    /// `properties` is neither an object nor null.
    BadProperties,
    /// Bytes were not UTF-8 and were read in another encoding.
    Decoded(String),
    /// The file starts with a byte order mark, which was skipped.
    ByteOrderMark,
    /// Something doubtful that the reader of a format met.
    OfFormat {
        /// What, in words.
        said: Said,
        /// A stable name for scripts.
        code: &'static str,
        /// True where something of the file is not in the layer as it should be.
        is_doubt: bool,
    },
    /// Features stand one a line, with no collection round them (GeoJSONL, RFC 8142).
    LineDelimited,
    /// Positions disagree with a reference layer as by this shift.
    Shifted {
        /// The datum suspected.
        datum: Datum,
        /// The layer it disagrees with.
        reference: String,
        /// Metres apart, median.
        distance_m: f64,
    },
}

impl ProblemKind {
    /// True where rings cross, overlap or lie wrongly, or may: what is ground is not plain from their sides.
    pub fn is_of_rings(&self) -> bool {
        matches!(
            self,
            Self::SelfIntersection { .. }
                | Self::HoleOutside { .. }
                | Self::HolesOverlap { .. }
                | Self::PartsOverlap { .. }
                | Self::NotAllChecked
        )
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MissingGeometry
            | Self::BadGeometry(_)
            | Self::OutOfRange { .. }
            | Self::TooShort
            | Self::NotClosed
            | Self::SelfIntersection { .. }
            | Self::HoleOutside { .. }
            | Self::HolesOverlap { .. }
            | Self::NoArea => Severity::LeftOut,
            Self::UnknownCrs(_)
            | Self::Placeless(_)
            | Self::BadProperties
            | Self::PartsLeftOut { .. }
            | Self::PartsOverlap { .. }
            | Self::NotAllChecked
            | Self::MemberTwice { .. }
            | Self::DuplicateId(_)
            | Self::Swapped
            | Self::Shifted { .. }
            | Self::Decoded(_)
            | Self::OfFormat { is_doubt: true, .. }
            | Self::Reprojected(_) => Severity::Warning,
            Self::WrongWinding
            | Self::WideEdge { .. }
            | Self::ThirdCoordinate
            | Self::Empty
            | Self::MixedTypes
            | Self::ByteOrderMark
            | Self::OfFormat { is_doubt: false, .. }
            | Self::LineDelimited => Severity::Note,
        }
    }

    /// The position to look at, where the problem has one.
    pub fn position(&self) -> Option<LonLat> {
        match self {
            Self::SelfIntersection { at }
            | Self::HoleOutside { at }
            | Self::HolesOverlap { at }
            | Self::PartsOverlap { at }
            | Self::WideEdge { at } => Some(*at),
            Self::PartsLeftOut { cause, .. } => cause.position(),
            _ => None,
        }
    }

    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingGeometry => "missing-geometry",
            Self::BadGeometry(_) => "bad-geometry",
            Self::OutOfRange { .. } => "position-out-of-range",
            Self::TooShort => "too-short",
            Self::NotClosed => "ring-not-closed",
            Self::SelfIntersection { .. } => "self-intersection",
            Self::HoleOutside { .. } => "hole-outside-shell",
            Self::HolesOverlap { .. } => "holes-overlap",
            Self::NoArea => "no-area",
            Self::PartsLeftOut { .. } => "part-left-out",
            Self::PartsOverlap { .. } => "parts-overlap",
            Self::NotAllChecked => "not-all-checked",
            Self::WideEdge { .. } => "wide-edge",
            Self::UnknownCrs(_) => "unknown-crs-member",
            Self::Placeless(_) => "unusable-crs",
            Self::BadProperties => "bad-properties",
            Self::WrongWinding => "wrong-winding",
            Self::MemberTwice { .. } => "duplicate-member",
            Self::DuplicateId(_) => "duplicate-id",
            Self::ThirdCoordinate => "third-coordinate",
            Self::Empty => "empty-collection",
            Self::MixedTypes => "mixed-geometry-types",
            Self::Swapped => "latitude-longitude-swapped",
            Self::Reprojected(_) => "reprojected",
            Self::Decoded(_) => "not-utf8",
            Self::ByteOrderMark => "byte-order-mark",
            Self::LineDelimited => "line-delimited",
            Self::OfFormat { code, .. } => code,
            Self::Shifted { .. } => "datum-shift-suspected",
        }
    }

    /// What is wrong, in a sentence.
    pub fn message(&self, lang: Lang) -> String {
        let at = |p: &LonLat| format!("{:.6}, {:.6}", p.lon, p.lat);
        match self {
            Self::MissingGeometry => tr!(lang, "problem.missing_geometry"),
            Self::BadGeometry(fault) => return fault.message(lang),
            Self::OutOfRange { at: p } => tr!(lang, "problem.out_of_range", x = p.lon, y = p.lat),
            Self::TooShort => tr!(lang, "problem.too_short"),
            Self::NotClosed => tr!(lang, "problem.not_closed"),
            Self::SelfIntersection { at: p } => tr!(lang, "problem.self_intersection", at = at(p)),
            Self::HoleOutside { at: p } => tr!(lang, "problem.hole_outside", at = at(p)),
            Self::HolesOverlap { at: p } => tr!(lang, "problem.holes_overlap", at = at(p)),
            Self::NoArea => tr!(lang, "problem.no_area"),
            Self::PartsLeftOut { count: n, of, cause } => {
                let cause = cause.message(lang);
                tr!(lang, "problem.parts_left_out", n = count(*n), of = count(*of), cause = cause)
            }
            Self::PartsOverlap { at: p } => tr!(lang, "problem.parts_overlap", at = at(p)),
            Self::NotAllChecked => tr!(lang, "problem.not_all_checked"),
            Self::WideEdge { at: p } => tr!(lang, "problem.wide_edge", at = at(p)),
            Self::UnknownCrs(text) => tr!(lang, "problem.unknown_crs", text = text),
            Self::Placeless(e) => tr!(lang, "read.crs", name = e.name, cause = e.said.text(lang)),
            Self::BadProperties => tr!(lang, "problem.bad_properties"),
            Self::WrongWinding => tr!(lang, "problem.wrong_winding"),
            Self::MemberTwice { name } => tr!(lang, "problem.member_twice", name = name),
            Self::DuplicateId(id) => tr!(lang, "problem.duplicate_id", id = id),
            Self::ThirdCoordinate => tr!(lang, "problem.third_coordinate"),
            Self::Empty => tr!(lang, "problem.empty"),
            Self::MixedTypes => tr!(lang, "problem.mixed_types"),
            Self::Swapped => tr!(lang, "problem.swapped"),
            Self::Reprojected(crs) => tr!(lang, "problem.reprojected", crs = crs),
            Self::Decoded(encoding) => tr!(lang, "problem.decoded", encoding = encoding),
            Self::ByteOrderMark => tr!(lang, "problem.byte_order_mark"),
            Self::LineDelimited => tr!(lang, "problem.line_delimited"),
            Self::OfFormat { said, .. } => return said.text(lang).to_owned(),
            Self::Shifted { datum, reference, distance_m } => tr!(
                lang,
                "problem.shifted",
                datum = datum.name(),
                reference = reference,
                metres = count(distance_m.round() as usize)
            ),
        }
        .into_owned()
    }

    /// What was done about it, in a few words.
    pub fn done(&self, lang: Lang) -> String {
        match (self, self.severity()) {
            (Self::BadGeometry(GeometryFault::NotProjected), _) => tr!(lang, "problem.done.no_geometry"),
            (_, Severity::LeftOut) => tr!(lang, "problem.done.left_out"),
            (Self::PartsLeftOut { .. }, _) => tr!(lang, "problem.done.without_them"),
            (Self::Reprojected(_) | Self::Decoded(_), _) => tr!(lang, "problem.done.converted"),
            (Self::ByteOrderMark, _) => tr!(lang, "problem.done.skipped"),
            _ => tr!(lang, "problem.done.used"),
        }
        .into_owned()
    }
}

impl GeometryFault {
    /// What is wrong, in a sentence.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::WrongNesting(kind) => tr!(lang, "problem.wrong_nesting", kind = kind),
            Self::NotANumber => tr!(lang, "problem.not_a_number"),
            Self::ShortPosition => tr!(lang, "problem.short_position"),
            Self::UnknownType(kind) => tr!(lang, "problem.unknown_type", kind = kind),
            Self::NoCoordinates => tr!(lang, "problem.no_coordinates"),
            Self::Collection => tr!(lang, "problem.collection"),
            Self::NotAFeature => tr!(lang, "problem.not_a_feature"),
            Self::NotProjected => tr!(lang, "problem.not_projected"),
        }
        .into_owned()
    }
}
