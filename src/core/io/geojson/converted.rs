//! A geometry's text in longitude and latitude: positions converted, rings closed and wound by the right-hand rule;
//! heights, other members and nesting stay as they are written.

use super::geometry::list;
use super::scanner::{Scanner, SyntaxError};
use super::write::{push_number, rounded_position};
use crate::geodesy::{LonLat, ring_signed_area_m2};
use crate::model::Span;

/// What a position is in longitude and latitude; `None` where it is nowhere.
pub(super) type To<'t> = dyn FnMut(f64, f64) -> Option<LonLat> + 't;

/// A position without a place, or a text that is no JSON.
struct Unconverted;

impl From<SyntaxError> for Unconverted {
    fn from(_: SyntaxError) -> Self {
        Self
    }
}

/// The text of a geometry converted; null where one of its positions cannot be.
pub(super) fn converted(text: &[u8], to: &mut To<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    match push_geometry(text, to, &mut out) {
        Ok(()) => out,
        Err(Unconverted) => b"null".to_vec(),
    }
}

fn push_geometry(text: &[u8], to: &mut To<'_>, out: &mut Vec<u8>) -> Result<(), Unconverted> {
    let mut scanner = Scanner::new(text);
    if scanner.peek() != Some(b'{') {
        out.extend_from_slice(text.trim_ascii());
        return Ok(());
    }
    let mut members: Vec<(&[u8], &[u8])> = Vec::new();
    scanner.members(|s, name| {
        let value = s.value()?;
        // A box speaks of the positions that were.
        if name.of(text) != b"bbox" {
            members.push((name.of(text), value.of(text)));
        }
        Ok::<(), SyntaxError>(())
    })?;
    let is_area = members.iter().any(|(n, v)| *n == b"type" && matches!(*v, b"\"Polygon\"" | b"\"MultiPolygon\""));
    out.push(b'{');
    for (i, (name, value)) in members.into_iter().enumerate() {
        out.extend_from_slice(if i > 0 { b",\"" } else { b"\"" });
        out.extend_from_slice(name);
        out.extend_from_slice(b"\":");
        match name {
            b"coordinates" => push_coordinates(&mut Scanner::new(value), is_area, 0, to, out)?,
            b"geometries" if value.starts_with(b"[") => {
                let mut first = true;
                out.push(b'[');
                Scanner::new(value).elements(|s| {
                    if !std::mem::take(&mut first) {
                        out.push(b',');
                    }
                    let one = s.value()?;
                    push_geometry(one.of(value), to, out)
                })?;
                out.push(b']');
            }
            _ => out.extend_from_slice(value),
        }
    }
    out.push(b'}');
    Ok(())
}

/// Takes a value of coordinates, the `at`th of its array. Of an area an array of positions is a ring: closed, and wound by
/// the right-hand rule, behind the first as a hole.
fn push_coordinates(
    s: &mut Scanner<'_>,
    is_area: bool,
    at: usize,
    to: &mut To<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Unconverted> {
    if let Some(own) = position(s, to)? {
        push_position(own, out);
        return Ok(());
    }
    if s.peek() != Some(b'[') {
        let value = s.value()?;
        out.extend_from_slice(value.of(s.text()));
        return Ok(());
    }
    if is_area {
        let (mut ahead, mut ring) = (s.clone(), Vec::new());
        let taken = ahead.elements(|s| position(s, to)?.map(|own| ring.push(own)).ok_or(Unconverted));
        if taken.is_ok() && !ring.is_empty() {
            *s = ahead;
            if ring[0].0 != ring[ring.len() - 1].0 {
                ring.push(ring[0]);
            }
            let corners: Vec<LonLat> = ring.iter().map(|(p, _)| *p).collect();
            if (ring_signed_area_m2(&corners) < 0.0) != (at > 0) {
                ring.reverse();
            }
            list(out, ring, |out, own| push_position(own, out));
            return Ok(());
        }
    }
    let mut i = 0;
    out.push(b'[');
    s.elements(|s| {
        if i > 0 {
            out.push(b',');
        }
        i += 1;
        push_coordinates(s, is_area, i - 1, to, out)
    })?;
    out.push(b']');
    Ok(())
}

/// Takes a position: its two numbers, and what is written behind them. `None`, and nothing taken, where something else
/// comes next.
///
/// # Errors
/// Where what begins as a position is none.
pub(super) fn written_position<'a>(s: &mut Scanner<'a>) -> Result<Option<([f64; 2], &'a [u8])>, SyntaxError> {
    let mut ahead = s.clone();
    let is_number = |s: &mut Scanner<'_>| matches!(s.peek(), Some(b'-' | b'0'..=b'9'));
    if !ahead.take(b'[') || !is_number(&mut ahead) {
        return Ok(None);
    }
    let x = ahead.number()?;
    if !ahead.take(b',') || !is_number(&mut ahead) {
        return Ok(None);
    }
    let y = ahead.number()?;
    let start = ahead.position();
    while ahead.take(b',') {
        ahead.value()?;
    }
    let tail = Span { start, end: ahead.position() }.of(ahead.text()).trim_ascii();
    ahead.expect(b']')?;
    *s = ahead;
    Ok(Some(([x, y], tail)))
}

/// Takes a position: where it is, and what is written behind its two numbers.
fn position<'a>(s: &mut Scanner<'a>, to: &mut To<'_>) -> Result<Option<(LonLat, &'a [u8])>, Unconverted> {
    let Some(([x, y], tail)) = written_position(s)? else { return Ok(None) };
    Ok(Some((rounded_position(to(x, y).ok_or(Unconverted)?), tail)))
}

fn push_position((p, tail): (LonLat, &[u8]), out: &mut Vec<u8>) {
    out.push(b'[');
    push_number(out, p.lon);
    out.push(b',');
    push_number(out, p.lat);
    out.extend_from_slice(tail);
    out.push(b']');
}
