//! Secrets that were written into a cell by mistake: `set token "s3cret"`.
//!
//! The cell does not run, but its text would be shown again, in the report of the error and
//! in the history. `masked` is that text without the secret. What a front end saves of the
//! cell itself is out of reach here, so the error says that it must be deleted.

use std::borrow::Cow;

use super::lex::{Token, TokenKind, lex};
use super::settings::{self, Setting, is_place_of_secret};

/// The code with `*` for each letter of a secret, so that places in it stay the same.
pub fn masked(code: &str) -> Cow<'_, str> {
    let tokens = lex(code);
    let statements = tokens.split(|token| token.kind == TokenKind::End);
    let secrets = statements.filter_map(secret).map(|found| {
        let ends = (found.first(), found.last());
        ends.0.map_or(0, |token| token.place.start)..ends.1.map_or(0, |token| token.place.end)
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
        ] {
            assert_eq!(masked(code), code);
        }
    }
}
