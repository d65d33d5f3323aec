//! Chunks written by hand, value by value, for the tests of this reader.

/// Values of a chunk, as they are encoded.
#[derive(Clone, Default)]
pub(super) struct Bytes {
    bytes: Vec<u8>,
    is_compressed: bool,
}

impl Bytes {
    /// A number of this many bytes if it is not compressed.
    pub(super) fn number(mut self, number: i64, width: usize) -> Bytes {
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

    pub(super) fn long(self, number: i64) -> Bytes {
        self.number(number, 8)
    }

    pub(super) fn longs(self, numbers: &[i64]) -> Bytes {
        numbers.iter().fold(self, |bytes, number| bytes.long(*number))
    }

    pub(super) fn int(self, number: i64) -> Bytes {
        self.number(number, 4)
    }

    pub(super) fn byte(self, byte: u8) -> Bytes {
        self.number(byte.into(), 1)
    }

    pub(super) fn text(self, text: &str) -> Bytes {
        let mut bytes = self.byte(3).int(text.len() as i64);
        bytes.bytes.extend(text.as_bytes());
        bytes
    }

    pub(super) fn then(mut self, other: Bytes) -> Bytes {
        self.bytes.extend(other.bytes);
        self
    }
}

/// A field: name, class, whether it is a constant, whether it is a list.
pub(super) type Field = (&'static str, i64, bool, bool);

pub(super) const fn plain(name: &'static str, class: i64) -> Field {
    (name, class, false, false)
}

pub(super) const fn constant(name: &'static str, class: i64) -> Field {
    (name, class, true, false)
}

pub(super) const SYMBOL: i64 = 20;
pub(super) const CLASS: i64 = 21;
pub(super) const METHOD: i64 = 22;
pub(super) const FRAME_TYPE: i64 = 23;
pub(super) const FRAME: i64 = 24;
pub(super) const TRACE: i64 = 25;
pub(super) const THREAD: i64 = 26;
pub(super) const STATE: i64 = 27;
pub(super) const SAMPLE: i64 = 40;
pub(super) const WALL: i64 = 41;
pub(super) const SETTING: i64 = 42;
pub(super) const MALLOC: i64 = 43;
pub(super) const LIVE: i64 = 44;
pub(super) const READ: i64 = 45;
pub(super) const LOG: i64 = 46;

pub(super) fn classes() -> Vec<(i64, &'static str, Vec<Field>)> {
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
pub(super) struct Chunk {
    events: Bytes,
}

impl Chunk {
    pub(super) fn new(is_compressed: bool) -> Chunk {
        Chunk { events: Bytes { bytes: Vec::new(), is_compressed } }
    }

    pub(super) fn values(&self) -> Bytes {
        Bytes { bytes: Vec::new(), is_compressed: self.events.is_compressed }
    }

    pub(super) fn event(mut self, class: i64, fields: Bytes) -> Chunk {
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
    pub(super) fn metadata(self, classes: &[(i64, &str, Vec<Field>)]) -> Chunk {
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
    pub(super) fn checkpoint(self, pools: &[(i64, i64, Bytes)]) -> Chunk {
        let start = self.values().longs(&[0, 0, -1]).byte(1).int(pools.len() as i64);
        let pools = pools.iter().fold(start, |bytes, (class, count, constants)| {
            bytes.long(*class).int(*count).then(constants.clone())
        });
        self.event(1, pools)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.sized(68 + self.events.bytes.len())
    }

    /// With this size in its header.
    pub(super) fn sized(&self, size: usize) -> Vec<u8> {
        let header = Bytes::default().number(2, 2).number(1, 2);
        // Size, constants, metadata, start, duration, start in ticks, ticks a second.
        let clock = [size as i64, 0, 0, 1_000_000_000, 500, 50, 2_000_000_000];
        let header = header.longs(&clock).int(self.events.is_compressed.into());
        [super::chunk::MAGIC, &header.bytes, &self.events.bytes].concat()
    }
}

/// Two samples at `Shop.rank` called by `main`, and one in native code.
pub(super) fn shop(is_compressed: bool) -> Chunk {
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

/// The classes of async-profiler.
pub(super) fn classes_of_profiler() -> Vec<(i64, &'static str, Vec<Field>)> {
    let event = |more: Vec<Field>| {
        let mut fields = vec![
            plain("startTime", 11),
            constant("eventThread", THREAD),
            constant("stackTrace", TRACE),
        ];
        fields.extend(more);
        fields
    };
    let more = vec![
        (MALLOC, "profiler.Malloc", event(vec![plain("address", 11), plain("size", 11)])),
        (LIVE, "profiler.LiveObject", event(vec![plain("allocationSize", 11)])),
        (READ, "jdk.FileRead", event(vec![])),
        (LOG, "profiler.Log", vec![]),
    ];
    [classes(), more].concat()
}

/// A chunk of async-profiler with states 1 and 2, the first of which is that of a thread that
/// was sampled because it ran; one sample in it, three of all threads.
pub(super) fn profiled() -> Chunk {
    let chunk = Chunk::new(true).metadata(&classes_of_profiler());
    let values = || Chunk::new(true).values();
    let states = values().long(1).text("STATE_DEFAULT").long(2).text("STATE_SLEEPING");
    let setting = |name, value| values().longs(&[50, SAMPLE]).text(name).text(value);
    let mut chunk = chunk.checkpoint(&[(STATE, 2, states)]);
    for (name, value) in [("event", "itimer"), ("interval", "0"), ("wall", "50000000")] {
        chunk = chunk.event(SETTING, setting(name, value));
    }
    for state in [1, 2, 2, 2] {
        chunk = chunk.event(SAMPLE, values().longs(&[60, 0, 0, state]));
    }
    chunk
}
