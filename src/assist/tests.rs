//! Tests of completion and inspection; `$0` marks the cursor.

use super::*;
use crate::lang::help::Section;
use crate::lang::types::Type;
use crate::lang::{Scope, WORKED, is_complete};

/// Test data about a shop; some answers show what was asked.
struct Shop;

impl Scope for Shop {
    fn variable(&self, name: &str) -> Option<Type> {
        match name {
            "heap" => Some(Type::UNGROUPED),
            "gc" => Some(Type::Pattern),
            "service" => Some(Type::Text),
            "found" => Some(Type::Table),
            _ => None,
        }
    }

    fn variables(&self) -> Vec<String> {
        ["heap", "gc", "service", "found"].map(str::to_owned).into()
    }
}

fn all(names: &[(&str, &str)]) -> Vec<Named> {
    names.iter().map(|(text, figure)| Named::new(*text, *figure)).collect()
}

impl Names for Shop {
    fn profile_types(&self) -> Vec<Named> {
        all(&[("cpu", "ns"), ("inuse_space", "bytes")])
    }

    fn recorded_types(&self) -> Vec<Named> {
        all(&[("cpu-time", "ns"), ("inuse_space", "bytes")])
    }

    fn labels(&self, of: Option<&Subject>) -> Vec<Named> {
        let is = |text: &str| of.is_some_and(|of| of.to_string() == text);
        if is("inuse_space{service=\"cart\"}[1h]") {
            return all(&[("shard", "")]);
        }
        all(&[("service", "100%"), ("pod", "80%"), ("version", "5%"), ("span id", "1%")])
    }

    fn values(&self, of: Option<&Subject>, label: &str) -> Vec<Named> {
        match (label, of.map(Subject::to_string).as_deref()) {
            ("pod", Some("cpu{version=\"2\"}")) => all(&[("b", "60%"), ("a", "40%")]),
            ("pod", _) => all(&[("a", "90%"), ("b", "10%")]),
            ("version", _) => all(&[("2", ""), ("1", "")]),
            ("odd", _) => all(&[("say \"hi\"", ""), ("C:\\temp", ""), ("a\\.b", "")]),
            _ => Vec::new(),
        }
    }

    fn frames(&self, of: Option<&Subject>, field: &str, holding: &str) -> Vec<Named> {
        let names = match field {
            "function" | "package" if of.is_some_and(|of| !of.stages.is_empty()) => {
                &["what.is left of it"][..]
            }
            "function" => {
                &["encoding/json.Marshal", "main.(*Store).Put", "std::vec::Vec<T>::push"][..]
            }
            "package" => &["encoding/json", "main"],
            _ => &[],
        };
        let held = names.iter().filter(|name| name.contains(holding));
        held.map(|name| Named::new(*name, "")).collect()
    }

    fn columns(&self, variable: &str) -> Vec<Named> {
        if variable == "found" { all(&[("weight", "ns")]) } else { Vec::new() }
    }

    fn unit(&self, _: &Subject) -> Option<String> {
        Some("ns".to_owned())
    }

    fn sources(&self) -> Vec<String> {
        vec!["prod".to_owned()]
    }

    fn edges(&self) -> Option<(String, String)> {
        Some(("2026-03-01T10:00:00Z".to_owned(), "2026-03-01T11:00:00Z".to_owned()))
    }

    fn paths(&self, typed: &str) -> Vec<String> {
        if "profiles/".starts_with(typed) { vec!["profiles/".to_owned()] } else { Vec::new() }
    }

    fn facts(&self, of: Option<&Subject>, about: About<'_>) -> Vec<Section> {
        let known = match about {
            About::Label(label) => ["service", "pod", "version"].contains(&label),
            About::Value { label, value } => label == "version" && value == "1",
            About::Function(name) => name == "main.(*Store).Put",
            About::Variable(_) | About::Type(_) => true,
        };
        let asked = of.map(Subject::to_string).unwrap_or_default();
        let entries = vec![("asked".to_owned(), asked)];
        if known { vec![Section { heading: "Facts", entries }] } else { Vec::new() }
    }
}

/// The cursor in code points, and the code without its marker.
fn cursor(marked: &str) -> (usize, String) {
    let at = marked.find("$0").expect("a cursor");
    (marked[..at].chars().count(), marked.replace("$0", ""))
}

/// The completions at `$0`.
fn offered(marked: &str) -> Vec<String> {
    let (cursor, code) = cursor(marked);
    complete(&code, cursor, &Shop).items.into_iter().map(|item| item.text).collect()
}

/// The code after the first completion was accepted.
fn taken(marked: &str) -> String {
    let (cursor, code) = cursor(marked);
    let found = complete(&code, cursor, &Shop);
    let points: Vec<char> = code.chars().collect();
    let part = |points: &[char]| points.iter().collect::<String>();
    let text = &found.items.first().unwrap_or_else(|| panic!("an offer at {marked}")).text;
    part(&points[..found.start]) + text + &part(&points[found.end..])
}

#[track_caller]
fn check(marked: &str, expected: &[&str]) {
    assert_eq!(offered(marked), expected, "{marked}");
}

/// Checks the first completions.
#[track_caller]
fn check_first(marked: &str, expected: &[&str]) {
    let found = offered(marked);
    assert_eq!(&found[..expected.len().min(found.len())], expected, "{marked}");
}

#[test]
fn a_statement_starts_with_names_verbs_or_keywords() {
    check("c$0", &["cpu"]);
    check("he$0", &["heap", "help"]);
    check("inu$0", &["inuse_space"]);
    check("le$0", &["let"]);
    check_first("$0", &["found", "gc", "heap", "service", "cpu", "inuse_space", "types"]);
    check("let a = cpu\nlet b = 1h\nb$0", &["b"]);
}

#[test]
fn labels_are_those_of_the_selection_that_are_not_used() {
    let every = ["service", "pod", "version", "\"span id\""];
    check("cpu{$0", &every);
    check("cpu{service=\"a\", v$0", &["version"]);
    check("cpu{pod=\"a\", $0", &["service", "version", "\"span id\""]);
    check("inuse_space{service=\"cart\"}[1h] | by ($0", &["shard"]);
    check("let c = inuse_space{service=\"cart\"}[1h]\nc | by ($0", &["shard"]);
    check("cpu | by ($0", &every);
    check("cpu | by (pod, $0", &["service", "version", "\"span id\""]);
    check("cpu | tagroot ($0", &every);
    check_first("cpu | timeline by ($0", &every);
    check("values v$0", &["version"]);
    check("cpu | values p$0", &["pod"]);
    check("cpu{\"sp$0", &["\"span id\""]);
    check("{\"cpu-time\", $0", &every);
    check("{\"cpu-time\", service=\"a\", v$0", &["version"]);
}

#[test]
fn braces_without_a_type_take_one_in_quotes() {
    check("{\"cpu$0", &["\"cpu-time\""]);
    check("{cpu$0", &["\"cpu-time\""]);
    assert_eq!(taken("{\"cp$0\"}"), "{\"cpu-time\"}");
    let of = |marked: &str| offered(marked).contains(&"\"cpu-time\"".to_owned());
    assert!(of("{$0") && !of("cpu{$0") && !of("cpu | hide {$0") && !of("{\"a\", $0"));
}

#[test]
fn values_match_the_other_matchers() {
    check_first("cpu{version=\"2\", pod=$0", &["\"b\"", "\"a\""]);
    check_first("cpu{pod=$0", &["\"a\"", "\"b\""]);
    check("cpu{version=\"1$0\"}", &["\"1\""]);
    check("cpu{version=~'1$0", &["\"1\""]);
    check("cpu{pod=s$0", &["service"]);
}

#[test]
fn awkward_text_survives() {
    check("cpu{odd=\"sa$0", &[r#""say \"hi\"""#]);
    check(r#"cpu{odd="say \"h$0"#, &[r#""say \"hi\"""#]);
    check("cpu{odd='say \"h$0", &[r#""say \"hi\"""#]);
    check(r#"cpu{odd="C:\\$0"#, &[r#""C:\\temp""#]);
    check(r"cpu{odd=`C:\$0", &[r#""C:\\temp""#]);
    check(r#"cpu{odd="a\.$0"#, &[r#""a\.b""#]);
    assert_eq!(taken(r#"cpu{odd="say$0"}"#), r#"cpu{odd="say \"hi\""}"#);
    assert_eq!(
        taken("cpu | focus \"encoding/$0Mar\" | flame"),
        "cpu | focus \"encoding/json.Marshal\" | flame"
    );
    assert_eq!(taken("cpu{version=\"2$0, pod=\"a\"}"), "cpu{version=\"2\", pod=\"a\"}");
}

#[test]
fn after_a_selection_its_parts_are_offered() {
    check("cpu{version=\"1\"}$0", &["[1h]", "[6h:5m]", " offset 1d", " from prod", " | "]);
    check("cpu{version=\"1\"}[1h] $0", &["offset 1d", "from prod", "| "]);
    check("cpu{version=\"1\"}[1h] off$0", &["offset 1d"]);
    check("cpu from p$0", &["prod"]);
}

#[test]
fn ranges_and_offsets_take_durations_and_the_edges_of_the_data() {
    let durations = ["5m", "15m", "1h", "6h", "1d"];
    let edges = ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "now", "start()", "end()"];
    check("cpu[$0", &[&durations[..], &edges].concat());
    check("cpu[2026-03$0", &edges[..2]);
    check("cpu[1$0", &["15m", "1h", "1d"]);
    check("cpu offset $0", &durations);
    check("cpu @ $0", &edges);
    check("cpu[2026-03-01 .. $0", &edges);
}

#[test]
fn a_stage_takes_the_verbs_of_its_type() {
    check("cpu | foc$0", &["focus"]);
    check("cpu | callers \"x\" | ta$0", &[]);
    check("cpu | top 5 | ta$0", &["take"]);
    check("cpu | by (pod) | tab$0", &["table"]);
    check("cpu | flame | $0", &["describe", "assert", "save", "publish"]);
    check("let a = (cpu | callers \"x\" | ic$0", &["icicle"]);
    check("cpu | focsu\ncpu | top 5 | ta$0", &["take"]);
    check("\"é\"; cpu | ignor$0 # x", &["ignore"]);
    let (cursor, code) = cursor("cpu | foc$0");
    let item = &complete(&code, cursor, &Shop).items[0];
    assert_eq!(item.signature, "focus P · Keeps only the stacks with a match.");
}

#[test]
fn stacks_are_functions_packages_patterns_and_fields() {
    let functions =
        ["\"encoding/json.Marshal\"", "\"main.(*Store).Put\"", "\"std::vec::Vec<T>::push\""];
    let packages = ["\"encoding/json.*\"", "\"main.*\"", "\"std::vec::*\""];
    let everything = [&functions[..], &packages, &["gc"]].concat();
    check_first("cpu | focus $0", &everything);
    check_first("cpu | focus \"a\" >> $0", &everything);
    check_first("cpu | where self($0", &everything);
    check("cpu | focus \"jso$0", &["\"encoding/json.Marshal\"", "\"encoding/json.*\""]);
    check_first("cpu | focus \"main.*\" | hide $0", &["\"what.is left of it\""]);
    check("cpu | focus \"main.*\" | hide {package=$0", &["\"what.is left of it\""]);
    check_first("cpu | focus {$0", &["function", "package", "file"]);
    check("cpu | focus {pack$0", &["package"]);
    check("cpu | focus {po$0", &["pod"]);
    check("cpu | hide {package=$0", &["\"encoding/json\"", "\"main\""]);
    check_first("cpu{version=\"2\"} | hide {package=\"x\", pod=$0", &["\"b\"", "\"a\""]);
    check("cpu | hide {kind=$0", &["\"kernel\"", "\"native\"", "\"interpreted\"", "\"jit\""]);
}

#[test]
fn a_comparison_offers_selections_and_parts_that_may_differ() {
    let expected =
        ["heap", "offset 1d", "offset 1h", "{service=", "{pod=", "{version=", "{\"span id\"="];
    check_first("cpu | diff $0", &expected);
    check_first("cpu | compare $0", &expected);
    check("cpu{version=\"2\"} | diff {ver$0", &["version"]);
    check_first("cpu{version=\"2\", pod=\"b\"} | diff {pod=$0", &["\"a\"", "\"b\""]);
    check_first("let one = cpu\ncpu | diff o$0", &["one", "offset 1d"]);
}

#[test]
fn columns_are_those_of_the_table_with_units() {
    check("cpu | top 10 by $0", &["self", "total"]);
    check("cpu | diff offset 1d | top 10 by de$0", &["delta", "delta_amount", "delta_share"]);
    let columns = ["self", "self_share", "total", "total_share", "function"];
    check("cpu | top 5 | sort $0", &[&columns[..], &["self_margin", "total_margin"]].concat());
    check("cpu | by (pod) | table | sort p$0", &["pod", "profiles"]);
    check("cpu | top | extend twice = self | sort tw$0", &["twice"]);
    check("cpu | top | select self, function | sort $0", &["self", "function"]);
    check("found | sort $0", &["weight"]);
    check("cpu | diff offset 1d | where gr$0", &["growth", "growth("]);
    check("cpu | top 5 | where to$0", &["total", "total_share", "total_margin"]);
    check("cpu | by (pod) | where p$0", &["pod"]);
    check("cpu | by (pod) | where total$0", &["total("]);
    let (cursor, code) = cursor("cpu | top 5 | sort self$0");
    assert_eq!(complete(&code, cursor, &Shop).items[0].signature, "ns");
}

#[test]
fn paths_files_settings_topics_and_options_are_offered() {
    check("use \"de$0", &["\"demo:\""]);
    check("use \"pro$0", &["\"profiles/\""]);
    check_first("cpu | top 5 | save \"$0\"", &["\"profile.csv\"", "\"profile.parquet\""]);
    check("cpu | flame | save \"cart.s$0", &["\"cart.svg\"", "\"cart.speedscope.json\""]);
    check("set r$0", &["range"]);
    check("set range $0", &["5m", "15m", "1h", "6h", "1d", "all"]);
    check_first("set now $0", &["newest", "2026-03-01T10:00:00Z"]);
    check("set gauge inu$0", &["inuse_space"]);
    check("set publish o$0", &["off"]);
    check("set unpack $0", &["8GiB", "16GiB", "default"]);
    check("set history $0", &["512MiB", "1GiB", "default"]);
    check("set memory $0", &["2GiB", "8GiB", "default"]);
    check("help focu$0", &["focus"]);
    check("help unknown-la$0", &["unknown-label"]);
    check("?focu$0", &["focus"]);
    check("help off$0", &["offset"]);
    check_first("help $0", &["@"]);
    check("cpu | diff offset 1d mo$0", &["mode=share", "mode=amount", "mode=rate"]);
    check("cpu | diff offset 1d mode=$0", &["share", "amount", "rate"]);
    check("cpu | granularity l$0", &["line"]);
    check("cpu | trim $0", &["1%", "0.5%", "5%"]);
}

#[test]
fn a_comment_and_a_free_text_take_nothing() {
    check("cpu # $0", &[]);
    check("cpu | assert self(\"x\") < 5%, \"$0", &[]);
    check("let $0", &[]);
}

#[test]
fn positions_are_code_points() {
    // A family emoji is five code points; the combining accent is one more.
    assert_eq!(taken("cpu{a=\"👨‍👩‍👧 e\u{301}\", pod=$0}"), "cpu{a=\"👨‍👩‍👧 e\u{301}\", pod=\"a\"}");
    assert_eq!(taken("\"🔥🔥\"; cpu | foc$0"), "\"🔥🔥\"; cpu | focus");
    let page = inspect("cpu{a=\"👨‍👩‍👧\"} | focus \"x\"", 17, &Shop).expect("a page");
    assert_eq!(page.title, "focus P");
}

#[test]
fn a_word_is_explained() {
    for (marked, title) in [
        ("cpu | foc$0us \"x\"", Some("focus P")),
        ("cpu | where self$0(\"x\") > 1", Some("self(P[, q])")),
        ("cpu | by (pod) | where val$0ue > 1", Some("value")),
        ("hea$0p | flame", Some("heap")),
        ("cp$0u", Some("cpu")),
        ("{\"cpu-$0time\"}", Some("cpu-time")),
        ("cpu{ver$0sion=\"1\"}", Some("version")),
        ("cpu{version=\"$01\"}", Some("version=\"1\"")),
        ("cpu | diff {version=\"$01\"}", Some("version=\"1\"")),
        ("cpu | by (ver$0sion)", Some("version")),
        ("cpu | focus \"main.$0(*Store).Put\"", Some("main.(*Store).Put")),
        ("cpu | hide {pack$0age=\"x\"}", Some("package")),
        ("cpu | hide {po$0d=\"x\"}", Some("pod")),
        ("cpu | diff offset 1d mo$0de=share", Some("diff … mode=")),
        ("set ran$0ge 1h", Some("set range")),
        ("help unknown-la$0bel", Some("error: unknown-label")),
        ("le$0t a = 1", Some("let name = query")),
        ("let a = cpu | rate\na$0 | flame", Some("a")),
        ("cpu | by (nonsen$0se)", None),
        ("cpu{version=\"9$0\"}", None),
        ("5 $0", None),
    ] {
        let (cursor, code) = cursor(marked);
        let page = inspect(&code, cursor, &Shop);
        assert_eq!(page.map(|page| page.title).as_deref(), title, "{marked}");
    }
}

#[test]
fn figures_are_of_the_selection_around_the_word() {
    for (marked, asked) in [
        ("cpu{pod=\"a\", version=\"$01\"}", "cpu{pod=\"a\"}"),
        ("cpu{pod=\"a\"}[1h] | focus \"main.(*Store).P$0ut\"", "cpu{pod=\"a\"}[1h]"),
        ("let s = cpu{pod=\"a\"}\ns[1h] | by (ver$0sion)", "cpu{pod=\"a\"}[1h]"),
        ("cpu{pod=\"a\"} | diff {pod=\"b\", version=\"1$0\"}", "cpu{pod=\"b\"}"),
    ] {
        let (cursor, code) = cursor(marked);
        let page = inspect(&code, cursor, &Shop).unwrap_or_else(|| panic!("a page: {marked}"));
        assert_eq!(page.sections[0].entries[0].1, asked, "{marked}");
    }
    for (marked, asked) in [
        ("cpu | focus \"main.*\" | hide \"main.(*Store).P$0ut\"", "cpu | focus \"main.*\""),
        (
            "let hot = cpu{pod=\"a\"} | focus \"x\"\nhot[1h] | hide \"y\" | focus \"main.(*Store).P$0ut\"",
            "cpu{pod=\"a\"}[1h] | focus \"x\" | hide \"y\"",
        ),
        // The earlier meaning of a name.
        ("let cpu = cpu | focus \"x\"\ncpu | hide \"main.(*Store).P$0ut\"", "cpu | focus \"x\""),
        ("(cpu | focus \"x\") | hide \"main.(*Store).P$0ut\"", "cpu | focus \"x\""),
    ] {
        let (cursor, code) = cursor(marked);
        let page = inspect(&code, cursor, &Shop).unwrap_or_else(|| panic!("a page: {marked}"));
        assert_eq!(page.sections[0].entries[0].1, asked, "{marked}");
        assert!(page.paragraphs[0].contains(asked), "{:?}", page.paragraphs);
    }
    let page = inspect("let a = cpu | rate\na | flame", 19, &Shop).expect("a page");
    assert_eq!(page.sections[0].entries, [("text".to_owned(), "cpu | rate".to_owned())]);
}

/// A cell cut at any byte: a cut character becomes a replacement character, as front ends
/// send it.
#[test]
fn completion_answers_at_every_cut_of_every_worked_query() {
    for code in WORKED {
        for code in [code.to_owned(), format!("\"🔥e\u{301}\"; {code}")] {
            for cut in 0..=code.len() {
                let part = String::from_utf8_lossy(&code.as_bytes()[..cut]);
                let points = part.chars().count();
                let found = complete(&part, points, &Shop);
                assert!(found.start <= found.end && found.end <= points, "{part}");
                inspect(&part, points, &Shop);
                is_complete(&part);
                if code.is_char_boundary(cut) {
                    let points = code[..cut].chars().count();
                    complete(&code, points, &Shop);
                    inspect(&code, points, &Shop);
                }
            }
        }
    }
}

#[test]
fn a_cursor_after_the_end_is_at_the_end() {
    assert_eq!(complete("cpu", 99, &Shop), complete("cpu", 3, &Shop));
    assert_eq!(inspect("top", 99, &Shop), inspect("top", 3, &Shop));
    assert!(inspect("top", 99, &Shop).is_some(), "the last word is the one that is meant");
}
