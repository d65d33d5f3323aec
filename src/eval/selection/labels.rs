//! Stages that depend on labels of single samples.
//!
//! The mapping from stacks to stacks then also depends on the sample's labels, so each
//! sample gets the rewrite of its class. A class is a combination of values of the labels
//! in question; there are few.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::{Compiled, Matches};
use crate::eval::stacks::rewrite::Rewrite;
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, Snapshot, StackId, Stacks, Symbols};

/// Applies a rewrite that depends on where a pattern matches.
pub fn rewrite_matching(
    profiles: Profiles,
    pattern: &Compiled,
    make: impl Fn(&Symbols, &Matches) -> Rewrite + Sync,
) -> Profiles {
    let names = pattern.sample_labels();
    if names.is_empty() {
        let matches = pattern.matches(&profiles.symbols, &Labels::default());
        let rewrite = make(&profiles.symbols, &matches);
        return profiles.rewritten(rewrite);
    }
    rewrite_by_class(profiles, &names, |symbols, class| {
        make(symbols, &pattern.matches(symbols, class))
    })
}

/// Label values become frames at the root, the first label outermost.
pub fn tagroot(mut profiles: Profiles, names: &[Arc<str>]) -> Profiles {
    let frames = label_frames(&mut profiles, names);
    rewrite_by_class(profiles, names, |symbols, class| {
        let mut stacks = Stacks::with_capacity(symbols.stacks.len() + frames[class].len());
        let root = frames[class].iter().fold(StackId::EMPTY, |at, frame| stacks.intern(at, *frame));
        let mut map = vec![root; symbols.stacks.len()];
        for (stack, parent, frame) in symbols.stacks.iter() {
            map[stack.index()] = stacks.intern(map[parent.index()], frame);
        }
        Rewrite { symbols: Symbols { stacks: stacks.into(), ..symbols.clone() }, map, drops: false }
    })
}

/// All groups in one tree, each below frames with its label values.
pub fn grouped_by_root(profiles: Profiles) -> Profiles {
    match profiles.labels_of_roots() {
        Some(labels) => tagroot(profiles.ungrouped(), &labels),
        None => profiles.ungrouped(),
    }
}

/// Label values become frames at the leaf, the last label innermost.
pub fn tagleaf(mut profiles: Profiles, names: &[Arc<str>]) -> Profiles {
    let frames = label_frames(&mut profiles, names);
    rewrite_by_class(profiles, names, |symbols, class| {
        let mut stacks = (*symbols.stacks).clone();
        let ids = (0..symbols.stacks.len()).map(|i| StackId(i as u32));
        let map = ids
            .map(|stack| frames[class].iter().fold(stack, |at, frame| stacks.intern(at, *frame)))
            .collect();
        Rewrite { symbols: Symbols { stacks: stacks.into(), ..symbols.clone() }, map, drops: false }
    })
}

/// A frame per label for each class: the value, or `(no pod)`.
fn label_frames(profiles: &mut Profiles, names: &[Arc<str>]) -> FxHashMap<Labels, Vec<FrameId>> {
    let classes = LabelClasses::new(profiles, names);
    let mut symbols = profiles.symbols.clone();
    let mut frames = FxHashMap::default();
    for class in classes.labels {
        let values = names.iter().map(|name| match class.get(name) {
            Some(value) => symbols.intern_named_frame(value),
            None => symbols.intern_named_frame(&format!("(no {name})")),
        });
        let values = values.collect();
        frames.insert(class, values);
    }
    profiles.symbols = symbols;
    frames
}

/// The combinations of label values that occur, and the class of each sample.
struct LabelClasses {
    labels: Vec<Labels>,
    index: FxHashMap<Labels, usize>,
    names: Vec<Arc<str>>,
}

impl LabelClasses {
    fn new(profiles: &Profiles, names: &[Arc<str>]) -> LabelClasses {
        let mut classes =
            LabelClasses { labels: Vec::new(), index: FxHashMap::default(), names: names.to_vec() };
        for series in profiles.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)) {
            let mut seen = vec![false; profiles.symbols.tags.len()];
            for tags in series.iter().flat_map(|snapshot| snapshot.samples().tags.iter()) {
                if !std::mem::replace(&mut seen[tags.index()], true) {
                    classes.add(classes.class(profiles, &series[0].labels, *tags));
                }
            }
        }
        classes
    }

    /// A label of the series takes precedence over that of the sample.
    fn class(&self, profiles: &Profiles, series: &Labels, tags: TagsId) -> Labels {
        profiles.symbols.tags(tags).overlaid(series).only(&self.names)
    }

    fn add(&mut self, class: Labels) {
        if !self.index.contains_key(&class) {
            self.index.insert(class.clone(), self.labels.len());
            self.labels.push(class);
        }
    }
}

/// Rewrites each sample by the rewrite of its class.
fn rewrite_by_class(
    mut profiles: Profiles,
    names: &[Arc<str>],
    make: impl Fn(&Symbols, &Labels) -> Rewrite + Sync,
) -> Profiles {
    let classes = LabelClasses::new(&profiles, names);
    let rewrites: Vec<Rewrite> =
        classes.labels.par_iter().map(|class| make(&profiles.symbols, class)).collect();
    profiles.filtered |= rewrites.iter().any(|rewrite| rewrite.drops);
    let (stacks, maps) = unite(rewrites);
    let series: Vec<&[Snapshot]> =
        profiles.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)).collect();
    let moved = series.into_par_iter().map(|series| {
        let labels = &series[0].labels;
        let mut known = vec![None; profiles.symbols.tags.len()];
        let mut class_of = |tags: TagsId| {
            let class = || classes.index[&classes.class(&profiles, labels, tags)];
            *known[tags.index()].get_or_insert_with(class)
        };
        let moved = series.iter().map(|snapshot| {
            let samples = snapshot.samples();
            let rows = samples.stacks.iter().zip(samples.tags.iter());
            let stacks = rows.map(|(stack, tags)| match *stack {
                StackId::DROPPED => StackId::DROPPED,
                stack => match profiles.shown(stack) {
                    StackId::DROPPED => StackId::DROPPED,
                    shown => maps[class_of(*tags)][shown.index()],
                },
            });
            snapshot.with_stacks(stacks.collect())
        });
        moved.collect::<Vec<Snapshot>>()
    });
    let moved: Vec<Vec<Snapshot>> = moved.collect();
    profiles.snapshots = moved.into_iter().flatten().collect();
    profiles.symbols.stacks = stacks.into();
    profiles.map = None;
    profiles
}

/// Merges several rewrites into one prefix tree, with a mapping for each.
fn unite(rewrites: Vec<Rewrite>) -> (Stacks, Vec<Vec<StackId>>) {
    let all = rewrites.iter().map(|rewrite| rewrite.symbols.stacks.len()).sum();
    let mut united = Stacks::with_capacity(all);
    let maps = rewrites.into_iter().map(|rewrite| {
        let mut moved = vec![StackId::EMPTY; rewrite.symbols.stacks.len()];
        for (stack, parent, frame) in rewrite.symbols.stacks.iter() {
            moved[stack.index()] = united.intern(moved[parent.index()], frame);
        }
        let to_united = |stack: &StackId| {
            if *stack == StackId::DROPPED { *stack } else { moved[stack.index()] }
        };
        rewrite.map.iter().map(to_united).collect()
    });
    let maps = maps.collect();
    (united, maps)
}
