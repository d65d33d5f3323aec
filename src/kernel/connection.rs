//! The connection file, which Jupyter writes for a kernel: the sockets to bind and the
//! key that signs messages.
//!
//! <https://jupyter-client.readthedocs.io/en/latest/kernels.html#connection-files>

use std::path::Path;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::connection_info::Transport;

/// Reads `path`. Errors contain it.
pub(super) fn read(path: &Path) -> Result<ConnectionInfo> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the connection file {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not a Jupyter connection file", path.display()))
}

/// Removes socket files, of this kernel or of one that crashed. A restart uses the same
/// connection file, and a socket cannot be bound where a file exists.
pub(super) fn remove_sockets(connection: &ConnectionInfo) {
    if connection.transport != Transport::IPC {
        return;
    }
    let urls = [
        connection.shell_url(),
        connection.iopub_url(),
        connection.stdin_url(),
        connection.control_url(),
        connection.hb_url(),
    ];
    for path in urls.iter().filter_map(|url| url.strip_prefix("ipc://")) {
        // Usually there is no file. If removing fails, binding reports the error.
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("kernel-1.json");
        let missing = read(&path).expect_err("there is no such file");
        assert!(missing.to_string().contains("kernel-1.json"), "{missing}");

        std::fs::write(&path, "{}").expect("a writable scratch folder");
        let malformed = read(&path).expect_err("an empty object has no ports");
        assert!(malformed.to_string().contains("kernel-1.json"), "{malformed}");
    }
}
