//! What a rule lacks, and what its answer is good for, in words.

use crate::i18n::{Lang, between, text_of, tr};
use crate::model::Role;
use crate::rules::{Answers, Rule, Status};
use crate::vocabulary::Vocabulary;

/// What a role is called in a list of roles: titles in Chinese have 、 in them, as lists do.
pub fn role_text(role: Role, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("“{}”", role.title(lang)),
        Lang::En => role.title(lang).to_owned(),
    }
}

/// The roles of which a rule lacks a layer, by their ids (`town|grid` where one is enough), in words.
pub fn roles_text(missing: &[String], lang: Lang) -> String {
    let role = |id: &str| Role::parse(id).map_or_else(|| id.to_owned(), |role| role_text(role, lang));
    let any =
        |ids: &String| ids.split('|').map(role).collect::<Vec<_>>().join(if lang == Lang::Zh { "或" } else { " or " });
    missing.iter().map(any).collect::<Vec<_>>().join(between(lang))
}

/// What a rule's answer is good for, in words.
pub fn answers_text(rule: &Rule, lang: Lang) -> String {
    let word = |answer: &Answers| match answer {
        Answers::List => "verdict.list",
        Answers::Ban => "verdict.ban",
        Answers::Review => "verdict.review",
        Answers::Figure => "verdict.figure",
    };
    rule.answer.iter().map(|answer| text_of(lang, word(answer))).collect::<Vec<_>>().join(" / ")
}

/// What a rule lacks, in words.
pub fn lacks_text(missing: &[String], status: Status, vocabulary: &Vocabulary, lang: Lang) -> String {
    if status == Status::MissingLayer {
        return tr!(lang, "rules.lacks", roles = roles_text(missing, lang)).into_owned();
    }
    let column = |text: &String| match text.split_once('.') {
        Some((id, column)) => {
            let property = Role::parse(id).and_then(|role| vocabulary.property(role, column));
            let title = property.map_or(column, |property| property.called(lang));
            let role = roles_text(&[id.to_owned()], lang);
            match lang {
                Lang::Zh => format!("{role}“{title}”"),
                Lang::En => format!("“{title}” of {role}"),
            }
        }
        None => text.clone(),
    };
    let columns: Vec<String> = missing.iter().map(column).collect();
    tr!(lang, "rules.needs_column", column = columns.join(between(lang))).into_owned()
}
