//! The cells of one column: one a row where most rows have one; else those that are there, each with its row. So memory is
//! by the cells that a file has, not by its rows times its columns.

use super::{Cell, reserve};

/// Columns of fewer rows than this have a cell a row.
const SMALL: usize = 8;

/// Of a column that has a cell a row, one in so many must be there; else only those that are there are kept.
const ONE_IN: usize = 8;

/// A column of which one cell in so many is there has a cell a row again.
const FULL_FROM: usize = 4;

/// A column's cells, row by row. Cells come in the order of their rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// A cell a row up to the last that has one; or those that are there.
    cells: Vec<Cell>,
    /// The rows of the cells in rising order, where only those that are there are kept.
    rows: Option<Vec<u32>>,
    /// Cells that are there.
    filled: usize,
}

impl Column {
    /// The cell of a row.
    pub(super) fn get(&self, row: usize) -> Cell {
        let at = match &self.rows {
            None => Some(row),
            Some(rows) => u32::try_from(row).ok().and_then(|row| rows.binary_search(&row).ok()),
        };
        at.and_then(|at| self.cells.get(at)).copied().unwrap_or(Cell::MISSING)
    }

    /// The rows that have a cell, where only those are kept.
    pub(super) fn rows(&self) -> Option<&[u32]> {
        self.rows.as_deref()
    }

    /// Puts a cell into a row that is not before the last; true where that row has one already, which it takes the place of.
    pub(super) fn put(&mut self, row: usize, cell: Cell) -> bool {
        match &mut self.rows {
            None => {
                if self.cells.len() > row {
                    self.cells.truncate(row);
                    self.cells.push(cell);
                    return true;
                }
                if self.cells.len() < row {
                    if is_thin(self.filled + 1, row + 1) {
                        self.thin();
                        return self.put(row, cell);
                    }
                    self.cells.resize(row, Cell::MISSING);
                }
                self.cells.push(cell);
                self.filled += 1;
            }
            Some(rows) => {
                if rows.last().is_some_and(|last| *last as usize == row) {
                    self.cells.pop();
                    self.cells.push(cell);
                    return true;
                }
                rows.push(row as u32);
                self.cells.push(cell);
                self.filled += 1;
                if self.filled * FULL_FROM > row {
                    self.fill();
                }
            }
        }
        false
    }

    /// Takes the cell of a row behind all others out again.
    pub(super) fn forget(&mut self, row: usize) {
        match &mut self.rows {
            None if self.cells.len() > row => self.cells.truncate(row),
            Some(rows) if rows.last().is_some_and(|last| *last as usize >= row) => {
                rows.pop();
                self.cells.pop();
            }
            _ => return,
        }
        self.filled -= 1;
    }

    /// Adds the cells of another's rows (so many) behind `rows` own ones; their text stands `by` bytes further on.
    pub(super) fn append(&mut self, rows: usize, other: &Self, others: usize, by: usize) {
        let is_thin = is_thin(self.filled + other.filled, rows + others);
        if self.rows.is_none() && !is_thin && other.rows.is_none() {
            self.cells.resize(rows, Cell::MISSING);
            self.cells.extend(other.cells.iter().map(|cell| cell.moved(by)));
            self.filled += other.filled;
            return;
        }
        if self.rows.is_none() && is_thin {
            self.thin();
        }
        for (row, cell) in other.cells() {
            self.put(rows + row, cell.moved(by));
        }
    }

    /// The cells that are there with their rows.
    fn cells(&self) -> impl Iterator<Item = (usize, Cell)> + '_ {
        let row = |at: usize| self.rows.as_ref().map_or(at, |rows| rows[at] as usize);
        let there = self.cells.iter().enumerate().filter(|(_, cell)| **cell != Cell::MISSING);
        there.map(move |(at, cell)| (row(at), *cell))
    }

    /// Keeps only the cells that are there.
    fn thin(&mut self) {
        let (mut rows, mut cells) = (Vec::with_capacity(self.filled + 1), Vec::with_capacity(self.filled + 1));
        for (row, cell) in self.cells() {
            rows.push(row as u32);
            cells.push(cell);
        }
        (self.rows, self.cells) = (Some(rows), cells);
    }

    /// Keeps a cell a row.
    fn fill(&mut self) {
        let rows = self.cells().last().map_or(0, |(row, _)| row + 1);
        let mut cells = vec![Cell::MISSING; rows];
        self.cells().for_each(|(row, cell)| cells[row] = cell);
        (self.rows, self.cells) = (None, cells);
    }

    /// No cells, and the room of those that were there.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.rows = None;
        self.filled = 0;
    }

    /// Makes room for so many times as many rows as are there.
    pub(super) fn reserve(&mut self, times: f64) {
        reserve(&mut self.cells, times);
        if let Some(rows) = &mut self.rows {
            reserve(rows, times);
        }
    }

    /// There are so many rows, and no more come.
    pub(super) fn finish(&mut self, rows: usize) {
        match &mut self.rows {
            None if is_thin(self.filled, rows) => self.thin(),
            None => self.cells.resize(rows, Cell::MISSING),
            Some(_) => {}
        }
        if let Some(rows) = &mut self.rows {
            rows.shrink_to_fit();
        }
        self.cells.shrink_to_fit();
    }

    /// Bytes that the cells take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let rows = self.rows.as_ref().map_or(0, |rows| rows.capacity() * size_of::<u32>());
        self.cells.capacity() * size_of::<Cell>() + rows
    }
}

/// True where so few of so many rows have a cell that only those are kept.
fn is_thin(filled: usize, rows: usize) -> bool {
    rows > SMALL && filled * ONE_IN < rows && u32::try_from(rows).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn cell(n: usize) -> Cell {
        Cell::new(Span { start: n, end: n + 1 })
    }

    /// A column of these rows out of so many; each cell knows its row.
    fn column(there: impl Iterator<Item = usize>, rows: usize) -> Column {
        let mut column = Column::default();
        for row in there {
            assert!(!column.put(row, cell(row)));
        }
        column.finish(rows);
        column
    }

    #[test]
    fn what_is_put_is_there_however_it_is_kept() {
        for (step, from) in [(1, 0), (2, 5), (3, 900), (7, 0), (9, 100), (50, 1), (1_000, 70), (1, 1_990)] {
            let there: Vec<usize> = (from..2_000).step_by(step).collect();
            let column = column(there.iter().copied(), 2_000);
            for row in 0..2_001 {
                let expected = if there.contains(&row) { cell(row) } else { Cell::MISSING };
                assert_eq!(column.get(row), expected, "row {row}, one in {step} from {from}");
            }
            assert_eq!(column.filled, there.len());
            // A cell a row, or twelve bytes a cell that is there, whichever is less, within a factor.
            assert!(column.bytes() <= 8 * ONE_IN * there.len().max(SMALL), "one in {step} from {from}");
        }
    }

    #[test]
    fn a_column_that_is_full_costs_a_cell_a_row_and_one_of_few_does_not() {
        let full = column(0..10_000, 10_000);
        assert!(full.rows().is_none() && full.bytes() == 80_000);
        let few = column((0..10_000).step_by(5_000), 10_000);
        assert_eq!((few.rows(), few.bytes()), (Some(&[0_u32, 5_000][..]), 24));
        // Full at first, and then no more for long; and the other way round.
        let early = column(0..100, 100_000);
        assert!(early.rows().is_some() && early.bytes() < 2_000);
        let late = column(50_000..100_000, 100_000);
        assert!(late.rows().is_none());
    }

    #[test]
    fn columns_put_behind_one_another_are_those_of_one_reading() {
        let pieces = [(0..500, 1), (500..800, 97), (800..1_500, 300), (1_500..1_600, 1), (1_600..9_000, 2_000)];
        let (mut all, mut whole, mut rows) = (Column::default(), Column::default(), 0);
        for (range, step) in pieces {
            let mut piece = Column::default();
            for row in range.clone().step_by(step) {
                piece.put(row - range.start, cell(row - range.start));
                whole.put(row, cell(row));
            }
            all.append(rows, &piece, range.len(), range.start);
            rows += range.len();
        }
        all.finish(rows);
        whole.finish(rows);
        assert!((0..rows).all(|row| all.get(row) == whole.get(row)));
        assert_eq!(all.filled, whole.filled);
    }

    #[test]
    fn a_cell_given_twice_or_taken_back_counts_once() {
        for rows in [vec![0], (0..70).collect(), vec![3, 4_000]] {
            let mut column = Column::default();
            for row in &rows {
                column.put(*row, cell(1));
                assert!(column.put(*row, cell(*row + 7)), "twice");
            }
            let last = *rows.last().expect("some");
            assert_eq!((column.filled, column.get(last)), (rows.len(), cell(last + 7)));
            column.forget(last);
            column.forget(last);
            assert_eq!((column.filled, column.get(last)), (rows.len() - 1, Cell::MISSING));
        }
    }
}
