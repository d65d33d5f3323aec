//! An executed notebook as one HTML page without other files.
//!
//! For reading and mailing. The page itself has no script, and no style sheet or font
//! from elsewhere. Outputs stay interactive; the program of their graphs is there once.
//! nbconvert has more options.

use std::sync::LazyLock;

use pulldown_cmark::{Options, Parser};
use regex::Regex;
use serde_json::Value;

use crate::cli::notebook_file::{CellKind, NotebookCell, NotebookFile, text};

/// The page shows the first of these types that a bundle has.
const MEDIA: [&str; 3] = ["text/html", "text/markdown", "text/plain"];

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2em auto;padding:0 1em}\
pre,code{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace}\
pre{margin:.6em 0;overflow-x:auto}\
.in{padding:.6em .8em;border-left:3px solid #e8590c;background:rgba(127,127,127,.1)}\
.out{margin:.6em 0 1.4em;overflow-x:auto}\
.error{color:#c92a2a}\
table{border-collapse:collapse;font-size:13px}td,th{padding:.15em .7em;text-align:left}\
th{border-bottom:1px solid rgba(127,127,127,.5)}";

/// On paper: a light page without margins of its own, in which nothing scrolls, so that nothing
/// is cut off; a cell's code stays with the start of its output, and colours are kept, because
/// legends are made of them.
const PAPER: &str = "\
@page{margin:14mm 12mm}\
@media print{\
:root{color-scheme:only light}\
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}\
body{max-width:none;margin:0;padding:0;font-size:10pt}\
pre{white-space:pre-wrap!important;overflow-wrap:anywhere;font-size:8.5pt}\
.in{break-inside:avoid}.in,h1,h2,h3,h4{break-after:avoid}\
pre,.out,.out *{overflow:visible!important}\
.out [style*=\"overflow:hidden\"]{overflow:hidden!important}\
.out,table{max-width:100%;font-size:8.5pt}\
thead{display:table-header-group}\
tr,img,svg,.flamebook,.flamebook-chart>div{break-inside:avoid}\
img{max-width:100%!important}img,.flamebook-live svg{height:auto!important}\
.flamebook-live>:nth-child(4){display:none}\
.out [style*=\"13px/20px\"]{white-space:normal!important}\
td,th[style*=right]{overflow-wrap:anywhere}td[style*=right]{white-space:nowrap;overflow-wrap:normal}\
td,th{padding:.1em .4em}\
table:has(th:nth-child(10)){font-size:6.5pt}\
table:has(th:nth-child(10)) :is(td,th){padding:.1em .25em}\
p,li{orphans:3;widows:3}\
}";

/// The whole page.
pub(crate) fn html(notebook: &NotebookFile, title: &str) -> String {
    let mut body = String::new();
    notebook.cells.iter().for_each(|cell| push_cell(&mut body, cell));
    let body = flamebook::view::with_one_program(body);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n\
         <style>{STYLE}\n{PAPER}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

fn push_cell(body: &mut String, cell: &NotebookCell) {
    match cell.kind() {
        CellKind::Markdown => body.push_str(&markdown(&cell.source())),
        CellKind::Code => {
            body.push_str(&format!("<pre class=\"in\">{}</pre>\n", escaped(&cell.source())));
            cell.outputs().iter().for_each(|output| push_output(body, output));
        }
        CellKind::Other => {}
    }
}

fn push_output(body: &mut String, output: &Value) {
    if let Some(data) = output.get("data") {
        let shown = MEDIA.iter().find_map(|mime| Some((*mime, text(data.get(mime)?))));
        if let Some((mime, content)) = shown {
            let content = match mime {
                "text/html" => content,
                "text/markdown" => markdown(&content),
                _ => format!("<pre>{}</pre>", escaped(&without_ansi(&content))),
            };
            body.push_str(&format!("<div class=\"out\">{content}</div>\n"));
        }
    } else if let Some(traceback) = output.get("traceback").and_then(Value::as_array) {
        let lines: Vec<_> = traceback.iter().filter_map(Value::as_str).map(without_ansi).collect();
        body.push_str(&format!("<pre class=\"error\">{}</pre>\n", escaped(&lines.join("\n"))));
    }
}

fn markdown(source: &str) -> String {
    let mut html = String::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    pulldown_cmark::html::push_html(&mut html, Parser::new_ext(source, options));
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text without ANSI colours.
pub(crate) fn without_ansi(text: &str) -> String {
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\x1b\[[0-9;]*[A-Za-z]").expect("a constant pattern, tested below")
    });
    ESCAPE.replace_all(text, "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cells: &str) -> String {
        let text = format!(r#"{{"cells": [{cells}], "nbformat": 4, "nbformat_minor": 5}}"#);
        html(&NotebookFile::parse(&text).expect("a notebook"), "a < b")
    }

    #[test]
    fn paper_has_rules_of_its_own() {
        let page = page(r#"{"cell_type": "code", "source": "x", "outputs": []}"#);
        let (_, paper) = page.split_once("@media print{").expect("rules");
        let (paper, _) = paper.split_once("</style>").expect("an end");
        for rule in ["print-color-adjust:exact", "white-space:nowrap", "max-width:none"] {
            assert!(paper.contains(rule), "{rule}");
        }
        assert_eq!(paper.matches('{').count() + 1, paper.matches('}').count());
    }

    #[test]
    fn colours_are_dropped() {
        assert_eq!(without_ansi("\x1b[1;31merror\x1b[0m: x"), "error: x");
    }

    #[test]
    fn markdown_is_rendered_and_code_is_escaped() {
        let page = page(
            r##"{"cell_type": "markdown", "source": "# A *b*"},
                {"cell_type": "code", "source": "a < b", "outputs": []}"##,
        );
        assert!(page.contains("<h1>A <em>b</em></h1>"));
        assert!(page.contains("<pre class=\"in\">a &lt; b</pre>"));
        assert!(page.contains("<title>a &lt; b</title>"));
    }

    #[test]
    fn html_wins_over_plain_and_errors_lose_their_colours() {
        let page = page(
            r#"{"cell_type": "code", "source": "x", "outputs": [
                {"output_type": "display_data", "metadata": {},
                 "data": {"text/plain": "plain", "text/html": ["<b>", "rich</b>"]}},
                {"output_type": "error", "ename": "e", "evalue": "v",
                 "traceback": ["\u001b[31me<r>\u001b[0m", "2"]}]}"#,
        );
        assert!(page.contains("<div class=\"out\"><b>rich</b></div>"));
        assert!(!page.contains("plain"));
        assert!(page.contains("<pre class=\"error\">e&lt;r&gt;\n2</pre>"));
    }
}
