//! `flamebook push`: what a server gets, and that nothing is sent twice.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use prost::Message;

use super::message::{Profile, Push};
use super::web::{Asked, Reply, Web};

fn push(web: &Web, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).arg("push").arg(web.address()).args(arguments);
    command.env("FLAMEBOOK_PYROSCOPE_TOKEN", "s3cr3t").env("FLAMEBOOK_PYROSCOPE_TENANT", "team-a");
    command.output().expect("the program starts")
}

fn shown(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

/// A folder with two profiles of folded stacks in a service, ten seconds apart.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (pod, at, text) in
        [("a", 1_700_000_000u64, "main;work 3\nmain 1\n"), ("b", 1_700_000_010, "main;idle 5\n")]
    {
        let path = folder.path().join(format!("service=shop/pod={pod}"));
        std::fs::create_dir_all(&path).expect("a folder");
        std::fs::write(path.join(format!("{}.folded", at * 1_000_000_000)), text).expect("a file");
    }
    folder
}

/// What a request holds: labels, time, and the value of each stack, root first.
fn held(asked: &Asked) -> (Vec<String>, i64, Vec<(String, i64)>) {
    assert_eq!(asked.path, "/push.v1.PusherService/Push");
    let push = Push::decode(&asked.body[..]).expect("a message");
    let [series] = &push.series[..] else { panic!("one series in {push:?}") };
    let [sample] = &series.samples[..] else { panic!("one profile in {push:?}") };
    let mut raw = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(&sample.raw_profile[..]),
        &mut raw,
    )
    .expect("gzip");
    let profile = Profile::decode(&raw[..]).expect("pprof");
    let name = |location: &u64| {
        let location =
            profile.locations.iter().find(|known| known.id == *location).expect("a location");
        let function =
            profile.functions.iter().find(|known| known.id == location.lines[0].function);
        profile.strings[function.expect("a function").name as usize].clone()
    };
    let stack = |locations: &[u64]| locations.iter().rev().map(name).collect::<Vec<_>>().join(";");
    let mut stacks: Vec<_> =
        profile.samples.iter().map(|sample| (stack(&sample.locations), sample.values[0])).collect();
    stacks.sort();
    let labels = series.labels.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
    (labels, profile.time, stacks)
}

#[test]
fn each_profile_is_sent_with_its_labels_and_its_time() {
    let web = Web::start(|_| Reply::Says("200 OK".to_owned(), Vec::new()));
    let folder = folder();
    let output = push(&web, folder.path(), &["."]);
    assert!(output.status.success(), "{}", shown(&output));
    assert!(shown(&output).contains("sent 2 profiles"), "{}", shown(&output));
    let asked = web.asked();
    for asked in &asked {
        for header in [
            "authorization: Bearer s3cr3t",
            "x-scope-orgid: team-a",
            "content-type: application/proto",
        ] {
            assert!(asked.headers.iter().any(|found| found == header), "{:?}", asked.headers);
        }
    }
    let mut all: Vec<_> = asked.iter().map(held).collect();
    all.sort();
    let labels = |pod: &str| {
        let own = ["__name__=samples", "__delta__=false"].map(str::to_owned);
        let given =
            [format!("pod={pod}"), "service=shop".to_owned(), "service_name=shop".to_owned()];
        own.into_iter().chain(given).collect::<Vec<_>>()
    };
    let stack = |name: &str, value| (name.to_owned(), value);
    let expected = [
        (labels("a"), 1_700_000_000_000_000_000, vec![stack("main", 1), stack("main;work", 3)]),
        (labels("b"), 1_700_000_010_000_000_000, vec![stack("main;idle", 5)]),
    ];
    assert_eq!(all, expected);
    // A store gives the same.
    let imported = Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .current_dir(folder.path())
        .args(["import", "x.flamestore", "service=shop"])
        .output();
    assert!(imported.expect("the program starts").status.success());
    assert!(
        push(&web, folder.path(), &["x.flamestore", "--label", "service=shop"]).status.success()
    );
    let mut of_store: Vec<_> = web.asked().iter().map(held).collect();
    of_store.sort();
    assert_eq!(of_store, expected);
    // What an earlier push has sent is left out.
    assert!(push(&web, folder.path(), &[".", "--skip", "1"]).status.success());
    assert!(web.asked().iter().any(|asked| held(asked).2 == [stack("main;idle", 5)]));
}

#[test]
fn what_counts_from_the_start_is_sent_as_its_growth() {
    let web = Web::start(|_| Reply::Says("200 OK".to_owned(), Vec::new()));
    let folder = tempfile::tempdir().expect("a scratch folder");
    // Allocations since the start of the process: 10, then 14, in `work`.
    for (at, value) in [(1_700_000_000u64, 10), (1_700_000_020, 14)] {
        let path = folder.path().join(format!("{}.folded", at * 1_000_000_000));
        std::fs::write(path, format!("main;work {value}\n")).expect("a file");
    }
    let store = folder.path().join("x.flamestore");
    let imported = Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .current_dir(folder.path())
        .args([
            "import",
            "x.flamestore",
            ".",
            "--type",
            "memory:alloc_space:bytes:space:bytes",
            "-l",
            "service=shop",
        ])
        .output()
        .expect("the program starts");
    assert!(imported.status.success() && store.is_dir(), "{}", shown(&imported));
    let output = push(&web, folder.path(), &["x.flamestore"]);
    assert!(output.status.success(), "{}", shown(&output));
    let sent: Vec<_> = web.asked().iter().map(held).collect();
    let [(labels, at, stacks)] = &sent[..] else { panic!("the growth alone: {sent:?}") };
    assert!(labels.contains(&"__name__=memory".to_owned()), "{labels:?}");
    assert_eq!((*at, &stacks[..]), (1_700_000_020_000_000_000, &[("main;work".to_owned(), 4)][..]));
}

/// A server that answers the first request so, then as it should.
fn first(reply: Reply) -> Web {
    let asked = AtomicUsize::new(0);
    Web::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => reply.clone(),
        _ => Reply::Says("200 OK".to_owned(), Vec::new()),
    })
}

#[test]
fn nothing_is_sent_twice_unless_it_has_not_arrived() {
    let folder = folder();
    let one = "service=shop/pod=a";
    let label = ["--label", "service=shop"];
    // Busy: it has not arrived.
    let web = first(Reply::says("429 Too Many Requests\r\nretry-after: 0", "slow down"));
    let output = push(&web, folder.path(), &[&[one][..], &label].concat());
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(web.asked().len(), 2);
    // Anything else may have arrived.
    for (reply, said) in [
        (Reply::Raw(Vec::new()), "closed the connection"),
        (
            Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha".to_vec()),
            "closed the connection",
        ),
        (Reply::says("500 Internal Server Error", "disk full"), "answered 500: disk full"),
        (Reply::says("503 Service Unavailable", "starting"), "answered 503: starting"),
    ] {
        let web = first(reply);
        let output = push(&web, folder.path(), &[&[one][..], &label].concat());
        let shown = shown(&output);
        assert!(!output.status.success() && shown.contains(said), "{shown}");
        assert!(shown.contains("may have arrived") && shown.contains("--skip 1 "), "{shown}");
        assert_eq!(web.asked().len(), 1, "{shown}");
    }
}

#[test]
fn a_refusal_is_said_in_the_words_of_the_server() {
    let folder = folder();
    // Of one profile: the others follow.
    for status in ["400 Bad Request", "413 Payload Too Large"] {
        let web = first(Reply::says(status, r#"{"code":"invalid_argument","message":"too old"}"#));
        let output = push(&web, folder.path(), &["."]);
        let shown = shown(&output);
        assert!(!output.status.success() && shown.contains("sent 1 profile "), "{shown}");
        assert!(shown.contains("refused 1 profile: ") && shown.contains("too old"), "{shown}");
        assert_eq!(web.asked().len(), 2);
    }
    // Of all: there is no other try.
    for (status, fix) in
        [("401 Unauthorized", "FLAMEBOOK_PYROSCOPE_TOKEN"), ("404 Not Found", "check the address")]
    {
        let web = Web::start(move |_| Reply::says(status, "no such door"));
        let output = push(&web, folder.path(), &["service=shop/pod=a", "--label", "service=shop"]);
        let shown = shown(&output);
        assert!(
            !output.status.success() && shown.contains("no such door") && shown.contains(fix),
            "{shown}"
        );
        assert!(!shown.contains("s3cr3t") && shown.contains("--skip 0"), "{shown}");
        assert_eq!(web.asked().len(), 1);
    }
    std::fs::write(folder.path().join("plain.folded"), "main 1\n").expect("a file");
    let output = push(&first(Reply::Silence), folder.path(), &["plain.folded"]);
    assert!(shown(&output).contains("--label service_name=NAME"), "{}", shown(&output));
    let output = push(&first(Reply::Silence), folder.path(), &["http://127.0.0.1:1"]);
    assert!(shown(&output).contains("flamebook import"), "{}", shown(&output));
}
