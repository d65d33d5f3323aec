//! What the name of a binary or of a source file tells about the code in it, and what
//! code without a name is called.

use std::borrow::Cow;

use crate::profile::FrameKind;

/// A path without its folders.
pub(super) fn base_name(path: Cow<'_, str>) -> Cow<'_, str> {
    match path.rfind(['/', '\\']) {
        // `[kernel.kallsyms]_stext` and the like have no folders, whatever is in the brackets.
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

/// By the suffix of the source file, for languages that are hardly ever compiled ahead of time.
pub(super) fn source_kind(file: &str) -> FrameKind {
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    match suffix {
        "py" | "pyx" | "rb" | "php" | "js" | "mjs" | "cjs" | "ts" | "lua" | "pl" | "pm" | "R" => {
            FrameKind::Interpreted
        }
        _ => FrameKind::Native,
    }
}

/// What a function is called that is known by the address of its code alone:
/// `libc.so.6+0x1f3c0`. Where not even that is known, pprof's word for it.
pub(super) fn name_of_address(module: &str, address: u64) -> String {
    match module {
        "" if address == 0 => "<unknown>".to_owned(),
        "" => format!("0x{address:x}"),
        module => format!("{module}+0x{address:x}"),
    }
}
