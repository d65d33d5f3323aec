//! The tools that an agent may call, and the cell that each call is.

use std::sync::Arc;

use flamebook::lang::text::quote;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One tool: its name, what it is for, and its arguments: name, description, whether it is
/// needed.
struct Described {
    name: &'static str,
    about: &'static str,
    arguments: &'static [(&'static str, &'static str, bool)],
}

const TOOLS: [Described; 6] = [
    Described {
        name: "open",
        about: "Open profiles, and list their types. A source is a file, a folder, a pattern \
                such as data/*/*.pb.gz, a *.flamestore, a Pyroscope server, or demo: for the \
                example. Later calls ask it.",
        arguments: &[("source", "path, pattern, http://host:4040 or demo:", true)],
    },
    Described {
        name: "types",
        about: "The profile types of what is open, such as cpu and inuse_space: a query starts \
                with one.",
        arguments: &[],
    },
    Described {
        name: "labels",
        about: "The labels of a type and how many values each has, or the values of one label.",
        arguments: &[
            ("type", "such as cpu", true),
            ("label", "such as version: then its values are listed", false),
        ],
    },
    Described {
        name: "query",
        about: "Run a query. cpu{version=\"2\"}[1h] selects; pipes shape: top 10, by (pod) | \
                table, focus \"json.*\", callers \"f\", diff {version=\"1\"}, changepoints, \
                trending; a view draws. `let` names a selection.",
        arguments: &[("query", "one or more lines of the language", true)],
    },
    Described {
        name: "explain",
        about: "Why a value changed: which functions, below what, on which labels, the rate of \
                work or its mix, with intervals, and the queries to ask next.",
        arguments: &[
            ("after", "the side with the change, such as cpu{version=\"2\"}", true),
            (
                "before",
                "what it is compared with: {version=\"1\"}, offset 1h, or a selection",
                true,
            ),
            ("by", "labels to tell apart, such as pod, endpoint", false),
        ],
    },
    Described {
        name: "help",
        about: "The language in short, or a page on one verb, function or setting.",
        arguments: &[("topic", "such as diff", false)],
    },
];

/// The tools as the protocol lists them. A query may save its result to a file.
pub(super) fn all() -> Vec<Tool> {
    let tool = |tool: &Described| {
        let may_write = ["query", "explain"].contains(&tool.name);
        let annotations = ToolAnnotations::new().read_only(!may_write).destructive(may_write);
        Tool::new(tool.name, tool.about, schema(tool.arguments)).with_annotations(annotations)
    };
    TOOLS.iter().map(tool).collect()
}

fn schema(arguments: &[(&str, &str, bool)]) -> Arc<JsonObject> {
    let property = |(name, about, _): &(&str, &str, bool)| {
        ((*name).to_owned(), json!({"type": "string", "description": about}))
    };
    let properties: JsonObject = arguments.iter().map(property).collect();
    let required: Vec<&str> = arguments.iter().filter(|it| it.2).map(|it| it.0).collect();
    let schema = json!({"type": "object", "properties": properties, "required": required,
        "additionalProperties": false});
    match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => unreachable!("it is written as an object"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Types {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsOf {
    r#type: String,
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    query: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Explain {
    after: String,
    before: String,
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Help {
    topic: Option<String>,
}

/// The cell of a call, or what is wrong with the call.
pub(super) fn cell(name: &str, arguments: JsonObject) -> Result<String, String> {
    Ok(match name {
        "open" => {
            let Open { source } = read(name, arguments)?;
            format!("use {}; types", quote(&source))
        }
        "types" => {
            let Types {} = read(name, arguments)?;
            "types".to_owned()
        }
        "labels" => {
            let LabelsOf { r#type, label } = read(name, arguments)?;
            match label {
                Some(label) => format!("{type} | values {}", quote(&label)),
                None => format!("{type} | labels"),
            }
        }
        "query" => read::<Query>(name, arguments)?.query,
        "explain" => {
            let Explain { after, before, by } = read(name, arguments)?;
            let by = by.map(|labels| format!(" by ({labels})")).unwrap_or_default();
            format!("{after} | diff {before} | explain{by}")
        }
        "help" => {
            let Help { topic } = read(name, arguments)?;
            topic.map_or_else(|| "help".to_owned(), |topic| format!("help {topic}"))
        }
        _ => {
            let names = TOOLS.map(|tool| tool.name).join(", ");
            return Err(format!("there is no tool {name}; there are: {names}"));
        }
    })
}

fn read<T: DeserializeOwned>(tool: &str, arguments: JsonObject) -> Result<T, String> {
    let read = serde_json::from_value(Value::Object(arguments));
    read.map_err(|wrong| {
        let described = TOOLS.iter().find(|it| it.name == tool);
        let names = described.into_iter().flat_map(|it| it.arguments);
        let names: Vec<String> = names
            .map(|(name, about, needed)| {
                format!("{name} ({}{about})", if *needed { "" } else { "optional; " })
            })
            .collect();
        format!("{tool}: {wrong}; its arguments are: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, arguments: Value) -> Result<String, String> {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        cell(name, arguments)
    }

    #[test]
    fn a_call_is_a_cell() {
        let cell = |name, arguments| of(name, arguments).expect("a cell");
        // A source is a value, whatever is in it.
        assert_eq!(cell("open", json!({"source": "a \"b\""})), "use \"a \\\"b\\\"\"; types");
        assert_eq!(cell("labels", json!({"type": "cpu"})), "cpu | labels");
        assert_eq!(cell("labels", json!({"type": "cpu", "label": "pod"})), "cpu | values \"pod\"");
        let explained = json!({"after": "cpu", "before": "offset 1h", "by": "pod"});
        assert_eq!(cell("explain", explained), "cpu | diff offset 1h | explain by (pod)");
        assert_eq!(cell("help", json!({})), "help");
    }

    #[test]
    fn a_wrong_call_is_answered_with_the_arguments() {
        let wrong = of("labels", json!({"kind": "cpu"})).expect_err("no such argument");
        assert!(wrong.contains("kind") && wrong.contains("type (such as cpu)"), "{wrong}");
        let unknown = of("flame", json!({})).expect_err("no such tool");
        assert!(unknown.contains("open, types, labels, query, explain, help"), "{unknown}");
    }
}
