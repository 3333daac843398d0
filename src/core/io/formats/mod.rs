//! File formats other than GeoJSON: one trait, one folder a format. A reader gives rows (typed values and a geometry in the
//! file's own coordinates) to a [`RowSink`]; what becomes of them (coordinate system, validity, the layer) is not its matter.

pub mod archive;
pub mod boundary_points;
mod builder;
mod bytes;
pub mod cad;
mod changes;
mod checking;
mod counted;
pub mod csv;
pub mod dbase;
mod error;
mod examine;
mod filegdb;
pub mod flatgeobuf;
mod geometry;
pub mod geopackage;
pub mod gpx;
mod iso8601;
pub mod kml;
mod on_disk;
mod open;
pub mod positions;
mod refused;
mod rows;
mod save;
pub mod shapefile;
pub mod spreadsheet;
mod table;
pub mod tabular;
mod text;
pub mod topojson;
mod wanted;
mod window;
pub mod wkb;
pub mod wkt;
pub mod xml;

pub use builder::LayerBuilder;
pub use bytes::{Bytes, Folder, InMemory, Input};
pub(in crate::io) use changes::is_rounded_alone;
pub use changes::write_changes;
pub(in crate::io) use counted::CountedNotes;
pub use error::{FormatError, FormatPlace};
pub use examine::{Examined, ExaminedLayer, examine};
pub use filegdb::FileGdb;
pub(in crate::io) use filegdb::is_catalogue;
pub use geometry::{RawGeometry, RawKind};
pub(in crate::io) use iso8601::{civil_from_days, kind_of as iso8601_kind, time_of_day};
pub use on_disk::OnDisk;
pub(in crate::io) use open::{find, is_boundary_points, read, unread_members, why_unread};
pub use rows::LayerRows;
pub use save::{check_fields, losses, write, writer_of};
pub use table::{Cell, Date, DateTime, Domain, Field, FieldKind, Note, RowSink, RowSource, Schema, Time};

use crate::i18n::Said;
use crate::io::room::times;
use crate::progress::Progress;

/// The formats that are read, beside GeoJSON; content is looked at in this order.
pub static FORMATS: &[&dyn Format] = &[
    &shapefile::Shapefile,
    &FileGdb,
    &geopackage::GeoPackage,
    &flatgeobuf::FlatGeobuf,
    &kml::Kml,
    &gpx::Gpx,
    &topojson::TopoJson,
    &cad::Dxf,
    &cad::Dwg,
    &wkt::Wkt,
    &boundary_points::BoundaryPoints,
    &csv::Csv,
    &spreadsheet::Spreadsheet,
    &dbase::Dbase,
];

/// The formats that are written, beside GeoJSON, by the endings of their files.
pub static WRITERS: &[(&[&str], &dyn WriteFormat)] = &[
    (&["shp"], &shapefile::ShapefileWriter { encoding: dbase::TableEncoding::Utf8 }),
    (&["dbf"], &dbase::DbaseWriter { encoding: dbase::TableEncoding::Utf8 }),
    (&["kml"], &kml::KmlWriter),
    (&["dxf"], &cad::Dxf),
    (&["gpkg"], &geopackage::GeoPackage),
    (&["fgb"], &flatgeobuf::FlatGeobuf),
    (&["csv", "tsv"], &csv::Csv),
    (&["xlsx"], &spreadsheet::Spreadsheet),
    (&["wkt"], &wkt::Wkt),
    (&["txt"], &boundary_points::BoundaryPoints),
];

/// How a file is to be read, where the planner said so.
#[derive(Clone, Debug, Default)]
pub struct ReadHints {
    /// The encoding of its text (a WHATWG label: `GBK`, `UTF-8`). It goes before whatever the file says.
    pub encoding: Option<String>,
    /// Of a table: which columns hold the position (`x`, `y`, or one with WKT), by name.
    pub columns: Option<Vec<String>>,
    /// Of a text table: what stands between cells.
    pub delimiter: Option<char>,
    /// The rectangle of positions that is wanted, in the file's own coordinates (min x, min y, max x, max y); everything where `None`.
    /// A reader with an index may leave out what does not meet it; one without may give everything.
    pub window: Option<[f64; 4]>,
}

/// A layer (or table) of a file, before it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerInfo {
    /// Its name in the file; empty where the format holds one layer without a name.
    pub name: String,
    /// Its title for people, where it has one.
    pub title: Option<String>,
    /// The geometry types it declares; empty where it declares none, or is a table.
    pub kinds: Vec<RawKind>,
    /// True where rows have no geometry.
    pub is_table: bool,
    /// Rows, where the file says so or counting is cheap.
    pub rows: Option<u64>,
    /// The coordinate system as the file says it: `EPSG:4547`, or the text of a WKT definition, or a PROJ string; `None`
    /// where it says nothing.
    pub crs: Option<String>,
}

/// A file format: what it is called, how a file of it is told, how it is read.
pub trait Format: Sync {
    /// What it is called: `Shapefile`, `GeoPackage`.
    fn name(&self) -> &'static str;

    /// Endings of its files' names, in lower case without a dot.
    fn extensions(&self) -> &'static [&'static str];

    /// True where rows are cells that people fill in, positions among them: what somebody copied from a web map may be shifted.
    fn has_cells(&self) -> bool {
        false
    }

    /// False for drawings, in which nothing can say where they lie: small numbers are as well millimetres as degrees.
    fn can_say_where(&self) -> bool {
        true
    }

    /// A look at a table of cells by the name of its layer: its columns, and the rows whose positions cannot be read. `None` where rows
    /// are no cells.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn table(&self, _: &Input, _: &str, _: &ReadHints) -> Result<Option<tabular::Preview>, FormatError> {
        Ok(None)
    }

    /// About what a layer takes in memory, bytes; rather too much than too little, told by a look at the file's size, its layers and some
    /// of its rows. `layer` is as [`Self::layers`] gives it; without it, by the file's size, 0 where that does not tell.
    ///
    /// Factors are measured (release build, the process's peak, of 100,000 areas and a million points), but for DWG, which nothing here
    /// writes: it is taken as three times as short as the same drawing as DXF.
    fn memory(&self, input: &Input, layer: Option<&str>) -> u64 {
        let _ = layer;
        times(input.size(), 1.8)
    }

    /// True where the content is of this format whatever the name says. `head` is the first 4,096 bytes at most.
    fn is_it(&self, input: &Input, head: &[u8]) -> bool;

    /// Its layers in the order of the file.
    ///
    /// # Errors
    /// Where the file is damaged so that not even its layers can be told, or is of a variant that is not read (with the way out).
    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError>;

    /// Reads a layer by its name as [`Self::layers`] gives it. Calls [`RowSink::schema`] once, then [`RowSink::row`] for each row in
    /// the order of the file.
    ///
    /// # Errors
    /// Where the file is damaged: what was given to the sink before is not used. What concerns one row alone is a [`Note`].
    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError>;
}

/// Where a writer puts its files: each is written whole or not at all, by the caller.
pub trait Output {
    /// A file beside the main one, by its name (`roads.dbf`).
    ///
    /// # Errors
    /// Where it cannot be made.
    fn create(&mut self, name: &str) -> std::io::Result<Box<dyn WriteSeek + '_>>;

    /// The path of a file to be made by a library that wants a path.
    fn path(&mut self, name: &str) -> std::path::PathBuf;
}

/// A file that is written, forwards and backwards.
pub trait WriteSeek: std::io::Write + std::io::Seek {}
impl<T: std::io::Write + std::io::Seek> WriteSeek for T {}

/// What will not survive writing, said before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What is lost or changed, in both languages: `字段名“排污口名称”写成“排污口名”`.
    pub what: Said,
    /// The field it is about, where it is about one.
    pub field: Option<String>,
}

/// Writing a format.
pub trait WriteFormat: Sync {
    /// What would be lost or changed: names cut short, types that the format lacks, geometry kinds that need layers of their own,
    /// sizes beyond its limits. Cost: a look at the schema, and where needed one pass over the rows.
    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss>;

    /// The most fields that the format, or whoever reads it, has room for. Asked before anything is looked at: tables with a
    /// property of its own a row have more columns than anybody wants to look through.
    fn most_fields(&self) -> usize {
        usize::MAX
    }

    /// Writes the rows as a file (or a set of files) whose main one has this name.
    ///
    /// # Errors
    /// Where it cannot be written, or the format cannot hold the rows at all.
    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError>;
}

#[cfg(test)]
mod tests;
