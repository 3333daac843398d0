//! One picture of the map, as the GPU gets it: a camera, a size, the draw lists in order.

use super::camera::Camera;
use super::draw_list::{DrawList, Tile};
use super::shown::Strength;
use super::split::{Parting, Side};
use crate::geodesy::LonLatBox;
use bytemuck::{Pod, Zeroable};
use eframe::egui::{Color32, Pos2, Rect, vec2};
use std::sync::Arc;

/// What is to be drawn. Two equal frames look the same, so the second need not be drawn.
#[derive(Clone, Debug)]
pub struct MapFrame {
    /// Where the map stands on the window, points.
    pub rect: Rect,
    /// Pixels to a point.
    pub pixels_per_point: f32,
    /// Where the map looks.
    pub camera: Camera,
    /// Behind everything.
    pub background: Color32,
    /// From the bottom to the top, each with its share of ink.
    pub lists: Vec<(Arc<DrawList>, Strength)>,
    /// Not drawn yet, but handed to the GPU meanwhile.
    pub coming: Vec<Arc<DrawList>>,
    /// How the picture is parted, where two are compared.
    pub parting: Option<Parting>,
}

/// What the shaders need to place a tile.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct ViewUniform {
    /// Points per degree east and north.
    pub scale: [f32; 2],
    /// The tile's origin, points from the picture's top left.
    pub origin: [f32; 2],
    /// Size of the picture, points.
    pub size: [f32; 2],
    /// Pixels to a point.
    pub pixels_per_point: f32,
    /// Share of its ink that the list is drawn with, from 0 to 1.
    pub strength: f32,
    /// Size of its marks, as a share of their own.
    pub marks: f32,
    /// Unused: the size of a uniform is a multiple of 16 bytes.
    pub pad: [f32; 3],
}

/// Which buffer a tile belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Triangles.
    Fill,
    /// Segments.
    Line,
    /// Marks.
    Mark,
}

/// One draw call.
#[derive(Clone, Debug)]
pub struct Draw<'a> {
    /// The list.
    pub list: &'a DrawList,
    /// The buffer.
    pub stage: Stage,
    /// The tile.
    pub tile: &'a Tile,
    /// Its uniform.
    pub view: ViewUniform,
    /// From where to where across the picture it is seen, points; all of it where nothing is said.
    pub across: Option<[f32; 2]>,
}

impl Draw<'_> {
    /// The pixels of a picture of this size that it may touch: left, width.
    pub fn columns(&self, width: u32) -> [u32; 2] {
        let Some(across) = self.across else { return [0, width] };
        let [from, to] = across.map(|x| (x * self.view.pixels_per_point).round().clamp(0.0, width as f32) as u32);
        [from, to - from.min(to)]
    }
}

impl MapFrame {
    /// Size of the picture in pixels, at least one each way.
    pub fn pixels(&self) -> [u32; 2] {
        let size = self.rect.size() * self.pixels_per_point;
        [(size.x.round() as u32).max(1), (size.y.round() as u32).max(1)]
    }

    /// True where `other` would look the same, wherever it stands on the window.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.pixels() == other.pixels()
            && self.camera == other.camera
            && self.background == other.background
            && self.pixels_per_point == other.pixels_per_point
            && self.parting == other.parting
            && self.lists.len() == other.lists.len()
            && self.lists.iter().zip(&other.lists).all(|((a, ink), (b, other))| a.id == b.id && ink == other)
    }

    /// The draw calls, bottom to top, tiles out of sight left out.
    pub fn draws(&self) -> Vec<Draw<'_>> {
        // Marks and line widths reach a little over the edge.
        let view = Rect::from_min_size(Pos2::ZERO, self.rect.size());
        let size = view.size();
        let scale = self.camera.points_per_degree();
        let mut draws = Vec::new();
        let parts = match self.parting {
            None => vec![(Side::Both, 0.0, None)],
            Some(Parting { at, shift }) => {
                vec![(Side::Left, -shift, Some([0.0, at])), (Side::Right, shift, Some([at, size.x]))]
            }
        };
        for (side, dx, across) in parts {
            let visible = self.camera.visible(view.expand(16.0 + dx.abs()));
            let is_there = |of: Side| side == Side::Both || of == Side::Both || of == side;
            for (list, strength) in self.lists.iter().filter(|(_, strength)| is_there(strength.side)) {
                for (stage, tiles) in [
                    (Stage::Fill, &list.fill_tiles),
                    (Stage::Line, &list.segment_tiles),
                    (Stage::Mark, &list.mark_tiles),
                ] {
                    let marks = strength.marks;
                    let strength = if stage == Stage::Line { strength.lines } else { strength.all };
                    if strength <= 0.0 {
                        continue;
                    }
                    draws.extend(tiles.iter().filter(|tile| in_sight(&tile.bounds, &visible)).map(|tile| {
                        let origin = self.camera.screen_from_world(view, tile.origin) + vec2(dx, 0.0);
                        Draw {
                            across,
                            list,
                            stage,
                            tile,
                            view: ViewUniform {
                                scale: scale.map(|s| s as f32),
                                origin: origin.into(),
                                size: size.into(),
                                pixels_per_point: self.pixels_per_point,
                                strength,
                                marks,
                                pad: [0.0; 3],
                            },
                        }
                    }));
                }
            }
        }
        draws
    }
}

fn in_sight(tile: &LonLatBox, visible: &LonLatBox) -> bool {
    tile.intersects(visible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LonLat;
    use crate::ui::map::draw_list::Elements;

    fn frame(parting: Option<Parting>) -> MapFrame {
        let bounds = LonLatBox { min: LonLat::new(120.0, 30.0), max: LonLat::new(122.0, 32.0) };
        let tile = Tile { origin: LonLat::new(121.0, 31.0), bounds, range: 0..3 };
        let list = |id| {
            let tiles = [vec![tile.clone()], Vec::new(), Vec::new()];
            let mut list = DrawList::new(Elements::default(), tiles);
            list.id = id;
            Arc::new(list)
        };
        let of = |side| Strength { side, ..Strength::FULL };
        MapFrame {
            rect: Rect::from_min_size(Pos2::ZERO, vec2(400.0, 200.0)),
            pixels_per_point: 2.0,
            camera: Camera { center: LonLat::new(121.0, 31.0), scale: 100.0 },
            background: Color32::WHITE,
            lists: vec![(list(1), of(Side::Both)), (list(2), of(Side::Left)), (list(3), of(Side::Right))],
            coming: Vec::new(),
            parting,
        }
    }

    #[test]
    fn each_side_of_a_parted_map_has_its_own_and_what_is_common() {
        let whole = frame(None);
        let drawn = |frame: &MapFrame| -> Vec<(u64, [u32; 2], f32)> {
            frame.draws().iter().map(|draw| (draw.list.id, draw.columns(800), draw.view.origin[0])).collect()
        };
        assert_eq!(drawn(&whole), [(1, [0, 800], 200.0), (2, [0, 800], 200.0), (3, [0, 800], 200.0)]);
        let swiped = frame(Some(Parting { at: 100.0, shift: 0.0 }));
        let [left, right] = [[0, 200], [200, 600]];
        assert_eq!(drawn(&swiped), [(1, left, 200.0), (2, left, 200.0), (1, right, 200.0), (3, right, 200.0)]);
        let apart = frame(Some(Parting { at: 200.0, shift: 100.0 }));
        let [left, right] = [[0, 400], [400, 400]];
        assert_eq!(drawn(&apart), [(1, left, 100.0), (2, left, 100.0), (1, right, 300.0), (3, right, 300.0)]);
        assert!(!swiped.looks_like(&apart) && !swiped.looks_like(&whole));
    }
}
