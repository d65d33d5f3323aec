//! Every suggestion that the program makes is tried.
//!
//! The mistakes are the cells of the pages whose block is `error` or `stops`. Each is made
//! in a session on the example data. The patch of its error is applied, and each text in
//! backticks of a help without a patch is taken as a query, a stage or a word: all of them
//! must check and run there, or have a page of help.
//!
//! No suggestion is missed: each line of `lang` and `eval` that writes a help must be
//! reached by one of the mistakes, and so must each word of another tool that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use flamebook::diag::Diagnostic;
use flamebook::lang::columns::CHANGES;
use flamebook::lang::functions::FUNCTIONS;
use flamebook::lang::lex::{TokenKind, lex};
use flamebook::lang::parameters::Parameters;
use flamebook::lang::settings::SETTINGS;
use flamebook::lang::{
    KEYWORDS, foreign_words, functions, granularities, help, parse, parse_with, verbs,
};
use tempfile::TempDir;

use super::cell::patched;
use super::page::Page;
use crate::demo::{Demo, unpack};
use crate::receiver::{Answer, Receiver};

/// A line that writes a help: the file, and the number of the line.
type Site = (String, u32);

/// A cell with a mistake, and the errors it gave.
struct Mistake {
    code: String,
    errors: Vec<Diagnostic>,
}

#[test]
fn every_suggestion_runs_on_the_example_data() {
    let trial = Trial::new();
    let mut wrong = String::new();
    let mut tried = 0;
    for Mistake { code, errors } in trial.all() {
        tried += errors.len();
        for complaint in trial.complaints(&code, &errors) {
            wrong += &format!("\n{code}\n    {complaint}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(tried > 200, "only {tried} errors were made");
}

#[test]
fn every_line_that_writes_a_help_is_reached() {
    let trial = Trial::new();
    let mistakes = trial.all();
    let errors = mistakes.iter().flat_map(|mistake| &mistake.errors);
    let mut given: BTreeMap<Site, Vec<&str>> = BTreeMap::new();
    for error in errors {
        if let (Some(at), Some(help)) = (error.help_from, &error.help) {
            given.entry((at.file().to_owned(), at.line())).or_default().push(help);
        }
    }
    let sites = sites();
    assert!(sites.len() > 100, "only {} lines were found", sites.len());
    let mut missed = String::new();
    for (site, texts) in &sites {
        let given = given.get(site).map_or(&[][..], Vec::as_slice);
        let is_given = |text: &&String| given.iter().any(|help| fits(text, help));
        let untold: Vec<&String> = texts.iter().filter(|text| !is_given(text)).collect();
        if given.is_empty() || !untold.is_empty() {
            missed += &format!("\n{}:{} {untold:?}", site.0, site.1);
        }
    }
    assert!(missed.is_empty(), "no page has a mistake that is answered by these lines:{missed}");
}

#[test]
fn every_word_of_another_tool_is_answered() {
    let trial = Trial::new();
    let mut answered = BTreeSet::new();
    for Mistake { code, errors } in trial.all() {
        if errors.iter().any(|error| error.help.is_some()) {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let words = code.split(|c| !is_part(c)).map(str::to_owned);
            let units = words
                .clone()
                .map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned());
            answered.extend(words.clone().chain(units));
        }
    }
    let missed: Vec<&str> =
        foreign_words().into_iter().filter(|word| !answered.contains(*word)).collect();
    assert!(missed.is_empty(), "no page has a mistake with {missed:?}");
}

/// Sessions on the example data, the folder with its files, and a server for uploads.
struct Trial {
    folder: TempDir,
    server: Receiver,
}

impl Trial {
    /// With the files that mistakes name: `cpu.pb.gz` and the like, each a profile, and
    /// `odd.folded`, which has neither labels nor durations.
    fn new() -> Trial {
        let folder = tempfile::tempdir().expect("a scratch folder");
        unpack(folder.path());
        let recorded = files_below(folder.path(), "pb");
        let is_cpu = |path: &&PathBuf| path.to_string_lossy().contains("/cpu-");
        let profile = recorded.iter().find(is_cpu).expect("a profile of the recording");
        for name in ["cpu.pb.gz", "old.pb.gz", "new.pb.gz"] {
            fs::copy(profile, folder.path().join(name)).expect("a copy");
        }
        fs::create_dir(folder.path().join("profiles")).expect("a folder");
        fs::copy(profile, folder.path().join("profiles/cpu.pb.gz")).expect("a copy");
        write_odd_profile(folder.path());
        Trial { folder, server: Receiver::start(Answer::link("/share/k")) }
    }

    /// A session in which something has been shown.
    fn session(&self) -> Demo {
        let mut demo = Demo::new(self.folder.path());
        demo.run("cpu").expect("the example data has a cpu type");
        demo
    }

    /// The mistakes of all pages, and those that fit on none.
    fn all(&self) -> Vec<Mistake> {
        let pages = Page::all().into_iter().flat_map(|page| self.mistakes(&page));
        let long = [
            format!("let l = [{}1]", "1, ".repeat(10_000)),
            format!("cpu | focus \"runtime.*\"{}", " or \"a\"".repeat(10_001)),
            format!("{}cpu{}", "(".repeat(70), ")".repeat(70)),
            format!("1{}", " + 1".repeat(450)),
            (1..120).fold("let a = cpu | rate".to_owned(), |cell, _| cell + "\nlet a = a | rate"),
        ];
        let long = long.into_iter().map(|code| {
            let errors = self.session().errors(&code).err().unwrap_or_default();
            Mistake { code, errors }
        });
        let mut closed = Demo::without_data(self.folder.path());
        let code = "cpu | top".to_owned();
        let errors = closed.errors(&code).err().unwrap_or_default();
        // A front end in another language names a variable that it does not have.
        let unknown = "cpu | top $n".to_owned();
        let (_, found) = parse_with(&unknown, Some(&Parameters::default()));
        let no_page = [Mistake { code, errors }, Mistake { code: unknown, errors: found }];
        pages.chain(long).chain(no_page).collect()
    }

    /// Makes the mistakes of a page, whose other cells set its variables.
    fn mistakes(&self, page: &Page) -> Vec<Mistake> {
        let mut demo = self.session();
        let mut mistakes = Vec::new();
        for example in page.examples() {
            let code = example.code;
            if ["error", "stops"].contains(&&*example.outcome.language) {
                let errors = match demo.errors(&code) {
                    Ok(_) => Vec::new(),
                    Err(errors) => errors,
                };
                mistakes.push(Mistake { code: code.clone(), errors });
            } else if code.contains("let ") || code.contains(" = ") {
                // Some name labels that the example data does not have.
                drop(demo.errors(&code));
            }
            let changes = |line: &str| line.starts_with("use ") || line.starts_with("set ");
            if code.lines().any(changes) {
                demo = self.session();
            }
        }
        mistakes
    }

    /// What is wrong with the suggestions for a mistake.
    fn complaints(&self, code: &str, errors: &[Diagnostic]) -> Vec<String> {
        let mut complaints = Vec::new();
        if errors.is_empty() {
            return vec!["runs, so that it is no mistake".to_owned()];
        }
        let is_patched = errors.iter().any(|error| error.patch.is_some());
        let patched = patched(code, errors);
        if is_patched && let Err(report) = self.run(&patched) {
            complaints.push(format!("its patch gives\n{patched}\n{report}"));
        }
        for help in errors.iter().filter_map(|error| error.help.as_deref()) {
            let (quoted, outside) = in_backticks(help);
            for text in quoted.iter().filter(|text| !(is_patched && patched.contains(**text))) {
                if !self.works(text) {
                    complaints.push(format!("`{text}` does not run, of the help: {help}"));
                }
            }
            if !is_patched && outside.contains(['|', '{', '"', '~', '=']) {
                complaints.push(format!("a query is not in backticks: {help}"));
            }
        }
        complaints
    }

    /// Whether a text is a word of the language, or runs as a cell, a stage, a condition, a
    /// baseline or a pattern.
    fn works(&self, text: &str) -> bool {
        const SUBJECTS: [&str; 6] = [
            "cpu",
            "cpu | by (pod)",
            "cpu | by (version)",
            "cpu{version=\"2\"} | diff {version=\"1\"}",
            "cpu | top 20",
            "cpu | series",
        ];
        if is_word(text) {
            return true;
        }
        let stage = text.strip_prefix("| ").unwrap_or(text);
        let forms = ["", "where ", "diff ", "focus ", "diff {version=\"1\"} "];
        let stages = SUBJECTS
            .into_iter()
            .flat_map(|subject| forms.map(|form| format!("{subject} | {form}{stage}")));
        let cells = [text.to_owned(), format!("cpu[{text} .. now]")].into_iter().chain(stages);
        cells.filter(|cell| parse(cell).1.is_empty()).any(|cell| self.run(&cell).is_ok())
    }

    /// Runs a cell in a session of its own, which uploads to the server of this trial.
    fn run(&self, cell: &str) -> Result<(), String> {
        let cell = cell.replace("https://flames.example", &self.server.address());
        self.session().run(&cell).map(drop)
    }
}

/// Whether a text is one word of the language: a verb, a sign, a literal, or how a verb is
/// written.
fn is_word(text: &str) -> bool {
    let signatures = verbs::all().map(|spec| spec.signature);
    let mut signatures = signatures.chain(FUNCTIONS.iter().map(|spec| spec.signature));
    let options = verbs::all().flat_map(|spec| spec.options);
    let mut options = options.flat_map(|option| option.values.iter().chain([&option.name]));
    let mut columns = verbs::all().flat_map(|spec| spec.columns.figures).chain(&CHANGES);
    let is_literal = match &lex(text)[..] {
        [one] => match &one.kind {
            TokenKind::Name(name) => {
                KEYWORDS.contains(&&**name)
                    || granularities().any(|(word, _)| word == &**name)
                    || columns.any(|column| column.name == &**name)
            }
            kind => !matches!(kind, TokenKind::Bad(_)),
        },
        _ => false,
    };
    is_literal
        || help::page(Some(text)).is_some()
        || signatures.any(|signature| signature == text)
        || options.any(|option| *option == text)
        || SETTINGS.iter().any(|setting| setting.name == text)
        || functions::MEASURES.iter().any(|(measure, _)| *measure == text)
        || flamebook::lang::pattern::frame_fields().any(|(field, _)| field == text)
}

/// The texts in backticks, and the rest. A regex is in back quotes nowhere.
fn in_backticks(help: &str) -> (Vec<&str>, String) {
    let parts: Vec<&str> = help.split('`').collect();
    let quoted = parts.iter().skip(1).step_by(2).copied().collect();
    (quoted, parts.into_iter().step_by(2).collect())
}

/// Whether a help may come from a literal of `format!`, whose braces stand for any text.
fn fits(literal: &str, help: &str) -> bool {
    let mut rest = help;
    for part in pieces(literal) {
        match rest.find(&*part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The fixed parts of a literal: `{{` and `\"` are signs, `{name}` is a gap.
fn pieces(literal: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut signs = literal.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '{' if signs.peek() == Some(&'{') => pieces.last_mut().expect("one").push('{'),
            '}' if signs.peek() == Some(&'}') => pieces.last_mut().expect("one").push('}'),
            '\\' if signs.peek() == Some(&'\n') => {
                while signs.next_if(|next| next.is_whitespace()).is_some() {}
                continue;
            }
            '\\' => pieces.last_mut().expect("one").extend(signs.peek()),
            '{' => {
                while signs.next_if(|next| *next != '}').is_some() {}
                pieces.push(String::new());
            }
            sign => {
                pieces.last_mut().expect("one").push(sign);
                continue;
            }
        }
        signs.next();
    }
    pieces
}

/// Every call of `help` and `fix` outside of tests, with the literals of its first argument.
fn sites() -> BTreeMap<Site, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files =
        ["src/lang", "src/eval"].iter().flat_map(|room| files_below(&root.join(room), "rs"));
    let (mut sites, mut untold) = (BTreeMap::new(), Vec::new());
    for path in files.filter(|path| !path.ends_with("tests.rs")) {
        let name = path.strip_prefix(root).expect("a file of the crate").to_string_lossy();
        let text = fs::read_to_string(&path).expect("the source is text");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in [".help(", ".fix(", ".did_you_mean("] {
            for (at, _) in code.match_indices(call) {
                let argument = first_argument(&code[at + call.len()..]);
                if argument.is_empty() {
                    // This reads the help of another error.
                    continue;
                }
                let line = code[..at].matches('\n').count() + 1;
                if FROM_OTHERS.contains(&(&*name, argument))
                    || BY_OTHER_TESTS.contains(&(&*name, argument))
                {
                    continue;
                }
                let literals = literals(argument);
                let site = (name.to_string(), u32::try_from(line).expect("a line"));
                let is_listed =
                    call == ".did_you_mean(" || FROM_TABLES.contains(&(&*name, argument));
                if literals.is_empty() && !is_listed {
                    untold.push(format!("{name}:{line}"));
                }
                sites.insert(site, literals);
            }
        }
    }
    assert!(untold.is_empty(), "write the text of a help where it is given: {untold:?}");
    sites
}

/// Helps that another module wrote: the reader of a file, the writer of one, a server. They
/// name files and commands, and no queries.
const FROM_OTHERS: [(&str, &str); 6] = [
    ("src/eval/error.rs", "server.help()"),
    ("src/eval/error.rs", "target.help()"),
    ("src/eval/error.rs", "help"),
    ("src/eval/error.rs", "hint.clone()"),
    ("src/eval/query/stage/publish.rs", "help"),
    ("src/eval/query/stage/save.rs", "help"),
];
/// Helps of what the example data cannot bring about: a type with a hyphen, a server, the
/// limits of memory; a single profile. Their tests are in `tests/{algebra,asking,server,limits}.rs`.
const BY_OTHER_TESTS: [(&str, &str); 7] = [
    ("src/eval/query/expr.rs", "\"measure more profiles, or leave out `at`\""),
    ("src/lang/check/mismatch.rs", "format!(\"as a name it is `{meant}`\")"),
    ("src/eval/query/stage/input.rs", "\"name a selection: cpu[1h] | functions\""),
    (
        "src/eval/query/stage/input.rs",
        "format!(\"run {} again: {}\", definition.cell, definition.text)",
    ),
    (
        "src/eval/query/stage/input.rs",
        "\"run its cell again; `set history 1GiB` keeps more results\"",
    ),
    (
        "src/eval/query/stage/tabular.rs",
        "\"see the totals in time: `| series | table`, or `| timeline`\"",
    ),
    (
        "src/eval/session.rs",
        "\"select less: fewer series, or a shorter range; or allow more: set memory 8GiB\"",
    ),
];
/// Helps from the table of settings, and those on numbers.
const FROM_TABLES: [(&str, &str); 2] =
    [("src/lang/parse/report.rs", "*fix"), ("src/lang/check/mod.rs", "setting.doc")];

/// The text up to the comma or the bracket that ends it.
fn first_argument(code: &str) -> &str {
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for (at, sign) in code.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '{' | '[' => depth += 1,
            ',' if depth == 0 => return code[..at].trim(),
            ')' | '}' | ']' if depth == 0 => return code[..at].trim(),
            ')' | '}' | ']' => depth -= 1,
            _ => {}
        }
    }
    code
}

/// The strings of an expression.
fn literals(code: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let (mut start, mut escaped) = (None, false);
    for (at, sign) in code.char_indices() {
        match (sign, start) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => start = Some(at + 1),
            ('"', Some(from)) => {
                literals.push(code[from..at].to_owned());
                start = None;
            }
            _ => {}
        }
    }
    literals.retain(|literal| literal.chars().any(char::is_alphabetic));
    literals
}

/// Writes `odd.folded`, a profile without labels and without a duration.
pub(super) fn write_odd_profile(folder: &Path) {
    fs::write(folder.join("odd.folded"), "main;work 3\n").expect("a profile");
}

fn files_below(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_below(&path, suffix));
        } else if path.to_string_lossy().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}
