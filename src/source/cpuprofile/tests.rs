//! Files written by hand; what V8 writes is compared in `tests/formats.rs`.

use crate::source::fixture::{self, refused, refuses_what_is_broken};

/// `(root)` 1 calls main 2, which calls run 3; 4 to 6 are V8's own.
const NODES: &str = r#"
    {"id": 3, "callFrame": {"functionName": "", "url": "file:///shop.js", "lineNumber": 4}, "hitCount": 7},
    {"id": 1, "callFrame": {"functionName": "(root)"}, "children": [2, 4, 5, 6]},
    {"id": 2, "callFrame": {"functionName": "main", "url": "file:///shop.js", "lineNumber": 0}, "hitCount": 1, "children": [3]},
    {"id": 4, "callFrame": {"functionName": "(program)", "lineNumber": -1}},
    {"id": 5, "callFrame": {"functionName": "(garbage collector)"}},
    {"id": 6, "callFrame": {"functionName": "(idle)"}, "hitCount": 2}"#;

fn file(rest: &str) -> String {
    format!(r#"{{"nodes": [{NODES}], "startTime": 5000, "endTime": 9000{rest}}}"#)
}

fn sampled(samples: &str, deltas: &str) -> String {
    file(&format!(r#", "samples": [{samples}], "timeDeltas": [{deltas}]"#))
}

fn samples(text: &str) -> Vec<String> {
    let mut samples = fixture::samples(text.as_bytes());
    samples.sort_unstable();
    samples
}

#[test]
fn what_passes_is_of_the_sample_before() {
    // main from 10, run from 12 to 15, main again to 19, where the last sample is.
    let text = sampled("2, 3, 3, 2, 2", "10, 2, 1, 2, 4");
    assert_eq!(
        samples(&text),
        [
            "samples {} main 3",
            "samples {} main;(anonymous) 2",
            "wall {} main 6000",
            "wall {} main;(anonymous) 3000"
        ]
    );
    let frames = fixture::frames(sampled("3, 3", "0, 1").as_bytes());
    assert_eq!(
        frames,
        ["main file:///shop.js:0 interpreted", "(anonymous) file:///shop.js:0 interpreted"]
    );
}

#[test]
fn what_v8_does_itself_is_upon_the_stack_it_came_after() {
    // program, then main for 1, gc for 2, program for 3, gc again for 4, idle for 5, gc for 6.
    let text = sampled("4, 2, 5, 4, 5, 6, 5, 2", "0, 10, 1, 2, 3, 4, 5, 6");
    let wall = samples(&text).into_iter().filter(|line| line.starts_with("wall"));
    assert_eq!(
        wall.collect::<Vec<_>>(),
        [
            "wall {} (garbage collector) 6000",
            "wall {} (idle) 5000",
            "wall {} (program) 10000",
            "wall {} main 1000",
            "wall {} main;(garbage collector) 6000",
            "wall {} main;(garbage collector);(program) 3000"
        ]
    );
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    // At 10, 20, 15 and 30: run has nothing, main 10 and 10.
    let text = sampled("2, 3, 2, 6", "10, 10, -5, 15");
    let wall: Vec<_> = samples(&text).into_iter().filter(|line| line.starts_with("wall")).collect();
    assert_eq!(wall, ["wall {} (idle) 0", "wall {} main 20000", "wall {} main;(anonymous) 0"]);
}

#[test]
fn without_times_hits_are_counted() {
    assert_eq!(
        samples(&file("")),
        ["samples {} (idle) 2", "samples {} main 1", "samples {} main;(anonymous) 7"]
    );
    assert_eq!(
        samples(&file(r#", "samples": [2, 3, 2]"#)),
        ["samples {} main 2", "samples {} main;(anonymous) 1"]
    );
}

#[test]
fn a_start_is_a_date_if_it_can_be() {
    let text = sampled("2, 3", "0, 30000000");
    let start = |text: &str| fixture::read(text.as_bytes()).snapshots[1][0].start.0;
    assert_eq!(start(&text), 0);
    let dated = text.replace("5000", "1795402705954000");
    assert_eq!(start(&dated), 1_795_402_705_954_000_000);
}

#[test]
fn what_contradicts_itself_is_refused_with_its_place() {
    let refused = |text: &str| refused(text.as_bytes());
    for (text, error) in [
        (sampled("2, 9", "0, 1"), "node 9 does not exist at samples[1]"),
        (sampled("2, 2", "0"), "it has not as many items as samples at timeDeltas"),
        (file("").replace("[3]", "[9]"), "node 9 does not exist at nodes[2]"),
        (file("").replace("[2, 4, 5, 6]", "[2, 3]"), "node 3 has two parents at nodes[2]"),
        (file("").replace("\"id\": 6", "\"id\": 2"), "a second node has the id 2 at nodes[5]"),
        (
            file("").replace("\"hitCount\": 7", "\"children\": [2]").replace("[2, 4", "[4"),
            "a node is its own ancestor at nodes[0]",
        ),
    ] {
        assert_eq!(refused(&text), format!("cpuprofile: {error}"), "{text}");
    }
    for (text, reason) in [
        (sampled("2, NaN", "0, 1"), "expected value"),
        (sampled("99999999999999999999", "0"), "invalid type: floating point"),
        (sampled("2", "1e999"), "number out of range"),
        (r#"{"nodes": {}}"#.to_owned(), "invalid type: map, expected a list"),
    ] {
        let error = refused(&text);
        assert!(error.starts_with(&format!("cpuprofile: {reason}")), "{error}");
        assert!(error.contains(" at byte "), "{error}");
    }
    // Times beyond all clocks are at its end.
    assert_eq!(
        samples(&sampled("2, 3", "0, 1e300"))[1..],
        [
            "samples {} main;(anonymous) 1".to_owned(),
            format!("wall {{}} main {}", i64::MAX),
            "wall {} main;(anonymous) 0".to_owned(),
        ]
    );
}

#[test]
fn any_cut_is_refused() {
    refuses_what_is_broken(include_bytes!("../../../tests/data/timers.cpuprofile"));
}
