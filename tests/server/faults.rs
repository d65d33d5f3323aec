//! What goes wrong with a server: repeated where that helps, else an error with the
//! address, the status and the server's own words. The session goes on.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flamebook::profile::Labels;
use flamebook::quantity::{Timestamp, Window};
use flamebook::source::{self, Asked as Wanted, Opening, Request, SourceError, UnpackLimit};
use flamebook::work::{Cancel, Unwatched, Work};

use super::pyroscope::{START, answer, shop};
use super::web::{Asked, Reply, Web};
use super::{WINDOW, only, open};

/// A server that answers merged profiles so at first, then as it should.
fn faulty(replies: Vec<Reply>) -> Web {
    let replies = Mutex::new(replies.into_iter());
    Web::start(move |asked: &Asked| {
        let reply = match asked.method().starts_with("SelectMerge") {
            true => replies.lock().expect("no test failed in here").next(),
            false => None,
        };
        reply.unwrap_or_else(|| answer(&shop(), true, asked))
    })
}

fn raw(text: &str) -> Reply {
    Reply::Raw(text.as_bytes().to_vec())
}

#[test]
fn what_may_pass_is_asked_again() {
    let busy = "429 Too Many Requests\r\nretry-after: 0";
    for (replies, asked) in [
        (vec![Reply::says(busy, "slow down")], 2),
        (vec![Reply::says("503 Service Unavailable", ""), Reply::says("502 Bad Gateway", "")], 3),
        (vec![Reply::says("500 Internal Server Error", "oops")], 2),
        (vec![raw("")], 2),
        (vec![raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")], 2),
    ] {
        let named = format!("{replies:?}");
        let web = faulty(replies);
        let mut cells = open(&web);
        let outcome = only(&mut cells, &format!("cpu{WINDOW} | flame"));
        assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0), "{named}");
        assert_eq!(web.methods().len(), asked, "{named}");
    }
}

#[test]
fn what_does_not_pass_is_said_and_the_session_goes_on() {
    let json = |code: &str, words: &str| format!("{{\"code\":\"{code}\",\"message\":\"{words}\"}}");
    let says = |status: &str, body: &str| vec![Reply::says(status, body)];
    let failing = Reply::says("500 Internal Server Error", "disk full\nat main.go:3");
    for (replies, asked, parts) in [
        (
            says("400 Bad Request", &json("invalid_argument", "no such label")),
            1,
            ["400", "no such label"],
        ),
        (says("403 Forbidden", "<html>go away</html>"), 1, ["403", "go away"]),
        (says("404 Not Found", "404 page not found"), 1, ["404", "page not found"]),
        (says("413 Payload Too Large", ""), 1, ["413", "narrow"]),
        (says("429 Too Many Requests\r\nretry-after: 3600", "later"), 1, ["429", "later"]),
        (says("501 Not Implemented", &json("unimplemented", "not here")), 1, ["501", "not here"]),
        (vec![failing; 4], 4, ["500", "disk full"]),
        (says("200 OK", "<html>please log in</html>"), 1, ["something else", "please log in"]),
        (says("200 OK\r\ncontent-encoding: gzip", "no gzip"), 1, ["gzip", "SelectMerge"]),
        (vec![raw("SSH-2.0-OpenSSH\r\n")], 1, ["does not speak HTTP", "SelectMerge"]),
    ] {
        let named = format!("{replies:?}");
        let web = faulty(replies);
        let mut cells = open(&web);
        let error = cells.error(&format!("cpu{WINDOW} | flame"));
        assert!(error.contains(&web.address()), "{named}: {error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{named}: {error}");
        assert_eq!(web.methods().len(), asked, "{named}");
        let outcome = only(&mut cells, &format!("cpu{WINDOW} | flame"));
        assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0), "{named}");
    }
}

#[test]
fn an_answer_in_gzip_is_unpacked() {
    use std::io::Write;
    let web = Web::start(|asked| match answer(&shop(), true, asked) {
        Reply::Says(status, body) => {
            assert!(asked.headers.contains(&"accept-encoding: gzip".to_owned()));
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            packed.write_all(&body).expect("memory");
            let body = packed.finish().expect("memory");
            Reply::Says(format!("{status}\r\ncontent-encoding: gzip"), body)
        }
        other => other,
    });
    let outcome = only(&mut open(&web), &format!("cpu{WINDOW} | flame"));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0));
}

#[test]
fn an_address_where_nothing_listens_is_no_source() {
    let mut cells = crate::cells::Cells::new("");
    let error = cells.error("use \"http://127.0.0.1:1\"");
    assert!(error.contains("http://127.0.0.1:1") && error.contains("cannot be reached"), "{error}");
    let error = cells.error("use \"http://user:pass@127.0.0.1:1\"");
    assert!(error.contains("is not the address of a server"), "{error}");
}

#[test]
fn an_interrupt_ends_all_requests_of_a_query() {
    let waiting = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = waiting.clone();
    let web = Web::start(move |asked| match asked.method() {
        "SelectMergeStacktraces" => {
            seen.fetch_add(1, Ordering::Relaxed);
            Reply::Silence
        }
        _ => answer(&shop(), true, asked),
    });
    let cancel = Cancel::new();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let labels = Labels::default();
    let opening = Opening {
        labels: &labels,
        base_dir: Path::new("."),
        unpack: UnpackLimit::default(),
        stdin: None,
    };
    let source = source::open(&[&web.address()], &opening, work).expect("a server");
    let kind = source.types().into_iter().find(|kind| &*kind.alias == "cpu").expect("a type");
    let at = |milliseconds: i64| Timestamp(milliseconds * 1_000_000);
    let window = Some(Window { start: at(START), end: at(START + 120_000) });
    let asked = Wanted {
        replicates: true,
        times: flamebook::source::AskedTimes::Whole,
        labels: Some(&Default::default()),
        ..Wanted::EVERYTHING
    };
    let request = Request { kind: &kind, matchers: &[], window, asked };
    let from_outside = cancel.clone();
    let began = Instant::now();
    thread::spawn(move || {
        while waiting.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        from_outside.cancel();
    });
    let answered = source.select(&request, work);
    assert!(matches!(answered, Err(SourceError::Cancelled(_))));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
