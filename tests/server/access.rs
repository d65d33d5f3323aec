//! Who asks: credentials go to the server, and nowhere else. They are variables of the
//! environment, so these tests run the binary.

use std::process::{Command, Output};

use super::pyroscope::{answer, serve, shop};
use super::web::{Reply, Web};

const SECRET: &str = "s3cr3t-t0ken";

fn eval(address: &str, query: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flamebook"))
        .args(["eval", &format!("use {address:?}"), query])
        .env("FLAMEBOOK_PYROSCOPE_TOKEN", SECRET)
        .env("FLAMEBOOK_PYROSCOPE_TENANT", "team-a")
        .output()
        .expect("the binary runs")
}

fn shown(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

#[test]
fn a_token_and_a_tenant_are_sent_and_never_shown() {
    let web = serve(shop(), true);
    let output = eval(&web.address(), "cpu[2023-11-14T22:13:30Z .. +2m] | describe");
    assert!(output.status.success(), "{}", shown(&output));
    assert!(!shown(&output).contains(SECRET), "{}", shown(&output));
    let asked = web.asked();
    assert!(asked.len() > 2, "{asked:?}");
    for asked in asked {
        for header in [&format!("authorization: Bearer {SECRET}"), "x-scope-orgid: team-a"] {
            assert!(asked.headers.iter().any(|found| found == header), "{:?}", asked.headers);
        }
    }
}

#[test]
fn an_error_of_the_server_does_not_show_them() {
    let web = Web::start(|_| {
        let said = r#"{"code":"unauthenticated","message":"invalid token"}"#;
        Reply::says("401 Unauthorized\r\ncontent-type: application/json", said)
    });
    let output = eval(&web.address(), "types");
    let shown = shown(&output);
    assert!(!output.status.success() && !shown.contains(SECRET), "{shown}");
    for part in ["answered 401", "invalid token", "FLAMEBOOK_PYROSCOPE_TOKEN", &web.address()] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
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
    let output = eval(&web.address(), "types");
    assert!(shown(&output).contains(&format!("redirects to {}", other.address())));
    assert!(other.asked().is_empty());
}
