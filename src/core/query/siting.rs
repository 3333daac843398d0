//! Which sites close most of a gap: the maximal covering location problem (Church and ReVelle 1974).
//!
//! Homes that nothing serves are cut into cells, each of which every site serves whole or not at all; cells that the same
//! sites serve are one. A mixed-integer programme over them chooses the sites. Its search is limited by nodes, not by a
//! clock, so that the same question has the same answer on every machine; where the limit ends it the best choice found
//! is given with a bound on what any choice could serve.

use super::answer::is_area;
use super::gaps::count_of;
use super::outline::within_distance;
use super::overlay::{Contour, Operation, Plane, Polygons, overlay, polygons_area_m2};
use super::served::{Facilities, Served};
use super::{AskError, FEATURES_AT_ONCE};
use crate::index::IndexedLayer;
use crate::io::geojson::{OutGeometry, within_half_turns};
use crate::progress::Progress;
use microlp::{ComparisonOp, OptimizationDirection, Problem, ResumeOptions, SolveOptions, SolveOutcome};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What sites are chosen by.
#[derive(Clone, Debug, PartialEq)]
pub struct SitingBy {
    /// How far a site serves, and a facility that is there already; metres, included.
    pub radius_m: f64,
    /// Facilities smaller than this do not serve; m².
    pub min_area_m2: f64,
    /// Sites smaller than this are no candidates; m².
    pub site_min_area_m2: f64,
    /// How many sites.
    pub sites: usize,
    /// The column that holds the number of people; without one the area counts.
    pub people: Option<String>,
}

/// A chosen site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Site {
    /// Its row.
    pub row: usize,
    /// What it serves that no site before it does; m².
    pub adds_m2: f64,
    /// The people there.
    pub adds_people: f64,
}

/// What so many sites serve at best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SitingPoint {
    /// Number of sites.
    pub sites: usize,
    /// What they serve that nothing served before: people, or m² where nobody is counted.
    pub served: f64,
    /// No choice of so many serves more than this.
    pub bound: f64,
    /// True where no choice serves more than this one.
    pub is_proven: bool,
}

/// Which sites close most of a gap.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Siting {
    /// Candidates that are large enough.
    pub candidates: usize,
    /// Features of the demand.
    pub features_in: usize,
    /// The demand that no facility serves; m².
    pub unserved_m2: f64,
    /// The people there.
    pub people_unserved: f64,
    /// What of it some candidate could serve: people, or m².
    pub reachable: f64,
    /// The sites, each after those that add more.
    pub chosen: Vec<Site>,
    /// What one, two, … sites serve at best.
    pub curve: Vec<SitingPoint>,
    /// Cells of demand with different sites in reach.
    pub cells: usize,
    /// Features of demand and candidates that could not be used.
    pub left_out: usize,
}

/// Demand that the same sites serve.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    m2: f64,
    people: f64,
}

/// Chooses sites.
///
/// # Errors
/// [`AskError::NoColumn`] where the demand lacks the people; cancelled.
pub fn siting(
    demand: &IndexedLayer,
    facilities: Option<&IndexedLayer>,
    candidates: &IndexedLayer,
    by: &SitingBy,
    progress: &Progress,
) -> Result<Siting, AskError> {
    let layer = demand.layer();
    let column = match &by.people {
        Some(name) if !layer.is_empty() => {
            Some(layer.attributes.column(name).ok_or_else(|| AskError::NoColumn(name.clone()))?)
        }
        _ => None,
    };
    let homes = &layer.bounds;
    let facilities = facilities.map(|layer| Facilities::new(layer, None, by.min_area_m2));
    let served = facilities
        .as_ref()
        .map(|of| Served::new(&of.outlines, None, &of.facility_of, by.radius_m, (homes, progress)))
        .transpose()?;
    let sites = candidates.layer();
    let is_large = |row: usize| {
        let m2 = if is_area(sites, row) { super::overlay::row_area_m2(sites, row) } else { 0.0 };
        m2 >= by.site_min_area_m2
    };
    let large: BTreeSet<usize> = candidates.rows().filter(|row| is_large(*row)).collect();
    let regions: BTreeMap<usize, Polygons> = large
        .par_iter()
        .map(|site| {
            let plane = Plane::about(&sites.geometries.bounds(*site));
            let region = within_distance(sites, &[*site], &plane, by.radius_m, progress)?;
            Ok((*site, within_half_turns(plane.positions(&region))))
        })
        .collect::<Result<_, AskError>>()?;
    let rows: Vec<usize> = demand.rows().filter(|row| is_area(layer, *row)).collect();
    progress.start(rows.len() as u64);
    let of_rows: Vec<Cells> = rows
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(1)?;
            Ok(cells(demand, *row, served.as_ref(), candidates, &regions, by.radius_m))
        })
        .collect::<Result<_, AskError>>()?;

    let mut found = Siting { features_in: demand.feature_count(), candidates: large.len(), ..Siting::default() };
    found.left_out = demand.feature_count() - rows.len() + candidates.feature_count() - candidates.rows().count();
    let mut cells: BTreeMap<Vec<u32>, Cell> = BTreeMap::new();
    for (row, own) in rows.iter().zip(of_rows) {
        let people = column.and_then(|c| count_of(layer, *row, c)).unwrap_or(0.0);
        let share = |m2: f64| if own.own_m2 > 0.0 { people * (m2 / own.own_m2).min(1.0) } else { 0.0 };
        found.unserved_m2 += own.unserved_m2;
        found.people_unserved += share(own.unserved_m2);
        for (reach, m2) in own.cells {
            let cell = cells.entry(reach).or_default();
            cell.m2 += m2;
            cell.people += share(m2);
        }
    }
    let worth = |cell: &Cell| if column.is_some() { cell.people } else { cell.m2 };
    let weighed: Vec<(Vec<u32>, f64)> = cells.iter().map(|(reach, cell)| (reach.clone(), worth(cell))).collect();
    found.cells = cells.len();
    found.reachable = weighed.iter().fold(0.0, |sum, (_, weight)| sum + weight);
    let most = by.sites.min(large.len());
    let mut chosen = Vec::new();
    for sites in 1..=most {
        let best = cover(&weighed, sites, progress)?;
        found.curve.push(SitingPoint { sites, served: best.served, bound: best.bound, is_proven: best.is_proven });
        chosen = best.chosen;
    }
    // Each site after those that add more.
    let mut rest: BTreeSet<u32> = chosen.into_iter().collect();
    let (of_sites, cells): (_, Vec<Cell>) = (cells_of_sites(cells.keys()), cells.values().copied().collect());
    let mut is_served = vec![false; cells.len()];
    while !rest.is_empty() {
        let adds = |site: u32| {
            let new = of_sites.get(&site).into_iter().flatten().filter(|cell| !is_served[**cell]);
            new.map(|cell| cells[*cell])
                .fold(Cell::default(), |sum, c| Cell { m2: sum.m2 + c.m2, people: sum.people + c.people })
        };
        let best = rest.iter().map(|site| (*site, adds(*site))).max_by(|a, b| worth(&a.1).total_cmp(&worth(&b.1)));
        let Some((site, cell)) = best else { break };
        found.chosen.push(Site { row: site as usize, adds_m2: cell.m2, adds_people: cell.people });
        rest.remove(&site);
        of_sites.get(&site).into_iter().flatten().for_each(|cell| is_served[*cell] = true);
    }
    Ok(found)
}

/// One feature of the demand: what nothing serves of it, by the sites that would.
struct Cells {
    own_m2: f64,
    unserved_m2: f64,
    cells: Vec<(Vec<u32>, f64)>,
}

fn cells(
    demand: &IndexedLayer,
    row: usize,
    served: Option<&Served<'_>>,
    candidates: &IndexedLayer,
    regions: &BTreeMap<usize, Polygons>,
    radius_m: f64,
) -> Cells {
    let layer = demand.layer();
    let bounds = layer.geometries.bounds(row);
    let plane = Plane::about(&bounds);
    let own_m2 = super::overlay::row_area_m2(layer, row);
    let (unserved, unserved_m2) = match served.map(|served| served.gap(layer, row, radius_m)) {
        None => (Some(OutGeometry::Unchanged), own_m2),
        Some(gap) => (gap.unserved, gap.unserved_m2),
    };
    let mut whole = Vec::new();
    match unserved {
        None => return Cells { own_m2, unserved_m2: 0.0, cells: Vec::new() },
        Some(OutGeometry::Polygons(polygons)) => plane.polygons(&polygons, &mut whole),
        Some(_) => plane.row(layer, row, &bounds, &mut whole),
    }
    let window = bounds.padded(1.0);
    let mut near = candidates.rows_in(&bounds.padded(radius_m));
    near.retain(|site| regions.contains_key(site));
    near.sort_unstable();
    let mut parts: Vec<(Vec<u32>, Vec<Contour>)> = vec![(Vec::new(), whole)];
    for site in near {
        let mut region = Vec::new();
        plane.polygons(&regions[&site], &mut region);
        let region = plane.clipped(region, &window);
        if region.is_empty() {
            continue;
        }
        let mut next = Vec::with_capacity(parts.len() + 1);
        for (reach, part) in parts {
            let inside = overlay(&part, &region, Operation::Intersection);
            if inside.is_empty() {
                next.push((reach, part));
                continue;
            }
            let outside = overlay(&part, &region, Operation::Difference);
            let mut with = reach.clone();
            with.push(site as u32);
            next.push((with, inside.concat()));
            if !outside.is_empty() {
                next.push((reach, outside.concat()));
            }
        }
        parts = next;
    }
    let in_reach = parts.into_iter().filter(|(reach, _)| !reach.is_empty());
    let measured = in_reach.map(|(reach, part)| {
        let polygons = overlay(&part, &[], Operation::Union);
        (reach, polygons_area_m2(&plane.positions(&polygons)))
    });
    Cells { own_m2, unserved_m2, cells: measured.collect() }
}

/// A choice of sites.
#[derive(Clone, Debug, PartialEq)]
struct Covered {
    chosen: Vec<u32>,
    served: f64,
    bound: f64,
    is_proven: bool,
}

/// Nodes of the search between two looks whether somebody wants it stopped, and how often it goes on.
const NODES_AT_ONCE: u64 = 25;
const TURNS: usize = 40;

/// By site, the cells that it serves, in their order.
fn cells_of_sites<'c>(reaches: impl Iterator<Item = &'c Vec<u32>>) -> BTreeMap<u32, Vec<usize>> {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (cell, reach) in reaches.enumerate() {
        reach.iter().for_each(|site| of.entry(*site).or_default().push(cell));
    }
    of
}

/// The sites that a choice which serves at least so much may have: each serves with the best others, did none of them
/// share a cell, as much.
fn worth_a_look(all: &BTreeSet<u32>, sites: usize, at_least: f64, serves: impl Fn(&u32) -> f64) -> BTreeSet<u32> {
    let mut alone: Vec<(f64, u32)> = all.iter().map(|site| (serves(site), *site)).collect();
    alone.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best: f64 = alone.iter().take(sites).map(|(weight, _)| weight).sum();
    let last = alone.get(sites - 1).map_or(0.0, |(weight, _)| *weight);
    // A hair for sums in another order.
    let at_least = at_least * (1.0 - 1e-9);
    let may_be = |(place, (weight, _)): &(usize, (f64, u32))| *place < sites || best - last + weight >= at_least;
    alone.into_iter().enumerate().filter(may_be).map(|(_, (_, site))| site).collect()
}

/// The best choice of at most `sites` sites: cells are served by any of their sites.
fn cover(cells: &[(Vec<u32>, f64)], sites: usize, progress: &Progress) -> Result<Covered, AskError> {
    let of_sites = cells_of_sites(cells.iter().map(|(reach, _)| reach));
    let all: BTreeSet<u32> = of_sites.keys().copied().collect();
    let served = |chosen: &BTreeSet<u32>| -> f64 {
        cells.iter().filter(|(reach, _)| reach.iter().any(|s| chosen.contains(s))).map(|(_, w)| w).sum()
    };
    // Greedy first: what it serves is at least 63 % of what is possible, and the search begins there.
    let mut greedy = BTreeSet::new();
    let mut is_served = vec![false; cells.len()];
    while greedy.len() < sites.min(all.len()) {
        let new = |site: &u32| of_sites[site].iter().filter(|cell| !is_served[**cell]);
        let gain = |site: &u32| new(site).map(|cell| cells[*cell].1).sum::<f64>();
        let best =
            all.iter().filter(|s| !greedy.contains(*s)).map(|s| (gain(s), *s)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, site)) = best else { break };
        of_sites[&site].iter().for_each(|cell| is_served[*cell] = true);
        greedy.insert(site);
    }
    let greedy_served = served(&greedy);
    let total: f64 = cells.iter().map(|(_, weight)| weight).sum();
    let as_found = |chosen: BTreeSet<u32>, bound: f64, is_proven: bool| {
        let served = served(&chosen);
        Covered { chosen: chosen.into_iter().collect(), served, bound: bound.max(served), is_proven }
    };
    if all.len() <= sites || total <= 0.0 {
        return Ok(as_found(greedy, total, true));
    }
    // Those that with the best others would still serve less than greedy does are in no best choice.
    let all = worth_a_look(&all, sites, greedy_served, |site| of_sites[site].iter().map(|cell| cells[*cell].1).sum());
    let left: Vec<(Vec<u32>, f64)> = cells
        .iter()
        .map(|(reach, weight)| (reach.iter().copied().filter(|site| all.contains(site)).collect::<Vec<_>>(), *weight))
        .filter(|(reach, weight)| !reach.is_empty() && *weight > 0.0)
        .collect();
    let left_of_sites = cells_of_sites(left.iter().map(|(reach, _)| reach));
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    // What one site alone serves counts with the site.
    let alone = |site: &u32| {
        let of = left_of_sites.get(site).into_iter().flatten().filter(|cell| left[**cell].0.len() == 1);
        of.fold(0.0, |sum, cell| sum + left[*cell].1)
    };
    let site_vars: BTreeMap<u32, _> =
        all.iter().map(|site| (*site, problem.add_binary_var(alone(site) / total))).collect();
    problem.add_constraint(site_vars.values().map(|v| (*v, 1.0)).collect::<Vec<_>>(), ComparisonOp::Le, sites as f64);
    for (reach, weight) in left.iter().filter(|(reach, _)| reach.len() > 1) {
        let cell = problem.add_var(weight / total, (0.0, 1.0));
        let sum = reach.iter().map(|site| (site_vars[site], -1.0)).chain([(cell, 1.0)]);
        problem.add_constraint(sum.collect::<Vec<_>>(), ComparisonOp::Le, 0.0);
    }
    let start = site_vars.iter().map(|(site, var)| (*var, f64::from(u8::from(greedy.contains(site)))));
    let (mut options, mut more) = (SolveOptions::default(), ResumeOptions::default());
    (options.node_limit, more.node_limit) = (Some(NODES_AT_ONCE), Some(NODES_AT_ONCE));
    options.warm_start = Some(start.collect());
    progress.advance(0)?;
    // Where the solver cannot go on, greedy's choice stands with the bound that is always true.
    let Ok(mut outcome) = problem.solve_with(options) else { return Ok(as_found(greedy, total, false)) };
    for _ in 0..TURNS {
        progress.advance(0)?;
        if outcome.is_optimal() {
            break;
        }
        let Ok(next) = outcome.resume_with(more.clone()) else { return Ok(as_found(greedy, total, false)) };
        outcome = next;
    }
    let is_proven = outcome.is_optimal();
    let bound = outcome.stats().best_bound.map_or(total, |share| share * total);
    let chosen = match outcome {
        SolveOutcome::Solution(solution) => {
            site_vars.iter().filter(|(_, var)| solution.var_value(**var) > 0.5).map(|(site, _)| *site).collect()
        }
        SolveOutcome::Interrupted(_) => BTreeSet::new(),
    };
    // The solver works to a tolerance; the better of the two is given.
    Ok(if served(&chosen) >= greedy_served {
        as_found(chosen, bound, is_proven)
    } else {
        as_found(greedy, bound, is_proven)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every choice of sites, looked at one after another.
    fn brute(cells: &[(Vec<u32>, f64)], sites: usize) -> f64 {
        (0_u32..1 << 9)
            .filter(|choice| choice.count_ones() as usize <= sites)
            .map(|choice| {
                let of = cells.iter().filter(|(reach, _)| reach.iter().any(|s| choice >> s & 1 == 1));
                of.map(|(_, weight)| weight).sum::<f64>()
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn choices_are_the_best_of_all() {
        let mut seed = 11_u64;
        let mut below = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        for _ in 0..60 {
            let cells: Vec<(Vec<u32>, f64)> = (0..25)
                .map(|_| {
                    let reach: BTreeSet<u32> = (0..=below(3)).map(|_| below(9) as u32).collect();
                    (reach.into_iter().collect(), below(1_000) as f64)
                })
                .collect();
            let sites = 1 + below(4) as usize;
            let best = cover(&cells, sites, &Progress::default()).expect("nobody stopped it");
            assert!(best.is_proven && best.chosen.len() <= sites);
            assert!((best.served - brute(&cells, sites)).abs() < 1e-6, "{cells:?} {sites}: {best:?}");
            assert!(best.bound >= best.served);
            let few = worth_a_look(&(0..9).collect(), sites, best.served, |site| {
                cells.iter().filter(|(reach, _)| reach.contains(site)).map(|(_, weight)| weight).sum()
            });
            assert!(best.chosen.iter().all(|site| few.contains(site)), "{cells:?} {sites}: {few:?}");
        }
    }

    #[test]
    fn greedy_alone_would_not_do() {
        // The middle site takes most at first, and then two cannot take all.
        let cells = vec![(vec![0, 1], 3.0), (vec![0, 2], 3.0), (vec![1], 2.0), (vec![2], 2.0)];
        let best = cover(&cells, 2, &Progress::default()).expect("nobody stopped it");
        assert_eq!((best.chosen, best.served, best.is_proven), (vec![1, 2], 10.0, true));
    }
}
