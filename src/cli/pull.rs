//! `flamebook import STORE http://…`: copies the profiles of a Pyroscope server.

use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use flamebook::diag::Diagnostic;
use flamebook::eval::stacks::matcher::label_matcher;
use flamebook::lang::ast::{MatcherValue, StatementKind};
use flamebook::lang::parse;
use flamebook::lang::quantity::parse_span;
use flamebook::profile::{LabelMatcher, Labels};
use flamebook::quantity::{Quantity, Span, Timestamp, Unit};
use flamebook::source::pull::{self, Pull};
use flamebook::work::Work;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{say, tell};
use crate::cli::store_error::with_help;

/// What of a server is copied.
#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    /// Of a server: how far back from now [default: 1h]
    #[arg(long, value_name = "DURATION")]
    since: Option<String>,
    /// Of a server: the profiles with these labels, such as '{service_name="shop"}'
    #[arg(long, value_name = "MATCHERS")]
    select: Option<String>,
    /// Of a server: the length of a piece, which adds up the profiles of a series; each is one
    /// request [default: 1m]
    #[arg(long, value_name = "DURATION")]
    step: Option<String>,
}

impl PullArgs {
    /// The name of an option that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let options =
            [("--since", &self.since), ("--select", &self.select), ("--step", &self.step)];
        options.into_iter().find(|(_, value)| value.is_some()).map(|(name, _)| name)
    }
}

/// Whether what is to be imported is a server.
pub(crate) fn is_server(target: &str) -> bool {
    let scheme = target.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

pub(crate) fn pull(
    store: &Path,
    server: &str,
    labels: Labels,
    args: &PullArgs,
) -> anyhow::Result<ExitCode> {
    let wanted = Pull {
        server: server.to_owned(),
        labels,
        matchers: args.select.as_deref().map(matchers).transpose()?.unwrap_or_default(),
        since: span(args.since.as_deref().unwrap_or("1h"), "--since")?,
        step: span(args.step.as_deref().unwrap_or("1m"), "--step")?,
    };
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let waiting = || say(&format!("another process is changing {}; waiting", store.display()));
    let work = Work { cancel: &cancel, watch: &status };
    let result = pull::pull(store, &wanted, now()?, &waiting, work);
    status.clear();
    let done = result.map_err(with_help)?;
    let known = match done.known {
        0 => String::new(),
        known => format!(", {known} are there already"),
    };
    let bytes = Quantity::new(done.bytes as f64, Unit::Bytes);
    let (store, plural) = (store.display(), if done.added == 1 { "" } else { "s" });
    tell(&format!(
        "{store}: added {} piece{plural} of {} of {server}, {bytes}{known}\n",
        done.added, wanted.step
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Whole seconds: the server knows no other steps.
fn span(text: &str, option: &str) -> anyhow::Result<Span> {
    match parse_span(text) {
        Some(span) if span.0 > 0 && span.0 % 1_000_000_000 == 0 => Ok(span),
        _ => bail!("`{text}` is no number of whole seconds; write {option} 30m or 7d"),
    }
}

/// `{service_name="shop", pod!="a"}`, as in a query.
fn matchers(text: &str) -> anyhow::Result<Vec<LabelMatcher>> {
    // The statement that has matchers and nothing after them.
    let (cell, errors) = parse(&format!("use \"server\" {text}"));
    let said = |errors: &[Diagnostic]| {
        let first = errors.first().map_or("", |error| &error.message);
        anyhow::anyhow!(
            "`{text}` is not a selection: {first}\nhelp: write --select '{{service_name=\"shop\"}}'"
        )
    };
    match &cell.statements[..] {
        [only] if errors.is_empty() => match &only.kind {
            StatementKind::Use { labels, alias: None, .. } => {
                let is_text =
                    labels.iter().all(|matcher| matches!(matcher.value, MatcherValue::Text(_)));
                if !is_text {
                    bail!("`{text}` has a value without quotes; write service_name=\"shop\"");
                }
                labels
                    .iter()
                    .map(label_matcher)
                    .collect::<Result<_, _>>()
                    .map_err(|error| said(&[error]))
            }
            _ => Err(said(&[])),
        },
        _ => Err(said(&errors)),
    }
}

fn now() -> anyhow::Result<Timestamp> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    Ok(Timestamp(i64::try_from(now.as_nanos())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_written_as_in_a_query() {
        let read = matchers("{service_name=\"shop\", pod!~\"a|b\"}").expect("matchers");
        let names: Vec<&str> = read.iter().map(|matcher| &*matcher.name).collect();
        assert_eq!(names, ["service_name", "pod"]);
        for wrong in ["service_name", "{service_name=shop}", "{a=\"b\"} as c", "{a=~\"(\"}", "{a="]
        {
            let error = matchers(wrong).expect_err(wrong).to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
