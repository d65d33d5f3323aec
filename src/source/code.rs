//! The kind of code, by the name of its binary or source file, and a name for code that
//! has none.

use std::borrow::Cow;

use crate::profile::FrameKind;

/// A path without its folders.
pub(super) fn base_name(path: Cow<'_, str>) -> Cow<'_, str> {
    match path.rfind(['/', '\\']) {
        // `[kernel.kallsyms]_stext` has no folders, even if the brackets contain a slash.
        Some(slash) if !path.starts_with('[') => Cow::Owned(path[slash + 1..].to_owned()),
        Some(_) | None => path,
    }
}

/// By the path of a binary or library.
pub(super) fn module_kind(path: &str) -> FrameKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with("[kernel.")
        || path.starts_with("[guest.kernel.")
        || name.starts_with("vmlinux")
    {
        FrameKind::Kernel
    } else if path.starts_with("[jit]")
        || name.starts_with("jitted-")
        || name.starts_with("perf-") && name.ends_with(".map")
    {
        FrameKind::Jit
    } else {
        FrameKind::Native
    }
}

/// By the suffix of the source file, for languages that are rarely compiled ahead of time.
pub(super) fn source_kind(file: &str) -> FrameKind {
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    match suffix {
        "py" | "pyx" | "rb" | "php" | "js" | "mjs" | "cjs" | "ts" | "lua" | "pl" | "pm" | "R" => {
            FrameKind::Interpreted
        }
        _ => FrameKind::Native,
    }
}

/// A name for a function that is known only by the address of its code:
/// `libc.so.6+0x1f3c0`. Without an address it is pprof's name for unknown code.
pub(super) fn name_of_address(module: &str, address: u64) -> String {
    match module {
        "" if address == 0 => "<unknown>".to_owned(),
        "" => format!("0x{address:x}"),
        module => format!("{module}+0x{address:x}"),
    }
}
