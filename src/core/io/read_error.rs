//! Why a file could not be read, in words.

use super::NoFile;
use super::geojson::SyntaxCause;
use crate::geodesy::crs::CrsError;
use crate::i18n::{Lang, Said, cause_text, count, number, tr};
use crate::model::{Place, SourceChanged};

/// Why a file could not be read: which, where in it, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct ReadError {
    /// The file's name.
    pub file: String,
    /// Line and column, where there is one.
    pub place: Option<Place>,
    /// Why.
    pub cause: ReadCause,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadCause {
    /// The operating system says so.
    System(String),
    /// Another program changed it since it was opened.
    Changed,
    /// It is no regular file: reading it might never end.
    NoFile(NoFile),
    /// It does not fit into memory.
    TooLarge,
    /// It would take more memory than may be taken by itself; bytes, and it was not read.
    NeedsMemory {
        /// What it needs, about.
        needs: u64,
        /// What there is.
        room: u64,
    },
    /// There is nothing in it.
    NothingInIt,
    /// It is not JSON.
    Syntax(SyntaxCause),
    /// It is JSON and not GeoJSON.
    NotGeoJson,
    /// A FeatureCollection whose `features` is no list.
    NoFeatures,
    /// It is a folder without a GeoJSON file.
    EmptyFolder,
    /// Its ending is of a format this program does not read.
    UnknownFormat,
    /// Its bytes are in no encoding that was tried, or the encoding asked for is unknown.
    Encoding(String),
    /// Its coordinate system cannot be used.
    Crs(Box<CrsError>),
    /// Its positions are not longitude and latitude.
    OutOfRange {
        /// How many features are out of range.
        features: usize,
        /// Of how many.
        of: usize,
        /// The first such position, as written.
        first: (String, String),
        /// True where they would be in range the other way round.
        swapped: bool,
        /// True where longitudes run from 0 to 360.
        turned: bool,
    },
    /// A file of another format is damaged, or of a kind that is not read: why, and what to do.
    Format(Said),
    /// The planner stopped it.
    Cancelled,
}

impl From<std::io::Error> for ReadCause {
    fn from(e: std::io::Error) -> Self {
        if e.kind() == std::io::ErrorKind::OutOfMemory {
            return Self::TooLarge;
        }
        let changed = e.get_ref().is_some_and(|inner| inner.is::<SourceChanged>());
        if changed { Self::Changed } else { Self::System(e.to_string()) }
    }
}

impl ReadError {
    /// True where nobody knows where the file lies: its system cannot be used, or its positions are no longitude and latitude.
    pub fn is_about_place(&self) -> bool {
        matches!(self.cause, ReadCause::OutOfRange { .. } | ReadCause::Crs(_))
    }

    /// The error in the reader's language: file, place, cause, way out.
    pub fn message(&self, lang: Lang) -> String {
        let (cause, way_out) = match &self.cause {
            ReadCause::System(text) => (cause_text(text, lang), tr!(lang, "read.way.system")),
            ReadCause::Changed => (tr!(lang, "read.changed").into_owned(), tr!(lang, "read.way.changed")),
            ReadCause::NoFile(what) => {
                let what = match what {
                    NoFile::Folder => tr!(lang, "read.no_file.folder"),
                    NoFile::Pipe => tr!(lang, "read.no_file.pipe"),
                    NoFile::Socket => tr!(lang, "read.no_file.socket"),
                    NoFile::Device => tr!(lang, "read.no_file.device"),
                };
                (what.into_owned(), tr!(lang, "read.way.no_file"))
            }
            ReadCause::NeedsMemory { needs, room } => {
                let gb = |bytes: &u64| number(*bytes as f64 / 1e9, 1);
                let said = tr!(lang, "read.needs_memory", needs = gb(needs), room = gb(room));
                (said.into_owned(), tr!(lang, "read.way.needs_memory"))
            }
            ReadCause::TooLarge => (tr!(lang, "read.too_large").into_owned(), tr!(lang, "read.way.too_large")),
            ReadCause::NothingInIt => (tr!(lang, "read.empty").into_owned(), tr!(lang, "read.way.empty")),
            ReadCause::Syntax(cause @ SyntaxCause::AnotherText) => {
                (cause.message(lang), tr!(lang, "read.way.another_text"))
            }
            ReadCause::NoFeatures => (tr!(lang, "read.no_features").into_owned(), tr!(lang, "read.way.no_features")),
            ReadCause::Syntax(cause) => {
                (tr!(lang, "read.syntax", cause = cause.message(lang)).into_owned(), tr!(lang, "read.way.syntax"))
            }
            ReadCause::NotGeoJson => (tr!(lang, "read.not_geojson").into_owned(), tr!(lang, "read.way.not_geojson")),
            ReadCause::UnknownFormat => {
                (tr!(lang, "read.unknown_format").into_owned(), tr!(lang, "read.way.unknown_format"))
            }
            ReadCause::EmptyFolder => (tr!(lang, "read.empty_folder").into_owned(), tr!(lang, "read.way.empty_folder")),
            ReadCause::Encoding(name) => {
                (tr!(lang, "read.encoding", name = name).into_owned(), tr!(lang, "read.way.encoding"))
            }
            ReadCause::Crs(error) => (
                tr!(lang, "read.crs", name = error.name, cause = error.said.text(lang)).into_owned(),
                tr!(lang, "read.way.crs"),
            ),
            ReadCause::OutOfRange { features, of, first, swapped, turned } => {
                let is_latitude = first.1.parse::<f64>().is_ok_and(|lat| lat.abs() > 90.0);
                let why =
                    if is_latitude { tr!(lang, "read.beyond.latitude") } else { tr!(lang, "read.beyond.longitude") };
                let (features, of) = (count(*features), count(*of));
                let (x, y) = first;
                let cause = tr!(lang, "read.out_of_range", features = features, of = of, x = x, y = y, why = why);
                let way_out = match (swapped, turned) {
                    (true, _) => tr!(lang, "read.way.swapped"),
                    (_, true) => tr!(lang, "read.way.turned"),
                    _ => tr!(lang, "read.way.out_of_range"),
                };
                (cause.into_owned(), way_out)
            }
            ReadCause::Format(said) => (said.text(lang).trim_end_matches(['.', '。']).to_owned(), Default::default()),
            ReadCause::Cancelled => (tr!(lang, "read.cancelled").into_owned(), Default::default()),
        };
        let place = self
            .place
            .map(|p| tr!(lang, "read.place", line = p.line, column = p.column).into_owned())
            .unwrap_or_default();
        tr!(lang, "read.error", file = self.file, place = place, cause = cause, way_out = way_out).trim().to_owned()
    }
}
