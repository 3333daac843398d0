//! WKT and EWKT: one geometry, and files of them, one a line.

mod parse;
#[cfg(test)]
mod tests;
mod write;

pub use parse::{WktError, WktFault, WktRead, looks_like_wkt, read_wkt};
pub use write::write_wkt;

use super::text::{TextStream, detect};
use super::{
    Format, FormatError, FormatPlace, Input, LayerInfo, Loss, Note, Output, RawGeometry, RawKind, ReadHints, RowSink,
    RowSource, Schema, WriteFormat,
};
use crate::i18n::{Said, tr};
use crate::progress::Progress;

/// The longest text of one geometry.
const LONGEST: usize = 256 << 20;

/// Files of WKT or EWKT, one geometry a line; a geometry may go over several lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wkt;

impl WktError {
    /// What is wrong, where in the text, and the way out where there is one.
    pub fn said(&self) -> Said {
        let byte = self.byte + 1;
        Said::told(|lang| match self.fault {
            WktFault::Syntax => tr!(lang, "format.wkt.syntax", byte = byte).into_owned(),
            WktFault::CutOff => tr!(lang, "format.wkt.cut_off").into_owned(),
            WktFault::Curve => tr!(lang, "format.wkt.curve").into_owned(),
            WktFault::Mixed => tr!(lang, "format.wkt.mixed", byte = byte).into_owned(),
            WktFault::Number => tr!(lang, "format.wkt.number", byte = byte).into_owned(),
            WktFault::Deep => tr!(lang, "format.wkt.deep").into_owned(),
        })
    }
}

/// The geometries of a file, one after the other.
struct Statements<'a> {
    stream: TextStream<'a>,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    ended: bool,
}

impl Statements<'_> {
    /// The next geometry's text and the line it begins on; `None` at the end.
    fn next(&mut self, progress: &Progress) -> Result<Option<(String, u64)>, FormatError> {
        let (mut looked, mut depth, mut begun, mut first) = (self.at, 0_i64, false, self.line);
        loop {
            while let Some(byte) = self.buffer.get(looked) {
                looked += 1;
                match byte {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    b'\n' => {
                        self.line += 1;
                        if begun && depth <= 0 {
                            return Ok(Some((self.take(looked), first)));
                        }
                    }
                    byte if byte.is_ascii_whitespace() => {}
                    _ if !begun => (begun, first) = (true, self.line),
                    _ => {}
                }
            }
            if self.ended {
                let text = self.take(looked);
                return Ok(begun.then_some((text, first)));
            }
            if looked - self.at > LONGEST {
                let said = Said::told(|lang| tr!(lang, "format.wkt.too_long").into_owned());
                return Err(FormatError::refused(said).at(FormatPlace::Line(first)));
            }
            self.buffer.drain(..self.at);
            looked -= self.at;
            self.at = 0;
            let want = self.buffer.len();
            let read = self.stream.more(want, &mut self.buffer)?;
            progress.advance(read)?;
            self.ended = read == 0;
        }
    }

    fn take(&mut self, to: usize) -> String {
        let text = String::from_utf8_lossy(&self.buffer[self.at..to]).trim().to_owned();
        self.at = to;
        text
    }
}

impl Format for Wkt {
    fn name(&self) -> &'static str {
        "WKT"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["wkt", "ewkt"]
    }

    fn is_it(&self, _input: &Input, head: &[u8]) -> bool {
        let valid = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(fault) => std::str::from_utf8(&head[..fault.valid_up_to()]).unwrap_or_default(),
        };
        looks_like_wkt(valid)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let bytes = input.open()?;
        let progress = Progress::default();
        let encoding = detect(&*bytes, hints.encoding.as_deref(), 1 << 20, &progress)?;
        let stream = TextStream::new(&*bytes, &encoding);
        let mut statements = Statements { stream, buffer: Vec::new(), at: 0, line: 1, ended: false };
        let mut geometry = RawGeometry::new(RawKind::Collection);
        let (mut kinds, mut crs) = (Vec::new(), None);
        for _ in 0..100 {
            let Some((text, _)) = statements.next(&progress)? else { break };
            if let Ok(read) = read_wkt(&text, &mut geometry) {
                if !kinds.contains(&geometry.kind) {
                    kinds.push(geometry.kind);
                }
                crs = crs.or(read.srid);
            }
        }
        let crs = crs.map(|srid| format!("EPSG:{srid}"));
        Ok(vec![LayerInfo { name: String::new(), title: None, kinds, is_table: false, rows: None, crs }])
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
        progress.start(bytes.len().saturating_mul(2));
        let encoding = detect(&*bytes, hints.encoding.as_deref(), u64::MAX, progress)?;
        let stream = TextStream::new(&*bytes, &encoding);
        let mut statements = Statements { stream, buffer: Vec::new(), at: 0, line: 1, ended: false };
        let mut geometry = RawGeometry::new(RawKind::Collection);
        let mut schema = Schema { encoding: Some(encoding.name()), ..Schema::default() };
        let (mut row, mut srid, mut good) = (0, None, 0_u64);
        let mut first_fault = None;
        while let Some((text, line)) = statements.next(progress)? {
            let read = read_wkt(&text, &mut geometry);
            if row == 0 {
                srid = read.ok().and_then(|read| read.srid);
                schema.crs = srid.map(|srid| format!("EPSG:{srid}"));
                sink.schema(&schema)?;
                encoding.notes().into_iter().for_each(|note| sink.note(note));
            }
            let mut tell = |said: Said, kind| sink.note(Note { row: Some(row), said, kind, is_doubt: true });
            let is_good = match read {
                Ok(WktRead { srid: Some(other), .. }) if srid.is_some_and(|srid| srid != other) => {
                    tell(
                        Said::told(|lang| tr!(lang, "format.wkt.other_srid", line = line, srid = other).into_owned()),
                        "format.wkt.other_srid",
                    );
                    false
                }
                Ok(WktRead { closed, .. }) => {
                    if closed > 0 {
                        tell(
                            Said::told(|lang| tr!(lang, "format.wkt.closed", n = closed).into_owned()),
                            "format.wkt.closed",
                        );
                    }
                    true
                }
                Err(fault)
                    if fault.fault == WktFault::CutOff
                        && statements.ended
                        && statements.at >= statements.buffer.len() =>
                {
                    return Err(FormatError::refused(fault.said()).at(FormatPlace::Line(line)));
                }
                Err(fault) => {
                    let why = fault.said();
                    first_fault.get_or_insert((line, why.clone()));
                    tell(
                        Said::told(|lang| {
                            tr!(lang, "format.wkt.unread", line = line, why = why.text(lang)).into_owned()
                        }),
                        "format.wkt.unread",
                    );
                    false
                }
            };
            good += u64::from(is_good);
            sink.row(None, &[], is_good.then_some(&geometry))?;
            row += 1;
        }
        if row == 0 {
            sink.schema(&schema)?;
        }
        match first_fault {
            Some((line, said)) if good == 0 => Err(FormatError::refused(said).at(FormatPlace::Line(line))),
            _ => Ok(()),
        }
    }
}

impl WriteFormat for Wkt {
    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let fields = rows.schema().fields.iter();
        let mut losses: Vec<Loss> = fields
            .map(|field| Loss {
                what: Said::told(|lang| tr!(lang, "format.wkt.no_fields", name = field.name).into_owned()),
                field: Some(field.name.clone()),
            })
            .collect();
        if rows.crs_definition().1.is_none() {
            losses.push(Loss { what: Said::told(|lang| tr!(lang, "format.wkt.no_system").into_owned()), field: None });
        }
        losses
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        progress.start(rows.len() as u64);
        let mut file = std::io::BufWriter::with_capacity(1 << 16, out.create(name)?);
        let prefix = rows.crs_definition().1.map_or(String::new(), |epsg| format!("SRID={epsg};"));
        let mut line = String::new();
        rows.each(&mut |_, geometry| {
            use std::io::Write as _;
            line.clear();
            line.push_str(&prefix);
            match geometry {
                Some(geometry) => write_wkt(geometry, &mut line),
                None => line.push_str("GEOMETRYCOLLECTION EMPTY"),
            }
            line.push('\n');
            file.write_all(line.as_bytes())?;
            Ok(progress.advance(1)?)
        })?;
        Ok(std::io::Write::flush(&mut file)?)
    }
}
