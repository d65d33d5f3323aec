//! A flipped bit anywhere ends in an error or in the right answer, and what cannot be read
//! now is not called damage.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::faults::{four_parts, profiles};
use super::{files_below, flamebook, said, scratch};
use crate::cells::Cells;

const QUERIES: [&str; 4] = [
    "cpu | top 1000",
    "alloc_space | by (pod) | table",
    "inuse_space{version=\"2\"} | profiles",
    "types",
];

/// A store of two blocks.
fn two_blocks(folder: &Path) {
    for (pattern, _) in &four_parts(folder)[1..3] {
        said(folder, &["import", "x.flamestore", pattern]);
    }
}

/// The answers to all queries, if the store can be read.
fn answers(folder: &Path) -> Option<Vec<String>> {
    let mut cells = Cells::new(folder);
    cells.try_run("use \"x.flamestore\"").ok()?;
    let answers = QUERIES.iter().map(|query| {
        let outcomes = cells.try_run(query).ok()?;
        // The window is in the header.
        let header = format!("{:?}", outcomes[0].header);
        let frame = cells.table(query).frame;
        let rows = (0..frame.height()).map(|row| format!("{:?}", frame.get(row)));
        Some(header + &rows.collect::<String>())
    });
    answers.collect()
}

/// Flips bits of a file, each `step` bits after the last, and counts those that were noticed.
fn flipped(folder: &Path, file: &Path, step: usize, expected: &[String]) -> (usize, usize) {
    let whole = fs::read(file).expect("a file");
    let (mut flips, mut noticed) = (0, 0);
    for bit in (0..8 * whole.len()).step_by(step) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(file, bytes).expect("a file");
        flips += 1;
        match answers(folder) {
            Some(answers) => assert_eq!(answers, expected, "bit {bit} of {}", file.display()),
            None => noticed += 1,
        }
    }
    fs::write(file, whole).expect("a file");
    (flips, noticed)
}

#[test]
fn every_flipped_bit_of_the_manifest_is_noticed() {
    let folder = scratch();
    two_blocks(folder.path());
    let expected = answers(folder.path()).expect("a sound store");
    let manifest = folder.path().join("x.flamestore/manifest.json");
    let (flips, noticed) = flipped(folder.path(), &manifest, 1, &expected);
    assert!(flips > 10_000, "{flips}");
    assert_eq!(noticed, flips);
}

/// As stores were written before manifests had a checksum.
#[test]
fn a_manifest_without_a_checksum_is_read_and_compared_with_the_blocks() {
    let folder = scratch();
    two_blocks(folder.path());
    let expected = answers(folder.path()).expect("a sound store");
    let manifest = folder.path().join("x.flamestore/manifest.json");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let (content, _) = text.rsplit_once(",\"sum\":").expect("a checksum");
    let old = content.replacen("{\"format\":2,", "{\"format\":1,", 1) + "}";
    fs::write(&manifest, &old).expect("a manifest");
    assert_eq!(answers(folder.path()).expect("it is read"), expected);
    let (flips, noticed) = flipped(folder.path(), &manifest, 13, &expected);
    assert!(flips > 1_500, "{flips}");
    // What is left tells the size of a block, and the number of the next one.
    assert!(noticed * 100 > flips * 97, "{noticed} of {flips}");
    // A number that is taken is passed over.
    let taken = old.replace("\"next\":3", "\"next\":2");
    assert_ne!(taken, old);
    fs::write(&manifest, taken).expect("a manifest");
    let before = profiles(folder.path());
    said(folder.path(), &["import", "x.flamestore", "files/**/version=1/pod=a/**"]);
    assert!(profiles(folder.path()) > before);
    let text = fs::read_to_string(&manifest).expect("a manifest");
    assert!(text.starts_with("{\"format\":2,") && text.contains(",\"sum\":"), "{text}");
}

#[test]
fn a_flipped_bit_in_any_file_of_a_block_gives_an_error_or_the_right_answer() {
    let folder = scratch();
    two_blocks(folder.path());
    let expected = answers(folder.path()).expect("a sound store");
    let (mut flips, mut noticed) = (0, 0);
    for file in files_below(&folder.path().join("x.flamestore/blocks")) {
        let bits = 8 * file.metadata().expect("a file").len() as usize;
        let (all, seen) = flipped(folder.path(), &file, bits / 140, &expected);
        (flips, noticed) = (flips + all, noticed + seen);
    }
    assert!(flips >= 4140 && noticed > flips / 4, "{noticed} of {flips}");
}

#[test]
fn what_cannot_be_read_now_is_not_called_damage() {
    let folder = scratch();
    two_blocks(folder.path());
    let mut session = Cells::over(folder.path(), "x.flamestore");
    for file in ["block.json", "stacks.parquet", "process_cpu.profiles.parquet"] {
        let path = folder.path().join("x.flamestore/blocks/000001").join(file);
        let whole = fs::read(&path).expect("a file");
        fs::remove_file(&path).expect("a file");
        // The system follows a link to itself, and gives up.
        symlink(&path, &path).expect("a link");
        let mut cells = Cells::over(folder.path(), "x.flamestore");
        let error = cells.error("cpu | top");
        assert!(error.contains("error[cannot-read]") && error.contains(file), "{error}");
        assert!(error.contains("Too many levels of symbolic links"), "{error}");
        assert!(!error.contains("damaged") && !error.contains("--without"), "{error}");
        fs::remove_file(&path).expect("a link");
        fs::write(&path, whole).expect("a file");
        assert!(cells.table("cpu | top").height() > 0, "the same session goes on");
        assert!(session.table("cpu | top").height() > 0);
    }
}

#[test]
fn a_damaged_block_is_dropped_only_on_demand_and_kept_aside() {
    let folder = scratch();
    two_blocks(folder.path());
    let count = profiles(folder.path());
    let store = folder.path().join("x.flamestore");
    fs::write(store.join("blocks/000001/stacks.parquet"), "not Parquet").expect("a file");
    let error = Cells::over(folder.path(), "x.flamestore").error("cpu | top");
    // Of 24 CPU profiles, 12 of the heap and of goroutines, 6 of blocking and of locks.
    let held = "it holds 60 profiles (block:contentions, block:delay, goroutine, alloc_objects,";
    assert!(error.contains("stacks.parquet has 11 bytes instead of"), "{error}");
    assert!(error.contains(held) && error.contains("2026-11-23 04:51:"), "{error}");
    let before = fs::read(store.join("manifest.json")).expect("a manifest");
    let asked = flamebook(folder.path(), &["compact", "x.flamestore", "--without", "000001"]);
    let said_to_user = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(!asked.status.success(), "there is nobody to ask");
    assert!(said_to_user.contains("block 000001: 60 profiles"), "{said_to_user}");
    assert!(said_to_user.contains("nothing was dropped; add --yes"), "{said_to_user}");
    assert_eq!(fs::read(store.join("manifest.json")).expect("a manifest"), before);
    said(folder.path(), &["compact", "x.flamestore", "--without", "000001", "--yes"]);
    said(folder.path(), &["compact", "x.flamestore"]);
    assert_eq!(profiles(folder.path()), count / 2);
    let kept = fs::read(store.join("dropped/000001/stacks.parquet")).expect("it is kept");
    assert_eq!(kept, b"not Parquet");
    assert!(!store.join("blocks/000001").exists());
}
