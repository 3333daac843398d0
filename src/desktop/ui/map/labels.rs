//! Names on the map, by rank: towns over waters over the rest over outlets; each where it has room, in a halo. On the screen
//! and on paper.

use super::camera::Camera;
use super::overlay::scale_denominator;
use super::scene::Shown;
use super::style::Emphasis;
use crate::geodesy::LonLat;
use crate::model::{LabelStyle, Layer, Role, Shape};
use crate::session::Key;
use crate::ui::theme::{Palette, bold};
use eframe::egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, pos2, vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Names that are tried in a layer at most.
const MOST_NAMES: usize = 3_000;
/// The same name stands once in so many points: a river of many features is named along its way.
const SAME_NAME: f32 = 260.0;
/// Towns are named at scales of one to this and larger, waters and outlets where nobody says otherwise from these on.
const TOWNS_FROM: f64 = 470_000.0;
const WATERS_FROM: f64 = 90_000.0;
const OUTLETS_FROM: f64 = 12_000.0;
/// Places that are looked at along a line.
const ALONG: usize = 256;

/// Which names go before which: the least first.
pub fn rank(role: Option<Role>) -> u8 {
    match role {
        Some(Role::Town | Role::District) => 0,
        Some(Role::River | Role::WaterBody | Role::Shoreline | Role::Coastline) => 1,
        Some(Role::Outlet | Role::Enterprise | Role::SensitiveSite | Role::Facility | Role::Service) => 3,
        Some(Role::ParkEntrance | Role::Grid) => 3,
        _ => 2,
    }
}

/// How a layer's names are written.
struct Naming {
    rank: u8,
    /// Wanted by the planner; the others come by themselves.
    is_own: bool,
    /// The column of the names; what features are called where there is none.
    column: Option<usize>,
    font: FontId,
    ink: Color32,
}

impl Naming {
    /// Of a layer at a scale of one to `denominator`; `None` where it has no names there.
    fn of(what: &Shown, denominator: f64, palette: &Palette) -> Option<Self> {
        let attributes = &what.indexed.layer().attributes;
        let rank = rank(what.role);
        let is_water = rank == 1;
        let ink = if is_water { palette.waters } else { palette.text };
        if let Some(LabelStyle { column, size }) = &what.style.labels {
            let column = Some(attributes.column(column)?);
            return Some(Self { rank, is_own: true, column, font: FontId::proportional(*size), ink });
        }
        let named = || ["name", "名称"].iter().find_map(|name| attributes.column(name));
        let (column, font) = match what.role? {
            Role::Town if denominator <= TOWNS_FROM => (None, bold(12.5)),
            Role::River | Role::WaterBody if denominator <= WATERS_FROM => (Some(named()?), FontId::proportional(11.5)),
            Role::Outlet if denominator <= OUTLETS_FROM && what.emphasis != Emphasis::Behind => {
                (None, FontId::proportional(10.5))
            }
            _ => return None,
        };
        Some(Self { rank, is_own: false, column, font, ink })
    }
}

/// A name in its place.
#[derive(Clone)]
struct Placed {
    at: Pos2,
    room: Rect,
    text: String,
    font: FontId,
    ink: Color32,
}

impl Placed {
    /// Its letters, of this frame: those of an earlier one may lie in an atlas that is gone (another theme, a full atlas). The
    /// toolkit keeps them from frame to frame.
    fn letters(&self, painter: &Painter) -> Arc<Galley> {
        painter.layout_no_wrap(self.text.clone(), self.font.clone(), self.ink)
    }
}

/// What names depend on.
#[derive(PartialEq)]
struct Of {
    camera: Camera,
    view: Rect,
    keep_out: Vec<Rect>,
    halo: Color32,
    layers: Vec<(Key, Emphasis, u64, Option<u64>, usize)>,
}

/// The names of the last frame: they are placed anew only where something moved.
#[derive(Default)]
pub struct Labels {
    of: Option<Of>,
    placed: Vec<Placed>,
}

impl Labels {
    /// Writes the names; none on `keep_out`, where something else stands.
    pub fn show(
        &mut self,
        painter: &Painter,
        shown: &[Shown],
        camera: &Camera,
        view: Rect,
        keep_out: &[Rect],
        palette: &Palette,
    ) {
        let layer = |s: &Shown| {
            let only = s.only.as_ref().map(|only| only.id);
            (s.key, s.emphasis, s.indexed.id(), only, Arc::as_ptr(&s.style) as usize)
        };
        let of = Of {
            camera: *camera,
            view,
            keep_out: keep_out.to_vec(),
            halo: palette.halo,
            layers: shown.iter().map(layer).collect(),
        };
        if self.of.as_ref() != Some(&of) {
            self.placed = placed(painter, shown, camera, view, keep_out, palette);
            self.of = Some(of);
        }
        paint(painter, &self.placed, palette);
    }

    /// Where the names of the last frame stand.
    pub fn rooms(&self) -> impl Iterator<Item = Rect> + '_ {
        self.placed.iter().map(|name| name.room)
    }
}

/// Writes the names once: on paper.
pub fn place_names(painter: &Painter, shown: &[Shown], camera: &Camera, view: Rect, palette: &Palette) {
    paint(painter, &placed(painter, shown, camera, view, &[], palette), palette);
}

/// Text in a halo, so that it reads over anything; all halos under all letters.
fn paint(painter: &Painter, placed: &[Placed], palette: &Palette) {
    let halo = palette.halo.gamma_multiply(0.8);
    let letters: Vec<Arc<Galley>> = placed.iter().map(|name| name.letters(painter)).collect();
    for (name, galley) in placed.iter().zip(&letters) {
        for offset in
            [(-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2), (-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8)]
        {
            let at = name.at + vec2(offset.0, offset.1);
            painter.galley_with_override_text_color(at, Arc::clone(galley), halo);
        }
    }
    for (name, galley) in placed.iter().zip(letters) {
        painter.galley(name.at, galley, name.ink);
    }
}

/// Where names stand: the ranks one after another, in each what the planner wants first, then the topmost layer.
fn placed(
    painter: &Painter,
    shown: &[Shown],
    camera: &Camera,
    view: Rect,
    keep_out: &[Rect],
    palette: &Palette,
) -> Vec<Placed> {
    let denominator = scale_denominator(camera);
    // What is drawn clear has no names either.
    let layers = shown.iter().rev().filter(|what| what.emphasis.is_pointed_at() && what.opacity > 0.0);
    let mut named: Vec<(&Shown, Naming)> =
        layers.filter_map(|what| Some((what, Naming::of(what, denominator, palette)?))).collect();
    named.sort_by_key(|(_, naming)| (naming.rank, !naming.is_own));
    let mut taken: Vec<Rect> = keep_out.to_vec();
    let mut written: HashMap<String, Vec<Pos2>> = HashMap::new();
    let mut placed = Vec::new();
    for (what, naming) in named {
        let layer = what.indexed.layer();
        // A large layer's names come as soon as the map's thread has built its tree.
        let Some(rows) = what.indexed.shown_rows_at_hand(&camera.visible(view)) else { continue };
        let rows = rows.into_iter().filter(|row| what.shows(*row));
        for row in rows.take(MOST_NAMES) {
            let name = match naming.column {
                Some(column) => layer.attributes.value(row, column).display().into_owned(),
                None => layer.label(row),
            };
            if name.is_empty() {
                continue;
            }
            let places = places(layer, row, camera, view);
            let galley = painter.layout_no_wrap(name.clone(), naming.font.clone(), naming.ink);
            let has_room = |(at, anchor): &(Pos2, Align2)| {
                let room = anchor.anchor_size(*at, galley.size()).expand2(vec2(3.0, 1.0));
                let is_again =
                    written.get(&name).is_some_and(|others| others.iter().any(|o| o.distance(*at) < SAME_NAME));
                let is_free = view.shrink(4.0).contains_rect(room) && !taken.iter().any(|t| t.intersects(room));
                (is_free && !is_again).then_some((*at, room))
            };
            let Some((at, room)) = places.iter().find_map(has_room) else { continue };
            taken.push(room);
            let (font, ink) = (naming.font.clone(), naming.ink);
            placed.push(Placed { at: room.min + vec2(3.0, 1.0), room, text: name.clone(), font, ink });
            written.entry(name).or_default().push(at);
        }
    }
    placed
}

/// Where a feature's name may stand, the best place first, and what of the name stands there: beside a point, over a line
/// where it is in sight, inside an area.
fn places(layer: &Layer, row: usize, camera: &Camera, view: Rect) -> Vec<(Pos2, Align2)> {
    let on_screen = |p: LonLat| camera.screen_from_world(view, p);
    match layer.geometries.kind(row).map(|kind| kind.shape()) {
        None => Vec::new(),
        Some(Shape::Points) => {
            let Some(p) = layer.geometries.positions_of(row).first() else { return Vec::new() };
            let at = on_screen(*p);
            vec![
                (at + vec2(8.0, -1.0), Align2::LEFT_CENTER),
                (at + vec2(-8.0, -1.0), Align2::RIGHT_CENTER),
                (at - vec2(0.0, 8.0), Align2::CENTER_BOTTOM),
                (at + vec2(0.0, 8.0), Align2::CENTER_TOP),
            ]
        }
        Some(Shape::Lines) => {
            let Some(path) = layer.geometries.paths(row).max_by_key(|path| path.len()) else { return Vec::new() };
            let every = (path.len() / ALONG).max(1);
            let seen: Vec<Pos2> = path
                .windows(2)
                .step_by(every)
                .map(|edge| on_screen(edge[0]) + (on_screen(edge[1]) - on_screen(edge[0])) / 2.0)
                .filter(|at| view.contains(*at))
                .collect();
            let at = |share: f32| seen.get((seen.len() as f32 * share) as usize).copied();
            let over = |at: Pos2| (pos2(at.x, at.y - 3.0), Align2::CENTER_BOTTOM);
            [0.5, 0.3, 0.7, 0.15, 0.85].into_iter().filter_map(at).map(over).collect()
        }
        Some(Shape::Polygons) => {
            let Some(p) = label_position(layer, row) else { return Vec::new() };
            let at = on_screen(p);
            vec![
                (at, Align2::CENTER_CENTER),
                (at - vec2(0.0, 12.0), Align2::CENTER_CENTER),
                (at + vec2(0.0, 12.0), Align2::CENTER_CENTER),
            ]
        }
    }
}

/// A position well inside an area: the middle of the widest stretch along the middle parallel of its largest part.
fn label_position(layer: &Layer, row: usize) -> Option<LonLat> {
    let shell = layer.geometries.paths(row).max_by_key(|p| p.len())?;
    let bounds = crate::geodesy::LonLatBox::of(shell);
    let lat = bounds.center().lat;
    let mut crossings: Vec<f64> = shell
        .windows(2)
        .filter(|e| (e[0].lat > lat) != (e[1].lat > lat))
        .map(|e| e[0].lon + (lat - e[0].lat) / (e[1].lat - e[0].lat) * (e[1].lon - e[0].lon))
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings
        .chunks_exact(2)
        .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))
        .map(|c| LonLat::new((c[0] + c[1]) / 2.0, lat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use crate::ui::theme::{LIGHT, fonts};
    use eframe::egui;

    fn layer(role: Role, features: &[(&str, &str)]) -> Shown {
        let feature = |(name, geometry): &(&str, &str)| {
            format!(r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{geometry}}}"#)
        };
        let features: Vec<String> = features.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "l.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        Shown::plain(Key(role as u64), indexed, Some(role), Emphasis::Plain)
    }

    fn names(shown: &[Shown], scale: f64, keep_out: &[Rect]) -> Vec<(String, Rect)> {
        let ctx = egui::Context::default();
        ctx.set_fonts(fonts(crate::i18n::Lang::Zh));
        let mut found = Vec::new();
        let view = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0));
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale };
        // Fonts are there from the second frame on.
        for _ in 0..2 {
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let placed = placed(ui.painter(), shown, &camera, view, keep_out, &LIGHT);
                let of = |p: &Placed| (p.text.clone(), Rect::from_min_size(p.at, p.letters(ui.painter()).size()));
                found = placed.iter().map(of).collect();
            });
            // Nothing is drawn of it.
            output.textures_delta.clear();
        }
        found
    }

    const TOWN: &str = r#"{"type":"Polygon","coordinates":[[[120.99,30.99],[121.01,30.99],[121.01,31.01],[120.99,31.01],[120.99,30.99]]]}"#;
    const RIVER: &str = r#"{"type":"LineString","coordinates":[[120.98,31.0],[121.0,31.0],[121.02,31.0]]}"#;
    const POINT: &str = r#"{"type":"Point","coordinates":[121.003,31.0]}"#;

    #[test]
    fn towns_go_before_rivers_and_rivers_before_outlets_whatever_their_order() {
        let town = || layer(Role::Town, &[("月浦镇", TOWN)]);
        let river = || layer(Role::River, &[("蕰藻浜", RIVER)]);
        let outlet = || layer(Role::Outlet, &[("WP-1", POINT)]);
        let of = |shown: &[Shown]| names(shown, 40_000.0, &[]).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let all = ["月浦镇", "蕰藻浜", "WP-1"];
        assert_eq!(of(&[town(), river(), outlet()]), all);
        assert_eq!(of(&[outlet(), river(), town()]), all);
        // From afar the towns alone.
        let far: Vec<String> = names(&[town(), river(), outlet()], 2_000.0, &[]).into_iter().map(|n| n.0).collect();
        assert_eq!(far, ["月浦镇"]);
    }

    #[test]
    fn names_stand_apart_from_one_another_and_from_what_is_kept_clear() {
        let close: Vec<String> = (0..12)
            .map(|i| format!(r#"{{"type":"Point","coordinates":[{},31.0]}}"#, 121.0 + f64::from(i) * 2e-4))
            .collect();
        let named: Vec<String> = (0..12).map(|i| format!("WP-{i}")).collect();
        let features: Vec<(&str, &str)> =
            named.iter().map(String::as_str).zip(close.iter().map(String::as_str)).collect();
        let shown = [layer(Role::Outlet, &features)];
        let all = names(&shown, 60_000.0, &[]);
        assert!(all.len() >= 3, "{all:?}");
        for (i, (_, a)) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|(_, b)| !a.intersects(*b)), "{all:?}");
        }
        let half = Rect::from_min_max(pos2(0.0, 0.0), pos2(500.0, 600.0));
        assert!(names(&shown, 60_000.0, &[half]).iter().all(|(_, place)| !half.intersects(*place)));
    }

    #[test]
    fn a_river_of_many_features_is_named_once_a_stretch() {
        let reach = |lon: f64| format!(r#"{{"type":"LineString","coordinates":[[{lon},31.0],[{},31.0]]}}"#, lon + 1e-3);
        let parts: Vec<String> = (0..18).map(|i| reach(120.991 + f64::from(i) * 1e-3)).collect();
        let features: Vec<(&str, &str)> = parts.iter().map(|part| ("练祁河", part.as_str())).collect();
        let shown = [layer(Role::River, &features)];
        let all = names(&shown, 40_000.0, &[]);
        assert!((2..=4).contains(&all.len()), "{all:?}");
    }
}
