//! Flamebook: a Jupyter kernel for continuous profiling.
//!
//! A cell holds a query over labelled profiles in time: a PromQL selector says
//! which, pipes shape, a view verb draws. This page is the map; each module's
//! header says what it is, what it is not, and where to read next.
//!
//! # The walk of a query
//! 1. `kernel::shell` takes an `execute_request`, checks its signature, publishes
//!    `busy` and `execute_input`, and sends the code to the evaluation thread.
//! 2. [`notebook`] hands it to `eval::session`. [`lang::parse`] makes tokens and
//!    then statements, each alone; `lang::check` types each pipe by asking the
//!    verb registry, [`lang::verbs`]. An error ends here, before anything runs.
//! 3. [`eval`] runs the statements: `eval::select` asks a [`source`] for series
//!    and window; `eval::stage` applies verb after verb; `eval::merge` adds up.
//! 4. [`view`] draws the value into a MIME bundle, opened by one header that says
//!    type, window, counts and merge rule.
//! 5. `kernel::iopub` sends it, then `idle`.
//!
//! # Where to find
//! - a verb: its words in [`lang::verbs`], its doing in [`eval::stage`]
//! - an error message: its slug, by search; how it is drawn: [`diag::render`]
//! - a file format: [`source::format`] and a module beside it to read, [`view::export`] to save
//! - the store, a Parquet block, `import`: [`source::store`]
//! - a graph's page: `view::viewer`, its JavaScript beside it
//! - what Tab and Shift-Tab say: [`assist`]
//! - what a number means: [`eval::merge`], [`eval::sums`], [`eval::functions`],
//!   [`eval::cumulative`]; how
//!   sure it is: [`eval::noise`]
//!
//! # Invariants, held by `tests/tidy.rs`
//! - `quantity` and `work` depend on nothing, `profile` on `quantity`, `diag` on nothing.
//! - [`lang`] never sees data; it meets stacks only through `lang::pattern::FrameView`.
//! - [`source`] alone knows prost; [`view`] alone knows inferno, plotters and HTML;
//!   [`kernel`] alone knows zeromq and jupyter-protocol; [`share`] alone knows ureq.
//! - `eval` is synchronous and cancellable; a panic in a query becomes an error reply.
//! - Parsing and rendering do not fail. Only `source`, `view::export` and `share`
//!   touch the outside world.

pub mod quantity;
pub mod work;

pub mod diag;
pub mod lang;

pub mod eval;
pub mod profile;
pub mod source;

pub mod assist;
pub mod kernel;
pub mod notebook;
pub mod share;
pub mod view;
