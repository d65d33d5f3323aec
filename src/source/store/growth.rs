//! Adds profiles that come from elsewhere piece by piece. What was added stays when the rest
//! fails, and a piece that the store has is not asked for again.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::compact;
use super::error::StoreError;
use super::folder::place;
use super::write::{Hashed, Lookup};
use super::writer::{Writer, unless_changed};
use crate::profile::{Labels, ProfileType, Symbols};
use crate::quantity::{Span, Timestamp, Window};
use crate::source::SourceError;
use crate::source::identity::Identities;
use crate::source::recording::Recording;
use crate::work::Work;

/// A store that grows.
pub(in crate::source) struct Growth<'w> {
    writer: &'w mut Writer,
    work: Work<'w>,
}

/// The times of the profiles of one type, by labels.
#[derive(Debug, Default)]
pub(in crate::source) struct Times(FxHashMap<Labels, Vec<(Timestamp, Span)>>);

/// What a store has at the time of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Held {
    Nothing,
    /// A profile with the same start and length.
    Same,
    /// Others, which would count the same time again.
    Other,
}

/// Opens a store, which is created if it does not exist, and lets `fill` add to it; again
/// from the start if another process comes between. `waiting` is called if one is changing
/// it.
pub(in crate::source) fn grow<T>(
    store: &Path,
    waiting: &dyn Fn(),
    work: Work<'_>,
    fill: impl Fn(&mut Growth<'_>) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    place(store)?;
    unless_changed(|| {
        let mut writer = Writer::open(store, waiting, work)?;
        let filled = fill(&mut Growth { writer: &mut writer, work });
        let merged = compact::merge_if_many(&mut writer, work);
        writer.close();
        match filled {
            Err(SourceError::Store(error)) => Err(error),
            Err(error) => Ok(Err(error)),
            Ok(filled) => merged.map(|()| Ok(filled)),
        }
    })?
}

impl<'w> Growth<'w> {
    pub(super) fn of(writer: &'w mut Writer, work: Work<'w>) -> Growth<'w> {
        Growth { writer, work }
    }
}

impl Growth<'_> {
    /// When the store has profiles of a type that overlap a window.
    pub(in crate::source) fn times(
        &self,
        kind: &ProfileType,
        window: Window,
    ) -> Result<Times, StoreError> {
        let mut times = Times::default();
        let (images, holds) = (Arc::default(), Arc::default());
        for entry in &self.writer.manifest.blocks {
            let block = entry.block(self.writer.store(), &images, &holds);
            for shape in &entry.shapes {
                let Some(position) = shape.position(&kind.id) else { continue };
                if !window.overlaps(shape.window()) {
                    continue;
                }
                let rows = block.rows(shape, &shape.columns[position])?;
                let series = block.series()?;
                for row in 0..rows.starts.len() {
                    let labels = &series[rows.series[row] as usize];
                    let of_series = times.0.entry(labels.clone()).or_default();
                    of_series.push((rows.start(row), rows.duration(row)));
                }
            }
        }
        times.0.values_mut().for_each(|of_series| of_series.sort());
        Ok(times)
    }

    /// Adds profiles as a block; the bytes that it takes.
    pub(in crate::source) fn add(
        &mut self,
        kinds: &[ProfileType],
        symbols: &Symbols,
        recordings: Vec<Recording>,
    ) -> Result<u64, StoreError> {
        let identities = Identities::new(symbols, kinds);
        let hashed = recordings
            .into_iter()
            .map(|recording| Hashed { hash: identities.of(&recording), recording });
        let lookup = Lookup { symbols, kinds, remarks: &[] };
        self.writer.add(hashed.collect(), lookup, &[], self.work)
    }
}

impl Times {
    /// What is there at the time of a piece.
    pub(in crate::source) fn held(
        &self,
        labels: &Labels,
        (start, length): (Timestamp, Span),
    ) -> Held {
        let Some(of_series) = self.0.get(labels) else { return Held::Nothing };
        if of_series.binary_search(&(start, length)).is_ok() {
            return Held::Same;
        }
        let end = start.plus(Span(length.0.max(1)));
        // Profiles of a series do not overlap, so that only neighbours may.
        let after = of_series.partition_point(|(at, _)| *at < end);
        let before = of_series[..after].last();
        match before.is_some_and(|(at, lasts)| at.plus(Span(lasts.0.max(1))) > start) {
            true => Held::Other,
            false => Held::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_held_if_its_time_is_and_clashes_with_what_overlaps() {
        let seconds = |n: i64| Timestamp(n * 1_000_000_000);
        let piece = |from: i64, length: i64| (seconds(from), Span::seconds(length));
        let labels: Labels = [("pod", "a")].into_iter().collect();
        let times = Times(
            [(labels.clone(), vec![piece(0, 60), piece(120, 60), piece(300, 0)])]
                .into_iter()
                .collect(),
        );
        for (asked, held) in [
            (piece(0, 60), Held::Same),
            (piece(300, 0), Held::Same),
            (piece(60, 60), Held::Nothing),
            (piece(180, 60), Held::Nothing),
            (piece(0, 120), Held::Other),
            (piece(150, 15), Held::Other),
            (piece(240, 120), Held::Other),
        ] {
            assert_eq!(times.held(&labels, asked), held, "{asked:?}");
        }
        assert_eq!(times.held(&Labels::default(), piece(0, 60)), Held::Nothing);
    }
}
