//! Answers of rules as they are written: GeoJSON with its provenance, put into text on all cores.

use super::answer::{RuleAnswer, RuleFeature, RuleValue};
use super::input::nothing;
use super::{RuleInput, figure_json};
use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, SEPARATOR, free_names, push_head, push_tail};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Layer, Role};
use crate::progress::Progress;
use crate::query::{AskError, provenance};
use rayon::prelude::*;
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

impl<'a> Writing<'a> {
    fn new(answer: &'a RuleAnswer, input: &'a RuleInput, lang: Lang) -> std::io::Result<Self> {
        let columns = answer.own_columns();
        let all: Vec<&'static str> = columns.iter().copied().chain(["verdict", "reason"]).collect();
        let mut names = BTreeMap::new();
        for feature in &answer.features {
            let layer = feature.of.and_then(|(role, _)| Some((role, input.together(role)?)));
            let own = || free_names(layer.map(|(_, layer)| &**layer.layer()), &all);
            names.entry(layer.map(|(role, _)| role)).or_insert_with(own);
        }
        Ok(Self { answer, input, lang, columns, names, nothing: nothing()? })
    }

    fn put(&self, feature: &RuleFeature, out: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let of = feature.of.and_then(|(role, row)| Some((role, &**self.input.together(role)?.layer(), row)));
        let mut texts: Vec<String> = vec![self.answer.reason(feature, self.lang)];
        let other = feature.reference.as_ref().map(|reference| &**reference.layer());
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
        let layer = of.map_or(&self.nothing, |(_, layer, _)| layer);
        let names = self.names.get(&of.map(|(role, ..)| role)).map_or(&[][..], Vec::as_slice);
        let mut writer = FeatureWriter { layer, other, names, texts: &texts, out };
        match of {
            Some((.., row)) => writer.feature(row, feature.id.as_deref(), &values, &feature.geometry)?,
            None => writer.made(feature.id.as_deref(), &values, &feature.geometry),
        }
        Ok(writer.out)
    }

    /// Features with what stands between them.
    fn block(&self, features: &[RuleFeature]) -> std::io::Result<Vec<u8>> {
        let mut text = Vec::new();
        for (i, feature) in features.iter().enumerate() {
            if i > 0 {
                text.extend_from_slice(SEPARATOR);
            }
            text = self.put(feature, text)?;
        }
        Ok(text)
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
        let writing = Writing::new(self, input, lang)?;
        let mut text = Vec::new();
        push_head(&mut text, &self.rule.id, &self.provenance(input, time, lang)?);
        let mut ready: Vec<Vec<u8>> = vec![text];
        let mut write = |texts: Vec<Vec<u8>>| texts.iter().try_for_each(|text| out.write_all(text));
        let blocks: Vec<&[RuleFeature]> = self.features.chunks(FEATURES_AT_ONCE).collect();
        for (at, batch) in blocks.chunks(rayon::current_num_threads()).enumerate() {
            let put = || batch.par_iter().map(|block| writing.block(block)).collect::<std::io::Result<Vec<_>>>();
            let (written, next) = rayon::join(|| write(std::mem::take(&mut ready)), put);
            written?;
            for (i, block) in next?.into_iter().enumerate() {
                if at > 0 || i > 0 {
                    ready.push(SEPARATOR.to_vec());
                }
                ready.push(block);
            }
        }
        write(ready)?;
        let mut tail = Vec::new();
        push_tail(&mut tail, self.features.is_empty());
        out.write_all(&tail)
    }

    /// What was found as a layer: its features as they are exported.
    ///
    /// # Errors
    /// [`AskError`]: an input's file cannot be read or is no longer what it was; cancelled.
    pub fn as_layer(&self, input: &RuleInput, progress: &Progress) -> Result<IndexedLayer, AskError> {
        let mut text = Vec::new();
        self.write_geojson(input, "", Lang::Zh, &mut text).map_err(|e| AskError::Input(e.to_string()))?;
        progress.advance(0)?;
        let layer = read_layer_bytes(&text, &self.rule.id, &ReadOptions::default(), progress);
        Ok(IndexedLayer::new(Arc::new(layer.map_err(|e| AskError::Input(e.to_string()))?)))
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
