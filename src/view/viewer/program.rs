//! The viewer's script and page.
//!
//! `tests/viewer/build.js` builds and minifies both from the JavaScript, CSS and HTML
//! beside this file; the results are committed. `tests/run viewer` fails if they are out
//! of date. Start reading the sources in `main.js`.

/// A function that takes the payload: `PROGRAM("...")`.
pub(super) const PROGRAM: &str = include_str!("program.min.js");

/// The HTML and CSS around the graphs, for the shadow root. It contains nothing from a
/// profile.
pub(super) const PAGE: &str = include_str!("page.min.html");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_small_and_cannot_end_its_script() {
        assert!(PROGRAM.len() <= 28 * 1024, "{} bytes", PROGRAM.len());
        assert!(PROGRAM.starts_with("(function") && PROGRAM.ends_with("})") && PROGRAM.is_ascii());
        assert!(!PROGRAM.contains("</script") && !PROGRAM.contains("<!--"));
    }

    #[test]
    fn the_script_makes_no_request_and_evaluates_no_text() {
        for word in ["eval(", "import ", "import(", "fetch(", "XMLHttp", "WebSocket", "Worker("] {
            assert!(!PROGRAM.contains(word), "{word}");
        }
    }

    #[test]
    fn the_page_is_of_the_shadow_root_and_runs_nothing() {
        assert!(PAGE.starts_with("<style>:host{") && PAGE.ends_with("</template>"));
        assert!(!PAGE.contains(['\n', '\\']) && !PAGE.contains("<script") && !PAGE.contains(" on"));
    }
}
