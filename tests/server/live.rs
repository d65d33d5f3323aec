//! A live server, which `FLAMEBOOK_TEST_PYROSCOPE=http://…` names, answers as the files do.
//!
//! It must know tenants, `-auth.multitenancy-enabled=true`: each test has one of its own. The
//! example data is moved to the last minutes, since a server refuses what is old, or does not
//! find it.
//! Without the variable these tests pass and say so, also in CI, which has no server.
//!
//! The files are asked twice: as they are, and without what a server drops when it takes the
//! stacks of a profile, those without a frame and those below zero. A total without stacks is
//! equal to the first, what has stacks is equal to the second. Names are compared without what Go adds to generic
//! functions, which the server cuts. It adds up the profiles of a second, so that columns about
//! single profiles are not compared. What differs otherwise is in [`APART`], with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use flamebook::eval::result::scalar::Scalar;
use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Graph, Outcome, SeriesSet, Value, View};
use flamebook::http::{Address, Client, Limits, Post};
use flamebook::lang::quantity::parse_time;
use flamebook::profile::symbols::TagsId;
use flamebook::profile::{Labels, ProfileType, Samples, Snapshot, StackId, Tree};
use flamebook::quantity::{Span, Timestamp, Window};
use flamebook::source::store::Store;
use flamebook::source::{Request, Selection, Skipped, Source, SourceError, demo};
use flamebook::work::{Cancel, Unwatched, Work};
use regex::{Captures, Regex};

use super::recorded::as_kept;
use super::web::{Asked, Reply, Web};
use crate::cells::{Cells, figure};
use crate::demo::tour;

const TENANT: &str = "x-scope-orgid";

/// The address of the server, a tenant without profiles, and the example data in a store.
struct Live {
    address: String,
    tenant: String,
    folder: tempfile::TempDir,
    /// By how much the data was moved: whole minutes.
    moved: Span,
}

/// After the last profile of the example data.
const NOW: &str = "2026-11-23T04:55:06Z";
const STORE: &str = "demo.flamestore";

fn live() -> Option<Live> {
    let Ok(address) = std::env::var("FLAMEBOOK_TEST_PYROSCOPE") else {
        eprintln!("skipped, also in CI: FLAMEBOOK_TEST_PYROSCOPE names no live server");
        return None;
    };
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
    let tenant = format!("flamebook-{clock}");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let demo = demo::open(&Labels::default(), work).expect("the example data");
    let start = demo.extent().expect("profiles").start;
    let minutes = (clock as i64 - time(NOW).0) / 60_000_000_000 - 3;
    let moved = Span::seconds(60 * minutes);
    let live = Live { address, tenant, folder, moved };
    let first = written(start.plus(moved));
    let output = live.flamebook(&["import", STORE, "demo:", "--time", &first]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(live)
}

fn time(text: &str) -> Timestamp {
    parse_time(text).expect("a time")
}

/// As a query has it, to the nanosecond.
fn written(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_nanos(at.0);
    at.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

impl Live {
    fn flamebook(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
        command.current_dir(self.folder.path()).args(arguments);
        command.env("FLAMEBOOK_PYROSCOPE_TENANT", &self.tenant);
        command.output().expect("the program starts")
    }

    /// Code whose times are moved with the data.
    fn moved(&self, code: &str) -> String {
        let times = Regex::new(r"2026-11-23T\d\d:\d\d(:\d\d)?Z").expect("a regex");
        let moved = |found: &Captures<'_>| written(time(&found[0]).plus(self.moved));
        times.replace_all(code, moved).into_owned()
    }

    /// Pushes the example data, and waits until it can be queried.
    fn push(&self) {
        let output = self.flamebook(&["push", &self.address, STORE]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("sent 528 profiles"), "{said}");
        let began = Instant::now();
        let (opened, now) =
            (format!("use {:?}", self.address), self.moved(&format!("set now {NOW}")));
        let types = || {
            String::from_utf8_lossy(
                &self.flamebook(&["eval", &opened, &now, "cpu | labels"]).stdout,
            )
            .into_owned()
        };
        while !types().contains("endpoint") {
            assert!(began.elapsed() < Duration::from_secs(30), "pushed profiles can be queried");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// A way to the server that names the tenant.
    fn gate(&self) -> Web {
        let address = Address::parse(&self.address).expect("an address");
        let client = Client::new(address, Limits::default());
        let tenant = self.tenant.clone();
        Web::start(move |asked| passed_on(&client, &tenant, asked))
    }
}

fn passed_on(client: &Client, tenant: &str, asked: &Asked) -> Reply {
    let headers: Vec<(&str, &str)> = asked
        .headers
        .iter()
        .filter_map(|header| header.split_once(": "))
        .filter(|(name, _)| {
            !["host", "content-length", "accept-encoding", "connection", "user-agent"]
                .contains(name)
        })
        .chain([(TENANT, tenant)])
        .collect();
    let post = Post { path: &asked.path, headers: &headers, body: &asked.body };
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    match client.post(&post, work, &|_| {}) {
        Ok(answer) => Reply::Says(format!("{} Said", answer.status), answer.body),
        Err(_) => Reply::Raw(Vec::new()),
    }
}

/// The example data without what a server drops.
struct Kept(Store);

fn kept(live: &Live) -> Arc<dyn Source> {
    let store = Store::open(STORE, &Labels::default(), live.folder.path());
    Arc::new(Kept(store.expect("the example data")))
}

impl Source for Kept {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn types(&self) -> Vec<ProfileType> {
        self.0.types()
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        let all = self.0.select(request, work)?.read(work)?;
        let without_dropped = |snapshot: &Snapshot| {
            // Numbers such as the size of an allocation are no labels of the server.
            let mut sums = BTreeMap::<(StackId, String), (TagsId, i64)>::new();
            for (stack, tags, value) in snapshot.samples().iter() {
                let labels = all.symbols.tags(tags).iter();
                let texts = labels.filter(|(_, value)| value.as_number().is_none());
                let texts = texts.map(|(name, value)| format!("{name}={value:?} ")).collect();
                sums.entry((stack, texts)).or_insert((tags, 0)).1 += value;
            }
            sums.retain(|(stack, _), (_, sum)| *stack != StackId::EMPTY && *sum > 0);
            let (mut stacks, mut tags, mut values) = (Vec::new(), Vec::new(), Vec::new());
            for ((stack, _), (tag, sum)) in sums {
                stacks.push(stack);
                tags.push(tag);
                values.push(sum);
            }
            let (stacks, tags, values) = (stacks.into(), tags.into(), values.into());
            snapshot.with_samples(Samples { stacks, tags, values })
        };
        Ok(Selection { snapshots: all.snapshots.iter().map(without_dropped).collect(), ..all })
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        self.0.label_names(kind, window, work)
    }

    fn extent(&self) -> Option<Window> {
        self.0.extent()
    }

    fn extent_of(&self, kind: &ProfileType) -> Option<Window> {
        self.0.extent_of(kind)
    }

    fn skipped(&self) -> &[Skipped] {
        self.0.skipped()
    }
}

/// The cells of the tour, and the queries of the worked page.
fn cells() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cells = tour();
    let worked = std::fs::read_to_string(root.join("tests/lang/worked.md")).expect("the page");
    let blocks = worked.split("```flame\n").skip(1);
    cells.extend(blocks.filter_map(|block| block.split("\n```").next()).map(str::to_owned));
    cells
}

/// Columns about single profiles, which a server has merged, and what is estimated from them.
const OF_PROFILES: [&str; 27] = [
    "profiles",
    "mean",
    "std_dev",
    "max",
    "first_seen",
    "last_seen",
    "series",
    "se",
    "z",
    "p",
    "df",
    "low",
    "high",
    "total_se",
    "total_z",
    "total_p",
    "total_df",
    "total_low",
    "total_high",
    "self_margin",
    "total_margin",
    "margin",
    "share_only",
    "significant",
    "self_significant",
    "total_significant",
    "of",
];

/// Cells that a server answers differently, and why.
const APART: [(&str, &str); 8] = [
    ("avg by", "what a label of samples tells apart are series there, so that more are averaged"),
    ("| labels", "the labels of samples are labels of series there"),
    ("| describe", "the number of profiles and series is not known there"),
    ("| rate", "rates are per second of the window, as the length of a profile is not known"),
    ("cpu[4m:10s] | timeline", "cores are per second of a step, for the same reason"),
    ("| topk 5 | timeline", "the same"),
    ("heatmap", "the same"),
    ("sort z desc", "functions are ranked by errors, which are those of parts of the window there"),
];

/// Cells that a server refuses, and its words.
const REFUSED: [(&str, &str); 1] = [("functions ~", "a server lists no functions of all types")];

/// The totals of the profiles that a source lists, or why it lists none.
fn listed(cells: &mut Cells, code: &str) -> Result<Vec<f64>, String> {
    let outcomes = cells.try_run(code).map_err(|errors| errors[0].message.clone())?;
    let Some(Value::Table(table)) = outcomes.into_iter().next_back().map(|last| last.value) else {
        panic!("{code}")
    };
    let mut totals: Vec<f64> =
        (0..table.height()).map(|row| figure(&table, "total", row)).collect();
    totals.sort_by(f64::total_cmp);
    Ok(totals)
}

/// What a result says, by the place where it says it.
type Facts = BTreeMap<String, f64>;

/// `columns`: those of a table that are compared.
fn facts(outcome: &Outcome, columns: &BTreeSet<String>) -> Facts {
    let mut facts = Facts::new();
    let mut add = |place: String, value: f64| *facts.entry(place).or_default() += value;
    match &outcome.value {
        Value::Table(table) => return of_table(table, columns),
        Value::Scalar(Scalar::Number(number)) => add("value".to_owned(), number.value),
        Value::Tree(tree) => of_tree("", tree, &mut add),
        Value::Diff(diff) => of_graph(&Graph::Diff(diff.clone()), &mut add),
        Value::Series(series) | Value::View(View::Timeline(series)) => of_series(series, &mut add),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            of_graph(graph, &mut add);
        }
        Value::View(View::Sandwich(sandwich)) => {
            of_graph(&sandwich.callers, &mut |place, value| add(format!("callers {place}"), value));
            of_graph(&sandwich.callees, &mut |place, value| add(format!("callees {place}"), value));
        }
        Value::View(View::Comparison(comparison)) => {
            comparison.panes.iter().for_each(|pane| of_tree(&pane.title, &pane.tree, &mut add));
        }
        Value::View(View::Heatmap(heatmap)) => {
            for row in &heatmap.rows {
                for (start, cell) in heatmap.starts.iter().zip(&row.cells) {
                    cell.iter().for_each(|value| add(format!("{} {start}", row.title), *value));
                }
            }
        }
        other => add(other.type_name().to_owned(), 1.0),
    }
    facts
}

/// The compared columns that a table has.
fn columns(outcome: &Outcome) -> BTreeSet<String> {
    let Value::Table(table) = &outcome.value else { return BTreeSet::new() };
    let names = table.names().into_iter().filter(|name| !OF_PROFILES.contains(name));
    names.map(str::to_owned).collect()
}

fn of_table(table: &Table, columns: &BTreeSet<String>) -> Facts {
    let mut facts = Facts::new();
    for row in 0..table.height() {
        let names = table.names();
        let compared = (0..names.len()).filter(|at| columns.contains(names[*at]));
        let cells: Vec<_> = compared.map(|at| (names[at], table.cell(at, row))).collect();
        let texts = cells.iter().filter_map(|(_, cell)| match cell {
            // A verdict, as in the column of that name.
            Scalar::Text(text) if text == "share only" => Some(String::new()),
            Scalar::Text(text) => Some(as_kept(text)),
            _ => None,
        });
        let key = texts.collect::<Vec<_>>().join(" ");
        *facts.entry(key.clone()).or_default() += 1.0;
        for (name, cell) in &cells {
            if let Scalar::Number(number) = cell {
                *facts.entry(format!("{key}: {name}")).or_default() += number.value;
            }
        }
    }
    facts
}

fn of_graph(graph: &Graph, add: &mut dyn FnMut(String, f64)) {
    match graph {
        Graph::Tree(tree) => of_tree("", tree, add),
        Graph::Diff(diff) => {
            of_tree("before ", &diff.before, add);
            of_tree("after ", &diff.after, add);
        }
    }
}

/// The self value of each stack.
fn of_tree(side: &str, tree: &Tree, add: &mut dyn FnMut(String, f64)) {
    let stacks = (0..).map(StackId).zip(&tree.self_values);
    for (stack, value) in stacks.filter(|(stack, value)| *stack != StackId::EMPTY && **value != 0.0)
    {
        let frames = tree.symbols.stacks.path(stack);
        let names = frames.map(|frame| as_kept(tree.symbols.frame_name(frame)));
        add(format!("{side}{}", names.collect::<Vec<_>>().join("<")), *value);
    }
}

fn of_series(series: &SeriesSet, add: &mut dyn FnMut(String, f64)) {
    for line in &series.lines {
        for (at, value) in &line.points {
            value.iter().for_each(|value| add(format!("{{{}}} {at}", line.labels), *value));
        }
    }
}

/// Where two results differ.
fn differences(server: &Outcome, files: &Outcome) -> Vec<String> {
    let columns = columns(server).intersection(&columns(files)).cloned().collect();
    let (server, files) = (facts(server, &columns), facts(files, &columns));
    let places = server.keys().chain(files.keys().filter(|place| !server.contains_key(*place)));
    let differs = |place: &&String| match (server.get(*place), files.get(*place)) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() > 1e-9 * theirs.abs().max(1.0),
        _ => true,
    };
    let line = |place: &String| {
        format!("{place}: {:?} on the server, {:?} in files", server.get(place), files.get(place))
    };
    places.filter(differs).map(line).collect()
}

#[test]
fn the_tour_and_the_worked_queries_give_the_same_on_a_server_as_on_files() {
    let Some(live) = live() else { return };
    live.push();
    let gate = live.gate();
    let (mut server, mut files, mut whole) = (Cells::new(""), Cells::new(""), Cells::new(""));
    server.run(&live.moved(&format!("use {:?}\nset now {NOW}", gate.address())));
    files.open(kept(&live));
    files.run(&live.moved(&format!("set now {NOW}")));
    whole.run(&format!("use {:?}", live.folder.path().join(STORE)));
    whole.run(&live.moved(&format!("set now {NOW}")));
    let (mut wrong, mut compared) = (Vec::new(), 0);
    let mut apart: BTreeMap<&str, usize> = APART.iter().map(|(part, _)| (*part, 0)).collect();
    for code in cells() {
        // The sources are open, and the session of these tests saves nothing.
        let lines = code.lines().filter(|line| !line.starts_with("use "));
        let code = lines.collect::<Vec<_>>().join("\n").replace(" | save \"shop.svg\"", "");
        let code = live.moved(&code);
        if let Some((_, words)) = REFUSED.iter().find(|(part, _)| code.contains(part)) {
            assert!(server.error(&code).contains(words), "{code}");
            continue;
        }
        // Servers before 1.17, and those with storage of version 1, have no single profiles.
        if code.contains("| profiles") {
            match listed(&mut server, &code) {
                Ok(totals) => assert_eq!(totals, listed(&mut files, &code).expect("a table")),
                Err(words) => {
                    assert!(words.contains("does not list single profiles"), "{code}: {words}")
                }
            }
            continue;
        }
        let (server, files, whole) = (server.run(&code), files.run(&code), whole.run(&code));
        assert_eq!(server.len(), files.len(), "{code}");
        let mut found = Vec::new();
        for (server, (files, whole)) in server.iter().zip(files.iter().zip(&whole)) {
            compared += 1;
            if !differences(server, whole).is_empty() {
                found.extend(differences(server, files));
            }
        }
        match APART.iter().find(|(part, _)| code.contains(part)) {
            Some((part, _)) => *apart.entry(part).or_default() += found.len(),
            None if found.is_empty() => {}
            None => {
                let shown = found.iter().take(6).cloned().collect::<Vec<_>>().join("\n  ");
                wrong.push(format!("## {code}\n{} differ\n  {shown}", found.len()));
            }
        }
    }
    assert!(compared > 80, "{compared}");
    assert!(wrong.is_empty(), "{} cells differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(apart.values().all(|found| *found > 0), "an exception is not needed: {apart:?}");
}

/// What was pushed comes back as pieces, again and again.
#[test]
fn a_store_filled_from_a_live_server_has_what_was_pushed() {
    let Some(live) = live() else { return };
    live.push();
    let folder = tempfile::tempdir().expect("a scratch folder");
    let store = folder.path().join("x.flamestore");
    let store = store.to_string_lossy();
    let arguments = ["import", &store, &live.address, "--since", "30m", "--step", "10s"];
    let output = live.flamebook(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = live.flamebook(&arguments);
    assert!(String::from_utf8_lossy(&again.stdout).contains("added 0 pieces"), "{again:?}");
    let mut of_store = Cells::over(folder.path(), "x.flamestore");
    let mut of_files = Cells::new("");
    of_files.open(kept(&live));
    for query in [
        "cpu | flame",
        "cpu{version=\"2\"} | top 20",
        "cpu | by (endpoint) | table",
        "alloc_space | flame",
    ] {
        let (ours, theirs) = (of_store.run(query), of_files.run(query));
        let found = differences(&ours[0], &theirs[0]);
        assert!(found.is_empty(), "{query}: {found:#?}");
    }
}
