//! The outputs of a running cell: displays and progress.
//!
//! Progress is a display that appears after 300 ms and is updated ten times a second.
//! It is removed when the cell shows an output or ends, so that it is not saved with
//! the notebook. If it is the only output, it is removed with `clear_output`. That would
//! remove earlier displays, too, so after a display the progress is emptied instead.

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

/// Shorter work shows no progress.
pub const PROGRESS_DELAY: Duration = Duration::from_millis(300);

/// Between two updates.
pub const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

/// The outputs of one cell.
pub(super) struct CellOutput<'a> {
    iopub: &'a IoPub,
    parent: &'a Parent,
    state: Mutex<OutputState>,
}

/// The current outputs of the cell.
struct OutputState {
    /// The earliest time of the next update.
    next_update: Instant,
    /// The id of the display that shows the progress.
    progress: Option<String>,
    /// Whether there is another output.
    has_output: bool,
}

impl<'a> CellOutput<'a> {
    pub(super) fn new(iopub: &'a IoPub, parent: &'a Parent) -> Self {
        let state = OutputState {
            next_update: Instant::now() + PROGRESS_DELAY,
            progress: None,
            has_output: false,
        };
        CellOutput { iopub, parent, state: Mutex::new(state) }
    }

    /// Removes the progress before another output is shown.
    pub(super) fn clear_progress(&self) {
        let mut state = self.state();
        self.remove_progress(&mut state, ClearOutput { wait: true });
        state.has_output = true;
    }

    /// Removes the progress at the end of a cell without a result.
    pub(super) fn finish(&self) {
        self.remove_progress(&mut self.state(), ClearOutput { wait: false });
    }

    fn remove_progress(&self, state: &mut OutputState, clear: ClearOutput) {
        let Some(display_id) = state.progress.take() else {
            return;
        };
        if state.has_output {
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

    fn state(&self) -> MutexGuard<'_, OutputState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for CellOutput<'_> {
    fn display(&self, bundle: Bundle) {
        self.clear_progress();
        let content = json!({"data": reply::data(&bundle), "metadata": {}, "transient": {}});
        self.iopub.publish(self.parent, "display_data", &content);
    }

    fn progress(&self, progress: &Progress) {
        // Many threads report progress. If another one is drawing, this report is dropped.
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let now = Instant::now();
        if now < state.next_update {
            return;
        }
        state.next_update = now + UPDATE_INTERVAL;
        let bundle = bar(progress);
        match &state.progress {
            Some(display_id) => self.draw("update_display_data", display_id, &bundle),
            None => {
                let display_id = Uuid::new_v4().to_string();
                self.draw("display_data", &display_id, &bundle);
                state.progress = Some(display_id);
            }
        }
    }
}

/// Shows nothing, for silent cells and user expressions.
pub(super) struct NoOutput;

impl Output for NoOutput {
    fn display(&self, _: Bundle) {}
    fn progress(&self, _: &Progress) {}
}

/// Progress as a bar.
pub fn bar(progress: &Progress) -> Bundle {
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
    // Without a value the browser draws an indeterminate progress bar.
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
