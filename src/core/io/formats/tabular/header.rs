//! Where a table begins: titles above it, a header of one or more lines, or none.

use super::lex::{Lex, lex};
use super::{Merge, Raw};
use crate::io::formats::positions::read_angle;
use crate::io::formats::wkt::looks_like_wkt;

/// Lines of a header, at most.
const DEPTH: usize = 4;
/// Lines of titles above it, at most.
const TITLES: usize = 20;

/// A row of the sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRow {
    /// As [`super::GridRow::index`].
    pub index: u64,
    /// As [`super::GridRow::line`].
    pub line: u64,
    /// Its cells.
    pub cells: Vec<Raw<'static>>,
}

/// What stands above the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// The names of the columns; `field_1` and so on where the table has none.
    pub names: Vec<String>,
    /// Texts above the header.
    pub titles: Vec<String>,
    /// The line of the header, its first where it has several; `None` where there is none.
    pub line: Option<u64>,
    /// Lines of the header.
    pub depth: usize,
    /// Cells of its longest line.
    pub width: usize,
    /// The index of the first row of data.
    pub data: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Blank,
    Number,
    Moment,
    Geometry,
    Text,
}

fn class(raw: &Raw<'_>) -> Class {
    match raw {
        Raw::Empty | Raw::Error(_) => Class::Blank,
        Raw::Number(_) | Raw::Padded(..) | Raw::Bool(_) => Class::Number,
        Raw::Moment(_) | Raw::Time(_) => Class::Moment,
        Raw::Text(text) => match lex(text) {
            Lex::Blank => Class::Blank,
            Lex::Integer | Lex::Real | Lex::Decimal | Lex::NonFinite | Lex::Code | Lex::Bool => Class::Number,
            Lex::Date | Lex::DateTime => Class::Moment,
            Lex::Other if looks_like_wkt(text) => Class::Geometry,
            Lex::Other if text.starts_with(|c: char| c.is_ascii_digit()) && read_angle(text).is_some() => Class::Number,
            Lex::Other => Class::Text,
        },
    }
}

fn filled(cells: &[Raw<'_>]) -> usize {
    cells.iter().filter(|raw| !raw.is_blank()).count()
}

fn is_year(raw: &Raw<'_>) -> bool {
    let shown = raw.shown();
    shown.trim().len() == 4 && shown.trim().parse::<u32>().is_ok_and(|year| (1900..=2100).contains(&year))
}

/// Finds the header in the first rows of a table. `merges` are merged cells, where the format has them.
pub fn find_header(sample: &[SampleRow], merges: &[Merge]) -> Header {
    let rows: Vec<&SampleRow> = sample.iter().take(64).filter(|row| filled(&row.cells) > 0).collect();
    let Some(first) = rows.first() else { return Header::default() };
    let mut widths: Vec<usize> = rows.iter().map(|row| filled(&row.cells)).collect();
    widths.sort_unstable();
    let typical = widths[widths.len() / 2];
    let need = (typical * 6).div_ceil(10).max(1);
    let mut at = rows.iter().take(TITLES).position(|row| filled(&row.cells) >= need).unwrap_or(0);
    // The upper line of a header may hold few cells: groups over the names below.
    while at > 0 && is_group_line(rows[at - 1], rows[at], merges) {
        at -= 1;
    }
    let below = &rows[(at + 1).min(rows.len())..];
    let titles = rows[..at].iter().flat_map(|row| &row.cells).filter(|raw| !raw.is_blank());
    let mut titles: Vec<String> = titles.map(|raw| one_line(&raw.shown())).collect();
    titles.dedup();
    let width = sample.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    if !is_header(rows[at], below) {
        let names = (1..=width).map(|n| format!("field_{n}")).collect();
        return Header {
            names,
            titles,
            line: None,
            depth: 0,
            width,
            data: if at == 0 { first.index } else { rows[at].index },
        };
    }
    let depth = depth(&rows[at..], merges);
    let lines = &rows[at..at + depth];
    let names = names(lines, merges, width);
    let data = lines.last().map_or(0, |row| row.index + 1);
    let own = lines.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    Header { names, titles, line: Some(rows[at].line), depth, width: own, data }
}

/// A text on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True where a row of titles is the upper line of a header: several short texts, the first column among them, none a remark.
fn is_group_line(upper: &SampleRow, lower: &SampleRow, merges: &[Merge]) -> bool {
    let texts: Vec<(usize, &Raw<'_>)> = upper.cells.iter().enumerate().filter(|(_, raw)| !raw.is_blank()).collect();
    let is_name = |raw: &Raw<'_>| {
        class(raw) == Class::Text && raw.shown().chars().count() <= 12 && !raw.shown().contains([':', '：'])
    };
    let wide = merges.iter().filter(|merge| merge.rows.0 == upper.index && merge.columns.1 > merge.columns.0).count();
    let first = lower.cells.iter().position(|raw| !raw.is_blank());
    texts.len() >= 2
        && texts.iter().all(|(_, raw)| is_name(raw))
        && lower.cells.iter().all(|raw| matches!(class(raw), Class::Blank | Class::Text))
        && first.is_some_and(|first| texts[0].0 <= first)
        && (merges.is_empty() || wide > 0)
}

/// True where a row names columns: no cell of it is what the cells below are, unless all are texts.
fn is_header(row: &SampleRow, below: &[&SampleRow]) -> bool {
    let mut years = 0;
    let mut values = 0;
    let mut texts = 0;
    for (column, raw) in row.cells.iter().enumerate() {
        match class(raw) {
            Class::Blank => {}
            Class::Text => texts += 1,
            Class::Geometry => return false,
            own => {
                let cells = || below.iter().filter_map(|row| row.cells.get(column)).filter(|raw| !raw.is_blank());
                let same = cells().filter(|raw| class(raw) == own).count();
                // A header of years over numbers that are none.
                let over_years = cells().filter(|raw| is_year(raw)).count();
                if is_year(raw) && over_years * 2 <= same {
                    years += 1;
                } else if own == Class::Moment && same == 0 && cells().next().is_some() {
                    texts += 1;
                } else {
                    values += 1;
                }
            }
        }
    }
    values == 0 && (texts > 0 || (years > 1 && !below.is_empty()))
}

/// Lines of the header that begins with the first of these rows.
fn depth(rows: &[&SampleRow], merges: &[Merge]) -> usize {
    let mut depth = 1;
    while depth < DEPTH.min(rows.len()) {
        let (upper, lower) = (rows[depth - 1], rows[depth]);
        let of_upper = |merge: &&Merge| merge.rows.0 == upper.index;
        let spans_down = merges.iter().any(|merge| merge.rows.0 <= upper.index && merge.rows.1 >= lower.index);
        let spans_right = merges.iter().filter(of_upper).any(|merge| merge.columns.1 > merge.columns.0);
        let are_names = lower.cells.iter().all(|raw| matches!(class(raw), Class::Blank | Class::Text));
        let goes_on = if merges.is_empty() {
            is_second_line(upper, lower)
        } else {
            // Cells merged down into the row below, or groups over names of their own.
            are_names && lower.index == upper.index + 1 && (spans_down || spans_right)
        };
        if !goes_on {
            break;
        }
        depth += 1;
    }
    depth
}

/// Without merged cells: the lower line names exactly what the upper one groups, and nothing else. That is: its cells lie
/// below a text of the upper line that has empty cells behind it, or below those empty cells.
fn is_second_line(upper: &SampleRow, lower: &SampleRow) -> bool {
    let has = |row: &SampleRow, column: usize| row.cells.get(column).is_some_and(|raw| !raw.is_blank());
    let width = upper.cells.len().max(lower.cells.len());
    let (mut groups, mut singles) = (0, 0);
    let mut column = 0;
    while column < width {
        let mut end = column + 1;
        while end < width && !has(upper, end) && has(lower, end) {
            end += 1;
        }
        match (has(upper, column), end - column > 1, has(lower, column)) {
            (true, true, true) => groups += 1,
            (true, false, false) => singles += 1,
            (false, false, false) => {}
            _ => return false,
        }
        column = end;
    }
    groups > 0 && singles > 0 && lower.cells.iter().all(|raw| matches!(class(raw), Class::Blank | Class::Text))
}

/// The names of all columns: the texts of the header's lines from above, each once.
fn names(lines: &[&SampleRow], merges: &[Merge], width: usize) -> Vec<String> {
    let text =
        |row: &SampleRow, column: usize| row.cells.get(column).map_or(String::new(), |raw| one_line(&raw.shown()));
    let upper = |line: usize, column: usize| -> String {
        let row = lines[line];
        let own = text(row, column);
        if !own.is_empty() {
            return own;
        }
        let over = |merge: &&Merge| {
            (merge.rows.0..=merge.rows.1).contains(&row.index) && (merge.columns.0..=merge.columns.1).contains(&column)
        };
        if let Some(merge) = merges.iter().find(over) {
            let top = lines.iter().find(|row| row.index == merge.rows.0);
            return top.map_or(String::new(), |row| text(row, merge.columns.0));
        }
        // Groups without merged cells: the text to the left, where a name stands below.
        if merges.is_empty() && line + 1 < lines.len() && !text(lines[line + 1], column).is_empty() {
            return (0..column).rev().map(|left| text(row, left)).find(|text| !text.is_empty()).unwrap_or_default();
        }
        String::new()
    };
    (0..width)
        .map(|column| {
            let mut parts: Vec<String> = (0..lines.len()).map(|line| upper(line, column)).collect();
            parts.retain(|part| !part.is_empty());
            parts.dedup();
            parts.join(" ")
        })
        .collect()
}
