//! Collections that are put into text on all cores, while what is ready is written.

use super::write::{SEPARATOR, push_head, push_tail};
use rayon::prelude::*;
use std::io::{Result, Write};
use std::ops::Range;

/// Writes a collection of so many features: its head with what is said of it (the member `shanshui`), features in their order, each
/// put into text by `put`, `at_once` of them on one core at a time.
///
/// # Errors
/// What `put` says; where it cannot be written.
pub fn write_in_blocks(
    (name, provenance): (&str, &serde_json::Value),
    (count, at_once): (usize, usize),
    put: impl Fn(usize, Vec<u8>) -> Result<Vec<u8>> + Sync,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let mut text = Vec::new();
    push_head(&mut text, name, provenance);
    out.write_all(&text)?;
    let block = |features: Range<usize>| -> Result<Vec<u8>> {
        let mut text = Vec::with_capacity(1 << 16);
        for i in features.clone() {
            if i > 0 {
                text.extend_from_slice(SEPARATOR);
            }
            text = put(i, text)?;
        }
        Ok(text)
    };
    let blocks: Vec<Range<usize>> = (0..count).step_by(at_once).map(|from| from..count.min(from + at_once)).collect();
    let mut ready: Vec<Vec<u8>> = Vec::new();
    let mut write = |texts: &[Vec<u8>]| texts.iter().try_for_each(|text| out.write_all(text));
    for batch in blocks.chunks(rayon::current_num_threads()) {
        let next = || batch.par_iter().cloned().map(block).collect::<Result<Vec<_>>>();
        let (written, next) = rayon::join(|| write(&ready), next);
        written?;
        ready = next?;
    }
    write(&ready)?;
    text.clear();
    push_tail(&mut text, count == 0);
    out.write_all(&text)
}
