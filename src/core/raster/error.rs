//! Why a backdrop, or a tile of it, is not there.

use super::TileId;
use crate::i18n::{Lang, Said, cause_text, tr};
use std::path::Path;
use std::time::Duration;

/// What an error is about, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RasterErrorKind {
    /// Nothing of the source can be shown.
    Source,
    /// An image whose coordinate system has to be named.
    NeedsSystem,
    /// One tile cannot be shown; the others are not concerned.
    Tile,
    /// A server that does not answer now is asked again after so long.
    Later(Duration),
    /// Nobody wants it any more.
    Stopped,
}

/// Why a backdrop, or a tile of it, is not there. It names a file or a server, never an address: that may hold a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct RasterError {
    /// The file's name, or the server's.
    pub of: String,
    /// The tile.
    pub tile: Option<TileId>,
    /// What it is about.
    pub kind: RasterErrorKind,
    /// Cause and way out.
    pub why: Said,
}

impl RasterError {
    /// A source that cannot be shown.
    pub(super) fn source(of: impl Into<String>, why: Said) -> Self {
        Self { of: of.into(), tile: None, kind: RasterErrorKind::Source, why }
    }

    /// The same, of a file.
    pub(super) fn file(path: &Path, why: Said) -> Self {
        Self::source(crate::io::file_name(path), why)
    }

    /// A file that the operating system does not give.
    pub(super) fn system(path: &Path, e: &std::io::Error) -> Self {
        Self::file(path, Said::told(|lang| cause_text(&e.to_string(), lang)))
    }

    /// A tile that cannot be shown.
    pub(super) fn tile(of: impl Into<String>, tile: TileId, why: Said) -> Self {
        Self { of: of.into(), tile: Some(tile), kind: RasterErrorKind::Tile, why }
    }

    /// Nobody wants it any more.
    pub(super) fn stopped(of: impl Into<String>) -> Self {
        Self { of: of.into(), tile: None, kind: RasterErrorKind::Stopped, why: Said::as_is(String::new()) }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let why = self.why.text(lang);
        match self.tile {
            Some(TileId { level, x, y }) => {
                tr!(lang, "raster.of_tile", of = self.of, level = level, x = x, y = y, why = why).into_owned()
            }
            None => tr!(lang, "raster.of", of = self.of, why = why).into_owned(),
        }
    }
}
