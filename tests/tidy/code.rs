//! The modules and paths that one Rust file names.
//!
//! proc-macro2 tokenises it, so comments and strings are ignored, and paths inside macros
//! count. Code that is compiled only for tests is left out. `graph` resolves the paths to
//! files.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The parts of a file that refer to other files.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// Names of the modules that exist in tests only.
    pub(crate) test_modules: Vec<String>,
    pub(crate) imports: Vec<Import>,
    /// Paths outside of `use`, of two segments or more.
    pub(crate) paths: Vec<Named>,
}

/// A path and the line where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// One leaf of a `use` tree, and the name that it brings into the file (`*` for all).
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) named: Named,
}

type Tokens = Peekable<std::vec::IntoIter<TokenTree>>;

pub(crate) fn read(text: &str) -> Code {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let mut code = Code::default();
    code.read(tokens);
    code
}

impl Code {
    fn read(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().collect::<Vec<_>>().into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(&mut tokens),
                TokenTree::Ident(word) if word == "use" && !is_punct(tokens.peek(), '<') => {
                    let tree = tokens.by_ref().take_while(|token| !is_punct(Some(token), ';'));
                    self.import(Vec::new(), tree.collect());
                }
                // The next tokens are a visibility, not a use.
                TokenTree::Ident(word) if word == "pub" => {
                    drop(group(&mut tokens, Delimiter::Parenthesis))
                }
                TokenTree::Ident(word) if word == "mod" => expect_a_file(&mut tokens),
                TokenTree::Ident(word) => self.path(&word, &mut tokens),
                // `Vec::<u8>::new`: the rest of a path is not the start of one.
                TokenTree::Punct(punct) if punct.as_char() == ':' => skip_segments(&mut tokens),
                TokenTree::Group(group) => self.read(group.stream()),
                _ => {}
            }
        }
    }

    /// Skips an attribute, and the item after it if that is compiled only for tests.
    fn attribute(&mut self, tokens: &mut Tokens) {
        tokens.next_if(|token| is_punct(Some(token), '!'));
        if group(tokens, Delimiter::Bracket).is_some_and(|group| is_for_tests(&group)) {
            self.skip_item(tokens);
        }
    }

    fn skip_item(&mut self, tokens: &mut Tokens) {
        let mut words = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(word) => words.push(word.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                TokenTree::Group(group) if is_end(&group, &words) => break,
                _ => {}
            }
        }
        let mut words = words.into_iter().skip_while(|word| word != "mod").skip(1);
        self.test_modules.extend(words.next());
    }

    fn import(&mut self, mut path: Vec<String>, tree: Vec<TokenTree>) {
        let mut line = 0;
        let mut alias = None;
        let mut tokens = tree.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => alias = tokens.next(),
                TokenTree::Ident(word) => {
                    line = word.span().start().line;
                    path.push(word.to_string());
                }
                TokenTree::Punct(star) if star.as_char() == '*' => {
                    line = star.span().start().line;
                    path.push("*".to_owned());
                }
                TokenTree::Group(group) => return self.import_each(&path, group.stream()),
                _ => {}
            }
        }
        // `a::{self, b}`: the module itself.
        if path.len() > 1 {
            path.pop_if(|last| last == "self");
        }
        if let Some(last) = path.last() {
            let name = alias.map_or_else(|| last.clone(), |alias| alias.to_string());
            self.imports.push(Import { name, named: Named { path, line } });
        }
    }

    fn import_each(&mut self, path: &[String], list: TokenStream) {
        let tokens: Vec<TokenTree> = list.into_iter().collect();
        for part in tokens.split(|token| is_punct(Some(token), ',')) {
            if !part.is_empty() {
                self.import(path.to_vec(), part.to_vec());
            }
        }
    }

    /// The path that starts with `first`.
    fn path(&mut self, first: &proc_macro2::Ident, tokens: &mut Tokens) {
        let mut path = vec![first.to_string()];
        path.extend(segments(tokens));
        if path.len() > 1 {
            self.paths.push(Named { path, line: first.span().start().line });
        }
    }
}

/// All the words after `::`.
fn segments(tokens: &mut Tokens) -> Vec<String> {
    let mut found = Vec::new();
    while tokens.next_if(|token| is_punct(Some(token), ':')).is_some() {
        tokens.next_if(|token| is_punct(Some(token), ':'));
        match tokens.next_if(|token| matches!(token, TokenTree::Ident(_))) {
            Some(word) => found.push(word.to_string()),
            None => break,
        }
    }
    found
}

/// Continues after the first colon of `::name::name`.
fn skip_segments(tokens: &mut Tokens) {
    let is_path = tokens.next_if(|token| is_punct(Some(token), ':')).is_some();
    if is_path && tokens.next_if(|token| matches!(token, TokenTree::Ident(_))).is_some() {
        segments(tokens);
    }
}

/// Braces end an item, except those in `use a::{b, c};`.
fn is_end(group: &Group, words: &[String]) -> bool {
    group.delimiter() == Delimiter::Brace && !words.iter().any(|word| word == "use")
}

/// `super` means another module inside braces, and so do imports.
fn expect_a_file(tokens: &mut Tokens) {
    let name = tokens.next();
    assert!(is_punct(tokens.peek(), ';'), "a module has a file of its own: {name:?}");
}

fn group(tokens: &mut Tokens, delimiter: Delimiter) -> Option<Group> {
    let is_it = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == delimiter,
        _ => false,
    };
    match tokens.next_if(is_it) {
        Some(TokenTree::Group(group)) => Some(group),
        _ => None,
    }
}

/// `cfg(test)` and `cfg(all(test, unix))`.
fn is_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text.starts_with("cfg(test)") || text.starts_with("cfg(all(test,")
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[test]
fn a_use_tree_names_each_of_its_leaves() {
    let code = read("use crate::a::{self, b::C, d::*};\npub(in crate::x) use super::e as f;");
    let found: Vec<(String, String, usize)> = code
        .imports
        .iter()
        .map(|import| (import.name.clone(), import.named.path.join("::"), import.named.line))
        .collect();
    let expected = [
        ("a", "crate::a", 1),
        ("C", "crate::a::b::C", 1),
        ("*", "crate::a::d::*", 1),
        ("f", "super::e", 2),
    ];
    assert_eq!(found, expected.map(|(name, path, line)| (name.to_owned(), path.to_owned(), line)));
    assert_eq!(code.paths, []);
}

#[test]
fn paths_are_found_in_code_and_macros_and_not_in_comments_strings_or_tests() {
    let code = read(concat!(
        "//! crate::comment::X\n",
        "fn f() { println!(\"crate::string::X {}\", crate::a::b(super::c::<u8>::d::e())); }\n",
        "#[cfg(test)] use crate::g::{h, i};\n",
        "#[cfg(all(test, unix))] fn g() { crate::j::k() }\n",
        "#[cfg(test)] mod tests { use crate::l::m; }\n",
        "#[cfg(unix)] fn h() { crate::n::o() }\n",
    ));
    let found: Vec<(String, usize)> =
        code.paths.iter().map(|named| (named.path.join("::"), named.line)).collect();
    let expected = [("crate::a::b", 2), ("super::c", 2), ("crate::n::o", 6)];
    assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
    assert_eq!(code.imports.len(), 0);
    assert_eq!(code.test_modules, ["tests"]);
}
