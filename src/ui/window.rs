//! eframe: the window through wgpu, through OpenGL where wgpu finds no adapter.

use super::app::Workbench;
use super::driver;
use super::map::{Gpu, glow_backend, wgpu_backend};
use super::settings::Settings;
use super::settings_file::{SETTINGS, keep_unreadable};
use super::settings_text::{carried, unknown_in};
use crate::cli::WindowOptions;
use crate::i18n::Lang;
use eframe::egui::{self, mutex::Mutex};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The window's application.
pub struct App {
    workbench: Workbench,
    /// What was saved last: settings and the window's size.
    saved: (Settings, egui::Vec2),
    /// The most pixels of a side that the driver draws, where it has such a limit.
    most_pixels: Option<f32>,
    /// The settings as they were read, with what this version does not know.
    read: Option<String>,
}

/// Changed settings are on disk after so long, even if nobody touches the window again.
const SAVE_AFTER: Duration = Duration::from_secs(2);

impl App {
    /// In a window just made.
    pub fn new(cc: &eframe::CreationContext<'_>, options: &WindowOptions) -> Self {
        let mut settings: Settings = cc.storage.and_then(|s| eframe::get_value(s, SETTINGS)).unwrap_or_default();
        let read = cc.storage.and_then(|storage| storage.get_string(SETTINGS));
        let unknown = match (&read, ron::to_string(&settings)) {
            (Some(read), Ok(now)) => unknown_in(read, &now, SETTINGS_FILE),
            _ => Vec::new(),
        };
        if let Some(lang) = options.lang {
            settings.lang = lang;
        }
        let gpu = match (&cc.wgpu_render_state, &cc.gl) {
            (Some(state), _) => {
                wgpu_backend::install(state);
                driver::survive_errors(state);
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
        let limits = cc.wgpu_render_state.as_ref().map(|state| state.device.limits());
        let most_pixels = limits.map(|limits| limits.max_texture_dimension_2d as f32);
        let mut workbench = Workbench::new(&cc.egui_ctx, gpu, settings, options);
        workbench.tell_unknown(unknown);
        Self { workbench, saved, most_pixels, read }
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
        let pixels = (size * ui.ctx().pixels_per_point()).into();
        if let Some(held) = self.most_pixels.and_then(|most| driver::held_to(pixels, most)) {
            let held = egui::Vec2::from(held) / ui.ctx().pixels_per_point();
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(held));
        }
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
        match (&self.read, ron::to_string(self.workbench.settings())) {
            (Some(read), Ok(now)) => storage.set_string(SETTINGS, carried(read, &now)),
            _ => eframe::set_value(storage, SETTINGS, self.workbench.settings()),
        }
    }
}

/// The file in which eframe keeps settings.
const SETTINGS_FILE: &str = "app.ron";

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
/// Why none opened, in the language asked for (else that of the settings): no display, no driver, a library that is not there;
/// what to install, and which commands need no window.
pub fn run(options: &WindowOptions) -> Result<(), String> {
    let options = &WindowOptions {
        journals: own_folder("journal"),
        crashes: crash_folder(),
        unread_settings: eframe::storage_dir(NAME).and_then(|folder| keep_unreadable(&folder.join(SETTINGS_FILE))),
        ..options.clone()
    };
    let lang = || options.lang.unwrap_or_else(remembered_lang);
    let is_open = Arc::new(AtomicBool::new(false));
    let started = || match start(options, eframe::Renderer::Wgpu, &is_open) {
        Err(eframe::Error::Wgpu(e)) => {
            tracing::warn!("wgpu found no adapter ({e}); trying OpenGL");
            start(options, eframe::Renderer::Glow, &is_open)
        }
        other => other,
    };
    match catch_unwind(AssertUnwindSafe(started)) {
        Ok(ended) => ended.map_err(|e| driver::no_window(&e, lang())),
        // Once there is a window, a panic is one.
        Err(panic) if is_open.load(Ordering::Relaxed) => resume_unwind(panic),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(driver::broke_down(text.unwrap_or_default(), lang()))
        }
    }
}

/// The language of the settings, where there are any: they are eframe's, which reads them when it has a window.
fn remembered_lang() -> Lang {
    let file = eframe::storage_dir(NAME).map(|folder| folder.join(SETTINGS_FILE));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    let all = text.and_then(|text| ron::from_str::<HashMap<String, String>>(&text).ok());
    let own = all.and_then(|all| ron::from_str::<Settings>(all.get(SETTINGS)?).ok());
    own.map_or_else(Lang::of_system, |settings| settings.lang)
}

fn start(options: &WindowOptions, renderer: eframe::Renderer, is_open: &Arc<AtomicBool>) -> Result<(), eframe::Error> {
    let mut native = eframe::NativeOptions {
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
    native.wgpu_options.wgpu_setup = driver::setup();
    let (options, is_open) = (options.clone(), Arc::clone(is_open));
    let open = move |cc: &eframe::CreationContext<'_>| {
        is_open.store(true, Ordering::Relaxed);
        Ok(Box::new(App::new(cc, &options)) as Box<dyn eframe::App>)
    };
    eframe::run_native(NAME, native, Box::new(open))
}
