//! Text output fits the screen: at 80, 100, 120 and 200 columns no line is too wide, columns
//! do not touch, numbers are whole, and names are cut only in the middle and only if they
//! must be.
//!
//! A table is compared with the same table on a very wide screen, where nothing is cut.

use std::collections::BTreeSet;

use flamebook::eval::result::value::{Graph, Outcome, Value, View};
use flamebook::profile::Diff;
use flamebook::view::{Screen, plain};
use flamebook::work::Work;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::algebra::{MIDNIGHT, session};
use crate::cells::Cells;
use crate::recording::Recording;

const WIDTHS: [usize; 4] = [80, 100, 120, 200];

/// Queries with every kind of text output, for a type and a label with two values.
fn queries(kind: &str, label: &str, [one, other]: [&str; 2], function: &str) -> Vec<String> {
    let diff = format!("{kind}{{{label}={other:?}}} | diff {{{label}={one:?}}}");
    let stages = [
        "top 30".to_owned(),
        "functions".into(),
        "profiles".into(),
        "labels".into(),
        format!("values {label}"),
        "describe".into(),
        "flame".into(),
        format!("by ({label}) | table"),
        format!("by ({label}) | compare"),
        format!("by ({label}) | flame"),
        format!("callers {function:?}"),
        format!("callees {function:?}"),
        format!("sandwich {function:?}"),
        "invert".into(),
        "timeline".into(),
        format!("timeline by ({label})"),
        "heatmap".into(),
        format!("heatmap by ({label})"),
        "trending".into(),
        format!("changepoints by ({label})"),
        format!("diff offset 1m | explain by ({label})"),
        format!("bisect by ({label}) on value"),
    ];
    let diffs = ["", " | top 30", " mode=amount", " mode=amount | top", " | flame"];
    let sandwich = format!("{diff} | sandwich {function:?}");
    let stages = stages.iter().map(|stage| format!("{kind} | {stage}"));
    let diffs = diffs.iter().map(|rest| format!("{diff}{rest}"));
    ["types".to_owned(), sandwich].into_iter().chain(stages).chain(diffs).collect()
}

fn written(outcome: &Outcome, width: usize) -> Vec<String> {
    let screen = Screen { width: Some(width), colour: false };
    let text = plain(outcome, screen, Work::unattended()).expect("no interrupt");
    text.lines().map(str::to_owned).collect()
}

/// Checks all outputs at all widths.
fn check(cells: &mut Cells, queries: &[String]) {
    for query in queries {
        let outcome = cells.run(query).pop().expect("a result");
        let wide = written(&outcome, 20_000);
        let names = names(&outcome);
        for width in WIDTHS {
            let lines = written(&outcome, width);
            let page = format!("{query} at {width}\n{}", lines.join("\n"));
            for line in &lines {
                assert!(line.width() <= width, "{} columns: {line}\n{page}", line.width());
            }
            check_tables(&tables(&lines), &tables(&wide), width, &page);
            check_trees(&lines, &names, &page);
        }
    }
}

/// Every function of a result that has stacks.
fn names(outcome: &Outcome) -> BTreeSet<String> {
    let graph = match outcome.value.clone() {
        Value::Tree(tree) => Graph::Tree(tree),
        Value::Diff(diff) => Graph::Diff(diff),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => graph,
        Value::View(View::Sandwich(sandwich)) => sandwich.graph,
        _ => match &outcome.header.stacks {
            Some(diff) => Graph::Diff(Box::new(Diff::clone(diff))),
            None => return BTreeSet::new(),
        },
    };
    let symbols = match &graph {
        Graph::Tree(tree) => &tree.symbols,
        Graph::Diff(diff) => diff.symbols(),
    };
    let frames = symbols.stacks.iter().map(|(.., frame)| symbols.frame_name(frame).to_string());
    frames.collect()
}

/// A block of a table: its cells, column by column, and the columns of the screen it takes.
#[derive(Debug)]
struct Block {
    columns: Vec<Vec<String>>,
    width: usize,
}

/// The blocks of tables, which have a rule under their titles.
fn tables(lines: &[String]) -> Vec<Block> {
    let rules = (0..lines.len()).filter(|at| {
        lines[*at].contains('─') && lines[*at].chars().all(|letter| "─ ".contains(letter))
    });
    rules.map(|rule| block(lines, rule)).collect()
}

fn block(lines: &[String], rule: usize) -> Block {
    let places = places(&lines[rule]);
    let rows = lines[rule + 1..].iter().take_while(|line| !line.is_empty());
    // Lines below a table are sentences.
    let rows = rows.take_while(|line| !line.starts_with(['(', '…']) && !line.starts_with("from "));
    let mut columns = vec![Vec::new(); places.len()];
    for row in rows {
        let mut end = 0;
        for (column, (from, to)) in columns.iter_mut().zip(&places) {
            assert_eq!(slice(row, end, *from).trim(), "", "columns touch in {row}");
            column.push(slice(row, *from, *to).trim().to_owned());
            end = *to;
        }
    }
    Block { columns, width: lines[rule].width() }
}

/// The first column of the screen of each column of a table, and the one after its last.
fn places(rule: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let letters: Vec<char> = rule.chars().collect();
    for run in letters.chunk_by(|a, b| a == b) {
        let from = places.last().map_or(0, |(_, to): &(usize, usize)| *to);
        places.push((from, from + run.len()));
    }
    // Runs of lines and of blanks take turns.
    places.into_iter().step_by(2).collect()
}

/// The letters from one column of the screen to another.
fn slice(line: &str, from: usize, to: usize) -> String {
    let (mut at, mut is_inside) = (0, false);
    let mut slice = String::new();
    for letter in line.chars() {
        let columns = if letter == '\u{fe0f}' { 1 } else { letter.width().unwrap_or(0) };
        // An accent belongs to the letter before it.
        is_inside = if columns == 0 { is_inside } else { (from..to).contains(&at) };
        if is_inside {
            slice.push(letter);
        }
        at += columns;
    }
    slice
}

/// A narrow table has the cells of the wide one, in blocks that repeat the names.
fn check_tables(narrow: &[Block], wide: &[Block], width: usize, page: &str) {
    let mut blocks = narrow.iter();
    for whole in wide {
        let mut left: Vec<&Vec<String>> = whole.columns.iter().collect();
        while !left.is_empty() {
            let block = blocks.next().unwrap_or_else(|| panic!("columns are missing: {page}"));
            if is_drawing(&whole.columns) {
                left.clear();
                continue;
            }
            assert!(block.width <= width);
            for column in &block.columns {
                let shown = whole.columns.iter().find(|whole| is_column(column, whole));
                let shown = shown.unwrap_or_else(|| panic!("{column:?} is no column: {page}"));
                let cut = column.iter().any(|cell| !shown.contains(cell));
                assert!(!cut || block.width == width, "a name is cut without need: {page}");
                left.retain(|column| *column != shown);
            }
        }
    }
}

/// Bars are drawn for their screen.
fn is_drawing(columns: &[Vec<String>]) -> bool {
    let bars = |cell: &String| cell.contains(['▁', '▃', '▅', '█', '·', '╵']);
    columns.iter().any(|column| column.iter().any(bars))
}

/// Whether a narrow column has the cells of a wide one, whole or cut in the middle; a cell
/// that is a number is whole.
fn is_column(narrow: &[String], wide: &[String]) -> bool {
    narrow.len() == wide.len()
        && narrow.iter().zip(wide).all(|(narrow, wide)| narrow == wide || is_cut_of(narrow, wide))
}

fn is_cut_of(cut: &str, name: &str) -> bool {
    let is_number = name
        .starts_with(|letter: char| letter.is_ascii_digit() || "+-≈".contains(letter))
        && name.ends_with(|letter: char| letter.is_ascii_digit() || "%spB".contains(letter));
    let Some((head, tail)) = cut.split_once('…').filter(|_| !is_number || name.len() > 20) else {
        return false;
    };
    !tail.is_empty() && name.starts_with(head) && name.ends_with(tail)
}

/// Every number of a tree ends where its title ends, with a blank behind it, and every name
/// is one of the functions, whole, without its path or cut in the middle.
fn check_trees(lines: &[String], names: &BTreeSet<String>, page: &str) {
    let is_title = |line: &str| {
        let line = line.trim_start();
        let is_tree = line.starts_with("total  of all");
        is_tree || line.starts_with("before  ") && line.contains("  growth  ")
    };
    for at in (0..lines.len()).filter(|at| is_title(&lines[*at])) {
        // A table has a rule under its titles.
        if lines.get(at + 1).is_some_and(|line| line.contains("──")) {
            continue;
        }
        let start = lines[at].rfind("  ").map_or(0, |gap| gap + 2);
        let ends = ends(&lines[at][..start]);
        for line in lines[at + 1..].iter().take_while(|line| !line.is_empty()) {
            for end in &ends {
                assert_eq!(
                    slice(line, *end, end + 1).trim(),
                    "",
                    "numbers touch in {line}: {page}"
                );
            }
            check_names(&slice(line, start, usize::MAX), names, page);
        }
    }
}

/// Where the titles end.
fn ends(titles: &str) -> Vec<usize> {
    let letters: Vec<char> = titles.chars().collect();
    let is_end = |at: &usize| letters[at - 1] != ' ' && letters[*at..].starts_with(&[' ', ' ']);
    (1..letters.len()).filter(is_end).collect()
}

fn check_names(text: &str, names: &BTreeSet<String>, page: &str) {
    let text = text.trim_start_matches(['├', '└', '┌', '│', '›', '‹', ' ']);
    if text == "total" || text.starts_with("… ") {
        return;
    }
    for name in text.split(" › ").flat_map(|name| name.split(" ‹ ")) {
        let forms = |whole: &String| {
            let form = whole.ends_with(name) || is_cut_of(name, whole);
            form || whole.rsplit('/').next().is_some_and(|short| is_cut_of(name, short))
        };
        // Of very long chains only the ends are named.
        let left_out = name.trim_matches(['…', ' ']).parse::<usize>();
        let is_gap = name.starts_with("… ") && left_out.is_ok_and(|frames| frames > 30);
        assert!(is_gap || names.iter().any(forms), "{name} is no function: {page}");
    }
}

#[test]
fn the_example_data_fits_every_screen() {
    let mut cells = Cells::new(".");
    cells.run("use \"demo:\"");
    for kind in ["cpu", "goroutine"] {
        check(&mut cells, &queries(kind, "version", ["1", "2"], "net/http.*"));
    }
}

/// Names as long as those of real programs, and longer.
fn long_names() -> Vec<String> {
    let package = "averylongorganisation/".repeat(10);
    vec![
        "std::__1::basic_string<char, std::__1::char_traits<char>, std::__1::allocator<char> >::__init_copy_ctor_external(char const*, unsigned long)".into(),
        "std::map<std::vector<std::pair<int, std::string>>, std::unique_ptr<Node<Key, Value>>>::emplace_hint(const_iterator, Args&&...)".into(),
        "github.com/org/pkg/internal/collections.(*OrderedMap[go.shape.string,go.shape.*uint8]).RangeUntil".into(),
        "com.example.shop.service.CheckoutService$$Lambda$1234/0x0000000800c8a440.applyAsLongWithContext".into(),
        "包裹/仓库/库存管理系统.查询所有可用商品并且按照价格排序然后返回前一百个结果".into(),
        "🔥🚀エンジン❤\u{fe0f}::🧵スレッドプール::実行する🏁".into(),
        format!("{package}module.(*Receiver).Method"),
        "e\u{301}".repeat(120),
        "main".into(),
        "sh".into(),
    ]
}

#[test]
fn hostile_names_fit_every_screen() {
    let names = long_names();
    let recording = |pod: usize, minute: i64| {
        let mut recording =
            Recording::of("cpu", "nanoseconds").at(MIDNIGHT + 60 * minute).lasting(60);
        for n in 0..names.len() {
            let path: Vec<&str> =
                (0..=n).map(|at| names[(at + pod) % names.len()].as_str()).collect();
            let value = 1_234_567 * (n as i64 + 1) * (minute + 1) * (1 + 99 * pod as i64);
            recording = recording.path(&path, value, &[]);
        }
        recording
    };
    let pods = ["checkout-service-deployment-7d9f8c6b5d-x2x4z", "短い名前のポッド🔥"];
    let mut files = Vec::new();
    for (pod, name) in pods.iter().enumerate() {
        for minute in 0..4 {
            files.push((format!("pod={name}/{minute}.pb"), recording(pod, minute)));
        }
    }
    let files: Vec<_> = files.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
    let (_folder, mut cells) = session(&files);
    check(&mut cells, &queries("cpu", "pod", pods, "main"));
}

#[test]
fn callers_are_named() {
    let (_folder, mut cells) = session(&[(
        "1.pb",
        Recording::of("cpu", "nanoseconds").at(MIDNIGHT).lasting(10).stack(
            "github.com/org/service/main.runTheWholeServer;github.com/org/service/handlers.(*Checkout).Handle;\
             github.com/org/service/storage.(*Database).QueryAll;runtime.mallocgc",
            1_000_000_000,
        ),
    )]);
    let outcome = cells.run("cpu | callers \"runtime.mallocgc\"").pop().expect("a tree");
    let text = written(&outcome, 80).join("\n");
    for name in
        ["main.runTheWholeServer", "handlers.(*Checkout).Handle", "storage.(*Database).QueryAll"]
    {
        assert!(text.contains(name), "{name} is missing:\n{text}");
    }
    assert!(!text.contains('…'), "{text}");
}
