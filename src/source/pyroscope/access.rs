//! Who asks: a tenant, a token or a login, as `set` says, or else from the environment.
//!
//! `set` names where a secret is, a variable or a file, and never holds the secret itself: a
//! cell is saved with its notebook. Secrets live here and in the headers of requests, and
//! nowhere else: they have no `Debug` and no `Display`, so that no message can show them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::error::ServerError;
use crate::http::Address;

/// A token that is sent as `Authorization: Bearer`.
const TOKEN: &str = "FLAMEBOOK_PYROSCOPE_TOKEN";
/// A login that is sent as `Authorization: Basic`.
const USER: &str = "FLAMEBOOK_PYROSCOPE_USER";
const PASSWORD: &str = "FLAMEBOOK_PYROSCOPE_PASSWORD";
/// A tenant that is sent as `X-Scope-OrgID`.
const TENANT: &str = "FLAMEBOOK_PYROSCOPE_TENANT";

/// Who asks, as `set` says. What is none comes from the environment. Names may be written as
/// the place of one, as secrets always are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub token: Option<Secret>,
    pub user: Option<Arc<str>>,
    pub password: Option<Secret>,
    pub tenant: Option<Arc<str>>,
}

impl Credentials {
    pub const OF_ENVIRONMENT: Credentials =
        Credentials { token: None, user: None, password: None, tenant: None };
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// In a variable of the environment.
    Variable(Arc<str>),
    /// In a file, whose white space at the ends does not count.
    File(Arc<str>),
}

impl Secret {
    /// `env:NAME` or `file:path`; none for anything else, which may be the secret itself.
    pub fn parse(text: &str) -> Option<Secret> {
        let named = |name: &str| (!name.is_empty()).then(|| Arc::from(name));
        match text.split_once(':')? {
            ("env", name) => named(name).map(Secret::Variable),
            ("file", path) => named(path).map(Secret::File),
            _ => None,
        }
    }

    fn read(&self, what: &'static str, world: &World<'_>) -> Result<String, ServerError> {
        let missing = |reason: &str| ServerError::NoSecret {
            what,
            place: self.to_string(),
            reason: reason.to_owned(),
        };
        let text = match self {
            Secret::Variable(name) => {
                (world.variable)(name).ok_or_else(|| missing("is not set"))?
            }
            Secret::File(path) => std::fs::read_to_string(world.base_dir.join(&**path))
                .map_err(|error| missing(&format!("cannot be read: {}", error.kind())))?,
        };
        match text.trim() {
            "" => Err(missing("is empty")),
            text if !is_one_line(text) => Err(missing("is not one line of visible characters")),
            text => Ok(text.to_owned()),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Variable(name) => write!(f, "the variable `{name}`"),
            Secret::File(path) => write!(f, "the file `{path}`"),
        }
    }
}

/// Whether a header can hold it.
fn is_one_line(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

/// Where secrets are read.
struct World<'w> {
    variable: &'w dyn Fn(&str) -> Option<String>,
    base_dir: &'w Path,
}

impl World<'_> {
    /// The name of a tenant or user: as written, or from its place, `env:NAME` or `file:path`.
    fn name(&self, what: &'static str, written: &Arc<str>) -> Result<String, ServerError> {
        match Secret::parse(written) {
            Some(place) => place.read(what, self),
            None => Ok(written.to_string()),
        }
    }
}

/// What a server is told about who asks.
#[derive(Default)]
pub(super) struct Access {
    authorization: Option<String>,
    tenant: Option<String>,
    /// The token or the password.
    secret: Option<String>,
}

impl Access {
    /// Reads the secrets. Relative paths start at `base_dir`.
    pub(super) fn of(credentials: &Credentials, base_dir: &Path) -> Result<Access, ServerError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Access::read(credentials, &World { variable: &variable, base_dir })
    }

    /// What is set wins over the environment, and a token over a login.
    fn read(credentials: &Credentials, world: &World<'_>) -> Result<Access, ServerError> {
        let from = |name: &str| Secret::Variable(name.into());
        let is_set = |name: &str| (world.variable)(name).is_some();
        let of_environment = |name| is_set(name).then(|| from(name));
        let password = credentials.password.clone().or_else(|| of_environment(PASSWORD));
        let tenant = match &credentials.tenant {
            Some(tenant) => Some(world.name("tenant", tenant)?),
            None => (world.variable)(TENANT),
        };
        let access = match (&credentials.token, &credentials.user) {
            (Some(token), _) => Access::bearer(token, world)?,
            (None, Some(user)) => {
                Access::basic(&world.name("user", user)?, password.as_ref(), world)?
            }
            (None, None) => match (of_environment(TOKEN), (world.variable)(USER)) {
                (Some(token), _) => Access::bearer(&token, world)?,
                (None, Some(user)) => Access::basic(&user, password.as_ref(), world)?,
                (None, None) => Access::default(),
            },
        };
        Ok(Access { tenant, ..access })
    }

    fn bearer(token: &Secret, world: &World<'_>) -> Result<Access, ServerError> {
        let token = token.read("token", world)?;
        let authorization = Some(format!("Bearer {token}"));
        Ok(Access { authorization, secret: Some(token), tenant: None })
    }

    fn basic(
        user: &str,
        password: Option<&Secret>,
        world: &World<'_>,
    ) -> Result<Access, ServerError> {
        let secret = password.map(|password| password.read("password", world)).transpose()?;
        let login = format!("{user}:{}", secret.as_deref().unwrap_or_default());
        let authorization = Some(format!("Basic {}", STANDARD.encode(login)));
        Ok(Access { authorization, secret, tenant: None })
    }

    /// Words of a server without the secret, which some servers repeat.
    pub(super) fn hide(&self, words: String) -> String {
        let encoded = self.authorization.as_ref().and_then(|value| value.split_once(' '));
        let secrets = self.secret.iter().map(|secret| &**secret).chain(encoded.map(|(_, it)| it));
        secrets.fold(words, |words, secret| words.replace(secret, "***"))
    }

    /// A remark for a server without profiles: a tenant that nobody pushed to looks the same.
    pub(super) fn nothing_yet(&self) -> String {
        match &self.tenant {
            Some(tenant) => format!("the server has no profiles of the tenant `{tenant}` yet"),
            None => "the server has no profiles yet".to_owned(),
        }
    }

    /// Differs for others who ask, and does not tell who. A password may be short, so that
    /// this takes too long to try out many.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        const ROUNDS: u32 = 20_000;
        let text = format!("{:?}", (&self.authorization, &self.tenant));
        let first: [u8; 32] = Sha256::digest(text).into();
        (0..ROUNDS).fold(first, |hash, _| Sha256::digest(hash).into())
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

    fn read(credentials: &Credentials, set: &[(&str, &str)]) -> Result<Access, ServerError> {
        let variable = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Access::read(credentials, &World { variable: &variable, base_dir: Path::new("") })
    }

    fn access(set: &[(&str, &str)]) -> Access {
        read(&Credentials::default(), set).unwrap_or_else(|error| panic!("{error}"))
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
    fn what_is_set_wins_over_the_environment() {
        let world = &[(TOKEN, "t0ken"), (TENANT, "team-a"), ("MINE", " mine\n"), ("PASS", "p")][..];
        let headers = |credentials: &Credentials| {
            let access = read(credentials, world).unwrap_or_else(|error| panic!("{error}"));
            access.headers().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let token = Secret::parse("env:MINE");
        let of_token = Credentials { token: token.clone(), ..Credentials::default() };
        assert_eq!(headers(&of_token), ["authorization: Bearer mine", "x-scope-orgid: team-a"]);
        let of_login = Credentials {
            user: Some("u".into()),
            password: Secret::parse("env:PASS"),
            tenant: Some("team-b".into()),
            ..Credentials::default()
        };
        assert_eq!(headers(&of_login), ["authorization: Basic dTpw", "x-scope-orgid: team-b"]);
        assert_eq!(headers(&Credentials { token, ..of_login.clone() })[0], headers(&of_token)[0]);
        let prints = [Credentials::default(), of_token, of_login].map(|credentials| {
            read(&credentials, world).unwrap_or_else(|error| panic!("{error}")).fingerprint()
        });
        assert!(prints[0] != prints[1] && prints[1] != prints[2] && prints[0] != prints[2]);
    }

    #[test]
    fn names_may_be_in_a_variable_too() {
        let world = &[("WHO", "u\n"), ("TEAM", "team-b"), ("PASS", "p")][..];
        let credentials = Credentials {
            user: Some("env:WHO".into()),
            password: Secret::parse("env:PASS"),
            tenant: Some("env:TEAM".into()),
            token: None,
        };
        let access = read(&credentials, world).unwrap_or_else(|error| panic!("{error}"));
        let headers: Vec<_> = access.headers().collect();
        // base64 of u:p.
        assert_eq!(headers, [("authorization", "Basic dTpw"), ("x-scope-orgid", "team-b")]);
        assert_eq!(access.nothing_yet(), "the server has no profiles of the tenant `team-b` yet");
        let Err(error) = read(&credentials, &[("WHO", "u")]) else { panic!("no password") };
        assert!(error.to_string().contains("not set"), "{error}");
        let absent = Credentials { tenant: Some("env:TEAM".into()), ..Credentials::default() };
        let Err(error) = read(&absent, &[]) else { panic!("no tenant") };
        assert!(error.to_string().contains("tenant"), "{error}");
    }

    #[test]
    fn a_secret_that_is_not_there_is_named_by_its_place() {
        for (place, world, parts) in [
            ("env:MINE", &[][..], ["`MINE`", "not set"]),
            ("env:MINE", &[("MINE", " \n")][..], ["`MINE`", "empty"]),
            ("env:MINE", &[("MINE", "s3cret\nmore")][..], ["`MINE`", "one line"]),
            ("file:/no/such/file", &[][..], ["`/no/such/file`", "cannot be read"]),
        ] {
            let token = Secret::parse(place);
            let Err(error) = read(&Credentials { token, ..Credentials::default() }, world) else {
                panic!("{place} is read")
            };
            let said = error.to_string();
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
        for text in ["s3cret", "env:", "file:", "ENV:A", ""] {
            assert_eq!(Secret::parse(text), None, "{text}");
        }
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
