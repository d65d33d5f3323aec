//! Chunks written by hand, value by value, and what they are read as. What a JVM writes
//! is read in `tests/jfr.rs`.

use super::*;
use crate::profile::Snapshot;
use crate::source::batch::LoadedProfiles;
use crate::work::{Cancel, Unwatched};

/// Values of a chunk, as they are encoded.
#[derive(Clone, Default)]
struct Bytes {
    bytes: Vec<u8>,
    is_compressed: bool,
}

impl Bytes {
    /// A number of this many bytes if it is not compressed.
    fn number(mut self, number: i64, width: usize) -> Bytes {
        if self.is_compressed && width > 1 {
            let mut rest = number as u64 & (u64::MAX >> (64 - 8 * width));
            let mut length = 1;
            while rest >= 0x80 && length < 9 {
                self.bytes.push(rest as u8 | 0x80);
                rest >>= 7;
                length += 1;
            }
            self.bytes.push(rest as u8);
        } else {
            self.bytes.extend(&number.to_be_bytes()[8 - width..]);
        }
        self
    }

    fn long(self, number: i64) -> Bytes {
        self.number(number, 8)
    }

    fn longs(self, numbers: &[i64]) -> Bytes {
        numbers.iter().fold(self, |bytes, number| bytes.long(*number))
    }

    fn int(self, number: i64) -> Bytes {
        self.number(number, 4)
    }

    fn byte(self, byte: u8) -> Bytes {
        self.number(byte.into(), 1)
    }

    fn text(self, text: &str) -> Bytes {
        let mut bytes = self.byte(3).int(text.len() as i64);
        bytes.bytes.extend(text.as_bytes());
        bytes
    }

    fn then(mut self, other: Bytes) -> Bytes {
        self.bytes.extend(other.bytes);
        self
    }
}

/// A field: name, class, whether it is a constant, whether it is a list.
type Field = (&'static str, i64, bool, bool);

const fn plain(name: &'static str, class: i64) -> Field {
    (name, class, false, false)
}

const fn constant(name: &'static str, class: i64) -> Field {
    (name, class, true, false)
}

const SYMBOL: i64 = 20;
const CLASS: i64 = 21;
const METHOD: i64 = 22;
const FRAME_TYPE: i64 = 23;
const FRAME: i64 = 24;
const TRACE: i64 = 25;
const THREAD: i64 = 26;
const STATE: i64 = 27;
const SAMPLE: i64 = 40;
const WALL: i64 = 41;
const SETTING: i64 = 42;

fn classes() -> Vec<(i64, &'static str, Vec<Field>)> {
    let (int, long, text) = (10, 11, 13);
    vec![
        (int, "int", vec![]),
        (long, "long", vec![]),
        (12, "boolean", vec![]),
        (text, "java.lang.String", vec![]),
        (SYMBOL, "jdk.types.Symbol", vec![plain("string", text)]),
        (CLASS, "java.lang.Class", vec![constant("name", SYMBOL), plain("modifiers", int)]),
        (METHOD, "jdk.types.Method", vec![constant("type", CLASS), constant("name", SYMBOL)]),
        (FRAME_TYPE, "jdk.types.FrameType", vec![plain("description", text)]),
        (
            FRAME,
            "jdk.types.StackFrame",
            vec![
                constant("method", METHOD),
                plain("lineNumber", int),
                constant("type", FRAME_TYPE),
            ],
        ),
        (
            TRACE,
            "jdk.types.StackTrace",
            vec![plain("truncated", 12), ("frames", FRAME, false, true)],
        ),
        (THREAD, "java.lang.Thread", vec![plain("osName", text), plain("javaName", text)]),
        (STATE, "jdk.types.ThreadState", vec![plain("name", text)]),
        (SAMPLE, "jdk.ExecutionSample", sampled(vec![])),
        (
            WALL,
            "profiler.WallClockSample",
            sampled(vec![plain("samples", int), plain("timeSpan", long)]),
        ),
        (
            SETTING,
            "jdk.ActiveSetting",
            vec![
                plain("startTime", long),
                plain("id", long),
                plain("name", text),
                plain("value", text),
            ],
        ),
    ]
}

fn sampled(more: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        plain("startTime", 11),
        constant("sampledThread", THREAD),
        constant("stackTrace", TRACE),
        constant("state", STATE),
    ];
    fields.extend(more);
    fields
}

/// A chunk of two ticks a nanosecond that started at a second after the epoch, at tick 50.
struct Chunk {
    events: Bytes,
}

impl Chunk {
    fn new(is_compressed: bool) -> Chunk {
        Chunk { events: Bytes { bytes: Vec::new(), is_compressed } }
    }

    fn values(&self) -> Bytes {
        Bytes { bytes: Vec::new(), is_compressed: self.events.is_compressed }
    }

    fn event(mut self, class: i64, fields: Bytes) -> Chunk {
        let body = self.values().long(class).then(fields).bytes;
        // Padded, so that the size of a size is known.
        let size = body.len() + if self.events.is_compressed { 2 } else { 4 };
        if self.events.is_compressed {
            self.events.bytes.extend([size as u8 & 0x7f | 0x80, (size >> 7) as u8]);
        } else {
            self.events.bytes.extend((size as u32).to_be_bytes());
        }
        self.events.bytes.extend(body);
        self
    }

    /// The metadata event of these classes.
    fn metadata(self, classes: &[(i64, &str, Vec<Field>)]) -> Chunk {
        let mut strings = vec![
            "root",
            "metadata",
            "class",
            "field",
            "id",
            "name",
            "constantPool",
            "dimension",
            "true",
            "1",
        ];
        let numbers: Vec<String> = (0..64).map(|number| number.to_string()).collect();
        strings.extend(numbers.iter().map(String::as_str));
        strings.extend(classes.iter().map(|(_, name, _)| *name));
        strings.extend(classes.iter().flat_map(|(.., fields)| fields.iter().map(|field| field.0)));
        let index =
            |text: &str| strings.iter().position(|known| *known == text).expect("a string") as i64;
        let number = |number: i64| index(&numbers[number as usize]);
        let element = |name: &str, attributes: &[(&str, i64)], children: Vec<Bytes>| {
            let mut bytes = self.values().int(index(name)).int(attributes.len() as i64);
            for (name, value) in attributes {
                bytes = bytes.int(index(name)).int(*value);
            }
            let start = bytes.int(children.len() as i64);
            children.into_iter().fold(start, Bytes::then)
        };
        let field = |(name, class, is_constant, is_list): &Field| {
            let mut attributes = vec![("name", index(name)), ("class", number(*class))];
            attributes.extend(is_constant.then(|| ("constantPool", index("true"))));
            attributes.extend(is_list.then(|| ("dimension", index("1"))));
            element("field", &attributes, vec![])
        };
        let class = |(id, name, fields): &(i64, &str, Vec<Field>)| {
            let fields = fields.iter().map(field).collect();
            element("class", &[("name", index(name)), ("id", number(*id))], fields)
        };
        let all = element("metadata", &[], classes.iter().map(class).collect());
        let root = element("root", &[], vec![all]);
        let table = self.values().longs(&[0, 0, 1]).int(strings.len() as i64);
        let table = strings.iter().fold(table, |bytes, text| bytes.text(text));
        self.event(0, table.then(root))
    }

    /// A checkpoint with pools of this many constants.
    fn checkpoint(self, pools: &[(i64, i64, Bytes)]) -> Chunk {
        let start = self.values().longs(&[0, 0, -1]).byte(1).int(pools.len() as i64);
        let pools = pools.iter().fold(start, |bytes, (class, count, constants)| {
            bytes.long(*class).int(*count).then(constants.clone())
        });
        self.event(1, pools)
    }

    fn bytes(&self) -> Vec<u8> {
        self.sized(68 + self.events.bytes.len())
    }

    /// With this size in its header.
    fn sized(&self, size: usize) -> Vec<u8> {
        let header = Bytes::default().number(2, 2).number(1, 2);
        // Size, constants, metadata, start, duration, start in ticks, ticks a second.
        let clock = [size as i64, 0, 0, 1_000_000_000, 500, 50, 2_000_000_000];
        let header = header.longs(&clock).int(self.events.is_compressed.into());
        [super::chunk::MAGIC, &header.bytes, &self.events.bytes].concat()
    }
}

/// Two samples at `Shop.rank` called by `main`, and one in native code.
fn shop(is_compressed: bool) -> Chunk {
    let chunk = Chunk::new(is_compressed);
    let values = || chunk.values();
    let constants = [
        (SYMBOL, 4, {
            let names = ["com/acme/Shop", "rank", "main", "read"];
            let numbered = (1..).zip(names);
            numbered.fold(values(), |bytes, (id, name)| bytes.long(id).text(name))
        }),
        (CLASS, 1, values().longs(&[5, 1]).int(0)),
        // `read` is of no class.
        (METHOD, 3, values().longs(&[7, 5, 2, 8, 5, 3, 9, 0, 4])),
        (FRAME_TYPE, 2, values().long(1).text("Inlined").long(2).text("Native")),
        (TRACE, 2, {
            let ranked = values().long(30).byte(0).int(2);
            let ranked = ranked.long(7).int(12).long(1).long(8).int(3).long(0);
            // Too deep to be recorded whole.
            ranked.long(31).byte(1).int(1).long(9).int(-1).long(2)
        }),
        (THREAD, 2, values().long(1).text("os").text("ranker").long(2).text("os").text("")),
        (STATE, 1, values().long(1).text("STATE_RUNNABLE")),
    ];
    let sample = |ticks, thread, trace| values().longs(&[ticks, thread, trace, 1]);
    let samples = [sample(60, 1, 30), sample(90, 1, 30), sample(70, 2, 31)];
    let setting = values().longs(&[50, SAMPLE]).text("period").text("10 ms");
    let wall = sample(100, 1, 30).int(5).long(4_000);
    let chunk = chunk.metadata(&classes()).checkpoint(&constants);
    let chunk = samples.into_iter().fold(chunk, |chunk, sample| chunk.event(SAMPLE, sample));
    chunk.event(SETTING, setting).event(WALL, wall)
}

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
