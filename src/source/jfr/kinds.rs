//! Which events are read, and which profile types they become.
//!
//! Ids are those of Pyroscope where it has them, so that a query means the same over
//! files and over a server: `process_cpu:cpu:…`, `mutex:delay:…`, `block:delay:…`.
//!
//! A JVM reports allocations in two ways that overlap, so each is a type of its own:
//! `memory:alloc_space` is a weighted sample of all allocations, `tlab:alloc_space` are the
//! buffers that threads allocate from. A query may say `alloc_space` where a file has only
//! one of them. The same holds for its two CPU samplers: `process_cpu:cpu` samples running
//! threads at an interval, `cpu_time:cpu` by the CPU time that each used (JDK 25, JEP 509).
//! async-profiler adds `malloc:alloc_space`, the native memory that was asked for, and
//! `live:inuse_space`, the sampled objects that were still in use at the end.

use crate::profile::ProfileType;

pub(super) const EXECUTION_SAMPLE: &str = "jdk.ExecutionSample";
pub(super) const WALL_CLOCK_SAMPLE: &str = "profiler.WallClockSample";

/// The profiles of a recording, one for each family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Cpu,
    CpuTime,
    Native,
    Wall,
    Memory,
    Tlab,
    Malloc,
    Live,
    Mutex,
    Block,
}

/// What an event adds to a profile: a count of one, and an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// The period of the event, from the settings.
    Period,
    /// A field of bytes.
    Bytes(&'static str),
    /// A field in ticks of the chunk's clock; the period if there is no such field.
    Ticks(&'static str),
}

/// How the events of one class are read.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) event: &'static str,
    pub(super) family: Family,
    pub(super) amount: Amount,
    /// The field with the thread.
    pub(super) thread: &'static str,
    /// The field with the class that the event is about; "" if there is none.
    pub(super) class: &'static str,
    /// The field with a count, where one event stands for several samples.
    pub(super) count: &'static str,
}

const fn rule(event: &'static str, family: Family, amount: Amount, class: &'static str) -> Rule {
    Rule { event, family, amount, thread: "eventThread", class, count: "" }
}

const fn sample(event: &'static str, family: Family, amount: Amount, count: &'static str) -> Rule {
    Rule { event, family, amount, thread: "sampledThread", class: "", count }
}

pub(super) const RULES: [Rule; 11] = [
    sample(EXECUTION_SAMPLE, Family::Cpu, Amount::Period, ""),
    // Threads in native code mostly wait there, so this is not CPU time.
    sample("jdk.NativeMethodSample", Family::Native, Amount::Period, ""),
    rule("jdk.CPUTimeSample", Family::CpuTime, Amount::Ticks("samplingPeriod"), ""),
    sample(WALL_CLOCK_SAMPLE, Family::Wall, Amount::Ticks("timeSpan"), "samples"),
    rule("jdk.ObjectAllocationSample", Family::Memory, Amount::Bytes("weight"), "objectClass"),
    rule("jdk.ObjectAllocationInNewTLAB", Family::Tlab, Amount::Bytes("tlabSize"), "objectClass"),
    rule(
        "jdk.ObjectAllocationOutsideTLAB",
        Family::Tlab,
        Amount::Bytes("allocationSize"),
        "objectClass",
    ),
    rule("profiler.Malloc", Family::Malloc, Amount::Bytes("size"), ""),
    rule("profiler.LiveObject", Family::Live, Amount::Bytes("allocationSize"), "objectClass"),
    rule("jdk.JavaMonitorEnter", Family::Mutex, Amount::Ticks("duration"), "monitorClass"),
    rule("jdk.ThreadPark", Family::Block, Amount::Ticks("duration"), "parkedClass"),
];

impl Family {
    pub(super) const ALL: [Family; 10] = [
        Family::Cpu,
        Family::CpuTime,
        Family::Native,
        Family::Wall,
        Family::Memory,
        Family::Tlab,
        Family::Malloc,
        Family::Live,
        Family::Mutex,
        Family::Block,
    ];

    /// The type of the counts, and that of the amounts.
    pub(super) fn types(self) -> [ProfileType; 2] {
        let types = |family, count, (amount, unit), period: (&str, &str)| {
            [(count, "count"), (amount, unit)].map(|kind| ProfileType::new(family, kind, period))
        };
        let time = |name| (name, "nanoseconds");
        let [space, delay] = [("alloc_space", "bytes"), time("delay")];
        match self {
            Family::Cpu => types("process_cpu", "samples", time("cpu"), time("cpu")),
            Family::CpuTime => types("cpu_time", "samples", time("cpu"), time("cpu")),
            Family::Native => types("native", "native_samples", time("native"), time("native")),
            Family::Wall => types("wall", "wall_samples", time("wall"), time("wall")),
            // Samples of allocations: no event says how many objects they stand for.
            Family::Memory => types("memory", "alloc_samples", space, ("space", "bytes")),
            Family::Tlab => types("tlab", "alloc_samples", space, ("space", "bytes")),
            Family::Malloc => types("malloc", "alloc_samples", space, ("space", "bytes")),
            Family::Live => {
                types("live", "inuse_samples", ("inuse_space", "bytes"), ("space", "bytes"))
            }
            Family::Mutex => types("mutex", "contentions", delay, ("mutex", "count")),
            Family::Block => types("block", "contentions", delay, ("block", "count")),
        }
    }
}
