//! The lines of a stack, from the leaf: an address, a symbol, the binary it is in.
//!
//! `13c3 serve+0x45 (/opt/shop/shop)`; or, without a call chain, behind the header. An inlined function has the word `inlined` in place
//! of its binary; it belongs to that of the next function that is not inlined. Lines are
//! looked up as text, because most have been seen before.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::profile::frame::{FrameId, StringId};
use crate::profile::{Frame, FrameKind, Function, StackId};
use crate::source::batch::Batch;
use crate::source::code::{base_name, module_kind, name_without_symbol, unmarked};

/// The frames of a trace, and the stack that is being read.
#[derive(Default)]
pub(super) struct Frames<'a> {
    known: FxHashMap<&'a [u8], FrameId>,
    known_inlined: FxHashMap<(&'a [u8], StringId), FrameId>,
    path: Vec<FrameId>,
    /// Lines of inlined functions whose binary is not known yet.
    inlined: Vec<&'a [u8]>,
}

/// The parts of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    address: u64,
    symbol: &'a [u8],
    /// Empty if it is not known.
    module: &'a [u8],
}

impl<'a> Frames<'a> {
    /// Takes the next line of a stack; false if it is not one.
    pub(super) fn push(&mut self, line: &'a [u8], batch: &mut Batch) -> bool {
        let line = line.trim_ascii();
        if let Some(known) = self.known.get(line)
            && self.inlined.is_empty()
        {
            self.path.push(*known);
            return true;
        }
        let Some(parsed) = Line::parse(line) else { return is_place(line) };
        if parsed.symbol.starts_with(b"insn:") {
            // The code at the address, `-F +brstackinsn`.
            return true;
        }
        if parsed.module == b"inlined" {
            self.inlined.push(line);
            return true;
        }
        self.push_inlined(parsed.module, batch);
        let frame = *self.known.entry(line).or_insert_with(|| parsed.frame(batch));
        self.path.push(frame);
        true
    }

    /// Forgets the lines of a stack that is not counted.
    pub(super) fn clear(&mut self) {
        self.path.clear();
        self.inlined.clear();
    }

    /// Whether no line of a stack was read since the last one.
    pub(super) fn is_empty(&self) -> bool {
        self.path.is_empty() && self.inlined.is_empty()
    }

    /// The stack of the lines so far; the next line starts another.
    pub(super) fn stack(&mut self, batch: &mut Batch) -> StackId {
        self.push_inlined(b"", batch);
        let stack = batch.stack(&self.path);
        self.path.clear();
        stack
    }

    fn push_inlined(&mut self, module: &[u8], batch: &mut Batch) {
        if self.inlined.is_empty() {
            return;
        }
        let module_id = batch.string(&String::from_utf8_lossy(module));
        for line in self.inlined.drain(..) {
            let frame = *self.known_inlined.entry((line, module_id)).or_insert_with(|| {
                let parsed = Line::parse(line).unwrap_or(Line { address: 0, symbol: line, module });
                Line { module, ..parsed }.frame_that(true, batch)
            });
            self.path.push(frame);
        }
    }
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> Option<Line<'a>> {
        let blank = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let digits = line[..blank].strip_prefix(b"0x").unwrap_or(&line[..blank]);
        let address = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        let rest = line[blank..].trim_ascii();
        let (symbol, module) = parted(rest).unwrap_or((rest, b""));
        let module = if module == b"[unknown]" { b"" } else { module };
        Some(Line { address, symbol: without_offset(symbol), module })
    }

    fn frame(self, batch: &mut Batch) -> FrameId {
        self.frame_that(false, batch)
    }

    fn frame_that(self, inlined: bool, batch: &mut Batch) -> FrameId {
        let path = String::from_utf8_lossy(self.module);
        let name = match self.symbol {
            b"" | b"[unknown]" => Cow::Owned(name_without_symbol(&base_name(path.clone()))),
            symbol => String::from_utf8_lossy(symbol),
        };
        let (name, marked, is_marked_inlined) =
            unmarked(&name).unwrap_or((&name, FrameKind::Native, false));
        let inlined = inlined || is_marked_inlined;
        let (name, module) = (batch.string(name), batch.string(&path));
        let function = batch.function(Function { name, ..Function::default() });
        // The upper half of all addresses is the kernel's, its loadable modules included.
        let kind = match self.address >> 63 {
            0 if marked != FrameKind::Native => marked,
            0 => module_kind(&path),
            _ => FrameKind::Kernel,
        };
        batch.frame(Frame { function, module, address: self.address, inlined, kind, line: 0 })
    }
}

/// A symbol, and the binary in parentheses after it. Either may contain blanks and
/// parentheses: `operator()(int) (/opt/old (deleted))`.
fn parted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = rest.strip_suffix(b")")?;
    let starts_word = |open: &usize| *open == 0 || rest[open - 1] == b' ';
    let open = matching(rest).filter(starts_word).or_else(|| {
        // A path with a single parenthesis in it.
        let start = |pair: &[u8]| pair == b"(/" || pair == b"([";
        rest.windows(2).rposition(start).filter(starts_word)
    })?;
    Some((rest[..open].trim_ascii(), &inside[open + 1..]))
}

/// Where the parenthesis opens that closes at the end of a text.
fn matching(text: &[u8]) -> Option<usize> {
    let mut depth = 0;
    text.iter().rposition(|byte| {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The frame in the line of a header, behind what other fields have put there.
///
/// The address that was accessed (`addr`), weights, sources of data and flags come before
/// it; branches (`brstack`), code (`insn`) and the target of a jump behind it. The text of
/// a tracepoint may contain anything, so that its frame must stand apart.
pub(super) fn frame_in(rest: &[u8], is_tracepoint: bool) -> Option<&[u8]> {
    let (mut depth, mut at, mut found) = (0, 0, None);
    let mut end = rest.len();
    while let Some(start) = rest[at..].iter().position(|byte| *byte != b' ').map(|i| at + i) {
        let word = rest[start..].split(u8::is_ascii_whitespace).next()?;
        if depth == 0 && ends_frame(word) {
            end = start;
            break;
        }
        let is_apart = word.len() >= 12 || start >= at + 2 || start == 0;
        if depth == 0 && is_address(word) && (!is_tracepoint || is_apart) {
            found = Some(start);
        }
        depth += word.iter().filter(|byte| **byte == b'(').count() as i32;
        depth -= word.iter().filter(|byte| **byte == b')').count() as i32;
        at = (start + word.len() + 1).min(rest.len());
    }
    let start = match found {
        None if is_tracepoint => return None,
        found => found.unwrap_or(0),
    };
    let frame = rest[start..end].trim_ascii();
    let parsed = Line::parse(frame)?;
    (!is_tracepoint || !parsed.module.is_empty()).then_some(frame)
}

/// Whether a word belongs to a field behind a frame: `=>`, `insn:`, `0x10/0x20/P/-/-/0`.
fn ends_frame(word: &[u8]) -> bool {
    let slashes = word.iter().filter(|byte| **byte == b'/').count();
    matches!(word, b"=>" | b"insn:" | b"ilen:")
        || word.starts_with(b"ABI:")
        || slashes >= 4 && word.windows(3).any(|part| part == b"/-/")
}

/// Whether a word can only be an address: short words such as `add` are names, too.
fn is_address(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"0x").unwrap_or(word);
    digits.len() >= 3
        && digits.iter().all(u8::is_ascii_hexdigit)
        && digits.iter().any(u8::is_ascii_digit)
}

/// `serve+0x45` is in `serve`.
fn without_offset(symbol: &[u8]) -> &[u8] {
    let Some(plus) = symbol.iter().rposition(|byte| *byte == b'+') else { return symbol };
    let digits = symbol[plus..].strip_prefix(b"+0x").unwrap_or_default();
    let is_offset = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    if is_offset { &symbol[..plus] } else { symbol }
}

/// Whether a line looks like a frame below a header.
pub(super) fn is_frame(line: &[u8]) -> bool {
    line.starts_with(b"\t") && Line::parse(line.trim_ascii()).is_some()
}

/// A place in a source, `shop.c:12`, which `-F +srcline` puts below its frame.
fn is_place(line: &[u8]) -> bool {
    let Some(colon) = line.iter().rposition(|byte| *byte == b':') else { return false };
    colon > 0 && colon + 1 < line.len() && line[colon + 1..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<(u64, String, String)> {
        let Line { address, symbol, module } = Line::parse(line.as_bytes())?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Some((address, text(symbol), text(module)))
    }

    #[test]
    fn a_frame_is_found_among_other_fields() {
        for (rest, is_tracepoint, frame) in [
            ("4010 leaf+0x5 (/opt/shop)", false, Some("4010 leaf+0x5 (/opt/shop)")),
            (
                "7f6ff39fad58 [unknown] (//anon)  89d6c malloc (/lib/libc.so)",
                false,
                Some("89d6c malloc (/lib/libc.so)"),
            ),
            (
                "  123   4010 leaf (/opt/a 2024 (x86)/shop)",
                false,
                Some("4010 leaf (/opt/a 2024 (x86)/shop)"),
            ),
            (
                "68100142 |OP LOAD|LVL L1 hit|LCK No|BLK  N/A  4010 leaf (/a)",
                false,
                Some("4010 leaf (/a)"),
            ),
            (
                "4010 leaf (/a) 0x401000/0x401010/P/-/-/0  0x1/0x2/M/-/-/3",
                false,
                Some("4010 leaf (/a)"),
            ),
            ("4010 leaf (/a) ilen: 3 insn: 48 89 e5", false, Some("4010 leaf (/a)")),
            ("call  4010 main (/a) =>  4020 leaf (/a)", false, Some("4010 main (/a)")),
            ("prev_comm=a prev_pid=7 ==> next_comm=b", true, None),
            ("shop.c:12", true, None),
            ("4010 leaf (/a)", true, Some("4010 leaf (/a)")),
            ("fd: 4010 leaf (count)", true, None),
            (
                "prev_comm=a ffffffff81688025 schedule ([kernel.kallsyms])",
                true,
                Some("ffffffff81688025 schedule ([kernel.kallsyms])"),
            ),
            ("ff f (a)", false, Some("ff f (a)")),
            ("|OP LOAD|", false, None),
        ] {
            let found = frame_in(rest.as_bytes(), is_tracepoint);
            assert_eq!(found.map(String::from_utf8_lossy).as_deref(), frame, "{rest}");
        }
    }

    #[test]
    fn a_line_is_an_address_a_symbol_and_a_module() {
        for (line, address, symbol, module) in [
            ("13c3 serve+0x45 (/opt/shop)", 0x13c3, "serve", "/opt/shop"),
            ("ff [unknown] ([unknown])", 0xff, "[unknown]", ""),
            (
                "ff operator()(int) const+0x1 (/opt/a b.so)",
                0xff,
                "operator()(int) const",
                "/opt/a b.so",
            ),
            ("ff f (/opt/old (deleted))", 0xff, "f", "/opt/old (deleted)"),
            (
                "0xff f (/opt/Program Files (x86)/a.exe)",
                0xff,
                "f",
                "/opt/Program Files (x86)/a.exe",
            ),
            ("ff f (int) (/opt/a (1) b.so)", 0xff, "f (int)", "/opt/a (1) b.so"),
            ("ff f (/opt/odd)name)", 0xff, "f", "/opt/odd)name"),
            ("ff  (/lib/libc.so)", 0xff, "", "/lib/libc.so"),
            ("ff a+b", 0xff, "a+b", ""),
            ("ff call(int)", 0xff, "call(int)", ""),
            ("ff", 0xff, "", ""),
        ] {
            assert_eq!(parsed(line), Some((address, symbol.into(), module.into())), "{line}");
        }
        assert_eq!(parsed("shop.c:12"), None);
        assert_eq!(parsed("fffffffffffffffff f (m)"), None);
    }
}
