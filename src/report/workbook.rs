//! The report's rows as a workbook: an overview, a sheet a rule with its figures, notes and every row, the findings, the
//! breakdowns and the sources. What a planner wrote stays text, whatever it begins with; numbers are numbers.

use super::columns::{Columns, IDENTITY, is_share};
use super::findings::{FINDING_COLUMNS, finding_cells, plan_key};
use super::inspection::sources;
use super::rules::{RulePage, RulesReport, figure_value, headline, parameters};
use super::unknown_text;
use crate::i18n::{between, comma, semicolon, text_of, tr};
use crate::model::Value;
use crate::rules::{Verdict, Work};
use crate::vocabulary::Reading;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a cell, at most (of the format).
const CELL: usize = 32_767;

/// Sheets with their names.
struct Sheets {
    workbook: Workbook,
    names: BTreeSet<String>,
    heading: Format,
    /// Of shares, which are fractions of one.
    percent: Format,
}

impl Sheets {
    /// A sheet of this name, made fit: 31 characters, none of `[]:*?/\`, no other of the same name.
    fn add(&mut self, name: &str) -> Result<&mut Worksheet, XlsxError> {
        let fit: String = name.chars().map(|c| if "[]:*?/\\'".contains(c) { '·' } else { c }).collect();
        let fit = fit.trim();
        let mut own: String = fit.chars().take(31).collect();
        let mut number = 2;
        while own.is_empty() || !self.names.insert(own.to_lowercase()) {
            let end = format!(" {number}");
            own = fit.chars().take(31 - end.chars().count()).collect::<String>() + &end;
            number += 1;
        }
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(own)?;
        Ok(sheet)
    }

    /// A sheet with headings and rows of texts.
    fn table(&mut self, name: &str, headings: &[String], rows: &[Vec<String>]) -> Result<(), XlsxError> {
        let heading = self.heading.clone();
        let sheet = self.add(name)?;
        for (column, text) in headings.iter().enumerate() {
            sheet.write_string_with_format(0, column as u16, text, &heading)?;
        }
        for (line, row) in rows.iter().enumerate() {
            for (column, text) in row.iter().enumerate() {
                write_text(sheet, line as u32 + 1, column as u16, text)?;
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(())
    }
}

fn write_text(sheet: &mut Worksheet, line: u32, column: u16, text: &str) -> Result<(), XlsxError> {
    if text.is_empty() {
        return Ok(());
    }
    match text.char_indices().nth(CELL) {
        Some((at, _)) => sheet.write_string(line, column, &text[..at])?,
        None => sheet.write_string(line, column, text)?,
    };
    Ok(())
}

impl RulesReport {
    /// As a workbook (XLSX).
    ///
    /// # Errors
    /// Where a sheet cannot be made.
    pub fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut sheets = Sheets {
            workbook: Workbook::new(),
            names: BTreeSet::new(),
            heading: Format::new().set_bold(),
            percent: Format::new().set_num_format("0.00%"),
        };
        self.overview(&mut sheets)?;
        let heading = |keys: &[&str]| keys.iter().map(|key| text_of(self.lang, key)).collect::<Vec<_>>();
        if !self.not_run.is_empty() {
            let rows: Vec<Vec<String>> = self.not_run.iter().map(|one| self.not_run_row(one)).collect();
            let headings = heading(&["report.rule", "report.clause", "report.why"]);
            sheets.table(&tr!(self.lang, "report.not_run"), &headings, &rows)?;
        }
        for page in &self.pages {
            for (part, rows) in self.parts(page) {
                self.sheet(&mut sheets, page, &part, &rows)?;
            }
        }
        if !self.findings.all.is_empty() {
            let rows: Vec<Vec<String>> = self.findings.all.iter().map(|f| finding_cells(f, self.lang)).collect();
            sheets.table(&tr!(self.lang, "findings.title"), &heading(&FINDING_COLUMNS), &rows)?;
        }
        self.breakdowns(&mut sheets)?;
        let files = sources(&self.layers, self.lang);
        let headings: Vec<String> = files.columns.iter().map(|(title, _)| title.clone()).collect();
        sheets.table(&tr!(self.lang, "inspect.sources"), &headings, &files.rows)?;
        sheets.table(
            &tr!(self.lang, "report.key"),
            &heading(&["report.short", "report.plan"]),
            &plan_key(self.lang),
        )?;
        sheets.workbook.save_to_buffer()
    }

    /// What the report is about, and every rule in a line.
    fn overview(&self, sheets: &mut Sheets) -> Result<(), XlsxError> {
        let (lang, bold) = (self.lang, sheets.heading.clone());
        let sheet = sheets.add(&tr!(lang, "report.overview"))?;
        sheet.write_string_with_format(0, 0, &self.title, &bold)?;
        let facts = self.facts();
        for (line, (name, value)) in facts.iter().enumerate() {
            write_text(sheet, line as u32 + 1, 0, name)?;
            write_text(sheet, line as u32 + 1, 1, value)?;
        }
        let top = facts.len() as u32 + 2;
        let keys = [
            "report.rule",
            "report.clause",
            "verdict.figure",
            "report.unit",
            "report.target",
            "verdict.ban",
            "verdict.review",
            "verdict.list",
            "report.remarks",
        ];
        for (column, key) in keys.iter().enumerate() {
            sheet.write_string_with_format(top, column as u16, text_of(lang, key), &bold)?;
        }
        for (line, page) in self.pages.iter().enumerate() {
            let (answer, at) = (&page.answer, top + 1 + line as u32);
            write_text(sheet, at, 0, answer.rule.title.text(lang))?;
            write_text(sheet, at, 1, &answer.rule.clause)?;
            if let Some(figure) = answer.figure() {
                match figure.value {
                    Some(value) => drop(sheet.write_number(at, 2, value)?),
                    None => write_text(sheet, at, 2, &figure_value(figure, lang))?,
                }
                write_text(sheet, at, 3, &figure.unit)?;
            }
            write_text(sheet, at, 4, &self.target_text(answer))?;
            for (column, verdict) in [(5, Verdict::Ban), (6, Verdict::Review), (7, Verdict::List)] {
                sheet.write_number(at, column, answer.count(verdict) as f64)?;
            }
            write_text(sheet, at, 8, &self.remarks(page).join(semicolon(lang)))?;
        }
        Ok(())
    }

    /// The sheets of a rule: one, or of what takes of plots one a class of plots; with what they are called and their rows.
    fn parts(&self, page: &RulePage) -> Vec<(String, Vec<usize>)> {
        let layer = &page.rows;
        let Some(Work::Burdens(work)) = &page.answer.rule.work else {
            return vec![(String::new(), layer.rows().collect())];
        };
        let column = work.plots.class_column().unwrap_or_default();
        let property = self.vocabulary.property(work.plots, column);
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for row in layer.rows() {
            let value = layer.attributes.get(row, column);
            let class = match property.map(|property| property.read(&value, column)) {
                Some(Reading::Terms(terms)) if !terms.own.is_empty() => terms.own.join("、"),
                _ if value.display().is_empty() => text_of(self.lang, "report.no_class"),
                _ => value.display().into_owned(),
            };
            parts.entry(class).or_default().push(row);
        }
        parts.into_iter().collect()
    }

    /// A rule: what it came to, what must be said beside it, and its rows.
    fn sheet(&self, sheets: &mut Sheets, page: &RulePage, part: &str, rows: &[usize]) -> Result<(), XlsxError> {
        let (lang, bold, answer) = (self.lang, sheets.heading.clone(), &page.answer);
        let percent = sheets.percent.clone();
        let columns = Columns { rule: &answer.rule, vocabulary: &self.vocabulary, lang };
        let mut head: Vec<(String, String)> = vec![
            (answer.rule.title.text(lang).to_owned(), answer.rule.clause.clone()),
            (text_of(lang, "verdict.figure"), headline(answer, lang).join(comma(lang))),
            (text_of(lang, "report.target"), self.target_text(answer)),
            (text_of(lang, "report.remarks"), self.remarks(page).join(semicolon(lang))),
            (
                text_of(lang, "report.notes"),
                answer.notes.iter().map(|n| n.text(lang)).collect::<Vec<_>>().join(semicolon(lang)),
            ),
        ];
        let told: Vec<&str> = answer.not_checked.iter().map(|told| told.why.text(lang)).collect();
        head.push((text_of(lang, "report.not_checked"), told.join(semicolon(lang))));
        let unknown = match answer.unknown_values.is_empty() {
            true => String::new(),
            false => unknown_text(&answer.unknown_values, &self.vocabulary, lang),
        };
        head.push((text_of(lang, "report.unknown_values"), unknown));
        head.push((text_of(lang, "report.left_out"), page.left_out.join(between(lang))));
        head.push((text_of(lang, "report.parameter"), parameters(answer, lang).join(semicolon(lang))));
        head.push((text_of(lang, "report.method"), answer.rule.method.text(lang).to_owned()));
        head.retain(|(_, text)| !text.is_empty());
        let title = answer.rule.title.text(lang);
        let sheet = sheets.add(&if part.is_empty() { title.to_owned() } else { format!("{title}·{part}") })?;
        for (line, (name, text)) in head.iter().enumerate() {
            sheet.write_string_with_format(line as u32, 0, name, &bold)?;
            write_text(sheet, line as u32, 1, text)?;
        }
        let layer = &page.rows;
        if layer.is_empty() {
            return Ok(());
        }
        let top = head.len() as u32 + 1;
        let names = layer.attributes.names();
        let has_identity = page.identities.iter().any(|who| !who.position.is_empty());
        let who = if has_identity { IDENTITY.len() } else { 0 };
        for (column, key) in IDENTITY.iter().take(who).enumerate() {
            sheet.write_string_with_format(top, column as u16, text_of(lang, key), &bold)?;
        }
        // What a row is called stands in its identity.
        let shown: Vec<usize> = (0..names.len()).filter(|c| !has_identity || *names[*c] != *"name").collect();
        let shares: Vec<bool> = names.iter().map(|name| is_share(answer, layer, name)).collect();
        for (column, c) in shown.iter().enumerate() {
            sheet.write_string_with_format(top, (who + column) as u16, columns.title(&names[*c]), &bold)?;
        }
        for (line, row) in rows.iter().copied().enumerate() {
            let at = line as u32 + top + 1;
            if let Some(own) = page.identities.get(row).filter(|_| has_identity) {
                for (column, text) in own.cells().into_iter().enumerate() {
                    write_text(sheet, at, column as u16, text)?;
                }
            }
            for (column, c) in shown.iter().enumerate() {
                let to = (who + column) as u16;
                match layer.attributes.value(row, *c) {
                    Value::Missing | Value::Null => {}
                    Value::Number(n, _) if n.is_finite() && shares[*c] => {
                        sheet.write_number_with_format(at, to, n, &percent)?;
                    }
                    Value::Number(n, _) if n.is_finite() => drop(sheet.write_number(at, to, n)?),
                    value => write_text(sheet, at, to, &columns.text(&names[*c], &value))?,
                }
            }
        }
        sheet.set_freeze_panes(top + 1, 0)?;
        Ok(())
    }

    /// All breakdowns of all rules: a line a figure of a part.
    fn breakdowns(&self, sheets: &mut Sheets) -> Result<(), XlsxError> {
        let (lang, bold) = (self.lang, sheets.heading.clone());
        let groups = self.pages.iter().flat_map(|page| page.answer.groups.iter().map(move |group| (page, group)));
        let lines: Vec<_> =
            groups.flat_map(|(page, group)| group.figures.iter().map(move |figure| (page, group, figure))).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let sheet = sheets.add(&tr!(lang, "report.breakdowns"))?;
        let keys = ["report.rule", "report.by", "report.part", "verdict.figure", "targets.value", "report.unit"];
        for (column, key) in keys.iter().enumerate() {
            sheet.write_string_with_format(0, column as u16, text_of(lang, key), &bold)?;
        }
        for (line, (page, group, figure)) in lines.into_iter().enumerate() {
            let at = line as u32 + 1;
            write_text(sheet, at, 0, page.answer.rule.title.text(lang))?;
            write_text(sheet, at, 1, group.title.text(lang))?;
            write_text(sheet, at, 2, group.name.text(lang))?;
            write_text(sheet, at, 3, figure.title.text(lang))?;
            match figure.value {
                Some(value) => drop(sheet.write_number(at, 4, value)?),
                None => write_text(sheet, at, 4, &figure_value(figure, lang))?,
            }
            write_text(sheet, at, 5, &figure.unit)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, read_to_string};

    #[test]
    fn texts_that_look_like_formulas_are_texts() {
        let texts = ["=1+1", "=HYPERLINK(\"http://x\")", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-5"];
        let mut sheets = Sheets {
            workbook: Workbook::new(),
            names: BTreeSet::new(),
            heading: Format::new().set_bold(),
            percent: Format::new(),
        };
        let rows: Vec<Vec<String>> = texts.iter().map(|text| vec![(*text).to_owned()]).collect();
        sheets.table("=name", &["=heading".to_owned()], &rows).expect("a sheet");
        let bytes = sheets.workbook.save_to_buffer().expect("a workbook");
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        let mut part = |name: &str| read_to_string(zip.by_name(name).expect("a part")).expect("text");
        let sheet = part("xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{sheet}");
        assert_eq!(sheet.matches("t=\"s\"").count(), texts.len() + 1, "every cell is a shared string: {sheet}");
        assert!(part("xl/sharedStrings.xml").contains("=1+1"));
    }
}
