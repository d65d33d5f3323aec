//! Failures below HTTP as errors for people: no host, no certificate, no connection.

use std::io;

use super::ShareError;
use super::endpoint::Endpoint;
use crate::http::one_line;

/// How far an upload had come when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connecting,
    /// A part of the profile was sent.
    Sending,
}

/// The error for a failure below HTTP.
pub(super) fn from_transport(error: &ureq::Error, endpoint: &Endpoint, phase: Phase) -> ShareError {
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
        Error::Io(error) => from_io(error, endpoint, phase),
        Error::Protocol(error) => {
            ShareError::NotHttp { endpoint: address, cause: one_line(&error.to_string()) }
        }
        Error::BadUri(_) | Error::Http(_) => ShareError::BadEndpoint { text: address },
        other => ShareError::Broken { endpoint: address, cause: one_line(&other.to_string()) },
    }
}

/// Before the first byte was sent, the connection or the certificate failed.
fn from_io(error: &io::Error, endpoint: &Endpoint, phase: Phase) -> ShareError {
    let text = error.to_string();
    // The text in front of the number says the same.
    let words = text.split(" (os error").next().unwrap_or_default();
    let secure = endpoint.is_secure();
    let (endpoint, cause) = (endpoint.to_string(), one_line(words));
    match (phase, error.kind()) {
        (Phase::Sending, _) => ShareError::Broken { endpoint, cause },
        (Phase::Connecting, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
            if secure =>
        {
            ShareError::Insecure { endpoint, cause }
        }
        (Phase::Connecting, _) => ShareError::Unreachable { endpoint, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_depends_on_whether_the_profile_was_being_sent() {
        let error = |kind, phase| {
            let endpoint = Endpoint::parse("https://host").expect("an address");
            from_transport(&io::Error::new(kind, "why (os error 7)").into(), &endpoint, phase)
        };
        use Phase::{Connecting, Sending};
        use io::ErrorKind::{ConnectionReset, InvalidData};
        for (kind, phase, message) in [
            (ConnectionReset, Connecting, "https://host cannot be reached: why"),
            (ConnectionReset, Sending, "https://host failed during the upload: why"),
            (InvalidData, Connecting, "there is no secure connection to https://host: why"),
            (InvalidData, Sending, "https://host failed during the upload: why"),
        ] {
            assert_eq!(error(kind, phase).to_string(), message);
        }
    }
}
