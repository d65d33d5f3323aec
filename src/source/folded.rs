//! Folded stacks, a line each: `main;run;encode 12`, from the root to the leaf.
//!
//! Written by the collapse scripts for perf and DTrace, by py-spy as `raw`, and by
//! `save "x.folded"`. A value is a number without a unit, so the type is `samples`, a
//! count. Blank lines and `# comments` are skipped. Marks on a frame are removed from its
//! name and kept as its kind: `_[k]` kernel, `_[j]` compiled while
//! running, `_[i]` inlined; `name (file.py:12)` is a function of a file in a line.
//!
//! Two numbers in every line are two sides, as `difffolded.pl` writes them: two
//! recordings with the label `side`, `left` before `right`.

use rustc_hash::FxHashMap;

use super::batch::Batch;
use super::code::source_kind;
use super::malformed::ReadError;
use super::recording::Recording;
use super::tally::Tally;
use super::text::{self, Lines, Rounding};
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Frame, FrameKind, Function, ProfileType, StackId};
use crate::quantity::Span;
use crate::work::Work;

pub(super) const NAME: &str = "folded stacks";

/// How many lines are looked at to recognise the format.
const LEADING: usize = 20;

/// Written by `save` for samples without frames.
const NO_STACK: &[u8] = b"(no stack)";

/// Whether the first line that is not blank or a comment is a stack and a value.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    text::is_text(bytes) && leading(bytes).next().is_some_and(|line| split(line).is_some())
}

/// The first lines that are not blank or comments.
fn leading(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Lines::new(bytes).map(|(_, line)| line).filter(|line| says_something(line)).take(LEADING)
}

fn says_something(line: &[u8]) -> bool {
    !line.is_empty() && line[0] != b'#'
}

/// Reads a whole text.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let has_sides = leading(bytes).all(|line| split(line).is_some_and(|(s, _)| split(s).is_some()));
    let wanted = match has_sides {
        true => "expected a stack and two values, as in the lines before",
        false => "expected a stack and a value, such as `main;run 12`",
    };
    let mut sides = vec![Side::default(); if has_sides { 2 } else { 1 }];
    let mut frames = Frames::default();
    for (number, line) in Lines::new(bytes).filter(|(_, line)| says_something(line)) {
        work.check()?;
        let malformed = |reason| text::malformed(NAME, number, reason);
        let mut stack = line;
        let mut values = [0; 2];
        for (side, value) in sides.iter_mut().zip(&mut values).rev() {
            let (rest, written) = split(stack).ok_or_else(|| malformed(wanted))?;
            *value = side.value(written).ok_or_else(|| malformed("the value is too large"))?;
            stack = rest;
        }
        let stack = frames.stack(stack, batch);
        for (side, value) in sides.iter_mut().zip(values) {
            // A stack that is on one side only has a 0 on the other.
            if value != 0 || !has_sides {
                side.tally.add(stack, TagsId(0), &[value]);
            }
        }
    }
    let kind = batch.kind(ProfileType::new("samples", ("samples", "count"), ("", "")));
    let recordings = sides.into_iter().map(|side| side.tally.into_recording(&[kind], Span(0)));
    let mut recordings: Vec<Recording> = recordings.collect();
    if let [left, right] = &mut recordings[..] {
        left.labels = [("side", "left")].into_iter().collect();
        right.labels = [("side", "right")].into_iter().collect();
    }
    Ok(recordings)
}

/// Samples with one of the values of a line.
#[derive(Debug, Default, Clone)]
struct Side {
    tally: Tally,
    rounding: Rounding,
}

impl Side {
    fn value(&mut self, written: &str) -> Option<i64> {
        let is_whole = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if is_whole { written.parse().ok() } else { self.rounding.whole(written.parse().ok()?) }
    }
}

/// A line's stack, and the number at its end.
fn split(line: &[u8]) -> Option<(&[u8], &str)> {
    let blank = line.iter().rposition(|byte| matches!(byte, b' ' | b'\t'))?;
    let value = std::str::from_utf8(&line[blank + 1..]).ok()?;
    let stack = line[..blank].trim_ascii_end();
    // A number as code writes it: neither `inf` nor `nan`.
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && value.parse::<f64>().is_ok();
    (is_number && !stack.is_empty()).then_some((stack, value))
}

/// The frames of a file, by how they are written.
#[derive(Default)]
struct Frames<'a> {
    known: FxHashMap<&'a [u8], FrameId>,
}

impl<'a> Frames<'a> {
    fn stack(&mut self, written: &'a [u8], batch: &mut Batch) -> StackId {
        if written == NO_STACK {
            return StackId::EMPTY;
        }
        let names = written.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        names.filter(|name| !name.is_empty()).fold(StackId::EMPTY, |stack, name| {
            let frame = *self.known.entry(name).or_insert_with(|| frame(name, batch));
            batch.below(stack, frame)
        })
    }
}

fn frame(written: &[u8], batch: &mut Batch) -> FrameId {
    let written = String::from_utf8_lossy(written);
    let (name, kind, inlined) = unmarked(&written);
    let (name, file, line) = located(name).unwrap_or((name, "", 0));
    let kind = if kind == FrameKind::Native { source_kind(file) } else { kind };
    let (name, file) = (batch.string(name), batch.string(file));
    let function = batch.function(Function { name, file, ..Function::default() });
    batch.frame(Frame { function, line, inlined, kind, ..Frame::default() })
}

/// A name without the mark that a collapse script added, and what the mark means.
fn unmarked(name: &str) -> (&str, FrameKind, bool) {
    let marks = [
        ("_[k]", FrameKind::Kernel, false),
        ("_[j]", FrameKind::Jit, false),
        ("_[i]", FrameKind::Native, true),
    ];
    let found = marks.into_iter().find_map(|(mark, kind, inlined)| {
        let name = name.strip_suffix(mark).filter(|name| !name.is_empty())?;
        Some((name, kind, inlined))
    });
    found.unwrap_or((name, FrameKind::Native, false))
}

/// `fib (shop.py:7)`: the function, its file, the line.
fn located(name: &str) -> Option<(&str, &str, u32)> {
    let (function, place) = name.strip_suffix(')')?.rsplit_once(" (")?;
    let (file, line) = place.rsplit_once(':')?;
    let is_file = !file.is_empty() && !function.is_empty();
    is_file.then_some((function, file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fixture::{self, refused, refuses_what_is_broken};

    fn samples(text: &str) -> Vec<String> {
        fixture::samples(text.as_bytes())
    }

    #[test]
    fn a_line_is_a_stack_and_a_value() {
        let text = "# made by hand\r\n\r\nmain;run now;f  3\r\nmain\t4\n  \nmain;run now;f 2";
        assert_eq!(samples(text), ["samples {} main;run now;f 5", "samples {} main 4"]);
    }

    #[test]
    fn values_are_any_numbers() {
        // 0.5 is rounded to 1, half too much; 0.25 - 0.5 to 0; then 1e3 - 0.25.
        assert_eq!(
            samples("a 0.5\nb .25\nc 1e3\nd -7\ne 9007199254740993"),
            [
                "samples {} a 1",
                "samples {} b 0",
                "samples {} c 1000",
                "samples {} d -7",
                "samples {} e 9007199254740993",
            ]
        );
    }

    #[test]
    fn two_values_are_two_sides() {
        assert_eq!(
            samples("a;b 3 0\na 1.5 2\na;c 0 4\n"),
            [
                "samples {side=\"left\"} a;b 3",
                "samples {side=\"left\"} a 2",
                "samples {side=\"right\"} a 2",
                "samples {side=\"right\"} a;c 4",
            ]
        );
        // One line without a second value: the number belongs to the name.
        assert_eq!(samples("step 3 4\nstep 5\n"), ["samples {} step 3 4", "samples {} step 5"]);
    }

    #[test]
    fn samples_without_a_stack_and_frames_without_a_name_are_not_frames() {
        assert_eq!(samples("(no stack) 3\n;a;;b; 4\n"), ["samples {}  3", "samples {} a;b 4"]);
    }

    #[test]
    fn marks_and_places_are_not_part_of_a_name() {
        let text = "main.rs;do_syscall_64_[k];Cart.add_[j];push_[i];fib (shop.py:7);f (x) 1";
        let frames = fixture::frames(text.as_bytes());
        assert_eq!(
            frames,
            [
                "main.rs native",
                "do_syscall_64 kernel",
                "Cart.add jit",
                "push native inlined",
                "fib shop.py:7 interpreted",
                "f (x) native",
            ]
        );
    }

    #[test]
    fn what_is_no_line_of_a_stack_is_named() {
        for (text, error) in [
            (
                "a 1\nb\n",
                "folded stacks: expected a stack and a value, such as `main;run 12` in line 2",
            ),
            (
                "a 1\n\nb NaN\n",
                "folded stacks: expected a stack and a value, such as `main;run 12` in line 3",
            ),
            (
                "a 1\n 7\n",
                "folded stacks: expected a stack and a value, such as `main;run 12` in line 2",
            ),
            ("a 99999999999999999999\n", "folded stacks: the value is too large in line 1"),
            ("a 1e999\n", "folded stacks: the value is too large in line 1"),
        ] {
            assert_eq!(refused(text.as_bytes()), error, "{text}");
        }
        for text in ["a", "NaN", "a inf\n", "{\"a\": 1}", "12\n"] {
            assert!(refused(text.as_bytes()).starts_with("no profile"), "{text}");
        }
        let longs = ["a 1 2\n"; LEADING].concat() + "b 3\n";
        assert_eq!(
            refused(longs.as_bytes()),
            "folded stacks: expected a stack and two values, as in the lines before in line 21"
        );
    }

    #[test]
    fn any_cut_is_read_or_refused() {
        refuses_what_is_broken(include_bytes!("../../tests/data/threads.folded"));
    }
}
