//! The rows of an answer as a layer: rows of the layers that were asked as they are, new geometry, values added in typed columns.

use super::once::once;
use super::table_row::{exact_text, heights_of};
use super::write::{Added, FeatureWriter, OutGeometry, rounded_position};
use crate::health;
use crate::model::{
    Attributes, Digest, Edits, FeatureText, Geometries, Geometry, GeometryKind, Layer, Lent, LentColumn, MadeRows,
    Origin, Problem, ProblemKind, Role, RowGeometries, Severity, Source, TextKind, TypedColumn,
};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Values of one column while rows come: of the type of the first, and of any where another follows.
#[derive(Debug, Default)]
struct Growing {
    /// Rows before the first value: true for null, false where the row has no such member.
    lead: Vec<bool>,
    column: Option<TypedColumn>,
}

impl Growing {
    fn len(&self) -> usize {
        self.column.as_ref().map_or(self.lead.len(), TypedColumn::len)
    }

    fn push_nothing(&mut self, is_null: bool) {
        match &mut self.column {
            None => self.lead.push(is_null),
            Some(column) if is_null => column.push_null(),
            Some(column) => column.push_missing(),
        }
    }

    /// Rows up to this one have no such member where they have no value.
    fn pad(&mut self, row: usize) {
        (self.len()..row).for_each(|_| self.push_nothing(false));
    }

    /// Adds a value by `push`, which says whether the column takes it; else as JSON.
    fn push(&mut self, new: fn() -> TypedColumn, push: impl Fn(&mut TypedColumn) -> bool, json: impl Fn() -> String) {
        let lead = &mut self.lead;
        let column = self.column.get_or_insert_with(|| {
            let mut column = new();
            std::mem::take(lead).into_iter().for_each(|is_null| match is_null {
                true => column.push_null(),
                false => column.push_missing(),
            });
            column
        });
        if !push(column) {
            let mixed = std::mem::replace(column, TypedColumn::bools()).into_json();
            *column = mixed;
            // A column of JSON takes all of it.
            let _ = column.push_json(&json());
        }
    }

    fn push_number(&mut self, number: f64) {
        if !number.is_finite() {
            return self.push_nothing(true);
        }
        let json = || crate::model::Written::Real(number).text().into_owned();
        self.push(TypedColumn::reals, |column| column.push_real(number), json);
    }

    fn push_text(&mut self, text: &str) {
        let new = || TypedColumn::texts(TextKind::Text);
        self.push(new, |column| column.push_text_of(text), || serde_json::Value::from(text).to_string());
    }

    /// Adds a value of which the JSON is known.
    fn push_json(&mut self, json: &str) {
        match json.as_bytes().first() {
            None | Some(b'n') => self.push_nothing(true),
            _ => {
                let new = || TypedColumn::texts(TextKind::Json);
                self.push(new, |column| column.push_json(json), || json.to_owned());
            }
        }
    }

    fn finish(mut self, rows: usize) -> Option<TypedColumn> {
        self.pad(rows);
        let Self { lead, column } = self;
        let mut column = column.unwrap_or_else(|| {
            let mut nothing = TypedColumn::texts(TextKind::Json);
            lead.into_iter().for_each(|is_null| match is_null {
                true => nothing.push_null(),
                false => nothing.push_missing(),
            });
            nothing
        });
        column.shrink();
        Some(column)
    }
}

/// A column while rows come.
#[derive(Debug)]
struct Part {
    name: Arc<str>,
    /// By the number of the layer its column.
    of: Vec<Option<usize>>,
    added: Option<Growing>,
}

/// What is known of the rows of one layer, or of those that no layer has.
#[derive(Debug, Default)]
struct Slot {
    /// Columns of the layer that no row had until now.
    unseen: Option<usize>,
    /// The columns of what is added, in its order.
    added: Option<Vec<usize>>,
}

/// Builds the rows of an answer, one after another.
#[derive(Debug, Default)]
pub struct ResultRows {
    lent: Lent,
    ids: BTreeMap<u32, String>,
    geometries: Geometries,
    /// Rows whose geometry is new.
    new: Vec<u32>,
    parts: Vec<Part>,
    by_name: HashMap<Arc<str>, usize>,
    /// The rows of no layer, then those of each.
    slots: Vec<Slot>,
    has_heights: bool,
    problems: Vec<Problem>,
    unusable: Vec<bool>,
}

impl ResultRows {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of a column.
    fn part(&mut self, name: &str) -> usize {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), self.parts.len());
        self.parts.push(Part { name, of: Vec::new(), added: None });
        self.parts.len() - 1
    }

    /// Adds a row: one of a layer with all its members, or one made new; with values under these names (the same for all rows of a layer),
    /// its own geometry or another. `id` (JSON), where given, takes the place of its own. `other` is the layer that
    /// [`Added::IdOf`] and [`Added::NameOf`] speak of, `texts` those of [`Added::TextOf`].
    pub fn push(
        &mut self,
        of: Option<(&Arc<Layer>, usize)>,
        id: Option<&str>,
        (names, values): (&[Cow<'static, str>], &[Added]),
        (other, texts): (Option<&Layer>, &[String]),
        geometry: &OutGeometry,
    ) {
        // Where the feature itself stands: an edited row is one of another layer.
        let row = self.lent.len();
        let slot = self.lent.push(of).map_or(0, |number| number + 1);
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, Slot::default);
        }
        if let Some((layer, own)) = of {
            self.see(slot, layer, own);
        }
        if let Some(id) = id {
            self.ids.insert(row as u32, id.to_owned());
        }
        let added = match self.slots[slot].added.take() {
            Some(added) => added,
            None => names.iter().map(|name| self.part(name)).collect(),
        };
        for (part, value) in added.iter().zip(values) {
            let column = self.parts[*part].added.get_or_insert_default();
            column.pad(row);
            match (*value, other) {
                (Added::Number(number), _) => column.push_number(number),
                (Added::Word(text), _) => column.push_text(text),
                (Added::TextOf(i), _) => column.push_text(texts.get(i as usize).map_or("", String::as_str)),
                (Added::JsonOf(i), _) => column.push_json(texts.get(i as usize).map_or("null", String::as_str)),
                (Added::CellOf(cell), _) => {
                    let json = of.and_then(|(layer, own)| layer.attributes.json(own, cell as usize));
                    column.push_json(json.as_deref().unwrap_or("null"));
                }
                (Added::IdOf(row), Some(other)) => match other.id_json(row as usize) {
                    Some(id) => column.push_json(&id),
                    None if other.has_ids() => column.push_text(&format!("#{}", row + 1)),
                    None => column.push_number(f64::from(row) + 1.0),
                },
                (Added::NameOf(row), Some(other)) => column.push_text(&other.label(row as usize)),
                (Added::Null | Added::IdOf(_) | Added::NameOf(_), _) => column.push_nothing(true),
            }
        }
        self.slots[slot].added = Some(added);
        self.place(row, of, geometry);
    }

    /// Notes the columns that a row of a layer has and those before it had not.
    fn see(&mut self, slot: usize, layer: &Layer, own: usize) {
        let unseen = self.slots[slot].unseen.unwrap_or(layer.attributes.names().len());
        if unseen == 0 {
            return;
        }
        let mut left = unseen;
        for column in layer.attributes.columns_of(own) {
            let Some(name) = layer.attributes.names().get(column).cloned() else { continue };
            let part = self.part(&name);
            let of = &mut self.parts[part].of;
            if of.len() < slot {
                of.resize(slot, None);
            }
            if of[slot - 1].is_none() {
                of[slot - 1] = Some(column);
                left -= 1;
            }
        }
        self.slots[slot].unseen = Some(left);
    }

    /// Adds the geometry of a row.
    fn place(&mut self, row: usize, of: Option<(&Arc<Layer>, usize)>, geometry: &OutGeometry) {
        match (geometry, of) {
            (OutGeometry::Unchanged, Some((layer, own))) => {
                // As it would be written: what was no longitude and latitude is rounded to nine decimals.
                let is_rounded = layer.home(own).is_some_and(|(home, _)| {
                    let is_exact = home.as_read.table.as_ref().is_none_or(|table| table.is_exact);
                    home.reprojected || !is_exact
                });
                for part in layer.geometries.parts(own) {
                    for path in part.paths() {
                        for p in path {
                            self.geometries.push_position(if is_rounded { rounded_position(*p) } else { *p });
                        }
                        self.geometries.end_path();
                    }
                    self.geometries.end_part();
                }
                self.geometries.end_row(layer.geometries.kind(own));
                let told = layer.problems_of(own).iter().map(|problem| problem.kind.clone());
                let told = told.filter(|kind| !is_of_file(kind));
                self.problems.extend(told.map(|kind| Problem { row: Some(row), place: None, kind }));
                self.unusable.push(layer.unusable.get(own).copied().unwrap_or(true));
                if !self.has_heights {
                    let positions = layer.geometries.positions_of(own).len();
                    self.has_heights = !heights_of(layer, own, positions).is_empty();
                }
            }
            _ => {
                let made = geometry.as_written();
                match made {
                    Some(Geometry { kind, parts }) => {
                        for part in &parts {
                            for path in part {
                                path.iter().for_each(|p| self.geometries.push_position(*p));
                                self.geometries.end_path();
                            }
                            self.geometries.end_part();
                        }
                        self.geometries.end_row(Some(alone(kind, parts.len())));
                        self.unusable.push(false);
                    }
                    None => {
                        self.geometries.end_row(None);
                        let kind = ProblemKind::MissingGeometry;
                        self.problems.push(Problem { row: Some(row), place: None, kind });
                        self.unusable.push(true);
                    }
                }
                self.new.push(row as u32);
            }
        }
    }

    /// The layer. `stem` names its file, `name` itself.
    pub fn layer(mut self, stem: &str, name: &str) -> Layer {
        let rows = self.lent.len();
        let wholes = self.check();
        let lent = Arc::new(self.lent);
        let is_twice = self.parts.iter().any(|part| part.added.is_some() && part.of.iter().any(Option::is_some));
        let column = |part: Part| {
            let added = part.added.and_then(|added| added.finish(rows));
            (part.name, LentColumn::new(Arc::clone(&lent), part.of, added))
        };
        let attributes = Attributes::lent(self.parts.into_iter().map(column).collect());
        if self.has_heights {
            self.problems.insert(0, Problem { row: None, place: None, kind: ProblemKind::ThirdCoordinate });
        }
        self.geometries.shrink();
        let kinds = self.geometries.kinds_present();
        let bounds = self.geometries.all_bounds();
        let geometries = RowGeometries::new(self.geometries);
        let unusable = Arc::new(self.unusable);
        let added = self.slots.into_iter().map(|slot| slot.added.unwrap_or_default()).collect();
        let has_ids = !self.ids.is_empty() || lent.layers().iter().any(|layer| layer.has_ids());
        let made: Arc<dyn MadeRows> = Arc::new(Made {
            lent,
            ids: self.ids,
            has_ids,
            added,
            attributes: attributes.clone(),
            geometries: geometries.clone(),
            new: self.new,
            wholes,
            is_twice,
            nothing: Layer::nothing(),
        });
        let mut layer = Layer {
            guessed_role: Role::guess(stem, name, &attributes, kinds.first().map(|kind| kind.shape())),
            name: name.to_owned(),
            source: Source {
                digest: Digest::of(Arc::new(Text(Arc::clone(&made), stem.to_owned()))),
                ..Source::of_no_file(stem)
            },
            as_read: Arc::new(FeatureText {
                unusable: Arc::clone(&unusable),
                is_answer: true,
                made: Some(made),
                ..FeatureText::default()
            }),
            edits: Edits::default(),
            geometries,
            kinds,
            attributes,
            unusable,
            problems: Arc::new(self.problems),
            reprojected: false,
            declared_crs: None,
            encoding: "UTF-8".to_owned(),
            bounds,
        };
        health::check(&mut layer);
        if let Some(as_read) = Arc::get_mut(&mut layer.as_read) {
            as_read.problems = Arc::clone(&layer.problems);
        }
        layer
    }

    /// Checks what is new on all cores and takes out what cannot be used; the whole geometries of rows that lost something.
    fn check(&mut self) -> BTreeMap<u32, Geometry> {
        let geometries = &self.geometries;
        let checked: Vec<_> = self
            .new
            .par_iter()
            .map(|row| *row as usize)
            .filter(|row| geometries.kind(*row).is_some())
            .map(|row| (row, health::check_geometry(geometries, row)))
            .filter(|(_, checked)| !checked.problems.is_empty() || !checked.left_out.is_empty())
            .collect();
        let (mut left_out, mut wholes) = (Vec::new(), BTreeMap::new());
        for (row, checked) in checked {
            for kind in checked.problems {
                self.unusable[row] |= kind.severity() == Severity::LeftOut;
                self.problems.push(Problem { row: Some(row), place: None, kind });
            }
            if !checked.left_out.is_empty() {
                wholes.extend(geometries.geometry(row).map(|whole| (row as u32, whole)));
                left_out.push((row, checked.left_out));
            }
        }
        if !left_out.is_empty() {
            self.geometries = self.geometries.without(&left_out);
        }
        wholes
    }
}

/// The kind of a geometry of so many parts as it is written.
fn alone(kind: GeometryKind, parts: usize) -> GeometryKind {
    match kind {
        GeometryKind::MultiPolygon if parts == 1 => GeometryKind::Polygon,
        GeometryKind::MultiLineString if parts == 1 => GeometryKind::LineString,
        kind => kind,
    }
}

/// True for what is told of a row that concerns the others of its file, or how it is written there.
fn is_of_file(kind: &ProblemKind) -> bool {
    matches!(kind, ProblemKind::DuplicateId(_) | ProblemKind::MemberTwice { .. })
}

/// The rows of an answer as features.
#[derive(Debug)]
struct Made {
    lent: Arc<Lent>,
    ids: BTreeMap<u32, String>,
    has_ids: bool,
    /// The columns of what is added: to rows of no layer, then to those of each.
    added: Vec<Vec<usize>>,
    attributes: Attributes,
    geometries: RowGeometries,
    /// Rows whose geometry is new, in rising order.
    new: Vec<u32>,
    /// New geometries of which parts are not in use.
    wholes: BTreeMap<u32, Geometry>,
    /// True where what is added may have the name of a member that is there.
    is_twice: bool,
    nothing: Layer,
}

impl Made {
    /// The geometry of a row as JSON, where it is new.
    fn geometry(&self, row: usize) -> Option<Vec<u8>> {
        self.new.binary_search(&(row as u32)).ok()?;
        let whole = self.wholes.get(&(row as u32)).cloned();
        let geometry = whole.or_else(|| self.geometries.geometry(row));
        Some(geometry.map_or_else(|| b"null".to_vec(), |geometry| exact_text(&geometry)))
    }
}

impl MadeRows for Made {
    fn lent(&self) -> &Lent {
        &self.lent
    }

    fn id_json(&self, row: usize) -> Option<Cow<'_, str>> {
        if let Some(id) = self.ids.get(&(row as u32)) {
            return Some(Cow::Borrowed(id));
        }
        let (layer, own) = self.lent.of(row)?;
        layer.id_json(own)
    }

    fn has_ids(&self) -> bool {
        self.has_ids
    }

    fn text(&self, row: usize) -> std::io::Result<Vec<u8>> {
        let slot = self.lent.number_of(row).map_or(0, |(number, _)| number + 1);
        let columns = self.added.get(slot).map_or(&[][..], Vec::as_slice);
        let (mut names, mut values, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            names.push(Cow::Owned(self.attributes.names()[*column].to_string()));
            values.push(Added::JsonOf(texts.len() as u32));
            texts.push(self.attributes.json(row, *column).map_or_else(|| "null".to_owned(), Cow::into_owned));
        }
        let of = self.lent.of(row);
        let layer = of.map_or(&self.nothing, |(layer, _)| layer);
        let mut writer = FeatureWriter { layer, other: None, names: &names, texts: &texts, out: Vec::new() };
        let id = self.ids.get(&(row as u32)).map(String::as_str);
        match of {
            Some((_, own)) => writer.feature_with(own, id, &values, self.geometry(row))?,
            None => writer.made_with(id, &values, &self.geometry(row).unwrap_or_else(|| b"null".to_vec())),
        }
        Ok(if self.is_twice { once(&writer.out) } else { writer.out })
    }
}

/// What an answer is known by: the hash of its rows.
#[derive(Debug)]
struct Text(Arc<dyn MadeRows>, String);

impl Origin for Text {
    fn name(&self) -> &str {
        &self.1
    }

    fn read(&self, _: u64, _: &mut [u8]) -> std::io::Result<()> {
        Err(std::io::Error::other("an answer stands in no file"))
    }

    fn sha256(&self) -> std::io::Result<String> {
        use sha2::Digest as _;
        let mut hasher = sha2::Sha256::new();
        for row in 0..self.0.lent().len() {
            hasher.update(self.0.text(row)?);
        }
        Ok(crate::io::source::hex(&hasher.finalize()))
    }
}
