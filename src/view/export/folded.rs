//! Folded stacks, the oldest flame graph format: `main;run;json.Marshal 42`.

use crate::eval::result::value::Outcome;
use crate::profile::{Diff, StackId, Tree};
use crate::view::parts::escape;
use crate::work::{Cancelled, Work};

/// One line per stack with a value, from root to leaf; two values for a diff; "" for a
/// value without stacks.
///
/// Characters that would break a line are replaced: `;` in a name by `:`, a line break by
/// a space.
pub fn to_folded(outcome: &Outcome, work: Work<'_>) -> Result<String, Cancelled> {
    let lines = match (super::tree(&outcome.value), super::diff(&outcome.value)) {
        (Some(tree), _) => lines(tree, |stack, value| Some(recorded(tree, stack, value)), work)?,
        (None, Some(diff)) => changes(diff, recorded, work)?,
        (None, None) => Vec::new(),
    };
    let mut text = String::new();
    work.each(lines, |line| text.extend([&*line, "\n"]))?;
    Ok(text)
}

/// A self value with all of its digits.
fn recorded(tree: &Tree, stack: StackId, value: f64) -> String {
    tree.exact_self(stack).map_or_else(|| value.to_string(), |exact| exact.to_string())
}

/// One line per stack of either side, with its values before and after, as
/// `difffolded.pl` writes them: `main;run 40 42`.
pub(super) fn changes(
    diff: &Diff,
    written: impl Fn(&Tree, StackId, f64) -> String,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let values = diff.before.self_values.iter().zip(&diff.after.self_values);
    let mut lines = Vec::new();
    work.each((0..).map(StackId).zip(values), |(stack, (before, after))| {
        if *before != 0.0 || *after != 0.0 {
            let path = path(&diff.after, stack);
            let before = written(&diff.before, stack, *before);
            lines.push(format!("{path} {before} {}", written(&diff.after, stack, *after)));
        }
    })?;
    Ok(lines)
}

/// The lines of a tree; `written` formats a value, or leaves out its line.
pub(super) fn lines(
    tree: &Tree,
    written: impl Fn(StackId, f64) -> Option<String>,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let mut lines = Vec::new();
    work.each((0..).map(StackId).zip(&tree.self_values), |(stack, value)| {
        let value = if *value == 0.0 { None } else { written(stack, *value) };
        lines.extend(value.map(|value| format!("{} {value}", path(tree, stack))));
    })?;
    Ok(lines)
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
        let folded = to_folded(&bare(Value::Tree(tree)), Work::unattended());
        assert_eq!(folded.expect("no interrupt"), "main 1.5\nmain;run fast 3\n");
    }

    #[test]
    fn a_value_has_all_of_its_digits() {
        // 2^53 + 1 is no float.
        let large = (1_i128 << 53) + 1;
        let one = tree(&[("main", 1.0)]);
        let exact = vec![0, large];
        let one = one.with_exact(exact, Work::unattended()).expect("no interrupt");
        let folded = to_folded(&bare(Value::Tree(one)), Work::unattended());
        assert_eq!(folded.expect("no interrupt"), "main 9007199254740993\n");
    }

    #[test]
    fn a_diff_has_two_values_a_line() {
        let (before, after) =
            (tree(&[("a;b", 3.0), ("a", 1.5)]), tree(&[("a;c", 4.0), ("a", 2.0)]));
        let both = Diff::align(before, after, Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let lines = changes(&both, recorded, Work::unattended());
        let mut lines = lines.expect("no interrupt");
        lines.sort_unstable();
        assert_eq!(lines, ["a 1.5 2", "a;b 3 0", "a;c 0 4"]);
    }

    #[test]
    fn a_semicolon_does_not_split_a_name() {
        assert_eq!(name("operator;x"), "operator:x");
    }
}
