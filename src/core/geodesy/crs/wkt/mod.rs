//! Definitions as well-known text: WKT 1 (OGC 01-009, GDAL's and ESRI's forms) and WKT 2 (ISO 19162), from `.prj` files,
//! GeoPackages and geodatabases. The tree is read here, the projection's parameters by `proj4wkt`.

mod tree;
mod write;

pub(super) use write::write;

use super::datum::{Ellipsoid, Helmert};
use super::error::{Refusal, refusal, wanted};
use super::system::{SecretDatum, Shift, System};
use super::{Crs, epsg, names, proj_string};
use crate::i18n::tr;
use tree::{Node, parse};

const PROJECTED: [&str; 3] = ["PROJCS", "PROJCRS", "PROJECTEDCRS"];
const GEOGRAPHIC: [&str; 5] = ["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS"];
const COMPOUND: [&str; 2] = ["COMPD_CS", "COMPOUNDCRS"];
const VERTICAL: [&str; 5] = ["VERTCS", "VERT_CS", "VERTCRS", "VERTICALCRS", "LINUNIT"];
/// What says nothing of where positions lie.
const REMARKS: [&str; 9] =
    ["USAGE", "SCOPE", "AREA", "BBOX", "REMARK", "METADATA", "VERTICALEXTENT", "TIMEEXTENT", "VERSION"];

/// Longer texts are no definition.
const LONGEST: usize = 64 * 1024;

fn no_wkt() -> Refusal {
    refusal(|lang| tr!(lang, "format.crs.wkt.damaged"))
}

/// A system from WKT. Its name is `EPSG:N` where a number says the same as its parameters, else the text.
///
/// # Errors
/// Where it is damaged, of a kind without positions on the map, of a method that is not reliable, or on a datum whose shift is
/// not known.
pub(super) fn read(text: &str) -> Result<Crs, Refusal> {
    let found = find(text)?;
    if let Some(code) = found.code {
        return Crs::of_code(&format!("EPSG:{code}"), code);
    }
    let is_wkt1 =
        text.trim_start().get(..4).is_some_and(|s| s.eq_ignore_ascii_case("PROJ") || s.eq_ignore_ascii_case("GEOG"))
            && !found.cleaned.contains("CRS[");
    // Found by its parameters: the number says it all.
    if let Some(code) = epsg::code_of(&found.system).filter(|_| found.is_of_china_or_wgs84) {
        return Crs::of_code(&format!("EPSG:{code}"), code);
    }
    let mut crs = Crs::of_system(&found.name, found.system, None)?;
    crs.wkt = is_wkt1.then(|| found.cleaned.into());
    Ok(crs)
}

/// The parameters of WKT, its shift secret where it is not known.
pub(super) fn system(text: &str) -> Result<System, Refusal> {
    find(text).map(|found| found.system)
}

struct Found {
    system: System,
    /// EPSG's number, where it agrees.
    code: Option<u32>,
    /// As [`Crs::parse`] reads it back.
    name: String,
    cleaned: String,
    /// True where its datum is called so: others on the same ellipsoid are not called by EPSG's numbers of China.
    is_of_china_or_wgs84: bool,
}

fn find(text: &str) -> Result<Found, Refusal> {
    if text.len() > LONGEST {
        return Err(no_wkt());
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    let roots = parse(text).ok_or_else(no_wkt)?;
    if roots[1..].iter().any(|root| !VERTICAL.contains(&root.key.as_str())) {
        return Err(no_wkt());
    }
    let (node, bound) = horizontal(&roots[0])?;
    let cleaned = node.text_without(&[&REMARKS[..], &VERTICAL[..]].concat());
    let name = if bound.is_some() { text.to_owned() } else { cleaned.clone() };
    let declared = node.epsg().or_else(|| names::code(node.name()));
    let by_code = declared.map(|code| (code, epsg::system(code)));
    // WKT 1 writes Web Mercator as Mercator on the ellipsoid, 20 km off: its number or name goes before.
    if let Some((code, Ok(system))) = &by_code
        && *system == System::WEB_MERCATOR
    {
        return Ok(Found {
            system: System::WEB_MERCATOR,
            code: Some(*code),
            name,
            cleaned,
            is_of_china_or_wgs84: true,
        });
    }
    lies_as_maps_do(node)?;
    // A number that is refused for what it is, is refused in a text as well, unless the text says the shift.
    let says_shift = bound.is_some() || node.below(&["TOWGS84"]).is_some();
    if let Some((code, Err(cause))) = &by_code
        && epsg::is_listed(*code)
        && !says_shift
    {
        return Err(cause.clone());
    }
    let system = match (by_parameters(node), &by_code) {
        (Ok(system), _) => system,
        // The definition's own number is known for what it is; the parameters are not understood.
        (Err(_), Some((_, Ok(system)))) if node.epsg().is_some() => system.clone(),
        (Err(cause), _) => return Err(cause),
    };
    let mut system = with_shift(system, node, bound)?;
    let agrees = by_code.and_then(|(code, known)| {
        let known = known.ok()?;
        // A text that says no shift leaves it to the number.
        let shift = if matches!(system.shift, Shift::Secret(_)) { known.shift.clone() } else { system.shift.clone() };
        let filled = System { shift, ..system.clone() };
        known.is_like(&filled).then(|| system = filled)?;
        Some(code)
    });
    let datum = datum_name(node);
    let is_of_china_or_wgs84 =
        ["china2000", "cgcs2000", "chinageodetic", "wgs84", "wgs1984", "worldgeodeticsystem1984"]
            .iter()
            .any(|own| datum.contains(own));
    Ok(Found { system, code: agrees, name, cleaned, is_of_china_or_wgs84 })
}

/// The part of a definition that says where positions lie on the map, and the shift of a `BOUNDCRS`.
fn horizontal<'a, 'b>(root: &'b Node<'a>) -> Result<(&'b Node<'a>, Option<&'b Node<'a>>), Refusal> {
    let mut node = root;
    let mut bound = None;
    // A compound of a bound one of a compound is as deep as it gets.
    for _ in 0..4 {
        let key = node.key.as_str();
        if PROJECTED.contains(&key) || GEOGRAPHIC.contains(&key) {
            let is_geocentric =
                node.child(&["CS"]).is_some_and(|cs| format!("{:?}", cs.values.first()).contains("artesian"));
            if is_geocentric && GEOGRAPHIC.contains(&key) {
                return Err(refusal(|lang| tr!(lang, "format.crs.geocentric")));
            }
            return Ok((node, bound));
        }
        node = if COMPOUND.contains(&key) {
            let is_flat = |n: &&Node| {
                let key = n.key.as_str();
                PROJECTED.contains(&key) || GEOGRAPHIC.contains(&key) || key == "BOUNDCRS"
            };
            node.nodes().find(is_flat).ok_or_else(no_wkt)?
        } else if key == "BOUNDCRS" {
            bound = Some(node);
            node.child(&["SOURCECRS"]).and_then(|source| source.nodes().next()).ok_or_else(no_wkt)?
        } else if key == "GEOCCS" {
            return Err(refusal(|lang| tr!(lang, "format.crs.geocentric")));
        } else if ["LOCAL_CS", "ENGCRS", "ENGINEERINGCRS", "DERIVEDPROJCRS"].contains(&key) {
            return Err(refusal(|lang| tr!(lang, "format.crs.wkt.local")));
        } else {
            return Err(no_wkt());
        };
    }
    Err(no_wkt())
}

/// What a projection's parameters may be called, in plain letters. Others would be passed over in silence.
const PARAMETERS: [&str; 43] = [
    "falseeasting",
    "falsenorthing",
    "centralmeridian",
    "latitudeoforigin",
    "scalefactor",
    "standardparallel1",
    "standardparallel2",
    "longitudeofcenter",
    "latitudeofcenter",
    "azimuth",
    "rectifiedgridangle",
    "auxiliaryspheretype",
    "latitudeofnaturalorigin",
    "longitudeofnaturalorigin",
    "scalefactoratnaturalorigin",
    "latitudeoffalseorigin",
    "longitudeoffalseorigin",
    "latitudeof1ststandardparallel",
    "latitudeof2ndstandardparallel",
    "eastingatfalseorigin",
    "northingatfalseorigin",
    "latitudeofprojectioncentre",
    "longitudeofprojectioncentre",
    "azimuthofinitialline",
    "azimuthatprojectioncentre",
    "anglefromrectifiedtoskewgrid",
    "scalefactoroninitialline",
    "scalefactoratprojectioncentre",
    "eastingatprojectioncentre",
    "northingatprojectioncentre",
    "latitudeofstandardparallel",
    "longitudeoforigin",
    "latitudeof1stpoint",
    "longitudeof1stpoint",
    "latitudeof2ndpoint",
    "longitudeof2ndpoint",
    "latitudeofpoint1",
    "longitudeofpoint1",
    "latitudeofpoint2",
    "longitudeofpoint2",
    "xyplanerotation",
    "xscale",
    "yscale",
];

/// The parameters of a plane in PROJ strings.
const OF_THE_PLANE: [&str; 15] = [
    "lat_0", "lon_0", "lat_1", "lat_2", "lat_ts", "lon_1", "lon_2", "lonc", "k", "k_0", "x_0", "y_0", "alpha", "gamma",
    "h",
];

/// Letters and digits in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Refuses axes that lead west, and degrees that are none: whatever its number says.
fn lies_as_maps_do(node: &Node<'_>) -> Result<(), Refusal> {
    let leads_west = |n: &Node<'_>| {
        n.key == "AXIS"
            && n.values
                .iter()
                .skip(1)
                .any(|v| matches!(v, tree::Value::Bare(word) if word.eq_ignore_ascii_case("west")))
    };
    if PROJECTED.contains(&node.key.as_str()) && node.nodes().any(leads_west) {
        return Err(refusal(|lang| tr!(lang, "format.crs.wkt.axes")));
    }
    let is_degrees = GEOGRAPHIC.contains(&node.key.as_str());
    let unit = node.child(&["UNIT", "ANGLEUNIT"]).and_then(|unit| unit.numbers().next());
    if is_degrees && unit.is_some_and(|unit| (unit - 1f64.to_radians()).abs() > 1e-9) {
        return Err(refusal(|lang| tr!(lang, "format.crs.wkt.no_degrees")));
    }
    Ok(())
}

/// The system of a definition's parameters, through a PROJ string.
fn by_parameters(node: &Node<'_>) -> Result<System, Refusal> {
    let conversion = node.child(&["CONVERSION"]).unwrap_or(node);
    for parameter in conversion.nodes().filter(|n| n.key == "PARAMETER") {
        let name = parameter.name();
        if !PARAMETERS.contains(&plain(name).as_str()) {
            return Err(refusal(|lang| tr!(lang, "format.crs.unknown_parameter", name = name)));
        }
    }
    if node.below(&["SPHEROID", "ELLIPSOID"]).is_none_or(|e| e.numbers().count() < 2) {
        return Err(no_wkt());
    }
    // Axes, remarks and heights say nothing of the plane. Numbers of its parts stay, and `TOWGS84` is read here.
    let text = node.text_without(&[&REMARKS[..], &VERTICAL[..], &["AXIS", "TOWGS84", "EXTENSION", "ORDER"]].concat());
    let text = if node.child(&["UNIT", "LENGTHUNIT", "ANGLEUNIT"]).is_some() {
        text
    } else {
        // WKT 2 with units at its axes alone.
        node.text_without(&[&REMARKS[..], &VERTICAL[..], &["TOWGS84", "EXTENSION", "ORDER"]].concat())
    };
    let proj = proj4wkt::wkt_to_projstring(&text)
        .map_err(|e| refusal(|lang| tr!(lang, "format.crs.library", cause = e.to_string())))?;
    let proj = proj.replace(" +towgs84=0,0,0,0,0,0,0", "");
    // The library passes over what it does not know: every value that changes something must have come through.
    let is_scale = |name: &str| name.starts_with('k') || plain(name).contains("scale");
    let changes = |name: &str, value: f64| value != 0.0 && !(is_scale(name) && value == 1.0);
    let given = conversion.nodes().filter(|n| n.key == "PARAMETER");
    let given = given.filter(|n| n.numbers().next().is_none_or(|value| changes(n.name(), value))).count();
    let came = proj.split_ascii_whitespace().filter_map(|word| word.strip_prefix('+')?.split_once('='));
    let came = came.filter(|(name, _)| OF_THE_PLANE.contains(name));
    let came = came.filter(|(name, value)| value.parse().is_ok_and(|value| changes(name, value))).count();
    if came < given {
        let name = conversion.child(&["METHOD", "PROJECTION"]).map(Node::name).unwrap_or_default();
        return Err(refusal(|lang| tr!(lang, "format.crs.wkt.lost", name = name)));
    }
    proj_string::read(&proj)
}

/// What its datum is called, in plain letters.
fn datum_name(node: &Node<'_>) -> String {
    node.below(&["DATUM", "TRF", "GEODETICDATUM", "ENSEMBLE"]).map(|d| plain(d.name())).unwrap_or_default()
}

/// Datums on the ellipsoid of WGS 84 or GRS 80 (or a sphere) that lie a metre to two hundred from WGS 84, by parts of their names.
#[rustfmt::skip]
const UNLIKE_WGS84: [&str; 32] = [
    "vietnam2000", "vn2000", "ggrs", "greekgeodetic", "israel", "ig05", "igd05", "nakhl", "dngn", "nationalgeodeticnetwork",
    "kuwait", "cyprus", "ouvea", "helenatritan", "polynesie", "harn", "highaccuracyreference", "csrs", "canadianspatial",
    "posgar2007", "argentinas2007", "costarica2005", "cr05", "estonia1992", "itrf1990", "itrf2008", "itrf2014",
    "referenceframe1990", "referenceframe2008", "referenceframe2014", "sphere", "omannationalgeodetic",
];

/// The system with the shift that the definition itself says. A datum known by name whose shift is not public has none,
/// whatever its ellipsoid.
fn with_shift(mut system: System, node: &Node<'_>, bound: Option<&Node<'_>>) -> Result<System, Refusal> {
    let datum = datum_name(node);
    let secret = if datum.contains("xian") && datum.contains("80") {
        Some(SecretDatum::Xian80)
    } else if datum.contains("beijing") {
        Some(SecretDatum::Beijing54)
    } else {
        None
    };
    let is_chinese = datum.contains("china2000") || datum.contains("cgcs2000");
    if is_chinese && !system.ellipsoid.is_modern() || secret.is_some() && system.ellipsoid.is_modern() {
        return Err(refusal(|lang| tr!(lang, "format.crs.wkt.torn")));
    }
    if let Some(secret) = secret {
        system.shift = Shift::Secret(secret);
    }
    let said = match bound {
        Some(bound) => Some(of_bound(bound)?),
        None => node.below(&["TOWGS84"]).map(|n| of_numbers(n.numbers().collect())).transpose()?,
    };
    if let Some(helmert) = said {
        let is_of_china = secret.is_some() || system.ellipsoid.is_like(Ellipsoid::KRASSOWSKY);
        if is_of_china && (helmert.is_of_tarim() || helmert.is_zero()) {
            return Err(wanted(secret.unwrap_or(SecretDatum::Beijing54)));
        }
        system.shift = if helmert.is_zero() { Shift::None } else { Shift::Helmert(helmert) };
    } else if system.shift == Shift::None && UNLIKE_WGS84.iter().any(|part| datum.contains(part)) {
        return Err(refusal(|lang| tr!(lang, "format.crs.unlike_proj")));
    }
    Ok(system)
}

fn of_numbers(numbers: Vec<f64>) -> Result<Helmert, Refusal> {
    let mut seven = [0.0; 7];
    if numbers.len() != 3 && numbers.len() != 7 {
        return Err(no_wkt());
    }
    seven[..numbers.len()].copy_from_slice(&numbers);
    Ok(Helmert(seven))
}

/// The shift of a `BOUNDCRS`: three or seven parameters to a system that lies as WGS 84 does.
fn of_bound(bound: &Node<'_>) -> Result<Helmert, Refusal> {
    let way = bound.child(&["ABRIDGEDTRANSFORMATION"]).ok_or_else(no_wkt)?;
    let target = bound.child(&["TARGETCRS"]).and_then(|target| target.nodes().next()).ok_or_else(no_wkt)?;
    let target = system_of(target)?;
    let method = plain(way.child(&["METHOD"]).map(Node::name).unwrap_or_default());
    let unknown = || refusal(|lang| tr!(lang, "format.crs.wkt.bound"));
    let sign = if method.starts_with("coordinateframe") {
        -1.0
    } else if method.starts_with("positionvector") || method.starts_with("geocentrictranslations") {
        1.0
    } else {
        return Err(unknown());
    };
    if target.shift != Shift::None || !target.is_degrees() {
        return Err(unknown());
    }
    let mut seven = [0.0; 7];
    for parameter in way.nodes().filter(|n| n.key == "PARAMETER") {
        let value = parameter.numbers().next().ok_or_else(no_wkt)?;
        let unit = parameter.child(&["LENGTHUNIT", "ANGLEUNIT", "SCALEUNIT", "UNIT"]).and_then(|u| u.numbers().next());
        let second = (1.0f64 / 3600.0).to_radians();
        let (at, value) = match plain(parameter.name()).as_str() {
            "xaxistranslation" => (0, value * unit.unwrap_or(1.0)),
            "yaxistranslation" => (1, value * unit.unwrap_or(1.0)),
            "zaxistranslation" => (2, value * unit.unwrap_or(1.0)),
            "xaxisrotation" => (3, sign * value * unit.unwrap_or(second) / second),
            "yaxisrotation" => (4, sign * value * unit.unwrap_or(second) / second),
            "zaxisrotation" => (5, sign * value * unit.unwrap_or(second) / second),
            "scaledifference" => match unit {
                // A ratio near 1, as PROJ writes it, or a difference in its unit or in parts per million.
                Some(1.0) | None if (value - 1.0).abs() < 1e-2 => (6, (value - 1.0) * 1e6),
                Some(unit) => (6, value * unit * 1e6),
                None => (6, value),
            },
            _ => return Err(unknown()),
        };
        // Values in seconds that went through radians and back.
        seven[at] = (value * 1e9).round() / 1e9;
    }
    Ok(Helmert(seven))
}

fn system_of(node: &Node<'_>) -> Result<System, Refusal> {
    match node.epsg().map(epsg::system) {
        Some(Ok(system)) => Ok(system),
        _ => with_shift(by_parameters(node)?, node, None),
    }
}
