//! A table joined to a layer by a key: which rows meet, which do not, which keys stand twice; and the layer with the table's
//! values. Keys are compared as text.

use crate::i18n::{Lang, tr};
use crate::io::geojson::{EditError, Put, edited_rows};
use crate::model::{Edited, Layer, Value};
use crate::progress::Progress;
use std::borrow::Cow;
use std::collections::HashMap;

/// What came of joining: rows are counted from 0 on either side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Pairs of a layer's row and the table's row with its key, in the order of the layer. Where several rows of the table have
    /// the key, the last one, as a ledger is continued below; where several of the layer have it, each.
    pub pairs: Vec<(usize, usize)>,
    /// Rows of the layer whose key the table lacks.
    pub only_layer: Vec<usize>,
    /// Rows of the table whose key the layer lacks.
    pub only_table: Vec<usize>,
    /// Rows without a key.
    pub layer_without_key: Vec<usize>,
    /// Rows without a key.
    pub table_without_key: Vec<usize>,
    /// Keys that stand more than once in the layer, with their rows.
    pub layer_twice: Vec<(String, Vec<usize>)>,
    /// Keys that stand more than once in the table, with their rows.
    pub table_twice: Vec<(String, Vec<usize>)>,
    /// Keys without a partner that would have one but for zeros in front: the layer's key, the table's key. They are not joined.
    pub zeros: Vec<(String, String)>,
}

/// A key as it is compared: full-width letters and digits are half-width, white space around it is taken off, the number 12 is `12`,
/// 12.0 is `12`. Zeros in front of a text stay. Empty where there is no key.
pub fn key_text<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Missing | Value::Null => Cow::Borrowed(""),
        Value::Text(text) => normal(text),
        Value::Number(_, written) => {
            let text = written.text();
            // 12.0 is the whole number too.
            match text.split_once('.') {
                Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
                    Cow::Owned(whole.to_owned())
                }
                _ => text,
            }
        }
        other => other.display(),
    }
}

fn normal(text: &str) -> Cow<'_, str> {
    // A byte order mark, zero-width and no-break spaces come with copied cells.
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}');
    let text = text.trim_matches(is_space);
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    Cow::Owned(text.chars().filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}')).map(half).collect())
}

/// Joins by keys as [`key_text`] gives them; an empty key meets nothing. Cost: linear in the number of rows.
pub fn join<L: AsRef<str>, T: AsRef<str>>(layer: &[L], table: &[T]) -> Joined {
    let mut joined = Joined::default();
    let (of_layer, layer_order) = rows_of(layer, &mut joined.layer_without_key);
    let (of_table, table_order) = rows_of(table, &mut joined.table_without_key);
    for (row, key) in layer.iter().enumerate() {
        let key = key.as_ref();
        match of_table.get(key).and_then(|rows| rows.last()) {
            _ if key.is_empty() => {}
            Some(other) => joined.pairs.push((row, *other)),
            None => joined.only_layer.push(row),
        }
    }
    for (row, key) in table.iter().enumerate() {
        let key = key.as_ref();
        if !key.is_empty() && !of_layer.contains_key(key) {
            joined.only_table.push(row);
        }
    }
    let twice = |rows: &HashMap<&str, Vec<usize>>, order: &[&str]| {
        let all = order.iter().filter_map(|key| rows.get(key).map(|rows| ((*key).to_owned(), rows.clone())));
        all.filter(|(_, rows)| rows.len() > 1).collect()
    };
    joined.layer_twice = twice(&of_layer, &layer_order);
    joined.table_twice = twice(&of_table, &table_order);
    // Of keys without a partner, those that only zeros keep apart.
    let bare = |key: &str| {
        let is_number = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| {
            let rest = key.trim_start_matches('0');
            if rest.is_empty() { "0".to_owned() } else { rest.to_owned() }
        })
    };
    let mut by_bare: HashMap<String, &str> = HashMap::new();
    for key in table_order.iter().filter(|key| !of_layer.contains_key(**key)) {
        if let Some(rest) = bare(key) {
            by_bare.entry(rest).or_insert(key);
        }
    }
    for key in layer_order.iter().filter(|key| !of_table.contains_key(**key)) {
        if let Some(other) = bare(key).and_then(|rest| by_bare.get(&rest)) {
            joined.zeros.push(((*key).to_owned(), (*other).to_owned()));
        }
    }
    joined
}

/// The rows of each key, and the keys in their order.
fn rows_of<'a, K: AsRef<str>>(keys: &'a [K], without: &mut Vec<usize>) -> (HashMap<&'a str, Vec<usize>>, Vec<&'a str>) {
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::with_capacity(keys.len());
    let mut order = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        let key = key.as_ref();
        if key.is_empty() {
            without.push(row);
            continue;
        }
        let all = rows.entry(key).or_default();
        if all.is_empty() {
            order.push(key);
        }
        all.push(row);
    }
    (rows, order)
}

/// The keys of a column, one a row of the layer; empty for rows that are gone.
fn keys_of(layer: &Layer, column: usize) -> Vec<String> {
    let key = |row: usize| match layer.is_gone(row) {
        true => String::new(),
        false => key_text(&layer.attributes.value(row, column)).into_owned(),
    };
    (0..layer.len()).map(key).collect()
}

/// Why a table is not joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// A layer (its name) has no such column.
    #[error("'{layer}' has no column '{column}'")]
    NoColumn {
        /// The layer.
        layer: String,
        /// The column.
        column: String,
    },
    /// A row cannot be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl JoinError {
    /// What it is, in a language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::NoColumn { layer, column } => {
                tr!(lang, "join.no_column", layer = layer, column = column).into_owned()
            }
            Self::Edit(e) => e.message(lang),
        }
    }
}

fn column_of(layer: &Layer, name: &str) -> Result<usize, JoinError> {
    let missing = || JoinError::NoColumn { layer: layer.name.clone(), column: name.to_owned() };
    layer.attributes.column(name).ok_or_else(missing)
}

/// Which rows of a layer and of a table meet by a column of each.
///
/// # Errors
/// Where one of them has no such column.
///
/// Cost: linear in the rows of both.
pub fn joined_rows(layer: &Layer, on: &str, table: &Layer, with: &str) -> Result<Joined, JoinError> {
    let (own, theirs) = (column_of(layer, on)?, column_of(table, with)?);
    Ok(join(&keys_of(layer, own), &keys_of(table, theirs)))
}

/// What came of joining, and the rows of the layer as they are with the table's values.
pub type JoinedRows = (Joined, Vec<(usize, Option<Edited>)>);

/// Joins a table to a layer by a column of each. Rows that meet get the table's values: in the columns of the same name where the layer
/// has them, else in new ones; the key's column stays. What the table does not say (an absent cell) is left as it is; a null is
/// written.
///
/// # Errors
/// [`JoinError`]; it was stopped.
///
/// Cost: linear in the rows of both.
pub fn join_table(
    layer: &Layer,
    on: &str,
    table: &Layer,
    with: &str,
    progress: &Progress,
) -> Result<JoinedRows, JoinError> {
    let joined = joined_rows(layer, on, table, with)?;
    let theirs = column_of(table, with)?;
    let columns: Vec<(usize, &str)> = table
        .attributes
        .names()
        .iter()
        .enumerate()
        .filter(|(at, name)| *at != theirs && &***name != on)
        .map(|(at, name)| (at, &**name))
        .collect();
    let row_of: HashMap<usize, usize> = joined.pairs.iter().copied().collect();
    let rows: Vec<usize> = joined.pairs.iter().map(|(row, _)| *row).collect();
    let members = |row: usize| {
        let other = row_of.get(&row).copied().unwrap_or_default();
        let cell = |(at, name): &(usize, &str)| {
            Some(((*name).to_owned(), Put::Json(table.attributes.json(other, *at)?.into_owned())))
        };
        columns.iter().filter_map(cell).collect::<Vec<_>>()
    };
    let changes = edited_rows(layer, &rows, members, progress)?;
    Ok((joined, changes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::Written;

    #[test]
    fn keys_are_made_alike() {
        for (value, key) in [
            (Value::Number(12.0, Written::Integer(12)), "12"),
            (Value::Number(12.0, Written::Real(12.0)), "12"),
            (Value::Number(12.5, Written::Text("12.5")), "12.5"),
            (Value::Number(12.0, Written::Text("12.0")), "12"),
            (Value::Number(3.1e17, Written::Text("310113001000000001")), "310113001000000001"),
            (Value::Text("12".into()), "12"),
            (Value::Text(" 12\t".into()), "12"),
            (Value::Text("１２Ａ".into()), "12A"),
            (Value::Text("\u{3000}排口\u{200b}".into()), "排口"),
            (Value::Text("012".into()), "012"),
            (Value::Null, ""),
            (Value::Missing, ""),
            (Value::Bool(true), "true"),
        ] {
            assert_eq!(key_text(&value), key, "{value:?}");
        }
    }

    #[test]
    fn rows_meet_or_are_told() {
        let layer = ["A", "B", "", "C", "A", "012", "9"];
        let table = ["B", "A", "D", "A", "12", "", "9"];
        let joined = join(&layer, &table);
        assert_eq!(joined.pairs, [(0, 3), (1, 0), (4, 3), (6, 6)]);
        assert_eq!(joined.only_layer, [3, 5]);
        assert_eq!(joined.only_table, [2, 4]);
        assert_eq!((joined.layer_without_key, joined.table_without_key), (vec![2], vec![5]));
        assert_eq!(joined.layer_twice, [("A".to_owned(), vec![0, 4])]);
        assert_eq!(joined.table_twice, [("A".to_owned(), vec![1, 3])]);
        assert_eq!(joined.zeros, [("012".to_owned(), "12".to_owned())]);
        assert_eq!(join::<&str, &str>(&[], &[]), Joined::default());
    }

    #[test]
    fn a_ledger_updates_what_it_says_and_leaves_the_rest() {
        let read = |text: &str| {
            read_layer_bytes(text.as_bytes(), "t.geojson", &ReadOptions::default(), &Progress::default())
                .expect("readable")
        };
        let feature = |properties: &str| format!(r#"{{"type":"Feature","properties":{properties},"geometry":null}}"#);
        let layer = |rows: &[&str]| {
            let features: Vec<String> = rows.iter().map(|row| feature(row)).collect();
            read(&format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")))
        };
        let outlets = layer(&[
            r#"{"code":"A1","status":"整治中","flow":1.50}"#,
            r#"{"code":"A2","status":"待溯源"}"#,
            r#"{"code":"A3"}"#,
        ]);
        let ledger =
            layer(&[r#"{"编号":"A2","status":"已溯源","owner":"水务局"}"#, r#"{"编号":"Ａ1 ","status":null}"#]);
        let (joined, changes) = join_table(&outlets, "code", &ledger, "编号", &Progress::default()).expect("joined");
        assert_eq!((joined.pairs.len(), joined.only_layer, joined.only_table.len()), (2, vec![2], 0));
        let now = outlets.with_edits(&changes);
        let of = |row: usize, name: &str| now.attributes.get(row, name).display().into_owned();
        assert_eq!((of(1, "status"), of(1, "owner"), of(0, "flow")), ("已溯源".into(), "水务局".into(), "1.50".into()));
        assert_eq!(now.attributes.get(0, "status"), Value::Null);
        assert_eq!(now.attributes.get(2, "owner"), Value::Missing);
        let error = join_table(&outlets, "nothing", &ledger, "编号", &Progress::default()).err();
        assert!(matches!(error, Some(JoinError::NoColumn { .. })));
    }
}
