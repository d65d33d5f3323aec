//! Writes a file in one step: a reader sees the old content or the new one, never a part.
//!
//! The content goes into a file of a name that nobody else uses, beside the right one, and
//! is then renamed. So two writers at once leave the file of one of them, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Replaces a file, or writes a new one. A link stays a link, and a device or a pipe is
/// written to.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // A link is followed, so that what it leads to is replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&place).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return OpenOptions::new().write(true).open(&place)?.write_all(content);
    }
    let (beside, mut file) = temporary(&place)?;
    let written = file.write_all(content).and_then(|()| match &old {
        Some(old) => file.set_permissions(old.permissions()),
        None => Ok(()),
    });
    let written = written.and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes a file that does not exist; fails with `AlreadyExists` if it does.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    File::create_new(path)?;
    replace(path, content).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

/// A new, empty file beside `path`. Its name is short, because `path` may have the longest
/// name that there is.
fn temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".flamebook-{}-{number}.tmp", std::process::id());
        let beside = path.with_file_name(name);
        match File::create_new(&beside) {
            Ok(file) => return Ok((beside, file)),
            // Left behind by a process that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder").flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn writers_at_once_leave_one_whole_file_and_touch_no_other() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("o.ipynb");
        fs::write(folder.path().join("o.partial"), "somebody's").expect("a file");
        std::thread::scope(|scope| {
            for letter in [b'a', b'b', b'c', b'd'] {
                let path = &path;
                scope.spawn(move || {
                    (0..50).for_each(|_| replace(path, &vec![letter; 100_000]).expect("a file"))
                });
            }
        });
        let content = fs::read(&path).expect("the file");
        assert_eq!(content.len(), 100_000);
        assert!(content.iter().all(|letter| *letter == content[0]));
        assert_eq!(names(folder.path()), ["o.ipynb", "o.partial"]);
        assert_eq!(fs::read(folder.path().join("o.partial")).expect("a file"), b"somebody's");
    }

    #[test]
    fn only_a_file_that_is_not_there_is_created() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join(format!("{}.csv", "x".repeat(250)));
        create(&path, b"first").expect("a file");
        let error = create(&path, b"second").expect_err("it is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("the file"), b"first");
        assert_eq!(names(folder.path()).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_the_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").expect("a file");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("permissions");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        replace(&link, b"new").expect("a file");
        assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
        assert_eq!(fs::read(&target).expect("the target"), b"new");
        let mode = fs::metadata(&target).expect("the target").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
