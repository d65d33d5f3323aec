//! Completion: what the parser expected at the cursor, as candidates.

use super::cursor::Cursor;
use super::{Completion, CompletionItem, Names};
use crate::lang::ast::Granularity;
use crate::lang::check::SETTINGS;
use crate::lang::expected::Expected;
use crate::lang::functions::{FUNCTIONS, MEASURES};
use crate::lang::pattern::frame_fields;
use crate::lang::text::quote;
use crate::lang::types::Type;
use crate::lang::{check, expected_after, granularities, help, parse, verbs};

/// A menu that is longer is of no use.
const MOST: usize = 200;

/// What may be written at a cursor, which counts code points.
pub fn complete(code: &str, cursor: usize, names: &dyn Names) -> Completion {
    let Some(cursor) = Cursor::new(code, cursor) else {
        return Completion { start: cursor, end: cursor, items: Vec::new() };
    };
    let mut items = Vec::new();
    let mut expected = expected_after(code, &cursor.tokens);
    // A range is mostly a duration, whichever the grammar tries first.
    expected.sort_by_key(|expected| *expected != Expected::Duration);
    for expected in expected {
        items.extend(Candidates { names, cursor: &cursor }.of(&expected));
    }
    items.retain(|item| fits(&item.text, &cursor));
    let mut seen = std::collections::HashSet::new();
    items.retain(|item| seen.insert(item.text.clone()));
    items.truncate(MOST);
    let points = |byte: usize| code[..byte].chars().count();
    Completion { start: points(cursor.word), end: points(cursor.end()), items }
}

/// Names start with what is typed; text in quotes may hold it anywhere, because
/// the interesting part of a function's name is rarely its beginning.
fn fits(text: &str, cursor: &Cursor<'_>) -> bool {
    let (text, prefix) = (text.to_lowercase(), cursor.prefix().to_lowercase());
    match cursor.quote {
        None => text.starts_with(&prefix) || text.starts_with(&format!("\"{prefix}")),
        Some(_) => text.starts_with('"') && text.contains(&prefix),
    }
}

/// The options of a verb, ready for their values.
fn options(verb: &str) -> Vec<CompletionItem> {
    let options = verbs::find(verb).map_or(&[][..], |spec| spec.options).iter();
    options
        .flat_map(|option| {
            option
                .values
                .iter()
                .map(|value| item(&format!("{}={value}", option.name), "option", option.doc))
        })
        .collect()
}

struct Candidates<'a> {
    names: &'a dyn Names,
    cursor: &'a Cursor<'a>,
}

impl Candidates<'_> {
    fn of(&self, expected: &Expected) -> Vec<CompletionItem> {
        match expected {
            Expected::Statement => self.statements(),
            Expected::Selection => self.selections(),
            Expected::Baseline => self.baselines(),
            Expected::Value => self.values_of_expressions(),
            Expected::Verb => self.verbs(),
            Expected::Label => self.labels(),
            Expected::LabelValue(label) => texts(self.names.values(label), "value"),
            Expected::Frame => self.frames(),
            Expected::Field => self.fields(),
            Expected::FieldValue(field) => self.field_values(field),
            Expected::Duration => words(&["5m", "15m", "1h", "6h", "1d"], "duration"),
            Expected::Time => words(&["now", "start()", "end()"], "time"),
            Expected::Column => words(&["self", "total", "function"], "column"),
            Expected::Granularity => granularities()
                .map(|(name, granularity)| item(name, "granularity", about(granularity)))
                .collect(),
            Expected::Source => {
                texts(vec!["demo:".to_owned(), "profiles/*.pb.gz".to_owned()], "source")
            }
            Expected::File => self.files(),
            Expected::Setting => {
                SETTINGS.iter().map(|(name, doc)| item(name, "setting", doc)).collect()
            }
            Expected::Topic => {
                help::topics().into_iter().map(|topic| item(topic, "topic", "")).collect()
            }
            Expected::SourceName => named(self.names.sources(), "source"),
            Expected::Option(verb) => options(verb),
            Expected::Word(word) => words(&[word], "keyword"),
            Expected::Symbol(symbol) => self.symbol(symbol),
            Expected::NewName
            | Expected::MatcherOperator
            | Expected::Endpoint
            | Expected::Count
            | Expected::Amount
            | Expected::Message
            | Expected::SettingValue
            | Expected::Operator
            | Expected::End => Vec::new(),
        }
    }

    fn statements(&self) -> Vec<CompletionItem> {
        let starting = verbs::all().filter(|spec| spec.starts());
        let mut items: Vec<_> =
            starting.map(|spec| item(spec.name, "verb", spec.summary)).collect();
        items.extend(words(&["let", "use", "set", "assert", "help"], "keyword"));
        items
    }

    fn selections(&self) -> Vec<CompletionItem> {
        let mut items = self.variables(|_| true);
        items.extend(named(self.names.profile_types(), "type"));
        items
    }

    /// The selections at hand, and what may differ from the piped one.
    fn baselines(&self) -> Vec<CompletionItem> {
        let mut items = self.variables(Type::is_profiles);
        items.extend(words(&["offset 1d", "offset 1h"], "baseline"));
        items
    }

    fn values_of_expressions(&self) -> Vec<CompletionItem> {
        let functions = FUNCTIONS.iter().map(|spec| item(spec.name, "function", spec.signature));
        let mut items: Vec<_> = functions.collect();
        match self.piped() {
            Some(Type::Table) => items.extend(words(&["self", "total", "function"], "column")),
            Some(Type::GROUPED) => {
                items.extend(MEASURES.iter().map(|(name, doc)| item(name, "measure", doc)));
                items.extend(named(self.names.labels(), "label"));
            }
            _ => {}
        }
        items
    }

    /// Variables whose type passes, in the order of the alphabet.
    fn variables(&self, passes: fn(Type) -> bool) -> Vec<CompletionItem> {
        let mut names = self.names.variables();
        names.sort();
        let typed = names.into_iter().filter_map(|name| Some((self.names.variable(&name)?, name)));
        typed
            .filter(|(kind, _)| passes(*kind))
            .map(|(kind, name)| item(&name, "variable", kind.name()))
            .collect()
    }

    /// Verbs that take what is piped; all of them where that is not known.
    fn verbs(&self) -> Vec<CompletionItem> {
        let piped = self.piped().unwrap_or(Type::Any);
        let fitting = verbs::all().filter(|spec| spec.takes(piped));
        fitting.map(|spec| item(spec.name, "verb", spec.summary)).collect()
    }

    /// The type of what is piped into the stage at the cursor.
    fn piped(&self) -> Option<Type> {
        let (cell, diagnostics) = parse(&self.cursor.piped()?);
        let (plan, _) = check(&cell, self.names);
        // What does not parse is not in the cell, and the last type not that of the pipe.
        if diagnostics.is_empty() { plan.types.last().copied() } else { None }
    }

    /// Labels that do not stand in these braces yet.
    fn labels(&self) -> Vec<CompletionItem> {
        let used = self.labels_in_braces();
        let free = self.names.labels().into_iter().filter(|label| !used.contains(&label.as_str()));
        named(free.collect(), "label")
    }

    fn labels_in_braces(&self) -> Vec<&str> {
        use crate::lang::lex::TokenKind;
        let tokens = &self.cursor.tokens;
        let open = tokens
            .iter()
            .rposition(|token| token.kind == TokenKind::Symbol("{"))
            .unwrap_or(tokens.len());
        let names =
            tokens[open..].windows(2).filter_map(|pair| match (&pair[0].kind, &pair[1].kind) {
                (TokenKind::Symbol("{" | ","), TokenKind::Name(name)) => Some(&**name),
                _ => None,
            });
        names.collect()
    }

    fn frames(&self) -> Vec<CompletionItem> {
        let mut items = self.variables(|kind| kind == Type::Pattern);
        items.extend(texts(self.names.functions(), "function"));
        items
    }

    fn fields(&self) -> Vec<CompletionItem> {
        let fields = frame_fields().map(|(name, doc)| item(name, "field", doc));
        fields.chain(self.labels()).collect()
    }

    fn field_values(&self, field: &str) -> Vec<CompletionItem> {
        match field {
            "function" => texts(self.names.functions(), "function"),
            "kind" => {
                texts(["kernel", "native", "interpreted", "jit"].map(str::to_owned).into(), "value")
            }
            "inlined" => texts(["true", "false"].map(str::to_owned).into(), "value"),
            label => texts(self.names.values(label), "value"),
        }
    }

    /// Names of files with the suffixes that fit what is piped.
    fn files(&self) -> Vec<CompletionItem> {
        let suffixes: &[&str] = match self.piped() {
            Some(Type::Table | Type::Series) => &["csv", "parquet", "html", "md", "json"],
            Some(_) => &["svg", "html", "folded"],
            None => &["svg", "html", "folded", "csv", "parquet", "md", "json"],
        };
        texts(suffixes.iter().map(|suffix| format!("profile.{suffix}")).collect(), "file")
    }

    /// Only what opens the next part of a selection: brackets that close are
    /// quicker typed than chosen.
    fn symbol(&self, symbol: &str) -> Vec<CompletionItem> {
        let blank = self.cursor.code[..self.cursor.at].ends_with(' ');
        match symbol {
            "|" if self.cursor.prefix().is_empty() => {
                vec![item(if blank { "| " } else { " | " }, "pipe", "")]
            }
            "[" if self.cursor.prefix().is_empty() && !blank => {
                words(&["[1h]", "[6h:5m]"], "range")
            }
            _ => Vec::new(),
        }
    }
}

fn about(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Function => "The default.",
        Granularity::Line => "Function and line.",
        Granularity::File => "The source file.",
        Granularity::Package => "The package, crate or namespace.",
        Granularity::Module => "The binary or library.",
        Granularity::Address => "The address of the instruction.",
    }
}

fn item(text: &str, kind: &'static str, signature: &str) -> CompletionItem {
    CompletionItem { text: text.to_owned(), kind, signature: signature.to_owned() }
}

fn words(texts: &[&str], kind: &'static str) -> Vec<CompletionItem> {
    texts.iter().map(|text| item(text, kind, "")).collect()
}

/// Names that are words of the language, or in quotes where they are not.
fn named(names: Vec<String>, kind: &'static str) -> Vec<CompletionItem> {
    names.iter().map(|name| item(&crate::lang::format::word_or_quoted(name), kind, "")).collect()
}

fn texts(texts: Vec<String>, kind: &'static str) -> Vec<CompletionItem> {
    texts.iter().map(|text| item(&quote(text), kind, "")).collect()
}
