//! `flamebook import`: adds profiles of any format to a store.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use flamebook::lang::quantity::{parse_bytes, parse_time};
use flamebook::profile::{Labels, ProfileType};
use flamebook::quantity::{Quantity, Unit};
use flamebook::source::store::{self, Import, Imported};
use flamebook::source::{SourceError, UnpackLimit};
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::pull::{PullArgs, is_server, pull};
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// Add profiles to a store; profiles that it already has are skipped
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The folder of the store; created if it does not exist
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
    /// Files, folders, patterns as after `use`, demo: for the example data, - for standard
    /// input, or one Pyroscope server: http://host:4040
    #[arg(required = true, value_name = "FILE|URL")]
    files: Vec<String>,
    /// A label for every profile; it overrides labels of folders
    #[arg(short, long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// The type for files without one, such as folded stacks: cpu:nanoseconds
    #[arg(long = "type", value_name = "NAME:UNIT")]
    kind: Option<String>,
    /// The largest size that a file may unpack to [default: 1GiB]
    #[arg(long, value_name = "SIZE")]
    unpack: Option<String>,
    /// The start time of the first profile, instead of its own; the others move by the
    /// same time
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    #[command(flatten)]
    server: PullArgs,
}

pub(crate) fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    if let [target] = &args.files[..]
        && is_server(target)
    {
        let of_files = [("--type", &args.kind), ("--unpack", &args.unpack), ("--time", &args.time)];
        if let Some((option, _)) = of_files.into_iter().find(|(_, value)| value.is_some()) {
            bail!("{option} is for files, and {target} is a server");
        }
        return pull(&args.store, target, labels(&args.labels)?, &args.server);
    }
    if let Some(option) = args.server.given() {
        bail!("{option} is for a server: flamebook import STORE http://host:4040 {option} ...");
    }
    let wanted = wanted(args)?;
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let waiting = || say(&format!("another process is changing {}; waiting", args.store.display()));
    let work = Work { cancel: &cancel, watch: &status };
    let result = store::import(&args.store, &wanted, Path::new("."), &waiting, work);
    status.clear();
    match result {
        Ok(done) => report(args, &done),
        Err(SourceError::NoMatch { pattern, hint }) => bail!("no file matches `{pattern}`; {hint}"),
        Err(error) => Err(with_help(error)),
    }
}

fn wanted(args: &ImportArgs) -> anyhow::Result<Import> {
    let (stdin, patterns): (Vec<_>, Vec<_>) =
        args.files.iter().cloned().partition(|file| file == "-");
    let held = match stdin.is_empty() {
        true => None,
        false => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
            Some(bytes)
        }
    };
    let start = args.time.as_deref().map(|text| {
        let known = parse_time(text);
        known.with_context(|| format!("`{text}` is not a time; write it as 2026-03-01T10:00Z"))
    });
    Ok(Import {
        patterns,
        held,
        labels: labels(&args.labels)?,
        kind: args.kind.as_deref().map(kind).transpose()?,
        start: start.transpose()?,
        unpack: args.unpack.as_deref().map(size).transpose()?.unwrap_or_default(),
    })
}

/// `name=value` of each `--label`.
pub(crate) fn labels(texts: &[String]) -> anyhow::Result<Labels> {
    let label = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((Arc::from(name), Arc::from(value))),
        _ => bail!("`{text}` is not a label; write --label name=value"),
    };
    let labels: Vec<(Arc<str>, Arc<str>)> =
        texts.iter().map(label).collect::<anyhow::Result<_>>()?;
    Ok(labels.into_iter().collect())
}

/// `8GiB`
pub(crate) fn size(text: &str) -> anyhow::Result<UnpackLimit> {
    match parse_bytes(text) {
        Some(bytes) if bytes >= 1.0 => Ok(UnpackLimit(bytes as u64)),
        _ => bail!("`{text}` is not a size; write it as 8GiB"),
    }
}

/// `cpu:nanoseconds`, or a whole id with five parts.
fn kind(text: &str) -> anyhow::Result<ProfileType> {
    match text.split(':').collect::<Vec<_>>()[..] {
        [name, unit] if !name.is_empty() => {
            Ok(ProfileType::new("imported", (name, unit), ("", "")))
        }
        [_, _, _, _, _] => ProfileType::from_id(text)
            .with_context(|| format!("`{text}` is not the id of a profile type")),
        _ => bail!("`{text}` is not a type; write a name and a unit, such as cpu:nanoseconds"),
    }
}

fn report(args: &ImportArgs, done: &Imported) -> anyhow::Result<ExitCode> {
    for skipped in &done.skipped {
        say(&format!("skipped {}: {}", skipped.path, skipped.reason));
    }
    for remark in &done.remarks {
        eprintln!("{remark}");
    }
    let bytes = |bytes: u64| Quantity::new(bytes as f64, Unit::Bytes);
    let store = args.store.display();
    let said = match (done.added, done.known) {
        (0, 0) => format!("{store}: nothing to add\n"),
        (0, known) => {
            format!("{store}: nothing added, all {} are there already\n", profiles(known))
        }
        (added, known) => {
            let already = match known {
                0 => String::new(),
                known => format!(", {known} are there already"),
            };
            format!(
                "{store}: added {} of {} files, {} in {}{already}\n",
                profiles(added),
                done.files,
                bytes(done.bytes_in),
                bytes(done.bytes_out),
            )
        }
    };
    tell(&said)?;
    // Skipped files alone are not a failure, unless nothing else was read.
    let nothing_read = done.added + done.known == 0 && !done.skipped.is_empty();
    Ok(if nothing_read { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn profiles(count: usize) -> String {
    format!("{count} profile{}", if count == 1 { "" } else { "s" })
}
