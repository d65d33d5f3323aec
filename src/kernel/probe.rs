//! Starts a kernel and asks for its version, for `flamebook doctor`.
//!
//! Like Jupyter, it starts the executable with a connection file. Then it sends one
//! `kernel_info_request` on the shell socket and ends the process.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jupyter_protocol::ConnectionInfo;
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::kernel::wire::{Parent, Wire};
use crate::kernel::zmtp;

/// Long enough for a slow disk; after that the kernel counts as hanging.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// Between two attempts to connect.
const CONNECT_INTERVAL: Duration = Duration::from_millis(5);

/// The answer of a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub implementation: String,
    pub version: String,
    pub protocol: String,
    /// The time from the start of the process to its reply.
    pub after: Duration,
}

#[derive(Deserialize)]
struct KernelInfo {
    implementation: String,
    implementation_version: String,
    protocol_version: String,
}

/// Starts `executable kernel --connection-file …`, asks it, and ends it.
///
/// Fails if it does not start, exits, or does not answer within ten seconds.
pub fn ask(executable: &Path) -> Result<Answer> {
    let connection = connection()?;
    let file = ConnectionFile::write(&connection)?;
    let start = Instant::now();
    let mut kernel = Process::start(executable, &file.0)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let info = runtime.block_on(async {
        tokio::time::timeout(REPLY_TIMEOUT, exchange(&connection, &mut kernel))
            .await
            .with_context(|| format!("no answer within {} s", REPLY_TIMEOUT.as_secs()))?
    })?;
    Ok(Answer {
        implementation: info.implementation,
        version: info.implementation_version,
        protocol: info.protocol_version,
        after: start.elapsed(),
    })
}

async fn exchange(connection: &ConnectionInfo, kernel: &mut Process) -> Result<KernelInfo> {
    let wire = Wire::new(connection)?;
    let mut shell = zmtp::handshake(connect(connection, kernel).await?, "DEALER").await?;
    let request = wire.encode("kernel_info_request", &Parent::none(), &json!({}))?;
    shell.writer.write_all(&zmtp::encode(&request)).await?;
    let reply = wire.decode(shell.reader.message(zmtp::LARGE).await?.frames)?;
    if reply.header.msg_type != "kernel_info_reply" {
        bail!("the kernel answered `kernel_info_request` with `{}`", reply.header.msg_type);
    }
    reply.content().context("the `kernel_info_reply` of the kernel cannot be read")
}

async fn connect(connection: &ConnectionInfo, kernel: &mut Process) -> Result<TcpStream> {
    loop {
        match TcpStream::connect((connection.ip.as_str(), connection.shell_port)).await {
            Ok(stream) => return Ok(stream),
            Err(_) => match kernel.0.try_wait()? {
                Some(status) => bail!("the kernel exited at once: {status}"),
                None => tokio::time::sleep(CONNECT_INTERVAL).await,
            },
        }
    }
}

/// Free ports on this machine. Another process may take one before the kernel binds it.
/// Front ends of Jupyter choose ports in the same way.
fn connection() -> Result<ConnectionInfo> {
    let listeners = (0..5)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<Vec<_>, _>>()
        .context("cannot find a free port on this machine")?;
    let ports = listeners.iter().map(|l| Ok(l.local_addr()?.port())).collect::<Result<Vec<_>>>()?;
    let connection = json!({
        "transport": "tcp",
        "ip": "127.0.0.1",
        "signature_scheme": "hmac-sha256",
        "key": Uuid::new_v4().to_string(),
        "shell_port": ports[0],
        "iopub_port": ports[1],
        "stdin_port": ports[2],
        "control_port": ports[3],
        "hb_port": ports[4],
    });
    Ok(serde_json::from_value(connection)?)
}

/// Removed on drop.
struct ConnectionFile(PathBuf);

impl ConnectionFile {
    /// Only this user can read it: it contains the key.
    fn write(connection: &ConnectionInfo) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("flamebook-{}.json", Uuid::new_v4()));
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(&serde_json::to_vec(connection)?)?;
        Ok(Self(path))
    }
}

impl Drop for ConnectionFile {
    fn drop(&mut self) {
        // If it cannot be removed, a small file stays in the temporary folder.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A kernel process, ended on drop.
struct Process(Child);

impl Process {
    fn start(executable: &Path, connection_file: &Path) -> Result<Self> {
        Command::new(executable)
            .args(["kernel", "--connection-file"])
            .arg(connection_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Self)
            .with_context(|| format!("cannot start {}", executable.display()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if the process has exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_a_kernel_is_an_error() {
        let missing = ask(Path::new("no-such-kernel")).expect_err("it is not there");
        assert!(missing.to_string().contains("cannot start no-such-kernel"), "{missing}");
        let ends = ask(Path::new("/bin/true")).expect_err("it ends at once");
        assert!(ends.to_string().contains("exited at once"), "{ends}");
    }
}
