//! Bans and reviews as findings with a state: found, passed on, urged, reported, closed. What a rule finds again keeps its
//! history; what it finds no more says so. Kept as GeoJSON that others can read.

use super::Verdict;
pub use super::finding_list::FindingList;
pub use super::found::{Found, found_by};
use super::merging::{Changed, Field, moment};
use crate::io::{SaveError, is_short_hash, save_atomically};
use crate::model::{UnknownKey, nearest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// The file of a project's findings, in its folder.
pub const FILE: &str = "findings.geojson";

/// The steps of a finding's way, in their order (监控发现—移交查处—督促整改—移送上报—销号).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// It was found.
    #[serde(rename = "发现")]
    Found,
    /// It was passed on to be looked into.
    #[serde(rename = "移交查处")]
    PassedOn,
    /// Somebody is urged to mend it.
    #[serde(rename = "督促整改")]
    Urged,
    /// It was reported upwards.
    #[serde(rename = "移送上报")]
    Reported,
    /// It is closed.
    #[serde(rename = "销号")]
    Closed,
}

impl State {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Found, Self::PassedOn, Self::Urged, Self::Reported, Self::Closed];

    /// In the plan's words.
    pub fn term(self) -> &'static str {
        match self {
            Self::Found => "发现",
            Self::PassedOn => "移交查处",
            Self::Urged => "督促整改",
            Self::Reported => "移送上报",
            Self::Closed => "销号",
        }
    }
}

/// Something that happened to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// The day, `2026-11-26`.
    pub on: String,
    /// What.
    pub what: String,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id: the same for as long as its rule finds the same feature.
    pub id: String,
    /// The rule that found it.
    pub rule: String,
    /// The role of the feature that it is about.
    #[serde(default)]
    pub role: String,
    /// The feature: its code, else its id, else a hash of its geometry.
    #[serde(default)]
    pub subject: String,
    /// What it is about: the feature's code or name.
    pub name: String,
    /// What it is held against, where that has a name.
    #[serde(default)]
    pub with: String,
    /// What a match of the rule is good for.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: State,
    /// The day that it was found first.
    pub found_on: String,
    /// The day that a rule found it last.
    pub seen_on: String,
    /// The day since which the rule finds it no more.
    #[serde(default)]
    pub gone_on: Option<String>,
    /// By when it is to be closed.
    #[serde(default)]
    pub deadline: String,
    /// Who sees to it.
    #[serde(default)]
    pub owner: String,
    /// Whom it was passed to.
    #[serde(default)]
    pub passed_to: String,
    /// A note.
    #[serde(default)]
    pub note: String,
    /// What happened, the oldest first.
    #[serde(default)]
    pub history: Vec<Event>,
    /// What it was known by before, where that was another id.
    #[serde(default, rename = "shanshui_former", skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// When people set its fields, and to what.
    #[serde(default, rename = "shanshui_changed", skip_serializing_if = "Changed::is_empty")]
    pub changed: Changed,
    /// Where it is: a GeoJSON geometry.
    #[serde(skip)]
    pub geometry: Value,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
    /// Members of its feature beside type, id, properties and geometry: a box, what others add.
    #[serde(skip)]
    pub foreign: Map<String, Value>,
}

/// The members of a finding, as its properties have them.
const MEMBERS: [&str; 19] = [
    "id",
    "rule",
    "role",
    "subject",
    "name",
    "with",
    "verdict",
    "reason",
    "state",
    "found_on",
    "seen_on",
    "gone_on",
    "deadline",
    "owner",
    "passed_to",
    "note",
    "history",
    "shanshui_former",
    "shanshui_changed",
];

/// A part of a finding that people change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Its state.
    State(State),
    /// By when it is to be closed.
    Deadline(String),
    /// Who sees to it.
    Owner(String),
    /// Whom it was passed to.
    PassedTo(String),
    /// A note.
    Note(String),
}

impl Finding {
    /// Changes a part, with an entry in its history. `at` is the moment ([`super::moment`]), by which it is merged with what
    /// others set.
    pub fn remark(&mut self, remark: Remark, today: &str, at: &str) {
        let field = match &remark {
            Remark::State(_) => Field::State,
            Remark::Deadline(_) => Field::Deadline,
            Remark::Owner(_) => Field::Owner,
            Remark::PassedTo(_) => Field::PassedTo,
            Remark::Note(_) => Field::Note,
        };
        let (what, old, new) = match remark {
            Remark::State(state) => {
                let old = std::mem::replace(&mut self.state, state);
                ("状态", old.term().to_owned(), state.term().to_owned())
            }
            Remark::Deadline(text) => ("期限", std::mem::replace(&mut self.deadline, text.clone()), text),
            Remark::Owner(text) => ("责任人", std::mem::replace(&mut self.owner, text.clone()), text),
            Remark::PassedTo(text) => ("移交", std::mem::replace(&mut self.passed_to, text.clone()), text),
            Remark::Note(text) => ("备注", std::mem::replace(&mut self.note, text.clone()), text),
        };
        if old != new {
            let old = if old.is_empty() { "—".to_owned() } else { old };
            self.history.push(Event { on: today.to_owned(), what: format!("{what}：{old} → {new}") });
            self.note_set(field, at);
        }
    }

    /// True where it is neither closed nor gone and its deadline has passed.
    pub fn is_overdue(&self, today: &str) -> bool {
        self.state != State::Closed
            && self.gone_on.is_none()
            && !self.deadline.is_empty()
            && self.deadline.as_str() < today
    }
}

/// All findings of a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Them, in the order in which they were found.
    pub all: FindingList,
    /// Members of the file that this version does not know.
    pub(super) more: Map<String, Value>,
}

/// What one run of rules changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Updated {
    /// New findings.
    pub new: usize,
    /// Found again.
    pub still: usize,
    /// Found no more.
    pub gone: usize,
}

/// Why there are no findings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {cause}")]
pub struct FindingsError {
    /// The file.
    pub file: String,
    /// What is wrong, with the line and the column.
    pub cause: String,
}

impl Findings {
    /// These findings.
    pub fn of(all: Vec<Finding>) -> Self {
        Self { all: all.into(), more: Map::new() }
    }

    /// Reads the findings of a folder; none where it has no file of them.
    ///
    /// # Errors
    /// [`FindingsError`] where the file is there and holds something else.
    pub fn read(path: &Path) -> Result<Self, FindingsError> {
        let wrong = |cause: String| FindingsError { file: path.display().to_string(), cause };
        // A pipe of that name would keep its reader waiting.
        let metadata = std::fs::metadata(path);
        if metadata.as_ref().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(wrong("not a regular file".to_owned()));
        }
        let mut findings = match std::fs::read_to_string(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(wrong(e.to_string())),
            Ok(text) => Self::parse(&text).map_err(wrong)?,
        };
        let written = metadata.and_then(|metadata| metadata.modified()).map(moment).unwrap_or_default();
        findings.all.iter_mut().for_each(|finding| finding.note_other_hands(&written));
        Ok(findings)
    }

    /// Writes them, or leaves what stood there.
    ///
    /// # Errors
    /// [`SaveError`] with the operating system's cause.
    pub fn write(&self, path: &Path) -> Result<(), SaveError> {
        save_atomically(path, |out| self.write_geojson(out))
    }

    /// Properties that this version does not know, each once; they are kept.
    pub fn unknown(&self, file: &Path) -> Vec<UnknownKey> {
        let names: BTreeSet<&String> = self.all.iter().flat_map(|finding| finding.more.keys()).collect();
        let one = |name: &String| UnknownKey {
            file: file.display().to_string(),
            line: None,
            place: "properties".to_owned(),
            key: name.clone(),
            nearest: nearest(name, MEMBERS.into_iter()),
        };
        names.into_iter().map(one).collect()
    }

    /// A finding by its id.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Finding> {
        // Looked for first: what is looked at to be changed is copied where another list shares it.
        let at = self.all.iter().position(|finding| finding.id == id)?;
        self.all.get_mut(at)
    }

    /// Takes in what a rule found: what was found before keeps its state and history, what is found no more is marked as
    /// gone.
    pub fn update(&mut self, rule: &str, found: &[Found], today: &str) -> Updated {
        let mut updated = Updated::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let of_rule = self.all.iter().enumerate().filter(|(_, finding)| finding.rule == rule);
        let mut known: HashMap<String, usize> = of_rule.map(|(at, finding)| (finding.id.clone(), at)).collect();
        let found = || found.iter().filter(|one| one.verdict != Verdict::List);
        let now: BTreeSet<String> = found().map(|one| format!("{rule}/{}", one.key)).collect();
        for one in found() {
            let id = format!("{rule}/{}", one.key);
            seen.insert(id.clone());
            // What an earlier version knew it by; a number may have gone over to another feature.
            let mut formers = one.former.iter().map(|key| format!("{rule}/{key}"));
            if !known.contains_key(&id)
                && let Some((former, at)) = formers.find_map(|former| {
                    let at = known.get(&former).copied().filter(|at| one.is_like(&self.all[*at]))?;
                    (!now.contains(&former)).then_some((former, at))
                })
            {
                known.remove(&former);
                known.insert(id.clone(), at);
                (self.all[at].id, self.all[at].subject) = (id.clone(), one.key.subject.clone());
                self.all[at].former = Some(former);
            }
            match known.get(&id).map(|at| &mut self.all[*at]) {
                Some(known) => {
                    updated.still += 1;
                    if known.gone_on.take().is_some() {
                        known.history.push(Event { on: today.to_owned(), what: "再次命中".to_owned() });
                    }
                    known.seen_on = today.to_owned();
                    (known.verdict, known.reason) = (one.verdict, one.reason.clone());
                    known.geometry = one.geometry.clone();
                    // An earlier version called what a rule made by a hash.
                    if is_short_hash(&known.name) {
                        (known.name, known.with) = (one.name.clone(), one.with.clone());
                    }
                }
                None => {
                    updated.new += 1;
                    known.insert(id.clone(), self.all.len());
                    let mut new = Finding {
                        id,
                        rule: rule.to_owned(),
                        role: one.key.role.map(|role| role.id().to_owned()).unwrap_or_default(),
                        subject: one.key.subject.clone(),
                        name: one.name.clone(),
                        with: one.with.clone(),
                        verdict: one.verdict,
                        reason: one.reason.clone(),
                        state: State::Found,
                        found_on: today.to_owned(),
                        seen_on: today.to_owned(),
                        gone_on: None,
                        deadline: String::new(),
                        owner: one.owner.clone(),
                        passed_to: String::new(),
                        note: String::new(),
                        history: vec![Event { on: today.to_owned(), what: "发现".to_owned() }],
                        former: None,
                        changed: Changed::new(),
                        geometry: one.geometry.clone(),
                        more: Map::new(),
                        foreign: Map::new(),
                    };
                    if !new.owner.is_empty() {
                        new.note_set(Field::Owner, today);
                    }
                    self.all.push(new);
                }
            }
        }
        let is_gone = |f: &Finding| f.rule == rule && f.gone_on.is_none() && !seen.contains(&f.id);
        let gone: Vec<usize> = self.all.iter().enumerate().filter(|(_, f)| is_gone(f)).map(|(at, _)| at).collect();
        for at in gone {
            let finding = &mut self.all[at];
            updated.gone += 1;
            finding.gone_on = Some(today.to_owned());
            finding.history.push(Event { on: today.to_owned(), what: "不再命中".to_owned() });
        }
        updated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;
    use crate::rules::MatchKey;
    use serde_json::json;

    fn key(subject: &str) -> MatchKey {
        MatchKey { role: Some(Role::Outlet), subject: subject.to_owned(), with: String::new() }
    }

    fn found(matches: &[(&str, Verdict, f64)]) -> Vec<Found> {
        let one = |(subject, verdict, x): &(&str, Verdict, f64)| Found {
            key: key(subject),
            former: vec![key(subject)],
            name: "甲".to_owned(),
            with: String::new(),
            verdict: *verdict,
            reason: "因".to_owned(),
            owner: String::new(),
            geometry: json!({"type": "Point", "coordinates": [x, 31.0]}),
        };
        matches.iter().map(one).collect()
    }

    #[test]
    fn history_outlives_every_run() {
        let mut findings = Findings::default();
        let first = findings.update(
            "r",
            &found(&[("a", Verdict::Ban, 1.0), ("b", Verdict::Review, 2.0), ("c", Verdict::List, 3.0)]),
            "2026-01-01",
        );
        assert_eq!(first, Updated { new: 2, still: 0, gone: 0 });
        let id = findings.all[0].id.clone();
        findings.get_mut(&id).expect("there").remark(Remark::State(State::PassedOn), "2026-01-02", "2026-01-02T08");
        findings.get_mut(&id).expect("there").remark(Remark::Owner("张".into()), "2026-01-02", "2026-01-02T09");
        // Another rule concerns nobody else's findings; the same feature moved keeps its id.
        findings.update("s", &found(&[]), "2026-01-03");
        assert_eq!(
            findings.update("r", &found(&[("a", Verdict::Ban, 1.5)]), "2026-01-03"),
            Updated { new: 0, still: 1, gone: 1 }
        );
        assert_eq!(findings.all[1].gone_on.as_deref(), Some("2026-01-03"));
        assert_eq!(
            findings.update("r", &found(&[("a", Verdict::Ban, 1.5), ("b", Verdict::Review, 2.0)]), "2026-01-04").still,
            2
        );
        let known = &findings.all[0];
        assert_eq!((known.state, known.owner.as_str(), known.found_on.as_str()), (State::PassedOn, "张", "2026-01-01"));
        assert_eq!(known.geometry["coordinates"][0], 1.5);
        let told: Vec<&str> = findings.all[1].history.iter().map(|e| e.what.as_str()).collect();
        assert_eq!(told, ["发现", "不再命中", "再次命中"]);
        assert_eq!(known.history[1].what, "状态：发现 → 移交查处");
    }

    fn again_of(path: &Path) -> Finding {
        Findings::read(path).expect("readable").all.remove(0)
    }

    #[test]
    fn what_an_earlier_version_kept_by_a_number_goes_on_under_the_code() {
        let mut findings = Findings::default();
        findings.update("r", &found(&[("1", Verdict::Ban, 1.0), ("2", Verdict::Ban, 2.0)]), "2026-01-01");
        findings.all[1].name = "乙".into();
        findings.all[0].note = "已约谈".into();
        // The first is known by its code now; the number of the second is that of another feature.
        let mut now = found(&[("1", Verdict::Ban, 1.0), ("2", Verdict::Ban, 3.0)]);
        (now[0].key, now[1].key) = (key("WP-1"), key("WP-3"));
        now[1].name = "丙".into();
        assert_eq!(findings.update("r", &now, "2026-01-02"), Updated { new: 1, still: 1, gone: 1 });
        let told: Vec<(&str, &str, bool)> =
            findings.all.iter().map(|f| (f.id.as_str(), f.note.as_str(), f.gone_on.is_some())).collect();
        assert_eq!(told, [("r/outlet/WP-1", "已约谈", false), ("r/outlet/2", "", true), ("r/outlet/WP-3", "", false)]);
        assert_eq!(findings.all[0].subject, "WP-1");
    }

    #[test]
    fn what_is_written_is_read_back_with_what_is_not_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        assert_eq!(Findings::read(&path).expect("none"), Findings::default());
        let mut findings = Findings::default();
        findings.update("r", &found(&[("a", Verdict::Ban, 1.0)]), "2026-01-01");
        findings.all[0].more.insert("照片".into(), json!(["1.jpg"]));
        findings.more.insert("name".into(), "我区".into());
        findings.write(&path).expect("writable");
        let again = Findings::read(&path).expect("readable");
        assert_eq!(again.all, findings.all);
        assert_eq!(again.more["name"], "我区");
        // What others add to a feature stays, and what a finding has no use for is named.
        let mut text: Value = serde_json::from_str(&again.to_geojson()).expect("JSON");
        text["features"][0]["bbox"] = json!([1, 2, 3, 4]);
        text["features"][0]["properties"]["dedline"] = json!("2026-12-01");
        std::fs::write(&path, text.to_string()).expect("writable");
        let again = Findings::read(&path).expect("readable");
        let told: Vec<_> = again.unknown(&path).into_iter().map(|key| (key.key, key.nearest)).collect();
        assert_eq!(told, [("dedline".to_owned(), Some("deadline".to_owned())), ("照片".to_owned(), None)]);
        let written: Value = serde_json::from_str(&again.behind(findings).to_geojson()).expect("JSON");
        assert_eq!((&written["features"][0]["bbox"], &written["name"]), (&json!([1, 2, 3, 4]), &json!("我区")));
        assert_eq!(written["features"][0]["properties"]["dedline"], "2026-12-01");
        let known = Findings::of(vec![Finding { more: Map::new(), ..again_of(&path) }]);
        let properties = serde_json::to_value(&known.all[0]).expect("JSON");
        assert!(properties.as_object().is_some_and(|all| all.keys().all(|name| MEMBERS.contains(&name.as_str()))));
        assert!(known.unknown(&path).is_empty());
        std::fs::write(&path, "{\"features\":[{}]}").expect("writable");
        assert!(Findings::read(&path).expect_err("wrong").cause.contains("feature 1"));
        for no_feature in ["1", "\"a\"", "[{}]", "true"] {
            std::fs::write(&path, format!("{{\"features\":[{no_feature}]}}")).expect("writable");
            let refused = Findings::read(&path).expect_err("no object").cause;
            assert!(refused.contains("feature 1"), "{no_feature}: {refused}");
        }
    }

    #[test]
    fn ours_come_behind_what_somebody_else_kept() {
        let (mut ours, mut theirs) = (Findings::default(), Findings::default());
        ours.update("r", &found(&[("a", Verdict::Ban, 1.0), ("b", Verdict::Ban, 2.0)]), "2026-01-02");
        theirs.update("r", &found(&[("a", Verdict::Ban, 1.0)]), "2026-01-01");
        theirs.all[0].remark(Remark::Owner("张".into()), "2026-01-01", "2026-01-01T08");
        let both = ours.clone().behind(theirs.clone());
        // What we did since stands against what they have not done.
        for state in [State::PassedOn, State::Urged] {
            ours.all[0].remark(Remark::State(state), "2026-01-03", "2026-01-03T08");
        }
        let after = ours.behind(theirs);
        assert_eq!((after.all[0].state, after.all[0].history.len()), (State::Urged, 5));
        assert_eq!(both.all.len(), 2);
        assert_eq!((both.all[0].owner.as_str(), both.all[0].found_on.as_str()), ("张", "2026-01-01"));
    }

    #[test]
    fn what_is_no_feature_is_told_with_its_number() {
        for (feature, told) in [
            ("1", "not a feature"),
            ("null", "not a feature"),
            ("\"a\"", "not a feature"),
            ("[]", "not a feature"),
            ("true", "not a feature"),
            ("{}", "null"),
            ("{\"properties\":7}", "7"),
            ("{\"properties\":{\"id\":1}}", "1"),
        ] {
            let good = json!(found_one()).to_string();
            let text = format!("{{\"features\":[{{\"properties\":{good}}},{feature}]}}");
            let cause = Findings::parse(&text).expect_err(feature);
            assert!(cause.starts_with("feature 2: ") && cause.contains(told), "{feature}: {cause}");
        }
        for text in ["1", "[]", "null", "{\"features\":1}", "{\"features\":{}}", "{}"] {
            Findings::parse(text).expect_err(text);
        }
    }

    fn found_one() -> Finding {
        let mut findings = Findings::default();
        findings.update("r", &found(&[("a", Verdict::Ban, 1.0)]), "2026-01-01");
        findings.all.remove(0)
    }

    #[test]
    fn deadlines_pass() {
        let mut findings = Findings::default();
        findings.update("r", &found(&[("a", Verdict::Ban, 1.0)]), "2026-01-01");
        let finding = &mut findings.all[0];
        finding.remark(Remark::Deadline("2026-02-01".into()), "2026-01-01", "2026-01-01T08");
        assert!(!finding.is_overdue("2026-02-01") && finding.is_overdue("2026-02-02"));
        finding.remark(Remark::State(State::Closed), "2026-02-02", "2026-02-02T08");
        assert!(!finding.is_overdue("2026-02-02"));
    }
}
