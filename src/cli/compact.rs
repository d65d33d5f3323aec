//! `flamebook compact`: few large blocks, and an end for what is too old.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use flamebook::lang::quantity::parse_span;
use flamebook::quantity::{Quantity, Unit};
use flamebook::source::store::{self, Compaction};
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::print;

/// Merge the blocks of a store, and drop what is too old
///
/// The space of what was replaced is free after the next import or compact, so that
/// queries that run now can end.
#[derive(Debug, clap::Args)]
pub(crate) struct CompactArgs {
    /// The folder of the store
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
    /// Drop profiles that started longer before the newest one, such as 30d
    #[arg(long, value_name = "DURATION")]
    keep: Option<String>,
    /// Leave a block out, such as one that is damaged
    #[arg(long, value_name = "BLOCK")]
    without: Vec<String>,
}

pub(crate) fn compact(args: &CompactArgs) -> anyhow::Result<ExitCode> {
    let keep = args.keep.as_deref().map(|text| {
        parse_span(text).with_context(|| format!("`{text}` is no duration; write it as 30d or 12h"))
    });
    let wanted = Compaction { keep: keep.transpose()?, without: args.without.clone() };
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let waiting = || eprintln!("another process is changing {}; waiting", args.store.display());
    let work = Work { cancel: &cancel, watch: &status };
    let result = store::compact(&args.store, &wanted, &waiting, work);
    status.clear();
    let done = result?;
    let bytes = |bytes: u64| Quantity::new(bytes as f64, Unit::Bytes);
    let dropped = match done.dropped {
        0 => String::new(),
        dropped => format!(", {dropped} profiles dropped"),
    };
    print(&format!(
        "{}: {} blocks of {} before, {} of {} now{dropped}\n",
        args.store.display(),
        done.blocks.0,
        bytes(done.bytes.0),
        done.blocks.1,
        bytes(done.bytes.1),
    ))?;
    Ok(ExitCode::SUCCESS)
}
