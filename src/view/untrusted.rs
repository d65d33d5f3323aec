//! Tests that our html survives in a notebook that is not trusted.
//!
//! The lists are the tags and attributes we use of those that JupyterLab's sanitizer
//! keeps (`packages/apputils/src/sanitizer.ts` in jupyterlab/jupyterlab).

use std::sync::Arc;

use regex::Regex;

use super::fixture::{bare, tree};
use super::stacks::boxes::Direction;
use super::viewer;
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::Columns;
use crate::eval::result::value::{
    Chart, Comparison, Graph, Header, HeatRow, Heatmap, Line, Mark, Outcome, Pane, Sandwich,
    SeriesSet, Value, View,
};
use crate::profile::diff::Mode;
use crate::profile::{Diff, Labels, Tree};
use crate::quantity::{Quantity, Span, Timestamp, Unit, Window};
use crate::source::Skipped;
use crate::work::Work;

const TAGS: [&str; 17] = [
    "a", "b", "details", "div", "img", "li", "pre", "span", "summary", "table", "tbody", "td",
    "th", "thead", "tr", "ul", "wbr",
];

const ATTRIBUTES: [&str; 10] =
    ["alt", "class", "colspan", "href", "open", "rel", "src", "style", "title", "width"];

const PROPERTIES: [&str; 29] = [
    "background-color",
    "background-image",
    "border-left",
    "border-top",
    "color",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-weight",
    "height",
    "left",
    "margin",
    "margin-left",
    "margin-top",
    "max-width",
    "opacity",
    "overflow",
    "padding",
    "padding-left",
    "position",
    "text-align",
    "text-indent",
    "text-overflow",
    "top",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

const HOSTILE: &str = "</div></td><script>alert(1)</script>\"' onload=x \x1b[31m\0\u{202e}\n;a";

/// One result of each type, with hostile names.
fn outcomes() -> Vec<Outcome> {
    let header = Header {
        query: HOSTILE.into(),
        selection: HOSTILE.into(),
        baseline: None,
        label_changes: Vec::new(),
        subject: HOSTILE.into(),
        window: Some(Window { start: Timestamp(0), end: Timestamp(1) }),
        series: 2,
        snapshots: 3,
        rule: HOSTILE.into(),
        total: Some(Quantity::new(4.0, Unit::Bytes)),
        kept: Some(Quantity::new(3.0, Unit::Count(HOSTILE.into()))),
        granularity: None,
        finding: Some(HOSTILE.into()),
        chart: None,
        stacks: None,
        notes: vec![HOSTILE.into()],
        skipped: vec![Skipped { path: HOSTILE.into(), reason: HOSTILE.into() }],
        requests: vec![HOSTILE.into()],
        page: Some(format!("https://host/{HOSTILE}")),
        number: None,
    };
    let long = "x".repeat(65_536);
    let flames = tree(&[(HOSTILE, 4.0), (&format!("main;{long};leaf"), 2.0), ("main;b", 1.0)]);
    let labels: Labels = [("pod", HOSTILE)].into_iter().collect();
    let point = |i: i64| (Timestamp(i * 1_000_000_000), (i != 2).then_some(i as f64));
    let line = Line {
        labels,
        points: (0..5).map(point).collect(),
        recorded: Vec::new(),
        margins: Vec::new(),
    };
    let series = SeriesSet {
        unit: Unit::Count(HOSTILE.into()),
        step: Some(Span::seconds(1)),
        lines: vec![line.clone(), line],
    };
    let [at, earliest, latest] = [2, 1, 3].map(|second| Timestamp(second * 1_000_000_000));
    let marks = vec![Mark { line: 0, at, earliest, latest }];
    let chart = Arc::new(Chart { series: series.clone(), marks });
    let table = Columns::default().text(HOSTILE, [HOSTILE, &long]).number(
        "share",
        vec![50.0, -1.0],
        Unit::Percent,
    );
    let values = [
        Value::Tree(flames.clone()),
        Value::View(View::Icicle(Graph::Tree(flames.clone()))),
        Value::View(View::Outline(Graph::Tree(flames))),
        Value::Series(series.clone()),
        Value::View(View::Timeline(series)),
        Value::Table(table.finish()),
        Value::View(View::Heatmap(heatmap(HOSTILE))),
        Value::View(View::Heatmap(Heatmap { rows: Vec::new(), ..heatmap("") })),
        Value::Scalar(Scalar::List(vec![Scalar::Text(HOSTILE.into())])),
        Value::Scalar(Scalar::Text(format!("https://host/{HOSTILE}"))),
        Value::Scalar(Scalar::Text("https://host/\"onload='x'><script>".into())),
        Value::Pattern { text: HOSTILE.into(), functions: vec![HOSTILE.into()], of: 2 },
        Value::Note(HOSTILE.into()),
        Value::Help(HOSTILE.into()),
        Value::Tree(tree(&[])),
        Value::Series(SeriesSet::default()),
        Value::Table(Columns::default().finish()),
    ];
    let header = Header { chart: Some(chart), ..header };
    values.into_iter().map(|value| Outcome { header: header.clone(), ..bare(value) }).collect()
}

/// Two rows with a gap, and a hostile unit.
fn heatmap(title: &str) -> Heatmap {
    let row = |cells: [Option<f64>; 3]| HeatRow { title: title.into(), cells: cells.into() };
    Heatmap {
        unit: Unit::Count(HOSTILE.into()),
        step: Span::seconds(60),
        starts: (0..3).map(|i| Timestamp(i * 60_000_000_000)).collect(),
        rows: vec![row([Some(1.0), None, Some(0.0)]), row([Some(2.0), Some(2.0), None])],
    }
}

#[test]
fn only_kept_tags_attributes_and_properties_are_used() {
    for outcome in outcomes() {
        check(&super::html(&outcome, Work::unattended()).expect("no interrupt"));
    }
}

#[test]
fn stacks_that_are_compared_or_turned_around_are_kept_too() {
    let long = "x".repeat(65_536);
    let stacks = [(HOSTILE, 4.0), (&*long, 2.0), ("", 1.0), ("main;b", 1.0)];
    let (before, after) = (tree(&stacks[1..]), tree(&stacks[..3]));
    let mut diff =
        Diff::align(before.clone(), after.clone(), Mode::Share, [1.0; 2], Work::unattended())
            .expect("no interrupt");
    diff.titles = [HOSTILE.into(), (&*long).into()];
    let header = Header { query: HOSTILE.into(), subject: HOSTILE.into(), ..Header::default() };
    let pane = |tree: &Tree| Pane {
        title: HOSTILE.into(),
        header: header.clone(),
        tree: tree.clone(),
        timeline: SeriesSet::default(),
    };
    let comparison = Comparison { panes: vec![pane(&before), pane(&after)] };
    for graph in [Graph::Tree(after.clone()), Graph::Diff(Box::new(diff))] {
        let picture =
            viewer::graph(&graph, Direction::Up, &header, Some(viewer::CELL), Work::unattended())
                .expect("no interrupt");
        check(&picture.html);
        let (callers, callees) = (graph.clone(), graph.clone());
        let functions = vec![HOSTILE.into(), "".into()];
        let sandwich = Sandwich { pattern: HOSTILE.into(), functions, graph, callers, callees };
        check(
            &viewer::sandwich(&sandwich, &header, Some(viewer::CELL), Work::unattended())
                .expect("no interrupt")
                .html,
        );
    }
    check(
        &viewer::compare(&comparison, &header, Some(viewer::CELL), Work::unattended())
            .expect("no interrupt")
            .html,
    );
}

/// Fails if the html holds anything that the sanitizer would remove, apart from the
/// script.
fn check(html: &str) {
    let tag =
        Regex::new(r#"</?([a-zA-Z]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>"#).expect("a pattern");
    let attribute = Regex::new(r#"([a-z-]+)(?:="([^"]*)")?"#).expect("a pattern");
    let html = without_script(html);
    // Every `<` belongs to a tag, because text is escaped.
    assert_eq!(tag.find_iter(&html).count(), html.matches('<').count(), "{html}");
    for tag in tag.captures_iter(&html) {
        assert!(TAGS.contains(&&tag[1]), "<{}>", &tag[1]);
        for attribute in attribute.captures_iter(&tag[2]) {
            assert!(ATTRIBUTES.contains(&&attribute[1]), "{}", &tag[0]);
            if &attribute[1] == "style" {
                check_style(&attribute[2]);
            }
        }
    }
}

/// The html without its scripts, as a sanitizer leaves it.
fn without_script(html: &str) -> String {
    let script = Regex::new("(?s)<script>.*?</script>").expect("a pattern");
    script.replace_all(html, "").into_owned()
}

fn check_style(style: &str) {
    for declaration in style.split(';') {
        let (property, value) = declaration.split_once(':').expect("a declaration");
        assert!(PROPERTIES.contains(&property), "{property}");
        for function in ["var(", "calc(", "url("] {
            assert!(!value.contains(function), "{declaration}");
        }
    }
}

#[test]
fn plain_text_cannot_drive_a_terminal() {
    for outcome in outcomes() {
        let text =
            super::plain(&outcome, super::Screen::CELL, Work::unattended()).expect("no interrupt");
        assert!(!text.contains(['\x1b', '\0', '\u{202e}']), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 2000), "{text}");
    }
}

#[test]
fn every_form_of_an_empty_result_says_so() {
    for (value, said) in [
        (Value::Tree(tree(&[])), "no samples"),
        (Value::View(View::Outline(Graph::Tree(tree(&[])))), "no samples"),
        (Value::Series(SeriesSet::default()), "no samples"),
        (Value::View(View::Heatmap(Heatmap { rows: Vec::new(), ..heatmap("") })), "no samples"),
        (Value::Table(Columns::default().finish()), "no rows"),
    ] {
        assert!(
            super::plain(&bare(value.clone()), super::Screen::PIPE, Work::unattended())
                .expect("no interrupt")
                .contains(said)
        );
        let said = said.replace("no rows", "0 rows");
        assert!(
            super::html(&bare(value), Work::unattended()).expect("no interrupt").contains(&said)
        );
    }
}
