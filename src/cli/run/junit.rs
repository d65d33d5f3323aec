//! The JUnit report: one suite, with a test case for each assert.
//!
//! An assert that was not reached is skipped; an error that is no assert is a test case of its
//! own. The time of a cell is shared by its asserts. The elements and attributes are those that
//! GitLab, Jenkins and the actions for GitHub read
//! (<https://github.com/testmoapp/junitxml>).

use flamebook::diag::harmless;

use super::ran::{Assert, Ran, RanCell, Verdict};

/// The whole document.
pub(super) fn xml(ran: &Ran) -> String {
    let mut cases = String::new();
    ran.cells.iter().for_each(|cell| push_cell(&mut cases, cell, ran));
    let (asserts, failures) = (ran.asserts().count(), ran.failed().count());
    let errors = usize::from(ran.error().is_some());
    let is_skipped = |assert: &&Assert| matches!(assert.verdict, Verdict::NotRun(_));
    let skipped = ran.asserts().filter(is_skipped).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{:.3}\"",
        asserts + errors,
        ran.took.as_secs_f64()
    );
    let name = attribute(&ran.name);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"flamebook\" {counts}>\n  \
         <testsuite name=\"{name}\" {counts}>\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

fn push_cell(cases: &mut String, cell: &RanCell, ran: &Ran) {
    let n_asserts = cell.asserts.len() + usize::from(cell.error.is_some());
    let seconds = cell.took.as_secs_f64() / n_asserts.max(1) as f64;
    let mut push = |name: &str, line: Option<usize>, inner: &str| {
        let line = line.map_or(String::new(), |line| format!(" line=\"{line}\""));
        let (suite, file) = (attribute(&ran.name), attribute(&ran.file));
        *cases += &format!(
            "    <testcase classname=\"{suite}\" name=\"{}\" file=\"{file}\"{line} \
             time=\"{seconds:.3}\">{inner}</testcase>\n",
            attribute(&format!("In[{}]: {name}", cell.number))
        );
    };
    for assert in &cell.asserts {
        let inner = match &assert.verdict {
            Verdict::NotRun(_) => "<skipped message=\"a cell before it failed\"/>".to_owned(),
            Verdict::Checked(checked) if checked.holds => {
                format!("<system-out>{}</system-out>", text(&checked.report))
            }
            Verdict::Checked(checked) => {
                let message = checked.message.as_deref().unwrap_or("the assertion does not hold");
                let body = format!("{}\n{}", checked.condition, checked.report);
                let body = text(&format!("{body}\nat {}", place(ran, assert.line)));
                format!(
                    "<failure type=\"assert\" message=\"{}\">{body}</failure>",
                    attribute(message)
                )
            }
        };
        push(assert.condition(), assert.line, &inner);
    }
    if let Some(error) = &cell.error {
        let (slug, message) = (attribute(&error.slug), attribute(&error.message));
        let report = text(&format!("{}\nat {}", error.report, place(ran, error.line)));
        let inner = format!("<error type=\"{slug}\" message=\"{message}\">{report}</error>");
        push(&error.slug, error.line, &inner);
    }
}

fn place(ran: &Ran, line: Option<usize>) -> String {
    line.map_or(ran.file.clone(), |line| format!("{}:{line}", ran.file))
}

/// XML has no way to write control characters, so they are shown.
fn text(text: &str) -> String {
    let lines = text.split('\n').map(harmless).collect::<Vec<_>>().join("\n");
    let lines = lines.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    lines.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn attribute(value: &str) -> String {
    text(value).replace('"', "&quot;").replace('\n', "&#10;")
}
