//! A box of longitudes and latitudes that a planner asks for.

use crate::geodesy::{LonLat, LonLatBox};
use std::fmt;
use std::str::FromStr;

/// West, south, east, north in degrees, as RFC 7946 (5) writes a box; west is greater than east where it lies across the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct Bbox([f64; 4]);

// Its numbers are finite.
impl Eq for Bbox {}

/// Numbers that make no box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a box is west, south, east, north in degrees, as in 121.1,31.2,121.6,31.5")]
pub struct NoBbox;

impl TryFrom<[f64; 4]> for Bbox {
    type Error = NoBbox;

    fn try_from([west, south, east, north]: [f64; 4]) -> Result<Self, NoBbox> {
        let are_corners = [LonLat::new(west, south), LonLat::new(east, north)].iter().all(|p| p.is_in_range());
        if are_corners && south <= north { Ok(Self([west, south, east, north])) } else { Err(NoBbox) }
    }
}

impl From<Bbox> for [f64; 4] {
    fn from(Bbox(numbers): Bbox) -> Self {
        numbers
    }
}

impl From<&LonLatBox> for Bbox {
    /// What lies beyond the poles or further round than a turn is left out.
    fn from(bounds: &LonLatBox) -> Self {
        let lat = |lat: f64| lat.clamp(-90.0, 90.0);
        let (south, north) = (lat(bounds.min.lat), lat(bounds.max.lat));
        if bounds.is_empty() || bounds.max.lon - bounds.min.lon >= 360.0 {
            return Self([-180.0, south.min(north), 180.0, north.max(south)]);
        }
        let lon =
            |lon: f64| if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 };
        Self([lon(bounds.min.lon), south, lon(bounds.max.lon), north])
    }
}

impl FromStr for Bbox {
    type Err = NoBbox;

    fn from_str(text: &str) -> Result<Self, NoBbox> {
        let numbers: Result<Vec<f64>, _> = text.split([',', '，']).map(|number| number.trim().parse()).collect();
        Self::try_from(<[f64; 4]>::try_from(numbers.map_err(|_| NoBbox)?).map_err(|_| NoBbox)?)
    }
}

impl fmt::Display for Bbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [west, south, east, north] = self.0;
        write!(f, "{west},{south},{east},{north}")
    }
}

impl Bbox {
    /// The box, or the two on both sides of the antimeridian.
    pub fn boxes(&self) -> impl Iterator<Item = LonLatBox> + use<> {
        let [west, south, east, north] = self.0;
        let of = |from, to| LonLatBox { min: LonLat::new(from, south), max: LonLat::new(to, north) };
        let (first, second) =
            if west <= east { (of(west, east), None) } else { (of(west, 180.0), Some(of(-180.0, east))) };
        std::iter::once(first).chain(second)
    }

    /// True where a feature's box meets it.
    pub fn meets(&self, bounds: &LonLatBox) -> bool {
        self.boxes().any(|own| own.intersects(bounds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_read_and_written_as_the_standard_has_it() {
        for (text, numbers) in [
            ("121.1,31.2,121.6,31.5", Some([121.1, 31.2, 121.6, 31.5])),
            (" 121.1 ， 31.2，121.6, 31.5 ", Some([121.1, 31.2, 121.6, 31.5])),
            ("170,-10,-170,10", Some([170.0, -10.0, -170.0, 10.0])),
            ("121,31,121,31", Some([121.0, 31.0, 121.0, 31.0])),
            ("121.1,31.5,121.6,31.2", None),
            ("121.1,31.2,121.6", None),
            ("121.1,31.2,121.6,31.5,7", None),
            ("31.2,121.1,31.5,121.6", None),
            ("a,b,c,d", None),
            ("nan,0,1,1", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Bbox>().ok().map(<[f64; 4]>::from), numbers, "{text}");
        }
        let own: Bbox = "121.1,31.2,121.6,31.5".parse().expect("a box");
        assert_eq!(own.to_string().parse(), Ok(own));
        assert_eq!(serde_json::to_string(&own).expect("written"), "[121.1,31.2,121.6,31.5]");
        assert!(serde_json::from_str::<Bbox>("[1,2,3]").is_err() && serde_json::from_str::<Bbox>("[1,9,3,2]").is_err());
    }

    #[test]
    fn a_view_makes_a_box_and_a_box_across_the_antimeridian_meets_both_sides() {
        let of = |west, south, east, north| LonLatBox { min: LonLat::new(west, south), max: LonLat::new(east, north) };
        let view = Bbox::from(&of(175.0, -95.0, 185.0, 5.0));
        assert_eq!(<[f64; 4]>::from(view), [175.0, -90.0, -175.0, 5.0]);
        assert!(view.meets(&of(176.0, 0.0, 177.0, 1.0)) && view.meets(&of(-178.0, 0.0, -177.0, 1.0)));
        assert!(!view.meets(&of(0.0, 0.0, 1.0, 1.0)) && !view.meets(&of(176.0, 6.0, 177.0, 7.0)));
        assert_eq!(<[f64; 4]>::from(Bbox::from(&of(-300.0, -80.0, 200.0, 80.0))), [-180.0, -80.0, 180.0, 80.0]);
        assert_eq!(<[f64; 4]>::from(Bbox::from(&LonLatBox::of(&[]))), [-180.0, -90.0, 180.0, 90.0]);
    }
}
