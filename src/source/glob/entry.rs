//! The entries of a folder that a pattern needs.
//!
//! The listing of a folder says what each name is. Only links, and names without wildcards,
//! are looked up one by one, which is slower than matching.

use std::fs::DirEntry;

use super::Folder;

/// A file or a folder that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Or a link to one.
    pub(super) is_folder: bool,
    pub(super) is_link: bool,
}

impl Entry {
    /// None for a broken link, and for a name that is not UTF-8.
    pub(super) fn listed(entry: &DirEntry) -> Option<Entry> {
        let name = entry.file_name().into_string().ok()?;
        let kind = entry.file_type().ok()?;
        let is_link = kind.is_symlink();
        let is_folder = match is_link {
            true => entry.path().metadata().ok()?.is_dir(),
            false => kind.is_dir(),
        };
        Some(Entry { name, is_folder, is_link })
    }

    /// The entry with this name in a folder, if it exists.
    pub(super) fn at(folder: Folder<'_>, name: &str) -> Option<Entry> {
        let path = folder.path.join(name);
        let is_folder = path.metadata().ok()?.is_dir();
        Some(Entry { name: name.to_owned(), is_folder, is_link: path.is_symlink() })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_what_they_lead_to() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path();
        fs::create_dir(path.join("folder")).expect("a folder");
        fs::write(path.join("file"), "").expect("a file");
        for (to, link) in [("folder", "to-folder"), ("file", "to-file"), ("gone", "to-nothing")] {
            symlink(path.join(to), path.join(link)).expect("a link");
        }
        let listed = fs::read_dir(path).expect("a listing").flatten();
        let mut listed: Vec<_> = listed.filter_map(|entry| Entry::listed(&entry)).collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        let expected = [
            ("file", false, false),
            ("folder", true, false),
            ("to-file", false, true),
            ("to-folder", true, true),
        ];
        let expected = expected.map(|(name, is_folder, is_link)| Entry {
            name: name.to_owned(),
            is_folder,
            is_link,
        });
        assert_eq!(listed, expected);
        let at = |name| Entry::at(Folder { path, shown: "" }, name);
        assert_eq!(expected.each_ref().map(|entry| at(&entry.name)), expected.clone().map(Some));
        assert_eq!(at("to-nothing"), None);
    }
}
