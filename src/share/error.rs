//! Why a profile was not published: the address of the server, the cause, one fix.
//!
//! The answer of a server is untrusted text: messages quote one short line of it,
//! without invisible characters. `transport` makes these errors of those of ureq.

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
    #[error("{endpoint} failed during the upload: {cause}")]
    Broken { endpoint: String, cause: String },
    #[error("{endpoint} does not speak HTTP: {cause}")]
    NotHttp { endpoint: String, cause: String },
    #[error("{endpoint} redirects uploads to {to}")]
    Redirected { endpoint: String, to: String },
    #[error("{endpoint} redirects uploads to itself, or to no address")]
    RedirectLoop { endpoint: String },
    #[error("{endpoint} answered {status}{}", quoted(reason))]
    Refused { endpoint: String, status: u16, reason: String },
    #[error("{endpoint} answered, but not in JSON{}", quoted(answer))]
    NotJson { endpoint: String, answer: String },
    #[error("{endpoint} answered without a link that can be opened{}", quoted(link))]
    NoLink { endpoint: String, link: String },
    #[error("interrupted")]
    Interrupted,
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": `{text}`") }
}

impl ShareError {
    /// One fix.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            ShareError::BadEndpoint { .. } => {
                "write `publish \"https://host\"`, without a login, `?` or `#`".to_owned()
            }
            ShareError::Unreachable { .. } => {
                "check the address, and that the server is running".to_owned()
            }
            ShareError::Insecure { .. } => {
                "the server needs a certificate from a public authority; write `http://` for a \
                 server without TLS"
                    .to_owned()
            }
            ShareError::Broken { .. } => {
                "run the cell again; if the profile is too large, `trim 0.1% | publish`".to_owned()
            }
            ShareError::NotHttp { .. } => {
                "write `https://` for a server with a certificate".to_owned()
            }
            ShareError::Redirected { to, .. } => {
                format!("nothing was sent there; if you trust it, write `publish \"{to}\"`")
            }
            ShareError::RedirectLoop { .. } => {
                "ask the operator of the server for its address".to_owned()
            }
            ShareError::Refused { status, .. } => return of_status(*status).map(str::to_owned),
            ShareError::NotJson { .. } | ShareError::NoLink { .. } => {
                "use a server that is compatible with flamegraph.com: `POST /api/upload/v1`"
                    .to_owned()
            }
            ShareError::Interrupted => return None,
        })
    }
}

fn of_status(status: u16) -> Option<&'static str> {
    match status {
        401 | 403 => Some("the server requires a login, and `publish` has none"),
        404 | 405 => Some("check the address: profiles are posted to `/api/upload/v1` below it"),
        413 => Some("make the profile smaller: `trim 0.1% | publish`"),
        429 => Some("wait a little, then run the cell again"),
        500.. => Some("the server failed; its log says why"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_contains_the_server_and_a_fix() {
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
                "https://host redirects uploads to https://b",
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
