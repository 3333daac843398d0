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
pub fn event_text(what: &str, lang: Lang) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::Role;
    use crate::progress::Progress;
    use crate::rules::findings::{Findings, Remark, found_by};
    use crate::rules::{Catalogue, RuleInput, Values, run};
    use crate::vocabulary::Vocabulary;
    use std::sync::Arc;

    fn layer(name: &str, features: &str) -> crate::model::Layer {
        let text = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
        read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default()).expect("readable")
    }

    /// A report of a rule that finds three outlets in a source zone: two of them at one address, of one name or another.
    fn report(names: [&str; 3]) -> RulesReport {
        let outlet = |(id, name, lon): (&str, &str, f64)| {
            format!(
                r#"{{"type":"Feature","id":"{id}","properties":{{"name":"{name}","class":"工业排污口"}},
                "geometry":{{"type":"Point","coordinates":[{lon},31.3]}}}}"#
            )
        };
        let [a, b, c] = names;
        let outlets = [("o-1", a, 121.4), ("o-2", b, 121.4), ("o-3", c, 121.401)].map(outlet).join(",");
        let zone = r#"{"type":"Feature","id":"z","properties":{"name":"水源地","level":"一级"},"geometry":{"type":"Polygon",
            "coordinates":[[[121.3,31.2],[121.5,31.2],[121.5,31.4],[121.3,31.4],[121.3,31.2]]]}}"#;
        let indexed = |layer| Arc::new(IndexedLayer::new(Arc::new(layer)));
        let layers = vec![
            (Role::Outlet, indexed(layer("outlet.geojson", &outlets))),
            (Role::WaterSourceZone, indexed(layer("water_source_zone.geojson", zone))),
        ];
        let input = RuleInput::new(layers.clone());
        let catalogue = Catalogue::builtin();
        let rule = catalogue.get("outlets-in-source-zones").expect("there");
        let answer = run(rule, &input, &Values::new(), &Progress::default()).expect("nobody stopped it");
        let rows = answer.rows(&input, Lang::Zh, &Progress::default()).expect("not stopped");
        let rows = rows.layer();
        let mut findings = Findings::default();
        findings.update(&rule.id, &found_by(&answer, &input, rows).expect("an answer"), "2026-11-30");
        let keys = answer.keys(&input);
        let page = RulePage {
            identities: (0..rows.len()).map(|row| Identity::of(rows, row, "镇".to_owned())).collect(),
            rows_by_key: keys.iter().enumerate().map(|(row, key)| (key.to_string(), row)).collect(),
            answer,
            rows: crate::model::Layer::clone(rows),
            map: None,
            time: String::new(),
            is_out_of_date: false,
            scenario: None,
            left_out: Vec::new(),
            file: None,
        };
        RulesReport {
            findings_files: [vec!["answers/findings.geojson".to_owned()], Vec::new()],
            comparison: None,
            comments: crate::comments::Comments::default(),
            title: "核查".to_owned(),
            plan: None,
            district: String::new(),
            pages: vec![page],
            not_run: Vec::new(),
            findings,
            layers,
            contents: Vec::new(),
            vocabulary: Arc::clone(Vocabulary::builtin()),
            time: String::new(),
            lang: Lang::Zh,
        }
    }

    #[test]
    fn two_at_one_address_are_told_apart() {
        for names in [["甲", "乙", "丙"], ["甲", "甲", "甲"]] {
            let report = report(names);
            let rows: Vec<Vec<String>> = report.finding_rows().collect();
            let who: Vec<[&str; 3]> = rows.iter().map(|row| [&*row[1], &*row[2], &*row[3]]).collect();
            let expected: Vec<String> =
                report.pages[0].rows.rows().map(|row| report.pages[0].identities[row].id.clone()).collect();
            assert_eq!(rows.len(), 3, "{rows:?}");
            assert_eq!(rows[0][4], rows[1][4], "they stand at one address");
            for (at, one) in who.iter().enumerate() {
                assert_eq!(one, &[expected[at].as_str(), names[at], "镇"], "{rows:?}");
            }
            let ids: std::collections::BTreeSet<&str> = who.iter().map(|one| one[0]).collect();
            assert_eq!(ids.len(), 3, "{rows:?}");
        }
    }

    #[test]
    fn what_is_found_no_more_has_its_own_name_and_place() {
        let mut report = report(["甲", "乙", "丙"]);
        let rule = report.pages[0].answer.rule.id.clone();
        report.findings.update(&rule, &[], "2026-12-01");
        report.pages[0].rows_by_key.clear();
        report.findings.all[1].remark(Remark::Owner("张".into()), "2026-12-02", "2026-12-02T08");
        let rows: Vec<Vec<String>> = report.finding_rows().collect();
        assert_eq!((&*rows[1][2], &*rows[1][3], &*rows[1][4]), ("乙", "", "121.400000, 31.300000"));
        assert!(rows[1][10].contains("自 2026-12-01 起不再出现") && rows[1][12].contains("责任人：— → 张"), "{rows:?}");
        // Page and workbook have the same rows, all of them; on screen a few, on paper all.
        let page = report.html(&[]);
        assert!(rows.iter().all(|row| page.contains(&format!(">{}<", row[1]))), "{page}");
        assert!(page.contains("<section class=\"wide\"><h2>处置</h2>"));
    }
}
