//! Which rows a table shows and in which order, and what their numbers come to: worked out beside the interface where there
//! are many.

use super::Made;
use crate::index::IndexedLayer;
use crate::model::{Layer, Value};
use crate::query::expression::Expression;
use crate::ui::collate::sort_key;
use crate::ui::later::Later;
use eframe::egui;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

/// Tables of more rows are put in order on a thread of their own.
const AT_ONCE: usize = 20_000;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The column that the rows stand by, and whether they rise.
    pub sort: Option<(usize, bool)>,
    /// Only rows for which it is true.
    pub filter: Option<Expression>,
    /// Only rows in which it stands somewhere, in small letters.
    pub search: String,
    /// Only these rows.
    pub only: Option<Arc<Vec<usize>>>,
}

/// What a column of numbers comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many there are.
    pub count: usize,
    /// Their sum.
    pub sum: f64,
    /// The least and the greatest.
    pub range: [f64; 2],
}

impl Figures {
    fn of(numbers: impl ParallelIterator<Item = f64>) -> Option<Self> {
        let none = || Self { count: 0, sum: 0.0, range: [f64::INFINITY, f64::NEG_INFINITY] };
        let joined = |a: Self, b: Self| Self {
            count: a.count + b.count,
            sum: a.sum + b.sum,
            range: [a.range[0].min(b.range[0]), a.range[1].max(b.range[1])],
        };
        let all = numbers.map(|n| Self { count: 1, sum: n, range: [n, n] }).reduce(none, joined);
        (all.count > 0).then_some(all)
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

/// Rows in their order.
#[derive(Clone, Debug, Default)]
pub struct Ordered {
    /// The rows.
    pub rows: Vec<u32>,
    /// Figures of the column that they stand by, where it holds numbers.
    pub figures: Option<Figures>,
}

/// The order, kept until the layer or what is asked for changes.
#[derive(Default)]
pub struct Order {
    /// The layer's identity, and what was asked for.
    of: Option<(u64, Wanted)>,
    ordered: Ordered,
    coming: Option<(u64, Wanted, Later<Ordered>)>,
}

impl Order {
    /// The rows as they are asked for; those of before while they are worked out, none of another layer's.
    pub fn follow(&mut self, ctx: &egui::Context, indexed: &Arc<IndexedLayer>, wanted: &Wanted) -> &Ordered {
        if let Some((id, asked, later)) = &self.coming
            && let Ok(done) = later.take()
        {
            self.of = Some((*id, asked.clone()));
            self.ordered = done.unwrap_or_default();
            self.coming = None;
        }
        let is = |of: &(u64, Wanted)| of.0 == indexed.id() && of.1 == *wanted;
        let is_coming = self.coming.as_ref().is_some_and(|(id, asked, _)| *id == indexed.id() && asked == wanted);
        if !self.of.as_ref().is_some_and(is) && !is_coming {
            if indexed.layer().len() <= AT_ONCE {
                self.ordered = ordered(indexed, wanted);
                self.of = Some((indexed.id(), wanted.clone()));
                self.coming = None;
            } else {
                let (own, asked) = (Arc::clone(indexed), wanted.clone());
                let later = Later::start(ctx, move || ordered(&own, &asked));
                self.coming = Some((indexed.id(), wanted.clone(), later));
            }
        }
        &self.ordered
    }

    /// True while rows are put in order.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }

    /// Forgets the rows of another layer, so that none of them is shown as this one's.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The rows as they are asked for. n log n.
pub fn ordered(indexed: &IndexedLayer, wanted: &Wanted) -> Ordered {
    let layer = indexed.layer();
    let mut rows: Vec<u32> = match &wanted.only {
        Some(only) => {
            only.iter().filter(|row| **row < layer.len() && !layer.is_gone(**row)).map(|row| *row as u32).collect()
        }
        None => layer.rows().map(|row| row as u32).collect(),
    };
    if let Some(over) = wanted.filter.as_ref().and_then(|filter| filter.over(layer).ok()) {
        rows = rows.into_par_iter().with_min_len(1_024).filter(|row| over.is_true(*row as usize)).collect();
    }
    if !wanted.search.is_empty() {
        rows =
            rows.into_par_iter().with_min_len(1_024).filter(|row| has(layer, *row as usize, &wanted.search)).collect();
    }
    let Some((column, rising)) = wanted.sort else { return Ordered { rows, figures: None } };
    // Every cell is decoded once, not at every comparison.
    let mut keyed: Vec<(SortKey, u32)> = rows
        .par_iter()
        .with_min_len(1_024)
        .map(|row| (SortKey::of(&layer.attributes.value(*row as usize, column)), *row))
        .collect();
    let figures = Figures::of(keyed.par_iter().filter_map(|(key, _)| match key {
        SortKey::Number(n) => Some(*n),
        _ => None,
    }));
    let texts = keyed.par_iter().any(|(key, _)| matches!(key, SortKey::Text(_)));
    keyed.par_sort_unstable_by(|(x, a), (y, b)| {
        let blank = |key: &SortKey| *key == SortKey::Blank;
        // Missing values stand last either way.
        match (blank(x), blank(y)) {
            (false, false) => {
                let order = x.compare(y);
                (if rising { order } else { order.reverse() }).then(a.cmp(b))
            }
            (x, y) => x.cmp(&y).then(a.cmp(b)),
        }
    });
    Ordered { rows: keyed.into_iter().map(|(_, row)| row).collect(), figures: figures.filter(|_| !texts) }
}

/// True where a text stands in one of a row's cells, whatever the case of its letters.
fn has(layer: &Layer, row: usize, text: &str) -> bool {
    let columns = layer.attributes.columns_of(row);
    let found = |shown: &str| shown.contains(text) || shown.to_lowercase().contains(text);
    columns.into_iter().any(|column| found(&layer.attributes.value(row, column).display()))
        || layer.id_text(row).is_some_and(|id| found(&id))
}

/// What rows stand by to begin with: an answer about areas or distances reads best by them.
pub fn first_sort(layer: &Layer, made: Made<'_>) -> Option<(usize, bool)> {
    let column = |name: &str| made.iter().find(|(_, n)| *n == name).and_then(|(own, _)| layer.attributes.column(own));
    let least = column("m2_per_person").map(|c| (c, true));
    let largest = column("area_m2").map(|c| (c, false));
    least.or(largest).or_else(|| column("distance_m").map(|c| (c, true)))
}

/// What a cell sorts by: numbers by size, before texts; texts as people put them in order.
#[derive(PartialEq)]
enum SortKey {
    Number(f64),
    Text(String),
    Blank,
}

impl SortKey {
    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Missing | Value::Null => Self::Blank,
            Value::Number(number, _) => Self::Number(*number),
            other => Self::Text(sort_key(&other.display())),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(x), Self::Number(y)) => x.total_cmp(y),
            (Self::Number(_), _) => Ordering::Less,
            (_, Self::Number(_)) => Ordering::Greater,
            (Self::Text(x), Self::Text(y)) => x.cmp(y),
            (Self::Blank, _) | (_, Self::Blank) => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    fn layer() -> IndexedLayer {
        let row = |name: &str, n: &str| {
            format!(r#"{{"type":"Feature","properties":{{"名称":"{name}","n":{n}}},"geometry":null}}"#)
        };
        let rows = [row("Alpha", "3"), row("beta", "null"), row("大河", "10"), row("alphabet", "-2"), row("北河", "7")];
        let rows = rows.join(",");
        let text = format!(r#"{{"type":"FeatureCollection","features":[{rows}]}}"#);
        let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(Arc::new(layer.expect("readable")))
    }

    #[test]
    fn rows_are_found_and_put_in_order() {
        let layer = layer();
        let rows = |wanted: Wanted| ordered(&layer, &wanted).rows;
        assert_eq!(rows(Wanted::default()), [0, 1, 2, 3, 4]);
        assert_eq!(rows(Wanted { sort: Some((1, true)), ..Wanted::default() }), [3, 0, 4, 2, 1]);
        assert_eq!(rows(Wanted { sort: Some((1, false)), ..Wanted::default() }), [2, 4, 0, 3, 1]);
        assert_eq!(rows(Wanted { search: "alpha".into(), ..Wanted::default() }), [0, 3]);
        assert_eq!(rows(Wanted { search: "河".into(), ..Wanted::default() }), [2, 4]);
        // Letters whatever their case, then Chinese by its sound: 北 (běi) before 大 (dà), which it follows by its code.
        assert_eq!(rows(Wanted { sort: Some((0, true)), ..Wanted::default() }), [0, 3, 1, 4, 2]);
        let filter = Expression::parse("n < 5").ok();
        assert_eq!(rows(Wanted { filter: filter.clone(), ..Wanted::default() }), [0, 3]);
        let only = Some(Arc::new(vec![1, 3]));
        assert_eq!(rows(Wanted { filter, only, ..Wanted::default() }), [3]);
    }

    #[test]
    fn numbers_come_to_their_figures() {
        let ordered = ordered(&layer(), &Wanted { sort: Some((1, true)), ..Wanted::default() });
        assert_eq!(ordered.figures, Some(Figures { count: 4, sum: 18.0, range: [-2.0, 10.0] }));
        let texts = super::ordered(&layer(), &Wanted { sort: Some((0, true)), ..Wanted::default() });
        assert_eq!(texts.figures, None);
    }
}
