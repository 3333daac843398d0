//! Answers as tables: map, table, chart and report read them, rules go on with them, and what is exported of them is what is seen.

use crate::index::IndexedLayer;
use crate::io::geojson::{feature_text, write_in_blocks};
use std::io::Write;
use std::sync::Arc;

/// Rows that one core puts into text at a time.
const ROWS_AT_ONCE: usize = 1_024;

/// An answer: a layer of its rows, and what is said beside them where it is exported.
#[derive(Clone, Debug)]
pub struct ResultTable {
    /// What it is called in its file.
    pub name: String,
    /// Where it comes from and what it came to: the member `shanshui` of its file.
    pub provenance: Arc<serde_json::Value>,
    /// Its rows.
    pub indexed: Arc<IndexedLayer>,
}

impl ResultTable {
    /// Its GeoJSON in memory; see [`Self::write_geojson`].
    ///
    /// # Errors
    /// Where what was left in an input's file cannot be read back.
    pub fn to_geojson(&self) -> std::io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.write_geojson(&mut out)?;
        Ok(out)
    }

    /// Writes it as a GeoJSON FeatureCollection: features are put into text on all cores, while those before them are written.
    ///
    /// # Errors
    /// Where it cannot be written, or what was left in an input's file cannot be read back.
    pub fn write_geojson(&self, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
        let layer = self.indexed.layer();
        let put = |row: usize, mut out: Vec<u8>| {
            out.extend_from_slice(&feature_text(layer, row)?);
            Ok(out)
        };
        write_in_blocks((&self.name, &self.provenance), (layer.len(), ROWS_AT_ONCE), put, out)
    }
}
