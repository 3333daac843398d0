//! Small pictures of projects for the empty window: drawn when a project was opened or saved, kept in the program's folder.

use super::later::Later;
use super::paper::{self, Content};
use crate::i18n::Lang;
use crate::io::{disk, save_atomically, short_hash};
use eframe::egui::{self, ColorImage, TextureHandle, TextureOptions};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The folder of the pictures in the program's own.
const FOLDER: &str = "thumbnails";
/// Their size, points; they have two pixels to a point.
pub const SIZE: (u32, u32) = (168, 104);
/// Larger files are none of ours; bytes.
const LARGEST: u64 = 4 << 20;

/// The pictures of projects, and those that are being drawn.
#[derive(Default)]
pub struct Thumbnails {
    folder: Option<PathBuf>,
    /// The project of which one is to be drawn once everything is on the map.
    due: Option<PathBuf>,
    drawing: Option<Later<()>>,
    /// Pictures read so far; none where there is none to read.
    read: HashMap<PathBuf, Option<TextureHandle>>,
    /// The program's own icon.
    icon: Option<TextureHandle>,
}

impl Thumbnails {
    /// Kept in the program's folder; none are without one.
    pub fn in_folder(settings: Option<&Path>) -> Self {
        Self { folder: settings.map(|folder| folder.join(FOLDER)), ..Self::default() }
    }

    fn file(&self, project: &Path) -> Option<PathBuf> {
        // By its whole path, as the list of projects has it.
        let project = std::path::absolute(project).unwrap_or_else(|_| project.to_owned());
        let name = short_hash(project.as_os_str().as_encoded_bytes());
        Some(self.folder.as_ref()?.join(format!("{name}.png")))
    }

    /// A project was opened or saved.
    pub fn ask_for(&mut self, project: &Path) {
        self.due = self.folder.is_some().then(|| project.to_owned());
    }

    /// True where one is to be drawn.
    pub fn is_due(&self) -> bool {
        self.due.is_some() && self.drawing.is_none()
    }

    /// Draws what is due beside the interface. A machine that cannot draw it has none: the list of projects does without.
    pub fn draw(&mut self, ctx: &egui::Context, content: Content, lang: Lang) {
        let Some((file, project)) = self.due.take().and_then(|due| Some((self.file(&due)?, due))) else { return };
        self.drawing = Some(Later::start(ctx, move || {
            let written = paper::bare_picture(&content, SIZE, lang).map_err(|e| e.to_string()).and_then(|png| {
                file.parent().map_or(Ok(()), disk::create_dir_all).map_err(|e| e.to_string())?;
                save_atomically(&file, |out| out.write_all(&png)).map_err(|e| e.to_string())
            });
            if let Err(cause) = written {
                tracing::info!("no picture of {}: {cause}", project.display());
            }
        }));
    }

    /// Looks whether the one that is drawn is there.
    pub fn collect(&mut self) {
        if self.drawing.as_ref().is_some_and(|later| later.take().is_ok()) {
            self.drawing = None;
            self.read.clear();
        }
    }

    /// The program's icon.
    pub fn icon(&mut self, ctx: &egui::Context) -> Option<TextureHandle> {
        if self.icon.is_none() {
            self.icon = texture(ctx, "icon", include_bytes!("../../../assets/app/shanshui-128.png"));
        }
        self.icon.clone()
    }

    /// A project's picture, where there is one.
    pub fn of(&mut self, ctx: &egui::Context, project: &Path) -> Option<TextureHandle> {
        if let Some(known) = self.read.get(project) {
            return known.clone();
        }
        let found = self.file(project).and_then(|file| {
            let is_small = file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST);
            let bytes = if is_small { std::fs::read(&file).ok()? } else { return None };
            texture(ctx, &file.display().to_string(), &bytes)
        });
        self.read.insert(project.to_owned(), found.clone());
        found
    }
}

/// A PNG on the graphics card; none where it is none.
fn texture(ctx: &egui::Context, name: &str, png: &[u8]) -> Option<TextureHandle> {
    let image = image::load_from_memory_with_format(png, image::ImageFormat::Png).ok()?.to_rgba8();
    let size = [image.width() as usize, image.height() as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, image.as_raw());
    Some(ctx.load_texture(name, image, TextureOptions::LINEAR))
}
