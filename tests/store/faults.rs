//! Faults that a store survives: crashes at any time, two writers, a full disk, lost
//! bits.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use flamebook::eval::result::value::Outcome;

use super::{flamebook, said};
use crate::cells::Cells;
use crate::demo;

/// A folder with the example data in four parts, and how many profiles each has.
pub(super) fn four_parts(folder: &Path) -> [(String, usize); 4] {
    let files = folder.join("files");
    fs::create_dir(&files).expect("a scratch folder");
    demo::unpack(&files);
    let parts = ["version=1/pod=a", "version=1/pod=b", "version=2/pod=a", "version=2/pod=b"];
    parts.map(|part| {
        let pattern = format!("files/**/{part}/**");
        let mut alone = Cells::new(folder);
        alone.run(&format!("use {pattern:?}"));
        (pattern, alone.table("cpu | profiles").height())
    })
}

/// The number of CPU profiles, which must all differ in time or labels; 0 without a
/// store.
pub(super) fn profiles(folder: &Path) -> usize {
    if !folder.join("x.flamestore/manifest.json").exists() {
        return 0;
    }
    let mut cells = Cells::over(folder, "x.flamestore");
    if cells.run("types").len() != 1 || cells.table("types").height() == 0 {
        return 0;
    }
    let table = cells.table("cpu | profiles");
    let rows = (0..table.height()).map(|row| format!("{:?}", table.frame.get(row)));
    let different: std::collections::BTreeSet<String> = rows.collect();
    assert_eq!(different.len(), table.height(), "no profile is there twice");
    // All samples can be read as well.
    assert!(cells.table("cpu | top").height() > 0);
    table.height()
}

/// Starts a command and kills it with SIGKILL after a while; returns whether it had ended
/// before.
pub(super) fn killed(folder: &Path, arguments: &[&str], after: Duration) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    std::thread::sleep(after);
    let ended = child.try_wait().expect("a child of ours").is_some();
    child.kill().expect("a child of ours");
    child.wait().expect("a child of ours");
    ended
}

#[test]
fn a_crash_at_any_instant_leaves_the_last_complete_state() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    let all: usize = parts.iter().map(|(_, count)| count).sum();
    let mut interrupted = 0;
    for round in 0..25u64 {
        let _ = fs::remove_dir_all(folder.path().join("x.flamestore"));
        let mut complete = 0;
        for (nth, (pattern, count)) in parts.iter().enumerate() {
            // From nothing to about as long as an import takes, in unequal steps.
            let after = Duration::from_micros((round * 7919 + nth as u64 * 3571) % 60_000);
            let ended = killed(folder.path(), &["import", "x.flamestore", pattern], after);
            interrupted += usize::from(!ended);
            let there = profiles(folder.path());
            // The step was completed or it was not; it may have been just before the end.
            assert!(there == complete || there == complete + count, "{there} of {complete}");
            if ended {
                assert_eq!(there, complete + count, "what was said to be done is done");
            }
            complete = there;
        }
        killed(folder.path(), &["compact", "x.flamestore"], Duration::from_millis(round));
        assert_eq!(profiles(folder.path()), complete, "compact loses nothing");
        for (pattern, _) in &parts {
            said(folder.path(), &["import", "x.flamestore", pattern]);
        }
        assert_eq!(profiles(folder.path()), all, "run again it is complete");
        let blocks = said(folder.path(), &["compact", "x.flamestore"]);
        assert!(blocks.contains(" 1 of "), "{blocks}");
        assert_eq!(profiles(folder.path()), all);
    }
    assert!(interrupted >= 20, "{interrupted} of 100 imports were cut off");
}

#[test]
fn of_two_imports_at_once_one_waits() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    let all: usize = parts.iter().map(|(_, count)| count).sum();
    let importing = parts.iter().chain(&parts).map(|(pattern, _)| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
        let command = command.current_dir(folder.path()).args(["import", "x.flamestore", pattern]);
        command.stdout(Stdio::null()).spawn().expect("the program starts")
    });
    for mut child in importing.collect::<Vec<_>>() {
        assert!(child.wait().expect("a child of ours").success());
    }
    assert_eq!(profiles(folder.path()), all);
}

#[test]
fn readers_see_complete_states_while_an_import_runs() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", &parts[0].0]);
    let mut complete = vec![parts[0].1];
    for (_, count) in &parts[1..] {
        complete.push(complete[complete.len() - 1] + count);
    }
    let importing = std::thread::scope(|scope| {
        let importing = scope.spawn(|| {
            for (pattern, _) in &parts[1..] {
                said(folder.path(), &["import", "x.flamestore", pattern]);
            }
        });
        // Two at once, until the last part is there.
        let reader = || {
            let (mut reads, mut last) = (0, 0);
            while last < complete[complete.len() - 1] {
                let there = profiles(folder.path());
                assert!(complete.contains(&there) && there >= last, "{there} after {last}");
                (reads, last) = (reads + 1, there);
            }
            reads
        };
        let (one, other) = (scope.spawn(reader), scope.spawn(reader));
        let reads = [one, other].map(|reader| reader.join().expect("a reader without an error"));
        assert!(reads.iter().all(|reads| *reads > 0));
        importing.join()
    });
    assert!(importing.is_ok(), "the import ends");
}

#[test]
fn a_flipped_bit_a_cut_and_a_lost_block_are_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    for (pattern, _) in &parts[..2] {
        said(folder.path(), &["import", "x.flamestore", pattern]);
    }
    let store = folder.path().join("x.flamestore");
    let expected = Cells::over(folder.path(), "x.flamestore").run("cpu{pod=\"b\"} | top 1000");
    let unharmed = Cells::over(folder.path(), "x.flamestore").run("cpu | top 1000");
    let names = ["process_cpu.samples.parquet", "process_cpu.profiles.parquet", "block.json"];
    let names = names.into_iter().chain(["stacks.parquet", "functions.parquet", "series.parquet"]);
    for name in names {
        let path = store.join("blocks/000001").join(name);
        let whole = fs::read(&path).expect("a file of the block");
        let mut noticed = 0;
        for at in (0..7).map(|nth| nth * (whole.len() - 1) / 6) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            fs::write(&path, flipped).expect("a file");
            // A column that no question is about is not read, and harms no answer.
            match Cells::over(folder.path(), "x.flamestore").try_run("cpu | top 1000") {
                Ok(answer) => assert_eq!(total(&answer), total(&unharmed), "{name}, byte {at}"),
                Err(_) => {
                    assert_damaged(folder.path(), name);
                    noticed += 1;
                }
            }
        }
        assert!(noticed > 0, "{name}");
        fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
        assert_damaged(folder.path(), name);
        fs::remove_file(&path).expect("a file");
        assert_damaged(folder.path(), name);
        fs::write(&path, &whole).expect("a file");
        profiles(folder.path());
    }
    fs::remove_dir_all(store.join("blocks/000001")).expect("a block");
    assert_damaged(folder.path(), "block.json");
    let without = said(folder.path(), &["compact", "x.flamestore", "--without", "000001", "--yes"]);
    assert!(without.contains("profiles dropped"), "{without}");
    let mut cells = Cells::over(folder.path(), "x.flamestore");
    let left = cells.run("cpu{pod=\"b\"} | top 1000");
    assert_eq!(total(&left), total(&expected));
    let unknown =
        flamebook(folder.path(), &["compact", "x.flamestore", "--without", "000001", "--yes"]);
    let error = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(error.contains("the store has no block 000001"), "{error}");
}

pub(super) fn total(outcomes: &[Outcome]) -> Option<f64> {
    outcomes[0].header.total.as_ref().map(|total| total.value)
}

/// A query that needs the damaged block names it and the file.
fn assert_damaged(folder: &Path, file: &str) {
    let mut cells = Cells::over(folder, "x.flamestore");
    let error = cells.error("cpu | top");
    assert!(error.contains("error[damaged-store]"), "{error}");
    assert!(error.contains("block 000001") && error.contains(file), "{error}");
}

/// Runs a script as root of its own mount namespace; `None` where that is not allowed.
pub(crate) fn in_own_mounts(folder: &Path, script: &str) -> Option<String> {
    let mut command = Command::new("unshare");
    let command = command.args(["--mount", "sh", "-ec", script]).current_dir(folder);
    let output = command.env("FLAMEBOOK", env!("CARGO_BIN_EXE_flamebook")).output();
    // Without `unshare` the error is that it was not found.
    let errors = match &output {
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => format!("unshare: {error}"),
    };
    if errors.contains("unshare") || errors.contains("mount:") {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "mounting must be possible in CI: {errors}");
        eprintln!("ABSENT: mount namespaces; skipped: {errors}");
        return None;
    }
    let output = output.expect("else the error is one of unshare");
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_full_disk_is_an_error_and_what_was_there_stays() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    four_parts(folder.path());
    let script = "mkdir small && mount -t tmpfs -o size=300k tmpfs small
        $FLAMEBOOK import small/x.flamestore 'files/**/version=1/pod=a/**'
        if $FLAMEBOOK import small/x.flamestore files 2>&1; then exit 1; fi
        $FLAMEBOOK eval -f csv 'use \"small/x.flamestore\"' 'cpu | by (version, pod) | table | select version, pod, total'
        mount -o remount,size=8m small
        $FLAMEBOOK import small/x.flamestore files
        $FLAMEBOOK eval -f csv 'use \"small/x.flamestore\"' 'cpu | by (version) | table | select version, total'";
    let Some(printed) = in_own_mounts(folder.path(), script) else { return };
    assert!(printed.contains("No space left on device"), "{printed}");
    assert!(printed.contains("x.flamestore"), "the place is named: {printed}");
    let totals = "version,total\n2,94500000000\n1,91540000000\n";
    assert!(printed.ends_with(totals), "{printed}");
}

#[test]
fn a_read_only_store_is_read_and_not_written() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    four_parts(folder.path());
    said(folder.path(), &["import", "x.flamestore", "files"]);
    let script = "mount --bind x.flamestore x.flamestore && mount -o remount,bind,ro x.flamestore
        $FLAMEBOOK eval -f csv 'use \"x.flamestore\"' 'cpu | by (version) | table | select version, total'
        if $FLAMEBOOK import x.flamestore demo: 2>&1; then exit 1; fi";
    let Some(printed) = in_own_mounts(folder.path(), script) else { return };
    assert!(printed.starts_with("version,total\n2,94500000000\n1,91540000000\n"), "{printed}");
    assert!(printed.contains("Read-only file system"), "{printed}");
}
