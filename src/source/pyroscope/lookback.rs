//! How far back a server answers.
//!
//! It leaves out older times without a word (`-querier.max-query-lookback`, seven days by
//! default) and has no method that tells the limit. But it does so before it checks how long
//! a range is, and refuses one that is too long with its length. So a range from the epoch
//! to a day that is far in the future is refused with the length of what is left of it:
//! `pkg/validation/validate.go` of <https://github.com/grafana/pyroscope>.

use super::connection::{Call, Inquiry, now};
use super::error::ServerError;
use super::message::{Types, TypesRequest};
use super::refusal::length_in;
use super::span::Range;
use crate::quantity::{Span, Timestamp};
use crate::source::SourceError;

/// Longer than any range that a server answers at once, in milliseconds.
const AHEAD: i64 = 1000 * 86_400_000;
/// A limit that is longer is none, because no profile is older.
const NONE: i64 = 20 * 365 * 86_400_000;

/// The limit in milliseconds; none if there is none, or if the server does not tell.
pub(super) fn ask(inquiry: &Inquiry<'_>) -> Result<Option<i64>, SourceError> {
    let last = now() + AHEAD;
    let request = TypesRequest { start: 1, end: last };
    let purpose = "how far back it answers".to_owned();
    let call = Call { method: "ProfileTypes", purpose, request: &request, last: None };
    match inquiry.call::<Types>(&call) {
        Err(SourceError::Server(ServerError::Refused { status: 400, words, .. })) => {
            inquiry.note(format!("{}, {}: refused, as expected", call.method, call.purpose));
            let limit = length_in(&words).map(|length| length - AHEAD);
            Ok(limit.filter(|limit| (1..NONE).contains(limit)))
        }
        Err(SourceError::Server(_)) | Ok(_) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the server leaves out of a range, in words.
pub(super) fn left_out(range: Range, limit: i64, oldest: Option<i64>) -> Option<String> {
    let begin = now() - limit;
    let is_left_out = range.first < begin && oldest.is_none_or(|oldest| oldest < begin);
    is_left_out.then(|| {
        let (limit, begin) = (Span(limit * 1_000_000), Timestamp(begin / 1000 * 1_000_000_000));
        format!(
            "the server looks back {limit} at most: what is before {begin} is left out \
             (`max_query_lookback`)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_server_has_is_left_out() {
        let hour = 3_600_000;
        let range = |ago: i64| Range { first: now() - ago * hour, last: now() };
        let said = left_out(range(200), 168 * hour, None).expect("a note");
        assert!(said.contains("looks back 1w at most"), "{said}");
        assert_eq!(left_out(range(100), 168 * hour, None), None);
        // The oldest profile is from yesterday.
        assert_eq!(left_out(range(200), 168 * hour, Some(now() - 24 * hour)), None);
    }
}
