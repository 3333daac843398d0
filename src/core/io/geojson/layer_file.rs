//! A layer's file with its edited features in their places.

use super::once;
use super::scanner::{Scanner, SyntaxError};
use super::write::{FeatureWriter, OutGeometry, SEPARATOR, own_text, push_string};
use crate::io::mark::COPY_MARK;
use crate::model::{Layer, ProblemKind, Span};
use std::borrow::Cow;
use std::io::{Result, Write};

/// Writes a layer's file as it is now: every byte that no edit speaks of as it was read, gone features left out, added
/// ones behind the last.
///
/// A layer that was converted from another coordinate system or encoding is written in longitude and latitude, UTF-8; a
/// collection says so where a planner had named the system.
///
/// # Errors
/// Where the file cannot be written, or what was left in it cannot be read back.
pub fn write_layer(layer: &Layer, out: &mut dyn Write) -> Result<()> {
    let text = &layer.as_read.text;
    let spans = &layer.as_read.spans;
    if layer.as_read.problems.iter().any(|problem| problem.kind == ProblemKind::LineDelimited) {
        return write_lines(layer, out);
    }
    let is_odd = layer.as_read.is_odd || !layer.as_read.odd.is_empty();
    if layer.reprojected || is_odd || !is_collection(text.kept(), spans) {
        // A project, another session or its planner may still take the file for what it was.
        let crs: &[u8] = if layer.reprojected && layer.source.read_as.crs.is_some() { CRS84 } else { b"" };
        return write_collection(layer, &layer.rows().collect::<Vec<_>>(), crs, out);
    }
    let mut kept = 0;
    let head = spans.first().map_or(text.kept().len(), |first| first.start);
    // Piece by piece: a stretch that nobody edited may be nearly all of the file.
    let put = |from: usize, to: usize, out: &mut dyn Write| {
        let mut from = from;
        if from == 0 {
            // The mark of a conversion stands before the first feature.
            let before = head.min(to);
            let mut buffer = Vec::new();
            text.restore(Span { start: 0, end: before }, &mut buffer)?;
            drop_mark(&mut buffer, before);
            out.write_all(&buffer)?;
            from = before;
        }
        text.write(Span { start: from, end: to }, out)
    };
    let mut gone = 0;
    for (row, _) in layer.edits.iter().filter(|(row, _)| *row < spans.len()) {
        let span = spans[row];
        match layer.is_gone(row) {
            false => {
                put(kept, span.start, out)?;
                out.write_all(&own_text(layer, row)?)?;
                kept = span.end;
            }
            true => {
                // With the comma behind it where no feature stands before it any more, else with that before it.
                let (from, to) = match gone < row {
                    true => (spans[row - 1].end, span.end),
                    false => (span.start, spans.get(row + 1).map_or(span.end, |next| next.start)),
                };
                gone += 1;
                put(kept, from.max(kept), out)?;
                kept = to.max(kept);
            }
        }
    }
    let mut wrote_any = gone < spans.len();
    let end = spans.last().map_or_else(|| start_of_features(text.kept()), |last| last.end);
    put(kept, end.max(kept), out)?;
    kept = end.max(kept);
    for (row, _) in layer.edits.iter().filter(|(row, _)| *row >= spans.len() && !layer.is_gone(*row)) {
        if wrote_any {
            out.write_all(SEPARATOR)?;
        }
        out.write_all(&own_text(layer, row)?)?;
        wrote_any = true;
    }
    put(kept, text.kept().len(), out)
}

/// Writes the rows of a layer one a line.
fn write_lines(layer: &Layer, out: &mut dyn Write) -> Result<()> {
    let mut writer = FeatureWriter { layer, other: None, names: &[], texts: &[], out: Vec::new() };
    for row in layer.rows() {
        let start = writer.out.len();
        writer.feature(row, None, &[], &OutGeometry::Unchanged)?;
        // A line break in a JSON text stands between tokens, where a blank will do.
        writer.out[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        writer.out.push(b'\n');
        if writer.out.len() > 1 << 20 {
            out.write_all(&writer.out)?;
            writer.out.clear();
        }
    }
    out.write_all(&writer.out)
}

/// True where the text is a collection: with an array around its features.
fn is_collection(text: &[u8], spans: &[Span]) -> bool {
    match spans.first() {
        Some(span) => text[..span.start].trim_ascii_end().ends_with(b"["),
        None => start_of_features(text) > 0,
    }
}

/// The byte behind the bracket of an empty array of features; 0 where there is none.
fn start_of_features(text: &[u8]) -> usize {
    let mut start = 0;
    let _ = Scanner::new(text).members(|s, name| {
        s.peek();
        let value = s.value()?;
        if name.of(text) == b"features" && text.get(value.start) == Some(&b'[') {
            start = value.start + 1;
        }
        Ok::<(), SyntaxError>(())
    });
    start
}

/// The member that says that positions are longitude and latitude, as GDAL writes it. It goes before whatever a planner
/// names.
const CRS84: &[u8] = br#","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}"#;

/// Writes rows of a layer as a collection, feature by feature: longitude and latitude, UTF-8. The collection's own members
/// stay where they stand and as they are written, but for those that speak of what is no longer so: its coordinate system,
/// and its box where other positions or fewer features are written.
///
/// # Errors
/// As [`write_layer`].
pub fn write_anew(layer: &Layer, rows: &[usize], out: &mut dyn Write) -> Result<()> {
    write_collection(layer, rows, b"", out)
}

/// As [`write_anew`], with the mark by which the next conversion knows that the file may be replaced.
///
/// # Errors
/// As [`write_layer`].
pub fn write_converted(layer: &Layer, rows: &[usize], out: &mut dyn Write) -> Result<()> {
    write_collection(layer, rows, &mark_text(), out)
}

/// The mark as a member, with the comma before it.
fn mark_text() -> Vec<u8> {
    let (name, value) = COPY_MARK;
    format!(",{}:{}", serde_json::json!(name), serde_json::json!(value)).into_bytes()
}

/// Takes the mark of a conversion out of the first `head` bytes of a file: what somebody saved since is no mere copy.
fn drop_mark(text: &mut Vec<u8>, head: usize) {
    let mark = mark_text();
    if let Some(at) = memchr::memmem::find(&text[..head.min(text.len())], &mark) {
        text.drain(at..at + mark.len());
    }
}

/// The same, with members (each behind its comma) that say the coordinate system or mark a conversion, or without.
fn write_collection(layer: &Layer, rows: &[usize], more: &[u8], out: &mut dyn Write) -> Result<()> {
    let text = layer.as_read.text.kept();
    let is_changed = layer.reprojected || !layer.edits.is_empty() || rows.len() != layer.feature_count();
    let is_kept = |name: &[u8]| match name {
        b"type" => false,
        b"crs" => layer.declared_crs.is_none(),
        b"bbox" => !is_changed,
        _ => true,
    };
    let (members, before) = members_of(text, &layer.as_read.spans, layer.as_read.is_odd);
    let (mark, by) = COPY_MARK;
    let by = serde_json::json!(by).to_string();
    let is_mark = |name: &[u8], value: &Span| *name == *mark.as_bytes() && value.of(text).trim_ascii() == by.as_bytes();
    let put = |members: &[(Cow<'_, [u8]>, Span)], out: &mut Vec<u8>| {
        for (name, value) in members.iter().filter(|(name, value)| is_kept(name) && !is_mark(name, value)) {
            out.push(b',');
            push_string(out, &String::from_utf8_lossy(name));
            out.push(b':');
            out.extend_from_slice(value.of(text));
        }
    };
    let mut head = b"{\"type\":\"FeatureCollection\"".to_vec();
    if !members.iter().any(|(name, _)| **name == *b"name") {
        head.extend_from_slice(b",\"name\":");
        push_string(&mut head, &layer.name);
    }
    // A member of that name that somebody else wrote stays.
    let is_marked = more == mark_text();
    if !(is_marked && members.iter().any(|(name, value)| **name == *mark.as_bytes() && !is_mark(name, value))) {
        head.extend_from_slice(more);
    }
    put(&members[..before], &mut head);
    head.extend_from_slice(b",\"features\":[\n");
    let mut writer = FeatureWriter { layer, other: None, names: &[], texts: &[], out: head };
    for (i, row) in rows.iter().enumerate() {
        if i > 0 {
            writer.out.extend_from_slice(SEPARATOR);
        }
        writer.feature(*row, None, &[], &OutGeometry::Unchanged)?;
        if writer.out.len() > 1 << 20 {
            out.write_all(&writer.out)?;
            writer.out.clear();
        }
    }
    writer.out.extend_from_slice(b"\n]");
    put(&members[before..], &mut writer.out);
    writer.out.extend_from_slice(b"}\n");
    out.write_all(&writer.out)
}

/// Names (as they are meant) and values of a collection's members but its features, and how many stand before these; none
/// of a text that is no collection. Where some stand there more than once (`is_odd`), the last of each.
fn members_of<'t>(text: &'t [u8], spans: &[Span], is_odd: bool) -> (Vec<(Cow<'t, [u8]>, Span)>, usize) {
    let (mut members, mut before) = (Vec::new(), 0);
    if !is_collection(text, spans) {
        return (members, before);
    }
    if is_odd {
        members = once::members(text);
        before = members.iter().position(|(name, _)| **name == *b"features").unwrap_or(members.len());
        members.retain(|(name, _)| **name != *b"features");
        return (members, before);
    }
    // The text was read before, so it scans.
    let _ = Scanner::new(text).members(|s, name| -> std::result::Result<(), SyntaxError> {
        if name.of(text) != b"features" || s.peek() != Some(b'[') {
            members.push((once::plain(name.of(text)), s.value()?));
            return Ok(());
        }
        before = members.len();
        match spans.last() {
            // Past the features without reading them again.
            Some(last) => {
                s.rewind(last.end);
                s.expect(b']')
            }
            None => s.value().map(drop),
        }
    });
    (members, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_conversion_is_dropped_from_the_head_alone() {
        let mark = String::from_utf8(mark_text()).expect("UTF-8");
        let head = format!("{{\"type\":\"FeatureCollection\"{mark},\"features\":[\n");
        let mut text = format!("{head}{{\"properties\":{{\"a\":1{mark}}}}}]}}").into_bytes();
        let end = head.len();
        drop_mark(&mut text, end);
        let left = String::from_utf8(text.clone()).expect("UTF-8");
        assert!(left.starts_with("{\"type\":\"FeatureCollection\",\"features\"") && left.contains(&mark), "{left}");
        drop_mark(&mut text, end - mark.len());
        assert_eq!(String::from_utf8(text).expect("UTF-8"), left);
    }
}
