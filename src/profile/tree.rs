//! A merged call tree: self and total of every stack.
//!
//! A tree is a prefix tree of stacks with one value each, so code that reads samples can
//! also filter and draw it. It is merged by function name (or by `granularity`): no two
//! children of a node have the same frame name.

use std::sync::Arc;

use super::replicates::Replicates;
use super::stack::StackId;
use super::symbols::Symbols;
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// Values by stack. `self_values` and `totals` are as long as `symbols.stacks`.
#[derive(Debug, Clone)]
pub struct Tree {
    pub symbols: Symbols,
    /// Indexed by stack: the value of samples that end there.
    pub self_values: Vec<f64>,
    /// Indexed by stack: the value of samples that pass through it; for the empty stack
    /// it is the total of the tree.
    pub totals: Vec<f64>,
    /// The total of the selection before stack filters, the base of percentages.
    pub whole: f64,
    pub unit: Unit,
    /// The self values to the last digit, for sums that a float has not enough bits for.
    pub exact: Option<Arc<[i128]>>,
    /// The same values by batch of profiles, for a tree that is compared.
    pub replicates: Option<Replicates>,
}

impl Tree {
    /// Sums the self values up to the root, in one reverse pass.
    pub fn new(
        symbols: Symbols,
        self_values: Vec<f64>,
        whole: f64,
        unit: Unit,
        work: Work<'_>,
    ) -> Result<Tree, Cancelled> {
        let totals = symbols.stacks.summed_up(self_values.clone(), work)?;
        Ok(Tree { symbols, self_values, totals, whole, unit, exact: None, replicates: None })
    }

    /// The tree with other values: self values to the last digit, from which the floats are
    /// rounded once.
    pub fn with_exact(self, exact: Vec<i128>, work: Work<'_>) -> Result<Tree, Cancelled> {
        let rounded = |values: &[i128]| work.collect(values.iter().map(|value| *value as f64));
        let totals = self.symbols.stacks.summed_up(exact.clone(), work)?;
        let (self_values, totals) = (rounded(&exact)?, rounded(&totals)?);
        Ok(Tree { self_values, totals, exact: Some(exact.into()), ..self })
    }

    /// The self value of a stack to the last digit, where a float has not enough bits.
    pub fn exact_self(&self, stack: StackId) -> Option<i128> {
        self.exact.as_ref()?.get(stack.index()).copied()
    }

    /// The totals to the last digit, by stack.
    pub fn exact_totals(&self, work: Work<'_>) -> Result<Option<Vec<i128>>, Cancelled> {
        let own = self.exact.as_ref().map(|exact| exact.to_vec());
        own.map(|own| self.symbols.stacks.summed_up(own, work)).transpose()
    }

    /// The total of the samples in this tree.
    pub fn total(&self) -> f64 {
        self.totals[StackId::EMPTY.index()]
    }

    /// The children of every stack that has a value, heaviest first.
    ///
    /// Indexed by stack. Ties are broken by name, so that pictures are always the same.
    pub fn children(&self, work: Work<'_>) -> Result<Vec<Vec<StackId>>, Cancelled> {
        let mut children = vec![Vec::new(); self.totals.len()];
        work.each(self.symbols.stacks.iter(), |(stack, parent, _)| {
            if self.totals[stack.index()] != 0.0 || self.self_values[stack.index()] != 0.0 {
                children[parent.index()].push(stack);
            }
        })?;
        work.each(&mut children, |siblings| {
            siblings.sort_by(|a, b| {
                let weight = |s: &StackId| self.totals[s.index()];
                weight(b).total_cmp(&weight(a)).then_with(|| self.name(*a).cmp(self.name(*b)))
            });
        })?;
        Ok(children)
    }

    /// The name of a node's frame.
    pub fn name(&self, stack: StackId) -> &str {
        self.symbols.frame_name(self.symbols.stacks.frame(stack))
    }
}
