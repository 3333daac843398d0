//! The report's rows as a workbook: an overview, a sheet a rule with its figures, notes and every row, the findings, the
//! breakdowns and the sources. What a planner wrote stays text, whatever it begins with; numbers are numbers.

use super::columns::{Columns, IDENTITY, is_share};
use super::findings::{FINDING_COLUMNS, plan_key};
use super::inspection::sources;
use super::rules::{RulePage, RulesReport, headline, parameters};
use super::sheets::Sheets;
use super::unknown_text;
use crate::i18n::{between, comma, count, semicolon, text_of, tr};
use crate::model::Value;
use crate::rules::{Verdict, Work, unit_text};
use crate::vocabulary::Reading;
use rust_xlsxwriter::XlsxError;
use std::collections::BTreeMap;

impl RulesReport {
    /// As a workbook (XLSX); and what must be said of it: cells that were cut and rows that found no room. The workbook says
    /// so too.
    ///
    /// # Errors
    /// Where a sheet cannot be made.
    pub fn workbook(&self) -> Result<(Vec<u8>, Vec<String>), XlsxError> {
        let mut sheets = Sheets::new(self.lang);
        self.overview(&mut sheets)?;
        let heading = |keys: &[&str]| keys.iter().map(|key| text_of(self.lang, key)).collect::<Vec<_>>();
        if !self.not_run.is_empty() {
            let rows: Vec<Vec<String>> = self.not_run.iter().map(|one| self.not_run_row(one)).collect();
            let headings = heading(&["report.rule", "report.clause", "report.why"]);
            sheets.table(&tr!(self.lang, "report.not_run"), &headings, &rows)?;
        }
        if let Some(compared) = &self.comparison {
            super::comparison::sheets(compared, &mut sheets, self.lang)?;
        }
        for page in &self.pages {
            for (part, rows) in self.parts(page) {
                self.sheet(&mut sheets, page, &part, &rows)?;
            }
        }
        if !self.findings.all.is_empty() {
            let rows: Vec<Vec<String>> = self.finding_rows().collect();
            sheets.table(&tr!(self.lang, "findings.title"), &heading(&FINDING_COLUMNS), &rows)?;
        }
        let comments = self.comment_rows();
        if !comments.is_empty() {
            sheets.table(&tr!(self.lang, "comment.title"), &heading(&super::comments::COMMENT_COLUMNS), &comments)?;
        }
        self.breakdowns(&mut sheets)?;
        sheets.numbered(&tr!(self.lang, "inspect.sources"), &sources(&self.layers, self.lang))?;
        sheets.table(
            &tr!(self.lang, "report.key"),
            &heading(&["report.short", "report.plan"]),
            &plan_key(self.lang),
        )?;
        // Below the facts and the three lines of who signs.
        sheets.finish(self.facts().len() as u32 + 4)
    }

    /// What the report is about, and every rule in a line.
    fn overview(&self, sheets: &mut Sheets) -> Result<(), XlsxError> {
        let lang = self.lang;
        let mut sheet = sheets.add(&tr!(lang, "report.overview"))?;
        sheet.heading(0, 0, &self.title)?;
        let mut facts = self.facts();
        facts.extend(
            ["report.drawn_up", "report.checked", "report.date"].map(|key| (text_of(lang, key), String::new())),
        );
        for (line, (name, value)) in facts.iter().enumerate() {
            sheet.text(line as u32 + 1, 0, name)?;
            sheet.text(line as u32 + 1, 1, value)?;
        }
        let top = facts.len() as u32 + 2;
        let keys = [
            "report.rule",
            "report.clause",
            "report.figure",
            "verdict.figure",
            "report.unit",
            "report.target",
            "verdict.ban",
            "verdict.review",
            "verdict.list",
            "report.remarks",
        ];
        for (column, key) in keys.iter().enumerate() {
            sheet.heading(top, column as u16, &text_of(lang, key))?;
        }
        for (line, page) in self.pages.iter().enumerate() {
            let (answer, at) = (&page.answer, top + 1 + line as u32);
            sheet.text(at, 0, answer.rule.title.text(lang))?;
            sheet.text(at, 1, &answer.rule.clause_in(lang))?;
            if let Some(figure) = answer.figure() {
                sheet.text(at, 2, figure.title.text(lang))?;
                match figure.value {
                    Some(value) => sheet.figure(at, 3, value)?,
                    None => sheet.text(at, 3, &figure.text(lang))?,
                }
                sheet.text(at, 4, unit_text(&figure.unit, lang))?;
            }
            sheet.text(at, 5, &self.target_text(answer))?;
            for (column, verdict) in [(6, Verdict::Ban), (7, Verdict::Review), (8, Verdict::List)] {
                if let Some(n) = self.counted(answer, verdict) {
                    sheet.number(at, column, n as f64)?;
                }
            }
            sheet.text(at, 9, &self.remarks(page).join(semicolon(lang)))?;
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
        let (lang, answer) = (self.lang, &page.answer);
        let columns = Columns { rule: &answer.rule, vocabulary: &self.vocabulary, lang };
        let mut head: Vec<(String, String)> = vec![
            (answer.rule.title.text(lang).to_owned(), answer.rule.clause_in(lang).into_owned()),
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
        let shown = columns_shown(page);
        let beyond = shown.len().saturating_sub(MOST_COLUMNS);
        if beyond > 0 {
            head.push((
                text_of(lang, "report.notes"),
                tr!(lang, "report.columns_beyond", n = count(beyond)).into_owned(),
            ));
        }
        head.retain(|(_, text)| !text.is_empty());
        let title = answer.rule.title.text(lang);
        let mut sheet = sheets.add(&if part.is_empty() { title.to_owned() } else { format!("{title}·{part}") })?;
        for (line, (name, text)) in head.iter().enumerate() {
            sheet.heading(line as u32, 0, name)?;
            sheet.text(line as u32, 1, text)?;
        }
        let layer = &page.rows;
        if layer.is_empty() {
            return Ok(());
        }
        let top = head.len() as u32 + 1;
        let names = layer.attributes.names();
        let has_identity = has_identity(page);
        let who = if has_identity { IDENTITY.len() } else { 0 };
        for (column, key) in IDENTITY.iter().take(who).enumerate() {
            sheet.heading(top, column as u16, &text_of(lang, key))?;
        }
        let mut places: Vec<Option<u16>> = vec![None; names.len()];
        for (place, column) in shown.iter().take(MOST_COLUMNS).enumerate() {
            places[*column] = Some((who + place) as u16);
        }
        let shares: Vec<bool> = names.iter().map(|name| is_share(answer, layer, name)).collect();
        for (name, place) in names.iter().zip(&places) {
            let Some(place) = place else { continue };
            sheet.heading(top, *place, &columns.title(name))?;
        }
        for (line, row) in rows.iter().copied().enumerate() {
            let at = line as u32 + top + 1;
            if let Some(own) = page.identities.get(row).filter(|_| has_identity) {
                for (column, text) in own.cells().into_iter().enumerate() {
                    sheet.text(at, column as u16, text)?;
                }
            }
            for c in layer.attributes.columns_of(row) {
                let Some(to) = places[c] else { continue };
                match layer.attributes.value(row, c) {
                    Value::Missing | Value::Null => {}
                    Value::Number(n, _) if n.is_finite() && shares[c] => {
                        sheet.share(at, to, n)?;
                    }
                    Value::Number(n, _) if n.is_finite() => sheet.number(at, to, n)?,
                    value => sheet.text(at, to, &columns.text(&names[c], &value))?,
                }
            }
        }
        sheet.freeze(top + 1)
    }

    /// All breakdowns of all rules: a line a figure of a part.
    fn breakdowns(&self, sheets: &mut Sheets) -> Result<(), XlsxError> {
        let lang = self.lang;
        let groups = self.pages.iter().flat_map(|page| page.answer.groups.iter().map(move |group| (page, group)));
        let lines: Vec<_> =
            groups.flat_map(|(page, group)| group.figures.iter().map(move |figure| (page, group, figure))).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let mut sheet = sheets.add(&tr!(lang, "report.breakdowns"))?;
        let keys = ["report.rule", "report.by", "report.part", "verdict.figure", "targets.value", "report.unit"];
        for (column, key) in keys.iter().enumerate() {
            sheet.heading(0, column as u16, &text_of(lang, key))?;
        }
        for (line, (page, group, figure)) in lines.into_iter().enumerate() {
            let at = line as u32 + 1;
            sheet.text(at, 0, page.answer.rule.title.text(lang))?;
            sheet.text(at, 1, group.title.text(lang))?;
            sheet.text(at, 2, group.name.text(lang))?;
            sheet.text(at, 3, figure.title.text(lang))?;
            match figure.value {
                Some(value) => sheet.figure(at, 4, value)?,
                None => sheet.text(at, 4, &figure.text(lang))?,
            }
            sheet.text(at, 5, unit_text(&figure.unit, lang))?;
        }
        sheet.freeze(1)
    }
}

/// Columns of a sheet that rows are written into at most: a workbook has 16,384, of which some say who a row is.
const MOST_COLUMNS: usize = 16_000;

fn has_identity(page: &RulePage) -> bool {
    page.identities.iter().any(|who| !who.position.is_empty())
}

/// The columns of a page's rows that a sheet shows: what a row is called stands in its identity.
fn columns_shown(page: &RulePage) -> Vec<usize> {
    let names = page.rows.attributes.names();
    let has_identity = has_identity(page);
    (0..names.len()).filter(|c| !has_identity || *names[*c] != *"name").collect()
}
