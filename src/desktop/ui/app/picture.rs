//! A picture of the map on the clipboard, as it stands in the window.

use super::Workbench;
use crate::i18n::{Said, tr};
use crate::ui::notices::Notice;
use eframe::egui::{ColorImage, Context, Rect};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// The menu from which it is asked for is gone in the frame after the next.
const FRAMES: u8 = 2;

/// A picture that is wanted, or on its way.
#[derive(Default)]
pub(super) struct Picture {
    wanted_in: Option<u8>,
    coming: Option<(Receiver<Arc<ColorImage>>, Rect, f32)>,
}

impl Picture {
    /// A picture is wanted.
    pub(super) fn ask(&mut self, ctx: &Context) {
        self.wanted_in = Some(FRAMES);
        ctx.request_repaint();
    }

    /// Asks for the window's picture when its time has come, and takes the map's part of it: `map` in points.
    fn follow(&mut self, ctx: &Context, map: Rect) -> Option<ColorImage> {
        match self.wanted_in {
            Some(0) => {
                self.wanted_in = None;
                let (sender, receiver) = channel();
                let again = ctx.clone();
                ctx.request_screenshot(move |image| {
                    // The window may be closed meanwhile.
                    let _ = sender.send(image);
                    again.request_repaint();
                });
                self.coming = Some((receiver, map, ctx.pixels_per_point()));
            }
            Some(frames) => {
                self.wanted_in = Some(frames - 1);
                ctx.request_repaint();
            }
            None => {}
        }
        let (receiver, map, pixels_per_point) = self.coming.as_ref()?;
        let image = receiver.try_recv().ok()?;
        let cut = cut(&image, *map, *pixels_per_point);
        self.coming = None;
        cut
    }
}

/// The part of a picture that stands at a place, points; `None` where none of it is in the picture.
fn cut(image: &ColorImage, place: Rect, pixels_per_point: f32) -> Option<ColorImage> {
    let [width, height] = image.size;
    let within = |v: f32, most: usize| (v * pixels_per_point).round().clamp(0.0, most as f32) as usize;
    let (left, right) = (within(place.left(), width), within(place.right(), width));
    let (top, bottom) = (within(place.top(), height), within(place.bottom(), height));
    (right > left && bottom > top).then(|| image.region_by_pixels([left, top], [right - left, bottom - top]))
}

impl Workbench {
    /// Puts a picture of the map that was asked for onto the clipboard once it is there, and says so.
    pub(super) fn copy_picture(&mut self, ctx: &Context) {
        if let Some(image) = self.picture.follow(ctx, self.map.free_rect()) {
            ctx.copy_image(image);
            let told = Said::told(|lang| tr!(lang, "map.picture_copied").into_owned());
            self.dialogs.notices.tell(Notice::Told(told));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Color32, pos2};

    #[test]
    fn the_maps_part_of_a_picture_is_cut_out() {
        let pixels = (0..8 * 6).map(|i| Color32::from_gray(i as u8)).collect();
        let image = ColorImage::new([8, 6], pixels);
        let place = Rect::from_min_max(pos2(1.0, 1.0), pos2(3.0, 2.5));
        let part = cut(&image, place, 2.0).expect("in the picture");
        assert_eq!(part.size, [4, 3]);
        assert_eq!(part.pixels[0], Color32::from_gray(2 * 8 + 2));
        assert_eq!(part.pixels[11], Color32::from_gray(4 * 8 + 5));
        // What reaches over its edge is cut off; what lies beside it is nothing.
        let over = Rect::from_min_max(pos2(3.0, 2.0), pos2(30.0, 20.0));
        assert_eq!(cut(&image, over, 2.0).map(|part| part.size), Some([2, 2]));
        let beside = Rect::from_min_max(pos2(30.0, 2.0), pos2(40.0, 20.0));
        assert!(cut(&image, beside, 2.0).is_none());
    }
}
