//! Why a target gave no profile, with its own words and one fix. Nothing here has seen a login.

use crate::http::Failure;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("`{text}` is not the address of a target")]
    BadAddress { text: String },
    /// A login in a cell.
    #[error("the address of {url} has a login, which would be saved with the cell")]
    Login { url: String },
    #[error("{url} {failure}")]
    NoAnswer { url: String, failure: Failure },
    #[error("{url} answered {status}{}", quoted(words))]
    Refused { url: String, status: u16, words: String },
    #[error("{url} redirects to {to}")]
    Redirected { url: String, to: String },
    #[error("{url} answered with {reason}")]
    NotAProfile { url: String, reason: String },
    /// A cache between, which would count the same time twice.
    #[error("{url} answered with the same profile as before")]
    Repeated { url: String },
}

fn quoted(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

impl TargetError {
    /// One fix.
    pub fn help(&self) -> &'static str {
        match self {
            TargetError::BadAddress { .. } => {
                "write http://host:6060/debug/pprof, the page that lists the profiles of a program"
            }
            TargetError::Login { .. } => {
                "fetch into a store in a shell, and open that: flamebook scrape x.flamestore URL"
            }
            TargetError::NoAnswer { failure, .. } => match failure {
                Failure::Insecure(_) => {
                    "name the certificate of its authority in the variable SSL_CERT_FILE"
                }
                Failure::NotHttp(_) => "write https:// for a server with a certificate",
                Failure::Late(_) => "give it more time: --timeout 30s",
                _ => "check the address, and that the program is running",
            },
            TargetError::Refused { status: 401 | 403, .. } => {
                "write the login into the address of `flamebook scrape`: http://user:password@host"
            }
            TargetError::Refused { status: 404, .. } => {
                "import net/http/pprof in the program, or leave the profile out: --profiles"
            }
            TargetError::Refused { .. } => "the target says what it does not accept",
            TargetError::Redirected { .. } => {
                "a login is not sent to another address; if you trust it, name it instead"
            }
            TargetError::NotAProfile { .. } => {
                "check that the address is that of the program, and not of a proxy or a login page"
            }
            TargetError::Repeated { .. } => "fetch from the program itself, without a cache",
        }
    }

    /// Whether the same request may have an answer a moment later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            TargetError::NoAnswer { failure, .. } => {
                matches!(failure, Failure::Broken(_) | Failure::Unreachable(_))
            }
            TargetError::Refused { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}
