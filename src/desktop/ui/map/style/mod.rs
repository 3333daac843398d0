//! How features are drawn: as their planner wants, else by role, by class where the role has one; and as an answer.

mod roles;

pub use roles::is_filled;

use crate::i18n::{Lang, number, text_of};
use crate::model::{Layer, LayerStyle, Mark, Pattern, Rgba, Role, Shape, StyleBy, Symbol, Value};
use crate::query::expression::Expression;
use crate::vocabulary::{Reading, Vocabulary};
use eframe::egui::Color32;
use roles::{PLAIN, area, by_role, chosen, class_column, dark_role, darkened, drawn, judged, rgb, shaded, soft};
use std::collections::HashMap;

/// How one feature is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureStyle {
    /// The fill of areas.
    pub fill: Option<(Color32, Pattern)>,
    /// The outline or line, and its width in points.
    pub stroke: Option<(Color32, f32)>,
    /// What shows on both sides of the line.
    pub casing: Option<Color32>,
    /// Length of a dash in points; 0 for a full line.
    pub dash: f32,
    /// Inside, rim and radius (points) of a point's mark; 0 for none.
    pub mark: PointMark,
    /// Marks under it, the lowest first: rings that say something of the point beside its class.
    pub rings: [Option<PointMark>; 2],
}

/// A mark: its form, inside, rim and radius (points).
pub type PointMark = (Mark, Color32, Color32, f32);

/// Points by which a casing stands out on each side of its line.
pub const CASING: f32 = 1.5;

/// How a layer is meant on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Emphasis {
    /// A layer as it is.
    Plain,
    /// A layer of which an answer shows a part: points hollow.
    Behind,
    /// An answer: matches stand out.
    Answer,
    /// What a rule found: each point as its class, with the verdict as a ring round it.
    Verdict,
    /// The parts nothing reaches.
    Gap,
    /// The land within the distance asked for.
    Zone,
    /// What is selected.
    Chosen,
    /// What a scenario draws, and where what it moves or takes out was.
    Drawn,
    /// See there.
    Dropped,
}

impl Emphasis {
    /// True for what can be pointed at; the rest only shows something of another layer.
    pub fn is_pointed_at(self) -> bool {
        !matches!(self, Self::Zone | Self::Chosen | Self::Drawn | Self::Dropped)
    }
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

/// What a class of a layer that is drawn by its role is called, where its value is no word.
pub fn class_title(role: Option<Role>, class: &str, lang: Lang) -> String {
    match (role, class) {
        (Some(Role::RedLine | Role::RedLineBefore), "true") => text_of(lang, "legend.core"),
        (Some(Role::RedLine | Role::RedLineBefore), "false") => text_of(lang, "legend.not_core"),
        (Some(Role::WaterSourceZone), "一级") => text_of(lang, "legend.level_1"),
        (Some(Role::WaterSourceZone), "二级") => text_of(lang, "legend.level_2"),
        (Some(Role::WaterSourceZone), "准") => text_of(lang, "legend.level_quasi"),
        (_, "ban" | "review" | "list") => text_of(lang, &format!("verdict.{class}")),
        _ => class.to_owned(),
    }
}

/// The ramps that graduated colours are taken from, by name.
pub const RAMPS: [(&str, colorous::Gradient); 8] = [
    ("blues", colorous::BLUES),
    ("greens", colorous::GREENS),
    ("oranges", colorous::ORANGES),
    ("purples", colorous::PURPLES),
    ("reds", colorous::REDS),
    ("viridis", colorous::VIRIDIS),
    ("yellow_green_blue", colorous::YELLOW_GREEN_BLUE),
    ("red_yellow_blue", colorous::RED_YELLOW_BLUE),
];

/// The colour of one of so many classes.
pub fn ramp_color(name: &str, class: usize, of: usize) -> Rgba {
    let gradient = RAMPS.iter().find(|(own, _)| *own == name).map_or(colorous::BLUES, |(_, gradient)| *gradient);
    // The palest end of a sequence is lost on a pale map.
    let colorous::Color { r, g, b } = gradient.eval_rational(class + 1, of + 1);
    Rgba([r, g, b, 255])
}

/// Colours of categories, told apart by most eyes.
pub fn category_color(number: usize) -> Rgba {
    let colorous::Color { r, g, b } = colorous::TABLEAU10[number % colorous::TABLEAU10.len()];
    Rgba([r, g, b, 255])
}

/// A colour for the screen.
pub fn color32(Rgba([r, g, b, a]): Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(r, g, b, a)
}

/// A symbol as it is drawn.
pub fn feature_style(symbol: &Symbol) -> FeatureStyle {
    let clear = Color32::TRANSPARENT;
    let inside = symbol.fill.map(|Rgba([r, g, b, a])| Rgba([r, g, b, if symbol.rim.is_some() { 255 } else { a }]));
    FeatureStyle {
        fill: symbol.fill.map(|fill| (color32(fill), symbol.pattern)),
        stroke: symbol.stroke.filter(|_| symbol.width > 0.0).map(|stroke| (color32(stroke), symbol.width)),
        casing: symbol.casing.map(color32),
        dash: symbol.dash,
        mark: (
            symbol.mark,
            inside.map_or(clear, color32),
            symbol.rim.or(symbol.stroke).map_or(clear, color32),
            symbol.radius,
        ),
        rings: [None; 2],
    }
}

/// Not drawn.
const HIDDEN: FeatureStyle = FeatureStyle {
    fill: None,
    stroke: None,
    casing: None,
    dash: 0.0,
    mark: (Mark::Circle, Color32::TRANSPARENT, Color32::TRANSPARENT, 0.0),
    rings: [None; 2],
};

/// By what the features of a layer fall into classes.
#[derive(Clone, Debug)]
enum By {
    /// The role, and the column of its classes.
    Role(Option<usize>),
    Single(FeatureStyle),
    Category(Option<usize>, HashMap<String, FeatureStyle>, FeatureStyle),
    /// The column, and for each class its upper bound and what it is called.
    Graduated(Option<usize>, Vec<(f64, String)>, Vec<FeatureStyle>),
    Rules(Vec<(Expression, String, FeatureStyle)>),
    /// The column of verdicts, and that of the classes of the role that was judged.
    Verdict(usize, Option<usize>),
}

/// Between a verdict and a class of what it is about.
const AND: char = '\u{1f}';

/// How features of a layer are drawn.
#[derive(Clone, Debug)]
pub struct Styler {
    role: Option<Role>,
    by: By,
    /// Names of the classes in the planner's order; empty where the counts order them.
    order: Vec<String>,
    emphasis: Emphasis,
    dark: bool,
    plain: Color32,
    shape: Option<Shape>,
    /// The place among the layers of its role.
    nth: usize,
}

/// What the rest is called in a legend of categories.
pub const OTHER: &str = "…";

impl Styler {
    /// For a layer in a style and a role; `seed` picks the colour of one without, and the shade of one that is not the first of its role.
    pub fn new(
        layer: &Layer,
        style: &LayerStyle,
        role: Option<Role>,
        emphasis: Emphasis,
        dark: bool,
        seed: usize,
    ) -> Self {
        let by = match (emphasis, role, layer.attributes.column("verdict")) {
            (Emphasis::Verdict, Some(_), Some(verdict)) => {
                By::Verdict(verdict, class_column(role).and_then(|name| layer.attributes.column(name)))
            }
            _ => By::of(layer, style, role),
        };
        let order = match (&by, &style.by) {
            (By::Category(..), Some(StyleBy::Category { classes, .. })) => {
                classes.iter().map(|class| class.value.clone()).chain([OTHER.to_owned()]).collect()
            }
            (By::Graduated(_, classes, _), _) => classes.iter().map(|(_, title)| title.clone()).collect(),
            (By::Rules(rules), _) => rules.iter().map(|(_, title, _)| title.clone()).collect(),
            (By::Verdict(..), _) => ["ban", "review", "list"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        };
        let nth = role.map_or(0, |_| seed);
        Self { role, by, order, emphasis, dark, plain: rgb(PLAIN[seed % PLAIN.len()]), shape: layer.shape(), nth }
    }

    /// True for what may be counted in hexagons where it is too many to be told apart.
    pub(super) fn counts(&self) -> bool {
        matches!(self.emphasis, Emphasis::Plain | Emphasis::Answer)
    }

    /// The one colour that stands for all of a layer's points: their own where all are drawn alike.
    pub(super) fn hue(&self, layer: &Layer) -> Color32 {
        let own = match &self.by {
            By::Single(style) => Some(*style),
            By::Role(None) => Some(by_role(self.role, "", self.plain)),
            _ => None,
        };
        let slate = || FeatureStyle { mark: (Mark::Circle, rgb(0x3B5B76), Color32::WHITE, 4.0), ..HIDDEN };
        let style = own.filter(|style| style.mark.1.a() > 0 && !layer.is_empty()).unwrap_or_else(slate);
        if self.dark { darkened(style).mark.1 } else { style.mark.1 }
    }

    /// True for the dark theme.
    pub(super) fn is_dark(&self) -> bool {
        self.dark
    }

    /// What stands between two things on the map.
    pub(super) fn ground(&self) -> Color32 {
        crate::ui::theme::palette_of(self.dark).halo
    }

    /// The class of a row: as it is written, or what its class is called.
    pub fn class_of(&self, layer: &Layer, row: usize) -> String {
        let value = |column: usize| layer.attributes.value(row, column);
        match &self.by {
            By::Single(_) | By::Role(None) => String::new(),
            By::Role(Some(column)) => self.canonical(value(*column)),
            By::Category(column, classes, _) => {
                let value = column.map(|c| value(c).display().into_owned()).unwrap_or_default();
                if classes.contains_key(&value) { value } else { OTHER.to_owned() }
            }
            By::Graduated(column, classes, _) => {
                let number = column.and_then(|c| value(c).as_number());
                let class = number.and_then(|n| classes.iter().find(|(most, _)| n <= *most));
                class.map_or_else(|| OTHER.to_owned(), |(_, title)| title.clone())
            }
            By::Rules(rules) => {
                let holds = |rule: &Expression| rule.over(layer).is_ok_and(|over| over.is_true(row));
                let rule = rules.iter().find(|(rule, ..)| holds(rule));
                rule.map_or_else(|| OTHER.to_owned(), |(_, title, _)| title.clone())
            }
            By::Verdict(verdict, class) => {
                let class = class.map(|column| self.canonical(value(column))).unwrap_or_default();
                format!("{}{AND}{class}", value(*verdict).display())
            }
        }
    }

    /// A value of the class column by what it means: 一级保护区 is drawn as 一级. Of waters the word itself tells which are
    /// open: 江河 is a river, and drawn as 江.
    fn canonical(&self, value: Value<'_>) -> String {
        let text = value.display();
        if self.role == Some(Role::WaterBody) {
            return text.into_owned();
        }
        let of_role = self.role.and_then(|role| Some((role, class_column(Some(role))?)));
        let property = of_role.and_then(|(role, name)| Vocabulary::builtin().property(role, name));
        let Some(property) = property.filter(|property| !property.is_term(&text)) else { return text.into_owned() };
        match property.read(&value, &property.name) {
            Reading::Terms(terms) if !terms.own.is_empty() => terms.own[0].clone(),
            Reading::Truth(is) => is.to_string(),
            _ => text.into_owned(),
        }
    }

    /// The styles of the rows that are shown, with their classes: in the planner's order, else most features first.
    pub fn classes(&self, layer: &Layer, shows: &dyn Fn(usize) -> bool) -> Vec<Class> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for row in layer.rows().filter(|row| shows(*row)) {
            let mut class = self.class_of(layer, row);
            // A legend tells verdicts; the classes are told by the layer they are of.
            class.truncate(class.find(AND).unwrap_or(class.len()));
            *counts.entry(class).or_default() += 1;
        }
        for title in self.order.iter().filter(|_| !matches!(self.by, By::Verdict(..))) {
            counts.entry(title.clone()).or_default();
        }
        let mut classes: Vec<Class> =
            counts.into_iter().map(|(value, count)| Class { style: self.style(&value), value, count }).collect();
        let place = |class: &Class| self.order.iter().position(|title| *title == class.value);
        classes.sort_by(|a, b| {
            let own = place(a).cmp(&place(b)).then_with(|| b.count.cmp(&a.count));
            // Not by their sound: 一级 stands before 二级.
            own.then_with(|| a.value.cmp(&b.value))
        });
        // What is not drawn needs no word; the rest of a legend is there even where it is empty today.
        classes.retain(|class| class.style != HIDDEN && (class.value != OTHER || class.count > 0));
        classes
    }

    /// How a feature of this class is drawn.
    pub fn style(&self, class: &str) -> FeatureStyle {
        let mut style = match self.emphasis {
            Emphasis::Gap => area(soft(rgb(0xE8743B), 0.40), Some((rgb(0xC4551C), 1.2))),
            Emphasis::Zone => FeatureStyle { dash: 6.0, ..area(soft(rgb(0x2B6CB0), 0.08), Some((rgb(0x2B6CB0), 1.4))) },
            // Its colours are the theme's own, light and dark.
            Emphasis::Chosen => return chosen(crate::ui::theme::palette_of(self.dark)),
            Emphasis::Drawn | Emphasis::Dropped => return drawn(self.emphasis == Emphasis::Drawn, self.dark),
            _ => self.own(class),
        };
        if style == HIDDEN {
            return style;
        }
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
            let of_role = matches!(self.by, By::Role(_)) && !matches!(self.emphasis, Emphasis::Gap | Emphasis::Zone);
            let own = if of_role && self.emphasis != Emphasis::Answer { dark_role(self.role, class) } else { None };
            style = own.unwrap_or_else(|| darkened(style));
        }
        if self.nth > 0 && matches!(self.by, By::Role(_)) && matches!(self.emphasis, Emphasis::Plain | Emphasis::Behind)
        {
            style = shaded(style, self.nth);
        }
        if self.emphasis == Emphasis::Behind {
            // Hollow: out of the answer.
            let (mark, color, ground, radius) = style.mark;
            style.mark = (mark, ground, color, (radius - 1.0).max(2.0));
        }
        style
    }

    fn own(&self, class: &str) -> FeatureStyle {
        match &self.by {
            By::Role(_) => by_role(self.role, class, self.plain),
            By::Single(style) => *style,
            By::Category(_, classes, other) => classes.get(class).copied().unwrap_or(*other),
            By::Graduated(_, classes, styles) => {
                // On a dark ground the least is the darkest: it does not glow.
                let of = |i: usize| if self.dark { styles[styles.len() - 1 - i] } else { styles[i] };
                classes.iter().position(|(_, title)| title == class).map_or(HIDDEN, of)
            }
            By::Rules(rules) => rules.iter().find(|(_, title, _)| title == class).map_or(HIDDEN, |(.., style)| *style),
            By::Verdict(..) => {
                let (verdict, class) = class.split_once(AND).unwrap_or((class, ""));
                judged(verdict, by_role(self.role, class, self.plain))
            }
        }
    }

    /// A symbol that looks as the layer does now, to begin with.
    pub fn symbol(&self, class: &str) -> Symbol {
        let FeatureStyle { fill, stroke, casing, dash, mark, .. } = self.own(class);
        let rgba = |c: Color32| Rgba(c.to_srgba_unmultiplied());
        let is_point = self.shape == Some(Shape::Points);
        Symbol {
            fill: if is_point { Some(rgba(mark.1)) } else { fill.map(|(color, _)| rgba(color)) },
            pattern: fill.map(|(_, pattern)| pattern).unwrap_or_default(),
            stroke: if is_point { Some(rgba(mark.2)) } else { stroke.map(|(color, _)| rgba(color)) },
            rim: None,
            width: stroke.map_or(1.4, |(_, width)| width),
            dash,
            casing: casing.map(rgba),
            mark: mark.0,
            radius: mark.3,
        }
    }
}

impl By {
    fn of(layer: &Layer, style: &LayerStyle, role: Option<Role>) -> Self {
        let column = |name: &str| layer.attributes.column(name);
        match &style.by {
            None => Self::Role(class_column(role).and_then(column)),
            Some(StyleBy::Single { symbol }) => Self::Single(feature_style(symbol)),
            Some(StyleBy::Category { column: name, classes, other }) => Self::Category(
                column(name),
                classes.iter().map(|class| (class.value.clone(), feature_style(&class.symbol))).collect(),
                other.as_ref().map_or(HIDDEN, feature_style),
            ),
            Some(StyleBy::Graduated { column: name, breaks, ramp, symbol, .. }) => {
                let of = breaks.len() + 1;
                let class = |i: usize| {
                    let text = |v: f64| number(v, if v.fract() == 0.0 { 0 } else { 2 });
                    let title = match (i.checked_sub(1).and_then(|i| breaks.get(i)), breaks.get(i)) {
                        (None, Some(most)) => format!("≤ {}", text(*most)),
                        (Some(least), Some(most)) => format!("{} – {}", text(*least), text(*most)),
                        (Some(least), None) => format!("> {}", text(*least)),
                        (None, None) => "·".to_owned(),
                    };
                    (breaks.get(i).copied().unwrap_or(f64::INFINITY), title)
                };
                let colored = |i: usize| {
                    let Rgba([r, g, b, _]) = ramp_color(ramp, i, of);
                    let see_through = |own: Option<Rgba>| own.map(|Rgba([.., a])| Rgba([r, g, b, a]));
                    let is_line = layer.shape() == Some(Shape::Lines);
                    let stroke = if is_line { see_through(symbol.stroke) } else { symbol.stroke };
                    feature_style(&Symbol { fill: see_through(symbol.fill), stroke, ..*symbol })
                };
                Self::Graduated(column(name), (0..of).map(class).collect(), (0..of).map(colored).collect())
            }
            Some(StyleBy::Rules { rules }) => Self::Rules(
                rules
                    .iter()
                    .filter_map(|rule| {
                        let holds = Expression::parse(&rule.filter).ok()?;
                        Some((holds, rule.title.clone(), feature_style(&rule.symbol)))
                    })
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
