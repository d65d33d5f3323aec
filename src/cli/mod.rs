//! The commands of the binary, one file each, and what they share.
//!
//! `lab` opens JupyterLab in an `environment` of its own; `run` executes a
//! `notebook`, with `parameters`, into a notebook or a `page`; `doctor` looks at
//! what is installed and asks the kernel a question; `import`, `compact` and `export`
//! look after a store. Each has a clap `Args` and a
//! function of the same name that returns the exit code. Nothing here knows what
//! a query means.

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
mod notebook;
mod page;
mod parameters;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod stdout;
