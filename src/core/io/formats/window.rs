//! A box of longitudes and latitudes in a file's own coordinates: what an index of the file is asked for.

use crate::geodesy::LonLat;
use crate::geodesy::crs::Crs;
use crate::model::Bbox;

/// Positions along each side that are looked at.
const STEPS: usize = 16;
/// So much wider on each side, as a share of the whole: between those positions sides bend.
const WIDER: f64 = 0.02;

/// The rectangle (min x, min y, max x, max y) in a system (longitude and latitude without one) that holds a box; `None` where it cannot
/// be told, so that every row has to be looked at.
pub(super) fn window(bbox: &Bbox, crs: Option<&str>) -> Option<[f64; 4]> {
    let mut boxes = bbox.boxes();
    let (own, None) = (boxes.next()?, boxes.next()) else { return None };
    let crs = crs.map(Crs::parse).transpose().ok()?;
    let Some(crs) = crs else { return Some([own.min.lon, own.min.lat, own.max.lon, own.max.lat]) };
    let mut found = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let along = |from: f64, to: f64, step: usize| from + (to - from) * step as f64 / STEPS as f64;
    for (i, k) in (0..=STEPS).flat_map(|i| (0..=STEPS).map(move |k| (i, k))) {
        let p = LonLat::new(along(own.min.lon, own.max.lon, i), along(own.min.lat, own.max.lat, k));
        let (x, y) = crs.from_wgs84(p)?;
        found = [found[0].min(x), found[1].min(y), found[2].max(x), found[3].max(y)];
    }
    let [min_x, min_y, max_x, max_y] = found;
    let (wide, high) = (WIDER * (max_x - min_x), WIDER * (max_y - min_y));
    let window = [min_x - wide, min_y - high, max_x + wide, max_y + high];
    window.iter().all(|number| number.is_finite()).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_box_lies_in_the_rectangle() {
        for (name, bbox) in [
            ("EPSG:4547", "112.5,22,115.5,42"),
            ("EPSG:4527", "116.5,20,118.4,52"),
            ("EPSG:32651", "120,31,121.5,32"),
            ("EPSG:3857", "-170,-60,170,70"),
            ("EPSG:4326", "-10,-10,10,10"),
            ("GCJ-02", "121,31,122,32"),
        ] {
            let bbox: Bbox = bbox.parse().expect("a box");
            let [min_x, min_y, max_x, max_y] = window(&bbox, Some(name)).expect(name);
            let [west, south, east, north] = bbox.into();
            let crs = Crs::parse(name).expect(name);
            for (i, k) in (0..=97).flat_map(|i| (0..=89).map(move |k| (f64::from(i) / 97.0, f64::from(k) / 89.0))) {
                let p = LonLat::new(west + (east - west) * i, south + (north - south) * k);
                let (x, y) = crs.from_wgs84(p).expect("placed");
                assert!((min_x..=max_x).contains(&x) && (min_y..=max_y).contains(&y), "{name} {p:?}");
            }
            // And it is hardly larger.
            let (x, y) = crs.from_wgs84(LonLat::new(west, south)).expect("placed");
            assert!((x - min_x).hypot(y - min_y) < 0.2 * (max_x - min_x).hypot(max_y - min_y), "{name}");
        }
        let bbox: Bbox = "1,2,3,4".parse().expect("a box");
        assert_eq!(window(&bbox, None), Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(window(&bbox, Some("EPSG:99999")), None);
        assert_eq!(window(&"170,0,-170,1".parse().expect("a box"), None), None);
    }
}
