//! ESRI shapefiles (`.shp` with `.shx`, `.dbf`, `.prj`, `.cpg`), read and written by our own.
//!
//! Records are found by the index where it fits them, else one after another. Rings are grouped by containment. A
//! null shape keeps its row, so that attributes stay with their shapes. Left aside: spatial indexes (`.qix`,
//! `.sbn`, `.sbx`), metadata (`.shp.xml`). MultiPatch is refused. Source: ESRI Shapefile Technical Description,
//! July 1998.

mod projection;
mod read;
mod record;
mod records;
mod rings;
mod survey;
mod write;

#[cfg(test)]
mod ring_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod write_tests;

use super::archive::refusal;
use super::dbase::{Table, cpg};
use super::{Format, FormatError, Input, LayerInfo, Note, ReadHints, RowSink};
use crate::io::room::times;
use crate::progress::Progress;
use records::Records;

pub use write::ShapefileWriter;

/// Endings of the files that make up a shapefile or lie beside it, besides `shp`: none of them is a layer of its
/// own where a `.shp` of the same name is there.
pub const PARTS: &[&str] = &[
    "shx", "dbf", "prj", "cpg", "qix", "qpj", "qml", "qmd", "sbn", "sbx", "fbn", "fbx", "ain", "aih", "ixs", "mxs",
    "atx", "cst", "shp.xml", "mshp",
];

/// The shapefile as a format: one layer without a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shapefile;

impl Format for Shapefile {
    fn name(&self) -> &'static str {
        "Shapefile"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["shp"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        // The index has the same header.
        let is_shape = head.get(32..36).is_some_and(|four| four[1..] == [0; 3]);
        head.starts_with(&[0, 0, 0x27, 0x0a]) && is_shape && input.extension() != "shx"
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        // The attributes stand beside it.
        let table = input.sibling_name("dbf").ok().flatten();
        times(input.size() + table.map_or(0, |table| input.folder.size(&table)), 2.2)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let bytes = input.open().map_err(refusal)?;
        let head = records::header(bytes.as_ref())?;
        let indexed = Records::open(&bytes, &head, input.sibling("shx").map_err(refusal)?)?.count();
        let rows = match indexed {
            Some(rows) => Some(rows),
            None => attributes(input, hints, &mut Vec::new())?.map(|table| table.rows()),
        };
        let crs = projection::read(input, &mut Vec::new())?;
        Ok(vec![LayerInfo { name: String::new(), title: None, kinds: head.shape.kinds(), is_table: false, rows, crs }])
    }

    fn read(
        &self,
        input: &Input,
        _layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        read::read(input, hints, sink, progress)
    }
}

/// The table of attributes, where it is there.
fn attributes(input: &Input, hints: &ReadHints, notes: &mut Vec<Note>) -> Result<Option<Table>, FormatError> {
    let Some(name) = input.sibling_name("dbf")? else { return Ok(None) };
    let bytes = input.folder.open(&name).map_err(refusal)?;
    let table = Table::open(&bytes, cpg(input)?.as_deref(), hints.encoding.as_deref(), notes);
    table.map(Some).map_err(|e| e.of_file(name.rsplit('/').next().unwrap_or(&name)))
}
