//! Colours, type and space of the window: a light theme and a dark one, both designed, and two of high contrast.

use super::settings::ThemeChoice;
use crate::i18n::Lang;
use eframe::egui::{self, Color32, FontData, FontDefinitions, FontFamily, FontId, Stroke, TextStyle};
use std::sync::Arc;

/// Named colours of a theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind everything.
    pub surface: Color32,
    /// Panels and cards.
    pub panel: Color32,
    /// Fields and quiet buttons.
    pub raised: Color32,
    /// Hairlines.
    pub line: Color32,
    /// The outline of boxes and rings to be ticked.
    pub control: Color32,
    /// Over the window while a dialog waits for an answer.
    pub dim: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text.
    pub quiet: Color32,
    /// The one accent.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Behind what is selected.
    pub selection: Color32,
    /// A ban or an error, and its ground.
    pub ban: (Color32, Color32),
    /// A review or a warning, and its ground.
    pub review: (Color32, Color32),
    /// Met or done, and its ground.
    pub met: (Color32, Color32),
    /// The map's land.
    pub land: Color32,
    /// Halo of labels on the map.
    pub halo: Color32,
    /// The ink of what is selected on the map, and what shows on both sides of it.
    pub chosen: (Color32, Color32),
    /// Names of waters on the map.
    pub waters: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The light theme.
pub const LIGHT: Palette = Palette {
    surface: rgb(0xFBFAF7),
    panel: rgb(0xFFFFFF),
    raised: rgb(0xF5F3EE),
    line: rgb(0xE2DFD8),
    control: rgb(0x8F897D),
    dim: Color32::from_black_alpha(96),
    text: rgb(0x22272B),
    quiet: rgb(0x6B665B),
    accent: rgb(0x2B6CB0),
    on_accent: rgb(0xFFFFFF),
    selection: rgb(0xEAF1F8),
    ban: (rgb(0xA3241B), rgb(0xFDE8E6)),
    review: (rgb(0x8A5A00), rgb(0xFFF3D6)),
    met: (rgb(0x2B784A), rgb(0xE6F4EA)),
    land: rgb(0xF4F3EE),
    halo: rgb(0xFFFFFF),
    chosen: (rgb(0xC4007A), rgb(0xFFFFFF)),
    waters: rgb(0x1F5F8B),
};

/// The dark theme.
pub const DARK: Palette = Palette {
    surface: rgb(0x1B1E21),
    panel: rgb(0x22262A),
    raised: rgb(0x2B3035),
    line: rgb(0x343A40),
    control: rgb(0x767F88),
    dim: Color32::from_black_alpha(150),
    text: rgb(0xE8E6E1),
    quiet: rgb(0xA7A298),
    accent: rgb(0x6CA8E0),
    on_accent: rgb(0x10161C),
    selection: rgb(0x2A3B4C),
    ban: (rgb(0xF2A29B), rgb(0x4A2522)),
    review: (rgb(0xEBC46F), rgb(0x443618)),
    met: (rgb(0x8FD0A8), rgb(0x213B2B)),
    land: rgb(0x262A2D),
    halo: rgb(0x1B1E21),
    chosen: (rgb(0xFF5CC0), rgb(0xFFFFFF)),
    waters: rgb(0x8FC7EE),
};

/// The light theme of high contrast.
pub const CONTRAST: Palette = Palette {
    surface: rgb(0xFFFFFF),
    panel: rgb(0xFFFFFF),
    raised: rgb(0xF0F0F0),
    line: rgb(0x4A4A4A),
    control: rgb(0x000000),
    dim: Color32::from_black_alpha(140),
    text: rgb(0x000000),
    quiet: rgb(0x303030),
    accent: rgb(0x00339A),
    on_accent: rgb(0xFFFFFF),
    selection: rgb(0xDCE9FF),
    ban: (rgb(0x7A0000), rgb(0xFFECEA)),
    review: (rgb(0x573600), rgb(0xFFF3D6)),
    met: (rgb(0x00461C), rgb(0xE4F5EA)),
    land: rgb(0xFAFAFA),
    halo: rgb(0xFFFFFF),
    chosen: (rgb(0xA80068), rgb(0xFFFFFF)),
    waters: rgb(0x00406A),
};

/// The dark theme of high contrast.
pub const CONTRAST_DARK: Palette = Palette {
    surface: rgb(0x000000),
    panel: rgb(0x000000),
    raised: rgb(0x1C1C1C),
    line: rgb(0xB8B8B8),
    control: rgb(0xFFFFFF),
    dim: Color32::from_black_alpha(190),
    text: rgb(0xFFFFFF),
    quiet: rgb(0xD8D8D8),
    accent: rgb(0x8FC8FF),
    on_accent: rgb(0x000000),
    selection: rgb(0x0F2E4C),
    ban: (rgb(0xFFB8B2), rgb(0x3A0A08)),
    review: (rgb(0xFFD97A), rgb(0x332600)),
    met: (rgb(0x9BE8B4), rgb(0x062A14)),
    land: rgb(0x0A0A0A),
    halo: rgb(0x000000),
    chosen: (rgb(0xFF7ACB), rgb(0xFFFFFF)),
    waters: rgb(0xA6D8FF),
};

/// Every palette.
const PALETTES: [&Palette; 4] = [&LIGHT, &DARK, &CONTRAST, &CONTRAST_DARK];

/// The palette of the theme that is shown: the style tells by its accent which one it was made of.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    palette_in(ui.visuals())
}

/// The same of a style.
pub fn palette_in(visuals: &egui::Visuals) -> &'static Palette {
    let own = PALETTES.into_iter().find(|palette| palette.accent == visuals.hyperlink_color);
    own.unwrap_or_else(|| palette_of(visuals.dark_mode))
}

/// The palette of the dark or the light theme.
pub fn palette_of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Shows a theme, at a size of so many hundredths. Call it before anything is drawn.
pub fn choose(ui: &mut egui::Ui, choice: ThemeChoice, percent: u16) {
    let ctx = ui.ctx().clone();
    ctx.set_theme(match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light | ThemeChoice::Contrast => egui::ThemePreference::Light,
        ThemeChoice::Dark | ThemeChoice::ContrastDark => egui::ThemePreference::Dark,
    });
    let is_high = matches!(choice, ThemeChoice::Contrast | ThemeChoice::ContrastDark);
    let [light, dark] = if is_high { [&CONTRAST, &CONTRAST_DARK] } else { [&LIGHT, &DARK] };
    for (theme, palette) in [(egui::Theme::Light, light), (egui::Theme::Dark, dark)] {
        if ctx.style_of(theme).visuals.hyperlink_color != palette.accent {
            ctx.style_mut_of(theme, |style| apply(style, palette, theme == egui::Theme::Dark));
        }
    }
    // What is drawn in this frame has it already.
    let style = ctx.global_style();
    if ui.visuals().hyperlink_color != style.visuals.hyperlink_color {
        ui.set_style(style);
    }
    let zoom = f32::from(percent.clamp(50, 300)) / 100.0;
    if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
        ctx.set_zoom_factor(zoom);
    }
}

/// The family of bold text.
pub fn bold_family() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// The family of icons.
pub fn icon_family() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Bold text of a size.
pub fn bold(size: f32) -> FontId {
    FontId::new(size, bold_family())
}

/// An icon of a size.
pub fn icon_font(size: f32) -> FontId {
    FontId::new(size, icon_family())
}

/// The files of fonts, by name: Noto Sans CJK SC with GBK's characters, so that Chinese shows on any machine, icons, and the quotation
/// marks of Latin text, which are as wide as a character in a Chinese font.
pub static FACES: [(&str, &[u8]); 5] = [
    ("regular", include_bytes!("../../../assets/fonts/NotoSansSC-Regular-GBK.otf")),
    ("bold", include_bytes!("../../../assets/fonts/NotoSansSC-Bold-GB2312.otf")),
    ("icons", include_bytes!("../../../assets/icons/lucide-subset.ttf")),
    ("quotes", include_bytes!("../../../assets/fonts/NotoSans-Quotes-Regular.ttf")),
    ("bold quotes", include_bytes!("../../../assets/fonts/NotoSans-Quotes-Bold.ttf")),
];

/// The fonts of each family, for texts of a language.
pub fn fonts(lang: Lang) -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in FACES {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let is_for_it = |name: &&&str| lang == Lang::En || !name.ends_with("quotes");
    let list = |names: &[&str]| names.iter().filter(is_for_it).map(|n| (*n).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, list(&["quotes", "regular", "icons"]));
    fonts.families.insert(FontFamily::Monospace, list(&["quotes", "regular", "icons"]));
    fonts.families.insert(bold_family(), list(&["bold quotes", "bold", "regular", "icons"]));
    fonts.families.insert(icon_family(), list(&["icons", "regular"]));
    fonts
}

/// Body text, in points.
pub const BODY: f32 = 13.0;
/// Secondary text.
pub const SMALL: f32 = 12.0;
/// The sentence of an answer.
pub const SENTENCE: f32 = 15.0;
/// Height of a row in lists and tables.
pub const ROW: f32 = 28.0;

/// Installs the fonts for texts of a language where those for another are.
pub fn speak(ctx: &egui::Context, lang: Lang) {
    let id = egui::Id::unique("the fonts' language");
    if ctx.data(|data| data.get_temp(id)) != Some(lang) {
        ctx.data_mut(|data| data.insert_temp(id, lang));
        ctx.set_fonts(fonts(lang));
    }
}

/// Installs fonts, for texts of a language, and both themes.
pub fn install(ctx: &egui::Context, lang: Lang) {
    speak(ctx, lang);
    // Where the system does not say, the light theme is the one that was drawn first.
    ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
    for (theme, p) in [(egui::Theme::Light, &LIGHT), (egui::Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| apply(style, p, theme == egui::Theme::Dark));
    }
}

fn apply(style: &mut egui::Style, p: &Palette, dark: bool) {
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(SMALL)),
        (TextStyle::Body, FontId::proportional(BODY)),
        (TextStyle::Button, FontId::proportional(BODY)),
        (TextStyle::Heading, bold(SENTENCE)),
        (TextStyle::Monospace, FontId::proportional(BODY)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 4.0);
    style.spacing.button_padding = egui::vec2(12.0, 4.0);
    style.spacing.interact_size = egui::vec2(28.0, 28.0);
    style.spacing.menu_margin = egui::Margin::same(4);
    style.spacing.window_margin = egui::Margin::same(18);
    style.spacing.combo_width = 100.0;
    style.spacing.scroll = egui::style::ScrollStyle::thin();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.3;
    let v = &mut style.visuals;
    *v = if dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_highlight_topmost = false;
    v.extreme_bg_color = p.panel;
    v.text_edit_bg_color = Some(p.panel);
    v.faint_bg_color = p.surface;
    v.override_text_color = None;
    v.selection.bg_fill = p.selection;
    v.selection.stroke = Stroke::new(1.0, p.accent);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.review.0;
    v.error_fg_color = p.ban.0;
    v.weak_text_color = Some(p.quiet);
    v.window_corner_radius = 6.into();
    v.menu_corner_radius = 6.into();
    v.popup_shadow = egui::Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(40) };
    v.window_shadow = v.popup_shadow;
    let corner = egui::CornerRadius::same(6);
    let text = Stroke::new(1.0, p.text);
    for (w, fill, border) in [
        (&mut v.widgets.noninteractive, p.panel, p.line),
        (&mut v.widgets.inactive, p.panel, p.line),
        (&mut v.widgets.hovered, p.raised, p.quiet),
        (&mut v.widgets.active, p.selection, p.accent),
        (&mut v.widgets.open, p.raised, p.line),
    ] {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = Stroke::new(1.0, border);
        w.fg_stroke = text;
        w.corner_radius = corner;
        w.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_at_least_four_and_a_half_to_one_and_seven_where_that_is_wanted() {
        for (p, least) in [(LIGHT, 4.5), (DARK, 4.5), (CONTRAST, 7.0), (CONTRAST_DARK, 7.0)] {
            for (text, ground) in [
                (p.text, p.panel),
                (p.text, p.surface),
                (p.text, p.selection),
                (p.quiet, p.panel),
                (p.quiet, p.surface),
                (p.quiet, p.selection),
                (p.on_accent, p.accent),
                p.ban,
                p.review,
                p.met,
                // Names on the map stand in their halo.
                (p.text, p.halo),
                (p.waters, p.halo),
                (p.waters, p.land),
                // A verdict that is shown alone is written on its own colour.
                (p.panel, p.ban.0),
                (p.panel, p.review.0),
                (p.panel, p.accent),
            ] {
                let contrast = contrast(text, ground);
                assert!(contrast >= least, "{text:?} on {ground:?}: {contrast:.2}");
            }
            // What is no text: three to one.
            for ground in [p.panel, p.surface, p.raised] {
                let contrast = contrast(p.control, ground);
                assert!(contrast >= 3.0, "{:?} on {ground:?}: {contrast:.2}", p.control);
            }
        }
    }
}
