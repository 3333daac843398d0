//! Cutting and joining regions: i_overlay's i64 engine in a local plane, non-zero winding.
//!
//! Every ring is oriented before it is handed over (exterior counter-clockwise, holes clockwise), so that
//! members that overlap count as both, never as neither. The plane is centred on what is cut; its grid
//! is an eighth of a micrometre.

use super::cutter::cut;
use crate::geodesy::{GridBox, LocalFrame, LonLat, LonLatBox, groups_apart, is_clockwise, ring_area_m2};
use crate::index::GridPoint;
use crate::model::{Layer, Part};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::integer::OverlayInt;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use rayon::prelude::*;

/// Grid steps to a metre.
pub(super) const STEPS_PER_M: f64 = 8_388_608.0;

/// The whole number nearest to one below 2⁵¹ (a quarter of a million kilometres in steps): the sum with this has no bits
/// left for a fraction. A tenth of the time of `round`, which is a call where the processor may be an old one.
fn nearest_whole(v: f64) -> i64 {
    const NO_FRACTION: f64 = 6_755_399_441_055_744.0;
    ((v + NO_FRACTION) - NO_FRACTION) as i64
}

/// What is done with a subject and what clips it, both under the non-zero rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// The subject joined with itself; nothing clips it.
    Union,
    /// What both cover.
    Intersection,
    /// The subject without what clips it.
    Difference,
}

impl Operation {
    pub(super) fn rule(self) -> OverlayRule {
        match self {
            Self::Union => OverlayRule::Subject,
            Self::Intersection => OverlayRule::Intersect,
            Self::Difference => OverlayRule::Difference,
        }
    }
}

/// A closed contour on the grid, without a repeated last position.
pub(super) type Contour = Vec<IntPoint<i64>>;

/// Polygons as rings of positions: exterior counter-clockwise, holes clockwise, not closed.
pub type Polygons = Vec<Vec<Vec<LonLat>>>;

/// A local plane with its grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    frame: LocalFrame,
}

impl Plane {
    /// The plane about the middle of a box.
    pub(super) fn about(area: &LonLatBox) -> Self {
        Self { frame: LocalFrame::at(area.center()) }
    }

    /// Where its grid begins.
    pub(super) fn middle(&self) -> LonLat {
        self.frame.origin()
    }

    /// A position on the grid.
    pub(super) fn point(&self, p: LonLat) -> IntPoint<i64> {
        let [x, y] = self.frame.to_xy(p);
        IntPoint { x: nearest_whole(x * STEPS_PER_M), y: nearest_whole(y * STEPS_PER_M) }
    }

    /// Metres east and north of the middle at a point of the grid.
    pub(super) fn metres(&self, p: &IntPoint<i64>) -> [f64; 2] {
        [p.x as f64 / STEPS_PER_M, p.y as f64 / STEPS_PER_M]
    }

    /// A ring as a contour, counter-clockwise or clockwise as asked, whichever way it came.
    pub(super) fn contour(&self, ring: &[LonLat], winding: Winding) -> Contour {
        let open = match ring {
            [first, .., last] if first == last => &ring[..ring.len() - 1],
            _ => ring,
        };
        let mut contour: Contour = open.iter().map(|p| self.point(*p)).collect();
        if is_clockwise(open) == (winding == Winding::CounterClockwise) {
            contour.reverse();
        }
        contour
    }

    /// A row's polygons as contours, clipped to `window` where it is much larger than that.
    pub(super) fn row(&self, layer: &Layer, row: usize, window: &LonLatBox, out: &mut Vec<Contour>) {
        for part in layer.geometries.parts(row) {
            self.part(&part, window, out);
        }
    }

    fn part(&self, part: &Part<'_>, window: &LonLatBox, out: &mut Vec<Contour>) {
        for (i, ring) in part.paths().enumerate() {
            let winding = if i == 0 { Winding::CounterClockwise } else { Winding::Clockwise };
            out.extend(self.ring_in(ring, winding, window));
        }
    }

    /// A ring as a contour, clipped to `window` where it is much larger than that; `None` where nothing is left.
    pub(super) fn ring_in(&self, ring: &[LonLat], winding: Winding, window: &LonLatBox) -> Option<Contour> {
        if ring.len() <= CLIP_ABOVE {
            return Some(self.contour(ring, winding)).filter(|contour| contour.len() >= 3);
        }
        let near = window.near_ring(ring);
        let mut contour: Contour = near.iter().map(|p| self.point(*p)).collect();
        if is_clockwise(ring) == (winding == Winding::CounterClockwise) {
            contour.reverse();
        }
        clip_contour(contour, self.point(window.min), self.point(window.max))
    }

    /// A row's ground: its polygons joined.
    pub(super) fn ground(&self, layer: &Layer, row: usize) -> Polygons {
        let mut contours = Vec::new();
        self.row(layer, row, &layer.geometries.bounds(row), &mut contours);
        self.overlay(&contours, &[], Operation::Union)
    }

    /// Polygons as contours.
    pub(super) fn polygons(&self, polygons: &Polygons, out: &mut Vec<Contour>) {
        for (i, ring) in polygons.iter().flat_map(|rings| rings.iter().enumerate()) {
            out.push(self.contour(ring, if i == 0 { Winding::CounterClockwise } else { Winding::Clockwise }));
        }
    }

    /// Runs one overlay; the result as polygons in longitude and latitude.
    pub(super) fn overlay(&self, subject: &[Contour], clip: &[Contour], operation: Operation) -> Polygons {
        self.positions(&overlay(subject, clip, operation))
    }

    /// Polygons of the grid in longitude and latitude.
    pub(super) fn positions(&self, polygons: &[Vec<Contour>]) -> Polygons {
        let ring = |contour: &Contour| contour.iter().map(|p| self.position(p)).collect();
        polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect()
    }

    /// The box of contours in longitude and latitude.
    pub(super) fn bounds<'c>(&self, contours: impl IntoIterator<Item = &'c Contour>) -> LonLatBox {
        let (mut min, mut max) = (IntPoint { x: i64::MAX, y: i64::MAX }, IntPoint { x: i64::MIN, y: i64::MIN });
        for p in contours.into_iter().flatten() {
            min = IntPoint { x: min.x.min(p.x), y: min.y.min(p.y) };
            max = IntPoint { x: max.x.max(p.x), y: max.y.max(p.y) };
        }
        if min.x > max.x {
            return LonLatBox::EMPTY;
        }
        LonLatBox { min: self.position(&min), max: self.position(&max) }
    }

    /// Contours clipped to a box; those that miss it are dropped. The new corners stand on the box's border, so what
    /// is cut inside the box must keep clear of it.
    pub(super) fn clipped(&self, contours: Vec<Contour>, window: &LonLatBox) -> Vec<Contour> {
        let (min, max) = (self.point(window.min), self.point(window.max));
        contours.into_iter().filter_map(|contour| clip_contour(contour, min, max)).collect()
    }

    /// What contours wind round of a box that they were clipped to, where that is all of it or nothing; `None` where it
    /// needs cutting. Contours that run clockwise are holes in others.
    pub(super) fn all_or_nothing(&self, contours: &[Contour], window: &LonLatBox) -> Option<AllOrNothing> {
        let (min, max) = (self.point(window.min), self.point(window.max));
        let (mut around, mut is_cut, mut has_holes) = (0, false, false);
        for contour in contours {
            let way = twice_area(contour).signum();
            if runs_along(contour, min, max) {
                around += way;
            } else {
                is_cut = true;
                has_holes |= way < 0;
            }
        }
        match (around, is_cut) {
            (0, false) => Some(AllOrNothing::Nothing),
            (1.., _) if !has_holes => Some(AllOrNothing::All),
            (_, false) => Some(AllOrNothing::All),
            _ => None,
        }
    }

    /// The position of a point of the grid.
    pub(super) fn position(&self, p: &IntPoint<i64>) -> LonLat {
        self.frame.to_lon_lat(self.metres(p))
    }
}

/// One overlay on the grid: polygons as exteriors, counter-clockwise, and the holes in them.
pub(super) fn overlay(subject: &[Contour], clip: &[Contour], operation: Operation) -> Vec<Vec<Contour>> {
    if subject.is_empty() {
        return Vec::new();
    }
    let Some(polygons) = cut(subject, clip, operation) else { return swept(subject, clip, operation) };
    let ring = |ring: Vec<[f64; 2]>| {
        ring.into_iter().map(|[x, y]| IntPoint { x: nearest_whole(x), y: nearest_whole(y) }).collect()
    };
    polygons.into_iter().map(|rings| rings.into_iter().map(ring).collect()).collect()
}

/// An overlay by i_overlay, whatever touches. What fits a grid of 32 bits that is hardly coarser is cut on it, in half
/// the time; what lies apart is swept apart, with the same result.
fn swept(subject: &[Contour], clip: &[Contour], operation: Operation) -> Vec<Vec<Contour>> {
    let rule = operation.rule();
    let shift = narrowed_by(subject.iter().chain(clip));
    let corners = |contours: &[Contour]| contours.iter().map(Vec::len).sum::<usize>();
    let groups = if corners(subject) + corners(clip) > CORNERS_AT_ONCE { apart(subject, clip) } else { None };
    let Some(groups) = groups else { return swept_at_once(subject, clip, rule, shift) };
    let mut polygons: Vec<Vec<Contour>> = groups
        .into_par_iter()
        .with_max_len(1)
        .flat_map_iter(|[subject, clip]| swept_at_once(&subject, &clip, rule, shift))
        .collect();
    west_first(&mut polygons);
    polygons
}

/// Contours of more corners than this are swept in groups that lie apart, on all cores.
const CORNERS_AT_ONCE: usize = 4_096;
/// The engine moves nothing so far; steps of the grid (half a millimetre).
const BESIDE: i64 = 4_096;

/// Groups of contours between which nothing meets; those in which there is no subject are left out. `None` where there is
/// only one.
fn apart(subject: &[Contour], clip: &[Contour]) -> Option<Vec<[Vec<Contour>; 2]>> {
    let boxes: Vec<GridBox> = subject.iter().chain(clip).map(around).collect();
    let groups = groups_apart(&boxes, BESIDE)?.into_iter().map(|group| {
        let (own, others) = group.split_at(group.partition_point(|i| (*i as usize) < subject.len()));
        let own = own.iter().map(|i| subject[*i as usize].clone()).collect::<Vec<_>>();
        [own, others.iter().map(|i| clip[*i as usize - subject.len()].clone()).collect()]
    });
    Some(groups.filter(|[subject, _]| !subject.is_empty()).collect())
}

/// Joins parts that are joined by themselves already: as [`overlay`] of all their contours, but that what lies apart from
/// all other parts stays as it is and is not swept again.
pub(super) fn joined_parts(parts: Vec<Vec<Vec<Contour>>>) -> Vec<Vec<Contour>> {
    let contours = || parts.iter().flatten().flatten();
    let shift = narrowed_by(contours());
    // Few corners may be cut without sweeping, and a narrow plane has a coarser grid than its parts had.
    if contours().map(Vec::len).sum::<usize>() <= CORNERS_AT_ONCE || shift <= COARSER_BITS {
        return overlay(&parts.into_iter().flatten().flatten().collect::<Vec<_>>(), &[], Operation::Union);
    }
    let boxes: Vec<GridBox> = contours().map(around).collect();
    let Some(groups) = groups_apart(&boxes, BESIDE) else {
        let all: Vec<Contour> = parts.into_iter().flatten().flatten().collect();
        return swept_at_once(&all, &[], Operation::Union.rule(), shift);
    };
    // Of each contour its part, and whether it begins a polygon: a polygon's holes are in its group.
    let mut of_contours: Vec<(usize, bool, Contour)> = Vec::with_capacity(boxes.len());
    for (part, polygons) in parts.into_iter().enumerate() {
        for rings in polygons {
            of_contours.extend(rings.into_iter().enumerate().map(|(i, ring)| (part, i == 0, ring)));
        }
    }
    let mut polygons: Vec<Vec<Contour>> = Vec::new();
    let mut meeting: Vec<Vec<Contour>> = Vec::new();
    for group in groups {
        let of = |i: &u32| of_contours[*i as usize].0;
        let is_of_one = group.iter().all(|i| of(i) == of(&group[0]));
        let mut taken = Vec::with_capacity(group.len());
        for i in group {
            let (_, begins, ring) = &mut of_contours[i as usize];
            let ring = std::mem::take(ring);
            match polygons.last_mut().filter(|_| is_of_one && !*begins) {
                Some(rings) => rings.push(ring),
                None if is_of_one => polygons.push(vec![ring]),
                None => taken.push(ring),
            }
        }
        if !is_of_one {
            meeting.push(taken);
        }
    }
    let swept = meeting.into_par_iter().with_max_len(1);
    let swept = swept.flat_map_iter(|group| swept_at_once(&group, &[], Operation::Union.rule(), shift));
    polygons.extend(swept.collect::<Vec<_>>());
    west_first(&mut polygons);
    polygons
}

/// As the engine gives them: by the western end of each.
pub(super) fn west_first(polygons: &mut [Vec<Contour>]) {
    polygons.sort_by_cached_key(|rings| rings[0].iter().map(|p| (p.x, p.y)).min());
}

impl GridPoint for IntPoint<i64> {
    fn xy(self) -> [i64; 2] {
        [self.x, self.y]
    }
}

/// Where a contour lies.
pub(super) fn around(contour: &Contour) -> GridBox {
    contour.iter().fold(GridBox::EMPTY, |all, p| all.with([p.x, p.y]))
}

/// Where contours lie.
pub(super) fn around_all<'c>(contours: impl IntoIterator<Item = &'c Contour>) -> GridBox {
    contours.into_iter().map(around).fold(GridBox::EMPTY, GridBox::union)
}

/// By how many bits contours are beyond a grid of 32.
fn narrowed_by<'c>(contours: impl Iterator<Item = &'c Contour>) -> u32 {
    let reach = contours.flatten().fold(0, |most, p| most | p.x.unsigned_abs() | p.y.unsigned_abs());
    (u64::BITS - reach.leading_zeros()).saturating_sub(NARROW_BITS)
}

fn swept_at_once(subject: &[Contour], clip: &[Contour], rule: OverlayRule, shift: u32) -> Vec<Vec<Contour>> {
    if shift > COARSER_BITS {
        return run(subject, clip, rule, |p| *p);
    }
    let narrow = |contours: &[Contour]| -> Vec<Vec<IntPoint<i32>>> {
        let coarse = |v: i64| ((v + ((1 << shift) >> 1)) >> shift) as i32;
        let point = |p: &IntPoint<i64>| IntPoint { x: coarse(p.x), y: coarse(p.y) };
        contours.iter().map(|contour| contour.iter().map(point).collect()).collect()
    };
    let fine = |p: &IntPoint<i32>| IntPoint { x: i64::from(p.x) << shift, y: i64::from(p.y) << shift };
    run(&narrow(subject), &narrow(clip), rule, fine)
}

/// Coordinates of this many bits are safe in i_overlay's 32-bit engine.
const NARROW_BITS: u32 = 29;
/// Bits of the grid that may be given up for it: 2 µm.
const COARSER_BITS: u32 = 4;

/// One overlay on a grid, its result by `point`.
fn run<I: OverlayInt>(
    subject: &[Vec<IntPoint<I>>],
    clip: &[Vec<IntPoint<I>>],
    rule: OverlayRule,
    point: impl Fn(&IntPoint<I>) -> IntPoint<i64>,
) -> Vec<Vec<Contour>> {
    let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_output_points() };
    let mut overlay = Overlay::<I>::from_subj_and_clip_custom(subject, clip, options, Default::default());
    let shapes = overlay.overlay(rule, FillRule::NonZero);
    let ring = |contour: Vec<IntPoint<I>>| contour.iter().map(&point).collect();
    shapes.into_iter().map(|shape| shape.into_iter().map(ring).collect()).collect()
}

/// Which way a contour runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winding {
    CounterClockwise,
    Clockwise,
}

/// Rings with more positions than this are clipped to the window before they are cut.
const CLIP_ABOVE: usize = 24;

/// The contour clipped to a box of the grid (Sutherland and Hodgman 1974); `None` where nothing is left. It may run
/// back along the border of the box, which non-zero winding forgives.
pub(super) fn clip_contour(contour: Contour, min: IntPoint<i64>, max: IntPoint<i64>) -> Option<Contour> {
    // On which sides of the box a corner lies outside, a bit each.
    let outside = |p: &IntPoint<i64>| {
        u8::from(p.x < min.x) | u8::from(p.x > max.x) << 1 | u8::from(p.y < min.y) << 2 | u8::from(p.y > max.y) << 3
    };
    let (some, all) = contour.iter().map(outside).fold((0, 0b1111), |(some, all), bits| (some | bits, all & bits));
    if all != 0 || contour.len() < 3 {
        return None;
    }
    type Cut = (fn(&IntPoint<i64>) -> i64, i64, i64);
    let cuts: [Cut; 4] = [(|p| p.x, min.x, 1), (|p| p.x, max.x, -1), (|p| p.y, min.y, 1), (|p| p.y, max.y, -1)];
    let mut out = contour;
    let mut input = Contour::with_capacity(out.len() + 4);
    for (side, (ordinate, limit, sign)) in cuts.into_iter().enumerate() {
        if some & (1 << side) == 0 {
            continue;
        }
        let depth = |p: &IntPoint<i64>| (ordinate(p) - limit) * sign;
        std::mem::swap(&mut input, &mut out);
        out.clear();
        let mut a = input.last()?;
        let mut da = depth(a);
        for b in &input {
            let db = depth(b);
            if (da >= 0) != (db >= 0) {
                // From the outer end, so that neighbours' borders stay one: they run against one another.
                let (from, to, d, e) = if da < db { (a, b, da, db) } else { (b, a, db, da) };
                let t = d as f64 / (d - e) as f64;
                let between = |p: i64, q: i64| p + nearest_whole((q - p) as f64 * t);
                out.push(IntPoint { x: between(from.x, to.x), y: between(from.y, to.y) });
            }
            if db >= 0 {
                out.push(*b);
            }
            (a, da) = (b, db);
        }
    }
    (out.len() >= 3).then_some(out)
}

/// What contours wind round of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllOrNothing {
    All,
    Nothing,
}

/// True where a contour that was clipped to a box only runs along its border: it winds round all of it,
/// or back and forth along a side.
fn runs_along(contour: &[IntPoint<i64>], min: IntPoint<i64>, max: IntPoint<i64>) -> bool {
    contour
        .iter()
        .zip(contour.iter().cycle().skip(1))
        .all(|(a, b)| (a.x == b.x && (a.x == min.x || a.x == max.x)) || (a.y == b.y && (a.y == min.y || a.y == max.y)))
}

/// Twice the signed area of a contour; positive counter-clockwise.
pub(super) fn twice_area(contour: &[IntPoint<i64>]) -> i128 {
    let edges = contour.iter().zip(contour.iter().cycle().skip(1));
    edges.map(|(a, b)| i128::from(a.x) * i128::from(b.y) - i128::from(a.y) * i128::from(b.x)).sum()
}

/// Geodesic area of polygons, exteriors less interiors; m².
pub fn polygons_area_m2(polygons: &[Vec<Vec<LonLat>>]) -> f64 {
    polygons
        .iter()
        .map(|rings| {
            let mut areas = rings.iter().map(|ring| ring_area_m2(ring));
            areas.next().unwrap_or(0.0) - areas.sum::<f64>()
        })
        .sum()
}

/// The ground that any of several polygons covers; m².
pub fn union_of_polygons_m2(all: &[Polygons]) -> f64 {
    let positions = all.iter().flatten().flatten().flatten();
    let bounds = positions.fold(LonLatBox::EMPTY, |bounds, p| bounds.with(*p));
    if bounds.is_empty() {
        return 0.0;
    }
    let plane = Plane::about(&bounds);
    let mut contours = Vec::new();
    all.iter().for_each(|polygons| plane.polygons(polygons, &mut contours));
    polygons_area_m2(&plane.overlay(&contours, &[], Operation::Union))
}

/// Area of a row's polygon with its own overlaps counted once; m².
///
/// A polygon is exterior less holes; the parts of a MultiPolygon are joined first where their boxes meet.
pub(crate) fn row_area_m2(layer: &Layer, row: usize) -> f64 {
    let ring_boxes: Vec<LonLatBox> =
        layer.geometries.parts(row).filter_map(|part| part.paths().next().map(LonLatBox::of)).collect();
    let meet = ring_boxes.iter().enumerate().any(|(i, a)| ring_boxes[..i].iter().any(|b| a.intersects(b)));
    if meet {
        let bounds = layer.geometries.bounds(row);
        let plane = Plane::about(&bounds);
        let mut contours = Vec::new();
        plane.row(layer, row, &bounds, &mut contours);
        return polygons_area_m2(&plane.overlay(&contours, &[], Operation::Union));
    }
    layer
        .geometries
        .parts(row)
        .map(|part| {
            let mut areas = part.paths().map(ring_area_m2);
            areas.next().unwrap_or(0.0) - areas.sum::<f64>()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_are_joined_as_all_of_their_contours_are(
            of in prop::collection::vec(
                (-4e12..4e12_f64, -4e12..4e12_f64, prop::collection::vec(0.3..1.0_f64, 3..400)),
                40..80,
            ),
            size in 5e10..8e11_f64,
            at_once in 2..20_usize,
        ) {
            let star = |(x, y, shares): &(f64, f64, Vec<f64>)| -> Contour {
                let corner = |(k, share): (usize, &f64)| {
                    let (sin, cos) = (k as f64 / shares.len() as f64 * std::f64::consts::TAU).sin_cos();
                    IntPoint { x: (x + size * share * cos) as i64, y: (y + size * share * sin) as i64 }
                };
                shares.iter().enumerate().map(corner).collect()
            };
            let stars: Vec<Contour> = of.iter().map(star).collect();
            let parts: Vec<Vec<Vec<Contour>>> =
                stars.chunks(at_once).map(|part| swept_at_once(part, &[], OverlayRule::Subject, 64)).collect();
            let all: Vec<Contour> = parts.iter().flatten().flatten().cloned().collect();
            prop_assert_eq!(joined_parts(parts), overlay(&all, &[], Operation::Union));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_swept_in_groups_is_what_is_swept_at_once(
            of in prop::collection::vec(
                (-4e12..4e12_f64, -4e12..4e12_f64, prop::collection::vec(0.3..1.0_f64, 3..60), any::<bool>()),
                1..60,
            ),
        ) {
            let star = |(x, y, shares, _): &(f64, f64, Vec<f64>, bool)| -> Contour {
                let corner = |(k, share): (usize, &f64)| {
                    let (sin, cos) = (k as f64 / shares.len() as f64 * std::f64::consts::TAU).sin_cos();
                    IntPoint { x: (x + 4e11 * share * cos) as i64, y: (y + 4e11 * share * sin) as i64 }
                };
                shares.iter().enumerate().map(corner).collect()
            };
            let (subject, clip): (Vec<_>, Vec<_>) = of.iter().partition(|(.., is_clip)| !is_clip);
            let [subject, clip] = [subject, clip].map(|of| of.into_iter().map(star).collect::<Vec<Contour>>());
            for operation in [Operation::Union, Operation::Intersection, Operation::Difference] {
                let clip = if operation == Operation::Union { &[][..] } else { &clip[..] };
                let rule = operation.rule();
                let Some(groups) = apart(&subject, clip) else { continue };
                let mut parted: Vec<Vec<Contour>> = Vec::new();
                for [subject, clip] in groups {
                    parted.extend(swept_at_once(&subject, &clip, rule, 64));
                }
                parted.sort_by_cached_key(|rings| rings[0].iter().map(|p| (p.x, p.y)).min());
                prop_assert_eq!(parted, swept_at_once(&subject, clip, rule, 64), "{:?}", operation);
            }
        }
    }
}
