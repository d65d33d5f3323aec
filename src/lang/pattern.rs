//! Matchers of a single frame: globs, regexes and fields.
//!
//! `eval` combines matchers into paths over stacks. It compiles the parts of a
//! pattern here and tests each distinct frame once. A matcher reads a frame through
//! [`FrameView`], so this module does not depend on `profile`.

use regex::Regex;

use super::ast::{FramePattern, Matcher, MatcherOp, MatcherValue};
use super::quantity::{parse_bytes, parse_span};
use super::text::quote;
use crate::diag::{Diagnostic, Place};
use crate::quantity::{Quantity, Unit, amount};

/// The fields of a frame that patterns can test.
pub trait FrameView {
    fn function(&self) -> &str;
    fn package(&self) -> &str;
    fn file(&self) -> &str;
    fn line(&self) -> u32;
    fn module(&self) -> &str;
    /// One of kernel, native, interpreted and jit.
    fn kind(&self) -> String;
    fn inlined(&self) -> bool;
    fn address(&self) -> u64;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Function,
    Package,
    File,
    Line,
    Module,
    Kind,
    Inlined,
    Address,
}

/// The fields of a frame, each with a description; any other name is a sample label.
const FIELDS: [(&str, Field, &str); 8] = [
    ("function", Field::Function, "The function's full name."),
    ("package", Field::Package, "The package, crate or namespace."),
    ("file", Field::File, "The source file."),
    ("line", Field::Line, "The line, as text."),
    ("module", Field::Module, "The binary or library."),
    ("kind", Field::Kind, "kernel, native, interpreted or jit."),
    ("inlined", Field::Inlined, "true or false."),
    ("address", Field::Address, "In hexadecimal, with 0x."),
];

/// Whether `{name="…"}` in a frame pattern tests a frame rather than a sample label.
pub fn is_frame_field(name: &str) -> bool {
    field(name).is_some()
}

/// Whether a frame field follows from the name of the function.
pub fn is_of_name(name: &str) -> bool {
    matches!(field(name), Some(Field::Function | Field::Package))
}

/// The names and descriptions of the frame fields.
pub fn frame_fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().map(|(name, _, doc)| (*name, *doc))
}

fn field(name: &str) -> Option<Field> {
    FIELDS.iter().find(|(field, _, _)| *field == name).map(|(_, field, _)| *field)
}

/// A compiled test of one frame.
#[derive(Debug, Clone)]
pub struct FrameMatcher {
    /// A frame must pass all of these.
    tests: Vec<FieldTest>,
}

#[derive(Debug, Clone)]
struct FieldTest {
    field: Field,
    negated: bool,
    test: TextTest,
}

#[derive(Debug, Clone)]
enum TextTest {
    Glob(Glob),
    Regex(Regex),
}

impl FrameMatcher {
    /// Compiles a glob, a regex, or frame fields. The caller has already replaced
    /// variables, split groups and removed sample labels.
    pub fn compile(pattern: &FramePattern, place: Place) -> Result<FrameMatcher, Diagnostic> {
        let function = |test| FieldTest { field: Field::Function, negated: false, test };
        let tests = match pattern {
            FramePattern::Glob(glob) => vec![function(TextTest::Glob(Glob::new(glob)))],
            FramePattern::Regex(text) => vec![function(TextTest::Regex(regex(text, text, place)?))],
            FramePattern::Fields(matchers) => {
                matchers.iter().map(compile_field).collect::<Result<_, _>>()?
            }
            FramePattern::Variable(name) | FramePattern::RegexVariable(name) => {
                return Err(unquoted(name, place));
            }
            FramePattern::Group(_) => {
                let error = Diagnostic::error("unexpected", "a group cannot test a single frame");
                return Err(error.at(place, "tests more than one frame"));
            }
        };
        Ok(FrameMatcher { tests })
    }

    pub fn matches(&self, frame: &dyn FrameView) -> bool {
        self.tests.iter().all(|test| test.matches(frame))
    }
}

impl FieldTest {
    fn matches(&self, frame: &dyn FrameView) -> bool {
        let holds = match self.field {
            Field::Function => self.test.matches(frame.function()),
            Field::Package => self.test.matches(frame.package()),
            Field::File => self.test.matches(frame.file()),
            Field::Line => self.test.matches(&frame.line().to_string()),
            Field::Module => self.test.matches(frame.module()),
            Field::Kind => self.test.matches(&frame.kind()),
            Field::Inlined => self.test.matches(if frame.inlined() { "true" } else { "false" }),
            Field::Address => self.test.matches(&format!("{:#x}", frame.address())),
        };
        holds != self.negated
    }
}

impl TextTest {
    fn matches(&self, text: &str) -> bool {
        match self {
            TextTest::Glob(glob) => glob.matches(text),
            TextTest::Regex(regex) => regex.is_match(text),
        }
    }
}

fn compile_field(matcher: &Matcher) -> Result<FieldTest, Diagnostic> {
    let Some(field) = field(&matcher.label.text) else {
        let names: Vec<&str> = frame_fields().map(|(name, _)| name).collect();
        let label = &matcher.label;
        let message = format!("`{}` is no field of a frame: {}", label.text, names.join(", "));
        return Err(Diagnostic::error("unknown-field", message).at(label.place, ""));
    };
    let value = match &matcher.value {
        MatcherValue::Text(text) => text,
        MatcherValue::Variable(name) => return Err(unquoted(name, matcher.value_place)),
    };
    let (negated, test) = match matcher.op {
        MatcherOp::Equal => (false, TextTest::Glob(Glob::new(value))),
        MatcherOp::NotEqual => (true, TextTest::Glob(Glob::new(value))),
        MatcherOp::Regex => (false, TextTest::Regex(anchored(value, matcher.value_place)?)),
        MatcherOp::NotRegex => (true, TextTest::Regex(anchored(value, matcher.value_place)?)),
        MatcherOp::Less
        | MatcherOp::LessOrEqual
        | MatcherOp::Greater
        | MatcherOp::GreaterOrEqual => {
            let message = format!("`{}` of a frame has no size", matcher.label.text);
            return Err(Diagnostic::error("type-mismatch", message)
                .at(matcher.place, "only labels are compared by size")
                .help("write a glob: `{function=\"runtime.*\"}`"));
        }
    };
    Ok(FieldTest { field, negated, test })
}

/// The error for an unquoted word that is not a variable.
pub fn unquoted(name: &str, place: Place) -> Diagnostic {
    Diagnostic::error("unquoted", format!("`{name}` is not a variable")).at(place, "not a variable")
}

/// The amount that labels are compared with by size: `256KiB`, `5ms`, `3`. What can be a
/// literal means the same as in `where`, all else what pprof means by it.
pub fn size(text: &str, place: Place) -> Result<Quantity, Diagnostic> {
    let bytes = parse_bytes(text).map(|bytes| Quantity::new(bytes, Unit::Bytes));
    let span = || parse_span(text).map(|span| Quantity::new(span.0 as f64, Unit::Nanoseconds));
    bytes.or_else(span).or_else(|| amount(text)).ok_or_else(|| {
        Diagnostic::error("type-mismatch", format!("`{text}` is not an amount"))
            .at(place, "has no size")
            .help("compare with a number and its unit: `alloc_space{bytes>=1KiB}`")
    })
}

/// Compiles a regex that must match the whole text, as label matchers require.
pub fn anchored(text: &str, place: Place) -> Result<Regex, Diagnostic> {
    regex(&format!("^(?s:{text})$"), text, place)
}

fn regex(source: &str, written: &str, place: Place) -> Result<Regex, Diagnostic> {
    Regex::new(source).map_err(|error| bad_regex(written, &error, place))
}

fn bad_regex(text: &str, error: &regex::Error, place: Place) -> Diagnostic {
    // The regex crate prints several lines; the last one holds the reason.
    let why = error
        .to_string()
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let diagnostic =
        Diagnostic::error("bad-regex", format!("the regex cannot be read: {why}")).at(place, "");
    if let Some(literal_braces) = with_escaped_braces(text) {
        return diagnostic
            .help(format!("escape a literal brace: `~{}`", quote(&literal_braces)))
            .note("Go accepts a lone `{`; here it starts a repetition");
    }
    if why.contains("look-around") || why.contains("backreferences") {
        return diagnostic
            .help("combine two patterns instead: `\"runtime.*\" and not \"*malloc*\"`");
    }
    if text.starts_with('*') {
        return diagnostic
            .help("for a glob leave out the `~`, in a regex a dot comes before the star");
    }
    diagnostic.help("without the `~` it is a glob, whose only special character is `*`")
}

/// The regex with its braces escaped, if that makes it valid.
pub fn with_escaped_braces(text: &str) -> Option<String> {
    let literal_braces = text.replace('{', "\\{").replace('}', "\\}");
    (text.contains('{') && Regex::new(&literal_braces).is_ok()).then_some(literal_braces)
}

/// Turns the glob `*shop` into the regex `.*shop`.
pub fn with_leading_dot(text: &str) -> Option<String> {
    let regex = text.starts_with('*').then(|| format!(".{text}"))?;
    Regex::new(&regex).is_ok().then_some(regex)
}

/// Whether a glob was probably meant as a regex.
///
/// `encoding/json.*` does not count: it works as a glob and as a regex.
pub fn is_regex_like(glob: &str) -> bool {
    glob.starts_with(".*")
        || glob.starts_with('^')
        || glob.ends_with('$')
        || ["\\.", "(?", ".+", "[^", "|"].iter().any(|sign| glob.contains(sign))
}

/// A glob, in which `*` matches any text and every other character itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// The texts between the stars; a glob without a star is one piece.
    pieces: Vec<String>,
}

impl Glob {
    pub fn new(glob: &str) -> Glob {
        Glob { pieces: glob.split('*').map(str::to_owned).collect() }
    }

    /// Runs in linear time: finds each piece once, from left to right.
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else { return text.is_empty() };
        let Some((last, middle)) = rest.split_last() else { return text == first };
        let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            match text.find(piece.as_str()) {
                Some(at) => text = &text[at + piece.len()..],
                None => return false,
            }
        }
        text.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ast::{Bound, PatternKind, StatementKind};
    use crate::lang::parse;

    struct Frame;

    impl FrameView for Frame {
        fn function(&self) -> &str {
            "encoding/json.(*Decoder).Decode"
        }
        fn package(&self) -> &str {
            "encoding/json"
        }
        fn file(&self) -> &str {
            "encoding/json/stream.go"
        }
        fn line(&self) -> u32 {
            49
        }
        fn module(&self) -> &str {
            "/bin/shop"
        }
        fn kind(&self) -> String {
            "native".to_owned()
        }
        fn inlined(&self) -> bool {
            false
        }
        fn address(&self) -> u64 {
            0x4a0f
        }
    }

    /// Compiles `pattern`, which must be a single step without links.
    fn compile(pattern: &str) -> Result<FrameMatcher, Diagnostic> {
        let (cell, diagnostics) = parse(&format!("let p = not {pattern}"));
        assert!(diagnostics.is_empty(), "{pattern}: {diagnostics:?}");
        let StatementKind::Let { value: Bound::Pattern(found), .. } = &cell.statements[0].kind
        else {
            panic!("{pattern} is not a pattern");
        };
        let PatternKind::Not(found) = &found.kind else { panic!("{pattern}") };
        let PatternKind::Path(steps) = &found.kind else { panic!("{pattern}") };
        FrameMatcher::compile(&steps[0].frame, steps[0].place)
    }

    #[test]
    fn frames_are_matched_by_glob_regex_and_fields() {
        for (pattern, expected) in [
            // A pasted Go name matches itself: brackets are not special, and its star
            // also matches a star.
            (r#""encoding/json.(*Decoder).Decode""#, true),
            (r#""encoding/json.*""#, true),
            (r#""*Decode""#, true),
            (r#""json""#, false),
            (r#"~"json""#, true),
            (r#"~"^json""#, false),
            (r#"{package="encoding/*"}"#, true),
            (r#"{package="encoding"}"#, false),
            (r#"{package=~"encoding"}"#, false),
            (r#"{package=~"encoding/.*", line=49}"#, true),
            (r#"{package!="runtime"}"#, true),
            (r#"{package!~"enc.*"}"#, false),
            (r#"{inlined="true"}"#, false),
            (r#"{address="0x4a0f", kind="native", module="*/shop"}"#, true),
            (r#"{file="*.go", function="*Decode"}"#, true),
        ] {
            let matcher = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error:?}"));
            assert_eq!(matcher.matches(&Frame), expected, "{pattern}");
        }
    }

    #[test]
    fn only_the_star_is_special_in_a_glob() {
        for (glob, text, expected) in [
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("**", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "abc", false),
            ("vec<[T; 3]>", "vec<[T; 3]>", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob} against {text}");
        }
    }

    #[test]
    fn a_bad_regex_says_why() {
        for (pattern, help) in [
            (r#"~"interface{""#, "escape a literal brace: `~\"interface\\{\"`"),
            (
                r#"~"(?!runtime)""#,
                "combine two patterns instead: `\"runtime.*\" and not \"*malloc*\"`",
            ),
            (
                r#"~"*json*""#,
                "for a glob leave out the `~`, in a regex a dot comes before the star",
            ),
        ] {
            let error = compile(pattern).expect_err(pattern);
            assert_eq!(error.slug, "bad-regex");
            assert_eq!(error.help.as_deref(), Some(help), "{pattern}");
        }
    }

    #[test]
    fn regexes_in_globs_are_recognised() {
        for (glob, expected) in [
            (".*json.*", true),
            (r"runtime\.gc", true),
            ("^main", true),
            ("encoding/json.*", false),
            ("main.(*T).f", false),
        ] {
            assert_eq!(is_regex_like(glob), expected, "{glob}");
        }
    }
}
