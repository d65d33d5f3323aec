//! The viewer's script and page.
//!
//! `tests/viewer/build.js` builds and minifies both from the JavaScript, CSS and HTML
//! beside this file; the results are committed. `tests/run viewer` fails if they are out
//! of date. Start reading the sources in `main.js`.

/// An expression of a function that takes the payload: `PROGRAM("...")`. The document
/// keeps the function, so later outputs run the one that the first output brought.
pub(super) const PROGRAM: &str = include_str!("program.min.js");

/// The page with the program in its first output only; the others use that one. Only for
/// pages that stay as they are: in a notebook each output must work alone.
pub(crate) fn shared(page: String) -> String {
    let (name, _) = PROGRAM[1..].split_once("||=").unwrap_or((PROGRAM, ""));
    let Some(first) = page.find(PROGRAM) else { return page };
    let (head, rest) = page.split_at(first + PROGRAM.len());
    format!("{head}{}", rest.replace(PROGRAM, name))
}

/// The HTML and CSS around the graphs, for the shadow root. It contains nothing from a
/// profile.
pub(super) const PAGE: &str = include_str!("page.min.html");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_small_and_cannot_end_its_script() {
        assert!(PROGRAM.len() <= 28 * 1024, "{} bytes", PROGRAM.len());
        assert!(PROGRAM.starts_with("(document.flamebook") && PROGRAM.ends_with("})"));
        assert!(PROGRAM.is_ascii() && PROGRAM.contains("||=function"));
        assert!(!PROGRAM.contains("</script") && !PROGRAM.contains("<!--"));
    }

    #[test]
    fn the_script_makes_no_request_and_evaluates_no_text() {
        for word in ["eval(", "import ", "import(", "fetch(", "XMLHttp", "WebSocket", "Worker("] {
            assert!(!PROGRAM.contains(word), "{word}");
        }
    }

    #[test]
    fn a_page_of_several_outputs_has_the_program_once() {
        let output = |payload: &str| format!("<p><script>{PROGRAM}(\"{payload}\")</script>");
        let page = shared(["a", "b", "c"].map(output).concat());
        let (name, _) = PROGRAM[1..].split_once("||=").expect("a name");
        let others = ["b", "c"].map(|text| format!("<p><script>{name}(\"{text}\")</script>"));
        assert_eq!(page, output("a") + &others.concat());
        assert_eq!(shared("no graph".into()), "no graph");
    }

    #[test]
    fn the_page_is_of_the_shadow_root_and_runs_nothing() {
        assert!(PAGE.starts_with("<style>:host{") && PAGE.ends_with("</template>"));
        assert!(!PAGE.contains(['\n', '\\']) && !PAGE.contains("<script"));
        let is_handler = |rest: &str| {
            rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('=')
        };
        assert!(!PAGE.split(" on").skip(1).any(is_handler));
    }
}
