//! A table as a server sends it, without a server: for whoever puts bytes to the reader.

use super::columns::{Column, Columns, Decode, GeometryColumn};
use super::quoted;
use super::read::Reader;
use crate::io::formats::{Field, LayerBuilder, RowSink, Schema};
use crate::io::{ReadError, ReadOptions};
use crate::model::Layer;
use crate::progress::Progress;

/// The layer of a stream as a server sends it, for a table that has a column of every kind: its fields are a number, the geometry,
/// an id, the order of members, and the ten kinds in turn. For whoever puts bytes to it that no server sent (tests/fuzz).
///
/// # Errors
/// [`ReadError`]: the stream is none, is cut off, or holds what its table cannot.
#[doc(hidden)]
pub fn read_stream(bytes: &[u8]) -> Result<Layer, ReadError> {
    const CALLED: &str = "public.stream";
    let column = |name: &str, decode: Decode| Column {
        field: Field::new(name.to_owned(), decode.kind()),
        sql: quoted(name),
        decode,
        own: name.to_owned(),
        is_writable: false,
        is_absent: decode == Decode::Text,
    };
    let geometry = GeometryColumn {
        name: "geom".to_owned(),
        sql: quoted("geom"),
        srid: 4326,
        kind: "Geometry".to_owned(),
        of: "geometry".to_owned(),
    };
    let all = Columns {
        values: Decode::ALL.iter().enumerate().map(|(n, decode)| column(&format!("c{n}"), *decode)).collect(),
        geometries: vec![geometry.clone()],
        ..Columns::default()
    };
    let (id, frame) = (column("id", Decode::Json), column("frame", Decode::Json));
    let reader = Reader {
        called: CALLED,
        all: &all,
        geometry: Some(&geometry),
        id: Some(&id),
        frame: Some(&frame),
        number: Some("n"),
        only: None,
    };
    let schema = Schema {
        name: "stream".to_owned(),
        fields: all.values.iter().map(|column| column.field.clone()).collect(),
        crs: Some("EPSG:4326".to_owned()),
        has_ids: true,
        ..Schema::default()
    };
    let (options, progress) = (ReadOptions::default(), Progress::default());
    let mut builder = LayerBuilder::new(&options);
    builder.schema(&schema).map_err(|e| e.in_file(CALLED))?;
    let came = reader.take(bytes, &schema, geometry.srid, &mut builder, &mut |_| true)?;
    let came = came.map_err(|e| e.in_file(CALLED))?;
    if let Some(ids) = came.ids {
        builder.set_ids(ids);
    }
    builder.set_frames(came.frames);
    builder.finish(CALLED, &progress)
}
