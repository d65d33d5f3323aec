//! How cost grows with the number of profiles: 10⁴, 10⁵, and with fewer samples 10⁶.
//!
//! `cargo bench --bench store -- growth` takes some minutes, mostly to make the files.
//! The last column is the cost per profile, with a square for each doubling: it stays
//! constant if the cost is linear.

use std::path::Path;
use std::time::Instant;

use crate::profiles::Recorder;
use crate::queries::{imported, opened, run};

/// The number of profiles, and of samples in each.
const SIZES: [(u64, usize); 4] = [(10_000, 250), (10_000, 25), (100_000, 25), (1_000_000, 25)];

const QUERIES: [&str; 3] = ["cpu | top", "cpu | timeline by (service)", "cpu[1h] | top"];

pub(crate) fn print(folder: &Path) {
    println!("\n{:>10} {:>8}  {:<30} {:>10} {:>12}", "profiles", "samples", "", "", "a profile");
    for (profiles, samples) in SIZES {
        let line = |what: &str, seconds: f64| {
            let each = seconds / profiles as f64 * 1e6;
            let length = "▪".repeat((each.log2() + 4.0).max(0.0) as usize);
            let seconds = format!("{:.1} ms", seconds * 1e3);
            println!(
                "{profiles:>10} {samples:>8}  {what:<30} {seconds:>10} {each:>9.2} µs {length}"
            );
        };
        let below = folder.join(format!("grown-{profiles}-{samples}"));
        std::fs::create_dir(&below).expect("a scratch folder");
        Recorder::new().fill(&below.join("files"), profiles, samples);
        let begun = Instant::now();
        imported(&below, "files");
        line("import", begun.elapsed().as_secs_f64());
        for query in QUERIES {
            let mut session = opened(&below);
            line(query, run(&mut session, query) / 1e3);
        }
        std::fs::remove_dir_all(&below).expect("a scratch folder");
    }
}
