//! Files that are damaged, or meant to do harm.

use super::*;
use crate::io::formats::xml::tests::{damage, try_all};

#[test]
fn damage_is_refused_and_never_panics() {
    let kml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{OPEN}<Schema id='s'><SimpleField type='int' name='n'/></Schema><Folder><name>a</name>\
         <Placemark><name>河&amp;</name><description><![CDATA[<b>x]]></description><ExtendedData><SchemaData schemaUrl='#s'>\
         <SimpleData name='n'>1</SimpleData></SchemaData></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0\
         </coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>{CLOSE}\n"
    );
    damage(&Kml, "a.kml", kml.as_bytes());
    let bytes = kmz(&[("doc.kml", &kml)]);
    for length in 0..bytes.len() {
        assert!(!try_all(&Kml, "a.kmz", bytes[..length].to_vec()), "cut at {length}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0xff;
        try_all(&Kml, "a.kmz", changed);
    }
}

#[test]
fn hostile_files_are_quick() {
    let n = 25_000;
    for kml in [
        format!("{OPEN}{}{CLOSE}", "<Placemark/>".repeat(4 * n)),
        format!("{OPEN}{}{CLOSE}", "<Folder><Placemark/></Folder>".repeat(n)),
        format!("{OPEN}{}{CLOSE}", "<Folder/>".repeat(4 * n)),
        format!("{OPEN}{}", "<Folder>".repeat(4 * n)),
        format!("{OPEN}<Placemark>{}</Placemark>{CLOSE}", "<Data/>".repeat(4 * n)),
        format!(
            "{OPEN}{}{CLOSE}",
            (0..n)
                .map(|at| format!("<Placemark><ExtendedData><a{at}>x</a{at}></ExtendedData></Placemark>"))
                .collect::<String>()
        ),
        format!(
            "{OPEN}<Placemark><ExtendedData>{}</ExtendedData></Placemark>{CLOSE}",
            (0..n).map(|at| format!("<a{at}>x</a{at}>")).collect::<String>()
        ),
        format!(
            "{OPEN}<Placemark><description><![CDATA[{}]]></description></Placemark>{CLOSE}",
            "<tr><td>a<td>b".repeat(2 * n)
        ),
        format!(
            "{OPEN}<Placemark><description><![CDATA[{}]]></description></Placemark>{CLOSE}",
            (0..n).map(|at| format!("<tr><td>{at}<td>b")).collect::<String>()
        ),
        format!(
            "{OPEN}<Placemark><MultiGeometry>{}</MultiGeometry></Placemark>{CLOSE}",
            "<Point><coordinates>1,2</coordinates></Point>".repeat(n)
        ),
        format!(
            "{OPEN}<Placemark><Polygon>{}</Polygon></Placemark>{CLOSE}",
            "<outerBoundaryIs><LinearRing><coordinates>1,2</coordinates></LinearRing></outerBoundaryIs>".repeat(n / 2)
        ),
        format!(
            "{OPEN}<Placemark><LineString><coordinates>{}</coordinates></LineString></Placemark>{CLOSE}",
            "1,2 ".repeat(10 * n)
        ),
        format!(
            "{OPEN}<Placemark><LineString><coordinates>{}</coordinates></LineString></Placemark>{CLOSE}",
            "1,".repeat(20 * n)
        ),
        format!("{OPEN}<Placemark><name {}/></Placemark>{CLOSE}", "a='' ".repeat(8 * n)),
        format!("{OPEN}<Placemark><name>{}</name></Placemark>{CLOSE}", "&".repeat(40 * n)),
        "<".repeat(40 * n),
        "<kml>".to_owned() + &"<!--".repeat(10 * n),
    ] {
        let start = std::time::Instant::now();
        try_all(&Kml, "a.kml", kml.clone().into_bytes());
        let took = start.elapsed();
        assert!(took.as_secs_f64() < 3.0, "{took:?}: {}…", &kml[..kml.len().min(120)]);
    }
    // Holes before their exterior ring, many of them: no ring is moved twice.
    let hole = "<innerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></innerBoundaryIs>"
        .repeat(8000);
    let outer =
        "<outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs>";
    let taken = placemarks(&format!("<Placemark><Polygon>{hole}{outer}</Polygon></Placemark>"));
    assert_eq!(taken.rows[0].matches(';').count(), 8000);
}
