//! Cases in the form of JTS's tests put to this program.
//!
//! A case is moved to its middle where that changes no coordinate by rounding, and made smaller or larger by a power of
//! two, which never rounds, until it reaches at most 2⁻⁵ degrees from longitude and latitude 0. So what touches or stands in
//! one line still does, and there a square degree is worth the same everywhere to 2 parts in ten million: expected areas
//! are those of the plane times a constant. A place like 121° E 31° N would round every coordinate.

use super::wkt::{Shape, read};
use super::xml::{Element, parse};
use crate::common::{answer, layer_of};
use shanshui::index::{IndexedLayer, nearest_feature};
use shanshui::model::ProblemKind;
use shanshui::progress::Progress;
use shanshui::query::expression::Expression;
use shanshui::query::{AuditBy, Figures, Question, audit, meeting};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Metres to a degree on the equator, eastward and northward.
const M_PER_DEG: [f64; 2] = [111_319.490_793, 110_574.275_822];
/// Coordinates reach to at most this power of two of a degree.
const REACH: i32 = -5;
/// Distances are written to 0.1 mm: less than half of that is none.
const NO_DISTANCE_M: f64 = 5e-5;

/// What one operation of a case gave otherwise than expected.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Folder and file, the case's number, the operation: `general/TestValid.xml 50 isvalid`.
    pub key: String,
    /// What the program says.
    pub found: String,
    /// What the file says.
    pub expected: String,
}

/// What became of files of cases.
#[derive(Debug, Default)]
pub struct Tally {
    /// By operation, how many were compared.
    pub compared: BTreeMap<String, usize>,
    /// By operation and cause, how many were not.
    pub skipped: BTreeMap<String, usize>,
    /// Those that differ.
    pub differences: Vec<Difference>,
}

/// Where a case is put: moved by `middle`, then multiplied by a power of two.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Placement {
    middle: [f64; 2],
    scale: f64,
}

impl Placement {
    fn of(positions: &[[f64; 2]]) -> Option<Self> {
        if positions.iter().flatten().any(|v| !v.is_finite()) {
            return None;
        }
        let middle = [0, 1].map(|axis| middle(positions.iter().map(|p| p[axis])));
        let reach =
            positions.iter().flat_map(|p| [p[0] - middle[0], p[1] - middle[1]]).fold(0.0, |m: f64, v| m.max(v.abs()));
        let scale = if reach > 0.0 { 2.0_f64.powi(REACH - reach.log2().ceil() as i32) } else { 1.0 };
        Some(Self { middle, scale })
    }

    fn put(&self, shape: &Shape) -> Shape {
        shape.map(|p| [(p[0] - self.middle[0]) * self.scale, (p[1] - self.middle[1]) * self.scale])
    }
}

/// A round number near the middle of values that can be subtracted from each of them without rounding; else 0.
fn middle(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (min, max) = values.clone().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let half = (max - min) / 2.0;
    let unit = if half > 0.0 { 2.0_f64.powi(half.log2().floor() as i32) } else { 1.0 };
    let middle = ((min + half) / unit).round() * unit;
    // The error of a difference (Knuth's two-sum).
    let is_exact = |v: f64| {
        let difference = v - middle;
        let back = v - difference;
        (v - (difference + back)) + (back - middle) == 0.0
    };
    if middle.is_finite() && values.clone().all(is_exact) { middle } else { 0.0 }
}

/// One of a case's two geometries.
struct Side {
    shape: Shape,
    layer: Arc<IndexedLayer>,
}

impl Side {
    fn has(&self, is_it: impl Fn(&ProblemKind) -> bool) -> bool {
        self.layer.layer().problems.iter().any(|problem| is_it(&problem.kind))
    }

    fn is_left_out(&self) -> bool {
        self.layer.layer().unusable[0] || self.has(|kind| matches!(kind, ProblemKind::PartsLeftOut { .. }))
    }

    fn area_m2(&self) -> f64 {
        self.shape.area() * M_PER_DEG[0] * M_PER_DEG[1]
    }

    fn perimeter_m(&self) -> f64 {
        self.shape.perimeter() * M_PER_DEG[0]
    }
}

struct Case {
    placement: Placement,
    sides: [Option<Side>; 2],
    /// The step of the grid that results are rounded to, in the case's own coordinates; 0 without one.
    unit: f64,
}

impl Case {
    fn new(element: &Element, unit: f64) -> Option<Self> {
        let shapes = ["a", "b"].map(|side| {
            let shapes = element.child(side).map(|side| read(&side.text)).and_then(Result::ok)?;
            // A collection is no feature of one type.
            <[Shape; 1]>::try_from(shapes).ok().map(|[shape]| shape).filter(|shape| !shape.is_empty())
        });
        let positions: Vec<[f64; 2]> = shapes.iter().flatten().flat_map(|shape| shape.positions()).collect();
        let placement = Placement::of(&positions)?;
        let sides = shapes.map(|shape| {
            let shape = placement.put(&shape?);
            let layer = layer_of(&[shape.geojson()]);
            Some(Side { shape, layer })
        });
        Some(Self { placement, sides, unit })
    }

    /// The geometry that an argument names.
    fn side(&self, op: &Element, argument: &str, otherwise: &str) -> Result<&Side, &'static str> {
        let name = op.attribute(argument).unwrap_or(otherwise);
        let side = if name.eq_ignore_ascii_case("a") { &self.sides[0] } else { &self.sides[1] };
        side.as_ref().ok_or("a geometry that is empty or no feature")
    }
}

/// What an operation gave.
struct Found {
    what: String,
    agrees: bool,
    found: String,
    expected: String,
}

impl Found {
    fn yes_or_no(what: impl Into<String>, found: bool, expected: bool) -> Self {
        Self { what: what.into(), agrees: found == expected, found: found.to_string(), expected: expected.to_string() }
    }
}

/// Puts a file's cases to the program.
///
/// # Errors
/// What is wrong with the file.
pub fn judge(name: &str, text: &str, tally: &mut Tally) -> Result<(), String> {
    let run = parse(text)?;
    let step = |text: &str| text.trim().parse::<f64>().ok().map(|scale| if scale < 0.0 { -scale } else { 1.0 / scale });
    let unit = run.child("precisionModel").and_then(|model| step(model.attribute("scale")?)).unwrap_or(0.0);
    for (i, element) in run.all("case").enumerate() {
        let mut case = Case::new(element, unit);
        for op in element.all("test").filter_map(|test| test.child("op")) {
            let Some(operation) = op.attribute("name").map(str::to_lowercase) else { continue };
            let judged = match &mut case {
                None => Err("coordinates that are no numbers"),
                Some(case) => {
                    // Of the operations that take one, the third argument is the scale of a grid.
                    let own = op.attribute("arg3").filter(|_| operation.ends_with("ng") || operation.ends_with("sr"));
                    case.unit = own.and_then(step).unwrap_or(unit);
                    judged(case, op, &operation)
                }
            };
            let judged = match judged {
                Ok(judged) => judged,
                Err(cause) => {
                    *tally.skipped.entry(format!("{operation}: {cause}")).or_default() += 1;
                    continue;
                }
            };
            for found in judged {
                *tally.compared.entry(found.what.clone()).or_default() += 1;
                if !found.agrees {
                    let key = format!("{name} {} {}", i + 1, found.what);
                    tally.differences.push(Difference { key, found: found.found, expected: found.expected });
                }
            }
        }
    }
    Ok(())
}

fn judged(case: &Case, op: &Element, operation: &str) -> Result<Vec<Found>, &'static str> {
    let expected = op.text.trim();
    if operation == "isvalid" {
        let side = case.side(op, "arg1", "A")?;
        let is_sound = !side.is_left_out() && !side.has(|kind| matches!(kind, ProblemKind::PartsOverlap { .. }));
        return Ok(vec![Found::yes_or_no("isvalid", is_sound, expected.eq_ignore_ascii_case("true"))]);
    }
    let overlay = operation.trim_end_matches("ng").trim_end_matches("sr");
    if matches!(overlay, "intersection" | "union" | "difference" | "symdifference") {
        return overlaid(case, op, overlay).map(|found| vec![found]);
    }
    let relations = relations(operation, expected, op.attribute("arg3"))?;
    let (a, b) = (case.side(op, "arg1", "A")?, case.side(op, "arg2", "B")?);
    if a.is_left_out() || b.is_left_out() {
        return Err("a geometry that is left out");
    }
    let mut all = Vec::new();
    for (relation, expected) in relations {
        if relation == "intersects" {
            let meets = meeting(&a.layer, &b.layer, &Progress::default()).map_err(|_| "stopped")?;
            all.push(Found::yes_or_no("meets", !meets.is_empty(), expected));
            let nearest = nearest_feature(a.layer.layer(), 0, &b.layer, f64::INFINITY).ok_or("nothing is near")?;
            all.push(Found {
                what: "distance".to_owned(),
                agrees: (nearest.distance_m < NO_DISTANCE_M) == expected,
                found: format!("{} m", nearest.distance_m),
                expected: if expected { "0 m" } else { "more than 0 m" }.to_owned(),
            });
        }
        let text = format!("S_{}(geometry, {})", relation.to_uppercase(), b.shape.text());
        let rows = Expression::parse(&text).and_then(|expression| expression.rows(&a.layer));
        all.push(match rows {
            Ok(rows) => Found::yes_or_no(relation, !rows.is_empty(), expected),
            Err(e) => {
                Found { what: relation.to_owned(), agrees: false, found: e.to_string(), expected: expected.to_string() }
            }
        });
    }
    Ok(all)
}

/// The relations that an operation decides, and how.
fn relations(operation: &str, expected: &str, matrix: Option<&str>) -> Result<Vec<(&'static str, bool)>, &'static str> {
    let is_true = expected.eq_ignore_ascii_case("true");
    Ok(match operation {
        "intersects" => vec![("intersects", is_true)],
        "disjoint" => vec![("intersects", !is_true)],
        "distance" => vec![("intersects", expected.parse::<f64>().map_err(|_| "no number")? == 0.0)],
        "contains" => vec![("contains", is_true)],
        "within" => vec![("within", is_true)],
        "touches" => vec![("touches", is_true)],
        "crosses" => vec![("crosses", is_true)],
        "overlaps" => vec![("overlaps", is_true)],
        "equalstopo" => vec![("equals", is_true)],
        // A matrix that is given whole (DE-9IM) decides more than one.
        "relate" => {
            let matrix = matrix.unwrap_or("").to_uppercase();
            if !is_true || matrix.len() != 9 || !matrix.bytes().all(|b| matches!(b, b'0'..=b'2' | b'F')) {
                return Err("not the whole matrix");
            }
            let is_empty = |i: usize| matrix.as_bytes()[i] == b'F';
            vec![
                ("intersects", [0, 1, 3, 4].into_iter().any(|i| !is_empty(i))),
                ("contains", !is_empty(0) && is_empty(6) && is_empty(7)),
                ("within", !is_empty(0) && is_empty(2) && is_empty(5)),
            ]
        }
        _ => return Err("an operation that is not compared"),
    })
}

/// The area of an overlay: of `overlap`, or of what an audit calls lost and gained.
fn overlaid(case: &Case, op: &Element, overlay: &str) -> Result<Found, &'static str> {
    let (a, b) = (case.side(op, "arg1", "A")?, case.side(op, "arg2", "B")?);
    if !a.shape.is_area() || !b.shape.is_area() {
        return Err("no areas");
    }
    if a.is_left_out() || b.is_left_out() {
        return Err("a geometry that is left out");
    }
    let shapes = read(&op.text).map_err(|_| "a result that is not read")?;
    let expected: f64 = shapes.iter().map(|shape| case.placement.put(shape).area()).sum();
    let expected_m2 = expected * M_PER_DEG[0] * M_PER_DEG[1];
    let found_m2 = if overlay == "intersection" {
        match answer(&Question::Overlap, &a.layer, Some(&b.layer)).summary.figures {
            Figures::Overlap { overlap_m2, slivers_m2, .. } => overlap_m2 + slivers_m2,
            _ => return Err("other figures"),
        }
    } else {
        let audit = audit(&a.layer, &b.layer, &AuditBy::default(), &Progress::default()).map_err(|_| "no audit")?;
        let (lost_m2, gained_m2) = (audit.lost_m2 + audit.slivers_lost_m2, audit.gained_m2 + audit.slivers_gained_m2);
        match overlay {
            "difference" => lost_m2,
            "symdifference" => lost_m2 + gained_m2,
            _ => lost_m2 + audit.after_m2,
        }
    };
    // A grid moves a border by up to a step; ours by less than 10 µm.
    let step_m = case.unit * case.placement.scale * M_PER_DEG[0] + 1e-5;
    let tolerance_m2 = 1e-6 * (a.area_m2() + b.area_m2()) + step_m * (a.perimeter_m() + b.perimeter_m()) + 1e-3;
    Ok(Found {
        what: overlay.to_owned(),
        agrees: (found_m2 - expected_m2).abs() <= tolerance_m2,
        found: format!("{found_m2} m²"),
        expected: format!("{expected_m2} m² ± {tolerance_m2}"),
    })
}

#[test]
fn cases_are_put_where_nothing_rounds() {
    let placed = |positions: &[[f64; 2]]| Placement::of(positions).expect("numbers");
    // The middle of what is far off is taken away: the rest is whole.
    let far = placed(&[[600_000.5, 6_300_000.0], [600_100.5, 6_300_100.0]]);
    assert!(far.middle[0] > 599_000.0 && far.middle[1] > 6_299_000.0 && far.scale.log2().fract() == 0.0, "{far:?}");
    // Where that would round, nothing is moved.
    let mixed = placed(&[[1e-17, 0.0], [3.0, 1.0]]);
    assert_eq!(mixed.middle[0], 0.0);
    assert!(Placement::of(&[[f64::NAN, 0.0]]).is_none());
    assert_eq!(placed(&[[5.0, 5.0]]), Placement { middle: [5.0, 5.0], scale: 1.0 });
}
