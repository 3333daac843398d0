//! The writer: features of a layer with their own bytes, new properties behind their own, new geometry
//! by the right-hand rule with at most nine decimals.

use super::scanner::Scanner;
use crate::geodesy::{LonLat, ring_signed_area_m2};
use crate::model::{GeometryKind, Layer};
use std::borrow::Cow;

/// A value added to a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// `null`
    Null,
    /// A number, already rounded to what it is worth.
    Number(f64),
    /// A string.
    Text(String),
    /// JSON taken over from another feature, as written there.
    Json(String),
}

/// The geometry a feature is written with.
#[derive(Clone, Debug, PartialEq)]
pub enum OutGeometry {
    /// Its own, byte for byte.
    Unchanged,
    /// Polygons the application made: exterior counter-clockwise, holes clockwise, closing position repeated
    /// by the writer.
    Polygons(Vec<Vec<Vec<LonLat>>>),
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

/// Collects a FeatureCollection.
#[derive(Debug)]
pub struct AnswerWriter {
    out: Vec<u8>,
    first: bool,
}

impl AnswerWriter {
    /// Begins a collection with a name and the foreign member `shanshui`.
    pub fn new(name: &str, provenance: &serde_json::Value) -> Self {
        let mut out = Vec::with_capacity(1 << 16);
        out.extend_from_slice(b"{\"type\":\"FeatureCollection\",\"name\":");
        push_string(&mut out, name);
        out.extend_from_slice(b",\"shanshui\":");
        out.extend_from_slice(provenance.to_string().as_bytes());
        out.extend_from_slice(b",\"features\":[\n");
        Self { out, first: true }
    }

    /// Adds a feature of a layer: its members as they are written there, `added` at the end of its
    /// properties, its geometry or a new one. `id`, where given, takes the place of its own.
    pub fn feature(
        &mut self,
        layer: &Layer,
        row: usize,
        id: Option<&str>,
        added: &[(Cow<'static, str>, Added)],
        geometry: &OutGeometry,
    ) {
        self.separate();
        let text = layer.feature_text(row);
        let made = match geometry {
            OutGeometry::Unchanged if layer.reprojected => Some(own_geometry_json(layer, row)),
            OutGeometry::Unchanged => None,
            OutGeometry::Polygons(polygons) => Some(polygons_json(polygons)),
        };
        let mut scanner = Scanner::new(text);
        let mut wrote_properties = false;
        let mut wrote_geometry = false;
        let mut wrote_type = false;
        let mut first = true;
        self.out.push(b'{');
        let mut members = Vec::new();
        // The text was read before, so it scans.
        let _ = scanner.members(|s, name| {
            let value = s.value()?;
            members.push((name, value));
            Ok::<(), super::scanner::SyntaxError>(())
        });
        let is_feature = members.iter().any(|(n, v)| n.of(text) == b"type" && v.of(text) == b"\"Feature\"");
        if !is_feature {
            // A text that was a geometry alone becomes a feature around it.
            self.out.extend_from_slice(b"\"type\":\"Feature\",\"properties\":");
            push_properties(&mut self.out, b"{}", added);
            self.out.extend_from_slice(b",\"geometry\":");
            self.out.extend_from_slice(made.as_deref().unwrap_or(text));
            self.out.push(b'}');
            return;
        }
        for (name, value) in members {
            let (name, value) = (name.of(text), value.of(text));
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
                    push_properties(&mut self.out, value, added);
                }
                (b"geometry", Some(json), _) => {
                    wrote_geometry = true;
                    self.out.extend_from_slice(json);
                }
                (b"id", _, Some(id)) => self.out.extend_from_slice(id.as_bytes()),
                _ => {
                    wrote_type |= name == b"type";
                    wrote_geometry |= name == b"geometry";
                    self.out.extend_from_slice(value);
                }
            }
        }
        debug_assert!(wrote_type);
        if !wrote_properties {
            self.out.extend_from_slice(b",\"properties\":");
            push_properties(&mut self.out, b"{}", added);
        }
        if let (false, Some(json)) = (wrote_geometry, made) {
            self.out.extend_from_slice(b",\"geometry\":");
            self.out.extend_from_slice(&json);
        }
        self.out.push(b'}');
    }

    /// Adds a feature that no layer has.
    pub fn made(&mut self, added: &[(Cow<'static, str>, Added)], polygons: &[Vec<Vec<LonLat>>]) {
        self.separate();
        self.out.extend_from_slice(b"{\"type\":\"Feature\",\"properties\":");
        push_properties(&mut self.out, b"{}", added);
        self.out.extend_from_slice(b",\"geometry\":");
        self.out.extend_from_slice(&polygons_json(polygons));
        self.out.push(b'}');
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.extend_from_slice(b",\n");
        }
    }

    /// Ends the collection; its bytes.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.first {
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(b"]}\n");
        self.out
    }
}

/// Writes a properties object: what stands in `own` (an object, or null), then what is added.
fn push_properties(out: &mut Vec<u8>, own: &[u8], added: &[(Cow<'static, str>, Added)]) {
    let body = own.strip_suffix(b"}").map_or(&b"{"[..], |b| b.trim_ascii_end());
    out.extend_from_slice(body);
    let mut empty = body == b"{";
    for (name, value) in added {
        if !std::mem::take(&mut empty) {
            out.push(b',');
        }
        push_string(out, name);
        out.push(b':');
        match value {
            Added::Null => out.extend_from_slice(b"null"),
            Added::Number(number) => push_number(out, *number),
            Added::Text(text) => push_string(out, text),
            Added::Json(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
    out.push(b'}');
}

fn push_string(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// The shortest decimal that reads back as this number; whole numbers without a point.
fn push_number(out: &mut Vec<u8>, number: f64) {
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

/// A Polygon, or a MultiPolygon where there are several; null where there is none.
fn polygons_json(polygons: &[Vec<Vec<LonLat>>]) -> Vec<u8> {
    let mut out = Vec::new();
    let push_polygon = |out: &mut Vec<u8>, rings: &[Vec<LonLat>]| {
        out.push(b'[');
        for (i, ring) in rings.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            push_path(out, ring.iter().chain(ring.first()).copied());
        }
        out.push(b']');
    };
    match polygons {
        [] => out.extend_from_slice(b"null"),
        [one] => {
            out.extend_from_slice(b"{\"type\":\"Polygon\",\"coordinates\":");
            push_polygon(&mut out, one);
            out.push(b'}');
        }
        many => {
            out.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":[");
            for (i, polygon) in many.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                push_polygon(&mut out, polygon);
            }
            out.extend_from_slice(b"]}");
        }
    }
    out
}

/// A layer's own geometry written anew, for positions that were converted on reading.
fn own_geometry_json(layer: &Layer, row: usize) -> Vec<u8> {
    let Some(kind) = layer.geometries.kind(row) else { return b"null".to_vec() };
    let mut out = format!("{{\"type\":\"{}\",\"coordinates\":", kind.name()).into_bytes();
    if kind.is_multi() {
        out.push(b'[');
    }
    for (i, part) in layer.geometries.parts(row).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        let polygon = matches!(kind, GeometryKind::Polygon | GeometryKind::MultiPolygon);
        if polygon {
            out.push(b'[');
        }
        for (k, path) in part.paths().enumerate() {
            if k > 0 {
                out.push(b',');
            }
            match kind {
                GeometryKind::Point | GeometryKind::MultiPoint => {
                    path.iter().for_each(|p| push_position(&mut out, *p));
                }
                _ if polygon && (ring_signed_area_m2(path) < 0.0) != (k > 0) => {
                    // Positions that were made here bind the right-hand rule.
                    push_path(&mut out, path.iter().rev().copied());
                }
                _ => push_path(&mut out, path.iter().copied()),
            }
        }
        if polygon {
            out.push(b']');
        }
    }
    if kind.is_multi() {
        out.push(b']');
    }
    out.push(b'}');
    out
}
