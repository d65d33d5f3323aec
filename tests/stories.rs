//! Notebooks that tell a story: the numbers in their prose are numbers of their outputs.

use std::path::Path;

use regex::Regex;

/// The cells of a notebook: what is written, and what was printed below.
struct Story {
    prose: Vec<String>,
    printed: String,
}

fn story(name: &str) -> Story {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks").join(name);
    let text = std::fs::read_to_string(path).expect("a notebook of the repository");
    let notebook: serde_json::Value = serde_json::from_str(&text).expect("a notebook");
    let cells = notebook["cells"].as_array().expect("cells");
    let is_prose = |cell: &&serde_json::Value| cell["cell_type"] == "markdown";
    let prose = cells.iter().filter(is_prose).map(|cell| joined(&cell["source"])).collect();
    let outputs = cells.iter().flat_map(|cell| cell["outputs"].as_array().into_iter().flatten());
    let printed = outputs.map(|output| joined(&output["data"]["text/plain"])).collect();
    Story { prose, printed }
}

/// Text of a notebook: one text, or a list of lines.
fn joined(text: &serde_json::Value) -> String {
    let lines = text.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    text.as_str().map_or_else(|| lines.collect(), str::to_owned)
}

/// Amounts with a unit: `14.3 MiB`, `8.5 %`, `120 ms`.
fn amounts(text: &str) -> Vec<String> {
    let amount =
        Regex::new(r"\d[\d.]* ?(?:[KMG]i?B|%|ms|µs|s|cores)\b|\d[\d.]* ?%").expect("a pattern");
    amount.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn amounts_in_prose_are_printed_below() {
    for name in ["commit.ipynb", "flag.ipynb", "gate.ipynb", "goroutines.ipynb", "memory.ipynb"] {
        let Story { prose, printed } = story(name);
        let quoted: Vec<String> = prose.iter().flat_map(|text| amounts(text)).collect();
        assert!(quoted.len() >= 5, "{name} quotes {quoted:?}");
        for amount in quoted {
            assert!(printed.contains(&amount), "{name}: no output has {amount}");
        }
    }
}

#[test]
fn an_amount_has_a_unit() {
    assert_eq!(amounts("of 19.0 MiB, 5 % in 15 seconds at 120 ms"), ["19.0 MiB", "5 %", "120 ms"]);
}
