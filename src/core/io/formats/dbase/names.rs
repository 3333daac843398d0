//! Field names as a table can hold them: ten bytes, each once.

use super::write::TableEncoding;
use std::collections::HashSet;

/// Bytes of a field name.
const NAME_BYTES: usize = 10;

/// The names to be written, in order: cut to ten bytes between characters, control characters replaced, numbers
/// put behind names that would be alike (upper and lower case are alike to most programs). A name without letters
/// is called `FIELD_n`.
pub(super) fn proposed<'a>(names: impl Iterator<Item = &'a str>, encoding: TableEncoding) -> Vec<String> {
    let wanted: Vec<String> = names
        .enumerate()
        .map(|(at, name)| {
            let name: String = name.trim().chars().map(|c| if c.is_control() { '_' } else { c }).collect();
            let name: String = name.chars().filter(|c| encoding.holds(*c)).collect();
            if name.is_empty() { format!("FIELD_{}", at + 1) } else { name }
        })
        .collect();
    // Names that fit keep their form: a long name gives way to them.
    let mut taken: HashSet<String> =
        wanted.iter().filter(|name| encoding.length(name) <= NAME_BYTES).map(|name| name.to_lowercase()).collect();
    let mut first_of: HashSet<String> = HashSet::new();
    let mut given = Vec::new();
    for name in &wanted {
        let fits = encoding.length(name) <= NAME_BYTES;
        let cut = encoding.cut(name, NAME_BYTES).trim_end().to_owned();
        let is_free = if fits { first_of.insert(name.to_lowercase()) } else { taken.insert(cut.to_lowercase()) };
        given.push(if is_free { cut } else { numbered(name, encoding, &mut taken) });
    }
    given
}

fn numbered(name: &str, encoding: TableEncoding, taken: &mut HashSet<String>) -> String {
    let mut number = 1_u32;
    loop {
        let ending = format!("_{number}");
        let name = format!("{}{ending}", encoding.cut(name, NAME_BYTES - ending.len()));
        if taken.insert(name.to_lowercase()) {
            return name;
        }
        number += 1;
    }
}
