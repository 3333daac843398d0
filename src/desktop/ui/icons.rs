//! Icons: one outline set (Lucide), as characters of a small font.

macro_rules! icons {
    ($($name:ident = $char:literal;)*) => {
        $(#[doc = stringify!($name)] pub const $name: &str = $char;)*

        /// Every icon, for the test that the font has them.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name,)*];
    };
}

icons! {
    EYE = "\u{e0ba}";
    EYE_OFF = "\u{e0bb}";
    X = "\u{e1b2}";
    MAXIMIZE = "\u{e112}";
    TRIANGLE_ALERT = "\u{e193}";
    CIRCLE_CHECK = "\u{e226}";
    INFO = "\u{e0f9}";
    CHEVRON_DOWN = "\u{e06d}";
    CHEVRON_RIGHT = "\u{e06f}";
    LOCATE = "\u{e1db}";
    ZOOM_IN = "\u{e1b6}";
    ZOOM_OUT = "\u{e1b7}";
    CIRCLE_X = "\u{e084}";
    ARROW_UP = "\u{e04a}";
    ARROW_DOWN = "\u{e042}";
    PANEL_BOTTOM = "\u{e42c}";
    PANEL_LEFT = "\u{e12a}";
    PANEL_RIGHT = "\u{e431}";
    MAP = "\u{e110}";
    MOUSE_POINTER = "\u{e1c3}";
    SPLINE_POINTER = "\u{e64f}";
    MOVE = "\u{e121}";
    MAP_PIN = "\u{e111}";
    WAYPOINTS = "\u{e542}";
    PENTAGON = "\u{e52b}";
    SQUARE = "\u{e167}";
    CIRCLE = "\u{e076}";
    LASSO = "\u{e1ce}";
    ROTATE = "\u{e149}";
    PENCIL = "\u{e1f9}";
    SCISSORS = "\u{e14e}";
    SPLINE = "\u{e38b}";
    DONUT = "\u{e4bc}";
    CIRCLE_PLUS = "\u{e081}";
    FUNNEL = "\u{e0dc}";
    COLUMNS = "\u{e099}";
    COPY = "\u{e225}";
    RULER = "\u{e14b}";
    MESSAGE = "\u{e117}";
}

#[cfg(test)]
mod tests {
    /// Indicators are shown in both languages: CO₂ had a blank in it.
    #[test]
    fn the_font_has_every_letter_of_the_targets() {
        let mut fonts =
            eframe::egui::epaint::text::Fonts::new(Default::default(), crate::ui::theme::fonts(crate::i18n::Lang::Zh));
        let font = eframe::egui::FontId::proportional(14.0);
        let mut view = fonts.with_pixels_per_point(1.0);
        let texts = include_str!("../../../assets/targets.toml").chars().filter(|c| !c.is_control());
        let missing: std::collections::BTreeSet<char> = texts.filter(|c| !view.has_glyph(&font, *c)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_font_has_every_icon() {
        let mut fonts =
            eframe::egui::epaint::text::Fonts::new(Default::default(), crate::ui::theme::fonts(crate::i18n::Lang::Zh));
        let font = crate::ui::theme::icon_font(16.0);
        for icon in super::ALL {
            let c = icon.chars().next().expect("one character");
            assert!(fonts.with_pixels_per_point(1.0).has_glyph(&font, c), "{c:?}");
        }
    }
}
