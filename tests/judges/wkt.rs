//! Geometries as JTS's tests write them: well-known text, or well-known binary in hexadecimal digits.

use serde_json::{Value, json};
use shanshui::model::GeometryKind;

/// A geometry of parts of paths of positions, x and y; further ordinates are not kept, nor are members that are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its type.
    pub kind: GeometryKind,
    /// Its parts.
    pub parts: Vec<Vec<Vec<[f64; 2]>>>,
}

impl Shape {
    /// True where it has no position.
    pub fn is_empty(&self) -> bool {
        self.positions().next().is_none()
    }

    /// True where it has an area.
    pub fn is_area(&self) -> bool {
        matches!(self.kind, GeometryKind::Polygon | GeometryKind::MultiPolygon)
    }

    /// All its positions.
    pub fn positions(&self) -> impl Iterator<Item = [f64; 2]> {
        self.parts.iter().flatten().flatten().copied()
    }

    /// The same with every position put where `to` says.
    pub fn map(&self, to: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        let mut moved = self.clone();
        moved.parts.iter_mut().flatten().flatten().for_each(|p| *p = to(*p));
        moved
    }

    /// Exteriors less holes, in the plane of its coordinates; 0 of what has no area.
    pub fn area(&self) -> f64 {
        if !self.is_area() {
            return 0.0;
        }
        let of_part = |rings: &Vec<Vec<[f64; 2]>>| -> f64 {
            let mut areas = rings.iter().map(|ring| ring_area(ring));
            areas.next().unwrap_or(0.0) - areas.sum::<f64>()
        };
        self.parts.iter().map(of_part).sum()
    }

    /// The length of its rings; 0 of what has no area.
    pub fn perimeter(&self) -> f64 {
        if !self.is_area() {
            return 0.0;
        }
        let length = |ring: &Vec<[f64; 2]>| -> f64 {
            ring.windows(2).map(|edge| (edge[1][0] - edge[0][0]).hypot(edge[1][1] - edge[0][1])).sum()
        };
        self.parts.iter().flatten().map(length).sum()
    }

    /// As a GeoJSON geometry.
    pub fn geojson(&self) -> Value {
        let first = || self.parts.first().and_then(|part| part.first());
        let coordinates = match self.kind {
            GeometryKind::Point => json!(first().and_then(|path| path.first())),
            GeometryKind::LineString => json!(first()),
            GeometryKind::Polygon => json!(self.parts.first()),
            GeometryKind::MultiPoint => json!(self.positions().collect::<Vec<_>>()),
            GeometryKind::MultiLineString => json!(self.parts.iter().flatten().collect::<Vec<_>>()),
            GeometryKind::MultiPolygon => json!(self.parts),
        };
        json!({"type": self.kind.name(), "coordinates": coordinates})
    }

    /// As well-known text in decimals without exponents.
    pub fn text(&self) -> String {
        let position = |p: &[f64; 2]| format!("{} {}", p[0], p[1]);
        let path = |path: &Vec<[f64; 2]>| listed(path.iter().map(position));
        let rings = |rings: &Vec<Vec<[f64; 2]>>| listed(rings.iter().map(path));
        let paths = || self.parts.iter().flatten();
        let body: String = match self.kind {
            GeometryKind::Point | GeometryKind::LineString => paths().map(path).collect(),
            GeometryKind::Polygon => self.parts.iter().map(rings).collect(),
            GeometryKind::MultiPoint | GeometryKind::MultiLineString => listed(paths().map(path)),
            GeometryKind::MultiPolygon => listed(self.parts.iter().map(rings)),
        };
        self.kind.name().to_uppercase() + &body
    }
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    format!("({})", texts.collect::<Vec<_>>().join(", "))
}

fn ring_area(ring: &[[f64; 2]]) -> f64 {
    let Some([x, y]) = ring.first().copied() else { return 0.0 };
    let cross = |edge: &[[f64; 2]]| (edge[0][0] - x) * (edge[1][1] - y) - (edge[1][0] - x) * (edge[0][1] - y);
    ring.windows(2).map(cross).sum::<f64>().abs() / 2.0
}

/// The geometries of a text: one, or the members of a collection.
///
/// # Errors
/// What is not understood.
pub fn read(text: &str) -> Result<Vec<Shape>, String> {
    let text = text.trim();
    let mut shapes = Vec::new();
    if text.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let pair = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
        Binary { rest: &bytes.ok_or("not hexadecimal")? }.geometry(&mut shapes)?;
    } else {
        let mut words = Words { rest: text };
        words.geometry(&mut shapes)?;
        if let Some(word) = words.next() {
            return Err(format!("'{word}' behind the geometry"));
        }
    }
    Ok(shapes)
}

/// Words, numbers and signs of well-known text.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let is_sign = |c: char| matches!(c, '(' | ')' | ',');
        let first = rest.chars().next()?;
        let end = match is_sign(first) {
            true => 1,
            false => rest.find(|c: char| is_sign(c) || c.is_whitespace()).unwrap_or(rest.len()),
        };
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

/// What stands between parentheses.
enum Node {
    List(Vec<Node>),
    Position([f64; 2]),
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        Words { rest: self.rest }.next()
    }

    fn word(&mut self) -> Result<&'a str, String> {
        self.next().ok_or_else(|| "the text ends".to_owned())
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        let found = self.word()?;
        if found == sign { Ok(()) } else { Err(format!("'{found}' where '{sign}' belongs")) }
    }

    fn geometry(&mut self, out: &mut Vec<Shape>) -> Result<(), String> {
        let name = self.word()?.to_uppercase();
        while self.peek().is_some_and(|word| ["Z", "M", "ZM"].iter().any(|of| word.eq_ignore_ascii_case(of))) {
            self.word()?;
        }
        let is_empty = self.peek().is_some_and(|word| word.eq_ignore_ascii_case("EMPTY"));
        if is_empty {
            self.word()?;
        }
        if name == "GEOMETRYCOLLECTION" {
            if is_empty {
                return Ok(());
            }
            self.expect("(")?;
            loop {
                self.geometry(out)?;
                if self.peek() != Some(",") {
                    return self.expect(")");
                }
                self.word()?;
            }
        }
        let kind = kind_of(&name)?;
        let list = if is_empty { Node::List(Vec::new()) } else { self.list()? };
        out.push(shape(kind, list)?);
        Ok(())
    }

    /// A list in parentheses; members that are `EMPTY` are not kept.
    fn list(&mut self) -> Result<Node, String> {
        self.expect("(")?;
        let mut nodes = Vec::new();
        loop {
            match self.peek() {
                Some("(") => nodes.push(self.list()?),
                Some(word) if word.eq_ignore_ascii_case("EMPTY") => {
                    self.word()?;
                }
                _ => nodes.push(self.position()?),
            }
            match self.word()? {
                ")" => return Ok(Node::List(nodes)),
                "," => {}
                word => return Err(format!("'{word}' in a list")),
            }
        }
    }

    fn position(&mut self) -> Result<Node, String> {
        let mut numbers = Vec::new();
        while self.peek().is_some_and(|word| !matches!(word, "(" | ")" | ",")) {
            let word = self.word()?;
            numbers.push(word.parse::<f64>().map_err(|_| format!("'{word}' is no number"))?);
        }
        match numbers[..] {
            [x, y, ..] => Ok(Node::Position([x, y])),
            _ => Err("a position of less than two numbers".to_owned()),
        }
    }
}

fn kind_of(name: &str) -> Result<GeometryKind, String> {
    use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    let kinds = [Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon];
    let kind = kinds.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
    kind.ok_or_else(|| format!("'{name}' is not read"))
}

fn shape(kind: GeometryKind, node: Node) -> Result<Shape, String> {
    let items = |node: Node| -> Result<Vec<Node>, String> {
        match node {
            Node::List(items) => Ok(items),
            Node::Position(_) => Err("a position where a list belongs".to_owned()),
        }
    };
    let path = |node: Node| -> Result<Vec<[f64; 2]>, String> {
        let position = |node: Node| -> Result<[f64; 2], String> {
            match node {
                Node::Position(p) => Ok(p),
                Node::List(_) => Err("a list where a position belongs".to_owned()),
            }
        };
        items(node)?.into_iter().map(position).collect()
    };
    let paths = |node: Node| -> Result<Vec<Vec<[f64; 2]>>, String> { items(node)?.into_iter().map(path).collect() };
    let parts = match kind {
        GeometryKind::Point | GeometryKind::LineString => vec![vec![path(node)?]],
        GeometryKind::Polygon => vec![paths(node)?],
        // With parentheses about each position, or without.
        GeometryKind::MultiPoint => {
            let point = |node: Node| -> Result<Vec<Vec<[f64; 2]>>, String> {
                match node {
                    Node::Position(p) => Ok(vec![vec![p]]),
                    list => Ok(vec![path(list)?]),
                }
            };
            items(node)?.into_iter().map(point).collect::<Result<_, String>>()?
        }
        GeometryKind::MultiLineString => paths(node)?.into_iter().map(|path| vec![path]).collect(),
        GeometryKind::MultiPolygon => items(node)?.into_iter().map(paths).collect::<Result<_, String>>()?,
    };
    Ok(Shape { kind, parts })
}

/// Well-known binary, with or without PostGIS's flags.
struct Binary<'a> {
    rest: &'a [u8],
}

impl Binary<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (first, rest) = self.rest.split_first_chunk::<N>().ok_or("the bytes end")?;
        self.rest = rest;
        Ok(*first)
    }

    fn count(&mut self, is_little: bool) -> Result<u32, String> {
        let bytes = self.bytes::<4>()?;
        Ok(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn position(&mut self, is_little: bool, ordinates: u32) -> Result<[f64; 2], String> {
        let mut numbers = [0.0; 2];
        for i in 0..ordinates as usize {
            let bytes = self.bytes::<8>()?;
            let number = if is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) };
            if let Some(kept) = numbers.get_mut(i) {
                *kept = number;
            }
        }
        Ok(numbers)
    }

    fn path(&mut self, is_little: bool, ordinates: u32) -> Result<Vec<[f64; 2]>, String> {
        (0..self.count(is_little)?).map(|_| self.position(is_little, ordinates)).collect()
    }

    fn geometry(&mut self, out: &mut Vec<Shape>) -> Result<(), String> {
        let is_little = self.bytes::<1>()? == [1];
        let code = self.count(is_little)?;
        if code & 0x2000_0000 != 0 {
            self.count(is_little)?;
        }
        let iso = (code & 0xffff) / 1000;
        let has_z = code & 0x8000_0000 != 0 || matches!(iso, 1 | 3);
        let has_m = code & 0x4000_0000 != 0 || matches!(iso, 2 | 3);
        let ordinates = 2 + u32::from(has_z) + u32::from(has_m);
        let (kind, parts) = match (code & 0xffff) % 1000 {
            1 => {
                let p = self.position(is_little, ordinates)?;
                // An empty point is written as one that is no number.
                let path = if p[0].is_nan() { Vec::new() } else { vec![p] };
                (GeometryKind::Point, vec![vec![path]])
            }
            2 => (GeometryKind::LineString, vec![vec![self.path(is_little, ordinates)?]]),
            3 => {
                let rings = (0..self.count(is_little)?).map(|_| self.path(is_little, ordinates));
                (GeometryKind::Polygon, vec![rings.collect::<Result<_, String>>()?])
            }
            collection @ 4..=7 => {
                let mut members = Vec::new();
                for _ in 0..self.count(is_little)? {
                    self.geometry(&mut members)?;
                }
                let kind = match collection {
                    4 => GeometryKind::MultiPoint,
                    5 => GeometryKind::MultiLineString,
                    6 => GeometryKind::MultiPolygon,
                    _ => {
                        out.append(&mut members);
                        return Ok(());
                    }
                };
                (kind, members.into_iter().flat_map(|member| member.parts).collect())
            }
            other => return Err(format!("a geometry of type {other}")),
        };
        out.push(Shape { kind, parts });
        Ok(())
    }
}

#[test]
fn geometries_are_read() {
    let one = |text: &str| read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    for (text, written, area) in [
        ("POINT (1 2)", "POINT(1 2)", 0.0),
        ("point z (1 -2.5 3)", "POINT(1 -2.5)", 0.0),
        ("MULTIPOINT(1 2, (3 4), EMPTY)", "MULTIPOINT((1 2), (3 4))", 0.0),
        ("LINESTRING (0 0, 1e2 1)", "LINESTRING(0 0, 100 1)", 0.0),
        (
            "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
            "POLYGON((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
            7.5,
        ),
        ("MULTIPOLYGON (((0 0, 2 0, 0 2, 0 0)), EMPTY)", "MULTIPOLYGON(((0 0, 2 0, 0 2, 0 0)))", 2.0),
        ("0101000000000000000000F03F0000000000000040", "POINT(1 2)", 0.0),
        (
            "00000000020000000200000000000000000000000000000000 3FF0000000000000 4000000000000000",
            "LINESTRING(0 0, 1 2)",
            0.0,
        ),
    ] {
        let shapes = one(text);
        assert_eq!((shapes.len(), shapes[0].text().as_str(), shapes[0].area()), (1, written, area), "{text}");
    }
    assert_eq!(one("GEOMETRYCOLLECTION (POINT (0 0), POLYGON EMPTY)").len(), 2);
    assert!(one("POLYGON EMPTY")[0].is_empty() && one("GEOMETRYCOLLECTION EMPTY").is_empty());
    assert_eq!(one("MULTIPOINT ((1 2), (3 4))")[0].geojson()["coordinates"], json!([[1.0, 2.0], [3.0, 4.0]]));
    for bad in ["", "POINT", "POINT (1)", "POINT (1 2", "CURVE (1 2)", "POINT (1 2) x", "01FF"] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
