//! Whether what came back is exactly what was asked for: one receipt of each task, of this build, of this data set.

use crate::task::{Failed, Receipt};
use crate::texts::told;
use shanshui_core::i18n::Lang;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose the tasks were.
    pub build: &'a str,
    /// Of which data set.
    pub data: &'a str,
    /// How many rows each task works on, by its number.
    pub owned: &'a [usize],
}

/// Puts receipts in the order of the tasks.
///
/// # Errors
/// Why the answer is refused, in the reader's language: a task has no receipt, or several; a receipt is of no task, of another
/// build, or of other data; a task failed. It names the tile and the executor.
pub fn checked(receipts: Vec<Receipt>, asked: Asked<'_>, lang: Lang) -> Result<Vec<Receipt>, String> {
    let mut by_tile: Vec<Option<Receipt>> = asked.owned.iter().map(|_| None).collect();
    for receipt in receipts {
        let tile = receipt.tile.map(|tile| tile as usize);
        let place = tile.and_then(|tile| Some((tile, by_tile.get_mut(tile)?)));
        let Some((tile, place)) = place else {
            let cause = match (&receipt.found, tile) {
                (Err(failed), None) => failed.to_string(),
                _ => format!("a receipt of tile {tile:?}, and there are {} tiles", asked.owned.len()),
            };
            return Err(told::receipts(lang, &format!("{} ({})", cause, receipt.executor)));
        };
        if let Some(first) = place {
            let cause = format!("tile {tile} was done twice ({}; {})", first.executor, receipt.executor);
            return Err(told::receipts(lang, &cause));
        }
        let rows = asked.owned[tile];
        match &receipt.found {
            Err(Failed::Build { asked, own }) => return Err(told::builds(lang, &receipt.executor, own, asked)),
            Err(failed) => return Err(told::tile(lang, (tile, rows), &receipt.executor, &failed.to_string())),
            Ok(_) if receipt.build != asked.build => {
                return Err(told::builds(lang, &receipt.executor, &receipt.build, asked.build));
            }
            Ok(_) if receipt.data != asked.data => {
                let cause = format!("tile {tile} is of data set {}, not {}", receipt.data, asked.data);
                return Err(told::receipts(lang, &cause));
            }
            Ok(_) if receipt.owned as usize != rows => {
                let cause = format!("tile {tile} has {} rows, not {rows}", receipt.owned);
                return Err(told::receipts(lang, &cause));
            }
            Ok(_) => *place = Some(receipt),
        }
    }
    let missing: Vec<usize> = (0..by_tile.len()).filter(|tile| by_tile[*tile].is_none()).collect();
    if missing.is_empty() {
        return Ok(by_tile.into_iter().flatten().collect());
    }
    let cause = format!("{} of {} tiles have none, such as {}", missing.len(), by_tile.len(), missing[0]);
    Err(told::receipts(lang, &cause))
}
