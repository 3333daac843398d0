//! The panels round the map.

pub mod ask;
pub mod ask_form;
pub mod bottom;
pub mod chart;
pub mod empty;
pub mod feature;
mod history;
pub mod inspect;
pub mod keys;
pub mod layers;
pub mod status;
pub mod table;
pub mod tabs;
pub mod top;
