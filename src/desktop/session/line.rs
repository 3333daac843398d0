//! A line of the journal, and how one is read that is not as this version writes it: what of it can be understood is
//! taken, the rest is named.

use super::settings::Settings;
use crate::i18n::{Lang, between, cause_text, tr};
use crate::io::FileStamp;
use crate::model::ReadAs;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::PathBuf;

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum State {
    /// It was taken out.
    Gone(bool),
    /// Its feature's text.
    Text(String),
    /// As it was read.
    AsRead(Option<()>),
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A layer that is edited from here on.
    Layer {
        /// Its key in the session.
        key: u64,
        /// Its name.
        name: String,
        /// Its file, where it has one.
        #[serde(default, with = "optional_path")]
        file: Option<PathBuf>,
        /// The file's size and time when it was read or saved.
        stamp: Option<FileStamp>,
        /// Rows that the file has.
        rows: usize,
        /// How the file is to be read; older programs did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_as: Option<Box<ReadAs>>,
        /// What this version does not know.
        #[serde(flatten)]
        more: Map<String, Value>,
    },
    /// Rows in their new states.
    Edit {
        /// The layer.
        key: u64,
        /// Row and state.
        rows: Vec<(usize, State)>,
    },
    /// The layer is being saved as it is after the lines before this one.
    Saving {
        /// The layer.
        key: u64,
        /// Which saving it is.
        state: u64,
        /// Into this file.
        #[serde(with = "path")]
        file: PathBuf,
    },
    /// It was saved.
    Saved {
        /// The layer.
        key: u64,
        /// Which saving it was.
        state: u64,
        /// Which then looked like this.
        stamp: Option<FileStamp>,
    },
    /// The layer was taken out by the planner (false) or brought back (true).
    Open(u64, bool),
    /// What is set and in no project, as a whole, in place of what was.
    Settings(Box<Settings>),
}

/// The kinds that this version writes.
const KINDS: [&str; 6] = ["layer", "edit", "saving", "saved", "open", "settings"];

/// Why a line, or a part of it, is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The file ends in the middle of it.
    Cut,
    /// There is nothing in it.
    Empty,
    /// It is longer than this program reads.
    TooLong,
    /// It is no JSON: why.
    NotJson(String),
    /// It is of this kind, which this version does not know.
    Kind(String),
    /// It has members that this version does not know; the others were taken.
    Members(Vec<String>),
    /// It is of a kind that is known, and not as that is written: why.
    Wrong(String),
    /// The operating system could not read on: why.
    System(String),
}

/// A line that was not, or not wholly, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadLine {
    /// Its number, from 1.
    pub line: usize,
    /// Why.
    pub why: Unread,
}

impl UnreadLine {
    /// In the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let why = match &self.why {
            Unread::Cut => tr!(lang, "journal.cut"),
            Unread::Empty => tr!(lang, "journal.empty"),
            Unread::TooLong => tr!(lang, "journal.too_long"),
            Unread::NotJson(cause) | Unread::Wrong(cause) => {
                tr!(lang, "journal.wrong", cause = cause_text(cause, lang))
            }
            Unread::Kind(kind) => tr!(lang, "journal.kind", kind = kind),
            Unread::Members(names) => tr!(lang, "journal.members", names = names.join(between(lang))),
            Unread::System(cause) => tr!(lang, "journal.system", cause = cause_text(cause, lang)),
        };
        tr!(lang, "journal.line", line = self.line, why = why).into_owned()
    }
}

/// A row whose state cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its number, from 0; `None` where that is what cannot be read.
    pub row: Option<usize>,
    /// Why.
    pub cause: String,
}

/// A line as far as it is understood.
#[derive(Debug)]
pub(super) struct Understood {
    pub(super) line: Line,
    /// Rows of an edit that are not.
    pub(super) bad: Vec<BadRow>,
    /// Members that this version does not know.
    pub(super) unknown: Option<Unread>,
}

/// Reads a line, as far as it can be.
///
/// # Errors
/// Why nothing of it can be used.
pub(super) fn read(text: &[u8]) -> Result<Understood, Unread> {
    if text.trim_ascii().is_empty() {
        return Err(Unread::Empty);
    }
    let understood = |line| Understood { line, bad: Vec::new(), unknown: None };
    match serde_json::from_slice(text) {
        Ok(Line::Layer { more, key, name, file, stamp, rows, read_as }) => {
            let names: Vec<String> = more.keys().cloned().collect();
            let unknown = (!names.is_empty()).then_some(Unread::Members(names));
            let line = Line::Layer { key, name, file, stamp, rows, read_as, more: Map::new() };
            Ok(Understood { line, bad: Vec::new(), unknown })
        }
        Ok(Line::Edit { key, rows }) if rows.iter().any(|(_, state)| *state == State::Gone(false)) => {
            let (bad, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, state)| *state == State::Gone(false));
            let bad = bad.into_iter().map(|(row, _)| BadRow { row: Some(row), cause: "false".to_owned() });
            Ok(Understood { line: Line::Edit { key, rows }, bad: bad.collect(), unknown: None })
        }
        Ok(line) => Ok(understood(line)),
        Err(e) => {
            let value: Value = serde_json::from_slice(text).map_err(|e| Unread::NotJson(e.to_string()))?;
            let wrong = || Unread::Wrong(e.to_string());
            let kinds = value.as_object().ok_or_else(wrong)?;
            let mut unknown = kinds.keys().filter(|kind| !KINDS.contains(&kind.as_str()));
            if let Some(kind) = unknown.next() {
                return Err(Unread::Kind(kind.clone()));
            }
            kinds.get("edit").filter(|_| kinds.len() == 1).and_then(edit_of).ok_or_else(wrong)
        }
    }
}

/// An edit of which some rows cannot be read.
fn edit_of(edit: &Value) -> Option<Understood> {
    let (key, all) = (edit.get("key")?.as_u64()?, edit.get("rows")?.as_array()?);
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    let mut good = HashMap::new();
    for item in all {
        let number = item.get(0).and_then(Value::as_u64).and_then(|row| usize::try_from(row).ok());
        match (number, serde_json::from_value::<(usize, State)>(item.clone())) {
            (Some(_), Ok((row, state))) if state != State::Gone(false) => {
                // What was bad before is so no more.
                good.insert(row, bad.len());
                rows.push((row, state));
            }
            (row, Ok(_)) => bad.push(BadRow { row, cause: "false".to_owned() }),
            (row, Err(e)) => bad.push(BadRow { row, cause: e.to_string() }),
        }
    }
    Some(Understood { line: Line::Edit { key, rows }, bad: still_bad(bad, &good).collect(), unknown: None })
}

/// Bad rows without those of which a good state came later: `good` has rows with the number of bad ones before their last.
pub(super) fn still_bad(bad: Vec<BadRow>, good: &HashMap<usize, usize>) -> impl Iterator<Item = BadRow> {
    let is_bad = |(at, bad): &(usize, BadRow)| {
        let after = bad.row.and_then(|row| good.get(&row));
        after.is_none_or(|after| at >= after)
    };
    bad.into_iter().enumerate().filter(is_bad).map(|(_, bad)| bad)
}

/// A path as JSON: text, or, where it is none, what the operating system's name is made of.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PathJson {
    Text(String),
    Bytes { bytes: Vec<u8> },
    Wide { wide: Vec<u16> },
}

impl PathJson {
    fn of(path: &std::path::Path) -> Self {
        if let Some(text) = path.to_str() {
            return Self::Text(text.to_owned());
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            Self::Bytes { bytes: path.as_os_str().as_bytes().to_vec() }
        }
        #[cfg(windows)]
        {
            use std::os::windows::ffi::OsStrExt as _;
            Self::Wide { wide: path.as_os_str().encode_wide().collect() }
        }
        #[cfg(not(any(unix, windows)))]
        Self::Text(path.to_string_lossy().into_owned())
    }

    fn path(self) -> PathBuf {
        match self {
            Self::Text(text) => text.into(),
            #[cfg(unix)]
            Self::Bytes { bytes } => {
                use std::os::unix::ffi::OsStringExt as _;
                std::ffi::OsString::from_vec(bytes).into()
            }
            #[cfg(windows)]
            Self::Wide { wide } => {
                use std::os::windows::ffi::OsStringExt as _;
                std::ffi::OsString::from_wide(&wide).into()
            }
            // Another system's.
            #[cfg(not(unix))]
            Self::Bytes { bytes } => String::from_utf8_lossy(&bytes).into_owned().into(),
            #[cfg(not(windows))]
            Self::Wide { wide } => String::from_utf16_lossy(&wide).into(),
        }
    }
}

pub(super) mod path {
    use super::PathJson;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::path::{Path, PathBuf};

    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        PathJson::of(path).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        PathJson::deserialize(from).map(PathJson::path)
    }
}

pub(super) mod optional_path {
    use super::PathJson;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::path::PathBuf;

    pub fn serialize<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(PathJson::of).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::deserialize(from)?.map(PathJson::path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn why(text: &str) -> Unread {
        read(text.as_bytes()).expect_err("not understood")
    }

    #[test]
    fn a_line_says_why_it_is_not_understood() {
        assert_eq!(why(""), Unread::Empty);
        assert_eq!(why(" \t"), Unread::Empty);
        assert_eq!(why(r#"{"crs":{"key":1}}"#), Unread::Kind("crs".to_owned()));
        assert_eq!(why(r#"{"edit":{"key":1,"rows":[]},"crs":1}"#), Unread::Kind("crs".to_owned()));
        assert!(matches!(why(r#" "layer":{"key":1}}"#), Unread::NotJson(_)));
        assert!(matches!(why(r#"{"edit":{"key":-1,"rows":[]}}"#), Unread::Wrong(_)));
        assert!(matches!(
            why(r#"{"layer":{"key":1,"name":"a","file":null,"stamp":null,"rows":1e18}}"#),
            Unread::Wrong(_)
        ));
        assert!(matches!(why("[1,2]"), Unread::Wrong(_)));
        assert!(read(b"{\"open\":[1,\xff]}").is_err());
        let deep = "[".repeat(100_000);
        assert!(matches!(why(&deep), Unread::NotJson(_)), "no stack is used up");
        for lang in [Lang::Zh, Lang::En] {
            let line = UnreadLine { line: 7, why: Unread::Kind("crs".to_owned()) };
            assert!(line.message(lang).contains('7') && line.message(lang).contains("crs"), "{}", line.message(lang));
        }
    }

    #[test]
    fn good_rows_of_an_edit_are_taken_and_bad_ones_named() {
        let text = r#"{"edit":{"key":3,"rows":[[0,"a"],[1,7],["x","b"],[2,true],[3,false],[-4,"c"],[1e18,"d"],[18446744073709551615,"e"],[5],[6,null]]}}"#;
        let Understood { line: Line::Edit { key, rows }, bad, .. } = read(text.as_bytes()).expect("partly") else {
            panic!("an edit")
        };
        let numbers: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        assert_eq!((key, numbers), (3, vec![0, 2, usize::MAX, 6]));
        assert_eq!(bad.iter().map(|bad| bad.row).collect::<Vec<_>>(), [Some(1), None, Some(3), None, None, Some(5)]);
        let of_false = read(br#"{"edit":{"key":3,"rows":[[0,false],[1,"a"]]}}"#).expect("partly");
        assert_eq!(of_false.bad.len(), 1);
    }

    #[test]
    fn members_of_a_newer_version_are_named_and_the_rest_is_taken() {
        let text = r#"{"layer":{"key":1,"name":"a","file":"/a.geojson","stamp":null,"rows":1,"crs":"GCJ-02"}}"#;
        let understood = read(text.as_bytes()).expect("taken");
        assert_eq!(understood.unknown, Some(Unread::Members(vec!["crs".to_owned()])));
    }

    #[test]
    fn every_path_can_be_written_and_read_back() {
        let mut paths = vec![PathBuf::from("/图层/a.geojson")];
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            paths.push(Path::new(std::ffi::OsStr::from_bytes(b"/\xff\xfe/a.geojson")).to_owned());
        }
        for path in paths {
            let lines = [
                Line::Saving { key: 1, state: 2, file: path.clone() },
                Line::Layer {
                    key: 1,
                    name: String::new(),
                    file: Some(path.clone()),
                    stamp: None,
                    rows: 0,
                    read_as: None,
                    more: Map::new(),
                },
            ];
            for line in lines {
                let text = serde_json::to_vec(&line).expect("writable");
                let (Line::Saving { file, .. } | Line::Layer { file: Some(file), .. }) =
                    read(&text).expect("readable").line
                else {
                    panic!("a line with a file")
                };
                assert_eq!(file, path);
            }
        }
    }
}
