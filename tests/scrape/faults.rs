//! What targets answer instead of profiles: each is said once, and disturbs nobody.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::running::{STORE, Scrape, folder};
use super::{in_use, profile, well};
use crate::cells::{Cells, text};
use crate::recording::Recording;
use crate::server::web::{Reply, Web};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

#[test]
fn each_fault_is_named_and_the_healthy_go_on() {
    let page = "<!DOCTYPE html>\n<title>Log in</title>";
    let sound = Recording::of("inuse_space", "bytes").at(1).stack("main;f", 7).bytes();
    let garbage = [&packed(&sound)[..20], &[0xff; 40]].concat();
    let half = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", sound.len());
    let half = [half.as_bytes(), &sound[..sound.len() / 2]].concat();
    let faults: Vec<(Reply, &str)> = vec![
        (
            Reply::says("404 Not Found", "404 page not found\n"),
            "/heap answered 404: 404 page not found",
        ),
        (Reply::says("401 Unauthorized", "who are you?"), "/heap answered 401: who are you?"),
        (
            Reply::says("302 Found\r\nlocation: http://127.0.0.1:1/login", ""),
            "/heap redirects to http://127.0.0.1:1/login",
        ),
        (Reply::says("200 OK", page), "/heap answered with no profile: `<!DOCTYPE html>`"),
        (Reply::says("200 OK", "main;f 7\n"), "/heap answered with no profile: `main;f 7`"),
        (Reply::says("200 OK", ""), "/heap answered with no profile: it is empty"),
        (
            Reply::Says("200 OK".to_owned(), garbage),
            "/heap answered with a profile that cannot be read: ",
        ),
        (Reply::Raw(half), "/heap closed the connection"),
        (Reply::Raw(b"220 mail.example ESMTP\r\n".to_vec()), "/heap does not speak HTTP"),
        (Reply::Silence, "/heap did not answer within 3 s"),
    ];
    let webs: Vec<Web> = faults
        .iter()
        .map(|(reply, _)| {
            let reply = reply.clone();
            Web::start(move |_| reply.clone())
        })
        .collect();
    let (healthy, nobody) = (well(), "http://127.0.0.1:1".to_owned());
    let mut arguments: Vec<String> =
        ["--profiles", "heap", "--timeout", "3s"].map(str::to_owned).to_vec();
    arguments.extend(webs.iter().map(Web::address));
    arguments.extend([nobody, healthy.address()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &arguments);
    let whole = |said: &str| {
        faults.iter().all(|(_, part)| said.contains(part)) && said.contains("cannot be reached")
    };
    let missing = |said: &str| {
        let missing = faults.iter().filter(|(_, part)| !said.contains(part));
        missing.map(|(_, part)| *part).collect::<Vec<_>>()
    };
    scrape.until("profiles of the healthy one", |scrape| scrape.stored("inuse_space") >= 4);
    scrape
        .until("all errors", |scrape| whole(&scrape.stderr()) || scrape.stored("inuse_space") > 12);
    let ended = scrape.stop();
    assert!(whole(&ended.stderr), "{:?} in {}", missing(&ended.stderr), ended.stderr);
    assert!(ended.status.success(), "{}", ended.stderr);
    // Once, and not in every round.
    assert_eq!(ended.stderr.matches("answered 401").count(), 1, "{}", ended.stderr);
    let mut cells = Cells::over(folder.path(), STORE);
    let instances = cells.table("values instance");
    assert_eq!(instances.height(), 1, "only the healthy one");
    assert_eq!(format!("http://{}", text(&instances, "instance", 0)), healthy.address());
}

#[test]
fn a_failure_that_passes_is_tried_again_in_the_same_round_and_a_gap_stays_a_gap() {
    let asked = AtomicUsize::new(0);
    // 503 each first time: the second try of a round has an answer.
    let web = Web::start(move |request| {
        match (profile(request), asked.fetch_add(1, Ordering::Relaxed)) {
            ("heap", nth) if nth % 2 == 0 => Reply::says("503 Service Unavailable", "starting"),
            _ => in_use(7),
        }
    });
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["--profiles", "heap", &web.address()]);
    scrape.until("three profiles", |scrape| scrape.stored("inuse_space") >= 3);
    let ended = scrape.stop();
    assert!(!ended.stderr.contains("503"), "no round has failed: {}", ended.stderr);
}

#[test]
fn a_target_that_was_down_is_said_to_be_back() {
    let asked = AtomicUsize::new(0);
    let web = Web::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::says("404 Not Found", "not yet"),
        _ => in_use(7),
    });
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["--profiles", "heap", &web.address()]);
    scrape.until("the return", |scrape| scrape.stderr().contains("gives its heap profile again"));
    assert!(scrape.stderr().contains("help: import net/http/pprof"), "{}", scrape.stderr());
    assert!(scrape.stop().status.success());
}
