//! What of a drawing becomes rows of which layer.

use super::kind::Shape;
use super::space::Affine;
use super::units::Units;
use crate::io::formats::FieldKind;
use acadrust::Color;
use std::collections::{BTreeMap, HashMap};

/// A placing of a block, or the drawing itself.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// From the block's coordinates to those of the drawing.
    pub map: Affine,
    /// The INSERT that places the block, by entity; `None` for the drawing.
    pub insert: Option<u32>,
    /// The INSERT of the drawing that this is part of.
    pub outermost: Option<u32>,
    /// The nearest INSERT with attributes, by entity.
    pub attributes: Option<u32>,
    /// The layer of the INSERT.
    pub layer: u32,
    /// Its colour.
    pub color: Color,
    /// The frame whose line type is meant by `ByBlock`.
    pub parent: u32,
}

/// An entity in a frame, on a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    /// The entity's place in the document.
    pub entity: u32,
    /// The frame's place.
    pub frame: u32,
    /// The sheet's place.
    pub sheet: u32,
}

/// Which optional columns a layer has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uses {
    /// Rows within blocks.
    pub blocks: bool,
    /// Texts.
    pub texts: bool,
    /// Texts or blocks, which are turned.
    pub turned: bool,
    /// Extended data.
    pub xdata: bool,
}

/// A layer of the program: the entities of one shape on a CAD layer.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Its name.
    pub name: String,
    /// The CAD layer.
    pub layer: u32,
    /// The shape.
    pub shape: Shape,
    /// Rows.
    pub rows: u64,
    /// Optional columns.
    pub uses: Uses,
    /// Attribute tags in the order they come.
    pub tags: Vec<String>,
    /// Fields written by this program as extended data, with what their values are.
    pub fields: Vec<(String, FieldKind)>,
    /// Rows whose attributes found no column.
    pub lost_tags: usize,
    /// Entities made of several paths or areas occur.
    pub has_multi: bool,
}

/// A layer of the drawing.
#[derive(Clone, Debug)]
pub(super) struct CadLayer {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: Color,
    /// Its line type.
    pub linetype: String,
    /// Frozen.
    pub is_frozen: bool,
    /// Switched off.
    pub is_off: bool,
}

/// What happened on the way, by the key of the note.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Entities that are not read, by type.
    pub unread: BTreeMap<String, usize>,
    /// Entities of the paper space.
    pub paper: usize,
    /// Entities whose owner is missing.
    pub orphans: usize,
    /// Blocks that contain themselves.
    pub recursive: Vec<String>,
    /// Blocks nested too deep.
    pub deep: usize,
    /// External references: name and path.
    pub xrefs: Vec<(String, String)>,
    /// Blocks that are not defined.
    pub missing: Vec<String>,
    /// Invisible entities within blocks, left out.
    pub hidden: usize,
    /// INSERTs with numbers that are none.
    pub bad_inserts: usize,
}

/// The rows to come.
#[derive(Debug)]
pub(super) struct Plan {
    /// Placings; the first is the drawing.
    pub frames: Vec<Frame>,
    /// Rows.
    pub placed: Vec<Placed>,
    /// Layers of the program.
    pub sheets: Vec<Sheet>,
    /// Layers of the drawing.
    pub layers: Vec<CadLayer>,
    /// Constant attributes, which INSERTs do not repeat, by the handle of their block.
    pub constants: HashMap<u64, Vec<u32>>,
    /// What happened.
    pub counts: Counts,
    /// The unit.
    pub units: Units,
    /// The rectangle of the rows' anchors in drawing units; infinite the wrong way round where there is none.
    pub extent: [f64; 4],
}

impl Plan {
    /// Names the layers, in the order of the drawing's table, points before lines before areas.
    pub(super) fn name_sheets(&mut self) {
        let mut order: Vec<u32> = (0..self.sheets.len() as u32).collect();
        order.sort_by_key(|index| {
            let sheet = &self.sheets[*index as usize];
            (sheet.layer, sheet.shape)
        });
        let mut names: std::collections::HashSet<String> = std::collections::HashSet::new();
        let mut shapes: HashMap<u32, usize> = HashMap::new();
        for sheet in &self.sheets {
            *shapes.entry(sheet.layer).or_default() += 1;
        }
        // Layers of one shape keep their names; made names give way to them.
        for is_alone in [true, false] {
            for index in &order {
                let sheet = &mut self.sheets[*index as usize];
                if (shapes[&sheet.layer] == 1) != is_alone {
                    continue;
                }
                let layer = &self.layers[sheet.layer as usize].name;
                let suffix = match sheet.shape {
                    Shape::Point => "点",
                    Shape::Line => "线",
                    Shape::Area => "面",
                };
                let made = if is_alone { layer.clone() } else { format!("{layer}·{suffix}") };
                let mut name = made.clone();
                let mut number = 2;
                while !names.insert(name.clone()) {
                    name = format!("{made} ({number})");
                    number += 1;
                }
                sheet.name = name;
            }
        }
        let mut new_place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            new_place[*old as usize] = new as u32;
        }
        for placed in &mut self.placed {
            placed.sheet = new_place[placed.sheet as usize];
        }
        let sheets = std::mem::take(&mut self.sheets);
        let mut sorted: Vec<(u32, Sheet)> = new_place.into_iter().zip(sheets).collect();
        sorted.sort_by_key(|(place, _)| *place);
        self.sheets = sorted.into_iter().map(|(_, sheet)| sheet).collect();
    }
}
