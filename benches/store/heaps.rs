//! Two hundred real heap profiles, from files and from a store, against `pprof -top`.
//!
//! The profile is beside the repository, in `../shared/data`; each copy gets its own
//! time. pprof reads the same files.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::process::{peak_memory, pprof, seconds};
use crate::report::Row;
use crate::{FLAMEBOOK, ROOT, RUNS};

const COPIES: u64 = 200;
const KIND: &str = "alloc_space";

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let original = Path::new(ROOT).join("../shared/data/profiles/alloc_objects.pb.gz");
    let (Ok(original), Some(pprof)) = (std::fs::read(original), pprof()) else {
        println!(
            "no heap profile beside the repository, or no pprof: go install \
             github.com/google/pprof@latest, or name one in PPROF"
        );
        return Vec::new();
    };
    let files: Vec<PathBuf> = (0..COPIES).map(|copy| restamped(folder, &original, copy)).collect();
    let mut import = Command::new(FLAMEBOOK);
    import.args(["import", "heaps.flamestore", "heaps"]).current_dir(folder);
    seconds(import);
    let eval = |source: &str| {
        let mut command = Command::new(FLAMEBOOK);
        let query = format!("use \"{source}\"; {KIND} | sum_over_time | top 10");
        command.args(["eval", &query]).current_dir(folder);
        command
    };
    let theirs = || {
        let mut command = Command::new(&pprof);
        let options = ["-top", "-nodecount=10", "-symbolize=none"];
        command.args(options).arg(format!("-sample_index={KIND}")).args(&files);
        command.current_dir(folder).env("PPROF_TMPDIR", folder);
        command
    };
    let sources = ["heaps", "heaps.flamestore"];
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut peaks: [Vec<f64>; 3] = Default::default();
    for _ in 0..RUNS {
        for (at, source) in sources.iter().enumerate() {
            times[at].push(seconds(eval(source)) * 1e3);
            peaks[at].push(peak_memory(eval(source)));
        }
        times[2].push(seconds(theirs()) * 1e3);
        peaks[2].push(peak_memory(theirs()));
    }
    let [files, store, pprof] = times;
    let [files_peak, store_peak, pprof_peak] = peaks;
    let row = |what: &str, unit, ours, theirs: &Vec<f64>, at_most| {
        Row::new(what, unit, ours).against("pprof -top", theirs.clone(), Some(at_most))
    };
    vec![
        row("200 heap profiles, from files", "ms", files, &pprof, 0.1),
        row("  peak memory", "MiB", files_peak, &pprof_peak, 0.15),
        row("200 heap profiles, from a store", "ms", store, &pprof, 0.02),
        row("  peak memory", "MiB", store_peak, &pprof_peak, 0.15),
    ]
}

/// A copy of a profile with another time and the same compression.
fn restamped(folder: &Path, original: &[u8], copy: u64) -> PathBuf {
    let time = 1_772_323_200_000_000_000 + copy * 15_000_000_000;
    let mut plain = Vec::new();
    GzDecoder::new(original).read_to_end(&mut plain).expect("a gzipped profile");
    let at = time_of(&plain);
    // A current time takes nine bytes as a varint.
    for (nth, byte) in plain[at..at + 9].iter_mut().enumerate() {
        *byte = (time >> (7 * nth)) as u8 & 0x7f | if nth < 8 { 0x80 } else { 0 };
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&plain).expect("memory");
    let heaps = folder.join("heaps");
    std::fs::create_dir_all(&heaps).expect("a scratch folder");
    let path = heaps.join(format!("heap-{time}.pb.gz"));
    std::fs::write(&path, gzip.finish().expect("memory")).expect("a file");
    path
}

/// The offset of the value of field 9, `time_nanos`.
fn time_of(profile: &[u8]) -> usize {
    let mut at = 0;
    let number = |at: &mut usize| {
        let mut value = 0u64;
        for shift in (0..).step_by(7) {
            let byte = profile[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    };
    loop {
        let key = number(&mut at);
        match (key >> 3, key & 7) {
            (9, 0) => return at,
            (_, 0) => {
                number(&mut at);
            }
            (_, 2) => {
                let length = number(&mut at) as usize;
                at += length;
            }
            (field, wire) => panic!("field {field} of type {wire}"),
        }
    }
}
