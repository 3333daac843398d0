//! XML streams, and a sink that other formats' tests share.

use super::*;
use crate::io::formats::{Cell, Format, InMemory, Input, RawGeometry, RawKind, ReadHints, RowSink, Schema};
use crate::progress::Progress;

/// Takes rows as texts.
#[derive(Debug, Default)]
pub struct Taken {
    /// Fields: `name:Kind`.
    pub fields: Vec<String>,
    /// Rows: cells, then the geometry.
    pub rows: Vec<String>,
    /// Kinds of notes without `format.<format>.`, with their rows; `!` where it is a doubt.
    pub notes: Vec<String>,
}

fn path(g: &RawGeometry, range: std::ops::Range<usize>) -> String {
    let position = |at: usize| match g.z.get(at) {
        Some(z) => format!("{} {} {z}", g.xy[at][0], g.xy[at][1]),
        None => format!("{} {}", g.xy[at][0], g.xy[at][1]),
    };
    range.map(position).collect::<Vec<_>>().join(",")
}

/// `Polygon[0 0,1 0,1 1,0 0;…]`: paths by `;`, parts by `|`.
pub fn shape(g: &RawGeometry) -> String {
    assert!(g.z.is_empty() || g.z.len() == g.xy.len(), "{g:?}");
    let RawKind::Simple(kind) = g.kind else {
        return format!("({})", g.members.iter().map(shape).collect::<Vec<_>>().join(" + "));
    };
    let parts = g.parts().map(|part| part.into_iter().map(|range| path(g, range)).collect::<Vec<_>>().join(";"));
    format!("{kind:?}[{}]", parts.collect::<Vec<_>>().join("|"))
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Missing => "-".to_owned(),
        Cell::Null => "null".to_owned(),
        Cell::Bool(b) => b.to_string(),
        Cell::Integer(n) => n.to_string(),
        Cell::Real(x) => format!("{x:?}"),
        Cell::Decimal(text) => format!("{text}d"),
        Cell::Text(text) => format!("'{text}'"),
        Cell::Json(text) => format!("json {text}"),
        Cell::Date(d) => format!("{}-{:02}-{:02}", d.year, d.month, d.day),
        Cell::DateTime(t) => format!(
            "{}-{:02}-{:02} {}:{:02}:{:02}.{} {:?}",
            t.date.year,
            t.date.month,
            t.date.day,
            t.time.hour,
            t.time.minute,
            t.time.second,
            t.time.nanosecond,
            t.offset_minutes
        ),
        Cell::Time(t) => format!("{t:?}"),
    }
}

impl RowSink for Taken {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        assert!(self.fields.is_empty() && self.rows.is_empty());
        let title = |title: &Option<String>| title.as_ref().map_or(String::new(), |title| format!("({title})"));
        self.fields = schema.fields.iter().map(|f| format!("{}{}:{:?}", f.name, title(&f.title), f.kind)).collect();
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.fields.len());
        let cells = cells.iter().map(text).chain(geometry.map(shape)).collect::<Vec<_>>();
        self.rows.push(cells.join(" "));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        assert!(!note.said.zh.starts_with("format.") && !note.said.zh.contains("%{"), "{note:?}");
        assert!(!note.said.en.starts_with("format.") && !note.said.en.contains("%{"), "{note:?}");
        assert_ne!(note.said.zh, note.said.en);
        let kind = note.kind.rsplit('.').next().unwrap();
        let row = note.row.map_or(String::new(), |row| format!(" {row}"));
        self.notes.push(format!("{}{kind}{row}", if note.is_doubt { "!" } else { "" }));
    }
}

/// What a file's layer holds.
pub fn read(format: &dyn Format, input: &Input, layer: &str, hints: &ReadHints) -> Result<Taken, FormatError> {
    let mut taken = Taken::default();
    format.read(input, layer, hints, &mut taken, &Progress::default())?;
    Ok(taken)
}

/// A refusal's key by its English text: enough to tell refusals apart.
pub fn refusal(error: &FormatError) -> String {
    let FormatError::Refused { said, place, .. } = error else { return format!("{error:?}") };
    assert!(said.zh.ends_with('。') && !said.zh.contains("%{") && !said.zh.starts_with("format."), "{said:?}");
    assert!(said.en.ends_with('.') && !said.en.contains("%{") && !said.en.starts_with("format."), "{said:?}");
    let place = match place {
        Some(FormatPlace::Line(line)) => format!("{line}: "),
        Some(FormatPlace::Byte(byte)) => format!("@{byte}: "),
        _ => String::new(),
    };
    format!("{place}{}", said.en)
}

/// Reads all layers of what was damaged: it is read or refused, and never takes long.
pub fn try_all(format: &dyn Format, name: &str, bytes: Vec<u8>) -> bool {
    let input = InMemory::default().with(name, bytes).input(name);
    let hints = ReadHints::default();
    let head = input.open().unwrap().stretch(0, 4096).unwrap();
    format.is_it(&input, &head);
    let Ok(layers) = format.layers(&input, &hints) else { return false };
    layers.iter().all(|layer| read(format, &input, &layer.name, &hints).is_ok())
}

/// Cut at every byte it must be refused (but where only white space is missing); with every byte changed it must not panic.
pub fn damage(format: &dyn Format, name: &str, bytes: &[u8]) {
    assert!(try_all(format, name, bytes.to_vec()));
    let whole = bytes.trim_ascii_end().len();
    for length in 0..whole {
        assert!(!try_all(format, name, bytes[..length].to_vec()), "cut at {length} of {whole}");
    }
    for at in 0..bytes.len() {
        for change in [1_u8, 0x20, 0x80, 0xff] {
            let mut changed = bytes.to_vec();
            changed[at] ^= change;
            try_all(format, name, changed);
        }
    }
}

fn xml(text: &str) -> Xml {
    let bytes = InMemory::default().with("x", text.as_bytes().to_vec()).input("x").open().unwrap();
    let charset = Charset::of(bytes.as_ref(), &ReadHints::default()).unwrap();
    Xml::new(bytes, charset, &["html"])
}

fn text_of(xml: &mut Xml) -> Result<String, FormatError> {
    let mut text = String::new();
    xml.root()?;
    xml.text(&mut text, LONGEST_TEXT)?;
    xml.finish()?;
    Ok(text)
}

#[test]
fn texts_are_what_the_file_says() {
    for (source, expected, notes) in [
        ("<a>x</a>", "x", ""),
        ("<a><![CDATA[<b> & ]]></a>", "<b> & ", ""),
        ("<a>&lt;&#20013;&#x4e2d;&amp;</a>", "<中中&", ""),
        ("<a>1\r\n2\r3<![CDATA[\r\n]]></a>", "1\n2\n3\n", ""),
        ("<a>x&nbsp;y</a>", "x\u{a0}y", "entity_of_html"),
        ("<a>x&foo;y</a>", "x&foo;y", "entity_unknown"),
        ("<a>&#0;</a>", "&#0;", "entity_unknown"),
        ("<a>A & B</a>", "A & B", "ampersand"),
        ("<a>A &b</a>", "A &b", "ampersand"),
        ("<a>x<b c='1'>y</b><d/></a>", "x<b c='1'>y</b><d/>", "markup"),
        ("<html>x<br>y<br/><p>z</html>", "x<br>y<br/><p>z", "markup"),
        ("<html>x<html>y</html>z</html>", "x<html>y</html>z", "markup"),
        ("<html>x</b>y</html>", "x</b>y", ""),
        ("<!DOCTYPE a [<!ENTITY e 'd&#233;f'>]><a>&e;&e;</a>", "défdéf", ""),
        ("<!DOCTYPE a [<!ENTITY e '1'><!ENTITY f '&e;&e;'>]><a>&f;</a>", "&f;", "entity_unknown"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "&e;", "entity_unknown"),
        ("<a>x<!-- c -->y<?p i?>z</a> \n\0", "xyz", ""),
    ] {
        let mut xml = xml(source);
        assert_eq!(text_of(&mut xml).unwrap(), expected, "{source}");
        let mut told = Vec::new();
        xml.notes(None, |note| told.push(note.kind.rsplit('.').next().unwrap()));
        assert_eq!(told.join(" "), notes, "{source}");
    }
}

#[test]
fn what_is_no_xml_is_refused_with_its_line() {
    for (source, expected) in [
        ("", "1: The file holds no XML"),
        ("  ", "1: The file holds no XML"),
        ("<a>", "1: The file is cut short: <a> is still open"),
        ("<a>\n<b>\n</b>", "3: The file is cut short: <a> is still open"),
        ("<a>\n<b", "2: The file is cut short"),
        ("<a><![CDATA[x</a>", "1: The file is cut short"),
        ("<a>\n<!-- x</a>", "2: The file is cut short"),
        ("<a>\n<b></c></a>", "2: The XML is malformed: <b> is closed by </c>"),
        ("<a/>\n<a/>", "2: There is more after the end"),
        ("<a/>x", "1: There is more after the end"),
        ("<a/></a>", "1: There is more after the end"),
    ] {
        let refused = text_of(&mut xml(source)).unwrap_err();
        assert!(refusal(&refused).starts_with(expected), "{source}: {}", refusal(&refused));
        let mut xml = xml(source);
        let skipped = xml.root().and_then(|()| xml.skip()).and_then(|()| xml.finish());
        assert!(refusal(&skipped.unwrap_err()).starts_with(expected), "{source}");
    }
}

#[test]
fn nesting_entities_and_giants_are_bounded() {
    let deep = "<a>".repeat(10_000);
    assert!(refusal(&text_of(&mut xml(&deep)).unwrap_err()).contains("nested"));
    let bomb = format!("<!DOCTYPE a [<!ENTITY e '{}'>]><a>{}</a>", "x".repeat(60_000), "&e;".repeat(100_000));
    assert!(refusal(&text_of(&mut xml(&bomb)).unwrap_err()).contains("entities"));
    let broken = format!("<html>{}</html>", "<br>".repeat(200_000));
    assert_eq!(text_of(&mut xml(&broken)).unwrap().len(), 800_000);
}

#[test]
fn attributes_are_found_by_local_name() {
    let mut xml = xml("<a x:id='1' id='2' n=\"&lt;&nbsp;&amp;\"/>");
    xml.root().unwrap();
    let mut value = String::new();
    assert!(xml.attribute("id", &mut value).unwrap());
    assert_eq!(value, "1");
    assert!(xml.attribute("n", &mut value).unwrap());
    assert_eq!(value, "<\u{a0}&");
    assert!(!xml.attribute("none", &mut value).unwrap());
    assert_eq!(value, "");
}

#[test]
fn encodings_are_told() {
    for (head, expected) in [
        (&b"<a/>"[..], "UTF-8"),
        (b"\xef\xbb\xbf<a/>", "UTF-8"),
        (b"\xff\xfe<\0", "UTF-16LE"),
        (b"<\0?\0", "UTF-16LE"),
        (b"\0<\0?", "UTF-16BE"),
        (b"<?xml version='1.0' encoding='GB2312'?>", "GBK"),
        (b"<?xml version=\"1.0\" encoding = \"gb18030\" ?>", "GB18030"),
        (b"<?xml version='1.0' encoding='cp936'?>", "GBK"),
        (b"<?xml version='1.0' encoding='utf-16'?>", "UTF-8"),
        (b"<?xml version='1.0' encoding='klingon'?>", "UTF-8"),
        (b"<?xml version='1.0'?><a encoding='GBK'/>", "UTF-8"),
    ] {
        assert_eq!(Charset::of_head(head).name(), expected, "{}", String::from_utf8_lossy(head));
    }
}

#[test]
fn roots_are_told() {
    for (head, expected) in [
        ("<kml>", Some("kml")),
        ("\u{feff}<?xml version='1.0'?>\n<!-- <x> -->\n<k:kml xmlns:k='u'>", Some("kml")),
        ("<!DOCTYPE kml [<!ENTITY a \"b>\">]><kml/>", Some("kml")),
        ("<!DOCTYPE gpx><gpx version='1'>", Some("gpx")),
        ("<kml", None),
        ("kml", None),
        ("", None),
        ("<!-- never", None),
    ] {
        assert_eq!(root_of(head.as_bytes()).as_deref(), expected, "{head}");
    }
}

#[test]
fn columns_keep_every_digit() {
    use Declared::{Bool, Integer, Real, Time};
    for (declared, texts, expected) in [
        (Integer, &["1", "-2", ""][..], "Integer 1 -2 null"),
        (Integer, &["310113001000000001"], "Integer 310113001000000001"),
        (Integer, &["12345678901234567890"], "Decimal 12345678901234567890d"),
        (Integer, &["007"], "Text '007'"),
        (Integer, &["1", "x"], "Text '1' 'x'"),
        (Integer, &["1", "2.50"], "Real 1.0 2.5"),
        (Integer, &["9007199254740993", "2.5"], "Decimal 9007199254740993d 2.5d"),
        (Real, &["1", "2.5", "1e3", " 4 "], "Real 1.0 2.5 1000.0 4.0"),
        (Real, &["310113001000000001"], "Decimal 310113001000000001d"),
        (Real, &["12345678901234567", ".5", "+1.5", "01.5", "1."], "Decimal 12345678901234567d 0.5d 1.5d 1.5d 1d"),
        (Real, &["NaN", "1.5"], "Real ? 1.5"),
        (Real, &["inf"], "Text 'inf'"),
        (Real, &["1e999"], "Text '1e999'"),
        (Bool, &["1", "true", "0", "false", ""], "Bool true true false false null"),
        (Bool, &["yes"], "Text 'yes'"),
        (Time, &["2026-11-01", ""], "Date 2026-11-01 null"),
        (Time, &["2026", "2026-11-01"], "Text '2026' '2026-11-01'"),
        (Time, &["2026-11-01", "2026-11-01T00:00:00Z"], "Text '2026-11-01' '2026-11-01T00:00:00Z'"),
        (Declared::Text, &["1", ""], "Text '1' ''"),
    ] {
        let mut seen = Seen::default();
        seen.declare(declared);
        texts.iter().for_each(|text| seen.observe(text));
        let cells =
            texts.iter().map(|t| cell(seen.kind(), t).as_ref().map_or("?".to_owned(), text)).collect::<Vec<_>>();
        assert_eq!(format!("{:?} {}", seen.kind(), cells.join(" ")), expected, "{texts:?}");
    }
}
