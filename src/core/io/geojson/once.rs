//! Members that stand in an object more than once. Of those of one name the last counts, as for most readers (RFC 8259 §4),
//! and that one alone is written. Names are what they mean: `"\u0069d"` is `id`.

use super::scanner::{Scanner, SyntaxError};
use super::write::push_string;
use crate::model::Span;
use std::borrow::Cow;
use std::collections::HashMap;

/// A member's name as it is meant; `name` as written between its quotes.
pub(super) fn plain(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'\\') {
        return Cow::Borrowed(name);
    }
    let quoted = [b"\"", name, b"\""].concat();
    match serde_json::from_slice::<String>(&quoted) {
        Ok(meant) => Cow::Owned(meant.into_bytes()),
        Err(_) => Cow::Borrowed(name),
    }
}

/// Names that stand more than once among some, each once.
pub(super) fn twice<'a>(names: &mut [&'a [u8]]) -> Vec<&'a [u8]> {
    if names.len() < 2 {
        return Vec::new();
    }
    names.sort_unstable();
    let mut found: Vec<&[u8]> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    found.dedup();
    found
}

/// The members of an object that count, each with its name as it is meant, in the order of the text; nothing where the
/// text is no object.
pub(super) fn members(text: &[u8]) -> Vec<(Cow<'_, [u8]>, Span)> {
    let mut all: Vec<(Cow<'_, [u8]>, Span)> = Vec::new();
    // The text was read before, so it scans.
    let _ = Scanner::new(text).members(|s, name| {
        s.peek();
        all.push((plain(name.of(text)), s.value()?));
        Ok::<(), SyntaxError>(())
    });
    let last: HashMap<Cow<'_, [u8]>, usize> =
        all.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    let mut at = 0;
    all.retain(|(name, _)| {
        at += 1;
        last.get(name) == Some(&(at - 1))
    });
    all
}

/// What an object is, for its members that are objects themselves.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Feature,
    /// A geometry, or properties: what stands in them stays as it is.
    Inner,
}

/// The text of a feature, or of a geometry alone, with every member once: also in its geometry and its properties.
pub(super) fn once(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    write(text, Level::Feature, &mut out);
    out
}

fn write(text: &[u8], level: Level, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (name, value)) in members(text).into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push_string(out, &String::from_utf8_lossy(&name));
        out.push(b':');
        let value = value.of(text);
        let has_inner = level == Level::Feature && matches!(&*name, b"geometry" | b"properties");
        if has_inner && value.first() == Some(&b'{') {
            write(value, Level::Inner, out);
        } else {
            out.extend_from_slice(value);
        }
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_members_of_one_name_the_last_is_written() {
        for (text, expected) in [
            (r#"{"type":"Feature","id":1,"id":2}"#, r#"{"type":"Feature","id":2}"#),
            (
                r#"{ "geometry" : {"type":"Point","coordinates":[1,2]}, "type":"Feature", "geometry":{"type":"Point","type":"LineString","coordinates":[1],"coordinates":[[3,4],[5,6]]} }"#,
                r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[[3,4],[5,6]]}}"#,
            ),
            (
                r#"{"type":"Feature","properties":{"a":1,"b":{"c":1,"c":2},"a":2},"properties":{"a":3,"\u0061":4,"b":{"c":1,"c":2}}}"#,
                r#"{"type":"Feature","properties":{"a":4,"b":{"c":1,"c":2}}}"#,
            ),
            (r#"{"type":"Point","coordinates":[1,2],"coordinates":[3,4]}"#, r#"{"type":"Point","coordinates":[3,4]}"#),
            (r#"{"\u0069d":"a","x\"y":1}"#, r#"{"id":"a","x\"y":1}"#),
            ("{}", "{}"),
        ] {
            assert_eq!(String::from_utf8_lossy(&once(text.as_bytes())), expected);
        }
    }

    #[test]
    fn names_that_stand_twice_are_found() {
        let mut names: Vec<&[u8]> = vec![b"b", b"a", b"b", b"c", b"b", b"a"];
        assert_eq!(twice(&mut names), [b"a", b"b"]);
        assert!(twice(&mut [&b"a"[..]]).is_empty() && twice(&mut [&b"b"[..], b"a"]).is_empty());
    }
}
