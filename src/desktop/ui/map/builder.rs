//! The thread that builds draw lists, and the trees that pointing and snapping ask. What it cannot build is told, and it goes
//! on with the next: a map that stays as it is without a word would be taken for the data.

use super::detail::Detail;
use super::scene::{Look, Order};
use super::style::Emphasis;
use super::tessellate::{Drawn, tessellate, tessellate_edited};
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::session::Key;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long nothing must be ordered before trees of edges are built.
const PAUSE: Duration = Duration::from_millis(500);

/// What the thread tells.
pub(super) enum Told {
    /// What was ordered is built.
    Drawn(Look, Detail, Drawn),
    /// So is the tree of rows of what was drawn last.
    Rows,
    /// Something of the layer of this name could not be built.
    Failed(String),
}

/// The lists of an order.
pub(super) fn lists_of(order: &Order) -> Drawn {
    let Order { look, detail, what } = order;
    let layer = what.indexed.layer();
    let styler = look.styler(layer);
    match look.edited {
        true => tessellate_edited(layer, &styler, &|row| what.shows(row)),
        false => tessellate(layer, &styler, detail, &|row| what.shows(row)),
    }
}

/// Builds one order after another until there are no more to come. An order that another for the same look follows is passed
/// over. `tell` returns false where nobody listens any more.
pub(super) fn run(orders: &Receiver<Order>, tell: impl Fn(Told) -> bool, build: impl Fn(&Order) -> Drawn) {
    let mut waiting: Vec<Order> = Vec::new();
    // The last state of each thing drawn, until its tree of edges is built: what is chosen of a layer, or the zone of an
    // answer, is another than the layer or the answer.
    let mut drawn_of: HashMap<(Key, Emphasis), Arc<IndexedLayer>> = HashMap::new();
    loop {
        if waiting.is_empty() {
            let next = match drawn_of.is_empty() {
                true => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                // The picture has the cores to itself first.
                false => orders.recv_timeout(PAUSE),
            };
            match next {
                Ok(order) => waiting.push(order),
                Err(RecvTimeoutError::Timeout) => {
                    // One at a time: an order may come meanwhile.
                    let next = drawn_of.keys().next().copied();
                    if let Some(of) = next.and_then(|thing| drawn_of.remove(&thing)) {
                        attempt(&of, &tell, || of.build_edges());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            continue;
        }
        while let Ok(order) = orders.try_recv() {
            waiting.retain(|earlier| earlier.look != order.look);
            waiting.push(order);
        }
        let order = waiting.remove(0);
        let indexed = Arc::clone(&order.what.indexed);
        let start = Instant::now();
        // A layer that cannot be drawn stays blank.
        let drawn = attempt(&indexed, &tell, || build(&order)).unwrap_or_default();
        tracing::debug!("{} lists of {} in {:?}", drawn.lists.len(), indexed.layer().name, start.elapsed());
        let thing = (order.what.key, order.what.emphasis);
        if !tell(Told::Drawn(order.look, order.detail, drawn)) {
            return;
        }
        // The trees that pointing and snapping ask are built here too, not at the first touch of the mouse.
        if !indexed.has_rows_at_hand() {
            attempt(&indexed, &tell, || indexed.shown_rows_in(&LonLatBox::EMPTY));
            // Nobody who listens no more misses it: the next order ends the thread.
            tell(Told::Rows);
        }
        drawn_of.insert(thing, indexed);
    }
}

/// Does something of a layer; that it broke down is told.
fn attempt<T>(indexed: &IndexedLayer, tell: impl Fn(Told) -> bool, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        // Where nobody listens any more the next order ends the thread.
        tell(Told::Failed(indexed.layer().name.clone()));
    }
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Layer;
    use std::cell::RefCell;

    #[test]
    fn what_breaks_down_is_told_by_name_and_the_thread_goes_on() {
        let indexed = IndexedLayer::new(Arc::new(Layer { name: "排污口".to_owned(), ..Layer::nothing() }));
        let told = RefCell::new(Vec::new());
        let tell = |one: Told| {
            if let Told::Failed(name) = one {
                told.borrow_mut().push(name);
            }
            true
        };
        assert_eq!(attempt(&indexed, tell, || -> u8 { panic!("a layer that cannot be drawn") }), None);
        assert_eq!(*told.borrow(), ["排污口"]);
        assert_eq!(attempt(&indexed, tell, || 7), Some(7));
        assert_eq!(told.borrow().len(), 1);
    }
}
