//! The rows of an object: properties as columns, arcs as paths.

use super::json::{Json, Kind};
use super::topology::{Rows, Topology, position};
use crate::i18n::{Said, tr};
use crate::io::formats::{FieldKind, FormatError, RawGeometry, RawKind};
use crate::model::GeometryKind;
use std::collections::HashMap;

/// The most columns of a layer.
const MOST_FIELDS: usize = 1000;

/// A column: its name and what was seen in it.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    flags: u8,
}

const TEXT: u8 = 1;
const INTEGER: u8 = 2;
const HUGE: u8 = 4;
const REAL: u8 = 8;
const BOOL: u8 = 16;
const JSON: u8 = 32;
/// A whole number that a binary floating point number may not hold.
const LONG: u8 = 64;

impl Column {
    /// What its cells are: the narrowest that holds all of them exactly.
    pub fn kind(&self) -> FieldKind {
        let flags = self.flags & !LONG;
        if flags & JSON != 0 {
            FieldKind::Json
        } else if flags & TEXT != 0 || flags & BOOL != 0 && flags != BOOL {
            FieldKind::Text
        } else if flags & HUGE != 0 || flags & REAL != 0 && self.flags & LONG != 0 {
            FieldKind::Decimal
        } else if flags & REAL != 0 {
            FieldKind::Real
        } else if flags & INTEGER != 0 {
            FieldKind::Integer
        } else if flags == BOOL {
            FieldKind::Bool
        } else {
            FieldKind::Text
        }
    }

    /// True where its values are of kinds that do not go together.
    pub fn is_mixed(&self) -> bool {
        let groups = [TEXT, INTEGER | HUGE | REAL, BOOL, JSON];
        groups.iter().filter(|group| self.flags & **group != 0).count() > 1
    }

    fn observe(&mut self, raw: &str) {
        self.flags |= match raw.as_bytes().first() {
            Some(b'"') => TEXT,
            Some(b't' | b'f') => BOOL,
            Some(b'{' | b'[') => JSON,
            Some(b'n') | None => 0,
            Some(_) if raw.contains(['.', 'e', 'E']) => REAL,
            Some(_) => match raw.parse::<i64>() {
                Err(_) => HUGE,
                Ok(n) if n.unsigned_abs() > 1 << 53 => INTEGER | LONG,
                Ok(_) => INTEGER,
            },
        };
    }
}

/// The columns of an object.
#[derive(Debug, Default)]
pub struct Columns {
    /// In the order in which they are met; `id` first, where rows have ids.
    pub all: Vec<Column>,
    /// Where those of a name stand.
    pub by_name: HashMap<String, usize>,
    /// True where the first one holds the rows' ids.
    pub has_ids: bool,
    /// Kinds of geometries.
    pub kinds: Vec<RawKind>,
    /// Number of rows.
    pub rows: u64,
}

/// A row's parts, as places and texts.
#[derive(Clone, Debug, Default)]
pub struct Parts<'a> {
    /// Its type.
    pub kind: Option<String>,
    /// Its id as JSON.
    pub id: Option<&'a str>,
    /// Where its arcs, coordinates, geometries stand.
    pub arcs: Option<usize>,
    /// Where its coordinates stand.
    pub coordinates: Option<usize>,
    /// Where its members stand.
    pub geometries: Option<usize>,
    /// Where its properties stand.
    pub properties: Option<usize>,
    /// True where properties are no object.
    pub has_bad_properties: bool,
}

/// Reads the parts of a geometry object; `None` where it is no object.
pub fn parts<'a>(json: &mut Json<'a>) -> Result<Option<Parts<'a>>, FormatError> {
    if json.kind()? != Kind::Object {
        json.raw()?;
        return Ok(None);
    }
    let mut parts = Parts::default();
    json.object(|json, key| {
        let at = json.place();
        let kind = json.kind()?;
        match (key.as_ref(), kind) {
            ("type", Kind::Text) => {
                parts.kind = Some(json.string()?.into_owned());
                return Ok(());
            }
            ("type", Kind::Null) => parts.kind = Some(String::new()),
            ("id", Kind::Null) => {}
            ("id", _) => {
                parts.id = Some(json.raw()?);
                return Ok(());
            }
            ("arcs", Kind::Array) => parts.arcs = Some(at),
            ("coordinates", Kind::Array) => parts.coordinates = Some(at),
            ("geometries", Kind::Array) => parts.geometries = Some(at),
            ("properties", Kind::Object) => parts.properties = Some(at),
            ("properties", Kind::Null) => {}
            ("properties", _) => parts.has_bad_properties = true,
            _ => {}
        }
        json.raw().map(|_| ())
    })?;
    Ok(Some(parts))
}

/// Calls `each` for the place of every row.
pub fn each_row<'a>(
    text: &'a str,
    rows: &Rows,
    mut each: impl FnMut(&mut Json<'a>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    match rows {
        Rows::List(at) => Json::at(text, *at).array(each),
        Rows::Each(places) => places.iter().try_for_each(|at| each(&mut Json::at(text, *at))),
    }
}

impl Columns {
    /// Looks at all rows of an object.
    pub fn of(text: &str, rows: &Rows) -> Result<Self, FormatError> {
        let mut columns = Self::default();
        let mut ids = Column { name: "id".to_owned(), flags: 0 };
        each_row(text, rows, |json| {
            columns.rows += 1;
            let Some(parts) = parts(json)? else { return Ok(()) };
            if let Some(kind) = parts.kind.as_deref().and_then(kind_of)
                && !columns.kinds.contains(&kind)
            {
                columns.kinds.push(kind);
            }
            if let Some(id) = parts.id {
                ids.observe(id);
                columns.has_ids = true;
            }
            let Some(at) = parts.properties else { return Ok(()) };
            Json::at(text, at).object(|json, key| {
                let column = match columns.by_name.get(key.as_ref()) {
                    Some(column) => *column,
                    None if columns.all.len() == MOST_FIELDS => {
                        let said = Said::told(|lang| tr!(lang, "format.topojson.many_fields").into_owned());
                        return Err(FormatError::refused(said));
                    }
                    None => {
                        columns.by_name.insert(key.clone().into_owned(), columns.all.len());
                        columns.all.push(Column { name: key.into_owned(), flags: 0 });
                        columns.all.len() - 1
                    }
                };
                columns.all[column].observe(json.raw()?);
                Ok(())
            })
        })?;
        if columns.has_ids {
            columns.all.insert(0, ids);
            columns.by_name.values_mut().for_each(|at| *at += 1);
        }
        Ok(columns)
    }
}

/// The kind of a type.
pub fn kind_of(name: &str) -> Option<RawKind> {
    Some(RawKind::Simple(match name {
        "Point" => GeometryKind::Point,
        "MultiPoint" => GeometryKind::MultiPoint,
        "LineString" => GeometryKind::LineString,
        "MultiLineString" => GeometryKind::MultiLineString,
        "Polygon" => GeometryKind::Polygon,
        "MultiPolygon" => GeometryKind::MultiPolygon,
        "GeometryCollection" => return Some(RawKind::Collection),
        _ => return None,
    }))
}

/// Why a geometry is not built, or is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An arc that is not there, or cannot be read.
    Arc(i64),
    /// What stands in place of arcs or coordinates cannot be read.
    Malformed,
    /// It has a type that TopoJSON lacks.
    Type(String),
}

/// Builds geometries of a topology, within a bound of positions.
pub struct Builder<'a> {
    text: &'a str,
    topology: &'a Topology,
    /// Positions that may still be given.
    room: usize,
    /// Starts of arcs.
    starts: Vec<usize>,
    /// True where arcs did not meet.
    pub has_gap: bool,
    /// True where a ring was open.
    pub has_open_ring: bool,
}

impl<'a> Builder<'a> {
    /// For the rows of one object. Shared arcs are given several times, but no file gives each 64 times over.
    pub fn new(text: &'a str, topology: &'a Topology) -> Self {
        let mut from = 0;
        let start = |end: &Option<usize>| {
            let start = from;
            from = end.unwrap_or(from);
            start
        };
        let starts = topology.arcs.iter().map(start).collect();
        let room = topology.xy.len().saturating_mul(64).saturating_add(text.len()).saturating_add(1 << 20);
        Self { text, topology, room, starts, has_gap: false, has_open_ring: false }
    }

    /// Builds a geometry. `Err` in the inner result: why it is none.
    ///
    /// # Errors
    /// Where the text is malformed, or gives far more positions than it holds.
    pub fn build(&mut self, parts: &Parts<'_>, into: &mut RawGeometry) -> Result<Result<(), Fault>, FormatError> {
        let name = parts.kind.as_deref().unwrap_or_default();
        let Some(kind) = kind_of(name) else { return Ok(Err(Fault::Type(name.chars().take(60).collect()))) };
        into.reset(kind);
        let RawKind::Simple(kind) = kind else { return self.collection(parts, into) };
        let place = match kind {
            GeometryKind::Point | GeometryKind::MultiPoint => parts.coordinates,
            _ => parts.arcs,
        };
        let Some(at) = place else { return Ok(Err(Fault::Malformed)) };
        let mut json = Json::at(self.text, at);
        match kind {
            GeometryKind::Point => self.point(&mut json, into),
            GeometryKind::MultiPoint => each(&mut json, |json| self.point(json, into)),
            GeometryKind::LineString => self.path(&mut json, into, false).map(|fault| fault.map(|()| into.end_part())),
            GeometryKind::MultiLineString => {
                each(&mut json, |json| self.path(json, into, false).map(|fault| fault.map(|()| into.end_part())))
            }
            GeometryKind::Polygon => self.polygon(&mut json, into),
            GeometryKind::MultiPolygon => each(&mut json, |json| self.polygon(json, into)),
        }
    }

    fn collection(&mut self, parts: &Parts<'_>, into: &mut RawGeometry) -> Result<Result<(), Fault>, FormatError> {
        let Some(at) = parts.geometries else { return Ok(Err(Fault::Malformed)) };
        each(&mut Json::at(self.text, at), |json| {
            let Some(parts) = super::rows::parts(json)? else { return Ok(Err(Fault::Malformed)) };
            if parts.kind.as_deref() == Some("") {
                return Ok(Ok(()));
            }
            let mut member = RawGeometry::new(RawKind::Collection);
            let fault = self.build(&parts, &mut member)?;
            Ok(fault.map(|()| match member.kind {
                // Collections in collections are one.
                RawKind::Collection => into.members.append(&mut member.members),
                RawKind::Simple(_) => into.members.push(member),
            }))
        })
    }

    fn spend(&mut self, positions: usize) -> Result<(), FormatError> {
        self.room = self.room.checked_sub(positions).ok_or_else(|| {
            FormatError::refused(Said::told(|lang| tr!(lang, "format.topojson.many_positions").into_owned()))
        })?;
        Ok(())
    }

    fn point(&mut self, json: &mut Json<'_>, into: &mut RawGeometry) -> Result<Result<(), Fault>, FormatError> {
        self.spend(1)?;
        let Some([x, y, z]) = position(json)? else { return Ok(Err(Fault::Malformed)) };
        push(into, self.topology.unquantised([x, y]), z);
        into.end_path();
        into.end_part();
        Ok(Ok(()))
    }

    fn polygon(&mut self, json: &mut Json<'_>, into: &mut RawGeometry) -> Result<Result<(), Fault>, FormatError> {
        let fault = each(json, |json| self.path(json, into, true))?;
        into.end_part();
        Ok(fault)
    }

    /// A list of arcs as one path: `~i` is arc `i` from its end, the first position of each but the first is left out.
    fn path(
        &mut self,
        json: &mut Json<'_>,
        into: &mut RawGeometry,
        is_ring: bool,
    ) -> Result<Result<(), Fault>, FormatError> {
        let from = into.xy.len();
        let fault = each(json, |json| {
            if json.kind()? != Kind::Number {
                json.raw()?;
                return Ok(Err(Fault::Malformed));
            }
            let Ok(arc) = json.number()?.parse::<i64>() else { return Ok(Err(Fault::Malformed)) };
            self.spend(1)?;
            let at = usize::try_from(if arc < 0 { !arc } else { arc }).unwrap_or(usize::MAX);
            let Some(Some(end)) = self.topology.arcs.get(at).copied() else { return Ok(Err(Fault::Arc(arc))) };
            let range = self.starts[at]..end;
            self.spend(range.len())?;
            let topology = self.topology;
            let take = |at: usize, into: &mut RawGeometry| {
                push(into, topology.xy[at], topology.z.get(at).copied().unwrap_or(f64::NAN));
            };
            let mut places: Box<dyn Iterator<Item = usize>> =
                if arc < 0 { Box::new(range.rev()) } else { Box::new(range) };
            if into.xy.len() > from
                && let Some(first) = places.next()
                && into.xy.last() != Some(&topology.xy[first])
            {
                self.has_gap = true;
                take(first, into);
            }
            places.for_each(|at| take(at, into));
            Ok(Ok(()))
        })?;
        if is_ring && into.xy.len() > from + 1 && into.xy.last() != into.xy.get(from) {
            self.has_open_ring = true;
            let (first, z) = (into.xy[from], into.z.get(from).copied().unwrap_or(f64::NAN));
            push(into, first, z);
        }
        if into.xy.len() > from {
            into.end_path();
        }
        Ok(fault)
    }
}

fn push(into: &mut RawGeometry, xy: [f64; 2], z: f64) {
    if !z.is_nan() || !into.z.is_empty() {
        into.z.resize(into.xy.len(), f64::NAN);
        into.z.push(z);
    }
    into.xy.push(xy);
}

/// Goes through a list; the first fault is kept, the rest is passed over.
fn each<'a>(
    json: &mut Json<'a>,
    mut each: impl FnMut(&mut Json<'a>) -> Result<Result<(), Fault>, FormatError>,
) -> Result<Result<(), Fault>, FormatError> {
    if json.kind()? != Kind::Array {
        json.raw()?;
        return Ok(Err(Fault::Malformed));
    }
    let mut fault = Ok(());
    json.array(|json| {
        if fault.is_err() {
            return json.raw().map(|_| ());
        }
        fault = each(json)?;
        Ok(())
    })?;
    Ok(fault)
}
