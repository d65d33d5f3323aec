//! A tree of functions as the server has it: `PROFILE_FORMAT_TREE`.
//!
//! A node is the length of its name, its name, its own value and the number of its children,
//! numbers as varints. The first node is the root, which has no name. A node is followed by
//! its children and what is below each, the last child first: `Tree.MarshalTruncate` in
//! `pkg/model/tree.go` of <https://github.com/grafana/pyroscope>.

use rustc_hash::FxHashMap;

use crate::profile::frame::{Frame, FrameId, Function};
use crate::profile::symbols::TagsId;
use crate::profile::{Samples, StackId};
use crate::source::batch::Batch;

/// The most nodes that a server allows without other settings. With more, a tree is cut.
pub(super) const MOST_NODES: i64 = 1 << 20;

/// Why an answer is no tree.
const BROKEN: &str = "the tree ends within a node";

/// Whether nothing was cut from the tree. What is cut becomes a node `other`; a function of
/// that name looks the same.
pub(super) fn is_whole(tree: &[u8]) -> bool {
    const OTHER: &[u8] = b"\x05other";
    !tree.windows(OTHER.len()).any(|bytes| bytes == OTHER)
}

/// One sample for each node with a value of its own. No byte is an empty tree.
pub(super) fn samples(tree: &[u8], batch: &mut Batch) -> Result<Samples, &'static str> {
    let mut rest = tree;
    let (mut stacks, mut values) = (Vec::new(), Vec::new());
    let mut frames = FxHashMap::default();
    // What comes next is below the last of these, which has so many more children.
    let mut open: Vec<(StackId, u64)> = Vec::new();
    while !rest.is_empty() {
        let node = Node::read(&mut rest).ok_or(BROKEN)?;
        let stack = match open.last_mut() {
            Some((parent, children)) => {
                *children -= 1;
                let parent = *parent;
                let frame = *frames.entry(node.name).or_insert_with(|| frame(node.name, batch));
                batch.below(parent, frame)
            }
            None => StackId::EMPTY,
        };
        if node.value > 0 {
            stacks.push(stack);
            values.push(node.value);
        }
        open.push((stack, node.children));
        while open.pop_if(|(_, children)| *children == 0).is_some() {}
        if open.is_empty() && !rest.is_empty() {
            return Err("there is something behind the tree");
        }
    }
    match open.is_empty() {
        true => {
            let tags = vec![TagsId(0); stacks.len()];
            Ok(Samples { stacks: stacks.into(), tags: tags.into(), values: values.into() })
        }
        false => Err(BROKEN),
    }
}

fn frame(name: &[u8], batch: &mut Batch) -> FrameId {
    let name = batch.string(&String::from_utf8_lossy(name));
    let function = batch.function(Function { name, ..Function::default() });
    batch.frame(Frame { function, ..Frame::default() })
}

struct Node<'a> {
    name: &'a [u8],
    value: i64,
    children: u64,
}

impl<'a> Node<'a> {
    fn read(rest: &mut &'a [u8]) -> Option<Node<'a>> {
        let length = usize::try_from(number(rest)?).ok()?;
        let (name, after) = rest.split_at_checked(length)?;
        *rest = after;
        Some(Node { name, value: i64::try_from(number(rest)?).ok()?, children: number(rest)? })
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(rest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root with `main` below it, which has 3 itself and calls `b` with 4 and `a` with 5.
    const TREE: &[u8] = b"\0\0\x01\x04main\x03\x02\x01b\x04\0\x01a\x05\0";

    fn read(tree: &[u8]) -> Result<Vec<(String, i64)>, &'static str> {
        let mut batch = Batch::default();
        let samples = samples(tree, &mut batch)?;
        let (symbols, ..) = batch.into_parts();
        let path = |stack| {
            let names =
                symbols.stacks.path(stack).map(|frame| symbols.frame_name(frame).to_string());
            names.collect::<Vec<_>>().join("<")
        };
        Ok(samples.iter().map(|(stack, _, value)| (path(stack), value)).collect())
    }

    #[test]
    fn a_tree_is_read_from_the_root() {
        let expected = [("main", 3), ("b<main", 4), ("a<main", 5)];
        let expected = expected.map(|(path, value)| (path.to_owned(), value));
        assert_eq!(read(TREE), Ok(expected.to_vec()));
        assert_eq!(read(b""), Ok(Vec::new()));
        // The root alone.
        assert_eq!(read(b"\0\0\0"), Ok(Vec::new()));
    }

    #[test]
    fn a_broken_tree_is_an_error_and_no_panic() {
        for end in 1..TREE.len() {
            assert!(read(&TREE[..end]).is_err(), "{end}");
        }
        assert!(read(&[TREE, b"\x01c\x01\0"].concat()).is_err());
        // A name longer than memory.
        assert!(read(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a").is_err());
    }

    #[test]
    fn a_cut_tree_is_found_by_its_other_node() {
        assert!(is_whole(TREE) && is_whole(b""));
        assert!(!is_whole(b"\0\0\x01\x05other\x03\0"));
        assert!(is_whole(b"\0\0\x01\x06other2\x03\0"));
    }
}
