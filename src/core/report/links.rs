//! Links that data name. A browser that opens a page must not run what somebody wrote into a column, nor send a name and a
//! password to a server: what is no page and no file beside is text.

use maud::{Markup, html};
use url::{ParseError, Url};

/// What a link leads to, where data may lead there: an absolute http or https address, or a relative path; `None` for all
/// else. Read as browsers read it: without blanks and control characters around it, and without tabs and line ends in it.
pub fn target(text: &str) -> Option<String> {
    let around = |c: char| c <= '\u{20}';
    let bare: String = text.trim_matches(around).chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let bare = bare.trim_matches(around);
    if bare.is_empty() || bare.contains(char::is_control) {
        return None;
    }
    match Url::parse(bare) {
        Ok(url) => {
            let scheme = url.scheme();
            let is_absolute = bare.get(scheme.len()..).is_some_and(|rest| rest.starts_with("://"));
            let is_page = matches!(scheme, "http" | "https") && url.has_host() && is_absolute;
            // A name before the host is there to deceive.
            let is_plain = url.username().is_empty() && url.password().is_none();
            (is_page && is_plain).then(|| url.to_string())
        }
        Err(ParseError::RelativeUrlWithoutBase) => relative(bare),
        Err(_) => None,
    }
}

/// A path below or beside the page.
fn relative(path: &str) -> Option<String> {
    // On a page that is a file both mean the same.
    let path = path.replace('\\', "/");
    let first = path.split(['/', '?', '#']).next().unwrap_or_default();
    let is_below = !path.starts_with(['/', '?', '#']) && !first.contains([':', '|']);
    is_below.then_some(path)
}

/// A link with its own text; the text alone where it leads nowhere that it may.
pub fn link(text: &str) -> Markup {
    let shown: String = text.trim().chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    match target(text) {
        Some(to) => html! { a href=(to) { (shown) } },
        None => html! { (shown) },
    }
}

/// A link to a file beside the page, whose name may have any letters.
pub fn link_to_file(path: &str) -> Markup {
    let mut to = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '%' | '#' | '?' | '\\' | ':' => to += &format!("%{:02X}", u32::from(c)),
            c => to.push(c),
        }
    }
    html! { a href=(to) { (path) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_and_paths_beside_are_links() {
        for (text, to) in [
            ("http://a.example/x.jpg", "http://a.example/x.jpg"),
            ("  HTTPS://A.example/x y.jpg\n", "https://a.example/x%20y.jpg"),
            ("ht\ttps://a.example/", "https://a.example/"),
            ("https://河长.example/", "https://xn--jvr97b.example/"),
            ("a.jpg", "a.jpg"),
            ("./照片/a b.jpg", "./照片/a b.jpg"),
            ("../photos/a.jpg", "../photos/a.jpg"),
            (r"photos\a.jpg", "photos/a.jpg"),
            ("photos/a:b.jpg", "photos/a:b.jpg"),
            ("\u{0}a.jpg\u{1f}", "a.jpg"),
        ] {
            let got = target(text);
            // The host's own letters are the standard's business.
            let is_host = to.contains("xn--");
            assert!(got.as_deref() == Some(to) || (is_host && got.is_some_and(|to| to.is_ascii())), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "",
            " ",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(3)",
            "java\r\nscript:alert(3)",
            "\u{1}javascript:alert(2)",
            "\u{0}javascript:alert(3)",
            "\u{1f} \u{2}javascript:alert(3)",
            "j\ta\tv\ta\ts\tc\tr\ti\tp\tt\t:alert(3)",
            "\u{3000}javascript:alert(3)",
            "\u{feff}javascript:alert(3)",
            "javascript&colon;alert(1):",
            "data:text/html,<script>alert(5)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "file:a.jpg",
            "blob:https://a.example/1",
            "view-source:https://a.example",
            "mailto:a@b.example",
            "tel:110",
            "ms-word:ofe|u|https://a.example/x.docx",
            "search-ms:query=x",
            r"\\evil.example\share\x.jpg",
            "//evil.example/x.jpg",
            r"/\evil.example/x.jpg",
            r"\/evil.example/x.jpg",
            "\t//evil.example/x.jpg",
            "/\t/evil.example/x.jpg",
            "/etc/passwd",
            r"\x.jpg",
            "C:/x.jpg",
            r"C:\x.jpg",
            "c|/x.jpg",
            "http:x.jpg",
            "http:/x.jpg",
            r"http:\\evil.example\x",
            "https://",
            "https://[bad/",
            "https://user@evil.example/",
            "https://bank.example:pass@evil.example/",
            "ftp://a.example/x.jpg",
            "?x",
            "#x",
            "a\u{0}.jpg",
        ] {
            assert_eq!(target(text), None, "{text:?}");
            let shown = link(text).into_string();
            assert!(!shown.contains("href") && !shown.contains('<'), "{shown}");
        }
    }

    #[test]
    fn files_beside_are_reached_whatever_they_are_called() {
        let shown = link_to_file("100%#1_files/a?.geojson").into_string();
        assert!(shown.contains("href=\"100%25%231_files/a%3F.geojson\""), "{shown}");
        assert!(link("<b>a.jpg").into_string().contains("&lt;b&gt;a.jpg"));
    }
}
