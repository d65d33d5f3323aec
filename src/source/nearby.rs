//! Completion of a half-typed path: folders, profiles, and a glob for all profiles of a folder.
//!
//! The suffixes in the table of `format` say which files may be profiles. Nothing is
//! opened here.

use std::path::Path;
use std::time::Instant;

use super::format::FORMATS;

/// Nobody reads a longer list.
const MOST: usize = 50;

/// Folders and profiles that start with what is typed. Where only a folder is typed,
/// `*` with each suffix comes first. Looks into one folder, and no longer than the deadline.
pub fn nearby(typed: &str, base_dir: &Path, deadline: Instant) -> Vec<String> {
    if typed.contains("://") || typed.contains(['*', '{']) {
        return Vec::new();
    }
    let (folder, start) = typed.split_at(typed.rfind('/').map_or(0, |slash| slash + 1));
    let Ok(entries) = std::fs::read_dir(base_dir.join(folder)) else { return Vec::new() };
    let (mut found, mut suffixes) = (Vec::new(), Vec::new());
    for entry in entries.flatten().take_while(|_| Instant::now() < deadline) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_folder = entry.path().is_dir();
        let suffix = suffix_of_profile(&name);
        if name.starts_with('.') || !(is_folder || suffix.is_some()) {
            continue;
        }
        suffixes.extend(suffix.filter(|_| !is_folder).map(str::to_owned));
        if name.starts_with(start) {
            found.push(format!("{folder}{name}{}", if is_folder { "/" } else { "" }));
        }
    }
    suffixes.sort_unstable();
    suffixes.dedup();
    found.sort();
    // One glob says more than the first of many files.
    let globs = suffixes.iter().map(|suffix| format!("{folder}*{suffix}"));
    let globs: Vec<String> = globs.filter(|_| start.is_empty()).collect();
    found.splice(..0, globs);
    found.truncate(MOST);
    found
}

/// What the name of a profile ends with, from the dot on: `.pb.gz`.
fn suffix_of_profile(name: &str) -> Option<&str> {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let suffixes = FORMATS.iter().flat_map(|format| format.suffixes);
    let starts = suffixes.filter_map(|suffix| plain.strip_suffix(suffix)?.strip_suffix('.'));
    // The longest suffix leaves the shortest stem: `.speedscope.json`.
    starts.map(str::len).min().map(|start| &name[start..])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn folders_profiles_and_a_glob_are_found() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let below = folder.path().join("profiles");
        std::fs::create_dir(&below).expect("a folder");
        for name in ["b.pb.gz", "a.pb.gz", "notes.txt", ".hidden.pb.gz"] {
            std::fs::write(below.join(name), "").expect("a file");
        }
        let found = |typed| nearby(typed, folder.path(), Instant::now() + Duration::from_secs(60));
        assert_eq!(found("pro"), ["profiles/"]);
        assert_eq!(
            found("profiles/"),
            ["profiles/*.pb.gz", "profiles/a.pb.gz", "profiles/b.pb.gz"]
        );
        assert_eq!(found("profiles/b"), ["profiles/b.pb.gz"]);
        assert_eq!(found("nowhere/"), [""; 0]);
        assert_eq!(found("http://host"), [""; 0]);
    }
}
