//! One file into one recording: its types and times, and its samples as columns.

use std::borrow::Cow;

use super::columns::Columns;
use super::decode::Tables;
use super::kind;
use super::message::ValueType;
use super::prune::Prunes;
use super::sites::Sites;
use super::{Malformed, ReadError};
use crate::profile::Labels;
use crate::quantity::{Span, Timestamp};
use crate::source::batch::Batch;
use crate::source::recording::{Column, Recording};
use crate::work::Work;

/// Interns the content of a file; `name` is the file's own.
pub(super) fn intern(
    tables: &Tables<'_>,
    name: &str,
    prunes: &mut Prunes,
    columns: &mut Columns,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Recording, ReadError> {
    let kinds = kinds(tables, name, batch)?;
    let (drop, keep) =
        (tables.string(tables.drop_frames, 0)?, tables.string(tables.keep_frames, 0)?);
    let sites = Sites::intern(tables, prunes.of(drop, keep).as_ref(), batch)?;
    columns.read(tables, &sites, batch, work)?;
    let column = |(at, (kind, factor))| {
        let too_large = || Malformed::at(0, "a value is too large for its unit");
        Ok(Column { kind, values: columns.values(at, factor).ok_or_else(too_large)? })
    };
    Ok(Recording {
        labels: Labels::default(),
        start: Timestamp(tables.time_nanos),
        is_undated: tables.time_nanos == 0,
        duration: Span(tables.duration_nanos.max(0)),
        period: period(tables)?,
        stacks: columns.stacks.clone().into(),
        tags: columns.tags.clone().into(),
        columns: kinds.into_iter().enumerate().map(column).collect::<Result<_, Malformed>>()?,
    })
}

/// The value of a sample in the unit that we keep, 0 if the file does not say.
fn period(tables: &Tables<'_>) -> Result<u64, Malformed> {
    let unit = tables.string(tables.period_type.unit, 0)?;
    let (_, factor) = kind::base_unit(&unit);
    Ok(u64::try_from(tables.period.saturating_mul(factor)).unwrap_or(0))
}

/// The profile types of the columns, as the batch numbers them, and the factor to each
/// type's unit.
fn kinds(
    tables: &Tables<'_>,
    name: &str,
    batch: &mut Batch,
) -> Result<Vec<(usize, i64)>, Malformed> {
    let value_type = |of: &ValueType| Ok((tables.string(of.kind, 0)?, tables.string(of.unit, 0)?));
    let sample_types = tables.sample_types.iter().map(value_type).collect::<Result<Vec<_>, _>>()?;
    let period = value_type(&tables.period_type)?;
    let comments =
        tables.comments.iter().map(|c| tables.string(*c, 0)).collect::<Result<Vec<_>, _>>()?;

    let names: Vec<&str> = sample_types.iter().map(|(kind, _)| &**kind).collect();
    let comments: Vec<&str> = comments.iter().map(|comment| &**comment).collect();
    let family = kind::family(&names, &period.0, name, &comments);
    let mut kinds = Vec::with_capacity(sample_types.len());
    for (at, (kind, unit)) in sample_types.iter().enumerate() {
        let name = distinct(kind, &names, at);
        if name != *kind {
            batch
                .remarks
                .add(format!("several of its types are called {kind}; one is {name} here"));
        }
        let (kind, factor) = kind::profile_type(family, (&name, unit), (&period.0, &period.1));
        kinds.push((batch.kind(kind), factor));
    }
    Ok(kinds)
}

/// The name of a type; a second one of the same name gets a number behind it, because
/// values of two columns must not be added up.
fn distinct<'n>(name: &'n str, names: &[&str], at: usize) -> Cow<'n, str> {
    let before = names[..at].iter().filter(|other| **other == name).count();
    if before == 0 {
        return Cow::Borrowed(name);
    }
    let numbered = (before + 1..).map(|number| format!("{name}_{number}"));
    let free = numbered.take(names.len() + 1).find(|free| !names.contains(&&**free));
    Cow::Owned(free.unwrap_or_else(|| format!("{name}_{at}")))
}
