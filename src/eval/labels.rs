//! Stages that look at the labels of single samples.
//!
//! The mapping from stacks to stacks then depends on the sample's labels too, so
//! samples are written anew, each under the rewrite of its class. A class is a
//! combination of values of the labels that matter; there are few.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::pattern::{Compiled, Hits};
use crate::eval::profiles::Profiles;
use crate::eval::stacks::Rewrite;
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, Samples, Snapshot, StackId, Stacks, Symbols};

/// Applies a rewrite that depends on where a pattern matches.
pub fn rewrite_matching(
    profiles: Profiles,
    pattern: &Compiled,
    make: impl Fn(&Symbols, &Hits) -> Rewrite,
) -> Profiles {
    let names = pattern.sample_labels();
    if names.is_empty() {
        let hits = pattern.hits(&profiles.symbols, &Labels::default());
        let rewrite = make(&profiles.symbols, &hits);
        return profiles.rewritten(rewrite);
    }
    rewrite_by_class(profiles, &names, |symbols, class| {
        make(symbols, &pattern.hits(symbols, class))
    })
}

/// Label values become frames at the root, the first label outermost.
pub fn tagroot(mut profiles: Profiles, names: &[Arc<str>]) -> Profiles {
    let frames = label_frames(&mut profiles, names);
    rewrite_by_class(profiles, names, |symbols, class| {
        let mut stacks = Stacks::new();
        let root = frames[class].iter().fold(StackId::EMPTY, |at, frame| stacks.intern(at, *frame));
        let mut map = vec![root; symbols.stacks.len()];
        for (stack, parent, frame) in symbols.stacks.iter() {
            map[stack.index()] = stacks.intern(map[parent.index()], frame);
        }
        Rewrite { symbols: Symbols { stacks: stacks.into(), ..symbols.clone() }, map, drops: false }
    })
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
    let classes = Classes::new(profiles, names);
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

/// The combinations of label values that occur, and which samples are of which.
struct Classes {
    labels: Vec<Labels>,
    index: FxHashMap<Labels, usize>,
    names: Vec<Arc<str>>,
}

impl Classes {
    fn new(profiles: &Profiles, names: &[Arc<str>]) -> Classes {
        let mut classes =
            Classes { labels: Vec::new(), index: FxHashMap::default(), names: names.to_vec() };
        let mut seen = rustc_hash::FxHashSet::default();
        for snapshot in profiles.snapshots.iter() {
            for tags in snapshot.samples().tags.iter() {
                if seen.insert((snapshot.labels.clone(), *tags)) {
                    classes.add(classes.class(profiles, &snapshot.labels, *tags));
                }
            }
        }
        classes
    }

    /// The label of the series wins over that of the sample.
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
    make: impl Fn(&Symbols, &Labels) -> Rewrite,
) -> Profiles {
    let classes = Classes::new(&profiles, names);
    let rewrites: Vec<Rewrite> =
        classes.labels.iter().map(|class| make(&profiles.symbols, class)).collect();
    profiles.filtered |= rewrites.iter().any(|rewrite| rewrite.drops);
    let (stacks, maps) = unite(rewrites);
    let snapshots = profiles.snapshots.iter().map(|snapshot| {
        let mut class_of_tags = FxHashMap::<TagsId, usize>::default();
        let moved = snapshot.samples().iter().map(|(stack, tags, _)| {
            let class = *class_of_tags.entry(tags).or_insert_with(|| {
                classes.index[&classes.class(&profiles, &snapshot.labels, tags)]
            });
            match if stack == StackId::DROPPED { stack } else { profiles.shown(stack) } {
                StackId::DROPPED => StackId::DROPPED,
                shown => maps[class][shown.index()],
            }
        });
        let samples = Samples { stacks: moved.collect(), ..snapshot.samples().clone() };
        snapshot.with_samples(samples)
    });
    let snapshots: Vec<Snapshot> = snapshots.collect();
    profiles.snapshots = snapshots.into();
    profiles.symbols.stacks = stacks.into();
    profiles.map = None;
    profiles
}

/// One prefix tree for several rewrites, and their mappings into it.
fn unite(rewrites: Vec<Rewrite>) -> (Stacks, Vec<Vec<StackId>>) {
    let mut united = Stacks::new();
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
