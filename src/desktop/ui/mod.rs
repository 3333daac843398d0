//! The window: shows a session, sends it commands. `egui` appears nowhere else.

mod app;
mod collate;
mod context;
mod dialogs;
mod driver;
mod health_list;
mod help;
mod icons;
mod import;
mod later;
pub mod map;
mod notices;
pub mod offscreen;
mod panels;
pub mod paper;
mod preview;
mod recovery;
mod reporting;
mod search;
pub mod selection;
mod settings;
pub mod settings_file;
mod settings_text;
mod theme;
mod thumbnails;
pub mod tools;
mod tour;
mod view;
mod widgets;
mod window;

pub use app::Workbench;
pub use panels::table::order;
pub use settings::{Bookmark, Settings, ThemeChoice};
pub use view::{ViewError, print, report, view};
pub use window::{App, crash_folder, run};
