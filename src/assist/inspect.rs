//! What the word at a cursor means.

use super::Names;
use crate::lang::help::{self, HelpPage, Section};
use crate::lang::lex::{Token, TokenKind, lex};

/// At most this many values of a label are shown.
const VALUES: usize = 20;

/// A page on the verb, function, statement, variable, profile type or label at
/// the cursor, which counts code points; none where there is nothing to say.
pub fn inspect(code: &str, cursor: usize, names: &dyn Names) -> Option<HelpPage> {
    let at = code.char_indices().nth(cursor).map_or(code.len(), |(at, _)| at);
    let tokens = lex(code);
    let index = tokens
        .iter()
        .position(|token| token.place.start <= at && at <= token.place.end && is_word(token))?;
    let TokenKind::Name(word) = &tokens[index].kind else { return None };
    if is_label(&tokens, index) && names.labels().iter().any(|label| **label == **word) {
        return Some(label(word, names));
    }
    variable(word, names)
        .or_else(|| help::page(Some(word)))
        .or_else(|| profile_type(word, names))
        .or_else(|| {
            names.labels().iter().any(|label| **label == **word).then(|| label(word, names))
        })
}

fn is_word(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Name(_))
}

/// Whether the word stands where labels do, so that it is not the verb of the same name.
fn is_label(tokens: &[Token], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before].kind);
    matches!(before, Some(TokenKind::Symbol("{" | "," | "(")))
}

fn variable(word: &str, names: &dyn Names) -> Option<HelpPage> {
    let kind = names.variable(word)?;
    Some(HelpPage {
        title: word.to_owned(),
        paragraphs: vec![format!("A variable that holds: {kind}.")],
        sections: Vec::new(),
    })
}

fn profile_type(word: &str, names: &dyn Names) -> Option<HelpPage> {
    let known = names.profile_types().iter().any(|name| name == word);
    known.then(|| HelpPage {
        title: word.to_owned(),
        paragraphs: vec!["A profile type. `types` lists its unit and window.".to_owned()],
        sections: vec![labels_of(names)],
    })
}

fn labels_of(names: &dyn Names) -> Section {
    let entries = names.labels().into_iter().map(|label| (label, String::new()));
    Section { heading: "Labels", entries: entries.collect() }
}

fn label(word: &str, names: &dyn Names) -> HelpPage {
    let values = names.values(word);
    let shown = values.iter().take(VALUES).map(|value| (value.clone(), String::new())).collect();
    HelpPage {
        title: word.to_owned(),
        paragraphs: vec![format!("A label with {} values.", values.len())],
        sections: vec![Section { heading: "Values", entries: shown }],
    }
}
