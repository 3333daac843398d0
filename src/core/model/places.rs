//! On which lines members of a JSON text stand.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// The place of a member below another place: `layers[2].style`, and `names` at the top.
pub fn place_of(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// The lines, from 1, of the members that stand at some places ([`place_of`]) of a text that is JSON; where one stands twice,
/// of the last, which counts. Cost: the text's length.
pub fn lines_of(text: &str, wanted: &HashSet<String>) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let Some(longest) = wanted.iter().map(String::len).max() else { return found };
    let bytes = text.as_bytes();
    let (mut at, mut line, mut path) = (0, 1, String::new());
    // How long the path is around each object and list that is open, and at which element of a list we are.
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b'{' => open.push((path.len(), None)),
            b'[' => {
                open.push((path.len(), Some(0)));
                path.push_str("[0]");
            }
            b'}' | b']' => {
                let around = open.pop().map_or(0, |(length, _)| length);
                path.truncate(around);
            }
            b',' => {
                if let Some((length, Some(number))) = open.last_mut() {
                    *number += 1;
                    path.truncate(*length);
                    // Writing to a text does not fail.
                    let _ = write!(path, "[{number}]");
                }
            }
            b'"' => {
                let end = at + string_length(&bytes[at..]);
                let is_name = bytes[end..].trim_ascii_start().first() == Some(&b':');
                if let (Some((length, None)), true) = (open.last(), is_name) {
                    path.truncate(*length);
                    let name = serde_json::from_str::<String>(&text[at..end]).unwrap_or_default();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name);
                    if path.len() <= longest && wanted.contains(&path) {
                        found.insert(path.clone(), line);
                    }
                }
                at = end - 1;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// How many bytes a string takes with its marks, at the beginning of these.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_on_their_lines() {
        let text = "{\"a\": 1,\n \"b\\\"c\": [\n{\"d\": \"x\\\\\", \"e\": [1,\n[2, {\"f\": {}}]]},\n {\"d\" :\n{\"g, {\": \"h\\n:\"}}],\n\n\"层\":\
            {\"a\": 0,\n\"a\": 0}}";
        serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        let places = [
            ("a", Some(1)),
            ("b\"c", Some(2)),
            ("b\"c[0].d", Some(3)),
            ("b\"c[0].e[1][1].f", Some(4)),
            ("b\"c[1].d", Some(5)),
            ("b\"c[1].d.g, {", Some(6)),
            ("层", Some(8)),
            ("层.a", Some(9)),
            ("x", None),
            ("b\"c[1].e", None),
        ];
        let wanted = places.iter().map(|(place, _)| (*place).to_owned()).collect();
        let found = lines_of(text, &wanted);
        for (place, line) in places {
            assert_eq!(found.get(place).copied(), line, "{place}");
        }
        assert!(lines_of(text, &HashSet::new()).is_empty());
        // Whatever the text is, it comes to an end.
        (0..text.len()).filter(|at| text.is_char_boundary(*at)).for_each(|at| drop(lines_of(&text[at..], &wanted)));
        (0..text.len()).filter(|at| text.is_char_boundary(*at)).for_each(|at| drop(lines_of(&text[..at], &wanted)));
    }
}
