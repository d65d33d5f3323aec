//! A setting where it stands in a cell, and what is said about a wrong value.

use crate::diag::{Diagnostic, Place};
use crate::lang::settings::SettingSpec;

/// A setting, and where it stands.
pub(super) type Target<'a> = (&'a SettingSpec, Place);

pub(super) fn bad_value((setting, place): Target<'_>, wanted: &str) -> Diagnostic {
    Diagnostic::error("setting-value", format!("`set {}` takes {wanted}", setting.name))
        .at(place, "")
}

/// Whether it can be an address; what uses it parses it.
pub(super) fn is_web_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
