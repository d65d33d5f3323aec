//! The address of a server, and what is allowed in one.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// `https://host[:port][/path]`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Uri);

impl Address {
    /// None for anything else than an http or https address. A query and a fragment have no
    /// meaning here, and a login would be shown wherever the address is.
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim().trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_graphic() && !"\"'<>\\^`{|}?#@".contains(c);
        let uri: Uri = text.parse().ok().filter(|_| text.chars().all(is_plain))?;
        matches!(uri.scheme_str(), Some("http" | "https")).then_some(Address(uri))
    }

    pub fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// `host`, or `host:port` where there is one.
    pub fn authority(&self) -> &str {
        self.0.authority().map_or("", |authority| authority.as_str())
    }

    /// The path, without a slash at its end; empty if there is none.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Whether the server is on this machine: then no proxy is used.
    pub fn is_local(&self) -> bool {
        let host = self.0.host().unwrap_or_default().trim_matches(['[', ']']);
        host.parse().map_or(host == "localhost", |address: IpAddr| address.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

/// An address as it was written, without what is or may be a login: for messages.
pub fn without_login(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    match rest.rsplit_once('@') {
        Some((_, host)) if scheme.is_empty() => host.to_owned(),
        Some((_, host)) => format!("{scheme}://{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_address_without_a_login_and_a_query_is_accepted() {
        for text in ["http://host:4040", "https://host/prefix/", "HTTP://[::1]:4040"] {
            assert!(Address::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "host:4040",
            "ftp://host",
            "http://",
            "https://user:secret@host",
            "https://host?token=x",
            "https://host/#a",
            "https://ho st",
        ] {
            assert!(Address::parse(text).is_none(), "{text}");
        }
        let address = Address::parse("https://host/prefix/").map(|address| address.to_string());
        assert_eq!(address.as_deref(), Some("https://host/prefix"));
        for (text, authority, path) in [
            ("http://host:6060/debug/pprof/", "host:6060", "/debug/pprof"),
            ("https://host", "host", ""),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!((address.authority(), address.path()), (authority, path));
        }
    }

    #[test]
    fn loopback_is_local() {
        for (text, local) in [
            ("http://127.0.0.1:4040", true),
            ("http://localhost", true),
            ("http://[::1]:80", true),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!(address.is_local(), local, "{text}");
        }
    }
}
