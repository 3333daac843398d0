//! `entries::settings`, put to whatever libFuzzer thinks of.
#![no_main]

#[path = "../entries.rs"]
#[allow(dead_code)] // The other targets' entries.
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::settings(bytes));
