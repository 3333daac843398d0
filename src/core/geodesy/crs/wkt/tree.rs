//! WKT as a tree of keywords. Sloppy texts are taken: byte order marks, trailing NULs, round brackets, lower case.

/// A keyword with what stands in its brackets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node<'a> {
    /// The keyword in upper case.
    pub key: String,
    pub values: Vec<Value<'a>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A quoted text, quotes in it still doubled.
    Text(&'a str),
    /// A number or a bare word, as written.
    Bare(&'a str),
    Node(Node<'a>),
}

/// Deeper nesting is no definition; the standard's own is 8 or so.
const DEEPEST: usize = 24;

impl<'a> Node<'a> {
    /// The first quoted text: the name.
    pub fn name(&self) -> &'a str {
        match self.values.first() {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The nodes in it.
    pub fn nodes(&self) -> impl Iterator<Item = &Node<'a>> {
        self.values.iter().filter_map(|value| match value {
            Value::Node(node) => Some(node),
            _ => None,
        })
    }

    /// The first node of one of these keywords.
    pub fn child(&self, keys: &[&str]) -> Option<&Node<'a>> {
        self.nodes().find(|node| keys.contains(&node.key.as_str()))
    }

    /// The first node of one of these keywords, anywhere below.
    pub fn below(&self, keys: &[&str]) -> Option<&Node<'a>> {
        self.child(keys).or_else(|| self.nodes().find_map(|node| node.below(keys)))
    }

    /// Its numbers.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        self.values.iter().filter_map(|value| match value {
            Value::Bare(text) => text.parse().ok().filter(|v: &f64| v.is_finite()),
            _ => None,
        })
    }

    /// EPSG's number of it, by its own `AUTHORITY` or `ID`.
    pub fn epsg(&self) -> Option<u32> {
        self.nodes().filter(|node| node.key == "AUTHORITY" || node.key == "ID").find_map(|node| {
            // ESRI's own numbers of EPSG's systems are EPSG's.
            let is_epsg = ["EPSG", "ESRI"].iter().any(|own| node.name().eq_ignore_ascii_case(own));
            match node.values.get(1)? {
                Value::Text(code) | Value::Bare(code) if is_epsg => code.trim().parse().ok(),
                _ => None,
            }
        })
    }

    /// The node as text, without nodes of these keywords.
    pub fn text_without(&self, keys: &[&str]) -> String {
        let mut out = String::new();
        self.push(&mut out, keys);
        out
    }

    fn push(&self, out: &mut String, keys: &[&str]) {
        out.push_str(&self.key);
        out.push('[');
        let kept =
            self.values.iter().filter(|value| !matches!(value, Value::Node(n) if keys.contains(&n.key.as_str())));
        for (i, value) in kept.enumerate() {
            if i > 0 {
                out.push(',');
            }
            match value {
                Value::Text(text) => {
                    out.push('"');
                    out.push_str(text);
                    out.push('"');
                }
                Value::Bare(text) => out.push_str(text),
                Value::Node(node) => node.push(out, keys),
            }
        }
        out.push(']');
    }
}

/// Reads the nodes of a text: the definition, and what ESRI's programs put after it behind a comma (`VERTCS`). `None` where it
/// is no WKT, or is cut off.
pub(super) fn parse(text: &str) -> Option<Vec<Node<'_>>> {
    let mut reader = Reader { text, at: 0 };
    let mut nodes = Vec::new();
    loop {
        let Value::Node(node) = reader.value(0)? else { return None };
        nodes.push(node);
        reader.skip_blanks();
        match reader.peek() {
            None => return Some(nodes),
            Some(b',') => reader.at += 1,
            Some(_) => return None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_blanks();
        if self.peek()? == b'"' {
            return self.quoted().map(Value::Text);
        }
        let start = self.at;
        while self.peek().is_some_and(|b| !b" \t\r\n,[]()\"".contains(&b)) {
            self.at += 1;
        }
        let word = self.text.get(start..self.at).filter(|word| !word.is_empty())?;
        self.skip_blanks();
        let close = match self.peek() {
            Some(b'[') => b']',
            Some(b'(') => b')',
            _ => return Some(Value::Bare(word)),
        };
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek()? == close {
                break;
            }
            values.push(self.value(depth + 1)?);
            self.skip_blanks();
            match self.peek()? {
                b',' => self.at += 1,
                b if b == close => {}
                _ => return None,
            }
        }
        self.at += 1;
        Some(Value::Node(Node { key: word.to_ascii_uppercase(), values }))
    }

    fn quoted(&mut self) -> Option<&'a str> {
        self.at += 1;
        let start = self.at;
        loop {
            self.at += self.text.get(self.at..)?.find('"')?;
            if self.text.as_bytes().get(self.at + 1) != Some(&b'"') {
                self.at += 1;
                return self.text.get(start..self.at - 1);
            }
            self.at += 2;
        }
    }
}
