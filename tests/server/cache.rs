//! Answers about times that are over, in a folder for other processes.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::WINDOW;
use super::pyroscope::{serve, shop};
use super::web::Web;

/// What one more process prints; it has to succeed.
fn eval(folder: &Path, tenant: &str, query: &str, web: &Web) -> String {
    let opened = format!("use {:?}", web.address());
    let tenant = format!("set tenant {tenant:?}");
    let output = Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .args(["eval", "set cache \"answers\"", &tenant, &opened, query])
        .current_dir(folder)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    // `use` tells the time.
    let lines = printed.lines().filter(|line| !line.starts_with("opened "));
    lines.collect::<Vec<_>>().join("\n")
}

/// The requests since the last call, without those of `use`.
fn queried(web: &Web) -> Vec<String> {
    let of_use = ["GetProfileStats", "ProfileTypes"];
    web.methods().into_iter().filter(|method| !of_use.contains(&&**method)).collect()
}

#[test]
fn another_process_asks_nothing_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let web = serve(shop(), true);
    for query in [
        format!("cpu{{pod=\"a\"}}{WINDOW} | top 3"),
        format!("cpu{WINDOW} | by (pod) | table"),
        format!("cpu{{version=\"2\"}}{WINDOW} | diff {{version=\"1\"}} | top 3"),
        format!("inuse_space{WINDOW} | by (pod) | compare"),
    ] {
        let first = eval(folder.path(), "a", &query, &web);
        assert!(!queried(&web).is_empty(), "{query}");
        let second = eval(folder.path(), "a", &query, &web);
        assert_eq!(queried(&web), Vec::<String>::new(), "{query}");
        assert_eq!(first, second, "{query}");
    }
    let described = eval(folder.path(), "a", &format!("cpu{WINDOW} | describe"), &web);
    assert!(described.contains(" ms"), "{described}");
    let described = eval(folder.path(), "a", &format!("cpu{WINDOW} | describe"), &web);
    assert!(described.contains("from the folder") && !described.contains(" ms"), "{described}");
}

#[test]
fn an_answer_is_not_shared_with_another_tenant() {
    let folder = tempfile::tempdir().expect("a folder");
    let web = serve(shop(), true);
    let query = format!("cpu{WINDOW} | top 3");
    for tenant in ["a", "b"] {
        eval(folder.path(), tenant, &query, &web);
        assert_eq!(queried(&web), ["SelectMergeStacktraces"], "{tenant}");
    }
}

#[test]
fn a_damaged_answer_is_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let web = serve(shop(), true);
    let query = format!("cpu{WINDOW} | top 3");
    let whole = eval(folder.path(), "a", &query, &web);
    assert!(whole.contains("work"), "{whole}");
    let damages: [fn(Vec<u8>) -> Vec<u8>; 3] = [
        |_| Vec::new(),
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |bytes| bytes.into_iter().map(|byte| byte ^ 1).collect(),
    ];
    for damage in damages {
        for entry in fs::read_dir(folder.path().join("answers")).expect("a cache") {
            let path = entry.expect("an entry").path();
            fs::write(&path, damage(fs::read(&path).expect("an answer"))).expect("a file");
        }
        web.asked();
        assert_eq!(eval(folder.path(), "a", &query, &web), whole);
        assert_eq!(queried(&web), ["SelectMergeStacktraces"]);
        assert_eq!(eval(folder.path(), "a", &query, &web), whole);
        assert_eq!(queried(&web), Vec::<String>::new());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_and_what_is_new_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "").expect("a file");
    let web = serve(shop(), true);
    let mut cells = crate::cells::Cells::new(folder.path());
    let error = cells.error(&format!("set cache \"file\"; use {:?}", web.address()));
    assert!(error.contains("cannot keep answers") && error.contains("`set cache"), "{error}");
    // The last hour may still change.
    for _ in 0..2 {
        eval(folder.path(), "a", "cpu | flame", &web);
        assert!(queried(&web).contains(&"SelectMergeStacktraces".to_owned()));
    }
}
