//! `relabel_configs` of Prometheus: which targets are kept, and with which labels.
//!
//! `replace`, `keep` and `drop` follow Prometheus: the values of the source labels are joined by
//! the separator, the regex is anchored at both ends, `$1` and `${name}` are groups, a label
//! without a value is no label.
//! <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>

use std::collections::BTreeMap;

use regex::Regex;

/// Labels of a target while they are rewritten; those that begin with `__` are not kept.
pub(super) type TargetLabels = BTreeMap<String, String>;

/// One step.
#[derive(Debug, Clone)]
pub(super) struct Relabel {
    pub(super) source_labels: Vec<String>,
    pub(super) separator: String,
    pub(super) regex: Regex,
    pub(super) action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Keep,
    Drop,
    Replace { target_label: String, replacement: String },
}

/// The labels after all steps; none if the target is dropped.
pub(super) fn relabelled(mut labels: TargetLabels, steps: &[Relabel]) -> Option<TargetLabels> {
    for step in steps {
        let value = |name: &String| labels.get(name).map(String::as_str).unwrap_or_default();
        let values: Vec<&str> = step.source_labels.iter().map(value).collect();
        let joined = values.join(&step.separator);
        let found = step.regex.captures(&joined);
        match (&step.action, found) {
            (Action::Keep, None) | (Action::Drop, Some(_)) => return None,
            (Action::Replace { target_label, replacement }, Some(groups)) => {
                let (mut name, mut value) = (String::new(), String::new());
                groups.expand(target_label, &mut name);
                groups.expand(replacement, &mut value);
                match (is_label_name(&name), value.is_empty()) {
                    (false, _) => {}
                    (true, true) => _ = labels.remove(&name),
                    (true, false) => _ = labels.insert(name, value),
                }
            }
            _ => {}
        }
    }
    Some(labels)
}

/// What Prometheus accepts as the name of a label.
fn is_label_name(name: &str) -> bool {
    let mut letters = name.chars();
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    letters.next().is_some_and(starts) && letters.all(|c| starts(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::label::anchored;

    fn step(source: &[&str], pattern: &str, action: Action) -> Relabel {
        Relabel {
            source_labels: source.iter().map(|name| (*name).to_owned()).collect(),
            separator: ";".to_owned(),
            regex: anchored(pattern).expect("a regex"),
            action,
        }
    }

    fn replace(source: &[&str], pattern: &str, target: &str, replacement: &str) -> Relabel {
        let (target_label, replacement) = (target.to_owned(), replacement.to_owned());
        step(source, pattern, Action::Replace { target_label, replacement })
    }

    /// The labels of `a="foo", b="bar", c="baz"` after the steps, as Prometheus' own tests have
    /// them: `model/relabel/relabel_test.go`.
    fn after(steps: &[Relabel]) -> Option<String> {
        let labels = [("a", "foo"), ("b", "bar"), ("c", "baz")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let labels = relabelled(labels.into_iter().collect(), steps)?;
        let pairs = labels.iter().map(|(name, value)| format!("{name}={value}"));
        Some(pairs.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn steps_are_those_of_prometheus() {
        for (steps, expected) in [
            (
                vec![replace(&["a"], "f(.*)", "d", "ch${1}-ch${1}")],
                Some("a=foo b=bar c=baz d=choo-choo"),
            ),
            (
                vec![replace(&["a", "b"], "f(.*);(.*)r", "a", "b${1}${2}m")],
                Some("a=boobam b=bar c=baz"),
            ),
            (vec![step(&["a"], ".*o.*", Action::Drop)], None),
            // Anchored at both ends.
            (vec![step(&["a"], "o", Action::Drop)], Some("a=foo b=bar c=baz")),
            (vec![step(&["a"], "no-match", Action::Keep)], None),
            (vec![step(&["a"], "f.*", Action::Keep)], Some("a=foo b=bar c=baz")),
            // Without a match nothing is replaced.
            (vec![replace(&["a"], "no-match", "b", "bar2")], Some("a=foo b=bar c=baz")),
            // A label that is not there has no value; an empty value removes a label.
            (vec![replace(&["nobody"], "", "d", "none")], Some("a=foo b=bar c=baz d=none")),
            (vec![replace(&["a"], "(f).*", "c", "$2")], Some("a=foo b=bar")),
            // No source at all: a constant.
            (vec![replace(&[], "(.*)", "team", "shop")], Some("a=foo b=bar c=baz team=shop")),
            // The name may be made of groups; a name that is none changes nothing.
            (vec![replace(&["a"], "(f)(o+)", "x_$2", "${1}$$")], Some("a=foo b=bar c=baz x_oo=f$")),
            (vec![replace(&["a"], "(f).*", "${1}-x", "y")], Some("a=foo b=bar c=baz")),
            // Each step sees the labels of the one before.
            (vec![replace(&["a"], "(.*)", "b", "$1"), step(&["b"], "foo", Action::Drop)], None),
        ] {
            assert_eq!(after(&steps).as_deref(), expected, "{steps:?}");
        }
    }
}
