//! The help pages of `docs/`, read into topics: a small part of Markdown (headings, paragraphs, lists, bold, code).

use crate::i18n::Lang;

/// What a page of the help is about. Each is an anchor in the pages of both languages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topic {
    /// What to do first.
    #[default]
    Start,
    /// Opening and importing.
    Files,
    /// The list of layers.
    Layers,
    /// The map.
    Map,
    /// Drawing and editing.
    Tools,
    /// The table.
    Table,
    /// Questions.
    Ask,
    /// What lies in a zone.
    Inspect,
    /// The rules.
    Rules,
    /// Findings.
    Findings,
    /// Targets.
    Targets,
    /// Scenarios.
    Scenarios,
    /// Comments.
    Comments,
    /// A layer's style.
    Style,
    /// The map on paper.
    Paper,
    /// The report.
    Report,
    /// The keyboard.
    Keys,
}

impl Topic {
    /// Every topic, in the order of the list.
    pub const ALL: [Self; 17] = [
        Self::Start,
        Self::Files,
        Self::Layers,
        Self::Map,
        Self::Tools,
        Self::Table,
        Self::Ask,
        Self::Inspect,
        Self::Rules,
        Self::Findings,
        Self::Targets,
        Self::Scenarios,
        Self::Comments,
        Self::Style,
        Self::Paper,
        Self::Report,
        Self::Keys,
    ];

    /// Its anchor in the pages.
    pub fn anchor(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Files => "files",
            Self::Layers => "layers",
            Self::Map => "map",
            Self::Tools => "tools",
            Self::Table => "table",
            Self::Ask => "ask",
            Self::Inspect => "inspect",
            Self::Rules => "rules",
            Self::Findings => "findings",
            Self::Targets => "targets",
            Self::Scenarios => "scenarios",
            Self::Comments => "comments",
            Self::Style => "style",
            Self::Paper => "paper",
            Self::Report => "report",
            Self::Keys => "keys",
        }
    }
}

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// As it is.
    Plain(&'a str),
    /// What a control is called.
    Bold(&'a str),
    /// What is typed, or a file.
    Code(&'a str),
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What stands before it: a number, a bullet, or nothing.
    pub mark: &'a str,
    /// Its text.
    pub spans: Vec<Span<'a>>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its lines.
    pub lines: Vec<Line<'a>>,
}

/// The page about a topic.
pub fn page(topic: Topic, lang: Lang) -> Page<'static> {
    let text = match lang {
        Lang::Zh => include_str!("../../../../docs/help.zh.md"),
        Lang::En => include_str!("../../../../docs/help.en.md"),
    };
    let anchor = format!("<a id=\"{}\"></a>", topic.anchor());
    let mut lines = text.lines().skip_while(|line| !line.contains(&anchor));
    let heading = lines.next().unwrap_or_default();
    let title = heading.trim_start_matches('#').split('<').next().unwrap_or_default().trim();
    let own = lines.take_while(|line| !line.starts_with("## ")).filter(|line| !line.trim().is_empty());
    Page { title, lines: own.map(line).collect() }
}

fn line(text: &str) -> Line<'_> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("- ") {
        return Line { mark: "·", spans: spans(rest) };
    }
    match text.split_once(". ") {
        Some((number, rest)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            Line { mark: number, spans: spans(rest) }
        }
        _ => Line { mark: "", spans: spans(text) },
    }
}

/// The stretches of a text: `**bold**`, `*emphasis*` and `` `code` ``.
fn spans(text: &str) -> Vec<Span<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`']) {
        let mark = if rest[at..].starts_with("**") { "**" } else { &rest[at..=at] };
        let Some(end) = rest[at + mark.len()..].find(mark) else { break };
        let inner = &rest[at + mark.len()..at + mark.len() + end];
        found.extend(Some(Span::Plain(&rest[..at])).filter(|_| at > 0));
        found.push(if mark == "`" { Span::Code(inner) } else { Span::Bold(inner) });
        rest = &rest[at + 2 * mark.len() + end..];
    }
    found.extend(Some(Span::Plain(rest)).filter(|_| !rest.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_page_in_both_languages_as_long_as_one_another() {
        for topic in Topic::ALL {
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| page(topic, lang));
            assert!(!zh.title.is_empty() && !en.title.is_empty(), "{topic:?}");
            assert!(!zh.lines.is_empty(), "{topic:?}");
            let marks = |page: &Page<'static>| page.lines.iter().map(|line| line.mark).collect::<Vec<_>>();
            assert_eq!(marks(&zh), marks(&en), "{topic:?}");
            for line in zh.lines.iter().chain(&en.lines) {
                assert!(
                    !line.spans.is_empty()
                        && !line.spans.iter().any(|span| matches!(span, Span::Plain(text) if text.contains("**")))
                );
            }
        }
    }

    #[test]
    fn marks_of_a_line_are_taken_apart() {
        assert_eq!(
            spans("a **b** `c*d` e"),
            [Span::Plain("a "), Span::Bold("b"), Span::Plain(" "), Span::Code("c*d"), Span::Plain(" e")]
        );
        assert_eq!(spans("2 * 3"), [Span::Plain("2 * 3")]);
        assert_eq!(line("12. x"), Line { mark: "12", spans: vec![Span::Plain("x")] });
        assert_eq!(line("see a. b"), Line { mark: "", spans: vec![Span::Plain("see a. b")] });
    }
}
