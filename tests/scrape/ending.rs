//! How a scrape ends, and what is in the store then.

use super::running::{STORE, Scrape, folder, stored};
use super::{in_use, profile, well};
use crate::server::web::{Reply, Web};
use crate::store::faults::in_own_mounts;
use crate::store::{flamebook, said};

#[test]
fn a_signal_in_the_middle_of_a_cpu_profile_ends_it_and_keeps_what_came() {
    // The CPU profile never comes.
    let web = Web::start(|asked| match profile(asked) {
        "profile" => Reply::Silence,
        _ => in_use(7),
    });
    for _ in 0..2 {
        let folder = folder();
        let mut scrape = Scrape::start(folder.path(), &["--profiles", "cpu,heap", &web.address()]);
        scrape.until("a request for the heap", |_| {
            web.asked().iter().any(|asked| profile(asked) == "heap")
        });
        let ended = scrape.stop();
        assert!(ended.status.success(), "{}", ended.stderr);
        assert!(ended.stdout.contains("added 1 profile, "), "{}", ended.stdout);
        assert_eq!(stored(folder.path(), "inuse_space"), 1);
    }
}

#[test]
fn a_crash_loses_nothing_that_was_written_and_another_scrape_goes_on() {
    let web = well();
    let folder = folder();
    let address = web.address();
    let start = || Scrape::start(folder.path(), &["--profiles", "cpu,heap", &address]);
    let mut scrape = start();
    scrape.until("two CPU profiles", |scrape| scrape.stored("cpu") >= 2);
    scrape.kill();
    let before = stored(folder.path(), "cpu");
    assert!(before >= 2);
    let mut scrape = start();
    scrape.until("one more", |scrape| scrape.stored("cpu") > before);
    assert!(scrape.stop().status.success());
    // Whole, as far as its own tools tell.
    said(folder.path(), &["compact", STORE]);
}

#[test]
fn a_store_is_filled_by_one_scrape_and_others_may_import_meanwhile() {
    let web = well();
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["--profiles", "heap", &web.address()]);
    scrape.until("a profile", |scrape| scrape.stored("inuse_space") >= 1);
    let second = flamebook(folder.path(), &["scrape", STORE, &web.address()]);
    assert_eq!(second.status.code(), Some(1));
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(told.contains("another `flamebook scrape` fills x.flamestore"), "{told}");
    assert!(told.contains("help: give its targets to one scrape"), "{told}");
    std::fs::write(folder.path().join("x.folded"), "main;f 7\n").expect("a file");
    said(folder.path(), &["import", STORE, "x.folded", "--type", "steps:count"]);
    said(folder.path(), &["compact", STORE]);
    let before = scrape.stored("inuse_space");
    scrape.until("more", |scrape| scrape.stored("inuse_space") > before);
    assert!(scrape.stop().status.success());
    assert_eq!(stored(folder.path(), "steps"), 1);
}

#[test]
fn while_the_disk_is_full_profiles_wait() {
    let web = well();
    let folder = folder();
    let script = format!(
        "mkdir small && mount -t tmpfs -o size=400k tmpfs small
        $FLAMEBOOK scrape small/x.flamestore {} --every 2s --profiles heap > out 2> err &
        until [ -e small/x.flamestore/scrape.lock ]; do sleep 0.05; done
        head -c 1m /dev/zero > small/filler || true
        timeout 100 sh -c 'until grep -q \"not written: .*No space left\" err; do sleep 0.1; done'
        rm small/filler
        timeout 100 sh -c 'until grep -q \"written again\" err; do sleep 0.1; done'
        kill -TERM $! && wait $!
        cat out
        $FLAMEBOOK eval -f csv 'use \"small/x.flamestore\"' 'inuse_space | profiles | select total'",
        web.address()
    );
    let Some(printed) = in_own_mounts(folder.path(), &script) else { return };
    // All that was fetched is there: the status, then the head of the table, then its rows.
    let (status, rows) = printed.split_once('\n').expect("a status");
    let added = status.split(' ').nth(2).and_then(|count| count.parse::<usize>().ok());
    assert_eq!(added, Some(rows.lines().count() - 1), "{printed}");
}

#[test]
fn old_profiles_are_dropped() {
    let web = well();
    let folder = folder();
    let keep = ["--profiles", "heap", "--keep", "6s", &web.address()];
    let mut scrape = Scrape::start(folder.path(), &keep);
    // Six seconds have three or four of these.
    let mut most = 0;
    scrape.until("the first to go", |scrape| {
        let now = scrape.stored("inuse_space");
        most = most.max(now);
        now < most
    });
    assert!(most <= 6, "{most}");
    assert!(scrape.stop().status.success());
}

#[test]
fn without_a_profile_there_is_no_success() {
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["http://127.0.0.1:1"]);
    scrape.until("an error", |scrape| scrape.stderr().contains("cannot be reached"));
    let ended = scrape.stop();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    // Said once for all of its profiles.
    assert_eq!(ended.stderr.matches("cannot be reached").count(), 1, "{}", ended.stderr);
}
