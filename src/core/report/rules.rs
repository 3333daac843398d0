//! The report about a plan's rules: what it is about, the figures against the plan's targets, for each rule its clause, its
//! parameters, what it came to, its rows with their identities, how it was worked out; the rules that did not run; the
//! findings; at the end the files that it was worked out from. The same rows stand in a workbook.

use super::columns::{Columns, IDENTITY, Identity, is_share};
use super::comparison;
use super::findings::{FINDING_COLUMNS, plan_key};
use super::html::{Table, document, picture};
use super::inspection::{contents, sources};
use super::{local_text, unknown_text};
use crate::comments::Comments;
use crate::i18n::{Lang, between, bracketed, colon, comma, count, number, semicolon, text_of, tr};
use crate::model::{Layer, Value};
use crate::rules::comparison::Comparison;
use crate::rules::findings::Findings;
use crate::rules::{Group, Plan, RoleLayers, Rule, RuleAnswer, Status, TargetState, Verdict};
use crate::vocabulary::Vocabulary;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of a list that stand in the report itself; the workbook has all.
const ROWS: usize = 15;
/// Rows of bans, reviews and findings that do: all of them within this bound. What is beyond it is said.
const GRAVE_ROWS: usize = 20_000;
/// Rows of a table that are shown on screen until a reader unfolds it.
const UNFOLDED: usize = 40;
/// Columns of a table on a page, beside those of the identity.
const COLUMNS: usize = 6;

/// What a rule came to, with its rows and a map.
#[derive(Clone, Debug)]
pub struct RulePage {
    /// The answer.
    pub answer: RuleAnswer,
    /// Its features, as they are exported.
    pub rows: Layer,
    /// Who and where each row is, in the order of the rows.
    pub identities: Vec<Identity>,
    /// By what a match is known by from run to run ([`crate::rules::MatchKey`]) its row.
    pub rows_by_key: BTreeMap<String, usize>,
    /// A picture of them (PNG).
    pub map: Option<Vec<u8>>,
    /// When it ran.
    pub time: String,
    /// The scenario under which it ran.
    pub scenario: Option<String>,
    /// True where something that it was worked out from changed since.
    pub is_out_of_date: bool,
    /// Features that could not be used, by name.
    pub left_out: Vec<String>,
    /// The file of all its rows, beside the report.
    pub file: Option<String>,
}

/// A rule that did not run, and why.
#[derive(Clone, Debug)]
pub struct NotRun {
    /// The rule.
    pub rule: Rule,
    /// What it lacks, in words.
    pub why: String,
}

/// Everything that a report is made of.
#[derive(Clone, Debug)]
pub struct RulesReport {
    /// Its title.
    pub title: String,
    /// The plan that the rules were held to.
    pub plan: Option<Plan>,
    /// The districts that the layers name.
    pub district: String,
    /// The rules that were answered.
    pub pages: Vec<RulePage>,
    /// Those that did not run, or lack something without which they are not answered.
    pub not_run: Vec<NotRun>,
    /// The findings.
    pub findings: Findings,
    /// Which files with findings were taken on, and which stand in the project's folder and were not.
    pub findings_files: [Vec<String>; 2],
    /// Comments pinned to places.
    pub comments: Comments,
    /// What scenarios change, where they were compared.
    pub comparison: Option<Arc<Comparison>>,
    /// The layers.
    pub layers: RoleLayers,
    /// The files of the project, each with its role (or that it is left out) and the reason.
    pub contents: Vec<[String; 3]>,
    /// What values were read through.
    pub vocabulary: Arc<Vocabulary>,
    /// When it is made, local time.
    pub time: String,
    /// The language.
    pub lang: Lang,
}

impl RulesReport {
    /// As one HTML document.
    pub fn html(&self, of_workbook: &[String]) -> String {
        let lang = self.lang;
        let heading = |key: &str, is_number: bool| (text_of(lang, key), is_number);
        let summary = Table {
            columns: vec![
                heading("report.rule", false),
                heading("report.clause", false),
                heading("verdict.figure", true),
                heading("report.target", false),
                heading("verdict.ban", true),
                heading("verdict.review", true),
                heading("verdict.list", true),
                heading("report.remarks", false),
            ],
            rows: self.pages.iter().map(|page| self.summary_row(page)).collect(),
        };
        let rows = self.facts().into_iter().map(|(name, value)| vec![name, value]).collect();
        let facts = Table { columns: vec![(String::new(), false), (String::new(), false)], rows };
        let not_run = Table {
            columns: ["report.rule", "report.clause", "report.why"].map(|key| heading(key, false)).to_vec(),
            rows: self.not_run.iter().map(|one| self.not_run_row(one)).collect(),
        };
        let stale = self.pages.iter().filter(|page| page.is_out_of_date).count();
        let body = html! {
            h1 { (self.title) }
            (facts.markup())
            @if stale > 0 { p class="review" { (tr!(lang, "report.stale", n = stale)) } }
            @for told in of_workbook { p class="review" { (told) } }
            h2 { (tr!(lang, "report.overview")) }
            (summary.markup())
            @if !self.not_run.is_empty() {
                h2 { (tr!(lang, "report.not_run")) }
                (not_run.markup())
            }
            @if let Some(compared) = &self.comparison { (comparison::section(compared, lang)) }
            @for page in &self.pages { (self.section(page)) }
            (self.findings_section())
            (self.comments_section())
            h2 { (tr!(lang, "inspect.sources")) } (sources(&self.layers, lang).markup()) (contents(&self.contents, lang))
            p class="signed" {
                @for key in ["report.drawn_up", "report.checked", "report.date"] { span { (text_of(lang, key)) (colon(lang)) } }
            }
            h2 { (tr!(lang, "report.key")) }
            (Table { columns: vec![heading("report.short", false), heading("report.plan", false)], rows: plan_key(lang) }.markup())
        };
        document(&self.title, lang, &body)
    }

    /// What the report is about.
    pub(super) fn facts(&self) -> Vec<(String, String)> {
        let lang = self.lang;
        let plan = self.plan.as_ref().map(|plan| match plan.title.is_empty() {
            true => plan.id.clone(),
            false => format!("{}{}", plan.called().text(lang), bracketed(&plan.id, lang)),
        });
        let district = if self.district.is_empty() { "—".into() } else { self.district.clone() };
        vec![
            (text_of(lang, "report.plan"), plan.unwrap_or_else(|| text_of(lang, "report.no_plan"))),
            (text_of(lang, "report.district"), district),
            (text_of(lang, "report.time"), self.time.clone()),
            (text_of(lang, "report.system"), "WGS 84 / CGCS2000".to_owned()),
            (text_of(lang, "report.software"), format!("Shanshui 山水 {}", env!("CARGO_PKG_VERSION"))),
            (text_of(lang, "report.words"), text_of(lang, "report.words_mean")),
        ]
    }

    fn summary_row(&self, page: &RulePage) -> Vec<String> {
        let (answer, lang) = (&page.answer, self.lang);
        let of = |verdict: Verdict| self.counted(answer, verdict).map(count).unwrap_or_default();
        vec![
            answer.rule.title.text(lang).to_owned(),
            answer.rule.clause_in(lang).into_owned(),
            match answer.figure() {
                // A unit stays with its number.
                Some(figure) => {
                    format!("{} {}", figure.title.text(lang), figure.text(lang).replace(' ', "\u{a0}"))
                }
                // A row of nothing would look like a rule that did not run.
                None if answer.features.is_empty() => headline(answer, lang).join(semicolon(lang)),
                None => String::new(),
            },
            self.target_text(answer),
            of(Verdict::Ban),
            of(Verdict::Review),
            of(Verdict::List),
            self.remarks(page).join(semicolon(lang)),
        ]
    }

    /// How many features an answer has of a verdict; `None` where it has none and its rule gives no such verdict.
    pub(super) fn counted(&self, answer: &RuleAnswer, verdict: Verdict) -> Option<usize> {
        let is_given = answer.status == Status::Answered
            && answer.rule.answer.iter().any(|given| given.verdict() == Some(verdict));
        Some(answer.count(verdict)).filter(|n| *n > 0 || is_given)
    }

    /// A target with how the figure stands to it.
    pub(super) fn target_text(&self, answer: &RuleAnswer) -> String {
        let Some(aim) = &answer.aim else { return String::new() };
        let state = match (aim.state, aim.value) {
            (Some(state), _) => text_of(self.lang, &format!("targets.{}", state.id())),
            (None, Some(_)) => text_of(self.lang, "targets.undecided"),
            (None, None) => text_of(self.lang, "targets.by_hand"),
        };
        format!("{} {} · {state}", aim.year, aim.text.text(self.lang))
    }

    /// What must be said of a rule in a word: it lacks something, values are unknown, something was not looked at.
    pub(super) fn remarks(&self, page: &RulePage) -> Vec<String> {
        let (answer, lang) = (&page.answer, self.lang);
        let under = page.scenario.iter().map(|name| tr!(lang, "scenario.is_on", name = name).into_owned());
        let mut remarks: Vec<String> = under.collect();
        if page.is_out_of_date {
            remarks.push(text_of(lang, "report.out_of_date"));
        }
        if !answer.unknown_values.is_empty() {
            remarks.push(tr!(lang, "report.unknown", n = answer.unknown_values.len()).into_owned());
        }
        if !answer.not_checked.is_empty() {
            remarks.push(tr!(lang, "report.unchecked", n = answer.not_checked.len()).into_owned());
        }
        if answer.left_out > 0 {
            remarks.push(tr!(lang, "rules.left_out", n = count(answer.left_out)).into_owned());
        }
        remarks
    }

    pub(super) fn not_run_row(&self, one: &NotRun) -> Vec<String> {
        vec![one.rule.title.text(self.lang).to_owned(), one.rule.clause_in(self.lang).into_owned(), one.why.clone()]
    }

    fn section(&self, page: &RulePage) -> Markup {
        let (answer, lang) = (&page.answer, self.lang);
        let rule = &answer.rule;
        let figures = headline(answer, lang);
        let chips = [(Verdict::Ban, "chip ban"), (Verdict::Review, "chip review"), (Verdict::List, "chip list")];
        let (rows, more) = self.table(page);
        html! {
            h2 { (rule.title.text(lang)) }
            p class="quiet" { (rule.clause_in(lang)) }
            @if let Some(name) = &page.scenario { p class="review" { (tr!(lang, "scenario.is_on", name = name)) } }
            @if page.is_out_of_date { p class="review" { (tr!(lang, "report.out_of_date")) } }
            p class="figure" { (figures.join(comma(lang))) }
            p { @for (verdict, class) in chips {
                @if answer.count(verdict) > 0 {
                    span class=(class) { (text_of(lang, &format!("verdict.{}", verdict.id()))) " " (count(answer.count(verdict))) }
                }
            } }
            @if let Some(aim) = &answer.aim {
                p { span class=(state_class(aim.state)) { (tr!(lang, "report.target")) (colon(lang)) (self.target_text(answer)) } }
            }
            @if !answer.unknown_values.is_empty() {
                p class="review" { (unknown_text(&answer.unknown_values, &self.vocabulary, lang)) }
            }
            @for note in &answer.notes { p { (note.text(lang)) } }
            @if !answer.not_checked.is_empty() {
                p class="quiet" {
                    (tr!(lang, "report.not_checked")) (colon(lang))
                    (answer.not_checked.iter().map(|told| told.why.text(lang)).collect::<Vec<_>>().join(semicolon(lang)))
                }
            }
            @if let Some(map) = &page.map { (picture(map, rule.title.text(lang))) }
            @for groups in breakdowns(&answer.groups) { (bars(groups, lang)) }
            (folded(&rows, lang))
            @if more > 0 { p class="quiet" { (more_text(more, rows.rows.len(), lang)) } }
            @if let Some(file) = &page.file { p class="quiet" { (super::links::link_to_file(file)) } }
            p class="quiet" {
                (rule.method.text(lang))
                @let parameters = parameters(answer, lang);
                @if !parameters.is_empty() { " " (tr!(lang, "report.parameters", text = parameters.join(semicolon(lang)))) }
                @if !page.left_out.is_empty() {
                    " " (tr!(lang, "rules.left_out", n = count(answer.left_out))) (colon(lang)) (names(&page.left_out, lang))
                }
                " " (tr!(lang, "report.ran", time = local_text(&page.time)))
            }
        }
    }

    /// The rows of a page as far as it has room for them, the gravest first, and how many more there are.
    fn table(&self, page: &RulePage) -> (Table, usize) {
        let columns = Columns { rule: &page.answer.rule, vocabulary: &self.vocabulary, lang: self.lang };
        let layer = &page.rows;
        let has_identity = page.identities.iter().any(|who| !who.position.is_empty());
        let shown = shown_columns(layer, has_identity);
        let own_names = layer.attributes.names();
        let first = layer.rows().next();
        let is_number = |c: usize| first.is_some_and(|row| matches!(layer.attributes.value(row, c), Value::Number(..)));
        let shares: Vec<bool> = own_names.iter().map(|name| is_share(&page.answer, layer, name)).collect();
        let cell = |row: usize, c: usize| match (&*own_names[c], layer.attributes.value(row, c)) {
            ("distance_m" | "area_m2" | "length_m", Value::Number(n, _)) => number(n, 1),
            (_, Value::Number(n, _)) if shares[c] => format!("{} %", number(n * 100.0, 2)),
            (name, value) => columns.text(name, &value),
        };
        let mut headings: Vec<(String, bool)> = Vec::new();
        if has_identity {
            headings.extend(IDENTITY.map(|key| (text_of(self.lang, key), false)));
        }
        headings.extend(shown.iter().map(|c| (columns.title(&own_names[*c]), is_number(*c))));
        let grave = page.answer.count(Verdict::Ban) + page.answer.count(Verdict::Review);
        let room = ROWS.max(grave.min(GRAVE_ROWS));
        let rows = layer.rows().take(room).map(|row| {
            let who = page.identities.get(row).filter(|_| has_identity);
            let who = who.into_iter().flat_map(|who| who.cells()).map(str::to_owned);
            who.chain(shown.iter().map(|c| cell(row, *c))).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let more = layer.feature_count() - rows.len();
        (Table { columns: headings, rows }, more)
    }

    /// Where what was typed into the findings comes from, and what was left aside.
    fn findings_told(&self) -> Vec<String> {
        let lang = self.lang;
        let [read, elsewhere] = self.findings_files.each_ref().map(|files| files.join(between(lang)));
        let from = match read.is_empty() {
            true => tr!(lang, "report.findings_new"),
            false => tr!(lang, "report.findings_from", files = read),
        };
        let aside = (!elsewhere.is_empty()).then(|| tr!(lang, "report.findings_aside", files = elsewhere));
        [Some(from), aside].into_iter().flatten().map(std::borrow::Cow::into_owned).collect()
    }

    fn findings_section(&self) -> Markup {
        let lang = self.lang;
        let all = &self.findings.all;
        let columns = FINDING_COLUMNS.map(|key| (text_of(lang, key), false)).to_vec();
        let rows: Vec<Vec<String>> = self.finding_rows().take(GRAVE_ROWS).collect();
        let more = all.len().saturating_sub(rows.len());
        let shown = rows.len();
        html! {
            @if !all.is_empty() {
                section class="wide" {
                    h2 { (tr!(lang, "findings.title")) }
                    @for text in self.findings_told() { p class="quiet" { (text) } }
                    (folded(&Table { columns, rows }, lang))
                    @if more > 0 { p class="quiet" { (more_text(more, shown, lang)) } }
                }
            }
        }
    }
}

/// A table that is folded on screen where it is long.
pub(super) fn folded(table: &Table, lang: Lang) -> Markup {
    let n = table.rows.len();
    // A few rows more are not worth a fold.
    let shown = if n > UNFOLDED + ROWS { UNFOLDED } else { n };
    table.folded(shown, &tr!(lang, "report.unfold", n = count(n), shown = count(shown)))
}

/// How many rows more there are, and why they are not here.
fn more_text(more: usize, shown: usize, lang: Lang) -> String {
    match shown < GRAVE_ROWS {
        true => tr!(lang, "report.more", n = count(more)).into_owned(),
        false => tr!(lang, "report.beyond", n = count(more), most = count(GRAVE_ROWS)).into_owned(),
    }
}

/// Names, the first of many.
fn names(all: &[String], lang: Lang) -> String {
    const SHOWN: usize = 20;
    let more = if all.len() > SHOWN { "…" } else { "" };
    format!("{}{more}", all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(between(lang)))
}

/// The figures of an answer, and how many features it found.
pub(super) fn headline(answer: &RuleAnswer, lang: Lang) -> Vec<String> {
    let mut figures: Vec<String> =
        answer.figures.iter().map(|f| format!("{} {}", f.title.text(lang), f.text(lang))).collect();
    if !answer.rule.steps.is_empty() && answer.status == Status::Answered {
        figures.push(tr!(lang, "rules.found", n = count(answer.features.len())).into_owned());
    }
    figures
}

/// The parameters that a rule ran with: choices by their names, what no plan gives as 软件默认值.
pub(super) fn parameters(answer: &RuleAnswer, lang: Lang) -> Vec<String> {
    let rule = &answer.rule;
    let text = |p: &crate::rules::Parameter| {
        let value = rule.value(&p.name, &answer.values);
        let value = p.value_text(value, lang);
        let software = (p.software_default && rule.value(&p.name, &answer.values) == p.default)
            .then(|| bracketed(&tr!(lang, "rules.software_default"), lang));
        format!("{} {value}{}", p.title.text(lang), software.unwrap_or_default())
    };
    rule.parameters.iter().map(text).collect()
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
    let first = |group: &Group| group.figures.first().and_then(|figure| figure.value).unwrap_or(0.0);
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
                        td { (group.name.text(lang)) }
                        td class="bar" {
                            @let share = if most > 0.0 { first(group).abs() / most * 100.0 } else { 0.0 };
                            div style=(format!("width:{share:.1}%")) {}
                        }
                        td class="n" { @if let Some(figure) = group.figures.first() { (figure.text(lang)) } }
                        td class="quiet" {
                            @for figure in group.figures.iter().skip(1).take(4) {
                                (figure.title.text(lang)) " " (figure.text(lang)) "　"
                            }
                        }
                    }
                }
            }
        }
        @if more > 0 { p class="quiet" { (tr!(lang, "report.more", n = count(more))) } }
    }
}

/// The columns of rows that a page has room for: what was found about them, then the rest.
fn shown_columns(layer: &Layer, has_identity: bool) -> Vec<usize> {
    const FIRST: [&str; 24] = [
        "indicator",
        "target",
        "value",
        "unit",
        "state",
        "source",
        "verdict",
        "reason",
        "distance_m",
        "nearest_name",
        "with_name",
        "area_m2",
        "length_m",
        "share",
        "forbidden",
        "requires",
        "people",
        "m2_per_person",
        "burdens",
        "lacks",
        "grounds",
        "adds_people",
        "strip_m",
        "green_share",
    ];
    let first = FIRST.iter().filter_map(|name| layer.attributes.column(name));
    let mut columns: Vec<usize> = first.collect();
    // Who a row is stands before.
    let is_said = |name: &str| has_identity && ["code", "name"].contains(&name);
    let rest = layer.attributes.names().iter().enumerate().filter(|(_, name)| !is_said(name)).map(|(c, _)| c);
    columns.extend(rest.filter(|c| !columns.contains(c)).collect::<Vec<_>>());
    columns.truncate(if has_identity { COLUMNS } else { COLUMNS + 2 });
    columns
}
