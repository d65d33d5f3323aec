//! What a running cell shows: displays at once, progress now and then.
//!
//! Progress appears after 300 ms as a display of its own, is updated ten times a
//! second, and disappears when something else is shown or the cell ends. Alone
//! in its cell it is cleared, so that nothing of it is saved with the notebook;
//! a display that stands before it must stay, so then it is emptied instead.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use jupyter_protocol::messaging::ClearOutput;
use serde_json::json;
use uuid::Uuid;

use crate::kernel::iopub::IoPub;
use crate::kernel::language::Output;
use crate::kernel::reply;
use crate::kernel::wire::Parent;
use crate::view::bundle::{Bundle, Mime};
use crate::work::Progress;

/// Work that ends within this long shows no progress.
const PATIENCE: Duration = Duration::from_millis(300);

/// From one update to the next.
const PACE: Duration = Duration::from_millis(100);

/// The outputs of one cell.
pub(super) struct CellOutput<'a> {
    iopub: &'a IoPub,
    parent: &'a Parent,
    screen: Mutex<Screen>,
}

/// What the cell shows now.
struct Screen {
    /// When progress may be drawn next.
    due: Instant,
    /// The display that holds the progress.
    progress: Option<String>,
    /// Is there an output besides it?
    used: bool,
}

impl<'a> CellOutput<'a> {
    pub(super) fn new(iopub: &'a IoPub, parent: &'a Parent) -> Self {
        let screen = Screen { due: Instant::now() + PATIENCE, progress: None, used: false };
        CellOutput { iopub, parent, screen: Mutex::new(screen) }
    }

    /// Removes the progress before another output takes its place.
    pub(super) fn make_way(&self) {
        let mut screen = self.screen();
        self.remove_progress(&mut screen, ClearOutput { wait: true });
        screen.used = true;
    }

    /// Removes the progress at the end of a cell that shows nothing more.
    pub(super) fn finish(&self) {
        self.remove_progress(&mut self.screen(), ClearOutput { wait: false });
    }

    fn remove_progress(&self, screen: &mut Screen, clear: ClearOutput) {
        let Some(display_id) = screen.progress.take() else {
            return;
        };
        if screen.used {
            self.draw("update_display_data", &display_id, &Bundle::plain("").with(Mime::Html, ""));
        } else {
            self.iopub.publish(self.parent, "clear_output", &clear);
        }
    }

    fn draw(&self, msg_type: &str, display_id: &str, bundle: &Bundle) {
        let content = json!({
            "data": reply::data(bundle),
            "metadata": {},
            "transient": {"display_id": display_id},
        });
        self.iopub.publish(self.parent, msg_type, &content);
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for CellOutput<'_> {
    fn display(&self, bundle: Bundle) {
        self.make_way();
        let content = json!({"data": reply::data(&bundle), "metadata": {}, "transient": {}});
        self.iopub.publish(self.parent, "display_data", &content);
    }

    fn progress(&self, progress: &Progress) {
        // Many threads report; whoever finds another one drawing has nothing newer to say.
        let mut screen = match self.screen.try_lock() {
            Ok(screen) => screen,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let now = Instant::now();
        if now < screen.due {
            return;
        }
        screen.due = now + PACE;
        let bundle = bar(progress);
        match &screen.progress {
            Some(display_id) => self.draw("update_display_data", display_id, &bundle),
            None => {
                let display_id = Uuid::new_v4().to_string();
                self.draw("display_data", &display_id, &bundle);
                screen.progress = Some(display_id);
            }
        }
    }
}

/// Shows nothing: the output of a silent cell and of user expressions.
pub(super) struct Silence;

impl Output for Silence {
    fn display(&self, _: Bundle) {}
    fn progress(&self, _: &Progress) {}
}

fn bar(progress: &Progress) -> Bundle {
    let Progress { what, unit, done, total } = progress;
    let percent = (done.saturating_mul(100)).checked_div(*total);
    let (bar, count) = match percent {
        Some(percent) => {
            let filled = usize::try_from(percent.min(100) / 5).unwrap_or(0);
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(20 - filled));
            (bar, format!("{done} of {total} {unit} ({percent} %)"))
        }
        None => ("░".repeat(20), format!("{done} {unit}")),
    };
    // Without a value the browser draws work of unknown length.
    let value = percent.map(|_| format!(" max=\"{total}\" value=\"{done}\"")).unwrap_or_default();
    Bundle::plain(format!("{bar} {what}: {count}"))
        .with(Mime::Html, format!("<progress{value}></progress> {what}: {count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_what_and_how_far() {
        let progress = Progress { what: "reading profiles", unit: "files", done: 1, total: 4 };
        let bundle = bar(&progress);
        assert_eq!(
            bundle.get(Mime::Plain),
            Some("█████░░░░░░░░░░░░░░░ reading profiles: 1 of 4 files (25 %)")
        );
        assert_eq!(
            bundle.get(Mime::Html),
            Some(
                "<progress max=\"4\" value=\"1\"></progress> \
                 reading profiles: 1 of 4 files (25 %)"
            )
        );
    }

    #[test]
    fn a_bar_without_a_total_only_counts() {
        let bundle = bar(&Progress { what: "looking", unit: "files", done: 7, total: 0 });
        assert_eq!(bundle.get(Mime::Plain), Some("░░░░░░░░░░░░░░░░░░░░ looking: 7 files"));
        assert_eq!(bundle.get(Mime::Html), Some("<progress></progress> looking: 7 files"));
    }
}
