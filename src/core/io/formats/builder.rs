//! A layer from rows: values into typed columns, positions into longitude and latitude, doubts into the health list.

use super::checking::Checking;
use super::wanted::{Wanted, lon_lat};
use super::{Cell, FieldKind, FormatError, Note, RawGeometry, RawKind, RowSink, Schema, iso8601};
use crate::geodesy::LonLat;
use crate::geodesy::crs::{Crs, CrsError};
use crate::health::{self, Checked};
use crate::i18n::{Said, tr};
use crate::io::geojson::geometry_json;
use crate::io::{OutOfRange, ReadCause, ReadError, ReadOptions};
use crate::model::{
    Attributes, Digest, Edits, FeatureText, Geometries, Geometry, GeometryFault, GeometryKind, Layer, Problem,
    ProblemKind, ReadAs, Role, RowGeometries, Severity, Source, Table, TextKind, TypedColumn, Written,
};
use crate::progress::Progress;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Rows are not more than this: their numbers are kept in 32 bits.
const ROWS: usize = u32::MAX as usize;

/// Positions of a layer are not more than this, likewise.
const POSITIONS: usize = u32::MAX as usize;

/// Builds a layer row by row.
#[derive(Debug)]
pub struct LayerBuilder<'a> {
    options: &'a ReadOptions,
    schema: Schema,
    crs: Option<Crs>,
    /// The name of the system that the planner named, because the file names none.
    named_crs: Option<String>,
    names: Vec<Arc<str>>,
    columns: Vec<TypedColumn>,
    geometries: Checking,
    heights: Vec<f64>,
    ids: Vec<i64>,
    named_ids: Option<TypedColumn>,
    is_exact: bool,
    frames: BTreeMap<u32, String>,
    others: BTreeMap<u32, String>,
    rows: usize,
    wanted: Wanted<'a>,
    problems: Vec<Problem>,
    notes: Vec<Note>,
    beyond: Beyond,
    located: usize,
    has_measures: bool,
    /// Why its system cannot be used, where it is read all the same: no row of it lies anywhere.
    placeless: Option<CrsError>,
}

/// Positions that are no longitude and latitude.
#[derive(Debug, Default)]
struct Beyond {
    features: usize,
    swappable: usize,
    turned: usize,
    first: Option<LonLat>,
}

impl<'a> LayerBuilder<'a> {
    /// Nothing yet.
    pub fn new(options: &'a ReadOptions) -> Self {
        Self {
            options,
            schema: Schema::default(),
            crs: None,
            named_crs: None,
            names: Vec::new(),
            columns: Vec::new(),
            geometries: Checking::default(),
            heights: Vec::new(),
            ids: Vec::new(),
            named_ids: None,
            is_exact: false,
            frames: BTreeMap::new(),
            others: BTreeMap::new(),
            rows: 0,
            wanted: Wanted::new(options),
            problems: Vec::new(),
            notes: Vec::new(),
            beyond: Beyond::default(),
            located: 0,
            has_measures: false,
            placeless: None,
        }
    }

    /// The ids of the rows, a cell each, instead of those that are given with them.
    pub fn set_ids(&mut self, ids: TypedColumn) {
        self.named_ids = Some(ids);
    }

    /// How rows are written that have more members than others, or have them in another order ([`Table::frames`]).
    pub fn set_frames(&mut self, frames: BTreeMap<u32, String>) {
        self.frames = frames;
    }

    /// Has positions written as they stand: with all their digits, in the winding that they have.
    pub fn set_exact(&mut self) {
        self.is_exact = true;
    }

    fn problem(&mut self, kind: ProblemKind) {
        self.problems.push(Problem { row: Some(self.rows), place: None, kind });
    }

    /// A position in longitude and latitude; `None` where the projection has no answer.
    fn lon_lat(&self, p: [f64; 2]) -> Option<LonLat> {
        lon_lat(self.crs.as_ref(), p)
    }

    fn geometry(&mut self, geometry: Option<&RawGeometry>) {
        let Some(raw) = geometry.filter(|raw| !raw.is_empty()) else {
            if !self.schema.is_table {
                self.problem(ProblemKind::MissingGeometry);
            }
            return self.geometries.end_row(None);
        };
        self.has_measures |= !raw.m.is_empty();
        if self.placeless.is_some() {
            self.problem(ProblemKind::BadGeometry(GeometryFault::NotProjected));
            return self.geometries.end_row(None);
        }
        let RawKind::Simple(kind) = raw.kind else {
            self.problem(ProblemKind::BadGeometry(GeometryFault::Collection));
            if let Some(json) = self.collection_json(raw) {
                self.others.insert(self.rows as u32, json);
            }
            return self.geometries.end_row(None);
        };
        let first = self.geometries.position_count();
        let mut at = 0;
        let mut outside = None;
        let (mut is_swappable, mut is_turned, mut is_projected) = (true, true, true);
        for part in raw.parts() {
            for path in part {
                for place in path {
                    let p = self.lon_lat(raw.xy[place]);
                    is_projected &= p.is_some();
                    let p = p.unwrap_or(LonLat::new(f64::NAN, f64::NAN));
                    if !p.is_in_range() {
                        outside.get_or_insert(LonLat::new(raw.xy[place][0], raw.xy[place][1]));
                    }
                    is_swappable &= LonLat::new(p.lat, p.lon).is_in_range();
                    is_turned &= p.is_in_range_but_for_a_turn();
                    self.geometries.push_position(p);
                    at += 1;
                }
                self.geometries.end_path();
            }
            self.geometries.end_part();
        }
        match outside {
            Some(at) => {
                self.geometries.abandon_row();
                self.geometries.end_row(None);
                self.beyond.first.get_or_insert(at);
                self.beyond.features += 1;
                self.beyond.swappable += usize::from(is_swappable);
                self.beyond.turned += usize::from(is_turned);
                self.problem(match is_projected {
                    true => ProblemKind::OutOfRange { at },
                    false => ProblemKind::BadGeometry(GeometryFault::NotProjected),
                });
            }
            None => {
                self.located += 1;
                self.geometries.end_row(Some(kind));
                if !raw.z.is_empty() || !self.heights.is_empty() {
                    self.heights.resize(first, f64::NAN);
                    self.heights.extend((0..at).map(|i| raw.z.get(i).copied().unwrap_or(f64::NAN)));
                }
            }
        }
    }

    /// A collection as GeoJSON; `None` where a position of it cannot be placed.
    fn collection_json(&self, raw: &RawGeometry) -> Option<String> {
        let json = match raw.kind {
            RawKind::Collection => {
                let members =
                    raw.members.iter().map(|member| self.collection_json(member)).collect::<Option<Vec<_>>>()?;
                format!(r#"{{"type":"GeometryCollection","geometries":[{}]}}"#, members.join(","))
            }
            RawKind::Simple(kind) => {
                let position = |i: usize| self.lon_lat(raw.xy[i]).filter(|p| p.is_in_range());
                let path = |path: std::ops::Range<usize>| path.map(position).collect::<Option<Vec<_>>>();
                let part = |part: Vec<std::ops::Range<usize>>| part.into_iter().map(path).collect::<Option<Vec<_>>>();
                let parts = raw.parts().map(part).collect::<Option<Vec<_>>>()?;
                geometry_json(&Geometry { kind, parts }).to_string()
            }
        };
        Some(json)
    }

    fn push(&mut self, column: usize, cell: &Cell<'_>) {
        let own = &mut self.columns[column];
        let is_taken = match cell {
            Cell::Missing => {
                own.push_missing();
                true
            }
            Cell::Null => {
                own.push_null();
                true
            }
            Cell::Bool(value) => own.push_bool(*value),
            Cell::Integer(value) => own.push_integer(*value) || own.push_real_of(*value),
            Cell::Real(value) => own.push_real(*value),
            Cell::Decimal(text) => own.push_decimal(text),
            Cell::Text(text) => own.push_text_of(text),
            Cell::Json(text) => own.push_json(text),
            Cell::Date(date) => own.push_text_of(&iso8601::write_date(*date)),
            Cell::Time(time) => own.push_text_of(&iso8601::write_time(*time)),
            Cell::DateTime(moment) => own.push_text_of(&iso8601::write_date_time(*moment)),
        };
        if !is_taken {
            // A value of another type than the column's: what is there stays readable, all of it as text.
            let texts = std::mem::replace(own, TypedColumn::bools()).into_texts();
            *own = texts;
            let _ = own.push_text(&text_of(cell));
            let said = Said::told(|lang| tr!(lang, "format.mixed_types", column = self.names[column]).into_owned());
            if !self.notes.iter().any(|note| note.said == said) {
                self.notes.push(Note { row: None, said, kind: "format.mixed_types", is_doubt: true });
            }
        }
    }

    /// The layer, with its health list. `stem` names it where the file does not.
    ///
    /// # Errors
    /// [`ReadError`] without a file name: positions that are no longitude and latitude, or cancelled.
    pub fn finish(mut self, stem: &str, progress: &Progress) -> Result<Layer, ReadError> {
        let (mut geometries, checked) = std::mem::take(&mut self.geometries).finish();
        let fail = |cause| ReadError { file: String::new(), place: None, cause };
        let Beyond { features, swappable, turned, first } = self.beyond;
        let is_mostly_beyond = features * 2 > self.located + features;
        if let (Some(first), OutOfRange::Refuse, true) = (first, self.options.out_of_range, is_mostly_beyond) {
            return Err(fail(ReadCause::OutOfRange {
                features,
                of: self.rows,
                first: crate::io::as_written(first),
                swapped: swappable * 2 > features,
                turned: turned * 2 > features,
            }));
        }
        let mut unusable: Vec<bool> = (0..self.rows).map(|row| geometries.kind(row).is_none()).collect();
        self.tell(checked, &mut geometries, &mut unusable);
        self.of_the_file(features > 0 && swappable * 2 > features.max(self.located));
        let is_reprojected = self.crs.as_ref().is_some_and(|crs| !crs.is_lon_lat());
        self.columns.iter_mut().for_each(TypedColumn::shrink);
        geometries.shrink();
        let attributes = Attributes::typed(self.names.into_iter().zip(self.columns).collect());
        let name = match self.schema.name.trim() {
            "" => stem.to_owned(),
            name => name.to_owned(),
        };
        let kinds = geometries.kinds_present();
        let shape = kinds.first().map(|kind: &GeometryKind| kind.shape());
        let unusable = Arc::new(unusable);
        let titles = self.schema.title.clone().unwrap_or_default();
        let read_as = ReadAs { crs: self.named_crs, ..self.options.read_as() };
        let mut layer = Layer {
            guessed_role: Role::guess(stem, &name, &attributes, shape)
                .or_else(|| Role::guess(&titles, &titles, &attributes, shape)),
            name,
            source: Source {
                path: None,
                file_name: String::new(),
                bytes: 0,
                digest: Digest::default(),
                stamp: None,
                unplaced: None,
                read_as,
                store: None,
            },
            bounds: geometries.all_bounds(),
            encoding: self.schema.encoding.clone().unwrap_or_else(|| "UTF-8".to_owned()),
            as_read: Arc::new(FeatureText {
                unusable: Arc::clone(&unusable),
                table: Some(Table {
                    rows: self.rows,
                    ids: self.ids,
                    named_ids: self.named_ids,
                    is_exact: self.is_exact,
                    frames: self.frames,
                    heights: self.heights,
                    others: self.others,
                    schema: self.schema,
                }),
                ..FeatureText::default()
            }),
            edits: Edits::default(),
            geometries: RowGeometries::new(geometries),
            kinds,
            attributes,
            unusable,
            problems: Arc::new(self.problems),
            reprojected: is_reprojected,
            declared_crs: self.crs.map(|crs| crs.name().to_owned()),
        };
        health::check(&mut layer);
        if let Some(as_read) = Arc::get_mut(&mut layer.as_read) {
            as_read.problems = Arc::clone(&layer.problems);
        }
        if progress.is_cancelled() {
            return Err(fail(ReadCause::Cancelled));
        }
        Ok(layer)
    }

    /// Tells what is wrong with geometries; takes out parts that are none, which stay in the row's text.
    fn tell(&mut self, checked: Vec<(usize, Checked)>, geometries: &mut Geometries, unusable: &mut [bool]) {
        let mut left_out = Vec::new();
        // Which way rings run is a law of GeoJSON; others wind the other way, or either.
        let is_ours = self.is_exact;
        for (row, checked) in checked {
            for kind in checked.problems.into_iter().filter(|kind| is_ours || *kind != ProblemKind::WrongWinding) {
                unusable[row] |= kind.severity() == Severity::LeftOut;
                self.problems.push(Problem { row: Some(row), place: None, kind });
            }
            if !checked.left_out.is_empty() {
                if let Some(whole) = geometries.geometry(row) {
                    self.others.insert(row as u32, geometry_json(&whole).to_string());
                }
                left_out.push((row, checked.left_out));
            }
        }
        if left_out.is_empty() {
            return;
        }
        if !self.heights.is_empty() {
            let mut kept = Vec::with_capacity(self.heights.len());
            let mut paths = left_out.iter().peekable();
            for row in 0..self.rows {
                let out = paths.next_if(|(of, _)| *of == row).map_or(&[][..], |(_, paths)| paths);
                for (path, range) in geometries.path_ranges(row).enumerate() {
                    if out.binary_search(&path).is_err() {
                        kept.extend(range.map(|i| self.heights.get(i).copied().unwrap_or(f64::NAN)));
                    }
                }
            }
            self.heights = kept;
        }
        *geometries = geometries.without(&left_out);
    }

    /// What concerns the whole file.
    fn of_the_file(&mut self, is_swapped: bool) {
        let mut kinds = Vec::new();
        if let Some(crs) = self.crs.as_ref().filter(|crs| !crs.is_lon_lat()) {
            kinds.push(ProblemKind::Reprojected(crs.name().to_owned()));
        }
        if let Some(e) = &self.placeless {
            kinds.push(ProblemKind::Placeless(Box::new(e.clone())));
        }
        if is_swapped {
            kinds.push(ProblemKind::Swapped);
        }
        if !self.heights.is_empty() {
            kinds.push(ProblemKind::ThirdCoordinate);
        }
        if self.has_measures {
            let said = Said::told(|lang| tr!(lang, "format.measures").into_owned());
            kinds.push(ProblemKind::OfFormat { said, code: "format.measures", is_doubt: false });
        }
        kinds.extend(self.wanted.told(self.rows).filter(|_| !self.schema.is_table));
        self.problems.extend(kinds.into_iter().map(|kind| Problem { row: None, place: None, kind }));
        let wanted = &self.wanted;
        let of_note = |note: Note| {
            // Rows that were not wanted are nobody's.
            let row = match note.row {
                Some(given) => Some(wanted.row_of(given)?),
                None => None,
            };
            let kind = ProblemKind::OfFormat { said: note.said, code: note.kind, is_doubt: note.is_doubt };
            Some(Problem { row, place: None, kind })
        };
        self.problems.extend(std::mem::take(&mut self.notes).into_iter().filter_map(of_note));
    }
}

impl RowSink for LayerBuilder<'_> {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        // What the file says of itself goes before what the planner says of files that say nothing, or nothing that can be used.
        let given = self.options.crs.as_deref();
        let own = schema.crs.as_deref().filter(|_| !(self.options.crs_goes_first && given.is_some()));
        let named = own.or(given);
        self.named_crs = given.filter(|_| own.is_none()).map(str::to_owned);
        if let (None, Some(declared), Some(given)) = (own, schema.crs.as_deref(), given) {
            let declared = Crs::parse(declared).map_or_else(|e| e.name, |crs| crs.name().to_owned());
            let said = Said::told(|lang| tr!(lang, "format.crs_instead", own = declared, crs = given).into_owned());
            self.notes.push(Note { row: None, said, kind: "format.crs_instead", is_doubt: true });
        }
        match named.map(Crs::parse).transpose() {
            Ok(crs) => self.crs = crs,
            Err(e) if self.options.out_of_range == OutOfRange::Keep => self.placeless = Some(e),
            Err(e) => return Err(FormatError::Crs(e)),
        }
        let mut taken: HashSet<String> = HashSet::new();
        for (i, field) in schema.fields.iter().enumerate() {
            let wanted = match field.name.trim() {
                "" => format!("field_{}", i + 1),
                name => name.to_owned(),
            };
            let mut name = wanted.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{wanted}_{number}");
                number += 1;
            }
            self.names.push(name.into());
            self.columns.push(match field.kind {
                FieldKind::Bool => TypedColumn::bools(),
                FieldKind::Integer => TypedColumn::integers(),
                FieldKind::Real => TypedColumn::reals(),
                FieldKind::Decimal => TypedColumn::texts(TextKind::Decimal),
                FieldKind::Json => TypedColumn::texts(TextKind::Json),
                FieldKind::Text | FieldKind::Date | FieldKind::Time | FieldKind::DateTime => {
                    TypedColumn::texts(TextKind::Text)
                }
            });
        }
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, id: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        let positions = geometry.map_or(0, |geometry| geometry.xy.len());
        if self.rows >= ROWS || self.geometries.position_count() + positions >= POSITIONS {
            let said = Said::told(|lang| tr!(lang, "format.too_many").into_owned());
            return Err(FormatError::refused(said));
        }
        let is_located = !self.schema.is_table && self.placeless.is_none();
        if !self.wanted.is_kept(geometry.filter(|_| is_located), is_located, self.crs.as_ref()) {
            return Ok(());
        }
        self.wanted.has_room(self.rows + self.geometries.position_count())?;
        for column in 0..self.columns.len() {
            self.push(column, cells.get(column).unwrap_or(&Cell::Null));
        }
        if self.schema.has_ids {
            self.ids.push(id.unwrap_or(self.wanted.given() as i64));
        }
        self.geometry(geometry);
        self.rows += 1;
        Ok(())
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// A cell as it is read by people.
pub(super) fn text_of<'t>(cell: &'t Cell<'_>) -> Cow<'t, str> {
    match cell {
        Cell::Missing | Cell::Null => Cow::Borrowed(""),
        Cell::Bool(value) => Cow::Owned(value.to_string()),
        Cell::Integer(value) => Cow::Owned(value.to_string()),
        Cell::Real(value) => Written::Real(*value).text().into_owned().into(),
        Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text) => Cow::Borrowed(text),
        Cell::Date(date) => Cow::Owned(iso8601::write_date(*date)),
        Cell::Time(time) => Cow::Owned(iso8601::write_time(*time)),
        Cell::DateTime(moment) => Cow::Owned(iso8601::write_date_time(*moment)),
    }
}
