//! The commands and their arguments. Their names are fixed; scripts rely on them.

use super::{PaperSize, PrintOptions, WindowOptions};
use crate::model::Role;
use crate::vocabulary::{NoAmount, amount};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the window on the sample map
    Demo,
    /// Features, types, extent, properties and health of files
    Info {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// What lies in a zone: every layer's features counted, measured and classed
    Inspect {
        /// A project, a folder of ROLE.geojson files, or layers
        #[arg(required = true, value_name = "PROJECT")]
        project: Vec<PathBuf>,
        /// The zone: polygons
        #[arg(long, value_name = "FILE")]
        zone: PathBuf,
        /// The zone and what meets it (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Features within (or beyond) a distance of a reference layer
    Within {
        /// The layer asked about
        subject: PathBuf,
        /// The reference: a shoreline, rivers, zones
        #[arg(long, value_name = "REF")]
        of: PathBuf,
        /// The distance in metres; what lies at it is within
        #[arg(long, value_name = "M", value_parser = metres)]
        distance: f64,
        /// Give those further away instead
        #[arg(long)]
        beyond: bool,
        /// Water polygons that tell 陆域 from 水域 (property `side`)
        #[arg(long, value_name = "FILE")]
        water: Option<PathBuf>,
        /// The answer (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// The nearest feature of another layer to each feature
    Nearest {
        /// The layer asked about
        subject: PathBuf,
        /// The layer searched
        #[arg(long, value_name = "B")]
        to: PathBuf,
        /// Leave out features with nothing within this many metres
        #[arg(long, value_name = "M", value_parser = metres)]
        max: Option<f64>,
        /// The answer (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Parts of areas further than a radius from every facility
    Gaps {
        /// The demand: homes
        demand: PathBuf,
        /// The facilities: parks
        #[arg(long, value_name = "FACILITIES")]
        from: PathBuf,
        /// The service radius in metres; what lies at it is served
        #[arg(long, value_name = "M", value_parser = positive_metres)]
        radius: f64,
        /// Facilities smaller than this (m²) do not serve
        #[arg(long, value_name = "M2", default_value_t = 0.0, value_parser = square_metres)]
        min_area: f64,
        /// Entrances of the facilities: distances are measured from them
        #[arg(long, value_name = "FILE")]
        entrances: Option<PathBuf>,
        /// The property that holds the number of people
        #[arg(long, value_name = "NAME")]
        people: Option<String>,
        /// The answer (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Overlaps of two layers, one feature per overlapping pair
    Overlap {
        /// The layer asked about
        subject: PathBuf,
        /// The layer it is held against
        #[arg(long, value_name = "B")]
        with: PathBuf,
        /// The answer (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// The land within a distance of features
    Buffer {
        /// The layer
        subject: PathBuf,
        /// The distance in metres
        #[arg(long, value_name = "M", value_parser = positive_metres)]
        distance: f64,
        /// One region in all instead of one a feature
        #[arg(long)]
        union: bool,
        /// The answer (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// The catalogue of rules; with a project which of them can run, and what the others lack
    Rules {
        /// A project, or a folder of ROLE.geojson files
        #[arg(value_name = "PROJECT")]
        project: Option<PathBuf>,
    },
    /// Put rules to a project: one GeoJSON a rule, and summary.json
    Run {
        /// A project, or a folder of ROLE.geojson files
        #[arg(value_name = "PROJECT")]
        project: PathBuf,
        /// The rules; all of them without any
        #[arg(value_name = "RULE")]
        rules: Vec<String>,
        /// The folder; made where it is missing
        #[arg(short, long, value_name = "FOLDER")]
        out: PathBuf,
        /// Exit with status 1 where a ban was found
        #[arg(long)]
        strict: bool,
        /// With the changes of this scenario of the project
        #[arg(long, value_name = "NAME")]
        scenario: Option<String>,
        /// Take on states and remarks from these findings too, which a run into another folder left
        #[arg(long, value_name = "FILE")]
        findings: Option<PathBuf>,
    },
    /// Rules without and with scenarios of a project beside one another: figures, verdicts, features that became a match or are one no more
    Compare {
        /// A project
        #[arg(value_name = "PROJECT")]
        project: PathBuf,
        /// The rules; all of them without any
        #[arg(value_name = "RULE")]
        rules: Vec<String>,
        /// A scenario of the project; several times for several
        #[arg(long, required = true, value_name = "NAME")]
        scenario: Vec<String>,
        /// Where it is written as well: JSON, or a document (HTML) with its workbook beside it, by the ending
        #[arg(short, long, value_name = "OUT")]
        out: Option<PathBuf>,
    },
    /// The report of a project's rules: one HTML file with everything in it, and its tables as a workbook beside it
    Report {
        /// A project, or a folder of ROLE.geojson files
        #[arg(value_name = "PROJECT")]
        project: PathBuf,
        /// The title
        #[arg(long)]
        title: Option<String>,
        /// Hold the rules without it beside those with this scenario of the project; several times for several
        #[arg(long, value_name = "NAME")]
        scenario: Vec<String>,
        /// Take on states and remarks from these findings too, which a run into another folder left
        #[arg(long, value_name = "FILE")]
        findings: Option<PathBuf>,
        /// The report (HTML)
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// One page an outlet (一口一档): properties, river, zones, findings, in one HTML file
    Cards {
        /// A project, or a folder of ROLE.geojson files
        #[arg(value_name = "PROJECT")]
        project: PathBuf,
        /// Take on states and remarks from these findings too, which a run into another folder left
        #[arg(long, value_name = "FILE")]
        findings: Option<PathBuf>,
        /// The cards (HTML)
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Two versions of a layer of areas: land lost and gained, functions changed, units vanished and new
    Audit {
        /// The old version
        before: PathBuf,
        /// The new version
        after: PathBuf,
        /// The property that names a unit
        #[arg(long, value_name = "NAME")]
        key: String,
        /// The property of its function
        #[arg(long, value_name = "NAME")]
        function: Option<String>,
        /// The property that says whether it is core (`core` without it, where both versions have one)
        #[arg(long, value_name = "NAME")]
        core: Option<String>,
        /// The land that changed (GeoJSON); - for standard output
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// A layer written anew, in the format of OUT: GeoJSON (RFC 7946) or another, in any coordinate system
    Convert {
        /// The layer
        input: PathBuf,
        /// The file, in the format of its ending; - for standard output (GeoJSON)
        out: PathBuf,
        /// The coordinate system to write: EPSG:N, GCJ-02, BD-09, a PROJ string
        #[arg(long, value_name = "CRS")]
        to_crs: Option<String>,
    },
    /// A layer with the values of a table, row by row where a key is alike
    Join {
        /// The layer
        #[arg(value_name = "LAYER")]
        subject: PathBuf,
        /// The table: CSV, a workbook, any layer
        table: PathBuf,
        /// The key's column; COLUMN=COLUMN where the table calls it otherwise
        #[arg(long, value_name = "COLUMN[=COLUMN]")]
        on: String,
        /// The layer with the table's values, in the format of its ending; - for standard output (GeoJSON)
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
    /// Layers of a shared store (PostgreSQL with PostGIS); postgres://USER@HOST/DATABASE?schema=SCHEMA serves wherever a project or a layer does
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// The map on paper, at 300 dots to the inch: PDF, or PNG by the ending of OUT
    Print {
        /// A project, layers or a folder of ROLE.geojson files
        #[arg(required = true, value_name = "PROJECT")]
        layers: Vec<PathBuf>,
        #[command(flatten)]
        page: Page,
    },
    /// Draw the window without a screen: one picture, or a fixed tour with its timings
    View {
        /// Layers or a folder of ROLE.geojson files
        #[arg(required = true)]
        layers: Vec<PathBuf>,
        /// Size of the window
        #[arg(long, value_name = "WxH", default_value = "1600x1000", value_parser = size)]
        size: (u32, u32),
        /// Draw in the dark theme
        #[arg(long)]
        dark: bool,
        /// With the changes of this scenario of the project
        #[arg(long, value_name = "NAME")]
        scenario: Option<String>,
        /// The picture (PNG)
        #[arg(long, value_name = "OUT.png")]
        screenshot: Option<PathBuf>,
        /// Frames of the tour: fit, zoom in to street level, pan, zoom out
        #[arg(long, value_name = "FRAMES", requires = "timings")]
        tour: Option<usize>,
        /// CPU milliseconds of each frame (JSON)
        #[arg(long, value_name = "OUT.json", requires = "tour")]
        timings: Option<PathBuf>,
    },
}

/// What is done with a store.
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Make the register of layers, and have changes of the schema's tables counted
    Init {
        /// postgres://USER@HOST/DATABASE?schema=SCHEMA, or …?table=SCHEMA.TABLE
        url: PathBuf,
    },
    /// Put a layer into a table, called like its file unless the address names it; --overwrite replaces one
    Put {
        /// The layer
        #[arg(value_name = "LAYER")]
        file: PathBuf,
        /// postgres://USER@HOST/DATABASE?schema=SCHEMA, or …?table=SCHEMA.TABLE
        url: PathBuf,
        /// What it means, where its name does not say it
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Option<Role>,
    },
    /// Tables: types, rows, systems, roles, last change
    List {
        /// postgres://USER@HOST/DATABASE?schema=SCHEMA, or …?table=SCHEMA.TABLE
        url: PathBuf,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "there is no such role; outlet, river, park are some".to_owned())
}

/// What stands on a page.
#[derive(Args, Clone, Debug)]
pub(super) struct Page {
    /// Its size
    #[arg(long, value_enum, default_value = "a4", ignore_case = true)]
    pub(super) paper: PaperSize,
    /// Upright instead of lying
    #[arg(long)]
    pub(super) portrait: bool,
    /// The scale is one to N; the roundest at which everything fits without it
    #[arg(long, value_name = "N", value_parser = number_above_zero)]
    pub(super) scale: Option<f64>,
    /// With the changes of this scenario of the project
    #[arg(long, value_name = "NAME")]
    pub(super) scenario: Option<String>,
    /// The title
    #[arg(long)]
    pub(super) title: Option<String>,
    /// 审图号
    #[arg(long, value_name = "TEXT")]
    pub(super) map_number: Option<String>,
    /// 密级
    #[arg(long, value_name = "TEXT")]
    pub(super) secrecy: Option<String>,
    /// 编制单位
    #[arg(long, value_name = "TEXT")]
    pub(super) unit: Option<String>,
    /// Where the data come from
    #[arg(long, value_name = "TEXT")]
    pub(super) source: Option<String>,
    /// The date; today's without it
    #[arg(long, value_name = "TEXT")]
    pub(super) date: Option<String>,
    /// A page each, and one with all of them first: "findings", a role (town), or a layer by its file or name. Of OUT.png the pages are
    /// OUT-01.png, OUT-02.png …
    #[arg(long, value_name = "OF")]
    pub(super) series: Option<String>,
    /// With the comments of the project, numbered on the map and told beside the legend
    #[arg(long)]
    pub(super) comments: bool,
    /// The page (PDF or PNG)
    #[arg(short, long, value_name = "OUT")]
    pub(super) out: PathBuf,
}

impl Page {
    /// What is printed of this.
    pub(super) fn options(self, window: WindowOptions) -> PrintOptions {
        PrintOptions {
            window,
            paper: self.paper,
            portrait: self.portrait,
            scale: self.scale,
            title: self.title,
            map_number: self.map_number,
            secrecy: self.secrecy,
            unit: self.unit,
            source: self.source,
            date: self.date,
            comments: self.comments,
            series: self.series,
            out: self.out,
            tell: Some(super::say::tell),
        }
    }
}

/// A number in a unit, or with another unit of its kind behind it: `2 km`.
fn in_unit(text: &str, unit: &str, examples: &str) -> Result<f64, String> {
    amount(text, unit).map_err(|why| match why {
        NoAmount::Number => format!("a number is needed, with or without its unit: {examples}"),
        NoAmount::UnknownUnit => format!("its unit is not known; write {examples}"),
        NoAmount::OtherUnit => format!("that is no number of {unit}; write {examples}"),
    })
}

fn not_negative(value: f64) -> Result<f64, String> {
    if value >= 0.0 { Ok(value) } else { Err("a number that is not negative is needed".to_owned()) }
}

fn positive(value: f64) -> Result<f64, String> {
    if value > 0.0 { Ok(value) } else { Err("a number above zero is needed".to_owned()) }
}

fn metres(text: &str) -> Result<f64, String> {
    in_unit(text, "m", "2000, 2000m, 2km, 2千米").and_then(not_negative)
}

fn positive_metres(text: &str) -> Result<f64, String> {
    in_unit(text, "m", "2000, 2000m, 2km, 2千米").and_then(positive)
}

fn square_metres(text: &str) -> Result<f64, String> {
    in_unit(text, "m²", "4000, 4000m2, 0.4ha, 6亩").and_then(not_negative)
}

fn number_above_zero(text: &str) -> Result<f64, String> {
    in_unit(text, "", "50000").and_then(positive)
}

/// Memory.
pub(super) fn gigabytes(text: &str) -> Result<f64, String> {
    number_above_zero(text)
}

fn size(text: &str) -> Result<(u32, u32), String> {
    text.split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))
        .filter(|(w, h)| (320..=8192).contains(w) && (240..=8192).contains(h))
        .ok_or_else(|| "a size like 1600x1000 is needed, from 320x240 to 8192x8192 pixels".to_owned())
}
