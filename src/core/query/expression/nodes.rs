//! What an expression's tree names: its columns, how they are asked for, and the texts that they are held against.

use super::{Expression, ExpressionError, Node};
use crate::vocabulary::Words;
use std::collections::{HashMap, HashSet};

impl Expression {
    /// The columns that it names, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.node.named().into_iter().filter(|name| seen.insert(*name)).collect()
    }

    /// Texts that columns are held against by `=`, `<>` and `IN`, with their columns.
    pub fn literals(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        self.node.literals(&mut found);
        found
    }
}

impl Node {
    pub(super) fn columns<'a>(
        &'a self,
        found: &mut dyn FnMut(&'a str) -> Result<(), ExpressionError>,
    ) -> Result<(), ExpressionError> {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Whole(_) | Self::Text(_) | Self::Relate(..) => Ok(()),
            Self::Column(name) => found(name),
            Self::And(nodes) | Self::Or(nodes) | Self::Call(_, nodes) => {
                nodes.iter().try_for_each(|n| n.columns(found))
            }
            Self::Not(node) | Self::Like(node, _) | Self::IsNull(node) => node.columns(found),
            Self::Compare(_, nodes) => nodes.iter().try_for_each(|n| n.columns(found)),
            Self::Arithmetic(first, steps) => {
                first.columns(found)?;
                steps.iter().try_for_each(|(_, n)| n.columns(found))
            }
            Self::Between(nodes) => nodes.iter().try_for_each(|n| n.columns(found)),
            Self::In(node, nodes, _) => {
                node.columns(found)?;
                nodes.iter().try_for_each(|n| n.columns(found))
            }
        }
    }

    fn children(&self) -> Vec<&Self> {
        match self {
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Whole(_)
            | Self::Text(_)
            | Self::Relate(..)
            | Self::Column(_) => Vec::new(),
            Self::And(nodes) | Self::Or(nodes) | Self::Call(_, nodes) => nodes.iter().collect(),
            Self::Not(node) | Self::Like(node, _) | Self::IsNull(node) => vec![node],
            Self::Compare(_, nodes) => nodes.iter().collect(),
            Self::Arithmetic(first, steps) => std::iter::once(&**first).chain(steps.iter().map(|(_, n)| n)).collect(),
            Self::Between(nodes) => nodes.iter().collect(),
            Self::In(node, nodes, _) => std::iter::once(&**node).chain(nodes).collect(),
        }
    }

    /// How many nodes stand one below another.
    pub(super) fn levels(&self) -> usize {
        1 + self.children().into_iter().map(Self::levels).max().unwrap_or(0)
    }

    /// The columns that it names.
    pub(super) fn named(&self) -> Vec<&str> {
        let mut names = Vec::new();
        // Nothing here fails.
        let _ = self.columns(&mut |name| {
            names.push(name);
            Ok(())
        });
        names
    }

    /// Columns that help to make it true (or, not `is_positive`, false) where they hold something.
    pub(super) fn asked_for<'a>(&'a self, is_positive: bool, found: &mut Vec<&'a str>) {
        match self {
            Self::Column(name) if is_positive => found.push(name),
            Self::Not(node) => node.asked_for(!is_positive, found),
            _ => self.children().into_iter().for_each(|child| child.asked_for(is_positive, found)),
        }
    }

    /// Columns of which it asks whether they are null.
    pub(super) fn tested_for_null<'a>(&'a self, found: &mut Vec<&'a str>) {
        if let Self::IsNull(node) = self
            && let Self::Column(name) = &**node
        {
            found.push(name);
        }
        self.children().into_iter().for_each(|child| child.tested_for_null(found));
    }

    /// The texts that columns are held against, by column.
    pub(super) fn sought(&self) -> HashMap<&str, Words> {
        let mut literals = Vec::new();
        self.literals(&mut literals);
        let mut by_column: HashMap<&str, Vec<&str>> = HashMap::new();
        literals.into_iter().for_each(|(column, word)| by_column.entry(column).or_default().push(word));
        by_column.into_iter().map(|(column, words)| (column, Words::new(words))).collect()
    }

    pub(super) fn literals<'a>(&'a self, found: &mut Vec<(&'a str, &'a str)>) {
        match self {
            Self::Compare(_, nodes) => {
                if let [Self::Column(name), Self::Text(text)] | [Self::Text(text), Self::Column(name)] = &**nodes {
                    found.push((name, text));
                }
            }
            Self::In(node, nodes, _) => {
                if let Self::Column(name) = &**node {
                    let texts = nodes.iter().filter_map(|n| if let Self::Text(text) = n { Some(text) } else { None });
                    found.extend(texts.map(|text| (name.as_str(), text.as_str())));
                }
            }
            _ => {}
        }
        self.children().into_iter().for_each(|child| child.literals(found));
    }
}
