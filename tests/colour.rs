//! Every syntax highlighter knows every word of the language.
//!
//! JupyterLab, Pygments and TextMate grammars each list the words in their own file,
//! because they cannot ask the kernel. These tests compare the files with the registries:
//! they fail if a new verb is missing.

use flamebook::lang::functions::FUNCTIONS;
use flamebook::lang::{KEYWORDS, verbs};
use serde_json::Value;

/// Words that are keywords only in the arguments of some verb.
const ARGUMENTS: [&str; 8] = ["asc", "at", "desc", "new", "on", "optional", "recursion", "without"];

/// The words of each kind, under the files' names for the kinds.
fn words() -> [(&'static str, Vec<&'static str>); 4] {
    [
        ("keywords", sorted(KEYWORDS.into_iter().chain(ARGUMENTS))),
        ("verbs", sorted(verbs::all().map(|verb| verb.name))),
        ("starters", sorted(verbs::all().filter(|verb| verb.starts()).map(|verb| verb.name))),
        ("functions", sorted(FUNCTIONS.iter().map(|function| function.name))),
    ]
}

fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words
}

#[test]
fn jupyterlab_knows_every_word() {
    let file: Value = serde_json::from_str(include_str!("../kernelspec/lab/src/words.json"))
        .expect("words.json is JSON");
    let words = Value::from_iter(words());
    let expected = serde_json::to_string_pretty(&words).expect("JSON");
    assert_eq!(file, words, "kernelspec/lab/src/words.json should be:\n{expected}\nand built");
}

#[test]
fn pygments_knows_every_word() {
    let lexer = include_str!("../python/flamebook/lexer.py");
    for (kind, expected) in words() {
        let start = format!("\n{} = \"\"\"", kind.to_uppercase());
        let (_, rest) = lexer.split_once(&start).expect(kind);
        let (list, _) = rest.split_once("\"\"\"").expect("an end of the list");
        let found: Vec<&str> = list.split_whitespace().collect();
        assert_eq!(found, expected, "{kind} of the lexer should be:\n{}", expected.join(" "));
    }
}

#[test]
fn textmate_knows_every_word() {
    let grammar: Value =
        serde_json::from_str(include_str!("../kernelspec/flamebook.tmLanguage.json"))
            .expect("the grammar is JSON");
    for (kind, expected) in words() {
        let alternatives = format!("({})", expected.join("|"));
        let rule = grammar["repository"][kind].to_string();
        assert!(rule.contains(&alternatives), "{kind} of the grammar should have {alternatives}");
    }
}
