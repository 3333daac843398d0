//! What the cluster's commands tell while they work: lines for people, or JSON for programs, on standard error.

use serde_json::{Value, json};
use shanshui::cli::say;
use std::io::IsTerminal;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// A JSON object a line.
    Json,
    /// Lines for people.
    Text,
    /// Not at all.
    None,
}

impl Form {
    /// What was asked for; without that, lines for people where a terminal shows them.
    pub fn of(asked: Option<Self>) -> Self {
        asked.unwrap_or(if std::io::stderr().is_terminal() { Self::Text } else { Self::None })
    }

    /// Tells an event: its name and its values in JSON, a line for people.
    pub fn tell(self, event: &str, values: Value, line: impl FnOnce() -> String) {
        match self {
            Self::None => {}
            Self::Text => say::warn(line()),
            Self::Json => {
                let mut all = json!({ "event": event });
                if let (Some(all), Value::Object(values)) = (all.as_object_mut(), values) {
                    all.extend(values);
                }
                say::error_lines(&format!("{all}\n"));
            }
        }
    }
}
