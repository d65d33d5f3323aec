//! The private Python environment in which `flamebook lab` runs JupyterLab.
//!
//! It is created once per pinned version in the user's data folder, by `uv` if it is on
//! PATH, else by `python3 -m venv`. A marker file is written last. An environment without
//! it, or whose Python does not start, is created again. Nothing else on the machine is
//! changed.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::cli::status::StatusLine;
use crate::cli::stdout::say;

/// The version of JupyterLab that this version of flamebook is tested with.
pub(crate) const JUPYTERLAB: &str = "4.6.6";

/// The oldest Python that this JupyterLab supports.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// The file that marks a complete environment.
const COMPLETE_MARKER: &str = "flamebook-environment";

const NO_PYTHON: &str = "\
JupyterLab needs Python, and neither `uv` nor `python3` is on PATH. Install one of them:
  Debian, Ubuntu   sudo apt install python3-venv
  Fedora           sudo dnf install python3
  macOS            brew install uv
  anywhere         https://docs.astral.sh/uv/getting-started/installation/
`flamebook eval` and `flamebook run` work without Python.";

const NO_VENV: &str = "\
this Python cannot create environments. On Debian and Ubuntu: sudo apt install python3-venv";

/// A complete environment.
pub(crate) struct Environment {
    root: PathBuf,
}

/// The program that creates an environment.
enum Installer {
    Uv(PathBuf),
    Python(PathBuf),
}

impl Environment {
    /// The folder of the environment of this version.
    pub(crate) fn place() -> anyhow::Result<PathBuf> {
        Ok(data_folder()?.join(format!("lab-{JUPYTERLAB}")))
    }

    /// The environment, if it exists and works.
    pub(crate) fn find() -> anyhow::Result<Option<Self>> {
        let environment = Self { root: Self::place()? };
        Ok(environment.is_complete().then_some(environment))
    }

    /// The environment, created if necessary. That takes about a minute.
    pub(crate) fn find_or_create() -> anyhow::Result<Self> {
        if let Some(environment) = Self::find()? {
            return Ok(environment);
        }
        let environment = Self { root: Self::place()? };
        environment.create(&Installer::find()?)?;
        Ok(environment)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    fn is_complete(&self) -> bool {
        self.root.join(COMPLETE_MARKER).is_file() && answers(&self.program("python"))
    }

    fn create(&self, installer: &Installer) -> anyhow::Result<()> {
        say(&format!("Creating a private environment for JupyterLab {JUPYTERLAB} (only once):"));
        say(&format!("  {}", self.root.display()));
        if self.root.exists() {
            eprintln!("  (the existing one is not complete and is replaced)");
            fs::remove_dir_all(&self.root)
                .with_context(|| format!("cannot remove {}", self.root.display()))?;
        }
        fs::create_dir_all(&self.root)
            .with_context(|| format!("cannot create {}", self.root.display()))?;
        // Beside the folder: `venv` and `uv` expect it to be empty.
        let log = Log::create(&self.root.with_file_name(format!("lab-{JUPYTERLAB}.log")))?;
        eprintln!("  1/2 Python");
        log.run(self.creation(installer))?;
        eprintln!("  2/2 JupyterLab, about 100 MB from PyPI");
        log.run(self.installation(installer))?;
        fs::write(self.root.join(COMPLETE_MARKER), format!("jupyterlab {JUPYTERLAB}\n"))
            .with_context(|| format!("cannot write to {}", self.root.display()))
    }

    fn creation(&self, installer: &Installer) -> Command {
        match installer {
            Installer::Uv(uv) => {
                let (major, minor) = OLDEST_PYTHON;
                let python = format!(">={major}.{minor}");
                command(uv, ["venv", "--allow-existing", "--python", &python], &self.root)
            }
            Installer::Python(python) => command(python, ["-m", "venv"], &self.root),
        }
    }

    fn installation(&self, installer: &Installer) -> Command {
        let requirement = format!("jupyterlab=={JUPYTERLAB}");
        match installer {
            Installer::Uv(uv) => {
                let python = self.program("python");
                let mut install = command(uv, ["pip", "install", "--python"], &python);
                // Like pip: the certificates of a company are in the store of the system.
                install.arg(requirement).env("UV_SYSTEM_CERTS", "true");
                install
            }
            Installer::Python(_) => {
                let pip = ["-m", "pip", "install", "--disable-pip-version-check"];
                command(&self.program("python"), pip, requirement)
            }
        }
    }
}

impl Installer {
    fn find() -> anyhow::Result<Self> {
        if let Some(uv) = on_path("uv") {
            return Ok(Self::Uv(uv));
        }
        let Some(python) = on_path("python3") else { bail!(NO_PYTHON) };
        let version = python_version(&python)?;
        if version < OLDEST_PYTHON {
            let (major, minor) = OLDEST_PYTHON;
            bail!(
                "JupyterLab {JUPYTERLAB} needs Python {major}.{minor} or later, and {} is {}.{}.\n\
                 Install `uv`, which downloads a newer one: \
                 https://docs.astral.sh/uv/getting-started/installation/",
                python.display(),
                version.0,
                version.1
            );
        }
        if !succeeds(Command::new(&python).args(["-c", "import ensurepip, venv"])) {
            bail!(NO_VENV);
        }
        Ok(Self::Python(python))
    }
}

/// The output of the installers: the terminal shows the latest line, a file keeps all.
struct Log {
    path: PathBuf,
}

impl Log {
    fn create(path: &Path) -> anyhow::Result<Self> {
        fs::write(path, "").with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Runs an installer to its end. The error of a failure has its last lines.
    fn run(&self, mut command: Command) -> anyhow::Result<()> {
        let mut file = fs::File::options().append(true).open(&self.path)?;
        let errors = file.try_clone()?;
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let status = StatusLine::new();
        let lines = child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        for line in lines.map_while(Result::ok) {
            writeln!(file, "{line}")?;
            status.show(&format!("      {line}"));
        }
        status.clear();
        if child.wait()?.success() {
            return Ok(());
        }
        bail!("{name} failed:\n{}\nThe whole output: {}", self.end()?, self.path.display())
    }

    fn end(&self) -> anyhow::Result<String> {
        let text = fs::read_to_string(&self.path)?;
        let lines: Vec<_> = text.lines().collect();
        Ok(lines[lines.len().saturating_sub(15)..].join("\n"))
    }
}

/// The user's data folder of flamebook: `$XDG_DATA_HOME/flamebook`.
pub(crate) fn data_folder() -> anyhow::Result<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
        .context("no folder for the environment: neither XDG_DATA_HOME nor HOME is set")?;
    Ok(data.join("flamebook"))
}

/// The program that a shell would run.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    // The shim of a version manager may exist and fail to run.
    env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| answers(candidate))
}

fn answers(program: &Path) -> bool {
    program.is_file() && succeeds(Command::new(program).arg("--version"))
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The version of a Python, `major.minor`.
pub(crate) fn python_version(python: &Path) -> anyhow::Result<(u32, u32)> {
    let print = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(python).args(["-c", print]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    numbers
        .next()
        .zip(numbers.next())
        .with_context(|| format!("{} does not print its version", python.display()))
}

fn command<const N: usize>(program: &Path, words: [&str; N], last: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.args(words).arg(last);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_without_its_marker_is_not_complete() {
        let root = tempfile::tempdir().expect("a scratch folder");
        let environment = Environment { root: root.path().to_owned() };
        fs::create_dir(root.path().join("bin")).expect("a folder");
        std::os::unix::fs::symlink("/bin/true", environment.program("python")).expect("a link");
        assert!(!environment.is_complete());
        fs::write(root.path().join(COMPLETE_MARKER), "").expect("a file");
        assert!(environment.is_complete());
        fs::remove_file(environment.program("python")).expect("the link");
        assert!(!environment.is_complete());
    }

    #[test]
    fn a_failing_installer_is_quoted() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let log = Log::create(&folder.path().join("a.log")).expect("a log");
        let command = command(Path::new("sh"), ["-c"], "echo begin; echo wrong >&2; exit 3");
        let error = log.run(command).expect_err("it fails").to_string();
        // The order of the two streams is not fixed.
        let said = ["sh failed:", "begin", "wrong"];
        assert!(said.iter().all(|words| error.contains(words)), "{error}");
    }
}
