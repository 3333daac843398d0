//! Trees of the state that many edits led to, built beside whoever edits. The next edit after they are there goes on from
//! that state; until then rows edited lately stand beside the trees that were.

use super::IndexedLayer;
use crate::geodesy::LonLatBox;
use crate::model::Layer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A state whose trees are being built.
#[derive(Debug)]
pub(super) struct Settling {
    /// The state, with its rows edited lately.
    of: Arc<Layer>,
    /// The same with none of them.
    settled: IndexedLayer,
    is_built: AtomicBool,
}

impl Settling {
    /// Begins to build the trees of a settled state, those of edges where they were wanted before.
    pub(super) fn begin(of: Arc<Layer>, settled: IndexedLayer, with_edges: bool) -> Arc<Self> {
        let settling = Arc::new(Self { of, settled, is_built: AtomicBool::new(false) });
        let own = Arc::clone(&settling);
        std::thread::spawn(move || {
            own.settled.build();
            own.settled.shown_rows_in(&LonLatBox::EMPTY);
            if with_edges {
                own.settled.build_edges();
            }
            own.is_built.store(true, Ordering::Release);
        });
        settling
    }

    /// A later state of the same layer, over these trees; `None` while they are not there.
    pub(super) fn taken_up_by(&self, layer: &Layer) -> Option<IndexedLayer> {
        if !self.is_built.load(Ordering::Acquire) {
            return None;
        }
        let rows = layer.edits.since(&self.of.edits).into_iter();
        let changes: Vec<_> = rows.map(|row| (row, layer.edits.get(row).cloned())).collect();
        Some(self.settled.with_edits(&changes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::MOST_RECENT;
    use super::*;
    use crate::geodesy::LonLat;
    use crate::io::geojson::made;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::{Edited, Geometry, GeometryKind};
    use crate::progress::Progress;
    use std::time::{Duration, Instant};

    fn point(row: usize, lat: f64) -> Geometry {
        let at = LonLat::new(121.0 + row as f64 * 1e-4, lat);
        Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![at]]] }
    }

    #[test]
    fn many_single_edits_build_no_tree_where_they_are_made() {
        let feature = |row: usize| made(&point(row, 31.0), &[]).expect("a point");
        let texts: Vec<String> = (0..MOST_RECENT + 100)
            .map(|row| String::from_utf8(feature(row).text().expect("there").to_vec()).expect("UTF-8"))
            .collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, texts.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
        let base = IndexedLayer::new(Arc::new(layer.expect("points")));
        base.build();
        base.build_edges();
        let moved = |row: usize| made(&point(row, 32.0), &[]).ok();
        let mut now = base.with_edits(&[(0, moved(0))]);
        for row in 1..=MOST_RECENT {
            assert!(now.settling.is_none() && Arc::ptr_eq(&now.trees, &base.trees), "{row}");
            now = now.with_edits(&[(row, moved(row))]);
        }
        let settling = now.settling.clone().expect("begun");
        assert!(Arc::ptr_eq(&now.trees, &base.trees), "nobody waits");
        let north = LonLatBox { min: LonLat::new(120.0, 31.5), max: LonLat::new(122.0, 32.5) };
        assert_eq!(now.rows_in(&north).len(), MOST_RECENT + 1);
        // Edits go on while the trees are built: rows changed again, taken back, taken out and added.
        let last = now.layer().len();
        now = now.with_edits(&[(3, moved(9)), (4, None), (5, Some(Edited::Gone)), (last, moved(7))]);
        let started = Instant::now();
        while !settling.is_built.load(Ordering::Acquire) {
            assert!(started.elapsed() < Duration::from_secs(60), "not built");
            std::thread::sleep(Duration::from_millis(1));
        }
        let next = now.with_edits(&[(6, None)]);
        assert!(next.settling.is_none() && !Arc::ptr_eq(&next.trees, &base.trees));
        assert!(next.trees.features.get().is_some() && next.trees.shown.get().is_some() && next.has_edges());
        assert_eq!(next.layer().edits.recent().collect::<Vec<_>>(), [3, 4, 5, 6, last]);
        // What it says is what the edits, one after another, come to.
        let expected = now.layer().with_edits(&[(6, None)]);
        assert_eq!(next.layer().len(), expected.len());
        for row in 0..expected.len() {
            assert_eq!(next.layer().edits.get(row), expected.edits.get(row), "{row}");
        }
        let plain = IndexedLayer::new(Arc::new(expected));
        assert_eq!(next.rows_in(&north), plain.rows_in(&north));
        assert_eq!(next.shown_rows_in(&north), plain.shown_rows_in(&north));
    }
}
