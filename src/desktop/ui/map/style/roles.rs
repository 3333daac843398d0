//! The looks of roles: the plans' own colours, light and dark.

use super::FeatureStyle;
use crate::model::{Mark, Pattern, Role};
use crate::ui::theme::Palette;
use eframe::egui::Color32;

pub(super) const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub(super) fn soft(color: Color32, alpha: f32) -> Color32 {
    color.gamma_multiply(alpha)
}

/// Colours of layers without a role, in order of their drawing.
pub(super) const PLAIN: [u32; 6] = [0x3D7EA6, 0xA8672E, 0x6B8E4E, 0x8E5BA6, 0xB0506A, 0x4F8A8B];

/// The column whose values class a role's features.
pub(super) fn class_column(role: Option<Role>) -> Option<&'static str> {
    match role? {
        Role::Outlet | Role::ControlUnit => Some("class"),
        Role::WaterSourceZone => Some("level"),
        Role::RedLine | Role::RedLineBefore => Some("core"),
        Role::WaterBody => Some("kind"),
        _ => None,
    }
}

/// True where a role's areas are drawn with a ground of their own, not as outlines alone.
pub fn is_filled(role: Option<Role>) -> bool {
    let outlines = [Role::Town, Role::Grid, Role::UrbanBoundary, Role::GreenLine, Role::ControlUnit];
    role.is_none_or(|role| !outlines.contains(&role))
}

/// How a feature of a class is drawn in a role; `plain` where there is none.
pub(super) fn by_role(role: Option<Role>, class: &str, plain: Color32) -> FeatureStyle {
    let line = |hex: u32, width: f32| FeatureStyle { stroke: Some((rgb(hex), width)), ..nothing() };
    let solid = |hex: u32, outline: u32| area(rgb(hex), Some((rgb(outline), 0.8)));
    match role {
        Some(Role::Shoreline) => line(0x123E63, 2.2),
        Some(Role::Coastline) => FeatureStyle { dash: 7.0, ..line(0x0F7C7C, 2.2) },
        Some(Role::Barrier) => line(0x6B5B95, 2.0),
        Some(Role::River) => line(0x7FB2D1, 1.8),
        Some(Role::Greenway) => line(0x4E8F4A, 1.8),
        Some(Role::Road) => line(0x9A938A, 1.6),
        Some(Role::Corridor) => FeatureStyle { dash: 9.0, ..line(0x9A7B4F, 1.8) },
        Some(Role::WaterBody) => {
            let open = class.contains('江') || class.contains('海');
            area(rgb(if open { 0xCFE3EE } else { 0xB9D7E8 }), None)
        }
        // The version before: the same colour, dashed, without a ground of its own.
        Some(Role::RedLineBefore) => FeatureStyle { dash: 5.0, ..line(0xC8352B, 1.4) },
        Some(Role::RedLine) => {
            let core = class == "true";
            FeatureStyle {
                fill: Some((rgb(0xC8352B), if core { Pattern::DenseHatch } else { Pattern::Hatch })),
                stroke: Some((rgb(0xC8352B), 1.6)),
                ..nothing()
            }
        }
        Some(Role::WaterSourceZone) => {
            let color = rgb(match class {
                "一级" => 0x0F4C8A,
                "二级" => 0x1F6FB2,
                _ => 0x6FA8DC,
            });
            area(soft(color, 0.10), Some((color, 1.8)))
        }
        Some(Role::NatureReserve) => area(soft(rgb(0x2E7D4F), 0.10), Some((rgb(0x2E7D4F), 1.6))),
        Some(Role::BanZone) => area(soft(rgb(0xA3241B), 0.06), Some((rgb(0xA3241B), 1.4))),
        Some(Role::GroundwaterZone) => area(soft(rgb(0x4F6FA8), 0.08), Some((rgb(0x4F6FA8), 1.2))),
        Some(Role::ControlUnit) => FeatureStyle {
            stroke: Some((
                rgb(match class {
                    "优先保护" => 0x5B8C5A,
                    "重点管控" => 0xD98E32,
                    _ => 0xB8B39F,
                }),
                1.6,
            )),
            ..nothing()
        },
        Some(Role::Park) => solid(0x8CC084, 0x4E8F4A),
        Some(Role::GreenSpace) => solid(0xB7D9AC, 0x93BD86),
        Some(Role::Square) => solid(0xE8D9B0, 0xB89F5C),
        Some(Role::Forest) => solid(0xC3DAB0, 0x9DBB86),
        Some(Role::Wetland) => solid(0xC6DFD6, 0x8DB5A8),
        Some(Role::WetlandBefore) => FeatureStyle { dash: 5.0, ..line(0x5E9484, 1.2) },
        Some(Role::Farmland) => solid(0xEEF1DC, 0xDDE2C2),
        Some(Role::FarmlandBefore) => FeatureStyle { dash: 5.0, ..line(0xA3A35A, 1.2) },
        Some(Role::BasicFarmland) => solid(0xE9E6B4, 0xB5AF5E),
        Some(Role::Residential) => solid(0xF3E3CF, 0xE0CBB0),
        Some(Role::Plot) => solid(0xE3DFEA, 0xCBC5D6),
        Some(Role::CandidateSite) => FeatureStyle { dash: 4.0, ..solid(0xE3DFEA, 0x7A6A9E) },
        Some(Role::Building) => solid(0xD9D3C8, 0xBFB8AA),
        Some(Role::ContaminatedPlot) => area(soft(rgb(0xA0785A), 0.55), Some((rgb(0x7A5638), 1.2))),
        Some(Role::District) => area(rgb(0xF8F7F3), Some((rgb(0x8A8578), 1.0))),
        Some(Role::IndustrialPark) => area(soft(rgb(0x6B5B95), 0.10), Some((rgb(0x6B5B95), 1.4))),
        Some(Role::Town) => FeatureStyle { dash: 5.0, ..line(0x8A8578, 1.0) },
        Some(Role::Grid) => FeatureStyle { dash: 2.0, ..line(0xA39D8E, 0.8) },
        Some(Role::UrbanBoundary) => FeatureStyle { dash: 10.0, ..line(0xB0682A, 1.4) },
        Some(Role::GreenLine) => FeatureStyle { dash: 5.0, ..line(0x2E7D4F, 1.4) },
        Some(Role::Outlet) => {
            let (mark, hex) = match class {
                "工业排污口" => (Mark::Circle, 0xB23A48),
                "城镇污水处理厂排污口" => (Mark::Square, 0x8E5BA6),
                "农业排口" => (Mark::Triangle, 0xC58B1B),
                _ => (Mark::Diamond, 0x5E6B73),
            };
            FeatureStyle { mark: (mark, rgb(hex), Color32::WHITE, 4.5), ..nothing() }
        }
        Some(Role::Enterprise) => marked(Mark::Square, 0x7A5638),
        Some(Role::Facility) => marked(Mark::Triangle, 0xB0682A),
        Some(Role::SensitiveSite) => marked(Mark::Diamond, 0x3D7EA6),
        Some(Role::Service) => marked(Mark::Circle, 0x2F8A8A),
        Some(Role::ParkEntrance) => marked(Mark::Triangle, 0x2E7D4F),
        None => FeatureStyle {
            fill: Some((soft(plain, 0.25), Pattern::Solid)),
            stroke: Some((plain, 1.4)),
            mark: (Mark::Circle, plain, Color32::WHITE, 4.5),
            ..nothing()
        },
    }
}

/// A mark of a colour; areas and lines in the same colour.
fn marked(mark: Mark, hex: u32) -> FeatureStyle {
    FeatureStyle {
        fill: Some((soft(rgb(hex), 0.25), Pattern::Solid)),
        stroke: Some((rgb(hex), 1.2)),
        mark: (mark, rgb(hex), Color32::WHITE, 4.0),
        ..nothing()
    }
}

pub(super) fn nothing() -> FeatureStyle {
    let grey = rgb(0x5E6B73);
    let mark = (Mark::Circle, grey, Color32::WHITE, 4.0);
    FeatureStyle { fill: None, stroke: None, casing: None, dash: 0.0, mark, rings: [None; 2] }
}

pub(super) fn area(fill: Color32, stroke: Option<(Color32, f32)>) -> FeatureStyle {
    FeatureStyle { fill: Some((fill, Pattern::Solid)), stroke, ..nothing() }
}

/// The same in another shade: of the second, third … layer of a role. What is pale becomes deeper, what is deep paler.
pub(super) fn shaded(style: FeatureStyle, nth: usize) -> FeatureStyle {
    let n = nth.min(3) as f32;
    let shade = |c: Color32| {
        let [r, g, b, a] = c.to_srgba_unmultiplied();
        let is_pale = u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b) > 1_500;
        let to = |v: u8| match is_pale {
            true => f32::from(v) * (1.0 - 0.12 * n),
            false => f32::from(v) + (255.0 - f32::from(v)) * 0.22 * n,
        };
        Color32::from_rgba_unmultiplied(to(r) as u8, to(g) as u8, to(b) as u8, a)
    };
    let (mark, inside, rim, radius) = style.mark;
    FeatureStyle {
        fill: style.fill.map(|(c, pattern)| (shade(c), pattern)),
        stroke: style.stroke.map(|(c, width)| (shade(c), width)),
        mark: (mark, shade(inside), rim, radius),
        ..style
    }
}

/// The same hues at the lightness of the dark theme: light grounds sink, dark lines rise.
pub(super) fn darkened(style: FeatureStyle) -> FeatureStyle {
    let sink = |c: Color32, to: f32| {
        let [r, g, b, a] = c.to_srgba_unmultiplied();
        let (r, g, b) = (f32::from(r) / 255.0, f32::from(g) / 255.0, f32::from(b) / 255.0);
        let k = to / r.max(g).max(b).max(1e-3);
        // Pale grounds are nearly grey: more of their own hue keeps them apart when dark. Firm colours lose some,
        // so that they do not glow.
        let mean = (r + g + b) / 3.0;
        let hue = if to < 0.5 { 1.8 } else { 0.8 };
        let shade = |v: f32| (((mean + (v - mean) * hue) * k).clamp(0.0, 1.0) * 255.0) as u8;
        Color32::from_rgba_unmultiplied(shade(r), shade(g), shade(b), a)
    };
    FeatureStyle {
        fill: style.fill.map(|(c, p)| {
            let opaque = c.a() == 255 && p == Pattern::Solid;
            (if opaque { sink(c, 0.30) } else { sink(c, 0.80) }, p)
        }),
        stroke: style.stroke.map(|(c, w)| {
            let ground = style.fill.is_some_and(|(f, p)| f.a() == 255 && p == Pattern::Solid);
            (sink(c, if ground { 0.37 } else { 0.78 }), w)
        }),
        mark: (
            style.mark.0,
            sink(style.mark.1, 0.85),
            if style.mark.2 == Color32::WHITE { rgb(0x1B1E21) } else { sink(style.mark.2, 0.85) },
            style.mark.3,
        ),
        casing: style.casing.map(|c| sink(c, 0.3)),
        dash: style.dash,
        rings: style.rings.map(|ring| {
            let white = |c: Color32| if c == Color32::WHITE { rgb(0x1B1E21) } else { c };
            // Firm rings rise, so that they are told on a dark ground.
            let risen = |c: Color32| if c.a() == 0 { c } else { sink(c, 0.92) };
            ring.map(|(mark, inside, rim, radius)| {
                let rim = if rim == Color32::WHITE { white(rim) } else { risen(rim) };
                (mark, risen(inside), rim, radius)
            })
        }),
    }
}

/// What is selected: an ink that nothing else has, on both sides of which the ground shows.
pub(super) fn chosen(palette: &Palette) -> FeatureStyle {
    let (ink, casing) = palette.chosen;
    let clear = Color32::TRANSPARENT;
    FeatureStyle {
        mark: (Mark::Circle, clear, clear, 8.0),
        casing: Some(casing),
        // The casing's ring is covered by the ink's but for a hair on either side.
        rings: [Some((Mark::Circle, clear, casing, 9.2)), Some((Mark::Circle, clear, ink, 8.0))],
        ..area(soft(ink, 0.16), Some((ink, 2.4)))
    }
}

/// What a scenario draws: a broken line in an ink of its own; and where what it moves or takes out was, in grey.
pub(super) fn drawn(is_there: bool, dark: bool) -> FeatureStyle {
    let ink = match (is_there, dark) {
        (true, false) => rgb(0x00737A),
        (true, true) => rgb(0x5FD3D9),
        (false, false) => rgb(0x6B665B),
        (false, true) => rgb(0xA7A298),
    };
    let clear = Color32::TRANSPARENT;
    let fill = if is_there { soft(ink, 0.12) } else { clear };
    FeatureStyle {
        mark: (Mark::Circle, clear, ink, if is_there { 10.0 } else { 6.0 }),
        dash: if is_there { 7.0 } else { 3.0 },
        ..area(fill, Some((ink, if is_there { 2.6 } else { 1.6 })))
    }
}

/// A feature as its class, with a verdict: for points a ring, full where it is a possible breach, open where it is to be
/// reviewed, none on a list.
pub(super) fn judged(verdict: &str, class: FeatureStyle) -> FeatureStyle {
    let (mark, inside, _, radius) = class.mark;
    let (radius, white) = (radius + 0.5, Color32::WHITE);
    let (ban, review) = (rgb(0xA3241B), rgb(0xB87400));
    let clear = Color32::TRANSPARENT;
    let rings = match verdict {
        "ban" => [Some((Mark::Circle, ban, white, radius + 4.6)), None],
        "review" => {
            [Some((Mark::Circle, white, review, radius + 4.4)), Some((Mark::Circle, clear, review, radius + 3.4))]
        }
        _ => [None; 2],
    };
    FeatureStyle { mark: (mark, inside, white, radius), rings, ..class }
}

/// What the dark theme draws in colours of its own: the shoreline brightest, water blue, homes above the ground.
pub(super) fn dark_role(role: Option<Role>, class: &str) -> Option<FeatureStyle> {
    let line = |hex: u32, width: f32| FeatureStyle { stroke: Some((rgb(hex), width)), ..nothing() };
    let solid = |hex: u32, outline: u32| area(rgb(hex), Some((rgb(outline), 0.8)));
    Some(match role? {
        Role::Shoreline => line(0xD6EEFF, 2.4),
        Role::Coastline => FeatureStyle { dash: 7.0, ..line(0x8FE0DC, 2.2) },
        Role::River => line(0x5A9CC8, 1.8),
        Role::WaterBody => {
            let open = class.contains('江') || class.contains('海');
            area(rgb(if open { 0x1D3F58 } else { 0x255070 }), None)
        }
        Role::RedLine => {
            let light = by_role(role, class, rgb(0xE8665C));
            let ink = |(_, pattern)| (rgb(0xE8665C), pattern);
            FeatureStyle { fill: light.fill.map(ink), stroke: light.stroke.map(|(_, w)| (rgb(0xE8665C), w)), ..light }
        }
        Role::Residential => solid(0x4A4137, 0x5C5145),
        Role::Plot => solid(0x3D3A49, 0x504C5F),
        Role::Building => solid(0x55503F, 0x6A6450),
        Role::Park => solid(0x3D6B3C, 0x6FA86A),
        Role::GreenSpace => solid(0x36553A, 0x4C7350),
        Role::Farmland => solid(0x34372A, 0x434735),
        Role::Forest => solid(0x2F4A33, 0x42633F),
        Role::Wetland => solid(0x2C4A4A, 0x477070),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{DARK, LIGHT};

    /// CIE L*a*b* of a colour (D65).
    fn lab(c: Color32) -> [f64; 3] {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = [c.r(), c.g(), c.b()].map(linear);
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950_47);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn apart(a: Color32, b: Color32) -> f64 {
        let (a, b) = (lab(a), lab(b));
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    fn looks(dark: bool) -> Vec<(String, Color32)> {
        let classes = [
            "",
            "true",
            "一级",
            "二级",
            "优先保护",
            "重点管控",
            "长江",
            "工业排污口",
            "城镇污水处理厂排污口",
            "农业排口",
        ];
        let roles = std::iter::once(None).chain(Role::ALL.iter().copied().map(Some));
        let mut all = Vec::new();
        for role in roles {
            for class in classes {
                let light = by_role(role, class, rgb(PLAIN[0]));
                let style = match dark {
                    true => dark_role(role, class).unwrap_or_else(|| darkened(light)),
                    false => light,
                };
                let firm = [style.stroke.map(|(c, _)| c), Some(style.mark.1), style.fill.map(|(c, _)| c)];
                all.extend(
                    firm.into_iter().flatten().filter(|c| c.a() == 255).map(|c| (format!("{role:?} {class}"), c)),
                );
            }
        }
        all
    }

    #[test]
    fn the_ink_of_a_selection_is_nothing_elses() {
        for (palette, dark) in [(LIGHT, false), (DARK, true)] {
            let (ink, casing) = palette.chosen;
            for (name, color) in looks(dark) {
                let d = apart(ink, color);
                assert!(d > 28.0, "{name}: {d:.0}");
            }
            for other in [palette.accent, palette.ban.0, palette.review.0, rgb(0xE8743B)] {
                assert!(apart(ink, other) > 28.0, "{other:?}");
            }
            assert!(apart(ink, casing) > 45.0, "{:.0}", apart(ink, casing));
        }
    }

    #[test]
    fn in_the_dark_the_shoreline_is_brightest_water_is_blue_and_homes_stand_above_the_ground() {
        let of = |role: Role, class: &str| dark_role(Some(role), class).expect("drawn");
        let shore = of(Role::Shoreline, "").stroke.expect("a line").0;
        for (name, color) in looks(true).into_iter().filter(|(name, _)| !name.contains("Shoreline")) {
            assert!(lab(shore)[0] > lab(color)[0], "{name}");
        }
        for class in ["长江", "湖泊"] {
            let water = of(Role::WaterBody, class).fill.expect("an area").0;
            assert!(water.b() > water.g() && water.g() > water.r(), "{water:?}");
        }
        let ground = lab(DARK.land)[0];
        assert!(lab(of(Role::Residential, "").fill.expect("an area").0)[0] > ground + 4.0);
    }

    #[test]
    fn a_verdict_leaves_a_class_its_form_and_hue() {
        for class in ["工业排污口", "农业排口", "城镇污水处理厂排污口", ""] {
            let own = by_role(Some(Role::Outlet), class, rgb(PLAIN[0]));
            let of = |verdict: &str| judged(verdict, own);
            for verdict in ["ban", "review", "list"] {
                assert_eq!((of(verdict).mark.0, of(verdict).mark.1), (own.mark.0, own.mark.1), "{verdict} {class}");
            }
            let rings = |verdict: &str| of(verdict).rings.into_iter().flatten().count();
            assert_eq!(["ban", "review", "list"].map(rings), [1, 2, 0]);
            // Full or open: told without hues, too.
            let inside = |verdict: &str| of(verdict).rings[0].map(|ring| ring.1);
            assert!(inside("ban") != Some(Color32::WHITE) && inside("review") == Some(Color32::WHITE));
        }
    }
}
