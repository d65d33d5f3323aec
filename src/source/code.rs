//! The kind of code, by the name of its binary or source file or by the mark of a producer,
//! and a name for code that has none.

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

/// A name for code without a symbol: its binary, `[libc.so.6]`, as pprof and perf have it.
/// The address is in the frame, for `granularity address`.
pub(super) fn name_without_symbol(module: &str) -> String {
    match module {
        "" => "[unknown]".to_owned(),
        // `[kernel.kallsyms]` and `[vdso]` have brackets of their own.
        module if module.starts_with('[') => module.to_owned(),
        module => format!("[{module}]"),
    }
}

/// A name without the mark that its producer added: who runs the code, and whether it is
/// inlined. None for a name without a mark.
///
/// async-profiler and the collapse scripts write `_[k]` behind code of the kernel, `_[j]`
/// behind compiled and `_[i]` behind inlined code; async-profiler `_[0]` and `_[1]` behind
/// interpreted and quickly compiled code, `offwaketime` `_[w]` behind that of a waker.
pub(super) fn unmarked(name: &str) -> Option<(&str, FrameKind, bool)> {
    const MARKS: [(&str, FrameKind, bool); 7] = [
        ("_[0]", FrameKind::Interpreted, false),
        ("_[1]", FrameKind::Jit, false),
        ("_[i]", FrameKind::Native, true),
        ("_[j]", FrameKind::Jit, false),
        ("_[k]", FrameKind::Kernel, false),
        ("_[w]", FrameKind::Native, false),
        (" (inlined)", FrameKind::Native, true),
    ];
    MARKS.into_iter().find_map(|(mark, kind, is_inlined)| {
        let name = name.strip_suffix(mark).filter(|name| !name.is_empty())?;
        Some((name, kind, is_inlined))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_without_a_symbol_is_called_by_its_binary() {
        for (module, name) in [
            ("libc.so.6", "[libc.so.6]"),
            ("[kernel.kallsyms]", "[kernel.kallsyms]"),
            ("", "[unknown]"),
        ] {
            assert_eq!(name_without_symbol(module), name);
        }
    }

    #[test]
    fn marks_are_no_part_of_a_name() {
        for (written, found) in [
            ("work_[0]", Some(("work", FrameKind::Interpreted, false))),
            ("work_[1]", Some(("work", FrameKind::Jit, false))),
            ("work_[j]", Some(("work", FrameKind::Jit, false))),
            ("work_[i]", Some(("work", FrameKind::Native, true))),
            ("work (inlined)", Some(("work", FrameKind::Native, true))),
            ("read_[k]", Some(("read", FrameKind::Kernel, false))),
            ("wake_[w]", Some(("wake", FrameKind::Native, false))),
            ("a[0]", None),
            ("_[k]", None),
            ("work_[x]", None),
        ] {
            assert_eq!(unmarked(written), found, "{written}");
        }
    }
}
