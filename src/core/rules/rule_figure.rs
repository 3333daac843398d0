//! A figure that a rule came to: a number with its unit, or what it lies between.

use super::Said;
use crate::i18n::{Lang, number, tr};

/// A unit in the reader's language.
pub fn unit_text(unit: &str, lang: Lang) -> &str {
    match (unit, lang) {
        (unit, Lang::Zh) => unit,
        ("公顷", Lang::En) => "ha",
        ("人" | "个" | "处" | "年", Lang::En) => "",
        ("万千瓦", Lang::En) => "×10 MW",
        ("万 m²", Lang::En) => "×10,000 m²",
        (unit, Lang::En) => unit,
    }
}

/// A unit in both languages.
pub fn unit_said(unit: &str) -> Said {
    Said::told(|lang| unit_text(unit, lang).to_owned())
}

/// A figure of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleFigure {
    /// Its name in files.
    pub name: String,
    /// What it is called.
    pub title: Said,
    /// The number; `None` where nothing says what it is, or only what it lies between (未判定).
    pub value: Option<f64>,
    /// Where nobody knows of some features whether they count: what it is without and with them, the smaller first. `None`
    /// where nothing is open.
    pub between: Option<[f64; 2]>,
    /// Its unit.
    pub unit: String,
}

impl RuleFigure {
    /// A figure that is called what stands under `key`.
    pub(super) fn new(name: impl Into<String>, key: &str, value: impl Into<Option<f64>>, unit: &str) -> Self {
        Self::titled(name, Said::of(key), value, unit)
    }

    /// A figure that is called so.
    pub(super) fn titled(name: impl Into<String>, title: Said, value: impl Into<Option<f64>>, unit: &str) -> Self {
        let value = value.into().map(|value: f64| value + 0.0);
        Self { name: name.into(), title, value, between: None, unit: unit.to_owned() }
    }

    /// Its number with its unit: counts without decimals; 未判定 where nothing says what it is, with what it lies between.
    pub fn text(&self, lang: Lang) -> String {
        let places = if matches!(self.unit.as_str(), "" | "人" | "个") { 0 } else { 2 };
        let unit = unit_text(&self.unit, lang);
        match (self.value, self.between) {
            (Some(value), _) => {
                let sign = if self.name.starts_with("net") && value > 0.0 { "+" } else { "" };
                format!("{sign}{} {unit}", number(value, places)).trim_end().to_owned()
            }
            (None, Some(bounds)) => {
                let [low, high] = bounds.map(|bound| number(bound, places));
                tr!(lang, "figure.between", low = low, high = high, unit = unit).replace(" ）", "）").replace(" )", ")")
            }
            (None, None) => tr!(lang, "targets.undecided").into_owned(),
        }
    }

    /// An area of so many square metres, in hectares.
    pub(super) fn hectares(name: impl Into<String>, key: &str, m2: impl Into<Option<f64>>) -> Self {
        Self::new(name, key, m2.into().map(|m2| m2 / 10_000.0), "公顷")
    }
}

/// A figure as JSON.
pub fn figure_json(figure: &RuleFigure, lang: Lang) -> serde_json::Value {
    let title = figure.title.text(lang);
    let mut json = serde_json::json!({"name": figure.name, "title": title, "value": figure.value, "unit": figure.unit});
    if let Some(bounds) = figure.between {
        json["between"] = bounds.to_vec().into();
    }
    json
}
