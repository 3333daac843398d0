//! GeoJSON (RFC 7946): the reader into flat layers, and the writer that gives unedited features back unchanged.

mod coordinates;
mod read;
mod scanner;
mod write;

pub use read::read;
pub use scanner::SyntaxCause;
pub use write::{Added, AnswerWriter, OutGeometry, free_names, rounded_position};
