//! The graphics driver: a device with as much as its adapter has, and what is said where there is none.

use crate::i18n::{Lang, tr};
use eframe::egui_wgpu::{RenderState, WgpuSetup, WgpuSetupCreateNew};
use std::sync::Arc;

/// A device whose pictures and windows may be as large as the adapter's, not as the least that every adapter has: a wall of
/// three screens is wider than 8,192 pixels.
pub(super) fn setup() -> WgpuSetup {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    let usual = Arc::clone(&setup.device_descriptor);
    setup.device_descriptor = Arc::new(move |adapter| {
        let mut device = usual(adapter);
        device.required_limits.max_texture_dimension_2d = adapter.limits().max_texture_dimension_2d;
        // Blocks of 8 MiB and more as they are needed, not of 128 and more: a map has a few buffers, made once.
        device.memory_hints = wgpu::MemoryHints::MemoryUsage;
        device
    });
    WgpuSetup::CreateNew(setup)
}

/// What the driver refuses is logged and not drawn; wgpu's own way is to end the program, with what is unsaved in it.
pub(super) fn survive_errors(state: &RenderState) {
    state.device.on_uncaptured_error(Arc::new(|e: wgpu::Error| tracing::error!("the graphics driver: {e}")));
}

/// The size that a window of so many pixels is held to, where it is beyond the driver's.
pub(super) fn held_to(size: [f32; 2], most: f32) -> Option<[f32; 2]> {
    size.iter().any(|side| *side > most).then(|| size.map(|side| side.min(most)))
}

/// Why no window opened, in the reader's language: what to install, or which commands need none.
pub(super) fn no_window(e: &eframe::Error, lang: Lang) -> String {
    let cause = e.to_string();
    match e {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => broke_down(&cause, lang),
        _ => tr!(lang, "window.no_driver", cause = plain(&cause)).into_owned(),
    }
}

/// Why no window opened, where the windowing system ended in a panic: it does where a library of X11 or Wayland is not there.
pub(super) fn broke_down(cause: &str, lang: Lang) -> String {
    let cause = plain(cause);
    let text = if is_about_a_library(&cause) {
        tr!(lang, "window.no_library", cause = cause)
    } else {
        tr!(lang, "window.no_display", cause = cause)
    };
    text.into_owned()
}

/// A cause in one line, without the place in somebody's source that winit puts before it.
fn plain(cause: &str) -> String {
    let behind =
        cause.rsplit_once(".rs:").and_then(|(_, place)| place.split_once(": ")).map_or(cause, |(_, said)| said);
    behind.trim().trim_end_matches('.').replace('\n', " ")
}

fn is_about_a_library(cause: &str) -> bool {
    let cause = cause.to_lowercase();
    [".so", "library", "dlopen", "xkbcommon"].iter().any(|word| cause.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_held_to_what_the_driver_draws() {
        assert_eq!(held_to([8_192.0, 700.0], 8_192.0), None);
        assert_eq!(held_to([8_193.0, 700.0], 8_192.0), Some([8_192.0, 700.0]));
        assert_eq!(held_to([700.0, 20_000.0], 16_384.0), Some([700.0, 16_384.0]));
        assert_eq!(held_to([20_000.0, 20_000.0], 16_384.0), Some([16_384.0, 16_384.0]));
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_out() {
        let driver = eframe::Error::Wgpu(eframe::egui_wgpu::WgpuError::NoSurfaceFormatsAvailable);
        for (lang, words) in
            [(Lang::En, ["no graphics driver", "mesa-vulkan-drivers"]), (Lang::Zh, ["图形驱动", "libgl1-mesa-dri"])]
        {
            let text = no_window(&driver, lang);
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        assert_eq!(plain("os error at /home/x/winit/mod.rs:765: neither DISPLAY is set."), "neither DISPLAY is set");
        assert_eq!(plain("glutin error: [a7] GLXBadFBConfig"), "glutin error: [a7] GLXBadFBConfig");
        for (cause, words) in [
            ("Library libxkbcommon-x11.so could not be loaded.", "libxkbcommon-x11-0"),
            ("neither WAYLAND_DISPLAY nor DISPLAY is set", "ssh -X"),
        ] {
            assert!(broke_down(cause, Lang::En).contains(words), "{cause}");
            assert!(broke_down(cause, Lang::Zh).contains("Debian"), "{cause}");
        }
    }
}
