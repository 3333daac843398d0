//! Tables of TopoJSON and what becomes of it.

use super::*;
use crate::io::formats::InMemory;
use crate::io::formats::xml::tests::{Taken, damage, read, refusal, try_all};

fn input(bytes: Vec<u8>) -> Input {
    InMemory::default().with("a.topojson", bytes).input("a.topojson")
}

/// Two neighbouring squares: arc 0 is their common edge, 1 and 2 are the rests; 3 is a ring by itself.
const ARCS: &str = "[[[1,0],[1,1]],[[1,1],[0,1],[0,0],[1,0]],[[1,0],[2,0],[2,1],[1,1]],[[5,5],[6,5],[6,6],[5,5]],null,[],[[0]],[[7,7,1],[8,8]]]";

fn topology(objects: &str) -> String {
    format!("{{\"type\":\"Topology\",\"arcs\":{ARCS},\"objects\":{objects}}}")
}

fn first(text: &str) -> Taken {
    let input = input(text.into());
    let layers = TopoJson.layers(&input, &ReadHints::default()).unwrap();
    let taken = read(&TopoJson, &input, &layers[0].name, &ReadHints::default()).unwrap();
    assert_eq!(layers[0].rows, Some(taken.rows.len() as u64));
    taken
}

#[test]
fn geometries_are_stitched() {
    for (object, expected, notes) in [
        ("\"type\":\"Polygon\",\"arcs\":[[0,1]]", "Polygon[1 0,1 1,0 1,0 0,1 0]", ""),
        ("\"type\":\"Polygon\",\"arcs\":[[-1,2]]", "Polygon[1 1,1 0,2 0,2 1,1 1]", ""),
        ("\"type\":\"Polygon\",\"arcs\":[[-3,-2]]", "Polygon[1 1,2 1,2 0,1 0,0 0,0 1,1 1]", ""),
        (
            "\"type\":\"MultiPolygon\",\"arcs\":[[[0,1],[3]],[[-1,2]]]",
            "MultiPolygon[1 0,1 1,0 1,0 0,1 0;5 5,6 5,6 6,5 5|1 1,1 0,2 0,2 1,1 1]",
            "",
        ),
        ("\"type\":\"LineString\",\"arcs\":[0]", "LineString[1 0,1 1]", ""),
        ("\"type\":\"LineString\",\"arcs\":[-1]", "LineString[1 1,1 0]", ""),
        ("\"type\":\"MultiLineString\",\"arcs\":[[0],[3]]", "MultiLineString[1 0,1 1|5 5,6 5,6 6,5 5]", ""),
        ("\"type\":\"LineString\",\"arcs\":[7]", "LineString[7 7 1,8 8 NaN]", ""),
        ("\"type\":\"LineString\",\"arcs\":[0,3]", "LineString[1 0,1 1,5 5,6 5,6 6,5 5]", "!gap 0"),
        ("\"type\":\"Polygon\",\"arcs\":[[1]]", "Polygon[1 1,0 1,0 0,1 0,1 1]", "!open_ring 0"),
        ("\"type\":\"Point\",\"coordinates\":[3,4,5]", "Point[3 4 5]", ""),
        ("\"type\":\"MultiPoint\",\"coordinates\":[[3,4],[5,6]]", "MultiPoint[3 4|5 6]", ""),
        (
            "\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\",\"coordinates\":[3,4]},{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"LineString\",\"arcs\":[0]}]}]",
            "(Point[3 4] + LineString[1 0,1 1])",
            "",
        ),
        ("\"type\":null", "", ""),
        ("\"type\":\"LineString\",\"arcs\":[8]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[-9]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[9223372036854775807]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[-9223372036854775808]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[99999999999999999999]", "", "!bad_geometry 0"),
        ("\"type\":\"LineString\",\"arcs\":[4]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[6]", "", "!bad_arc 0"),
        ("\"type\":\"LineString\",\"arcs\":[5]", "", "!empty 0"),
        ("\"type\":\"LineString\",\"arcs\":[0.5]", "", "!bad_geometry 0"),
        ("\"type\":\"LineString\",\"arcs\":null", "", "!bad_geometry 0"),
        ("\"type\":\"Polygon\",\"arcs\":[0]", "", "!bad_geometry 0"),
        ("\"type\":\"Polygon\",\"arcs\":[]", "", "!empty 0"),
        ("\"type\":\"Point\",\"coordinates\":[3]", "", "!bad_geometry 0"),
        ("\"type\":\"Point\"", "", "!bad_geometry 0"),
        ("\"type\":\"Circle\"", "", "!unknown_type 0"),
    ] {
        let taken =
            first(&topology(&format!("{{\"o\":{{\"type\":\"GeometryCollection\",\"geometries\":[{{{object}}}]}}}}")));
        assert_eq!(taken.rows, [expected], "{object}");
        assert_eq!(taken.notes.join(" "), notes, "{object}");
    }
}

#[test]
fn quantised_arcs_are_sums() {
    let text = "{\"type\":\"Topology\",\"transform\":{\"scale\":[0.5,2],\"translate\":[100,10]},\"arcs\":[[[0,0],[2,1],[-1,3]]],\
                \"objects\":{\"a\":{\"type\":\"LineString\",\"arcs\":[-1]},\"b\":{\"type\":\"MultiPoint\",\"coordinates\":[[2,3],[4,5]]}}}";
    assert_eq!(first(text).rows, ["LineString[100.5 18,101 12,100 10]"]);
    let taken = read(&TopoJson, &input(text.into()), "b", &ReadHints::default()).unwrap();
    assert_eq!(taken.rows, ["MultiPoint[101 16|102 20]"]);
}

#[test]
fn properties_are_kept_to_the_last_digit() {
    for (values, expected, notes) in [
        (&["1", "-2", "null"][..], "Integer: 1 -2 null", ""),
        (&["310113001000000001"], "Integer: 310113001000000001", ""),
        (&["12345678901234567890", "1"], "Decimal: 12345678901234567890d 1d", ""),
        (&["0.1", "1"], "Real: 0.1 1.0", ""),
        (&["0.1", "9007199254740993"], "Decimal: 0.1d 9007199254740993d", ""),
        (&["true", "false"], "Bool: true false", ""),
        (&["\"a\\u4e2d\\ud83d\\ude00\\n\\\"\"", "\"\""], "Text: 'a中😀\n\"' ''", ""),
        (&["\"1\"", "1", "1.50"], "Text: '1' '1' '1.50'", "!mixed"),
        (&["true", "1"], "Text: 'true' '1'", "!mixed"),
        (&["[1, 2]", "{\"a\":null}"], "Json: json [1, 2] json {\"a\":null}", ""),
        (&["[1]", "\"x\"", "null"], "Json: json [1] json \"x\" null", "!mixed"),
        (&["null"], "Text: null", ""),
    ] {
        let rows = values
            .iter()
            .map(|v| format!("{{\"type\":null,\"properties\":{{\"p\":{v}}}}}"))
            .collect::<Vec<_>>()
            .join(",");
        let taken = first(&topology(&format!("{{\"o\":{{\"type\":\"GeometryCollection\",\"geometries\":[{rows}]}}}}")));
        let kind = taken.fields[0].rsplit(':').next().unwrap();
        assert_eq!(format!("{kind}: {}", taken.rows.join(" ")), expected);
        assert_eq!(taken.notes.join(" "), notes, "{expected}");
    }
    let rows = "{\"type\":null,\"id\":\"01001\",\"properties\":{\"id\":7}},{\"type\":null,\"id\":null},{\"type\":null,\"properties\":[]},5";
    let taken = first(&topology(&format!("{{\"o\":{{\"type\":\"GeometryCollection\",\"geometries\":[{rows}]}}}}")));
    assert_eq!(taken.fields, ["id:Text", "id:Integer"]);
    assert_eq!(taken.rows, ["'01001' 7", "- -", "- -", "- -"]);
    assert_eq!(taken.notes, ["!bad_properties 2", "!bad_geometry 3"]);
}

#[test]
fn objects_are_layers() {
    let named = |text: &str| match TopoJson.layers(&input(text.into()), &ReadHints::default()) {
        Ok(layers) => layers.iter().map(|l| format!("{}={}", l.name, l.rows.unwrap())).collect::<Vec<_>>().join(","),
        Err(e) => refusal(&e),
    };
    for (text, expected) in [
        (
            topology(
                "{\"区\":{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":null},{\"type\":null}]},\"b\":{\"type\":\"Point\",\"coordinates\":[1,2]}}",
            ),
            "区=2,b=1",
        ),
        (
            topology("{\"a\":{\"type\":\"GeometryCollection\",\"geometries\":[]},\"a\":{\"type\":\"Point\"}}"),
            "a=0,a (2)=1",
        ),
        (
            topology(
                "[null,{\"type\":\"Point\"},{\"type\":\"GeometryCollection\",\"id\":\"x\",\"geometries\":[]},{\"type\":null},]",
            ),
            "x=0,a=2",
        ),
        (topology("{}"), ""),
        ("{\"type\":\"FeatureCollection\",\"objects\":{}}".to_owned(), "This is not TopoJSON"),
        (
            "{\"type\":\"Topology\",\"objects\":{},\"transform\":{\"scale\":[1]}}".to_owned(),
            "The transform cannot be read",
        ),
        ("{\"type\":\"Topology\"} x".to_owned(), "@20: The JSON is malformed"),
        ("{\"type\":\"Topology\",".to_owned(), "@19: The JSON is cut short"),
        (format!("{{\"type\":{}", "[".repeat(10_000)), "@136: Values are nested"),
        ("[]".to_owned(), "@0: The JSON is malformed"),
    ] {
        let told = named(&text);
        assert!(told.starts_with(expected) && (!told.is_empty() || expected.is_empty()), "{told}");
    }
    let taken = first(&topology("[7,{\"type\":\"Point\",\"coordinates\":[1,2],},]"));
    assert_eq!(
        (taken.rows.join(""), taken.notes.join(" ")),
        ("Point[1 2]".to_owned(), "trailing_comma !bad_object".to_owned())
    );
    let crs = "{\"type\":\"Topology\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::4549\"}},\"objects\":{\"a\":{\"type\":\"Point\"}}}";
    let layers = TopoJson.layers(&input(crs.into()), &ReadHints::default()).unwrap();
    assert_eq!(layers[0].crs.as_deref(), Some("EPSG:4549"));
    let gone = read(&TopoJson, &input(crs.into()), "b", &ReadHints::default()).unwrap_err();
    assert!(refusal(&gone).starts_with("The file has no layer"));
}

#[test]
fn encodings_are_read() {
    let text = topology("{\"区\":{\"type\":\"Point\",\"coordinates\":[1,2],\"properties\":{\"名\":\"河\"}}}");
    let gbk = encoding_rs::GBK.encode(&text).0.into_owned();
    let utf16 = [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    for (bytes, notes) in
        [(text.clone().into_bytes(), ""), (gbk, "!guessed"), (utf16, ""), (format!("\u{feff}{text}").into_bytes(), "")]
    {
        let taken = read(&TopoJson, &input(bytes), "区", &ReadHints::default()).unwrap();
        assert_eq!((taken.rows.join(""), taken.notes.join("")), ("'河' Point[1 2]".to_owned(), notes.to_owned()));
    }
}

#[test]
fn damage_is_refused_and_never_panics() {
    let text = "{\"type\":\"Topology\",\"transform\":{\"scale\":[1,1],\"translate\":[0,0]},\"arcs\":[[[0,0],[1,0],[0,1],[-1,-1]]],\"objects\":{\"a\":\
                {\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Polygon\",\"arcs\":[[0]],\"id\":1,\"properties\":{\"n\":\"\\u6cb3\",\"x\":[1.5e3,true]}}]}}}\n";
    damage(&TopoJson, "a.topojson", text.as_bytes());
    let n = 25_000;
    let arc = format!("[{}]", vec!["[0,0]"; 4 * n].join(","));
    let uses = vec!["0"; 10 * n].join(",");
    let amplified = format!(
        "{{\"type\":\"Topology\",\"arcs\":[{arc}],\"objects\":{{\"a\":{{\"type\":\"LineString\",\"arcs\":[{uses}]}}}}}}"
    );
    let start = std::time::Instant::now();
    let refused = read(&TopoJson, &input(amplified.into()), "a", &ReadHints::default()).unwrap_err();
    assert!(refusal(&refused).starts_with("Arcs are used so often"));
    for text in [
        topology(&format!(
            "{{{}}}",
            (0..n).map(|at| format!("\"{at}\":{{\"type\":null}}")).collect::<Vec<_>>().join(",")
        )),
        topology(&format!(
            "{{\"a\":{{\"type\":\"GeometryCollection\",\"geometries\":[{}]}}}}",
            (0..n).map(|at| format!("{{\"properties\":{{\"{at}\":1}}}}")).collect::<Vec<_>>().join(",")
        )),
        topology(&format!("{{{}}}", vec!["\"a\":{\"type\":null}"; n].join(","))),
        format!(
            "{{\"type\":\"Topology\",\"arcs\":[{}],\"objects\":{{\"a\":{{\"type\":\"LineString\",\"arcs\":[0]}}}}}}",
            vec!["null"; 8 * n].join(",")
        ),
    ] {
        let layers = TopoJson.layers(&input(text.clone().into()), &ReadHints::default());
        if layers.as_ref().is_ok_and(|layers| layers.len() < 10) {
            try_all(&TopoJson, "a.topojson", text.into_bytes());
        }
    }
    assert!(start.elapsed().as_secs_f64() < 5.0);
}
