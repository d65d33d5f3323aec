//! The header of every result: subject, time window, counts and merge rule.
//!
//! It tells a reader who has never seen Flamebook, or who finds the output in an issue a
//! year later, what the picture shows. Plain text gets one or two lines, html one line
//! with the same facts.

use crate::diag::harmless;
use crate::eval::result::value::Header;
use crate::quantity::unit::grouped;
use crate::view::parts::escape::{self, clean};
use crate::view::parts::screen::{Screen, amount, percent};

/// The header as lines of text, with its notes; empty for a result without provenance.
pub(crate) fn plain(header: &Header, screen: Screen) -> Vec<String> {
    let mut lines = Vec::new();
    for (side, header) in sides(header) {
        lines.extend(facts_of_side(side, header, screen));
        lines.extend(total(header).map(|total| format!("{}{total}", " ".repeat(side.len()))));
        // Not cut into lines, so that a terminal can open it.
        let page = header.page.as_ref().map(|page| format!("in Grafana: {}", clean(page)));
        lines.extend(page.map(|page| format!("{}{}", " ".repeat(side.len()), screen.dim(&page))));
    }
    let finding = header.finding.iter().flat_map(|finding| screen.sentence(&clean(finding), 0));
    lines.extend(finding.map(|line| screen.bold(&line)));
    let notes = header.notes.iter().map(|note| format!("note: {}", clean(note)));
    let notes = notes.flat_map(|note| screen.sentence(&note, 6));
    lines.extend(notes.map(|note| screen.dim(&note)));
    lines.extend(skipped(header).iter().flat_map(|skipped| screen.sentence(skipped, 2)));
    lines
}

/// The facts in lines that fit, the subject in bold.
fn facts_of_side(side: &str, header: &Header, screen: Screen) -> Vec<String> {
    let facts = facts(header);
    let Some((first, rest)) = facts.split_first() else { return Vec::new() };
    let facts = std::iter::once(format!("{side}{first}")).chain(rest.iter().cloned());
    let lines = screen.facts(facts, side.len().max(2));
    let is_bold = !header.subject.is_empty();
    lines.iter().enumerate().map(|(n, line)| painted(line, n == 0 && is_bold, screen)).collect()
}

/// A line of facts; on the first one the subject is bold.
fn painted(line: &str, is_bold: bool, screen: Screen) -> String {
    let (first, rest) = match line.split_once(" · ") {
        Some((first, rest)) => (first, format!(" · {}", screen.dim(rest))),
        None => (line, String::new()),
    };
    let first = if is_bold { screen.bold(first) } else { screen.dim(first) };
    format!("{first}{rest}")
}

/// The header as html; "" for a result without provenance. `notes` come from the view.
pub(crate) fn html(header: &Header, notes: &[String]) -> String {
    let mut lines = Vec::new();
    for (side, header) in sides(header) {
        let facts = facts(header);
        if !facts.is_empty() {
            let mut parts: Vec<_> = facts.iter().map(|fact| escape::html(fact)).collect();
            if !header.subject.is_empty() {
                parts[0] = format!("<b>{}</b>", parts[0]);
            }
            parts.extend(total(header).map(|total| format!("<b>{}</b>", escape::html(&total))));
            parts.extend(header.page.as_ref().map(|page| {
                let page = escape::html(page);
                format!("<a href=\"{page}\" rel=\"noopener\">in Grafana</a>")
            }));
            lines.push(format!("<div>{side}{}</div>", parts.join(" · ")));
        }
    }
    if let Some(finding) = &header.finding {
        let size = "font-size:15px;margin:4px 0";
        lines.push(format!("<div style=\"{size}\">{}</div>", sentence(finding)));
    }
    for note in header.notes.iter().chain(notes) {
        lines.push(format!("<div style=\"opacity:.7\">{}</div>", sentence(note)));
    }
    lines.extend(skipped_html(header));
    if lines.is_empty() {
        return String::new();
    }
    format!("<div style=\"font:13px/20px sans-serif;margin:2px 0 6px 0\">{}</div>", lines.concat())
}

/// A sentence as html, in which names and queries between backticks are code.
fn sentence(text: &str) -> String {
    escape::coded(text, &escape::html, ("<code>", "</code>"))
}

/// One unnamed side for most results; for a diff both sides with their names.
fn sides(header: &Header) -> Vec<(&'static str, &Header)> {
    match &header.baseline {
        None => vec![("", header)],
        Some(before) => vec![("before ", before), ("after  ", header)],
    }
}

/// Subject, window, counts and merge rule, as far as they are known.
fn facts(header: &Header) -> Vec<String> {
    let mut facts = Vec::new();
    if !header.subject.is_empty() {
        facts.push(clean(&header.subject).into_owned());
    }
    facts.extend(header.window.map(|window| window.to_string()));
    if header.series > 0 {
        facts.push(counted(header.series, "series", "series"));
    }
    if header.snapshots > 0 {
        facts.push(counted(header.snapshots, "profile", "profiles"));
    }
    if !header.rule.is_empty() {
        facts.push(clean(&header.rule).into_owned());
    }
    facts
}

/// `total 12.3 s`, or with stack filters `3.2 s of 12.3 s (26.0%) after filters`.
fn total(header: &Header) -> Option<String> {
    let whole = header.total.as_ref()?;
    Some(match &header.kept {
        Some(kept) if kept.value != whole.value => format!(
            "{} kept by the filters, {} of {}",
            amount(kept.value, &kept.unit),
            percent(kept.value, whole.value),
            amount(whole.value, &whole.unit)
        ),
        _ => format!("total {}", amount(whole.value, &whole.unit)),
    })
}

/// The files that could not be read, the first three by name.
fn skipped(header: &Header) -> Option<String> {
    const NAMED: usize = 3;
    let skipped = &header.skipped;
    if skipped.is_empty() {
        return None;
    }
    let named = skipped.iter().take(NAMED);
    let mut parts: Vec<_> = named
        .map(|file| format!("{} ({})", harmless(&file.path), harmless(&file.reason)))
        .collect();
    if skipped.len() > NAMED {
        parts.push(format!("{} more", skipped.len() - NAMED));
    }
    Some(format!("{} skipped: {}", counted(skipped.len(), "file", "files"), parts.join(", ")))
}

fn skipped_html(header: &Header) -> Option<String> {
    const LISTED: usize = 50;
    let skipped = &header.skipped;
    if skipped.is_empty() {
        return None;
    }
    let item = |path: &str, reason: &str| {
        format!("<li>{}: {}</li>", escape::html(&harmless(path)), escape::html(&harmless(reason)))
    };
    let mut items: String =
        skipped.iter().take(LISTED).map(|file| item(&file.path, &file.reason)).collect();
    if skipped.len() > LISTED {
        items.push_str(&format!("<li>{} more</li>", skipped.len() - LISTED));
    }
    let count = counted(skipped.len(), "file", "files");
    Some(format!("<details><summary>{count} skipped</summary><ul>{items}</ul></details>"))
}

/// `1 profile`, `12 345 profiles`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as f64), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Quantity, Timestamp, Unit, Window};
    use crate::source::Skipped;

    fn header() -> Header {
        Header {
            subject: "cpu{service=\"shop\"}".into(),
            window: Some(Window {
                start: Timestamp(1_700_000_000_000_000_000),
                end: Timestamp(1_700_000_040_000_000_000),
            }),
            series: 1,
            snapshots: 20,
            rule: "sum over time".into(),
            total: Some(Quantity::new(40e9, Unit::Nanoseconds)),
            ..Header::default()
        }
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(sentence("`a<b>` grew; `c`"), "<code>a&lt;b&gt;</code> grew; <code>c</code>");
        assert_eq!(sentence("no ` pair"), "no ` pair");
    }

    #[test]
    fn one_line_says_what_the_picture_shows() {
        assert_eq!(
            plain(&header(), Screen::PIPE),
            [
                "cpu{service=\"shop\"} · 2023-11-14 22:13:20 .. 22:14:00 UTC · 1 series · \
                 20 profiles · sum over time",
                "total 40 s"
            ]
        );
    }

    #[test]
    fn filters_name_both_totals() {
        let kept = Some(Quantity::new(10e9, Unit::Nanoseconds));
        let header = Header { kept, ..header() };
        assert_eq!(plain(&header, Screen::PIPE)[1], "10 s kept by the filters, 25.0% of 40 s");
    }

    #[test]
    fn skipped_files_are_counted_named_and_escaped() {
        let bad = Skipped { path: "<b>\x1b.pb.gz".into(), reason: "empty".into() };
        let header = Header { skipped: vec![bad; 5], ..Header::default() };
        let line = "5 files skipped: <b>\\u{1b}.pb.gz (empty), <b>\\u{1b}.pb.gz (empty), \
                    <b>\\u{1b}.pb.gz (empty), 2 more";
        assert_eq!(plain(&header, Screen::PIPE), [line]);
        assert!(html(&header, &[]).contains("<li>&lt;b&gt;\\u{1b}.pb.gz: empty</li>"));
    }

    #[test]
    fn a_diff_has_two_sides_and_both_totals() {
        let baseline = Header {
            subject: "cpu{version=\"1\"}".into(),
            total: Some(Quantity::new(30e9, Unit::Nanoseconds)),
            ..Header::default()
        };
        let header = Header { baseline: Some(Box::new(baseline)), ..header() };
        let lines = plain(&header, Screen::PIPE);
        assert_eq!(lines[..2], ["before cpu{version=\"1\"}", "       total 30 s"]);
        assert!(lines[2].starts_with("after  cpu{service=\"shop\"} · 2023"), "{lines:?}");
        assert_eq!(lines[3], "       total 40 s");
    }

    #[test]
    fn an_empty_header_shows_nothing() {
        assert!(plain(&Header::default(), Screen::PIPE).is_empty());
        assert_eq!(html(&Header::default(), &[]), "");
    }
}
