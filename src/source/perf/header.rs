//! The line that a sample starts with: thread, time and event.
//!
//! The parts depend on `-F`; every line has a thread, and a time or the number of a core, or
//! at least an event. A name (`comm`) may contain blanks and even numbers, so the thread is
//! the first word that looks like one and is followed by one of these.

use chrono::NaiveDateTime;

use crate::quantity::Timestamp;

/// The parts of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// The name and the numbers of the thread, as written.
    pub(super) who: &'a [u8],
    pub(super) comm: &'a [u8],
    /// Empty where only one number is given: that of the thread.
    pub(super) pid: &'a [u8],
    pub(super) tid: &'a [u8],
    /// In nanoseconds, if it fits.
    pub(super) time: Option<Result<Timestamp, ()>>,
    pub(super) period: Option<Result<i64, ()>>,
    /// Without its last colon; empty if there is none.
    pub(super) event: &'a [u8],
    pub(super) rest: &'a [u8],
}

impl<'a> Header<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Option<Header<'a>> {
        // Without a name or a time, the event is what shows that it is a header.
        Header::parse_as(line, moment).filter(|header| {
            let is_named = !header.comm.is_empty();
            is_named || !header.event.is_empty()
        })
    }

    /// A line without time and core. Many a text has such lines, so that the lines around
    /// it must speak for a trace.
    pub(super) fn parse_untimed(line: &'a [u8]) -> Option<Header<'a>> {
        let header =
            Header::parse_as(line, |line, at| Some(Moment { time: None, rest: line.get(at..)? }));
        header.filter(|header| header.event.iter().any(u8::is_ascii_alphabetic))
    }

    fn parse_as(
        line: &'a [u8],
        moment: impl Fn(&'a [u8], usize) -> Option<Moment<'a>>,
    ) -> Option<Header<'a>> {
        let line = line.trim_ascii();
        let mut at = 0;
        while let Some((start, end)) = word(line, at) {
            if let Some((pid, tid)) = thread(&line[start..end])
                && let Some(after) = moment(line, end)
            {
                let comm = line[..start].trim_ascii();
                return Some(after.header(Header {
                    who: &line[..end],
                    comm,
                    pid,
                    tid,
                    time: after.time,
                    period: None,
                    event: b"",
                    rest: b"",
                }));
            }
            at = end;
        }
        None
    }
}

/// The time after a thread, and the rest of the line.
struct Moment<'a> {
    time: Option<Result<Timestamp, ()>>,
    rest: &'a [u8],
}

impl<'a> Moment<'a> {
    /// Reads the period and the event into a header.
    fn header(&self, mut header: Header<'a>) -> Header<'a> {
        let mut at = 0;
        if let Some((start, end)) = word(self.rest, at)
            && self.rest[start..end].iter().all(u8::is_ascii_digit)
        {
            header.period = Some(number(&self.rest[start..end]).ok_or(()));
            at = end;
        }
        if let Some((start, end)) = word(self.rest, at) {
            let event = &self.rest[start..end];
            let named = event.strip_suffix(b":");
            if named.is_some() || event.starts_with(b"PERF_RECORD_") {
                header.event = named.unwrap_or(event);
                at = end;
            }
        }
        header.rest = self.rest[at..].trim_ascii();
        header
    }
}

/// The core and the time after a thread; none if neither is there.
fn moment(line: &[u8], at: usize) -> Option<Moment<'_>> {
    let (start, end) = word(line, at)?;
    let core = line[start..end].strip_prefix(b"[").and_then(|core| core.strip_suffix(b"]"));
    let has_core = core.is_some_and(|core| !core.is_empty() && core.iter().all(u8::is_ascii_digit));
    let timed = if has_core { word(line, end) } else { Some((start, end)) };
    let time = timed.and_then(|(start, end)| Some((time(&line[start..end])?, end)));
    match time {
        Some((time, end)) => Some(Moment { time: Some(time), rest: &line[end..] }),
        None => has_core.then_some(Moment { time: None, rest: &line[end..] }),
    }
}

/// `1654.582834:` in nanoseconds.
fn time(word: &[u8]) -> Option<Result<Timestamp, ()>> {
    let text = std::str::from_utf8(word.strip_suffix(b":")?).ok()?;
    let (seconds, fraction) = text.split_once('.')?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(seconds) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    let seconds = seconds.parse::<i64>().ok().and_then(|s| s.checked_mul(1_000_000_000));
    Some(seconds.and_then(|seconds| seconds.checked_add(nanos)).map(Timestamp).ok_or(()))
}

/// `2489` or `2481/2489`: the process, if it is given, and the thread.
fn thread(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_number = |part: &[u8]| {
        let digits = part.strip_prefix(b"-").unwrap_or(part);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    };
    let (pid, tid) = match word.iter().position(|byte| *byte == b'/') {
        Some(slash) => (&word[..slash], &word[slash + 1..]),
        None => (&b""[..], word),
    };
    ((pid.is_empty() && tid.len() == word.len() || is_number(pid)) && is_number(tid))
        .then_some((pid, tid))
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The start and end of the next word from a place on.
fn word(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at + line[at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    let length = line[start..].iter().position(u8::is_ascii_whitespace);
    Some((start, length.map_or(line.len(), |length| start + length)))
}

/// `Thu Nov 26 13:28:33 2026`; it has no zone, and is read as UTC.
pub(super) fn captured(text: &str) -> Option<Timestamp> {
    let time = NaiveDateTime::parse_from_str(text.trim(), "%a %b %e %H:%M:%S %Y").ok()?;
    Some(Timestamp(time.and_utc().timestamp_nanos_opt()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who, when, how much of what, and what is behind.
    fn parsed(line: &str) -> Option<String> {
        let header = Header::parse(line.as_bytes())?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Some(format!(
            "{}|{}|{}|{:?}|{:?}|{}|{}",
            text(header.comm),
            text(header.pid),
            text(header.tid),
            header.time.and_then(Result::ok).map(|time| time.0),
            header.period.and_then(Result::ok),
            text(header.event),
            text(header.rest),
        ))
    }

    #[test]
    fn a_header_has_what_was_asked_for() {
        for (line, parts) in [
            (
                "shop worker  1403  1564.314333:   10101010 cpu-clock: ",
                "shop worker||1403|Some(1564314333000)|Some(10101010)|cpu-clock|",
            ),
            (
                "kworker/0:1 12 24636/25607 [000] 4.000000009: cycles:u:",
                "kworker/0:1 12|24636|25607|Some(4000000009)|None|cycles:u|",
            ),
            (
                "      perf  7 [001] 5.5:   1 cycles:  ffff81 nmi ([kernel])",
                "perf||7|Some(5500000000)|Some(1)|cycles|ffff81 nmi ([kernel])",
            ),
            (
                ":-1 -1/-1 [003] 1.0: sched:sched_switch: prev=a",
                ":-1|-1|-1|Some(1000000000)|None|sched:sched_switch|prev=a",
            ),
            ("cat 7 1.5: ", "cat||7|Some(1500000000)|None||"),
            ("cat 7 [000] cycles:", "cat||7|None|None|cycles|"),
            ("7/8 1.5: 3 cycles:", "|7|8|Some(1500000000)|Some(3)|cycles|"),
            ("  7 [001] 1.5: cycles:", "||7|Some(1500000000)|None|cycles|"),
            (
                "cat 7/7 [000] 1.5: PERF_RECORD_EXIT(7:7):(6:6)",
                "cat|7|7|Some(1500000000)|None|PERF_RECORD_EXIT(7:7):(6:6)|",
            ),
        ] {
            assert_eq!(parsed(line).as_deref(), Some(parts), "{line}");
        }
    }

    #[test]
    fn an_event_may_be_all_that_is_known() {
        for (line, event) in [
            ("shop 7 cycles: ", Some("cycles")),
            ("shop worker 7/8 50 page-faults:u: 4010 leaf (a)", Some("page-faults:u")),
            ("shop 7 leaf", None),
            ("shop 7 50:", None),
            ("\t4010 leaf (a)", None),
        ] {
            let header = Header::parse_untimed(line.as_bytes());
            let found = header.map(|header| String::from_utf8_lossy(header.event).into_owned());
            assert_eq!(found.as_deref(), event, "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_headers() {
        for line in [
            "\t    7f12 main+0x5 (/opt/shop)",
            "main;run 12",
            "cat 7",
            "7 1.5:",
            "cat 7/ 1.5: cycles:",
            "cat 7 x.5: cycles:",
            "cat 7 [] cycles:",
            "",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
        let huge = Header::parse(b"cat 7 99999999999999999999.5: 99999999999999999999 cycles:");
        let huge = huge.expect("a header");
        assert_eq!((huge.time, huge.period), (Some(Err(())), Some(Err(()))));
    }

    #[test]
    fn the_time_of_capture_is_utc() {
        // 2026-11-26 is 20 783 days after 1970-01-01.
        let seconds = 20_783 * 86_400 + 13 * 3600 + 28 * 60 + 33;
        assert_eq!(
            captured("Thu Nov 26 13:28:33 2026\n"),
            Some(Timestamp(seconds * 1_000_000_000))
        );
        assert_eq!(captured("yesterday"), None);
    }
}
