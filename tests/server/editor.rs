//! What somebody who types is offered: names from the server, within a moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use flamebook::kernel::language::{Assistant, CellRequest};
use flamebook::notebook::Notebook;
use flamebook::work::{Cancel, Unwatched, Work};
use prost::Message;

use super::WINDOW;
use super::message::Strings;
use super::pyroscope::{answer, shop};
use super::web::{Asked, Reply, Web};

/// The values of a label with which a server has a million series: ten versions of each.
const VALUES: usize = 100_000;

/// A label with many values, in the order of the server.
fn values() -> Reply {
    static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let strings = (0..VALUES).map(|nth| format!("pod-{nth:06}")).collect();
        Strings { strings }.encode_to_vec()
    });
    Reply::Says("200 OK".to_owned(), BODY.clone())
}

fn run(notebook: &mut Notebook, code: &str) {
    let cell = CellRequest { code, number: 1, store: true };
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    notebook.run(&cell, &|_| {}, work).expect("a cell that runs");
}

fn opened(web: &Web) -> (Notebook, Arc<dyn Assistant>) {
    let mut notebook = Notebook::new(std::path::PathBuf::new());
    run(&mut notebook, &format!("use {:?}", web.address()));
    let assistant = notebook.assistant();
    web.asked();
    (notebook, assistant)
}

fn offered(assistant: &dyn Assistant, code: &str) -> Vec<String> {
    let found = assistant.complete(code, code.chars().count());
    found.items.into_iter().map(|item| item.text).collect()
}

/// Types the same until it is offered, as fingers do.
fn offered_at_last(assistant: &dyn Assistant, code: &str, text: &str) {
    let began = Instant::now();
    while !offered(assistant, code).iter().any(|offer| offer.contains(text)) {
        assert!(began.elapsed() < Duration::from_secs(30), "{text} after {code}");
    }
}

#[test]
fn a_million_series_are_completed_from_what_came_and_block_nothing() {
    let is_slow = Arc::new(AtomicBool::new(true));
    let slow = is_slow.clone();
    let web = Web::start(move |asked: &Asked| match asked.method() {
        "LabelValues" => {
            while slow.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(5));
            }
            values()
        }
        "Series" => panic!("a million series are not asked for"),
        _ => answer(&shop(), true, asked),
    });
    let (mut notebook, assistant) = opened(&web);
    offered_at_last(&*assistant, "cpu{", "pod");
    let labels = web.methods();
    assert!(labels.iter().all(|method| method == "LabelNames"), "{labels:?}");
    // The server thinks about it; a moment is 300 ms, on a busy machine a little more.
    let began = Instant::now();
    assert!(!offered(&*assistant, "cpu{pod=").iter().any(|offer| offer.contains("pod-0")));
    let moment = began.elapsed();
    assert!((Duration::from_millis(250)..Duration::from_secs(5)).contains(&moment), "{moment:?}");
    // A query is answered meanwhile.
    run(&mut notebook, &format!("cpu{WINDOW} | flame"));
    assert!(web.methods().contains(&"SelectMergeStacktraces".to_owned()));
    is_slow.store(false, Ordering::Relaxed);
    offered_at_last(&*assistant, "cpu{pod=", "pod-000000");
    offered_at_last(&*assistant, "cpu{pod=\"pod-0999", "pod-099900");
    // It was asked once, however often a key was pressed.
    assert_eq!(web.methods(), ["LabelValues"]);
}

#[test]
fn a_server_that_fails_is_not_waited_for() {
    let web = Web::start(|asked| match asked.method() {
        "LabelNames" => Reply::says("403 Forbidden", "no"),
        _ => answer(&shop(), true, asked),
    });
    let (_, assistant) = opened(&web);
    for _ in 0..3 {
        assert!(!offered(&*assistant, "cpu{").iter().any(|offer| offer.starts_with("pod")));
    }
}
