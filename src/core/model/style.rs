//! How a planner wants a layer drawn, as plain values that a project keeps. A layer without any is drawn by its role.

use serde::{Deserialize, Serialize};

/// A colour: sRGB and opacity, not premultiplied; written `#RRGGBB` or `#RRGGBBAA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rgba(pub [u8; 4]);

impl TryFrom<String> for Rgba {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|d| d.is_ascii()).unwrap_or_default();
        let byte = |i: usize| digits.get(2 * i..2 * i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (digits.len(), byte(0), byte(1), byte(2), byte(3)) {
            (6, Some(r), Some(g), Some(b), _) => Ok(Self([r, g, b, 255])),
            (8, Some(r), Some(g), Some(b), Some(a)) => Ok(Self([r, g, b, a])),
            _ => Err(format!("{text} is no colour (#RRGGBB or #RRGGBBAA)")),
        }
    }
}

impl From<Rgba> for String {
    fn from(Rgba([r, g, b, a]): Rgba) -> Self {
        if a == 255 { format!("#{r:02X}{g:02X}{b:02X}") } else { format!("#{r:02X}{g:02X}{b:02X}{a:02X}") }
    }
}

/// What fills an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// One colour.
    #[default]
    Solid,
    /// Lines at 45°.
    Hatch,
    /// Lines at 45°, closer.
    DenseHatch,
}

/// What stands for a point: shape says the same as hue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A disc.
    #[default]
    Circle,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A diamond.
    Diamond,
}

/// How features are drawn, whatever their shape: each takes of it what it has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Symbol {
    /// The ground of areas and the inside of marks.
    pub fill: Option<Rgba>,
    /// What the ground of areas is filled with.
    pub pattern: Pattern,
    /// Lines, outlines and the rim of marks.
    pub stroke: Option<Rgba>,
    /// The rim of marks where it is another; the inside of such marks hides what is below. No project keeps it.
    #[serde(skip)]
    pub rim: Option<Rgba>,
    /// Their width; points.
    pub width: f32,
    /// Length of a dash; points, 0 for a full line.
    pub dash: f32,
    /// What shows on both sides of a line.
    pub casing: Option<Rgba>,
    /// The shape of points.
    pub mark: Mark,
    /// Their radius; points.
    pub radius: f32,
}

impl Default for Symbol {
    fn default() -> Self {
        Self {
            fill: Some(Rgba([0x3D, 0x7E, 0xA6, 0x80])),
            pattern: Pattern::Solid,
            stroke: Some(Rgba([0x3D, 0x7E, 0xA6, 0xFF])),
            rim: None,
            width: 1.4,
            dash: 0.0,
            casing: None,
            mark: Mark::Circle,
            radius: 4.5,
        }
    }
}

/// How numbers are put into classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Classes equally wide.
    Equal,
    /// Classes with equally many features.
    #[default]
    Quantile,
    /// Classes that differ least within (Fisher 1958, Jenks 1977).
    Natural,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Equal, Self::Quantile, Self::Natural];
}

/// One value of a column and how its features are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// As it is written.
    pub value: String,
    /// How its features are drawn.
    pub symbol: Symbol,
}

/// Features for which an expression is true, and how they are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleRule {
    /// What the legend calls them.
    pub title: String,
    /// CQL2 text.
    pub filter: String,
    /// How they are drawn.
    pub symbol: Symbol,
}

/// By what features are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum StyleBy {
    /// All alike.
    Single {
        /// How.
        symbol: Symbol,
    },
    /// By the values of a column; values that are not among them by `other`.
    Category {
        /// The column.
        column: String,
        /// The values.
        classes: Vec<Category>,
        /// The rest; not drawn where there is none.
        other: Option<Symbol>,
    },
    /// By a column of numbers in classes.
    Graduated {
        /// The column.
        column: String,
        /// How the classes were made.
        method: Method,
        /// Upper bounds of the classes but the last, rising; a value at a bound is in the lower class.
        breaks: Vec<f64>,
        /// Name of the colours.
        ramp: String,
        /// Everything but the colour.
        symbol: Symbol,
    },
    /// By the first expression that is true; features for which none is are not drawn.
    Rules {
        /// The rules.
        rules: Vec<StyleRule>,
    },
}

/// Names on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelStyle {
    /// The column they are taken from.
    pub column: String,
    /// Height of the letters; points.
    pub size: f32,
}

/// How a layer is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayerStyle {
    /// By what; by its role where nothing is said.
    #[serde(flatten)]
    pub by: Option<StyleBy>,
    /// Names beside features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelStyle>,
    /// Not drawn where the map's scale is smaller than one to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest: Option<f64>,
    /// Not drawn where it is larger than one to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<f64>,
    /// Only features for which this CQL2 text is true are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Opacity from 0 (clear) to 1; full where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f32>,
}

impl LayerStyle {
    /// True where nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The opacity that the layer is drawn with, from 0 to 1; what is no number is full.
    pub fn strength(&self) -> f32 {
        self.opacity.filter(|opacity| opacity.is_finite()).map_or(1.0, |opacity| opacity.clamp(0.0, 1.0))
    }

    /// True where the layer is drawn at a scale of one to `denominator`.
    pub fn shows_at(&self, denominator: f64) -> bool {
        self.smallest.is_none_or(|most| denominator <= most) && self.largest.is_none_or(|least| denominator >= least)
    }
}

/// Bounds between so many classes of numbers, rising; fewer where the numbers are too few. n log n, natural ones of a
/// thousand values that stand for the rest.
pub fn breaks(method: Method, mut values: Vec<f64>, classes: usize) -> Vec<f64> {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (values.first().copied(), values.last().copied()) else { return Vec::new() };
    let at = |share: f64| values[((values.len() as f64 * share).ceil() as usize).clamp(1, values.len()) - 1];
    let mut breaks: Vec<f64> = match method {
        Method::Equal => (1..classes).map(|k| first + (last - first) * k as f64 / classes as f64).collect(),
        Method::Quantile => (1..classes).map(|k| at(k as f64 / classes as f64)).collect(),
        Method::Natural => {
            const MOST: usize = 1_000;
            let few: Vec<f64> = match values.len() {
                n if n <= MOST => values.clone(),
                _ => (1..=MOST).map(|k| at(k as f64 / MOST as f64)).collect(),
            };
            natural(&few, classes)
        }
    };
    breaks.retain(|b| *b < last);
    breaks.dedup();
    breaks
}

/// The last values of all classes but the last, of sorted values, so that squares within classes are least.
fn natural(values: &[f64], classes: usize) -> Vec<f64> {
    let n = values.len();
    let mut sums = vec![(0.0, 0.0)];
    for v in values {
        let (sum, squares) = sums[sums.len() - 1];
        sums.push((sum + v, squares + v * v));
    }
    // Squares about the mean of values from..to.
    let spread = |from: usize, to: usize| {
        let (sum, squares) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        squares - sum * sum / (to - from) as f64
    };
    let classes = classes.min(n);
    let mut least: Vec<f64> = (0..=n).map(|to| if to == 0 { 0.0 } else { spread(0, to) }).collect();
    let mut starts: Vec<Vec<usize>> = Vec::new();
    for class in 1..classes {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut start = vec![0; n + 1];
        for to in class + 1..=n {
            for (from, least) in least.iter().enumerate().take(to).skip(class) {
                let cost = least + spread(from, to);
                if cost < next[to] {
                    (next[to], start[to]) = (cost, from);
                }
            }
        }
        least = next;
        starts.push(start);
    }
    let mut breaks = Vec::new();
    let mut end = n;
    for start in starts.iter().rev() {
        end = start[end];
        breaks.push(values[end.max(1) - 1]);
    }
    breaks.reverse();
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_are_written_as_people_write_them() {
        for text in ["#3D7EA6", "#3D7EA680"] {
            let color = Rgba::try_from(text.to_owned()).expect("a colour");
            assert_eq!(String::from(color), text);
        }
        for text in ["", "3D7EA6", "#3D7EA", "#GGGGGG", "#红红"] {
            assert!(Rgba::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn styles_come_back_from_json() {
        let style = LayerStyle {
            by: Some(StyleBy::Graduated {
                column: "人口".into(),
                method: Method::Natural,
                breaks: vec![1.0, 2.5],
                ramp: "blues".into(),
                symbol: Symbol::default(),
            }),
            labels: Some(LabelStyle { column: "name".into(), size: 12.0 }),
            smallest: Some(50_000.0),
            largest: None,
            opacity: Some(0.5),
            filter: Some("n > 3".into()),
        };
        let text = serde_json::to_string(&style).expect("JSON");
        assert_eq!(serde_json::from_str::<LayerStyle>(&text).expect("a style"), style, "{text}");
        assert_eq!(serde_json::from_str::<LayerStyle>("{}").expect("a style"), LayerStyle::default());
        assert!(style.shows_at(10_000.0) && !style.shows_at(100_000.0));
    }

    #[test]
    fn classes_are_as_their_methods_say() {
        let values = vec![1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 100.0, 101.0];
        assert_eq!(breaks(Method::Natural, values.clone(), 3), [3.0, 12.0]);
        assert_eq!(breaks(Method::Quantile, values.clone(), 4), [2.0, 10.0, 12.0]);
        assert_eq!(breaks(Method::Equal, values, 2), [51.0]);
        assert_eq!(breaks(Method::Quantile, vec![5.0; 9], 3), Vec::<f64>::new());
        assert_eq!(breaks(Method::Natural, vec![], 3), Vec::<f64>::new());
    }

    proptest! {
        /// No other bounds leave less within the classes: every choice is tried.
        #[test]
        fn natural_classes_differ_least(values in prop::collection::vec(0..1000_i32, 3..9)) {
            let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            prop_assume!(values.len() >= 3);
            let cost = |class: &[f64]| {
                let mean = class.iter().sum::<f64>() / class.len() as f64;
                class.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
            };
            let of = |i: usize, j: usize| cost(&values[..i]) + cost(&values[i..j]) + cost(&values[j..]);
            let best = (1..values.len() - 1).flat_map(|i| (i + 1..values.len()).map(move |j| (i, j)))
                .map(|(i, j)| of(i, j)).fold(f64::INFINITY, f64::min);
            let found = breaks(Method::Natural, values.clone(), 3);
            let place = |b: f64| values.iter().filter(|v| **v <= b).count();
            prop_assert!((of(place(found[0]), place(found[1])) - best).abs() < 1e-6, "{:?} {:?}", values, found);
        }
    }
}
