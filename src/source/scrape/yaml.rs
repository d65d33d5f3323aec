//! YAML as JSON, so that it is read like all JSON here.
//!
//! Each value stands in the line that it has in the YAML, and so the line of an error is that of
//! the file. Every scalar is a text, or null. Anchors and tags, which files of targets do not
//! have, are left out.

use granit_parser::{Event, Parser, ScalarStyle};
use serde::de::DeserializeOwned;

/// Reads a YAML document; else what is wrong, with the line.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(&as_json(text)?).map_err(|error| {
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        format!("line {}: {said}", error.line())
    })
}

/// A collection that is open: what is written before its next item.
#[derive(Clone, Copy)]
enum Open {
    Sequence { is_empty: bool },
    Mapping { is_empty: bool, is_key: bool },
}

fn as_json(text: &str) -> Result<String, String> {
    let (mut json, mut line, mut open) = (String::new(), 1, Vec::new());
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
        if let Event::Alias(_) = event {
            return Err(format!("line {}: aliases are not read", span.start.line()));
        }
        let is_item =
            matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..));
        if is_item {
            json.push_str(separator(open.last_mut()));
            while line < span.start.line() {
                json.push('\n');
                line += 1;
            }
        }
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => {
                json.push_str("null");
            }
            Event::Scalar(text, ..) => json.push_str(&serde_json::Value::from(&*text).to_string()),
            Event::SequenceStart(..) => {
                json.push('[');
                open.push(Open::Sequence { is_empty: true });
            }
            Event::MappingStart(..) => {
                json.push('{');
                open.push(Open::Mapping { is_empty: true, is_key: true });
            }
            Event::SequenceEnd => {
                json.push(']');
                open.pop();
            }
            Event::MappingEnd => {
                json.push('}');
                open.pop();
            }
            _ => {}
        }
    }
    Ok(json)
}

/// What stands between an item and the one before it.
fn separator(open: Option<&mut Open>) -> &'static str {
    match open {
        None => "",
        Some(Open::Sequence { is_empty }) => match std::mem::replace(is_empty, false) {
            true => "",
            false => ",",
        },
        Some(Open::Mapping { is_empty, is_key }) => {
            let was_key = std::mem::replace(is_key, !*is_key);
            match (was_key, std::mem::replace(is_empty, false)) {
                (false, _) => ":",
                (true, true) => "",
                (true, false) => ",",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_becomes_json_line_by_line() {
        let text = "a: 1 # one\nb:\n  - x: \"y: \\\"z\\\"\"\n  - [p, ~, 'null', {}]\nc: |\n  two\n  lines\n";
        let json = "{\"a\":\"1\"\n,\"b\":\n[{\"x\":\"y: \\\"z\\\"\"},\n[\"p\",null,\"null\",{}]]\n,\"c\":\"two\\nlines\\n\"}";
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
        assert_eq!(value(&as_json(text).expect("YAML")), value(json));
    }

    #[test]
    fn a_mistake_has_its_line() {
        for (text, said) in
            [("a: b\nc: [\n", "line "), ("a: &x b\nc: *x\n", "line 2: aliases are not read")]
        {
            let error = as_json(text).expect_err(text);
            assert!(error.starts_with(said), "{error}");
        }
        let error = read::<std::collections::BTreeMap<String, String>>("a: b\n\nc: [d]\n");
        let error = error.expect_err("a list is no text");
        assert!(error.starts_with("line 3: invalid type: sequence"), "{error}");
    }
}
