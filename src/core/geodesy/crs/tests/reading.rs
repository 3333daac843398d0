//! What positions may mean.

use super::*;
use crate::geodesy::LonLatBox;

/// Positions around a place in a system.
fn around(name: &str, lon: f64, lat: f64) -> Vec<[f64; 2]> {
    let crs = crs(name);
    let steps = (0..25).map(|i| LonLat::new(lon + f64::from(i % 5) * 0.01, lat + f64::from(i / 5) * 0.01));
    steps.map(|p| crs.from_wgs84(p).expect("there").into()).collect()
}

fn names(readings: &[Reading]) -> Vec<&str> {
    readings.iter().map(|r| r.crs.as_str()).collect()
}

#[test]
fn positions_of_unknown_systems_are_read_as_they_were_written() {
    // Shanghai, Kashgar, the Northeast, Hainan: written in one system, read back first.
    for (written, lon, lat, kind) in [
        ("EPSG:4490", 121.4, 31.2, ReadingKind::Degrees),
        ("LATLON", 121.4, 31.2, ReadingKind::SwappedDegrees),
        ("LATLON", 75.9, 39.4, ReadingKind::SwappedDegrees),
        ("EPSG:4490", 75.9, 39.4, ReadingKind::Degrees),
        ("LONLAT360", -121.4, 31.2, ReadingKind::TurnedDegrees),
        ("EPSG:4528", 121.4, 31.2, ReadingKind::Zone),
        ("EPSG:4529", 121.6, 31.2, ReadingKind::Zone),
        ("EPSG:4498", 118.0, 31.2, ReadingKind::Zone),
        ("EPSG:4513", 75.0, 39.4, ReadingKind::Zone),
        ("EPSG:4533", 134.0, 48.0, ReadingKind::Zone),
        ("NE:EPSG:4528", 121.4, 31.2, ReadingKind::Zone),
        ("EPSG:3857", 121.4, 31.2, ReadingKind::WebMercator),
        ("EPSG:3857", 109.5, 18.3, ReadingKind::WebMercator),
    ] {
        let found = readings(&around(written, lon, lat), None);
        let first = found.first().unwrap_or_else(|| panic!("{written}: none"));
        assert_eq!((first.crs.as_str(), first.kind), (written, kind), "{:?}", names(&found));
        if kind != ReadingKind::TurnedDegrees {
            assert!(first.bounds.contains(LonLat::new(lon + 0.02, lat + 0.02)) && first.share_in_china == 1.0);
        }
        for reading in &found {
            assert!(!reading.name(Lang::Zh).is_empty() && Crs::parse(&reading.crs).is_ok());
        }
    }
    // Without the number of the zone: all meridians that put it in China, and the layers there are decide.
    for written in ["EPSG:4549", "EPSG:4538", "NE:EPSG:4549"] {
        let crs = crs(written);
        let meridian = if written.ends_with("38") { 87.0 } else { 120.0 };
        let sample = around(written, meridian + 0.6, 41.2);
        let mut found = readings(&sample, None);
        assert!(found.len() > 10, "{:?}", names(&found));
        assert!(found.iter().all(|r| r.is_north_first == crs.is_north_first()), "{:?}", names(&found));
        let there = LonLatBox::of(&[LonLat::new(meridian + 0.5, 41.0), LonLat::new(meridian + 0.8, 41.5)]);
        nearest_first(&mut found, there);
        assert_eq!(found[0].crs, written);
    }
    // Wider than a zone of 3°.
    let wide: Vec<[f64; 2]> = [114.2, 119.8].iter().flat_map(|lon| around("EPSG:4509", *lon, 31.0)).collect();
    assert!(names(&readings(&wide, None)).contains(&"EPSG:4509"));
    // Of both zones of the cut at 121.5°.
    let both: Vec<[f64; 2]> =
        around("EPSG:4528", 121.4, 31.2).into_iter().chain(around("EPSG:4529", 121.51, 31.2)).collect();
    assert_eq!(names(&readings(&both, None))[0], "CGCS2000_3_DEGREE_BY_PREFIX");
    // Local coordinates say nothing.
    assert_eq!(readings(&[[-12_345.6, 7_890.1], [-11_000.0, 9_000.0]], None), []);
    assert_eq!(readings(&[], None), []);
    assert_eq!(readings(&[[f64::NAN, 1.0]], None), []);
}

#[test]
fn a_mix_up_of_zone_numbers_is_offered() {
    for (declared, written, expected) in [
        ("EPSG:4549", "EPSG:4528", "EPSG:4528"),
        ("EPSG:4528", "EPSG:4549", "EPSG:4549"),
        ("EPSG:4509", "EPSG:4498", "EPSG:4498"),
        ("EPSG:4498", "EPSG:4509", "EPSG:4509"),
        ("EPSG:4549", "NE:EPSG:4528", "NE:EPSG:4528"),
    ] {
        let lon =
            if declared.ends_with('9') && declared != "EPSG:4549" || declared == "EPSG:4498" { 117.3 } else { 121.3 };
        let sample = around(written, lon, 31.2);
        let declared = crs(declared);
        assert_eq!(declared.to_wgs84(sample[0][0], sample[0][1]), None);
        let found = readings(&sample, Some(&declared));
        assert_eq!((found[0].crs.as_str(), found[0].kind), (expected, ReadingKind::OtherPrefix), "{:?}", names(&found));
    }
    // Of a local system and of parameters.
    let seven = "+towgs84=12.3,-147.1,-71.9,0.31,-0.42,0.53,1.9";
    let declared = crs(&format!("+proj=tmerc +lon_0=120 +x_0=500000 +ellps=krass {seven}"));
    let sample = around(&format!("+proj=tmerc +lon_0=120 +x_0=40500000 +ellps=krass {seven}"), 121.3, 31.2);
    let found = readings(&sample, Some(&declared));
    let landed = crs(&found[0].crs).to_wgs84(sample[0][0], sample[0][1]).expect("there");
    assert!(found[0].kind == ReadingKind::OtherPrefix && off_m(landed, LonLat::new(121.3, 31.2)) < 1e-6);
    let local = r#"LOCAL{"name":"甲","base":{"system":"EPSG:2437"},"datum":{"direction":"from_local","dx_m":10,"dy_m":20,"dz_m":30}}"#;
    let sample = around(&local.replace("2437", "2416"), 121.3, 31.2);
    let found = readings(&sample, Some(&crs(local)));
    assert_eq!(found[0].kind, ReadingKind::OtherPrefix, "{found:?}");
    assert!(
        off_m(crs(&found[0].crs).to_wgs84(sample[0][0], sample[0][1]).expect("there"), LonLat::new(121.3, 31.2)) < 1e-6
    );
}

#[test]
fn the_declared_system_comes_first_where_it_fits_and_last_where_it_does_not() {
    let fits = readings(&around("EPSG:4549", 121.3, 31.2), Some(&crs("EPSG:4549")));
    assert_eq!((fits[0].kind, fits[0].crs.as_str()), (ReadingKind::Declared, "EPSG:4549"));
    assert_eq!(names(&fits).iter().filter(|n| **n == "EPSG:4549").count(), 1);
    // Degrees declared the wrong way round.
    let swapped = readings(&around("LATLON", 121.3, 31.2), Some(&crs("EPSG:4490")));
    assert_eq!(swapped[0].kind, ReadingKind::SwappedDegrees, "{swapped:?}");
    // North first under a system with east first.
    let turned = readings(&around("NE:EPSG:4549", 121.3, 31.2), Some(&crs("EPSG:4549")));
    assert!(turned[0].is_north_first, "{:?}", names(&turned));
    // Metres declared as degrees: the declared reading fails.
    let metres = readings(&around("EPSG:4528", 121.3, 31.2), Some(&crs("EPSG:4326")));
    assert_eq!(metres[0].crs, "EPSG:4528");
    assert!(metres.iter().all(|r| r.kind != ReadingKind::Declared));
    // Web maps are offered beside degrees, for numbers cannot tell.
    assert!(names(&readings(&around("GCJ-02", 121.3, 31.2), None)).contains(&"GCJ-02"));
    // A slip of the pen in one of many.
    let mut sample = around("EPSG:4528", 121.3, 31.2);
    sample[3] = [0.0, 0.0];
    assert_eq!(readings(&sample, None)[0].crs, "EPSG:4528");
}
