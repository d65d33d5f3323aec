//! Hand-made values for the tests of views.

use crate::eval::value::{Header, Outcome, Value};
use crate::profile::{StackId, Symbols, Tree};
use crate::quantity::Unit;

/// A tree of `a;b;c` stacks and their own values, in nanoseconds.
pub(crate) fn tree(stacks: &[(&str, f64)]) -> Tree {
    let mut symbols = Symbols::new();
    let mut values = vec![0.0];
    for (path, value) in stacks {
        let mut stack = StackId::EMPTY;
        for name in path.split(';') {
            let frame = symbols.intern_named_frame(name);
            stack = std::sync::Arc::make_mut(&mut symbols.stacks).intern(stack, frame);
        }
        values.resize(symbols.stacks.len(), 0.0);
        values[stack.index()] += value;
    }
    let whole = values.iter().sum();
    Tree::new(symbols, values, whole, Unit::Nanoseconds)
}

/// A value without a header.
pub(crate) fn bare(value: Value) -> Outcome {
    Outcome { value, header: Header::default() }
}
