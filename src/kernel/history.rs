//! The inputs and outputs of this session, for `history_request`.
//!
//! Nothing is saved, because the notebook is the record. So there is one session: number
//! 1, or 0 for "the current session".

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::kernel::request::HistoryRequest;

const SESSION: i64 = 1;

/// The size of the kept outputs, in bytes. Then the oldest are let go; inputs stay.
const OUTPUTS: usize = 16 << 20;

/// All stored cells, in order.
#[derive(Default)]
pub(super) struct History(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    entries: Vec<Entry>,
    /// The size of all outputs, and the number of the first entry that may have one.
    bytes: usize,
    first_output: usize,
}

/// One stored cell.
struct Entry {
    number: u32,
    input: String,
    /// Its result as plain text.
    output: Option<String>,
}

impl History {
    pub(super) fn push(&self, number: u32, input: String, output: Option<String>) {
        self.locked().push(Entry { number, input, output });
    }

    /// The requested entries, each `[session, number, input]` or,
    /// with outputs, `[session, number, [input, output]]`.
    pub(super) fn answer(&self, request: &HistoryRequest) -> Vec<Value> {
        let Entries { entries, .. } = &*self.locked();
        let found = match request.hist_access_type.as_str() {
            "tail" => last(entries.iter().collect(), request.n),
            "search" => last(search(entries, request), request.n),
            _ => range(entries, request),
        };
        found.into_iter().map(|entry| entry.to_json(request.output)).collect()
    }

    fn locked(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn push(&mut self, entry: Entry) {
        self.bytes += entry.output.as_ref().map_or(0, String::len);
        self.entries.push(entry);
        while self.bytes > OUTPUTS {
            let output = self.entries[self.first_output].output.take();
            self.bytes -= output.map_or(0, |output| output.len());
            self.first_output += 1;
        }
    }
}

impl Entry {
    fn to_json(&self, with_output: bool) -> Value {
        if with_output {
            json!([SESSION, self.number, [self.input, self.output]])
        } else {
            json!([SESSION, self.number, self.input])
        }
    }
}

fn last(mut entries: Vec<&Entry>, n: Option<usize>) -> Vec<&Entry> {
    let n = n.unwrap_or(entries.len()).min(entries.len());
    entries.split_off(entries.len() - n)
}

/// Cells `start..stop`, or from `start` to the end.
fn range<'a>(entries: &'a [Entry], request: &HistoryRequest) -> Vec<&'a Entry> {
    if !matches!(request.session, 0 | SESSION) {
        return Vec::new();
    }
    let stop = request.stop.unwrap_or(i64::MAX);
    entries.iter().filter(|entry| (request.start..stop).contains(&entry.number.into())).collect()
}

/// Entries whose input matches the glob. With `unique`, only the last of equal inputs.
fn search<'a>(entries: &'a [Entry], request: &HistoryRequest) -> Vec<&'a Entry> {
    let pattern: Vec<char> = request.pattern.chars().collect();
    let matches = |entry: &Entry| glob(&pattern, &entry.input.chars().collect::<Vec<_>>());
    let repeated = |i: usize| entries[i + 1..].iter().any(|later| later.input == entries[i].input);
    (0..entries.len())
        .filter(|&i| matches(&entries[i]) && !(request.unique && repeated(i)))
        .map(|i| &entries[i])
        .collect()
}

/// `*` matches any text, `?` one character. Backtracks only to the last `*`: that is
/// enough, and the time is at most the product of the lengths.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else {
                    return false;
                };
                star = Some((star_p, star_t + 1));
                p = star_p + 1;
                t = star_t + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text_and_a_question_mark_one_character() {
        let matches = |pattern: &str, text: &str| {
            glob(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
        };
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("?b*", "äb"), ("*a*b", "xaybab"), ("", "")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a*c", "abcd"), ("*a?", "ba")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn the_oldest_outputs_are_let_go() {
        let history = History::default();
        let output = |length: usize| Some("x".repeat(length));
        for (number, length) in [(1, 10), (2, OUTPUTS / 2), (3, OUTPUTS / 2), (4, OUTPUTS / 2)] {
            history.push(number, "cpu".to_owned(), output(length));
        }
        let has_output = |history: &History| {
            let entries = &history.locked().entries;
            entries.iter().map(|entry| entry.output.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(has_output(&history), [false, false, true, true]);
        history.push(5, "cpu".to_owned(), output(OUTPUTS + 1));
        assert_eq!(has_output(&history), [false; 5]);
    }

    #[test]
    fn a_search_for_unique_inputs_leaves_out_repeated_ones() {
        let history = History::default();
        for (number, input) in [(1, "cpu"), (2, "mem"), (3, "cpu")] {
            history.push(number, input.to_owned(), None);
        }
        let ask = |request: Value| {
            history.answer(&serde_json::from_value(request).expect("a history request"))
        };
        let search = json!({"hist_access_type": "search", "pattern": "c*", "unique": true});
        assert_eq!(ask(search), [json!([1, 3, "cpu"])]);
        let range = json!({"hist_access_type": "range", "session": 0, "start": 2, "stop": 3});
        assert_eq!(ask(range), [json!([1, 2, "mem"])]);
        let tail = json!({"hist_access_type": "tail", "n": 1, "output": true});
        assert_eq!(ask(tail), [json!([1, 3, ["cpu", null]])]);
    }
}
