//! Comments as the text of their file: GeoJSON that a GIS shows as points. Those that were taken out have no geometry.

use super::{Comment, CommentState, Comments, MOST, MOST_LETTERS, Reply};
use crate::ENGINE;
use crate::geodesy::LonLat;
use crate::io::short_hash;
use crate::rules::Changed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The member by which the file says what it is: like an answer's, so that nobody takes it for a layer wherever it stands.
const MEMBER: &str = "shanshui";

/// What a comment has as properties.
#[derive(Serialize, Deserialize)]
struct Properties {
    #[serde(default)]
    text: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    made: String,
    #[serde(default)]
    state: CommentState,
    #[serde(default)]
    replies: Vec<Reply>,
    #[serde(default, skip_serializing_if = "is_false")]
    deleted: bool,
    /// Where one that was taken out was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<[f64; 2]>,
    #[serde(default, rename = "shanshui_changed", skip_serializing_if = "Changed::is_empty")]
    changed: Changed,
    #[serde(flatten)]
    more: Map<String, Value>,
}

fn is_false(is: &bool) -> bool {
    !is
}

impl Comments {
    /// Comments from their text.
    ///
    /// # Errors
    /// What is wrong with it, with the line and the column, or the feature.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let Value::Object(mut more) = file else { return Err("not a FeatureCollection".to_owned()) };
        let Some(Value::Array(features)) = more.remove("features") else {
            return Err("not a FeatureCollection".to_owned());
        };
        if features.len() > MOST {
            return Err(format!("more than {MOST} features"));
        }
        ["type", MEMBER].iter().for_each(|own| drop(more.remove(*own)));
        let one = |(at, feature)| comment(feature).map_err(|cause| format!("feature {}: {cause}", at + 1));
        let all = features.into_iter().enumerate().map(one).collect::<Result<Vec<_>, String>>()?;
        Ok(Self { all, more })
    }

    /// As GeoJSON, a line a comment.
    pub fn to_geojson(&self) -> String {
        let mut text =
            format!("{{\"type\":\"FeatureCollection\",\"{MEMBER}\":{}", json!({"comments": 1, "engine": ENGINE}));
        for (name, value) in &self.more {
            text.push_str(&format!(",{}:{value}", json!(name)));
        }
        text.push_str(",\"features\":[\n");
        for (number, comment) in self.all.iter().enumerate() {
            if number > 0 {
                text.push_str(",\n");
            }
            text.push_str(&feature(comment).to_string());
        }
        text.push_str("\n]}\n");
        text
    }
}

fn feature(comment: &Comment) -> Value {
    let place = [comment.at.lon, comment.at.lat];
    let properties = Properties {
        text: comment.text.clone(),
        author: comment.author.clone(),
        made: comment.made.clone(),
        state: comment.state,
        replies: comment.replies.clone(),
        deleted: comment.is_deleted,
        place: comment.is_deleted.then_some(place),
        changed: comment.changed.clone(),
        more: comment.more.clone(),
    };
    let geometry = if comment.is_deleted { Value::Null } else { json!({"type": "Point", "coordinates": place}) };
    let mut feature = json!({"type": "Feature", "id": comment.id, "properties": properties, "geometry": geometry});
    if let Some(members) = feature.as_object_mut() {
        members.extend(comment.foreign.clone());
    }
    feature
}

/// A comment from its feature; members that this version does not know stay with it. One that another program drew has no id:
/// it gets one of what it says and where.
fn comment(feature: Value) -> Result<Comment, String> {
    let Value::Object(mut feature) = feature else { return Err("not a feature".to_owned()) };
    let mut member = |name: &str| feature.remove(name).unwrap_or_default();
    let (id, properties, geometry) = (member("id"), member("properties"), member("geometry"));
    drop(member("type"));
    let given: Properties = serde_json::from_value(properties).map_err(|e| e.to_string())?;
    let number = |at: usize| geometry["coordinates"].get(at).and_then(Value::as_f64);
    let drawn = (geometry["type"] == "Point").then(|| Some([number(0)?, number(1)?])).flatten();
    let [lon, lat] = drawn.or(given.place).ok_or("no point")?;
    if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
        return Err(format!("{lon}, {lat} is no place in longitude and latitude"));
    }
    let id = match id {
        Value::String(id) if !id.is_empty() => id,
        Value::Number(id) => id.to_string(),
        _ => format!("c{}", short_hash(format!("{lon},{lat},{}", given.text).as_bytes())),
    };
    let short = |text: String| if text.chars().count() > MOST_LETTERS { super::typed(&text) } else { text };
    Ok(Comment {
        id,
        at: LonLat::new(lon, lat),
        text: short(given.text),
        author: given.author,
        made: given.made,
        state: given.state,
        replies: given.replies,
        is_deleted: given.deleted,
        changed: given.changed,
        more: given.more,
        foreign: feature,
    })
}
