//! How changes in a diff are written in boxes, tables and text.
//!
//! Numbers are in the unit of the mode: shares in percent with changes in percentage
//! points, other values in their own unit. New and removed functions say *new* and
//! *removed*. Divisions use unrounded numbers.

use crate::eval::stacks::functions::{FunctionTotals, function_totals};
use crate::lang::columns::{
    AFTER, BEFORE, DELTA, FUNCTION, GROWTH, HIGH, LOW, TOTAL_AFTER, TOTAL_BEFORE, TOTAL_DELTA,
    TOTAL_GROWTH, TOTAL_HIGH, TOTAL_LOW,
};
use crate::profile::diff::{Mode, Width};
use crate::profile::frame::FrameId;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Change, Diff, Verdict};
use crate::quantity::unit::{grouped, three_digits};
use crate::view::parts::escape;
use crate::view::parts::grid::{Align, Cell, Grid};
use crate::view::parts::header::counted;
use crate::view::parts::screen::{amount, percent};
use crate::work::{Cancelled, Work};

/// Marks a change that is not statistically significant.
pub(crate) const NOISE: &str = "≈";

/// Writes the changes of one diff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording<'a> {
    pub(crate) diff: &'a Diff,
}

impl Wording<'_> {
    /// The value on one side.
    pub(crate) fn side(self, value: f64) -> String {
        match self.diff.mode {
            Mode::Share => percent(value, 1.0),
            Mode::Amount | Mode::Rate => amount(value, &self.diff.unit()),
        }
    }

    /// After minus before, with a sign: `+2.1 pp`, `-300 ms`.
    pub(crate) fn delta(self, change: Change) -> String {
        let delta = change.delta();
        match self.diff.mode {
            Mode::Share => points(delta),
            Mode::Amount | Mode::Rate => plus(delta, amount(delta, &self.diff.unit())),
        }
    }

    /// A standard error, without a sign.
    pub(crate) fn error(self, se: f64) -> String {
        match self.diff.mode {
            Mode::Share => format!("{:.2} pp", 100.0 * se),
            Mode::Amount | Mode::Rate => amount(se, &self.diff.unit()),
        }
    }

    /// The change in percentage points of the whole before; `None` in shares, where
    /// `delta` already says this.
    pub(crate) fn of_whole(self, change: Change) -> Option<String> {
        let whole = self.diff.change(self.diff.before.whole, 0.0).before;
        let is_share = self.diff.mode == Mode::Share;
        (!is_share && whole != 0.0).then(|| points(change.delta() / whole))
    }

    /// `+25.0%`, `new`, `removed`, or "" if both sides are zero.
    pub(crate) fn growth(self, change: Change) -> String {
        match change.growth() {
            _ if change.is_new() => "new".to_owned(),
            _ if change.is_removed() => "removed".to_owned(),
            Some(0.0) => "0%".to_owned(),
            Some(growth) => plus(growth, part(growth)),
            None => String::new(),
        }
    }

    /// The labels and totals of both sides.
    pub(crate) fn sides(self) -> [String; 2] {
        let [before, after] = [&self.diff.before, &self.diff.after].map(|tree| {
            let whole = amount(tree.whole, &tree.unit);
            if tree.whole == tree.total() {
                return format!("total {whole}");
            }
            format!("{} kept of {whole}", amount(tree.total(), &tree.unit))
        });
        let [first, second] = [&self.diff.titles[0], &self.diff.titles[1]].map(|t| escape::name(t));
        [named("before", &first, &before), named("after", &second, &after)]
    }

    /// What is compared: shares, amounts or rates.
    pub(crate) fn rule(self) -> String {
        let seconds = |i: usize| three_digits(self.diff.seconds[i]);
        match self.diff.mode {
            Mode::Share => "compared in shares: each value is a part of its own side's total, \
                            a change is in percentage points (pp)"
                .to_owned(),
            Mode::Amount => "compared in amounts; pp are of the total before".to_owned(),
            Mode::Rate => format!(
                "compared per second of profiled time ({} s before, {} s after); pp are of the total before",
                seconds(0),
                seconds(1)
            ),
        }
    }

    /// What the width of a box means.
    pub(crate) fn width(self) -> &'static str {
        match self.diff.width {
            Width::Both => "box width: before and after together",
            Width::Before => "box width: before",
            Width::After => "box width: after",
            Width::Delta => "box width: what changed below",
        }
    }
}

fn named(side: &str, title: &str, total: &str) -> String {
    if title == side { format!("{side}: {total}") } else { format!("{side}: {title}, {total}") }
}

/// A fraction as percentage points with a sign.
fn points(delta: f64) -> String {
    let points = 100.0 * delta;
    match points.abs() {
        0.0 => "0 pp".to_owned(),
        size if size < 0.0995 => format!("{points:+.2} pp"),
        _ => format!("{points:+.1} pp"),
    }
}

/// Growth in percent; large growth has no decimals.
fn part(growth: f64) -> String {
    if growth.abs() < 10.0 {
        return percent(growth, 1.0);
    }
    format!("{}%", grouped((100.0 * growth).round()))
}

fn plus(value: f64, text: String) -> String {
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A function's values on both sides, in the unit of the mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangedFunction {
    pub(crate) frame: FrameId,
    pub(crate) own: Change,
    pub(crate) total: Change,
    pub(crate) verdict: Option<FunctionVerdict>,
}

/// The `n` functions whose total changed most, and the number of all functions.
pub(crate) fn most_changed(
    diff: &Diff,
    n: usize,
    work: Work<'_>,
) -> Result<(Vec<ChangedFunction>, usize), Cancelled> {
    let mut sides = vec![[None::<FunctionTotals>; 2]; diff.symbols().frames.len()];
    for (side, tree) in [&diff.before, &diff.after].into_iter().enumerate() {
        for totals in function_totals(tree, work)? {
            sides[totals.frame.index()][side] = Some(totals);
        }
    }
    let change = |[before, after]: [Option<FunctionTotals>; 2]| {
        let frame = before.or(after).map(|totals| totals.frame).filter(|it| diff.lists(*it))?;
        let own = [before, after].map(|side| side.map_or(0.0, |totals| totals.self_value));
        let total = [before, after].map(|side| side.map_or(0.0, |totals| totals.total));
        let (own, total) = (diff.change(own[0], own[1]), diff.change(total[0], total[1]));
        Some(ChangedFunction { frame, own, total, verdict: diff.verdict(frame) })
    };
    let mut functions: Vec<_> = sides.into_iter().filter_map(change).collect();
    let count = functions.len();
    let name = |change: &ChangedFunction| diff.symbols().frame_name(change.frame);
    work.sort_by(&mut functions, |a, b| {
        let by_total = b.total.delta().abs().total_cmp(&a.total.delta().abs());
        let by_self = || b.own.delta().abs().total_cmp(&a.own.delta().abs());
        by_total.then_with(by_self).then_with(|| name(a).cmp(name(b)))
    })?;
    functions.truncate(n);
    Ok((functions, count))
}

/// The functions that changed most as a table: self and total, each with its interval.
pub(crate) fn grid(diff: &Diff, functions: &[ChangedFunction]) -> Grid {
    let figures = [BEFORE, AFTER, DELTA, LOW, HIGH, GROWTH];
    let totals = [TOTAL_BEFORE, TOTAL_AFTER, TOTAL_DELTA, TOTAL_LOW, TOTAL_HIGH, TOTAL_GROWTH];
    let figures = figures.iter().chain(&totals).map(|column| (column.name, Align::Right));
    let columns: Vec<_> = [(FUNCTION.name, Align::Left)].into_iter().chain(figures).collect();
    let mut grid = Grid::new(&columns);
    let wording = Wording { diff };
    let most = |of: fn(&ChangedFunction) -> Change| {
        functions.iter().map(|change| of(change).delta().abs()).fold(0.0, f64::max)
    };
    let most = [most(|change| change.own), most(|change| change.total)];
    for ChangedFunction { frame, own, total, verdict } in functions {
        let own = figures_of(wording, *own, verdict.map(|it| it.own), most[0]);
        let total = figures_of(wording, *total, verdict.map(|it| it.total), most[1]);
        let name = Cell::new(&**diff.symbols().frame_name(*frame));
        grid.rows.push([name].into_iter().chain(own).chain(total).collect());
    }
    if diff.noise.is_none() {
        // The last first, so that the others keep their places.
        INTERVALS.into_iter().rev().for_each(|column| grid.drop_column(column));
    }
    grid
}

/// The columns of the ends of intervals.
const INTERVALS: [usize; 4] = [4, 5, 10, 11];

/// Before, after, change, its interval and growth.
fn figures_of(
    wording: Wording<'_>,
    change: Change,
    verdict: Option<Verdict>,
    most: f64,
) -> [Cell; 6] {
    let delta = marked(wording.delta(change), verdict);
    let ends = verdict.map(|verdict| verdict.interval()).filter(|ends| ends[0].is_finite());
    let end = |at: usize| {
        let end = |ends: [f64; 2]| wording.delta(Change { before: 0.0, after: ends[at] });
        ends.map_or(Cell::default(), |ends| Cell::new(end(ends)))
    };
    [
        Cell::new(wording.side(change.before)),
        Cell::new(wording.side(change.after)),
        match most {
            0.0 => Cell::new(delta),
            most => Cell::with_bar(delta, change.delta().abs() / most),
        },
        end(0),
        end(1),
        Cell::new(wording.growth(change)),
    ]
}

fn marked(delta: String, verdict: Option<Verdict>) -> String {
    match verdict {
        Some(verdict) if !verdict.significant => format!("{NOISE} {delta}"),
        _ => delta,
    }
}

/// The same table, collapsed under a title.
pub(crate) fn html(diff: &Diff, n: usize, work: Work<'_>) -> Result<String, Cancelled> {
    let (functions, count) = most_changed(diff, n, work)?;
    let title = if count > functions.len() {
        format!("Top {} of {} functions by change of total", functions.len(), grouped(count as f64))
    } else {
        format!("{} by change of total", counted(count, "function", "functions"))
    };
    let grid = grid(diff, &functions).html();
    Ok(format!("<details><summary>{title}</summary>{grid}</details>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;
    use crate::view::parts::screen::Screen;

    /// a: 1 s then 6 s, b: 3 s then 3 s, c: new with 3 s; profiled for 10 s and 20 s.
    fn diff(mode: Mode) -> Diff {
        let before = tree(&[("a", 1e9), ("b", 3e9)]);
        let after = tree(&[("a", 6e9), ("b", 3e9), ("c", 3e9)]);
        Diff::align(before, after, mode, [10.0, 20.0], Work::unattended()).expect("no interrupt")
    }

    #[test]
    fn a_change_is_written_in_the_unit_of_its_mode() {
        for (mode, sides, delta, of_whole, growth) in [
            // 1/4 then 6/12.
            (Mode::Share, ["25.0%", "50.0%"], "+25.0 pp", None, "+100%"),
            // +5 s of 4 s.
            (Mode::Amount, ["1 s", "6 s"], "+5 s", Some("+125.0 pp"), "+500.0%"),
            // 0.1 then 0.3 cores of 0.4.
            (Mode::Rate, ["0.10 cores", "0.30 cores"], "+0.20 cores", Some("+50.0 pp"), "+200.0%"),
        ] {
            let diff = diff(mode);
            let wording = Wording { diff: &diff };
            let change = diff.change(1e9, 6e9);
            assert_eq!([change.before, change.after].map(|v| wording.side(v)), sides);
            assert_eq!(wording.delta(change), delta);
            assert_eq!(wording.of_whole(change).as_deref(), of_whole);
            assert_eq!(wording.growth(change), growth);
        }
    }

    #[test]
    fn new_and_removed_are_words_and_zero_is_not() {
        let diff = diff(Mode::Share);
        let wording = Wording { diff: &diff };
        let growth = |before, after| wording.growth(diff.change(before, after));
        assert_eq!(growth(0.0, 3e9), "new");
        assert_eq!(growth(3e9, 0.0), "removed");
        assert_eq!(growth(0.0, 0.0), "");
        // 1/4 and 3/12.
        assert_eq!(growth(1e9, 3e9), "0%");
        assert_eq!(wording.delta(diff.change(1e9, 3e9)), "0 pp");
        // 0.05 of a point.
        assert_eq!(points(0.0005), "+0.05 pp");
        assert_eq!(part(25.0), "2 500%");
    }

    #[test]
    fn the_legend_names_the_sides_and_their_totals() {
        let mut diff = diff(Mode::Share);
        assert_eq!(Wording { diff: &diff }.sides(), ["before: total 4 s", "after: total 12 s"]);
        diff.titles = ["version=1".into(), "version=2".into()];
        diff.after.whole = 24e9;
        assert_eq!(
            Wording { diff: &diff }.sides(),
            ["before: version=1, total 4 s", "after: version=2, 12 s kept of 24 s"]
        );
    }

    #[test]
    fn functions_are_ordered_by_change() {
        let diff = diff(Mode::Amount);
        let (functions, count) = most_changed(&diff, 2, Work::unattended()).expect("no interrupt");
        assert_eq!(count, 3);
        let lines = grid(&diff, &functions).plain(Screen::PIPE);
        let words = |line: &str| -> Vec<String> {
            let words = line.split("  ").map(str::trim).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        // Without errors there are no intervals.
        let columns = ["before", "after", "delta", "growth"].map(str::to_owned);
        let totals = columns.each_ref().map(|column| format!("total_{column}"));
        assert_eq!(words(&lines[0])[1..], [columns, totals].concat());
        let a = ["1 s", "6 s", "+5 s", "+500.0%"];
        assert_eq!(words(&lines[2]), [&["a"], &a[..], &a[..]].concat());
        let c = ["0 ns", "3 s", "+3 s", "new"];
        assert_eq!(words(&lines[3]), [&["c"], &c[..], &c[..]].concat());
    }
}
