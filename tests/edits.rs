//! Whatever was edited, in whatever order: the layer answers, draws and saves as its file would if it were read anew.

use crate::common::read;
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::geodesy::{LonLat, LonLatBox};
use shanshui::index::{IndexedLayer, NearestOf, nearest_feature};
use shanshui::io::geojson::{Put, edited, edited_rows, made, read_feature, write_layer};
use shanshui::model::{Edited, Geometry, GeometryKind, LayerStyle};
use shanshui::progress::Progress;
use shanshui::query::{Layers, Question, Side, ask};
use shanshui::ui::map::detail::Detail;
use shanshui::ui::map::draw_list::{DrawList, FillVertex};
use shanshui::ui::map::style::{Emphasis, Styler};
use shanshui::ui::map::tessellate::{tessellate, tessellate_edited};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A position within some kilometres of one place.
fn position() -> impl Strategy<Value = LonLat> {
    (-30_000..30_000_i32, -30_000..30_000_i32)
        .prop_map(|(x, y)| LonLat::new(121.45 + f64::from(x) * 1e-6, 31.35 + f64::from(y) * 1e-6))
}

/// A triangle, a line or a point.
fn geometry() -> impl Strategy<Value = Geometry> {
    let near = |p: LonLat, d: f64| LonLat::new(p.lon + d * 0.003, p.lat + d * d * 0.002);
    (position(), 0..3_u8, 0.2..1.0_f64).prop_map(move |(p, kind, d)| match kind {
        0 => Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![p]]] },
        1 => Geometry { kind: GeometryKind::LineString, parts: vec![vec![vec![p, near(p, d), near(p, -d)]]] },
        _ => {
            let east = LonLat::new(p.lon + d * 0.006, p.lat + 0.0007);
            let north = LonLat::new(p.lon + 0.0003, p.lat + d * 0.005);
            Geometry { kind: GeometryKind::Polygon, parts: vec![vec![vec![p, east, north, p]]] }
        }
    })
}

#[derive(Clone, Debug)]
enum Step {
    Put(usize, Geometry),
    Rename(usize, u8),
    Delete(usize),
    Add(Geometry),
    Back(usize),
    /// Every third row from one on, together.
    Fill(usize, u8),
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..100_usize, geometry()).prop_map(|(row, g)| Step::Put(row, g)),
        1 => (0..100_usize, 0..9_u8).prop_map(|(row, n)| Step::Rename(row, n)),
        1 => (0..100_usize).prop_map(Step::Delete),
        2 => geometry().prop_map(Step::Add),
        1 => (0..100_usize).prop_map(Step::Back),
        1 => (0..3_usize, 0..9_u8).prop_map(|(from, n)| Step::Fill(from, n)),
        1 => Just(Step::Settle),
    ]
}

/// A feature with an id, by which answers name it whatever its row.
fn feature(id: usize, geometry: &Geometry) -> String {
    let made =
        made(geometry, &[("name".into(), Put::Value(format!("f{id}").into())), ("n".into(), Put::Value(0.into()))]);
    let text = String::from_utf8(made.expect("a feature").text().expect("there").to_vec()).expect("UTF-8");
    text.replacen('{', &format!("{{\"id\":{id},"), 1)
}

fn layer(geometries: &[Geometry]) -> IndexedLayer {
    let features: Vec<String> = geometries.iter().enumerate().map(|(i, g)| feature(i, g)).collect();
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
    IndexedLayer::new(Arc::new(read(text.as_bytes())))
}

fn apply(now: &IndexedLayer, step: &Step, id: usize) -> Option<Vec<(usize, Option<Edited>)>> {
    let layer = now.layer();
    let there = |row: usize| (!layer.is_empty()).then(|| row % layer.len()).filter(|row| !layer.is_gone(*row));
    Some(vec![match step {
        Step::Put(row, g) => (there(*row)?, edited(layer, there(*row)?, Some(g), &[]).ok()),
        Step::Rename(row, n) => {
            let member = [("n".to_owned(), Put::Value(Value::from(*n)))];
            (there(*row)?, edited(layer, there(*row)?, None, &member).ok())
        }
        Step::Delete(row) => (there(*row)?, Some(Edited::Gone)),
        Step::Add(g) => (layer.len(), read_feature(feature(id, g).into_bytes()).ok()),
        Step::Back(row) => ((!layer.is_empty()).then(|| row % layer.len())?, None),
        Step::Fill(from, n) => {
            let rows: Vec<usize> = layer.rows().skip(*from).step_by(3).collect();
            let members = |row: usize| [("n".to_owned(), json!(n)), ("m".to_owned(), json!(row))];
            let members = |row: usize| members(row).map(|(name, value)| (name, Put::Value(value)));
            return edited_rows(layer, &rows, members, &Progress::default()).ok();
        }
        Step::Settle => return None,
    }])
}

/// The features of an answer as they are exported.
fn features(question: &Question, subject: &Arc<IndexedLayer>, reference: &Arc<IndexedLayer>) -> Value {
    let layers = Layers { reference: Some(Arc::clone(reference)), ..Layers::of(Arc::clone(subject)) };
    let answer = ask(question, &layers, &Progress::default()).expect("an answer");
    let json = answer.to_geojson("t", &layers, "t").expect("in memory");
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    json!([json["features"], format!("{:?}", answer.summary)])
}

/// How much a picture has: triangles' ground and segments' length, in degrees; marks.
fn ink(lists: &[DrawList]) -> [f64; 3] {
    let area = |t: &[FillVertex]| {
        let [a, b, c] = [t[0].offset, t[1].offset, t[2].offset].map(|p| p.map(f64::from));
        ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs() / 2.0
    };
    let length = |ends: [f32; 4]| f64::from(ends[2] - ends[0]).hypot(f64::from(ends[3] - ends[1]));
    lists.iter().fold([0.0; 3], |[fills, lines, marks], list| {
        let list = list.hand_over().expect("nobody has them yet");
        [
            fills + list.fills.chunks_exact(3).map(area).sum::<f64>(),
            lines + list.segments.iter().map(|s| length(s.ends)).sum::<f64>(),
            marks + list.marks.len() as f64,
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn an_edited_layer_is_what_its_file_will_be(
        before in prop::collection::vec(geometry(), 0..12),
        others in prop::collection::vec(geometry(), 1..10),
        steps in prop::collection::vec(step(), 1..25),
        warm in any::<bool>(),
    ) {
        let mut now = layer(&before);
        let other = Arc::new(layer(&others));
        if warm {
            // The trees may stand before the first edit, or be built after it.
            now.build();
            now.build_edges();
        }
        let mut undo = Vec::new();
        for (i, step) in steps.iter().enumerate() {
            if let Step::Settle = step {
                now = now.settled();
            }
            let Some(changes) = apply(&now, step, 1_000 + i) else { continue };
            let before = |row: usize| (row, now.layer().edits.get(row).cloned());
            undo.push(changes.iter().map(|(row, _)| before(*row)).collect::<Vec<_>>());
            now = now.with_edits(&changes);
        }
        let now = Arc::new(now);
        let mut saved = Vec::new();
        write_layer(now.layer(), &mut saved).expect("in memory");
        let fresh = Arc::new(IndexedLayer::new(Arc::new(read(&saved))));

        prop_assert_eq!(now.layer().feature_count(), fresh.layer().len());
        let questions = [
            Question::Within { distance_m: 400.0, side: Side::Within },
            Question::Nearest { max_m: None },
            Question::Overlap,
            Question::Gaps { radius_m: 300.0, min_area_m2: 0.0, people: None },
        ];
        for question in &questions {
            prop_assert_eq!(features(question, &now, &other), features(question, &fresh, &other), "{:?}", question);
            prop_assert_eq!(features(question, &other, &now), features(question, &other, &fresh), "{:?}", question);
        }
        // As for very many rows, where cells keep what is near them.
        let asked: Vec<usize> = other.rows().collect();
        let kept = NearestOf::new(&now, 400.0, 1_000_000);
        let found: BTreeMap<usize, (usize, f64)> = kept
            .visits(other.layer(), &asked)
            .iter()
            .filter_map(|visit| Some((visit.row(), kept.to_visit(other.layer(), visit)?)))
            .map(|(row, nearest)| (row, (nearest.row, nearest.distance_m)))
            .collect();
        let one_by_one: BTreeMap<usize, (usize, f64)> = asked
            .iter()
            .filter_map(|row| Some((*row, nearest_feature(other.layer(), *row, &now, 400.0)?)))
            .map(|(row, nearest)| (row, (nearest.row, nearest.distance_m)))
            .collect();
        // A sine by its series differs in the last digit.
        let is_same = |(a, b): ((&usize, &(usize, f64)), (&usize, &(usize, f64)))| {
            (a.0, a.1.0) == (b.0, b.1.0) && (a.1.1 - b.1.1).abs() <= 1e-9
        };
        prop_assert!(
            found.len() == one_by_one.len() && found.iter().zip(&one_by_one).all(is_same),
            "{:?} {:?}", found, one_by_one
        );

        let rows: Vec<usize> = now.layer().rows().collect();
        let window = LonLatBox { min: LonLat::new(121.44, 31.34), max: LonLat::new(121.46, 31.37) };
        let found: Vec<usize> = now.shown_rows_in(&window).iter().map(|row| rows.binary_search(row).expect("there")).collect();
        prop_assert_eq!(found, fresh.shown_rows_in(&window));

        let styler = |l: &IndexedLayer| Styler::new(l.layer(), &LayerStyle::default(), None, Emphasis::Plain, false, 0);
        let mut lists = tessellate(now.layer(), &styler(&now), &Detail::WHOLE, &|_| true).lists;
        lists.extend(tessellate_edited(now.layer(), &styler(&now), &|_| true).lists);
        let (drawn, anew) = (ink(&lists), ink(&tessellate(fresh.layer(), &styler(&fresh), &Detail::WHOLE, &|_| true).lists));
        for (a, b) in drawn.iter().zip(anew) {
            prop_assert!((a - b).abs() <= 1e-6 * (1.0 + b), "{:?} {:?}", drawn, anew);
        }

        // Back to where it began.
        let mut back = IndexedLayer::with_edits(&now, &[]);
        for changes in undo.into_iter().rev() {
            back = back.with_edits(&changes);
        }
        let begun = layer(&before);
        prop_assert_eq!(back.layer().attributes.names(), begun.layer().attributes.names());
        let (mut first, mut last) = (Vec::new(), Vec::new());
        write_layer(begun.layer(), &mut first).expect("in memory");
        write_layer(back.layer(), &mut last).expect("in memory");
        prop_assert_eq!(first, last);
    }
}
