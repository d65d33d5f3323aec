//! How a source is opened: labels, folder, limits. `target` opens it.

use std::path::Path;

use super::gzip::UnpackLimit;
use crate::profile::Labels;

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
}
