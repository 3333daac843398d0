//! Which placemarks make which layer, and which columns it has.
//!
//! A planner's KML holds folders: "roads", "parcels", "rivers". Each becomes a layer:
//! - Containers that hold nothing but one other container are passed over (`Document` in `kml`, the one folder of an export).
//! - Of the container reached so, each `Folder` or `Document` with placemarks in it, at any depth, is a layer of its own; the
//!   folders inside it are told by the column `folder`. Placemarks that stand beside the folders are a layer too.
//! - More than 100 folders are one layer with the column `folder`: nobody ticks off such a list.

use super::placemark::{From, STANDARD};
use super::scan::{Scan, too_many_fields};
use crate::io::formats::xml::Column;
use crate::io::formats::{FormatError, RawKind};
use std::collections::HashMap;
use std::ops::Range;

/// More folders than this are one layer.
pub const MOST_LAYERS: usize = 100;
/// The most columns of a layer, and the most that come of descriptions.
const MOST_FIELDS: usize = 1000;
const MOST_BALLOON_FIELDS: usize = 200;

/// A layer to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name; empty where nothing in the file has one.
    pub name: String,
    /// The containers whose direct placemarks it holds.
    pub nodes: Range<usize>,
    /// The container that folders are told from.
    pub base: usize,
    /// Its placemarks.
    pub rows: u64,
    /// Kinds of their geometries.
    pub kinds: Vec<RawKind>,
    /// True where it holds more folders than may be layers.
    pub is_gathered: bool,
}

/// The layers of a file in its order; one without rows where there is no placemark.
pub fn plans(scan: &Scan) -> Vec<Plan> {
    let nodes = &scan.nodes;
    let mut root = 0;
    let children = loop {
        let mut children = Vec::new();
        let mut child = root + 1;
        while child < nodes[root].end {
            if nodes[child].total > 0 {
                children.push(child);
            }
            child = nodes[child].end.max(child + 1);
        }
        match children[..] {
            [only] if nodes[root].direct == 0 => root = only,
            _ => break children,
        }
    };
    let plan = |nodes_of: Range<usize>, base: usize, is_gathered: bool| {
        let mut kinds = Vec::new();
        for kind in nodes[nodes_of.clone()].iter().flat_map(|node| &node.kinds) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        let rows = nodes[nodes_of.clone()].iter().map(|node| node.direct).sum();
        Plan { name: nodes[base].name.clone(), nodes: nodes_of, base, rows, kinds, is_gathered }
    };
    // The name of the nearest container around that has one.
    let mut named = root;
    while nodes[named].name.is_empty() && named > 0 {
        named = nodes[named].parent;
    }
    let name = &nodes[named].name;
    if children.len() > MOST_LAYERS {
        return vec![Plan { name: name.clone(), ..plan(root..nodes[root].end, root, true) }];
    }
    let mut plans = Vec::new();
    if nodes[root].direct > 0 || children.is_empty() {
        plans.push(Plan { name: name.clone(), ..plan(root..root + 1, root, false) });
    }
    plans.extend(children.into_iter().map(|child| plan(child..nodes[child].end, child, false)));
    plans
}

/// Makes names that repeat, or are empty beside others, differ: `roads`, `roads (2)`.
pub fn tell_apart(names: &mut [String]) {
    if names.len() < 2 {
        return;
    }
    let mut taken = HashMap::<String, usize>::new();
    for name in names {
        if name.is_empty() {
            "Folder".clone_into(name);
        }
        let first = name.clone();
        let mut count = taken.get(&first).copied().unwrap_or(0);
        if count > 0 {
            loop {
                count += 1;
                *name = format!("{first} ({count})");
                if !taken.contains_key(name) {
                    break;
                }
            }
            taken.insert(first, count);
        }
        taken.insert(name.clone(), 1);
    }
}

/// The columns of a layer.
#[derive(Debug, Default)]
pub struct Columns {
    /// In their order.
    pub all: Vec<Column>,
    /// Where the standard ones stand.
    pub standard: [Option<usize>; STANDARD.len()],
    /// Where those of a name stand.
    pub by_name: HashMap<String, usize>,
    /// Where the path of folders stands.
    pub folder: Option<usize>,
    /// How many come of descriptions, and whether there were more.
    pub of_descriptions: (usize, bool),
}

impl Columns {
    /// Gathers what was found in a layer's containers: the standard columns first, then fields as they were met.
    ///
    /// # Errors
    /// Where there are more than a table may have.
    pub fn of(scan: &Scan, plan: &Plan) -> Result<Self, FormatError> {
        let mut columns = Self::default();
        let is_own = |node: &usize| plan.nodes.contains(node);
        let mut standard: [Option<Column>; STANDARD.len()] = Default::default();
        for found in scan.found.iter().filter(|found| is_own(&found.node)) {
            if let From::Standard(at) = found.from {
                match &mut standard[at] {
                    Some(column) => column.seen.merge(found.column.seen),
                    slot => *slot = Some(found.column.clone()),
                }
            }
        }
        for (at, column) in standard.into_iter().enumerate() {
            if let Some(column) = column {
                columns.standard[at] = Some(columns.all.len());
                columns.all.push(column);
            }
        }
        if scan.nodes[plan.nodes.clone()].iter().skip(1).any(|node| node.direct > 0) {
            columns.folder = Some(columns.all.len());
            columns.all.push(Column { name: "folder".to_owned(), ..Column::default() });
        }
        for found in scan.found.iter().filter(|found| is_own(&found.node)) {
            let is_balloon = match found.from {
                From::Standard(_) => continue,
                From::Data => false,
                From::Balloon => true,
            };
            if let Some(at) = columns.by_name.get(&found.column.name) {
                let column = &mut columns.all[*at];
                column.seen.merge(found.column.seen);
                column.title = column.title.take().or_else(|| found.column.title.clone());
                continue;
            }
            if is_balloon && columns.of_descriptions.0 == MOST_BALLOON_FIELDS {
                columns.of_descriptions.1 = true;
                continue;
            }
            if columns.all.len() == MOST_FIELDS {
                return Err(too_many_fields());
            }
            columns.of_descriptions.0 += usize::from(is_balloon);
            columns.by_name.insert(found.column.name.clone(), columns.all.len());
            columns.all.push(found.column.clone());
        }
        Ok(columns)
    }
}
