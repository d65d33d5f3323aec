//! What is said and shown: secrets never, metrics if asked; and files of targets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flamebook::lang::quantity::parse_span;
use flamebook::profile::Labels;
use flamebook::source::scrape::config::{Reading, targets};
use flamebook::source::scrape::target::Usual;

use super::running::{STORE, Scrape, folder};
use super::{in_use, profile, well};
use crate::cells::{Cells, text};
use crate::server::web::{Reply, Web};
use crate::store::{files_below, flamebook};

#[test]
fn a_password_is_sent_and_never_shown() {
    // base64 of user:s3cret; the heap is for the user, and the rest repeats the password.
    let web = Web::start(|asked| {
        let login = asked.headers.iter().any(|h| h == "authorization: Basic dXNlcjpzM2NyZXQ=");
        match (profile(asked), login) {
            ("heap", true) => in_use(7),
            _ => Reply::says("403 Forbidden", "not with s3cret or dXNlcjpzM2NyZXQ="),
        }
    });
    let folder = folder();
    let address = web.address().replace("http://", "http://user:s3cret@");
    let arguments = ["--profiles", "heap,goroutine", "--listen", "127.0.0.1:0", &address];
    let mut scrape = Scrape::start(folder.path(), &arguments);
    scrape.until("a profile", |scrape| scrape.stored("inuse_space") >= 1);
    scrape.until("an error", |scrape| scrape.stderr().contains("403: not with *** or ***"));
    let mut shown = metrics(&scrape);
    let ended = scrape.stop();
    shown += &(ended.stdout + &ended.stderr);
    for file in files_below(&folder.path().join(STORE)) {
        shown += &String::from_utf8_lossy(&std::fs::read(file).expect("a file"));
    }
    let mut cells = Cells::over(folder.path(), STORE);
    shown += &format!("{:?}", cells.table("labels").frame);
    assert!(!shown.contains("s3cret") && !shown.contains("dXNlcjpzM2NyZXQ"));
}

/// The page at the address that the scrape has said.
fn metrics(scrape: &Scrape) -> String {
    let said = scrape.stderr();
    let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let mut stream = TcpStream::connect(address.expect("an address")).expect("it listens");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").expect("a request");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("an answer");
    page
}

#[test]
fn metrics_tell_which_targets_are_up() {
    let (up, down) = (well(), Web::start(|_| Reply::says("404 Not Found", "")));
    let folder = folder();
    let arguments =
        ["--profiles", "heap", "--listen", "127.0.0.1:0", &up.address(), &down.address()];
    let mut scrape = Scrape::start(folder.path(), &arguments);
    scrape.until("both to be asked", |scrape| {
        scrape.stored("inuse_space") >= 1 && scrape.stderr().contains("404")
    });
    let page = metrics(&scrape);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("content-type: text/plain; version=0.0.4"), "{page}");
    let instance = |web: &Web| web.address().replace("http://", "");
    for (web, value) in [(&up, 1), (&down, 0)] {
        let line = format!(
            "flamebook_scrape_target_up{{job=\"scrape\",instance=\"{}\"}} {value}\n",
            instance(web)
        );
        assert!(page.contains(&line), "{line} in {page}");
    }
    let failures = format!("failures_total{{job=\"scrape\",instance=\"{}\",", instance(&down));
    assert!(page.contains(&failures), "{page}");
    for line in page.split("\r\n\r\n").nth(1).expect("a body").lines() {
        let is_comment = line.starts_with("# HELP ") || line.starts_with("# TYPE ");
        let value = line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok());
        assert!(is_comment || line.starts_with("flamebook_scrape_") && value, "{line}");
    }
    assert!(scrape.stop().status.success());
}

#[test]
fn a_file_names_targets_and_relabels_them() {
    let (cart, old) = (well(), well());
    let [cart_host, old_host] = [&cart, &old].map(|web| web.address().replace("http://", ""));
    let folder = folder();
    let file = format!(
        "scrape_configs:\n- job_name: shop\n  scrape_interval: 2s\n  profiles: [heap]\n  \
         static_configs:\n  - targets: ['{cart_host}']\n    labels: {{service: cart}}\n  \
         - targets: ['{old_host}']\n    labels: {{service: old}}\n  relabel_configs:\n  \
         - {{source_labels: [service], regex: old, action: drop}}\n  \
         - {{source_labels: [service], regex: (c)(.*), target_label: team, replacement: $2-$1}}\n"
    );
    std::fs::write(folder.path().join("scrape.yml"), file).expect("a file");
    let mut scrape = Scrape::start(folder.path(), &["-f", "scrape.yml"]);
    scrape.until("a profile", |scrape| scrape.stored("inuse_space") >= 1);
    assert!(scrape.stop().status.success());
    assert!(old.asked().is_empty(), "it is dropped");
    let mut cells = Cells::over(folder.path(), STORE);
    let series = cells.table("inuse_space | by (job, instance, service, team) | table");
    let row = ["job", "instance", "service", "team"].map(|name| text(&series, name, 0));
    assert_eq!(row, ["shop", &cart_host, "cart", "art-c"].map(str::to_owned));
    assert_eq!(series.height(), 1);
}

#[test]
fn the_file_in_the_documentation_is_read() {
    let page = include_str!("../../docs/scrape.md");
    let (_, file) = page.split_once("```yaml\n").expect("a file");
    let (file, _) = file.split_once("```").expect("its end");
    let folder = folder();
    std::fs::write(folder.path().join("password.txt"), "s3cret\n").expect("a file");
    let usual = Usual {
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(60),
        endpoints: Vec::new(),
        labels: Labels::default(),
    };
    let reading = Reading { usual: &usual, folder: folder.path(), span: parse_span };
    let targets = targets(file, &reading).expect("targets");
    // `search` is dropped.
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].address.to_string(), "http://cart:6060/debug/pprof");
    assert_eq!(
        targets[0].labels.to_string(),
        "env=\"production\", instance=\"cart:6060\", job=\"shop\", service=\"cart\""
    );
    assert_eq!(
        (targets[0].every, targets[0].timeout),
        (Duration::from_secs(15), Duration::from_secs(10))
    );
}

#[test]
fn a_wrong_word_is_answered_with_the_right_one() {
    let folder = folder();
    std::fs::write(folder.path().join("x.yml"), "scrape_configs:\n- job: shop\n").expect("a file");
    for (arguments, parts) in [
        (&["http://h", "--profiles", "heep"][..], &["`heep`", "heap", "mutex"][..]),
        (&["http://h", "--every", "1s"], &["--every 1s", "2s"]),
        (&["http://h", "--every", "soon"], &["`soon`", "--every 15s"]),
        (&["http://h", "--keep", "long"], &["`long`", "7d"]),
        (&["h:6060"], &["`h:6060`", "http://host:6060/debug/pprof"]),
        (&["http://u:s3cret@h?x"], &["http://h", "http://host:6060/debug/pprof"]),
        (&["-f", "x.yml"], &["x.yml", "job", "line 2"]),
        (&["-f", "no.yml"], &["no.yml"]),
        (&["http://h", "--listen", "nowhere:x"], &["nowhere:x", "--listen 127.0.0.1:9090"]),
        (&[], &["<URL>"]),
    ] {
        let output = flamebook(folder.path(), &[&["scrape", STORE], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(parts.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert!(!folder.path().join(STORE).exists(), "{arguments:?}");
    }
}
