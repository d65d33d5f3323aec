//! The weight of each name in a selection, for ranking.
//!
//! Weights are sums of values if one profile type is asked about, and numbers of samples
//! for several types, because bytes and seconds cannot be added. Sums are by dense id;
//! each name is read once, at the end.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::narrow::{Narrowing, Weights};
use crate::eval::stacks::functions::outermost;
use crate::lang::pattern::Glob;
use crate::profile::frame::{FrameId, StringId};
use crate::profile::{Snapshot, StackId, Symbols};
use crate::source::Selection;
use crate::work::Work;

/// The selections of one question; only what is read before the deadline counts.
pub(super) struct Seen<'a> {
    pub(super) selections: &'a [Selection],
    /// The stages applied to their stacks; frames are those that are left.
    pub(super) narrowings: &'a [Narrowing],
    pub(super) work: Work<'a>,
}

/// A name with its weight.
pub(super) type Weighed = (Arc<str>, f64);

/// The cost of a function or of all functions that match a glob.
#[derive(Debug, Default)]
pub(super) struct Cost {
    pub(super) whole: f64,
    pub(super) self_value: f64,
    /// Counted once per sample, even if the function recurs.
    pub(super) total: f64,
    /// The names that match, the largest totals first.
    pub(super) functions: Vec<Weighed>,
    /// The callers that do not match themselves, the heaviest first; "" is the root.
    pub(super) callers: Vec<Weighed>,
    /// The package and file of the heaviest function.
    pub(super) place: Option<(String, String)>,
}

impl Seen<'_> {
    /// The snapshots that can be read before the deadline.
    fn snapshots<'s>(&'s self, of: &'s Selection) -> impl Iterator<Item = &'s Snapshot> {
        of.snapshots.iter().take_while(|_| self.work.check().is_ok())
    }

    /// The weight of a sample: its value, or one.
    fn weight(&self, value: i64) -> i64 {
        if self.selections.len() == 1 { value } else { 1 }
    }

    /// Labels, with the share of samples that have them.
    pub(super) fn labels(&self) -> Vec<Weighed> {
        let mut found = FxHashMap::<Arc<str>, f64>::default();
        let mut all = 0.0;
        for selection in self.selections {
            let mut by_tags = vec![0u32; selection.symbols.tags.len()];
            for snapshot in self.snapshots(selection) {
                // An empty profile counts as one sample, so that its labels are listed.
                let weight = snapshot.n_samples.max(1) as f64;
                all += weight;
                for name in snapshot.labels.names() {
                    *found.entry(name.clone()).or_default() += weight;
                }
                snapshot.samples().tags.iter().for_each(|tags| by_tags[tags.index()] += 1);
            }
            for (tags, count) in selection.symbols.tags.iter().zip(by_tags) {
                for name in tags.names().filter(|_| count > 0) {
                    *found.entry(name.clone()).or_default() += f64::from(count);
                }
            }
        }
        heaviest_first(found.into_iter().map(|(name, samples)| (name, (samples / all).min(1.0))))
    }

    /// Values of a label, and the weight of all samples.
    pub(super) fn values(&self, label: &str) -> (Vec<Weighed>, f64) {
        let mut found = FxHashMap::<Arc<str>, f64>::default();
        let mut whole = 0;
        for selection in self.selections {
            let mut by_tags = vec![0i64; selection.symbols.tags.len()];
            let mut tagged = vec![false; selection.symbols.tags.len()];
            for snapshot in self.snapshots(selection) {
                let of_series = snapshot.labels.get(label);
                let mut total = 0;
                for (_, tags, value) in snapshot.samples().iter() {
                    let weight = self.weight(value);
                    total += weight;
                    if of_series.is_none() {
                        by_tags[tags.index()] += weight;
                        tagged[tags.index()] = true;
                    }
                }
                whole += total;
                if let Some(value) = of_series {
                    *found.entry(value.shared().clone()).or_default() += total as f64;
                }
            }
            let tags = selection.symbols.tags.iter().zip(by_tags).zip(tagged);
            for ((tags, weight), _) in tags.filter(|(_, seen)| *seen) {
                for value in tags.values(label) {
                    *found.entry(value.shared().clone()).or_default() += weight as f64;
                }
            }
        }
        (heaviest_first(found), whole as f64)
    }

    /// The values of a frame field.
    pub(super) fn frames(&self, field: &str) -> Frames {
        let (mut found, mut whole, mut seen_all) = (Vec::new(), 0.0, true);
        for selection in self.selections {
            let (recorded, total) = self.weights(selection);
            seen_all &= self.work.check().is_ok();
            let Weights { symbols, leaves } = self.narrowed(recorded);
            whole += total;
            found.extend(by_field(&symbols, &leaves, field));
        }
        if self.selections.len() > 1 {
            let mut sums = FxHashMap::<Arc<str>, f64>::default();
            for (name, weight) in found {
                *sums.entry(name).or_default() += weight;
            }
            found = sums.into_iter().collect();
        }
        Frames { seen_all, ..Frames::new(found, whole) }
    }

    /// The weights after the stages. They are applied even after the deadline: they cost
    /// time per stack and not per sample, and one question serves several keys.
    fn narrowed(&self, recorded: Weights) -> Weights {
        self.narrowings.iter().fold(recorded, Weights::narrowed)
    }

    /// The recorded weights, and their sum, which shares refer to.
    fn weights(&self, selection: &Selection) -> (Weights, f64) {
        let mut leaves = vec![0i64; selection.symbols.stacks.len()];
        let mut whole = 0;
        for snapshot in self.snapshots(selection) {
            for (stack, _, value) in snapshot.samples().iter() {
                if stack != StackId::DROPPED {
                    leaves[stack.index()] += self.weight(value);
                    whole += self.weight(value);
                }
            }
        }
        (Weights { symbols: selection.symbols.clone(), leaves }, whole as f64)
    }

    /// The cost of the functions that match a glob.
    pub(super) fn cost(&self, glob: &Glob, most: usize) -> Cost {
        let mut cost = Cost::default();
        let mut callers = FxHashMap::<Arc<str>, f64>::default();
        let mut functions = FxHashMap::<Arc<str>, f64>::default();
        let mut places = FxHashMap::<Arc<str>, FrameId>::default();
        for selection in self.selections {
            let (recorded, whole) = self.weights(selection);
            cost.whole += whole;
            let Weights { symbols, leaves } = &self.narrowed(recorded);
            let totals = totals(symbols, leaves);
            let matches: Vec<bool> = (0..symbols.frames.len())
                .map(|frame| glob.matches(symbols.frame_name(FrameId(frame as u32))))
                .collect();
            let mut inside = vec![false; totals.len()];
            for (stack, parent, frame) in symbols.stacks.iter() {
                let (here, within) = (matches[frame.index()], inside[parent.index()]);
                inside[stack.index()] = here || within;
                if !here || totals[stack.index()] == 0 {
                    continue;
                }
                let total = totals[stack.index()] as f64;
                cost.self_value += leaves[stack.index()] as f64;
                places.entry(symbols.frame_name(frame).clone()).or_insert(frame);
                if !within {
                    cost.total += total;
                    let caller = match parent {
                        StackId::EMPTY => Arc::from(""),
                        parent => symbols.frame_name(symbols.stacks.frame(parent)).clone(),
                    };
                    *callers.entry(caller).or_default() += total;
                }
            }
            let weighed = by_field(symbols, leaves, "function").into_iter();
            for (name, weight) in weighed.filter(|(name, _)| glob.matches(name)) {
                *functions.entry(name).or_default() += weight;
            }
            let heaviest = functions.iter().max_by(|a, b| a.1.total_cmp(b.1));
            let frame = heaviest.and_then(|(name, _)| places.get(name)).copied();
            cost.place = cost.place.or_else(|| {
                let file = |frame| symbols.frame_file(frame).to_string();
                frame.map(|frame| (symbols.frame_package(frame).to_owned(), file(frame)))
            });
        }
        cost.functions = most_of(functions, most);
        cost.callers = most_of(callers, most);
        cost
    }
}

/// By stack: the weight of the samples that end in it or below.
fn totals(symbols: &Symbols, leaves: &[i64]) -> Vec<i64> {
    let mut totals = leaves.to_vec();
    for (stack, parent, _) in symbols.stacks.iter().rev() {
        totals[parent.index()] += totals[stack.index()];
    }
    totals
}

/// The values of a frame field with their totals, counted once per sample even if they
/// recur. Values without samples or without a name are left out.
fn by_field(symbols: &Symbols, leaves: &[i64], field: &str) -> Vec<Weighed> {
    let function = |frame: FrameId| symbols.function(symbols.frame(frame).function);
    let string = |id: u32| symbols.string(StringId(id)).clone();
    match field {
        "function" => {
            let key = |frame| function(frame).name.0;
            named(by_key(symbols, leaves, symbols.strings.len(), key), string)
        }
        "file" => {
            let key = |frame| function(frame).file.0;
            named(by_key(symbols, leaves, symbols.strings.len(), key), string)
        }
        "module" => {
            let key = |frame| symbols.frame(frame).module.0;
            named(by_key(symbols, leaves, symbols.strings.len(), key), string)
        }
        _ => {
            let mut packages = vec![""];
            let mut index = FxHashMap::<&str, u32>::from_iter([("", 0)]);
            let frames = (0..symbols.frames.len()).map(|frame| FrameId(frame as u32));
            let of_frames: Vec<u32> = frames
                .map(|frame| {
                    let package = symbols.frame_package(frame);
                    *index.entry(package).or_insert_with(|| {
                        packages.push(package);
                        packages.len() as u32 - 1
                    })
                })
                .collect();
            let key = |frame: FrameId| of_frames[frame.index()];
            let sums = by_key(symbols, leaves, packages.len(), key);
            named(sums, |id| packages[id as usize].into())
        }
    }
}

/// The sums of keys by name; key 0 has no name.
fn named(sums: Vec<i64>, name: impl Fn(u32) -> Arc<str>) -> Vec<Weighed> {
    let used = sums.into_iter().enumerate().skip(1).filter(|(_, sum)| *sum != 0);
    used.map(|(key, sum)| (name(key as u32), sum as f64)).collect()
}

/// The totals of frames by key, for `n` keys.
fn by_key(symbols: &Symbols, leaves: &[i64], n: usize, key: impl Fn(FrameId) -> u32) -> Vec<i64> {
    let totals = totals(symbols, leaves);
    let mut keys = vec![0; totals.len()];
    for (stack, _, frame) in symbols.stacks.iter() {
        keys[stack.index()] = key(frame);
    }
    let mut sums = vec![0; n];
    let Ok(outermost) = outermost(&symbols.stacks, &keys, n, Work::unattended()) else {
        return sums;
    };
    for (stack, key) in keys.iter().enumerate().filter(|(stack, _)| outermost[*stack]) {
        sums[*key as usize] += totals[stack];
    }
    sums
}

/// The values of a frame field, indexed for search.
#[derive(Debug)]
pub(super) struct Frames {
    names: Vec<Weighed>,
    /// The weight of all samples.
    pub(super) whole: f64,
    /// Whether every sample was read before the deadline.
    pub(super) seen_all: bool,
    /// All names in lower case, each followed by a zero byte: one text is searched faster
    /// than many.
    text: String,
    /// Where each name starts in it.
    starts: Vec<usize>,
}

impl Frames {
    fn new(names: Vec<Weighed>, whole: f64) -> Frames {
        let (mut text, mut starts) = (String::new(), Vec::with_capacity(names.len()));
        for (name, _) in &names {
            starts.push(text.len());
            if name.is_ascii() {
                text.push_str(name);
                text[starts[starts.len() - 1]..].make_ascii_lowercase();
            } else {
                text.push_str(&name.to_lowercase());
            }
            text.push('\0');
        }
        Frames { names, whole, seen_all: true, text, starts }
    }

    /// The heaviest names that contain a text in any case.
    pub(super) fn holding(&self, wanted: &str, most: usize) -> Vec<Weighed> {
        let held: Vec<(&Arc<str>, f64)> =
            self.found(wanted).map(|index| (&self.names[index].0, self.names[index].1)).collect();
        let heaviest = most_of(held, most).into_iter();
        heaviest.map(|(name, weight)| (name.clone(), weight)).collect()
    }

    /// The indices of names that contain a text in any case.
    fn found(&self, wanted: &str) -> impl Iterator<Item = usize> {
        let regex = Regex::new(&regex::escape(&wanted.to_lowercase())).ok();
        let mut next = 0;
        std::iter::from_fn(move || {
            let from = *self.starts.get(next)?;
            let found = regex.as_ref()?.find_at(&self.text, from)?.start();
            // The next match is usually close.
            let near = self.starts[next..].iter().take(64).position(|start| *start > found);
            next = match near {
                Some(ahead) => next + ahead,
                None => self.starts.partition_point(|start| *start <= found),
            };
            Some(next - 1)
        })
    }
}

/// Ties are in alphabetical order.
fn heaviest_first<N: Ord>(weighed: impl IntoIterator<Item = (N, f64)>) -> Vec<(N, f64)> {
    let mut names: Vec<(N, f64)> = weighed.into_iter().collect();
    names.sort_by(heavier);
    names
}

/// The heaviest names.
fn most_of<N: Ord>(weighed: impl IntoIterator<Item = (N, f64)>, most: usize) -> Vec<(N, f64)> {
    let mut names: Vec<(N, f64)> = weighed.into_iter().collect();
    if names.len() > most {
        names.select_nth_unstable_by(most, heavier);
        names.truncate(most);
    }
    names.sort_by(heavier);
    names
}

fn heavier<N: Ord>(a: &(N, f64), b: &(N, f64)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_once_each_and_the_heaviest_come_first() {
        let names = ["main.Json", "json.json", "ÄRGER", "main.x", "a.b"];
        let weighed = names.iter().zip([2.0, 3.0, 1.0, 4.0, 2.0]);
        let frames = Frames::new(weighed.map(|(n, w)| (Arc::from(*n), w)).collect(), 12.0);
        let found = |wanted: &str, most| -> Vec<String> {
            let found = frames.holding(wanted, most);
            found.into_iter().map(|(name, _)| name.to_string()).collect()
        };
        assert_eq!(found("JSON", 9), ["json.json", "main.Json"]);
        assert_eq!(found("ärger", 9), ["ÄRGER"]);
        assert_eq!(found(".", 9), ["main.x", "json.json", "a.b", "main.Json"]);
        assert_eq!(found("", 2), ["main.x", "json.json"]);
        assert_eq!(found("b", 9), ["a.b"]);
        assert_eq!(found("nothing", 9), [""; 0]);
    }
}
