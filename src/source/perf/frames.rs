//! The lines of a stack, from the leaf: an address, a symbol, the binary it is in.
//!
//! `13c3 serve+0x45 (/opt/shop/shop)`. An inlined function has the word `inlined` in place
//! of its binary; it belongs to that of the next function that is not inlined. Lines are
//! looked up as text, because most have been seen before.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::profile::frame::{FrameId, StringId};
use crate::profile::{Frame, FrameKind, Function, StackId};
use crate::source::batch::Batch;
use crate::source::code::{base_name, module_kind, name_of_address};

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
        if parsed.module == b"inlined" {
            self.inlined.push(line);
            return true;
        }
        self.push_inlined(parsed.module, batch);
        let frame = *self.known.entry(line).or_insert_with(|| parsed.frame(batch));
        self.path.push(frame);
        true
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
        let address = u64::from_str_radix(std::str::from_utf8(&line[..blank]).ok()?, 16).ok()?;
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
            b"" | b"[unknown]" => {
                Cow::Owned(name_of_address(&base_name(path.clone()), self.address))
            }
            symbol => String::from_utf8_lossy(symbol),
        };
        let (name, module) = (batch.string(&name), batch.string(&path));
        let function = batch.function(Function { name, ..Function::default() });
        // The upper half of all addresses is the kernel's, its loadable modules included.
        let kind = match self.address >> 63 {
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
    let searched = inside.strip_suffix(b" (deleted)").unwrap_or(inside);
    let open = searched.iter().rposition(|byte| *byte == b'(')?;
    (open == 0 || rest[open - 1] == b' ')
        .then_some((rest[..open].trim_ascii(), &inside[open + 1..]))
}

/// `serve+0x45` is in `serve`.
fn without_offset(symbol: &[u8]) -> &[u8] {
    let Some(plus) = symbol.iter().rposition(|byte| *byte == b'+') else { return symbol };
    let digits = symbol[plus..].strip_prefix(b"+0x").unwrap_or_default();
    let is_offset = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    if is_offset { &symbol[..plus] } else { symbol }
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
