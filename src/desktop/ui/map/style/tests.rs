//! How features are drawn, held to what their layers say.

use super::*;
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Category, Method, StyleRule};
use crate::progress::Progress;

fn layer() -> Layer {
    let point = |n: usize, kind: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"n":{n},"kind":"{kind}"}},"geometry":{{"type":"Point","coordinates":[{n},1]}}}}"#
        )
    };
    let features = [point(1, "a"), point(5, "b"), point(9, "a"), point(20, "c")].join(",");
    let text = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default()).expect("readable")
}

fn classes(by: StyleBy) -> Vec<(String, usize)> {
    let style = LayerStyle { by: Some(by), ..LayerStyle::default() };
    let styler = Styler::new(&layer(), &style, None, Emphasis::Plain, false, 0);
    styler.classes(&layer(), &|_| true).into_iter().map(|class| (class.value, class.count)).collect()
}

#[test]
fn features_fall_into_the_planners_classes() {
    let symbol = Symbol::default();
    let named = |entries: &[(&str, usize)]| -> Vec<(String, usize)> {
        entries.iter().map(|(title, n)| ((*title).to_owned(), *n)).collect()
    };
    let category = |value: &str| Category { value: value.into(), symbol };
    let by = |other| StyleBy::Category { column: "kind".into(), classes: vec![category("b"), category("a")], other };
    assert_eq!(classes(by(Some(symbol))), named(&[("b", 1), ("a", 2), (OTHER, 1)]));
    assert_eq!(classes(by(None)), named(&[("b", 1), ("a", 2)]));
    let graduated = StyleBy::Graduated {
        column: "n".into(),
        method: Method::Equal,
        breaks: vec![5.0, 10.0],
        ramp: "blues".into(),
        symbol,
    };
    assert_eq!(classes(graduated), named(&[("≤ 5", 2), ("5 – 10", 1), ("> 10", 1)]));
    let rule = |title: &str, filter: &str| StyleRule { title: title.into(), filter: filter.into(), symbol };
    let rules = StyleBy::Rules { rules: vec![rule("大", "n > 8"), rule("甲", "kind = 'a'")] };
    assert_eq!(classes(rules), named(&[("大", 2), ("甲", 1)]));
}

#[test]
fn graduated_colours_darken_with_their_class() {
    let light = |c: Rgba| c.0[..3].iter().map(|v| u32::from(*v)).sum::<u32>();
    let shades: Vec<u32> = (0..5).map(|i| light(ramp_color("blues", i, 5))).collect();
    assert!(shades.windows(2).all(|w| w[0] > w[1]), "{shades:?}");
}

/// How bright a colour is, 0 to 255, about.
fn brightness(c: Color32) -> u32 {
    (u32::from(c.r()) * 3 + u32::from(c.g()) * 6 + u32::from(c.b())) / 10
}

#[test]
fn another_layer_of_a_role_has_another_shade_and_the_same_sign() {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"class":"农业排口"},"geometry":{"type":"Point","coordinates":[121,31]}}]}"#;
    let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &crate::progress::Progress::default());
    let layer = layer.expect("readable");
    for role in [Role::Outlet, Role::Residential, Role::Shoreline, Role::RedLine, Role::Park] {
        for dark in [false, true] {
            let style = |nth: usize| {
                let plain = LayerStyle::default();
                Styler::new(&layer, &plain, Some(role), Emphasis::Plain, dark, nth).style("农业排口")
            };
            let ink = |style: FeatureStyle| match (style.fill, style.stroke) {
                _ if role == Role::Outlet => style.mark.1,
                (Some((fill, _)), _) if role == Role::Residential || role == Role::Park => fill,
                (_, Some((line, _))) => line,
                (fill, None) => fill.expect("drawn").0,
            };
            let [first, second, third] = [style(0), style(1), style(2)];
            assert_eq!(first.mark.0, second.mark.0, "its form says what it is");
            let b = [first, second, third].map(|style| brightness(ink(style)));
            assert!(b[0].abs_diff(b[1]) >= 8 && b[1].abs_diff(b[2]) >= 6, "{role:?} {dark}: {b:?}");
        }
    }
}
