//! Why a profile was not published: the server by its address, the cause, one fix.
//!
//! What a server says is somebody else's text: one line of it is quoted, short,
//! and without anything that a reader cannot see.

use std::io;

use super::endpoint::Endpoint;

/// More of a server's words than this is no explanation.
const QUOTED: usize = 160;

/// Why nothing was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("`{text}` is not an http or https address")]
    BadEndpoint { text: String },
    #[error("{endpoint} cannot be reached: {cause}")]
    Unreachable { endpoint: String, cause: String },
    #[error("there is no secure connection to {endpoint}: {cause}")]
    Insecure { endpoint: String, cause: String },
    /// While the profile was being sent, or before an answer.
    #[error("{endpoint} broke off: {cause}")]
    Broken { endpoint: String, cause: String },
    #[error("{endpoint} does not speak HTTP: {cause}")]
    NotHttp { endpoint: String, cause: String },
    #[error("{endpoint} sends uploads elsewhere: {to}")]
    Redirected { endpoint: String, to: String },
    #[error("{endpoint} sends uploads back to itself, or nowhere")]
    Circle { endpoint: String },
    #[error("{endpoint} answered {status}{}", said(reason))]
    Refused { endpoint: String, status: u16, reason: String },
    #[error("{endpoint} answered, but not in JSON{}", said(answer))]
    NotJson { endpoint: String, answer: String },
    #[error("{endpoint} answered without a link that can be opened{}", said(link))]
    NoLink { endpoint: String, link: String },
    #[error("interrupted")]
    Interrupted,
}

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": `{text}`") }
}

impl ShareError {
    /// What would work.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            ShareError::BadEndpoint { .. } => {
                "write where to: `publish \"https://host\"`, without a login, `?` or `#`".to_owned()
            }
            ShareError::Unreachable { .. } => {
                "is the address right, and is the server running?".to_owned()
            }
            ShareError::Insecure { .. } => {
                "the server needs a certificate from a public authority; one without TLS is \
                 written `http://`"
                    .to_owned()
            }
            ShareError::Broken { .. } => {
                "run the cell again; if the profile is too large, `trim 0.1% | publish`".to_owned()
            }
            ShareError::NotHttp { .. } => {
                "a server with a certificate is written `https://`".to_owned()
            }
            ShareError::Redirected { to, .. } => {
                format!("nothing was sent there; if you trust it, name it: `publish \"{to}\"`")
            }
            ShareError::Circle { .. } => "ask who runs the server for its address".to_owned(),
            ShareError::Refused { status, .. } => return of_status(*status).map(str::to_owned),
            ShareError::NotJson { .. } | ShareError::NoLink { .. } => {
                "is this a server of flamegraph.com's kind? It takes `POST /api/upload/v1`"
                    .to_owned()
            }
            ShareError::Interrupted => return None,
        })
    }
}

fn of_status(status: u16) -> Option<&'static str> {
    match status {
        401 | 403 => Some("the server wants a login, which `publish` does not have"),
        404 | 405 => {
            Some("profiles are posted to `/api/upload/v1` below the address: is it right?")
        }
        413 => Some("send less: `trim 0.1% | publish`"),
        429 => Some("wait a little, and run the cell again"),
        500.. => Some("the server failed; its log says why"),
        _ => None,
    }
}

/// What went wrong below HTTP, in words for people; `started` when a part of the
/// profile was sent already.
pub(super) fn from_transport(
    error: &ureq::Error,
    endpoint: &Endpoint,
    started: bool,
) -> ShareError {
    use ureq::{Error, Timeout};
    let address = endpoint.to_string();
    let unreachable = |cause: &str| ShareError::Unreachable {
        endpoint: endpoint.to_string(),
        cause: cause.to_owned(),
    };
    match error {
        Error::HostNotFound => unreachable("there is no such host"),
        Error::ConnectionFailed => unreachable("no connection"),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => unreachable("no answer in 5 s"),
        Error::Timeout(_) => {
            ShareError::Broken { endpoint: address, cause: "no answer in 30 s".to_owned() }
        }
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => {
            ShareError::Insecure { endpoint: address, cause: one_line(&error.to_string()) }
        }
        Error::Io(error) => from_io(error, endpoint, started),
        Error::Protocol(error) => {
            ShareError::NotHttp { endpoint: address, cause: one_line(&error.to_string()) }
        }
        Error::BadUri(_) | Error::Http(_) => ShareError::BadEndpoint { text: address },
        other => ShareError::Broken { endpoint: address, cause: one_line(&other.to_string()) },
    }
}

/// Before anything was sent it is the connection that failed, or the certificate.
fn from_io(error: &io::Error, endpoint: &Endpoint, started: bool) -> ShareError {
    let text = error.to_string();
    // The number says nothing that the words do not.
    let words = text.split(" (os error").next().unwrap_or_default();
    let secure = endpoint.is_secure();
    let (endpoint, cause) = (endpoint.to_string(), one_line(words));
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof if secure && !started => {
            ShareError::Insecure { endpoint, cause }
        }
        _ if started => ShareError::Broken { endpoint, cause },
        _ => ShareError::Unreachable { endpoint, cause },
    }
}

/// The first line that says something, cut, what cannot be seen shown as `�`.
pub(super) fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let seen = |c: char| {
        if c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ' { c } else { '\u{fffd}' }
    };
    let mut chars = line.chars().map(seen);
    let mut shown: String = chars.by_ref().take(QUOTED).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_servers_words_one_line_is_shown() {
        for (text, line) in [
            ("", ""),
            ("\n  \r\n  disk full  \nat main.go:3", "disk full"),
            ("\u{1b}[31mred\u{7}", "\u{fffd}[31mred\u{fffd}"),
            ("abc\u{202e}fed\u{200b}", "abc\u{fffd}fed\u{fffd}"),
            ("<b>größer</b>", "<b>größer</b>"),
        ] {
            assert_eq!(one_line(text), line);
        }
        assert_eq!(one_line(&"x".repeat(100_000)).chars().count(), QUOTED + 1);
    }

    #[test]
    fn what_failed_depends_on_whether_the_profile_was_on_its_way() {
        let error = |kind, started| {
            let endpoint = Endpoint::parse("https://host").expect("an address");
            from_transport(&io::Error::new(kind, "why (os error 7)").into(), &endpoint, started)
        };
        use io::ErrorKind::{ConnectionReset, InvalidData};
        for (kind, started, message) in [
            (ConnectionReset, false, "https://host cannot be reached: why"),
            (ConnectionReset, true, "https://host broke off: why"),
            (InvalidData, false, "there is no secure connection to https://host: why"),
            (InvalidData, true, "https://host broke off: why"),
        ] {
            assert_eq!(error(kind, started).to_string(), message);
        }
    }

    #[test]
    fn an_error_names_the_server_and_a_fix() {
        let endpoint = || "https://host".to_owned();
        let refused = |status, reason: &str| ShareError::Refused {
            endpoint: endpoint(),
            status,
            reason: reason.into(),
        };
        for (error, message, help) in [
            (refused(500, "disk full"), "https://host answered 500: `disk full`", "log"),
            (refused(413, ""), "https://host answered 413", "trim 0.1%"),
            (refused(404, ""), "https://host answered 404", "/api/upload/v1"),
            (
                ShareError::Redirected { endpoint: endpoint(), to: "https://b".into() },
                "https://host sends uploads elsewhere: https://b",
                "`publish \"https://b\"`",
            ),
            (
                ShareError::NoLink { endpoint: endpoint(), link: String::new() },
                "https://host answered without a link that can be opened",
                "flamegraph.com",
            ),
        ] {
            assert_eq!(error.to_string(), message);
            let help = error.help().filter(|found| found.contains(help));
            assert!(help.is_some(), "{message}: {:?}", error.help());
        }
    }
}
