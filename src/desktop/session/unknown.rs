//! Members of a project that this version does not know: found when it is read, and put back where they stood when it is
//! written.

use crate::model::{UnknownKey, lines_of, nearest, place_of};
use serde_json::{Map, Value};

/// What may stand at a place of a project.
enum Shape {
    /// A value of which nothing further is known.
    Value,
    /// An object whose names are data: columns, rules.
    Names,
    /// An object with these members.
    Object(&'static [(&'static str, Shape)]),
    /// A list of such; the values of these members tell which element of an earlier state is the same.
    List(&'static Shape, &'static [&'static str]),
}

use Shape::{List, Names, Object, Value as Any};

const SYMBOL: Shape = Object(&[
    ("fill", Any),
    ("pattern", Any),
    ("stroke", Any),
    ("width", Any),
    ("dash", Any),
    ("casing", Any),
    ("mark", Any),
    ("radius", Any),
]);
const CATEGORY: Shape = Object(&[("value", Any), ("symbol", SYMBOL)]);
const STYLE_RULE: Shape = Object(&[("title", Any), ("filter", Any), ("symbol", SYMBOL)]);
const STYLE: Shape = Object(&[
    ("by", Any),
    ("symbol", SYMBOL),
    ("column", Any),
    ("classes", List(&CATEGORY, &["value"])),
    ("other", SYMBOL),
    ("method", Any),
    ("breaks", Any),
    ("ramp", Any),
    ("rules", List(&STYLE_RULE, &["filter"])),
    ("labels", Object(&[("column", Any), ("size", Any)])),
    ("smallest", Any),
    ("largest", Any),
    ("filter", Any),
    ("opacity", Any),
]);
const LAYER: Shape = Object(&[
    ("file", Any),
    ("role", Any),
    ("title", Any),
    ("visible", Any),
    ("editable", Any),
    ("counted", Any),
    ("style", STYLE),
    ("names", Names),
    ("crs", Any),
    ("encoding", Any),
    ("layer", Any),
    ("columns", Any),
    ("delimiter", Any),
]);
const QUESTION: Shape = Object(&[
    (
        "question",
        Object(&[
            ("kind", Any),
            ("distance_m", Any),
            ("side", Any),
            ("max_m", Any),
            ("radius_m", Any),
            ("min_area_m2", Any),
            ("people", Any),
            ("dissolve", Any),
        ]),
    ),
    ("subject", Any),
    ("reference", Any),
    ("entrances", Any),
    ("where", Any),
    ("reference_where", Any),
]);
const VALUE: Shape = Object(&[("indicator", Any), ("year", Any), ("value", Any), ("judged", Any)]);
const BACKDROP: Shape = Object(&[
    ("title", Any),
    ("file", Any),
    ("url", Any),
    ("crs", Any),
    ("tiling", Any),
    ("shift", Any),
    ("min_zoom", Any),
    ("max_zoom", Any),
    ("attribution", Any),
    ("opacity", Any),
    ("on", Any),
]);
const DRAWN_CHANGE: Shape = Object(&[("of", Any), ("nth", Any), ("name", Any), ("was", Any), ("feature", Any)]);
const DRAWN_LAYER: Shape = Object(&[
    ("file", Any),
    ("layer", Any),
    ("stamp", Any),
    ("changes", List(&DRAWN_CHANGE, &["of", "nth", "feature"])),
]);
const SCENARIO: Shape = Object(&[("name", Any), ("note", Any), ("layers", List(&DRAWN_LAYER, &["file", "layer"]))]);
const PROJECT: Shape = Object(&[
    ("shanshui", Any),
    ("plan", Any),
    ("values", List(&VALUE, &["indicator", "year"])),
    ("parameters", Names),
    // A word with another member is refused when the project is read.
    ("words", Any),
    ("layers", List(&LAYER, &["file"])),
    ("questions", List(&QUESTION, &["question", "where", "reference_where"])),
    ("backdrops", List(&BACKDROP, &["file", "url", "title"])),
    ("scenarios", List(&SCENARIO, &["name"])),
    ("view", Object(&[("center", Object(&[("lon", Any), ("lat", Any)])), ("scale", Any)])),
]);

/// The members of a project's text that this version does not know, in their order.
pub(super) fn unknown_in(project: &Value, text: &str, file: &str) -> Vec<UnknownKey> {
    let mut found = Vec::new();
    find(project, &PROJECT, file, "", &mut found);
    let lines = lines_of(text, &found.iter().map(|one| place_of(&one.place, &one.key)).collect());
    found.iter_mut().for_each(|one| one.line = lines.get(&place_of(&one.place, &one.key)).copied());
    found
}

fn find(value: &Value, shape: &Shape, file: &str, place: &str, found: &mut Vec<UnknownKey>) {
    match (shape, value) {
        (Object(members), Value::Object(own)) => {
            for (key, value) in own {
                let below = || place_of(place, key);
                match members.iter().find(|(name, _)| name == key) {
                    Some((_, shape)) => find(value, shape, file, &below(), found),
                    None => found.push(UnknownKey {
                        file: file.to_owned(),
                        line: None,
                        place: place.to_owned(),
                        key: key.clone(),
                        nearest: nearest(key, members.iter().map(|(name, _)| *name)),
                    }),
                }
            }
        }
        (List(shape, _), Value::Array(all)) => {
            for (number, one) in all.iter().enumerate() {
                find(one, shape, file, &format!("{place}[{number}]"), found);
            }
        }
        _ => {}
    }
}

/// Puts what is not known in a project as it was read into the project as it is written: into the same layer, question or
/// value where that is still there. Layers have their own, by [`carry_layer`].
pub(super) fn carry_project(before: &Value, after: &mut Value) {
    carry(before, after, &PROJECT);
}

/// The same for one layer, whatever its file is called now.
pub(super) fn carry_layer(before: &Value, after: &mut Value) {
    carry(before, after, &LAYER);
}

fn carry(before: &Value, after: &mut Value, shape: &Shape) {
    match (shape, before, after) {
        (Object(members), Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                let Some((_, shape)) = members.iter().find(|(name, _)| name == key) else {
                    after.entry(key.clone()).or_insert_with(|| value.clone());
                    continue;
                };
                if let Some(now) = after.get_mut(key) {
                    carry(value, now, shape);
                } else if key == "style" {
                    // One that says nothing else is not written.
                    let mut style = Value::Object(Map::new());
                    carry(value, &mut style, shape);
                    if style.as_object().is_some_and(|style| !style.is_empty()) {
                        after.insert(key.clone(), style);
                    }
                }
            }
        }
        (List(shape, identity), Value::Array(before), Value::Array(after)) => {
            let mut left: Vec<&Value> = before.iter().collect();
            for now in after {
                let is_same = |old: &&Value| identity.iter().all(|key| is_said(old.get(*key), now.get(*key)));
                if let Some(at) = left.iter().position(is_same) {
                    carry(left.remove(at), now, shape);
                }
            }
        }
        _ => {}
    }
}

/// True where a member says now what it said, unknown members and members that say nothing aside.
fn is_said(before: Option<&Value>, now: Option<&Value>) -> bool {
    match (before, now) {
        (Some(Value::Object(before)), Some(Value::Object(now))) => {
            now.iter().all(|(key, value)| is_said(before.get(key), Some(value)))
        }
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_f64() == b.as_f64(),
        (before, now) => before.unwrap_or(&Value::Null) == now.unwrap_or(&Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::super::project::Project;
    use super::*;
    use serde_json::json;

    fn read(text: &Value) -> Project {
        Project::parse(&text.to_string(), "p.shanshui.json").unwrap_or_else(|e| panic!("{e}"))
    }

    /// A project with everything that there is, written by this version.
    fn full() -> Value {
        let symbol = json!({"fill": "#B03A48", "pattern": "solid", "stroke": null, "width": 1.5, "dash": 0.0, "casing": null,
            "mark": "circle", "radius": 5.0});
        let layer = |file: &str, style: Value| {
            json!({"file": file, "role": "outlet", "visible": true, "editable": true, "style": style,
                "names": {"class": "排口类型"}, "counted": false, "crs": "EPSG:4490", "encoding": "gb18030", "layer": "甲",
                "columns": ["x", "y"], "delimiter": ";", "title": "甲地"})
        };
        json!({"shanshui": 1, "plan": "BS",
            "values": [{"indicator": "water-1", "year": 2030, "value": 95.0}],
            "parameters": {"outlets-near-yangtze": {"distance_m": 1500.0}},
            "words": [{"role": "red_line", "property": "core", "value": "甲类", "is": "true"}],
            "layers": [
                layer("a.geojson", json!({"by": "category", "column": "class",
                    "classes": [{"value": "甲", "symbol": symbol}], "other": symbol, "filter": "n > 1",
                    "labels": {"column": "name", "size": 11.0}, "smallest": 5e5, "largest": 1e3})),
                layer("b.geojson", json!({"by": "graduated", "column": "n", "method": "quantile", "breaks": [1.0],
                    "ramp": "x", "symbol": symbol})),
                layer("c.geojson", json!({"by": "rules", "rules": [{"title": "t", "filter": "n = 1", "symbol": symbol}]})),
            ],
            "questions": [
                {"question": {"kind": "within", "distance_m": 2000.0, "side": "within"}, "subject": 0, "reference": 1,
                    "where": "n = 1", "reference_where": "n = 2"},
                {"question": {"kind": "gaps", "radius_m": 500.0, "min_area_m2": 0.0, "people": "n"}, "subject": 0,
                    "reference": 1, "entrances": 2},
                {"question": {"kind": "buffer", "distance_m": 5.0, "dissolve": "each"}, "subject": 0, "reference": null},
            ],
            "backdrops": [
                {"title": "影像", "url": "https://t{s}.x.cn/{z}/{x}/{y}?tk={key}", "tiling": "geographic", "shift": "gcj02",
                    "min_zoom": 1, "max_zoom": 18, "attribution": "© x", "opacity": 0.5, "on": true},
                {"title": "图", "file": "a.tif", "crs": "EPSG:4549", "opacity": 1.0, "on": false},
            ],
            "view": {"center": {"lon": 121.4, "lat": 31.4}, "scale": 3000.0}})
    }

    #[test]
    fn everything_that_this_version_writes_is_known() {
        let project = read(&full());
        assert!(project.unknown.is_empty(), "{:?}", project.unknown);
        let written = project.to_json().expect("JSON");
        assert!(unknown_in(&written, "", "p").is_empty(), "{written}");
        let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        for layer in 0..3 {
            for place in [format!("/layers/{layer}"), format!("/layers/{layer}/style")] {
                let at = |value: &Value| names(value.pointer(&place).expect("there"));
                let own = at(&full());
                assert!(own.iter().all(|name| at(&written).contains(name)), "{place}: {written}");
            }
        }
        // The text above holds every member that is known.
        let all = |shape: &Shape| match shape {
            Object(members) => members.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let (mut layer, mut known) = (names(&full()["layers"][0]), all(&LAYER));
        layer.sort();
        known.sort();
        assert_eq!(layer, known);
    }

    #[test]
    fn unknown_members_are_named_and_kept_at_every_depth() {
        let places = [
            ("", "questoins", Some("questions")),
            ("/layers/0", "visble", Some("visible")),
            ("/layers/0/style", "lables", Some("labels")),
            ("/layers/0/style/classes/0", "note", None),
            ("/layers/0/style/classes/0/symbol", "raduis", Some("radius")),
            ("/layers/1/style/symbol", "glow", None),
            ("/layers/2/style/rules/0", "titel", Some("title")),
            ("/layers/0/style/labels", "sizes", Some("size")),
            ("/questions/0", "asked_on", None),
            ("/questions/1/question", "radius", Some("radius_m")),
            ("/values/0", "by_whom", None),
            ("/view", "rotation", None),
            ("/view/center", "height", None),
        ];
        for (place, key, alike) in places {
            let mut text = full();
            text.pointer_mut(place)
                .and_then(Value::as_object_mut)
                .expect(place)
                .insert(key.into(), json!({"kept": [1]}));
            let project = read(&text);
            assert_eq!(project.unknown.len(), 1, "{place}: {:?}", project.unknown);
            let told = &project.unknown[0];
            assert_eq!(told.line, Some(1));
            let dotted =
                place.trim_start_matches('/').split('/').fold(String::new(), |all, part| match part.parse::<usize>() {
                    Ok(number) => format!("{all}[{number}]"),
                    Err(_) if all.is_empty() => part.to_owned(),
                    Err(_) => format!("{all}.{part}"),
                });
            assert_eq!(
                (told.place.as_str(), told.key.as_str(), told.nearest.as_deref()),
                (dotted.as_str(), key, alike)
            );
            let written = project.to_json().expect("JSON");
            assert_eq!(written.pointer(place).map(|at| &at[key]), Some(&json!({"kept": [1]})), "{place}: {written}");
            assert_eq!(unknown_in(&written, "", "p").len(), 1, "{written}");
        }
    }

    #[test]
    fn what_is_gone_takes_its_members_along_and_the_rest_stays() {
        let mut text = full();
        text["questions"][1]["asked_on"] = json!("today");
        text["layers"][2]["style"]["glow"] = json!(1);
        let mut project = read(&text);
        project.questions.remove(0);
        project.layers[2].style = crate::model::LayerStyle::default();
        let written = project.to_json().expect("JSON");
        assert_eq!(written["questions"][0]["asked_on"], "today");
        assert_eq!(written["layers"][2]["style"], json!({"glow": 1}));
        project.questions.clear();
        assert_eq!(project.to_json().expect("JSON")["questions"], json!([]));
        read(&written);
    }
}
