//! `flamebook mcp`, called by the client of the protocol's own SDK.

use std::process::{Child, Command, Stdio};

use rmcp::model::{CallToolRequestParams, ContentBlock};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::runtime::{Builder, Runtime};

/// A program that serves, and an agent that asks it.
struct Agent {
    runtime: Runtime,
    client: Option<RunningService<RoleClient, ()>>,
    server: Child,
    /// The answers so far.
    read: Vec<String>,
}

impl Agent {
    fn new() -> Agent {
        let mut server = Command::new(env!("CARGO_BIN_EXE_flamebook"))
            .arg("mcp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (stdin, stdout) = (server.stdin.take(), server.stdout.take());
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let writer = Sender::from_owned_fd(stdin.expect("a pipe").into()).expect("a pipe");
            let reader = Receiver::from_owned_fd(stdout.expect("a pipe").into()).expect("a pipe");
            ().serve((reader, writer)).await.expect("the server answers")
        });
        Agent { runtime, client: Some(client), server, read: Vec::new() }
    }

    fn client(&self) -> &RunningService<RoleClient, ()> {
        self.client.as_ref().expect("a client")
    }

    /// The answer to a call, and whether it is an error.
    fn call(&mut self, tool: &'static str, arguments: Value) -> (String, bool) {
        let Value::Object(arguments) = arguments else { panic!("{arguments} is an object") };
        let call = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = self.runtime.block_on(self.client().call_tool(call)).expect("an answer");
        let texts = result.content.iter().map(|block| match block {
            ContentBlock::Text(text) => text.text.as_str(),
            other => panic!("{other:?} is text"),
        });
        let text = texts.collect::<Vec<_>>().join("\n");
        assert!(tokens(&text) <= 2000, "{} tokens: {text}", tokens(&text));
        self.read.push(text.clone());
        (text, result.is_error == Some(true))
    }

    fn answer(&mut self, tool: &'static str, arguments: Value) -> String {
        let (text, is_error) = self.call(tool, arguments);
        assert!(!is_error, "{text}");
        text
    }
}

impl Drop for Agent {
    /// The program ends when its agent is gone.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.runtime.block_on(client.cancel()).expect("the session ends");
        }
        let status = self.server.wait().expect("the program ends");
        assert!(status.success() || std::thread::panicking(), "{status}");
    }
}

/// The usual estimate for English is four characters a token; figures and names of functions
/// take more of them.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(3)
}

#[test]
fn an_agent_finds_the_slowdown_in_few_calls_and_tokens() {
    let mut agent = Agent::new();
    let listed = agent.runtime.block_on(agent.client().list_all_tools()).expect("the tools");
    let names: Vec<&str> = listed.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["open", "types", "labels", "query", "explain", "help"]);
    let opened = agent.answer("open", json!({"source": "demo:"}));
    assert!(opened.contains("cpu") && opened.contains("inuse_space"), "{opened}");
    let labels = agent.answer("labels", json!({"type": "cpu"}));
    assert!(labels.contains("version") && labels.contains("pod"), "{labels}");
    let sides = json!({"after": "cpu{version=\"2\"}", "before": "{version=\"1\"}"});
    let explained = agent.answer("explain", sides);
    // What `tests/lang` and the notebooks say of the example: a repaired search is the change.
    let sentence = explained.lines().find(|line| line.contains("recommend.distinct"));
    assert!(sentence.is_some_and(|line| line.contains('±')), "{explained}");
    let query = "cpu{version=\"2\"} | callers \"*recommend.distinct\" | trim 5% | tree";
    let callers = agent.answer("query", json!({"query": query}));
    assert!(callers.contains("recommendations"), "{callers}");
    let used: usize = agent.read.iter().map(|text| tokens(text)).sum();
    assert!(agent.read.len() <= 6 && used <= 6000, "{} calls, {used} tokens", agent.read.len());
}

#[test]
fn each_answer_ends_with_a_command_that_says_the_same() {
    let mut agent = Agent::new();
    agent.answer("open", json!({"source": "demo:"}));
    agent.answer("query", json!({"query": "let new = cpu{version=\"2\"}"}));
    let text = agent.answer("query", json!({"query": "new | top 3"}));
    let again = text.lines().last().expect("a command");
    let command = again.strip_prefix("again: flamebook ").expect("a command");
    assert_eq!(command, "eval 'use \"demo:\"' 'let new = cpu{version=\"2\"}' 'new | top 3'");
    let line = format!("exec \"$0\" {command}");
    let ran = Command::new("sh").args(["-c", &line, env!("CARGO_BIN_EXE_flamebook")]).output();
    let ran = String::from_utf8(ran.expect("a shell").stdout).expect("text");
    let first = text.lines().find(|line| line.contains("rank.")).expect("a function");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert!(ran.lines().any(|line| words(line) == words(first)), "{first} in {ran}");
}

#[test]
fn wrong_calls_and_long_answers_say_what_to_do() {
    let mut agent = Agent::new();
    let (unopened, is_error) = agent.call("query", json!({"query": "cpu | top"}));
    assert!(is_error && unopened.contains("use"), "{unopened}");
    let (unknown, is_error) = agent.call("labels", json!({"kind": "cpu"}));
    assert!(is_error && unknown.contains("its arguments are: type"), "{unknown}");
    agent.answer("open", json!({"source": "demo:"}));
    let (mistyped, is_error) = agent.call("query", json!({"query": "cpu | tpo 5"}));
    assert!(is_error && mistyped.contains("top"), "{mistyped}");
    let long = agent.answer("query", json!({"query": "cpu | functions | take 900"}));
    assert!(long.contains("lines left out") && long.contains("again: "), "{long}");
    let help = agent.answer("help", json!({"topic": "explain"}));
    assert!(help.contains("rate"), "{help}");
}

/// The queries of the skill file run on the example data.
#[test]
fn the_skill_file_is_short_and_true() {
    let skill = include_str!("../docs/skill/SKILL.md");
    assert!(skill.lines().count() <= 150, "{} lines", skill.lines().count());
    let blocks = skill.split("```flame\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut ran = 0;
    let mut session = crate::cells::Cells::over("".as_ref(), "demo:");
    for line in blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        let query = line.split("   #").next().unwrap_or_default().trim_end();
        session.run(query);
        ran += 1;
    }
    assert!(ran > 25, "{ran} queries");
}
