//! Answers of real servers, 2.0.2 and 2.2.1, served back byte for byte.
//!
//! Both servers held the profiles of `../shared/data/shop`, so their answers are compared
//! with those of the files. Without the folder these tests pass and say so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flamebook::eval::result::value::{Value, View};
use flamebook::profile::StackId;

use super::only;
use super::web::{Asked, Reply, Web};
use crate::cells::{Cells, figure, text};

/// The window of the recorded requests: both ends belong to it.
const WINDOW: &str = "[2026-11-23T02:58:25.954Z .. 2026-11-23T03:01:20.953Z]";

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.join("pyroscope").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no answers in {}", folder.display());
    eprintln!("skipped: no answers in {}", folder.display());
    None
}

/// The recorded exchanges of one version with protobuf bodies: path, request and answer.
fn exchanges(folder: &Path) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let read = |name: &str| std::fs::read(folder.join(name)).expect(name);
    let mut exchanges = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".proto-body.json") else { continue };
        let about: serde_json::Value =
            serde_json::from_slice(&read(&format!("{name}.proto-body.json"))).expect("JSON");
        if about["status"] == 200 {
            let path = about["path"].as_str().expect("a path").to_owned();
            let request = read(&format!("{name}.proto-body.req"));
            exchanges.push((path, request, read(&format!("{name}.proto-body.resp"))));
        }
    }
    assert!(exchanges.len() > 10, "{}", folder.display());
    exchanges
}

/// Serves the recorded answer to a recorded request. Types and names of labels are asked
/// for in another window than was recorded; for these any recorded answer is taken.
fn replay(folder: &Path) -> Web {
    let exchanges = exchanges(folder);
    Web::start(move |asked: &Asked| {
        let of_path = || exchanges.iter().filter(|(path, ..)| *path == asked.path);
        let same = of_path().find(|(_, request, _)| *request == asked.body);
        let any = || {
            let loose = ["ProfileTypes", "LabelNames"].contains(&asked.method());
            of_path().max_by_key(|(.., answer)| answer.len()).filter(|_| loose)
        };
        match same.or_else(any) {
            Some((.., answer)) => Reply::Says("200 OK".to_owned(), answer.clone()),
            None => Reply::says("400 Bad Request", "this request was not recorded"),
        }
    })
}

/// A name as the server keeps it: without the type parameters that Go adds,
/// `slices.Sort[go.shape.[]string]`, which a diff of files writes `slices.Sort[...]`.
pub(super) fn as_kept(name: &str) -> String {
    let found = name.split_once("[go.shape.").or_else(|| name.split_once("[..."));
    let Some((before, parameters)) = found else { return name.to_owned() };
    let mut depth = 1;
    let end = parameters.find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    });
    format!("{before}{}", &parameters[end.expect("a closing bracket") + 1..])
}

/// Function, self and total of each row.
fn functions(cells: &mut Cells, code: &str) -> Vec<(String, f64, f64)> {
    let table = cells.table(code);
    let row = |row| {
        let name = as_kept(&text(&table, "function", row));
        (name, figure(&table, "self", row), figure(&table, "total", row))
    };
    let mut rows: Vec<_> = (0..table.height()).map(row).collect();
    rows.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    rows
}

#[test]
fn a_recorded_server_answers_as_the_files_that_it_holds() {
    let Some(data) = data() else { return };
    for version in ["2.0.2", "2.2.1"] {
        let web = replay(&data.join("pyroscope").join(version));
        let mut server = Cells::new("");
        server.run(&format!("use {:?}", web.address()));
        let mut files = Cells::over(&data.join("shop"), "**/*.pb.gz");
        let queries = [
            ("cpu{service_name=\"shop\"}", "cpu"),
            ("cpu{service_name=\"shop\", version=\"1\"}", "cpu{version=\"1\"}"),
            ("cpu{service_name=\"shop\", version=\"2\"}", "cpu{version=\"2\"}"),
            ("cpu{service_name=~\"sh.*\", pod!=\"a\"}", "cpu{pod=\"b\"}"),
        ];
        // Of 2.2.1 only the first was recorded as this version is asked for it.
        let recorded = if version == "2.0.2" { &queries[..] } else { &queries[..1] };
        for (of_server, of_files) in recorded {
            let ours = functions(&mut server, &format!("{of_server}{WINDOW} | functions"));
            let theirs = functions(&mut files, &format!("{of_files} | functions"));
            assert!(ours.len() > 100, "{version} {of_server}: {}", ours.len());
            assert_eq!(ours, theirs, "{version} {of_server}");
        }
        // The sum of the recorded points of `cpu-series`.
        let all = only(&mut server, &format!("cpu{{service_name=\"shop\"}}{WINDOW} | flame"));
        assert_eq!(all.header.total.map(|total| total.value), Some(301_350_000_000.0));
        let merges = web.methods().into_iter().filter(|method| method.contains("Merge")).count();
        // Version 2.0.2 answers the first request for pprof with a flame graph.
        assert_eq!(merges, if version == "2.0.2" { 5 } else { 1 });
    }
}

/// The self value of each function that is drawn.
fn drawn(cells: &mut Cells, code: &str) -> BTreeMap<String, f64> {
    let Value::View(View::Flame(graph)) = only(cells, code).value else { panic!("a graph") };
    let tree = graph.tree();
    let mut sums = BTreeMap::new();
    // A server drops samples of zero.
    let values = (0..).map(StackId).zip(&tree.self_values).skip(1);
    for (stack, value) in values.filter(|(_, value)| **value > 0.0) {
        *sums.entry(as_kept(tree.name(stack))).or_default() += value;
    }
    sums
}

#[test]
fn a_recorded_tree_is_drawn_as_the_files_are() {
    let Some(data) = data() else { return };
    for version in ["2.0.2", "2.2.1"] {
        let folder = data.join("pyroscope").join(version);
        let tree = std::fs::read(folder.join("cpu-tree.proto-body.resp")).expect("a tree");
        let web = Web::start(move |asked: &Asked| match asked.method() {
            "SelectMergeStacktraces" => Reply::Says("200 OK".to_owned(), tree.clone()),
            method => {
                let recorded = exchanges(&folder).into_iter();
                let answer = recorded.filter(|(path, ..)| path.ends_with(method));
                let longest = answer.map(|(.., answer)| answer).max_by_key(Vec::len);
                Reply::Says("200 OK".to_owned(), longest.unwrap_or_default())
            }
        });
        let mut server = Cells::new("");
        server.run(&format!("use {:?}", web.address()));
        web.asked();
        let ours = drawn(&mut server, &format!("cpu{{service_name=\"shop\"}}{WINDOW} | flame"));
        assert_eq!(web.methods(), ["SelectMergeStacktraces"]);
        let theirs = drawn(&mut Cells::over(&data.join("shop"), "**/*.pb.gz"), "cpu | flame");
        assert!(ours.len() > 100, "{version}: {}", ours.len());
        assert_eq!(ours, theirs, "{version}");
    }
}

#[test]
fn recorded_types_are_those_of_the_files() {
    let Some(data) = data() else { return };
    for version in ["2.0.2", "2.2.1"] {
        let web = replay(&data.join("pyroscope").join(version));
        let mut server = Cells::new("");
        server.run(&format!("use {:?}", web.address()));
        let Value::Table(types) = only(&mut server, "types").value else { panic!("a table") };
        let ids: Vec<String> = (0..types.height()).map(|row| text(&types, "id", row)).collect();
        let files = Cells::over(&data.join("shop"), "**/*.pb.gz").table("types");
        let theirs: Vec<String> = (0..files.height()).map(|row| text(&files, "id", row)).collect();
        assert_eq!(ids, theirs, "{version}");
    }
}
