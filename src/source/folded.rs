//! Folded stacks, a line each: `main;run;encode 12`, from the root to the leaf.
//!
//! Written by the collapse scripts for perf and DTrace, by py-spy as `raw`, and by
//! `save "x.folded"`. A value is a number without a unit, so the type is `samples`, a
//! count, of parts of a sample if there are fractions. Blank lines and `# comments` are
//! skipped. Marks on a frame are removed from its name and kept as its kind (`code`);
//! `name (file.py:12)` is a function of a file in a line.
//!
//! Two numbers in every line may be two sides, as `difffolded.pl` writes them: two
//! recordings with the label `side`, `left` before `right`. They may also be names that
//! end in a number, so that more than the numbers must speak for two sides.

use rustc_hash::{FxHashMap, FxHashSet};

use super::batch::Batch;
use super::code::{source_kind, unmarked};
use super::fractions::Part;
use super::malformed::ReadError;
use super::recording::Recording;
use super::tally::Tally;
use super::text::{self, Lines, Rounding};
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Frame, FrameKind, Function, StackId};
use crate::quantity::Span;
use crate::work::Work;

pub(super) const NAME: &str = "folded stacks";

/// How many lines are looked at to recognise the format.
const LEADING: usize = 20;

/// Written by `save` for samples without frames.
const NO_STACK: &[u8] = b"(no stack)";

/// Whether the first line that is not blank or a comment is a stack and a value.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    text::is_text(bytes) && told(bytes).next().is_some_and(|line| split(line).is_some())
}

/// The lines that are not blank or comments.
fn told(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Lines::new(bytes).map(|(_, line)| line).filter(|line| says_something(line))
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
    let numbers = Numbers::of(bytes);
    if numbers == Numbers::OneOrTwo {
        batch.remarks.add(UNSURE.to_owned());
    }
    if !bytes.ends_with(b"\n") {
        batch.remarks.add(OPEN_END.to_owned());
    }
    let n_sides = if numbers == Numbers::Two { 2 } else { 1 };
    let wanted = match numbers {
        Numbers::Two => "expected a stack and two values, as in the lines before",
        _ => "expected a stack and a value, such as `main;run 12`",
    };
    let part = Part::of(told(bytes).flat_map(|line| values(line, n_sides)));
    batch.remarks.add_all(part.remark());
    let mut sides = vec![Side::default(); n_sides];
    let mut frames = Frames::default();
    for (number, line) in Lines::new(bytes).filter(|(_, line)| says_something(line)) {
        work.check()?;
        let malformed = |reason| text::malformed(NAME, number, reason);
        let mut stack = line;
        let mut values = [0; 2];
        for (side, value) in sides.iter_mut().zip(&mut values).rev() {
            let (rest, written) = split(stack).ok_or_else(|| malformed(wanted))?;
            let read = side.value(written, part);
            *value = read.ok_or_else(|| malformed("the value is too large"))?;
            stack = rest;
        }
        let stack = frames.stack(stack, batch);
        for (side, value) in sides.iter_mut().zip(values) {
            // A stack that is on one side only has a 0 on the other.
            if value != 0 || n_sides == 1 {
                side.tally.add(stack, TagsId(0), &[value]);
            }
        }
    }
    let kind = batch.kind(part.samples());
    let recordings = sides.into_iter().map(|side| side.tally.into_recording(&[kind], Span(0)));
    let mut recordings: Vec<Recording> = recordings.collect();
    if let [left, right] = &mut recordings[..] {
        left.labels = [("side", "left")].into_iter().collect();
        right.labels = [("side", "right")].into_iter().collect();
    }
    Ok(recordings)
}

/// What the numbers at the end of each line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// One value.
    One,
    /// One value, behind a name that ends in a number; or two, which nothing else says.
    OneOrTwo,
    /// The values of two sides.
    Two,
}

const OPEN_END: &str = "it ends within a line, so the last value may be cut";

const UNSURE: &str = "each line ends in two numbers, which are read as a name that ends in a \
                      number and one value";

impl Numbers {
    /// Two sides have each stack once, and show that the first number is no part of a name:
    /// a stack is missing on the right side, or is the start of another one.
    fn of(bytes: &[u8]) -> Numbers {
        let two = |line| split(line).and_then(|(rest, right)| Some((split(rest)?.0, right)));
        if !told(bytes).take(LEADING).all(|line| two(line).is_some()) {
            return Numbers::One;
        }
        let (mut stacks, mut starts) = (FxHashSet::default(), FxHashSet::default());
        let mut is_shown = false;
        for (stack, right) in told(bytes).filter_map(two) {
            if !stacks.insert(stack) {
                return Numbers::OneOrTwo;
            }
            is_shown |= right.parse() == Ok(0.0);
            let ends = stack.iter().enumerate().filter(|(_, byte)| **byte == b';');
            starts.extend(ends.map(|(end, _)| &stack[..end]));
        }
        is_shown |= stacks.iter().any(|stack| starts.contains(stack));
        if is_shown { Numbers::Two } else { Numbers::OneOrTwo }
    }
}

/// The values at the end of a line, from the last one.
fn values(line: &[u8], count: usize) -> impl Iterator<Item = f64> {
    let mut rest = Some(line);
    (0..count).map_while(move |_| {
        let (stack, value) = split(rest.take()?)?;
        rest = Some(stack);
        value.parse().ok()
    })
}

/// Samples with one of the values of a line.
#[derive(Debug, Default, Clone)]
struct Side {
    tally: Tally,
    rounding: Rounding,
}

impl Side {
    fn value(&mut self, written: &str, part: Part) -> Option<i64> {
        let is_whole = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        match is_whole {
            // More digits than a floating-point number has.
            true => written.parse::<i64>().ok()?.checked_mul(part.scale() as i64),
            false => self.rounding.whole(written.parse::<f64>().ok()? * part.scale()),
        }
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
    let plain = (&*written, FrameKind::Native, false);
    let (name, kind, inlined) = unmarked(&written).unwrap_or(plain);
    let (name, file, line) = located(name).unwrap_or((name, "", 0));
    let kind = if kind == FrameKind::Native { source_kind(file) } else { kind };
    let (name, file) = (batch.string(name), batch.string(file));
    let function = batch.function(Function { name, file, ..Function::default() });
    batch.frame(Frame { function, line, inlined, kind, ..Frame::default() })
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
    use crate::quantity::Unit;
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
    fn a_last_line_without_an_end_is_told() {
        let said = |text: &str| fixture::remarks(text.as_bytes());
        assert_eq!(said("main 12\nmain;f 1"), [format!("x: {OPEN_END}")]);
        assert_eq!(said("main 12\nmain;f 1\n"), [""; 0]);
    }

    #[test]
    fn values_are_any_numbers() {
        assert_eq!(
            samples("c 1e3\nd -7\ne 9007199254740993"),
            ["samples {} c 1000", "samples {} d -7", "samples {} e 9007199254740993"]
        );
    }

    #[test]
    fn fractions_are_kept_in_parts_of_a_sample() {
        // 0.4, 0.3 and 1.2 are 1.9 samples.
        let text = "main;parse 0.4\nmain;load 0.3\nmain;run 1.2\nmain -2\n";
        assert_eq!(
            samples(text),
            [
                "samples {} main;parse 400",
                "samples {} main;load 300",
                "samples {} main;run 1200",
                "samples {} main -2000",
            ]
        );
        let read = fixture::read(text.as_bytes());
        assert_eq!(read.kinds[0].unit, Unit::Count("millisamples".into()));
        let said = "x: values have fractions and are counted in millisamples, 1000 to a sample";
        assert_eq!(*read.remarks, [said]);
        assert_eq!(fixture::remarks(b"main 1.0\n"), [""; 0]);
    }

    #[test]
    fn two_values_are_two_sides() {
        assert_eq!(
            samples("a;b 3 0\na 1 2\na;c 0 4\n"),
            [
                "samples {side=\"left\"} a;b 3",
                "samples {side=\"left\"} a 1",
                "samples {side=\"right\"} a 2",
                "samples {side=\"right\"} a;c 4",
            ]
        );
        // Both stacks are on both sides, and one is the start of the other.
        assert_eq!(samples("a;b 3 1\na 1 2\n").len(), 4);
        assert_eq!(
            samples("a;b 3.5 1\na 1 2\n")[..2],
            ["samples {side=\"left\"} a;b 3500", "samples {side=\"left\"} a 1000"]
        );
        // One line without a second value: the number belongs to the name.
        assert_eq!(samples("step 3 4\nstep 5\n"), ["samples {} step 3 4", "samples {} step 5"]);
    }

    #[test]
    fn names_that_end_in_a_number_are_no_sides() {
        for (text, expected) in [
            ("a.js;worker 1 5\na.js;worker 2 7\n", ["a.js;worker 1 5", "a.js;worker 2 7"]),
            ("pool 1;worker 1 5\npool 2;worker 2 7\n", ["pool 1;worker 1 5", "pool 2;worker 2 7"]),
        ] {
            assert_eq!(samples(text), expected.map(|line| format!("samples {{}} {line}")));
            assert_eq!(fixture::remarks(text.as_bytes()), [format!("x: {UNSURE}")]);
        }
    }

    #[test]
    fn samples_without_a_stack_and_frames_without_a_name_are_not_frames() {
        assert_eq!(samples("(no stack) 3\n;a;;b; 4\n"), ["samples {}  3", "samples {} a;b 4"]);
    }

    #[test]
    fn marks_and_places_are_not_part_of_a_name() {
        let text = "main.rs;do_syscall_64_[k];Cart.add_[j];push_[i];warm_[0];c1_[1];wake_[w];g (inlined);fib (shop.py:7);f (x) 1";
        let frames = fixture::frames(text.as_bytes());
        assert_eq!(
            frames,
            [
                "main.rs native",
                "do_syscall_64 kernel",
                "Cart.add jit",
                "push native inlined",
                "warm interpreted",
                "c1 jit",
                "wake native",
                "g native inlined",
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
        let lines: String = (0..LEADING).map(|number| format!("a;f{number} 1 0\n")).collect();
        let longs = lines + "b 3\n";
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
