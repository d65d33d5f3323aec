//! The interactive viewer.

mod columns;
mod head;
mod names;
pub(crate) mod payload;
pub(crate) mod scene;
