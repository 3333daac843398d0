//! A layer into its file: spliced where that is GeoJSON, else written whole in the format of the file's ending and in its coordinate
//! system.

use super::exporting::losses_of;
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, tr};
use crate::io::formats::{self, LayerRows};
use crate::io::geojson::write_layer;
use crate::io::{Guard, SaveCause, SaveError, layers_of, save_atomically};
use crate::model::Layer;
use crate::progress::Progress;
use std::path::Path;

/// Writes a layer's file, or leaves what stood there.
///
/// # Errors
/// [`SaveError`] with the operating system's cause; where the file holds other layers that would go.
pub fn save_layer(layer: &Layer, path: &Path, progress: &Progress) -> Result<(), SaveError> {
    let Some(writer) = formats::writer_of(path) else {
        return save_atomically(path, |out| {
            let mut out = std::io::BufWriter::with_capacity(1 << 20, out);
            write_layer(layer, &mut out)?;
            std::io::Write::flush(&mut out)
        });
    };
    let is_own = layer.source.path.as_deref() == Some(path);
    // A GeoPackage takes the edits, and keeps everything else that is in it.
    let is_geopackage = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gpkg"));
    if is_own && is_geopackage {
        return formats::write_changes(layer, path, progress);
    }
    let refuse = |said| SaveError { file: path.display().to_string(), cause: SaveCause::Format(said) };
    if is_own && layer.source.read_as.bbox.is_some() {
        return Err(refuse(Said::told(|lang| tr!(lang, "save.part_of_file").into_owned())));
    }
    // What other layers a file holds is nobody's to write over.
    let others = layers_of(path, &layer.source.read_as.clone().into()).map_or(0, |layers| layers.len());
    if others > 1 {
        return Err(refuse(Said::told(|lang| tr!(lang, "save.other_layers", n = others - 1).into_owned())));
    }
    let crs = crs_of(layer, is_own).map_err(|e| refuse(e.said.clone()))?;
    formats::check_fields(writer, layer, path)?;
    let rows: Vec<usize> = layer.rows().collect();
    let source = LayerRows::new(layer, &rows, &crs);
    let source = if is_own { source.into_own_file() } else { source };
    // The parts of a layer's own file are its own; beside another nothing is written over.
    let may_write = |part: &Path| match is_own || part == path {
        true => Ok(()),
        false => Guard::replaces_ours(part),
    };
    formats::write(writer, &source, path, &may_write, progress)
}

/// What a layer's file would lose by being written: what its format does not hold of the layer. Nothing where edits are put into the file
/// (GeoPackage, GeoJSON), or where it cannot be written at all, which writing says.
pub(super) fn losses(layer: &Layer, path: &Path) -> Vec<Said> {
    let is_own = layer.source.path.as_deref() == Some(path);
    let is_geopackage = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gpkg"));
    if is_own && is_geopackage {
        return Vec::new();
    }
    match crs_of(layer, is_own) {
        Ok(crs) => losses_of(layer, None, crs.name(), path).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// The system in which a layer is written: that of its file where it goes back there, else longitude and latitude.
fn crs_of(layer: &Layer, is_own: bool) -> Result<Crs, crate::geodesy::crs::CrsError> {
    let own = layer.declared_crs.as_deref().filter(|_| is_own);
    Crs::parse(own.unwrap_or("EPSG:4326"))
}
