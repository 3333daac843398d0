//! What came of joining a table to a layer, in lines.

use crate::i18n::{Lang, between, count, tr};
use crate::query::Joined;

/// Keys that stand twice and are named.
const NAMED: usize = 10;

/// How many met, or would meet where it is not done, how many do not on either side, which keys stand several times, which only
/// zeros keep apart; a line each.
pub fn joined_lines(joined: &Joined, is_done: bool, lang: Lang) -> Vec<String> {
    let key = if is_done { "join.matched" } else { "join.would_match" };
    let mut lines = vec![tr!(lang, key, n = count(joined.pairs.len())).into_owned()];
    for (key, rows) in [
        ("join.layer_only", &joined.only_layer),
        ("join.table_only", &joined.only_table),
        ("join.layer_without_key", &joined.layer_without_key),
        ("join.table_without_key", &joined.table_without_key),
    ] {
        if !rows.is_empty() {
            lines.push(tr!(lang, key, n = count(rows.len())).into_owned());
        }
    }
    for (key, twice) in [("join.layer_twice", &joined.layer_twice), ("join.table_twice", &joined.table_twice)] {
        if !twice.is_empty() {
            let keys: Vec<&str> = twice.iter().take(NAMED).map(|(key, _)| &**key).collect();
            lines.push(tr!(lang, key, n = count(twice.len()), keys = keys.join(between(lang))).into_owned());
        }
    }
    if !joined.zeros.is_empty() {
        let pairs = joined.zeros.iter().take(NAMED).map(|(own, theirs)| format!("{own} ≠ {theirs}"));
        let keys = pairs.collect::<Vec<_>>().join(between(lang));
        lines.push(tr!(lang, "join.zeros", keys = keys).into_owned());
    }
    lines
}
