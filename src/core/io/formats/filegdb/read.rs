//! Reads a table into a sink: its schema, then row by row values and geometry.

use super::super::{Field, FieldKind, FormatError, FormatPlace, RawGeometry, RawKind, ReadHints, RowSink, Schema};
use super::catalogue::{Catalogue, Entry};
use super::crs;
use super::definition::{Definition, FieldDomain};
use super::files::Files;
use super::offsets::Offsets;
use super::rows::Rows;
use super::said;
use super::shape::{ShapeError, ShapeReader, raw_envelope};
use super::table::{GeometryField, Kind, Table};
use super::values::{self, Reading};
use crate::model::GeometryKind;
use crate::progress::Progress;

/// Rows between two looks at the progress.
const STEP: u64 = 1024;

/// Its title for people, where it has one other than its name.
pub(super) fn title(entry: &Entry) -> Option<String> {
    let alias = entry.definition.as_ref()?.alias.as_ref()?;
    (*alias != entry.name).then(|| alias.clone())
}

/// Its coordinate system, and whether its definition says otherwise than its table.
pub(super) fn system(catalogue: &Catalogue, entry: &Entry, table: Option<&Table>) -> (Option<String>, bool) {
    let item = entry.definition.as_ref().and_then(|definition| definition.system.as_ref());
    match table {
        Some(table) => match table.geometry() {
            Some(geometry) => crs::of_table(&geometry.wkt, item, catalogue.dataset_system(entry)),
            None => (None, false),
        },
        None => crs::of_table("", item, catalogue.dataset_system(entry)),
    }
}

/// Reads a table.
///
/// # Errors
/// A refusal where it is damaged; those of the sink; what the system says; where the planner stopped.
pub(super) fn table(
    files: &Files,
    catalogue: &Catalogue,
    entry: &Entry,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let table = Table::open(files, &entry.file)?;
    let offsets = Offsets::open(files, &table)?;
    let has_ids = offsets.as_ref().is_none_or(|offsets| offsets.has_ids);
    let (crs, systems_disagree) = system(catalogue, entry, Some(&table));
    let empty = Definition::default();
    let definition = entry.definition.as_ref().unwrap_or(&empty);
    let mut schema = Schema {
        name: entry.name.clone(),
        title: title(entry),
        fields: Vec::new(),
        crs,
        encoding: Some(if table.is_utf8 { "UTF-8" } else { "UTF-16" }.to_owned()),
        has_ids,
        is_table: table.geometry().is_none(),
        rows: Some(table.rows),
    };
    let mut notes = Vec::new();
    notes.extend(files.single.as_ref().map(|_| said::single_table()));
    notes.extend(catalogue.has_no_items.then(said::no_items));
    notes.extend(entry.dataset().map(said::dataset));
    notes.extend(systems_disagree.then(said::systems_disagree));
    notes.extend(entry.has_old_domains.then(said::old_domains));
    notes.extend((!has_ids).then(said::ids_unknown));
    let mut readings = Vec::new();
    for field in &table.fields {
        let said_of = definition.field(&field.name);
        let kind = kind(&field.kind);
        readings.push(Reading {
            is_kept: kind.is_some(),
            has_thousandths: said_of.is_some_and(|field| field.has_thousandths),
            is_utc: definition.utc_fields.contains(&field.name.to_lowercase()),
        });
        match field.kind {
            Kind::Binary => notes.push(said::binary_field(&field.name)),
            Kind::Raster(_) => notes.push(said::raster_field(&field.name)),
            _ => {}
        }
        let Some(kind) = kind else { continue };
        let alias = said_of.and_then(|field| field.alias.clone()).unwrap_or_else(|| field.alias.clone());
        let domain = match definition.domain(&field.name, &catalogue.domains) {
            FieldDomain::Coded(domain) => Some(domain),
            FieldDomain::None => None,
            FieldDomain::Range(domain, least, greatest) => {
                notes.push(said::range_domain(&field.name, &domain, &least, &greatest));
                None
            }
            FieldDomain::Conflict => {
                notes.push(said::domain_conflict(&field.name));
                None
            }
            FieldDomain::Unknown(domain) => {
                notes.push(said::domain_unknown(&field.name, &domain));
                None
            }
        };
        let title = Some(alias).filter(|alias| !alias.is_empty() && *alias != field.name);
        let width = Some(field.width).filter(|width| *width > 0);
        schema.fields.push(Field { title, width, domain, ..Field::new(field.name.clone(), kind) });
    }
    sink.schema(&schema)?;
    notes.into_iter().for_each(|note| sink.note(note));
    rows(&table, offsets, &readings, hints, sink, progress)
}

/// What a field's cells are for the sink; `None` where it is not given to it.
fn kind(kind: &Kind) -> Option<FieldKind> {
    match kind {
        Kind::Int16 | Kind::Int32 | Kind::Int64 => Some(FieldKind::Integer),
        Kind::Float32 | Kind::Float64 => Some(FieldKind::Real),
        Kind::Text | Kind::Guid | Kind::Xml => Some(FieldKind::Text),
        Kind::DateTime | Kind::DateTimeOffset => Some(FieldKind::DateTime),
        Kind::Date => Some(FieldKind::Date),
        Kind::Time => Some(FieldKind::Time),
        Kind::ObjectId | Kind::Geometry(_) | Kind::Binary | Kind::Raster(_) => None,
    }
}

fn rows(
    table: &Table,
    offsets: Option<Offsets>,
    readings: &[Reading],
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let has_ids = offsets.as_ref().is_none_or(|offsets| offsets.has_ids);
    let encoding = hints.encoding.as_deref().and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let mut shapes = table
        .geometry()
        .map(|field| ShapeReader::new(field, crs::curve_tolerance(&field.wkt, field.extent), table.bytes.len()));
    let window = table.geometry().zip(hints.window).map(|(field, window)| raw_window(field, window));
    let mut geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    let mut rows = Rows::new(table, offsets);
    let (mut found, mut given) = (0_u64, 0_usize);
    let (mut said_curves, mut said_multipatch) = (false, false);
    let mut cells = Vec::new();
    let mut doubts = Vec::new();
    progress.start(table.rows);
    while let Some(row) = rows.next()? {
        found += 1;
        if found.is_multiple_of(STEP) {
            progress.advance(STEP)?;
        }
        let mut row_cells = emptied(std::mem::take(&mut cells));
        doubts.clear();
        let read = values::read(table, row.bytes, readings, encoding, &mut row_cells, &mut doubts);
        let Some((blob, left_over)) = read else {
            return Err(said::damaged_row().of_file(&table.file).at(FormatPlace::Row(found)));
        };
        if let (Some(window), Some(envelope)) = (window, blob.and_then(raw_envelope))
            && !meets(window, envelope)
        {
            cells = emptied(row_cells);
            continue;
        }
        let mut has_geometry = false;
        if let (Some(shapes), Some(blob)) = (&mut shapes, blob) {
            match shapes.read(blob, &mut geometry) {
                Ok(is_there) => has_geometry = is_there,
                Err(ShapeError::Damaged) => sink.note(said::shape_damaged(given)),
                Err(ShapeError::Unknown(code)) => sink.note(said::shape_unknown(given, code)),
            }
            let of = &shapes.doubts;
            let layer_notes = [
                (of.has_curves && !said_curves).then(said::curves),
                (of.is_multipatch && !said_multipatch).then(said::multipatch),
                of.coarse.map(|distance| said::coarse_curves(given, distance)),
                of.has_lost_curves.then(|| said::lost_curves(given)),
                of.is_by_winding.then(|| said::by_winding(given)),
                of.is_same_winding.then(|| said::same_winding(given)),
                of.was_open.then(|| said::open_ring(given)),
            ];
            said_curves |= of.has_curves;
            said_multipatch |= of.is_multipatch;
            layer_notes.into_iter().flatten().for_each(|note| sink.note(note));
        }
        for (index, doubt) in &doubts {
            sink.note(said::value(given, &table.fields[*index].name, *doubt));
        }
        if left_over > 0 {
            sink.note(said::left_over(given, left_over));
        }
        sink.row(has_ids.then_some(row.id), &row_cells, has_geometry.then_some(&geometry))?;
        given += 1;
        cells = emptied(row_cells);
    }
    progress.advance(found % STEP)?;
    if found != table.rows {
        sink.note(said::row_count(table.rows, found));
    }
    Ok(())
}

/// The same room for cells of another row: collecting in place keeps the allocation.
fn emptied<'to>(mut cells: Vec<super::super::Cell<'_>>) -> Vec<super::super::Cell<'to>> {
    cells.clear();
    cells.into_iter().map(|_| super::super::Cell::Missing).collect()
}

/// A window in raw numbers, a unit wider on each side than rounding needs.
fn raw_window(field: &GeometryField, window: [f64; 4]) -> [u64; 4] {
    let raw = |value: f64, origin: f64| (value - origin) * field.xy_scale;
    let [min_x, min_y, max_x, max_y] = window;
    // Casting saturates: what lies before the origin is 0.
    [
        (raw(min_x, field.x_origin) - 2.0) as u64,
        (raw(min_y, field.y_origin) - 2.0) as u64,
        (raw(max_x, field.x_origin) + 2.0) as u64,
        (raw(max_y, field.y_origin) + 2.0) as u64,
    ]
}

fn meets(a: [u64; 4], b: [u64; 4]) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}
