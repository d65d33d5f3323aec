//! Where profiles are sent: an address that somebody wrote down.
//!
//! It may be given with or without the path of the protocol, and with a slash at
//! its end. Nothing here connects to anything.

use std::fmt;

use super::ShareError;
use super::error::one_line;

/// Where the protocol takes profiles.
const PATH: &str = "/api/upload/v1";

/// The longest link that is passed on; browsers take little more.
const LONGEST_LINK: usize = 2000;

/// The address of a server, `https://host[:port][/path]`, without the path of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: String,
    /// Where the path of `base` starts: behind the host.
    path: usize,
}

impl Endpoint {
    /// Reads an address. It has no query: what stands after `?` would end up in every link.
    pub fn parse(text: &str) -> Result<Endpoint, ShareError> {
        let bad = || ShareError::BadEndpoint { text: one_line(text) };
        let trimmed = text.trim().trim_end_matches('/');
        let base = trimmed.strip_suffix(PATH).unwrap_or(trimmed).trim_end_matches('/');
        let rest = web(base).ok_or_else(bad)?;
        let host = rest.split('/').next().unwrap_or_default();
        // A login in an address would be shown in notes and links.
        if host.is_empty() || host.contains('@') || rest.contains(['?', '#']) || !is_link(base) {
            return Err(bad());
        }
        Ok(Endpoint { base: base.to_owned(), path: base.len() - rest.len() + host.len() })
    }

    /// Where a profile is posted.
    pub(super) fn upload(&self) -> String {
        format!("{}{PATH}", self.base)
    }

    pub(super) fn is_secure(&self) -> bool {
        self.base.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
    }

    /// On this machine, where no proxy is asked.
    pub(super) fn is_local(&self) -> bool {
        let host = web(&self.base[..self.path]).unwrap_or_default();
        host == "[::1]" || host.starts_with("[::1]:") || {
            let name = host.split(':').next().unwrap_or_default();
            name == "localhost" || name.starts_with("127.")
        }
    }

    /// The link that an answer holds, made absolute; none for what is no web address.
    pub(super) fn link(&self, answer: &str) -> Option<String> {
        let link = if has_scheme(answer) {
            answer.to_owned()
        } else if answer.starts_with("//") {
            let scheme = if self.is_secure() { "https:" } else { "http:" };
            format!("{scheme}{answer}")
        } else if answer.starts_with('/') {
            format!("{}{answer}", &self.base[..self.path])
        } else if answer.is_empty() {
            return None;
        } else {
            format!("{}/{answer}", self.base)
        };
        (web(&link).is_some_and(|rest| !rest.starts_with('/')) && is_link(&link)).then_some(link)
    }
}

/// The address as it was given, without what is the same everywhere.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// What follows `http://` or `https://`.
fn web(text: &str) -> Option<&str> {
    ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        (start.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
    })
}

/// `javascript:…`, `https:…`: a scheme is letters before the first colon.
fn has_scheme(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    text.split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(is_part))
}

/// Only what may stand in an address as it is: no blank, no control, no quote.
fn is_link(text: &str) -> bool {
    text.len() <= LONGEST_LINK
        && text.chars().all(|c| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse(text).expect("an address")
    }

    #[test]
    fn an_address_is_the_same_with_and_without_the_path() {
        for text in [
            "https://host:8080/flames",
            "https://host:8080/flames/",
            "https://host:8080/flames/api/upload/v1",
            " https://host:8080/flames/api/upload/v1/ ",
        ] {
            assert_eq!(endpoint(text).to_string(), "https://host:8080/flames", "{text}");
            assert_eq!(endpoint(text).upload(), "https://host:8080/flames/api/upload/v1");
        }
        assert_eq!(endpoint("HTTP://host").upload(), "HTTP://host/api/upload/v1");
        assert!(endpoint("HTTPS://host").is_secure() && !endpoint("http://host").is_secure());
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for text in [
            "",
            "host",
            "host:80",
            "ftp://host",
            "file:///etc/passwd",
            "http://",
            "https:///path",
            "https://user:secret@host",
            "https://host?token=x",
            "https://host/#a",
            "https://ho st",
            "https://host/\u{1b}[31m",
        ] {
            let error = Endpoint::parse(text).expect_err(text);
            assert!(error.to_string().ends_with("is not an http or https address"), "{error}");
        }
    }

    #[test]
    fn a_link_is_joined_to_the_address() {
        let server = endpoint("https://host:8080/flames");
        for (answer, link) in [
            ("https://other/share/1", Some("https://other/share/1")),
            ("http://host/1?a=b#c", Some("http://host/1?a=b#c")),
            ("/share/1", Some("https://host:8080/share/1")),
            ("share/1", Some("https://host:8080/flames/share/1")),
            ("//cdn/1", Some("https://cdn/1")),
            ("", None),
            ("//", None),
            ("///x", None),
            ("javascript:alert(1)", None),
            ("JavaScript:alert(1)", None),
            ("data:text/html,x", None),
            ("https://", None),
            ("https://host/\"onload=x", None),
            ("https://host/<script>", None),
            ("https://host/\u{202e}gpj", None),
            ("\u{1b}]8;;http://x\u{7}", None),
            ("a b", None),
        ] {
            assert_eq!(server.link(answer).as_deref(), link, "{answer:?}");
        }
        assert_eq!(server.link(&format!("/{}", "x".repeat(2000))), None);
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (text, local) in [
            ("http://127.0.0.1:4040", true),
            ("http://localhost/x", true),
            ("http://[::1]:80", true),
            ("http://[::12]:80", false),
            ("http://localhost.example", false),
            ("https://host", false),
        ] {
            assert_eq!(endpoint(text).is_local(), local, "{text}");
        }
    }
}
