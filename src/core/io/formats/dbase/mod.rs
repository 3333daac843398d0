//! dBASE tables (`.dbf`), read and written by our own: alone, or as the attributes of a shapefile.
//!
//! Read: dBASE III to 7, FoxPro and Visual FoxPro; rows marked as deleted are left out; whole numbers are exact at
//! any length. Memo fields, which lie in another file, are said and left empty. Sources: the format's descriptions
//! by dBASE Inc. (level 5, level 7) and Microsoft (Visual FoxPro table structure).

mod encoding;
mod header;
mod names;
mod notes;
mod said;
mod survey;
mod table;
mod text;
mod value;
mod window;
mod write;

#[cfg(test)]
mod header_tests;
#[cfg(test)]
pub(in crate::io::formats) mod tests;
#[cfg(test)]
pub(in crate::io::formats) mod write_tests;

pub(in crate::io::formats) use encoding::is_page;
pub(in crate::io::formats) use notes::Notes;
pub(in crate::io::formats) use survey::{MOST_FIELDS, Survey, TWO_GB};
pub(in crate::io::formats) use table::{Table, emptied};
pub(in crate::io::formats) use window::Window;
pub use write::{DbaseWriter, TableEncoding};
pub(in crate::io::formats) use write::{beside, write_cpg};

use super::archive::refusal;
use super::{Format, FormatError, Input, LayerInfo, Note, ReadHints, RowSink, Schema};
use crate::i18n::{Said, count, tr};
use crate::io::room::times;
use crate::progress::Progress;
use std::sync::Arc;

/// A `.cpg` file is a word; what is longer is something else.
const CPG_LENGTH: usize = 4096;
/// Rows between two looks at whether the planner wants to stop.
pub(in crate::io::formats) const STEP: u64 = 1024;

/// The dBASE table as a format: one table without geometry and without a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dbase;

impl Format for Dbase {
    fn name(&self) -> &'static str {
        "dBASE"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["dbf"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        input.open().is_ok_and(|bytes| header::is_table(head, bytes.len()))
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        times(input.size(), 2.2)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let table = Table::open(
            &input.open().map_err(refusal)?,
            cpg(input)?.as_deref(),
            hints.encoding.as_deref(),
            &mut Vec::new(),
        )?;
        let rows = Some(table.rows());
        Ok(vec![LayerInfo { name: String::new(), title: None, kinds: Vec::new(), is_table: true, rows, crs: None }])
    }

    fn read(
        &self,
        input: &Input,
        _layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let mut about = Vec::new();
        let mut table = Table::open(
            &input.open().map_err(refusal)?,
            cpg(input)?.as_deref(),
            hints.encoding.as_deref(),
            &mut about,
        )?;
        sink.schema(&Schema {
            fields: table.fields().to_vec(),
            encoding: Some(table.encoding().to_owned()),
            is_table: true,
            rows: Some(table.rows()),
            ..Schema::default()
        })?;
        about.into_iter().for_each(|note| sink.note(note));
        progress.start(table.rows() * table.row_length());
        let (mut given, mut deleted) = (0, 0);
        let mut notes = Notes::default();
        let mut spare = Vec::new();
        for row in 0..table.rows() {
            if row % STEP == 0 {
                progress.advance(if row == 0 { 0 } else { STEP * table.row_length() })?;
            }
            if !table.fetch(row)? {
                deleted += 1;
                continue;
            }
            let mut cells = emptied(spare);
            table.cells(given, &mut notes, sink, &mut cells);
            sink.row(None, &cells, None)?;
            given += 1;
            spare = emptied(cells);
        }
        say_deleted(deleted, sink);
        table.close(&mut notes, sink);
        notes.close(sink);
        Ok(())
    }
}

/// Says how many rows were left out because they are marked as deleted.
pub(in crate::io::formats) fn say_deleted(deleted: usize, sink: &mut dyn RowSink) {
    if deleted > 0 {
        let n = count(deleted);
        let said = Said::told(|lang| tr!(lang, "format.dbase.deleted", n = n).into_owned());
        sink.note(Note { row: None, said, kind: "format.dbase.deleted", is_doubt: false });
    }
}

/// The content of the `.cpg` file beside a file.
pub(in crate::io::formats) fn cpg(input: &Input) -> Result<Option<Vec<u8>>, FormatError> {
    let Some(file) = input.sibling("cpg").map_err(refusal)? else { return Ok(None) };
    Ok(Some(Arc::as_ref(&file).stretch(0, CPG_LENGTH)?))
}
