//! GeoPackage (OGC 12-128r18, versions 1.0 to 1.4): reading, writing, editing.

mod catalogue;
mod edit;
mod layer;
mod open;
mod read;
mod size;
mod sql;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use edit::{CellChange, GeometryChange, RowChange, apply};
pub(crate) use open::{quoted as sql_name, uri_of as sqlite_uri};

use super::wkb::kind_named;
use super::{
    Format, FormatError, FormatPlace, Input, LayerInfo, Loss, OnDisk, Output, ReadHints, RowSink, RowSource,
    WriteFormat,
};
use crate::i18n::{Said, tr};
use crate::io::room::times;
use crate::progress::Progress;
use catalogue::{Catalogue, Entry, catalogue, count, srs};
use open::{MAGIC, open, refused};
use std::path::Path;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeoPackage;

impl Format for GeoPackage {
    fn name(&self) -> &'static str {
        "GeoPackage"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["gpkg"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        // The application id, or the name of the catalogue in the first page; a file that is called so is refused by its content.
        let is_named = matches!(head.get(68..72), Some(b"GPKG" | b"GP10" | b"GP11"));
        let has_catalogue = memchr::memmem::find(head, b"gpkg_contents").is_some();
        head.starts_with(MAGIC) && (is_named || has_catalogue || input.extension() == "gpkg")
    }

    fn memory(&self, input: &Input, layer: Option<&str>) -> u64 {
        let Some(layer) = layer else { return 0 };
        let told = open(input).and_then(|opened| {
            let all = catalogue(&opened)?;
            Ok(size::bytes_of(&opened, find(&all, layer)?).unwrap_or(opened.bytes))
        });
        times(told.unwrap_or_default(), 1.6)
    }

    fn layers(&self, input: &Input, _hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let opened = open(input)?;
        let all = catalogue(&opened)?;
        if all.entries.is_empty() && !all.tiles.is_empty() {
            return Err(only_tiles(&all));
        }
        let info = |entry: &Entry| {
            let geometry = entry.geometry.as_ref();
            Ok(LayerInfo {
                name: entry.name.clone(),
                title: entry.title.clone(),
                kinds: geometry.and_then(|geometry| kind_named(&geometry.kind)).into_iter().collect(),
                is_table: geometry.is_none(),
                rows: count(&opened, entry),
                crs: srs(&opened.db, geometry.and_then(|geometry| geometry.srs_id))?.crs,
            })
        };
        let infos: rusqlite::Result<_> = all.entries.iter().map(info).collect();
        infos.map_err(|e| refused(&e))
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let opened = open(input)?;
        let all = catalogue(&opened)?;
        if all.entries.is_empty() && !all.tiles.is_empty() {
            return Err(only_tiles(&all));
        }
        read::read(&opened, &all, find(&all, layer)?, hints, sink, progress)
    }
}

impl WriteFormat for GeoPackage {
    /// SQLite's 2,000 columns, without those of the number and the geometry.
    fn most_fields(&self) -> usize {
        1_998
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        write::losses(rows)
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        write::write(rows, stem, &out.path(name), progress)
    }
}

/// The table of a layer: by its very name, else by its name in another case.
fn find<'a>(all: &'a Catalogue, layer: &str) -> Result<&'a Entry, FormatError> {
    let exact = all.entries.iter().find(|entry| entry.name == layer);
    let lower = layer.to_lowercase();
    exact.or_else(|| all.entries.iter().find(|entry| entry.name.to_lowercase() == lower)).ok_or_else(|| {
        let said = Said::told(|lang| tr!(lang, "format.geopackage.no_layer", name = layer).into_owned());
        FormatError::refused(said).at(FormatPlace::Member(layer.to_owned()))
    })
}

/// True for a GeoPackage that holds pictures and no layer: a backdrop.
pub fn holds_only_tiles(path: &Path) -> bool {
    let is_one = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gpkg"));
    if !is_one || !path.metadata().is_ok_and(|found| found.is_file()) {
        return false;
    }
    let Ok((_, input)) = OnDisk::at(path) else { return false };
    let all = open(&input).and_then(|opened| catalogue(&opened));
    all.is_ok_and(|all| all.entries.is_empty() && !all.tiles.is_empty())
}

fn only_tiles(all: &Catalogue) -> FormatError {
    let names = all.tiles.join(", ");
    FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.only_tiles", names = names).into_owned()))
}
