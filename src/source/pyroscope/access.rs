//! Who asks: a tenant, a token or a login, from the environment.
//!
//! Secrets live here and in the headers of requests, and nowhere else: they have no
//! `Debug` and no `Display`, so that no message can show them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::Address;

/// A token that is sent as `Authorization: Bearer`.
const TOKEN: &str = "FLAMEBOOK_PYROSCOPE_TOKEN";
/// A login that is sent as `Authorization: Basic`.
const USER: &str = "FLAMEBOOK_PYROSCOPE_USER";
const PASSWORD: &str = "FLAMEBOOK_PYROSCOPE_PASSWORD";
/// A tenant that is sent as `X-Scope-OrgID`.
const TENANT: &str = "FLAMEBOOK_PYROSCOPE_TENANT";

/// What a server is told about who asks.
#[derive(Default)]
pub(super) struct Access {
    authorization: Option<String>,
    tenant: Option<String>,
}

impl Access {
    pub(super) fn from_environment() -> Access {
        Access::from(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// A token wins over a login.
    fn from(variable: impl Fn(&str) -> Option<String>) -> Access {
        let login = || {
            let (user, password) = (variable(USER)?, variable(PASSWORD).unwrap_or_default());
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        };
        let token = variable(TOKEN).map(|token| format!("Bearer {token}"));
        Access { authorization: token.or_else(login), tenant: variable(TENANT) }
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let authorization = self.authorization.iter().map(|value| ("authorization", &**value));
        authorization.chain(self.tenant.iter().map(|tenant| ("x-scope-orgid", &**tenant)))
    }

    /// A warning if a secret goes over the network as plain text.
    pub(super) fn warning(&self, address: &Address) -> Option<String> {
        let is_exposed =
            self.authorization.is_some() && !address.is_secure() && !address.is_local();
        is_exposed.then(|| {
            format!("{address} gets a token or a password without encryption; use `https://`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(set: &[(&str, &str)]) -> Access {
        Access::from(|name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_token_a_login_and_a_tenant_become_headers() {
        let headers = |set: &[(&str, &str)]| {
            let access = access(set);
            let headers = access.headers().map(|(name, value)| format!("{name}: {value}"));
            headers.collect::<Vec<_>>()
        };
        assert_eq!(headers(&[]), Vec::<String>::new());
        assert_eq!(
            headers(&[(TOKEN, "t0ken"), (TENANT, "team-a"), (USER, "u")]),
            ["authorization: Bearer t0ken", "x-scope-orgid: team-a"]
        );
        // base64 of u:p.
        assert_eq!(headers(&[(USER, "u"), (PASSWORD, "p")]), ["authorization: Basic dTpw"]);
    }

    #[test]
    fn a_secret_in_plain_text_to_another_host_is_warned_about() {
        let warning = |address: &str, set: &[(&str, &str)]| {
            access(set).warning(&Address::parse(address).expect("an address"))
        };
        let token = &[(TOKEN, "t0ken")][..];
        let warned = warning("http://host:4040", token).expect("a warning");
        assert!(warned.contains("http://host:4040") && !warned.contains("t0ken"), "{warned}");
        assert_eq!(warning("http://127.0.0.1:4040", token), None);
        assert_eq!(warning("https://host", token), None);
        assert_eq!(warning("http://host", &[(TENANT, "team-a")]), None);
    }
}
