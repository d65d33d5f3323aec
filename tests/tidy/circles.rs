//! No import circles among files: a reader can read all files that a file uses before the
//! file.
//!
//! `graph` finds the uses. An exception is one use against the direction. Each is listed
//! with its reason, and the test fails if one is no longer needed.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use super::graph::{self, Use};

/// The exceptions: user, used file, and reason.
const EXCEPTIONS: [(&str, &str, &str); 6] = [
    ("src/lang/parse/expr.rs", "src/lang/parse/statement.rs", "a query in parentheses is a value"),
    ("src/lang/parse/pattern.rs", "src/lang/parse/statement.rs", "keywords, which name no frame"),
    ("src/lang/parse/stage.rs", "src/lang/parse/statement.rs", "amounts, which both accept"),
    ("src/lang/quantity.rs", "src/lang/lex.rs", "the token that a number becomes"),
    ("src/lang/text.rs", "src/lang/lex.rs", "the token that a string becomes"),
    ("src/profile/noise.rs", "src/profile/diff.rs", "by what a diff is counted: self or total"),
];

#[test]
fn no_file_uses_itself_by_way_of_others() {
    let mut uses = graph::uses(&super::sources());
    uses.retain(|found| !is_exception(found));
    if let Some(circle) = shortest_circle(&uses) {
        panic!("{} files use each other in a circle:\n{}", circle.len(), lines(&circle));
    }
}

#[test]
fn each_exception_still_closes_a_circle() {
    let uses = graph::uses(&super::sources());
    let ways = Ways::new(&uses);
    let needed = |from: &str, to: &str| {
        let found = uses.iter().find(|found| is_between(found, from, to));
        found.is_some_and(|found| ways.shortest(&found.to, &found.from).is_some())
    };
    let gone = EXCEPTIONS.iter().filter(|(from, to, _)| !needed(from, to));
    super::assert_none(gone.map(|(from, to, _)| format!("{from} uses {to} no more")).collect());
}

fn is_exception(found: &Use) -> bool {
    EXCEPTIONS.iter().any(|(from, to, _)| is_between(found, from, to))
}

fn is_between(found: &Use, from: &str, to: &str) -> bool {
    found.from == Path::new(from) && found.to == Path::new(to)
}

fn lines(circle: &[&Use]) -> String {
    circle.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn shortest_circle(uses: &[Use]) -> Option<Vec<&Use>> {
    let ways = Ways::new(uses);
    ways.0.keys().filter_map(|file| ways.shortest(file, file)).min_by_key(Vec::len)
}

/// The files that each file uses.
struct Ways<'a>(BTreeMap<&'a Path, Vec<&'a Use>>);

impl<'a> Ways<'a> {
    fn new(uses: &'a [Use]) -> Ways<'a> {
        let mut ways: BTreeMap<&Path, Vec<&Use>> = BTreeMap::new();
        for found in uses {
            ways.entry(&found.from).or_default().push(found);
        }
        Ways(ways)
    }

    /// The shortest path of at least one use from one file to another.
    fn shortest(&self, start: &Path, end: &Path) -> Option<Vec<&'a Use>> {
        let mut arrived_by: BTreeMap<&Path, &Use> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(file) = queue.pop_front() {
            for next in self.0.get(file).into_iter().flatten() {
                if !arrived_by.contains_key(next.to.as_path()) {
                    arrived_by.insert(&next.to, next);
                    queue.push_back(&next.to);
                }
            }
        }
        let mut way = vec![*arrived_by.get(end)?];
        while way[0].from != start {
            way.insert(0, arrived_by[way[0].from.as_path()]);
        }
        Some(way)
    }
}

#[test]
fn one_use_that_is_turned_round_is_found() {
    let ground = ("src/ground.rs", "pub struct Stone;");
    let middle = ("src/middle.rs", "use crate::ground::Stone; pub struct Wall(Stone);");
    let roof = ("src/roof.rs", "use crate::{ground, middle::Wall}; pub struct Tile;");
    let straight = graph::uses(&graph::made_up(&[ground, middle, roof]));
    assert_eq!(shortest_circle(&straight), None);

    let turned = ("src/ground.rs", "pub struct Stone;\nfn top() -> crate::roof::Tile { todo!() }");
    let turned = graph::uses(&graph::made_up(&[turned, middle, roof]));
    let circle = shortest_circle(&turned).expect("a circle of two");
    let expected = "src/ground.rs:2 uses crate::roof::Tile of src/roof.rs\n\
                    src/roof.rs:1 uses crate::ground of src/ground.rs";
    assert_eq!(lines(&circle), expected);
}
