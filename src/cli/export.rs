//! `flamebook export`: writes the profiles of a store as pprof files.

use std::path::PathBuf;
use std::process::ExitCode;

use flamebook::quantity::{Quantity, Unit};
use flamebook::source::store;
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::tell;
use crate::cli::store_error::with_help;

/// Write every profile of a store as a pprof file, in folders such as env=prod
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The folder of the store
    #[arg(value_name = "STORE.flamestore")]
    store: PathBuf,
    /// Where to write; created if it does not exist
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(crate) fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let work = Work { cancel: &cancel, watch: &status };
    let result = store::export(&args.store, &args.folder, work);
    status.clear();
    let done = result.map_err(with_help)?;
    let bytes = Quantity::new(done.bytes as f64, Unit::Bytes);
    tell(&format!("{}: {} files, {bytes}\n", args.folder.display(), done.files))?;
    Ok(ExitCode::SUCCESS)
}
