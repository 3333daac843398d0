//! The corpus of the fuzz targets (tests/fuzz), whole and mangled, put into the functions that they fuzz.

#[path = "fuzz/entries.rs"]
mod entries;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A file and what becomes of it: cut off, a byte changed, a part doubled or left out. The same at every run.
fn mangled(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    const TIMES: usize = 24;
    const SIGNS: &[u8] = b"\"'{}[](),:-0\0\n\xff";
    let mut state = bytes
        .iter()
        .fold(0x9e37_79b9_7f4a_7c15_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let mut below = move |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most.max(1)
    };
    (0..TIMES).map(move |round| {
        let mut changed = bytes.to_vec();
        let (from, length) = (below(bytes.len()), below(16) + 1);
        let to = (from + length).min(bytes.len());
        match round % 5 {
            0 => changed.truncate(from),
            1 if !changed.is_empty() => changed[from] ^= 1 << below(8),
            2 => drop(changed.drain(from..to)),
            3 => drop(changed.splice(from..from, bytes[from..to].repeat(below(40) + 1))),
            _ if !changed.is_empty() => changed[from] = SIGNS[below(SIGNS.len())],
            _ => {}
        }
        changed
    })
}

#[test]
fn the_corpus_ends_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, entry) in entries::ENTRIES {
        let mut files: Vec<_> = std::fs::read_dir(corpus.join(name))
            .expect("a corpus")
            .map(|file| file.expect("an entry").path())
            .collect();
        files.sort();
        assert!(files.len() >= 4, "{name}: {files:?}");
        for file in files {
            let bytes = std::fs::read(&file).expect("readable");
            for (round, bytes) in std::iter::once(bytes.clone()).chain(mangled(&bytes)).enumerate() {
                let done = catch_unwind(AssertUnwindSafe(|| entry(&bytes)));
                assert!(done.is_ok(), "{}, round {round}: {}", file.display(), String::from_utf8_lossy(&bytes));
            }
        }
    }
}

#[test]
fn every_entry_has_a_target_and_a_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("readable");
    for (name, _) in entries::ENTRIES {
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{target}\"")), "{name}");
        let text = std::fs::read_to_string(fuzz.join(&target)).expect("a target");
        assert!(text.contains(&format!("entries::{name}(bytes)")), "{name}");
    }
}
