//! Planted causes: how often `explain` names them first, at least 95 %, whether its interval
//! has the true change, and how often it finds a cause where nothing changed, at most 5 %.
//!
//! A program has handlers, each with functions of its own, and one function that all of them
//! call. It runs in pods, which are the same on both sides.

use std::sync::Arc;

use flamebook::eval::inference::explain::{Explanation, Row, explain};
use flamebook::eval::inference::grouping::By;
use flamebook::profile::diff::Mode;
use flamebook::profile::symbols::TagsId;
use flamebook::profile::{Labels, Samples, Snapshot, StackId, Symbols};
use flamebook::quantity::{Span, Timestamp};
use flamebook::work::{Cancel, Unwatched, Work};

use crate::judged::diff;
use crate::percent;
use crate::world::{PERIOD, Profile, Random, World};

const HANDLERS: usize = 6;
/// Functions of each handler; the last is the one that all of them call.
const OWN: usize = 20;
const PODS: [&str; 3] = ["a", "b", "c"];
/// Profiles of a pod on a side, of ten seconds each.
const PROFILES: usize = 12;
/// Profiles of an endpoint on a side.
const OF_ENDPOINT: usize = 10;
/// The part of all samples that the planted function has.
const PLANTED: f64 = 0.03;

/// What is true.
#[derive(Clone, Copy)]
enum Truth {
    /// One function takes more, by this factor.
    Dearer(f64),
    /// The function that all call takes more, below one handler.
    InOnePlace(f64),
    /// The same below all of them.
    Everywhere(f64),
    /// One function takes more in one pod.
    InOnePod(f64),
    /// The same, where each handler has series of its own: the rate, on that handler.
    Rate(f64),
    /// One handler has more traffic, in series of its own: the mix.
    Mix(f64),
    /// One function does what another did.
    Moved,
    Nothing,
}

pub(crate) fn print(runs: usize) {
    println!("\nplanted causes that `explain` names first, at least 95 %");
    println!("{:<58} {:>8} {:>9}", "", "first", "covered");
    let mut random = Random::new(4);
    for (what, truth) in [
        ("a function + 30 %", Truth::Dearer(1.3)),
        ("a function + 100 %", Truth::Dearer(2.0)),
        ("a function - 50 %", Truth::Dearer(0.5)),
        ("a function + 100 % below one of its callers", Truth::InOnePlace(2.0)),
        ("a function + 50 % below all of its callers", Truth::Everywhere(1.5)),
        ("a function + 100 % in one pod, which is named", Truth::InOnePod(2.0)),
        ("a function + 100 % in one endpoint: the rate, and where", Truth::Rate(2.0)),
        ("twice the traffic of an endpoint: the mix", Truth::Mix(2.0)),
        ("work that moved to another function, a cost shift", Truth::Moved),
        ("nothing, at most 5 %", Truth::Nothing),
    ] {
        row(what, truth, runs, &mut random);
    }
}

fn row(what: &str, truth: Truth, runs: usize, random: &mut Random) {
    let program = Program::new();
    let (mut first, mut covered) = (0, 0);
    for _ in 0..runs {
        let is_apart = matches!(truth, Truth::Rate(_) | Truth::Mix(_));
        let sides = [Truth::Nothing, truth].map(|truth| match is_apart {
            true => program.endpoints(truth, random),
            false => program.side(truth, random),
        });
        let found = explained(&program, sides);
        first += usize::from(program.is_first(truth, &found));
        covered += usize::from(program.is_covered(truth, &found));
    }
    let (first, covered) = (percent(first, runs), percent(covered, runs));
    let is_met = if matches!(truth, Truth::Nothing) { first <= 5.0 } else { first >= 95.0 };
    let missed = if is_met { "" } else { "  MISSED" };
    let covered = match truth {
        Truth::Dearer(_) | Truth::Everywhere(_) => format!("{covered:.1}"),
        _ => "-".to_owned(),
    };
    println!("{what:<58} {first:>8.1} {covered:>9}{missed}");
}

fn explained(program: &Program, sides: [Vec<Snapshot>; 2]) -> (Explanation, Names) {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let diff = diff(&program.symbols, sides, Mode::Share);
    let found = explain(&diff, By::Found, work).expect("nobody cancels").expect("two sides");
    let name = |frame| diff.symbols().frame_name(frame).to_string();
    let names = found.causes.iter();
    let names = names.map(|cause| (name(cause.carrier.frame), cause.caller.map(name)));
    let names = names.collect();
    (found, names)
}

/// The functions of the causes, and their callers.
type Names = Vec<(String, Option<String>)>;

/// A call tree, and the world that fills it.
struct Program {
    symbols: Symbols,
    /// By function of the world.
    stacks: Vec<StackId>,
    world: World,
}

/// The function that is planted, of the first handler.
const FUNCTION: usize = 7;

impl Program {
    fn new() -> Program {
        let mut symbols = Symbols::new();
        let mut stacks = Vec::new();
        for handler in 0..HANDLERS {
            for own in 0..OWN {
                let name = match own {
                    0 => None,
                    last if last + 1 == OWN => Some("shared".to_owned()),
                    own => Some(format!("f{handler}.{own}")),
                };
                let names = ["main".to_owned(), format!("handler{handler}")];
                let path = names.into_iter().chain(name);
                let stack = path.fold(StackId::EMPTY, |above, name| {
                    let frame = symbols.intern_named_frame(&name);
                    Arc::make_mut(&mut symbols.stacks).intern(above, frame)
                });
                stacks.push(stack);
            }
        }
        let mut world = World { rate: 100.0, ..World::new(stacks.len(), 0.1) };
        // Large functions in every handler.
        let shares: Vec<f64> = world.shares.clone();
        let ranked = (0..stacks.len()).map(|at| (at % OWN) * HANDLERS + at / OWN);
        world.shares = ranked.map(|rank| shares[rank]).collect();
        let mut plant = |at: usize| world.shares[at] = PLANTED;
        plant(FUNCTION);
        (0..HANDLERS).for_each(|handler| plant(handler * OWN + OWN - 1));
        let all: f64 = world.shares.iter().sum();
        world.shares.iter_mut().for_each(|share| *share /= all);
        Program { symbols, stacks, world }
    }

    /// The profiles of all pods.
    fn side(&self, truth: Truth, random: &mut Random) -> Vec<Snapshot> {
        let mut side = Vec::new();
        for (nth, pod) in PODS.into_iter().enumerate() {
            let mut world = self.world.clone();
            let mut times = |at: usize, by: f64| world.shares[at] *= by;
            let shared = OWN - 1;
            match truth {
                Truth::Dearer(by) => times(FUNCTION, by),
                Truth::InOnePod(by) if nth == 1 => times(FUNCTION, by),
                Truth::InOnePlace(by) => times(shared, by),
                Truth::Everywhere(by) => {
                    (0..HANDLERS).for_each(|handler| times(handler * OWN + shared, by));
                }
                Truth::Moved => {
                    let moved = 0.8 * self.world.shares[FUNCTION];
                    world.shares[FUNCTION] -= moved;
                    world.shares[FUNCTION + 1] += moved;
                }
                _ => {}
            }
            let profiles = world.series(random, &[10.0; PROFILES], 0.0, 1.0);
            let starts = (0..).map(|nth| 60 * nth);
            side.extend(
                profiles.iter().zip(starts).map(|(it, start)| self.snapshot(it, pod, start)),
            );
        }
        side
    }

    /// The profiles of all handlers, each in a series of its own.
    fn endpoints(&self, truth: Truth, random: &mut Random) -> Vec<Snapshot> {
        let mut side = Vec::new();
        for handler in 0..HANDLERS {
            let mut world = self.world.clone();
            for (at, share) in world.shares.iter_mut().enumerate() {
                if at / OWN != handler {
                    *share = 0.0;
                }
                match truth {
                    Truth::Rate(by) if at == FUNCTION => *share *= by,
                    Truth::Mix(by) if handler == 0 => *share *= by,
                    _ => {}
                }
            }
            let profiles = world.series(random, &[10.0; OF_ENDPOINT], 0.0, 1.0);
            let starts = (0..).map(|nth| 60 * nth);
            let name = format!("handler{handler}");
            let timed = profiles.iter().zip(starts);
            side.extend(timed.map(|(it, start)| self.snapshot(it, &name, start)));
        }
        side
    }

    fn snapshot(&self, profile: &Profile, pod: &str, start: i64) -> Snapshot {
        let called = || profile.counts.iter().zip(&self.stacks).filter(|(count, _)| **count > 0);
        let samples = Samples {
            stacks: called().map(|(_, stack)| *stack).collect(),
            tags: called().map(|_| TagsId(0)).collect(),
            values: called().map(|(count, _)| count * PERIOD).collect(),
        };
        let duration = Span((profile.seconds * 1e9) as i64);
        let labels = Labels::from_iter([("pod", pod)]);
        Snapshot::new(labels, Timestamp(start * 1_000_000_000), duration, samples)
    }

    /// Whether the first cause is the planted one; of nothing, whether there is any.
    fn is_first(&self, truth: Truth, (found, names): &(Explanation, Names)) -> bool {
        let first = |name: &str| names.first().is_some_and(|(first, _)| first == name);
        let function = format!("f0.{FUNCTION}");
        let values = found.found.as_ref().map_or(&[][..], |found| &found.values);
        let is = |labels: &Labels, value: &str| labels.get("pod").is_some_and(|it| **it == *value);
        let on = |value: &str| matches!(values, [only] if is(only, value));
        let part = |of: fn(&Row) -> f64| {
            found.causes.first().map_or(0.0, |cause| of(&cause.row) / cause.row.delta.value)
        };
        match truth {
            Truth::Dearer(_) => first(&function),
            Truth::InOnePlace(_) => first("shared") && names[0].1.as_deref() == Some("handler0"),
            Truth::Everywhere(_) => first("shared") && names[0].1.is_none(),
            Truth::InOnePod(_) => first(&function) && on("b"),
            Truth::Rate(_) => {
                first(&function) && on("handler0") && part(|row| row.rate.value) > 0.8
            }
            Truth::Mix(_) => first("handler0") && part(|row| row.mix.value) > 0.8,
            Truth::Moved => {
                let next = format!("f0.{}", FUNCTION + 1);
                let is_one = |name: &String| *name == function || *name == next;
                names.len() >= 2
                    && names[..2].iter().all(|(name, _)| is_one(name))
                    && found.causes[0].moved.is_some()
            }
            Truth::Nothing => !names.is_empty(),
        }
    }

    /// Whether the interval of the first cause's change has the true one.
    fn is_covered(&self, truth: Truth, (found, _): &(Explanation, Names)) -> bool {
        let shared = (0..HANDLERS).map(|handler| self.world.shares[handler * OWN + OWN - 1]);
        let (share, by) = match truth {
            Truth::Dearer(by) => (self.world.shares[FUNCTION], by),
            Truth::Everywhere(by) => (shared.sum(), by),
            _ => return true,
        };
        let change = share * by / (1.0 + share * (by - 1.0)) - share;
        let first = found.causes.first().map(|cause| cause.row.delta);
        first.is_some_and(|delta| (delta.value - change).abs() <= delta.half)
    }
}
