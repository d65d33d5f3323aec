//! Subtracts a cumulative profile from the next one of its series.
//!
//! Usually the later profile has the same stacks in the same order, with new ones in
//! between. If not, both are sorted and merged.

use super::Samples;
use super::stack::StackId;
use super::symbols::TagsId;

/// The samples of a profile. The same stack and labels may occur more than once, because
/// Go writes allocations of several sizes.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    pub stacks: &'a [StackId],
    pub tags: &'a [TagsId],
    pub values: &'a [i64],
}

type Key = (StackId, TagsId);

impl<'a> From<&'a Samples> for Rows<'a> {
    fn from(samples: &'a Samples) -> Self {
        Rows { stacks: &samples.stacks, tags: &samples.tags, values: &samples.values }
    }
}

impl<'a> Rows<'a> {
    fn iter(self) -> impl Iterator<Item = (Key, i64)> + 'a {
        let keys = self.stacks.iter().copied().zip(self.tags.iter().copied());
        keys.zip(self.values.iter().copied())
    }
}

/// Whether no value in the later profile is less than in the earlier one.
pub fn has_grown(before: Rows<'_>, after: Rows<'_>) -> bool {
    is_aligned(before, after, |_, _| ()) || by_key(before, after).is_some()
}

/// The differences of pairs of profiles, one pair after another.
#[derive(Debug, Default)]
pub struct Added {
    stacks: Vec<StackId>,
    tags: Vec<TagsId>,
    values: Vec<i64>,
}

impl Added {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Appends the difference of two profiles; if any value shrank, appends nothing and
    /// returns false.
    pub fn push(&mut self, before: Rows<'_>, after: Rows<'_>) -> bool {
        let start = self.len();
        if is_aligned(before, after, |key, value| self.push_row(key, value)) {
            return true;
        }
        self.stacks.truncate(start);
        self.tags.truncate(start);
        self.values.truncate(start);
        let rows = by_key(before, after);
        rows.iter().flatten().for_each(|(key, value)| self.push_row(*key, *value));
        rows.is_some()
    }

    fn push_row(&mut self, (stack, tags): Key, value: i64) {
        self.stacks.push(stack);
        self.tags.push(tags);
        self.values.push(value);
    }

    /// The rows of all pairs.
    pub fn finish(self) -> Samples {
        let Added { stacks, tags, values } = self;
        Samples { stacks: stacks.into(), tags: tags.into(), values: values.into() }
    }
}

/// Whether the rows of the earlier profile appear in the later one in the same order, and
/// none has shrunk. Calls `each` with the differences found until then.
fn is_aligned(before: Rows<'_>, after: Rows<'_>, mut each: impl FnMut(Key, i64)) -> bool {
    let mut before = before.iter();
    let mut next = before.next();
    for (key, mut value) in after.iter() {
        if let Some((known, earlier)) = next
            && known == key
        {
            value = value.saturating_sub(earlier);
            next = before.next();
        }
        match value {
            0 => {}
            shrunk if shrunk < 0 => return false,
            grown => each(key, grown),
        }
    }
    next.is_none()
}

/// The differences by stack and labels, in their order; `None` if any value shrank.
fn by_key(before: Rows<'_>, after: Rows<'_>) -> Option<Vec<(Key, i64)>> {
    let taken = before.iter().map(|(key, value)| (key, value.saturating_neg()));
    let mut rows: Vec<(Key, i64)> = after.iter().chain(taken).collect();
    rows.sort_by_key(|(key, _)| *key);
    let sums = rows.chunk_by(|a, b| a.0 == b.0).map(|rows| {
        let sum = rows.iter().fold(0i64, |sum, (_, value)| sum.saturating_add(*value));
        (rows[0].0, sum)
    });
    let grown = sums.filter(|(_, sum)| *sum != 0);
    grown.map(|(key, sum)| (sum > 0).then_some((key, sum))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rows: &[(u32, i64)]) -> Samples {
        Samples {
            stacks: rows.iter().map(|(stack, _)| StackId(*stack)).collect(),
            tags: rows.iter().map(|_| TagsId::default()).collect(),
            values: rows.iter().map(|(_, value)| *value).collect(),
        }
    }

    fn check(before: &[(u32, i64)], after: &[(u32, i64)], expected: Option<&[(u32, i64)]>) {
        let (before, after) = (samples(before), samples(after));
        let mut added = Added::default();
        let has_grown_in_all = added.push((&before).into(), (&after).into());
        let rows: Vec<_> =
            added.finish().iter().map(|(stack, _, value)| (stack.0, value)).collect();
        assert_eq!(has_grown_in_all.then_some(&*rows), expected);
        assert!(has_grown_in_all || rows.is_empty());
        assert_eq!(has_grown((&before).into(), (&after).into()), expected.is_some());
    }

    #[test]
    fn growth_is_by_stack_and_none_may_shrink() {
        check(&[(1, 10), (2, 5)], &[(2, 7), (1, 10), (3, 1)], Some(&[(2, 2), (3, 1)]));
        check(&[(1, 10), (2, 5)], &[(1, 10), (2, 8)], Some(&[(2, 3)]));
        check(&[(1, 10)], &[(1, 9), (2, 100)], None);
        check(&[(1, 10)], &[(2, 100)], None);
        check(&[(1, 0)], &[], Some(&[]));
        check(&[], &[(4, 2)], Some(&[(4, 2)]));
        check(&[(5, 1), (2, 1)], &[(5, 1), (3, 4), (2, 2)], Some(&[(3, 4), (2, 1)]));
        check(&[(5, 1), (2, 1)], &[(2, 1), (5, 3)], Some(&[(5, 2)]));
        check(&[(5, 1)], &[(5, 1), (3, -1)], None);
    }

    #[test]
    fn the_same_stack_may_come_in_several_samples() {
        check(&[(1, 10)], &[(1, 6), (1, 8)], Some(&[(1, 4)]));
        check(&[(1, 6), (1, 8)], &[(1, 14)], Some(&[]));
        check(&[(1, 6), (1, 8)], &[(1, 9), (1, 5)], Some(&[]));
        check(&[(1, 6), (1, 8)], &[(1, 9), (1, 4)], None);
    }
}
