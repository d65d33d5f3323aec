//! Tests of the grammar by example.

use super::*;
use crate::diag::render::plain;

/// The worked queries of the reference, one cell each.
pub(crate) const WORKED: [&str; 39] = [
    r#"use "profiles/*.pb.gz" {env="prod"}"#,
    "types",
    "cpu | labels",
    r#"cpu{service="checkout"} | values pod"#,
    r#"cpu{service="checkout"}[1h]"#,
    r#"functions ~"json""#,
    r#"inuse_space{service="cart"}[6h:5m] | timeline by (pod)"#,
    "let heap = inuse_space{service=\"cart\"}[10m]\nheap | diff offset 6h | flame",
    "heap | diff offset 6h | top 15 by delta",
    r#"inuse_space{service="cart"}[6h:5m] | focus "cache.(*Store).Put" | timeline"#,
    r#"inuse_space{service="cart"}[6h] | last_over_time | callers "cache.(*Store).Put" | trim 1% | icicle"#,
    r#"alloc_space{service="cart"}[30m] | rate | hide {package="runtime"} | top 10"#,
    r#"inuse_space{service="cart"}[2d:10m] | by (version) | changepoints"#,
    "let release = cpu{service=\"api\", env=\"prod\"}[1h]\nlet stable  = release{track=\"stable\"}\n\
     let canary  = release{track=\"canary\"}\ncanary | diff stable",
    "canary | diff stable | explain by (pod, endpoint)",
    "canary | diff stable | where delta > 0.5% | sort delta desc | take 20",
    "release | by (track) | compare",
    r#"canary | assert self("encoding/json.*") < 5%, "JSON share regressed""#,
    "canary | avg by (track) | diff (stable | avg by (track)) mode=amount | flame   # the mean pod",
    "let on  = cpu{service=\"search\", flag_new_ranker=\"on\"}[2h]\n\
     let off = cpu{service=\"search\", flag_new_ranker=\"off\"}[2h]\non | diff off | sandwich \"rank.(*Scorer).Score\"",
    "on | compare off",
    r#"on | diff off | focus root "http.*" >> "rank.*" | icicle"#,
    r#"cpu{service="search"}[1h] | by (pod) | topk 5 | timeline"#,
    r#"cpu{service="search"}[1h] | heatmap by (pod)"#,
    "let hot = cpu{service=\"search\", pod=\"search-x2x\"}[15m]\nhot | diff {pod!=\"search-x2x\"} | explain",
    "hot | tagroot (thread) | flame",
    "let gc = ~\"runtime\\.(gcBgMarkWorker|gcAssistAlloc|bgsweep)\"\n\
     cpu{service=\"api\"}[6h:5m] | by (version) | where total(gc) > 10% | table",
    r#"cpu{service="api"}[1h] | callers "runtime.mallocgc" | flame"#,
    "alloc_objects{service=\"api\"}[1h]\n   | hide {package=\"runtime\"}\n   | granularity line\n   | top 20",
    "let a = alloc_space{service=\"api\"}[6h:5m] | rate\nlet c = cpu{service=\"api\"}[6h:5m] | rate\n\
     (a / c) | timeline                                   # bytes allocated per CPU second",
    r#"mutex:delay{service="orders"}[1h] | callers "sync.(*Mutex).Unlock" | flame"#,
    "block:delay{service=\"orders\"}[1h]\n   | ignore ~\"runtime\\.(usleep|futex)\"\n   \
     | focus root \"main.*\" >> \"database/sql.(*DB).conn\"",
    r#"cpu{service="orders", span_name="GET /orders"}[1h] | flame"#,
    r#"cpu{service="orders", span_id="7a3f9c1d22e04b5f"}[1h] | tree"#,
    r#"cpu{service="orders"}[1h] | by (span_name) | topk 10 | table"#,
    r#"cpu{service="api"}[14d] | bisect by (commit) on self("encoding/json.Marshal")"#,
    r#"cpu{service="api"}[14d:1h] | rate | focus {package="encoding/json"} | changepoints"#,
    r#"cpu{service="api", commit="9f1c2ab"}[1d] | diff {commit="77be0d4"} | sandwich "encoding/json.Marshal""#,
    "# Parameters\nservice = \"checkout\"\nwindow = \"1h\"\nlet sel = cpu{service=service}[window] | collapse recursion\n\
     sel | focus leaf {module=\"libc*\"} | save \"libc.svg\"\nassert share(\"runtime.*\", sel) < 20%",
];

#[test]
fn the_worked_queries_parse() {
    for code in WORKED {
        let (cell, diagnostics) = parse(code);
        assert!(diagnostics.is_empty() && !cell.statements.is_empty(), "{code}: {diagnostics:?}");
    }
}

#[test]
fn a_window_between_two_times_parses() {
    let (cell, diagnostics) = parse(
        "cpu{service=\"api\"}[2026-03-01T10:00Z .. 2026-03-01T10:30Z]\n   | top 5\ncpu[2026-03-01T09:00Z .. +30m]",
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(cell.statements.len(), 2);
}

#[test]
fn all_errors_of_a_cell_are_reported() {
    let (cell, diagnostics) = parse("cpu | focsu \"a\"\nlet ok = cpu\ncpu{a=\nlet b = ;cpu $");
    let slugs: Vec<&str> = diagnostics.iter().map(|found| found.slug).collect();
    assert_eq!(slugs, ["unknown-verb", "incomplete", "incomplete", "bad-character"]);
    assert_eq!(cell.statements.len(), 1);
}

/// The first error of a cell, as plain text.
fn rendered(code: &str) -> String {
    let (_, diagnostics) = parse(code);
    diagnostics.first().map_or("none".to_owned(), |found| plain(found, code, "In[1]"))
}

#[test]
fn messages_say_what_was_found_what_fits_and_a_fix() {
    for (code, message, help) in [
        ("cpu{service=\"a\" pod=\"b\"}", "error[unexpected]: expected `,` or `}`, found `pod`", ""),
        (
            "cpu flame",
            "error[missing-pipe]: a `|` is missing before `flame`",
            "help: write `| flame`",
        ),
        ("top 10", "error[verb-first]: `top` needs something piped into it", "_ | top"),
        (
            "sum by (pod) (cpu[5m])",
            "error[promql-call]: aggregations are pipe stages here",
            "help: `cpu[5m] | sum by (pod)`",
        ),
        ("sum(cpu) without (pod)", "error[promql-call]", "help: `cpu | sum without (pod)`"),
        ("rate(cpu{a=\"b\"}[5m])", "error[promql-call]", "help: `cpu{a=\"b\"}[5m] | rate`"),
        ("topk(5, cpu)", "error[promql-call]", "help: `cpu | by (service) | topk 5`"),
        (
            "SELECT function FROM cpu",
            "error[sql]: this reads like SQL",
            "`cpu | top 10 | select function`",
        ),
        (
            "cpu{pod=search-x2x}",
            "error[unquoted]: `search-x2x` is not one value",
            "help: quote text values: pod=\"search-x2x\"",
        ),
        ("cpu{pod=“a”}", "error[smart-quotes]", "help: use straight ones: \"a\""),
        (
            "cpu{pod=\"a}",
            "error[unclosed-text]: the closing quote is missing",
            "help: close it with `\"` on the same line",
        ),
        ("cpu{pod=\"a\"", "error[unclosed]: a bracket is not closed with `}`", "help: add `}`"),
        ("cpu}", "error[unclosed]: this `}` has no opening bracket", "help: remove it"),
        (
            "cpu | focsu \"a\"",
            "error[unknown-verb]: there is no verb `focsu`",
            "help: did you mean `focus`?",
        ),
        (
            "cpu | filter x",
            "error[unknown-verb]: there is no verb `filter`",
            "help: write `cpu | top 20 | where x`",
        ),
        (
            "cpu | focus",
            "error[incomplete]: the statement ends where a frame pattern",
            "help: the syntax is `focus P`: `cpu",
        ),
        (
            "cpu | focus 5",
            "error[unexpected]: expected a frame pattern such as `\"json.*\"`, found `5`",
            "`focus P`",
        ),
        ("cpu | top ten", "error[unexpected]", "`top [N] [by column]`"),
        (
            "cpu | flame width=5",
            "error[unknown-option]: `flame` has no option `width`",
            "help: the syntax is `flame`",
        ),
        (
            "let top = cpu",
            "error[reserved]: `top` is a verb and cannot name a variable",
            "`my_top`",
        ),
        ("let not = cpu", "error[reserved]: `not` is a keyword and cannot name a variable", ""),
        (
            "cpu | where 1 < 2 < 3",
            "error[chained-comparison]: comparisons do not chain",
            "help: compare twice: `1 < 2 and 2 < 3`",
        ),
        (
            "slef(\"a\", cpu)",
            "error[unknown-function]: there is no function `slef`",
            "help: did you mean `self`?",
        ),
        (
            "cpu[1.5h]",
            "error[bad-number]: `1.5h` cannot be read: a duration takes whole numbers",
            "`1h30m`",
        ),
        (
            "cpu[5parsecs]",
            "error[bad-number]: `5parsecs` cannot be read: there is no unit `parsecs`",
            "help: units are",
        ),
        (
            "cpu & mem",
            "error[bad-character]: `&` has no meaning here",
            "help: a condition is joined by `and`",
        ),
        (
            "self(\"a\", cpu, 5)",
            "error[unexpected]: `self` takes at most 2 arguments",
            "`self(P[, q])`",
        ),
    ] {
        let shown = rendered(code);
        assert!(shown.starts_with(message), "{code}\n{shown}");
        assert!(shown.contains(help), "{code}\n{shown}");
        assert!(!shown.contains("parse error"), "{shown}");
    }
}

#[test]
fn patches_repair_what_they_are_for() {
    for code in [
        "cpu flame",
        "sum by (pod) (cpu[5m])",
        "rate(cpu[5m]) | flame",
        "topk(5, cpu)",
        "cpu{pod=search-x2x}",
        "cpu{pod=“a”}",
        "cpu{pod=\"a\"",
        "cpu}",
        "cpu | focsu \"a\"",
        "let top = cpu",
        "cpu | where 1 < 2 < 3",
        "slef(\"a\", cpu)",
        "top 10",
        "cpu | filter x > 1",
        "cpu{a=\"b\" | flame",
        "cpu[5]",
        "use a/*.gz",
        "cpu | hide package=\"a\"",
        "topk(5, sum by (pod) (rate(cpu[5m])))",
        "sum(rate(cpu[5m])) by (pod)",
    ] {
        let (_, diagnostics) = parse(code);
        let patch = diagnostics[0].patch.clone().unwrap_or_else(|| panic!("{code} has no patch"));
        let patched =
            format!("{}{}{}", &code[..patch.place.start], patch.text, &code[patch.place.end..]);
        assert_eq!(parse(&patched).1, [], "{code} became {patched}");
    }
}

#[test]
fn cells_cut_anywhere_are_read_without_panic() {
    for code in WORKED {
        for end in (0..=code.len()).filter(|end| code.is_char_boundary(*end)) {
            for diagnostic in parse(&code[..end]).1 {
                plain(&diagnostic, &code[..end], "In[1]");
            }
            parse(&code[end..]);
        }
    }
}

#[test]
fn deep_and_long_cells_give_an_error_in_bounded_stack_and_time() {
    let deep =
        |open: &str, close: &str| format!("{}cpu{}", open.repeat(10_000), close.repeat(10_000));
    let cells = [
        deep("(", ")"),
        deep("[", "]"),
        deep("self(\"a\", ", ")"),
        format!("cpu | focus {}\"a\"", "(".repeat(100_000)),
        format!("cpu | focus {}\"a\"", "not ".repeat(50_000)),
        format!("cpu | where {}a", "not ".repeat(50_000)),
        format!("let x = {}a", "(".repeat(200_000)),
        format!("a{}", " + a".repeat(50_000)),
        format!("a{}", " * -(a".repeat(30_000)),
        "\n(".repeat(100_000),
        "((\n\n\n".repeat(50_000),
        "'".repeat(200_001),
        "cpu{".repeat(50_000),
    ];
    let thread = std::thread::Builder::new().stack_size(1 << 21).spawn(move || {
        for cell in &cells {
            let (_, diagnostics) = parse(cell);
            assert!(!diagnostics.is_empty(), "{}", &cell[..40]);
            plain(&diagnostics[0], cell, "In[1]");
        }
    });
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn long_cells_without_nesting_are_read() {
    for cell in [
        format!("cpu{}", " | rate".repeat(100_000)),
        format!("cpu{{{}}}", "a=\"b\",".repeat(100_000)),
        format!("cpu | focus \"a\"{}", " >> \"b\"".repeat(100_000)),
        format!("cpu | focus \"a\"{}", " or \"b\"".repeat(100_000)),
        "cpu\n".repeat(100_000),
        "\n".repeat(1_000_000),
    ] {
        assert_eq!(parse(&cell).1, [], "{}", &cell[..20]);
    }
}
