//! The recorded profiles: real ones of four programs in two versions, made once.
//!
//! `benches/corpus` has the programs and says how they are recorded, into `target/corpus`;
//! remove this folder to record again. A benchmark needs more files than that: the
//! recordings of a series are repeated with other times.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ROOT;

/// Files of a kind, `cpu` or `heap`, below a folder; none without Go, which is said.
pub(crate) fn files(kind: &str, count: usize, folder: &Path) -> Option<Vec<PathBuf>> {
    let recorded = Path::new(ROOT).join("target/corpus");
    if !recorded.is_dir() {
        println!("recording a corpus into target/corpus, once; it takes four minutes");
        go(Command::new("go").args(["run", ".", "record"]).arg(&recorded))?;
    }
    let mut stamp = Command::new("go");
    stamp.args(["run", ".", "stamp", kind, &count.to_string()]).arg(&recorded).arg(folder);
    go(&mut stamp)?;
    let mut files = Vec::new();
    find(folder, &format!("{kind}-"), &mut files);
    assert_eq!(files.len(), count, "files of {kind}");
    Some(files)
}

/// Runs a command of the recorder.
fn go(command: &mut Command) -> Option<()> {
    match command.current_dir(Path::new(ROOT).join("benches/corpus")).status() {
        Ok(status) => {
            assert!(status.success(), "the recorder says why above");
            Some(())
        }
        Err(error) => {
            println!("no recorded profiles, which need Go from https://go.dev/dl: {error}");
            None
        }
    }
}

fn find(folder: &Path, prefix: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a scratch folder") {
        let entry = entry.expect("a scratch folder");
        if entry.path().is_dir() {
            find(&entry.path(), prefix, files);
        } else if entry.file_name().to_string_lossy().starts_with(prefix) {
            files.push(entry.path());
        }
    }
}

/// The size of all files in bytes.
pub(crate) fn size(files: &[PathBuf]) -> u64 {
    files.iter().map(|file| file.metadata().expect("a file").len()).sum()
}
