//! Rows of a layer: columns, cells, notes.

use super::draw::{Drawer, Trouble, text_anchor};
use super::kind::{self, Shape};
use super::load::Drawing;
use super::plan::{Frame, Placed, Sheet};
use super::space::{Affine, Xyz};
use super::troubles::{list, trouble_note};
use super::{no_layer, notes, refuse, text, xdata};
use crate::i18n::{Lang, count, tr};
use crate::io::formats::{Cell, Field, FieldKind, FormatError, RawGeometry, RawKind, RowSink, Schema};
use crate::model::GeometryKind;
use crate::progress::Progress;
use acadrust::entities::Insert;
use acadrust::{Color, EntityType};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Refuses a drawing that holds something, but nothing that is read.
///
/// # Errors
/// That it is so, and what there is.
pub(super) fn check(drawing: &Drawing) -> Result<(), FormatError> {
    let counts = &drawing.plan.counts;
    if !drawing.plan.placed.is_empty() || (counts.unread.is_empty() && counts.paper == 0) {
        return Ok(());
    }
    let (unread, paper) = (list(&counts.unread), count(counts.paper));
    Err(refuse(|lang| match unread.is_empty() {
        true => tr!(lang, "format.cad.only_paper", n = paper).into_owned(),
        false => tr!(lang, "format.cad.nothing", what = unread, n = paper).into_owned(),
    }))
}

/// Gives a layer to a sink.
///
/// # Errors
/// Where there is no such layer; what the sink says.
pub(super) fn give(
    drawing: &Drawing,
    layer: &str,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let plan = &drawing.plan;
    let Some(index) = plan.sheets.iter().position(|sheet| sheet.name == layer) else {
        if plan.sheets.is_empty() && layer == "0" {
            let schema =
                Schema { name: "0".to_owned(), rows: Some(0), encoding: drawing.encoding.clone(), ..Schema::default() };
            sink.schema(&schema)?;
            drawing.notes.iter().for_each(|note| sink.note(note.clone()));
            return Ok(());
        }
        return Err(no_layer(layer));
    };
    let sheet = &plan.sheets[index];
    let columns = Columns::new(sheet);
    sink.schema(&Schema {
        name: sheet.name.clone(),
        fields: columns.fields.clone(),
        encoding: drawing.encoding.clone(),
        rows: Some(sheet.rows),
        ..Schema::default()
    })?;
    let entities = drawing.entities();
    let mut drawer = Drawer::new(plan.units.factor);
    let mut geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut tagged = Tagged::new();
    let mut shown = 0;
    progress.start(sheet.rows.max(1));
    let (mut row, mut step) = (0_usize, 0_u64);
    for placed in plan.placed.iter().filter(|placed| placed.sheet as usize == index) {
        let entity = entities[placed.entity as usize];
        let frame = &plan.frames[placed.frame as usize];
        let drawn = match entity {
            EntityType::Insert(insert) => {
                let base = drawing.document.block_records.get(&insert.block_name);
                let base = base.map_or([0.0; 3], |record| super::space::xyz(record.base_point));
                let at = acadrust::Vector3 { x: base[0], y: base[1], z: base[2] };
                let point = acadrust::entities::Point { location: at, ..acadrust::entities::Point::default() };
                drawer.draw(&EntityType::Point(point), Shape::Point, &frame.map, &mut geometry)
            }
            entity => drawer.draw(entity, sheet.shape, &frame.map, &mut geometry),
        };
        let is_drawn = matches!(drawn, Ok(()) | Err(Trouble::Gap));
        if let Err(trouble) = drawn {
            // The first hundred are told one by one.
            shown += 1;
            if shown <= 100 {
                sink.note(trouble_note(trouble, row, kind::name(entity)));
            }
        }
        let given = is_drawn.then_some(&geometry);
        Row { drawing, sheet, entities: &entities, placed, entity, frame }.cells(
            &columns,
            given,
            &mut tagged,
            &mut cells,
        );
        sink.row(None, &cells, given)?;
        row += 1;
        step += 1;
        if step == 1_024 {
            progress.advance(std::mem::take(&mut step))?;
        }
    }
    progress.advance(step)?;
    if shown > 100 {
        let n = count(shown - 100);
        sink.note(notes::doubt("format.cad.more_troubles", None, |lang| {
            tr!(lang, "format.cad.more_troubles", n = n).into_owned()
        }));
    }
    if drawer.stepping.is_coarse {
        sink.note(notes::doubt("format.cad.coarse", None, |lang| tr!(lang, "format.cad.coarse").into_owned()));
    }
    say(drawing, sheet, sink);
    Ok(())
}

/// Notes on the layer and the drawing.
fn say(drawing: &Drawing, sheet: &Sheet, sink: &mut dyn RowSink) {
    let plan = &drawing.plan;
    drawing.notes.iter().for_each(|note| sink.note(note.clone()));
    sink.note(plan.units.note(plan.extent));
    let layer = &plan.layers[sheet.layer as usize];
    let mut inform = |kind: &'static str, is_doubt: bool, say: &dyn Fn(Lang) -> String| {
        let note = if is_doubt { notes::doubt(kind, None, say) } else { notes::information(kind, say) };
        sink.note(note);
    };
    if layer.is_frozen || layer.is_off {
        inform("format.cad.frozen", false, &|lang| tr!(lang, "format.cad.frozen", name = layer.name).into_owned());
    }
    if !sheet.tags.is_empty() {
        let n = count(sheet.tags.len());
        inform("format.cad.attributes", false, &|lang| tr!(lang, "format.cad.attributes", n = n).into_owned());
    }
    if sheet.lost_tags > 0 {
        let n = count(sheet.lost_tags);
        inform("format.cad.lost_tags", true, &|lang| tr!(lang, "format.cad.lost_tags", n = n).into_owned());
    }
    let counts = &plan.counts;
    if !counts.unread.is_empty() {
        let what = list(&counts.unread);
        inform("format.cad.unread", true, &|lang| tr!(lang, "format.cad.unread", what = what).into_owned());
    }
    if counts.paper > 0 {
        let n = count(counts.paper);
        inform("format.cad.paper", false, &|lang| tr!(lang, "format.cad.paper", n = n).into_owned());
    }
    for (name, path) in &counts.xrefs {
        inform("format.cad.xref", true, &|lang| tr!(lang, "format.cad.xref", name = name, path = path).into_owned());
    }
    if !counts.missing.is_empty() {
        let names = counts.missing.join("、");
        inform("format.cad.missing_block", true, &|lang| {
            tr!(lang, "format.cad.missing_block", names = names).into_owned()
        });
    }
    if !counts.recursive.is_empty() {
        let names = counts.recursive.join("、");
        inform("format.cad.recursive", true, &|lang| tr!(lang, "format.cad.recursive", names = names).into_owned());
    }
    let numbers: [(&'static str, usize, bool); 4] = [
        ("format.cad.orphans", counts.orphans, true),
        ("format.cad.deep", counts.deep, true),
        ("format.cad.hidden", counts.hidden, false),
        ("format.cad.bad_inserts", counts.bad_inserts, true),
    ];
    for (kind, number, is_doubt) in numbers.into_iter().filter(|(_, number, _)| *number > 0) {
        let n = count(number);
        inform(kind, is_doubt, &|lang| {
            match kind {
                "format.cad.orphans" => tr!(lang, "format.cad.orphans", n = n),
                "format.cad.deep" => tr!(lang, "format.cad.deep", n = n),
                "format.cad.hidden" => tr!(lang, "format.cad.hidden", n = n),
                _ => tr!(lang, "format.cad.bad_inserts", n = n),
            }
            .into_owned()
        });
    }
}

/// Columns that the drawing itself gives, in order.
const BASE: [(&str, FieldKind); 12] = [
    ("layer", FieldKind::Text),
    ("type", FieldKind::Text),
    ("color", FieldKind::Text),
    ("linetype", FieldKind::Text),
    ("handle", FieldKind::Text),
    ("block", FieldKind::Text),
    ("insert", FieldKind::Text),
    ("text", FieldKind::Text),
    ("text_height", FieldKind::Real),
    ("rotation", FieldKind::Real),
    ("elevation", FieldKind::Real),
    ("xdata", FieldKind::Json),
];

/// Columns of a layer.
struct Columns {
    fields: Vec<Field>,
    /// Which of [`BASE`] are there.
    base: [bool; 12],
}

impl Columns {
    fn new(sheet: &Sheet) -> Self {
        let uses = sheet.uses;
        let base = std::array::from_fn(|index| {
            let is_used = match BASE[index].0 {
                "block" | "insert" => uses.blocks,
                "text" | "text_height" => uses.texts,
                "rotation" => uses.turned,
                "xdata" => uses.xdata,
                _ => true,
            };
            // A field that this program wrote under the same name goes before.
            is_used && !sheet.fields.iter().any(|(field, _)| field == BASE[index].0)
        });
        let of_base = BASE.iter().zip(base).filter(|(_, is_there)| *is_there);
        let mut fields: Vec<Field> = of_base.map(|((name, kind), _)| Field::new(*name, *kind)).collect();
        fields.extend(sheet.tags.iter().map(|tag| Field::new(tag.clone(), FieldKind::Text)));
        fields.extend(sheet.fields.iter().map(|(name, kind)| Field::new(name.clone(), *kind)));
        Self { fields, base }
    }
}

/// Attributes of the INSERTs that came last, by entity: the rows of one block have them in common.
type Tagged<'a> = HashMap<u32, Vec<(usize, Cell<'a>)>>;

/// An entity where it stands.
struct Row<'a, 'b> {
    drawing: &'a Drawing,
    sheet: &'a Sheet,
    entities: &'b [&'a EntityType],
    placed: &'a Placed,
    entity: &'a EntityType,
    frame: &'a Frame,
}

impl<'a> Row<'a, '_> {
    fn cells(
        &self,
        columns: &Columns,
        geometry: Option<&RawGeometry>,
        tagged: &mut Tagged<'a>,
        cells: &mut Vec<Cell<'a>>,
    ) {
        cells.clear();
        let turn = text_of(self.entity);
        for (index, _) in columns.base.iter().enumerate().filter(|(_, is_there)| **is_there) {
            cells.push(self.base(BASE[index].0, turn.as_ref(), geometry));
        }
        let from = cells.len();
        cells.resize(from + self.sheet.tags.len(), Cell::Null);
        if let Some(index) = self.frame.attributes {
            if tagged.len() > 1_000 && !tagged.contains_key(&index) {
                tagged.clear();
            }
            for (place, cell) in tagged.entry(index).or_insert_with(|| self.attributes(index)) {
                cells[from + *place] = cell.clone();
            }
        }
        let from = cells.len();
        cells.resize(from + self.sheet.fields.len(), Cell::Null);
        if !self.sheet.fields.is_empty() {
            xdata::cells(&self.entity.common().extended_data, &self.sheet.fields, &mut cells[from..]);
        }
    }

    /// A column of the drawing itself.
    fn base(&self, name: &str, text: Option<&(Cow<'a, str>, f64, f64)>, geometry: Option<&RawGeometry>) -> Cell<'a> {
        let common = self.entity.common();
        let plan = &self.drawing.plan;
        match name {
            "layer" => Cell::Text(Cow::Borrowed(&plan.layers[self.sheet.layer as usize].name)),
            "type" => Cell::Text(Cow::Borrowed(kind::name(self.entity))),
            "color" => self.color(),
            "linetype" => Cell::Text(self.linetype()),
            "handle" => handle(common.handle.value()),
            "block" => {
                let block = self.frame.insert.and_then(|index| self.insert(index));
                block.map_or(Cell::Null, |insert| Cell::Text(text::name(&insert.block_name)))
            }
            "insert" => {
                let outermost = self.frame.outermost.map(|index| self.entities[index as usize].common().handle.value());
                outermost.map_or(Cell::Null, handle)
            }
            "text" => text.map_or(Cell::Null, |(text, ..)| Cell::Text(text.clone())),
            "text_height" => {
                let height = text.map(|(_, height, _)| height * plan.units.factor * self.frame.map.scale());
                height.filter(|height| height.is_finite()).map_or(Cell::Null, Cell::Real)
            }
            "rotation" => self.rotation(text.map(|(_, _, angle)| *angle)),
            "elevation" => elevation(geometry),
            _ => xdata::json(&common.extended_data).map_or(Cell::Null, |json| Cell::Json(Cow::Owned(json))),
        }
    }

    fn insert(&self, index: u32) -> Option<&'a Insert> {
        match self.entities[index as usize] {
            EntityType::Insert(insert) => Some(insert),
            _ => None,
        }
    }

    /// The attributes of an INSERT, each with the place of its column.
    fn attributes(&self, index: u32) -> Vec<(usize, Cell<'a>)> {
        let mut found: BTreeMap<usize, Cell<'a>> = BTreeMap::new();
        let Some(insert) = self.insert(index) else { return Vec::new() };
        let mut set = |tag: &'a str, value: &'a str, lines: Option<&'a acadrust::entities::MText>| {
            let tag = text::name(tag);
            if let Some(place) = self.sheet.tags.iter().position(|known| *known == *tag) {
                let text = match lines {
                    Some(lines) if !lines.value.is_empty() => text::paragraphs(&lines.value),
                    _ => text::line(value),
                };
                found.insert(place, Cell::Text(text));
            }
        };
        let block = self.drawing.document.block_records.get(&insert.block_name).map(|record| record.handle.value());
        for index in block.and_then(|block| self.drawing.plan.constants.get(&block)).into_iter().flatten() {
            if let EntityType::AttributeDefinition(definition) = self.entities[*index as usize] {
                set(&definition.tag, &definition.default_value, definition.embedded_mtext.as_deref());
            }
        }
        for attribute in &insert.attributes {
            set(&attribute.tag, &attribute.value, attribute.embedded_mtext.as_deref());
        }
        found.into_iter().collect()
    }

    /// The colour that is seen: an index from 1 to 255, or `#RRGGBB`.
    fn color(&self) -> Cell<'a> {
        let layers = &self.drawing.plan.layers;
        let color = match self.entity {
            EntityType::Insert(_) => self.frame.color,
            entity => match entity.common().color {
                Color::ByBlock => self.frame.color,
                Color::ByLayer => layers[self.sheet.layer as usize].color,
                color => color,
            },
        };
        match color {
            Color::Index(index) => Cell::Text(Cow::Owned(index.to_string())),
            Color::Rgb { r, g, b } => Cell::Text(Cow::Owned(format!("#{r:02X}{g:02X}{b:02X}"))),
            _ => Cell::Null,
        }
    }

    /// The line type that is seen.
    fn linetype(&self) -> Cow<'a, str> {
        let is = |name: &str, word: &str| name.eq_ignore_ascii_case(word);
        let plan = &self.drawing.plan;
        let mut name: &'a str = &self.entity.common().linetype;
        let mut layer = self.sheet.layer;
        let own = self.placed.frame;
        let mut frame =
            if matches!(self.entity, EntityType::Insert(_)) { plan.frames[own as usize].parent } else { own };
        while is(name, "ByBlock") {
            let outer = &plan.frames[frame as usize];
            match outer.insert {
                Some(insert) => name = &self.entities[insert as usize].common().linetype,
                None => return Cow::Borrowed("Continuous"),
            }
            layer = outer.layer;
            frame = outer.parent;
        }
        if name.is_empty() || is(name, "ByLayer") {
            return Cow::Borrowed(&plan.layers[layer as usize].linetype);
        }
        text::name(name)
    }

    /// Degrees from the x axis, counter-clockwise, 0 to 360.
    fn rotation(&self, angle: Option<f64>) -> Cell<'a> {
        let direction = match self.entity {
            EntityType::Insert(_) => self.frame.map.direction([1.0, 0.0, 0.0]),
            entity => {
                let Some(angle) = angle else { return Cell::Null };
                let along: Xyz = [angle.cos(), angle.sin(), 0.0];
                let normal = match entity {
                    EntityType::MText(_) => Affine::IDENTITY,
                    entity => Affine::of_normal(text_anchor(entity).1),
                };
                self.frame.map.direction(normal.direction(along))
            }
        };
        let degrees = direction[1].atan2(direction[0]).to_degrees();
        if !degrees.is_finite() {
            return Cell::Null;
        }
        let rounded = (degrees.rem_euclid(360.0) * 1e6).round() / 1e6;
        Cell::Real(if rounded >= 360.0 { 0.0 } else { rounded })
    }
}

fn handle(value: u64) -> Cell<'static> {
    Cell::Text(Cow::Owned(format!("{value:X}")))
}

/// The height that all positions have in common.
fn elevation(geometry: Option<&RawGeometry>) -> Cell<'static> {
    let Some(geometry) = geometry else { return Cell::Null };
    let Some(first) = geometry.z.first() else { return Cell::Real(0.0) };
    let is_level = first.is_finite() && geometry.z.iter().all(|z| z == first);
    if is_level { Cell::Real(*first) } else { Cell::Null }
}

/// The text, its height and its angle (radians).
fn text_of(entity: &EntityType) -> Option<(Cow<'_, str>, f64, f64)> {
    match entity {
        EntityType::Text(one) => Some((text::line(&one.value), one.height, one.rotation)),
        EntityType::MText(one) => Some((text::paragraphs(&one.value), one.height, one.rotation)),
        EntityType::AttributeDefinition(one) => {
            let shown = if one.default_value.is_empty() { &one.tag } else { &one.default_value };
            Some((text::line(shown), one.height, one.rotation))
        }
        EntityType::AttributeEntity(one) => Some((text::line(&one.value), one.height, one.rotation)),
        _ => None,
    }
}
