//! Parses pprof's reports: `-top`, `-tree` and `-peek`, `-tags`.

use std::collections::BTreeMap;
use std::path::Path;

/// Self and total.
pub(crate) type Figures = (f64, f64);

pub(super) fn read_report(data: &Path, name: &str) -> String {
    let path = data.join("reference").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A report of `pprof -top`: after the line of column titles, `flat flat% sum% cum cum%
/// name`.
pub(super) fn top_report(data: &Path, name: &str) -> BTreeMap<String, Figures> {
    top_rows(&read_report(data, name))
}

/// The rows by name; names are unique.
pub(crate) fn top_rows(report: &str) -> BTreeMap<String, Figures> {
    let mut by_name = BTreeMap::new();
    for (name, figures) in rows(report) {
        let known = by_name.insert(name.clone(), figures);
        assert!(known.is_none(), "{name} has two rows");
    }
    by_name
}

pub(super) fn rows(report: &str) -> impl Iterator<Item = (String, Figures)> {
    let rows =
        report.lines().skip_while(|line| !line.trim_start().starts_with("flat  flat%")).skip(1);
    rows.map(|row| {
        let (columns, name) = split_columns(row, 5);
        let name = unmarked(name.trim_start_matches(' ')).to_owned();
        (name, (amount(columns[0]), amount(columns[3])))
    })
}

/// A report of `pprof -tree` or `-peek`: blocks of callers, the function itself, callees.
pub(super) fn edges(report: &str) -> BTreeMap<(String, String), f64> {
    let mut edges = BTreeMap::new();
    for block in
        report.split("----------------------------------------------------------+-------------")
    {
        let lines: Vec<(&str, &str)> =
            block.lines().filter_map(|line| line.split_once('|')).collect();
        // A neighbour is indented by three blanks, the function itself by one.
        let Some(own) = lines.iter().position(|(_, name)| !name.starts_with("   ")) else {
            continue;
        };
        let function = unmarked(lines[own].1.trim_start_matches(' '));
        for (at, (columns, neighbour)) in lines.iter().enumerate().filter(|(at, _)| *at != own) {
            let weight = amount(columns.split_whitespace().next().unwrap_or_default());
            let neighbour = unmarked(neighbour.trim_start_matches(' '));
            let (caller, callee) =
                if at < own { (neighbour, function) } else { (function, neighbour) };
            let known = edges.insert((caller.to_owned(), callee.to_owned()), weight);
            assert!(
                known.is_none_or(|known| known == weight),
                "{caller} -> {callee} has two weights"
            );
        }
    }
    edges
}

/// A report of `pprof -tags`: ` label: Total n of m`, then one value per line.
pub(super) fn tags(report: &str) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut tags: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    let mut label = String::new();
    for line in report.lines() {
        match line.split_once(": ") {
            Some((name, total)) if total.starts_with("Total ") => {
                name.trim().clone_into(&mut label)
            }
            Some((figures, value)) => {
                let count = figures.split_whitespace().next().unwrap_or_default();
                tags.entry(label.clone()).or_default().insert(value.to_owned(), amount(count));
            }
            None => {}
        }
    }
    tags
}

/// The first columns of a line, separated by spaces, and the rest.
fn split_columns(line: &str, count: usize) -> (Vec<&str>, &str) {
    let mut rest = line.trim_start_matches(' ');
    let mut columns = Vec::new();
    while columns.len() < count {
        let end = rest.find(' ').unwrap_or(rest.len());
        columns.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
    }
    (columns, rest)
}

/// `-9070000000ns`, `1024B`, `0`.
fn amount(text: &str) -> f64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse().unwrap_or_else(|_| panic!("not an amount: {text:?}"))
}

/// A name without pprof's markers.
fn unmarked(name: &str) -> &str {
    if name == "<unknown>" {
        // As perf and the collapse scripts call it, and we.
        return "[unknown]";
    }
    let name = name.strip_suffix(" (inline)").unwrap_or(name);
    name.strip_suffix(" (partial-inline)").unwrap_or(name)
}
