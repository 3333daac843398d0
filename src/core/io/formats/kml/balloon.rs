//! Attributes in descriptions: the tables that ArcGIS and others write into a placemark's balloon, a row of two cells a field.

use crate::io::formats::xml::unescape_html;

/// The longest name of a field, in bytes.
const LONGEST_NAME: usize = 128;

/// Calls `each` with name and value for every row of exactly two cells in the tables of an HTML text; the value is `None` where
/// it stands for null (`<Null>`, `<空>`). Cost: one pass.
pub fn fields(html: &str, mut each: impl FnMut(&str, Option<&str>)) {
    let mut cells = [String::new(), String::new()];
    let mut row = Row { count: TOO_MANY, is_in_cell: false };
    let mut rest = html;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        let (text, tag) = rest.split_at(open);
        row.text(text, &mut cells);
        let Some(close) = memchr::memchr(b'>', tag.as_bytes()) else { break };
        let name = tag[1..close].trim_end_matches('/');
        let name = &name[..name.find(|c: char| c.is_ascii_whitespace()).unwrap_or(name.len())];
        rest = &tag[close + 1..];
        match name {
            _ if is(name, "tr") => {
                row.give(&cells, &mut each);
                row = Row { count: 0, is_in_cell: false };
            }
            _ if is(name, "td") || is(name, "th") => {
                row.is_in_cell = true;
                row.count += usize::from(row.count < TOO_MANY);
                if let Some(cell) = cells.get_mut(row.count.wrapping_sub(1)) {
                    cell.clear();
                }
            }
            _ if is(name, "/td") || is(name, "/th") => row.is_in_cell = false,
            _ if is(name, "/tr") || is(name, "/table") => {
                row.give(&cells, &mut each);
                row.count = TOO_MANY;
            }
            // A table in a cell: this row is layout.
            _ if is(name, "table") => row.count = TOO_MANY,
            _ if is(name, "br") => row.text("\n", &mut cells),
            _ => {}
        }
    }
    row.give(&cells, &mut each);
}

const TOO_MANY: usize = 3;

struct Row {
    count: usize,
    is_in_cell: bool,
}

impl Row {
    fn text(&self, text: &str, cells: &mut [String; 2]) {
        if self.is_in_cell
            && let Some(cell) = cells.get_mut(self.count.wrapping_sub(1))
        {
            unescape_html(text, cell);
        }
    }

    fn give(&self, cells: &[String; 2], each: &mut impl FnMut(&str, Option<&str>)) {
        if self.count != 2 {
            return;
        }
        let is_space = |c: char| c.is_whitespace() || c == '\u{a0}';
        let name = cells[0].trim_matches(is_space).trim_end_matches([':', '：']).trim_end_matches(is_space);
        let value = cells[1].trim_matches(is_space);
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\n') {
            return;
        }
        let is_null = ["<null>", "<空>", "<空值>"].iter().any(|null| value.eq_ignore_ascii_case(null));
        each(name, (!is_null).then_some(value));
    }
}

fn is(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    #[test]
    fn rows_of_two_cells_are_fields() {
        let arcgis = "<html><body><table><tr><td>地块</td></tr><tr>\n<td>\n<table><tr><td>FID</td>\n<td>0</td></tr>\
                      <tr bgcolor=\"#D4E4F3\"><td>字段</td><td>值</td></tr></table></td></tr></table></body></html>";
        for (html, expected) in [
            (arcgis, "FID=0|字段=值"),
            ("<TABLE><TR><TH>面积：</TH><TD><b>1</b>2&nbsp;㎡</TD></TR></TABLE>", "面积=12\u{a0}㎡"),
            ("<table><tr><td>a<td>1<tr><td>b<td>2</table>", "a=1|b=2"),
            (
                "<table><tr><td>a</td><td>&lt;空&gt;</td></tr><tr><td>b</td><td>&lt;Null&gt;</td></tr></table>",
                "a=∅|b=∅",
            ),
            ("<table><tr><td>a</td><td></td></tr><tr><td></td><td>x</td></tr></table>", "a="),
            ("<table><tr><td>a</td><td>1</td><td>2</td></tr></table>", ""),
            ("<table><tr><td>a</td><td><table><tr><td>b</td><td>2</td></tr></table></td></tr></table>", "b=2"),
            ("<table><tr><td>a</td><td>1 &lt; 2 &amp; 3<br/>4</td></tr>", "a=1 < 2 & 3\n4"),
            ("no table", ""),
            ("<table><tr><td>a</td><td", ""),
            ("<", ""),
        ] {
            let mut told = Vec::new();
            super::fields(html, |name, value| told.push(format!("{name}={}", value.unwrap_or("∅"))));
            assert_eq!(told.join("|"), expected, "{html}");
        }
    }
}
