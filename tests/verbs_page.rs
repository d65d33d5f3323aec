//! `docs/verbs.md`: the reference of verbs, functions, statements and topics, generated
//! from the tables.
//!
//! `BLESS=1 cargo test --test integration verbs_page` writes it. `examples` runs its
//! examples.

use std::fs;
use std::path::Path;

use flamebook::lang::help::{self, HelpPage, Section};
use flamebook::lang::{functions, topics, verbs};

#[test]
fn the_page_of_verbs_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verbs.md");
    let page = page();
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(&path, &page).expect("the page is written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differing = committed.lines().zip(page.lines()).find(|(theirs, ours)| theirs != ours);
    assert!(
        committed == page,
        "docs/verbs.md is not current, from {differing:?} on: BLESS=1 writes it"
    );
}

fn page() -> String {
    let mut page = "# Verbs, functions, statements and topics\n\n\
        Generated from the tables that the parser, completion and `help` read; do not edit. The\n\
        examples run on the example data, `use \"demo:\"`. In the signatures P is a frame pattern,\n\
        L a label, E an expression, B a baseline, Q an amount, N a whole number.\n"
        .to_owned();
    let (starting, piped): (Vec<_>, Vec<_>) = verbs::all().partition(|spec| spec.starts());
    let parts = [
        ("Verbs that may start a query", starting.iter().map(|spec| spec.name).collect()),
        ("Verbs after a pipe", piped.iter().map(|spec| spec.name).collect::<Vec<_>>()),
        ("Functions", functions::FUNCTIONS.iter().map(|spec| spec.name).collect()),
        ("Statements", vec!["let", "use", "set", "help"]),
        ("Topics", topics::TOPICS.iter().map(|topic| topic.name).collect()),
    ];
    for (title, _) in &parts {
        page += &format!("\n- [{title}](#{})", anchor(title));
    }
    page.push('\n');
    for (title, names) in &parts {
        page += &format!("\n## {title}\n");
        for name in names {
            page += &entry(name, &help::page(Some(name)).expect("a page of help"));
        }
    }
    page
}

fn entry(name: &str, help: &HelpPage) -> String {
    let mut entry = format!("\n### {}\n\n`{}`\n", heading(name), help.title);
    for paragraph in &help.paragraphs {
        entry += &format!("\n{paragraph}\n");
    }
    entry + &help.sections.iter().map(section).collect::<String>()
}

fn section(section: &Section) -> String {
    let words = |line: &dyn Fn(&str, &str) -> String| {
        let lines = section.entries.iter().map(|(name, text)| line(name, text));
        lines.collect::<Vec<_>>().join(", ")
    };
    if section.entries.is_empty() {
        return String::new();
    }
    match section.heading {
        "Examples" => {
            let cells =
                section.entries.iter().map(|(cell, _)| format!("\n```flame\n{cell}\n```\n"));
            cells.collect()
        }
        "Types" => format!("\nTypes: {}.\n", words(&|name, given| format!("{name} {given}"))),
        "Related" => {
            format!(
                "\nRelated: {}.\n",
                words(&|name, _| format!("[`{name}`](#{})", anchor(&heading(name))))
            )
        }
        "Elsewhere" => {
            format!("\nElsewhere: {}.\n", words(&|tool, how| format!("`{how}` in {tool}")))
        }
        heading => {
            let entries = section.entries.iter();
            let list: String = entries.map(|(name, text)| format!("- `{name}` {text}\n")).collect();
            format!("\n{heading}:\n\n{list}")
        }
    }
}

/// A heading that contains letters, so that it has a fragment.
fn heading(name: &str) -> String {
    if name == "@" { "The @ modifier".to_owned() } else { name.to_owned() }
}

/// GitHub's fragment for a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}
