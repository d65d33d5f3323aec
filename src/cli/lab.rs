//! `flamebook lab`: JupyterLab with this kernel in it, ready to use.
//!
//! Runs in the private environment of `environment`, or with `--system` in the
//! JupyterLab on PATH. Without a path it opens the tour: the one of the checkout
//! one stands in, else a copy in the user's data folder, which is the user's to
//! change and is never overwritten.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use flamebook::kernel::install::{self, InstallPlace};

use crate::cli::environment::{Environment, data_folder, on_path};

/// What is opened where there is nothing of the user's to open.
const TOUR: &str = include_str!("../../notebooks/tour.ipynb");

const NO_JUPYTERLAB: &str = "\
there is no `jupyter-lab` on PATH. Install it with `pip install jupyterlab`, or leave out
`--system`: then flamebook makes an environment of its own.";

/// Open JupyterLab with this kernel in it
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

/// Becomes JupyterLab: returns only when it could not be started.
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
        // Usual in a container, where JupyterLab would refuse to start.
        eprintln!("Running as root: JupyterLab is given --allow-root.");
        jupyter.arg("--allow-root");
    }
    let error = jupyter.args(&args.jupyter).arg(&path).exec();
    Err(error).with_context(|| format!("cannot start {}", jupyter.get_program().display()))
}

fn private() -> anyhow::Result<Command> {
    let environment = Environment::find_or_make()?;
    register(InstallPlace::Prefix(environment.root().to_owned()))?;
    Ok(Command::new(environment.program("jupyter-lab")))
}

fn system() -> anyhow::Result<Command> {
    let Some(jupyter) = on_path("jupyter-lab") else { bail!(NO_JUPYTERLAB) };
    register(InstallPlace::User)?;
    Ok(Command::new(jupyter))
}

/// Each time: the executable may have moved since.
fn register(place: InstallPlace) -> anyhow::Result<()> {
    let executable = env::current_exe().context("cannot tell where flamebook itself is")?;
    install::install("flamebook", "Flamebook", &place, &executable)?;
    Ok(())
}

/// The tour of the checkout around the working folder, else the user's copy.
fn tour() -> anyhow::Result<PathBuf> {
    let here = env::current_dir().context("cannot tell the working folder")?;
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

/// Of the process itself, as the system lists it; false where it does not.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
