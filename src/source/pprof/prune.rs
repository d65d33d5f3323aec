//! `drop_frames` and `keep_frames`: the frames of the profiler itself, which a file
//! asks its reader to remove.
//!
//! As Go's pprof does on load: both patterns match a whole function name, and a matching
//! function is removed with everything that it calls. Frames above the first one of the
//! user's code stay, so that no sample loses its whole stack.
//! See `RemoveUninteresting` in github.com/google/pprof/profile/prune.go.

use std::borrow::Cow;

use regex::Regex;

/// The frames that a file asks to drop.
#[derive(Debug, Clone)]
pub(in crate::source) struct Prune {
    drop: Regex,
    keep: Option<Regex>,
}

/// The last file's patterns: files of one program have the same, and compiling is slow.
#[derive(Debug, Default)]
pub(super) struct Prunes {
    last: Option<(String, String, Option<Prune>)>,
}

impl Prunes {
    /// The patterns of a file, if it has any. Like pprof, it ignores one that does not compile.
    pub(super) fn of(&mut self, drop: Cow<'_, str>, keep: Cow<'_, str>) -> Option<Prune> {
        if drop.is_empty() {
            return None;
        }
        if let Some((last_drop, last_keep, prune)) = &self.last
            && *last_drop == drop
            && *last_keep == keep
        {
            return prune.clone();
        }
        let prune = Prune::new(&drop, &keep);
        self.last = Some((drop.into_owned(), keep.into_owned(), prune.clone()));
        prune
    }
}

/// What to do with a location below a frame of the user's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    No,
    /// It is dropped with everything that it calls.
    Here,
    /// It stays without some inlined lines; everything that it calls is dropped.
    Beneath,
}

impl Prune {
    fn new(drop: &str, keep: &str) -> Option<Prune> {
        let whole = |pattern: &str| Regex::new(&format!("^({pattern})$"));
        let drop = whole(drop).ok()?;
        let keep = match keep {
            "" => None,
            keep => Some(whole(keep).ok()?),
        };
        Some(Prune { drop, keep })
    }

    /// Whether a function is dropped, by its name in the file.
    pub(super) fn drops(&self, function: &str) -> bool {
        let name = without_arguments(function);
        self.drop.is_match(name) && !self.keep.as_ref().is_some_and(|keep| keep.is_match(name))
    }
}

/// A C++ name up to its arguments; the brackets of two idioms belong to the name.
fn without_arguments(function: &str) -> &str {
    // Some linkers of PowerPC put a dot before the name.
    let function = function.strip_prefix('.').unwrap_or(function);
    let mut from = 0;
    while let Some(found) = function[from..].find(['(', 'o']) {
        let at = from + found;
        let rest = &function[at..];
        from = if let Some(idiom) =
            ["(anonymous namespace)", "operator()"].iter().find(|i| rest.starts_with(**i))
        {
            at + idiom.len()
        } else if rest.starts_with('(') {
            return &function[..at];
        } else {
            at + 1
        };
    }
    function
}

/// The part of a stack, leaf first, that stays; `cut` decides for each location.
pub(super) fn kept(stack: &[u32], cut: impl Fn(u32) -> Cut) -> &[u32] {
    let mut user = false;
    for (i, location) in stack.iter().enumerate().rev() {
        match cut(*location) {
            Cut::No => user = true,
            Cut::Here if user => return &stack[i + 1..],
            Cut::Beneath if user => return &stack[i..],
            Cut::Here | Cut::Beneath => {}
        }
    }
    stack
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names_without_arguments() {
        let prune = Prune::new("malloc|foo::.*|.*::operator\\(\\)", "foo::keep").expect("valid");
        for (function, dropped) in [
            ("malloc", true),
            (".malloc", true),
            ("malloc(unsigned long)", true),
            ("tc_malloc", false),
            ("malloc_hook", false),
            ("foo::bar(int)", true),
            ("foo::keep(int)", false),
            ("(anonymous namespace)::Op::operator()(int)", true),
        ] {
            assert_eq!(prune.drops(function), dropped, "{function}");
        }
        assert!(Prune::new("(", "").is_none());
    }

    #[test]
    fn nothing_goes_above_the_first_frame_of_the_users() {
        // Leaf first, as in a file; 1 and 2 are the user's, 8 goes, 9 keeps its caller.
        let cut = |location| match location {
            8 => Cut::Here,
            9 => Cut::Beneath,
            _ => Cut::No,
        };
        for (stack, left) in [
            (&[7, 8, 1][..], &[1][..]),
            (&[7, 9, 1], &[9, 1]),
            (&[1, 8], &[1, 8]),
            (&[7, 8, 1, 8], &[1, 8]),
            (&[8, 8, 9], &[8, 8, 9]),
            // Of several, the outermost counts.
            (&[8, 2, 9, 1], &[9, 1]),
        ] {
            assert_eq!(kept(stack, cut), left, "{stack:?}");
        }
    }
}
