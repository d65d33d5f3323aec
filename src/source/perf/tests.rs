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
            "[unknown] native",
            "core::fmt::write in /opt/shop native",
            "run in /opt/perf-7.map jit",
            "[libc.so.6] in /lib/libc.so.6 native",
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
fn what_is_neither_sample_nor_frame_is_counted() {
    // Two samples, as in the text without the line.
    let said = |line| [format!("x: 1 line is neither a sample nor a frame, from line {line} on")];
    for (text, line) in [
        (format!("{TWO}failed\n"), 8),
        (format!("{TWO}\tffff main (a)\n"), 8),
        (TWO.replace("13c3 serve", "serve"), 3),
        (TWO.replace("\n\nshop", "\n\n instruction trace error type 1 ip 0: lost\nshop"), 5),
        (format!("Warning: lost 3 chunks!\n{TWO}"), 1),
    ] {
        let read = fixture::read(text.as_bytes());
        let totals = read.snapshots.iter().map(|of| of[0].total).collect::<Vec<_>>();
        assert_eq!(totals, [5000, 2], "{text}");
        assert_eq!(read.remarks.to_vec(), said(line), "{text}");
    }
}

#[test]
fn what_is_mostly_something_else_is_refused() {
    let wanted =
        "perf script: expected a sample or a frame, such as `cat 7/7 [000] 5.25: 1000 cycles:`";
    for (text, error) in [
        (format!("{TWO}a\nb\nc\n"), format!("{wanted} in line 8")),
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

/// Each line as `perf script -F` prints it with one more field.
#[test]
fn fields_that_are_not_read_are_no_frames() {
    let stack = "\t 89d6c malloc (/usr/lib/libc.so.6)\n\t 4000 main (/opt/shop)\n";
    let who = r#"{comm="shop", tid="7"}"#;
    for (header, more) in [
        ("50 page-faults:", ""),
        ("50 page-faults:  7f6ff39fad58 [unknown] (//anon)", ""),
        ("50 page-faults:  7f6ff39fad58 |OP LOAD|LVL L1 hit|BLK  N/A  12", ""),
        ("50 page-faults:", "  shop.c:7\n"),
        ("50 page-faults:", "  [kernel.kallsyms][ffffffff81688025]\n"),
        ("50 page-faults:", "          10f39fad58\n"),
        ("50 page-faults:", " 0x401000/0x401010/P/-/-/0  0x1/0x2/M/-/-/3\n"),
        ("50 page-faults:", " ABI:2    AX:0x0    BX:0x7f\n"),
        ("50 page-faults:", " ilen: 3 insn: 48 89 e5\n"),
    ] {
        let text = format!("shop 7 1.000000: {header}\n{stack}{more}\n");
        let expected =
            [format!("page_faults {who} main;malloc 50"), format!("samples {who} main;malloc 1")];
        assert_eq!(samples(&text), expected, "{text}");
        assert_eq!(fixture::remarks(text.as_bytes()), [""; 0], "{text}");
    }
}

#[test]
fn the_text_of_a_tracepoint_is_no_frame() {
    let text = "shop 7 1.0: sched:sched_switch: shop.c:12\n\n\
        shop 7 1.1: sched:sched_switch: fd: 4010 leaf (count)\n\n\
        shop 7 1.2: sched:sched_switch: prev_comm=a ==> next_pid=7\n\t4010 leaf (/opt/shop)\n\n";
    let who = r#"{comm="shop", tid="7"}"#;
    assert_eq!(samples(text), [format!("samples {who}  2"), format!("samples {who} leaf 1")]);
}

#[test]
fn a_missing_field_is_said() {
    let stack = "\t 4010 leaf (/opt/shop)\n\t 4000 main (/opt/shop)\n\n";
    let untimed = format!("shop 7 cycles: \n{stack}shop 7 cycles: \n{stack}");
    assert_eq!(samples(&untimed), [r#"samples {comm="shop", tid="7"} main;leaf 2"#]);
    let read = fixture::read(untimed.as_bytes());
    assert_eq!(*read.remarks, ["x: samples have no times; `perf script -F +time` prints them"]);
    let nameless = format!("7/7 1.000000: cycles: \n{stack}");
    assert_eq!(samples(&nameless), [r#"samples {pid="7", tid="7"} main;leaf 1"#]);
    assert_eq!(fixture::remarks(nameless.as_bytes()), [""; 0]);
    let bare = fixture::remarks(b"shop 7 1.5: cycles:\nshop 7 1.6: cycles:\n");
    assert!(bare[0].starts_with("x: samples have no stacks; `perf record -g`"), "{bare:?}");
    for text in ["shop 7 cycles:\nnothing\n", "listening 8080 port:\nok\n"] {
        assert!(!super::recognises(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_cut_is_said_wherever_it_is() {
    let untimed = "shop 7 cycles: \n\t 4010 leaf (/opt/shop)\n\n".repeat(3);
    let real = include_str!("../../../tests/data/events.perf.txt");
    let real = &real[..3000.min(real.len())];
    for text in [TWO, &untimed, real] {
        for end in 1..text.len() {
            let part = &text[..end];
            // Whole samples, which nobody can tell from a shorter trace.
            let is_whole =
                part.ends_with("\n\n") || part.trim_end().lines().all(|l| l.starts_with('#'));
            match fixture::try_remarks(part.as_bytes()) {
                Ok(remarks) => assert!(is_whole || !remarks.is_empty(), "{part:?}"),
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
    }
    // Half a frame, and a header alone: of both samples, the first is counted.
    for end in ["\t            13c9 ser", "shop  7/7 [000]  10.600000:   3000 cpu-clock:ppp: \n"] {
        let part = &TWO[..TWO.rfind(end).expect("a place") + end.len()];
        assert_eq!(samples(part).len(), 2, "{part}");
        let said = "x: it ends within a sample, which is left out; was the file cut?";
        assert_eq!(fixture::remarks(part.as_bytes()), [said]);
    }
    assert_eq!(fixture::remarks(TWO.as_bytes()), [""; 0]);
}

#[test]
fn any_cut_is_read_or_refused() {
    refuses_what_is_broken(include_bytes!("../../../tests/data/events.perf.txt"));
}
