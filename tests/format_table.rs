//! The table of file formats: everything that names a format agrees with it.
//!
//! Each test walks the table, so that a new row is covered too. `formats`, `jfr`, `otlp`
//! and `pprof` test what the readers return.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flamebook::eval::result::value::Value;
use flamebook::source::format::{FORMATS, Format, recognised};
use flamebook::source::nearby::nearby;
use flate2::read::MultiGzDecoder;

use crate::cells::Cells;
use crate::recording;

/// Every recording in the tests, uncompressed.
fn recordings() -> Vec<Vec<u8>> {
    paths().iter().map(|path| plain(std::fs::read(path).expect("a recording"))).collect()
}

fn plain(bytes: Vec<u8>) -> Vec<u8> {
    let mut plain = Vec::new();
    match MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain) {
        Ok(_) => plain,
        Err(_) => bytes,
    }
}

fn paths() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    let mut folders = vec![tests.join("data"), tests.join("fuzz/corpus/formats")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of recordings") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

fn text_of_help(topic: &str) -> String {
    match Cells::new(".").value(topic) {
        Value::Help(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => panic!("{topic} shows {other:?}"),
    }
}

#[test]
fn a_recording_of_every_format_is_recognised() {
    let files = recordings();
    for format in &FORMATS {
        let is_own = |bytes: &Vec<u8>| recognised(bytes).is_some_and(|f| f.name == format.name);
        assert!(files.iter().any(is_own), "no recording in tests/data is {}", format.name);
    }
}

#[test]
fn help_and_the_readme_name_every_format() {
    let help = text_of_help("help use");
    let readme = include_str!("../README.md");
    for Format { name, help: sentence, .. } in &FORMATS {
        assert!(help.contains(&format!("{name} {sentence}")), "{name} is not in\n{help}");
        assert!(readme.contains(name), "{name} is not in the README");
    }
}

#[test]
fn the_message_on_an_unknown_file_names_every_format() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "notes", b"Dear diary\n");
    let report = Cells::new(folder.path()).error("use \"notes\"");
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    for Format { name, .. } in &FORMATS {
        assert!(report.contains(name), "{name} is not in\n{report}");
    }
}

#[test]
fn completion_offers_files_of_every_format() {
    for format in &FORMATS {
        assert!(!format.suffixes.is_empty(), "{}", format.name);
        for suffix in format.suffixes.iter().flat_map(|s| [(*s).to_owned(), format!("{s}.gz")]) {
            let folder = tempfile::tempdir().expect("a scratch folder");
            recording::write(folder.path(), &format!("x.{suffix}"), b"");
            let deadline = Instant::now() + Duration::from_secs(60);
            let offered = nearby("", folder.path(), deadline);
            assert_eq!(offered, [format!("*.{suffix}"), format!("x.{suffix}")], "{}", format.name);
        }
    }
}
