//! A Pyroscope server of the tests, which holds a few profiles that are made by hand.
//!
//! It does what the recorded servers do: it adds up, a point at T covers (T − step, T],
//! labels without a value are absent, ranges over 24 hours are refused, and a version
//! before 2.2 answers a request for pprof with a flame graph.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::message::*;
use super::web::{Asked, Reply, Web};

pub(crate) const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
/// `PROFILE_FORMAT_TREE`
const TREE: i32 = 2;
pub(crate) const IN_USE: &str = "memory:inuse_space:bytes:space:bytes";

/// `EXEMPLAR_TYPE_INDIVIDUAL`
const INDIVIDUAL: i32 = 2;

/// 2023-11-14T22:13:30Z, a multiple of 30 seconds; in milliseconds.
pub(crate) const START: i64 = 1_700_000_010_000;

#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) kind: &'static str,
    pub(crate) labels: BTreeMap<String, String>,
    /// In milliseconds.
    pub(crate) at: i64,
    /// Root first.
    pub(crate) stacks: Vec<(Vec<&'static str>, i64)>,
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Two minutes. CPU every 15 seconds: pod a of version 1 with 10 in `work` and 2 in `idle`,
/// pod b of version 2 with 30 and 2. Memory: pod a has eight snapshots of 100, 110 … 170,
/// pod b has four of 200.
pub(crate) fn shop() -> Vec<Held> {
    let mut held = Vec::new();
    for nth in 0..8 {
        let at = START + 15_000 * nth + 1000;
        for (pod, version, work) in [("a", "1", 10), ("b", "2", 30)] {
            let labels = labels(&[("service_name", "shop"), ("pod", pod), ("version", version)]);
            let stacks = vec![(vec!["main", "work"], work), (vec!["main", "idle"], 2)];
            held.push(Held { kind: CPU, labels: labels.clone(), at, stacks });
            let level = if pod == "a" { 100 + 10 * nth } else { 200 };
            if pod == "a" || nth < 4 {
                let stacks = vec![(vec!["main", "keep"], level)];
                held.push(Held { kind: IN_USE, labels, at, stacks });
            }
        }
    }
    held
}

/// Serves these profiles.
pub(crate) fn serve(held: Vec<Held>, is_new: bool) -> Web {
    Web::start(move |asked| answer(&held, is_new, asked))
}

pub(crate) fn answer(held: &[Held], is_new: bool, asked: &Asked) -> Reply {
    let body = &asked.body[..];
    match asked.method() {
        "GetProfileStats" => Reply::message(&Stats {
            ingested: true,
            oldest: held.iter().map(|held| held.at).min().unwrap_or_default(),
            newest: held.iter().map(|held| held.at).max().unwrap_or_default(),
        }),
        "ProfileTypes" => {
            let asked: Ranged = decoded(body);
            within(asked.start, asked.end, || types(held, asked.start, asked.end))
        }
        "LabelNames" => {
            let asked: LabelNames = decoded(body);
            within(asked.start, asked.end, || {
                let found = matching(held, &asked.matchers, (asked.start, asked.end));
                let mut names: BTreeSet<String> =
                    found.flat_map(|held| held.labels.keys().cloned()).collect();
                names.insert("__profile_type__".to_owned());
                Reply::message(&Strings { strings: names.into_iter().collect() })
            })
        }
        "LabelValues" => {
            let asked: LabelValues = decoded(body);
            within(asked.start, asked.end, || {
                let found = matching(held, &asked.matchers, (asked.start, asked.end));
                let values: BTreeSet<String> =
                    found.filter_map(|held| held.labels.get(&asked.name).cloned()).collect();
                Reply::message(&Strings { strings: values.into_iter().collect() })
            })
        }
        "Series" => {
            let asked: Series = decoded(body);
            within(asked.start, asked.end, || {
                let found = matching(held, &asked.matchers, (asked.start, asked.end));
                let sets: BTreeSet<Vec<Pair>> =
                    found.map(|held| only(&held.labels, &asked.label_names)).collect();
                let sets = sets.into_iter().map(|labels| LabelSet { labels });
                Reply::message(&LabelSets { sets: sets.collect() })
            })
        }
        "SelectSeries" => {
            let asked: Select = decoded(body);
            let step: Step = decoded(body);
            within(asked.start, asked.end, || {
                let step = (step.seconds * 1000.0) as i64;
                lines(held, &asked, step, is_new && asked.exemplar_type == INDIVIDUAL)
            })
        }
        "SelectMergeStacktraces" => {
            let asked: Merge = decoded(body);
            let Format { max_nodes, format } = decoded(body);
            within(asked.start, asked.end, || {
                if format == TREE {
                    let tree = tree(&sums(held, &asked), max_nodes.expect("a limit") as usize);
                    return Reply::message(&Stacktraces { tree, ..Stacktraces::default() });
                }
                assert_eq!(format, 4, "pprof or a tree is asked for");
                let profile = merged(held, &asked);
                Reply::message(&match (profile, is_new) {
                    (None, _) => Stacktraces::default(),
                    (profile, true) => {
                        Stacktraces { pprof: Some(Pprof { profile }), ..Stacktraces::default() }
                    }
                    (Some(_), false) => {
                        let names = vec!["total".to_owned(), "other".to_owned()];
                        let flamegraph = Some(FlameGraph { names });
                        Stacktraces { flamegraph, ..Stacktraces::default() }
                    }
                })
            })
        }
        "SelectMergeProfile" => {
            let asked: Merge = decoded(body);
            within(asked.start, asked.end, || {
                merged(held, &asked).map_or_else(
                    || Reply::Says("200 OK".to_owned(), Vec::new()),
                    |profile| Reply::message(&profile),
                )
            })
        }
        _ => Reply::says("404 Not Found", "404 page not found\n"),
    }
}

fn decoded<M: Message + Default>(body: &[u8]) -> M {
    M::decode(body).expect("a message")
}

/// A range that is longer than a day, in milliseconds, in the words of a server.
pub(crate) fn too_long(length: i64) -> Reply {
    let (hours, rest) = (length / 3_600_000, length % 3_600_000);
    let (minutes, seconds) = (rest / 60_000, (rest % 60_000) as f64 / 1000.0);
    let said = format!(
        "the query time range exceeds the limit (max_query_length, actual: \
         {hours}h{minutes}m{seconds}s, limit: 1d)"
    );
    let json = serde_json::json!({"code": "invalid_argument", "message": said});
    Reply::says("400 Bad Request", &json.to_string())
}

/// As a server with a limit of 24 hours.
fn within(start: i64, end: i64, answer: impl FnOnce() -> Reply) -> Reply {
    if end - start > 86_400_000 {
        return too_long(end - start);
    }
    assert!(start <= end, "a range has an end");
    answer()
}

/// The profiles that match one of the selectors in a range, its ends included.
fn matching<'h>(
    held: &'h [Held],
    selectors: &'h [String],
    (start, end): (i64, i64),
) -> impl Iterator<Item = &'h Held> + 'h {
    let inside = held.iter().filter(move |held| start <= held.at && held.at <= end);
    inside.filter(|held| selectors.iter().all(|selector| matches(held, selector)))
}

/// `{a="b",c!="d",e=~"f",g!~"h"}`, without escapes.
fn matches(held: &Held, selector: &str) -> bool {
    let inner = selector.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut rest = inner.unwrap_or_else(|| panic!("{selector} is a selector"));
    while !rest.is_empty() {
        let (head, after) = rest.split_once('"').expect("a value");
        let (value, after) = after.split_once('"').expect("the end of a value");
        rest = after.strip_prefix(',').unwrap_or(after);
        let op_at = head.find(['=', '!']).expect("an operator");
        let (name, op) = head.split_at(op_at);
        let found = match name {
            "__profile_type__" => held.kind,
            name => held.labels.get(name).map_or("", |value| value),
        };
        let is_regex = op.ends_with('~');
        let holds = match is_regex {
            true => regex::Regex::new(&format!("^(?:{value})$")).expect("a regex").is_match(found),
            false => found == value,
        };
        if holds == op.starts_with('!') {
            return false;
        }
    }
    true
}

fn only(labels: &BTreeMap<String, String>, names: &[String]) -> Vec<Pair> {
    let kept = labels.iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    kept.map(|(name, value)| Pair { name: name.clone(), value: value.clone() }).collect()
}

fn types(held: &[Held], start: i64, end: i64) -> Reply {
    let inside = held.iter().filter(|held| start <= held.at && held.at <= end);
    let ids: BTreeSet<&str> = inside.map(|held| held.kind).collect();
    let types = ids.into_iter().map(|id| {
        let parts: Vec<String> = id.split(':').map(str::to_owned).collect();
        let [name, sample_type, sample_unit, period_type, period_unit] = &parts[..] else {
            panic!("{id} has five parts")
        };
        Type {
            id: id.to_owned(),
            name: name.clone(),
            sample_type: sample_type.clone(),
            sample_unit: sample_unit.clone(),
            period_type: period_type.clone(),
            period_unit: period_unit.clone(),
        }
    });
    Reply::message(&Types { types: types.collect() })
}

/// With `singles` each point has the largest of its profiles.
fn lines(held: &[Held], asked: &Select, step: i64, singles: bool) -> Reply {
    let selectors = [asked.selector.clone()];
    let mut lines = BTreeMap::<Vec<Pair>, BTreeMap<i64, Point>>::new();
    for held in matching(held, &selectors, (asked.start - step, asked.end)) {
        if held.kind != asked.profile_type {
            continue;
        }
        // The first point covers its start, too.
        let steps = (held.at - asked.start + step - 1).div_euclid(step).max(0);
        let at = asked.start + steps * step;
        if at <= asked.end {
            // Without `group_by` there is one line without labels.
            let labels = if asked.group_by.is_empty() {
                Vec::new()
            } else {
                only(&held.labels, &asked.group_by)
            };
            let total: i64 = held.stacks.iter().map(|(_, value)| value).sum();
            let point = lines.entry(labels).or_default().entry(at).or_default();
            (point.timestamp, point.value) = (at, point.value + total as f64);
            if singles && point.exemplars.iter().all(|single| single.value < total) {
                let profile_id = format!("{:x}", held.at);
                point.exemplars = vec![Exemplar { timestamp: held.at, profile_id, value: total }];
            }
        }
    }
    let series = lines
        .into_iter()
        .map(|(labels, points)| Line { labels, points: points.into_values().collect() });
    Reply::message(&Lines { series: series.collect() })
}

/// The values of stacks.
fn sums<'h>(held: &'h [Held], asked: &Merge) -> BTreeMap<&'h [&'static str], i64> {
    let selectors = [asked.selector.clone()];
    let mut sums = BTreeMap::<&[&str], i64>::new();
    for held in held.iter().filter(|held| matches(held, &selectors[0])) {
        let is_inside = asked.start <= held.at && held.at <= asked.end;
        if is_inside && held.kind == asked.profile_type {
            for (stack, value) in &held.stacks {
                *sums.entry(stack).or_default() += value;
            }
        }
    }
    sums
}

/// None if nothing matches.
fn merged(held: &[Held], asked: &Merge) -> Option<Profile> {
    let sums = sums(held, asked);
    (!sums.is_empty()).then(|| profile(&asked.profile_type, &sums))
}

/// A tree of functions, encoded as by a server; what has a smaller total than so many others
/// is cut.
fn tree(sums: &BTreeMap<&[&'static str], i64>, most: usize) -> Vec<u8> {
    let positive = || sums.iter().filter(|(stack, value)| !stack.is_empty() && **value > 0);
    let mut totals = BTreeMap::<&[&str], i64>::new();
    for (stack, value) in positive() {
        for end in 1..=stack.len() {
            *totals.entry(&stack[..end]).or_default() += value;
        }
    }
    let mut sizes: Vec<i64> = totals.values().copied().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let least = sizes.get(most).map_or(0, |cut| cut + 1);
    let mut bytes = Vec::new();
    if !totals.is_empty() {
        node(&[], &totals, sums, least, &mut bytes);
    }
    bytes
}

fn node(
    path: &[&'static str],
    totals: &BTreeMap<&[&str], i64>,
    sums: &BTreeMap<&[&'static str], i64>,
    least: i64,
    bytes: &mut Vec<u8>,
) {
    use prost::encoding::encode_varint;
    let name = path.last().copied().unwrap_or_default();
    encode_varint(name.len() as u64, bytes);
    bytes.extend(name.bytes());
    encode_varint(sums.get(path).copied().unwrap_or_default().max(0) as u64, bytes);
    let below =
        |(other, _): &(&&[&str], &i64)| other.len() == path.len() + 1 && other.starts_with(path);
    let children = totals.iter().filter(below);
    let (kept, cut): (Vec<_>, Vec<_>) = children.partition(|(_, total)| **total >= least);
    let other: i64 = cut.iter().map(|(_, total)| **total).sum();
    encode_varint((kept.len() + usize::from(other > 0)) as u64, bytes);
    if other > 0 {
        bytes.extend(b"\x05other");
        encode_varint(other as u64, bytes);
        encode_varint(0, bytes);
    }
    for (child, _) in kept.into_iter().rev() {
        let child: Vec<&'static str> = sums
            .keys()
            .find(|stack| stack.starts_with(child))
            .map(|stack| stack[..child.len()].to_vec())
            .expect("a stack with this node");
        node(&child, totals, sums, least, bytes);
    }
}

fn profile(kind: &str, sums: &BTreeMap<&[&str], i64>) -> Profile {
    let parts: Vec<&str> = kind.split(':').collect();
    let mut strings: Vec<String> = ["", parts[1], parts[2]].map(str::to_owned).to_vec();
    let names: BTreeSet<&str> = sums.keys().copied().flatten().copied().collect();
    let mut profile =
        Profile { sample_types: vec![ValueType { kind: 1, unit: 2 }], ..Profile::default() };
    let mut ids = BTreeMap::new();
    for (id, name) in (1..).zip(names) {
        ids.insert(name, id);
        profile.functions.push(Function { id, name: strings.len() as i64 });
        profile.locations.push(Location { id, lines: vec![Source { function: id }] });
        strings.push(name.to_owned());
    }
    profile.samples = sums
        .iter()
        .map(|(stack, value)| Sample {
            locations: stack.iter().rev().map(|name| ids[name]).collect(),
            values: vec![*value],
        })
        .collect();
    profile.strings = strings;
    profile
}
