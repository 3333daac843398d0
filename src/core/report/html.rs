//! Documents in HTML: one file with everything in it, readable on screen and printed to A4.

use crate::i18n::Lang;
use crate::io::mark::GENERATOR;
use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What every document looks like: the window's colours, tables that break between rows.
const STYLE: &str = include_str!("../../../assets/report.css");

/// A table: headings, and rows of cells; columns of numbers stand to the right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Headings, and whether the column holds numbers.
    pub columns: Vec<(String, bool)>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table; nothing where it has no rows.
    pub fn markup(&self) -> Markup {
        self.folded(usize::MAX, "")
    }

    /// The table, of which so many rows are shown on screen until a reader unfolds it under `summary`. All of it is printed.
    pub fn folded(&self, shown: usize, summary: &str) -> Markup {
        let class = |number: bool| if number { "n" } else { "" };
        // Words of a few letters are not broken; codes on paper alone, where they must; hashes and the ids of pairs anywhere.
        let of_cell = |cell: &str, number: bool| match cell.chars().count() {
            _ if number => class(number),
            ..=8 => "s",
            letters if cell.is_ascii() && !cell.contains(' ') => match letters {
                ..=24 => "c",
                _ => "l",
            },
            _ => "",
        };
        let row = |row: &Vec<String>| {
            html! {
                tr { @for (cell, (_, number)) in row.iter().zip(&self.columns) {
                    td class=[Some(of_cell(cell, *number)).filter(|class| !class.is_empty())] { (cell) }
                } }
            }
        };
        let is_titled = self.columns.iter().any(|(title, _)| !title.is_empty());
        let (first, rest) = self.rows.split_at(shown.min(self.rows.len()));
        html! {
            @if !rest.is_empty() { details class="rows" { summary { (summary) } } }
            @if !self.rows.is_empty() {
                table {
                    @if is_titled {
                        thead { tr { @for (title, number) in &self.columns { th class=(class(*number)) { (title) } } } }
                    }
                    tbody { @for one in first { (row(one)) } }
                    @if !rest.is_empty() { tbody class="rest" { @for one in rest { (row(one)) } } }
                }
            }
        }
    }
}

/// A picture that stands in the document itself.
pub fn picture(png: &[u8], what: &str) -> Markup {
    let data = base64::engine::general_purpose::STANDARD.encode(png);
    html! { figure { img src=(format!("data:image/png;base64,{data}")) alt=(what); } }
}

/// A whole document.
pub fn document(title: &str, lang: Lang, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // What has it may be written over by the next report of the same name.
                meta name="generator" content=(format!("{GENERATOR} {}", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_folded_are_all_there() {
        let rows = |n: usize| (0..n).map(|i| vec![format!("row {i}")]).collect();
        let of = |n: usize| Table { columns: vec![("a".into(), false)], rows: rows(n) }.folded(3, "9").into_string();
        let text = of(5);
        assert!(text.starts_with("<details class=\"rows\"><summary>9</summary></details><table>"), "{text}");
        assert!((0..5).all(|i| text.contains(&format!("row {i}"))) && text.matches("<thead>").count() == 1);
        let (first, rest) = text.split_once("<tbody class=\"rest\">").expect("folded");
        assert_eq!((first.matches("<td").count(), rest.matches("<td").count()), (3, 2));
        assert!(!of(3).contains("details") && !of(3).contains("rest") && of(0).is_empty());
        // What hides them hides nothing on paper.
        let hides = STYLE.find("tbody.rest").expect("a rule");
        assert!(STYLE[..hides].rfind("@media screen") > STYLE[..hides].rfind("@media print"));
    }

    #[test]
    fn what_planners_write_stays_text() {
        let table = Table {
            columns: vec![("<名称>".into(), false), ("n".into(), true)],
            rows: vec![vec!["<script>alert(1)</script>".into(), "1".into()]],
        };
        let text = document("a & b", Lang::Zh, &html! { (table.markup()) (picture(b"x", "\"图\"")) });
        assert!(text.starts_with("<!DOCTYPE html>") && text.contains("<title>a &amp; b</title>"));
        assert!(!text.contains("<script>") && text.contains("&lt;script&gt;") && text.contains("class=\"n\""));
        assert!(text.contains("data:image/png;base64,eA==") && text.contains("&quot;图&quot;"));
    }
}
