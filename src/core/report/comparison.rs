//! Rules without and with the changes of scenarios: in a sentence, in lines for the shell, as a document, as sheets of a
//! workbook.

use super::columns::column_title;
use super::html::{Table, document};
use super::sheets::Sheets;
use super::{local_text, position_text};
use crate::i18n::{Lang, colon, comma, count, number, semicolon, text_of, tr};
use crate::rules::comparison::{After, Became, ComparedRule, Comparison, FeatureChange, Side};
use crate::rules::{RuleFigure, Status, Verdict, unit_text};
use crate::vocabulary::Vocabulary;
use maud::{Markup, html};
use rust_xlsxwriter::XlsxError;

const VERDICTS: [Verdict; 3] = [Verdict::Ban, Verdict::Review, Verdict::List];

/// Features of a rule under a scenario that stand on a page; the workbook has all.
const ROWS: usize = 200;
/// Rows that are shown on screen until a reader unfolds them.
const UNFOLDED: usize = 40;

fn verdict_text(verdict: Verdict, lang: Lang) -> String {
    text_of(lang, &format!("verdict.{}", verdict.id()))
}

/// What a rule came to in a few words: its figure and its matches, or why it did not run.
pub fn side_text(side: &Side, lang: Lang) -> String {
    match side.status {
        Status::MissingLayer => return super::lacks_text(&side.missing, side.status, Vocabulary::builtin(), lang),
        Status::NeedsInput => return super::lacks_text(&side.missing, side.status, Vocabulary::builtin(), lang),
        Status::Error => return tr!(lang, "compare.error").into_owned(),
        Status::Answered => {}
    }
    let figure = side.figures.first().map(|figure| format!("{} {}", figure.title.text(lang), figure.text(lang)));
    let counted = VERDICTS.iter().filter(|verdict| side.count(**verdict) > 0);
    let counted = counted.map(|verdict| format!("{} {}", verdict_text(*verdict, lang), count(side.count(*verdict))));
    let target = side.state().map(|state| text_of(lang, &format!("targets.{}", state.id())));
    let all: Vec<String> = figure.into_iter().chain(counted).chain(target).collect();
    if all.is_empty() { tr!(lang, "compare.nothing").into_owned() } else { all.join(" · ") }
}

/// What became of its features under a scenario: “new possible breach 2, no longer to review 1”.
pub fn became_text(after: &After, lang: Lang) -> String {
    let of = |became: Became, verdict: Verdict| {
        let side = usize::from(became == Became::New);
        after.changes.iter().filter(|c| c.became == became && c.verdicts[side] == Some(verdict)).count()
    };
    let mut said = Vec::new();
    for verdict in VERDICTS {
        let name = verdict_text(verdict, lang);
        for (became, key) in [(Became::New, "compare.n_new"), (Became::Gone, "compare.n_gone")] {
            let n = of(became, verdict);
            if n > 0 {
                said.push(tr!(lang, key, verdict = name, n = count(n)).into_owned());
            }
        }
    }
    for (became, key) in [
        (Became::Graver, "compare.n_graver"),
        (Became::Milder, "compare.n_milder"),
        (Became::Altered, "compare.n_altered"),
    ] {
        let n = after.count(became);
        if n > 0 {
            said.push(tr!(lang, key, n = count(n)).into_owned());
        }
    }
    if said.is_empty() {
        said.push(text_of(lang, if after.differs { "compare.figures" } else { "compare.same" }));
    }
    said.join(comma(lang))
}

/// What a change of a feature is called: “new · possible breach”, “to review → possible breach”.
pub fn change_text(change: &FeatureChange, lang: Lang) -> String {
    let name = |verdict: Option<Verdict>| verdict.map(|verdict| verdict_text(verdict, lang)).unwrap_or_default();
    match change.verdicts {
        [Some(before), Some(after)] if before != after => {
            format!("{} → {}", verdict_text(before, lang), verdict_text(after, lang))
        }
        [before, after] => format!("{} · {}", text_of(lang, change.became.key()), name(after.or(before))),
    }
}

/// The numbers of a feature that are others, before and after.
pub fn numbers_text(change: &FeatureChange, lang: Lang) -> String {
    let side = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| number(value, 2));
    let one = |(name, sides): &(&'static str, [Option<f64>; 2])| {
        let title = column_title(name, "m²", lang).unwrap_or_else(|| (*name).to_owned());
        format!("{title} {} → {}", side(sides[0]), side(sides[1]))
    };
    change.numbers.iter().map(one).collect::<Vec<_>>().join(semicolon(lang))
}

/// What scenarios come to, a sentence each.
pub fn comparison_sentences(comparison: &Comparison, lang: Lang) -> Vec<String> {
    let all = comparison.rules.len();
    let of = |(at, scenario): (usize, &crate::rules::comparison::ComparedScenario)| {
        let differing = comparison.rules.iter().filter(|rule| rule.after[at].differs).count();
        let mut said = vec![
            tr!(
                lang,
                "compare.said",
                name = scenario.name,
                changes = count(scenario.changes),
                of = count(all),
                n = count(differing)
            )
            .into_owned(),
        ];
        for (verdict, new, gone) in [
            (Verdict::Ban, "compare.ban_new", "compare.ban_gone"),
            (Verdict::Review, "compare.review_new", "compare.review_gone"),
        ] {
            for (became, key) in [(Became::New, new), (Became::Gone, gone)] {
                let n = comparison.total(at, became, verdict);
                if n > 0 {
                    said.push(tr!(lang, key, n = count(n)).into_owned());
                }
            }
        }
        said.join(comma(lang))
    };
    comparison.scenarios.iter().enumerate().map(of).collect()
}

/// The comparison for the shell: its sentences, doubts, and the rules that differ, side by side.
pub fn comparison_lines(comparison: &Comparison, lang: Lang) -> Vec<String> {
    let mut lines = comparison_sentences(comparison, lang);
    for rule in comparison.rules.iter().filter(|rule| rule.differs()) {
        lines.push(format!("{:<28} {}", rule.rule.id, rule.rule.title.text(lang)));
        lines.push(format!("  {:<26} {}", text_of(lang, "compare.before"), side_text(&rule.before, lang)));
        for (after, scenario) in rule.after.iter().zip(&comparison.scenarios) {
            lines.push(format!("  {:<26} {}", scenario.name, side_text(&after.side, lang)));
            lines.push(format!("  {:<26} {}", "", became_text(after, lang)));
        }
    }
    lines
}

/// Figures of a rule before and under each scenario: those that any of them changes, and the first.
fn figure_rows(rule: &ComparedRule) -> impl Iterator<Item = (usize, &RuleFigure)> {
    let is_other = move |at: usize| {
        let value = |side: &Side| side.figures.get(at).map(|figure| (figure.value, figure.between));
        rule.after.iter().any(|after| value(&after.side) != value(&rule.before))
    };
    let longest = std::iter::once(&rule.before).chain(rule.after.iter().map(|after| &after.side));
    let figures = longest.map(|side| &side.figures).max_by_key(|figures| figures.len());
    figures.into_iter().flatten().enumerate().filter(move |(at, _)| *at == 0 || is_other(*at))
}

fn heading(key: &str, is_number: bool, lang: Lang) -> (String, bool) {
    (text_of(lang, key), is_number)
}

/// A line a rule that differs: before, and every scenario with what became of its features.
fn overview(comparison: &Comparison, lang: Lang) -> Table {
    let mut columns = vec![
        heading("report.rule", false, lang),
        heading("report.clause", false, lang),
        heading("compare.before", false, lang),
    ];
    for scenario in &comparison.scenarios {
        columns.push((scenario.name.clone(), false));
        columns.push(heading("compare.changes", false, lang));
    }
    let row = |rule: &ComparedRule| {
        let mut row = vec![
            rule.rule.title.text(lang).to_owned(),
            rule.rule.clause_in(lang).into_owned(),
            side_text(&rule.before, lang),
        ];
        for after in &rule.after {
            row.extend([side_text(&after.side, lang), became_text(after, lang)]);
        }
        row
    };
    let rows = comparison.rules.iter().filter(|rule| rule.differs()).map(row).collect();
    Table { columns, rows }
}

const FEATURE: [&str; 7] = [
    "compare.feature",
    "compare.became",
    "compare.before",
    "compare.after",
    "compare.numbers",
    "report.why",
    "report.position",
];

fn feature_row(change: &FeatureChange, lang: Lang) -> Vec<String> {
    let verdict = |at: usize| change.verdicts[at].map(|v| verdict_text(v, lang)).unwrap_or_else(|| "—".to_owned());
    let position = match change.bounds.is_empty() {
        true => String::new(),
        false => {
            let middle = change.bounds.center();
            position_text(middle.lon, middle.lat)
        }
    };
    let name = if change.name.is_empty() { change.key.subject.clone() } else { change.name.clone() };
    let (became, why) = (text_of(lang, change.became.key()), change.reason.text(lang).to_owned());
    vec![name, became, verdict(0), verdict(1), numbers_text(change, lang), why, position]
}

/// What stands in a report about scenarios.
pub(super) fn section(comparison: &Comparison, lang: Lang) -> Markup {
    html! {
        h2 { (tr!(lang, "compare.title")) }
        (body(comparison, lang))
    }
}

fn body(comparison: &Comparison, lang: Lang) -> Markup {
    let differing = comparison.rules.iter().filter(|rule| rule.differs());
    let same = comparison.rules.len() - comparison.differing();
    html! {
        @for said in comparison_sentences(comparison, lang) { p class="figure" { (said) } }
        @for scenario in &comparison.scenarios {
            @if !scenario.note.is_empty() { p { (scenario.name) (colon(lang)) (scenario.note) } }
            @for doubt in &scenario.doubts { p class="review" { (scenario.name) (colon(lang)) (doubt.text(lang)) } }
        }
        (overview(comparison, lang).markup())
        p class="quiet" {
            (tr!(lang, "compare.unchanged", n = count(same))) " " (tr!(lang, "report.ran", time = local_text(&comparison.time)))
        }
        @for rule in differing { (rule_section(rule, comparison, lang)) }
    }
}

fn rule_section(rule: &ComparedRule, comparison: &Comparison, lang: Lang) -> Markup {
    let mut columns = vec![heading("verdict.figure", false, lang), heading("compare.before", true, lang)];
    columns.extend(comparison.scenarios.iter().map(|scenario| (scenario.name.clone(), true)));
    let text = |side: &Side, at: usize| side.figures.get(at).map(|f| f.text(lang)).unwrap_or_else(|| "—".to_owned());
    let rows = figure_rows(rule).map(|(at, figure)| {
        let mut row = vec![figure.title.text(lang).to_owned(), text(&rule.before, at)];
        row.extend(rule.after.iter().map(|after| text(&after.side, at)));
        row
    });
    let figures = Table { columns, rows: rows.collect() };
    let features = |after: &After| {
        let columns = FEATURE.map(|key| heading(key, false, lang)).to_vec();
        Table { columns, rows: after.changes.iter().take(ROWS).map(|change| feature_row(change, lang)).collect() }
    };
    html! {
        h3 { (rule.rule.title.text(lang)) }
        p class="quiet" { (rule.rule.clause_in(lang)) }
        (figures.markup())
        @for (after, scenario) in rule.after.iter().zip(&comparison.scenarios) {
            @if !after.changes.is_empty() {
                p { (scenario.name) (colon(lang)) (became_text(after, lang)) }
                @let n = after.changes.len();
                @let shown = if n > UNFOLDED + 10 { UNFOLDED } else { n };
                (features(after).folded(shown, &tr!(lang, "report.unfold", n = count(n.min(ROWS)), shown = count(shown))))
                @if n > ROWS { p class="quiet" { (tr!(lang, "report.more", n = count(n - ROWS))) } }
            }
        }
    }
}

/// The comparison as a document of its own.
pub fn comparison_page(comparison: &Comparison, title: &str, lang: Lang) -> String {
    let content = html! {
        h1 { (title) }
        (body(comparison, lang))
        p class="quiet" { (tr!(lang, "report.software")) " Shanshui 山水 " (env!("CARGO_PKG_VERSION")) }
    };
    document(title, lang, &content)
}

/// The sheets of a comparison: a line a figure of every rule, with numbers as numbers; a line a feature.
pub(super) fn sheets(comparison: &Comparison, sheets: &mut Sheets, lang: Lang) -> Result<(), XlsxError> {
    let mut sheet = sheets.add(&tr!(lang, "compare.title"))?;
    let mut titles: Vec<String> =
        ["report.rule", "report.clause", "compare.differs", "verdict.figure", "report.unit", "compare.before"]
            .map(|key| text_of(lang, key))
            .to_vec();
    titles.extend(comparison.scenarios.iter().map(|scenario| scenario.name.clone()));
    for (column, title) in titles.iter().enumerate() {
        sheet.heading(0, column as u16, title)?;
    }
    let mut line = 1;
    for rule in &comparison.rules {
        let sides: Vec<&Side> =
            std::iter::once(&rule.before).chain(rule.after.iter().map(|after| &after.side)).collect();
        let head =
            |sheet: &mut super::sheets::Sheet<'_>, line: u32, figure: &str, unit: &str| -> Result<(), XlsxError> {
                sheet.text(line, 0, rule.rule.title.text(lang))?;
                sheet.text(line, 1, &rule.rule.clause_in(lang))?;
                sheet.text(line, 2, &text_of(lang, if rule.differs() { "words.true" } else { "words.false" }))?;
                sheet.text(line, 3, figure)?;
                sheet.text(line, 4, unit)
            };
        for (at, figure) in figure_rows(rule) {
            head(&mut sheet, line, figure.title.text(lang), unit_text(&figure.unit, lang))?;
            for (column, side) in sides.iter().enumerate() {
                match side.figures.get(at).map(|figure| (figure.value, figure)) {
                    Some((Some(value), _)) => sheet.figure(line, column as u16 + 5, value)?,
                    Some((None, figure)) => sheet.text(line, column as u16 + 5, &figure.text(lang))?,
                    None => sheet.text(line, column as u16 + 5, &side_text(side, lang))?,
                }
            }
            line += 1;
        }
        for verdict in VERDICTS.into_iter().filter(|verdict| sides.iter().any(|side| side.count(*verdict) > 0)) {
            head(&mut sheet, line, &verdict_text(verdict, lang), "")?;
            for (column, side) in sides.iter().enumerate() {
                sheet.number(line, column as u16 + 5, side.count(verdict) as f64)?;
            }
            line += 1;
        }
    }
    sheet.freeze(1)?;
    let mut titles = vec![text_of(lang, "compare.scenario"), text_of(lang, "report.rule")];
    titles.extend(FEATURE.map(|key| text_of(lang, key)));
    let rows = comparison.rules.iter().flat_map(|rule| {
        rule.after.iter().zip(&comparison.scenarios).flat_map(move |(after, scenario)| {
            after.changes.iter().map(move |change| {
                let mut row = vec![scenario.name.clone(), rule.rule.title.text(lang).to_owned()];
                row.extend(feature_row(change, lang));
                row
            })
        })
    });
    let rows: Vec<Vec<String>> = rows.collect();
    sheets.table(&tr!(lang, "compare.features"), &titles, &rows)
}

/// The comparison as a workbook (XLSX) of its own; and what must be said of it: cells that were cut, rows without room.
///
/// # Errors
/// Where a sheet cannot be made.
pub fn comparison_workbook(comparison: &Comparison, lang: Lang) -> Result<(Vec<u8>, Vec<String>), XlsxError> {
    let mut all = Sheets::new(lang);
    sheets(comparison, &mut all, lang)?;
    let lines = comparison.rules.iter().map(|rule| figure_rows(rule).count() + VERDICTS.len()).sum::<usize>();
    all.finish(lines as u32 + 2)
}
