//! Findings of two desks beside one another: where they differ, which value was set later, and a merging that people decide field by
//! field and can take back.

use super::findings::{Finding, Findings, State};
use super::merging::Field;
use std::collections::{BTreeMap, HashMap};

/// Which of two copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desk {
    /// What is kept here.
    Mine,
    /// What was opened beside it.
    Theirs,
}

/// A field in which two copies of a finding differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldBeside {
    /// The field.
    pub field: Field,
    /// The values, mine first.
    pub values: [String; 2],
    /// When each was set; empty where nobody did.
    pub set: [String; 2],
    /// The copy whose value stands by its time.
    pub later: Desk,
}

/// A finding that both have, and in which they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingBeside {
    /// Its id here.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// The rule that found it.
    pub rule: String,
    /// What differs.
    pub fields: Vec<FieldBeside>,
}

/// Two sets of findings beside one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Findings in which they differ.
    pub differing: Vec<FindingBeside>,
    /// Names of those that only the other has.
    pub only_theirs: Vec<String>,
    /// How many only we have.
    pub only_mine: usize,
    /// How many are alike in every field.
    pub alike: usize,
}

/// Which copy's value is taken of a finding's field, where that is not the later one.
pub type Choices = BTreeMap<(String, Field), Desk>;

/// What becomes of a finding: from what it is to be to what it is made; `None` where it is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingSwap {
    /// As it has to be.
    pub from: Option<Finding>,
    /// As it is then.
    pub to: Option<Finding>,
}

impl Findings {
    /// Both copies of every finding, by our place: the place of theirs, which may be known by another id.
    fn pairs(&self, theirs: &Self) -> Vec<Option<usize>> {
        let mut at: HashMap<&str, usize> = HashMap::new();
        for (place, known) in theirs.all.iter().enumerate() {
            if let Some(former) = &known.former {
                at.entry(former.as_str()).or_insert(place);
            }
        }
        // A number that was given up may be another's since.
        at.extend(theirs.all.iter().enumerate().map(|(place, known)| (known.id.as_str(), place)));
        let place = |own: &Finding| {
            let former = || own.former.as_deref().and_then(|former| at.get(former));
            at.get(own.id.as_str()).or_else(former).copied()
        };
        self.all.iter().map(place).collect()
    }

    /// Holds these beside others. Cost: once through both.
    pub fn beside(&self, theirs: &Self) -> Beside {
        let mut beside = Beside::default();
        let mut seen = vec![false; theirs.all.len()];
        for (own, place) in self.all.iter().zip(self.pairs(theirs)) {
            let Some(place) = place else {
                beside.only_mine += 1;
                continue;
            };
            seen[place] = true;
            let other = &theirs.all[place];
            let fields: Vec<FieldBeside> =
                Field::ALL.into_iter().filter_map(|field| field.beside(own, other)).collect();
            match fields.is_empty() {
                true => beside.alike += 1,
                false => beside.differing.push(FindingBeside {
                    id: own.id.clone(),
                    name: own.name.clone(),
                    rule: own.rule.clone(),
                    fields,
                }),
            }
        }
        let only = theirs.all.iter().zip(seen).filter(|(_, seen)| !seen).map(|(finding, _)| finding.name.clone());
        beside.only_theirs = only.collect();
        beside
    }

    /// What merging with others would make of these: of each field what was set last, but for what was chosen, which counts as set
    /// now. Nothing is changed; [`Self::swap`] does it.
    pub fn merging(&self, theirs: &Self, choices: &Choices, now: &str) -> Vec<FindingSwap> {
        let pairs = self.pairs(theirs);
        let before: HashMap<&str, (&Finding, Option<&Finding>)> = self
            .all
            .iter()
            .zip(&pairs)
            .map(|(own, place)| (own.id.as_str(), (own, place.map(|place| &theirs.all[place]))))
            .collect();
        let formers: HashMap<&str, &str> = self.all.iter().map(|own| (own.id.as_str(), own.id.as_str())).collect();
        let mut swaps = Vec::new();
        for mut merged in self.clone().behind(theirs.clone()).all {
            let former = || merged.former.as_deref().and_then(|former| formers.get(former).copied());
            let own_id = formers.get(merged.id.as_str()).copied().or_else(former);
            let known = own_id.and_then(|id| before.get(id)).copied();
            if let Some((own, Some(other))) = known {
                for field in Field::ALL {
                    let source = match choices.get(&(own.id.clone(), field)) {
                        Some(Desk::Mine) => own,
                        Some(Desk::Theirs) => other,
                        None => continue,
                    };
                    if field.of(source) != field.of(&merged) {
                        merged.take_chosen(field, source, now);
                    }
                }
            }
            let from = known.map(|(own, _)| own.clone());
            if from.as_ref() != Some(&merged) {
                swaps.push(FindingSwap { from, to: Some(merged) });
            }
        }
        swaps
    }

    /// Makes of findings what they are to be; what takes it back. A finding that somebody changed meanwhile stays as it is. Fields
    /// that change count as set now, so that other desks follow.
    pub fn swap(&mut self, swaps: &[FindingSwap], now: &str) -> Vec<FindingSwap> {
        let mut at: HashMap<String, usize> =
            self.all.iter().enumerate().map(|(place, finding)| (finding.id.clone(), place)).collect();
        let mut gone: Vec<usize> = Vec::new();
        let mut back = Vec::new();
        for swap in swaps {
            let place = swap.from.as_ref().and_then(|from| at.get(&from.id).copied());
            let is_as_it_was = match (&swap.from, place) {
                (Some(from), Some(place)) => self.all[place] == *from,
                (None, _) => swap.to.as_ref().is_some_and(|to| !at.contains_key(&to.id)),
                (Some(_), None) => false,
            };
            if !is_as_it_was {
                continue;
            }
            let mut to = swap.to.clone();
            if let (Some(from), Some(to)) = (&swap.from, &mut to) {
                let changed = Field::ALL.into_iter().filter(|field| field.of(from) != field.of(to));
                changed.collect::<Vec<_>>().into_iter().for_each(|field| to.note_later(field, from, now));
            }
            match (place, &to) {
                (Some(place), Some(to)) => self.all[place] = to.clone(),
                (Some(place), None) => gone.push(place),
                (None, Some(to)) => {
                    at.insert(to.id.clone(), self.all.len());
                    self.all.push(to.clone());
                }
                (None, None) => {}
            }
            back.push(FindingSwap { from: to, to: swap.from.clone() });
        }
        gone.sort_unstable();
        gone.into_iter().rev().for_each(|place| drop(self.all.remove(place)));
        back
    }
}

impl Field {
    fn beside(self, mine: &Finding, theirs: &Finding) -> Option<FieldBeside> {
        let values = [mine, theirs].map(|one| self.of(one).to_owned());
        let later = if self.is_later(mine, theirs) { Desk::Theirs } else { Desk::Mine };
        (values[0] != values[1]).then(|| FieldBeside {
            field: self,
            values,
            set: [mine, theirs].map(|one| one.changed.get(self.name()).map(|set| set.at.clone()).unwrap_or_default()),
            later,
        })
    }
}

impl Finding {
    /// Takes a value that somebody chose, with an entry in the history.
    fn take_chosen(&mut self, field: Field, source: &Self, now: &str) {
        let today: String = now.chars().take(10).collect();
        let text = field.of(source).to_owned();
        let remark = match field {
            Field::State => super::findings::Remark::State(State::clone(&source.state)),
            Field::Deadline => super::findings::Remark::Deadline(text),
            Field::Owner => super::findings::Remark::Owner(text),
            Field::PassedTo => super::findings::Remark::PassedTo(text),
            Field::Note => super::findings::Remark::Note(text),
        };
        self.remark(remark, &today, now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::Remark;
    use super::*;
    use serde_json::json;

    fn finding(id: &str) -> Finding {
        let json = json!({"id": format!("r/outlet/{id}"), "rule": "r", "name": id, "verdict": "ban", "reason": "因",
            "state": "发现", "found_on": "2026-01-01", "seen_on": "2026-01-01", "history": []});
        serde_json::from_value(json).expect("a finding")
    }

    fn at(hour: u32) -> String {
        format!("2026-01-02T{hour:02}:00:00.000000000Z")
    }

    /// Mine and theirs: a differs in two fields, b is alike, c is mine alone, d theirs.
    fn both() -> (Findings, Findings) {
        let (mut mine, mut theirs) = (finding("a"), finding("a"));
        mine.remark(Remark::Owner("张".into()), "2026-01-02", &at(8));
        theirs.remark(Remark::Owner("李".into()), "2026-01-02", &at(9));
        mine.remark(Remark::Note("甲".into()), "2026-01-02", &at(11));
        theirs.remark(Remark::Note("乙".into()), "2026-01-02", &at(10));
        let mine = Findings::of(vec![mine, finding("b"), finding("c")]);
        (mine, Findings::of(vec![finding("b"), theirs, finding("d")]))
    }

    #[test]
    fn what_differs_is_named_with_what_is_later() {
        let (mine, theirs) = both();
        let beside = mine.beside(&theirs);
        assert_eq!((beside.alike, beside.only_mine, &beside.only_theirs[..]), (1, 1, &["d".to_owned()][..]));
        let [one] = &beside.differing[..] else { panic!("one differs: {beside:?}") };
        let told: Vec<_> = one.fields.iter().map(|f| (f.field, f.values[1].as_str(), f.later)).collect();
        assert_eq!(told, [(Field::Owner, "李", Desk::Theirs), (Field::Note, "乙", Desk::Mine)]);
        assert_eq!(one.fields[0].set, [at(8), at(9)]);
    }

    #[test]
    fn a_merging_goes_by_time_or_by_choice_and_is_taken_back_whole() {
        let (mine, theirs) = both();
        let id = mine.all[0].id.clone();
        let mut by_time = mine.clone();
        let back = by_time.swap(&mine.merging(&theirs, &Choices::new(), &at(12)), &at(12));
        let told = |all: &Findings| (all.all[0].owner.clone(), all.all[0].note.clone(), all.all.len());
        assert_eq!(told(&by_time), ("李".to_owned(), "甲".to_owned(), 4));
        by_time.swap(&back, &at(13));
        assert_eq!(told(&by_time), ("张".to_owned(), "甲".to_owned(), 3));
        // It counts as set now: what a desk that took the merging still has is older.
        assert_eq!(by_time.all[0].changed["owner"].at, at(13));
        let chosen = Choices::from([((id.clone(), Field::Owner), Desk::Mine), ((id, Field::Note), Desk::Theirs)]);
        let mut by_choice = mine.clone();
        by_choice.swap(&mine.merging(&theirs, &chosen, &at(12)), &at(12));
        assert_eq!(told(&by_choice), ("张".to_owned(), "乙".to_owned(), 4));
        // Whoever merges later comes to the same.
        let again = theirs.behind(by_choice.clone());
        let one = again.all.iter().find(|one| one.name == "a").expect("there");
        assert_eq!((one.owner.as_str(), one.note.as_str()), ("张", "乙"));
    }

    #[test]
    fn what_somebody_changed_meanwhile_is_not_taken_back() {
        let (mine, theirs) = both();
        let mut merged = mine.clone();
        let back = merged.swap(&mine.merging(&theirs, &Choices::new(), &at(12)), &at(12));
        merged.all[0].remark(Remark::Note("丙".into()), "2026-01-03", &at(14));
        merged.swap(&back, &at(15));
        assert_eq!((merged.all[0].note.as_str(), merged.all[0].owner.as_str(), merged.all.len()), ("丙", "李", 3));
    }
}
