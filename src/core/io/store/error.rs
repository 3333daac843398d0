//! Why a store cannot be used: which, why, what to do.

use super::secrets::Settings;
use crate::i18n::{Lang, Said, tr};
use crate::io::{ReadCause, ReadError};
use postgres::error::SqlState;

/// Why a store cannot be used. No text of it holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{store}: {}", said.en)]
pub struct StoreError {
    /// The store, or the table of it.
    pub store: String,
    /// Why, and what to do, in both languages.
    pub said: Said,
    /// True where the planner stopped it.
    pub is_cancelled: bool,
}

impl StoreError {
    pub(super) fn new(store: impl Into<String>, said: Said) -> Self {
        Self { store: store.into(), said, is_cancelled: false }
    }

    pub(super) fn cancelled(store: impl Into<String>) -> Self {
        Self { is_cancelled: true, ..Self::new(store, Said::of("read.cancelled")) }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        format!("{}{}{}", self.store, crate::i18n::colon(lang), self.said.text(lang))
    }

    /// What the server said to a statement, about the store or a table.
    pub(super) fn of_server(store: &str, e: &postgres::Error) -> Self {
        let Some(db) = e.as_db_error() else {
            return Self::lost(store, &chain(e));
        };
        let (code, message) = (db.code().clone(), db.message().to_owned());
        let key = if code == SqlState::INSUFFICIENT_PRIVILEGE {
            "store.denied"
        } else if code == SqlState::UNDEFINED_TABLE || code == SqlState::INVALID_SCHEMA_NAME {
            "store.gone"
        } else if code == SqlState::LOCK_NOT_AVAILABLE {
            "store.in_use"
        } else if code == SqlState::READ_ONLY_SQL_TRANSACTION {
            "store.read_only"
        } else if code == SqlState::ADMIN_SHUTDOWN || code == SqlState::CRASH_SHUTDOWN {
            return Self::lost(store, &message);
        } else if code == SqlState::T_R_SERIALIZATION_FAILURE || code == SqlState::QUERY_CANCELED {
            "store.again"
        } else {
            "store.server"
        };
        let cause = format!("{message} [{}]", code.code());
        Self::new(store, Said::told(|lang| tr!(lang, key, cause = cause).into_owned()))
    }

    /// The connection was cut.
    pub(super) fn lost(store: &str, cause: &str) -> Self {
        Self::new(store, Said::told(|lang| tr!(lang, "store.lost", cause = cause).into_owned()))
    }

    /// The connection was cut while a transaction was ended: nobody knows on which side of that.
    pub(super) fn unsure(store: &str, e: &postgres::Error) -> Self {
        let cause = chain(e);
        Self::new(store, Said::told(|lang| tr!(lang, "store.unsure", cause = cause).into_owned()))
    }

    /// Why no connection came about.
    pub(super) fn of_connecting(store: &str, settings: &Settings, e: &postgres::Error) -> Self {
        let Settings { user, database, password, open_file, .. } = settings;
        let server = settings.server();
        let code = e.code().cloned();
        let cause = e.as_db_error().map_or_else(|| chain(e), |db| db.message().to_owned());
        let is = |wanted: &SqlState| code.as_ref() == Some(wanted);
        let said = if cause.contains("no encryption") || cause.contains("SSL off") {
            Said::told(|lang| tr!(lang, "store.wants_tls", server = server, cause = cause).into_owned())
        } else if is(&SqlState::INVALID_PASSWORD) || cause.contains("password missing") {
            Said::told(|lang| match (password.is_some(), open_file) {
                (true, _) => tr!(lang, "store.password_refused", user = user, server = server).into_owned(),
                (false, None) => tr!(lang, "store.no_password", user = user, server = server).into_owned(),
                (false, Some(file)) => {
                    tr!(lang, "store.open_file", user = user, server = server, file = file.display()).into_owned()
                }
            })
        } else if is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
            Said::told(|lang| tr!(lang, "store.user_refused", user = user, server = server, cause = cause).into_owned())
        } else if is(&SqlState::INVALID_CATALOG_NAME) {
            Said::told(|lang| tr!(lang, "store.no_database", database = database, server = server).into_owned())
        } else {
            Said::told(|lang| tr!(lang, "store.not_reached", server = server, cause = cause).into_owned())
        };
        Self::new(store, said)
    }
}

impl From<StoreError> for ReadError {
    fn from(e: StoreError) -> Self {
        let cause = if e.is_cancelled { ReadCause::Cancelled } else { ReadCause::Format(e.said) };
        Self { file: e.store, place: None, cause }
    }
}

/// What an error says, with what it was caused by.
fn chain(e: &dyn std::error::Error) -> String {
    let mut texts = vec![e.to_string()];
    let mut source = e.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        source = cause.source();
    }
    texts.join(": ")
}
