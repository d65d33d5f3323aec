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
use crate::work::{Cancelled, Work};

/// Applies a rewrite that depends on where a pattern matches.
pub fn rewrite_matching(
    profiles: Profiles,
    pattern: &Compiled,
    work: Work<'_>,
    make: impl Fn(&Symbols, &Matches, Work<'_>) -> Result<Rewrite, Cancelled> + Sync,
) -> Result<Profiles, Cancelled> {
    let names = pattern.sample_labels();
    if names.is_empty() {
        let matches = pattern.matches(&profiles.symbols, &Labels::default(), work)?;
        let rewrite = make(&profiles.symbols, &matches, work)?;
        return profiles.rewritten(rewrite, work);
    }
    rewrite_by_class(profiles, &names, work, |symbols, class| {
        make(symbols, &pattern.matches(symbols, class, work)?, work)
    })
}

/// Makes frames of the values of labels.
pub type Tag = fn(Profiles, &[Arc<str>], Work<'_>) -> Result<Profiles, Cancelled>;

/// Label values become frames at the root, the first label outermost.
pub fn tagroot(
    mut profiles: Profiles,
    names: &[Arc<str>],
    work: Work<'_>,
) -> Result<Profiles, Cancelled> {
    let frames = label_frames(&mut profiles, names, work)?;
    rewrite_by_class(profiles, names, work, |symbols, class| {
        let mut stacks = Stacks::with_capacity(symbols.stacks.len() + frames[class].len());
        let root = frames[class].iter().fold(StackId::EMPTY, |at, frame| stacks.intern(at, *frame));
        let mut map = vec![root; symbols.stacks.len()];
        work.each(symbols.stacks.iter(), |(stack, parent, frame)| {
            map[stack.index()] = stacks.intern(map[parent.index()], frame);
        })?;
        let symbols = Symbols { stacks: stacks.into(), ..symbols.clone() };
        Ok(Rewrite { symbols, map, drops: false })
    })
}

/// All groups in one tree, each below frames with its label values.
pub fn grouped_by_root(profiles: Profiles, work: Work<'_>) -> Result<Profiles, Cancelled> {
    match profiles.labels_of_roots() {
        Some(labels) => tagroot(profiles.ungrouped(), &labels, work),
        None => Ok(profiles.ungrouped()),
    }
}

/// Label values become frames at the leaf, the last label innermost.
pub fn tagleaf(
    mut profiles: Profiles,
    names: &[Arc<str>],
    work: Work<'_>,
) -> Result<Profiles, Cancelled> {
    let frames = label_frames(&mut profiles, names, work)?;
    rewrite_by_class(profiles, names, work, |symbols, class| {
        let mut stacks = (*symbols.stacks).clone();
        stacks.reserve(symbols.stacks.len() * (1 + frames[class].len()));
        stacks.index_all(work)?;
        let mut map = Vec::with_capacity(symbols.stacks.len());
        work.each((0..symbols.stacks.len() as u32).map(StackId), |stack| {
            map.push(frames[class].iter().fold(stack, |at, frame| stacks.intern(at, *frame)));
        })?;
        let symbols = Symbols { stacks: stacks.into(), ..symbols.clone() };
        Ok(Rewrite { symbols, map, drops: false })
    })
}

/// A frame per label for each class: the value, or `(no pod)`. Several values are one frame,
/// so that no sample counts twice.
fn label_frames(
    profiles: &mut Profiles,
    names: &[Arc<str>],
    work: Work<'_>,
) -> Result<FxHashMap<Labels, Vec<FrameId>>, Cancelled> {
    let classes = LabelClasses::new(profiles, names, work)?;
    let mut symbols = profiles.symbols.clone();
    let mut frames = FxHashMap::default();
    for class in classes.labels {
        let values = names.iter().map(|name| match class.joined(name) {
            Some(values) => symbols.intern_named_frame(&values),
            None => symbols.intern_named_frame(&format!("(no {name})")),
        });
        let values = values.collect();
        frames.insert(class, values);
    }
    profiles.symbols = symbols;
    Ok(frames)
}

/// The combinations of label values that occur, and the class of each sample.
struct LabelClasses {
    labels: Vec<Labels>,
    /// By class: a bit for each stack as shown, set if samples of the class have it.
    stacks: Vec<Vec<u64>>,
    index: FxHashMap<Labels, usize>,
    names: Vec<Arc<str>>,
}

impl LabelClasses {
    fn new(
        profiles: &Profiles,
        names: &[Arc<str>],
        work: Work<'_>,
    ) -> Result<LabelClasses, Cancelled> {
        let mut classes = LabelClasses {
            labels: Vec::new(),
            stacks: Vec::new(),
            index: FxHashMap::default(),
            names: names.to_vec(),
        };
        let unsplit = profiles.unsplit.iter().flat_map(|snapshots| snapshots.iter());
        let all: Vec<&Snapshot> = profiles.snapshots.iter().chain(unsplit).collect();
        for series in all.chunk_by(|a, b| a.labels.is_same(&b.labels)) {
            work.check()?;
            let mut known = vec![None; profiles.symbols.tags.len()];
            for samples in series.iter().map(|snapshot| snapshot.samples()) {
                work.each(samples.stacks.iter().zip(samples.tags.iter()), |(stack, tags)| {
                    let class = *known[tags.index()].get_or_insert_with(|| {
                        let class = classes.class(profiles, &series[0].labels, *tags);
                        classes.add(class, profiles.symbols.stacks.len())
                    });
                    if let Some(shown) = shown(profiles, *stack) {
                        let (word, bit) = (shown.index() / 64, shown.index() % 64);
                        classes.stacks[class][word] |= 1 << bit;
                    }
                })?;
            }
        }
        Ok(classes)
    }

    /// A label of the series takes precedence over that of the sample.
    fn class(&self, profiles: &Profiles, series: &Labels, tags: TagsId) -> Labels {
        profiles.symbols.tags(tags).overlaid(series).only(&self.names)
    }

    /// The stacks of a class, callers first.
    fn stacks_of(&self, class: usize) -> Vec<StackId> {
        let words = self.stacks[class].iter().enumerate();
        let ids = words.flat_map(|(nth, word)| {
            let bits = (0..64).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| StackId(nth as u32 * 64 + bit))
        });
        ids.collect()
    }

    fn add(&mut self, class: Labels, stacks: usize) -> usize {
        let next = self.labels.len();
        *self.index.entry(class).or_insert_with_key(|class| {
            self.labels.push(class.clone());
            self.stacks.push(vec![0; stacks.div_ceil(64)]);
            next
        })
    }
}

/// The stack as shown, unless the sample was dropped.
fn shown(profiles: &Profiles, recorded: StackId) -> Option<StackId> {
    let kept = Some(recorded).filter(|stack| *stack != StackId::DROPPED)?;
    Some(profiles.shown(kept)).filter(|stack| *stack != StackId::DROPPED)
}

/// The new stacks of one class, by stack as shown.
type ClassMap = FxHashMap<StackId, StackId>;

/// So many rewrites are in memory at once.
const AT_ONCE: usize = 64;

/// Rewrites each sample by the rewrite of its class. A rewrite is made of the stacks of its
/// class alone: there may be as many classes as series, and all stacks for each of them
/// would fill the memory.
fn rewrite_by_class(
    mut profiles: Profiles,
    names: &[Arc<str>],
    work: Work<'_>,
    make: impl Fn(&Symbols, &Labels) -> Result<Rewrite, Cancelled> + Sync,
) -> Result<Profiles, Cancelled> {
    let classes = LabelClasses::new(&profiles, names, work)?;
    let ids: Vec<usize> = (0..classes.labels.len()).collect();
    let (mut united, mut maps) = (Stacks::new(), Vec::with_capacity(ids.len()));
    for chunk in ids.chunks(AT_ONCE) {
        let rewrites = chunk.par_iter().map(|class| {
            work.check()?;
            let part = Part::new(&profiles.symbols, &classes.stacks_of(*class), work)?;
            let rewrite = make(&part.symbols, &classes.labels[*class])?;
            Ok((part, rewrite))
        });
        let rewrites = rewrites.collect::<Result<Vec<_>, Cancelled>>()?;
        united.reserve(rewrites.iter().map(|(_, rewrite)| rewrite.symbols.stacks.len()).sum());
        for (part, rewrite) in rewrites {
            profiles.filtered |= rewrite.drops;
            maps.push(part.unite(&rewrite, &mut united, work)?);
        }
    }
    let moved = |snapshots: &[Snapshot]| moved(snapshots, &profiles, &classes, &maps, work);
    let unsplit = profiles.unsplit.as_deref().map(moved).transpose()?;
    profiles.snapshots = moved(&profiles.snapshots)?.into();
    profiles.unsplit = unsplit.map(Arc::from);
    profiles.symbols.stacks = united.into();
    profiles.map = None;
    Ok(profiles)
}

/// Gives each sample the stack that its class maps it to.
fn moved(
    snapshots: &[Snapshot],
    profiles: &Profiles,
    classes: &LabelClasses,
    maps: &[ClassMap],
    work: Work<'_>,
) -> Result<Vec<Snapshot>, Cancelled> {
    let series: Vec<&[Snapshot]> = snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)).collect();
    let moved = series.into_par_iter().map(|series| {
        work.check()?;
        let labels = &series[0].labels;
        let mut known = vec![None; profiles.symbols.tags.len()];
        let mut class_of = |tags: TagsId| {
            let class = || classes.index[&classes.class(profiles, labels, tags)];
            *known[tags.index()].get_or_insert_with(class)
        };
        let moved = series.iter().map(|snapshot| {
            let samples = snapshot.samples();
            let rows = samples.stacks.iter().zip(samples.tags.iter());
            let stacks = rows.map(|(stack, tags)| match shown(profiles, *stack) {
                None => StackId::DROPPED,
                Some(shown) => maps[class_of(*tags)][&shown],
            });
            Ok(snapshot.with_stacks(work.collect(stacks)?.into()))
        });
        moved.collect::<Result<Vec<Snapshot>, Cancelled>>()
    });
    let moved = moved.collect::<Result<Vec<Vec<Snapshot>>, Cancelled>>()?;
    Ok(moved.into_iter().flatten().collect())
}

/// Some stacks and their callers, as a prefix tree of their own.
struct Part {
    symbols: Symbols,
    /// The stacks, and what they are in the prefix tree.
    stacks: Vec<(StackId, StackId)>,
}

impl Part {
    fn new(symbols: &Symbols, wanted: &[StackId], work: Work<'_>) -> Result<Part, Cancelled> {
        let (mut part, mut known) = (Stacks::new(), FxHashMap::default());
        known.insert(StackId::EMPTY, StackId::EMPTY);
        let mut path = Vec::new();
        let mut add = |stack: StackId| {
            let mut at = stack;
            while !known.contains_key(&at) {
                path.push(at);
                at = symbols.stacks.parent(at);
            }
            for new in path.drain(..).rev() {
                let caller = known[&symbols.stacks.parent(new)];
                known.insert(new, part.add(caller, symbols.stacks.frame(new)));
            }
            known[&stack]
        };
        let stacks = work.collect(wanted.iter().map(|stack| (*stack, add(*stack))))?;
        Ok(Part { symbols: Symbols { stacks: part.into(), ..symbols.clone() }, stacks })
    }

    /// Adds the rewritten stacks to one prefix tree.
    fn unite(
        &self,
        rewrite: &Rewrite,
        united: &mut Stacks,
        work: Work<'_>,
    ) -> Result<ClassMap, Cancelled> {
        let mut moved = vec![StackId::EMPTY; rewrite.symbols.stacks.len()];
        work.each(rewrite.symbols.stacks.iter(), |(stack, parent, frame)| {
            moved[stack.index()] = united.intern(moved[parent.index()], frame);
        })?;
        let map = self.stacks.iter().map(|(shown, part)| match rewrite.apply(*part) {
            StackId::DROPPED => (*shown, StackId::DROPPED),
            stack => (*shown, moved[stack.index()]),
        });
        let mut classes = ClassMap::default();
        classes.reserve(self.stacks.len());
        work.each(map, |(shown, stack)| {
            classes.insert(shown, stack);
        })?;
        Ok(classes)
    }
}
