//! Shanshui (山水): spatial questions of city and river plans, answered exactly, on the map.
//!
//! The questions themselves are the core's (`shanshui_core`). Here they are held open ([`session`]) and shown ([`ui`]) or printed
//! ([`cli`]). `ARCHITECTURE.md` tells what each module leaves to others.

pub use shanshui_core::{
    comments, geodesy, health, i18n, index, io, model, progress, query, raster, report, rules, vocabulary,
};

pub mod allocator;
pub mod cli;
pub mod session;
pub mod ui;
