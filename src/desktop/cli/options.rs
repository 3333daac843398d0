//! What the window, a picture and a page are opened with.

use crate::i18n::Lang;
use crate::io::ReadOptions;
use std::path::PathBuf;

/// A page's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
pub enum PaperSize {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// 297 mm by 420 mm.
    A3,
}

/// What to report.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// What to open.
    pub window: WindowOptions,
    /// The title.
    pub title: Option<String>,
    /// Findings of an earlier run, whose states and remarks are taken on.
    pub findings: Option<PathBuf>,
    /// Scenarios that are compared with what stands.
    pub scenarios: Vec<String>,
    /// Where the report goes.
    pub out: PathBuf,
    /// True where what was written is told as JSON.
    pub json: bool,
    /// Says a line to whoever reads what is said beside the report.
    pub tell: fn(&str),
}

/// What to put on paper.
#[derive(Clone, Debug, Default)]
pub struct PrintOptions {
    /// What to open.
    pub window: WindowOptions,
    /// The page's size.
    pub paper: PaperSize,
    /// Upright.
    pub portrait: bool,
    /// The scale is one to this.
    pub scale: Option<f64>,
    /// The title.
    pub title: Option<String>,
    /// 审图号.
    pub map_number: Option<String>,
    /// 密级.
    pub secrecy: Option<String>,
    /// 编制单位.
    pub unit: Option<String>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The date.
    pub date: Option<String>,
    /// With the comments of the project.
    pub comments: bool,
    /// A page of each of these, instead of one of the whole.
    pub series: Option<String>,
    /// Where the page goes.
    pub out: PathBuf,
    /// Says a line to whoever reads what is said beside the page; nothing is said without it.
    pub tell: Option<fn(&str)>,
}

/// What to open in the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Open the sample map.
    pub demo: bool,
    /// How files are read.
    pub read: ReadOptions,
    /// The language asked for.
    pub lang: Option<Lang>,
    /// The plan whose targets are wanted.
    pub plan: Option<String>,
    /// The memory to reckon with, bytes; the machine's without it.
    pub memory: Option<u64>,
    /// The scenario of the project that is on a picture or a page.
    pub scenario: Option<String>,
    /// True where rules run however much memory they need.
    pub any_size: bool,
    /// The folder for journals of edits; none are kept without one.
    pub journals: Option<PathBuf>,
    /// The folder for crash reports; none are offered without one.
    pub crashes: Option<PathBuf>,
    /// The program's folder, which keeps the window's settings; none are kept without one.
    pub settings: Option<PathBuf>,
    /// The folder for tiles of services; none are kept without one.
    pub tiles: Option<PathBuf>,
    /// The settings could not be read.
    pub unread_settings: Option<UnreadSettingsOptions>,
}

/// A settings file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSettingsOptions {
    /// Where it is kept, where that could be done.
    pub kept: Option<PathBuf>,
}

/// What to draw without a screen.
#[derive(Clone, Debug)]
pub struct ViewOptions {
    /// What to open.
    pub window: WindowOptions,
    /// Width and height; pixels.
    pub size: (u32, u32),
    /// In the dark theme.
    pub dark: bool,
    /// Where the picture goes.
    pub screenshot: Option<PathBuf>,
    /// Frames of the tour, and where its timings go.
    pub tour: Option<(usize, PathBuf)>,
    /// Says a line to whoever reads what is said beside the picture; nothing is said without it.
    pub tell: Option<fn(&str)>,
}
