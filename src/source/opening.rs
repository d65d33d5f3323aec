//! How a source is opened: labels, folder, limits. `target` opens it.

use std::path::Path;
use std::sync::Arc;

use super::gzip::UnpackLimit;
use super::pyroscope::Credentials;
use crate::profile::Labels;

/// How servers are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    pub credentials: Credentials,
    /// The folder where answers are kept; none keeps them in memory alone.
    pub cache: Option<Arc<str>>,
}

impl ServerOptions {
    /// Credentials of the environment, and answers in memory alone.
    pub const USUAL: ServerOptions =
        ServerOptions { credentials: Credentials::OF_ENVIRONMENT, cache: None };
}

/// How a source is opened.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Given to every profile.
    pub labels: &'a Labels,
    /// Where relative patterns start.
    pub base_dir: &'a Path,
    pub unpack: UnpackLimit,
    /// What `-` stands for, where there is a standard input.
    pub stdin: Option<&'a [u8]>,
    /// How servers are asked.
    pub servers: &'a ServerOptions,
}
