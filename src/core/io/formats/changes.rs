//! Edits of a layer of a GeoPackage: one transaction that changes the edited rows and nothing else.

use super::geopackage::{CellChange, GeometryChange, RowChange, apply};
use super::{Cell, FormatError, LayerRows, RawGeometry, RowSource};
use crate::geodesy::LonLat;
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, tr};
use crate::io::{SaveCause, SaveError};
use crate::model::{Edited, Layer};
use crate::progress::Progress;
use std::path::Path;

/// A row as a writer sees it.
struct Row {
    cells: Vec<Cell<'static>>,
    geometry: Option<RawGeometry>,
}

/// Writes what was edited of a layer into the GeoPackage it was read from.
///
/// # Errors
/// [`SaveError`]: a row is no longer what it was when it was read, a column is new, or the file is locked; nothing is changed then.
pub fn write_changes(layer: &Layer, path: &Path, progress: &Progress) -> Result<(), SaveError> {
    let fail = |cause| SaveError { file: path.display().to_string(), cause };
    let said = |e: FormatError| match e {
        FormatError::Refused { said, .. } => fail(SaveCause::Format(said)),
        other => fail(SaveCause::System(other.to_string())),
    };
    let Some(table) = layer.as_read.table.as_ref() else {
        return Err(fail(SaveCause::Format(Said::told(|lang| tr!(lang, "save.not_its_file").into_owned()))));
    };
    let name = layer.source.read_as.layer.as_deref().unwrap_or(&table.schema.name);
    // The one that its positions were read in: what the file declares, unless that could not be used.
    let crs = Crs::parse(layer.declared_crs.as_deref().or(table.schema.crs.as_deref()).unwrap_or("EPSG:4326"));
    let crs = crs.map_err(|e| fail(SaveCause::Format(e.said)))?;
    let before = layer.unedited();
    let rows: Vec<usize> = layer.edits.iter().map(|(row, _)| row).collect();
    let columns: Vec<String> = layer.attributes.names().iter().map(|name| name.to_string()).collect();
    let of = |layer: &Layer, row: usize| -> Result<Row, FormatError> {
        let mut one = None;
        LayerRows::new(layer, &[row], &crs).each(&mut |cells, geometry| {
            one = Some(Row { cells: cells.iter().map(owned).collect(), geometry: geometry.cloned() });
            Ok(())
        })?;
        Ok(one.unwrap_or(Row { cells: Vec::new(), geometry: None }))
    };
    let mut states = Vec::with_capacity(rows.len());
    for row in &rows {
        let was = if *row < layer.as_read.len() { Some(of(&before, *row).map_err(said)?) } else { None };
        let is_gone = matches!(layer.edits.get(*row), Some(Edited::Gone));
        let now = if is_gone { None } else { Some(of(layer, *row).map_err(said)?) };
        states.push((*row, was, now));
    }
    let mut changes = Vec::with_capacity(states.len());
    for (row, was, now) in &states {
        let id = table.ids.get(*row).copied().unwrap_or_default();
        changes.push(match (was, now) {
            (Some(was), None) => RowChange::Delete {
                id,
                was: columns.iter().map(String::as_str).zip(was.cells.iter().cloned()).collect(),
                geometry: None,
            },
            (Some(was), Some(now)) => RowChange::Update {
                id,
                cells: changed_cells(&columns, was, now),
                geometry: (was.geometry != now.geometry && !is_rounded_alone((layer, *row), (&before, *row)))
                    .then_some(GeometryChange { was: was.geometry.as_ref(), now: now.geometry.as_ref() }),
            },
            (None, Some(now)) => RowChange::Insert {
                cells: columns
                    .iter()
                    .map(String::as_str)
                    .zip(now.cells.iter().cloned())
                    .filter(|(_, cell)| !matches!(cell, Cell::Missing | Cell::Null))
                    .collect(),
                geometry: now.geometry.as_ref(),
            },
            (None, None) => continue,
        });
    }
    apply(path, name, &changes, progress).map(drop).map_err(said)
}

/// True where the positions of a row of a layer that was converted are another's but for the nine decimals that an edited feature is
/// written with: a tenth of a millimetre, by which nobody moved it.
pub(in crate::io) fn is_rounded_alone((layer, row): (&Layer, usize), (other, of): (&Layer, usize)) -> bool {
    /// Half a step of the ninth decimal, and what is lost in between; degrees.
    const ROUNDED_DEG: f64 = 0.6e-9;
    let (own, theirs) = (&layer.geometries, &other.geometries);
    let lengths = |of: &Layer, row: usize| of.geometries.paths(row).map(<[_]>::len).collect::<Vec<_>>();
    let is_near =
        |(a, b): (&LonLat, &LonLat)| (a.lon - b.lon).abs() <= ROUNDED_DEG && (a.lat - b.lat).abs() <= ROUNDED_DEG;
    layer.reprojected
        && own.kind(row) == theirs.kind(of)
        && lengths(layer, row) == lengths(other, of)
        && own.positions_of(row).iter().zip(theirs.positions_of(of)).all(is_near)
}

/// The cells that differ. A column that the file does not have and that is empty in the row is none.
fn changed_cells<'a>(columns: &'a [String], was: &'a Row, now: &'a Row) -> Vec<CellChange<'a>> {
    let is_nothing = |cell: &Cell<'_>| matches!(cell, Cell::Missing | Cell::Null);
    let cell = |(at, name): (usize, &'a String)| {
        let (was, now) = (was.cells.get(at).cloned().unwrap_or(Cell::Missing), now.cells.get(at)?.clone());
        let is_same = was == now || is_nothing(&was) && is_nothing(&now);
        (!is_same).then_some(CellChange { field: name, was, now })
    };
    columns.iter().enumerate().filter_map(cell).collect()
}

fn owned(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Missing => Cell::Missing,
        Cell::Null => Cell::Null,
        Cell::Bool(value) => Cell::Bool(*value),
        Cell::Integer(value) => Cell::Integer(*value),
        Cell::Real(value) => Cell::Real(*value),
        Cell::Decimal(text) => Cell::Decimal(text.to_string().into()),
        Cell::Text(text) => Cell::Text(text.to_string().into()),
        Cell::Json(text) => Cell::Json(text.to_string().into()),
        Cell::Date(date) => Cell::Date(*date),
        Cell::Time(time) => Cell::Time(*time),
        Cell::DateTime(moment) => Cell::DateTime(*moment),
    }
}
