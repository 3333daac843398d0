//! Which columns of a table may hold positions, by their names.

use super::angle::half_width;

/// Columns that together may tell a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// Two numbers in two columns, the easting or longitude first as far as names tell.
    Pair {
        /// The column of eastings or longitudes.
        x: usize,
        /// The column of northings or latitudes.
        y: usize,
        /// What the names say of them.
        named: Named,
    },
    /// Degrees, minutes and seconds in three columns each.
    Parts {
        /// Of the longitude.
        x: [usize; 3],
        /// Of the latitude.
        y: [usize; 3],
    },
    /// Both numbers in one column.
    Single {
        /// The column.
        column: usize,
        /// True where its name puts the latitude first, false where last, `None` where it does not say.
        latitude_first: Option<bool>,
    },
    /// WKT or EWKT in one column.
    Wkt {
        /// The column.
        column: usize,
    },
}

/// What names say of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Longitude and latitude.
    Degrees,
    /// East and north.
    EastNorth,
    /// x and y: in surveying x is north.
    Xy,
    /// Nothing: told by the values.
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Longitude,
    Latitude,
    East,
    North,
    X,
    Y,
}

/// Words that name an axis anywhere in a name; longer ones first.
const WORDS: [(&str, Axis); 23] = [
    ("东经度", Axis::Longitude),
    ("北纬度", Axis::Latitude),
    ("经度", Axis::Longitude),
    ("纬度", Axis::Latitude),
    ("东经", Axis::Longitude),
    ("北纬", Axis::Latitude),
    ("longitude", Axis::Longitude),
    ("longtitude", Axis::Longitude),
    ("latitude", Axis::Latitude),
    ("横坐标", Axis::East),
    ("纵坐标", Axis::North),
    ("东坐标", Axis::East),
    ("北坐标", Axis::North),
    ("东向坐标", Axis::East),
    ("北向坐标", Axis::North),
    ("easting", Axis::East),
    ("northing", Axis::North),
    ("x坐标", Axis::X),
    ("y坐标", Axis::Y),
    ("坐标x", Axis::X),
    ("坐标y", Axis::Y),
    ("xcoord", Axis::X),
    ("ycoord", Axis::Y),
];

/// Words that name an axis where they stand alone between other letters.
const TOKENS: [(&str, Axis); 18] = [
    ("lon", Axis::Longitude),
    ("lng", Axis::Longitude),
    ("long", Axis::Longitude),
    ("lat", Axis::Latitude),
    ("经", Axis::Longitude),
    ("纬", Axis::Latitude),
    ("east", Axis::East),
    ("north", Axis::North),
    ("e", Axis::East),
    ("n", Axis::North),
    ("x", Axis::X),
    ("y", Axis::Y),
    ("coordx", Axis::X),
    ("coordy", Axis::Y),
    ("pointx", Axis::X),
    ("pointy", Axis::Y),
    ("centroidx", Axis::X),
    ("centroidy", Axis::Y),
];

/// A column that names an axis.
struct AxisColumn {
    column: usize,
    axis: Axis,
    /// What else the name says, without marks: pairs have the same.
    rest: String,
    /// The unit that the name ends with: 0 degrees, 1 minutes, 2 seconds.
    unit: Option<usize>,
}

/// Splits a name into words: at marks, and where a small letter meets a capital one.
fn tokens(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars().map(half_width) {
        let is_hump = before.is_ascii_lowercase() && c.is_ascii_uppercase();
        let is_other = c.is_ascii_alphabetic() != before.is_ascii_alphabetic();
        if !c.is_alphanumeric() || is_hump || is_other {
            words.push(String::new());
        }
        if c.is_alphanumeric() || matches!(c, '°' | '′' | '″') {
            let word = words.pop().unwrap_or_default();
            words.push(word + &c.to_lowercase().to_string());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn axis_column(column: usize, name: &str) -> Option<AxisColumn> {
    let words = tokens(name);
    let joined = words.concat();
    // `经纬度`, `经度,纬度`: both at once is no axis.
    if is_both(&joined) {
        return None;
    }
    let (axis, mut rest) = WORDS
        .iter()
        .find(|(word, _)| joined.contains(word))
        .map(|(word, axis)| (*axis, joined.replacen(word, "", 1)))
        .or_else(|| {
            TOKENS.iter().find_map(|(token, axis)| {
                let at = words.iter().position(|word| word == token)?;
                let rest = words.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, word)| word.as_str());
                Some((*axis, rest.collect::<String>()))
            })
        })?;
    // `横坐标Y`, `纵坐标(X)`: the Chinese words decide.
    if matches!(axis, Axis::East | Axis::North) {
        rest = rest.replace(['x', 'y', 'e', 'n'], "");
    }
    if matches!(axis, Axis::Longitude | Axis::Latitude) {
        rest = rest.replace("坐标", "");
        for (word, with) in [("e", Axis::Longitude), ("n", Axis::Latitude)] {
            if axis == with && rest == word {
                rest.clear();
            }
        }
    }
    const UNITS: [(&str, usize); 12] = [
        ("度", 0),
        ("°", 0),
        ("degrees", 0),
        ("degree", 0),
        ("deg", 0),
        ("d", 0),
        ("分", 1),
        ("′", 1),
        ("min", 1),
        ("秒", 2),
        ("″", 2),
        ("sec", 2),
    ];
    let found = UNITS.iter().find(|(mark, _)| rest.ends_with(mark) && !rest.ends_with("角度"));
    // `经度m` is a minute in tables of three columns only; those are told by their order.
    let unit = found.map(|(_, unit)| *unit);
    if let Some((mark, _)) = found {
        rest.truncate(rest.len() - mark.len());
    } else if let Some(metres) = rest.strip_suffix("米").or(rest.strip_suffix("m")) {
        rest.truncate(metres.len());
    }
    Some(AxisColumn { column, axis, rest, unit })
}

fn is_both(joined: &str) -> bool {
    const BOTH: [&str; 12] = [
        "纬经",
        "经纬",
        "lonlat",
        "lnglat",
        "latlon",
        "latlng",
        "longlat",
        "latlong",
        "longitudelatitude",
        "latitudelongitude",
        "经度纬度",
        "纬度经度",
    ];
    BOTH.iter().any(|word| joined.contains(word)) || (joined.contains("经度") && joined.contains("纬度"))
}

/// Candidates in the order of preference. `names` are whole column names.
pub fn candidates(names: &[String]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let clean: Vec<String> = names.iter().map(|name| tokens(name).concat()).collect();
    const GEOMETRIES: [&str; 14] = [
        "wkt",
        "ewkt",
        "wktgeom",
        "geom",
        "geometry",
        "thegeom",
        "shape",
        "几何",
        "几何信息",
        "空间信息",
        "空间数据",
        "geomwkt",
        "wktgeometry",
        "几何图形",
    ];
    let by_name = |column: usize| GEOMETRIES.contains(&&*clean[column]) || clean[column].contains("wkt");
    found.extend((0..names.len()).filter(|column| by_name(*column)).map(|column| Candidate::Wkt { column }));

    let axes: Vec<AxisColumn> =
        names.iter().enumerate().filter_map(|(column, name)| axis_column(column, name)).collect();
    parts(&axes, &mut found);
    for (first, second, named) in [
        (Axis::Longitude, Axis::Latitude, Named::Degrees),
        (Axis::East, Axis::North, Named::EastNorth),
        (Axis::X, Axis::Y, Named::Xy),
    ] {
        pairs(&axes, first, second, named, &mut found);
    }

    const SINGLES: [&str; 16] = [
        "坐标",
        "coordinates",
        "coordinate",
        "coord",
        "coords",
        "location",
        "position",
        "gps",
        "位置坐标",
        "地理坐标",
        "gps坐标",
        "地理位置",
        "坐标位置",
        "经纬度坐标",
        "中心坐标",
        "latlonpoint",
    ];
    for (column, name) in clean.iter().enumerate() {
        let both = is_both(name);
        if both || SINGLES.contains(&&**name) || name.ends_with("坐标") {
            let first = |words: [&str; 3]| words.iter().filter_map(|word| name.find(word)).min();
            let (longitude, latitude) = (first(["经", "lon", "lng"]), first(["纬", "lat", "纬度"]));
            let latitude_first = longitude.zip(latitude).map(|(longitude, latitude)| latitude < longitude);
            found.push(Candidate::Single { column, latitude_first });
        }
    }
    found
}

/// Degrees, minutes and seconds in three columns each.
fn parts(axes: &[AxisColumn], found: &mut Vec<Candidate>) {
    let of = |axis: Axis, rest: &str| -> Option<[usize; 3]> {
        let with = |unit: usize| {
            let is_it = |one: &&AxisColumn| one.axis == axis && one.rest == rest && one.unit == Some(unit);
            axes.iter().find(is_it).map(|one| one.column)
        };
        // `经度`, `经度分`, `经度秒`: the first may lack its unit.
        let plain = || axes.iter().find(|one| one.axis == axis && one.rest == rest && one.unit.is_none());
        Some([with(0).or_else(|| plain().map(|one| one.column))?, with(1)?, with(2)?])
    };
    for one in axes.iter().filter(|one| one.axis == Axis::Longitude && one.unit == Some(1)) {
        if let (Some(x), Some(y)) = (of(Axis::Longitude, &one.rest), of(Axis::Latitude, &one.rest)) {
            found.push(Candidate::Parts { x, y });
        }
    }
}

/// Pairs whose names say the same otherwise: shorter names first, then the systems of maps before the offset ones.
fn pairs(axes: &[AxisColumn], first: Axis, second: Axis, named: Named, found: &mut Vec<Candidate>) {
    let mut pairs: Vec<(u32, Candidate)> = Vec::new();
    let is_value = |one: &&AxisColumn| matches!(one.unit, None | Some(0));
    for one in axes.iter().filter(|one| one.axis == first).filter(is_value) {
        let is_taken =
            |column: usize| pairs.iter().any(|(_, pair)| matches!(pair, Candidate::Pair { y, .. } if *y == column));
        let mut others = axes.iter().filter(|other| other.axis == second && other.rest == one.rest).filter(is_value);
        let Some(other) = others.find(|other| !is_taken(other.column)) else { continue };
        let rank = match &*one.rest {
            "" => 0,
            rest if rest.contains("中心") || rest.contains("center") || rest.contains("centroid") => 1,
            rest if rest.contains("84") || rest.contains("2000") => 1,
            rest if rest.contains("gcj") || rest.contains("bd") || rest.contains("百度") || rest.contains("高德") => {
                3
            }
            _ => 2,
        };
        pairs.push((rank, Candidate::Pair { x: one.column, y: other.column, named }));
    }
    // Names that differ otherwise, where there is one of each.
    if pairs.is_empty() {
        let only = |axis| {
            let mut all = axes.iter().filter(|one| one.axis == axis).filter(is_value);
            all.next().filter(|_| all.next().is_none()).map(|one| one.column)
        };
        if let (Some(x), Some(y)) = (only(first), only(second)) {
            pairs.push((2, Candidate::Pair { x, y, named }));
        }
    }
    pairs.sort_by_key(|(rank, _)| *rank);
    found.extend(pairs.into_iter().map(|(_, pair)| pair));
}
