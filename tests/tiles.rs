//! Work in tiles gives what work on the whole gives, to the byte: every rule on every sample map, and questions over random layers.

use crate::common::layer_of;
use crate::common::rules::map;
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::model::Geometries;
use shanshui::progress::Progress;
use shanshui::query::{
    AskError, Dissolve, Engine, Found, Here, Layers, Question, RowWork, Side, Tile, Tiles, WireError, ask_by, done_for,
    in_tiles, meeting_by,
};
use shanshui::rules::{Catalogue, RuleInput, Values, run_all};
use std::sync::Arc;

const MAPS: [&str; 3] = ["baoshan", "putuo", "jinshan"];

/// Every rule's answer as it is written, in the catalogue's order, each with its id.
fn written(input: &RuleInput) -> Vec<(String, String)> {
    let rules: Vec<_> = Catalogue::builtin().rules.iter().map(|rule| (rule.clone(), Values::new())).collect();
    let answers = run_all(&rules, input, &[], None, &Progress::default(), |_| {}).expect("nobody stopped it");
    let text = |answer: &Arc<shanshui::rules::RuleAnswer>| {
        let mut text = Vec::new();
        answer.write_geojson(input, "", Lang::Zh, &mut text).expect("in memory");
        (answer.rule.id.clone(), String::from_utf8(text).expect("text"))
    };
    answers.iter().map(text).collect()
}

fn on(name: &str, engine: Arc<dyn Engine>) -> RuleInput {
    map(name).on(engine)
}

/// Where two texts part, with what stands about it.
fn first_difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let at = one
        .bytes()
        .zip(other.bytes())
        .position(|(a, b)| a != b)
        .or((one.len() != other.len()).then_some(one.len().min(other.len())))?;
    let about = |text: &'a str| {
        let from = (0..=at.saturating_sub(80)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let to = (at + 80..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
        &text[from.min(text.len())..to]
    };
    Some((about(one), about(other)))
}

#[test]
fn every_rule_says_the_same_in_tiles() {
    let mut differ = Vec::new();
    for name in MAPS {
        let whole = written(&on(name, Arc::new(Here)));
        for tiles in [50, 200] {
            let engine = Arc::new(Tiles::new(tiles));
            let parted = written(&on(name, Arc::clone(&engine) as Arc<dyn Engine>));
            assert_eq!(whole.len(), parted.len());
            for ((id, one), (_, other)) in whole.iter().zip(&parted) {
                differ.extend(first_difference(one, other).map(|(a, b)| format!("{name} {id} {tiles}:\n  {a}\n  {b}")));
            }
            let figures = engine.figures();
            println!("{name} {tiles}: {figures:?}");
            assert!(figures.owned > 0 && figures.read >= figures.owned, "{figures:?}");
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Tile by tile, each as bytes and with nothing of the layers but the geometries of the rows that it needs: what executors on other
/// machines do.
#[derive(Debug)]
struct Wired(usize);

/// The geometries of some rows, by themselves.
fn geometries(layer: &IndexedLayer, rows: &[usize]) -> Geometries {
    let (from, mut to) = (&layer.layer().geometries, Geometries::default());
    for row in rows {
        for part in from.parts(*row) {
            for path in part.paths() {
                path.iter().for_each(|p| to.push_position(*p));
                to.end_path();
            }
            to.end_part();
        }
        to.end_row(from.kind(*row));
    }
    to
}

fn layers_of(work: &RowWork<'_>, tile: &Tile) -> Vec<Geometries> {
    let layers = std::iter::once(work.subject()).chain(work.references().iter().copied());
    layers.zip(&tile.needs.rows).map(|(layer, rows)| geometries(layer, rows)).collect()
}

impl Engine for Wired {
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        in_tiles((work, rows), (self.0, 1.0), |round| {
            let done = |tile: &Tile| {
                let question = work.to_bytes(tile);
                let found = done_for(&question, layers_of(work, tile), progress).expect("it can be done");
                let back = Found::of_bytes(work, tile, &found).expect("it can be read");
                // Now and then: it is slow.
                if tile.own[0].is_multiple_of(16) {
                    cut_and_changed(work, tile, &question, &found);
                }
                Ok(back)
            };
            round.iter().map(done).collect()
        })
    }
}

/// Bytes that are cut off or changed are errors, or something else that can be read; they are no panics.
fn cut_and_changed(work: &RowWork<'_>, tile: &Tile, question: &[u8], found: &[u8]) {
    for at in [0, 1, found.len() / 3, found.len() / 2, found.len() - 1] {
        assert!(Found::of_bytes(work, tile, &found[..at]).is_err(), "cut off at {at}");
        let mut changed = found.to_vec();
        changed[at.min(found.len() - 1)] ^= 0x55;
        let _: Result<Found, WireError> = Found::of_bytes(work, tile, &changed);
    }
    let progress = Progress::default();
    for at in [0, 7, question.len() / 2, question.len() - 1] {
        assert!(done_for(&question[..at], layers_of(work, tile), &progress).is_err(), "cut off at {at}");
    }
    // A row fewer than it is about.
    let mut fewer = layers_of(work, tile);
    fewer[0].take_back(tile.needs.rows[0].len() - 1);
    assert!(done_for(question, fewer, &progress).is_err());
    assert!(done_for(question, Vec::new(), &progress).is_err());
}

#[test]
fn every_rule_says_the_same_through_bytes() {
    let mut differ = Vec::new();
    for name in MAPS {
        let whole = written(&on(name, Arc::new(Here)));
        let parted = written(&on(name, Arc::new(Wired(12))));
        for ((id, one), (_, other)) in whole.iter().zip(&parted) {
            differ.extend(first_difference(one, other).map(|(a, b)| format!("{name} {id}:\n  {a}\n  {b}")));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Positions, lines and areas of up to a kilometre, over some ten kilometres; about one in eight a hundred kilometres off.
fn shapes(west_deg: f64) -> impl Strategy<Value = Vec<Value>> {
    let shape = (0.0..0.1_f64, 0.0..0.1_f64, 0.0..0.01_f64, 0_u8..24).prop_map(move |(x, y, size, kind)| {
        let off = if kind >= 21 { 0.9 } else { 0.0 };
        let (w, s) = (west_deg + x, 31.0 + y + off);
        // No feature reaches beyond the antimeridian: those beside it lie on either side.
        let turned = |lon: f64| if lon > 180.0 { lon - 360.0 } else { lon };
        let (w, e) = match (turned(w), turned(w + size)) {
            (w, e) if w <= e => (w, e),
            (w, _) => (w, 180.0),
        };
        let n = s + size;
        match kind % 3 {
            0 => json!({"type": "Point", "coordinates": [w, s]}),
            1 => json!({"type": "LineString", "coordinates": [[w, s], [(w + e) / 2.0, n], [e, s]]}),
            _ => json!({"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, (s + n) / 2.0], [w, s]]]}),
        }
    });
    prop::collection::vec(shape, 1..40)
}

/// What is asked, at a distance.
fn questions(distance_m: f64) -> Vec<Question> {
    let people = None;
    vec![
        Question::Within { distance_m, side: Side::Within },
        Question::Within { distance_m, side: Side::Beyond },
        Question::Nearest { max_m: Some(distance_m) },
        Question::Nearest { max_m: None },
        Question::Gaps { radius_m: distance_m, min_area_m2: 0.0, people },
        Question::Overlap,
        Question::Buffer { distance_m, dissolve: Dissolve::Each },
    ]
}

/// Answers as they are written, and the pairs that meet.
fn asked(own: &Arc<IndexedLayer>, other: &Arc<IndexedLayer>, distance_m: f64, engine: &dyn Engine) -> Vec<String> {
    let (layers, progress) = (Layers::of(Arc::clone(own)).and(Arc::clone(other)), Progress::default());
    let text = |question: &Question| {
        let answer = ask_by(question, &layers, (engine, &progress)).expect("an answer");
        String::from_utf8(answer.to_geojson("test", &layers, "").expect("in memory")).expect("text")
    };
    let mut all: Vec<String> = questions(distance_m).iter().map(text).collect();
    all.push(format!("{:?}", meeting_by(own, other, (engine, &progress)).expect("nobody stopped it")));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn questions_say_the_same_in_tiles(
        (own, other) in prop_oneof![Just(121.0), Just(179.95)].prop_flat_map(|west_deg| (shapes(west_deg), shapes(west_deg))),
        distance_m in 1.0..20_000.0_f64,
        tiles in 2_usize..12,
        times in 1.0..5.0_f64,
    ) {
        let (own, other) = (layer_of(&own), layer_of(&other));
        let whole = asked(&own, &other, distance_m, &Here);
        prop_assert_eq!(&whole, &asked(&own, &other, distance_m, &Tiles::new(tiles)));
        prop_assert_eq!(&whole, &asked(&own, &other, distance_m, &Wired(tiles)));
        // Whoever looks further than is needed finds no more.
        prop_assert_eq!(&whole, &asked(&own, &other, distance_m, &Tiles::new(tiles).with_reach(times)));
    }
}

#[test]
fn a_reach_that_is_too_small_breaks_an_answer() {
    // Each has its nearest some 950 m off, and every row is a tile.
    let point = |x: f64| json!({"type": "Point", "coordinates": [121.0 + x, 31.0]});
    let own: Vec<Value> = (0..9).map(|i| point(f64::from(i) * 0.1)).collect();
    let other: Vec<Value> = (0..9).map(|i| point(f64::from(i) * 0.1 + 0.01)).collect();
    let (own, other) = (layer_of(&own), layer_of(&other));
    for question in
        [Question::Within { distance_m: 1_000.0, side: Side::Within }, Question::Nearest { max_m: Some(1_000.0) }]
    {
        let layers = Layers::of(Arc::clone(&own)).and(Arc::clone(&other));
        let matched = |engine: &dyn Engine| {
            ask_by(&question, &layers, (engine, &Progress::default())).expect("an answer").summary.matched
        };
        assert_eq!(matched(&Here), 9);
        assert_eq!(matched(&Tiles::new(9)), 9);
        assert_eq!(matched(&Tiles::new(9).with_reach(0.5)), 0, "{question:?}");
    }
    // Where the nearest of all is asked for, the first look does not have to suffice.
    let layers = Layers::of(Arc::clone(&own)).and(other);
    let nearest = Question::Nearest { max_m: None };
    let found = ask_by(&nearest, &layers, (&Tiles::new(9).with_reach(0.01), &Progress::default())).expect("an answer");
    assert_eq!(found.summary.matched, 9);
}

/// An engine that forgets the last row.
#[derive(Debug)]
struct Lazy;

impl Engine for Lazy {
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        work.done(&rows[..rows.len().saturating_sub(1)], progress)
    }
}

#[test]
fn an_engine_that_leaves_rows_out_is_found_out() {
    let square = |x: f64| {
        let (w, e) = (121.0 + x, 121.001 + x);
        json!({"type": "Polygon", "coordinates": [[[w, 31.0], [e, 31.0], [e, 31.001], [w, 31.001], [w, 31.0]]]})
    };
    let own = layer_of(&[square(0.0), square(0.01)]);
    let layers = Layers::of(Arc::clone(&own)).and(layer_of(&[square(0.0005)]));
    for question in [Question::Gaps { radius_m: 5.0, min_area_m2: 0.0, people: None }, Question::Overlap] {
        let found = ask_by(&question, &layers, (&Lazy, &Progress::default()));
        assert!(
            matches!(&found, Err(AskError::Engine(cause)) if cause.contains("1 of 2 rows")),
            "{question:?}: {found:?}"
        );
    }
}
