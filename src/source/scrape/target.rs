//! A program that serves profiles: its address, who asks, and the labels of its series.

use std::time::Duration;

use super::endpoint::Endpoint;
use super::error::TargetError;
use super::login::{Login, parted};
use crate::http::{Address, one_line, without_login};
use crate::profile::Labels;

/// Where Go serves its profiles.
pub(super) const FOLDER: &str = "/debug/pprof";

#[derive(Debug, Clone)]
pub struct Target {
    /// Of the page that lists its profiles, without a login.
    pub address: Address,
    pub(super) login: Option<Login>,
    pub labels: Labels,
    pub endpoints: Vec<Endpoint>,
    /// From one fetch to the next.
    pub every: Duration,
    /// What an answer may take, beside the seconds that are recorded.
    pub timeout: Duration,
}

/// How often and what, where nothing else is said.
#[derive(Debug, Clone)]
pub struct Usual {
    pub every: Duration,
    pub timeout: Duration,
    pub endpoints: Vec<Endpoint>,
    /// Given to every series; `job` and `instance` are added.
    pub labels: Labels,
}

/// The shortest interval: CPU profiles last whole seconds.
pub const SHORTEST: Duration = Duration::from_secs(2);

impl Target {
    /// `http://[user:password@]host:6060[/debug/pprof]`
    pub fn parse(text: &str, usual: &Usual) -> Result<Target, TargetError> {
        let (address, login) = place(text)?;
        let own: Labels =
            [("job", "scrape"), ("instance", address.authority())].into_iter().collect();
        Ok(Target {
            labels: own.overlaid(&usual.labels),
            address,
            login,
            endpoints: usual.endpoints.clone(),
            every: usual.every,
            timeout: usual.timeout,
        })
    }

    /// A warning if a password goes over the network as plain text.
    pub fn warning(&self) -> Option<String> {
        let is_exposed =
            self.login.is_some() && !self.address.is_secure() && !self.address.is_local();
        let address = &self.address;
        is_exposed
            .then(|| format!("{address} gets a login without encryption; use https:// if it can"))
    }
}

/// An address with the folder of the profiles, and its login.
pub(super) fn place(text: &str) -> Result<(Address, Option<Login>), TargetError> {
    let (without, login) = parted(text.trim());
    let bad = || TargetError::BadAddress { text: one_line(&without_login(&without)) };
    let address = Address::parse(&without).ok_or_else(bad)?;
    let address = match address.path() {
        "" => Address::parse(&format!("{address}{FOLDER}")).ok_or_else(bad)?,
        _ => address,
    };
    Ok((address, login))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Usual {
        Usual {
            every: SHORTEST,
            timeout: SHORTEST,
            endpoints: Endpoint::ALL.to_vec(),
            labels: [("service", "shop"), ("job", "")].into_iter().collect(),
        }
    }

    #[test]
    fn an_address_becomes_a_target_without_its_login() {
        let target = Target::parse("http://u:s3cret@host:6060/", &usual()).expect("a target");
        assert_eq!(target.address.to_string(), "http://host:6060/debug/pprof");
        let labels = r#"instance="host:6060", job="scrape", service="shop""#;
        assert_eq!(target.labels.to_string(), labels);
        assert!(!format!("{target:?}").contains("s3cret"));
        let warning = target.warning().expect("a warning");
        assert!(warning.contains("host:6060") && !warning.contains("s3cret"), "{warning}");
        let target = Target::parse("https://host/x/pprof", &usual()).expect("a target");
        assert_eq!(target.address.to_string(), "https://host/x/pprof");
    }

    #[test]
    fn what_is_no_address_is_shown_without_its_login() {
        for text in [
            "ftp://u:s3cret@host",
            "http://u:s3cret@ho st",
            "http://u:s3cret@host?a=b",
            "http://u:/s3cret@host",
        ] {
            let error = Target::parse(text, &usual()).expect_err(text).to_string();
            assert!(!error.contains("s3cret") && error.contains("ho"), "{error}");
        }
    }
}
