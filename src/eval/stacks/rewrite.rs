//! Stages that rewrite stacks: which stacks to drop, and what the others become.
//!
//! The reference is pprof's `profile/filter.go` and `profile/prune.go`. Each stage is one
//! forward pass over the prefix tree: callers come before callees, so the result for the
//! caller is known when a callee is processed.

use std::ops::AddAssign;

use crate::eval::stacks::pattern::Matches;
use crate::lang::ast::Granularity;
use crate::lang::verbs::{StackVerb, Verb};
use crate::profile::frame::{FrameId, package_of};
use crate::profile::{Frame, Function, StackId, Stacks, Symbols, Tree};
use crate::work::{Cancelled, Work};

/// The new stack for each old stack.
#[derive(Debug, Clone)]
pub struct Rewrite {
    pub symbols: Symbols,
    /// Maps old stacks to stacks of `symbols`, or to `StackId::DROPPED`.
    pub map: Vec<StackId>,
    /// Whether a sample may be dropped.
    pub drops: bool,
}

impl Rewrite {
    pub fn apply(&self, stack: StackId) -> StackId {
        if stack == StackId::DROPPED { stack } else { self.map[stack.index()] }
    }

    /// Keeps each stack as it is or drops it.
    fn filter(
        symbols: &Symbols,
        work: Work<'_>,
        keep: impl Fn(StackId) -> bool,
    ) -> Result<Rewrite, Cancelled> {
        let mut map = Vec::with_capacity(symbols.stacks.len());
        work.each((0..symbols.stacks.len() as u32).map(StackId), |stack| {
            map.push(if keep(stack) { stack } else { StackId::DROPPED });
        })?;
        Ok(Rewrite { symbols: symbols.clone(), map, drops: true })
    }

    /// Replaces each frame by another; `symbols` has the old stacks and all frames.
    pub fn with_frames(
        symbols: &Symbols,
        frames: &[FrameId],
        work: Work<'_>,
    ) -> Result<Rewrite, Cancelled> {
        Rewrite::build(symbols, false, work, |stacks, map, _, parent, frame| {
            stacks.intern(map[parent.index()], frames[frame.index()])
        })
    }

    /// Builds new stacks in one forward pass: `step` gets the parent's new stack, and the
    /// stack, its parent and its frame, and returns its new stack.
    fn build(
        symbols: &Symbols,
        drops: bool,
        work: Work<'_>,
        mut step: impl FnMut(&mut Stacks, &[StackId], StackId, StackId, FrameId) -> StackId,
    ) -> Result<Rewrite, Cancelled> {
        let mut stacks = Stacks::new();
        let mut map = vec![StackId::EMPTY; symbols.stacks.len()];
        work.each(symbols.stacks.iter(), |(stack, parent, frame)| {
            map[stack.index()] = step(&mut stacks, &map, stack, parent, frame);
        })?;
        let symbols = Symbols { stacks: stacks.into(), ..symbols.clone() };
        Ok(Rewrite { symbols, map, drops })
    }
}

/// A rewrite that depends on where a pattern matches.
pub type AtMatches = fn(&Symbols, &Matches, Work<'_>) -> Result<Rewrite, Cancelled>;

/// The rewrite behind a verb that takes a pattern, if it is one.
pub fn at_matches(verb: Verb) -> Option<AtMatches> {
    Some(match verb {
        Verb::Stack(StackVerb::Focus) => focus,
        Verb::Stack(StackVerb::Ignore) => ignore,
        Verb::Stack(StackVerb::Hide) => hide,
        Verb::Stack(StackVerb::Show) => show,
        Verb::Stack(StackVerb::ShowFrom) | Verb::Stack(StackVerb::Callees) => show_from,
        Verb::Stack(StackVerb::PruneFrom) => prune_from,
        Verb::Stack(StackVerb::Callers) => callers,
        Verb::Stack(StackVerb::Collapse) => collapse,
        _ => return None,
    })
}

/// A tree under a rewrite of its stacks.
pub fn rewrite_tree(tree: &Tree, rewrite: &Rewrite, work: Work<'_>) -> Result<Tree, Cancelled> {
    let (symbols, map) = (rewrite.symbols.clone(), &rewrite.map);
    let self_values = moved(&tree.self_values, map, symbols.stacks.len(), work)?;
    let mut rewritten = Tree::new(symbols, self_values, tree.whole, tree.unit.clone(), work)?;
    if let Some(exact) = &tree.exact {
        let exact = moved(exact, map, rewritten.symbols.stacks.len(), work)?;
        rewritten = rewritten.with_exact(exact, work)?;
    }
    let replicates = tree.replicates.as_ref().map(|batches| batches.rewritten(map, work));
    Ok(Tree { replicates: replicates.transpose()?, ..rewritten })
}

/// Values by old stack as values by new stack, of which there are so many.
pub fn moved<T: Copy + Default + AddAssign>(
    values: &[T],
    map: &[StackId],
    stacks: usize,
    work: Work<'_>,
) -> Result<Vec<T>, Cancelled> {
    let mut moved = vec![T::default(); stacks];
    work.each(values.iter().zip(map), |(value, stack)| {
        if *stack != StackId::DROPPED {
            moved[stack.index()] += *value;
        }
    })?;
    Ok(moved)
}

/// Keeps stacks with a match.
pub fn focus(symbols: &Symbols, matches: &Matches, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    Rewrite::filter(symbols, work, |stack| matches.stack(stack))
}

/// Keeps stacks that pass through one of these functions, given by frame.
pub fn through(
    symbols: &Symbols,
    functions: &[bool],
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    let mut passes = vec![false; symbols.stacks.len()];
    work.each(symbols.stacks.iter(), |(stack, parent, frame)| {
        passes[stack.index()] = passes[parent.index()] || functions[frame.index()];
    })?;
    Rewrite::filter(symbols, work, |stack| passes[stack.index()])
}

/// Keeps samples whose leaf matches.
pub fn focus_leaf(
    symbols: &Symbols,
    matches: &Matches,
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    Rewrite::filter(symbols, work, |stack| stack != StackId::EMPTY && matches.leaf(stack))
}

/// Drops stacks with a match.
pub fn ignore(symbols: &Symbols, matches: &Matches, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    Rewrite::filter(symbols, work, |stack| !matches.stack(stack))
}

/// Removes matching frames; their self value moves to the caller.
///
/// As in pprof, a sample with no frame left is dropped.
pub fn hide(symbols: &Symbols, matches: &Matches, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    keep_frames(symbols, work, |stack| !matches.frame(stack))
}

/// Keeps only matching frames; a sample with none is dropped.
pub fn show(symbols: &Symbols, matches: &Matches, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    keep_frames(symbols, work, |stack| matches.frame(stack))
}

fn keep_frames(
    symbols: &Symbols,
    work: Work<'_>,
    keep: impl Fn(StackId) -> bool,
) -> Result<Rewrite, Cancelled> {
    let mut rewrite = Rewrite::build(symbols, true, work, |stacks, map, stack, parent, frame| {
        let caller = map[parent.index()];
        if keep(stack) { stacks.intern(caller, frame) } else { caller }
    })?;
    // A sample that was empty before stays: nothing was removed from it.
    work.each(rewrite.map.iter_mut().skip(1), |became| {
        if *became == StackId::EMPTY {
            *became = StackId::DROPPED;
        }
    })?;
    Ok(rewrite)
}

/// Cuts above the highest match; samples without a match are dropped.
pub fn show_from(
    symbols: &Symbols,
    matches: &Matches,
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    let mut rewrite = Rewrite::build(symbols, true, work, |stacks, map, stack, parent, frame| {
        let caller = map[parent.index()];
        match (caller == StackId::DROPPED || caller == StackId::EMPTY, matches.frame(stack)) {
            (true, false) => StackId::DROPPED,
            (true, true) => stacks.intern(StackId::EMPTY, frame),
            (false, _) => stacks.intern(caller, frame),
        }
    })?;
    rewrite.map[StackId::EMPTY.index()] = StackId::DROPPED;
    Ok(rewrite)
}

/// Cuts below the lowest match, which becomes the leaf; samples without one stay whole.
pub fn prune_from(
    symbols: &Symbols,
    matches: &Matches,
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    // By old stack: the lowest match on its path.
    let mut lowest = vec![StackId::EMPTY; symbols.stacks.len()];
    work.each(symbols.stacks.iter(), |(stack, parent, _)| {
        lowest[stack.index()] = if matches.frame(stack) { stack } else { lowest[parent.index()] };
    })?;
    let cuts = (0..).map(StackId).zip(lowest);
    let cuts = cuts.map(|(stack, cut)| if cut == StackId::EMPTY { stack } else { cut });
    let map = work.collect(cuts)?;
    Ok(Rewrite { symbols: symbols.clone(), map, drops: false })
}

/// Folds a run of matching frames into its first, the one nearest the root.
pub fn collapse(
    symbols: &Symbols,
    matches: &Matches,
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    Rewrite::build(symbols, false, work, |stacks, map, stack, parent, frame| {
        let caller = map[parent.index()];
        let in_run = parent != StackId::EMPTY && matches.frame(parent) && matches.frame(stack);
        if in_run { caller } else { stacks.intern(caller, frame) }
    })
}

/// Folds a function that calls itself, directly, into one frame.
pub fn collapse_recursion(symbols: &Symbols, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    Rewrite::build(symbols, false, work, |stacks, map, _, parent, frame| {
        let caller = map[parent.index()];
        let repeats = caller != StackId::EMPTY
            && symbols.frame_name(stacks.frame(caller)) == symbols.frame_name(frame);
        if repeats { caller } else { stacks.intern(caller, frame) }
    })
}

/// Renames each frame to its function, line, file, package, module or address.
pub fn granularity(
    symbols: &Symbols,
    granularity: Granularity,
    work: Work<'_>,
) -> Result<Rewrite, Cancelled> {
    let mut renamed = symbols.clone();
    let mut frames = Vec::with_capacity(symbols.frames.len());
    work.each(symbols.frames.iter(), |frame| {
        frames.push(coarser_frame(&mut renamed, frame, granularity));
    })?;
    Rewrite::with_frames(&renamed, &frames, work)
}

/// The frame that represents all frames that are equal at this granularity.
fn coarser_frame(symbols: &mut Symbols, frame: &Frame, granularity: Granularity) -> FrameId {
    let function = *symbols.function(frame.function);
    let name = symbols.string(function.name).clone();
    let label = match granularity {
        Granularity::Function => name.to_string(),
        Granularity::Line => line_label(symbols, frame, &function, &name),
        Granularity::File => known(symbols.string(function.file), "(no file)"),
        Granularity::Package => known(package_of(&name), "(no package)"),
        Granularity::Module => known(symbols.string(frame.module), "(no module)"),
        Granularity::Address => address_label(symbols, frame, &name),
    };
    symbols.intern_named_frame(&label)
}

/// As in `pprof -lines`: `name file:line`.
fn line_label(symbols: &Symbols, frame: &Frame, function: &Function, name: &str) -> String {
    let file = symbols.string(function.file);
    match (file.is_empty(), frame.line) {
        (true, _) => name.to_owned(),
        (false, 0) => format!("{name} {file}"),
        (false, line) => format!("{name} {file}:{line}"),
    }
}

/// As pprof's `-addresses` has it: `0000000000401000 main.run`; without a symbol the binary
/// and the address in it, `libc.so.6+0x1f3c0`.
fn address_label(symbols: &Symbols, frame: &Frame, name: &str) -> String {
    let path = &**symbols.string(frame.module);
    let module = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        _ if frame.address == 0 => name.to_owned(),
        Some("unknown") => format!("0x{:x}", frame.address),
        Some(binary) if binary == module || name == path => {
            format!("{binary}+0x{:x}", frame.address)
        }
        _ => format!("{:016x} {name}", frame.address),
    }
}

fn known(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise } else { text }.to_owned()
}

/// Merges frames with the same function name, as trees and tables show them.
///
/// Unlike `granularity function` it keeps the file, module and kind of the first
/// frame of a name, for tooltips and colours.
pub fn by_name(symbols: &Symbols, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    let mut first = rustc_hash::FxHashMap::default();
    let mut frames = Vec::with_capacity(symbols.frames.len());
    work.each((0..symbols.frames.len() as u32).map(FrameId), |id| {
        let name = symbols.function(symbols.frame(id).function).name;
        frames.push(*first.entry(name).or_insert(id));
    })?;
    Rewrite::with_frames(symbols, &frames, work)
}

/// The path from the outermost match to the root: the match first, its caller below it.
/// The callees of the match are folded into it.
///
/// The callees are [`show_from`]. Both use the outermost match, so both have the same
/// total.
pub fn callers(symbols: &Symbols, matches: &Matches, work: Work<'_>) -> Result<Rewrite, Cancelled> {
    let mut rewrite = Rewrite::build(symbols, true, work, |stacks, map, stack, parent, _| {
        let above = map[parent.index()];
        match (above == StackId::DROPPED || above == StackId::EMPTY, matches.frame(stack)) {
            (true, false) => StackId::DROPPED,
            (true, true) => {
                let to_root = symbols.stacks.path(stack);
                to_root.fold(StackId::EMPTY, |caller, frame| stacks.intern(caller, frame))
            }
            (false, _) => above,
        }
    })?;
    rewrite.map[StackId::EMPTY.index()] = StackId::DROPPED;
    Ok(rewrite)
}
