//! The cluster: rules of Shanshui put to layers that one machine would be long about.
//!
//! A question parts into work on rows, which depends on nothing but a row and what lies near it, and what is made of that
//! (`shanshui_core::query`, `Engine`). The driver puts the rules and makes the answers, with the code that the desktop has; the work on
//! rows goes to executors, tile by tile. Apache DataFusion Ballista spreads the tasks over the executors and takes lost ones up again.
//! So the answers are the desktop's to the byte.

mod arguments;
mod cli;
pub mod client;
mod commands;
pub mod data;
pub mod engine;
pub mod files;
pub mod function;
pub mod groups;
pub mod identity;
pub mod ingest;
pub mod layer_file;
mod local;
pub mod receipts;
pub mod say;
pub mod services;
pub mod task;
pub mod texts;
pub mod wkb;
pub mod worker;

pub use arguments::Cli;
