//! The XML of item definitions as a tree: elements and texts; what geodatabases do not use (DTDs, processing) is passed over.

/// An element: its name without prefix, its own text, its children in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// Deeper documents are not definitions (those are 8 deep at most); the bound keeps dropping the tree from deep recursion.
const DEEPEST: usize = 64;

impl Element {
    /// The tree of a document; `None` where elements do not close as they open, or there is none.
    /// Cost: linear in the text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut open: Vec<Element> = vec![Element::default()];
        let mut rest = text.trim_start_matches('\u{FEFF}');
        while let Some(at) = rest.find('<') {
            let (before, tag) = rest.split_at(at);
            push_text(&mut open, before);
            if let Some(after) = tag.strip_prefix("<![CDATA[") {
                let (inside, behind) = after.split_once("]]>")?;
                open.last_mut()?.text.push_str(inside);
                rest = behind;
            } else if let Some(after) = tag.strip_prefix("<!--") {
                rest = after.split_once("-->")?.1;
            } else if tag.starts_with("<?") || tag.starts_with("<!") {
                rest = tag.split_once('>')?.1;
            } else if let Some(after) = tag.strip_prefix("</") {
                let (name, behind) = after.split_once('>')?;
                let closed = open.pop()?;
                if closed.name != local(name.trim()) {
                    return None;
                }
                open.last_mut()?.children.push(closed);
                rest = behind;
            } else {
                let end = tag_end(tag)?;
                let inside = &tag[1..end];
                let name = inside.split(|c: char| c.is_whitespace() || c == '/').next()?;
                let element = Element { name: local(name).to_owned(), ..Element::default() };
                if inside.ends_with('/') {
                    open.last_mut()?.children.push(element);
                } else {
                    open.push(element);
                    if open.len() > DEEPEST {
                        return None;
                    }
                }
                rest = &tag[end + 1..];
            }
        }
        match <[Element; 1]>::try_from(open) {
            Ok([document]) => document.children.into_iter().next(),
            Err(_) => None,
        }
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name; `None` where it is not there or empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// True where the child of this name says so.
    pub(super) fn is(&self, name: &str) -> bool {
        self.text_of(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// The children of the child of this name.
    pub(super) fn list(&self, name: &str) -> &[Element] {
        self.child(name).map_or(&[], |child| &child.children)
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The place of the `>` that ends a tag; one in a quoted attribute does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(q), byte) if q == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Adds a text with its references resolved. White space alone between tags is layout, not text.
fn push_text(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut().filter(|_| !text.trim().is_empty()) else { return };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        element.text.push_str(before);
        let known = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        match known.and_then(|(name, behind)| Some((reference(name)?, behind))) {
            Some((c, behind)) => {
                element.text.push(c);
                rest = behind;
            }
            None => {
                element.text.push('&');
                rest = after;
            }
        }
    }
    element.text.push_str(rest);
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_become_trees() {
        let text = "<?xml version=\"1.0\"?>\n<t:A xsi:type='t:B' note=\"a > b\"><!-- <x> --><Name>排污 &lt;口&gt; &#x4E00;&amp;&nbsp;</Name>\
                    <Empty/><Codes>\n <Code xsi:type='xs:short'>1</Code>\n <Code>2</Code>\n</Codes><W><![CDATA[a<b]]></W></t:A>";
        let root = Element::parse(text).expect("a tree");
        assert_eq!(root.name, "A");
        assert_eq!(root.text_of("Name"), Some("排污 <口> 一&&nbsp;"));
        assert_eq!(root.text_of("Empty"), None);
        assert_eq!(root.list("Codes").iter().map(|code| code.text.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(root.text_of("W"), Some("a<b"));
    }

    #[test]
    fn what_does_not_close_is_no_tree() {
        for text in ["", "<a>", "<a></b>", "</a>", "<a", "<a b='>", "<a><b></a></b>", "<![CDATA[", "plain"] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ten_thousand_levels_neither_overflow_nor_hang() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        assert_eq!(Element::parse(&deep), None);
        let deep = "<a>".repeat(60) + &"</a>".repeat(60);
        assert!(Element::parse(&deep).is_some());
    }
}
