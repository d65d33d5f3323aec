//! Chunks written by hand and what they are read as. What a JVM writes is read in
//! `tests/jfr.rs`.

use super::fixture::*;
use super::*;
use crate::profile::Snapshot;
use crate::source::batch::LoadedProfiles;
use crate::work::{Cancel, Unwatched};

fn read_all(bytes: &[u8]) -> Result<LoadedProfiles, ReadError> {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let mut batch = Batch::default();
    for recording in read(bytes, &mut batch, work)? {
        batch.push(recording);
    }
    Ok(batch.finish())
}

fn error(bytes: &[u8]) -> String {
    read_all(bytes).expect_err("it is malformed").to_string()
}

/// The samples of a snapshot: names leaf first with lines and kinds, labels, value.
fn samples(profiles: &LoadedProfiles, snapshot: &Snapshot) -> Vec<String> {
    let symbols = &profiles.symbols;
    let told = |(stack, tags, value)| {
        let frame = |id| {
            let frame = symbols.frame(id);
            format!("{}:{} {}", symbols.frame_name(id), frame.line, frame.kind)
        };
        let frames: Vec<String> = symbols.stacks.path(stack).map(frame).collect();
        format!("{} {{{}}} {value}", frames.join("<"), symbols.tags(tags))
    };
    snapshot.samples().iter().map(told).collect()
}

#[test]
fn a_chunk_is_read_whether_its_numbers_are_compressed_or_not() {
    for is_compressed in [true, false] {
        let profiles = read_all(&shop(is_compressed).bytes()).expect("a chunk");
        let kinds: Vec<_> = profiles.kinds.iter().map(|kind| &*kind.id).collect();
        let expected = [
            "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            "process_cpu:samples:count:cpu:nanoseconds",
            "wall:wall:nanoseconds:wall:nanoseconds",
            "wall:wall_samples:count:wall:nanoseconds",
        ];
        assert_eq!(kinds, expected);
        let all: Vec<_> = profiles.snapshots.iter().map(|of| samples(&profiles, &of[0])).collect();
        let ranked = "com.acme.Shop.rank:12 jit<com.acme.Shop.main:3 native \
                      {state=\"STATE_RUNNABLE\", thread=\"ranker\"}";
        let native = "read:0 native<[truncated]:0 native \
                      {state=\"STATE_RUNNABLE\", thread=\"os\"}";
        // Two samples and one, of 10 ms; five samples at once, and 4 000 ticks.
        assert_eq!(all[0], [format!("{ranked} 20000000"), format!("{native} 10000000")]);
        assert_eq!(all[1], [format!("{ranked} 2"), format!("{native} 1")]);
        assert_eq!(all[2], [format!("{ranked} 2000")]);
        assert_eq!(all[3], [format!("{ranked} 5")]);
        let snapshot = &profiles.snapshots[0][0];
        assert_eq!((snapshot.start.0, snapshot.duration.0), (1_000_000_000, 500));
        let inlined = profiles.symbols.frames.iter().find(|frame| frame.line == 12);
        assert!(inlined.expect("the frame of line 12").inlined);
    }
}

#[test]
fn without_a_period_there_are_samples_and_no_time() {
    let chunk = Chunk::new(true);
    let sample = chunk.values().longs(&[60, 9, 9, 9]);
    // Its constants were lost: of nobody, nowhere, in no state.
    let profiles = read_all(&chunk.metadata(&classes()).event(SAMPLE, sample).bytes());
    let profiles = profiles.expect("a chunk");
    assert_eq!(profiles.kinds.iter().map(|kind| &*kind.alias).collect::<Vec<_>>(), ["samples"]);
    assert_eq!(samples(&profiles, &profiles.snapshots[0][0]), [" {} 1"]);
}

/// Each type that is a time or a size, and its total.
fn totals(profiles: &LoadedProfiles) -> Vec<(&str, i128)> {
    let kinds = profiles.kinds.iter().zip(&profiles.snapshots);
    let kinds = kinds.filter(|(kind, _)| !kind.alias.contains("samples"));
    kinds.map(|(kind, of)| (&*kind.alias, of.iter().map(|snapshot| snapshot.total).sum())).collect()
}

#[test]
fn threads_that_only_waited_have_no_cpu_time() {
    let profiles = read_all(&profiled().bytes()).expect("a chunk");
    // One sample of 10 ms, the default, and three of 50 ms.
    assert_eq!(totals(&profiles), [("cpu", 10_000_000), ("wall", 150_000_000)]);
}

#[test]
fn each_producer_has_its_own_interval() {
    // The JVM's two samples and one are of 10 ms each, its wall-clock samples 2000 ns.
    let both = [shop(true).bytes(), profiled().bytes()].concat();
    let profiles = read_all(&both).expect("two chunks");
    assert_eq!(totals(&profiles), [("cpu", 30_000_000 + 10_000_000), ("wall", 150_002_000)]);
    let reversed = [profiled().bytes(), shop(true).bytes()].concat();
    assert_eq!(totals(&read_all(&reversed).expect("two chunks")), totals(&profiles));
}

#[test]
fn native_memory_and_live_objects_are_read_and_the_rest_is_named() {
    let values = || Chunk::new(true).values();
    let mut chunk = Chunk::new(true).metadata(&classes_of_profiler());
    for size in [100, 28] {
        chunk = chunk.event(MALLOC, values().longs(&[60, 0, 0, 4096, size]));
    }
    let chunk = chunk.event(LIVE, values().longs(&[60, 0, 0, 64]));
    let chunk = chunk.event(READ, values().longs(&[60, 0, 0]));
    let mut batch = Batch::default();
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    for recording in read(&chunk.bytes(), &mut batch, work).expect("a chunk") {
        batch.push(recording);
    }
    batch.remarks.sign("x.jfr");
    let profiles = batch.finish();
    assert_eq!(totals(&profiles), [("inuse_space", 64), ("alloc_space", 128)]);
    assert_eq!(*profiles.remarks, ["x.jfr: not read: 1 jdk.FileRead"]);
}

#[test]
fn what_is_no_chunk_of_ours_is_told() {
    let good = shop(true).bytes();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    for (bytes, reason) in [
        (with(4, &[0, 0]), "version 0.1 of JFR is not read, 1 and 2 are at byte 0"),
        (with(8, &[0; 8]), "the recording was not finished: a chunk has no size at byte 0"),
        (with(8, &[0xff; 8]), "-1 bytes are needed here, but only "),
        (with(56, &[0; 8]), "a chunk has a clock of 0 ticks per second at byte 0"),
        // The first event ends where it starts.
        (with(68, &[0x80, 0]), "0 bytes are needed here, but only "),
        ([&good[..], b"more"].concat(), "expected a chunk of JFR at byte "),
        (Chunk::new(true).bytes(), "a chunk has no metadata at byte 68"),
        (
            Chunk::new(true).metadata(&classes()).bytes(),
            "the file has no event that is a sample, an allocation or a wait at byte ",
        ),
    ] {
        let error = error(&bytes);
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn classes_that_contain_themselves_or_too_much_are_refused() {
    let recursive = (50, "A", vec![plain("b", 51)]);
    let back = (51, "B", vec![plain("a", 50)]);
    // Ten of ten of ten, and nothing in any of them: no value would take a byte.
    let tens = |class| vec![plain("x", class); 10];
    let wide =
        vec![(52, "C", tens(53)), (53, "D", tens(54)), (54, "E", tens(55)), (55, "F", vec![])];
    for (more, class, reason) in [
        (vec![recursive, back], 50, "contains itself, or is nested too deep at byte "),
        (wide, 52, "a class has more than 512 values at byte "),
        (vec![], 56, "it refers to class 56, which the metadata does not describe at byte "),
    ] {
        let chunk = Chunk::new(true).metadata(&[classes(), more].concat());
        let pool = chunk.values().long(1);
        let error = error(&chunk.checkpoint(&[(class, 1, pool)]).bytes());
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn counts_are_no_larger_than_what_holds_them() {
    let huge = i64::from(i32::MAX);
    let chunk = || Chunk::new(true).metadata(&classes());
    let values = || chunk().values();
    for pool in [
        (TRACE, huge, values()),
        (TRACE, 1, values().long(1).byte(0).int(huge)),
        (SYMBOL, 1, values().long(1).byte(3).int(huge)),
        (SYMBOL, 1, values().long(1).byte(4).int(-1)),
    ] {
        let error = error(&chunk().checkpoint(&[pool]).bytes());
        assert!(error.contains(" values cannot be in the "), "{error}");
    }
}

#[test]
fn whatever_is_cut_or_changed_nothing_panics() {
    let read = |bytes: &[u8]| match read_all(bytes) {
        Ok(profiles) => assert!(!profiles.kinds.is_empty()),
        Err(error) => assert!(error.to_string().contains(" at byte "), "{error}"),
    };
    for is_compressed in [true, false] {
        let good = shop(is_compressed);
        let bytes = good.bytes();
        for end in 0..bytes.len() {
            assert!(read_all(&bytes[..end]).is_err(), "{end}");
            // As if it were whole: what is there may be enough.
            read(&good.sized(end)[..end]);
        }
        for at in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                read(&changed);
            }
        }
    }
}

#[test]
fn an_interrupt_ends_the_reading() {
    let cancel = Cancel::new();
    cancel.cancel();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let read = read(&shop(true).bytes(), &mut Batch::default(), work);
    assert!(matches!(read, Err(ReadError::Cancelled(_))));
}
