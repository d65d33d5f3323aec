//! Label sets and the matchers that select them, as in Prometheus.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use regex::Regex;

use super::label_value::LabelValue;
use crate::quantity::Quantity;

/// A label set: sorted by name, then by value. Cheap to clone.
///
/// A series has each name once. A sample may have several values of one label, as pprof
/// allows; it belongs to each of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Labels(Arc<[(Arc<str>, LabelValue)]>);

impl Labels {
    /// All pairs, where [`collect`](Iterator::collect) keeps the last value of a name.
    pub fn of_sample(pairs: impl IntoIterator<Item = (Arc<str>, LabelValue)>) -> Labels {
        let mut pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        pairs.sort();
        pairs.dedup();
        Labels(pairs.into())
    }

    /// The value of a label, if it is set; the first of several.
    pub fn get(&self, name: &str) -> Option<&LabelValue> {
        self.values(name).next()
    }

    /// The values of a label, none if it is not set.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &LabelValue> {
        self.0.iter().filter(move |(n, _)| &**n == name).map(|(_, value)| value)
    }

    /// The values of a label in one text, as `pprof -tagroot` joins them.
    pub fn joined(&self, name: &str) -> Option<Arc<str>> {
        let mut values = self.values(name);
        let first = values.next()?.shared().clone();
        let all = values.fold(String::new(), |all, value| all + "," + value);
        Some(if all.is_empty() { first } else { format!("{first}{all}").into() })
    }

    /// The names, each once.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.chunk_by(|a, b| a.0 == b.0).map(|pairs| &pairs[0].0)
    }

    /// The sets with one value of each name that are in this one: itself alone, unless a
    /// label has several values.
    pub fn combinations(&self) -> Vec<Labels> {
        let mut sets = vec![Vec::new()];
        for pairs in self.0.chunk_by(|a, b| a.0 == b.0) {
            let longer = sets.iter().flat_map(|set: &Vec<_>| {
                pairs.iter().map(move |pair| set.iter().chain([pair]).cloned().collect())
            });
            sets = longer.collect();
        }
        sets.into_iter().map(|set| Labels(set.into())).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &LabelValue)> {
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
        let own = self.0.iter().filter(|(name, _)| other.get(name).is_none());
        Labels::of_sample(own.chain(other.0.iter()).cloned())
    }

    /// Only the named labels.
    #[must_use]
    pub fn only(&self, names: &[Arc<str>]) -> Labels {
        Labels(self.0.iter().filter(|(name, _)| names.contains(name)).cloned().collect())
    }

    /// All labels except the named ones.
    #[must_use]
    pub fn without(&self, names: &[Arc<str>]) -> Labels {
        Labels(self.0.iter().filter(|(name, _)| !names.contains(name)).cloned().collect())
    }
}

impl Labels {
    /// The order for readers, in which the numbers in values compare as numbers.
    pub fn natural_cmp(&self, other: &Labels) -> Ordering {
        let pairs = self.iter().zip(other.iter());
        let orders =
            pairs.map(|((left, l), (right, r))| left.cmp(right).then_with(|| l.natural_cmp(r)));
        let first = orders.into_iter().find(|order| order.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

/// Later pairs replace earlier ones of the same name; an empty value means no label, as
/// in Prometheus.
impl FromIterator<(Arc<str>, LabelValue)> for Labels {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, LabelValue)>>(pairs: T) -> Self {
        let sorted: std::collections::BTreeMap<_, _> = pairs.into_iter().collect();
        Labels(sorted.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

impl FromIterator<(Arc<str>, Arc<str>)> for Labels {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Arc<str>)>>(pairs: T) -> Self {
        pairs.into_iter().map(|(name, value)| (name, LabelValue::from(value))).collect()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        pairs.into_iter().map(|(n, v)| (Arc::from(n), LabelValue::from(v))).collect()
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
    /// An amount that compares so with this one: `request >= 256KiB`. No other value does,
    /// nor does a label that is not set.
    Amount(AmountOp, Quantity),
}

/// How an amount is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl AmountOp {
    fn holds(self, order: Ordering) -> bool {
        match self {
            AmountOp::Less => order.is_lt(),
            AmountOp::LessOrEqual => order.is_le(),
            AmountOp::Greater => order.is_gt(),
            AmountOp::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// One condition on one label. A label that is not set has the value "".
#[derive(Debug, Clone)]
pub struct LabelMatcher {
    pub name: Arc<str>,
    pub op: MatchOp,
}

impl LabelMatcher {
    /// Tests one value, or that of a label that is not set.
    pub fn accepts(&self, value: Option<&LabelValue>) -> bool {
        let text = value.map_or("", |value| value);
        let is = |wanted: &str| value.map_or(wanted.is_empty(), |value| value.is(wanted));
        match &self.op {
            MatchOp::Equal(wanted) => is(wanted),
            MatchOp::NotEqual(unwanted) => !is(unwanted),
            MatchOp::Regex(regex) => regex.is_match(text),
            MatchOp::NotRegex(regex) => !regex.is_match(text),
            MatchOp::Amount(op, limit) => {
                let order = value.and_then(|value| value.compared(limit));
                order.is_some_and(|order| op.holds(order))
            }
        }
    }

    /// Tests the values of the label: `=`, `=~` and comparisons hold if one of them does,
    /// as `pprof -tagfocus`; `!=` and `!~` are their opposites, as `-tagignore`.
    pub fn accepts_labels(&self, labels: &Labels) -> bool {
        let mut values = labels.values(&self.name).peekable();
        if values.peek().is_none() {
            return self.accepts(None);
        }
        match &self.op {
            MatchOp::NotEqual(_) | MatchOp::NotRegex(_) => {
                values.all(|value| self.accepts(Some(value)))
            }
            MatchOp::Equal(_) | MatchOp::Regex(_) | MatchOp::Amount(..) => {
                values.any(|value| self.accepts(Some(value)))
            }
        }
    }
}

/// The sorted label names of some label sets.
pub fn label_names<'l>(sets: impl Iterator<Item = &'l Labels>) -> Vec<String> {
    let names: std::collections::BTreeSet<String> =
        sets.flat_map(|labels| labels.names().map(ToString::to_string)).collect();
    names.into_iter().collect()
}

/// Compiles a regex that must match the whole value, as Prometheus anchors it.
pub fn anchored(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?s:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Unit;

    #[test]
    fn later_labels_win_and_empty_ones_vanish() {
        let labels: Labels = [("b", "1"), ("a", "2"), ("b", "3"), ("c", "")].into_iter().collect();
        assert_eq!(labels.to_string(), r#"a="2", b="3""#);
    }

    #[test]
    fn a_sample_may_have_several_values_of_a_label() {
        let pair = |name: &str, value: &str| (Arc::from(name), LabelValue::from(value));
        let pairs = [pair("user", "b"), pair("pod", "x"), pair("user", "a"), pair("user", "b")];
        let labels = Labels::of_sample(pairs);
        assert_eq!(labels.to_string(), r#"pod="x", user="a", user="b""#);
        assert_eq!(labels.joined("user").as_deref(), Some("a,b"));
        assert_eq!(labels.joined("pod").as_deref(), Some("x"));
        let combinations: Vec<String> =
            labels.combinations().iter().map(ToString::to_string).collect();
        assert_eq!(combinations, [r#"pod="x", user="a""#, r#"pod="x", user="b""#]);
        let replaced = labels.overlaid(&[("user", "c")].into_iter().collect());
        assert_eq!(replaced.to_string(), r#"pod="x", user="c""#);
        let regex = |text| anchored(text).expect("a valid regex");
        for (op, accepted) in [
            (MatchOp::Equal("a".into()), true),
            (MatchOp::Equal("b".into()), true),
            (MatchOp::Equal("c".into()), false),
            (MatchOp::NotEqual("a".into()), false),
            (MatchOp::NotEqual("c".into()), true),
            (MatchOp::Regex(regex("b|c")), true),
            (MatchOp::NotRegex(regex("b|c")), false),
            (MatchOp::NotRegex(regex("c|d")), true),
        ] {
            let matcher = LabelMatcher { name: "user".into(), op };
            assert_eq!(matcher.accepts_labels(&labels), accepted, "{matcher:?}");
        }
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

    #[test]
    fn amounts_are_compared_within_their_unit() {
        let size = LabelValue::number("request", 307_200, "bytes");
        let labels: Labels = [
            (Arc::from("request"), size),
            (Arc::from("text"), LabelValue::from("2 MiB")),
            (Arc::from("pod"), LabelValue::from("a")),
        ]
        .into_iter()
        .collect();
        let kib = |kib: f64| Quantity::new(kib * 1024.0, Unit::Bytes);
        for (name, op, limit, accepted) in [
            ("request", AmountOp::GreaterOrEqual, kib(300.0), true),
            ("request", AmountOp::Greater, kib(300.0), false),
            ("request", AmountOp::LessOrEqual, kib(300.0), true),
            ("request", AmountOp::Less, kib(300.0), false),
            ("request", AmountOp::Greater, Quantity::new(256_000.0, Unit::None), true),
            ("request", AmountOp::Greater, Quantity::new(1.0, Unit::Nanoseconds), false),
            // As text, "2 MiB" comes before "300 KiB".
            ("text", AmountOp::Greater, kib(300.0), true),
            ("pod", AmountOp::Greater, kib(0.0), false),
            ("absent", AmountOp::Less, kib(1.0), false),
        ] {
            let matcher = LabelMatcher { name: name.into(), op: MatchOp::Amount(op, limit) };
            assert_eq!(matcher.accepts_labels(&labels), accepted, "{matcher:?}");
        }
    }
}
