//! The kinds of questions that rules put, on random maps, against slow answers that share no code with them: lattices
//! whose cells and ways can be counted, and positions that are looked at one by one.

use crate::common::layer_of;
use serde_json::{Value, json};
use shanshui::geodesy::{LocalFrame, LonLat, distance_m};
use shanshui::index::{IndexedLayer, contains_point};
use shanshui::progress::Progress;
use shanshui::query::{Ground, Roads, SitingBy, StripLayers, StripWidths, meeting, network, siting, strips, zoning};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A die that falls alike everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn frame() -> LocalFrame {
    LocalFrame::at(LonLat::new(121.4, 31.3))
}

fn at(x_m: f64, y_m: f64) -> LonLat {
    frame().to_lon_lat([x_m, y_m])
}

fn position(x_m: f64, y_m: f64) -> [f64; 2] {
    let p = at(x_m, y_m);
    [p.lon, p.lat]
}

fn point(x: f64, y: f64) -> Value {
    json!({"type": "Point", "coordinates": position(x, y)})
}

fn line(path: &[[f64; 2]]) -> Value {
    let positions: Vec<[f64; 2]> = path.iter().map(|[x, y]| position(*x, *y)).collect();
    json!({"type": "LineString", "coordinates": positions})
}

fn square(w: f64, s: f64, e: f64, n: f64) -> Value {
    let ring = [position(w, s), position(e, s), position(e, n), position(w, n), position(w, s)];
    json!({"type": "Polygon", "coordinates": [ring]})
}

fn go() -> Progress {
    Progress::default()
}

/// Edges of a lattice, each there or not.
fn lattice(dice: &mut Dice, size: i64) -> Vec<[(i64, i64); 2]> {
    let mut edges = Vec::new();
    for x in 0..size {
        for y in 0..size {
            for (dx, dy) in [(1, 0), (0, 1)] {
                if x + dx < size && y + dy < size && dice.below(3) > 0 {
                    edges.push([(x, y), (x + dx, y + dy)]);
                }
            }
        }
    }
    edges
}

#[test]
fn networks_hang_together_as_lattices_do() {
    let mut dice = Dice(5);
    for _ in 0..25 {
        let edges = lattice(&mut dice, 5);
        // 400 m from node to node; every piece ends 4 m before its nodes, so that ends at one node are 8 m apart at most.
        let piece = |[a, b]: &[(i64, i64); 2]| {
            let (ax, ay, bx, by) = (a.0 as f64 * 400.0, a.1 as f64 * 400.0, b.0 as f64 * 400.0, b.1 as f64 * 400.0);
            let (ux, uy) = ((bx - ax) / 100.0, (by - ay) / 100.0);
            line(&[[ax + ux, ay + uy], [bx - ux, by - uy]])
        };
        let layer = layer_of(&edges.iter().map(piece).collect::<Vec<_>>());
        let found = network(&layer, 20.0, 0.0, &go()).expect("an answer");
        // Components and loops of the lattice by walking it.
        let mut of_node: BTreeMap<(i64, i64), (i64, i64)> = BTreeMap::new();
        fn root(of: &BTreeMap<(i64, i64), (i64, i64)>, mut n: (i64, i64)) -> (i64, i64) {
            while of[&n] != n {
                n = of[&n];
            }
            n
        }
        of_node.extend(edges.iter().flatten().map(|n| (*n, *n)));
        for [a, b] in &edges {
            let (a, b) = (root(&of_node, *a), root(&of_node, *b));
            of_node.insert(a, b);
        }
        let mut counts: BTreeMap<(i64, i64), (usize, usize)> = BTreeMap::new();
        edges.iter().for_each(|[a, _]| counts.entry(root(&of_node, *a)).or_default().0 += 1);
        of_node.keys().for_each(|n| counts.entry(root(&of_node, *n)).or_default().1 += 1);
        let mut expected: Vec<(usize, usize)> = counts.values().map(|(e, v)| (*e, e + 1 - v)).collect();
        let mut ours: Vec<(usize, usize)> = found.components.iter().map(|c| (c.rows.len(), c.loops)).collect();
        expected.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, expected);
        assert!((found.length_m - edges.len() as f64 * 392.0).abs() < 1.0, "{}", found.length_m);
    }
}

#[test]
fn the_shortest_links_between_parts_are_found() {
    let mut dice = Dice(8);
    for _ in 0..30 {
        // Lines beside one another with random gaps: each gap is a link, but for those too long.
        let gaps: Vec<f64> = (0..6).map(|_| 25.0 + dice.below(400) as f64).collect();
        let mut x = 0.0;
        let mut lines = Vec::new();
        for gap in &gaps {
            lines.push(line(&[[x, 0.0], [x + 500.0, 0.0]]));
            x += 500.0 + gap;
        }
        let found = network(&layer_of(&lines), 20.0, 300.0, &go()).expect("an answer");
        let mut expected: Vec<i64> =
            gaps[..5].iter().filter(|gap| **gap <= 300.0).map(|gap| gap.round() as i64).collect();
        let mut ours: Vec<i64> = found.links.iter().map(|link| link.length_m.round() as i64).collect();
        expected.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, expected, "{gaps:?}");
        assert!(found.links.iter().all(|l| (distance_m(l.ends[0], l.ends[1]) - l.length_m).abs() < 1e-6));
    }
}

#[test]
fn zones_are_the_cells_of_their_grounds() {
    let mut dice = Dice(13);
    for _ in 0..25 {
        // Boxes on a lattice of 100 m, in three grounds.
        let mut grounds: Vec<Vec<[u64; 4]>> = Vec::new();
        for _ in 0..3 {
            let boxes = (0..1 + dice.below(4)).map(|_| {
                let (w, s) = (dice.below(6), dice.below(6));
                [w, s, w + 1 + dice.below(4), s + 1 + dice.below(4)]
            });
            grounds.push(boxes.collect());
        }
        let layers: Vec<Ground> = grounds
            .iter()
            .map(|boxes| {
                let geometry = |b: &[u64; 4]| {
                    let [w, s, e, n] = b.map(|v| v as f64 * 100.0);
                    square(w, s, e, n)
                };
                Ground::of(layer_of(&boxes.iter().map(geometry).collect::<Vec<_>>()), None)
            })
            .collect();
        let found = zoning(&layers, &go()).expect("an answer");
        let mut cells: BTreeMap<BTreeSet<(usize, usize)>, f64> = BTreeMap::new();
        for x in 0..12 {
            for y in 0..12 {
                let covers = |(g, boxes): (usize, &Vec<[u64; 4]>)| {
                    let in_box = |(_, [w, s, e, n]): &(usize, &[u64; 4])| *w <= x && x < *e && *s <= y && y < *n;
                    boxes.iter().enumerate().filter(in_box).map(|(row, _)| (g, row)).collect::<Vec<_>>()
                };
                let set: BTreeSet<(usize, usize)> = grounds.iter().enumerate().flat_map(covers).collect();
                if !set.is_empty() {
                    *cells.entry(set).or_default() += 10_000.0;
                }
            }
        }
        let mut ours: BTreeMap<BTreeSet<(usize, usize)>, f64> = BTreeMap::new();
        for piece in &found.pieces {
            let set = piece.grounds.iter().map(|(g, row)| (*g, row.expect("an area"))).collect();
            *ours.entry(set).or_default() += piece.area_m2;
        }
        assert_eq!(ours.keys().collect::<Vec<_>>(), cells.keys().collect::<Vec<_>>());
        for (set, m2) in &cells {
            assert!((ours[set] - m2).abs() < m2 * 1e-3, "{set:?}: {} {m2}", ours[set]);
        }
    }
}

#[test]
fn points_meet_the_boxes_that_hold_them_borders_included() {
    let mut dice = Dice(21);
    for _ in 0..20 {
        // Degrees on a coarse lattice, so that many lie exactly on a border.
        let deg = |n: u64| 121.0 + n as f64 / 64.0;
        let points: Vec<[u64; 2]> = (0..60).map(|_| [dice.below(20), dice.below(20)]).collect();
        let boxes: Vec<[u64; 4]> = (0..15)
            .map(|_| {
                let (w, s) = (dice.below(15), dice.below(15));
                [w, s, w + 1 + dice.below(5), s + 1 + dice.below(5)]
            })
            .collect();
        let of_point = |[x, y]: &[u64; 2]| json!({"type": "Point", "coordinates": [deg(*x), deg(*y) - 90.0]});
        let of_box = |[w, s, e, n]: &[u64; 4]| {
            let (w, e, s, n) = (deg(*w), deg(*e), deg(*s) - 90.0, deg(*n) - 90.0);
            json!({"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]})
        };
        let subject = layer_of(&points.iter().map(of_point).collect::<Vec<_>>());
        let reference = layer_of(&boxes.iter().map(of_box).collect::<Vec<_>>());
        let ours = meeting(&subject, &reference, &go()).expect("an answer");
        let mut expected = Vec::new();
        for (i, [x, y]) in points.iter().enumerate() {
            for (k, [w, s, e, n]) in boxes.iter().enumerate() {
                if w <= x && x <= e && s <= y && y <= n {
                    expected.push((i, k));
                }
            }
        }
        assert_eq!(ours, expected);
    }
}

#[test]
fn strips_hold_the_positions_beside_their_rivers() {
    let mut dice = Dice(34);
    let mut judged = 0;
    for _ in 0..15 {
        // A river that winds, with edges longer than the strip is wide.
        let (width, strip) = (20.0, 30.0);
        let mut path = vec![[0.0, 0.0]];
        for i in 1..6 {
            path.push([f64::from(i) * 200.0, dice.below(160) as f64 - 80.0]);
        }
        let rivers = layer_of(&[line(&path)]);
        let widths = StripWidths { strip_m: vec![Some(strip)], river_m: vec![Some(width)], land: Vec::new() };
        let layers = StripLayers { waters: &rivers, bodies: None, inside: None, greens: &[] };
        let found = strips(&layers, &widths, &go()).expect("an answer");
        let rings: Vec<Vec<LonLat>> = found.pieces[0]
            .polygons
            .iter()
            .flatten()
            .map(|ring| ring.iter().chain(ring.first()).copied().collect())
            .collect();
        let far = width / 2.0 + strip;
        for _ in 0..400 {
            let [x, y] = [dice.below(1_200) as f64 - 100.0, dice.below(400) as f64 - 200.0];
            // Beside an edge, or round a corner that is no end.
            let mut nearest = f64::INFINITY;
            for (i, edge) in path.windows(2).enumerate() {
                let ([ax, ay], [bx, by]) = (edge[0], edge[1]);
                let (dx, dy) = (bx - ax, by - ay);
                let t = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
                let is_beside = (0.0..=1.0).contains(&t);
                let t = t.clamp(0.0, 1.0);
                let is_end = !is_beside && ((i == 0 && t == 0.0) || (i == path.len() - 2 && t == 1.0));
                if !is_end {
                    nearest = nearest.min((x - ax - dx * t).hypot(y - ay - dy * t));
                }
            }
            // Not where a hand's breadth decides.
            if (nearest - far).abs() < 0.5 || (nearest - width / 2.0).abs() < 0.5 || !(1.0..=999.0).contains(&x) {
                continue;
            }
            // Flat ends stand square to their edge: a band about them is left out.
            if !(60.0..=940.0).contains(&x) {
                continue;
            }
            judged += 1;
            let inside = contains_point(rings.iter().map(Vec::as_slice), at(x, y));
            assert_eq!(inside, nearest > width / 2.0 && nearest < far, "{path:?} {x} {y} {nearest}");
        }
    }
    assert!(judged > 3_000, "{judged}");
}

#[test]
fn ways_along_roads_are_the_shortest_of_a_lattice() {
    let mut dice = Dice(55);
    for _ in 0..15 {
        let size = 6;
        let edges = lattice(&mut dice, size);
        let xy = |(x, y): (i64, i64)| [x as f64 * 300.0, y as f64 * 300.0];
        let lines: Vec<Value> = edges.iter().map(|[a, b]| line(&[xy(*a), xy(*b)])).collect();
        let roads = Roads::new(&layer_of(&lines), 5.0, &go()).expect("a graph");
        let on_road: BTreeSet<(i64, i64)> = edges.iter().flatten().copied().collect();
        let nodes: Vec<(i64, i64)> = on_road.into_iter().collect();
        let start = nodes[dice.below(nodes.len() as u64) as usize];
        let [sx, sy] = xy(start);
        let homes: Vec<Value> = nodes.iter().map(|n| point(xy(*n)[0], xy(*n)[1])).collect();
        let access = |points: &[Value]| roads.accesses(&layer_of(points), &go()).expect("accesses");
        let ours = roads.distances(&access(&homes), &access(&[point(sx, sy)]), &go()).expect("distances");
        // Step by step from the start.
        let mut steps: BTreeMap<(i64, i64), usize> = BTreeMap::from([(start, 0)]);
        let mut front = vec![start];
        for step in 1.. {
            let mut next = Vec::new();
            for n in &front {
                for [a, b] in &edges {
                    let other = if a == n {
                        *b
                    } else if b == n {
                        *a
                    } else {
                        continue;
                    };
                    steps.entry(other).or_insert_with(|| {
                        next.push(other);
                        step
                    });
                }
            }
            if next.is_empty() {
                break;
            }
            front = next;
        }
        for ((_, metres), node) in ours.iter().zip(&nodes) {
            match steps.get(node) {
                None => assert_eq!(*metres, None, "{node:?}"),
                Some(step) => {
                    let metres = metres.expect("a way");
                    assert!((metres - *step as f64 * 300.0).abs() < 1.0, "{node:?}: {metres} {step}");
                }
            }
        }
    }
}

#[test]
fn sites_chosen_are_the_best_of_all_choices() {
    let mut dice = Dice(89);
    for _ in 0..15 {
        let homes: Vec<([f64; 2], u64)> =
            (0..40).map(|_| ([dice.below(4_000) as f64, dice.below(4_000) as f64], 1 + dice.below(500))).collect();
        let sites: Vec<[f64; 2]> = (0..8).map(|_| [dice.below(4_000) as f64, dice.below(4_000) as f64]).collect();
        // Homes so small that a site serves them whole or not at all, but for those that its circle would cut.
        let radius_m = 700.0;
        let reach = |[x, y]: [f64; 2], s: &[f64; 2]| (x - s[0]).hypot(y - s[1]);
        let homes: Vec<([f64; 2], u64)> =
            homes.into_iter().filter(|(p, _)| sites.iter().all(|s| (reach(*p, s) - radius_m).abs() > 10.0)).collect();
        let features: Vec<Value> = homes
            .iter()
            .map(|([x, y], people)| {
                json!({"type": "Feature", "properties": {"population": people}, "geometry": square(x - 0.5, y - 0.5, x + 0.5, y + 0.5)})
            })
            .collect();
        let text = json!({"type": "FeatureCollection", "features": features}).to_string();
        let demand = IndexedLayer::new(Arc::new(crate::common::read(text.as_bytes())));
        let candidates: Vec<Value> = sites.iter().map(|[x, y]| square(x - 0.5, y - 0.5, x + 0.5, y + 0.5)).collect();
        let by =
            SitingBy { radius_m, min_area_m2: 0.0, site_min_area_m2: 0.0, sites: 3, people: Some("population".into()) };
        let found = siting(&demand, None, &layer_of(&candidates), &by, &go()).expect("an answer");
        for point in &found.curve {
            let best = (0_u32..1 << 8)
                .filter(|choice| choice.count_ones() as usize <= point.sites)
                .map(|choice| {
                    let chosen: Vec<&[f64; 2]> =
                        sites.iter().enumerate().filter(|(i, _)| choice >> i & 1 == 1).map(|(_, s)| s).collect();
                    let near = |p: [f64; 2]| chosen.iter().any(|s| reach(p, s) < radius_m);
                    homes.iter().filter(|(p, _)| near(*p)).map(|(_, people)| *people).sum::<u64>()
                })
                .max()
                .unwrap_or(0) as f64;
            assert!(point.is_proven && (point.served - best).abs() < best * 1e-3 + 1e-3, "{point:?} {best}");
        }
        let added: f64 = found.chosen.iter().map(|site| site.adds_people).sum();
        assert!((added - found.curve.last().map_or(0.0, |point| point.served)).abs() < 1e-6);
    }
}
