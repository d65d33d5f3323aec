//! A result cut to what an agent can read.
//!
//! Models read tokens, and each has others. They are counted here so that no usual model has
//! more: a word has one for every four letters, a number one for every three digits, and each
//! other character has its own.

/// The most tokens of an answer.
const MOST: usize = 2000;
/// What the end of a cut answer takes at most, without its command.
const OF_NOTE: usize = 60;

/// A result and the command that gives the same, within [`MOST`] tokens; says what was cut.
pub(super) fn brief(text: &str, again: &str) -> String {
    cut(text.lines().filter(|line| !is_rule(line)).map(narrow).collect(), again)
}

/// As [`brief`], for an error, which points at a place in a line.
pub(super) fn brief_error(text: &str, again: &str) -> String {
    cut(text.lines().map(str::to_owned).collect(), again)
}

fn cut(lines: Vec<String>, again: &str) -> String {
    let again = shortened(again);
    let room = MOST - tokens(&again) - OF_NOTE;
    let mut used = 0;
    let fits = |line: &&String| {
        used += tokens(line) + 1;
        used <= room
    };
    let shown: Vec<&str> = lines.iter().take_while(fits).map(String::as_str).collect();
    let left_out = lines.len() - shown.len();
    let mut text = shown.join("\n");
    if left_out > 0 {
        text += &format!(
            "\n({left_out} of {} lines left out: ask for less, such as with `top 10`, \
             `take 10`, `focus` or `trim 5%`)",
            lines.len()
        );
    }
    format!("{text}\n\n{again}")
}

/// A command of a cell that is longer than half an answer says how it starts.
fn shortened(again: &str) -> String {
    let mut used = 0;
    let end = again.char_indices().find(|(_, char)| {
        used += tokens(char.encode_utf8(&mut [0; 4]));
        used > MOST / 2
    });
    end.map_or_else(|| again.to_owned(), |(end, _)| format!("{}…", &again[..end]))
}

/// The line between the names of columns and their values.
fn is_rule(line: &str) -> bool {
    !line.is_empty() && line.chars().all(|char| char == '─' || char == ' ')
}

/// Columns two spaces apart; the indent of a tree stays.
fn narrow(line: &str) -> String {
    let body = line.trim_start();
    let mut narrow = line[..line.len() - body.len()].to_owned();
    let mut spaces = 0;
    for char in body.trim_end().chars() {
        spaces = if char == ' ' { spaces + 1 } else { 0 };
        if spaces <= 2 {
            narrow.push(char);
        }
    }
    narrow
}

/// At least as many tokens as a usual model has for a text.
fn tokens(text: &str) -> usize {
    let kind = |char: char| match char {
        'a'..='z' | 'A'..='Z' => 1,
        '0'..='9' => 2,
        ' ' => 3,
        _ => 0,
    };
    let chars: Vec<char> = text.chars().collect();
    let runs = chars.chunk_by(|a, b| kind(*a) != 0 && kind(*a) == kind(*b));
    let of = |run: &[char]| match kind(run[0]) {
        1 => run.len().div_ceil(4),
        2 => run.len().div_ceil(3),
        3 => usize::from(run.len() > 1),
        _ => run[0].len_utf8().min(2),
    };
    runs.map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_by_runs() {
        // top, a space, 10; then a dot and ten letters of three parts.
        assert_eq!(tokens("top 10"), 2);
        assert_eq!(tokens("runtime.mallocgc"), 2 + 1 + 2);
        // Two bytes of UTF-8 or more are two.
        assert_eq!(tokens("≈ 5"), 2 + 1);
    }

    #[test]
    fn a_long_answer_says_what_was_cut_and_keeps_its_command() {
        let text: String = (0..5000).map(|n| format!("{n}     function\n────  ──\n")).collect();
        let brief = brief(&text, "again: flamebook eval 'cpu'");
        assert!(tokens(&brief) <= MOST, "{}", tokens(&brief));
        assert!(brief.starts_with("0  function\n1  function\n"), "{brief}");
        assert!(brief.ends_with("\n\nagain: flamebook eval 'cpu'"), "{brief}");
        let shown = brief.matches("function").count();
        assert!(brief.contains(&format!("({} of 5000 lines left out", 5000 - shown)), "{brief}");
        let long = super::brief("x", &"word ".repeat(4000));
        assert!(tokens(&long) <= MOST && long.starts_with("x\n\nword"), "{}", tokens(&long));
    }
}
