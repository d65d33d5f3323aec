//! `use "http://host:6060/debug/pprof"`: one look at a program, now.
//!
//! All of its profiles are fetched at once, five seconds of CPU among them, and are then like
//! files. What Go counts from the start of the process is what it has counted so far.

use std::thread;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::error::TargetError;
use super::fetch::Fetcher;
use super::target::{FOLDER, Target, Usual};
use crate::profile::Labels;
use crate::source::files::Files;
use crate::source::load::Input;
use crate::source::{Opening, Skipped, SourceError};
use crate::work::{Progress, Unwatched, Work};

/// Of CPU, in seconds.
const CPU: u64 = 5;
/// What an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Whether what is written after `use` is the page of a program with its profiles, or one of
/// these.
pub(in crate::source) fn is_target(target: &str) -> bool {
    let Some((scheme, rest)) = target.split_once("://") else { return false };
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    is_web && parts(rest.trim_end_matches('/')).is_some()
}

/// An address and the name of the profile behind it, if it has one.
fn parts(address: &str) -> Option<(&str, Option<Endpoint>)> {
    if address.ends_with(FOLDER) {
        return Some((address, None));
    }
    let (folder, name) = address.rsplit_once('/')?;
    let endpoint = Endpoint::named(name)?;
    folder.ends_with(FOLDER).then_some((folder, Some(endpoint)))
}

/// Fetches the profiles of a program. What cannot be fetched is skipped; fails if nothing can.
pub(in crate::source) fn open(
    name: &str,
    opening: &Opening<'_>,
    work: Work<'_>,
) -> Result<Files, SourceError> {
    let (address, only) = parts(name.trim_end_matches('/')).unwrap_or((name, None));
    // Go has the same content under both names.
    let all = || Endpoint::ALL.into_iter().filter(|one| *one != Endpoint::Allocs).collect();
    let endpoints: Vec<Endpoint> = only.map_or_else(all, |only| vec![only]);
    let usual = Usual { every: TIMEOUT, timeout: TIMEOUT, endpoints, labels: Labels::default() };
    let target = Target::parse(address, &usual)?;
    if target.login.is_some() {
        return Err(TargetError::Login { url: target.address.to_string() }.into());
    }
    let (answers, skipped) = fetched(&target, work)?;
    let labels = target.labels.overlaid(opening.labels);
    let inputs: Vec<Input<'_>> = answers
        .iter()
        .map(|(endpoint, bytes)| Input::of_bytes(bytes, endpoint.name(), &labels))
        .collect();
    let shown = only.map_or_else(
        || target.address.to_string(),
        |only| format!("{}/{}", target.address, only.path()),
    );
    let files = Files::load(&shown, &inputs, opening.unpack, work)?;
    Ok(files.with_skipped(skipped))
}

type Answers = Vec<(Endpoint, Vec<u8>)>;

/// The answers of a target, all asked for at once; the first error if there is none.
fn fetched(target: &Target, work: Work<'_>) -> Result<(Answers, Vec<Skipped>), SourceError> {
    let fetcher = Fetcher::new(target, TIMEOUT);
    let quiet = Work { watch: &Unwatched, ..work };
    let fetch = |endpoint: Endpoint| match endpoint {
        Endpoint::Cpu => fetcher.fetch(&format!("{}?seconds={CPU}", endpoint.path()), quiet),
        other => fetcher.fetch(other.path(), quiet),
    };
    let total = target.endpoints.len() as u64;
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let fetch = &fetch;
        let asked: Vec<_> = target
            .endpoints
            .iter()
            .map(|endpoint| (*endpoint, scope.spawn(move || fetch(*endpoint))))
            .collect();
        // The CPU profile lasts longest.
        for (done, (endpoint, asked)) in (1..).zip(asked.into_iter().rev()) {
            match asked.join() {
                Ok(Ok(bytes)) => answers.push((endpoint, bytes)),
                Ok(Err(error)) => errors.push((endpoint, error)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            work.watch.progress(&Progress { what: "fetching", unit: "profiles", done, total });
        }
    });
    work.check()?;
    if answers.is_empty()
        && let Some((_, error)) = errors.pop()
    {
        return Err(error);
    }
    let skipped = |(endpoint, error): (Endpoint, SourceError)| Skipped {
        path: endpoint.name().to_owned(),
        reason: error.to_string(),
    };
    Ok((answers, errors.into_iter().map(skipped).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_profiles_is_told_from_other_servers() {
        for target in [
            "http://host:6060/debug/pprof",
            "HTTPS://host/prefix/debug/pprof/",
            "http://host:6060/debug/pprof/heap",
            "http://u:p@host:6060/debug/pprof/profile",
        ] {
            assert!(is_target(target), "{target}");
        }
        for other in [
            "http://host:4040",
            "http://host/debug/pprof/x.pb.gz",
            "http://host/debug",
            "files/debug/pprof",
        ] {
            assert!(!is_target(other), "{other}");
        }
    }
}
