//! Comments in a report: a table in the document, a sheet in the workbook.

use super::columns::position_text;
use super::html::Table;
use super::local_text;
use super::rules::RulesReport;
use crate::comments::Comment;
use crate::i18n::{colon, text_of, tr};
use maud::{Markup, html};

/// The columns of comments.
pub(super) const COMMENT_COLUMNS: [&str; 6] = [
    "comment.title",
    "findings.state",
    "comment.author_column",
    "comment.made_column",
    "report.position",
    "comment.replies_column",
];

impl RulesReport {
    /// The cells of every comment that was not taken out.
    pub(super) fn comment_rows(&self) -> Vec<Vec<String>> {
        let lang = self.lang;
        let row = |comment: &Comment| {
            let signed = |author: &str| match author.is_empty() {
                true => text_of(lang, "comment.nobody"),
                false => author.to_owned(),
            };
            let replies = comment.answers().map(|reply| {
                format!("{} {}{}{}", local_text(&reply.made), signed(&reply.author), colon(lang), reply.text)
            });
            vec![
                comment.text.clone(),
                comment.state.text(lang),
                signed(&comment.author),
                local_text(&comment.made),
                position_text(comment.at.lon, comment.at.lat),
                replies.collect::<Vec<_>>().join("\n"),
            ]
        };
        self.comments.shown().map(row).collect()
    }

    /// The section about them; nothing where there are none.
    pub(super) fn comments_section(&self) -> Markup {
        let rows = self.comment_rows();
        let columns = COMMENT_COLUMNS.map(|key| (text_of(self.lang, key), false)).to_vec();
        html! {
            @if !rows.is_empty() {
                section class="wide" {
                    h2 { (tr!(self.lang, "comment.title")) }
                    (super::rules::folded(&Table { columns, rows }, self.lang))
                }
            }
        }
    }
}
