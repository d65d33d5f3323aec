//! Files that are not read: what each looks like, and the command that turns it into one
//! that is. The formats that are read are in `format`.

use super::json::Keys;
use super::text::{self, Lines};

/// How a file of another program is told.
enum Start {
    /// By one of these at its start.
    Bytes(&'static [&'static [u8]]),
    /// By these names at the top of a JSON object.
    Keys(&'static [&'static str]),
    /// By its first line.
    Line(fn(&[u8]) -> bool),
}

/// A file of another program, and what to do with it.
struct Foreign {
    start: Start,
    looks_like: &'static str,
    help: &'static str,
}

const SPEEDSCOPE: &str = "open it in speedscope, and export it from there";

#[rustfmt::skip]
const FOREIGN: [Foreign; 39] = [
    bytes(&[b"PERFILE2", b"2ELIFREP"], "a recording of perf", "print it as text: `perf script -i perf.data > perf.txt`"),
    bytes(&[b"PK\x03\x04", b"PK\x05\x06"], "a zip archive", "unpack it: `unzip`"),
    bytes(&[b"\x28\xb5\x2f\xfd"], "a file packed by zstd", "unpack it: `zstd -d`"),
    bytes(&[b"\xfd7zXZ\0"], "a file packed by xz", "unpack it: `xz -d`"),
    bytes(&[b"BZh91AY", b"BZh61AY", b"BZh11AY"], "a file packed by bzip2", "unpack it: `bzip2 -d`"),
    bytes(&[b"\x1f\x8b"], "a file packed twice by gzip", "unpack it once: `gzip -d`"),
    Foreign { start: Start::Line(is_memray), looks_like: "a capture of memray", help: "convert it: `python -m flamebook convert <file>`" },
    bytes(&[b"\x04\x22\x4d\x18"], "a file packed by lz4", "unpack it: `lz4 -d`"),
    bytes(&[b"7z\xbc\xaf\x27\x1c"], "a 7z archive", "unpack it: `7z x`"),
    bytes(&[b"heap_v2/"], "a heap profile of jemalloc", "fold it: `jeprof --collapsed <program> <file> > heap.folded`"),
    bytes(&[b"heap profile: ", b"--- contention", b"--- mutex", b"--- Thread", b"--- threadz"], "a profile of gperftools in text", "convert it: `pprof -proto <program> <file> > x.pb.gz`"),
    bytes(&[b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"], "a CPU profile of gperftools", "convert it: `pprof -proto <program> <file> > cpu.pb.gz`"),
    bytes(&[b"goroutine profile: total "], "goroutines of Go as text", "get them without `debug=`: `curl -o goroutine.pb.gz <host>/debug/pprof/goroutine`"),
    bytes(&[b"PeriodType: "], "pprof's own report as text", "write the profile itself: `pprof -proto`"),
    bytes(&[b"\x7fELF", b"MZ\x90\0", b"\xcf\xfa\xed\xfe"], "a program, not a profile of one", "run it under a profiler first"),
    bytes(&[b"\x04\x08"], "a recording of stackprof", "fold it: `stackprof --stackcollapse <file> > x.folded`"),
    keys(&["raw", "frames", "mode"], "a recording of stackprof", "fold it: `stackprof --stackcollapse <file> > x.folded`"),
    bytes(&[b"{\xa9", b"{(\x02"], "statistics of Python's cProfile, which have no stacks", "record again: `py-spy record -f speedscope -o x.speedscope.json`"),
    bytes(&[b"# callgrind format", b"version: 1\ncreator: ", b"events: "], "a recording of callgrind or Xdebug", SPEEDSCOPE),
    bytes(&[b"JAVA PROFILE "], "a heap dump of a JVM, which has no stacks", "record again: `jcmd <pid> JFR.start`"),
    bytes(&[b"Nettrace"], "a recording of dotnet-trace", "convert it: `dotnet-trace convert --format Speedscope <file>`"),
    bytes(&[b"Full thread dump"], "a thread dump of a JVM", "fold it: `stackcollapse-jstack.pl`"),
    bytes(&[b"@[", b"Attaching "], "stacks of bpftrace", "fold them: `stackcollapse-bpftrace.pl <file> > x.folded`"),
    bytes(&[b"Analysis of sampling", b"Sampling process"], "a report of sample, of macOS", "fold it: `stackcollapse-sample.awk <file> > x.folded`"),
    bytes(&[b"<?xml version=\"1.0\"?>\n<trace-query-result"], "a table of Instruments", "fold it: `inferno-collapse-xctrace <file> > x.folded`"),
    bytes(&[b"gmon\x01\0\0\0"], "a recording of gprof, which has no stacks", "record again: `perf record -g`"),
    bytes(&[b"go 1."], "an execution trace of Go", "take a profile out of it: `go tool trace -pprof=sched <file> > x.pb`"),
    bytes(&[b"version https://git-lfs"], "a pointer of Git LFS", "fetch the file itself: `git lfs pull`"),
    bytes(&[b"<svg", b"<?xml"], "a picture or XML", "open the profile that it was made from"),
    bytes(&[b"<!DOCTYPE html", b"<!doctype html", b"<html"], "a web page", "download the profile itself; a server may have answered with an error"),
    keys(&["meta", "threads"], "a recording of the Firefox profiler", SPEEDSCOPE),
    keys(&["snapshot", "nodes"], "a heap snapshot of V8, which has no stacks", "record again: `node --heap-prof`"),
    keys(&["head", "samples"], "a CPU profile of an old V8", "record again: `node --cpu-prof`"),
    keys(&["benchmarks", "context"], "results of a benchmark", "record it under a profiler"),
    keys(&["machine_info", "benchmarks"], "results of a benchmark", "record it under a profiler"),
    Foreign { start: Start::Line(is_tar), looks_like: "a tar archive", help: "unpack it: `tar -xf`" },
    Foreign { start: Start::Line(is_austin), looks_like: "a recording of Austin", help: "convert it: `austin2speedscope <file> x.speedscope.json`" },
    Foreign { start: Start::Line(is_jstack), looks_like: "a thread dump of a JVM", help: "fold it: `stackcollapse-jstack.pl`" },
    Foreign { start: Start::Line(is_table), looks_like: "a table of values", help: "write a stack and a value in each line: `main;run 12`" },
];

const fn bytes(
    start: &'static [&'static [u8]],
    looks_like: &'static str,
    help: &'static str,
) -> Foreign {
    Foreign { start: Start::Bytes(start), looks_like, help }
}

const fn keys(
    keys: &'static [&'static str],
    looks_like: &'static str,
    help: &'static str,
) -> Foreign {
    Foreign { start: Start::Keys(keys), looks_like, help }
}

/// Whether the first bytes are those of another program's file.
pub(super) fn is_foreign(bytes: &[u8]) -> bool {
    let starts = |start: &Start| match start {
        Start::Bytes(starts) => starts.iter().any(|start| bytes.starts_with(start)),
        Start::Keys(_) | Start::Line(_) => false,
    };
    FOREIGN.iter().any(|foreign| starts(&foreign.start))
}

/// What a file of another program looks like, and the command that helps, in one sentence.
pub(super) fn converted(bytes: &[u8]) -> Option<String> {
    let Foreign { looks_like, help, .. } = FOREIGN.iter().find(|f| f.start.is_of(bytes))?;
    Some(format!("it looks like {looks_like}; {help}"))
}

/// What a file of no known program looks like.
pub(super) fn described(bytes: &[u8]) -> String {
    if let Some(keys) = Keys::of(bytes) {
        let names: Vec<String> =
            keys.take(4).map(|(key, _)| format!("`{}`", String::from_utf8_lossy(key))).collect();
        let names = if names.is_empty() { "no names".to_owned() } else { names.join(", ") };
        return format!("it looks like JSON in no known format, with {names} at its top");
    }
    if is_json_list(bytes) {
        return "it looks like JSON in no known format, a list".to_owned();
    }
    match is_readable(bytes) {
        true => format!(
            "it looks like text in no known format, which starts with `{}`; of text, lines such as \
             `main;run 12` are read",
            first_words(bytes)
        ),
        false => "it looks like binary data in no known format".to_owned(),
    }
}

impl Start {
    fn is_of(&self, bytes: &[u8]) -> bool {
        match self {
            Start::Bytes(starts) => starts.iter().any(|start| bytes.starts_with(start)),
            Start::Keys(wanted) => {
                let found: Vec<&[u8]> =
                    Keys::of(bytes).into_iter().flatten().map(|(key, _)| key).collect();
                wanted.iter().all(|key| found.contains(&key.as_bytes()))
            }
            Start::Line(is_of) => is_of(bytes),
        }
    }
}

/// memray packs its captures by lz4, which leaves the first bytes as they are.
fn is_memray(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64)];
    let is_packed = start.starts_with(b"\x04\x22\x4d\x18");
    start.starts_with(b"memray\0") || is_packed && start.windows(7).any(|w| w == b"memray\0")
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Time, whether it was idle, and memory behind each stack: `P1;T1;a.py:f:2 100,0,2048`.
fn is_austin(bytes: &[u8]) -> bool {
    let line = first_line(bytes);
    let values = line.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is_number = |part: &[u8]| std::str::from_utf8(part).is_ok_and(|p| p.parse::<i64>().is_ok());
    line.starts_with(b"# austin")
        || line.starts_with(b"P") && values.split(|byte| *byte == b',').all(is_number)
}

/// A date, and then the dump.
fn is_jstack(bytes: &[u8]) -> bool {
    Lines::new(bytes).take(3).any(|(_, line)| line.starts_with(b"Full thread dump"))
}

/// Whether it is a JSON list, which text that starts with a bracket need not be.
fn is_json_list(bytes: &[u8]) -> bool {
    let inside = bytes.trim_ascii_start().strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| matches!(inside, [b'{' | b'[' | b'"' | b']', ..]))
}

fn is_table(bytes: &[u8]) -> bool {
    let line = first_line(bytes);
    let is_json = Keys::of(bytes).is_some() || is_json_list(bytes);
    text::is_text(bytes)
        && !is_json
        && line.iter().filter(|byte| matches!(byte, b',' | b'\t')).count() >= 2
}

/// Whether it is readable text, in any encoding of Latin letters.
fn is_readable(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let replaced = head.chars().filter(|char| *char == char::REPLACEMENT_CHARACTER).count();
    text::is_text(bytes) && 4 * replaced < head.chars().count()
}

/// The first line that is not blank.
fn first_line(bytes: &[u8]) -> &[u8] {
    Lines::new(bytes).map(|(_, line)| line).find(|line| !line.is_empty()).unwrap_or_default()
}

fn first_words(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    let line = String::from_utf8_lossy(first_line(bytes)).trim().replace('`', "'");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use crate::source::fixture::refused;

    #[test]
    fn a_file_of_another_program_is_named_with_the_way_to_convert_it() {
        for (bytes, looks_like, help) in [
            (&b"PERFILE2\x68\0\0\0"[..], "a recording of perf", "perf script"),
            (b"PK\x03\x04\x14\0\0\0", "a zip archive", "unzip"),
            (b"heap_v2/524288\n  t*: 2: 300 [0: 0]\n", "jemalloc", "jeprof --collapsed"),
            (b"heap profile: 1: 2 [3: 4] @ heapprofile\n", "gperftools", "pprof -proto"),
            (
                br#"{"version":1.2,"mode":"wall","frames":{},"raw":[1]}"#,
                "stackprof",
                "stackcollapse",
            ),
            (b"P1;T1;a.py:main:1;a.py:f:2 100,0,2048\n", "Austin", "austin2speedscope"),
            (b"Nettrace\x14\0", "dotnet-trace", "--format Speedscope"),
            (b"<!DOCTYPE html>\n<title>502</title>", "a web page", "download"),
            (br#"{"meta":{},"libs":[],"threads":[]}"#, "Firefox", "speedscope"),
            (
                br#"{"head":{"functionName":"(root)","hitCount":0},"samples":[3,3]}"#,
                "an old V8",
                "node --cpu-prof",
            ),
            (
                br#"{"names":["total"],"levels":[[0,3,1,0]],"numTicks":3,"maxSelf":1}"#,
                "JSON in no known format, with `names`, `levels`, `numTicks`, `maxSelf`",
                "",
            ),
            (br#"[{"a":1,"b":2,"c":3}]"#, "JSON in no known format, a list", ""),
            (br#"{"a":1,"b":[]}"#, "JSON in no known format, with `a`, `b` at its top", ""),
            (
                b"nothing here\nof use\n",
                "text in no known format, which starts with `nothing here`",
                "main;run 12",
            ),
            (b"\x01\x02\x03\x04", "binary data in no known format", ""),
            (b"2026-11-29 10:00:00\nFull thread dump OpenJDK\n", "a thread dump", "jstack"),
            (b"name,self,total\nmain,1,2\n", "a table of values", "main;run 12"),
        ] {
            let error = refused(bytes);
            assert!(error.starts_with("no profile: it looks like "), "{error}");
            assert!(error.contains(looks_like) && error.contains(help), "{error}");
            assert!(!error.contains("\\x"), "{error}");
        }
        let packed = |bytes: &[u8]| {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory")
        };
        let twice = packed(&packed(b"main;run 12\n"));
        assert!(refused(&twice).contains("a file packed twice by gzip; unpack it once: `gzip -d`"));
        let mut archive = vec![0; 512];
        archive[..4].copy_from_slice(b"a.pb");
        archive[257..262].copy_from_slice(b"ustar");
        assert!(refused(&archive).contains("a tar archive; unpack it: `tar -xf`"));
    }
}
