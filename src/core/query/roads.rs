//! Distances along roads: a graph of a layer's lines, split where they cross or an end comes near, and the shortest ways
//! in it (Dijkstra 1959).

use super::AskError;
use super::answer::is_line;
use super::expression::to_geo;
use crate::geodesy::{LonLat, LonLatBox, crossing, distance_m, nearest_on_edge};
use crate::index::{IndexedLayer, nearest_to};
use crate::progress::Progress;
use geo::Centroid;
use petgraph::algo::dijkstra;
use petgraph::graph::{NodeIndex, UnGraph};
use std::collections::HashMap;
use std::sync::Arc;

/// A place is on a road where it is at most so far from one; metres. What is further has no way.
const ACCESS_M: f64 = 1_000.0;

type Bits = [u64; 2];

fn bits(p: LonLat) -> Bits {
    [p.lon.to_bits(), p.lat.to_bits()]
}

/// The graph of a road layer.
#[derive(Debug)]
pub struct Roads {
    layer: Arc<IndexedLayer>,
    graph: UnGraph<LonLat, f64>,
    /// Nodes along each edge of the layer, in their order.
    along: HashMap<(Bits, Bits), Vec<NodeIndex>>,
    /// Of each corner the first edge that has it.
    at_corner: HashMap<Bits, (Bits, Bits)>,
}

/// How a place gets to the graph.
#[derive(Clone, Debug)]
struct Access {
    /// The nodes at both ends of the stretch that it is nearest to, with the metres to them.
    nodes: [(NodeIndex, f64); 2],
    /// The place on the stretch, and the metres to it.
    at: LonLat,
    away_m: f64,
}

impl Access {
    /// The stretch: its nodes in their order.
    fn stretch(&self) -> [NodeIndex; 2] {
        let [(a, _), (b, _)] = self.nodes;
        if a <= b { [a, b] } else { [b, a] }
    }
}

impl Roads {
    /// The graph of a layer's lines; ends within `snap_m` of another line join it.
    ///
    /// # Errors
    /// Cancelled.
    pub fn new(roads: &Arc<IndexedLayer>, snap_m: f64, progress: &Progress) -> Result<Self, AskError> {
        let layer = roads.layer();
        let mut edges: Vec<(LonLat, LonLat)> = Vec::new();
        let mut ends: Vec<LonLat> = Vec::new();
        for row in roads.rows().filter(|row| is_line(layer, *row)) {
            for path in layer.geometries.paths(row) {
                edges.extend(path.windows(2).filter(|e| e[0] != e[1]).map(|e| (e[0], e[1])));
                ends.extend([path[0], path[path.len() - 1]]);
            }
        }
        let key = |(a, b): (LonLat, LonLat)| (bits(a), bits(b));
        let mut cuts: HashMap<(Bits, Bits), Vec<(f64, LonLat)>> = HashMap::new();
        for (a, b) in &edges {
            progress.advance(0)?;
            let own = cuts.entry(key((*a, *b))).or_default();
            own.extend([(0.0, *a), (1.0, *b)]);
            roads.runs_in(&LonLatBox::of(&[*a, *b]), |run, _| {
                for other in run.of(layer).windows(2) {
                    let (c, d) = (other[0], other[1]);
                    let (Some(t), Some(u)) = (crossing(*a, *b, c, d), crossing(c, d, *a, *b)) else { continue };
                    // One place, whichever of the two is looked at.
                    let at = if key((*a, *b)) < key((c, d)) { a.lerp(*b, t) } else { c.lerp(d, u) };
                    own.push((t, at));
                }
            });
        }
        // Ends that come near another road: a short way to the nearest place on it.
        let mut joins: Vec<(LonLat, LonLat, f64)> = Vec::new();
        for p in &ends {
            progress.advance(0)?;
            roads.runs_in(&LonLatBox::of(&[*p]).padded(snap_m), |run, _| {
                for edge in run.of(layer).windows(2).filter(|e| e[0] != e[1]) {
                    let Some(foot) = nearest_on_edge(*p, edge[0], edge[1], snap_m) else { continue };
                    if edge.contains(p) || foot.distance_m > snap_m {
                        continue;
                    }
                    let whole_m = distance_m(edge[0], edge[1]);
                    let t = distance_m(edge[0], foot.position) / whole_m;
                    cuts.entry(key((edge[0], edge[1]))).or_default().push((t.min(1.0), foot.position));
                    joins.push((*p, foot.position, foot.distance_m));
                }
            });
        }
        let mut graph = UnGraph::new_undirected();
        let mut nodes: HashMap<Bits, NodeIndex> = HashMap::new();
        let mut node =
            |graph: &mut UnGraph<LonLat, f64>, p: LonLat| *nodes.entry(bits(p)).or_insert_with(|| graph.add_node(p));
        let (mut along, mut at_corner) = (HashMap::new(), HashMap::new());
        for (a, b) in edges {
            let Some(mut own) = cuts.remove(&key((a, b))) else { continue };
            own.sort_by(|x, y| x.0.total_cmp(&y.0));
            own.dedup_by(|x, y| bits(x.1) == bits(y.1));
            let own: Vec<NodeIndex> = own.into_iter().map(|(_, p)| node(&mut graph, p)).collect();
            for pair in own.windows(2) {
                let metres = distance_m(graph[pair[0]], graph[pair[1]]);
                graph.add_edge(pair[0], pair[1], metres);
            }
            for corner in [a, b] {
                at_corner.entry(bits(corner)).or_insert(key((a, b)));
            }
            along.insert(key((a, b)), own);
        }
        for (p, at, metres) in joins {
            let (p, at) = (node(&mut graph, p), node(&mut graph, at));
            graph.add_edge(p, at, metres);
        }
        Ok(Self { layer: Arc::clone(roads), graph, along, at_corner })
    }

    /// How a position gets to the roads: straight to the nearest place on one.
    fn access(&self, p: LonLat) -> Option<Access> {
        let near = nearest_to(p, &self.layer, ACCESS_M)?;
        let edge = match near.edge {
            Some((a, b)) => (bits(a), bits(b)),
            // A corner of the road: any edge that has it.
            None => *self.at_corner.get(&bits(near.at))?,
        };
        let metres = |node: NodeIndex| near.distance_m + distance_m(near.at, self.graph[node]);
        let nodes = self.along.get(&edge)?;
        // The nodes on both sides of the place.
        let from_first = distance_m(self.graph[nodes[0]], near.at);
        let after = nodes.iter().position(|n| distance_m(self.graph[nodes[0]], self.graph[*n]) >= from_first);
        let after = after.unwrap_or(nodes.len() - 1).max(1);
        let both = [nodes[after - 1], nodes[after]].map(|node| (node, metres(node)));
        Some(Access { nodes: both, at: near.at, away_m: near.distance_m })
    }

    /// How the features of a layer get to the roads: each from its middle (the centroid). A border may meet several
    /// roads; the middle is one place, so that a figure can be retraced.
    ///
    /// # Errors
    /// Cancelled.
    pub fn accesses(&self, indexed: &IndexedLayer, progress: &Progress) -> Result<Accesses, AskError> {
        let layer = indexed.layer();
        let rows: Vec<usize> = indexed.rows().collect();
        let middle = |row: usize| {
            let middle = layer.geometries.geometry(row).and_then(|geometry| to_geo(&geometry).centroid());
            middle.map(|p| LonLat::new(p.x(), p.y()))
        };
        let found = super::for_blocks(&rows, progress, |block| {
            let access = |row: &usize| (*row, middle(*row).and_then(|middle| self.access(middle)));
            block.iter().map(access).collect::<Vec<_>>()
        })?;
        Ok(Accesses(found.concat()))
    }

    /// The metres from each of the demand to the nearest of the services along the roads, straight to and from them;
    /// `None` where there is no way.
    ///
    /// # Errors
    /// Cancelled.
    pub fn distances(
        &self,
        demand: &Accesses,
        services: &Accesses,
        progress: &Progress,
    ) -> Result<Vec<(usize, Option<f64>)>, AskError> {
        progress.advance(0)?;
        let mut graph = self.graph.clone();
        let start = graph.add_node(LonLat::new(0.0, 0.0));
        let mut on_stretch: HashMap<[NodeIndex; 2], Vec<&Access>> = HashMap::new();
        for access in services.0.iter().filter_map(|(_, access)| access.as_ref()) {
            for (node, metres) in access.nodes {
                graph.add_edge(start, node, metres);
            }
            on_stretch.entry(access.stretch()).or_default().push(access);
        }
        let metres = dijkstra(&graph, start, None, |edge| *edge.weight());
        let of = |(row, access): &(usize, Option<Access>)| {
            let Some(access) = access else { return (*row, None) };
            let ways = access.nodes.iter().filter_map(|(node, own_m)| metres.get(node).map(|m| m + own_m));
            // Along one stretch nobody goes round by its ends.
            let beside = on_stretch.get(&access.stretch()).into_iter().flatten();
            let beside = beside.map(|other| access.away_m + distance_m(access.at, other.at) + other.away_m);
            (*row, ways.chain(beside).min_by(f64::total_cmp))
        };
        Ok(demand.0.iter().map(of).collect())
    }
}

/// How features get to the roads, by row.
#[derive(Clone, Debug)]
pub struct Accesses(Vec<(usize, Option<Access>)>);
