//! The writer: features of a layer with their own bytes, new properties behind their own, new geometry
//! by the right-hand rule with at most nine decimals.

use super::converted::converted;
use super::geometry::geometry_text;
use super::once::once;
use super::scanner::Scanner;
use super::settle::settled;
use super::table_row::feature_text;
use crate::geodesy::LonLat;
use crate::geodesy::crs::Crs;
use crate::model::{FeatureText, Geometry, GeometryKind, Layer, Span};
use rayon::prelude::*;
use std::borrow::Cow;

/// A value added to a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Added {
    /// `null`
    Null,
    /// A number, already rounded to what it is worth.
    Number(f64),
    /// A word of the program's own.
    Word(&'static str),
    /// The id of a row of the other layer, as it is written there; without one its number in the file, as `#3` where others
    /// have ids.
    IdOf(u32),
    /// The name of a row of the other layer.
    NameOf(u32),
    /// One of the writer's texts.
    TextOf(u32),
    /// What stands in a column of the feature's own layer, as it is written there.
    CellOf(u32),
    /// One of the writer's texts, which is JSON.
    JsonOf(u32),
}

impl Added {
    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }
}

/// The geometry a feature is written with.
#[derive(Clone, Debug, PartialEq)]
pub enum OutGeometry {
    /// Its own, byte for byte.
    Unchanged,
    /// Polygons the application made: exterior counter-clockwise, holes clockwise, closing position repeated
    /// by the writer.
    Polygons(Vec<Vec<Vec<LonLat>>>),
    /// Paths the application made.
    Lines(Vec<Vec<LonLat>>),
}

impl OutGeometry {
    /// The geometry as JSON where the application made it; null where it is none.
    fn made(&self) -> Option<Vec<u8>> {
        match self {
            Self::Unchanged => None,
            Self::Polygons(polygons) => Some(polygons_json(&settled(polygons))),
            Self::Lines(lines) => {
                let kind = if lines.len() == 1 { GeometryKind::LineString } else { GeometryKind::MultiLineString };
                let parts = lines.iter().map(|line| vec![line.clone()]).collect();
                Some(geometry_text(&Geometry { kind, parts }.map(rounded_position), |_, _| {}))
            }
        }
    }
}

impl OutGeometry {
    /// What the application made as it is read back from a file, of several parts however many they are; `None` where the geometry is
    /// the feature's own, and where nothing is left of it.
    pub fn as_written(&self) -> Option<Geometry> {
        let (kind, parts): (_, Vec<Vec<Vec<LonLat>>>) = match self {
            Self::Unchanged => return None,
            Self::Polygons(polygons) => {
                let closed = |ring: &Vec<LonLat>| ring.iter().chain(ring.first()).copied().collect();
                let part = |rings: &Vec<Vec<LonLat>>| rings.iter().map(closed).collect();
                (GeometryKind::MultiPolygon, settled(polygons).iter().map(part).collect())
            }
            Self::Lines(lines) => {
                (GeometryKind::MultiLineString, lines.iter().map(|line| vec![line.clone()]).collect())
            }
        };
        (!parts.is_empty()).then(|| Geometry { kind, parts }.map(rounded_position))
    }
}

/// Names for added properties that no column of the layer has taken: `_2`, `_3` … follow where one is.
pub fn free_names(layer: Option<&Layer>, wanted: &[&'static str]) -> Vec<Cow<'static, str>> {
    let taken = |name: &str| layer.is_some_and(|l| l.attributes.column(name).is_some());
    wanted
        .iter()
        .map(|name| {
            if !taken(name) {
                return Cow::Borrowed(*name);
            }
            let mut k = 2;
            while taken(&format!("{name}_{k}")) {
                k += 1;
            }
            Cow::Owned(format!("{name}_{k}"))
        })
        .collect()
}

/// A position with what nine decimals of a degree (0.1 mm) hold.
pub fn rounded_position(p: LonLat) -> LonLat {
    let round = |v: f64| (v * 1e9).round() / 1e9;
    LonLat::new(round(p.lon), round(p.lat))
}

/// The beginning of a collection with a name and the foreign member `shanshui`, up to its features.
pub fn push_head(out: &mut Vec<u8>, name: &str, provenance: &serde_json::Value) {
    out.extend_from_slice(b"{\"type\":\"FeatureCollection\",\"name\":");
    push_string(out, name);
    out.extend_from_slice(b",\"shanshui\":");
    out.extend_from_slice(provenance.to_string().as_bytes());
    out.extend_from_slice(b",\"features\":[\n");
}

/// What stands between two features.
pub const SEPARATOR: &[u8] = b",\n";

/// The end of a collection, on a line of its own where it has features.
pub fn push_tail(out: &mut Vec<u8>, is_empty: bool) {
    out.extend_from_slice(if is_empty { b"]}\n" } else { b"\n]}\n" });
}

/// Writes features of a layer, and such as no layer has.
#[derive(Debug)]
pub struct FeatureWriter<'a> {
    /// The layer whose rows are written.
    pub layer: &'a Layer,
    /// The layer that [`Added::IdOf`] and [`Added::NameOf`] speak of.
    pub other: Option<&'a Layer>,
    /// Names of the values added.
    pub names: &'a [Cow<'static, str>],
    /// Texts that [`Added::TextOf`] speaks of.
    pub texts: &'a [String],
    /// What is written.
    pub out: Vec<u8>,
}

impl FeatureWriter<'_> {
    /// Adds a feature of the layer: its members as they are written there, `added` at the end of its properties, its
    /// geometry or a new one. `id`, where given, takes the place of its own.
    ///
    /// # Errors
    /// Where what was left in the layer's file cannot be read back.
    pub fn feature(
        &mut self,
        row: usize,
        id: Option<&str>,
        added: &[Added],
        geometry: &OutGeometry,
    ) -> std::io::Result<()> {
        self.feature_with(row, id, added, geometry.made())
    }

    /// The same with new geometry that is JSON.
    pub(super) fn feature_with(
        &mut self,
        row: usize,
        id: Option<&str>,
        added: &[Added],
        new: Option<Vec<u8>>,
    ) -> std::io::Result<()> {
        let at = row;
        let Some((layer, row)) = self.layer.home(row) else { return Ok(()) };
        let FeatureText { text: whole, spans, property_cells, .. } = &*layer.as_read;
        let is_table = !layer.as_read.is_text();
        let span = spans.get(row).copied().unwrap_or(Span { start: 0, end: 0 });
        let odd = match layer.as_read.is_odd_row(row) {
            // Made of values, already in longitude and latitude.
            _ if is_table => Some(feature_text(layer, row)?.into_owned()),
            true => Some(once(&whole.restored(span)?)),
            false => None,
        };
        let properties = property_cells.get(row).and_then(|cell| cell.span(whole.kept()));
        if let (None, false, None, None, Some(properties)) = (&new, layer.reprojected, id, &odd, properties) {
            // As it is written there, with nothing but the values added.
            whole.restore(Span { start: span.start, end: properties.start }, &mut self.out)?;
            self.push_properties(at, properties.of(whole.kept()), added);
            return whole.restore(Span { start: properties.end, end: span.end }, &mut self.out);
        }
        let text = odd.as_deref().unwrap_or_else(|| span.of(whole.kept()));
        let mut scanner = Scanner::new(text);
        let mut wrote_properties = false;
        let mut wrote_geometry = false;
        let mut wrote_type = false;
        let mut first = true;
        self.out.push(b'{');
        let mut members = Vec::with_capacity(4);
        // The text was read before, so it scans.
        let _ = scanner.members(|s, name| {
            let value = s.value()?;
            members.push((name, value));
            Ok::<(), super::scanner::SyntaxError>(())
        });
        let restore = |value: Span, out: &mut Vec<u8>| match &odd {
            Some(text) => {
                out.extend_from_slice(value.of(text));
                Ok(())
            }
            None => whole.restore(Span { start: span.start + value.start, end: span.start + value.end }, out),
        };
        let is_feature = members.iter().any(|(n, v)| n.of(text) == b"type" && v.of(text) == b"\"Feature\"");
        let made = match new {
            None if layer.reprojected && !is_table => {
                let whole = Some(Span { start: 0, end: text.len() });
                let member = members.iter().find(|(name, _)| name.of(text) == b"geometry").map(|(_, value)| *value);
                let mut own = Vec::new();
                match if is_feature { member } else { whole } {
                    Some(value) => restore(value, &mut own)?,
                    None => own.extend_from_slice(b"null"),
                }
                Some(in_lon_lat(layer, row, &own))
            }
            made => made,
        };
        if !is_feature {
            // A text that was a geometry alone becomes a feature around it.
            self.out.extend_from_slice(b"\"type\":\"Feature\",\"properties\":");
            self.push_properties(at, b"{}", added);
            self.out.extend_from_slice(b",\"geometry\":");
            match made {
                Some(json) => self.out.extend_from_slice(&json),
                None => restore(Span { start: 0, end: text.len() }, &mut self.out)?,
            }
            self.out.push(b'}');
            return Ok(());
        }
        for (name, span) in members {
            let (name, value) = (name.of(text), span.of(text));
            if name == b"bbox" && made.is_some() {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            let misnamed = name == b"properties" && !matches!(value.first(), Some(b'{' | b'n'));
            self.out.push(b'"');
            self.out.extend_from_slice(if misnamed { b"properties_2" } else { name });
            self.out.extend_from_slice(b"\":");
            match (name, &made, id) {
                (b"properties", ..) => {
                    wrote_properties = true;
                    if misnamed {
                        // Not an object, against the RFC: kept beside the properties that take its place.
                        self.out.extend_from_slice(value);
                        self.out.extend_from_slice(b",\"properties\":");
                    }
                    self.push_properties(at, value, added);
                }
                (b"geometry", Some(json), _) => {
                    wrote_geometry = true;
                    self.out.extend_from_slice(json);
                }
                (b"geometry", None, _) => {
                    wrote_geometry = true;
                    restore(span, &mut self.out)?;
                }
                (b"id", _, Some(id)) => self.out.extend_from_slice(id.as_bytes()),
                _ => {
                    wrote_type |= name == b"type";
                    self.out.extend_from_slice(value);
                }
            }
        }
        debug_assert!(wrote_type);
        if !wrote_properties {
            self.out.extend_from_slice(b",\"properties\":");
            self.push_properties(at, b"{}", added);
        }
        if let (false, Some(json)) = (wrote_geometry, made) {
            self.out.extend_from_slice(b",\"geometry\":");
            self.out.extend_from_slice(&json);
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Adds a feature that no layer has, with an id (JSON) where it is known by one.
    pub fn made(&mut self, id: Option<&str>, added: &[Added], geometry: &OutGeometry) {
        self.made_with(id, added, &geometry.made().unwrap_or_else(|| b"null".to_vec()));
    }

    /// The same with geometry that is JSON.
    pub(super) fn made_with(&mut self, id: Option<&str>, added: &[Added], geometry: &[u8]) {
        self.out.extend_from_slice(b"{\"type\":\"Feature\"");
        if let Some(id) = id {
            self.out.extend_from_slice(b",\"id\":");
            self.out.extend_from_slice(id.as_bytes());
        }
        self.out.extend_from_slice(b",\"properties\":");
        self.push_properties(usize::MAX, b"{}", added);
        self.out.extend_from_slice(b",\"geometry\":");
        self.out.extend_from_slice(geometry);
        self.out.push(b'}');
    }

    /// Writes the properties object of a row: what stands in `own` (an object, or null), then what is added.
    fn push_properties(&mut self, row: usize, own: &[u8], added: &[Added]) {
        if own == b"null" && added.is_empty() {
            // Nothing is added: null stays null.
            return self.out.extend_from_slice(own);
        }
        let body = own.strip_suffix(b"}").map_or(&b"{"[..], |b| b.trim_ascii_end());
        self.out.extend_from_slice(body);
        let mut empty = body == b"{";
        for (name, value) in self.names.iter().zip(added) {
            if !std::mem::take(&mut empty) {
                self.out.push(b',');
            }
            push_string(&mut self.out, name);
            self.out.push(b':');
            match (*value, self.other) {
                (Added::Number(number), _) => push_number(&mut self.out, number),
                (Added::Word(text), _) => push_string(&mut self.out, text),
                (Added::TextOf(i), _) => {
                    push_string(&mut self.out, self.texts.get(i as usize).map_or("", String::as_str))
                }
                (Added::JsonOf(i), _) => {
                    self.out.extend_from_slice(self.texts.get(i as usize).map_or("null", String::as_str).as_bytes());
                }
                (Added::CellOf(column), _) => {
                    let json = self.layer.attributes.json(row, column as usize);
                    self.out.extend_from_slice(json.as_deref().unwrap_or("null").as_bytes());
                }
                (Added::IdOf(row), Some(other)) => match other.id_json(row as usize) {
                    Some(id) => self.out.extend_from_slice(id.as_bytes()),
                    // A number could be the id of another.
                    None if other.has_ids() => push_string(&mut self.out, &format!("#{}", row + 1)),
                    None => push_number(&mut self.out, f64::from(row) + 1.0),
                },
                (Added::NameOf(row), Some(other)) => push_string(&mut self.out, &other.label(row as usize)),
                (Added::Null | Added::IdOf(_) | Added::NameOf(_), _) => self.out.extend_from_slice(b"null"),
            }
        }
        self.out.push(b'}');
    }
}

/// A feature's own text as it is written: with each member once.
///
/// # Errors
/// As [`FeatureWriter::feature`].
pub(super) fn own_text(layer: &Layer, row: usize) -> std::io::Result<Cow<'_, [u8]>> {
    let text = feature_text(layer, row)?;
    let is_odd = layer.home(row).is_some_and(|(home, own)| home.as_read.is_odd_row(own));
    Ok(if is_odd { Cow::Owned(once(&text)) } else { text })
}

pub(super) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.extend_from_slice(text.as_bytes());
    } else {
        let quoted = serde_json::Value::from(text).to_string();
        out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
    }
    out.push(b'"');
}

/// The shortest decimal that reads back as this number; whole numbers without a point.
pub(super) fn push_number(out: &mut Vec<u8>, number: f64) {
    if !number.is_finite() {
        out.extend_from_slice(b"null");
    } else if number == 0.0 {
        out.push(b'0');
    } else {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(number);
        out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
    }
}

fn push_position(out: &mut Vec<u8>, p: LonLat) {
    let p = rounded_position(p);
    out.push(b'[');
    push_number(out, p.lon);
    out.push(b',');
    push_number(out, p.lat);
    out.push(b']');
}

fn push_path(out: &mut Vec<u8>, path: impl Iterator<Item = LonLat>) {
    out.push(b'[');
    for (i, p) in path.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push_position(out, p);
    }
    out.push(b']');
}

/// A Polygon, or a MultiPolygon where there are several; null where there is none. Many rings are written on all cores.
fn polygons_json(polygons: &[Vec<Vec<LonLat>>]) -> Vec<u8> {
    /// So many rings are written at a time.
    const RINGS_AT_ONCE: usize = 256;
    let (before, after): (&[u8], &[u8]) = match polygons {
        [] => return b"null".to_vec(),
        [_] => (b"{\"type\":\"Polygon\",\"coordinates\":", b"}"),
        _ => (b"{\"type\":\"MultiPolygon\",\"coordinates\":[", b"]}"),
    };
    let rings_of =
        |(polygon, rings): (usize, &Vec<Vec<LonLat>>)| (0..rings.len().max(1)).map(move |ring| (polygon, ring));
    let all: Vec<(usize, usize)> = polygons.iter().enumerate().flat_map(rings_of).collect();
    let push = |out: &mut Vec<u8>, (polygon, ring): (usize, usize)| {
        let rings = &polygons[polygon];
        if polygon + ring > 0 {
            out.push(b',');
        }
        if ring == 0 {
            out.push(b'[');
        }
        if let Some(own) = rings.get(ring) {
            push_path(out, own.iter().chain(own.first()).copied());
        }
        if ring + 1 >= rings.len() {
            out.push(b']');
        }
    };
    let written = |rings: &[(usize, usize)]| {
        let mut out = Vec::new();
        rings.iter().for_each(|ring| push(&mut out, *ring));
        out
    };
    let mut out = before.to_vec();
    if all.len() <= RINGS_AT_ONCE {
        all.into_iter().for_each(|ring| push(&mut out, ring));
    } else {
        let parts: Vec<Vec<u8>> = all.par_chunks(RINGS_AT_ONCE).map(written).collect();
        out.reserve(parts.iter().map(Vec::len).sum::<usize>() + after.len());
        parts.iter().for_each(|part| out.extend_from_slice(part));
    }
    out.extend_from_slice(after);
    out
}

/// The text of a row's geometry in longitude and latitude. Positions that were read stand in the order of the text; those
/// of what was not are converted now.
fn in_lon_lat(layer: &Layer, row: usize, text: &[u8]) -> Vec<u8> {
    let mut read = layer.geometries.positions_of(row).iter().copied();
    let mut crs = None;
    converted(text, &mut |x, y| {
        read.next().or_else(|| {
            let parsed = || Crs::parse(layer.declared_crs.as_deref().unwrap_or_default()).ok();
            crs.get_or_insert_with(parsed).as_ref()?.to_wgs84(x, y)
        })
    })
}
