//! Every call to the system fails once, the disk is full from every call on, and the
//! program is killed at every call: a store then holds what it held before or what the
//! command makes of it, and the command run again completes it.
//!
//! - `trial`: the commands, and what is there before and after
//! - `fault`: a command of which a call fails; `failing.c` says which calls are counted

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::fault::{Call, Fault, can_fail, run};
use self::trial::{FOREIGN, Totals, Trial, contents, expected, exports, trials};
use super::{files_below, said, scratch};

mod fault;
mod trial;

#[test]
fn a_store_survives_every_failing_call_and_a_kill_at_every_call() {
    if !can_fail() {
        return;
    }
    let trials = trials();
    let mut cases = Vec::new();
    for trial in &trials {
        for (fault, calls) in &trial.calls {
            cases.extend((1..=*calls).map(|at| (trial, *fault, at)));
        }
    }
    let (next, survived) = (AtomicUsize::new(0), [(); 4].map(|()| AtomicUsize::new(0)));
    let work = || {
        let mut broken = 0;
        while let Some((trial, fault, at)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            // All that are not survived are printed.
            match catch_unwind(|| survives(trial, *fault, *at)) {
                Ok(is_hit) => {
                    survived[*fault as usize].fetch_add(usize::from(is_hit), Ordering::Relaxed);
                }
                Err(_) => broken += 1,
            }
        }
        broken
    };
    let broken: usize = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("panics are caught")).sum()
    });
    let survived = survived.map(AtomicUsize::into_inner);
    for (fault, survived) in Fault::ALL.into_iter().zip(survived) {
        println!("{}: {survived} calls of import, compact, export and repair", fault.name());
    }
    assert_eq!(broken, 0, "of {} cases", cases.len());
    let [io, denied, full, killed] = survived;
    assert!(io + denied + full >= 747 && killed >= 300, "{survived:?}");
}

/// Runs a command with a fault at its n-th call, looks at what is left, and runs it again.
/// False if it makes fewer calls.
fn survives(trial: &Trial, fault: Fault, at: usize) -> bool {
    let scratch = scratch();
    let folder = &trial.begun(&scratch.path().join("run"));
    let ran = run(folder, trial.arguments, fault, Call::Nth(at));
    if ran.call.is_empty() {
        assert!(ran.output.status.success(), "{}: {:?}", trial.name, ran.output);
        return false;
    }
    let case = format!("{}, {} at call {}{}", trial.name, fault.name(), ran.call, ran.errors());
    ran.assert_clear(fault, &case);
    let is_skipped = ran.errors().contains("skipped ");
    let is_done = ran.output.status.success() && !is_skipped;
    check_exports(trial, folder, is_done, &case);

    // Most calls read, and leave what others have left.
    let left = contents(folder);
    let known = trial.known.lock().expect("no panic").get(&left).cloned();
    let held = known.unwrap_or_else(|| {
        let held = trial.held(folder);
        completes(trial, folder, &case);
        trial.known.lock().expect("no panic").insert(left, held.clone());
        held
    });
    let (before, after) = (trial.before.map(expected), Some(expected(trial.after)));
    let is_part = || is_skipped && is_between(held.as_ref(), before.as_ref(), after.as_ref());
    assert!(held == after || !is_done && (held == before || is_part()), "{case}{held:?}");
    true
}

/// Run again, the command does what is left to do.
fn completes(trial: &Trial, folder: &Path, case: &str) {
    let before = live(trial, folder);
    let again = run(folder, trial.arguments, Fault::Io, Call::None);
    let is_out = again.errors().contains("the store has no block 000001");
    assert!(again.output.status.success() || is_out, "{case}again: {}", again.errors());
    assert_eq!(trial.held(folder), Some(expected(trial.after)), "{case}again");
    check_exports(trial, folder, true, case);
    check_taken_out(trial, folder, case);
    check_left(trial, folder, before, case);
}

/// Whether it is what the store had before, and of what it should have, some profiles.
fn is_between(held: Option<&Totals>, before: Option<&Totals>, after: Option<&Totals>) -> bool {
    // The sum over all pods is then another one.
    let of_pods = |totals: Option<&Totals>| -> Totals {
        let all = totals.into_iter().flatten();
        all.filter(|total| !total.contains(" main ")).cloned().collect()
    };
    let [held, before, after] = [held, before, after].map(of_pods);
    held.is_superset(&before) && held.is_subset(&after)
}

/// Every file that was written is whole, and none is absent at the end.
fn check_exports(trial: &Trial, folder: &Path, is_done: bool, case: &str) {
    let there = exports(folder);
    for file in &there {
        assert!(trial.exports.contains(file), "{case}{}", file.0.display());
    }
    assert!(!is_done || there.len() == trial.exports.len(), "{case}{} files", there.len());
}

/// What was taken out is kept, also when the next change has swept.
fn check_taken_out(trial: &Trial, folder: &Path, case: &str) {
    let Some(block) = trial.taken_out else { return };
    said(folder, &["compact", trial.store()]);
    for file in trial.files_taken_out() {
        let name = file.file_name().expect("a file");
        let kept = fs::read(folder.join(trial.store()).join("dropped").join(block).join(name));
        assert_eq!(kept.ok(), fs::read(&file).ok(), "{case}{}", file.display());
    }
}

/// Nothing foreign is changed, and nothing of a command that failed is left but the blocks
/// that it has replaced.
fn check_left(trial: &Trial, folder: &Path, mut known: BTreeSet<String>, case: &str) {
    let store = folder.join(trial.store());
    for name in FOREIGN.iter().filter(|name| name.starts_with(trial.store())) {
        let text = fs::read_to_string(folder.join(name)).ok();
        assert_eq!(text.as_deref(), Some("mine"), "{case}{name}");
    }
    known.extend(live(trial, folder));
    // A repair sweeps nothing.
    known.extend(
        (trial.name == "repair").then(|| (1..=5).map(|n| format!("{n:06}"))).into_iter().flatten(),
    );
    for file in files_below(&store) {
        let path = file.strip_prefix(&store).expect("below").to_string_lossy().into_owned();
        let block = path.strip_prefix("blocks/").and_then(|path| path.split('/').next());
        let is_foreign = FOREIGN.contains(&&*format!("{}/{path}", trial.store()));
        let is_known = block.is_none_or(|block| known.contains(block));
        assert!(
            is_foreign || is_known && !path.starts_with("manifest.next"),
            "{case}{path} is left"
        );
    }
}

/// The blocks that the manifest names.
fn live(trial: &Trial, folder: &Path) -> BTreeSet<String> {
    let text = fs::read(folder.join(trial.store()).join("manifest.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let blocks = manifest["blocks"].as_array().cloned().unwrap_or_default();
    blocks.iter().filter_map(|block| block["id"].as_str().map(str::to_owned)).collect()
}
