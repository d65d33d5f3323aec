//! Who asks: credentials go to the server, and nowhere else. Variables of the environment
//! belong to a process, so most of these tests run the binary.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flamebook::notebook::Notebook;
use serde_json::json;

use super::pyroscope::{answer, serve, shop};
use super::web::{Asked, Reply, Web};
use super::{WINDOW, open};
use crate::frontend::{Frontend, Kernel};

const SECRET: &str = "s3cr3t-t0ken";

/// The variables of one kind of credential, and the cells that set it.
struct Kind {
    variables: &'static [(&'static str, &'static str)],
    cells: &'static [&'static str],
    /// The header that the server gets.
    header: String,
}

fn kinds() -> Vec<Kind> {
    let bearer = format!("authorization: Bearer {SECRET}");
    let basic = format!("authorization: Basic {}", STANDARD.encode(format!("me:{SECRET}")));
    let kind =
        |variables, cells, header: &String| Kind { variables, cells, header: header.clone() };
    vec![
        kind(&[("FLAMEBOOK_PYROSCOPE_TOKEN", SECRET)], &[], &bearer),
        kind(
            &[("FLAMEBOOK_PYROSCOPE_USER", "me"), ("FLAMEBOOK_PYROSCOPE_PASSWORD", SECRET)],
            &[],
            &basic,
        ),
        kind(&[("MINE", SECRET)], &["set token \"env:MINE\""], &bearer),
        kind(&[], &["set token \"file:token.txt\""], &bearer),
        kind(&[("MINE", SECRET)], &["set user \"me\"; set password \"env:MINE\""], &basic),
        kind(&[], &["set user \"me\"", "set password \"file:token.txt\""], &basic),
    ]
}

/// The binary, without credentials and proxies of the machine of the tests.
fn flamebook(folder: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    for name in ["TOKEN", "USER", "PASSWORD", "TENANT"] {
        command.env_remove(format!("FLAMEBOOK_PYROSCOPE_{name}"));
    }
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.current_dir(folder).envs(variables.iter().copied());
    command
}

fn eval(folder: &Path, variables: &[(&str, &str)], queries: &[&str]) -> Output {
    let output = flamebook(folder, variables).arg("eval").args(queries).output();
    output.expect("the binary runs")
}

fn by_token(queries: &[&str]) -> Output {
    let variables =
        [("FLAMEBOOK_PYROSCOPE_TOKEN", SECRET), ("FLAMEBOOK_PYROSCOPE_TENANT", "team-a")];
    eval(Path::new("."), &variables, queries)
}

fn shown(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

fn has(asked: &Asked, header: &str) -> bool {
    asked.headers.iter().any(|found| found == header)
}

/// Fails if a text has the secret, as it is or in base64.
fn no_secret(text: &str, place: &str) {
    let encoded = STANDARD.encode(format!("me:{SECRET}"));
    for secret in [SECRET, &encoded, &STANDARD.encode(SECRET)] {
        assert!(!text.contains(secret), "{place} has {secret}: {text}");
    }
}

/// Answers as the shop; a query of pod b is refused, with the credentials that it came with.
fn telling(asked: &Asked) -> Reply {
    let is_refused = asked.method().starts_with("SelectMerge")
        && String::from_utf8_lossy(&asked.body).contains("pod=\"b\"");
    let credentials = asked.headers.iter().find(|header| header.starts_with("authorization"));
    match credentials {
        Some(credentials) if is_refused => {
            Reply::says("403 Forbidden", &format!("not allowed: {credentials}"))
        }
        _ => answer(&shop(), true, asked),
    }
}

/// A notebook with these cells; the last one may fail.
fn write_notebook(path: &Path, cells: &[String]) {
    let code = |(at, source): (usize, &String)| {
        let tags = if at + 1 == cells.len() { &["raises-exception"][..] } else { &[] };
        json!({"cell_type": "code", "id": format!("c{at}"), "metadata": {"tags": tags},
               "execution_count": null, "outputs": [], "source": source})
    };
    let cells: Vec<_> = cells.iter().enumerate().map(code).collect();
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    fs::write(path, notebook.to_string()).expect("a notebook");
}

#[test]
fn a_notebook_with_its_outputs_has_no_secret_of_any_kind() {
    for Kind { variables, cells, header } in kinds() {
        let web = Web::start(telling);
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("token.txt"), format!("{SECRET}\n")).expect("a file");
        let mut source = vec!["set cache \"answers\"".to_owned()];
        source.extend(cells.iter().map(|cell| (*cell).to_owned()));
        source.push(format!("use {:?}", web.address()));
        source.push(format!("cpu{WINDOW}"));
        source.push(format!("cpu{{pod=\"a\"}}{WINDOW} | describe"));
        source.push("set token; set user; set password".to_owned());
        source.push(format!("cpu{{pod=\"b\"}}{WINDOW}"));
        write_notebook(&folder.path().join("asks.ipynb"), &source);
        for output in ["out.ipynb", "out.html"] {
            let mut command = flamebook(folder.path(), variables);
            let ran = command.args(["run", "asks.ipynb", "-o", output]).output().expect("it runs");
            no_secret(&shown(&ran), "what it prints");
            let saved = fs::read_to_string(folder.path().join(output)).expect("an output");
            no_secret(&saved, output);
            for part in ["not allowed: authorization", "2023-11-14 22:13:30 .. 22:15:30 UTC"] {
                assert!(saved.contains(part), "{part}, {header}: {}", shown(&ran));
            }
        }
        let asked = web.asked();
        assert!(asked.len() > 4 && asked.iter().all(|asked| has(asked, &header)), "{header}");
        let kept = fs::read_dir(folder.path().join("answers")).expect("a cache");
        let mut n_kept = 0;
        for entry in kept {
            let path = entry.expect("an entry").path();
            no_secret(&path.display().to_string(), "the name of an answer");
            let bytes = fs::read(&path).expect("an answer");
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).expect("gzip");
            no_secret(&String::from_utf8_lossy(&bytes), "an answer");
            no_secret(&String::from_utf8_lossy(&unpacked), "an answer");
            n_kept += 1;
        }
        assert!(n_kept > 1, "{n_kept} answers are kept");
    }
}

#[test]
fn a_secret_that_was_written_into_a_cell_is_not_shown_again() {
    let kernel = Kernel::over(Notebook::new(".".into()));
    let mut frontend = Frontend::connect(&kernel);
    let mut said = String::new();
    for (code, error) in [
        (format!("set token \"{SECRET}\""), "setting-value"),
        (format!("set password = \"{SECRET}\""), "setting-value"),
        (format!("set tokn \"{SECRET}\""), "unknown-setting"),
        (format!("set token \"{SECRET}"), "unclosed"),
        (format!("set token {SECRET}"), ""),
    ] {
        let (reply, published) = frontend.execute_to_end(&code);
        let text = format!("{reply:?}{published:?}");
        assert!(text.contains(error) && text.contains("\"error\""), "{code}: {text}");
        said.push_str(&text);
    }
    let request = json!({"hist_access_type": "tail", "n": 10, "output": true, "raw": true});
    let asked = frontend.ask("history_request", request);
    let (reply, _) = frontend.read_to_end(&asked);
    said.push_str(&format!("{reply:?}"));
    assert!(said.contains("set token \\\"************\\\""), "{said}");
    no_secret(&said, "a message");
}

#[test]
fn a_token_and_a_tenant_are_sent_and_never_shown() {
    let web = serve(shop(), true);
    let opened = format!("use {:?}", web.address());
    let output = by_token(&[&opened, &format!("cpu{WINDOW} | describe")]);
    assert!(output.status.success(), "{}", shown(&output));
    no_secret(&shown(&output), "what it prints");
    let asked = web.asked();
    assert!(asked.len() > 2, "{asked:?}");
    for asked in asked {
        for header in [&format!("authorization: Bearer {SECRET}"), "x-scope-orgid: team-a"] {
            assert!(has(&asked, header), "{:?}", asked.headers);
        }
    }
}

#[test]
fn the_tenant_is_that_which_was_set_when_the_server_was_opened() {
    let web = serve(shop(), true);
    let mut cells = open(&web);
    let address = web.address();
    cells.run(&format!("set tenant \"team-a\"; use {address:?} as a"));
    cells.run(&format!("set tenant \"team-b\"; use {address:?} as b; set tenant off"));
    web.asked();
    for source in ["a", "b"] {
        cells.run(&format!("cpu{WINDOW} from {source} | flame"));
        let asked = web.asked();
        let header = format!("x-scope-orgid: team-{source}");
        assert!(!asked.is_empty() && asked.iter().all(|asked| has(asked, &header)), "{asked:?}");
    }
    let note = cells.error("set tenant \"a\\nb\"");
    assert!(note.contains("takes a name"), "{note}");
}

#[test]
fn a_data_source_of_grafana_is_a_server() {
    let web = serve(shop(), true);
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("token.txt"), SECRET).expect("a file");
    let prefix = "/api/datasources/proxy/uid/ab.c";
    let opened = format!("use \"{}{prefix}\"", web.address());
    let query = format!("cpu{WINDOW} | by (pod) | table");
    let output = eval(folder.path(), &[], &["set token \"file:token.txt\"", &opened, &query]);
    assert!(output.status.success(), "{}", shown(&output));
    let asked = web.asked();
    assert!(asked.len() > 2, "{asked:?}");
    for asked in asked {
        let path = format!("{prefix}/querier.v1.QuerierService/{}", asked.method());
        assert_eq!(asked.path, path);
        assert!(has(&asked, &format!("authorization: Bearer {SECRET}")), "{:?}", asked.headers);
    }
}

#[test]
fn a_secret_in_plain_text_to_another_host_is_warned_about() {
    // This address reaches this machine, and does not say so.
    let web = serve(shop(), true);
    let address = web.address().replace("127.0.0.1", "0.0.0.0");
    let warning = format!("{address} gets a token or a password without encryption");
    for (address, is_warned) in [(&address, true), (&web.address(), false)] {
        let output = by_token(&[&format!("use {address:?}")]);
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(shown(&output).contains(&warning), is_warned, "{}", shown(&output));
    }
}

#[test]
fn an_error_of_the_server_does_not_show_them() {
    let web = Web::start(|_| {
        let said = r#"{"code":"unauthenticated","message":"invalid token"}"#;
        Reply::says("401 Unauthorized\r\ncontent-type: application/json", said)
    });
    let output = by_token(&[&format!("use {:?}", web.address()), "types"]);
    let shown = shown(&output);
    assert!(!output.status.success(), "{shown}");
    no_secret(&shown, "the error");
    for part in ["answered 401", "invalid token", "FLAMEBOOK_PYROSCOPE_TOKEN", &web.address()] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let output = eval(
        Path::new("."),
        &[],
        &["set token \"env:NO_SUCH_VARIABLE\"", &format!("use {:?}", web.address())],
    );
    assert!(self::shown(&output).contains("`NO_SUCH_VARIABLE`, which is not set"));
}

#[test]
fn a_redirect_to_another_host_gets_nothing() {
    let other = serve(shop(), true);
    let to = other.address();
    let web = Web::start(move |asked| {
        let status = format!("307 Temporary Redirect\r\nlocation: {to}{}", asked.path);
        match asked.method() {
            "ProfileTypes" => Reply::says(&status, ""),
            _ => answer(&shop(), true, asked),
        }
    });
    let output = by_token(&[&format!("use {:?}", web.address()), "types"]);
    assert!(shown(&output).contains(&format!("redirects to {}", other.address())));
    assert!(other.asked().is_empty());
}
