//! How features are drawn: by role, by class where the role has one, as an answer.

use crate::model::{Layer, Role, Shape};
use eframe::egui::Color32;
use std::collections::HashMap;

/// What fills an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// One colour.
    Solid,
    /// Lines at 45°.
    Hatch,
    /// Lines at 45°, closer.
    DenseHatch,
}

/// What stands for a point: shape says the same as hue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A diamond.
    Diamond,
}

/// How one feature is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureStyle {
    /// The fill of areas.
    pub fill: Option<(Color32, Pattern)>,
    /// The outline or line, and its width in points.
    pub stroke: Option<(Color32, f32)>,
    /// Length of a dash in points; 0 for a full line.
    pub dash: f32,
    /// Inside, rim and radius (points) of a point's mark.
    pub mark: (Mark, Color32, Color32, f32),
}

/// How a layer is meant on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Emphasis {
    /// A layer as it is.
    Plain,
    /// A layer of which an answer shows a part: points hollow.
    Behind,
    /// An answer: matches stand out.
    Answer,
    /// The parts nothing reaches.
    Gap,
    /// The land within the distance asked for.
    Zone,
}

/// One entry of a layer's legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The value of the class column; empty for the layer's one style.
    pub value: String,
    /// How it is drawn.
    pub style: FeatureStyle,
    /// How many features.
    pub count: usize,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

fn soft(color: Color32, alpha: f32) -> Color32 {
    color.gamma_multiply(alpha)
}

/// Colours of layers without a role, in order of their drawing.
const PLAIN: [u32; 6] = [0x3D7EA6, 0xA8672E, 0x6B8E4E, 0x8E5BA6, 0xB0506A, 0x4F8A8B];

/// The column whose values class a role's features.
fn class_column(role: Option<Role>) -> Option<&'static str> {
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

/// How features of a layer are drawn.
#[derive(Clone, Debug)]
pub struct Styler {
    role: Option<Role>,
    emphasis: Emphasis,
    dark: bool,
    column: Option<usize>,
    plain: Color32,
    shape: Option<Shape>,
}

impl Styler {
    /// For a layer in a role; `seed` picks the colour of one without.
    pub fn new(layer: &Layer, role: Option<Role>, emphasis: Emphasis, dark: bool, seed: usize) -> Self {
        let column = class_column(role).and_then(|name| layer.attributes.column(name));
        let shape = layer.shape();
        Self { role, emphasis, dark, column, plain: rgb(PLAIN[seed % PLAIN.len()]), shape }
    }

    /// The class of a row, as it is written.
    pub fn class_of(&self, layer: &Layer, row: usize) -> String {
        self.column.map_or_else(String::new, |c| layer.attributes.value(row, c).display().into_owned())
    }

    /// The styles of the layer with their classes, most features first.
    pub fn classes(&self, layer: &Layer) -> Vec<Class> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for row in layer.rows() {
            *counts.entry(self.class_of(layer, row)).or_default() += 1;
        }
        let mut classes: Vec<Class> =
            counts.into_iter().map(|(value, count)| Class { style: self.style(&value), value, count }).collect();
        classes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        classes
    }

    /// How a feature of this class is drawn.
    pub fn style(&self, class: &str) -> FeatureStyle {
        let mut style = match self.emphasis {
            Emphasis::Gap => area(soft(rgb(0xE8743B), 0.40), Some((rgb(0xC4551C), 1.2))),
            Emphasis::Zone => FeatureStyle { dash: 6.0, ..area(soft(rgb(0x2B6CB0), 0.08), Some((rgb(0x2B6CB0), 1.4))) },
            _ => self.by_role(class),
        };
        if self.emphasis == Emphasis::Answer {
            let (mark, inside, _, radius) = style.mark;
            style.mark = (mark, inside, Color32::WHITE, radius + 1.0);
            if self.shape != Some(Shape::Points) {
                let accent = rgb(0x2B6CB0);
                style.fill = Some((soft(accent, 0.35), Pattern::Solid));
                style.stroke = Some((accent, 1.8));
            }
        }
        if self.dark {
            style = darkened(style);
        }
        if self.emphasis == Emphasis::Behind {
            // Hollow: out of the answer.
            let (mark, color, ground, radius) = style.mark;
            style.mark = (mark, ground, color, (radius - 1.0).max(2.0));
        }
        style
    }

    fn by_role(&self, class: &str) -> FeatureStyle {
        let line = |hex: u32, width: f32| FeatureStyle { stroke: Some((rgb(hex), width)), ..nothing() };
        let solid = |hex: u32, outline: u32| area(rgb(hex), Some((rgb(outline), 0.8)));
        match self.role {
            Some(Role::Shoreline | Role::Coastline) => line(0x123E63, 2.2),
            Some(Role::River) => line(0x7FB2D1, 1.8),
            Some(Role::Greenway) => line(0x4E8F4A, 1.8),
            Some(Role::Road | Role::Corridor) => line(0x9A938A, 1.6),
            Some(Role::WaterBody) => {
                let open = class.contains('江') || class.contains('海');
                area(rgb(if open { 0xCFE3EE } else { 0xB9D7E8 }), None)
            }
            Some(Role::RedLine | Role::RedLineBefore) => {
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
            Some(Role::Park | Role::GreenSpace) => solid(0x8CC084, 0x4E8F4A),
            Some(Role::Forest | Role::Wetland) => solid(0xCFE0C0, 0xB4CBA2),
            Some(Role::Farmland | Role::BasicFarmland) => solid(0xEEF1DC, 0xDDE2C2),
            Some(Role::Residential) => solid(0xF3E3CF, 0xE0CBB0),
            Some(Role::Plot | Role::CandidateSite) => solid(0xE3DFEA, 0xCBC5D6),
            Some(Role::Building) => solid(0xD9D3C8, 0xBFB8AA),
            Some(Role::ContaminatedPlot) => area(soft(rgb(0xA0785A), 0.55), Some((rgb(0x7A5638), 1.2))),
            Some(Role::District) => area(rgb(0xF8F7F3), Some((rgb(0x8A8578), 1.0))),
            Some(Role::Town | Role::Grid | Role::UrbanBoundary | Role::GreenLine) => {
                FeatureStyle { dash: 5.0, ..line(0x8A8578, 1.0) }
            }
            Some(Role::Outlet) => {
                let (mark, hex) = match class {
                    "工业排污口" => (Mark::Circle, 0xB23A48),
                    "城镇污水处理厂排污口" => (Mark::Square, 0x8E5BA6),
                    "农业排口" => (Mark::Triangle, 0xC58B1B),
                    _ => (Mark::Diamond, 0x5E6B73),
                };
                FeatureStyle { mark: (mark, rgb(hex), Color32::WHITE, 4.5), ..nothing() }
            }
            Some(Role::Enterprise | Role::Facility) => {
                FeatureStyle { mark: (Mark::Square, rgb(0x7A5638), Color32::WHITE, 4.0), ..nothing() }
            }
            Some(Role::SensitiveSite | Role::Service | Role::ParkEntrance) => FeatureStyle {
                fill: Some((soft(rgb(0x3D7EA6), 0.25), Pattern::Solid)),
                stroke: Some((rgb(0x3D7EA6), 1.2)),
                mark: (Mark::Diamond, rgb(0x3D7EA6), Color32::WHITE, 4.0),
                dash: 0.0,
            },
            None => FeatureStyle {
                fill: Some((soft(self.plain, 0.25), Pattern::Solid)),
                stroke: Some((self.plain, 1.4)),
                mark: (Mark::Circle, self.plain, Color32::WHITE, 4.5),
                dash: 0.0,
            },
        }
    }
}

fn nothing() -> FeatureStyle {
    let grey = rgb(0x5E6B73);
    FeatureStyle { fill: None, stroke: None, dash: 0.0, mark: (Mark::Circle, grey, Color32::WHITE, 4.0) }
}

fn area(fill: Color32, stroke: Option<(Color32, f32)>) -> FeatureStyle {
    FeatureStyle { fill: Some((fill, Pattern::Solid)), stroke, ..nothing() }
}

/// The same hues at the lightness of the dark theme: light grounds sink, dark lines rise.
fn darkened(style: FeatureStyle) -> FeatureStyle {
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
        dash: style.dash,
    }
}
