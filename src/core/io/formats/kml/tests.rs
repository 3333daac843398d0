//! Tables of KML and what becomes of it.

use super::*;
use crate::io::formats::xml::tests::{Taken, read, refusal};
use crate::io::formats::{InMemory, OnDisk};
use std::io::Write;

const OPEN: &str = "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>";
const CLOSE: &str = "</Document></kml>";

fn input(name: &str, bytes: Vec<u8>) -> Input {
    InMemory::default().with(name, bytes).input(name)
}

/// Layers of a KML: `name=rows`.
fn layers(kml: &str) -> String {
    let layers = Kml.layers(&input("档案.kml", kml.into()), &ReadHints::default());
    match layers {
        Ok(layers) => layers.iter().map(|l| format!("{}={}", l.name, l.rows.unwrap())).collect::<Vec<_>>().join(","),
        Err(e) => refusal(&e),
    }
}

fn first(kml: &str) -> Taken {
    let input = input("a.kml", kml.into());
    let layers = Kml.layers(&input, &ReadHints::default()).unwrap();
    let taken = read(&Kml, &input, &layers[0].name, &ReadHints::default()).unwrap();
    assert_eq!(Some(taken.rows.len() as u64), layers[0].rows);
    taken
}

fn placemarks(body: &str) -> Taken {
    first(&format!("{OPEN}{body}{CLOSE}"))
}

#[test]
fn geometries_are_read() {
    let ring = "<LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing>";
    let hole = "<LinearRing><coordinates>.1,.1 .2,.1 .2,.2 .1,.1</coordinates></LinearRing>";
    let (ring_text, hole_text) = ("0 0,1 0,1 1,0 0", "0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1");
    for (geometry, expected, notes) in [
        ("<Point><coordinates>1,2</coordinates></Point>", "Point[1 2]", ""),
        ("<Point><coordinates>\n 1,2,3 </coordinates></Point>", "Point[1 2 3]", ""),
        ("<Point><coordinates>1, 2, 3</coordinates></Point>", "Point[1 2 3]", ""),
        ("<Point><coordinates>1 ,2 , 3</coordinates></Point>", "Point[1 2 3]", ""),
        ("<Point><coordinates>1,2,</coordinates></Point>", "Point[1 2]", ""),
        ("<Point><coordinates>121.5 31.25</coordinates></Point>", "Point[121.5 31.25]", "!coordinates_guessed 0"),
        ("<Point><coordinates>1,2 3,4</coordinates></Point>", "MultiPoint[1 2|3 4]", "!several_geometries 0"),
        ("<Point><coordinates>1</coordinates></Point>", "", "!coordinates 0 !empty_geometry 0"),
        ("<Point><coordinates>1,x</coordinates></Point>", "", "!coordinates 0 !empty_geometry 0"),
        ("<Point><coordinates>NaN,1</coordinates></Point>", "", "!coordinates 0 !empty_geometry 0"),
        ("<Point><coordinates>31,121</coordinates></Point>", "Point[31 121]", "!out_of_range 0"),
        ("<Point/>", "", "!empty_geometry 0"),
        ("<Point></Point>", "", "!empty_geometry 0"),
        ("", "", ""),
        (
            "<LineString><coordinates>1,2,3\t4,5,6\n7,8</coordinates></LineString>",
            "LineString[1 2 3,4 5 6,7 8 NaN]",
            "",
        ),
        ("<LineString><coordinates>1,2 4,5,6</coordinates></LineString>", "LineString[1 2 NaN,4 5 6]", ""),
        (
            "<LineString><coordinates>1,2, 3,4, 5,6</coordinates></LineString>",
            "LineString[1 2,3 4,5 6]",
            "!coordinates_guessed 0",
        ),
        (
            "<LineString><coordinates>1,2,0, 3,4,0</coordinates></LineString>",
            "LineString[1 2 0,3 4 0]",
            "!coordinates_guessed 0",
        ),
        ("<LineString><coordinates>1 2 3 4</coordinates></LineString>", "", "!coordinates 0 !empty_geometry 0"),
        ("<LineString><coordinates>1,2,3,4,5,6</coordinates></LineString>", "", "!coordinates 0 !empty_geometry 0"),
        ("<LineString><coordinates>1,2<!-- -->3,4 5,6</coordinates></LineString>", "LineString[1 23 4,5 6 NaN]", ""),
        (
            &format!("<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"),
            &format!("Polygon[{ring_text}]"),
            "",
        ),
        (
            &format!(
                "<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs><innerBoundaryIs>{hole}{hole}</innerBoundaryIs><innerBoundaryIs>{hole}</innerBoundaryIs></Polygon>"
            ),
            &format!("Polygon[{ring_text};{hole_text};{hole_text};{hole_text}]"),
            "",
        ),
        (
            &format!(
                "<Polygon><innerBoundaryIs>{hole}</innerBoundaryIs><innerBoundaryIs>{hole}</innerBoundaryIs><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
            ),
            &format!("Polygon[{ring_text};{hole_text};{hole_text}]"),
            "",
        ),
        (
            &format!("<Polygon><innerBoundaryIs>{hole}</innerBoundaryIs></Polygon>"),
            "",
            "!holes_alone 0 !empty_geometry 0",
        ),
        (
            &format!(
                "<Polygon><outerBoundaryIs>{ring}{ring}</outerBoundaryIs><innerBoundaryIs>{hole}</innerBoundaryIs></Polygon>"
            ),
            &format!("MultiPolygon[{ring_text}|{ring_text};{hole_text}]"),
            "!several_outer 0",
        ),
        (
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing></outerBoundaryIs></Polygon>",
            "Polygon[0 0,1 0,1 1,0 0]",
            "ring_closed 0",
        ),
        ("<MultiGeometry><Point><coordinates>1,2</coordinates></Point></MultiGeometry>", "MultiPoint[1 2]", ""),
        (
            &format!(
                "<MultiGeometry><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon><MultiGeometry><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon></MultiGeometry></MultiGeometry>"
            ),
            &format!("MultiPolygon[{ring_text}|{ring_text}]"),
            "",
        ),
        (
            "<MultiGeometry><Point><coordinates>1,2</coordinates></Point><LineString><coordinates>1,2,7 3,4</coordinates></LineString></MultiGeometry>",
            "(Point[1 2 NaN] + LineString[1 2 7,3 4 NaN])",
            "",
        ),
        ("<MultiGeometry/>", "", "!empty_geometry 0"),
        ("<MultiGeometry><Placemark/></MultiGeometry>", "", "!unknown 0 !empty_geometry 0"),
        (
            "<Point><coordinates>1,2</coordinates></Point><Point><coordinates>3,4</coordinates></Point>",
            "MultiPoint[1 2|3 4]",
            "!several_geometries 0",
        ),
        ("<Model><Location/></Model>", "", "!unread 0"),
        ("<Circle/>", "", "!unknown 0"),
        (
            "<Point><altitudeMode>relativeToGround</altitudeMode><coordinates>1,2,3</coordinates></Point>",
            "Point[1 2 3]",
            "relative_heights",
        ),
    ] {
        let taken = placemarks(&format!("<Placemark>{geometry}</Placemark>"));
        assert_eq!(taken.rows, [expected], "{geometry}");
        assert_eq!(taken.notes.join(" "), notes, "{geometry}");
    }
}

#[test]
fn tracks_are_lines_with_their_times() {
    let when =
        |hours: &[u32]| hours.iter().map(|h| format!("<when>2026-11-01T{h:02}:00:00Z</when>")).collect::<String>();
    let coord = "<gx:coord>1 2 3</gx:coord><gx:coord>4 5 6</gx:coord>";
    let times = "2026-11-01 8:00:00.0 Some(0) 2026-11-01 9:00:00.0 Some(0)";
    for (geometry, expected, notes) in [
        (format!("<gx:Track>{}{coord}</gx:Track>", when(&[8, 9])), format!("{times} LineString[1 2 3,4 5 6]"), ""),
        (
            format!("<Track>{}{}</Track>", when(&[8, 9]), coord.replace("gx:", "")),
            format!("{times} LineString[1 2 3,4 5 6]"),
            "",
        ),
        (format!("<gx:Track>{coord}</gx:Track>"), "LineString[1 2 3,4 5 6]".to_owned(), ""),
        (
            format!(
                "<gx:MultiTrack><gx:Track>{}{coord}</gx:Track><gx:Track>{}{coord}</gx:Track></gx:MultiTrack>",
                when(&[8]),
                when(&[9])
            ),
            format!("{times} MultiLineString[1 2 3,4 5 6|1 2 3,4 5 6]"),
            "!track_counts 0",
        ),
        (
            format!("<gx:Track>{}{coord}<gx:coord/></gx:Track>", when(&[8, 7, 9])),
            format!("{times} LineString[1 2 3,4 5 6]"),
            "!track_gap 0 !track_times 0",
        ),
        (
            format!(
                "<gx:Track>{coord}<ExtendedData><SchemaData><gx:SimpleArrayData name=\"hr\"/></SchemaData></ExtendedData></gx:Track>"
            ),
            "LineString[1 2 3,4 5 6]".to_owned(),
            "!track_values 0",
        ),
    ] {
        let taken = placemarks(&format!("<Placemark>{geometry}</Placemark>"));
        assert_eq!(taken.rows, [expected.as_str()], "{geometry}");
        assert_eq!(taken.notes.join(" "), notes, "{geometry}");
    }
}

#[test]
fn fields_are_read_as_they_are_declared() {
    let schema = "<Schema name='地块' id='s'><SimpleField type='string' name='code'><displayName>编码</displayName></SimpleField>\
                  <SimpleField type='int' name='n'/><SimpleField type='xsd:double' name='area'/><SimpleField type='bool' name='b'/></Schema>";
    let data = |data: &str| {
        format!(
            "{schema}<Placemark><ExtendedData><SchemaData schemaUrl='#s'>{data}</SchemaData></ExtendedData></Placemark>"
        )
    };
    let simple = |name: &str, value: &str| format!("<SimpleData name='{name}'>{value}</SimpleData>");
    let typed = "code(编码):Text n:Integer area:Real b:Bool";
    for (body, fields, row, notes) in [
        (data(&(simple("code", "310113001000000001") + &simple("n", "7") + &simple("area", "0.1") + &simple("b", "1"))), typed, "'310113001000000001' 7 0.1 true", ""),
        (data(&simple("n", "")), typed, "- null - -", ""),
        (data(&simple("code", "")), typed, "'' - - -", ""),
        (data(&simple("n", "310113001000000001")), typed, "- 310113001000000001 - -", ""),
        (data(&simple("area", "310113001000000001")), "code(编码):Text n:Integer area:Decimal b:Bool", "- - 310113001000000001d -", ""),
        (data(&simple("n", "007")), "code(编码):Text n:Text area:Real b:Bool", "- '007' - -", "!field_kind"),
        (data(&(simple("n", "1") + &simple("n", "2"))), typed, "- 1 - -", "!repeated 0"),
        (data(&simple("另", "x")), "code(编码):Text n:Integer area:Real b:Bool 另:Text", "- - - - 'x'", ""),
        (
            "<Placemark id='ID_1'><name> 一 </name><ExtendedData><Data name='name'><displayName>名</displayName><value> 二 </value></Data><Data name='e'/></ExtendedData></Placemark>".to_owned(),
            "id:Text name:Text name(名):Text e:Text",
            "'ID_1' '一' ' 二 ' null",
            "",
        ),
        (
            "<Placemark><ExtendedData xmlns:p='u'><p:number>14</p:number></ExtendedData></Placemark>".to_owned(),
            "number:Text",
            "'14'",
            "",
        ),
        (
            "<Schema parent='Placemark' name='河流'><SimpleField type='int' name='级'/></Schema><河流><name>a</name><级>2</级><Point><coordinates>1,2</coordinates></Point></河流>".to_owned(),
            "name:Text 级:Integer",
            "'a' 2 Point[1 2]",
            "",
        ),
        ("<Placemark><TimeStamp><when>2026-11</when></TimeStamp></Placemark>".to_owned(), "timestamp:Text", "'2026-11'", ""),
        ("<Placemark><TimeStamp><when>2026-11-01</when></TimeStamp></Placemark>".to_owned(), "timestamp:Date", "2026-11-01", ""),
        (
            "<Placemark><TimeSpan><begin>2026-11-01T08:00:00.5+08:00</begin><end></end></TimeSpan></Placemark>".to_owned(),
            "begin:DateTime end:DateTime",
            "2026-11-01 8:00:00.500000000 Some(480) null",
            "",
        ),
        (
            "<Placemark><description><![CDATA[<table><tr><td>地类</td><td>&lt;空&gt;</td></tr><tr><td>面积</td><td>1</td></tr></table>]]></description><ExtendedData><Data name='面积'><value>2</value></Data></ExtendedData></Placemark>".to_owned(),
            "description:Text 面积:Text 地类:Text",
            "'<table><tr><td>地类</td><td>&lt;空&gt;</td></tr><tr><td>面积</td><td>1</td></tr></table>' '2' null",
            "balloon",
        ),
        (
            "<Placemark><description>a<br>b & c&nbsp;</description><styleUrl>#x</styleUrl><Snippet></Snippet></Placemark>".to_owned(),
            "description:Text",
            "'a<br>b & c\u{a0}'",
            "entity_of_html 0 ampersand 0 markup 0",
        ),
        ("<Placemark><weird>x</weird></Placemark>".to_owned(), "", "", "!unknown 0"),
    ] {
        let taken = placemarks(&body);
        assert_eq!(taken.fields.join(" "), fields, "{body}");
        assert_eq!(taken.rows, [row], "{body}");
        assert_eq!(taken.notes.join(" "), notes, "{body}");
    }
}

#[test]
fn folders_are_layers() {
    let p = "<Placemark/>";
    let many = |n: usize| (0..n).map(|at| format!("<Folder><name>f{at}</name>{p}</Folder>")).collect::<String>();
    for (kml, expected) in [
        (format!("{OPEN}<name>d</name>{p}{CLOSE}"), "d=1"),
        (format!("{OPEN}{p}{CLOSE}"), "=1"),
        (format!("<kml>{p}</kml>"), "=1"),
        ("<Placemark/>".to_owned(), "=1"),
        (format!("<Document><name>d</name>{p}</Document>"), "d=1"),
        (format!("{OPEN}<name>d</name>{p}<Folder><name>a</name>{p}{p}</Folder>{CLOSE}"), "d=1,a=2"),
        (
            format!(
                "{OPEN}<Folder><name>a</name>{p}</Folder><Folder><name>a</name>{p}</Folder><Folder>{p}</Folder>{CLOSE}"
            ),
            "a=1,a (2)=1,Folder=1",
        ),
        (
            format!(
                "{OPEN}<Folder><name>项目</name><Folder><name>路</name>{p}</Folder><Folder><name>河</name>{p}<Folder>{p}</Folder></Folder></Folder>{CLOSE}"
            ),
            "路=1,河=2",
        ),
        (format!("<kml><Folder><name>a</name>{p}</Folder></kml>"), "a=1"),
        (format!("{OPEN}<Folder><name>a</name>{p}</Folder><Folder><name>b</name></Folder>{CLOSE}"), "a=1"),
        (format!("<kml>{p}<Folder><name>a</name>{p}</Folder></kml>"), "Folder=1,a=1"),
        (
            format!("{OPEN}<name>d</name>{}{CLOSE}", many(100)),
            &(0..100).map(|at| format!("f{at}=1")).collect::<Vec<_>>().join(","),
        ),
        (format!("{OPEN}<name>d</name>{}{CLOSE}", many(101)), "d=101"),
        (format!("{OPEN}{CLOSE}"), "=0"),
        ("<kml/>".to_owned(), "=0"),
        ("<kml:kml xmlns:kml='http://earth.google.com/kml/2.0'><kml:Placemark/></kml:kml>".to_owned(), "=1"),
    ] {
        assert_eq!(layers(&kml), expected, "{kml}");
    }
    let taken = first(&format!(
        "{OPEN}<Folder><name>a</name>{p}<Folder><name>b</name><Folder><name>c</name>{p}</Folder></Folder></Folder>{CLOSE}"
    ));
    assert_eq!(taken.rows.len(), 1);
    let nested = format!(
        "{OPEN}{p}<Folder><name>a</name>{p}<Folder><name>b</name><Folder><name>c</name>{p}</Folder></Folder></Folder>{CLOSE}"
    );
    let taken = read(&Kml, &input("a.kml", nested.into()), "a", &ReadHints::default()).unwrap();
    assert_eq!((taken.fields.join(" "), taken.rows.join(" ")), ("folder:Text".to_owned(), "null 'b/c'".to_owned()));
    let taken = first(&format!("{OPEN}{}{CLOSE}", many(101)));
    assert_eq!((taken.rows[100].as_str(), taken.notes.join(" ").as_str()), ("'f100'", "gathered"));
}

#[test]
fn what_is_not_read_is_named() {
    let point = "<Placemark><Point><coordinates>1,2</coordinates></Point></Placemark>";
    let taken = placemarks(&format!(
        "{point}<NetworkLink><name>n</name></NetworkLink><Folder><GroundOverlay/></Folder><gx:Tour/><ScreenOverlay/><What/>"
    ));
    assert_eq!(taken.notes.join(" "), "!network_link !overlay !unread !overlay !unknown");
    for (body, expected) in [
        ("<NetworkLink/>", "The file holds nothing but network links"),
        (
            "<Folder><PhotoOverlay/></Folder>",
            "The file holds no placemark, only what is not read (such as PhotoOverlay)",
        ),
    ] {
        assert!(layers(&format!("{OPEN}{body}{CLOSE}")).starts_with(expected), "{body}");
    }
    assert!(layers("<gpx/>").starts_with("This is not KML: its root element is <gpx>"));
    assert!(layers("<kml><Document>\n").starts_with("2: The file is cut short: <Document>"));
    let gone = read(&Kml, &input("a.kml", "<kml/>".into()), "x", &ReadHints::default()).unwrap_err();
    assert!(refusal(&gone).starts_with("The file has no layer"));
}

#[test]
fn encodings_are_read_and_corrected() {
    let body = format!("{OPEN}<Placemark><name>排污口</name></Placemark>{CLOSE}");
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{body}");
    for (bytes, hint, name, notes) in [
        (body.clone().into_bytes(), None, "排污口", ""),
        (format!("\u{feff}{body}").into_bytes(), None, "排污口", ""),
        (gbk(&declared("GB2312")), None, "排污口", ""),
        (gbk(&declared("UTF-8")), None, "排污口", "!guessed"),
        (gbk(&body), None, "排污口", "!guessed"),
        (gbk(&body), Some("GBK"), "排污口", ""),
        (declared("GBK").into_bytes(), None, "排污口", "!guessed"),
        (declared("utf-16").into_bytes(), None, "排污口", ""),
        (utf16(&declared("UTF-16")), None, "排污口", ""),
        (utf16(&format!("\u{feff}{body}")), None, "排污口", ""),
        (
            [
                body.as_bytes()[..body.find('排').unwrap()].to_vec(),
                b"\xff\xff".to_vec(),
                body.as_bytes()[body.find('排').unwrap()..].to_vec(),
            ]
            .concat(),
            None,
            "\u{fffd}\u{fffd}排污口",
            "!bad_bytes",
        ),
    ] {
        let hints = ReadHints { encoding: hint.map(str::to_owned), ..ReadHints::default() };
        let taken = read(&Kml, &input("a.kml", bytes), "", &hints).unwrap();
        assert_eq!(taken.rows, [format!("'{name}'")]);
        assert_eq!(taken.notes.join(" "), notes);
    }
}

fn kmz(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn kmz_members_are_layers() {
    let one = format!("{OPEN}<name>一</name><Placemark/>{CLOSE}");
    let link = format!("{OPEN}<NetworkLink/>{CLOSE}");
    for (members, expected) in [
        (&[("doc.kml", one.as_str()), ("files/a.png", "x")][..], "一=1"),
        (&[("河道/图层.kml", &one)], "一=1"),
        (&[("a.kml", &one), ("b.KML", &one)], "a/一=1,b/一=1"),
        (&[("b.kml", &one), ("doc.kml", &one)], "doc/一=1,b/一=1"),
        (&[("doc.kml", &link), ("b.kml", &one)], "b/一=1"),
        (&[("doc.kml", &link)], "The file holds nothing but network links"),
        (&[("a.png", "x")], "The KMZ holds no KML file"),
        (&[], "The KMZ"),
    ] {
        let input = input("a.kmz", kmz(members));
        let told = match Kml.layers(&input, &ReadHints::default()) {
            Ok(layers) => {
                layers.iter().map(|l| format!("{}={}", l.name, l.rows.unwrap())).collect::<Vec<_>>().join(",")
            }
            Err(e) => refusal(&e),
        };
        assert!(told.starts_with(expected), "{members:?}: {told}");
    }
    let input = input("a.kmz", kmz(&[("doc.kml", &link), ("b.kml", &one)]));
    assert_eq!(read(&Kml, &input, "b/一", &ReadHints::default()).unwrap().notes, ["!member_unread"]);
    // A name in GBK, without the flag that says UTF-8.
    let mut bytes = kmz(&[("xxxx.kml", &one), ("a.kml", &one)]);
    let gbk = encoding_rs::GBK.encode("河道").0.into_owned();
    for at in 0..bytes.len() - 8 {
        if &bytes[at..at + 8] == b"xxxx.kml" {
            bytes[at..at + 4].copy_from_slice(&gbk);
        }
    }
    let layers = Kml.layers(&super::tests::input("a.kmz", bytes), &ReadHints::default()).unwrap();
    assert_eq!(layers[0].name, "河道/一");
    // 200 MB of spaces in 200 kB.
    let bomb = kmz(&[("doc.kml", &" ".repeat(200 << 20))]);
    let refused = Kml.layers(&super::tests::input("a.kmz", bomb), &ReadHints::default()).unwrap_err();
    assert!(refusal(&refused).contains("expands too far"));
}

mod hostile;
mod writing;

#[test]
fn a_packed_document_takes_what_it_unpacks_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let placemark = |i: usize| {
        format!("<Placemark><name>{i}</name><Point><coordinates>121.{i:04},31.4</coordinates></Point></Placemark>")
    };
    let all: String = (0..10_000).map(placemark).collect();
    let text = format!(r#"<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{all}</Document></kml>"#);
    let (plain, packed) = (folder.path().join("a.kml"), folder.path().join("a.kmz"));
    std::fs::write(&plain, &text).expect("written");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&packed).expect("made"));
    zip.start_file("doc.kml", zip::write::SimpleFileOptions::default()).expect("begun");
    zip.write_all(text.as_bytes()).expect("written");
    zip.finish().expect("ended");
    let own = |path: &std::path::Path| Kml.memory(&OnDisk::input(path).expect("there"), None);
    assert!(packed.metadata().expect("there").len() * 8 < text.len() as u64, "it packs well");
    assert!((text.len() as u64..3 * text.len() as u64).contains(&own(&packed)), "{}", own(&packed));
    assert!(own(&plain) < own(&packed), "the text of an archive is held");
    // What is no archive takes what it is.
    std::fs::write(&packed, "no archive").expect("written");
    assert!(own(&packed) < 1_000);
}
