//! The rooms (folders) of the two largest modules, and the direction between them.
//!
//! A room is a folder, or a file of its own. It may use the earlier rooms that its line
//! names. `tidy` checks how whole modules use each other; `circles` checks that no two
//! files use each other, also within a room.

use std::collections::BTreeSet;
use std::path::Path;

use super::graph::{self, Use};

struct House {
    folder: &'static str,
    /// A room, and the other rooms it may use.
    rooms: &'static [(&'static str, &'static [&'static str])],
    /// Files outside of the rooms, which combine them.
    roots: &'static [&'static str],
}

const EVAL: House = House {
    folder: "src/eval",
    rooms: &[
        ("error", &[]),
        ("result", &[]),
        ("stacks", &["error", "result"]),
        ("selection", &["error", "result", "stacks"]),
        ("merge", &["error", "result", "stacks", "selection"]),
        ("time", &["error", "result", "stacks", "selection"]),
        ("inference", &["error", "result", "stacks", "selection", "merge", "time"]),
        ("tables", &["error", "result", "stacks", "selection", "merge", "time", "inference"]),
        (
            "query",
            &["error", "result", "stacks", "selection", "merge", "time", "inference", "tables"],
        ),
        ("help", &[]),
        (
            "session",
            &[
                "help",
                "error",
                "result",
                "stacks",
                "selection",
                "merge",
                "time",
                "inference",
                "tables",
                "query",
            ],
        ),
    ],
    roots: &["mod"],
};

const VIEW: House = House {
    folder: "src/view",
    rooms: &[
        ("parts", &[]),
        ("stacks", &["parts"]),
        ("time", &["parts"]),
        ("viewer", &["parts", "stacks", "time"]),
        ("raster", &["parts", "stacks", "time", "viewer"]),
        ("export", &["parts", "stacks", "time", "viewer", "raster"]),
    ],
    roots: &["bundle", "help", "mod", "scalar", "table"],
};

/// The parts of `eval` that views use: results, and sums over a tree.
const SHOWN: [&str; 2] = ["src/eval/result", "src/eval/stacks/functions.rs"];

#[test]
fn rooms_use_each_other_in_one_direction() {
    let uses = graph::uses(&super::sources());
    for house in [EVAL, VIEW] {
        assert_table_is_in_order(&house);
        println!("{}: {}", house.folder, direction(&house));
        super::assert_none(missing(&house));
        super::assert_none(against(&house, &uses));
    }
}

#[test]
fn views_read_results_and_not_sessions() {
    let uses = graph::uses(&super::sources());
    let read = uses
        .iter()
        .filter(|found| found.from.starts_with("src/view") && found.to.starts_with("src/eval"));
    let (shown, wrong): (Vec<&Use>, Vec<&Use>) =
        read.partition(|found| SHOWN.iter().any(|path| found.to.starts_with(path)));
    super::assert_none(wrong.iter().map(ToString::to_string).collect());
    assert!(!shown.is_empty(), "views read results");
}

/// A room names only earlier rooms, so the table has no circle.
fn assert_table_is_in_order(house: &House) {
    let mut earlier = BTreeSet::new();
    for (room, used) in house.rooms {
        let later: Vec<_> = used.iter().filter(|used| !earlier.contains(*used)).collect();
        assert!(later.is_empty(), "{}: {room} comes before {later:?}", house.folder);
        earlier.insert(room);
    }
}

/// Rooms from the bottom up; those separated by a comma do not use each other.
fn direction(house: &House) -> String {
    let mut floors: Vec<(usize, Vec<&str>)> = Vec::new();
    for (room, used) in house.rooms {
        match floors.last_mut() {
            Some((below, floor)) if *below == used.len() => floor.push(room),
            _ => floors.push((used.len(), vec![room])),
        }
    }
    floors.iter().map(|(_, floor)| floor.join(", ")).collect::<Vec<_>>().join(" ← ")
}

fn missing(house: &House) -> Vec<String> {
    let exists = |room: &str| {
        let path = super::root().join(house.folder).join(room);
        path.is_dir() || path.with_extension("rs").is_file()
    };
    let rooms = house.rooms.iter().filter(|(room, _)| !exists(room));
    rooms.map(|(room, _)| format!("{}: there is no room {room}", house.folder)).collect()
}

/// The uses within a module that its table does not allow.
fn against(house: &House, uses: &[Use]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for each in uses {
        let (from, to) = (house.room(&each.from), house.room(&each.to));
        let (Some(from), Some(to)) = (from, to) else { continue };
        let is_root = [&from, &to].iter().any(|room| house.roots.contains(&room.as_str()));
        if from == to || is_root {
            continue;
        }
        match house.rooms.iter().find(|(room, _)| *room == from) {
            Some((_, allowed)) if allowed.contains(&to.as_str()) => {}
            Some(_) => drop(found.insert(format!("{from} may not use {to}: {each}"))),
            None => drop(found.insert(format!("{}: in no room", each.from.display()))),
        }
    }
    found.into_iter().collect()
}

impl House {
    /// `src/eval/merge/sums.rs` is in `merge`, `src/eval/session.rs` is `session`.
    fn room(&self, file: &Path) -> Option<String> {
        let below = file.strip_prefix(self.folder).ok()?;
        let first = Path::new(below.iter().next()?);
        Some(first.file_stem()?.to_string_lossy().into_owned())
    }
}

const MADE_UP: House = House {
    folder: "src/house",
    rooms: &[("cellar", &[]), ("kitchen", &["cellar"]), ("stairs", &["cellar"])],
    roots: &["mod"],
};

#[test]
fn floors_are_named_from_the_ground_up() {
    assert_eq!(direction(&MADE_UP), "cellar ← kitchen, stairs");
}

#[test]
fn a_use_against_the_direction_is_found_by_file_and_line() {
    let root =
        ("src/house/mod.rs", "mod cellar; mod kitchen; mod stairs; use kitchen::oven::Oven;");
    let oven =
        ("src/house/kitchen/oven.rs", "use crate::house::cellar::wine::Wine; pub struct Oven;");
    let shelf = ("src/house/kitchen/mod.rs", "pub mod oven;");
    let cellar = ("src/house/cellar/mod.rs", "pub mod wine;");
    let wine = ("src/house/cellar/wine.rs", "pub struct Wine;");
    let straight = graph::uses(&graph::made_up(&[root, oven, shelf, cellar, wine]));
    assert_eq!(straight.len(), 2, "{straight:?}");
    assert_eq!(against(&MADE_UP, &straight), Vec::<String>::new());

    let turned = ("src/house/cellar/wine.rs", "\n\nuse crate::house::kitchen::oven::Oven;");
    let turned = graph::uses(&graph::made_up(&[root, oven, shelf, cellar, turned]));
    let expected = "cellar may not use kitchen: src/house/cellar/wine.rs:3 uses \
                    crate::house::kitchen::oven::Oven of src/house/kitchen/oven.rs";
    assert_eq!(against(&MADE_UP, &turned), [expected]);

    let attic = ("src/house/attic.rs", "use crate::house::cellar::wine::Wine;");
    let lost = graph::uses(&graph::made_up(&[root, shelf, cellar, wine, attic]));
    assert_eq!(against(&MADE_UP, &lost), ["src/house/attic.rs: in no room"]);
}
