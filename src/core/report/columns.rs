//! What columns and values of answers are called in the reader's language.

use crate::i18n::{Lang, text_of};
use crate::model::{Layer, Role, Value};
use crate::rules::{Catalogue, Rule, RuleAnswer};
use crate::vocabulary::Vocabulary;

/// What rows of an answer are shown with.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// The rule that they are of.
    pub rule: &'a Rule,
    /// The titles of properties.
    pub vocabulary: &'a Vocabulary,
    /// The language.
    pub lang: Lang,
}

/// Ends of columns that rules add for a role: its ground, its share, its class.
const OF_ROLE: [(&str, &str); 4] =
    [("_m2", "column.of_m2"), ("_share", "column.of_share"), ("_m", "column.of_m"), ("_class", "column.of_class")];

/// What the program calls a column, its areas in a unit of this name; none where it has no word for it.
pub fn column_title(name: &str, area: &str, lang: Lang) -> Option<String> {
    let key = format!("column.{name}");
    let text = crate::i18n::tr!(lang, key.as_str(), area = area);
    if !text.contains(&key) {
        return Some(text.into_owned());
    }
    for (end, key) in OF_ROLE {
        if let Some(role) = name.strip_suffix(end).and_then(Role::parse) {
            return Some(crate::i18n::tr!(lang, key, role = role.title(lang), area = area).into_owned());
        }
    }
    None
}

/// True for a column that a rule adds for a role: `red_line_m2`.
pub fn is_of_role(name: &str) -> bool {
    OF_ROLE.iter().any(|(end, _)| name.strip_suffix(*end).and_then(Role::parse).is_some())
}

impl Columns<'_> {
    /// What a column is called: by the program, by the vocabulary, else as the file calls it.
    pub fn title(&self, name: &str) -> String {
        if let Some(title) = column_title(name, "m²", self.lang) {
            return title;
        }
        let property = self.rule.roles().into_iter().find_map(|role| self.vocabulary.property(role, name));
        if let Some(property) = property {
            return property.called(self.lang).to_owned();
        }
        // class_2: of two layers that both have it, the other's.
        match name.rsplit_once('_') {
            Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok_and(|n| n > 1) => {
                crate::i18n::tr!(self.lang, "column.of_other", column = self.title(stem)).into_owned()
            }
            _ => name.to_owned(),
        }
    }

    /// What a value says: verdicts, states and answers of the program by their names.
    pub fn text(&self, name: &str, value: &Value<'_>) -> String {
        let lang = self.lang;
        match (name, value) {
            (_, Value::Bool(true)) => text_of(lang, "words.true"),
            (_, Value::Bool(false)) => text_of(lang, "words.false"),
            ("verdict", value) => text_of(lang, &format!("verdict.{}", value.display())),
            ("state", Value::Text(state)) if ["met", "close", "missed"].contains(&&**state) => {
                text_of(lang, &format!("targets.{state}"))
            }
            ("role", Value::Text(id)) => Role::parse(id).map_or_else(|| id.to_string(), |r| r.title(lang).to_owned()),
            ("rule", Value::Text(id)) => rule_title(id, lang),
            ("change", Value::Text(text)) => text.to_string(),
            (_, value) => value.display().into_owned(),
        }
    }
}

/// True for a column of an answer in which its rule wrote shares, as fractions of one; a column that a layer brought along
/// under such a name is none.
pub(super) fn is_share(answer: &RuleAnswer, layer: &Layer, name: &str) -> bool {
    let (stem, number) = match name.rsplit_once('_').map(|(stem, number)| (stem, number.parse::<u32>())) {
        Some((stem, Ok(number))) => (stem, number),
        _ => (name, 1),
    };
    let of_role = stem.strip_suffix("_share").is_some_and(|id| Role::parse(id).is_some());
    let second = format!("{stem}_{}", number.saturating_add(1));
    (of_role || ["share", "green_share"].contains(&stem))
        // Where a layer has the name, the rule's own column has the last of its numbers.
        && !layer.attributes.names().iter().any(|own| **own == *second)
        && answer.features.iter().any(|feature| feature.number(stem).is_some())
}

/// A rule's title by its id; the id where the program has no such rule.
pub fn rule_title(id: &str, lang: Lang) -> String {
    static CATALOGUE: std::sync::OnceLock<Catalogue> = std::sync::OnceLock::new();
    let catalogue = CATALOGUE.get_or_init(Catalogue::builtin);
    catalogue.get(id).map_or_else(|| id.to_owned(), |rule| rule.title.text(lang).to_owned())
}

/// A position as a report has it: longitude and latitude, degrees.
pub(super) fn position_text(lon: f64, lat: f64) -> String {
    format!("{lon:.6}, {lat:.6}")
}

/// Who a row is and where: its id, name, town and position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The feature's id, else its code, else its number in the answer.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The towns that it lies in.
    pub town: String,
    /// The middle of its box: longitude and latitude, degrees.
    pub position: String,
}

/// The columns of an identity.
pub const IDENTITY: [&str; 4] = ["report.id", "report.name", "report.town", "report.position"];

impl Identity {
    /// Of a row of an answer as it is exported.
    pub fn of(layer: &Layer, row: usize, town: String) -> Self {
        let text = |name: &str| Some(layer.attributes.get(row, name).display().into_owned()).filter(|t| !t.is_empty());
        let bounds = layer.geometries.bounds(row);
        let position = match bounds.is_empty() {
            true => String::new(),
            false => {
                let middle = bounds.center();
                position_text(middle.lon, middle.lat)
            }
        };
        let id = layer.id_text(row).or_else(|| text("code")).unwrap_or_else(|| format!("#{}", row + 1));
        // What a rule made between two has the names of both.
        let between = || Some(format!("{}—{}", text("from_name")?, text("with_name")?));
        let name = text("name").or_else(|| text("indicator")).or_else(between).unwrap_or_default();
        Self { id, name, town, position }
    }

    /// Its cells.
    pub fn cells(&self) -> [&str; 4] {
        [&self.id, &self.name, &self.town, &self.position]
    }
}
