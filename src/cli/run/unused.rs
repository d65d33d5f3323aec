//! Parameters of the command line that change nothing: the notebook would run with its default.
//!
//! A name with a typo is used nowhere, and a cell that is not tagged sets its names again.

use std::collections::BTreeSet;

use flamebook::diag::suggest::{did_you_mean, suggest};
use flamebook::lang::lex::{Token, TokenKind, lex};

use crate::cli::notebook_file::{CellKind, NotebookFile};
use crate::cli::parameters::{self, Parameter};

/// A warning for each parameter that no cell names, or that a cell sets again.
pub(super) fn warnings(notebook: &NotebookFile, parameters: &[Parameter]) -> Vec<String> {
    let (mut used, mut set, mut again) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let code = notebook.cells.iter().filter(|cell| cell.kind() == CellKind::Code);
    for cell in code.filter(|cell| !cell.has_tag(parameters::INJECTED_TAG)) {
        let has_defaults = cell.has_tag(parameters::DEFAULTS_TAG);
        for (name, is_set) in names(&cell.source()) {
            match is_set {
                true if has_defaults => drop(set.insert(name)),
                true => drop(again.insert(name)),
                false => drop(used.insert(name)),
            }
        }
    }
    let warnings = parameters.iter().map(Parameter::name).filter_map(|name| {
        match (used.contains(name), again.contains(name)) {
            (true, false) => None,
            (true, true) => Some(format!(
                "warning: a cell sets `{name}` again after the parameter; give that cell the tag \
                 `parameters`"
            )),
            (false, _) => Some(unused(name, &used, &set)),
        }
    });
    warnings.collect()
}

fn unused(name: &str, used: &BTreeSet<String>, set: &BTreeSet<String>) -> String {
    let known = if set.is_empty() { used } else { set };
    let near = suggest(name, known.iter().map(String::as_str));
    let help = match (near.is_empty(), set.is_empty()) {
        (false, _) => did_you_mean(&near),
        (true, false) => {
            let names: Vec<&str> = set.iter().map(String::as_str).collect();
            format!("its parameters are {}", names.join(", "))
        }
        (true, true) => "write its name where its value is to stand".to_owned(),
    };
    format!("warning: nothing in the notebook uses the parameter `{name}`; {help}")
}

/// The names in a cell, and whether they are set there. Labels in braces are none.
fn names(source: &str) -> Vec<(String, bool)> {
    let tokens = lex(source);
    let mut depth = 0usize;
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|token| &token.kind);
        match &token.kind {
            TokenKind::Symbol("{") => depth += 1,
            TokenKind::Symbol("}") => depth = depth.saturating_sub(1),
            TokenKind::Name(_) if depth > 0 && is_comparison(next) => {}
            TokenKind::Name(name) => {
                let is_set = next == Some(&TokenKind::Symbol("=")) && starts(&tokens[..at]);
                names.push((name.to_string(), is_set));
            }
            _ => {}
        }
    }
    names
}

fn is_comparison(next: Option<&TokenKind>) -> bool {
    const COMPARISONS: [&str; 8] = ["=", "==", "!=", "=~", "!~", "<", "<=", ">"];
    matches!(next, Some(TokenKind::Symbol(symbol)) if COMPARISONS.contains(symbol) || *symbol == ">=")
}

/// Whether a statement starts here, perhaps with `let`.
fn starts(before: &[Token]) -> bool {
    match before {
        [] => true,
        [.., last] if last.kind == TokenKind::End => true,
        [rest @ .., last] => {
            matches!(&last.kind, TokenKind::Name(name) if &**name == "let") && starts(rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(defaults: &str, code: &str, parameter: &str) -> Vec<String> {
        let cells = serde_json::json!([
            {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": defaults},
            {"cell_type": "code", "metadata": {}, "source": code},
        ]);
        let text = format!(r#"{{"cells": {cells}, "nbformat": 4, "nbformat_minor": 4}}"#);
        let notebook = NotebookFile::parse(&text).expect("a notebook");
        warnings(&notebook, &[parameter.parse().expect("a parameter")])
    }

    #[test]
    fn a_name_that_is_used_is_fine_wherever_a_value_may_stand() {
        for code in [
            "cpu{commit=new}",
            "cpu[new]",
            "let x = new",
            "cpu | top new",
            "cpu | where self > new",
        ] {
            assert!(warned("new = 1", code, "new=2").is_empty(), "{code}");
        }
    }

    #[test]
    fn a_label_a_text_and_a_definition_use_nothing() {
        for code in [
            "cpu{new=\"1\"}",
            "cpu{new=~\"1\", b=\"2\"}",
            "cpu | focus \"new\"",
            "new = 3",
            "# new",
        ] {
            assert_eq!(warned("", code, "new=2").len(), 1, "{code}");
        }
    }

    #[test]
    fn a_cell_without_the_tag_sets_its_names_again() {
        let warned = warned("", "new = 1\ncpu | top new", "new=2");
        assert!(warned[0].contains("sets `new` again") && warned.len() == 1, "{warned:?}");
    }

    #[test]
    fn a_typo_is_corrected_and_a_stranger_sees_what_there_is() {
        let code = "cpu{commit=baseline}";
        assert_eq!(
            warned("baseline = \"a\"", code, "basline=b"),
            [
                "warning: nothing in the notebook uses the parameter `basline`; did you mean `baseline`?"
            ]
        );
        let stranger = warned("baseline = \"a\"", code, "week=last");
        assert!(stranger[0].ends_with("`week`; its parameters are baseline"), "{stranger:?}");
    }
}
