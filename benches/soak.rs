//! The memory of a session that runs many distinct queries, printed after every tenth of
//! them: `cargo bench --bench soak -- QUERIES` (5 000 by default).

use std::path::PathBuf;

use flamebook::kernel::language::{CellRequest, Language, Output};
use flamebook::notebook::Notebook;
use flamebook::view::bundle::Bundle;
use flamebook::work::{Cancel, Progress};

struct Unread;

impl Output for Unread {
    fn display(&self, _: Bundle) {}

    fn progress(&self, _: &Progress) {}
}

fn main() {
    let queries = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5000);
    let mut notebook = Notebook::new(PathBuf::new());
    let mut run = |number: u32, code: &str| {
        let cell = CellRequest { code, number, store: true };
        let result = notebook.execute(&cell, &Unread, &Cancel::new());
        assert!(result.is_ok(), "{code}");
    };
    run(1, "use \"demo:\"");
    for nth in 1..=queries {
        run(nth + 1, &format!("cpu | trim {nth}us | tree"));
        if nth % (queries / 10).max(1) == 0 {
            println!("{nth} queries: {} MB", resident() / 1024);
        }
    }
}

/// In kB; 0 where the system does not say it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
