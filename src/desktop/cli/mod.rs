//! The command line: arguments to questions, answers to text, JSON and files. Its names are fixed; scripts rely on them.

mod arguments;
mod audit;
mod cards;
mod compare;
mod convert;
mod earlier;
mod elsewhere;
mod findings;
mod info;
mod inspect;
mod join;
mod memory;
mod options;
mod output;
mod packed;
mod project;
mod questions;
mod rules;
pub mod say;
mod store;
mod terminal;
mod usage;

use crate::i18n::Lang;
use crate::io::{Form, ReadError, ReadOptions, Room, SaveError};
use crate::progress::Cancelled;
use crate::query::AuditBy;
use arguments::{Command, StoreCommand, gigabytes};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser};
pub use elsewhere::Elsewhere;
pub use options::{PaperSize, PrintOptions, ReportOptions, UnreadSettingsOptions, ViewOptions, WindowOptions};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit statuses.
pub mod status {
    /// `run --strict` found a ban.
    pub const BAN: u8 = 1;
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
#[command(version, about, propagate_version = true)]
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
    /// Read only features whose box meets this one: west, south, east, north in degrees, as in 121.1,31.2,121.6,31.5 (not GeoJSON)
    #[arg(long, global = true, value_name = "W,S,E,N", allow_hyphen_values = true)]
    bbox: Option<crate::model::Bbox>,
    /// Ask only about features for which this is true (OGC CQL2, as in "class = '工业排污口'")
    #[arg(long = "where", global = true, value_name = "CQL2")]
    subject_where: Option<String>,
    /// Hold them only against such features of the reference
    #[arg(long = "where-ref", global = true, value_name = "CQL2")]
    reference_where: Option<String>,
    /// Ask even where more than half of the memory would be needed
    #[arg(long, global = true)]
    any_size: bool,
    /// Reckon with so much memory (GB); the machine's without it
    #[arg(long, global = true, value_name = "GB", value_parser = gigabytes)]
    memory: Option<f64>,
    /// Write over a file that this program did not make (never over an input)
    #[arg(long, global = true)]
    overwrite: bool,
    /// The plan whose targets a project is held to: BS, SY, PT, TZ, JS, or a table of your own (TOML)
    #[arg(long, global = true, value_name = "PLAN")]
    plan: Option<String>,
    /// Language of texts; the system's without it
    #[arg(long, global = true, value_parser = language())]
    lang: Option<Lang>,
}

impl Common {
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(Lang::of_system)
    }

    /// Refuses a coordinate system or an encoding that does not exist before any file is opened.
    fn check(&self) -> Result<(), Failure> {
        if let Some(Err(e)) = self.crs.as_deref().map(crate::geodesy::crs::Crs::parse) {
            let text = crate::i18n::tr!(self.lang(), "read.crs", name = e.name, cause = e.said.text(self.lang()));
            return Err(Failure::Usage(text.into_owned()));
        }
        match self.encoding.as_deref().filter(|name| !crate::io::is_encoding(name)) {
            None => Ok(()),
            Some(name) => {
                Err(Failure::Usage(crate::i18n::tr!(self.lang(), "cli.unknown_encoding", name = name).into_owned()))
            }
        }
    }

    /// Refuses an option to which the command would pay no heed.
    fn check_used(&self, command: Option<&Command>) -> Result<(), Failure> {
        use Command::{
            Audit, Buffer, Cards, Convert, Demo, Gaps, Info, Inspect, Join, Nearest, Overlap, Print, Rules, Run, Store,
            View, Within,
        };
        let is_held_against = matches!(command, Some(Within { .. } | Nearest { .. } | Gaps { .. } | Overlap { .. }));
        let asks = is_held_against || matches!(command, Some(Buffer { .. }));
        let chooses = asks || matches!(command, Some(Convert { .. }));
        let puts = matches!(command, Some(Store { command: StoreCommand::Put { .. } }));
        let is_of_store = matches!(command, Some(Store { .. }));
        let is_of_files = chooses || puts || matches!(command, Some(Audit { .. } | Info { .. } | Join { .. }));
        let tells = !matches!(command, None | Some(Demo | View { .. } | Print { .. } | Cards { .. }));
        let names_a_file =
            (!is_of_store || puts) && !matches!(command, None | Some(Demo | Info { .. } | Rules { .. } | Run { .. }));
        let reads = (!is_of_store || puts) && !matches!(command, Some(Demo | Rules { project: None }));
        // Layers may be large, and what is made of them.
        let may_be_large = reads;
        let unused = [
            ("--json", self.json && !tells),
            ("--crs", self.crs.is_some() && !reads),
            ("--encoding", self.encoding.is_some() && !reads),
            ("--where", self.subject_where.is_some() && !chooses),
            ("--overwrite", self.overwrite && !names_a_file),
            ("--any-size", self.any_size && !may_be_large),
            ("--memory", self.memory.is_some() && !may_be_large),
            ("--where-ref", self.reference_where.is_some() && !is_held_against),
            ("--plan", self.plan.is_some() && (is_of_files || is_of_store)),
            (
                "--bbox",
                self.bbox.is_some() && !(chooses || matches!(command, Some(Info { .. } | Join { .. } | Audit { .. }))),
            ),
            ("--layer", self.layer.is_some() && !is_of_files && !matches!(command, Some(Inspect { .. }))),
        ];
        match unused.iter().find(|(_, is_unused)| *is_unused) {
            None => Ok(()),
            Some((option, _)) => {
                Err(Failure::Usage(crate::i18n::tr!(self.lang(), "cli.option_unused", option = option).into_owned()))
            }
        }
    }

    /// Refuses a file whose only layer is not the one asked for.
    fn check_layer(&self, layer: &crate::model::Layer) -> Result<(), Failure> {
        match &self.layer {
            Some(name) if *name != layer.name && layer.source.read_as.layer.is_none() => {
                let file = &layer.source.file_name;
                let text = crate::i18n::tr!(self.lang(), "cli.no_layer", file = file, name = name, has = layer.name);
                Err(Failure::Usage(text.into_owned()))
            }
            _ => Ok(()),
        }
    }

    /// What reading a layer may take.
    fn room(&self) -> Option<Room> {
        let memory = self.memory;
        (!self.any_size).then(|| Room::new(move || memory::of(memory).may_take()))
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions {
            crs: self.crs.clone(),
            encoding: self.encoding.clone(),
            layer: self.layer.clone(),
            bbox: self.bbox,
            room: self.room(),
            ..ReadOptions::default()
        }
    }
}

/// The languages by their names in locales.
fn language() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new(["zh", "en"]).map(|name| if name == "zh" { Lang::Zh } else { Lang::En })
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
    /// A page is wanted beside what is written; then the rest.
    PrintThenFinish(PrintOptions, Box<Unfinished>),
    /// A report is wanted.
    Report(ReportOptions),
}

/// A run whose files are written, but for its map, and stand in no place yet. Dropped, nothing was written.
#[derive(Debug)]
pub struct Unfinished {
    done: rules::Done,
    common: Common,
}

impl Unfinished {
    /// Puts all files in their places and says what was found; the exit status.
    pub fn finish(self) -> ExitCode {
        let done = self.done.finish(&self.common);
        report(&self.common, done)
    }
}

/// Why a command failed.
enum Failure {
    Usage(String),
    Read(ReadError),
    /// Something else that was given cannot be read.
    Input(String),
    Save(SaveError),
    /// Standard output took no more; an answer in a file may have been written.
    Print(std::io::Error),
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

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Self::Print(e)
    }
}

impl From<Cancelled> for Failure {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<SaveError> for Failure {
    fn from(e: SaveError) -> Self {
        Self::Save(e)
    }
}

/// The status of what was printed on standard output; why it was not is said on standard error, but for a reader who went away.
pub fn printed(done: std::io::Result<()>, lang: Option<Lang>) -> ExitCode {
    report(&Common { lang, ..Common::default() }, done.map(|()| ExitCode::SUCCESS).map_err(Failure::Print))
}

impl Cli {
    /// Reads the command line. Options that every command takes may stand before the command and after it.
    ///
    /// # Errors
    /// The exit status, where there is nothing to run: help or the version was printed, or what is wrong was said.
    pub fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, ExitCode> {
        usage::read(arguments.into_iter().collect())
    }

    /// The language asked for.
    pub fn lang(&self) -> Option<Lang> {
        self.common.lang
    }

    /// Runs what does not need a window.
    pub fn run(self) -> Outcome {
        self.run_by(None)
    }

    fn run_by(self, elsewhere: Option<&dyn Elsewhere>) -> Outcome {
        let common = self.common;
        let window = |paths: Vec<PathBuf>, demo| WindowOptions {
            paths,
            demo,
            read: common.read_options(),
            lang: common.lang,
            plan: common.plan.clone(),
            memory: common.memory.map(|gb| (gb * 1e9) as u64),
            any_size: common.any_size,
            ..WindowOptions::default()
        };
        if let Err(failure) = common.check().and_then(|()| common.check_used(self.command.as_ref())) {
            return Outcome::Done(report(&common, Err(failure)));
        }
        if let Err(failure) = store::check(&common, self.command.as_ref(), &self.layers) {
            return Outcome::Done(report(&common, Err(failure)));
        }
        if let Some(failure) = self.command.as_ref().and_then(|command| packed::refusal(command, common.lang())) {
            return Outcome::Done(report(&common, Err(failure)));
        }
        let done = match self.command {
            None => match self.layers.iter().find_map(|path| store::missing(path).map(|e| (path, e))) {
                None => return Outcome::Window(window(self.layers, false)),
                // A mistyped command stands here too: the error names it.
                Some((path, e)) => Err(Failure::Read(ReadError {
                    file: path.display().to_string(),
                    place: None,
                    cause: crate::io::ReadCause::System(e.to_string()),
                })),
            },
            Some(Command::Demo) => return Outcome::Window(window(Vec::new(), true)),
            Some(Command::View { layers, size, dark, scenario, screenshot, tour, timings }) => {
                if screenshot.is_none() && tour.is_none() {
                    return Outcome::Done(report(
                        &common,
                        Err(Failure::Usage("view needs --screenshot or --tour with --timings".to_owned())),
                    ));
                }
                let pictures = screenshot.iter().map(|path| (path.as_path(), Form::Png));
                let outputs: Vec<_> = pictures.chain(timings.iter().map(|path| (path.as_path(), Form::Json))).collect();
                if let Err(failure) = output::check(&common, &layers, &outputs) {
                    return Outcome::Done(report(&common, Err(failure)));
                }
                return Outcome::View(ViewOptions {
                    window: WindowOptions { scenario, ..window(layers, false) },
                    size,
                    dark,
                    screenshot,
                    tour: tour.zip(timings),
                    tell: Some(say::tell),
                });
            }
            Some(Command::Print { layers, page }) => {
                if let Err(failure) = output::check(&common, &layers, &[(&page.out, Form::Page)]) {
                    return Outcome::Done(report(&common, Err(failure)));
                }
                let window = WindowOptions { scenario: page.scenario.clone(), ..window(layers, false) };
                return Outcome::Print(page.options(window));
            }
            Some(Command::Report { project, title, scenario, findings, out }) => {
                if let Err(failure) = rules::check_report(&common, &project, findings.as_deref(), &out) {
                    return Outcome::Done(report(&common, Err(failure)));
                }
                let window = window(vec![project], false);
                let json = common.json;
                return Outcome::Report(ReportOptions {
                    window,
                    title,
                    findings,
                    scenarios: scenario,
                    out,
                    json,
                    tell: say::tell,
                });
            }
            Some(Command::Rules { project }) => rules::list(&common, project.as_deref()),
            Some(Command::Run { project, rules, out, strict, scenario, findings }) => {
                let (scenario, findings) = (scenario.as_deref(), findings.as_deref());
                let into = rules::Into { folder: &out, strict, scenario, findings, elsewhere };
                match rules::run(&common, &project, &rules, into) {
                    Ok((done, None)) => {
                        let done = done.finish(&common);
                        return Outcome::Done(report(&common, done));
                    }
                    Ok((done, Some(out))) => {
                        let page = PrintOptions {
                            window: window(vec![project], false),
                            paper: PaperSize::A3,
                            title: Some(crate::i18n::text_of(common.lang(), "print.one_map")),
                            out,
                            ..PrintOptions::default()
                        };
                        return Outcome::PrintThenFinish(page, Box::new(Unfinished { done, common }));
                    }
                    Err(failure) => Err(failure),
                }
            }
            Some(Command::Audit { before, after, key, function, core, out }) => {
                let by = AuditBy { key: Some(key), function, ..AuditBy::default() };
                audit::run(&common, &before, &after, &by, core.as_deref(), &out)
            }
            Some(Command::Compare { project, rules, scenario, out }) => {
                compare::run(&common, &project, &rules, &scenario, out.as_deref())
            }
            Some(Command::Cards { project, findings, out }) => cards::run(&common, &project, findings.as_deref(), &out),
            Some(Command::Convert { input, out, to_crs }) => convert::run(&common, &input, &out, to_crs.as_deref()),
            Some(Command::Store { command }) => store::run(&common, &command),
            Some(Command::Join { subject, table, on, out }) => join::run(&common, &subject, &table, &on, &out),
            Some(Command::Info { files }) => info::run(&common, &files),
            Some(Command::Inspect { project, zone, out }) => inspect::run(&common, &project, &zone, &out),
            Some(command) => questions::run(&common, command),
        };
        Outcome::Done(report(&common, done.map(|()| ExitCode::SUCCESS)))
    }
}

/// Says what failed on standard error; the exit status.
fn report(common: &Common, done: Result<ExitCode, Failure>) -> ExitCode {
    let lang = common.lang();
    let (text, code) = match done {
        Ok(code) => return code,
        // Whoever reads it has enough: no word, as it is usual in pipes.
        Err(Failure::Print(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => return ExitCode::from(status::OUTPUT),
        Err(Failure::Usage(text)) => (text, status::USAGE),
        Err(Failure::Read(e)) => (e.message(lang), status::INPUT),
        Err(Failure::Input(text)) => (text, status::INPUT),
        Err(Failure::Print(cause)) => {
            (crate::i18n::tr!(lang, "cli.print_failed", cause = cause).into_owned(), status::OUTPUT)
        }
        Err(Failure::Save(e)) => (e.message(lang), status::OUTPUT),
        Err(Failure::Cancelled) => (crate::i18n::tr!(lang, "read.cancelled").into_owned(), status::CANCELLED),
    };
    say::fail(text);
    ExitCode::from(code)
}
