//! Hand-made values for the tests of views.

use crate::eval::result::value::{Header, Outcome, Value};
use crate::profile::noise::{FunctionVerdict, ModeNoise};
use crate::profile::{Diff, Noise, StackId, Symbols, Tree, Verdict};
use crate::quantity::Unit;
use crate::work::Work;

/// A tree of `a;b;c` stacks and their own values, in nanoseconds.
pub(crate) fn tree(stacks: &[(&str, f64)]) -> Tree {
    let mut symbols = Symbols::new();
    let mut values = vec![0.0];
    for (path, value) in stacks {
        let mut stack = StackId::EMPTY;
        for name in path.split(';') {
            let frame = symbols.intern_named_frame(name);
            stack = std::sync::Arc::make_mut(&mut symbols.stacks).intern(stack, frame);
        }
        values.resize(symbols.stacks.len(), 0.0);
        values[stack.index()] += value;
    }
    let whole = values.iter().sum();
    Tree::new(symbols, values, whole, Unit::Nanoseconds, Work::unattended()).expect("no interrupt")
}

/// A diff with a standard error of 1 everywhere, in which only these functions changed
/// significantly.
pub(crate) fn noisy(diff: Diff, significant: &[&str]) -> Diff {
    let symbols = diff.symbols();
    let mut verdicts = vec![None; symbols.frames.len()];
    for (_, _, frame) in symbols.stacks.iter() {
        let significant = significant.contains(&&**symbols.frame_name(frame));
        let verdict = Verdict {
            delta: 2.0,
            se: 1.0,
            z: 2.0,
            freedom: f64::INFINITY,
            significant,
            ..Verdict::default()
        };
        verdicts[frame.index()] = Some(FunctionVerdict { own: verdict, total: verdict });
    }
    let functions = || ModeNoise { functions: verdicts.clone(), ..ModeNoise::default() };
    let modes = [(); 3].map(|()| functions());
    let noise = Noise { profiles: [3, 2], batches: [3, 2], rate: 0.05, modes, ..Noise::default() };
    Diff { noise: Some(noise.into()), ..diff }
}

/// A value without a header.
pub(crate) fn bare(value: Value) -> Outcome {
    Outcome { value, header: Header::default() }
}
