//! Findings of two who kept them at the same time: each field as it was set last.
//!
//! Beside every field that people set stand the moment and the value. A value that is another than the one noted was set by
//! other hands (a GIS, an editor) since, at the latest when the file was written. So two copies come to the same, whichever
//! is taken into the other.

use super::findings::{Event, Finding, Findings, State};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

/// When a field was set, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSet {
    /// The moment ([`moment`]), or the day.
    pub at: String,
    /// The value.
    pub to: String,
}

/// When fields were set, by their names.
pub type Changed = BTreeMap<String, FieldSet>;

/// A moment in UTC, to the nanosecond: RFC 3339 of one length, so that texts come in the order of the moments.
pub fn moment(time: SystemTime) -> String {
    let time = time::OffsetDateTime::from(time);
    let (month, day) = (u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let year = time.year();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:09}Z", time.nanosecond())
}

/// A field of a finding that people set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Its state.
    State,
    /// By when it is to be closed.
    Deadline,
    /// Who sees to it.
    Owner,
    /// Whom it was passed to.
    PassedTo,
    /// A note.
    Note,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::State, Self::Deadline, Self::Owner, Self::PassedTo, Self::Note];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Deadline => "deadline",
            Self::Owner => "owner",
            Self::PassedTo => "passed_to",
            Self::Note => "note",
        }
    }

    /// Its value in a finding.
    pub fn of(self, finding: &Finding) -> &str {
        match self {
            Self::State => finding.state.term(),
            Self::Deadline => &finding.deadline,
            Self::Owner => &finding.owner,
            Self::PassedTo => &finding.passed_to,
            Self::Note => &finding.note,
        }
    }

    /// True where nobody set it.
    fn is_unset(self, finding: &Finding) -> bool {
        match self {
            Self::State => finding.state == State::Found,
            _ => self.of(finding).is_empty(),
        }
    }

    fn take_from(self, finding: &mut Finding, other: &Finding) {
        match self {
            Self::State => finding.state = other.state,
            Self::Deadline => finding.deadline.clone_from(&other.deadline),
            Self::Owner => finding.owner.clone_from(&other.owner),
            Self::PassedTo => finding.passed_to.clone_from(&other.passed_to),
            Self::Note => finding.note.clone_from(&other.note),
        }
    }

    /// True where the other's value stands, by the time at which each was set.
    pub(super) fn is_later(self, own: &Finding, other: &Finding) -> bool {
        let at = |finding: &Finding| finding.changed.get(self.name()).map(|set| set.at.clone()).unwrap_or_default();
        at(own).cmp(&at(other)).then_with(|| self.compare(own, other)) == Ordering::Less
    }

    /// Which of two values stands where neither was set later than the other: the further state, a text before none.
    fn compare(self, own: &Finding, other: &Finding) -> Ordering {
        match self {
            Self::State => own.state.cmp(&other.state),
            _ => self.of(own).cmp(self.of(other)),
        }
    }
}

impl Finding {
    /// Notes that a field was set at a moment.
    pub(super) fn note_set(&mut self, field: Field, at: &str) {
        let set = FieldSet { at: at.to_owned(), to: field.of(self).to_owned() };
        self.changed.insert(field.name().to_owned(), set);
    }

    /// Notes that a field is set now, later than in another copy whatever a clock says.
    pub(super) fn note_later(&mut self, field: Field, than: &Self, now: &str) {
        let at = match than.changed.get(field.name()) {
            Some(set) if set.at.as_str() >= now => format!("{}+", set.at),
            _ => now.to_owned(),
        };
        self.note_set(field, &at);
    }

    /// Notes what other hands set in a file that was written at this moment.
    pub(super) fn note_other_hands(&mut self, written: &str) {
        for field in Field::ALL {
            let at = match self.changed.get(field.name()) {
                Some(set) if set.to == field.of(self) => continue,
                // Later than what was noted, whatever the clock of the file's machine says.
                Some(set) if set.at.as_str() >= written => format!("{}+", set.at),
                None if field.is_unset(self) => continue,
                _ => written.to_owned(),
            };
            self.note_set(field, &at);
        }
    }

    /// The last day on which a rule had something to say of it.
    fn last_known(&self) -> &str {
        self.gone_on.as_deref().map_or(self.seen_on.as_str(), |gone| gone.max(self.seen_on.as_str()))
    }

    /// Two copies of one finding as one: of what rules found what is known last, of each field what was set last, of what
    /// happened everything.
    fn merged(self, other: Self) -> Self {
        // The one that was given another name has the later name.
        let named = if self.former.is_none() && other.former.is_some() { &other } else { &self };
        let (id, subject, former) = (named.id.clone(), named.subject.clone(), named.former.clone());
        let is_later = other.last_known() > self.last_known();
        let (mut kept, other) = if is_later { (other, self) } else { (self, other) };
        for field in Field::ALL {
            if field.is_later(&kept, &other) {
                field.take_from(&mut kept, &other);
                if let Some(set) = other.changed.get(field.name()) {
                    kept.changed.insert(field.name().to_owned(), set.clone());
                }
            }
        }
        if other.found_on < kept.found_on {
            kept.found_on.clone_from(&other.found_on);
        }
        kept.history = merged_history(std::mem::take(&mut kept.history), other.history);
        for (name, value) in other.more {
            kept.more.entry(name).or_insert(value);
        }
        for (name, value) in other.foreign {
            kept.foreign.entry(name).or_insert(value);
        }
        Self { id, subject, former, ..kept }
    }
}

/// What happened to both, by days: an event as often as it stands in the one in which it stands more often.
fn merged_history(own: Vec<Event>, other: Vec<Event>) -> Vec<Event> {
    let mut unmatched: HashMap<Event, usize> = HashMap::new();
    own.iter().for_each(|event| *unmatched.entry(event.clone()).or_default() += 1);
    let mut all = own;
    for event in other {
        match unmatched.get_mut(&event).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => all.push(event),
        }
    }
    // Stable: what happened on one day stays in its order.
    all.sort_by(|a, b| a.on.cmp(&b.on));
    all
}

impl Findings {
    /// Takes in findings that somebody else kept; what only we know comes behind. Members that this version does not know are
    /// theirs to set. One of the two may know a finding by what it was known by before.
    pub fn behind(self, theirs: Self) -> Self {
        let own_ids: HashSet<String> = self.all.iter().map(|own| own.id.clone()).collect();
        let mut at: HashMap<String, usize> =
            theirs.all.iter().enumerate().map(|(at, known)| (known.id.clone(), at)).collect();
        for (place, known) in theirs.all.iter().enumerate() {
            if let Some(former) = &known.former {
                at.entry(former.clone()).or_insert(place);
            }
        }
        let mut all: Vec<Option<Finding>> = theirs.all.into_iter().map(Some).collect();
        for own in &self.all {
            // A number that was given up may be another's since.
            let former = own.former.as_ref().filter(|former| !own_ids.contains(*former));
            let known = [at.get(&own.id), former.and_then(|former| at.get(former))].map(Option::<&usize>::copied);
            // Nearly all of them, where two keep many.
            if let [Some(same), None] = known
                && all[same].as_ref() == Some(own)
            {
                continue;
            }
            let (mut both, mut place) = (own.clone(), None);
            for known_at in known.into_iter().flatten() {
                let Some(known) = all[known_at].take() else { continue };
                let (more, foreign) = (known.more.clone(), known.foreign.clone());
                both = both.merged(known);
                both.more.extend(more);
                both.foreign.extend(foreign);
                place.get_or_insert(known_at);
            }
            match place {
                Some(place) => all[place] = Some(both),
                None => all.push(Some(both)),
            }
        }
        Self { all: all.into_iter().flatten().collect(), more: theirs.more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::findings::Remark;
    use serde_json::json;

    fn finding() -> Finding {
        let json = json!({"id": "r/outlet/a", "rule": "r", "name": "甲", "verdict": "ban", "reason": "因", "state": "发现",
            "found_on": "2026-01-01", "seen_on": "2026-01-01", "history": [{"on": "2026-01-01", "what": "发现"}]});
        serde_json::from_value(json).expect("a finding")
    }

    fn findings(one: &Finding) -> Findings {
        Findings::of(vec![one.clone()])
    }

    /// Both ways round, which is to come to the same.
    fn both(a: &Finding, b: &Finding) -> Finding {
        let one = findings(a).behind(findings(b)).all.remove(0);
        let other = findings(b).behind(findings(a)).all.remove(0);
        for field in Field::ALL {
            assert_eq!(field.of(&one), field.of(&other), "{field:?}");
        }
        assert_eq!((&one.changed, one.history.len()), (&other.changed, other.history.len()));
        one
    }

    #[test]
    fn what_was_set_last_stands_field_by_field() {
        let (mut a, mut b) = (finding(), finding());
        // As many events on both sides.
        a.remark(Remark::Owner("张".into()), "2026-01-02", "2026-01-02T08:00:00.000000000Z");
        b.remark(Remark::Owner("李".into()), "2026-01-02", "2026-01-02T09:00:00.000000000Z");
        b.remark(Remark::Note("b".into()), "2026-01-02", "2026-01-02T09:00:00.000000001Z");
        a.remark(Remark::Note("a".into()), "2026-01-02", "2026-01-02T10:00:00.000000000Z");
        let now = both(&a, &b);
        assert_eq!((now.owner.as_str(), now.note.as_str(), now.history.len()), ("李", "a", 5));
        // A state that was taken back, and a text that was taken out, stay so.
        let mut back = now.clone();
        back.remark(Remark::Owner(String::new()), "2026-01-03", "2026-01-03T08:00:00.000000000Z");
        let mut closed = now.clone();
        closed.remark(Remark::State(State::Closed), "2026-01-03", "2026-01-03T08:00:00.000000000Z");
        let mut open = closed.clone();
        open.remark(Remark::State(State::Urged), "2026-01-03", "2026-01-03T09:00:00.000000000Z");
        let now = both(&both(&back, &closed), &open);
        assert_eq!((now.owner.as_str(), now.state), ("", State::Urged));
    }

    #[test]
    fn what_other_hands_set_counts_from_when_the_file_was_written() {
        let mut ours = finding();
        ours.remark(Remark::Owner("张".into()), "2026-01-02", "2026-01-02T08:00:00.000000000Z");
        // In a GIS, which knows nothing of moments; on a machine whose clock is late, too.
        for written in ["2026-01-02T09:00:00.000000000Z", "2026-01-01T09:00:00.000000000Z"] {
            let mut theirs = ours.clone();
            (theirs.owner, theirs.state) = ("李".into(), State::Urged);
            theirs.note_other_hands(written);
            let now = both(&ours, &theirs);
            assert_eq!((now.owner.as_str(), now.state), ("李", State::Urged), "{written}");
        }
        // Set here after that file was written.
        let mut theirs = ours.clone();
        theirs.owner = "李".into();
        theirs.note_other_hands("2026-01-02T09:00:00.000000000Z");
        ours.remark(Remark::Owner("王".into()), "2026-01-02", "2026-01-02T10:00:00.000000000Z");
        assert_eq!(both(&ours, &theirs).owner, "王");
        // Read again, nothing is news.
        let mut again = theirs.clone();
        again.note_other_hands("2026-01-05T09:00:00.000000000Z");
        assert_eq!(again, theirs);
    }

    #[test]
    fn a_finding_that_got_another_name_stands_once() {
        let old = finding();
        let mut new = old.clone();
        (new.id, new.subject) = ("r/outlet/WP-1".into(), "WP-1".into());
        new.former = Some(old.id.clone());
        new.seen_on = "2026-01-03".into();
        let mut noted = old.clone();
        noted.remark(Remark::Note("约".into()), "2026-01-02", "2026-01-02T08:00:00.000000000Z");
        noted.gone_on = Some("2026-01-09".into());
        // Ours has the new name, or theirs has; or theirs has both, as an earlier version leaves them.
        let mut doubled = findings(&noted);
        doubled.all.push(new.clone());
        for both in [
            findings(&new).behind(findings(&noted)),
            findings(&noted).behind(findings(&new)),
            findings(&new).behind(doubled),
        ] {
            let told: Vec<(&str, &str)> = both.all.iter().map(|f| (f.id.as_str(), f.note.as_str())).collect();
            assert_eq!(told, [("r/outlet/WP-1", "约")]);
        }
        // What it was called is another's now.
        let mut ours = findings(&new);
        let mut other = old.clone();
        other.name = "乙".into();
        ours.all.push(other.clone());
        assert_eq!(ours.behind(findings(&other)).all.len(), 2);
    }

    #[test]
    fn what_rules_found_last_stands_whoever_noted_more() {
        let (mut a, mut b) = (finding(), finding());
        (a.seen_on, a.reason) = ("2026-01-05".into(), "新".into());
        for n in 0..5 {
            b.remark(Remark::Note(n.to_string()), "2026-01-02", &format!("2026-01-02T08:00:00.00000000{n}Z"));
        }
        b.gone_on = Some("2026-01-04".into());
        b.more.insert("照片".into(), json!("1.jpg"));
        a.more.insert("照片".into(), json!("0.jpg"));
        let now = both(&a, &b);
        assert_eq!((now.reason.as_str(), now.gone_on, now.note.as_str()), ("新", None, "4"));
        let now = findings(&a).behind(findings(&b)).all.remove(0);
        assert_eq!(now.more["照片"], "1.jpg", "in the file that others write");
    }

    #[test]
    fn moments_come_in_the_order_of_their_texts() {
        use std::time::Duration;
        let at = |nanos: u64| moment(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos));
        assert_eq!(at(1_500_000_000), "1970-01-01T00:00:01.500000000Z");
        assert!(at(0) < at(1) && at(999_999_999) < at(1_000_000_000) && at(1_000_000_000) < at(1_000_000_001));
    }
}
