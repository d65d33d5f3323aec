//! `flamebook install` and `uninstall`: adds the kernel to Jupyter and removes it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use flamebook::kernel::install::{self, InstallPlace};

use crate::cli::stdout::tell;

/// Add the kernel to Jupyter
#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The name of the kernelspec
    #[arg(long, default_value = "flamebook")]
    name: String,
    /// The name that front ends show
    #[arg(long, default_value = "Flamebook")]
    display_name: String,
}

/// Remove the kernel from Jupyter
#[derive(Debug, clap::Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The name of the kernelspec
    #[arg(long, default_value = "flamebook")]
    name: String,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct PlaceArgs {
    /// For every Jupyter of this user (the default)
    #[arg(long)]
    user: bool,
    /// For the active virtual or conda environment
    #[arg(long)]
    sys_prefix: bool,
    /// For the Python installation in this folder
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
}

impl PlaceArgs {
    fn place(&self) -> InstallPlace {
        match &self.prefix {
            Some(prefix) => InstallPlace::Prefix(prefix.clone()),
            None if self.sys_prefix => InstallPlace::SysPrefix,
            None => InstallPlace::User,
        }
    }
}

pub(crate) fn install(args: &InstallArgs) -> anyhow::Result<ExitCode> {
    let executable = std::env::current_exe().context("cannot find the path of this program")?;
    let folder =
        install::install(&args.name, &args.display_name, &args.place.place(), &executable)?;
    tell(&format!("installed the kernel {} in {}\n", args.name, folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// It is not an error if there is nothing to remove.
pub(crate) fn uninstall(args: &UninstallArgs) -> anyhow::Result<ExitCode> {
    match install::uninstall(&args.name, &args.place.place())? {
        Some(folder) => tell(&format!("removed {}\n", folder.display()))?,
        None => tell(&format!("there is no kernel {} to remove\n", args.name))?,
    }
    Ok(ExitCode::SUCCESS)
}
