//! eframe: the window through wgpu, through OpenGL where wgpu finds no adapter.

use super::app::Workbench;
use super::driver;
use super::map::{Gpu, glow_backend, wgpu_backend};
use super::settings::Settings;
use super::settings_file::{self, keep_unreadable};
use super::settings_text::unknown_in;
use crate::cli::WindowOptions;
use crate::i18n::Lang;
use crate::io::SaveError;
use eframe::egui::{self, mutex::Mutex};
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
    keeping: Keeping,
    /// The most pixels of a side that the driver draws, where it has such a limit.
    most_pixels: Option<f32>,
}

/// The settings on the disk.
#[derive(Default)]
struct Keeping {
    file: Option<PathBuf>,
    /// The text that they were read from: what this version does not know of it stays.
    read: Option<String>,
    /// As they were written last.
    written: Option<Settings>,
    /// Why they were not, as it was told.
    told: Option<SaveError>,
}

impl Keeping {
    /// Writes settings that were changed; why they could not be, where that is news.
    fn keep(&mut self, settings: &Settings) -> Option<SaveError> {
        let file = self.file.as_deref().filter(|_| self.written.as_ref() != Some(settings))?;
        match settings_file::write(file, settings, self.read.as_deref()) {
            Ok(()) => {
                (self.written, self.told) = (Some(settings.clone()), None);
                None
            }
            Err(e) if self.told.as_ref() == Some(&e) => None,
            Err(e) => {
                self.told = Some(e.clone());
                Some(e)
            }
        }
    }
}

/// Changed settings are on disk after so long, even if nobody touches the window again.
const SAVE_AFTER: Duration = Duration::from_secs(2);

impl App {
    /// In a window just made.
    pub fn new(cc: &eframe::CreationContext<'_>, options: &WindowOptions) -> Self {
        // What the window's thread works out by itself is small, and waits for no core that a question keeps busy: in a pool of
        // its own everything is done by the thread itself. One that has its pool already keeps it.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let (read, kept) = options.settings.as_deref().and_then(settings_file::read).unzip();
        let mut settings = kept.unwrap_or_default();
        let unknown = match (&read, ron::to_string(&settings)) {
            (Some(read), Ok(now)) => unknown_in(read, &now, settings_file::FILE),
            _ => Vec::new(),
        };
        let keeping = Keeping {
            file: options.settings.as_ref().map(|folder| folder.join(settings_file::FILE)),
            read,
            ..Keeping::default()
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
        Self { workbench, saved, keeping, most_pixels }
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

    fn save(&mut self, _storage: &mut dyn eframe::Storage) {
        if let Some(e) = self.keeping.keep(self.workbench.settings()) {
            self.workbench.tell_not_saved(e);
        }
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
/// Why none opened, in the language asked for (else that of the settings): no display, no driver, a library that is not there;
/// what to install, and which commands need no window.
pub fn run(options: &WindowOptions) -> Result<(), String> {
    let options = &WindowOptions {
        journals: own_folder("journal"),
        crashes: crash_folder(),
        unread_settings: eframe::storage_dir(NAME).and_then(|folder| keep_unreadable(&folder)),
        settings: eframe::storage_dir(NAME),
        tiles: directories::ProjectDirs::from("", "", NAME).map(|dirs| dirs.cache_dir().join("tiles")),
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

/// The language of the settings, where there are any.
fn remembered_lang() -> Lang {
    let own = eframe::storage_dir(NAME).and_then(|folder| settings_file::read(&folder)).map(|(_, settings)| settings);
    own.map_or_else(Lang::of_system, |settings| settings.lang)
}

/// The program's icon, for desktops that do not know its `.desktop` file.
fn icon() -> egui::IconData {
    // What is built in is a picture; without one the system shows its own.
    eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/app/shanshui-128.png")).unwrap_or_default()
}

fn start(options: &WindowOptions, renderer: eframe::Renderer, is_open: &Arc<AtomicBool>) -> Result<(), eframe::Error> {
    let mut native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Shanshui 山水")
            .with_app_id(NAME)
            .with_icon(icon())
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
