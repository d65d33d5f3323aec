//! Folders that are no stores stay untouched, and a store that has lost its manifest loses
//! nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::faults::{four_parts, profiles};
use super::{files_below, flamebook, said};
use crate::cells::Cells;

/// The errors of an import that fails and changes no file below the folder.
fn refused(folder: &Path, store: &str, files: &str) -> String {
    let before = contents(folder);
    let output = flamebook(folder, &["import", store, files]);
    assert!(!output.status.success(), "{store}");
    assert_eq!(contents(folder), before, "{store}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = files_below(folder).into_iter();
    files.map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

#[test]
fn a_folder_that_is_no_store_is_refused_untouched() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let at = |path: &str| folder.path().join(path);
    put(&at("x.folded"), "main;f 7\n");
    put(&at("thesis/blocks/a/thesis"), "years of work");
    put(&at("profiles/blocks/000001/cpu.folded"), "main;g 8\n");
    put(&at("site/manifest.json"), "{\"name\": \"a page\"}");
    said(folder.path(), &["import", "x.flamestore", "x.folded"]);
    for (store, reason) in [
        ("thesis", "thesis is not a store: it holds `blocks`"),
        ("site", "site is not a store: it holds `manifest.json`"),
        ("x.folded", "x.folded is not a store: it is a file"),
    ] {
        let error = refused(folder.path(), store, "x.folded");
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("help: name a store or a new folder first"), "{error}");
    }
    // The arguments swapped, and a folder with the name of a block.
    let error = refused(folder.path(), "profiles", "x.flamestore");
    assert!(error.contains("profiles is not a store: it holds `blocks`"), "{error}");
}

#[test]
fn links_are_not_followed() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let at = |path: &str| folder.path().join(path);
    put(&at("x.folded"), "main;f 7\n");
    put(&at("y.folded"), "main;g 7\n");
    put(&at("elsewhere/block.json"), "{}");
    put(&at("elsewhere/stacks.parquet"), "mine");
    said(folder.path(), &["import", "x.flamestore", "x.folded"]);
    symlink(at("elsewhere"), at("x.flamestore/blocks/000099")).expect("a link");
    said(folder.path(), &["import", "x.flamestore", "y.folded"]);
    assert_eq!(files_below(&at("elsewhere")).len(), 2);
    fs::remove_file(at("x.flamestore/blocks/000099")).expect("a link");
    fs::rename(at("x.flamestore/blocks"), at("moved")).expect("a folder");
    symlink(at("moved"), at("x.flamestore/blocks")).expect("a link");
    let error = refused(folder.path(), "x.flamestore", "y.folded");
    assert!(error.contains("its `blocks` is a link"), "{error}");
}

#[test]
fn only_blocks_are_swept_and_of_these_only_what_blocks_have() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let at = |path: &str| folder.path().join(path);
    put(&at("x.folded"), "main;f 7\n");
    said(folder.path(), &["import", "x.flamestore", "x.folded"]);
    for kept in ["notes/block.json", "000070/thesis", "000071/thesis", "000071/a.parquet/b"] {
        put(&at("x.flamestore/blocks").join(kept), "mine");
    }
    for left in ["000071/block.json", "000072/block.json", "000072/stacks.parquet"] {
        put(&at("x.flamestore/blocks").join(left), "{}");
    }
    said(folder.path(), &["compact", "x.flamestore"]);
    let left = files_below(&at("x.flamestore/blocks"));
    let outside = left.iter().filter(|path| !path.starts_with(at("x.flamestore/blocks/000001")));
    let expected = ["000070/thesis", "000071/a.parquet/b", "000071/thesis", "notes/block.json"];
    assert!(outside.eq(&expected.map(|path| at("x.flamestore/blocks").join(path))), "{left:?}");
}

#[test]
fn an_import_that_adds_nothing_leaves_no_new_store() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    put(&folder.path().join("notes.txt"), "this is no profile");
    put(&folder.path().join("x.folded"), "main;f 7\n");
    for files in ["notes.txt", "nothing/*"] {
        let output = flamebook(folder.path(), &["import", "x.flamestore", files]);
        assert!(!output.status.success(), "{files}");
        assert!(!folder.path().join("x.flamestore").exists(), "{files}");
    }
    // One that was there stays.
    said(folder.path(), &["import", "x.flamestore", "x.folded"]);
    flamebook(folder.path(), &["import", "x.flamestore", "notes.txt"]);
    assert!(folder.path().join("x.flamestore/manifest.json").exists());
}

#[test]
fn a_store_without_its_manifest_loses_nothing_and_is_repaired() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    for (pattern, _) in &parts[..3] {
        said(folder.path(), &["import", "x.flamestore", pattern]);
    }
    // The three blocks that this one replaces are still there.
    said(folder.path(), &["compact", "x.flamestore"]);
    let count = profiles(folder.path());
    let table = || Cells::over(folder.path(), "x.flamestore").table("cpu | top 1000").frame;
    let expected = table();
    let manifest = folder.path().join("x.flamestore/manifest.json");
    let whole = fs::read(&manifest).expect("a manifest");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for broken in [None, Some(flipped), Some(whole[..whole.len() - 9].to_vec()), Some(Vec::new())] {
        fs::remove_file(&manifest).expect("a manifest");
        if let Some(bytes) = broken {
            fs::write(&manifest, bytes).expect("a manifest");
        }
        let error = refused(folder.path(), "x.flamestore", &parts[3].0);
        assert!(error.contains("flamebook repair x.flamestore"), "{error}");
        let error = Cells::new(folder.path()).error("use \"x.flamestore\"");
        assert!(error.contains("error[damaged-store]"), "{error}");
        let repaired = said(folder.path(), &["repair", "x.flamestore"]);
        assert!(repaired.contains("kept 1 blocks with"), "{repaired}");
        assert!(repaired.contains("; 3 older blocks"), "{repaired}");
        assert_eq!(profiles(folder.path()), count);
        assert!(table().equals_missing(&expected));
    }
    let sound = said(folder.path(), &["repair", "x.flamestore"]);
    assert!(sound.contains("the manifest is right"), "{sound}");
    said(folder.path(), &["import", "x.flamestore", &parts[3].0]);
    assert_eq!(profiles(folder.path()), count + parts[3].1);
}

#[test]
fn repair_keeps_whole_blocks_and_sets_others_aside() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let parts = four_parts(folder.path());
    for (pattern, _) in &parts[..2] {
        said(folder.path(), &["import", "x.flamestore", pattern]);
    }
    let store = folder.path().join("x.flamestore");
    let path = store.join("blocks/000001/process_cpu.samples.parquet");
    let mut bytes = fs::read(&path).expect("a table");
    bytes[40] ^= 1;
    fs::write(&path, &bytes).expect("a table");
    fs::remove_file(store.join("manifest.json")).expect("a manifest");
    let repaired = said(folder.path(), &["repair", "x.flamestore"]);
    assert!(repaired.contains("kept 1 blocks"), "{repaired}");
    let reason = "dropped: block 000001: process_cpu.samples.parquet has other bytes";
    assert!(repaired.contains(reason), "{repaired}");
    assert_eq!(profiles(folder.path()), parts[1].1);
    // Imported again it gets a number of its own.
    said(folder.path(), &["import", "x.flamestore", &parts[0].0]);
    assert_eq!(profiles(folder.path()), parts[0].1 + parts[1].1);
    let kept = store.join("dropped/000001/process_cpu.samples.parquet");
    assert_eq!(fs::read(kept).expect("a table"), bytes);
}
