//! `flamebook session`, as another program speaks to it. `tests/python` has the Python side.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The program, and what it said first.
struct Served {
    child: Child,
    replies: BufReader<ChildStdout>,
    hello: Value,
}

impl Served {
    fn start() -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flamebook"))
            .arg("session")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut replies = BufReader::new(child.stdout.take().expect("its output"));
        let hello = next(&mut replies);
        Served { child, replies, hello }
    }

    fn send(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("its input");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("a pipe");
    }

    fn next(&mut self) -> Value {
        next(&mut self.replies)
    }

    /// The last reply to a cell, and the bytes behind it.
    fn run(&mut self, code: &str, parameters: &Value) -> (Value, Vec<u8>) {
        let run = json!({"id": 1, "do": "run", "code": code, "name": "In[1]", "arrow": true,
            "parameters": parameters});
        self.send(&run.to_string());
        loop {
            let reply = self.next();
            if reply["kind"] == "result" || reply["kind"] == "error" {
                let length = reply["arrow"].as_u64().unwrap_or(0);
                let mut bytes = vec![0; usize::try_from(length).expect("a length")];
                self.replies.read_exact(&mut bytes).expect("the whole file");
                return (reply, bytes);
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends with its input");
    }
}

fn next(replies: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    replies.read_line(&mut line).expect("a line");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

#[test]
fn a_result_has_the_bundle_of_the_kernel_and_an_arrow_file() {
    let mut served = Served::start();
    assert_eq!(served.hello, json!({"kind": "hello", "version": env!("CARGO_PKG_VERSION")}));
    let (opened, none) = served.run("use \"demo:\"", &json!({}));
    assert!(none.is_empty() && opened["data"]["text/plain"].is_string(), "a note has no rows");
    let (result, bytes) = served.run(
        "cpu{version=$v} | by (pod) | table | select pod, total",
        &json!({"v": {"number": 2.0}}),
    );
    assert_eq!(result["id"], 1);
    assert!(result["data"]["text/html"].as_str().expect("html").contains("<table"));
    let arrow = b"ARROW1";
    assert!(bytes.starts_with(arrow) && bytes.ends_with(arrow));
    let metadata = &result["metadata"];
    assert_eq!(metadata["units"], json!({"total": "ns"}));
    // The value stands in the query, so that it says what was asked.
    assert_eq!(
        metadata["header"]["query"],
        "cpu{version=\"2\"} | by (pod) | table | select pod, total"
    );
    assert_eq!(metadata["header"]["profiles"], 48);
}

#[test]
fn an_error_has_its_place_in_code_points_and_the_session_goes_on() {
    let mut served = Served::start();
    let (error, _) = served.run("\"äöü\"\n1 | focsu \"a\"", &json!({}));
    let error = &error["errors"][0];
    assert_eq!(
        (&error["slug"], &error["start"], &error["end"]),
        (&json!("unknown-verb"), &json!(10), &json!(15))
    );
    assert!(error["help"].as_str().expect("a help").contains("focus"));
    let (result, _) = served.run("1 + $x", &json!({"x": {"number": 41}}));
    assert_eq!(result["data"]["text/plain"], "42");
    served.send("not JSON");
    assert_eq!(served.next()["errors"][0]["slug"], "protocol");
}

#[test]
fn an_editor_is_answered_and_an_interrupt_stops_a_cell_and_no_other() {
    let mut served = Served::start();
    // Nothing runs, so nothing is stopped.
    served.send(r#"{"id": 0, "do": "interrupt"}"#);
    let (result, _) = served.run("use \"demo:\"\n40 + 2", &json!({}));
    assert_eq!(result["data"]["text/plain"], "42");
    served.send(r#"{"id": 7, "do": "complete", "code": "cpu | foc", "cursor": 9}"#);
    let completion = served.next();
    assert_eq!((&completion["id"], &completion["cursor_start"]), (&json!(7), &json!(6)));
    assert!(completion["matches"].as_array().expect("matches").contains(&json!("focus")));
    // Each step reads all profiles anew: this would take minutes.
    let long = vec!["cpu | sandwich \"*\""; 5_000].join("\n");
    let start = Instant::now();
    served.send(&json!({"id": 8, "do": "run", "code": long, "name": "In[2]"}).to_string());
    assert_eq!(served.next()["kind"], "display", "it has begun");
    served.send(r#"{"id": 0, "do": "interrupt"}"#);
    let end = loop {
        let reply = served.next();
        if reply["kind"] != "display" && reply["kind"] != "progress" {
            break reply;
        }
    };
    assert_eq!((&end["id"], &end["errors"][0]["slug"]), (&json!(8), &json!("interrupted")));
    assert!(start.elapsed() < Duration::from_secs(60), "it did not run to its end");
}
