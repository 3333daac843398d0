//! How deeply the text of an expression nests, found without recursion before it is parsed: the parser, and whoever goes
//! through what it gives, call themselves once a level, and a stack that overflows ends the program.

/// Brackets inside brackets that are read.
pub(super) const BRACKETS: usize = 64;
/// Operators one below another in a tree that are read: a chain of so many, whatever it is made of.
pub(super) const OPERATORS: usize = 2_000;
/// Levels of a tree that are kept. Chains of AND, OR and arithmetic are one level each.
pub(super) const LEVELS: usize = 128;

/// What stands between two brackets or commas, as far as it was gone through.
#[derive(Default)]
struct Span {
    /// Operators tighter than AND since the last AND or OR, and the deepest bracket among them.
    tight: usize,
    inner: usize,
    /// The deepest of what ANDs join since the last OR, and how many they are.
    deepest_tight: usize,
    ands: usize,
    /// The deepest of what ORs join, and how many they are.
    deepest_and: usize,
    ors: usize,
    /// The deepest between two commas.
    deepest: usize,
}

impl Span {
    fn end_tight(&mut self) {
        self.deepest_tight = self.deepest_tight.max(self.tight + self.inner);
        (self.tight, self.inner) = (0, 0);
    }

    fn end_and(&mut self) {
        self.end_tight();
        self.deepest_and = self.deepest_and.max(self.ands + self.deepest_tight);
        (self.ands, self.deepest_tight) = (0, 0);
    }

    fn end(&mut self) {
        self.end_and();
        self.deepest = self.deepest.max(self.ors + self.deepest_and);
        (self.ors, self.deepest_and) = (0, 0);
    }

    /// Counts an operator, of words and signs.
    fn take(&mut self, token: &str) {
        match token.to_ascii_lowercase().as_str() {
            "or" => {
                self.end_and();
                self.ors += 1;
            }
            "and" => {
                self.end_tight();
                self.ands += 1;
            }
            "not" | "like" | "in" | "between" | "is" | "div" => self.tight += 1,
            "+" | "-" | "*" | "/" | "%" | "^" | "=" | "<" | ">" => self.tight += 1,
            _ => {}
        }
    }
}

/// The text's first token: what is quoted, a word or a number, or a sign; and what follows it. A quote that is doubled ends one
/// and begins another.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':');
    let first = text.chars().next()?;
    let length = match first {
        '\'' | '"' => text[1..].find(first).map_or(text.len(), |at| at + 2),
        c if is_part(c) => text.find(|c: char| !is_part(c)).unwrap_or(text.len()),
        c => c.len_utf8(),
    };
    Some(text.split_at(length))
}

/// The beginning of a GEOMETRYCOLLECTION, which nothing is held against: the parser would take the square of its length, for it
/// copies all of it for each member.
pub(super) fn collection(text: &str) -> Option<&str> {
    const WORD: &str = "geometrycollection";
    let mut rest = text;
    while let Some((word, behind)) = token(rest) {
        // Before it an operator may stand without a blank, behind it that there are more than two coordinates.
        let is_it = |word: &str| {
            let word = word.trim_end_matches(['z', 'Z', 'm', 'M']);
            word.len()
                .checked_sub(WORD.len())
                .and_then(|at| word.get(at..))
                .is_some_and(|w| w.eq_ignore_ascii_case(WORD))
        };
        if is_it(word) && behind.trim_start().starts_with(['(', 'z', 'Z', 'm', 'M']) {
            return Some(word);
        }
        rest = behind;
    }
    None
}

/// At least the depth of the tree of a text; `None` where that is more than is read ([`BRACKETS`], [`OPERATORS`]). One pass.
pub(super) fn depth(text: &str) -> Option<usize> {
    let mut open = vec![Span::default()];
    let close = |open: &mut Vec<Span>| {
        if let (Some(mut span), Some(around)) = (open.pop(), open.last_mut()) {
            span.end();
            around.inner = around.inner.max(span.deepest + 1);
        }
    };
    let mut rest = text;
    while let Some((token, behind)) = token(rest) {
        match token {
            "(" if open.len() > BRACKETS => return None,
            "(" => open.push(Span::default()),
            ")" if open.len() > 1 => close(&mut open),
            "," => open.last_mut()?.end(),
            _ => open.last_mut()?.take(token),
        }
        rest = behind;
    }
    while open.len() > 1 {
        close(&mut open);
    }
    let whole = open.last_mut()?;
    whole.end();
    Some(whole.deepest).filter(|deepest| *deepest <= OPERATORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_found_where_they_are_geometries() {
        for (text, found) in [
            ("S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(1 2)))", true),
            ("a = 1 andGeometryCollectionZM (POINT(1 2 3 4)) = 1", true),
            ("geometrycollection m(POINT(1 2 3))", true),
            ("geometrycollection = 1", false),
            ("'GEOMETRYCOLLECTION(' = \"geometrycollection(\"", false),
            ("山 = '山'", false),
        ] {
            assert_eq!(collection(text).is_some(), found, "{text}");
        }
    }

    #[test]
    fn the_deepest_place_counts() {
        for (text, expected) in [
            ("a", Some(0)),
            ("a = 1", Some(1)),
            ("a = 1 OR b = 2 or c = 3", Some(3)),
            ("a = 1 AND b = 2 OR c = 3", Some(3)),
            ("((a))", Some(2)),
            ("f(a + b, c + d + e)", Some(3)),
            ("a IN (1, 2, 3, -4)", Some(3)),
            ("'((((' = \"))))\" ", Some(1)),
            ("'it''s (((' <> a", Some(2)),
            ("((((", Some(4)),
            (")))) + 1", Some(1)),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
        let brackets = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(depth(&brackets(BRACKETS)), Some(BRACKETS));
        assert_eq!(depth(&brackets(BRACKETS + 1)), None);
        assert_eq!(depth(&vec!["a"; OPERATORS + 1].join("+")), Some(OPERATORS));
        assert_eq!(depth(&vec!["a"; OPERATORS + 2].join("+")), None);
        // Values side by side are as deep as one of them.
        assert_eq!(depth(&format!("a IN ({})", vec!["1"; 100_000].join(","))), Some(2));
    }
}
