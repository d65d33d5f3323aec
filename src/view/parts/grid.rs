//! Rows of text in columns: the layout of every table.
//!
//! A grid knows alignment and bars, but not values. It writes itself as plain text, html
//! and Markdown.

use std::ops::Range;

pub(crate) use crate::view::parts::columns::{Align, Column};
use crate::view::parts::columns::{Block, GAP, blocks};
use crate::view::parts::escape::{self, shorten};
use crate::view::parts::fit;
use crate::view::parts::header::counted;
use crate::view::parts::screen::Screen;

/// A table ready to be written.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// How many rows were left out, and after which row.
    pub(crate) gap: Option<Gap>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) after: usize,
    pub(crate) rows: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// The length of a bar behind the text, from 0 to 1.
    pub(crate) bar: Option<f64>,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), bar: None }
    }

    pub(crate) fn with_bar(text: impl Into<String>, bar: f64) -> Cell {
        Cell { text: text.into(), bar: Some(bar.clamp(0.0, 1.0)) }
    }
}

/// The longest text in an html cell; the tooltip has the rest.
const LONGEST_CELL: usize = 110;

impl Grid {
    pub(crate) fn new(titles: &[(&str, Align)]) -> Grid {
        let column =
            |(title, align): &(&str, Align)| Column { title: (*title).into(), align: *align };
        Grid { columns: titles.iter().map(column).collect(), rows: Vec::new(), gap: None }
    }

    /// Removes a column.
    pub(crate) fn drop_column(&mut self, at: usize) {
        self.columns.remove(at);
        for row in &mut self.rows {
            row.remove(at);
        }
    }

    /// Lines in aligned columns, with a rule under the titles. A table that is too wide for
    /// the screen is folded into blocks.
    pub(crate) fn plain(&self, screen: Screen) -> Vec<String> {
        if self.columns.is_empty() {
            return Vec::new();
        }
        let blocks = blocks(&self.columns, &self.widest(), screen.columns());
        let mut lines = Vec::new();
        for block in &blocks {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(self.block(block, screen));
        }
        lines
    }

    fn block(&self, block: &Block, screen: Screen) -> Vec<String> {
        let mut lines: Vec<String> =
            self.titles(block).iter().map(|line| screen.bold(line)).collect();
        let rules: Vec<_> = block.widths.iter().map(|width| "─".repeat(*width)).collect();
        lines.push(screen.dim(&joined(&rules)));
        for (i, row) in self.rows.iter().enumerate() {
            lines.extend(self.gap_before(i).map(|gap| screen.dim(&format!("… {gap} …"))));
            let texts = block.columns.iter().map(|column| escape::name(&row[*column].text));
            lines.push(self.line(block, texts));
        }
        lines
    }

    /// The titles, in several lines where a column is narrower than its title.
    fn titles(&self, block: &Block) -> Vec<String> {
        let columns = block.columns.iter().zip(&block.widths);
        let titles: Vec<Vec<String>> = columns
            .map(|(column, width)| {
                let title = escape::name(&self.columns[*column].title);
                let is_text = self.columns[*column].align == Align::Left;
                if is_text { vec![title] } else { fit::wrapped(title.split(' '), " ", 0, *width) }
            })
            .collect();
        let height = titles.iter().map(Vec::len).max().unwrap_or(0);
        let line = |line: usize| {
            // Titles stand on the rule.
            let texts = titles.iter().map(|title| {
                let above = height - title.len();
                line.checked_sub(above).map_or(String::new(), |at| title[at].clone())
            });
            self.line(block, texts)
        };
        (0..height).map(line).collect()
    }

    /// Texts cut and padded to the widths of the columns.
    fn line(&self, block: &Block, texts: impl Iterator<Item = String>) -> String {
        let cells = texts.zip(&block.columns).zip(&block.widths);
        let cells = cells.map(|((text, column), width)| {
            let text = shorten(&text, *width);
            match self.columns[*column].align {
                Align::Left | Align::Drawing => fit::left(&text, *width),
                Align::Right => fit::right(&text, *width),
            }
        });
        joined(&cells.collect::<Vec<_>>())
    }

    /// The width of the widest cell of each column.
    fn widest(&self) -> Vec<usize> {
        let mut widths = vec![0; self.columns.len()];
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = fit::columns(&escape::name(&cell.text)).max(*widest);
            }
        }
        widths
    }

    fn gap_before(&self, row: usize) -> Option<String> {
        let gap = self.gap.filter(|gap| gap.after == row)?;
        Some(counted(gap.rows, "more row", "more rows"))
    }

    /// `table.dataframe`, which front ends style like any other table.
    pub(crate) fn html(&self) -> String {
        let mut out = String::from("<table class=\"dataframe\"><thead><tr>");
        for column in &self.columns {
            let title = breakable(&escape::html(&column.title));
            out.push_str(&format!("<th style=\"{}\">{title}</th>", css(column.align)));
        }
        out.push_str("</tr></thead><tbody>");
        for (i, row) in self.rows.iter().enumerate() {
            if let Some(gap) = self.gap_before(i) {
                let span = self.columns.len();
                out.push_str(&format!(
                    "<tr><td colspan=\"{span}\" style=\"text-align:center\">… {gap} …</td></tr>"
                ));
            }
            out.push_str("<tr>");
            row.iter()
                .zip(&self.columns)
                .for_each(|(cell, column)| push_cell(&mut out, cell, column));
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
        out
    }

    /// A Markdown table as GitHub supports it.
    pub(crate) fn markdown(&self) -> String {
        let cell = |text: &str| escape::name(text).replace('\\', "\\\\").replace('|', "\\|");
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = row(self.columns.iter().map(|column| cell(&column.title)).collect());
        let rule = |column: &Column| match column.align {
            Align::Left | Align::Drawing => ":---".to_owned(),
            Align::Right => "---:".to_owned(),
        };
        out.push_str(&row(self.columns.iter().map(rule).collect()));
        for (i, cells) in self.rows.iter().enumerate() {
            if let Some(gap) = self.gap_before(i) {
                out.push_str(&format!("| … {gap} … |\n"));
            }
            out.push_str(&row(cells.iter().map(|c| code(&c.text, cell(&c.text))).collect()));
        }
        out
    }
}

fn joined(cells: &[String]) -> String {
    cells.join(&" ".repeat(GAP)).trim_end().to_owned()
}

/// As code, because Markdown would read `*` and `_` in a name as emphasis and `<T>` as a
/// tag.
fn code(text: &str, cell: String) -> String {
    if text.contains(['*', '_', '<', '`', '[', '~', '&']) && !text.contains('`') {
        format!("`{}`", cell.replace("\\\\", "\\"))
    } else {
        cell.replace('<', "&lt;")
    }
}

/// A head that may go over several lines, also within `self_share` and `{version="1"}`: on
/// paper a table cannot be scrolled.
fn breakable(head: &str) -> String {
    head.replace('_', "_<wbr>").replace('=', "=<wbr>")
}

fn css(align: Align) -> &'static str {
    match align {
        Align::Left | Align::Drawing => "text-align:left",
        Align::Right => "text-align:right",
    }
}

fn push_cell(out: &mut String, cell: &Cell, column: &Column) {
    let text = escape::name(&cell.text);
    let short = shorten(&text, LONGEST_CELL);
    let title = if short.len() < text.len() {
        format!(" title=\"{}\"", escape::html(&text))
    } else {
        String::new()
    };
    // Half transparent, so that the text is readable on it in both themes.
    let bar = cell.bar.map_or(String::new(), |share| {
        let percent = number(100.0 * share);
        format!(
            ";background-image:linear-gradient(90deg,#e8894066 {percent}%,transparent {percent}%)"
        )
    });
    let css = css(column.align);
    // However narrow the page is, a number stays with its unit and its mark, and a time is one
    // line. A name may go over several: `std::vec::Vec`.
    let (whole, shown) = match column.align {
        Align::Right => ("", escape::html(&short).replace(' ', "\u{a0}")),
        _ if is_time(&short) => (";white-space:nowrap", escape::html(&short)),
        Align::Left | Align::Drawing => {
            ("", escape::html(&short).replace(':', ":<wbr>").replace(":<wbr>:", "::"))
        }
    };
    out.push_str(&format!("<td style=\"{css}{whole}{bar}\"{title}>{shown}</td>"));
}

/// Whether a text starts with a date: `2026-11-23 04:51:04`.
fn is_time(text: &str) -> bool {
    let digits = |range: Range<usize>| {
        text.get(range).is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    digits(0..4) && is_dash(4) && digits(5..7) && is_dash(7) && digits(8..10)
}

/// A number for CSS and SVG with at most three decimals: `25`, `12.345`.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[("function", Align::Left), ("self", Align::Right)]);
        grid.rows.push(vec![Cell::new("encoding/json.(*Decoder).Decode"), Cell::new("1.2 s")]);
        grid.rows.push(vec![Cell::new("a<b>|c"), Cell::with_bar("340 ms", 0.25)]);
        grid
    }

    #[test]
    fn columns_are_aligned_and_titled() {
        assert_eq!(
            grid().plain(Screen::PIPE),
            [
                "function                           self",
                "───────────────────────────────  ──────",
                "encoding/json.(*Decoder).Decode   1.2 s",
                "a<b>|c                           340 ms",
            ]
        );
    }

    #[test]
    fn a_narrow_screen_cuts_names_not_numbers() {
        let screen = Screen { width: Some(40), colour: false };
        let mut grid = grid();
        grid.rows[0][0] = Cell::new("x".repeat(100));
        let lines = grid.plain(screen);
        assert_eq!(lines[2].chars().count(), 40);
        assert!(lines[2].ends_with("x   1.2 s"), "{lines:#?}");
    }

    #[test]
    fn a_gap_says_how_many_rows_it_hides() {
        let grid = Grid { gap: Some(Gap { after: 1, rows: 1940 }), ..grid() };
        assert_eq!(grid.plain(Screen::PIPE)[3], "… 1 940 more rows …");
        assert!(
            grid.html()
                .contains("<td colspan=\"2\" style=\"text-align:center\">… 1 940 more rows …</td>")
        );
    }

    #[test]
    fn html_is_escaped_and_bars_are_as_long_as_the_share() {
        let html = grid().html();
        assert!(html.contains("a&lt;b&gt;|c"));
        assert!(html.contains("#e8894066 25%,transparent 25%)\">340\u{a0}ms</td>"));
    }

    #[test]
    fn what_may_go_over_several_lines() {
        let mut grid = Grid::new(&[("first_seen", Align::Left), ("function", Align::Left)]);
        grid.rows.push(vec![Cell::new("2026-11-23 04:51:04"), Cell::new("alloc::vec")]);
        let html = grid.html();
        assert!(html.contains(";white-space:nowrap\">2026-11-23 04:51:04</td>"), "{html}");
        assert!(html.contains(">first_<wbr>seen</th>"), "{html}");
        assert!(html.contains("\">alloc::<wbr>vec</td>"), "{html}");
    }

    #[test]
    fn markdown_keeps_bars_and_stars_as_text() {
        assert_eq!(
            grid().markdown(),
            "| function | self |\n| :--- | ---: |\n\
             | `encoding/json.(*Decoder).Decode` | 1.2 s |\n| `a<b>\\|c` | 340 ms |\n"
        );
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(25.0, "25"), (12.3456, "12.346"), (0.0, "0"), (-0.0001, "0")] {
            assert_eq!(number(value), text);
        }
    }
}
