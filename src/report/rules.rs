//! The report about a plan's rules: for each its clause, its parameters, what it came to, the first of its rows, how it was
//! worked out; at the end the files it was worked out from. And the same rows as a workbook.

use super::html::{Table, document, picture};
use super::inspection::sources;
use crate::i18n::{Lang, count, number, tr};
use crate::model::{Layer, Value};
use crate::rules::{Group, RoleLayers, RuleAnswer, RuleFigure, Status, TargetState, Verdict};
use maud::{Markup, html};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// Rows of a rule that stand in the report itself; the workbook has all.
const ROWS: usize = 15;
/// Columns of a table on a page.
const COLUMNS: usize = 6;

/// What a rule came to, with its rows and a map.
#[derive(Clone, Debug)]
pub struct RulePage {
    /// The answer.
    pub answer: RuleAnswer,
    /// Its features, as they are exported.
    pub rows: Layer,
    /// A picture of them (PNG).
    pub map: Option<Vec<u8>>,
    /// When it ran.
    pub time: String,
    /// The file of all its rows, beside the report.
    pub file: Option<String>,
}

/// The report as one HTML document.
pub fn rules_report(title: &str, pages: &[RulePage], layers: &RoleLayers, time: &str, lang: Lang) -> String {
    let summary = Table {
        columns: vec![
            (tr!(lang, "report.rule").into_owned(), false),
            (tr!(lang, "report.clause").into_owned(), false),
            (tr!(lang, "verdict.figure").into_owned(), true),
            (tr!(lang, "verdict.ban").into_owned(), true),
            (tr!(lang, "verdict.review").into_owned(), true),
            (tr!(lang, "verdict.list").into_owned(), true),
        ],
        rows: pages.iter().map(|page| summary_row(&page.answer, lang)).collect(),
    };
    let body = html! {
        h1 { (title) }
        p class="quiet" { (time) " · WGS 84 / CGCS2000 · Shanshui " (env!("CARGO_PKG_VERSION")) }
        (summary.markup())
        @for page in pages { (section(page, lang)) }
        h2 { (tr!(lang, "inspect.sources")) }
        (sources(layers, lang).markup())
    };
    document(title, lang, &body)
}

fn summary_row(answer: &RuleAnswer, lang: Lang) -> Vec<String> {
    let of = |verdict: Verdict| Some(answer.count(verdict)).filter(|n| *n > 0).map(count).unwrap_or_default();
    let figure = answer.figure().map(|figure| figure_value(figure, lang)).unwrap_or_default();
    vec![
        answer.rule.title.text(lang).to_owned(),
        answer.rule.clause.clone(),
        figure,
        of(Verdict::Ban),
        of(Verdict::Review),
        of(Verdict::List),
    ]
}

/// A figure's number with its unit: counts without decimals.
pub fn figure_value(figure: &RuleFigure, lang: Lang) -> String {
    let places = if matches!(figure.unit.as_str(), "" | "人" | "个") { 0 } else { 2 };
    let unit = match (figure.unit.as_str(), lang) {
        (unit, Lang::Zh) => unit,
        ("公顷", Lang::En) => "ha",
        ("人" | "个" | "处" | "年", Lang::En) => "",
        (unit, Lang::En) => unit,
    };
    format!("{} {unit}", number(figure.value, places)).trim_end().to_owned()
}

fn section(page: &RulePage, lang: Lang) -> Markup {
    let answer = &page.answer;
    let rule = &answer.rule;
    let parameters: Vec<String> = rule
        .parameters
        .iter()
        .map(|p| {
            let value = number(rule.value(&p.name, &answer.values), 1);
            let software = p.software_default.then(|| format!("（{}）", tr!(lang, "rules.software_default")));
            format!("{} {value} {}{}", p.title.text(lang), p.unit, software.unwrap_or_default())
        })
        .collect();
    let mut figures: Vec<String> =
        answer.figures.iter().map(|f| format!("{} {}", f.title.text(lang), figure_value(f, lang))).collect();
    if !rule.steps.is_empty() && answer.status == Status::Answered {
        figures.push(tr!(lang, "rules.found", n = count(answer.features.len())).into_owned());
    }
    let chips = [
        (Verdict::Ban, "verdict.ban", "chip ban"),
        (Verdict::Review, "verdict.review", "chip review"),
        (Verdict::List, "verdict.list", "chip list"),
    ];
    let rows = table(&page.rows, lang);
    let more = page.rows.feature_count().saturating_sub(ROWS);
    html! {
        h2 { (rule.title.text(lang)) }
        p class="quiet" { (rule.clause) }
        @if answer.status == Status::NeedsInput {
            p class="review" { (tr!(lang, "rules.needs_column", column = answer.missing.join("、"))) }
        } @else {
            p class="figure" { (figures.join("，")) }
            p { @for (verdict, key, class) in chips {
                @if answer.count(verdict) > 0 {
                    span class=(class) { (crate::i18n::text_of(lang, key)) " " (count(answer.count(verdict))) }
                }
            } }
        }
        @if let Some(aim) = &answer.aim {
            p {
                span class=(state_class(aim.state)) { (tr!(lang, "rules.aim", year = aim.year, target = aim.text)) }
                @if let Some(state) = aim.state { " " (crate::i18n::text_of(lang, &format!("targets.{}", state.id()))) }
            }
        }
        @for note in &answer.notes { p { (note.text(lang)) } }
        @if let Some(map) = &page.map { (picture(map, rule.title.text(lang))) }
        @for groups in breakdowns(&answer.groups) { (bars(groups, lang)) }
        (rows.markup())
        @if more > 0 { p class="quiet" { (tr!(lang, "report.more", n = count(more))) } }
        @if let Some(file) = &page.file { p class="quiet" { a href=(file) { (file) } } }
        p class="quiet" {
            (rule.method.text(lang))
            @if !parameters.is_empty() { " " (tr!(lang, "report.parameters", text = parameters.join("；"))) }
            @if answer.left_out > 0 { " " (tr!(lang, "rules.left_out", n = count(answer.left_out))) }
        }
    }
}

/// The class of a target's chip.
fn state_class(state: Option<TargetState>) -> &'static str {
    match state {
        Some(TargetState::Met) => "chip met",
        Some(TargetState::Close) => "chip review",
        Some(TargetState::Missed) => "chip ban",
        None => "chip",
    }
}

/// Parts of a breakdown on a page; the workbook has all.
const PARTS: usize = 30;

/// The breakdowns of an answer one by one.
fn breakdowns(groups: &[Group]) -> impl Iterator<Item = &[Group]> {
    groups.chunk_by(|a, b| a.by == b.by && a.title == b.title)
}

/// A breakdown: every part with its figures, the first of them as a bar.
fn bars(groups: &[Group], lang: Lang) -> Markup {
    let first = |group: &Group| group.figures.first().map_or(0.0, |figure| figure.value);
    let most = groups.iter().map(|group| first(group).abs()).fold(0.0, f64::max);
    let title = groups.first().map(|group| group.title.text(lang)).unwrap_or_default();
    let figure = groups.iter().find_map(|group| group.figures.first()).map(|figure| figure.title.text(lang));
    let more = groups.len().saturating_sub(PARTS);
    html! {
        table class="bars" {
            thead { tr { th { (title) } th { (figure.unwrap_or_default()) } th class="n" {} th {} } }
            tbody {
                @for group in groups.iter().take(PARTS) {
                    tr {
                        td { (group.name) }
                        td class="bar" {
                            @let share = if most > 0.0 { first(group).abs() / most * 100.0 } else { 0.0 };
                            div style=(format!("width:{share:.1}%")) {}
                        }
                        td class="n" { @if let Some(figure) = group.figures.first() { (figure_value(figure, lang)) } }
                        td class="quiet" {
                            @for figure in group.figures.iter().skip(1).take(4) {
                                (figure.title.text(lang)) " " (figure_value(figure, lang)) "　"
                            }
                        }
                    }
                }
            }
        }
        @if more > 0 { p class="quiet" { (tr!(lang, "report.more", n = count(more))) } }
    }
}

/// The columns of rows that a page has room for: what they are called, what was found about them, the rest.
fn shown_columns(layer: &Layer) -> Vec<usize> {
    const FIRST: [&str; 18] = [
        "code",
        "name",
        "indicator",
        "target",
        "value",
        "unit",
        "state",
        "verdict",
        "reason",
        "distance_m",
        "nearest_name",
        "area_m2",
        "share",
        "with_name",
        "people",
        "lacks",
        "grounds",
        "adds_people",
    ];
    let first = FIRST.iter().filter_map(|name| layer.attributes.column(name));
    let mut columns: Vec<usize> = first.collect();
    columns.extend((0..layer.attributes.names().len()).filter(|c| !columns.contains(c)).collect::<Vec<_>>());
    columns.truncate(COLUMNS);
    columns
}

fn title(name: &str, lang: Lang) -> String {
    let key = format!("column.{name}");
    let text = tr!(lang, key.as_str(), area = "m²");
    if text.contains(&key) { name.to_owned() } else { text.into_owned() }
}

fn table(layer: &Layer, lang: Lang) -> Table {
    let columns = shown_columns(layer);
    let names = layer.attributes.names();
    let first = layer.rows().next();
    let is_number = |c: usize| first.is_some_and(|row| matches!(layer.attributes.value(row, c), Value::Number(..)));
    let cell = |row: usize, c: usize| match (&*names[c], layer.attributes.value(row, c)) {
        ("verdict", value) => crate::i18n::text_of(lang, &format!("verdict.{}", value.display())),
        ("distance_m" | "area_m2", Value::Number(n, _)) => number(n, 1),
        ("share", Value::Number(n, _)) => number(n * 100.0, 2),
        (_, value) => value.display().into_owned(),
    };
    Table {
        columns: columns.iter().map(|c| (title(&names[*c], lang), is_number(*c))).collect(),
        rows: layer.rows().take(ROWS).map(|row| columns.iter().map(|c| cell(row, *c)).collect()).collect(),
    }
}

/// Every row of every rule: a sheet a rule. What a planner wrote stays text, whatever it begins with; numbers are
/// numbers.
///
/// # Errors
/// Where a sheet cannot be made.
pub fn rules_workbook(pages: &[RulePage], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let heading = Format::new().set_bold();
    for page in pages.iter().filter(|page| !page.rows.is_empty()) {
        // A sheet's name has 31 characters at most.
        let sheet = workbook.add_worksheet();
        sheet.set_name(page.answer.rule.id.chars().take(31).collect::<String>())?;
        sheet.write_string(0, 0, page.answer.rule.title.text(lang))?;
        sheet.write_string(0, 1, &page.answer.rule.clause)?;
        let names = page.rows.attributes.names();
        for (column, name) in names.iter().enumerate() {
            sheet.write_string_with_format(1, column as u16, &**name, &heading)?;
        }
        for (line, row) in page.rows.rows().enumerate() {
            for column in 0..names.len() {
                let (at, to) = (line as u32 + 2, column as u16);
                match page.rows.attributes.value(row, column) {
                    Value::Missing | Value::Null => {}
                    Value::Number(n, _) if n.is_finite() => drop(sheet.write_number(at, to, n)?),
                    Value::Bool(b) => drop(sheet.write_boolean(at, to, b)?),
                    value => drop(sheet.write_string(at, to, &*value.display())?),
                }
            }
        }
        sheet.set_freeze_panes(2, 0)?;
    }
    breakdown_sheet(&mut workbook, pages, &heading, lang)?;
    if workbook.worksheets().is_empty() {
        workbook.add_worksheet();
    }
    workbook.save_to_buffer()
}

/// All breakdowns of all rules: a line a figure of a part.
fn breakdown_sheet(workbook: &mut Workbook, pages: &[RulePage], heading: &Format, lang: Lang) -> Result<(), XlsxError> {
    let figures = pages.iter().flat_map(|page| page.answer.groups.iter().map(move |group| (page, group)));
    let lines: Vec<_> = figures.flat_map(|(page, group)| group.figures.iter().map(move |f| (page, group, f))).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(tr!(lang, "report.breakdowns").chars().take(31).collect::<String>())?;
    let keys = ["report.rule", "report.by", "report.part", "verdict.figure", "targets.value", "report.unit"];
    for (column, key) in keys.iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, crate::i18n::text_of(lang, key), heading)?;
    }
    for (line, (page, group, figure)) in lines.into_iter().enumerate() {
        let at = line as u32 + 1;
        sheet.write_string(at, 0, page.answer.rule.title.text(lang))?;
        sheet.write_string(at, 1, group.title.text(lang))?;
        sheet.write_string(at, 2, &group.name)?;
        sheet.write_string(at, 3, figure.title.text(lang))?;
        sheet.write_number(at, 4, figure.value)?;
        sheet.write_string(at, 5, &figure.unit)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}
