//! Simulated processes whose truth is known.
//!
//! Each function has a share of the samples. Its rate varies around that in time, as a
//! first-order autoregression of its logarithm; samples are counted by Poisson's
//! distribution.

use std::sync::Arc;

use flamebook::profile::symbols::TagsId;
use flamebook::profile::{Labels, Samples, Snapshot, StackId, Symbols};
use flamebook::quantity::{Span, Timestamp};

/// A sample of CPU time.
pub(crate) const PERIOD: i64 = 10_000_000;

/// A generator of random numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Between 0 and 1, by splitmix64 (G. L. Steele, D. Lea and C. H. Flood, 2014).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// By G. E. P. Box and M. E. Muller, 1958.
    fn normal(&mut self) -> f64 {
        let angle = std::f64::consts::TAU * self.uniform();
        (-2.0 * self.uniform().ln()).sqrt() * angle.cos()
    }

    fn poisson(&mut self, mean: f64) -> i64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as i64;
        }
        let (least, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > least {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// The numbers below `n` in random order.
    pub(crate) fn shuffled(&mut self, n: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            all.swap(last, (self.uniform() * (last + 1) as f64) as usize);
        }
        all
    }
}

/// What is true of a process.
#[derive(Clone)]
pub(crate) struct World {
    /// The part of the samples that each function has.
    pub(crate) shares: Vec<f64>,
    /// The standard deviation of the logarithm of each function's rate.
    pub(crate) noise: Vec<f64>,
    /// Its correlation from one profile to the next.
    pub(crate) rho: f64,
    /// Samples per second.
    pub(crate) rate: f64,
}

impl World {
    /// Functions whose shares fall as in most programs: a few large ones, many rare ones.
    pub(crate) fn new(functions: usize, noise: f64) -> World {
        let weights = (0..functions).map(|nth| (nth as f64 + 1.5).powf(-1.2));
        let weights: Vec<f64> = weights.collect();
        let all: f64 = weights.iter().sum();
        World {
            shares: weights.iter().map(|weight| weight / all).collect(),
            noise: vec![noise; functions],
            rho: 0.0,
            rate: 25.0,
        }
    }

    /// Profiles of these lengths in seconds. `pods_differ`: the deviation of this pod's
    /// rates from those of others; `noisy`: by how much it is noisier.
    pub(crate) fn series(
        &self,
        random: &mut Random,
        seconds: &[f64],
        pods_differ: f64,
        noisy: f64,
    ) -> Vec<Profile> {
        let tilt: Vec<f64> =
            self.shares.iter().map(|_| (pods_differ * random.normal()).exp()).collect();
        let mut state: Vec<f64> = self.shares.iter().map(|_| random.normal()).collect();
        let fresh = (1.0 - self.rho * self.rho).sqrt();
        let mut profile = |seconds: &f64| {
            let functions = 0..self.shares.len();
            let count = |at: usize| {
                state[at] = self.rho * state[at] + fresh * random.normal();
                let noise = noisy * self.noise[at];
                let factor = tilt[at] * (noise * state[at] - noise * noise / 2.0).exp();
                random.poisson(self.rate * seconds * self.shares[at] * factor)
            };
            Profile { seconds: *seconds, counts: functions.map(count).collect() }
        };
        seconds.iter().map(&mut profile).collect()
    }
}

/// The samples of each function.
#[derive(Clone)]
pub(crate) struct Profile {
    pub(crate) seconds: f64,
    pub(crate) counts: Vec<i64>,
}

impl Profile {
    pub(crate) fn snapshot(&self, pod: &str, start: i64) -> Snapshot {
        let called = || self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let samples = Samples {
            // The empty stack is first, then main, then the functions below it.
            stacks: called().map(|(function, _)| StackId(function as u32 + 2)).collect(),
            tags: called().map(|_| TagsId(0)).collect(),
            values: called().map(|(_, count)| count * PERIOD).collect(),
        };
        let labels = Labels::from_iter([("pod", pod)]);
        let duration = Span((self.seconds * 1e9) as i64);
        Snapshot::new(labels, Timestamp(start * 1_000_000_000), duration, samples)
    }
}

/// `main`, and below it so many functions.
pub(crate) fn symbols(functions: usize) -> Symbols {
    let mut symbols = Symbols::new();
    let main = symbols.intern_named_frame("main");
    let main = Arc::make_mut(&mut symbols.stacks).intern(StackId::EMPTY, main);
    for function in 0..functions {
        let frame = symbols.intern_named_frame(&format!("f{function}"));
        Arc::make_mut(&mut symbols.stacks).intern(main, frame);
    }
    symbols
}
