//! `flamebook push`: sends the profiles of files or of a store to a Pyroscope server.
//!
//! Profiles are sent in a fixed order: by type, time and labels. A server puts what comes
//! together into one block, and a query reads the blocks of its window: they are as from agents
//! if profiles come by time. What counts from the start of a process is sent as its growth
//! since the snapshot before, at the time of the snapshot, since a server adds up what it gets.
//! After an error nothing more is sent, and `--skip` goes on from there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use flamebook::eval::selection::cumulative::Histories;
use flamebook::profile::{Labels, ProfileType, Snapshot, StackId};
use flamebook::quantity::{Quantity, Timestamp, Unit};
use flamebook::source::pyroscope::error::ServerError;
use flamebook::source::pyroscope::push::{Pushed, Pusher, SERVICE};
use flamebook::source::{
    self, Asked, Opening, Request, Selection, ServerOptions, Source, SourceError,
};
use flamebook::work::{Progress, Work};

use crate::cli::import::{labels, size};
use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// Profiles whose samples are read at once.
const TOGETHER: usize = 4 * Pusher::AT_ONCE;

/// Send profiles to a Pyroscope server, with their labels and times
///
/// Credentials are read from FLAMEBOOK_PYROSCOPE_TOKEN, or _USER and _PASSWORD, and _TENANT.
#[derive(Debug, clap::Args)]
pub(crate) struct PushArgs {
    /// The address of the server: http://host:4040
    #[arg(value_name = "URL")]
    server: String,
    /// A store, files, folders or patterns as after `use`, demo: for the example data, or -
    /// for standard input
    #[arg(required = true, value_name = "FILES|STORE")]
    files: Vec<String>,
    /// A label for every profile; it overrides labels of folders. A server wants
    /// service_name; without one the label service is sent as it, too
    #[arg(short, long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Leave out the first profiles, which an earlier push has sent
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: usize,
    /// The largest size that a file may unpack to [default: 1GiB]
    #[arg(long, value_name = "SIZE")]
    unpack: Option<String>,
}

pub(crate) fn push(args: &PushArgs) -> anyhow::Result<ExitCode> {
    let pusher = Pusher::new(&args.server).map_err(with_help)?;
    if let Some(warning) = pusher.warning() {
        say(&format!("warning: {warning}"));
    }
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let work = Work { cancel: &cancel, watch: &status };
    let sent = opened(args, work).and_then(|source| {
        let of_types = of_types(&*source, work)?;
        let all = of_types.iter().map(|of_type| of_type.selection.snapshots.len()).sum();
        let refused = BTreeMap::new();
        let mut push =
            Push { args, pusher, work, all, done: 0, sent: 0, bytes: 0, refused, dropped: 0 };
        let result = of_types.iter().try_for_each(|of_type| push.send(of_type));
        status.clear();
        Ok((result, push))
    });
    status.clear();
    let (result, push) = sent?;
    push.report()?;
    result?;
    Ok(if push.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn opened(args: &PushArgs, work: Work<'_>) -> anyhow::Result<Box<dyn Source>> {
    let labels = labels(&args.labels)?;
    let targets: Vec<&str> = args.files.iter().map(String::as_str).collect();
    if let Some(address) = targets.iter().find(|target| target.contains("://")) {
        bail!(
            "`{address}` is a server; copy it into a store first: flamebook import STORE {address}"
        );
    }
    let mut held = Vec::new();
    if targets.contains(&"-") {
        std::io::stdin().read_to_end(&mut held).context("cannot read standard input")?;
    }
    let opening = Opening {
        labels: &labels,
        base_dir: Path::new("."),
        unpack: args.unpack.as_deref().map(size).transpose()?.unwrap_or_default(),
        stdin: targets.contains(&"-").then_some(&held[..]),
        servers: &ServerOptions::USUAL,
    };
    match source::open(&targets, &opening, work) {
        Err(SourceError::NoMatch { pattern, hint }) => {
            bail!("no file matches `{pattern}`; {hint}")
        }
        opened => opened.map_err(with_help),
    }
}

/// The profiles of one type, each to be added up with the others.
struct OfType {
    kind: ProfileType,
    selection: Selection,
    /// Series whose snapshots count from the start: their growth is recorded when it ends.
    growing: BTreeSet<Labels>,
}

impl OfType {
    /// The time of a profile for a server.
    fn time(&self, snapshot: &Snapshot) -> Timestamp {
        match self.growing.contains(&snapshot.labels) {
            true => snapshot.start.plus(snapshot.duration),
            false => snapshot.start,
        }
    }
}

/// All profiles of a source, in a fixed order.
fn of_types(source: &dyn Source, work: Work<'_>) -> anyhow::Result<Vec<OfType>> {
    let histories = Histories::default();
    let of_type = |kind: ProfileType| {
        let request =
            Request { kind: &kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
        let recorded = source.select(&request, work)?;
        let instants = recorded.snapshots.iter().filter(|snapshot| snapshot.duration.0 == 0);
        let growing: BTreeSet<Labels> = instants.map(|snapshot| snapshot.labels.clone()).collect();
        let counted = histories.counted(source, &request, recorded, true, work)?;
        let growing = if counted.restarts.is_some() { growing } else { BTreeSet::new() };
        let selection = counted.selection;
        Ok(OfType { kind, selection, growing })
    };
    let found = source.types().into_iter().map(of_type).collect::<Result<_, SourceError>>();
    found.map_err(with_help)
}

/// A push under way.
struct Push<'a> {
    args: &'a PushArgs,
    pusher: Pusher,
    work: Work<'a>,
    /// Profiles in all, and those that are behind us.
    all: usize,
    done: usize,
    /// Profiles that the server has taken, and the bytes of their requests.
    sent: usize,
    bytes: u64,
    /// How many profiles the server does not want, by its words.
    refused: BTreeMap<String, usize>,
    /// Values that a server drops.
    dropped: usize,
}

impl Push<'_> {
    fn send(&mut self, of_type: &OfType) -> anyhow::Result<()> {
        let kind = &of_type.kind;
        let mut selection = of_type.selection.clone();
        if !of_type.growing.is_empty() {
            // What is computed from a whole history is computed once.
            selection = selection.read(self.work).map_err(with_help)?;
        }
        let mut by_time = selection.snapshots.to_vec();
        by_time.sort_by_key(|snapshot| of_type.time(snapshot));
        for part in by_time.chunks(TOGETHER) {
            let left_out = self.args.skip.saturating_sub(self.done).min(part.len());
            self.done += left_out;
            if left_out == part.len() {
                continue;
            }
            let part = Selection { snapshots: part[left_out..].into(), ..selection.clone() };
            let read = part.read(self.work).map_err(with_help)?;
            for some in read.snapshots.chunks(Pusher::AT_ONCE) {
                let labelled = some.iter().filter(|one| !one.samples().is_empty());
                let labelled = labelled.map(|one| Ok((with_service(one)?, of_type.time(one))));
                let labelled: Vec<_> = labelled.collect::<anyhow::Result<_>>()?;
                self.dropped += some.iter().map(dropped).sum::<usize>();
                let results = self.pusher.push(kind, &read.symbols, &labelled, self.work);
                self.count(results, some.len())?;
                self.work.watch.progress(&Progress {
                    what: "sending profiles",
                    unit: "profiles",
                    done: self.done as u64,
                    total: self.all as u64,
                });
            }
        }
        Ok(())
    }

    /// Counts what came of some profiles that were sent together; an error if not all have
    /// an answer.
    fn count(
        &mut self,
        results: Vec<Result<Pushed, SourceError>>,
        some: usize,
    ) -> anyhow::Result<()> {
        let mut failed = None;
        let mut may_be_there = false;
        for result in results {
            match result {
                Ok(Pushed::Taken { bytes }) => {
                    self.sent += 1;
                    self.bytes += bytes;
                    may_be_there = true;
                }
                Ok(Pushed::Refused { status, words }) => {
                    *self.refused.entry(format!("{status} {words}")).or_default() += 1;
                }
                Err(error) => {
                    may_be_there |= is_in_doubt(&error);
                    failed.get_or_insert(error);
                }
            }
        }
        let (before, after) = (self.done, self.done + some);
        let Some(error) = failed else {
            self.done = after;
            return Ok(());
        };
        let go_on = match may_be_there {
            true => format!(
                "some of the profiles {} to {after} may have arrived; to go on, add --skip {after} to \
                 leave them out, or --skip {before} to send them again",
                before + 1
            ),
            false => format!("to go on, add --skip {before}"),
        };
        Err(anyhow::anyhow!("{:#}\n{go_on}", with_fix(error)))
    }

    fn report(&self) -> anyhow::Result<()> {
        for (words, profiles) in &self.refused {
            say(&format!(
                "refused {profiles} profile{}: {words}",
                if *profiles == 1 { "" } else { "s" }
            ));
        }
        if self.dropped > 0 {
            say(&format!(
                "note: {} values have no stack or are below zero, which a server drops",
                self.dropped
            ));
        }
        let bytes = Quantity::new(self.bytes as f64, Unit::Bytes);
        let plural = if self.sent == 1 { "" } else { "s" };
        tell(&format!(
            "{}: sent {} profile{plural} of one type each, {bytes}\n",
            self.args.server, self.sent
        ))
    }
}

/// Whether a profile may have arrived all the same.
fn is_in_doubt(error: &SourceError) -> bool {
    matches!(error, SourceError::Server(ServerError::InDoubt { .. }) | SourceError::Cancelled(_))
}

fn with_fix(error: SourceError) -> anyhow::Error {
    match &error {
        SourceError::Server(ServerError::Refused { status: 401 | 403, .. }) => anyhow::anyhow!(
            "{error}\nhelp: set FLAMEBOOK_PYROSCOPE_TOKEN, or _USER and _PASSWORD, or _TENANT, in \
             the environment"
        ),
        _ => with_help(error),
    }
}

/// The stacks that a server drops: the empty one, and those with a sum below zero.
fn dropped(snapshot: &Snapshot) -> usize {
    let mut sums = BTreeMap::<StackId, i64>::new();
    for (stack, _, value) in snapshot.samples().iter() {
        *sums.entry(stack).or_default() += value;
    }
    let is_dropped =
        |(stack, sum): &(StackId, i64)| *sum < 0 || *stack == StackId::EMPTY && *sum > 0;
    sums.into_iter().filter(is_dropped).count()
}

/// The profile with the label by which a server lists it.
fn with_service(snapshot: &Snapshot) -> anyhow::Result<Snapshot> {
    let labels = &snapshot.labels;
    if labels.get(SERVICE).is_some() {
        return Ok(snapshot.clone());
    }
    let Some(service) = labels.get("service") else {
        bail!("profiles of {{{labels}}} have no service\nhelp: name it: --label {SERVICE}=NAME");
    };
    let service: Labels = [(SERVICE, &**service)].into_iter().collect();
    let mut labelled = snapshot.clone();
    labelled.labels = labels.overlaid(&service);
    Ok(labelled)
}
