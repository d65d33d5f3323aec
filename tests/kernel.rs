//! Tests of the kernel's protocol, as front ends see it.
//!
//! The language is an echo that also fails, waits and panics on request.

use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use flamebook::kernel::language::{
    Assistant, CellRequest, Completeness, Completion, CompletionItem, Failure, Language, Output,
};
use flamebook::notebook::Notebook;
use flamebook::view::bundle::{Bundle, Mime};
use flamebook::work::{Cancel, Progress};
use serde_json::{Value, json};

use crate::frontend::{self, Frontend, Kernel};
use crate::hostile;

/// Runs `verb argument`; other code is its own result.
struct Echo;

impl Language for Echo {
    fn execute(
        &mut self,
        cell: &CellRequest<'_>,
        out: &dyn Output,
        cancel: &Cancel,
    ) -> Result<Option<Bundle>, Failure> {
        let (verb, argument) = cell.code.split_once(' ').unwrap_or((cell.code, ""));
        match verb {
            "" => Ok(None),
            "show" => {
                out.display(Bundle::plain(argument).with(Mime::Html, format!("<b>{argument}</b>")));
                Ok(Some(Bundle::plain("shown")))
            }
            "fail" => Err(failure("failed")),
            "panic" => panic!("{argument}"),
            "forever" => work(None, out, cancel),
            "work" => work(Some(Duration::from_millis(number(argument))), out, cancel),
            "burst" => {
                (0..number(argument)).for_each(|i| out.display(Bundle::plain(i.to_string())));
                Ok(None)
            }
            "large" => {
                let size = usize::try_from(number(argument)).expect("a size");
                Ok(Some(Bundle::plain("x".repeat(size))))
            }
            _ => Ok(Some(Bundle::plain(cell.code))),
        }
    }

    fn without_secrets(&self, code: &str) -> String {
        code.replace("s3cret", "******")
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn failure(name: &str) -> Failure {
    let (value, traceback) = (format!("it {name}"), vec![format!("how it {name}")]);
    Failure { name: name.to_owned(), value, line: None, traceback }
}

/// Reports progress for the given time, or until it is interrupted.
fn work(
    length: Option<Duration>,
    out: &dyn Output,
    cancel: &Cancel,
) -> Result<Option<Bundle>, Failure> {
    let start = Instant::now();
    while length.is_none_or(|length| start.elapsed() < length) {
        cancel.check().map_err(|_| failure("interrupted"))?;
        if length.is_some() {
            out.progress(&Progress { what: "working", unit: "steps", done: 1, total: 2 });
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(Some(Bundle::plain("done")))
}

impl Assistant for Echo {
    fn complete(&self, code: &str, cursor: usize) -> Completion {
        assert_ne!(code, "panic");
        let text = code.chars().skip(cursor).collect();
        let item = CompletionItem { text, kind: "verb", signature: "after the cursor".to_owned() };
        Completion { start: cursor, end: cursor, items: vec![item] }
    }

    fn inspect(&self, code: &str, cursor: usize, detail: u8) -> Option<Bundle> {
        let found = Bundle::plain(format!("{code} at {cursor}, detail {detail}"));
        (!code.is_empty()).then_some(found)
    }

    fn is_complete(&self, code: &str) -> Completeness {
        match code.chars().last() {
            Some('|') => Completeness::Incomplete { indent: "  ".to_owned() },
            Some(')') => Completeness::Invalid,
            _ => Completeness::Complete,
        }
    }
}

fn session() -> (Kernel, Frontend) {
    let kernel = Kernel::start(Echo, Echo);
    let frontend = Frontend::connect(&kernel);
    (kernel, frontend)
}

#[test]
fn a_cell_with_a_result() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("cpu");
    frontend.recv_iopub_busy(&cell);
    let input = frontend.recv_iopub_execute_input(&cell);
    assert_eq!(input, json!({"code": "cpu", "execution_count": 1}));
    let result = frontend.recv_iopub_execute_result(&cell);
    assert_eq!(
        result,
        json!({"execution_count": 1, "data": {"text/plain": "cpu"}, "metadata": {}})
    );
    frontend.recv_iopub_idle(&cell);
    let reply = frontend.recv_execute_reply(&cell);
    assert_eq!(
        reply,
        json!({"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}})
    );
}

#[test]
fn a_display_comes_before_the_result() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("show x");
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);
    let display = frontend.recv_iopub_display_data(&cell);
    assert_eq!(display["data"], json!({"text/plain": "x", "text/html": "<b>x</b>"}));
    let result = frontend.recv_iopub_execute_result(&cell);
    assert_eq!(result["data"], json!({"text/plain": "shown"}));
    frontend.recv_iopub_idle(&cell);
}

#[test]
fn a_cell_without_a_result() {
    let (_kernel, mut frontend) = session();
    let (reply, published) = frontend.execute_to_end("");
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(published.len(), 1, "only the input");
}

#[test]
fn a_cell_that_fails() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("fail");
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);
    let error = frontend.recv_iopub_error(&cell);
    assert_eq!(
        error,
        json!({"ename": "failed", "evalue": "it failed", "traceback": ["how it failed"]})
    );
    frontend.recv_iopub_idle(&cell);
    let reply = frontend.recv_execute_reply(&cell);
    assert_eq!(reply["status"], "error");
    assert_eq!(reply["ename"], "failed");
    assert_eq!(reply["execution_count"], 1);
}

#[test]
fn a_parent_header_is_echoed_as_it_was_sent() {
    let (_kernel, mut frontend) = session();
    frontend.ask("kernel_info_request", json!({}));
    let reply = frontend.recv_shell();
    assert_eq!(reply.parent["unknown_field"], json!(["kept"]));
    assert_eq!(reply.parent["username"], "tester");
    assert_eq!(reply.header["version"], "5.4");
}

#[test]
fn kernel_info_on_shell_and_control() {
    let (_kernel, mut frontend) = session();
    let asked = frontend.ask("kernel_info_request", json!({}));
    frontend.recv_iopub_busy(&asked);
    frontend.recv_iopub_idle(&asked);
    let on_shell = frontend.recv_reply("kernel_info_reply", &asked);
    assert_eq!(on_shell["language_info"]["name"], "flamebook");
    assert_eq!(on_shell["language_info"]["file_extension"], ".flame");
    assert_eq!(on_shell["implementation_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(on_shell["supported_features"], json!([]));

    let asked = frontend.ask_control("kernel_info_request", json!({}));
    frontend.recv_iopub_busy(&asked);
    frontend.recv_iopub_idle(&asked);
    assert_eq!(frontend.recv_control().content, on_shell);
}

#[test]
fn short_work_shows_no_progress() {
    let (_kernel, mut frontend) = session();
    let (_, published) = frontend.execute_to_end("work 50");
    let types: Vec<_> = published.iter().map(frontend::Message::msg_type).collect();
    assert_eq!(types, ["execute_input", "execute_result"]);
}

#[test]
fn long_work_shows_progress_until_its_result() {
    let (_kernel, mut frontend) = session();
    let (_, published) = frontend.execute_to_end("work 900");
    let [_input, first, updates @ .., clear, result] = published.as_slice() else {
        panic!("{published:?}");
    };
    assert_eq!(first.msg_type(), "display_data");
    let html = first.content["data"]["text/html"].as_str().expect("html");
    assert!(html.contains("<progress max=\"2\" value=\"1\">"), "{html}");
    let plain = first.content["data"]["text/plain"].as_str().expect("text");
    assert!(plain.contains("working: 1 of 2 steps (50 %)"), "{plain}");
    // From 300 ms to 900 ms at most every 100 ms, the first one not counted.
    assert!((1..=6).contains(&updates.len()), "{} updates", updates.len());
    for update in updates {
        assert_eq!(update.msg_type(), "update_display_data");
        assert_eq!(update.content["transient"], first.content["transient"]);
    }
    assert_eq!((clear.msg_type(), &clear.content), ("clear_output", &json!({"wait": true})));
    assert_eq!(result.msg_type(), "execute_result");
}

#[test]
fn an_interrupt_stops_the_cell_and_keeps_the_session() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("forever");
    frontend.recv_iopub_busy(&cell);
    frontend.interrupt();
    assert_eq!(frontend.recv_execute_reply(&cell)["ename"], "interrupted");

    let cell = frontend.execute("cpu");
    let reply = frontend.recv_execute_reply(&cell);
    assert_eq!((&reply["status"], &reply["execution_count"]), (&json!("ok"), &json!(2)));
}

#[test]
fn an_interrupt_of_nothing_spares_the_next_cell() {
    let (_kernel, mut frontend) = session();
    frontend.interrupt();
    let cell = frontend.execute("work 20");
    assert_eq!(frontend.recv_execute_reply(&cell)["status"], "ok");
}

#[test]
fn a_panic_is_an_error_and_keeps_the_session() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("panic at the disco");
    let reply = frontend.recv_execute_reply(&cell);
    assert_eq!(reply["ename"], "panic");
    assert_eq!(reply["evalue"], "a bug in the kernel stopped this cell: at the disco");

    let asked = frontend.ask("complete_request", json!({"code": "panic"}));
    assert_eq!(frontend.recv_reply("complete_reply", &asked)["ename"], "panic");

    let cell = frontend.execute("cpu");
    assert_eq!(frontend.recv_execute_reply(&cell)["status"], "ok");
}

#[test]
fn a_failure_aborts_the_cells_behind_it() {
    let (_kernel, mut frontend) = session();
    let first = frontend.execute("forever");
    let second = frontend.execute("second");
    let third = frontend.execute("third");
    // Answered after the cells before it have been queued.
    let asked = frontend.ask("kernel_info_request", json!({}));
    frontend.recv_reply("kernel_info_reply", &asked);
    frontend.interrupt();
    assert_eq!(frontend.recv_execute_reply(&first)["status"], "error");
    for aborted in [&second, &third] {
        assert_eq!(frontend.recv_execute_reply(aborted)["status"], "aborted");
    }
    let fourth = frontend.execute("fourth");
    let reply = frontend.recv_execute_reply(&fourth);
    assert_eq!((&reply["status"], &reply["execution_count"]), (&json!("ok"), &json!(2)));
}

#[test]
fn an_aborted_cell_is_busy_and_idle_but_publishes_nothing() {
    let (_kernel, mut frontend) = session();
    let first = frontend.execute("fail");
    let second = frontend.execute("second");
    let (_, _) = frontend.read_to_end(&first);
    let (reply, published) = frontend.read_to_end(&second);
    assert_eq!(reply.content["status"], "aborted");
    assert!(published.is_empty(), "{published:?}");
}

#[test]
fn a_failure_aborts_nothing_when_told_not_to() {
    let (_kernel, mut frontend) = session();
    let first = frontend.ask("execute_request", json!({"code": "fail", "stop_on_error": false}));
    let second = frontend.execute("second");
    assert_eq!(frontend.recv_execute_reply(&first)["status"], "error");
    assert_eq!(frontend.recv_execute_reply(&second)["status"], "ok");
}

#[test]
fn a_silent_cell_publishes_and_counts_nothing() {
    let (_kernel, mut frontend) = session();
    for code in ["show x", "fail"] {
        let cell = frontend.ask("execute_request", json!({"code": code, "silent": true}));
        let (_, published) = frontend.read_to_end(&cell);
        assert!(published.is_empty(), "{published:?}");
    }
    let (reply, _) = frontend.execute_to_end("cpu");
    assert_eq!(reply.content["execution_count"], 1);
}

#[test]
fn a_cell_that_is_not_stored_is_not_counted() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.ask("execute_request", json!({"code": "cpu", "store_history": false}));
    let (_, published) = frontend.read_to_end(&cell);
    assert_eq!(published.len(), 2, "input and result");
    let (reply, _) = frontend.execute_to_end("mem");
    assert_eq!(reply.content["execution_count"], 1);

    let asked = frontend.ask("history_request", json!({"hist_access_type": "tail", "n": 10}));
    let history = frontend.recv_reply("history_reply", &asked);
    assert_eq!(history["history"], json!([[1, 1, "mem"]]));
}

#[test]
fn history_as_clients_ask_for_it() {
    let (_kernel, mut frontend) = session();
    for code in ["cpu | top", "fail", "mem | top"] {
        frontend.execute_to_end(code);
    }
    let mut ask = |content: Value| {
        let asked = frontend.ask("history_request", content);
        frontend.recv_reply("history_reply", &asked)["history"].clone()
    };
    let with_output = json!({"hist_access_type": "tail", "n": 2, "output": true, "raw": true});
    assert_eq!(
        ask(with_output),
        json!([[1, 2, ["fail", null]], [1, 3, ["mem | top", "mem | top"]]])
    );
    // jupyter_client omits `unique` and `n`.
    let search = json!({"hist_access_type": "search", "pattern": "*top", "raw": true});
    assert_eq!(ask(search), json!([[1, 1, "cpu | top"], [1, 3, "mem | top"]]));
    let range = json!({"hist_access_type": "range", "session": 0, "start": 1, "stop": 2});
    assert_eq!(ask(range), json!([[1, 1, "cpu | top"]]));
}

#[test]
fn user_expressions_are_evaluated_after_the_cell() {
    let (_kernel, mut frontend) = session();
    let content = json!({"code": "cpu", "user_expressions": {"good": "mem", "bad": "fail"}});
    let cell = frontend.ask("execute_request", content);
    let expressions = &frontend.recv_execute_reply(&cell)["user_expressions"];
    assert_eq!(
        expressions["good"],
        json!({"status": "ok", "data": {"text/plain": "mem"}, "metadata": {}})
    );
    assert_eq!(expressions["bad"]["status"], "error");
    assert_eq!(expressions["bad"]["ename"], "failed");
}

#[test]
fn editors_are_answered_while_a_cell_runs() {
    let (_kernel, mut frontend) = session();
    let cell = frontend.execute("forever");
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);

    let asked = frontend.ask("complete_request", json!({"code": "cpu", "cursor_pos": 1}));
    frontend.recv_iopub_busy(&asked);
    frontend.recv_iopub_idle(&asked);
    // A front end that trusts the last status must not conclude that the cell has ended.
    frontend.recv_iopub_busy(&cell);
    assert_eq!(frontend.recv_reply("complete_reply", &asked)["matches"], json!(["pu"]));

    let asked = frontend.ask("inspect_request", json!({"code": "cpu", "cursor_pos": 1}));
    assert_eq!(frontend.recv_reply("inspect_reply", &asked)["found"], json!(true));

    frontend.interrupt();
    frontend.recv_execute_reply(&cell);
}

/// With the real language: completion is answered from the session as it was before the
/// running cell, and before the cell's reply.
#[test]
fn editors_are_answered_while_a_query_runs() {
    let kernel = Kernel::over(Notebook::new(PathBuf::new()));
    let mut frontend = Frontend::connect(&kernel);
    frontend.execute_to_end("use \"demo:\"; let hot = cpu | focus \"encoding/json.*\"");
    let cell = frontend.execute(&"cpu | top 3\n".repeat(20_000));
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);

    let asked = frontend.ask("complete_request", json!({"code": "ho", "cursor_pos": 2}));
    assert_eq!(frontend.recv_reply("complete_reply", &asked)["matches"], json!(["hot"]));
    let code = "hot | hide \"Decoder).Deco";
    let cursor = code.len();
    let asked = frontend.ask("complete_request", json!({"code": code, "cursor_pos": cursor}));
    let found = &frontend.recv_reply("complete_reply", &asked)["matches"];
    assert_eq!(found[0], "\"encoding/json.(*Decoder).Decode\"");
    let asked = frontend.ask("inspect_request", json!({"code": "hot", "cursor_pos": 1}));
    let page = frontend.recv_reply("inspect_reply", &asked);
    assert!(page["data"]["text/plain"].as_str().is_some_and(|page| page.contains("focus")));

    // Had the cell come to its end before, this would interrupt nothing.
    frontend.interrupt();
    assert_eq!(frontend.recv_execute_reply(&cell)["ename"], "interrupted");
}

#[test]
fn cursors_count_code_points() {
    let (_kernel, mut frontend) = session();
    let asked = frontend.ask("complete_request", json!({"code": "🔥🔥ä|x", "cursor_pos": 3}));
    assert_eq!(
        frontend.recv_reply("complete_reply", &asked),
        json!({
            "status": "ok",
            "matches": ["|x"],
            "cursor_start": 3,
            "cursor_end": 3,
            "metadata": {"_jupyter_types_experimental": [{
                "start": 3, "end": 3, "text": "|x", "type": "verb",
                "signature": "after the cursor",
            }]},
        })
    );
    let asked = frontend.ask("inspect_request", json!({"code": "🔥", "cursor_pos": 1}));
    let reply = frontend.recv_reply("inspect_reply", &asked);
    assert_eq!(reply["data"], json!({"text/plain": "🔥 at 1, detail 0"}));
}

#[test]
fn inspection_that_finds_nothing() {
    let (_kernel, mut frontend) = session();
    let asked = frontend.ask("inspect_request", json!({"code": "", "cursor_pos": 0}));
    assert_eq!(
        frontend.recv_reply("inspect_reply", &asked),
        json!({"status": "ok", "found": false, "data": {}, "metadata": {}})
    );
}

#[test]
fn completeness_of_code() {
    let (_kernel, mut frontend) = session();
    for (code, expected) in [
        ("cpu", json!({"status": "complete"})),
        ("cpu |", json!({"status": "incomplete", "indent": "  "})),
        (")", json!({"status": "invalid"})),
    ] {
        let asked = frontend.ask("is_complete_request", json!({"code": code}));
        assert_eq!(frontend.recv_reply("is_complete_reply", &asked), expected);
    }
}

#[test]
fn a_comm_is_closed_at_once() {
    let (_kernel, mut frontend) = session();
    let opened = frontend
        .ask("comm_open", json!({"comm_id": "c", "target_name": "jupyter.widget", "data": {}}));
    frontend.recv_iopub_busy(&opened);
    let close = frontend.recv_iopub_of("comm_close", &opened);
    assert_eq!(close, json!({"comm_id": "c", "data": {}}));
    frontend.recv_iopub_idle(&opened);

    let asked = frontend.ask("comm_info_request", json!({}));
    let reply = frontend.recv_reply("comm_info_reply", &asked);
    assert_eq!(reply, json!({"status": "ok", "comms": {}}));
}

#[test]
fn a_request_that_cannot_be_understood_is_answered() {
    let (_kernel, mut frontend) = session();
    for (msg_type, content) in [
        ("execute_request", r#"{"code": 7}"#),
        ("execute_request", "not JSON"),
        ("complete_request", r#"{"cursor_pos": "here"}"#),
        ("history_request", "[]"),
        ("surprise_request", "{}"),
    ] {
        let (asked, frames) = frontend.request(msg_type, content);
        frontend.send_shell_frames(frames);
        frontend.recv_iopub_busy(&asked);
        frontend.recv_iopub_idle(&asked);
        let reply = frontend.recv_reply(&msg_type.replace("_request", "_reply"), &asked);
        assert_eq!(reply["status"], "error", "{msg_type} {content}");
    }
    frontend.ask_control("debug_request", json!({"command": "initialize"}));
    let reply = frontend.recv_control();
    assert_eq!((reply.msg_type(), &reply.content["status"]), ("debug_reply", &json!("error")));
}

#[test]
fn frames_that_are_no_message_are_ignored() {
    let (_kernel, mut frontend) = session();
    let (_, good) = frontend.request("kernel_info_request", "{}");
    let mut forged = good.clone();
    forged[1] = vec![b'0'; 64];
    let mut changed = good.clone();
    changed[5] = b"{\"more\": true}".to_vec();
    let short = good[..4].to_vec();
    let bad_header = frontend::signed("{\"msg_id\": 1", "{}");
    let no_type = frontend::signed("{}", "{}");
    for frames in [forged, changed, short, bad_header, no_type, vec![vec![0xff; 1000]]] {
        frontend.send_shell_frames(frames);
    }
    let asked = frontend.ask("kernel_info_request", json!({}));
    frontend.recv_reply("kernel_info_reply", &asked);
}

#[test]
fn bytes_that_are_not_zeromq_end_nothing() {
    let (kernel, mut frontend) = session();
    for socket in 1..=5 {
        let mut stream = hostile::connected(&kernel, socket);
        // The kernel may hang up in the middle.
        let _ = stream.write_all(&[0x5a; 4096]);
    }
    let (reply, _) = frontend.execute_to_end("cpu");
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(frontend::heartbeat(&kernel, b"still there?"), b"still there?");
}

#[test]
fn the_heartbeat_is_an_echo() {
    let (kernel, _frontend) = session();
    assert_eq!(frontend::heartbeat(&kernel, b"\x00\xffbeat"), b"\x00\xffbeat");
}

#[test]
fn shutdown_replies_and_ends_the_kernel() {
    let (kernel, mut frontend) = session();
    let cell = frontend.execute("forever");
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);
    let asked = frontend.ask_control("shutdown_request", json!({"restart": true}));
    let expected = json!({"restart": true, "status": "ok"});
    assert_eq!(frontend.recv_control().content, expected);
    frontend.recv_iopub_busy(&asked);
    assert_eq!(frontend.recv_iopub_of("shutdown_reply", &asked), expected);
    frontend.recv_iopub_idle(&asked);
    kernel.join().expect("an orderly end");
}

#[test]
fn a_restart_finds_its_sockets_taken_by_leftovers() {
    let (kernel, mut frontend) = session();
    frontend.ask_control("shutdown_request", json!({"restart": true}));
    frontend.recv_control();
    let kernel = kernel.restart(Echo, Echo);
    let mut frontend = Frontend::connect(&kernel);
    let (reply, _) = frontend.execute_to_end("cpu");
    assert_eq!(reply.content["execution_count"], 1);
}

#[test]
fn a_client_in_a_hurry_never_misses_idle() {
    let kernel = Kernel::start(Echo, Echo);
    for _ in 0..60 {
        let mut frontend = Frontend::connect_unwelcomed(&kernel);
        let asked = frontend.ask("kernel_info_request", json!({}));
        frontend.recv_iopub_busy(&asked);
        frontend.recv_iopub_idle(&asked);
    }
}

/// Each subscribes while others ask, and asks while others subscribe.
#[test]
fn clients_that_arrive_together_never_miss_idle() {
    let kernel = Kernel::start(Echo, Echo);
    for _ in 0..5 {
        let together = std::sync::Barrier::new(48);
        let client = || {
            together.wait();
            let mut frontend = Frontend::connect_unwelcomed(&kernel);
            let (reply, published) = frontend.execute_to_end("cpu");
            assert_eq!((&reply.content["status"], published.len()), (&json!("ok"), 2));
        };
        thread::scope(|scope| (0..48).for_each(|_| drop(scope.spawn(client))));
    }
}

/// A request that was handled before its client subscribed.
#[test]
fn a_client_that_subscribes_late_hears_its_first_request_once() {
    let kernel = Kernel::start(Echo, Echo);
    let mut frontend = Frontend::connect_deaf(&kernel);
    let first = frontend.execute("cpu");
    frontend.recv_execute_reply(&first);
    frontend.subscribe(&kernel);
    frontend.recv_iopub_busy(&first);
    frontend.recv_iopub_execute_input(&first);
    frontend.recv_iopub_execute_result(&first);
    frontend.recv_iopub_idle(&first);
    let (_, published) = frontend.execute_to_end("mem");
    assert_eq!(published.len(), 2);
}

#[test]
fn a_client_that_connects_again_gets_its_reply() {
    let (kernel, mut frontend) = session();
    let cell = frontend.execute("forever");
    frontend.recv_iopub_busy(&cell);
    frontend.reconnect_shell(&kernel);
    frontend.interrupt();
    assert_eq!(frontend.recv_execute_reply(&cell)["ename"], "interrupted");
}

#[test]
fn a_client_without_iopub_is_answered() {
    let (kernel, _frontend) = session();
    let mut deaf = Frontend::connect_deaf(&kernel);
    let asked = deaf.ask("kernel_info_request", json!({}));
    deaf.recv_reply("kernel_info_reply", &asked);
}

#[test]
fn a_subscriber_who_stopped_reading_blocks_nobody() {
    let (kernel, mut frontend) = session();
    let _stopped = Frontend::connect_unwelcomed(&kernel);
    for _ in 0..20 {
        let (reply, published) = frontend.execute_to_end("large 1000000");
        assert_eq!(reply.content["status"], "ok");
        assert_eq!(published.len(), 2);
    }
}

#[test]
fn a_burst_arrives_whole_and_in_order() {
    let (_kernel, mut frontend) = session();
    let (_, published) = frontend.execute_to_end("burst 10000");
    let texts = published[1..].iter().map(|message| &message.content["data"]["text/plain"]);
    assert!(texts.eq((0..10_000).map(|i| json!(i.to_string())).collect::<Vec<_>>().iter()));
}

#[test]
fn an_output_of_50_megabytes_is_cut() {
    let (_kernel, mut frontend) = session();
    let (_, published) = frontend.execute_to_end("large 50000000");
    let text = published[1].content["data"]["text/plain"].as_str().expect("text");
    assert!(text.len() < 17 << 20 && text.ends_with("writes all of it"), "{} bytes", text.len());
    let (reply, _) = frontend.execute_to_end("cpu");
    assert_eq!(reply.content["status"], "ok");
}
