//! Which features a condition of a rule chooses: those for which it surely holds, and those for which that depends on values
//! that nobody knows.

use super::run::Asking;
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::AskError;
use crate::query::expression::{Expression, ExpressionError, Judged};
use crate::vocabulary::Doubt;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The features of a role that a condition chooses.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) role: Role,
    /// Those for which it holds.
    pub(super) certain: Arc<IndexedLayer>,
    /// Those for which that depends on something; none where nothing does.
    pub(super) doubtful: Option<Doubtful>,
}

/// Features with what their choice depends on.
#[derive(Clone, Debug)]
pub(super) struct Doubtful {
    pub(super) layer: Arc<IndexedLayer>,
    pub(super) doubts: Arc<BTreeMap<usize, Vec<Doubt>>>,
}

/// By rows what their choice depends on; none where it is sure.
pub(super) type Doubts = Option<Arc<BTreeMap<usize, Vec<Doubt>>>>;

/// What a row's choice depends on.
pub(super) fn doubts_of(doubts: &Doubts, row: usize) -> Vec<Doubt> {
    doubts.iter().filter_map(|of| of.get(&row)).flatten().cloned().collect()
}

impl Asking<'_> {
    /// The features of a role for which a condition holds, and those for which it may; all without a condition.
    ///
    /// # Errors
    /// The layer lacks a column that decides.
    pub(super) fn choose(
        &self,
        role: Role,
        layer: &Arc<IndexedLayer>,
        only: Option<&String>,
    ) -> Result<Chosen, AskError> {
        self.choose_by(role, layer, only, None)
    }

    /// The same; with columns, only features of which every term is what is asked for, but for those columns.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub(super) fn choose_by(
        &self,
        role: Role,
        layer: &Arc<IndexedLayer>,
        only: Option<&String>,
        wholly_but: Option<&[String]>,
    ) -> Result<Chosen, AskError> {
        let Some(text) = only else { return Ok(Chosen { role, certain: Arc::clone(layer), doubtful: None }) };
        let expression = Expression::parse(&self.text(text))?;
        let own = layer.layer();
        let over = expression.over_reading(own, |name| self.input.reading(role, name)).map_err(|e| match e {
            ExpressionError::NoColumn(column) => AskError::Lacks(role, column),
            e => e.into(),
        })?;
        let over = match wholly_but {
            Some(columns) => over.wholly(columns),
            None => over,
        };
        let rows: Vec<usize> = own.rows().filter(|row| layer.is_in(*row)).collect();
        let judged: Vec<(usize, Judged)> =
            rows.into_par_iter().with_min_len(256).map(|row| (row, over.judged(row))).collect();
        let mut certain = vec![false; own.len()];
        let mut doubts = BTreeMap::new();
        for (row, judged) in judged {
            match judged {
                Judged::True => certain[row] = true,
                Judged::False => {}
                Judged::Doubtful(of) => drop(doubts.insert(row, of)),
            }
        }
        let doubtful = (!doubts.is_empty()).then(|| {
            let mut only = vec![false; own.len()];
            doubts.keys().for_each(|row| only[*row] = true);
            let layer = Arc::new(IndexedLayer::chosen(Arc::clone(own), only, expression.text()));
            Doubtful { layer, doubts: Arc::new(doubts) }
        });
        let certain = Arc::new(IndexedLayer::chosen(Arc::clone(own), certain, expression.text()));
        Ok(Chosen { role, certain, doubtful })
    }

    /// What was chosen, without features for which a condition surely holds.
    ///
    /// # Errors
    /// As [`Self::without`].
    pub(super) fn chosen_without(&self, chosen: Chosen, but: &String) -> Result<Chosen, AskError> {
        let certain = self.without(chosen.role, &chosen.certain, but)?;
        let doubtful = match chosen.doubtful {
            Some(of) => Some(Doubtful { layer: self.without(chosen.role, &of.layer, but)?, ..of }),
            None => None,
        };
        Ok(Chosen { role: chosen.role, certain, doubtful })
    }

    /// Features of a role without those for which a condition surely holds; all of them where the layer lacks what decides.
    ///
    /// # Errors
    /// The condition cannot be read.
    pub(super) fn without(
        &self,
        role: Role,
        layer: &Arc<IndexedLayer>,
        but: &String,
    ) -> Result<Arc<IndexedLayer>, AskError> {
        let left_out = match self.choose(role, layer, Some(but)) {
            Ok(chosen) => chosen.certain,
            Err(AskError::Lacks(..)) => return Ok(Arc::clone(layer)),
            Err(e) => return Err(e),
        };
        let rows: Vec<usize> = layer.layer().rows().filter(|row| layer.is_in(*row) && !left_out.is_in(*row)).collect();
        let is_all = left_out.feature_count() == 0;
        Ok(if is_all { Arc::clone(layer) } else { Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), rows)) })
    }

    /// Every feature of a role, as one whose choice depends on a column that the layer does not have; `None` where there is
    /// no such layer.
    pub(super) fn all_open(&self, role: Role, column: &str) -> Option<Chosen> {
        let layer = self.input.together(role)?;
        let doubt = Doubt { role, property: column.to_owned(), value: None, narrower: None, beside: None };
        let rows = layer.layer().rows().filter(|row| layer.is_in(*row));
        let doubts: BTreeMap<usize, Vec<Doubt>> = rows.map(|row| (row, vec![doubt.clone()])).collect();
        let certain = Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), Vec::new()));
        let doubtful = Doubtful { layer: Arc::clone(layer), doubts: Arc::new(doubts) };
        Some(Chosen { role, certain, doubtful: Some(doubtful) })
    }

    /// The features of a role for which a condition holds; `None` where there is no such layer.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub(super) fn chosen(&self, role: Role, only: Option<&String>) -> Result<Option<Chosen>, AskError> {
        self.input.together(role).map(|layer| self.choose(role, layer, only)).transpose()
    }
}

impl Doubtful {
    /// What a row is called, with the values that nobody knows.
    pub(super) fn called(&self, row: usize) -> String {
        let label = self.layer.layer().label(row);
        let values: Vec<&str> =
            self.doubts.get(&row).into_iter().flatten().filter_map(|doubt| doubt.value.as_deref()).collect();
        if values.is_empty() { label } else { format!("{label}（{}）", values.join("、")) }
    }
}

impl Chosen {
    /// True where it chooses nothing of a layer that has features.
    pub(super) fn is_empty(&self) -> bool {
        self.doubtful.is_none() && self.certain.feature_count() == 0 && !self.certain.layer().is_empty()
    }

    /// Both, each with what it depends on.
    pub(super) fn both(&self) -> Vec<(Arc<IndexedLayer>, Doubts)> {
        let doubtful = self.doubtful.iter().map(|d| (Arc::clone(&d.layer), Some(Arc::clone(&d.doubts))));
        std::iter::once((Arc::clone(&self.certain), None)).chain(doubtful).collect()
    }
}
