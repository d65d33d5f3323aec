//! Completion and inspection on real data, compared with what queries return.

use std::path::PathBuf;

use flamebook::kernel::language::{Assistant, CellRequest};
use flamebook::notebook::Notebook;
use flamebook::quantity::{Quantity, Unit};
use flamebook::view::bundle::Mime;
use flamebook::view::export::suffixes;
use flamebook::work::{Cancel, Unwatched, Work};

use crate::cells::{Cells, figure, text};

/// A notebook on the example data that has run a cell, and its assistant.
fn assistant(code: &str) -> std::sync::Arc<dyn Assistant> {
    let mut notebook = Notebook::new(PathBuf::new());
    let cell = CellRequest { code: &format!("use \"demo:\"; {code}"), number: 1, store: true };
    let (cancel, watch) = (Cancel::new(), Unwatched);
    let done = notebook.run(&cell, &|_| {}, Work { cancel: &cancel, watch: &watch });
    done.expect("a cell that runs");
    notebook.assistant()
}

/// The completions at the end of a cell.
fn offered(assistant: &dyn Assistant, code: &str) -> Vec<String> {
    let found = assistant.complete(code, code.chars().count());
    found.items.into_iter().map(|item| item.text).collect()
}

/// A column of a query's result on the example data.
fn column(code: &str, column: &str) -> Vec<String> {
    let table = Cells::over(&PathBuf::new(), "demo:").table(code);
    (0..table.height()).map(|row| text(&table, column, row)).collect()
}

fn quoted(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| format!("\"{text}\"")).collect()
}

#[test]
fn values_and_functions_come_in_the_order_of_queries() {
    let assistant = assistant("types");
    let code = "cpu{version=\"2\", pod=";
    let values = column("cpu{version=\"2\"} | values pod", "pod");
    assert_eq!(offered(&*assistant, code), quoted(&values));

    // Functions of the same total may stand in either order.
    let table = Cells::over(&PathBuf::new(), "demo:").table("cpu{version=\"2\"} | functions");
    let totals: Vec<(String, f64)> = (0..table.height())
        .map(|row| (text(&table, "function", row), figure(&table, "total", row)))
        .collect();
    let total_of = |name: &str| {
        let found = totals.iter().find(|(known, _)| *known == name.trim_matches('"'));
        found.map(|(_, total)| *total)
    };
    for (typed, holding) in [("", ""), ("\"JSON.", "json."), ("\"(*serv", "(*serv")] {
        let found = offered(&*assistant, &format!("cpu{{version=\"2\"}} | focus {typed}"));
        let found = found.iter().take(5).map(|name| total_of(name));
        let held = totals.iter().filter(|(name, _)| name.to_lowercase().contains(holding));
        let expected: Vec<Option<f64>> = held.take(5).map(|(_, total)| Some(*total)).collect();
        assert_eq!(found.take(expected.len()).collect::<Vec<_>>(), expected, "{typed}");
        assert!(!expected.is_empty(), "{typed}");
    }
}

/// After stages that rewrite stacks, completion offers the same functions in the same
/// order as a query.
#[test]
fn functions_are_those_that_earlier_stages_leave() {
    let assistant = assistant("let hot = cpu{version=\"2\"} | focus \"encoding/json.*\"");
    let mut cells = Cells::over(&PathBuf::new(), "demo:");
    cells.run("let hot = cpu{version=\"2\"} | focus \"encoding/json.*\"");
    for query in [
        "cpu | focus \"encoding/json.*\"",
        "cpu | ignore \"encoding/json.*\"",
        "cpu | hide ~\"^runtime\"",
        "cpu | show \"encoding/json.*\"",
        "cpu | show_from \"encoding/json.*\"",
        "cpu | prune_from \"encoding/json.*\"",
        "cpu | collapse {package=\"runtime\"}",
        "cpu | collapse recursion",
        "cpu | granularity package",
        "cpu | callers \"encoding/json.*\"",
        "cpu | callees \"encoding/json.*\"",
        "cpu | focus \"encoding/json.*\" | hide {package=\"runtime\"}",
        "hot",
        "hot | hide \"encoding/json.*\"",
        "let gc = ~\"^runtime\"\ncpu | focus gc | hide gc",
    ] {
        let table = cells.table(&format!("{query} | top 1000 by total"));
        let rows = (0..table.height())
            .map(|row| (text(&table, "function", row), figure(&table, "total", row)));
        let totals: Vec<(String, f64)> = rows.collect();
        // Functions of the same total may stand in either order.
        let total_of = |name: &str| totals.iter().find(|(known, _)| known == name).map(|t| t.1);
        let expected: Vec<_> = totals.iter().take(120).map(|(_, total)| Some(*total)).collect();
        let code = format!("{query} | focus \"");
        let offered = || -> Vec<Option<f64>> {
            let found = assistant.complete(&code, code.len()).items;
            let functions = found.iter().filter(|item| item.kind == "function");
            functions.map(|item| total_of(item.text.trim_matches('"'))).collect()
        };
        // On a busy machine an answer may be cut short; the next one need not be.
        let is_right = (0..20).any(|_| offered() == expected);
        assert!(is_right, "{query}: {:?} instead of {expected:?}", offered());
    }
}

/// The numbers on a page are those after the stages, in shares of the selection.
#[test]
fn a_page_on_a_function_tells_what_earlier_stages_leave() {
    let assistant = assistant("types");
    let query = "cpu | hide {package=\"runtime\"}";
    let table = Cells::over(&PathBuf::new(), "demo:").table(&format!("{query} | top 1"));
    let (name, share) = (text(&table, "function", 0), figure(&table, "self_share", 0));
    let code = format!("{query} | focus \"{name}\"");
    let page = assistant.inspect(&code, query.len() + 12, 0).expect("a page");
    let page = page.get(Mime::Plain).unwrap_or_default();
    let share = Quantity::new(share, Unit::Percent).to_string();
    let line = page.lines().find(|line| line.trim_start().starts_with("self")).unwrap_or_default();
    assert!(line.contains(&share), "{share} in {page}");
    // A hidden function has no page after `hide`, and has one without it.
    let mallocgc = |query: &str| {
        let code = format!("{query} | focus \"runtime.mallocgc\"");
        assistant.inspect(&code, query.len() + 12, 0).is_some()
    };
    assert!(mallocgc("cpu") && !mallocgc(query));
}

#[test]
fn labels_are_those_of_the_selection() {
    let assistant = assistant("let v2 = cpu{version=\"2\"}");
    let mut labels = column("cpu{version=\"2\"} | labels", "label");
    let mut found = offered(&*assistant, "v2 | by (");
    labels.sort();
    found.sort();
    assert_eq!(found, labels);
}

#[test]
fn a_page_tells_what_queries_tell() {
    let assistant = assistant("let v2 = cpu{version=\"2\"}");
    let page = |code: &str, at: usize| {
        let bundle = assistant.inspect(code, at, 0).expect("a page");
        assert!(bundle.get(Mime::Html).is_some() && bundle.get(Mime::Markdown).is_some());
        bundle.get(Mime::Plain).unwrap_or_default().to_owned()
    };
    let of_variable = page("v2 | flame", 1);
    assert!(of_variable.contains("cpu{version=\"2\"}") && of_variable.contains("window"));
    let of_type = page("cpu", 1);
    assert!(of_type.contains("process_cpu:cpu:nanoseconds:cpu:nanoseconds"), "{of_type}");

    let functions = column("cpu | functions", "function");
    let heaviest = functions.iter().find(|name| name.contains('.')).expect("a function");
    let code = format!("cpu | focus \"{heaviest}\"");
    let of_function = page(&code, 14);
    let callers = of_function.contains("Top callers") && of_function.contains("package");
    assert!(callers, "{of_function}");
}

#[test]
fn columns_are_those_of_the_table() {
    let assistant = assistant("types");
    for query in [
        "cpu | top 5",
        "cpu | by (version) | table",
        "cpu | functions",
        "cpu | values pod",
        "inuse_space | trending",
        "inuse_space | trending by (version)",
        "cpu | changepoints by (version)",
        "cpu | changepoints of=functions",
        "cpu | bisect by (version) on share(\"runtime.*\")",
        "cpu{version=\"2\"} | diff {version=\"1\"} | top 5",
        "cpu{version=\"2\"} | diff {version=\"1\"} | explain by (endpoint)",
        "cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | where delta > 1s",
    ] {
        let table = Cells::over(&PathBuf::new(), "demo:").table(query);
        let mut columns: Vec<String> = table.names().into_iter().map(str::to_owned).collect();
        let offered = offered(&*assistant, &format!("{query} | sort "));
        let mut offered: Vec<_> =
            offered.iter().map(|name| name.trim_matches('"').to_owned()).collect();
        columns.sort();
        offered.sort();
        assert_eq!(offered, columns, "{query}");
    }
}

#[test]
fn files_have_the_suffixes_that_fit() {
    let assistant = assistant("types");
    for query in [
        "cpu",
        "cpu | tree",
        "cpu | top 5",
        "cpu | by (version)",
        "cpu | timeline",
        "cpu | heatmap by (pod)",
        "cpu | sandwich \"runtime.mallocgc\"",
        "cpu | by (version) | compare",
        "cpu{version=\"2\"} | diff {version=\"1\"}",
    ] {
        let value = Cells::over(&PathBuf::new(), "demo:").value(query);
        let fitting = suffixes(&value).iter().map(|suffix| format!("\"x.{suffix}\""));
        let offered = offered(&*assistant, &format!("{query} | save \"x."));
        assert_eq!(offered, fitting.collect::<Vec<_>>(), "{query}");
    }
}

#[test]
fn a_name_that_nothing_has_tells_nothing() {
    let assistant = assistant("types");
    assert!(assistant.inspect("cpu | focus \"no such function\"", 15, 0).is_none());
    assert!(assistant.inspect("cpu{nothing=\"1\"}", 6, 0).is_none());
    assert_eq!(offered(&*assistant, "nothing{"), [""; 0]);
}
