//! Inspection: a help page on the word at the cursor.
//!
//! What the parser expects at a position decides the meaning, because the same word may
//! be a verb, a label and a variable.

use super::cursor::Cursor;
use super::{About, Names, Subject, subject};
use crate::eval::help;
use crate::lang::ast::{Bound, StatementKind};
use crate::lang::expected::Expected;
use crate::lang::functions::MEASURES;
use crate::lang::help::{HelpPage, Section};
use crate::lang::lex::{Bad, Token, TokenKind, lex};
use crate::lang::pattern::frame_fields;
use crate::lang::settings;
use crate::lang::{expected_after, format, parse, text, verbs};

/// A page on the verb, option, function, statement, setting, variable, profile type,
/// label, value or profiled function at the cursor, which counts code points; `None` if
/// nothing is known.
pub fn inspect(code: &str, cursor: usize, names: &dyn Names) -> Option<HelpPage> {
    let at = code.char_indices().nth(cursor).map_or(code.len(), |(at, _)| at);
    let tokens = lex(code);
    let token = tokens.iter().find(|token| covers(token, at) && content(token, code).is_some())?;
    let word = content(token, code)?;
    if let Some(page) = error(code, token) {
        return Some(page);
    }
    let cursor = Cursor::at(code, token.place.start);
    let place = Place {
        expected: expected_after(code, &cursor.tokens),
        of: subject::at(&cursor),
        cursor,
        names,
    };
    match token.kind {
        TokenKind::Name(_) => place.name(&word),
        _ => place.text(&word),
    }
}

fn covers(token: &Token, at: usize) -> bool {
    token.place.start <= at && at <= token.place.end
}

/// The word, or the content of quoted text.
fn content(token: &Token, code: &str) -> Option<String> {
    match &token.kind {
        TokenKind::Name(word) | TokenKind::Text(word) => Some(word.to_string()),
        TokenKind::Bad(Bad::Unclosed(quote)) => {
            let written = &code[token.place.start + quote.len_utf8()..token.place.end];
            Some(text::typed(written, *quote))
        }
        _ => None,
    }
}

/// The page on the error whose slug contains the word: `unknown-label`.
fn error(code: &str, token: &Token) -> Option<HelpPage> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let start = code[..token.place.start].trim_end_matches(is_part).len();
    let rest = code[token.place.end..].trim_start_matches(is_part);
    let name = &code[start..code.len() - rest.len()];
    if name.contains('-') { help::page(Some(name)) } else { None }
}

/// The position of the word.
struct Place<'a> {
    /// What the parser expects there.
    expected: Vec<Expected>,
    /// The selection that the position refers to.
    of: Option<Subject>,
    cursor: Cursor<'a>,
    names: &'a dyn Names,
}

impl Place<'_> {
    fn takes(&self, expected: &Expected) -> bool {
        self.expected.contains(expected)
    }

    fn name(&self, word: &str) -> Option<HelpPage> {
        if self.takes(&Expected::Field)
            && let Some((field, doc)) = frame_fields().find(|(field, _)| *field == word)
        {
            return Some(page(field, format!("A field of a frame. {doc}"), Vec::new()));
        }
        if self.takes(&Expected::Label) || self.takes(&Expected::Field) {
            return self.label(word);
        }
        if self.takes(&Expected::Setting) {
            return setting(word);
        }
        if self.takes(&Expected::Verb) || self.takes(&Expected::Topic) {
            return help::page(Some(word));
        }
        self.option(word)
            .or_else(|| self.variable(word))
            .or_else(|| self.measure(word))
            .or_else(|| help::page(Some(word)))
            .or_else(|| self.profile_type(word))
            .or_else(|| self.label(word))
    }

    fn text(&self, text: &str) -> Option<HelpPage> {
        for expected in &self.expected {
            let found = match expected {
                Expected::LabelValue(label) => self.value(label, text),
                Expected::FieldValue(field) if &**field == "function" => self.function(text),
                Expected::FieldValue(field) => self.value(field, text),
                Expected::Frame => self.function(text),
                Expected::QuotedType => self.profile_type(text),
                Expected::Label | Expected::Field => self.label(text),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn option(&self, word: &str) -> Option<HelpPage> {
        let verb = self.expected.iter().find_map(|expected| match expected {
            Expected::Option(verb) => Some(*verb),
            _ => None,
        })?;
        let option = verbs::find(verb)?.options.iter().find(|option| option.name == word)?;
        let values = option.values.iter().map(|value| (format!("{word}={value}"), String::new()));
        let values = Section { heading: "Values", entries: values.collect() };
        Some(page(&format!("{verb} … {word}="), option.doc.to_owned(), vec![values]))
    }

    fn variable(&self, word: &str) -> Option<HelpPage> {
        let bound = subject::bound(&self.cursor, self.names);
        let own = bound.iter().rev().find(|(name, _)| name == word).map(|(_, kind)| *kind);
        let kind = own.or_else(|| self.names.variable(word))?;
        let sections = match own {
            Some(_) => definition(self.cursor.before(), word).into_iter().collect(),
            None => self.names.facts(None, About::Variable(word)),
        };
        Some(page(word, format!("A variable with the value: {kind}."), sections))
    }

    /// `value` and `count` as measures of a group.
    fn measure(&self, word: &str) -> Option<HelpPage> {
        let (name, doc) = MEASURES.iter().find(|(name, _)| *name == word)?;
        let condition = self.takes(&Expected::Value) && !self.takes(&Expected::Statement);
        condition.then(|| page(name, (*doc).to_owned(), Vec::new()))
    }

    fn profile_type(&self, word: &str) -> Option<HelpPage> {
        let known = self.names.profile_types().iter().any(|name| name.text == word);
        let mut sections = self.names.facts(None, About::Type(word));
        if !known && sections.is_empty() {
            return None;
        }
        let labels = self.names.labels(Some(&Subject::everything(word)));
        let entries = labels.into_iter().map(|label| (label.text, label.figure)).collect();
        sections.push(Section { heading: "Labels", entries });
        Some(page(word, "A profile type: what was measured.".to_owned(), sections))
    }

    fn label(&self, word: &str) -> Option<HelpPage> {
        let sections = self.names.facts(self.of.as_ref(), About::Label(word));
        if sections.is_empty() {
            return None;
        }
        Some(page(word, format!("A label{}.", self.selected()), sections))
    }

    fn value(&self, label: &str, value: &str) -> Option<HelpPage> {
        let sections = self.names.facts(self.of.as_ref(), About::Value { label, value });
        if sections.is_empty() {
            return None;
        }
        let title = format!("{}={}", format::word_or_quoted(label), text::quote(value));
        Some(page(&title, format!("A value of the label `{label}`{}.", self.selected()), sections))
    }

    fn function(&self, name: &str) -> Option<HelpPage> {
        let sections = self.names.facts(self.of.as_ref(), About::Function(name));
        if sections.is_empty() {
            return None;
        }
        let what = if name.contains('*') { "A glob over functions" } else { "A function" };
        let of = self.of.as_ref().map_or(String::new(), |of| format!(" of {of}"));
        Some(page(name, format!("{what}{of}."), sections))
    }

    /// ` of cpu{service="api"}`
    fn selected(&self) -> String {
        match &self.of {
            Some(of) => format!(" of {}", Subject::new(of.selection.clone())),
            None => String::new(),
        }
    }
}

fn setting(word: &str) -> Option<HelpPage> {
    let spec = settings::find(word)?;
    Some(page(&format!("set {}", spec.name), spec.doc.to_owned(), Vec::new()))
}

/// The definition of a name in the cell itself.
fn definition(code: &str, word: &str) -> Option<Section> {
    let (cell, _) = parse(code);
    let values = cell.statements.iter().rev().filter_map(|statement| match &statement.kind {
        StatementKind::Let { name, value } if &*name.text == word => Some(value),
        _ => None,
    });
    let written = values.map(|value| match value {
        Bound::Pattern(pattern) => format::pattern(pattern),
        Bound::Query(query) => format::query(query),
    });
    let entries = vec![("text".to_owned(), written.into_iter().next()?)];
    Some(Section { heading: "Facts", entries })
}

fn page(title: &str, paragraph: String, sections: Vec<Section>) -> HelpPage {
    HelpPage { title: title.to_owned(), paragraphs: vec![paragraph], sections }
}
