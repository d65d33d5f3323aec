//! Did-you-mean: names that are similar to a misspelt word.

/// At most three of `candidates`, the most similar first; ties keep their order.
///
/// A name is similar when at most a third of the word's letters (at least one) would
/// have to change, or when one begins with the other: `service` for `service_name`. Case
/// is ignored.
pub fn suggest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = word.to_lowercase();
    let length = lower.chars().count();
    let limit = (length / 3).max(1);
    let mut near: Vec<(usize, &str)> = candidates
        .filter(|candidate| *candidate != word)
        .map(|candidate| (candidate.to_lowercase(), candidate))
        // Each letter more or less is an edit, and comparing long texts takes long.
        .filter(|(name, _)| begins(&lower, name) || name.chars().count().abs_diff(length) <= limit)
        .map(|(name, candidate)| (distance(&lower, &name), begins(&lower, &name), candidate))
        .filter(|(distance, begins, _)| *distance <= limit || *begins)
        .map(|(distance, _, candidate)| (distance, candidate))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.dedup();
    near.truncate(3);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Whether one name begins with the other, and that is long enough to mean something.
fn begins(word: &str, name: &str) -> bool {
    let (short, long) = if word.len() < name.len() { (word, name) } else { (name, word) };
    short.chars().count() >= 5 && long.starts_with(short)
}

/// The number of edits; two swapped letters are one edit.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(a, b)
}

/// `did you mean `a`?`, `did you mean `a`, `b` or `c`?`
pub fn did_you_mean(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("did you mean {} or {last}?", rest.join(", "))
        }
        _ => format!("did you mean {}?", quoted.concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_nearest_first() {
        for (word, candidates, expected) in [
            ("focsu", &["focus", "flame"][..], &["focus"][..]),
            ("trak", &["track", "pod"], &["track"]),
            // A short word may differ in one letter, or everything would be near it.
            ("po", &["pod", "service"], &["pod"]),
            ("zzz", &["pod", "env"], &[]),
            ("Flame", &["flame"], &["flame"]),
            ("versoin", &["version", "versions", "vision"], &["version", "versions"]),
            ("service_name", &["service", "pod"], &["service"]),
            ("serv", &["service"], &[]),
            (&"long ".repeat(20_000), &["pod", "env"], &[]),
            ("pods", &["pod", "pads", "podd", "pots"], &["pod", "pads", "podd"]),
        ] {
            assert_eq!(suggest(word, candidates.iter().copied()), expected, "{word}");
        }
    }

    #[test]
    fn suggestions_read_as_a_question() {
        assert_eq!(did_you_mean(&["a"]), "did you mean `a`?");
        assert_eq!(did_you_mean(&["a", "b"]), "did you mean `a` or `b`?");
        assert_eq!(did_you_mean(&["a", "b", "c"]), "did you mean `a`, `b` or `c`?");
    }
}
