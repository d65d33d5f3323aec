//! The in-memory model of profiles.
//!
//! Strings, functions, frames and stacks are interned once per source in [`Symbols`]. A
//! stack is a node of a prefix tree with parents before children. So a sample is `(stack,
//! tags, value)`, merging is a scatter-add into a dense array, and totals are one reverse
//! pass. No sample holds a string.
//!
//! It depends only on `quantity`. Read in this order:

pub mod chance;
pub mod diff;
pub mod frame;
pub mod gamma;
pub mod growth;
pub mod kind;
pub mod label;
pub mod label_value;
pub mod made_up;
pub mod noise;
pub mod quantum;
pub mod replicates;
pub mod sample;
pub mod stack;
pub mod symbols;
pub mod tree;

pub use diff::{Change, Diff};
pub use frame::{Frame, FrameKind, Function};
pub use kind::{ProfileType, Temporality};
pub use label::{AmountOp, LabelMatcher, Labels, MatchOp};
pub use label_value::{LabelNumber, LabelValue};
pub use noise::{Noise, Verdict};
pub use quantum::Quantum;
pub use replicates::Replicates;
pub use sample::{Column, Samples, Snapshot};
pub use stack::{StackId, Stacks};
pub use symbols::Symbols;
pub use tree::Tree;
