//! Registers the kernel with Jupyter: a folder with `kernel.json` and logos.
//!
//! `labextension` adds the language to JupyterLab. The files are those of `kernelspec/`
//! in the repository. A Python wheel ships them unchanged; an installation writes the
//! absolute path of the executable into `kernel.json`.
//! <https://jupyter-client.readthedocs.io/en/latest/kernels.html#kernel-specs>

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::kernel::replace::replace;
use crate::kernel::{labextension, pygments};

const KERNEL_JSON: &str = include_str!("../../kernelspec/kernel.json");

const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-32x32.png", include_bytes!("../../kernelspec/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("../../kernelspec/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("../../kernelspec/logo-svg.svg")),
];

/// Which Jupyter installations find the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallPlace {
    /// Every Jupyter of this user.
    User,
    /// The one of the active virtual or conda environment.
    SysPrefix,
    /// The one of the Python installation with this root.
    Prefix(PathBuf),
}

/// Writes the kernelspec `name` and the JupyterLab extension. Returns the folder of the
/// kernelspec. `executable` becomes the first word of its command. An older kernelspec
/// with the same name is replaced.
///
/// Errors contain the path, or say why there is none.
pub fn install(
    name: &str,
    display_name: &str,
    place: &InstallPlace,
    executable: &Path,
) -> Result<PathBuf> {
    let folder = place.kernelspec(name)?;
    let has_lexer = place.prefix().is_some_and(|prefix| pygments::has_our_lexer(&prefix));
    let kernel_json =
        kernel_json(display_name, executable, has_lexer.then_some(pygments::OUR_LEXER))?;
    labextension::install(&place.jupyter_folder()?)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (file, content) in LOGOS {
        replace(&folder.join(file), content)?;
    }
    // Last: Jupyter ignores a folder without this file, so it never sees half a kernelspec.
    replace(&folder.join("kernel.json"), kernel_json.as_bytes())?;
    Ok(folder)
}

/// Removes the kernelspec `name` and returns its folder, or `None` if there was none.
///
/// Fails for a kernelspec of another language. Errors contain the path.
pub fn uninstall(name: &str, place: &InstallPlace) -> Result<Option<PathBuf>> {
    let folder = place.kernelspec(name)?;
    let path = folder.join("kernel.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    if !is_ours(&text) {
        bail!("{} belongs to another kernel and was not removed", path.display());
    }
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    let jupyter = place.jupyter_folder()?;
    if !has_kernel_of_ours(&jupyter.join("kernels")) {
        labextension::uninstall(&jupyter)?;
    }
    Ok(Some(folder))
}

/// Whether a `kernel.json` is for this language.
fn is_ours(text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|spec: Value| spec["language"] == "flamebook")
}

/// Whether a folder of kernelspecs contains this kernel, under any name.
fn has_kernel_of_ours(kernels: &Path) -> bool {
    let Ok(entries) = fs::read_dir(kernels) else { return false };
    entries
        .map_while(Result::ok)
        .filter_map(|entry| fs::read_to_string(entry.path().join("kernel.json")).ok())
        .any(|text| is_ours(&text))
}

impl InstallPlace {
    /// The folder of the kernelspec `name`, whether it exists or not.
    ///
    /// Fails for a name that Jupyter does not accept, and if no environment variable
    /// says where the folder is.
    pub fn kernelspec(&self, name: &str) -> Result<PathBuf> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_allowed) {
            bail!("\"{name}\" cannot name a kernel: use letters, digits and . _ -");
        }
        Ok(self.jupyter_folder()?.join("kernels").join(name.to_ascii_lowercase()))
    }

    /// The folder `share/jupyter` of this place.
    fn jupyter_folder(&self) -> Result<PathBuf> {
        match self {
            InstallPlace::User => user_folder(),
            InstallPlace::SysPrefix => Ok(active_prefix()?.join("share/jupyter")),
            InstallPlace::Prefix(prefix) => Ok(prefix.join("share/jupyter")),
        }
    }

    /// The root of the only Python whose Jupyter finds the kernel here.
    fn prefix(&self) -> Option<PathBuf> {
        match self {
            InstallPlace::User => None,
            InstallPlace::SysPrefix => active_prefix().ok(),
            InstallPlace::Prefix(prefix) => Some(prefix.clone()),
        }
    }
}

/// The folder that `jupyter --data-dir` prints.
fn user_folder() -> Result<PathBuf> {
    if let Some(folder) = variable("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    let home = || variable("HOME").context("cannot find the home folder: HOME is not set");
    if cfg!(windows) {
        let roaming = variable("APPDATA").context("APPDATA is not set")?;
        Ok(roaming.join("jupyter"))
    } else if cfg!(target_os = "macos") {
        Ok(home()?.join("Library/Jupyter"))
    } else if let Some(folder) = variable("XDG_DATA_HOME") {
        Ok(folder.join("jupyter"))
    } else {
        Ok(home()?.join(".local/share/jupyter"))
    }
}

fn active_prefix() -> Result<PathBuf> {
    variable("VIRTUAL_ENV").or_else(|| variable("CONDA_PREFIX")).context(
        "no Python environment is active: neither VIRTUAL_ENV nor CONDA_PREFIX is set; \
         activate one, or name its folder with --prefix",
    )
}

/// An empty variable counts as not set.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn kernel_json(display_name: &str, executable: &Path, lexer: Option<&str>) -> Result<String> {
    let executable = std::path::absolute(executable)
        .with_context(|| format!("cannot make {} absolute", executable.display()))?;
    let Some(executable) = executable.to_str() else {
        bail!("the path {} is not UTF-8, which kernel.json requires", executable.display());
    };
    let mut spec: Value = serde_json::from_str(KERNEL_JSON).context("kernelspec/kernel.json")?;
    spec["argv"][0] = executable.into();
    spec["display_name"] = display_name.into();
    if let Some(lexer) = lexer {
        spec["env"][pygments::LEXER_VARIABLE] = lexer.into();
    }
    Ok(serde_json::to_string_pretty(&spec)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(folder: &Path) -> Value {
        let text = fs::read_to_string(folder.join("kernel.json")).expect("a kernel.json");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn an_installation_can_be_repeated_and_undone() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let place = InstallPlace::Prefix(prefix.path().to_owned());
        let executable = Path::new("/opt/bin/flamebook");
        for display_name in ["Flamebook", "Flamebook 2"] {
            let folder =
                install("Flamebook", display_name, &place, executable).expect("an installation");
            assert_eq!(folder, prefix.path().join("share/jupyter/kernels/flamebook"));
            let spec = spec(&folder);
            assert_eq!(spec["display_name"], display_name);
            assert_eq!(spec["argv"][0], "/opt/bin/flamebook");
            assert_eq!(spec["argv"][3], "{connection_file}");
            assert_eq!(spec["interrupt_mode"], "message");
            let files = fs::read_dir(&folder).expect("a folder").count();
            assert_eq!(files, 4, "kernel.json, three logos, and no draft");
        }
        assert!(uninstall("flamebook", &place).expect("no error").is_some());
        assert!(uninstall("flamebook", &place).expect("no error").is_none());
    }

    #[test]
    fn our_lexer_is_named_where_it_is_found() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let place = InstallPlace::Prefix(prefix.path().to_owned());
        let lexer = || {
            let folder = install("flamebook", "Flamebook", &place, Path::new("f"));
            spec(&folder.expect("an installation"))["env"][pygments::LEXER_VARIABLE].clone()
        };
        assert!(lexer().is_null());
        let packages = prefix.path().join("lib/python3.11/site-packages");
        fs::create_dir_all(packages.join("flamebook")).expect("a folder");
        fs::write(packages.join("flamebook/lexer.py"), "").expect("a file");
        assert_eq!(lexer(), "flamebook");
    }

    #[test]
    fn the_language_stays_in_jupyterlab_for_the_last_kernel() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let place = InstallPlace::Prefix(prefix.path().to_owned());
        let extension = prefix.path().join("share/jupyter/labextensions/flamebook/package.json");
        for name in ["flamebook", "nightly"] {
            install(name, name, &place, Path::new("f")).expect("an installation");
        }
        uninstall("flamebook", &place).expect("no error");
        assert!(extension.exists());
        uninstall("nightly", &place).expect("no error");
        assert!(!extension.exists());
    }

    #[test]
    fn the_executable_is_written_as_an_absolute_path() {
        let text = kernel_json("Flamebook", Path::new("target/flamebook"), None).expect("text");
        let spec: Value = serde_json::from_str(&text).expect("JSON");
        let executable = spec["argv"][0].as_str().expect("a path");
        assert!(Path::new(executable).is_absolute(), "{executable}");
    }

    #[test]
    fn the_kernelspec_promises_no_handshake() {
        let spec: Value = serde_json::from_str(KERNEL_JSON).expect("JSON");
        assert!(spec.get("kernel_protocol_version").is_none());
        assert!(spec["metadata"].get("supported_features").is_none());
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["", "..", ".hidden", "a/b", "a b", "ü"] {
            let error = InstallPlace::Prefix(PathBuf::from("p")).kernelspec(name);
            assert!(error.is_err(), "{name}");
        }
    }

    #[test]
    fn another_kernel_is_not_removed() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let place = InstallPlace::Prefix(prefix.path().to_owned());
        let folder = place.kernelspec("python3").expect("a folder");
        fs::create_dir_all(&folder).expect("a writable scratch folder");
        fs::write(folder.join("kernel.json"), r#"{"language": "python"}"#).expect("a file");
        let error = uninstall("python3", &place).expect_err("it is not ours");
        assert!(error.to_string().contains("kernel.json"), "{error}");
        assert!(folder.exists());
    }

    #[test]
    fn an_error_contains_the_path() {
        let prefix = tempfile::tempdir().expect("a scratch folder");
        let file = prefix.path().join("share");
        fs::write(&file, "in the way").expect("a file");
        let place = InstallPlace::Prefix(prefix.path().to_owned());
        let error =
            install("flamebook", "Flamebook", &place, Path::new("f")).expect_err("no folder");
        assert!(error.to_string().contains("share/jupyter/labextensions/flamebook"), "{error}");
    }
}
