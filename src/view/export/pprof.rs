//! A pprof profile, for `go tool pprof` and other tools.
//!
//! The format has only whole numbers; `whole` says how other values are rounded. A
//! function keeps its name, file and module; lines and addresses were lost when samples
//! were merged by function. A diff is written with recorded values in every mode: `pprof
//! -top` shows after - before, in percent of before.

use super::SaveError;
use super::whole::Counting;
use crate::eval::result::value::Header;
use crate::profile::{Diff, Tree};
use crate::quantity::{Span, Timestamp};
use crate::source::pprof::Content;
use crate::work::Work;

/// The gzipped profile of a tree.
pub(super) fn tree(tree: &Tree, header: &Header, work: Work<'_>) -> Result<Vec<u8>, SaveError> {
    encoded(tree, None, header, work)
}

/// A profile of the changes, as `pprof -diff_base=before after` computes it.
pub(super) fn diff(diff: &Diff, header: &Header, work: Work<'_>) -> Result<Vec<u8>, SaveError> {
    encoded(&diff.after, Some(&diff.before), header, work)
}

fn encoded(
    tree: &Tree,
    base: Option<&Tree>,
    header: &Header,
    work: Work<'_>,
) -> Result<Vec<u8>, SaveError> {
    let kind = sample_type(&header.subject);
    let counting = Counting::of(&tree.unit, kind);
    let values = counting.of_tree(tree, work)?;
    let base = base.map(|base| counting.of_tree(base, work)).transpose()?;
    if values.iter().chain(base.iter().flatten()).all(|value| *value == 0) {
        return Err(SaveError::NoSamples);
    }
    let content = Content {
        sample_type: (kind, &counting.unit),
        start: header.window.map_or(Timestamp(0), |window| window.start),
        duration: counting.span.or(header.window.map(|w| w.length())).unwrap_or(Span(0)),
        comment: &header.query,
        symbols: &tree.symbols,
        values: &values,
        base: base.as_deref(),
    };
    Ok(content.encode(work)?)
}

/// The sample type, from `cpu{service="api"}`, `mutex:delay` or a full id.
fn sample_type(subject: &str) -> &str {
    let name = subject.split(['{', '[', ' ']).next().unwrap_or_default();
    match name.split(':').collect::<Vec<_>>()[..] {
        [""] => "value",
        [_, kind] | [_, kind, _, _, _] => kind,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::Mode;
    use crate::view::fixture;

    #[test]
    fn the_sample_type_is_named_by_the_subject() {
        for (subject, kind) in [
            ("cpu", "cpu"),
            ("cpu{service=\"a:b\"}", "cpu"),
            ("mutex:delay{a=\"b\"}", "delay"),
            ("process_cpu:cpu:nanoseconds:cpu:nanoseconds", "cpu"),
            ("", "value"),
        ] {
            assert_eq!(sample_type(subject), kind, "{subject}");
        }
    }

    #[test]
    fn stacks_without_samples_are_not_written() {
        let header = Header::default();
        let written = tree(&fixture::tree(&[]), &header, Work::unattended());
        assert!(matches!(written, Err(SaveError::NoSamples)));
        let empty = || fixture::tree(&[]);
        let both = Diff::align(empty(), empty(), Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let written = diff(&both, &header, Work::unattended());
        assert!(matches!(written, Err(SaveError::NoSamples)));
    }

    #[test]
    fn a_diff_may_have_one_empty_side() {
        let before = fixture::tree(&[("main;gone", 2.0)]);
        let both =
            Diff::align(before, fixture::tree(&[]), Mode::Amount, [0.0; 2], Work::unattended())
                .expect("no interrupt");
        let bytes = diff(&both, &Header::default(), Work::unattended()).expect("a file");
        assert_eq!(bytes[..2], [0x1f, 0x8b], "gzip");
    }
}
