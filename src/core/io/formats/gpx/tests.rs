//! Tables of GPX and what becomes of it.

use super::*;
use crate::io::formats::InMemory;
use crate::io::formats::xml::tests::{Taken, damage, read, refusal, try_all};

fn input(bytes: Vec<u8>) -> Input {
    InMemory::default().with("a.gpx", bytes).input("a.gpx")
}

fn taken(body: &str, layer: &str) -> Taken {
    let gpx = format!("<gpx version='1.1' xmlns='http://www.topografix.com/GPX/1/1'>{body}</gpx>");
    read(&Gpx, &input(gpx.into()), layer, &ReadHints::default()).unwrap()
}

#[test]
fn features_are_read() {
    let t = |hour: u32| format!("<time>2026-11-01T{hour:02}:00:00Z</time>");
    for (layer, body, fields, row, notes) in [
        ("waypoints", "<wpt lat='31.25' lon='121.5'/>".to_owned(), "", "Point[121.5 31.25]", ""),
        (
            "waypoints",
            "<wpt lat='1' lon='2'><ele>3.5</ele><name><![CDATA[点 & 1]]></name><sat>7</sat><hdop>1.5</hdop><fix>3d</fix></wpt>".to_owned(),
            "name:Text sat:Integer hdop:Real fix:Text",
            "'点 & 1' 7 1.5 '3d' Point[2 1 3.5]",
            "",
        ),
        (
            "waypoints",
            "<wpt lat='1' lon='2'><time>2026-11-01</time><link href='h'><text>t</text></link><link href='i'/><desc/></wpt>".to_owned(),
            "time:Date link:Text link_text:Text link_2:Text desc:Text",
            "2026-11-01 'h' 't' 'i' '' Point[2 1]",
            "",
        ),
        (
            "waypoints",
            "<wpt lat='1' lon='2'><extensions><g:a xmlns:g='u'><g:depth>3</g:depth><g:depth>4</g:depth></g:a><time>x</time><e/></extensions></wpt>".to_owned(),
            "depth:Text extensions_time:Text",
            "'3' 'x' Point[2 1]",
            "!repeated 0",
        ),
        ("waypoints", "<wpt lat='1'/>".to_owned(), "", "", "!bad_position 0"),
        ("waypoints", "<wpt lat='x' lon='1'/>".to_owned(), "", "", "!bad_position 0"),
        ("waypoints", "<wpt lat='inf' lon='1'/>".to_owned(), "", "", "!bad_position 0"),
        ("waypoints", "<wpt lat='121' lon='31'/>".to_owned(), "", "Point[31 121]", "!out_of_range 0"),
        ("waypoints", "<wpt lat='1' lon='2'><ele>hoch</ele></wpt>".to_owned(), "", "Point[2 1]", "!bad_height 0"),
        ("waypoints", "<wpt lat='1' lon='2'><sat>many</sat></wpt>".to_owned(), "sat:Text", "'many' Point[2 1]", "!field_kind"),
        (
            "routes",
            "<rte><name>r</name><number>2</number><rtept lat='1' lon='2'/><rtept lat='3' lon='4'><ele>5</ele></rtept></rte>".to_owned(),
            "name:Text number:Integer",
            "'r' 2 LineString[2 1 NaN,4 3 5]",
            "",
        ),
        ("routes", "<rte><rtept lat='1' lon='2'><name>n</name></rtept></rte>".to_owned(), "", "LineString[2 1]", "!values 0"),
        ("routes", "<rte><name/></rte>".to_owned(), "name:Text", "''", "!empty 0"),
        (
            "tracks",
            format!("<trk>{}<trkseg><trkpt lat='1' lon='2'>{}</trkpt><trkpt lat='3' lon='4'>{}</trkpt></trkseg></trk>", t(7), t(8), t(9)),
            "time:DateTime begin:DateTime end:DateTime",
            "2026-11-01 7:00:00.0 Some(0) 2026-11-01 8:00:00.0 Some(0) 2026-11-01 9:00:00.0 Some(0) MultiLineString[2 1,4 3]",
            "",
        ),
        (
            "tracks",
            format!("<trk><trkseg/><trkseg><trkpt lat='1' lon='2'>{0}</trkpt></trkseg><trkseg><trkpt lat='3' lon='4'>{0}</trkpt><trkpt lat='9' lon='x'>{0}</trkpt></trkseg></trk>", t(8)),
            "begin:DateTime end:DateTime",
            "2026-11-01 8:00:00.0 Some(0) 2026-11-01 8:00:00.0 Some(0) MultiLineString[2 1|4 3]",
            "!bad_position 0 !times 0",
        ),
        ("tracks", "<trk/>".to_owned(), "", "", "!empty 0"),
        ("tracks", "<metadata><time>x</time></metadata><what/><trk/>".to_owned(), "", "", "!unknown !empty 0"),
    ] {
        let taken = taken(&body, layer);
        assert_eq!(taken.fields.join(" "), fields, "{body}");
        assert_eq!(taken.rows, [row], "{body}");
        assert_eq!(taken.notes.join(" "), notes, "{body}");
    }
}

#[test]
fn layers_are_those_that_hold_something() {
    for (body, expected) in
        [("", "waypoints=0,routes=0,tracks=0"), ("<trk/><wpt lat='1' lon='1'/><trk/>", "waypoints=1,tracks=2")]
    {
        let layers = Gpx.layers(&input(format!("<gpx>{body}</gpx>").into()), &ReadHints::default()).unwrap();
        let told = layers.iter().map(|l| format!("{}={}", l.name, l.rows.unwrap())).collect::<Vec<_>>();
        assert_eq!(told.join(","), expected);
    }
    for (gpx, expected) in
        [("<kml/>", "This is not GPX"), ("<gpx>", "1: The file is cut short"), ("", "1: The file holds no XML")]
    {
        let refused = Gpx.layers(&input(gpx.into()), &ReadHints::default()).unwrap_err();
        assert!(refusal(&refused).starts_with(expected), "{gpx}");
    }
    let gone = read(&Gpx, &input("<gpx/>".into()), "points", &ReadHints::default()).unwrap_err();
    assert!(refusal(&gone).starts_with("The file has no layer"));
}

#[test]
fn encodings_are_read_and_corrected() {
    let gpx = "<?xml version='1.0' encoding='UTF-8'?><gpx><wpt lat='1' lon='2'><name>排污口</name></wpt></gpx>";
    let bytes = encoding_rs::GBK.encode(gpx).0.into_owned();
    let taken = read(&Gpx, &input(bytes), "waypoints", &ReadHints::default()).unwrap();
    assert_eq!((taken.rows.join(""), taken.notes.join("")), ("'排污口' Point[2 1]".to_owned(), "!guessed".to_owned()));
}

#[test]
fn damage_is_refused_and_never_panics() {
    let gpx = "<?xml version=\"1.0\"?>\n<gpx><wpt lat=\"1\" lon=\"2\"><name>a&amp;</name><ele>1</ele><extensions><x>1</x></extensions></wpt>\
               <trk><trkseg><trkpt lat=\"1\" lon=\"2\"><time>2026-11-01T08:00:00Z</time></trkpt></trkseg></trk></gpx>\n";
    damage(&Gpx, "a.gpx", gpx.as_bytes());
    let n = 25_000;
    for gpx in [
        format!("<gpx>{}</gpx>", "<wpt lat='1' lon='2'/>".repeat(2 * n)),
        format!("<gpx>{}</gpx>", (0..n).map(|at| format!("<wpt lat='1' lon='2'><a{at}/></wpt>")).collect::<String>()),
        format!(
            "<gpx><wpt lat='1' lon='2'>{}</wpt></gpx>",
            (0..n).map(|at| format!("<a{at}>x</a{at}>")).collect::<String>()
        ),
        format!("<gpx><trk>{}</trk></gpx>", "<link/>".repeat(4 * n)),
        format!("<gpx><trk><trkseg>{}</trkseg></trk></gpx>", "<trkpt lat='1' lon='2'/>".repeat(2 * n)),
        format!("<gpx><trk><extensions>{}", "<a>".repeat(n)),
    ] {
        let start = std::time::Instant::now();
        try_all(&Gpx, "a.gpx", gpx.clone().into_bytes());
        assert!(start.elapsed().as_secs_f64() < 3.0, "{}", &gpx[..100]);
    }
}
