//! The call frames of V8: a function, its file, and the line where it starts.
//!
//! `cpuprofile` and other recordings of V8 have them in a tree, each tree in its own way.

use serde::Deserialize;

use super::batch::Batch;
use crate::profile::frame::FrameId;
use crate::profile::{Frame, FrameKind, Function};

/// A function, as V8 writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallFrame {
    function_name: String,
    #[serde(default)]
    url: String,
    /// From 0; -1 where there is no code.
    #[serde(default)]
    line_number: i64,
}

impl CallFrame {
    pub(super) fn name(&self) -> &str {
        &self.function_name
    }

    /// The root of a tree is in no stack.
    pub(super) fn is_root(&self) -> bool {
        self.function_name == "(root)"
    }

    pub(super) fn frame(&self, batch: &mut Batch) -> FrameId {
        let name = match &*self.function_name {
            "" => "(anonymous)",
            name => name,
        };
        let (name, file) = (batch.string(name), batch.string(&self.url));
        let start_line = u32::try_from(self.line_number.saturating_add(1)).unwrap_or(0);
        let function = batch.function(Function { name, file, start_line, ..Function::default() });
        let kind = if self.url.is_empty() { FrameKind::Native } else { FrameKind::Interpreted };
        batch.frame(Frame { function, kind, ..Frame::default() })
    }
}
