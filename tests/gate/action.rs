//! The action for GitHub: its file is YAML, and its scripts run the commands as they are.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use granit_parser::{Event, Parser};
use serde_json::{Map, Value, json};

use super::{notebook, record, text};

/// A YAML document without anchors, as JSON; every scalar is a text.
fn yaml(source: &str) -> Value {
    let mut open: Vec<(Value, Option<String>)> = vec![(json!([]), None)];
    for event in Parser::new_from_str(source) {
        let (event, _) = event.expect("YAML");
        let done = match event {
            Event::SequenceStart(..) => {
                open.push((json!([]), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().expect("what was opened").0,
            Event::Scalar(text, ..) => Value::String(text.to_string()),
            _ => continue,
        };
        match open.last_mut().expect("the document") {
            (Value::Array(items), _) => items.push(done),
            (Value::Object(members), key) => match key.take() {
                Some(name) => drop(members.insert(name, done)),
                None => *key = done.as_str().map(str::to_owned),
            },
            _ => unreachable!("only collections are opened"),
        }
    }
    open.remove(0).0[0].clone()
}

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/gate/action.yml");
    yaml(&fs::read_to_string(path).expect("the action"))
}

fn steps(action: &Value) -> Vec<Value> {
    action["runs"]["steps"].as_array().expect("steps").clone()
}

#[test]
fn the_action_is_well_formed() {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    for (name, input) in action["inputs"].as_object().expect("inputs") {
        assert!(input["description"].is_string(), "{name} has no description");
        let is_required = input["required"] == "true";
        assert_ne!(is_required, input["default"].is_string(), "{name}: required or a default");
    }
    let source = action.to_string();
    for (_, rest) in
        source.match_indices("inputs.").map(|(at, found)| source.split_at(at + found.len()))
    {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        assert!(action["inputs"][&name].is_object(), "no input {name}");
    }
    for step in steps(&action) {
        let is_script = step["run"].is_string();
        assert_ne!(is_script, step["uses"].is_string(), "{step}");
        assert_eq!(is_script, step["shell"] == "bash", "{step}");
        // Inputs come by the environment: a script with an input in it runs what the input says.
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step}");
    }
}

/// Runs a script of the action as GitHub does.
fn step(folder: &Path, name: &str, variables: &[(&str, &str)]) -> Output {
    let steps = steps(&action());
    let step = steps.iter().find(|step| step["name"] == name).expect("the step");
    let named = step["env"].as_object().expect("variables");
    let values = variables.iter().filter(|(name, _)| named.contains_key(*name));
    assert_eq!(values.clone().count(), named.len(), "the test knows all variables of {name}");
    let binary = Path::new(env!("CARGO_BIN_EXE_flamebook"));
    let programs = binary.parent().expect("a folder").display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
        .arg(step["run"].as_str().expect("a script"))
        .current_dir(folder)
        .env("PATH", path)
        .env("GITHUB_ACTIONS", "true")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("GITHUB_WORKSPACE")
        .envs(values.copied())
        .output()
        .expect("bash")
}

#[test]
fn its_scripts_keep_a_baseline_and_stop_a_slow_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    record(folder.path());
    let limit = "assert delta(\"shop.slow\") < 5%, \"slow is slower\"";
    let diff = format!("cpu{{commit=commit}} | diff {{commit!=commit}} | {limit}");
    notebook(folder.path(), &["commit = \"?\"", "use \"gate.flamestore\"", &diff]);
    let run = |profiles, commit, baseline, name| {
        let variables = [
            ("FLAMEBOOK", "none"),
            ("STORE", "gate.flamestore"),
            ("PROFILES", profiles),
            ("LABELS", "runner=large\n"),
            ("COMMIT", commit),
            ("NOTEBOOK", "gate.ipynb"),
            ("REPORTS", "out/gate"),
            ("BASELINE", baseline),
            ("KEEP", "30d"),
        ];
        let ran = step(folder.path(), name, &variables);
        (ran.status.code(), text(&ran.stdout) + &text(&ran.stderr))
    };
    let (add, gate) = ("Add the profiles of this commit", "Run the gate");
    let (code, said) = run("", "", "", "Find flamebook");
    assert!(code == Some(0) && said.trim_end().ends_with("flamebook"), "{said}");

    let first = "1111111111111111";
    assert_eq!(run("prof/aaa\n", first, "", add).0, Some(0));
    let (code, said) = run("prof/aaa", first, "", gate);
    assert!(code == Some(0) && said.contains("::notice::There is no baseline"), "{said}");
    let (code, said) = run("", first, "", "Drop old profiles");
    assert_eq!(code, Some(0), "{said}");

    let slow = "2222222222222222";
    assert_eq!(run("prof/bbb/*.pb", slow, "a key", add).0, Some(0));
    let (code, said) = run("", slow, "a key", gate);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("::error file=gate.ipynb,line="), "{said}");
    let summary = fs::read_to_string(folder.path().join("out/gate/summary.md"));
    assert!(summary.expect("a summary").contains("slow is slower (measured 20"));
    for name in ["junit.xml", "report.html"] {
        assert!(folder.path().join("out/gate").join(name).exists(), "{name}");
    }
}
