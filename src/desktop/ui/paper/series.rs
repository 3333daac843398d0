//! Map series (图册): a page a feature of a layer (a town, a drawn frame) or a finding, each with its name in the title and a key map that
//! says where it lies; before them a page with all of them. One PDF, or numbered pictures.

use super::legend::fitting_size;
use super::page::{self, pt};
use super::pdf::{Pages, png};
use super::{Content, DPI, Easel, Format, POINTS, Paper};
use crate::geodesy::LonLatBox;
use crate::i18n::{Lang, count, tr};
use crate::io::geojson::geometry_of;
use crate::io::mark::is_ours;
use crate::io::{Refusal, SaveCause, SaveError, Together, save_atomically};
use crate::model::{Role, Shape};
use crate::progress::Progress;
use crate::session::{Key, Session};
use crate::ui::map::Gpu;
use crate::ui::map::backdrop::Backdrops;
use crate::ui::map::camera::Camera;
use crate::ui::map::overlay;
use crate::ui::reporting::ReportError;
use crate::ui::theme::{Palette, bold};
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};
use std::path::{Path, PathBuf};

/// Pages of a series at most: what a printer takes in one go, and a file that still opens.
pub const MOST: usize = 200;
/// Corners of the outlines of a key map at most; of more the boxes are drawn.
const OUTLINES: usize = 60_000;

/// What a series has a page of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesOf {
    /// Every feature of a layer.
    Layer(Key),
    /// Every finding that is neither closed nor gone.
    Findings,
}

/// A page of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What it is called.
    pub name: String,
    /// What is to be on it.
    pub bounds: LonLatBox,
}

/// The pages of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Them, in their order.
    pub sheets: Vec<Sheet>,
    /// How many there would be without a bound.
    pub of: usize,
}

/// What a page of a series needs to know of the others.
pub(super) struct Among<'a> {
    series: &'a Series,
    /// Which of them it is; `None` for the page with all of them.
    at: Option<usize>,
    inset: bool,
}

/// The series that lies nearest: of the first layer of areas, else of the findings.
pub fn first(session: &Session) -> Option<SeriesOf> {
    let of_findings = || has_findings(session).then_some(SeriesOf::Findings);
    layers(session).first().map(|key| SeriesOf::Layer(*key)).or_else(of_findings)
}

/// True where there are findings to be printed one by one.
pub fn has_findings(session: &Session) -> bool {
    session.findings().all.iter().any(|one| one.gone_on.is_none())
}

/// Layers that a series can be made of: areas, those that plans are made by first.
pub fn layers(session: &Session) -> Vec<Key> {
    let is_area = |layer: &&crate::session::OpenLayer| layer.layer().shape() == Some(Shape::Polygons);
    let mut layers: Vec<_> = session.layers().iter().filter(is_area).collect();
    layers.sort_by_key(|layer| match layer.role {
        Some(Role::Town) => 0,
        Some(Role::District) => 1,
        None => 2,
        Some(_) => 3,
    });
    layers.iter().map(|layer| layer.key).collect()
}

/// The pages of a series as things stand, the first [`MOST`] of them.
pub fn series(session: &Session, of: SeriesOf) -> Series {
    let padded = |bounds: LonLatBox, share: f64| {
        let across_m = crate::geodesy::distance_m(bounds.min, bounds.max);
        bounds.padded((across_m * share).max(40.0))
    };
    match of {
        SeriesOf::Layer(key) => {
            let Some(layer) = session.layer(key).map(|open| open.layer()) else { return Series::default() };
            let rows = layer.rows().filter(|row| !layer.geometries.bounds(*row).is_empty());
            let sheet = |row| Sheet { name: layer.label(row), bounds: padded(layer.geometries.bounds(row), 0.03) };
            Series { sheets: rows.take(MOST).map(sheet).collect(), of: layer.feature_count() }
        }
        SeriesOf::Findings => {
            let is_open = |one: &&crate::rules::findings::Finding| {
                one.gone_on.is_none() && one.state != crate::rules::findings::State::Closed
            };
            let open = || session.findings().all.iter().filter(is_open);
            let sheet = |one: &crate::rules::findings::Finding| {
                let bounds = geometry_of(&one.geometry)?.bounds();
                // A point has the ground about it.
                let bounds = padded(bounds, 0.2).padded(200.0);
                let name = if one.name.is_empty() { one.id.clone() } else { one.name.clone() };
                (!bounds.is_empty()).then_some(Sheet { name, bounds })
            };
            Series { sheets: open().filter_map(sheet).take(MOST).collect(), of: open().count() }
        }
    }
}

/// The series that the command line names: `findings`, a role, or a layer by its file or name.
pub fn named(session: &Session, name: &str, lang: Lang) -> Option<SeriesOf> {
    if name == "findings" {
        return Some(SeriesOf::Findings);
    }
    let is_one = |layer: &&crate::session::OpenLayer| {
        layer.role.is_some_and(|role| role.id() == name)
            || layer.layer().source.file_name == name
            || layer.layer().name == name
            || session.title(layer, lang) == name
    };
    session.layers().iter().find(is_one).map(|layer| SeriesOf::Layer(layer.key))
}

impl Series {
    /// All of it.
    fn bounds(&self) -> LonLatBox {
        self.sheets.iter().fold(LonLatBox::EMPTY, |all, sheet| all.union(sheet.bounds))
    }

    /// What of it has no page, in words; nothing where all have.
    pub fn left_out(&self, lang: Lang) -> Option<String> {
        let n = self.of.saturating_sub(self.sheets.len());
        (n > 0).then(|| tr!(lang, "series.left_out", n = count(n), most = count(MOST)).into_owned())
    }
}

/// The file of a page of a series of pictures: `map-03.png`.
fn numbered(out: &Path, number: usize, of: usize) -> PathBuf {
    let width = of.to_string().len().max(2);
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let ending = out.extension().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{number:0width$}.{ending}"))
}

/// Draws a series and writes it, all of it or nothing. On any thread.
///
/// # Errors
/// No driver, a file that cannot be written, or it was stopped.
pub fn write(
    paper: &Paper,
    content: &Content,
    series: &Series,
    lang: Lang,
    out: &Path,
    progress: &Progress,
) -> Result<(), ReportError> {
    let pages: Vec<Option<usize>> =
        paper.index.then_some(None).into_iter().chain((0..series.sheets.len()).map(Some)).collect();
    let format = Format::of(out);
    let files: Vec<PathBuf> = (1..=pages.len()).map(|number| numbered(out, number, pages.len())).collect();
    if format == Format::Png {
        // Somebody else's picture stays.
        if let Some(theirs) = files.iter().find(|file| file.exists() && !is_ours(file)) {
            let cause = SaveCause::Refused(Refusal::NotOurs);
            return Err(SaveError { file: theirs.display().to_string(), cause }.into());
        }
    }
    progress.start(pages.len() as u64);
    let mut easel = Easel::new(paper.pixels(), DPI / POINTS, lang)?;
    easel.backdrops = Backdrops::for_paper(content.under.cache.clone());
    let mut together = match format {
        Format::Png => Some(Together::begin(out.parent().unwrap_or(Path::new("")))?),
        Format::Pdf => None,
    };
    let map = page::map_frame(Rect::from_min_size(Pos2::ZERO, paper.points()), paper.portrait).size();
    let mut pdf = Pages::new(lang);
    for (at, file) in pages.into_iter().zip(files) {
        let name = at.and_then(|at| series.sheets.get(at)).map(|sheet| sheet.name.clone());
        let name = name.unwrap_or_else(|| tr!(lang, "series.index").into_owned());
        let title = [paper.title.as_str(), &name].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let own = Paper { title: title.join(" · "), ..paper.clone() };
        let bounds = at.and_then(|at| series.sheets.get(at)).map_or_else(|| series.bounds(), |sheet| sheet.bounds);
        let scale = content.scale.filter(|_| at.is_some());
        let content = Content { bounds, scale, ..content.clone() }.with_zones(map, DPI / POINTS);
        let among = Among { series, at, inset: paper.inset };
        match &mut together {
            None => easel.add_page(&mut pdf, &own, &content, Some(&among), lang)?,
            Some(together) => {
                let bytes = png(&easel.drawn(&content.under, |ui, scene, backdrops| {
                    page::show(ui, &own, &content, Some(&among), scene, backdrops, &Gpu::Wgpu, lang)
                })?)?;
                together.write(file.file_name().unwrap_or_default(), |out| out.write_all(&bytes))?;
            }
        }
        progress.advance(1)?;
    }
    match together {
        Some(together) => together.commit()?,
        None => {
            let bytes = pdf.finish(&paper.title);
            save_atomically(out, |out| out.write_all(&bytes))?;
        }
    }
    Ok(())
}

/// What a page shows of the series: on the one with all of them their frames, with numbers; on the others where they lie.
pub(super) fn paint(
    painter: &Painter,
    frame: Rect,
    camera: &Camera,
    content: &Content,
    among: &Among<'_>,
    palette: &Palette,
) {
    let clipped = painter.with_clip_rect(frame);
    let of = |bounds: LonLatBox, camera: &Camera, view: Rect| {
        Rect::from_two_pos(camera.screen_from_world(view, bounds.min), camera.screen_from_world(view, bounds.max))
    };
    let Some(at) = among.at else {
        for (n, sheet) in among.series.sheets.iter().enumerate() {
            let place = of(sheet.bounds, camera, frame);
            clipped.rect_stroke(place, 0.0, Stroke::new(pt(0.8), palette.chosen.0), StrokeKind::Middle);
            let card = Rect::from_center_size(place.center(), vec2(pt(16.0), pt(11.0)));
            clipped.rect(card, 2.0, Color32::WHITE, Stroke::new(pt(0.6), palette.chosen.0), StrokeKind::Middle);
            let number = (n + 1).to_string();
            clipped.text(card.center(), Align2::CENTER_CENTER, number, bold(pt(7.0)), palette.text);
        }
        return;
    };
    if !among.inset || among.series.sheets.len() < 2 {
        return;
    }
    // At the bottom right, upright or lying as the whole is.
    let all = among.series.bounds();
    let (whole, _) = super::camera(&Content { bounds: all, scale: None, ..content.clone() }, vec2(200.0, 200.0));
    let seen = of(all, &whole, Rect::from_min_size(Pos2::ZERO, vec2(200.0, 200.0)));
    let size = seen.size() / seen.size().max_elem().max(1.0) * pt(88.0);
    let card = Rect::from_min_size(frame.max - size - vec2(pt(10.0), pt(10.0)), size + vec2(pt(6.0), pt(6.0)));
    let (key_map, _) = super::camera(&Content { bounds: all, scale: None, ..content.clone() }, card.size());
    clipped.rect(card, 2.0, Color32::WHITE, Stroke::new(pt(0.8), palette.text), StrokeKind::Middle);
    let inside = clipped.with_clip_rect(card);
    let outlines = content.shown.iter().map(|(what, _)| what).find(|what| what.role == Some(Role::Town));
    let outlines =
        outlines.or_else(|| Some(&content.shown.iter().find(|(what, _)| what.role == Some(Role::District))?.0));
    match outlines.filter(|what| what.indexed.layer().geometries.position_count() <= OUTLINES) {
        Some(what) => {
            let layer = what.indexed.layer();
            for row in layer.rows() {
                overlay::outline(&inside, layer, row, &key_map, card, (palette.quiet, None), 0.8);
            }
        }
        None => {
            for sheet in &among.series.sheets {
                let pen = Stroke::new(0.8, palette.quiet);
                inside.rect_stroke(of(sheet.bounds, &key_map, card), 0.0, pen, StrokeKind::Middle);
            }
        }
    }
    if let Some(sheet) = among.series.sheets.get(at) {
        let mut place = of(sheet.bounds, &key_map, card);
        if place.size().max_elem() < pt(4.0) {
            place = Rect::from_center_size(place.center(), vec2(pt(5.0), pt(5.0)));
        }
        inside.rect_filled(place, 0.0, palette.chosen.0.gamma_multiply(0.25));
        inside.rect_stroke(place, 0.0, Stroke::new(pt(1.0), palette.chosen.0), StrokeKind::Middle);
    }
}

/// The number of a page, at the bottom left beside the scale; and, on the page with all, their names in the place of the legend.
pub(super) fn tell(
    painter: &Painter,
    foot: Pos2,
    legend: Rect,
    among: &Among<'_>,
    lang: Lang,
    palette: &Palette,
) -> bool {
    let (number, of) = (among.at.map_or(0, |at| at + 1), among.series.sheets.len());
    if number > 0 {
        let text = tr!(lang, "series.page", n = number, of = of);
        painter.text(foot, Align2::LEFT_BOTTOM, text, FontId::proportional(pt(9.0)), palette.text);
        return false;
    }
    let inside = legend.shrink2(vec2(pt(10.0), pt(8.0)));
    painter.text(inside.left_top(), Align2::LEFT_TOP, tr!(lang, "series.index"), bold(pt(11.0)), palette.text);
    let top = inside.top() + pt(18.0);
    let columns = (inside.width() / pt(140.0)).floor().max(1.0) as usize;
    let rows = of.div_ceil(columns).max(1);
    let height = ((inside.bottom() - top) / rows as f32).min(pt(14.0));
    let font = FontId::proportional(fitting_size(height));
    let per_column = (((inside.bottom() - top) / height.max(pt(6.0))).floor() as usize).max(1);
    for (n, sheet) in among.series.sheets.iter().take(per_column * columns).enumerate() {
        let column = n / per_column;
        let width = inside.width() / columns as f32;
        let at = pos2(inside.left() + column as f32 * width, top + (n % per_column) as f32 * height.max(pt(6.0)));
        let room = Rect::from_min_size(at, vec2(width - pt(6.0), height));
        let is_last = n + 1 == per_column * columns && n + 1 < of;
        let text = match is_last {
            true => tr!(lang, "paper.more", n = of - n).into_owned(),
            false => format!("{}  {}", n + 1, sheet.name),
        };
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(text, font.clone(), palette.text);
        job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(room.width());
        painter.galley(at, painter.layout_job(job), palette.text);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_pictures_come_in_their_order() {
        let name = |n, of| numbered(Path::new("a/图.png"), n, of).display().to_string();
        assert_eq!(
            (name(3, 12), name(12, 12), name(7, 120)),
            ("a/图-03.png".into(), "a/图-12.png".into(), "a/图-007.png".into())
        );
    }
}
