//! What a server refused or could not answer, with its own words and one fix.
//!
//! The words of a server are untrusted text: one short line of them is quoted, without
//! invisible characters. Nothing here has seen a credential.

use crate::http::{Failure, one_line};

/// Why a server gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    #[error("`{text}` is not the address of a server")]
    BadAddress { text: String },
    /// No answer.
    #[error("{url} {failure}")]
    NoAnswer { url: String, failure: Failure },
    #[error("{url} answered {status}{}", quoted(words))]
    Refused { url: String, status: u16, words: String },
    #[error("{url} redirects to {to}")]
    Redirected { url: String, to: String },
    /// A status of success, and a body that is not a message.
    #[error("{url} answered something else than a message of Pyroscope{}", quoted(words))]
    Unexpected { url: String, words: String },
    /// A profile that cannot be read.
    #[error("{url} answered with a profile that cannot be read: {reason}")]
    BadProfile { url: String, reason: String },
    #[error("the {what} is read from {place}, which {reason}")]
    NoSecret { what: &'static str, place: String, reason: String },
    #[error("the folder `{path}` cannot keep answers: {reason}")]
    NoCache { path: String, reason: String },
    #[error("this query needs {requests} requests to {url}, and at most {most} are made")]
    TooMany { url: String, requests: usize, most: usize },
    /// A profile was sent, and nobody knows whether it has arrived.
    #[error("{url} {reason}; the profile may have arrived")]
    InDoubt { url: String, reason: String },
    #[error("a profile cannot be sent: {reason}")]
    Unwritten { reason: String },
}

fn quoted(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

impl ServerError {
    /// One fix.
    pub fn help(&self) -> &'static str {
        match self {
            ServerError::BadAddress { .. } => {
                "write `use \"http://host:4040\"`, without a login, `?` or `#`; `help use` says \
                 where a token goes"
            }
            ServerError::NoAnswer { failure, .. } => match failure {
                Failure::Insecure(_) => {
                    "name the certificate of its authority in the variable SSL_CERT_FILE, and \
                     start the kernel again"
                }
                Failure::NotHttp(_) => "write `https://` for a server with a certificate",
                Failure::TooLarge(_) | Failure::Late(_) => "narrow the selection or the range",
                _ => "check the address, and that the server is running",
            },
            ServerError::Refused { status, .. } => of_status(*status),
            ServerError::Redirected { .. } => {
                "credentials are not sent to another address; if you trust it, name it after `use`"
            }
            ServerError::Unexpected { .. } => {
                "check that the address is that of Pyroscope, and not of a proxy or a login page"
            }
            ServerError::BadProfile { .. } => "narrow the range to find out which profile it is",
            ServerError::NoSecret { .. } => {
                "`help server` says where a token and a password may be; a variable must be in \
                 the environment when the kernel starts"
            }
            ServerError::NoCache { .. } => "name another folder: `set cache \"folder\"`",
            ServerError::TooMany { .. } => {
                "narrow the selection or the range, or group by a label with fewer values"
            }
            ServerError::InDoubt { .. } => "look on the server what has arrived",
            ServerError::Unwritten { .. } => "free some memory",
        }
    }
}

fn of_status(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "say who asks: `set token \"env:NAME\"` or `set tenant \"name\"`, then run `use` again; or \
             set FLAMEBOOK_PYROSCOPE_TOKEN, or _USER and _PASSWORD, or _TENANT, for the kernel"
        }
        404 => "check the address: the path of Pyroscope's API is added to it",
        413 => "narrow the selection or the range",
        429 => "wait a little, then run the cell again",
        501 => "this version of the server does not have the method",
        400 | 422 => "the server says what it does not accept",
        _ => "the server failed; its log says why",
    }
}

/// The message of an error in JSON, or else the first line, cut, with `�` for invisible
/// characters.
pub(super) fn words_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let message = json.as_ref().and_then(|json| json["message"].as_str());
    one_line(message.unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_server_are_one_visible_line() {
        for (body, words) in [
            (&br#"{"code":"unauthenticated","message":"no org id"}"#[..], "no org id"),
            (b"404 page not found\n", "404 page not found"),
            (b"\n<html>\x1b[31m\nmore", "<html>\u{fffd}[31m"),
            (b"", ""),
        ] {
            assert_eq!(words_of(body), words);
        }
    }
}
