//! Opens what is written after `use`: files, a store, a server, a program that serves its
//! profiles, standard input, or the example data.

use super::{Opening, Source, SourceError, demo, files, pyroscope, scrape, store};
use crate::work::Work;

/// Opens what is written after `use`: one of all kinds, or several patterns of files.
pub fn open(
    targets: &[&str],
    opening: &Opening<'_>,
    work: Work<'_>,
) -> Result<Box<dyn Source>, SourceError> {
    if let [address] = targets
        && scrape::is_target(address)
    {
        return Ok(Box::new(scrape::open(address, opening, work)?));
    }
    if let [address] = targets
        && pyroscope::is_server(address)
    {
        return Ok(Box::new(pyroscope::Server::open(address, opening, work)?));
    }
    targets.iter().try_for_each(|target| not_an_address(target))?;
    let is_store = |target: &&&str| store::is_store(target, opening.base_dir);
    match targets {
        [demo::TARGET] => Ok(Box::new(demo::open(opening.labels, work)?)),
        [store] if is_store(&store) => {
            Ok(Box::new(store::Store::open(store, opening.labels, opening.base_dir)?))
        }
        patterns => {
            let is_alone = |target: &&&str| **target == demo::TARGET || is_store(target);
            if let Some(alone) = patterns.iter().find(is_alone) {
                return Err(SourceError::Pattern(format!(
                    "\"{alone}\" is opened alone: use \"{alone}\" as name"
                )));
            }
            match files::Files::open(patterns, opening, work) {
                Err(SourceError::NoMatch { pattern, .. }) if pattern == "demo" => {
                    let hint = format!("did you mean \"{}\", the example data?", demo::TARGET);
                    Err(SourceError::NoMatch { pattern, hint })
                }
                opened => Ok(Box::new(opened?)),
            }
        }
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
    use crate::source::{ServerOptions, UnpackLimit};
    use crate::work::{Cancel, Unwatched};

    #[test]
    fn the_address_of_a_file_is_not_taken_for_a_pattern() {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let labels = Labels::default();
        let unpack = UnpackLimit::default();
        let (base_dir, servers) = (Path::new("."), &ServerOptions::USUAL);
        let opening = Opening { labels: &labels, base_dir, unpack, stdin: None, servers };
        let address = "https://example.test/cpu.pb.gz";
        let Err(error) = open(&[address], &opening, work) else { panic!("{address} is opened") };
        assert!(matches!(error, SourceError::Address { .. }), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(address) && message.contains("files and stores"), "{message}");
    }
}
