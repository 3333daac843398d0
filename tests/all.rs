//! The tests of the program, one binary: what stands in a file of its own here is a module of its name.
//!
//! Binaries of their own have the window's and the store's tests, which count as ignored where a driver or a server is missing, and the
//! soak, which measures the memory of its process.

mod common;
mod program;

mod architecture;
mod broken;
mod command_line;
mod corpus;
mod edits;
#[cfg(unix)]
mod faults;
mod files;
mod formats;
mod geojson;
mod hand_drawn;
mod hands;
mod hostile;
mod inspect;
mod journal;
mod judges;
mod kinds;
mod maps;
mod metamorphic;
mod oracle;
mod outputs;
mod package;
mod part_of_file;
mod permuted;
mod rules;
mod rules_command;
mod rules_drawn;
mod scale;
mod second_edition;
mod session;
mod tables;
mod terminal;
mod tiles;
mod told;
mod trust_project;
mod wild;
mod words_rules;
