//! The `tree` view: a collapsible outline, one line per frame.
//!
//! It uses nested `details`, which work without a script and so in an untrusted notebook.
//! Heavy branches are open from the start.

use crate::profile::{StackId, Tree};
use crate::view::parts::colour;
use crate::view::parts::escape;
use crate::view::parts::grid::number;
use crate::view::parts::screen::{amount, percent};
use crate::view::stacks::branch::{Branch, Branches, chain_fits};
use crate::view::stacks::shape::{Shape, has_negative};
use crate::work::{Cancelled, Work};

/// The most lines of the outline; each is about 400 bytes.
const LINES: usize = 400;

/// A smaller share of the tree is counted but not shown.
const LEAST: f64 = 0.001;

/// A branch with at least this share is open from the start.
const OPEN: f64 = 0.1;

/// Chains with longer titles show only their first and last frame.
const TITLE: usize = 140;

/// The outline as html.
pub(crate) fn html(tree: &Tree, work: Work<'_>) -> Result<String, Cancelled> {
    if tree.total() == 0.0 && !has_negative(tree) {
        return Ok("<div>no samples</div>".into());
    }
    let is_silent = |stack: StackId| tree.self_values[stack.index()] == 0.0;
    let fits = |_: usize, chain: &[StackId]| chain_fits(&tree.symbols, chain, TITLE);
    let shape = Shape::of_tree(tree, work)?;
    let branches = Branches::new(&shape, is_silent, fits, LINES, LEAST, work)?;
    let writer = Writer { tree, branches };
    let mut out = String::from("<div style=\"font:13px/20px sans-serif;white-space:nowrap\">");
    writer.push_below(&mut out, writer.branches.root(), 0);
    out.push_str("</div>");
    Ok(out)
}

struct Writer<'a> {
    tree: &'a Tree,
    branches: Branches,
}

impl Writer<'_> {
    fn push_below(&self, out: &mut String, parent: &Branch, depth: usize) {
        /// Deeper levels are not indented, or they would leave the page.
        const DEEPEST: usize = 40;
        let indent = if depth == 0 || depth > DEEPEST { 0 } else { 16 };
        out.push_str(&format!("<div style=\"margin-left:{indent}px\">"));
        for child in &parent.children {
            self.push(out, self.branches.get(*child), depth);
        }
        if !parent.hidden.is_empty() {
            let total = parent.hidden.iter().map(|stack| self.tree.totals[stack.index()]).sum();
            let share = percent(total, self.tree.whole);
            let more = format!("… {} more ({share})", parent.hidden.len());
            out.push_str(&format!("<div style=\"opacity:.6;padding-left:16px\">{more}</div>"));
        }
        out.push_str("</div>");
    }

    fn push(&self, out: &mut String, branch: &Branch, depth: usize) {
        let line = self.line(branch);
        if branch.children.is_empty() && branch.hidden.is_empty() {
            // The indent that the triangle of a `summary` gives its text.
            out.push_str(&format!("<div style=\"padding-left:16px\">{line}</div>"));
            return;
        }
        let share = self.tree.totals[branch.stack().index()] / self.tree.total();
        let open = if share.abs() >= OPEN { " open" } else { "" };
        out.push_str(&format!("<details{open}><summary>{line}</summary>"));
        self.push_below(out, branch, depth + 1);
        out.push_str("</details>");
    }

    /// Share, bar, name, total, and self if there is any.
    fn line(&self, branch: &Branch) -> String {
        let stack = branch.stack();
        let (total, own) = (self.tree.totals[stack.index()], self.tree.self_values[stack.index()]);
        let amount = |value| amount(value, &self.tree.unit);
        let mut numbers = amount(total);
        if own != 0.0 {
            numbers.push_str(&format!(
                ", self {} ({})",
                amount(own),
                percent(own, self.tree.whole)
            ));
        }
        format!(
            "<b>{}</b> <span style=\"display:inline-block;height:9px;width:{}px;\
             background-color:{}\"></span> {} <span style=\"opacity:.6\">{}</span>",
            percent(total, self.tree.whole),
            number((100.0 * total / self.tree.whole).abs().clamp(1.0, 100.0).round()),
            colour::fill(self.tree.name(stack)),
            escape::html(&branch.title(&self.tree.symbols, TITLE)),
            escape::html(&numbers),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    fn html(tree: &Tree) -> String {
        super::html(tree, Work::unattended()).expect("no interrupt")
    }

    #[test]
    fn heavy_branches_are_open_and_light_ones_closed() {
        let html = html(&tree(&[("a;b", 90.0), ("a;c", 2.0), ("d;e", 5.0), ("d", 3.0)]));
        assert_eq!(html.matches("<details open>").count(), 1);
        assert_eq!(html.matches("<details>").count(), 1);
        assert!(html.contains("<b>92.0%</b>"));
        assert!(html.contains("self 3 ns (3.0%)"));
    }

    #[test]
    fn an_outline_is_bounded() {
        let names: Vec<_> = (0..5000).map(|i| format!("{}{i}", "x".repeat(100))).collect();
        let stacks: Vec<_> = names.iter().map(|name| (name.as_str(), 1.0)).collect();
        assert!(html(&tree(&stacks)).len() < 250_000);
    }
}
