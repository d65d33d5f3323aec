//! The language in JupyterLab: a prebuilt extension, installed with the kernelspec.
//!
//! Its sources are in `kernelspec/lab/`. The files in `kernelspec/labextension/` are
//! built from them and installed unchanged, so that users need neither Node.js nor a
//! build of JupyterLab. JupyterLab finds the extension in the folders where it looks
//! for kernels.
//! <https://jupyterlab.readthedocs.io/en/stable/extension/extension_dev.html>

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::kernel::replace::replace;

/// The file with this path below `kernelspec/labextension/`.
macro_rules! built {
    ($path:literal) => {
        ($path, include_bytes!(concat!("../../kernelspec/labextension/", $path)))
    };
}

/// The installed files, by their paths below the extension's folder. JupyterLab ignores
/// the folder until the last one is there.
const FILES: [(&str, &[u8]); 7] = [
    built!("schemas/flamebook/package.json.orig"),
    built!("schemas/flamebook/plugin.json"),
    built!("static/flamebook.js"),
    built!("static/remoteEntry.941ebeee8902f09a.js"),
    built!("static/style.js"),
    built!("static/third-party-licenses.json"),
    built!("package.json"),
];

/// Writes the extension below `share/jupyter`. An older one is replaced.
///
/// Errors contain the path.
pub(super) fn install(jupyter: &Path) -> Result<()> {
    let folder = folder(jupyter);
    for (path, content) in FILES {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        replace(&path, content)?;
    }
    remove_older(&folder.join("static"))
}

/// Removes the extension, if there is one.
///
/// Errors contain the path.
pub(super) fn uninstall(jupyter: &Path) -> Result<()> {
    let folder = folder(jupyter);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn folder(jupyter: &Path) -> PathBuf {
    jupyter.join("labextensions/flamebook")
}

/// Removes the entry files of older versions: each version has another file name.
fn remove_older(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map_while(Result::ok);
    let is_ours = |path: &Path| FILES.iter().any(|(file, _)| path.ends_with(file));
    for path in entries.map(|entry| entry.path()).filter(|path| !is_ours(path)) {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files below a folder, by their paths from there.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.strip_prefix(folder).expect("below").to_owned()),
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn all_that_was_built_is_installed_and_nothing_else_stays() {
        let jupyter = tempfile::tempdir().expect("a scratch folder");
        let older = folder(jupyter.path()).join("static/remoteEntry.941ebeee8902f09a.js");
        fs::create_dir_all(older.parent().expect("a folder")).expect("a folder");
        fs::write(&older, "older").expect("a file");
        install(jupyter.path()).expect("an installation");
        install(jupyter.path()).expect("and again");
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernelspec/labextension");
        assert_eq!(files(&folder(jupyter.path())), files(&built));
        uninstall(jupyter.path()).expect("no error");
        uninstall(jupyter.path()).expect("no error where there is none");
        assert!(!folder(jupyter.path()).exists());
    }

    #[test]
    fn its_entry_is_the_one_it_names() {
        let (_, package) = FILES[FILES.len() - 1];
        let package: serde_json::Value = serde_json::from_slice(package).expect("JSON");
        let entry = package["jupyterlab"]["_build"]["load"].as_str().expect("a path");
        assert!(FILES.iter().any(|(path, _)| *path == entry), "{entry}");
    }
}
