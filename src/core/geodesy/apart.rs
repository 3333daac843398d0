//! Which boxes of a grid lie apart: what no chain of boxes joins can be worked on by itself, on another core.

/// A box of whole numbers, its border included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridBox {
    /// Least numbers.
    pub min: [i64; 2],
    /// Greatest numbers.
    pub max: [i64; 2],
}

impl GridBox {
    /// Nothing.
    pub const EMPTY: Self = Self { min: [i64::MAX; 2], max: [i64::MIN; 2] };

    /// The same with a point.
    pub fn with(self, [x, y]: [i64; 2]) -> Self {
        Self { min: [self.min[0].min(x), self.min[1].min(y)], max: [self.max[0].max(x), self.max[1].max(y)] }
    }

    /// True where it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// What holds both.
    pub fn union(self, other: Self) -> Self {
        if other.is_empty() { self } else { self.with(other.min).with(other.max) }
    }

    /// What both share; empty where they are apart.
    pub fn meet(self, other: Self) -> Self {
        let shared = Self {
            min: [0, 1].map(|axis| self.min[axis].max(other.min[axis])),
            max: [0, 1].map(|axis| self.max[axis].min(other.max[axis])),
        };
        if shared.min[0] <= shared.max[0] && shared.min[1] <= shared.max[1] { shared } else { Self::EMPTY }
    }

    /// True where they share a point; nothing meets what is empty.
    pub fn meets(&self, other: &Self) -> bool {
        !self.meet(*other).is_empty()
    }

    /// The same, wider by so much on every side.
    pub fn padded(self, by: i64) -> Self {
        if self.is_empty() {
            return self;
        }
        Self { min: self.min.map(|v| v.saturating_sub(by)), max: self.max.map(|v| v.saturating_add(by)) }
    }
}

/// The grid has about so many cells a box, and at most so many on a side.
const CELLS_A_BOX: f64 = 4.0;
const MOST_CELLS: usize = 512;
/// Looking through more cells than this for each box and cell does not pay.
const LOOKS: usize = 32;

/// Cells of a grid, those that a box joins as one.
struct Cells {
    place: GridBox,
    wide: [i64; 2],
    side: usize,
    /// The cell that each goes by, or one nearer to it.
    root: Vec<u32>,
}

impl Cells {
    fn new(place: GridBox, boxes: usize) -> Self {
        let side = ((CELLS_A_BOX * boxes as f64).sqrt().ceil() as usize).clamp(2, MOST_CELLS);
        let wide = [0, 1].map(|axis| (place.max[axis] - place.min[axis]) / side as i64 + 1);
        Self { place, wide, side, root: (0..(side * side) as u32).collect() }
    }

    /// Columns and rows that a box spans, the first and the last.
    fn span(&self, of: &GridBox, beside: i64) -> [[usize; 2]; 2] {
        [0, 1].map(|axis| {
            let cell = |v: i64| ((v - self.place.min[axis]) / self.wide[axis]).clamp(0, self.side as i64 - 1) as usize;
            [cell(of.min[axis].saturating_sub(beside)), cell(of.max[axis].saturating_add(beside))]
        })
    }

    fn root(&mut self, mut cell: u32) -> u32 {
        while self.root[cell as usize] != cell {
            let above = self.root[self.root[cell as usize] as usize];
            self.root[cell as usize] = above;
            cell = above;
        }
        cell
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.root[a.max(b) as usize] = a.min(b);
    }

    fn cell(&self, column: usize, row: usize) -> u32 {
        (row * self.side + column) as u32
    }
}

/// Groups of boxes such that none comes within `beside` of one of another group, each in rising order; empty boxes are in
/// none. `None` where they make one group, or hang together so much that it does not pay to look.
///
/// Two boxes in one cell of a grid are in one group, so groups may hold more than what meets.
///
/// Cost: linear in boxes, and in the cells that they cover.
pub fn groups_apart(boxes: &[GridBox], beside: i64) -> Option<Vec<Vec<u32>>> {
    let place = boxes.iter().fold(GridBox::EMPTY, |all, one| all.union(*one));
    if place.is_empty() {
        return None;
    }
    let mut cells = Cells::new(place, boxes.len());
    let mut looks = LOOKS * (boxes.len() + cells.root.len());
    for one in boxes.iter().filter(|one| !one.is_empty()) {
        let [columns, rows] = cells.span(one, beside);
        looks = looks.checked_sub((columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1))?;
        let first = cells.cell(columns[0], rows[0]);
        for row in rows[0]..=rows[1] {
            for column in columns[0]..=columns[1] {
                let own = cells.cell(column, row);
                cells.join(first, own);
            }
        }
    }
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut group_of = vec![u32::MAX; cells.root.len()];
    for (i, one) in boxes.iter().enumerate().filter(|(_, one)| !one.is_empty()) {
        let [columns, rows] = cells.span(one, beside);
        let first = cells.cell(columns[0], rows[0]);
        let root = cells.root(first) as usize;
        if group_of[root] == u32::MAX {
            group_of[root] = groups.len() as u32;
            groups.push(Vec::new());
        }
        groups[group_of[root] as usize].push(i as u32);
    }
    (groups.len() > 1).then_some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn boxes_of_two_groups_are_apart_and_each_is_in_one(
            of in prop::collection::vec((0..100_000_i64, 0..100_000_i64, 0..4_000_i64, 0..4_000_i64), 1..200),
            beside in 0..500_i64,
        ) {
            let mut boxes: Vec<GridBox> =
                of.iter().map(|(x, y, w, h)| GridBox { min: [*x, *y], max: [x + w, y + h] }).collect();
            boxes.push(GridBox::EMPTY);
            let Some(groups) = groups_apart(&boxes, beside) else { return Ok(()) };
            let mut all: Vec<u32> = groups.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..of.len() as u32).collect::<Vec<_>>());
            let group_of = |i: usize| groups.iter().position(|group| group.contains(&(i as u32)));
            for i in 0..of.len() {
                for k in 0..i {
                    let meets = (0..2).all(|axis| {
                        boxes[i].min[axis] - beside <= boxes[k].max[axis]
                            && boxes[k].min[axis] - beside <= boxes[i].max[axis]
                    });
                    prop_assert!(!meets || group_of(i) == group_of(k), "{i} {k}");
                }
            }
        }
    }

    #[test]
    fn what_is_far_apart_is_told_apart() {
        let at = |x: i64| GridBox { min: [x, 0], max: [x + 10, 10] };
        assert_eq!(groups_apart(&[at(0), at(1_000), at(5)], 2), Some(vec![vec![0, 2], vec![1]]));
        assert_eq!(groups_apart(&[at(0), at(5)], 2), None);
        assert_eq!(groups_apart(&[GridBox::EMPTY], 2), None);
    }
}
