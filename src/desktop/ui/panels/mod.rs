//! The panels round the map.

pub mod ask;
pub mod ask_form;
pub mod bottom;
pub mod chart;
pub mod commands;
pub mod empty;
pub mod feature;
pub mod findings;
mod history;
pub mod inspect;
pub mod join;
pub mod keys;
pub mod layers;
pub mod print;
mod rule_groups;
mod rule_values;
pub mod rules;
pub mod select;
pub mod selected;
pub mod status;
pub mod style_dialog;
pub mod symbol;
pub mod table;
pub mod tabs;
pub mod targets;
pub mod top;
mod unknown_words;
