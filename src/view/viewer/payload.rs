//! The payload of one output: its stacks as columns, in one line of text.
//!
//! It is base64 of raw deflate of: the length of the header, the header as JSON, and the
//! columns of each pane. A pane has the columns `pops`, `name` and `self`; a diff also
//! has the standard errors (`errors`) first and the `self` of the side before last. Nodes
//! are in pre-order, the heaviest child first; `pops` says how many levels to go up
//! before a node is a child. `payload.js` reads it.
//!
//! The size is limited. If it is exceeded, the smallest boxes are merged into one
//! `(other)` per parent, so that widths still add up.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::columns::push_varint;
use super::errors;
use super::head::{Head, PaneHead};
use super::names::{NameId, NameTable, Ranked, related};
use super::program;
use super::rows::{NodeRows, PaneNodes};
use super::scene::Scene;
use crate::profile::StackId;
use crate::view::stacks::shape::GraphRef;
use crate::work::{Buffer, Cancelled, Work};

/// The text, and how many of the boxes it holds.
#[derive(Debug)]
pub(crate) struct Payload {
    /// One line of base64.
    pub(crate) text: String,
    /// Boxes that were not merged, and all boxes, both without roots.
    pub(crate) shown: usize,
    pub(crate) of: usize,
}

/// Level 9 takes three times as long and saves one or two percent.
const LEVEL: u32 = 6;

/// Encodes a scene; with a budget, in at most that many bytes of base64.
pub(crate) fn encode(
    scene: &Scene<'_>,
    budget: Option<usize>,
    work: Work<'_>,
) -> Result<Payload, Cancelled> {
    let encoder = Encoder::new(scene, work)?;
    match budget {
        None => encoder.encode(None),
        Some(budget) => encoder.fit(budget),
    }
}

struct Encoder<'a> {
    scene: &'a Scene<'a>,
    names: NameTable<'a>,
    panes: Vec<PaneNodes<'a>>,
    focus: Vec<NameId>,
    work: Work<'a>,
}

impl<'a> Encoder<'a> {
    fn new(scene: &'a Scene<'a>, work: Work<'a>) -> Result<Encoder<'a>, Cancelled> {
        let mut names = NameTable::new();
        let panes = scene.panes.iter().map(|pane| PaneNodes::new(pane, &mut names, work));
        let panes = panes.collect::<Result<_, Cancelled>>()?;
        let focus = scene.focus.iter().filter_map(|name| names.find(name)).collect();
        Ok(Encoder { scene, names, panes, focus, work })
    }

    /// The number of nodes without roots.
    fn nodes(&self) -> usize {
        self.panes.iter().map(|pane| pane.shape.frames()).sum()
    }

    /// As many nodes as fit, the widest first.
    fn fit(&self, budget: usize) -> Result<Payload, Cancelled> {
        /// No node takes fewer bytes; the search starts from this.
        const LEAST: usize = 2;
        const STEPS: usize = 6;
        let of = self.nodes();
        if of <= budget / LEAST {
            let all = self.encode(None)?;
            if all.text.len() <= budget {
                return Ok(all);
            }
        }
        let order = self.by_importance(budget)?;
        let mut best = self.encode(Some(&self.first(&order, 0)?))?;
        let mut n = of.min(budget / 5);
        for _ in 0..STEPS {
            let tried = self.encode(Some(&self.first(&order, n)?))?;
            let size = tried.text.len();
            // A little less than the estimate, or the search would take more steps.
            let next = (n as f64 * budget as f64 / size.max(1) as f64 * 0.97) as usize;
            if size <= budget && tried.shown >= best.shown {
                best = tried;
            }
            let is_close = size <= budget && size as f64 > budget as f64 * 0.94;
            if is_close || next == n || (n == of && size <= budget) {
                break;
            }
            n = next.min(of);
        }
        Ok(best)
    }

    /// Nodes as (pane, stack), the widest first. In a sandwich, the callers and callees
    /// of its functions come before all others.
    ///
    /// At most `most` of them, because no more fit.
    fn by_importance(&self, most: usize) -> Result<Vec<(usize, StackId)>, Cancelled> {
        let mut nodes = Vec::with_capacity(self.nodes());
        for (i, pane) in self.panes.iter().enumerate() {
            let related = match self.focus.is_empty() {
                true => Vec::new(),
                false => related(&self.scene.panes[i], &pane.names, &self.focus, self.work)?,
            };
            let weights = &pane.shape.weights;
            let whole = weights[StackId::EMPTY.index()];
            self.work.each(pane.shape.symbols.stacks.iter(), |(stack, ..)| {
                let weight = weights[stack.index()];
                if weight > 0.0 {
                    let is_related = related.get(stack.index()).is_some_and(|related| *related);
                    nodes.push((f64::from(u8::from(is_related)) + weight / whole, i, stack));
                }
            })?;
        }
        // Ties are ordered by id, so that a parent comes before its children.
        let wider = |a: &(f64, usize, StackId), b: &(f64, usize, StackId)| {
            b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1)))
        };
        if nodes.len() > most {
            nodes.select_nth_unstable_by(most, wider);
            nodes.truncate(most);
        }
        self.work.check()?;
        nodes.sort_unstable_by(wider);
        self.work.collect(nodes.into_iter().map(|(_, pane, stack)| (pane, stack)))
    }

    /// By pane and stack: whether it is one of the first `n`.
    fn first(&self, order: &[(usize, StackId)], n: usize) -> Result<Vec<Vec<bool>>, Cancelled> {
        let stacks = |pane: &PaneNodes<'_>| vec![false; pane.shape.weights.len()];
        let mut kept: Vec<_> = self.panes.iter().map(stacks).collect();
        self.work.each(&order[..n.min(order.len())], |(pane, stack)| {
            kept[*pane][stack.index()] = true;
        })?;
        Ok(kept)
    }

    fn encode(&self, kept: Option<&[Vec<bool>]>) -> Result<Payload, Cancelled> {
        let keeps = |pane: usize| kept.map(|kept| kept[pane].as_slice());
        let panes = self.panes.iter().enumerate();
        let rows = panes.map(|(i, pane)| pane.rows(keeps(i), self.work));
        let rows = rows.collect::<Result<Vec<NodeRows>, Cancelled>>()?;
        let used = rows.iter().flat_map(|rows| &rows.names).copied();
        let ranked = self.names.ranked(used);
        let mut columns = Vec::new();
        let mut heads = Vec::new();
        for ((pane, drawn), rows) in self.scene.panes.iter().zip(&self.panes).zip(&rows) {
            let mut head = PaneHead::new(pane);
            if let (GraphRef::Diff(diff), Some(before)) = (pane.stacks, &mut head.diff) {
                before.noise = errors::push(diff, &drawn.names, &ranked, &mut columns);
            }
            heads.push(rows.push(head, &ranked, &mut columns));
        }
        let head = self.head(&ranked, heads);
        let mut bytes = Vec::with_capacity(columns.len() + head.len() + 8);
        push_varint(&mut bytes, head.len() as u64);
        bytes.extend(head);
        bytes.extend(columns);
        Ok(Payload {
            text: STANDARD.encode(deflated(&bytes, self.work)?),
            shown: rows.iter().map(|rows| rows.shown).sum(),
            of: self.nodes(),
        })
    }

    fn head(&self, ranked: &Ranked<'_>, panes: Vec<PaneHead<'_>>) -> Vec<u8> {
        let head = Head {
            view: self.scene.opening.as_str(),
            title: self.scene.title,
            page: program::PAGE,
            names: ranked.texts.iter().map(|text| &**text).collect(),
            colours: ranked.colours.clone(),
            files: ranked.files.clone(),
            file: ranked.file.clone(),
            focus: self.focus.iter().filter_map(|name| ranked.id(*name)).collect(),
            panes,
        };
        // Text and numbers can always be written as JSON.
        serde_json::to_vec(&head).unwrap_or_default()
    }
}

fn deflated(bytes: &[u8], work: Work<'_>) -> Result<Vec<u8>, Cancelled> {
    let mut encoder = DeflateEncoder::new(Buffer::new(work), Compression::new(LEVEL));
    // Writing to memory fails only after an interrupt.
    encoder.write_all(bytes).map_err(|_| Cancelled)?;
    encoder.finish().map_err(|_| Cancelled)?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Header;
    use crate::profile::noise::{FunctionVerdict, ModeNoise};
    use crate::profile::{Diff, Noise, Tree, Verdict, diff::Mode};
    use crate::view::fixture::tree;
    use crate::view::viewer::scene::{Opening, ScenePane};
    use serde_json::{Value, json};
    use std::io::Read;

    /// The JSON and the numbers of a payload, read back.
    fn decoded(payload: &Payload) -> (Value, Vec<u64>) {
        let packed = STANDARD.decode(&payload.text).expect("base64");
        let mut bytes = Vec::new();
        flate2::read::DeflateDecoder::new(&*packed).read_to_end(&mut bytes).expect("deflate");
        let mut numbers = Vec::new();
        let (length, start) = varint(&bytes, 0);
        let mut at = start + length as usize;
        let head = serde_json::from_slice(&bytes[start..at]).expect("a header");
        while at < bytes.len() {
            let (number, end) = varint(&bytes, at);
            numbers.push(number);
            at = end;
        }
        (head, numbers)
    }

    /// The number at `at`, and where the next one starts.
    fn varint(bytes: &[u8], at: usize) -> (u64, usize) {
        let length = bytes[at..].iter().take_while(|byte| **byte > 0x7f).count() + 1;
        let groups = bytes[at..at + length].iter().rev();
        (groups.fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)), at + length)
    }

    fn payload(stacks: GraphRef<'_>, budget: Option<usize>) -> Payload {
        let header = Header { query: "cpu".into(), ..Header::default() };
        let pane = ScenePane { title: "all", header: &header, stacks, timeline: None };
        let (opening, focus) = (Opening::Flame, &[]);
        let scene = Scene { opening, title: "cpu", focus, panes: vec![pane] };
        encode(&scene, budget, Work::unattended()).expect("no interrupt")
    }

    fn of_tree(tree: &Tree) -> (Value, Vec<u64>) {
        decoded(&payload(tree.into(), None))
    }

    #[test]
    fn a_tree_is_columns_in_pre_order() {
        // total > a (self 10 of 40) > b 30; then c 20. All are tens.
        let (head, numbers) = of_tree(&tree(&[("c", 20.0), ("a", 10.0), ("a;b", 30.0)]));
        let names = head["names"].as_array().expect("names");
        let id = |name: &str| names.iter().position(|n| n == name).expect(name) as u64;
        let pops = [0, 0, 0, 2];
        let ids = [0, id("a"), id("b"), id("c")];
        let own = [0, 1, 3, 2];
        assert_eq!(numbers, [pops, ids, own].concat());
        assert_eq!(names[0], "total");
        let pane = &head["panes"][0];
        assert_eq!((&pane["nodes"], &pane["scale"]), (&json!(4), &json!(10.0)));
        assert_eq!((&pane["signed"], &pane["whole"]), (&json!(false), &json!(60.0)));
        assert_eq!((&pane["unitKind"], &head["view"]), (&json!("ns"), &json!("flame")));
        assert_eq!(head["colours"].as_str().map(str::len), Some(6 * names.len()));
    }

    #[test]
    fn a_diff_has_the_side_before_as_a_column_of_its_own() {
        let (before, after) = (tree(&[("a", 6.0), ("b", 2.0)]), tree(&[("a", 1.0), ("c", 9.0)]));
        let mut diff = Diff::align(before, after, Mode::Amount, [10.0, 20.0], Work::unattended())
            .expect("no interrupt");
        diff.titles = ["v1".into(), "v2".into()];
        // Ordered by before plus after: c 9, a 7, b 2.
        let (head, numbers) = decoded(&payload((&diff).into(), None));
        assert_eq!(numbers[0..4], [0, 0, 1, 1]);
        assert_eq!(numbers[8..12], [0, 9, 1, 0]);
        assert_eq!(numbers[12..16], [0, 0, 3, 1]);
        let sent = json!({"scale": 2.0, "signed": false, "whole": 8.0, "mode": "amount",
            "width": "both", "seconds": [10.0, 20.0], "noise": {},
            "legend": "before: v1, total 8 ns · after: v2, total 10 ns"});
        assert_eq!(head["panes"][0]["diff"], sent);
    }

    #[test]
    fn standard_errors_come_first_by_mode_and_name() {
        let (before, after) = (tree(&[("a", 6.0), ("b", 2.0)]), tree(&[("a", 1.0), ("c", 9.0)]));
        let mut diff = Diff::align(before, after, Mode::Amount, [10.0, 0.0], Work::unattended())
            .expect("no interrupt");
        let mut verdicts = vec![None; diff.symbols().frames.len()];
        for (stack, _, frame) in diff.symbols().stacks.iter() {
            let significant = diff.after.name(stack) == "c";
            let freedom = f64::INFINITY;
            let verdict = Verdict { se: 1.0, z: 1.0, freedom, significant, ..Verdict::default() };
            verdicts[frame.index()] = Some(FunctionVerdict { own: verdict, total: verdict });
        }
        let modes =
            [(); 3].map(|()| ModeNoise { functions: verdicts.clone(), ..ModeNoise::default() });
        diff.noise = Some(Noise { modes, ..Noise::default() }.into());
        let (head, numbers) = decoded(&payload((&diff).into(), None));
        let names = head["names"].as_array().expect("names");
        // In zigzag, 1 is 2 and -1 is 1. Without profiled time there are no rates.
        let errors = names.iter().map(|name| match name.as_str() {
            Some("c") => 2,
            Some("a" | "b") => 1,
            _ => 0,
        });
        let errors: Vec<u64> = errors.collect();
        assert_eq!(numbers[..2 * names.len()], [&*errors, &*errors].concat());
        let noise = head["panes"][0]["diff"]["noise"].as_object().expect("modes");
        assert_eq!(noise.keys().collect::<Vec<_>>(), ["amount", "share"]);
        for column in noise.values() {
            // Half of the interval of a standard error of 1.
            let scale = column["scale"].as_f64().expect("a number");
            assert!((scale - 1.959_964).abs() < 1e-6 && column["signed"] == true, "{column}");
        }
    }

    #[test]
    fn negative_values_are_zigzag_and_a_cancelled_parent_is_kept() {
        let (head, numbers) = of_tree(&tree(&[("a;b", 3.0), ("a;c", -3.0)]));
        assert_eq!(head["panes"][0]["signed"], true);
        // 3 and -3 are 1 and -1 times the scale 3.
        assert_eq!(numbers[8..], [0, 0, 2, 1]);
    }

    #[test]
    fn maxima_add_up_with_negative_differences() {
        let mut tree = tree(&[("a;b", 4.0), ("a;c", 3.0)]);
        tree.totals = vec![5.0, 5.0, 4.0, 3.0];
        assert_eq!(of_tree(&tree).1[8..], [0, 3, 8, 6]);
    }

    #[test]
    fn one_node_all_zeros_and_a_deep_chain_are_written_too() {
        assert_eq!(of_tree(&tree(&[])).1, [0, 0, 0]);
        assert_eq!(of_tree(&tree(&[("a", 0.0)])).1, [0, 0, 0]);
        let (head, numbers) = of_tree(&tree(&[(&vec!["f"; 5000].join(";"), 7.0)]));
        assert_eq!(head["panes"][0]["nodes"], 5001);
        assert_eq!((&numbers[..5001], numbers.last()), (&[0; 5001][..], Some(&1)));
    }

    #[test]
    fn nodes_over_budget_are_merged_into_one_other_per_parent() {
        let value = |i: usize| 1e9 / (i + 1) as f64;
        let stacks: Vec<_> = (0..20_000).map(|i| (format!("p{};f{i}", i % 7), value(i))).collect();
        let stacks: Vec<_> = stacks.iter().map(|(path, value)| (&**path, value.round())).collect();
        let tree = tree(&stacks);
        for budget in [20_000, 8_000, 4_000] {
            let payload = payload((&tree).into(), Some(budget));
            assert!(payload.text.len() <= budget, "{} of {budget}", payload.text.len());
            assert!(payload.text.len() > budget * 3 / 4, "{} of {budget}", payload.text.len());
            assert_eq!(payload.of, 20_007);
            let (head, numbers) = decoded(&payload);
            let nodes = head["panes"][0]["nodes"].as_u64().expect("a number") as usize;
            assert!((payload.shown + 2..=payload.shown + 8).contains(&nodes));
            let sum: u64 = numbers[2 * nodes..].iter().sum();
            let scale = head["panes"][0]["scale"].as_f64().expect("a scale");
            assert_eq!(sum as f64 * scale, tree.total());
        }
    }

    #[test]
    fn hostile_names_are_data() {
        let long = "x".repeat(65_536);
        let names = ["</script>", "\u{2028}", "\x1b[31m", "\u{202e}abc", "nul\0", &long, "<!--"];
        let stacks: Vec<_> = names.iter().map(|name| (*name, 1.0)).collect();
        let payload = payload((&tree(&stacks)).into(), None);
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        assert!(payload.text.chars().all(is_base64));
        let (head, _) = decoded(&payload);
        let sent = head["names"].as_array().expect("names");
        assert!(names.iter().filter(|name| sent.contains(&json!(name))).count() == 6);
        assert!(sent.iter().all(|name| name.as_str().is_some_and(|name| name.len() < 5000)));
    }

    #[test]
    fn a_shortened_sandwich_keeps_callers_and_callees_of_its_functions() {
        let mut stacks: Vec<_> = (0..5000).map(|i| (format!("main;f{i}"), 100.0)).collect();
        stacks.push(("main;rare;leaf".into(), 1.0));
        let stacks: Vec<_> = stacks.iter().map(|(path, value)| (&**path, *value)).collect();
        let tree = tree(&stacks);
        let header = Header::default();
        let pane = ScenePane { title: "", header: &header, stacks: (&tree).into(), timeline: None };
        let focus = ["rare".into()];
        let opening = Opening::Sandwich;
        let scene = Scene { opening, title: "", focus: &focus, panes: vec![pane] };
        let payload = encode(&scene, Some(6300), Work::unattended()).expect("no interrupt");
        let (head, _) = decoded(&payload);
        let names = head["names"].as_array().expect("names");
        assert!(names.contains(&json!("leaf")));
        let rare = names.iter().position(|name| name == "rare");
        assert_eq!(head["focus"], json!([rare]));
    }
}
