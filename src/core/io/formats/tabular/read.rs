//! Reads a grid as a layer: a look at its head, a pass over all cells for their kinds, a pass that gives the rows.

use super::columns::{ColumnScan, cell};
use super::header::{Header, SampleRow, find_header};
use super::notes::RowNotes;
use super::{Flow, Grid, GridRow, Raw};
use crate::i18n::{Said, tr};
use crate::io::formats::positions::{Candidate, Choice, FaultKind, Placed, Placing, PositionScan, choose, decide};
use crate::io::formats::{Cell, Field, FieldKind, FormatError, Note, RawGeometry, RawKind, ReadHints, RowSink, Schema};
use crate::model::GeometryKind;
use crate::vocabulary::{folded, phrases};

/// Rows of the sample.
const SAMPLE_ROWS: usize = 1000;
/// Bytes of the sample's texts, about.
const SAMPLE_BYTES: usize = 8 << 20;

/// What a pass over a grid shows.
pub struct Survey {
    /// Titles, names, where the data begin.
    pub header: Header,
    /// Each column.
    pub columns: Vec<ColumnScan>,
    /// The columns that are kept, and their fields.
    pub kept: Vec<(usize, Field)>,
    /// Rows of data that are not empty.
    pub rows: u64,
    /// How positions are told.
    pub placing: Option<Placing>,
    /// The geometry types that are to come.
    pub kinds: Vec<RawKind>,
    /// The system that something names.
    pub crs: Option<String>,
    /// What must be said of the whole.
    pub notes: Vec<Note>,
}

impl Survey {
    /// What a sink is told.
    pub fn schema(&self, grid: &dyn Grid) -> Schema {
        Schema {
            name: grid.name(),
            title: None,
            fields: self.kept.iter().map(|(_, field)| field.clone()).collect(),
            crs: self.crs.clone(),
            encoding: grid.encoding(),
            has_ids: false,
            is_table: self.placing.is_none(),
            rows: Some(self.rows),
        }
    }
}

fn sample(grid: &dyn Grid) -> Result<Vec<SampleRow>, FormatError> {
    let mut sample = Vec::new();
    let mut bytes = 0;
    grid.rows(&mut |row| {
        let cells: Vec<Raw<'static>> = row.cells.iter().map(|raw| raw.clone().into_owned()).collect();
        bytes += cells.iter().map(|raw| if let Raw::Text(text) = raw { text.len() + 24 } else { 24 }).sum::<usize>();
        sample.push(SampleRow { index: row.index, line: row.line, cells });
        Ok(if sample.len() >= SAMPLE_ROWS || bytes > SAMPLE_BYTES { Flow::Stop } else { Flow::On })
    })?;
    Ok(sample)
}

/// The columns that the planner named: one with WKT or with both numbers, x and y, or degrees, minutes and seconds of both.
fn by_hand(names: &[String], wanted: &[String], sample: &[Vec<Raw<'_>>]) -> Result<Candidate, FormatError> {
    let mut columns = Vec::new();
    for name in wanted {
        let Some(column) = names.iter().position(|other| other == name.trim()) else {
            let all = names.join("、");
            let said = Said::told(|lang| tr!(lang, "format.table.no_column", name = name, names = all).into_owned());
            return Err(FormatError::refused(said));
        };
        columns.push(column);
    }
    let candidate = match columns[..] {
        [column] => {
            let cells = || sample.iter().filter_map(|cells| cells.get(column)).filter(|raw| !raw.is_blank());
            let wkt = cells().filter(|raw| crate::io::formats::wkt::looks_like_wkt(&raw.shown())).count();
            match wkt * 2 >= cells().count() {
                true => Candidate::Wkt { column },
                false => Candidate::Single { column, latitude_first: None },
            }
        }
        [x, y] => Candidate::Pair { x, y, named: crate::io::formats::positions::Named::EastNorth },
        [a, b, c, d, e, f] => Candidate::Parts { x: [a, b, c], y: [d, e, f] },
        _ => {
            let said = Said::told(|lang| tr!(lang, "format.table.column_number", n = wanted.len()).into_owned());
            return Err(FormatError::refused(said));
        }
    };
    Ok(candidate)
}

/// Looks through a grid: the header, the kinds of all columns, positions. `limit` rows of data at most.
///
/// # Errors
/// Where the file is damaged; where a column named by hand is not there.
pub fn survey(grid: &dyn Grid, hints: &ReadHints, limit: u64) -> Result<Survey, FormatError> {
    let sample = sample(grid)?;
    let header = find_header(&sample, grid.merges());
    let body: Vec<Vec<Raw<'_>>> =
        sample.into_iter().filter(|row| row.index >= header.data).map(|row| row.cells).collect();
    let wanted = hints.columns.as_ref().filter(|wanted| !wanted.is_empty());
    let choice = match wanted {
        Some(wanted) => Choice { chosen: Some(by_hand(&header.names, wanted, &body)?), ..Choice::default() },
        None => choose(&header.names, &body),
    };
    drop(body);
    let mut columns = vec![ColumnScan::default(); header.names.len()];
    let mut position = choice.chosen.clone().map(PositionScan::new);
    let (mut rows, mut blank) = (0, 0_u64);
    let is_text = grid.is_text();
    grid.rows(&mut |row| {
        if row.index < header.data {
            return Ok(Flow::On);
        }
        if row.cells.iter().all(Raw::is_blank) {
            blank += 1;
            return Ok(Flow::On);
        }
        if row.cells.len() > columns.len() {
            // Empty cells behind the last column are no columns.
            let width = row.cells.iter().rposition(|raw| !raw.is_blank()).map_or(0, |at| at + 1);
            columns.resize(columns.len().max(width), ColumnScan::default());
        }
        for (column, raw) in columns.iter_mut().zip(row.cells) {
            column.see(raw, row.line, is_text);
        }
        if let Some(position) = &mut position {
            position.see(row.cells);
        }
        rows += 1;
        Ok(if rows >= limit { Flow::Stop } else { Flow::On })
    })?;
    let mut survey = Survey {
        header,
        columns,
        kept: Vec::new(),
        rows,
        placing: None,
        kinds: Vec::new(),
        crs: None,
        notes: grid.notes(),
    };
    survey.settle(grid, position, &choice.others, wanted.is_some());
    if let Some(column) = choice.unread {
        let name = survey.header.names.get(column).cloned().unwrap_or_default();
        survey
            .tell("format.position.no_wkt", true, |lang| tr!(lang, "format.position.no_wkt", name = name).into_owned());
    }
    survey.say(grid, blank);
    Ok(survey)
}

impl Survey {
    fn settle(&mut self, grid: &dyn Grid, position: Option<PositionScan>, others: &[Candidate], by_hand: bool) {
        let position = position.filter(|position| by_hand || position.read() + position.failed > 0 || self.rows == 0);
        let mut dropped = None;
        if let Some(position) = position {
            let mut words: Vec<String> = self.header.titles.clone();
            words.extend(grid.words());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let decided = decide(&position, &self.header.names, &words, by_hand);
            self.crs = decided.crs;
            let is_wkt = matches!(position.candidate, Candidate::Wkt { .. });
            self.kinds = if is_wkt { position.kinds.clone() } else { vec![RawKind::Simple(GeometryKind::Point)] };
            // What was read whole is the geometry and needs no second place.
            if let Candidate::Wkt { column } = position.candidate {
                dropped = (position.failed == 0).then_some(column);
            }
            self.placing = Some(decided.placing);
            self.notes.extend(decided.notes);
            if !others.is_empty() {
                let shown = |candidate: &Candidate| self.named(candidate);
                let other = others.iter().map(shown).collect::<Vec<_>>().join("；");
                let taken = self.named(&position.candidate);
                self.tell("format.position.others", true, |lang| {
                    tr!(lang, "format.position.others", taken = taken, other = other).into_owned()
                });
            }
        }
        let names = &self.header.names;
        let name = |column: usize| names.get(column).cloned().unwrap_or_default();
        let is_kept = |column: &usize| {
            dropped != Some(*column) && !(name(*column).is_empty() && self.columns[*column].filled == 0)
        };
        let fields = (0..self.columns.len()).filter(is_kept);
        self.kept = fields.map(|column| (column, Field::new(name(column), self.columns[column].kind()))).collect();
        // A table without a header has no column that is only named.
        if self.header.line.is_none() {
            self.kept.retain(|(column, _)| self.columns[*column].filled > 0);
        }
    }

    fn named(&self, candidate: &Candidate) -> String {
        let name = |column: usize| self.header.names.get(column).cloned().unwrap_or_default();
        match candidate {
            Candidate::Pair { x, y, .. } => format!("{}、{}", name(*x), name(*y)),
            Candidate::Parts { x, y } => format!("{}…、{}…", name(x[0]), name(y[0])),
            Candidate::Single { column, .. } | Candidate::Wkt { column } => name(*column),
        }
    }

    fn tell(&mut self, kind: &'static str, is_doubt: bool, say: impl Fn(crate::i18n::Lang) -> String) {
        self.notes.push(Note { row: None, said: Said::told(say), kind, is_doubt });
    }

    /// What must be said of the header and the columns.
    fn say(&mut self, grid: &dyn Grid, blank: u64) {
        let titles = self.header.titles.join("；");
        if !titles.is_empty() {
            self.tell("format.table.titles", false, |lang| {
                tr!(lang, "format.table.titles", text = titles).into_owned()
            });
        }
        match (self.header.line, self.header.depth) {
            (None, _) if self.rows > 0 => {
                self.tell("format.table.no_header", true, |lang| tr!(lang, "format.table.no_header").into_owned());
            }
            (Some(_), 2..) => {
                let n = self.header.depth;
                self.tell("format.table.header_lines", false, |lang| {
                    tr!(lang, "format.table.header_lines", n = n).into_owned()
                });
            }
            _ => {}
        }
        if self.rows == 0 && self.header.line.is_some() {
            self.tell("format.table.only_header", true, |lang| tr!(lang, "format.table.only_header").into_owned());
        }
        if blank > 0 {
            self.tell("format.table.blank_rows", false, |lang| {
                tr!(lang, "format.table.blank_rows", n = blank).into_owned()
            });
        }
        let mut seen = std::collections::HashSet::new();
        for (column, field) in self.kept.clone() {
            let name = if field.name.is_empty() { super::letters(column) } else { field.name.clone() };
            if field.name.is_empty() {
                self.tell("format.table.unnamed", true, |lang| {
                    tr!(lang, "format.table.unnamed", column = name).into_owned()
                });
            } else if !seen.insert(field.name.clone()) {
                self.tell("format.table.same_name", true, |lang| {
                    tr!(lang, "format.table.same_name", name = name).into_owned()
                });
            }
            let scan = self.columns[column].clone();
            if scan.is_nearly_numbers() {
                let (line, text) = scan.first_other.clone().unwrap_or_default();
                let n = scan.filled - scan.numbers;
                let place = grid.place(line, column);
                self.tell("format.table.nearly_numbers", true, |lang| {
                    let place = place.text(lang);
                    tr!(lang, "format.table.nearly_numbers", name = name, n = n, place = place, text = text)
                        .into_owned()
                });
            }
            if let Some(line) = scan.lost_digits {
                let place = grid.place(line, column);
                self.tell("format.table.lost_digits", true, |lang| {
                    tr!(lang, "format.table.lost_digits", name = name, place = place.text(lang)).into_owned()
                });
            }
            if scan.protected > 0 {
                self.tell("format.table.protected", false, |lang| {
                    tr!(lang, "format.table.protected", name = name, n = scan.protected).into_owned()
                });
            }
            if scan.padded > 0 {
                self.tell("format.table.padded", false, |lang| {
                    tr!(lang, "format.table.padded", name = name).into_owned()
                });
            }
        }
    }
}

/// True where a row sums up those above: its first text is 合计 or the like.
fn is_total(cells: &[Raw<'_>]) -> bool {
    let Some(Raw::Text(text)) = cells.iter().find(|raw| !raw.is_blank()) else { return false };
    if text.len() > 40 {
        return false;
    }
    let word: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ':' | '：')).collect();
    phrases().cells.totals.has(&folded(&word))
}

/// Reads a grid into a sink.
///
/// # Errors
/// Where the file is damaged; those of the sink.
pub fn read_grid(grid: &dyn Grid, hints: &ReadHints, sink: &mut dyn RowSink) -> Result<(), FormatError> {
    let survey = survey(grid, hints, u64::MAX)?;
    sink.schema(&survey.schema(grid))?;
    survey.notes.iter().cloned().for_each(|note| sink.note(note));
    let mut notes = RowNotes::default();
    give(grid, &survey, u64::MAX, &mut notes, sink, &mut |_, _, _| {})?;
    notes.finish(sink);
    Ok(())
}

/// Gives `limit` rows of data to a sink; `failed` hears of positions that cannot be read: line, column, what.
pub(super) fn give(
    grid: &dyn Grid,
    survey: &Survey,
    limit: u64,
    notes: &mut RowNotes,
    sink: &mut dyn RowSink,
    failed: &mut dyn FnMut(u64, usize, &Said),
) -> Result<(), FormatError> {
    let mut geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    let named = survey.header.width;
    let mut row_number = 0_usize;
    grid.rows(&mut |row| {
        if row.index < survey.header.data || row.cells.iter().all(Raw::is_blank) {
            return Ok(Flow::On);
        }
        let number = row_number;
        row_number += 1;
        let cells: Vec<Cell<'_>> = survey
            .kept
            .iter()
            .map(|(column, field)| row.cells.get(*column).map_or(Cell::Null, |raw| cell(raw, field.kind)))
            .collect();
        let mut has_geometry = false;
        if let Some(placing) = &survey.placing {
            let outcome = placing.place(row.cells, &mut geometry);
            let mut tell = |kind, doubt, said: Said| notes.tell(sink, number, kind, doubt, || said);
            match outcome {
                Ok(Placed::Yes) => has_geometry = true,
                Ok(placed @ (Placed::Closed | Placed::Zero)) => {
                    has_geometry = true;
                    let line = row.line;
                    if placed == Placed::Zero {
                        let said = Said::told(|lang| tr!(lang, "format.position.zero", line = line).into_owned());
                        tell("format.position.zero", true, said);
                    } else {
                        let said = Said::told(|lang| tr!(lang, "format.position.closed", line = line).into_owned());
                        tell("format.position.closed", true, said);
                    }
                }
                Ok(Placed::Blank) => {
                    let line = row.line;
                    let said = Said::told(|lang| tr!(lang, "format.position.blank", line = line).into_owned());
                    failed(line, 0, &said);
                    tell("format.position.blank", true, said);
                }
                Err(fault) => {
                    let said = fault_said(grid, row, fault.column, fault.kind);
                    failed(row.line, fault.column, &said);
                    tell(fault.kind.key(), true, said);
                }
            }
        }
        tell_row(grid, survey, row, number, named, notes, sink);
        sink.row(None, &cells, has_geometry.then_some(&geometry))?;
        Ok(if row_number as u64 >= limit { Flow::Stop } else { Flow::On })
    })
}

fn fault_said(grid: &dyn Grid, row: &GridRow<'_>, column: usize, kind: FaultKind) -> Said {
    let shown = row.cells.get(column).map_or(String::new(), |raw| raw.shown().chars().take(60).collect());
    kind.said(&grid.place(row.line, column), &shown)
}

/// What must be said of a row other than its position.
fn tell_row(
    grid: &dyn Grid,
    survey: &Survey,
    row: &GridRow<'_>,
    number: usize,
    named: usize,
    notes: &mut RowNotes,
    sink: &mut dyn RowSink,
) {
    let line = row.line;
    if grid.is_text() && row.cells.len() != named && survey.header.line.is_some() {
        let n = row.cells.len();
        if n > named && row.cells[named..].iter().any(|raw| !raw.is_blank()) {
            notes.tell(sink, number, "format.table.long_row", true, || {
                Said::told(|lang| tr!(lang, "format.table.long_row", line = line, n = n, named = named).into_owned())
            });
        } else if n < named {
            notes.tell(sink, number, "format.table.short_row", true, || {
                Said::told(|lang| tr!(lang, "format.table.short_row", line = line, n = n, named = named).into_owned())
            });
        }
    }
    if row.is_odd {
        notes.tell(sink, number, "format.table.odd_quote", true, || {
            Said::told(|lang| tr!(lang, "format.table.odd_quote", line = line).into_owned())
        });
    }
    if row.is_filled {
        notes.tell(sink, number, "format.table.filled", true, || {
            Said::told(|lang| tr!(lang, "format.table.filled", line = line).into_owned())
        });
    }
    if is_total(row.cells) {
        notes.tell(sink, number, "format.table.total", true, || {
            Said::told(|lang| tr!(lang, "format.table.total", line = line).into_owned())
        });
    }
    for (column, scan) in survey.columns.iter().enumerate().filter(|(_, scan)| scan.nulls > 0) {
        let Some(raw) = row.cells.get(column) else { continue };
        let is_lost = match raw {
            Raw::Error(_) => true,
            Raw::Text(text) if grid.is_text() => {
                let is_number = matches!(scan.kind(), FieldKind::Integer | FieldKind::Real | FieldKind::Decimal);
                is_number && super::lex(text) == super::Lex::NonFinite
            }
            _ => false,
        };
        if is_lost {
            let place = grid.place(line, column);
            let shown = raw.shown().into_owned();
            notes.tell(sink, number, "format.table.no_value", true, || {
                Said::told(|lang| {
                    tr!(lang, "format.table.no_value", place = place.text(lang), text = shown).into_owned()
                })
            });
        }
    }
}
