//! Findings as the text of their file: read and written one by one, so that a million need no tree of the whole file beside
//! them.

use super::findings::{Finding, FindingList, Findings};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::{self, BufWriter, Write};

impl Findings {
    /// Findings from their text.
    ///
    /// # Errors
    /// What is wrong with it, with the line and the column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let findings = reader.deserialize_any(File).and_then(|found| reader.end().map(|()| found));
        findings.map_err(|e| e.to_string())
    }

    /// As GeoJSON.
    pub fn to_geojson(&self) -> String {
        let mut text = Vec::new();
        // Memory takes everything, and JSON is UTF-8.
        let written = self.write_geojson(&mut text);
        written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Writes them as GeoJSON, in pieces of 64 KiB.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_geojson(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        out.write_all(b"{\"type\":\"FeatureCollection\",")?;
        for (name, value) in self.more.iter().filter(|(name, _)| *name != "type") {
            write!(out, "{}:{value},", json!(name))?;
        }
        out.write_all(b"\"features\":[\n")?;
        for (number, finding) in self.all.iter().enumerate() {
            if number > 0 {
                out.write_all(b",\n")?;
            }
            let mut feature = json!({
                "type": "Feature",
                "id": finding.id,
                "properties": finding,
                "geometry": finding.geometry,
            });
            if let Some(members) = feature.as_object_mut() {
                members.extend(finding.foreign.clone());
            }
            serde_json::to_writer(&mut out, &feature)?;
        }
        out.write_all(b"\n]}\n")?;
        out.flush()
    }
}

/// What is said of a file that holds something else.
const NO_COLLECTION: &str = "not a FeatureCollection";

/// Reads a file of findings.
struct File;

impl<'de> Visitor<'de> for File {
    type Value = Findings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Findings, A::Error> {
        let (mut all, mut more) = (None, Map::new());
        while let Some(name) = members.next_key::<String>()? {
            if name == "features" {
                all = Some(members.next_value_seed(Features)?);
            } else {
                more.insert(name, members.next_value()?);
            }
        }
        let all = all.ok_or_else(|| A::Error::custom(NO_COLLECTION))?;
        Ok(Findings { all, more })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rest: A) -> Result<Findings, A::Error> {
        while rest.next_element::<IgnoredAny>()?.is_some() {}
        Err(A::Error::custom(NO_COLLECTION))
    }
}

/// Reads the features of one, each by itself.
struct Features;

impl<'de> DeserializeSeed<'de> for Features {
    type Value = FindingList;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<FindingList, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Features {
    type Value = FindingList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<FindingList, A::Error> {
        let mut all = FindingList::default();
        while let Some(feature) = features.next_element::<Value>()? {
            all.push(
                finding(feature).map_err(|cause| A::Error::custom(format!("feature {}: {cause}", all.len() + 1)))?,
            );
        }
        Ok(all)
    }
}

/// A finding from its feature; members that this version does not know stay with it.
fn finding(feature: Value) -> Result<Finding, String> {
    let Value::Object(mut feature) = feature else { return Err("not a feature".to_owned()) };
    let mut member = |name: &str| feature.get_mut(name).map(Value::take).unwrap_or_default();
    let finding: Finding = serde_json::from_value(member("properties")).map_err(|e| e.to_string())?;
    let geometry = member("geometry");
    ["type", "id", "properties", "geometry"].iter().for_each(|own| drop(feature.remove(*own)));
    Ok(Finding { geometry, foreign: feature, ..finding })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"type":"Feature","id":"r/outlet/a","properties":{"id":"r/outlet/a","rule":"r","name":"甲",
        "verdict":"ban","reason":"因","state":"发现","found_on":"2026-01-01","seen_on":"2026-01-01","theirs":7},
        "geometry":{"type":"Point","coordinates":[121.4,31.4]},"bbox":[1,2,3,4]}"#;

    #[test]
    fn what_is_read_is_written_with_what_nobody_knows() {
        let text = format!(r#"{{"name":"清单","features":[{ONE}],"type":"FeatureCollection","more":{{"a":[1]}}}}"#);
        let findings = Findings::parse(&text).expect("findings");
        let written: Value = serde_json::from_str(&findings.to_geojson()).expect("JSON");
        assert_eq!((&written["name"], &written["more"]["a"][0]), (&json!("清单"), &json!(1)));
        let feature = &written["features"][0];
        assert_eq!((&feature["properties"]["theirs"], &feature["bbox"][3]), (&json!(7), &json!(4)));
        assert_eq!(Findings::parse(&findings.to_geojson()), Ok(findings));
        let none = Findings::parse(r#"{"features":[]}"#).expect("none");
        assert_eq!(none.to_geojson(), "{\"type\":\"FeatureCollection\",\"features\":[\n\n]}\n");
    }

    #[test]
    fn what_is_no_collection_of_findings_says_what_and_where() {
        let other = ONE.replace(r#""state":"发现""#, r#""state":"已办""#);
        for (text, said) in [
            ("", "line 1 column 0"),
            ("{", "line 1 column 1"),
            ("7", "invalid type"),
            ("[1,2]", NO_COLLECTION),
            (r#"{"type":"FeatureCollection"}"#, NO_COLLECTION),
            (r#"{"features":7}"#, "a list of features"),
            (r#"{"features":[7]}"#, "feature 1: not a feature"),
            (r#"{"features":[]} x"#, "line 1"),
            (&format!(r#"{{"features":[{ONE},{other}]}}"#), "feature 2: unknown variant"),
            (&format!(r#"{{"features":[{ONE},{{"type":"Feature","properties":{{}}}}]}}"#), "feature 2: missing field"),
        ] {
            let error = Findings::parse(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
