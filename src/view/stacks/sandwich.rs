//! The sandwich view: the callers of a function above it, its callees below.

use rustc_hash::FxHashSet;

use crate::eval::result::value::{Graph, Sandwich};
use crate::profile::{Change, StackId, Tree};
use crate::view::parts::escape::{self, shorten};
use crate::view::parts::header::counted;
use crate::view::parts::screen::{Screen, amount, percent};
use crate::view::stacks::boxes::{self, Direction, Limits};
use crate::view::stacks::change::Wording;
use crate::view::stacks::diff::{self, DiffPaint};
use crate::view::stacks::flame::{self, NOTHING};
use crate::view::stacks::shape::{GraphRef, Shape};
use crate::view::stacks::text::{self, Form, OutlineOrder, TreeColumns};
use crate::work::{Cancelled, Work};

/// Lines of each half; both halves fill one screen.
const LINES: usize = 22;

/// The static picture: callers with the root at the bottom, the functions, callees.
pub(crate) fn html(
    sandwich: &Sandwich,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    let shape = |graph| GraphRef::from(graph).shape(work);
    let (callers, callees) = (shape(&sandwich.callers)?, shape(&sandwich.callees)?);
    if callees.is_empty() && callers.is_empty() {
        return Ok(NOTHING.to_owned());
    }
    let half = limits.shared_by(2);
    let draw = |graph: &Graph, shape: &Shape<'_>, direction| match graph {
        Graph::Tree(tree) => flame::picture(tree, shape, direction, half, work),
        Graph::Diff(diff) => diff::picture(diff, shape, direction, half, work),
    };
    let legend = match &sandwich.graph {
        Graph::Tree(_) => String::new(),
        Graph::Diff(diff) => diff::legend(diff),
    };
    Ok(format!(
        "{legend}{}{}{}{}{}",
        boxes::title("Callers, the functions below them"),
        draw(&sandwich.callers, &callers, Direction::Up)?,
        boxes::title(&summary(sandwich, work)?),
        draw(&sandwich.callees, &callees, Direction::Down)?,
        boxes::small("Above: callers; below: callees. The full width is the functions' total."),
    ))
}

/// As text: callers from far to near, the functions, callees.
pub(crate) fn outline(
    sandwich: &Sandwich,
    screen: Screen,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let shape = |graph| GraphRef::from(graph).shape(work);
    let (callers, callees) = (shape(&sandwich.callers)?, shape(&sandwich.callees)?);
    let mut lines = Vec::new();
    if let Graph::Diff(diff) = &sandwich.graph {
        lines.extend(diff::legend_lines(diff, screen));
    }
    if callees.is_empty() && callers.is_empty() {
        lines.push("no samples".to_owned());
        return Ok(lines);
    }
    let half = |graph: &Graph, shape: &Shape<'_>, order, title| {
        let form = Form { order, title, has_total: false, lines: LINES };
        match graph {
            Graph::Tree(tree) => text::write(shape, &TreeColumns::new(tree), screen, form, work),
            Graph::Diff(diff) => text::write(shape, &DiffPaint::new(diff), screen, form, work),
        }
    };
    lines.extend(half(&sandwich.callers, &callers, OutlineOrder::Up, "callers")?);
    lines.push(String::new());
    let summary = summary(sandwich, work)?;
    lines.extend(screen.sentence(&summary, 2).iter().map(|line| screen.bold(line)));
    lines.push(String::new());
    lines.extend(half(&sandwich.callees, &callees, OutlineOrder::Down, "callees")?);
    Ok(lines)
}

/// `json.Decode: total 3 s (30.0%), self 1 s (10.0%)`, or before and after.
fn summary(sandwich: &Sandwich, work: Work<'_>) -> Result<String, Cancelled> {
    let own = |tree: &Tree| own_value(tree, sandwich, work);
    let figures = match (&sandwich.graph, &sandwich.callees) {
        (Graph::Diff(whole), Graph::Diff(callees)) => {
            let wording = Wording { diff: whole };
            let own = whole.change(own(&whole.before)?, own(&whole.after)?);
            let total = callees.total(StackId::EMPTY);
            format!("total {}; self {}", both(wording, total), both(wording, own))
        }
        (Graph::Tree(whole), Graph::Tree(callees)) => {
            let figure = |value: f64| {
                format!("{} ({})", amount(value, &whole.unit), percent(value, whole.whole))
            };
            format!("total {}, self {}", figure(callees.total()), figure(own(whole)?))
        }
        // Both trees are of one selection, so both are trees or both are diffs.
        _ => String::new(),
    };
    Ok(format!("{}: {figures}", functions(sandwich)))
}

fn both(wording: Wording<'_>, change: Change) -> String {
    let [before, after] = [change.before, change.after].map(|value| wording.side(value));
    let (delta, growth) = (wording.delta(change), wording.growth(change));
    format!("{before} → {after} ({delta}{}{growth})", if growth.is_empty() { "" } else { ", " })
}

/// The function's name, or how many functions match the pattern.
fn functions(sandwich: &Sandwich) -> String {
    const LONGEST: usize = 120;
    match sandwich.functions.as_slice() {
        [only] => shorten(&escape::name(only), LONGEST).into_owned(),
        all => {
            let pattern = escape::name(&sandwich.pattern);
            let count = counted(all.len(), "function", "functions");
            format!("{} ({count})", shorten(&pattern, LONGEST))
        }
    }
}

/// The self value of the functions.
fn own_value(tree: &Tree, sandwich: &Sandwich, work: Work<'_>) -> Result<f64, Cancelled> {
    let names: FxHashSet<&str> = sandwich.functions.iter().map(|name| &**name).collect();
    let mut own = 0.0;
    work.each(tree.symbols.stacks.iter(), |(stack, ..)| {
        let value = tree.self_values[stack.index()];
        if value != 0.0 && names.contains(tree.name(stack)) {
            own += value;
        }
    })?;
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Diff;
    use crate::profile::diff::Mode;
    use crate::view::fixture::tree;

    fn outline(sandwich: &Sandwich, screen: Screen) -> Vec<String> {
        super::outline(sandwich, screen, Work::unattended()).expect("no interrupt")
    }

    fn html(sandwich: &Sandwich, limits: Limits) -> String {
        super::html(sandwich, limits, Work::unattended()).expect("no interrupt")
    }

    /// `main;a;b;a` of 10, `main;x;a` of 5 and `main` of 5: total(a) is 15, not 25.
    fn sandwich() -> Sandwich {
        Sandwich {
            pattern: "a".into(),
            functions: vec!["a".into()],
            graph: Graph::Tree(whole()),
            callers: Graph::Tree(filtered(&[("a;main", 10.0), ("a;x;main", 5.0)])),
            callees: Graph::Tree(filtered(&[("a;b;a", 10.0), ("a", 5.0)])),
        }
    }

    fn whole() -> Tree {
        tree(&[("main;a;b;a", 10.0), ("main;x;a", 5.0), ("main", 5.0)])
    }

    fn filtered(stacks: &[(&str, f64)]) -> Tree {
        let mut tree = tree(stacks);
        tree.whole = 20.0;
        tree
    }

    #[test]
    fn recursion_counts_once_on_both_sides() {
        assert_eq!(
            outline(&sandwich(), Screen::PIPE),
            [
                "    total  of all  of kept    self  callers",
                "     5 ns   25.0%    33.3%   25.0%  ┌ x ‹ main",
                "    10 ns   50.0%    66.7%   50.0%  ├ main",
                "    15 ns   75.0%     100%          a",
                "",
                "a: total 15 ns (75.0%), self 15 ns (75.0%)",
                "",
                "    total  of all  of kept    self  callees",
                "    15 ns   75.0%     100%   25.0%  a",
                "    10 ns   50.0%    66.7%   50.0%  └ b › a",
            ]
        );
    }

    #[test]
    fn callers_grow_up_from_the_function_and_callees_hang_below_it() {
        let html = html(&sandwich(), Limits::STATIC);
        let at = |text: &str| html.find(text).expect(text);
        let (caller, band) = (at(">main</div>"), at("<b>a: total 15 ns (75.0%), self 15 ns"));
        assert!(caller < band && band < at(">b</div>"), "{html}");
        // In callers the root is below its callers, in callees above.
        let roots: Vec<_> = html.match_indices(">total 15 ns<").map(|(at, _)| at).collect();
        assert!(caller < roots[0] && roots[0] < band && band < roots[1]);
    }

    #[test]
    fn a_sandwich_of_a_diff_has_both_sides() {
        let diff = |before: &[(&str, f64)], after: &[(&str, f64)]| {
            Graph::Diff(Box::new(
                Diff::align(tree(before), tree(after), Mode::Amount, [0.0; 2], Work::unattended())
                    .expect("no interrupt"),
            ))
        };
        let sandwich = Sandwich {
            pattern: "~\"[ab]\"".into(),
            functions: vec!["a".into(), "b".into()],
            graph: diff(&[("main;a", 4.0)], &[("main;a", 2.0), ("main;b", 4.0)]),
            callers: diff(&[("a;main", 4.0)], &[("a;main", 2.0), ("b;main", 4.0)]),
            callees: diff(&[("a", 4.0)], &[("a", 2.0), ("b", 4.0)]),
        };
        let lines = outline(&sandwich, Screen::PIPE).join("\n");
        let band = "~\"[ab]\" (2 functions): total 4 ns → 6 ns (+2 ns, +50.0%); \
                    self 4 ns → 6 ns (+2 ns, +50.0%)";
        assert!(lines.contains(band), "{lines}");
        assert!(html(&sandwich, Limits::STATIC).contains(">new b</div>"));
    }

    #[test]
    fn a_sandwich_without_matches_renders() {
        let nothing = || Graph::Tree(tree(&[]));
        let sandwich = Sandwich {
            pattern: "</script>\0".into(),
            functions: Vec::new(),
            graph: nothing(),
            callers: nothing(),
            callees: nothing(),
        };
        assert_eq!(html(&sandwich, Limits::STATIC), NOTHING);
        assert_eq!(outline(&sandwich, Screen::PIPE), ["no samples"]);
    }
}
