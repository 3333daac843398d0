//! What findings read of an answer as it is exported: names and reasons of all its features, geometries of those that are
//! wanted. The whole as a tree of values would take twenty times its text.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Properties that are read, in this order.
const READ: [&str; 7] = ["name", "code", "from_name", "with_name", "nearest_name", "reason", "owner"];

/// A feature of an exported answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Exported {
    texts: [String; READ.len()],
    /// Its geometry; null where it is not wanted.
    pub(super) geometry: Value,
}

impl Exported {
    /// A property that is read; empty where it is no text.
    pub(super) fn text(&self, name: &str) -> &str {
        READ.iter().position(|known| *known == name).map_or("", |at| &self.texts[at])
    }
}

/// The features of a FeatureCollection in their order, with the geometries of those for which `is_wanted` holds.
///
/// # Errors
/// What is no JSON, or no such collection.
pub(super) fn features(text: &[u8], is_wanted: impl Fn(usize) -> bool) -> serde_json::Result<Vec<Exported>> {
    let mut found = Vec::new();
    let mut text = serde_json::Deserializer::from_slice(text);
    Members { wanted: "features", then: Features { found: &mut found, is_wanted: &is_wanted } }
        .deserialize(&mut text)?;
    text.end()?;
    Ok(found)
}

/// One member of an object; the others are passed over.
struct Members<S> {
    wanted: &'static str,
    then: S,
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for Members<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for Members<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {}", self.wanted)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut then = Some(self.then);
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            match then.take_if(|_| name == self.wanted) {
                Some(then) => members.next_value_seed(then)?,
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Features<'f, W> {
    found: &'f mut Vec<Exported>,
    is_wanted: &'f W,
}

impl<'de, W: Fn(usize) -> bool> DeserializeSeed<'de> for Features<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, W: Fn(usize) -> bool> Visitor<'de> for Features<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        while let Some(one) = features.next_element_seed(Feature { is_wanted: (self.is_wanted)(self.found.len()) })? {
            self.found.push(one);
        }
        Ok(())
    }
}

struct Feature {
    is_wanted: bool,
}

impl<'de> DeserializeSeed<'de> for Feature {
    type Value = Exported;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Exported, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Feature {
    type Value = Exported;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a feature")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Exported, A::Error> {
        let mut feature = Exported::default();
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            match &*name {
                "properties" => members.next_value_seed(Properties(&mut feature.texts))?,
                "geometry" if self.is_wanted => feature.geometry = members.next_value()?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(feature)
    }
}

struct Properties<'t>(&'t mut [String; READ.len()]);

impl<'de> DeserializeSeed<'de> for Properties<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        // Null where it has none.
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("properties or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            match READ.iter().position(|known| name == *known) {
                // Of a name that stands twice the last counts.
                Some(at) => {
                    self.0[at] = match members.next_value()? {
                        Value::String(text) => text,
                        _ => String::new(),
                    }
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_tree_of_values_says() {
        let text = r#"{"type":"FeatureCollection","name":"r","features":[
            {"type":"Feature","id":1,"properties":{"name":"甲","x":{"name":"乙"},"reason":"\u56e0\"","owner":3,"name":"丙"},
             "geometry":{"type":"Point","coordinates":[121.1,31.00]}},
            {"type":"Feature","properties":null,"geometry":null},
            {"geometry":{"type":"Point","coordinates":[1e-7,-0]},"properties":{"code":"","with_name":null}}
        ],"features_in":3}"#;
        let tree: Value = serde_json::from_str(text).expect("JSON");
        let read = features(text.as_bytes(), |at| at != 0).expect("features");
        let all = tree["features"].as_array().expect("features");
        assert_eq!(read.len(), all.len());
        for (at, (own, of)) in read.iter().zip(all).enumerate() {
            for name in READ {
                assert_eq!(own.text(name), of["properties"][name].as_str().unwrap_or_default(), "{name} of {at}");
            }
            assert_eq!(own.geometry, if at == 0 { Value::Null } else { of["geometry"].clone() }, "{at}");
        }
        assert_eq!(read[0].text("name"), "丙");
        assert_eq!(read[0].text("x"), "");
    }

    #[test]
    fn what_is_no_collection_is_an_error() {
        for text in ["", "[]", r#"{"features":3}"#, r#"{"features":[1]}"#, r#"{"features":[]} x"#] {
            assert!(features(text.as_bytes(), |_| true).is_err(), "{text}");
        }
        assert!(features(b"{}", |_| true).expect("an object").is_empty());
    }
}
