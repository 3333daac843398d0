//! The words that decide in a rule: those that its conditions hold cells against, and those that lists forbid.

use super::{Rule, RuleInput};
use crate::model::Role;
use crate::query::expression::Expression;
use crate::vocabulary::Reading;
use std::collections::{BTreeMap, BTreeSet};

/// Of properties of roles the words that a rule tells apart; `None` where cells are compared as a whole.
pub(super) type Deciding = BTreeMap<(Role, String), Option<BTreeSet<String>>>;

/// Between a column and a word that it is held against.
const MARK: char = '\u{0}';

/// The words that decide in a rule, by the properties of roles.
pub(super) fn deciding(rule: &Rule, input: &RuleInput) -> Deciding {
    let words_of = |text: &String| -> Vec<String> {
        let expression = Expression::parse(&rule.with_values(text, &super::Values::new()));
        let literals = |e: Expression| e.literals().into_iter().map(|(c, word)| format!("{c}{MARK}{word}")).collect();
        expression.map(literals).unwrap_or_default()
    };
    let mut all = Deciding::new();
    let mut add = |role: Role, column: &str, word: Option<&str>| {
        let known = all.entry((role, column.to_owned())).or_insert_with(|| Some(BTreeSet::new()));
        match (word, known.as_mut()) {
            (Some(word), Some(words)) => _ = words.insert(word.to_owned()),
            (Some(_), None) => {}
            (None, _) => *known = None,
        }
    };
    let mut of_lists: Vec<(Role, &String)> = Vec::new();
    for step in &rule.steps {
        let columns = step.forbids.iter().flat_map(|forbids| &forbids.subject);
        columns.for_each(|column| of_lists.extend(step.subject.iter().map(|role| (*role, column))));
    }
    for (roles, columns) in rule.read_with(&words_of) {
        for role in roles {
            for text in &columns {
                match text.split_once(MARK) {
                    Some((column, word)) => add(role, column, Some(word)),
                    None if of_lists.contains(&(role, text)) => {}
                    None => add(role, text, None),
                }
            }
        }
    }
    for step in &rule.steps {
        let Some(forbids) = &step.forbids else { continue };
        let mut listed: BTreeSet<String> = forbids.pairs.iter().flat_map(|pair| pair.means.clone()).collect();
        for role in &step.reference {
            let (Some(layer), Some(reading)) = (input.together(*role), input.reading(*role, &forbids.reference)) else {
                continue;
            };
            for row in layer.layer().rows() {
                if let Reading::Terms(terms) = &**reading.of(row) {
                    listed.extend(terms.own.iter().cloned());
                }
            }
        }
        for (role, column) in step.subject.iter().flat_map(|role| forbids.subject.iter().map(move |c| (*role, c))) {
            // Of a list that names nothing nothing is told apart.
            let known = all.entry((role, column.clone())).or_insert_with(|| Some(BTreeSet::new()));
            known.iter_mut().for_each(|words| words.extend(listed.iter().cloned()));
        }
    }
    all
}
