//! Matches patterns against all stacks at once.
//!
//! Each distinct frame is tested once. Paths (`a >> b`) are pushed down the prefix tree
//! in one forward pass. The result is a bit per stack, so a sample costs one look-up.

use crate::diag::{Diagnostic, Place};
use crate::eval::stacks::matcher::label_matcher;
use crate::eval::stacks::reached::Reached;
use crate::lang::ast::{Anchor, FramePattern, Link, Matcher, Name, Pattern, PatternKind, Step};
use crate::lang::format;
use crate::lang::pattern::{FrameMatcher, FrameView, is_frame_field};
use crate::profile::frame::FrameId;
use crate::profile::{LabelMatcher, Labels, StackId, Symbols};
use crate::work::{Cancelled, Work};

/// Where a pattern matches.
#[derive(Debug, Clone)]
pub struct Matches {
    /// By stack: its innermost frame matches, with more frames below it.
    inner: Vec<bool>,
    /// By stack: its innermost frame matches as the leaf.
    leaf: Vec<bool>,
    /// By stack: the whole stack matches.
    stacks: Vec<bool>,
}

impl Matches {
    /// Whether the innermost frame of this stack matches.
    pub fn frame(&self, stack: StackId) -> bool {
        self.inner[stack.index()]
    }

    /// Whether the innermost frame matches as the leaf of a sample.
    pub fn leaf(&self, stack: StackId) -> bool {
        self.leaf[stack.index()]
    }

    /// Whether a sample with this stack matches.
    pub fn stack(&self, stack: StackId) -> bool {
        self.stacks[stack.index()]
    }

    fn zip(
        mut self,
        other: &Matches,
        op: fn(bool, bool) -> bool,
        work: Work<'_>,
    ) -> Result<Matches, Cancelled> {
        let columns = [
            (&mut self.inner, &other.inner),
            (&mut self.leaf, &other.leaf),
            (&mut self.stacks, &other.stacks),
        ];
        for (left, right) in columns {
            work.each(left.iter_mut().zip(right), |(l, r)| *l = op(*l, *r))?;
        }
        Ok(self)
    }

    fn inverted(mut self, work: Work<'_>) -> Result<Matches, Cancelled> {
        for bits in [&mut self.inner, &mut self.leaf, &mut self.stacks] {
            work.each(bits, |bit| *bit = !*bit)?;
        }
        Ok(self)
    }
}

/// A pattern with its frame tests compiled.
pub struct Compiled {
    root: Node,
}

enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Path(Vec<CompiledStep>),
}

struct CompiledStep {
    link: Link,
    anchor: Anchor,
    test: Test,
    place: Place,
}

enum Test {
    Frame {
        matcher: FrameMatcher,
        /// The pattern as typed, for the message if nothing matches.
        text: String,
    },
    /// Tests sample labels, alone or with frame fields.
    Labelled {
        matcher: Option<FrameMatcher>,
        labels: Vec<(Name, LabelMatcher)>,
    },
    Group(Box<Node>),
}

/// A frame test that no frame passes.
#[derive(Debug, Clone)]
pub struct NoMatch {
    pub text: String,
    pub place: Place,
}

impl Compiled {
    /// Compiles a pattern in which every variable has been replaced by its value.
    pub fn new(pattern: &Pattern) -> Result<Compiled, Diagnostic> {
        Ok(Compiled { root: compile(pattern)? })
    }

    /// The sample labels that the pattern uses, with their places.
    pub fn label_names(&self) -> Vec<Name> {
        let mut names = Vec::new();
        self.root.visit_tests(&mut |step| {
            if let Test::Labelled { labels, .. } = &step.test {
                names.extend(labels.iter().map(|(name, _)| name.clone()));
            }
        });
        names
    }

    /// The distinct sample labels that the pattern uses.
    pub fn sample_labels(&self) -> Vec<std::sync::Arc<str>> {
        let names = self.label_names().into_iter().map(|name| name.text);
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The place of `leaf` in the pattern, if it is used.
    pub fn has_leaf_anchor(&self) -> Option<Place> {
        let mut place = None;
        self.root.visit_tests(&mut |step| {
            if step.anchor == Anchor::Leaf {
                place = Some(step.place);
            }
        });
        place
    }

    /// Matches every stack. `labels` are those of the samples: of their series and their
    /// own.
    pub fn matches(
        &self,
        symbols: &Symbols,
        labels: &Labels,
        work: Work<'_>,
    ) -> Result<Matches, Cancelled> {
        self.root.matches(symbols, labels, work)
    }

    /// Whether any stack with samples matches, if labels of samples are ignored.
    pub fn can_match(
        &self,
        symbols: &Symbols,
        used: &Reached,
        work: Work<'_>,
    ) -> Result<bool, Cancelled> {
        let matches = self.matches(symbols, &Labels::default(), work)?;
        Ok(matches.stacks.iter().zip(&used.stacks).any(|(hit, used)| *hit && *used))
    }

    /// The first frame test that matches no frame with samples.
    pub fn unmatched(
        &self,
        symbols: &Symbols,
        used: &Reached,
        work: Work<'_>,
    ) -> Result<Option<NoMatch>, Cancelled> {
        let mut unmatched = Ok(None);
        self.root.visit_tests(&mut |step| {
            if let (Test::Frame { matcher, text }, Ok(None)) = (&step.test, &unmatched) {
                unmatched = frames_matching(symbols, matcher, work).map(|frames| {
                    let is_found = any_reached(&frames, used);
                    (!is_found).then(|| NoMatch { text: text.clone(), place: step.place })
                });
            }
        });
        unmatched
    }
}

fn any_reached(matches: &[bool], used: &Reached) -> bool {
    matches.iter().zip(&used.frames).any(|(hit, used)| *hit && *used)
}

fn compile(pattern: &Pattern) -> Result<Node, Diagnostic> {
    let all = |patterns: &[Pattern]| patterns.iter().map(compile).collect::<Result<Vec<_>, _>>();
    Ok(match &pattern.kind {
        PatternKind::Or(patterns) => Node::Or(all(patterns)?),
        PatternKind::And(patterns) => Node::And(all(patterns)?),
        PatternKind::Not(inner) => Node::Not(Box::new(compile(inner)?)),
        PatternKind::Path(steps) => {
            Node::Path(steps.iter().map(compile_step).collect::<Result<_, _>>()?)
        }
    })
}

fn compile_step(step: &Step) -> Result<CompiledStep, Diagnostic> {
    let test = match &step.frame {
        FramePattern::Group(pattern) => Test::Group(Box::new(compile(pattern)?)),
        FramePattern::Fields(matchers) => compile_fields(matchers, step.place)?,
        FramePattern::Glob(text) | FramePattern::Regex(text) => Test::Frame {
            matcher: FrameMatcher::compile(&step.frame, step.place)?,
            text: text.to_string(),
        },
        FramePattern::Variable(name) | FramePattern::RegexVariable(name) => {
            unreachable!("the variable `{name}` has been replaced by its value")
        }
    };
    Ok(CompiledStep { link: step.link, anchor: step.anchor, test, place: step.place })
}

fn compile_fields(matchers: &[Matcher], place: Place) -> Result<Test, Diagnostic> {
    let (fields, labels): (Vec<_>, Vec<_>) =
        matchers.iter().cloned().partition(|matcher| is_frame_field(&matcher.label.text));
    let matcher = match fields.is_empty() {
        true => None,
        false => Some(FrameMatcher::compile(&FramePattern::Fields(fields), place)?),
    };
    match (labels.is_empty(), matcher) {
        (true, Some(matcher)) => {
            let written: Vec<String> = matchers.iter().map(format::matcher).collect();
            Ok(Test::Frame { matcher, text: format!("{{{}}}", written.join(", ")) })
        }
        (_, matcher) => {
            let compiled = labels.iter().map(|label| {
                let matcher = label_matcher(label)?;
                Ok((label.label.clone(), matcher))
            });
            Ok(Test::Labelled { matcher, labels: compiled.collect::<Result<_, Diagnostic>>()? })
        }
    }
}

impl Node {
    fn visit_tests(&self, visit: &mut impl FnMut(&CompiledStep)) {
        match self {
            Node::Or(nodes) | Node::And(nodes) => {
                nodes.iter().for_each(|node| node.visit_tests(visit));
            }
            Node::Not(node) => node.visit_tests(visit),
            Node::Path(steps) => {
                for step in steps {
                    visit(step);
                    if let Test::Group(node) = &step.test {
                        node.visit_tests(visit);
                    }
                }
            }
        }
    }

    fn matches(
        &self,
        symbols: &Symbols,
        labels: &Labels,
        work: Work<'_>,
    ) -> Result<Matches, Cancelled> {
        let fold = |nodes: &[Node], op: fn(bool, bool) -> bool| {
            let mut matches = nodes.iter().map(|node| node.matches(symbols, labels, work));
            let first = matches.next().unwrap_or_else(|| Ok(none(symbols)))?;
            matches.try_fold(first, |left, right| left.zip(&right?, op, work))
        };
        match self {
            Node::Or(nodes) => fold(nodes, |a, b| a || b),
            Node::And(nodes) => fold(nodes, |a, b| a && b),
            Node::Not(node) => node.matches(symbols, labels, work)?.inverted(work),
            Node::Path(steps) => path_matches(steps, symbols, labels, work),
        }
    }
}

fn none(symbols: &Symbols) -> Matches {
    let zeros = vec![false; symbols.stacks.len()];
    Matches { inner: zeros.clone(), leaf: zeros.clone(), stacks: zeros }
}

/// Matches a path step by step.
fn path_matches(
    steps: &[CompiledStep],
    symbols: &Symbols,
    labels: &Labels,
    work: Work<'_>,
) -> Result<Matches, Cancelled> {
    let mut matches = none(symbols);
    for (nth, step) in steps.iter().enumerate() {
        let above = (nth > 0).then(|| reachable(&matches.inner, step.link, symbols, work));
        let above = above.transpose()?;
        let mut here = step_matches(step, symbols, labels, work)?;
        if let Some(above) = above {
            work.each(above.iter().enumerate(), |(i, reached)| {
                here.inner[i] &= reached;
                here.leaf[i] &= reached;
            })?;
        }
        matches = here;
    }
    // A stack matches if the last step matches at its leaf or in any caller.
    let mut above = vec![false; symbols.stacks.len()];
    work.each(symbols.stacks.iter(), |(stack, parent, _)| {
        let (i, caller) = (stack.index(), parent.index());
        above[i] = above[caller] || matches.inner[i];
        matches.stacks[i] = above[caller] || matches.leaf[i];
    })?;
    Ok(matches)
}

/// By stack: whether its caller, or any caller above, matched the step before.
fn reachable(
    before: &[bool],
    link: Link,
    symbols: &Symbols,
    work: Work<'_>,
) -> Result<Vec<bool>, Cancelled> {
    let mut reachable = vec![false; before.len()];
    work.each(symbols.stacks.iter(), |(stack, parent, _)| {
        let inherited = link == Link::Below && reachable[parent.index()];
        reachable[stack.index()] = inherited || before[parent.index()];
    })?;
    Ok(reachable)
}

/// The matches of one step alone; `stacks` is not filled in.
fn step_matches(
    step: &CompiledStep,
    symbols: &Symbols,
    labels: &Labels,
    work: Work<'_>,
) -> Result<Matches, Cancelled> {
    let mut matches = match &step.test {
        Test::Frame { matcher, .. } => {
            frame_matches(symbols, &frames_matching(symbols, matcher, work)?, work)?
        }
        Test::Labelled { matcher, labels: wanted } => {
            if wanted.iter().all(|(_, matcher)| matcher.accepts_labels(labels)) {
                let all = || Ok(vec![true; symbols.frames.len()]);
                let frames = matcher.as_ref();
                let frames = frames.map_or_else(all, |m| frames_matching(symbols, m, work))?;
                frame_matches(symbols, &frames, work)?
            } else {
                none(symbols)
            }
        }
        Test::Group(node) => node.matches(symbols, labels, work)?,
    };
    match step.anchor {
        Anchor::Anywhere => {}
        Anchor::Leaf => matches.inner.fill(false),
        Anchor::Root => {
            work.each(symbols.stacks.iter(), |(stack, parent, _)| {
                matches.inner[stack.index()] &= parent == StackId::EMPTY;
                matches.leaf[stack.index()] &= parent == StackId::EMPTY;
            })?;
        }
    }
    Ok(matches)
}

fn frame_matches(symbols: &Symbols, frames: &[bool], work: Work<'_>) -> Result<Matches, Cancelled> {
    let mut matches = none(symbols);
    work.each(symbols.stacks.iter(), |(stack, _, frame)| {
        matches.inner[stack.index()] = frames[frame.index()];
    })?;
    matches.leaf.clone_from(&matches.inner);
    Ok(matches)
}

/// By frame: whether it passes; each distinct frame is tested once.
fn frames_matching(
    symbols: &Symbols,
    matcher: &FrameMatcher,
    work: Work<'_>,
) -> Result<Vec<bool>, Cancelled> {
    // Frame 0 is the unknown frame, which is in no stack unless a file uses it.
    let frames = (0..symbols.frames.len()).map(|i| FrameId(i as u32));
    work.collect(frames.map(|frame| matcher.matches(&FrameOf { symbols, frame })))
}

/// A frame as patterns see it.
pub struct FrameOf<'a> {
    pub symbols: &'a Symbols,
    pub frame: FrameId,
}

impl FrameView for FrameOf<'_> {
    fn function(&self) -> &str {
        self.symbols.frame_name(self.frame)
    }

    fn package(&self) -> &str {
        self.symbols.frame_package(self.frame)
    }

    fn file(&self) -> &str {
        self.symbols.frame_file(self.frame)
    }

    fn line(&self) -> u32 {
        self.symbols.frame(self.frame).line
    }

    fn module(&self) -> &str {
        self.symbols.frame_module(self.frame)
    }

    fn kind(&self) -> String {
        self.symbols.frame(self.frame).kind.to_string()
    }

    fn inlined(&self) -> bool {
        self.symbols.frame(self.frame).inlined
    }

    fn address(&self) -> u64 {
        self.symbols.frame(self.frame).address
    }
}
