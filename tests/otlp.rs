//! OTLP profiles, compared with pprof.
//!
//! OpenTelemetry's own module made one message of three pprof files; the expected values
//! are Go's pprof reports on these files (`tests/data/otlp`).

use std::io::Read;
use std::path::{Path, PathBuf};

use flamebook::quantity::Unit;
use flamebook::source::format;

use crate::cells::{self, Cells};
use crate::pprof::{assert_figures, functions, top_rows};
use crate::recording;

const MESSAGE: &str = "shop.otlp.pb";

/// The types of the files, and of the message.
const TYPES: [&str; 8] = [
    "samples",
    "cpu",
    "alloc_objects",
    "alloc_space",
    "inuse_objects",
    "inuse_space",
    "contentions",
    "delay",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/otlp")
}

#[test]
fn every_function_has_the_self_and_total_that_pprof_gives_it() {
    let mut cells = Cells::over(&folder(), MESSAGE);
    for sample_type in TYPES {
        let report = std::fs::read_to_string(folder().join(format!("{sample_type}.top")));
        let expected = top_rows(&report.expect("a report beside the message"));
        let query = format!("{sample_type} | top 100000");
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

#[test]
fn attributes_are_labels() {
    let mut cells = Cells::over(&folder(), MESSAGE);
    let whole = cells.number(r#"total("*", cpu)"#);
    // 1.84 s, as pprof says below its `Duration`.
    assert_eq!(whole, 1.84e9);
    let shop = r#"cpu{"service.name"="shop", "service.version"="1", "k8s.pod.name"="a"}"#;
    assert_eq!(cells.number(&format!(r#"total("*", {shop})"#)), whole);
    let table = cells.table("cpu | values endpoint");
    let endpoints: Vec<String> =
        (0..table.height()).map(|row| cells::text(&table, "endpoint", row)).collect();
    assert!(endpoints.contains(&"/search".to_owned()), "{endpoints:?}");
    // Numbers have their unit, as in pprof.
    let table = cells.table("inuse_space | values bytes");
    let sizes: Vec<f64> =
        (0..table.height()).map(|row| cells::figure(&table, "bytes", row)).collect();
    assert!(!sizes.is_empty() && sizes.iter().all(|size| *size >= 1.0), "{sizes:?}");
    assert_eq!(table.units[0], Unit::Bytes);
}

#[test]
fn otlp_and_pprof_are_never_taken_for_each_other() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pprof/profiles");
    assert_pprof(&ours, 7);
    let message = std::fs::read(folder().join(MESSAGE)).expect("the message");
    assert_eq!(format::recognised(&message).map(|format| format.name), Some("OTLP profiles"));
    let Some(data) = crate::pprof::reference() else { return };
    assert_pprof(&data.join("profiles"), 8);
    assert_pprof(&data.join("shop"), 50);
}

/// Each file below a folder is a pprof file; there are at least `least` of them.
fn assert_pprof(folder: &Path, least: usize) {
    let mut files = Vec::new();
    find(folder, &mut files);
    assert!(files.len() >= least, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("a file of the reference");
        let mut plain = Vec::new();
        if flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).is_err() {
            plain = bytes;
        }
        assert_eq!(
            format::recognised(&plain).map(|format| format.name),
            Some("pprof"),
            "{}",
            file.display()
        );
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the reference") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() { find(&path, files) } else { files.push(path) }
    }
}

#[test]
fn a_message_that_is_cut_is_skipped_with_the_place() {
    let message = std::fs::read(folder().join(MESSAGE)).expect("the message");
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "good.pb", &message);
    for part in 1..50 {
        let name = format!("cut-{part:02}.pb");
        recording::write(folder.path(), &name, &message[..message.len() * part / 50]);
    }
    let mut cells = Cells::new(folder.path());
    let opened = cells.run(r#"use "*.pb""#);
    let skipped = &opened[0].header.skipped;
    assert_eq!(skipped.len(), 49);
    for skipped in skipped {
        assert!(skipped.reason.contains(" at byte "), "{}: {}", skipped.path, skipped.reason);
    }
    assert_eq!(cells.number(r#"total("*", cpu)"#), 1.84e9, "the others go on");
}
