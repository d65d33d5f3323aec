//! `flamebook scrape`: fetches profiles from programs on a schedule into a store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use flamebook::lang::quantity::parse_span;
use flamebook::quantity::{Quantity, Span, Timestamp, Unit};
use flamebook::source::SourceError;
use flamebook::source::scrape::endpoint::Endpoint;
use flamebook::source::scrape::status::Status;
use flamebook::source::scrape::target::{SHORTEST, Target, Usual};
use flamebook::source::scrape::{Plan, config, scrape as run};
use flamebook::work::Cancel;

use crate::cli::import::labels;
use crate::cli::interrupt::cancel_on_stop;
use crate::cli::metrics::Metrics;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// Between two updates of the status line.
const UPDATE: Duration = Duration::from_millis(200);

/// Fetch profiles from programs on a schedule into a store
///
/// A program serves them with Go's net/http/pprof, or as Go does. Allocations, contentions and
/// delays, which Go counts from the start of the process, are stored as what each interval has
/// added. Ctrl-C or SIGTERM ends it; what was fetched is in the store.
#[derive(Debug, clap::Args)]
pub(crate) struct ScrapeArgs {
    /// The folder of the store; created if it does not exist
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
    /// Programs: http://host:6060/debug/pprof, with a login as http://user:password@host
    #[arg(value_name = "URL", required_unless_present = "file")]
    targets: Vec<String>,
    /// A file of programs in the shape of Prometheus: scrape_configs with static_configs and
    /// relabel_configs (replace, keep, drop), and profiles: [cpu, heap]
    #[arg(short, long, value_name = "FILE.yml")]
    file: Option<PathBuf>,
    /// From one fetch to the next, at least 2s; a CPU profile is a little shorter
    #[arg(long, value_name = "DURATION", default_value = "15s")]
    every: String,
    /// What an answer may take, beside the seconds that a CPU profile records
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    timeout: String,
    /// What to fetch
    #[arg(long, value_name = "NAMES", default_value = "cpu,heap,allocs,goroutine,mutex,block")]
    profiles: String,
    /// A label for every profile, such as service=shop; job and instance are there
    #[arg(short, long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Drop profiles that are older than this, such as 7d
    #[arg(long, value_name = "DURATION")]
    keep: Option<String>,
    /// Serve metrics for Prometheus at http://HOST:PORT/metrics
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
}

pub(crate) fn scrape(args: &ScrapeArgs) -> anyhow::Result<ExitCode> {
    let plan = plan(args)?;
    plan.targets.iter().filter_map(Target::warning).for_each(|warning| say(&warning));
    let line = Arc::new(StatusLine::new());
    let told = line.clone();
    let status = Arc::new(Status::new(&plan.targets, move |text| {
        told.clear();
        say(&format!("{} {text}", now()));
    }));
    let metrics = args.listen.as_deref().map(Metrics::listen).transpose()?;
    if let Some(metrics) = metrics {
        say(&format!("metrics at http://{}/metrics", metrics.address()));
        let status = status.clone();
        metrics.serve(move || status.metrics());
    }
    let cancel = cancel_on_stop()?;
    let shown = (status.clone(), line.clone(), cancel.clone());
    let showing = thread::spawn(move || show(&shown.0, &shown.1, &shown.2));
    let result = run(&args.store, &plan, &status, &cancel);
    cancel.cancel();
    // It ends with the next update.
    let _ = showing.join();
    line.clear();
    result.map_err(with_help)?;
    report(&args.store, &status)
}

/// Shows how it goes until it ends.
fn show(status: &Status, line: &StatusLine, cancel: &Cancel) {
    while cancel.check().is_ok() {
        line.show(&status.line());
        thread::sleep(UPDATE);
    }
}

fn plan(args: &ScrapeArgs) -> anyhow::Result<Plan> {
    let endpoints = Endpoint::list(args.profiles.split(','));
    let usual = Usual {
        every: duration(&args.every, "--every")?,
        timeout: duration(&args.timeout, "--timeout")?,
        endpoints: endpoints.map_err(|name| anyhow::anyhow!(config::unknown(name)))?,
        labels: labels(&args.labels)?,
    };
    if usual.every < SHORTEST {
        bail!("--every {} is too short; write at least 2s", args.every);
    }
    let parse = |text: &String| Target::parse(text, &usual);
    let targets = args.targets.iter().map(parse).collect::<Result<Vec<_>, _>>();
    let mut targets = targets.map_err(|error| with_help(SourceError::from(error)))?;
    if let Some(file) = &args.file {
        targets.extend(of_file(file, &usual)?);
    }
    if targets.is_empty() {
        bail!("there are no targets: every one is dropped, or none is named");
    }
    let keep = args.keep.as_deref().map(|text| {
        let span = parse_span(text).filter(|span| span.0 > 0);
        span.with_context(|| format!("`{text}` is not a duration; write 7d or 12h"))
    });
    Ok(Plan { targets, keep: keep.transpose()? })
}

fn of_file(file: &Path, usual: &Usual) -> anyhow::Result<Vec<Target>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let reading = config::Reading { usual, folder, span: parse_span };
    config::targets(&text, &reading).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))
}

fn duration(text: &str, option: &str) -> anyhow::Result<Duration> {
    match parse_span(text) {
        Some(Span(nanos)) if nanos > 0 => Ok(Duration::from_nanos(nanos.unsigned_abs())),
        _ => bail!("`{text}` is not a duration; write {option} 15s"),
    }
}

/// The time of a line, to the second.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(Span::seconds(i64::try_from(since.as_secs()).unwrap_or(0)))
}

fn report(store: &Path, status: &Status) -> anyhow::Result<ExitCode> {
    let ((profiles, bytes), stored) = (status.fetched(), status.store());
    let size = |bytes: u64| Quantity::new(bytes as f64, Unit::Bytes);
    let plural = if profiles == 1 { "" } else { "s" };
    let lost = stored.waiting + stored.lost;
    if lost > 0 {
        bail!("{lost} profiles were not written: {}", stored.error.unwrap_or_default());
    }
    tell(&format!(
        "{}: added {profiles} profile{plural}, {} in {}\n",
        store.display(),
        size(bytes),
        size(stored.bytes)
    ))?;
    Ok(if profiles == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
