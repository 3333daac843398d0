//! Explodes a drawing's blocks, once, as references to entities and placings.

use super::kind::{self, Shape};
use super::plan::{CadLayer, Counts, Frame, Placed, Plan, Sheet, Uses};
use super::space::Affine;
use super::text;
use super::units::Units;
use super::xdata;
use crate::i18n::tr;
use crate::io::formats::FormatError;
use acadrust::entities::Insert;
use acadrust::{CadDocument, Color, EntityType};
use std::collections::{HashMap, HashSet};

/// Blocks within blocks.
const DEEPEST: usize = 32;
/// Attribute columns of one layer.
const MOST_TAGS: usize = 256;
/// Columns of one layer for fields that this program wrote.
const MOST_FIELDS: usize = 1_024;
/// Placings of blocks beyond the INSERTs of the file itself, and rows and positions that exploding may add.
const MOST_FRAMES: usize = 500_000;
const MOST_ROWS: usize = 5_000_000;
const MOST_POSITIONS: usize = 20_000_000;

struct Planner<'a> {
    document: &'a CadDocument,
    entities: &'a [&'a EntityType],
    blocks: HashMap<u64, Vec<u32>>,
    layer_of: HashMap<String, u32>,
    sheet_of: HashMap<(u32, Shape), u32>,
    tagged: HashSet<(u32, u32)>,
    open: Vec<u64>,
    positions: usize,
    plan: Plan,
}

/// The key of a name: CAD names differ by more than case.
fn key(name: &str) -> String {
    name.to_lowercase()
}

/// Plans a drawing.
///
/// # Errors
/// Where exploding its blocks would give more rows than a drawing can sensibly hold.
pub(super) fn plan(document: &CadDocument, entities: &[&EntityType]) -> Result<Plan, FormatError> {
    let mut planner = Planner::new(document, entities);
    let model = planner.sort();
    let anchors = model.iter().filter_map(|index| kind::anchor(entities[*index as usize]));
    planner.plan.units = Units::of(document.header.insertion_units, document.header.measurement == 0, anchors);
    planner.place(&model, 0)?;
    planner.plan.name_sheets();
    Ok(planner.plan)
}

impl<'a> Planner<'a> {
    fn new(document: &'a CadDocument, entities: &'a [&'a EntityType]) -> Self {
        let root = Frame {
            map: Affine::IDENTITY,
            insert: None,
            outermost: None,
            attributes: None,
            layer: 0,
            color: Color::Index(7),
            parent: 0,
        };
        let plan = Plan {
            frames: vec![root],
            placed: Vec::with_capacity(entities.len()),
            sheets: Vec::new(),
            layers: Vec::new(),
            constants: HashMap::new(),
            counts: Counts::default(),
            units: Units::unknown(),
            extent: [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        };
        let mut planner = Self {
            document,
            entities,
            blocks: HashMap::new(),
            layer_of: HashMap::new(),
            sheet_of: HashMap::new(),
            tagged: HashSet::new(),
            open: Vec::new(),
            positions: 0,
            plan,
        };
        planner.layer("0");
        for layer in document.layers.iter() {
            let index = planner.layer(&layer.name) as usize;
            let known = &mut planner.plan.layers[index];
            known.name = text::name(&layer.name).into_owned();
            known.color = layer.color;
            known.linetype = text::name(&layer.line_type).into_owned();
            known.is_frozen = layer.flags.frozen;
            known.is_off = layer.flags.off;
        }
        planner
    }

    fn layer(&mut self, name: &str) -> u32 {
        if let Some(index) = self.layer_of.get(name) {
            return *index;
        }
        let folded = key(&text::name(name));
        let index = self.layer_of.get(&folded).copied().unwrap_or_else(|| {
            self.plan.layers.push(CadLayer {
                name: text::name(name).into_owned(),
                color: Color::Index(7),
                linetype: "Continuous".to_owned(),
                is_frozen: false,
                is_off: false,
            });
            self.plan.layers.len() as u32 - 1
        });
        self.layer_of.insert(folded, index);
        // The spelling as it stands, so that the next look-up needs no folding.
        self.layer_of.insert(name.to_owned(), index);
        index
    }

    /// Sorts entities into blocks; gives those of the model space.
    fn sort(&mut self) -> Vec<u32> {
        let records = || self.document.block_records.iter();
        let model: Vec<u64> =
            records().filter(|record| record.is_model_space()).map(|record| record.handle.value()).collect();
        let paper: Vec<u64> =
            records().filter(|record| record.is_paper_space()).map(|record| record.handle.value()).collect();
        let known: HashSet<u64> = records().map(|record| record.handle.value()).collect();
        let mut rows = Vec::new();
        for (index, entity) in self.entities.iter().enumerate() {
            let common = entity.common();
            let owner = common.owner_handle.value();
            let is_known = known.contains(&owner);
            let is_skipped = matches!(entity, EntityType::Viewport(_) | EntityType::Seqend(_))
                || (matches!(entity, EntityType::AttributeEntity(_)) && !is_known);
            if is_skipped {
                continue;
            }
            if model.contains(&owner) || (!is_known && matches!(common.entity_mode, None | Some(2))) {
                rows.push(index as u32);
            } else if paper.contains(&owner) || (!is_known && common.entity_mode == Some(1)) {
                self.plan.counts.paper += 1;
            } else if is_known {
                if matches!(entity, EntityType::AttributeDefinition(definition) if definition.flags.constant) {
                    self.plan.constants.entry(owner).or_default().push(index as u32);
                }
                self.blocks.entry(owner).or_default().push(index as u32);
            } else {
                self.plan.counts.orphans += 1;
            }
        }
        rows
    }

    fn place(&mut self, entities: &[u32], frame: u32) -> Result<(), FormatError> {
        for &index in entities {
            let entity: &'a EntityType = self.entities[index as usize];
            let common = entity.common();
            let is_block = frame != 0;
            if is_block {
                self.charge(1)?;
            }
            if is_block && common.invisible {
                self.plan.counts.hidden += 1;
                continue;
            }
            if is_block && matches!(entity, EntityType::AttributeDefinition(definition) if !definition.flags.constant) {
                continue;
            }
            let layer = match self.layer(&common.layer) {
                0 if is_block => self.plan.frames[frame as usize].layer,
                layer => layer,
            };
            match (entity, kind::shape(entity)) {
                (EntityType::Insert(insert), _) => self.insert(index, insert, frame, layer)?,
                (_, Some(shape)) => self.row(index, frame, layer, shape)?,
                _ => *self.plan.counts.unread.entry(kind::name(entity).to_owned()).or_default() += 1,
            }
        }
        Ok(())
    }

    /// Counts what exploding costs.
    fn charge(&mut self, cost: usize) -> Result<(), FormatError> {
        self.positions = self.positions.saturating_add(cost);
        let is_over = self.plan.placed.len() > self.entities.len().saturating_add(MOST_ROWS)
            || self.positions > self.entities.len().saturating_mul(20).saturating_add(MOST_POSITIONS);
        if is_over { Err(super::refuse(|lang| tr!(lang, "format.cad.too_many").into_owned())) } else { Ok(()) }
    }

    /// A row; the layer's columns grow with what it holds.
    fn row(&mut self, index: u32, frame: u32, layer: u32, shape: Shape) -> Result<(), FormatError> {
        let entity = self.entities[index as usize];
        let is_exploded = frame != 0;
        if is_exploded {
            self.charge(kind::weight(entity))?;
        }
        let sheets = &mut self.plan.sheets;
        let sheet_index = *self.sheet_of.entry((layer, shape)).or_insert_with(|| {
            sheets.push(Sheet {
                name: String::new(),
                layer,
                shape,
                rows: 0,
                uses: Uses::default(),
                tags: Vec::new(),
                fields: Vec::new(),
                lost_tags: 0,
                has_multi: false,
            });
            sheets.len() as u32 - 1
        });
        let attributes = self.plan.frames[frame as usize].attributes;
        if let Some(anchor) = kind::anchor(entity) {
            let [x, y, _] = self.plan.frames[frame as usize].map.position(anchor);
            let [x, y] = if matches!(entity, EntityType::Insert(_)) { self.origin(frame) } else { [x, y] };
            if x.is_finite() && y.is_finite() {
                let extent = &mut self.plan.extent;
                *extent = [extent[0].min(x), extent[1].min(y), extent[2].max(x), extent[3].max(y)];
            }
        }
        let sheet = &mut self.plan.sheets[sheet_index as usize];
        sheet.rows += 1;
        sheet.uses.blocks |= is_exploded;
        let is_text = matches!(
            entity,
            EntityType::Text(_)
                | EntityType::MText(_)
                | EntityType::AttributeDefinition(_)
                | EntityType::AttributeEntity(_)
        );
        sheet.uses.texts |= is_text;
        sheet.uses.turned |= is_text || matches!(entity, EntityType::Insert(_));
        sheet.has_multi |= matches!(
            entity,
            EntityType::MLine(_)
                | EntityType::Hatch(_)
                | EntityType::PolyfaceMesh(_)
                | EntityType::PolygonMesh(_)
                | EntityType::Mesh(_)
        );
        sheet.uses.xdata |= xdata::has_foreign(&entity.common().extended_data);
        sheet.lost_tags += xdata::fields(&entity.common().extended_data, &mut sheet.fields, MOST_FIELDS);
        if let Some(owner) = attributes
            && self.tagged.insert((sheet_index, owner))
            && let EntityType::Insert(insert) = self.entities[owner as usize]
        {
            self.tags(sheet_index, insert);
        }
        self.plan.placed.push(Placed { entity: index, frame, sheet: sheet_index });
        Ok(())
    }

    /// Where the INSERT of a frame stands.
    fn origin(&self, frame: u32) -> [f64; 2] {
        let frame = &self.plan.frames[frame as usize];
        let base = frame.insert.and_then(|index| match self.entities[index as usize] {
            EntityType::Insert(insert) => self.document.block_records.get(&insert.block_name),
            _ => None,
        });
        let base = base.map_or([0.0; 3], |record| super::space::xyz(record.base_point));
        let [x, y, _] = frame.map.position(base);
        [x, y]
    }

    fn tags(&mut self, sheet: u32, insert: &Insert) {
        let constants = self.document.block_records.get(&insert.block_name);
        let constants = constants.and_then(|record| self.plan.constants.get(&record.handle.value()));
        let constants = constants.into_iter().flatten().filter_map(|index| match self.entities[*index as usize] {
            EntityType::AttributeDefinition(definition) => Some(&definition.tag),
            _ => None,
        });
        let sheet = &mut self.plan.sheets[sheet as usize];
        let all = insert.attributes.iter().map(|attribute| &attribute.tag).chain(constants);
        for tag in all.map(|tag| text::name(tag)) {
            if sheet.tags.iter().any(|known| *known == *tag) {
                continue;
            }
            if sheet.tags.len() >= MOST_TAGS {
                sheet.lost_tags += 1;
            } else {
                sheet.tags.push(tag.into_owned());
            }
        }
    }

    /// Places a block: one row for each cell of an INSERT, then what is in it.
    fn insert(&mut self, index: u32, insert: &'a Insert, frame: u32, layer: u32) -> Result<(), FormatError> {
        let record = self.document.block_records.get(&insert.block_name);
        let block = record.map_or(0, |record| record.handle.value());
        let name = || text::name(&insert.block_name).into_owned();
        match record {
            None if !self.plan.counts.missing.contains(&name()) && self.plan.counts.missing.len() < 20 => {
                self.plan.counts.missing.push(name());
            }
            Some(record) if record.flags.is_xref || record.flags.is_xref_overlay => {
                let one = (name(), text::name(&record.xref_path).into_owned());
                if !self.plan.counts.xrefs.contains(&one) && self.plan.counts.xrefs.len() < 20 {
                    self.plan.counts.xrefs.push(one);
                }
            }
            _ => {}
        }
        let is_recursive = self.open.contains(&block) && record.is_some();
        if is_recursive && !self.plan.counts.recursive.contains(&name()) {
            self.plan.counts.recursive.push(name());
        }
        let is_deep = self.open.len() >= DEEPEST;
        self.plan.counts.deep += usize::from(is_deep);
        let base = record.map_or([0.0; 3], |record| super::space::xyz(record.base_point));
        let ocs = Affine::of_normal(insert.normal);
        let scales = [insert.x_scale(), insert.y_scale(), insert.z_scale()];
        let turned = Affine::scaled_and_turned(scales, insert.rotation);
        let grid = Affine::scaled_and_turned([1.0; 3], insert.rotation);
        let outer = self.plan.frames[frame as usize].clone();
        let color = match insert.common.color {
            Color::ByBlock => outer.color,
            Color::ByLayer => self.plan.layers[layer as usize].color,
            color => color,
        };
        let has_attributes = !insert.attributes.is_empty() || self.plan.constants.contains_key(&block);
        let (columns, rows) = (usize::from(insert.column_count.max(1)), usize::from(insert.row_count.max(1)));
        if self.plan.frames.len() + columns * rows > MOST_FRAMES + 2 * self.entities.len() {
            return Err(super::refuse(|lang| tr!(lang, "format.cad.too_many").into_owned()));
        }
        let inside: Vec<u32> = match self.blocks.get(&block) {
            Some(inside) if record.is_some() && !is_recursive && !is_deep => inside.clone(),
            _ => Vec::new(),
        };
        for cell in 0..columns * rows {
            let (column, row) = ((cell % columns) as f64, (cell / columns) as f64);
            let step = grid.direction([column * insert.column_spacing, row * insert.row_spacing, 0.0]);
            let at = super::space::xyz(insert.insert_point);
            let shift = Affine::shift([at[0] + step[0], at[1] + step[1], at[2]]);
            let local = ocs.after(&shift).after(&turned).after(&Affine::shift(base.map(|number| -number)));
            let map = outer.map.after(&local);
            if !map.is_finite() {
                self.plan.counts.bad_inserts += 1;
                break;
            }
            self.plan.frames.push(Frame {
                map,
                insert: Some(index),
                outermost: outer.outermost.or(Some(index)),
                attributes: if has_attributes { Some(index) } else { outer.attributes },
                layer,
                color,
                parent: frame,
            });
            let own = self.plan.frames.len() as u32 - 1;
            self.row(index, own, layer, Shape::Point)?;
            if !inside.is_empty() {
                self.open.push(block);
                let placed = self.place(&inside, own);
                self.open.pop();
                placed?;
            }
        }
        Ok(())
    }
}
