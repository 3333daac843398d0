//! Questions put to open layers, zones inspected, answers drawn and exported: each on a thread of its own, on snapshots.

use super::jobs::{Event, Job, Outcome};
use super::{Command, Inspected, JobKind, KeptAnswer, Key, Operands, Own, Session};
use crate::index::IndexedLayer;
use crate::io::{Form, ReadError, ReadOptions, SaveCause, SaveError, read_layer_bytes, save_atomically};
use crate::model::{Geometry, Layer, Role};
use crate::query::expression::{Expression, ExpressionError};
use crate::query::{AnswerFor, Dissolve, Layers, Question, ask, inspect, memory_needed};
use crate::rules::verdicts_in;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

impl Session {
    /// Puts a question; where `anyway` says so, however much memory it needs.
    pub(super) fn start_asking(&mut self, question: Question, operands: Operands, anyway: bool) {
        let open = |key: Key| self.indexed(key).cloned();
        let Some(subject) = open(operands.subject) else { return };
        let role = |key: Key| self.layer(key).and_then(|l| l.role);
        let roles = (role(operands.subject), operands.reference.and_then(role));
        let layers = Layers {
            subject,
            reference: operands.reference.and_then(open),
            entrances: operands.entrances.and_then(open),
            water: None,
        };
        let side_is_asked = matches!(question, Question::Within { .. }) && roles.1 == Some(Role::Shoreline);
        let bodies: Vec<Arc<IndexedLayer>> = self
            .layers
            .iter()
            .filter(|l| side_is_asked && l.role == Some(Role::WaterBody))
            .map(|l| Arc::clone(&l.indexed))
            .collect();
        let key = self.new_key();
        // The curve of an answer before it has the cores no longer.
        self.stop_curves();
        let asked = (question.clone(), operands.clone());
        let memory = self.memory();
        let id = self.spawn(JobKind::Asking(question.kind()), move |progress, tell| {
            let started = Instant::now();
            let layers = match chosen(layers, &operands) {
                Ok(layers) => layers,
                Err(e) => return tell(Outcome::ask_failed(e.into())),
            };
            let needs = memory_needed(&question, &layers, AnswerFor::Window);
            if let (false, Err(why)) = (anyway, memory.check(needs)) {
                return tell(Event::TooLarge(Box::new(Command::Ask(question, operands)), why).into());
            }
            let water = layers.reference.as_ref().and_then(|line| water_of(line, &bodies));
            let layers = Layers { water, ..layers };
            let answer = match ask(&question, &layers, progress) {
                Ok(answer) => answer,
                Err(e) => return tell(Outcome::ask_failed(e)),
            };
            let seconds = started.elapsed().as_secs_f64();
            let answer_columns = answer.column_names(&layers);
            let table = match answer.table(question.kind(), &layers, &crate::report::timestamp(), progress) {
                Ok(table) => table,
                Err(e) => return tell(Outcome::ask_failed(e)),
            };
            let kept = KeptAnswer {
                key,
                operands,
                answer: Arc::new(answer.without_features()),
                layers,
                roles,
                added: answer_columns,
                table,
                zone: None,
                zone_asked: None,
                curve: None,
                seconds,
                visible: true,
                saved_to: None,
            };
            tell(Outcome::then(|session| Some(Event::Answered(session.keep(kept)))));
        });
        self.questions.asking.push((id, asked.0, asked.1));
    }

    /// Looks at what of the layers lies in a zone; what was begun for another zone is given up.
    pub(super) fn start_inspecting(&mut self, zone: Geometry) {
        self.jobs.running.iter_mut().filter(|j| j.kind == JobKind::Inspecting).for_each(Job::cancel);
        let layers = self.with_roles();
        let states = self.states();
        let ran: Vec<(String, Arc<IndexedLayer>)> =
            self.rules.results.iter().map(|r| (r.answer.rule.id.clone(), Arc::clone(&r.table.indexed))).collect();
        self.spawn(JobKind::Inspecting, move |progress, tell| {
            let Some(layer) = crate::query::construct::layer_of(&zone) else { return };
            // A zone that crosses itself has nothing in it that could be told.
            if let Ok(found) = inspect(&layer, &layers, progress) {
                let of = |(rule, answer): &(String, Arc<IndexedLayer>)| verdicts_in(&layer, rule, answer, progress);
                let Ok(verdicts) = ran.iter().map(of).collect::<Result<Vec<_>, _>>() else { return };
                let verdicts = verdicts.concat();
                let inspected = Inspected { zone, states, found: Arc::new(found), verdicts };
                tell(Outcome::done(|session| session.inspection = Some(inspected)));
            }
        });
    }

    /// Adds a layer of the ground around rows of a layer or an answer.
    pub(super) fn start_buffering(&mut self, key: Key, rows: &[usize], distance_m: f64, name: String, anyway: bool) {
        let Some(indexed) = self.indexed(key).cloned() else { return };
        let memory = self.memory();
        let rows = rows.to_vec();
        let question = Question::Buffer { distance_m, dissolve: Dissolve::Each };
        self.spawn(JobKind::Making(name.clone()), move |progress, tell| {
            let layers = Layers::of(Arc::new(IndexedLayer::of_rows(Arc::clone(indexed.layer()), rows.iter().copied())));
            let needs = memory_needed(&question, &layers, AnswerFor::Window);
            if let (false, Err(why)) = (anyway, memory.check(needs)) {
                return tell(Event::TooLarge(Box::new(Command::Buffer(key, rows, distance_m, name)), why).into());
            }
            let answer = match ask(&question, &layers, progress) {
                Ok(answer) => answer,
                Err(e) => return tell(Outcome::ask_failed(e)),
            };
            match answer.to_geojson(&name, &layers, &crate::report::timestamp()) {
                Ok(bytes) => match read_layer_bytes(&bytes, &name, &ReadOptions::default(), progress) {
                    Ok(layer) => tell(Outcome::then(|session| Some(Event::LayerAdded(session.add_made(layer))))),
                    Err(e) => tell(Event::of_reading(e).into()),
                },
                Err(e) => tell(Event::of_reading(ReadError { file: name, place: None, cause: e.into() }).into()),
            }
        });
    }

    pub(super) fn start_export(&mut self, key: Key, path: PathBuf) {
        let of_rule = || self.rules.results.iter().find(|r| r.key == key).map(|r| &r.table);
        let Some(table) = self.answer(key).map(|answer| &answer.table).or_else(of_rule).cloned() else {
            let file = path.display().to_string();
            let gone = SaveError { file, cause: SaveCause::Gone };
            return self.report(Event::ExportFailed(gone));
        };
        if let Err(e) = self.may_write(Own::Nothing, &path, Form::GeoJson) {
            return self.report(Event::ExportFailed(e));
        }
        self.spawn(JobKind::Exporting(crate::io::file_name(&path)), move |_progress, tell| {
            match save_atomically(&path, |out| table.write_geojson(out)) {
                Ok(()) => tell(Outcome::then(move |session| {
                    session.answers.iter_mut().filter(|a| a.key == key).for_each(|a| a.saved_to = Some(path.clone()));
                    Some(Event::Exported(key, path))
                })),
                Err(e) => tell(Event::ExportFailed(e).into()),
            }
        });
    }
}

/// The layers with only the features that the operands ask for.
fn chosen(layers: Layers, operands: &Operands) -> Result<Layers, ExpressionError> {
    let only = |layer: Arc<IndexedLayer>, filter: &Option<String>| match filter {
        None => Ok(layer),
        Some(text) => Expression::parse(text)?.chosen(&layer).map(Arc::new),
    };
    Ok(Layers {
        subject: only(layers.subject, &operands.subject_where)?,
        reference: layers.reference.map(|layer| only(layer, &operands.reference_where)).transpose()?,
        ..layers
    })
}

/// The layer of water bodies that has a polygon of the shoreline's water.
fn water_of(shoreline: &IndexedLayer, bodies: &[Arc<IndexedLayer>]) -> Option<Arc<IndexedLayer>> {
    let names = |layer: &Layer, column: &str| -> HashSet<String> {
        (0..layer.len()).map(|row| layer.attributes.get(row, column).display().into_owned()).collect()
    };
    let mut waters = names(shoreline.layer(), "water");
    waters.remove("");
    let has = |layer: &Layer| names(layer, "name").iter().any(|p| waters.iter().any(|w| p.contains(w.as_str())));
    bodies.iter().find(|l| has(l.layer())).cloned()
}
