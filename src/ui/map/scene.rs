//! Draw lists of what is open: built on background threads, kept until something they show changes.

use super::style::{Emphasis, Styler};
use super::tessellate::{DrawList, tessellate};
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::Question;
use crate::session::{KeptAnswer, Key, Session, Wake};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Everything a draw list depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Look {
    key: Key,
    role: Option<Role>,
    emphasis: Emphasis,
    dark: bool,
}

/// One thing drawn, bottom first.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The layer or answer.
    pub key: Key,
    /// What is drawn.
    pub indexed: Arc<IndexedLayer>,
    /// In which role.
    pub role: Option<Role>,
    /// How it is meant.
    pub emphasis: Emphasis,
}

/// What is drawn, from the bottom to the top: the layers, then the visible answers.
pub fn shown(session: &Session) -> Vec<Shown> {
    let answers: Vec<&KeptAnswer> = session.answers().iter().filter(|a| a.visible).collect();
    let behind = |key: Key| answers.iter().any(|a| a.operands.subject == key);
    let mut shown = Vec::new();
    let mut zones: Vec<Shown> = Vec::new();
    for answer in &answers {
        zones.extend(answer.zone.iter().map(|zone| Shown {
            key: answer.key,
            indexed: Arc::clone(zone),
            role: None,
            emphasis: Emphasis::Zone,
        }));
    }
    for layer in session.layers().iter().rev().filter(|l| l.visible) {
        // A zone lies over areas and under points.
        let points = layer.layer().kinds.iter().all(|k| k.shape() == crate::model::Shape::Points);
        if points {
            shown.append(&mut zones);
        }
        let emphasis = if behind(layer.key) { Emphasis::Behind } else { Emphasis::Plain };
        shown.push(Shown { key: layer.key, indexed: Arc::clone(&layer.indexed), role: layer.role, emphasis });
    }
    shown.append(&mut zones);
    for answer in answers.iter().rev() {
        let gap = matches!(answer.answer.question, Question::Gaps { .. });
        let made = matches!(answer.answer.question, Question::Buffer { .. } | Question::Overlap);
        shown.push(Shown {
            key: answer.key,
            indexed: Arc::clone(&answer.indexed),
            role: if made { None } else { answer.roles.0 },
            emphasis: if gap { Emphasis::Gap } else { Emphasis::Answer },
        });
    }
    shown
}

/// The draw lists that are ready, and those on the way.
pub struct Scene {
    lists: HashMap<Look, Option<Arc<DrawList>>>,
    latest: HashMap<(Key, bool), Arc<DrawList>>,
    sender: Sender<(Look, DrawList)>,
    finished: Receiver<(Look, DrawList)>,
    wake: Wake,
}

impl Scene {
    /// Nothing yet; `wake` is called when a list is ready.
    pub fn new(wake: Wake) -> Self {
        let (sender, finished) = channel();
        Self { lists: HashMap::new(), latest: HashMap::new(), sender, finished, wake }
    }

    /// True where every list asked for is ready.
    pub fn is_ready(&self) -> bool {
        self.lists.values().all(Option::is_some)
    }

    /// The lists of what is shown, as far as they are ready; the rest is begun.
    pub fn lists(&mut self, shown: &[Shown], dark: bool) -> Vec<Arc<DrawList>> {
        while let Ok((look, list)) = self.finished.try_recv() {
            let list = Arc::new(list);
            self.latest.insert((look.key, look.emphasis == Emphasis::Zone), Arc::clone(&list));
            self.lists.insert(look, Some(list));
        }
        let looks: Vec<Look> =
            shown.iter().map(|s| Look { key: s.key, role: s.role, emphasis: s.emphasis, dark }).collect();
        let mut ready = Vec::with_capacity(shown.len());
        for (what, look) in shown.iter().zip(&looks) {
            match self.lists.get(look) {
                Some(Some(list)) => ready.push(Arc::clone(list)),
                Some(None) => ready.extend(self.latest.get(&(look.key, look.emphasis == Emphasis::Zone)).cloned()),
                None => {
                    self.lists.insert(*look, None);
                    self.begin(what, *look);
                    ready.extend(self.latest.get(&(look.key, look.emphasis == Emphasis::Zone)).cloned());
                }
            }
        }
        // What is no longer shown is forgotten, but for lists still on their way.
        if self.lists.len() > looks.len() + 16 {
            self.lists.retain(|look, list| list.is_none() || looks.contains(look));
        }
        self.latest
            .retain(|(key, zone), _| looks.iter().any(|l| l.key == *key && (l.emphasis == Emphasis::Zone) == *zone));
        ready
    }

    fn begin(&self, what: &Shown, look: Look) {
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        let indexed = Arc::clone(&what.indexed);
        rayon::spawn(move || {
            let layer = indexed.layer();
            let styler = Styler::new(layer, look.role, look.emphasis, look.dark, look.key.0 as usize);
            // A window that is gone no longer listens.
            let _ = sender.send((look, tessellate(layer, &styler)));
            wake();
        });
    }
}
