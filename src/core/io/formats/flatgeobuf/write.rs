//! Writing FlatGeobuf: features in Hilbert order with a packed R-tree.
//!
//! Rows come in their own order and go in another. Up to [`MEMORY`] bytes of features are held; beyond that rows are
//! encoded again for each stretch of the file, so that memory stays bounded whatever the layer's size.

use super::flat::{Builder, Slot};
use super::geometry::{build, number_of};
use super::header::{ColumnKind, MAGIC};
use super::index::{Levels, NODE_SIZE, NOTHING, hilbert, widen};
use super::value::put_cell;
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::envelope;
use crate::io::formats::{Cell, Field, FieldKind, FormatError, FormatPlace, Loss, RawGeometry, RowSource};
use crate::progress::Progress;
use std::io::Write;

/// Bytes of features that are held at once.
const MEMORY: u64 = 256 << 20;

/// What a look at all rows tells.
struct Look {
    /// The type of all geometries; 0 where they differ.
    kind: u8,
    /// True where single ones are written as multiple ones.
    as_multi: bool,
    has_z: bool,
    has_m: bool,
    has_geometry: bool,
    /// True where a geometry has no position.
    has_empty: bool,
    /// Envelopes by row.
    envelopes: Vec<[f64; 4]>,
    extent: [f64; 4],
}

impl Look {
    fn of(rows: &dyn RowSource) -> Result<Self, FormatError> {
        let mut kinds = [false; 8];
        let mut look = Self {
            kind: 0,
            as_multi: false,
            has_z: false,
            has_m: false,
            has_geometry: false,
            has_empty: false,
            envelopes: Vec::with_capacity(rows.len()),
            extent: NOTHING,
        };
        rows.each(&mut |_, geometry| {
            look.has_empty |= geometry.is_some_and(RawGeometry::is_empty);
            if let Some(geometry) = geometry {
                kinds[usize::from(number_of(geometry, false))] = true;
                look.has_z |= any(geometry, |geometry| !geometry.z.is_empty());
                look.has_m |= any(geometry, |geometry| !geometry.m.is_empty());
                look.has_geometry = true;
            }
            let around = geometry.and_then(envelope).unwrap_or(NOTHING);
            widen(&mut look.extent, around);
            look.envelopes.push(around);
            Ok(())
        })?;
        let present: Vec<u8> = (1..8).filter(|kind| kinds[usize::from(*kind)]).collect();
        (look.kind, look.as_multi) = match present[..] {
            [kind] => (kind, false),
            [1, 4] => (4, true),
            [2, 5] => (5, true),
            [3, 6] => (6, true),
            _ => (0, false),
        };
        Ok(look)
    }
}

fn any(geometry: &RawGeometry, test: fn(&RawGeometry) -> bool) -> bool {
    test(geometry) || geometry.members.iter().any(|member| any(member, test))
}

/// The column for a field, and what it says of itself where the format has no type for it.
fn column(field: &Field) -> (ColumnKind, Option<&'static str>) {
    match field.kind {
        FieldKind::Bool => (ColumnKind::Bool, None),
        FieldKind::Integer => (ColumnKind::Long, None),
        FieldKind::Real => (ColumnKind::Double, None),
        FieldKind::Decimal => match (field.width, field.decimals) {
            (Some(1..=18), Some(0)) => (ColumnKind::Long, None),
            // Fifteen digits come back from a double as they were.
            (Some(1..=15), Some(1..=15)) => (ColumnKind::Double, None),
            _ => (ColumnKind::String, Some(r#"{"kind":"decimal"}"#)),
        },
        FieldKind::Text => (ColumnKind::String, None),
        FieldKind::Date => (ColumnKind::DateTime, Some(r#"{"kind":"date"}"#)),
        FieldKind::Time => (ColumnKind::String, Some(r#"{"kind":"time"}"#)),
        FieldKind::DateTime => (ColumnKind::DateTime, None),
        FieldKind::Json => (ColumnKind::Json, None),
    }
}

/// Writes all rows.
pub(super) fn write(
    rows: &dyn RowSource,
    stem: &str,
    out: &mut dyn Write,
    memory: u64,
    progress: &Progress,
) -> Result<(), FormatError> {
    progress.start((2 * rows.len() as u64).max(1));
    let look = Look::of(rows)?;
    let count = look.envelopes.len();
    let kinds: Vec<_> = rows.schema().fields.iter().map(|field| column(field).0).collect();
    let order = order(&look);
    let levels = if look.extent[0] <= look.extent[2] { Levels::new(count as u64, NODE_SIZE) } else { None };
    let features = Encoded::of(rows, &look, &kinds, memory, progress)?;
    let mut head = Vec::new();
    head.extend_from_slice(MAGIC);
    head.push(1);
    header(rows, stem, &look, levels.is_some(), &mut head);
    out.write_all(&head)?;
    // Where each row goes, from the first feature on.
    let mut places = vec![0_u64; count];
    let mut end = 0;
    for row in &order {
        places[*row as usize] = end;
        end += u64::from(features.sizes[*row as usize]);
    }
    if let Some(levels) = levels {
        let leaves = order.iter().map(|row| (look.envelopes[*row as usize], places[*row as usize]));
        levels.write(leaves, &mut std::io::BufWriter::new(&mut *out))?;
    }
    match &features.held {
        Some(held) => {
            for row in &order {
                progress.advance(1)?;
                let from = features.starts[*row as usize] as usize;
                out.write_all(&held[from..from + features.sizes[*row as usize] as usize])?;
            }
        }
        None => stretches(rows, &look, &kinds, &features.sizes, &places, end, memory, out, progress)?,
    }
    out.flush()?;
    Ok(())
}

/// Rows in the order of their centres on a Hilbert curve; those without a position last.
fn order(look: &Look) -> Vec<u32> {
    let mut order: Vec<(u32, u32)> = look
        .envelopes
        .iter()
        .enumerate()
        .map(|(row, envelope)| (hilbert(*envelope, look.extent), row as u32))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, row)| row).collect()
}

/// Features as bytes, where they are few enough.
struct Encoded {
    sizes: Vec<u32>,
    starts: Vec<u64>,
    /// `None` where they would take too much room.
    held: Option<Vec<u8>>,
}

impl Encoded {
    fn of(
        rows: &dyn RowSource,
        look: &Look,
        kinds: &[ColumnKind],
        memory: u64,
        progress: &Progress,
    ) -> Result<Self, FormatError> {
        let count = look.envelopes.len();
        let mut all = Self { sizes: Vec::with_capacity(count), starts: Vec::with_capacity(count), held: None };
        let (mut held, mut fits, mut properties) = (Vec::new(), true, Vec::new());
        rows.each(&mut |cells, geometry| {
            progress.advance(1)?;
            let start = held.len();
            feature(cells, geometry, look, kinds, &mut properties, &mut held).map_err(|e| at(e, all.sizes.len()))?;
            all.starts.push(start as u64);
            all.sizes.push(size_of(&held[start..], all.sizes.len())?);
            fits &= held.len() as u64 <= memory;
            if !fits {
                held.clear();
            }
            Ok(())
        })?;
        if all.sizes.len() != count {
            return Err(FormatError::System("the rows changed while they were written".to_owned()));
        }
        all.held = fits.then_some(held);
        Ok(all)
    }
}

fn at(e: FormatError, row: usize) -> FormatError {
    e.at(FormatPlace::Row(row as u64 + 1))
}

/// The format counts a feature's bytes in 32 bits.
fn size_of(feature: &[u8], row: usize) -> Result<u32, FormatError> {
    u32::try_from(feature.len()).map_err(|_| {
        at(FormatError::refused(Said::told(|lang| tr!(lang, "format.flatgeobuf.too_large").into_owned())), row)
    })
}

/// Writes features stretch by stretch, each with a pass over the rows.
#[expect(clippy::too_many_arguments, reason = "one loop over all rows, with everything it needs")]
fn stretches(
    rows: &dyn RowSource,
    look: &Look,
    kinds: &[ColumnKind],
    sizes: &[u32],
    places: &[u64],
    end: u64,
    memory: u64,
    out: &mut dyn Write,
    progress: &Progress,
) -> Result<(), FormatError> {
    let (mut from, mut stretch, mut one, mut properties) = (0, Vec::new(), Vec::new(), Vec::new());
    while from < end {
        // Whole features, at least one.
        let fits = |row: usize| {
            places[row] >= from && places[row] + u64::from(sizes[row]) <= from + memory.max(u64::from(sizes[row]))
        };
        let is_in = |row: usize| places[row] == from || fits(row) && places[row] < from + memory;
        let to = (0..places.len())
            .filter(|row| is_in(*row))
            .map(|row| places[row] + u64::from(sizes[row]))
            .max()
            .unwrap_or(end);
        stretch.clear();
        stretch.resize((to - from) as usize, 0);
        let mut row = 0;
        rows.each(&mut |cells, geometry| {
            let place = places.get(row).copied().unwrap_or(u64::MAX);
            if (from..to).contains(&place) {
                progress.advance(1)?;
                one.clear();
                feature(cells, geometry, look, kinds, &mut properties, &mut one)?;
                let start = (place - from) as usize;
                let into = stretch.get_mut(start..start + one.len()).filter(|_| sizes[row] as usize == one.len());
                let into =
                    into.ok_or_else(|| FormatError::System("the rows changed while they were written".to_owned()))?;
                into.copy_from_slice(&one);
            }
            row += 1;
            Ok(())
        })?;
        out.write_all(&stretch)?;
        from = to;
    }
    Ok(())
}

/// Appends a feature.
fn feature(
    cells: &[Cell<'_>],
    geometry: Option<&RawGeometry>,
    look: &Look,
    kinds: &[ColumnKind],
    properties: &mut Vec<u8>,
    into: &mut Vec<u8>,
) -> Result<(), FormatError> {
    properties.clear();
    for (i, (cell, kind)) in cells.iter().zip(kinds).enumerate() {
        put_cell(i as u16, cell, *kind, properties)?;
    }
    // Other programs cannot read a geometry without positions: it is written as none, as they do.
    let geometry = geometry.filter(|geometry| !geometry.is_empty());
    let slot = |is_there| if is_there { Slot::Offset } else { Slot::Absent };
    let mut builder = Builder::new(into);
    let [inner, values] = builder.table(4, [slot(geometry.is_some()), slot(!properties.is_empty())]);
    if !properties.is_empty() {
        builder.vector(values, 1, properties);
    }
    if let Some(geometry) = geometry {
        build(geometry, look.as_multi, inner, &mut builder);
    }
    builder.finish();
    Ok(())
}

/// Appends the header.
fn header(rows: &dyn RowSource, stem: &str, look: &Look, has_index: bool, into: &mut Vec<u8>) {
    let schema = rows.schema();
    let slot = |is_there| if is_there { Slot::Offset } else { Slot::Absent };
    let flag = |is_set| if is_set { Slot::U8(1) } else { Slot::Absent };
    let name = if schema.name.is_empty() { stem } else { &schema.name };
    let title = schema.title.as_deref().filter(|title| !title.is_empty());
    let has_extent = look.extent[0] <= look.extent[2];
    let (wkt, epsg) = if schema.crs.is_some() { rows.crs_definition() } else { (None, None) };
    let mut builder = Builder::new(into);
    let [name_at, envelope_at, _, _, _, _, _, columns_at, _, _, crs_at, title_at] = builder.table(
        4,
        [
            Slot::Offset,
            slot(has_extent),
            Slot::U8(look.kind),
            flag(look.has_z),
            flag(look.has_m),
            Slot::Absent,
            Slot::Absent,
            slot(!schema.fields.is_empty()),
            Slot::U64(look.envelopes.len() as u64),
            Slot::U16(if has_index { NODE_SIZE } else { 0 }),
            slot(wkt.is_some() || epsg.is_some()),
            slot(title.is_some()),
        ],
    );
    builder.string(name_at, name);
    if has_extent {
        builder.numbers(envelope_at, &look.extent);
    }
    if let Some(title) = title {
        builder.string(title_at, title);
    }
    if !schema.fields.is_empty() {
        let places = builder.offsets(columns_at, schema.fields.len());
        for (field, place) in schema.fields.iter().zip(places) {
            put_column(field, place, &mut builder);
        }
    }
    if wkt.is_some() || epsg.is_some() {
        let code = epsg.and_then(|code| i32::try_from(code).ok());
        let number = code.map_or(Slot::Absent, Slot::I32);
        // The number says all: a definition beside it could only differ.
        let wkt = wkt.filter(|_| code.is_none());
        let [org_at, _, _, _, wkt_at] =
            builder.table(crs_at, [slot(code.is_some()), number, Slot::Absent, Slot::Absent, slot(wkt.is_some())]);
        if code.is_some() {
            builder.string(org_at, "EPSG");
        }
        if let Some(wkt) = wkt {
            builder.string(wkt_at, &wkt);
        }
    }
    builder.finish();
}

fn put_column(field: &Field, place: usize, builder: &mut Builder<'_>) {
    let slot = |is_there| if is_there { Slot::Offset } else { Slot::Absent };
    let (kind, metadata) = column(field);
    let number = |number: Option<u32>| number.and_then(|n| i32::try_from(n).ok()).map_or(Slot::Absent, Slot::I32);
    let is_text = field.kind == FieldKind::Text;
    let is_real = kind == ColumnKind::Double;
    let width = number(field.width.filter(|_| is_text));
    let (precision, scale) = (number(field.width.filter(|_| is_real)), number(field.decimals.filter(|_| is_real)));
    let title = field.title.as_deref().filter(|title| !title.is_empty());
    let absent = Slot::Absent;
    let [name_at, _, title_at, _, _, _, _, _, _, _, metadata_at] = builder.table(
        place,
        [
            Slot::Offset,
            Slot::U8(kind as u8),
            slot(title.is_some()),
            absent,
            width,
            precision,
            scale,
            absent,
            absent,
            absent,
            slot(metadata.is_some()),
        ],
    );
    builder.string(name_at, &field.name);
    if let Some(title) = title {
        builder.string(title_at, title);
    }
    if let Some(metadata) = metadata {
        builder.string(metadata_at, metadata);
    }
}

/// What would be lost.
pub(super) fn losses(rows: &dyn RowSource) -> Vec<Loss> {
    let schema = rows.schema();
    let mut losses = Vec::new();
    let mut lose =
        |what: Said, field: Option<&Field>| losses.push(Loss { what, field: field.map(|field| field.name.clone()) });
    for field in &schema.fields {
        let name = &field.name;
        match column(field) {
            (ColumnKind::String, Some(_)) => {
                lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.as_text", name = name).into_owned()), Some(field));
            }
            (ColumnKind::DateTime, Some(_)) => {
                lose(
                    Said::told(|lang| tr!(lang, "format.flatgeobuf.as_moment", name = name).into_owned()),
                    Some(field),
                );
            }
            _ => {}
        }
        if field.domain.is_some() {
            lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.domain", name = name).into_owned()), Some(field));
        }
    }
    if schema.crs.is_some() && rows.crs_definition() == (None, None) {
        lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.lost_crs").into_owned()), None);
    }
    let look = Look::of(rows);
    if look.as_ref().is_ok_and(|look| look.has_empty) {
        lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.no_empty").into_owned()), None);
    }
    match look {
        Ok(look) if look.as_multi => {
            lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.promoted").into_owned()), None)
        }
        Ok(look) if look.kind == 0 && look.has_geometry => {
            lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.mixed").into_owned()), None);
        }
        _ => {}
    }
    if !rows.is_empty() {
        lose(Said::told(|lang| tr!(lang, "format.flatgeobuf.order").into_owned()), None);
    }
    losses
}

/// Writes all rows, with the usual memory.
pub(super) fn write_all(
    rows: &dyn RowSource,
    stem: &str,
    out: &mut dyn Write,
    progress: &Progress,
) -> Result<(), FormatError> {
    write(rows, stem, out, MEMORY, progress)
}
