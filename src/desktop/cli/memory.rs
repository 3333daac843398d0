//! What needs more memory than the program takes by itself is refused before it is begun, with the ways round.

use super::{Common, Failure};
use crate::i18n::text_of;
use crate::session::Memory;

/// The machine's memory, or so many GB.
pub(super) fn of(gb: Option<f64>) -> Memory {
    let of_machine = Memory::of_machine();
    gb.map_or(of_machine, |gb| of_machine.with_total((gb * 1e9) as u64))
}

/// Holds what is needed, in bytes, against the machine, or against what `--memory` says; `ways` is the text of what would need
/// less.
pub(super) fn check(common: &Common, needs: u64, ways: &str) -> Result<(), Failure> {
    if common.any_size {
        return Ok(());
    }
    of(common.memory).check(needs).map_err(|why| {
        let lang = common.lang();
        Failure::Input(format!("{}{}", why.message(lang), text_of(lang, ways)))
    })
}
