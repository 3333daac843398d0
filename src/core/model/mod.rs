//! Layers as plain values: flat coordinate arrays, attribute columns, stable feature ids, roles, problems.

mod as_read;
mod attributes;
mod bare;
mod bbox;
mod cell;
mod column;
mod edits;
mod geometry;
mod interop;
mod lent;
mod moment;
mod places;
mod problem;
mod role;
mod schema;
mod source;
mod stamp;
mod style;
mod text;
mod typed;
mod unknown;
mod value;

pub use as_read::{FeatureText, Table};
pub use attributes::{Attributes, AttributesBuilder, ColumnNames};
pub use bbox::{Bbox, NoBbox};
pub use cell::Cell;
pub use edits::{Edited, Edits, RowGeometries};
pub use geometry::{Geometries, Geometry, GeometryKind, Part, Shape};
pub use interop::{BorrowedPart, BorrowedPath, BorrowedPosition, BorrowedRow, NoGeometry};
pub use lent::{Lent, LentColumn, MadeRows};
pub use places::{lines_of, place_of};
pub use problem::{Datum, GeometryFault, Problem, ProblemKind, Severity};
pub use role::{GuessedBy, Role};
pub use schema::{Domain, Field, FieldKind, Schema};
pub use source::{Digest, ReadAs, Source, StoreSource, TableMark, Unplaced};
pub use stamp::FileStamp;
pub use style::{Category, LabelStyle, LayerStyle, Mark, Method, Pattern, Rgba, StyleBy, StyleRule, Symbol, breaks};
pub use text::{Cut, Lines, Origin, Place, Places, SourceChanged, Text, small_text};
pub use typed::{TextKind, TypedColumn};
pub use unknown::{UnknownKey, field_said, nearest};
pub use value::{Value, Written};

use crate::geodesy::LonLatBox;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// Makes room for so many times as much as is there. Without so much memory nothing happens: the vector grows as it has to.
pub fn reserve<T>(vector: &mut Vec<T>, times: f64) {
    let _ = vector.try_reserve_exact((vector.len() as f64 * times) as usize);
}

/// A stretch of a layer's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes of this stretch.
    pub fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The problems of one row, of problems in the order of the rows.
fn problems_of(problems: &[Problem], row: usize) -> &[Problem] {
    let from = problems.partition_point(|p| p.row.is_none_or(|own| own < row));
    let count = problems[from..].iter().take_while(|p| p.row == Some(row)).count();
    &problems[from..from + count]
}

/// A layer as it was at one moment: immutable, shared by the map, the table and running questions. An edit gives
/// another, which shares all but the rows edited. A row keeps its number for as long as the layer is open.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The name shown: the collection's `name`, or the file's stem.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// What it was guessed to mean.
    pub guessed_role: Option<Role>,
    /// The features as they were read.
    pub as_read: Arc<FeatureText>,
    /// The rows changed since.
    pub edits: Edits,
    /// Geometries, by row.
    pub geometries: RowGeometries,
    /// The geometry kinds present, each once, in order of first appearance.
    pub kinds: Vec<GeometryKind>,
    /// Attributes, by row.
    pub attributes: Attributes,
    /// Rows that a question cannot use; why stands in `problems`, or they are gone.
    pub unusable: Arc<Vec<bool>>,
    /// What is wrong, in the order of the rows.
    pub problems: Arc<Vec<Problem>>,
    /// True where positions were converted from another coordinate system on reading, so that
    /// geometry has to be written anew.
    pub reprojected: bool,
    /// The coordinate system the file or the planner named; `None` where positions were taken as WGS 84.
    pub declared_crs: Option<String>,
    /// The encoding the text was in.
    pub encoding: String,
    /// The box of everything located.
    pub bounds: LonLatBox,
}

impl Layer {
    /// Number of rows, gone ones among them.
    pub fn len(&self) -> usize {
        self.edits.len(self.as_read.len())
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True where the row was taken out.
    pub fn is_gone(&self, row: usize) -> bool {
        matches!(self.edits.get(row), Some(Edited::Gone))
    }

    /// What is wrong with a row.
    pub fn problems_of(&self, row: usize) -> &[Problem] {
        problems_of(&self.problems, row)
    }

    /// The rows of which parts cannot be used.
    pub fn rows_in_part(&self) -> impl Iterator<Item = usize> + '_ {
        let in_part = self.problems.iter().filter(|p| matches!(p.kind, ProblemKind::PartsLeftOut { .. }));
        in_part.filter_map(|problem| problem.row)
    }

    /// The rows that are there, located or not.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|row| !self.is_gone(*row))
    }

    /// Number of features: rows that are there.
    pub fn feature_count(&self) -> usize {
        self.len() - self.edits.gone()
    }

    /// The layer whose text a row is in, and its number there: this one, or that of the edited feature. `None` where it
    /// is gone.
    pub fn home(&self, row: usize) -> Option<(&Self, usize)> {
        match self.edits.get(row) {
            None => (row < self.as_read.len()).then_some((self, row)),
            Some(Edited::Gone) => None,
            Some(Edited::Feature(layer, row)) => Some((layer, *row as usize)),
        }
    }

    /// This layer with some rows as given: changed, added behind the last, gone, or (`None`) as they were read.
    ///
    /// Cost: the rows edited so far, and a byte a row; where one of the rows was or becomes faulty, the health list.
    pub fn with_edits(&self, changes: &[(usize, Option<Edited>)]) -> Self {
        let as_read = self.as_read.len();
        let edits = self.edits.with(as_read, changes);
        let mut layer = Self {
            geometries: self.geometries.with(edits.clone()),
            attributes: self
                .attributes
                .with(edits.clone(), changes.iter().map(|(row, _)| [self.edits.get(*row), edits.get(*row)])),
            edits: edits.clone(),
            ..self.clone()
        };
        // Copied only where it changes: states share it.
        let mut unusable = Arc::clone(&layer.unusable);
        let mut mark = |row: usize, to: bool| {
            if unusable.get(row) != Some(&to) {
                let unusable = Arc::make_mut(&mut unusable);
                unusable.resize(unusable.len().max(row + 1), true);
                unusable[row] = to;
            }
        };
        if let Some(last) = layer.edits.len(as_read).checked_sub(1).filter(|last| *last >= layer.unusable.len()) {
            mark(last, true);
        }
        // Of sound rows that stay sound nothing is told: then states share the list.
        let is_told = |row: usize| {
            let now: &[Problem] = match edits.get(row) {
                Some(Edited::Gone) => &[],
                Some(Edited::Feature(feature, own)) => problems_of(&feature.problems, *own as usize),
                None => problems_of(&self.as_read.problems, row),
            };
            !now.is_empty() || !problems_of(&self.problems, row).is_empty()
        };
        let mut told = changes.iter().any(|(row, _)| is_told(*row)).then(|| {
            let is_changed: HashSet<usize> = changes.iter().map(|(row, _)| *row).collect();
            let is_kept = |p: &&Problem| p.row.is_none_or(|row| !is_changed.contains(&row));
            self.problems.iter().filter(is_kept).cloned().collect::<Vec<Problem>>()
        });
        for (row, edited) in changes {
            match layer.edits.get(*row) {
                Some(Edited::Gone) => mark(*row, true),
                Some(Edited::Feature(feature, own)) => {
                    let own = *own as usize;
                    mark(*row, feature.unusable[own]);
                    if let Some(problems) = &mut told {
                        let found = problems_of(&feature.problems, own).iter();
                        problems.extend(found.map(|p| Problem { row: Some(*row), place: None, kind: p.kind.clone() }));
                    }
                    layer.bounds = layer.bounds.union(feature.geometries.bounds(own));
                    let new = feature.geometries.kind(own).filter(|kind| !layer.kinds.contains(kind));
                    layer.kinds.extend(new);
                }
                None => {
                    debug_assert!(edited.is_none());
                    mark(*row, self.as_read.unusable[*row]);
                    if let Some(problems) = &mut told {
                        problems.extend_from_slice(problems_of(&self.as_read.problems, *row));
                    }
                }
            }
        }
        if let Some(mut problems) = told {
            problems.sort_by_key(|p| p.row.map_or(0, |row| row + 1));
            layer.problems = Arc::new(problems);
        }
        layer.unusable = unusable;
        layer
    }

    /// The layer with other columns standing for names that questions use.
    pub fn with_column_names(self, names: ColumnNames) -> Self {
        Self { attributes: self.attributes.with_column_names(names), ..self }
    }

    /// This layer as it was read.
    pub fn unedited(&self) -> Self {
        let none = Edits::default();
        Self {
            geometries: self.geometries.with(none.clone()),
            attributes: self.attributes.unedited(),
            edits: none,
            unusable: Arc::clone(&self.as_read.unusable),
            problems: Arc::clone(&self.as_read.problems),
            ..self.clone()
        }
    }

    /// This layer with none of its edits recent: what trees and pictures are built of.
    pub fn settled(&self) -> Self {
        let edits = self.edits.settled();
        Self {
            geometries: self.geometries.with(edits.clone()),
            attributes: self.attributes.with(edits.clone(), std::iter::empty()),
            edits,
            ..self.clone()
        }
    }

    /// The bytes of a feature of a layer whose text is kept whole.
    fn kept_text(&self, row: usize) -> Option<&[u8]> {
        self.as_read.spans.get(row).map(|span| span.of(self.as_read.text.kept()))
    }

    /// The feature's own bytes (UTF-8 JSON) in the layer's text, read back from the file where they were left there; none where it is
    /// gone, and where it is a row of values.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    pub fn kept_feature(&self, row: usize) -> std::io::Result<Cow<'_, [u8]>> {
        let Some((home, row)) = self.home(row) else { return Ok(Cow::Borrowed(&[])) };
        let span = home.as_read.spans.get(row);
        span.map_or(Ok(Cow::Borrowed(&[])), |span| home.as_read.text.restored(*span))
    }

    /// The layer and the row that a row of an answer is; `None` where it was made new, and of rows of a file.
    pub fn lent_from(&self, row: usize) -> Option<(&Arc<Self>, usize)> {
        let (home, row) = self.home(row)?;
        home.as_read.made.as_ref()?.lent().of(row)
    }

    /// True where a feature has an id.
    pub fn has_ids(&self) -> bool {
        let FeatureText { table, made, .. } = &*self.as_read;
        let has_own = table.as_ref().is_some_and(Table::has_ids) || made.as_ref().is_some_and(|made| made.has_ids());
        has_own || !self.as_read.id_cells.is_empty() || self.edits.named() > 0
    }

    /// The feature's id as JSON text (`"a"` or `7`): its `id` member, or its number in a table.
    pub fn id_json(&self, row: usize) -> Option<Cow<'_, str>> {
        let (home, row) = self.home(row)?;
        if let Some(table) = &home.as_read.table {
            return table.id_json(row).map(Cow::Owned);
        }
        if let Some(made) = &home.as_read.made {
            return made.id_json(row);
        }
        let FeatureText { text, id_cells, .. } = &*home.as_read;
        let json = id_cells.get(row)?.span(text.kept()).and_then(|s| std::str::from_utf8(s.of(text.kept())).ok());
        json.map(Cow::Borrowed)
    }

    /// The feature's id for people: a string without its quotes, or the number as written.
    pub fn id_text(&self, row: usize) -> Option<String> {
        self.id_json(row).map(|json| match serde_json::from_str::<String>(&json) {
            Ok(text) => text,
            Err(_) => json.into_owned(),
        })
    }

    /// The feature's name for people: `name`, else `code`, else its id, else its number in the file.
    pub fn label(&self, row: usize) -> String {
        ["name", "名称", "code", "编码"]
            .iter()
            .filter_map(|column| self.attributes.column(column))
            .find_map(|column| match self.attributes.value(row, column) {
                Value::Text(text) if !text.is_empty() => Some(text.into_owned()),
                Value::Number(_, written) => Some(written.text().into_owned()),
                _ => None,
            })
            .or_else(|| self.id_text(row))
            .unwrap_or_else(|| format!("#{}", row + 1))
    }

    /// What a column is in the layer's file, where that declares its columns.
    pub fn field(&self, column: usize) -> Option<&Field> {
        self.as_read.table.as_ref()?.schema.fields.get(column)
    }

    /// What a coded cell stands for, by the file's own list of codes.
    pub fn meaning(&self, row: usize, column: usize) -> Option<&str> {
        let domain = self.field(column)?.domain.as_deref()?;
        let value = self.attributes.value(row, column);
        let code = value.display();
        domain.values.iter().find(|(known, _)| **known == *code).map(|(_, meaning)| &**meaning)
    }

    /// What a guess of this role stands on.
    pub fn guessed_by(&self, role: Role) -> GuessedBy {
        let Source { file_name, read_as, .. } = &self.source;
        let stem = file_name.rsplit_once('.').map_or(&**file_name, |(stem, _)| stem);
        role.guessed_by(read_as.layer.as_deref().unwrap_or(stem), &self.name)
    }

    /// What most people would say the layer is made of: the shape of its first located feature.
    pub fn shape(&self) -> Option<Shape> {
        self.kinds.first().map(|kind| kind.shape())
    }
}
