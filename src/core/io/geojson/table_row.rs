//! A row of values as a feature's text: what is exported, edited and noted of it.

use super::converted::written_position;
use super::geometry::geometry_text;
use super::scanner::{Scanner, SyntaxError};
use super::write::{push_number, push_string, rounded_position};
use crate::geodesy::{LonLat, ring_signed_area_m2};
use crate::model::{Geometry, Layer, ProblemKind, Shape, Table};
use std::borrow::Cow;

/// The bytes of a row as a GeoJSON feature: as they were read, or made of its values; none where it is gone.
///
/// # Errors
/// Where what was left in the layer's file cannot be read back.
pub fn feature_text(layer: &Layer, row: usize) -> std::io::Result<Cow<'_, [u8]>> {
    match layer.home(row) {
        Some((home, own)) => match (&home.as_read.table, &home.as_read.made) {
            (Some(table), _) => Ok(Cow::Owned(made_of(home, table, own))),
            (None, Some(made)) => made.text(own).map(Cow::Owned),
            (None, None) => home.kept_feature(own),
        },
        None => Ok(Cow::Borrowed(&[])),
    }
}

/// A row of a table as a feature: its id, its cells in the order of the columns, its geometry in longitude and latitude with heights.
fn made_of(layer: &Layer, table: &Table, row: usize) -> Vec<u8> {
    let id = table.id_json(row);
    let mut out: Vec<u8> = Vec::new();
    if let Some(frame) = table.frames.get(&(row as u32)) {
        let frame = frame.as_bytes();
        // It was JSON when it was read; what is none ends it.
        let _ = Scanner::new(frame).members(|s, name| {
            let value = s.value()?;
            out.extend_from_slice(if out.is_empty() { b"{\"" } else { b",\"" });
            out.extend_from_slice(name.of(frame));
            out.extend_from_slice(b"\":");
            match name.of(frame) {
                b"id" => out.extend_from_slice(id.as_deref().unwrap_or("null").as_bytes()),
                b"properties" => push_properties(&mut out, layer, row),
                b"geometry" => out.extend_from_slice(&geometry_of_row(layer, table, row)),
                _ => out.extend_from_slice(value.of(frame)),
            }
            Ok::<(), SyntaxError>(())
        });
        out.push(b'}');
        return out;
    }
    out.extend_from_slice(b"{\"type\":\"Feature\"");
    if let Some(id) = id {
        out.extend_from_slice(b",\"id\":");
        out.extend_from_slice(id.as_bytes());
    }
    out.extend_from_slice(b",\"properties\":");
    push_properties(&mut out, layer, row);
    out.extend_from_slice(b",\"geometry\":");
    out.extend_from_slice(&geometry_of_row(layer, table, row));
    out.push(b'}');
    out
}

/// True for what [`frame_of`] gives: a feature's members, each once, null in place of id, properties and geometry. Whoever
/// holds it may have changed it meanwhile.
pub fn is_frame(text: &str) -> bool {
    let text = text.as_bytes();
    let mut members: Vec<(&[u8], &[u8])> = Vec::new();
    let read = Scanner::new(text).members(|s, name| {
        let value = s.value()?;
        members.push((name.of(text), value.of(text)));
        Ok::<(), SyntaxError>(())
    });
    let has = |name: &[u8], value: &[u8]| members.contains(&(name, value));
    let is_twice = (0..members.len()).any(|at| members[..at].iter().any(|(name, _)| *name == members[at].0));
    let is_kept = has(b"type", b"\"Feature\"") && has(b"properties", b"null") && has(b"geometry", b"null");
    let is_id = members.iter().all(|(name, value)| *name != b"id" || *value == b"null");
    read.is_ok() && is_kept && is_id && !is_twice && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// The members of a feature's text in their order, with null in place of id, properties and geometry, where they are not just type, id,
/// properties, geometry ([`Table::frames`]); `None` where they are, and where the text is no feature's.
pub fn frame_of(text: &[u8]) -> Option<String> {
    let mut members: Vec<(&[u8], &[u8])> = Vec::new();
    let read = Scanner::new(text).members(|s, name| {
        let value = s.value()?;
        members.push((name.of(text), value.of(text)));
        Ok::<(), SyntaxError>(())
    });
    let is_feature = members.iter().any(|(name, value)| *name == b"type" && *value == b"\"Feature\"");
    let names: Vec<&[u8]> = members.iter().map(|(name, _)| *name).collect();
    let usual: [&[&[u8]]; 2] = [&[b"type", b"id", b"properties", b"geometry"], &[b"type", b"properties", b"geometry"]];
    // A member that stands there twice is written once.
    let is_twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
    if read.is_err() || !is_feature || is_twice || usual.contains(&&*names) {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    for (name, value) in members {
        out.extend_from_slice(if out.is_empty() { b"{\"" } else { b",\"" });
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        out.extend_from_slice(if matches!(name, b"id" | b"properties" | b"geometry") { b"null" } else { value });
    }
    out.push(b'}');
    String::from_utf8(out).ok()
}

fn push_properties(out: &mut Vec<u8>, layer: &Layer, row: usize) {
    out.push(b'{');
    let mut is_first = true;
    for (column, name) in layer.attributes.names().iter().enumerate() {
        let Some(json) = layer.attributes.json(row, column) else { continue };
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        push_string(out, name);
        out.push(b':');
        out.extend_from_slice(json.as_bytes());
    }
    out.push(b'}');
}

fn geometry_of_row(layer: &Layer, table: &Table, row: usize) -> Vec<u8> {
    if let Some(json) = table.others.get(&(row as u32)) {
        return json.clone().into_bytes();
    }
    let Some(geometry) = layer.geometries.geometry(row) else { return b"null".to_vec() };
    let first = layer.geometries.path_ranges(row).next().map_or(0, |path| path.start);
    let heights = table.heights.get(first..).unwrap_or_default();
    match heights.is_empty() && !table.is_exact {
        true => geometry_text(&geometry.map(rounded_position), |_, _| {}),
        false => with_heights(&geometry, heights, table.is_exact),
    }
}

/// A geometry as it stands: its positions with all their digits, its rings as they are wound.
pub(super) fn exact_text(geometry: &Geometry) -> Vec<u8> {
    with_heights(geometry, &[], true)
}

/// A geometry with the heights of its positions, in their order. Rings are wound by the right-hand rule and positions rounded unless
/// they are to be written as they stand.
fn with_heights(geometry: &Geometry, heights: &[f64], is_exact: bool) -> Vec<u8> {
    let kind = geometry.kind;
    let mut left = heights;
    let mut path = |out: &mut Vec<u8>, path: &[LonLat], is_hole: bool| {
        let (own, rest) = left.split_at(path.len().min(left.len()));
        left = rest;
        let heights = own.iter().copied().chain(std::iter::repeat(f64::NAN));
        let mut positions: Vec<(LonLat, f64)> = path.iter().copied().zip(heights).collect();
        if !is_exact && kind.shape() == Shape::Polygons && (ring_signed_area_m2(path) < 0.0) != is_hole {
            positions.reverse();
        }
        for (i, (p, z)) in positions.into_iter().enumerate() {
            let p = if is_exact { p } else { rounded_position(p) };
            out.extend_from_slice(if i > 0 { b",[" } else { b"[" });
            push_number(out, p.lon);
            out.push(b',');
            push_number(out, p.lat);
            if z.is_finite() {
                out.push(b',');
                push_number(out, z);
            }
            out.push(b']');
        }
    };
    let mut out = format!("{{\"type\":\"{}\",\"coordinates\":", kind.name()).into_bytes();
    let brackets = match (kind.shape(), kind.is_multi()) {
        (Shape::Points, is_multi) => [is_multi, false, false],
        (Shape::Lines, is_multi) => [is_multi, false, true],
        (Shape::Polygons, is_multi) => [is_multi, true, true],
    };
    let put = |out: &mut Vec<u8>, wanted: bool, bracket: u8| out.extend(wanted.then_some(bracket));
    put(&mut out, brackets[0], b'[');
    for (i, part) in geometry.parts.iter().enumerate() {
        put(&mut out, i > 0, b',');
        put(&mut out, brackets[1], b'[');
        for (i, positions) in part.iter().enumerate() {
            put(&mut out, i > 0, b',');
            put(&mut out, brackets[2], b'[');
            path(&mut out, positions, i > 0);
            put(&mut out, brackets[2], b']');
        }
        put(&mut out, brackets[1], b']');
    }
    put(&mut out, brackets[0], b']');
    out.push(b'}');
    out
}

/// Heights of the positions of a row whose text has third coordinates, in their order (NaN where one has none); none where it has
/// none, or its positions are not all in use.
///
/// Cost: nothing where no position of the layer has one, else a look at the row's text.
pub fn heights_of(layer: &Layer, row: usize, positions: usize) -> Vec<f64> {
    // What concerns the whole file stands first.
    let mut of_the_file = layer.problems.iter().take_while(|problem| problem.row.is_none());
    let has_any = of_the_file.any(|problem| problem.kind == ProblemKind::ThirdCoordinate);
    let text = if has_any { feature_text(layer, row).unwrap_or_default() } else { Cow::Borrowed(&[][..]) };
    let mut heights = Vec::new();
    // The text was read before, so it scans; a row without text has no members.
    let _ = Scanner::new(&text).members(|s, name| match name.of(&text) {
        b"geometry" if s.peek() == Some(b'{') => s.members(|s, name| match name.of(&text) {
            b"coordinates" => third_numbers(s, &mut heights),
            _ => s.value().map(drop),
        }),
        _ => s.value().map(drop),
    });
    let is_whole = heights.len() == positions && heights.iter().any(|z| z.is_finite());
    if is_whole { heights } else { Vec::new() }
}

fn third_numbers(s: &mut Scanner<'_>, heights: &mut Vec<f64>) -> Result<(), SyntaxError> {
    match written_position(s)? {
        Some((_, tail)) => {
            let third = tail.split(|b| *b == b',').nth(1).and_then(|third| std::str::from_utf8(third).ok());
            heights.push(third.and_then(|third| third.trim().parse().ok()).unwrap_or(f64::NAN));
            Ok(())
        }
        None if s.peek() == Some(b'[') => s.elements(|s| third_numbers(s, heights)),
        None => s.value().map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_what_was_made_of_a_feature_and_nothing_else() {
        for text in [
            r#"{"type":"Feature","x":[1],"properties":{"a":1},"geometry":null}"#,
            r#"{"id":7,"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":null}"#,
        ] {
            let frame = frame_of(text.as_bytes()).expect("not the usual members");
            assert!(is_frame(&frame), "{frame}");
        }
        for other in [
            "",
            "null",
            r#"["type","properties","geometry"]"#,
            r#"{"type":"Feature","properties":null}"#,
            r#"{"type":"Feature","properties":{},"geometry":null}"#,
            r#"{"type":"Feature","properties":null,"geometry":{}}"#,
            r#"{"type":"Feature","properties":null,"geometry":null,"geometry":null}"#,
            r#"{"type":"Feature","id":1,"properties":null,"geometry":null}"#,
            r#"{"type":"Point","properties":null,"geometry":null}"#,
            r#"{"type":"Feature","properties":null,"geometry":null} x"#,
            r#"{"type":"Feature","x":nothing,"properties":null,"geometry":null}"#,
        ] {
            assert!(!is_frame(other), "{other}");
        }
    }
}
