//! The call tree of a heap profile, and its stacks.

use super::NAME;
use super::pull::Pull;
use crate::profile::StackId;
use crate::source::batch::Batch;
use crate::source::malformed::{Malformed, ReadError};
use crate::source::text::Rounding;
use crate::source::v8::CallFrame;
use crate::work::Work;

/// A function as it was called on one path.
pub(super) struct Node {
    /// The index of the caller.
    parent: Option<usize>,
    pub(super) id: Option<i64>,
    call_frame: Option<CallFrame>,
    /// In bytes, without those of its children.
    self_size: f64,
    /// Where it starts in the file.
    offset: usize,
}

/// Reads a tree; callers come before what they call.
pub(super) fn read(pull: &mut Pull<'_>, work: Work<'_>) -> Result<Vec<Node>, ReadError> {
    let mut nodes = vec![Node::open(pull, None)?];
    let mut at = 0;
    loop {
        work.check()?;
        match pull.name()?.as_deref() {
            Some("callFrame") => nodes[at].call_frame = pull.value()?,
            Some("selfSize") => nodes[at].self_size = pull.value()?,
            Some("id") => nodes[at].id = pull.value()?,
            Some("children") => {
                pull.open(b'[')?;
                at = next_child(pull, &mut nodes, at)?;
            }
            Some(_) => pull.skip()?,
            None => match nodes[at].parent {
                Some(parent) => at = next_child(pull, &mut nodes, parent)?,
                None => return Ok(nodes),
            },
        }
    }
}

/// Goes to the next child in the list of a node, or back to the node at its end.
fn next_child(
    pull: &mut Pull<'_>,
    nodes: &mut Vec<Node>,
    parent: usize,
) -> Result<usize, Malformed> {
    if !pull.item()? {
        return Ok(parent);
    }
    nodes.push(Node::open(pull, Some(parent))?);
    Ok(nodes.len() - 1)
}

/// The stack of each node.
pub(super) fn stacks(nodes: &[Node], batch: &mut Batch) -> Result<Vec<StackId>, Malformed> {
    let mut stacks: Vec<StackId> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let parent = node.parent.map_or(StackId::EMPTY, |parent| stacks[parent]);
        let call_frame = node.call_frame.as_ref();
        let call_frame = call_frame.ok_or_else(|| node.malformed("a node has no callFrame"))?;
        stacks.push(match call_frame.is_root() {
            true => parent,
            false => {
                let frame = call_frame.frame(batch);
                batch.below(parent, frame)
            }
        });
    }
    Ok(stacks)
}

impl Node {
    fn open(pull: &mut Pull<'_>, parent: Option<usize>) -> Result<Node, Malformed> {
        pull.open(b'{')?;
        let offset = pull.offset() - 1;
        Ok(Node { parent, id: None, call_frame: None, self_size: 0.0, offset })
    }

    /// Its own bytes as a whole number.
    pub(super) fn size(&self, rounding: &mut Rounding) -> Result<i64, Malformed> {
        let size = Some(self.self_size).filter(|size| *size >= 0.0);
        size.and_then(|size| rounding.whole(size)).ok_or_else(|| {
            self.malformed(&format!("a selfSize of {:?} is not a size in bytes", self.self_size))
        })
    }

    fn malformed(&self, reason: &str) -> Malformed {
        Malformed::at(self.offset, format!("{NAME}: {reason}"))
    }
}
