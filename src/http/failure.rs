//! Why a request has no answer, in words for a reader.

use std::io;

use ureq::{Error, Timeout};

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("interrupted")]
    Interrupted,
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    #[error("has no certificate that is trusted here: {0}")]
    Insecure(String),
    /// The connection ended before the whole answer was there.
    #[error("closed the connection: {0}")]
    Broken(String),
    #[error("did not answer within {0} s")]
    Late(u64),
    #[error("does not speak HTTP: {0}")]
    NotHttp(String),
    #[error("answers with more than {0}")]
    TooLarge(String),
    #[error("answers with gzip data that cannot be unpacked: {0}")]
    BadGzip(String),
}

impl Failure {
    /// Whether the same request may have an answer a moment later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Failure::Broken(_))
    }

    /// From an error of ureq; `seconds` is the time that an answer had.
    pub(super) fn of_ureq(error: &Error, is_secure: bool, seconds: u64) -> Failure {
        match error {
            Error::HostNotFound => Failure::Unreachable("there is no such host".to_owned()),
            Error::ConnectionFailed => Failure::Unreachable("no connection".to_owned()),
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Failure::Unreachable("no answer in 5 s".to_owned())
            }
            Error::Timeout(_) => Failure::Late(seconds),
            Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => {
                Failure::Insecure(error.to_string())
            }
            Error::Io(error) => Failure::of_io(error, is_secure),
            Error::Protocol(error) => Failure::NotHttp(error.to_string()),
            other => Failure::Broken(other.to_string()),
        }
    }

    pub(super) fn of_io(error: &io::Error, is_secure: bool) -> Failure {
        let text = error.to_string();
        // The text in front of the number says the same.
        let words = text.split(" (os error").next().unwrap_or_default().to_owned();
        match error.kind() {
            io::ErrorKind::InvalidData if is_secure => Failure::Insecure(words),
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Failure::Unreachable(words),
            _ => Failure::Broken(words),
        }
    }
}
