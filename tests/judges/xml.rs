//! As much of XML as JTS's tests use: elements, attributes, text, comments, character data, the five named entities.

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes in their order.
    pub attributes: Vec<(String, String)>,
    /// All text directly in it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

impl Element {
    /// The first element of this name in it.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements of this name in it.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }
}

/// The root element of a document. A `>` in an attribute is not expected.
///
/// # Errors
/// What is wrong with the document.
pub fn parse(text: &str) -> Result<Element, String> {
    // The elements that are open, the document itself first.
    let mut open = vec![Element::default()];
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let inner = open.last_mut().ok_or("an end without a beginning")?;
        inner.text.push_str(&unescaped(before));
        rest = if let Some(comment) = tag.strip_prefix("<!--") {
            until(comment, "-->")?.1
        } else if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let (data, behind) = until(data, "]]>")?;
            inner.text.push_str(data);
            behind
        } else if tag.starts_with("<?") || tag.starts_with("<!") {
            until(tag, ">")?.1
        } else {
            let (tag, behind) = until(&tag[1..], ">")?;
            if let Some(name) = tag.strip_prefix('/') {
                close(&mut open, name.trim())?;
            } else {
                let is_whole = tag.ends_with('/');
                let element = begin(tag.trim_end_matches('/'))?;
                let name = element.name.clone();
                open.push(element);
                if is_whole {
                    close(&mut open, &name)?;
                }
            }
            behind
        };
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) => document.children.pop().ok_or_else(|| "no element".to_owned()),
        _ => Err("an element is not closed".to_owned()),
    }
}

fn until<'a>(text: &'a str, end: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(end).ok_or_else(|| format!("no '{end}'"))
}

fn close(open: &mut Vec<Element>, name: &str) -> Result<(), String> {
    let done = open.pop().ok_or("an end without a beginning")?;
    if done.name != name {
        return Err(format!("'{}' ends as '{name}'", done.name));
    }
    open.last_mut().ok_or("an end without a beginning")?.children.push(done);
    Ok(())
}

fn begin(tag: &str) -> Result<Element, String> {
    let name_end = tag.find(char::is_whitespace).unwrap_or(tag.len());
    let mut element = Element { name: tag[..name_end].to_owned(), ..Element::default() };
    let mut rest = tag[name_end..].trim();
    while !rest.is_empty() {
        let (name, value) = until(rest, "=")?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("an attribute without quotes")?;
        let (value, behind) = value[1..].split_once(quote).ok_or("an attribute that does not end")?;
        element.attributes.push((name.trim().to_owned(), unescaped(value)));
        rest = behind.trim();
    }
    Ok(element)
}

fn unescaped(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        if plain.contains(entity) {
            plain = plain.replace(entity, sign);
        }
    }
    plain
}

#[test]
fn documents_are_read() {
    let text = "<?xml version='1.0'?><!-- a <b> --><run>\n<case id=\"1\" n='&lt;2&gt;'><a>x &amp; y<![CDATA[<z>]]></a><b/></case></run>";
    let run = parse(text).expect("a document");
    let case = run.child("case").expect("a case");
    assert_eq!((run.name.as_str(), case.attribute("n"), case.attribute("id")), ("run", Some("<2>"), Some("1")));
    assert_eq!(case.child("a").map(|a| a.text.as_str()), Some("x & y<z>"));
    assert_eq!((run.all("case").count(), case.child("b").map(|b| b.children.len())), (1, Some(0)));
    for bad in ["<a>", "<a></b>", "</a>", "", "<a b=1></a>"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
