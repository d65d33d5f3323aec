//! The packages of functions, as globs over all their functions.

use super::Named;

/// `"encoding/json.*"` for the packages of these functions, in their order.
pub(super) fn of(functions: &[Named]) -> Vec<Named> {
    let mut globs: Vec<Named> = Vec::new();
    for function in functions {
        let Some(glob) = package_glob(&function.text) else { continue };
        if globs.iter().all(|known| known.text != glob) {
            globs.push(Named::new(glob, ""));
        }
    }
    globs
}

/// The glob of a function's package, with the separator that follows it.
fn package_glob(function: &str) -> Option<String> {
    // Type arguments may contain slashes and dots of other packages.
    let plain = &function[..function.find(['<', '[', '(', ' ']).unwrap_or(function.len())];
    if plain.contains("::") {
        return plain.rfind("::").filter(|at| *at > 0).map(|at| format!("{}::*", &plain[..at]));
    }
    let after_slash = plain.rfind('/').map_or(0, |slash| slash + 1);
    let dot = plain[after_slash..].find('.')?;
    let package = &plain[..after_slash + dot];
    if package.is_empty() { None } else { Some(format!("{package}.*")) }
}
