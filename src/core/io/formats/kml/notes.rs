//! What was doubtful in a KML file, and why one is refused, in words.

use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, Note};

/// Something doubtful about a placemark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Coordinates that cannot be read: how they begin.
    Coordinates(String),
    /// Coordinates that are separated in another way than KML's.
    GuessedCoordinates,
    /// A geometry without a position.
    Empty,
    /// A ring that was closed.
    RingClosed,
    /// Interior rings without an exterior one.
    HolesAlone,
    /// A polygon with several exterior rings.
    SeveralOuter,
    /// Positions outside of longitude and latitude.
    OutOfRange,
    /// Several geometries where one may be.
    SeveralGeometries,
    /// A field that has two values.
    Repeated(String),
    /// Times of a track between its ends.
    TrackTimes,
    /// Other numbers of times than of positions.
    TrackCounts,
    /// A position of a track that is missing or cannot be read.
    TrackGap,
    /// Values of a track's positions.
    TrackValues,
    /// A part that is not read: `Model`.
    Unread(String),
    /// An element that KML does not have here.
    Unknown(String),
}

/// The note of a doubt.
pub fn note_of(row: Option<usize>, trouble: &Trouble) -> Note {
    macro_rules! told {
        ($doubt:expr, $key:literal $(, $name:ident = $value:expr)*) => {
            Note { row, said: Said::told(|lang| tr!(lang, $key $(, $name = $value)*).into_owned()), kind: $key, is_doubt: $doubt }
        };
    }
    match trouble {
        Trouble::Coordinates(start) => told!(true, "format.kml.coordinates", start = start),
        Trouble::GuessedCoordinates => told!(true, "format.kml.coordinates_guessed"),
        Trouble::Empty => told!(true, "format.kml.empty_geometry"),
        Trouble::RingClosed => told!(false, "format.kml.ring_closed"),
        Trouble::HolesAlone => told!(true, "format.kml.holes_alone"),
        Trouble::SeveralOuter => told!(true, "format.kml.several_outer"),
        Trouble::OutOfRange => told!(true, "format.kml.out_of_range"),
        Trouble::SeveralGeometries => told!(true, "format.kml.several_geometries"),
        Trouble::Repeated(field) => told!(true, "format.kml.repeated", field = field),
        Trouble::TrackTimes => told!(true, "format.kml.track_times"),
        Trouble::TrackCounts => told!(true, "format.kml.track_counts"),
        Trouble::TrackGap => told!(true, "format.kml.track_gap"),
        Trouble::TrackValues => told!(true, "format.kml.track_values"),
        Trouble::Unread(what) => told!(true, "format.kml.unread", what = what, name = ""),
        Trouble::Unknown(what) => told!(true, "format.kml.unknown", what = what),
    }
}

/// The note that an object beside placemarks is not read.
pub fn unread(element: &str, name: &str) -> Note {
    macro_rules! told {
        ($key:literal) => {
            Note {
                row: None,
                said: Said::told(|lang| tr!(lang, $key, what = element, name = name).into_owned()),
                kind: $key,
                is_doubt: true,
            }
        };
    }
    match element {
        "NetworkLink" | "NetworkLinkControl" => told!("format.kml.network_link"),
        "GroundOverlay" | "PhotoOverlay" | "ScreenOverlay" => told!("format.kml.overlay"),
        "Model" | "Tour" => told!("format.kml.unread"),
        _ => told!("format.kml.unknown"),
    }
}

/// A note of the layer that tells nothing lost.
pub fn about_layer(kind: &'static str, is_doubt: bool, said: Said) -> Note {
    Note { row: None, said, kind, is_doubt }
}

/// A refusal.
pub fn refused(said: Said) -> FormatError {
    FormatError::refused(said)
}

/// The layer that was asked for is not there.
pub fn no_layer(layer: &str) -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.kml.no_layer", layer = layer).into_owned()))
}
