//! Draw lists of what is open: built on background threads, kept until something they show changes.

use super::style::{Emphasis, Styler};
use super::tessellate::{DrawList, tessellate};
use crate::geodesy::LonLatBox;
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
    layer: u64,
    role: Option<Role>,
    emphasis: Emphasis,
    dark: bool,
}

impl Look {
    fn of(what: &Shown, dark: bool) -> Self {
        Self { key: what.key, layer: what.indexed.id(), role: what.role, emphasis: what.emphasis, dark }
    }

    /// Where on the map it stands: an answer and its zone share a key.
    fn place(&self) -> (Key, bool) {
        (self.key, self.emphasis == Emphasis::Zone)
    }
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

/// The lists of one look; `None` while they are on the way.
type Lists = Option<Arc<Vec<Arc<DrawList>>>>;

/// The draw lists that are ready, and those on the way.
pub struct Scene {
    lists: HashMap<Look, Lists>,
    latest: HashMap<(Key, bool), Arc<Vec<Arc<DrawList>>>>,
    wanted: Sender<(Look, Arc<IndexedLayer>)>,
    finished: Receiver<(Look, Vec<DrawList>)>,
}

impl Scene {
    /// Nothing yet; `wake` is called when a list is ready.
    ///
    /// Lists are built one after another on a thread of their own, so that a question that keeps every core busy
    /// does not hold the map back.
    pub fn new(wake: Wake) -> Self {
        let (wanted, orders) = channel::<(Look, Arc<IndexedLayer>)>();
        let (sender, finished) = channel();
        std::thread::spawn(move || {
            while let Ok((look, indexed)) = orders.recv() {
                let build = || {
                    let layer = indexed.layer();
                    let styler = Styler::new(layer, look.role, look.emphasis, look.dark, look.key.0 as usize);
                    // The tree that pointing asks is built here too, not at the first touch of the mouse.
                    indexed.shown_rows_in(&LonLatBox::EMPTY);
                    tessellate(layer, &styler)
                };
                // A layer that cannot be drawn must not take the program down: it stays blank.
                let lists = std::panic::catch_unwind(std::panic::AssertUnwindSafe(build)).unwrap_or_default();
                if sender.send((look, lists)).is_err() {
                    return;
                }
                wake();
            }
        });
        Self { lists: HashMap::new(), latest: HashMap::new(), wanted, finished }
    }

    /// True where every list asked for is ready.
    pub fn is_ready(&self) -> bool {
        self.lists.values().all(Option::is_some)
    }

    /// The lists of what is shown, as far as they are ready; the rest is begun.
    pub fn lists(&mut self, shown: &[Shown], dark: bool) -> Vec<Arc<DrawList>> {
        while let Ok((look, lists)) = self.finished.try_recv() {
            let lists = Arc::new(lists.into_iter().map(Arc::new).collect::<Vec<_>>());
            self.latest.insert(look.place(), Arc::clone(&lists));
            self.lists.insert(look, Some(lists));
        }
        let looks: Vec<Look> = shown.iter().map(|s| Look::of(s, dark)).collect();
        let mut ready = Vec::with_capacity(shown.len());
        for (what, look) in shown.iter().zip(&looks) {
            let lists = self.lists.entry(*look).or_insert_with(|| {
                // The thread ends with the scene.
                let _ = self.wanted.send((*look, Arc::clone(&what.indexed)));
                None
            });
            // Until the new look is ready the last one stays.
            let lists = lists.as_ref().or_else(|| self.latest.get(&look.place()));
            ready.extend(lists.into_iter().flat_map(|lists| lists.iter().cloned()));
        }
        // What is no longer shown is forgotten, but for lists still on their way.
        if self.lists.len() > looks.len() + 16 {
            self.lists.retain(|look, lists| lists.is_none() || looks.contains(look));
        }
        self.latest.retain(|place, _| looks.iter().any(|look| look.place() == *place));
        ready
    }
}
