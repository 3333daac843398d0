//! Multipatches (surfaces in space) as areas: each ring group an area, each triangle an area of its own.

use super::super::RawGeometry;
use super::positions::Positions;

/// Adds the areas of a multipatch's parts. Types: 0 strip of triangles, 1 fan, 2 exterior ring, 3 its hole, 4 first ring of a group,
/// 5 further ring of it, 6 triangles.
///
/// `None` where a part has a type beyond these.
pub(super) fn areas(positions: &Positions, types: &[u64], out: &mut RawGeometry) -> Option<()> {
    let mut from = 0;
    for (end, of) in positions.ends.iter().zip(types) {
        let part = std::mem::replace(&mut from, *end as usize)..*end as usize;
        let count = part.len();
        match of {
            0 | 1 | 6 => {
                let corners = |n: usize| match of {
                    0 => [n, n + 1, n + 2],
                    1 => [0, n + 1, n + 2],
                    _ => [3 * n, 3 * n + 1, 3 * n + 2],
                };
                let triangles = if *of == 6 { count / 3 } else { count.saturating_sub(2) };
                for n in 0..triangles {
                    add_path(positions, &corners(n).map(|corner| part.start + corner), out);
                    out.part_ends.push(out.path_ends.len() as u32);
                }
            }
            2..=5 => {
                let places: Vec<usize> = part.collect();
                add_path(positions, &places, out);
                // A hole belongs to the area before it; without one it is an area itself.
                if matches!(of, 3 | 5) && !out.part_ends.is_empty() {
                    out.part_ends.pop();
                }
                out.part_ends.push(out.path_ends.len() as u32);
            }
            _ => return None,
        }
    }
    Some(())
}

/// Adds the positions at these places as a closed path.
fn add_path(positions: &Positions, places: &[usize], out: &mut RawGeometry) {
    let [Some(first), Some(last)] = [places.first(), places.last()] else { return };
    let is_open =
        positions.xy.get(*first) != positions.xy.get(*last) || positions.z.get(*first) != positions.z.get(*last);
    for place in places.iter().chain(is_open.then_some(first)) {
        out.xy.extend(positions.xy.get(*place));
        out.z.extend(positions.z.get(*place));
        out.m.extend(positions.m.get(*place));
    }
    out.end_path();
}

#[cfg(test)]
mod tests {
    use super::super::super::RawKind;
    use super::*;
    use crate::model::GeometryKind::Polygon;

    #[test]
    fn parts_become_areas() {
        let line = |n: usize| (0..n).map(|i| [i as f64, (i * i) as f64]).collect::<Vec<_>>();
        for (counts, types, wanted) in [
            (&[4_u32][..], &[0_u64][..], Some((2, 2, 8))),
            (&[5], &[1], Some((3, 3, 12))),
            (&[6], &[6], Some((2, 2, 8))),
            (&[4, 4, 4], &[2, 3, 2], Some((2, 3, 15))),
            (&[4, 4], &[4, 5], Some((1, 2, 10))),
            (&[4], &[3], Some((1, 1, 5))),
            (&[2], &[0], Some((0, 0, 0))),
            (&[4], &[9], None),
        ] {
            let ends: Vec<u32> = counts
                .iter()
                .scan(0, |end, count| {
                    *end += count;
                    Some(*end)
                })
                .collect();
            let xy = line(*ends.last().expect("a part") as usize);
            let z = vec![1.0; xy.len()];
            let mut out = RawGeometry::new(RawKind::Simple(Polygon));
            let done = areas(&Positions { xy, z, ends, ..Positions::default() }, types, &mut out);
            let got = done.map(|()| (out.part_ends.len(), out.path_ends.len(), out.xy.len()));
            assert_eq!(got, wanted, "{counts:?} {types:?}");
            assert!(done.is_none() || out.z.len() == out.xy.len());
        }
    }
}
