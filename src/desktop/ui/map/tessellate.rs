//! Layers into buffers: triangles for areas, segments for lines, quads for marks; built once, off the interface thread.
//!
//! Coordinates are f32 offsets in degrees from the f64 origin of a tile no larger than half a degree (but for a
//! single larger polygon), which holds a millimetre at street level.

use super::detail::{Detail, Taken};
use super::draw_list::{AREA_BEGINS, DrawList, Elements, FillVertex, MarkInstance, Segment, Tile};
use super::hexes::{self, Hexes};
use super::style::{CASING, FeatureStyle, Styler};
use crate::geodesy::{LonLat, LonLatBox};
use crate::model::{Layer, Mark, Pattern, Shape};
use eframe::egui::Color32;
use geo::TriangulateEarcut;
use geo::geometry::{Coord, LineString, Polygon};
use std::collections::HashMap;

/// A tile ends when its box would grow beyond this.
const TILE_DEG: f64 = 0.5;
/// Or when it holds so many elements.
const TILE_ELEMENTS: usize = 1 << 15;

/// Fills one buffer tile by tile.
pub(super) struct Tiles<T> {
    pub(super) elements: Vec<T>,
    tiles: Vec<Tile>,
    start: usize,
    origin: Option<LonLat>,
    bounds: LonLatBox,
    /// True where everything goes into one tile.
    is_one: bool,
}

impl<T> Tiles<T> {
    fn new() -> Self {
        Self {
            elements: Vec::new(),
            tiles: Vec::new(),
            start: 0,
            origin: None,
            bounds: LonLatBox::EMPTY,
            is_one: false,
        }
    }

    /// The origin for something with this box, which is added to the current tile or begins the next.
    fn origin_for(&mut self, b: LonLatBox) -> LonLat {
        if let (true, Some(origin)) = (self.is_one, self.origin) {
            return origin;
        }
        let grown = self.bounds.union(b);
        let too_wide = grown.max.lon - grown.min.lon > TILE_DEG || grown.max.lat - grown.min.lat > TILE_DEG;
        if self.origin.is_some() && (too_wide || self.elements.len() - self.start > TILE_ELEMENTS) {
            self.close();
        }
        self.bounds = self.bounds.union(b);
        *self.origin.get_or_insert_with(|| b.center())
    }

    /// Puts everything that follows into one tile over a window; its origin.
    fn all_from(&mut self, window: &LonLatBox) -> LonLat {
        self.bounds = *window;
        self.is_one = true;
        *self.origin.insert(window.center())
    }

    fn close(&mut self) {
        if let Some(origin) = self.origin.take() {
            let end = self.elements.len();
            self.tiles.push(Tile { origin, bounds: self.bounds, range: self.start as u32..end as u32 });
            self.start = end;
            self.bounds = LonLatBox::EMPTY;
        }
    }

    fn finish(mut self) -> (Vec<T>, Vec<Tile>) {
        self.close();
        (self.elements, self.tiles)
    }
}

pub(super) fn relative(p: LonLat, origin: LonLat) -> [f32; 2] {
    [(p.lon - origin.lon) as f32, (p.lat - origin.lat) as f32]
}

/// A buffer ends after about so many elements: the largest are 32 bytes, and 256 MiB is the most that every
/// adapter takes in one buffer.
const LIST_ELEMENTS: usize = 4 << 20;

/// The buffers of a layer as they grow.
pub(super) struct Buffers {
    pub(super) fills: Tiles<FillVertex>,
    pub(super) segments: Tiles<Segment>,
    pub(super) marks: Tiles<MarkInstance>,
}

impl Buffers {
    fn new() -> Self {
        Self { fills: Tiles::new(), segments: Tiles::new(), marks: Tiles::new() }
    }

    /// All of them one tile over a window; its origin.
    pub(super) fn over(window: &LonLatBox) -> (Self, LonLat) {
        let mut buffers = Self::new();
        buffers.segments.all_from(window);
        buffers.marks.all_from(window);
        let origin = buffers.fills.all_from(window);
        (buffers, origin)
    }

    fn is_full(&self) -> bool {
        self.fills.elements.len().max(self.segments.elements.len()).max(self.marks.elements.len()) >= LIST_ELEMENTS
    }

    fn finish(self) -> DrawList {
        let (fills, fill_tiles) = self.fills.finish();
        let (segments, segment_tiles) = self.segments.finish();
        let (marks, mark_tiles) = self.marks.finish();
        DrawList::new(Elements { fills, segments, marks }, [fill_tiles, segment_tiles, mark_tiles])
    }
}

/// A layer as it is drawn.
#[derive(Debug, Default)]
pub struct Drawn {
    /// One list, or several where one buffer could not hold it.
    pub lists: Vec<DrawList>,
    /// Marks drawn of how many in the window, where some stand for others.
    pub thinned: Option<(usize, usize)>,
    /// What was counted instead of drawn.
    pub hexes: Option<std::sync::Arc<Hexes>>,
}

/// Builds the buffers of a layer's rows that are not recent, in as much detail as is wanted.
pub fn tessellate(layer: &Layer, styler: &Styler, detail: &Detail, shows: &dyn Fn(usize) -> bool) -> Drawn {
    if !detail.is_whole() {
        return match hexes::counted(layer, styler, detail, shows) {
            Some(hexes) => hexes::drawn(hexes, layer, styler, detail),
            None => part(layer, styler, detail, shows),
        };
    }
    let rows = (0..layer.len()).filter(|row| !layer.edits.is_recent(*row) && shows(*row));
    Drawn { lists: whole(layer, styler, rows), ..Drawn::default() }
}

/// Builds the buffers of a layer's recent rows.
pub fn tessellate_edited(layer: &Layer, styler: &Styler, shows: &dyn Fn(usize) -> bool) -> Drawn {
    let rows = layer.edits.recent().filter(|row| shows(*row));
    Drawn { lists: whole(layer, styler, rows), ..Drawn::default() }
}

/// Every corner of some rows of a layer.
fn whole(layer: &Layer, styler: &Styler, rows: impl Iterator<Item = usize>) -> Vec<DrawList> {
    let mut lists = Vec::new();
    let mut buffers = Buffers::new();
    for row in spatial_order(layer, rows) {
        if buffers.is_full() {
            lists.push(std::mem::replace(&mut buffers, Buffers::new()).finish());
        }
        let Buffers { fills, segments, marks } = &mut buffers;
        let Some(kind) = layer.geometries.kind(row) else { continue };
        let style = styler.style(&styler.class_of(layer, row));
        if kind.shape() == Shape::Points {
            for p in layer.geometries.positions_of(row).iter().filter(|_| style.mark.3 > 0.0) {
                let origin = marks.origin_for(LonLatBox { min: *p, max: *p });
                marks.elements.extend(instances(relative(*p, origin), &style));
            }
            continue;
        }
        if let (Shape::Polygons, Some((color, pattern))) = (kind.shape(), style.fill) {
            for part in layer.geometries.parts(row) {
                fill(fills, part.paths(), color, pattern);
            }
        }
        for (color, width, dash) in strokes(&style) {
            layer.geometries.paths(row).for_each(|path| stroke(segments, path, color, width, dash));
        }
    }
    lists.push(buffers.finish());
    lists
}

/// The lines that a path is drawn with, the lowest first: colour, width, dash.
pub(super) fn strokes(style: &FeatureStyle) -> impl Iterator<Item = (Color32, f32, f32)> {
    let line = style.stroke.map(|(color, width)| (color, width, style.dash));
    let casing = line.zip(style.casing).map(|((_, width, _), casing)| (casing, width + 2.0 * CASING, 0.0));
    casing.into_iter().chain(line)
}

/// The marks that a point is drawn with, the lowest first: the rings that say something of it, then its own.
pub(super) fn instances(offset: [f32; 2], style: &FeatureStyle) -> impl Iterator<Item = MarkInstance> {
    let own = std::iter::once(style.mark).filter(|(_, inside, rim, _)| inside.a() > 0 || rim.a() > 0);
    style.rings.into_iter().flatten().chain(own).map(move |mark| instance(offset, mark))
}

pub(super) fn instance(offset: [f32; 2], (mark, inside, rim, radius): (Mark, Color32, Color32, f32)) -> MarkInstance {
    MarkInstance { offset, inside: inside.to_array(), rim: rim.to_array(), radius, mark: mark as u32 }
}

/// The styles of a layer's rows.
pub(super) struct Looks<'a> {
    layer: &'a Layer,
    styler: &'a Styler,
    of_class: HashMap<String, FeatureStyle>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(layer: &'a Layer, styler: &'a Styler) -> Self {
        Self { layer, styler, of_class: HashMap::new() }
    }

    /// The style of a row.
    pub(super) fn of(&mut self, row: usize) -> FeatureStyle {
        let class = self.styler.class_of(self.layer, row);
        *self.of_class.entry(class).or_insert_with_key(|class| self.styler.style(class))
    }
}

/// What the window of a detail shows of a layer, as finely as its scale shows it. Everything counts from the middle
/// of the window: the scale at which it is drawn makes that as good as a tile's own origin.
fn part(layer: &Layer, styler: &Styler, detail: &Detail, shows: &dyn Fn(usize) -> bool) -> Drawn {
    let window = detail.window;
    let (corners, mark_cells) = (detail.corners(), detail.marks());
    let mut places = Taken::new(mark_cells, &window);
    // What is smaller than a pixel is drawn once a pixel.
    let mut specks = Taken::new(corners, &window);
    let (mut buffers, origin) = Buffers::over(&window);
    let Buffers { fills, segments, marks } = &mut buffers;
    let (mut drawn, mut of) = (0, 0);
    let mut thinned = Vec::new();
    let mut looks = Looks::new(layer, styler);
    for row in (0..layer.len()).filter(|row| !layer.edits.is_recent(*row) && shows(*row)) {
        let bounds = layer.geometries.bounds(row);
        let Some(kind) = layer.geometries.kind(row).filter(|_| bounds.intersects(&window)) else { continue };
        if kind.shape() == Shape::Points {
            for p in layer.geometries.positions_of(row).iter().filter(|p| window.contains(**p)) {
                of += 1;
                if places.take(*p) {
                    drawn += 1;
                    let style = looks.of(row);
                    if style.mark.3 > 0.0 {
                        marks.elements.extend(instances(relative(*p, origin), &style));
                    }
                }
            }
            continue;
        }
        if corners.exceed(&bounds) && !specks.take(bounds.center()) {
            continue;
        }
        let style = looks.of(row);
        if let (Shape::Polygons, Some((color, pattern)), true) = (kind.shape(), style.fill, corners.exceed(&bounds)) {
            // A pixel of its ground.
            let [width, height] = corners.size();
            let p = bounds.center();
            let max = LonLat::new(p.lon + width * 2.0, p.lat + height * 2.0);
            fill_box(fills, &LonLatBox { min: p, max }, origin, color, pattern);
            continue;
        }
        if let (Shape::Polygons, Some((color, pattern))) = (kind.shape(), style.fill) {
            for part in layer.geometries.parts(row) {
                let rings: Vec<Vec<LonLat>> = part
                    .paths()
                    .map(|ring| {
                        corners.thin(&window.near_ring(ring), &mut thinned);
                        window.clipped_ring(&thinned)
                    })
                    .collect();
                fill(fills, rings.iter().map(Vec::as_slice), color, pattern);
            }
        }
        for pen in strokes(&style) {
            for path in layer.geometries.paths(row) {
                corners.thin(path, &mut thinned);
                if let ([p, .., q], true) = (&mut thinned[..], corners.exceed(&LonLatBox::of(path))) {
                    // As long as a pixel, so that it shows.
                    q.lon = p.lon + corners.size()[0];
                }
                stroke_in(segments, &thinned, &window, origin, pen);
            }
        }
    }
    let thinned = (drawn < of).then_some((drawn, of));
    Drawn { lists: slices(buffers, &window), thinned, hexes: None }
}

/// A box filled, counted from `origin`.
pub(super) fn fill_box(tiles: &mut Tiles<FillVertex>, b: &LonLatBox, origin: LonLat, color: Color32, pattern: Pattern) {
    let corner = |lon: f64, lat: f64| FillVertex {
        offset: relative(LonLat::new(lon, lat), origin),
        color: color.to_array(),
        pattern: pattern as u32,
    };
    let [p, x, q, y] = [
        corner(b.min.lon, b.min.lat),
        corner(b.max.lon, b.min.lat),
        corner(b.max.lon, b.max.lat),
        corner(b.min.lon, b.max.lat),
    ];
    let first = FillVertex { pattern: p.pattern | AREA_BEGINS, ..p };
    tiles.elements.extend([first, x, q, p, q, y]);
}

/// Elements of one slice: as much as can be handed to the GPU beside everything else that a frame does.
pub const SLICE_ELEMENTS: usize = 3 << 14;

/// Buffers over one window cut into lists that are uploaded one by one: all fills, then all lines, then all marks, as
/// they lie over one another.
pub(super) fn slices(buffers: Buffers, window: &LonLatBox) -> Vec<DrawList> {
    fn cut<T: Clone>(elements: Vec<T>, window: &LonLatBox) -> impl Iterator<Item = Tiles<T>> {
        let slices: Vec<Vec<T>> = elements.chunks(SLICE_ELEMENTS).map(<[T]>::to_vec).collect();
        let window = *window;
        slices.into_iter().map(move |elements| {
            let mut tiles = Tiles::new();
            tiles.all_from(&window);
            tiles.elements = elements;
            tiles
        })
    }
    let fills = cut(buffers.fills.elements, window).map(|fills| Buffers { fills, ..Buffers::new() });
    let segments = cut(buffers.segments.elements, window).map(|segments| Buffers { segments, ..Buffers::new() });
    let marks = cut(buffers.marks.elements, window).map(|marks| Buffers { marks, ..Buffers::new() });
    fills.chain(segments).chain(marks).map(Buffers::finish).collect()
}

/// Segments of a path that meet a window.
pub(super) fn stroke_in(
    tiles: &mut Tiles<Segment>,
    path: &[LonLat],
    window: &LonLatBox,
    origin: LonLat,
    (color, width, dash): (Color32, f32, f32),
) {
    let mut start = 0.0;
    for edge in path.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        if LonLatBox::of(edge).intersects(window) {
            let (from, to) = (relative(a, origin), relative(b, origin));
            let ends = [from[0], from[1], to[0], to[1]];
            tiles.elements.push(Segment { ends, color: color.to_array(), width, dash, start: start as f32 });
        }
        if dash > 0.0 {
            start += ((b.lon - a.lon) * a.lat.to_radians().cos()).hypot(b.lat - a.lat);
        }
    }
}

/// Rows in bands of latitude, each by longitude: neighbours share tiles.
fn spatial_order(layer: &Layer, rows: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut rows: Vec<(i64, f64, usize)> = rows
        .filter_map(|row| layer.geometries.positions_of(row).first().map(|p| (row, *p)))
        .map(|(row, p)| ((p.lat / TILE_DEG).floor() as i64, (p.lon / TILE_DEG).floor(), row))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

pub(super) fn fill<'a>(
    tiles: &mut Tiles<FillVertex>,
    mut rings: impl Iterator<Item = &'a [LonLat]>,
    color: Color32,
    pattern: Pattern,
) {
    // A ring of fewer than three corners goes round nothing (and earcut wants none).
    let goes_round = |ring: &[LonLat]| ring.len() - usize::from(ring.len() > 1 && ring.first() == ring.last()) >= 3;
    let Some(shell) = rings.next().filter(|shell| goes_round(shell)) else { return };
    let line = |ring: &[LonLat]| LineString::new(ring.iter().map(|p| Coord { x: p.lon, y: p.lat }).collect());
    let bounds = LonLatBox::of(shell);
    let triangles =
        Polygon::new(line(shell), rings.filter(|ring| goes_round(ring)).map(line).collect()).earcut_triangles_raw();
    let origin = tiles.origin_for(bounds);
    let corner = |i: &usize| FillVertex {
        offset: relative(triangles.vertices[*i].into(), origin),
        color: color.to_array(),
        pattern: pattern as u32,
    };
    let first = tiles.elements.len();
    tiles.elements.extend(triangles.triangle_indices.iter().map(corner));
    if let Some(first) = tiles.elements.get_mut(first) {
        first.pattern |= AREA_BEGINS;
    }
}

fn stroke(tiles: &mut Tiles<Segment>, path: &[LonLat], color: Color32, width: f32, dash: f32) {
    let mut start = 0.0;
    for edge in path.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        let origin = tiles.origin_for(LonLatBox::of(edge));
        let (from, to) = (relative(a, origin), relative(b, origin));
        tiles.elements.push(Segment {
            ends: [from[0], from[1], to[0], to[1]],
            color: color.to_array(),
            width,
            dash,
            start: start as f32,
        });
        start += ((b.lon - a.lon) * a.lat.to_radians().cos()).hypot(b.lat - a.lat);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::{LayerStyle, Role};
    use crate::progress::Progress;
    use crate::ui::map::style::Emphasis;

    #[test]
    fn triangles_cover_the_polygons_and_tiles_cover_the_buffers() {
        for (name, bytes) in crate::session::sample_files() {
            let layer = read_layer_bytes(bytes, name, &ReadOptions::default(), &Progress::default()).expect("sample");
            let styler = Styler::new(&layer, &LayerStyle::default(), Some(Role::Park), Emphasis::Plain, false, 0);
            let list = tessellate(&layer, &styler, &Detail::WHOLE, &|_| true).lists.pop().expect("one list");
            let elements = list.hand_over().expect("nobody has them yet");
            assert_eq!((elements.len(), list.hand_over().is_none()), (list.count(), true), "handed over once");
            let covered: f64 = elements
                .fills
                .chunks_exact(3)
                .map(|t| {
                    let [a, b, c] = [t[0].offset, t[1].offset, t[2].offset].map(|[x, y]| [f64::from(x), f64::from(y)]);
                    ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs() / 2.0
                })
                .sum();
            let plane = |ring: &[LonLat]| {
                ring.windows(2)
                    .map(|e| {
                        (e[0].lon - ring[0].lon) * (e[1].lat - ring[0].lat)
                            - (e[1].lon - ring[0].lon) * (e[0].lat - ring[0].lat)
                    })
                    .sum::<f64>()
                    .abs()
                    / 2.0
            };
            let area: f64 = (0..layer.len())
                .filter(|r| layer.geometries.kind(*r).is_some_and(|k| k.shape() == Shape::Polygons))
                .flat_map(|r| layer.geometries.parts(r))
                .map(|part| {
                    let mut areas = part.paths().map(plane);
                    areas.next().unwrap_or(0.0) - areas.sum::<f64>()
                })
                .sum();
            assert!((covered - area).abs() <= 1e-5 * area, "{name}: {covered} {area}");
            for (tiles, n) in [
                (&list.fill_tiles, elements.fills.len()),
                (&list.segment_tiles, elements.segments.len()),
                (&list.mark_tiles, elements.marks.len()),
            ] {
                let mut end = 0;
                for tile in tiles {
                    assert_eq!(tile.range.start, end, "{name}");
                    end = tile.range.end;
                }
                assert_eq!(end as usize, n, "{name}");
            }
        }
    }

    #[test]
    fn a_ring_that_goes_round_nothing_is_no_hole() {
        let text = br#"{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,2],[1,1]]]}"#;
        let layer = read_layer_bytes(text, "p", &ReadOptions::default(), &Progress::default()).expect("readable");
        let styler = Styler::new(&layer, &LayerStyle::default(), Some(Role::Park), Emphasis::Plain, false, 0);
        let list = tessellate(&layer, &styler, &Detail::WHOLE, &|_| true).lists.pop().expect("one list");
        assert_eq!(list.hand_over().expect("nobody has them yet").fills.len(), 6, "two triangles");
    }
}
