//! Why a file of a format cannot be read or written.

use crate::geodesy::crs::CrsError;
use crate::i18n::Said;
use crate::model::SourceChanged;
use crate::progress::Cancelled;

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPlace {
    /// A row, counted from 1.
    Row(u64),
    /// A line of a text, counted from 1.
    Line(u64),
    /// A byte, counted from 0.
    Byte(u64),
    /// A member of a container: a layer, a file of an archive, a sheet, a cell (`Sheet1!B7`).
    Member(String),
}

/// Why a file cannot be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file is damaged, of a variant that is not read, or too large: cause and way out in both languages, two sentences.
    #[error("{}", said.en)]
    Refused {
        /// The member it is about (`roads.dbf`), where it is not the file itself.
        file: Option<String>,
        /// Where.
        place: Option<FormatPlace>,
        /// Why, and what to do.
        said: Said,
    },
    /// The operating system says so.
    #[error("{0}")]
    System(String),
    /// Another program changed it since it was opened.
    #[error("changed while it was read")]
    Changed,
    /// It does not fit into memory.
    #[error("too large")]
    TooLarge,
    /// It needs more than it may take; bytes.
    #[error("needs more memory than it may take")]
    NeedsMemory {
        /// At least.
        needs: u64,
        /// What there was when reading began.
        room: u64,
    },
    /// Its coordinate system cannot be used.
    #[error(transparent)]
    Crs(CrsError),
    /// The planner stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl From<std::io::Error> for FormatError {
    fn from(e: std::io::Error) -> Self {
        // A member of an archive that cannot be read says itself why.
        let e = match e.downcast::<Self>() {
            Ok(refused) => return refused,
            Err(e) => e,
        };
        if e.kind() == std::io::ErrorKind::OutOfMemory {
            return Self::TooLarge;
        }
        let is_changed = e.get_ref().is_some_and(|inner| inner.is::<SourceChanged>());
        if is_changed { Self::Changed } else { Self::System(e.to_string()) }
    }
}

impl From<Cancelled> for FormatError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl FormatError {
    /// A refusal, nothing known of the place.
    pub fn refused(said: Said) -> Self {
        Self::Refused { file: None, place: None, said }
    }

    /// The same at a place.
    pub fn at(self, at: FormatPlace) -> Self {
        match self {
            Self::Refused { file, said, .. } => Self::Refused { file, place: Some(at), said },
            other => other,
        }
    }

    /// The same in a file beside the main one.
    pub fn of_file(self, name: &str) -> Self {
        match self {
            Self::Refused { place, said, .. } => Self::Refused { file: Some(name.to_owned()), place, said },
            other => other,
        }
    }
}
