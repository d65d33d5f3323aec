//! Completion candidates for what the parser expected at the cursor.

use super::candidate::{Candidate, item, name_or_text, named, texts, words};
use super::cursor::Cursor;
use super::{Named, Names, Subject, columns, files, packages, subject};
use crate::lang::ast::Granularity;
use crate::lang::expected::Expected;
use crate::lang::format::word_or_quoted;
use crate::lang::functions::{FUNCTIONS, MEASURES};
use crate::lang::lex::TokenKind;
use crate::lang::pattern::frame_fields;
use crate::lang::settings::SETTINGS;
use crate::lang::types::Type;
use crate::lang::verbs::{self, Shape, VerbSpec};
use crate::lang::{check, granularities, help};

const DURATIONS: [&str; 5] = ["5m", "15m", "1h", "6h", "1d"];

/// The most functions offered, to leave room for their packages.
const FUNCTIONS_SHOWN: usize = 120;

pub(super) struct Candidates<'a> {
    names: &'a dyn Names,
    cursor: &'a Cursor<'a>,
    /// The selection that the cursor position refers to.
    of: Option<Subject>,
    is_baseline: bool,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(
        names: &'a dyn Names,
        cursor: &'a Cursor<'a>,
        expected: &[Expected],
    ) -> Candidates<'a> {
        Candidates {
            names,
            cursor,
            of: subject::at(cursor),
            is_baseline: expected.contains(&Expected::Baseline),
        }
    }

    pub(super) fn of(&self, expected: &Expected) -> Vec<Candidate> {
        match expected {
            Expected::Statement => statements(),
            Expected::Selection => self.selections(),
            Expected::Baseline => self.baselines(),
            Expected::Value => self.values_of_expressions(),
            Expected::Verb => self.verbs(),
            Expected::Label => self.labels(),
            Expected::QuotedType => texts(self.names.recorded_types(), "type"),
            Expected::LabelValue(label) => self.values(label),
            Expected::MatcherOperator => self.operators(),
            Expected::Frame => self.frames(),
            Expected::Field => self.fields(),
            Expected::FieldValue(field) => self.field_values(field),
            Expected::Duration => self.durations(),
            Expected::Time => self.times(),
            Expected::Column => named(columns::at(self.cursor, self.names), "column"),
            Expected::Count => words(&["5", "10", "20"], "number"),
            Expected::Confidence => words(&["95%", "99%"], "number"),
            Expected::Amount => words(&["1%", "0.5%", "5%"], "number"),
            Expected::Granularity => granularities()
                .map(|(name, granularity)| item(name, "granularity", about(granularity)))
                .collect(),
            Expected::Source => texts(self.sources_to_open(), "source"),
            Expected::File => files::at(self.cursor, self.piped()),
            Expected::Endpoint => texts([Named::new("https://", "")], "address"),
            Expected::Setting => {
                SETTINGS.iter().map(|spec| item(spec.name, "setting", spec.doc)).collect()
            }
            Expected::SettingValue => self.setting_values(),
            Expected::Topic => help::topics().into_iter().map(topic).collect(),
            Expected::SourceName => {
                self.names.sources().iter().map(|name| item(name, "source", "")).collect()
            }
            Expected::Option(verb) => options(verb),
            Expected::OptionValue(values) => words(values, "option"),
            Expected::Word(word) => self.word(word),
            Expected::Symbol(symbol) => self.symbol(symbol),
            Expected::NewName | Expected::Message | Expected::Operator | Expected::End => {
                Vec::new()
            }
        }
    }

    /// Variables and profile types; in a condition only values that can be compared.
    fn selections(&self) -> Vec<Candidate> {
        if self.is_condition() && !self.cursor.is_in_call() {
            return self.variables(Type::is_scalar);
        }
        let mut items = if self.is_baseline { Vec::new() } else { self.variables(|_| true) };
        items.extend(named(self.names.profile_types(), "type"));
        items
    }

    /// Selections in scope, and the parts in which a baseline may differ from the piped
    /// selection.
    fn baselines(&self) -> Vec<Candidate> {
        let mut items = self.variables(Type::is_profiles);
        items.extend(words(&["offset 1d", "offset 1h"], "baseline"));
        let labels = self.names.labels(self.of.as_ref());
        items.extend(labels.into_iter().map(|label| {
            let text = format!("{{{}=", word_or_quoted(&label.text));
            item(&text, "label", &label.figure)
        }));
        items
    }

    /// Whether the stage has a condition or an expression.
    fn is_condition(&self) -> bool {
        let shape = self.cursor.verb().and_then(verbs::find).map(|spec| spec.shape);
        matches!(
            shape,
            Some(Shape::Condition | Shape::Extend | Shape::Assert | Shape::Measures | Shape::ByOn)
        )
    }

    fn values_of_expressions(&self) -> Vec<Candidate> {
        if self.is_baseline {
            return Vec::new();
        }
        let piped = self.piped();
        let mut items = Vec::new();
        if self.is_condition() && !self.cursor.is_in_call() {
            let columns = columns::at(self.cursor, self.names);
            // In an expression, quoted text is a string and not a column.
            let is_word = |column: &Named| !word_or_quoted(&column.text).starts_with('"');
            items.extend(named(columns.into_iter().filter(is_word).collect(), "column"));
            if piped == Some(Type::GROUPED) {
                items.extend(MEASURES.iter().map(|(name, doc)| item(name, "measure", doc)));
                items.extend(named(self.names.labels(self.of.as_ref()), "label"));
            }
        }
        let is_table = piped == Some(Type::Table);
        let fitting = FUNCTIONS.iter().filter(|spec| match piped {
            Some(piped) if self.is_condition() && !is_table => spec.measures(piped),
            _ => !is_table,
        });
        let called = |name| format!("{name}(");
        items.extend(fitting.map(|spec| item(&called(spec.name), "function", spec.signature)));
        items
    }

    /// Variables whose type passes, in alphabetical order.
    fn variables(&self, passes: fn(Type) -> bool) -> Vec<Candidate> {
        let mut known: Vec<(String, Type)> = subject::bound(self.cursor, self.names);
        let of_session = self.names.variables().into_iter();
        known.extend(
            of_session.filter_map(|name| Some((name.clone(), self.names.variable(&name)?))),
        );
        known.retain(|(_, kind)| passes(*kind));
        known.sort_by(|a, b| a.0.cmp(&b.0));
        known.iter().map(|(name, kind)| item(name, "variable", kind.name())).collect()
    }

    /// Verbs that accept the piped type; all verbs if it is unknown.
    fn verbs(&self) -> Vec<Candidate> {
        let piped = self.piped().unwrap_or(Type::Any);
        verbs::all().filter(|spec| spec.takes(piped)).map(verb).collect()
    }

    /// The type of the value piped into the stage at the cursor.
    fn piped(&self) -> Option<Type> {
        let cell = subject::piped_cell(self.cursor)?;
        check(&cell, self.names).0.steps.last().map(|step| step.gives)
    }

    /// Labels that these brackets do not contain yet.
    fn labels(&self) -> Vec<Candidate> {
        let used = subject::used_labels(self.cursor);
        let mut labels = self.names.labels(self.of.as_ref());
        labels.retain(|label| !used.contains(&&*label.text));
        labels.into_iter().map(|label| name_or_text(label, "label")).collect()
    }

    fn values(&self, label: &str) -> Vec<Candidate> {
        let mut items = texts(self.names.values(self.of.as_ref(), label), "value");
        if self.cursor.quote.is_none() {
            items.extend(self.variables(|kind| kind == Type::Text));
        }
        items
    }

    fn operators(&self) -> Vec<Candidate> {
        let blank = self.cursor.word == self.cursor.at;
        if blank { words(&["=", "!=", "=~", "!~", ">=", "<="], "operator") } else { Vec::new() }
    }

    /// Functions, their packages, and named patterns.
    fn frames(&self) -> Vec<Candidate> {
        let mut functions = self.names.frames(self.of.as_ref(), "function", &self.cursor.prefix());
        functions.truncate(FUNCTIONS_SHOWN);
        let packages = packages::of(&functions);
        let mut items = texts(functions, "function");
        items.extend(texts(packages, "package"));
        items.extend(self.variables(|kind| kind == Type::Pattern));
        items
    }

    fn fields(&self) -> Vec<Candidate> {
        let used = subject::used_labels(self.cursor);
        let fields = frame_fields().filter(|(name, _)| !used.contains(name));
        fields.map(|(name, doc)| item(name, "field", doc)).chain(self.labels()).collect()
    }

    fn field_values(&self, field: &str) -> Vec<Candidate> {
        let fixed =
            |values: &[&str]| texts(values.iter().map(|value| Named::new(*value, "")), "value");
        match field {
            "function" | "package" | "file" | "module" => {
                let found = self.names.frames(self.of.as_ref(), field, &self.cursor.prefix());
                texts(found, "value")
            }
            "kind" => fixed(&["kernel", "native", "interpreted", "jit"]),
            "inlined" => fixed(&["true", "false"]),
            label => self.values(label),
        }
    }

    fn durations(&self) -> Vec<Candidate> {
        let mut items = words(&DURATIONS, "duration");
        items.extend(self.variables(|kind| kind == Type::Duration));
        items
    }

    /// The start and end of the data, and keywords for them.
    fn times(&self) -> Vec<Candidate> {
        let mut items = Vec::new();
        if let Some((first, last)) = self.names.edges() {
            items.push(item(&first, "time", "the first profile"));
            items.push(item(&last, "time", "the end of the last profile"));
        }
        items.extend(words(&["now", "start()", "end()"], "time"));
        items.extend(self.variables(|kind| kind == Type::Time));
        items
    }

    fn sources_to_open(&self) -> Vec<Named> {
        let demo = Named::new("demo:", "the example data");
        let paths = self.names.paths(&self.cursor.prefix());
        paths.into_iter().map(|path| Named::new(path, "")).chain([demo]).collect()
    }

    fn setting_values(&self) -> Vec<Candidate> {
        let setting = self.cursor.tokens.get(1).map(|token| &token.kind);
        let TokenKind::Name(setting) = setting.unwrap_or(&TokenKind::End) else {
            return Vec::new();
        };
        match &**setting {
            "range" => {
                let mut items = self.durations();
                items.push(item("all", "keyword", "everything"));
                items
            }
            "now" => {
                let mut items = self.times();
                items.retain(|item| item.text != "now");
                items.insert(0, item("newest", "keyword", "the newest profile"));
                items
            }
            "publish" => {
                let mut items = texts([Named::new("https://", "")], "address");
                items.push(item(
                    "off",
                    "keyword",
                    "uploads only to an address that `publish` names",
                ));
                items
            }
            "cumulative" | "delta" | "gauge" => named(self.names.profile_types(), "type"),
            "fdr" => sizes(&["1%", "10%"], "5 %"),
            "history" => sizes(&["512MiB", "1GiB"], "256 MiB"),
            "memory" => sizes(&["2GiB", "8GiB"], "half of what is available"),
            "normalise" => words(&["on", "off"], "keyword"),
            "unpack" => sizes(&["8GiB", "16GiB"], "1 GiB"),
            _ => Vec::new(),
        }
    }

    /// A keyword, with the text that usually follows it.
    fn word(&self, word: &str) -> Vec<Candidate> {
        match word {
            "offset" => self.apart(words(&["offset 1d"], "modifier")),
            "from" => {
                let sources = self.names.sources();
                let from = sources.iter().map(|name| item(&format!("from {name}"), "modifier", ""));
                self.apart(from.collect())
            }
            _ => self.apart(words(&[word], "keyword")),
        }
    }

    /// Adds a leading space if the cursor touches a word.
    fn apart(&self, mut items: Vec<Candidate>) -> Vec<Candidate> {
        if !self.cursor.is_apart() {
            items.iter_mut().for_each(|item| item.text.insert(0, ' '));
        }
        items
    }

    /// Only opening symbols: closing brackets are typed faster than chosen.
    fn symbol(&self, symbol: &str) -> Vec<Candidate> {
        if self.cursor.word != self.cursor.at {
            return Vec::new();
        }
        match symbol {
            "|" => self.apart(vec![item("| ", "pipe", "")]),
            "[" => words(&["[1h]", "[6h:5m]"], "range"),
            ">>" => self.apart(vec![item(">> ", "operator", "somewhere below")]),
            _ => Vec::new(),
        }
    }
}

/// Sizes, and the word for the size that is used otherwise.
fn sizes(sizes: &[&str], default: &str) -> Vec<Candidate> {
    let mut items = words(sizes, "size");
    items.push(item("default", "keyword", default));
    items
}

fn statements() -> Vec<Candidate> {
    let mut items: Vec<_> = verbs::all().filter(|spec| spec.starts()).map(verb).collect();
    for word in ["let", "use", "set", "assert", "help"] {
        let doc = help::page(Some(word)).map_or(String::new(), |page| page.title);
        items.push(item(word, "keyword", &doc));
    }
    items
}

/// The options of a verb, up to their `=`.
fn options(verb: &str) -> Vec<Candidate> {
    let options = verbs::find(verb).map_or(&[][..], |spec| spec.options).iter();
    let written = options.flat_map(|option| {
        let value = |value| item(&format!("{}={value}", option.name), "option", option.doc);
        // An amount comes after the sign.
        let words = if option.values.is_empty() { &[""] } else { option.values };
        words.iter().map(value)
    });
    written.collect()
}

fn verb(spec: &'static VerbSpec) -> Candidate {
    item(spec.name, "verb", &format!("{} · {}", spec.signature, spec.summary))
}

fn topic(topic: &str) -> Candidate {
    let page = help::page(Some(topic));
    let line = page.and_then(|page| page.paragraphs.into_iter().next()).unwrap_or_default();
    item(topic, "topic", line.split_inclusive(". ").next().unwrap_or_default().trim_end())
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
