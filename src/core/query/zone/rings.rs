//! The border between nodes below zero and the others, as rings (marching squares: Lorensen and Cline 1987).

use rustc_hash::FxHashMap;

/// Rings in columns and rows of the grid, what is below zero on their left. The nodes at the edge of the grid must not be
/// below zero. Where two such nodes stand across a cell, they are joined if the cell's middle is below zero too.
///
/// Cost: a look at every node, and the length of the rings.
pub(super) fn rings(size: [usize; 2], values: &[f32]) -> Vec<Vec<[f64; 2]>> {
    let [columns, rows] = size;
    // From each edge of the grid that the border crosses to the next.
    let (mut order, mut next) = (Vec::new(), FxHashMap::default());
    for row in 0..rows - 1 {
        let (below, above) = (&values[row * columns..], &values[(row + 1) * columns..]);
        for column in 0..columns - 1 {
            let corners = [below[column], below[column + 1], above[column + 1], above[column]];
            let inside = corners.map(|v| v < 0.0);
            if inside[0] == inside[1] && inside[1] == inside[2] && inside[2] == inside[3] {
                continue;
            }
            let node = (row * columns + column) as u32;
            // An edge east of a node has an even number, one north of it an odd one.
            let edges = [2 * node, 2 * (node + 1) + 1, 2 * (node + columns as u32), 2 * node + 1];
            let is_joined = corners.iter().map(|v| v.clamp(-1e9, 1e9)).sum::<f32>() < 0.0;
            for leaves in (0..4).filter(|k| inside[*k] && !inside[(k + 1) % 4]) {
                let enters = |k: &usize| !inside[*k] && inside[(k + 1) % 4];
                let way = |by: usize| (1..4).map(move |k| (leaves + k * by) % 4);
                if let Some(to) = if is_joined { way(1).find(enters) } else { way(3).find(enters) } {
                    order.push(edges[leaves]);
                    next.insert(edges[leaves], edges[to]);
                }
            }
        }
    }
    let place = |edge: u32| {
        let node = (edge / 2) as usize;
        let (column, row) = (node % columns, node / columns);
        let is_north = edge % 2 == 1;
        let [a, b] = [values[node], values[if is_north { node + columns } else { node + 1 }]].map(f64::from);
        let t = match (a.is_finite(), b.is_finite()) {
            (true, true) => (a / (a - b)).clamp(0.01, 0.99),
            _ => 0.5,
        };
        let along = if is_north { [0.0, t] } else { [t, 0.0] };
        [column as f64 + along[0], row as f64 + along[1]]
    };
    let mut rings = Vec::new();
    for start in order {
        let mut ring = Vec::new();
        let mut at = start;
        while let Some(to) = next.remove(&at) {
            ring.push(place(at));
            at = to;
        }
        // Twice, for long straight sides.
        let ring = straightened(&straightened(&ring));
        if ring.len() > 2 {
            rings.push(ring);
        }
    }
    rings
}

/// What a corner must stand out by to be kept, cells.
const STANDS_OUT: f64 = 0.03;
/// Corners that are left out between two that stay, at most.
const MOST_LEFT_OUT: usize = 64;

/// The ring without corners that lie on the way between those before and after them.
fn straightened(ring: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::new();
    // Those since the last that was kept.
    let mut since: Vec<[f64; 2]> = Vec::new();
    for p in ring {
        if let Some(last) = kept.last() {
            let stands_out = |q: &[f64; 2]| {
                let ([ux, uy], [vx, vy]) = ([p[0] - last[0], p[1] - last[1]], [q[0] - last[0], q[1] - last[1]]);
                let length = ux.hypot(uy);
                (ux * vy - uy * vx).abs() > STANDS_OUT * length || ux * vx + uy * vy < 0.0
            };
            if since.len() >= MOST_LEFT_OUT || since.iter().any(stands_out) {
                kept.extend(since.last().copied());
                since.clear();
            }
            since.push(*p);
        } else {
            kept.push(*p);
        }
    }
    kept.extend(since.last().copied());
    kept
}
