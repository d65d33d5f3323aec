//! The verdicts of the library on two sides, from their profiles in memory.

use std::sync::Arc;

use flamebook::eval::inference::significance::with_significance;
use flamebook::eval::merge::merger::replicated_tree;
use flamebook::eval::selection::profiles::Profiles;
use flamebook::lang::ast::Granularity;
use flamebook::profile::diff::Mode;
use flamebook::profile::sample::profiled_seconds;
use flamebook::profile::{Change, Diff, ProfileType, Snapshot, Symbols, Verdict};
use flamebook::quantity::Span;
use flamebook::work::{Cancel, Unwatched, Work};

use crate::world::{Profile, symbols};

/// One side: pods with their profiles.
pub(crate) type Side = Vec<(String, Vec<Profile>)>;

/// The change of a function's self, and the verdict on it.
pub(crate) struct Judged {
    pub(crate) change: Change,
    pub(crate) verdict: Verdict,
}

/// The changes of all functions below `main`.
pub(crate) fn judged(before: &Side, after: &Side, mode: Mode) -> Vec<Judged> {
    let functions = before[0].1[0].counts.len();
    let symbols = symbols(functions);
    let diff = diff(&symbols, [snapshots(before), snapshots(after)], mode);
    let stacks = diff.symbols().stacks.iter().skip(1);
    let judged = stacks.map(|(stack, _, frame)| Judged {
        change: diff.self_value(stack),
        // A function without a sample has no verdict, and did not change.
        verdict: diff.verdict(frame).map_or(Verdict { p: 1.0, ..Verdict::default() }, |it| it.own),
    });
    judged.collect()
}

/// Whether anything of a diff is significant.
pub(crate) fn flags(diff: &Diff) -> bool {
    let noise = diff.noise.as_ref().expect("sums of profiles");
    let counts = noise.counts(diff.mode);
    counts.own + counts.total > 0
}

fn snapshots(side: &Side) -> Vec<Snapshot> {
    let of_pod = |(pod, profiles): &(String, Vec<Profile>)| {
        let starts = (0..).map(|nth| 60 * nth);
        let timed = profiles.iter().zip(starts);
        timed.map(|(profile, start)| profile.snapshot(pod, start)).collect::<Vec<_>>()
    };
    side.iter().flat_map(of_pod).collect()
}

/// A diff of snapshots, sorted by labels and time on each side.
pub(crate) fn diff(symbols: &Symbols, sides: [Vec<Snapshot>; 2], mode: Mode) -> Diff {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let seconds = sides.each_ref().map(|side| profiled_seconds(side.iter()));
    let [before, after] = sides.map(|side| {
        replicated_tree(&profiles(symbols, side.into()), work).expect("nobody cancels")
    });
    let aligned = Diff::align(before, after, mode, seconds, work).expect("nobody cancels");
    with_significance(aligned, work).expect("nobody cancels")
}

fn profiles(symbols: &Symbols, snapshots: Arc<[Snapshot]>) -> Profiles {
    Profiles {
        kind: ProfileType::new("process_cpu", ("cpu", "nanoseconds"), ("cpu", "nanoseconds")),
        selected: (0, snapshots.len()),
        subject: String::new(),
        place: Default::default(),
        window: None,
        step: None,
        offset: Span(0),
        snapshots,
        unsplit: None,
        added: Default::default(),
        symbols: symbols.clone(),
        loader: None,
        restarts: None,
        requests: Default::default(),
        page: None,
        map: None,
        filtered: false,
        grouping: None,
        time_merge: None,
        rate: false,
        granularity: Granularity::Function,
        chosen: None,
        ranked: false,
        skipped: [].into(),
        notes: [].into(),
    }
}
