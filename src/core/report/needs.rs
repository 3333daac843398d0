//! What a rule lacks, and what its answer is good for, in words.

use crate::i18n::{Lang, between, semicolon, text_of, tr, with_key};
use crate::model::Role;
use crate::rules::{Answers, Rule, RuleAnswer, Status};
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
    let titled = |role: Option<Role>, column: &str| {
        let property = role.and_then(|role| vocabulary.property(role, column));
        let title = property.map(|property| property.called(lang).to_owned());
        let title = title.or_else(|| super::column_title(column, "m²", lang));
        with_key(title.as_deref(), column, lang)
    };
    let column = |text: &String| match text.split_once('.') {
        Some((id, columns)) => {
            // Of several of which one is enough.
            let columns: Vec<String> = columns.split('|').map(|column| titled(Role::parse(id), column)).collect();
            let role = roles_text(&[id.to_owned()], lang);
            match lang {
                Lang::Zh => format!("{role}的{}", columns.join("或")),
                Lang::En => format!("{} of {role}", columns.join(" or ")),
            }
        }
        None => titled(None, text),
    };
    let columns: Vec<String> = missing.iter().map(column).collect();
    tr!(lang, "rules.needs_column", column = columns.join(between(lang))).into_owned()
}

/// Why a rule was not answered, in words: what it lacks and why that is not there, or what went wrong.
pub fn why_text(answer: &RuleAnswer, vocabulary: &Vocabulary, lang: Lang) -> String {
    if let Some(error) = &answer.error {
        return error.text(lang).to_owned();
    }
    let lacks = lacks_text(&answer.missing, answer.status, vocabulary, lang);
    let because = answer.lacks_because.iter().map(|because| because.text(lang).to_owned());
    std::iter::once(lacks).chain(because).collect::<Vec<_>>().join(semicolon(lang))
}
