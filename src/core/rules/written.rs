//! Answers of rules as they are written: GeoJSON with its provenance, put into text on all cores.

use super::answer::{RuleAnswer, RuleFeature, RuleValue};
use super::{RuleInput, figure_json};
use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, ResultRows, free_names, write_in_blocks};
use crate::model::{Layer, Role};
use crate::progress::Progress;
use crate::query::{AskError, ResultTable, provenance};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

/// Features that one core puts into text at a time.
const FEATURES_AT_ONCE: usize = 512;

/// What the features of an answer are written from.
struct Writing<'a> {
    answer: &'a RuleAnswer,
    input: &'a RuleInput,
    lang: Lang,
    /// Its own columns, in their order.
    columns: Vec<&'static str>,
    /// By the role of the feature the names of all columns; of no role where the rule made it.
    names: BTreeMap<Option<Role>, Vec<Cow<'static, str>>>,
    /// What features are written from that no layer has.
    nothing: Layer,
}

/// The values of a feature, and the texts that they speak of.
type ValuesOf = (Vec<Added>, Vec<String>);

impl<'a> Writing<'a> {
    fn new(answer: &'a RuleAnswer, input: &'a RuleInput, lang: Lang) -> Self {
        let columns = answer.own_columns();
        let all: Vec<&'static str> = columns.iter().copied().chain(["verdict", "reason"]).collect();
        let mut names = BTreeMap::new();
        for feature in &answer.features {
            let layer = feature.of.and_then(|(role, _)| Some((role, input.together(role)?)));
            let own = || free_names(layer.map(|(_, layer)| &**layer.layer()), &all);
            names.entry(layer.map(|(role, _)| role)).or_insert_with(own);
        }
        Self { answer, input, lang, columns, names, nothing: Layer::nothing() }
    }

    /// Which row a feature is of which layer.
    fn of(&self, feature: &RuleFeature) -> Option<(Role, &'a Arc<Layer>, usize)> {
        feature.of.and_then(|(role, row)| Some((role, self.input.together(role)?.layer(), row)))
    }

    fn names_of(&self, role: Option<Role>) -> &[Cow<'static, str>] {
        self.names.get(&role).map_or(&[][..], Vec::as_slice)
    }

    fn values(&self, feature: &RuleFeature) -> ValuesOf {
        let mut texts: Vec<String> = vec![self.answer.reason(feature, self.lang)];
        let mut values: Vec<Added> = Vec::with_capacity(self.columns.len() + 2);
        let mut next = 0;
        for column in &self.columns {
            let mut places = (next..feature.values.len()).chain(0..next);
            let place = places.find(|at| feature.values[*at].0 == *column);
            next = place.map_or(next, |at| at + 1);
            let value = place.map(|at| &feature.values[at].1);
            values.push(match value {
                None => Added::Null,
                Some(RuleValue::Plain(added)) => *added,
                Some(RuleValue::Said(_) | RuleValue::Text(_)) => Added::TextOf(texts.len() as u32),
            });
            match value {
                Some(RuleValue::Said(said)) => texts.push(said.text(self.lang).to_owned()),
                Some(RuleValue::Text(text)) => texts.push(text.clone()),
                _ => {}
            }
        }
        values.extend([Added::Word(feature.verdict.id()), Added::TextOf(0)]);
        (values, texts)
    }

    /// Adds a feature to a table.
    fn row(&self, feature: &RuleFeature, rows: &mut ResultRows) {
        let of = self.of(feature);
        let (values, texts) = self.values(feature);
        let other = feature.reference.as_ref().map(|reference| &**reference.layer());
        let names = self.names_of(of.map(|(role, ..)| role));
        let of = of.map(|(_, layer, row)| (layer, row));
        rows.push(of, feature.id.as_deref(), (names, &values), (other, &texts), &feature.geometry);
    }

    /// Adds a feature to a text.
    fn put(&self, feature: &RuleFeature, out: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let of = self.of(feature);
        let (values, texts) = self.values(feature);
        let other = feature.reference.as_ref().map(|reference| &**reference.layer());
        let layer = of.map_or(&self.nothing, |(_, layer, _)| &**layer);
        let names = self.names_of(of.map(|(role, ..)| role));
        let mut writer = FeatureWriter { layer, other, names, texts: &texts, out };
        match of {
            Some((.., row)) => writer.feature(row, feature.id.as_deref(), &values, &feature.geometry)?,
            None => writer.made(feature.id.as_deref(), &values, &feature.geometry),
        }
        Ok(writer.out)
    }
}

impl RuleAnswer {
    /// Writes what was found as GeoJSON with its provenance: features are put into text on all cores, while those before
    /// them are written.
    ///
    /// # Errors
    /// Where it cannot be written, or an input's file cannot be read or is no longer what it was.
    pub fn write_geojson(
        &self,
        input: &RuleInput,
        time: &str,
        lang: Lang,
        out: &mut (dyn Write + Send),
    ) -> std::io::Result<()> {
        let writing = Writing::new(self, input, lang);
        let put = |i: usize, out: Vec<u8>| writing.put(&self.features[i], out);
        let provenance = self.provenance(input, time, lang)?;
        write_in_blocks((&self.rule.id, &provenance), (self.features.len(), FEATURES_AT_ONCE), put, out)
    }

    /// What was found as a table: what is exported of it is what [`Self::write_geojson`] writes.
    ///
    /// # Errors
    /// [`AskError`]: an input's file cannot be read or is no longer what it was; cancelled.
    pub fn table(
        &self,
        input: &RuleInput,
        time: &str,
        lang: Lang,
        progress: &Progress,
    ) -> Result<ResultTable, AskError> {
        let failed = |e: std::io::Error| AskError::Input(e.to_string());
        let provenance = self.provenance(input, time, lang).map_err(failed)?;
        let layer = self.rows(input, lang, progress)?;
        Ok(ResultTable { name: self.rule.id.clone(), provenance: Arc::new(provenance), indexed: Arc::new(layer) })
    }

    /// What was found as a layer, with its words in a language.
    ///
    /// # Errors
    /// [`AskError`]: cancelled.
    pub fn rows(&self, input: &RuleInput, lang: Lang, progress: &Progress) -> Result<IndexedLayer, AskError> {
        let writing = Writing::new(self, input, lang);
        let mut rows = ResultRows::new();
        for (i, feature) in self.features.iter().enumerate() {
            if i % FEATURES_AT_ONCE == 0 {
                progress.advance(0)?;
            }
            writing.row(feature, &mut rows);
        }
        let layer = rows.layer(&format!("{}.geojson", self.rule.id), self.rule.title.text(lang));
        Ok(IndexedLayer::new(Arc::new(layer)))
    }

    fn provenance(&self, input: &RuleInput, time: &str, lang: Lang) -> std::io::Result<serde_json::Value> {
        let roles = self.rule.roles();
        let inputs = input.layers.iter().filter(|(role, _)| roles.contains(role));
        let inputs = inputs.map(|(role, layer)| provenance::input(role.id(), layer));
        let parameters: BTreeMap<&str, f64> =
            self.rule.parameters.iter().map(|p| (p.name.as_str(), self.rule.value(&p.name, &self.values))).collect();
        let mut inputs = inputs.collect::<std::io::Result<Vec<_>>>()?;
        if input.scenario().is_some() {
            // What is no file's is the scenario's, and no edit that waits to be saved.
            for of in inputs.iter_mut().filter_map(serde_json::Value::as_object_mut) {
                if let Some(changes) = of.remove("unsaved_edits") {
                    of.insert("changes".to_owned(), changes);
                }
            }
        }
        let mut all = serde_json::json!({
            "rule": self.rule.id,
            "clause": self.rule.clause,
            "parameters": parameters,
            "inputs": inputs,
            "figures": self.figures.iter().map(|f| figure_json(f, lang)).collect::<Vec<_>>(),
            "groups": self.groups_json(lang),
            "notes": self.all_notes().map(|note| note.text(lang)).collect::<Vec<_>>(),
            "unknown_values": self.unknown_values,
            "not_checked": self.not_checked_json(lang),
            "left_out": self.left_out_json(input),
            "engine": crate::ENGINE,
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
        });
        if let Some(scenario) = input.scenario() {
            all["scenario"] = scenario.into();
        }
        Ok(all)
    }

    /// Features that could not be used, by name.
    fn left_out_json(&self, input: &RuleInput) -> Vec<serde_json::Value> {
        let named = |(role, row): &(Role, usize)| {
            let name = input.together(*role).map(|layer| layer.layer().label(*row));
            serde_json::json!({"input": role.id(), "feature": row + 1, "name": name})
        };
        self.unused.iter().map(named).collect()
    }
}
