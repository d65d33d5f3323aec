//! Measures whole processes: run time and peak memory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) fn pprof() -> Option<PathBuf> {
    let from_go = || {
        let output = Command::new("go").args(["env", "GOPATH"]).output().ok()?;
        let gopath = String::from_utf8(output.stdout).ok()?;
        Some(Path::new(gopath.trim()).join("bin/pprof")).filter(|path| path.is_file())
    };
    let on_path = || {
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders).map(|f| f.join("pprof")).find(|path| path.is_file())
    };
    std::env::var_os("PPROF").map(PathBuf::from).or_else(from_go).or_else(on_path)
}

pub(crate) fn seconds(mut command: Command) -> f64 {
    let begun = Instant::now();
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    let output = output.expect("the command starts");
    let spent = begun.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    spent
}

/// Peak memory in MiB: Linux's high-water mark, read until the process ends.
pub(crate) fn peak_memory(mut command: Command) -> f64 {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak: f64 = 0.0;
    while child.try_wait().expect("a child of ours").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}
