//! Results for readers elsewhere: an html page, or Markdown.

use super::rows;
use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Graph, Outcome, Value, View};
use crate::view::parts::screen::Screen;
use crate::view::{
    parts::escape, parts::header, scalar, stacks::hot, stacks::text, table, time::heatmap,
    time::sparkline,
};
use crate::work::{Cancelled, Work};

/// Follows the reader's light or dark theme.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:14px/1.45 system-ui,sans-serif;max-width:1600px;margin:1.5em auto;padding:0 1em}\
pre{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace;overflow-x:auto}\
table{border-collapse:collapse;font-size:13px;margin:.4em 0}td,th{padding:.15em .7em}\
th{border-bottom:1px solid rgba(127,127,127,.5)}\
tbody tr:nth-child(even){background:rgba(127,127,127,.08)}\
summary{cursor:pointer}\
section{margin-bottom:1.6em}";

/// The most functions in the Markdown of a tree.
const FUNCTIONS: usize = 20;

/// A self-contained page with the pictures of cells, one below the other.
pub fn page(outcomes: &[Outcome], work: Work<'_>) -> Result<String, Cancelled> {
    let sections = outcomes.iter().map(|outcome| {
        let query = query(outcome);
        let html = crate::view::whole_html(outcome, work)?;
        Ok(format!("<section>{query}{html}</section>\n"))
    });
    let sections = crate::view::with_one_program(sections.collect::<Result<_, Cancelled>>()?);
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{sections}</body>\n</html>\n",
        escape::html(&title(outcomes))
    ))
}

fn query(outcome: &Outcome) -> String {
    match outcome.header.query.as_str() {
        "" => String::new(),
        query => format!("<pre>{}</pre>", escape::html(query)),
    }
}

fn title(outcomes: &[Outcome]) -> String {
    let subjects = outcomes.iter().map(|outcome| outcome.header.subject.as_str());
    let subject = subjects.into_iter().find(|subject| !subject.is_empty());
    subject
        .map_or("Flamebook".to_owned(), |subject| format!("{} · Flamebook", escape::name(subject)))
}

/// Markdown for GitHub: the header as text, tables as tables, an outline as code.
pub fn to_markdown(outcome: &Outcome, work: Work<'_>) -> Result<String, Cancelled> {
    let header = header::plain(&outcome.header, Screen::PIPE);
    let mut parts: Vec<String> = header.iter().map(|line| escape::markdown(line)).collect();
    parts.push(body(&outcome.value, work)?);
    Ok(parts.join("\n\n").trim_end().to_owned() + "\n")
}

fn body(value: &Value, work: Work<'_>) -> Result<String, Cancelled> {
    Ok(match value {
        Value::Tree(tree)
        | Value::View(
            View::Flame(Graph::Tree(tree))
            | View::Icicle(Graph::Tree(tree))
            | View::Outline(Graph::Tree(tree)),
        ) => {
            let outline = fenced(&text::outline(tree, Screen::CELL, work)?.join("\n"));
            let (hottest, _) = hot::hottest(tree, FUNCTIONS, work)?;
            format!("{outline}\n\n{}", hot::grid(tree, &hottest).markdown())
        }
        Value::Diff(diff)
        | Value::View(
            View::Flame(Graph::Diff(diff))
            | View::Icicle(Graph::Diff(diff))
            | View::Outline(Graph::Diff(diff)),
        ) => excerpt(rows::diff(diff, work)?),
        Value::View(View::Sandwich(sandwich)) => excerpt(rows::sandwich(sandwich, work)?),
        Value::View(View::Comparison(comparison)) => excerpt(rows::comparison(comparison, work)?),
        Value::Table(table) => {
            format!("{}\n\n{}", table::size(table), table::whole(table).markdown())
        }
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            fenced(&sparkline::plain(series, Screen::CELL))
        }
        Value::View(View::Heatmap(map)) => fenced(&heatmap::plain(map, Screen::CELL)),
        Value::Scalar(value) => escape::markdown(&scalar::scalar(value)),
        Value::Pattern { text, functions, of } => fenced(&scalar::pattern(text, functions, *of)),
        Value::Note(text) | Value::Help(text) => fenced(&escape::clean_lines(text)),
    })
}

/// The first rows of a value without a table of its own, and their count.
fn excerpt(columns: Columns) -> String {
    let table = brief(&columns.finish()).head(FUNCTIONS);
    format!("{}\n\n{}", table::size(&table), table::whole(&table).markdown())
}

/// Without columns for scripts: the place of a function, and recorded values of a diff
/// beside those in its mode.
fn brief(table: &Table) -> Table {
    let names = table.names();
    let has = |name: String| names.contains(&name.as_str());
    let is_brief = |name: &str| {
        !["package", "file"].contains(&name)
            && !has(format!("{name} %"))
            && !has(format!("{name} rate"))
    };
    let columns: Vec<usize> = (0..names.len()).filter(|at| is_brief(names[*at])).collect();
    table.columns(&columns)
}

/// In a code fence that the text cannot close.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Header;
    use crate::quantity::Unit;
    use crate::view::fixture::{bare, tree};

    #[test]
    fn a_page_stands_alone_and_names_its_subject() {
        let header = Header { subject: "cpu{a=\"<b>\"}".into(), ..Header::default() };
        let outcome = Outcome { header, ..bare(Value::Tree(tree(&[("main", 1e9)]))) };
        let page = page(&[outcome], Work::unattended()).expect("no interrupt");
        assert!(page.starts_with("<!DOCTYPE html>"));
        assert!(page.contains("<title>cpu{a=&quot;&lt;b&gt;&quot;} · Flamebook</title>"));
        assert!(page.contains(">main</div>"));
        // The page makes no request; its only URLs are names of namespaces.
        assert!(!page.contains("https:") && !page.contains("src=") && !page.contains("fetch("));
    }

    #[test]
    fn markdown_of_a_tree_has_the_outline_and_the_functions() {
        let outcome = bare(Value::Tree(tree(&[("main;run", 1e9)])));
        let markdown = to_markdown(&outcome, Work::unattended()).expect("no interrupt");
        assert!(markdown.starts_with("```text\n"));
        assert!(markdown.contains("main › run"));
        assert!(markdown.contains("| run | 1 s | 100% | 1 s | 100% |"));
    }

    #[test]
    fn an_excerpt_says_of_how_many_rows() {
        let names = (0..25).map(|n| format!("f{n}"));
        let ones = || vec![1.0; 25];
        let rows = Columns::default()
            .text("function", names.clone())
            .text("package", names)
            .number("self before", ones(), Unit::Bytes)
            .number("self before %", ones(), Unit::Percent);
        let excerpt = excerpt(rows);
        assert!(
            excerpt.starts_with("20 of 25 rows × 2 columns\n\n| function | self before % |"),
            "{excerpt}"
        );
        assert!(excerpt.contains("| f19 | 1") && !excerpt.contains("f20"));
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fenced("a ```` b"), "`````text\na ```` b\n`````");
    }
}
