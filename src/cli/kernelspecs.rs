//! Finds the kernelspecs of this kernel in Jupyter's folders.
//!
//! Jupyter looks for `kernels/NAME/kernel.json` in a list of folders:
//! <https://docs.jupyter.org/en/stable/use/jupyter-directories.html>. Changes nothing.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One `kernel.json` of this kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kernelspec {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// The program that it starts; none if `argv` is empty.
    pub(crate) program: Option<PathBuf>,
}

/// The fields of a `kernel.json` that are used here.
#[derive(Deserialize)]
struct Spec {
    argv: Vec<String>,
    #[serde(default)]
    language: String,
}

/// Jupyter's data folders, in the order of precedence.
pub(crate) fn data_folders() -> Vec<PathBuf> {
    let below = |name: &str, rest: &str| {
        env::var_os(name).filter(|value| !value.is_empty()).map(|p| PathBuf::from(p).join(rest))
    };
    let mut folders: Vec<PathBuf> =
        env::var_os("JUPYTER_PATH").iter().flat_map(env::split_paths).collect();
    folders.extend(own_environment().map(|prefix| prefix.join("share/jupyter")));
    folders.extend(below("VIRTUAL_ENV", "share/jupyter"));
    folders.extend(below("CONDA_PREFIX", "share/jupyter"));
    let user = match cfg!(target_os = "macos") {
        true => below("HOME", "Library/Jupyter"),
        false => below("XDG_DATA_HOME", "jupyter").or(below("HOME", ".local/share/jupyter")),
    };
    folders.extend(below("JUPYTER_DATA_DIR", "").or(user));
    folders.extend(["/usr/local/share/jupyter", "/usr/share/jupyter"].map(PathBuf::from));
    let mut known = BTreeSet::new();
    folders.retain(|folder| known.insert(folder.clone()));
    folders
}

/// The environment that this program was installed into, which need not be active.
fn own_environment() -> Option<PathBuf> {
    let prefix = env::current_exe().ok()?.parent()?.parent()?.to_owned();
    let is_environment = prefix.join("pyvenv.cfg").is_file() || prefix.join("conda-meta").is_dir();
    is_environment.then_some(prefix)
}

/// The kernelspecs of this kernel below `folders`, in their order, then by name.
pub(crate) fn find(folders: &[PathBuf]) -> Vec<Kernelspec> {
    folders.iter().flat_map(|folder| find_in(&folder.join("kernels"))).collect()
}

/// The kernelspecs in one folder; none if it does not exist.
fn find_in(kernels: &Path) -> Vec<Kernelspec> {
    let entries = fs::read_dir(kernels).into_iter().flatten().filter_map(Result::ok);
    let mut specs: Vec<_> = entries.filter_map(|entry| read(&entry.path())).collect();
    specs.sort_by(|a, b| a.name.cmp(&b.name));
    specs
}

/// None for a folder that is not a kernelspec of this kernel.
fn read(folder: &Path) -> Option<Kernelspec> {
    let text = fs::read_to_string(folder.join("kernel.json")).ok()?;
    let spec: Spec = serde_json::from_str(&text).ok()?;
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let program = spec.argv.first().map(|program| started(program, folder));
    (spec.language == "flamebook").then(|| Kernelspec { name, folder: folder.to_owned(), program })
}

/// The program that Jupyter starts: that of a wheel is named from the folder of its kernelspec.
fn started(program: &str, folder: &Path) -> PathBuf {
    match program.strip_prefix("{resource_dir}/") {
        Some(below) => {
            let path = folder.join(below);
            fs::canonicalize(&path).unwrap_or(path)
        }
        None => PathBuf::from(program),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kernelspecs_of_this_kernel_are_found() {
        let jupyter = tempfile::tempdir().expect("a scratch folder");
        for (name, text) in [
            ("b", r#"{"argv": ["/bin/flamebook", "kernel"], "language": "flamebook"}"#),
            ("a", r#"{"argv": [], "language": "flamebook"}"#),
            ("python3", r#"{"argv": ["python"], "language": "python"}"#),
            ("broken", "{"),
        ] {
            let folder = jupyter.path().join("kernels").join(name);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("kernel.json"), text).expect("a file");
        }
        let specs = find(&[jupyter.path().join("nowhere"), jupyter.path().to_owned()]);
        let found: Vec<_> = specs.iter().map(|s| (s.name.as_str(), s.program.clone())).collect();
        assert_eq!(found, [("a", None), ("b", Some(PathBuf::from("/bin/flamebook")))]);
    }

    #[test]
    fn the_program_of_a_wheel_is_found_from_its_kernelspec() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let folder = prefix.path().join("share/jupyter/kernels/flamebook");
        fs::create_dir_all(&folder).expect("a folder");
        fs::create_dir(prefix.path().join("bin")).expect("a folder");
        let program = prefix.path().join("bin/flamebook");
        fs::write(&program, "").expect("a file");
        let found = started("{resource_dir}/../../../../bin/flamebook", &folder);
        assert_eq!(found, fs::canonicalize(program).expect("a path"));
        assert_eq!(started("flamebook", &folder), PathBuf::from("flamebook"));
    }
}
