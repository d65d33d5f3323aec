//! Every example in the registries runs on the example data and shows something.
//!
//! `help`, Shift-Tab and the reference print these examples. A copied example must not
//! give an error or an empty result. Examples that upload use a server on this machine
//! instead of the address in the example.

use flamebook::lang::{functions, topics, verbs};

use crate::demo::{Demo, is_something};
use crate::receiver::{Answer, Receiver};

#[test]
fn every_example_shows_something() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut wrong = String::new();
    let verbs = verbs::all().flat_map(|spec| spec.examples);
    let functions = functions::FUNCTIONS.iter().flat_map(|spec| spec.examples);
    let topics = topics::TOPICS.iter().flat_map(|topic| topic.examples);
    let examples: Vec<&&str> = verbs.chain(functions).chain(topics).collect();
    assert!(examples.len() > 80, "only {} examples", examples.len());
    let server = Receiver::start(Answer::link("/share/k"));
    for example in examples {
        let example = &example.replace("https://flames.example", &server.address());
        // A session each: an example may not lean on another.
        match Demo::new(folder.path()).run(example) {
            Err(report) => wrong += &format!("\n{report}"),
            Ok(outcomes) if !outcomes.iter().any(is_something) => {
                wrong += &format!("\nshows nothing: {example}");
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(server.requests().len() >= 2, "the examples of `publish` were replaced");
}
