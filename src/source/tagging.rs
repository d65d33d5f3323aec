//! The labels of one sample, as text, before they are interned.
//!
//! Heap profiles label each sample by its size, so that there are many sets of labels, and
//! most appear again in the next file. A `Tagging` is compared and hashed as text and
//! reused for the next sample; a set of labels is built only once.

use std::sync::Arc;

use crate::profile::{LabelValue, Labels};

/// Names and values in turn; that of a number is its unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Tagging {
    text: String,
    /// The ends of names and values in the text.
    ends: Vec<usize>,
    /// By label: the number, if it is one.
    numbers: Vec<Option<i64>>,
}

impl Tagging {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.push_part(name);
        self.push_part(value);
        self.numbers.push(None);
    }

    /// A number in this unit, which may be empty.
    pub(super) fn push_number(&mut self, name: &str, number: i64, unit: &str) {
        self.push_part(name);
        self.push_part(unit);
        self.numbers.push(Some(number));
    }

    fn push_part(&mut self, part: &str) {
        self.text.push_str(part);
        self.ends.push(self.text.len());
    }

    pub(super) fn to_labels(&self) -> Labels {
        let mut start = 0;
        let mut parts =
            self.ends.iter().map(|end| &self.text[std::mem::replace(&mut start, *end)..*end]);
        let labels = self.numbers.iter().filter_map(|number| {
            let (name, text) = (parts.next()?, parts.next()?);
            let value = match number {
                Some(number) => LabelValue::number(name, *number, text),
                None => LabelValue::from(text),
            };
            Some((Arc::from(name), value))
        });
        Labels::of_sample(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let tagging = |pairs: &[(&str, &str)]| {
            let mut tagging = Tagging::default();
            pairs.iter().for_each(|(name, value)| tagging.push(name, value));
            tagging
        };
        assert_ne!(tagging(&[("a", "bc")]), tagging(&[("ab", "c")]));
        let mut numbers = tagging(&[("endpoint", "/cart")]);
        numbers.push_number("request", -512, "bytes");
        numbers.push_number("bytes", 64, "");
        let labels = numbers.to_labels().to_string();
        assert_eq!(labels, r#"bytes="64 B", endpoint="/cart", request="-512 B""#);
        numbers.clear();
        assert_eq!(numbers, Tagging::default());
    }
}
