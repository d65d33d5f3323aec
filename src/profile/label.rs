//! Label sets and the matchers that select them, as in Prometheus.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use regex::Regex;

use crate::quantity::natural;

/// A label set: sorted by name, each name once. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Labels(Arc<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// The value of a label, if it is set.
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.0.iter().find(|(n, _)| &**n == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Equality, fast if one was cloned from the other.
    pub fn is_same(&self, other: &Labels) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self == other
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The union of both sets; `other` wins for a name in both.
    #[must_use]
    pub fn overlaid(&self, other: &Labels) -> Labels {
        if other.is_empty() {
            return self.clone();
        }
        self.0.iter().chain(other.0.iter()).cloned().collect()
    }

    /// Only the named labels.
    #[must_use]
    pub fn only(&self, names: &[Arc<str>]) -> Labels {
        self.0.iter().filter(|(name, _)| names.contains(name)).cloned().collect()
    }

    /// All labels except the named ones.
    #[must_use]
    pub fn without(&self, names: &[Arc<str>]) -> Labels {
        self.0.iter().filter(|(name, _)| !names.contains(name)).cloned().collect()
    }
}

impl Labels {
    /// The order for readers, in which the numbers in values compare as numbers.
    pub fn natural_cmp(&self, other: &Labels) -> Ordering {
        let pairs = self.iter().zip(other.iter());
        let orders = pairs.map(|((left, l), (right, r))| left.cmp(right).then(natural(l, r)));
        let first = orders.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

/// Later pairs replace earlier ones of the same name; an empty value means no label, as
/// in Prometheus.
impl FromIterator<(Arc<str>, Arc<str>)> for Labels {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Arc<str>)>>(pairs: T) -> Self {
        let sorted: std::collections::BTreeMap<_, _> = pairs.into_iter().collect();
        Labels(sorted.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        pairs.into_iter().map(|(n, v)| (Arc::from(n), Arc::from(v))).collect()
    }
}

/// `pod="a", version="2"`
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let separator = if i > 0 { ", " } else { "" };
            write!(f, "{separator}{name}={value:?}")?;
        }
        Ok(())
    }
}

/// How the value of a label is tested.
#[derive(Debug, Clone)]
pub enum MatchOp {
    Equal(Arc<str>),
    NotEqual(Arc<str>),
    /// Anchored at both ends, as in Prometheus.
    Regex(Regex),
    NotRegex(Regex),
}

/// One condition on one label. A label that is not set has the value "".
#[derive(Debug, Clone)]
pub struct LabelMatcher {
    pub name: Arc<str>,
    pub op: MatchOp,
}

impl LabelMatcher {
    /// Tests a value; pass "" for a label that is not set.
    pub fn accepts(&self, value: &str) -> bool {
        match &self.op {
            MatchOp::Equal(wanted) => value == &**wanted,
            MatchOp::NotEqual(unwanted) => value != &**unwanted,
            MatchOp::Regex(regex) => regex.is_match(value),
            MatchOp::NotRegex(regex) => !regex.is_match(value),
        }
    }

    pub fn accepts_labels(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.name).map_or("", |value| value))
    }
}

/// The sorted label names of some label sets.
pub fn label_names<'l>(sets: impl Iterator<Item = &'l Labels>) -> Vec<String> {
    let names: std::collections::BTreeSet<String> =
        sets.flat_map(|labels| labels.iter().map(|(name, _)| name.to_string())).collect();
    names.into_iter().collect()
}

/// Compiles a regex that must match the whole value, as Prometheus anchors it.
pub fn anchored(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?s:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_labels_win_and_empty_ones_vanish() {
        let labels: Labels = [("b", "1"), ("a", "2"), ("b", "3"), ("c", "")].into_iter().collect();
        assert_eq!(labels.to_string(), r#"a="2", b="3""#);
    }

    #[test]
    fn a_missing_label_is_empty_and_regexes_are_anchored() {
        let labels: Labels = [("pod", "checkout-1")].into_iter().collect();
        let matcher = |name: &str, op| LabelMatcher { name: name.into(), op };
        let regex = |text| anchored(text).expect("a valid regex");
        assert!(matcher("env", MatchOp::Equal("".into())).accepts_labels(&labels));
        assert!(matcher("env", MatchOp::NotEqual("prod".into())).accepts_labels(&labels));
        assert!(!matcher("pod", MatchOp::Regex(regex("check"))).accepts_labels(&labels));
        assert!(matcher("pod", MatchOp::Regex(regex("a|check.*"))).accepts_labels(&labels));
        assert!(matcher("pod", MatchOp::NotRegex(regex("out"))).accepts_labels(&labels));
    }
}
