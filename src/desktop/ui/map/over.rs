//! What is written over the map: figures of the graticule, counts, outlines of what is pointed at and selected, names, pins; over each of
//! its halves where two are compared.

use super::canvas::MapView;
use super::hexes::Hexes;
use super::pins::Pinned;
use super::scene::Shown;
use super::split::{self, Half};
use super::{hexes, overlay, pins};
use crate::i18n::Lang;
use crate::session::{Key, Session};
use crate::ui::selection::Selection;
use crate::ui::theme;
use eframe::egui::{self, Rect};
use std::sync::Arc;

/// What is written over the map is a matter of these.
pub(super) struct Over<'a> {
    pub session: &'a Session,
    pub shown: &'a [Shown],
    pub hexes: &'a [(Key, Arc<Hexes>)],
    pub selection: &'a Selection,
    pub pinned: &'a Pinned,
    pub lang: Lang,
}

impl MapView {
    /// What is written over a part of the map: figures of the graticule, counts, outlines of what is pointed at and selected, names, pins.
    #[expect(clippy::too_many_arguments, reason = "what is written depends on all of them")]
    pub(super) fn write_half(
        &mut self,
        painter: &egui::Painter,
        n: usize,
        half: &Half,
        of: &Over<'_>,
        keep_out: &[Rect],
        strip: Rect,
        palette: &theme::Palette,
    ) {
        let (view, shown) = (half.view, split::on_side(of.shown, half.side));
        let figures = overlay::graticule(painter, &self.camera, view, strip, palette);
        for (_, hexes) in of.hexes.iter().filter(|(key, _)| shown.iter().any(|what| what.key == *key)) {
            hexes::counts(painter, hexes, &self.camera, view, of.lang, palette);
        }
        let (ink, casing) = palette.chosen;
        for (hit, pens, width) in
            [(self.hover, (palette.text, None), 1.6), (of.selection.lead(), (ink, Some(casing)), 2.8)]
        {
            if let Some((hit, what)) = hit.and_then(|h| Some((h, shown.iter().rev().find(|s| s.key == h.key)?))) {
                overlay::outline(painter, what.indexed.layer(), hit.row, &self.camera, view, pens, width);
            }
        }
        // Names stand whole on their side.
        let mut keep_out = keep_out.to_vec();
        let outside = [
            (view.min, egui::pos2(half.clip.left(), view.bottom())),
            (egui::pos2(half.clip.right(), view.top()), view.max),
        ];
        keep_out.extend(outside.map(|(min, max)| Rect::from_min_max(min, max)).into_iter().filter(Rect::is_positive));
        let labels = &mut self.labels[n.min(1)];
        labels.show(painter, &shown, &self.camera, view, &keep_out, palette);
        let taken: Vec<Rect> = labels.rooms().chain(keep_out).collect();
        overlay::figures(painter, figures, &taken, palette);
        pins::paint(painter, of.session.comments(), of.pinned, &self.camera, view, palette);
    }
}
