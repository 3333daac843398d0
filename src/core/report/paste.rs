//! Cells as they are pasted into a spreadsheet.

/// A text as one cell of tab-separated text: it stays in its cell, and a text that a spreadsheet would take for a formula (it begins
/// with =, +, -, @, a tab or the end of a line, also as full-width letters) begins with an apostrophe, as OWASP's page on CSV
/// injection advises. Numbers stay numbers.
pub fn pasted_cell(text: &str) -> String {
    let clean = text.replace(['\t', '\n', '\r'], " ");
    let is_formula = text.starts_with(['\t', '\n', '\r'])
        || clean.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula && !is_number(&clean) {
        return format!("'{clean}");
    }
    // A quote at the beginning would take what follows, up to the next one, into its cell.
    if clean.starts_with('"') { format!("\"{}\"", clean.replace('"', "\"\"")) } else { clean }
}

/// A sign, digits and a point, or a power of ten: nothing that is worked out.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts_and_numbers_stay() {
        for (text, expected) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(1+1)", "'@SUM(1+1)"),
            ("+1+cmd", "'+1+cmd"),
            ("-2+3", "'-2+3"),
            ("-1-1", "'-1-1"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("  =1", "'  =1"),
            ("＝1+1", "'＝1+1"),
            ("-inf", "'-inf"),
            ("-", "'-"),
            ("-5", "-5"),
            ("-0.25", "-0.25"),
            ("+7", "+7"),
            ("-1.5e-3", "-1.5e-3"),
            ("12", "12"),
            ("长江\t岸线\n一", "长江 岸线 一"),
            ("a=b", "a=b"),
            ("\"quoted\" and more", "\"\"\"quoted\"\" and more\""),
            ("", ""),
        ] {
            assert_eq!(pasted_cell(text), expected, "{text:?}");
        }
    }
}
