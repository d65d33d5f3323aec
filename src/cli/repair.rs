//! `flamebook repair`: a manifest for a store that has lost its own.

use std::path::PathBuf;
use std::process::ExitCode;

use flamebook::source::store::{self, Repaired};
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// Make a new manifest for a store from the blocks that are whole
///
/// Nothing is removed: blocks that are not whole are kept in the folder `dropped` of the store.
#[derive(Debug, clap::Args)]
pub(crate) struct RepairArgs {
    /// The folder of the store
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
}

pub(crate) fn repair(args: &RepairArgs) -> anyhow::Result<ExitCode> {
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let waiting = || say(&format!("another process is changing {}; waiting", args.store.display()));
    let work = Work { cancel: &cancel, watch: &status };
    let result = store::repair(&args.store, &waiting, work);
    status.clear();
    let done = result.map_err(with_help)?;
    tell(&report(args, &done))?;
    Ok(ExitCode::SUCCESS)
}

fn report(args: &RepairArgs, done: &Repaired) -> String {
    let store = args.store.display();
    if done.is_sound {
        return format!("{store}: the manifest is right, nothing was changed\n");
    }
    let mut said = format!("{store}: kept {} blocks with {} profiles", done.blocks, done.profiles);
    if done.replaced > 0 {
        said += &format!("; {} older blocks have only profiles of these", done.replaced);
    }
    said.push('\n');
    for block in &done.set_aside {
        said += &format!("set aside in {store}/dropped: {block}\n");
    }
    said
}
