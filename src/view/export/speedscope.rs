//! Profiles in speedscope's file format.
//!
//! A profile is a list of samples, each a path of frames from root to leaf and a weight.
//! All profiles of a file share their frames. A diff is two profiles, before and after,
//! and a comparison has one per pane; speedscope shows one at a time. Negative values are
//! not supported by the format.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{SaveError, number, written};
use crate::eval::result::value::{Comparison, Header};
use crate::profile::frame::FrameId;
use crate::profile::{Diff, StackId, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// One profile.
pub(super) fn tree(tree: &Tree, header: &Header, work: Work<'_>) -> Result<String, SaveError> {
    file(header, &[(&title(header), tree)], 0, work)
}

/// Two profiles; the second is shown first.
pub(super) fn diff(diff: &Diff, header: &Header, work: Work<'_>) -> Result<String, SaveError> {
    file(header, &[("before", &diff.before), ("after", &diff.after)], 1, work)
}

/// One profile per pane.
pub(super) fn comparison(
    panes: &Comparison,
    header: &Header,
    work: Work<'_>,
) -> Result<String, SaveError> {
    let panes: Vec<_> = panes.panes.iter().map(|pane| (&*pane.title, &pane.tree)).collect();
    file(header, &panes, 0, work)
}

fn title(header: &Header) -> String {
    if header.subject.is_empty() { "profile".to_owned() } else { header.subject.clone() }
}

fn file(
    header: &Header,
    trees: &[(&str, &Tree)],
    shown: usize,
    work: Work<'_>,
) -> Result<String, SaveError> {
    let mut values = trees.iter().flat_map(|(_, tree)| &tree.self_values).copied();
    if values.clone().any(|value| value < 0.0) {
        return Err(SaveError::BelowZero);
    }
    if values.all(|value| value == 0.0) {
        return Err(SaveError::NoSamples);
    }
    let mut frames = FrameTable::default();
    let profiles = trees.iter().map(|(title, tree)| profile(title, tree, &mut frames, work));
    let profiles = profiles.collect::<Result<Vec<Profile>, Cancelled>>()?;
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: concat!("flamebook@", env!("CARGO_PKG_VERSION")),
        name: title(header),
        active_profile_index: shown,
        shared: json!({"frames": frames.frames}),
        profiles,
    };
    Ok(written(work, |text| serde_json::to_writer(text, &file))?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: String,
    active_profile_index: usize,
    shared: Json,
    profiles: Vec<Profile>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[serde(rename = "type")]
    kind: &'static str,
    /// A unit that speedscope lacks is written here.
    name: String,
    unit: &'static str,
    start_value: u8,
    end_value: Json,
    /// From root to leaf.
    samples: Vec<Vec<usize>>,
    weights: Vec<Json>,
}

fn profile(
    title: &str,
    tree: &Tree,
    frames: &mut FrameTable,
    work: Work<'_>,
) -> Result<Profile, Cancelled> {
    let (mut samples, mut weights) = (Vec::new(), Vec::new());
    work.each((0..).map(StackId).zip(&tree.self_values), |(stack, value)| {
        if *value == 0.0 {
            return;
        }
        let mut path: Vec<usize> =
            tree.symbols.stacks.path(stack).map(|frame| frames.index(tree, frame)).collect();
        path.reverse();
        samples.push(path);
        let exact = tree.exact_self(stack).and_then(|exact| u64::try_from(exact).ok());
        weights.push(exact.map_or_else(|| number(*value), Json::from));
    })?;
    let (unit, counted) = unit(&tree.unit);
    let name = if counted.is_empty() { title.to_owned() } else { format!("{title}, {counted}") };
    let end_value = number(tree.total());
    Ok(Profile { kind: "sampled", name, unit, start_value: 0, end_value, samples, weights })
}

/// The unit's name in the format, and in words if the format has none for it.
fn unit(unit: &Unit) -> (&'static str, String) {
    match unit {
        Unit::Nanoseconds => ("nanoseconds", String::new()),
        Unit::Bytes => ("bytes", String::new()),
        other => ("none", other.to_string()),
    }
}

/// The frames of all profiles, one per name.
#[derive(Default)]
struct FrameTable {
    frames: Vec<Json>,
    known: FxHashMap<Arc<str>, usize>,
}

impl FrameTable {
    fn index(&mut self, tree: &Tree, frame: FrameId) -> usize {
        let name = tree.symbols.frame_name(frame);
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let file = tree.symbols.frame_file(frame);
        self.frames.push(match &**file {
            "" => json!({"name": **name}),
            file => json!({"name": **name, "file": file}),
        });
        self.known.insert(name.clone(), self.frames.len() - 1);
        self.frames.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::Mode;
    use crate::view::fixture;

    fn tree(tree: &Tree, header: &Header) -> Result<String, SaveError> {
        super::tree(tree, header, Work::unattended())
    }

    fn diff(diff: &Diff, header: &Header) -> Result<String, SaveError> {
        super::diff(diff, header, Work::unattended())
    }

    fn parsed(text: Result<String, SaveError>) -> Json {
        serde_json::from_str(&text.expect("a file")).expect("valid json")
    }

    #[test]
    fn a_sample_is_a_path_from_the_root_and_a_weight() {
        let recursive = fixture::tree(&[("a;b;a", 10.0), ("a", 3.5)]);
        let header = Header { subject: "cpu".into(), ..Header::default() };
        let file = parsed(tree(&recursive, &header));
        assert_eq!(file["shared"]["frames"], json!([{"name": "a"}, {"name": "b"}]));
        assert_eq!(
            file["profiles"],
            json!([{
                "type": "sampled", "name": "cpu", "unit": "nanoseconds",
                "startValue": 0, "endValue": 13.5,
                "samples": [[0], [0, 1, 0]], "weights": [3.5, 10],
            }])
        );
    }

    #[test]
    fn two_sides_are_two_profiles_with_the_same_frames() {
        let before = fixture::tree(&[("main;old", 2.0)]);
        let after = fixture::tree(&[("main;new", 5.0)]);
        let both = Diff::align(before, after, Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let file = parsed(diff(&both, &Header::default()));
        let of = |at: usize, key: &str| file["profiles"][at][key].clone();
        assert_eq!([of(0, "name"), of(1, "name")], ["before", "after"]);
        assert_eq!([of(0, "endValue"), of(1, "endValue")], [2, 5]);
        assert_eq!(of(0, "samples")[0][0], of(1, "samples")[0][0], "main is main");
        assert_eq!(file["activeProfileIndex"], 1);
    }

    #[test]
    fn empty_and_negative_trees_are_an_error() {
        let header = Header::default();
        assert!(matches!(tree(&fixture::tree(&[]), &header), Err(SaveError::NoSamples)));
        let below = fixture::tree(&[("a", 1.0), ("b", -1.0)]);
        assert!(matches!(tree(&below, &header), Err(SaveError::BelowZero)));
    }

    #[test]
    fn the_name_of_a_profile_says_what_it_counts() {
        let mut cores = fixture::tree(&[("</script>\u{2028}\0", 0.25)]);
        cores.unit = Unit::Cores;
        let file = parsed(tree(&cores, &Header::default()));
        assert_eq!(file["profiles"][0]["name"], "profile, cores");
        assert_eq!(file["shared"]["frames"][0]["name"], "</script>\u{2028}\0");
    }
}
