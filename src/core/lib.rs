//! The core of Shanshui (山水): layers, and spatial questions about them answered exactly, without a window, a command line or a
//! screen.
//!
//! Data flows one way: a file is read ([`io`]) into flat layers ([`model`]), checked ([`health`]), indexed ([`index`]), asked
//! ([`query`], [`rules`]) and told ([`report`]). `ARCHITECTURE.md` says what each module leaves to others.
//!
//! # Example
//! Points within 2 km of a line, on the ellipsoid:
//! ```
//! use shanshui_core::index::IndexedLayer;
//! use shanshui_core::io::{ReadOptions, read_layer_bytes};
//! use shanshui_core::progress::Progress;
//! use shanshui_core::query::{Layers, Question, Side, ask};
//! use std::sync::Arc;
//!
//! let read = |text: &str, name: &str| {
//!     let layer = read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default());
//!     layer.map(|layer| Arc::new(IndexedLayer::new(Arc::new(layer))))
//! };
//! let outlets = read(
//!     r#"{"type":"FeatureCollection","features":[
//!         {"type":"Feature","properties":{"name":"near"},"geometry":{"type":"Point","coordinates":[121.50,31.41]}},
//!         {"type":"Feature","properties":{"name":"far"},"geometry":{"type":"Point","coordinates":[121.50,31.45]}}]}"#,
//!     "outlet.geojson",
//! )?;
//! let shoreline = read(r#"{"type":"LineString","coordinates":[[121.4,31.4],[121.6,31.4]]}"#, "shoreline.geojson")?;
//! let question = Question::Within { distance_m: 2_000.0, side: Side::Within };
//! let answer = ask(&question, &Layers::of(outlets).and(shoreline), &Progress::default())?;
//! assert_eq!(answer.features.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

rust_i18n::i18n!("../../assets/locales", fallback = "en");

/// What provenance calls the program that answered.
pub const ENGINE: &str = "shanshui";

pub mod comments;
pub mod geodesy;
pub mod health;
pub mod i18n;
pub mod index;
pub mod io;
pub mod model;
pub mod progress;
pub mod query;
pub mod raster;
pub mod report;
pub mod rules;
pub mod vocabulary;
