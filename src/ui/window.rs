//! eframe: the window through wgpu, through OpenGL where wgpu finds no adapter.

use super::app::Workbench;
use super::map::{Gpu, glow_backend, wgpu_backend};
use super::settings::Settings;
use super::settings_file::{SETTINGS, keep_unreadable};
use crate::cli::WindowOptions;
use eframe::egui::{self, mutex::Mutex};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The window's application.
pub struct App {
    workbench: Workbench,
    /// What was saved last: settings and the window's size.
    saved: (Settings, egui::Vec2),
}

/// Changed settings are on disk after so long, even if nobody touches the window again.
const SAVE_AFTER: Duration = Duration::from_secs(2);

impl App {
    /// In a window just made.
    pub fn new(cc: &eframe::CreationContext<'_>, options: &WindowOptions) -> Self {
        let mut settings: Settings = cc.storage.and_then(|s| eframe::get_value(s, SETTINGS)).unwrap_or_default();
        if let Some(lang) = options.lang {
            settings.lang = lang;
        }
        let gpu = match (&cc.wgpu_render_state, &cc.gl) {
            (Some(state), _) => {
                wgpu_backend::install(state);
                Gpu::Wgpu
            }
            (None, Some(gl)) => match glow_backend::GlMap::new(gl) {
                Ok(map) => Gpu::Glow(Arc::new(Mutex::new(map))),
                Err(e) => {
                    tracing::error!("the map cannot be drawn: {e}");
                    Gpu::None
                }
            },
            (None, None) => Gpu::None,
        };
        let saved = (settings.clone(), egui::Vec2::ZERO);
        Self { workbench: Workbench::new(&cc.egui_ctx, gpu, settings, options), saved }
    }

    /// What the window shows.
    pub fn workbench(&self) -> &Workbench {
        &self.workbench
    }

    /// What the window shows, to be driven by a test.
    pub fn workbench_mut(&mut self) -> &mut Workbench {
        &mut self.workbench
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.workbench.show(ui);
        let size = ui.ctx().content_rect().size();
        if (self.workbench.settings(), size) != (&self.saved.0, self.saved.1) {
            self.saved = (self.workbench.settings().clone(), size);
            // eframe saves when it draws: a window left alone is drawn once more for that.
            ui.ctx().request_repaint_after(SAVE_AFTER + Duration::from_millis(100));
        }
    }

    fn auto_save_interval(&self) -> Duration {
        SAVE_AFTER
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.workbench.end();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, SETTINGS, self.workbench.settings());
    }
}

/// The program's name, for the system.
const NAME: &str = "shanshui";

/// A folder for what the program keeps by itself.
fn own_folder(name: &str) -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", NAME)?.data_local_dir().join(name))
}

/// The folder for crash reports, beside the one for journals.
pub fn crash_folder() -> Option<PathBuf> {
    own_folder("crash")
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// What the windowing system or both graphics backends say.
pub fn run(options: &WindowOptions) -> Result<(), String> {
    let options = &WindowOptions {
        journals: own_folder("journal"),
        crashes: crash_folder(),
        unread_settings: eframe::storage_dir(NAME).and_then(|folder| keep_unreadable(&folder.join("app.ron"))),
        ..options.clone()
    };
    let wgpu = start(options, eframe::Renderer::Wgpu);
    match wgpu {
        Err(eframe::Error::Wgpu(e)) => {
            tracing::warn!("wgpu found no adapter ({e}); trying OpenGL");
            start(options, eframe::Renderer::Glow).map_err(|e| e.to_string())
        }
        other => other.map_err(|e| e.to_string()),
    }
}

fn start(options: &WindowOptions, renderer: eframe::Renderer) -> Result<(), eframe::Error> {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Shanshui 山水")
            .with_app_id(NAME)
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([1024.0, 640.0])
            .with_drag_and_drop(true),
        renderer,
        persist_window: true,
        ..Default::default()
    };
    let options = options.clone();
    eframe::run_native(NAME, native, Box::new(move |cc| Ok(Box::new(App::new(cc, &options)))))
}
