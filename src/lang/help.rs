//! Help pages, generated from the tables of verbs, functions, topics and errors.
//!
//! Completion, Shift-Tab and `docs/verbs.md` show the same pages. `view::help` draws
//! them.

use super::functions::{self, FUNCTIONS, FunctionSpec, MEASURES};
use super::settings::SETTINGS;
use super::slugs::{self, SLUGS};
use super::topics::{self, TOPICS, TopicSpec};
use super::verbs::{self, Accepts, VerbSpec};

/// A help page: a title line, paragraphs, then sections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HelpPage {
    /// The signature of a verb or a function, or the name of any other topic.
    pub title: String,
    pub paragraphs: Vec<String>,
    pub sections: Vec<Section>,
}

/// A heading and its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub heading: &'static str,
    /// A name or an example, and its description, which may be empty.
    pub entries: Vec<(String, String)>,
}

/// The statements: topic, syntax and description of each.
const STATEMENTS: [(&str, &str, &str); 5] = [
    (
        "let",
        "let name = query",
        "Names a selection, a pattern or a value. A selection is lazy: it runs each time it is \
         used. `name = value` is the same.",
    ),
    (
        "use",
        "use \"path\" [, \"path\" ...] [{label=\"value\"}] [as name]",
        "Opens profiles: files, a store, a server or the example data. Files are given by glob; \
         `{label}` placeholders and folders such as `env=prod` become labels. A folder, also one \
         that a placeholder stands for, means every file below it. A store is a folder that \
         `flamebook import` wrote, such as `shop.flamestore`, or that `flamebook scrape` fills: \
         the next cell sees what is new. `http://host:4040` is a server of Grafana Pyroscope: \
         `help server`. `http://host:6060/debug/pprof` is one look at a Go program, now. `demo:` is the example data, `-` the standard input of \
         `flamebook eval`. Labels in braces are added to every series. `from name` selects a \
         named source; one without a name is closed by the next `use`. The format is detected by \
         content, with or without gzip.",
    ),
    ("set", "set name [value]", "Changes a setting of the session, or shows its value."),
    (
        "assert",
        "assert condition [optional] [, \"message\"]",
        "Fails the cell if the condition is false, and shows the measured value.",
    ),
    (
        "help",
        "help [topic]",
        "Shows this overview, or a page on a verb, a function, a statement, a topic or an error. \
         `?topic` and `topic?` are the same.",
    ),
];

/// The help page on a topic, or the overview when no topic is given.
pub fn page(topic: Option<&str>) -> Option<HelpPage> {
    let Some(topic) = topic else { return Some(overview()) };
    verbs::find(topic)
        .map(of_verb)
        .or_else(|| functions::find(topic).map(of_function))
        .or_else(|| of_statement(topic))
        .or_else(|| topics::find(topic).map(of_topic))
        .or_else(|| of_slug(topic))
}

/// The names of all topics that have a page.
pub fn topics() -> Vec<&'static str> {
    let verbs = verbs::all().map(|spec| spec.name);
    let functions = FUNCTIONS.iter().map(|spec| spec.name);
    let statements = STATEMENTS.iter().map(|(name, _, _)| *name);
    let mut topics: Vec<&str> = verbs
        .chain(functions)
        .chain(statements)
        .chain(TOPICS.iter().map(|topic| topic.name))
        .chain(SLUGS.iter().map(|(slug, _)| *slug))
        .collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

fn overview() -> HelpPage {
    let summaries = |specs: Vec<&VerbSpec>| {
        specs.into_iter().map(|spec| (spec.signature.to_owned(), spec.summary.to_owned())).collect()
    };
    let (starting, piped) = verbs::all().partition(|spec: &&VerbSpec| spec.starts());
    let functions =
        FUNCTIONS.iter().map(|spec| (spec.signature.to_owned(), spec.summary.to_owned()));
    let measures = MEASURES.iter().map(|(name, doc)| ((*name).to_owned(), (*doc).to_owned()));
    let statements =
        STATEMENTS.iter().map(|(_, written, doc)| ((*written).to_owned(), first_sentence(doc)));
    let topics =
        TOPICS.iter().map(|topic| (format!("help {}", topic.name), topic.summary.to_owned()));
    HelpPage {
        title: "Queries over profiles".to_owned(),
        paragraphs: vec![
            "A query selects profiles, as in PromQL, and pipes them through verbs:".to_owned(),
            "cpu{service=\"shop\"}[1h] | focus \"net/http.*\" | top 10".to_owned(),
            "`help focus` explains a verb, `help range` a topic, `help unknown-label` an error."
                .to_owned(),
        ],
        sections: vec![
            Section { heading: "Statements", entries: statements.collect() },
            Section { heading: "Topics", entries: topics.collect() },
            Section { heading: "Verbs that may start a query", entries: summaries(starting) },
            Section { heading: "Verbs after |", entries: summaries(piped) },
            Section {
                heading: "Functions in where, extend and assert",
                entries: functions.chain(measures).collect(),
            },
        ],
    }
}

fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or(text).trim_end().to_owned()
}

fn of_verb(spec: &'static VerbSpec) -> HelpPage {
    let mut sections = vec![types(spec), examples(spec.examples)];
    if !spec.options.is_empty() {
        let options =
            spec.options.iter().map(|option| (format!("{}=", option.name), option.doc.to_owned()));
        sections.push(Section { heading: "Options", entries: options.collect() });
    }
    sections.push(related(spec.related));
    let elsewhere: Vec<(String, String)> = [("pprof", spec.pprof), ("PromQL", spec.promql)]
        .into_iter()
        .filter(|(_, equivalent)| !equivalent.is_empty())
        .map(|(tool, equivalent)| (tool.to_owned(), equivalent.to_owned()))
        .collect();
    if !elsewhere.is_empty() {
        sections.push(Section { heading: "Elsewhere", entries: elsewhere });
    }
    HelpPage {
        title: spec.signature.to_owned(),
        paragraphs: vec![spec.summary.to_owned(), spec.doc.to_owned()],
        sections,
    }
}

fn types(spec: &VerbSpec) -> Section {
    let piped = spec.accepts.iter().filter(|accepts| **accepts != Accepts::Start);
    let mut entries: Vec<(String, String)> = piped
        .map(|accepts| (accepts.name().to_owned(), format!("→ {}", output_type(spec, *accepts))))
        .collect();
    if spec.starts() {
        entries.push((
            "at the start of a query".to_owned(),
            format!("→ {}", output_type(spec, Accepts::Start)),
        ));
    }
    Section { heading: "Types", entries }
}

/// The name of the type that a verb returns for an input.
fn output_type(spec: &VerbSpec, accepts: Accepts) -> &'static str {
    use super::types::Type;
    let piped = match accepts {
        Accepts::Start => Type::Nothing,
        Accepts::Profiles => Type::UNGROUPED,
        Accepts::Grouped => Type::GROUPED,
        Accepts::Tree => Type::Tree,
        Accepts::Diff => Type::Diff,
        Accepts::Series => Type::Series,
        Accepts::Table => Type::Table,
        Accepts::View => Type::View,
        Accepts::Any => Type::Any,
    };
    match (spec.gives)(piped) {
        Type::GROUPED => "grouped Profiles",
        Type::Any => "the same",
        given => given.name(),
    }
}

fn of_function(spec: &'static FunctionSpec) -> HelpPage {
    HelpPage {
        title: spec.signature.to_owned(),
        paragraphs: vec![spec.summary.to_owned(), spec.doc.to_owned()],
        sections: vec![examples(spec.examples), related(spec.related)],
    }
}

fn of_topic(spec: &'static TopicSpec) -> HelpPage {
    let forms = spec.forms.iter().map(|(form, doc)| ((*form).to_owned(), (*doc).to_owned()));
    let mut sections = vec![examples(spec.examples), related(spec.related)];
    if !spec.forms.is_empty() {
        sections.insert(0, Section { heading: "Forms", entries: forms.collect() });
    }
    let paragraphs = std::iter::once(&spec.summary).chain(spec.paragraphs);
    HelpPage {
        title: spec.title.to_owned(),
        paragraphs: paragraphs.map(|text| (*text).to_owned()).collect(),
        sections,
    }
}

fn of_statement(topic: &str) -> Option<HelpPage> {
    let (_, written, doc) = STATEMENTS.iter().find(|(name, _, _)| *name == topic)?;
    let mut page = HelpPage {
        title: (*written).to_owned(),
        paragraphs: vec![(*doc).to_owned()],
        sections: Vec::new(),
    };
    if topic == "set" {
        let settings = SETTINGS.iter().map(|spec| (spec.name.to_owned(), spec.doc.to_owned()));
        page.sections.push(Section { heading: "Settings", entries: settings.collect() });
    }
    Some(page)
}

fn of_slug(topic: &str) -> Option<HelpPage> {
    let text = slugs::find(topic)?;
    Some(HelpPage {
        title: format!("error: {topic}"),
        paragraphs: vec![text.to_owned()],
        sections: Vec::new(),
    })
}

fn examples(examples: &[&str]) -> Section {
    Section {
        heading: "Examples",
        entries: examples.iter().map(|e| ((*e).to_owned(), String::new())).collect(),
    }
}

fn related(names: &[&str]) -> Section {
    let entries = names.iter().map(|name| ((*name).to_owned(), summary(name)));
    Section { heading: "Related", entries: entries.collect() }
}

fn summary(name: &str) -> String {
    let statement = STATEMENTS.iter().find(|(statement, _, _)| *statement == name);
    let found = verbs::find(name)
        .map(|spec| spec.summary)
        .or_else(|| functions::find(name).map(|spec| spec.summary))
        .or_else(|| topics::find(name).map(|topic| topic.summary));
    let doc = statement.map(|(_, _, doc)| first_sentence(doc));
    found.map(str::to_owned).or(doc).unwrap_or_default()
}

impl HelpPage {
    /// The page as plain text for a terminal.
    pub fn plain(&self) -> String {
        let mut out = format!("{}\n", self.title);
        for paragraph in &self.paragraphs {
            out += "\n";
            for line in wrapped(paragraph, 78) {
                out += &format!("  {line}\n");
            }
        }
        for section in &self.sections {
            out += &format!("\n{}\n", section.heading);
            let width =
                section.entries.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            for (name, text) in &section.entries {
                out += format!("  {name:width$}  {text}").trim_end();
                out.push('\n');
            }
        }
        out
    }
}

/// Wraps text at `width` characters; a longer word gets a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_page() {
        for topic in topics() {
            let page = page(Some(topic)).unwrap_or_else(|| panic!("{topic}"));
            assert!(!page.title.is_empty() && !page.paragraphs.is_empty(), "{topic}");
        }
        assert_eq!(page(Some("nonsense")), None);
    }

    /// The topics of operators and clauses, and the text that each page must contain.
    #[test]
    fn the_pages_on_topics_are_short_and_explain_their_signs() {
        for (name, explained) in [
            ("range", "[6h:5m]"),
            ("offset", "offset -1h"),
            ("@", "end()"),
            ("from", "use \"path\" as name"),
            ("server", "FLAMEBOOK_PYROSCOPE_TENANT"),
            ("pattern", ">>"),
            ("units", "MiB"),
            ("noise", "replicates"),
            ("labels", "\"k8s.pod.name\""),
        ] {
            let text = page(Some(name)).unwrap_or_else(|| panic!("{name}")).plain();
            assert!(text.contains(explained), "{explained} is not in\n{text}");
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.len() <= 25, "{} lines:\n{text}", lines.len());
            let wide = lines.iter().find(|line| line.chars().count() > 80);
            assert_eq!(wide, None, "in\n{text}");
        }
    }

    #[test]
    fn related_topics_have_pages() {
        for topic in TOPICS {
            for related in topic.related {
                assert!(page(Some(related)).is_some(), "{}: {related}", topic.name);
            }
        }
    }

    #[test]
    fn a_page_on_a_verb_reads_well() {
        let text = page(Some("focus")).expect("focus is a verb").plain();
        assert!(text.starts_with("focus P\n\n  Keeps only the stacks with a match.\n"), "{text}");
        for part in [
            "\nTypes\n  Profiles  → Profiles\n",
            "\nExamples\n  cpu{",
            "\nRelated\n",
            "pprof  -focus",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn the_overview_lists_every_verb_and_topic() {
        let text = page(None).expect("there is an overview").plain();
        for topic in TOPICS {
            assert!(text.contains(&format!("  help {}", topic.name)), "{}", topic.name);
        }
        for spec in verbs::all() {
            assert!(text.contains(&format!("  {}", spec.signature)), "{}", spec.name);
        }
    }
}
