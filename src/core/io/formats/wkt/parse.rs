//! Reads one WKT or EWKT geometry.

use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;

/// Collections in collections, at most.
const DEPTH: u32 = 32;

/// What else is told of a geometry that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WktRead {
    /// The EPSG number in front of it (`SRID=4549;`); 0 counts as none.
    pub srid: Option<u32>,
    /// Rings that were left open and have been closed.
    pub closed: u32,
}

/// Why a text is no geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WktFault {
    /// Something else is expected here.
    Syntax,
    /// The text ends too early.
    CutOff,
    /// A curve, a TIN or a solid.
    Curve,
    /// Positions of one geometry with different numbers of coordinates.
    Mixed,
    /// A coordinate that is no finite number.
    Number,
    /// Too many collections in each other.
    Deep,
}

/// A fault and the byte it was seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WktError {
    /// Counted from 0.
    pub byte: usize,
    /// What.
    pub fault: WktFault,
}

/// True where a text begins like WKT or EWKT: a keyword and what may follow it. Cheap.
pub fn looks_like_wkt(text: &str) -> bool {
    let mut parser = Parser::new(text);
    if parser.srid().is_err() {
        return false;
    }
    let Some(word) = parser.word() else { return false };
    let base = word.trim_end_matches(['Z', 'z', 'M', 'm']);
    if kind_of(word).is_none() && kind_of(base).is_none() && !is_curve(word) {
        return false;
    }
    parser.space();
    if let Some(word) = parser.word() {
        return ["Z", "M", "ZM", "EMPTY"].iter().any(|other| word.eq_ignore_ascii_case(other));
    }
    parser.peek() == Some(b'(')
}

/// Reads the geometry that a text is, into `into`. Linear in the text's length.
///
/// # Errors
/// Where the text is not one whole geometry; `into` then holds nothing of use.
pub fn read_wkt(text: &str, into: &mut RawGeometry) -> Result<WktRead, WktError> {
    let mut parser = Parser::new(text);
    parser.read.srid = parser.srid()?.filter(|srid| *srid != 0);
    parser.tagged(into, 0)?;
    parser.space();
    while parser.peek() == Some(b';') {
        parser.at += 1;
        parser.space();
    }
    if parser.at < parser.bytes.len() {
        return Err(parser.fault(WktFault::Syntax));
    }
    Ok(parser.read)
}

const KINDS: [(&str, RawKind); 7] = [
    ("POINT", RawKind::Simple(GeometryKind::Point)),
    ("LINESTRING", RawKind::Simple(GeometryKind::LineString)),
    ("POLYGON", RawKind::Simple(GeometryKind::Polygon)),
    ("MULTIPOINT", RawKind::Simple(GeometryKind::MultiPoint)),
    ("MULTILINESTRING", RawKind::Simple(GeometryKind::MultiLineString)),
    ("MULTIPOLYGON", RawKind::Simple(GeometryKind::MultiPolygon)),
    ("GEOMETRYCOLLECTION", RawKind::Collection),
];

const CURVES: [&str; 8] = [
    "CIRCULARSTRING",
    "COMPOUNDCURVE",
    "CURVEPOLYGON",
    "MULTICURVE",
    "MULTISURFACE",
    "POLYHEDRALSURFACE",
    "TIN",
    "TRIANGLE",
];

/// The word in front of geometries of a kind.
pub(super) fn word_of(kind: RawKind) -> &'static str {
    KINDS.iter().find(|(_, other)| *other == kind).map_or("GEOMETRYCOLLECTION", |(word, _)| word)
}

fn kind_of(word: &str) -> Option<RawKind> {
    KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
}

fn is_curve(word: &str) -> bool {
    CURVES.iter().any(|name| {
        word.len() >= name.len() && word.is_char_boundary(name.len()) && word[..name.len()].eq_ignore_ascii_case(name)
    })
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    read: WktRead,
}

/// Whether positions have a third and fourth number, and what they are; `None` until the first position shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axes {
    z: bool,
    m: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self { text, bytes: text.as_bytes(), at: 0, read: WktRead::default() }
    }

    fn fault(&self, fault: WktFault) -> WktError {
        let fault = if self.at >= self.bytes.len() && fault == WktFault::Syntax { WktFault::CutOff } else { fault };
        WktError { byte: self.at, fault }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        self.space();
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.at += 1;
        }
        (self.at > from).then(|| &self.text[from..self.at])
    }

    /// True where the next byte is this one, which is then passed.
    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn must(&mut self, byte: u8) -> Result<(), WktError> {
        if self.takes(byte) { Ok(()) } else { Err(self.fault(WktFault::Syntax)) }
    }

    /// True where there is more after a comma; false behind the closing bracket.
    fn goes_on(&mut self) -> Result<bool, WktError> {
        if self.takes(b',') {
            return Ok(true);
        }
        self.must(b')').map(|()| false)
    }

    fn srid(&mut self) -> Result<Option<u32>, WktError> {
        self.space();
        if !self.bytes.get(self.at..self.at + 4).is_some_and(|word| word.eq_ignore_ascii_case(b"SRID")) {
            return Ok(None);
        }
        self.at += 4;
        self.must(b'=')?;
        self.space();
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let srid = self.text[from..self.at].parse().map_err(|_| self.fault(WktFault::Syntax))?;
        self.must(b';')?;
        Ok(Some(srid))
    }

    /// `POLYGON Z ((…))`.
    fn tagged(&mut self, into: &mut RawGeometry, depth: u32) -> Result<(), WktError> {
        self.space();
        let from = self.at;
        let Some(word) = self.word() else { return Err(self.fault(WktFault::Syntax)) };
        let wrong = |fault| WktError { byte: from, fault };
        let (kind, mut axes) = match kind_of(word) {
            Some(kind) => (kind, None),
            None if is_curve(word) => return Err(wrong(WktFault::Curve)),
            None => {
                let base = word.trim_end_matches(['Z', 'z', 'M', 'm']);
                let kind = kind_of(base).ok_or(wrong(WktFault::Syntax))?;
                (kind, Some(axes_of(&word[base.len()..]).ok_or(wrong(WktFault::Syntax))?))
            }
        };
        into.reset(kind);
        let before = self.at;
        if let Some(word) = self.word() {
            if let Some(told) = axes_of(word)
                && axes.is_none()
            {
                axes = Some(told);
            } else {
                self.at = before;
            }
        }
        if self.is_empty_word()? {
            return Ok(());
        }
        match kind {
            RawKind::Collection => self.collection(into, depth),
            RawKind::Simple(kind) => self.simple(kind, into, &mut axes),
        }
    }

    /// True where the word `EMPTY` stands here, which is then passed.
    fn is_empty_word(&mut self) -> Result<bool, WktError> {
        let before = self.at;
        match self.word() {
            None => Ok(false),
            Some(word) if word.eq_ignore_ascii_case("EMPTY") => Ok(true),
            Some(_) => {
                self.at = before;
                self.space();
                Err(self.fault(WktFault::Syntax))
            }
        }
    }

    fn collection(&mut self, into: &mut RawGeometry, depth: u32) -> Result<(), WktError> {
        if depth >= DEPTH {
            return Err(self.fault(WktFault::Deep));
        }
        self.must(b'(')?;
        loop {
            let mut member = RawGeometry::new(RawKind::Collection);
            self.tagged(&mut member, depth + 1)?;
            into.members.push(member);
            if !self.goes_on()? {
                return Ok(());
            }
        }
    }

    fn simple(&mut self, kind: GeometryKind, into: &mut RawGeometry, axes: &mut Option<Axes>) -> Result<(), WktError> {
        match kind {
            GeometryKind::Point => {
                self.must(b'(')?;
                if self.position(into, axes, true)? {
                    into.end_path();
                    into.end_part();
                }
                self.must(b')')
            }
            GeometryKind::LineString => {
                self.path(into, axes)?;
                into.end_part();
                Ok(())
            }
            GeometryKind::Polygon => self.polygon(into, axes),
            GeometryKind::MultiPoint | GeometryKind::MultiLineString | GeometryKind::MultiPolygon => {
                self.must(b'(')?;
                loop {
                    // An empty member adds nothing to the set of positions.
                    self.space();
                    let is_bare = kind == GeometryKind::MultiPoint
                        && self.peek().is_some_and(|byte| !byte.is_ascii_alphabetic() && byte != b'(');
                    if is_bare {
                        self.position(into, axes, false)?;
                        into.end_path();
                        into.end_part();
                    } else if !self.is_empty_word()? {
                        let member = match kind {
                            GeometryKind::MultiPoint => GeometryKind::Point,
                            GeometryKind::MultiLineString => GeometryKind::LineString,
                            _ => GeometryKind::Polygon,
                        };
                        self.simple(member, into, axes)?;
                    }
                    if !self.goes_on()? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn polygon(&mut self, into: &mut RawGeometry, axes: &mut Option<Axes>) -> Result<(), WktError> {
        self.must(b'(')?;
        loop {
            if !self.is_empty_word()? {
                let from = into.xy.len();
                self.path_open(into, axes)?;
                if into.xy[from] != into.xy[into.xy.len() - 1] {
                    into.xy.push(into.xy[from]);
                    for values in [&mut into.z, &mut into.m] {
                        if let Some(value) = values.get(from).copied() {
                            values.push(value);
                        }
                    }
                    self.read.closed += 1;
                }
                into.end_path();
            }
            if !self.goes_on()? {
                into.end_part();
                return Ok(());
            }
        }
    }

    fn path(&mut self, into: &mut RawGeometry, axes: &mut Option<Axes>) -> Result<(), WktError> {
        self.path_open(into, axes)?;
        into.end_path();
        Ok(())
    }

    /// At least one position in brackets.
    fn path_open(&mut self, into: &mut RawGeometry, axes: &mut Option<Axes>) -> Result<(), WktError> {
        self.must(b'(')?;
        loop {
            self.position(into, axes, false)?;
            if !self.goes_on()? {
                return Ok(());
            }
        }
    }

    /// Two to four numbers. False for NaN NaN, which some programs write for an empty point, where that `may_lack`.
    fn position(&mut self, into: &mut RawGeometry, axes: &mut Option<Axes>, may_lack: bool) -> Result<bool, WktError> {
        let mut numbers = [0.0; 4];
        let mut count = 0;
        self.space();
        let from = self.at;
        loop {
            self.space();
            match self.peek() {
                Some(b',' | b')') => break,
                None => return Err(self.fault(WktFault::CutOff)),
                Some(_) if count == 4 => return Err(self.fault(WktFault::Mixed)),
                Some(_) => numbers[count] = self.number()?,
            }
            count += 1;
        }
        let wrong = |fault| Err(WktError { byte: from, fault });
        let axes = *axes.get_or_insert(Axes { z: count >= 3, m: count == 4 });
        if count < 2 {
            return Err(self.fault(WktFault::Syntax));
        }
        if count != 2 + usize::from(axes.z) + usize::from(axes.m) {
            return wrong(WktFault::Mixed);
        }
        let [x, y, third, fourth] = numbers;
        if may_lack && x.is_nan() && y.is_nan() {
            return Ok(false);
        }
        if !x.is_finite() || !y.is_finite() || third.is_infinite() || fourth.is_infinite() {
            return wrong(WktFault::Number);
        }
        into.xy.push([x, y]);
        match (axes.z, axes.m) {
            (true, true) => {
                into.z.push(third);
                into.m.push(fourth);
            }
            (true, false) => into.z.push(third),
            (false, true) => into.m.push(third),
            (false, false) => {}
        }
        Ok(true)
    }

    fn number(&mut self) -> Result<f64, WktError> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        self.text[from..self.at].parse().map_err(|_| WktError { byte: from, fault: WktFault::Syntax })
    }
}

fn axes_of(word: &str) -> Option<Axes> {
    match word {
        "Z" | "z" => Some(Axes { z: true, m: false }),
        "M" | "m" => Some(Axes { z: false, m: true }),
        "ZM" | "zm" | "Zm" | "zM" => Some(Axes { z: true, m: true }),
        _ => None,
    }
}
