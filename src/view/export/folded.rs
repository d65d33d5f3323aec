//! Folded stacks, the oldest flame graph format: `main;run;json.Marshal 42`.

use crate::eval::result::value::Outcome;
use crate::profile::{Diff, StackId, Tree};
use crate::view::parts::escape;

/// One line per stack with a value, from root to leaf; two values for a diff; "" for a
/// value without stacks.
///
/// Characters that would break a line are replaced: `;` in a name by `:`, a line break by
/// a space.
pub fn to_folded(outcome: &Outcome) -> String {
    match (super::tree(&outcome.value), super::diff(&outcome.value)) {
        (Some(tree), _) => {
            let lines = lines(tree, |value| Some(value.to_string()));
            lines.into_iter().map(|line| line + "\n").collect()
        }
        (None, Some(diff)) => {
            let lines = changes(diff, |value| value.to_string());
            lines.into_iter().map(|line| line + "\n").collect()
        }
        (None, None) => String::new(),
    }
}

/// One line per stack of either side, with its values before and after, as
/// `difffolded.pl` writes them: `main;run 40 42`.
pub(super) fn changes(diff: &Diff, written: impl Fn(f64) -> String) -> Vec<String> {
    let values = diff.before.self_values.iter().zip(&diff.after.self_values);
    let changed = (0..).map(StackId).zip(values).filter(|(_, (b, a))| **b != 0.0 || **a != 0.0);
    changed
        .map(|(stack, (before, after))| {
            format!("{} {} {}", path(&diff.after, stack), written(*before), written(*after))
        })
        .collect()
}

/// The lines of a tree; `written` formats a value, or leaves out its line.
pub(super) fn lines(tree: &Tree, written: impl Fn(f64) -> Option<String>) -> Vec<String> {
    let values = tree.self_values.iter().enumerate().filter(|(_, value)| **value != 0.0);
    values
        .filter_map(|(i, value)| {
            Some(format!("{} {}", path(tree, StackId(i as u32)), written(*value)?))
        })
        .collect()
}

/// A frame's name with characters replaced that would break a line.
pub(super) fn name(text: &str) -> String {
    escape::clean(text).replace(';', ":")
}

fn path(tree: &Tree, stack: StackId) -> String {
    let frames: Vec<_> = tree.symbols.stacks.path(stack).collect();
    if frames.is_empty() {
        return "(no stack)".to_owned();
    }
    let names = frames.iter().rev().map(|frame| name(tree.symbols.frame_name(*frame)));
    names.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Value;
    use crate::profile::diff::Mode;
    use crate::view::fixture::{bare, tree};

    #[test]
    fn a_line_per_stack_root_first() {
        let tree = tree(&[("main;run\nfast", 3.0), ("main", 1.5)]);
        assert_eq!(to_folded(&bare(Value::Tree(tree))), "main 1.5\nmain;run fast 3\n");
    }

    #[test]
    fn a_diff_has_two_values_a_line() {
        let (before, after) =
            (tree(&[("a;b", 3.0), ("a", 1.5)]), tree(&[("a;c", 4.0), ("a", 2.0)]));
        let both = Diff::align(before, after, Mode::Share, [0.0; 2]);
        let mut lines = changes(&both, |value| value.to_string());
        lines.sort_unstable();
        assert_eq!(lines, ["a 1.5 2", "a;b 3 0", "a;c 0 4"]);
    }

    #[test]
    fn a_semicolon_does_not_split_a_name() {
        assert_eq!(name("operator;x"), "operator:x");
    }
}
