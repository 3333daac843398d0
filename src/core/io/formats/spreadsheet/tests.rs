//! Workbooks that are put together here.

use super::*;
use crate::io::formats::InMemory;
use crate::io::formats::tabular::tests::Collected;
use std::io::Write as _;

/// A workbook of these sheets: name, state, the XML of `sheetData` and what follows.
fn xlsx(sheets: &[(&str, &str, &str)], is_1904: bool) -> Vec<u8> {
    let spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, text: String| {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(text.as_bytes()).expect("written");
    };
    let listed: String = (1..=sheets.len())
        .zip(sheets)
        .map(|(n, (name, state, _))| format!(r#"<sheet name="{name}" sheetId="{n}" state="{state}" r:id="rId{n}"/>"#))
        .collect();
    let related: String = (1..=sheets.len())
        .map(|n| {
            format!(r#"<Relationship Id="rId{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>"#)
        })
        .collect();
    put(
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.into(),
    );
    put(
        "_rels/.rels",
        format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        ),
    );
    put(
        "xl/workbook.xml",
        format!(
            r#"<workbook xmlns="{spreadsheet}" xmlns:r="{relations}"><workbookPr date1904="{}"/><sheets>{listed}</sheets></workbook>"#,
            u8::from(is_1904)
        ),
    );
    put("xl/_rels/workbook.xml.rels", format!(r#"<Relationships xmlns="{package}">{related}</Relationships>"#));
    put(
        "xl/styles.xml",
        format!(
            r#"<styleSheet xmlns="{spreadsheet}"><numFmts><numFmt numFmtId="164" formatCode="000000"/><numFmt numFmtId="165" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="165"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>"#
        ),
    );
    for (n, (_, _, data)) in (1..).zip(sheets) {
        put(&format!("xl/worksheets/sheet{n}.xml"), format!(r#"<worksheet xmlns="{spreadsheet}">{data}</worksheet>"#));
    }
    archive.finish().expect("finished").into_inner()
}

/// Rows of a sheet: cells by `|`; `=3` a number of style 0, `s1=45000` one of style 1, `!#N/A` an error, `?1` a truth, else text.
fn rows(text: &str) -> String {
    let mut out = "<sheetData>".to_owned();
    for (n, line) in (1..).zip(text.lines()) {
        out.push_str(&format!(r#"<row r="{n}">"#));
        for (column, cell) in line.split('|').enumerate() {
            let place = format!("{}{n}", crate::io::formats::tabular::letters(column));
            out.push_str(&match cell.split_at_checked(1) {
                None if cell.is_empty() => continue,
                Some(("=", value)) => format!(r#"<c r="{place}"><v>{value}</v></c>"#),
                Some(("!", error)) => format!(r#"<c r="{place}" t="e"><v>{error}</v></c>"#),
                Some(("?", truth)) => format!(r#"<c r="{place}" t="b"><v>{truth}</v></c>"#),
                Some(("s", rest)) if rest.contains('=') => {
                    let (style, value) = rest.split_once('=').expect("a style");
                    format!(r#"<c r="{place}" s="{style}"><v>{value}</v></c>"#)
                }
                Some(("f", rest)) if rest.contains('=') => {
                    let (formula, value) = rest.split_once('=').expect("a formula");
                    format!(r#"<c r="{place}"><f>{formula}</f><v>{value}</v></c>"#)
                }
                _ => format!(r#"<c r="{place}" t="inlineStr"><is><t>{cell}</t></is></c>"#),
            });
        }
        out.push_str("</row>");
    }
    out + "</sheetData>"
}

fn merged(text: &str, merges: &[&str]) -> String {
    let cells: String = merges.iter().map(|merge| format!(r#"<mergeCell ref="{merge}"/>"#)).collect();
    rows(text) + "<mergeCells>" + &cells + "</mergeCells>"
}

fn input(name: &str, bytes: Vec<u8>) -> Input {
    InMemory::default().with(name, bytes).input(name)
}

fn read(sheet: &str) -> Collected {
    let bytes = xlsx(&[("台账", "visible", sheet)], false);
    Collected::read(&Spreadsheet, input("a.xlsx", bytes), "台账").unwrap_or_else(|e| panic!("{sheet}: {e:?}"))
}

#[test]
fn kinds_of_cells_stay() {
    let got = read(&rows(
        "整数|小数|文本数|补零|日期|时刻|时间|百分比|真假|错误|长编码|公式\n=1|=1.5|0123|s2=123|s1=45943|s4=45943.541666666664|s5=0.25|s3=0.25|?1|!#N/A|=310113001000000001|fA2*2=2\n=2|=2|45|s2=7|s1=45944|s4=45943.5|s5=0.5|s3=0.5|?0|=7|=310113001000000002|fA3*2=4",
    ));
    let fields = "整数:Integer 小数:Real 文本数:Text 补零:Text 日期:Date 时刻:DateTime 时间:Time 百分比:Real 真假:Bool 错误:Integer 长编码:Integer 公式:Integer";
    assert_eq!(got.fields().join(" "), fields);
    assert_eq!(
        got.cells(0),
        [
            "1",
            "1.5",
            "0123",
            "000123",
            "2025-10-13",
            "2025-10-13 13:00:00",
            "06:00:00",
            "0.25",
            "true",
            "∅",
            "310113001000000000",
            "2"
        ]
    );
    assert!(got.has("format.table.lost_digits") && got.has("format.table.no_value") && got.has("format.table.padded"));
    let bytes = xlsx(&[("a", "visible", &rows("日期\ns1=44481"))], true);
    assert_eq!(Collected::read(&Spreadsheet, input("a.xlsx", bytes), "a").expect("1904").cells(0), ["2025-10-13"]);
}

#[test]
fn headers_and_merged_cells() {
    let got = read(&merged(
        "排污口台账||||\n名称|坐标||街道|备注\n|经度|纬度||\nA|=121.5|=31.25|静安|x\nB|=121.6|=31.26||y\nC|无|=31.27|宝山|z\n合计||||",
        &["A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3", "D4:D5"],
    ));
    assert_eq!(got.fields(), ["名称:Text", "坐标 经度:Text", "坐标 纬度:Real", "街道:Text", "备注:Text"]);
    assert_eq!(got.shapes(), ["POINT (121.5 31.25)", "POINT (121.6 31.26)", "", ""]);
    assert_eq!(got.cells(1)[3], "静安");
    for kind in [
        "format.table.titles",
        "format.table.header_lines",
        "format.table.filled",
        "format.table.total",
        "format.position.unreadable",
    ] {
        assert!(got.has(kind), "{kind}");
    }
    let note = got.notes.iter().find(|note| note.kind == "format.position.unreadable").expect("a note");
    assert!(note.said.zh.contains("台账!B6"), "{note:?}");
    let got =
        read(&merged("点位|经度|||纬度||\n|度|分|秒|度|分|秒\nA|=121|=30|=0|=31|=15|=0", &["A1:A2", "B1:D1", "E1:G1"]));
    assert_eq!(got.shapes(), ["POINT (121.5 31.25)"]);
    let got = read(&rows("\n\n名称|经度|纬度\n\nA|121°30′E|31°15′N\n"));
    assert_eq!(got.shapes(), ["POINT (121.5 31.25)"]);
    // A row without cells has no row number of its own.
    let got = read(r#"<sheetData><row><c><v>1</v></c></row><row/><row><c t="str"><v>x</v></c></row></sheetData>"#);
    assert_eq!(got.rows.len(), 2);
}

#[test]
fn sheets_are_layers() {
    let bytes = xlsx(
        &[
            ("甲", "visible", &rows("a|经度|纬度\nx|=121.5|=31.25")),
            ("乙", "hidden", &rows("a|b\nx|=1")),
            ("空", "visible", "<sheetData/>"),
        ],
        false,
    );
    let layers = Spreadsheet.layers(&input("a.xlsx", bytes.clone()), &ReadHints::default()).expect("layers");
    let told: Vec<_> = layers.iter().map(|layer| (layer.name.as_str(), layer.is_table, layer.rows)).collect();
    assert_eq!(told, [("甲", false, Some(1)), ("乙", true, Some(1)), ("空", true, Some(0))]);
    assert!(
        Collected::read(&Spreadsheet, input("a.xlsx", bytes.clone()), "乙").expect("hidden").has("format.sheet.hidden")
    );
    assert!(Collected::read(&Spreadsheet, input("a.xlsx", bytes.clone()), "丙").is_err());
    let seen = preview(&input("a.xlsx", bytes), "甲", &ReadHints::default(), 10).expect("preview");
    assert_eq!((seen.header, seen.positions), (Some(1), vec!["经度".to_owned(), "纬度".to_owned()]));
}

/// A workbook of OpenDocument with one sheet; `gap` stands between its elements.
fn ods(gap: &str) -> Vec<u8> {
    let text = |text: &str| {
        format!(
            r#"<table:table-cell office:value-type="string">{gap}<text:p>{text}</text:p>{gap}</table:table-cell>{gap}"#
        )
    };
    let number = |value: f64| format!(r#"<table:table-cell office:value-type="float" office:value="{value}"/>{gap}"#);
    let date = r#"<table:table-cell office:value-type="date" office:date-value="2026-11-29"/>"#;
    let head = [text("名称"), text("经度"), text("纬度"), text("日期")].concat();
    let row = [text("甲 <text:span>乙</text:span>"), number(121.5), number(31.25), date.to_owned()].concat();
    let space = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        r#"<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="a">{gap}<table:table-row>{gap}{head}</table:table-row>{gap}<table:table-row>{gap}{row}</table:table-row>{gap}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:manifest/>"),
        ("content.xml", &content),
    ] {
        archive.start_file(name, stored).expect("a member");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

#[test]
fn opendocument_is_read_with_and_without_gaps() {
    for gap in ["", "\n", " \r\n\t"] {
        let got = Collected::read(&Spreadsheet, input("a.ods", ods(gap)), "a").expect("an ODS");
        assert_eq!((got.shapes(), got.cells(0)[3]), (vec!["POINT (121.5 31.25)".to_owned()], "2026-11-29"), "{gap:?}");
        assert_eq!(got.cells(0)[0], "甲 乙");
    }
}

/// An XLS file: a compound file with one stream, a sheet of texts and numbers.
fn xls(cells: &[(u16, u16, &str)], rows: u32, columns: u16) -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat();
    let bof = |kind: u16| {
        let mut data = [0_u8; 16];
        data[..2].copy_from_slice(&0x0600_u16.to_le_bytes());
        data[2..4].copy_from_slice(&kind.to_le_bytes());
        record(0x0809, &data)
    };
    let name = "a";
    let head = bof(5);
    let length = head.len() + 4 + 8 + name.len() + 4;
    let mut sheet = (length as u32).to_le_bytes().to_vec();
    sheet.extend_from_slice(&[0, 0, name.len() as u8, 0]);
    sheet.extend_from_slice(name.as_bytes());
    let mut stream = [head, record(0x0085, &sheet), record(0x000a, &[]), bof(0x10)].concat();
    let bounds =
        [&0_u32.to_le_bytes()[..], &rows.to_le_bytes(), &0_u16.to_le_bytes(), &columns.to_le_bytes(), &[0, 0]].concat();
    stream.extend(record(0x0200, &bounds));
    for (row, column, text) in cells {
        let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
        stream.extend(match text.parse::<f64>() {
            Ok(value) => record(0x0203, &[&place[..], &value.to_le_bytes()].concat()),
            Err(_) => {
                let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let count = (text.encode_utf16().count() as u16).to_le_bytes();
                record(0x0204, &[&place[..], &count, &[1], &units].concat())
            }
        });
    }
    stream.extend(record(0x000a, &[]));
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = (stream.len() / 512) as u32;
    let mut file = vec![0_u8; 512];
    file[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    for (at, value) in [(24, 0x3e_u16), (26, 3), (28, 0xfffe), (30, 9), (32, 6)] {
        file[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    for (at, value) in [(44, 1_u32), (48, 1), (56, 4096), (60, 0xffff_fffe), (68, 0xffff_fffe)] {
        file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    file[76..].fill(0xff);
    file[76..80].fill(0);
    let mut fat = vec![0xff_u8; 512];
    let chain = (0..sectors).map(|n| if n + 1 == sectors { 0xffff_fffe } else { n + 3 });
    for (n, next) in [0xffff_fffd, 0xffff_fffe].into_iter().chain(chain).enumerate() {
        fat[4 * n..4 * n + 4].copy_from_slice(&u32::to_le_bytes(next));
    }
    let mut directory = vec![0_u8; 512];
    for (n, (name, kind, first, size)) in
        [("Root Entry", 5, 0xffff_fffe, 0), ("Workbook", 2, 2, stream.len() as u32)].into_iter().enumerate()
    {
        let entry = &mut directory[128 * n..128 * (n + 1)];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64..66].copy_from_slice(&(units.len() as u16 + 2).to_le_bytes());
        entry[66] = kind;
        entry[68..80].fill(0xff);
        entry[116..120].copy_from_slice(&u32::to_le_bytes(first));
        entry[120..124].copy_from_slice(&u32::to_le_bytes(size));
    }
    [file, fat, directory, stream].concat()
}

#[test]
fn old_workbooks_are_read_and_bounded() {
    let cells = [(0, 0, "名称"), (0, 1, "经度"), (0, 2, "纬度"), (1, 0, "甲"), (1, 1, "121.5"), (1, 2, "31.25")];
    let bytes = xls(&cells, 2, 3);
    for name in ["a.xls", "a.et"] {
        let got = Collected::read(&Spreadsheet, input(name, bytes.clone()), "a").expect("an XLS");
        assert_eq!((got.shapes(), got.cells(0)[0]), (vec!["POINT (121.5 31.25)".to_owned()], "甲"));
    }
    for (cells, rows, columns) in [
        (&[(0, 0, "a"), (65_535, 255, "b")][..], 65_535, 255),
        (&[(0, 0, "a"), (1, 60_000, "b")], 2, 3),
        (&cells, u32::MAX, 3),
        (&cells, 2, u16::MAX),
    ] {
        assert!(Collected::read(&Spreadsheet, input("a.xls", xls(cells, rows, columns)), "a").is_err());
    }
    for at in 0..bytes.len().min(2048) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x81;
        let _ = Collected::read(&Spreadsheet, input("a.xls", bytes), "a");
    }
    for end in (0..bytes.len()).step_by(37) {
        let _ = Collected::read(&Spreadsheet, input("a.xls", bytes[..end].to_vec()), "a");
    }
}

#[test]
fn what_is_no_workbook_is_refused_with_the_way_out() {
    let whole = xlsx(&[("a", "visible", &rows("a|b\nx|=1"))], false);
    let mut bombs = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bombs.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).expect("a member");
    for _ in 0..64 {
        bombs.write_all(&vec![b' '; 1 << 20]).expect("written");
    }
    let bomb = bombs.finish().expect("finished").into_inner();
    let far = xlsx(
        &[(
            "a",
            "visible",
            r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="ZZZZ9"><v>1</v></c></row></sheetData>"#,
        )],
        false,
    );
    let back = xlsx(
        &[(
            "a",
            "visible",
            r#"<sheetData><row r="5"><c r="A5"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData>"#,
        )],
        false,
    );
    for (name, bytes) in [
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>".to_vec()),
        ("a.xls", b"a\tb\n1\t2\n".to_vec()),
        ("a.xlsx", bomb),
        ("a.xlsx", far),
        ("a.xlsx", back),
        ("a.xlsb", whole.clone()),
        ("a.xlsx", whole[..whole.len() / 2].to_vec()),
        ("a.ods", whole.clone()),
    ] {
        let got = Collected::read(&Spreadsheet, input(name, bytes), "a");
        assert!(matches!(got, Err(FormatError::Refused { .. })), "{name}: {got:?}");
    }
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        let _ = Collected::read(&Spreadsheet, input("a.xlsx", bytes), "a");
    }
    for end in (0..whole.len()).step_by(11) {
        let _ = Collected::read(&Spreadsheet, input("a.xlsx", whole[..end].to_vec()), "a");
    }
    std::panic::set_hook(quiet);
}
