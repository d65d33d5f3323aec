//! `flamebook compact`: merges the blocks of a store and drops old profiles.

use std::io::{BufRead, IsTerminal, stderr, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use flamebook::lang::quantity::parse_span;
use flamebook::quantity::{Quantity, Unit};
use flamebook::source::store::{self, Compaction};
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// Merge the blocks of a store and drop old profiles
///
/// The old blocks are deleted by the next import or compact that finds them unused, so that
/// running queries can finish.
#[derive(Debug, clap::Args)]
pub(crate) struct CompactArgs {
    /// The folder of the store
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
    /// Drop profiles that are older than the newest one by more than this, such as 30d
    #[arg(long, value_name = "DURATION")]
    keep: Option<String>,
    /// Drop a block, such as a damaged one; its files are kept in the folder `dropped` of
    /// the store
    #[arg(long, value_name = "BLOCK")]
    without: Vec<String>,
    /// Drop blocks without a question
    #[arg(long, requires = "without")]
    yes: bool,
}

pub(crate) fn compact(args: &CompactArgs) -> anyhow::Result<ExitCode> {
    let keep = args.keep.as_deref().map(|text| {
        parse_span(text).with_context(|| format!("`{text}` is not a duration; write 30d or 12h"))
    });
    let wanted = Compaction { keep: keep.transpose()?, without: args.without.clone() };
    if !may_drop(args)? {
        return Ok(ExitCode::FAILURE);
    }
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let waiting = || say(&format!("another process is changing {}; waiting", args.store.display()));
    let work = Work { cancel: &cancel, watch: &status };
    let result = store::compact(&args.store, &wanted, &waiting, work);
    status.clear();
    let done = result.map_err(with_help)?;
    let bytes = |bytes: u64| Quantity::new(bytes as f64, Unit::Bytes);
    let dropped = match done.dropped {
        0 => String::new(),
        dropped => format!(", {dropped} profiles dropped"),
    };
    tell(&format!(
        "{}: {} blocks of {} before, {} of {} now{dropped}\n",
        args.store.display(),
        done.blocks.0,
        bytes(done.bytes.0),
        done.blocks.1,
        bytes(done.bytes.1),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Says what would be dropped, and asks for it.
fn may_drop(args: &CompactArgs) -> anyhow::Result<bool> {
    let contained = match args.without.is_empty() {
        true => return Ok(true),
        false => store::contained(&args.store, &args.without).map_err(with_help)?,
    };
    for block in &contained {
        say(&block.to_string());
    }
    if args.yes {
        return Ok(true);
    }
    if !stdin().is_terminal() || !stderr().is_terminal() {
        eprintln!("error: nothing was dropped; add --yes to drop what is named above");
        return Ok(false);
    }
    eprint!("Take this out of the store? [y/N] ");
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
