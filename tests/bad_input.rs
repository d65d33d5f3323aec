//! Bad input that a session must survive: broken files, extreme files, hostile queries.
//!
//! Each case gives a right answer, or an error that names the file or the place.
//! Afterwards the same session answers an ordinary query.

use std::io::Write;
use std::path::Path;

use flamebook::view;
use flamebook::work::Work;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::answered::decoded;
use crate::cells::{self, Cells};
use crate::recording::{self, Recording, message, number};

const DEEP: usize = 10_000;

fn good() -> Recording {
    Recording::of("cpu", "nanoseconds").at(1_767_225_600).lasting(10).stack("main;f", 10)
}

/// A folder with one good file, and a session shared by all cases.
struct Case {
    folder: tempfile::TempDir,
    cells: Cells,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().expect("a scratch folder");
        good().save(folder.path(), "good.pb");
        let cells = Cells::over(folder.path(), "good.pb");
        Case { folder, cells }
    }

    fn with(self, name: &str, bytes: &[u8]) -> Case {
        recording::write(self.folder.path(), name, bytes);
        self
    }

    /// Opening the file fails with a reason, and the session continues.
    #[track_caller]
    fn refuses(&mut self, pattern: &str, reason: &str) {
        let report = self.cells.error(&format!("use {pattern:?}"));
        assert!(report.contains(reason), "{pattern}: {reason:?} is not in\n{report}");
        assert!(report.contains(pattern), "{pattern} is not in\n{report}");
        self.still_answers();
    }

    /// Beside a good file, the bad file is skipped, and the header says so.
    #[track_caller]
    fn skips(&mut self, name: &str, reason: &str) {
        let opened = self.cells.run(r#"use "*.pb*""#);
        let skipped = &opened[0].header.skipped;
        let found = skipped.iter().find(|skipped| skipped.path.ends_with(name));
        let found = found.unwrap_or_else(|| panic!("{name} is not among {skipped:?}"));
        assert!(found.reason.contains(reason), "{name}: {}", found.reason);
        let result = self.cells.run("cpu | top").pop().expect("a result");
        assert_eq!(result.header.skipped.len(), skipped.len(), "the header of a query counts, too");
        assert!(
            view::html(&result, Work::unattended()).expect("no interrupt").contains(name),
            "the page names {name}"
        );
        self.still_answers();
    }

    #[track_caller]
    fn still_answers(&mut self) {
        assert_eq!(self.cells.number(r#"self("f", cpu)"#), 10.0);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes what it is given");
    encoder.finish().expect("memory takes what it is given")
}

/// Files with which the fuzzer covers most of the readers, and files that once broke one.
#[test]
fn every_file_of_the_corpus_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/formats");
    let files = std::fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file"));
    let read = files.map(|file| decoded(&std::fs::read(file.path()).expect("a file")));
    assert!(read.count() > 50, "the corpus is found");
}

#[test]
fn files_that_are_no_profiles_are_named_with_a_reason() {
    let whole = gzip(&good().bytes());
    for (name, bytes, reason) in [
        ("empty.pb.gz", Vec::new(), "empty"),
        ("cut.pb.gz", whole[..whole.len() / 2].to_vec(), "gzip"),
        (
            "notes.pb",
            b"Dear diary,\ntoday I profiled nothing.\n".to_vec(),
            "starts with `Dear diary,",
        ),
        ("zeros.pb", vec![0; 4096], "; looked for "),
        ("page.pb.gz", gzip(b"<!DOCTYPE html><title>502</title>"), "it looks like a web page"),
    ] {
        let mut case = Case::new().with(name, &bytes);
        case.refuses(name, reason);
        case.skips(name, reason);
    }
}

#[test]
fn what_a_file_may_unpack_to_can_be_changed() {
    let mut case = Case::new().with("packed.pb.gz", &gzip(&good().bytes()));
    case.cells.run("set unpack 10B");
    case.refuses("packed.pb.gz", "more than the 10 B that `set unpack` allows");
    case.skips("packed.pb.gz", "more than the 10 B that `set unpack` allows");
    case.cells.run("set unpack default");
    assert!(case.cells.run(r#"use "packed.pb.gz""#)[0].header.skipped.is_empty());
    for (value, fix) in [("8", "a size"), ("1h", "a size"), ("\"8GiB\"", "8GiB"), ("big", "8GiB")] {
        let report = case.cells.error(&format!("set unpack {value}"));
        assert!(report.contains(fix), "{report}");
    }
    case.cells.run(r#"use "good.pb""#);
    case.still_answers();
}

#[test]
fn a_pattern_without_a_match_and_a_folder_that_cannot_be_read_are_errors() {
    let mut case = Case::new();
    case.refuses("nothing/*.pb.gz", "no file matches");
    case.refuses("[", "[");
    let locked = case.folder.path().join("locked");
    std::fs::create_dir(&locked).expect("a scratch folder");
    lock(&locked);
    match std::fs::read_dir(&locked) {
        Err(_) => case.refuses("locked/*.pb", "ermission denied"),
        Ok(_) => eprintln!("skipped: the superuser reads a locked folder, too"),
    }
}

#[cfg(unix)]
fn lock(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(folder, nobody).expect("a folder of our own");
}

#[cfg(not(unix))]
fn lock(_: &Path) {}

#[test]
fn a_profile_without_samples_is_an_empty_answer() {
    let empty = Recording::of("wall", "nanoseconds").at(1_767_225_600).lasting(10);
    let mut case = Case::new().with("idle.pb", &empty.bytes());
    case.cells.run(r#"use "idle.pb" as idle"#);
    assert_eq!(case.cells.table("wall from idle | top").height(), 0);
    for view in ["flame", "icicle", "tree", "timeline", "series", "labels", "describe", "functions"]
    {
        render_all(&mut case.cells, &format!("wall from idle | {view}"));
    }
    case.cells.run(r#"use "good.pb""#);
    case.still_answers();
}

#[test]
fn stacks_ten_thousand_frames_deep_are_added_up_and_drawn() {
    let names: Vec<String> = (0..DEEP).map(|level| format!("f{level}")).collect();
    let path: Vec<&str> = names.iter().map(String::as_str).collect();
    let recursion = vec!["fib"; DEEP];
    let deep = Recording::of("cpu", "nanoseconds")
        .at(1_767_225_600)
        .lasting(10)
        .path(&path, 7, &[("endpoint", "/deep")])
        .path(&recursion, 10, &[]);
    let mut case = Case::new().with("deep.pb", &deep.bytes());
    case.cells.run(r#"use "deep.pb""#);
    let table = case.cells.table("cpu | top 100000 by total");
    assert_eq!(table.height(), DEEP + 1);
    assert_eq!(cells::text(&table, "function", 0), "fib");
    assert_eq!(cells::figure(&table, "total", 0), 10.0);
    assert_eq!(cells::figure(&table, "total", DEEP), 7.0);
    assert_eq!(case.cells.number(r#"total("f0" >> "f9999", cpu)"#), 7.0);
    assert_eq!(case.cells.number(r#"total("fib" > "fib", cpu)"#), 10.0);
    for stages in [
        "flame",
        "icicle",
        "tree",
        "top",
        "functions",
        "timeline",
        r#"focus "f1" >> "f5000" | flame"#,
        r#"hide "f5*" | flame"#,
        r#"show "f5*" | tree"#,
        r#"show_from "f5000" | flame"#,
        r#"prune_from "f5000" | flame"#,
        r#"callers "f9999" | flame"#,
        r#"callees "fib" | tree"#,
        "collapse recursion | flame",
        "granularity line | flame",
        "tagroot (endpoint) | flame",
        "tagleaf (endpoint) | tree",
        "trim 1% | flame",
        "by (endpoint) | table",
    ] {
        render_all(&mut case.cells, &format!("cpu | {stages}"));
    }
    case.cells.run(r#"use "good.pb""#);
    case.still_answers();
}

/// Renders every result of a cell in every form.
fn render_all(cells: &mut Cells, code: &str) {
    for outcome in cells.run(code) {
        assert!(
            !view::html(&outcome, Work::unattended()).expect("no interrupt").is_empty(),
            "{code}"
        );
        assert!(
            !view::plain(&outcome, view::Screen::CELL, Work::unattended())
                .expect("no interrupt")
                .is_empty(),
            "{code}"
        );
    }
}

#[test]
fn a_file_of_a_hundred_megabytes_is_read() {
    const SIZE: usize = 100 << 20;
    // Nine bytes per sample: functions 1 (the leaf) and 2, value 3, no labels.
    let sample = message(2, &[number(1, 1), number(1, 2), number(2, 3)].concat());
    let count = SIZE / sample.len() + 1;
    let big = Recording::of("cpu", "nanoseconds").at(1_767_225_600).lasting(10).stack("main;f", 3);
    let bytes = big.with(&sample.repeat(count - 1)).bytes();
    assert!(bytes.len() >= SIZE);
    let mut case = Case::new().with("big.pb", &bytes);
    drop(bytes);
    case.cells.run(r#"use "big.pb""#);
    assert_eq!(case.cells.number(r#"self("f", cpu)"#), 3.0 * count as f64);
    case.cells.run(r#"use "good.pb""#);
    case.still_answers();
}

#[test]
fn a_hundred_megabytes_of_something_else_are_refused_at_once() {
    let mut case = Case::new().with("noise.pb", &vec![0xff; 100 << 20]);
    case.refuses("noise.pb", "; looked for ");
}

#[test]
fn names_that_are_not_utf_8_are_read_and_drawn() {
    // Location 9 has function 9, whose name is the string at index 4.
    let function = message(5, &[number(1, 9), number(2, 4)].concat());
    let location = message(4, &[number(1, 9), message(4, &number(1, 9))].concat());
    let sample = message(2, &[number(1, 9), number(2, 5)].concat());
    let strings = ["", "cpu", "nanoseconds"].iter().flat_map(|text| message(6, text.as_bytes()));
    let strings = strings.chain(message(6, b"unused")).chain(message(6, b"caf\xe9<script>"));
    let header = message(1, &[number(1, 1), number(2, 2)].concat());
    let bytes =
        [header, sample, location, function, strings.collect(), number(9, 1 << 60)].concat();
    let mut case = Case::new().with("latin.pb", &bytes);
    case.cells.run(r#"use "latin.pb""#);
    let table = case.cells.table("cpu | top");
    assert_eq!(cells::text(&table, "function", 0), "caf\u{fffd}<script>");
    let page =
        view::html(&case.cells.run("cpu | flame")[0], Work::unattended()).expect("no interrupt");
    assert!(!page.contains("\u{fffd}<script"), "a name is never markup");
    assert!(page.contains("caf\u{fffd}&lt;script&gt;"), "the name is there all the same");
    case.cells.run(r#"use "good.pb""#);
    case.still_answers();
}

#[test]
fn ids_may_skip() {
    let header = message(1, &[number(1, 1), number(2, 2)].concat());
    let names = ["", "cpu", "nanoseconds", "f", "g"];
    let strings: Vec<u8> = names.iter().flat_map(|text| message(6, text.as_bytes())).collect();
    let mut bytes = [header, strings].concat();
    for (id, name) in [(7, 3), (1 << 40, 4)] {
        bytes.extend(message(5, &[number(1, id + 1), number(2, name)].concat()));
        bytes.extend(message(4, &[number(1, id), message(4, &number(1, id + 1))].concat()));
    }
    bytes.extend(message(2, &[number(1, 7), number(1, 1 << 40), number(2, 5)].concat()));
    let mut case = Case::new().with("gaps.pb", &bytes);
    case.cells.run(r#"use "gaps.pb""#);
    assert_eq!(case.cells.number(r#"self("f", cpu)"#), 5.0);
    assert_eq!(case.cells.number(r#"total("g" > "f", cpu)"#), 5.0);
}

#[test]
fn an_index_out_of_range_is_refused_with_its_offset() {
    let bytes = good().bytes();
    for (what, field) in [
        ("a location", message(2, &[number(1, 99), number(2, 5)].concat())),
        ("a name", message(5, &[number(1, 1), number(2, 9999)].concat())),
        ("a function", message(4, &[number(1, 1), message(4, &number(1, 77))].concat())),
        ("a sample type", message(1, &[number(1, 9999), number(2, 1)].concat())),
        ("a huge index", message(5, &[number(1, 1), number(2, u64::MAX)].concat())),
        ("a length beyond the end", [0x12, 0xff, 0xff, 0xff, 0x7f].to_vec()),
    ] {
        let mut case = Case::new().with("index.pb", &[bytes.clone(), field].concat());
        let report = case.cells.error(r#"use "index.pb""#);
        assert!(report.contains("index.pb") && report.contains("byte"), "{what}: {report}");
        case.still_answers();
    }
}

/// A query of `size` bytes: `head`, then `piece` again and again, then `tail`.
fn long(head: &str, piece: &str, tail: &str, size: usize) -> String {
    format!("{head}{}{tail}", piece.repeat(size / piece.len() + 1))
}

#[test]
fn a_query_of_a_megabyte_is_answered_or_refused() {
    const SIZE: usize = 1 << 20;
    let mut case = Case::new();
    for (head, piece, tail) in [
        ("#", "x", ""),
        ("", ";", ""),
        ("", "\n", ""),
        ("", "$", ""),
        ("", "\"", ""),
        ("", "cpu ", ""),
        ("", "| ", ""),
        // Each of these is an answer, and each answer becomes `_`.
        ("cpu", "\n_", ""),
        ("", "let a = 1\n", ""),
        ("cpu", " | top", ""),
        ("cpu | focus \"f", "f", "\""),
        ("cpu | focus \"f\"", " or \"f\"", ""),
        ("cpu | focus \"f\"", " >> \"f\"", ""),
        ("cpu | focus ~\"", "(a|b)*", "\""),
        ("cpu{", "a=\"1\",", "}"),
        ("1", "+1", ""),
        ("1", " - 1 * 2", ""),
        ("assert true", " and true", ""),
        ("[1", ",1", "]"),
    ] {
        answers_or_refuses(&mut case, &long(head, piece, tail, SIZE));
    }
}

#[test]
fn nesting_ten_thousand_deep_is_refused_and_not_a_crash() {
    let mut case = Case::new();
    for (open, middle, close) in [
        ("(", "cpu", ")"),
        ("[", "1", "]"),
        ("{", "", "}"),
        ("-", "1", ""),
        ("(1 + ", "1", ")"),
        ("not ", "true", ""),
        ("assert not (", "1 < 2", ")"),
        ("total(\"f\", (", "cpu", "))"),
        ("cpu | focus (", "\"f\"", ")"),
        ("cpu | focus not ", "\"f\"", ""),
        ("let a = ", "1", ""),
    ] {
        // The verb is said once, what nests is repeated.
        let (head, open) =
            open.rsplit_once("focus ").map_or(("", open), |(_, nested)| ("cpu | focus ", nested));
        let code = format!("{head}{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP));
        answers_or_refuses(&mut case, &code);
        // And with the end missing.
        answers_or_refuses(&mut case, &format!("{head}{}", open.repeat(DEEP)));
    }
}

/// The error report is short, and the session continues.
fn answers_or_refuses(case: &mut Case, code: &str) {
    let start: String = code.chars().take(40).collect();
    if let Err(errors) = case.cells.try_run(code) {
        assert!(!errors.is_empty(), "{start}");
        let report = cells::report(&errors[..1], code);
        assert!(report.len() < 10_000, "{start}: a report of {} bytes", report.len());
    }
    case.still_answers();
}

#[test]
fn the_address_of_a_file_is_refused_with_a_way_out() {
    let mut case = Case::new();
    let address = "https://example.test/cpu.pb.gz";
    case.refuses(address, "files and stores are read on this machine");
    let report = case.cells.error(&format!("use {address:?}"));
    assert!(!report.contains("bad-glob") && report.contains("download"), "{report}");
}
