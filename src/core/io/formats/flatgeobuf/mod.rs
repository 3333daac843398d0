//! FlatGeobuf 3: reading and writing.

mod flat;
mod geometry;
mod header;
mod index;
mod read;
#[cfg(test)]
pub(super) mod tests;
mod value;
mod write;

use super::{Format, FormatError, Input, LayerInfo, Loss, Output, ReadHints, RowSink, RowSource, WriteFormat};
use crate::io::room::times;
use crate::progress::Progress;
use header::Header;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlatGeobuf;

impl Format for FlatGeobuf {
    fn name(&self) -> &'static str {
        "FlatGeobuf"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["fgb"]
    }

    fn is_it(&self, _input: &Input, head: &[u8]) -> bool {
        // Of any version: another one is refused by its number.
        head.starts_with(b"fgb") && head.get(4..7) == Some(b"fgb")
    }

    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        times(input.size(), 1.6)
    }

    fn layers(&self, input: &Input, _hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let bytes = input.open()?;
        let header = Header::read(bytes.as_ref())?;
        let look = read::look(bytes.as_ref(), &header)?;
        let mut info = header.info(bytes.as_ref(), look.is_table);
        if info.name.is_empty() {
            info.name = input.stem().to_owned();
        }
        Ok(vec![info])
    }

    fn read(
        &self,
        input: &Input,
        _layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let bytes = input.open()?;
        let header = Header::read(bytes.as_ref())?;
        let name = if header.name.is_empty() { input.stem() } else { &header.name };
        read::read(bytes.as_ref(), &header, name, hints, sink, progress)
    }
}

impl WriteFormat for FlatGeobuf {
    fn most_fields(&self) -> usize {
        header::MOST_COLUMNS
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
        let mut file = std::io::BufWriter::with_capacity(1 << 20, out.create(name)?);
        write::write_all(rows, stem, &mut file, progress)
    }
}
