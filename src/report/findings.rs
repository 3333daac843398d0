//! Findings in a report, and the short names of plans and laws.

use super::columns::rule_title;
use crate::i18n::{Lang, semicolon, text_of, tr};
use crate::rules::findings::Finding;
use crate::rules::{PLANS, Plan};

/// The columns of findings.
pub(super) const FINDING_COLUMNS: [&str; 10] = [
    "report.rule",
    "report.name",
    "report.held_against",
    "report.verdict",
    "findings.state",
    "findings.owner",
    "findings.deadline",
    "report.note",
    "report.found_on",
    "report.history",
];

/// A finding's cells.
pub(super) fn finding_cells(finding: &Finding, lang: Lang) -> Vec<String> {
    let history = finding.history.iter().map(|event| format!("{} {}", event.on, event.what)).collect::<Vec<_>>();
    let gone = finding.gone_on.as_ref().map(|on| tr!(lang, "report.gone", on = on).into_owned());
    let passed =
        (!finding.passed_to.is_empty()).then(|| tr!(lang, "report.passed_to", to = finding.passed_to).into_owned());
    let notes: Vec<String> =
        [Some(finding.note.clone()), passed, gone].into_iter().flatten().filter(|n| !n.is_empty()).collect();
    vec![
        rule_title(&finding.rule, lang),
        finding.name.clone(),
        finding.with.clone(),
        text_of(lang, &format!("verdict.{}", finding.verdict.id())),
        finding.state.term().to_owned(),
        finding.owner.clone(),
        finding.deadline.clone(),
        notes.join(semicolon(lang)),
        finding.found_on.clone(),
        history.join(semicolon(lang)),
    ]
}

/// The short names of the plans, and of the words that clauses use.
pub(super) fn plan_key(lang: Lang) -> Vec<Vec<String>> {
    let plans = PLANS.iter().filter_map(|id| Plan::builtin(id)).map(|plan| vec![plan.id, plan.title]);
    let laws = [["长江保护法", "report.yangtze_law"], ["水污染防治法", "report.water_law"]];
    plans.chain(laws.map(|[name, key]| vec![name.to_owned(), text_of(lang, key)])).collect()
}
