//! Shanshui (山水): spatial questions of city and river plans, answered exactly, on the map.
//!
//! Data flows one way: a file is read ([`io`]) into flat layers ([`model`]), checked ([`health`]),
//! indexed ([`index`]), asked ([`query`]), held open ([`session`]) and shown ([`ui`]) or printed
//! ([`cli`]). `ARCHITECTURE.md` tells what each module leaves to others.

rust_i18n::i18n!("assets/locales", fallback = "en");

pub mod cli;
pub mod geodesy;
pub mod health;
pub mod i18n;
pub mod index;
pub mod io;
pub mod model;
pub mod progress;
pub mod query;
pub mod report;
pub mod rules;
pub mod session;
pub mod ui;
pub mod vocabulary;
