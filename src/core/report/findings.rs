//! Findings in a report, and the short names of plans and laws.

use super::columns::{Identity, position_text, rule_title};
use super::rules::{RulePage, RulesReport};
use crate::i18n::{Lang, colon, semicolon, text_of, tr};
use crate::io::geojson::geometry_of;
use crate::io::is_short_hash;
use crate::rules::findings::{Finding, State};
use crate::rules::{PLANS, Plan};
use std::collections::HashMap;

/// The columns of findings.
pub(super) const FINDING_COLUMNS: [&str; 13] = [
    "report.rule",
    "report.id",
    "report.name",
    "report.town",
    "report.position",
    "report.held_against",
    "report.verdict",
    "findings.state",
    "findings.owner",
    "findings.deadline",
    "report.note",
    "report.found_on",
    "report.history",
];

impl RulesReport {
    /// The cells of every finding. What a rule still finds is called and placed as in the rule's own row of the same
    /// identity; what it finds no more has its own position and no town.
    pub(super) fn finding_rows(&self) -> impl Iterator<Item = Vec<String>> {
        let pages: HashMap<&str, &RulePage> =
            self.pages.iter().map(|page| (page.answer.rule.id.as_str(), page)).collect();
        self.findings.all.iter().map(move |finding| {
            // Two features may stand at one address: only the identity tells which of them it is.
            let row = pages.get(finding.rule.as_str()).and_then(|page| {
                let key = finding.id.strip_prefix(finding.rule.as_str())?.strip_prefix('/')?;
                page.identities.get(*page.rows_by_key.get(key)?)
            });
            finding_cells(finding, row, position_of(finding), self.lang)
        })
    }
}

/// The middle of a finding's envelope; empty where it has no place.
fn position_of(finding: &Finding) -> String {
    let envelope = geometry_of(&finding.geometry).map(|geometry| geometry.bounds()).filter(|b| !b.is_empty());
    envelope.map(|envelope| envelope.center()).map(|c| position_text(c.lon, c.lat)).unwrap_or_default()
}

/// A finding's cells.
fn finding_cells(finding: &Finding, who: Option<&Identity>, position: String, lang: Lang) -> Vec<String> {
    let history = finding.history.iter().map(|event| format!("{} {}", event.on, event_text(&event.what, lang)));
    let gone = finding.gone_on.as_ref().map(|on| tr!(lang, "report.gone", on = on).into_owned());
    let passed =
        (!finding.passed_to.is_empty()).then(|| tr!(lang, "report.passed_to", to = finding.passed_to).into_owned());
    let notes: Vec<String> =
        [Some(finding.note.clone()), passed, gone].into_iter().flatten().filter(|n| !n.is_empty()).collect();
    // A hash of its geometry names nothing.
    let own = |text: &String| if is_short_hash(text) { String::new() } else { text.clone() };
    vec![
        rule_title(&finding.rule, lang),
        who.map_or_else(|| own(&finding.subject), |who| who.id.clone()),
        who.map(|who| who.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| own(&finding.name)),
        who.map(|who| who.town.clone()).unwrap_or_default(),
        position,
        finding.with.clone(),
        text_of(lang, &format!("verdict.{}", finding.verdict.id())),
        state_text(finding.state, lang),
        finding.owner.clone(),
        finding.deadline.clone(),
        notes.join(semicolon(lang)),
        finding.found_on.clone(),
        history.collect::<Vec<_>>().join(semicolon(lang)),
    ]
}

/// A state of a finding in the reader's language.
pub fn state_text(state: State, lang: Lang) -> String {
    let key = match state {
        State::Found => "findings.state_found",
        State::PassedOn => "findings.state_passed_on",
        State::Urged => "findings.state_urged",
        State::Reported => "findings.state_reported",
        State::Closed => "findings.state_closed",
    };
    text_of(lang, key)
}

/// What happened to a finding, in the reader's language: files keep it in the plans' words.
fn event_text(what: &str, lang: Lang) -> String {
    let word = |text: &str| match State::ALL.into_iter().find(|state| state.term() == text) {
        Some(state) => state_text(state, lang),
        None => text.to_owned(),
    };
    let key = |name: &str| match name {
        "不再命中" => Some("report.event_gone"),
        "再次命中" => Some("report.event_again"),
        "状态" => Some("findings.state"),
        "期限" => Some("findings.deadline"),
        "责任人" => Some("findings.owner"),
        "移交" => Some("findings.passed_to"),
        "备注" => Some("report.note"),
        _ => None,
    };
    match what.split_once('：').and_then(|(name, rest)| Some((key(name)?, rest.split_once(" → ")?))) {
        Some((key, (old, new))) => format!("{}{}{} → {}", text_of(lang, key), colon(lang), word(old), word(new)),
        None => key(what).map_or_else(|| word(what), |key| text_of(lang, key)),
    }
}

/// The short names of the plans, and of the words that clauses use.
pub(super) fn plan_key(lang: Lang) -> Vec<Vec<String>> {
    let plans = PLANS.iter().filter_map(|id| Plan::builtin(id)).map(|plan| {
        let title = plan.called().text(lang).to_owned();
        vec![plan.id, title]
    });
    let laws = [
        ["长江保护法", "report.yangtze_law"],
        ["水污染防治法", "report.water_law"],
        ["土壤污染防治法", "report.soil_law"],
        ["土地管理法", "report.land_law"],
    ];
    plans.chain(laws.map(|[name, key]| vec![name.to_owned(), text_of(lang, key)])).collect()
}
