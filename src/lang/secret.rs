//! Secrets that were written into a cell by mistake: `set token "s3cret"`, or the login of an
//! address, `use "http://user:s3cret@host"`.
//!
//! The cell does not run, but its text would be shown again, in the report of the error and
//! in the history. `masked` is that text without the secret. What a front end saves of the
//! cell itself is out of reach here, so the error says that it must be deleted.

use std::borrow::Cow;
use std::ops::Range;

use super::lex::{Token, TokenKind, lex};
use super::settings::{self, Setting, is_place_of_secret};

/// The code with `*` for each letter of a secret, so that places in it stay the same.
pub fn masked(code: &str) -> Cow<'_, str> {
    let tokens = lex(code);
    let statements = tokens.split(|token| token.kind == TokenKind::End);
    let secrets = statements.flat_map(|statement| match statement.first().map(|t| &t.kind) {
        Some(TokenKind::Name(word)) if &**word == "use" => logins(statement, code),
        _ => secret(statement).map(place).into_iter().collect(),
    });
    secrets.fold(Cow::Borrowed(code), |code, place| {
        let hidden = code[place.clone()].chars().map(|c| match c {
            '\n' | '"' | '\'' | '`' => c.to_string(),
            c => "*".repeat(c.len_utf8()),
        });
        let hidden: String = hidden.collect();
        Cow::Owned(format!("{}{hidden}{}", &code[..place.start], &code[place.end..]))
    })
}

/// From the first token to the last.
fn place(tokens: &[Token]) -> Range<usize> {
    let ends = (tokens.first(), tokens.last());
    ends.0.map_or(0, |token| token.place.start)..ends.1.map_or(0, |token| token.place.end)
}

/// Where addresses of a statement have a login.
fn logins(statement: &[Token], code: &str) -> Vec<Range<usize>> {
    let texts = statement.iter().filter(|token| matches!(token.kind, TokenKind::Text(_)));
    let login = |token: &Token| {
        let written = &code[token.place.start..token.place.end];
        let start = written.find("://")? + "://".len();
        let end = written.rfind('@').filter(|end| *end > start)?;
        Some(token.place.start + start..token.place.start + end)
    };
    texts.filter_map(login).collect()
}

/// The value of a statement that sets a secret itself, instead of the place of one.
fn secret(statement: &[Token]) -> Option<&[Token]> {
    let [set, setting, rest @ ..] = statement else { return None };
    let (TokenKind::Name(set), TokenKind::Name(setting)) = (&set.kind, &setting.kind) else {
        return None;
    };
    let value = match rest {
        [Token { kind: TokenKind::Symbol("="), .. }, value @ ..] => value,
        value => value,
    };
    let is_secret = match settings::find(setting).map(|spec| spec.id) {
        Some(Setting::Token | Setting::Password) => match value {
            [Token { kind: TokenKind::Text(text), .. }] => !is_place_of_secret(text),
            [Token { kind: TokenKind::Name(name), .. }] => &**name != "off",
            value => !value.is_empty(),
        },
        Some(_) => false,
        // It may be the word `token`, misspelled.
        None => value.iter().any(|token| matches!(token.kind, TokenKind::Text(_))),
    };
    (&**set == "set" && is_secret).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_cell_is_not_shown_again() {
        for (code, shown) in [
            ("set token \"s3cret\"", "set token \"******\""),
            ("cpu; set password = 's3c ret'; cpu", "cpu; set password = '*******'; cpu"),
            ("set token s3cret", "set token ******"),
            ("set token \"s3cret\ncpu", "set token \"******\ncpu"),
            ("set tokn \"s3cret\"", "set tokn \"******\""),
            ("use \"http://u:pw@host/debug/pprof\"", "use \"http://****@host/debug/pprof\""),
            ("set token \"s\u{e9}\" x", "set token \"***\"**"),
        ] {
            assert_eq!(masked(code), shown, "{code}");
            assert_eq!(masked(code).len(), code.len(), "{code}");
        }
        for code in [
            "set token \"env:NAME\"",
            "set password \"file:path\"",
            "set token off",
            "set token",
            "set tenant \"team-a\"",
            "set xyzzy 1",
            "cpu{token=\"a\"}",
            "use \"http://host/debug/pprof\"",
            "use \"a@b.pb.gz\"",
        ] {
            assert_eq!(masked(code), code);
        }
    }
}
