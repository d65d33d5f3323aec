//! Prints a page into a PDF, by a Chromium that is on this machine.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use flamebook::view::export::file;
use uuid::Uuid;

/// The names of its programs, in the order in which they are looked for.
const PROGRAMS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A Chromium.
pub(super) struct Printer(PathBuf);

impl Printer {
    /// That of `CHROMIUM`, else the first on `PATH`.
    pub(super) fn find() -> anyhow::Result<Printer> {
        let named = std::env::var_os("CHROMIUM").filter(|path| !path.is_empty());
        if let Some(path) = named.map(PathBuf::from) {
            // The notebook runs in another folder.
            let path = std::path::absolute(&path).unwrap_or(path);
            if !path.is_file() {
                bail!("CHROMIUM={} is not a program", path.display());
            }
            return Ok(Printer(path));
        }
        let folders: Vec<PathBuf> =
            std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
        let programs =
            PROGRAMS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let found = programs.into_iter().find(|program| program.is_file());
        found.map(Printer).context(
            "a PDF is printed by Chromium, which is not on PATH; set CHROMIUM to its program, or \
             write `-o OUT.html` and print that",
        )
    }

    /// Prints a page. The file is replaced in one step.
    pub(super) fn print(&self, page: &str, path: &Path) -> anyhow::Result<()> {
        let scratch = Scratch::new()?;
        let [html, pdf] = ["report.html", "report.pdf"].map(|name| scratch.0.join(name));
        file::replace(&html, page.as_bytes()).context("cannot write the page to print")?;
        let mut command = Command::new(&self.0);
        command.args(["--headless", "--disable-gpu", "--no-pdf-header-footer"]);
        // Graphs are drawn by scripts, which are waited for, in a time that does not pass.
        command.args(["--run-all-compositor-stages-before-draw", "--virtual-time-budget=20000"]);
        command.arg(format!("--user-data-dir={}", scratch.0.join("profile").display()));
        // As root, which containers are, it refuses to start with a sandbox.
        if std::fs::metadata("/proc/self").is_ok_and(|of_self| of_self.uid() == 0) {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--print-to-pdf={}", pdf.display()));
        command.arg(format!("file://{}", html.display()));
        let program = self.0.display();
        let ran = command.stdin(Stdio::null()).output();
        let ran = ran.with_context(|| format!("cannot start {program}"))?;
        let printed = std::fs::read(&pdf).ok().filter(|bytes| bytes.starts_with(b"%PDF"));
        let Some(bytes) = printed else {
            let said = String::from_utf8_lossy(&ran.stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
            bail!("{program} did not print {}: it said {last}", path.display());
        };
        file::replace(path, &bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A folder for this user alone, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Scratch> {
        let folder = std::env::temp_dir().join(format!("flamebook-{}", Uuid::new_v4()));
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What remains is in the folder of temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
