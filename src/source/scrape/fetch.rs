//! One request to a target, and what its answer means.

use std::time::Duration;

use super::error::TargetError;
use super::target::Target;
use crate::http::{Answer, Client, Failure, Get, Limits, one_line};
use crate::source::SourceError;
use crate::work::{Cancelled, Work};

/// The largest answer, in bytes.
const LARGEST: u64 = 64 << 20;

/// Sends requests to one target.
pub(super) struct Fetcher<'t> {
    client: Client,
    target: &'t Target,
}

impl<'t> Fetcher<'t> {
    /// Answers may take so long.
    pub(super) fn new(target: &'t Target, time: Duration) -> Fetcher<'t> {
        let limits = Limits { time, bytes: LARGEST };
        Fetcher { client: Client::new(target.address.clone(), limits), target }
    }

    /// The bytes of a profile, from a path below the address of the target.
    pub(super) fn fetch(&self, path: &str, work: Work<'_>) -> Result<Vec<u8>, SourceError> {
        let login = self.target.login.as_ref();
        let headers: Vec<_> =
            login.map(|login| ("authorization", login.header())).into_iter().collect();
        let path = format!("/{path}");
        let url = self.url(&path);
        match self.client.get(&Get { path: &path, headers: &headers }, work) {
            Ok(Answer { status: 200, body, .. }) => Ok(body),
            Ok(Answer { status: 300..400, location, .. }) => {
                let to = location.unwrap_or_else(|| "no address".to_owned());
                Err(TargetError::Redirected { url, to: self.words(to.as_bytes()) }.into())
            }
            Ok(Answer { status, body, .. }) => {
                Err(TargetError::Refused { url, status, words: self.words(&body) }.into())
            }
            Err(Failure::Interrupted) => Err(Cancelled.into()),
            // Then it is so for all profiles.
            Err(failure @ Failure::Unreachable(_)) => {
                Err(TargetError::NoAnswer { url: self.url(""), failure }.into())
            }
            Err(failure) => Err(TargetError::NoAnswer { url, failure }.into()),
        }
    }

    /// The address of a path, for people.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.target.address)
    }

    /// A line of the target, without the secret that it may repeat.
    pub(super) fn words(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        one_line(&self.target.login.as_ref().map_or(text.clone(), |login| login.hide(text)))
    }
}
