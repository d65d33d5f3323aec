//! Texts written by hand; what real ones give is compared in `tests/formats.rs`.

use crate::quantity::{Span, Timestamp};
use crate::source::fixture::{self, refused, refuses_what_is_broken, sorted};

const TWO: &str = "\
shop worker  7/9 [001]  10.500000:   2000 cpu-clock:ppp: 
\tffffffff81d332f7 read_zero+0x77 ([kernel.kallsyms])
\t            13c3 serve+0x45 (/opt/shop)

shop  7/7 [000]  10.600000:   3000 cpu-clock:ppp: 
\t            13c9 serve+0x4b (/opt/shop)

";

fn samples(text: &str) -> Vec<String> {
    let mut samples = fixture::samples(text.as_bytes());
    samples.sort_unstable();
    samples
}

#[test]
fn a_sample_has_who_and_how_much() {
    let kernel = r#"{comm="shop worker", pid="7", tid="9"} serve;read_zero"#;
    let own = r#"{comm="shop", pid="7", tid="7"} serve"#;
    assert_eq!(
        samples(TWO),
        sorted([
            format!("cpu {kernel} 2000"),
            format!("cpu {own} 3000"),
            format!("samples {kernel} 1"),
            format!("samples {own} 1"),
        ])
    );
    let kinds: Vec<_> = fixture::read(TWO.as_bytes()).kinds.iter().map(|k| k.id.clone()).collect();
    assert_eq!(
        kinds.iter().map(|id| &**id).collect::<Vec<_>>(),
        [
            "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            "process_cpu:samples:count:cpu:nanoseconds"
        ]
    );
}

#[test]
fn frames_know_their_binary_and_whether_they_are_the_kernels() {
    let text = "cat 7 1.5: 1 cycles:\n\
        \tffffffff81d332f7 read_zero+0x77 ([kernel.kallsyms])\n\
        \tffffffffc0123456 xfs_read+0x1 ([xfs])\n\
        \t            121f mix+0x28 (inlined)\n\
        \t            121f hash+0x28 (/opt/shop)\n\
        \t    7f0000000010 [unknown] (/lib/libc.so.6)\n\
        \t    7f0000000020 run (/opt/perf-7.map)\n\
        \t            1000 _ZN4core3fmt5write17h0123456789abcdefE+0x1 (/opt/shop)\n\
        \t               0 [unknown] ([unknown])\n\n";
    assert_eq!(
        fixture::frames(text.as_bytes()),
        [
            "<unknown> native",
            "core::fmt::write in /opt/shop native",
            "run in /opt/perf-7.map jit",
            "libc.so.6+0x7f0000000010 in /lib/libc.so.6 native",
            "hash in /opt/shop native",
            "mix in /opt/shop native inlined",
            "xfs_read in [xfs] kernel",
            "read_zero in [kernel.kallsyms] kernel",
        ]
    );
}

#[test]
fn each_event_has_types_of_its_own() {
    let text = "cat 7 1.5: 5 cycles:u: ff f (a)\ncat 7 1.6: page-faults:u: ff f (a)\n\
        cat 7 1.6: 7 cycles:u: ff f (a)\n";
    assert_eq!(
        samples(text),
        [
            r#"cycles {comm="cat", tid="7"} f 12"#,
            r#"samples {comm="cat", tid="7"} f 1"#,
            r#"samples {comm="cat", tid="7"} f 2"#,
        ]
    );
    let kinds: Vec<_> =
        fixture::read(text.as_bytes()).kinds.iter().map(|k| k.id.to_string()).collect();
    assert_eq!(
        kinds,
        [
            "cycles:cycles:count:cycles:count",
            "cycles:samples:count:cycles:count",
            "page_faults:samples:count:page_faults:count",
        ]
    );
}

#[test]
fn what_is_no_sample_is_passed_over() {
    let text = "# ========\n# arch : x86_64\n#\n\
        cat 7/7 [000] 1.4: PERF_RECORD_COMM: cat:7/7\n\n\
        cat 7/7 [000] 1.5: 9 cycles: \n\t ff f+0x1 (a)\n  f.c:12\n\n\
        cat 7/7 [000] 1.6: 3 cycles: \n\n";
    let who = r#"{comm="cat", pid="7", tid="7"}"#;
    assert_eq!(samples(text)[..2], [format!("cycles {who}  3"), format!("cycles {who} f 9")]);
}

#[test]
fn a_long_trace_is_cut_and_a_header_tells_the_time() {
    let at = |time: &str| format!("cat 7 {time}: 1 cycles: ff f (a)\n");
    let text = format!("{}{}{}", at("100.0"), at("109.5"), at("121.0"));
    let windows = |text: &str| {
        let profiles = fixture::read(text.as_bytes());
        let of_kind = &profiles.snapshots[0];
        of_kind.iter().map(|s| (s.start, s.duration, s.total)).collect::<Vec<_>>()
    };
    let second = 1_000_000_000;
    let cut = |start: i64| {
        [(0, 10, 2), (10, 10, 0), (20, 1, 1)].map(|(offset, length, total)| {
            (Timestamp((start + offset) * second), Span(length * second), total)
        })
    };
    assert_eq!(windows(&text), cut(0));
    // It was captured when it ended, 21 s later than it began.
    let captured = 20_783 * 86_400 + 13 * 3600;
    let dated = format!("# captured on    : Thu Nov 26 13:00:00 2026\n{text}");
    assert_eq!(windows(&dated), cut(captured - 21));
}

#[test]
fn what_is_neither_sample_nor_frame_is_named() {
    let wanted =
        "perf script: expected a sample or a frame, such as `cat 7/7 [000] 5.25: 1000 cycles:`";
    for (text, error) in [
        (format!("{TWO}failed\n"), format!("{wanted} in line 8")),
        (format!("{TWO}\tffff main (a)\n"), format!("{wanted} in line 8")),
        (TWO.replace("13c3", "0x13c3"), format!("{wanted} in line 3")),
        (
            TWO.replace("10.6", "99999999999.6"),
            "perf script: the time is too large in line 5".into(),
        ),
        (
            TWO.replace("3000", "99999999999999999999"),
            "perf script: the period is too large in line 5".into(),
        ),
    ] {
        assert_eq!(refused(text.as_bytes()), error, "{text}");
    }
}

#[test]
fn any_cut_is_read_or_refused() {
    refuses_what_is_broken(include_bytes!("../../../tests/data/events.perf.txt"));
}
