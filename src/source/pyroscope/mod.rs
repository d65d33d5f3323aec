//! A Grafana Pyroscope server as a source.
//!
//! A query asks for no more than its stages look at: one merged profile for a flame graph,
//! one for each group, totals without stacks for a timeline. What is asked for is whole,
//! never a flame graph, which a server cuts; everything else is computed here. What a server
//! does not know is said: it merges, so that single profiles are only seen as totals, to
//! the second, and the labels of samples are labels of series.
//!
//! - `connection`: calls, repeated where that may help, and kept answers
//! - `access`: who asks; `folder`: answers on disk; `error`: what went wrong; `expiry`: until
//!   when answers hold
//! - `lookback`: how far back a server answers; `refusal`: what it says of too long ranges
//! - `message`: the messages; `selector`: matchers as text; `span`: ranges of time
//! - `state`: an open server; `editor`: names for somebody who types
//! - `question`: a request in the terms of the server; `answer`: what it takes to answer it
//! - `grafana`: the page that shows a selection there
//! - `totals`: values without stacks; `stacks`: merged profiles; `tree`: those by the names of
//!   functions; `gauge`: levels, which the server adds up; `replicates`: parts of a window,
//!   for standard errors
//! - `pieces`: what an import takes; `push`: sends profiles

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::access::Access;
use self::connection::{Call, Connection, Inquiry, is_closed, now};
use self::error::ServerError;
use self::folder::Folder;
use self::question::Question;
use self::selector::{one_of, selector};
use self::span::Range;
use self::state::{Kind, State, label_names, of_kind};
use super::pprof::kind::profile_type;
use super::{Asked, Opening, Origin, Request, Selection, Skipped, Source, SourceError};
use crate::http::{Address, without_login};
use crate::profile::{LabelMatcher, MatchOp, ProfileType, Symbols};
use crate::quantity::{Span, Timestamp, Window};
use crate::work::Work;

mod access;
mod answer;
mod connection;
mod editor;
pub mod error;
mod expiry;
mod folder;
mod gauge;
mod grafana;
mod lookback;
mod message;
pub(super) mod pieces;
pub mod push;
mod question;
mod refusal;
mod replicates;
mod selector;
mod span;
mod stacks;
mod state;
mod totals;
mod tree;

pub use access::{Credentials, Secret};

/// The range of a selector without one.
const USUAL_RANGE: Span = Span::seconds(3600);
/// Where types are looked for, and what has no window, in milliseconds.
const LOOKBACK: i64 = 86_400_000;
/// The clock moves in steps of this many milliseconds, so that the same question asked
/// again at once is the same request.
const TICK: i64 = 10_000;

/// Whether what is written after `use` is the address of a server, and not that of a file.
pub(super) fn is_server(target: &str) -> bool {
    let Some((scheme, rest)) = target.split_once("://") else { return false };
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    let file = rest.split_once('/').and_then(|(_, path)| path.rsplit('/').next());
    let is_file = file.is_some_and(|file| file.contains('.')) && !rest.contains(grafana::PROXY);
    is_web && !is_file
}

/// An open server.
#[derive(Clone)]
pub struct Server(Arc<State>);

impl Server {
    /// The matchers of a request, as a server knows them: it cannot compare sizes, so that a
    /// matcher of sizes names the values that it accepts.
    fn without_amounts(
        &self,
        request: &Request<'_>,
        work: Work<'_>,
    ) -> Result<Vec<LabelMatcher>, SourceError> {
        let known = |matcher: &LabelMatcher| {
            if !matches!(matcher.op, MatchOp::Amount(..)) {
                return Ok(matcher.clone());
            }
            let values = self.label_values(request.kind, &matcher.name, request.window, work)?;
            let accepted =
                values.into_iter().filter(|value| matcher.accepts(Some(&value.clone().into())));
            Ok(LabelMatcher { name: matcher.name.clone(), op: MatchOp::Regex(one_of(accepted)) })
        };
        request.matchers.iter().map(known).collect()
    }

    /// Asks a server for its types. Fails if it does not answer.
    pub fn open(name: &str, opening: &Opening<'_>, work: Work<'_>) -> Result<Server, SourceError> {
        let address = Address::parse(name).ok_or_else(|| ServerError::BadAddress {
            text: error::words_of(without_login(name).as_bytes()),
        })?;
        let access = Access::of(&opening.servers.credentials, opening.base_dir)?;
        let folder = opening.servers.cache.as_deref().map(|folder| {
            let path = opening.base_dir.join(folder);
            Folder::open(&path, &address.to_string(), access.fingerprint())
        });
        let connection = Connection::new(address, access, folder.transpose()?);
        let inquiry = Inquiry::new(&connection, work);
        let stats = stats(&inquiry)?;
        let end = stats.as_ref().map_or_else(now, |stats| stats.newest.min(now())) + 1;
        let range = Range { first: end - LOOKBACK + 1, last: end };
        let kinds = connection.within_limit(|| types(&inquiry, range))?;
        let mut remarks: Vec<String> = connection.warning().into_iter().collect();
        if kinds.is_empty() {
            remarks.push(connection.nothing_yet());
        }
        // A server has no older profiles to leave out.
        let is_young = stats.as_ref().is_some_and(|stats| stats.oldest > now() - LOOKBACK);
        let lookback = if is_young { None } else { lookback::ask(&inquiry)? };
        let mut state = State::new(name, connection, opening.labels);
        state.kinds = kinds;
        state.lookback = lookback;
        state.remarks = remarks.into();
        state.oldest = stats.as_ref().map(|stats| stats.oldest);
        state.newest = stats.map(|stats| stats.newest);
        Ok(Server(Arc::new(state)))
    }

    /// The wall clock, in milliseconds.
    fn clock(&self) -> i64 {
        let at = now();
        let left = Duration::from_millis((TICK - at.rem_euclid(TICK)).unsigned_abs());
        self.0.connection.expiry.note(Instant::now() + left);
        at.div_euclid(TICK) * TICK
    }

    /// A window as the server has it; without one, the last day with profiles.
    fn range(&self, window: Option<Window>) -> Option<Range> {
        if let Some(window) = window {
            return Range::of(window);
        }
        let (clock, newest) = (self.clock(), self.0.newest.unwrap_or(i64::MAX));
        let end = if newest < clock - LOOKBACK { newest + 1 } else { clock };
        Some(Range { first: end - LOOKBACK, last: end - 1 })
    }
}

/// The same snapshots again: sums over them are found by them, too.
fn from_memory(kept: Selection) -> Selection {
    let lines = kept.origin.requests.iter();
    let requests = lines.map(|line| match line.rsplit_once(": ") {
        Some((request, _)) => format!("{request}: from memory"),
        None => line.clone(),
    });
    let origin = Origin { requests: requests.collect(), ..kept.origin };
    Selection { origin, ..kept }
}

/// About the bytes of its samples and symbols.
fn size_of_selection(selection: &Selection) -> usize {
    let samples: usize = selection.snapshots.iter().map(|s| s.n_samples as usize).sum();
    let symbols = &selection.symbols;
    let rows = symbols.stacks.len() + symbols.frames.len() + symbols.strings.len();
    size_of_val(&*selection.snapshots) + 16 * samples + 64 * rows
}

/// When the profiles of the server were recorded; none if it has none, or does not say.
fn stats(inquiry: &Inquiry<'_>) -> Result<Option<message::Stats>, SourceError> {
    let call = Call {
        method: "GetProfileStats",
        purpose: "the times of its profiles".to_owned(),
        request: &message::Nothing {},
        last: None,
    };
    match inquiry.call::<message::Stats>(&call) {
        Ok(stats) => Ok(Some(stats).filter(|stats| stats.has_data && stats.newest > 0)),
        // Older servers and some proxies do not have it.
        Err(SourceError::Server(ServerError::Refused { status: 404 | 501, .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

fn types(inquiry: &Inquiry<'_>, range: Range) -> Result<Vec<Kind>, SourceError> {
    let found = inquiry.each(&range.parts(inquiry.longest()), |part| {
        let request = message::TypesRequest { start: part.first, end: part.last };
        let purpose = "the profile types".to_owned();
        let call = Call { method: "ProfileTypes", purpose, request: &request, last: None };
        inquiry.call::<message::Types>(&call)
    })?;
    let found = found.into_iter().flat_map(|found| found.types);
    let mut kinds: Vec<Kind> = found.map(Kind::of).collect();
    kinds.sort_by(|a, b| a.kind.id.cmp(&b.kind.id));
    kinds.dedup_by(|a, b| a.kind.id == b.kind.id);
    Ok(kinds)
}

impl Kind {
    fn of(found: message::Type) -> Kind {
        let (kind, factor) = profile_type(
            &found.name,
            (&found.sample_type, &found.sample_unit),
            (&found.period_type, &found.period_unit),
        );
        Kind { kind: ProfileType { id: found.id.into(), ..kind }, factor }
    }
}

impl Source for Server {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn types(&self) -> Vec<ProfileType> {
        self.0.kinds.iter().map(|kind| kind.kind.clone()).collect()
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        let matchers = self.without_amounts(request, work)?;
        let request = &Request { matchers: &matchers, ..*request };
        let inquiry = Inquiry::new(&self.0.connection, work);
        let range = self.range(request.window);
        let question = range.and_then(|range| Question::of(&self.0, request, range));
        let Some(question) = question else {
            return Ok(Selection {
                kind: request.kind.clone(),
                symbols: Symbols::default(),
                snapshots: Arc::new([]),
                loader: None,
                origin: Origin::default(),
            });
        };
        let key = question.key(request.asked);
        let with_places = question.key(Asked { places: true, ..request.asked });
        if let Some(kept) =
            [&key, &with_places].into_iter().find_map(|key| self.0.selections.get(key))
        {
            return Ok(from_memory(kept));
        }
        let limit = self.0.lookback;
        let left_out =
            limit.and_then(|limit| lookback::left_out(question.range, limit, self.0.oldest));
        let ask = || answer::answer(&question, &inquiry, request.asked);
        let mut selection = self.0.connection.within_limit(ask)?;
        selection.origin.notes.extend(left_out);
        // What can load more from the server holds the server, and is not held by it.
        if is_closed(question.range.last) && selection.loader.is_none() {
            self.0.selections.put(key, selection.clone(), size_of_selection(&selection));
        }
        Ok(selection)
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        let inquiry = Inquiry::new(&self.0.connection, work);
        let mut names: BTreeSet<Arc<str>> =
            self.0.extra.iter().map(|(name, _)| name.clone()).collect();
        if let Some(range) = self.range(window) {
            let ask = || label_names(&inquiry, &selector([&of_kind(kind)]), range);
            names.extend(self.0.connection.within_limit(ask)?);
        }
        Ok(names)
    }

    fn label_values(
        &self,
        kind: &ProfileType,
        name: &str,
        window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        if let Some(value) = self.0.extra.get(name) {
            return Ok(BTreeSet::from([value.shared().clone()]));
        }
        let inquiry = Inquiry::new(&self.0.connection, work);
        let Some(range) = self.range(window) else { return Ok(BTreeSet::new()) };
        let of_part = |part: &Range| {
            let request = message::ValuesRequest {
                name: name.to_owned(),
                matchers: vec![selector([&of_kind(kind)])],
                start: part.first,
                end: part.last,
            };
            let purpose = format!("the values of {name}");
            let last = Some(part.last);
            let call = Call { method: "LabelValues", purpose, request: &request, last };
            inquiry.call::<message::Names>(&call)
        };
        let ask = || inquiry.each(&range.parts(inquiry.longest()), of_part);
        let found = self.0.connection.within_limit(ask)?;
        let values = found.into_iter().flat_map(|found| found.names);
        Ok(values.filter(|value| !value.is_empty()).map(Arc::from).collect())
    }

    fn known_names(
        &self,
        kind: &ProfileType,
        label: Option<&str>,
        work: Work<'_>,
    ) -> Arc<BTreeSet<Arc<str>>> {
        let wanted = (kind.id.clone(), label.map(Arc::from));
        let (server, asked) = (self.clone(), kind.clone());
        let label = label.map(str::to_owned);
        self.0.editor.get(&wanted, work, move |work| match label {
            None => server.label_names(&asked, None, work),
            Some(label) => server.label_values(&asked, &label, None, work),
        })
    }

    fn answers_until(&self) -> Option<Instant> {
        self.0.connection.expiry.take()
    }

    fn extent(&self) -> Option<Window> {
        let at = |milliseconds: i64| Timestamp(milliseconds * 1_000_000);
        let end = self.clock();
        let oldest = self.0.oldest.unwrap_or(end - LOOKBACK);
        let start = self.0.lookback.map_or(oldest, |limit| oldest.max(end - limit)).min(end - 1);
        Some(Window { start: at(start), end: at(end) })
    }

    /// A server answers for all its types until now.
    fn extent_of(&self, _kind: &ProfileType) -> Option<Window> {
        self.extent()
    }

    fn usual_range(&self) -> Option<Span> {
        Some(USUAL_RANGE)
    }

    fn page(&self, grafana: &str, request: &Request<'_>) -> Option<String> {
        let is_extra = |name: &str| self.0.extra.get(name).is_some();
        let matchers = request.matchers.iter().filter(|matcher| !is_extra(&matcher.name));
        // Grafana does not compare sizes.
        let matchers = matchers.filter(|matcher| !matches!(matcher.op, MatchOp::Amount(..)));
        let matchers: Vec<LabelMatcher> = matchers.cloned().collect();
        let (kind, range) = (request.kind, self.range(request.window)?);
        let shown = grafana::Shown { kind, matchers: &matchers, range };
        grafana::page(grafana, self.0.connection.address(), &shown)
    }

    fn lists_profiles(&self) -> bool {
        false
    }

    fn skipped(&self) -> &[Skipped] {
        &[]
    }

    fn remarks(&self) -> Arc<[String]> {
        self.0.remarks.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAFANA: &str = "https://host/api/datasources/proxy/uid/a.b";

    #[test]
    fn an_address_of_a_file_is_not_that_of_a_server() {
        for server in
            ["http://host:4040", "HTTPS://host.example/pyroscope/", "http://1.2.3.4", GRAFANA]
        {
            assert!(is_server(server), "{server}");
        }
        for file in ["https://host/cpu.pb.gz", "profiles/*.pb.gz", "demo:", "ftp://host"] {
            assert!(!is_server(file), "{file}");
        }
    }
}
