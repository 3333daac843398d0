//! PROJ strings to parameters. What is not understood is refused, never passed over.

use super::datum::{Ellipsoid, Helmert};
use super::error::{Refusal, refusal};
use super::system::{Projection, SecretDatum, Shift, System};
use super::tmerc::TmParameters;
use crate::i18n::tr;

/// Methods of proj4rs that agree with PROJ to less than a millimetre in the areas of all EPSG systems that use them. Others are
/// metres off (krovak), some millimetres (laea, cea, eqearth: a shorter series of the authalic latitude), or were not measured.
const METHODS: [&str; 10] = ["lcc", "aea", "stere", "sterea", "merc", "cass", "omerc", "eqc", "poly", "somerc"];

/// Parameters that the library understands, beyond those that are read here.
const OF_THE_LIBRARY: [&str; 18] = [
    "lat_0", "lon_0", "lat_1", "lat_2", "lat_ts", "k", "k_0", "x_0", "y_0", "alpha", "gamma", "lonc", "units",
    "to_meter", "pm", "axis", "no_uoff", "no_off",
];

/// Of the ellipsoid and the datum, and what changes nothing in the plane.
const OF_THE_DATUM: [&str; 8] = ["ellps", "a", "b", "rf", "f", "R", "datum", "towgs84"];
const WITHOUT_EFFECT: [&str; 7] = ["no_defs", "type", "wktext", "vunits", "geoidgrids", "geoid_crs", "approx"];

/// Parameters by name; the first of two of one name counts, as in PROJ.
struct Words<'a>(Vec<(&'a str, Option<&'a str>)>);

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        let word = |w: &'a str| {
            let w = w.strip_prefix('+').unwrap_or(w);
            w.split_once('=').map_or((w, None), |(name, value)| (name, Some(value)))
        };
        Self(text.split_ascii_whitespace().map(word).collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(own, _)| *own == name).and_then(|(_, value)| *value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| *own == name)
    }

    fn number(&self, name: &str) -> Result<Option<f64>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        number(text).map(Some).ok_or_else(|| bad_value(name, text))
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|v| v.is_finite())
}

fn bad_value(name: &str, value: &str) -> Refusal {
    let word = format!("+{name}={value}");
    refusal(|lang| tr!(lang, "format.crs.bad_value", word = word))
}

/// A system from a PROJ string.
///
/// # Errors
/// Where it has parameters that are not known, or a method that is not reliable. A shift that is not said is
/// [`Shift::Secret`], for others to judge.
pub(super) fn read(text: &str) -> Result<System, Refusal> {
    let words = Words::new(text);
    let method = words.get("proj").ok_or_else(|| refusal(|lang| tr!(lang, "format.crs.no_method")))?;
    let (ellipsoid, shift) = datum(&words)?;
    let known = |more: &[&str]| {
        let of = |name: &str| {
            ["proj", "nadgrids"].contains(&name)
                || OF_THE_DATUM.contains(&name)
                || WITHOUT_EFFECT.contains(&name)
                || more.contains(&name)
        };
        match words.0.iter().find(|(name, _)| !of(name)) {
            Some((name, _)) => {
                Err(refusal(|lang| tr!(lang, "format.crs.unknown_parameter", name = format!("+{name}"))))
            }
            None => Ok(()),
        }
    };
    let is_plain = !words.has("pm") && !words.has("axis") && matches!(words.get("units"), None | Some("m"));
    let is_plain = is_plain && words.number("to_meter")?.is_none_or(|v| v == 1.0);
    let projection = match method {
        "longlat" | "latlong" | "lonlat" | "latlon" if is_plain || words.get("units") == Some("degrees") => {
            known(&["units", "to_meter", "lon_0", "lat_0"])?;
            if words.number("lon_0")?.unwrap_or(0.0) != 0.0 {
                return Err(bad_value("lon_0", words.get("lon_0").unwrap_or_default()));
            }
            Projection::Geographic
        }
        "tmerc" | "etmerc" if is_plain && ellipsoid.f > 0.0 => {
            known(&["lat_0", "lon_0", "k", "k_0", "x_0", "y_0", "units", "to_meter"])?;
            Projection::TransverseMercator(transverse(&words)?)
        }
        "utm" if is_plain && ellipsoid.f > 0.0 => {
            known(&["zone", "south", "units", "to_meter"])?;
            let text = words.get("zone").unwrap_or_default();
            let zone = text.parse::<u8>().ok().filter(|z| (1..=60).contains(z));
            let zone = zone.ok_or_else(|| bad_value("zone", text))?;
            Projection::TransverseMercator(utm(zone, words.has("south")))
        }
        "merc" | "webmerc" if is_web_mercator(&words, ellipsoid, method)? => {
            known(&["lat_ts", "lon_0", "x_0", "y_0", "k", "k_0", "units", "to_meter"])?;
            return Ok(System::WEB_MERCATOR);
        }
        "tmerc" | "etmerc" | "utm" | "longlat" | "latlong" => {
            // Feet, other prime meridians, axes to the south: the library's matter, but for degrees, which it would take for radians.
            if method.contains("long") || ellipsoid.f <= 0.0 {
                return Err(refusal(|lang| tr!(lang, "format.crs.method", method = method)));
            }
            known(&OF_THE_LIBRARY.iter().copied().chain(["zone", "south"]).collect::<Vec<_>>())?;
            Projection::Library(without_shift(&words))
        }
        _ if METHODS.contains(&method) => {
            known(&OF_THE_LIBRARY)?;
            Projection::Library(without_shift(&words))
        }
        "geocent" | "cart" => return Err(refusal(|lang| tr!(lang, "format.crs.geocentric"))),
        _ => return Err(refusal(|lang| tr!(lang, "format.crs.method", method = method))),
    };
    if let Projection::Library(text) = &projection
        && let Err(e) = proj4rs::Proj::from_proj_string(text)
    {
        return Err(refusal(|lang| tr!(lang, "format.crs.library", cause = e.to_string())));
    }
    Ok(System { ellipsoid, shift, projection })
}

fn transverse(words: &Words<'_>) -> Result<TmParameters, Refusal> {
    let scale = match words.number("k_0")? {
        Some(k) => k,
        None => words.number("k")?.unwrap_or(1.0),
    };
    let of = |name: &str| words.number(name).map(|v| v.unwrap_or(0.0));
    // PROJ writes 0.9996 as 0.9996000000000000x in old files.
    let k = (scale * 1e13).round() / 1e13;
    let tm = TmParameters { lon_0: of("lon_0")?, lat_0: of("lat_0")?, k, x_0: of("x_0")?, y_0: of("y_0")? };
    let wrong = if tm.lon_0.abs() > 360.0 {
        Some("lon_0")
    } else if tm.lat_0.abs() > 90.0 {
        Some("lat_0")
    } else if !(0.5..2.0).contains(&k) {
        Some("k")
    } else {
        None
    };
    match wrong {
        Some(name) => Err(bad_value(name, words.get(name).unwrap_or_default())),
        None => Ok(tm),
    }
}

/// The projection of a zone of UTM, from 1 to 60.
pub(super) fn utm(zone: u8, is_south: bool) -> TmParameters {
    let y_0 = if is_south { 10_000_000.0 } else { 0.0 };
    TmParameters { lon_0: f64::from(zone) * 6.0 - 183.0, lat_0: 0.0, k: 0.9996, x_0: 500_000.0, y_0 }
}

/// True for Mercator on the sphere of WGS 84's semi-major axis that keeps the ellipsoid's degrees.
fn is_web_mercator(words: &Words<'_>, ellipsoid: Ellipsoid, method: &str) -> Result<bool, Refusal> {
    let zero = |name: &str| words.number(name).map(|v| v.unwrap_or(0.0) == 0.0);
    let scale = words.number("k")?.or(words.number("k_0")?).unwrap_or(1.0);
    let on_sphere = ellipsoid.a == 6_378_137.0 && ellipsoid.f == 0.0 || method == "webmerc";
    let is_metres = matches!(words.get("units"), None | Some("m")) && !words.has("pm") && !words.has("axis");
    Ok(on_sphere && is_metres && scale == 1.0 && zero("lat_ts")? && zero("lon_0")? && zero("x_0")? && zero("y_0")?)
}

/// The ellipsoid, and how it lies to WGS 84.
fn datum(words: &Words<'_>) -> Result<(Ellipsoid, Shift), Refusal> {
    let mut is_sphere = false;
    let named = words.get("datum");
    let ellipsoid = if let Some(radius) = words.number("R")? {
        is_sphere = true;
        Ellipsoid::by_inverse(radius, 0.0)
    } else if let Some(a) = words.number("a")? {
        shaped(words, a)?
    } else if let Some(name) = words.get("ellps") {
        is_sphere = name.eq_ignore_ascii_case("sphere");
        named_ellipsoid(name).ok_or_else(|| bad_value("ellps", name))?
    } else if named.is_some_and(|d| d.eq_ignore_ascii_case("NAD83")) {
        Ellipsoid::GRS80
    } else {
        Ellipsoid::WGS84
    };
    if !(ellipsoid.a > 1e6 && ellipsoid.a < 1e7 && (0.0..0.02).contains(&ellipsoid.f)) {
        return Err(refusal(|lang| tr!(lang, "format.crs.ellipsoid")));
    }
    let has_ellipsoid = ["R", "a", "ellps"].iter().any(|name| words.has(name));
    let shift = if let Some(grids) = words.get("nadgrids") {
        if grids != "@null" {
            return Err(refusal(|lang| tr!(lang, "format.crs.grids", name = grids)));
        }
        Shift::None
    } else if let Some(text) = words.get("towgs84") {
        helmert(text)?
    } else if let Some(name) = named {
        match name.to_ascii_uppercase().as_str() {
            "WGS84" | "NAD83" => Shift::None,
            _ => Shift::Secret(SecretDatum::Other),
        }
    } else if ellipsoid.is_modern() && has_ellipsoid || is_sphere {
        Shift::None
    } else {
        Shift::Secret(secret_datum(ellipsoid))
    };
    Ok((ellipsoid, shift))
}

/// Which datum an ellipsoid of China tells of.
fn secret_datum(ellipsoid: Ellipsoid) -> SecretDatum {
    if ellipsoid.is_like(Ellipsoid::XIAN80) { SecretDatum::Xian80 } else { SecretDatum::Other }
}

fn shaped(words: &Words<'_>, a: f64) -> Result<Ellipsoid, Refusal> {
    Ok(if let Some(rf) = words.number("rf")? {
        Ellipsoid::by_inverse(a, rf)
    } else if let Some(f) = words.number("f")? {
        Ellipsoid { a, f }
    } else if let Some(b) = words.number("b")? {
        // Minor axes are printed to a tenth of a micrometre; the inverse flattening is what was meant.
        let inverse = if a == b { 0.0 } else { a / (a - b) };
        let rounded = (inverse * 1e6).round() / 1e6;
        Ellipsoid::by_inverse(a, if (inverse - rounded).abs() < 2e-7 { rounded } else { inverse })
    } else {
        Ellipsoid::by_inverse(a, 0.0)
    })
}

fn named_ellipsoid(name: &str) -> Option<Ellipsoid> {
    const NAMED: [(&str, f64, f64); 18] = [
        ("WGS72", 6_378_135.0, 298.26),
        ("GRS67", 6_378_160.0, 298.247_167_427),
        ("aust_SA", 6_378_160.0, 298.25),
        ("airy", 6_377_563.396, 299.324_964_6),
        ("bessel", 6_377_397.155, 299.152_812_8),
        ("bess_nam", 6_377_483.865, 299.152_812_8),
        ("clrk80", 6_378_249.145, 293.466_3),
        ("clrk80ign", 6_378_249.2, 293.466_021_293_626_9),
        ("evrst30", 6_377_276.345, 300.801_7),
        ("helmert", 6_378_200.0, 298.3),
        ("intl", 6_378_388.0, 297.0),
        ("clrk66", 6_378_206.4, 294.978_698_213_898_2),
        ("evrstSS", 6_377_298.556, 300.801_7),
        ("mod_airy", 6_377_340.189, 299.324_964_6),
        ("WGS66", 6_378_145.0, 298.25),
        ("NWL9D", 6_378_145.0, 298.25),
        ("GSK2011", 6_378_136.5, 298.256_415_1),
        ("PZ90", 6_378_136.0, 298.257_84),
    ];
    match name.to_ascii_lowercase().as_str() {
        "grs80" => Some(Ellipsoid::GRS80),
        "wgs84" => Some(Ellipsoid::WGS84),
        "krass" => Some(Ellipsoid::KRASSOWSKY),
        "sphere" => Some(Ellipsoid::by_inverse(6_370_997.0, 0.0)),
        lower => {
            let found = NAMED.iter().find(|(own, ..)| own.eq_ignore_ascii_case(lower));
            found.map(|(_, a, rf)| Ellipsoid::by_inverse(*a, *rf))
        }
    }
}

/// The shift of `+towgs84`: three or seven numbers.
fn helmert(text: &str) -> Result<Shift, Refusal> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|v| number(v.trim())).collect();
    let mut seven = [0.0; 7];
    match numbers {
        Some(n) if n.len() == 3 || n.len() == 7 => seven[..n.len()].copy_from_slice(&n),
        _ => return Err(bad_value("towgs84", text)),
    }
    let helmert = Helmert(seven);
    Ok(if helmert.is_zero() { Shift::None } else { Shift::Helmert(helmert) })
}

/// The string without what says how its datum lies: the library projects, the shift is ours.
fn without_shift(words: &Words<'_>) -> String {
    let mut out = String::new();
    for (name, value) in &words.0 {
        let replaced = match (*name, *value) {
            ("towgs84" | "nadgrids" | "vunits" | "geoidgrids" | "geoid_crs" | "approx" | "type" | "wktext", _) => {
                continue;
            }
            ("datum", Some(v)) if v.eq_ignore_ascii_case("NAD83") => "+ellps=GRS80".to_owned(),
            ("datum", _) => "+ellps=WGS84".to_owned(),
            (name, Some(value)) => format!("+{name}={value}"),
            (name, None) => format!("+{name}"),
        };
        out.push_str(&replaced);
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// Degrees on the same ellipsoid as a string of [`without_shift`].
pub(super) fn on_its_ellipsoid(text: &str) -> String {
    let words = Words::new(text);
    let own = words.0.iter().filter(|(name, _)| OF_THE_DATUM.contains(name));
    let own: Vec<String> = own.map(|(name, value)| format!("+{name}={}", value.unwrap_or_default())).collect();
    format!("+proj=longlat {} +no_defs", own.join(" "))
}
