//! The sample maps against the answers of `maps/README.md`, which an independent program computed.

use crate::common::{answer, expected, exported, number, sample, text};
use shanshui::progress::Progress;
use shanshui::query::{Figures, Layers, Question, Side, ask};
use std::collections::BTreeMap;

fn within(distance_m: f64) -> Question {
    Question::Within { distance_m, side: Side::Within }
}

fn gaps(min_area_m2: f64) -> Question {
    Question::Gaps { radius_m: 500.0, min_area_m2, people: Some("population".into()) }
}

#[test]
fn outlets_within_two_kilometres_of_the_yangtze() {
    let (outlets, shoreline) = (sample("baoshan/outlet.geojson"), sample("baoshan/shoreline.geojson"));
    let expected = &expected()["outlets_within_2000_m"];
    let found = exported(&within(2_000.0), &outlets, Some(&shoreline));
    let mut codes: Vec<String> = found.features.iter().map(|f| text(f, "code")).collect();
    codes.sort();
    let wanted: Vec<String> = serde_json::from_value(expected["codes"].clone()).expect("a list");
    assert_eq!(codes, wanted);
    assert_eq!(codes.len(), 54);
    let count = |column: &str| {
        found.features.iter().fold(BTreeMap::new(), |mut counts, f| {
            *counts.entry(text(f, column)).or_insert(0) += 1;
            counts
        })
    };
    assert_eq!(
        count("class"),
        [("其他排口", 18), ("农业排口", 14), ("城镇污水处理厂排污口", 4), ("工业排污口", 18)]
            .map(|(k, n)| (k.to_owned(), n))
            .into()
    );
    assert_eq!(
        count("status"),
        [("已溯源", 23), ("已销号", 5), ("待溯源", 15), ("整治中", 11)].map(|(k, n)| (k.to_owned(), n)).into()
    );
    // The outlet without geometry is named, neither counted in nor out.
    let answer = answer(&within(2_000.0), &outlets, Some(&shoreline));
    assert_eq!((answer.summary.features_in, answer.left_out.len()), (244, 1));
    let row = answer.left_out[0].row;
    assert_eq!(outlets.layer().attributes.get(row, "code").display(), "WP-310113-0904-QT");
    // Within and beyond share out the located ones.
    let beyond = crate::common::answer(
        &Question::Within { distance_m: 2_000.0, side: Side::Beyond },
        &outlets,
        Some(&shoreline),
    );
    assert_eq!(beyond.summary.matched, 243 - 54);
}

#[test]
fn every_outlet_is_as_far_as_expected() {
    let (outlets, shoreline) = (sample("baoshan/outlet.geojson"), sample("baoshan/shoreline.geojson"));
    let found = exported(&Question::Nearest { max_m: None }, &outlets, Some(&shoreline));
    let expected = expected();
    let distances = expected["outlets_within_2000_m"]["distances_m"].as_object().expect("by code");
    assert_eq!(found.features.len(), 243);
    for feature in &found.features {
        let code = text(feature, "code");
        let wanted = distances[&code].as_f64().expect("a number");
        assert!((number(feature, "distance_m") - wanted).abs() < 1e-3, "{code}");
    }
}

#[test]
fn every_line_of_the_yangtze_and_the_huangpu() {
    let outlets = sample("baoshan/outlet.geojson");
    // The lines of both files in one collection, as a planner would join them.
    let mut lines: Vec<serde_json::Value> = Vec::new();
    for name in ["baoshan/shoreline.geojson", "shared/shoreline.geojson"] {
        let text = std::fs::read_to_string(crate::common::maps().join(name)).expect("readable");
        let collection: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        lines.extend(collection["features"].as_array().expect("a list").iter().cloned());
    }
    let count = |lines: Vec<&serde_json::Value>| {
        let geometries: Vec<_> = lines.iter().map(|f| f["geometry"].clone()).collect();
        answer(&within(2_000.0), &outlets, Some(&crate::common::layer_of(&geometries))).summary.matched
    };
    assert_eq!(count(lines.iter().filter(|f| f["properties"]["water"] == "长江").collect()), 54);
    assert_eq!(count(lines.iter().collect()), 60);
    let putuo = sample("putuo/outlet.geojson");
    let none = answer(&within(2_000.0), &putuo, Some(&sample("baoshan/shoreline.geojson")));
    assert_eq!(none.summary.matched, 0);
    let Figures::Within { min_distance_m, .. } = none.summary.figures else { panic!("within") };
    assert!(min_distance_m.expect("the nearest is told") > 2_000.0);
}

#[test]
fn chemical_enterprises_near_the_yangtze() {
    let (enterprises, shoreline) = (sample("baoshan/enterprise.geojson"), sample("baoshan/shoreline.geojson"));
    let found = exported(&Question::Nearest { max_m: None }, &enterprises, Some(&shoreline));
    let expected = expected();
    let mut seen = 0;
    for (name, wanted) in expected["chemical_enterprises_m"].as_object().expect("by name") {
        let feature = found.features.iter().find(|f| text(f, "name") == *name).expect("in the layer");
        assert!((number(feature, "distance_m") - wanted.as_f64().expect("a number")).abs() < 1e-3, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 10);
    assert_eq!(answer(&within(1_000.0), &enterprises, Some(&shoreline)).summary.matched, 35);
}

#[test]
fn homes_beyond_five_hundred_metres_of_a_park() {
    // District, least area, wholly served, not served at all, people served, share of area served.
    let table: [(&str, f64, usize, usize, f64, Option<f64>); 4] = [
        ("baoshan", 5_000.0, 522, 1_201, 808_985.022_562_353_6, Some(0.359_359_538_861)),
        ("putuo", 5_000.0, 320, 181, 731_584.015_780_865_8, Some(0.596_251_186_617_430_3)),
        ("baoshan", 0.0, 681, 937, 1_022_502.334_327_010_4, None),
        ("putuo", 0.0, 414, 104, 903_006.417_191_359_2, None),
    ];
    for (district, min_area_m2, whole, none, people_served, area_share) in table {
        let (homes, parks) =
            (sample(&format!("{district}/residential.geojson")), sample(&format!("{district}/park.geojson")));
        let found = answer(&gaps(min_area_m2), &homes, Some(&parks));
        let Figures::Gaps {
            wholly_served,
            wholly_unserved,
            covered_share,
            people,
            people_unserved,
            demand_overlap_m2,
            ..
        } = found.summary.figures
        else {
            panic!("gaps")
        };
        assert_eq!((wholly_served, wholly_unserved), (whole, none), "{district} {min_area_m2}");
        let served = people.expect("asked for") - people_unserved.expect("asked for");
        assert!((served / people_served - 1.0).abs() < 2e-5, "{district} {min_area_m2}: {served}");
        if let Some(share) = area_share {
            assert!((covered_share - share).abs() < 2e-5, "{district}: {covered_share}");
        }
        // Blocks that only share a border share no land.
        assert!(demand_overlap_m2 < 1.0, "{demand_overlap_m2}");
    }
}

#[test]
fn the_residential_traps() {
    let (homes, parks) = (sample("baoshan/residential.geojson"), sample("baoshan/park.geojson"));
    for (min_area_m2, distance, share) in [(5_000.0, "nearest_m", "share"), (0.0, "any_park_m", "any_share")] {
        let found = exported(&gaps(min_area_m2), &homes, Some(&parks));
        let expected = expected();
        for trap in expected["residential_traps"].as_array().expect("a list") {
            let name = trap["name"].as_str().expect("a name");
            let (metres, served) = (trap[distance].as_f64().expect("m"), trap[share].as_f64().expect("share"));
            match found.features.iter().find(|f| text(f, "name") == name) {
                None => assert!((served - 1.0).abs() < 1e-6, "{name} has a gap"),
                Some(feature) => {
                    assert!((1.0 - number(feature, "share") - served).abs() < 3e-4, "{name}");
                    assert!((number(feature, "home_distance_m") - metres).abs() < 1e-3, "{name}");
                    let people = trap["population"].as_f64().expect("people") * (1.0 - served);
                    assert!((number(feature, "people") - people).abs() < 0.2, "{name}");
                }
            }
        }
    }
}

#[test]
fn entrances_measure_further_than_outlines() {
    let (homes, parks) = (sample("baoshan/residential.geojson"), sample("baoshan/park.geojson"));
    let layers = Layers {
        reference: Some(parks.clone()),
        entrances: Some(sample("baoshan/park_entrance.geojson")),
        ..Layers::of(homes.clone())
    };
    let by_entrance = ask(&gaps(5_000.0), &layers, &Progress::default()).expect("an answer");
    let by_outline = answer(&gaps(5_000.0), &homes, Some(&parks));
    let unserved = |a: &shanshui::query::Answer| match a.summary.figures {
        Figures::Gaps { unserved_m2, .. } => unserved_m2,
        _ => panic!("gaps"),
    };
    assert!(unserved(&by_entrance) > unserved(&by_outline));
    // Every park of the sample has an entrance and every entrance its park.
    assert!(
        by_entrance.notes.iter().all(|n| !matches!(n, shanshui::query::Note::OutlineInstead { .. })),
        "{:?}",
        by_entrance.notes
    );
    assert!(by_entrance.left_out.is_empty());
}

#[test]
fn areas_of_parks_and_their_union() {
    let expected = expected();
    for district in ["baoshan", "putuo"] {
        let parks = sample(&format!("{district}/park.geojson"));
        // Overlapping a layer with itself gives each feature's own area, and the union's.
        let own = answer(&Question::Overlap, &parks, Some(&parks));
        let wanted = expected["park_areas_m2"][district].as_object().expect("by name");
        let mut seen = 0;
        let layer = parks.layer();
        let found = exported(&Question::Overlap, &parks, Some(&parks));
        for feature in found.features.iter().filter(|f| text(f, "with_name") == text(f, "name")) {
            let area = wanted[&text(feature, "name")].as_f64().expect("m²");
            assert!((number(feature, "area_m2") - area).abs() < 1e-5 * area + 0.06, "{}", text(feature, "name"));
            assert!((number(feature, "share") - 1.0).abs() < 1e-8);
            seen += 1;
        }
        assert_eq!(seen, layer.len());
        let Figures::Overlap { overlap_union_m2, .. } = own.summary.figures else { panic!("overlap") };
        let union = expected["park_union_m2"][district].as_f64().expect("m²");
        assert!((overlap_union_m2 / union - 1.0).abs() < 1e-5, "{district}: {overlap_union_m2}");
    }
}

#[test]
fn plots_on_the_red_line() {
    let plots = sample("baoshan/plot.geojson");
    let expected = expected();
    for (red_line, column) in [("baoshan/red_line.geojson", "now"), ("baoshan/red_line_before.geojson", "before")] {
        let red_line = sample(red_line);
        let found = exported(&Question::Overlap, &plots, Some(&red_line));
        let answer = answer(&Question::Overlap, &plots, Some(&red_line));
        let mut by_plot: BTreeMap<String, f64> = BTreeMap::new();
        for feature in &found.features {
            *by_plot.entry(text(feature, "name")).or_default() += number(feature, "area_m2");
        }
        let mut total = 0.0;
        for plot in expected["plots_on_red_line"].as_array().expect("a list") {
            let name = plot["name"].as_str().expect("a name");
            let area = plot[column].as_f64().expect("m²");
            if name.contains('戊') {
                // 3 cm wide: counted, named, and no encroachment.
                assert!(!by_plot.contains_key(name));
                assert_eq!(answer.slivers.len(), 1);
                assert!((answer.slivers[0].area_m2 - area).abs() < 0.01 && answer.slivers[0].mean_width_m < 0.04);
            } else {
                let ours = by_plot.remove(name).unwrap_or(0.0);
                assert!((ours - area).abs() < 1e-5 * area + 0.01, "{name}: {ours}");
                total += area;
            }
        }
        assert!(by_plot.is_empty(), "no other plot meets a red line: {by_plot:?}");
        let Figures::Overlap { overlap_m2, overlap_union_m2, slivers_m2, .. } = answer.summary.figures else {
            panic!("overlap")
        };
        assert!((overlap_m2 / total - 1.0).abs() < 1e-4);
        assert!(overlap_union_m2 <= overlap_m2 && overlap_m2 - overlap_union_m2 < 0.02, "neither has the sliver");
        assert!((slivers_m2 - 2.27).abs() < 0.02, "{slivers_m2}");
    }
}

#[test]
fn plots_and_the_control_units_that_forbid_them() {
    for (district, pairs) in [("baoshan", 36), ("putuo", 20)] {
        let (plots, units) =
            (sample(&format!("{district}/plot.geojson")), sample(&format!("{district}/control_unit.geojson")));
        let found = exported(&Question::Overlap, &plots, Some(&units));
        let forbids: BTreeMap<String, Vec<String>> = (0..units.layer().len())
            .map(|row| {
                let list = units.layer().attributes.get(row, "forbids");
                (units.layer().id_text(row).expect("an id"), serde_json::from_str(&list.display()).expect("a list"))
            })
            .collect();
        let forbidden = found
            .features
            .iter()
            .filter(|f| {
                let banned = &forbids[&text(f, "with_id")];
                banned.contains(&text(f, "use")) || banned.contains(&text(f, "industry"))
            })
            .count();
        assert_eq!(forbidden, pairs, "{district}");
    }
}

#[test]
fn jinshan_outlets_near_the_sea() {
    let (outlets, coast) = (sample("jinshan/outlet.geojson"), sample("jinshan/coastline.geojson"));
    assert_eq!(answer(&within(500.0), &outlets, Some(&coast)).summary.matched, 26);
}

#[test]
fn outlets_in_drinking_water_zones() {
    let (outlets, zones) = (sample("baoshan/outlet.geojson"), sample("baoshan/water_source_zone.geojson"));
    let expected = expected();
    for (level, wanted) in expected["outlets_in_water_source_zones"].as_object().expect("by level") {
        let rows: Vec<bool> =
            (0..zones.layer().len()).map(|r| zones.layer().attributes.get(r, "level").display() == *level).collect();
        let zone = std::sync::Arc::new(shanshui::index::IndexedLayer::restricted(zones.layer().clone(), rows));
        let found = exported(&within(0.0), &outlets, Some(&zone));
        let mut codes: Vec<String> = found.features.iter().map(|f| text(f, "code")).collect();
        codes.sort();
        assert_eq!(serde_json::json!(codes), *wanted, "{level}");
    }
}
