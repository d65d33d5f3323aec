//! Whether the errors of a diff are right: `cargo bench --bench inference`.
//!
//! It prints how many diffs of equal things flag something, how often the 95 % interval
//! has the true change, and how many true changes are found, beside a permutation test and
//! a moderated t that Python computes on the same draws (`PYTHON`, or `python3`, with numpy
//! and scipy). `RUNS=1000` draws so many times instead of 200; `cargo bench --bench
//! inference -- power` prints that part alone; the parts are `equal`, `coverage`, `power`,
//! `explain` and `gate`.
//!
//! - `equal`: splits of recordings and of simulated processes
//! - `coverage`: intervals of a known change
//! - `power`: known changes that are found, `peer.py` beside them
//! - `explain`: planted causes that are named first
//! - `gate`: pushes that a gate stops
//! - `world`: simulated processes; `judged`: the verdicts of the library on two sides

mod coverage;
mod equal;
mod explain;
mod gate;
mod judged;
mod power;
mod world;

/// A part of all, in percent.
fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}

fn main() {
    let runs = std::env::var("RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    println!("{runs} draws for each figure");
    if is_wanted("equal") {
        equal::print(runs);
    }
    if is_wanted("coverage") {
        coverage::print(runs);
    }
    if is_wanted("power") {
        power::print(runs);
    }
    if is_wanted("explain") {
        explain::print(runs);
    }
    if is_wanted("gate") {
        gate::print(runs);
    }
}
