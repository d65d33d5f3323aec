//! Tests of the PNG images: the pixels read back from the file.

use std::sync::Arc;

use super::decoded::Decoded;
use super::stacks::ROW;
use super::*;
use crate::eval::result::value::{Graph, HeatRow, Line, Pane};
use crate::profile::Diff;
use crate::profile::diff::{Mode, Width};
use crate::profile::{Labels, Tree};
use crate::quantity::{Quantity, Span, Timestamp, Unit};
use crate::view::fixture::{bare, noisy, tree};
use crate::view::parts::colour::{self, Colour, GREY, LINES};
use crate::work::Work;

fn graph<'a>(
    stacks: impl Into<GraphRef<'a>>,
    direction: Direction,
    header: &Header,
) -> Option<Vec<u8>> {
    super::graph(stacks, direction, header, Work::unattended()).expect("no interrupt")
}

fn sandwich(halves: &Sandwich, header: &Header) -> Option<Vec<u8>> {
    super::sandwich(halves, header, Work::unattended()).expect("no interrupt")
}

fn comparison(panes: &Comparison, header: &Header) -> Option<Vec<u8>> {
    super::comparison(panes, header, Work::unattended()).expect("no interrupt")
}

/// Pixels from the left margin to the right one.
const WIDTH: usize = 1580;

const WHITE: Colour = Colour(0xff, 0xff, 0xff);

fn seen(png: Option<Vec<u8>>) -> Decoded {
    Decoded::of(&png.expect("a picture"))
}

fn flame_of(tree: &Tree, direction: Direction) -> Decoded {
    seen(graph(tree, direction, &Header::default()))
}

/// The columns with this colour in the lowest row that has it.
fn columns(picture: &Decoded, colour: Colour) -> Vec<i32> {
    let row =
        (0..picture.height).rev().find(|y| (0..picture.width).any(|x| picture.at(x, *y) == colour));
    let row = row.expect("the colour");
    (0..picture.width).filter(|x| picture.at(*x, row) == colour).collect()
}

#[test]
fn a_quarter_of_the_samples_is_a_quarter_of_the_width() {
    let picture = flame_of(&tree(&[("a.f", 6e9), ("b.g", 2e9)]), Direction::Up);
    assert_eq!((picture.width, picture.height), (1600, 10 + 2 * ROW + 10));
    for (name, part, left) in [("a.f", 0.75, 0.0), ("b.g", 0.25, 0.75)] {
        let columns = columns(&picture, colour::fill(name));
        // One pixel of each box is the gap beside it.
        assert_eq!(columns.len(), (part * WIDTH as f64) as usize - 1, "{name}");
        assert_eq!(columns[0], 10 + (left * WIDTH as f64) as i32, "{name}");
    }
}

#[test]
fn the_root_is_at_the_bottom_of_a_flame_and_at_the_top_of_an_icicle() {
    let tree = tree(&[("main.leaf", 1e9)]);
    let tops = |direction| {
        let picture = flame_of(&tree, direction);
        let top = |colour| picture.top_of(1500, colour).expect("a box");
        (top(GREY), top(colour::fill("main.leaf")))
    };
    assert_eq!(tops(Direction::Up), (10 + ROW + 1, 11));
    assert_eq!(tops(Direction::Down), (11, 10 + ROW + 1));
}

#[test]
fn the_header_stands_above_the_boxes() {
    let tree = tree(&[("a", 1e9)]);
    let header = Header {
        query: "cpu | flame".into(),
        subject: "cpu".into(),
        total: Some(Quantity::new(1e9, Unit::Nanoseconds)),
        ..Header::default()
    };
    let (bare, full) = (flame_of(&tree, Direction::Up), seen(graph(&tree, Direction::Up, &header)));
    // The query, the facts and the total are three lines of 28 pixels.
    assert_eq!(full.height - bare.height, 3 * 28);
    let dark = (10..10 + 28).flat_map(|y| (0..200).map(move |x| (x, y)));
    assert!(dark.filter(|(x, y)| full.at(*x, *y).0 < 0x40).count() > 50);
}

#[test]
fn colours_of_a_diff_say_which_way() {
    // Halved, doubled, unchanged, removed and new, with a total of 10 before and after.
    let before = tree(&[("half", 4.0), ("twice", 2.0), ("same", 3.0), ("gone", 1.0)]);
    let after = tree(&[("half", 2.0), ("twice", 4.0), ("same", 3.0), ("come", 1.0)]);
    let diff = Diff::align(before, after, Mode::Amount, [0.0; 2], Work::unattended())
        .expect("no interrupt");
    let png = graph(&diff, Direction::Down, &Header::default());
    let picture = seen(png);
    // Three lines of legend, then the root, then boxes with 6, 6, 6, 1 and 1 of 20.
    let y = 10 + 3 * 28 + ROW + 2;
    let at = |share: f64| picture.at(10 + (share * WIDTH as f64) as i32 - 6, y);
    let expected = [-0.5, 0.0, 1.0].map(colour::tint);
    assert_eq!([at(0.3), at(0.6), at(0.9)], expected);
    assert_eq!([at(0.95), at(1.0)], [colour::tint(1.0), colour::tint(-1.0)]);
    assert_eq!(picture.at(1500, y - ROW), colour::tint(0.0), "the totals are the same");
}

#[test]
fn a_change_that_is_not_significant_is_pale() {
    let (before, after) = (tree(&[("a", 4.0), ("b", 2.0)]), tree(&[("a", 2.0), ("b", 4.0)]));
    let diff = noisy(
        Diff::align(before, after, Mode::Amount, [0.0; 2], Work::unattended())
            .expect("no interrupt"),
        &["b"],
    );
    let picture = seen(graph(&diff, Direction::Up, &Header::default()));
    let y = picture.height - 10 - 2 * ROW + 2;
    let count =
        |fill: f64| (0..1600).filter(|x| picture.at(*x, y) == super::stacks::tint(fill)).count();
    // Halved: half the colour, faded to a fifth. Doubled: the full colour. Each box has
    // half the width.
    assert_eq!([count(-0.1), count(1.0)], [WIDTH / 2 - 1, WIDTH / 2 - 1]);
}

#[test]
fn the_diff_sets_the_widths_of_its_boxes() {
    let mut diff = Diff::align(
        tree(&[("a", 2.0), ("b", 8.0)]),
        tree(&[("a", 6.0), ("b", 4.0)]),
        Mode::Amount,
        [0.0; 2],
        Work::unattended(),
    )
    .expect("no interrupt");
    // a tripled, b halved.
    for (width, of_a) in
        [(Width::Both, 0.4), (Width::Before, 0.2), (Width::After, 0.6), (Width::Delta, 0.5)]
    {
        diff.width = width;
        let picture = seen(graph(&diff, Direction::Up, &Header::default()));
        let y = picture.height - 10 - 2 * ROW + 2;
        let red = (0..1600).filter(|x| picture.at(*x, y) == colour::tint(1.0)).count();
        assert_eq!(red, (of_a * WIDTH as f64) as usize - 1, "{width:?}");
    }
}

#[test]
fn every_view_over_stacks_or_time_has_a_picture() {
    let of = |value| png(&bare(value), Work::unattended()).expect("no interrupt");
    let tree = || tree(&[("a", 1.0)]);
    let up = of(Value::Tree(tree())).expect("a picture");
    assert_eq!(of(Value::View(View::Flame(Graph::Tree(tree())))), Some(up.clone()));
    assert!(of(Value::View(View::Icicle(Graph::Tree(tree())))).is_some_and(|down| down != up));
    assert!(of(Value::Series(series(&[Some(1.0)]))).is_some());
    assert!(of(Value::Note("done".into())).is_none());
}

#[test]
fn an_empty_value_has_no_picture() {
    let none = || tree(&[]);
    let header = Header::default();
    assert!(graph(&none(), Direction::Up, &header).is_none());
    let empty = Diff::align(none(), none(), Mode::Share, [0.0; 2], Work::unattended())
        .expect("no interrupt");
    assert!(graph(&empty, Direction::Up, &header).is_none());
    assert!(sandwich(&halves(none()), &header).is_none());
    assert!(comparison(&Comparison { panes: vec![pane(none()), pane(none())] }, &header).is_none());
    assert!(timeline(&series(&[None, None]), &header).is_none());
    assert!(heatmap(&map(&[None]), &header).is_none());
    assert!(heatmap(&map(&[]), &header).is_none());
}

#[test]
fn one_empty_side_is_still_a_picture() {
    let some = || tree(&[("a", 1.0)]);
    let diff = Diff::align(tree(&[]), some(), Mode::Share, [0.0; 2], Work::unattended())
        .expect("no interrupt");
    let picture = seen(graph(&diff, Direction::Up, &Header::default()));
    assert!(picture.count(colour::tint(1.0)) > WIDTH * ROW as usize);
    let panes = vec![pane(tree(&[])), pane(some())];
    assert!(comparison(&Comparison { panes }, &Header::default()).is_some());
}

#[test]
fn hostile_names_stay_inside_their_boxes() {
    let long = "x".repeat(65_536);
    let names = [
        "\u{202e}gnirts",
        "nul\0",
        &long,
        "🔥🔥🔥",
        "</svg><script>",
        "",
        "漢字",
        "a\u{2028}b\x1b[31m",
    ];
    let stacks: Vec<_> = names.iter().map(|name| (*name, 1e9)).collect();
    let header =
        Header { query: long.clone(), subject: "\0\u{202e}\n".into(), ..Header::default() };
    let picture = seen(graph(&tree(&stacks), Direction::Up, &header));
    let margin = (0..picture.height).flat_map(|y| (1590..1600).map(move |x| (x, y)));
    assert!(margin.into_iter().all(|(x, y)| picture.at(x, y) == WHITE));
    let mut diff = Diff::align(
        tree(&stacks[..3]),
        tree(&stacks[3..]),
        Mode::Rate,
        [1.0, f64::NAN],
        Work::unattended(),
    )
    .expect("no interrupt");
    diff.titles = [long.as_str(), "\u{202e}"].map(Arc::from);
    assert!(graph(&diff, Direction::Up, &header).is_some());
}

#[test]
fn deep_stacks_end_at_the_edge_of_the_page() {
    let deep = tree(&[(&vec!["f"; 5_000].join(";"), 1.0)]);
    let picture = flame_of(&deep, Direction::Up);
    assert!((2000..=2400).contains(&picture.height), "{}", picture.height);
    assert!(picture.count(colour::fill("f")) > 80 * 20 * 1500);
}

#[test]
fn negative_values_are_as_wide_as_their_magnitude() {
    let picture = flame_of(&tree(&[("a.f", 3e9), ("b.g", -1e9)]), Direction::Up);
    assert_eq!(columns(&picture, colour::fill("b.g")).len(), WIDTH / 4 - 1);
}

#[test]
fn a_picture_has_one_file_and_it_is_small() {
    let names: Vec<_> = (0..3000).map(|i| format!("pkg{}.f{};g{}", i % 40, i % 300, i)).collect();
    let stacks: Vec<_> =
        names.iter().zip(1..).map(|(name, i)| (name.as_str(), 1e9 / f64::from(i))).collect();
    let draw = || graph(&tree(&stacks), Direction::Up, &Header::default()).expect("a picture");
    assert_eq!(draw(), draw());
    assert!(draw().len() < 60_000, "{} bytes", draw().len());
}

#[test]
fn callers_grow_up_and_callees_down() {
    let picture = seen(sandwich(&halves(tree(&[("main.f", 1e9)])), &Header::default()));
    let boxes = colour::fill("main.f");
    let rows: Vec<_> = (0..picture.height).filter(|y| picture.at(1500, *y) == boxes).collect();
    let roots: Vec<_> = (0..picture.height).filter(|y| picture.at(1500, *y) == GREY).collect();
    let height = ROW as usize - 1;
    assert_eq!((rows.len(), roots.len()), (2 * height, 2 * height));
    assert!(rows[0] < roots[0] && roots[2 * height - 1] < rows[2 * height - 1]);
}

#[test]
fn panes_are_one_above_the_other_with_their_own_scale() {
    let panes = vec![pane(tree(&[("a.f", 1.0)])), pane(tree(&[("a.f", 50.0), ("b.g", 50.0)]))];
    let picture = seen(comparison(&Comparison { panes }, &Header::default()));
    let full = (WIDTH - 1) * (ROW as usize - 1);
    let boxes = picture.count(colour::fill("a.f"));
    // One box is as wide as the page, one half as wide; letters cover some of it.
    assert!((full * 13 / 10..full * 15 / 10).contains(&boxes), "{boxes} of {full}");
}

#[test]
fn a_gap_has_no_line() {
    let colour = |values: &[Option<f64>]| {
        let picture = seen(timeline(&series(values), &Header::default()));
        // Above the legend, which uses the same colour.
        let columns = 110..1560;
        let is_line = |x: &i32| (0..480).any(|y| picture.at(*x, y) == LINES[0]);
        columns.filter(is_line).count()
    };
    let whole = colour(&[Some(1.0), Some(2.0), Some(3.0), Some(2.0), Some(1.0)]);
    let broken = colour(&[Some(1.0), Some(2.0), None, Some(2.0), Some(1.0)]);
    assert!(whole > 1400, "{whole} columns");
    assert!((650..750).contains(&broken), "half of the steps are there: {broken} columns");
}

#[test]
fn high_cells_are_dark_and_gaps_are_hatched() {
    let picture = seen(heatmap(&map(&[Some(0.0), None, Some(8.0), Some(4.0)]), &Header::default()));
    let row = 10 + 2 * 28 + 5;
    // `pod=a` is five letters of 11 pixels, and 12 to the map; 40 on its right.
    let (left, right) = (10 + 67, 1590 - 40);
    let cell = |n: i32| picture.at(left + (2 * n + 1) * (right - left) / 8, row);
    let shades = [cell(0), cell(2), cell(3)];
    assert_eq!(shades, [0.0, 1.0, 0.5].map(colour::heat));
    let hatched = (left..right).filter(|x| picture.at(*x, row) == WHITE).count() as i32;
    assert!((hatched - (right - left) / 4 * 5 / 6).abs() < 5, "{hatched} white pixels");
}

#[test]
fn extreme_values_over_time_do_not_break_the_axes() {
    for value in [0.0, -1.0, 1e300, f64::MIN_POSITIVE, f64::INFINITY] {
        let values = [Some(value), None, Some(value), Some(1.0)];
        for (name, png) in [
            ("timeline", timeline(&series(&values), &Header::default())),
            ("heatmap", heatmap(&map(&values), &Header::default())),
        ] {
            let png = png.unwrap_or_else(|| panic!("no {name} of {value}"));
            assert_eq!(Decoded::of(&png).width, 1600, "{value}");
        }
    }
}

#[test]
fn a_value_that_is_not_a_number_gives_a_whole_picture_or_none() {
    let values = [Some(f64::NAN), None, Some(f64::NAN), Some(1.0)];
    for png in
        [timeline(&series(&values), &Header::default()), heatmap(&map(&values), &Header::default())]
    {
        assert!(png.is_none_or(|png| Decoded::of(&png).width == 1600));
    }
}

fn halves(tree: Tree) -> Sandwich {
    let graph = || Graph::Tree(tree.clone());
    Sandwich {
        pattern: "main.f".into(),
        functions: vec![Arc::from("main.f")],
        graph: graph(),
        callers: graph(),
        callees: graph(),
    }
}

fn pane(tree: Tree) -> Pane {
    let timeline = SeriesSet::default();
    Pane { title: "version=2".into(), header: Header::default(), tree, timeline }
}

fn at(minute: usize) -> Timestamp {
    Timestamp(1_700_000_000_000_000_000 + minute as i64 * 60_000_000_000)
}

fn series(values: &[Option<f64>]) -> SeriesSet {
    let points = values.iter().enumerate().map(|(i, value)| (at(i), *value)).collect();
    let lines =
        vec![Line { labels: Labels::default(), points, recorded: Vec::new(), margins: Vec::new() }];
    SeriesSet { unit: Unit::Cores, step: Some(Span::seconds(60)), lines }
}

fn map(cells: &[Option<f64>]) -> Heatmap {
    Heatmap {
        unit: Unit::Bytes,
        step: Span::seconds(60),
        starts: (0..cells.len()).map(at).collect(),
        rows: vec![HeatRow { title: "pod=a".into(), cells: cells.to_vec() }],
    }
}
