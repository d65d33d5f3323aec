//! `.heapprofile`, V8's sampling heap profiler: `node --heap-prof`, and "allocation sampling"
//! in Chrome's DevTools.
//!
//! A tree of call frames. Each has the bytes that it allocated and that are still in use,
//! scaled up from samples by V8: `inuse_space`. The samples themselves are listed with the
//! node they belong to, but not with the number of objects they stand for. They are counted
//! as `inuse_samples`, which says how well a size is known; there is no `inuse_objects`. V8
//! allocates while it writes the file: samples of nodes that are not in the tree are its own,
//! and are left out. There is no date in the format.
//!
//! - `tree`: the nodes of the tree
//! - `pull`: JSON piece by piece, because a tree is nested deeper than serde_json goes

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::batch::Batch;
use super::json::Keys;
use super::malformed::ReadError;
use super::recording::Recording;
use super::tally::Tally;
use super::text::Rounding;
use crate::profile::ProfileType;
use crate::profile::symbols::TagsId;
use crate::quantity::Span;
use crate::work::Work;
use pull::Pull;
use tree::Node;

mod pull;
mod tree;

pub(super) const NAME: &str = "heapprofile";

/// Whether a file with this at its top is a heap profile of V8.
pub(super) fn claims(key: &[u8], value: &[u8]) -> bool {
    let of_heap = |key: &[u8]| matches!(key, b"callFrame" | b"selfSize");
    key == b"head" && Keys::of(value).is_some_and(|mut keys| keys.any(|(key, _)| of_heap(key)))
}

/// Reads a whole file.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let File { nodes, samples } = File::read(bytes, work)?;
    let period = ("space", "bytes");
    let mut kinds = vec![batch.kind(ProfileType::new("memory", ("inuse_space", "bytes"), period))];
    if samples.is_some() {
        let samples = ProfileType::new("memory", ("inuse_samples", "count"), period);
        kinds.push(batch.kind(samples));
    }
    let counts = counts(&nodes, &samples.unwrap_or_default());
    let stacks = tree::stacks(&nodes, batch)?;
    let mut tally = Tally::default();
    let mut rounding = Rounding::default();
    for ((node, stack), count) in nodes.iter().zip(stacks).zip(counts) {
        let values = [node.size(&mut rounding)?, count];
        if values != [0, 0] {
            tally.add(stack, TagsId(0), &values[..kinds.len()]);
        }
    }
    Ok(vec![tally.into_recording(&kinds, Span(0))])
}

/// The parts of a file that are read.
struct File {
    nodes: Vec<Node>,
    samples: Option<Vec<Sample>>,
}

/// An allocation that the profiler has seen.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    node_id: i64,
}

impl File {
    fn read(bytes: &[u8], work: Work<'_>) -> Result<File, ReadError> {
        let mut pull = Pull::new(bytes);
        let mut file = File { nodes: Vec::new(), samples: None };
        pull.open(b'{')?;
        while let Some(name) = pull.name()? {
            match &*name {
                "head" => file.nodes = tree::read(&mut pull, work)?,
                "samples" => file.samples = Some(samples(&mut pull, work)?),
                _ => pull.skip()?,
            }
        }
        pull.end()?;
        Ok(file)
    }
}

fn samples(pull: &mut Pull<'_>, work: Work<'_>) -> Result<Vec<Sample>, ReadError> {
    let mut samples = Vec::new();
    pull.open(b'[')?;
    while pull.item()? {
        work.check()?;
        samples.push(pull.value()?);
    }
    Ok(samples)
}

/// The number of samples of each node.
fn counts(nodes: &[Node], samples: &[Sample]) -> Vec<i64> {
    let ids = nodes.iter().enumerate().filter_map(|(at, node)| Some((node.id?, at)));
    let by_id: FxHashMap<i64, usize> = ids.collect();
    let mut counts = vec![0; nodes.len()];
    for at in samples.iter().filter_map(|sample| by_id.get(&sample.node_id)) {
        counts[*at] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use crate::profile::Temporality;
    use crate::source::fixture::{self, refused, refuses_what_is_broken};

    fn node(name: &str, size: &str, id: u32, children: &str) -> String {
        format!(
            r#"{{"callFrame": {{"functionName": "{name}", "url": "shop.js", "lineNumber": 4}},
                "selfSize": {size}, "id": {id}, "children": [{children}]}}"#
        )
    }

    /// (root) calls main, which has 100 bytes and calls a with 24 and b with none.
    fn tree() -> String {
        let leaves = [node("a", "24", 3, ""), node("b", "0", 4, "")].join(",");
        node("(root)", "0", 1, &node("main", "100", 2, &leaves))
    }

    fn file(head: &str) -> String {
        format!(r#"{{"head": {head}}}"#)
    }

    fn samples(text: &str) -> Vec<String> {
        fixture::samples(text.as_bytes())
    }

    #[test]
    fn a_node_has_its_bytes_and_its_samples() {
        let head = tree();
        let sizes = ["inuse_space {} main 100", "inuse_space {} main;a 24"];
        assert_eq!(samples(&file(&head)), sizes);
        // Two of a, one of main, and one of a node that is not in the tree.
        let rows = r#"[{"nodeId": 3, "size": 24}, {"nodeId": 3}, {"nodeId": 2}, {"nodeId": 9}]"#;
        let counted = ["inuse_samples {} main 1", "inuse_samples {} main;a 2"];
        for text in [
            format!(r#"{{"head": {head}, "samples": {rows}, "endTime": {{"of": []}}}}"#),
            format!(r#"{{"samples": {rows}, "head": {head}}}"#),
        ] {
            assert_eq!(samples(&text), [counted, sizes].concat());
            let kinds = fixture::read(text.as_bytes()).kinds;
            assert!(kinds.iter().all(|kind| kind.temporality == Temporality::Gauge), "{kinds:?}");
        }
    }

    #[test]
    fn names_of_a_node_come_in_any_order() {
        let child = r#"{"selfSize": 5.0, "callFrame": {"functionName": ""}}"#;
        let head = format!(
            r#"{{"children": [{child}, {child}], "selfSize": 7, "callFrame": {{"functionName": "f"}}}}"#
        );
        assert_eq!(
            samples(&file(&head)),
            ["inuse_space {} f 7", "inuse_space {} f;(anonymous) 10"]
        );
    }

    #[test]
    fn a_frame_has_its_file() {
        let head = node("(root)", "0", 1, &node("main", "1", 2, ""));
        let frames = fixture::frames(file(&head).as_bytes());
        assert_eq!(frames, ["main shop.js:0 interpreted"]);
    }

    #[test]
    fn a_tree_may_be_deep() {
        let nested = |depth: usize| {
            let open = r#"{"callFrame": {"functionName": "f"}, "children": ["#;
            let leaf = r#"{"callFrame": {"functionName": "g"}, "selfSize": 3}"#;
            file(&[&open.repeat(depth), leaf, &"]}".repeat(depth)].concat())
        };
        let found = samples(&nested(1000));
        assert_eq!(found, [format!("inuse_space {{}} {}g 3", "f;".repeat(1000))]);
        let cut = nested(100_000);
        let error = refused(&cut.as_bytes()[..cut.len() - 1]);
        assert_eq!(error, format!("heapprofile: the text ends at byte {}", cut.len() - 1));
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        let refused = |text: &str| refused(text.as_bytes());
        let one = file(&node("f", "1", 1, ""));
        for (from, to, error) in [
            ("1, \"id\"", "-1, \"id\"", "a selfSize of -1.0 is not a size in bytes at byte 9"),
            ("1, \"id\"", "1e300, \"id\"", "a selfSize of 1e300 is not a size in bytes at byte 9"),
            ("callFrame", "frame", "a node has no callFrame at byte 9"),
            ("[]", "[7]", "`{` is expected at byte "),
            ("[]", "{}", "`[` is expected at byte "),
            ("[]}", "[] 7}", "`,` or `}` is expected at byte "),
            ("[]", "[,]", "`{` is expected at byte "),
            ("}}", "}} 7", "nothing more is expected at byte "),
            ("\"f\"", "7", "invalid type: integer `7`, expected a string at byte "),
        ] {
            let text = one.replacen(from, to, 1);
            assert_ne!(text, one, "{from}");
            let found = refused(&text);
            assert!(found.starts_with(&format!("heapprofile: {error}")), "{text}: {found}");
        }
    }

    #[test]
    fn any_cut_is_refused() {
        refuses_what_is_broken(include_bytes!("../../../tests/data/cache.heapprofile"));
    }
}
