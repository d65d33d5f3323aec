//! Flamebook: a Jupyter kernel for continuous profiling.
//!
//! A cell holds a query over labelled profiles in time: a PromQL selector says
//! which, pipes shape, a view verb draws. This page is the map; the header of each
//! module says what it is, what it is not, and where to read next.
//!
//! # The walk of a query
//! 1. `kernel::shell` takes an `execute_request`, checks its signature, publishes
//!    `busy` and `execute_input`, and sends the code to the evaluation thread.
//! 2. [`notebook`] hands it to [`eval::session`]. [`lang::parse`] makes tokens and
//!    then statements, each alone; [`lang::check`](lang::check()) makes a [`lang::plan`],
//!    by asking the registry of verbs. An error ends here, before anything runs.
//! 3. [`eval`] runs the plan: [`eval::selection`] asks a [`source`] for profiles, and for
//!    no more of them than the plan asks; [`eval::query`] applies verb after verb;
//!    [`eval::merge`] adds up.
//! 4. [`view`] draws the value into a MIME bundle, opened by one header that says
//!    type, window, counts and merge rule.
//! 5. `kernel::iopub` sends it, then `idle`.
//!
//! # Where to find
//! - a verb, such as `sandwich`: its words in [`lang::verbs`], its one line in
//!   [`eval::query::apply`], its work in [`eval::query::stage`], its picture in `view::stacks`
//! - a new verb: an entry and a word in a file of [`lang::verbs`], an arm in
//!   [`eval::query::apply`], a file in [`eval::query::stage`]
//! - an error message, such as that of an unknown label: [`eval::selection::names`]; others by
//!   their slug, by search; how one is drawn: [`diag::render`]; its long text: [`lang::slugs`]
//! - a file format: a row of [`source::format`] and a folder beside it, which is also where
//!   a new one goes; [`view::export`] saves
//! - the store, a Parquet block, `import`: [`source::store`]
//! - `flamebook scrape`, one look at a program: [`source::scrape`]
//! - `significant`, intervals, `explain`, trends, change points, `bisect`: [`eval::inference`]
//! - a server of Grafana Pyroscope: [`source::pyroscope`], with the client of [`http`]
//! - what a number means: [`eval::merge`]; self and total: [`eval::stacks::functions`];
//!   deltas of cumulative snapshots: [`eval::selection::cumulative`]
//! - the page of a graph: `view::viewer`, with its JavaScript and CSS in the same folder
//! - what Tab and Shift-Tab say: [`assist`]
//! - the command line: `src/cli`, one file for each command; what the Python package in
//!   `python` asks of a session: `src/cli/session`; an agent: `src/cli/mcp`; values for `$name`: [`lang::parameters`]
//! - what front ends install, JupyterLab's extension, grammars: the folder `kernelspec`
//!
//! # Invariants, held by `tests/tidy.rs`
//! - `quantity`, `work` and `diag` depend on nothing, `profile` on `quantity` and `work`.
//! - The rooms of [`eval`] and of [`view`] use each other in one direction, and no two
//!   files anywhere use each other.
//! - [`lang`] never sees data; it meets stacks only through `lang::pattern::FrameView`.
//! - [`source`] alone knows prost; [`view`] alone knows inferno, plotters and HTML;
//!   [`kernel`] alone knows ZMTP and jupyter-protocol; [`http`] and [`share`] alone know
//!   ureq.
//! - `eval` is synchronous and cancellable; a panic in a query becomes an error reply.
//! - Parsing does not fail, and rendering only after an interrupt. Only `source`, `http`, `view::export` and `share`
//!   touch the outside world.

pub mod quantity;
pub mod work;

pub mod diag;
pub mod lang;

pub mod eval;
pub mod http;
pub mod profile;
pub mod source;

pub mod assist;
pub mod kernel;
pub mod notebook;
pub mod share;
pub mod view;
