//! Flamebearer JSON, the format of Pyroscope and flamegraph.com.
//!
//! Boxes are in levels; the first holds only the root, `total`. A level is a flat list
//! with four numbers per box: the distance from the end of the box before it, total,
//! self, and the index of its name. The children of a box start where its self value
//! ends. A diff has seven numbers per box: the first three for before (left), the same
//! for after (right), then the name. Values are whole numbers: each self value is
//! rounded, and totals are sums of those, so that no box is wider than its parent.
//!
//! Pyroscope writes it in `pkg/model/flamegraph.go` and `flamegraph_diff.go` in
//! grafana/pyroscope.

use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};

use crate::eval::result::value::{Graph, Outcome, Value, View};
use crate::profile::{Diff, StackId, Symbols, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// The name of the profiler. The format has a fixed list of them, and our profiles may
/// come from any.
const RECORDER: &str = "unknown";

/// A sample rate for values that are not samples; it has no effect.
const ANY_RATE: u32 = 100;

/// A profile in the format, and the metadata of its upload.
#[derive(Debug, Clone, PartialEq)]
pub struct Flamebearer {
    /// A title.
    pub name: String,
    /// Pyroscope's unit name: `samples`, `bytes`, `objects`, `lock_nanoseconds`.
    pub units: &'static str,
    pub recorder: &'static str,
    pub json: Json,
}

/// Why a result cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitError {
    #[error("{0} cannot be published: it has no stacks")]
    NoStacks(&'static str),
    #[error("a comparison cannot be published: it has several flame graphs")]
    Several,
    #[error("there are no samples to publish")]
    NoSamples,
    #[error("{0} stacks have negative values, which cannot be published")]
    Negative(usize),
    #[error("every value rounds to zero, because published values are whole numbers")]
    Fractions,
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl UnfitError {
    /// A fix to suggest.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            UnfitError::NoStacks(_) => Some("publish a flame graph: `cpu | publish`"),
            UnfitError::Several => Some("publish a diff of two: `diff {…} | publish`"),
            UnfitError::NoSamples | UnfitError::Cancelled(_) => None,
            UnfitError::Negative(_) => Some("publish both sides as a diff, or another type"),
            UnfitError::Fractions => Some("leave out `rate`"),
        }
    }
}

/// The stacks of a result in the format.
pub fn flamebearer(outcome: &Outcome, work: Work<'_>) -> Result<Flamebearer, UnfitError> {
    let name = name(outcome);
    match &outcome.value {
        Value::Tree(tree) => of_tree(tree, name, work),
        Value::Diff(diff) => of_diff(diff, name, work),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            of_graph(graph, name, work)
        }
        Value::View(View::Sandwich(sandwich)) => of_graph(&sandwich.graph, name, work),
        Value::View(View::Comparison(_)) => Err(UnfitError::Several),
        other => Err(UnfitError::NoStacks(super::what(other))),
    }
}

fn of_graph(graph: &Graph, name: String, work: Work<'_>) -> Result<Flamebearer, UnfitError> {
    match graph {
        Graph::Tree(tree) => of_tree(tree, name, work),
        Graph::Diff(diff) => of_diff(diff, name, work),
    }
}

/// One tree: format `single`.
pub fn of_tree(tree: &Tree, name: String, work: Work<'_>) -> Result<Flamebearer, UnfitError> {
    let scale = Scale::of(&tree.unit, &name);
    let side = Side::new(tree, &scale, work)?;
    let layout = Levels::new(&tree.symbols, &[&side], work)?;
    if side.total() == 0 {
        return Err(nothing(&[tree]));
    }
    Ok(scale.finish(name, "single", layout, side.total(), json!({})))
}

/// Two trees: format `double`, before on the left and after on the right, in recorded
/// values for every mode.
pub fn of_diff(diff: &Diff, name: String, work: Work<'_>) -> Result<Flamebearer, UnfitError> {
    let scale = Scale::of(diff.raw_unit(), &name);
    let left = Side::new(&diff.before, &scale, work)?;
    let right = Side::new(&diff.after, &scale, work)?;
    let layout = Levels::new(diff.symbols(), &[&left, &right], work)?;
    let (before, after) = (left.total(), right.total());
    if before + after == 0 {
        return Err(nothing(&[&diff.before, &diff.after]));
    }
    let ticks = json!({"leftTicks": before, "rightTicks": after});
    Ok(scale.finish(name, "double", layout, before + after, ticks))
}

/// Why no whole number is left.
fn nothing(trees: &[&Tree]) -> UnfitError {
    let is_empty = trees.iter().all(|tree| tree.self_values.iter().all(|value| *value == 0.0));
    if is_empty { UnfitError::NoSamples } else { UnfitError::Fractions }
}

/// `cpu{version="2"}, 2026-11-23 04:52:00 .. 04:53:00 UTC`
fn name(outcome: &Outcome) -> String {
    let header = &outcome.header;
    let subject = if header.subject.is_empty() { "profile" } else { &header.subject };
    match header.window {
        Some(window) => format!("{subject}, {window}"),
        None => subject.to_owned(),
    }
}

/// The unit of the values that are written.
struct Scale {
    units: &'static str,
    /// Samples per second, if the unit is `samples`.
    rate: u32,
    /// The factor from our values to those written.
    factor: f64,
}

impl Scale {
    /// Like Pyroscope, time is written as samples at 1 GHz; the time of locks has its own
    /// unit.
    fn of(unit: &Unit, name: &str) -> Scale {
        let time = |factor| match name.split(['{', '[', ',']).next() {
            Some(kind) if kind.ends_with("delay") => ("lock_nanoseconds", ANY_RATE, factor),
            _ => ("samples", 1_000_000_000, factor),
        };
        let (units, rate, factor) = match unit {
            Unit::PerSecond(unit) => return Scale::of(unit, name),
            Unit::Nanoseconds => time(1.0),
            Unit::Cores => time(1e9),
            Unit::Bytes => ("bytes", ANY_RATE, 1.0),
            Unit::Count(counted) => (count(counted), ANY_RATE, 1.0),
            Unit::None | Unit::Percent | Unit::Ratio(..) => ("objects", ANY_RATE, 1.0),
        };
        Scale { units, rate, factor }
    }

    fn finish(
        self,
        name: String,
        format: &str,
        layout: Levels,
        ticks: u64,
        sides: Json,
    ) -> Flamebearer {
        let mut json = json!({
            "version": 1,
            "flamebearer": {
                "names": layout.names,
                "levels": layout.levels,
                "numTicks": ticks,
                "maxSelf": layout.max_self,
            },
            "metadata": {
                "format": format,
                "spyName": RECORDER,
                "sampleRate": self.rate,
                "units": self.units,
                "name": &name,
            },
        });
        if let (Json::Object(all), Json::Object(sides)) = (&mut json, sides) {
            all.extend(sides);
        }
        Flamebearer { name, units: self.units, recorder: RECORDER, json }
    }
}

/// Not `samples`, which Pyroscope would show as a time.
fn count(counted: &str) -> &'static str {
    match counted {
        "goroutines" => "goroutines",
        "contentions" => "lock_samples",
        "exceptions" => "exceptions",
        _ => "objects",
    }
}

/// The values of one tree as whole numbers, by stack.
struct Side {
    self_values: Vec<u64>,
    totals: Vec<u64>,
}

impl Side {
    fn new(tree: &Tree, scale: &Scale, work: Work<'_>) -> Result<Side, UnfitError> {
        let scaled = || tree.self_values.iter().map(|value| (value * scale.factor).round());
        let negative = scaled().filter(|value| *value < 0.0).count();
        if negative > 0 {
            return Err(UnfitError::Negative(negative));
        }
        let exact = |stack| tree.exact_self(stack).filter(|_| scale.factor == 1.0);
        let whole = (0..).map(StackId).zip(scaled());
        let self_values = work.collect(whole.map(|(stack, value)| {
            exact(stack).and_then(|exact| u64::try_from(exact).ok()).unwrap_or(value as u64)
        }))?;
        let totals = tree.symbols.stacks.summed_up(self_values.clone(), work)?;
        Ok(Side { self_values, totals })
    }

    fn total(&self) -> u64 {
        self.totals[StackId::EMPTY.index()]
    }
}

/// Boxes in levels.
struct Levels {
    names: Vec<String>,
    levels: Vec<Vec<u64>>,
    max_self: u64,
}

/// A box to be placed: its position on each side. A single tree uses the first.
struct Placed {
    stack: StackId,
    starts: [u64; 2],
}

impl Levels {
    /// Level by level and not recursive, because a stack may be deeper than the call
    /// stack.
    fn new(symbols: &Symbols, sides: &[&Side], work: Work<'_>) -> Result<Levels, Cancelled> {
        let children = children(symbols, sides, work)?;
        let mut names = NameList::default();
        let mut levels = Vec::new();
        let mut level = vec![Placed { stack: StackId::EMPTY, starts: [0; 2] }];
        let (root, mut steps) = (names.index("total"), work.steps());
        while !level.is_empty() {
            let mut numbers = Vec::with_capacity(level.len() * (3 * sides.len() + 1));
            let mut ends = [0; 2];
            let mut below = Vec::new();
            for Placed { stack, mut starts } in level {
                steps.take()?;
                let at = stack.index();
                for (n, side) in sides.iter().enumerate() {
                    let (total, own) = (side.totals[at], side.self_values[at]);
                    numbers.extend([starts[n] - ends[n], total, own]);
                    ends[n] = starts[n] + total;
                    starts[n] += own;
                }
                let is_root = stack == StackId::EMPTY;
                let frame = || symbols.frame_name(symbols.stacks.frame(stack));
                numbers.push(if is_root { root } else { names.index(frame()) });
                for child in &children[at] {
                    below.push(Placed { stack: *child, starts });
                    for (n, side) in sides.iter().enumerate() {
                        starts[n] += side.totals[child.index()];
                    }
                }
            }
            levels.push(numbers);
            level = below;
        }
        let selfs = sides.iter().flat_map(|side| &side.self_values);
        Ok(Levels { names: names.texts, levels, max_self: selfs.copied().max().unwrap_or(0) })
    }
}

/// The children of every stack that have a value, heaviest first, ties by name.
fn children(
    symbols: &Symbols,
    sides: &[&Side],
    work: Work<'_>,
) -> Result<Vec<Vec<StackId>>, Cancelled> {
    let weight = |s: &StackId| sides.iter().map(|side| side.totals[s.index()]).sum::<u64>();
    let name = |s: &StackId| symbols.frame_name(symbols.stacks.frame(*s));
    let mut children = vec![Vec::new(); symbols.stacks.len()];
    work.each(symbols.stacks.iter(), |(stack, parent, _)| {
        if weight(&stack) > 0 {
            children[parent.index()].push(stack);
        }
    })?;
    work.each(&mut children, |siblings| {
        siblings.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| name(a).cmp(name(b))));
    })?;
    Ok(children)
}

/// Distinct names in order of first appearance.
#[derive(Default)]
struct NameList {
    texts: Vec<String>,
    index: FxHashMap<String, u64>,
}

impl NameList {
    fn index(&mut self, name: &str) -> u64 {
        if let Some(known) = self.index.get(name) {
            return *known;
        }
        let new = self.texts.len() as u64;
        self.texts.push(name.to_owned());
        self.index.insert(name.to_owned(), new);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::Mode;
    use crate::view::fixture::{bare, tree};

    fn of_tree(tree: &Tree, name: String) -> Result<Flamebearer, UnfitError> {
        super::of_tree(tree, name, Work::unattended())
    }

    fn of_diff(diff: &Diff, name: String) -> Result<Flamebearer, UnfitError> {
        super::of_diff(diff, name, Work::unattended())
    }

    fn single(stacks: &[(&str, f64)]) -> Json {
        of_tree(&tree(stacks), "cpu".into()).expect("a profile").json
    }

    #[test]
    fn children_start_where_the_self_of_their_parent_ends() {
        // total 10 = main 9 (self 2, a 4, b 3) + idle 1; b calls only c.
        let json = single(&[("main", 2.0), ("main;a", 4.0), ("main;b;c", 3.0), ("idle", 1.0)]);
        let expected = json!({
            "version": 1,
            "flamebearer": {
                "names": ["total", "main", "idle", "a", "b", "c"],
                "levels": [
                    [0, 10, 0, 0],
                    [0, 9, 2, 1, 0, 1, 1, 2],
                    [2, 4, 4, 3, 0, 3, 0, 4],
                    [6, 3, 3, 5],
                ],
                "numTicks": 10,
                "maxSelf": 4,
            },
            "metadata": {
                "format": "single", "spyName": "unknown", "sampleRate": 1_000_000_000,
                "units": "samples", "name": "cpu",
            },
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn a_diff_has_before_on_the_left() {
        let (before, after) = (tree(&[("a", 3.0), ("b", 1.0)]), tree(&[("b", 4.0), ("c", 2.0)]));
        let diff = Diff::align(before, after, Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let json = of_diff(&diff, "cpu".into()).expect("a profile").json;
        // Ordered by before plus after: b 1 + 4, a 3 + 0, c 0 + 2.
        assert_eq!(json["flamebearer"]["names"], json!(["total", "b", "a", "c"]));
        let levels = json!([
            [0, 4, 0, 0, 6, 0, 0],
            [0, 1, 1, 0, 4, 4, 1, 0, 3, 3, 0, 0, 0, 2, 0, 0, 0, 0, 2, 2, 3],
        ]);
        assert_eq!(json["flamebearer"]["levels"], levels);
        assert_eq!(json["flamebearer"]["numTicks"], 10);
        assert_eq!(json["flamebearer"]["maxSelf"], 4);
        assert_eq!((&json["leftTicks"], &json["rightTicks"]), (&json!(4), &json!(6)));
        assert_eq!(json["metadata"]["format"], "double");
    }

    #[test]
    fn a_side_may_be_empty_but_not_both() {
        let diff = |before, after| {
            Diff::align(before, after, Mode::Amount, [0.0; 2], Work::unattended())
                .expect("no interrupt")
        };
        let new = diff(tree(&[]), tree(&[("a", 2.0)]));
        let json = of_diff(&new, String::new()).expect("a profile").json;
        assert_eq!(json["flamebearer"]["levels"][1], json!([0, 0, 0, 0, 2, 2, 1]));
        let nothing = of_diff(&diff(tree(&[]), tree(&[])), String::new());
        assert_eq!(nothing.expect_err("nothing"), UnfitError::NoSamples);
    }

    #[test]
    fn totals_are_sums_of_what_was_rounded() {
        // 1.4 is 1 and 2.5 is 3, together 4; three times 0.4 is 0, although the sum 1.2
        // would round to 1.
        let json = single(&[("m;a", 1.4), ("m;b", 2.5), ("n;x", 0.4), ("n;y", 0.4), ("n", 0.4)]);
        assert_eq!(json["flamebearer"]["numTicks"], 4);
        assert_eq!(json["flamebearer"]["levels"][1], json!([0, 4, 0, 1]));
    }

    #[test]
    fn values_the_format_does_not_support_are_an_error() {
        let refused = |stacks: &[(&str, f64)]| of_tree(&tree(stacks), "cpu".into()).err();
        assert_eq!(refused(&[]), Some(UnfitError::NoSamples));
        assert_eq!(refused(&[("a", 5.0), ("b", -1.0)]), Some(UnfitError::Negative(1)));
        assert_eq!(refused(&[("a", 0.3), ("b", 0.2)]), Some(UnfitError::Fractions));
        let note =
            flamebearer(&bare(Value::Note("x".into())), Work::unattended()).expect_err("no stacks");
        assert_eq!(note.to_string(), "a note cannot be published: it has no stacks");
    }

    #[test]
    fn units_are_those_of_pyroscope() {
        let count = |name: &str| Unit::Count(name.into());
        for (unit, name, units, ticks) in [
            (Unit::Nanoseconds, "cpu{a=\"delay\"}", "samples", 2),
            (Unit::Nanoseconds, "mutex:delay{a=\"b\"}", "lock_nanoseconds", 2),
            (Unit::Cores, "cpu", "samples", 2_000_000_000),
            (Unit::Bytes.per_second(), "alloc_space", "bytes", 2),
            (count("contentions"), "mutex:contentions", "lock_samples", 2),
            (count("samples"), "samples", "objects", 2),
            (count("goroutines"), "goroutines", "goroutines", 2),
        ] {
            let tree = Tree { unit, ..tree(&[("a", 2.0)]) };
            let found = of_tree(&tree, name.to_owned()).expect("a profile");
            assert_eq!(
                (found.units, &found.json["flamebearer"]["numTicks"]),
                (units, &json!(ticks))
            );
            assert_eq!(found.json["metadata"]["units"], units);
        }
    }

    #[test]
    fn any_name_and_deep_stacks_are_written() {
        let hostile = "</script>\u{2028}\x1b[31m\0\"";
        let deep = vec!["f"; 5000].join(";");
        let json = single(&[(hostile, 1.0), (&deep, 2.0), ("total", 3.0)]);
        let read: Json = serde_json::from_str(&json.to_string()).expect("JSON");
        assert_eq!(read["flamebearer"]["names"], json!(["total", "f", hostile]));
        assert_eq!(read["flamebearer"]["levels"].as_array().map(Vec::len), Some(5001));
    }
}
