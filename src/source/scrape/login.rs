//! Who asks: the login of an address, or what a file of targets says.
//!
//! The secret is in the header of requests and nowhere else: there is no `Display`, and `Debug`
//! does not show it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// What is sent as `Authorization`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    header: String,
    /// What nobody must see.
    secrets: Vec<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

impl Login {
    pub(super) fn basic(user: &str, password: &str) -> Login {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        let header = format!("Basic {encoded}");
        Login { header, secrets: vec![encoded, password.to_owned()] }
    }

    /// None if a header cannot hold it.
    pub(super) fn token(scheme: &str, token: &str) -> Option<Login> {
        let header = format!("{scheme} {token}");
        let is_one_line = header.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        is_one_line.then(|| Login { header, secrets: vec![token.to_owned()] })
    }

    /// `user:password` of an address, where any character may be percent-encoded.
    pub(super) fn of_address(text: &str) -> Login {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Login::basic(&decoded(user), &decoded(password))
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// Words of a target without the secret, which some servers repeat.
    pub(super) fn hide(&self, words: String) -> String {
        let secrets = self.secrets.iter().filter(|secret| !secret.is_empty());
        secrets.fold(words, |words, secret| words.replace(&**secret, "***"))
    }
}

/// An address without its login, and the login.
pub(super) fn parted(text: &str) -> (String, Option<Login>) {
    let Some((scheme, rest)) = text.split_once("://") else { return (text.to_owned(), None) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((login, host)) => {
            let address = format!("{scheme}://{host}{}", &rest[end..]);
            (address, Some(Login::of_address(login)))
        }
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_becomes_a_header_and_is_not_shown() {
        let (address, login) = parted("http://u:p%40ss@host:6060/debug/pprof");
        assert_eq!(address, "http://host:6060/debug/pprof");
        let login = login.expect("a login");
        // base64 of u:p@ss.
        assert_eq!(login.header(), "Basic dTpwQHNz");
        assert_eq!(format!("{login:?}"), "Login");
        assert_eq!(login.hide("not p@ss, dTpwQHNz".to_owned()), "not ***, ***");
        assert_eq!(parted("http://host/a@b"), ("http://host/a@b".to_owned(), None));
        assert_eq!(parted("host:6060"), ("host:6060".to_owned(), None));
        assert_eq!(Login::token("Bearer", "a\nb"), None);
    }
}
