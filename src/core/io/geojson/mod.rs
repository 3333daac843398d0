//! GeoJSON (RFC 7946): the reader into flat layers, and the writer that gives unedited features back unchanged.

mod blocks;
mod collect;
mod converted;
mod coordinates;
mod crs_member;
mod edit;
mod features;
mod geometry;
mod in_blocks;
mod layer_file;
mod lines;
mod number;
mod of_crate;
mod once;
mod read;
mod result_rows;
mod scanner;
mod settle;
mod table_row;
mod write;

pub use edit::{
    EditError, Member, Put, Rewritten, edited, edited_rows, geometry_of, made, read_feature, read_features,
    rewritten_rows, saved_text,
};
pub use geometry::geometry_json;
pub use in_blocks::write_in_blocks;
pub use layer_file::{write_anew, write_converted, write_layer};
pub use of_crate::NoFeature;
pub use read::read;
pub(super) use read::read_file;
pub use result_rows::ResultRows;
pub use scanner::SyntaxCause;
pub(crate) use settle::settled;
pub use settle::within_half_turns;
pub use table_row::{feature_text, frame_of, heights_of, is_frame};
pub use write::{Added, FeatureWriter, OutGeometry, SEPARATOR, free_names, push_head, push_tail, rounded_position};
