//! How many bytes the rows of a layer have, told by some of them.

use super::catalogue::{Entry, ends};
use super::open::{Opened, quoted};
use rusqlite::types::ValueRef;

/// So many rows are looked at, evenly by their ids.
const LOOKED_AT: i128 = 256;

/// A smaller file is as large as its layers for all that is asked.
const SMALL: u64 = 64 << 20;

/// About how many bytes a layer's rows have, no more than the file; `None` for views.
///
/// Cost: a search by row number for each row that is looked at.
pub(super) fn bytes_of(opened: &Opened, entry: &Entry) -> Option<u64> {
    if opened.bytes <= SMALL {
        return Some(opened.bytes);
    }
    let (first, last) = ends(opened, entry)?;
    let rows = i128::from(last) - i128::from(first) + 1;
    let mut row_from =
        opened.db.prepare(&format!("SELECT * FROM {} WHERE rowid >= ?1 LIMIT 1", quoted(&entry.table))).ok()?;
    let columns = row_from.column_count();
    let looked_at = rows.min(LOOKED_AT);
    let mut bytes = 0_u64;
    for place in 0..looked_at {
        let mut found = row_from.query([i64::try_from(i128::from(first) + place * rows / looked_at).ok()?]).ok()?;
        let Ok(Some(row)) = found.next() else { continue };
        let length = |column| match row.get_ref(column) {
            Ok(ValueRef::Text(of) | ValueRef::Blob(of)) => of.len() as u64,
            _ => 8,
        };
        bytes += (0..columns).map(length).sum::<u64>();
    }
    let mean = bytes as f64 / looked_at.max(1) as f64;
    Some(((mean * rows as f64) as u64).min(opened.bytes))
}
