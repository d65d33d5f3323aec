//! Selections side by side: the same functions in each, and a picture of each.

use rustc_hash::FxHashMap;

use crate::eval::result::value::{Comparison, Pane};
use crate::eval::stacks::functions::function_totals;
use crate::lang::columns::{SELF_SHARE, TOTAL, TOTAL_SHARE};
use crate::view::parts::escape;
use crate::view::parts::grid::{Align, Cell, Grid};
use crate::view::parts::header;
use crate::view::parts::screen::{Screen, amount, percent};
use crate::view::stacks::boxes::{self, Direction, Limits};
use crate::view::stacks::flame;
use crate::view::stacks::shape::Shape;
use crate::work::{Cancelled, Work};

/// Functions in the table.
const FUNCTIONS: usize = 20;

/// The most panes that are drawn, and columns in a table.
const PANES: usize = 12;

/// With at most this many panes, each has three columns.
const DETAILED: usize = 4;

/// The static picture: a table over all panes, then a flame graph for each.
pub(crate) fn html(
    comparison: &Comparison,
    limits: Limits,
    work: Work<'_>,
) -> Result<String, Cancelled> {
    let panes = &comparison.panes;
    let limits = limits.shared_by(panes.len().min(PANES));
    let mut out = String::new();
    for pane in panes.iter().take(PANES) {
        let shape = Shape::of_tree(&pane.tree, work)?;
        out.push_str(&boxes::title(&heading(pane)));
        let facts = facts(pane).join(" · ");
        out.push_str(&if facts.is_empty() { facts } else { boxes::small(&facts) });
        let picture = flame::picture(&pane.tree, &shape, Direction::Up, limits, work)?;
        out.push_str(if picture.is_empty() { flame::NOTHING } else { &picture });
    }
    out.push_str(&more(panes.len()).map_or(String::new(), |more| boxes::small(&more)));
    let (grid, title) = match panes.len() {
        0..=DETAILED => (table(comparison, work)?, "Functions by self"),
        _ => (shares(comparison, work)?, "Functions by self, in per cent of each pane's total"),
    };
    let grid = grid.html();
    Ok(format!("{out}<details open><summary>{title}</summary>{grid}</details>"))
}

/// As text: a line for each pane, then one table with a column per pane.
pub(crate) fn plain(
    comparison: &Comparison,
    screen: Screen,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let mut lines = Vec::new();
    for pane in comparison.panes.iter().take(PANES) {
        lines.extend(screen.sentence(&heading(pane), 2).iter().map(|line| screen.bold(line)));
        let facts = facts(pane).into_iter().enumerate();
        let facts = facts.map(|(n, fact)| if n == 0 { format!("  {fact}") } else { fact });
        lines.extend(screen.facts(facts, 4).iter().map(|line| screen.dim(line)));
    }
    lines.extend(more(comparison.panes.len()));
    lines.push(String::new());
    lines.push(screen.dim("self in per cent of each pane's total"));
    lines.extend(shares(comparison, work)?.plain(screen));
    Ok(lines)
}

/// A note on panes that are not shown.
fn more(panes: usize) -> Option<String> {
    let more = panes.saturating_sub(PANES);
    (more > 0).then(|| header::counted(more, "more pane", "more panes"))
}

/// `version=2: total 12 s`.
fn heading(pane: &Pane) -> String {
    let total = amount(pane.tree.total(), &pane.tree.unit);
    let title = escape::name(&pane.title);
    if pane.tree.total() == pane.tree.whole {
        return format!("{title}: total {total}");
    }
    let whole = amount(pane.tree.whole, &pane.tree.unit);
    format!("{title}: {total} kept of {whole}")
}

/// The query, the window and the number of profiles, if known.
fn facts(pane: &Pane) -> Vec<String> {
    const LONGEST: usize = 200;
    let query = escape::clean(&pane.header.query);
    let mut facts = Vec::new();
    if !query.is_empty() {
        facts.push(escape::shorten(&query, LONGEST).into_owned());
    }
    facts.extend(pane.header.window.map(|window| window.to_string()));
    if pane.header.snapshots > 0 {
        facts.push(header::counted(pane.header.snapshots, "profile", "profiles"));
    }
    facts
}

/// A function's self and total in every pane.
struct Row<'a> {
    name: &'a str,
    /// Self and total in each pane.
    figures: Vec<[f64; 2]>,
}

/// The functions with the largest self share in any pane, then by name.
fn hottest<'c>(comparison: &'c Comparison, work: Work<'_>) -> Result<Vec<Row<'c>>, Cancelled> {
    let panes = &comparison.panes;
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut known = FxHashMap::default();
    for (i, pane) in panes.iter().enumerate() {
        for function in function_totals(&pane.tree, work)? {
            let name: &str = pane.tree.symbols.frame_name(function.frame);
            let row = *known.entry(name).or_insert_with(|| {
                rows.push(Row { name, figures: vec![[0.0; 2]; panes.len()] });
                rows.len() - 1
            });
            rows[row].figures[i] = [function.self_value, function.total];
        }
    }
    let largest = |row: &Row<'_>, figure: usize| {
        let shares = row.figures.iter().zip(panes);
        let share = |value: f64, whole: f64| if whole == 0.0 { 0.0 } else { (value / whole).abs() };
        shares.map(|(of, pane)| share(of[figure], pane.tree.whole)).fold(0.0, f64::max)
    };
    rows.sort_by_cached_key(|row| {
        (std::cmp::Reverse([0, 1].map(|figure| Ordered(largest(row, figure)))), row.name)
    });
    rows.truncate(FUNCTIONS);
    Ok(rows)
}

/// A number with a total order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One column per pane: self in percent.
fn shares(comparison: &Comparison, work: Work<'_>) -> Result<Grid, Cancelled> {
    let panes = &comparison.panes[..comparison.panes.len().min(PANES)];
    let titles: Vec<_> = panes.iter().map(title).collect();
    let mut columns = vec![("function", Align::Left)];
    columns.extend(titles.iter().map(|title| (title.as_str(), Align::Right)));
    let mut grid = Grid::new(&columns);
    for row in hottest(comparison, work)? {
        let mut cells = vec![Cell::new(row.name)];
        let figures = row.figures.iter().zip(panes);
        cells.extend(figures.map(|([own, _], pane)| share(*own, pane)));
        grid.rows.push(cells);
    }
    Ok(grid)
}

/// Three columns per pane: self in percent, total, total in percent.
fn table(comparison: &Comparison, work: Work<'_>) -> Result<Grid, Cancelled> {
    let panes = &comparison.panes;
    let figures = [SELF_SHARE.name, TOTAL.name, TOTAL_SHARE.name];
    let titles: Vec<_> = panes
        .iter()
        .flat_map(|pane| figures.map(|figure| format!("{}: {figure}", title(pane))))
        .collect();
    let mut columns = vec![("function", Align::Left)];
    columns.extend(titles.iter().map(|title| (title.as_str(), Align::Right)));
    let mut grid = Grid::new(&columns);
    for row in hottest(comparison, work)? {
        let mut cells = vec![Cell::new(row.name)];
        for ([own, total], pane) in row.figures.iter().zip(panes) {
            let amount = Cell::new(amount(*total, &pane.tree.unit));
            cells.extend([share(*own, pane), amount, share(*total, pane)]);
        }
        grid.rows.push(cells);
    }
    Ok(grid)
}

/// A pane's title as a column title.
fn title(pane: &Pane) -> String {
    const LONGEST: usize = 60;
    escape::shorten(&escape::name(&pane.title), LONGEST).into_owned()
}

fn share(value: f64, pane: &Pane) -> Cell {
    Cell::with_bar(percent(value, pane.tree.whole), value / pane.tree.whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::{Header, SeriesSet};
    use crate::view::fixture::tree;

    fn plain(comparison: &Comparison, screen: Screen) -> Vec<String> {
        super::plain(comparison, screen, Work::unattended()).expect("no interrupt")
    }

    fn html(comparison: &Comparison, limits: Limits) -> String {
        super::html(comparison, limits, Work::unattended()).expect("no interrupt")
    }

    fn pane(title: &str, stacks: &[(&str, f64)]) -> Pane {
        let header = Header { query: format!("cpu{{{title}}}"), ..Header::default() };
        Pane { title: title.into(), header, tree: tree(stacks), timeline: SeriesSet::default() }
    }

    /// a is 25 % of the first pane and absent from the second; b is 75 % and 100 %.
    fn comparison() -> Comparison {
        let panes = vec![
            pane("version=1", &[("main;a", 1e9), ("main;b", 3e9)]),
            pane("version=2", &[("main;b", 2e9)]),
        ];
        Comparison { panes }
    }

    #[test]
    fn text_is_a_table_with_a_column_per_pane() {
        assert_eq!(
            plain(&comparison(), Screen::PIPE),
            [
                "version=1: total 4 s",
                "  cpu{version=1}",
                "version=2: total 2 s",
                "  cpu{version=2}",
                "",
                "self in per cent of each pane's total",
                "function  version=1  version=2",
                "────────  ─────────  ─────────",
                "b             75.0%       100%",
                "a             25.0%       0.0%",
                "main           0.0%       0.0%",
            ]
        );
    }

    #[test]
    fn html_has_a_picture_per_pane_and_a_table_over_all() {
        let html = html(&comparison(), Limits::STATIC);
        assert_eq!(html.matches("left:0%;width:100%;height:17px").count(), 2 + 2 + 1);
        assert!(html.contains("<b>version=2: total 2 s</b>"));
        assert!(html.contains("version=<wbr>1: total_<wbr>share</th>"));
        // b: 75 % of self and 3 s in the first pane.
        assert!(html.contains(">75.0%</td><td style=\"text-align:right\">3\u{a0}s</td>"), "{html}");
    }

    #[test]
    fn many_panes_are_counted_and_have_a_column_each() {
        let panes = (0..14).map(|i| pane(&format!("pod={i}"), &[("a", 1.0)])).collect();
        let comparison = Comparison { panes };
        let html = html(&comparison, Limits::STATIC);
        assert_eq!(html.matches("</th>").count(), 1 + PANES);
        assert!(html.contains("2 more panes"));
        let lines = plain(&comparison, Screen::CELL);
        assert!(lines.contains(&"2 more panes".to_owned()));
    }

    #[test]
    fn hostile_titles_queries_and_names_are_text() {
        let hostile = "</div><script>x\u{202e}\0\x1b[1m";
        let empty = pane("", &[]);
        let comparison = Comparison { panes: vec![pane(hostile, &[(hostile, 1.0)]), empty] };
        let html = html(&comparison, Limits::STATIC);
        assert!(!html.contains("<script") && html.contains("no samples"));
        let text = plain(&comparison, Screen::CELL).join("\n");
        assert!(!text.contains(['\u{202e}', '\0', '\x1b']));
    }
}
