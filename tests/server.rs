//! A Pyroscope server answers queries: what it is asked, and what comes of it.
//!
//! `server/pyroscope` holds a few profiles with numbers that are added up by hand here.
//! `server/recorded` has answers of real servers, `server/faults` what goes wrong, and
//! `server/cache` answers on disk, `server/tour` the number of requests for each query of the tour.

mod access;
mod cache;
mod editor;
mod faults;
mod grafana;
mod live;
mod lookback;
mod message;
mod pull;
mod push;
mod pyroscope;
mod recorded;
mod tour;
pub(crate) mod web;

use std::sync::Arc;

use flamebook::eval::result::value::{Outcome, Value, View};
use flamebook::profile::{StackId, Symbols};
use flamebook::quantity::{Span, Timestamp};
use flamebook::source::pprof::Content;

use crate::cells::{Cells, figure, text};
use flamebook::work::Work;
use message::{FlameGraph, Format, Stacktraces};
use prost::Message;
use pyroscope::{Held, serve, shop};
use web::{Reply, Web};

/// The two minutes of the profiles.
const WINDOW: &str = "[2023-11-14T22:13:30Z .. +2m]";

fn open(web: &Web) -> Cells {
    let mut cells = Cells::new("");
    cells.run(&format!("use {:?}", web.address()));
    web.asked();
    cells
}

fn only(cells: &mut Cells, code: &str) -> Outcome {
    cells.run(code).pop().expect("a result")
}

/// The numbers of a column, by function or by the text in the first.
fn column(cells: &mut Cells, code: &str, name: &str) -> Vec<(String, f64)> {
    let table = cells.table(code);
    let first = match table.index_of("function") {
        Some(_) => "function".to_owned(),
        None => table.names()[0].to_owned(),
    };
    (0..table.height()).map(|row| (text(&table, &first, row), figure(&table, name, row))).collect()
}

fn rows<const N: usize>(rows: [(&str, f64); N]) -> Vec<(String, f64)> {
    rows.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// What `describe` says of each request behind its purpose.
fn requests(cells: &mut Cells, code: &str) -> Vec<String> {
    let described = cells.table(&format!("{code} | describe"));
    let rows =
        (0..described.height()).filter(|row| text(&described, "property", *row) == "request");
    let lines = rows.map(|row| text(&described, "value", row));
    lines.map(|line| line.rsplit_once(": ").expect("a purpose").1.to_owned()).collect()
}

#[test]
fn a_description_lists_each_request_with_its_purpose_bytes_and_time() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let described = cells.table(&format!("cpu{{pod=\"a\"}}{WINDOW} | by (version) | describe"));
    let rows =
        (0..described.height()).filter(|row| text(&described, "property", *row) == "request");
    let lines: Vec<_> = rows.map(|row| text(&described, "value", row)).collect();
    let said = [
        r"^Series, groups by \(version\): \d+ B in \d+ ms$",
        r#"^SelectMergeStacktraces, stacks of \{version="1"\} in .+: \d+ B in \d+ ms$"#,
    ];
    let said = said.map(|regex| regex::Regex::new(regex).expect("a regex"));
    assert!(lines.iter().zip(&said).all(|(line, regex)| regex.is_match(line)), "{lines:?}");
    assert_eq!(
        (lines.len(), web.methods()),
        (2, vec!["SelectMergeStacktraces".to_owned(), "Series".to_owned()])
    );
}

#[test]
fn types_labels_and_values_are_listed_without_profiles() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let types = cells.table("types");
    assert_eq!(
        (text(&types, "type", 0), text(&types, "over_time", 0)),
        ("inuse_space".into(), "mean".into())
    );
    assert_eq!(
        (text(&types, "type", 1), text(&types, "over_time", 1)),
        ("cpu".into(), "sum".into())
    );
    assert_eq!(web.methods(), Vec::<String>::new(), "the types are known");
    let counts = column(&mut cells, "labels", "values");
    assert_eq!(counts, rows([("pod", 2.0), ("service_name", 1.0), ("version", 2.0)]));
    let values = cells.table("values pod");
    assert_eq!([0, 1].map(|row| text(&values, "pod", row)), ["a", "b"]);
    assert!(web.methods().iter().all(|method| method.starts_with("Label")));
    assert!(cells.error("values podd").contains("pod"), "the labels that there are");
}

#[test]
fn a_flame_graph_is_one_request() {
    for (is_new, method) in [(true, "SelectMergeStacktraces"), (false, "SelectMergeProfile")] {
        let web = serve(shop(), is_new);
        let mut cells = open(&web);
        // work: 8 · (10 + 30); idle: 8 · (2 + 2).
        let top = column(&mut cells, &format!("cpu{WINDOW} | top 5"), "self");
        assert_eq!(top[..2], rows([("work", 320.0), ("idle", 32.0)]));
        let probed = web.methods();
        assert_eq!(probed.len(), if is_new { 1 } else { 2 }, "an old server is found out once");
        for (view, labels) in
            [("flame", "pod=\"a\""), ("tree", "pod=~\"b|c\""), ("sandwich \"work\"", "pod=\"b\"")]
        {
            let outcome = only(&mut cells, &format!("cpu{{{labels}}}{WINDOW} | {view}"));
            assert_eq!(web.methods(), ["SelectMergeStacktraces"], "{view}");
            let total = outcome.header.total.expect("a total").value;
            assert_eq!(total, if labels.contains('a') { 96.0 } else { 256.0 }, "{view}");
            let window = outcome.header.window.expect("a window");
            assert_eq!(window.to_string(), "2023-11-14 22:13:30 .. 22:15:30 UTC");
        }
        // The same again is not asked again, and a whole profile has the functions, too.
        let top = format!("cpu{{pod=\"a\"}}{WINDOW} | top 5");
        cells.run(&format!("cpu{{pod=\"a\"}}{WINDOW} | icicle"));
        assert_eq!(web.methods(), Vec::<String>::new());
        cells.run(&top);
        assert_eq!(web.methods(), [method]);
        cells.run(&format!("{top}; cpu{{pod=\"a\"}}{WINDOW} | flame"));
        assert_eq!(web.methods(), Vec::<String>::new());
    }
}

#[test]
fn a_tree_that_a_server_cuts_or_does_not_know_becomes_a_whole_profile() {
    let table = |cells: &mut Cells| {
        let code = format!("cpu{WINDOW} | granularity function | top 5");
        column(cells, &code, "self")
    };
    for (refusal, asked_again) in [
        // It allows fewer nodes, or has no trees: then none are asked for any more.
        (Reply::says("400 Bad Request", "max flamegraph nodes limit 1048576 is greater"), 0),
        (
            Reply::message(&Stacktraces {
                flamegraph: Some(FlameGraph { names: vec![] }),
                ..Stacktraces::default()
            }),
            0,
        ),
        // It cut this one, and the next may be smaller.
        (
            Reply::message(&Stacktraces {
                tree: b"\0\0\x01\x05other\x07\0".to_vec(),
                ..Stacktraces::default()
            }),
            1,
        ),
    ] {
        let web = Web::start(move |asked| match Format::decode(&asked.body[..]) {
            Ok(Format { format: 2, .. }) if asked.method() == "SelectMergeStacktraces" => {
                refusal.clone()
            }
            _ => pyroscope::answer(&shop(), true, asked),
        });
        let mut cells = open(&web);
        let drawn = only(&mut cells, &format!("cpu{WINDOW} | flame"));
        assert_eq!(drawn.header.total.map(|total| total.value), Some(352.0));
        assert_eq!(web.methods().len(), 2);
        assert_eq!(table(&mut cells)[0], ("work".to_owned(), 320.0));
        assert_eq!(web.methods(), Vec::<String>::new(), "the whole profile is known");
        only(&mut cells, &format!("cpu{{pod=\"a\"}}{WINDOW} | flame"));
        assert_eq!(web.methods().len(), 1 + asked_again);
    }
}

#[test]
fn matchers_select_as_on_files() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    for (matchers, total) in [
        ("{pod=\"a\"}", 96.0),
        ("{pod!=\"a\"}", 256.0),
        ("{pod=~\"a|b\", version!~\"2\"}", 96.0),
        ("{service_name=\"shop\", env=\"\"}", 352.0),
        ("", 352.0),
    ] {
        let outcome = only(&mut cells, &format!("cpu{matchers}{WINDOW} | flame"));
        assert_eq!(outcome.header.total.expect("a total").value, total, "{matchers}");
    }
    // A label that nothing has is a mistake, also where it would match everything.
    for matchers in ["{podd=\"a\"}", "{podd!=\"a\"}"] {
        let error = cells.error(&format!("cpu{matchers}{WINDOW} | flame"));
        assert!(error.contains("did you mean `pod`?"), "{error}");
    }
    let empty = only(&mut cells, &format!("cpu{{pod=\"c\"}}{WINDOW} | flame"));
    assert!(empty.header.notes.iter().any(|note| note.contains("`pod` has a, b")), "{empty:?}");
}

#[test]
fn labels_of_use_are_matched_here_and_not_by_the_server() {
    let web = serve(shop(), true);
    let mut cells = Cells::new("");
    cells.run(&format!("use {:?} {{cluster=\"east\"}}", web.address()));
    let total = |cells: &mut Cells, matchers: &str| {
        only(cells, &format!("cpu{matchers}{WINDOW} | flame")).header.total.map(|total| total.value)
    };
    assert_eq!(total(&mut cells, "{cluster=\"east\", pod=\"a\"}"), Some(96.0));
    assert_eq!(total(&mut cells, "{cluster=\"west\"}"), Some(0.0));
    let totals = column(&mut cells, &format!("cpu{WINDOW} | by (cluster) | table"), "total");
    assert_eq!(totals, rows([("east", 352.0)]));
}

#[test]
fn a_table_of_groups_asks_for_no_stacks() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let table = format!("cpu{WINDOW} | by (pod) | table");
    assert_eq!(column(&mut cells, &table, "total"), rows([("b", 256.0), ("a", 96.0)]));
    assert_eq!(web.methods(), ["SelectSeries"]);
    assert_eq!(column(&mut cells, &table, "profiles"), rows([("b", 8.0), ("a", 8.0)]));
    assert_eq!(column(&mut cells, &table, "mean"), rows([("b", 32.0), ("a", 12.0)]));
    // Version 1 is pod a.
    let without = format!("cpu{WINDOW} | without (pod, service_name) | table");
    assert_eq!(column(&mut cells, &without, "total"), rows([("2", 256.0), ("1", 96.0)]));
    let values = format!("cpu{WINDOW} | values version");
    assert_eq!(column(&mut cells, &values, "total"), rows([("2", 256.0), ("1", 96.0)]));
    assert!(!web.methods().iter().any(|method| method.contains("Merge")));
    assert!(cells.error(&format!("cpu{WINDOW} | by (podd) | table")).contains("`pod`"));
}

#[test]
fn a_profile_is_asked_for_each_group() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let outcome = only(&mut cells, &format!("cpu{WINDOW} | by (pod) | compare"));
    let Value::View(View::Comparison(comparison)) = outcome.value else { panic!("a comparison") };
    let totals = comparison.panes.iter().map(|pane| pane.tree.total());
    assert_eq!(totals.collect::<Vec<_>>(), [96.0, 256.0]);
    assert!(comparison.panes.iter().all(|pane| pane.header.snapshots == 0), "not known");
    assert_eq!(web.methods(), ["SelectMergeStacktraces", "SelectMergeStacktraces", "Series"]);
    let total = cells.number(&format!("total(\"work\", cpu{{version=\"2\"}}{WINDOW})"));
    assert_eq!(total, 240.0);
    // The mean of 96 and 256, and not of their sum.
    let mean = only(&mut cells, &format!("cpu{WINDOW} | avg by (service_name) | flame"));
    assert_eq!(mean.header.total.map(|total| total.value), Some(176.0));
}

#[test]
fn a_timeline_asks_for_totals_of_steps() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let code = format!("cpu{WINDOW} | by (version) | series");
    assert!(matches!(only(&mut cells, &code).value, Value::Series(_) | Value::View(_)));
    assert_eq!(web.methods(), ["SelectSeries"]);
    let code = format!("let s = cpu{WINDOW}; s | series | table");
    let table = cells.table(&code);
    // Two minutes in steps of 15 s: 12 + 32 in each of eight.
    assert_eq!((figure(&table, "mean", 0), figure(&table, "points", 0)), (44.0, 8.0));
    let Value::View(view) = only(&mut cells, &format!("cpu{WINDOW} | timeline")).value else {
        panic!("a view")
    };
    let View::Timeline(series) = view else { panic!("{view:?}") };
    // Nanoseconds in 15 s are cores.
    let values: Vec<_> = series.lines[0].points.iter().filter_map(|(_, value)| *value).collect();
    assert_eq!(values, [44.0 / 15e9; 8]);
}

#[test]
fn a_function_in_time_is_asked_for_step_by_step() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let code = format!("cpu{WINDOW} | focus \"work\" | series | table");
    let table = cells.table(&code);
    assert_eq!((figure(&table, "mean", 0), figure(&table, "points", 0)), (40.0, 8.0));
    assert_eq!(web.methods(), vec!["SelectMergeStacktraces"; 8]);
}

#[test]
fn a_diff_has_errors_from_eight_parts_a_side() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let code = format!("cpu{{version=\"2\"}}{WINDOW} | diff {{version=\"1\"}}");
    let outcome = only(&mut cells, &format!("{code} | top 5"));
    // Where each side has profiles, and eight parts of that.
    let mut asked = web.methods();
    asked.sort();
    let expected = [vec!["SelectMergeStacktraces"; 16], vec!["SelectSeries"; 2]].concat();
    assert_eq!(asked, expected);
    let Value::Table(table) = &outcome.value else { panic!("{outcome:?}") };
    // work is 80 of 96 before and 240 of 256 after: 83.3% and 93.75%.
    let work = (0..table.height()).find(|row| text(table, "function", *row) == "work");
    let work = work.expect("a row");
    assert!((figure(table, "before", work) - 100.0 * 80.0 / 96.0).abs() < 1e-9);
    assert!((figure(table, "after", work) - 93.75).abs() < 1e-9);
    let notes = outcome.header.notes.join("\n");
    assert!(notes.contains("8 parts"), "{notes}");
    assert_eq!(requests(&mut cells, &code), vec!["from memory"; 18]);
    assert_eq!(web.methods(), Vec::<String>::new(), "the second run asks nothing");
}

/// The profiles of two minutes, in a window of a day: an eighth of it would have all.
#[test]
fn parts_of_a_diff_are_of_the_time_that_has_profiles() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let day = "[2023-11-14T12:00:00Z .. +1d]";
    let code = format!("cpu{{version=\"2\"}}{day} | diff {{version=\"1\"}} | top 5");
    let notes = only(&mut cells, &code).header.notes.join("\n");
    assert!(notes.contains("8 parts of "), "{notes}");
    assert!(!notes.contains("single profile"), "{notes}");
}

#[test]
fn levels_are_averaged_over_time_and_added_up_over_series() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    // Pod a: the mean of 100 … 170 is 135; pod b: 200 where it has any.
    let total = |cells: &mut Cells, code: &str| only(cells, code).header.total.map(|t| t.value);
    assert_eq!(total(&mut cells, &format!("inuse_space{WINDOW} | flame")), Some(335.0));
    assert_eq!(
        total(&mut cells, &format!("inuse_space{{pod=\"a\"}}{WINDOW} | flame")),
        Some(135.0)
    );
    let table = format!("inuse_space{WINDOW} | by (pod) | table");
    assert_eq!(column(&mut cells, &table, "total"), rows([("b", 200.0), ("a", 135.0)]));
    let code = format!("inuse_space{WINDOW} | series | topk 1");
    let Value::View(View::Timeline(series)) = only(&mut cells, &code).value else {
        panic!("a series")
    };
    // 100 + 200 at first, 170 at last.
    let values: Vec<_> = series.lines[0].points.iter().filter_map(|(_, value)| *value).collect();
    assert_eq!((values[0], values[7]), (300.0, 170.0));
    let diff = format!("inuse_space{{pod=\"b\"}}{WINDOW} | diff {{pod=\"a\"}} | top 5");
    let outcome = only(&mut cells, &diff);
    assert_eq!(outcome.header.total.map(|total| total.value), Some(200.0));
}

/// A profile each six hours for seven days, with 1 in `work`.
fn week() -> Vec<Held> {
    let one = shop().remove(0);
    let at = |nth: i64| pyroscope::START + nth * 6 * 3_600_000;
    let stacks = vec![(vec!["main", "work"], 1)];
    (0..28).map(|nth| Held { at: at(nth), stacks: stacks.clone(), ..one.clone() }).collect()
}

#[test]
fn seven_days_are_asked_for_day_by_day() {
    let web = serve(week(), true);
    let mut cells = open(&web);
    let window = "[2023-11-14T22:13:30Z .. +7d]";
    assert_eq!(
        only(&mut cells, &format!("cpu{window} | flame")).header.total.map(|t| t.value),
        Some(28.0)
    );
    // Seven midnights are eight parts.
    assert_eq!(web.methods(), vec!["SelectMergeStacktraces"; 8]);
    let table = format!("cpu{window} | by (pod) | table");
    assert_eq!(column(&mut cells, &table, "total"), rows([("a", 28.0)]));
    let series = cells.table(&format!("cpu{window} | series | table"));
    assert_eq!(figure(&series, "points", 0), 28.0);
    web.asked();
    cells.run(&format!("cpu{window} | flame"));
    assert_eq!(web.methods(), Vec::<String>::new());
    let error = cells.error("cpu[2020-01-01T00:00Z .. +1500d] | flame");
    assert!(error.contains("at most 400"), "{error}");
}

#[test]
fn now_is_the_clock_and_the_last_hour_is_the_usual_range() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let outcome = only(&mut cells, "cpu | flame");
    let window = outcome.header.window.expect("a window");
    assert_eq!(window.length().as_seconds(), 3600.0);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let clock = clock.expect("a clock").as_secs_f64();
    let late = clock - window.end.0 as f64 / 1e9;
    assert!((0.0..60.0).contains(&late), "{late}");
    cells.run("set range 10m");
    let window = only(&mut cells, "cpu | flame").header.window.expect("a window");
    assert_eq!(window.length().as_seconds(), 600.0);
}

#[test]
fn a_server_is_compared_with_another_source() {
    let (newer, older) = (serve(shop(), true), serve(shop(), false));
    let mut cells = Cells::new("");
    cells.run(&format!("use {:?} as old; use {:?} as new", older.address(), newer.address()));
    let code = format!("cpu{{pod=\"a\"}}{WINDOW} from new | diff from old | top 5");
    let deltas = column(&mut cells, &code, "delta");
    assert!(deltas.iter().all(|(_, delta)| *delta == 0.0), "{deltas:?}");
    // The same values in a file.
    let mut symbols = Symbols::new();
    let [main, work, idle] = ["main", "work", "idle"].map(|name| symbols.intern_named_frame(name));
    let stacks = Arc::make_mut(&mut symbols.stacks);
    let root = stacks.intern(StackId::EMPTY, main);
    for frame in [work, idle] {
        stacks.intern(root, frame);
    }
    let content = Content {
        sample_type: ("cpu", "nanoseconds"),
        start: Timestamp(0),
        duration: Span::seconds(120),
        comment: "",
        symbols: &symbols,
        values: &[0, 0, 240, 16],
        base: None,
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("b.pb.gz"),
        content.encode(Work::unattended()).expect("memory"),
    )
    .expect("a file");
    let mut cells = Cells::new(folder.path());
    cells.run(&format!("use \"b.pb.gz\" as file; use {:?} as server", newer.address()));
    let code = format!("cpu{{pod=\"b\"}}{WINDOW} from server | diff cpu from file | top 5");
    // 240 and 16 of 256 on both sides.
    let before = column(&mut cells, &code, "before");
    assert!(before.contains(&("work".to_owned(), 93.75)), "{before:?}");
    assert!(before.contains(&("idle".to_owned(), 6.25)), "{before:?}");
    let deltas = column(&mut cells, &code, "delta");
    assert!(deltas.iter().all(|(_, delta)| *delta == 0.0), "{deltas:?}");
}

#[test]
fn single_profiles_are_listed_where_the_server_has_them() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let listed = cells.table(&format!("cpu{{pod=\"a\"}}{WINDOW} | profiles"));
    assert!(web.methods().iter().all(|method| ["SelectSeries", "LabelNames"].contains(&&**method)));
    // Eight profiles of 10 + 2, one second after each quarter of a minute.
    let times: Vec<_> = (0..listed.height()).map(|row| text(&listed, "time", row)).collect();
    assert_eq!(times.len(), 8);
    assert!(times[1].contains("22:13:46"), "{times:?}");
    assert_eq!(text(&listed, "version", 0), "1");
    assert_eq!((figure(&listed, "total", 7), figure(&listed, "duration", 7)), (12.0, 15e9));
    let older = serve(shop(), false);
    let error = open(&older).error(&format!("cpu{WINDOW} | profiles"));
    assert!(error.contains("does not list single profiles") && error.contains("1.17"), "{error}");
    // A few are asked for one by one: the largest of 12 + 32 is 44 at each node.
    let most = only(&mut cells, &format!("cpu{WINDOW} | max_over_time | flame"));
    assert_eq!(most.header.total.map(|total| total.value), Some(44.0));
}

#[test]
fn a_second_with_several_profiles_lists_one_and_says_so() {
    let mut held = shop();
    held.truncate(1);
    let mut second = held[0].clone();
    (second.at, second.stacks[0].1) = (second.at + 5, 1);
    held.push(second);
    let web = serve(held, true);
    let mut cells = open(&web);
    let outcome = only(&mut cells, &format!("cpu{WINDOW} | profiles"));
    let Value::Table(listed) = &outcome.value else { panic!("a table") };
    assert_eq!((listed.height(), figure(listed, "total", 0)), (1, 12.0));
    let notes = outcome.header.notes.join("\n");
    assert!(notes.contains("only the largest is listed"), "{notes}");
}
