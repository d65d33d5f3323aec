//! `flamebook doctor`: checks the installation and starts the kernel once.
//!
//! Prints what it finds, with one fix for each problem. Changes nothing.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use flamebook::kernel::probe;
use flamebook::source::format;

use crate::cli::environment::{Environment, JUPYTERLAB, on_path, python_version};
use crate::cli::kernelspecs::{self, Kernelspec};
use crate::cli::stdout::print;

/// Check the installation and suggest fixes
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {}

/// The result of one check.
struct Finding {
    health: Health,
    subject: &'static str,
    text: String,
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Not installed, and only some commands need it.
    Absent,
    Bad,
}

impl Finding {
    fn good(subject: &'static str, text: impl Into<String>) -> Self {
        Self { health: Health::Good, subject, text: text.into(), fix: None }
    }

    fn absent(subject: &'static str, text: &str, fix: &str) -> Self {
        Self { health: Health::Absent, subject, text: text.into(), fix: Some(fix.into()) }
    }

    fn bad(subject: &'static str, text: String, fix: String) -> Self {
        Self { health: Health::Bad, subject, text, fix: Some(fix) }
    }
}

/// Exit code 1 if a problem stops the kernel from working.
pub(crate) fn doctor(_: DoctorArgs) -> anyhow::Result<ExitCode> {
    let executable = env::current_exe().context("cannot find the path of flamebook itself")?;
    let version = env!("CARGO_PKG_VERSION");
    let mut findings =
        vec![Finding::good("flamebook", format!("{version}, {}", executable.display()))];
    findings.push(kernel(&executable));
    findings.extend(registrations(&executable));
    findings.push(lab()?);
    findings.push(jupyterlab_on_path());
    findings.push(python());
    findings.push(Finding::good("reads", formats()));
    print(&report(&findings))?;
    Ok(match findings.iter().any(|finding| finding.health == Health::Bad) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// The file formats that `use` opens.
fn formats() -> String {
    format!("{}, plain or gzip; recognised by content (`use \"*.pb.gz\"`)", format::names())
}

/// Starts the kernel as a front end does, and asks for its version.
fn kernel(executable: &Path) -> Finding {
    match probe::ask(executable) {
        Ok(answer) => {
            let after = answer.after.as_secs_f64() * 1000.0;
            let protocol = answer.protocol;
            let text = format!("starts and answers in {after:.0} ms, protocol {protocol}");
            Finding::good("kernel", text)
        }
        Err(error) => Finding::bad(
            "kernel",
            format!("{error:#}"),
            "report this as a bug, with the output of `flamebook doctor`".to_owned(),
        ),
    }
}

/// All kernelspecs of this kernel in Jupyter's folders and in the private environment.
fn registrations(executable: &Path) -> Vec<Finding> {
    let shared = kernelspecs::find(&kernelspecs::data_folders());
    let private = Environment::place().ok().map(|root| root.join("share/jupyter"));
    let private = private.map_or_else(Vec::new, |folder| kernelspecs::find(&[folder]));
    if shared.is_empty() && private.is_empty() {
        let text = "not registered; only `flamebook lab` can use it";
        return vec![Finding::absent("kernelspec", text, "flamebook install --user")];
    }
    let mut names = BTreeSet::new();
    let found = shared.iter().map(|spec| match names.insert(&spec.name) {
        true => registration(spec, executable),
        false => hidden(spec),
    });
    found.chain(private.iter().map(|spec| registration(spec, executable))).collect()
}

/// Jupyter starts the first kernel of a name.
fn hidden(spec: &Kernelspec) -> Finding {
    let (name, folder) = (&spec.name, spec.folder.display());
    let text = format!("another `{name}` in {folder} is hidden by the one above");
    let fix =
        format!("if that is the one you want, remove the other: jupyter kernelspec remove {name}");
    Finding::absent("kernelspec", &text, &fix)
}

fn registration(spec: &Kernelspec, executable: &Path) -> Finding {
    let place = format!("`{}` in {}", spec.name, spec.folder.display());
    let fix = || format!("flamebook install --user --name {}", spec.name);
    match &spec.program {
        None => Finding::bad("kernelspec", format!("{place} has no command"), fix()),
        Some(program) if program == executable => Finding::good("kernelspec", place),
        // Jupyter looks up a bare name or a placeholder itself.
        Some(program) if program.is_relative() || program.is_file() => {
            Finding::good("kernelspec", format!("{place}, which starts {}", program.display()))
        }
        Some(program) => {
            let gone = format!("{place} starts {}, which does not exist", program.display());
            Finding::bad("kernelspec", gone, fix())
        }
    }
}

fn lab() -> anyhow::Result<Finding> {
    Ok(match Environment::find()? {
        Some(environment) => {
            let place = environment.root().display();
            Finding::good("lab", format!("JupyterLab {JUPYTERLAB} is ready in {place}"))
        }
        None => Finding::absent("lab", "no environment yet", "`flamebook lab` creates it"),
    })
}

fn jupyterlab_on_path() -> Finding {
    program("jupyterlab", "jupyter-lab").unwrap_or_else(|| {
        let text = "no `jupyter-lab` on PATH; only `flamebook lab --system` needs it";
        Finding::absent("jupyterlab", text, "pip install jupyterlab")
    })
}

/// The program that creates the environment of `flamebook lab`.
fn python() -> Finding {
    let uv = program("python", "uv");
    uv.or_else(python3).unwrap_or_else(|| {
        let text = "neither `uv` nor `python3` on PATH";
        Finding::absent("python", text, "install `uv`, which `flamebook lab` needs")
    })
}

fn python3() -> Option<Finding> {
    let path = on_path("python3")?;
    let (major, minor) = python_version(&path).ok()?;
    Some(Finding::good("python", format!("{major}.{minor}, {}", path.display())))
}

fn program(subject: &'static str, name: &str) -> Option<Finding> {
    let path: PathBuf = on_path(name)?;
    Some(Finding::good(subject, path.display().to_string()))
}

fn report(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.subject.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { health, subject, text: found, fix } in findings {
        let mark = match health {
            Health::Good => "ok ",
            Health::Absent => "-  ",
            Health::Bad => "BAD",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark} {subject:width$}  {found}");
        if let Some(fix) = fix {
            let _ = writeln!(text, "    {:width$}  fix: {fix}", "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: Option<&str>) -> Kernelspec {
        let program = program.map(PathBuf::from);
        Kernelspec { name: "fb".to_owned(), folder: PathBuf::from("kernels/fb"), program }
    }

    #[test]
    fn a_registration_of_a_program_that_does_not_exist_is_bad() {
        let health = |program| registration(&spec(program), Path::new("/opt/flamebook")).health;
        assert_eq!(health(Some("/opt/flamebook")), Health::Good);
        assert_eq!(health(Some("flamebook")), Health::Good);
        assert_eq!(health(Some("/nowhere/flamebook")), Health::Bad);
        assert_eq!(health(None), Health::Bad);
    }

    #[test]
    fn the_second_kernel_of_a_name_is_hidden() {
        let found = hidden(&spec(None));
        assert_eq!(found.health, Health::Absent);
        assert_eq!(found.text, "another `fb` in kernels/fb is hidden by the one above");
    }

    #[test]
    fn each_fix_stands_below_its_finding() {
        let findings = [
            Finding::good("kernel", "answers"),
            Finding::absent("lab", "no environment yet", "create it"),
        ];
        assert_eq!(
            report(&findings),
            "ok  kernel  answers\n-   lab     no environment yet\n            fix: create it\n"
        );
    }
}
