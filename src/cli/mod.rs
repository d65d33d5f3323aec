//! The commands of the binary, one file each, and what they share.
//!
//! Files without a command go to `open`, which shows them in the browser. `lab` opens JupyterLab
//! in its own `environment`. `run` executes a `notebook_file` with `parameters` and writes a
//! notebook, a `page`, and reports for CI. `eval` runs queries. `doctor` checks the installation.
//! `session` serves another program, such as the Python package, `mcp` an agent. `import`,
//! `compact`, `export` and `repair` work on a store, `push` fills a server. `scrape` fills a store
//! from programs, with `metrics` of its own. Each command has a
//! clap `Args` and a function that returns the exit code.

pub(crate) mod compact;
pub(crate) mod doctor;
pub(crate) mod environment;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod install;
pub(crate) mod interrupt;
mod kernelspecs;
pub(crate) mod lab;
mod layout;
pub(crate) mod mcp;
mod metrics;
mod notebook_file;
pub(crate) mod open;
mod page;
mod parameters;
mod pull;
pub(crate) mod push;
pub(crate) mod repair;
pub(crate) mod run;
pub(crate) mod scrape;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod stdout;
mod store_error;
