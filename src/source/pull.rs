//! Copies the profiles of a server into a store, in pieces of a step.
//!
//! Days are copied one after another, and each block is complete when it is there, so that
//! an import that was stopped goes on where it was: what the store has is not asked for
//! again. A step is copied when it is over and its profiles have arrived.

use std::path::Path;
use std::slice::from_ref;

use super::pyroscope::Server;
use super::pyroscope::pieces::{Piece, Pieces};
use super::store::error::StoreError;
use super::store::growth::{Growth, Held, grow};
use super::{Opening, ServerOptions, Source, SourceError, UnpackLimit};
use crate::profile::{LabelMatcher, Labels};
use crate::quantity::{Span, Timestamp, Window};
use crate::work::{Progress, Unwatched, Work};

const DAY: Span = Span::seconds(86_400);
/// Profiles that are older have arrived.
const MARGIN: Span = Span::seconds(60);

/// What to copy.
#[derive(Debug)]
pub struct Pull {
    /// The address of the server.
    pub server: String,
    /// Given to every profile.
    pub labels: Labels,
    pub matchers: Vec<LabelMatcher>,
    /// How far back from now.
    pub since: Span,
    /// The length of a piece, in whole seconds.
    pub step: Span,
}

/// What was copied.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pulled {
    /// Pieces of one type and series that were added.
    pub added: usize,
    /// Pieces that the store had already.
    pub known: usize,
    /// Of the blocks that were added.
    pub bytes: u64,
}

/// Adds the pieces that a store does not have. `waiting` is called if another process is
/// changing it.
pub fn pull(
    store: &Path,
    wanted: &Pull,
    now: Timestamp,
    waiting: &dyn Fn(),
    work: Work<'_>,
) -> Result<Pulled, SourceError> {
    let opening = Opening {
        labels: &wanted.labels,
        base_dir: Path::new("."),
        unpack: UnpackLimit::default(),
        stdin: None,
        servers: &ServerOptions::USUAL,
    };
    let server = Server::open(&wanted.server, &opening, work)?;
    let days = days(window(&server, wanted, now), wanted.step);
    grow(store, waiting, work, |growth| {
        let mut copy = Copy { server: &server, wanted, work, done: Pulled::default(), listed: 0 };
        days.iter().try_for_each(|day| copy.day(growth, *day))?;
        Ok(copy.done)
    })
}

/// Whole steps that are over, without those before and after all profiles of the server.
fn window(server: &Server, wanted: &Pull, now: Timestamp) -> Window {
    let step = wanted.step.0;
    let floor = |at: Timestamp| Timestamp(at.0.div_euclid(step) * step);
    let (mut start, mut end) = (floor(now.minus(wanted.since)), floor(now.minus(MARGIN)));
    if let Some(recorded) = server.recorded() {
        start = start.max(floor(recorded.start));
        end = end.min(floor(recorded.end).plus(wanted.step));
    }
    Window { start, end: end.max(start) }
}

/// Parts of about a day that end with a step.
fn days(window: Window, step: Span) -> Vec<Window> {
    let length = Span((DAY.0 / step.0).max(1) * step.0);
    let mut days = Vec::new();
    let mut start = window.start;
    while start < window.end {
        let end = start.plus(length).min(window.end);
        days.push(Window { start, end });
        start = end;
    }
    days
}

/// A copy under way.
struct Copy<'a> {
    server: &'a Server,
    wanted: &'a Pull,
    work: Work<'a>,
    done: Pulled,
    /// Pieces that are known to be on the server.
    listed: usize,
}

impl Copy<'_> {
    fn day(&mut self, growth: &mut Growth<'_>, day: Window) -> Result<(), SourceError> {
        // Requests would report their bytes; what counts here are pieces.
        let unwatched = Work { watch: &Unwatched, ..self.work };
        let mut missing = Vec::new();
        for kind in self.server.types() {
            let what = (&kind, &self.wanted.matchers[..]);
            let when = (day, self.wanted.step);
            let Some(pieces) = self.server.pieces(what, when, unwatched)? else { continue };
            self.listed += pieces.all.len();
            let lacking = self.lacking(growth, &pieces, day)?;
            missing.push((pieces, lacking));
            self.report();
        }
        for (pieces, lacking) in missing {
            for part in lacking.chunks(Pieces::TOGETHER) {
                let (symbols, recordings) = pieces.read(part, unwatched)?;
                self.done.bytes += growth.add(from_ref(pieces.kind()), &symbols, recordings)?;
                self.done.added += part.len();
                self.report();
            }
        }
        Ok(())
    }

    /// The pieces that the store does not have.
    fn lacking(
        &mut self,
        growth: &Growth<'_>,
        pieces: &Pieces,
        day: Window,
    ) -> Result<Vec<Piece>, SourceError> {
        let times = growth.times(pieces.kind(), day)?;
        let mut lacking = Vec::new();
        for piece in &pieces.all {
            match times.held(&piece.labels, pieces.time(piece)) {
                Held::Nothing => lacking.push(piece.clone()),
                Held::Same => self.done.known += 1,
                Held::Other => {
                    return Err(StoreError::Overlaps {
                        kind: pieces.kind().alias.to_string(),
                        labels: piece.labels.to_string(),
                        at: pieces.time(piece).0,
                    }
                    .into());
                }
            }
        }
        Ok(lacking)
    }

    fn report(&self) {
        let done = (self.done.added + self.done.known) as u64;
        let progress =
            Progress { what: "copying", unit: "pieces", done, total: self.listed as u64 };
        self.work.watch.progress(&progress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_with_a_step() {
        let at = |seconds: i64| Timestamp(seconds * 1_000_000_000);
        let window = Window { start: at(0), end: at(200_000) };
        let ends = |step: i64| -> Vec<i64> {
            days(window, Span::seconds(step)).iter().map(|day| day.end.0 / 1_000_000_000).collect()
        };
        assert_eq!(ends(60), [86_400, 172_800, 200_000]);
        // Twelve steps of two hours less a second.
        assert_eq!(ends(7199), [86_388, 172_776, 200_000]);
        assert_eq!(ends(100_000), [100_000, 200_000]);
    }
}
