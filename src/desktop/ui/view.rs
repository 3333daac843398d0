//! The window without a window: the same panels, drawn to a texture, for pictures and timings.

use super::app::Workbench;
use super::map::Gpu;
use super::map::canvas::bounds_of;
use super::map::scene::Shown;
use super::offscreen::{DrawError, FrameTime, Offscreen};
use super::paper::{self, Content, Paper};
use super::reporting::{ReportError, Reporting};
use super::settings::{Settings, ThemeChoice};
use crate::cli::{PrintOptions, ReportOptions, ViewOptions, WindowOptions};
use crate::i18n::{Lang, between, text_of, tr};
use crate::io::{SaveError, write_out};
use crate::progress::{Cancelled, Progress};
use crate::session::{Command, FollowingError, ScenarioCommand};
use eframe::egui::vec2;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long reading and drawing may take before a picture is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// Frames without anything to do before a window that nobody looks at is done.
const QUIET_FRAMES: u32 = 8;

/// Members of a project that are not known and are told at most.
const UNKNOWN: usize = 20;

/// Why nothing was drawn.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ViewError {
    /// Nothing could be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A file named could not be read.
    #[error("{0}")]
    Input(String),
    /// A condition in a project is none, or nests too deeply.
    #[error("{0}")]
    Condition(String),
    /// The picture or the timings could not be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// It was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<ReportError> for ViewError {
    fn from(e: ReportError) -> Self {
        match e {
            ReportError::Save(e) => e.into(),
            ReportError::Draw(e) => e.into(),
            ReportError::Cancelled(e) => e.into(),
        }
    }
}

impl ViewError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Draw(e) => e.message(lang),
            Self::Input(text) | Self::Condition(text) => text.clone(),
            Self::Save(e) => e.message(lang),
            Self::Cancelled(_) => text_of(lang, "notice.cancelled"),
        }
    }
}

#[derive(Serialize)]
struct Timings {
    first_frame_ms: f64,
    /// Until everything was read, and until the first frame that shows all of it, if only as a sketch.
    read_ms: f64,
    shown_ms: f64,
    /// From the start of the process until everything was read and drawn.
    settled_ms: f64,
    frames: Vec<FrameTime>,
}

/// Draws what was asked for.
///
/// # Errors
/// [`ViewError`]: no driver, an input that cannot be read, or an output that cannot be written.
pub fn view(options: &ViewOptions, process_start: Instant) -> Result<(), ViewError> {
    tell_outside(&options.window, options.tell);
    let mut view = View::new(options)?;
    let first = view.frame(0.0)?;
    let first_frame_ms = process_start.elapsed().as_secs_f64() * 1e3;
    tracing::debug!("first frame after {first_frame_ms:.1} ms, {:.1} ms of it interface", first.ui_ms);
    let [read_ms, shown_ms] = view.settle()?.map(|at| (at - process_start).as_secs_f64() * 1e3);
    let settled_ms = process_start.elapsed().as_secs_f64() * 1e3;
    view.is_read()?;
    if let Some(name) = &options.window.scenario {
        view.switch(name, options.tell)?;
        view.settle()?;
    }
    view.tell(options.tell);
    if let Some(path) = &options.screenshot {
        let png = paper::screenshot(&view.offscreen.picture()?)?;
        write_out(path, |out| out.write_all(&png))?;
    }
    if let Some((frames, path)) = &options.tour {
        let frames = view.tour(*frames)?;
        let text = serde_json::json!(Timings { first_frame_ms, read_ms, shown_ms, settled_ms, frames }).to_string();
        write_out(path, |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

/// Draws what was asked for as a map on paper.
///
/// # Errors
/// [`ViewError`]: no driver, an input that cannot be read, or an output that cannot be written.
pub fn print(options: &PrintOptions) -> Result<(), ViewError> {
    tell_outside(&options.window, options.tell);
    let mut view = View::read(&options.window)?;
    if let Some(name) = &options.window.scenario {
        view.switch(name, options.tell)?;
    }
    view.tell(options.tell);
    let lang = view.workbench.settings().lang;
    let own = paper::map_title(view.workbench.session(), None, lang);
    let paper = Paper::of_options(options, own, lang);
    let mut content = view.workbench.content(options.scale);
    content.under = view.workbench.under();
    if options.comments {
        content.comments = view.workbench.session().comments().shown().cloned().collect();
    }
    let shown: Vec<Shown> = content.shown.iter().map(|(what, _)| what.clone()).collect();
    if !view.workbench.has_view() {
        // Nobody looked anywhere: everything is on the page.
        let all = bounds_of(&shown);
        content.bounds = all.padded(crate::geodesy::distance_m(all.min, all.max) * 0.02);
    }
    if let Some(name) = &options.series {
        return print_series(&view, options, (&paper, &content), name);
    }
    let bytes = paper::draw(&paper, &content, lang, paper::Format::of(&options.out))?;
    Ok(write_out(&options.out, |out| out.write_all(&bytes))?)
}

/// Prints a page of each of what is named.
fn print_series(
    view: &View,
    options: &PrintOptions,
    (paper, content): (&Paper, &Content),
    name: &str,
) -> Result<(), ViewError> {
    let (session, lang) = (view.workbench.session(), view.workbench.settings().lang);
    let series = paper::series::named(session, name, lang).map(|of| paper::series::series(session, of));
    let series = series.filter(|series| !series.sheets.is_empty());
    let series = series.ok_or_else(|| ViewError::Condition(tr!(lang, "series.unknown", name = name).into_owned()))?;
    if let (Some(left_out), Some(tell)) = (series.left_out(lang), options.tell) {
        tell(&left_out);
    }
    paper::series::write(paper, content, &series, lang, &options.out, &Progress::default())?;
    Ok(())
}

/// Runs the rules of a project that can run, and writes the report.
///
/// # Errors
/// [`ViewError`]: no driver, an input that cannot be read, or an output that cannot be written.
pub fn report(options: &ReportOptions) -> Result<serde_json::Value, ViewError> {
    tell_outside(&options.window, Some(options.tell));
    let mut view = View::read(&options.window)?;
    let lang = view.workbench.settings().lang;
    view.tell_layers(options.tell);
    view.workbench.session().contents().ignored_text(lang).iter().for_each(|text| (options.tell)(text));
    let session = view.workbench.session_mut();
    if let Some(file) = &options.findings {
        let wrong = |e| ViewError::Input(FollowingError::from(e).message(lang));
        session.take_findings(file).map_err(wrong)?;
    }
    session.findings_files().told(lang).iter().for_each(|text| (options.tell)(text));
    let ids = session.catalogue().runnable(&session.roles());
    options.window.memory.into_iter().for_each(|total| session.set_memory(total));
    let run = Command::RunRules(ids.clone(), lang);
    if options.window.any_size {
        session.execute(Command::Anyway(Box::new(run)));
    } else {
        session.check_report(&ids).map_err(|why| {
            ViewError::Input(format!("{}{}", why.message(lang), text_of(lang, "cli.too_large_rules")))
        })?;
        session.execute(run);
    }
    view.work_off()?;
    if !options.scenarios.is_empty() {
        view.compare(&options.scenarios)?;
    }
    let order = Reporting::new(view.workbench.session(), view.workbench.content(None), options.title.clone(), lang);
    order.write(&options.out, &Progress::default())?;
    Ok(order.told(&options.out))
}

/// Says which files outside of their folders projects are about to read.
fn tell_outside(window: &WindowOptions, tell: Option<fn(&str)>) {
    let lang = window.lang.unwrap_or(Settings::default().lang);
    if let Some(tell) = tell {
        crate::session::outside_of(&window.paths).iter().for_each(|said| tell(said.text(lang)));
    }
}

/// A workbench that is drawn to a texture.
struct View {
    workbench: Workbench,
    offscreen: Offscreen,
}

impl View {
    fn new(options: &ViewOptions) -> Result<Self, ViewError> {
        let offscreen = Offscreen::new(options.size, 1.0)?;
        let mut settings = Settings {
            theme: if options.dark { ThemeChoice::Dark } else { ThemeChoice::Light },
            ..Settings::default()
        };
        settings.lang = options.window.lang.unwrap_or(settings.lang);
        let workbench = Workbench::new(&offscreen.ctx, Gpu::Wgpu, settings, &options.window);
        Ok(Self { workbench, offscreen })
    }

    /// A window that nobody looks at, with everything read.
    fn read(window: &WindowOptions) -> Result<Self, ViewError> {
        let options = ViewOptions {
            window: window.clone(),
            size: (1440, 900),
            dark: false,
            screenshot: None,
            tour: None,
            tell: None,
        };
        let mut view = Self::new(&options)?;
        view.workbench.draw_nothing();
        view.work_off()?;
        view.is_read()?;
        Ok(view)
    }

    /// The scenario of a name.
    fn scenario(&self, name: &str) -> Result<u64, ViewError> {
        let (session, lang) = (self.workbench.session(), self.workbench.settings().lang);
        session.scenario_named(name).ok_or_else(|| {
            let names: Vec<&str> = session.scenarios().iter().map(|one| &*one.name).collect();
            let text = match names.is_empty() {
                true => tr!(lang, "scenario.none_there", name = name),
                false => tr!(lang, "scenario.unknown", name = name, names = names.join(between(lang))),
            };
            ViewError::Condition(text.into_owned())
        })
    }

    /// Switches a scenario on, and says what must be said of it.
    fn switch(&mut self, name: &str, tell: Option<fn(&str)>) -> Result<(), ViewError> {
        let id = self.scenario(name)?;
        let lang = self.workbench.settings().lang;
        self.workbench.session_mut().execute(Command::Scenario(ScenarioCommand::Switch(Some(id))));
        self.work_off()?;
        self.is_read()?;
        let doubts = self.workbench.session().scenario(id).map(|one| one.doubts.clone()).unwrap_or_default();
        doubts.iter().for_each(|said| tell.into_iter().for_each(|tell| tell(said.text(lang))));
        Ok(())
    }

    /// Compares scenarios of the project with what stands.
    fn compare(&mut self, names: &[String]) -> Result<(), ViewError> {
        let lang = self.workbench.settings().lang;
        let ids = names.iter().map(|name| self.scenario(name)).collect::<Result<Vec<u64>, ViewError>>()?;
        let session = self.workbench.session_mut();
        let command = Command::Scenario(ScenarioCommand::Compare(ids, lang));
        // Whether there is room was looked at for the rules themselves.
        session.execute(Command::Anyway(Box::new(command)));
        self.work_off()?;
        self.is_read()
    }

    /// Nothing went wrong with the inputs.
    fn is_read(&self) -> Result<(), ViewError> {
        match self.workbench.error() {
            None => Ok(()),
            Some(error) if self.workbench.is_condition_wrong() => Err(ViewError::Condition(error)),
            Some(error) => Err(ViewError::Input(error)),
        }
    }

    /// Says what is open, and what of it is not on the map.
    fn tell(&self, tell: Option<fn(&str)>) {
        let Some(tell) = tell else { return };
        self.tell_layers(tell);
        self.workbench.session().not_shown(self.workbench.settings().lang).iter().for_each(|text| tell(text));
    }

    /// Says which layers are open, and why they have their roles.
    fn tell_layers(&self, tell: fn(&str)) {
        let open = self.workbench.session().open_project();
        let unknown = open.into_iter().flat_map(|open| &open.project.unknown);
        unknown.take(UNKNOWN).for_each(|key| tell(&key.message(self.workbench.settings().lang)));
        let contents = self.workbench.session().contents();
        if !contents.layers.is_empty() || !contents.ignored.is_empty() {
            tell(&contents.layers_text(self.workbench.settings().lang));
        }
    }

    /// One frame, `dt` seconds after the last.
    fn frame(&mut self, dt: f64) -> Result<FrameTime, DrawError> {
        self.offscreen.frame(dt, |ui| self.workbench.show(ui))
    }

    /// Frames until everything is read and drawn; when it was read, and when the first frame was drawn that shows it.
    fn settle(&mut self) -> Result<[Instant; 2], DrawError> {
        let start = Instant::now();
        let (mut read, mut shown) = (None, None);
        let mut quiet = 0;
        while quiet < 3 {
            let begun = Instant::now();
            self.frame(0.05)?;
            if self.workbench.session().jobs().is_empty() {
                // A frame takes in what was read when it begins.
                read.get_or_insert(begun);
            }
            if self.workbench.is_shown() {
                shown.get_or_insert(Instant::now());
            }
            quiet = if self.workbench.is_settled() { quiet + 1 } else { 0 };
            if start.elapsed() > PATIENCE {
                return Err(DrawError::Late(PATIENCE));
            }
            if quiet == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let now = Instant::now();
        Ok([read.unwrap_or(now), shown.unwrap_or(now)])
    }

    /// Frames of which nothing is drawn until nothing runs, and some more, in which panels and the map's view settle.
    fn work_off(&mut self) -> Result<(), DrawError> {
        let start = Instant::now();
        let mut quiet = 0;
        while quiet < QUIET_FRAMES {
            let workbench = &mut self.workbench;
            self.offscreen.think(0.05, |ui| workbench.show(ui));
            quiet = if self.workbench.is_settled() { quiet + 1 } else { 0 };
            if start.elapsed() > PATIENCE {
                return Err(DrawError::Late(PATIENCE));
            }
            if quiet == 0 {
                // What runs needs the cores.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Fit, in to street level, along, and out again: a quarter of the frames each.
    fn tour(&mut self, frames: usize) -> Result<Vec<FrameTime>, DrawError> {
        let quarter = (frames / 4).max(1);
        let start = self.workbench.map().camera;
        let street = 2e5_f64.max(start.scale);
        let factor = (street / start.scale).powf(1.0 / quarter as f64);
        let mut times = Vec::with_capacity(frames);
        for i in 0..frames {
            let camera = &mut self.workbench.map_mut().camera;
            match i / quarter {
                0 => *camera = start,
                1 => camera.scale *= factor,
                2 => camera.pan(vec2(-12.0, 4.0)),
                _ => camera.scale = (camera.scale / factor).max(start.scale),
            }
            times.push(self.frame(1.0 / 60.0)?);
        }
        Ok(times)
    }
}
