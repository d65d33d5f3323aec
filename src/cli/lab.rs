//! `flamebook lab`: opens JupyterLab with this kernel.
//!
//! Runs the JupyterLab of the private `environment`, or with `--system` the one on PATH.
//! Without a path it opens the tour: that of the checkout around the working folder,
//! else a copy in the user's data folder. The user may change the copy, so it is never
//! overwritten.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use flamebook::kernel::install::{self, InstallPlace};

use crate::cli::environment::{Environment, data_folder, on_path};

/// The tour for users without a checkout.
const TOUR: &str = include_str!("../../notebooks/tour.ipynb");

const NO_JUPYTERLAB: &str = "\
`jupyter-lab` is not on PATH. Install it with `pip install jupyterlab`, or leave out
`--system`: then flamebook creates its own environment.";

/// Open JupyterLab with this kernel
#[derive(Debug, clap::Args)]
pub(crate) struct LabArgs {
    /// A notebook or folder to open [default: the tour]
    path: Option<PathBuf>,

    /// Use the JupyterLab on PATH, and register the kernel for this user
    #[arg(long)]
    system: bool,

    /// Arguments for JupyterLab, such as --no-browser
    #[arg(last = true, value_name = "JUPYTER ARGUMENTS")]
    jupyter: Vec<String>,
}

/// Replaces this process with JupyterLab. Returns only if that fails.
pub(crate) fn lab(args: LabArgs) -> anyhow::Result<ExitCode> {
    let path = match args.path {
        Some(path) if path.exists() => path,
        Some(path) => bail!("{} does not exist", path.display()),
        None => tour()?,
    };
    let mut jupyter = match args.system {
        true => system()?,
        false => private()?,
    };
    if is_root() && !args.jupyter.iter().any(|argument| argument == "--allow-root") {
        // JupyterLab refuses to start as root, which is usual in a container.
        eprintln!("Running as root: adding --allow-root for JupyterLab.");
        jupyter.arg("--allow-root");
    }
    let error = jupyter.args(&args.jupyter).arg(&path).exec();
    Err(error).with_context(|| format!("cannot start {}", jupyter.get_program().display()))
}

fn private() -> anyhow::Result<Command> {
    let environment = Environment::find_or_create()?;
    register(InstallPlace::Prefix(environment.root().to_owned()))?;
    Ok(Command::new(environment.program("jupyter-lab")))
}

fn system() -> anyhow::Result<Command> {
    let Some(jupyter) = on_path("jupyter-lab") else { bail!(NO_JUPYTERLAB) };
    register(InstallPlace::User)?;
    Ok(Command::new(jupyter))
}

/// Registers at each start, because the executable may have moved.
fn register(place: InstallPlace) -> anyhow::Result<()> {
    let executable = env::current_exe().context("cannot find the path of flamebook itself")?;
    install::install("flamebook", "Flamebook", &place, &executable)?;
    Ok(())
}

/// The tour of the checkout around the working folder, else the user's copy.
fn tour() -> anyhow::Result<PathBuf> {
    let here = env::current_dir().context("cannot find the working folder")?;
    if let Some(tour) = here.ancestors().find_map(tour_of_checkout) {
        return Ok(tour);
    }
    let folder = data_folder()?.join(format!("tour-{}", env!("CARGO_PKG_VERSION")));
    let tour = folder.join("tour.ipynb");
    if !tour.exists() {
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&tour, TOUR))
            .with_context(|| format!("cannot write {}", tour.display()))?;
    }
    Ok(tour)
}

fn tour_of_checkout(folder: &Path) -> Option<PathBuf> {
    let tour = folder.join("notebooks/tour.ipynb");
    let is_checkout = tour.is_file() && folder.join("kernelspec/kernel.json").is_file();
    is_checkout.then_some(tour)
}

/// Whether this process runs as root; false on systems without `/proc`.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
