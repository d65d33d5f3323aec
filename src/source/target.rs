//! Opens what is written after `use`: files, a store, a server, or the example data.

use super::{Opening, Source, SourceError, demo, files, pyroscope, store};
use crate::work::Work;

/// Opens what is written after `use`.
pub fn open(
    target: &str,
    opening: &Opening<'_>,
    work: Work<'_>,
) -> Result<Box<dyn Source>, SourceError> {
    if pyroscope::is_server(target) {
        return Ok(Box::new(pyroscope::Server::open(target, opening.labels, work)?));
    }
    not_an_address(target)?;
    match target {
        demo::TARGET => Ok(Box::new(demo::open(opening.labels, work)?)),
        store if store::is_store(store, opening.base_dir) => {
            Ok(Box::new(store::Store::open(store, opening.labels, opening.base_dir)?))
        }
        pattern => match files::Files::open(pattern, opening, work) {
            Err(SourceError::NoMatch { pattern, .. }) if pattern == "demo" => {
                let hint = format!("did you mean \"{}\", the example data?", demo::TARGET);
                Err(SourceError::NoMatch { pattern, hint })
            }
            opened => Ok(Box::new(opened?)),
        },
    }
}

/// Refuses the address of a file in the web: nothing is downloaded here.
pub(super) fn not_an_address(target: &str) -> Result<(), SourceError> {
    let scheme = target.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => Err(SourceError::Address { address: target.to_owned() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::profile::Labels;
    use crate::source::UnpackLimit;
    use crate::work::{Cancel, Unwatched};

    #[test]
    fn the_address_of_a_file_is_not_taken_for_a_pattern() {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let labels = Labels::default();
        let unpack = UnpackLimit::default();
        let opening = Opening { labels: &labels, base_dir: Path::new("."), unpack };
        let address = "https://example.test/cpu.pb.gz";
        let Err(error) = open(address, &opening, work) else { panic!("{address} is opened") };
        assert!(matches!(error, SourceError::Address { .. }), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(address) && message.contains("files and stores"), "{message}");
    }
}
