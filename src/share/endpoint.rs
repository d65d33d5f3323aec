//! The address of a server that profiles are uploaded to.
//!
//! A user may write it with or without the path of the protocol, and with or without a
//! slash at its end. Nothing here connects to a server. The parser is that of ureq.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

use super::ShareError;
use crate::http::one_line;

/// The path of the upload protocol.
const PATH: &str = "/api/upload/v1";

/// The longest link that is shown; browsers accept little more.
const MAX_LINK_LENGTH: usize = 2000;

/// The address of a server, `https://host[:port][/path]`, without the path of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Uri);

impl Endpoint {
    /// Parses an address. It must not have a query, which would become part of every
    /// link, nor a login, which notes and links would show.
    pub fn parse(text: &str) -> Result<Endpoint, ShareError> {
        let trimmed = text.trim().trim_end_matches('/');
        let base = trimmed.strip_suffix(PATH).unwrap_or(trimmed).trim_end_matches('/');
        web_address(base)
            .filter(|_| !base.contains(['?', '#', '@']))
            .map(Endpoint)
            .ok_or_else(|| ShareError::BadEndpoint { text: one_line(text) })
    }

    /// The address that a profile is posted to.
    pub(super) fn upload(&self) -> String {
        format!("{self}{PATH}")
    }

    pub(super) fn is_secure(&self) -> bool {
        self.scheme() == "https"
    }

    /// Whether the server is on this machine: then no proxy is used.
    pub(super) fn is_local(&self) -> bool {
        let host = self.0.host().unwrap_or_default().trim_matches(['[', ']']);
        host.parse().map_or(host == "localhost", |address: IpAddr| address.is_loopback())
    }

    /// The link in an answer as an absolute address; none if it is not a web address.
    pub(super) fn link(&self, answer: &str) -> Option<String> {
        let first_segment = answer.split(['/', '?', '#']).next().unwrap_or_default();
        let link = if first_segment.contains(':') {
            answer.to_owned()
        } else if answer.starts_with("//") {
            format!("{}:{answer}", self.scheme())
        } else if answer.starts_with('/') {
            let authority = self.0.authority().map_or("", |authority| authority.as_str());
            format!("{}://{authority}{answer}", self.scheme())
        } else if answer.is_empty() {
            return None;
        } else {
            format!("{self}/{answer}")
        };
        (web_address(&link).is_some() && link.len() <= MAX_LINK_LENGTH).then_some(link)
    }

    fn scheme(&self) -> &str {
        self.0.scheme_str().unwrap_or_default()
    }
}

/// Without a slash at the end.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

/// An http or https address with a host. Characters that HTML or a terminal could
/// misread must be percent-encoded.
fn web_address(text: &str) -> Option<Uri> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c);
    let uri: Uri = text.parse().ok().filter(|_| text.chars().all(is_plain))?;
    matches!(uri.scheme_str(), Some("http" | "https")).then_some(uri)
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
        assert_eq!(endpoint("HTTP://host").upload(), "http://host/api/upload/v1");
        assert!(endpoint("HTTPS://host").is_secure() && !endpoint("http://host").is_secure());
    }

    #[test]
    fn only_a_web_address_without_login_and_query_is_accepted() {
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
    fn a_server_on_this_machine_is_local() {
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
