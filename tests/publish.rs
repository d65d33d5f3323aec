//! Publishing to a test server: what is sent, what the user sees of the answer, and that
//! nothing is sent without a request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flamebook::eval::result::scalar::Scalar;
use flamebook::eval::result::value::{Outcome, Value};
use flamebook::kernel::language::CellRequest;
use flamebook::notebook::Notebook;
use flamebook::profile::diff::Mode;
use flamebook::profile::{Diff, StackId, Symbols, Tree};
use flamebook::quantity::Unit;
use flamebook::view::export::{of_diff, of_tree};
use flamebook::view::{self, Screen};
use flamebook::work::{Cancel, Unwatched, Work};
use serde_json::{Value as Json, json};

use crate::cells::report;
use crate::receiver::{Answer, Receiver};
use crate::recording::Recording;

/// A session on one small profile.
struct Desk {
    notebook: Notebook,
    _folder: tempfile::TempDir,
}

impl Desk {
    /// `main` has self 10; it calls `work` for 20, and `json` through `work` for 30.
    fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a scratch folder");
        recorded().save(folder.path(), "a.pb");
        let mut notebook = Notebook::new(folder.path().to_owned());
        run(&mut notebook, "use \"{pod}.pb\"", &Cancel::new()).expect("the profile");
        Desk { notebook, _folder: folder }
    }

    fn run(&mut self, code: &str) -> Result<Option<Outcome>, String> {
        run(&mut self.notebook, code, &Cancel::new())
    }

    /// The link in a cell's output.
    fn link(&mut self, code: &str) -> String {
        let outcome = self.run(code).unwrap_or_else(|report| panic!("{report}"));
        match outcome.map(|outcome| outcome.value) {
            Some(Value::Scalar(Scalar::Text(link))) => link,
            other => panic!("{code} gives {other:?}"),
        }
    }

    fn error(&mut self, code: &str) -> String {
        self.run(code).expect_err(code)
    }
}

fn run(notebook: &mut Notebook, code: &str, cancel: &Cancel) -> Result<Option<Outcome>, String> {
    let work = Work { cancel, watch: &Unwatched };
    let cell = CellRequest { code, number: 1, store: true };
    notebook.run(&cell, &|_| {}, work).map_err(|errors| report(&errors, code))
}

fn recorded() -> Recording {
    Recording::of("cpu", "nanoseconds")
        .at(1_767_225_600)
        .lasting(10)
        .stack("main", 10)
        .stack("main;work", 20)
        .stack("main;work;json", 30)
}

/// The profile in the only request, and the request.
fn uploaded(server: &Receiver) -> (Json, Json) {
    let requests = server.requests();
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    let body: Json = serde_json::from_slice(&request.body).expect("JSON");
    let profile = body["profile"].as_str().expect("a profile in base64");
    let profile = STANDARD.decode(profile).expect("base64");
    (serde_json::from_slice(&profile).expect("JSON in base64"), body)
}

#[test]
fn the_request_is_what_the_protocol_says() {
    let server = Receiver::start(Answer::link("https://flames.example/share/k"));
    let mut desk = Desk::new();
    let code = format!("cpu | publish {:?}", server.address());
    let outcome = desk.run(&code).expect("a link").expect("a result");

    let request = &server.requests()[0];
    assert_eq!(request.line, "POST /api/upload/v1 HTTP/1.1");
    assert!(request.headers.contains(&"content-type: application/json".to_owned()));

    let (profile, mut body) = uploaded(&server);
    let header = &outcome.header;
    let name = format!("{}, {}", header.subject, header.window.expect("a window"));
    assert!(name.starts_with("cpu, 2026-01-01 00:00:00 .. "), "{name}");
    body["profile"] = Json::Null;
    let units = json!({"units": "samples", "spyName": "unknown"});
    assert_eq!(body, json!({"name": name, "profile": null, "fileTypeData": units, "type": "json"}));

    // main is all 60 = 10 + work 50, which is 20 + json 30. A second is 10^9 of them.
    let expected = json!({
        "version": 1,
        "flamebearer": {
            "names": ["total", "main", "work", "json"],
            "levels": [[0, 60, 0, 0], [0, 60, 10, 1], [10, 50, 20, 2], [30, 30, 30, 3]],
            "numTicks": 60,
            "maxSelf": 30,
        },
        "metadata": {
            "format": "single", "spyName": "unknown", "sampleRate": 1_000_000_000,
            "units": "samples", "name": name,
        },
    });
    assert_eq!(profile, expected);

    let link = "https://flames.example/share/k";
    assert!(
        view::plain(&outcome, Screen::CELL, Work::unattended())
            .expect("no interrupt")
            .ends_with(link)
    );
    assert!(
        view::html(&outcome, Work::unattended())
            .expect("no interrupt")
            .contains(&format!("<a href=\"{link}\" rel=\"noopener\">{link}</a>"))
    );
    let told = outcome.header.notes.iter().any(|note| note.ends_with(&server.address()));
    assert!(told, "{:?}", outcome.header.notes);
}

#[test]
fn whatever_has_stacks_can_be_published() {
    for query in [
        "cpu",
        "cpu | flame",
        "cpu | tree",
        "cpu | callers \"json\"",
        "cpu | by (pod)",
        "let a = cpu | icicle\na",
    ] {
        let server = Receiver::start(Answer::link("/k"));
        let link = Desk::new().link(&format!("{query} | publish {:?}", server.address()));
        assert_eq!(link, format!("{}/k", server.address()), "{query}");
        let (profile, _) = uploaded(&server);
        // Only 30 pass through json.
        let total = if query.contains("callers") { 30 } else { 60 };
        assert_eq!(profile["flamebearer"]["numTicks"], total, "{query}");
    }
}

#[test]
fn a_diff_is_published_with_before_on_the_left() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recorded().save(folder.path(), "a.pb");
    recorded().stack("main;json", 5).stack("main", 1).save(folder.path(), "b.pb");
    let server = Receiver::start(Answer::link("/k"));
    for view in ["", "| flame", "| sandwich \"json\"", "| top 5"] {
        let mut notebook = Notebook::new(folder.path().to_owned());
        let diff = format!("cpu{{pod=\"b\"}} | diff {{pod=\"a\"}} {view}");
        let code = format!("use \"{{pod}}.pb\"; {diff} | publish {:?}", server.address());
        let published = run(&mut notebook, &code, &Cancel::new());
        assert_eq!(published.is_err(), view == "| top 5", "{published:?}");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        let body: Json = serde_json::from_slice(&request.body).expect("JSON");
        let profile = STANDARD.decode(body["profile"].as_str().expect("a text")).expect("base64");
        let profile: Json = serde_json::from_slice(&profile).expect("JSON in base64");
        assert_eq!(profile["metadata"]["format"], "double");
        // 10 + 20 + 30 before; 5 + 1 more after.
        assert_eq!((&profile["leftTicks"], &profile["rightTicks"]), (&json!(60), &json!(66)));
        let levels = &profile["flamebearer"]["levels"];
        assert_eq!(levels[1], json!([0, 60, 10, 0, 66, 11, 1]));
        // work 50 on both sides, then json 0 and 5.
        assert_eq!(levels[2], json!([10, 50, 20, 11, 50, 20, 2, 0, 0, 0, 0, 5, 5, 3]));
        assert_eq!(levels[3], json!([10 + 20, 30, 30, 11 + 20, 30, 30, 3]));
    }
}

#[test]
fn what_has_no_stacks_is_refused_and_says_so() {
    let server = Receiver::start(Answer::link("/k"));
    let mut desk = Desk::new();
    for (query, message) in [
        (
            "cpu | top 5",
            "error[type-mismatch]: `publish` needs Profiles, Tree, Diff or View, got Table",
        ),
        (
            "cpu | series",
            "error[type-mismatch]: `publish` needs Profiles, Tree, Diff or View, got Series",
        ),
        ("cpu | timeline", "error[cannot-publish]: a timeline cannot be published: it has no"),
        ("cpu | compare offset 0s", "error[cannot-publish]: a comparison cannot be published"),
        ("cpu | ignore \"main\"", "error[cannot-publish]: there are no samples to publish"),
    ] {
        let error = desk.error(&format!("{query} | publish {:?}", server.address()));
        assert!(error.starts_with(message), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn nothing_is_sent_unless_an_address_was_named() {
    let server = Receiver::start(Answer::link("/k"));
    let mut desk = Desk::new();
    let error = desk.error("cpu | publish");
    assert!(
        error.starts_with("error[no-endpoint]: `publish` needs an address to upload to"),
        "{error}"
    );
    desk.run(&format!("set publish {:?}; cpu; cpu | flame; cpu | top 5", server.address()))
        .expect("no error");
    desk.run("set publish off").expect("no error");
    assert!(desk.error("cpu | publish").contains("no-endpoint"));
    assert_eq!(server.requests().len(), 0);

    // A name that holds the address will do; so will the setting.
    desk.run(&format!("there = {:?}\nset publish there", server.address())).expect("no error");
    assert_eq!(desk.link("cpu | publish"), format!("{}/k", server.address()));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_address_is_read_before_anything_is_sent() {
    let mut desk = Desk::new();
    for address in ["host", "ftp://host", "https://me:secret@host", "https://host?key=1"] {
        let error = desk.error(&format!("cpu | publish {address:?}"));
        let message = format!("error[cannot-publish]: `{address}` is not an http or https address");
        assert!(error.starts_with(&message), "{error}");
    }
    let error = desk.error("set publish \"host\"");
    assert!(error.starts_with("error[setting-value]: `set publish` takes an address"), "{error}");
    assert!(desk.error("set publish 5").contains("`set publish` takes an address"));
}

#[test]
fn the_path_and_a_slash_may_be_written() {
    let mut desk = Desk::new();
    for (written, path) in [
        ("/", "/api/upload/v1"),
        ("/api/upload/v1/", "/api/upload/v1"),
        ("/flames/", "/flames/api/upload/v1"),
    ] {
        let server = Receiver::start(Answer::link("share/k"));
        desk.link(&format!("cpu | publish \"{}{written}\"", server.address()));
        assert_eq!(server.requests()[0].line, format!("POST {path} HTTP/1.1"));
    }
}

#[test]
fn an_error_contains_the_server_the_cause_and_a_fix() {
    let hostile = "\n \u{1b}[31m<script>disk\u{7} full\u{202e}\nat main.go:3\n";
    for (answer, message, help) in [
        (Answer::says("404 Not Found", ""), "answered 404", "check the address"),
        (Answer::says("413 Too Large", "too big"), "answered 413: `too big`", "trim 0.1%"),
        (
            Answer::says("500 Oops", hostile),
            "answered 500: `\u{fffd}[31m<script>disk\u{fffd} full\u{fffd}`",
            "its log says why",
        ),
        (
            Answer::says("200 OK", "<html>"),
            "answered, but not in JSON: `<html>`",
            "compatible with flamegraph.com",
        ),
        (
            Answer::link("javascript:alert(1)"),
            "answered without a link that can be opened: `javascript:alert(1)`",
            "compatible with flamegraph.com",
        ),
        (
            Answer::link("https://host/\"><script>"),
            "answered without a link that can be opened: `https://host/\"><script>`",
            "compatible with flamegraph.com",
        ),
        (Answer::HangsUp, "failed during the upload: ", "trim 0.1%"),
        (Answer::Babbles, "does not speak HTTP: ", "`https://`"),
    ] {
        let server = Receiver::start(answer);
        let error = Desk::new().error(&format!("cpu | publish {:?}", server.address()));
        let message = format!("error[cannot-publish]: {} {message}", server.address());
        assert!(error.starts_with(&message), "{error}\n{message}");
        assert!(error.contains("help: ") && error.contains(help), "{error}");
        assert!(!error.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{error:?}");
    }
}

#[test]
fn a_server_that_refuses_at_once_is_heard() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let names = (0..20_000).map(|n| format!("main;a_function_with_a_long_name_{n}"));
    names.fold(recorded(), |recorded, name| recorded.stack(&name, 1)).save(folder.path(), "a.pb");
    let server = Receiver::start(Answer::refuses("413 Too Large", "at most 100 kB"));
    let mut notebook = Notebook::new(folder.path().to_owned());
    let code = format!("use \"*.pb\"; cpu | publish {:?}", server.address());
    let error = run(&mut notebook, &code, &Cancel::new()).expect_err("a refusal");
    assert!(error.contains("answered 413: `at most 100 kB`"), "{error}");
}

#[test]
fn an_answer_is_not_read_without_end() {
    let server = Receiver::start(Answer::says("200 OK", vec![b' '; 1 << 20]));
    let error = Desk::new().error(&format!("cpu | publish {:?}", server.address()));
    assert!(error.contains("answered, but not in JSON"), "{error}");
}

#[test]
fn a_redirect_is_reported_and_not_followed() {
    let elsewhere = Receiver::start(Answer::link("/k"));
    for status in [301, 302, 303, 307, 308] {
        let there = format!("{status} Moved\r\nlocation: {}/api/upload/v1", elsewhere.address());
        let server = Receiver::start(Answer::says(&there, ""));
        let error = Desk::new().error(&format!("cpu | publish {:?}", server.address()));
        assert!(
            error.contains(&format!("redirects uploads to {}", elsewhere.address())),
            "{error}"
        );
    }
    assert_eq!(elsewhere.requests().len(), 0);

    let around = Receiver::start(Answer::says("302 Found\r\nlocation: /api/upload/v1", ""));
    let error = Desk::new().error(&format!("cpu | publish {:?}", around.address()));
    assert!(error.contains("redirects uploads to itself, or to no address"), "{error}");
    assert_eq!(around.requests().len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let gone = Receiver::start(Answer::Silence).address();
    let error = Desk::new().error(&format!("cpu | publish {gone:?}"));
    let message = format!("error[cannot-publish]: {gone} cannot be reached: Connection refused");
    assert!(error.starts_with(&message), "{error}");
}

#[test]
fn a_server_without_tls_is_no_secure_one() {
    let server = Receiver::start(Answer::says("400 Bad Request", ""));
    let address = server.address().replace("http://", "https://");
    let error = Desk::new().error(&format!("cpu | publish {address:?}"));
    let message = format!("error[cannot-publish]: there is no secure connection to {address}: ");
    assert!(error.starts_with(&message), "{error}");
}

#[test]
fn an_interrupt_ends_an_upload_at_once() {
    let server = Receiver::start(Answer::Silence);
    let mut desk = Desk::new();
    let cancel = Cancel::new();
    let code = format!("let kept = cpu\ncpu | publish {:?}", server.address());
    thread::scope(|scope| {
        let running = scope.spawn(|| run(&mut desk.notebook, &code, &cancel));
        server.wait();
        let interrupted = Instant::now();
        cancel.cancel();
        let error = running.join().expect("no panic").expect_err("an interrupt");
        assert!(error.starts_with("error[interrupted]"), "{error}");
        // An upload is given up after 30 s by itself.
        assert!(interrupted.elapsed() < Duration::from_secs(5));
    });
    // The whole cell is taken back.
    assert!(desk.error("kept").contains("kept"));
}

/// Total and self of one path on each side.
type Boxes = BTreeMap<Vec<String>, Vec<[u64; 2]>>;

/// The boxes of a flame graph by path, derived from their positions. Checks that every
/// box lies within its parent, and that totals add up.
fn boxes(names: &Json, levels: &[Vec<u64>], sides: usize) -> Boxes {
    struct Placed {
        path: Vec<String>,
        starts: Vec<u64>,
        totals: Vec<u64>,
        rests: Vec<u64>,
    }
    let mut found = Boxes::new();
    let mut above: Vec<Placed> = Vec::new();
    for level in levels {
        let mut here: Vec<Placed> = Vec::new();
        let mut ends = vec![0; sides];
        for numbers in level.chunks(3 * sides + 1) {
            let side =
                |n: usize| (numbers[3 * n] + ends[n], numbers[3 * n + 1], numbers[3 * n + 2]);
            let values: Vec<(u64, u64, u64)> = (0..sides).map(side).collect();
            ends = values.iter().map(|(start, total, _)| start + total).collect();
            let name = names[numbers[3 * sides] as usize].as_str().expect("a name").to_owned();
            let mut path = Vec::new();
            if !found.is_empty() {
                let parent = above.iter_mut().find(|parent| {
                    values.iter().enumerate().all(|(n, (start, total, _))| {
                        let (from, to) = (parent.starts[n], parent.starts[n] + parent.totals[n]);
                        from <= *start && start + total <= to
                    })
                });
                let parent = parent.unwrap_or_else(|| panic!("{name} lies on no box"));
                path = parent.path.clone();
                path.push(name);
                values.iter().enumerate().for_each(|(n, value)| parent.rests[n] -= value.1);
            } else {
                assert_eq!(name, "total");
            }
            // A box that the server left out may appear twice, once per side.
            let merged = path.last().is_some_and(|name| name == "other");
            let known = found.entry(path.clone()).or_insert_with(|| vec![[0; 2]; sides]);
            assert!(merged || known.iter().all(|side| *side == [0; 2]), "{path:?} is there twice");
            for (side, (_, total, own)) in known.iter_mut().zip(&values) {
                *side = [side[0] + total, side[1] + own];
            }
            here.push(Placed {
                path,
                starts: values.iter().map(|value| value.0).collect(),
                totals: values.iter().map(|value| value.1).collect(),
                rests: values.iter().map(|value| value.1 - value.2).collect(),
            });
        }
        let whole = above.iter().all(|parent| parent.rests.iter().all(|rest| *rest == 0));
        assert!(whole, "children and self are the total");
        above = here;
    }
    found
}

/// A tree with the self values of one side.
fn tree(boxes: &Boxes, side: usize) -> Tree {
    let mut symbols = Symbols::new();
    let mut values = vec![0.0];
    for (path, sides) in boxes {
        let frames: Vec<_> = path.iter().map(|name| symbols.intern_named_frame(name)).collect();
        let stacks = std::sync::Arc::make_mut(&mut symbols.stacks);
        let stack = frames.into_iter().fold(StackId::EMPTY, |at, frame| stacks.intern(at, frame));
        values.resize(symbols.stacks.len(), 0.0);
        values[stack.index()] = sides[side][1] as f64;
    }
    let whole = values.iter().sum();
    Tree::new(symbols, values, whole, Unit::Nanoseconds, Work::unattended()).expect("no interrupt")
}

/// A Pyroscope server's answer, drawn by us: it has the same boxes, totals and ticks.
#[test]
fn our_flame_graphs_are_those_of_a_pyroscope_server() {
    let Some(folder) = recordings() else { return };
    for (file, sides) in [
        ("2.0.2/cpu-flame-64-nodes.json-body.resp", 1),
        ("2.2.1/cpu-flame-64-nodes.json-body.resp", 1),
        ("2.2.1/inuse-space-flame-64-nodes.json-body.resp", 1),
        ("2.2.1/diff.json-body.resp", 2),
    ] {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        let answer: Json = serde_json::from_slice(&bytes).expect(file);
        let theirs = &answer["flamegraph"];
        let number = |value: &Json| -> u64 {
            let text = value.as_str().expect("numbers are texts there");
            text.parse().expect("a whole number")
        };
        let levels = theirs["levels"].as_array().expect("levels");
        let levels: Vec<Vec<u64>> = levels
            .iter()
            .map(|level| level["values"].as_array().expect("values").iter().map(number).collect())
            .collect();
        let expected = boxes(&theirs["names"], &levels, sides);
        assert!(expected.len() > 50, "{file} has {} boxes", expected.len());

        let ours = match sides {
            1 => of_tree(&tree(&expected, 0), "cpu".to_owned(), Work::unattended()),
            _ => {
                let (before, after) = (tree(&expected, 0), tree(&expected, 1));
                let diff = Diff::align(before, after, Mode::Share, [1.0; 2], Work::unattended())
                    .expect("no interrupt");
                of_diff(&diff, "cpu".to_owned(), Work::unattended())
            }
        };
        let ours = ours.expect("a profile").json;
        let graph = &ours["flamebearer"];
        let levels: Vec<Vec<u64>> =
            serde_json::from_value(graph["levels"].clone()).expect("levels of numbers");
        assert_eq!(boxes(&graph["names"], &levels, sides), expected, "{file}");
        assert_eq!(graph["numTicks"], number(&theirs["total"]), "{file}");
        assert_eq!(graph["maxSelf"], number(&theirs["maxSelf"]), "{file}");
        if sides == 2 {
            assert_eq!(ours["leftTicks"], number(&theirs["leftTicks"]));
            assert_eq!(ours["rightTicks"], number(&theirs["rightTicks"]));
        }
    }
}

/// The folder of the recordings. If it is missing, the test says so, and fails in CI.
fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/pyroscope");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no recordings in {}", folder.display());
    eprintln!("skipped: no recordings in {}", folder.display());
    None
}
