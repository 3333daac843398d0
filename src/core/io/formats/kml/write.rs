//! Writing KML 2.2: one `Document`, its `Schema`, a `Placemark` a row.

use super::notes::refused;
use crate::i18n::{Said, tr};
use crate::io::formats::{
    Cell, Date, DateTime, Field, FieldKind, FormatError, FormatPlace, Loss, Output, RawGeometry, RawKind, RowSource,
    Time, WriteFormat,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::collections::HashSet;
use std::io::{BufWriter, Write};

/// Writes KML. Coordinates must be longitude and latitude (WGS 84, or CGCS2000, which differs by centimetres).
#[derive(Clone, Copy, Debug, Default)]
pub struct KmlWriter;

/// Where a field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A child of the placemark: `name`, `description`.
    Child(&'static str),
    /// A time.
    When,
    Begin,
    End,
    /// `ExtendedData`, as this type.
    Data(&'static str),
}

/// The fields as they are written: place and name.
struct Plan {
    fields: Vec<(Place, String)>,
    /// The field that makes the placemarks' names, where it is not one called `name`.
    label: Option<usize>,
}

impl Plan {
    /// `is_wide` tells of each field whether it holds whole numbers beyond 32 bits.
    fn of(fields: &[Field], is_wide: &[bool]) -> Self {
        let mut taken = HashSet::new();
        let mut used = HashSet::new();
        let mut plan = Self { fields: Vec::new(), label: None };
        for (at, field) in fields.iter().enumerate() {
            let is_time = matches!(field.kind, FieldKind::Date | FieldKind::DateTime);
            let place = match field.name.as_str() {
                "name" if field.kind == FieldKind::Text => Place::Child("name"),
                "description" if field.kind == FieldKind::Text => Place::Child("description"),
                "timestamp" if is_time => Place::When,
                "begin" if is_time => Place::Begin,
                "end" if is_time => Place::End,
                _ => Place::Data(match field.kind {
                    FieldKind::Bool => "bool",
                    FieldKind::Real => "double",
                    FieldKind::Integer if !is_wide[at] => "int",
                    _ => "string",
                }),
            };
            // A second one of the same name is data.
            let place = match place {
                Place::Data(_) => place,
                _ if used.insert(field.name.clone()) => place,
                _ => Place::Data("string"),
            };
            let mut name = field.name.clone();
            if matches!(place, Place::Data(_)) {
                if name.is_empty() {
                    name = format!("field_{}", at + 1);
                }
                let first = name.clone();
                let mut count = 1;
                while !taken.insert(name.clone()) {
                    count += 1;
                    name = format!("{first} ({count})");
                }
            }
            plan.fields.push((place, name));
        }
        if !plan.fields.iter().any(|(place, _)| *place == Place::Child("name")) {
            let is_label = |field: &&Field| {
                field.kind == FieldKind::Text
                    && (field.name.eq_ignore_ascii_case("name") || field.name.ends_with("名称"))
            };
            plan.label =
                fields.iter().find(is_label).and_then(|label| fields.iter().position(|f| f.name == label.name));
        }
        plan
    }
}

/// What a look at all rows tells.
#[derive(Default)]
struct Look {
    is_wide: Vec<bool>,
    control_characters: u64,
    has_measures: bool,
}

impl Look {
    fn at(rows: &dyn RowSource) -> Result<Self, FormatError> {
        let mut look = Self { is_wide: vec![false; rows.schema().fields.len()], ..Self::default() };
        rows.each(&mut |cells, geometry| {
            for (at, cell) in cells.iter().enumerate() {
                match cell {
                    Cell::Integer(n) if i32::try_from(*n).is_err() => {
                        if let Some(slot) = look.is_wide.get_mut(at) {
                            *slot = true;
                        }
                    }
                    Cell::Text(text) | Cell::Json(text) => {
                        look.control_characters += u64::from(text.chars().any(|c| !is_allowed(c)));
                    }
                    _ => {}
                }
            }
            look.has_measures |= geometry.is_some_and(|g| !g.m.is_empty() || g.members.iter().any(|m| !m.m.is_empty()));
            Ok(())
        })?;
        Ok(look)
    }
}

impl WriteFormat for KmlWriter {
    fn most_fields(&self) -> usize {
        super::scan::MOST_COLUMNS
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        // Where rows cannot be read, writing says so.
        let Ok(look) = Look::at(rows) else { return Vec::new() };
        let fields = &rows.schema().fields;
        let plan = Plan::of(fields, &look.is_wide);
        let mut losses = Vec::new();
        for (field, (place, written)) in fields.iter().zip(&plan.fields) {
            let name = &field.name;
            let mut lose = |what| losses.push(Loss { what, field: Some(name.clone()) });
            if written != name {
                lose(Said::told(|lang| {
                    tr!(lang, "format.kml.lose_name", field = name, written = written).into_owned()
                }));
            }
            if *place == Place::Data("string") && field.kind != FieldKind::Text {
                lose(Said::told(|lang| tr!(lang, "format.kml.lose_type", field = name).into_owned()));
            }
            if field.domain.is_some() {
                lose(Said::told(|lang| tr!(lang, "format.kml.lose_domain", field = name).into_owned()));
            }
        }
        if look.control_characters > 0 {
            let n = look.control_characters;
            let what = Said::told(|lang| tr!(lang, "format.kml.lose_control", n = n).into_owned());
            losses.push(Loss { what, field: None });
        }
        if look.has_measures {
            let what = Said::told(|lang| tr!(lang, "format.kml.lose_measures").into_owned());
            losses.push(Loss { what, field: None });
        }
        losses
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let schema = rows.schema();
        let is_lon_lat = schema.crs.as_deref().is_none_or(|crs| {
            matches!(crs, "EPSG:4326" | "EPSG:4490" | "EPSG:4979" | "EPSG:4480" | "OGC:CRS84" | "CRS84")
                || rows.crs_definition().1.is_some_and(|code| matches!(code, 4326 | 4490 | 4979 | 4480))
        });
        if !is_lon_lat {
            let crs = schema.crs.clone().unwrap_or_default().chars().take(60).collect::<String>();
            return Err(refused(Said::told(|lang| tr!(lang, "format.kml.not_lon_lat", crs = crs).into_owned())));
        }
        progress.start(rows.len() as u64 * 2);
        let look = Look::at(rows)?;
        progress.advance(rows.len() as u64)?;
        let plan = Plan::of(&schema.fields, &look.is_wide);
        let mut kml = String::new();
        let mut out = BufWriter::with_capacity(1 << 18, out.create(name)?);
        head(schema, &plan, name, &mut kml);
        out.write_all(kml.as_bytes())?;
        let mut row = 0;
        rows.each(&mut |cells, geometry| {
            row += 1;
            kml.clear();
            placemark(&plan, cells, geometry, &mut kml).map_err(|e| e.at(FormatPlace::Row(row)))?;
            out.write_all(kml.as_bytes())?;
            Ok(progress.advance(1)?)
        })?;
        out.write_all(b"</Document>\n</kml>\n")?;
        Ok(out.flush()?)
    }
}

fn head(schema: &crate::io::formats::Schema, plan: &Plan, name: &str, kml: &mut String) {
    kml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n<name>");
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    escape(
        schema.title.as_deref().filter(|_| schema.name.is_empty()).unwrap_or(if schema.name.is_empty() {
            stem
        } else {
            &schema.name
        }),
        kml,
    );
    kml.push_str("</name>\n");
    if !plan.fields.iter().any(|(place, _)| matches!(place, Place::Data(_))) {
        return;
    }
    kml.push_str("<Schema name=\"layer\" id=\"layer\">\n");
    for (field, (place, written)) in schema.fields.iter().zip(&plan.fields) {
        let Place::Data(kind) = place else { continue };
        kml.push_str("<SimpleField name=\"");
        escape(written, kml);
        kml.push_str("\" type=\"");
        kml.push_str(kind);
        kml.push('"');
        match &field.title {
            Some(title) => {
                kml.push_str("><displayName>");
                escape(title, kml);
                kml.push_str("</displayName></SimpleField>\n");
            }
            None => kml.push_str("/>\n"),
        }
    }
    kml.push_str("</Schema>\n");
}

fn placemark(
    plan: &Plan,
    cells: &[Cell<'_>],
    geometry: Option<&RawGeometry>,
    kml: &mut String,
) -> Result<(), FormatError> {
    let has_value = |cell: &Cell<'_>| !matches!(cell, Cell::Missing | Cell::Null);
    let find = |wanted: Place| {
        let mut fields = plan.fields.iter().zip(cells);
        fields.find(|((place, _), cell)| *place == wanted && has_value(cell)).map(|(_, cell)| cell)
    };
    let element = |name: &str, cell: &Cell<'_>, kml: &mut String| {
        kml.push('<');
        kml.push_str(name);
        kml.push('>');
        value(cell, kml);
        kml.push_str("</");
        kml.push_str(name);
        kml.push('>');
    };
    kml.push_str("<Placemark>");
    let label =
        find(Place::Child("name")).or_else(|| plan.label.and_then(|at| cells.get(at)).filter(|cell| has_value(cell)));
    if let Some(cell) = label {
        element("name", cell, kml);
    }
    if let Some(cell) = find(Place::Child("description")) {
        element("description", cell, kml);
    }
    let (when, begin, end) = (find(Place::When), find(Place::Begin), find(Place::End));
    if begin.is_some() || end.is_some() {
        kml.push_str("<TimeSpan>");
        if let Some(cell) = begin {
            element("begin", cell, kml);
        }
        if let Some(cell) = end {
            element("end", cell, kml);
        }
        kml.push_str("</TimeSpan>");
    } else if let Some(cell) = when {
        kml.push_str("<TimeStamp>");
        element("when", cell, kml);
        kml.push_str("</TimeStamp>");
    }
    let is_data = |place: &Place| matches!(place, Place::Data(_));
    if plan.fields.iter().zip(cells).any(|((place, _), cell)| is_data(place) && has_value(cell)) {
        kml.push_str("<ExtendedData><SchemaData schemaUrl=\"#layer\">");
        for ((_, name), cell) in
            plan.fields.iter().zip(cells).filter(|((place, _), cell)| is_data(place) && has_value(cell))
        {
            kml.push_str("<SimpleData name=\"");
            escape(name, kml);
            kml.push_str("\">");
            value(cell, kml);
            kml.push_str("</SimpleData>");
        }
        kml.push_str("</SchemaData></ExtendedData>");
    }
    if let Some(geometry) = geometry.filter(|geometry| !geometry.is_empty()) {
        write_geometry(geometry, kml)?;
    }
    kml.push_str("</Placemark>\n");
    Ok(())
}

fn value(cell: &Cell<'_>, kml: &mut String) {
    match cell {
        Cell::Missing | Cell::Null => {}
        Cell::Bool(truth) => kml.push_str(if *truth { "true" } else { "false" }),
        Cell::Integer(n) => kml.push_str(&n.to_string()),
        Cell::Real(x) => kml.push_str(&format!("{x:?}")),
        Cell::Decimal(text) => kml.push_str(text),
        Cell::Text(text) | Cell::Json(text) => escape(text, kml),
        Cell::Date(date) => kml.push_str(&day(*date)),
        Cell::Time(time) => kml.push_str(&clock(*time)),
        Cell::DateTime(DateTime { date, time, offset_minutes }) => {
            kml.push_str(&format!("{}T{}", day(*date), clock(*time)));
            match offset_minutes {
                None => {}
                Some(0) => kml.push('Z'),
                Some(minutes) => {
                    let (sign, minutes) = (if *minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                    kml.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
                }
            }
        }
    }
}

fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn clock(time: Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.nanosecond == 0 {
        return whole;
    }
    format!("{whole}.{}", format!("{:09}", time.nanosecond).trim_end_matches('0'))
}

/// Characters that XML 1.0 can hold.
fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn escape(text: &str, kml: &mut String) {
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '&' => kml.push_str("&amp;"),
            '<' => kml.push_str("&lt;"),
            '>' => kml.push_str("&gt;"),
            '"' => kml.push_str("&quot;"),
            // A reader takes a bare carriage return for a line end.
            '\r' => kml.push_str("&#13;"),
            c => kml.push(c),
        }
    }
}

fn write_geometry(geometry: &RawGeometry, kml: &mut String) -> Result<(), FormatError> {
    let (element, is_multi) = match geometry.kind {
        RawKind::Collection => {
            kml.push_str("<MultiGeometry>");
            for member in geometry.members.iter().filter(|member| !member.is_empty()) {
                write_geometry(member, kml)?;
            }
            kml.push_str("</MultiGeometry>");
            return Ok(());
        }
        RawKind::Simple(GeometryKind::Point) => ("Point", false),
        RawKind::Simple(GeometryKind::MultiPoint) => ("Point", true),
        RawKind::Simple(GeometryKind::LineString) => ("LineString", false),
        RawKind::Simple(GeometryKind::MultiLineString) => ("LineString", true),
        RawKind::Simple(GeometryKind::Polygon) => ("Polygon", false),
        RawKind::Simple(GeometryKind::MultiPolygon) => ("Polygon", true),
    };
    if is_multi {
        kml.push_str("<MultiGeometry>");
    }
    for paths in geometry.parts() {
        if element == "Polygon" {
            kml.push_str("<Polygon>");
            for (at, path) in paths.into_iter().enumerate() {
                let boundary = if at == 0 { "outerBoundaryIs" } else { "innerBoundaryIs" };
                kml.push_str(&format!("<{boundary}><LinearRing>"));
                coordinates(geometry, path, kml)?;
                kml.push_str(&format!("</LinearRing></{boundary}>"));
            }
            kml.push_str("</Polygon>");
            continue;
        }
        for path in paths {
            kml.push_str(&format!("<{element}>"));
            coordinates(geometry, path, kml)?;
            kml.push_str(&format!("</{element}>"));
        }
    }
    if is_multi {
        kml.push_str("</MultiGeometry>");
    }
    Ok(())
}

fn coordinates(geometry: &RawGeometry, path: std::ops::Range<usize>, kml: &mut String) -> Result<(), FormatError> {
    use std::fmt::Write as _;
    kml.push_str("<coordinates>");
    let from = path.start;
    for at in path {
        let [x, y] = geometry.xy[at];
        if !(x.abs() <= 360.0 && y.abs() <= 90.0) {
            return Err(refused(Said::told(|lang| {
                tr!(lang, "format.kml.write_out_of_range", x = x, y = y).into_owned()
            })));
        }
        if at > from {
            kml.push(' ');
        }
        // Writing to a string does not fail.
        let _ = match geometry.z.get(at).filter(|z| z.is_finite()) {
            Some(z) => write!(kml, "{x},{y},{z}"),
            None => write!(kml, "{x},{y}"),
        };
    }
    kml.push_str("</coordinates>");
    Ok(())
}
