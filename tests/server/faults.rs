//! What goes wrong with a server: repeated where that helps, else an error with the
//! address, the status and the server's own words. The session goes on.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flamebook::profile::Labels;
use flamebook::quantity::{Timestamp, Window};
use flamebook::source::{
    self, Asked as Wanted, Opening, Request, ServerOptions, SourceError, UnpackLimit,
};
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
        (vec![Reply::says("504 Gateway Timeout", "<html>nginx</html>")], 2),
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
        (says("401 Unauthorized", &json("unauthenticated", "who?")), 1, ["401", "who?"]),
        // The other method that answers with profiles is tried, too.
        (vec![Reply::says("404 Not Found", "404 page not found"); 2], 2, ["404", "page not found"]),
        (
            vec![Reply::says("501 Not Implemented", &json("unimplemented", "not here")); 2],
            2,
            ["501", "not here"],
        ),
        // An error inside a success, as some proxies make them.
        (says("200 OK", &json("internal", "it broke")), 1, ["something else", "it broke"]),
        // It says that 500 MB follow.
        (
            vec![raw("HTTP/1.1 200 OK\r\ncontent-length: 524288000\r\n\r\n")],
            1,
            ["more than 256 MiB", "narrow"],
        ),
        (says("413 Payload Too Large", ""), 1, ["413", "narrow"]),
        (says("429 Too Many Requests\r\nretry-after: 3600", "later"), 1, ["429", "later"]),
        (vec![failing; 5], 5, ["500", "disk full"]),
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
fn a_large_request_is_packed() {
    let web = faulty(Vec::new());
    let mut cells = open(&web);
    let is_packed = |asked: &Asked| asked.headers.contains(&"content-encoding: gzip".to_owned());
    // The names of pods that there are not, and of one that there is.
    let pods: Vec<String> = (0..2000).map(|pod| format!("pod-{pod}")).collect();
    let outcome =
        only(&mut cells, &format!("cpu{{pod=~\"a|{}\"}}{WINDOW} | flame", pods.join("|")));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(96.0));
    assert!(web.asked().iter().any(is_packed));
    cells.run(&format!("cpu{{pod=\"a\"}}{WINDOW} | flame"));
    assert!(!web.asked().iter().any(is_packed));
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
fn a_query_goes_on_when_the_server_is_there_again() {
    let is_asked = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = is_asked.clone();
    let before = Web::start(move |asked| match asked.method().starts_with("SelectMerge") {
        true => {
            seen.fetch_add(1, Ordering::Relaxed);
            raw("")
        }
        false => answer(&shop(), true, asked),
    });
    let mut cells = open(&before);
    let address = before.address();
    let restarted = thread::spawn(move || {
        while is_asked.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        let port = before.address().trim_start_matches("http://").to_owned();
        drop(before);
        // Nothing listens meanwhile.
        thread::sleep(Duration::from_millis(1500));
        let merges = AtomicUsize::new(0);
        Web::at(port, move |asked| {
            let is_first = asked.method().starts_with("SelectMerge")
                && merges.fetch_add(1, Ordering::Relaxed) == 0;
            match is_first {
                true => Reply::says("503 Service Unavailable", "starting"),
                false => answer(&shop(), true, asked),
            }
        })
    });
    let outcome = only(&mut cells, &format!("cpu{WINDOW} | flame"));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0));
    let after = restarted.join().expect("no test failed in here");
    assert_eq!((after.address(), after.methods().len()), (address, 2));
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
        servers: &ServerOptions::USUAL,
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

/// Closes the connection of each answer, so that nothing listens between two servers.
fn closing(asked: &Asked) -> Reply {
    let Reply::Says(status, body) = answer(&shop(), true, asked) else { panic!("an answer") };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
    Reply::Raw([head.into_bytes(), body].concat())
}

#[test]
fn a_server_that_restarts_in_a_query_answers_it() {
    let first = Web::start(closing);
    let address = first.address();
    let mut cells = open(&first);
    drop(first);
    let host = address.trim_start_matches("http://").to_owned();
    let restart = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        Web::at(&host, closing)
    });
    let outcome = only(&mut cells, &format!("cpu{WINDOW} | flame"));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0));
    let second = restart.join().expect("a server");
    assert!(second.methods().contains(&"SelectMergeStacktraces".to_owned()));
}

#[test]
fn an_answer_that_comes_slowly_is_waited_for() {
    let web = Web::start(|asked| match (asked.method(), closing(asked)) {
        ("SelectMergeStacktraces", Reply::Raw(bytes)) => Reply::Slowly(bytes),
        (_, reply) => reply,
    });
    let outcome = only(&mut open(&web), &format!("cpu{WINDOW} | flame"));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(352.0));
    assert_eq!(web.methods(), ["SelectMergeStacktraces"]);
}

#[test]
fn a_server_without_a_method_is_asked_for_another() {
    // Without the times of its profiles, types are those of the last day.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("a clock").as_millis() as i64;
    let mut held = shop();
    held.iter_mut().for_each(|held| held.at += now - 600_000 - START);
    let web = Web::start(move |asked| match asked.method() {
        "GetProfileStats" | "SelectMergeStacktraces" => {
            Reply::says("501 Not Implemented", r#"{"code":"unimplemented","message":"no"}"#)
        }
        _ => answer(&held, true, asked),
    });
    let mut cells = open(&web);
    for (labels, total, methods) in [
        ("{pod=\"a\"}", 96.0, &["SelectMergeProfile", "SelectMergeStacktraces"][..]),
        ("{pod=\"b\"}", 256.0, &["SelectMergeProfile"][..]),
    ] {
        let outcome = only(&mut cells, &format!("cpu{labels} | flame"));
        assert_eq!(outcome.header.total.map(|total| total.value), Some(total), "{labels}");
        let asked = web.methods().into_iter().filter(|method| method.starts_with("SelectMerge"));
        assert_eq!(asked.collect::<Vec<_>>(), methods, "{labels}");
    }
}

#[test]
fn an_empty_answer_is_a_result_without_profiles() {
    let web = faulty(vec![Reply::says("200 OK", "")]);
    let mut cells = open(&web);
    let outcome = only(&mut cells, &format!("cpu{WINDOW} | flame"));
    assert_eq!(outcome.header.total.map(|total| total.value), Some(0.0));
    assert!(!outcome.header.notes.is_empty(), "why it is empty");
}

/// The key and the certificate of an authority that nobody knows; none without openssl.
fn certificate(folder: &Path) -> Option<[std::path::PathBuf; 2]> {
    let [key, certificate] = ["key.pem", "cert.pem"].map(|name| folder.join(name));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=nobody",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output();
    if made.is_ok_and(|made| made.status.success()) {
        return Some([key, certificate]);
    }
    assert!(std::env::var_os("CI").is_none(), "openssl makes a certificate");
    eprintln!("skipped: openssl makes no certificate");
    None
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some([key, certificate]) = certificate(folder.path()) else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port();
    let mut server = std::process::Command::new("openssl")
        .args(["s_server", "-www", "-quiet", "-accept", &format!("127.0.0.1:{port}")])
        .arg("-key")
        .arg(key)
        .arg("-cert")
        .arg(certificate)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("openssl");
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the server starts");
        thread::sleep(Duration::from_millis(20));
    }
    let opened = format!("use \"https://127.0.0.1:{port}\"");
    let error = crate::cells::Cells::new("").error(&opened);
    server.kill().and_then(|()| server.wait()).expect("an end");
    assert!(error.contains("no certificate that is trusted"), "{error}");
    assert!(error.contains("SSL_CERT_FILE"), "{error}");
}
