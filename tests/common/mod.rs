//! Helpers of several tests: reading samples, making layers, asking.
#![allow(dead_code)] // Every test file uses some of them.

pub mod memory;
pub mod rules;

use shanshui::geodesy::LonLat;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::Layer;
use shanshui::progress::Progress;
use shanshui::query::{Answer, Layers, Question, ask};
use shanshui::session::{Event, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The name of a test of a module (`module_path!()`), for a child process that is to run this one again.
pub fn named(module: &str, test: &str) -> String {
    match module.split_once("::") {
        Some((_, module)) => format!("{module}::{test}"),
        None => test.to_owned(),
    }
}

/// Events until no job runs.
pub fn finish(session: &mut Session) -> Vec<Event> {
    let start = Instant::now();
    let mut events = Vec::new();
    loop {
        events.extend(session.poll());
        if session.jobs().is_empty() {
            events.extend(session.poll());
            return events;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "a job does not end");
        std::thread::sleep(Duration::from_micros(300));
    }
}

pub fn maps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("maps")
}

/// A layer of the sample maps.
pub fn sample(name: &str) -> Arc<IndexedLayer> {
    let layer = read_layer(&maps().join(name), &ReadOptions::default(), &Progress::default());
    Arc::new(IndexedLayer::new(Arc::new(layer.unwrap_or_else(|e| panic!("{e}")))))
}

/// What the sample maps' README expects, as data.
pub fn expected() -> serde_json::Value {
    let text = std::fs::read_to_string(maps().join("expected.json")).expect("beside the maps");
    serde_json::from_str(&text).expect("JSON")
}

/// A layer of GeoJSON geometries.
pub fn layer_of(geometries: &[serde_json::Value]) -> Arc<IndexedLayer> {
    let features: Vec<_> = geometries
        .iter()
        .enumerate()
        .map(|(i, g)| serde_json::json!({"type": "Feature", "id": i, "properties": {"name": format!("f{i}")}, "geometry": g}))
        .collect();
    let text = serde_json::json!({"type": "FeatureCollection", "features": features}).to_string();
    Arc::new(IndexedLayer::new(Arc::new(read(text.as_bytes()))))
}

pub fn read(bytes: &[u8]) -> Layer {
    read_layer_bytes(bytes, "test.geojson", &ReadOptions::default(), &Progress::default())
        .unwrap_or_else(|e| panic!("{e}"))
}

pub fn answer(question: &Question, subject: &Arc<IndexedLayer>, reference: Option<&Arc<IndexedLayer>>) -> Answer {
    let layers = Layers { reference: reference.cloned(), ..Layers::of(Arc::clone(subject)) };
    ask(question, &layers, &Progress::default()).expect("an answer")
}

/// The answer as it is exported, read by the `geojson` crate: a reader that is not ours.
pub fn exported(
    question: &Question,
    subject: &Arc<IndexedLayer>,
    reference: Option<&Arc<IndexedLayer>>,
) -> geojson::FeatureCollection {
    let layers = Layers { reference: reference.cloned(), ..Layers::of(Arc::clone(subject)) };
    let answer = ask(question, &layers, &Progress::default()).expect("an answer");
    let bytes = answer.to_geojson("test", &layers, "2026-01-01T00:00:00Z").expect("in memory");
    let text = std::str::from_utf8(&bytes).expect("UTF-8");
    geojson::FeatureCollection::try_from(text.parse::<geojson::GeoJson>().expect("GeoJSON")).expect("a collection")
}

pub fn number(feature: &geojson::Feature, name: &str) -> f64 {
    feature.property(name).and_then(|v| v.as_f64()).unwrap_or_else(|| panic!("no number {name}"))
}

pub fn text(feature: &geojson::Feature, name: &str) -> String {
    feature.property(name).and_then(|v| v.as_str()).unwrap_or_else(|| panic!("no text {name}")).to_owned()
}

/// Karney's distance by a call of our own, not the product's.
pub fn karney(a: LonLat, b: LonLat) -> f64 {
    use geographiclib_rs::{Geodesic, InverseGeodesic};
    Geodesic::wgs84().inverse(a.lat, a.lon, b.lat, b.lon)
}

pub fn along(a: LonLat, b: LonLat, t: f64) -> LonLat {
    LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t)
}

/// Distance from a point to an edge by scan and golden section on Karney's distance: slow and independent.
pub fn slow_distance(p: LonLat, a: LonLat, b: LonLat) -> f64 {
    let n = 24;
    let f = |t: f64| karney(p, along(a, b, t));
    let best = (0..=n).map(f64::from).min_by(|x, y| f(x / 24.0).total_cmp(&f(y / 24.0))).expect("not empty");
    let (mut lo, mut hi) = (((best - 1.0) / 24.0).max(0.0), ((best + 1.0) / 24.0).min(1.0));
    let g = 0.618_033_988_749_895;
    for _ in 0..60 {
        let (c, d) = (hi - g * (hi - lo), lo + g * (hi - lo));
        if f(c) < f(d) { hi = d } else { lo = c }
    }
    f((lo + hi) / 2.0).min(f(0.0)).min(f(1.0))
}
