//! The command line: arguments to questions, answers to text, JSON and files. Its names are fixed; scripts rely on them.

mod convert;
mod info;
mod inspect;
mod output;
mod questions;
mod terminal;

use crate::i18n::Lang;
use crate::io::{ReadError, ReadOptions, SaveError};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit statuses.
pub mod status {
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// An input cannot be read.
    pub const INPUT: u8 = 3;
    /// An output cannot be written.
    pub const OUTPUT: u8 = 4;
    /// Cancelled.
    pub const CANCELLED: u8 = 130;
}

/// Shanshui 山水: spatial questions of city and river plans, answered exactly.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A project, layers (GeoJSON) or a folder of ROLE.geojson files to open in the window
    layers: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Options that every command takes.
#[derive(Args, Clone, Debug, Default)]
struct Common {
    /// Print the summary as one JSON object and nothing else on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Coordinate system of inputs that declare none: EPSG:N, a PROJ string, GCJ-02, BD-09, LATLON
    #[arg(long, global = true, value_name = "CRS")]
    crs: Option<String>,
    /// Encoding of the inputs (UTF-8, and GB 18030 where that does not fit, are tried without it)
    #[arg(long, global = true, value_name = "NAME")]
    encoding: Option<String>,
    /// The layer to read of files that hold several; a GeoJSON file holds one, by the name of its collection
    #[arg(long, global = true, value_name = "NAME")]
    layer: Option<String>,
    /// Ask only about features for which this is true (OGC CQL2, as in "class = '工业排污口'")
    #[arg(long = "where", global = true, value_name = "CQL2")]
    subject_where: Option<String>,
    /// Hold them only against such features of the reference
    #[arg(long = "where-ref", global = true, value_name = "CQL2")]
    reference_where: Option<String>,
    /// Language of texts; the system's without it
    #[arg(long, global = true, value_enum)]
    lang: Option<Lang>,
}

impl Common {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::of_system)
    }

    /// Refuses a coordinate system or an encoding that does not exist before any file is opened.
    fn check(&self) -> Result<(), Failure> {
        if let Some(Err(e)) = self.crs.as_deref().map(crate::geodesy::crs::Crs::parse) {
            let text = crate::i18n::tr!(self.lang(), "read.crs", name = e.name, cause = e.cause);
            return Err(Failure::Usage(text.into_owned()));
        }
        match self.encoding.as_deref().filter(|name| !crate::io::is_encoding(name)) {
            None => Ok(()),
            Some(name) => {
                Err(Failure::Usage(crate::i18n::tr!(self.lang(), "cli.unknown_encoding", name = name).into_owned()))
            }
        }
    }

    /// Refuses a file whose only layer is not the one asked for.
    fn check_layer(&self, layer: &crate::model::Layer) -> Result<(), Failure> {
        match &self.layer {
            Some(name) if *name != layer.name => {
                let file = &layer.source.file_name;
                let text = crate::i18n::tr!(self.lang(), "cli.no_layer", file = file, name = name, has = layer.name);
                Err(Failure::Usage(text.into_owned()))
            }
            _ => Ok(()),
        }
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions { crs: self.crs.clone(), encoding: self.encoding.clone(), ..ReadOptions::default() }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
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
        #[arg(long, value_name = "M2", default_value_t = 0.0, value_parser = metres)]
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
    /// A layer written anew: longitude and latitude (WGS 84), UTF-8, RFC 7946
    Convert {
        /// The layer
        input: PathBuf,
        /// The file (GeoJSON); - for standard output
        out: PathBuf,
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

fn metres(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("a number that is not negative is needed".to_owned()),
    }
}

fn positive_metres(text: &str) -> Result<f64, String> {
    metres(text).ok().filter(|v| *v > 0.0).ok_or_else(|| "a number above zero is needed".to_owned())
}

fn size(text: &str) -> Result<(u32, u32), String> {
    text.split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))
        .filter(|(w, h)| (320..=8192).contains(w) && (240..=8192).contains(h))
        .ok_or_else(|| "a size like 1600x1000 is needed".to_owned())
}

/// A page's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
pub enum PaperSize {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// 297 mm by 420 mm.
    A3,
}

/// What stands on a page.
#[derive(Args, Clone, Debug)]
struct Page {
    /// Its size
    #[arg(long, value_enum, default_value = "a4", ignore_case = true)]
    paper: PaperSize,
    /// Upright instead of lying
    #[arg(long)]
    portrait: bool,
    /// The scale is one to N; the roundest at which everything fits without it
    #[arg(long, value_name = "N", value_parser = positive_metres)]
    scale: Option<f64>,
    /// The title
    #[arg(long)]
    title: Option<String>,
    /// 审图号
    #[arg(long, value_name = "TEXT")]
    map_number: Option<String>,
    /// 密级
    #[arg(long, value_name = "TEXT")]
    secrecy: Option<String>,
    /// 编制单位
    #[arg(long, value_name = "TEXT")]
    unit: Option<String>,
    /// Where the data come from
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The date; today's without it
    #[arg(long, value_name = "TEXT")]
    date: Option<String>,
    /// The page (PDF or PNG)
    #[arg(short, long, value_name = "OUT")]
    out: PathBuf,
}

/// What to put on paper.
#[derive(Clone, Debug)]
pub struct PrintOptions {
    /// What to open.
    pub window: WindowOptions,
    /// The page's size.
    pub paper: PaperSize,
    /// Upright.
    pub portrait: bool,
    /// The scale is one to this.
    pub scale: Option<f64>,
    /// The title.
    pub title: Option<String>,
    /// 审图号.
    pub map_number: Option<String>,
    /// 密级.
    pub secrecy: Option<String>,
    /// 编制单位.
    pub unit: Option<String>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The date.
    pub date: Option<String>,
    /// Where the page goes.
    pub out: PathBuf,
}

/// What to open in the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Open the sample map.
    pub demo: bool,
    /// How files are read.
    pub read: ReadOptions,
    /// The language asked for.
    pub lang: Option<Lang>,
    /// The folder for journals of edits; none are kept without one.
    pub journals: Option<PathBuf>,
}

/// What to draw without a screen.
#[derive(Clone, Debug)]
pub struct ViewOptions {
    /// What to open.
    pub window: WindowOptions,
    /// Width and height; pixels.
    pub size: (u32, u32),
    /// In the dark theme.
    pub dark: bool,
    /// Where the picture goes.
    pub screenshot: Option<PathBuf>,
    /// Frames of the tour, and where its timings go.
    pub tour: Option<(usize, PathBuf)>,
}

/// What a command line comes to: done, or something that needs the window's code.
#[derive(Debug)]
pub enum Outcome {
    /// Done, with this status.
    Done(ExitCode),
    /// The window is wanted.
    Window(WindowOptions),
    /// A picture or a tour is wanted.
    View(ViewOptions),
    /// A page is wanted.
    Print(PrintOptions),
}

/// Why a command failed.
enum Failure {
    Usage(String),
    Read(ReadError),
    /// Something else that was given cannot be read.
    Input(String),
    Save(SaveError),
    /// The summary could not be printed; the answer may have been written.
    Print(String),
    Cancelled,
}

impl From<ReadError> for Failure {
    fn from(e: ReadError) -> Self {
        match e.cause {
            crate::io::ReadCause::Cancelled => Self::Cancelled,
            _ => Self::Read(e),
        }
    }
}

impl From<SaveError> for Failure {
    fn from(e: SaveError) -> Self {
        Self::Save(e)
    }
}

impl Cli {
    /// Runs what does not need a window.
    pub fn run(self) -> Outcome {
        let common = self.common;
        let window = |paths: Vec<PathBuf>, demo| WindowOptions {
            paths,
            demo,
            read: common.read_options(),
            lang: common.lang,
            journals: None,
        };
        if let Err(failure) = common.check() {
            return Outcome::Done(report(&common, Err(failure)));
        }
        let done = match self.command {
            None => match self.layers.iter().find_map(|path| std::fs::metadata(path).err().map(|e| (path, e))) {
                None => return Outcome::Window(window(self.layers, false)),
                // A mistyped command stands here too: the error names it.
                Some((path, e)) => Err(Failure::Read(ReadError {
                    file: path.display().to_string(),
                    place: None,
                    cause: crate::io::ReadCause::System(e.to_string()),
                })),
            },
            Some(Command::Demo) => return Outcome::Window(window(Vec::new(), true)),
            Some(Command::View { layers, size, dark, screenshot, tour, timings }) => {
                if screenshot.is_none() && tour.is_none() {
                    return Outcome::Done(report(
                        &common,
                        Err(Failure::Usage("view needs --screenshot or --tour with --timings".to_owned())),
                    ));
                }
                return Outcome::View(ViewOptions {
                    window: window(layers, false),
                    size,
                    dark,
                    screenshot,
                    tour: tour.zip(timings),
                });
            }
            Some(Command::Print { layers, page }) => {
                let Page { paper, portrait, scale, title, map_number, secrecy, unit, source, date, out } = page;
                let window = window(layers, false);
                return Outcome::Print(PrintOptions {
                    window,
                    paper,
                    portrait,
                    scale,
                    title,
                    map_number,
                    secrecy,
                    unit,
                    source,
                    date,
                    out,
                });
            }
            Some(Command::Convert { input, out }) => convert::run(&common, &input, &out),
            Some(Command::Info { files }) => info::run(&common, &files),
            Some(Command::Inspect { project, zone, out }) => inspect::run(&common, &project, &zone, &out),
            Some(command) => questions::run(&common, command),
        };
        Outcome::Done(report(&common, done))
    }
}

/// Says what failed on standard error; the exit status.
fn report(common: &Common, done: Result<(), Failure>) -> ExitCode {
    let lang = common.lang();
    let (text, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(text)) => (text, status::USAGE),
        Err(Failure::Read(e)) => (e.message(lang), status::INPUT),
        Err(Failure::Input(text)) => (text, status::INPUT),
        Err(Failure::Print(cause)) => {
            (crate::i18n::tr!(lang, "cli.print_failed", cause = cause).into_owned(), status::OUTPUT)
        }
        Err(Failure::Save(e)) => (e.message(lang), status::OUTPUT),
        Err(Failure::Cancelled) => (crate::i18n::tr!(lang, "read.cancelled").into_owned(), status::CANCELLED),
    };
    eprintln!("shanshui: {text}");
    ExitCode::from(code)
}
