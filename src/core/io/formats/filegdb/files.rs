//! Finds the files of a geodatabase in a folder or an archive, whichever case their names have.

use super::super::{Bytes, FormatError, Input};
use super::said;
use std::collections::HashMap;
use std::sync::Arc;

/// The name of the catalogue's table: every geodatabase has it.
const CATALOGUE: &str = "a00000001.gdbtable";

/// True for the name of a geodatabase's catalogue, without folders.
pub(in crate::io) fn is_catalogue(name: &str) -> bool {
    name.eq_ignore_ascii_case(CATALOGUE)
}

/// The files of one geodatabase.
#[derive(Debug)]
pub(super) struct Files {
    input: Input,
    /// Names in lower case, without folders, to names as the folder has them.
    names: HashMap<String, String>,
    /// The table that was pointed at, where there is no catalogue beside it.
    pub(super) single: Option<String>,
}

impl Files {
    /// The geodatabase that `input` is, or that the file `input` is part of; `None` where it is neither.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn find(input: &Input) -> std::io::Result<Option<Self>> {
        let names = input.folder.names()?;
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let own = input.name.trim_end_matches('/').to_lowercase();
        let parent = own.rsplit_once('/').map_or("", |(parent, _)| parent);
        let file = own.rsplit('/').next().unwrap_or(&own);
        let is_file = lower.contains(&own);
        // The folder itself first; then the folder of a file in it; then an archive whose root is the geodatabase.
        let candidates: &[&str] = match (is_file, is_part(file)) {
            (true, true) => &[parent],
            (true, false) => &[],
            (false, _) if own.is_empty() || own == "." => &[""],
            (false, _) if own.ends_with(".gdb") => &[&own],
            (false, _) => &[&own, ""],
        };
        for folder in candidates {
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let inside: HashMap<String, String> = lower
                .iter()
                .zip(&names)
                .filter_map(|(lower, name)| Some((lower.strip_prefix(&prefix)?, name)))
                .filter(|(lower, _)| is_part(lower))
                .map(|(lower, name)| (lower.to_owned(), name.clone()))
                .collect();
            let has = |name: &str| inside.contains_key(name);
            let single = (is_file && !has(CATALOGUE) && file.ends_with(".gdbtable")).then(|| file.to_owned());
            let is_geodatabase = has(CATALOGUE) || single.is_some();
            let is_remains = folder.ends_with(".gdb") && inside.keys().any(|name| name.ends_with(".gdbtable"));
            if is_geodatabase || (!is_file && is_remains) {
                return Ok(Some(Self { input: input.clone(), names: inside, single }));
            }
        }
        Ok(None)
    }

    /// True where a file is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Opens a file by its name in lower case, without folders; `None` where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(&self, name: &str) -> Result<Option<Arc<dyn Bytes>>, FormatError> {
        match self.names.get(name) {
            Some(name) => Ok(Some(self.input.folder.open(name)?)),
            None => Ok(None),
        }
    }

    /// Opens a file that must be there.
    ///
    /// # Errors
    /// A refusal where it is not; what the system says.
    pub(super) fn need(&self, name: &str) -> Result<Arc<dyn Bytes>, FormatError> {
        self.open(name)?.ok_or_else(|| said::missing(name))
    }
}

/// The name of a table's file by its number.
pub(super) fn table_file(number: u64) -> String {
    format!("a{number:08x}.gdbtable")
}

/// True for names that files of a geodatabase have.
fn is_part(name: &str) -> bool {
    let is_number = |stem: &str| {
        stem.strip_prefix('a').is_some_and(|hex| hex.len() == 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    match name.split_once('.') {
        Some((stem, _)) => is_number(stem),
        None => matches!(name, "gdb" | "timestamps"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::InMemory;
    use super::*;

    #[test]
    fn a_geodatabase_is_found_from_its_folder_and_from_any_file_in_it() {
        let files = |names: &[&str]| names.iter().fold(InMemory::default(), |all, name| all.with(name, vec![0]));
        let whole = ["x.gdb/a00000001.gdbtable", "x.gdb/a00000001.gdbtablx", "x.gdb/gdb", "x.shp"];
        for (names, pointed, found, single) in [
            (&whole[..], "x.gdb", true, None),
            (&whole, "X.GDB", true, None),
            (&whole, "x.gdb/", true, None),
            (&whole, "x.gdb/gdb", true, None),
            (&whole, "x.gdb/a00000001.gdbtablx", true, None),
            (&whole, "x.shp", false, None),
            (&whole, "y.gdb", false, None),
            (&["A00000001.GDBTABLE", "a00000009.gdbtable"], "a00000009.gdbtable", true, None),
            (&["a00000001.gdbtable"], "", true, None),
            (&["a00000001.gdbtable", "readme.txt"], "aul.zip", true, None),
            (&["a00000001.gdbtable", "readme.txt"], "readme.txt", false, None),
            (&["plain/a00000001.gdbtable"], "plain", true, None),
            (&["zip/deep/x.gdb/a00000001.gdbtable"], "zip/deep/x.gdb", true, None),
            (&["a0000000b.gdbtable"], "a0000000b.gdbtable", true, Some("a0000000b.gdbtable")),
            (&["x.gdb/a0000000b.gdbtable"], "x.gdb", true, None),
            (&["gdb", "timestamps"], "gdb", false, None),
            (&["route.gdb"], "route.gdb", false, None),
        ] {
            let got = Files::find(&files(names).input(pointed)).expect("names");
            assert_eq!(got.is_some(), found, "{names:?} {pointed}");
            assert_eq!(got.and_then(|files| files.single).as_deref(), single);
        }
    }
}
