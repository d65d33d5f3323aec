//! The flame graph of one tree: the texts of its boxes, and the table below it.

use crate::profile::{StackId, Tree};
use crate::view::parts::colour::{self, Colour};
use crate::view::parts::screen::{amount, percent};
use crate::view::stacks::boxes::{self, Direction, Limits, Paint};
use crate::view::stacks::hot;
use crate::view::stacks::shape::{Shape, has_negative};
use crate::work::{Cancelled, Work};

/// Functions in the table below.
const FUNCTIONS: usize = 20;

/// Shown for an empty tree.
pub(crate) const NOTHING: &str = "<div>no samples</div>";

/// Draws a tree, with a table of its hottest functions below.
pub(crate) fn flame(
    tree: &Tree,
    shape: &Shape<'_>,
    direction: Direction,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    Ok(match picture(tree, shape, direction, limits, work)?.as_str() {
        "" => NOTHING.to_owned(),
        picture => format!("{picture}{}", hot::html(tree, FUNCTIONS, work)?),
    })
}

/// Draws a tree; "" if there is nothing to draw.
pub(crate) fn picture(
    tree: &Tree,
    shape: &Shape<'_>,
    direction: Direction,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    let mut html = boxes::draw(shape, &TreePaint { tree }, direction, limits, work)?;
    let adds_up = shape.widths[StackId::EMPTY.index()] <= tree.total() * 1.000_001;
    if !html.is_empty() && !adds_up {
        let why = match has_negative(tree) {
            true => "Some values are negative",
            false => {
                "Some totals are less than the sum of their children, because each is a maximum of its own"
            }
        };
        let note = format!("{why}; a box is as wide as the sum of absolute self values in it.");
        html.push_str(&boxes::small(&note));
    }
    Ok(html)
}

/// The boxes of a tree: one colour per package, total and self in the tooltip.
struct TreePaint<'a> {
    tree: &'a Tree,
}

impl TreePaint<'_> {
    fn amount(&self, value: f64) -> String {
        format!("{}, {}", amount(value, &self.tree.unit), percent(value, self.tree.whole))
    }
}

impl Paint for TreePaint<'_> {
    fn fill(&self, stack: StackId) -> Colour {
        colour::fill(self.tree.name(stack))
    }

    fn mark(&self, stack: StackId) -> String {
        match stack {
            StackId::EMPTY => format!("total {}", amount(self.tree.total(), &self.tree.unit)),
            _ => String::new(),
        }
    }

    fn figures(&self, stack: StackId) -> Vec<String> {
        let (tree, at) = (self.tree, stack.index());
        let mut total = format!("total {}", self.amount(tree.totals[at]));
        if tree.whole != tree.total() {
            total.push_str(&format!(" ({} of kept)", percent(tree.totals[at], tree.total())));
        }
        let own = tree.self_values[at];
        std::iter::once(total)
            .chain((own != 0.0).then(|| format!("self {}", self.amount(own))))
            .collect()
    }

    fn figures_of(&self, stacks: &[StackId]) -> String {
        let total = stacks.iter().map(|stack| self.tree.totals[stack.index()]).sum();
        format!("total {}", self.amount(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    fn flame(tree: &Tree, direction: Direction) -> String {
        let work = Work::unattended();
        let shape = Shape::of_tree(tree, work).expect("no interrupt");
        super::flame(tree, &shape, direction, Limits::STATIC, work).expect("no interrupt")
    }

    #[test]
    fn a_quarter_of_the_samples_is_a_quarter_of_the_width() {
        let html = flame(&tree(&[("a", 6e9), ("b", 2e9)]), Direction::Up);
        assert!(html.contains("left:75%;width:25%;height:17px"), "{html}");
        assert!(html.contains("title=\"b&#10;total 2 s, 25.0%&#10;self 2 s, 25.0%\">b</div>"));
        assert!(!html.contains("are drawn"));
    }

    #[test]
    fn the_root_is_at_the_bottom_of_a_flame_and_at_the_top_of_an_icicle() {
        let tree = tree(&[("leaf", 1e9)]);
        let order = |direction| {
            let html = flame(&tree, direction);
            html.find(">total 1 s<").cmp(&html.find(">leaf</div>"))
        };
        assert!(order(Direction::Up).is_gt());
        assert!(order(Direction::Down).is_lt());
    }

    #[test]
    fn names_cannot_leave_their_box() {
        let html = flame(&tree(&[("</div><script>alert('\"')</script>", 1.0)]), Direction::Up);
        assert!(!html.contains("<script"));
        assert!(html.contains("&lt;/div&gt;&lt;script&gt;alert(&#39;&quot;&#39;)"));
    }

    #[test]
    fn deep_and_wide_trees_stay_small_and_count_omitted_boxes() {
        let deep = flame(&tree(&[(&vec!["f"; 10_000].join(";"), 1.0)]), Direction::Up);
        assert_eq!(deep.matches("position:relative").count(), 100);
        assert!(deep.contains("The stacks are 10 000 frames deep; the 99 nearest"));

        let names: Vec<_> = (0..100_000).map(|i| format!("{}{i}", "long".repeat(60))).collect();
        let value = |i: usize| 1e6 / (i + 1) as f64;
        let stacks = names.iter().enumerate().map(|(i, name)| (name.as_str(), value(i)));
        let wide = flame(&tree(&stacks.collect::<Vec<_>>()), Direction::Up);
        assert!(wide.len() < 100_000, "{} bytes", wide.len());
        assert!(wide.contains("of 100 000 boxes are drawn here"));
        assert!(wide.contains("(other)"));
    }

    #[test]
    fn a_picture_that_does_not_add_up_says_why() {
        let negative = flame(&tree(&[("a", 3.0), ("b", -1.0)]), Direction::Up);
        assert!(negative.contains("Some values are negative; a box is"));
        let mut maxima = tree(&[("a;b", 4.0), ("a;c", 3.0)]);
        maxima.totals = vec![5.0, 5.0, 4.0, 3.0];
        assert!(
            flame(&maxima, Direction::Up)
                .contains("Some totals are less than the sum of their children")
        );
    }

    #[test]
    fn a_tree_without_samples_renders() {
        assert_eq!(flame(&tree(&[]), Direction::Up), NOTHING);
    }
}
