//! Rings of a hatch: joined from edges, nested into shells and holes.

/// A ring or a piece of one.
pub(super) type Path = Vec<[f64; 2]>;

/// Comparisons that the nesting of one hatch may take.
const MOST_WORK: usize = 30_000_000;

/// Joins pieces end to start into closed rings, turning a piece round where only its end fits. Gives true in second place where
/// a gap wider than the tolerance was closed by a straight line.
pub(super) fn join(mut pieces: Vec<Path>, tolerance: f64) -> (Vec<Path>, bool) {
    pieces.retain(|piece| piece.len() > 1);
    let is_near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() <= tolerance && (a[1] - b[1]).abs() <= tolerance;
    let ends = |path: &Path| Some((*path.first()?, *path.last()?));
    let (mut rings, mut has_gap) = (Vec::new(), false);
    let mut rest = std::collections::VecDeque::from(pieces);
    while let Some(mut ring) = rest.pop_front() {
        while let Some((start, end)) = ends(&ring) {
            if is_near(start, end) && ring.len() > 2 {
                break;
            }
            // Nearly always the next piece fits; a search among the others is for files with pieces out of order.
            let found = rest
                .iter()
                .take(2_000)
                .position(|piece| ends(piece).is_some_and(|(first, last)| is_near(first, end) || is_near(last, end)));
            let Some(mut piece) = found.and_then(|found| rest.remove(found)) else {
                has_gap = true;
                break;
            };
            if !ends(&piece).is_some_and(|(first, _)| is_near(first, end)) {
                piece.reverse();
            }
            ring.extend_from_slice(&piece[1..]);
        }
        close(&mut ring, tolerance);
        if ring.len() > 3 {
            rings.push(ring);
        }
    }
    (rings, has_gap)
}

/// How many of the two ends of a piece meet an end of another.
pub(super) fn ends_met(piece: &Path, other: &Path, tolerance: f64) -> usize {
    let ends = |path: &Path| [path.first().copied(), path.last().copied()];
    let is_near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() <= tolerance && (a[1] - b[1]).abs() <= tolerance;
    let others = ends(other);
    ends(piece).into_iter().flatten().filter(|a| others.iter().flatten().any(|b| is_near(*a, *b))).count()
}

/// Makes the last position the first one.
pub(super) fn close(ring: &mut Path, tolerance: f64) {
    let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied()) else { return };
    if first == last {
        return;
    }
    let is_near = (first[0] - last[0]).abs() <= tolerance && (first[1] - last[1]).abs() <= tolerance;
    match ring.last_mut() {
        Some(end) if is_near => *end = first,
        _ => ring.push(first),
    }
}

/// Which levels of nested rings are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    /// Every other level.
    Alternating,
    /// The outermost, less the next.
    Outer,
    /// The outermost, whole.
    Whole,
}

/// Groups closed rings: each group is an exterior ring and its holes, by index. `None` where that would take too long.
pub(super) fn nest(rings: &[Path], fill: Fill) -> Option<Vec<Vec<usize>>> {
    if rings.len() == 1 {
        return Some(vec![vec![0]]);
    }
    let areas: Vec<f64> = rings.iter().map(|ring| area(ring).abs()).collect();
    let boxes: Vec<[f64; 4]> = rings.iter().map(envelope).collect();
    let mut order: Vec<usize> = (0..rings.len()).collect();
    order.sort_by(|a, b| areas[*b].total_cmp(&areas[*a]));
    let mut levels = vec![0_u32; rings.len()];
    let mut group_of: Vec<Option<usize>> = vec![None; rings.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut work = 0;
    for (place, &ring) in order.iter().enumerate() {
        let mut parent = None;
        for &candidate in order[..place].iter().rev() {
            work += 1;
            let (inner, outer) = (boxes[ring], boxes[candidate]);
            if inner[0] < outer[0] || inner[1] < outer[1] || inner[2] > outer[2] || inner[3] > outer[3] {
                continue;
            }
            work += rings[candidate].len();
            if is_within(&rings[ring], &rings[candidate]) {
                parent = Some(candidate);
                break;
            }
        }
        if work > MOST_WORK {
            return None;
        }
        levels[ring] = parent.map_or(0, |parent| levels[parent] + 1);
        let (is_shell, is_hole) = match fill {
            Fill::Alternating => (levels[ring].is_multiple_of(2), !levels[ring].is_multiple_of(2)),
            Fill::Outer => (levels[ring] == 0, levels[ring] == 1),
            Fill::Whole => (levels[ring] == 0, false),
        };
        if is_shell {
            group_of[ring] = Some(groups.len());
            groups.push(vec![ring]);
        } else if let (true, Some(group)) = (is_hole, parent.and_then(|parent| group_of[parent])) {
            groups[group].push(ring);
        }
    }
    Some(groups)
}

/// True where the first position of a ring that is not on the border of another is inside it.
fn is_within(inner: &Path, outer: &Path) -> bool {
    inner.iter().take(8).find_map(|position| side(*position, outer)).unwrap_or(false)
}

/// Inside or outside a ring; `None` on its border.
fn side([x, y]: [f64; 2], ring: &Path) -> Option<bool> {
    let mut is_inside = false;
    for pair in ring.windows(2) {
        let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
        let cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        if cross == 0.0 && x >= ax.min(bx) && x <= ax.max(bx) && y >= ay.min(by) && y <= ay.max(by) {
            return None;
        }
        if (ay > y) != (by > y) && (cross > 0.0) == (by > ay) {
            is_inside = !is_inside;
        }
    }
    Some(is_inside)
}

fn envelope(ring: &Path) -> [f64; 4] {
    ring.iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |all, [x, y]| {
        [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]
    })
}

/// Twice the signed area, about the first position.
fn area(ring: &Path) -> f64 {
    let Some([ox, oy]) = ring.first().copied() else { return 0.0 };
    ring.windows(2).map(|pair| (pair[0][0] - ox) * (pair[1][1] - oy) - (pair[1][0] - ox) * (pair[0][1] - oy)).sum()
}
